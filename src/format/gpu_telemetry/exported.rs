//! One exported metric over time as fmperf saves it: `timestamp,DCGM_FI_DEV_POWER_USAGE`, in seconds since 1970.
//!
//! The file names neither the GPU nor the server. A metric without a row in the catalogue (Kepler's) keeps its name.

use crate::catalog::server_metrics;
use crate::format::reader::csv::columns::Table;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::Identity;
use crate::format::reader::time;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Kind, Load, Place, Provenance, Sample, Severity, Sink, Stat};

/// How the names of exporters' metrics begin.
const EXPORTERS: [&str; 2] = ["DCGM_FI_", "kepler_"];

/// One metric over time.
pub(in crate::format) static EXPORTED: Format = Format {
    about: &About::new(
        "exported-metric",
        "One DCGM or Kepler metric over time (CSV of fmperf)",
        "`timestamp` and one metric; the GPU is not stated",
        &["csv"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let (time, name) = look.first_line().trim().split_once(',')?;
    let exported = EXPORTERS.iter().any(|prefix| name.starts_with(prefix)) && !name.contains(',');
    (time == "timestamp" && exported).then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    sink.provenance(Provenance {
        tool: Some("fmperf".to_owned()),
        tool_version: None,
        schema: Some("metric over time".to_owned()),
    });
    let mut findings = Findings::default();
    let mut table = Table::new(input.text, b',');
    let name = table.names().get(1).cloned().unwrap_or_default();
    let (metric, scale) = server_metrics::metric(&name).map_or((name.as_str(), 1.0), |(key, factor, _)| (key, factor));
    let mut emitted = 0;
    while table.advance(&mut findings, sink) {
        let place = table.place();
        let Some((now, _)) = time::instant(table.text(Some(0))) else {
            findings.entry(sink, "rows without a time", &place, || "The row has no timestamp; skipped.".to_owned());
            continue;
        };
        if let Some(value) = table.number(Some(1), &mut findings, sink) {
            let samples = [
                Sample { metric: sink.metric("time", Stat::Mean), value: now },
                Sample { metric: sink.metric(metric, Stat::Mean), value: value * scale },
            ];
            Identity::default().emit_as(Kind::Sample, &place, Load::default(), &samples, sink);
            emitted += 1;
        }
    }
    findings.finish(sink);
    let (severity, message, hint) = match emitted {
        0 => (Severity::Warning, "The file contains no values.", "Check that the exporter was running."),
        _ => (Severity::Info, "The file does not state which GPU or server it is of.", ""),
    };
    sink.diagnostic(Diagnostic::new(severity, Place::File, message, hint));
    sink.progress(1.0);
}
