//! Findings of all files: grouped by similarity, and as JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use super::FileReport;
use crate::record::{Kind, Severity};
use crate::sorting::Sorting;

/// Similar findings at different places.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Severity.
    pub severity: Severity,
    /// Message of the first.
    pub message: String,
    /// Hint: what to do.
    pub hint: String,
    /// The places: file, position and message.
    pub cases: Vec<Case>,
}

/// One finding of a group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Case {
    /// The file's path.
    pub path: String,
    /// Position in the file.
    pub place: String,
    /// Message for this place.
    pub message: String,
}

/// Groups findings with the same severity, hint and message, ignoring numbers and quoted names.
/// Most severe first, then most frequent.
pub fn group<'a>(reports: impl IntoIterator<Item = &'a FileReport>) -> Vec<Group> {
    let mut groups: Vec<(String, Group)> = Vec::new();
    for report in reports {
        for found in &report.diagnostics {
            let words = folded(&found.message);
            let case = Case { path: report.path.clone(), place: found.place.to_string(), message: found.message.clone() };
            let known = groups
                .iter_mut()
                .find(|(other, group)| *other == words && group.severity == found.severity && group.hint == found.hint);
            match known {
                Some((_, group)) => group.cases.push(case),
                None => {
                    let (severity, message, hint) = (found.severity, found.message.clone(), found.hint.clone());
                    groups.push((words, Group { severity, message, hint, cases: vec![case] }));
                }
            }
        }
    }
    let mut groups: Vec<Group> = groups.into_iter().map(|(_, group)| group).collect();
    groups.order_by_key(|group| std::cmp::Reverse((group.severity, group.cases.len())));
    groups
}

/// A message without digits and quoted text, which vary from place to place.
fn folded(message: &str) -> String {
    let mut quoted = false;
    let mut text = String::with_capacity(message.len());
    for c in message.chars() {
        match c {
            '“' => quoted = true,
            '”' => quoted = false,
            c if quoted || c.is_ascii_digit() || matches!(c, '.' | ',') => continue,
            c => text.push(c),
        }
    }
    text
}

/// All files and their totals.
#[derive(Debug, Serialize)]
pub struct Inspection<'a> {
    /// The sums.
    pub totals: Totals,
    /// Reports by file.
    pub files: Vec<&'a FileReport>,
}

/// Totals over files.
#[derive(Debug, Default, Serialize)]
pub struct Totals {
    /// Files inspected, including archive members.
    pub files: usize,
    /// Files with a known format.
    pub recognised: usize,
    /// Files that are no results, by what they are.
    pub asides: BTreeMap<String, usize>,
    /// Records by kind.
    pub records: BTreeMap<Kind, usize>,
    /// Findings by severity.
    pub findings: BTreeMap<Severity, usize>,
}

impl Totals {
    /// Adds a file.
    pub fn add(&mut self, report: &FileReport) {
        self.files += 1;
        self.recognised += usize::from(report.format.is_some());
        if let Some(what) = &report.aside {
            *self.asides.entry(what.clone()).or_default() += 1;
        }
        for (kind, count) in &report.records {
            *self.records.entry(*kind).or_default() += count;
        }
        for found in &report.diagnostics {
            *self.findings.entry(found.severity).or_default() += 1;
        }
    }
}

/// The files that are no results as a sentence: `Not results: 12 files (9 pictures, 3 scripts).`; `None` without any.
pub fn asides(counts: &BTreeMap<String, usize>) -> Option<String> {
    let total: usize = counts.values().sum();
    let kinds: Vec<String> = counts.iter().map(|(what, count)| several(what, *count)).collect();
    (total > 0).then(|| format!("Not results: {} ({}).", several("file", total), kinds.join(", ")))
}

/// A count with its noun, which may have words behind it: `2 logs without figures`.
fn several(what: &str, count: usize) -> String {
    match (count, what.split_once(' ')) {
        (1, _) => format!("1 {what}"),
        (_, Some((noun, rest))) if rest.starts_with("without") || rest.starts_with("or") => format!("{count} {noun}s {rest}"),
        _ => format!("{count} {what}s"),
    }
}

/// All reports and totals, as printed by `inferscope inspect --json`.
pub fn inspection<'a>(reports: impl IntoIterator<Item = &'a FileReport>) -> Inspection<'a> {
    let mut inspection = Inspection { totals: Totals::default(), files: Vec::new() };
    for report in reports {
        inspection.totals.add(report);
        inspection.files.push(report);
    }
    inspection
}

/// [`inspection`] as text.
pub fn json<'a>(reports: impl IntoIterator<Item = &'a FileReport>) -> String {
    serde_json::to_string_pretty(&inspection(reports)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Imported;
    use crate::record::{Diagnostic, Place};

    #[test]
    fn alike_findings_stand_together_the_gravest_first() {
        let report = |path: &str, found: &[(Severity, u64, &str)]| {
            let mut report = Imported::failed(path, Diagnostic::new(Severity::Info, Place::File, "A note.", "")).report;
            report.diagnostics.extend(
                found
                    .iter()
                    .map(|(severity, line, message)| Diagnostic::new(*severity, Place::Line(*line), *message, "Do this.")),
            );
            report
        };
        let warning = Severity::Warning;
        let reports = [
            report("a.csv", &[(warning, 3, "“x” in 12 cells is no number."), (warning, 9, "“y, z” in 1.5 cells is no number.")]),
            report("b.csv", &[(warning, 4, "“x” in 7 cells is no number."), (Severity::Error, 1, "Not a table.")]),
        ];
        let groups = group(&reports);
        let seen: Vec<(&str, usize)> = groups.iter().map(|group| (group.message.as_str(), group.cases.len())).collect();
        assert_eq!(seen, [("Not a table.", 1), ("“x” in 12 cells is no number.", 3), ("A note.", 2)]);
        let second = groups[1].cases.last().map(|case| (case.path.as_str(), case.place.as_str()));
        assert_eq!(second, Some(("b.csv", "line 4")));
    }
}
