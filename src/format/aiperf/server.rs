//! What AIPerf scraped of the servers (`server_metrics_export`): JSON with slices of time, and CSV without.
//!
//! A row is one window of one endpoint and one set of labels: a slice, which has an instant, or the whole run, which has
//! none. Gauges have statistics, counters a total and a rate, histograms a count, a mean and percentiles that AIPerf
//! estimates from buckets. A server's own latencies are not those that a client measures, so they keep their own names.

use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use rustc_hash::FxHasher;
use serde_json::{Map, Value};

use super::lines::Lines;
use super::{WHOLE_RUN, identity};
use crate::catalog::{server_counters, server_metrics, stats};
use crate::format::reader::csv::header;
use crate::format::reader::figures::Collector;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::{Identity, at, scalar};
use crate::format::reader::json_yaml::{self, Each, Pattern, Step, Take};
use crate::format::reader::time;
use crate::format::spreadsheet::without_comments;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Kind, Load, Place, Provenance, Sample, Severity, Sink, Stat};

/// What is read first: what all series have in common.
const COMMON: &[Pattern] = &[
    &["schema_version"],
    &["aiperf_version"],
    &["benchmark_id"],
    &["input_config"],
    &["metrics_phase"],
    &["summary", "phase_time_ranges"],
    &["metrics", "*", "type"],
];

/// What is read of each series. Buckets are kept of slices, not of the whole run.
const KEEP: &[Pattern] = &[
    &["metrics", "*", "series", "*", "endpoint_url"],
    &["metrics", "*", "series", "*", "labels"],
    &["metrics", "*", "series", "*", "stats"],
    &["metrics", "*", "series", "*", "timeslices", "*", "start_ns"],
    &["metrics", "*", "series", "*", "timeslices", "*", "end_ns"],
    &["metrics", "*", "series", "*", "timeslices", "*", "avg"],
    &["metrics", "*", "series", "*", "timeslices", "*", "min"],
    &["metrics", "*", "series", "*", "timeslices", "*", "max"],
    &["metrics", "*", "series", "*", "timeslices", "*", "total"],
    &["metrics", "*", "series", "*", "timeslices", "*", "rate"],
    &["metrics", "*", "series", "*", "timeslices", "*", "count"],
    &["metrics", "*", "series", "*", "timeslices", "*", "sum"],
    &["metrics", "*", "series", "*", "timeslices", "*", "buckets"],
];

/// The series, which are read one by one: as a tree all of them take thirty times their text.
const SERIES: &[Pattern] = &[&["metrics", "*", "series", "*"]];

/// How the CSV begins.
const TABLE: &str = "# AIPerf Server Metrics Export";

/// Gauges that become metrics of the catalogue. Everything else, the servers' own latencies included, keeps its name.
const GAUGES: [&str; 5] = ["running_requests", "queued_requests", "kv_usage", "cache_hit_rate", "generation_tps"];

/// Statistics of a counter's rate. `rate_avg` is the mean over slices; `rate` is the total over the window.
const RATES: &[(&str, Stat)] = &[("rate", Stat::Mean), ("rate_std", Stat::Std), ("rate_min", Stat::Min), ("rate_max", Stat::Max)];

/// Columns of the CSV that are statistics and read nowhere here.
const SKIPPED: [&str; 4] = ["sum", "rate_avg", "count_rate", "sum_rate"];

/// Metrics of the servers.
pub(in crate::format) static AIPERF_SERVER: Format = Format {
    about: &About::new(
        "aiperf-server-metrics",
        "AIPerf server metrics (JSON, CSV)",
        "gauges, counters and histograms of the servers, per time slice and over the whole run",
        &["json", "csv"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    if look.text.starts_with(TABLE) {
        return Some(Certainty::Certain);
    }
    let object = look.object().filter(|object| object.has_all(&["aiperf_version", "summary"]))?;
    // A summary of a run has its telemetry's endpoints elsewhere.
    let results = object.keys().any(|key| key == "records" || super::tags::metric(key).is_some());
    let endpoints = || look.contains("\"endpoints_configured\"") && look.contains("\"endpoint_info\"");
    (!results && endpoints()).then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let mut findings = Findings::default();
    let windows = match json_yaml::is_json(input.text) {
        true => json(input.text, &mut findings, sink),
        false => csv(input.text, &mut findings, sink),
    };
    if windows.rows.is_empty() {
        let hint = "Check that the server was reachable and exports metrics.";
        sink.diagnostic(Diagnostic::new(Severity::Warning, Place::File, "The file has no server metrics.", hint));
    }
    for window in windows.rows {
        window.emit(Kind::Sample, windows.load, sink);
    }
    for window in windows.counters {
        window.emit(Kind::Counter, Load::default(), sink);
    }
    findings.finish(sink);
    sink.progress(1.0);
}

/// One row: one window of one endpoint and one set of labels.
struct Window {
    place: Place,
    /// That of the series, and what is the window's own.
    identity: Rc<Identity>,
    own: [Option<(&'static str, Rc<str>)>; 2],
    samples: Vec<Sample>,
}

impl Window {
    fn emit(self, kind: Kind, load: Load, sink: &mut dyn Sink) {
        let mut identity = self.identity.as_ref().clone();
        self.own.into_iter().flatten().for_each(|(key, value)| identity.set(key, Some(value.as_ref().to_owned())));
        identity.emit_as(kind, &self.place, load, &self.samples, sink);
    }
}

/// The rows of a file, in the order in which they came up.
#[derive(Default)]
struct Windows {
    load: Load,
    rows: Vec<Window>,
    /// What is counted, as totals since the first slice.
    counters: Vec<Window>,
    /// Rows by source, start and end.
    known: HashMap<(usize, [u64; 2]), usize>,
    /// Sources, by endpoint and labels.
    sources: HashMap<String, (usize, Rc<Identity>)>,
}

impl Windows {
    /// The row of this key, made if it is new.
    fn row(&mut self, key: (usize, [u64; 2]), make: impl FnOnce() -> Window) -> &mut Window {
        let next = self.rows.len();
        let index = *self.known.entry(key).or_insert(next);
        if index == next {
            self.rows.push(make());
        }
        &mut self.rows[index]
    }

    /// The source of this key, with its number.
    fn source(&mut self, key: String, make: impl FnOnce() -> Identity) -> (usize, Rc<Identity>) {
        let next = self.sources.len();
        self.sources.entry(key).or_insert_with(|| (next, Rc::new(make()))).clone()
    }
}

/// An instant as it stands in the file, as a number by which it is known.
fn stamp(value: &Value) -> u64 {
    let number = value.as_u64().or_else(|| value.as_f64().map(f64::to_bits));
    number.unwrap_or_else(|| {
        let mut hasher = FxHasher::default();
        value.to_string().hash(&mut hasher);
        hasher.finish()
    })
}

fn json(text: &str, findings: &mut Findings, sink: &mut dyn Sink) -> Windows {
    let tree = json_yaml::json(text, COMMON, &mut |_| ());
    let root = &tree.root;
    sink.provenance(Provenance {
        tool: Some("AIPerf".to_owned()),
        tool_version: scalar(&root["aiperf_version"]),
        schema: scalar(&root["schema_version"]).map(|version| format!("server metrics {version}")),
    });
    let phase = root["metrics_phase"].as_str().unwrap_or("profiling");
    let range = at(root, &["summary", "phase_time_ranges", phase]);
    let mut series = AllSeries {
        run: identity::identity(root, &Value::Null),
        seconds: time::seconds_between(&range["start_ns"], &range["end_ns"]),
        metrics: &root["metrics"],
        windows: Windows { load: identity::load(root), ..Windows::default() },
        findings,
        sink,
        passed: 0,
        wanted: 0,
    };
    let tree = json_yaml::json_each(text, KEEP, Each { elements: SERIES, take: &mut series }, &mut |_| ());
    let AllSeries { windows, sink, .. } = series;
    if let Some(fault) = &tree.fault {
        sink.diagnostic(fault.diagnostic());
    }
    windows
}

/// Takes the series of a file.
struct AllSeries<'a> {
    run: Identity,
    /// How long the whole run took.
    seconds: Option<f64>,
    /// What sort of figure each metric is.
    metrics: &'a Value,
    windows: Windows,
    findings: &'a mut Findings,
    sink: &'a mut dyn Sink,
    /// How many series were taken, and, where the text is read again from its start, how many of them are known.
    passed: usize,
    wanted: usize,
}

impl Take for AllSeries<'_> {
    fn take(&mut self, steps: &[Step], series: Value) {
        let [_, Step::Key(name), _, Step::Index(index)] = steps else { return };
        self.passed += 1;
        if self.passed > self.wanted {
            self.wanted = self.passed;
            self.series(name, *index, &series);
        }
    }

    /// What was taken stays: the same series come again, in the same order.
    fn restart(&mut self) {
        self.passed = 0;
    }
}

impl AllSeries<'_> {
    fn series(&mut self, name: &str, index: usize, series: &Value) {
        let AllSeries { run, seconds, metrics, windows, findings, sink, .. } = self;
        let kind = metrics[name]["type"].as_str().unwrap_or_default();
        let path = format!("metrics.{name}.series[{index}]");
        let key = format!("{} {}", series["endpoint_url"], series["labels"]);
        let (number, source) = windows.source(key, || source(run, series["endpoint_url"].as_str(), &series["labels"]));
        let mut take = |window: &Value, path: String, seconds: Option<f64>, stats: &Value| {
            let key = (number, [stamp(&window["start_ns"]), stamp(&window["end_ns"])]);
            let row = windows.row(key, || {
                let slice = time::seconds(&window["start_ns"]);
                let own = ("window", Rc::from(if slice.is_some() { "slice" } else { WHOLE_RUN }));
                let known = [("time", slice), ("duration", seconds)];
                let known = known.into_iter().filter_map(|(key, value)| Some((key, value?)));
                let samples = known.map(|(key, value)| Sample { metric: sink.metric(key, Stat::Mean), value }).collect();
                Window { place: Place::Key(path.clone()), identity: Rc::clone(&source), own: [Some(own), None], samples }
            });
            let samples = std::mem::take(&mut row.samples);
            row.samples = figures(name, kind, stats, &path, samples, findings, *sink);
        };
        let slices = series["timeslices"].as_array().into_iter().flatten().enumerate();
        for (index, slice) in slices.filter(|(_, slice)| time::seconds(&slice["start_ns"]).is_some()) {
            let seconds = time::seconds_between(&slice["start_ns"], &slice["end_ns"]);
            take(slice, format!("{path}.timeslices[{index}]"), seconds, slice);
        }
        if series["stats"].is_object() {
            take(&Value::Null, format!("{path}.stats"), *seconds, &series["stats"]);
        }
        if server_counters::counted(name).is_some_and(|(row, _)| row.histogram == (kind == "histogram")) {
            windows.counters.extend(totals(name, &series["timeslices"], &path, &source, *sink));
        }
    }
}

/// What a series counted, as totals since its first slice. A slice is where its gauges are: at its start.
fn totals(name: &str, slices: &Value, path: &str, source: &Rc<Identity>, sink: &mut dyn Sink) -> Vec<Window> {
    let counted: Rc<str> = Rc::from(name);
    let [time, total, bound] = ["time", "total", "bound"].map(|key| sink.metric(key, Stat::Mean));
    let mut sums: BTreeMap<(&'static str, u64), f64> = BTreeMap::new();
    let mut found = Vec::new();
    for (index, slice) in slices.as_array().into_iter().flatten().enumerate() {
        let Some(start) = time::seconds(&slice["start_ns"]) else { continue };
        let mut gains: Vec<(&'static str, f64, f64)> = Vec::new();
        for (key, part) in [("total", "count"), ("count", "count"), ("sum", "sum")] {
            gains.extend(slice[key].as_f64().map(|gain| (part, f64::INFINITY, gain)));
        }
        for (le, count) in slice["buckets"].as_object().into_iter().flatten() {
            let finite = le.parse::<f64>().ok().filter(|le| le.is_finite());
            gains.extend(finite.zip(count.as_f64()).map(|(le, gain)| ("bucket", le, gain)));
        }
        let seconds = time::seconds_between(&slice["start_ns"], &slice["end_ns"]);
        let mut push = |at: f64, part: &'static str, le: f64, value: f64| {
            let own = [Some(("counted", Rc::clone(&counted))), Some(("part", Rc::from(part)))];
            let figures = [(time, Some(at)), (total, Some(value)), (bound, Some(le).filter(|le| le.is_finite()))];
            let samples = figures.into_iter().filter_map(|(metric, value)| Some(Sample { metric, value: value? })).collect();
            let place = Place::Key(format!("{path}.timeslices[{index}]"));
            found.push(Window { place, identity: Rc::clone(source), own, samples });
        };
        for (part, le, gain) in gains {
            let sum = sums.entry((part, le.to_bits())).or_insert_with(|| {
                // Before the first slice nothing was counted.
                if let Some(seconds) = seconds {
                    push(start - seconds, part, le, 0.0);
                }
                0.0
            });
            *sum += gain;
            push(start, part, le, *sum);
        }
    }
    found
}

fn csv(text: &str, findings: &mut Findings, sink: &mut dyn Sink) -> Windows {
    let note = |key: &str| text.lines().take_while(|line| line.starts_with('#')).find_map(|line| line.strip_prefix(key));
    let trimmed = |value: &str| value.trim().to_owned();
    sink.provenance(Provenance {
        tool: Some("AIPerf".to_owned()),
        tool_version: note("# aiperf_version:").map(trimmed),
        schema: note("# schema_version:").map(|version| format!("server metrics {}, CSV", version.trim())),
    });
    let mut run = Identity::default();
    run.set("run_id", note("# benchmark_id:").map(trimmed));
    let mut windows = Windows::default();
    let table = without_comments(text);
    let mut lines = Lines::new(&table);
    let mut header: Vec<String> = Vec::new();
    while let Some(line) = lines.advance(findings, sink) {
        let cells = lines.cells();
        if cells.starts_with(&["Endpoint", "Type", "Metric"]) {
            header = cells.iter().map(|cell| (*cell).to_owned()).collect();
            header::unique(&mut header, line, findings, sink);
            continue;
        }
        if cells.len() != header.len() {
            findings.add(sink, "rows whose cell count differs from their header", || {
                let message = format!("The row has {} cells, expected {}; skipped.", cells.len(), header.len());
                Diagnostic::new(Severity::Warning, Place::Line(line), message, "The file may be truncated or edited by hand.")
            });
            continue;
        }
        let (mut stats, mut labels) = (Map::new(), Map::new());
        for (name, cell) in header.iter().map(String::as_str).zip(&cells) {
            let stat =
                statistic(name).is_some() || RATES.iter().any(|(known, _)| *known == name) || ["total", "count"].contains(&name);
            match name {
                "" | "Endpoint" | "Type" | "Metric" | "Unit" | "Description" => {}
                _ if cell.is_empty() || SKIPPED.contains(&name) => {}
                _ if stat => {
                    let number = cell.parse::<f64>().map_or_else(|_| Value::from(*cell), Value::from);
                    _ = stats.insert(name.to_owned(), number);
                }
                label => _ = labels.insert(label.to_owned(), Value::from(*cell)),
            }
        }
        let [endpoint, kind, name, ..] = cells.as_slice() else { continue };
        let labels = Value::from(labels);
        let (number, source) = windows.source(format!("{endpoint} {labels}"), || source(&run, Some(endpoint), &labels));
        let row = windows.row((number, [0; 2]), || {
            let own = [Some(("window", Rc::from(WHOLE_RUN))), None];
            Window { place: Place::Line(line), identity: source, own, samples: Vec::new() }
        });
        let samples = std::mem::take(&mut row.samples);
        row.samples = figures(name, kind, &Value::from(stats), &Place::Line(line).to_string(), samples, findings, sink);
    }
    windows
}

/// Takes the figures of one metric in one window.
fn figures(
    name: &str,
    kind: &str,
    statistics: &Value,
    path: &str,
    samples: Vec<Sample>,
    findings: &mut Findings,
    sink: &mut dyn Sink,
) -> Vec<Sample> {
    let mut collector = Collector { sink, findings, samples };
    let take = |collector: &mut Collector<'_>, key: &str, metric: &str, stat: Stat| {
        collector.figure(&statistics[key], metric, stat, 1.0, || format!("{path}.{key}"));
    };
    if kind == "counter" {
        let rate = server_metrics::rate(name).map_or_else(|| format!("{name}/s"), str::to_owned);
        take(&mut collector, "total", name, Stat::Mean);
        RATES.iter().for_each(|(key, stat)| take(&mut collector, key, &rate, *stat));
    } else {
        let (metric, scale) = gauge(name);
        take(&mut collector, "count", &format!("{name} count"), Stat::Mean);
        collector.statistics(statistics, statistic, metric, scale, || path.to_owned());
    }
    collector.samples
}

/// The statistic of the metric itself: of a gauge's value, or of a histogram's observations, whose percentiles AIPerf
/// estimates from buckets.
fn statistic(name: &str) -> Option<Stat> {
    stats::parse(name.strip_suffix("_estimate").unwrap_or(name))
}

/// The metric of a gauge and the factor to its unit; one without a row keeps its name.
pub(super) fn gauge(name: &str) -> (&str, f64) {
    let known = server_metrics::metric(name).filter(|(key, ..)| GAUGES.contains(key));
    known.map_or((name, 1.0), |(metric, scale, _)| (metric, scale))
}

/// What identifies a source: the run, the endpoint without what all have in common, its labels.
pub(super) fn source(run: &Identity, endpoint: Option<&str>, labels: &Value) -> Identity {
    let mut pairs = run.clone();
    let worker = endpoint.map(|url| {
        let host = url.split_once("://").map_or(url, |(_, host)| host);
        host.strip_suffix("/metrics").unwrap_or(host).to_owned()
    });
    pairs.set("worker", worker);
    for (label, value) in labels.as_object().into_iter().flatten() {
        pairs.label(label, scalar(value));
    }
    pairs
}
