//! What selected requests have in common, in words: load, times, lengths, and whatever else the file says of a request.

use super::columns::Requests;
use super::selection::Selection;
use crate::analysis::in_common::{category, most_common, range};
use crate::catalog::{dimensions, metrics, number};
use crate::sorting::Sorting;
use crate::view_model::{Column, Grid, GridCell};

/// Dimensions that say where a request was read or what its file is about, not how it differs from others.
const PLACES: [&str; 11] =
    ["path", "place", "record", "described_by", "slo", "load_kind", "start_time", "end_time", "tool", "tool_version", "run_id"];
/// A range that begins within this share of a run is its beginning.
const BEGINNING: f64 = 0.02;

/// Something that the selected have in common.
pub(super) struct Fact {
    /// `of run c16`, `started in the first 2.1 s of the run`.
    words: String,
    /// How many of the selected have it.
    inside: usize,
    /// How many of all requests have it.
    of_all: usize,
    /// The probability of as many by chance.
    chance: f64,
}

/// What the selected have in common, the least probable by chance first.
pub(super) fn facts(requests: &Requests<'_>, selection: &Selection) -> Vec<Fact> {
    let mut found = categories(requests, &selection.rows, selection);
    found.extend(ranges(requests, &selection.rows, selection));
    found.order_by(|a, b| a.chance.total_cmp(&b.chance));
    found
}

fn categories(requests: &Requests<'_>, rows: &[usize], selection: &Selection) -> Vec<Fact> {
    let table = requests.table;
    let mut found: Vec<Fact> = Vec::new();
    // The run first, by its load if that is known: a folder or a file says the same with more words.
    found.extend(of_run(requests, rows, selection));
    let keys = table.dimension_keys().into_iter().filter(|key| !PLACES.contains(key));
    for key in keys {
        let Some(column) = table.dimension(key) else { continue };
        let codes: Vec<Option<u32>> = rows.iter().map(|row| column.code(*row)).collect();
        let Some(shared) = category(&codes, &selection.selected) else { continue };
        let again = found.iter().any(|fact| fact.of_all == shared.of_all && fact.inside == shared.inside);
        if again {
            continue;
        }
        let value = column.value(shared.code);
        let words = format!("with {} {}", dimensions::label(key), dimensions::display(key, value));
        found.push(Fact { words, inside: shared.inside, of_all: shared.of_all, chance: shared.chance });
    }
    found
}

/// The run that most of the selected are of, with its share of all: told even of a run that has most requests.
fn of_run(requests: &Requests<'_>, rows: &[usize], selection: &Selection) -> Option<Fact> {
    let codes: Vec<Option<u32>> = selection.runs.iter().copied().map(Some).collect();
    let shared = most_common(&codes, &selection.selected)?;
    let group = requests.groups.get(shared.code as usize)?;
    let share = 100.0 * shared.of_all as f64 / rows.len() as f64;
    let words = format!("of run {} ({}% of all are)", group.label, number::short(share.round()));
    Some(Fact { words, inside: shared.inside, of_all: shared.of_all, chance: shared.chance })
}

fn ranges(requests: &Requests<'_>, rows: &[usize], selection: &Selection) -> Vec<Fact> {
    // Since the beginning of each run, which is what a burst or a warm-up goes by.
    let mut since = vec![None; requests.table.rows()];
    let mut others = vec![None; requests.table.rows()];
    let mut longest: f64 = 0.0;
    for (run, group) in requests.groups.iter().enumerate() {
        let start = |row: &usize| requests.figure("elapsed", *row);
        let first = group.rows.iter().filter_map(start).fold(f64::INFINITY, f64::min);
        let steps = requests.in_flight(run);
        for row in &group.rows {
            let Some(at) = start(row) else { continue };
            since[*row] = Some(at - first);
            longest = longest.max(at - first);
            let step = steps.partition_point(|(moment, _)| *moment <= at).checked_sub(1);
            others[*row] = step.and_then(|step| steps.get(step)).map(|(_, count)| *count);
        }
    }
    let of = |values: &dyn Fn(usize) -> Option<f64>, words: &dyn Fn([f64; 2]) -> String| {
        let values: Vec<Option<f64>> = rows.iter().map(|row| values(*row)).collect();
        let shared = range(&values, &selection.selected)?;
        Some(Fact { words: words(shared.ends), inside: shared.inside, of_all: shared.of_all, chance: shared.chance })
    };
    let span = |metric: &str, [low, high]: [f64; 2]| {
        let label = metrics::label(metric).to_lowercase();
        if low == high {
            return format!("with {label} {}", number::with_unit(metric, low));
        }
        format!("with {label} {}–{}", number::short(low), number::with_unit(metric, high))
    };
    let when = |[low, high]: [f64; 2]| match low <= BEGINNING * longest {
        true => format!("started in the first {} of the run", seconds(high)),
        false => format!("started {} to {} into the run", seconds(low), seconds(high)),
    };
    let started_with =
        |[low, high]: [f64; 2]| format!("started with {}–{} requests in flight", number::short(low), number::short(high));
    let mut found: Vec<Option<Fact>> = vec![of(&|row| since[row], &when), of(&|row| others[row], &started_with)];
    for metric in ["input_tokens", "output_tokens", "cached_prompt_tokens"] {
        found.push(of(&|row| requests.figure(metric, row), &|ends| span(metric, ends)));
    }
    found.into_iter().flatten().collect()
}

/// A short time in milliseconds.
fn seconds(time: f64) -> String {
    if time < 1.0 { format!("{} ms", number::short((1000.0 * time - 1e-2).ceil())) } else { format!("{} s", number::short(time)) }
}

/// `all of run c16; 7 of 8 started in the first 2.1 s of the run`; `None` if nothing was found.
pub(super) fn sentence(facts: &[Fact], count: usize) -> Option<String> {
    const TOLD: usize = 3;
    let one = |fact: &Fact| match fact.inside == count {
        true => format!("all {}", fact.words),
        false => format!("{} of {count} {}", fact.inside, fact.words),
    };
    let told: Vec<String> = facts.iter().take(TOLD).map(one).collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// The facts as a table.
pub(super) fn grid(facts: &[Fact], count: usize, all: usize) -> Grid {
    let columns = vec![
        Column::text("what", "In common"),
        Column::figure("inside", "Selected requests", ""),
        Column::figure("share", "Share of selected", "%"),
        Column::figure("of_all", "Share of all requests", "%"),
    ];
    let percent = |part: usize, of: usize| GridCell::figure((of > 0).then(|| 100.0 * part as f64 / of as f64));
    let row = |fact: &Fact| {
        vec![
            GridCell::text(fact.words.clone()),
            GridCell::figure(Some(fact.inside as f64)),
            percent(fact.inside, count),
            percent(fact.of_all, all),
        ]
    };
    let note = "The run, and properties of at least 90% of the selected requests that a random selection of as many would have \
                with a probability of at most 1 in 10,000. Shares are of the requests among which is selected."
        .to_owned();
    let rows = facts.iter().map(row).collect();
    Grid {
        key: "in-common".to_owned(),
        title: "What the selected requests have in common".to_owned(),
        note,
        columns,
        rows,
        ..Grid::default()
    }
}
