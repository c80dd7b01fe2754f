//! An existing table: its rows, and its text with more rows and columns.

use std::borrow::Cow;

use csv::{ReaderBuilder, StringRecord, Terminator, WriterBuilder};
use rustc_hash::FxHashSet;

use crate::catalog::headings::{Headings, fold};

/// The table, row by row.
pub(super) struct Existing<'t> {
    text: &'t str,
    delimiter: u8,
    header: Vec<String>,
    rows: Vec<StringRecord>,
    /// Whether its figures have a decimal comma.
    commas: bool,
}

impl<'t> Existing<'t> {
    /// Reads a table; `None` when its header has none of the columns.
    pub(super) fn read(text: &'t str, columns: &[&str]) -> Option<Existing<'t>> {
        let known: FxHashSet<String> = columns.iter().map(|name| fold(name)).collect();
        let read = |delimiter: u8| {
            let mut reader =
                ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
            let mut rows: Vec<StringRecord> = reader.records().flatten().collect();
            let header: Vec<String> = match rows.is_empty() {
                true => Vec::new(),
                false => rows.remove(0).iter().map(str::to_owned).collect(),
            };
            Existing { text, delimiter, header, rows, commas: false }
        };
        let fit = |table: &Existing<'_>| table.header.iter().filter(|name| known.contains(&fold(name))).count();
        let best = [b',', b';', b'\t'].map(read).into_iter().max_by_key(fit)?;
        let commas = best.has_decimal_commas();
        (fit(&best) > 0).then_some(Existing { commas, ..best })
    }

    /// The line of a quote that nothing closes: what is appended below would be part of its cell.
    pub(super) fn open_quote(&self) -> Option<u64> {
        let bytes = self.text.as_bytes();
        let (mut at, mut begins) = (0, true);
        while at < bytes.len() {
            let byte = bytes[at];
            if begins && byte == b'"' {
                let opened = at;
                at += 1;
                // Two quotes within are one of the text.
                loop {
                    match memchr::memchr(b'"', bytes.get(at..)?) {
                        None => return Some(memchr::memchr_iter(b'\n', &bytes[..opened]).count() as u64 + 1),
                        Some(offset) if bytes.get(at + offset + 1) == Some(&b'"') => at += offset + 2,
                        Some(offset) => {
                            at += offset + 1;
                            break;
                        }
                    }
                }
                begins = false;
                continue;
            }
            begins = byte == self.delimiter || matches!(byte, b'\n' | b'\r');
            at += 1;
        }
        None
    }

    /// The line of the last header below the first, where it has the columns in another order or has others: by that row what is
    /// appended would be read, or left out.
    pub(super) fn other_header(&self) -> Option<u64> {
        let headings = Headings::of(self.header.iter().map(String::as_str))?;
        let again = |row: &StringRecord| headings.again(row.iter().collect::<Vec<&str>>().into_iter());
        let (row, last) = self.rows.iter().rev().find_map(|row| Some((row, again(row)?)))?;
        (!last.is_same()).then(|| line(row))
    }

    /// The line of the last row if it has fewer cells than the header: it was cut off, or is being written.
    pub(super) fn cut_row(&self) -> Option<u64> {
        let last = self.rows.last()?;
        (last.len() < self.header.len() && self.rows.iter().any(|row| row.len() == self.header.len() || self.rows.len() == 1))
            .then(|| line(last))
    }

    /// The cells of every row in a layout's columns; blank where the table lacks the column.
    pub(super) fn cells(&self, columns: &[&str]) -> Vec<Vec<&str>> {
        let places: Vec<Option<usize>> =
            columns.iter().map(|column| self.header.iter().position(|name| fold(name) == fold(column))).collect();
        let cell = |row, place: &Option<usize>| place.and_then(|place| StringRecord::get(row, place)).unwrap_or_default().trim();
        self.rows.iter().map(|row| places.iter().map(|place| cell(row, place)).collect()).collect()
    }

    /// Whether its figures have a decimal comma.
    fn has_decimal_commas(&self) -> bool {
        let is_decimal = |cell: &str, mark: char| {
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            cell.trim().trim_start_matches('-').split_once(mark).is_some_and(|(whole, part)| digits(whole) && digits(part))
        };
        let any = |mark: char| self.rows.iter().any(|row| row.iter().any(|cell| is_decimal(cell, mark)));
        self.delimiter != b',' && any(',') && !any('.')
    }

    /// A cell of a new row as this table writes numbers: a point in a table with decimal commas would separate thousands.
    fn own_notation<'c>(&self, cell: &'c str) -> Cow<'c, str> {
        if self.commas && cell.contains('.') && cell.parse::<f64>().is_ok() {
            return Cow::Owned(cell.replace('.', ","));
        }
        Cow::Borrowed(cell)
    }

    /// The table with more rows, whose cells are those of `columns`. Its own columns keep their names, order and cells;
    /// those that it lacks come last.
    pub(super) fn with(&self, columns: &[&str], more: &[Vec<String>]) -> String {
        if more.is_empty() {
            return self.text.to_owned();
        }
        let lacking: Vec<&str> =
            columns.iter().copied().filter(|column| !self.header.iter().any(|name| fold(name) == fold(column))).collect();
        let names = self.header.iter().map(String::as_str).chain(lacking.iter().copied());
        let sources: Vec<Option<usize>> =
            names.clone().map(|name| columns.iter().position(|column| fold(column) == fold(name))).collect();
        let own: Vec<Vec<Cow<'_, str>>> =
            more.iter().map(|row| row.iter().map(|cell| self.own_notation(cell)).collect()).collect();
        let new = own.iter().map(|row| {
            sources.iter().map(|source| source.and_then(|at| row.get(at)).map_or("", |cell| cell.as_ref())).collect::<Vec<&str>>()
        });
        let line_end = if self.text.contains("\r\n") {
            "\r\n"
        } else if self.text.contains('\n') || !self.text.contains('\r') {
            "\n"
        } else {
            "\r"
        };
        if lacking.is_empty() {
            // Nothing that is there is written anew.
            let end = if self.text.ends_with(['\n', '\r']) { "" } else { line_end };
            return format!("{}{end}{}", self.text, written(self.delimiter, line_end, new));
        }
        let old = self.rows.iter().map(|row| {
            let padding = sources.len().saturating_sub(row.len());
            row.iter().chain(std::iter::repeat_n("", padding)).collect::<Vec<&str>>()
        });
        written(self.delimiter, line_end, std::iter::once(names.collect()).chain(old).chain(new))
    }
}

fn line(row: &StringRecord) -> u64 {
    row.position().map_or(0, csv::Position::line)
}

/// Rows as text.
pub(in crate::table::export) fn written<'c>(delimiter: u8, line_end: &str, rows: impl Iterator<Item = Vec<&'c str>>) -> String {
    let terminator = match line_end {
        "\r\n" => Terminator::CRLF,
        end => Terminator::Any(end.bytes().next().unwrap_or(b'\n')),
    };
    let mut writer = WriterBuilder::new().flexible(true).delimiter(delimiter).terminator(terminator).from_writer(Vec::new());
    for row in rows {
        // Writing to memory does not fail.
        _ = writer.write_record(row);
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}
