//! Runs: the files of a run folder, its processes over time, load windows and logs.

pub(crate) mod choice;
pub(crate) mod configurations;
pub(crate) mod effects;
pub(crate) mod folders;
pub(crate) mod load_windows;
pub mod log;
pub mod node_series;
pub(crate) mod process;
pub(crate) mod rates;
pub(crate) mod run;
pub(crate) mod server_links;
pub mod tags;
