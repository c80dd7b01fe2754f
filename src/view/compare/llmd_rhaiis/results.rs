//! Results as sentence, notes, cards and tables.

use std::collections::BTreeSet;

use super::matches::{MAX_MATCHES, Match, Unmatched};
use super::{Comparison, Part};
use crate::analysis::pair::LeftOut;
use crate::catalog::{dimensions, number};
use crate::comparison::cells::{cell, signed};
use crate::comparison::differences;
use crate::comparison::kpis::Kpi;
use crate::comparison::pairing::{self, loads};
use crate::comparison::scorecard::{Score, mean_change};
use crate::query::listing::Layout;
use crate::query::parallelism;
use crate::state::{ViewState, link};
use crate::view_model::{Card, Column, Evidence, Grid, GridCell, Tone};

/// Letters of a list of differences that are shown; the tooltip and copies have all.
const MAX_TEXT: usize = 90;

impl Comparison<'_> {
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
    fn leads(&self, one: &Match, view: &str, metric: Option<&Kpi>) -> String {
        let mut target: ViewState = self.state.clone();
        target.show_view(view);
        let rows: Vec<usize> = one.pair.sides.iter().flatten().copied().collect();
        for key in ["model", "accelerator", "profile", "version", "tp", "dp", "replicas", "prefill", "decode"] {
            let values: BTreeSet<String> = rows.iter().map(|row| self.text(key, *row)).collect();
            if self.table.dimension(key).is_some() {
                target.choose(key, values);
            }
        }
        target.y = metric.filter(|_| view == "explore").map(Kpi::axis);
        link::encode(&target)
    }
}

pub(super) fn sentence(comparison: &Comparison<'_>) -> String {
    if comparison.matches.matched.is_empty() {
        return String::new();
    }
    let [server, cluster] = comparison.names;
    let basis = if comparison.per_gpu { "per GPU" } else { "per deployment" };
    let load = match (comparison.load_per_gpu, comparison.per_gpu && comparison.uneven() > 0) {
        (true, _) => "equal load per GPU",
        (false, false) => "equal load per deployment",
        (false, true) => "equal load per deployment, so each GPU of the larger one has less to do",
    };
    let keys: Vec<&str> = comparison.keys.iter().map(|key| dimensions::label(key)).collect();
    let keys = if keys.is_empty() { "load only".to_owned() } else { keys.join(", ") };
    format!(
        "{cluster} vs {server} (baseline): {}, matched on {keys}; throughput {basis} at {load}; SLO: {}",
        matches(comparison),
        comparison.judge.eligibility().words(),
    )
}

pub(super) fn notes(comparison: &Comparison<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let [server, cluster] = comparison.names;
    let side = |one: &Match, side: usize| one.pair.sides.get(side).cloned().unwrap_or_default();
    let unknown = |one: &&Match| [0, 1].iter().any(|at| comparison.gpus(&side(one, *at)).contains(""));
    let unknowns = comparison.matches.matched.iter().filter(unknown).count();
    if unknowns > 0 && (comparison.per_gpu || comparison.load_per_gpu) {
        notes.push(format!("{unknowns} of the matches lack a GPU count, so they have no per-GPU values."));
    }
    let differing = comparison.uneven();
    if differing > 0 && comparison.per_gpu && !comparison.load_per_gpu {
        notes.push(format!(
            "In {differing} of the matches the two sides have different numbers of GPUs: at equal load per deployment, each GPU \
             of the larger one has less to do. Set “Match load” to “per GPU” to compare at equal load per GPU."
        ));
    }
    if comparison.load_per_gpu && !comparison.matches.unmatched.is_empty() {
        notes.push("Loads are matched per GPU; set “Match load” to “per deployment” to match total load.".to_owned());
    }
    for (which, rows) in comparison.compared.rows.iter().enumerate() {
        let real = rows.iter().any(|row| comparison.text("profile", *row).starts_with("Real data set"));
        let unstated = rows.iter().all(|row| comparison.text("dataset", *row).is_empty());
        if real && unstated {
            let name = if which == 0 { server } else { cluster };
            notes.push(format!("{name} does not state its dataset; assumed to be the same."));
        }
    }
    if comparison.matches.beyond > 0 {
        notes.push(format!(
            "Comparing the first {MAX_MATCHES} matches; {} more are hidden. Add filters to narrow down.",
            comparison.matches.beyond
        ));
    }
    if !comparison.matches.unmatched.is_empty() {
        let unmatched = number::plural(comparison.matches.unmatched.len() as u64, "unmatched configuration");
        let listed = if comparison.show.has(Part::Summary) { "see the table" } else { "see “summary”" };
        notes.push(format!("{unmatched}: not compared, {listed}."));
    }
    notes
}

/// How often the cluster is ahead, figure by figure.
pub(super) fn cards(comparison: &Comparison<'_>) -> Vec<Card> {
    let card = |(at, by): (usize, &Kpi)| {
        let outcomes = || comparison.outcomes.iter().filter_map(move |row| row.get(at)?.as_ref());
        let score = Score::of(outcomes());
        let change = mean_change(outcomes())?;
        let ahead = (change > 0.0) == by.higher;
        let tone = if change.abs() < comparison.judge.threshold() {
            Tone::Similar
        } else if ahead {
            Tone::Better
        } else {
            Tone::Worse
        };
        let evidence = comparison.matched().filter_map(|(one, row)| {
            let outcome = row.get(at)?.as_ref()?;
            Some(Evidence {
                text: format!("{}: {}", one.pair.label, signed(outcome.change?)),
                link: Some(comparison.leads(one, "explore", Some(by))),
                ..Evidence::default()
            })
        });
        Some(Card {
            label: by.title(),
            value: signed(change),
            tone,
            detail: score.words(),
            method: format!(
                "Geometric mean of {} ÷ {} over all matches, each over its shared loads.",
                comparison.names[1], comparison.names[0]
            ),
            evidence: evidence.take(8).collect(),
        })
    };
    comparison.kpis.iter().enumerate().filter_map(card).collect()
}

pub(super) fn grids(comparison: &Comparison<'_>, layout: Layout<'_>) -> Vec<Grid> {
    [summary(comparison, layout), unmatched(comparison, layout)].into_iter().filter(|grid| grid.total > 0).collect()
}

fn summary(comparison: &Comparison<'_>, layout: Layout<'_>) -> Grid {
    let [server, cluster] = comparison.names;
    let throughput = comparison.kpis.iter().position(|by| by.higher);
    let mut columns = vec![Column::text("match", "Match")];
    let named = throughput.and_then(|at| comparison.kpis.get(at)).map(Kpi::title).unwrap_or_default();
    columns.push(Column::figure("ratio", &format!("Ratio of {named}"), "×"));
    columns.extend(comparison.kpis.iter().map(|by| Column::figure(&by.key(), &by.title(), "%")));
    columns.extend([
        Column::text("model", "Model"),
        Column::text("accelerator", "Accelerator"),
        Column::text("workload", "Workload"),
        Column::text("cluster", cluster),
        Column::text("server", server),
        Column::figure("cluster_gpus", "GPUs", ""),
        Column::figure("server_gpus", "Baseline GPUs", ""),
        Column::text("levels", "Shared loads"),
        Column::text("left_out", "Loads excluded"),
        Column::text("differs", "Also differs"),
    ]);
    let row = |(one, outcomes): (&Match, &Vec<Option<super::Outcome>>)| {
        let first = one.pair.first();
        let rows = |side: usize| one.pair.sides.get(side).map(Vec::as_slice).unwrap_or_default();
        let gpus = |side: usize| {
            let counts = comparison.gpus(rows(side));
            match counts.first().filter(|count| counts.len() == 1 && !count.is_empty()).and_then(|count| count.parse().ok()) {
                Some(count) => GridCell::figure(Some(count))
                    .hinted(comparison.text("gpus_basis", rows(side).first().copied().unwrap_or_default())),
                None => GridCell::text("unknown").toned(Tone::Doubt),
            }
        };
        let layout = |side: usize| {
            let label = &one.layouts[side];
            GridCell::text(if label.is_empty() { "not stated" } else { label })
        };
        let mut row =
            vec![GridCell::text(one.pair.label.as_str()).linked(comparison.leads(one, "data", None)).hinted("Show measurements")];
        let ratio = throughput.and_then(|at| outcomes.get(at)?.as_ref()?.change).map(|change| 1.0 + change / 100.0);
        row.push(ratio.map_or_else(GridCell::default, |ratio| GridCell::number(format!("{}×", number::short(ratio)), ratio)));
        for (by, outcome) in comparison.kpis.iter().zip(outcomes) {
            let cell = outcome.as_ref().map(|outcome| cell(outcome, by)).unwrap_or_default();
            let filled = !cell.cell.exact.is_empty();
            row.push(if filled { cell.linked(comparison.leads(one, "explore", Some(by))) } else { cell });
        }
        row.extend(["model", "accelerator", "profile"].map(|key| GridCell::text(comparison.text(key, first))));
        row.extend([layout(1), layout(0), gpus(1), gpus(0)]);
        row.extend(levels(comparison, one, throughput));
        // The layouts stand in columns of their own.
        let known: Vec<&str> = comparison.keys.iter().copied().chain(parallelism::label_dimensions()).collect();
        let differs = differences::in_words(&differences::differences(comparison.table, "version", &known, rows(0), rows(1)));
        let mut cell = GridCell::text(&differs).hinted(&differs);
        if differs.chars().count() > MAX_TEXT {
            cell.cell.text = format!("{}…", differs.chars().take(MAX_TEXT).collect::<String>());
        }
        row.push(cell);
        row
    };
    let heading = Grid {
        key: "summary".to_owned(),
        title: format!("{cluster} vs {server}"),
        note: format!(
            "Geometric means over shared loads; {server} is the baseline; changes below {}% are ignored.",
            number::short(comparison.judge.threshold())
        ),
        columns,
        ..Grid::default()
    };
    let matched: Vec<_> = comparison.matched().collect();
    layout.list(heading, &matched, |_, one, _| row(*one))
}

/// The levels of load that are paired, and those left out with the reasons in the tooltip.
fn levels(comparison: &Comparison<'_>, one: &Match, throughput: Option<usize>) -> [GridCell; 2] {
    let Some(by) = throughput.and_then(|at| comparison.kpis.get(at)).or(comparison.kpis.first()) else {
        return Default::default();
    };
    let common = comparison.judge.compare(&one.pair, by).common;
    let used: Vec<f64> = common.levels.iter().map(|level| level.load).collect();
    let left: Vec<f64> = common.left_out.iter().map(|(load, _)| *load).collect();
    let sides =
        |those: &[usize]| those.iter().filter_map(|side| comparison.names.get(*side)).cloned().collect::<Vec<_>>().join(", ");
    let reason = |(load, reason): &(f64, LeftOut)| format!("{}: {}", number::exact(*load), reason.words(sides));
    let reasons: Vec<String> = common.left_out.iter().map(reason).collect();
    [GridCell::text(loads(&used)), GridCell::text(loads(&left)).hinted(reasons.join("; "))]
}

fn unmatched(comparison: &Comparison<'_>, layout: Layout<'_>) -> Grid {
    let row = |one: &Unmatched| {
        let first = one.rows.first().copied().unwrap_or_default();
        let mut target = comparison.state.clone();
        target.show_view("data");
        for key in ["model", "accelerator", "profile", "version", "tp", "replicas", "prefill", "decode"] {
            if comparison.table.dimension(key).is_some() {
                target.choose(key, BTreeSet::from([comparison.text(key, first)]));
            }
        }
        vec![
            GridCell::text(&comparison.names[one.side]),
            GridCell::text(comparison.text("model", first)),
            GridCell::text(comparison.text("accelerator", first)),
            GridCell::text(comparison.text("profile", first)),
            GridCell::text(&one.label).linked(link::encode(&target)),
            GridCell::text(loads(&pairing::levels(comparison.table, &one.rows))),
            GridCell::text(&one.reason),
        ]
    };
    layout.list(
        Grid {
            key: "unmatched".to_owned(),
            title: "Unmatched configurations".to_owned(),
            note: "Not compared. “Match on” sets which dimensions must be equal.".to_owned(),
            columns: vec![
                Column::text("side", "Side"),
                Column::text("model", "Model"),
                Column::text("accelerator", "Accelerator"),
                Column::text("workload", "Workload"),
                Column::text("configuration", "Configuration"),
                Column::text("levels", "Loads"),
                Column::text("reason", "Reason"),
            ],
            ..Grid::default()
        },
        &comparison.matches.unmatched,
        |_, one, _| row(one),
    )
}

/// How many matches there are, in words.
fn matches(comparison: &Comparison<'_>) -> String {
    match comparison.matches.matched.len() {
        1 => "1 match".to_owned(),
        many => format!("{many} matches"),
    }
}
