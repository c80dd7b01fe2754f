//! Repeats of one measurement whose throughput differs too much for them to be repeats.

use std::collections::BTreeSet;

use super::groups;
use crate::catalog::number;
use crate::record::Stat;
use crate::state::{ViewState, link};
use crate::table::Table;

/// Throughput, of which the first that all repeats state is compared.
const THROUGHPUT: [&str; 3] = ["output_tps", "total_tps", "rps"];
/// Highest over lowest throughput from which on a few runs are hardly repeats: of three draws the range is 1.7 standard
/// deviations in the mean, so that 1.5 means a deviation of about 25 %, which no benchmark that was run properly has.
const BOUND: f64 = 1.5;
/// Of so many runs one outlier says little, and their confidence interval shows the spread.
const MANY: usize = 6;
/// So many files are compared with each other in one step.
const COMPARED: usize = 6;

/// Supposed repeats that differ by more than [`BOUND`].
pub(crate) struct Apart {
    /// By how much the best is above the worst, in percent.
    percent: f64,
    /// How many runs.
    count: usize,
    /// Their files, where each has one.
    files: Option<BTreeSet<String>>,
    load: String,
}

impl Apart {
    /// Of the levels of some lines those repeats that differ most, where they differ by more than [`BOUND`].
    pub(crate) fn of<'r>(table: &Table, lines: impl Iterator<Item = &'r [usize]>) -> Option<Apart> {
        let mut most: Option<(f64, Vec<usize>)> = None;
        for rows in lines {
            for level in groups::classes(table, rows, &["load_kind", "load"]) {
                let loaded = level.first().is_some_and(|row| table.load_kind(*row).is_some());
                let Some(ratio) = doubted(table, &level).filter(|_| loaded) else { continue };
                if most.as_ref().is_none_or(|(before, _)| ratio > *before) {
                    most = Some((ratio, level));
                }
            }
        }
        let (ratio, rows) = most?;
        let paths = table.dimension("path");
        let files: BTreeSet<String> =
            rows.iter().filter_map(|row| paths.and_then(|paths| paths.text(*row))).map(str::to_owned).collect();
        let files = (files.len() == rows.len()).then_some(files);
        let load = table.load().and_then(|load| load.get(*rows.first()?)).map(number::short).unwrap_or_default();
        Some(Apart { percent: (ratio - 1.0) * 100.0, count: rows.len(), files, load })
    }

    /// The question: `These 3 files differ by up to 61% in throughput at load 64: are they repeats?`
    pub(crate) fn question(&self) -> String {
        let what = if self.files.is_some() { "files" } else { "runs" };
        let load = if self.load.is_empty() { String::new() } else { format!(" at load {}", self.load) };
        format!("These {} {what} differ by up to {:.0}% in throughput{load}: are they repeats?", self.count, self.percent)
    }

    /// What to do where they are none, where no step does it.
    pub(crate) fn hint(&self) -> &'static str {
        match self.files {
            Some(_) => {
                "They state the same configuration and load, and are averaged; compare them as runs if they are not repeats."
            }
            None => {
                "They state the same configuration and load, and are averaged; split the lines or filter by what tells them apart."
            }
        }
    }

    /// The step that compares them as runs: a label and a link; `None` where they are not a few files.
    pub(crate) fn step(&self, state: &ViewState) -> Option<(String, String)> {
        let mut files = self.files.iter().flatten().cloned();
        if self.count > COMPARED {
            return None;
        }
        let mut target = state.clone();
        "compare".clone_into(&mut target.view);
        target.options.clear();
        target.set_option("baseline", vec![files.next()?]);
        target.set_option("candidate", files.collect());
        target.set_option("by", vec!["path".to_owned()]);
        Some(("Compare them as runs".to_owned(), link::encode(&target)))
    }
}

/// Highest over lowest throughput of a level's rows, if it exceeds [`BOUND`]: their spread is then no measure of noise.
pub(crate) fn doubted(table: &Table, level: &[usize]) -> Option<f64> {
    ratio(table, level).filter(|ratio| *ratio > BOUND && (2..MANY).contains(&level.len()))
}

/// Highest over lowest throughput of some rows.
fn ratio(table: &Table, rows: &[usize]) -> Option<f64> {
    THROUGHPUT.iter().find_map(|metric| {
        let figures = table.figures(metric, Stat::Mean)?;
        let values: Vec<f64> = rows.iter().map(|row| figures.get(*row)).collect::<Option<_>>()?;
        let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
        (lowest > 0.0).then(|| values.iter().copied().fold(0.0, f64::max) / lowest)
    })
}
