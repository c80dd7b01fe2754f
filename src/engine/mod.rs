//! The engine: reads files, owns the tables and answers protocol requests. Shared by the page's worker, the command line
//! and the tests.
//!
//! Only [`port`] and [`messages`] depend on the browser; nothing here depends on Leptos.

mod anonymous;
mod audit;
pub mod bundle;
pub mod dataset;
mod exports;
pub mod findings;
pub mod import;
mod kept;
mod listed;
pub mod live;
#[cfg(target_arch = "wasm32")]
pub mod messages;
#[cfg(target_arch = "wasm32")]
pub mod port;
pub mod prepared;
pub mod protocol;
mod reference;
pub mod synthesis;
mod synthetic;

pub use exports::{CELLS, PACKED, influx_note};
pub use import::{FileReport, Imported, Instructions, ReadAs, import, import_all};
pub use listed::{import_fetched, import_listed};

use std::collections::BTreeMap;
use std::ops::Range;

use rustc_hash::FxHashSet;

use crate::catalog::dimensions;
use crate::join::Joined;
use crate::query::colours::Colours;
use crate::query::context::{Context, Output};
use crate::query::listing::Window;
use crate::query::{point_card, row_table};
use crate::record::{Given, Kind};
use crate::runs::server_links;
use crate::state::ViewState;
use crate::state::settings::Settings;
use crate::table::{Table, Tables};
use crate::view::{self, About};
use crate::view_model::{Cell, Grid, GridCell, PointCard, ViewModel};
use crate::work::{self, Pace};
use anonymous::Names;
use kept::Kept;
use protocol::{FileId, StatedValues};

/// The tables of all loaded files, and the current view.
pub struct Engine {
    files: Vec<(FileId, Tables)>,
    joined: BTreeMap<Kind, Joined>,
    given: Vec<Given>,
    colours: Colours,
    settings: Settings,
    shown: Option<Kept>,
    names: Names,
}

impl Default for Engine {
    fn default() -> Engine {
        let (files, joined, given) = Default::default();
        let (colours, names) = <(Colours, Names)>::default();
        Engine { files, joined, given, colours, settings: Settings::built_in(), shown: None, names }
    }
}

impl Engine {
    /// Sets the deployment's prices, power, releases and links.
    pub fn set(&mut self, settings: Settings) {
        self.settings = settings;
        self.shown = None;
    }

    /// Adds or replaces a file's tables.
    pub fn add(&mut self, id: FileId, tables: Tables) {
        self.shown = None;
        self.names.forget(id);
        match self.files.iter_mut().find(|(known, _)| *known == id) {
            Some(file) => {
                file.1 = tables;
                self.joined.clear();
            }
            None => self.files.push((id, tables)),
        }
    }

    /// Removes files.
    pub fn remove(&mut self, ids: &[FileId]) {
        self.files.retain(|(id, _)| !ids.contains(id));
        ids.iter().for_each(|id| self.names.forget(*id));
        self.joined.clear();
        self.shown = None;
    }

    /// Joins, in steps, what [`Engine::show`] needs for a state, which is returned with its view decided. Where this is dropped
    /// before its end, what was not joined yet is joined with the next picture.
    pub async fn prepare(&mut self, asked: &ViewState, pace: Pace<'_>) -> ViewState {
        self.given_is(&asked.given);
        let first = asked.view == view::FIRST;
        let share = if first { 0.5 } else { 0.0 };
        if first {
            self.join_at(Kind::Measurement, pace.part(0.0, share)).await;
        }
        let state = self.decided(asked);
        let view = view::by_id(&state.view).unwrap_or_else(view::fallback);
        let kinds: Vec<Kind> =
            std::iter::once(self.kind_of(view.about, &state)).chain(view.about.extra_kinds.iter().copied()).collect();
        for (at, kind) in kinds.iter().enumerate() {
            self.join_at(*kind, pace.part(share, 1.0).step(at, kinds.len())).await;
        }
        state
    }

    /// Joins, in steps, what [`Engine::identity`] needs.
    pub async fn prepare_all(&mut self, pace: Pace<'_>) {
        let kinds = self.kinds();
        for (at, (kind, _)) in kinds.iter().enumerate() {
            self.join_at(*kind, pace.step(at, kinds.len())).await;
        }
    }

    /// Joins, in steps, what [`Engine::export`] needs for all records of a kind.
    pub async fn prepare_kind(&mut self, kind: Kind, pace: Pace<'_>) {
        self.join_at(kind, pace).await;
    }

    /// The view model of a state. Unknown views fall back to the first, with a note.
    pub fn show(&mut self, state: &ViewState, searches: &BTreeMap<String, String>) -> ViewModel {
        let state = &self.decided(state);
        let view = view::by_id(&state.view).unwrap_or_else(view::fallback);
        if let Some(shown) = &mut self.shown
            && let Some(Joined { table, .. }) = self.joined.get(&shown.kind)
            && shown.rearrange(state, view, table)
        {
            return shown.model(searches);
        }
        let (kind, output) = self.run(state, &Window::default());
        let shown = Kept::new(state.clone(), kind, output, &self.joined[&kind].table);
        self.shown.insert(shown).model(searches)
    }

    /// The state with the view decided that answers first, if it names none.
    fn decided(&mut self, asked: &ViewState) -> ViewState {
        if asked.view != view::FIRST {
            return asked.clone();
        }
        self.given_is(&asked.given);
        self.join(Kind::Measurement);
        let table = &self.joined[&Kind::Measurement].table;
        let (colours, window, settings) = (&mut self.colours, &Window::default(), &self.settings);
        let context = Context { table, kind: Kind::Measurement, others: BTreeMap::new(), colours, sort: None, window, settings };
        let verdict = view::verdict(&context, asked).map(|view| view.about.id);
        let first = verdict.or_else(|| self.of_servers()).unwrap_or_else(|| view::fallback().about.id);
        ViewState { view: first.to_owned(), ..asked.clone() }
    }

    /// The view of servers or of GPUs, where nothing but what they report is loaded.
    fn of_servers(&self) -> Option<&'static str> {
        let tables = || self.files.iter().map(|(_, tables)| tables);
        let has = |kind: Kind| tables().any(|tables| tables.rows(kind) > 0);
        if Kind::ALL.into_iter().any(|kind| !matches!(kind, Kind::Sample | Kind::Counter) && has(kind)) {
            return None;
        }
        let is_gpu = |table: &Table| ["gpu", "gpu_uuid"].iter().any(|key| table.dimension(key).is_some());
        let mut samples = tables().filter_map(|tables| tables.get(Kind::Sample)).filter(|table| table.rows() > 0).peekable();
        let gpus = samples.peek().is_some() && samples.all(is_gpu);
        let servers = has(Kind::Counter).then_some(view::SERVER_METRICS);
        if gpus { Some(view::GPUS) } else { servers }
    }

    /// Joins anew if people say something else of the files.
    fn given_is(&mut self, given: &[Given]) {
        if self.given != given {
            self.given = given.to_vec();
            self.joined.clear();
        }
    }

    /// Runs the state's view, which builds the table rows within the window.
    fn run(&mut self, asked: &ViewState, window: &Window) -> (Kind, Output) {
        self.given_is(&asked.given);
        let mut state = asked.clone();
        let known = view::by_id(&state.view);
        let view = known.unwrap_or_else(view::fallback);
        let About { id, kind: own, extra_kinds, resamples, .. } = *view.about;
        let note = known.is_none().then(|| format!("Unknown view “{}”. Showing {}.", state.view, view.about.name()));
        id.clone_into(&mut state.view);
        let kinds = self.kinds();
        let loaded = |asked: &Kind| kinds.iter().any(|(kind, _)| kind == asked);
        let wanted = own.or(state.kind.filter(|asked| !loaded(asked)));
        let kind = self.kind_of(view.about, &state);
        self.join(kind);
        extra_kinds.iter().for_each(|kind| self.join(*kind));
        // Counted again: what was joined has duplicates once.
        let kinds = self.kinds();
        let Joined { table, .. } = &self.joined[&kind];
        let others = extra_kinds.iter().filter_map(|kind| Some((*kind, &self.joined.get(kind)?.table))).collect();
        let unshown = wanted.filter(|wanted| *wanted != kind && !kinds.is_empty());
        let unshown = unshown.map(|wanted| format!("No loaded file has {}. Showing {}.", wanted.plural(), kind.plural()));
        state.kind = state.kind.map(|_| kind);
        // Order and zoom are for what the view shows; its links are to all of it.
        let sort = state.sort.take();
        state.zoom = state.zoom.filter(|_| resamples);
        let settings = &self.settings.clone().with_prices(&state.prices);
        let colours = &mut self.colours;
        let mut context = Context { table, kind, others, colours, sort: sort.as_ref(), window, settings };
        let mut output = (view.show)(&mut context, &state);
        let model = &mut output.model;
        (model.state.zoom, model.state.sort) = (asked.zoom, sort);
        reference::mark(model, asked.reference.as_deref());
        model.notes.splice(0..0, note.into_iter().chain(unshown));
        // A view of several kinds can choose the kind of its row table.
        let kind = model.of.filter(|of| self.joined.contains_key(of)).unwrap_or(kind);
        model.of = Some(kind);
        model.kinds = kinds;
        model.personal = self.personal();
        model.joins = self.joined.get(&kind).map(|joined| joined.notes.clone()).unwrap_or_default();
        if let Some(joined) = self.joined.get(&kind) {
            synthetic::tell(&joined.table, &mut output);
        }
        (kind, output)
    }

    /// The kind of records that a view shows of a state: its own, the one that is asked for, or the first that it accepts.
    fn kind_of(&self, view: &About, state: &ViewState) -> Kind {
        let kinds = self.kinds();
        let loaded = |asked: &Kind| kinds.iter().any(|(kind, _)| kind == asked);
        let fits = |kind: &Kind| loaded(kind) && (view.accepted_kinds.is_empty() || view.accepted_kinds.contains(kind));
        let first = || view.accepted_kinds.iter().copied().find(loaded).or_else(|| kinds.first().map(|(kind, _)| *kind));
        view.kind.or(state.kind.filter(fits)).or_else(first).unwrap_or(Kind::Measurement)
    }

    /// A window of the row table.
    pub fn rows(&self, offset: usize, length: usize) -> Vec<Vec<Cell>> {
        let Some((table, shown)) = self.current() else { return Vec::new() };
        let rows = shown.rows.iter().skip(offset).take(length);
        rows.map(|row| row_table::cells(table, &shown.output.model.columns, *row)).collect()
    }

    /// Some rows of one of the view's tables, in sorted order. Rows not sent with the view model are built now.
    pub fn grid_rows(&mut self, grid: usize, offset: usize, length: usize) -> Vec<Vec<GridCell>> {
        let Some(known) = self.current().and_then(|(_, shown)| shown.sorted.get(grid)) else { return Vec::new() };
        let end = offset.saturating_add(length).min(known.total.max(known.rows.len()));
        if end <= known.rows.len() {
            return known.rows.get(offset.min(end)..end).unwrap_or_default().to_vec();
        }
        let key = known.key.clone();
        self.built(&key, offset..end).map(|grid| grid.rows).unwrap_or_default()
    }

    /// One of the view's own tables with all its rows, as it is sorted.
    fn whole_grid(&mut self, grid: usize) -> Option<Grid> {
        let known = self.current().and_then(|(_, shown)| shown.sorted.get(grid))?;
        if known.rows.len() >= known.total {
            return Some(known.clone());
        }
        let (key, total) = (known.key.clone(), known.total);
        self.built(&key, 0..total)
    }

    /// A table of the view that is shown, with these rows.
    fn built(&mut self, key: &str, rows: Range<usize>) -> Option<Grid> {
        let state = self.shown.as_ref()?.state.clone();
        let (_, output) = self.run(&state, &Window::Of(key.to_owned(), rows));
        output.model.grids.into_iter().find(|grid| grid.key == key)
    }

    /// Everything about a point.
    pub fn point(&self, panel: usize, series: usize, point: usize) -> Option<PointCard> {
        let (table, shown) = self.current()?;
        let Output { model, points, .. } = &shown.output;
        let rows = points.get(panel)?.get(series)?.get(point)?;
        let chart = &model.panels.get(panel)?.chart;
        let line = chart.series.get(series)?;
        let axes: Vec<_> = [&model.state.y, &model.state.x].into_iter().flatten().cloned().collect();
        let mut card = point_card::point_card(table, &line.label, rows, &axes);
        // Values of a view's own axis are not among the metrics of its rows.
        if let Some(point) = line.points().nth(point) {
            let drawn = [(&chart.y, point.y), (&chart.x, point.x)].into_iter().filter(|(axis, _)| axis.is_plain());
            let drawn: Vec<_> = drawn.map(|(axis, value)| axis.figure(value)).collect();
            // If they are, show them once, formatted like the axis with its unit.
            let again = |(label, shown, exact): &(String, String, String)| {
                drawn.iter().any(|(other, same, digits)| other == label && (digits == exact || same == shown))
            };
            card.figures.retain(|figure| !again(figure));
            card.figures.splice(0..0, drawn);
        }
        if table.kind() == Kind::Measurement {
            card.steps.extend(reference::steps(table, model, chart, line, rows));
        }
        let files = self.tables();
        let workers = server_links::workers(table, rows, &files, &model.state);
        card.steps.extend(workers.map(|link| ("Workers during this measurement".to_owned(), link)));
        let server = server_links::server(table, rows, &files, &model.state);
        card.steps.extend(server.map(|link| ("Server metrics at that time".to_owned(), link)));
        card.steps.extend(server_links::client(table, rows, &files, &model.state));
        Some(card)
    }

    /// Identity of some files, by path: every dimension that the user can set.
    pub fn identity(&mut self, paths: &[String]) -> Vec<StatedValues> {
        let kinds = self.kinds();
        kinds.iter().for_each(|(kind, _)| self.join(*kind));
        let mut stated: Vec<StatedValues> = dimensions::GIVABLE.iter().map(|key| StatedValues::new(key)).collect();
        let asked: FxHashSet<&str> = paths.iter().map(String::as_str).collect();
        let mut known_files: FxHashSet<&str> = FxHashSet::default();
        // By dimension: the files that state it.
        let mut stating: Vec<FxHashSet<&str>> = vec![FxHashSet::default(); stated.len()];
        for Joined { table, .. } in kinds.iter().filter_map(|(kind, _)| self.joined.get(kind)) {
            let Some(path) = table.dimension("path") else { continue };
            let rows: Vec<(usize, &str)> = (0..table.rows())
                .filter_map(|row| Some((row, path.text(row)?)))
                .filter(|(_, path)| asked.contains(path))
                .collect();
            known_files.extend(rows.iter().map(|(_, path)| *path));
            for (known, stating) in stated.iter_mut().zip(&mut stating) {
                let Some(column) = table.dimension(&known.key) else { continue };
                for (code, path) in rows.iter().filter_map(|(row, path)| Some((column.code(*row)?, *path))) {
                    stating.insert(path);
                    let value = column.value(code);
                    if known.values.len() < StatedValues::MAX_VALUES && !known.values.iter().any(|other| other == value) {
                        known.values.push(value.to_owned());
                    }
                }
            }
        }
        for (known, stating) in stated.iter_mut().zip(stating) {
            known.missing = known_files.len() - stating.len();
        }
        stated
    }

    fn current(&self) -> Option<(&Table, &Kept)> {
        let shown = self.shown.as_ref()?;
        Some((&self.joined.get(&shown.kind)?.table, shown))
    }

    /// The kinds of records with counts; without those that cannot be charted.
    fn kinds(&self) -> Vec<(Kind, usize)> {
        // What was joined counts what is in two files once.
        let count = |kind: Kind| match self.joined.get(&kind).filter(|joined| joined.files() == self.files.len()) {
            Some(joined) => joined.table.rows(),
            None => self.files.iter().map(|(_, tables)| tables.rows(kind)).sum(),
        };
        let kinds = Kind::ALL.into_iter().filter(|kind| kind.is_listed());
        kinds.map(|kind| (kind, count(kind))).filter(|(_, count)| *count > 0).collect()
    }

    fn join(&mut self, kind: Kind) {
        work::at_once(self.join_at(kind, Pace::UNBROKEN));
    }

    async fn join_at(&mut self, kind: Kind, pace: Pace<'_>) {
        // What is half joined is not kept.
        let mut joined = self.joined.remove(&kind).unwrap_or_else(|| Joined::new(kind, &self.given));
        self.complete_names();
        joined.extend_at(&self.tables(), pace).await;
        self.joined.insert(kind, joined);
    }
}
