//! Keys of the family: latencies and metrics, default values, and sa-bench's file names.

use serde_json::Value;

use crate::catalog::{metrics, stats};
use crate::format::reader::identity::{Identity, dimension_named};
use crate::format::reader::server_arguments::is_server_argument;
use crate::record::Stat;

/// The latencies of vLLM and of those who write like it. TPOT is (E2EL − TTFT) ÷ (tokens − 1) of each request; ITL
/// is the gap between one chunk of the stream and the next, pooled over all requests: both are the catalogue's.
pub(in crate::format) const LATENCIES: &[(&str, &str)] = &[
    ("ttft", "ttft"),
    ("tpot", "tpot"),
    ("itl", "itl"),
    ("e2el", "e2el"),
    // Forks of 2024 measured the whole request under this name.
    ("latency", "e2el"),
];

/// The figures of vLLM and of those who write like it.
pub(in crate::format) const FIGURES: &[(&str, &str)] = &[
    ("duration", "duration"),
    ("completed", "completed"),
    ("failed", "errored"),
    ("request_throughput", "rps"),
    ("request_goodput", "goodput_rps"),
    // Until early 2025 the key was written with a stray colon.
    ("request_goodput:", "goodput_rps"),
    ("output_throughput", "output_tps"),
    ("total_token_throughput", "total_tps"),
    ("input_throughput", "input_tps"),
];

/// The metric and statistic of a key such as `p99_ttft_ms`.
pub(super) fn latency(
    key: &str,
    suffix: &str,
    latencies: &'static [(&'static str, &'static str)],
) -> Option<(&'static str, Stat)> {
    let (statistic, word) = key.strip_suffix(suffix)?.split_once('_')?;
    let (_, metric) = latencies.iter().find(|(known, _)| *known == word)?;
    Some((metric, stats::parse(statistic)?))
}

/// Whether a key whose value is a number identifies the run rather than measuring it: a server's argument, a degree or a
/// count of GPUs, the number of a repeat.
pub(super) fn is_setting(key: &str) -> bool {
    key == REPEAT || is_server_argument(key) || (metrics::metric(key).is_none() && dimension_named(key).is_some())
}

/// The key of vLLM's sweep that numbers the repeats of a configuration.
pub(super) const REPEAT: &str = "run_number";

/// Whether a value is an uninformative default: the audio factor of runs without audio, one answer per
/// prompt, no beam search.
pub(super) fn is_default(key: &str, value: &Value) -> bool {
    match key {
        "rtfx" => value.as_f64() == Some(0.0),
        "best_of" => value.as_f64() == Some(1.0),
        "use_beam_search" => value.as_bool() == Some(false),
        _ => false,
    }
}

/// What sa-bench states only in the names of its files and folders.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::format) struct SaBenchName<'n> {
    pub gpus: Option<&'n str>,
    pub concurrency: Option<&'n str>,
    /// GPUs that prefill, in a disaggregated deployment.
    pub prefill: Option<&'n str>,
    /// GPUs that decode.
    pub decode: Option<&'n str>,
    pub isl: Option<&'n str>,
    pub osl: Option<&'n str>,
}

/// Reads `…_isl_1024_osl_512/results_concurrency_16_gpus_8_ctx_4_gen_4.json`; `None` for any other name.
pub(in crate::format) fn sa_bench_name(path: &str) -> Option<SaBenchName<'_>> {
    let mut parts = path.rsplit(['/', '\\']);
    let file = parts.next()?.strip_suffix(".json")?;
    let rest = file.strip_prefix("results_concurrency_")?;
    let folder = parts.next().unwrap_or_default();
    Some(SaBenchName {
        gpus: Some(after(rest, "gpus")?),
        concurrency: after(file, "concurrency"),
        prefill: after(rest, "ctx"),
        decode: after(rest, "gen"),
        isl: after(folder, "isl"),
        osl: after(folder, "osl"),
    })
}

/// Sets the lengths and GPU counts in the path of a result; false for any other path.
pub(in crate::format) fn sa_bench_path(path: &str, identity: &mut Identity) -> bool {
    let Some(name) = sa_bench_name(path) else { return false };
    let text = |number: Option<&str>| number.map(str::to_owned);
    for (dimension, stated) in [("isl", name.isl), ("osl", name.osl)] {
        if identity.get(dimension).is_none() {
            identity.set(dimension, text(stated));
        }
    }
    identity.set("gpus", text(name.gpus));
    identity.set("gpus_basis", Some("stated in the file's name".to_owned()));
    if name.prefill.is_some() || name.decode.is_some() {
        identity.set("prefill_gpus", text(name.prefill));
        identity.set("decode_gpus", text(name.decode));
    } else {
        identity.set("agg_gpus", text(name.gpus));
    }
    true
}

/// The number after a word, in a name whose words are joined by underscores.
fn after<'n>(name: &'n str, word: &str) -> Option<&'n str> {
    let mut words = name.split('_').skip_while(|part| *part != word);
    words.nth(1).filter(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_latencies() {
        let found = |key| latency(key, "_ms", LATENCIES);
        assert_eq!(found("p99.9_ttft_ms"), Some(("ttft", Stat::P99_9)));
        assert_eq!(found("median_e2el_ms"), Some(("e2el", Stat::P50)));
        assert_eq!(found("mean_e2el_including_client_queue_ms"), None);
        assert_eq!(found("probe_median_e2el_ms"), None);
        assert_eq!(found("p80_ttft_ms"), None);
        for (_, metric) in LATENCIES.iter().chain(FIGURES) {
            assert!(crate::catalog::metrics::metric(metric).is_some(), "{metric}");
        }
    }

    #[test]
    fn settings_are_told_from_figures() {
        for key in ["tensor_parallel_size", "num_gpus", "max_num_seqs", "--max-num-seqs", "compilation_config.mode", "run_number"]
        {
            assert!(is_setting(key), "{key}");
        }
        for key in ["input_tokens", "max_output_tokens_per_s", "spec_decode_acceptance_rate", "duration"] {
            assert!(!is_setting(key), "{key}");
        }
    }

    #[test]
    fn names() {
        let name = sa_bench_name("logs/sa-bench_isl_128_osl_32/results_concurrency_8_gpus_16_ctx_12_gen_4.json");
        let expected = SaBenchName {
            gpus: Some("16"),
            concurrency: Some("8"),
            prefill: Some("12"),
            decode: Some("4"),
            isl: Some("128"),
            osl: Some("32"),
        };
        assert_eq!(name, Some(expected));
        assert_eq!(sa_bench_name("results_concurrency_8_gpus_16.json").and_then(|name| name.prefill), None);
        assert_eq!(sa_bench_name("results_concurrency_8.json"), None);
        assert_eq!(sa_bench_name("vllm-infqps-concurrency4.json"), None);
    }
}
