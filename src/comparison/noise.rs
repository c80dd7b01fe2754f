//! The noise of a measurement from its single requests, where they are loaded: what its figures would be with other
//! requests of the same run. What differs from run to run is not in it; repeats of a run tell that.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::kpis::Kpi;
use crate::analysis::bootstrap::{ENOUGH, Served, arriving, log_variance, mean, percentile, replayed};
use crate::record::{LoadKind, Stat};
use crate::sorting::Sorting;
use crate::table::{Figures, Table};

/// Requests whose statistic differs from the measurement's by more than this share are not those it was made of.
const SAME: f64 = 0.05;
/// The same of tails, of which tools have definitions of their own, and which a single request moves.
const SAME_TAIL: f64 = 0.15;
/// A throughput leaves out a start and an end of the run, as tools differ in.
const SAME_RATE: f64 = 0.1;
/// Seed of the draws.
const SEED: u64 = 0x1f5c;

/// Variances of the logarithms of figures, by row, metric and statistic.
type Known = Mutex<FxHashMap<(usize, &'static str, Stat), Option<f64>>>;

/// The requests of each measurement.
pub(crate) struct Noise<'a> {
    requests: &'a Table,
    measurements: &'a Table,
    /// By row of the measurements, in the order of time.
    of: Vec<Vec<usize>>,
    /// Kept with the measurements: they are drawn once.
    known: Arc<Known>,
}

/// The key under which figures are kept: with other requests they are others.
#[derive(PartialEq, Eq)]
struct With(usize);

impl<'a> Noise<'a> {
    /// Finds the requests of each measurement: those of its file at its load, or else those of its folder where it is the
    /// only measurement there.
    pub(crate) fn new(measurements: &'a Table, requests: Option<&'a Table>) -> Option<Noise<'a>> {
        let requests = requests.filter(|table| table.rows() >= ENOUGH)?;
        let place = |table: &'a Table, key: &str, row: usize| table.dimension(key).and_then(|column| column.text(row));
        let load = |table: &'a Table, row: usize| table.load().and_then(|load| load.get(row)).map(f64::to_bits);
        let ok = |row: &usize| place(requests, "status", *row).is_none_or(|status| status == "ok");
        let start = requests.figures("elapsed", Stat::Mean)?;
        let mut rows: Vec<usize> = (0..requests.rows()).filter(ok).filter(|row| start.get(*row).is_some()).collect();
        rows.order_by(|a, b| start.get(*a).unwrap_or(0.0).total_cmp(&start.get(*b).unwrap_or(0.0)));
        let mut by_level: FxHashMap<(&str, Option<u64>), Vec<usize>> = FxHashMap::default();
        let mut by_folder: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        for row in rows {
            if let Some(path) = place(requests, "path", row) {
                by_level.entry((path, load(requests, row))).or_default().push(row);
            }
            if let Some(folder) = place(requests, "folder", row) {
                by_folder.entry(folder).or_default().push(row);
            }
        }
        let mut alone: FxHashMap<&str, usize> = FxHashMap::default();
        for folder in (0..measurements.rows()).filter_map(|row| place(measurements, "folder", row)) {
            *alone.entry(folder).or_default() += 1;
        }
        let of = |row: usize| {
            let level = place(measurements, "path", row).and_then(|path| by_level.get(&(path, load(measurements, row))));
            let folder = || by_folder.get(place(measurements, "folder", row).filter(|folder| alone.get(folder) == Some(&1))?);
            level.or_else(folder).cloned().unwrap_or_default()
        };
        let of = (0..measurements.rows()).map(of).collect();
        let known = measurements.memo().get(With(requests.rows()), |_| Known::default());
        Some(Noise { requests, measurements, of, known })
    }

    /// The variance of the logarithm of a measurement's figure; `None` where its requests do not say it: too few of them, a
    /// figure that is not of requests, or requests that do not give the figure that is stated.
    pub(crate) fn log_variance(&self, row: usize, by: &Kpi) -> Option<f64> {
        let key = (row, by.metric, by.stat);
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return *known;
        }
        let found = self.drawn(row, by);
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(key, found);
        found
    }

    fn drawn(&self, row: usize, by: &Kpi) -> Option<f64> {
        let rows = self.of.get(row).filter(|rows| rows.len() >= ENOUGH)?;
        let stated = by.value(self.measurements, row)?;
        let intervals: Vec<(f64, f64)> = rows.iter().filter_map(|row| self.interval(*row)).collect();
        let begin = intervals.iter().map(|(from, _)| *from).fold(f64::INFINITY, f64::min);
        let end = intervals.iter().map(|(_, to)| *to).fold(f64::NEG_INFINITY, f64::max);
        let (duration, busy) = (end - begin, intervals.iter().map(|(from, to)| to - from).sum::<f64>());
        let is = |found: f64, tolerance: f64| (found / stated - 1.0).abs() <= tolerance;
        let seed = SEED ^ row as u64;
        match by.metric {
            "ttft" | "tpot" | "itl" | "e2el" => {
                let values: Vec<f64> = rows.iter().filter_map(|row| self.figure(by.metric)?.get(*row)).collect();
                // As many as were in flight at once share their fate.
                let together = if duration > 0.0 { (busy / duration).ceil() as usize } else { 1 };
                let statistic = statistic(by.stat)?;
                let tail = matches!(by.stat, Stat::P5 | Stat::P10 | Stat::P90 | Stat::P95 | Stat::P99);
                statistic(&mut values.clone()).filter(|found| is(*found, if tail { SAME_TAIL } else { SAME }))?;
                log_variance(&values, together, seed, statistic)
            }
            "output_tps" | "total_tps" | "rps" => {
                let run = self.served(by.metric, rows);
                is(run.iter().map(|one| one.brought).sum::<f64>() / duration, SAME_RATE).then_some(())?;
                let together = (busy / duration).ceil() as usize;
                let at_once = self.measurements.load().and_then(|load| load.get(row)).unwrap_or(0.0) as usize;
                match self.measurements.load_kind(row)? {
                    LoadKind::Concurrency => log_variance(&run, together, seed, |sample| replayed(sample, at_once)),
                    LoadKind::Rate => log_variance(&run, together, seed, |sample| arriving(sample)),
                    LoadKind::Max => None,
                }
            }
            _ => None,
        }
    }

    /// The requests of a run, in the order of time, with what each brings to a throughput.
    fn served(&self, metric: &str, rows: &[usize]) -> Vec<Served> {
        let brought = |row: usize| {
            let figure = |metric: &str| self.figure(metric)?.get(row);
            match metric {
                "rps" => Some(1.0),
                "output_tps" => figure("output_tokens"),
                _ => Some(figure("input_tokens")? + figure("output_tokens")?),
            }
        };
        let mut before = None;
        let one = |row: &usize| {
            let ((from, to), brought) = (self.interval(*row)?, brought(*row)?);
            let gap = from - before.replace(from).unwrap_or(from);
            Some(Served { gap, took: to - from, brought })
        };
        rows.iter().filter_map(one).collect()
    }

    fn figure(&self, metric: &str) -> Option<Figures<'a>> {
        self.requests.figures(metric, Stat::Mean)
    }

    /// Start and end of a request, in seconds.
    fn interval(&self, row: usize) -> Option<(f64, f64)> {
        let start = self.figure("elapsed")?.get(row)?;
        Some((start, start + self.figure("e2el")?.get(row)? / 1000.0))
    }
}

/// A statistic of a sample; `None` of those that a bootstrap does not tell (extremes, spread).
fn statistic(stat: Stat) -> Option<impl Fn(&mut [f64]) -> Option<f64>> {
    let percent = match stat {
        Stat::Mean => None,
        Stat::P5 => Some(5.0),
        Stat::P10 => Some(10.0),
        Stat::P25 => Some(25.0),
        Stat::P50 => Some(50.0),
        Stat::P75 => Some(75.0),
        Stat::P90 => Some(90.0),
        Stat::P95 => Some(95.0),
        Stat::P99 => Some(99.0),
        Stat::P0_1 | Stat::P1 | Stat::P99_9 | Stat::Min | Stat::Max | Stat::Std => return None,
    };
    Some(move |sample: &mut [f64]| match percent {
        Some(percent) => percentile(sample, percent),
        None => mean(sample),
    })
}
