//! Sizing for an SLO from profiles of prefill and decode engines: which engine, how many, and the cost.
//!
//! A prefill engine's profile is TTFT and throughput per GPU by prompt length: [`Prompts`]. A decode engine's is time per
//! output token and throughput per GPU by context and by the share of the key-value cache in use: [`Surface`]. Of two
//! figures that hang together one is read between the points and the other follows from it, so that what is read obeys
//! what the measured points obey. Nothing is read outside of what was measured. Rules after Dynamo's SLA profiler
//! (`../shared/formats/aiperf-and-dynamo.md` §3.2 and §3.4 to §3.6).

use super::interpolate::Curve;
use super::mean::arithmetic;
use crate::sorting::Sorting;

/// How far rounded figures may be from what they obey, as a share.
const ROUNDED: f64 = 0.01;

/// A prefill engine's profile: TTFT and throughput by prompt length.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompts {
    ttft: Option<Curve>,
    /// Throughput, or what it follows from.
    second: Option<Curve>,
    /// Whether `second` is `ISL ÷ TTFT ÷ throughput`, the same at every measured point: the GPUs of an engine that works
    /// on one prompt at a time, or the GPUs for each prompt at work.
    follows: bool,
}

impl Prompts {
    /// Of measured points, prompt length first, in any order; a figure that is not finite is missing.
    pub fn new(points: &[(f64, Candidate)]) -> Prompts {
        let ratio = |(isl, one): &(f64, Candidate)| (*isl, isl * 1000.0 / one.latency / one.tps_per_gpu);
        let ratios: Vec<(f64, f64)> = points.iter().map(ratio).collect();
        let mean = arithmetic(ratios.iter().map(|(_, ratio)| *ratio)).unwrap_or(f64::NAN);
        // Compared so that what is no number fails.
        let follows = ratios.iter().all(|(_, ratio)| *ratio > 0.0 && (ratio - mean).abs() <= ROUNDED * mean);
        let curve = |of: fn(&Candidate) -> f64| Curve::new(&points.iter().map(|(isl, one)| (*isl, of(one))).collect::<Vec<_>>());
        let second = if follows { Curve::new(&ratios) } else { curve(|one| one.tps_per_gpu) };
        Prompts { ttft: curve(|one| one.latency), second, follows }
    }

    /// Shortest and longest prompt of which a figure was measured.
    pub fn range(&self) -> Option<(f64, f64)> {
        self.ttft.as_ref().or(self.second.as_ref())?.range()
    }

    /// The engine at a prompt length: TTFT by the curve, throughput following from it, or else by its own curve. `None`
    /// where either was not measured.
    pub fn at(&self, isl: f64) -> Option<Candidate> {
        let (latency, second) = (self.ttft.as_ref()?.at(isl)?, self.second.as_ref()?.at(isl)?);
        Some(Candidate { latency, tps_per_gpu: if self.follows { isl * 1000.0 / latency / second } else { second } })
    }
}

/// A measured point of a decode engine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decoded {
    /// Tokens of context of a request, on average: prompt + half of the output.
    pub context: f64,
    /// Share of the key-value cache in use, %.
    pub usage: f64,
    /// Time per output token, ms.
    pub itl: f64,
    /// Output tokens per second and GPU.
    pub tps_per_gpu: f64,
}

impl Decoded {
    /// Tokens in the cache for each GPU, × 1000: by Little's law `throughput × time per token` requests are in flight, each
    /// with its context.
    fn held(&self) -> f64 {
        self.tps_per_gpu * self.itl * self.context
    }
}

/// A decode engine's profile: lines over usage, one for each context that was measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Surface {
    /// By context, lowest first; each by usage, lowest first, no usage twice.
    lines: Vec<(f64, Vec<Decoded>)>,
}

impl Surface {
    /// Of measured points, in any order; those of equal context and usage are averaged, those not finite, of no context
    /// or of no time are missing.
    pub fn new(points: &[Decoded]) -> Surface {
        let finite = |point: &Decoded| [point.context, point.usage, point.itl, point.tps_per_gpu].iter().all(|v| v.is_finite());
        let sound = |point: &&Decoded| finite(point) && point.context > 0.0 && point.itl > 0.0;
        let mut sorted: Vec<Decoded> = points.iter().filter(sound).copied().collect();
        sorted.order_by(|a, b| a.context.total_cmp(&b.context).then(a.usage.total_cmp(&b.usage)));
        let merge = |same: &[Decoded]| {
            let mean = |of: fn(&Decoded) -> f64| arithmetic(same.iter().map(of));
            Some(Decoded { itl: mean(|p| p.itl)?, tps_per_gpu: mean(|p| p.tps_per_gpu)?, ..*same.first()? })
        };
        let line = |line: &[Decoded]| {
            let merged = line.chunk_by(|a, b| a.usage == b.usage).filter_map(merge).collect();
            Some((line.first()?.context, merged))
        };
        Surface { lines: sorted.chunk_by(|a, b| a.context == b.context).filter_map(line).collect() }
    }

    /// Shortest and longest context that was measured.
    pub fn contexts(&self) -> Option<(f64, f64)> {
        Some((self.lines.first()?.0, self.lines.last()?.0))
    }

    /// The measured line at or next below a context, and the one at or next above; `None` outside.
    pub fn neighbours(&self, context: f64) -> Option<(&[Decoded], &[Decoded])> {
        let above = self.lines.partition_point(|line| line.0 < context);
        let (high, line) = self.lines.get(above)?;
        let below = if *high == context { line } else { &self.lines.get(above.checked_sub(1)?)?.1 };
        Some((below, line))
    }

    /// The GPUs of the engine, of whose cache the capacity (tokens) is known. A profile obeys
    /// `throughput = usage × capacity ÷ context ÷ time per token ÷ GPUs`: they are known where that gives the same whole
    /// number at every measured point, of which there are two at least.
    pub fn gpus(&self, capacity: f64) -> Option<u32> {
        let points = || self.lines.iter().flat_map(|(_, line)| line);
        let at = |point: &Decoded| point.usage / 100.0 * capacity * 1000.0 / point.held();
        let whole = at(points().next()?).round();
        let same = |point: &Decoded| (at(point) - whole).abs() <= (ROUNDED * whole).min(0.5);
        (points().count() > 1 && whole >= 1.0 && whole <= f64::from(u32::MAX) && points().all(same)).then_some(whole as u32)
    }

    /// The engine at a context and a usage, along the two neighbouring lines and between them; `None` where either of
    /// them was not measured.
    ///
    /// Read are time per token and tokens in the cache; throughput follows from them, as at the measured points. Along a
    /// line both are straight. Between two lines they are straight over 1/context: at equal usage as many tokens are in
    /// the cache, and the requests in flight, which time per token rises with, fall as 1/context.
    pub fn at(&self, context: f64, usage: f64) -> Option<Decoded> {
        let (low, high) = self.neighbours(context)?;
        let (a, b) = (along(low, usage)?, along(high, usage)?);
        if a.context == b.context {
            return Some(a);
        }
        Some(between(&a, &b, (a.context.recip() - context.recip()) / (a.context.recip() - b.context.recip()), (context, usage)))
    }

    /// The engine at a context: at every usage that either neighbouring line has, where both were measured.
    pub fn section(&self, context: f64) -> Vec<Decoded> {
        let Some((low, high)) = self.neighbours(context) else { return Vec::new() };
        let mut usages: Vec<f64> = low.iter().chain(high).map(|point| point.usage).collect();
        usages.order_by(f64::total_cmp);
        usages.dedup();
        usages.into_iter().filter_map(|usage| self.at(context, usage)).collect()
    }
}

/// A line at a usage, between its points; `None` beyond its ends.
fn along(line: &[Decoded], usage: f64) -> Option<Decoded> {
    let above = line.partition_point(|point| point.usage < usage);
    let b = line.get(above)?;
    if b.usage == usage {
        return Some(*b);
    }
    let a = line.get(above.checked_sub(1)?)?;
    Some(between(a, b, (usage - a.usage) / (b.usage - a.usage), (a.context, usage)))
}

/// What lies a share of the way from one point to another, at this context and usage.
fn between(a: &Decoded, b: &Decoded, share: f64, (context, usage): (f64, f64)) -> Decoded {
    let mix = |of: fn(&Decoded) -> f64| of(a) + (of(b) - of(a)) * share;
    let itl = mix(|p| p.itl);
    Decoded { context, usage, itl, tps_per_gpu: mix(Decoded::held) / context / itl }
}

/// A way to run one side: its latency (ms) and its throughput (tokens per second and GPU).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// TTFT or time per output token, ms.
    pub latency: f64,
    /// Tokens per second and GPU.
    pub tps_per_gpu: f64,
}

/// The one that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picked {
    /// Its position.
    pub index: usize,
    /// Whether it keeps the limit; when none does it is the fastest.
    pub keeps: bool,
}

/// Of the candidates that keep the limit the one with the most tokens per second and GPU (of equals the faster); when
/// none keeps it, the fastest. `None` of nothing.
pub fn pick(candidates: &[Candidate], limit: f64) -> Option<Picked> {
    let better = |a: &Candidate, b: &Candidate| a.tps_per_gpu.total_cmp(&b.tps_per_gpu).then(b.latency.total_cmp(&a.latency));
    let keeping = candidates.iter().enumerate().filter(|(_, one)| one.latency <= limit);
    // Of the last equals `max_by` takes the last: from behind, the first.
    if let Some((index, _)) = keeping.rev().max_by(|(_, a), (_, b)| better(a, b)) {
        return Some(Picked { index, keeps: true });
    }
    let fastest = candidates.iter().enumerate().min_by(|(_, a), (_, b)| a.latency.total_cmp(&b.latency));
    fastest.map(|(index, _)| Picked { index, keeps: false })
}

/// What a workload asks of both sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Workload {
    /// Prompt tokens of a request.
    pub isl: f64,
    /// Output tokens of a request.
    pub osl: f64,
    /// Requests per second.
    pub rps: f64,
}

impl Workload {
    /// Mean context while decoding: `ISL + OSL / 2`, tokens.
    pub fn context(&self) -> f64 {
        self.isl + self.osl / 2.0
    }

    /// GPU-hours of 1,000 requests: `(ISL × 1000 / prefill tok/s/GPU + OSL × 1000 / decode tok/s/GPU) / 3600`. The
    /// throughputs are per GPU already: the profiler's newer page multiplies by the GPUs once more, which counts them
    /// twice (ibidem §3.6).
    pub fn gpu_hours_per_thousand(&self, prefill_tps_per_gpu: f64, decode_tps_per_gpu: f64) -> Option<f64> {
        let hours = (self.isl / prefill_tps_per_gpu + self.osl / decode_tps_per_gpu) * 1000.0 / 3600.0;
        (prefill_tps_per_gpu > 0.0 && decode_tps_per_gpu > 0.0 && hours.is_finite()).then_some(hours)
    }
}

/// How many engines a stream of tokens needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Engines {
    /// Whole engines.
    pub replicas: u32,
    /// Their GPUs.
    pub gpus: u32,
    /// Share of their measured throughput that the load takes, 0 to 1.
    pub utilisation: f64,
}

/// Engines of so many GPUs for a stream of tokens per second, each doing what was measured (linear scaling).
pub fn engines(tokens_per_second: f64, tps_per_gpu: f64, gpus_per_engine: u32) -> Option<Engines> {
    let needed = tokens_per_second / (tps_per_gpu * f64::from(gpus_per_engine));
    // A load of exactly n engines needs n, whatever the last bit of the division says.
    let whole = (needed - 1e-9).ceil().max(1.0);
    let replicas = (needed > 0.0 && whole <= f64::from(u32::MAX)).then_some(whole as u32)?;
    Some(Engines { replicas, gpus: replicas.checked_mul(gpus_per_engine)?, utilisation: needed / whole })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(context: f64, usage: f64, itl: f64, tps_per_gpu: f64) -> Decoded {
        Decoded { context, usage, itl, tps_per_gpu }
    }

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-12 * expected.abs(), "{found}, not {expected}");
    }

    #[test]
    fn between_lines_by_hand_and_nothing_outside() {
        let surface = Surface::new(&[
            point(100.0, 0.0, 10.0, 50.0),
            point(100.0, 40.0, 30.0, 4000.0),
            point(300.0, 20.0, 20.0, 100.0),
            point(300.0, 60.0, 40.0, 900.0),
            point(300.0, 60.0, 44.0, 1100.0),
            point(300.0, f64::NAN, 1.0, 1.0),
            point(300.0, 30.0, 0.0, 1.0),
        ]);
        assert_eq!(surface.contexts(), Some((100.0, 300.0)));
        // Held: half way from 50 × 10 × 100 to 4000 × 30 × 100, by 100 and 20 ms.
        assert_eq!(surface.at(100.0, 20.0), Some(point(100.0, 20.0, 20.0, 6_025_000.0 / 2000.0)));
        assert_eq!(surface.at(300.0, 60.0), Some(point(300.0, 60.0, 42.0, 1000.0)));
        // 1/200 lies three quarters of the way from 1/100 to 1/300; ITL there from 25 to 25.5, held from 9,012,500 (three
        // quarters of the first line) to 3,600,000 (a quarter of the second).
        let found = surface.at(200.0, 30.0).expect("inside");
        near(found.itl, 25.375);
        near(found.tps_per_gpu, 4_953_125.0 / 200.0 / 25.375);
        for (context, usage) in [(99.0, 20.0), (301.0, 30.0), (200.0, 10.0), (200.0, 41.0), (300.0, 10.0), (f64::NAN, 30.0)] {
            assert_eq!(surface.at(context, usage), None, "{context} {usage}");
        }
        let usages: Vec<f64> = surface.section(200.0).iter().map(|point| point.usage).collect();
        assert_eq!(usages, [20.0, 40.0]);
        assert_eq!(Surface::new(&[]).section(1.0), []);
    }

    /// An engine of 4 GPUs whose step takes 9 ms, 0.02 ms for each request and 0.00002 ms for each token in the cache.
    fn stepping(context: f64, usage: f64) -> Decoded {
        let tokens = usage / 100.0 * 500_000.0;
        let itl = 9.0 + 0.02 * tokens / context + 0.00002 * tokens;
        point(context, usage, itl, tokens / context / itl * 1000.0 / 4.0)
    }

    #[test]
    fn an_engine_that_steps_is_read_as_it_is() {
        let points: Vec<Decoded> = [350.0, 7000.0, 14_000.0]
            .iter()
            .flat_map(|context| [2.0, 40.0, 90.0].map(|usage| stepping(*context, usage)))
            .collect();
        let surface = Surface::new(&points);
        for (context, usage) in [(2176.0, 58.0), (400.0, 3.0), (10_000.0, 90.0), (7000.0, 71.5)] {
            let (found, expected) = (surface.at(context, usage).expect("inside"), stepping(context, usage));
            near(found.itl, expected.itl);
            near(found.tps_per_gpu, expected.tps_per_gpu);
        }
        assert_eq!(surface.gpus(500_000.0), Some(4));
        // Of a cache that is not this one's, of one point, and where one point says otherwise.
        assert_eq!((surface.gpus(560_000.0), surface.gpus(0.0)), (None, None));
        assert_eq!(Surface::new(&points[..1]).gpus(500_000.0), None);
        let odd = [points[0], points[1], Decoded { tps_per_gpu: points[2].tps_per_gpu * 0.8, ..points[2] }];
        assert_eq!(Surface::new(&odd).gpus(500_000.0), None);
    }

    #[test]
    fn prefill_throughput_follows_from_ttft_where_it_does_at_every_point() {
        let at = |latency: f64, tps_per_gpu: f64| Candidate { latency, tps_per_gpu };
        // Two GPUs: 1000 tokens in 100 ms are 5000 tok/s/GPU, 3000 in 500 ms are 3000, read at 300 ms: 3333.
        let follows = Prompts::new(&[(3000.0, at(500.0, 3000.0)), (1000.0, at(100.0, 5000.0))]);
        let found = follows.at(2000.0).expect("inside");
        near(found.latency, 300.0);
        near(found.tps_per_gpu, 2000.0 / 0.3 / 2.0);
        assert_eq!((follows.at(1000.0), follows.at(999.0)), (Some(at(100.0, 5000.0)), None));
        let read = Prompts::new(&[(1000.0, at(100.0, 5000.0)), (3000.0, at(500.0, 2000.0))]);
        assert_eq!(read.at(2000.0), Some(at(300.0, 3500.0)));
        let lacking = Prompts::new(&[(1000.0, at(100.0, f64::NAN)), (3000.0, at(500.0, f64::NAN))]);
        assert_eq!((lacking.at(2000.0), lacking.range()), (None, Some((1000.0, 3000.0))));
        assert_eq!(Prompts::new(&[]).range(), None);
    }

    #[test]
    fn the_most_throughput_within_the_limit_else_the_fastest() {
        let all = [(30.0, 100.0), (50.0, 400.0), (50.0, 400.0), (40.0, 400.0), (60.0, 900.0)];
        let all = all.map(|(latency, tps_per_gpu)| Candidate { latency, tps_per_gpu });
        assert_eq!(pick(&all, 55.0), Some(Picked { index: 3, keeps: true }));
        assert_eq!(pick(&all, 60.0), Some(Picked { index: 4, keeps: true }));
        assert_eq!(pick(&all[1..3], 55.0), Some(Picked { index: 0, keeps: true }));
        assert_eq!(pick(&all, 20.0), Some(Picked { index: 0, keeps: false }));
        assert_eq!(pick(&[], 20.0), None);
    }

    #[test]
    fn gpu_hours_by_hand() {
        let workload = Workload { isl: 3600.0, osl: 360.0, rps: 2.0 };
        // 1000 × 3600 tokens at 1000 tok/s: an hour; 1000 × 360 at 100: another.
        assert_eq!(workload.gpu_hours_per_thousand(1000.0, 100.0), Some(2.0));
        assert_eq!(workload.gpu_hours_per_thousand(0.0, 100.0), None);
        assert_eq!(workload.context(), 3780.0);
        assert_eq!(engines(7200.0, 1000.0, 4), Some(Engines { replicas: 2, gpus: 8, utilisation: 0.9 }));
        assert_eq!(engines(2.1, 0.7, 1).map(|engines| engines.replicas), Some(3));
        assert_eq!((engines(0.0, 1.0, 1), engines(1.0, 0.0, 1), engines(1.0, 1.0, 0)), (None, None, None));
    }
}
