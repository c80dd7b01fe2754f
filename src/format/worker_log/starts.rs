//! The starts of a server in a log: what each was started with, when it ran, whether it came up.
//!
//! A log may be appended to by one server after another. Each start describes the results of its own time; one that
//! failed describes none.

use memchr::memmem;

use super::launch::MARKS;
use super::{plain, stamp::Clock};
use crate::catalog::instant;
use crate::format::reader::identity::Identity;
use crate::record::{Diagnostic, DimensionId, Kind, Load, Place, Record, Severity, Sink};

/// What a server writes once it takes requests.
const READY: [&str; 4] =
    ["Application startup complete", "The server is fired up and ready", "Uvicorn running on", "Avg generation throughput"];

/// What a server writes when it does not come up.
const FAILURES: [&str; 5] =
    ["failed to start", "Traceback (most recent call last)", "initialization failed", ": error: ", "Address already in use"];

/// What the line of the cause contains, the most telling first.
const CAUSES: [&str; 4] = ["Value error, ", "Error: ", "Exception: ", ": error: "];

/// How much of a cause is shown, in characters.
const SHOWN: usize = 300;

/// Settings of one line, to be emitted as such.
pub(super) struct Settings {
    pub line: u64,
    pub source: &'static str,
    pub role: Option<String>,
    pub pairs: Vec<(String, String)>,
}

/// One start.
#[derive(Default)]
struct Start {
    /// Where in the text it begins.
    offset: usize,
    line: u64,
    /// What each kind of line says of the deployment.
    descriptions: [Option<(u64, Identity)>; MARKS.len()],
    settings: Vec<Settings>,
    /// The first and last clock time, in seconds since 1970, and the precision of the clock.
    window: Option<(f64, f64, Clock)>,
}

/// All starts of a log.
#[derive(Default)]
pub(super) struct Starts(Vec<Start>);

impl Starts {
    /// Adds a line with settings. It begins a new start if a line of its kind was there and says something else;
    /// every process of one server may write the same.
    pub(super) fn add(&mut self, mark: usize, offset: usize, description: Identity, settings: Settings) {
        let known = self.0.last().and_then(|start| start.descriptions.get(mark)?.as_ref());
        match known {
            Some((_, known)) if known.iter().eq(description.iter()) => return,
            Some(_) => self.0.push(Start { offset, line: settings.line, ..Start::default() }),
            None if self.0.is_empty() => self.0.push(Start { offset, line: settings.line, ..Start::default() }),
            None => {}
        }
        let Some(start) = self.0.last_mut() else { return };
        if let Some(slot) = start.descriptions.get_mut(mark) {
            *slot = Some((settings.line, description));
        }
        start.settings.push(settings);
    }

    /// Notes the clock time of a line, which is of the last start.
    pub(super) fn at(&mut self, seconds: f64, clock: Clock) {
        let Some(start) = self.0.last_mut().filter(|_| clock != Clock::Yearless) else { return };
        let (first, last, _) = start.window.unwrap_or((seconds, seconds, clock));
        start.window = Some((first.min(seconds), last.max(seconds), clock));
    }

    /// Emits descriptions and settings, and reports failed starts. `worker` and `node` identify the log's worker.
    pub(super) fn emit(self, text: &str, worker: Option<&str>, node: Option<&str>, sink: &mut dyn Sink) {
        let mut ends: Vec<usize> = self.0.iter().skip(1).map(|start| start.offset).collect();
        ends.push(text.len());
        let causes: Vec<Option<String>> =
            self.0.iter().zip(ends).map(|(start, end)| failure(text.get(start.offset..end).unwrap_or_default())).collect();
        // The settings that are shown are those of the first server that came up, else of the first that did not.
        let shown = causes.iter().position(Option::is_none).unwrap_or(0);
        if self.0.is_empty()
            && let Some(cause) = failure(text)
        {
            sink.diagnostic(failed(Place::File, &cause));
        }
        for (at, (start, cause)) in self.0.into_iter().zip(causes).enumerate() {
            let Start { line, descriptions, settings, window, .. } = start;
            if at == shown {
                settings.iter().for_each(|settings| emit_settings(settings, worker, node, sink));
            }
            if let Some(cause) = cause {
                sink.diagnostic(failed(Place::Line(line), &cause));
                continue;
            }
            // What its lines say is one description: the port stands in one, the version in another.
            let mut all = descriptions.into_iter().flatten();
            let Some((line, mut identity)) = all.next() else { continue };
            for (_, other) in all {
                identity.complete(&other);
            }
            if let Some((first, last, clock)) = window {
                identity.set("start_time", instant(first, clock));
                identity.set("end_time", instant(last, clock));
            }
            identity.emit_as(Kind::Context, &Place::Line(line), Load::default(), &[], sink);
        }
    }
}

/// A clock time as text; without a zone unless the clock has one.
fn instant(seconds: f64, clock: Clock) -> Option<String> {
    let mut text = String::new();
    let known = instant::rfc3339(seconds * 1000.0, &mut text);
    let text = if clock == Clock::Zoned { text } else { text.trim_end_matches('Z').to_owned() };
    known.then_some(text)
}

fn failed(place: Place, cause: &str) -> Diagnostic {
    let message = format!("Server failed to start: {cause}");
    Diagnostic::new(Severity::Warning, place, message, "Its settings are not used to describe results.")
}

/// Why a server did not come up, from its part of the log; `None` if it did, or if nothing says that it did not.
fn failure(text: &str) -> Option<String> {
    let find = |mark: &str| memmem::find(text.as_bytes(), mark.as_bytes());
    if READY.iter().any(|mark| find(mark).is_some()) {
        return None;
    }
    let failed = FAILURES.iter().find_map(|mark| find(mark))?;
    let at = CAUSES.iter().find_map(|mark| find(mark)).unwrap_or(failed);
    let start = text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
    let line = plain(text.get(start..)?.lines().next()?).into_owned();
    // Behind the process, the level, the stamp and the source that vLLM puts before each line.
    let message = line.rsplit_once("] ").map_or(line.as_str(), |(_, message)| message);
    let message = message.strip_prefix('(').and_then(|rest| rest.split_once(") ")).map_or(message, |(_, message)| message);
    Some(message.trim().chars().take(SHOWN).collect())
}

fn emit_settings(settings: &Settings, worker: Option<&str>, node: Option<&str>, sink: &mut dyn Sink) {
    let ids = ["source", "setting", "value", "role", "worker", "node"].map(|key| sink.dimension(key));
    for (setting, value) in &settings.pairs {
        let identity = [Some(settings.source), Some(setting), Some(value), settings.role.as_deref(), worker, node];
        let identity: Vec<(DimensionId, &str)> =
            ids.into_iter().zip(identity).filter_map(|(id, value)| Some((id, value?))).collect();
        let (place, load) = (Place::Line(settings.line), Load::default());
        sink.record(Record { kind: Kind::Setting, place: &place, load, identity: &identity, samples: &[] });
    }
}

#[cfg(test)]
mod tests {
    use super::failure;

    #[test]
    fn causes() {
        let log = "(EngineCore pid=1) ERROR 03-02 10:01:00 [core.py:843] EngineCore failed to start.\n\
                   (EngineCore pid=1) ERROR 03-02 10:01:00 [core.py:843] ValueError: No available memory.\n";
        assert_eq!(failure(log).as_deref(), Some("ValueError: No available memory."));
        assert_eq!(
            failure("vllm: error: unrecognized arguments: --x 3").as_deref(),
            Some("vllm: error: unrecognized arguments: --x 3")
        );
        assert_eq!(failure(&format!("INFO: Application startup complete.\n{log}")), None);
        assert_eq!(failure("nothing of the kind"), None);
    }
}
