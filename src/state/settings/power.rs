//! Power draw per accelerator: as measured for a version, model and workload, or assumed for the accelerator alone.

use serde::{Deserialize, Serialize};

use super::{Row, Settings};
use crate::catalog::accelerators::canonical;

/// Power draw of one accelerator as measured under load.
///
/// `model` matches a measurement's model by the full name or by the last part of the path (`gpt-oss-120b` for
/// `openai/gpt-oss-120b`), whatever the case; of several rows the one with the longest matching name holds, and one that
/// names the tensor parallelism before one that does not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasuredPower {
    /// The version it was measured with.
    pub version: String,
    /// The accelerator.
    pub accelerator: String,
    /// The model.
    pub model: String,
    /// Tensor parallelism; `None` holds for any.
    #[serde(default)]
    pub tp: Option<f64>,
    /// Workload profiles, by the catalogue's names.
    pub profiles: Vec<String>,
    /// W per accelerator.
    pub watts: f64,
    /// Who measured it and how.
    #[serde(default)]
    pub source: String,
    /// Why the figure is doubted.
    #[serde(default)]
    pub doubt: Option<String>,
}

/// Power draw of an accelerator where nothing was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AssumedPower {
    /// The accelerator.
    pub accelerator: String,
    /// W per accelerator.
    pub watts: f64,
    /// Where the figure comes from; what starts with `tdp` is the most that it may draw, not what it does draw.
    #[serde(default)]
    pub source: String,
}

/// What a power draw rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Basis {
    /// Measured under this version, model and workload.
    Measured,
    /// Assumed for the accelerator.
    Assumed,
}

/// Power draw of one accelerator, and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Power {
    /// W per accelerator.
    pub watts: f64,
    /// Measured or assumed.
    pub basis: Basis,
    /// Where the figure comes from.
    pub source: String,
    /// Why it is doubted.
    pub doubt: Option<String>,
}

const NOT_POSITIVE: &str = "watts must be above 0";

impl Row for MeasuredPower {
    fn fault(&self) -> Option<&'static str> {
        (self.watts <= 0.0).then_some(NOT_POSITIVE)
    }
}

impl Row for AssumedPower {
    fn fault(&self) -> Option<&'static str> {
        (self.watts <= 0.0).then_some(NOT_POSITIVE)
    }
}

/// How well a row's model names a measurement's: the length of the name that they share.
fn named(row: &str, model: &str) -> Option<usize> {
    fn last(name: &str) -> &str {
        name.rsplit('/').next().unwrap_or(name)
    }
    if row.eq_ignore_ascii_case(model) {
        return Some(row.len());
    }
    last(row).eq_ignore_ascii_case(last(model)).then(|| last(row).len())
}

impl Settings {
    /// Power draw per accelerator: measured where a row holds, otherwise assumed; `None` when not even that is known.
    pub fn power(&self, version: &str, accelerator: &str, model: &str, profile: &str, tp: Option<f64>) -> Option<Power> {
        let same = |row: &str| canonical(row).eq_ignore_ascii_case(canonical(accelerator));
        let holds = |row: &&MeasuredPower| {
            row.version.eq_ignore_ascii_case(version)
                && same(&row.accelerator)
                && row.profiles.iter().any(|name| name == profile)
                && (row.tp.is_none() || row.tp == tp)
        };
        let measured = self.power.iter().filter(holds);
        let measured = measured.filter_map(|row| Some(((named(&row.model, model)?, row.tp.is_some()), row)));
        // Of equals the first.
        if let Some((_, row)) = measured.rev().max_by_key(|(rank, _)| *rank) {
            let MeasuredPower { watts, source, doubt, .. } = row.clone();
            return Some(Power { watts, basis: Basis::Measured, source, doubt });
        }
        let assumed = self.assumed_power.iter().find(|row| same(&row.accelerator))?;
        Some(Power { watts: assumed.watts, basis: Basis::Assumed, source: assumed.source.clone(), doubt: None })
    }
}
