//! Series become records: one for each moment and each set of labels, whatever order they come in.
//!
//! Everything of a scrape waits until the scrape ends; the number of columns, of labels' values and of cells is bounded.

use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::distribution::{Distribution, Part};
use super::line::Type;
use super::names;
use crate::catalog::server_metrics::{self, MAX_VALUES};
use crate::catalog::{dimensions::dimension, metrics, server_counters};
use crate::format::reader::findings::Findings;
use crate::record::{Diagnostic, DimensionId, Kind, Load, MetricId, Place, Provenance, Record, Sample, Severity, Sink, Stat};

/// How many metrics one file may have.
const MAX_METRICS: usize = 2000;
/// Records × columns of one file's tables at most, 8 bytes each.
const MAX_CELLS: usize = 40_000_000;

/// Values of counters that one file keeps at most.
const MAX_COUNTED: usize = 3_000_000;

/// DCGM's “blank” values, of which the last means “not supported”, begin here.
const DCGM_BLANK: f64 = 9_223_372_036_854_775_792.0;

/// A series that was met: see [`Gather::series`].
pub(super) type SeriesId = u32;

struct Series {
    set: u32,
    target: Target,
    dcgm: bool,
    /// Whether its values are kept as they are, because figures come from their differences.
    counted: Option<Counting>,
}

/// What a series counts: the exported name, the part of a histogram that it is, and that part's bound.
#[derive(Clone)]
struct Counting {
    name: Rc<str>,
    part: &'static str,
    bound: Option<f64>,
}

/// The handles of what a record of a count has.
#[derive(Clone, Copy)]
struct CountingColumns {
    counted: DimensionId,
    part: DimensionId,
    time: MetricId,
    total: MetricId,
    bound: MetricId,
}

#[derive(Clone, Copy)]
enum Target {
    /// A figure: its column, the factor to its unit, its rank among names of the same figure.
    Figure(MetricId, f64, usize),
    /// A share of a distribution.
    Part(u32, Part),
    /// Settings, which were stated.
    Stated,
}

/// A histogram or summary: its own name, its metric, factor and rank.
struct Named {
    name: Box<str>,
    metric: Box<str>,
    factor: f64,
    rank: usize,
}

#[derive(Default)]
struct Row {
    time: Option<f64>,
    set: u32,
    place: Option<Place>,
    values: Vec<(SeriesId, f64)>,
}

type Identity = Vec<(DimensionId, Box<str>)>;

/// Collects series and their values. `None` as a series' id means that it is left out.
#[derive(Default)]
pub(super) struct Gather {
    pub findings: Findings,
    types: FxHashMap<Box<str>, Type>,
    sets: FxHashMap<Identity, u32>,
    identities: Vec<Identity>,
    series: Vec<Series>,
    distributions: Vec<Named>,
    columns: FxHashSet<Box<str>>,
    stats: FxHashMap<(u32, Option<Stat>), MetricId>,
    values: FxHashMap<Box<str>, FxHashSet<Box<str>>>,
    rows: Vec<Row>,
    index: FxHashMap<(u64, u32), usize>,
    seen: FxHashSet<(u64, SeriesId)>,
    scrapes: u64,
    emitted: usize,
    crowded: usize,
    counters: bool,
    estimated: bool,
    above: BTreeMap<Box<str>, f64>,
    timeless: bool,
    counting: Option<CountingColumns>,
    kept: usize,
}

impl Gather {
    /// Records a `# TYPE` line.
    pub(super) fn declare(&mut self, name: &str, kind: Type) {
        if self.types.len() < MAX_METRICS * 4 {
            self.types.insert(name.into(), kind);
        }
    }

    /// The series of this name and these labels; `base` is what is known of its source besides. `value` is its first:
    /// an `_info` series is settings when it is 1.
    pub(super) fn series(
        &mut self,
        name: &str,
        labels: &[(&str, &str)],
        base: &[(&str, &str)],
        value: f64,
        place: &Place,
        sink: &mut dyn Sink,
    ) -> Option<SeriesId> {
        if let Some(tool) = names::tool(name) {
            sink.provenance(Provenance { tool: Some(tool.to_owned()), ..Provenance::default() });
        }
        if name.ends_with("_info") && value == 1.0 && !labels.is_empty() {
            self.settings(name, labels, base, place, sink);
            return Some(self.add(Series { set: 0, target: Target::Stated, dcgm: false, counted: None }));
        }
        let target = self.target(name, labels, sink)?;
        let inner = match target {
            Target::Part(_, Part::Bucket(_)) => "le",
            Target::Part(_, Part::Quantile(_)) => "quantile",
            _ => "",
        };
        let identity = self.identity(labels.iter().filter(|(label, _)| *label != inner).copied(), base, sink)?;
        let set = *self.sets.entry(identity).or_insert_with_key(|identity| {
            self.identities.push(identity.clone());
            (self.identities.len() - 1) as u32
        });
        let counted = self.counting(name, target);
        Some(self.add(Series { set, target, dcgm: name.starts_with("DCGM_"), counted }))
    }

    /// What a series counts, if the catalogue knows it.
    fn counting(&self, name: &str, target: Target) -> Option<Counting> {
        let (name, part, bound) = match target {
            Target::Part(at, part) => {
                let name = &*self.distributions.get(at as usize)?.name;
                match part {
                    Part::Bucket(bound) if bound.is_finite() => (name, "bucket", Some(bound)),
                    Part::Bucket(_) => (name, "all", None),
                    Part::Sum => (name, "sum", None),
                    Part::Count => (name, "count", None),
                    Part::Quantile(_) => return None,
                }
            }
            Target::Figure(..) => (name, "count", None),
            Target::Stated => return None,
        };
        let (row, _) = server_counters::counted(name)?;
        (row.histogram == matches!(target, Target::Part(..))).then(|| Counting { name: name.into(), part, bound })
    }

    fn add(&mut self, series: Series) -> SeriesId {
        self.series.push(series);
        (self.series.len() - 1) as SeriesId
    }

    /// The metric of a series. Without a declaration it follows from the name's suffix.
    fn target(&mut self, name: &str, labels: &[(&str, &str)], sink: &mut dyn Sink) -> Option<Target> {
        let label = |key: &str| labels.iter().find(|(label, _)| *label == key).and_then(|(_, value)| value.parse::<f64>().ok());
        if let (Some(base), Some(bound)) = (name.strip_suffix("_bucket"), label("le")) {
            self.types.entry(base.into()).or_insert(Type::Histogram);
            return Some(Target::Part(self.distribution(base, sink)?, Part::Bucket(bound)));
        }
        if let Some(quantile) = label("quantile") {
            self.types.entry(name.into()).or_insert(Type::Summary);
            return Some(Target::Part(self.distribution(name, sink)?, Part::Quantile(quantile)));
        }
        for (ending, part) in [("_sum", Part::Sum), ("_count", Part::Count)] {
            let Some(base) = name.strip_suffix(ending) else { continue };
            if matches!(self.types.get(base), Some(Type::Histogram | Type::Summary)) {
                return Some(Target::Part(self.distribution(base, sink)?, part));
            }
        }
        if let Some(base) = name.strip_suffix("_created") {
            let counted = |name: &str| matches!(self.types.get(name), Some(Type::Counter | Type::Histogram | Type::Summary));
            // When a counter began; irrelevant to the server.
            if counted(base) || counted(&format!("{base}_total")) {
                return None;
            }
        }
        let base = name.strip_suffix("_total").unwrap_or(name);
        self.counters |= base != name || [name, base].iter().any(|name| self.types.get(*name) == Some(&Type::Counter));
        self.column(name, sink)?;
        Some(match server_metrics::metric(name) {
            Some((key, factor, rank)) => Target::Figure(sink.metric(key, Stat::Mean), factor, rank),
            None => Target::Figure(sink.metric(&own(name), Stat::Mean), 1.0, usize::MAX),
        })
    }

    fn distribution(&mut self, name: &str, sink: &mut dyn Sink) -> Option<u32> {
        if let Some(at) = self.distributions.iter().position(|known| &*known.name == name) {
            return Some(at as u32);
        }
        self.column(name, sink)?;
        let known = server_metrics::metric(name);
        let (metric, factor, rank) = known.map_or((own(name), 1.0, usize::MAX), |(key, f, rank)| (key.to_owned(), f, rank));
        self.distributions.push(Named { name: name.into(), metric: metric.into(), factor, rank });
        Some((self.distributions.len() - 1) as u32)
    }

    /// Whether there is room for a metric.
    fn column(&mut self, name: &str, sink: &mut dyn Sink) -> Option<()> {
        if self.columns.len() >= MAX_METRICS && !self.columns.contains(name) {
            self.findings.add(sink, "metrics beyond the limit", || {
                let message = format!("“{name}” is ignored: a file may have at most {MAX_METRICS} metrics.");
                Diagnostic::new(Severity::Warning, Place::Key(name.to_owned()), message, "Keep only the metrics you need.")
            });
            return None;
        }
        self.columns.insert(name.into());
        Some(())
    }

    /// The dimensions of a series, in one order whatever the order of its labels.
    fn identity<'l>(
        &mut self,
        labels: impl Iterator<Item = (&'l str, &'l str)>,
        base: &[(&'l str, &'l str)],
        sink: &mut dyn Sink,
    ) -> Option<Identity> {
        let mut identity: Identity = base.iter().map(|(key, value)| (sink.dimension(key), (*value).into())).collect();
        let mut known: Vec<(&str, usize, &str, &str)> = Vec::new();
        let mut others: Vec<(&str, &str)> = Vec::new();
        for (label, value) in labels.filter(|(_, value)| !value.is_empty()) {
            if let Some(key) = names::rank(label) {
                identity.push((sink.dimension(key), value.into()));
            }
            match names::label(label) {
                Some((key, rank)) => known.push((key, rank, label, value)),
                None if names::rank(label).is_some() => {}
                None => others.push((label, value)),
            }
        }
        known.sort_unstable();
        for (key, _, label, value) in known {
            let id = sink.dimension(key);
            match identity.iter().any(|(taken, _)| *taken == id) {
                true if names::rank(label).is_some() => {}
                true => others.push((label, value)),
                false if key == "accelerator" => {
                    identity.push((id, crate::catalog::accelerators::canonical(value).into()));
                }
                false => identity.push((id, value.into())),
            }
        }
        for (label, value) in others {
            let values = self.values.entry(label.into()).or_default();
            if values.len() >= MAX_VALUES && !values.contains(value) {
                self.findings.add(sink, "series whose labels have too many values", || {
                    let message = format!("“{label}” has more than {MAX_VALUES} values; the remaining series are ignored.");
                    let hint = "Aggregate over this label before saving the metrics.";
                    Diagnostic::new(Severity::Warning, Place::Key(label.to_owned()), message, hint)
                });
                return None;
            }
            values.insert(value.into());
            // A label with the name of a dimension means something else.
            let id = if dimension(label).is_some() { sink.dimension(&format!("label {label}")) } else { sink.dimension(label) };
            identity.push((id, value.into()));
        }
        identity.sort_unstable_by_key(|(id, _)| id.0);
        Some(identity)
    }

    /// Adds the labels of an `_info` series, some of which identify what it describes.
    fn settings(&mut self, name: &str, labels: &[(&str, &str)], base: &[(&str, &str)], place: &Place, sink: &mut dyn Sink) {
        let about = labels.iter().filter(|(label, _)| names::is_source(label)).copied();
        let Some(about) = self.identity(about, base, sink) else { return };
        let keys = ["source", "setting", "value"].map(|key| sink.dimension(key));
        for (label, value) in labels.iter().filter(|(label, value)| !names::is_source(label) && !value.is_empty()) {
            let mut identity: Vec<(DimensionId, &str)> = about.iter().map(|(id, value)| (*id, &**value)).collect();
            identity.extend(keys.into_iter().zip([name, label, value]));
            sink.record(Record { kind: Kind::Setting, place, load: Load::default(), identity: &identity, samples: &[] });
        }
    }

    /// Takes a series' value at a time (seconds since 1970). Without times, a series that comes again begins a new scrape.
    pub(super) fn value(&mut self, series: SeriesId, time: Option<f64>, value: f64, place: &Place, sink: &mut dyn Sink) {
        let Some(Series { set, target, dcgm, .. }) = self.series.get(series as usize) else { return };
        let blank = *dcgm && value >= DCGM_BLANK;
        // NaN is how a quantile of nothing is written; infinity is a figure that is lost.
        if value.is_infinite() {
            self.findings.add(sink, "values that are infinite", || {
                let message = "The value is infinite, or too large for a number: missing.";
                Diagnostic::new(Severity::Warning, place.clone(), message, "Check the query, or the exporter.")
            });
        }
        if matches!(target, Target::Stated) || !value.is_finite() || blank {
            return;
        }
        let (set, moment) = (*set, time.map_or(u64::MAX, f64::to_bits));
        if !self.seen.insert((moment, series)) {
            if time.is_some() {
                return self.findings.add(sink, "duplicate values", || {
                    let message = "The series has two values for the same time; the first is kept.";
                    Diagnostic::new(Severity::Warning, place.clone(), message, "The file may combine overlapping captures.")
                });
            }
            self.scrapes += 1;
            self.flush(Some(self.scrapes), sink);
            self.seen.insert((moment, series));
        }
        self.timeless |= time.is_none();
        let row = *self.index.entry((moment, set)).or_insert_with(|| {
            self.rows.push(Row { time, set, place: Some(place.clone()), values: Vec::new() });
            self.rows.len() - 1
        });
        if let Some(row) = self.rows.get_mut(row) {
            row.values.push((series, value));
        }
    }

    /// Emits what waits.
    pub(super) fn flush(&mut self, scrape: Option<u64>, sink: &mut dyn Sink) {
        self.index.clear();
        self.seen.clear();
        let time = sink.metric("time", Stat::Mean);
        let number = scrape.map(|scrape| (sink.dimension("scrape"), scrape.to_string()));
        for row in std::mem::take(&mut self.rows) {
            self.emitted += 1;
            if self.emitted.saturating_mul(self.columns.len()) > MAX_CELLS {
                self.crowded += 1;
                continue;
            }
            let place = row.place.clone().unwrap_or(Place::File);
            let mut ranked = self.figures(&row, &place, sink);
            ranked.sort_by_key(|(sample, rank)| (sample.metric.0, *rank));
            ranked.dedup_by_key(|(sample, _)| sample.metric);
            let mut samples: Vec<Sample> = row.time.map(|value| Sample { metric: time, value }).into_iter().collect();
            samples.extend(ranked.into_iter().map(|(sample, _)| sample));
            let known = self.identities.get(row.set as usize).map(Vec::as_slice).unwrap_or_default();
            let mut identity: Vec<(DimensionId, &str)> = known.iter().map(|(id, value)| (*id, &**value)).collect();
            identity.extend(number.as_ref().map(|(id, number)| (*id, number.as_str())));
            sink.record(Record {
                kind: Kind::Sample,
                place: &place,
                load: Load::default(),
                identity: &identity,
                samples: &samples,
            });
            let columns = *self.counting.get_or_insert_with(|| CountingColumns {
                counted: sink.dimension("counted"),
                part: sink.dimension("part"),
                time,
                total: sink.metric("total", Stat::Mean),
                bound: sink.metric("bound", Stat::Mean),
            });
            self.kept += keep_counts(&row, &self.series, columns, &mut identity, &place, MAX_COUNTED - self.kept, sink);
        }
    }

    /// The figures of a record, each with its rank among names of the same figure.
    fn figures(&mut self, row: &Row, place: &Place, sink: &mut dyn Sink) -> Vec<(Sample, usize)> {
        let mut figures = Vec::with_capacity(row.values.len());
        let mut distributions: BTreeMap<u32, Distribution> = BTreeMap::new();
        for (series, value) in &row.values {
            match self.series.get(*series as usize).map(|series| series.target) {
                Some(Target::Figure(metric, factor, rank)) => figures.push((Sample { metric, value: value * factor }, rank)),
                Some(Target::Part(at, part)) => distributions.entry(at).or_default().add(part, *value),
                Some(Target::Stated) | None => {}
            }
        }
        for (at, distribution) in distributions {
            let Some(Named { name, metric, factor, rank }) = self.distributions.get(at as usize) else { continue };
            let found = distribution.figures();
            let stats = &mut self.stats;
            let mut push = |key: &str, stat: Option<Stat>, value: f64, rank: usize| {
                let metric = *stats.entry((at, stat)).or_insert_with(|| sink.metric(key, stat.unwrap_or(Stat::Mean)));
                figures.push((Sample { metric, value }, rank));
            };
            for (stat, value) in found.stats {
                push(metric, Some(stat), value * factor, *rank);
            }
            if let Some(count) = found.count {
                push(&own(&format!("{name}_count")), None, count, usize::MAX);
            }
            self.estimated |= found.estimated;
            if let Some(bound) = found.above {
                self.above.insert(name.clone(), bound);
            }
            if found.damaged {
                self.findings.add(sink, "histograms whose buckets contradict each other", || {
                    let message = format!("The buckets of “{name}” are not cumulative; percentiles cannot be estimated.");
                    let hint = "Buckets must be cumulative; when summing over servers, sum every bucket.";
                    Diagnostic::new(Severity::Warning, place.clone(), message, hint)
                });
            }
        }
        figures.retain(|(sample, _)| sample.value.is_finite());
        figures
    }

    /// Emits pending records and notes about the metrics.
    pub(super) fn finish(mut self, sink: &mut dyn Sink) {
        let last = (self.scrapes > 0).then_some(self.scrapes + 1);
        self.flush(last, sink);
        self.findings.finish(sink);
        let mut tell = |severity, message: String, hint: &str| {
            sink.diagnostic(Diagnostic::new(severity, Place::File, message, hint));
        };
        if self.crowded > 0 {
            let message = format!("{} records are skipped: the table would exceed {MAX_CELLS} cells.", self.crowded);
            tell(Severity::Warning, message, "Save fewer metrics or a shorter time range.");
        }
        if self.kept == MAX_COUNTED {
            let message = format!("Only the first {MAX_COUNTED} values of counters and histograms are kept.");
            tell(Severity::Warning, message, "Save fewer metrics or a shorter time range.");
        }
        if self.emitted == 0 {
            tell(
                Severity::Warning,
                "The file contains no values.".to_owned(),
                "Check that the server was running when the metrics were saved.",
            );
            return;
        }
        if self.timeless {
            let message = if self.scrapes > 0 {
                "The scrapes have no timestamps; they are numbered."
            } else {
                "The metrics have no timestamps."
            };
            tell(Severity::Info, message.to_owned(), "");
        }
        if self.counters {
            let message = "Counters are totals since each server's start, under their own names; figures over time come from their differences.";
            tell(Severity::Info, message.to_owned(), "");
        }
        if self.estimated {
            let message = "Percentiles are estimated from histograms, linearly within a bucket; means are sum ÷ count. Both cover all \
                           requests since the server's start.";
            tell(Severity::Info, message.to_owned(), "");
        }
        if !self.above.is_empty() {
            let list: Vec<String> = self.above.iter().map(|(name, bound)| format!("{name} (above {bound})")).collect();
            let message = format!("Percentiles above the highest bucket are unknown and omitted: {}.", list.join(", "));
            tell(Severity::Info, message, "");
        }
    }
}

/// Emits the values of a row's counters, up to `room`: how many.
fn keep_counts<'r>(
    row: &Row,
    series: &'r [Series],
    columns: CountingColumns,
    identity: &mut Vec<(DimensionId, &'r str)>,
    place: &Place,
    room: usize,
    sink: &mut dyn Sink,
) -> usize {
    let own = identity.len();
    let counts = row.values.iter().filter_map(|(id, value)| Some((series.get(*id as usize)?.counted.as_ref()?, *value)));
    let mut kept = 0;
    for (Counting { name, part, bound }, total) in counts.take(room) {
        identity.extend([(columns.counted, &**name), (columns.part, *part)]);
        let samples = [(columns.time, row.time), (columns.total, Some(total)), (columns.bound, *bound)];
        let samples: Vec<Sample> =
            samples.into_iter().filter_map(|(metric, value)| Some(Sample { metric, value: value? })).collect();
        sink.record(Record { kind: Kind::Counter, place, load: Load::default(), identity, samples: &samples });
        identity.truncate(own);
        kept += 1;
    }
    kept
}

/// The name of a metric that no word knows. One that is called like a row of the catalogue means something else.
fn own(name: &str) -> String {
    if metrics::metric(name).is_some() { format!("metric {name}") } else { name.to_owned() }
}
