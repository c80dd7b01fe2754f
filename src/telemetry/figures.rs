//! The figures of a source over time, as panels draw them.

use std::collections::BTreeMap;

use super::{Clock, Source, Track, client, value_at};
use crate::analysis::buckets::{Observed, Quantile, Step};
use crate::catalog::server_panels::{Figure, THROTTLING};
use crate::sorting::Sorting;

/// A figure over time.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Drawn {
    /// The value of the label that splits it; empty if none.
    pub split: String,
    /// Moment and value.
    pub points: Track,
    /// Moments at which the value is more than the highest bound of a histogram: what is drawn is that bound.
    pub above: Vec<f64>,
    /// The widest bucket that a quantile was taken from, as a share of the quantile: its resolution.
    pub resolution: f64,
}

/// Steps of a stretch of time in which what was counted becomes one value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// Start, on the source's clock.
    pub from: f64,
    /// End.
    pub to: f64,
    /// Values at most.
    pub most: usize,
}

impl Window {
    fn has(&self, at: f64) -> bool {
        (self.from..=self.to).contains(&at)
    }

    /// Which of the stretches a moment is in.
    fn bin(&self, at: f64) -> usize {
        let width = ((self.to - self.from) / self.most.max(1) as f64).max(f64::MIN_POSITIVE);
        ((at - self.from) / width).floor() as usize
    }
}

/// A figure of a source in a window: one line, or one for each value of a label. Empty where the source does not have it.
pub(crate) fn figure(source: &Source, figure: Figure, window: Window) -> Vec<Drawn> {
    let one = |points: Track| if points.is_empty() { Vec::new() } else { vec![Drawn { points, ..Drawn::default() }] };
    match figure {
        Figure::Gauge(metric) => {
            one(source.gauges.get(metric).into_iter().flatten().copied().filter(|(at, _)| window.has(*at)).collect())
        }
        Figure::MemoryShare => one(memory(source, window)),
        Figure::Throttled => one(throttled(source).into_iter().filter(|(at, _)| window.has(*at)).collect()),
        Figure::ClientInFlight => one(client::in_flight(source).into_iter().filter(|(at, _)| window.has(*at)).collect()),
        Figure::ClientTtft(share) => one(client_ttft(source, share, window)),
        Figure::Rate(key) => one(rate(source, &source.gains(key), window)),
        Figure::RateBy(key) => {
            let lines = source.counts.get(key).into_iter().flatten();
            let line = |(split, steps): (&String, &Vec<Step<f64>>)| Drawn {
                split: split.clone(),
                points: rate(source, steps, window),
                ..Drawn::default()
            };
            lines.map(line).filter(|drawn| drawn.points.iter().any(|(_, value)| *value > 0.0)).collect()
        }
        Figure::Share(of, among) => one(share(source, of, among, window)),
        Figure::Mean(key) => {
            one(binned(source, key, window).into_iter().filter_map(|(at, observed)| Some((at, observed.mean()?))).collect())
        }
        Figure::Quantile(key, share) => {
            let mut drawn = Drawn::default();
            for (at, observed) in binned(source, key, window) {
                match observed.quantile(share) {
                    Some(Quantile::Within { value, low, high }) => {
                        drawn.points.push((at, value));
                        drawn.resolution = drawn.resolution.max(if value > 0.0 { (high - low) / value } else { 0.0 });
                    }
                    Some(Quantile::Above(bound)) => {
                        drawn.points.push((at, bound));
                        drawn.above.push(at);
                    }
                    None => {}
                }
            }
            if drawn.points.is_empty() { Vec::new() } else { vec![drawn] }
        }
    }
}

/// Whether a GPU's clocks were held down for power or heat, at each sample: 1 or 0.
pub(super) fn throttled(source: &Source) -> Track {
    let reasons = source.gauges.get("gpu_clock_reasons").into_iter().flatten();
    let is_held = |bits: f64| THROTTLING.iter().any(|reason| bits as u64 & reason != 0);
    reasons.map(|(at, bits)| (*at, f64::from(u8::from(is_held(*bits))))).collect()
}

/// What a histogram observed, by stretches of the window, at the end of each.
pub(crate) fn binned(source: &Source, key: &str, window: Window) -> Vec<(f64, Observed)> {
    let mut bins: BTreeMap<usize, (f64, Observed)> = BTreeMap::new();
    for step in source.histograms.get(key).into_iter().flatten().filter(|step| window.has(step.to)) {
        let (at, sum) = bins.entry(window.bin(step.to)).or_default();
        *at = step.to;
        sum.add(&step.by);
    }
    bins.into_values().collect()
}

/// Gains per second by stretches of the window; nothing on a clock without seconds.
fn rate(source: &Source, steps: &[Step<f64>], window: Window) -> Track {
    if source.clock == Clock::Scrapes {
        return Track::new();
    }
    let mut bins: BTreeMap<usize, (f64, f64, f64)> = BTreeMap::new();
    for step in steps.iter().filter(|step| window.has(step.to) && step.to > step.from) {
        let (at, gained, seconds) = bins.entry(window.bin(step.to)).or_default();
        *at = step.to;
        *gained += step.by;
        *seconds += step.to - step.from;
    }
    bins.into_values().map(|(at, gained, seconds)| (at, gained / seconds)).collect()
}

/// What some counters gained as a share of what others did, %; no point where these gained nothing.
fn share(source: &Source, of: &[&str], among: &[&str], window: Window) -> Track {
    let has = |keys: &[&str]| keys.iter().any(|key| source.counts.contains_key(*key));
    if !has(of) || !has(among) {
        return Track::new();
    }
    let mut bins: BTreeMap<usize, (f64, f64, f64)> = BTreeMap::new();
    for (keys, part) in [(of, true), (among, false)] {
        for step in keys.iter().flat_map(|key| source.gains(key)).filter(|step| window.has(step.to)) {
            let (at, above, below) = bins.entry(window.bin(step.to)).or_default();
            *at = at.max(step.to);
            *(if part { above } else { below }) += step.by;
        }
    }
    bins.into_values().filter(|(_, _, below)| *below > 0.0).map(|(at, above, below)| (at, 100.0 * above / below)).collect()
}

/// Stretches in which single requests become a quantile.
const CLIENT_STRETCHES: usize = 60;

/// A quantile of the TTFT of the requests that were sent in each stretch of the window, at the stretch's middle request.
fn client_ttft(source: &Source, share: f64, window: Window) -> Track {
    let window = Window { most: CLIENT_STRETCHES, ..window };
    let mut bins: BTreeMap<usize, Vec<(f64, f64)>> = BTreeMap::new();
    for request in source.client.iter().filter(|request| window.has(request.start)) {
        bins.entry(window.bin(request.start)).or_default().extend(request.ttft.map(|ttft| (request.start, ttft)));
    }
    let of = |requests: Vec<(f64, f64)>| {
        let at = requests.get(requests.len() / 2)?.0;
        let mut values: Vec<f64> = requests.into_iter().map(|(_, ttft)| ttft).collect();
        values.order_by(f64::total_cmp);
        Some((at, *values.get((share * (values.len() as f64 - 1.0)).round() as usize)?))
    };
    bins.into_values().filter_map(of).collect()
}

/// GPU memory in use as a share of all, %: of what is stated, else of used, free and reserved.
fn memory(source: &Source, window: Window) -> Track {
    let used = source.gauges.get("gpu_memory_used");
    let near = |metric: &str, at: f64| value_at(source.gauges.get(metric)?, at, 60.0);
    let share = |(at, used): &(f64, f64)| {
        let reserved = || near("gpu_memory_reserved", *at).unwrap_or_default();
        let total = near("gpu_memory_total", *at).or_else(|| Some(used + near("gpu_memory_free", *at)? + reserved()))?;
        (total > 0.0).then_some((*at, 100.0 * used / total))
    };
    used.into_iter().flatten().filter(|(at, _)| window.has(*at)).filter_map(share).collect()
}
