//! llm-optimizer (BentoML): `--output-json` (a list of records with the machine's description) and its lines, a record a
//! run, or a file a record.
//!
//! The results are SGLang's `bench_serving` keys. The backend is the kind of client, so the engine is taken from the
//! command. The GPUs stated are the machine's, not those used. A record does not count failures. Truth: llm-optimizer
//! `cli.py`, `bench_client.py`.

use crate::format::About;
use crate::format::flat::{Draft, Row};
use crate::record::{Load, Stat};

/// How many prompts there are where the record does not say.
const PROMPTS: f64 = 1000.0;

/// The engine that a command starts.
const ENGINES: [(&str, &str); 4] = [("sglang", "SGLang"), ("vllm", "vLLM"), ("max serve", "MAX"), ("trtllm", "TensorRT-LLM")];

pub(in crate::format::flat) static RESULTS: Row = Row {
    about: &About::new(
        "llm-optimizer",
        "llm-optimizer JSON and JSONL",
        "every tested configuration with its settings; failures follow from the prompts sent",
        &["json", "jsonl"],
    ),
    tool: "llm-optimizer",
    marks: &["metadata", "test_results|results", "best_configurations|config", "metadata.model_tag"],
    records: "test_results[]",
    fields: &[
        ("metadata.model_tag", "model"),
        ("/metadata.model_tag", "model"),
        ("metadata.gpu_type", "accelerator"),
        ("/metadata.gpu_type", "accelerator"),
        ("metadata.gpu_count", "gpus_per_node"),
        ("/metadata.gpu_count", "gpus_per_node"),
        ("config.server_args.tensor_parallel_size", "tp"),
        ("config.server_args.tp_size", "tp"),
        ("config.server_args.data_parallel_size", "dp"),
        ("config.server_args.dp_size", "dp"),
        ("config.server_args.pipeline_parallel_size", "pp"),
        ("results.max_concurrency", "load concurrency"),
        ("results.request_rate", "load rate"),
        ("results.duration", "duration s"),
        ("results.completed", "completed"),
        ("results.request_throughput", "rps"),
        ("results.input_throughput", "input_tps"),
        ("results.output_throughput", "output_tps"),
        ("results.total_throughput", "total_tps"),
        ("results.concurrency", "concurrency_achieved"),
        ("results.{stat}_ttft_ms", "ttft ms"),
        ("results.{stat}_tpot_ms", "tpot ms"),
        ("results.{stat}_itl_ms", "itl ms"),
        ("results.{stat}_e2e_latency_ms", "e2el ms"),
        ("results.accept_length", "accepted_length"),
        ("config.client_args.num_prompts", "ignore"),
        ("/metadata.input_len", "ignore"),
        ("/metadata.output_len", "ignore"),
    ],
    ignored: &["results.*", "metadata.*", "config.*", "cmd", "constraints"],
    complete: Some(complete),
    ..Row::EMPTY
};

fn complete(draft: &mut Draft<'_>) {
    for (dimension, keys) in
        [("isl", ["metadata.input_tokens", "/metadata.input_len"]), ("osl", ["metadata.output_tokens", "/metadata.output_len"])]
    {
        // −1 is variable, 0 unknown.
        let length = keys.into_iter().find_map(|key| draft.positive(key));
        draft.set(dimension, length.map(|length| length.to_string()));
    }
    let command = draft.text("cmd").unwrap_or_default();
    let engine = ENGINES.iter().find(|(word, _)| command.contains(word));
    draft.set("framework", engine.map(|(_, name)| *name));
    let settings: Vec<String> = draft.pairs("config.server_args").map(|(key, value)| format!("{key}={value}")).collect();
    draft.set("config", Some(settings.join(" ")));
    let completed = draft.figure("completed", Stat::Mean);
    for (total, metric) in [("results.total_input_tokens", "input_tokens"), ("results.total_output_tokens", "output_tokens")] {
        if let (Some(total), Some(completed)) = (draft.positive(total), completed.filter(|completed| *completed > 0.0)) {
            draft.add(metric, Stat::Mean, total / completed);
        }
    }
    if let Some(completed) = completed {
        let key = "config.client_args.num_prompts";
        let stated = draft.count(key);
        match stated.or((!draft.is_wrong(key)).then_some(PROMPTS)) {
            // More than the tool's default were sent, so that is not how many.
            Some(sent) if stated.is_some() || completed <= sent => {
                draft.add_rest("errored", ["num_prompts", "completed"], [sent, completed]);
            }
            _ => {}
        }
    }
    // An unlimited rate is Infinity, which JSON does not have.
    if draft.load == Load::default() && draft.figure("rps", Stat::Mean).is_some() {
        draft.load = Load::MAX;
    }
}
