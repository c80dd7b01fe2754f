//! Comparing: releases, selections, trends and rankings.

pub mod llmd_rhaiis;
pub mod overview;
pub mod pairs;
pub mod rankings;
pub mod trends;
