//! The text that servers answer on `/metrics`: one scrape, or several one after the other.

use memchr::{memchr2_iter, memmem};
use rustc_hash::FxHashMap;

use super::gather::{Gather, SeriesId};
use super::line;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Place, Provenance, Severity, Sink};

/// How many lines are looked at to recognise an exposition.
const LOOKED_AT: usize = 40;

/// The line that ends what OpenMetrics writes.
const END: &str = "# EOF";

/// The exposition as text.
pub(in crate::format) static EXPOSITION: Format = Format {
    about: &About::new(
        "prometheus",
        "Prometheus metrics (text)",
        "text and OpenMetrics, one or more scrapes; known metrics of vLLM, SGLang, TensorRT-LLM, Dynamo and DCGM get common names, others keep their own; histograms become means and estimated percentiles",
        &["prom", "txt", "metrics"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let (mut types, mut samples, mut labelled, mut others) = (0, 0, 0, 0);
    for line in look.text.lines().map(str::trim).filter(|line| !line.is_empty()).take(LOOKED_AT) {
        match (line.starts_with('#'), line::sample(line)) {
            (true, _) => types += usize::from(line::declared(line).is_some()),
            (false, Some(sample)) => {
                samples += 1;
                labelled += usize::from(line::series(sample.series).is_some_and(|(_, labels)| !labels.is_empty()));
            }
            (false, None) => others += 1,
        }
    }
    match (types, samples, labelled, others) {
        (1.., 1.., _, 0..=3) => Some(Certainty::Certain),
        (0, 1.., 1.., 0) => Some(Certainty::Likely),
        _ => None,
    }
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let open = memmem::find_iter(input.text.as_bytes(), END).any(|at| {
        let (before, line) = input.text.split_at(at);
        (before.is_empty() || before.ends_with('\n'))
            && line.lines().next().is_some_and(|line| line.trim_end().len() == END.len())
    });
    let schema = if open { "OpenMetrics" } else { "text 0.0.4" };
    sink.provenance(Provenance { schema: Some(schema.to_owned()), ..Provenance::default() });
    let mut gather = Gather::default();
    let mut series = Known::default();
    // Milliseconds; but some exporters write seconds, which as milliseconds would be of January 1970.
    // A line with a time has a space behind the value; another before it, if there are no labels.
    let may_have = |line: &&str| {
        let (spaces, rest) = line.rsplit_once('}').map_or((1, *line), |(_, rest)| (0, rest));
        !line.starts_with('#') && memchr2_iter(b' ', b'\t', rest.trim().as_bytes()).nth(spaces).is_some()
    };
    let first = input.text.lines().filter(may_have).find_map(|line| line::sample(line)?.time);
    let early = !open && first.is_some_and(|time| (1e9..1e11).contains(&time));
    if early {
        let message = "Timestamps are taken as seconds: as milliseconds they would be of 1970.";
        sink.diagnostic(Diagnostic::new(Severity::Warning, Place::File, message, "The format wants milliseconds."));
    }
    let seconds = if open || early { 1.0 } else { 1000.0 };
    let total = input.text.len().max(1) as f64;
    let mut done = 0;
    for (number, line) in input.text.split_inclusive('\n').enumerate() {
        done += line.len();
        let place = Place::Line(number as u64 + 1);
        if !line.ends_with('\n') && !line.starts_with('#') {
            let message = "The last line has no line break, so its value may be truncated; skipped.";
            let hint = "Copy the file again: servers end every line with a line break.";
            sink.diagnostic(Diagnostic::new(Severity::Warning, place, message, hint));
        } else {
            series.line(line, &[], |time| time.map(|time| time / seconds), &place, &mut gather, sink);
        }
        if number % 1024 == 0 {
            sink.progress(done as f64 / total);
        }
    }
    gather.finish(sink);
    sink.progress(1.0);
}

/// The series of one source that were met, as they are written: scrapes repeat them.
#[derive(Default)]
pub(super) struct Known(FxHashMap<Box<str>, Option<SeriesId>>);

impl Known {
    /// Reads a line. `base` is what is known of its source; `time` converts its timestamp to seconds.
    pub(super) fn line(
        &mut self,
        text: &str,
        base: &[(&str, &str)],
        time: impl Fn(Option<f64>) -> Option<f64>,
        place: &Place,
        gather: &mut Gather,
        sink: &mut dyn Sink,
    ) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        if text.starts_with('#') {
            if let Some((name, kind)) = line::declared(text) {
                gather.declare(name, kind);
            }
            return;
        }
        let read = line::sample(text).and_then(|sample| {
            if let Some(id) = self.0.get(sample.series) {
                return Some((sample, *id));
            }
            let (name, labels) = line::series(sample.series)?;
            let labels: Vec<(&str, &str)> = labels.iter().map(|(key, value)| (&**key, &**value)).collect();
            let id = gather.series(&name, &labels, base, sample.value, place, sink);
            self.0.insert(sample.series.into(), id);
            Some((sample, id))
        });
        match read {
            Some((sample, Some(id))) => gather.value(id, time(sample.time), sample.value, place, sink),
            Some((_, None)) => {}
            None => gather.findings.add(sink, "lines that are not metrics", || {
                let start: String = text.chars().take(60).collect();
                let message = format!("“{start}” is not a metric; the line is skipped.");
                Diagnostic::new(Severity::Warning, place.clone(), message, "The file may be truncated or edited by hand.")
            }),
        }
    }
}
