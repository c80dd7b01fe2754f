//! From bytes to a table: decode, detect the format, read, complete.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use super::audit::audit;
use super::bundle::{self, Manifest};
use crate::catalog::number;
use crate::format::mapped::{self, Header, Mapping};
use crate::format::spreadsheet::{self, Decimal};
use crate::format::{self, Certainty, Format, Input, Layout, Look};
use crate::record::{Diagnostic, Kind, LoadKind, Place, Severity};
use crate::sorting::Sorting;
use crate::source::refusal::Refusal;
use crate::source::{self, Source, container, guard};
use crate::state::deployment;
use crate::table::{Builder, Built, Room, Table, Tables};

/// Format id in reports on containers.
pub const CONTAINER: &str = "container";

/// The report on one file, for the files drawer and `inferscope inspect`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileReport {
    /// The path shown to the user.
    pub path: String,
    /// The format's id; `None` if unrecognized.
    pub format: Option<String>,
    /// The format's label, of a deployment's own format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The tool that wrote the file.
    pub tool: Option<String>,
    /// The tool's version.
    pub tool_version: Option<String>,
    /// The file's schema or generation.
    pub schema: Option<String>,
    /// Number of measurements.
    pub measurements: usize,
    /// Number of records by kind, including measurements.
    pub records: BTreeMap<Kind, usize>,
    /// The distinct requested loads.
    pub loads: Vec<LoadLevel>,
    /// Single requests that it lists beside its summary and that were not loaded.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skipped_requests: usize,
    /// Records for which there was no room.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: usize,
    /// Whether some of its numbers can be read in two ways (`1.250`) and are left out until someone says which.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undecided: bool,
    /// Whether its decoder failed, so that nothing of it was read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
    /// The view that a bundle or a report brings, as a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<String>,
    /// What a bundle or a report wants to stand on all that is shown of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// What a file without results is, in the singular: `picture`, `script`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aside: Option<String>,
    /// Whether the data are synthetic.
    pub synthetic: bool,
    /// The columns of an unrecognized table, for manual mapping.
    pub columns: Option<Header>,
    /// Diagnostics.
    pub diagnostics: Vec<Diagnostic>,
}

/// A load, as reported.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadLevel {
    /// Kind of load.
    pub kind: Option<LoadKind>,
    /// Amount.
    pub value: Option<f64>,
}

/// How to read a file instead of detecting its format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadAs {
    /// With the format of this id.
    Format(String),
    /// As a table with this column mapping.
    Mapped(Mapping),
    /// In its own format, with this separator of decimals.
    Numbers(Decimal),
}

/// What is known of files before they are read.
#[derive(Clone, Copy, Default)]
pub struct Instructions<'a> {
    /// How to read them instead of detecting their format.
    pub read_as: Option<&'a ReadAs>,
    /// The deployment's own formats.
    pub layouts: &'a [Layout],
    /// Whether to read the single requests that they list beside summaries.
    pub requests: bool,
    /// How much may be read at most.
    pub room: Room,
}

impl<'a> From<Option<&'a ReadAs>> for Instructions<'a> {
    fn from(read_as: Option<&'a ReadAs>) -> Instructions<'a> {
        Instructions { read_as, ..Instructions::default() }
    }
}

/// What reads a file.
#[derive(Clone, Copy)]
enum Reader<'a> {
    BuiltIn(&'static Format),
    Own(&'a Layout),
}

impl Reader<'_> {
    /// Whether what it reads may be a table of cells.
    fn takes_tables(self) -> bool {
        match self {
            Reader::BuiltIn(format) => format.about.extensions.contains(&"csv"),
            Reader::Own(_) => true,
        }
    }
}

/// A read file.
pub struct Imported {
    /// Its report.
    pub report: FileReport,
    /// Its records.
    pub tables: Tables,
}

impl ReadAs {
    /// What a choice under “read as” means: a notation of numbers, or a format by its id.
    pub fn from_key(key: &str) -> ReadAs {
        Decimal::from_key(key).map_or_else(|| ReadAs::Format(key.to_owned()), ReadAs::Numbers)
    }
}

impl FileReport {
    /// What the format is called; `None` if the file is unrecognised or a container.
    pub fn format_label(&self) -> Option<&str> {
        self.label.as_deref().or_else(|| format::label(self.format.as_deref()?))
    }
}

impl Imported {
    /// A file that could not be opened.
    pub fn failed(path: &str, diagnostic: Diagnostic) -> Imported {
        let report = FileReport {
            path: path.to_owned(),
            format: None,
            label: None,
            tool: None,
            tool_version: None,
            schema: None,
            measurements: 0,
            records: BTreeMap::new(),
            loads: Vec::new(),
            skipped_requests: 0,
            left_out: 0,
            undecided: false,
            failed: false,
            view: None,
            notice: None,
            aside: None,
            synthetic: false,
            columns: None,
            diagnostics: vec![diagnostic],
        };
        Imported { report, tables: Tables::default() }
    }

    /// A container that is a bundle or a report: the view and the notice that it brings.
    fn bringing(path: &str, label: &str, manifest: Manifest, diagnostics: Vec<Diagnostic>) -> Imported {
        let mut imported = Imported::failed(path, no_files());
        let report = &mut imported.report;
        (report.label, report.view, report.diagnostics) = (Some(label.to_owned()), Some(manifest.link), diagnostics);
        report.notice = Some(deployment::notice(&manifest.notice)).filter(|notice| !notice.is_empty());
        imported
    }
}

/// The finding for a file larger than [`source::MAX_FILE_BYTES`].
pub fn too_large(bytes: u64) -> Diagnostic {
    Refusal::TooLarge(bytes).finding("")
}

/// The finding for a file whose records were read and then did not reach the engine's tables.
pub fn not_added(reason: &str) -> Diagnostic {
    let message = format!("It was read, but its records could not be added: {reason}.");
    let hint =
        "Remove files you do not need, or reload the page, and open this file again. Please report it if it happens again.";
    Diagnostic::new(Severity::Error, Place::File, message, hint)
}

/// Takes back what the reports on one file say it gave: nothing of it is there. The finding says why.
pub fn refuse(reports: &mut [FileReport], finding: Diagnostic) {
    let at = reports.iter().position(|report| !report.records.is_empty()).unwrap_or(0);
    for report in reports.iter_mut() {
        report.records.clear();
        report.loads.clear();
        report.measurements = 0;
    }
    if let Some(report) = reports.get_mut(at) {
        report.diagnostics.push(finding);
    }
}

/// A file's tables as they come from the program that read it; `None` where nothing came.
///
/// # Errors
///
/// A finding about the file, when they did not arrive whole.
pub fn unpacked(bytes: Option<Vec<u8>>) -> Result<Tables, Diagnostic> {
    let bytes = bytes.ok_or_else(|| not_added("they did not arrive"))?;
    Tables::from_bytes(bytes).map_err(|error| not_added(&error.to_string()))
}

/// Reads a file by detection or as instructed. Never fails: errors are in the report's diagnostics, and where a decoder
/// panics, that.
pub fn import<'a>(source: &Source, how: impl Into<Instructions<'a>>, on_progress: impl FnMut(f64)) -> Imported {
    let how = how.into();
    let path = source.path.as_str();
    if source.bytes.len() as u64 > source::MAX_FILE_BYTES {
        return Imported::failed(path, too_large(source.bytes.len() as u64));
    }
    guard::guarded(path, || read(source, how, on_progress)).unwrap_or_else(|reason| {
        let mut imported = Imported::failed(path, decoder_failed(&source.bytes, &reason));
        imported.report.failed = true;
        imported
    })
}

/// The finding for a file on which what decodes it panicked.
pub fn decoder_failed(bytes: &[u8], reason: &str) -> Diagnostic {
    const DECODERS: [(&[u8], &str); 4] =
        [(b"PAR1", "Parquet"), (b"ARROW1", "Arrow"), (b"PK\x03\x04", "zip and NumPy files"), (b"\xFF\xFF\xFF\xFF", "Arrow")];
    let known = DECODERS.iter().find(|(magic, _)| bytes.starts_with(magic));
    let what = known.map_or_else(|| "The reader".to_owned(), |(_, what)| format!("The decoder of {what}"));
    let message = format!("{what} failed on this file ({reason}); nothing of it is read.");
    let hint = if reason.starts_with(guard::NO_MEMORY) {
        "Keep only the runs or columns you need, or read it with the command line, which may use all of the machine's memory."
    } else {
        "It is probably damaged: copy or write it again. If other programs read it, please report it."
    };
    Diagnostic::new(Severity::Error, Place::File, message, hint)
}

fn read(source: &Source, how: Instructions<'_>, on_progress: impl FnMut(f64)) -> Imported {
    let Instructions { read_as, layouts, requests, room } = how;
    let path = source.path.as_str();
    let (text, mut diagnostics) = source::text::read(&source.bytes);
    let input = Input { path, text: &text, bytes: &source.bytes };
    let look = Look::new(input);
    let undecided;
    let noted;
    let mut is_table = true;
    let mut builder = Builder::new(on_progress).with_requests(requests).within(room);
    let decimal = read_as.and_then(|read_as| match read_as {
        ReadAs::Numbers(decimal) => Some(*decimal),
        ReadAs::Format(_) | ReadAs::Mapped(_) => None,
    });
    let (id, label) = match read_as {
        Some(ReadAs::Mapped(mapping)) => {
            let (text, found) = spreadsheet::plain_numbers(&text, mapping.decimal);
            undecided = spreadsheet::is_undecided(&found);
            diagnostics.extend(found);
            ((), noted) = format::told(&text, || mapped::read(Input { text: &text, ..input }, mapping, &mut builder));
            (mapped::ID, None)
        }
        _ => {
            let wanted = read_as.and_then(|read_as| match read_as {
                ReadAs::Format(id) => Some(id),
                ReadAs::Mapped(_) | ReadAs::Numbers(_) => None,
            });
            let chosen = wanted.and_then(|id| by_id(id, layouts));
            if let Some(id) = wanted.filter(|_| chosen.is_none()) {
                diagnostics.push(unknown_format(id));
            }
            let commas = OnceCell::new();
            let found = chosen.map(|reader| (reader, input)).or_else(|| detect(&look, layouts, &commas));
            match found {
                Some((reader, input)) => {
                    let (text, found) = if reader.takes_tables() {
                        spreadsheet::plain_numbers(input.text, decimal)
                    } else {
                        (Cow::Borrowed(input.text), Vec::new())
                    };
                    is_table = reader.takes_tables();
                    undecided = spreadsheet::is_undecided(&found);
                    diagnostics.extend(found);
                    let input = Input { text: &text, ..input };
                    match reader {
                        Reader::BuiltIn(format) => {
                            ((), noted) = format::told(input.text, || format.read(input, &mut builder));
                            (format.about.id, None)
                        }
                        Reader::Own(layout) => {
                            ((), noted) = format::told(input.text, || layout.read(input, &mut builder));
                            (layout.id.as_str(), Some(layout.label.clone()))
                        }
                    }
                }
                None => {
                    let header = mapped::header_as(input.text, decimal);
                    let Some((mapping, unsure)) = header.as_ref().and_then(mapped::automatic) else {
                        return unrecognised(&look, header, diagnostics);
                    };
                    let (text, found) = spreadsheet::plain_numbers(&text, decimal);
                    undecided = spreadsheet::is_undecided(&found);
                    diagnostics.push(read_by_names(&unsure));
                    diagnostics.extend(found);
                    ((), noted) =
                        format::told(&text, || mapped::read_by_names(Input { text: &text, ..input }, &mapping, &mut builder));
                    (mapped::ID, None)
                }
            }
        }
    };
    let Built { tables, provenance, diagnostics: found, skipped_requests, left_out } = builder.finish(path);
    // What has no records and says why is whole.
    let explained = !found.is_empty();
    diagnostics.extend(found);
    diagnostics.extend(noted);
    diagnostics.extend(audit(&tables));
    let unfinished = format::last_key(path, &text);
    let ending = || if is_table { spreadsheet::ending(&text) } else { spreadsheet::ending_of_lines(&text) };
    diagnostics.extend(unfinished.or_else(ending));
    if tables.iter().next().is_none()
        && (!explained || spreadsheet::is_header(&text))
        && skipped_requests == 0
        && left_out == 0
        && diagnostics.iter().all(|found| found.severity == Severity::Info)
    {
        diagnostics.push(without_records(&text));
    }
    let report = FileReport {
        path: path.to_owned(),
        format: Some(id.to_owned()),
        label,
        tool: provenance.tool,
        tool_version: provenance.tool_version,
        schema: provenance.schema,
        measurements: tables.rows(Kind::Measurement),
        records: tables.iter().map(|(kind, table)| (kind, table.rows())).collect(),
        loads: tables.get(Kind::Measurement).map(loads).unwrap_or_default(),
        skipped_requests,
        left_out,
        undecided,
        failed: false,
        view: None,
        notice: None,
        aside: None,
        synthetic: super::synthetic::has(path, &tables),
        columns: (id == mapped::ID).then(|| mapped::header(input.text)).flatten(),
        diagnostics,
    };
    Imported { report, tables }
}

/// Whether nothing was counted; reports leave such a count out.
fn is_zero(count: &usize) -> bool {
    *count == 0
}

fn by_id<'a>(id: &str, layouts: &'a [Layout]) -> Option<Reader<'a>> {
    let own = || layouts.iter().find(|layout| layout.id == id).map(Reader::Own);
    format::by_id(id).map(Reader::BuiltIn).or_else(own)
}

/// What reads a file, and the file for it: as it is, or as a table of a known tool before a spreadsheet saved it. A
/// deployment's format stands behind the built-in ones that are certain, and before those that are not.
fn detect<'a, 'f>(
    look: &Look<'f>,
    layouts: &'a [Layout],
    commas: &'f OnceCell<Option<String>>,
) -> Option<(Reader<'a>, Input<'f>)> {
    let input: Input<'f> = **look;
    let plain = format::sniff_certainty(look);
    let own = layouts.iter().find(|layout| layout.sniff(look).is_some());
    if let Some((format, certainty)) = plain
        && (certainty == Certainty::Certain || own.is_none())
    {
        return Some((Reader::BuiltIn(format), input));
    }
    let text = commas.get_or_init(|| spreadsheet::with_commas(input.text)).as_deref();
    let resaved = text.map(|text| Input { text, ..input });
    let resaved = resaved.and_then(|input| format::sniff_certainty(&Look::new(input)).map(|found| (found, input)));
    match (own, resaved) {
        (Some(layout), Some(((_, Certainty::Likely), _)) | None) => Some((Reader::Own(layout), input)),
        (_, Some(((format, _), input))) => Some((Reader::BuiltIn(format), input)),
        (None, None) => None,
    }
}

/// The finding for a file that was recognised, holds nothing and is not damaged.
fn without_records(text: &str) -> Diagnostic {
    let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).take(2).count();
    let message = match lines {
        1 if !text.trim_start().starts_with(['{', '[']) => "The table has a header but no rows.",
        _ => "The file is of a known format, and has no records: nothing to read.",
    };
    let hint = "Check that the benchmark finished and that the file was copied completely.";
    Diagnostic::new(Severity::Warning, Place::File, message, hint)
}

/// The finding for a “read as” format that does not exist.
fn unknown_format(id: &str) -> Diagnostic {
    let message = format!("“{id}” is no format here; read by its content instead.");
    let hint = "Choose another format. If it is one of config.json's own, its row may be wrong or renamed.";
    Diagnostic::new(Severity::Warning, Place::File, message, hint)
}

/// The report on a file that nothing reads, or that is no result.
fn unrecognised(look: &Look<'_>, header: Option<Header>, mut diagnostics: Vec<Diagnostic>) -> Imported {
    let mut imported = Imported::failed(look.path, format::unrecognised(look));
    imported.report.aside = format::aside(look).map(str::to_owned);
    if imported.report.aside.is_some() {
        // What is damaged or cut off may have been a result.
        diagnostics.retain(|found| found.severity > Severity::Info);
        diagnostics.extend(format::cut_short(look));
        imported.report.diagnostics = diagnostics;
        return imported;
    }
    let unsure = header.as_ref().map(mapped::without_unit).unwrap_or_default();
    if !unsure.is_empty() {
        let message = format!("A table of no known tool, whose columns {} are not certain: {QUESTIONS}?", unsure.join(", "));
        let hint = "Choose it under “map columns”; nothing is read until then.";
        imported.report.diagnostics = vec![Diagnostic::new(Severity::Error, Place::File, message, hint)];
    } else if let Some(header) = header
        .as_ref()
        .filter(|header| !look.text.trim_start().starts_with(['{', '[']) && header.columns.iter().any(|column| column.numeric))
    {
        let names: Vec<&str> = header.columns.iter().take(NAMED).map(|column| column.name.as_str()).collect();
        let more = if header.columns.len() > NAMED { ", …" } else { "" };
        let message = format!("A table of no known tool, of which too little is certain to read it: {}{more}.", names.join(", "));
        let hint = "Choose what its columns mean under “map columns”.";
        imported.report.diagnostics = vec![Diagnostic::new(Severity::Error, Place::File, message, hint)];
    }
    diagnostics.append(&mut imported.report.diagnostics);
    imported.report.diagnostics = diagnostics;
    imported.report.columns = header;
    imported
}

/// How many columns of an unknown table are named.
const NAMED: usize = 8;

/// What can be uncertain about a column.
const QUESTIONS: &str = "s or ms, % or fraction, output tokens or all";

/// The finding about a table that was read by the names of its columns; `unsure` are those that were left out.
fn read_by_names(unsure: &[String]) -> Diagnostic {
    let message = "No known tool's table: read by the names and units of its columns.";
    let hint = "Check them under “map columns”.";
    if unsure.is_empty() {
        return Diagnostic::new(Severity::Info, Place::File, message, hint);
    }
    let message = format!("{message} Left out, because they are not certain ({QUESTIONS}): {}.", unsure.join(", "));
    Diagnostic::new(Severity::Warning, Place::File, message, "Choose what they are under “map columns”.")
}

/// Reads a file and, for a container, every file inside: one result each, in order, plus one for the
/// container itself if it has findings or is empty.
pub fn import_all<'a>(source: Source, how: impl Into<Instructions<'a>>, mut on_progress: impl FnMut(f64)) -> Vec<Imported> {
    let mut how = how.into();
    if source.bytes.len() as u64 <= source::MAX_FILE_BYTES
        && let Some((manifest, tables, findings)) = bundle::of_report(&source)
    {
        let own = Imported::bringing(&source.path, "Inferscope report", manifest, findings);
        let room = Room::of_archive(source.bytes.len());
        how.room = Room { rows: how.room.rows.min(room.rows), cells: how.room.cells.min(room.cells) };
        let mut all = vec![own];
        for table in tables {
            let read = import(&table, how, &mut on_progress);
            how.room = how.room.beside(&read.tables);
            all.push(read);
        }
        return all;
    }
    if source.bytes.len() as u64 > source::MAX_FILE_BYTES || !container::is_container(&source.bytes) {
        return vec![import(&source, how, on_progress)];
    }
    let path = source.path.clone();
    let mut bundle = bundle::Opening::new(&path);
    let mut imported = Vec::new();
    // The number of files is unknown before unpacking: each advances progress by half of the remainder.
    let mut done = 0.0;
    let room = Room::of_archive(source.bytes.len());
    how.room = Room { rows: how.room.rows.min(room.rows), cells: how.room.cells.min(room.cells) };
    let limit = how.room;
    let mut full = None;
    let mut findings = container::each(source, &container::Limits::DEFAULT, &mut |member| {
        let Some((member, how_it)) = bundle.take(member, how) else { return true };
        let step = (1.0 - done) / 2.0;
        let read = import(&member, how_it, |fraction| on_progress(done + step * fraction));
        done += step;
        how.room = how.room.beside(&read.tables);
        if read.report.left_out > 0 || how.room.is_full() {
            full = Some(member.path);
        }
        imported.push(read);
        full.is_none()
    });
    if let Some(member) = full {
        findings.push((path.clone(), no_more_room(&member, limit)));
    }
    let mut containers: Vec<Imported> = Vec::new();
    for (path, diagnostic) in findings {
        match containers.iter_mut().find(|container| container.report.path == path) {
            Some(container) => container.report.diagnostics.push(diagnostic),
            None => containers.push(Imported::failed(&path, diagnostic)),
        }
    }
    if let Some((manifest, found)) = bundle.finish(&mut imported) {
        let at = containers.iter().position(|container| container.report.path == path);
        let mut findings = at.map(|at| containers.remove(at).report.diagnostics).unwrap_or_default();
        findings.extend(found);
        containers.insert(0, Imported::bringing(&path, "Inferscope bundle", manifest, findings));
    }
    if imported.is_empty() && containers.is_empty() {
        containers.push(Imported::failed(&path, no_files()));
    }
    for container in &mut containers {
        container.report.format = Some(CONTAINER.to_owned());
    }
    on_progress(1.0);
    containers.append(&mut imported);
    containers
}

/// The finding for an empty archive.
fn no_files() -> Diagnostic {
    let hint = "Check that the right files were packed.";
    Diagnostic::new(Severity::Warning, Place::File, "The archive contains no files.", hint)
}

/// The finding for an archive whose members hold more than there is room for.
fn no_more_room(member: &str, Room { rows, cells }: Room) -> Diagnostic {
    let [rows, cells] = [rows, cells].map(|count| number::column(count as f64));
    let message = format!(
        "Its files have more than there is room for ({rows} records, {cells} cells): reading stopped in “{member}”, and the \
         files after it were not read."
    );
    let hint = "Unpack it and drop only the files with results.";
    Diagnostic::new(Severity::Error, Place::File, message, hint)
}

/// The distinct requested loads of a table.
pub(super) fn loads(table: &Table) -> Vec<LoadLevel> {
    let level = table.load();
    let load = |row| LoadLevel { kind: table.load_kind(row), value: level.and_then(|level| level.get(row)) };
    // A file can have as many loads as rows.
    let mut seen = FxHashSet::default();
    // Zero has two signs, and is one load.
    let key = |load: &LoadLevel| (load.kind, load.value.map(|value| (value + 0.0).to_bits()));
    let mut loads: Vec<LoadLevel> = (0..table.rows()).map(load).filter(|load| seen.insert(key(load))).collect();
    loads.order_by(|a, b| a.kind.cmp(&b.kind).then_with(|| a.value.unwrap_or(f64::MAX).total_cmp(&b.value.unwrap_or(f64::MAX))));
    loads
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imported() -> Imported {
        let bytes = include_bytes!("../../public/demo/guidellm.json").to_vec();
        import(&Source::new("own/results.json".to_owned(), bytes), None, |_| {})
    }

    #[test]
    fn tables_that_do_not_arrive_whole_are_a_finding() {
        let bytes = imported().tables.to_bytes();
        assert_eq!(unpacked(Some(bytes.clone())).map(|tables| tables.rows(Kind::Measurement)), Ok(5));
        for wrong in [None, Some(b"no tables".to_vec()), Some(bytes[..bytes.len() / 2].to_vec())] {
            let finding = unpacked(wrong).expect_err("a finding");
            assert_eq!((finding.severity, &finding.place), (Severity::Error, &Place::File));
            assert!(finding.message.contains("could not be added: ") && !finding.hint.is_empty(), "{finding:?}");
        }
    }

    #[test]
    fn a_file_whose_tables_were_refused_gives_nothing_and_says_why() {
        let mut reports = vec![imported().report];
        refuse(&mut reports, not_added("no memory"));
        let FileReport { measurements, records, loads, diagnostics, .. } = &reports[0];
        assert_eq!((*measurements, records.len(), loads.len()), (0, 0, 0));
        assert!(diagnostics.last().is_some_and(|found| found.message.contains("no memory")));
    }
}
