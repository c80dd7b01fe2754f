//! Pure mathematics over columns. Each method is one file; each says its formula, its units and where it comes from.
//!
//! This room knows neither state nor browser: it takes figures and gives figures.

pub mod arguments;
pub mod bins;
pub mod cost;
pub mod curve;
pub mod decimate;
pub mod energy;
pub mod frontier;
pub mod histogram;
pub mod interpolate;
pub mod mean;
pub mod pair;
pub mod rate_match;
pub mod student;
pub mod verdict;
