//! All integration tests in one program: it is linked once, and its tests run beside each other.
//! `cargo test --test integration` runs them, `cargo test --test integration views::compare` those of one module.

mod arguments;
mod bundle;
mod cli;
mod containers;
mod convert;
mod corpus;
mod dataset;
mod doubling;
mod explore;
mod formats;
mod frontier;
mod fuzz;
mod gate;
mod hostile;
mod lengths;
mod limits;
mod link;
mod live;
mod memory;
mod minimal;
mod notices;
mod prometheus;
mod readme;
mod room;
mod rooms;
mod roundtrip;
mod settings;
mod support;
mod views;
