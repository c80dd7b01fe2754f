//! Engines for a service level, from profiles of prefill and decode: which engine to take, how many, and what it costs.
//!
//! A prefill engine's profile is TTFT and throughput per GPU by prompt length: read between its points by
//! [`super::interpolate::Curve`]. A decode engine's is time per output token and throughput per GPU by context and by the
//! share of the key-value cache in use: [`Surface`]. Nothing is read outside of what was measured. Rules after Dynamo's
//! SLA profiler (`../shared/formats/aiperf-and-dynamo.md` §3.4 to §3.6).

use super::mean::arithmetic;

/// A measured point of a decode engine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decoded {
    /// Tokens of context of a request, on average: prompt + half of the output.
    pub context: f64,
    /// How far the engine is loaded, as the profile has it: the share of the cache in use, or requests in flight.
    pub usage: f64,
    /// Time per output token, ms.
    pub itl: f64,
    /// Output tokens per second and GPU.
    pub tps_per_gpu: f64,
}

/// A decode engine's profile: lines over usage, one for each context that was measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Surface {
    /// By context, lowest first; each by usage, lowest first, no usage twice.
    lines: Vec<(f64, Vec<Decoded>)>,
}

impl Surface {
    /// Of measured points, in any order; those of equal context and usage are averaged, those not finite are missing.
    pub fn new(points: &[Decoded]) -> Surface {
        let finite = |point: &&Decoded| [point.context, point.usage, point.itl, point.tps_per_gpu].iter().all(|v| v.is_finite());
        let mut sorted: Vec<Decoded> = points.iter().filter(finite).copied().collect();
        sorted.sort_by(|a, b| a.context.total_cmp(&b.context).then(a.usage.total_cmp(&b.usage)));
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

    /// The engine at a context and a usage: bilinear, along the two neighbouring lines and between them. `None` where
    /// either of them was not measured.
    pub fn at(&self, context: f64, usage: f64) -> Option<Decoded> {
        let (low, high) = self.neighbours(context)?;
        let (a, b) = (along(low, usage)?, along(high, usage)?);
        let share = if a.context == b.context { 0.0 } else { (context - a.context) / (b.context - a.context) };
        let between = |of: fn(&Decoded) -> f64| of(&a) + (of(&b) - of(&a)) * share;
        Some(Decoded { context, usage, itl: between(|p| p.itl), tps_per_gpu: between(|p| p.tps_per_gpu) })
    }

    /// The engine at a context: at every usage that either neighbouring line has, where both were measured. Between two
    /// of these points both figures are straight lines.
    pub fn section(&self, context: f64) -> Vec<Decoded> {
        let Some((low, high)) = self.neighbours(context) else { return Vec::new() };
        let mut usages: Vec<f64> = low.iter().chain(high).map(|point| point.usage).collect();
        usages.sort_by(f64::total_cmp);
        usages.dedup();
        usages.into_iter().filter_map(|usage| self.at(context, usage)).collect()
    }
}

/// A line at a usage, linear between its points; `None` beyond its ends.
fn along(line: &[Decoded], usage: f64) -> Option<Decoded> {
    let above = line.partition_point(|point| point.usage < usage);
    let b = line.get(above)?;
    if b.usage == usage {
        return Some(*b);
    }
    let a = line.get(above.checked_sub(1)?)?;
    Some(between(a, b, (usage - a.usage) / (b.usage - a.usage)))
}

fn between(a: &Decoded, b: &Decoded, share: f64) -> Decoded {
    let mix = |of: fn(&Decoded) -> f64| of(a) + (of(b) - of(a)) * share;
    Decoded { context: a.context, usage: mix(|p| p.usage), itl: mix(|p| p.itl), tps_per_gpu: mix(|p| p.tps_per_gpu) }
}

/// A section with the points added at which it crosses a limit on the time per output token: the best point that keeps
/// the limit is one of these or of the section's own, since between two of them everything is straight.
pub fn with_crossings(section: &[Decoded], limit: f64) -> Vec<Decoded> {
    let mut found: Vec<Decoded> = Vec::with_capacity(section.len() + 2);
    for (at, point) in section.iter().enumerate() {
        found.push(*point);
        let Some(next) = section.get(at + 1) else { continue };
        if (point.itl < limit && next.itl > limit) || (point.itl > limit && next.itl < limit) {
            let crossing = between(point, next, (limit - point.itl) / (next.itl - point.itl));
            found.push(Decoded { itl: limit, ..crossing });
        }
    }
    found
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

    fn surface() -> Surface {
        Surface::new(&[
            point(100.0, 0.0, 10.0, 50.0),
            point(100.0, 40.0, 30.0, 4000.0),
            point(300.0, 20.0, 20.0, 100.0),
            point(300.0, 60.0, 40.0, 900.0),
            point(300.0, 60.0, 44.0, 1100.0),
            point(300.0, f64::NAN, 1.0, 1.0),
        ])
    }

    #[test]
    fn bilinear_inside_and_nothing_outside() {
        let surface = surface();
        assert_eq!(surface.contexts(), Some((100.0, 300.0)));
        assert_eq!(surface.at(100.0, 20.0), Some(point(100.0, 20.0, 20.0, 2025.0)));
        assert_eq!(surface.at(300.0, 60.0), Some(point(300.0, 60.0, 42.0, 1000.0)));
        // Half way between 25 (at 30 of the first line) and 25.5 (at 30 of the second).
        assert_eq!(surface.at(200.0, 30.0), Some(point(200.0, 30.0, 25.25, (3012.5 + 325.0) / 2.0)));
        for (context, usage) in [(99.0, 20.0), (301.0, 30.0), (200.0, 10.0), (200.0, 41.0), (300.0, 10.0), (f64::NAN, 30.0)] {
            assert_eq!(surface.at(context, usage), None, "{context} {usage}");
        }
        let usages: Vec<f64> = surface.section(200.0).iter().map(|point| point.usage).collect();
        assert_eq!(usages, [20.0, 40.0]);
        assert_eq!(Surface::new(&[]).section(1.0), []);
    }

    #[test]
    fn a_limit_adds_the_points_where_it_is_crossed() {
        let line = [point(1.0, 0.0, 10.0, 100.0), point(1.0, 10.0, 30.0, 200.0), point(1.0, 20.0, 30.0, 300.0)];
        let found = with_crossings(&line, 20.0);
        assert_eq!(found[1], point(1.0, 5.0, 20.0, 150.0));
        assert_eq!(found.len(), 4);
        assert_eq!(with_crossings(&line, 30.0), line);
        let down = [point(1.0, 0.0, 30.0, 1.0), point(1.0, 1.0, 10.0, 2.0)];
        assert_eq!(with_crossings(&down, 25.0)[1], point(1.0, 0.25, 25.0, 1.25));
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
