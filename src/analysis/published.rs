//! What is computed from published results: what a constraint on latency costs, and how a system scales.
//!
//! Differences between two figures are [`super::pair::percent`].

use super::{mean, pair};

/// What serving under a constraint on latency costs, in percent of the throughput without: `(offline − constrained) /
/// offline × 100`. Negative where the constrained scenario is faster, which happens: the two are run apart and tuned apart.
/// `None` where the offline figure is not above zero.
pub fn degradation(offline: f64, constrained: f64) -> Option<f64> {
    pair::percent(constrained, offline).map(|change| 0.0 - change)
}

/// How much of a smaller system's figure per part a larger one keeps, in percent: `(result / parts) / (base result / base
/// parts) × 100`. 100 is linear scaling; above is superlinear, and a reason to ask what else differs.
/// `None` where a figure or a count is not above zero.
pub fn efficiency(result: f64, parts: f64, base: f64, base_parts: f64) -> Option<f64> {
    let share = |result: f64, parts: f64| (result > 0.0 && parts > 0.0).then(|| result / parts);
    let efficiency = share(result, parts)? / share(base, base_parts)? * 100.0;
    efficiency.is_finite().then_some(efficiency)
}

/// The middle and the ends of some figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// How many there are.
    pub count: usize,
    /// Arithmetic mean.
    pub mean: f64,
    /// Position of the lowest.
    pub lowest: usize,
    /// Position of the highest.
    pub highest: usize,
}

/// The spread of figures; `None` of nothing. Of equals the first.
pub fn spread(values: &[f64]) -> Option<Spread> {
    let at = |sign: f64| {
        let all = values.iter().enumerate().filter(|(_, value)| value.is_finite());
        all.min_by(|a, b| (sign * a.1).total_cmp(&(sign * b.1))).map(|(at, _)| at)
    };
    let count = values.iter().filter(|value| value.is_finite()).count();
    Some(Spread { count, mean: mean::arithmetic(values.iter().copied())?, lowest: at(1.0)?, highest: at(-1.0)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: Option<f64>, expected: f64) {
        assert!((found.unwrap_or(f64::NAN) - expected).abs() < 5e-5, "{found:?}, not {expected}");
    }

    /// 5.0-0001 and 5.1-0001 of `../shared/formats/llmd-and-mlperf.md` §2.7.
    #[test]
    fn a_constraint_costs_throughput() {
        near(degradation(33_928.10, 30_724.51), 9.44230);
        near(degradation(27_803.90, 24_593.77), 11.54561);
        near(degradation(100.0, 126.3897), -26.3897);
        assert_eq!(degradation(0.0, 5.0), None);
        assert_eq!(degradation(7.0, 7.0).map(f64::to_bits), Some(0.0_f64.to_bits()), "no loss is not “−0”");
    }

    #[test]
    fn linear_scaling_is_a_hundred() {
        near(efficiency(400.0, 4.0, 100.0, 1.0), 100.0);
        // GB300 in 6.0, llama2-70b-99.9 Offline, 288 accelerators against 72: the shares are 13,000 and 15,000.
        near(efficiency(13_000.0 * 288.0, 288.0, 15_000.0 * 72.0, 72.0), 86.66667);
        assert_eq!(efficiency(1.0, 0.0, 1.0, 1.0), None);
        assert_eq!(efficiency(1.0, 1.0, 0.0, 1.0), None);
    }

    #[test]
    fn a_spread_knows_its_ends() {
        assert_eq!(spread(&[3.0, f64::NAN, 1.0, 8.0, 1.0]), Some(Spread { count: 4, mean: 3.25, lowest: 2, highest: 3 }));
        assert_eq!(spread(&[f64::NAN]), None);
    }
}
