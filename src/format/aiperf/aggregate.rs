//! Aggregates of several runs of one configuration (`--num-profile-runs`) and of a sweep over configurations.
//!
//! A row of an aggregate is one configuration. Its figures are the means over its repeats of a statistic of each run,
//! e.g. `request_throughput_avg` and `time_to_first_token_p99`, so they are given as those statistics; how far the
//! repeats lie apart (`…_std`, `…_cv`, the confidence interval) is kept under the tool's own names. The single repeats
//! are measurements of their own, in their own summaries.

use serde_json::{Map, Value};

use super::lines::Lines;
use super::tags;
use crate::catalog::stats;
use crate::catalog::{metrics, units};
use crate::format::reader::csv::header;
use crate::format::reader::figures::Collector;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::{Identity, at, number_text, positive_as, positive_at, scalar};
use crate::format::reader::json_yaml::{self, Pattern};
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Load, MAX_COLUMNS, Place, Provenance, Severity, Sink, Stat};

/// An aggregate contains no requests; the runs listed in a pooled one are separate summaries.
const KEEP: &[Pattern] = &[
    &["aiperf_version"],
    &["aggregation_type"],
    &["num_successful_runs"],
    &["failed_runs"],
    &["metadata"],
    &["metrics"],
    &["combined"],
    &["per_combination_metrics"],
];

/// How the table of repeats begins.
const REPEATS: &str = "metric,mean,std,min,max,cv,";

/// Statistics of the spread over repeats.
const SPREAD: [&str; 7] = ["std", "min", "max", "cv", "se", "ci_low", "ci_high"];

/// Units at the end of a name, which the tables have in place of a column for them, and the spelling of the unit.
const SUFFIXES: [(&str, &str); 2] = [("_ms", "ms"), ("_s", "s")];

/// Aggregates of runs.
pub(in crate::format) static AIPERF_AGGREGATE: Format = Format {
    about: &About::new(
        "aiperf-aggregate",
        "AIPerf aggregate of repeats or of a sweep (JSON, CSV)",
        "means over repeats as measurements, their spread under separate names",
        &["json", "csv"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    if look.text.starts_with(REPEATS) || sweep_table(look.text) {
        return Some(Certainty::Certain);
    }
    let object = look.object()?;
    let repeats = || object.has_all(&["metadata", "metrics"]) && look.contains("\"num_profile_runs\"");
    let aggregate = (object.has("per_combination_metrics") || repeats()) && look.contains("\"aggregation_type\"");
    aggregate.then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let mut findings = Findings::default();
    match json_yaml::is_json(input.text) {
        true => json(input.text, &mut findings, sink),
        false => {
            stated("CSV", None, sink);
            let rows = if sweep_table(input.text) { sweep } else { repeats };
            rows(input.text, &mut findings, sink);
        }
    }
    findings.finish(sink);
    let message = "The metrics are means over repeated runs; load the summaries of the repeats for the individual runs.";
    sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, ""));
    sink.progress(1.0);
}

/// Whether a text is the table of a sweep: parameters, then five columns for each metric.
fn sweep_table(text: &str) -> bool {
    let header: Vec<&str> = text.lines().next().unwrap_or_default().trim_end().split(',').take(MAX_COLUMNS).collect();
    let five = |names: &[&str]| {
        let base = names.first().and_then(|name| name.strip_suffix("_mean"));
        let ends = ["_mean", "_std", "_min", "_max", "_cv"];
        base.is_some_and(|base| names.iter().zip(ends).all(|(name, end)| name.strip_suffix(end) == Some(base)))
    };
    header.windows(5).any(five)
}

fn stated(schema: &str, version: Option<String>, sink: &mut dyn Sink) {
    let schema = Some(format!("aggregate, {schema}"));
    sink.provenance(Provenance { tool: Some("AIPerf".to_owned()), tool_version: version, schema });
}

fn json(text: &str, findings: &mut Findings, sink: &mut dyn Sink) {
    let tree = json_yaml::json(text, KEEP, &mut |share| sink.progress(share));
    let root = &tree.root;
    if let Some(fault) = &tree.fault {
        sink.diagnostic(fault.diagnostic());
    }
    let kind = scalar(&root["aggregation_type"]).or_else(|| scalar(&root["metadata"]["aggregation_type"]));
    stated(kind.as_deref().unwrap_or("JSON"), scalar(&root["aiperf_version"]), sink);
    let failed = [&root["failed_runs"], &root["metadata"]["failed_runs"]];
    if let Some(failed) = failed.iter().find_map(|runs| runs.as_array().filter(|runs| !runs.is_empty())) {
        let message = format!("{} runs failed and are not included in the metrics.", failed.len());
        sink.diagnostic(Diagnostic::new(Severity::Warning, Place::Key("failed_runs".to_owned()), message, "Check their logs."));
    }
    if let Some(cells) = root["per_combination_metrics"].as_array() {
        let configurations = positive_at(&root["metadata"], "num_combinations").unwrap_or(cells.len() as f64);
        // The file states the number of runs per configuration only if all ran equally often.
        let runs = positive_at(root, "num_successful_runs").map(|runs| runs / configurations).filter(|runs| runs.fract() == 0.0);
        for (index, cell) in cells.iter().enumerate() {
            let place = Place::Key(format!("per_combination_metrics[{index}]"));
            let parameters = cell["parameters"].as_object().cloned().unwrap_or_default();
            row(&place, &parameters, runs, cell["metrics"].as_object(), findings, sink);
        }
    } else {
        let runs = positive_at(&root["metadata"], "num_successful_runs");
        let varied = root["metadata"]["variation_values"].as_object().cloned().unwrap_or_default();
        for keys in [&["metrics"] as &[&str], &["metrics", "combined"], &["combined"]] {
            let metrics = at(root, keys).as_object();
            row(
                &Place::Key(keys.join(".")),
                &varied,
                runs,
                metrics.filter(|fields| !fields.contains_key("combined")),
                findings,
                sink,
            );
        }
    }
}

/// The table of repeats: one metric a row.
fn repeats(text: &str, findings: &mut Findings, sink: &mut dyn Sink) {
    let mut lines = Lines::new(text);
    let (mut header, mut metrics, mut runs) = (Vec::new(), Map::new(), None);
    while let Some(line) = lines.advance(findings, sink) {
        let place = Place::Line(line);
        let cells: Vec<String> = lines.cells().into_iter().map(str::to_owned).collect();
        match cells.as_slice() {
            [first, ..] if first == "metric" => {
                header = cells;
                header::unique(&mut header, line, findings, sink);
            }
            [name, value] if name == "Successful Runs" => runs = value.parse().ok(),
            [name, ..] if cells.len() == header.len() => {
                let fields = header.iter().zip(&cells).skip(1).filter(|(key, _)| !key.is_empty());
                let fields = fields.map(|(key, cell)| (key.clone(), cell_value(cell))).collect();
                if metrics.insert(name.clone(), Value::Object(fields)).is_some() {
                    findings.entry(sink, "repeated metrics", &place, || {
                        format!("“{}” has a line before: the last one is used.", name.chars().take(40).collect::<String>())
                    });
                }
            }
            [_, _] => {}
            _ => findings.add(sink, "rows whose cell count differs from their header", || {
                let message = format!("The row has {} cells, expected {}; skipped.", cells.len(), header.len());
                Diagnostic::new(Severity::Warning, place, message, "The file may be truncated or edited by hand.")
            }),
        }
    }
    row(&Place::File, &Map::new(), runs, Some(&metrics), findings, sink);
}

/// The table of a sweep: one configuration a row, until the first empty line.
fn sweep(text: &str, findings: &mut Findings, sink: &mut dyn Sink) {
    let mut lines = Lines::new(text);
    let mut header: Vec<String> = Vec::new();
    while let Some(line) = lines.advance(findings, sink) {
        let cells = lines.cells();
        if header.is_empty() {
            header = cells.iter().map(|cell| (*cell).to_owned()).collect();
            header::unique(&mut header, line, findings, sink);
            continue;
        }
        if cells == ["Best Configurations"] {
            break;
        }
        if cells.len() != header.len() {
            findings.add(sink, "rows whose cell count differs from their header", || {
                let message = format!("The row has {} cells, expected {}; skipped.", cells.len(), header.len());
                Diagnostic::new(Severity::Warning, Place::Line(line), message, "The file may be truncated or edited by hand.")
            });
            continue;
        }
        let (mut parameters, mut metrics) = (Map::new(), Map::new());
        for (name, cell) in header.iter().zip(&cells).filter(|(name, _)| !name.is_empty()) {
            let part = name.rsplit_once('_').filter(|(_, end)| *end == "mean" || SPREAD.contains(end));
            match part {
                Some((metric, end)) => {
                    let fields = metrics.entry(metric).or_insert_with(|| Value::Object(Map::new()));
                    fields[end] = cell_value(cell);
                }
                None => _ = parameters.insert(name.clone(), cell_value(cell)),
            }
        }
        row(&Place::Line(line), &parameters, None, Some(&metrics), findings, sink);
    }
}

/// A cell as a number where it is one.
fn cell_value(cell: &str) -> Value {
    cell.parse::<f64>().ok().filter(|number| number.is_finite()).map_or_else(|| Value::from(cell), Value::from)
}

/// Emits one configuration.
fn row(
    place: &Place,
    parameters: &Map<String, Value>,
    runs: Option<f64>,
    metrics: Option<&Map<String, Value>>,
    findings: &mut Findings,
    sink: &mut dyn Sink,
) {
    let Some(metrics) = metrics.filter(|metrics| !metrics.is_empty()) else { return };
    let mut identity = Identity::default();
    let mut load = Load::default();
    identity.set("repeats", runs.map(|runs| runs.to_string()));
    for (path, value) in parameters {
        // A parameter may be a path into the configuration: `phases.profiling.concurrency`.
        let name = path.rsplit('.').next().unwrap_or(path);
        let load_of =
            |value| if matches!(name, "concurrency" | "request_rate" | "rate") { positive_as(value, name) } else { None };
        match (name, load_of(value)) {
            ("concurrency", Some(value)) => load = Load::concurrency(value),
            ("request_rate" | "rate", Some(value)) => load = Load::rate(value),
            _ => identity.label(name, scalar(value).map(|text| number_text(&text))),
        }
    }
    let mut collector = Collector { sink, findings, samples: Vec::new() };
    for (name, fields) in metrics {
        figures(place, name, fields, &mut collector);
    }
    let samples = collector.samples;
    if !samples.is_empty() {
        identity.emit(place, load, &samples, sink);
    }
}

/// Takes the figures of one metric: those of a statistic of each run, or, pooled over all requests, a distribution.
fn figures(place: &Place, name: &str, fields: &Value, collector: &mut Collector<'_>) {
    let path = |key: &str| format!("{place}: {name}.{key}");
    let (base, suffix) = SUFFIXES
        .iter()
        .find_map(|(end, unit)| Some((name.strip_suffix(end)?, *unit)))
        .map_or((name, None), |(base, unit)| (base, Some(unit)));
    let statistic = base.rsplit_once('_').and_then(|(tag, end)| Some((tags::metric(tag)?, stats::parse(end)?)));
    let pooled = tags::metric(name).map(|metric| (metric, Stat::Mean));
    let unit = fields["unit"].as_str().filter(|unit| !unit.is_empty()).or(suffix);
    let known = statistic.or(pooled).and_then(|(metric, stat)| {
        let row = metrics::metric(metric)?;
        // The table of a sweep states no units. AIPerf's are the catalogue's own, but for shares, which are of 1 or of 100.
        let scale = unit.map_or((row.unit != "%").then_some(1.0), |unit| units::factor(unit, row.unit))?;
        Some((metric, stat, scale))
    });
    match known {
        Some((metric, stat, scale)) => collector.figure(&fields["mean"], metric, stat, scale, || path("mean")),
        None => collector.figure(&fields["mean"], name, Stat::Mean, 1.0, || path("mean")),
    }
    if statistic.is_none() && pooled.is_some() {
        let Some((metric, _, scale)) = known else { return };
        let others = |key: &str| stats::parse(key).filter(|stat| *stat != Stat::Mean);
        return collector.statistics(fields, others, metric, scale, || format!("{place}: {name}"));
    }
    for key in SPREAD {
        collector.figure(&fields[key], &format!("{name}_{key}"), Stat::Mean, 1.0, || path(key));
    }
}
