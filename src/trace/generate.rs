//! Traces from a formula: a rate that rises and falls, and two kinds of requests whose shares do.
//!
//! Both follow `min + (max − min)/2 · (1 + sin(2πt/period − π/2))`, which begins at the least: Dynamo's `sin_synth`. Requests
//! arrive as there (a Poisson number per interval, evenly spread over it) or, with a burstiness, after gaps of a gamma
//! distribution, as vLLM's benchmark draws them, for bursts like those of BurstGPT: the shape is the burstiness, 1 is a Poisson
//! process, less is more bursty. The gaps are drawn at a rate of one and stretched to where the rate of the moment has accumulated as much.

use std::f64::consts::{PI, TAU};

use fastrand::Rng;

use super::mooncake::Row;

/// The most requests that are expected of a trace.
pub const MOST: f64 = 1e8;

/// A figure that rises and falls between two ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wave {
    /// Its least value, at the start.
    pub min: f64,
    /// Its greatest value, after half a period.
    pub max: f64,
    /// Seconds until it is at its least again.
    pub period: f64,
}

impl Wave {
    /// Its value after so many seconds.
    pub fn at(&self, seconds: f64) -> f64 {
        (self.min + self.max) / 2.0 + (self.max - self.min) / 2.0 * (TAU * seconds / self.period - PI / 2.0).sin()
    }

    /// Its integral from 0 on: `(min + max)/2 · t − (max − min)/2 · period/2π · sin(2πt/period)`.
    fn sum(&self, seconds: f64) -> f64 {
        let half = (self.max - self.min) / 2.0;
        (self.min + self.max) / 2.0 * seconds - half * self.period / TAU * (TAU * seconds / self.period).sin()
    }

    /// When the integral reaches a value, between two times.
    fn when(&self, sum: f64, from: f64, to: f64) -> f64 {
        let (mut low, mut high) = (from, to);
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if self.sum(middle) < sum {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }
}

/// What is generated. The defaults are Dynamo's.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Seconds.
    pub duration: f64,
    /// Seconds over which the rate is held, without a burstiness.
    pub interval: f64,
    /// Requests per second.
    pub rate: Wave,
    /// Shape of the gaps' gamma distribution; `None` for a Poisson number per interval.
    pub burstiness: Option<f64>,
    /// Share of requests of the first kind, 0 to 1.
    pub first: Wave,
    /// Input and output tokens of the two kinds.
    pub lengths: [(u64, u64); 2],
    /// The same seed gives the same trace.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            duration: 100.0,
            interval: 1.0,
            rate: Wave { min: 5.0, max: 10.0, period: 10.0 },
            burstiness: None,
            first: Wave { min: 0.2, max: 0.8, period: 10.0 },
            lengths: [(100, 2000), (5000, 100)],
            seed: 0,
        }
    }
}

/// Makes the requests, in the order of time.
pub fn generate(options: &Options) -> Vec<Row> {
    let mut random = Rng::with_seed(options.seed);
    let times = match options.burstiness {
        Some(shape) => bursts(options, shape, &mut random),
        None => intervals(options, &mut random),
    };
    let row = |at: f64| {
        let kind = usize::from(random.f64() >= options.first.at(at));
        let (input, output) = options.lengths[kind];
        // The reference cuts a fraction of a millisecond off.
        Row::of(Some((at * 1e3) as u64), input, Some(output))
    };
    times.into_iter().map(row).collect()
}

fn intervals(options: &Options, random: &mut Rng) -> Vec<f64> {
    let mut times = Vec::new();
    let mut interval = 0_u64;
    loop {
        let from = interval as f64 * options.interval;
        if from >= options.duration {
            return times;
        }
        let width = options.interval.min(options.duration - from);
        let count = poisson(options.rate.at(from) * width, random);
        times.extend((0..count).map(|nth| from + width * nth as f64 / count as f64));
        interval += 1;
    }
}

fn bursts(options: &Options, shape: f64, random: &mut Rng) -> Vec<f64> {
    let all = options.rate.sum(options.duration);
    let (mut times, mut sum, mut last) = (Vec::new(), 0.0, 0.0);
    loop {
        sum += gamma(shape, random) / shape;
        if sum >= all {
            return times;
        }
        last = options.rate.when(sum, last, options.duration);
        times.push(last);
    }
}

/// A number of a Poisson distribution: Knuth's product of uniforms (The Art of Computer Programming 2, 3.4.1), a large mean in
/// parts, whose sum has the same distribution.
fn poisson(mean: f64, random: &mut Rng) -> u64 {
    const PART: f64 = 30.0;
    let parts = (mean / PART).ceil().max(1.0);
    let limit = (-mean.max(0.0) / parts).exp();
    let mut count = 0;
    for _ in 0..parts as u64 {
        let mut product = random.f64();
        while product > limit {
            count += 1;
            product *= random.f64();
        }
    }
    count
}

/// A number of a gamma distribution of scale 1: Marsaglia and Tsang, “A simple method for generating gamma variables”, ACM
/// Transactions on Mathematical Software 26 (3), 2000; below a shape of 1 by their reduction to one above.
fn gamma(shape: f64, random: &mut Rng) -> f64 {
    if shape < 1.0 {
        let uniform = 1.0 - random.f64();
        return gamma(shape + 1.0, random) * uniform.powf(1.0 / shape);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        // Box and Muller's normal number.
        let (u, v) = (1.0 - random.f64(), random.f64());
        let normal = (-2.0 * u.ln()).sqrt() * (TAU * v).cos();
        let cube = (1.0 + c * normal).powi(3);
        if cube > 0.0 && (1.0 - random.f64()).ln() < normal * normal / 2.0 + d - d * cube + d * cube.ln() {
            return d * cube;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Options, Rng, Wave, gamma, generate, poisson};

    /// Mean and variance of a hundred thousand.
    fn moments(mut draw: impl FnMut() -> f64) -> (f64, f64) {
        let values: Vec<f64> = (0..100_000).map(|_| draw()).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        (mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64)
    }

    #[test]
    fn draws_have_the_moments_of_their_distributions() {
        let mut random = Rng::with_seed(1);
        for mean in [0.0, 0.7, 12.0, 95.0] {
            let (found, variance) = moments(|| poisson(mean, &mut random) as f64);
            assert!((found - mean).abs() <= 0.01 * mean && (variance - mean).abs() <= 0.03 * mean, "{mean}: {found}, {variance}");
        }
        for shape in [0.3, 1.0, 4.0] {
            let (found, variance) = moments(|| gamma(shape, &mut random));
            assert!(
                (found - shape).abs() <= 0.02 * shape && (variance - shape).abs() <= 0.05 * shape,
                "{shape}: {found}, {variance}"
            );
        }
    }

    #[test]
    fn the_rate_rises_and_falls() {
        let wave = Wave { min: 2.0, max: 10.0, period: 60.0 };
        assert!((wave.at(0.0) - 2.0).abs() < 1e-9 && (wave.at(30.0) - 10.0).abs() < 1e-9 && (wave.at(15.0) - 6.0).abs() < 1e-9);
        assert!((wave.sum(60.0) - 360.0).abs() < 1e-9 && (wave.when(wave.sum(17.0), 0.0, 60.0) - 17.0).abs() < 1e-9);
        for burstiness in [None, Some(1.0), Some(0.4)] {
            let options = Options { duration: 6000.0, rate: wave, burstiness, ..Options::default() };
            let rows = generate(&options);
            assert!((rows.len() as f64 / 36_000.0 - 1.0).abs() < 0.05, "{burstiness:?}: {}", rows.len());
            assert!(rows.is_sorted_by_key(|row| row.timestamp));
            // Ten seconds around the least and the greatest rate; 4·sin(x)/x of the five around: 2.18 and 9.82 a second.
            let near = |middle: f64| {
                let phase = |row: &&super::Row| (row.timestamp.map_or(0.0, |ms| ms as f64 / 1e3) - middle + 5.0).rem_euclid(60.0);
                rows.iter().filter(|row| phase(row) < 10.0).count() as f64 / 1000.0
            };
            assert!((near(0.0) - 2.18).abs() < 0.25 && (near(30.0) - 9.82).abs() < 0.6, "{} {}", near(0.0), near(30.0));
        }
    }
}
