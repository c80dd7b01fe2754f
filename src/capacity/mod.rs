//! Capacity: the operating points of configurations under an SLO, what they are per GPU, and how they are plotted.

pub(crate) mod energy;
pub(crate) mod gpu_basis;
pub(crate) mod operating_points;
pub(crate) mod plot;
pub(crate) mod pricing;
