//! A version against those of other product lines: upstream, and rivals two and three ways.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::verdict::verdict;
use crate::catalog::{number, versions};
use crate::comparison::cells::{signed, tone};
use crate::comparison::judge::{Judge, Outcome};
use crate::comparison::kpis::Kpi;
use crate::comparison::pairing::{self, values};
use crate::comparison::scorecard::{Score, mean_change};
use crate::query::context::Context;
use crate::sorting::Sorting;
use crate::state::{ViewState, link};
use crate::table::Table;
use crate::view_model::{Choice, Column, Control, Entry, Grid, GridCell};

/// The version that the candidate should keep up with.
const UPSTREAM: &str = "upstream";

/// The upstream version in force and its control: what the listed releases say of the candidate, else the newest version
/// of another product line.
pub(super) fn upstream(
    context: &Context<'_>,
    rows: &[usize],
    state: &ViewState,
    pair: &[String; 2],
) -> (Option<String>, Control) {
    let found = values(context.table, rows, "version");
    let known = |version: &str| found.iter().any(|(other, _)| other == version);
    let [baseline, candidate] = pair;
    let asked = state.option(UPSTREAM).filter(|asked| known(asked) && asked != candidate).map(str::to_owned);
    let mut listed: Vec<_> = context.settings.releases.iter().filter(|row| row.candidate == *candidate).collect();
    listed.order_by_key(|row| row.baseline != *baseline);
    let listed = listed.into_iter().flat_map(|row| &row.upstream).find(|version| known(version)).cloned();
    let chosen = asked.or(listed).or_else(|| newest_of_others(&found, candidate).into_iter().next());
    let mut choices: Vec<&(String, usize)> =
        found.iter().filter(|(version, _)| version != candidate && !version.is_empty()).collect();
    choices.order_by(|(a, _), (b, _)| versions::newest_first(a, b));
    let choice = |(version, count): &&(String, usize)| Choice::new(version, version, &count.to_string());
    let control = Control {
        key: UPSTREAM.to_owned(),
        label: "Upstream".to_owned(),
        help: "Version of another product line to check parity with".to_owned(),
        values: chosen.iter().cloned().collect(),
        entry: Entry::Select(choices.iter().map(choice).collect()),
    };
    (chosen, control)
}

/// The newest version of every other product line, the best populated first.
fn newest_of_others(found: &[(String, usize)], own: &str) -> Vec<String> {
    let mut lines: BTreeMap<String, (usize, &str)> = BTreeMap::new();
    for (version, count) in found.iter().filter(|(version, _)| !version.is_empty()) {
        // Versions come in order: the last one is the newest.
        let line = lines.entry(versions::product(version)).or_default();
        *line = (line.0 + count, version);
    }
    lines.remove(&versions::product(own));
    let mut newest: Vec<(usize, &str)> = lines.into_values().collect();
    newest.order_by_key(|(count, _)| std::cmp::Reverse(*count));
    newest.into_iter().map(|(_, version)| version.to_owned()).collect()
}

/// One comparison to be made: the own versions and those of each rival, of which for each model the first that has it counts.
struct Contest {
    label: String,
    own: Vec<String>,
    rivals: Vec<Vec<String>>,
}

fn contests(context: &Context<'_>, found: &[(String, usize)], candidate: &str, upstream: Option<&str>) -> Vec<Contest> {
    let known = |versions: &[String]| -> Vec<String> {
        versions.iter().filter(|version| found.iter().any(|(other, _)| other == *version)).cloned().collect()
    };
    let listed = context.settings.competitors.iter().map(|row| Contest {
        label: row.label.clone(),
        own: known(&row.baseline),
        rivals: row.against.iter().map(|rival| known(rival)).filter(|rival| !rival.is_empty()).collect(),
    });
    let others = newest_of_others(found, candidate).into_iter().filter(|version| Some(version.as_str()) != upstream);
    let any = Contest {
        label: candidate.to_owned(),
        own: vec![candidate.to_owned()],
        rivals: others.map(|version| vec![version]).collect(),
    };
    listed.chain([any]).filter(|contest| !contest.own.is_empty() && !contest.rivals.is_empty()).collect()
}

/// Rows of a side: for each model those of the first version that has it.
fn side(table: &Table, rows: &[usize], versions: &[String]) -> Vec<usize> {
    let (model, version) = (table.dimension("model"), table.dimension("version"));
    let of = |row: usize| model.and_then(|column| column.code(row));
    let codes: Vec<Option<u32>> = versions.iter().map(|text| version.and_then(|column| column.find(text))).collect();
    let rank = |row: usize| {
        let code = version.and_then(|column| column.code(row));
        codes.iter().position(|other| other.is_some() && *other == code)
    };
    let mut best: BTreeMap<Option<u32>, usize> = BTreeMap::new();
    for row in rows {
        if let Some(rank) = rank(*row) {
            best.entry(of(*row)).and_modify(|other| *other = rank.min(*other)).or_insert(rank);
        }
    }
    rows.iter().copied().filter(|row| rank(*row).is_some_and(|rank| best.get(&of(*row)) == Some(&rank))).collect()
}

/// The score card against rivals: two ways, and all together where there are several.
pub(super) fn grid(
    context: &Context<'_>,
    rows: &[usize],
    state: &ViewState,
    keys: &[&str],
    judge: &Judge<'_>,
    kpis: &[Kpi],
    (candidate, upstream): (&str, Option<&str>),
) -> Grid {
    let table = context.table;
    let keys: Vec<&str> = table.dimension_keys().into_iter().filter(|key| keys.contains(key)).collect();
    let found = values(table, rows, "version");
    let mut columns = vec![
        Column::text("own", "Version"),
        Column::text("against", "Rival"),
        Column::text("common", "Shared loads of"),
        Column::figure("configurations", "Configurations", ""),
        Column::figure("wins", "Wins", ""),
        Column::figure("ties", "Ties", ""),
        Column::figure("losses", "Losses", ""),
        Column::figure("win_rate", "Win rate", "%"),
    ];
    columns.extend(kpis.iter().map(|by| crate::view_model::Column { unit: "%".to_owned(), ..by.column() }));
    let mut lines = Vec::new();
    for contest in contests(context, &found, candidate, upstream) {
        let own = side(table, rows, &contest.own);
        let rivals: Vec<Vec<usize>> = contest.rivals.iter().map(|rival| side(table, rows, rival)).collect();
        let names: Vec<String> = contest.rivals.iter().map(|rival| rival.join(" or ")).collect();
        // Each rival alone, then all together.
        let all: BTreeSet<Vec<usize>> = (0..rivals.len()).map(|rival| vec![rival]).chain([(0..rivals.len()).collect()]).collect();
        let mut all: Vec<Vec<usize>> = all.into_iter().collect();
        all.order_by_key(Vec::len);
        for together in all {
            let sides: Vec<Vec<usize>> =
                std::iter::once(own.clone()).chain(together.iter().filter_map(|at| rivals.get(*at).cloned())).collect();
            let called: Vec<String> =
                std::iter::once(contest.label.clone()).chain(together.iter().filter_map(|at| names.get(*at).cloned())).collect();
            let shared = pairing::on_all_sides(table, &sides, &keys);
            let compared: Vec<Vec<_>> =
                kpis.iter().map(|by| shared.iter().map(|one| (one, judge.compare(one, by))).collect()).collect();
            for base in 1..sides.len() {
                let outcomes = kpis.iter().zip(&compared).map(|(by, compared)| {
                    compared.iter().filter_map(|(one, compared)| judge.outcome(one, by, compared, 0, base)).collect()
                });
                let outcomes: Vec<Vec<Outcome>> = outcomes.collect();
                let score = Score::of(outcomes.iter().flatten());
                let count = |count: usize| GridCell::number(count.to_string(), count as f64);
                let rival = together.get(base - 1).and_then(|at| contest.rivals.get(*at)).and_then(|rival| rival.first());
                let link = rival.zip(contest.own.first()).map(|(rival, own)| to_compare(state, rival, own));
                let mut own_cell = GridCell::text(&contest.label).hinted(contest.own.join(" or "));
                own_cell.link = link;
                let mut line = vec![
                    own_cell,
                    GridCell::text(called.get(base).map(String::as_str).unwrap_or_default()),
                    GridCell::text(if together.len() == 1 { "both".to_owned() } else { format!("all {}", sides.len()) }),
                    count(shared.len()),
                    count(score.better),
                    count(score.similar).hinted(score.words()),
                    count(score.worse),
                    score.win_rate().map(|rate| GridCell::number(format!("{}%", number::short(rate)), rate)).unwrap_or_default(),
                ];
                for (by, outcomes) in kpis.iter().zip(&outcomes) {
                    let change = mean_change(outcomes);
                    let verdict = verdict(change, None, by.better(), judge.threshold());
                    let mean = Outcome { change, interval: None, verdict, ineligible: false, by_chance: false, means: None };
                    let words = Score::of(outcomes).words();
                    line.push(change.map_or_else(GridCell::default, |change| {
                        GridCell::number(signed(change), change).toned(tone(&mean)).hinted(words)
                    }));
                }
                lines.push(line);
            }
        }
    }
    Grid {
        key: "rivals".to_owned(),
        title: "Compared with other product lines".to_owned(),
        note: "Wins, ties and losses over all configurations and metrics, with the rival as baseline. Win rate = wins / (wins + \
               losses); ties and excluded results are not counted. With three sides, only loads shared by all count."
            .to_owned(),
        columns,
        rows: lines,
        ..Grid::default()
    }
}

fn to_compare(state: &ViewState, rival: &str, own: &str) -> String {
    let mut target = state.clone();
    target.show_view("compare");
    link::encode(&target.with_option("by", &["version"]).with_option("baseline", &[rival]).with_option("candidate", &[own]))
}
