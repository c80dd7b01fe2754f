//! The view on the screen, kept as it was made: a change of order, zoom or a facet's search rearranges it and does not run
//! the view again.

use std::collections::BTreeMap;

use crate::query::context::Output;
use crate::query::{listing, row_table};
use crate::record::Kind;
use crate::state::ViewState;
use crate::table::Table;
use crate::view::View;
use crate::view_model::{Grid, ViewModel};

/// A view's output, and the order in which the reader sees its tables.
pub(super) struct Kept {
    /// The state that it was last arranged for, as it was requested.
    pub state: ViewState,
    /// The kind of the records in its row table.
    pub kind: Kind,
    /// What the view made; its own tables are in `grids`.
    pub output: Output,
    /// The view's own tables, in the view's order.
    grids: Vec<Grid>,
    /// The rows of the row table, in the reader's order.
    pub rows: Vec<usize>,
    /// The view's own tables, in the reader's order.
    pub sorted: Vec<Grid>,
    /// Set if no table has the column to sort by.
    note: Option<String>,
}

impl Kept {
    pub(super) fn new(state: ViewState, kind: Kind, mut output: Output, table: &Table) -> Kept {
        let mut grids = std::mem::take(&mut output.model.grids);
        grids.iter_mut().for_each(Grid::show_long_in_seconds);
        let (rows, sorted) = (output.rows.clone(), grids.clone());
        let mut kept = Kept { state, kind, output, grids, rows, sorted, note: None };
        kept.sort(table);
        kept
    }

    /// Rearranges it for another state; returns false if the view must run for that.
    pub(super) fn rearrange(&mut self, state: &ViewState, view: &View, table: &Table) -> bool {
        let apart =
            |state: &ViewState| ViewState { sort: None, zoom: state.zoom.filter(|_| view.about.resamples), ..state.clone() };
        if apart(&self.state) != apart(state) {
            return false;
        }
        let resorted = self.state.sort != state.sort;
        // Of a long table only the rows in sight are here.
        let is_cut = |grid: &Grid| {
            let sorts = [&self.state.sort, &state.sort].into_iter().flatten();
            grid.rows.len() < grid.total && sorts.into_iter().any(|sort| grid.sorted_column(sort).is_some())
        };
        if resorted && self.grids.iter().any(is_cut) {
            return false;
        }
        self.state.clone_from(state);
        self.output.model.state.zoom = state.zoom;
        if resorted {
            self.output.model.state.sort.clone_from(&state.sort);
            self.rows.clone_from(&self.output.rows);
            self.sorted.clone_from(&self.grids);
            self.sort(table);
        }
        true
    }

    fn sort(&mut self, table: &Table) {
        let Some(sort) = &self.state.sort else {
            self.note = None;
            return;
        };
        let columns = &self.output.model.columns;
        row_table::sort(table, columns, &mut self.rows, sort);
        self.sorted.iter_mut().for_each(|grid| listing::sort(grid, sort));
        let is_known = columns.iter().any(|column| column.key == sort.column)
            || self.grids.iter().any(|grid| grid.sorted_column(sort).is_some())
            || table.rows() == 0;
        self.note = (!is_known).then(|| format!("Cannot sort by “{}”: the table has no such column.", sort.column));
    }

    /// The model for the page, with those values of the facets that match the searches.
    pub(super) fn model(&self, searches: &BTreeMap<String, String>) -> ViewModel {
        let mut model = self.output.model.clone();
        model.facets = self.output.facets.iter().map(|facet| facet.searched(searches)).collect();
        model.notes.extend(self.note.clone());
        model.grids.clone_from(&self.sorted);
        model
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::engine::protocol::FileId;
    use crate::engine::{Engine, import};
    use crate::source::Source;
    use crate::state::{Limit, Shown, Sort, ViewState, Zoom, link};
    use crate::view;

    /// One configuration more than the rows of a table that cross at once.
    fn table() -> String {
        let row = |at: usize| format!("r,H200,org/m{at},v1,1000,1000,1,8,{},100,9\n", 100 + at);
        let heading = "run,accelerator,model,version,prompt toks,output toks,TP,intended concurrency,output_tok/sec,ttft_p95,successful_requests\n";
        heading.to_owned() + &(0..61).map(row).collect::<String>()
    }

    /// Whether the view must run to get from one state to the other.
    fn runs(view: &str, change: impl FnOnce(&mut ViewState)) -> bool {
        let mut engine = Engine::default();
        engine.add(FileId(0), import(&Source::new("table.csv", table().into_bytes()), None, |_| ()).tables);
        let mut state = ViewState { view: view.to_owned(), ..ViewState::default() };
        engine.show(&state, &BTreeMap::new());
        change(&mut state);
        let Engine { shown, joined, .. } = &mut engine;
        let shown = shown.as_mut().expect("a picture");
        let view = view::by_id(&state.view).expect("a view");
        !shown.rearrange(&state, view, &joined[&shown.kind].table)
    }

    fn by(column: &str) -> Option<Sort> {
        Some(Sort { column: column.to_owned(), descending: true })
    }

    #[test]
    fn order_and_zoom_do_not_run_the_view_again() {
        let zoom = Some(Zoom { x: [1.0, 2.0], y: [1.0, 2.0] });
        assert!(!runs("explore", |state| state.zoom = zoom));
        assert!(!runs("explore", |state| state.sort = by("model")));
        assert!(!runs("data/coverage", |state| state.sort = by("model")));
        // Filters, limits and the rows out of sight of a long table are the view's.
        assert!(runs("explore", |state| state.clear_filters()));
        assert!(runs("capacity", |state| state.slo.push(Limit { of: link::axis("ttft.p95").expect("an axis"), bound: 1.0 })));
        assert!(runs("capacity", |state| state.sort = by("cost:output_tps")));
        // A zoom into a time line has more detail.
        assert!(runs("runs/timeline", |state| state.zoom = zoom));
    }

    #[test]
    fn results_kept_by_a_table_are_those_of_a_new_one() {
        let loaded = || {
            let mut engine = Engine::default();
            engine.add(FileId(0), import(&Source::new("table.csv", table().into_bytes()), None, |_| ()).tables);
            engine
        };
        let mut engine = loaded();
        let first = engine.show(&ViewState::default(), &BTreeMap::new());
        let drawn: Vec<String> = first.panels.iter().flat_map(|panel| &panel.chart.series).map(|line| line.id.clone()).collect();
        let of = |change: fn(&mut ViewState)| {
            let mut state = first.state.clone();
            change(&mut state);
            state
        };
        let without = ViewState { shown: Shown::Only(drawn.into_iter().skip(1).collect()), ..first.state.clone() };
        let states = [without, of(|state| state.x_log = Some(false)), of(|state| state.error_limit = -1.0), first.state.clone()];
        for state in states {
            let kept = engine.show(&state, &BTreeMap::new());
            let anew = loaded().show(&state, &BTreeMap::new());
            assert_eq!((kept.panels, kept.notes), (anew.panels, anew.notes), "{state:?}");
        }
    }
}
