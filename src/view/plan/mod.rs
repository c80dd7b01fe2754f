//! Planning: cost, energy, and engines for targets.

pub mod cost;
pub mod energy;
pub mod planner;
