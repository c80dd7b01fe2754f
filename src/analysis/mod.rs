//! Pure mathematics over columns. One file per method, with its formula, units and source.
//!
//! This room knows neither state nor browser: it takes figures and gives figures.

pub mod arguments;
pub mod bins;
pub mod bootstrap;
pub mod buckets;
pub mod cost;
pub mod curve;
pub mod decimate;
pub mod diagnosis;
pub mod discovery;
pub mod energy;
pub mod frontier;
pub mod histogram;
pub mod in_common;
pub mod inflight;
pub mod interpolate;
pub mod intervals;
pub mod mean;
pub mod pair;
pub mod published;
pub mod rate_match;
pub mod regression;
pub mod sla;
pub mod student;
pub mod sweep;
pub mod verdict;
pub mod what_if;
