//! A release by model family, by accelerator, configuration by configuration, and what is new in it.

use std::collections::{BTreeMap, BTreeSet};

use super::report::{Report, health};
use crate::catalog::number;
use crate::comparison::cells::{cell, signed, tone};
use crate::comparison::judge::Outcome;
use crate::comparison::kpis::Kpi;
use crate::comparison::pairing::{Configuration, levels, loads, values};
use crate::comparison::scorecard::mean_change;
use crate::query::listing::{Detail, Layout};
use crate::state::link;
use crate::view_model::{Column, Grid, GridCell};

/// One row for every value that `of` gives a configuration: by family, by accelerator.
pub(super) fn by_group(report: &Report<'_>, key: &str, title: &str, of: impl Fn(&Configuration) -> String) -> Grid {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, one) in report.pairing.matched.iter().enumerate() {
        groups.entry(of(one)).or_default().push(at);
    }
    let first = report.kpis.first().map(Kpi::title).unwrap_or_default();
    let columns = vec![
        Column::text(key, title),
        Column::figure("models", "Models", ""),
        Column::figure("configurations", "Configurations", ""),
        Column::figure("mean", &format!("Mean change, {first}"), "%"),
        Column::figure("worst", "Worst change", "%"),
        Column::figure("win_rate", "Win rate", "%"),
        Column::text("status", "Status"),
        Column::text("where", "Worst in"),
    ];
    let row = |(group, members): (&String, &Vec<usize>)| {
        let configurations = members.iter().filter_map(|at| report.pairing.matched.get(*at));
        let models: BTreeSet<&str> = configurations.map(|one| report.value(one, "model")).collect();
        let score = report.score(members);
        let mean = mean_change(report.first(members).map(|change| change.outcome));
        let worst = report.worst(members);
        let place = worst.as_ref().map(|worst| format!("{}, {}", worst.by.title(), worst.one.label)).unwrap_or_default();
        vec![
            GridCell::text(group.as_str()),
            GridCell::number(models.len().to_string(), models.len() as f64),
            GridCell::number(members.len().to_string(), members.len() as f64),
            mean.map(|mean| GridCell::number(signed(mean), mean)).unwrap_or_default().hinted("geometric mean of the ratios"),
            worst
                .as_ref()
                .map(|worst| {
                    let link = report.compare(worst.one, Some(worst.by));
                    GridCell::number(signed(worst.percent), worst.percent).toned(tone(worst.outcome)).linked(link)
                })
                .unwrap_or_default(),
            score
                .win_rate()
                .map(|rate| GridCell::number(format!("{}%", number::short(rate)), rate))
                .unwrap_or_default()
                .hinted(score.words()),
            GridCell::text(health(score).1.word()).hinted(score.words()),
            GridCell::text(place),
        ]
    };
    let rows = groups.iter().map(row).collect();
    let note = "Win rate and status use the first metric; worst change covers all metrics.".to_owned();
    Grid { key: key.to_owned(), title: format!("By {}", title.to_lowercase()), note, columns, rows, ..Grid::default() }
}

/// A configuration with its outcome by each figure.
type Judged<'a> = (&'a Configuration, &'a Vec<Option<Outcome>>);

/// The matched configurations by accelerator.
fn by_accelerator<'a>(report: &'a Report<'_>) -> BTreeMap<&'a str, Vec<Judged<'a>>> {
    let mut blocks: BTreeMap<&str, Vec<Judged<'_>>> = BTreeMap::new();
    for (one, outcomes) in report.pairing.matched.iter().zip(report.outcomes.iter()) {
        blocks.entry(report.value(one, "accelerator")).or_default().push((one, outcomes));
    }
    blocks
}

/// Configurations by figures, under this key and title. A cell opens Compare on its configuration and figure.
fn changes(report: &Report<'_>, key: &str, title: String, members: &[Judged<'_>], layout: Layout<'_>) -> Grid {
    let columns: Vec<Column> = std::iter::once(Column::text("configuration", "Configuration"))
        .chain(report.kpis.iter().map(|by| Column { unit: "%".to_owned(), ..by.column() }))
        .collect();
    let row = |_: usize, (one, outcomes): &Judged<'_>, detail: Detail| {
        let figures = report.kpis.iter().zip(*outcomes);
        let figures = figures.map(|(by, outcome)| outcome.as_ref().map(|outcome| cell(outcome, by)).unwrap_or_default());
        let mut row: Vec<GridCell> = std::iter::once(GridCell::text(&one.label)).chain(figures).collect();
        if detail == Detail::Whole {
            let narrow = report.narrow(one);
            let figures = std::iter::once(None).chain(report.kpis.iter().map(Some));
            for (cell, figure) in row.iter_mut().zip(figures).filter(|(cell, _)| !cell.cell.exact.is_empty()) {
                cell.link = Some(narrow.with_figure(figure));
            }
        }
        row
    };
    let note = "Percent change from the baseline. Click a cell to open the configuration in Compare.".to_owned();
    layout.list(Grid { key: key.to_owned(), title, note, columns, ..Grid::default() }, members, row)
}

/// The changes on each accelerator.
pub(super) fn heat(report: &Report<'_>, layout: Layout<'_>) -> Vec<Grid> {
    let blocks = by_accelerator(report);
    let grid = |(number, (accelerator, members)): (usize, (&&str, &Vec<_>))| {
        // Letters only: a, b, … in the order of the accelerators.
        let key = format!("heat-{}", char::from(b'a' + (number % 26) as u8));
        let title = if accelerator.is_empty() { "All changes".to_owned() } else { format!("All changes on {accelerator}") };
        changes(report, &key, title, members, layout)
    };
    blocks.iter().enumerate().map(grid).collect()
}

/// The changes from upstream to the candidate, on all accelerators.
pub(super) fn parity(report: &Report<'_>, layout: Layout<'_>) -> Grid {
    let [upstream, candidate] = &report.versions;
    let members: Vec<Judged<'_>> = by_accelerator(report).into_values().flatten().collect();
    changes(report, "parity", format!("{candidate} vs {upstream}"), &members, layout)
}

/// Models, accelerators and configurations that the candidate has and the baseline has not.
pub(super) fn new(report: &Report<'_>, sides: [&[usize]; 2]) -> Grid {
    let columns = vec![Column::text("kind", "New"), Column::text("name", "Value"), Column::text("levels", "Load levels")];
    let mut rows = Vec::new();
    let data = |key: Option<(&str, &str)>| {
        let mut target = report.state.clone();
        target.show_view("data");
        if let Some((key, value)) = key {
            target.choose(key, BTreeSet::from([value.to_owned()]));
        }
        target.choose("version", BTreeSet::from([report.versions[1].clone()]));
        link::encode(&target)
    };
    for (key, label) in [("model", "Model"), ("accelerator", "Accelerator")] {
        let known: BTreeSet<String> = values(report.table, sides[0], key).into_iter().map(|(value, _)| value).collect();
        for (value, _) in
            values(report.table, sides[1], key).iter().filter(|(value, _)| !value.is_empty() && !known.contains(value))
        {
            let own: Vec<usize> = sides[1]
                .iter()
                .copied()
                .filter(|row| report.table.dimension(key).and_then(|column| column.text(*row)) == Some(value))
                .collect();
            let levels = loads(&levels(report.table, &own));
            rows.push(vec![
                GridCell::text(label),
                GridCell::text(value).linked(data(Some((key, value)))),
                GridCell::text(levels),
            ]);
        }
    }
    let fresh = |(one, reason): &'_ (Configuration, String)| match one.sides.as_slice() {
        [base, own] if base.is_empty() => {
            let levels = loads(&levels(report.table, own));
            Some(vec![GridCell::text("Configuration"), GridCell::text(&one.label).hinted(reason), GridCell::text(levels)])
        }
        _ => None,
    };
    let unpaired = &report.pairing.unpaired;
    rows.extend(unpaired.iter().filter_map(fresh));
    let [baseline, candidate] = &report.versions;
    Grid {
        key: "new".to_owned(),
        title: format!("New in {candidate}"),
        note: format!("Measured with {candidate} but not with {baseline}."),
        columns,
        rows,
        ..Grid::default()
    }
}
