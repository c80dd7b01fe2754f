//! Pairing by load: the levels that all sides have, and what follows from them. Two sides are a comparison, more are a
//! three-way or a trend; there is one mechanism for all.
//!
//! Repeats of a level are averaged first. A level is left out when any side lacks a figure there, so every mean is over
//! the same levels (`../shared/DESIGN.md` §5); what was left out is listed with its reason. This file does not know what
//! the figures are: a side is its `(load, value)` rows, in any order.

use super::mean::{arithmetic, geometric};
use super::student;
use crate::catalog::Better;

/// Confidence of [`Common::interval`].
pub const CONFIDENCE: f64 = 0.95;

/// Which common levels the means use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Use<'a> {
    /// All but the single user (load ≤ 1), who is kept apart: for concurrency.
    AboveOneUser,
    /// All: for rates, where one request per second is no single user.
    All,
    /// These, where they are common.
    Only(&'a [f64]),
}

/// Why a level takes no part in the means. Sides are named by their position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// These sides have no figure there.
    Lacking(Vec<usize>),
    /// These sides have a figure of zero or less there: it has no ratio and no geometric mean.
    NotPositive(Vec<usize>),
    /// The single user, kept apart. [`Common::peak`] counts the level.
    SingleUser,
    /// All sides have it, but it was not chosen. [`Common::peak`] counts the level.
    NotChosen,
}

impl LeftOut {
    /// In words; `sides` names sides.
    pub fn words(&self, sides: impl Fn(&[usize]) -> String) -> String {
        match self {
            LeftOut::Lacking(those) => format!("missing on {}", sides(those)),
            LeftOut::NotPositive(those) => format!("zero or less on {}", sides(those)),
            LeftOut::SingleUser => "single user, kept apart".to_owned(),
            LeftOut::NotChosen => "not chosen".to_owned(),
        }
    }
}

/// One side at one level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Repeats {
    /// Arithmetic mean of the repeats.
    pub mean: f64,
    /// How many there are.
    pub count: usize,
    /// Sample variance of their logarithms; `None` of a single one.
    log_variance: Option<f64>,
    /// Of a single one: the variance of its logarithm within the run, where it is known from what the run consists of.
    pub within: Option<f64>,
}

impl Repeats {
    /// Drops the spread of values that are probably not repeats: it does not measure noise.
    pub fn doubt(&mut self) {
        self.log_variance = None;
    }
}

/// A level that all sides have.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// The load.
    pub load: f64,
    /// Every side there, in the order they were given.
    pub sides: Vec<Repeats>,
}

/// The level where a side is best.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peak {
    /// The load there.
    pub load: f64,
    /// The figure there.
    pub value: f64,
}

/// What a change may be, in percent, at 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The probability that chance alone makes as much of a change.
    pub p: f64,
    /// Whether it is from what single runs consist of, so that what differs from run to run is not in it.
    pub within: bool,
}

impl Interval {
    /// Whether no change at all is possible: the change is inside the noise.
    pub fn has_zero(&self) -> bool {
        self.low <= 0.0 && self.high >= 0.0
    }
}

/// The levels that all sides have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Common {
    /// Those that the means use, lowest load first.
    pub levels: Vec<Level>,
    /// Those that all sides have but the means do not use.
    pub apart: Vec<Level>,
    /// Every level that the means do not use, lowest load first, and why.
    pub left_out: Vec<(f64, LeftOut)>,
}

/// Pairs the sides' `(load, value)` rows by load. Rows whose load or value is not finite are missing.
pub fn common(sides: &[&[(f64, f64)]], chosen: Use) -> Common {
    let curves: Vec<Vec<(f64, Repeats)>> = sides.iter().map(|rows| repeats(rows)).collect();
    let mut loads: Vec<f64> = curves.iter().flatten().map(|(load, _)| *load).collect();
    loads.sort_by(f64::total_cmp);
    loads.dedup();
    let mut common = Common::default();
    let mut rest: Vec<_> = curves.iter().map(|curve| curve.iter().peekable()).collect();
    for load in loads {
        let there: Vec<Option<Repeats>> =
            rest.iter_mut().map(|curve| curve.next_if(|(other, _)| *other == load).map(|(_, repeats)| *repeats)).collect();
        let those = |test: fn(&Option<Repeats>) -> bool| -> Vec<usize> {
            there.iter().enumerate().filter(|(_, side)| test(side)).map(|(side, _)| side).collect()
        };
        let lacking = those(Option::is_none);
        let not_positive = those(|side| side.is_some_and(|side| side.mean <= 0.0));
        let level = Level { load, sides: there.into_iter().flatten().collect() };
        let reason = if !lacking.is_empty() {
            LeftOut::Lacking(lacking)
        } else if !not_positive.is_empty() {
            LeftOut::NotPositive(not_positive)
        } else {
            let unused = match chosen {
                Use::All => None,
                Use::AboveOneUser => (load <= 1.0).then_some(LeftOut::SingleUser),
                Use::Only(loads) => (!loads.contains(&load)).then_some(LeftOut::NotChosen),
            };
            let Some(reason) = unused else {
                common.levels.push(level);
                continue;
            };
            common.apart.push(level);
            reason
        };
        common.left_out.push((load, reason));
    }
    common
}

/// A side's levels, lowest load first, with the repeats of a level averaged.
fn repeats(rows: &[(f64, f64)]) -> Vec<(f64, Repeats)> {
    // Adding zero makes one level of 0 and −0.
    let present = rows.iter().filter(|(load, value)| load.is_finite() && value.is_finite());
    let mut present: Vec<(f64, f64)> = present.map(|(load, value)| (load + 0.0, *value)).collect();
    present.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let levels = present.chunk_by(|(a, _), (b, _)| a == b);
    let of = |level: &[(f64, f64)]| {
        let mean = level.iter().map(|(_, value)| value).sum::<f64>() / level.len() as f64;
        Some((level.first()?.0, Repeats { mean, count: level.len(), log_variance: log_variance(level), within: None }))
    };
    levels.filter_map(of).collect()
}

/// Sample variance of the values' logarithms, `Σ (v − mean)² / (n − 1)`; `None` of fewer than two values or where one is
/// not finite.
fn log_variance(level: &[(f64, f64)]) -> Option<f64> {
    if level.len() < 2 {
        return None;
    }
    let values: Vec<f64> = level.iter().map(|(_, value)| value.ln()).collect();
    if values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let mean = arithmetic(values.iter().copied())?;
    Some(values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64)
}

impl Common {
    /// Whether the means use a level.
    pub fn uses(&self, load: f64) -> bool {
        let at = self.levels.partition_point(|level| level.load < load);
        self.levels.get(at).is_some_and(|level| level.load == load)
    }

    /// Geometric mean of a side's figures over the levels used, in their unit; `None` where no level is common.
    pub fn geometric(&self, side: usize) -> Option<f64> {
        geometric(self.levels.iter().filter_map(|level| Some(level.sides.get(side)?.mean)))
    }

    /// Change of a side against its baseline in percent: `(a − b) / b × 100` of their geometric means. The baseline is
    /// the denominator.
    pub fn change(&self, side: usize, baseline: usize) -> Option<f64> {
        percent(self.geometric(side)?, self.geometric(baseline)?)
    }

    /// Where a side is best over all common levels, also those the means do not use; of equals the lowest load. A metric
    /// without a good direction has none.
    pub fn peak(&self, side: usize, better: Better) -> Option<Peak> {
        let sign = match better {
            Better::Higher => 1.0,
            Better::Lower => -1.0,
            Better::Neutral => return None,
        };
        let levels = self.levels.iter().chain(&self.apart);
        let peaks = levels.filter_map(|level| Some(Peak { load: level.load, value: level.sides.get(side)?.mean }));
        peaks.max_by(|a, b| (sign * a.value).total_cmp(&(sign * b.value)).then(b.load.total_cmp(&a.load)))
    }

    /// What the change may be at 95 % confidence, from the spread of the repeats; where no level has any, from the noise
    /// within single runs, if it is known of all; else `None`.
    ///
    /// The change is `exp(d) − 1` with d the mean over the L levels used of `ln(a/b)`, and
    /// `var(d) = Σ s²/n / L²` over all levels and both sides, s² being the sample variance of the logarithms of n
    /// repeats. A level without repeats is not taken for exact: it has the pooled s² of its side's other levels, or of
    /// the other side's where the side has none. So `var(d) = Σ w·s²` over the levels with repeats, and the degrees of
    /// freedom follow from Welch and Satterthwaite: `(Σ w·s²)² / Σ (w·s²)²/(n−1)`
    /// (Welch, Biometrika 34 (1947) 28; Satterthwaite, Biometrics Bulletin 2 (1946) 110).
    pub fn interval(&self, side: usize, baseline: usize) -> Option<Interval> {
        let center = (self.geometric(side)? / self.geometric(baseline)?).ln();
        let at = |side: usize| self.levels.iter().filter_map(move |level| level.sides.get(side));
        let repeated = |side: usize| at(side).filter_map(|level| Some((level.log_variance?, level.count as f64)));
        let freedom = [side, baseline].map(|side| repeated(side).map(|(_, n)| n - 1.0).sum::<f64>());
        // How many levels without repeats borrow the pooled variance of each side.
        let mut borrowers = [0.0, 0.0];
        for (own, of) in [side, baseline].into_iter().enumerate() {
            let alone = (at(of).count() - repeated(of).count()) as f64;
            borrowers[if freedom[own] > 0.0 { own } else { 1 - own }] += alone;
        }
        let (mut variance, mut squares) = (0.0, 0.0);
        for (own, of) in [side, baseline].into_iter().enumerate() {
            for (s2, n) in repeated(of) {
                let weight = 1.0 / n + borrowers[own] * (n - 1.0) / freedom[own];
                let part = weight * s2 / (self.levels.len() as f64).powi(2);
                variance += part;
                squares += part.powi(2) / (n - 1.0);
            }
        }
        if freedom == [0.0, 0.0] {
            return around(center, self.within(side, baseline)?, MANY, true);
        }
        around(center, variance, variance.powi(2) / squares, false)
    }

    /// The variance of the change's logarithm from single runs, `Σ within / L²` over all levels and both sides; `None`
    /// where it is not known of each.
    fn within(&self, side: usize, baseline: usize) -> Option<f64> {
        let sides = [side, baseline];
        let all = self.levels.iter().flat_map(|level| sides.map(|side| level.sides.get(side).and_then(|side| side.within)));
        Some(all.sum::<Option<f64>>()? / (self.levels.len() as f64).powi(2))
    }
}

/// Degrees of freedom of a variance that is known well: Student's distribution is the normal one.
const MANY: f64 = 1e9;

/// The interval around a logarithm of a ratio, from its variance and the degrees of freedom of that.
fn around(center: f64, variance: f64, freedom: f64, within: bool) -> Option<Interval> {
    // Repeats that agree to the last digit leave no spread, and no degrees of freedom to compute.
    let (half, p) = match variance > 0.0 {
        true => (student::t(CONFIDENCE, freedom)? * variance.sqrt(), student::p(center / variance.sqrt(), freedom)),
        false => (0.0, if center == 0.0 { 1.0 } else { 0.0 }),
    };
    let percent = |log: f64| log.exp_m1() * 100.0;
    Some(Interval { low: percent(center - half), high: percent(center + half), p, within })
}

/// Change in percent, `(value − baseline) / baseline × 100`; `None` where the baseline is not above zero.
pub fn percent(value: f64, baseline: f64) -> Option<f64> {
    (baseline > 0.0).then(|| (value - baseline) / baseline * 100.0).filter(|change| change.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &[(f64, f64)] = &[(1.0, 90.0), (50.0, 2000.0), (100.0, 3300.0), (200.0, 5000.0)];
    const B: &[(f64, f64)] = &[(1.0, 100.0), (50.0, 1900.0), (100.0, 3000.0), (300.0, 6000.0)];

    fn near(found: Option<f64>, expected: f64) {
        assert!((found.unwrap_or(f64::NAN) - expected).abs() < 5e-5, "{found:?}, not {expected}");
    }

    fn change(a: &[(f64, f64)], b: &[(f64, f64)]) -> Option<f64> {
        common(&[a, b], Use::AboveOneUser).change(0, 1)
    }

    /// `../shared/formats/rhaiis.md` §7.
    #[test]
    fn golden() {
        let pair = common(&[A, B], Use::AboveOneUser);
        assert_eq!(pair.levels.iter().map(|level| level.load).collect::<Vec<_>>(), [50.0, 100.0]);
        near(pair.change(0, 1), 7.6055);
        near(change(&[(50.0, 300.0), (100.0, 500.0)], &[(50.0, 330.0), (100.0, 560.0)]), -9.9063);
        let peaks = [0, 1].map(|side| pair.peak(side, Better::Higher).expect("levels are common"));
        assert_eq!(peaks, [Peak { load: 100.0, value: 3300.0 }, Peak { load: 100.0, value: 3000.0 }]);
        near(percent(peaks[0].value, peaks[1].value), 10.0);
        assert_eq!(pair.peak(0, Better::Lower), Some(Peak { load: 1.0, value: 90.0 }));
        assert_eq!(pair.interval(0, 1), None);
    }

    /// The traps into which the reference falls: it says −14.3651 % and +16.1170 % (ibidem).
    #[test]
    fn a_gap_or_a_repeat_on_one_side_does_not_unpair() {
        let gap: Vec<(f64, f64)> = B.iter().map(|&(load, v)| (load, if load == 50.0 { f64::NAN } else { v })).collect();
        near(change(A, &gap), 10.0);
        let doubled: Vec<(f64, f64)> = B.iter().copied().chain([(50.0, 1900.0)]).collect();
        near(change(A, &doubled), 7.6055);
    }

    #[test]
    fn what_is_left_out_says_why() {
        let pair = common(&[A, B], Use::AboveOneUser);
        let lacking = |side| LeftOut::Lacking(vec![side]);
        assert_eq!(pair.left_out, [(1.0, LeftOut::SingleUser), (200.0, lacking(1)), (300.0, lacking(0))]);
        let pair = common(&[A, B], Use::Only(&[50.0, 300.0]));
        assert_eq!(pair.left_out[0..2], [(1.0, LeftOut::NotChosen), (100.0, LeftOut::NotChosen)]);
        assert_eq!(pair.peak(0, Better::Higher).map(|peak| peak.load), Some(100.0));
        near(pair.change(0, 1), 100.0 * 100.0 / 1900.0);
        assert_eq!(common(&[A, B], Use::All).levels.len(), 3);
        // A figure of zero on one side would drop out of that side's mean alone.
        let zero = common(&[&[(8.0, 0.0), (16.0, 2.0)], &[(8.0, 5.0), (16.0, 1.0)]], Use::All);
        assert_eq!(zero.left_out, [(8.0, LeftOut::NotPositive(vec![0]))]);
        near(zero.change(0, 1), 100.0);
    }

    #[test]
    fn of_three_sides_only_levels_of_all_three_count() {
        let c: &[(f64, f64)] = &[(100.0, 1000.0), (200.0, 1.0), (300.0, 1.0)];
        let three = common(&[A, B, c], Use::AboveOneUser);
        assert_eq!(three.levels.iter().map(|level| level.load).collect::<Vec<_>>(), [100.0]);
        assert!(three.left_out.contains(&(200.0, LeftOut::Lacking(vec![1]))));
        near(three.change(0, 2), 230.0);
        near(three.change(1, 2), 200.0);
        assert_eq!(three.change(3, 0), None);
    }

    #[test]
    fn nothing_in_common_is_no_change() {
        let none = common(&[A, &[]], Use::AboveOneUser);
        assert_eq!((none.change(0, 1), none.interval(0, 1), none.peak(0, Better::Higher)), (None, None, None));
        assert_eq!(none.left_out.len(), 4);
    }

    /// Against the formula in numpy with scipy's t.
    #[test]
    fn repeats_give_an_interval() {
        let a: &[(f64, f64)] =
            &[(50.0, 2000.0), (50.0, 2100.0), (50.0, 1900.0), (100.0, 3300.0), (100.0, 3350.0), (200.0, 5000.0)];
        let b: &[(f64, f64)] = &[(50.0, 1900.0), (50.0, 1850.0), (100.0, 3000.0), (200.0, 4700.0)];
        let pair = common(&[a, b], Use::AboveOneUser);
        near(pair.change(0, 1), 7.941_990);
        let found = pair.interval(0, 1).expect("there are repeats");
        assert!((found.low - 1.491_303).abs() < 1e-3 && (found.high - 14.802_677).abs() < 1e-3, "{found:?}");
        assert!(!found.has_zero());
        // The baseline was measured once: it is taken to be as noisy as the other side.
        let once: &[(f64, f64)] = &[(50.0, 1900.0), (100.0, 3000.0), (200.0, 4700.0)];
        let found = common(&[a, once], Use::AboveOneUser).interval(0, 1).expect("one side has repeats");
        assert!((found.low + 4.686_113).abs() < 1e-3 && (found.high - 21.168_513).abs() < 1e-3, "{found:?}");
        assert!(found.has_zero());
    }

    #[test]
    fn without_repeats_the_noise_within_runs_gives_an_interval() {
        let mut pair = common(&[A, B], Use::AboveOneUser);
        let known = |pair: &mut Common, within: [f64; 4]| {
            let repeats = pair.levels.iter_mut().flat_map(|level| &mut level.sides);
            repeats.zip(within).for_each(|(repeats, within)| repeats.within = Some(within));
        };
        pair.levels[0].sides[0].within = Some(1e-4);
        assert_eq!(pair.interval(0, 1), None, "of one side at one level it is not enough");
        known(&mut pair, [1e-4, 2e-4, 3e-4, 4e-4]);
        let found = pair.interval(0, 1).expect("known of all");
        // ln(1 + 7.6055 %) ± 1.959964 × √(1e-3 ÷ 4).
        let center = (1.0 + pair.change(0, 1).expect("a change") / 100.0).ln();
        near(Some(found.low), 100.0 * ((center - 0.030_989_75).exp() - 1.0));
        near(Some(found.high), 100.0 * ((center + 0.030_989_75).exp() - 1.0));
        assert!(found.within && found.p < 1e-5 && !found.has_zero());
    }

    #[test]
    fn equal_repeats_have_no_spread() {
        let twice: &[(f64, f64)] = &[(8.0, 110.0), (8.0, 110.0)];
        let found = common(&[twice, &[(8.0, 100.0)]], Use::All).interval(0, 1).expect("there are repeats");
        near(Some(found.low), 10.0);
        near(Some(found.high), 10.0);
    }
}
