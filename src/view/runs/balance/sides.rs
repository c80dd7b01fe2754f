//! The two sides of a run: tokens per second of each prefill and decode worker, and
//! tokens per request.

use std::collections::BTreeMap;

use super::request_limits::RequestLimits;
use crate::analysis::bins::{self, Steps};
use crate::analysis::rate_match;
use crate::record::Stat;
use crate::runs::load_windows::Window;
use crate::runs::process::{Aggregation, Source};
use crate::runs::rates::{self, Reading};
use crate::runs::run::Run;
use crate::table::Table;

/// Share of the request limit that counts as full, because finished requests are replaced with a delay.
const NEARLY: f64 = 0.98;

/// The metrics behind the rates.
pub(super) struct Tokens<'a> {
    prompts: Reading<'a>,
    prompt: Reading<'a>,
    generation: Reading<'a>,
    running: Reading<'a>,
    queued: Reading<'a>,
    preallocated: Reading<'a>,
}

/// The workers of a role with their rates by step.
pub(super) struct Side {
    /// Tokens per second of each worker.
    pub workers: Vec<Vec<Option<f64>>>,
    /// Whether every process reports tokens, so that cached ones are included.
    pub whole: bool,
}

impl Side {
    /// Tokens per second of all workers by step.
    pub fn total(&self) -> Vec<f64> {
        rate_match::total(&self.workers)
    }
}

impl<'a> Tokens<'a> {
    pub(super) fn of(table: &'a Table) -> Tokens<'a> {
        Tokens {
            prompts: Reading::of_prompts(table),
            prompt: Reading::of(table, "prompt_tps"),
            generation: Reading::of(table, "generation_tps"),
            running: Reading::of(table, "running_requests"),
            queued: Reading::of(table, "queued_requests"),
            preallocated: Reading::of(table, "prealloc_requests"),
        }
    }

    /// Median number of requests queued for prefill and for decode: in the workers' queues, plus those
    /// waiting for decode memory. `None` if no worker of the side reports it.
    pub(super) fn waiting(&self, sources: &[Source], steps: &Steps) -> [Option<f64>; 2] {
        let mean = |role: &str, reading: &Reading<'_>| {
            let told = |source: &&Source| source.role == role && source.moments.iter().any(|moment| reading.states(moment.row));
            sources.iter().any(|source| told(&source)).then(|| {
                let side = self.side(sources, role, steps, |source| (rates::covered(&reading.reported(source).0, steps), true));
                rate_match::median(side.total()).unwrap_or(0.0)
            })
        };
        let decode = [mean("decode", &self.queued), mean("decode", &self.preallocated)];
        let decode = decode.iter().any(Option::is_some).then(|| decode.iter().flatten().sum());
        [mean("prefill", &self.queued), decode]
    }

    /// Share of time in which the workers of each side run at their request limit; `None` if the
    /// limit is unknown.
    pub(super) fn full(
        &self,
        sources: &[Source],
        steps: &Steps,
        request_limits: &RequestLimits<'_>,
        run: &str,
    ) -> [Option<f64>; 2] {
        ["prefill", "decode"].map(|role| {
            let of_one = |source: &Source| {
                let request_limits = request_limits.of(run, source, sources)?;
                let running = rates::combine(&self.running, &[source], steps, Aggregation::Sum).values;
                let known: Vec<f64> = running.into_iter().flatten().collect();
                let full = known.iter().filter(|running| **running >= NEARLY * request_limits).count();
                (!known.is_empty()).then(|| full as f64 / known.len() as f64)
            };
            let shares: Vec<f64> = sources.iter().filter(|source| source.role == role).filter_map(of_one).collect();
            (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
        })
    }

    /// The source of a prefill worker's prompt tokens: batches with new and cached tokens, or else the
    /// periodically reported throughput.
    fn of_prefill(&self, source: &Source) -> (&Reading<'a>, bool) {
        if self.prompts.computed(source).is_some() { (&self.prompts, true) } else { (&self.prompt, false) }
    }

    /// New and cached prompt tokens of each prefill worker. The tokens of a batch spread over the time since the
    /// previous one.
    pub(super) fn prefill(&self, sources: &[Source], steps: &Steps) -> Side {
        self.side(sources, "prefill", steps, |source| {
            let (reading, whole) = self.of_prefill(source);
            (rates::covered(&reading.reported(source).0, steps), whole)
        })
    }

    /// Generated tokens of each decode worker: reported throughput, or else tokens per step.
    pub(super) fn decode(&self, sources: &[Source], steps: &Steps) -> Side {
        self.side(sources, "decode", steps, |source| {
            (rates::covered(&self.generation.reported(source).0, steps), self.generation.computed(source).is_none())
        })
    }

    /// Tokens per second of all prefill and all decode workers between two moments.
    pub(super) fn rates(&self, sources: &[Source], from: f64, to: f64) -> [f64; 2] {
        let done = |source: &Source| match source.role.as_str() {
            "prefill" => [self.of_prefill(source).0.done(source, from, to).unwrap_or(0.0), 0.0],
            "decode" => [0.0, self.generation.done(source, from, to).unwrap_or(0.0)],
            _ => [0.0; 2],
        };
        let all = sources.iter().map(done).fold([0.0; 2], |sum, one| [sum[0] + one[0], sum[1] + one[1]]);
        all.map(|tokens| tokens / (to - from))
    }

    fn side(&self, sources: &[Source], role: &str, steps: &Steps, of: impl Fn(&Source) -> (Vec<Option<f64>>, bool)) -> Side {
        let mut workers: BTreeMap<(&str, &str, &str), Vec<bins::Together>> = BTreeMap::new();
        let mut whole = true;
        for source in sources.iter().filter(|source| source.role == role) {
            let (rates, told) = of(source);
            whole &= told;
            let all = workers.entry(source.of_worker()).or_insert_with(|| vec![bins::Together::default(); steps.count]);
            bins::add(all, &rates);
        }
        let workers = workers.into_values().map(|all| all.iter().map(bins::Together::total).collect());
        Side { workers: workers.collect(), whole }
    }
}

/// Tokens of one request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Lengths {
    /// Of its prompt.
    pub input: f64,
    /// Of its answer.
    pub output: f64,
    /// Whether these are requested, not measured lengths.
    pub nominal: bool,
}

/// The request lengths of one window: measured, or else requested.
pub(super) fn lengths(measurements: Option<&Table>, window: &Window) -> Option<Lengths> {
    let table = measurements?;
    let measured = |metric: &str| table.figures(metric, Stat::Mean)?.get(window.row).filter(|tokens| *tokens > 0.0);
    let asked = |key: &str| table.dimension(key)?.number(window.row).filter(|tokens| *tokens > 0.0);
    let measured = measured("input_tokens").zip(measured("output_tokens")).map(|tokens| (tokens, false));
    let ((input, output), nominal) = measured.or_else(|| Some((asked("isl").zip(asked("osl"))?, true)))?;
    Some(Lengths { input, output, nominal })
}

/// The request lengths of a run: means over its windows weighted by requests, or else the lengths requested in the
/// run's description.
pub(super) fn of_run(samples: &Table, measurements: Option<&Table>, run: &Run) -> Option<Lengths> {
    let completed = |window: &Window| {
        let column = measurements.and_then(|table| table.figures("completed", Stat::Mean));
        column.and_then(|column| column.get(window.row)).unwrap_or(1.0)
    };
    let known: Vec<(f64, Lengths)> = run
        .windows
        .iter()
        .filter(|window| !window.warm_up)
        .filter_map(|window| Some((completed(window), lengths(measurements, window)?)))
        .collect();
    let weight: f64 = known.iter().map(|(weight, _)| weight).sum();
    if weight > 0.0 {
        let mean = |of: fn(&Lengths) -> f64| known.iter().map(|(weight, one)| weight * of(one)).sum::<f64>() / weight;
        let nominal = known.iter().any(|(_, one)| one.nominal);
        return Some(Lengths { input: mean(|one| one.input), output: mean(|one| one.output), nominal });
    }
    let row = run.sources.first()?.moments.first()?.row;
    let asked = |key: &str| samples.dimension(key)?.number(row).filter(|tokens| *tokens > 0.0);
    Some(Lengths { input: asked("isl")?, output: asked("osl")?, nominal: true })
}
