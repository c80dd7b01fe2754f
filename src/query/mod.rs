//! Queries shared by all views: filtered rows, facets, groups, axes, series and the rows behind them.
//!
//! Independent of individual views.

pub(crate) mod asks;
pub(crate) mod axes;
pub mod choices;
pub mod colours;
pub mod context;
pub(crate) mod deep_links;
pub(crate) mod facets;
pub(crate) mod frame;
pub(crate) mod groups;
pub(crate) mod lines;
pub mod listing;
pub(crate) mod one_level;
pub(crate) mod parallelism;
pub mod point_card;
pub(crate) mod repeats;
pub mod row_table;
pub(crate) mod run_names;
pub(crate) mod series;
pub(crate) mod values;
