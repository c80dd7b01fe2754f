//! The native command line: the engine that the page runs in its worker, on files and folders.
//!
//! Results go to standard output, findings about files to standard error (`inspect` prints them as its result). The exit
//! code is 1 when no record could be read, a check failed or what decodes a file did, and 2 for wrong usage.

#[path = "inferscope/append.rs"]
mod append;
#[path = "inferscope/check.rs"]
mod check;
#[path = "inferscope/choices.rs"]
mod choices;
#[path = "inferscope/compare.rs"]
mod compare;
#[path = "inferscope/convert.rs"]
mod convert;
#[path = "inferscope/diagnose.rs"]
mod diagnose;
#[path = "inferscope/grafana.rs"]
mod grafana;
#[path = "inferscope/lengths.rs"]
mod lengths;
#[path = "inferscope/nearest.rs"]
mod nearest;
#[path = "inferscope/nodes.rs"]
mod nodes;
#[path = "inferscope/open/mod.rs"]
mod open;
#[path = "inferscope/page_folder.rs"]
mod page_folder;
#[path = "inferscope/prepare.rs"]
mod prepare;
#[path = "inferscope/report.rs"]
mod report;
#[path = "inferscope/runs.rs"]
mod runs;
#[path = "inferscope/schema.rs"]
mod schema;
#[path = "inferscope/summary.rs"]
mod summary;
#[path = "inferscope/terminal.rs"]
mod terminal;
#[path = "inferscope/trace/mod.rs"]
mod trace;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use choices::TableFormat;
use clap::{Parser, Subcommand};
use inferscope::catalog::exports::Encoding;
use inferscope::demo;
use inferscope::engine::findings::{self, Totals};
use inferscope::engine::import::too_large;
use inferscope::engine::{FileReport, Imported, Instructions, ReadAs, import_all, influx_note};
use inferscope::format::{self, Layout};
use inferscope::join;
use inferscope::record::{Diagnostic, Kind, LoadKind, Place, Severity};
use inferscope::sorting::Sorting;
use inferscope::source::{MAX_FILE_BYTES, Source};
use inferscope::state::settings::Settings;
use inferscope::table::export::{self, Sheet};
use inferscope::table::{Table, Tables};
use terminal::{Output, harmless};
use walkdir::{DirEntry, WalkDir};

/// Read, compare and check the results of AI-inference benchmarks.
#[derive(Parser)]
#[command(name = "inferscope", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Read every file as this format, or its numbers with a decimal comma or point, instead of detecting it.
    #[arg(long, global = true, value_name = "FORMAT", value_parser = choices::readings())]
    read_as: Option<ReadAs>,
    /// Read files in a deployment's own formats, too: those of `formats` in this config.json. (`prepare` uses its folder's.)
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print no warnings and notes about files: what was skipped, joined and read once. Errors are printed.
    #[arg(long, global = true)]
    quiet: bool,
}

/// How files are read, if not as detected.
static READ_AS: OnceLock<ReadAs> = OnceLock::new();
/// Whether the single requests that files list beside summaries are read.
static REQUESTS: OnceLock<bool> = OnceLock::new();
/// Whether standard error has errors only.
static QUIET: AtomicBool = AtomicBool::new(false);
/// Whether the decoder of a file failed, or records had no room: whatever was found then was found in less than was given.
static FAILED: AtomicBool = AtomicBool::new(false);
/// The deployment's own formats.
static LAYOUTS: OnceLock<Vec<Layout>> = OnceLock::new();

#[derive(Subcommand)]
enum Command {
    /// Show each file's format, its records, and what is wrong with it.
    Inspect {
        /// Files and folders (recursive; folders that begin with a dot are skipped); `-` is standard input.
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Print JSON: totals, and one object per file.
        #[arg(long)]
        json: bool,
    },
    /// Print all measurements, or all single requests, as one table with canonical columns.
    Table {
        /// Files and folders (recursive; folders that begin with a dot are skipped); `-` is standard input.
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Output format.
        #[arg(long, default_value = "csv", value_parser = choices::table_formats())]
        format: TableFormat,
        /// Print single requests instead, also those that files list beside a summary.
        #[arg(long)]
        requests: bool,
    },
    /// Print the columns that `table` writes: name, type, unit, definition, and whether it names people or hosts.
    Schema(schema::Arguments),
    /// Convert measurements to the consolidated CSV of another dashboard, new or appended to an existing file; or published
    /// MLPerf results to one compact table.
    Convert(Box<convert::Arguments>),
    /// Write views as one HTML page with charts, tables, sources and data, which needs no network.
    Report(report::Arguments),
    /// Summarise a tree of benchmarks: their names, and the concurrency levels of each.
    Summary(summary::Arguments),
    /// Compare a candidate with a baseline, configuration by configuration; exits with 1 on a regression.
    Compare(compare::Arguments),
    /// Check results against an SLO; exits with 1 when no configuration meets it.
    Check(check::Arguments),
    /// Say why a server is slow: the verdict of every rule on results, server metrics and GPU telemetry, with its evidence.
    Diagnose(diagnose::Arguments),
    /// Write the panels of the Server view as Grafana boards (10.4 or later), for servers whose metrics are in a Prometheus.
    Grafana(grafana::Arguments),
    /// Print what the workers of runs reported over time: one row per sample, with the columns of srt-slurm's own export and
    /// more, and the load level at that moment.
    Nodes(nodes::Arguments),
    /// Analyse traces of requests.
    #[command(subcommand)]
    Trace(trace::Command),
    /// Summarise the lengths of a data set, for the Data view: a table of prompts' and answers' tokens.
    Lengths(lengths::Arguments),
    /// Open these files in the browser: serve the page and them to this computer only, and print the address. Also for results on
    /// another computer, through SSH.
    Open(open::Arguments),
    /// Prepare a page's folder, so that a visit without a link opens at once: read the files that `start` of its config.json
    /// names and write their `tables`, and the `picture` that the page opens on. To be repeated after changes of the files or
    /// the settings, and after an update of Inferscope; until then the page reads and draws for itself.
    Prepare {
        /// The folder with config.json.
        #[arg(value_name = "DIR")]
        page: PathBuf,
    },
    /// Print the synthetic demo data, a consolidated CSV; or write synthetic run folders with worker logs.
    Demo {
        /// Write srt-slurm run folders to this folder, or to this archive if the name ends in `.zip`.
        #[arg(long, value_name = "DIR", conflicts_with_all = ["rows", "seed"])]
        runs: Option<PathBuf>,
        /// With --runs: approximate total size of the worker logs, to try large ones.
        #[arg(long, value_name = "MB", requires = "runs")]
        log_mb: Option<u32>,
        /// Write Dynamo profiler curves to this folder, or to this archive if the name ends in `.zip`.
        #[arg(long, value_name = "DIR", conflicts_with_all = ["rows", "seed", "runs", "llmd"])]
        profile: Option<PathBuf>,
        /// Write metrics of servers and GPUs over time to this folder, or to this archive if the name ends in `.zip`.
        #[arg(long, value_name = "DIR", conflicts_with_all = ["rows", "seed", "runs", "llmd", "profile"])]
        server: Option<PathBuf>,
        /// Number of rows. Default: the table that ships with the page.
        #[arg(long, value_name = "N")]
        rows: Option<usize>,
        /// Print an LLM-D table (routed clusters of the same servers) instead of the consolidated one.
        #[arg(long, conflicts_with = "rows")]
        llmd: bool,
        /// A different seed gives different measurements of the same configurations.
        #[arg(long, value_name = "S", default_value_t = demo::SEED)]
        seed: u64,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Some(read_as) = cli.read_as {
        READ_AS.get_or_init(|| read_as);
    }
    if let Some(path) = &cli.config {
        match fs::read_to_string(path) {
            Ok(text) => LAYOUTS.get_or_init(|| own_formats(&Settings::read(&text))),
            Err(error) => {
                complain(&format!("inferscope: --config {}: {error}", path.display()));
                return ExitCode::from(2);
            }
        };
    }
    QUIET.store(cli.quiet, Ordering::Relaxed);
    let mut out = Output::new(BufWriter::with_capacity(1 << 16, io::stdout().lock()));
    let done = match cli.command {
        Command::Inspect { paths, json: true } => inspect_json(&paths, &mut out).map(code),
        Command::Inspect { paths, json: false } => inspect_text(&paths, &mut out).map(code),
        Command::Table { format: TableFormat::Gauges, requests: true, .. } => {
            complain("inferscope: --format openmetrics is of measurements: single requests are no series. Leave out --requests.");
            return ExitCode::from(2);
        }
        Command::Table { paths, format, requests } => {
            if matches!(format, TableFormat::Rows(Encoding::Columnar(_))) {
                out.binary();
            }
            REQUESTS.get_or_init(|| requests);
            let kind = if requests { Kind::Request } else { Kind::Measurement };
            print_table(&paths, kind, format, &mut out).map(code)
        }
        Command::Convert(arguments) => convert::run(&arguments, &mut out).map(code),
        Command::Nodes(arguments) => {
            if matches!(arguments.format, Encoding::Columnar(_)) {
                out.binary();
            }
            nodes::run(&arguments, &mut out).map(code)
        }
        Command::Schema(arguments) => schema::run(&arguments, &mut out).map(|()| 0),
        Command::Report(arguments) => report::run(&arguments, &mut out),
        Command::Summary(arguments) => summary::run(&arguments, &mut out),
        Command::Compare(arguments) => {
            // They tell the noise of a run.
            REQUESTS.get_or_init(|| true);
            compare::run(&arguments, &mut out)
        }
        Command::Diagnose(arguments) => {
            REQUESTS.get_or_init(|| true);
            diagnose::run(&arguments, &mut out)
        }
        Command::Check(arguments) => check::run(&arguments, &mut out),
        Command::Grafana(arguments) => grafana::run(&arguments, &mut out),
        Command::Lengths(arguments) => lengths::run(&arguments, &mut out),
        Command::Trace(command) => trace::run(&command, &mut out),
        Command::Open(arguments) => open::run(&arguments, cli.config.as_deref(), &mut out),
        Command::Prepare { page } => prepare::run(&page, &mut out).map(code),
        Command::Demo { runs: Some(place), log_mb, .. } => runs::write(&place, log_mb).map(|()| 0),
        Command::Demo { profile: Some(place), .. } => runs::write_profile(&place).map(|()| 0),
        Command::Demo { server: Some(place), .. } => runs::write_server(&place).map(|()| 0),
        Command::Demo { llmd: true, seed, .. } => demo::write_clusters(seed, &mut out).map(|()| 0),
        Command::Demo { rows, seed, .. } => demo::write(&demo::Options { rows, seed }, &mut out).map(|()| 0),
    };
    match done.and_then(|code| out.flush().map(|()| code)) {
        Ok(0) if FAILED.load(Ordering::Relaxed) => ExitCode::FAILURE,
        Ok(code) => ExitCode::from(code),
        // The reader has closed the pipe (`| head`).
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("inferscope: cannot write the output: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// The exit code of a command that found something, or did not.
fn code(found: bool) -> u8 {
    u8::from(!found)
}

/// The own formats of a deployment's settings; what is wrong in the file is reported on standard error.
fn own_formats((settings, notes): &(Settings, Vec<String>)) -> Vec<Layout> {
    let (layouts, faults) = format::layouts(&settings.formats);
    notes.iter().chain(&faults).for_each(|note| complain(note));
    layouts
}

/// Writes a line to standard error; unlike `eprintln!` it does not panic when that is closed.
fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{}", harmless(line));
}

/// Writes a line about what was done with files to standard error, unless nobody wants to know.
fn note(line: &str) {
    if !QUIET.load(Ordering::Relaxed) {
        complain(line);
    }
}

fn inspect_json(paths: &[PathBuf], out: &mut impl Write) -> io::Result<bool> {
    let mut reports: Vec<FileReport> = Vec::new();
    each_file(paths, |imported| {
        reports.push(imported.report);
        Ok(())
    })?;
    serde_json::to_writer_pretty(&mut *out, &findings::inspection(&reports))?;
    writeln!(out)?;
    Ok(reports.iter().any(|report| !report.records.is_empty()))
}

fn inspect_text(paths: &[PathBuf], out: &mut impl Write) -> io::Result<bool> {
    let mut totals = Totals::default();
    let mut files: Vec<Tables> = Vec::new();
    each_file(paths, |Imported { report, tables }| {
        totals.add(&report);
        files.push(tables.of(&[Kind::Measurement, Kind::Context]));
        if report.aside.is_some() && report.diagnostics.is_empty() { Ok(()) } else { write!(out, "{}", listing(&report)) }
    })?;
    let joins = join::notes(&files.iter().collect::<Vec<_>>(), Kind::Measurement);
    for (path, note) in &joins {
        writeln!(out, "{path}\n  join: {note}\n")?;
    }
    let asides: usize = totals.asides.values().sum();
    if let Some(line) = findings::asides(&totals.asides) {
        writeln!(out, "{line}")?;
    }
    let Totals { files, recognised, records, findings, .. } = totals;
    let mut counts = vec![plural(files, "file")];
    counts.extend(records.iter().map(|(kind, count)| kind.count(*count)));
    if records.is_empty() {
        counts.push(Kind::Measurement.count(0));
    }
    let severities = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "note")];
    counts.extend(severities.iter().filter_map(|(severity, what)| Some(plural(*findings.get(severity)?, what))));
    let unknown = files - recognised - asides;
    let unknown = if unknown > 0 { format!("; {unknown} not recognised") } else { String::new() };
    writeln!(out, "{}{unknown}", counts.join(", "))?;
    Ok(!records.is_empty())
}

/// One file as people read it: path, what it is, what it gives, then the findings.
fn listing(report: &FileReport) -> String {
    let format = report.format_label().or(report.format.as_deref());
    let tool = match (&report.tool, &report.tool_version) {
        (Some(tool), Some(version)) => Some(format!("{tool} {version}")),
        (tool, version) => tool.clone().or_else(|| version.clone()),
    };
    let schema = report.schema.as_ref().map(|schema| format!("schema {schema}"));
    let what: Vec<String> = [format.map(str::to_owned), tool, schema].into_iter().flatten().collect();
    let what = match &report.aside {
        Some(aside) => format!("not a result: {aside}"),
        None if what.is_empty() => "not recognised".to_owned(),
        None => what.join(" · "),
    };
    let mut text = format!("{}\n  {what}\n", report.path);
    if report.measurements > 0 {
        text += &format!("  {}, {}\n", plural(report.measurements, "measurement"), loads(report));
    }
    for (kind, count) in report.records.iter().filter(|(kind, _)| **kind != Kind::Measurement) {
        text += &format!("  {}\n", kind.count(*count));
    }
    if report.skipped_requests > 0 {
        let skipped = plural(report.skipped_requests, "single request");
        text += &format!("  {skipped} beside the summary, not read (`inferscope table --requests` reads them)\n");
    }
    for Diagnostic { severity, place, message, hint } in &report.diagnostics {
        text += &format!("  {}: {place}: {message}\n", name(*severity));
        if !hint.is_empty() {
            text += &format!("    → {hint}\n");
        }
    }
    text + "\n"
}

const fn name(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// The loads that were asked for, a few by name and many by their ends.
fn loads(report: &FileReport) -> String {
    const NAMED: usize = 12;
    let kinds = LoadKind::ALL.map(Some).into_iter().chain([None]);
    let parts = kinds.filter_map(|kind| {
        let levels: Vec<Option<f64>> = report.loads.iter().filter(|level| level.kind == kind).map(|level| level.value).collect();
        let values: Vec<String> = levels.iter().flatten().map(f64::to_string).collect();
        let key = kind.map_or("load not stated", LoadKind::key);
        match values.as_slice() {
            [] => (!levels.is_empty()).then(|| key.to_owned()),
            [first, .., last] if values.len() > NAMED => Some(format!("{key} {first} … {last} ({} levels)", values.len())),
            values => Some(format!("{key} {}", values.join(", "))),
        }
    });
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() { "load not stated".to_owned() } else { parts.join("; ") }
}

fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The records of one kind of all files as one table.
fn joined(paths: &[PathBuf], kind: Kind) -> io::Result<Table> {
    joined_kinds(paths, [kind]).map(|[table]| table)
}

/// The records of each of these kinds as one table.
fn joined_kinds<const N: usize>(paths: &[PathBuf], kinds: [Kind; N]) -> io::Result<[Table; N]> {
    let mut files: Vec<Tables> = Vec::new();
    each_file(paths, |imported| {
        tell(&imported.report);
        files.push(imported.tables);
        Ok(())
    })?;
    Ok(join_kinds(&files, kinds))
}

/// The records of each kind of all files as one table. What was joined and what is in two files is reported on standard error.
fn join_kinds<const N: usize>(files: &[Tables], kinds: [Kind; N]) -> [Table; N] {
    let files: Vec<&Tables> = files.iter().collect();
    let mut told: BTreeSet<(String, String)> = BTreeSet::new();
    kinds.map(|kind| {
        let joined = join::join(&files, kind, &[]);
        for (path, what) in joined.notes {
            // What a file says of its folder holds for each kind.
            if told.insert((path.clone(), what.clone())) {
                note(&format!("{path}: note: {what}"));
            }
        }
        joined.table
    })
}

fn print_table(paths: &[PathBuf], kind: Kind, format: TableFormat, out: &mut impl Write) -> io::Result<bool> {
    let table = joined(paths, kind)?;
    if table.rows() == 0 {
        complain(&format!("No {} in these files; `inferscope inspect` shows what is in them.", kind.plural()));
    }
    let rows: Vec<usize> = (0..table.rows()).collect();
    match format {
        TableFormat::Rows(encoding) => export::write(&Sheet::of(&table, &rows), encoding, out)?,
        TableFormat::Gauges => export::openmetrics::write(&table, &rows, out)?,
        TableFormat::Points => {
            let untimed = export::influx::write(&table, &rows, out)?;
            influx_note(untimed, rows.len()).iter().for_each(|line| note(line));
        }
    }
    Ok(table.rows() > 0)
}

/// Reports on standard error what was found in a file, the gravest first: nothing is dropped, joined or repeated silently.
fn tell(report: &FileReport) {
    const LISTED: usize = 10;
    let mut found: Vec<&Diagnostic> = report.diagnostics.iter().collect();
    found.order_by_key(|diagnostic| std::cmp::Reverse(diagnostic.severity));
    let mut found = found.into_iter();
    for Diagnostic { severity, place, message, .. } in found.by_ref().take(LISTED) {
        let line = format!("{}: {}: {place}: {message}", report.path, name(*severity));
        if *severity == Severity::Error { complain(&line) } else { note(&line) }
    }
    match found.count() {
        0 => {}
        more => note(&format!("{}: {more} more findings; `inferscope inspect` lists them", report.path)),
    }
}

/// Reads every file under the paths, in order, each once, and hands over what it gave. Only one file's bytes are in
/// memory at a time.
fn each_file(paths: &[PathBuf], mut take: impl FnMut(Imported) -> io::Result<()>) -> io::Result<()> {
    let mut seen: BTreeSet<PathBuf> = BTreeSet::new();
    let again = |path: &Path| note(&format!("{}: note: The same file is named twice: read once.", path.display()));
    for root in paths {
        if root == Path::new("-") {
            open("standard input", io::stdin().lock(), 0, layouts()).into_iter().try_for_each(&mut take)?;
            continue;
        }
        // What does not exist, or is a pipe such as `<(…)`, is no folder: opening it shows what is the matter.
        if !root.is_dir() {
            if seen.insert(identity(root)) {
                read(root).into_iter().try_for_each(&mut take)?;
            } else {
                again(root);
            }
            continue;
        }
        let mut empty = true;
        let walk =
            WalkDir::new(root).follow_links(true).sort_by_file_name().into_iter().filter_entry(|entry| !is_dot_folder(entry));
        for entry in walk {
            let imported = match entry {
                Ok(entry) if entry.file_type().is_dir() => continue,
                Ok(entry) if !seen.insert(identity(entry.path())) => {
                    empty = false;
                    again(entry.path());
                    continue;
                }
                Ok(entry) if entry.file_type().is_file() => read(entry.path()),
                Ok(entry) => vec![refused(entry.path(), "Neither a file nor a folder: not opened.")],
                Err(error) => {
                    let path = error.path().unwrap_or(root);
                    let reason = error.io_error().map_or_else(|| error.to_string(), io::Error::to_string);
                    vec![refused(path, &format!("Could not be read: {reason}."))]
                }
            };
            empty = false;
            imported.into_iter().try_for_each(&mut take)?;
        }
        if empty {
            take(refused(root, "The folder has no files."))?;
        }
    }
    Ok(())
}

fn is_dot_folder(entry: &DirEntry) -> bool {
    entry.depth() > 0 && entry.file_type().is_dir() && entry.file_name().as_encoded_bytes().starts_with(b".")
}

/// The same file under two names is read once.
fn identity(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn layouts() -> &'static [Layout] {
    LAYOUTS.get().map_or(&[], Vec::as_slice)
}

fn read(path: &Path) -> Vec<Imported> {
    let name = path.display().to_string();
    let bytes = fs::metadata(path).map_or(0, |metadata| metadata.len());
    match File::open(path) {
        Ok(file) => open(&name, file, bytes, layouts()),
        Err(error) => vec![refused(path, &format!("Could not be opened: {error}."))],
    }
}

/// Reads a file or a stream of `expected` bytes to its end, or to where it is too large, and imports it, or what is in it.
fn open(name: &str, content: impl Read, expected: u64, layouts: &[Layout]) -> Vec<Imported> {
    if expected > MAX_FILE_BYTES {
        return vec![Imported::failed(name, too_large(expected))];
    }
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0) + 1);
    match content.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes) {
        Ok(_) => {
            let how = Instructions {
                read_as: READ_AS.get(),
                layouts,
                requests: REQUESTS.get() == Some(&true),
                ..Instructions::default()
            };
            let imported = import_all(Source::new(name, bytes), how, |_| {});
            FAILED.fetch_or(imported.iter().any(|file| file.report.failed || file.report.left_out > 0), Ordering::Relaxed);
            imported
        }
        Err(error) => vec![refused(Path::new(name), &format!("Could not be read: {error}."))],
    }
}

fn refused(path: &Path, message: &str) -> Imported {
    Imported::failed(
        &path.display().to_string(),
        Diagnostic::new(Severity::Error, Place::File, message, "Check the path and its permissions."),
    )
}
