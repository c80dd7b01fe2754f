//! srt-slurm's run folders: worker logs and roll-ups against Python, descriptions against what the files say.

use std::path::{Path, PathBuf};

use inferscope::record::{Kind, Severity};

use super::independent::python;
use crate::support::{Outcome, Row, bytes, corpus, fixture, read, root};

fn outcome(path: &Path) -> Outcome {
    read(&path.display().to_string(), &bytes(path))
}

fn stated<'r>(row: &'r Row, key: &str) -> Option<&'r str> {
    row.identity.iter().find(|(other, _)| other == key).map(|(_, value)| value.as_str())
}

fn figure(row: &Row, key: &str) -> Option<f64> {
    row.samples.iter().find(|(other, _)| other == key).map(|(_, value)| *value)
}

/// The one description in a file.
fn context(outcome: &Outcome) -> &Row {
    let found: Vec<&Row> = outcome.collected.rows.iter().filter(|row| row.kind == Kind::Context).collect();
    let [row] = found.as_slice() else { panic!("{} descriptions", found.len()) };
    row
}

fn setting<'o>(outcome: &'o Outcome, source: &str, name: &str) -> Option<&'o str> {
    let rows = outcome.collected.rows.iter().filter(|row| row.kind == Kind::Setting);
    let mut rows = rows.filter(|row| stated(row, "source") == Some(source) && stated(row, "setting") == Some(name));
    rows.next().and_then(|row| stated(row, "value"))
}

fn says(outcome: &Outcome, what: &str) -> bool {
    outcome.collected.diagnostics.iter().any(|found| found.message.contains(what))
}

/// Compares everything with figures, both ways.
fn compare(script: &str, files: &[PathBuf]) {
    let expected = python(script, files);
    for path in files {
        let outcome = outcome(path);
        // How long a warm-up took is of another pass.
        let figures = |row: &Row| row.samples.iter().filter(|(key, _)| !key.starts_with("warm_up_duration")).count();
        let rows: Vec<&Row> = outcome.collected.rows.iter().filter(|row| !row.samples.is_empty()).collect();
        let expected = expected[path.display().to_string()].as_object().expect("an object of rows");
        assert_eq!(rows.len(), expected.len(), "{}", path.display());
        for row in rows {
            let at = format!("{} {}", path.display(), row.place);
            let expected = expected.get(&row.place).unwrap_or_else(|| panic!("{at} is not there"));
            assert_eq!(row.load.value, expected["load"][1].as_f64(), "{at}");
            for (key, value) in expected["identity"].as_object().expect("an object of dimensions") {
                assert_eq!(stated(row, key), value.as_str(), "{at}: {key}");
            }
            let samples = expected["samples"].as_object().expect("an object of figures");
            for (key, value) in samples {
                let (found, value) = (figure(row, key), value.as_f64().expect("a number"));
                // What is computed may differ in the last digit.
                assert!(
                    found.is_some_and(|found| (found - value).abs() <= 1e-12 * value.abs()),
                    "{at}: {key} is {found:?}, not {value}"
                );
            }
            assert_eq!(figures(row), samples.len(), "{at}: {:?}", row.samples);
        }
    }
}

#[test]
fn worker_logs() {
    let folder = root().join("tests/fixtures/worker-log/made");
    let names = [
        "rack-07_cn01_prefill_w0.err",
        "rack-07_cn02_decode_w1.out",
        "bia0004_agg_w0_DP0.out",
        "worker-10_decode_w1.out",
        "cn05_agg_w0.out",
        "vllm-no-year.log",
    ];
    compare("worker_log.py", &names.map(|name| folder.join(name)));
}

/// A log that is cut anywhere gives what its whole lines state, and no figure that the whole log does not state.
#[test]
fn a_cut_log_keeps_its_lines() {
    let whole = fixture("worker-log/made/rack-07_cn02_decode_w1.out");
    let all = read("unknown", &whole).collected.rows;
    for at in 1..whole.len() {
        let rows = read("unknown", &whole[..at]).collected.rows;
        let lines = whole[..at].iter().filter(|byte| **byte == b'\n').count();
        assert!(rows.len() >= lines.min(all.len()), "cut at {at}");
        for (row, expected) in rows.iter().zip(&all) {
            for (key, value) in &row.samples {
                assert_eq!(figure(expected, key), Some(*value), "cut at {at}: {key}");
            }
        }
    }
}

/// Damaged lines cost themselves.
#[test]
fn damaged_logs() {
    let line = "[2025-12-03 09:15:10 DP1] Decode batch, #running-req: 48, #token: -3, token usage: 1e999, x: 1, #queue-req: 0,\n";
    let text =
        format!("{}{}{}", "\u{1B}[\u{1B}".repeat(9), line, "Prefill batch, #new-seq: 4\n[9999-99-99 99:99:99] Decode batch [\n");
    let found = read("a_prefill_.out", text.as_bytes());
    let rows = &found.collected.rows;
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!(figure(&rows[0], "running_requests/mean"), Some(48.0));
    assert_eq!(figure(&rows[0], "x/mean"), Some(1.0));
    assert!(figure(&rows[0], "kv_tokens/mean").is_none() && figure(&rows[0], "kv_usage/mean").is_none());
    assert!(figure(&rows[1], "time/mean").is_none());
    assert!(says(&found, "for “#token”"));
}

/// The year of stamps that have none stands in the folder's name of the first layout.
#[test]
fn a_year_from_the_folder() {
    let log = fixture("worker-log/made/vllm-no-year.log");
    let found = read("logs/3667_1A_20251231_235900/cn_agg_w0.err", &log);
    // date -u -d '2026-01-01 00:00:04' +%s
    assert_eq!(found.collected.rows.last().and_then(|row| figure(row, "time/mean")), Some(1_767_225_604.0));
    assert!(says(&found, "no time zone"));
}

#[test]
fn rollup_with_arrays() {
    let Some(corpus) = corpus("formats::independent_srt_slurm::rollup_with_arrays") else { return };
    let file = corpus.join("srt-slurm/csahithi_srt-slurm/rollup_sa_bench_553.json");
    compare("srt_rollup.py", std::slice::from_ref(&file));
    let outcome = outcome(&file);
    let row = &outcome.collected.rows[0];
    // The document's figures of job 553: H200, 2 prefill and 5 decode nodes, 56 GPUs.
    let gpus: f64 = stated(row, "gpus").and_then(|text| text.parse().ok()).expect("a count");
    let output = figure(row, "output_tps/mean").expect("throughput");
    assert_eq!((row.load.value, gpus, stated(row, "accelerator")), (Some(32.0), 56.0, Some("H200")));
    assert_eq!((stated(row, "prefill_gpus"), stated(row, "decode_gpus")), (Some("16"), Some("40")));
    let near =
        |value: f64, digits: f64, expected: f64| assert!((value - expected).abs() <= digits / 2.0, "{value}, not {expected}");
    near(output, 0.1, 1748.1);
    near(output / gpus, 0.1, 31.2);
    near(1000.0 / figure(row, "tpot/mean").expect("TPOT"), 0.1, 60.2);
    near(figure(row, "total_tps/mean").expect("throughput") / gpus, 0.1, 281.6);
    near(figure(row, "input_tokens/mean").expect("a length"), 1.0, 7366.0);
    near(figure(row, "output_tokens/mean").expect("a length"), 1.0, 918.0);
    near(figure(row, "rps/mean").expect("a rate") * figure(row, "e2el/mean").expect("a latency") / 1000.0, 0.1, 30.7);
    assert_eq!(stated(row, "tool"), Some("sa-bench"));
    assert!(says(&outcome, "35 of 53875"));
}

#[test]
fn recipes() {
    let Some(corpus) = corpus("formats::independent_srt_slurm::recipes") else { return };
    let folder = corpus.join("srt-slurm");
    let outcome_of = |path: &str| outcome(&folder.join(path));
    let recipe = outcome_of("ishandhanani_srtlog/tests/fixtures/4401453/config.yaml");
    let row = context(&recipe);
    for (key, value) in [
        ("model", "Qwen/Qwen3-32B"),
        ("accelerator", "H100"),
        ("tp", "2"),
        ("replicas", "8"),
        ("gpus", "16"),
        ("framework", "sglang"),
        ("precision", "bf16"),
        ("run", "agg-kv-dynamo"),
        ("image", "0.5.6.post2"),
        ("benchmark_type", "mooncake-router"),
        ("dataset", "conversation"),
    ] {
        assert_eq!(stated(row, key), Some(value), "{key}");
    }
    assert_eq!(setting(&recipe, "recipe", "backend.sglang_config.aggregated.page-size"), Some("64"));
    assert_eq!(setting(&recipe, "recipe", "backend.aggregated_environment.DYN_SKIP_SGLANG_LOG_FORMATTING"), Some("1"));

    for name in [
        "good-pr-container-15908",
        "nightly-a749-15902",
        "nightly-a749-disable-flashinfer-sampler-15974",
        "nightly-a749-revert-pr41015-15975",
        "nightly-a749-revert-pr41135-15984",
    ] {
        let lock = outcome_of(&format!("NVIDIA_srt-slurm/issue-41603/{name}/recipe.lock.yaml"));
        let row = context(&lock);
        let job = name.rsplit('-').next();
        for (key, value) in [
            ("run_id", job.unwrap_or_default()),
            ("model", "deepseek-ai/DeepSeek-V4-Pro"),
            ("accelerator", "GB200"),
            ("gpus", "24"),
            ("gpus_basis", "stated: working GPUs"),
            ("prefill_gpus", "16"),
            ("decode_gpus", "8"),
            ("prefill_dp", "8"),
            ("decode_tp", "1"),
            ("spec_decoding", "mtp"),
            ("isl", "8192"),
            ("osl", "1024"),
            ("precision", "fp4"),
        ] {
            assert_eq!(stated(row, key), Some(value), "{name}: {key}");
        }
        assert!(stated(row, "version").is_some_and(|version| version.starts_with("vLLM-0.")), "{name}");
        assert_eq!(setting(&lock, "fingerprint", "env.UCX_TLS"), Some("cuda_copy,cuda_ipc,tcp"), "{name}");
        assert!(setting(&lock, "fingerprint", "pip_packages.python3.bitsandbytes").is_some(), "{name}");
        assert!(lock.collected.diagnostics.iter().all(|found| found.severity == Severity::Info), "{name}");
    }
}

/// Both layouts name lengths, concurrency and GPUs in paths alone; the least result of a level has nothing else.
#[test]
fn names_and_windows() {
    let Some(corpus) = corpus("formats::independent_srt_slurm::names_and_windows") else { return };
    let folder = corpus.join("srt-slurm/SemiAnalysisAI_srt-slurm/tests/fixtures/nvidia-power-golden");
    let file = "results_concurrency_4_gpus_8_ctx_4_gen_4.json";
    let result = outcome(&folder.join("sa-bench_isl_8192_osl_1024").join(file));
    let window = outcome(&folder.join("power/windows").join(file));
    assert_eq!((result.format.map(|f| f.about.id), window.format.map(|f| f.about.id)), (Some("sa-bench"), Some("srt-slurm")));
    let (result, window) = (&result.collected.rows[0], &window.collected.rows[0]);
    assert_eq!(figure(result, "completed/mean"), Some(40.0));
    for row in [result, window] {
        assert_eq!((row.load.value, figure(row, "duration/mean")), (Some(4.0), Some(20.0)));
        for (key, value) in [("isl", "8192"), ("osl", "1024"), ("gpus", "8"), ("prefill_gpus", "4"), ("decode_gpus", "4")] {
            assert_eq!(stated(row, key), Some(value), "{key}");
        }
        assert_eq!(stated(row, "start_time"), Some("2026-07-27T16:01:40Z"));
    }
    let metadata = outcome(&corpus.join("authentic/sa-bench-srt-slurm-c88ef73/mock-1.json"));
    let row = context(&metadata);
    for (key, value) in [("run_id", "mock-1"), ("run", "mock-job"), ("framework", "sglang"), ("agg_gpus", "8"), ("isl", "128")] {
        assert_eq!(stated(row, key), Some(value), "{key}");
    }
    let content = bytes(
        &corpus.join("authentic/sa-bench-srt-slurm-c88ef73/logs/sa-bench_isl_128_osl_32/results_concurrency_4_gpus_8.json"),
    );
    for path in [
        "logs/3667_1P_4D_20251110_192145/sa-bench_isl_128_osl_32/results_concurrency_4_gpus_8.json",
        "outputs/1543570/logs/sa-bench_isl_128_osl_32/results_concurrency_4_gpus_8.json",
    ] {
        let found = read(path, &content).collected.rows;
        assert_eq!((stated(&found[0], "gpus"), stated(&found[0], "isl")), (Some("8"), Some("128")), "{path}");
    }
}

#[test]
fn why_a_run_is_skipped() {
    for (text, reason) in [
        (
            r#"{"version": "2.0", "job_id": "7", "resources": {"agg_nodes": 1}, "benchmark": {"type": "torch-profiler"}}"#,
            "profiling job",
        ),
        (r#"{"run_metadata": {"slurm_job_id": "7"}, "profiler_metadata": {"type": "gpqa"}}"#, "accuracy"),
        (r#"{"run_metadata": {"slurm_job_id": "7"}}"#, "does not name a benchmark"),
    ] {
        let found = read("7.json", text.as_bytes());
        assert!(says(&found, reason), "{reason}: {:?}", found.collected.diagnostics);
        assert!(found.collected.rows.iter().all(|row| row.samples.is_empty()));
    }
    let cut = read("7.json", br#"{"run_metadata": {"slurm_job_id": "7", "pre"#);
    assert!(cut.collected.diagnostics.iter().any(|found| found.severity == Severity::Error));
}

#[test]
fn console_output() {
    let file = root().join("tests/fixtures/srt-slurm/made/benchmark.out");
    compare("bench_console.py", std::slice::from_ref(&file));
    let outcome = outcome(&file);
    assert!(says(&outcome, "2 passes were warm-ups"));
    let whole = bytes(&file);
    for at in 0..whole.len() {
        let found = read("unknown", &whole[..at]);
        assert!(found.collected.rows.len() <= 2, "cut at {at}");
    }
}

#[test]
fn worker_tables() {
    let found = outcome(&root().join("tests/fixtures/srt-slurm/made/cn01_decode_w0.csv")).collected.rows;
    let [first, _, prefill] = found.as_slice() else { panic!("{} rows", found.len()) };
    let identity = ["node", "role", "worker", "rank", "batch"].map(|key| stated(first, key).unwrap_or_default());
    assert_eq!(identity, ["cn01", "decode", "w0", "17", "decode"]);
    for (key, value) in [
        ("time/mean", 1_764_753_310.0),
        ("kv_usage/mean", 42.0),
        ("running_requests/mean", 48.0),
        ("transfer_requests/mean", 6.0),
        ("kv_tokens/mean", 98_304.0),
        ("generation_tps/mean", 2310.75),
    ] {
        assert_eq!(figure(first, key), Some(value), "{key}");
    }
    assert_eq!((figure(prefill, "prompt_tps/mean"), figure(prefill, "generation_tps/mean")), (Some(21_845.33), None));
    let cut = read(
        "x_decode_w0.csv",
        b"timestamp,dp,tp,ep,batch_type,running_req\n2025-12-03 09:15:10,0,0,0,decode,4\n2025-12-03 09\n",
    );
    assert_eq!((cut.collected.rows.len(), cut.collected.diagnostics.len()), (1, 1));
}

/// Every result and every roll-up of the collection against Python.
#[test]
fn results_and_rollups() {
    let Some(corpus) = corpus("formats::independent_srt_slurm::results_and_rollups") else { return };
    let issue = corpus.join("srt-slurm/NVIDIA_srt-slurm/issue-41603");
    let variants = [
        "good-pr-container-15908",
        "nightly-a749-15902",
        "nightly-a749-disable-flashinfer-sampler-15974",
        "nightly-a749-revert-pr41015-15975",
        "nightly-a749-revert-pr41135-15984",
    ];
    compare("serving.py", &variants.map(|variant| issue.join(variant).join("benchmark-rollup.csv")));
    let mock = corpus.join("authentic/sa-bench-srt-slurm-c88ef73");
    let results = ["concurrency_16_gpus_8", "concurrency_1_gpus_8", "concurrency_4_gpus_8", "concurrency_8_gpus_16_ctx_8_gen_8"];
    let results = results.map(|name| mock.join(format!("logs/sa-bench_isl_128_osl_32/results_{name}.json")));
    let rollups = ["logs/benchmark-rollup.csv", "logs/benchmark-rollup.json"].map(|name| mock.join(name));
    compare("serving.py", &[results.as_slice(), rollups.as_slice()].concat());
}
