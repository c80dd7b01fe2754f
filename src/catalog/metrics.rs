//! The metrics: one row each.
//!
//! Definitions follow the field's words (TTFT, TPOT, ITL, E2EL) and say where tools differ: a metric whose definition
//! differs is a different row. `derive` rows are computed from others, measurement by measurement, wherever the file
//! did not give the figure itself.

use crate::record::Stat;

pub use super::metric::{Better, Derive, Metric, Shape};

const fn ratio(formula: &'static str, inputs: &'static [&'static str], compute: fn(&[f64]) -> f64) -> Option<Derive> {
    Some(Derive { formula, inputs, compute })
}

/// Every metric the catalogue knows, in the order menus and tables show them.
pub static METRICS: &[Metric] = &[
    Metric {
        key: "output_tps",
        label: "Output throughput",
        unit: "tok/s",
        better: Better::Higher,
        shape: Shape::Scalar,
        definition: "Output tokens per second of the whole deployment, mean over the measured window.",
        aliases: &["output_tok/sec", "output_throughput", "generation throughput", "output tokens per second"],
        derive: None,
    },
    Metric {
        key: "total_tps",
        label: "Total throughput",
        unit: "tok/s",
        better: Better::Higher,
        shape: Shape::Scalar,
        definition: "Prompt and output tokens per second of the whole deployment, mean over the measured window.",
        aliases: &["total_tok/sec", "total_token_throughput", "tokens per second"],
        derive: None,
    },
    Metric {
        key: "input_tps",
        label: "Input throughput",
        unit: "tok/s",
        better: Better::Higher,
        shape: Shape::Scalar,
        definition: "Prompt tokens per second of the whole deployment, mean over the measured window.",
        aliases: &["prompt throughput", "prefill throughput"],
        derive: ratio("total throughput − output throughput", &["total_tps", "output_tps"], |v| v[0] - v[1]),
    },
    Metric {
        key: "output_tps_per_gpu",
        label: "Output throughput per GPU",
        unit: "tok/s/GPU",
        better: Better::Higher,
        shape: Shape::Scalar,
        definition: "Output tokens per second divided by the GPUs of the deployment; absent where the GPU count is unknown.",
        aliases: &["efficiency", "efficiency_ratio", "tok/s/gpu"],
        derive: ratio("output throughput ÷ GPUs", &["output_tps", "gpus"], |v| v[0] / v[1]),
    },
    Metric {
        key: "total_tps_per_gpu",
        label: "Total throughput per GPU",
        unit: "tok/s/GPU",
        better: Better::Higher,
        shape: Shape::Scalar,
        definition: "Prompt and output tokens per second divided by the GPUs of the deployment; absent where the GPU count is unknown.",
        aliases: &["tok/s/gpu"],
        derive: ratio("total throughput ÷ GPUs", &["total_tps", "gpus"], |v| v[0] / v[1]),
    },
    Metric {
        key: "input_tps_per_gpu",
        label: "Input throughput per GPU",
        unit: "tok/s/GPU",
        better: Better::Higher,
        shape: Shape::Scalar,
        definition: "Prompt tokens per second divided by the GPUs of the deployment; absent where the GPU count is unknown.",
        aliases: &["tok/s/gpu"],
        derive: ratio("input throughput ÷ GPUs", &["input_tps", "gpus"], |v| v[0] / v[1]),
    },
    Metric {
        key: "output_tps_per_decode_gpu",
        label: "Output throughput per decode GPU",
        unit: "tok/s/GPU",
        better: Better::Higher,
        shape: Shape::Scalar,
        definition: "Output tokens per second divided by the GPUs that decode, in a disaggregated deployment; the GPUs that \
                     prefill do not count, so it is not comparable with throughput per GPU.",
        aliases: &["output_tput_per_gpu"],
        derive: None,
    },
    Metric {
        key: "input_tps_per_prefill_gpu",
        label: "Input throughput per prefill GPU",
        unit: "tok/s/GPU",
        better: Better::Higher,
        shape: Shape::Scalar,
        definition: "Prompt tokens per second divided by the GPUs that prefill, in a disaggregated deployment; the GPUs that \
                     decode do not count, so it is not comparable with throughput per GPU.",
        aliases: &["input_tput_per_gpu"],
        derive: None,
    },
    Metric {
        key: "rps",
        label: "Request throughput",
        unit: "req/s",
        better: Better::Higher,
        shape: Shape::Scalar,
        definition: "Successful requests per second, mean over the measured window.",
        aliases: &["measured rps", "request_throughput", "qps", "requests per second"],
        derive: None,
    },
    Metric {
        key: "goodput_rps",
        label: "Goodput",
        unit: "req/s",
        better: Better::Higher,
        shape: Shape::Scalar,
        definition: "Requests per second that met every limit of the benchmark's own SLO.",
        aliases: &["request_goodput"],
        derive: None,
    },
    Metric {
        key: "slo_attainment",
        label: "SLO attainment",
        unit: "%",
        better: Better::Higher,
        shape: Shape::Scalar,
        definition: "Share of requests that met every limit of the benchmark's own SLO.",
        aliases: &[],
        derive: None,
    },
    Metric {
        key: "ttft",
        label: "TTFT",
        unit: "ms",
        better: Better::Lower,
        shape: Shape::Distribution,
        definition: "Time to first token: from sending a request to its first token, successful requests.",
        aliases: &["time to first token", "time_to_first_token_ms", "first token latency"],
        derive: None,
    },
    Metric {
        key: "ttfot",
        label: "TTFOT",
        unit: "ms",
        better: Better::Lower,
        shape: Shape::Distribution,
        definition: "Time to first output token: from sending a request to its first token that is not reasoning.",
        aliases: &["time_to_first_output_token_ms", "time to first output token"],
        derive: None,
    },
    Metric {
        key: "tpot",
        label: "TPOT",
        unit: "ms",
        better: Better::Lower,
        shape: Shape::Distribution,
        definition: "Time per output token after the first: (E2E latency − TTFT) ÷ (output tokens − 1), per request. \
                     GuideLLM calls this figure inter-token latency and weighs each request by its tokens.",
        aliases: &["time per output token", "inter-token latency of GuideLLM and AIPerf", "mean_tpot_ms"],
        derive: None,
    },
    Metric {
        key: "ntpot",
        label: "NTPOT",
        unit: "ms",
        better: Better::Lower,
        shape: Shape::Distribution,
        definition: "Normalised time per output token, the first included: E2E latency ÷ output tokens, per request. \
                     GuideLLM from 0.4 calls this figure time per output token.",
        aliases: &["normalized time per output token", "time_per_output_token_ms", "tpot with first token"],
        derive: None,
    },
    Metric {
        key: "tpot_no_ttft",
        label: "TPOT (÷ all tokens)",
        unit: "ms",
        better: Better::Lower,
        shape: Shape::Distribution,
        definition: "Decode time divided by all output tokens: (E2E latency − TTFT) ÷ output tokens, per request; the \
                     time per output token of GuideLLM before 0.4.",
        aliases: &["time_per_output_token_ms of GuideLLM 0.2 and 0.3"],
        derive: None,
    },
    Metric {
        key: "itl",
        label: "ITL",
        unit: "ms",
        better: Better::Lower,
        shape: Shape::Distribution,
        definition: "Inter-token latency: the gap between one token and the next. GuideLLM takes each request's mean gap, \
                     weighted by its tokens: the mean is the same, the percentiles are narrower than those of single gaps.",
        aliases: &["inter-token latency", "inter_token_latency_ms"],
        derive: None,
    },
    Metric {
        key: "icl",
        label: "ICL",
        unit: "ms",
        better: Better::Lower,
        shape: Shape::Distribution,
        definition: "Inter-chunk latency: the gap between one streamed chunk and the next, of all requests together. A chunk \
                     may carry several tokens; where each carries one it is the ITL.",
        aliases: &["inter-chunk latency", "inter_chunk_latency"],
        derive: None,
    },
    Metric {
        key: "tps_per_user",
        label: "Output speed per user",
        unit: "tok/s/user",
        better: Better::Higher,
        shape: Shape::Distribution,
        definition: "Tokens per second after the first token, request by request: 1 ÷ TPOT of that request. Its percentiles run \
                     from slow requests to fast ones, those of interactivity the other way.",
        aliases: &["output_token_throughput_per_user", "tokens per second per user", "tok/s/user"],
        derive: None,
    },
    Metric {
        key: "interactivity",
        label: "Interactivity",
        unit: "tok/s/user",
        better: Better::Higher,
        shape: Shape::Distribution,
        definition: "Tokens per second that one user sees after the first token: 1000 ÷ TPOT (ms), at the named statistic of TPOT.",
        aliases: &["tokens per second per user", "tok/s/user", "user speed"],
        derive: ratio("1000 ÷ TPOT (ms)", &["tpot"], |v| 1000.0 / v[0]),
    },
    Metric {
        key: "e2el",
        label: "E2E latency",
        unit: "ms",
        better: Better::Lower,
        shape: Shape::Distribution,
        definition: "End-to-end latency: from sending a request to its last token, successful requests.",
        aliases: &["request latency", "request_latency", "end-to-end latency"],
        derive: None,
    },
    Metric {
        key: "concurrency_achieved",
        label: "Concurrency achieved",
        unit: "requests",
        better: Better::Neutral,
        shape: Shape::Scalar,
        definition: "Requests in flight, mean over the measured window, as the tool measured it.",
        aliases: &["measured concurrency", "request_concurrency"],
        derive: None,
    },
    Metric {
        key: "concurrency_estimated",
        label: "Concurrency (Little's law)",
        unit: "requests",
        better: Better::Neutral,
        shape: Shape::Scalar,
        definition: "An estimate of the requests in flight: request throughput × mean E2E latency (Little's law).",
        aliases: &[],
        derive: ratio("request throughput × mean E2E latency (Little's law)", &["rps", "e2el"], |v| v[0] * v[1] / 1000.0),
    },
    Metric {
        key: "completed",
        label: "Completed requests",
        unit: "requests",
        better: Better::Neutral,
        shape: Shape::Scalar,
        definition: "Requests that succeeded within the measured window.",
        aliases: &["successful_requests"],
        derive: None,
    },
    Metric {
        key: "errored",
        label: "Failed requests",
        unit: "requests",
        better: Better::Lower,
        shape: Shape::Scalar,
        definition: "Requests that failed within the measured window.",
        aliases: &["errored_requests", "errors"],
        derive: None,
    },
    Metric {
        key: "incomplete",
        label: "Incomplete requests",
        unit: "requests",
        better: Better::Neutral,
        shape: Shape::Scalar,
        definition: "Requests still in flight when the measured window ended.",
        aliases: &["cancelled requests"],
        derive: None,
    },
    Metric {
        key: "error_rate",
        label: "Error rate",
        unit: "%",
        better: Better::Lower,
        shape: Shape::Scalar,
        definition: "Failed requests ÷ (completed + failed); absent, not zero, where nothing ran.",
        aliases: &["errors"],
        derive: ratio("failed ÷ (completed + failed)", &["errored", "completed"], |v| 100.0 * v[0] / (v[0] + v[1])),
    },
    Metric {
        key: "duration",
        label: "Measured window",
        unit: "s",
        better: Better::Neutral,
        shape: Shape::Scalar,
        definition: "Length of the measured window.",
        aliases: &["benchmark duration"],
        derive: None,
    },
    Metric {
        key: "input_tokens",
        label: "Input tokens per request",
        unit: "tokens",
        better: Better::Neutral,
        shape: Shape::Distribution,
        definition: "Prompt tokens of one request, as measured.",
        aliases: &["prompt_token_count", "isl"],
        derive: None,
    },
    Metric {
        key: "output_tokens",
        label: "Output tokens per request",
        unit: "tokens",
        better: Better::Neutral,
        shape: Shape::Distribution,
        definition: "Output tokens of one request, as measured.",
        aliases: &["output_token_count", "osl"],
        derive: None,
    },
];

/// The row with this key.
pub fn metric(key: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.key == key)
}

/// A metric's label; an unknown metric is its own label.
pub fn label(key: &str) -> &str {
    metric(key).map_or(key, |metric| metric.label)
}

/// The name a figure goes by on the page, e.g. `P95 TTFT`.
pub fn title(key: &str, stat: Stat) -> String {
    match metric(key) {
        Some(metric) if metric.shape == Shape::Scalar && stat == Stat::Mean => metric.label.to_owned(),
        Some(metric) => {
            let (first, rest) = (stat.label().chars().take(1), stat.label().chars().skip(1));
            let stat: String = first.flat_map(char::to_uppercase).chain(rest).collect();
            format!("{stat} {}", metric.label)
        }
        None => key.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unique_and_derivations_name_rows() {
        for (i, row) in METRICS.iter().enumerate() {
            assert!(METRICS[..i].iter().all(|other| other.key != row.key), "{} stands twice", row.key);
            for input in row.derive.iter().flat_map(|derive| derive.inputs) {
                assert!(*input == "gpus" || metric(input).is_some(), "{}: no metric {input}", row.key);
            }
        }
    }

    #[test]
    fn columns_carry_their_unit() {
        let name = |key: &str, stat| metric(key).map(|metric| metric.column_name(stat));
        assert_eq!(name("ttft", Stat::P99).as_deref(), Some("ttft_p99_ms"));
        assert_eq!(name("output_tps", Stat::Mean).as_deref(), Some("output_tps"));
        assert_eq!(name("error_rate", Stat::Mean).as_deref(), Some("error_rate_pct"));
        assert_eq!(title("ttft", Stat::P95), "P95 TTFT");
        assert_eq!(title("itl", Stat::Mean), "Mean ITL");
        assert_eq!(title("rps", Stat::Mean), "Request throughput");
    }
}
