//! Single requests that a file lists beside the summary of their load level, which they must not contradict.

use super::{METRICS, Request};
use crate::catalog::metrics;
use crate::catalog::number::{plural, with_unit};
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::Identity;
use crate::record::{Diagnostic, Kind, Load, Place, Sample, Severity, Sink, Stat};

/// How far the mean of single requests may be from their summary's, as a share: the window of a summary may leave out the
/// first and the last of them.
const AGREES: f64 = 0.05;

/// Reports figures of single requests that are there and are none: how many, and the first in words.
pub(in crate::format) fn unreadable_figures(
    (count, first): (u64, Option<String>),
    place: &Place,
    findings: &mut Findings,
    sink: &mut dyn Sink,
) {
    let Some(first) = first else { return };
    findings.add(sink, "runs with unreadable figures of single requests", || {
        let message = format!(
            "{} of single requests cannot be read: what follows from {} is missing, too; the first: {first}.",
            plural(count, "figure"),
            if count == 1 { "it" } else { "them" }
        );
        let hint = "The file may have been edited by hand, or written by an unsupported version.";
        Diagnostic::new(Severity::Warning, place.clone(), message, hint)
    });
}

/// The summary of a load level, beside which its single requests are listed.
pub(in crate::format) struct Summary<'s> {
    pub identity: &'s Identity,
    pub load: Load,
    pub place: &'s Place,
    pub samples: &'s [Sample],
    /// The metrics whose means are those of single requests, by the tool's definition.
    pub compared: &'static [&'static str],
    /// The metrics of the requests that follow from their gaps; they are dropped where they contradict the summary.
    pub derived: &'static [&'static str],
    /// Whether the tool lists every request of the summary and no other.
    pub complete: bool,
}

impl Summary<'_> {
    /// Emits the requests. `place` says where one stands, by what is listed with it.
    pub(in crate::format) fn list<K>(
        &self,
        mut requests: Vec<(K, Request)>,
        place: impl Fn(&K) -> Place,
        findings: &mut Findings,
        sink: &mut dyn Sink,
    ) {
        if requests.is_empty() {
            return;
        }
        requests.iter_mut().filter(|(_, request)| request.failure.is_none()).for_each(|(_, request)| request.complete());
        let contradicted = self.contradicted(&requests, findings, sink);
        let mut identity = self.identity.clone();
        for (key, mut request) in requests {
            if contradicted {
                for (metric, value) in [("tpot", &mut request.tpot), ("e2el", &mut request.e2el)] {
                    if self.derived.contains(&metric) {
                        *value = None;
                    }
                }
            }
            let samples = request.samples("itl", sink);
            if !samples.is_empty() {
                identity.set("status", Some(request.failure.unwrap_or_else(|| "ok".to_owned())));
                identity.emit_as(Kind::Request, &place(&key), self.load, &samples, sink);
            }
        }
    }

    /// Reports where the requests are not what the summary says; whether a derived metric is among it.
    fn contradicted<K>(&self, requests: &[(K, Request)], findings: &mut Findings, sink: &mut dyn Sink) -> bool {
        let stated = |metric: &str, sink: &mut dyn Sink| {
            let id = sink.metric(metric, Stat::Mean);
            self.samples.iter().find(|sample| sample.metric == id).map(|sample| sample.value)
        };
        let succeeded: Vec<&Request> =
            requests.iter().map(|(_, request)| request).filter(|request| request.failure.is_none()).collect();
        let listed = succeeded.len();
        if let Some(counted) = stated("completed", sink).filter(|counted| *counted != listed as f64) {
            let counts =
                format!("{} succeeded among the single requests, {counted} in the summary.", plural(listed as u64, "request"));
            let (severity, hint) = match self.complete {
                true => (Severity::Warning, "The summary counts requests that failed, or the file is cut or edited."),
                false => (
                    Severity::Info,
                    "The summary may leave out a warm-up, or the list is a sample: distributions are of what is listed.",
                ),
            };
            findings.first(sink, "lists that do not hold exactly the requests of their summary", || {
                Diagnostic::new(severity, self.place.clone(), counts, hint)
            });
            if !self.complete {
                return false;
            }
        }
        let mut derived = false;
        for (metric, at) in METRICS.into_iter().zip(0..).filter(|(metric, _)| self.compared.contains(metric)) {
            let values: Vec<f64> = succeeded.iter().filter_map(|request| request.figures()[at]).collect();
            let Some(stated) = stated(metric, sink) else { continue };
            let sum: f64 = values.iter().sum();
            let mean = sum / values.len() as f64;
            // With a figure that is too large for a number, which is told as such, there is no mean.
            if values.is_empty() || !mean.is_finite() || (mean - stated).abs() <= AGREES * stated.max(mean) {
                continue;
            }
            let zeros = (sum / listed as f64 - stated).abs() <= AGREES * stated;
            let follows = self.derived.contains(&metric) && !zeros;
            derived |= follows;
            findings.add(sink, "summaries that their single requests contradict", || {
                let what = format!(
                    "The mean {} of {} is {}, the summary says {}.",
                    metrics::label(metric),
                    plural(values.len() as u64, "single request"),
                    with_unit(metric, mean),
                    with_unit(metric, stated)
                );
                let hint = match follows {
                    _ if zeros => "The summary counts requests that have none as 0.",
                    true => {
                        "It follows from the gaps between tokens, which seem to be incomplete: the requests are shown without it."
                    }
                    false => "The file may be cut or edited: compare it with the benchmark's log.",
                };
                Diagnostic::new(Severity::Warning, self.place.clone(), what, hint)
            });
        }
        derived
    }
}
