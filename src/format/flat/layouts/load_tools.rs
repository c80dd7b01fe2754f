//! Load tools that know no tokens: Locust's statistics and Triton's perf_analyzer.
//!
//! Of these only request times and rates compare with those of benchmarks of language models. Truth: locustio/locust
//! `locust/stats.py`; triton-inference-server/perf_analyzer `src/report_writer.cc`.

use crate::format::About;
use crate::format::flat::{Draft, Row};
use crate::record::Stat;

pub(in crate::format::flat) static LOCUST: Row = Row {
    about: &About::new(
        "locust",
        "Locust statistics CSV",
        "response times, requests and failures of each endpoint and of all",
        &["csv"],
    ),
    tool: "Locust",
    marks: &["Type", "Name", "Request Count", "Failure Count", "Requests/s"],
    fields: &[
        ("Type", "request_type"),
        ("Name", "benchmark"),
        ("Failure Count", "errored"),
        ("Median Response Time", "e2el p50 ms"),
        ("Average Response Time", "e2el mean ms"),
        ("Min Response Time", "e2el min ms"),
        ("Max Response Time", "e2el max ms"),
        ("{stat}%", "e2el ms"),
    ],
    ignored: &["Request Count", "Requests/s", "Failures/s", "Average Content Size", "*%"],
    notes: &[
        "Locust's response time is that of the whole answer, but with stream=True only that to its headers, and the file does \
         not say which. Failed requests are among the times. Median and percentiles are rounded to two digits.",
        "The row “Aggregated” is over all endpoints of the file: do not add it to theirs.",
    ],
    complete: Some(locust),
    ..Row::EMPTY
};

fn locust(draft: &mut Draft<'_>) {
    // Failures are among the requests.
    if let (Some(all), Some(failed)) = (draft.number("Request Count"), draft.number("Failure Count")) {
        draft.add_rest("completed", ["Request Count", "Failure Count"], [all, failed]);
    }
    if let Some(all) = draft.number("Requests/s") {
        draft.add("Requests/s", Stat::Mean, all);
        if let Some(failed) = draft.number("Failures/s") {
            draft.add_rest("rps", ["Requests/s", "Failures/s"], [all, failed]);
        }
    }
    // A minimum of 0 is none.
    if draft.figure("e2el", Stat::Min) == Some(0.0) {
        draft.take("e2el", Stat::Min);
    }
}

pub(in crate::format::flat) static PERF_ANALYZER: Row = Row {
    about: &About::new(
        "perf-analyzer",
        "Triton perf_analyzer CSV",
        "request latencies by concurrency or rate; inferences per second under their own name",
        &["csv"],
    ),
    tool: "perf_analyzer",
    marks: &["Concurrency|Request Rate", "Inferences/Second", "Client Send", "Client Recv"],
    fields: &[
        ("Concurrency", "load concurrency"),
        ("Request Rate", "load rate"),
        ("Avg latency", "e2el mean us"),
        ("p{stat} latency", "e2el us"),
        ("Server Queue", "queue_time mean us"),
        ("Server Compute Infer", "inference_time mean us"),
    ],
    ignored: &[
        "Client Send",
        "Client Recv",
        "Network+*",
        "Server Compute*",
        "Server Cache*",
        "request/response",
        "response wait",
    ],
    notes: &[
        "Inferences per second are requests × batch size, and the file does not state the batch size: kept under their own \
         name, not as requests per second. A load that did not become stable is not in the file.",
    ],
    ..Row::EMPTY
};
