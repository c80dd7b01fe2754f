//! The text of `dcgmi dmon`: a table whose two rows of headings come again every few lines, and a line for each GPU and
//! moment. It has no times, and the interval (`-d`) is not stated: the moments of a GPU are numbered.

use super::{GIB, Moments};
use crate::format::reader::csv::cells::{Cell, number};
use crate::format::reader::csv::header;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::Identity;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Kind, Load, Place, Provenance, Sample, Severity, Sink, Stat};

/// DCGM's short names of fields, the catalogue's metric, the factor from DCGM's unit (MiB, mJ, shares of 1).
const FIELDS: &[(&str, &str, f64)] = &[
    ("POWER", "gpu_power", 1.0),
    ("TOTEC", "gpu_energy", 1e-3),
    ("PMLMT", "gpu_power_limit", 1.0),
    ("TMPTR", "gpu_temperature", 1.0),
    ("MMTMP", "gpu_memory_temperature", 1.0),
    ("GPUTL", "gpu_util", 1.0),
    ("MCUTL", "gpu_memory_util", 1.0),
    ("FBUSD", "gpu_memory_used", GIB),
    ("FBFRE", "gpu_memory_free", GIB),
    ("FBTTL", "gpu_memory_total", GIB),
    ("FBRSV", "gpu_memory_reserved", GIB),
    ("SMCLK", "gpu_sm_clock", 1.0),
    ("MMCLK", "gpu_memory_clock", 1.0),
    ("SMACT", "gpu_sm_active", 100.0),
    ("SMOCC", "gpu_sm_occupancy", 100.0),
    ("TENSO", "gpu_tensor_active", 100.0),
    ("DRAMA", "gpu_dram_active", 100.0),
    ("GRACT", "gpu_graphics_active", 100.0),
];

/// DCGM's short names of what it counts since the driver was loaded, and the exported name that the catalogue knows.
const COUNTERS: &[(&str, &str)] = &[("PVIOL", "DCGM_FI_DEV_POWER_VIOLATION"), ("TVIOL", "DCGM_FI_DEV_THERMAL_VIOLATION")];
/// From here on a counter's value means “not supported”.
const NOT_SUPPORTED: f64 = 9.2e18;

/// The kind of entity whose lines are read; others are parts of a GPU, switches and processors.
const GPU: &str = "GPU";

/// Samples of GPUs.
pub(in crate::format) static DCGMI: Format = Format {
    about: &About::new(
        "dcgmi-dmon",
        "dcgmi dmon (text)",
        "one record per GPU and line, and one per counter of time throttled; the text has no timestamps, so the lines of a GPU are \
         numbered",
        &["log", "txt", "out"],
    ),
    sniff,
    read,
};

/// The names of the columns in a heading, after the entity.
fn heading(line: &str) -> Option<Vec<&str>> {
    let rest = line.trim_start().strip_prefix('#')?.trim_start();
    Some(rest.strip_prefix("Entity")?.split_whitespace().collect())
}

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    const HEAD_LINES: usize = 20;
    let headed = look.text.lines().take(HEAD_LINES).filter_map(heading).any(|names| !names.is_empty());
    headed.then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    sink.provenance(Provenance { tool: Some("dcgmi dmon".to_owned()), ..Provenance::default() });
    let mut findings = Findings::default();
    let mut columns: Vec<String> = Vec::new();
    let (mut moments, mut emitted, mut others) = (Moments::default(), 0_u64, 0_u64);
    let lines = input.text.lines().count().max(1) as f64;
    for (index, line) in input.text.lines().enumerate() {
        if index % 1024 == 0 {
            sink.progress(index as f64 / lines);
        }
        if let Some(names) = heading(line) {
            // The heading comes again and again: what is wrong in it is told once.
            let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
            let repeated = header::blank_repeated(&mut names);
            if columns != names {
                header::report_repeated(&repeated, |column| Place::Cell { line: index as u64 + 1, column }, &mut findings, sink);
                columns = names;
            }
            continue;
        }
        let mut words = line.split_whitespace();
        let (kind, id) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        // The second row of headings, with the units, and blank lines.
        if kind == "ID" || kind.is_empty() {
            continue;
        }
        if kind != GPU || id.parse::<u32>().is_err() {
            others += 1;
            continue;
        }
        let place = Place::Line(index as u64 + 1);
        let cells: Vec<&str> = words.collect();
        if cells.len() != columns.len() {
            findings.entry(sink, "lines that do not fit their heading", &place, || {
                format!("The line has {} values, its heading {}; skipped.", cells.len(), columns.len())
            });
            continue;
        }
        let mut identity = Identity::default();
        identity.set("gpu", Some(id.to_owned()));
        identity.set("scrape", Some(moments.next(id).to_string()));
        let mut samples = Vec::new();
        let mut counts = Vec::new();
        for (name, cell) in columns.iter().zip(&cells).filter(|(name, _)| !name.is_empty()) {
            let counted = COUNTERS.iter().find(|(field, _)| field == name);
            let known = FIELDS.iter().find(|(field, ..)| field == name);
            let (metric, scale) = known.map_or((name.as_str(), 1.0), |(_, key, scale)| (*key, *scale));
            match (number(cell), counted) {
                (Cell::Number(total), Some((_, exported))) if total < NOT_SUPPORTED => counts.push((name, *exported, total)),
                (Cell::Number(_), Some(_)) | (Cell::Missing, _) => {}
                (Cell::Number(value), None) => {
                    samples.push(Sample { metric: sink.metric(metric, Stat::Mean), value: value * scale });
                }
                (Cell::Wrong, _) => findings.entry(sink, "values that are not numbers", &place, || {
                    format!("Expected a number under {name}, found “{}”; ignored.", cell.chars().take(40).collect::<String>())
                }),
            }
        }
        // Before the line's sample: of a file that was cut off, the last record is the one that may be wrong.
        for (name, exported, total) in counts {
            let place = Place::Cell { line: index as u64 + 1, column: name.clone() };
            let mut counter = identity.clone();
            counter.set("counted", Some(exported.to_owned()));
            counter.set("part", Some("count".to_owned()));
            let total = [Sample { metric: sink.metric("total", Stat::Mean), value: total }];
            counter.emit_as(Kind::Counter, &place, Load::default(), &total, sink);
        }
        if !samples.is_empty() {
            identity.emit_as(Kind::Sample, &place, Load::default(), &samples, sink);
            emitted += 1;
        }
    }
    findings.finish(sink);
    let mut tell = |severity, message: String, hint| sink.diagnostic(Diagnostic::new(severity, Place::File, message, hint));
    if emitted == 0 {
        tell(
            Severity::Warning,
            "The file contains no samples of GPUs.".to_owned(),
            "Check that dcgmi was running during the benchmark.",
        );
    } else {
        let message = "The text has no timestamps and does not state the interval; the samples of a GPU are numbered.";
        tell(Severity::Info, message.to_owned(), "Log with nvidia-smi --query-gpu=timestamp,… to see GPUs over time.");
    }
    if others > 0 {
        tell(Severity::Info, format!("{others} lines are of no GPU; not read."), "");
    }
    sink.progress(1.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_in_the_catalogue() {
        for (name, key, _) in FIELDS {
            assert!(crate::catalog::metrics::metric(key).is_some(), "{name}: {key}");
        }
        for (name, exported) in COUNTERS {
            assert!(crate::catalog::server_counters::counted(exported).is_some(), "{name}: {exported}");
        }
    }

    #[test]
    fn headings() {
        assert_eq!(heading(" #Entity   TMPTR        POWER  "), Some(vec!["TMPTR", "POWER"]));
        assert_eq!(heading("ID   C   W"), None);
    }
}
