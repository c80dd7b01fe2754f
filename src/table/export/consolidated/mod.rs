//! Measurements as the consolidated tables that other dashboards read: a new table, or rows appended to an existing one.
//!
//! Columns, order and units are those of the field's import scripts. What those get wrong is right here: an unknown column
//! survives, no row is appended twice, a load that the layout cannot express stays blank instead of 0, every figure is the
//! one that was measured, and a finding names whatever is missing or left out.

mod existing;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::catalog::consolidated::{self, Family, Holds, TIME_PER_OUTPUT_TOKEN};
use crate::catalog::dimensions;
use crate::catalog::exports::Layout;
use crate::catalog::instant::milliseconds;
use crate::catalog::number::plural;
use crate::record::{Diagnostic, LoadKind, Place, Severity, Stat};
use crate::table::Table;
use crate::table::export::defused;
pub(super) use existing::written;

use existing::Existing;

/// Manual overrides for all measurements; they take precedence over the files.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Dimensions by key. `tool_version` is GuideLLM's.
    pub dimensions: Vec<(&'static str, String)>,
    /// Cluster name, placed after the accelerator in the run's name.
    pub cluster: Option<String>,
}

/// A table as text, with findings.
#[derive(Debug)]
pub struct Converted {
    /// The whole table, existing rows included.
    pub text: String,
    /// How many measurements were written.
    pub written: usize,
    /// What was skipped or is missing.
    pub findings: Vec<Diagnostic>,
}

/// Writes measurements in a layout, below the rows of an existing table.
///
/// # Errors
///
/// When the existing text is not such a table, or ends within quotes.
pub fn convert(table: &Table, layout: Layout, given: &Given, existing: Option<&str>) -> Result<Converted, Diagnostic> {
    let names = consolidated::columns(layout);
    let columns: Vec<Holds> = names.iter().copied().filter_map(consolidated::holds).collect();
    let existing = match existing.filter(|text| !text.trim().is_empty()) {
        Some(text) => Some(Existing::read(text, &names).ok_or_else(not_such_a_table)?),
        None => None,
    };
    if let Some(line) = existing.as_ref().and_then(Existing::open_quote) {
        let message =
            "A quote that opens here is never closed: what is appended would become part of its cell. Nothing is written.";
        let hint = "The table was probably cut off: copy it again, or close the quote or remove the row.";
        return Err(Diagnostic::new(Severity::Error, Place::Line(line), message, hint));
    }
    if let Some(line) = existing.as_ref().and_then(Existing::other_header) {
        let message = "The table's columns are named again here, in another order or with others, by which the rows below are read: what is \
                       appended in the order of its first line would be misread. Nothing is written.";
        let hint = "Bring the rows below this line into the order of the first, and remove the line.";
        return Err(Diagnostic::new(Severity::Error, Place::Line(line), message, hint));
    }
    if let Some(line) = existing.as_ref().and_then(Existing::cut_row) {
        let message =
            "The last row has fewer cells than the header: it was cut off, or is still being written. Nothing is written.";
        let hint = "Copy the table again, or remove this row; if it is whole, add the empty cells at its end.";
        return Err(Diagnostic::new(Severity::Error, Place::Line(line), message, hint));
    }
    let rows = Rows { table, given, spans: spans(table) };
    let cells = (0..table.rows()).map(|row| columns.iter().map(|holds| rows.cell(*holds, row)).collect::<Vec<String>>());
    let at = |wanted: &str| names.iter().position(|name| *name == wanted);
    let identity = [at("uuid"), at("intended concurrency")];
    let known = existing.iter().flat_map(|existing| existing.cells(&names));
    let mut seen: FxHashSet<String> = known.map(|row| key(&row, identity)).collect();
    let (mut fresh, mut skipped): (Vec<Vec<String>>, Vec<String>) = (Vec::new(), Vec::new());
    for row in cells {
        let texts: Vec<&str> = row.iter().map(String::as_str).collect();
        let shown = |column: Option<usize>| column.and_then(|at| texts.get(at)).copied().unwrap_or_default();
        if seen.insert(key(&texts, identity)) {
            fresh.push(row);
        } else {
            let name = |text: &str| if text.is_empty() { "not stated".to_owned() } else { text.to_owned() };
            skipped.push(format!("run {}, concurrency {}", name(shown(identity[0])), name(shown(identity[1]))));
        }
    }
    let mut findings = rows.findings();
    findings.extend(without_column(&columns, given));
    findings.extend(repeated(&skipped));
    findings.extend(blanks(&names, &fresh));
    let text = match &existing {
        Some(existing) => existing.with(&names, &fresh),
        None => {
            let new = fresh.iter().map(|row| row.iter().map(String::as_str).collect());
            written(b',', "\n", std::iter::once(names.clone()).chain(new))
        }
    };
    Ok(Converted { text, written: fresh.len(), findings })
}

/// A row's identity: its run and load where it states both, else all its cells.
fn key(row: &[&str], identity: [Option<usize>; 2]) -> String {
    let stated = identity.map(|column| column.and_then(|at| row.get(at)).copied().filter(|cell| !cell.is_empty()));
    match stated {
        [Some(run), Some(load)] => format!("{run}\n{}", load.parse::<f64>().map_or(load.to_owned(), |load| load.to_string())),
        _ => row.iter().map(|cell| cell.trim()).collect::<Vec<&str>>().join("\n"),
    }
}

/// A run, by its file and id.
type Run<'t> = (Option<&'t str>, Option<&'t str>);

/// When each run began and ended, ms since 1970.
type Spans<'t> = FxHashMap<Run<'t>, [Option<i64>; 2]>;

/// The measurements of a table, with the overrides.
struct Rows<'t> {
    table: &'t Table,
    given: &'t Given,
    spans: Spans<'t>,
}

impl<'t> Rows<'t> {
    fn text(&self, key: &str, row: usize) -> Option<&str> {
        let given = self.given.dimensions.iter().find(|(known, _)| *known == key).map(|(_, value)| value.as_str());
        given.or_else(|| text(self.table, key, row))
    }

    fn figure(&self, metric: &str, stat: Stat, row: usize) -> Option<f64> {
        self.table.figures(metric, stat)?.get(row)
    }

    /// The GuideLLM version, of GuideLLM's own measurements.
    fn guidellm(&self, row: usize) -> Option<&str> {
        let given = self.given.dimensions.iter().find(|(known, _)| *known == "tool_version").map(|(_, value)| value.as_str());
        match text(self.table, "tool", row) {
            Some("GuideLLM") => given.or_else(|| text(self.table, "tool_version", row)),
            None => given,
            Some(_) => None,
        }
    }

    /// A cell's text; empty where nothing is known.
    fn cell(&self, holds: Holds, row: usize) -> String {
        let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
        match holds {
            Holds::Run => self.run(row),
            Holds::Accelerator => self.cell(Holds::Text("accelerator"), row),
            Holds::Text(key) | Holds::Number(key, _) | Holds::Count(key) => {
                self.text(key, row).map(|text| defused(text).into_owned()).unwrap_or_default()
            }
            Holds::Length(key) => match (self.text(key, row), self.text("dataset", row)) {
                (Some(length), _) => defused(length).into_owned(),
                (None, Some(_)) => "0".to_owned(),
                (None, None) => String::new(),
            },
            Holds::Concurrency => number(self.concurrency(row)),
            Holds::Figure(metric) => number(self.figure(metric, Stat::Mean, row)),
            Holds::Statistic(family, stat) if *family == TIME_PER_OUTPUT_TOKEN => number(match self.guidellm(row) {
                Some(_) => self.figure("ntpot", stat, row).or_else(|| self.figure("tpot_no_ttft", stat, row)),
                None => self.figure("tpot", stat, row),
            }),
            Holds::Statistic(Family { metric, factor, .. }, stat) => {
                number(self.figure(metric, stat, row).map(|value| divided(value, *factor)))
            }
            Holds::GuideLlm => self.guidellm(row).map(|version| defused(version).into_owned()).unwrap_or_default(),
            Holds::Start => self.span(row, 0),
            Holds::End => self.span(row, 1),
        }
    }

    /// The run's name: the file's own (demo data are known by theirs), else made as the import scripts make it.
    fn run(&self, row: usize) -> String {
        if let Some(run) = text(self.table, "run", row) {
            return defused(run).into_owned();
        }
        let degree = self.text("tp", row).or_else(|| self.text("dp", row));
        let parts = [self.text("accelerator", row), self.given.cluster.as_deref(), self.text("model", row), degree];
        let name = parts.into_iter().flatten().collect::<Vec<&str>>().join("-");
        defused(&name).into_owned()
    }

    fn concurrency(&self, row: usize) -> Option<f64> {
        let kind = self.table.load_kind(row)?;
        self.table.load()?.get(row).filter(|_| kind == LoadKind::Concurrency)
    }

    fn span(&self, row: usize, end: usize) -> String {
        let span = self.spans.get(&run_of(self.table, row)).and_then(|span| span[end]);
        span.map(|milliseconds| milliseconds.to_string()).unwrap_or_default()
    }

    /// What the layouts cannot express.
    fn findings(&self) -> Vec<Diagnostic> {
        let count = |fits: &dyn Fn(usize) -> bool| (0..self.table.rows()).filter(|row| fits(*row)).count() as u64;
        let other = count(&|row| self.table.load_kind(row).is_some_and(|kind| kind != LoadKind::Concurrency));
        let undated = count(&|row| {
            let ours = text(self.table, "tool", row) == Some("GuideLLM") && self.guidellm(row).is_none();
            ours && self.figure("itl", Stat::Mean, row).is_some()
        });
        let mut findings = Vec::new();
        let mut say = |severity, message: String, hint: &str| {
            findings.push(Diagnostic::new(severity, Place::File, message, hint));
        };
        if other > 0 {
            let rows = plural(other, "measurement");
            let message = format!(
                "{rows} with a request rate or without a load limit: the table has no column for that, and “intended concurrency” stays blank."
            );
            say(Severity::Warning, message, "");
        }
        if undated > 0 {
            let rows = plural(undated, "measurement");
            let message =
                format!("{rows} without a GuideLLM version: the tpot columns contain the time per token after the first.");
            say(Severity::Info, message, "Set it with --guidellm-version: the tpot columns then contain GuideLLM's own figure.");
        }
        findings
    }
}

fn text<'t>(table: &'t Table, key: &str, row: usize) -> Option<&'t str> {
    table.dimension(key)?.text(row)
}

/// The run that a measurement belongs to.
fn run_of(table: &Table, row: usize) -> Run<'_> {
    (text(table, "path", row), text(table, "run_id", row))
}

/// When each run began and ended: the first start and the last end of its measurements.
fn spans(table: &Table) -> Spans<'_> {
    let mut spans = Spans::default();
    for row in 0..table.rows() {
        let instant = |key| text(table, key, row).and_then(milliseconds);
        let [start, end] = spans.entry(run_of(table, row)).or_default();
        *start = [*start, instant("start_time")].into_iter().flatten().min();
        *end = (*end).max(instant("end_time"));
    }
    spans
}

/// A quotient that gives the number again when it is multiplied, if there is one: reading the table back gives the
/// same figure. Of several the shortest, which is what a file had.
fn divided(value: f64, by: f64) -> f64 {
    let quotient = value / by;
    let near = [quotient, quotient.next_up(), quotient.next_down()];
    let exact = near.into_iter().filter(|candidate| candidate * by == value);
    exact.min_by_key(|candidate| candidate.to_string().len()).unwrap_or(quotient)
}

/// Overrides for which the layout has no column.
fn without_column(columns: &[Holds], given: &Given) -> Option<Diagnostic> {
    let has = |key: &str| {
        columns.iter().any(|holds| match holds {
            Holds::Text(known) | Holds::Number(known, _) | Holds::Count(known) | Holds::Length(known) => *known == key,
            Holds::Accelerator => key == "accelerator",
            Holds::GuideLlm => key == "tool_version",
            _ => false,
        })
    };
    let lost: Vec<&str> = given.dimensions.iter().filter(|(key, _)| !has(key)).map(|(key, _)| dimensions::label(key)).collect();
    let message = format!("The table has no column for: {}.", lost.join(", "));
    (!lost.is_empty()).then(|| Diagnostic::new(Severity::Warning, Place::File, message, ""))
}

fn not_such_a_table() -> Diagnostic {
    let message = "The first line names no column of this table: the file is unchanged.";
    Diagnostic::new(Severity::Error, Place::Line(1), message, "Choose another file, or one that does not exist yet.")
}

fn repeated(skipped: &[String]) -> Option<Diagnostic> {
    const NAMED: usize = 3;
    let first = skipped.iter().take(NAMED).map(String::as_str).collect::<Vec<&str>>().join("; ");
    let more = if skipped.len() > NAMED { "; …" } else { "" };
    let rows = plural(skipped.len() as u64, "measurement");
    let message = format!("{rows} skipped, already in the table: {first}{more}.");
    (!skipped.is_empty()).then(|| Diagnostic::new(Severity::Info, Place::File, message, ""))
}

/// Columns without which dashboards cannot show a row, and how to state them.
const NEEDED: [(&str, &str); 6] = [
    ("model", "--model"),
    ("version", "--version"),
    ("accelerator", "--accelerator"),
    ("TP", "--tp or --dp"),
    ("prompt toks", "--isl, or --dataset for a real data set"),
    ("output toks", "--osl, or --dataset for a real data set"),
];

fn blanks(names: &[&str], rows: &[Vec<String>]) -> Vec<Diagnostic> {
    let cell = |row: &[String], wanted: &str| {
        let at = names.iter().position(|name| *name == wanted);
        at.and_then(|at| row.get(at)).is_some_and(|cell| !cell.is_empty())
    };
    let lacks = |row: &[String], column: &str| !(cell(row, column) || column == "TP" && cell(row, "DP"));
    let finding = |(column, option): &(&str, &str)| {
        let count = rows.iter().filter(|row| lacks(row, column)).count() as u64;
        let message = format!("The column “{column}” is blank in {}.", plural(count, "row"));
        (count > 0).then(|| Diagnostic::new(Severity::Warning, Place::File, message, format!("Set it with {option}.")))
    };
    NEEDED.iter().filter_map(finding).collect()
}
