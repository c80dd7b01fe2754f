//! The capture that srt-slurm writes (`raw_prometheus.jsonl`): a scrape of one server a line, its text as it was answered.

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::gather::Gather;
use super::text::Known;
use crate::format::reader::json_yaml;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Place, Provenance, Severity, Sink};

/// One line.
#[derive(Deserialize)]
struct Scrape {
    timestamp_ns: f64,
    endpoint_url: String,
    role: Option<String>,
    worker_id: Option<String>,
    text: String,
}

/// The capture in lines of JSON.
pub(in crate::format) static CAPTURE: Format = Format {
    about: &About::new(
        "prometheus-capture",
        "Prometheus capture of srt-slurm (JSONL)",
        "`raw_prometheus.jsonl`: one scrape per line",
        &["jsonl"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let object = look.object()?;
    let scrape =
        object.value("timestamp_ns").is_number() && ["endpoint_url", "text"].iter().all(|key| object.value(key).is_string());
    (scrape && look.text.trim_start().lines().next()?.contains("\"text\"")).then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    sink.provenance(Provenance { schema: Some("srt-slurm capture".to_owned()), ..Provenance::default() });
    let mut gather = Gather::default();
    let mut servers: FxHashMap<(String, Option<String>, Option<String>), Known> = FxHashMap::default();
    let total = input.text.len().max(1) as f64;
    let mut done = 0;
    for (number, line) in input.text.split_inclusive('\n').enumerate() {
        done += line.len();
        let place = Place::Line(number as u64 + 1);
        // A file that was put behind another may begin with its mark of UTF-8.
        let line = line.trim_start_matches('\u{feff}');
        match scrape(line) {
            _ if line.trim().is_empty() => {}
            Ok(scrape) => {
                read_scrape(&scrape, &mut servers, &place, &mut gather, sink);
                gather.flush(None, sink);
            }
            Err(error) => gather.findings.add(sink, "lines that are not scrapes", || {
                let message = format!("The line is not a server scrape ({error}); skipped.");
                Diagnostic::new(Severity::Warning, place, message, "The file may be truncated or edited by hand.")
            }),
        }
        sink.progress(done as f64 / total);
    }
    gather.finish(sink);
    sink.progress(1.0);
}

/// The scrape of a line. One with repeated keys, or numbers that are none, is read as all JSON is: what is lost is noted.
fn scrape(line: &str) -> Result<Scrape, serde_json::Error> {
    serde_json::from_str(line).or_else(|error| json_yaml::value(line).map_or(Err(error), serde_json::from_value))
}

fn read_scrape(
    scrape: &Scrape,
    servers: &mut FxHashMap<(String, Option<String>, Option<String>), Known>,
    place: &Place,
    gather: &mut Gather,
    sink: &mut dyn Sink,
) {
    let Scrape { timestamp_ns, endpoint_url, role, worker_id, text } = scrape;
    let stated = [("target", Some(endpoint_url)), ("role", role.as_ref()), ("worker", worker_id.as_ref())];
    let base: Vec<(&str, &str)> =
        stated.iter().filter_map(|(key, value)| Some((*key, value.filter(|v| !v.is_empty())?.as_str()))).collect();
    let series = servers.entry((endpoint_url.clone(), role.clone(), worker_id.clone())).or_default();
    let time = Some(timestamp_ns / 1e9).filter(|time| time.is_finite());
    for line in text.lines() {
        series.line(line, &base, |_| time, place, gather, sink);
    }
}
