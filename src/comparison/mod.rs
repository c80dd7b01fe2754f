//! Comparing: which configurations correspond, at which loads, by which figures, and how the outcome is judged.

pub(crate) mod cells;
pub(crate) mod differences;
pub(crate) mod guideline;
pub(crate) mod judge;
pub(crate) mod kpis;
pub(crate) mod matching;
pub(crate) mod noise;
pub(crate) mod pairing;
pub(crate) mod relaxed;
pub(crate) mod scorecard;
pub(crate) mod sides;
pub(crate) mod slo;
pub(crate) mod words;
