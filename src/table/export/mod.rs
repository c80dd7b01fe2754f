//! Tables as files ([`crate::catalog::exports::EXPORTS`]): CSV, JSON, Markdown, Parquet and Arrow with canonical
//! column names ([`crate::catalog::schema`]), tab-separated cells for the clipboard, the tables of other dashboards, OpenMetrics
//! for a monitoring, and InfluxDB's line protocol.

mod columnar;
pub mod consolidated;
pub mod influx;
pub mod openmetrics;
mod sheet;
mod submissions;
mod text;

use std::io::{self, Write};

pub use sheet::{Cell, Column, Sheet};
pub use submissions::submissions;
pub use text::{defused, heading};

use crate::catalog::exports::{ColumnarEncoding, Encoding, TextEncoding};

/// Writes a sheet. Text is written row by row: a table of a million rows is never one string.
///
/// # Errors
///
/// Those of what it is written to; memory has none.
pub fn write(sheet: &Sheet<'_>, encoding: Encoding, out: &mut dyn Write) -> io::Result<()> {
    match encoding {
        Encoding::Text(encoding) => write_text(sheet, encoding, out),
        Encoding::Columnar(encoding) => write_columnar(sheet, encoding, out),
    }
}

/// Writes a sheet as text.
///
/// # Errors
///
/// Those of what it is written to; memory has none.
pub fn write_text(sheet: &Sheet<'_>, encoding: TextEncoding, out: &mut dyn Write) -> io::Result<()> {
    match encoding {
        TextEncoding::Csv => text::separated(sheet, b',', out),
        TextEncoding::Tsv => text::separated(sheet, b'\t', out),
        TextEncoding::Json => text::json(sheet, out),
        TextEncoding::Markdown => text::markdown(sheet, out),
    }
}

/// Writes a sheet as typed columns.
///
/// # Errors
///
/// Those of what it is written to; memory has none.
pub fn write_columnar(sheet: &Sheet<'_>, encoding: ColumnarEncoding, out: &mut dyn Write) -> io::Result<()> {
    match encoding {
        ColumnarEncoding::Parquet => columnar::parquet(sheet, out),
        ColumnarEncoding::Arrow => columnar::arrow(sheet, out),
    }
}
