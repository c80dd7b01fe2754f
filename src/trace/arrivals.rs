//! A trace over time: how many requests arrive, how much of their prompts is known, how many blocks are in use.

use serde::Serialize;

use super::summary::Summary;
use super::{Request, Trace};
use crate::analysis::intervals::Intervals;
use crate::sorting::Sorting;

/// When requests arrive.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Arrivals {
    /// From the first request to the last, in seconds.
    pub duration_s: f64,
    /// Requests per second: those after the first, each of which ends a gap, by the duration; missing if that is 0.
    pub mean_per_s: Option<f64>,
    /// The most requests per second of an interval.
    pub peak_per_s: Option<f64>,
    /// The width of an interval, in seconds.
    pub interval_s: f64,
    /// Times between requests, in seconds.
    pub gap_s: Summary,
    /// Their standard deviation by their mean: 1 for a Poisson process, more for bursts.
    pub gap_variation: Option<f64>,
}

/// One interval of a trace.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Its start, in seconds from the start of the trace.
    pub from_s: f64,
    /// Requests that arrive in it.
    pub requests: u64,
    /// The same per second.
    pub per_s: f64,
    /// Mean tokens of their prompts.
    pub input_length: Option<f64>,
    /// Mean tokens of their answers.
    pub output_length: Option<f64>,
    /// Mean theoretical hit rate of those with blocks, 0 to 1.
    pub hit_rate: Option<f64>,
    /// Working set: distinct blocks that they use (Denning's, over the interval as window); missing without blocks.
    pub working_set_blocks: Option<u64>,
}

/// A request with its time and its hit rate.
type Timed<'t> = (f64, &'t Request, Option<f64>);

/// Cuts a trace into intervals of this width in seconds, or about sixty of a round one. `hit_rates` are the requests'.
/// Nothing of a trace without times.
pub fn over_time(trace: &Trace, hit_rates: &[Option<f64>], width: Option<f64>) -> Option<(Arrivals, Vec<Interval>)> {
    let mut timed: Vec<Timed<'_>> = trace
        .requests
        .iter()
        .zip(hit_rates.iter().copied().chain(std::iter::repeat(None)))
        .filter_map(|(request, hit_rate)| Some((request.at?, request, hit_rate)))
        .collect();
    timed.order_by(|a, b| a.0.total_cmp(&b.0));
    let (first, last) = (timed.first()?.0, timed.last()?.0);
    let duration = last - first;
    let cut = Intervals::new(first, last, width, timed.len());
    let mut used: Vec<usize> = vec![usize::MAX; trace.distinct()];
    let mut intervals = Vec::with_capacity(cut.count);
    let mut rest = timed.as_slice();
    for at in 0..cut.count {
        let end = rest.partition_point(|(time, ..)| cut.number(*time) <= at);
        let (within, later) = rest.split_at(end);
        rest = later;
        let mut working_set = None;
        for (_, request, _) in within {
            for block in trace.blocks(request) {
                let used = used.get_mut(*block as usize).filter(|used| **used != at);
                let fresh = used.map(|used| *used = at).is_some();
                *working_set.get_or_insert(0) += u64::from(fresh);
            }
        }
        let mean = |figure: &dyn Fn(&Timed<'_>) -> Option<f64>| {
            let (sum, count) =
                within.iter().filter_map(figure).fold((0.0, 0_u64), |(sum, count), value| (sum + value, count + 1));
            (count > 0).then(|| sum / count as f64)
        };
        intervals.push(Interval {
            from_s: cut.from(at),
            requests: within.len() as u64,
            per_s: within.len() as f64 / cut.width,
            input_length: mean(&|(_, request, _)| request.input),
            output_length: mean(&|(_, request, _)| request.output),
            hit_rate: mean(&|(.., hit_rate)| *hit_rate),
            working_set_blocks: working_set,
        });
    }
    let gaps = Summary::of(timed.windows(2).filter_map(|pair| Some(pair.get(1)?.0 - pair.first()?.0)));
    let lasting = duration > 0.0;
    let arrivals = Arrivals {
        duration_s: duration,
        mean_per_s: lasting.then(|| (timed.len() - 1) as f64 / duration),
        peak_per_s: intervals.iter().filter(|_| lasting).map(|interval| interval.per_s).max_by(f64::total_cmp),
        interval_s: cut.width,
        gap_variation: gaps.std.zip(gaps.mean.filter(|mean| *mean > 0.0)).map(|(std, mean)| std / mean),
        gap_s: gaps,
    };
    Some((arrivals, intervals))
}
