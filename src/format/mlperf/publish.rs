//! One published result after the other: its system's identity, its unit, its figure.

use std::collections::BTreeSet;

use super::audit::Audit;
use super::labels::{self, CORRECTIONS};
use crate::catalog::accelerators::{canonical, is_more_specific};
use crate::catalog::number::plural;
use crate::catalog::spellings;
use crate::format::reader::csv::cells::{Cell, is_missing, number, without_thousands};
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::Identity;
use crate::record::{Diagnostic, Kind, Load, Place, Provenance, Sample, Severity, Sink, Stat};

/// Collects results, and what concerns all of them.
pub(super) struct Publisher<'s> {
    pub sink: &'s mut dyn Sink,
    pub findings: Findings,
    audit: Audit,
    /// How many results each known misprint touched.
    corrected: Vec<u64>,
    /// The results read so far: whether one is in doubt is known when all are.
    results: Vec<Read>,
}

/// One result as it was read.
struct Read {
    identity: Identity,
    metric: &'static str,
    value: f64,
    place: Place,
}

impl<'s> Publisher<'s> {
    pub(super) fn new(sink: &'s mut dyn Sink) -> Publisher<'s> {
        let corrected = vec![0; CORRECTIONS.len()];
        Publisher { sink, findings: Findings::default(), audit: Audit::default(), corrected, results: Vec::new() }
    }

    /// Adds one result: the raw cell, of a system that [`system`] made, completed by model, scenario and unit.
    pub(super) fn result(&mut self, mut identity: Identity, cell: &str, place: &Place) {
        let cell = cell.trim();
        let value = match number(&without_thousands(cell)) {
            Cell::Number(value) => value,
            Cell::Missing => return,
            Cell::Wrong => {
                return self.findings.add(self.sink, "results that are not numbers", || {
                    let message = format!("“{}” is not a number; skipped.", cell.chars().take(40).collect::<String>());
                    Diagnostic::new(Severity::Warning, place.clone(), message, "Compare with the table published by MLCommons.")
                });
            }
        };
        for key in ["organization", "system", "processor"] {
            identity.set(key, identity.get(key).map(|text| spellings::canonical(key, text)));
        }
        let text = |key: &str| identity.get(key).unwrap_or_default().to_owned();
        let (round, id, model, scenario, printed) =
            (text("round"), text("public_id"), text("model"), text("scenario"), text("unit"));
        if let Some(row) = labels::correction(&round, &id, &model, &scenario, &printed) {
            self.corrected[row] += 1;
            identity.set("printed_unit", Some(printed));
            identity.set("unit", Some(CORRECTIONS[row].unit.to_owned()));
            identity.set("correction", Some(CORRECTIONS[row].reason.to_owned()));
        }
        let metric = metric(identity.get("unit").unwrap_or_default());
        self.audit.add(self.results.len(), &identity, metric == "result", value);
        self.results.push(Read { identity, metric, value, place: place.clone() });
    }

    /// Emits the results with their caveats, and diagnostics about all of them; a caveat is a diagnostic
    /// of this severity.
    pub(super) fn finish(mut self, doubted: Severity) {
        for (row, count) in CORRECTIONS.iter().zip(&self.corrected).filter(|(_, count)| **count > 0) {
            let message = format!(
                "{} of {}: unit corrected to {} from {} as published, because {}. The values are unchanged.",
                plural(*count, "result"),
                row.model,
                row.unit,
                row.printed.join(" or "),
                row.reason
            );
            self.sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, ""));
        }
        for (at, doubt) in self.audit.doubts() {
            let Some(Read { identity, place, .. }) = self.results.get_mut(at) else { continue };
            let message = format!("{}: {doubt}", identity.get("public_id").unwrap_or_default());
            self.findings.add(self.sink, "results far from comparable ones", || {
                let hint = "The unit may be wrong in the published table, or the hardware is of another class: check the submission's log.";
                Diagnostic::new(doubted, place.clone(), message, hint)
            });
            identity.set("doubt", Some(doubt));
        }
        // A table of several rounds has no release of its own.
        let rounds: BTreeSet<&str> = self.results.iter().filter_map(|read| read.identity.get("round")).collect();
        if let (Some(round), 1) = (rounds.first(), rounds.len()) {
            self.sink.provenance(Provenance { tool_version: Some((*round).to_owned()), ..Provenance::default() });
        }
        for Read { identity, metric, value, place } in &self.results {
            let sample = Sample { metric: self.sink.metric(metric, Stat::Mean), value: *value };
            identity.emit_as(Kind::Submission, place, Load::default(), &[sample], self.sink);
        }
        if self.results.is_empty() {
            let hint = "Download the table again from MLCommons.";
            self.sink.diagnostic(Diagnostic::new(Severity::Warning, Place::File, "The table has no results.", hint));
        }
        self.findings.finish(self.sink);
    }
}

/// The metric of a unit: a latency is better when it is lower, so it is another one.
fn metric(unit: &str) -> &'static str {
    if unit.to_lowercase().starts_with("latency") { "result_latency" } else { "result" }
}

/// A system's identity from its labelled cells; of two columns with one label, the first that is not empty.
pub(super) fn system<'c>(cells: impl Iterator<Item = (&'c str, &'c str)>) -> Identity {
    let mut pairs = Identity::default();
    for (label, cell) in cells.map(|(label, cell)| (label, cell.trim())).filter(|(_, cell)| !is_missing(cell)) {
        let Some(key) = labels::dimension(label).filter(|key| pairs.get(key).is_none()) else { continue };
        match key.as_str() {
            "availability" => pairs.set(&key, Some(cell.to_lowercase())),
            "accelerator" => {
                let name = accelerators(cell);
                // Of one kind its name without the number of them, of several the whole cell.
                let printed = if cell.starts_with(&name) { name.as_str() } else { cell };
                let printed = is_more_specific(printed, canonical(&name)).then(|| printed.to_owned());
                pairs.set("accelerator_printed", printed);
                pairs.set(&key, Some(name));
            }
            // A system without accelerators states 0 of them.
            "accelerators_per_node" | "gpus" if cell == "0" => {}
            _ => pairs.set(&key, Some(without_thousands(cell).into_owned())),
        }
    }
    let id = pairs.get("public_id").unwrap_or_default();
    let round = id.rsplit_once('-').map(|(round, _)| round.trim_start_matches(['v', 'V']).to_owned());
    pairs.set("round", round);
    let count = |key: &str| pairs.get(key).and_then(|text| text.parse::<f64>().ok());
    if let (None, Some(nodes), Some(each)) = (pairs.get("gpus"), count("nodes"), count("accelerators_per_node")) {
        pairs.set("gpus", Some((nodes * each).to_string()));
        pairs.set("gpus_basis", Some("nodes × accelerators per node".to_owned()));
    }
    pairs
}

/// An accelerator's name: without their number, which has a column of its own, and of several kinds each by
/// its catalogue name with its number, e.g. `MI300X × 32 + MI325X × 16`.
fn accelerators(cell: &str) -> String {
    let mut kinds: Vec<(&str, &str)> = Vec::new();
    let mut rest = cell.trim();
    while let Some((name, (count, after))) = rest.split_once(" (x").and_then(|(name, after)| Some((name, after.split_once(')')?)))
    {
        if count.is_empty() || !count.bytes().all(|byte| byte.is_ascii_digit()) {
            return cell.to_owned();
        }
        kinds.push((name, count));
        let after = after.trim_start();
        rest = after.strip_prefix("and ").unwrap_or(after);
    }
    match kinds.as_slice() {
        [(name, _)] if rest.is_empty() => (*name).to_owned(),
        [_, _, ..] if rest.is_empty() => {
            let each = kinds.iter().map(|(name, count)| format!("{} × {count}", canonical(name)));
            each.collect::<Vec<String>>().join(" + ")
        }
        _ => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_in_names() {
        assert_eq!(accelerators("AMD Instinct MI355X 288GB HBM3e (x87)"), "AMD Instinct MI355X 288GB HBM3e");
        for whole in ["MI355X (Power Cap 1000 W)", "H200", "A (x2) and B", "A (x)"] {
            assert_eq!(accelerators(whole), whole);
        }
        let listed = "AMD Instinct MI325X 256GB HBM3E (x16) AMD Instinct MI300X 192GB HBM3 (x8)";
        assert_eq!(accelerators(listed), "MI325X × 16 + MI300X × 8");
        assert_eq!(accelerators("Left (x1) and Right (x2)"), "Left × 1 + Right × 2");
    }

    #[test]
    fn a_system_states_its_round_and_size() {
        let cells = [("Public ID", "v6.0-0001"), ("# of Nodes", "2"), ("Accelerators per node", "8"), ("Accelerator", "N/A")];
        let pairs = system(cells.into_iter());
        assert_eq!((pairs.get("round"), pairs.get("gpus"), pairs.get("accelerator")), (Some("6.0"), Some("16"), None));
    }

    #[test]
    fn a_more_specific_printed_name_of_an_accelerator_is_kept() {
        let list = "AMD Instinct MI325X 256GB HBM3E (x16) AMD Instinct MI300X 192GB HBM3 (x8)";
        for (cell, name, printed) in [
            ("NVIDIA B200-SXM-180GB", "B200", Some("NVIDIA B200-SXM-180GB")),
            ("AMD Instinct MI355X 288GB HBM3e (x87)", "MI355X", Some("AMD Instinct MI355X 288GB HBM3e")),
            ("NVIDIA GB300", "GB300", None),
            (list, "MI325X × 16 + MI300X × 8", Some(list)),
        ] {
            let pairs = system([("Public ID", "v6.0-0001"), ("Accelerator", cell)].into_iter());
            assert_eq!((pairs.get("accelerator"), pairs.get("accelerator_printed")), (Some(name), printed));
        }
    }
}
