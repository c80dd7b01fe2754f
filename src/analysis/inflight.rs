//! Requests in flight over time, from when each began and ended.
//!
//! The file knows no run: times are in seconds since anything. An interval without a length is no moment in flight.

use crate::sorting::Sorting;

/// How many are in flight from each moment on, in order of time: (moment, count). Moments at which nothing changes are
/// left out, and so are intervals that end before they begin or are not finite.
pub fn steps(intervals: impl IntoIterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let whole = |(start, end): &(f64, f64)| start.is_finite() && end.is_finite() && start < end;
    let mut events: Vec<(f64, f64)> =
        intervals.into_iter().filter(whole).flat_map(|(start, end)| [(start, 1.0), (end, -1.0)]).collect();
    events.order_by(|a, b| a.0.total_cmp(&b.0));
    let mut count = 0.0;
    let mut steps: Vec<(f64, f64)> = Vec::new();
    for moment in events.chunk_by(|a, b| a.0 == b.0) {
        let change: f64 = moment.iter().map(|(_, change)| change).sum();
        count += change;
        if let (Some((at, _)), true) = (moment.first(), change != 0.0) {
            steps.push((*at, count));
        }
    }
    steps
}

/// Mean over time, `Σ count × duration / (end − start)`; `None` of nothing. By Little's law it is the request rate of the
/// same window times the mean latency.
pub fn mean(steps: &[(f64, f64)]) -> Option<f64> {
    let ((start, _), (end, _)) = (steps.first()?, steps.last()?);
    let area: f64 = steps.windows(2).map(|pair| pair[0].1 * (pair[1].0 - pair[0].0)).sum();
    (end > start).then(|| area / (end - start))
}

/// The steps at no more than so many moments: the greatest count within each of as many windows of equal length, at the
/// window's beginning. Steps that are few enough stay as they are.
pub fn peaks(steps: &[(f64, f64)], most: usize) -> Vec<(f64, f64)> {
    let (Some((start, _)), Some((end, _))) = (steps.first(), steps.last()) else { return Vec::new() };
    if steps.len() <= most || most == 0 {
        return steps.to_vec();
    }
    let width = (end - start) / most as f64;
    let mut found = Vec::with_capacity(most);
    let (mut at, mut held) = (0, 0.0);
    for window in 0..most {
        let from = start + width * window as f64;
        let to = if window + 1 == most { f64::INFINITY } else { from + width };
        let mut peak: f64 = held;
        while let Some((_, count)) = steps.get(at).filter(|(moment, _)| *moment < to) {
            (peak, held) = (peak.max(*count), *count);
            at += 1;
        }
        found.push((from, peak));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_change_at_beginnings_and_ends() {
        let found = steps([(0.0, 4.0), (1.0, 3.0), (3.0, 5.0), (2.0, 2.0), (9.0, 1.0), (f64::NAN, 1.0)]);
        // At 3 one ends and another begins: nothing changes.
        assert_eq!(found, [(0.0, 1.0), (1.0, 2.0), (4.0, 1.0), (5.0, 0.0)]);
        // Durations 4 + 2 + 2 over 5 seconds.
        assert_eq!(mean(&found), Some(8.0 / 5.0));
        assert_eq!((mean(&[]), steps([])), (None, vec![]));
    }

    #[test]
    fn windows_keep_their_peak() {
        let found = steps((0..100).map(|i| (f64::from(i), f64::from(i) + 1.5)));
        assert_eq!(found.len(), 200);
        let few = peaks(&found, 10);
        assert_eq!(few.len(), 10);
        assert!(few.iter().all(|(_, count)| *count == 2.0), "{few:?}");
        assert_eq!(peaks(&found, 200), found);
    }
}
