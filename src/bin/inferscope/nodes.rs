//! `nodes`: what the workers of runs reported over time, as a table for other programs.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use clap::{Args, ValueEnum};
use inferscope::join;
use inferscope::record::Kind;
use inferscope::runs::node_series::{NodeSeries, SeriesCell};
use inferscope::table::{Tables, export};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use serde_json::{Map, Value};

use super::{complain, each_file, tell};

/// What `nodes` is told.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Run folders, with worker logs and results in them; single logs and captures of metrics do as well.
    #[arg(required = true, value_name = "RUN")]
    paths: Vec<PathBuf>,
    /// How to write the samples.
    #[arg(long, value_enum, default_value_t = Layout::Csv)]
    format: Layout,
}

#[derive(Clone, Copy, ValueEnum)]
enum Layout {
    Csv,
    Json,
    Parquet,
}

/// Rows that are text at the same time.
const CHUNK: usize = 4096;

/// Prints the samples; false when there are none.
pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> io::Result<bool> {
    let mut files: Vec<Tables> = Vec::new();
    each_file(&arguments.paths, |imported| {
        tell(&imported.report);
        files.push(imported.tables);
        Ok(())
    })?;
    let files: Vec<&Tables> = files.iter().collect();
    let samples = join::join(&files, Kind::Sample, &[]).table;
    let measurements = join::join(&files, Kind::Measurement, &[]).table;
    let series = NodeSeries::new(&samples, Some(&measurements));
    if series.rows() == 0 {
        complain("No worker reports anything in these files: name the folders of runs, with their worker logs.");
    }
    match arguments.format {
        Layout::Csv => csv(&series, out)?,
        Layout::Json => json(&series, out)?,
        Layout::Parquet => parquet(&series, out)?,
    }
    Ok(series.rows() > 0)
}

fn chunks(series: &NodeSeries<'_>) -> impl Iterator<Item = std::ops::Range<usize>> {
    let rows = series.rows();
    (0..rows).step_by(CHUNK).map(move |start| start..rows.min(start + CHUNK))
}

fn csv(series: &NodeSeries<'_>, out: &mut impl Write) -> io::Result<()> {
    let names: Vec<String> = NodeSeries::columns().map(|(name, _)| name.to_owned()).collect();
    let header = export::cells(b',', &names, std::iter::empty());
    out.write_all(header.as_bytes())?;
    for rows in chunks(series) {
        let cell = |row: usize, column: usize| match series.cell(row, column) {
            SeriesCell::Text(text) => text.to_owned(),
            SeriesCell::Made(text) => text,
            SeriesCell::Number(number) => number.to_string(),
            SeriesCell::Missing => String::new(),
        };
        let rows = rows.map(|row| (0..names.len()).map(|column| cell(row, column)).collect());
        let text = export::cells(b',', &names, rows);
        out.write_all(text.strip_prefix(&header).unwrap_or(&text).as_bytes())?;
    }
    Ok(())
}

fn json(series: &NodeSeries<'_>, out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"[")?;
    for row in 0..series.rows() {
        let object: Map<String, Value> = NodeSeries::columns()
            .enumerate()
            .map(|(column, (name, _))| {
                let value = match series.cell(row, column) {
                    SeriesCell::Text(text) => Value::from(text),
                    SeriesCell::Made(text) => Value::from(text),
                    SeriesCell::Number(number) => Value::from(number),
                    SeriesCell::Missing => Value::Null,
                };
                (name.to_owned(), value)
            })
            .collect();
        out.write_all(if row == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, &object)?;
    }
    out.write_all(b"\n]\n")
}

fn parquet(series: &NodeSeries<'_>, out: &mut impl Write) -> io::Result<()> {
    let kind = |numeric| if numeric { DataType::Float64 } else { DataType::Utf8 };
    let fields: Vec<Field> = NodeSeries::columns().map(|(name, numeric)| Field::new(name, kind(numeric), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), Arc::clone(&schema), Some(properties)).map_err(io::Error::other)?;
    for rows in chunks(series) {
        let column = |(at, (_, numeric)): (usize, (&str, bool))| -> ArrayRef {
            let cells = rows.clone().map(|row| series.cell(row, at));
            if numeric {
                let number = |cell| if let SeriesCell::Number(number) = cell { Some(number) } else { None };
                return Arc::new(cells.map(number).collect::<Float64Array>());
            }
            let text = |cell: SeriesCell<'_>| match cell {
                SeriesCell::Text(text) => Some(text.to_owned()),
                SeriesCell::Made(text) => Some(text),
                SeriesCell::Number(_) | SeriesCell::Missing => None,
            };
            Arc::new(cells.map(text).collect::<StringArray>())
        };
        let arrays: Vec<ArrayRef> = NodeSeries::columns().enumerate().map(column).collect();
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).map_err(io::Error::other)?;
        writer.write(&batch).map_err(io::Error::other)?;
    }
    out.write_all(&writer.into_inner().map_err(io::Error::other)?)
}
