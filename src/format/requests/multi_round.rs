//! The CSV of multi-round-qa, the benchmark of vLLM's production stack and of LMBenchmark: a row for each request.
//!
//! Times are in seconds; `generation_time` is from the first token to the last. A `ttft` or `generation_time` of 0 means
//! that no text came, so that none was measured (LMBenchmark#27: answers of one token). The rate of requests is stated in
//! the file's name alone, the model nowhere.
//! Source: LMCache/LMBenchmark, multi-round-qa.py.

use crate::catalog::number::plural;
use crate::format::reader::csv::columns::Table;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::{Identity, number_text};
use crate::format::reader::requests::{Level, Request};
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Load, Place, Provenance, Severity, Sink};

/// The columns without which it is no such table.
const COLUMNS: [&str; 5] = ["generation_tokens", "ttft", "generation_time", "launch_time", "finish_time"];

/// What stands before a rate in a name, the clearest first.
const BEFORE: [&str; 3] = ["qps_", "qps-", "qps"];

/// The requests of one rate.
pub(in crate::format) static MULTI_ROUND: Format = Format {
    about: &About::new(
        "multi-round-qa",
        "LMBenchmark or production-stack multi-round-qa (CSV)",
        "one record per request, and the measurement that follows from them; the rate is taken from the file's name",
        &["csv"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let line = look.first_line();
    let has = |name: &str| line.split(',').any(|cell| cell.trim().trim_matches('"') == name);
    COLUMNS.into_iter().all(has).then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    sink.provenance(Provenance {
        tool: Some("multi-round-qa".to_owned()),
        schema: Some("requests".to_owned()),
        tool_version: None,
    });
    let mut findings = Findings::default();
    let mut table = Table::new(input.text, b',');
    let rate = rate(input.stem());
    let mut level = Level::new(rate.map_or(Load::default(), Load::rate), "itl", false);
    let [output, ttft, generation, launch, finish] = COLUMNS.map(|name| table.column(name));
    let [prompt, user, question] = ["prompt_tokens", "user_id", "question_id"].map(|name| table.column(name));
    let mut unmeasured = 0;
    while table.advance(&mut findings, sink) {
        let mut number = |column| table.number(column, &mut findings, sink);
        let mut request = Request {
            start: number(launch),
            end: number(finish),
            input_tokens: number(prompt),
            output_tokens: number(output),
            ..Request::default()
        };
        let first = number(ttft);
        unmeasured += u64::from(first == Some(0.0));
        request.ttft = first.filter(|seconds| *seconds > 0.0).map(|seconds| seconds * 1000.0);
        let generation = number(generation).filter(|seconds| *seconds > 0.0);
        let gaps = request.output_tokens.filter(|tokens| *tokens > 1.0).map(|tokens| tokens - 1.0);
        request.tpot = generation.zip(gaps).map(|(seconds, gaps)| seconds * 1000.0 / gaps);
        let mut identity = Identity::default();
        for (key, column) in [("session", user), ("turn", question)] {
            identity.set(key, Some(number_text(table.text(column))));
        }
        level.add(request, identity, &table.place(), sink);
    }
    let count = level.requests();
    level.finish(Identity::default(), &Place::File, sink);
    findings.finish(sink);
    let mut tell = |severity, message: String, hint| sink.diagnostic(Diagnostic::new(severity, Place::File, message, hint));
    if unmeasured > 0 {
        let message = format!("{unmeasured} of {count} requests have a TTFT of 0: not measured, so missing.");
        tell(
            Severity::Warning,
            message,
            "No text came: the answer was empty (look at its output tokens), or the request failed.",
        );
    }
    match rate {
        Some(rate) => tell(
            Severity::Info,
            format!("The load, {} per second, is taken from the file's name: the file does not state it.", plural_rate(rate)),
            "If the number in the name means something else, rename the file.",
        ),
        None => tell(
            Severity::Warning,
            "The file does not state the rate of requests, and its name has none.".to_owned(),
            "Put it into the file's name, as the tool's scripts do: …_qps2.5.csv.",
        ),
    }
    tell(Severity::Info, "The file states neither the model nor failed requests.".to_owned(), "");
    sink.progress(1.0);
}

fn plural_rate(rate: f64) -> String {
    if rate == 1.0 { plural(1, "request") } else { format!("{rate} requests") }
}

/// The rate in a file's name: `…_qps10`, or, as LMBenchmark's scripts write it, a number after the last `_`.
fn rate(stem: &str) -> Option<f64> {
    let folded = stem.to_lowercase();
    let after = |mark: &str| {
        let rest = &folded[folded.rfind(mark)? + mark.len()..];
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        rest[..end].trim_end_matches('.').parse().ok()
    };
    let last = || folded.rsplit_once('_')?.1.parse().ok();
    BEFORE.into_iter().find_map(after).or_else(last).filter(|rate: &f64| rate.is_finite() && *rate > 0.0)
}

#[cfg(test)]
mod tests {
    use super::rate;

    #[test]
    fn rates_in_names() {
        assert_eq!(rate("LMBench_long_input_output_0.5"), Some(0.5));
        assert_eq!(rate("LMBench_short_input_qps10"), Some(10.0));
        assert_eq!(rate("stack_QPS_2.5_run"), Some(2.5));
        assert_eq!(rate("summary"), None);
        assert_eq!(rate("summary_0"), None);
        assert_eq!(rate("run_nan"), None);
    }
}
