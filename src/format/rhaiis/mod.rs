//! The consolidated CSVs: one row is one load level of one configuration, written from GuideLLM runs.
//!
//! Three tables share their columns and all of the reading: RHAIIS (one server; 52 columns, older files 40 or 36), LLM-D
//! (a cluster: replicas, prefill and decode pods, a router; 51 columns) and CPU (cores, threads). They are distinguished by
//! columns that only one has; columns may be in any order, and unknown ones are kept under their own names. What the
//! columns mean is a table of rows ([`consolidated`](crate::catalog::consolidated)); how rows survive broken neighbours is in `reader::csv`. This room knows no table
//! and no view.

mod cluster;
mod columns;
mod figures;
mod reading;
mod repeats;

use crate::catalog::consolidated::{Holds, fold, holds};
use crate::format::reader::csv::cells::{Cell, number};
use crate::format::reader::csv::rows::Rows;
use crate::format::reader::findings::{Findings, LISTED};
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, MAX_COLUMNS, Place, Severity, Sink};
use columns::Meaning;
use reading::{Cells, Reading};

/// The file extensions of the tables.
const EXTENSIONS: &[&str] = &["csv", "tsv", "txt"];

/// The table of single servers, which has no column of its own.
pub(super) static RHAIIS: Format = Format {
    about: &About::new(
        "rhaiis-csv",
        "RHAIIS consolidated CSV",
        "52 columns (older files have fewer), in any order; unknown columns are kept, blank cells are allowed",
        EXTENSIONS,
    ),
    sniff: |look| sniff(look, &RHAIIS),
    read,
};

/// The table of clusters.
pub(super) static LLMD: Format = Format {
    about: &About::new(
        "llmd-csv",
        "LLM-D dashboard CSV",
        "51 columns: replicas, prefill and decode pods, router; the GPU count covers all of them",
        EXTENSIONS,
    ),
    sniff: |look| sniff(look, &LLMD),
    read,
};

/// The table of CPU servers.
pub(super) static CPU: Format = Format {
    about: &About::new("cpu-csv", "vLLM CPU dashboard CSV", "the same, with cores, threads and CPU sets", EXTENSIONS),
    sniff: |look| sniff(look, &CPU),
    read,
};

/// Normalised names of columns that only one of the tables has.
const MARKS: [(&Format, &[&str]); 2] = [
    (&LLMD, &["replicas", "prefill pod count", "decode pod count", "router config"]),
    (&CPU, &["core count", "omp num threads"]),
];

/// The maximum length of a header, in bytes.
const HEADER_BYTES: usize = 1 << 16;

/// How many rows decide whether an unknown column is numeric.
const SAMPLED_ROWS: usize = 200;

/// How much more room is made than the rows so far need, if the others are as long.
const ROOM: f64 = 1.05;

/// Rows between progress reports.
const PROGRESS_ROWS: u64 = 1024;

/// Whether it is this one of the tables.
fn sniff(look: &Look<'_>, asked: &Format) -> Option<Certainty> {
    let (_, names) = header(look.text);
    let has = |wanted: &str| names.iter().any(|name| fold(name) == wanted);
    let figures = names.iter().filter(|name| matches!(holds(name), Some(Holds::Figure(_) | Holds::Statistic(..)))).count();
    if !has("model") || !(has("version") || has("accelerator")) || figures < 3 {
        return None;
    }
    let is_marked = |marks: &[&str]| names.iter().any(|name| marks.contains(&fold(name).as_str()));
    let table = MARKS.into_iter().find(|(_, marks)| is_marked(marks)).map_or(&RHAIIS, |(table, _)| table);
    if table.about.id != asked.about.id {
        return None;
    }
    Some(if has("intended concurrency") { Certainty::Certain } else { Certainty::Likely })
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    read_by(reading::TOGETHER, input, sink);
}

/// Reads a table, up to so many rows at once; see [`reading::block`].
fn read_by(together: usize, input: Input<'_>, sink: &mut dyn Sink) {
    let (delimiter, _) = header(input.text);
    let mut rows = Rows::new(input.text, delimiter);
    if !to_header(&mut rows) {
        let hint = "Check that the file was copied completely.";
        sink.diagnostic(Diagnostic::new(Severity::Error, Place::File, "The file is empty.", hint));
        return;
    }
    let names: Vec<String> = rows.record().iter().map(|name| name.trim().to_owned()).collect();
    if !names.iter().any(|name| columns::known(name).is_some()) {
        let hint = "The first line must contain column names such as “model”, “accelerator”, “version” and “output_tok/sec”.";
        sink.diagnostic(Diagnostic::new(
            Severity::Error,
            Place::Line(1),
            "The header has no column of a consolidated table.",
            hint,
        ));
        return;
    }
    let meanings = meanings(input.text, delimiter, &names, sink);
    let mut reading = Reading::new(names, meanings, sink);
    let mut findings = Findings::default();
    let mut count: u64 = 0;
    loop {
        let lines = rows.advance_by(together, reading.cells()).to_vec();
        let mut read = lines.len() as u64;
        if read > 0 {
            let row = rows.record();
            let about = (count + read) as f64 * ROOM / rows.progress();
            if !reading.block(row, &lines, about as usize, sink) {
                for (line, first) in lines.iter().zip((0..).step_by(reading.cells())) {
                    reading.row(Cells { row, first }, *line, &mut findings, sink);
                }
            }
        } else {
            read = 1;
            match rows.advance(Some(reading.cells())) {
                None => break,
                Some(Ok(())) => reading.row(Cells { row: rows.record(), first: 0 }, rows.line(), &mut findings, sink),
                Some(Err(broken)) => findings.add(sink, broken.kind(), || broken.describe(rows.line(), reading.cells())),
            }
        }
        count += read;
        if count % PROGRESS_ROWS < read {
            sink.progress(rows.progress());
        }
    }
    findings.finish(sink);
    reading.finish(count, sink);
    sink.progress(1.0);
}

/// Goes to the first row that has anything in it; false if none has. A header that is itself badly quoted still names its
/// columns.
fn to_header(rows: &mut Rows<'_>) -> bool {
    while rows.advance(None).is_some() {
        if rows.record().iter().any(|name| !name.trim().is_empty()) {
            return true;
        }
    }
    false
}

/// The names in the first line that is not empty, and what separates them: whichever makes most sense of them.
fn header(text: &str) -> (u8, Vec<String>) {
    let text = text.trim_start();
    let head = &text.as_bytes()[..text.len().min(HEADER_BYTES + 1)];
    let end = memchr::memchr2(b'\n', b'\r', head).unwrap_or(head.len());
    let line = if end <= HEADER_BYTES { &text[..end] } else { "" };
    let split = |delimiter| {
        let mut rows = Rows::new(line, delimiter);
        rows.advance(None);
        rows.record().iter().map(str::to_owned).collect::<Vec<String>>()
    };
    let known = |names: &[String]| names.iter().filter(|name| columns::known(name).is_some()).count();
    let candidates = [b',', b';', b'\t'].map(|delimiter| (delimiter, split(delimiter)));
    let none = (b',', Vec::new());
    candidates.into_iter().fold(none, |best, next| if known(&next.1) > known(&best.1) { next } else { best })
}

/// The meaning of each column; `None` for a repeated one. Reports unknown columns.
fn meanings(text: &str, delimiter: u8, names: &[String], sink: &mut dyn Sink) -> Vec<Option<Meaning>> {
    let known: Vec<Option<Meaning>> = names.iter().map(|name| columns::known(name)).collect();
    let contents = if known.contains(&None) { contents(text, delimiter, names.len()) } else { vec![Content::Blank; names.len()] };
    let mut meanings: Vec<Option<Meaning>> = Vec::with_capacity(names.len());
    let mut others = Vec::new();
    for (index, (name, meaning)) in names.iter().zip(known).enumerate() {
        if index >= MAX_COLUMNS {
            meanings.push(None);
            continue;
        }
        if meaning.is_none() {
            let what = contents[index].name();
            others.push(if name.is_empty() {
                format!("column {} ({what})", index + 1)
            } else {
                format!("“{name}” ({what})")
            });
        }
        let meaning = meaning.unwrap_or_else(|| columns::unknown(name, index + 1, contents[index] == Content::Figures));
        if let Some(first) = meanings.iter().position(|other| other.as_ref().is_some_and(|other| other.same(&meaning))) {
            let message = format!("Columns {} and {} both contain “{name}”; the first is used.", first + 1, index + 1);
            sink.diagnostic(Diagnostic::new(Severity::Warning, Place::Line(1), message, "Remove or rename one of them."));
            meanings.push(None);
        } else {
            meanings.push(Some(meaning));
        }
    }
    if !others.is_empty() {
        let more = others.len().saturating_sub(LISTED as usize);
        others.truncate(LISTED as usize);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let message = format!("Unknown columns are kept under their own names: {}{more}.", others.join(", "));
        sink.diagnostic(Diagnostic::new(Severity::Info, Place::Line(1), message, ""));
    }
    if names.len() > MAX_COLUMNS {
        let message = format!("The header has {} columns; only the first {MAX_COLUMNS} are read.", names.len());
        let hint = "Keep only the columns you need.";
        sink.diagnostic(Diagnostic::new(Severity::Warning, Place::Line(1), message, hint));
    }
    if !meanings.contains(&Some(Meaning::Table(Holds::Concurrency))) {
        let message = "No “intended concurrency” column: the rows have no load, so they cannot be drawn as curves.";
        sink.diagnostic(Diagnostic::new(
            Severity::Warning,
            Place::Line(1),
            message,
            "Add the column, or plot over “measured concurrency”.",
        ));
    }
    meanings
}

/// The content of a column's first cells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Blank,
    Figures,
    Texts,
}

impl Content {
    fn name(self) -> &'static str {
        match self {
            Content::Blank => "blank",
            Content::Figures => "figures",
            Content::Texts => "text",
        }
    }
}

fn contents(text: &str, delimiter: u8, columns: usize) -> Vec<Content> {
    let mut rows = Rows::new(text, delimiter);
    to_header(&mut rows);
    let mut contents = vec![Content::Blank; columns];
    for _ in 0..SAMPLED_ROWS {
        match rows.advance(Some(columns)) {
            None => break,
            Some(Err(_)) => continue,
            Some(Ok(())) => {}
        }
        for (content, cell) in contents.iter_mut().zip(rows.record()) {
            match (number(cell.trim()), *content) {
                (Cell::Missing, _) | (Cell::Number(_), Content::Texts) => {}
                (Cell::Number(_), Content::Blank | Content::Figures) => *content = Content::Figures,
                (Cell::Wrong, _) => *content = Content::Texts,
            }
        }
    }
    contents
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::said::Said;

    fn said(together: usize, text: &str) -> (Vec<Vec<String>>, Vec<String>) {
        let mut said = Said::default();
        read_by(together, Input { path: "t.csv", text, bytes: text.as_bytes() }, &mut said);
        (said.records, said.others)
    }

    const NAMES: [&str; 16] = [
        "run",
        "accelerator",
        "model",
        "version",
        "TP",
        "intended concurrency",
        "guidellm_version",
        "guidellm_start_time_ms",
        "output_tok/sec",
        "ttft_median",
        "ttft_p99",
        "tpot_median",
        "itl_median",
        "itl_mean",
        "Rack",
        "successful_requests",
    ];
    const CELLS: [&str; 20] = [
        "",
        "0",
        "0.0",
        "8",
        "8.0",
        "16",
        "1e3",
        "-1",
        "x",
        "nan",
        " 7 ",
        "H200",
        "h200",
        "v0.3.0",
        "0.5.1",
        "1767225600000",
        "12.25",
        "\"a, \"\"b\"\"\"",
        "8",
        "64",
    ];

    const USUAL: [&str; 7] = ["8", "16", "0", "", "64", "8.0", "1767225600000"];
    const VERSIONS: [&str; 4] = ["", "v0.3.0", "0.5.1", "main"];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1500))]

        /// Rows that are read together are read as they are one by one, whatever is wrong with some of them.
        #[test]
        fn both_ways_read_the_same(
            columns in proptest::sample::subsequence(&NAMES[..], 4..=16),
            usual in proptest::collection::vec(0_usize..28, 16),
            others in proptest::collection::vec((0_usize..30, 0_usize..16, 0..CELLS.len()), 0..12),
            together in 1_usize..9,
        ) {
            let cell = |(name, at): (&&str, &usize)| if *name == "guidellm_version" { VERSIONS[at % 4] } else { USUAL[at % 7] };
            let mut rows: Vec<Vec<&str>> = vec![columns.iter().zip(&usual).map(cell).collect(); 30];
            for (row, column, cell) in others {
                let column = column % columns.len();
                rows[row][column] = CELLS[cell];
            }
            let rows: Vec<String> = rows.into_iter().map(|row| row.join(",")).collect();
            let text = format!("{}\n{}\n", columns.join(","), rows.join("\n"));
            prop_assert_eq!(said(together, &text), said(0, &text), "{}", text);
        }
    }
}
