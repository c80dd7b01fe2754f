//! Record kinds: measurement, request, sample over time, and so on.

use serde::{Deserialize, Serialize};

/// The kind of a record. Each kind has its own table; all share one shape: identity, load, figures, place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One configuration at one load level: what benchmarks report.
    Measurement,
    /// One request of a benchmark: its times, lengths and outcome.
    Request,
    /// One moment of one source (a worker, a rank, a GPU, a server's metric): gauges and rates over time. The figure
    /// `time` is in seconds since 1970 (UTC), or, where the file knows no clock, `elapsed` is in seconds since its start.
    Sample,
    /// One value of what a server counts since its start, at one moment: a counter, or the sum, the count or a bucket of a
    /// histogram (dimensions `counted`, the exported name, and `part`; figures `time`, `total`, and of a bucket `bound`).
    Counter,
    /// One entry of a data set or of a trace: its lengths and, in a trace, the `elapsed` seconds at which it is sent.
    Entry,
    /// One operating point of an engine profile: prefill (TTFT by input length) or decode (ITL by context and load).
    OperatingPoint,
    /// How well a model answered: one metric of one graded task, as a benchmark of accuracy reports it. Its load, where
    /// there is one, is that of the grading itself.
    Accuracy,
    /// One published result of a submission (MLPerf): a system, a model, a scenario, a figure with its unit.
    Submission,
    /// One setting of a run (dimensions `source`, `setting`, `value`): configurations, arguments, environment.
    Setting,
    /// What a file states about every measurement in its folder and below: identity that applies where a measurement
    /// does not state its own. The dimension `for_tool` restricts it to the measurements of one tool.
    Context,
}

impl Kind {
    /// Every kind, in the order menus show them.
    pub const ALL: [Kind; 10] = [
        Kind::Measurement,
        Kind::Accuracy,
        Kind::Request,
        Kind::Sample,
        Kind::Counter,
        Kind::Entry,
        Kind::OperatingPoint,
        Kind::Submission,
        Kind::Setting,
        Kind::Context,
    ];

    /// The name in links and snapshots.
    pub const fn key(self) -> &'static str {
        match self {
            Kind::Measurement => "measurement",
            Kind::Request => "request",
            Kind::Sample => "sample",
            Kind::Counter => "counter",
            Kind::Entry => "entry",
            Kind::OperatingPoint => "operating",
            Kind::Accuracy => "accuracy",
            Kind::Submission => "submission",
            Kind::Setting => "setting",
            Kind::Context => "context",
        }
    }

    /// The singular label on the page.
    pub const fn label(self) -> &'static str {
        match self {
            Kind::Measurement => "measurement",
            Kind::Request => "request",
            Kind::Sample => "sample over time",
            Kind::Counter => "counter value",
            Kind::Entry => "data set entry",
            Kind::OperatingPoint => "operating point",
            Kind::Accuracy => "accuracy score",
            Kind::Submission => "submitted result",
            Kind::Setting => "setting",
            Kind::Context => "run description",
        }
    }

    /// The plural label on the page.
    pub const fn plural(self) -> &'static str {
        match self {
            Kind::Measurement => "measurements",
            Kind::Request => "requests",
            Kind::Sample => "samples over time",
            Kind::Counter => "counter values",
            Kind::Entry => "data set entries",
            Kind::OperatingPoint => "operating points",
            Kind::Accuracy => "accuracy scores",
            Kind::Submission => "submitted results",
            Kind::Setting => "settings",
            Kind::Context => "run descriptions",
        }
    }

    /// Which files bring such records, in a few words.
    pub const fn files(self) -> &'static str {
        match self {
            Kind::Measurement => {
                "results of GuideLLM, AIPerf, vLLM, SGLang, inference-perf, llm-d and others, or a consolidated CSV"
            }
            Kind::Request => {
                "AIPerf’s profile_export.jsonl, GuideLLM’s JSON with its request lists, inference-perf’s per-request metrics, \
                 vLLM’s --save-detailed or SGLang’s --output-details"
            }
            Kind::Sample => "worker logs, /metrics scrapes, Prometheus or Grafana exports, nvidia-smi or DCGM captures",
            Kind::Counter => "/metrics scrapes and Prometheus exports of vLLM, SGLang, TensorRT-LLM, Dynamo or llm-d",
            Kind::Entry => "request traces (Mooncake, Azure, BurstGPT) or tables of token lengths",
            Kind::OperatingPoint => {
                "Dynamo’s profiler output (selected_prefill_interpolation, selected_decode_interpolation, webui_data.json)"
            }
            Kind::Accuracy => "results of lm-eval, AIPerf’s accuracy runs or InferenceX’s evaluations",
            Kind::Submission => "MLPerf Inference results",
            Kind::Setting => "configurations and recipes beside results",
            Kind::Context => "descriptions beside results",
        }
    }

    /// Whether each record is a single thing, so that its figures are plain values; a measurement summarises many requests, and a sample
    /// can summarise a slice of time.
    pub const fn is_single(self) -> bool {
        matches!(self, Kind::Request | Kind::Entry | Kind::OperatingPoint | Kind::Accuracy | Kind::Submission)
    }

    /// Whether its records can be charted and listed one by one; the others describe, or mean something only by their differences.
    pub const fn is_listed(self) -> bool {
        !matches!(self, Kind::Counter | Kind::Setting | Kind::Context)
    }

    /// Whether it describes how requests were served, so that an SLO applies.
    pub const fn is_served(self) -> bool {
        matches!(self, Kind::Measurement | Kind::Request | Kind::OperatingPoint)
    }

    /// A count with the label: `1 request`, `12 requests`.
    pub fn count(self, number: usize) -> String {
        format!("{number} {}", if number == 1 { self.label() } else { self.plural() })
    }

    /// The kind named by [`Kind::key`].
    pub fn from_key(key: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.key() == key)
    }
}
