//! A data set: one table in many Parquet files on a server, too large to read whole. The reader fetches what a view needs by byte
//! ranges: first the footers of files that may hold its rows, then the columns that it shows, from the row groups that may hold
//! them. The report says how much was read, out of how much.
//!
//! A view gets every row that passes the filters, never a part of them. A selection that is too large is refused, and the report
//! names filters that narrow it.

mod choices;
mod footers;
mod plan;
mod words;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

pub use self::choices::Choice;
use self::choices::choices;
pub use self::footers::Footers;
use self::footers::{Opened, open};
use self::plan::{File, Portion};
use self::words::{about, changed, contradicted, damaged, error, told, too_much, warning};
use super::audit::audit;
use super::import::{Imported, Instructions, decoder_failed, loads};
use crate::catalog::number::plural;
use crate::catalog::{Order, dimensions, metrics};
use crate::format::ranged::{Footer, Group, Keep, Read, Role};
use crate::record::{Diagnostic, Kind};
use crate::source::guard;
use crate::source::index::Dataset;
use crate::source::listing::MAX_MEMBERS;
use crate::state::link::axis_text;
use crate::state::{Axis, Filters, ViewState};
use crate::table::{Builder, Built};

/// Requests under way at once.
const PARALLEL: usize = 6;
/// The most that is read for one view, in bytes as they lie on the server.
const LIMIT: u64 = 64 << 20;
/// Rows that are looked at for one view, at most.
const MAX_ROWS: u64 = 4_000_000;
/// As long as nobody chose anything, so much is read without a choice: bytes and rows.
const AT_ONCE: (u64, u64) = (16 << 20, 500_000);
/// The option that names further figures to read.
pub const FIGURES: &str = "figures";

/// What a view wants of a data set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The values that rows may have, by column.
    pub selection: Keep,
    /// Whether nobody chose yet, so that the selection may be chosen here.
    pub open: bool,
    /// Figures that are shown, as links write them.
    pub figures: BTreeSet<String>,
}

impl Wanted {
    /// What a state needs. Figures that no one chose are left to what is usual.
    pub fn of(state: &ViewState) -> Wanted {
        let axes = [&state.x, &state.y].into_iter().flatten().chain(state.slo.iter().map(|limit| &limit.of));
        let figures = axes.filter(|axis| matches!(axis, Axis::Figure { .. })).map(axis_text);
        let further = state.options.get(FIGURES).into_iter().flatten().cloned();
        let open = state.filters == Filters::Automatic;
        // Of a cell with several values one is enough, which no statistics tell.
        let is_list = |key: &str| dimensions::dimension(key).is_some_and(|dimension| dimension.order == Order::Set);
        let selection = state.selection().into_iter().filter(|(column, _)| !is_list(column)).collect();
        Wanted { selection, open, figures: figures.chain(further).collect() }
    }
}

/// What is known of a data set after a read: for the page's pickers, and its words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// Its files, their bytes, and their rows as far as they are known.
    pub files: usize,
    /// Bytes of all files.
    pub bytes: u64,
    /// Rows of all files, where all are known.
    pub rows: Option<u64>,
    /// The request that this answers.
    pub wanted: Wanted,
    /// Bytes that were read, with footers; what was read before counts no more.
    pub read_bytes: u64,
    /// Rows that passed the filters.
    pub passed: usize,
    /// Columns to choose by.
    pub choices: Vec<Choice>,
    /// All figures, as links write them, and what they are called.
    pub figures: BTreeMap<String, String>,
    /// Which of them were read.
    pub read_figures: BTreeSet<String>,
    /// Whether it was too much, so that nothing was read.
    pub refused: bool,
}

/// Bytes that a server sent.
pub struct Got {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What tells the file from a later one; empty where the server does not say it.
    pub version: String,
}

impl Overview {
    /// Whether what was read has all that is wanted now.
    pub fn covers(&self, wanted: &Wanted) -> bool {
        if self.refused {
            return self.wanted.selection == wanted.selection && self.wanted.figures == wanted.figures;
        }
        let within = |(column, values): (&String, &BTreeSet<String>)| {
            wanted.selection.get(column).is_some_and(|wanted| wanted.is_subset(values))
        };
        let has = |figure: &String| self.read_figures.contains(figure) || !self.figures.contains_key(figure);
        self.wanted.selection.iter().all(within) && wanted.figures.iter().all(has)
    }
}

/// Reads of a data set what a view wants. `fetch` gets a range of bytes of an address. Never fails: what went wrong is in the
/// report.
pub async fn import_dataset(
    index: &str,
    Dataset { parts, unread }: Dataset,
    wanted: &Wanted,
    how: Instructions<'_>,
    footers: &Footers,
    fetch: impl AsyncFn(&str, Range<u64>) -> Result<Got, Diagnostic>,
    mut on_progress: impl FnMut(f64),
) -> (Imported, Overview) {
    let (count, mut findings) = (parts.len(), Vec::new());
    let files: Vec<File> = parts.into_iter().take(MAX_MEMBERS).filter_map(|part| File::new(index, part)).collect();
    if unread > 0 {
        let message =
            format!("Of {} of the data set the index does not say path and size: not read.", plural(unread as u64, "file"));
        findings.push(error(message, "Write the index anew."));
    }
    if files.len() < count {
        let message = format!(
            "The index lists {count} files, of which {} are read: at most {MAX_MEMBERS}, and only below its folder.",
            files.len()
        );
        findings.push(error(message, "Write the data set anew with fewer, larger files."));
    }
    let mut overview = Overview {
        files: files.len(),
        bytes: files.iter().map(|file| file.size).fold(0, u64::saturating_add),
        rows: files.iter().try_fold(0_u64, |rows, file| Some(rows.saturating_add(file.rows?))),
        wanted: wanted.clone(),
        ..Overview::default()
    };
    if wanted.open && overview.bytes > AT_ONCE.0 {
        overview.wanted.selection = largest_folder(&files);
    }
    let mut wanted = overview.wanted.clone();
    let read = Cell::new(0_u64);
    let fetch = async |address: &str, range: Range<u64>| {
        let asked = range.end - range.start;
        let got = fetch(address, range).await?;
        read.set(read.get() + got.bytes.len() as u64);
        match got.bytes.len() as u64 == asked {
            true => Ok(got),
            false => Err(changed()),
        }
    };

    let chosen: Vec<File> = files.iter().filter(|file| file.may_have(&wanted.selection)).cloned().collect();
    let opened = stream::iter(&chosen).map(async |file| {
        let opened = match footers.get(file) {
            Some(opened) => Ok(opened),
            None => open(file, &fetch).await,
        };
        (file, opened)
    });
    let opened: Vec<(&File, Result<Opened, Diagnostic>)> = opened.buffered(PARALLEL).collect().await;
    on_progress(0.3);
    let mut readable = Vec::new();
    for (file, opened) in opened {
        match opened {
            Ok(opened) => {
                readable.push((file.clone(), Rc::clone(&opened.footer)));
                footers.put(file, opened);
            }
            Err(finding) => findings.push(about(file, finding)),
        }
    }
    overview.choices = choices(&files, footers, &wanted.selection);
    overview.figures = figures(readable.iter().map(|(_, footer)| &**footer));
    let mut portions = plan::portions(readable, &wanted);
    let mut size = Size::of(&portions);
    let mut columns = overview.choices.iter();
    while wanted.open && !size.is_within(AT_ONCE) {
        let Some(Choice { column, values, .. }) = columns.next() else { break };
        // The last of the values that are known to be there: of versions the newest.
        let there = |value: &&String| portions.iter().any(|portion| portion.has_in(column, value));
        if let Some(value) = values.iter().rev().find(there).filter(|_| !wanted.selection.contains_key(column)) {
            wanted.selection.insert(column.clone(), BTreeSet::from([value.clone()]));
            portions = plan::portions(portions.into_iter().map(|portion| (portion.file, portion.footer)).collect(), &wanted);
            size = Size::of(&portions);
        }
    }
    overview.wanted.selection.clone_from(&wanted.selection);
    if !size.is_within((LIMIT, MAX_ROWS)) {
        (overview.read_bytes, overview.refused) = (read.get(), true);
        return (Imported::failed(index, too_much(size, &overview)), overview);
    }
    overview.read_figures = read_figures(&portions);
    let groups: usize = portions.iter().map(|portion| portion.groups.len()).sum();

    let mut builder = Builder::new(|_| {}).within(how.room);
    let mut got = 0_u64;
    for portion in &portions {
        let known = footers.get(&portion.file).map(|opened| opened.version).unwrap_or_default();
        let fetch = async |address: &str, range: Range<u64>| {
            if let Some(bytes) = footers.bytes(&portion.file, &range) {
                return Ok(bytes);
            }
            let Got { bytes, version } = fetch(address, range).await?;
            // The footer is of another file than these bytes.
            if version != known && !version.is_empty() && !known.is_empty() {
                footers.forget(&portion.file);
                return Err(changed());
            }
            Ok(bytes)
        };
        match read_portion(portion, &wanted.selection, &fetch, &mut builder).await {
            Ok(read) => {
                overview.passed += read.kept;
                if read.contradicts > 0 {
                    findings.push(about(&portion.file, contradicted(read.contradicts)));
                }
            }
            Err(finding) => findings.push(about(&portion.file, finding)),
        }
        got += portion.bytes();
        on_progress(0.3 + 0.7 * got as f64 / size.bytes.max(1) as f64);
    }
    overview.read_bytes = read.get();
    findings.insert(0, told(&overview, &portions, groups));
    (finished(index, builder.finish(index), findings), overview)
}

/// How much is to be read.
#[derive(Clone, Copy)]
struct Size {
    bytes: u64,
    rows: u64,
}

impl Size {
    fn of(portions: &[Portion]) -> Size {
        Size { bytes: portions.iter().map(Portion::bytes).sum(), rows: portions.iter().map(Portion::rows).sum() }
    }

    fn is_within(self, (bytes, rows): (u64, u64)) -> bool {
        self.bytes <= bytes && self.rows <= rows
    }
}

/// Reads one file's portion: the ranges of all its row groups side by side, then their rows.
async fn read_portion(
    portion: &Portion,
    keep: &Keep,
    fetch: &impl AsyncFn(&str, Range<u64>) -> Result<Vec<u8>, Diagnostic>,
    builder: &mut Builder<'_>,
) -> Result<Read, Diagnostic> {
    let Portion { file, footer, groups, columns } = portion;
    let wanted: Option<Vec<Vec<Range<u64>>>> = groups.iter().map(|group| portion.chunks(*group)).collect();
    let wanted = wanted.ok_or_else(|| damaged("its column offsets are corrupt"))?;
    let requests = plan::requests(&wanted.concat());
    let asked = stream::iter(&requests).map(async |range| Ok((range.start, fetch(&file.address, range.clone()).await?)));
    let got: BTreeMap<u64, Vec<u8>> = asked.buffered(PARALLEL).try_collect().await?;
    let chunk = |place: &Range<u64>| {
        let (start, bytes) = got.range(..=place.start).next_back()?;
        let from = usize::try_from(place.start - start).ok()?;
        bytes.get(from..from + usize::try_from(place.end - place.start).ok()?).map(<[u8]>::to_vec)
    };
    let parts = groups.iter().zip(&wanted).map(|(number, places)| {
        let chunks: Option<Vec<Vec<u8>>> = places.iter().map(chunk).collect();
        Some(Group { number: *number, chunks: chunks? })
    });
    let parts: Vec<Group> = parts.collect::<Option<_>>().ok_or_else(|| damaged("its column offsets are corrupt"))?;
    let read = guard::guarded(&file.name, || footer.read(columns, parts, keep, &file.fixed, builder));
    read.unwrap_or_else(|reason| Err(decoder_failed(b"PAR1", &reason).message)).map_err(|reason| damaged(&reason))
}

/// The folder with most rows that is not too large: what is shown of a large data set before anybody chose.
fn largest_folder(files: &[File]) -> Keep {
    let mut folders: BTreeMap<&Vec<(String, String)>, (u64, u64)> = BTreeMap::new();
    for file in files {
        let (rows, bytes) = folders.entry(&file.fixed).or_default();
        *rows = rows.saturating_add(file.rows.unwrap_or(file.size));
        *bytes = bytes.saturating_add(file.size);
    }
    let fits = |(_, bytes): &(u64, u64)| *bytes <= LIMIT;
    let fitting = folders.iter().filter(|(_, of)| fits(of)).max_by_key(|(_, (rows, _))| *rows);
    let best = fitting.or_else(|| folders.iter().min_by_key(|(_, (_, bytes))| *bytes));
    let values = best.map(|(folder, _)| (*folder).clone()).unwrap_or_default();
    values.into_iter().map(|(column, value)| (column, BTreeSet::from([value]))).collect()
}

/// The figures of some files, and what they are called.
fn figures<'a>(footers: impl Iterator<Item = &'a Footer>) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (_, role) in footers.flat_map(Footer::columns) {
        if let Role::Figure(metric, stat) = role {
            all.entry(plan::figure_text(metric, *stat)).or_insert_with(|| metrics::title(metric, *stat, Kind::Measurement));
        }
    }
    all
}

fn read_figures(portions: &[Portion]) -> BTreeSet<String> {
    let of = |portion: &Portion| {
        let columns = portion.footer.columns();
        let figures = portion.columns.iter().filter_map(|at| match columns.get(*at) {
            Some((_, Role::Figure(metric, stat))) => Some(plan::figure_text(metric, *stat)),
            _ => None,
        });
        figures.collect::<BTreeSet<_>>()
    };
    portions.iter().flat_map(of).collect()
}

/// The report on what was read.
fn finished(path: &str, built: Built, findings: Vec<Diagnostic>) -> Imported {
    let Built { tables, provenance, diagnostics, left_out, .. } = built;
    let mut imported = Imported::failed(path, warning(String::new(), ""));
    let report = &mut imported.report;
    report.format = Some("columns".to_owned());
    report.label = Some("Parquet data set".to_owned());
    (report.tool, report.tool_version, report.schema) = (provenance.tool, provenance.tool_version, provenance.schema);
    report.measurements = tables.rows(Kind::Measurement);
    report.records = tables.iter().map(|(kind, table)| (kind, table.rows())).collect();
    report.loads = tables.get(Kind::Measurement).map(loads).unwrap_or_default();
    report.left_out = left_out;
    report.diagnostics = findings;
    report.diagnostics.extend(diagnostics);
    report.diagnostics.extend(audit(&tables));
    imported.tables = tables;
    imported
}
