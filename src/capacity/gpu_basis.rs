//! Which GPUs a figure per GPU counts: those at work, or all that were allocated.

use crate::state::{Axis, ViewState};
use crate::table::Table;
use crate::view_model::{Choice, Control, Entry};

/// The option's key.
const BASIS: &str = "basis";

/// Figures per working GPU, and the same per allocated one.
const FIGURES: [(&str, &str); 2] =
    [("output_tps_per_gpu", "output_tps_per_allocated_gpu"), ("total_tps_per_gpu", "total_tps_per_allocated_gpu")];

/// Which GPUs count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Basis {
    /// Workers × GPUs of each.
    Working,
    /// Nodes × GPUs of each: some may be idle.
    Allocated,
}

impl Basis {
    /// What is chosen.
    pub(crate) fn of(state: &ViewState) -> Basis {
        if state.option(BASIS) == Some("allocated") { Basis::Allocated } else { Basis::Working }
    }

    /// In a word.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Basis::Working => "working",
            Basis::Allocated => "allocated",
        }
    }

    /// The switch.
    pub(crate) fn control(self) -> Control {
        Control {
            key: BASIS.to_owned(),
            label: "GPUs".to_owned(),
            help: "Working: workers × GPUs per worker. Allocated: nodes × GPUs per node, including idle GPUs".to_owned(),
            values: vec![self.word().to_owned()],
            entry: Entry::Select(vec![Choice::plain("working"), Choice::plain("allocated")]),
        }
    }

    /// The switch, where any of the rows says how many GPUs were allocated, or where these are asked for.
    pub(crate) fn control_over(self, table: &Table, rows: &[usize]) -> Option<Control> {
        let allocated = table.dimension("allocated_gpus");
        let known = || allocated.is_some_and(|allocated| rows.iter().any(|row| allocated.text(*row).is_some()));
        (self == Basis::Allocated || known()).then(|| self.control())
    }

    /// A figure on this basis.
    pub(crate) fn figure(self, metric: &str) -> &str {
        let other = FIGURES.iter().find(|(working, _)| *working == metric && self == Basis::Allocated);
        other.map_or(metric, |(_, allocated)| *allocated)
    }

    /// An axis on this basis.
    pub(crate) fn axis(self, axis: Axis) -> Axis {
        match axis {
            Axis::Figure { metric, stat } => Axis::Figure { metric: self.figure(&metric).to_owned(), stat },
            load => load,
        }
    }
}
