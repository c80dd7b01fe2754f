//! Request traces as CSV: those of Azure's LLM services, and BurstGPT's.
//!
//! Azure: `TIMESTAMP,ContextTokens,GeneratedTokens`, an instant with seven decimals. BurstGPT: `Timestamp` in seconds since
//! its start, model, tokens, kind of log; a request without response tokens failed, so its length is missing.
//! Sources: Azure/AzurePublicDataset, AzureLLMInferenceDataset2023.md; HPMLL/BurstGPT, README.md.

use super::requests::Request;
use crate::catalog::number::plural;
use crate::format::reader::csv::columns::Table;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::{Identity, number_text};
use crate::format::reader::time;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Kind, Load, MAX_COLUMNS, Place, Provenance, Severity, Sink};

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
    let names: Vec<&str> = line.split(',').take(MAX_COLUMNS).map(|name| name.trim().trim_matches('"')).collect();
    LAYOUTS.iter().find(|layout| [layout.time, layout.input, layout.output].iter().all(|name| names.contains(name)))
}

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    layout(look.first_line()).map(|_| Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    if let Some(layout) = layout(input.text.lines().next().unwrap_or_default()) {
        sink.provenance(Provenance {
            tool: Some(layout.dataset.to_owned()),
            tool_version: None,
            schema: Some("request trace".to_owned()),
        });
    }
    each(input, sink, &mut |request, sink| {
        let samples = request.samples(sink);
        request.identity.emit_as(Kind::Entry, &request.place, Load::default(), &samples, sink);
    });
    sink.progress(1.0);
}

/// Hands over every request of a trace as a table, in the order of the file, and reports what is wrong; `None` if it is no
/// such table.
pub(super) fn each(input: Input<'_>, sink: &mut dyn Sink, take: &mut dyn FnMut(Request, &mut dyn Sink)) -> Option<()> {
    let layout = layout(input.text.lines().next().unwrap_or_default())?;
    let mut findings = Findings::default();
    let mut table = Table::new(input.text, b',');
    let [when, asked, answered] = [layout.time, layout.input, layout.output].map(|name| table.column(name));
    let stated: Vec<(&str, Option<usize>)> = layout.stated.iter().map(|(key, name)| (*key, table.column(name))).collect();
    let (mut first, mut requests, mut failed) = (None, 0_u64, 0_u64);
    while table.advance(&mut findings, sink) {
        let place = table.place();
        let at = match time::instant(table.text(when)) {
            Some((at, _)) => {
                let elapsed = at - *first.get_or_insert(at);
                if elapsed < 0.0 {
                    findings.entry(sink, "requests before the first", &place, || {
                        "The request is before the first one of the file; its time is ignored.".to_owned()
                    });
                }
                Some(elapsed).filter(|elapsed| *elapsed >= 0.0)
            }
            None => {
                findings.entry(sink, "requests without a time", &place, || "The request has no time.".to_owned());
                None
            }
        };
        let input_tokens = table.number(asked, &mut findings, sink);
        let output = table.number(answered, &mut findings, sink);
        let fails = layout.zero_fails && output == Some(0.0);
        failed += u64::from(fails);
        let output = output.filter(|_| !fails);
        if at.or(input_tokens).or(output).is_none() {
            continue;
        }
        requests += 1;
        let mut identity = Identity::default();
        identity.set("dataset", Some(input.stem().to_owned()));
        for (key, column) in &stated {
            identity.set(key, Some(number_text(table.text(*column))));
        }
        identity.set("status", fails.then(|| "failed".to_owned()));
        let request = Request { place, at, delay: None, input: input_tokens, output, blocks: None, random: false, identity };
        take(request, sink);
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
    Some(())
}
