//! Service levels: which figures keep their limits. It does not know what the figures are, nor their units.
//!
//! A missing figure does not comply: nothing shows that it would (`../shared/formats/llm-d-benchmark.md` §2.5).

/// The bound of a limit, in the figure's unit. Reaching it is within it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// For latencies.
    AtMost(f64),
    /// For throughput.
    AtLeast(f64),
}

impl Bound {
    /// Whether a figure keeps the bound.
    pub fn holds(self, value: f64) -> bool {
        match self {
            Bound::AtMost(bound) => value <= bound,
            Bound::AtLeast(bound) => value >= bound,
        }
    }
}

/// What stands against compliance, by the position of the limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// Limits whose figure is beyond them.
    pub broken: Vec<usize>,
    /// Limits whose figure is missing.
    pub missing: Vec<usize>,
}

impl Check {
    /// Whether every limit is kept. Without limits everything complies.
    pub fn complies(&self) -> bool {
        self.broken.is_empty() && self.missing.is_empty()
    }
}

/// Holds figures to their bounds.
pub fn check(limits: impl IntoIterator<Item = (Bound, Option<f64>)>) -> Check {
    let mut found = Check::default();
    for (position, (bound, figure)) in limits.into_iter().enumerate() {
        match figure.filter(|value| value.is_finite()) {
            Some(value) if bound.holds(value) => {}
            Some(_) => found.broken.push(position),
            None => found.missing.push(position),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_itself_complies_and_what_is_missing_does_not() {
        let limits = [Bound::AtMost(65.0), Bound::AtLeast(500.0), Bound::AtMost(4.0)];
        let held = |figures: [Option<f64>; 3]| check(limits.into_iter().zip(figures));
        assert!(held([Some(65.0), Some(500.0), Some(0.0)]).complies());
        let some = held([Some(65.1), None, Some(f64::NAN)]);
        assert_eq!(some, Check { broken: vec![0], missing: vec![1, 2] });
        assert!(!some.complies());
        assert_eq!(held([Some(1.0), Some(499.9), Some(4.0)]).broken, [1]);
        assert!(check([]).complies());
    }
}
