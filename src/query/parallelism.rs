//! Parallelism of a deployment: aggregated replicas, or separate prefill and decode servers. Labels
//! follow `../shared/formats/llm-d-benchmark.md` §2.3: `2R TP4`, `1P-TP8 2D-TP4`, other degrees only if not 1.

use std::fmt::Write;

use crate::catalog::number;
use crate::table::{Dimension, Table};

/// The dimensions of the layout.
pub(crate) const KEYS: [&str; 20] = [
    "tp",
    "dp",
    "pp",
    "ep",
    "replicas",
    "prefill",
    "decode",
    "prefill_tp",
    "prefill_dp",
    "prefill_pp",
    "prefill_ep",
    "decode_tp",
    "decode_dp",
    "decode_pp",
    "decode_ep",
    "prefill_workers",
    "decode_workers",
    "prefill_gpus",
    "decode_gpus",
    "agg_gpus",
];

/// The dimensions covered by a layout's label: the layout, and its name in a file.
pub(crate) fn label_dimensions<'a>() -> impl Iterator<Item = &'a str> {
    let keys: [&'a str; 20] = KEYS;
    keys.into_iter().chain(["config"])
}

/// Parallelism degrees: key, and name in labels. TP is always shown, others only if not 1.
const DEGREES: [(&str, &str); 4] = [("tp", "TP"), ("dp", "DP"), ("pp", "PP"), ("ep", "EP")];

/// Servers of one role.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Servers {
    /// Server count; `None` if not stated.
    pub count: Option<f64>,
    /// Total GPUs; `None` if unknown.
    pub gpus: Option<f64>,
    /// Their degrees, in the order of [`DEGREES`].
    degrees: [Option<f64>; 4],
}

impl Servers {
    /// `2D-TP4`, or `2R TP4` for replicas.
    fn label(&self, role: &str, space: &str) -> String {
        let mut text = self.count.map(|count| format!("{}{role}", number::exact(count))).unwrap_or_default();
        for ((key, name), degree) in DEGREES.iter().zip(self.degrees) {
            let Some(degree) = degree.filter(|degree| *key == "tp" || *degree != 1.0) else { continue };
            let between = match text.is_empty() {
                true => "",
                false if text.ends_with(role) => space,
                false => "-",
            };
            _ = write!(text, "{between}{name}{}", number::exact(degree));
        }
        text
    }
}

/// The layout of one deployment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layout {
    /// Label; empty if not stated.
    pub label: String,
    /// Prefill and decode servers, if both exist.
    pub split: Option<[Servers; 2]>,
}

/// The kind of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deployment {
    /// Disaggregated: separate prefill and decode servers.
    Split,
    /// Aggregated: every server does both.
    Whole,
    /// Not stated.
    Unknown,
}

impl Layout {
    /// Its kind of deployment.
    pub(crate) fn deployment(&self) -> Deployment {
        match &self.split {
            Some(_) => Deployment::Split,
            None if self.label.is_empty() => Deployment::Unknown,
            None => Deployment::Whole,
        }
    }

    /// Prefill ÷ decode; `None` unless disaggregated with both counts known.
    pub(crate) fn ratio(&self, by: Ratio) -> Option<(f64, f64)> {
        let [prefill, decode] = self.split.as_ref()?;
        let (prefill, decode) = match by {
            Ratio::Servers => (prefill.count?, decode.count?),
            Ratio::Gpus => (prefill.gpus?, decode.gpus?),
        };
        (prefill > 0.0 && decode > 0.0).then_some((prefill, decode))
    }
}

/// What the prefill:decode ratio counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ratio {
    /// Servers.
    Servers,
    /// GPUs.
    Gpus,
}

/// The columns of the layout.
pub(crate) struct Layouts<'a> {
    table: &'a Table,
}

impl<'a> Layouts<'a> {
    pub(crate) fn new(table: &'a Table) -> Layouts<'a> {
        Layouts { table }
    }

    fn number(&self, key: &str, row: usize) -> Option<f64> {
        let column: Dimension<'a> = self.table.dimension(key)?;
        column.number(row).filter(|count| count.is_finite() && *count > 0.0)
    }

    fn servers(&self, role: &str, row: usize) -> Option<Servers> {
        let own = |key: &str| self.number(&format!("{role}_{key}"), row);
        let count = self.number(role, row).or_else(|| own("workers"));
        let stated = own("gpus");
        if count.is_none() && stated.is_none() {
            return None;
        }
        // A single degree applies to both roles.
        let degrees = DEGREES.map(|(key, _)| own(key).or_else(|| self.number(key, row)));
        // Expert parallelism reuses the same GPUs.
        let each = degrees[0].map(|tp| tp * degrees[1].unwrap_or(1.0) * degrees[2].unwrap_or(1.0));
        Some(Servers { count, gpus: stated.or_else(|| Some(each? * count?)), degrees })
    }

    /// The layout of a row. It is disaggregated only if it has both prefill and decode servers: decode servers alone
    /// do both.
    pub(crate) fn of(&self, row: usize) -> Layout {
        let (prefill, decode) = (self.servers("prefill", row), self.servers("decode", row));
        let whole = |servers: Servers, what: &str| Layout { label: servers.label("R", " ") + what, split: None };
        match (prefill, decode) {
            (Some(prefill), Some(decode)) => {
                let label = format!("{} {}", prefill.label("P", "-"), decode.label("D", "-"));
                Layout { label: label.trim().to_owned(), split: Some([prefill, decode]) }
            }
            (None, Some(decode)) => whole(decode, " (decode servers)"),
            (Some(prefill), None) => whole(prefill, " (prefill servers)"),
            (None, None) => {
                let degrees = DEGREES.map(|(key, _)| self.number(key, row));
                whole(Servers { count: self.number("replicas", row), gpus: None, degrees }, "")
            }
        }
    }
}
