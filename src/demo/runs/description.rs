//! What describes a run: metadata of two generations, the recipe, and a dump of each node's configuration.

use serde_json::{Map, Value, json};

use super::plan::{Engine, Layout, Run, Side};
use super::time;

/// The files that describe a run.
pub(super) fn files(run: &Run) -> Vec<(String, String)> {
    if !run.described {
        return Vec::new();
    }
    let folder = run.folder();
    let metadata = if run.layout == Layout::Dated { first(run) } else { second(run) };
    let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap_or_default() + "\n";
    let mut files =
        vec![(format!("{folder}/{}.json", run.job), pretty(&metadata)), (format!("{folder}/config.yaml"), recipe(run))];
    // TensorRT-LLM's launcher writes no dumps.
    if run.engine != Engine::Trtllm && !run.profiling {
        for side in run.sides {
            for node in side.nodes_named {
                files.push((format!("{}/{node}_config.json", run.logs()), dump(run, side, node).to_string() + "\n"));
            }
        }
    }
    files
}

fn of(run: &Run, role: &str) -> Option<&'static Side> {
    run.sides.iter().find(|side| side.role == role)
}

fn levels(run: &Run) -> String {
    run.planned.iter().map(u32::to_string).collect::<Vec<_>>().join("x")
}

fn benchmark(run: &Run) -> &'static str {
    if run.profiling { "torch-profiler" } else { "sa-bench" }
}

/// The first generation of metadata.
fn first(run: &Run) -> Value {
    let count = |role: &str, number: fn(&Side) -> u32| of(run, role).map_or(0, number);
    let mut metadata = json!({
        "run_metadata": {
            "slurm_job_id": run.job.to_string(),
            "run_date": time::compact(f64::from(run.start), '_'),
            "job_name": run.title(),
            "account": "demo",
            "partition": "batch",
            "time_limit": "02:00:00",
            "container": run.container,
            "model_dir": format!("/models/{}/", run.model),
            "gpus_per_node": run.gpus_per_node,
            "gpu_type": run.gpu.0,
            "mode": "disaggregated",
            "prefill_nodes": count("prefill", |side| side.nodes),
            "decode_nodes": count("decode", |side| side.nodes),
            "prefill_workers": count("prefill", |side| side.workers),
            "decode_workers": count("decode", |side| side.workers),
            "enable_multiple_frontends": false,
        },
        "profiler_metadata": {
            "type": benchmark(run),
            "isl": run.isl.to_string(),
            "osl": run.osl.to_string(),
            "concurrencies": levels(run),
            "req-rate": "inf",
        },
    });
    if let (false, Some(fields)) = (run.tags.is_empty(), metadata.as_object_mut()) {
        fields.insert("tags".to_owned(), json!(run.tags));
    }
    metadata
}

/// The second generation, which does not state the levels.
fn second(run: &Run) -> Value {
    let together = of(run, "agg").is_some();
    let mut resources = Map::new();
    resources.insert("gpu_type".to_owned(), json!(run.gpu.0));
    resources.insert("gpus_per_node".to_owned(), json!(run.gpus_per_node));
    for role in ["prefill", "decode", "agg"] {
        resources.insert(format!("{role}_nodes"), json!(of(run, role).map(|side| side.nodes)));
        resources.insert(format!("{role}_workers"), json!(of(run, role).map_or(0, |side| side.workers)));
        resources.insert(format!("gpus_per_{role}"), json!(of(run, role).map(|side| side.gpus)));
    }
    let mut metadata = json!({
        "version": "2.0",
        "orchestrator": true,
        "job_id": run.job.to_string(),
        "job_name": run.title(),
        "generated_at": time::plain(f64::from(run.start)),
        "model": { "path": format!("/models/{}", run.model), "container": run.container, "precision": run.precision },
        "resources": resources,
        "backend_type": run.engine.key(),
        "frontend_type": if together { "vllm" } else { "dynamo" },
        "benchmark": { "type": benchmark(run), "isl": run.isl, "osl": run.osl },
    });
    if let (false, Some(fields)) = (run.tags.is_empty(), metadata.as_object_mut()) {
        fields.insert("tags".to_owned(), json!(run.tags));
    }
    metadata
}

/// What was asked for.
fn recipe(run: &Run) -> String {
    let gpu = run.gpu.0;
    let mut text = format!(
        "name: {}\nmodel:\n  path: /models/{}\n  container: {}\n  precision: {}\nresources:\n  gpu_type: {gpu}\n  gpus_per_node: {}\n",
        run.title(),
        run.model,
        run.container,
        run.precision,
        run.gpus_per_node,
    );
    for side in run.sides {
        let Side { role, nodes, workers, gpus, .. } = side;
        text += &format!("  {role}_nodes: {nodes}\n  {role}_workers: {workers}\n");
        if run.layout == Layout::Numbered {
            text += &format!("  gpus_per_{role}: {gpus}\n");
        }
    }
    let engine = run.engine.key();
    text += &format!("backend:\n  type: {engine}\n");
    let section = |side: &Side| if side.role == "agg" { "aggregated" } else { side.role };
    for side in run.sides {
        text += &format!("  {}_environment:\n", section(side));
        for (key, value) in environment(run, side) {
            text += &format!("    {key}: \"{value}\"\n");
        }
    }
    text += &format!("  {engine}_config:\n");
    for side in run.sides {
        text += &format!("    {}:\n", section(side));
        for (key, value) in arguments(run, side) {
            text += &format!("      {key}: {}\n", if value == "True" { "true" } else { &value });
        }
    }
    text += &format!("benchmark:\n  type: {}\n  isl: {}\n  osl: {}\n", benchmark(run), run.isl, run.osl);
    if !run.planned.is_empty() {
        text += &match run.layout {
            Layout::Dated => format!("  concurrencies: \"{}\"\n", levels(run)),
            Layout::Numbered => format!("  concurrencies: [{}]\n", levels(run).replace('x', ", ")),
        };
        text += "  req_rate: inf\n";
    }
    if !run.tags.is_empty() {
        text += &format!("tags: [{}]\n", run.tags.join(", "));
    }
    text
}

/// What a server is started with, in its engine's words.
pub(super) fn arguments(run: &Run, side: &Side) -> Vec<(&'static str, String)> {
    let tp = side.gpus.to_string();
    let name = run.model.to_owned();
    match run.engine {
        Engine::Sglang => {
            let mut arguments = vec![
                ("served-model-name", name),
                ("tp-size", tp.clone()),
                ("dp-size", side.ranks.to_string()),
                ("ep-size", tp),
                ("enable-dp-attention", "True".to_owned()),
                ("disaggregation-mode", side.role.to_owned()),
                ("kv-cache-dtype", "fp8_e4m3".to_owned()),
                ("attention-backend", "flashinfer".to_owned()),
                ("mem-fraction-static", if side.role == "prefill" { "0.84" } else { "0.88" }.to_owned()),
            ];
            arguments.push(match side.role {
                "prefill" => ("chunked-prefill-size", run.chunk.to_string()),
                _ => ("max-running-requests", run.speed.seats.to_string()),
            });
            arguments
        }
        Engine::Trtllm => vec![
            ("model", name),
            ("tensor_parallel_size", tp.clone()),
            ("moe_expert_parallel_size", tp),
            ("max_batch_size", if side.role == "prefill" { "16".to_owned() } else { run.speed.seats.to_string() }),
            ("max_num_tokens", if side.role == "prefill" { "16384" } else { "1024" }.to_owned()),
            ("print_iter_log", "True".to_owned()),
        ],
        Engine::Vllm => vec![
            ("served-model-name", name),
            ("tensor-parallel-size", tp),
            ("max-num-seqs", run.speed.seats.to_string()),
            ("max-model-len", "16384".to_owned()),
            ("gpu-memory-utilization", "0.9".to_owned()),
        ],
    }
}

/// The variables of a server's environment. Two of them are what nobody should ever publish (and are made up).
fn environment(run: &Run, side: &Side) -> Vec<(&'static str, &'static str)> {
    let visible = match side.gpus.min(run.gpus_per_node) {
        2 => "0,1",
        4 => "0,1,2,3",
        _ => "0,1,2,3,4,5,6,7",
    };
    let mut variables = vec![
        ("CUDA_VISIBLE_DEVICES", visible),
        ("HF_HOME", "/cache/huggingface"),
        ("HF_TOKEN", "hf_made-up-by-the-demo"),
        ("NCCL_DEBUG", "WARN"),
        ("NCCL_IB_DISABLE", "0"),
        ("WANDB_API_KEY", "made-up-by-the-demo"),
    ];
    variables.extend(match run.engine {
        Engine::Sglang => vec![
            ("DYN_SKIP_SGLANG_LOG_FORMATTING", "1"),
            ("MC_TE_METRIC", "true"),
            ("SGLANG_DISAGGREGATION_BOOTSTRAP_TIMEOUT", "1800"),
            ("SLURM_JOB_PARTITION", "batch"),
        ],
        Engine::Trtllm => vec![("TLLM_LOG_LEVEL", "INFO"), ("TRTLLM_ENABLE_PDL", "1"), ("UCX_TLS", "cuda_ipc,rc")],
        Engine::Vllm => vec![("VLLM_ATTENTION_BACKEND", "FLASH_ATTN"), ("TORCH_CUDA_ARCH_LIST", "9.0")],
    });
    variables
}

/// A node's dump: canonical JSON, as Dynamo writes it.
fn dump(run: &Run, side: &Side, node: &str) -> Value {
    let arguments = arguments(run, side);
    let value = |text: &str| match text {
        "True" => json!(true),
        _ => serde_json::from_str(text).ok().filter(Value::is_number).unwrap_or_else(|| json!(text)),
    };
    let listed: Map<String, Value> = arguments.iter().map(|(key, text)| (key.replace('-', "_"), value(text))).collect();
    let flags = arguments.iter().flat_map(|(key, text)| {
        let flag = [format!("--{key}"), text.clone()];
        if text == "True" { flag[..1].to_vec() } else { flag.to_vec() }
    });
    let words: Vec<String> =
        ["python3".to_owned(), "-m".to_owned(), format!("dynamo.{}", run.engine.key())].into_iter().chain(flags).collect();
    let environment: Map<String, Value> =
        environment(run, side).into_iter().map(|(key, value)| (key.to_owned(), json!(value))).collect();
    let (_, gpu, memory) = run.gpu;
    let one = json!({ "driver_version": "580.82.07", "memory_total": memory, "name": gpu });
    let (package, config) = match run.engine {
        Engine::Vllm => ("vllm", json!({ "engine_args": listed })),
        _ => ("sglang", json!({ "server_args": listed })),
    };
    let mut dump = json!({
        "config": config,
        "dynamo_version": "0.9.0",
        "environment": environment,
        "gpu_info": { "count": run.gpus_per_node, "gpus": vec![one; run.gpus_per_node as usize] },
        "installed_packages": [format!("{package}=={}", run.version), "torch==2.9.1", "transformers==4.57.1"],
        "runtime_info": { "command_line_args": words },
        "system_info": { "hostname": node },
    });
    if let Some(fields) = dump.as_object_mut() {
        fields.insert(format!("{package}_version"), json!(run.version));
    }
    dump
}
