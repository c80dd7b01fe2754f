//! Request traces as CSV: those of Azure's LLM services, and BurstGPT's.
//!
//! Azure: `TIMESTAMP,ContextTokens,GeneratedTokens`, an instant with seven decimals. BurstGPT: `Timestamp` in seconds since
//! its start, model, tokens, kind of log; a request without response tokens failed, so its length is missing.
//! Sources: Azure/AzurePublicDataset, AzureLLMInferenceDataset2023.md; HPMLL/BurstGPT, README.md.

use crate::catalog::number::plural;
use crate::format::reader::csv::columns::Table;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::{Identity, number_text};
use crate::format::reader::time;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Kind, Load, Place, Provenance, Sample, Severity, Sink, Stat};

/// The names of a trace's columns.
struct Layout {
    dataset: &'static str,
    time: &'static str,
    input: &'static str,
    output: &'static str,
    /// Whether 0 output tokens mean a failure.
    zero_fails: bool,
    /// Dimensions and their columns.
    stated: &'static [(&'static str, &'static str)],
}

const LAYOUTS: &[Layout] = &[
    Layout {
        dataset: "Azure LLM inference trace",
        time: "TIMESTAMP",
        input: "ContextTokens",
        output: "GeneratedTokens",
        zero_fails: false,
        stated: &[],
    },
    Layout {
        dataset: "BurstGPT",
        time: "Timestamp",
        input: "Request tokens",
        output: "Response tokens",
        zero_fails: true,
        stated: &[("model", "Model"), ("request_type", "Log Type"), ("session", "Session ID")],
    },
];

/// A trace of requests as a table.
pub(in crate::format) static REQUEST_TRACE_CSV: Format = Format {
    about: &About::new(
        "request-trace-csv",
        "Request trace (Azure LLM or BurstGPT CSV)",
        "times and lengths of requests; times are given from the first request on",
        &["csv"],
    ),
    sniff,
    read,
};

fn layout(line: &str) -> Option<&'static Layout> {
    let names: Vec<&str> = line.split(',').map(|name| name.trim().trim_matches('"')).collect();
    LAYOUTS.iter().find(|layout| [layout.time, layout.input, layout.output].iter().all(|name| names.contains(name)))
}

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    layout(look.first_line()).map(|_| Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let Some(layout) = layout(input.text.lines().next().unwrap_or_default()) else { return sink.progress(1.0) };
    sink.provenance(Provenance {
        tool: Some(layout.dataset.to_owned()),
        tool_version: None,
        schema: Some("request trace".to_owned()),
    });
    let mut findings = Findings::default();
    let mut table = Table::new(input.text, b',');
    let [when, asked, answered] = [layout.time, layout.input, layout.output].map(|name| table.column(name));
    let stated: Vec<(&str, Option<usize>)> = layout.stated.iter().map(|(key, name)| (*key, table.column(name))).collect();
    let (mut first, mut requests, mut failed) = (None, 0_u64, 0_u64);
    while table.advance(&mut findings, sink) {
        let place = table.place();
        let mut samples = Vec::new();
        let mut figure = |metric: &str, value: f64, sink: &mut dyn Sink| {
            samples.push(Sample { metric: sink.metric(metric, Stat::Mean), value });
        };
        match time::instant(table.text(when)) {
            Some((at, _)) => {
                let elapsed = at - *first.get_or_insert(at);
                if elapsed >= 0.0 {
                    figure("elapsed", elapsed, sink);
                } else {
                    findings.entry(sink, "requests before the first", &place, || {
                        "The request is before the first one of the file; its time is ignored.".to_owned()
                    });
                }
            }
            None => findings.entry(sink, "requests without a time", &place, || "The request has no time.".to_owned()),
        }
        if let Some(tokens) = table.number(asked, &mut findings, sink) {
            figure("input_tokens", tokens, sink);
        }
        let output = table.number(answered, &mut findings, sink);
        let fails = layout.zero_fails && output == Some(0.0);
        failed += u64::from(fails);
        if let Some(tokens) = output.filter(|_| !fails) {
            figure("output_tokens", tokens, sink);
        }
        if samples.is_empty() {
            continue;
        }
        requests += 1;
        let mut identity = Identity::default();
        identity.set("dataset", Some(input.stem().to_owned()));
        for (key, column) in &stated {
            identity.set(key, Some(number_text(table.text(*column))));
        }
        identity.set("status", fails.then(|| "failed".to_owned()));
        identity.emit_as(Kind::Entry, &place, Load::default(), &samples, sink);
    }
    findings.finish(sink);
    let mut tell = |severity, message: String| sink.diagnostic(Diagnostic::new(severity, Place::File, message, ""));
    if requests == 0 {
        tell(Severity::Warning, "The trace contains no requests.".to_owned());
    }
    if failed > 0 {
        tell(
            Severity::Info,
            format!("{} without response tokens: failed, so their length is missing.", plural(failed, "request")),
        );
    }
    sink.progress(1.0);
}
