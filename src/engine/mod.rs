//! The engine: reads files, owns the tables, answers the protocol. The page's worker, the command line and the tests
//! all use this one.
//!
//! Only [`port`] names the browser; nothing here names Leptos.

mod audit;
pub mod import;
#[cfg(target_arch = "wasm32")]
pub mod port;
pub mod protocol;

pub use import::{FileReport, Imported, import, import_all};

use std::collections::BTreeMap;

use crate::bundle;
use crate::record::Kind;
use crate::source::packed;
use crate::state::ViewState;
use crate::table::{Table, Tables, export};
use crate::view::{self, Cell, Colours, Context, PointCard, Shown, ViewModel};
use protocol::{ExportKind, Exported, FileId};

/// The tables of all loaded files, and what is on the screen.
#[derive(Default)]
pub struct Engine {
    files: Vec<(FileId, Tables)>,
    joined: Option<Table>,
    colours: Colours,
    shown: Option<Shown>,
}

impl Engine {
    /// Adds a file's tables, or replaces those it had.
    pub fn add(&mut self, id: FileId, tables: Tables) {
        self.remove(&[id]);
        self.files.push((id, tables));
    }

    /// Removes files.
    pub fn remove(&mut self, ids: &[FileId]) {
        self.files.retain(|(id, _)| !ids.contains(id));
        self.joined = None;
        self.shown = None;
    }

    /// The picture of a state. A view that this program does not have falls back to the first, with a note.
    pub fn show(&mut self, state: &ViewState, searches: &BTreeMap<String, String>) -> ViewModel {
        let files: Vec<&Tables> = self.files.iter().map(|(_, tables)| tables).collect();
        let table = self.joined.get_or_insert_with(|| bundle::join(&files, Kind::Measurement));
        let mut state = state.clone();
        let known = view::by_id(&state.view);
        let view = known.unwrap_or(view::VIEWS[0]);
        let note = known.is_none().then(|| format!("There is no view “{}”: {} is shown.", state.view, view.label()));
        state.view = view.id().to_owned();
        let mut shown = view.show(&mut Context { table, colours: &mut self.colours, searches }, &state);
        shown.model.notes.splice(0..0, note);
        let model = shown.model.clone();
        self.shown = Some(shown);
        model
    }

    /// A window of the table twin.
    pub fn rows(&self, offset: usize, length: usize) -> Vec<Vec<Cell>> {
        let Some((table, shown)) = self.current() else { return Vec::new() };
        let rows = shown.rows.iter().skip(offset).take(length);
        rows.map(|row| view::cells(table, &shown.model.columns, *row)).collect()
    }

    /// Everything about a point.
    pub fn point(&self, panel: usize, series: usize, point: usize) -> Option<PointCard> {
        let (table, shown) = self.current()?;
        let rows = shown.points.get(panel)?.get(series)?.get(point)?;
        let title = &shown.model.panels.get(panel)?.chart.series.get(series)?.label;
        let axes: Vec<_> = [&shown.model.state.y, &shown.model.state.x].into_iter().flatten().cloned().collect();
        Some(view::point_card(table, title, rows, &axes))
    }

    /// The measurements on the screen as a file or as text for the clipboard.
    pub fn export(&self, kind: ExportKind) -> Exported {
        let Some((table, shown)) = self.current() else { return Exported::default() };
        let name = |extension: &str| format!("inferscope-{}.{extension}", shown.model.state.view);
        match kind {
            ExportKind::Csv => Exported { name: name("csv"), mime: "text/csv".into(), text: export::csv(table, &shown.rows) },
            ExportKind::Packed => {
                let text = packed::pack(&export::csv(table, &shown.rows));
                Exported { name: name("txt"), mime: "text/plain".into(), text }
            }
            ExportKind::Json => {
                Exported { name: name("json"), mime: "application/json".into(), text: export::json(table, &shown.rows) }
            }
            ExportKind::Tsv => {
                let columns = &shown.model.columns;
                let header: Vec<String> = columns.iter().map(|column| export::heading(&column.label, &column.unit)).collect();
                let rows = shown.rows.iter().map(|row| view::cells(table, columns, *row));
                let rows =
                    rows.map(|cells| cells.into_iter().zip(columns).map(|(cell, column)| (cell.exact, column.numeric)).collect());
                Exported { name: name("tsv"), mime: "text/tab-separated-values".into(), text: export::tsv(&header, rows) }
            }
        }
    }

    fn current(&self) -> Option<(&Table, &Shown)> {
        Some((self.joined.as_ref()?, self.shown.as_ref()?))
    }
}
