//! The ranking as a matrix: models down, accelerators across, the best value of each pair; empty where nothing was measured.

use super::results::{Contest, Results};
use super::task;
use crate::catalog::dimensions;
use crate::catalog::number;
use crate::query::groups;
use crate::sorting::Sorting;
use crate::view_model::{Column, Grid, GridCell, Tone};

const ACCELERATOR: &str = "accelerator";

impl Results<'_> {
    /// The matrix; `None` if there is one accelerator only, which the ranking shows as well.
    pub(super) fn matrix(&self) -> Option<Grid> {
        let mut accelerators: Vec<&str> = self.contests.iter().map(|contest| self.text(contest, ACCELERATOR)).collect();
        accelerators.order_by(|a, b| dimensions::compare(ACCELERATOR, a, b));
        accelerators.dedup();
        if accelerators.len() < 2 {
            return None;
        }
        // What makes a row: the task without the accelerator, as far as it differs.
        let keys: Vec<&str> = task().filter(|key| *key != ACCELERATOR && (*key == "model" || self.differs(key))).collect();
        let identity = |contest: &Contest| keys.iter().map(|key| self.text(contest, key)).collect::<Vec<&str>>();
        let mut tasks: Vec<Vec<&str>> = self.contests.iter().map(identity).collect();
        tasks.order();
        tasks.dedup();
        let mut columns: Vec<Column> = keys.iter().map(|key| Column::text(key, dimensions::label(key))).collect();
        columns.extend(accelerators.iter().map(|name| {
            let label = if name.is_empty() { "not stated" } else { name };
            Column::figure(&format!("on-{name}"), label, self.chosen.unit())
        }));
        let row = |task: &Vec<&str>| {
            let on = |accelerator: &&str| {
                self.contests.iter().find(|contest| identity(contest) == *task && self.text(contest, ACCELERATOR) == *accelerator)
            };
            let found: Vec<Option<&Contest>> = accelerators.iter().map(on).collect();
            let values = found.iter().flatten().filter_map(|contest| contest.winner.map(|(_, value)| value));
            let best = values.reduce(|a, b| if self.chosen.higher() { a.max(b) } else { a.min(b) });
            let mut cells: Vec<GridCell> =
                task.iter().zip(&keys).map(|(text, key)| GridCell::text(dimensions::display(key, text))).collect();
            cells.extend(found.into_iter().map(|contest| self.value(contest, best)));
            cells
        };
        let note = format!("Best {} within {}. Empty: not measured.", self.chosen.title(), self.eligibility.words());
        let rows = tasks.iter().map(row).collect();
        Some(Grid {
            key: "matrix".to_owned(),
            title: "Models and accelerators".to_owned(),
            note,
            columns,
            rows,
            ..Grid::default()
        })
    }

    fn text(&self, contest: &Contest, key: &str) -> &str {
        self.table.dimension(key).and_then(|column| column.text(contest.any)).unwrap_or_default()
    }

    fn differs(&self, key: &str) -> bool {
        groups::differs(self.table, self.contests.iter().map(|contest| contest.any), key)
    }

    /// The best value of a pair; marked where it is the best of its row, or the reason why there is none.
    fn value(&self, contest: Option<&Contest>, best: Option<f64>) -> GridCell {
        let Some(contest) = contest else { return GridCell::default().hinted("not measured") };
        let Some((row, value)) = contest.winner else {
            return GridCell::text("–").toned(Tone::Doubt).hinted(contest.reason.clone());
        };
        let load = self.table.load().and_then(|load| load.get(row)).map(|load| format!("load {}", number::short(load)));
        let version = self.table.dimension("version").and_then(|column| column.text(row)).map(str::to_owned);
        let hint: Vec<String> =
            version.into_iter().chain([self.layout(row)]).chain(load).filter(|part| !part.is_empty()).collect();
        let cell = GridCell::figure(Some(value)).hinted(hint.join(" · ")).linked(self.leads.to("explore", row));
        if Some(value) == best { cell.toned(Tone::Better) } else { cell }
    }
}
