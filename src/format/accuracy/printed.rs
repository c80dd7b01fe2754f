//! The tables that lm-evaluation-harness prints, in a log or by themselves.
//!
//! A line with the arguments stands before the table (`vllm (pretrained=…), gen_kwargs: (None), limit: 500.0, …`). Tasks are
//! indented below their group; a blank task is that of the row above. A second table, of groups, repeats rows of the first.
//! Values are rounded to four decimals. Where the model ran in the same process, the log is its server's, too, and is read
//! as such after the scores.

use memchr::memmem;

use super::Score;
use super::lm_eval::{TOOL, arguments, identify, load};
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::Identity;
use crate::format::{About, Certainty, Format, Input, Look, worker_log};
use crate::record::{Diagnostic, DimensionId, Load, MetricId, Place, Provenance, Record, Severity, Sink, Stat};

/// What ends a table's header.
const MARK: &str = "|Stderr|";

/// What follows the model's arguments.
const BEHIND: &str = "), gen_kwargs: (";

/// What the first column is called.
const FIRST: [&str; 4] = ["Tasks", "Task", "Groups", "Group"];

/// Printed tables.
pub(in crate::format) static LM_EVAL_PRINTED: Format = Format {
    about: &About::new(
        "lm-eval-printed",
        "lm-evaluation-harness printed tables (log, Markdown)",
        "scores with standard errors as printed, by task, metric and answer filter; a vLLM log around them as a worker's",
        &["log", "out", "txt", "md"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    // A log may begin with a stamp in brackets.
    let json = look.is_object() || look.is_list();
    (!json && is_printed(look.text)).then_some(Certainty::Certain)
}

/// Whether a text has such a table.
pub(in crate::format) fn is_printed(text: &str) -> bool {
    memmem::find_iter(text.as_bytes(), MARK.as_bytes()).any(|at| {
        let start = text[..at].rfind(['\n', '\r']).map_or(0, |end| end + 1);
        text[start..].lines().next().is_some_and(|line| Header::of(line).is_some())
    })
}

/// The columns of a table.
struct Header {
    groups: bool,
    columns: usize,
    version: Option<usize>,
    filter: Option<usize>,
    shots: Option<usize>,
    metric: usize,
    value: usize,
    error: usize,
}

impl Header {
    fn of(line: &str) -> Option<Header> {
        let cells: Vec<&str> = cells(line)?.iter().map(|cell| cell.trim()).collect();
        let first = cells.first().filter(|first| FIRST.contains(first))?;
        let place = |name: &str| cells.iter().position(|cell| *cell == name);
        Some(Header {
            groups: first.starts_with("Group"),
            columns: cells.len(),
            version: place("Version"),
            filter: place("Filter"),
            shots: place("n-shot"),
            metric: place("Metric")?,
            value: place("Value")?,
            error: place("Stderr")?,
        })
    }
}

/// The cells of a row; `None` for a line that is no whole row.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inside = line.trim_end().strip_prefix('|')?.strip_suffix('|')?;
    Some(inside.split('|').collect())
}

/// A row of a table.
struct Row {
    line: u64,
    depth: usize,
    task: String,
    group: Option<String>,
    is_group: bool,
    version: String,
    filter: String,
    shots: String,
    metric: String,
    higher: Option<bool>,
    value: f64,
    error: Option<f64>,
}

/// The tables of one run, and its arguments.
#[derive(Default)]
struct Run {
    identity: Identity,
    load: Load,
    rows: Vec<Row>,
}

#[derive(Default)]
struct Reader {
    table: Option<Header>,
    run: Run,
    findings: Findings,
    scores: usize,
    limited: bool,
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    sink.provenance(Provenance { tool: Some(TOOL.to_owned()), schema: Some("printed".to_owned()), ..Provenance::default() });
    let mut reader = Reader::default();
    for (index, line) in input.text.lines().enumerate() {
        // Behind what progress bars have overwritten.
        let line = line.rsplit('\r').next().unwrap_or(line);
        reader.line(line, index as u64 + 1, sink);
    }
    reader.emit(sink);
    let mut inform = |message: &str, hint: &str| sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, hint));
    inform("Scores are rounded as printed; load the run's results_….json for exact values.", "");
    if reader.limited {
        inform("The run graded a part of each task (“limit”); such scores are for tests, says the tool.", "");
    }
    reader.findings.finish(sink);
    if worker_log::has_figures(input.text) {
        worker_log::read(input, &mut Server(sink));
    }
    sink.progress(1.0);
}

impl Reader {
    fn line(&mut self, line: &str, number: u64, sink: &mut dyn Sink) {
        if !line.starts_with('|') {
            self.table = None;
            if line.contains(BEHIND) {
                self.emit(sink);
                self.heading(line);
            }
            return;
        }
        if let Some(header) = Header::of(line) {
            self.table = Some(header);
            return;
        }
        let Some(header) = &self.table else { return };
        let row = cells(line).filter(|cells| cells.len() == header.columns);
        match row {
            Some(cells) if cells.iter().all(|cell| cell.trim().trim_matches([':', '-']).is_empty()) => {}
            Some(cells) => self.row(&cells, number, sink),
            None => self.findings.entry(sink, "incomplete rows", &Place::Line(number), || {
                "This row of the table is incomplete; skipped.".to_owned()
            }),
        }
    }

    /// `vllm (pretrained=…), gen_kwargs: (None), limit: 500.0, num_fewshot: 5, batch_size: 8`.
    fn heading(&mut self, line: &str) {
        let Some((before, after)) = line.split_once(BEHIND) else { return };
        let Some((backend, inside)) = before.split_once(" (") else { return };
        let arguments = arguments(&inside.into());
        let identity = &mut self.run.identity;
        identify(&arguments, identity);
        self.run.load = load(&arguments);
        identity.set("backend", backend.split_whitespace().next_back().map(str::to_owned));
        let stated = |name: &str| {
            let value = after.split_once(name)?.1.split([',', ' ']).next()?;
            Some(value.to_owned()).filter(|value| value != "None")
        };
        identity.set("sample_limit", stated("limit: "));
        self.limited |= identity.get("sample_limit").is_some();
        identity.set("batch_size", stated("batch_size: "));
    }

    fn row(&mut self, cells: &[&str], line: u64, sink: &mut dyn Sink) {
        let Some(header) = &self.table else { return };
        let text = |at: Option<usize>| at.and_then(|at| cells.get(at)).map_or("", |cell| cell.trim());
        let (above, first) = (self.run.rows.last(), cells.first().copied().unwrap_or_default());
        let again = first.trim().is_empty();
        let depth = first.len() - first.trim_start().len();
        let task = first.trim().trim_start_matches("- ").to_owned();
        let Ok(value) = text(Some(header.value)).parse::<f64>() else {
            return self.findings.entry(sink, "rows without a value", &Place::Line(line), || {
                format!("This row has no value (“{}”); skipped.", text(Some(header.value)))
            });
        };
        let arrow = text(header.value.checked_sub(1));
        let group = self.run.rows.iter().rev().find(|row| row.depth < depth).map(|row| row.task.clone());
        let mut row = Row {
            line,
            depth,
            task,
            group,
            is_group: header.groups,
            version: text(header.version).to_owned(),
            filter: text(header.filter).to_owned(),
            shots: text(header.shots).to_owned(),
            metric: text(Some(header.metric)).to_owned(),
            higher: match arrow {
                "↑" => Some(true),
                "↓" => Some(false),
                _ => None,
            },
            value,
            error: text(Some(header.error)).parse().ok(),
        };
        if let Some(above) = above.filter(|_| again) {
            row.task.clone_from(&above.task);
            row.group.clone_from(&above.group);
            (row.depth, row.is_group) = (above.depth, above.is_group);
            if row.version.is_empty() {
                row.version.clone_from(&above.version);
            }
        }
        let same = |known: &&mut Row| (&known.task, &known.filter, &known.metric) == (&row.task, &row.filter, &row.metric);
        match self.run.rows.iter_mut().find(same).filter(|_| header.groups) {
            Some(known) => known.is_group = true,
            None => self.run.rows.push(row),
        }
    }

    /// Emits the rows of a run.
    fn emit(&mut self, sink: &mut dyn Sink) {
        let Run { identity, load, rows } = std::mem::take(&mut self.run);
        let mut after = rows.iter().skip(1);
        for row in &rows {
            let parent = after.next().is_some_and(|next| next.depth > row.depth);
            let mut identity = identity.clone();
            identity.set("task", Some(row.task.clone()));
            identity.set("task_group", row.group.clone());
            identity.set("task_level", Some(if row.is_group || parent { "group" } else { "task" }.to_owned()));
            identity.set("task_version", Some(row.version.clone()));
            identity.set("shots", Some(row.shots.clone()));
            let Row { value, error, higher, .. } = *row;
            let score = Score { metric: &row.metric, filter: &row.filter, value, error, higher, samples: None };
            score.emit(&identity, load, &Place::Line(row.line), sink);
            self.scores += 1;
        }
    }
}

/// Takes what a server's log says; the file is still the evaluation's.
struct Server<'s>(&'s mut dyn Sink);

impl Sink for Server<'_> {
    fn dimension(&mut self, key: &str) -> DimensionId {
        self.0.dimension(key)
    }
    fn metric(&mut self, key: &str, stat: Stat) -> MetricId {
        self.0.metric(key, stat)
    }
    fn record(&mut self, record: Record<'_>) {
        self.0.record(record);
    }
    fn diagnostic(&mut self, diagnostic: Diagnostic) {
        self.0.diagnostic(diagnostic);
    }
    fn provenance(&mut self, _: Provenance) {}
    fn progress(&mut self, fraction: f64) {
        self.0.progress(fraction);
    }
}
