//! The words of a comparison: its sentence, notes, cards, and why it is empty.

use super::grids::runs;
use super::{Comparison, headline};
use crate::analysis::verdict::{Verdict, verdict};
use crate::catalog::dimensions;
use crate::catalog::number::{self, plural};
use crate::comparison::cells::{signed, tone};
use crate::comparison::kpis::Kpi;
use crate::comparison::matching::MATCH;
use crate::comparison::pairing::{self, name};
use crate::comparison::scorecard::{Score, mean_change};
use crate::comparison::words;
use crate::query::groups;
use crate::record::LoadKind;
use crate::sorting::Sorting;
use crate::state::ViewState;
use crate::table::Table;
use crate::view_model::{Card, Empty, Evidence, Tone};

/// Candidates up to which every KPI has a card for each.
const FEW: usize = 1;
/// How many of the dimensions that are not matched the sentence names.
const NAMED: usize = 4;

/// What is compared and how; `rows` are those within the filters.
pub(super) fn sentence(comparison: &Comparison<'_>, rows: &[usize]) -> String {
    let names = headline::names(comparison);
    let [base, candidates @ ..] = names.as_slice() else { return String::new() };
    if candidates.is_empty() {
        return String::new();
    }
    // The headline names the sides, and says who is ahead.
    let sides = match comparison.pairing.matched.is_empty() {
        true => format!("{} vs {base} (baseline)", candidates.join(", ")),
        false => format!("Baseline {base}"),
    };
    let matching = match comparison.state.options.get(MATCH) {
        Some(_) if comparison.pairing.keys.is_empty() => "nothing but the load".to_owned(),
        Some(_) => comparison.pairing.keys.iter().map(|key| dimensions::label(key)).collect::<Vec<_>>().join(", "),
        None => {
            let side = dimensions::label(comparison.by).to_lowercase();
            // The notes have all.
            let (named, more) = comparison.relaxed.split_at(comparison.relaxed.len().min(NAMED));
            let except = std::iter::once(side.as_str()).chain(named.iter().map(String::as_str)).collect::<Vec<_>>().join(", ");
            let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
            format!("everything except {except}{more}")
        }
    };
    let levels = comparison.judge.levels.words(&pairing::levels(comparison.table, &comparison.pairing.rows()));
    format!(
        "{sides}: {}, matched on {matching}. Change = geometric mean over {levels}; repeats averaged; changes below {}% are \
         ignored.{}",
        plural(comparison.pairing.matched.len() as u64, "matching configuration"),
        number::short(comparison.judge.threshold()),
        values_beyond_sides(comparison, rows).map_or_else(String::new, |there| {
            format!(" {} of {there} values of {} are compared.", comparison.sides.len(), dimensions::label(comparison.by))
        }),
    )
}

/// The number of values within the filters, if some of them are not compared.
fn values_beyond_sides(comparison: &Comparison<'_>, rows: &[usize]) -> Option<usize> {
    let there = pairing::values(comparison.table, rows, comparison.by).len();
    (comparison.sides.len() > 1 && there > comparison.sides.len()).then_some(there)
}

pub(super) fn notes(comparison: &Comparison<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let Comparison { pairing, .. } = comparison;
    if !pairing.unpaired.is_empty() && !pairing.matched.is_empty() {
        let count = plural(pairing.unpaired.len() as u64, "unmatched configuration");
        notes.push(format!("{count}: not compared, see the table."));
    }
    notes.extend(pairing.by_names.note());
    notes.extend(guessed(comparison));
    if pairing.unloaded > 0 {
        let count = plural(pairing.unloaded as u64, "measurement");
        notes.push(format!("{count} excluded (load not stated)."));
    }
    let repeats =
        |row: &Vec<Vec<Option<super::Outcome>>>| row.iter().flatten().flatten().any(|outcome| outcome.interval.is_some());
    let repeated = comparison.outcomes.iter().filter(|row| repeats(row)).count();
    let from_requests = |row: &&Vec<Vec<Option<super::Outcome>>>| {
        let mut intervals = row.iter().flatten().flatten().filter_map(|outcome| outcome.interval).peekable();
        intervals.peek().is_some() && intervals.all(|interval| interval.within)
    };
    let within = comparison.outcomes.iter().filter(from_requests).count();
    let compared = comparison.outcomes.iter().flatten().flatten().flatten().filter(|outcome| outcome.change.is_some()).count();
    if compared > 0 {
        let noise = match repeated {
            0 => "neither repeated runs nor single requests, so noise is not known and nothing is corrected for their number",
            _ => "with a false discovery rate of 5% (Benjamini–Hochberg)",
        };
        notes.push(format!("{} compared; {noise}.", plural(compared as u64, "figure")));
    }
    if repeated > 0 {
        let count = plural(repeated as u64, "configuration");
        let from = match (within, repeated - within) {
            (0, _) => format!("{count} with repeated runs"),
            (_, 0) => format!(
                "{count} with noise from single requests (block bootstrap within each run, seeded; what differs from run to run is \
                 not in it)"
            ),
            (within, repeats) => {
                format!("{count} with known noise ({repeats} from repeated runs, {within} from single requests)")
            }
        };
        notes.push(format!("{from}; changes within their 95% confidence interval count as similar."));
    }
    notes.extend(words::by_chance(comparison.by_chance));
    let ineligible = comparison.outcomes.iter().flatten().flatten().flatten().filter(|outcome| outcome.ineligible).count();
    if ineligible > 0 {
        let count = plural(ineligible as u64, "change");
        let level = comparison.judge.eligibility().words();
        notes.push(format!("{count} not counted as wins: the better side is outside “{level}” at one or more loads."));
    }
    if pairing::overlapping(comparison.by) {
        notes.push(format!("Measurements with several {} count on each side.", dimensions::label(comparison.by).to_lowercase()));
    }
    notes
}

/// Says that what tells the sides apart is taken from the names of files or folders.
fn guessed(comparison: &Comparison<'_>) -> Option<String> {
    let described = comparison.table.dimension("described_by")?;
    let label = dimensions::label(comparison.by);
    let from_name = |part: &str| part.trim().starts_with("name of the ") && part.trim().ends_with(&format!(": {label}"));
    let is_guess = |row: &usize| described.text(*row).is_some_and(|by| by.split(';').any(from_name));
    let count = comparison.pairing.rows().iter().filter(|row| is_guess(row)).count();
    (count > 0).then(|| {
        let count = plural(count as u64, "measurement");
        format!("{label} of {count} is a guess from the name of the file or folder: no file states it.")
    })
}

/// One card per KPI, or per candidate by the chosen metric when there are several.
pub(super) fn cards(comparison: &Comparison<'_>, metric: Option<&Kpi>) -> Vec<Card> {
    let candidates = comparison.sides.len().saturating_sub(1);
    let all: Vec<(usize, usize)> = (0..candidates)
        .flat_map(|candidate| (0..comparison.kpis.len()).map(move |by| (candidate, by)))
        .filter(|(_, by)| candidates <= FEW || metric == comparison.kpis.get(*by))
        .collect();
    all.into_iter().filter_map(|(candidate, by)| card(comparison, candidate, by, candidates > FEW)).collect()
}

fn card(comparison: &Comparison<'_>, candidate: usize, at: usize, several: bool) -> Option<Card> {
    let by = comparison.kpis.get(at)?;
    let mut pairs: Vec<_> = comparison.column(candidate, at).collect();
    let score = Score::of(pairs.iter().map(|(_, outcome)| *outcome));
    let change = mean_change(pairs.iter().map(|(_, outcome)| *outcome));
    let label = if several { format!("{}, {}", by.title(), headline::names(comparison).get(candidate + 1)?) } else { by.title() };
    let Some(change) = change else {
        let matched = comparison.pairing.matched.iter().any(|one| one.has(0) && one.has(candidate + 1));
        let detail = if matched { "no shared loads" } else { "no matching configuration" };
        return Some(Card { label, value: "unknown".to_owned(), detail: detail.to_owned(), ..Card::default() });
    };
    let sign = if by.higher { 1.0 } else { -1.0 };
    let goodness = |change: Option<f64>| sign * change.unwrap_or_default();
    pairs.order_by(|(_, a), (_, b)| goodness(a.change).total_cmp(&goodness(b.change)));
    let ends = if pairs.len() > 1 { vec![pairs.first(), pairs.last()] } else { vec![pairs.first()] };
    let evidence = ends.into_iter().flatten().map(|(one, outcome)| Evidence {
        text: format!("{}: {}", one.label, signed(outcome.change.unwrap_or_default())),
        tone: tone(outcome),
        link: Some(runs(comparison, one, "explore", Some(by))),
    });
    // Where no configuration is decided, a mean of them decides nothing.
    let verdict = match score.better + score.worse + score.ineligible {
        0 => Verdict::Similar,
        _ => verdict(Some(change), None, by.better(), comparison.judge.threshold()),
    };
    Some(Card {
        label,
        value: signed(change),
        tone: match verdict {
            Verdict::Better => Tone::Better,
            Verdict::Worse => Tone::Worse,
            Verdict::Similar => Tone::Similar,
            Verdict::Unknown => Tone::Plain,
        },
        detail: score.words(),
        method: format!(
            "Geometric mean of the ratios of {}, each over its shared loads. Worst and best:",
            plural(pairs.len() as u64, "configuration")
        ),
        evidence: evidence.collect(),
    })
}

/// The loads of the rows, if they are of one configuration that was measured at several loads, and at each once.
fn sweep(table: &Table, rows: &[usize]) -> Option<String> {
    let keys: Vec<&str> = pairing::usual_keys(table, "").into_iter().chain(["load_kind"]).collect();
    let kind = table.load_kind(*rows.first()?)?;
    let levels = pairing::levels(table, rows);
    let one = groups::classes(table, rows, &keys).len() == 1;
    if !one || levels.len() < 2 || levels.len() < rows.len() {
        return None;
    }
    let what = match kind {
        LoadKind::Concurrency => "concurrency",
        LoadKind::Rate => "request rates",
        LoadKind::Max => return None,
    };
    Some(format!("{what} {}", pairing::loads(&levels)))
}

/// Why nothing is compared; `None` when something is, or when the frame says why.
pub(super) fn empty(comparison: &Comparison<'_>, rows: &[usize]) -> Option<Empty> {
    let Comparison { pairing, state, by, sides, .. } = comparison;
    if rows.is_empty() || !pairing.matched.is_empty() {
        return None;
    }
    if let Some(loads) = sweep(comparison.table, rows) {
        let mut target = (*state).clone();
        "explore".clone_into(&mut target.view);
        target.options.clear();
        let reason = format!("What is loaded is one sweep: one configuration at {loads}. Add a second run to compare it with.");
        return Some(Empty { reason, remedy: Some(("Show the sweep in Explore".to_owned(), target)) });
    }
    let to = |label: &str, target: ViewState| Some((label.to_owned(), target));
    let label = dimensions::label(by);
    if sides.len() < 2 {
        let mut target = (*state).clone();
        target.filters = crate::state::Filters::Chosen(Default::default());
        let reason = format!(
            "All measurements have only one {label}, so there is nothing to compare. Choose another dimension under “Compare by”."
        );
        if !state.selection().is_empty() {
            return Some(Empty { reason, remedy: to("Clear all filters", target) });
        }
        "explore".clone_into(&mut target.view);
        target.options.clear();
        return Some(Empty { reason, remedy: to("Show it in Explore", target) });
    }
    let names: Vec<String> = sides.iter().map(|side| name(by, side)).collect();
    let reason = match (pairing.unpaired.is_empty(), pairing.unloaded) {
        (true, unloaded) if unloaded > 0 => {
            format!("The measurements of {} do not state their load.", names.join(" and "))
        }
        _ if pairing.unpaired.iter().any(|(one, _)| (1..sides.len()).any(|side| one.has(0) && one.has(side))) => {
            let loads: Vec<String> = (0..sides.len())
                .map(|side| {
                    let rows = pairing.unpaired.iter().filter_map(|(one, _)| one.sides.get(side)).flatten();
                    let rows: Vec<usize> = rows.copied().collect();
                    format!("{}: {}", names[side], pairing::loads(&pairing::levels(comparison.table, &rows)))
                })
                .collect();
            format!("{} share no load, so nothing can be compared at equal load ({}).", names.join(" and "), loads.join("; "))
        }
        _ => format!(
            "{} have no configuration in common; the table lists what each has. Remove a dimension from “Match on” to let it differ.",
            names.join(" and ")
        ),
    };
    let remedy = match state.options.contains_key(MATCH) {
        true => to("Reset “Match on”", (*state).clone().with_option(MATCH, &[])),
        false if pairing.telling.iter().any(|key| key == "model") => {
            to("Match on model only", (*state).clone().with_option(MATCH, &["model"]))
        }
        false => None,
    };
    Some(Empty { reason, remedy })
}
