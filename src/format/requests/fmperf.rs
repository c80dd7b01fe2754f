//! The result of fmperf's load generator (`result.csv`): a row for each number of users, without a model.
//!
//! The first column has no name and counts the users, who each send one request after another. Latencies are means, in
//! milliseconds: of the prompt (`latency_prefill_ms`: the first token), of a token after it (`latency_nexttoken_ms`), and
//! of a request. `throughput` is output tokens per second. `n_requests` counts the failed ones too (`n_fail`, of which
//! `n_oom` for want of memory) and those that ran past the end (`n_exclude`).
//! Source: fmperf-project/fmperf, the function parse_results.

use crate::format::reader::csv::columns::Table;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::Identity;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Load, Place, Provenance, Sample, Severity, Sink, Stat};

/// How the header begins, after the blank name of the users' column.
const HEADER: &str = ",n_requests,n_fail,n_oom,n_toks,";

/// Columns and metrics.
const FIGURES: [(&str, &str); 4] =
    [("throughput", "output_tps"), ("latency_prefill_ms", "ttft"), ("latency_nexttoken_ms", "itl"), ("latency_e2e_ms", "e2el")];

/// The result by number of users.
pub(in crate::format) static FMPERF: Format = Format {
    about: &About::new(
        "fmperf",
        "fmperf result (CSV)",
        "one measurement per number of users: throughput and mean latencies",
        &["csv"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    look.text.starts_with(HEADER).then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    sink.provenance(Provenance { tool: Some("fmperf".to_owned()), tool_version: None, schema: Some("result".to_owned()) });
    let mut findings = Findings::default();
    let mut table = Table::new(input.text, b',');
    let (mut rows, mut inconsistent) = (0, 0);
    while table.advance(&mut findings, sink) {
        let place = table.place();
        let number = |name: &str, findings: &mut Findings, sink: &mut dyn Sink| table.number(table.column(name), findings, sink);
        let users = table.number(Some(0), &mut findings, sink).filter(|users| *users > 0.0);
        let mut samples = Vec::new();
        for (name, metric) in FIGURES {
            let value = number(name, &mut findings, sink);
            // A row without an answer has no latency; a throughput of 0 is no measurement.
            if let Some(value) = value.filter(|value| *value > 0.0) {
                samples.push(Sample { metric: sink.metric(metric, Stat::Mean), value });
            }
        }
        if let [Some(sent), Some(failed), Some(cut)] =
            ["n_requests", "n_fail", "n_exclude"].map(|name| number(name, &mut findings, sink))
        {
            let counts = [("completed", (sent - failed - cut).max(0.0)), ("errored", failed), ("incomplete", cut)];
            samples.extend(counts.map(|(metric, value)| Sample { metric: sink.metric(metric, Stat::Mean), value }));
        }
        let consistent = number("consistent_pct", &mut findings, sink);
        inconsistent += usize::from(consistent.is_some_and(|share| share < 100.0));
        if !samples.is_empty() {
            let load = users.map_or_else(Load::default, Load::concurrency);
            Identity::default().emit(&place, load, &samples, sink);
            rows += 1;
        }
    }
    findings.finish(sink);
    let mut tell = |severity, message: String| sink.diagnostic(Diagnostic::new(severity, Place::File, message, ""));
    if rows == 0 {
        return tell(Severity::Warning, "The result has no rows.".to_owned());
    }
    if inconsistent > 0 {
        tell(Severity::Info, format!("In {inconsistent} of {rows} rows not every answer was the expected one (consistent_pct)."));
    }
    tell(Severity::Info, "The file states neither the model nor the server; latencies are means alone.".to_owned());
    sink.progress(1.0);
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_metric_is_in_the_catalogue() {
        for (name, key) in super::FIGURES {
            assert!(crate::catalog::metrics::metric(key).is_some(), "{name}: {key}");
        }
    }
}
