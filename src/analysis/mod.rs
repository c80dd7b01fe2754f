//! Pure mathematics over columns. Each method is one file; each says its formula, its units and where it comes from.
//!
//! This room knows neither state nor browser: it takes figures and gives figures.

pub mod arguments;
pub mod curve;
