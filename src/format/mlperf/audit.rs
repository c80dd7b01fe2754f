//! Every result against its class: figures that are off by more than a misprinted unit would explain are named.

use std::collections::BTreeMap;

use crate::catalog::number::short;
use crate::format::labels::Pairs;
use crate::format::tree::findings::Findings;
use crate::record::{Diagnostic, Place, Severity, Sink};

/// How far from the middle of its class a result may be. Accelerators of one round differ up to this much.
const FACTOR: f64 = 30.0;

/// How many results make a class.
const ENOUGH: usize = 5;

struct Entry {
    id: String,
    /// The value for each accelerator, or for each node of a system without.
    share: f64,
    of: &'static str,
    place: Place,
}

/// The results by round, model, scenario and unit.
#[derive(Default)]
pub(super) struct Audit(BTreeMap<[String; 4], Vec<Entry>>);

impl Audit {
    /// Takes a result; a latency does not add up over accelerators.
    pub(super) fn add(&mut self, identity: &Pairs, adds_up: bool, value: f64, place: &Place) {
        let said = |key: &str| identity.get(key).unwrap_or_default().to_owned();
        let count = |key: &str| identity.get(key).and_then(|text| text.parse::<f64>().ok()).filter(|count| *count > 0.0);
        let (parts, of) = match (count("gpus"), count("nodes")) {
            _ if !adds_up => (1.0, ""),
            (Some(gpus), _) => (gpus, " for each accelerator"),
            (None, nodes) => (nodes.unwrap_or(1.0), " for each node"),
        };
        let class = ["round", "model", "scenario", "unit"].map(said);
        let entry = Entry { id: said("public_id"), share: value / parts, of, place: place.clone() };
        self.0.entry(class).or_default().push(entry);
    }

    /// Names every result that is off.
    pub(super) fn report(&self, findings: &mut Findings, sink: &mut dyn Sink) {
        for ([_, model, scenario, unit], entries) in self.0.iter().filter(|(_, entries)| entries.len() >= ENOUGH) {
            let mut shares: Vec<f64> = entries.iter().map(|entry| entry.share).collect();
            shares.sort_by(f64::total_cmp);
            let middle = (shares[(shares.len() - 1) / 2] + shares[shares.len() / 2]) / 2.0;
            for entry in entries {
                let ratio = if entry.share > middle { entry.share / middle } else { middle / entry.share };
                if ratio.is_nan() || ratio <= FACTOR {
                    continue;
                }
                findings.add(sink, "results far from those of their class", || {
                    let message = format!(
                        "{}: {model} {scenario} is {} {unit}{}; the median of its {} comparable results is {}, a factor of {}.",
                        entry.id,
                        short(entry.share),
                        entry.of,
                        entries.len(),
                        short(middle),
                        short(ratio)
                    );
                    let hint = "The unit may be misprinted, or the hardware is of another class: look into the submission's log.";
                    Diagnostic::new(Severity::Warning, entry.place.clone(), message, hint)
                });
            }
        }
    }
}
