//! Who wins, who cannot, and why: contests, the grid and the cards.

use super::objective::{self, By, Objective, Valuation};
use super::{BY, is_number, task};
use crate::catalog::dimensions;
use crate::catalog::number::{self, plural};
use crate::comparison::slo::Eligibility;
use crate::query::deep_links::DeepLinks;
use crate::query::groups::{self, Group};
use crate::query::listing::Layout;
use crate::query::row_table;
use crate::record::Stat;
use crate::sorting::Sorting;
use crate::state::{ViewState, link};
use crate::table::Table;
use crate::view_model::{Card, Column, Evidence, Grid, GridCell, Tone};

/// One model on one accelerator at one task.
pub(super) struct Contest {
    /// What distinguishes it from the others.
    pub label: String,
    /// One of its rows: they have model, accelerator and task in common.
    pub any: usize,
    /// The best eligible row, with its value.
    pub winner: Option<(usize, f64)>,
    /// How many others have the same value.
    pub ties: usize,
    /// How many are eligible.
    pub eligible: usize,
    /// How many there are at the load.
    pub measured: usize,
    /// Why there is no winner.
    pub reason: String,
}

impl Contest {
    /// Finds the winner of a group. Of equals the one at the lowest load, then the first in the files.
    pub(super) fn of(
        table: &Table,
        group: &Group,
        at_level: &dyn Fn(&usize) -> bool,
        eligibility: &Eligibility<'_>,
        valuation: &Valuation<'_>,
        chosen: &Objective,
    ) -> Contest {
        let rows: Vec<usize> = group.rows.iter().copied().filter(at_level).collect();
        let complying: Vec<usize> = rows.iter().copied().filter(|row| eligibility.complies(*row)).collect();
        let valued =
            complying.iter().filter_map(|row| Some((*row, valuation.value(chosen, *row).filter(|value| value.is_finite())?)));
        let valued: Vec<(usize, f64)> = valued.collect();
        let load = |row: usize| table.load().and_then(|load| load.get(row)).unwrap_or(f64::INFINITY);
        let sign = if chosen.higher() { -1.0 } else { 1.0 };
        let order = |a: &&(usize, f64), b: &&(usize, f64)| {
            (sign * a.1).total_cmp(&(sign * b.1)).then(load(a.0).total_cmp(&load(b.0))).then(a.0.cmp(&b.0))
        };
        let winner = valued.iter().min_by(order).copied();
        let ties = valued.iter().filter(|other| winner.is_some_and(|(_, value)| other.1 == value)).count().saturating_sub(1);
        let reason = match (winner, rows.is_empty(), complying.is_empty()) {
            (Some(_), ..) => String::new(),
            (None, true, _) => "no measurement at this load".to_owned(),
            (None, false, true) => {
                // The measurement that misses its worst limit by the least.
                let against = rows.iter().map(|row| eligibility.against(*row));
                let closest = against.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(limits, _)| limits.join(", ")).unwrap_or_default();
                format!("none of {} meets the SLO and error limit; closest: {closest}", rows.len())
            }
            (None, false, false) => lacking(valuation, chosen, complying[0]),
        };
        Contest {
            label: group.label.clone(),
            any: group.rows.first().copied().unwrap_or_default(),
            winner,
            ties,
            eligible: complying.len(),
            measured: rows.len(),
            reason,
        }
    }
}

/// What is missing for the objective.
fn lacking(valuation: &Valuation<'_>, chosen: &Objective, row: usize) -> String {
    match chosen.by {
        By::Figure(_) => format!("{} not measured", chosen.title()),
        By::Cost => match valuation.price(row) {
            Some(_) => "no GPU count or output throughput".to_owned(),
            None => "no price for the accelerator".to_owned(),
        },
        By::Energy => "no power draw, GPU count or output throughput".to_owned(),
    }
}

/// What the results cover.
pub(super) struct Results<'a> {
    pub table: &'a Table,
    pub state: &'a ViewState,
    pub eligibility: &'a Eligibility<'a>,
    pub valuation: &'a Valuation<'a>,
    pub objectives: &'a [Objective],
    pub chosen: Objective,
    pub contests: &'a [Contest],
    /// The dimensions that tell one winner's configuration.
    pub layout: &'a [&'a str],
    pub leads: DeepLinks<'a>,
}

impl Results<'_> {
    /// The contests with a winner, the best first; equals in their order.
    pub(super) fn ranked(&self) -> Vec<usize> {
        let sign = if self.chosen.higher() { -1.0 } else { 1.0 };
        let value = |at: &usize| self.contests[*at].winner.map(|(_, value)| sign * value);
        let mut ranked: Vec<usize> = (0..self.contests.len()).filter(|at| value(at).is_some()).collect();
        ranked.order_by(|a, b| value(a).unwrap_or(f64::NAN).total_cmp(&value(b).unwrap_or(f64::NAN)));
        ranked
    }

    /// The ranking; pairs without a winner at its end, with the reason.
    pub(super) fn grid(&self, ranked: &[usize], layout: Layout<'_>) -> Grid {
        let rest = (0..self.contests.len()).filter(|at| self.contests[*at].winner.is_none());
        let order: Vec<&Contest> = ranked.iter().copied().chain(rest).map(|at| &self.contests[at]).collect();
        let mut columns = vec![Column::figure("rank", "Rank", "")];
        let task: Vec<&str> = task().filter(|key| self.has_column(key)).collect();
        columns.extend(task.iter().map(|key| Column { numeric: is_number(key), ..Column::text(key, dimensions::label(key)) }));
        columns.extend([
            Column::text("version", "Version"),
            Column::text("layout", "Layout"),
            Column::figure("load", "Load", ""),
        ]);
        columns.extend(self.objectives.iter().map(|one| Column::figure(one.key, &one.title(), one.unit())));
        columns.extend([
            Column::figure("error_rate", "Error rate", "%"),
            Column::figure("eligible", "Within SLO", "measurements"),
            Column::figure("measured", "Measured", "measurements"),
            Column::text("reason", "Reason"),
            Column::text("place", "Source"),
        ]);
        let note = "Each row is one measurement; all values come from the same run.".to_owned();
        let title = format!("Best by {}", self.chosen.title());
        let heading = Grid { key: "ranking".to_owned(), title, note, columns, ..Grid::default() };
        layout.list(heading, &order, |at, contest, _| self.row(at + 1, contest, &task))
    }

    /// Whether a part of the task gets a column: always model and accelerator, others where they differ.
    fn has_column(&self, key: &str) -> bool {
        let named = matches!(key, "model" | "accelerator") && self.table.dimension(key).is_some();
        named || groups::differs(self.table, self.contests.iter().map(|contest| contest.any), key)
    }

    fn row(&self, rank: usize, contest: &Contest, task: &[&str]) -> Vec<GridCell> {
        let value = |key: &str, row: usize| self.table.dimension(key).and_then(|column| column.text(row)).unwrap_or_default();
        let winner = contest.winner.map(|(row, _)| row);
        let of = |cell: &dyn Fn(usize) -> GridCell| winner.map_or_else(GridCell::default, cell);
        let mut cells = vec![of(&|_| GridCell::number(rank.to_string(), rank as f64))];
        cells.extend(task.iter().map(|key| GridCell::text(value(key, contest.any))));
        cells.extend([
            of(&|row| GridCell::text(value("version", row)).linked(self.leads.to("explore", row))),
            of(&|row| GridCell::text(self.layout(row))),
            of(&|row| GridCell::figure(self.table.load().and_then(|load| load.get(row)))),
        ]);
        for one in self.objectives {
            let cell = of(&|row| GridCell::figure(self.valuation.value(one, row)));
            let cell = match (one.by, winner) {
                (By::Cost, Some(row)) => cell.hinted(self.valuation.price_words(row)),
                (By::Energy, Some(row)) => {
                    let (words, doubtful) = self.valuation.power_words(row);
                    let there = !cell.cell.exact.is_empty();
                    cell.hinted(words).toned(if doubtful && there { Tone::Doubt } else { Tone::Plain })
                }
                _ => cell,
            };
            let tied = one.key == self.chosen.key && contest.ties > 0;
            let also = || format!("{} more with the same value", plural(contest.ties as u64, "measurement"));
            cells.push(if tied { cell.hinted(also()) } else { cell });
        }
        let rate = |row: usize| self.table.figures("error_rate", Stat::Mean).and_then(|rates| rates.get(row));
        let count = |count: usize| GridCell::number(count.to_string(), count as f64);
        cells.extend([
            of(&|row| GridCell::figure(rate(row))),
            count(contest.eligible),
            count(contest.measured),
            GridCell::text(contest.reason.clone()),
            of(&|row| GridCell::text(row_table::origin(self.table, row)).linked(self.leads.to("data", row))),
        ]);
        cells
    }

    /// What else makes the configuration: `TP4 · DP2`.
    pub(super) fn layout(&self, row: usize) -> String {
        let keys = self
            .layout
            .iter()
            .filter(|key| !task().any(|task| task == **key) && !matches!(**key, "version" | "path" | "files" | "tool"));
        let parts = keys.filter_map(|key| Some(dimensions::display(key, self.table.dimension(key)?.text(row)?)));
        parts.collect::<Vec<_>>().join(" · ")
    }

    /// The best of all by each objective.
    pub(super) fn cards(&self, rows: &[usize]) -> Vec<Card> {
        let complying: Vec<usize> = rows.iter().copied().filter(|row| self.eligibility.complies(*row)).collect();
        self.objectives.iter().filter_map(|one| self.card(one, &complying)).collect()
    }

    fn card(&self, one: &Objective, complying: &[usize]) -> Option<Card> {
        let sign = if one.higher() { -1.0 } else { 1.0 };
        let valued =
            complying.iter().filter_map(|row| Some((*row, self.valuation.value(one, *row).filter(|value| value.is_finite())?)));
        let (row, value) = valued.min_by(|a, b| (sign * a.1).total_cmp(&(sign * b.1)).then(a.0.cmp(&b.0)))?;
        let of = |key: &str| self.table.dimension(key).and_then(|column| column.text(row)).unwrap_or_default();
        let model = of("model");
        let model = model.rsplit_once('/').map_or(model, |(_, last)| last);
        let load = self.table.load().and_then(|load| load.get(row)).map(|load| format!("load {}", number::short(load)));
        let parts = [model, of("accelerator"), of("version"), &self.layout(row), load.as_deref().unwrap_or_default()];
        let detail = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
        let doubtful = one.by == By::Energy && self.valuation.power_words(row).1;
        let basis = match one.by {
            By::Figure(_) => None,
            By::Cost => Some(self.valuation.price_words(row)),
            By::Energy => Some(self.valuation.power_words(row).0),
        };
        let evidence = |text: String, link: Option<String>| Evidence { text, link, ..Evidence::default() };
        let ranking = link::encode(&self.state.clone().with_option(BY, &[one.key]));
        let mut list = vec![evidence("This measurement".to_owned(), Some(self.leads.to("data", row)))];
        list.push(evidence(format!("Rank by {}", one.title()), Some(ranking)));
        list.extend(basis.map(|basis| evidence(basis, None)));
        Some(Card {
            label: one.title(),
            value: one.words(value),
            tone: if doubtful { Tone::Doubt } else { Tone::Plain },
            detail,
            method: objective::method(one),
            evidence: list,
        })
    }
}
