//! The figures by which variants are compared: how each is got from results, servers, logs and scores.

use std::collections::{BTreeMap, BTreeSet};

use super::basis::Basis;
use super::rows::{Group, Of, ROWS, Row};
use super::scores;
use super::variants::{Sources, Variant};
use crate::analysis::buckets::{Observed, Quantile};
use crate::analysis::diagnosis::Attempts;
use crate::analysis::{energy, mean};
use crate::capacity::{energy as consumption, operating_points, pricing};
use crate::catalog::{metrics, number};
use crate::query::context::Context;
use crate::record::{Kind, Stat};
use crate::table::Table;
use crate::telemetry::{self, Source};

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
    /// Why it is to be read with care; empty if it is not.
    pub doubt: String,
    /// Whether it was measured where the SLO or the error limit is missed: it cannot be best.
    pub ineligible: bool,
}

impl Value {
    pub(super) fn new(value: f64, basis: impl Into<String>) -> Value {
        Value { value, basis: basis.into(), ..Value::default() }
    }
}

/// What the figures are computed from.
pub(super) struct Calculation<'c, 'a> {
    /// The measurements as the context's table.
    context: &'c Context<'a>,
    sources: &'c Sources<'a>,
    variants: &'c [Variant],
    basis: &'c Basis,
    /// By variant: its engines and GPUs.
    telemetry: Vec<Vec<Source>>,
    /// Power of a GPU by run folder, from telemetry.
    power: BTreeMap<String, consumption::Telemetry>,
}

impl<'c, 'a> Calculation<'c, 'a> {
    pub(super) fn new(context: &'c Context<'a>, sources: &'c Sources<'a>, variants: &'c [Variant], basis: &'c Basis) -> Self {
        let read = |variant: &Variant| {
            let of = |kind: Kind| sources.get(kind).map(|(table, _)| (*table, variant.of(kind)));
            telemetry::read(of(Kind::Sample), of(Kind::Counter), sources.get(Kind::Measurement).map(|(table, _)| *table))
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
        let measured =
            if let Of::Measured(metric, stats) = of { self.stat(metric, stats).map(|stat| (*metric, stat)) } else { None };
        let values = (0..self.variants.len()).map(|at| self.value(*of, measured.map(|(_, stat)| stat), at)).collect();
        let of_metric = |(metric, stat)| {
            let title = metrics::title(metric, stat, Kind::Measurement).replacen("P50 ", "Median ", 1);
            (title, metrics::metric(metric).map_or("", |row| row.definition))
        };
        let (title, definition) = measured.map_or_else(|| ((*title).to_owned(), *definition), of_metric);
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
            Of::ServerErrors => self.server_errors(at),
            Of::Gained(key) => self.gained(at, key),
            Of::ServerEnergy => self.server_energy(at),
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
        let repeats =
            if values.len() > 1 { format!("mean of {} measurements", values.len()) } else { "one measurement".to_owned() };
        let load = self.basis.load().map(|load| format!(", {load}")).unwrap_or_default();
        let mixed = self.basis.mixed.get(at).filter(|mixed| !mixed.is_empty());
        let mixed = mixed.map(|mixed| format!("its measurements differ in {mixed}"));
        let missed = self.basis.missed.get(at).filter(|missed| !missed.is_empty());
        let ineligible = missed.is_some();
        let doubt: Vec<String> = mixed.into_iter().chain(missed.cloned()).collect();
        let basis = format!("{repeats}{load}");
        Ok(Value { value, basis, rows: rows.clone(), doubt: doubt.join("; "), ineligible })
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
            let power = consumption::doubt(&power).map(|doubt| format!("power {doubt}"));
            found.doubt = [found.doubt].into_iter().filter(|doubt| !doubt.is_empty()).chain(power).collect::<Vec<_>>().join("; ");
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
            Quantile::Above(bound) => Err(format!("above the highest bucket of its server, {}", number::measure(bound, "ms"))),
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

    fn server_errors(&self, at: usize) -> Result<Value, String> {
        let attempts: Vec<_> = self.engines(at, false)?.into_iter().filter_map(telemetry::counted_attempts).collect();
        let sum = |of: fn(&Attempts) -> f64| attempts.iter().map(of).sum::<f64>();
        let (completed, failed) = (sum(|one| one.completed), sum(|one| one.failed));
        if completed + failed <= 0.0 {
            return Err("its server does not count requests, or none finished between two scrapes".to_owned());
        }
        let basis = format!("{} of {} requests", number::column(failed), number::column(completed + failed));
        Ok(Value::new(100.0 * failed / (completed + failed), basis))
    }

    fn gained(&self, at: usize, key: &str) -> Result<Value, String> {
        let engines = self.engines(at, false)?;
        let counting: Vec<&Source> = engines.into_iter().filter(|engine| engine.counts.contains_key(key)).collect();
        if counting.is_empty() {
            return Err("its server does not count it between two scrapes".to_owned());
        }
        let gained = counting.iter().flat_map(|engine| engine.gains(key)).map(|step| step.by).sum();
        Ok(Value::new(gained, number::plural(counting.len() as u64, "engine")))
    }

    fn server_energy(&self, at: usize) -> Result<Value, String> {
        let timed = |source: &&Source| source.clock != telemetry::Clock::Scrapes;
        let steps: Vec<_> =
            self.engines(at, false)?.into_iter().filter(timed).flat_map(|engine| engine.gains("generation_tokens")).collect();
        let from = steps.iter().map(|step| step.from).reduce(f64::min).ok_or("its server does not count tokens over time")?;
        let to = steps.iter().map(|step| step.to).fold(from, f64::max);
        let tokens: f64 = steps.iter().map(|step| step.by).sum();
        let power = |gpu: &Source| {
            let track = gpu.gauges.get("gpu_power")?;
            let within: Vec<(f64, f64)> = track.iter().copied().filter(|(moment, _)| (from..=to).contains(moment)).collect();
            mean::over_time(&within)
        };
        let powers: Vec<f64> = self.engines(at, true)?.into_iter().filter_map(power).collect();
        let watts: f64 = powers.iter().sum();
        if powers.is_empty() || tokens <= 0.0 || to <= from {
            return Err("no power of its GPUs while tokens were generated".to_owned());
        }
        let basis = format!(
            "{} W of {} over {} s",
            number::short(watts),
            number::plural(powers.len() as u64, "GPU"),
            number::short(to - from)
        );
        Ok(Value::new(watts * (to - from) / tokens, basis))
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
