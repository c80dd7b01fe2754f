//! Differences between selected runs: their settings, and their metrics over shared load levels.

use std::collections::{BTreeMap, BTreeSet};

use super::configurations::{self, Run, cut};
use crate::analysis::arguments::{self, Arguments, Difference};
use crate::analysis::pair::{self, Use};
use crate::analysis::verdict::{self, Verdict};
use crate::catalog::{Better, number};
use crate::comparison::cells::signed;
use crate::comparison::kpis::{self, Kpi};
use crate::comparison::slo::Eligibility;
use crate::record::LoadKind;
use crate::state::ViewState;
use crate::table::Table;
use crate::view_model::{Column, Grid, GridCell, Tone};

/// Maximum number of settings listed.
const MAX_SETTINGS: usize = 500;
/// Maximum length of a displayed value, in characters. Tooltips and copies have the whole value.
const VALUE: usize = 60;

/// The settings of the chosen runs side by side.
pub(crate) struct Settings {
    /// The grid.
    pub grid: Grid,
    /// Number of differing settings.
    pub differing: usize,
    /// Total number.
    pub all: usize,
}

/// Compares the configuration, arguments, image and other settings.
pub(crate) fn settings(table: &Table, chosen: &[&Run], every: bool) -> Settings {
    let by = configurations::dimensions_of(table);
    let mut sources: Vec<(String, Vec<Arguments>)> = vec![
        ("Configuration".to_owned(), chosen.iter().map(|run| configurations::identity_of(table, run, &by)).collect()),
        ("Arguments".to_owned(), chosen.iter().map(|run| run.arguments.clone()).collect()),
        ("Image".to_owned(), chosen.iter().map(|run| configurations::image_parts(run)).collect()),
    ];
    let names: BTreeSet<&String> = chosen.iter().flat_map(|run| run.settings.keys()).collect();
    for name in names {
        sources.push((name.clone(), chosen.iter().map(|run| run.settings.get(name).cloned().unwrap_or_default()).collect()));
    }
    let (mut rows, mut differing, mut all) = (Vec::new(), 0, 0);
    for (source, sides) in &sources {
        let differences = arguments::differences(sides);
        let keys: BTreeSet<&String> = sides.iter().flat_map(BTreeMap::keys).collect();
        differing += differences.len();
        all += keys.len();
        let told: BTreeSet<&str> = differences.iter().map(|row| row.key.as_str()).collect();
        let same = keys.into_iter().filter(|key| every && !told.contains(key.as_str()));
        let same =
            same.map(|key| Difference { key: key.clone(), values: sides.iter().map(|side| side.get(key).cloned()).collect() });
        rows.extend(differences.iter().cloned().chain(same).map(|row| line(source, &row, chosen)));
    }
    let found = rows.len();
    rows.truncate(MAX_SETTINGS);
    let more = if found > MAX_SETTINGS { format!("; showing the first {MAX_SETTINGS} of {found}") } else { String::new() };
    let columns = [Column::text("source", "Source"), Column::text("setting", "Setting")];
    let grid = Grid {
        key: "difference".to_owned(),
        title: if every { "Settings".to_owned() } else { "Differing settings".to_owned() },
        note: format!("{differing} of {all} differ; values that differ from the first run are marked{more}"),
        columns: columns
            .into_iter()
            .chain(chosen.iter().zip(distinguishing_labels(chosen)).map(|(run, name)| Column::text(&run.id, &name)))
            .collect(),
        rows,
        ..Grid::default()
    };
    Settings { grid, differing, all }
}

/// The parts of the labels that distinguish the selected runs, or the whole label if nothing does.
fn distinguishing_labels(chosen: &[&Run]) -> Vec<String> {
    let all: Vec<Vec<&str>> = chosen.iter().map(|run| run.label.split(" · ").collect()).collect();
    let own = |at: usize| {
        let own: Vec<&str> = all[at].iter().copied().filter(|part| !all.iter().all(|other| other.contains(part))).collect();
        if own.is_empty() { chosen[at].label.clone() } else { own.join(" · ") }
    };
    (0..chosen.len()).map(own).collect()
}

fn line(source: &str, row: &Difference, chosen: &[&Run]) -> Vec<GridCell> {
    let first = row.values.first().cloned().flatten();
    let baseline = chosen.first().map_or("", |run| run.label.as_str());
    let cell = |value: &Option<String>| {
        let mut cell = GridCell::text(value.clone().unwrap_or_default());
        cell.cell.text = value.as_ref().map_or_else(|| "not set".to_owned(), |value| cut(value, VALUE));
        let whole = value.as_deref().unwrap_or("not set");
        if *value == first {
            return cell.hinted(whole);
        }
        cell.toned(Tone::Doubt).hinted(format!("{whole}\n{baseline}: {}", first.as_deref().unwrap_or("not set")))
    };
    let names = [GridCell::text(source), GridCell::text(row.key.as_str())];
    names.into_iter().chain(row.values.iter().map(cell)).collect()
}

/// Metrics of the selected runs: geometric means over shared load levels, and changes relative to the first run.
pub(crate) fn effect(table: &Table, chosen: &[&Run], state: &ViewState, link: impl Fn(&Kpi) -> String) -> (Grid, Vec<String>) {
    let mut notes = Vec::new();
    let rows: Vec<usize> = chosen.iter().flat_map(|run| run.rows.iter().copied()).collect();
    // Levels only match within one kind of load: concurrency or request rate.
    let count = |kind: LoadKind| rows.iter().filter(|row| table.load_kind(**row) == Some(kind)).count();
    let kind = if count(LoadKind::Rate) > count(LoadKind::Concurrency) { LoadKind::Rate } else { LoadKind::Concurrency };
    let apart = rows.len() - count(kind);
    if apart > 0 {
        notes.push(format!(
            "{} with a different kind of load: excluded from the effect on metrics.",
            number::plural(apart as u64, "measurement")
        ));
    }
    let eligibility = Eligibility::new(table, state);
    let failing = rows.iter().filter(|row| eligibility.failing(**row)).count();
    if failing > 0 {
        let limit = number::short(state.error_limit);
        notes.push(format!(
            "{failing} of the compared measurements {} over {limit}% failed requests. Nothing was excluded.",
            if failing == 1 { "has" } else { "have" }
        ));
    }
    let used = if kind == LoadKind::Rate { Use::All } else { Use::AboveOneUser };
    let measured = kpis::usual(table, &rows, state);
    let lines = measured.iter().map(|kpi| {
        let side = |run: &&Run| -> Vec<(f64, f64)> {
            let of = run.rows.iter().filter(|row| table.load_kind(**row) == Some(kind));
            of.filter_map(|row| Some((table.load()?.get(*row)?, kpi.value(table, *row)?))).collect()
        };
        let sides: Vec<Vec<(f64, f64)>> = chosen.iter().map(side).collect();
        let sides: Vec<&[(f64, f64)]> = sides.iter().map(Vec::as_slice).collect();
        let common = pair::common(&sides, used);
        let levels: Vec<String> = common.levels.iter().map(|level| number::short(level.load)).collect();
        let mut cells = vec![
            GridCell::text(kpi.title()).linked(link(kpi)),
            GridCell::number(levels.len().to_string(), levels.len() as f64).hinted(levels.join(", ")),
        ];
        let better = if kpi.higher { Better::Higher } else { Better::Lower };
        for at in 0..chosen.len() {
            let mean = common.geometric(at);
            let shown = |mean: f64| GridCell::number(number::with_unit(kpi.metric, mean), mean);
            cells.push(mean.map_or_else(GridCell::default, shown));
            if at > 0 {
                cells.push(change(&common, at, better, state.threshold));
            }
        }
        cells
    });
    let rows: Vec<Vec<GridCell>> = lines.collect();
    let mut columns = vec![Column::text("metric", "Metric"), Column::figure("levels", "Shared load levels", "")];
    for (at, (run, name)) in chosen.iter().zip(distinguishing_labels(chosen)).enumerate() {
        columns.push(Column::figure(&run.id, &name, ""));
        if at > 0 {
            let key = format!("{}-change", run.id);
            columns.push(Column::figure(&key, "Change", "%"));
        }
    }
    let grid = Grid {
        key: "effect".to_owned(),
        title: "Effect on metrics".to_owned(),
        note: format!(
            "Geometric mean over the shared {}{}; change against the first run; changes below {}% ignored.",
            if kind == LoadKind::Rate { "request rates" } else { "concurrency levels" },
            if kind == LoadKind::Rate { "" } else { " (concurrency 1 excluded)" },
            number::short(state.threshold)
        ),
        columns,
        rows,
        ..Grid::default()
    };
    (grid, notes)
}

fn change(common: &pair::Common, side: usize, better: Better, threshold: f64) -> GridCell {
    let Some(change) = common.change(side, 0) else { return GridCell::default().hinted("no shared load level") };
    let interval = common.interval(side, 0);
    let tone = match verdict::verdict(Some(change), interval, better, threshold) {
        Verdict::Better => Tone::Better,
        Verdict::Worse => Tone::Worse,
        Verdict::Similar => Tone::Similar,
        Verdict::Unknown => Tone::Plain,
    };
    let noise = interval
        .map(|interval| format!("95% confidence interval from repeats: {} to {}", signed(interval.low), signed(interval.high)));
    let hint = noise.unwrap_or_else(|| "no load level was repeated, so the noise is unknown".to_owned());
    GridCell::number(signed(change), change).toned(tone).hinted(hint)
}
