//! Counters and histograms of a source, as increases between scrapes.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::Source;
use super::scraped::Once;
use crate::analysis::buckets::{Observed, Step, gain, together};
use crate::catalog::server_counters::{self, Counted};
use crate::record::Stat;
use crate::sorting::Sorting;
use crate::table::{Dimension, Table};

/// Dimensions that are no label of a series: where it comes from, and what part of it a row is.
const NOT_LABELS: [&str; 8] = ["path", "scrape", "part", "folder", "tool", "tool_version", "counted", "also_in"];

/// One series: what it counts, the rank of its name, the value of the splitting label.
struct Series {
    counted: &'static Counted,
    rank: usize,
    split: String,
    scrapes: BTreeMap<u64, Observed>,
}

/// Adds what some rows of the counters say to their source.
pub(super) fn add(table: &Table, rows: &[(f64, usize)], source: &mut Source) {
    let [Some(names), Some(parts)] = ["counted", "part"].map(|key| table.dimension(key)) else { return };
    let (Some(totals), bounds) = (table.figures("total", Stat::Mean), table.figures("bound", Stat::Mean)) else { return };
    let labels: Vec<(&str, Dimension<'_>)> = table
        .dimension_keys()
        .into_iter()
        .filter(|key| !NOT_LABELS.contains(key))
        .filter_map(|key| Some((key, table.dimension(key)?)))
        .collect();
    let ranks = ["tp_rank", "pp_rank"].map(|key| table.dimension(key));
    let mut index: FxHashMap<Vec<Option<u32>>, usize> = FxHashMap::default();
    let mut all: Vec<Series> = Vec::new();
    // Tensor-parallel and pipeline ranks repeat what the first of their engine counts; of a data-parallel engine that need not
    // be number 0.
    let least = |rank: &Dimension<'_>| rows.iter().filter_map(|(_, row)| rank.number(*row)).fold(f64::INFINITY, f64::min);
    let ranks: Vec<(Dimension<'_>, f64)> = ranks.into_iter().flatten().map(|rank| (rank, least(&rank))).collect();
    let mut by_name: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (_, row) in rows {
        by_name.entry(names.code(*row).unwrap_or(u32::MAX)).or_default().push(*row);
    }
    let once: BTreeMap<u32, Once<'_>> =
        by_name.into_iter().map(|(name, rows)| (name, Once::of(table, rows.into_iter()))).collect();
    // A source has one clock, so that moments are told apart by their bits, which rise with them.
    for (at, row) in rows {
        if ranks.iter().any(|(rank, least)| rank.number(*row).is_some_and(|rank| rank > *least)) {
            continue;
        }
        if names.code(*row).and_then(|name| once.get(&name)).is_some_and(|once| !once.counts(*row)) {
            continue;
        }
        let Some((counted, rank)) = names.text(*row).and_then(server_counters::counted) else { continue };
        let Some(total) = totals.get(*row) else { continue };
        let key = std::iter::once(names.code(*row)).chain(labels.iter().map(|(_, label)| label.code(*row))).collect();
        let next = all.len();
        let at_series = *index.entry(key).or_insert(next);
        if at_series == next {
            let split = labels.iter().find(|(key, _)| *key == counted.split).and_then(|(_, label)| label.text(*row));
            all.push(Series { counted, rank, split: split.unwrap_or_default().to_owned(), scrapes: BTreeMap::new() });
        }
        let scrape = all[at_series].scrapes.entry(at.to_bits()).or_default();
        match (parts.text(*row), bounds.and_then(|bounds| bounds.get(*row))) {
            (Some("bucket"), Some(bound)) => scrape.buckets.push((bound * counted.factor, total)),
            (Some("sum"), _) => scrape.sum = total * counted.factor,
            // The bucket without a bound says the same as the count, where there is one.
            (Some("all"), _) if scrape.count > 0.0 => {}
            _ if counted.histogram => scrape.count = total,
            _ => scrape.count = total * counted.factor,
        }
    }
    // Of old and new names of one thing the first that is there counts.
    let mut best: BTreeMap<&str, usize> = BTreeMap::new();
    for series in &all {
        let rank = best.entry(series.counted.key).or_insert(series.rank);
        *rank = (*rank).min(series.rank);
    }
    all.retain(|series| best.get(series.counted.key) == Some(&series.rank));
    let mut first: BTreeMap<&str, f64> = BTreeMap::new();
    for series in &all {
        let began = series.scrapes.keys().next().map_or(f64::INFINITY, |at| f64::from_bits(*at));
        let earliest = first.entry(series.counted.key).or_insert(began);
        *earliest = earliest.min(began);
    }
    let moments: Vec<f64> = {
        let mut moments: Vec<f64> = all.iter().flat_map(|series| series.scrapes.keys()).map(|at| f64::from_bits(*at)).collect();
        moments.order_by(f64::total_cmp);
        moments.dedup();
        moments
    };
    let mut histograms: BTreeMap<&'static str, Vec<Step<Observed>>> = BTreeMap::new();
    for Series { counted, split, scrapes, .. } in all {
        let mut scrapes: Vec<(f64, Observed)> = scrapes.into_iter().map(|(at, of)| (f64::from_bits(at), of)).collect();
        scrapes.order_by(|a, b| a.0.total_cmp(&b.0));
        scrapes.iter_mut().for_each(|(_, of)| of.buckets.order_by(|a, b| a.0.total_cmp(&b.0)));
        if let Some((_, last)) = scrapes.last() {
            source.totals.entry(counted.key).or_default().add(last);
        }
        // A series that appears after others of its name began at 0 since the scrape before.
        let began = scrapes.first().map_or(0.0, |(at, _)| *at);
        if first.get(counted.key).is_some_and(|earliest| *earliest < began)
            && let Some(before) = moments.partition_point(|at| *at < began).checked_sub(1).and_then(|at| moments.get(at))
        {
            scrapes.insert(0, (*before, Observed::default()));
        }
        let steps = scrapes.windows(2).map(|pair| (pair[0].0, pair[1].0, &pair[0].1, &pair[1].1));
        let fell = steps.clone().filter(|(_, _, before, after)| after.count < before.count).map(|(_, to, ..)| to);
        source.restarts.extend(fell);
        if counted.histogram {
            let steps = steps.map(|(from, to, before, after)| Step { from, to, by: after.since(before) });
            histograms.entry(counted.key).or_default().extend(steps);
        } else {
            let steps = steps.map(|(from, to, before, after)| Step { from, to, by: gain(before.count, after.count) });
            let known = source.counts.entry(counted.key).or_default().entry(split).or_default();
            *known = summed(known.drain(..).chain(steps));
        }
    }
    for (key, steps) in histograms {
        source.histograms.insert(key, together(steps));
    }
    source.restarts.order_by(f64::total_cmp);
    source.restarts.dedup();
}

/// The sum of steps by the moment of their scrape.
fn summed(steps: impl Iterator<Item = Step<f64>>) -> Vec<Step<f64>> {
    let mut steps: Vec<Step<f64>> = steps.collect();
    steps.order_by(|a, b| a.to.total_cmp(&b.to));
    let mut sums: Vec<Step<f64>> = Vec::new();
    for step in steps {
        match sums.last_mut().filter(|last| last.to == step.to) {
            Some(last) => last.by += step.by,
            None => sums.push(step),
        }
    }
    sums
}
