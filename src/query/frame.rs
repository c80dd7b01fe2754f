//! The frame of every view: applies filters, provides facets and axis choices,
//! and completes the model around the view's parts.

use super::choices::Counted;
use super::context::{Context, Output};
use super::{asks, axes, facets, row_table};
use crate::catalog::dimensions;
use crate::record::Kind;
use crate::sorting::Sorting;
use crate::state::{Axis, Filters, Selection, ViewState};
use crate::table::Table;
use crate::view_model::{Ask, Column, Empty, ViewModel};

/// The filtered rows, and the parts of the model shared by all views.
pub(crate) struct Frame {
    /// The state as shown.
    pub state: ViewState,
    /// The rows that pass the filters, except ignored ones.
    pub rows: Vec<usize>,
    /// Notes for the user.
    pub notes: Vec<String>,
    /// The filters, except ignored ones.
    applied: Selection,
    facets: Vec<Counted>,
    model: ViewModel,
    /// Whether the view has content without records of its kind.
    more: bool,
    asks: Vec<Ask>,
}

impl Frame {
    /// Applies the filters, except on dimensions that the view controls itself (`ignored`): these
    /// remain in the state and visible, with a note that they are ignored here.
    pub(crate) fn new(context: &Context<'_>, asked: &ViewState, ignored: &[&str]) -> Frame {
        Frame::with(context, asked, ignored, |_| Selection::new(), |_, _| false)
    }

    /// Like [`Frame::new`] for views of several kinds of rows: filters do not apply to `is_exempt` rows.
    pub(crate) fn except_rows(
        context: &Context<'_>,
        asked: &ViewState,
        ignored: &[&str],
        is_exempt: impl Fn(&str, usize) -> bool,
    ) -> Frame {
        Frame::with(context, asked, ignored, |_| Selection::new(), is_exempt)
    }

    /// Like [`Frame::new`] for views too crowded without filters: defaults to the best-populated model and
    /// workload, as in Explore.
    pub(crate) fn best_populated(context: &Context<'_>, asked: &ViewState, ignored: &[&str]) -> Frame {
        Frame::with(context, asked, ignored, facets::best_populated, |_, _| false)
    }

    fn with(
        context: &Context<'_>,
        asked: &ViewState,
        ignored: &[&str],
        automatic: fn(&Table) -> Selection,
        is_exempt: impl Fn(&str, usize) -> bool,
    ) -> Frame {
        let table = context.table;
        let mut state = asked.clone();
        if state.filters == Filters::Automatic && table.rows() > 0 {
            state.filters = Filters::Chosen(automatic(table));
        }
        let mut selection = state.selection();
        let put_aside: Vec<&str> = ignored.iter().copied().filter(|key| selection.remove(*key).is_some()).collect();
        let filtered = facets::apply_except(table, &selection, is_exempt);
        let mut notes = filtered.notes;
        if !put_aside.is_empty() {
            let names: Vec<&str> = put_aside.iter().map(|key| dimensions::label(key)).collect();
            notes.push(format!("Filter ignored in this view: {}.", names.join(" and ")));
        }
        let dimensions = table.dimension_keys().into_iter().map(|key| (key.to_owned(), dimensions::label(key).to_owned()));
        let mut facets = filtered.facets;
        facets.retain(|facet| !ignored.contains(&facet.key()));
        let model =
            ViewModel { axes: axes::choices(table, &filtered.rows), dimensions: dimensions.collect(), ..ViewModel::default() };
        Frame { state, rows: filtered.rows, notes, applied: selection, facets, model, more: false, asks: Vec::new() }
    }

    /// The rows of a further table that pass the filters, as far as it has their dimensions.
    pub(crate) fn within<'c>(&self, context: &Context<'c>, kind: Kind) -> Option<(&'c Table, Vec<usize>)> {
        if context.kind == kind {
            return Some((context.table, self.rows.clone()));
        }
        let table = context.others.get(&kind).copied().filter(|table| table.rows() > 0)?;
        let mut selection = self.applied.clone();
        selection.retain(|key, _| table.dimension(key).is_some());
        Some((table, facets::apply(table, &selection).rows))
    }

    /// Marks the view as having content even if no record of its kind passes the filters.
    pub(crate) fn has_other_content(&mut self) {
        self.more = true;
    }

    /// Asks for these dimensions, where rows within the filters lack them.
    pub(crate) fn ask(&mut self, table: &Table, needed: &[&str]) {
        self.asks = asks::asks(table, &self.rows, needed);
    }

    /// Asks for more.
    pub(crate) fn ask_for(&mut self, asks: impl IntoIterator<Item = Ask>) {
        self.asks.extend(asks);
    }

    /// Limits axis menus to metrics with a better direction, for views that search for the best.
    pub(crate) fn only_axes_with_direction(&mut self) {
        self.model.axes.retain(|axis| axis.better.is_some());
    }

    /// Expands these facets in this order, and collapses the others unless they have a selection.
    pub(crate) fn facets_first(&mut self, keys: &[&str]) {
        let place = |key: &str| keys.iter().position(|first| *first == key).unwrap_or(keys.len());
        for facet in &mut self.facets {
            facet.open = place(facet.key()) < keys.len() || facet.has_chosen();
        }
        self.facets.order_by_key(|facet| (place(facet.key()), !facet.open));
    }

    /// Completes the model: `parts` is from the view, the row table has `rows` with columns for `figures`.
    pub(crate) fn finish(self, context: &Context<'_>, parts: ViewModel, rows: Vec<usize>, figures: &[Axis]) -> Output {
        let columns = row_table::columns(context.table, &rows, figures);
        let mut frame = self;
        frame.notes.extend(mixed_gpus(context.table, &rows, figures));
        frame.finish_with(context, parts, rows, columns)
    }

    /// Like [`Frame::finish`], with custom columns.
    pub(crate) fn finish_with(self, context: &Context<'_>, parts: ViewModel, rows: Vec<usize>, columns: Vec<Column>) -> Output {
        let Frame { state, notes, applied: _, facets, model, rows: left, more, asks } = self;
        let empty = parts.empty.clone().or_else(|| nothing(context, &state, !facets.is_empty(), &left).filter(|_| !more));
        let total = rows.len();
        let model = ViewModel {
            notes: notes.into_iter().chain(parts.notes).collect(),
            axes: model.axes,
            asks,
            dimensions: model.dimensions,
            columns,
            total,
            empty,
            state,
            ..parts
        };
        Output { model, facets, rows, points: Vec::new() }
    }
}

/// The note if per-GPU metrics use GPUs in use for some measurements and allocated GPUs for others.
fn mixed_gpus(table: &Table, rows: &[usize], figures: &[Axis]) -> Option<String> {
    let per_gpu = |axis: &Axis| matches!(axis, Axis::Figure { metric, .. } if metric.ends_with("tps_per_gpu"));
    if !figures.iter().any(per_gpu) {
        return None;
    }
    let basis = table.dimension("gpus_basis")?;
    let stated: Vec<bool> = rows.iter().filter_map(|row| Some(basis.text(*row)?.contains("allocated"))).collect();
    let allocated = stated.iter().filter(|allocated| **allocated).count();
    (allocated > 0 && allocated < stated.len()).then(|| {
        format!(
            "Per GPU: {allocated} of {} measurements state only their allocated GPUs, which includes idle ones; the others use \
             GPUs in use (see “GPU count source” in the table).",
            stated.len()
        )
    })
}

/// Why the view is empty: no records loaded, or none within the filters.
fn nothing(context: &Context<'_>, state: &ViewState, has_filters: bool, left: &[usize]) -> Option<Empty> {
    let Context { table, kind, .. } = context;
    if table.rows() == 0 {
        let mut explore = state.clone();
        explore.show_view("explore");
        explore.kind = None;
        let reason = format!("No loaded file has {}. They come from {}.", kind.plural(), kind.files());
        return Some(Empty { reason, remedy: Some(("Open Explore".to_owned(), explore)) });
    }
    (left.is_empty() && has_filters).then(|| {
        let mut remedied = state.clone();
        remedied.filters = Filters::Chosen(Selection::new());
        let reason = format!("The filters exclude all {}.", kind.count(table.rows()));
        Empty { reason, remedy: Some(("Clear all filters".to_owned(), remedied)) }
    })
}
