//! What is on the screen as files, as text for the clipboard and as part of a link.

use std::borrow::Cow;

use super::Engine;
use super::protocol::{ExportRef, Exported};
use crate::catalog::exports::{self, Encoding, Export, Layout, Takes, TextEncoding};
use crate::catalog::number::plural;
use crate::query::{facets, row_table};
use crate::record::{Diagnostic, Kind};
use crate::source::packed;
use crate::state::{Filters, Selection, ViewState, link};
use crate::table::export::consolidated::{self, Converted};
use crate::table::export::{self, Sheet};
use crate::view_model::{Column, Grid, report};

/// The CSV for links; in no menu.
pub const PACKED: &str = "packed";

/// Characters of packed data that a link has room for, and rows that can be as few.
const ROOM: usize = 28_000;
const MOST_LINKED: usize = 5_000;

/// The first rows of the table on the screen, for a report: JSON lists of texts, the headings first; in no menu.
pub const CELLS: &str = "cells";

impl Engine {
    /// An export of what is on the screen, of one of the view's own tables, or of all records of a kind.
    pub fn export(&mut self, asked: &ExportRef) -> Exported {
        let ExportRef { key, grid, all_of, .. } = asked;
        if all_of.is_some() || key == PACKED {
            return self.carried(asked);
        }
        if key == CELLS {
            let bytes = serde_json::to_vec(&self.cells(report::PAGE_ROWS)).unwrap_or_default();
            return Exported { bytes, anonymous: self.names.are_hidden(), ..Exported::default() };
        }
        let grid = *grid;
        let whole = grid.and_then(|at| self.whole_grid(at));
        let Some((table, shown)) = self.current() else { return Exported::default() };
        let model = &shown.output.model;
        let records = |encoding| content(&Sheet::of(table, &shown.rows), encoding);
        let Some(Export { extension, mime, takes, .. }) = exports::by_key(key) else {
            return Exported { note: format!("Unknown export “{key}”."), ..Exported::default() };
        };
        let (mut name, mut note) = (format!("inferscope-{}.{extension}", model.state.view), String::new());
        let bytes = match (*takes, grid) {
            (Takes::Records(encoding) | Takes::Cells(encoding), Some(_)) => {
                let Some(grid) = whole else { return Exported::default() };
                name = format!("inferscope-{}-{}.{extension}", model.state.view, grid.key);
                content(&of_grid(&grid), encoding)
            }
            (Takes::Records(encoding), None) => records(encoding),
            (Takes::Cells(encoding), None) => {
                let rows: Vec<Vec<String>> = shown
                    .rows
                    .iter()
                    .map(|row| row_table::cells(table, &model.columns, *row).into_iter().map(|cell| cell.exact).collect())
                    .collect();
                content(&of_cells(&model.columns, &rows), encoding)
            }
            (Takes::Consolidated(layout), _) => match self.consolidated(layout, None) {
                Ok(Converted { text, findings, .. }) => {
                    note = summary(&findings);
                    text.into_bytes()
                }
                Err(reason) => {
                    note = reason;
                    Vec::new()
                }
            },
            (Takes::Submissions, _) => export::submissions(&table.select(&shown.rows)).into_bytes(),
            (Takes::Points, _) => {
                let mut bytes = Vec::new();
                // Writing to memory does not fail.
                let untimed = export::influx::write(table, &shown.rows, &mut bytes).unwrap_or_default();
                note = influx_note(untimed, shown.rows.len()).unwrap_or_default();
                bytes
            }
            // The page offers no link to a monitoring; its program goes without the writer.
            (Takes::Gauges, _) => {
                note = format!("The command line writes it: inferscope table --format {key}.");
                Vec::new()
            }
            (Takes::Text, _) => {
                let Some((own, text)) = model.text.clone() else { return Exported::default() };
                name = own;
                text.into_bytes()
            }
        };
        let unwritten = match takes {
            Takes::Records(Encoding::Columnar(encoding)) | Takes::Cells(Encoding::Columnar(encoding)) => Some(*encoding),
            _ => None,
        };
        Exported { name, mime: (*mime).to_owned(), note, unwritten, bytes, ..Exported::default() }
    }

    /// Headings and the first rows of the table on the screen, as it shows them.
    pub fn cells(&self, limit: usize) -> Vec<Vec<String>> {
        let Some((_, shown)) = self.current() else { return Vec::new() };
        let columns = &shown.output.model.columns;
        let headings = columns.iter().map(|column| export::heading(&column.label, &column.unit)).collect();
        let rows = self.rows(0, limit).into_iter().map(|row| row.into_iter().map(|cell| cell.text).collect());
        std::iter::once(headings).chain(rows).collect()
    }

    /// Records for another person, with the view that they are seen in: packed CSV, or an export of records. Empty if there are
    /// none.
    fn carried(&mut self, asked: &ExportRef) -> Exported {
        if let Some(kind) = asked.all_of {
            self.join(kind);
        }
        Exported { anonymous: self.names.are_hidden(), ..self.carried_as(asked).unwrap_or_default() }
    }

    fn carried_as(&self, asked: &ExportRef) -> Option<Exported> {
        let (shown_table, shown) = self.current()?;
        // What carries its data needs no address and no file of this computer, and filters that do not depend on other data.
        let decided = &shown.output.model.state.filters;
        let is_open = *decided == Filters::Chosen(Selection::new()) && shown.state.filters == Filters::Automatic;
        let filters = if is_open { Filters::Automatic } else { decided.clone() };
        let mut state = ViewState { local: false, filters, ..shown.state.clone() };
        let (table, rows) = match asked.all_of {
            Some(kind) => {
                (state.sources, state.live) = (Vec::new(), None);
                let table = &self.joined.get(&kind)?.table;
                (table, Cow::Owned((0..table.rows()).collect::<Vec<usize>>()))
            }
            None => (shown_table, Cow::Borrowed(&shown.rows[..])),
        };
        if rows.is_empty() {
            return None;
        }
        let sheet = Sheet::of(table, &rows);
        let link = link::encode(&state);
        if asked.key == PACKED {
            let kind = table.kind().plural();
            let csv =
                |sheet: &Sheet<'_>| String::from_utf8(content(sheet, Encoding::Text(TextEncoding::Csv))).unwrap_or_default();
            if asked.all_of.is_none() {
                // Also what the view leaves out, such as what it could not compare, as far as a link has room for it.
                let passing = facets::apply_except(table, &state.selection(), |_, _| false).rows;
                let whole = (passing.len() <= MOST_LINKED).then(|| packed::pack(&csv(&Sheet::of(table, &passing))));
                let packed = whole.filter(|packed| packed.len() <= ROOM).unwrap_or_else(|| packed::pack(&csv(&sheet)));
                return Some(Exported { bytes: packed.into_bytes(), mime: "text/plain".to_owned(), link, ..Exported::default() });
            }
            let csv = csv(&sheet);
            let exported = Exported { link, name: format!("{}.csv", kind.replace(' ', "-")), ..Exported::default() };
            if csv.len() as u64 > packed::MAX_UNPACKED {
                let note = format!("The {kind} are too many to be carried ({}); a bundle has them.", rows.len());
                return Some(Exported { note, ..exported });
            }
            return Some(Exported { bytes: packed::pack(&csv).into_bytes(), mime: "text/plain".to_owned(), ..exported });
        }
        let Export { extension, mime, takes: Takes::Records(encoding), .. } = exports::by_key(&asked.key)? else { return None };
        Some(Exported {
            name: format!("{}.{extension}", table.kind().plural().replace(' ', "-")),
            mime: (*mime).to_owned(),
            unwritten: if let Encoding::Columnar(encoding) = encoding { Some(*encoding) } else { None },
            bytes: content(&sheet, *encoding),
            link,
            ..Exported::default()
        })
    }

    /// The measurements on the screen below the rows of an existing table of another dashboard, none of them twice.
    pub fn append(&self, key: &str, name: &str, existing: &str) -> Exported {
        let Some(Export { takes: Takes::Consolidated(layout), mime, .. }) = exports::by_key(key) else {
            return Exported {
                note: format!("{name}: “{key}” is not a table that rows can be added to."),
                ..Exported::default()
            };
        };
        let (note, bytes) = match self.consolidated(*layout, Some(existing)) {
            Ok(Converted { written: 0, findings, .. }) => (format!("{name}: nothing to add. {}", summary(&findings)), Vec::new()),
            Ok(Converted { text, written, findings }) => {
                (format!("{name}: {} added. {}", plural(written as u64, "row"), summary(&findings)), text.into_bytes())
            }
            Err(reason) => (format!("{name}: {reason}"), Vec::new()),
        };
        Exported {
            name: name.to_owned(),
            mime: (*mime).to_owned(),
            note: note.trim_end().to_owned(),
            bytes,
            ..Exported::default()
        }
    }

    /// The shown measurements in the layout of another dashboard's table, or why that fails.
    fn consolidated(&self, layout: Layout, existing: Option<&str>) -> Result<Converted, String> {
        let shown = self.current().filter(|(table, shown)| table.kind() == Kind::Measurement && !shown.rows.is_empty());
        let (table, shown) = shown.ok_or("No measurements are shown, and this table contains only measurements.")?;
        consolidated::convert(&table.select(&shown.rows), layout, &consolidated::Given::default(), existing)
            .map_err(|found| found.message)
    }
}

impl Exported {
    /// The export with its content written. Text is written already: only the program that reads files has the writers of
    /// Parquet and Arrow, which are larger than the engine.
    #[must_use]
    pub fn written(mut self) -> Exported {
        let Some(encoding) = self.unwritten.take() else { return self };
        let sheet = std::mem::take(&mut self.bytes);
        let written = Sheet::from_bytes(sheet)
            .map_err(|reason| reason.to_string())
            .and_then(|sheet| export::write_columnar(&sheet, encoding, &mut self.bytes).map_err(|reason| reason.to_string()));
        if let Err(reason) = written {
            self.bytes.clear();
            self.note = format!("{}: {reason}.", self.name);
        }
        self
    }
}

/// A sheet's content: text, or the sheet itself, which [`Exported::written`] writes.
fn content(sheet: &Sheet<'_>, encoding: Encoding) -> Vec<u8> {
    let mut bytes = Vec::new();
    match encoding {
        // Writing to memory does not fail.
        Encoding::Text(encoding) => drop(export::write_text(sheet, encoding, &mut bytes)),
        Encoding::Columnar(_) => bytes = sheet.to_bytes(),
    }
    bytes
}

/// Cells under headings with units.
fn of_cells<'a>(columns: &[Column], rows: &'a [Vec<String>]) -> Sheet<'a> {
    let column = |(at, column): (usize, &Column)| {
        let cell = move |row: usize| export::Cell::text(rows.get(row).and_then(|row| row.get(at)).map(String::as_str));
        export::Column::texts(export::heading(&column.label, &column.unit), cell)
    };
    Sheet { columns: columns.iter().enumerate().map(column).collect(), rows: rows.len() }
}

/// One of the view's own tables.
fn of_grid(grid: &Grid) -> Sheet<'_> {
    let column = |(at, column): (usize, &Column)| {
        let exact = move |row: usize| Some(grid.rows.get(row)?.get(at)?.cell.exact.as_str()).filter(|exact| !exact.is_empty());
        let name = export::heading(&column.label, &column.unit);
        // A column of figures may have words among them, such as a bound's “more than”.
        let number = move |row: usize| exact(row).map(str::parse::<f64>);
        if column.numeric && (0..grid.rows.len()).filter_map(number).all(|number| number.is_ok()) {
            return export::Column::numbers(name, move |row| export::Cell::number(number(row).and_then(Result::ok)));
        }
        export::Column::texts(name, move |row| export::Cell::text(exact(row)))
    };
    Sheet { columns: grid.columns.iter().enumerate().map(column).collect(), rows: grid.rows.len() }
}

/// What to know of points without a time.
pub fn influx_note(untimed: usize, rows: usize) -> Option<String> {
    (untimed > 0).then(|| format!("{untimed} of {rows} points have no time: the database gives them that of their arrival."))
}

/// Summarizes findings in one or two lines.
fn summary(findings: &[Diagnostic]) -> String {
    let mut words: Vec<&str> = findings.iter().map(|found| found.message.as_str()).take(2).collect();
    let more = format!("And {} more.", findings.len().saturating_sub(2));
    words.extend((findings.len() > 2).then_some(more.as_str()));
    words.join(" ")
}
