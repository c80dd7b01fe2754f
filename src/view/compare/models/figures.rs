//! The figures by which variants are compared: rows of data, and how each is got from results, servers, logs and scores.

use std::collections::{BTreeMap, BTreeSet};

use super::basis::Basis;
use super::scores;
use super::variants::{Sources, Variant};
use crate::analysis::buckets::{Observed, Quantile};
use crate::analysis::{energy, mean};
use crate::capacity::{energy as consumption, operating_points, pricing};
use crate::catalog::number;
use crate::query::context::Context;
use crate::record::{Kind, Stat};
use crate::table::Table;
use crate::telemetry::{self, Source};

/// What a figure is about; in the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    Latency,
    Throughput,
    Memory,
    Reliability,
    Cost,
    Energy,
    Accuracy,
}

impl Group {
    pub(super) const ALL: [Group; 7] =
        [Group::Latency, Group::Throughput, Group::Memory, Group::Reliability, Group::Cost, Group::Energy, Group::Accuracy];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Group::Latency => "Latency",
            Group::Throughput => "Throughput",
            Group::Memory => "Memory",
            Group::Reliability => "Reliability",
            Group::Cost => "Cost",
            Group::Energy => "Energy",
            Group::Accuracy => "Accuracy",
        }
    }

    /// Which files have it.
    pub(super) const fn files(self) -> &'static str {
        match self {
            Group::Latency | Group::Throughput => "results of a benchmark, or server metrics over time",
            Group::Memory => "server metrics (KV cache), server logs (weights), DCGM or nvidia-smi (GPU memory)",
            Group::Reliability => "results that count failed requests",
            Group::Cost => "results with accelerator, GPUs and output throughput, and a price of the accelerator",
            Group::Energy => "results with GPUs and output throughput, and the power of the GPUs",
            Group::Accuracy => "results of lm-evaluation-harness, AIPerf or InferenceX",
        }
    }
}

/// Where a figure comes from.
#[derive(Clone, Copy)]
enum Of {
    /// A figure of results, with the first of these statistics that the most variants have.
    Measured(&'static str, &'static [Stat]),
    /// A quantile of a server's histogram, from 0 to 1.
    Quantile(&'static str, f64),
    /// What a server's counter gained per second while it gained anything, summed over engines.
    Rate(&'static str),
    /// The highest value of a gauge of engines.
    Highest(&'static str),
    /// 100 less the highest value of a gauge, %.
    Headroom(&'static str),
    /// The highest value of a gauge of GPUs.
    Gpu(&'static str),
    /// What logs or results state: the largest over ranks.
    Stated(&'static str),
    /// Tokens in the KV cache of an engine.
    KvCapacity,
    Cost,
    Energy,
}

/// A row of the table.
pub(super) struct Figure {
    pub key: String,
    pub group: Group,
    pub title: String,
    pub unit: &'static str,
    /// Whether more is better; `None` if neither.
    pub higher: Option<bool>,
    /// Its definition.
    pub definition: String,
    /// By variant: the value, or why there is none.
    pub values: Vec<Result<Value, String>>,
}

/// A figure of a variant.
#[derive(Clone, Debug, Default)]
pub(super) struct Value {
    pub value: f64,
    /// On what it rests, in words.
    pub basis: String,
    /// The measurements that it is of.
    pub rows: Vec<usize>,
    /// Whether it is to be read with care.
    pub doubt: bool,
}

impl Value {
    pub(super) fn new(value: f64, basis: impl Into<String>) -> Value {
        Value { value, basis: basis.into(), ..Value::default() }
    }
}

/// A definition of a row: key, group, title, unit, whether more is better, where it comes from, definition.
type Row = (&'static str, Group, &'static str, &'static str, Option<bool>, Of, &'static str);

const MEDIAN: &[Stat] = &[Stat::P50, Stat::Mean];
const TAIL: &[Stat] = &[Stat::P95, Stat::P99, Stat::P90];

static ROWS: &[Row] = &[
    ("ttft", Group::Latency, "TTFT", "ms", Some(false), Of::Measured("ttft", MEDIAN), ""),
    ("ttft-tail", Group::Latency, "TTFT", "ms", Some(false), Of::Measured("ttft", TAIL), ""),
    ("tpot", Group::Latency, "TPOT", "ms", Some(false), Of::Measured("tpot", MEDIAN), ""),
    ("itl", Group::Latency, "ITL", "ms", Some(false), Of::Measured("itl", MEDIAN), ""),
    ("itl-tail", Group::Latency, "ITL", "ms", Some(false), Of::Measured("itl", TAIL), ""),
    ("e2el", Group::Latency, "E2E latency", "ms", Some(false), Of::Measured("e2el", MEDIAN), ""),
    ("server-ttft", Group::Latency, "Median TTFT at the server", "ms", Some(false), Of::Quantile("ttft", 0.5), SCRAPED),
    ("server-ttft-p95", Group::Latency, "P95 TTFT at the server", "ms", Some(false), Of::Quantile("ttft", 0.95), SCRAPED),
    ("server-tpot", Group::Latency, "Median TPOT at the server", "ms", Some(false), Of::Quantile("tpot", 0.5), SCRAPED),
    ("server-itl", Group::Latency, "Median ITL at the server", "ms", Some(false), Of::Quantile("itl", 0.5), SCRAPED),
    ("output-tps", Group::Throughput, "Output throughput", "tok/s", Some(true), Of::Measured("output_tps", &[Stat::Mean]), ""),
    (
        "output-tps-per-gpu",
        Group::Throughput,
        "Output throughput per GPU",
        "tok/s/GPU",
        Some(true),
        Of::Measured("output_tps_per_gpu", &[Stat::Mean]),
        "",
    ),
    ("total-tps", Group::Throughput, "Total throughput", "tok/s", Some(true), Of::Measured("total_tps", &[Stat::Mean]), ""),
    ("rps", Group::Throughput, "Request throughput", "req/s", Some(true), Of::Measured("rps", &[Stat::Mean]), ""),
    (
        "server-tps",
        Group::Throughput,
        "Generated tokens per second at the server",
        "tok/s",
        Some(true),
        Of::Rate("generation_tokens"),
        "Tokens gained between scrapes ÷ their time, where any were gained; summed over engines. It depends on the load.",
    ),
    (
        "weights",
        Group::Memory,
        "Model weights per GPU",
        "GiB",
        Some(false),
        Of::Stated("model_memory"),
        "Memory of the weights as the server’s log states it, the largest over ranks.",
    ),
    (
        "kv-memory",
        Group::Memory,
        "KV cache per GPU",
        "GiB",
        None,
        Of::Stated("kv_memory"),
        "Memory reserved for the KV cache: what the weights leave of the share of the GPU that the server may take.",
    ),
    (
        "kv-capacity",
        Group::Memory,
        "KV cache capacity of an engine",
        "tokens",
        Some(true),
        Of::KvCapacity,
        "Tokens that fit in the KV cache of an engine: blocks × block size, or as stated; of several engines the smallest.",
    ),
    (
        "kv-headroom",
        Group::Memory,
        "KV cache headroom",
        "%",
        Some(true),
        Of::Headroom("kv_usage"),
        "100 % less the highest usage of the KV cache that any engine reported. It depends on the load.",
    ),
    (
        "largest-batch",
        Group::Memory,
        "Largest batch",
        "requests",
        Some(true),
        Of::Highest("running_requests"),
        "The most requests that one engine ran at once. It depends on the load.",
    ),
    (
        "gpu-memory",
        Group::Memory,
        "GPU memory used",
        "GiB",
        None,
        Of::Gpu("gpu_memory_used"),
        "The most that one GPU had in use. A server reserves its share at start and fills with KV cache what the weights leave: \
         smaller weights need not show here.",
    ),
    ("error-rate", Group::Reliability, "Error rate", "%", Some(false), Of::Measured("error_rate", &[Stat::Mean]), ""),
    (
        "cost",
        Group::Cost,
        "Cost of a million output tokens",
        "$",
        Some(false),
        Of::Cost,
        "Price per hour ÷ 3600 × 10⁶ ÷ output tok/s of an instance filled with whole replicas.",
    ),
    (
        "energy",
        Group::Energy,
        "Energy of an output token",
        "J",
        Some(false),
        Of::Energy,
        "W per accelerator × GPUs ÷ output tok/s; excludes hosts and cooling.",
    ),
];

const SCRAPED: &str = "Estimated from the buckets that the server counted between the first scrape and the last, whatever the load; \
                       as the server sees it, without the network.";

/// What the figures are computed from.
pub(super) struct Calculation<'c, 'a> {
    /// The measurements as the context's table.
    context: &'c Context<'a>,
    sources: &'c Sources<'a>,
    variants: &'c [Variant],
    basis: &'c Basis,
    /// By variant: its engines and GPUs.
    telemetry: Vec<Vec<Source>>,
    /// Mean power of a GPU by run folder, W.
    power: BTreeMap<String, f64>,
}

impl<'c, 'a> Calculation<'c, 'a> {
    pub(super) fn new(context: &'c Context<'a>, sources: &'c Sources<'a>, variants: &'c [Variant], basis: &'c Basis) -> Self {
        let read = |variant: &Variant| {
            let of = |kind: Kind| sources.get(kind).map(|(table, _)| (*table, variant.of(kind)));
            telemetry::read(of(Kind::Sample), of(Kind::Counter))
        };
        let telemetry = variants.iter().map(read).collect();
        Calculation { context, sources, variants, basis, telemetry, power: consumption::telemetry(context) }
    }

    /// Every figure that a variant has, and those of accuracy.
    pub(super) fn figures(&self) -> Vec<Figure> {
        let rows = ROWS.iter().map(|row| self.figure(row));
        let scores = scores::figures(self.sources, self.variants);
        let joined = if scores.is_empty() { vec![self.joined_accuracy()] } else { scores };
        rows.chain(joined).filter(|figure| figure.values.iter().any(Result::is_ok)).collect()
    }

    fn figure(&self, (key, group, title, unit, higher, of, definition): &Row) -> Figure {
        let stat = match of {
            Of::Measured(metric, stats) => self.stat(metric, stats),
            _ => None,
        };
        let values = (0..self.variants.len()).map(|at| self.value(*of, stat, at)).collect();
        let (title, definition) = match (of, stat) {
            (Of::Measured(metric, _), Some(stat)) => (
                crate::catalog::metrics::title(metric, stat, Kind::Measurement).replacen("P50 ", "Median ", 1),
                crate::catalog::metrics::metric(metric).map_or("", |row| row.definition),
            ),
            _ => ((*title).to_owned(), *definition),
        };
        Figure { key: (*key).to_owned(), group: *group, title, unit, higher: *higher, definition: definition.to_owned(), values }
    }

    /// The one accuracy that results carry, where no scores of single tasks are loaded.
    fn joined_accuracy(&self) -> Figure {
        let of = Of::Measured("accuracy", &[Stat::Mean]);
        self.figure(&("accuracy", Group::Accuracy, "Accuracy", "%", Some(true), of, ""))
    }

    /// The statistic that the most variants have, of equals the first.
    fn stat(&self, metric: &str, stats: &[Stat]) -> Option<Stat> {
        let has = |stat: Stat| {
            let column = self.context.table.figures(metric, stat);
            self.basis
                .rows
                .iter()
                .flatten()
                .filter(move |rows| rows.iter().any(|row| column.is_some_and(|of| of.get(*row).is_some())))
        };
        let counted = stats.iter().map(|stat| (*stat, has(*stat).count())).filter(|(_, count)| *count > 0);
        counted.reduce(|best, other| if other.1 > best.1 { other } else { best }).map(|(stat, _)| stat)
    }

    fn value(&self, of: Of, stat: Option<Stat>, at: usize) -> Result<Value, String> {
        match of {
            Of::Measured(metric, stats) => {
                let stat = stat.or(stats.first().copied()).unwrap_or(Stat::Mean);
                self.of_rows(at, "not in its results", |table, row| Ok(operating_points::figure(table, metric, stat, row)))
            }
            Of::Cost => self.of_rows(at, "no output throughput, or its GPU count is unknown", |table, row| {
                let accelerator = operating_points::text(table, "accelerator", row).ok_or("accelerator not stated")?;
                let price = pricing::price(&self.context.settings.prices, accelerator, None);
                let price = price.ok_or_else(|| format!("no price for {accelerator}"))?;
                Ok(pricing::of_row(table, row, price).map(|(.., usd)| usd))
            }),
            Of::Energy => self.energy(at),
            Of::Quantile(key, share) => self.quantile(at, key, share),
            Of::Rate(key) => self.rate(at, key),
            Of::Highest(metric) => self.highest(at, metric, false),
            Of::Headroom(metric) => self.highest(at, metric, false).map(|found| Value { value: 100.0 - found.value, ..found }),
            Of::Gpu(metric) => self.highest(at, metric, true),
            Of::Stated(metric) => self.stated(at, metric, f64::max),
            Of::KvCapacity => self.kv_capacity(at),
        }
    }

    /// The mean over the variant's measurements, which are repeats of one load.
    fn of_rows(
        &self,
        at: usize,
        lacking: &str,
        of: impl Fn(&'a Table, usize) -> Result<Option<f64>, String>,
    ) -> Result<Value, String> {
        let rows = match self.basis.rows.get(at) {
            Some(Ok(rows)) => rows,
            Some(Err(why)) => return Err(why.clone()),
            None => return Err("not measured".to_owned()),
        };
        let mut values = Vec::new();
        for row in rows {
            values.extend(of(self.context.table, *row)?);
        }
        let value = mean::arithmetic(values.iter().copied()).ok_or(lacking)?;
        let repeats = if values.len() > 1 { format!("mean of {} repeats", values.len()) } else { "one measurement".to_owned() };
        let load = self.basis.load().map(|load| format!(", {load}")).unwrap_or_default();
        Ok(Value { value, basis: format!("{repeats}{load}"), rows: rows.clone(), doubt: false })
    }

    fn energy(&self, at: usize) -> Result<Value, String> {
        let power = |row: usize| consumption::power(self.context, row, &self.power);
        let mut found = self.of_rows(at, "no output throughput", |table, row| {
            let gpus = operating_points::gpus(table, row).ok_or("its GPU count is unknown")?;
            let (power, _) = power(row).ok_or("the power of its GPUs is unknown")?;
            let output = operating_points::figure(table, "output_tps", Stat::Mean, row);
            Ok(output
                .and_then(|output| energy::tokens_per_joule(power.watts, f64::from(gpus), output))
                .map(|tokens| 1.0 / tokens))
        })?;
        if let Some((power, basis)) = found.rows.first().and_then(|row| power(*row)) {
            found.basis = format!("{}; {} W per accelerator, {basis}", found.basis, number::short(power.watts));
            found.doubt = consumption::doubt(&power).is_some();
        }
        Ok(found)
    }

    fn engines(&self, at: usize, gpus: bool) -> Result<Vec<&Source>, String> {
        let own: Vec<&Source> = self.telemetry.get(at).into_iter().flatten().filter(|source| source.gpu == gpus).collect();
        if own.is_empty() {
            let what = if gpus { "its GPUs" } else { "its server" };
            return Err(format!("no loaded file has metrics of {what}, or nothing tells whose they are"));
        }
        Ok(own)
    }

    fn quantile(&self, at: usize, key: &str, share: f64) -> Result<Value, String> {
        let engines = self.engines(at, false)?;
        let mut sum = Observed::default();
        engines.iter().filter_map(|engine| engine.histograms.get(key)).flatten().for_each(|step| sum.add(&step.by));
        let scraped_once = sum.count <= 0.0;
        if scraped_once {
            engines.iter().filter_map(|engine| engine.totals.get(key)).for_each(|total| sum.add(total));
        }
        let since = if scraped_once { ", since the server’s start" } else { "" };
        match sum.quantile(share).ok_or("its server does not count it")? {
            Quantile::Within { value, low, high } => Ok(Value::new(
                value,
                format!(
                    "{} observations{since}; between {} and {}",
                    number::column(sum.count),
                    number::short(low),
                    number::short(high)
                ),
            )),
            Quantile::Above(bound) => Err(format!("above the highest bucket of its server, {} ms", number::short(bound))),
        }
    }

    fn rate(&self, at: usize, key: &str) -> Result<Value, String> {
        let engines = self.engines(at, false)?;
        let rate = |engine: &&Source| {
            let seconds = engine.clock != telemetry::Clock::Scrapes;
            let gains = engine.gains(key).into_iter().filter(|step| seconds && step.by > 0.0 && step.to > step.from);
            let (by, time) = gains.fold((0.0, 0.0), |(by, time), step| (by + step.by, time + step.to - step.from));
            (time > 0.0).then(|| by / time)
        };
        let rates: Vec<f64> = engines.iter().filter_map(rate).collect();
        if rates.is_empty() {
            return Err("its server does not count it between two scrapes with times".to_owned());
        }
        Ok(Value::new(rates.iter().sum(), number::plural(rates.len() as u64, "engine")))
    }

    fn highest(&self, at: usize, metric: &str, gpus: bool) -> Result<Value, String> {
        let sources = self.engines(at, gpus)?;
        let tracks: Vec<_> = sources.iter().filter_map(|source| source.gauges.get(metric)).collect();
        let values = tracks.iter().flat_map(|track| track.iter().map(|(_, value)| *value));
        let highest = values.filter(|value| value.is_finite()).reduce(f64::max).ok_or("not among its metrics")?;
        Ok(Value::new(highest, number::plural(tracks.len() as u64, if gpus { "GPU" } else { "engine" })))
    }

    /// What samples or else results state of a figure.
    fn stated(&self, at: usize, metric: &str, choose: fn(f64, f64) -> f64) -> Result<Value, String> {
        let variant = self.variants.get(at).ok_or("not measured")?;
        for (kind, basis) in [(Kind::Sample, "as the server states it"), (Kind::Measurement, "as the results state it")] {
            let Some((table, _)) = self.sources.get(kind) else { continue };
            let values = variant.of(kind).iter().filter_map(|row| operating_points::figure(table, metric, Stat::Mean, *row));
            if let Some(value) = values.filter(|value| value.is_finite()).reduce(choose) {
                return Ok(Value::new(value, basis));
            }
        }
        Err("not in its server’s metrics or logs, or nothing tells whose they are".to_owned())
    }

    /// Blocks × block size as vLLM's settings have it, of several engines the smallest; else what is stated.
    fn kv_capacity(&self, at: usize) -> Result<Value, String> {
        let rows = self.variants.get(at).map(|variant| variant.of(Kind::Setting)).unwrap_or_default();
        if let Some((table, _)) = self.sources.get(Kind::Setting) {
            let text = |key: &str, row: usize| operating_points::text(table, key, row).unwrap_or_default();
            let mut engines: BTreeMap<[&str; 2], [Option<f64>; 2]> = BTreeMap::new();
            for row in rows.iter().copied().filter(|row| text("source", *row).ends_with("cache_config_info")) {
                let engine = engines.entry(["path", "worker"].map(|key| text(key, row))).or_default();
                let number = text("value", row).parse::<f64>().ok().filter(|number| *number > 0.0 && number.is_finite());
                match text("setting", row) {
                    "num_gpu_blocks" => engine[0] = number,
                    "block_size" => engine[1] = number,
                    _ => {}
                }
            }
            let products = engines.values().filter_map(|[blocks, size]| Some((blocks.as_ref()?, size.as_ref()?)));
            let least = products.min_by(|a, b| (a.0 * a.1).total_cmp(&(b.0 * b.1)));
            if let Some((blocks, size)) = least {
                let basis = format!("{} blocks of {} tokens", number::column(*blocks), number::column(*size));
                return Ok(Value::new(blocks * size, basis));
            }
        }
        self.stated(at, "kv_capacity", f64::min)
    }
}

/// The groups of which no figure is there.
pub(super) fn missing(figures: &[Figure]) -> Vec<Group> {
    let there: BTreeSet<Group> = figures.iter().map(|figure| figure.group).collect();
    Group::ALL.into_iter().filter(|group| !there.contains(group)).collect()
}
