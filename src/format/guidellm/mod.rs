//! GuideLLM's report, as JSON, YAML or CSV: one file, several benchmarks, each a load level of one configuration.
//!
//! The tree is the same in JSON and YAML, and `table` builds it from the CSV. Generations (0.2–0.3, 0.4–0.6, 0.7–0.8) differ in their layout and in
//! what two words mean: the places are rows in `identity`, the words rows in `names`. Request lists, which are nearly
//! all of a file, are counted without being stored; where single requests are wanted, their figures are read (JSON only).
//! A benchmark counts as read when its `metrics` were read to their
//! end; of a cut file every such benchmark is kept. This room knows no table and no other tool.

mod columns;
mod console;
mod figures;
mod html;
pub(super) mod identity;
pub(super) mod names;
mod requests;
mod table;

pub(in crate::format) use console::GUIDELLM_CONSOLE;
pub(in crate::format) use html::GUIDELLM_HTML;

use serde_json::{Map, Value};

use crate::format::reader::figures::Collector;
use crate::format::reader::findings::Findings;
use crate::format::reader::json_yaml::{self, Each, Pattern, Step, Tree};
use crate::format::reader::requests::Summary;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Place, Provenance, Severity, Sink};
use figures::Dialect;
use identity::Context;
use names::TimePerOutputToken;
use requests::{Listed, Requests};

/// The branches that are read; of `requests` only how many there are.
const KEEP: &[Pattern] = &[
    &["metadata"],
    &["config", "metadata", "labels"],
    &["config", "spec", "backend"],
    &["config", "spec", "data"],
    &["args"],
    &["benchmarks", "*", "type_"],
    &["benchmarks", "*", "run_id"],
    &["benchmarks", "*", "config", "run_id"],
    &["benchmarks", "*", "config", "strategy"],
    &["benchmarks", "*", "config", "backend"],
    &["benchmarks", "*", "config", "slo"],
    &["benchmarks", "*", "args", "strategy"],
    &["benchmarks", "*", "worker"],
    &["benchmarks", "*", "extras"],
    &["benchmarks", "*", "request_loader", "data"],
    &["benchmarks", "*", "request_totals"],
    &["benchmarks", "*", "metrics", "request_totals"],
    &["benchmarks", "*", "metrics", "slo_attainment"],
    &["benchmarks", "*", "metrics", "*", "successful"],
    &["benchmarks", "*", "metrics", "request_concurrency", "total"],
    &["benchmarks", "*", "requests", "*", "(nothing below)"],
    &["benchmarks", "*", "warnings"],
    &["benchmarks", "*", "start_time"],
    &["benchmarks", "*", "end_time"],
    &["benchmarks", "*", "duration"],
];

/// The outermost keys of a report, of all generations.
const REPORT: [&str; 5] = ["metadata", "config", "args", "benchmarks", "conclusions"];

/// Words that only GuideLLM's reports have; the first alone is proof.
const MARKS: [&str; 4] = ["generative_benchmark", "prefer_response_metrics", "strategy_index", "inter_token_latency_ms"];

/// GuideLLM's own report.
pub(in crate::format) static GUIDELLM: Format = Format {
    about: &About::new(
        "guidellm",
        "GuideLLM JSON, YAML or CSV",
        "the 0.7–0.8 generation in full, and 0.2–0.6; single requests of JSON on demand",
        &["json", "yaml", "yml", "csv"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    if table::is_table(look.text) {
        return Some(Certainty::Certain);
    }
    let list = if look.is_object() {
        // A truncated report is still recognised by its head. Other tools' reports may contain a GuideLLM report
        // further inside, so only the top-level keys count.
        let object = look.object()?;
        let ours = object.keys().next().is_some() && object.keys().all(|key| REPORT.contains(&key));
        ours && (object.has("benchmarks") || look.contains("\"benchmarks\"") || look.contains("\"guidellm_version\""))
    } else {
        look.text.starts_with("benchmarks:") || look.contains("\nbenchmarks:")
    };
    match list {
        true if look.contains(MARKS[0]) || look.contains("guidellm_version") => Some(Certainty::Certain),
        true if MARKS.iter().any(|mark| look.contains(mark)) => Some(Certainty::Likely),
        _ => None,
    }
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    if table::is_table(input.text) {
        return table::read(input.text, sink);
    }
    let mut requests = Requests::new(sink.wants_requests());
    let (mut tree, cut) = grow(input.text, sink, &mut requests);
    let Some(Value::Array(benchmarks)) = tree.root.get_mut("benchmarks").map(Value::take) else {
        return unreadable(&cut, &tree, sink);
    };
    let generation = Generation::of(&tree.root, &benchmarks);
    let version = tree.root["metadata"]["guidellm_version"].as_str().map(names::bare_version);
    let dialect = generation.dialect();
    sink.provenance(Provenance {
        tool: Some("GuideLLM".to_owned()),
        tool_version: version.map(str::to_owned),
        schema: Some(generation.schema(&tree.root)),
    });
    let mut findings = Findings::default();
    let mut kept = 0;
    for (index, benchmark) in benchmarks.iter().enumerate().filter(|(index, benchmark)| cut.spares(*index, benchmark)) {
        let context = Context { report: &tree.root, benchmark };
        let place = Place::Key(format!("benchmarks[{index}]"));
        sink.skip_requests(requests.count(index));
        kept += u32::from(measure(place, context, dialect, requests.of(index), &mut findings, sink));
    }
    requests.finish(&mut findings, sink);
    findings.finish(sink);
    own_warnings(&benchmarks, sink);
    cut.report(kept, benchmarks.len(), sink);
    if kept > 0 {
        sink.diagnostic(explanation(dialect.time_per_output_token));
    } else if benchmarks.is_empty() {
        let hint = "Check that the benchmark finished: GuideLLM writes each load level when it finishes.";
        sink.diagnostic(Diagnostic::new(
            Severity::Warning,
            Place::Key("benchmarks".to_owned()),
            "The benchmarks list is empty.",
            hint,
        ));
    }
    sink.progress(1.0);
}

/// Reads the text up to the first fault, which it returns; single requests only where the sink wants them.
fn grow(text: &str, sink: &mut dyn Sink, requests: &mut Requests) -> (Tree, Cut) {
    let wanted = sink.wants_requests();
    let progress: &mut dyn FnMut(f64) = &mut |fraction| sink.progress(fraction);
    if json_yaml::is_json(text) {
        let keep = if wanted { requests::KEEP } else { &[] };
        let each = Each { elements: requests::ELEMENTS, take: requests };
        let tree = json_yaml::json_each(text, &[KEEP, keep].concat(), each, progress);
        let cut = Cut::of(&tree, text, true);
        return (tree, cut);
    }
    let mut yaml = |text: &str| {
        let tree = json_yaml::yaml(text, "benchmarks", "requests", KEEP, progress);
        let cut = Cut::of(&tree, text, false);
        (tree, cut)
    };
    let (tree, cut) = yaml(text);
    // The last line of a truncated file may end in half a number, which is a valid number too.
    match text.rfind('\n') {
        Some(end) if cut.fault.is_some() && end + 1 < text.len() => {
            let (shorter, found) = yaml(&text[..=end]);
            (shorter, if found.fault.is_some() { found } else { cut })
        }
        _ => (tree, cut),
    }
}

/// Emits one benchmark and its requests; false when it has no figure.
fn measure(
    place: Place,
    context: Context<'_>,
    dialect: Dialect,
    requests: Vec<Listed>,
    findings: &mut Findings,
    sink: &mut dyn Sink,
) -> bool {
    let mut collector = Collector { sink, findings, samples: Vec::new() };
    collector.benchmark(context.benchmark, dialect, &place.to_string());
    let samples = collector.samples;
    if samples.is_empty() {
        findings.add(sink, "benchmarks without figures", || {
            let hint = "Check the benchmark's errors: possibly no request finished within the measurement window.";
            Diagnostic::new(Severity::Warning, place, "The benchmark has no metrics; skipped.", hint)
        });
        return false;
    }
    let (identity, load) = (context.identity(), context.load());
    identity.emit(&place, load, &samples, sink);
    // TPOT is not compared: the summary weights each request by its tokens.
    let compared = &["ttft", "e2el", "input_tokens", "output_tokens"];
    let summary =
        Summary { identity: &identity, load, place: &place, samples: &samples, compared, derived: &[], complete: false };
    summary.list(requests, |position| requests::place(&place, *position), findings, sink);
    true
}

/// GuideLLM's own warnings, one finding for each kind: a ladder mostly warns of the same thing at every step.
fn own_warnings(benchmarks: &[Value], sink: &mut dyn Sink) {
    let mut kinds: Vec<(&str, &Value, Vec<String>)> = Vec::new();
    for (index, benchmark) in benchmarks.iter().enumerate() {
        for warning in benchmark["warnings"].as_array().into_iter().flatten() {
            let Some(code) = warning["code"].as_str().or(warning["message"].as_str()) else { continue };
            match kinds.iter_mut().find(|(other, ..)| *other == code) {
                Some((.., places)) => places.push(format!("benchmarks[{index}]")),
                None => kinds.push((code, warning, vec![format!("benchmarks[{index}]")])),
            }
        }
    }
    for (code, warning, places) in kinds {
        let message = warning["message"].as_str().unwrap_or(code);
        let repeated = match places.len() {
            1 => String::new(),
            n => format!(" (the first of {n}; the others are similar)"),
        };
        let message = format!("GuideLLM warns: {message}{repeated}");
        let note = warning["note"].as_str().unwrap_or_default();
        sink.diagnostic(Diagnostic::new(Severity::Warning, Place::Key(places.join(", ")), message, note));
    }
}

/// The layouts that need telling apart.
#[derive(Clone, Copy)]
enum Generation {
    /// 0.2: no P50 among the percentiles.
    V0_2,
    /// 0.3.
    V0_3,
    /// 0.4 to 0.7.
    V0_4,
    /// From 0.8 on: an SLO among the metrics. The version would tell too, but YAML has it at the very end.
    V0_8,
}

impl Generation {
    fn of(root: &Value, benchmarks: &[Value]) -> Generation {
        let before_0_4 = |benchmark: &Value| benchmark["config"].is_null() && !benchmark["args"]["strategy"].is_null();
        match benchmarks.iter().find(|benchmark| before_0_4(benchmark)) {
            Some(first) if root["metadata"].is_null() => {
                let percentiles = &first["metrics"]["request_latency"]["successful"]["percentiles"];
                if percentiles["p50"].is_null() { Generation::V0_2 } else { Generation::V0_3 }
            }
            _ if benchmarks.iter().any(|benchmark| benchmark["metrics"].get("slo_attainment").is_some()) => Generation::V0_8,
            _ => Generation::V0_4,
        }
    }

    fn dialect(self) -> Dialect {
        use TimePerOutputToken::{FromFirstToken, FromRequest};
        let (time_per_output_token, bounded_rates, honest_total) = match self {
            Generation::V0_2 => (FromFirstToken, false, false),
            Generation::V0_3 => (FromFirstToken, false, true),
            Generation::V0_4 => (FromRequest, false, true),
            Generation::V0_8 => (FromRequest, true, true),
        };
        Dialect { time_per_output_token, bounded_rates, honest_total }
    }

    /// The schema number where the file states one, else the releases that write this layout.
    fn schema(self, root: &Value) -> String {
        match (self, root["metadata"]["version"].as_u64()) {
            (_, Some(number)) => number.to_string(),
            (Generation::V0_2, None) => "before 0.3".to_owned(),
            (Generation::V0_3, None) => "0.3".to_owned(),
            (Generation::V0_4, None) => "0.4, unnumbered".to_owned(),
            (Generation::V0_8, None) => "0.8, unnumbered".to_owned(),
        }
    }
}

fn explanation(reading: TimePerOutputToken) -> Diagnostic {
    let message = match reading {
        TimePerOutputToken::FromRequest => {
            "GuideLLM's time per output token includes the first token; shown as NTPOT. Its inter-token \
             latency is what other tools call TPOT; shown as ITL and as TPOT."
        }
        TimePerOutputToken::FromFirstToken => {
            "Before 0.4, GuideLLM's time per output token divides the time after the first token by all tokens; \
             shown as “TPOT (÷ all tokens)”. Its inter-token latency is what other tools call TPOT; shown as \
             ITL and as TPOT."
        }
    };
    Diagnostic::new(Severity::Info, Place::File, message, "")
}

/// How the file ends: where it breaks off, if it does.
struct Cut {
    fault: Option<Diagnostic>,
    /// The benchmark that was open there.
    benchmark: Option<usize>,
}

impl Cut {
    fn of(tree: &Tree, text: &str, json: bool) -> Cut {
        if let Some(fault) = &tree.fault {
            let benchmark = match fault.open.as_slice() {
                [Step::Key(list), Step::Index(index), ..] if list == "benchmarks" => Some(*index),
                _ => None,
            };
            return Cut { fault: Some(fault.diagnostic()), benchmark };
        }
        // YAML that ends between two lines is valid; that something is missing shows in its keys, which come sorted.
        let benchmarks = tree.root["benchmarks"].as_array().map_or(&[][..], Vec::as_slice);
        let open = benchmarks.last().filter(|last| {
            let worker_missing = !last["args"]["strategy"].is_null() && last["worker"]["type_"].is_null();
            last.is_object() && (last["type_"].is_null() || worker_missing)
        });
        let open = open.map(|_| benchmarks.len() - 1);
        let head = &tree.root["metadata"];
        let before_metadata = tree.root["args"].is_null() && benchmarks.last().is_some_and(|last| last["config"].is_object());
        let headless = if head.is_null() { before_metadata } else { head["version"].is_null() };
        if json || open.is_none() && !headless {
            return Cut { fault: None, benchmark: None };
        }
        let what = open.map_or("before the end of its metadata".to_owned(), |index| format!("inside benchmarks[{index}]"));
        let place = Place::Line(text.lines().count().max(1) as u64);
        let message = format!("The file is truncated {what}.");
        let hint = "Copy the file again, or wait for the benchmark to finish.";
        Cut { fault: Some(Diagnostic::new(Severity::Error, place, message, hint)), benchmark: open }
    }

    /// Whether a benchmark was read far enough: to the end of its metrics, which a later key proves.
    fn spares(&self, index: usize, benchmark: &Value) -> bool {
        let mut keys = benchmark.as_object().into_iter().flat_map(Map::keys);
        self.benchmark != Some(index) || keys.any(|key| key == "metrics") && keys.next().is_some()
    }

    fn report(self, kept: u32, found: usize, sink: &mut dyn Sink) {
        if let Some(mut fault) = self.fault {
            fault.message.push_str(&format!(" Kept {kept} of the {found} benchmarks it contains."));
            sink.diagnostic(fault);
        }
    }
}

/// The findings for a file whose list of benchmarks was not reached or is none.
fn unreadable(cut: &Cut, tree: &Tree, sink: &mut dyn Sink) {
    let diagnostic = match &cut.fault {
        Some(fault) => fault.clone(),
        None => {
            let keys = tree.root.as_object().map(|fields| fields.keys().map(String::as_str).collect::<Vec<&str>>().join(", "));
            let message = match keys {
                Some(keys) if !keys.is_empty() => format!("No “benchmarks” list found. Top-level keys: {keys}."),
                _ => "No “benchmarks” list found.".to_owned(),
            };
            Diagnostic::new(Severity::Error, Place::File, message, "Use the report file that GuideLLM itself wrote.")
        }
    };
    sink.diagnostic(diagnostic);
    sink.progress(1.0);
}
