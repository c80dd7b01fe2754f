//! Time cut into intervals of equal, round width.

/// The most intervals that are ever made.
const MOST: f64 = 100_000.0;
/// Intervals where there is enough to fill them, about.
const USUAL: f64 = 60.0;
/// Events that an interval has then, at least on average.
const FEW: f64 = 4.0;

/// Intervals from a start on. Each has its start, and not its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Intervals {
    /// Where the first begins.
    pub start: f64,
    /// Their width.
    pub width: f64,
    /// How many there are; at least one.
    pub count: usize,
}

impl Intervals {
    /// From a first moment to a last, of this width if it is above 0; else about sixty of the next width that is 1, 2 or 5 times
    /// a power of ten, fewer where so many `events` would leave most of them empty. The first begins at a multiple of the width.
    pub fn new(first: f64, last: f64, width: Option<f64>, events: usize) -> Intervals {
        let duration = (last - first).max(0.0);
        let usual = || round(duration / (events as f64 / FEW).clamp(1.0, USUAL));
        let width = width.filter(|width| *width > 0.0).unwrap_or_else(usual).max(duration / MOST);
        let start = (first / width).floor() * width;
        let intervals = Intervals { start, width, count: 1 };
        Intervals { count: intervals.number(last) + 1, ..intervals }
    }

    /// The interval of a moment, from zero; of one before the start the first.
    pub fn number(&self, moment: f64) -> usize {
        ((moment - self.start) / self.width).floor().max(0.0) as usize
    }

    /// Where an interval begins.
    pub fn from(&self, number: usize) -> f64 {
        self.start + number as f64 * self.width
    }
}

/// The next of 1, 2, 5, 10, 20, … from this on; 1 for nothing.
fn round(width: f64) -> f64 {
    if width.is_nan() || width <= 0.0 {
        return 1.0;
    }
    let ten = 10_f64.powf(width.log10().floor());
    [1.0, 2.0, 5.0].into_iter().map(|step| step * ten).find(|step| *step >= width).unwrap_or(10.0 * ten)
}

#[cfg(test)]
mod tests {
    use super::Intervals;

    #[test]
    fn widths_are_round() {
        let found = |first, last, width, events| {
            let Intervals { start, width, count } = Intervals::new(first, last, width, events);
            (start, width, count)
        };
        // 3600 / 60 = 60, so 100: 0 to 3600 are 37.
        assert_eq!(found(0.0, 3600.0, None, 10_000), (0.0, 100.0, 37));
        // Four events fill one interval; 3.052 becomes 5.
        assert_eq!(found(0.0, 3.052, None, 4), (0.0, 5.0, 1));
        assert_eq!(found(130.0, 250.0, Some(60.0), 5), (120.0, 60.0, 3));
        assert_eq!(found(7.0, 7.0, None, 3), (7.0, 1.0, 1));
        assert_eq!(Intervals::new(0.0, 1e9, Some(1e-9), 5).count, 100_001);
    }
}
