//! Building tables from what a format emits: one for each kind of record.

mod block;
mod repeated;
mod unsound;

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::column::TextColumn;
use super::columns::Columns;
use super::{Room, Table, Tables};
use crate::catalog::{dimensions, secrets};
use crate::record::{
    Block, Diagnostic, DimensionId, Kind, MAX_COLUMNS, MAX_TEXT_BYTES, MetricId, Place, Provenance, Record, Severity, Sink, Stat,
};

/// Findings kept per file; the rest are counted.
const MAX_DIAGNOSTICS: usize = 1000;

/// A handle without a column.
const REFUSED: u32 = u32::MAX;

/// The result of reading a file: tables, provenance, findings.
pub struct Built {
    /// One table per kind of record; no derived columns yet.
    pub tables: Tables,
    /// The tool that wrote the file.
    pub provenance: Provenance,
    /// Findings, in order.
    pub diagnostics: Vec<Diagnostic>,
    /// Single requests that stand beside summaries and were not read.
    pub skipped_requests: usize,
    /// Records for which there was no room.
    pub left_out: usize,
}

/// The columns of one kind, and the column of each handle.
struct Part {
    columns: Columns,
    dimensions: Vec<Option<usize>>,
    metrics: Vec<Option<usize>>,
    load_kind: Option<usize>,
}

/// A dimension that has a handle.
struct Named {
    key: String,
    /// Whether its texts may contain secrets.
    guarded: bool,
    /// If its values are counts: the least that makes sense.
    least: Option<u8>,
    /// What its values should be, if they should be numbers.
    numeric: Option<unsound::Numeric>,
}

/// A figure that has a handle.
struct Figure {
    key: String,
    stat: Stat,
    /// Which of its values are possible.
    domain: unsound::Domain,
}

/// Collects one file's records into columns.
pub struct Builder<'a> {
    dimensions: Vec<Named>,
    metrics: Vec<Figure>,
    /// The handles by their names.
    known_dimensions: FxHashMap<String, u32>,
    known_metrics: FxHashMap<String, Vec<(Stat, u32)>>,
    parts: Vec<(Kind, Part)>,
    diagnostics: Vec<Diagnostic>,
    dropped: usize,
    /// Whether more than [`MAX_COLUMNS`] columns were requested.
    refused: bool,
    /// Dimensions with a truncated text; each is reported once.
    cut: Vec<u32>,
    /// Number of texts with a secret.
    masked: usize,
    /// Number of infinite figures, and where the first is.
    infinite: usize,
    first_infinite: Place,
    /// What was left out because it cannot be.
    unsound: unsound::Unsound,
    /// Measurements that are there twice.
    repeated: repeated::Repeated,
    provenance: Provenance,
    wants_requests: bool,
    skipped_requests: usize,
    /// What there is still room for, how many records were taken, and for how many there was none.
    room: Room,
    taken: usize,
    left_out: usize,
    on_progress: Box<dyn FnMut(f64) + 'a>,
}

impl<'a> Builder<'a> {
    /// A builder that reports progress (0 to 1) to `on_progress`.
    pub fn new(on_progress: impl FnMut(f64) + 'a) -> Builder<'a> {
        Builder {
            dimensions: Vec::new(),
            metrics: Vec::new(),
            known_dimensions: FxHashMap::default(),
            known_metrics: FxHashMap::default(),
            parts: Vec::new(),
            diagnostics: Vec::new(),
            dropped: 0,
            refused: false,
            cut: Vec::new(),
            masked: 0,
            infinite: 0,
            first_infinite: Place::File,
            unsound: unsound::Unsound::default(),
            repeated: repeated::Repeated::default(),
            provenance: Provenance::default(),
            wants_requests: false,
            skipped_requests: 0,
            room: Room::MOST,
            taken: 0,
            left_out: 0,
            on_progress: Box::new(on_progress),
        }
    }

    /// Whether to take the single requests that stand beside summaries.
    #[must_use]
    pub fn with_requests(self, wanted: bool) -> Builder<'a> {
        Builder { wants_requests: wanted, ..self }
    }

    /// How much to take at most; the rest is counted.
    #[must_use]
    pub fn within(self, room: Room) -> Builder<'a> {
        Builder { room, ..self }
    }

    /// Completes the tables: adds the file's path and tool to every row, and drops empty columns.
    pub fn finish(mut self, path: &str) -> Built {
        self.diagnostics.extend(self.repeated.finding());
        self.diagnostics.extend(self.unsound.findings(&self.dimensions, &self.metrics));
        let provenance = &self.provenance;
        let mut tables = Tables::default();
        for (kind, Part { mut columns, .. }) in self.parts {
            // A table that was exported from other files names them itself.
            let stated = [
                ("path", Some(path)),
                ("tool", provenance.tool.as_deref()),
                ("tool_version", provenance.tool_version.as_deref()),
            ];
            for (key, value) in stated.into_iter().filter_map(|(key, value)| Some((key, value?))) {
                let rows = columns.rows;
                columns.dimension_column(key).complete(rows, value);
            }
            // A file of several levels is named after none of them: it is a series by itself.
            if kind == Kind::Measurement && columns.has_several_loads() {
                let rows = columns.rows;
                columns.dimension_column("files").complete(rows, path);
            }
            let table = columns.finish().unwrap_or_else(|error| {
                let message = format!("The columns do not fit together: {error}.");
                self.diagnostics.push(Diagnostic::new(
                    Severity::Error,
                    Place::File,
                    message,
                    "Please report this with the file.",
                ));
                Table::empty(kind)
            });
            tables.insert(table);
        }
        if self.refused {
            let message = format!("The file has more than {MAX_COLUMNS} columns of a kind: the others were left out.");
            let hint = "Keep only the columns that you want to see.";
            self.diagnostics.push(Diagnostic::new(Severity::Warning, Place::File, message, hint));
        }
        if self.infinite > 0 {
            let (what, are) = if self.infinite == 1 { ("figure", "is") } else { ("figures", "are") };
            let message = format!("{} {what} {are} too large for a number: missing.", self.infinite);
            let hint = "Correct them in the file, if they are known.";
            self.diagnostics.push(Diagnostic::new(Severity::Warning, self.first_infinite, message, hint));
        }
        if self.left_out > 0 {
            let (read, all) = (self.taken, self.taken + self.left_out);
            let message = format!("It has more records than there is room for: {read} of {all} were read.");
            let hint = "Split it, or keep only the rows, columns or runs that you need; of an archive, drop single files.";
            self.diagnostics.push(Diagnostic::new(Severity::Error, Place::File, message, hint));
        }
        if self.masked > 0 {
            let message = format!("{} looked like secrets and were masked while the file was read.", values(self.masked));
            let hint = "Tables, links and exports do not have them; the file itself does.";
            self.diagnostics.push(Diagnostic::new(Severity::Info, Place::File, message, hint));
        }
        if self.dropped > 0 {
            let message = format!("{} more findings of this file are not listed.", self.dropped);
            self.diagnostics.push(Diagnostic::new(Severity::Info, Place::File, message, ""));
        }
        let Builder { provenance, diagnostics, skipped_requests, left_out, .. } = self;
        Built { tables, provenance, diagnostics, skipped_requests, left_out }
    }
}

/// A handle's position in a part's columns, looked up once.
fn local(known: &mut Vec<Option<usize>>, id: u32, find: impl FnOnce() -> usize) -> usize {
    let id = id as usize;
    if known.len() <= id {
        known.resize(id + 1, None);
    }
    *known[id].get_or_insert_with(find)
}

/// A text, truncated to [`MAX_TEXT_BYTES`].
fn shortened(text: &str) -> &str {
    let mut end = text.len().min(MAX_TEXT_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn values(count: usize) -> String {
    if count == 1 { "1 value".to_owned() } else { format!("{count} values") }
}

/// Dimensions whose texts are settings, which may contain a secret.
const SETTINGS: [&str; 6] = ["value", "runtime_args", "router_config", "target", "notes", "image"];

/// Whether a dimension's texts may contain secrets.
fn is_guarded(key: &str) -> bool {
    SETTINGS.contains(&key) || secrets::is_secret(key)
}

/// A text of a guarded dimension with its secrets masked; `name` is the setting whose value it is. Texts already in the
/// column were checked before.
fn unmasked<'t>(key: &str, name: &str, text: &'t str, column: &mut TextColumn) -> Cow<'t, str> {
    if key == "value" || column.find(text).is_none() {
        return secrets::masked(if SETTINGS.contains(&key) { name } else { key }, text);
    }
    Cow::Borrowed(text)
}

impl Sink for Builder<'_> {
    fn dimension(&mut self, key: &str) -> DimensionId {
        if let Some(id) = self.known_dimensions.get(key) {
            return DimensionId(*id);
        }
        if self.dimensions.len() >= MAX_COLUMNS {
            self.refused = true;
            return DimensionId(REFUSED);
        }
        let id = self.dimensions.len() as u32;
        self.dimensions.push(Named {
            key: key.to_owned(),
            guarded: is_guarded(key),
            least: dimensions::least(key),
            numeric: unsound::Numeric::of(key),
        });
        self.known_dimensions.insert(key.to_owned(), id);
        DimensionId(id)
    }

    fn metric(&mut self, key: &str, stat: Stat) -> MetricId {
        let known = self.known_metrics.get(key).and_then(|known| known.iter().find(|(other, _)| *other == stat));
        if let Some((_, id)) = known {
            return MetricId(*id);
        }
        if self.metrics.len() >= MAX_COLUMNS {
            self.refused = true;
            return MetricId(REFUSED);
        }
        let id = self.metrics.len() as u32;
        self.metrics.push(Figure { key: key.to_owned(), stat, domain: unsound::Domain::of(key, stat) });
        self.known_metrics.entry(key.to_owned()).or_default().push((stat, id));
        MetricId(id)
    }

    fn record(&mut self, record: Record<'_>) {
        let Some(room) = self.room.with_record(record.identity.len() + record.samples.len()) else {
            self.left_out += 1;
            return;
        };
        self.room = room;
        self.taken += 1;
        if record.kind == Kind::Measurement {
            self.repeated.note(&record);
        }
        let index = self.parts.iter().position(|(kind, _)| *kind == record.kind).unwrap_or_else(|| {
            let columns = Columns::new(record.kind);
            let part = Part { columns, dimensions: Vec::new(), metrics: Vec::new(), load_kind: None };
            self.parts.push((record.kind, part));
            self.parts.len() - 1
        });
        let Part { columns, dimensions, metrics, load_kind } = &mut self.parts[index].1;
        let row = columns.rows;
        columns.rows += 1;
        // Why the GPU count must not be derived.
        let mut uncounted = None;
        // The name of the setting whose value is in the record.
        let is_setting = |id: u32| self.dimensions.get(id as usize).is_some_and(|named| named.key == "setting");
        let mut settings = record.identity.iter().filter(|_| record.kind == Kind::Setting);
        let setting = settings.find(|(DimensionId(id), _)| is_setting(*id));
        let setting = setting.map_or("", |(_, name)| *name);
        for (DimensionId(id), text) in record.identity {
            if let Some(Named { key, guarded, least, numeric }) = self.dimensions.get(*id as usize) {
                if numeric.is_some_and(|numeric| record.kind != Kind::Setting && !numeric.fits(text)) {
                    self.unsound.no_number(*id, text, record.place);
                }
                let spelled = least.filter(|_| record.kind != Kind::Setting).and_then(|_| dimensions::spelled_count(key, text));
                let text = spelled.as_ref().unwrap_or(text);
                if least.is_some_and(|least| record.kind != Kind::Setting && !unsound::is_count(text, least)) {
                    // A text still tells results apart; a number that cannot be would be computed with.
                    let is_number = text.parse::<f64>().is_ok();
                    if is_number {
                        self.unsound.no_count(*id, text, record.place);
                    } else {
                        self.unsound.no_number(*id, text, record.place);
                    }
                    if dimensions::MULTIPLIED.contains(&key.as_str()) && uncounted.is_none() {
                        uncounted = Some(format!("unknown: {} is “{}”", dimensions::label(key), unsound::shown(text)));
                    }
                    if is_number {
                        continue;
                    }
                }
                let at = local(dimensions, *id, || columns.dimension_index(key));
                let column = &mut columns.dimensions[at].1;
                let open = if *guarded { unmasked(key, setting, text, column) } else { Cow::Borrowed(*text) };
                if let Cow::Owned(_) | Cow::Borrowed(secrets::MASK) = &open
                    && *open != **text
                {
                    self.masked += 1;
                }
                let text = open.as_ref();
                let kept = shortened(text);
                if kept.len() < text.len() && !self.cut.contains(id) {
                    self.cut.push(*id);
                    let message = format!("The text of “{key}” has {} bytes: its first {} are kept.", text.len(), kept.len());
                    let hint = "Was something else copied into it? Later texts of it are cut without a word.";
                    self.diagnostics.push(Diagnostic::new(Severity::Warning, record.place.clone(), message, hint));
                }
                column.set(row, kept);
            }
        }
        // Columns take what is not finite for missing. NaN is how tools write that; infinity is a figure that is lost.
        let infinite = record.samples.iter().filter(|sample| sample.value.is_infinite()).count();
        let infinite = infinite + usize::from(record.load.value.is_some_and(f64::is_infinite));
        if infinite > 0 && self.infinite == 0 {
            self.first_infinite = record.place.clone();
        }
        self.infinite += infinite;
        for sample in record.samples {
            let MetricId(id) = sample.metric;
            if let Some(Figure { key, stat, domain }) = self.metrics.get(id as usize) {
                if !domain.has(sample.value) {
                    self.unsound.impossible(id, sample.value, record.place);
                    if !domain.keeps(sample.value) {
                        continue;
                    }
                }
                let at = local(metrics, id, || columns.metric_index(key, *stat));
                columns.metrics[at].2.set(row, sample.value);
            }
        }
        if let Some(reason) = uncounted.filter(|_| columns.lacks("gpus", row)) {
            columns.set_text("gpus_basis", row, &reason);
        }
        if let Some(kind) = record.load.kind {
            let at = *load_kind.get_or_insert_with(|| columns.dimension_index("load_kind"));
            columns.dimensions[at].1.set(row, kind.key());
        }
        match record.load.value {
            Some(value) if value <= 0.0 => self.unsound.no_load(value, record.place),
            Some(value) => columns.load.set(row, value),
            None => {}
        }
        let line = match record.place {
            Place::Line(line) | Place::Cell { line, .. } | Place::Character { line, .. } => u32::try_from(*line).ok(),
            Place::Key(path) | Place::Text(path) => {
                columns.keys.set(row, path);
                None
            }
            Place::File => None,
        };
        columns.lines.push(line);
    }

    fn block(&mut self, block: &Block<'_>) -> bool {
        self.add(block)
    }

    fn diagnostic(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < MAX_DIAGNOSTICS {
            self.diagnostics.push(diagnostic);
        } else {
            self.dropped += 1;
        }
    }

    fn provenance(&mut self, provenance: Provenance) {
        self.provenance.fill(provenance);
    }

    fn progress(&mut self, fraction: f64) {
        (self.on_progress)(fraction);
    }

    fn wants_requests(&self) -> bool {
        self.wants_requests
    }

    fn reports_repeats(&mut self) {
        self.repeated.reported = true;
    }

    fn skip_requests(&mut self, count: usize) {
        self.skipped_requests += count;
    }
}
