//! The two sides of a run: what each prefill worker takes in and each decode worker gives out, in tokens per second, and how
//! many tokens a request has.

use std::collections::BTreeMap;

use super::largest::Largest;
use crate::analysis::bins::{self, Steps};
use crate::analysis::rate_match;
use crate::record::Stat;
use crate::runs::load_windows::Window;
use crate::runs::processes::{How, Run, Source};
use crate::runs::rates::{self, Reading};
use crate::table::Table;

/// Of the largest batch, what counts as it: requests leave and others take their places.
const NEARLY: f64 = 0.98;

/// The figures that rates are made of.
pub(super) struct Tokens<'a> {
    prompts: Reading<'a>,
    prompt: Reading<'a>,
    generation: Reading<'a>,
    running: Reading<'a>,
    queued: Reading<'a>,
    preallocated: Reading<'a>,
}

/// The workers of a role, each with its rates step by step.
pub(super) struct Side {
    /// Tokens per second of each worker.
    pub workers: Vec<Vec<Option<f64>>>,
    /// Whether every process states its tokens, so that those from a cache are in it.
    pub whole: bool,
}

impl Side {
    /// Tokens per second of all workers, step by step.
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

    /// Requests that wait before prefill and before decode, in the median over the steps: those queued at its workers, and those
    /// that wait for memory of decode. `None` where no worker of the side says.
    pub(super) fn waiting(&self, sources: &[Source], steps: &Steps) -> [Option<f64>; 2] {
        let mean = |role: &str, reading: &Reading<'_>| {
            let told = |source: &&Source| source.role == role && source.moments.iter().any(|moment| reading.states(moment.row));
            sources.iter().any(|source| told(&source)).then(|| {
                let side = self.side(sources, role, steps, |source| (rates::covered(&reading.said(source).0, steps), true));
                rate_match::median(side.total()).unwrap_or(0.0)
            })
        };
        let decode = [mean("decode", &self.queued), mean("decode", &self.preallocated)];
        let decode = decode.iter().any(Option::is_some).then(|| decode.iter().flatten().sum());
        [mean("prefill", &self.queued), decode]
    }

    /// The share of the time in which the workers of each side run as many requests at once as they may; `None` where nothing
    /// says how many that is.
    pub(super) fn full(&self, sources: &[Source], steps: &Steps, largest: &Largest<'_>, run: &str) -> [Option<f64>; 2] {
        ["prefill", "decode"].map(|role| {
            let of_one = |source: &Source| {
                let largest = largest.of(run, source, sources)?;
                let running = rates::together(&self.running, &[source], steps, How::Sum).values;
                let known: Vec<f64> = running.into_iter().flatten().collect();
                let full = known.iter().filter(|running| **running >= NEARLY * largest).count();
                (!known.is_empty()).then(|| full as f64 / known.len() as f64)
            };
            let shares: Vec<f64> = sources.iter().filter(|source| source.role == role).filter_map(of_one).collect();
            (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
        })
    }

    /// What tells of a prefill worker's prompt tokens: its batches, which state new and cached ones; where it states no batches,
    /// the throughput that it reports by the clock.
    fn of_prefill(&self, source: &Source) -> (&Reading<'a>, bool) {
        if self.prompts.computed(source).is_some() { (&self.prompts, true) } else { (&self.prompt, false) }
    }

    /// Prompt tokens that each prefill worker takes in, new and cached. What a batch computed is spread over the time since the
    /// one before.
    pub(super) fn prefill(&self, sources: &[Source], steps: &Steps) -> Side {
        self.side(sources, "prefill", steps, |source| {
            let (reading, whole) = self.of_prefill(source);
            (rates::covered(&reading.said(source).0, steps), whole)
        })
    }

    /// Tokens that each decode worker generates: the throughput that it reports, else the tokens of its steps.
    pub(super) fn decode(&self, sources: &[Source], steps: &Steps) -> Side {
        self.side(sources, "decode", steps, |source| {
            (rates::covered(&self.generation.said(source).0, steps), self.generation.computed(source).is_none())
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
    /// Whether these are the lengths that were asked for, not those that were measured.
    pub nominal: bool,
}

/// The lengths of the requests of one window: as measured, else as asked for.
pub(super) fn lengths(measurements: Option<&Table>, window: &Window) -> Option<Lengths> {
    let table = measurements?;
    let measured = |metric: &str| table.figures(metric, Stat::Mean)?.get(window.row).filter(|tokens| *tokens > 0.0);
    let asked = |key: &str| table.dimension(key)?.number(window.row).filter(|tokens| *tokens > 0.0);
    let measured = measured("input_tokens").zip(measured("output_tokens")).map(|tokens| (tokens, false));
    let ((input, output), nominal) = measured.or_else(|| Some((asked("isl").zip(asked("osl"))?, true)))?;
    Some(Lengths { input, output, nominal })
}

/// The lengths of all requests of a run: means over its windows, weighted by requests; where no window knows any, those that the
/// run's description asks for.
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
