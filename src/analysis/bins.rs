//! Series of different clocks on one: time in equal steps, what several sources report together, and what zone a clock is in.
//!
//! Sources report when they like. Averaging what bears the same stamp, as the reference dashboard does, averages
//! another subset of them every second (`../shared/formats/srt-slurm.md` §6.1-9). Here each source has one value a step:
//! the mean of what it reported in it, else what it reported last, for a while.

use crate::sorting::Sorting;

/// Equal steps of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Steps {
    /// Where the first begins, in seconds.
    pub start: f64,
    /// How long each is, in seconds.
    pub width: f64,
    /// How many there are.
    pub count: usize,
}

/// Steps drawn at most, in one line.
pub const MOST_STEPS: usize = 1200;

/// Lengths that people read easily, in seconds.
const WIDTHS: [f64; 13] = [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0];

/// Pauses shorter than this are none: stamps have whole seconds, and a busy source is sometimes late.
const SHORTEST_PAUSE: f64 = 5.0;

impl Steps {
    /// Steps that cover the time from `from` to `to`, counted from an origin, so that they stay where they are when
    /// the time shown changes.
    pub fn over(origin: f64, from: f64, to: f64, width: f64) -> Steps {
        let width = if width > 0.0 { width } else { 1.0 };
        let first = ((from - origin) / width).floor();
        let last = ((to - origin) / width).floor();
        let count = if last >= first { (last - first) as usize + 1 } else { 0 };
        Steps { start: origin + first * width, width, count }
    }

    /// As few equal steps as fill the time from `from` to `to`, none longer than `longest`.
    pub fn within(from: f64, to: f64, longest: f64) -> Steps {
        let span = (to - from).max(0.0);
        let count = (span / longest - 1e-9).ceil().max(1.0);
        Steps { start: from, width: (span / count).max(f64::MIN_POSITIVE), count: count as usize }
    }

    /// The step in which a moment lies.
    pub fn of(&self, moment: f64) -> Option<usize> {
        let at = ((moment - self.start) / self.width).floor();
        (at >= 0.0 && at < self.count as f64).then_some(at as usize)
    }

    /// The middle of a step.
    pub fn middle(&self, step: usize) -> f64 {
        self.start + (step as f64 + 0.5) * self.width
    }
}

/// The shortest of the usual lengths that needs no more than [`MOST_STEPS`] steps, at least `shortest` seconds; hours
/// beyond the usual.
pub fn width(span: f64, shortest: f64) -> f64 {
    let fits = |width: &f64| *width >= shortest && span / width <= MOST_STEPS as f64;
    WIDTHS.into_iter().find(fits).unwrap_or_else(|| (span / MOST_STEPS as f64 / 3600.0).ceil().max(1.0) * 3600.0)
}

/// The mean of what lies in each step.
pub fn means(steps: &Steps, samples: impl IntoIterator<Item = (f64, f64)>) -> Vec<Option<f64>> {
    let mut found = vec![(0.0, 0u32); steps.count];
    for (moment, value) in samples {
        if let Some((sum, count)) = steps.of(moment).and_then(|at| found.get_mut(at)) {
            *sum += value;
            *count += 1;
        }
    }
    found.into_iter().map(|(sum, count)| (count > 0).then(|| sum / f64::from(count))).collect()
}

/// The sum of what lies in each step.
pub fn sums(steps: &Steps, samples: impl IntoIterator<Item = (f64, f64)>) -> Vec<f64> {
    let mut found = vec![0.0; steps.count];
    for (moment, value) in samples {
        if let Some(sum) = steps.of(moment).and_then(|at| found.get_mut(at)) {
            *sum += value;
        }
    }
    found
}

/// Steps without a value take the one before them, at most `most` steps on.
pub fn hold(values: &mut [Option<f64>], most: usize) {
    let mut last: Option<(usize, f64)> = None;
    for (at, value) in values.iter_mut().enumerate() {
        match (*value, last) {
            (Some(value), _) => last = Some((at, value)),
            (None, Some((before, held))) if at - before <= most => *value = Some(held),
            (None, _) => {}
        }
    }
}

/// How long a source's silence must be to be a pause, in seconds: three times its median interval, at least 5 s. Its
/// moments come in order; those that share a stamp count once.
pub fn pause(moments: impl IntoIterator<Item = f64>) -> f64 {
    let mut before: Option<f64> = None;
    let mut intervals: Vec<f64> = Vec::new();
    for moment in moments {
        intervals.extend(before.map(|before| moment - before).filter(|interval| *interval > 0.0));
        before = Some(moment);
    }
    let middle = intervals.len() / 2;
    if intervals.is_empty() {
        return SHORTEST_PAUSE;
    }
    let (_, median, _) = intervals.select_nth_unstable_by(middle, f64::total_cmp);
    (3.0 * *median).max(SHORTEST_PAUSE)
}

/// By how much stamps may be early, in seconds: by up to one where all are whole seconds, which leave out what is beyond them.
pub fn resolution(moments: impl IntoIterator<Item = f64>) -> f64 {
    if moments.into_iter().all(|moment| moment.fract() == 0.0) { 1.0 } else { 0.0 }
}

/// What several sources report together in one step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Together {
    /// The sum over the sources that have a value.
    pub sum: f64,
    /// The lowest value of a source.
    pub low: f64,
    /// The highest value of a source.
    pub high: f64,
    /// How many sources have one.
    pub sources: u32,
}

impl Together {
    /// The mean over the sources that have a value.
    pub fn mean(&self) -> Option<f64> {
        (self.sources > 0).then(|| self.sum / f64::from(self.sources))
    }

    /// The sum, where there is any.
    pub fn total(&self) -> Option<f64> {
        (self.sources > 0).then_some(self.sum)
    }
}

/// Adds a source's values, step by step.
pub fn add(together: &mut [Together], values: &[Option<f64>]) {
    for (all, value) in together.iter_mut().zip(values) {
        let Some(value) = *value else { continue };
        (all.low, all.high) = match all.sources {
            0 => (value, value),
            _ => (all.low.min(value), all.high.max(value)),
        };
        all.sum += value;
        all.sources += 1;
    }
}

/// By how many whole hours a clock without a zone is ahead of the one that stamped these windows: the shift that brings
/// the most moments into windows, and 0 unless that is at least half of them and ten times what no shift does.
pub fn hours_ahead(moments: &[f64], windows: &[(f64, f64)]) -> i32 {
    /// From UTC−12 against UTC+14 and back.
    const MOST: i32 = 26;
    let mut merged: Vec<(f64, f64)> = Vec::new();
    let mut sorted: Vec<(f64, f64)> = windows.iter().copied().filter(|(from, to)| from <= to).collect();
    sorted.order_by(|a, b| a.0.total_cmp(&b.0));
    for (from, to) in sorted {
        match merged.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    let inside = |moment: f64| {
        let after = merged.partition_point(|(from, _)| *from <= moment);
        after.checked_sub(1).and_then(|at| merged.get(at)).is_some_and(|(_, to)| moment <= *to)
    };
    let count = |hours: i32| moments.iter().filter(|moment| inside(**moment - 3600.0 * f64::from(hours))).count();
    let unshifted = count(0);
    let shifts = (1..=MOST).flat_map(|hours| [hours, -hours]);
    let best = shifts.map(|hours| (count(hours), hours)).reduce(|best, other| if other.0 > best.0 { other } else { best });
    let convincing = |(found, _): &(usize, i32)| *found > 0 && found * 2 >= moments.len() && *found >= 10 * unshifted;
    best.filter(convincing).map_or(0, |(_, hours)| hours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_stay_where_they_are() {
        let steps = Steps::over(100.0, 103.0, 119.0, 5.0);
        assert_eq!(steps, Steps { start: 100.0, width: 5.0, count: 4 });
        assert_eq!(
            [steps.of(99.9), steps.of(100.0), steps.of(104.999), steps.of(119.9), steps.of(120.0)],
            [None, Some(0), Some(0), Some(3), None]
        );
        assert_eq!(Steps::over(100.0, 111.0, 119.0, 5.0).start, 110.0);
        assert_eq!(Steps::over(0.0, 5.0, 1.0, 5.0).count, 0);
        assert_eq!(Steps::within(100.0, 200.0, 5.0), Steps { start: 100.0, width: 5.0, count: 20 });
        assert_eq!(Steps::within(100.0, 103.0, 2.0), Steps { start: 100.0, width: 1.5, count: 2 });
        assert_eq!((width(600.0, 1.0), width(1300.0, 1.0), width(1300.0, 5.0)), (1.0, 2.0, 5.0));
        assert!(1e9 / width(1e9, 1.0) <= MOST_STEPS as f64);
    }

    /// The defect of the reference: ranks that report a second apart share no stamp, so it averages one of them at a time.
    #[test]
    fn ranks_that_report_a_second_apart_count_together() {
        let steps = Steps::over(0.0, 0.0, 19.0, 5.0);
        let mut together = vec![Together::default(); steps.count];
        for (offset, level) in [(0.0, 100.0), (1.0, 300.0)] {
            let mut values = means(&steps, (0..10).map(|i| (f64::from(i) * 2.0 + offset, level)));
            hold(&mut values, 1);
            add(&mut together, &values);
        }
        for step in together {
            assert_eq!((step.total(), step.mean(), step.low, step.high), (Some(400.0), Some(200.0), 100.0, 300.0));
        }
    }

    #[test]
    fn a_value_holds_for_a_while_and_no_longer() {
        let mut values = [Some(1.0), None, None, None, Some(2.0), None];
        hold(&mut values, 2);
        assert_eq!(values, [Some(1.0), Some(1.0), Some(1.0), None, Some(2.0), Some(2.0)]);
        let mut none = [None, Some(3.0)];
        hold(&mut none, 9);
        assert_eq!(none, [None, Some(3.0)]);
        assert_eq!(pause([0.0, 1.0, 1.0, 2.0, 60.0]), 5.0);
        assert_eq!(pause([0.0, 10.0, 20.0, 30.0]), 30.0);
        assert_eq!(pause([]), 5.0);
        assert_eq!((resolution([7.0, 9.0]), resolution([7.0, 9.25])), (1.0, 0.0));
    }

    #[test]
    fn sums_count_every_sample_once() {
        let steps = Steps::over(0.0, 0.0, 9.0, 5.0);
        assert_eq!(sums(&steps, [(0.0, 1.0), (4.0, 2.0), (5.0, 4.0), (12.0, 8.0)]), [3.0, 4.0]);
        assert_eq!(means(&steps, [(0.0, 1.0), (4.0, 2.0)]), [Some(1.5), None]);
    }

    #[test]
    fn a_clock_of_another_zone_is_found() {
        let windows = [(10_000.0, 10_600.0), (10_700.0, 11_300.0)];
        let moments: Vec<f64> = (9_900..11_400).step_by(10).map(f64::from).collect();
        assert_eq!(hours_ahead(&moments, &windows), 0);
        for hours in [-8, -1, 1, 2, 9] {
            let shifted: Vec<f64> = moments.iter().map(|moment| moment + 3600.0 * f64::from(hours)).collect();
            assert_eq!(hours_ahead(&shifted, &windows), hours);
        }
        // A log of another day says nothing.
        let strange: Vec<f64> = moments.iter().map(|moment| moment + 500_000.0).collect();
        assert_eq!(hours_ahead(&strange, &windows), 0);
        assert_eq!(hours_ahead(&[], &windows), 0);
    }
}
