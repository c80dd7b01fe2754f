//! The CSV of `nvidia-smi --query-gpu=… --format=csv`: a line for each GPU and moment.
//!
//! Units stand in the headings (`power.draw [W]`), in the cells (`345.21 W`), or, with `nounits`, nowhere; then they are
//! nvidia-smi's own, which it does not let anyone choose. What a GPU does not have is in brackets: `[N/A]`,
//! `[Not Supported]`. Times are local, without a zone.

use super::{GIB, Moments};
use crate::catalog::number::plural;
use crate::format::reader::csv::cells::{Cell, is_missing, number, parted};
use crate::format::reader::csv::columns::Table;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::Identity;
use crate::format::reader::time;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Kind, Load, MAX_COLUMNS, Place, Provenance, Sample, Severity, Sink, Stat};

/// The names of a figure, the preferred first; the catalogue's metric; nvidia-smi's unit and the factor from it.
const WORDS: &[(&[&str], &str, &str, f64)] = &[
    (&["power.draw", "power.draw.average", "power.draw.instant"], "gpu_power", "W", 1.0),
    (&["enforced.power.limit", "power.limit"], "gpu_power_limit", "W", 1.0),
    (&["temperature.gpu"], "gpu_temperature", "C", 1.0),
    (&["temperature.memory"], "gpu_memory_temperature", "C", 1.0),
    (&["utilization.gpu"], "gpu_util", "%", 1.0),
    (&["utilization.memory"], "gpu_memory_util", "%", 1.0),
    (&["memory.used"], "gpu_memory_used", "MiB", GIB),
    (&["memory.free"], "gpu_memory_free", "MiB", GIB),
    (&["memory.total"], "gpu_memory_total", "MiB", GIB),
    (&["memory.reserved"], "gpu_memory_reserved", "MiB", GIB),
    (&["clocks.current.sm", "clocks.sm"], "gpu_sm_clock", "MHz", 1.0),
    (&["clocks.current.memory", "clocks.mem"], "gpu_memory_clock", "MHz", 1.0),
];

/// Dimensions and the columns that state them.
const STATED: &[(&str, &[&str])] =
    &[("gpu", &["index"]), ("gpu_uuid", &["uuid", "gpu_uuid"]), ("accelerator", &["name", "gpu_name"]), ("node", &["hostname"])];

/// Columns that are numbers or nearly so, but no figures.
const TEXTS: [&str; 8] =
    ["driver_version", "cuda_version", "vbios_version", "pstate", "serial", "compute_cap", "count", "pci.bus_id"];

/// Samples of GPUs.
pub(in crate::format) static NVIDIA_SMI: Format = Format {
    about: &About::new(
        "nvidia-smi",
        "nvidia-smi --query-gpu (CSV)",
        "one record per GPU and timestamp, with units in headings, in cells or left out",
        &["csv", "txt", "log"],
    ),
    sniff,
    read,
};

/// The name in a heading, and its unit: `power.draw [W]`.
fn heading(cell: &str) -> (&str, Option<&str>) {
    let cell = cell.trim();
    match cell.strip_suffix(']').and_then(|cell| cell.split_once('[')) {
        Some((name, unit)) => (name.trim(), Some(unit.trim())),
        None => (cell, None),
    }
}

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let names: Vec<&str> = look.first_line().split(',').take(MAX_COLUMNS).map(|cell| heading(cell).0).collect();
    let known = names.iter().filter(|name| WORDS.iter().any(|(words, ..)| words.contains(name))).count();
    let moment = ["timestamp", "index", "uuid", "gpu_uuid", "name"].iter().any(|name| names.contains(name));
    (known > 1 || (known == 1 && moment && names.len() > 1)).then_some(Certainty::Certain)
}

/// What a column is.
enum Column {
    Time,
    Dimension(&'static str),
    /// A metric with the unit that its cells are in, unless they state one, and the factor from nvidia-smi's unit.
    Figure {
        metric: String,
        unit: Option<&'static str>,
        scale: f64,
        stated: Option<String>,
    },
    /// Text, under its own name.
    Other(String),
    /// A column without a name, or with that of one before.
    Unnamed,
}

fn columns(names: &[String]) -> Vec<Column> {
    let headings: Vec<(&str, Option<&str>)> = names.iter().map(|name| heading(name)).collect();
    let has = |wanted: &str| headings.iter().any(|(name, _)| *name == wanted);
    headings
        .iter()
        .map(|(name, unit)| {
            let stated = unit.map(str::to_owned);
            if name.is_empty() {
                return Column::Unnamed;
            }
            if *name == "timestamp" {
                return Column::Time;
            }
            if let Some((key, _)) = STATED.iter().find(|(_, words)| words.contains(name)) {
                return Column::Dimension(key);
            }
            // Of several names of one metric the preferred one counts; the others keep their names.
            let preferred = |words: &[&str]| words.iter().find(|word| has(word)) == Some(name);
            match WORDS.iter().find(|(words, ..)| preferred(words)) {
                Some((_, metric, unit, scale)) => {
                    Column::Figure { metric: (*metric).to_owned(), unit: Some(unit), scale: *scale, stated }
                }
                None if TEXTS.contains(name) => Column::Other((*name).to_owned()),
                None => Column::Figure { metric: (*name).to_owned(), unit: None, scale: 1.0, stated },
            }
        })
        .collect()
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    sink.provenance(Provenance { tool: Some("nvidia-smi".to_owned()), tool_version: None, schema: Some("query-gpu".to_owned()) });
    let mut findings = Findings::default();
    let mut table = Table::new(input.text, b',');
    let columns = columns(table.names());
    let (mut moments, mut unzoned, mut timed, mut emitted) = (Moments::default(), false, false, 0_u64);
    // Samples without a time: numbered where no sample has one.
    let mut timeless = Vec::new();
    while table.advance(&mut findings, sink) {
        // A program that is started again writes its heading again.
        if table.names().iter().enumerate().all(|(at, name)| name.is_empty() || table.text(Some(at)) == name) {
            continue;
        }
        let place = table.place();
        let (mut identity, mut samples, mut time) = (Identity::default(), Vec::new(), None);
        for (at, column) in columns.iter().enumerate() {
            let cell = table.text(Some(at));
            if is_missing(cell) || cell.starts_with('[') {
                continue;
            }
            match column {
                Column::Time => match time::instant(&cell.replace('/', "-")) {
                    Some((seconds, zoned)) => {
                        unzoned |= !zoned;
                        time = Some(seconds);
                    }
                    None => complain(table.names(), at, cell, &place, &mut findings, sink),
                },
                Column::Dimension(key) => identity.set(key, Some(cell.to_owned())),
                Column::Unnamed => {}
                Column::Other(name) => identity.set(name, Some(cell.to_owned())),
                Column::Figure { metric, unit, scale, stated } => match figure(cell, *unit, stated.as_deref()) {
                    Some(value) => samples.push(Sample { metric: sink.metric(metric, Stat::Mean), value: value * scale }),
                    // A column of text that is not known keeps its text.
                    None if unit.is_none() => identity.set(metric, Some(cell.to_owned())),
                    None => complain(table.names(), at, cell, &place, &mut findings, sink),
                },
            }
        }
        if samples.is_empty() {
            continue;
        }
        emitted += 1;
        let Some(value) = time else {
            timeless.push((identity, samples, place));
            continue;
        };
        timed = true;
        samples.push(Sample { metric: sink.metric("time", Stat::Mean), value });
        identity.emit_as(Kind::Sample, &place, Load::default(), &samples, sink);
    }
    for (identity, samples, place) in &mut timeless {
        if !timed {
            let gpu = identity.get("gpu_uuid").or_else(|| identity.get("gpu")).unwrap_or_default().to_owned();
            identity.set("scrape", Some(moments.next(&gpu).to_string()));
        }
        identity.emit_as(Kind::Sample, place, Load::default(), samples, sink);
    }
    findings.finish(sink);
    let mut tell = |severity, message: &str, hint| sink.diagnostic(Diagnostic::new(severity, Place::File, message, hint));
    if emitted == 0 {
        tell(Severity::Warning, "The file contains no samples.", "Check that nvidia-smi was running during the benchmark.");
    }
    if unzoned {
        tell(Severity::Info, "The timestamps have no time zone; read as UTC.", "");
    }
    match timeless.first() {
        None => {}
        Some(_) if !timed => tell(Severity::Info, "The samples have no timestamps; they are numbered.", ""),
        Some((.., place)) => {
            let (count, first) = (plural(timeless.len() as u64, "sample"), place.to_string());
            let message = format!("{count} without a timestamp, the first at {first}: in tables, but in no chart over time.");
            tell(Severity::Warning, &message, "The driver gave none at that moment: remove the rows, or fill in the time.");
        }
    }
    sink.progress(1.0);
}

/// A figure in nvidia-smi's unit; `None` if it is no number or in another unit than is known. Whether it is possible is seen
/// where records are taken: a temperature may be below zero.
fn figure(cell: &str, unit: Option<&str>, stated: Option<&str>) -> Option<f64> {
    let (digits, own) = parted(cell);
    let own = Some(own).filter(|own| !own.is_empty());
    let Cell::Number(value) = number(digits) else { return None };
    let fits = |found: Option<&str>| found.is_none_or(|found| unit.is_none_or(|unit| unit == found));
    (fits(own) && fits(stated)).then_some(value)
}

fn complain(names: &[String], at: usize, cell: &str, place: &Place, findings: &mut Findings, sink: &mut dyn Sink) {
    findings.add(sink, "cells of the wrong type", || {
        let place = match place {
            Place::Line(line) => Place::Cell { line: *line, column: names.get(at).cloned().unwrap_or_default() },
            other => other.clone(),
        };
        let shown: String = cell.chars().take(40).collect();
        let message = format!("“{shown}” is not a value of this column in the unit that nvidia-smi writes; ignored.");
        Diagnostic::new(Severity::Warning, place, message, "The file may have been edited, or written by another program.")
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_in_cells_headings_or_nowhere() {
        assert_eq!(heading(" power.draw [W]"), ("power.draw", Some("W")));
        assert_eq!(heading("index"), ("index", None));
        assert_eq!(figure("345.21 W", Some("W"), Some("W")), Some(345.21));
        assert_eq!(figure("345.21", Some("W"), None), Some(345.21));
        assert_eq!(figure("345210 mW", Some("W"), None), None);
        assert_eq!(figure("many", Some("W"), None), None);
        assert_eq!(
            (figure("12 34", None, None), figure("1_000", None, None), figure("12 GiB", None, None)),
            (None, None, Some(12.0))
        );
    }

    #[test]
    fn every_word_is_in_the_catalogue() {
        for (names, key, ..) in WORDS {
            assert!(crate::catalog::metrics::metric(key).is_some(), "{names:?}: {key}");
        }
    }
}
