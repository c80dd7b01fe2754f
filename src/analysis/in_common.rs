//! What some selected records have in common that the others have not.
//!
//! A category counts if most of the selected are in it and so many would hardly be there by chance: the probability that
//! a random selection of the same size has as many, `P(X ≥ k)` of a binomial distribution with the category's share of all
//! records, is at most [`CHANCE`]. A range is the narrowest one with [`MOST`] of the selected, judged by the same rule.

use crate::sorting::Sorting;

/// The greatest probability of a coincidence. Small, because many properties are tried.
const CHANCE: f64 = 1e-4;
/// The least share of the selected that has what they have in common.
const MOST: f64 = 0.9;
/// The greatest share of all records that lies in a range worth telling.
const NARROW: f64 = 0.5;

/// A value that most of the selected have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Category {
    /// The value's code.
    pub code: u32,
    /// How many of the selected have it.
    pub inside: usize,
    /// How many of all records have it.
    pub of_all: usize,
    /// The probability of as many by chance.
    pub chance: f64,
}

/// The value that most of the selected have, if they have it more often than by chance. `codes` and `selected` are of the
/// same records.
pub fn category(codes: &[Option<u32>], selected: &[bool]) -> Option<Category> {
    most_common(codes, selected).filter(|found| found.chance <= CHANCE)
}

/// The value that most of the selected have, if not all records have it.
pub fn most_common(codes: &[Option<u32>], selected: &[bool]) -> Option<Category> {
    let chosen = selected.iter().filter(|selected| **selected).count();
    let values = codes.iter().flatten().copied().max().map_or(0, |greatest| greatest as usize + 1);
    let mut counts = vec![(0_usize, 0_usize); values];
    for (code, selected) in codes.iter().zip(selected) {
        if let Some(count) = code.and_then(|code| counts.get_mut(code as usize)) {
            count.0 += usize::from(*selected);
            count.1 += 1;
        }
    }
    let (code, (inside, of_all)) = counts.into_iter().enumerate().max_by_key(|(_, (inside, _))| *inside)?;
    let chance = at_least(inside, chosen, of_all as f64 / codes.len() as f64);
    let found = inside as f64 >= MOST * chosen as f64 && inside > 0 && of_all < codes.len();
    found.then_some(Category { code: code as u32, inside, of_all, chance })
}

/// A range in which most of the selected lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The lowest and the highest of the selected in it.
    pub ends: [f64; 2],
    /// How many of the selected lie in it.
    pub inside: usize,
    /// How many of all records lie in it.
    pub of_all: usize,
    /// The probability of as many by chance.
    pub chance: f64,
}

/// The narrowest range (the one with fewest of all records) with most of the selected, if it has more of them than by
/// chance. Missing values lie nowhere.
pub fn range(values: &[Option<f64>], selected: &[bool]) -> Option<Range> {
    let number = |value: &Option<f64>| value.filter(|value| value.is_finite());
    let chosen = selected.iter().filter(|selected| **selected).count();
    let mut all: Vec<f64> = values.iter().filter_map(number).collect();
    all.order_by(f64::total_cmp);
    let mut inside: Vec<f64> =
        values.iter().zip(selected).filter(|(_, selected)| **selected).filter_map(|(value, _)| number(value)).collect();
    inside.order_by(f64::total_cmp);
    let most = (MOST * chosen as f64).ceil() as usize;
    let within = |window: &[f64]| {
        let (low, high) = (*window.first()?, *window.last()?);
        let covered = all.partition_point(|value| *value <= high) - all.partition_point(|value| *value < low);
        Some((covered, [low, high]))
    };
    // All of them if they are close together, else most of them.
    let windows = [inside.len(), most].into_iter().filter(|size| *size >= most.max(1));
    let narrowest = |size: usize| inside.windows(size).filter_map(within).min_by_key(|(covered, _)| *covered);
    windows.filter_map(narrowest).find_map(|(covered, ends)| {
        let inside = inside.iter().filter(|value| (ends[0]..=ends[1]).contains(value)).count();
        let share = covered as f64 / all.len() as f64;
        let chance = at_least(inside, chosen, share);
        (share <= NARROW && chance <= CHANCE).then_some(Range { ends, inside, of_all: covered, chance })
    })
}

/// `P(X ≥ k)` of a binomial distribution of `n` trials with probability `p`.
fn at_least(k: usize, n: usize, p: f64) -> f64 {
    if k == 0 || p >= 1.0 {
        return 1.0;
    }
    if p <= 0.0 || k > n {
        return 0.0;
    }
    // ln C(n, i) grows by ln((n − i) ÷ (i + 1)) from one term to the next.
    let (mut choose, mut sum) = (0.0_f64, 0.0_f64);
    for i in 0..=n {
        if i >= k {
            sum += (choose + i as f64 * p.ln() + (n - i) as f64 * (1.0 - p).ln()).exp();
        }
        choose += ((n - i) as f64).ln() - ((i + 1) as f64).ln();
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binomial_tail_by_hand() {
        // P(X ≥ 2) of 3 throws of a fair coin: (3 + 1) ÷ 8.
        assert!((at_least(2, 3, 0.5) - 0.5).abs() < 1e-12);
        // P(X ≥ 1) of 4 with 1/10: 1 − 0.9⁴.
        assert!((at_least(1, 4, 0.1) - (1.0 - 0.9_f64.powi(4))).abs() < 1e-12);
        // P(X = 8) of 8 with 1/4.
        assert!((at_least(8, 8, 0.25) - 0.25_f64.powi(8)).abs() < 1e-15);
        assert_eq!((at_least(0, 5, 0.3), at_least(3, 5, 0.0), at_least(3, 5, 1.0)), (1.0, 0.0, 1.0));
    }

    #[test]
    fn a_value_that_all_selected_share_and_few_others_have() {
        let codes: Vec<Option<u32>> = (0..100).map(|i| Some(u32::from(i >= 90))).collect();
        let selected: Vec<bool> = (0..100).map(|i| i >= 92).collect();
        let found = category(&codes, &selected).expect("found");
        assert_eq!((found.code, found.inside, found.of_all), (1, 8, 10));
        // Of everything everybody has nothing is told, nor of a selection of two.
        assert_eq!(category(&vec![Some(0); 100], &selected), None);
        let two: Vec<bool> = (0..100).map(|i| i >= 98).collect();
        assert_eq!(category(&codes, &two), None, "0.1² is no proof");
    }

    #[test]
    fn a_range_with_most_of_the_selected() {
        let values: Vec<Option<f64>> = (0..1000).map(|i| Some(f64::from(i))).collect();
        let mut selected: Vec<bool> = (0..1000).map(|i| (100..110).contains(&i)).collect();
        assert_eq!(range(&values, &selected).map(|found| (found.ends, found.inside)), Some(([100.0, 109.0], 10)));
        // One far away: the range is of the other nine.
        selected[100] = false;
        selected[900] = true;
        assert_eq!(range(&values, &selected).map(|found| (found.ends, found.inside)), Some(([101.0, 109.0], 9)));
        let scattered: Vec<bool> = (0..1000).map(|i| i % 100 == 0).collect();
        assert_eq!(range(&values, &scattered), None);
    }
}
