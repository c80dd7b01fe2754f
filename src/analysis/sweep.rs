//! Limits shown by a sweep over load: a latency that no load can fix, throughput that stops growing while
//! only the wait for the first token grows, a load generator that could not keep up.
//!
//! Rules R2b, R3 and R4 of `../shared/formats/aiperf-and-dynamo.md` §5.6, with its thresholds. Each gives its verdict and
//! the numbers it rests on. The file knows no configuration: a sweep is its levels, each with what was measured there.

use super::regression::{self, Line};

/// Elasticity of throughput up to which it has stopped growing.
const FLAT: f64 = 0.2;
/// Greatest over least time per output token up to which decoding has slack.
const SPREAD: f64 = 1.10;
/// Least R² of a line that counts.
const STRAIGHT: f64 = 0.95;
/// Share of the asked concurrency below which the load generator did not keep up.
const KEPT: f64 = 0.8;
/// Requests in flight up to which a server is idle.
const ALONE: f64 = 1.2;
/// Requests from which a median counts.
const ENOUGH: f64 = 10.0;
/// Share of failed requests from which the lowest level is ignored.
const FAILING: f64 = 0.01;

/// One level of a sweep; latencies in ms, rates per second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Level {
    /// Requests in flight, as asked for.
    pub load: f64,
    /// The requested rate, if one was set as well.
    pub rate: Option<f64>,
    /// Requests per second.
    pub rps: Option<f64>,
    /// Output tokens per second.
    pub output_tps: Option<f64>,
    /// Mean TTFT.
    pub ttft: Option<f64>,
    /// Median TTFT.
    pub ttft_p50: Option<f64>,
    /// Mean time per output token.
    pub itl: Option<f64>,
    /// Median time per output token.
    pub itl_p50: Option<f64>,
    /// Mean end-to-end latency.
    pub e2el: Option<f64>,
    /// Requests that succeeded.
    pub completed: Option<f64>,
    /// Requests that failed.
    pub errored: Option<f64>,
}

impl Level {
    /// Requests in flight by Little's law: rate × mean latency.
    pub fn in_flight(&self) -> Option<f64> {
        Some(self.rps? * self.e2el? / 1000.0)
    }

    /// That as a share of what was asked for.
    pub fn kept(&self) -> Option<f64> {
        (self.load > 0.0).then_some(self.in_flight()? / self.load)
    }

    /// Whether the client could not keep the asked number in flight (R4).
    pub fn generator_limited(&self) -> bool {
        self.kept().is_some_and(|kept| kept < KEPT)
    }
}

/// The result of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// All its conditions hold.
    Confirmed,
    /// One of them does not.
    NotSeen,
    /// A figure that it needs is missing.
    Insufficient,
}

/// Change of a figure for a change of load: `ln(y₂/y₁) / ln(x₂/x₁)`; 1 where both double, 0 where the figure stays.
pub fn elasticity(from: (f64, f64), to: (f64, f64)) -> Option<f64> {
    let ratios = (to.1 / from.1, to.0 / from.0);
    let found = ratios.0.ln() / ratios.1.ln();
    (ratios.0 > 0.0 && ratios.1 > 0.0 && found.is_finite()).then_some(found)
}

/// R2b: throughput has stopped growing, decoding has slack, and only the wait for the first token grows.
#[derive(Clone, Debug, PartialEq)]
pub struct Wall {
    /// The rule's result.
    pub finding: Finding,
    /// The loads that it is about: the longest end of the sweep over which throughput is flat.
    pub loads: Vec<f64>,
    /// Elasticity of requests per second from the first to the last of them; without any, over the three highest loads.
    pub elasticity: Option<f64>,
    /// Greatest over least time per output token.
    pub spread: Option<f64>,
    /// TTFT over load.
    pub ttft: Option<Line>,
}

/// R2b over levels in order of load: at least three of them flat.
pub fn prefill_wall(levels: &[Level]) -> Wall {
    let rate = |level: &Level| Some((level.load, level.rps?));
    let slope = |tail: &[Level]| elasticity(rate(tail.first()?)?, rate(tail.last()?)?);
    let tails = (0..levels.len().saturating_sub(2)).map(|at| levels.get(at..).unwrap_or_default());
    let flat = tails.clone().find(|tail| slope(tail).is_some_and(|elasticity| elasticity <= FLAT));
    let known = tails.clone().any(|tail| slope(tail).is_some());
    let Some(tail) = flat else {
        let finding = if known { Finding::NotSeen } else { Finding::Insufficient };
        let elasticity = tails.clone().next_back().and_then(slope);
        return Wall { finding, loads: Vec::new(), elasticity, spread: None, ttft: None };
    };
    let paces: Vec<f64> = tail.iter().filter_map(|level| level.itl).filter(|pace| *pace > 0.0).collect();
    let (least, most) = paces.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), pace| (low.min(*pace), high.max(*pace)));
    let spread = (paces.len() == tail.len()).then_some(most / least);
    let waits: Vec<(f64, f64)> = tail.iter().filter_map(|level| Some((level.load, level.ttft?))).collect();
    let ttft = regression::line(&waits).filter(|_| waits.len() == tail.len());
    let finding = match (spread, ttft) {
        (Some(spread), Some(line)) if spread <= SPREAD && line.slope > 0.0 && line.r2 >= STRAIGHT => Finding::Confirmed,
        (Some(_), Some(_)) => Finding::NotSeen,
        _ => Finding::Insufficient,
    };
    Wall { finding, loads: tail.iter().map(|level| level.load).collect(), elasticity: slope(tail), spread, ttft }
}

/// R3: a median at the lowest level, where nothing waits, is above its limit already: no load can help.
pub fn latency_floor(levels: &[Level], limit: f64, of: fn(&Level) -> Option<f64>) -> Finding {
    let Some(lowest) = levels.first() else { return Finding::Insufficient };
    let alone = lowest.load == 1.0 || lowest.in_flight().is_some_and(|users| users <= ALONE);
    let failed = lowest.errored.unwrap_or_default();
    let enough = lowest.completed.is_some_and(|count| count >= ENOUGH && failed / (count + failed) < FAILING);
    match of(lowest) {
        Some(median) if alone && enough && median > limit => Finding::Confirmed,
        Some(_) if alone && enough => Finding::NotSeen,
        _ => Finding::Insufficient,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The validation runs of Dynamo's profiler comparison (Qwen3-32B, ISL 2048, OSL 256), as their CSV has them.
    fn aic_all() -> Vec<Level> {
        let level = |load, rps, ttft, ttft_p50, itl, e2el| Level {
            load,
            rate: None,
            rps: Some(rps),
            output_tps: None,
            ttft: Some(ttft),
            ttft_p50: Some(ttft_p50),
            itl: Some(itl),
            itl_p50: Some(itl),
            e2el: Some(e2el),
            completed: Some(100.0),
            errored: None,
        };
        vec![
            level(1.0, 0.208_225_872_8, 1_134.347_866, 1_119.630_437, 14.320_043, 4_785.958_837),
            level(4.0, 0.717_9, 2200.49, 2066.23, 12.81, 5468.22),
            level(7.0, 0.713_041_918_9, 6_305.176_085, 6_297.093_583, 12.612_267, 9_521.304_247),
            level(8.0, 0.721_5, 7402.0, 7402.0, 12.83, 10_673.0),
        ]
    }

    fn near(found: f64, expected: f64, within: f64) {
        assert!((found - expected).abs() < within, "{found} is not {expected}");
    }

    /// `../shared/formats/aiperf-and-dynamo.md` §5.6.
    #[test]
    fn golden() {
        let levels = aic_all();
        for (level, expected) in levels.iter().zip([0.997, 3.93, 6.79, 7.70]) {
            near(level.in_flight().expect("known"), expected, 0.006);
            assert!(!level.generator_limited());
        }
        let wall = prefill_wall(&levels);
        assert_eq!((wall.finding, wall.loads.as_slice()), (Finding::Confirmed, &[4.0, 7.0, 8.0][..]));
        near(wall.elasticity.expect("known"), 0.007, 5e-4);
        near(wall.spread.expect("known"), 1.017, 5e-4);
        let line = wall.ttft.expect("three points");
        near(line.slope, 1316.0, 1.0);
        near(line.r2, 0.998, 5e-4);
        assert_eq!(latency_floor(&levels, 500.0, |level| level.ttft_p50), Finding::Confirmed);
        assert_eq!(latency_floor(&levels, 50.0, |level| level.itl_p50), Finding::NotSeen);
        // AIPerf's own fixture: 4096 asked for.
        let mocker = Level { load: 4096.0, rps: Some(255.19), e2el: Some(2670.9), ..Level::default() };
        near(mocker.in_flight().expect("known"), 681.6, 0.05);
        near(mocker.kept().expect("known"), 0.166, 5e-4);
        assert!(mocker.generator_limited());
        let legacy = Level { load: 100.0, rps: Some(9.5516), e2el: Some(9059.7), ..Level::default() };
        near(legacy.in_flight().expect("known"), 86.5, 0.05);
    }

    #[test]
    fn a_rule_without_its_figures_says_so() {
        let levels = aic_all();
        assert_eq!(prefill_wall(&levels[..2]).finding, Finding::Insufficient);
        let growing: Vec<Level> =
            (1..5).map(|i| Level { load: f64::from(i), rps: Some(f64::from(i)), ..Level::default() }).collect();
        assert_eq!(prefill_wall(&growing).finding, Finding::NotSeen);
        let unpaced: Vec<Level> = levels.iter().map(|level| Level { itl: None, ..*level }).collect();
        assert_eq!(prefill_wall(&unpaced).finding, Finding::Insufficient);
        // Decoding slows down as well: another wall.
        let slower: Vec<Level> = levels.iter().map(|level| Level { itl: Some(10.0 * level.load), ..*level }).collect();
        assert_eq!(prefill_wall(&slower).finding, Finding::NotSeen);
        let few = Level { completed: Some(9.0), ..levels[0] };
        assert_eq!(latency_floor(&[few], 500.0, |level| level.ttft_p50), Finding::Insufficient);
        assert_eq!(latency_floor(&levels[1..], 500.0, |level| level.ttft_p50), Finding::Insufficient);
        assert_eq!(elasticity((1.0, 0.0), (2.0, 1.0)), None);
    }
}
