//! `nodes`: what the workers of runs reported over time, as a table for other programs.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use inferscope::catalog::exports::Encoding;
use inferscope::record::Kind;
use inferscope::runs::node_series::{NodeSeries, SeriesCell};
use inferscope::table::Tables;
use inferscope::table::export::{self, Cell, Column, Sheet};

use super::{choices, complain, each_file, join_kinds, note, tell};

/// The runs and the output format.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Run folders with worker logs and results; single logs and metrics captures work too.
    #[arg(required = true, value_name = "RUN")]
    paths: Vec<PathBuf>,
    /// Output format.
    #[arg(long, default_value = "csv", value_parser = choices::encodings())]
    pub(crate) format: Encoding,
}

/// Prints the samples; false when there are none.
pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> io::Result<bool> {
    let mut files: Vec<Tables> = Vec::new();
    each_file(&arguments.paths, |imported| {
        tell(&imported.report);
        files.push(imported.tables);
        Ok(())
    })?;
    let [samples, measurements] = join_kinds(&files, [Kind::Sample, Kind::Measurement]);
    let series = NodeSeries::new(&samples, Some(&measurements));
    if series.rows() == 0 {
        complain("No worker samples in these files: pass run folders that contain worker logs.");
    }
    let left_out = samples.rows() - series.rows();
    if left_out > 0 && series.rows() > 0 {
        note(&format!(
            "{left_out} of {} samples are not printed: those of tensor-parallel ranks that repeat the first, of later pipeline \
             stages, and without a time or any of these figures.",
            samples.rows()
        ));
    }
    export::write(&sheet(&series), arguments.format, out)?;
    Ok(series.rows() > 0)
}

fn sheet<'a>(series: &'a NodeSeries<'a>) -> Sheet<'a> {
    let column = |(at, (name, numeric)): (usize, (&str, bool))| {
        let cell = move |row: usize| match series.cell(row, at) {
            SeriesCell::Text(text) => Cell::Text(Cow::Borrowed(text)),
            SeriesCell::Made(text) => Cell::Text(Cow::Owned(text)),
            SeriesCell::Number(number) => Cell::Number(number),
            SeriesCell::Missing => Cell::Missing,
        };
        if numeric { Column::numbers(name, cell) } else { Column::texts(name, cell) }
    };
    let columns = NodeSeries::columns().enumerate().map(column).chain([Column::schema()]);
    Sheet { columns: columns.collect(), rows: series.rows() }
}
