//! The verdict in a sentence: who is faster, at which loads and by how much, and what became of the latencies.

use super::{Comparison, METRIC};
use crate::analysis::discovery;
use crate::analysis::mean;
use crate::analysis::pair::Interval;
use crate::analysis::verdict::{Verdict, verdict};
use crate::catalog::number;
use crate::comparison::judge::Levels;
use crate::comparison::kpis::Kpi;
use crate::comparison::pairing::{Configuration, name};
use crate::comparison::scorecard::{Score, mean_change};
use crate::comparison::words::{short, told_apart};
use crate::record::LoadKind;
use crate::sorting::Sorting;
use crate::view_model::{Headline, Tone};

/// Throughput, of which the first that is there says who is faster.
pub(super) const THROUGHPUT: [&str; 3] = ["output_tps", "total_tps", "rps"];
/// From this ratio on a change is a factor rather than a percentage.
const FACTOR: f64 = 2.0;
/// A spread of more percentage points than this is written as a range.
const WIDE: f64 = 10.0;
/// Letters up to which a file's name stands whole.
const WHOLE: usize = 40;
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
    let by = primary(comparison)?;
    let kpi = comparison.kpis.get(by)?;
    let mut headline = match (comparison.pairing.matched.as_slice(), comparison.sides.len()) {
        ([], _) | (_, 0 | 1) => return None,
        ([one], 2) => of_one(comparison, one, kpi)?,
        (_, 2) => of_many(comparison, by, kpi)?,
        _ => of_candidates(comparison, by, kpi)?,
    };
    headline.text.extend(gpus(comparison, by));
    let outcomes = || comparison.outcomes.iter().flatten().flatten().flatten();
    if outcomes().any(|outcome| outcome.ineligible) {
        let level = comparison.judge.eligibility().words();
        headline.text.push_str(&format!(" No win where the better side misses “{level}”: see the table."));
        headline.tone = Tone::Doubt;
    }
    if !comparison.unlike.is_empty() {
        headline.text = format!("Not like for like ({}): {}", comparison.unlike.join(", "), headline.text);
        headline.tone = Tone::Doubt;
    }
    Some(headline)
}

/// Of how many GPUs the sides are, where they differ in that: throughput is then also compared per GPU.
fn gpus(comparison: &Comparison<'_>, by: usize) -> Option<String> {
    let column = comparison.table.dimension("gpus")?;
    let of = |side: usize| {
        let rows = comparison.pairing.matched.iter().filter_map(|one| one.sides.get(side)).flatten();
        let counts: Option<Vec<f64>> = rows.map(|row| column.number(*row)).collect();
        let counts = counts?;
        let first = counts.first().copied().filter(|count| *count > 0.0)?;
        counts.iter().all(|count| *count == first).then_some(first)
    };
    let counts: Vec<f64> = (0..comparison.sides.len()).map(of).collect::<Option<_>>()?;
    let (base, others) = counts.split_first()?;
    if others.iter().all(|count| count == base) {
        return None;
    }
    let [other] = others else {
        let each = names(comparison).into_iter().zip(&counts).map(|(name, count)| format!("{name} {}", number::short(*count)));
        return Some(format!(" GPUs: {}.", each.collect::<Vec<_>>().join(", ")));
    };
    let change = mean_change(comparison.column(0, by).map(|(_, outcome)| outcome));
    let change = change.filter(|_| comparison.kpis.get(by).is_some_and(is_throughput));
    let per_gpu = change.map(|change| 100.0 * ((1.0 + change / 100.0) * base / other - 1.0));
    let per_gpu = per_gpu.map(|change| format!(": {} per GPU", with_sign(change))).unwrap_or_default();
    Some(format!(" On {} against {} GPUs{per_gpu}.", number::short(*other), number::short(*base)))
}

/// By which figure: the chosen one, else throughput, else the first. Where the rate of requests is set, throughput follows from
/// it, and latency is what differs.
fn primary(comparison: &Comparison<'_>) -> Option<usize> {
    let position = |wanted: &dyn Fn(&Kpi) -> bool| comparison.kpis.iter().position(wanted);
    let chosen = comparison.state.option(METRIC).and_then(|metric| position(&|kpi| kpi.key() == metric));
    let paced = comparison.pairing.matched.iter().all(|one| one.kind == Some(LoadKind::Rate));
    let latency = || position(&|kpi| !is_throughput(kpi)).filter(|_| paced);
    chosen.or_else(latency).or_else(|| position(&is_throughput)).or(Some(0))
}

fn is_throughput(kpi: &Kpi) -> bool {
    THROUGHPUT.contains(&kpi.metric)
}

/// The names of the sides: of paths the first part in which they differ, where it tells them apart, else all from there on.
pub(super) fn names(comparison: &Comparison<'_>) -> Vec<String> {
    let names: Vec<String> = comparison.sides.iter().map(|side| name(comparison.by, side)).collect();
    if !matches!(comparison.by, "path" | "files" | "folder") {
        return names.iter().map(|name| short(name)).collect();
    }
    told_apart(&names, WHOLE)
}

fn of_one(comparison: &Comparison<'_>, one: &Configuration, kpi: &Kpi) -> Option<Headline> {
    let names = names(comparison);
    let mut levels = comparison.judge.every_level(one, kpi).by_level(1);
    if let Levels::Only(chosen) = &comparison.judge.levels {
        levels.retain(|(load, ..)| chosen.contains(load));
    }
    let all: Vec<f64> = levels.iter().map(|level| level.0).collect();
    // Of many levels some differ by chance; but what all of them together show holds for each that shows it.
    let cutoff = discovery::cutoff(levels.iter().filter_map(|level| Some(level.2?.p)));
    let outcomes = comparison.outcomes.first().and_then(|row| row.first()).map(Vec::as_slice).unwrap_or_default();
    let of_kpi = comparison.kpis.iter().zip(outcomes).find(|(other, _)| *other == kpi);
    let together = of_kpi.and_then(|(_, outcome)| outcome.as_ref()).map(|outcome| outcome.verdict);
    let verdict_of = |(_, change, interval): &Level| {
        let judged = |interval| verdict(Some(*change), interval, kpi.better(), comparison.judge.threshold());
        match interval {
            Some(interval) if cutoff.is_none_or(|cutoff| interval.p > cutoff) || interval.has_zero() => {
                Some(judged(None)).filter(|apparent| Some(*apparent) == together).unwrap_or(Verdict::Similar)
            }
            interval => judged(*interval),
        }
    };
    let verdicts: Vec<Verdict> = levels.iter().map(verdict_of).collect();
    let share = |wanted: Verdict| {
        let at: Vec<usize> = (0..verdicts.len()).filter(|at| verdicts[*at] == wanted).collect();
        (!at.is_empty()).then_some(Share { verdict: wanted, at })
    };
    let mut decided: Vec<Share> = [Verdict::Better, Verdict::Worse].into_iter().filter_map(share).collect();
    decided.order_by_key(|share| std::cmp::Reverse(share.at.len()));
    let similar = share(Verdict::Similar);
    let place = |share: &Share| at(one, &all, &share.at);
    let [base, other] = names.as_slice() else { return None };
    let threshold = comparison.judge.threshold();
    // A change beyond the threshold that may be noise is not known, which is not the same as equal.
    let apparent = |at: &usize| levels.get(*at).is_some_and(|level| level.1.abs() >= threshold);
    let is = if is_throughput(kpi) { "is" } else { "has" };
    let mut text = match (decided.as_slice(), &similar) {
        ([], None) => return None,
        ([], Some(similar)) if similar.at.iter().any(apparent) => {
            let mut changes: Vec<f64> = similar.at.iter().filter_map(|at| Some(levels.get(*at)?.1)).collect();
            changes.order_by(f64::total_cmp);
            let ends = [changes.first(), changes.last()].map(|change| with_sign(change.copied().unwrap_or_default()));
            let [low, high] = &ends;
            let by = if low == high { low.clone() } else { format!("{low} to {high}") };
            format!("{other} and {base} cannot be told apart in {} {}: {by}, within noise", lower(kpi), place(similar))
        }
        ([], Some(similar)) => {
            let within = number::short(threshold);
            format!("{other} and {base} have equal {} {} (within {within}%)", lower(kpi), place(similar))
        }
        ([first, rest @ ..], _) => {
            let mut text = format!("{other} {is} {} than {base} {}", amount(&levels, first, kpi), place(first));
            for share in rest {
                text.push_str(&format!(", {} {}", amount(&levels, share, kpi), place(share)));
            }
            if let Some(similar) = &similar {
                let (noisy, equal): (Vec<usize>, Vec<usize>) = similar.at.iter().partition(|at| apparent(at));
                for (word, at) in [("equal", equal), ("within noise", noisy)].into_iter().filter(|(_, at)| !at.is_empty()) {
                    text.push_str(&format!(", {word} {}", place(&Share { verdict: Verdict::Similar, at })));
                }
            }
            if is_throughput(kpi) {
                text.push_str(&format!(" ({})", lower(kpi)));
            }
            text
        }
    };
    if let Some(load) = crossover(&levels, &decided) {
        text.push_str(&format!("; crossover near {}", rounded(load)));
    }
    text.push('.');
    let mut tones: Vec<Verdict> = decided.iter().map(|share| share.verdict).collect();
    // A figure averaged over other loads than the first one names them.
    let mut groups: Vec<(Vec<f64>, Vec<String>)> = Vec::new();
    let (mut compared, mut noisy) = (0, false);
    for (other, outcome) in
        comparison.kpis.iter().zip(outcomes).filter(|(other, _)| *other != kpi && !both_throughput(other, kpi))
    {
        let Some((change, outcome)) = outcome.as_ref().and_then(|outcome| Some((outcome.change?, outcome))) else { continue };
        compared += 1;
        noisy |= outcome.verdict == Verdict::Similar && change.abs() >= threshold;
        let Some(words) = changed(other, change, outcome.verdict) else { continue };
        tones.push(outcome.verdict);
        let over: Vec<f64> = comparison.judge.compare(one, other).common.levels.iter().map(|level| level.load).collect();
        match groups.iter_mut().find(|(loads, _)| *loads == over) {
            Some((_, listed)) => listed.push(words),
            None => groups.push((over, vec![words])),
        }
    }
    for (over, listed) in &groups {
        let place =
            if *over == all { String::new() } else { format!(" {}", at(one, over, &(0..over.len()).collect::<Vec<_>>())) };
        text.push_str(&format!(" {}{place}.", listed.join(", ")));
    }
    if groups.is_empty() && compared > 0 {
        text.push_str(if noisy { NOISY } else { SIMILAR });
    }
    Some(Headline { text, tone: tone_of(&tones) })
}

/// Said where no other figure changed.
const SIMILAR: &str = " The other figures are similar.";
/// The same, where some differ by more than the threshold.
const NOISY: &str = " The other figures are similar, or differ within noise.";

/// Whether both are throughput: the sentence mentions only one of them.
fn both_throughput(a: &Kpi, b: &Kpi) -> bool {
    is_throughput(a) && is_throughput(b)
}

/// A figure's name within a sentence.
fn lower(kpi: &Kpi) -> String {
    let title = kpi.title();
    let mut letters = title.chars();
    match (letters.next(), letters.next()) {
        // `P95 TTFT` and `E2E` stay as they are.
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(title.chars().skip(1)).collect(),
        _ => title,
    }
}

/// What became of a figure: `P95 TTFT × 5 (worse)`; `None` where it is similar.
fn changed(kpi: &Kpi, change: f64, verdict: Verdict) -> Option<String> {
    let word = match verdict {
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::Similar | Verdict::Unknown => return None,
    };
    let ratio = 1.0 + change / 100.0;
    let by = if ratio >= FACTOR {
        format!("× {}", rounded(ratio))
    } else if ratio > 0.0 && ratio <= 1.0 / FACTOR {
        format!("÷ {}", rounded(1.0 / ratio))
    } else {
        with_sign(change)
    };
    Some(format!("{} {by} ({word})", kpi.title()))
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

/// `26% slower`, `34% higher P95 TTFT`; of levels that are far apart `15–58% slower`.
fn amount(levels: &[Level], share: &Share, kpi: &Kpi) -> String {
    let changes: Vec<f64> = share.at.iter().filter_map(|at| Some(levels.get(*at)?.1)).collect();
    let ratio = mean::geometric(changes.iter().map(|change| 1.0 + change / 100.0)).unwrap_or(1.0);
    let word = match (is_throughput(kpi), share.verdict == Verdict::Better, ratio > 1.0) {
        (true, true, _) => "faster".to_owned(),
        (true, false, _) => "slower".to_owned(),
        (false, _, true) => format!("higher {}", lower(kpi)),
        (false, _, false) => format!("lower {}", lower(kpi)),
    };
    let least = changes.iter().map(|change| change.abs()).fold(f64::INFINITY, f64::min);
    let most = changes.iter().map(|change| change.abs()).fold(0.0, f64::max);
    if most - least > WIDE {
        return format!("{}–{} {word}", rounded(least), percent(most));
    }
    format!("{} {word}", percent((100.0 * (ratio - 1.0)).abs()))
}

/// Runs of levels that a sentence lists.
const MAX_RUNS: usize = 8;

/// `at concurrency 4–16`: of all loads these, as a range where no other one lies between.
fn at(one: &Configuration, all: &[f64], positions: &[usize]) -> String {
    let load = |at: &usize| number::short(all.get(*at).copied().unwrap_or_default());
    let runs: Vec<String> = positions
        .chunk_by(|a, b| a + 1 == *b)
        .map(|run| match run {
            [one] => load(one),
            [one, .., other] => format!("{}–{}", load(one), load(other)),
            [] => String::new(),
        })
        .collect();
    let range = match runs.as_slice() {
        [first, .., last] if runs.len() > MAX_RUNS => {
            let ends =
                format!("{}–{}", first.split('–').next().unwrap_or_default(), last.split('–').next_back().unwrap_or_default());
            format!("{} of {} levels within {ends}", number::column(positions.len() as f64), number::column(all.len() as f64))
        }
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

fn of_many(comparison: &Comparison<'_>, by: usize, kpi: &Kpi) -> Option<Headline> {
    let names = names(comparison);
    let [base, other] = names.as_slice() else { return None };
    let mut pairs: Vec<_> = comparison.column(0, by).collect();
    let change = mean_change(pairs.iter().map(|(_, outcome)| *outcome))?;
    let score = Score::of(pairs.iter().map(|(_, outcome)| *outcome));
    let sign = if kpi.higher { 1.0 } else { -1.0 };
    pairs.order_by(|(_, a), (_, b)| (sign * a.change.unwrap_or_default()).total_cmp(&(sign * b.change.unwrap_or_default())));
    // Where no configuration is decided, a mean of them decides nothing.
    let overall = match score.better + score.worse + score.ineligible {
        0 => Verdict::Similar,
        _ => verdict(Some(change), None, kpi.better(), comparison.judge.threshold()),
    };
    let how = match overall {
        Verdict::Better | Verdict::Worse => {
            let word = match (is_throughput(kpi), overall == Verdict::Better, change > 0.0) {
                (true, true, _) => "faster",
                (true, false, _) => "slower",
                (false, _, true) => "higher",
                (false, _, false) => "lower",
            };
            format!("{} {word} than", percent(change.abs()))
        }
        Verdict::Similar | Verdict::Unknown if change.abs() >= comparison.judge.threshold() => {
            format!("within noise ({}) of", with_sign(change))
        }
        Verdict::Similar | Verdict::Unknown => format!("equal ({}) to", with_sign(change)),
    };
    let mut text =
        format!("{other} is on average {how} {base} in {} over {} configurations ({}).", lower(kpi), pairs.len(), score.words());
    if let Some((one, outcome)) = pairs.first().filter(|(_, outcome)| outcome.verdict == Verdict::Worse) {
        text.push_str(&format!(" Worst: {}, {}.", one.label, with_sign(outcome.change.unwrap_or_default())));
    }
    let others = comparison.kpis.iter().enumerate().filter(|(at, other)| *at != by && !both_throughput(other, kpi));
    let listed: Vec<String> = others
        .filter_map(|(at, other)| {
            let change = mean_change(comparison.column(0, at).map(|(_, outcome)| outcome))?;
            changed(other, change, verdict(Some(change), None, other.better(), comparison.judge.threshold()))
        })
        .collect();
    if !listed.is_empty() {
        text.push_str(&format!(" {}.", listed.join(", ")));
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
    let Some((best, change)) = changes.first() else {
        let text = format!("{} were not all measured at one and the same load: compare two of them.", names.join(", "));
        return Some(Headline { text, tone: Tone::Plain });
    };
    let first = if sign * change > 0.0 { *best } else { base };
    let compared = changes.len() + 1;
    let of = if compared < names.len() { format!(" of the {compared} that can be compared") } else { String::new() };
    let fastest = if is_throughput(kpi) { format!("{first} is the fastest{of}") } else { format!("{first} is the best{of}") };
    let mut listed: Vec<String> =
        changes.iter().take(NAMED).map(|(name, change)| format!("{name} {}", with_sign(*change))).collect();
    if changes.len() > NAMED {
        listed.push(format!("{} more", changes.len() - NAMED));
    }
    let text = format!("{fastest}. {} against {base}: {}.", kpi.title(), listed.join(", "));
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
