//! The engine: reads files, owns the tables and answers protocol requests. Shared by the page's worker, the command line
//! and the tests.
//!
//! Only [`port`] depends on the browser; nothing here depends on Leptos.

mod audit;
mod exports;
pub mod findings;
pub mod import;
#[cfg(target_arch = "wasm32")]
pub mod port;
pub mod protocol;

pub use exports::PACKED;
pub use import::{FileReport, Imported, ReadAs, import, import_all};

use std::collections::BTreeMap;
use std::ops::Range;

use crate::catalog::dimensions;
use crate::join::Joined;
use crate::query::colours::Colours;
use crate::query::context::{Context, Shown};
use crate::query::listing::{self, Window};
use crate::query::{point_card, row_table};
use crate::record::{Given, Kind};
use crate::runs::workers_link;
use crate::state::ViewState;
use crate::state::settings::Settings;
use crate::table::{Table, Tables};
use crate::view;
use crate::view_model::{Cell, Grid, GridCell, PointCard, ViewModel};
use protocol::{FileId, StatedValues};

/// The tables of all loaded files, and the current view.
pub struct Engine {
    files: Vec<(FileId, Tables)>,
    joined: BTreeMap<Kind, Joined>,
    given: Vec<Given>,
    colours: Colours,
    settings: Settings,
    shown: Option<(Kind, Shown)>,
    /// The state and the facet searches that `shown` answers.
    asked: (ViewState, BTreeMap<String, String>),
}

impl Default for Engine {
    fn default() -> Engine {
        let (files, joined, given) = Default::default();
        Engine {
            files,
            joined,
            given,
            colours: Colours::default(),
            settings: Settings::built_in(),
            shown: None,
            asked: Default::default(),
        }
    }
}

impl Engine {
    /// Sets the deployment's prices, power, releases and links.
    pub fn set(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// Adds or replaces a file's tables.
    pub fn add(&mut self, id: FileId, tables: Tables) {
        if self.files.iter().any(|(known, _)| *known == id) {
            self.remove(&[id]);
        }
        self.shown = None;
        self.files.push((id, tables));
    }

    /// Removes files.
    pub fn remove(&mut self, ids: &[FileId]) {
        self.files.retain(|(id, _)| !ids.contains(id));
        self.joined.clear();
        self.shown = None;
    }

    /// The view model of a state. Unknown views fall back to the first, with a note.
    pub fn show(&mut self, state: &ViewState, searches: &BTreeMap<String, String>) -> ViewModel {
        let (kind, shown) = self.run(state, searches, &Window::default());
        let model = shown.model.clone();
        self.shown = Some((kind, shown));
        self.asked = (state.clone(), searches.clone());
        model
    }

    /// Runs the state's view, which builds the table rows within the window.
    fn run(&mut self, state: &ViewState, searches: &BTreeMap<String, String>, window: &Window) -> (Kind, Shown) {
        if self.given != state.given {
            self.given.clone_from(&state.given);
            self.joined.clear();
        }
        let mut state = state.clone();
        let known = view::by_id(&state.view);
        let view = known.unwrap_or_else(view::fallback);
        let note = known.is_none().then(|| format!("Unknown view “{}”. Showing {}.", state.view, view.label()));
        state.view = view.id().to_owned();
        let kinds = self.kinds();
        let loaded = |asked: &Kind| kinds.iter().any(|(kind, _)| kind == asked);
        let fits = |kind: &Kind| loaded(kind) && (view.accepted_kinds().is_empty() || view.accepted_kinds().contains(kind));
        let first = || view.accepted_kinds().iter().copied().find(loaded).or_else(|| kinds.first().map(|(kind, _)| *kind));
        let kind = view.kind().or(state.kind.filter(fits)).or_else(first).unwrap_or(Kind::Measurement);
        let asked = view.kind().or(state.kind.filter(|asked| !loaded(asked)));
        self.join(kind);
        view.extra_kinds().iter().for_each(|kind| self.join(*kind));
        let Joined { table, .. } = &self.joined[&kind];
        let others = view.extra_kinds().iter().filter_map(|kind| Some((*kind, &self.joined.get(kind)?.table))).collect();
        let unshown = asked.filter(|asked| *asked != kind && !kinds.is_empty());
        let unshown = unshown.map(|asked| format!("No loaded file has {}. Showing {}.", asked.plural(), kind.plural()));
        state.kind = state.kind.map(|_| kind);
        let settings = &self.settings.clone().with_prices(&state.prices);
        let mut shown =
            view.show(&mut Context { table, kind, others, colours: &mut self.colours, searches, window, settings }, &state);
        if let Some(sort) = &state.sort {
            shown.model.grids.iter_mut().for_each(|grid| listing::sort(grid, sort));
        }
        shown.model.notes.splice(0..0, note.into_iter().chain(unshown));
        // A view of several kinds can choose the kind of its row table.
        let kind = shown.model.of.filter(|of| self.joined.contains_key(of)).unwrap_or(kind);
        shown.model.of = Some(kind);
        shown.model.kinds = kinds;
        shown.model.joins = self.joined.get(&kind).map(|joined| joined.notes.clone()).unwrap_or_default();
        (kind, shown)
    }

    /// A window of the row table.
    pub fn rows(&self, offset: usize, length: usize) -> Vec<Vec<Cell>> {
        let Some((table, shown)) = self.current() else { return Vec::new() };
        let rows = shown.rows.iter().skip(offset).take(length);
        rows.map(|row| row_table::cells(table, &shown.model.columns, *row)).collect()
    }

    /// Some rows of one of the view's tables, in sorted order. Rows not sent with the view model are built now.
    pub fn grid_rows(&mut self, grid: usize, offset: usize, length: usize) -> Vec<Vec<GridCell>> {
        let Some(known) = self.current().and_then(|(_, shown)| shown.model.grids.get(grid)) else { return Vec::new() };
        let end = offset.saturating_add(length).min(known.total.max(known.rows.len()));
        if end <= known.rows.len() {
            return known.rows.get(offset.min(end)..end).unwrap_or_default().to_vec();
        }
        let key = known.key.clone();
        self.built(&key, offset..end).map(|grid| grid.rows).unwrap_or_default()
    }

    /// One of the view's own tables with all its rows, as it is sorted.
    fn whole_grid(&mut self, grid: usize) -> Option<Grid> {
        let known = self.current().and_then(|(_, shown)| shown.model.grids.get(grid))?;
        if known.rows.len() >= known.total {
            return Some(known.clone());
        }
        let (key, total) = (known.key.clone(), known.total);
        self.built(&key, 0..total)
    }

    /// A table of the view that is shown, with these rows.
    fn built(&mut self, key: &str, rows: Range<usize>) -> Option<Grid> {
        let (state, searches) = self.asked.clone();
        let (_, shown) = self.run(&state, &searches, &Window::Of(key.to_owned(), rows));
        shown.model.grids.into_iter().find(|grid| grid.key == key)
    }

    /// Everything about a point.
    pub fn point(&self, panel: usize, series: usize, point: usize) -> Option<PointCard> {
        let (table, shown) = self.current()?;
        let rows = shown.points.get(panel)?.get(series)?.get(point)?;
        let chart = &shown.model.panels.get(panel)?.chart;
        let line = chart.series.get(series)?;
        let axes: Vec<_> = [&shown.model.state.y, &shown.model.state.x].into_iter().flatten().cloned().collect();
        let mut card = point_card::point_card(table, &line.label, rows, &axes);
        // Values of a view's own axis are not among the metrics of its rows.
        if let Some(point) = line.points().nth(point) {
            let drawn = [(&chart.y, point.y), (&chart.x, point.x)].into_iter().filter(|(axis, _)| axis.is_plain());
            let drawn: Vec<_> = drawn.map(|(axis, value)| axis.figure(value)).collect();
            // If they are, show them once, formatted like the axis with its unit.
            card.figures.retain(|(label, _, exact)| !drawn.iter().any(|(other, _, same)| (other, same) == (label, exact)));
            card.figures.splice(0..0, drawn);
        }
        let files: Vec<&Tables> = self.files.iter().map(|(_, tables)| tables).collect();
        let workers = workers_link::workers(table, rows, &files, &shown.model.state);
        card.steps.extend(workers.map(|link| ("Workers during this measurement".to_owned(), link)));
        Some(card)
    }

    /// Identity of some files, by path: every dimension that any record has or that the user can set.
    pub fn identity(&mut self, paths: &[String]) -> Vec<StatedValues> {
        let kinds = self.kinds();
        kinds.iter().for_each(|(kind, _)| self.join(*kind));
        let mut stated: Vec<StatedValues> = dimensions::GIVABLE.iter().map(|key| StatedValues::new(key)).collect();
        for Joined { table, .. } in kinds.iter().filter_map(|(kind, _)| self.joined.get(kind)) {
            let Some(path) = table.dimension("path") else { continue };
            let rows: Vec<usize> = (0..table.rows())
                .filter(|row| path.text(*row).is_some_and(|path| paths.iter().any(|asked| asked == path)))
                .collect();
            for known in &mut stated {
                let Some(column) = table.dimension(&known.key) else { continue };
                for code in rows.iter().filter_map(|row| column.code(*row)) {
                    let value = column.value(code);
                    if known.values.len() < StatedValues::MAX_VALUES && !known.values.iter().any(|other| other == value) {
                        known.values.push(value.to_owned());
                    }
                }
            }
        }
        stated
    }

    fn current(&self) -> Option<(&Table, &Shown)> {
        let (kind, shown) = self.shown.as_ref()?;
        Some((&self.joined.get(kind)?.table, shown))
    }

    /// The kinds of records with counts; descriptions and settings are excluded because they cannot be charted.
    fn kinds(&self) -> Vec<(Kind, usize)> {
        let count = |kind: Kind| self.files.iter().map(|(_, tables)| tables.rows(kind)).sum();
        let kinds = Kind::ALL.into_iter().filter(|kind| !matches!(kind, Kind::Context | Kind::Setting));
        kinds.map(|kind| (kind, count(kind))).filter(|(_, count)| *count > 0).collect()
    }

    fn join(&mut self, kind: Kind) {
        let files: Vec<&Tables> = self.files.iter().map(|(_, tables)| tables).collect();
        self.joined.entry(kind).or_insert_with(|| Joined::new(kind, &self.given)).extend(&files);
    }
}
