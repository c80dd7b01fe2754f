//! The two sides of a run: what each prefill worker takes in and each decode worker gives out, in tokens per second, and how
//! many tokens a request has.

use std::collections::BTreeMap;

use crate::analysis::bins::{self, Steps};
use crate::analysis::rate_match;
use crate::record::Stat;
use crate::table::Table;
use crate::view::nodes::runs::{Run, Source};
use crate::view::nodes::values::{self, Reading};
use crate::view::nodes::windows::Window;

/// The figures that rates are made of.
pub(super) struct Tokens<'a> {
    batches: Reading<'a>,
    prompt: Reading<'a>,
    generation: Reading<'a>,
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
            batches: Reading::of(table, "new_tokens"),
            prompt: Reading::of(table, "prompt_tps"),
            generation: Reading::of(table, "generation_tps"),
            queued: Reading::of(table, "queued_requests"),
            preallocated: Reading::of(table, "prealloc_requests"),
        }
    }

    /// Requests that wait before prefill and before decode, in the mean over the steps: those queued at its workers, and those
    /// that wait for memory of decode. `None` where no worker of the side says.
    pub(super) fn waiting(&self, sources: &[Source], steps: &Steps) -> [Option<f64>; 2] {
        let mean = |role: &str, reading: &Reading<'_>| {
            let told = |source: &&Source| source.role == role && source.moments.iter().any(|moment| reading.states(moment.row));
            sources.iter().any(|source| told(&source)).then(|| {
                let side = self.side(sources, role, steps, |source| (values::covered(&reading.said(source).0, steps), true));
                rate_match::mean(&side.total(), |_| true).unwrap_or(0.0)
            })
        };
        let decode = [mean("decode", &self.queued), mean("decode", &self.preallocated)];
        let decode = decode.iter().any(Option::is_some).then(|| decode.iter().flatten().sum());
        [mean("prefill", &self.queued), decode]
    }

    /// Prompt tokens that each prefill worker takes in, new and cached: what its batches sum up to. Where it states no batches,
    /// the throughput that it reports by the clock.
    pub(super) fn prefill(&self, sources: &[Source], steps: &Steps) -> Side {
        self.side(sources, "prefill", steps, |source| match self.batches.tokens(source) {
            Some(tokens) => (per_second(steps, tokens.iter().map(|(at, new, cached)| (*at, new + cached))), true),
            None => (values::covered(&self.prompt.said(source).0, steps), false),
        })
    }

    /// Tokens that each decode worker generates: the throughput that it reports, else the speed of its steps.
    pub(super) fn decode(&self, sources: &[Source], steps: &Steps) -> Side {
        self.side(sources, "decode", steps, |source| {
            let stated = source.moments.iter().any(|moment| self.generation.states(moment.row));
            (values::covered(&self.generation.said(source).0, steps), stated)
        })
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

fn per_second(steps: &Steps, tokens: impl Iterator<Item = (f64, f64)>) -> Vec<Option<f64>> {
    bins::sums(steps, tokens).into_iter().map(|sum| Some(sum / steps.width)).collect()
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
