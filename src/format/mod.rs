//! Formats: recognise a file by its content, then read it. One module per tool, one line each in [`FORMATS`]; a format
//! that is columns or keys with a meaning is a row of data in `flat`.
//!
//! A format knows its tool's file layout and maps its terms to the catalogue; it does not know tables, views or
//! the browser. Reading never fails: problems become diagnostics with place, reason and remedy, and
//! everything else in the file is kept.

mod accuracy;
mod aiperf;
mod aside;
mod dynamo;
mod flat;
mod generic;
mod gpu_telemetry;
mod guidellm;
mod inference_perf;
mod lines;
mod llmd;
mod look;
mod mlperf;
mod reader;
mod requests;
mod rhaiis;
mod serving;
pub mod spreadsheet;
mod srt_slurm;
mod tools;
mod worker_log;
mod wrapped;

pub use flat::{Layout, layouts};
pub use generic::columnar::ranged;
pub use generic::{mapped, picked, recency, requests as trace};
pub use look::Look;
pub use reader::json_yaml::losses::told;
pub use tools::TOOLS;

use crate::record::{Diagnostic, Place, Severity, Sink};
use crate::source::text::is_text;
use reader::json_yaml::{self, yaml_end};

/// A file's content and name, as a format sees it.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The path as the user sees it. A hint, never proof of the format.
    pub path: &'a str,
    /// The decoded text without byte order mark; empty for a binary file.
    pub text: &'a str,
    /// The raw bytes.
    pub bytes: &'a [u8],
}

impl Input<'_> {
    /// The last part of the path.
    pub fn file_name(&self) -> &str {
        self.path.rsplit(['/', '\\']).next().unwrap_or(self.path)
    }

    /// The last part of the path without its extension.
    pub fn stem(&self) -> &str {
        let name = self.file_name();
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }
}

/// How certain a format is that it recognises a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// The content matches, but could come from another tool.
    Likely,
    /// The content has the tool's unique marks.
    Certain,
}

/// The description of a format: everything that menus, help and the README show of it.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// The id in the command line's output, links and “read as …”.
    pub id: &'static str,
    /// The label on the page and in the README.
    pub label: &'static str,
    /// What is read, in a few words: the second column of the README's table.
    pub reads: &'static str,
    /// File extensions for file pickers, without the dot.
    pub extensions: &'static [&'static str],
}

impl About {
    const fn new(id: &'static str, label: &'static str, reads: &'static str, extensions: &'static [&'static str]) -> About {
        About { id, label, reads, extensions }
    }
}

/// A file format of a tool.
pub struct Format {
    /// The format's description.
    pub about: &'static About,
    sniff: fn(&Look<'_>) -> Option<Certainty>,
    read: fn(Input<'_>, &mut dyn Sink),
}

impl Format {
    /// Whether the content matches this format; `None` if not.
    pub fn sniff(&self, look: &Look<'_>) -> Option<Certainty> {
        (self.sniff)(look)
    }

    /// Reads the file into the sink.
    pub fn read(&self, input: Input<'_>, sink: &mut dyn Sink) {
        match lines::Renumbered::of(input, sink) {
            Ok(mut renumbered) => (self.read)(input, &mut renumbered),
            Err(sink) => (self.read)(input, sink),
        }
    }
}

/// Every format, in the order menus show them.
pub static FORMATS: &[&Format] = &[
    &rhaiis::RHAIIS,
    &rhaiis::LLMD,
    &rhaiis::CPU,
    &guidellm::GUIDELLM,
    &guidellm::GUIDELLM_HTML,
    &guidellm::GUIDELLM_CONSOLE,
    &serving::vllm::VLLM,
    &serving::sglang::SGLANG,
    &serving::sa_bench::SA_BENCH,
    &serving::inferencex::INFERENCEX,
    &aiperf::AIPERF,
    &aiperf::AIPERF_REQUESTS,
    &aiperf::AIPERF_SLICES,
    &aiperf::AIPERF_SERVER,
    &aiperf::AIPERF_SCRAPES,
    &aiperf::AIPERF_GPUS,
    &aiperf::AIPERF_AGGREGATE,
    &aiperf::AIPERF_METADATA,
    &aiperf::AIPERF_ASIDE,
    &requests::PERF_ANALYZER,
    &requests::MULTI_ROUND,
    &requests::LLM_LOAD_TEST,
    &requests::FMPERF,
    &llmd::report::BENCHMARK_REPORT,
    &inference_perf::INFERENCE_PERF,
    &mlperf::MLPERF,
    &mlperf::MLPERF_LOG_SUMMARY,
    &generic::lengths::TOKEN_LENGTHS,
    &generic::trace::REQUEST_TRACE,
    &generic::trace_csv::REQUEST_TRACE_CSV,
    &llmd::sweep::SWEEP,
    &llmd::sweep::GPU_TABLE,
    &inference_perf::INFERENCE_PERF_CONFIG,
    &inference_perf::INFERENCE_PERF_REQUESTS,
    &inference_perf::INFERENCE_PERF_SESSIONS,
    &inference_perf::INFERENCE_PERF_ASIDE,
    &generic::prometheus::EXPOSITION,
    &generic::prometheus::CAPTURE,
    &generic::prometheus::API,
    &generic::prometheus::GRAFANA,
    &gpu_telemetry::NVIDIA_SMI,
    &gpu_telemetry::DCGMI,
    &gpu_telemetry::EXPORTED,
    &dynamo::PROFILE,
    &dynamo::SELECTION,
    &dynamo::ROUTER,
    &dynamo::DEPLOYMENT,
    &serving::bench_console::BENCH_CONSOLE,
    &flat::INFERENCEX_SITE,
    &flat::INFERENCEX_API,
    &flat::VLLM_LATENCY,
    &flat::VLLM_THROUGHPUT,
    &flat::VLLM_STARTUP,
    &flat::SGLANG_BATCH,
    &flat::SGLANG_OFFLINE,
    &flat::TRTLLM_BENCH,
    &flat::LLMPERF,
    &flat::LLAMA_BENCH,
    &flat::LLAMA_BENCH_MARKDOWN,
    &flat::GENAI_BENCH,
    &flat::GENAI_BENCH_EXPERIMENT,
    &flat::EVALSCOPE_SUMMARY,
    &flat::EVALSCOPE_PERCENTILES,
    &flat::EVALSCOPE_ARGUMENTS,
    &flat::LATENCY_PROFILE,
    &flat::LLM_OPTIMIZER,
    &flat::LOCUST,
    &flat::PERF_ANALYZER,
    &flat::INFERENCE_BENCH,
    &flat::INFERENCE_BENCH_LENGTHS,
    &accuracy::lm_eval::LM_EVAL,
    &accuracy::printed::LM_EVAL_PRINTED,
    &accuracy::aside::LM_EVAL_SAMPLES,
    &accuracy::inferencex::INFERENCEX_EVALS,
    &flat::INFERENCEX_EVAL_ENVIRONMENT,
    &flat::AIPERF_ACCURACY,
    &accuracy::answers::AIPERF_ANSWERS,
    &srt_slurm::SRT_SLURM,
    &worker_log::WORKER_LOG,
    &generic::columnar::CANONICAL_CSV,
    &generic::columnar::CANONICAL_JSON,
    &generic::columnar::COLUMNAR,
    &wrapped::WRAPPED,
];

/// What every format is, in the order menus show them: all that the page needs to know of them.
pub static ABOUT: [&About; FORMATS.len()] = {
    let mut about = [FORMATS[0].about; FORMATS.len()];
    let mut at = 0;
    while at < about.len() {
        about[at] = FORMATS[at].about;
        at += 1;
    }
    about
};

/// The format with this id.
pub fn by_id(id: &str) -> Option<&'static Format> {
    FORMATS.iter().copied().find(|format| format.about.id == id)
}

/// The label of a file report's format.
pub fn label(id: &str) -> Option<&'static str> {
    if id == mapped::ID { Some(mapped::LABEL) } else { ABOUT.into_iter().find(|about| about.id == id).map(|about| about.label) }
}

/// Whether an id already means something under “read as …”.
pub fn is_taken(id: &str) -> bool {
    label(id).is_some() || spreadsheet::Decimal::from_key(id).is_some()
}

/// The format of a file: the first certain match, else the first likely one.
pub fn sniff(look: &Look<'_>) -> Option<&'static Format> {
    sniff_certainty(look).map(|(format, _)| format)
}

/// The format of a file, and how certain it is.
pub fn sniff_certainty(look: &Look<'_>) -> Option<(&'static Format, Certainty)> {
    let mut likely = None;
    for format in FORMATS {
        match format.sniff(look) {
            Some(Certainty::Certain) => return Some((*format, Certainty::Certain)),
            Some(Certainty::Likely) => likely = likely.or(Some((*format, Certainty::Likely))),
            None => {}
        }
    }
    likely
}

/// What a file that no format recognises is instead of a result (a picture, a script, …); `None` if it should have been
/// read, which [`unrecognised`] reports.
pub fn aside(look: &Look<'_>) -> Option<&'static str> {
    aside::aside(look)
}

/// What a file is that cannot be a result whatever is in it, by its name alone; `None` if it has to be read to be told.
pub fn aside_by_name(path: &str) -> Option<&'static str> {
    aside::aside_by_name(path)
}

/// The diagnostic for an unrecognised file; describes the content, so that the user can tell why.
pub fn unrecognised(look: &Look<'_>) -> Diagnostic {
    let text = look.text.trim_start();
    let binary = !is_text(look.bytes);
    let cut = if binary { "" } else { cut_off(text) };
    let looks = if binary {
        let first: Vec<String> = look.bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("Not a known format: binary data beginning with the bytes {}{}.", first.join(" "), packed_by(look.bytes))
    } else if text.is_empty() {
        "The file is empty.".to_owned()
    } else if text.starts_with(['{', '[']) {
        match look.object().map(|object| object.keys().collect::<Vec<&str>>()) {
            Some(keys) if !keys.is_empty() => format!("Not a known format. JSON with the keys {}.{cut}", keys.join(", ")),
            _ => format!("Not a known format. It begins like JSON.{cut}"),
        }
    } else {
        let first: String = text.lines().next().unwrap_or_default().chars().take(80).collect();
        format!("Not a known format. First line: “{first}”.{cut}")
    };
    let hint = if binary {
        "If it is an archive, unpack it and drop the files inside; only zip, tar, gzip and Zstandard are opened directly."
    } else if text.is_empty() || !cut.is_empty() {
        "Check that the benchmark finished and that the file was copied completely."
    } else {
        "If a supported tool wrote it, choose that tool under “read as”. If it is a table, map its columns."
    };
    Diagnostic::new(Severity::Error, Place::File, looks, hint)
}

/// The finding for JSON or YAML that ends in the middle, of which it cannot be said what it would have been.
pub fn cut_short(look: &Look<'_>) -> Option<Diagnostic> {
    let text = look.text.trim_start();
    let message = "It ends in the middle: it is cut off, and nothing of it is read.";
    let hint = "Check that the benchmark finished and that the file was copied completely.";
    let found = |message: String| Some(Diagnostic::new(Severity::Warning, Place::File, message, hint));
    if text.starts_with(['{', '[']) {
        if !cut_off(text).is_empty() {
            return found(message.to_owned());
        }
        let strict = json_yaml::stream::strict_json(text);
        let mut values = serde_json::Deserializer::from_str(&strict).into_iter::<serde::de::IgnoredAny>();
        let fault = values.find_map(Result::err).filter(|_| look.path.to_lowercase().ends_with(".json"))?;
        return found(format!("It is no sound JSON ({fault}): nothing of it is read."));
    }
    if !is_yaml(look.path) {
        return None;
    }
    match yaml_end::cut_inside(look.text) {
        Some(_) => found(message.to_owned()),
        None => last_key(look.path, look.text),
    }
}

/// The finding for a YAML file whose last key has no value; `None` for any other file.
pub fn last_key(path: &str, text: &str) -> Option<Diagnostic> {
    let key = is_yaml(path).then(|| yaml_end::without_value(text)).flatten()?;
    let shown: String = key.chars().take(40).collect();
    let message = format!("It ends with the key “{shown}”, which has no value: it seems to be cut off there.");
    let hint = "Copy the file again. If there is no more to it, write `null`, or remove the key.";
    Some(Diagnostic::new(Severity::Warning, Place::Line(text.trim_end().lines().count() as u64), message, hint))
}

/// Whether a file is YAML by its name.
fn is_yaml(path: &str) -> bool {
    let name = path.to_lowercase();
    [".yaml", ".yml"].iter().any(|ending| name.ends_with(ending))
}

/// Whether a text ends in the middle, as a sentence: JSON before its last bracket, anything else before the end of a line.
fn cut_off(text: &str) -> &'static str {
    if text.starts_with(['{', '[']) {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde::de::IgnoredAny>();
        let fault = values.find_map(Result::err);
        return if fault.is_some_and(|error| error.is_eof()) { " It ends in the middle: it is cut off." } else { "" };
    }
    if text.ends_with(['\n', '\r']) { "" } else { " It ends without a line end: it may be cut off." }
}

/// The unsupported compression of a file, by its first bytes.
fn packed_by(bytes: &[u8]) -> &'static str {
    const PACKERS: [(&[u8], &str); 4] =
        [(b"\xFD7zXZ\0", " (xz)"), (b"BZh", " (bzip2)"), (b"7z\xBC\xAF\x27\x1C", " (7-Zip)"), (b"Rar!\x1A", " (RAR)")];
    PACKERS.iter().find(|(magic, _)| bytes.starts_with(magic)).map_or("", |(_, what)| what)
}
