//! One published result: its row, its divisor, and its remarks. Independent of views.

use std::collections::BTreeMap;

use crate::catalog::{benchmarks, number};
use crate::record::Stat;
use crate::table::{Dimension, Table};

/// Name of a system without accelerators in accelerator columns.
const CPU_ONLY: &str = "CPU only";

/// One published result.
#[derive(Clone, Copy, Debug)]
pub(super) struct Published<'a> {
    /// Table row.
    pub row: usize,
    /// The round, e.g. `6.0`.
    pub round: &'a str,
    /// Submission id in the MLCommons tables.
    pub id: &'a str,
    pub organization: &'a str,
    pub system: &'a str,
    /// Catalogue name of the accelerator; `None` for a CPU-only system.
    pub accelerator: Option<&'a str>,
    /// Its printed name, if more specific: memory, form factor.
    pub accelerator_printed: Option<&'a str>,
    /// The printed model name. [`Published::benchmark`] has the name used across rounds.
    pub model: &'a str,
    pub scenario: &'a str,
    /// The unit of the result, corrected if known to be misprinted.
    pub unit: &'a str,
    pub value: f64,
    /// Whether the result is a latency: lower is better, and it cannot be divided.
    pub latency: bool,
    /// Accelerators of the whole system.
    pub gpus: Option<f64>,
    pub gpus_per_node: Option<f64>,
    pub nodes: Option<f64>,
    /// `available` or `preview`.
    pub availability: &'a str,
    /// The printed unit, if it was corrected.
    pub printed_unit: Option<&'a str>,
    /// Why the unit was corrected.
    pub correction: Option<&'a str>,
    /// Why the result is doubtful: far from comparable results.
    pub doubt: Option<&'a str>,
}

/// The divisor of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Per {
    System,
    Accelerator,
    Node,
}

impl<'a> Published<'a> {
    /// Model and scenario used across rounds (one name for renamed benchmarks).
    pub(super) fn benchmark(&self) -> (&'a str, &'a str) {
        benchmarks::canonical(self.model, self.scenario)
    }

    /// The divisor; `None` for a latency or a system without accelerators.
    pub(super) fn divisor(&self, per: Per) -> Option<f64> {
        let count = match per {
            Per::System => return Some(1.0),
            Per::Accelerator => self.gpus,
            Per::Node => self.nodes,
        };
        count.filter(|count| *count > 0.0 && !self.latency)
    }

    /// The result ÷ divisor.
    pub(super) fn share(&self, per: Per) -> Option<f64> {
        Some(self.value / self.divisor(per)?)
    }

    /// The accelerator, or “CPU only”.
    pub(super) fn hardware(&self) -> &'a str {
        self.accelerator.unwrap_or(CPU_ONLY)
    }

    /// The accelerator and its count: `GB300 × 72`.
    pub(super) fn hardware_counted(&self) -> String {
        match (self.accelerator, self.gpus) {
            (Some(accelerator), Some(gpus)) => format!("{accelerator} × {}", number::exact(gpus)),
            (Some(accelerator), None) => accelerator.to_owned(),
            (None, _) => CPU_ONLY.to_owned(),
        }
    }

    pub(super) fn is_preview(&self) -> bool {
        self.availability == "preview"
    }

    /// Remarks on the result: corrected unit, doubt, preview.
    pub(super) fn remarks(&self) -> Vec<String> {
        let corrected = self.printed_unit.map(|printed| {
            let reason = self.correction.map(|reason| format!(" Corrected, because {reason}.")).unwrap_or_default();
            format!("Printed as {printed}; the unit is {}.{reason}", self.unit)
        });
        let doubt = self.doubt.map(|doubt| format!("Caveat: {doubt}"));
        let preview = self.is_preview().then(|| "Preview: the system was not yet for sale when submitted.".to_owned());
        corrected.into_iter().chain(doubt).chain(preview).collect()
    }
}

/// Reads rows; looks up columns once.
pub(super) struct Reader<'a> {
    columns: BTreeMap<&'static str, Dimension<'a>>,
    table: &'a Table,
}

const READ: [&str; 16] = [
    "round",
    "public_id",
    "organization",
    "system",
    "accelerator",
    "accelerator_printed",
    "model",
    "scenario",
    "unit",
    "gpus",
    "accelerators_per_node",
    "nodes",
    "availability",
    "printed_unit",
    "correction",
    "doubt",
];

impl<'a> Reader<'a> {
    pub(super) fn new(table: &'a Table) -> Reader<'a> {
        let columns = READ.iter().filter_map(|key| Some((*key, table.dimension(key)?))).collect();
        Reader { columns, table }
    }

    /// The result of a row; `None` without a value.
    pub(super) fn read(&self, row: usize) -> Option<Published<'a>> {
        let figure = |metric: &str| self.table.figures(metric, Stat::Mean)?.get(row);
        let (value, latency) = match figure("result") {
            Some(value) => (value, false),
            None => (figure("result_latency")?, true),
        };
        let text = |key: &str| self.columns.get(key).and_then(|column| column.text(row));
        let said = |key: &str| text(key).unwrap_or_default();
        let count = |key: &str| text(key).and_then(|text| text.parse::<f64>().ok()).filter(|count| *count > 0.0);
        Some(Published {
            row,
            round: said("round"),
            id: said("public_id"),
            organization: said("organization"),
            system: said("system"),
            accelerator: text("accelerator"),
            accelerator_printed: text("accelerator_printed"),
            model: said("model"),
            scenario: said("scenario"),
            unit: said("unit"),
            value,
            latency,
            gpus: count("gpus"),
            gpus_per_node: count("accelerators_per_node"),
            nodes: count("nodes"),
            availability: said("availability"),
            printed_unit: text("printed_unit"),
            correction: text("correction"),
            doubt: text("doubt"),
        })
    }
}
