//! Every result against its class: figures that are off by more than a misprinted unit would explain are in doubt.

use std::collections::BTreeMap;

use crate::catalog::number::short;
use crate::format::reader::identity::Identity;

/// How far from the middle of its class a result may be. Accelerators of one round differ up to this much.
const FACTOR: f64 = 30.0;

/// How many results make a class.
const ENOUGH: usize = 5;

struct Entry {
    /// Which result it is.
    at: usize,
    /// The value for each accelerator, or for each node of a system without.
    share: f64,
    of: &'static str,
}

/// The results by round, model, scenario and unit.
#[derive(Default)]
pub(super) struct Audit(BTreeMap<[String; 4], Vec<Entry>>);

impl Audit {
    /// Takes the result with this number; a latency does not add up over accelerators.
    pub(super) fn add(&mut self, at: usize, identity: &Identity, adds_up: bool, value: f64) {
        let text = |key: &str| identity.get(key).unwrap_or_default().to_owned();
        let count = |key: &str| identity.get(key).and_then(|text| text.parse::<f64>().ok()).filter(|count| *count > 0.0);
        let (parts, of) = match (count("gpus"), count("nodes")) {
            _ if !adds_up => (1.0, ""),
            (Some(gpus), _) => (gpus, " per accelerator"),
            (None, nodes) => (nodes.unwrap_or(1.0), " per node"),
        };
        let class = ["round", "model", "scenario", "unit"].map(text);
        self.0.entry(class).or_default().push(Entry { at, share: value / parts, of });
    }

    /// Every outlier, in the order of models and scenarios: its index and a description.
    pub(super) fn doubts(&self) -> Vec<(usize, String)> {
        let mut doubts = Vec::new();
        for ([_, model, scenario, unit], entries) in self.0.iter().filter(|(_, entries)| entries.len() >= ENOUGH) {
            let mut shares: Vec<f64> = entries.iter().map(|entry| entry.share).collect();
            shares.sort_by(f64::total_cmp);
            let middle = (shares[(shares.len() - 1) / 2] + shares[shares.len() / 2]) / 2.0;
            for entry in entries {
                let ratio = if entry.share > middle { entry.share / middle } else { middle / entry.share };
                if ratio.is_nan() || ratio <= FACTOR {
                    continue;
                }
                let words = format!(
                    "{model} {scenario} is {} {unit}{}; the median of {} comparable results is {}, a factor of {}.",
                    short(entry.share),
                    entry.of,
                    entries.len(),
                    short(middle),
                    short(ratio)
                );
                doubts.push((entry.at, words));
            }
        }
        doubts
    }
}
