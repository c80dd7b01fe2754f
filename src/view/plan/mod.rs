//! Planning: cost, energy, another load, and engines for targets.

pub mod cost;
pub mod energy;
pub mod planner;
pub mod what_if;
