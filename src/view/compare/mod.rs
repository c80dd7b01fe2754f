//! Comparing: releases, selections, trends, rankings and coverage.

pub mod coverage;
pub mod llmd_rhaiis;
pub mod overview;
pub mod pairs;
pub mod rankings;
pub mod trends;
