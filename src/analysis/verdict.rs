//! What a change means: better, worse or similar, by the metric's direction, one threshold and the noise of the repeats.

use super::pair::Interval;
use crate::catalog::Better;

/// How a side compares with its baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Changed in the metric's good direction, by the threshold or more and beyond the noise.
    Better,
    /// Changed in its bad direction likewise.
    Worse,
    /// The change is below the threshold, or inside the noise ([`Interval::has_zero`] tells which).
    Similar,
    /// No change is known, or the metric has no good direction.
    Unknown,
}

/// The verdict on a change.
///
/// `change` and `threshold` in percent. Exactly the threshold counts as changed, as in the reference dashboard
/// (`similar = |pct| < 5`, `../shared/formats/rhaiis.md` §2.2).
pub fn verdict(change: Option<f64>, interval: Option<Interval>, better: Better, threshold: f64) -> Verdict {
    let Some(change) = change.filter(|change| change.is_finite()) else { return Verdict::Unknown };
    if change == 0.0 || change.abs() < threshold || interval.is_some_and(|interval| interval.has_zero()) {
        return Verdict::Similar;
    }
    match (better, change > 0.0) {
        (Better::Neutral, _) => Verdict::Unknown,
        (Better::Higher, true) | (Better::Lower, false) => Verdict::Better,
        (Better::Higher, false) | (Better::Lower, true) => Verdict::Worse,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direction_threshold_and_noise_decide() {
        let noisy = Some(Interval { low: -4.0, high: 19.0, p: 0.2, within: false });
        let sure = Some(Interval { low: 2.0, high: 13.0, p: 0.01, within: false });
        let cases = [
            (Some(7.6), None, Better::Higher, Verdict::Better),
            (Some(7.6), None, Better::Lower, Verdict::Worse),
            (Some(-9.9), None, Better::Lower, Verdict::Better),
            (Some(-9.9), None, Better::Higher, Verdict::Worse),
            (Some(5.0), None, Better::Higher, Verdict::Better),
            (Some(4.9), None, Better::Higher, Verdict::Similar),
            (Some(-4.9), sure, Better::Higher, Verdict::Similar),
            (Some(7.6), noisy, Better::Higher, Verdict::Similar),
            (Some(7.6), sure, Better::Higher, Verdict::Better),
            (Some(7.6), None, Better::Neutral, Verdict::Unknown),
            (Some(f64::NAN), None, Better::Higher, Verdict::Unknown),
            (None, None, Better::Higher, Verdict::Unknown),
        ];
        for (change, interval, better, expected) in cases {
            assert_eq!(verdict(change, interval, better, 5.0), expected, "{change:?} {interval:?} {better:?}");
        }
    }
}
