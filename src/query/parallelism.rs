//! How a deployment is laid out: replicas that do everything, or servers that prefill and servers that decode. What it is
//! called follows `../shared/formats/llm-d-benchmark.md` §2.3: `2R TP4`, `1P-TP8 2D-TP4`, other degrees only when not 1.

use std::fmt::Write;

use crate::catalog::number;
use crate::table::{Dimension, Table};

/// The dimensions that say how servers are laid out.
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

/// What a layout's label tells: how servers are laid out, and the name that a file gives that.
pub(crate) fn told<'a>() -> impl Iterator<Item = &'a str> {
    let keys: [&'a str; 20] = KEYS;
    keys.into_iter().chain(["config"])
}

/// Degrees: the key, and the name in a label. A TP is always told, the others when they are not 1.
const DEGREES: [(&str, &str); 4] = [("tp", "TP"), ("dp", "DP"), ("pp", "PP"), ("ep", "EP")];

/// Servers of one role.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Servers {
    /// How many; `None` where no file says it.
    pub count: Option<f64>,
    /// Their GPUs in all; `None` where they cannot be told.
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
    /// What it is called; empty where no file says anything of it.
    pub label: String,
    /// The servers that prefill and those that decode, where both are there.
    pub split: Option<[Servers; 2]>,
}

/// Who does what in a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deployment {
    /// Some servers prefill, others decode.
    Split,
    /// Every server does both.
    Whole,
    /// No file says anything of it.
    Unsaid,
}

impl Layout {
    /// Who does what in it.
    pub(crate) fn deployment(&self) -> Deployment {
        match &self.split {
            Some(_) => Deployment::Split,
            None if self.label.is_empty() => Deployment::Unsaid,
            None => Deployment::Whole,
        }
    }

    /// Prefill over decode; `None` for a deployment that is not split, or where a count is missing.
    pub(crate) fn ratio(&self, by: Ratio) -> Option<(f64, f64)> {
        let [prefill, decode] = self.split.as_ref()?;
        let (prefill, decode) = match by {
            Ratio::Servers => (prefill.count?, decode.count?),
            Ratio::Gpus => (prefill.gpus?, decode.gpus?),
        };
        (prefill > 0.0 && decode > 0.0).then_some((prefill, decode))
    }
}

/// What a ratio of prefill to decode counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ratio {
    /// Servers.
    Servers,
    /// GPUs.
    Gpus,
}

/// The columns that say how a deployment is laid out.
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
        // Where the file has one degree for all pods, it holds for both kinds.
        let degrees = DEGREES.map(|(key, _)| own(key).or_else(|| self.number(key, row)));
        // Expert parallelism uses the same GPUs again.
        let each = degrees[0].map(|tp| tp * degrees[1].unwrap_or(1.0) * degrees[2].unwrap_or(1.0));
        Some(Servers { count, gpus: stated.or_else(|| Some(each? * count?)), degrees })
    }

    /// The layout of a row. It is split only when it has servers that prefill and servers that decode: decode servers alone
    /// do everything.
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
