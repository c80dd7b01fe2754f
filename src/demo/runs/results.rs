//! sa-bench's result of one level, without its per-request arrays.

use serde_json::{Map, Value, json};

use super::load::Pass;
use super::plan::{Layout, Run};
use super::time;
use crate::demo::random::Random;

/// A latency's statistics, ms.
#[derive(Clone, Copy)]
pub(super) struct Latency {
    pub mean: f64,
    pub median: f64,
    pub p99: f64,
    std: f64,
}

/// The figures of a pass: results and the console show the same.
pub(super) struct Figures {
    pub duration: f64,
    pub rps: f64,
    pub output_tps: f64,
    pub total_tps: f64,
    pub peak: f64,
    /// TTFT, TPOT, ITL, E2EL.
    pub latencies: [(&'static str, Latency); 4],
}

impl Figures {
    pub(super) fn of(run: &Run, pass: &Pass) -> Figures {
        let mut random = Random::named(u64::from(run.job), &format!("latency {} {}", pass.users, pass.measured));
        let duration = ((pass.end - pass.start) * 1000.0).round() / 1000.0;
        let steady = pass.steady;
        let (input, output) = (pass.tokens.0 as f64, pass.tokens.1 as f64);
        let mut latency = |seconds: f64, spread: f64| {
            let mean = seconds * 1000.0 * random.around(0.01);
            Latency { mean, median: mean * (1.0 - 0.2 * spread), std: mean * spread, p99: mean * (1.0 + 2.6 * spread) }
        };
        let ttft = latency(steady.ttft, 0.25 + 0.4 * steady.busy);
        let tpot = latency(steady.gap, 0.05 + 0.05 * steady.busy);
        // TensorRT-LLM's stream comes in chunks of many tokens: a gap between chunks is none between tokens.
        let chunk = if run.engine == super::Engine::Trtllm { 16.0 } else { 1.0 };
        let itl = latency(steady.gap * chunk, 0.12);
        let e2el = (steady.ttft + (steady.lengths.1 - 1.0) * steady.gap) * 1000.0;
        let e2el = Latency { mean: e2el, median: 0.99 * e2el, std: 0.12 * e2el, p99: 1.31 * e2el };
        Figures {
            duration,
            rps: f64::from(pass.requests) / duration,
            output_tps: output / duration,
            total_tps: (input + output) / duration,
            peak: (1.06 * steady.rps * steady.lengths.1).round(),
            latencies: [("ttft", ttft), ("tpot", tpot), ("itl", itl), ("e2el", e2el)],
        }
    }
}

/// The result file of a pass.
pub(super) fn file(run: &Run, pass: &Pass) -> (String, String) {
    let users = pass.users;
    let gpus = |role: &str| run.side(role).map_or(0, |side| side.workers * side.gpus);
    let name = match run.layout {
        Layout::Dated => format!("isl_{}_osl_{}_concurrency_{users}_req_rate_inf.json", run.isl, run.osl),
        Layout::Numbered if run.sides.len() == 1 => format!("results_concurrency_{users}_gpus_{}.json", gpus("agg")),
        Layout::Numbered => {
            let (prefill, decode) = (gpus("prefill"), gpus("decode"));
            format!("results_concurrency_{users}_gpus_{}_ctx_{prefill}_gen_{decode}.json", prefill + decode)
        }
    };
    let path = format!("{}/sa-bench_isl_{}_osl_{}/{name}", run.logs(), run.isl, run.osl);
    (path, serde_json::to_string_pretty(&object(run, pass)).unwrap_or_default() + "\n")
}

fn object(run: &Run, pass: &Pass) -> Value {
    let figures = Figures::of(run, pass);
    let mut object = json!({
        "label": run.title(),
        "date": time::compact(pass.end, '-'),
        "backend": "dynamo",
        "model_id": run.model,
        "tokenizer_id": run.model,
        "best_of": 1,
        "num_prompts": pass.requests,
        "request_rate": "inf",
        "burstiness": 1.0,
        "max_concurrency": pass.users,
        "duration": figures.duration,
        "completed": pass.requests,
        "total_input_tokens": pass.tokens.0,
        "total_output_tokens": pass.tokens.1,
        "request_throughput": figures.rps,
        "request_goodput": null,
        "output_throughput": figures.output_tps,
        "peak_output_tokens_per_s": figures.peak,
        "total_token_throughput": figures.total_tps,
    });
    let mut add = |key: String, value: f64| {
        object.as_object_mut().map(|fields: &mut Map<String, Value>| fields.insert(key, json!((value * 1e4).round() / 1e4)))
    };
    for (metric, latency) in figures.latencies {
        for (statistic, value) in [("mean", latency.mean), ("median", latency.median), ("std", latency.std), ("p99", latency.p99)]
        {
            add(format!("{statistic}_{metric}_ms"), value);
        }
    }
    // Releases of this year say when a level ran; the others only when they wrote the file.
    if run.engine != super::Engine::Vllm {
        add("benchmark_start_time_unix".to_owned(), pass.start);
        add("benchmark_end_time_unix".to_owned(), pass.start + figures.duration);
    }
    object
}
