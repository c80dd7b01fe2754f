//! Tables as files ([`crate::catalog::exports::EXPORTS`]): CSV, JSON, Parquet and Arrow with canonical column names,
//! tab-separated cells for the clipboard, and the tables of other dashboards.

mod columnar;
pub mod consolidated;
mod sheet;
mod submissions;
mod text;

use std::io::{self, Write};

pub use sheet::{Cell, Column, Sheet};
pub use submissions::submissions;
pub use text::{defused, heading};

use crate::catalog::exports::Encoding;

/// Writes a sheet. Text is written row by row: a table of a million rows is never one string.
///
/// # Errors
///
/// Those of what it is written to; memory has none.
pub fn write(sheet: &Sheet<'_>, encoding: Encoding, out: &mut dyn Write) -> io::Result<()> {
    match encoding {
        Encoding::Csv => text::separated(sheet, b',', out),
        Encoding::Tsv => text::separated(sheet, b'\t', out),
        Encoding::Json => text::json(sheet, out),
        Encoding::Parquet => columnar::parquet(sheet, out),
        Encoding::Arrow => columnar::arrow(sheet, out),
    }
}

/// A sheet as the bytes of a file.
pub fn bytes(sheet: &Sheet<'_>, encoding: Encoding) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to memory does not fail.
    let _ = write(sheet, encoding, &mut bytes);
    bytes
}
