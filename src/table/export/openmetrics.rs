//! Measurements as OpenMetrics 1.0 text: one gauge family a metric, for a Prometheus Pushgateway or a file that is scraped.
//!
//! Names state the unit, and times, shares and sizes are in Prometheus's base units: seconds, ratios, bytes. Labels state
//! identity: every property of the configuration that the row has, its load, and the statistic. What is missing has no
//! sample. A Pushgateway refuses a push with one series twice, so rows that are equal in all these labels are told apart
//! by their run and file, else by their place in it. Texts come from files and are hostile: they are escaped.
//!
//! Source: <https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md>.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use crate::catalog::dimensions::{DIMENSIONS, Role};
use crate::catalog::metrics::{self, Shape};
use crate::record::Stat;
use crate::table::{Figures, Table};

/// How a unit of the catalogue is written: what the name ends with, and the factor to it as multiplier and divisor, of
/// which one is 1: 340.7 ÷ 1000 is the double nearest to 0.3407, 340.7 × 0.001 is not.
struct BaseUnit {
    name: &'static str,
    times: f64,
    over: f64,
}

const fn base(name: &'static str, times: f64, over: f64) -> BaseUnit {
    BaseUnit { name, times, over }
}

const UNITS: &[(&str, BaseUnit)] = &[
    ("ms", base("seconds", 1.0, 1e3)),
    ("s", base("seconds", 1.0, 1.0)),
    ("%", base("ratio", 1.0, 100.0)),
    ("GiB", base("bytes", 1_073_741_824.0, 1.0)),
    ("MHz", base("hertz", 1e6, 1.0)),
    ("W", base("watts", 1.0, 1.0)),
    ("J", base("joules", 1.0, 1.0)),
    ("°C", base("celsius", 1.0, 1.0)),
    ("tokens", base("tokens", 1.0, 1.0)),
    ("requests", base("requests", 1.0, 1.0)),
    ("tok/s/user", base("tokens_per_second_per_user", 1.0, 1.0)),
    ("sessions/s", base("sessions_per_second", 1.0, 1.0)),
];

/// What the names of rates say of their unit: tokens and requests per second.
const RATES: [&str; 2] = ["tps", "rps"];

/// A gauge family: one metric with its statistics.
struct Family<'a> {
    name: String,
    unit: Option<&'static BaseUnit>,
    help: String,
    /// Label of the statistic, and the figures.
    figures: Vec<(Option<Stat>, Figures<'a>)>,
}

/// Writes every figure of some rows. Rows without a figure give only the closing line.
///
/// # Errors
///
/// Those of what it is written to; memory has none.
pub fn write(table: &Table, rows: &[usize], out: &mut dyn Write) -> io::Result<()> {
    let labels = labels(table, rows);
    for Family { name, unit, help, figures } in families(table) {
        // Infinite figures have a spelling, missing ones have no sample.
        let sample = |figures: &Figures<'_>, row| figures.get(row).filter(|figure| !figure.is_nan());
        if !figures.iter().any(|(_, figures)| rows.iter().any(|row| sample(figures, *row).is_some())) {
            continue;
        }
        writeln!(out, "# TYPE {name} gauge")?;
        if let Some(unit) = unit {
            writeln!(out, "# UNIT {name} {}", unit.name)?;
        }
        writeln!(out, "# HELP {name} {help}")?;
        for (row, labels) in rows.iter().zip(&labels) {
            for (stat, figures) in &figures {
                let Some(figure) = sample(figures, *row) else { continue };
                let stat = stat.map(|stat| format!("stat=\"{}\"", stat.key()));
                let all: Vec<&str> = labels.iter().map(String::as_str).chain(stat.as_deref()).collect();
                let value = unit.map_or(figure, |unit| figure * unit.times / unit.over);
                if all.is_empty() {
                    writeln!(out, "{name} {}", number(value))?;
                } else {
                    writeln!(out, "{name}{{{}}} {}", all.join(","), number(value))?;
                }
            }
        }
    }
    writeln!(out, "# EOF")
}

/// The metrics of a table as families, in the catalogue's order.
fn families(table: &Table) -> Vec<Family<'_>> {
    let mut families: Vec<Family<'_>> = Vec::new();
    let mut at: BTreeMap<&str, usize> = BTreeMap::new();
    let mut names = BTreeSet::new();
    for (key, stat) in table.figure_keys() {
        let Some(figures) = table.figures(key, stat) else { continue };
        let metric = metrics::metric(key);
        let scalar = metric.is_none_or(|metric| metric.shape == Shape::Scalar);
        let labelled = (!(scalar && stat == Stat::Mean)).then_some(stat);
        if let Some(family) = at.get(key).and_then(|at| families.get_mut(*at)) {
            family.figures.push((labelled, figures));
            continue;
        }
        let unit = metric.and_then(|metric| UNITS.iter().find(|(unit, _)| *unit == metric.unit)).map(|(_, base)| base);
        let unit = unit.filter(|_| !key.split('_').any(|word| RATES.contains(&word)));
        let name = distinct(&family_name(key, unit), &mut names);
        // A name that had to be changed does not end with its unit, which the format asks for.
        let unit = unit.filter(|unit| name.ends_with(unit.name));
        at.insert(key, families.len());
        families.push(Family { name, unit, help: help(key), figures: vec![(labelled, figures)] });
    }
    families
}

/// `inferscope_ttft_seconds`, `inferscope_output_tps`.
fn family_name(key: &str, unit: Option<&BaseUnit>) -> String {
    let words: String = key.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    let name = format!("inferscope_{}", words.trim_matches('_'));
    match unit {
        Some(unit) if !name.ends_with(&format!("_{}", unit.name)) => format!("{name}_{}", unit.name),
        Some(_) | None => name,
    }
}

/// A name that no earlier family has: names of figures that the catalogue does not know may differ in signs alone.
fn distinct(name: &str, names: &mut BTreeSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    let free = std::iter::once(name.to_owned()).chain(numbered).find(|name| !names.contains(name)).unwrap_or_default();
    names.insert(free.clone());
    free
}

/// What a family is, with its definition.
fn help(key: &str) -> String {
    let text = metrics::metric(key).map_or_else(
        || format!("{key}, as its tool names it; the unit is not known."),
        |metric| match metric.unit {
            "ms" => format!("{}, converted from milliseconds. {}", metric.label, metric.definition),
            "%" => format!("{}, from 0 to 1. {}", metric.label, metric.definition),
            _ => format!("{}. {}", metric.label, metric.definition),
        },
    );
    // OpenMetrics wants the quote escaped, the older text format, which a Pushgateway reads, does not know that escape.
    escaped(&text.replace('"', "'"))
}

/// The labels of each row, as written.
fn labels(table: &Table, rows: &[usize]) -> Vec<Vec<String>> {
    let of_role = |role: Role| {
        let known = DIMENSIONS.iter().filter(move |dimension| dimension.role == role);
        known.filter_map(|dimension| Some((dimension.key, table.dimension(dimension.key)?))).collect::<Vec<_>>()
    };
    let text = |key: &str, text: Option<&str>| text.filter(|text| !text.trim().is_empty()).map(|text| label(key, text));
    let (configuration, runs) = (of_role(Role::Configuration), of_role(Role::Run));
    let mut labels: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let load = table.load().and_then(|load| load.get(*row)).map(|load| label("load", &number(load)));
            let kind = table.load_kind(*row).map(|kind| label("load_kind", kind.key()));
            configuration.iter().filter_map(|(key, column)| text(key, column.text(*row))).chain(kind).chain(load).collect()
        })
        .collect();
    let run = |row: usize| runs.iter().filter_map(|(key, column)| text(key, column.text(row))).collect();
    let place = |row: usize| vec![label("place", &table.place(row))];
    let last = |row: usize| vec![label("row", &row.to_string())];
    let further: [&dyn Fn(usize) -> Vec<String>; 3] = [&run, &place, &last];
    for more in further {
        for at in repeated(&labels) {
            if let (Some(labels), Some(row)) = (labels.get_mut(at), rows.get(at)) {
                labels.extend(more(*row));
            }
        }
    }
    labels
}

/// Positions of the rows whose labels another row has as well.
fn repeated(labels: &[Vec<String>]) -> Vec<usize> {
    let mut same: BTreeMap<&[String], Vec<usize>> = BTreeMap::new();
    for (at, labels) in labels.iter().enumerate() {
        same.entry(labels).or_default().push(at);
    }
    same.into_values().filter(|rows| rows.len() > 1).flatten().collect()
}

fn label(key: &str, text: &str) -> String {
    format!("{key}=\"{}\"", escaped(text.trim()).replace('"', "\\\""))
}

/// A text in one line. Other control characters, at which some readers break lines, become spaces.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace(char::is_control, " ")
}

fn number(value: f64) -> String {
    if value.is_infinite() { if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned() } else { value.to_string() }
}
