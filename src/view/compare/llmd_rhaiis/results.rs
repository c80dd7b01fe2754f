//! What came of it, in words and numbers.

use std::collections::BTreeSet;

use super::matches::{Lone, MAX_MATCHES, Match};
use super::{Part, Picture};
use crate::analysis::pair::LeftOut;
use crate::catalog::{dimensions, number};
use crate::comparison::cells::{cell, signed};
use crate::comparison::differences;
use crate::comparison::kpis::Yardstick;
use crate::comparison::pairing::{self, loads};
use crate::comparison::scorecard::{Score, mean_change};
use crate::query::listing::Layout;
use crate::query::parallelism;
use crate::state::{ViewState, link};
use crate::view_model::{Card, Column, Evidence, Grid, GridCell, Tone};

/// Letters of a list of differences that are shown; the tooltip and copies have all.
const MAX_TEXT: usize = 90;

impl Picture<'_> {
    fn text(&self, key: &str, row: usize) -> String {
        self.table.dimension(key).and_then(|column| column.text(row)).unwrap_or_default().to_owned()
    }

    fn gpus(&self, rows: &[usize]) -> BTreeSet<String> {
        rows.iter().map(|row| self.text("gpus", *row)).collect()
    }

    /// Matches of which the sides have other numbers of GPUs.
    fn uneven(&self) -> usize {
        let gpus = |one: &Match, side: usize| one.pair.sides.get(side).map(|rows| self.gpus(rows));
        self.matches.matched.iter().filter(|one| gpus(one, 0) != gpus(one, 1)).count()
    }

    fn matched(&self) -> impl Iterator<Item = (&Match, &Vec<Option<super::Outcome>>)> {
        self.matches.matched.iter().zip(self.outcomes)
    }

    /// The rows of a match in another view.
    fn leads(&self, one: &Match, view: &str, metric: Option<&Yardstick>) -> String {
        let mut target: ViewState = self.state.clone();
        target.show_view(view);
        let rows: Vec<usize> = one.pair.sides.iter().flatten().copied().collect();
        for key in ["model", "accelerator", "profile", "version", "tp", "dp", "replicas", "prefill", "decode"] {
            let values: BTreeSet<String> = rows.iter().map(|row| self.text(key, *row)).collect();
            if self.table.dimension(key).is_some() {
                target.choose(key, values);
            }
        }
        target.y = metric.filter(|_| view == "explore").map(Yardstick::axis);
        link::encode(&target)
    }
}

pub(super) fn sentence(picture: &Picture<'_>) -> String {
    if picture.matches.matched.is_empty() {
        return String::new();
    }
    let [server, cluster] = picture.names;
    let basis = if picture.per_gpu { "per GPU" } else { "of the deployment" };
    let load = match (picture.load_per_gpu, picture.per_gpu && picture.uneven() > 0) {
        (true, _) => "equal load per GPU",
        (false, false) => "equal load of the deployment",
        (false, true) => "equal load of the deployment, so each GPU of the larger one has less to do",
    };
    let keys: Vec<&str> = picture.keys.iter().map(|key| dimensions::label(key)).collect();
    let keys = if keys.is_empty() { "nothing".to_owned() } else { keys.join(", ") };
    format!(
        "{cluster} against {server}: {}, equal in {keys}; throughput {basis}, at {load}; {}",
        matches(picture),
        picture.judge.standing().words(),
    )
}

pub(super) fn notes(picture: &Picture<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let [server, cluster] = picture.names;
    let side = |one: &Match, side: usize| one.pair.sides.get(side).cloned().unwrap_or_default();
    let unknown = |one: &&Match| [0, 1].iter().any(|at| picture.gpus(&side(one, *at)).contains(""));
    let unknowns = picture.matches.matched.iter().filter(unknown).count();
    if unknowns > 0 && (picture.per_gpu || picture.load_per_gpu) {
        notes.push(format!("{unknowns} of the matches do not say how many GPUs a side has: no figure per GPU there."));
    }
    let differing = picture.uneven();
    if differing > 0 && picture.per_gpu && !picture.load_per_gpu {
        notes.push(format!(
            "In {differing} of the matches the two sides have different numbers of GPUs: at equal load of the deployment each GPU \
             of the larger one has less to do. “Same load: per GPU” pairs levels of equal load per GPU."
        ));
    }
    if picture.load_per_gpu && !picture.matches.lone.is_empty() {
        notes.push("Levels of load are equal per GPU; “Same load: of the deployment” pairs others.".to_owned());
    }
    for (which, rows) in picture.compared.rows.iter().enumerate() {
        let real = rows.iter().any(|row| picture.text("profile", *row).starts_with("Real data set"));
        let unsaid = rows.iter().all(|row| picture.text("dataset", *row).is_empty());
        if real && unsaid {
            let name = if which == 0 { server } else { cluster };
            notes.push(format!("{name} does not say on which real data set it was measured: that they are the same is assumed."));
        }
    }
    if picture.matches.beyond > 0 {
        notes.push(format!("The first {MAX_MATCHES} matches are compared, {} are not: filter.", picture.matches.beyond));
    }
    if !picture.matches.lone.is_empty() {
        let lone = number::plural(picture.matches.lone.len() as u64, "configuration");
        let listed = if picture.show.has(Part::Summary) { "listed with the reason" } else { "listed under “summary”" };
        notes.push(format!("{lone} without a counterpart: {listed}, in no figure."));
    }
    notes
}

/// How often the cluster is ahead, figure by figure.
pub(super) fn cards(picture: &Picture<'_>) -> Vec<Card> {
    let card = |(at, by): (usize, &Yardstick)| {
        let outcomes = || picture.outcomes.iter().filter_map(move |row| row.get(at)?.as_ref());
        let score = Score::of(outcomes());
        let change = mean_change(outcomes())?;
        let ahead = (change > 0.0) == by.higher;
        let tone = if change.abs() < picture.judge.threshold() {
            Tone::Similar
        } else if ahead {
            Tone::Better
        } else {
            Tone::Worse
        };
        let evidence = picture.matched().filter_map(|(one, row)| {
            let outcome = row.get(at)?.as_ref()?;
            Some(Evidence {
                text: format!("{}: {}", one.pair.label, signed(outcome.change?)),
                link: Some(picture.leads(one, "explore", Some(by))),
                ..Evidence::default()
            })
        });
        Some(Card {
            label: by.title(),
            value: signed(change),
            tone,
            detail: score.words(),
            method: format!(
                "The geometric mean over all matches of {} ÷ {}, each over its common load levels.",
                picture.names[1], picture.names[0]
            ),
            evidence: evidence.take(8).collect(),
        })
    };
    picture.yardsticks.iter().enumerate().filter_map(card).collect()
}

pub(super) fn grids(picture: &Picture<'_>, layout: Layout<'_>) -> Vec<Grid> {
    [summary(picture, layout), unmatched(picture, layout)].into_iter().filter(|grid| grid.total > 0).collect()
}

fn summary(picture: &Picture<'_>, layout: Layout<'_>) -> Grid {
    let [server, cluster] = picture.names;
    let throughput = picture.yardsticks.iter().position(|by| by.higher);
    let mut columns = vec![Column::text("match", "Match")];
    let named = throughput.and_then(|at| picture.yardsticks.get(at)).map(Yardstick::title).unwrap_or_default();
    columns.push(Column::figure("ratio", &format!("Ratio of {named}"), "×"));
    columns.extend(picture.yardsticks.iter().map(|by| Column::figure(&by.key(), &by.title(), "%")));
    columns.extend([
        Column::text("model", "Model"),
        Column::text("accelerator", "Accelerator"),
        Column::text("workload", "Workload"),
        Column::text("cluster", cluster),
        Column::text("server", server),
        Column::figure("cluster_gpus", "GPUs", ""),
        Column::figure("server_gpus", "against GPUs", ""),
        Column::text("levels", "Levels paired"),
        Column::text("left_out", "Levels left out"),
        Column::text("differs", "Also differs"),
    ]);
    let row = |(one, outcomes): (&Match, &Vec<Option<super::Outcome>>)| {
        let first = one.pair.first();
        let rows = |side: usize| one.pair.sides.get(side).map(Vec::as_slice).unwrap_or_default();
        let gpus = |side: usize| {
            let counts = picture.gpus(rows(side));
            match counts.first().filter(|count| counts.len() == 1 && !count.is_empty()).and_then(|count| count.parse().ok()) {
                Some(count) => GridCell::figure(Some(count))
                    .hinted(picture.text("gpus_basis", rows(side).first().copied().unwrap_or_default())),
                None => GridCell::text("unknown").toned(Tone::Doubt),
            }
        };
        let layout = |side: usize| {
            let label = &one.layouts[side];
            GridCell::text(if label.is_empty() { "not said" } else { label })
        };
        let mut row =
            vec![GridCell::text(one.pair.label.as_str()).linked(picture.leads(one, "data", None)).hinted("Its measurements")];
        let ratio = throughput.and_then(|at| outcomes.get(at)?.as_ref()?.change).map(|change| 1.0 + change / 100.0);
        row.push(ratio.map_or_else(GridCell::default, |ratio| GridCell::number(format!("{}×", number::short(ratio)), ratio)));
        for (by, outcome) in picture.yardsticks.iter().zip(outcomes) {
            let cell = outcome.as_ref().map(|outcome| cell(outcome, by)).unwrap_or_default();
            let filled = !cell.cell.exact.is_empty();
            row.push(if filled { cell.linked(picture.leads(one, "explore", Some(by))) } else { cell });
        }
        row.extend(["model", "accelerator", "profile"].map(|key| GridCell::text(picture.text(key, first))));
        row.extend([layout(1), layout(0), gpus(1), gpus(0)]);
        row.extend(levels(picture, one, throughput));
        // The layouts stand in columns of their own.
        let told: Vec<&str> = picture.keys.iter().copied().chain(parallelism::label_dimensions()).collect();
        let differs = differences::differences(picture.table, "version", &told, rows(0), rows(1)).join("; ");
        let mut cell = GridCell::text(&differs).hinted(&differs);
        if differs.chars().count() > MAX_TEXT {
            cell.cell.text = format!("{}…", differs.chars().take(MAX_TEXT).collect::<String>());
        }
        row.push(cell);
        row
    };
    let heading = Grid {
        key: "summary".to_owned(),
        title: format!("{cluster} against {server}"),
        note: format!(
            "Geometric means over the levels of load that both sides have; {server} is the denominator; within ±{}% similar.",
            number::short(picture.judge.threshold())
        ),
        columns,
        ..Grid::default()
    };
    let matched: Vec<_> = picture.matched().collect();
    layout.list(heading, &matched, |_, one, _| row(*one))
}

/// The levels of load that are paired, and those left out with the reasons in the tooltip.
fn levels(picture: &Picture<'_>, one: &Match, throughput: Option<usize>) -> [GridCell; 2] {
    let Some(by) = throughput.and_then(|at| picture.yardsticks.get(at)).or(picture.yardsticks.first()) else {
        return Default::default();
    };
    let common = picture.judge.compare(&one.pair, by).common;
    let used: Vec<f64> = common.levels.iter().map(|level| level.load).collect();
    let left: Vec<f64> = common.left_out.iter().map(|(load, _)| *load).collect();
    let sides =
        |those: &[usize]| those.iter().filter_map(|side| picture.names.get(*side)).cloned().collect::<Vec<_>>().join(", ");
    let reason = |(load, reason): &(f64, LeftOut)| format!("{}: {}", number::exact(*load), reason.words(sides));
    let reasons: Vec<String> = common.left_out.iter().map(reason).collect();
    [GridCell::text(loads(&used)), GridCell::text(loads(&left)).hinted(reasons.join("; "))]
}

fn unmatched(picture: &Picture<'_>, layout: Layout<'_>) -> Grid {
    let row = |one: &Lone| {
        let first = one.rows.first().copied().unwrap_or_default();
        let mut target = picture.state.clone();
        target.show_view("data");
        for key in ["model", "accelerator", "profile", "version", "tp", "replicas", "prefill", "decode"] {
            if picture.table.dimension(key).is_some() {
                target.choose(key, BTreeSet::from([picture.text(key, first)]));
            }
        }
        vec![
            GridCell::text(&picture.names[one.side]),
            GridCell::text(picture.text("model", first)),
            GridCell::text(picture.text("accelerator", first)),
            GridCell::text(picture.text("profile", first)),
            GridCell::text(&one.label).linked(link::encode(&target)),
            GridCell::text(loads(&pairing::levels(picture.table, &one.rows))),
            GridCell::text(&one.reason),
        ]
    };
    layout.list(
        Grid {
            key: "unmatched".to_owned(),
            title: "Without a counterpart".to_owned(),
            note: "In no figure above. “Must match” decides what counts as the same.".to_owned(),
            columns: vec![
                Column::text("side", "Side"),
                Column::text("model", "Model"),
                Column::text("accelerator", "Accelerator"),
                Column::text("workload", "Workload"),
                Column::text("configuration", "Configuration"),
                Column::text("levels", "Load levels"),
                Column::text("reason", "Why it is not compared"),
            ],
            ..Grid::default()
        },
        &picture.matches.lone,
        |_, one, _| row(one),
    )
}

/// How many matches there are, in words.
fn matches(picture: &Picture<'_>) -> String {
    match picture.matches.matched.len() {
        1 => "1 match".to_owned(),
        many => format!("{many} matches"),
    }
}
