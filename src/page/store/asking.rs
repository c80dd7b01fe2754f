//! Requests to the engine (rows, points, identities, exports), and remembered overrides and mappings.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::{Sheet, Store};
use crate::engine::protocol::{ExportRef, FileId, PointRef, Purpose, Request};
use crate::format::mapped::{Header, Mapping};
use crate::page::files::Content;
use crate::page::settings::{Mappings, Remembered};
use crate::record::Given;
use crate::view_model::Grid;

impl Store {
    /// Requests a window of the row table.
    pub fn ask_rows(self, offset: usize, length: usize) {
        self.ask(Request::Rows { offset, length }, JsValue::UNDEFINED);
    }

    /// The serial number of the last requested view.
    pub fn picture(self) -> u32 {
        self.serial.get_value()
    }

    /// Requests more rows of one of the view's own tables.
    pub fn ask_grid_rows(self, grid: usize, offset: usize) {
        let (serial, length) = (self.serial.get_value(), Grid::FIRST_ROWS);
        self.ask(Request::GridRows { serial, grid, offset, length }, JsValue::UNDEFINED);
    }

    /// Sets the point under the pointer.
    pub fn hover(self, at: Option<PointRef>) {
        if self.hovered.get_untracked() == at {
            return;
        }
        self.hovered.set(at);
        self.hover_card.set(None);
        if let Some(at) = at {
            self.ask(Request::Point(at), JsValue::UNDEFINED);
        }
    }

    /// Pins a point's details.
    pub fn pin(self, at: PointRef) {
        self.pinning.set_value(Some(at));
        self.ask(Request::Point(at), JsValue::UNDEFINED);
    }

    /// Opens the identity editor for some files.
    pub fn describe(self, paths: Vec<String>) {
        self.stated.set(None);
        self.described.set(paths.clone());
        self.sheet.set(Some(Sheet::Describe));
        self.ask(Request::Identity { paths }, JsValue::UNDEFINED);
    }

    /// Remembers overrides for the next visit.
    pub fn remember(self, given: &[Given]) {
        Remembered::load().with(given).save();
    }

    /// Remembers the difference between the state's overrides and these, removals included.
    pub fn remember_changes(self, given: &[Given]) {
        let former = self.state.with_untracked(|state| state.given.clone());
        let about = |one: &Given, other: &Given| (&one.path, &one.dimension) == (&other.path, &other.dimension);
        let gone = former.iter().filter(|one| !given.iter().any(|other| about(one, other)));
        let gone = gone.map(|one| Given { value: String::new(), ..one.clone() });
        let new = given.iter().filter(|one| !former.contains(one)).cloned();
        let changes: Vec<Given> = gone.chain(new).collect();
        if !changes.is_empty() {
            self.remember(&changes);
        }
    }

    /// Opens the column mapping of a file.
    pub fn map_columns(self, id: FileId) {
        let columns = self.files.with_untracked(|files| {
            let file = files.iter().find(|file| file.id == id)?;
            file.reports().first()?.columns.clone()
        });
        if let Some(header) = columns {
            self.mapped.set(Some((id, header)));
            self.sheet.set(Some(Sheet::Mapping));
        }
    }

    /// The remembered mapping of a table with these columns.
    pub fn remembered_mapping(self, header: &Header) -> Option<Mapping> {
        Mappings::load().of(header).cloned()
    }

    /// Remembers a mapping for the next table with the same columns.
    pub fn remember_mapping(self, header: &Header, mapping: &Mapping) {
        Mappings::load().with(header, mapping).save();
    }

    /// Downloads the shown measurements.
    pub fn download(self, export: ExportRef) {
        self.export(export, Purpose::Download);
    }

    /// Adds the shown measurements to another dashboard's table and downloads it.
    pub fn append(self, key: &str, name: String, existing: &Content) {
        self.ask(Request::Append { key: key.to_owned(), name }, existing.beside());
    }

    /// Copies a table.
    pub fn copy(self, export: ExportRef) {
        self.export(export, Purpose::Copy);
    }

    pub(super) fn export(self, export: ExportRef, purpose: Purpose) {
        self.ask(Request::Export { export, purpose }, JsValue::UNDEFINED);
    }
}
