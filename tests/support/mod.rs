//! What the tests share: a sink that keeps everything, and a snapshot of it as text.

pub mod sheet;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use inferscope::format::{FORMATS, Format, Input, Look, sniff, unrecognised};
use inferscope::record::{Diagnostic, DimensionId, Kind, Load, MetricId, Provenance, Record, Sink, Stat};
use inferscope::source::text::decode;

/// One record, with names in place of handles.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub kind: Kind,
    pub place: String,
    pub load: Load,
    pub identity: Vec<(String, String)>,
    /// Keys are `metric/statistic`.
    pub samples: Vec<(String, f64)>,
}

/// A sink that keeps everything.
#[derive(Debug, Default)]
pub struct Collected {
    dimensions: Vec<String>,
    metrics: Vec<(String, Stat)>,
    pub rows: Vec<Row>,
    pub diagnostics: Vec<Diagnostic>,
    pub provenance: Provenance,
    pub progress: Vec<f64>,
    /// Whether single requests beside summaries are wanted.
    pub wants_requests: bool,
    /// How many of them were passed over.
    pub skipped_requests: usize,
}

impl Sink for Collected {
    fn dimension(&mut self, key: &str) -> DimensionId {
        let known = self.dimensions.iter().position(|other| other == key);
        DimensionId(known.unwrap_or_else(|| {
            self.dimensions.push(key.to_owned());
            self.dimensions.len() - 1
        }) as u32)
    }

    fn metric(&mut self, key: &str, stat: Stat) -> MetricId {
        let known = self.metrics.iter().position(|(other, other_stat)| other == key && *other_stat == stat);
        MetricId(known.unwrap_or_else(|| {
            self.metrics.push((key.to_owned(), stat));
            self.metrics.len() - 1
        }) as u32)
    }

    fn record(&mut self, record: Record<'_>) {
        let name = |id: &DimensionId| self.dimensions[id.0 as usize].clone();
        let figure = |id: &MetricId| {
            let (key, stat) = &self.metrics[id.0 as usize];
            format!("{key}/{}", stat.key())
        };
        let row = Row {
            kind: record.kind,
            place: record.place.to_string(),
            load: record.load,
            identity: record.identity.iter().map(|(id, value)| (name(id), (*value).to_owned())).collect(),
            samples: record.samples.iter().map(|sample| (figure(&sample.metric), sample.value)).collect(),
        };
        for (key, value) in &row.samples {
            assert!(value.is_finite(), "{}: {key} is {value}", row.place);
        }
        self.rows.push(row);
    }

    fn diagnostic(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn provenance(&mut self, provenance: Provenance) {
        self.provenance.fill(provenance);
    }

    fn progress(&mut self, fraction: f64) {
        assert!((0.0..=1.0).contains(&fraction), "progress {fraction}");
        self.progress.push(fraction);
    }

    fn wants_requests(&self) -> bool {
        self.wants_requests
    }

    fn skip_requests(&mut self, count: usize) {
        self.skipped_requests += count;
    }
}

/// What a file gave.
pub struct Outcome {
    pub format: Option<&'static Format>,
    pub collected: Collected,
}

/// Reads bytes under a name, as the engine does.
pub fn read(name: &str, bytes: &[u8]) -> Outcome {
    read_into(Collected::default(), name, bytes)
}

/// [`read`], with the single requests that stand beside summaries.
pub fn read_requests(name: &str, bytes: &[u8]) -> Outcome {
    read_into(Collected { wants_requests: true, ..Collected::default() }, name, bytes)
}

fn read_into(mut collected: Collected, name: &str, bytes: &[u8]) -> Outcome {
    let (text, _) = decode(bytes);
    let input = Input { path: name, text: &text, bytes };
    let look = Look::new(input);
    let claims: Vec<&str> = FORMATS.iter().filter(|format| format.sniff(&look).is_some()).map(|format| format.about.id).collect();
    assert!(claims.len() <= 1, "{name} is claimed by {claims:?}");
    let format = sniff(&look);
    match format {
        Some(format) => format.read(input, &mut collected),
        None => collected.diagnostics.push(unrecognised(&look)),
    }
    Outcome { format, collected }
}

impl Outcome {
    /// Everything that was read, as text: one line per measurement, one per finding.
    pub fn snapshot(&self) -> String {
        let mut text = String::new();
        let Collected { rows, diagnostics, provenance, .. } = &self.collected;
        let said = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
        _ = writeln!(text, "format {}", self.format.map_or("–", |format| format.about.id));
        let Provenance { tool, tool_version, schema } = provenance;
        _ = writeln!(text, "tool {} | version {} | schema {}", said(tool), said(tool_version), said(schema));
        for row in rows {
            text.push_str(&line(row));
        }
        for Diagnostic { severity, place, message, hint } in diagnostics {
            _ = writeln!(
                text,
                "{} at {place}: {message}{}{hint}",
                format!("{severity:?}").to_lowercase(),
                if hint.is_empty() { "" } else { " → " }
            );
        }
        text
    }
}

/// One measurement as a line; line breaks within values are shown as escapes.
pub fn line(row: &Row) -> String {
    let load = match (row.load.kind, row.load.value) {
        (Some(kind), Some(value)) => format!("{} {value}", kind.key()),
        (Some(kind), None) => kind.key().to_owned(),
        (None, value) => format!("– {}", value.map_or(String::new(), |value| value.to_string())).trim().to_owned(),
    };
    let mut identity: Vec<String> = row.identity.iter().map(|(key, value)| format!("{key}={}", value.escape_debug())).collect();
    identity.sort();
    let mut samples: Vec<String> = row.samples.iter().map(|(key, value)| format!("{key}={value}")).collect();
    samples.sort();
    // Measurements are what most files give: only the other kinds are named.
    let kind = if row.kind == Kind::Measurement { String::new() } else { format!("{} ", row.kind.key()) };
    format!("{kind}{} | {load} | {} | {}\n", row.place, identity.join("; "), samples.join(" "))
}

/// The repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every fixture, in order.
pub fn fixtures() -> Vec<PathBuf> {
    let mut found = Vec::new();
    walk(&root().join("tests/fixtures"), &mut found);
    found.retain(|path| !matches!(path.extension().and_then(|end| end.to_str()), Some("golden" | "md" | "py")));
    found.sort();
    assert!(found.len() > 10, "the fixtures are not where they should be");
    found
}

/// The fixture at this path below `tests/fixtures`.
pub fn fixture(path: &str) -> Vec<u8> {
    bytes(&root().join("tests/fixtures").join(path))
}

/// A file's bytes.
pub fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file below a folder, in order.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    walk(folder, &mut found);
    found.sort();
    found
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The folder of real result files: `INFERSCOPE_CORPUS`, else the neighbour of the repository. When the variable names
/// a folder that is not there the test fails; when neither is there, it says by name what did not run (on the terminal,
/// past the test runner, which shows nothing of passing tests).
pub fn corpus(what: &str) -> Option<PathBuf> {
    use std::io::Write;
    let named = std::env::var_os("INFERSCOPE_CORPUS").map(PathBuf::from);
    let folder = named.clone().unwrap_or_else(|| root().join("../shared/data"));
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(named.is_none(), "INFERSCOPE_CORPUS names {}, which is no folder", folder.display());
    let message = format!("\nNOT RUN: {what}: no corpus at {} (set INFERSCOPE_CORPUS)\n", folder.display());
    _ = std::io::stderr().write_all(message.as_bytes());
    None
}
