//! The verdict in a sentence: who is faster, at which loads and by how much, and what became of the latencies.

use super::Comparison;
use crate::analysis::mean;
use crate::analysis::pair::Interval;
use crate::analysis::verdict::{Verdict, verdict};
use crate::catalog::number;
use crate::comparison::kpis::Kpi;
use crate::comparison::pairing::{Configuration, name};
use crate::comparison::scorecard::{Score, mean_change};
use crate::record::LoadKind;
use crate::sorting::Sorting;
use crate::view_model::{Headline, Tone};

/// Throughput, of which the first that is there says who is faster.
const THROUGHPUT: [&str; 3] = ["output_tps", "total_tps", "rps"];
/// From this ratio on a change is a factor rather than a percentage.
const FACTOR: f64 = 2.0;
/// Changes that differ by more percentage points than these are told as a range.
const WIDE: f64 = 10.0;
/// Candidates that are named.
const NAMED: usize = 4;

/// The levels with one verdict.
struct Share {
    verdict: Verdict,
    /// Their positions among all levels.
    at: Vec<usize>,
}

/// A level: its load, the change there in percent, and what it may be where there are repeats.
type Level = (f64, f64, Option<Interval>);

/// The sentence; `None` where nothing is compared.
pub(super) fn headline(comparison: &Comparison<'_>) -> Option<Headline> {
    let by = comparison.kpis.iter().position(|by| THROUGHPUT.contains(&by.metric)).unwrap_or(0);
    let kpi = comparison.kpis.get(by)?;
    match (comparison.pairing.matched.as_slice(), comparison.sides.len()) {
        ([], _) | (_, 0 | 1) => None,
        ([one], 2) => of_one(comparison, one, by, kpi),
        (_, 2) => of_many(comparison, by, kpi),
        _ => of_candidates(comparison, by, kpi),
    }
}

/// The names of the sides: of paths the first part in which they differ, where it tells them apart, else all from there on.
pub(super) fn names(comparison: &Comparison<'_>) -> Vec<String> {
    let names: Vec<String> = comparison.sides.iter().map(|side| name(comparison.by, side)).collect();
    if !matches!(comparison.by, "path" | "files" | "folder") {
        return names;
    }
    let folders = |name: &String| name.rmatch_indices('/').map(|(at, _)| at + 1).collect::<Vec<usize>>();
    let first = names.first().cloned().unwrap_or_default();
    let common = folders(&first).into_iter().find(|at| names.iter().all(|name| name.get(..*at) == first.get(..*at)));
    let rest: Vec<&str> = names.iter().map(|name| name.get(common.unwrap_or(0)..).unwrap_or(name)).collect();
    let heads: Vec<&str> = rest.iter().map(|name| name.split('/').next().unwrap_or(name)).collect();
    let distinct = heads.iter().collect::<std::collections::BTreeSet<_>>().len() == heads.len();
    (if distinct { heads } else { rest }).into_iter().map(str::to_owned).collect()
}

fn of_one(comparison: &Comparison<'_>, one: &Configuration, by: usize, kpi: &Kpi) -> Option<Headline> {
    let names = names(comparison);
    let levels = comparison.judge.every_level(one, kpi).by_level(1);
    let verdicts =
        levels.iter().map(|(_, change, interval)| verdict(Some(*change), *interval, kpi.better(), comparison.judge.threshold()));
    let verdicts: Vec<Verdict> = verdicts.collect();
    let share = |wanted: Verdict| {
        let at: Vec<usize> = (0..verdicts.len()).filter(|at| verdicts[*at] == wanted).collect();
        (!at.is_empty()).then_some(Share { verdict: wanted, at })
    };
    let mut decided: Vec<Share> = [Verdict::Better, Verdict::Worse].into_iter().filter_map(share).collect();
    decided.order_by_key(|share| std::cmp::Reverse(share.at.len()));
    let similar = share(Verdict::Similar);
    let where_ = |share: &Share| at(one, &levels, &share.at);
    let [base, other] = names.as_slice() else { return None };
    let threshold = number::short(comparison.judge.threshold());
    let mut text = match (decided.as_slice(), &similar) {
        ([], None) => return None,
        ([], Some(similar)) => format!("{other} and {base} are equally fast {} (within {threshold}%)", where_(similar)),
        ([first, rest @ ..], _) => {
            let mut text = format!("{other} is {} than {base} {}", speed(&levels, first), where_(first));
            for share in rest {
                text.push_str(&format!(", {} {}", speed(&levels, share), where_(share)));
            }
            if let Some(similar) = &similar {
                text.push_str(&format!(", equal {}", where_(similar)));
            }
            text
        }
    };
    if let Some(load) = crossover(&levels, &decided) {
        text.push_str(&format!("; crossover near {}", rounded(load)));
    }
    text.push('.');
    let outcomes = comparison.outcomes.first().and_then(|row| row.first());
    let latencies =
        outcomes.map(|outcomes| latencies(comparison, by, |at| outcomes.get(at)?.as_ref()?.change)).unwrap_or_default();
    if !latencies.is_empty() {
        text.push_str(&format!(" {}.", latencies.join(", ")));
    }
    let tones: Vec<Verdict> = decided.iter().map(|share| share.verdict).collect();
    Some(Headline { text, tone: tone_of(&tones) })
}

/// Two significant digits, which a sentence can carry.
fn rounded(value: f64) -> String {
    let digits = if value.abs() >= 10.0 { 0 } else { 1 };
    format!("{value:.digits$}").trim_end_matches(".0").to_owned()
}

fn percent(size: f64) -> String {
    format!("{}%", rounded(size))
}

fn with_sign(change: f64) -> String {
    format!("{}{}", if change < 0.0 { "−" } else { "+" }, percent(change.abs()))
}

/// `26% slower`; of levels that are far apart `15–58% slower`.
fn speed(levels: &[Level], share: &Share) -> String {
    let changes: Vec<f64> = share.at.iter().filter_map(|at| Some(levels.get(*at)?.1)).collect();
    let ratio = mean::geometric(changes.iter().map(|change| 1.0 + change / 100.0)).unwrap_or(1.0);
    let word = if share.verdict == Verdict::Better { "faster" } else { "slower" };
    if ratio >= FACTOR {
        return format!("{} times faster", rounded(ratio));
    }
    let least = changes.iter().map(|change| change.abs()).fold(f64::INFINITY, f64::min);
    let most = changes.iter().map(|change| change.abs()).fold(0.0, f64::max);
    if most - least > WIDE {
        return format!("{}–{} {word}", rounded(least), percent(most));
    }
    format!("{} {word}", percent((100.0 * (ratio - 1.0)).abs()))
}

/// `at concurrency 4–16`: a range where no other level lies between.
fn at(one: &Configuration, levels: &[Level], at: &[usize]) -> String {
    let load = |at: &usize| number::short(levels.get(*at).map_or(0.0, |level| level.0));
    let runs: Vec<String> = at
        .chunk_by(|a, b| a + 1 == *b)
        .map(|run| match run {
            [one] => load(one),
            [one, .., other] => format!("{}–{}", load(one), load(other)),
            [] => String::new(),
        })
        .collect();
    let range = match runs.as_slice() {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        runs => runs.concat(),
    };
    match one.kind {
        Some(LoadKind::Max) => "at maximum load".to_owned(),
        Some(LoadKind::Concurrency) => format!("at concurrency {range}"),
        Some(LoadKind::Rate) => format!("at {range} req/s"),
        None => format!("at load {range}"),
    }
}

/// The load at which the change is 0, between two levels where it has different signs, if each side is ahead somewhere:
/// the logarithm of the ratio is linear between levels over the logarithm of the load.
fn crossover(levels: &[Level], decided: &[Share]) -> Option<f64> {
    let ahead = |verdict| decided.iter().any(|share| share.verdict == verdict);
    if !(ahead(Verdict::Better) && ahead(Verdict::Worse)) {
        return None;
    }
    let log = |change: f64| (1.0 + change / 100.0).ln();
    let pair = levels.windows(2).find(|pair| log(pair[0].1) * log(pair[1].1) < 0.0 && pair[0].0 > 0.0)?;
    let ((low, before, _), (high, after, _)) = (pair[0], pair[1]);
    let share = log(before) / (log(before) - log(after));
    Some((low.ln() + share * (high.ln() - low.ln())).exp())
}

/// What became of the latencies: those that changed, or that none did.
fn latencies(comparison: &Comparison<'_>, primary: usize, change: impl Fn(usize) -> Option<f64>) -> Vec<String> {
    let mut found = Vec::new();
    let mut compared = 0;
    for (at, kpi) in comparison.kpis.iter().enumerate() {
        if at == primary || THROUGHPUT.contains(&kpi.metric) {
            continue;
        }
        let Some(change) = change(at) else { continue };
        compared += 1;
        let word = match verdict(Some(change), None, kpi.better(), comparison.judge.threshold()) {
            Verdict::Better => "better",
            Verdict::Worse => "worse",
            Verdict::Similar | Verdict::Unknown => continue,
        };
        let ratio = 1.0 + change / 100.0;
        let by = if ratio >= FACTOR {
            format!("× {}", rounded(ratio))
        } else if ratio > 0.0 && ratio <= 1.0 / FACTOR {
            format!("÷ {}", rounded(1.0 / ratio))
        } else {
            with_sign(change)
        };
        found.push(format!("{} {by} ({word})", kpi.title()));
    }
    if found.is_empty() && compared > 0 {
        found.push("Latencies are similar".to_owned());
    }
    found
}

fn of_many(comparison: &Comparison<'_>, by: usize, kpi: &Kpi) -> Option<Headline> {
    let names = names(comparison);
    let [base, other] = names.as_slice() else { return None };
    let mut pairs: Vec<_> = comparison.column(0, by).collect();
    let change = mean_change(pairs.iter().map(|(_, outcome)| *outcome))?;
    let score = Score::of(pairs.iter().map(|(_, outcome)| *outcome));
    let sign = if kpi.higher { 1.0 } else { -1.0 };
    pairs.order_by(|(_, a), (_, b)| (sign * a.change.unwrap_or_default()).total_cmp(&(sign * b.change.unwrap_or_default())));
    let overall = verdict(Some(change), None, kpi.better(), comparison.judge.threshold());
    let how = match overall {
        Verdict::Better | Verdict::Worse => {
            let word = if overall == Verdict::Better { "faster" } else { "slower" };
            format!("{} {word} than {base}", percent(change.abs()))
        }
        Verdict::Similar | Verdict::Unknown => format!("as fast as {base} ({})", with_sign(change)),
    };
    let mut text = format!("{other} is on average {how} over {} configurations ({}).", pairs.len(), score.words());
    if let Some((one, outcome)) = pairs.first().filter(|(_, outcome)| outcome.verdict == Verdict::Worse) {
        text.push_str(&format!(" Worst: {}, {}.", one.label, with_sign(outcome.change.unwrap_or_default())));
    }
    let latencies = latencies(comparison, by, |at| mean_change(comparison.column(0, at).map(|(_, outcome)| outcome)));
    if !latencies.is_empty() {
        text.push_str(&format!(" {}.", latencies.join(", ")));
    }
    Some(Headline { text, tone: tone_of(&[overall]) })
}

fn of_candidates(comparison: &Comparison<'_>, by: usize, kpi: &Kpi) -> Option<Headline> {
    let names = names(comparison);
    let mut changes: Vec<(&String, f64)> = names
        .iter()
        .skip(1)
        .enumerate()
        .filter_map(|(candidate, name)| Some((name, mean_change(comparison.column(candidate, by).map(|(_, outcome)| outcome))?)))
        .collect();
    let sign = if kpi.higher { 1.0 } else { -1.0 };
    changes.order_by(|a, b| (sign * b.1).total_cmp(&(sign * a.1)));
    let base = names.first()?;
    let (best, change) = changes.first()?;
    let fastest = if sign * change > 0.0 { *best } else { base };
    let mut listed: Vec<String> =
        changes.iter().take(NAMED).map(|(name, change)| format!("{name} {}", with_sign(*change))).collect();
    if changes.len() > NAMED {
        listed.push(format!("{} more", changes.len() - NAMED));
    }
    let text = format!("{fastest} is the fastest. {} against {base}: {}.", kpi.title(), listed.join(", "));
    Some(Headline { text, tone: Tone::Plain })
}

fn tone_of(verdicts: &[Verdict]) -> Tone {
    let has = |wanted| verdicts.contains(&wanted);
    match (has(Verdict::Better), has(Verdict::Worse)) {
        (true, false) => Tone::Better,
        (false, true) => Tone::Worse,
        (true, true) => Tone::Plain,
        (false, false) => Tone::Similar,
    }
}
