//! The program's figures against those of a few lines of Python, value by value, over fixtures and real files.

use std::path::{Path, PathBuf};
use std::process::Command;

use inferscope::record::Kind;
use serde_json::Value;

use crate::support::{Row, bytes, corpus, read, root};

/// What the script finds in the files. Python is needed to run the tests; without it they fail and say so.
pub fn python(script: &str, files: &[PathBuf]) -> Value {
    let script = root().join("tests/independent").join(script);
    let output = Command::new("python3").arg(&script).args(files).output();
    let output = output.unwrap_or_else(|error| panic!("python3 is needed to run {}: {error}", script.display()));
    assert!(output.status.success(), "{}: {}", script.display(), String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{}: {error}", script.display()))
}

/// The measurements of a file under its own path: sa-bench states GPUs and lengths in names alone.
/// All records but counters, which are the same figures before anything is computed from them.
pub fn rows(path: &Path) -> Vec<Row> {
    let mut rows = read(&path.display().to_string(), &bytes(path)).collected.rows;
    rows.retain(|row| row.kind != Kind::Counter);
    rows
}

/// Whether two figures are the same but for the last digit that a multiplication may cost.
pub fn same(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * a.abs().max(b.abs())
}

/// Compares every measurement of every file, both ways: nothing missing, nothing too much.
pub fn compare(script: &str, files: &[PathBuf]) {
    compare_rows(script, files, rows);
}

/// Compares every record that `rows` takes of every file.
pub fn compare_rows(script: &str, files: &[PathBuf], rows: impl Fn(&Path) -> Vec<Row>) {
    let expected = python(script, files);
    for path in files {
        let found = rows(path);
        let expected = expected[path.display().to_string()].as_object().expect("an object of measurements");
        assert_eq!(found.len(), expected.len(), "{}", path.display());
        for row in found {
            let at = format!("{} {}", path.display(), row.place);
            let expected = expected.get(&row.place).unwrap_or_else(|| panic!("{at} is not there"));
            assert_eq!(row.load.kind.map(|kind| kind.key()), expected["load"][0].as_str(), "{at}");
            assert_eq!(row.load.value, expected["load"][1].as_f64(), "{at}");
            let identity = expected["identity"].as_object().expect("an object of dimensions");
            for (key, value) in identity {
                let found = row.identity.iter().find(|(other, _)| other == key).map(|(_, value)| value.as_str());
                assert_eq!(found, value.as_str(), "{at}: {key}");
            }
            let samples = expected["samples"].as_object().expect("an object of figures");
            for (key, value) in samples {
                let found = row.samples.iter().find(|(other, _)| other == key).map(|(_, value)| *value);
                let found = found.unwrap_or_else(|| panic!("{at}: {key} is missing"));
                let value = value.as_f64().expect("a number");
                assert!(found == value, "{at}: {key} is {found}, not {value}");
            }
            assert_eq!(row.samples.len(), samples.len(), "{at}: {:?}", row.samples);
        }
    }
}

pub fn below(folder: &Path, files: &[&str]) -> Vec<PathBuf> {
    files.iter().map(|file| folder.join(file)).collect()
}

#[test]
fn guidellm_fixtures() {
    let fixtures = [
        "guidellm/0.8.1/concurrent-1-16.json",
        "guidellm/0.8.1/sync-10req.json",
        "guidellm/0.4.0/concurrent-1-4-16.json",
        "guidellm/0.3.0/synchronous-10req.json",
    ];
    compare("guidellm.py", &below(&root().join("tests/fixtures"), &fixtures));
}

#[test]
fn rhaiis_fixtures() {
    let fixtures = [
        "rhaiis/52-columns/ladder.csv",
        "rhaiis/52-columns/hostile.csv",
        "rhaiis/40-columns/older.csv",
        "rhaiis/36-columns/generated.csv",
        "llmd/51-columns/cluster.csv",
        "llmd/45-columns/single.csv",
        "cpu/made/epyc.csv",
    ];
    compare("rhaiis.py", &below(&root().join("tests/fixtures"), &fixtures));
}

#[test]
fn guidellm_corpus() {
    let Some(corpus) = corpus("formats::independent::guidellm_corpus") else { return };
    let files = [
        "guidellm-0.8.1/concurrent-1-16.json",
        "guidellm-0.8.1/sweep-5.json",
        "guidellm-0.8.1/sync-10req.json",
        "guidellm-0.4.0/concurrent-1-4-16.json",
        "guidellm-0.4.0/sweep-4.json",
        "guidellm-0.3.0/concurrent-1-4-16.json",
        "guidellm-0.3.0/sweep-5.json",
    ];
    compare("guidellm.py", &below(&corpus.join("authentic"), &files));
}

#[test]
fn serving_fixtures() {
    let fixtures = [
        "vllm/0.33.0/conc16.json",
        "vllm/0.33.0/appended.json",
        "vllm/made/generations.json",
        "sglang/0.5.5.post3/concurrency-1-4-16.jsonl",
        "sglang/made/generations.jsonl",
        "sa-bench/c88ef73/sa-bench_isl_128_osl_32/results_concurrency_1_gpus_8.json",
        "sa-bench/c88ef73/sa-bench_isl_128_osl_32/results_concurrency_8_gpus_16_ctx_8_gen_8.json",
        "sa-bench/c88ef73/benchmark-rollup.json",
        "sa-bench/c88ef73/benchmark-rollup.csv",
        "sa-bench/made/results_concurrency_64_gpus_16_ctx_8_gen_8.json",
        "sa-bench/made/older-rollup.csv",
        "sa-bench/made/rollup-working-gpus.csv",
        "inferencex/v1/agg_mock_v1_conc4.json",
        "inferencex/v2/agg_mock_v2_conc4.json",
        "inferencex/made/list.json",
    ];
    compare("serving.py", &below(&root().join("tests/fixtures"), &fixtures));
}

#[test]
fn serving_corpus() {
    let Some(corpus) = corpus("formats::independent::serving_corpus") else { return };
    let files = [
        "authentic/vllm-bench-serve-0.33.0/conc1.json",
        "authentic/vllm-bench-serve-0.33.0/conc4.json",
        "authentic/vllm-bench-serve-0.33.0/conc16.json",
        "llm-d-benchmark/history/collected/data/openshift/exp-7/H100/llm-d-2p1d/benchmark_2025-05-13_05-00-45.json",
        "llm-d-benchmark/history/collected/data/openshift/exp-7/H100/llm-d-1p1d/benchmark_2025-05-13_04-37-51.json",
        "llm-d-benchmark/history/collected/data/openshift/exp-7/H100/vllm-3replicas/benchmark_2025-05-13_05-26-45.json",
        "authentic/sa-bench-srt-slurm-c88ef73/logs/sa-bench_isl_128_osl_32/results_concurrency_4_gpus_8.json",
        "authentic/sa-bench-srt-slurm-c88ef73/logs/sa-bench_isl_128_osl_32/results_concurrency_16_gpus_8.json",
        "authentic/inferencex-agg/agg_mock_v1_conc1.json",
        "authentic/inferencex-agg/agg_mock_v1_conc16.json",
        "authentic/inferencex-agg/agg_mock_v2_conc1.json",
        "authentic/inferencex-agg/agg_mock_v2_conc16.json",
        "srt-slurm/NVIDIA_srt-slurm/issue-41603/good-pr-container-15908/benchmark-rollup.csv",
        "srt-slurm/NVIDIA_srt-slurm/issue-41603/nightly-a749-15902/benchmark-rollup.csv",
    ];
    compare("serving.py", &below(&corpus, &files));
}

#[test]
fn aiperf_fixtures() {
    let fixtures = ["aiperf/0.13.0/concurrency-4.json", "aiperf/0.13.0/concurrency-4.csv"];
    compare("aiperf.py", &below(&root().join("tests/fixtures"), &fixtures));
}

#[test]
fn aiperf_corpus() {
    let Some(corpus) = corpus("formats::independent::aiperf_corpus") else { return };
    let folders = [
        "authentic/aiperf-0.13.0/concurrency-1",
        "authentic/aiperf-0.13.0/concurrency-4",
        "authentic/aiperf-0.13.0/concurrency-16",
        "aiperf/examples_run1_legacy",
        "dynamo/profiler_comparison/aic_all/validation/idle",
        "dynamo/profiler_comparison/aic_all/validation/saturation",
    ];
    for file in ["profile_export_aiperf.json", "profile_export_aiperf.csv"] {
        let files: Vec<PathBuf> = folders.iter().map(|folder| corpus.join(folder).join(file)).collect();
        compare("aiperf.py", &files);
    }
}

#[test]
fn inference_perf_fixtures() {
    let fixtures = ["inference-perf/0.7.0/stage-concurrency-4.json", "inference-perf/0.7.0/stage-rate-6.json"];
    compare("inference_perf.py", &below(&root().join("tests/fixtures"), &fixtures));
}

#[test]
fn inference_perf_corpus() {
    let Some(corpus) = corpus("formats::independent::inference_perf_corpus") else { return };
    let folder = corpus.join("authentic/inference-perf-0.7.0");
    for run in ["concurrency-1-4-16", "rate-2-6-12"] {
        let stages = (0..3).map(|stage| folder.join(run).join(format!("stage_{stage}_lifecycle_metrics.json")));
        compare("inference_perf.py", &stages.collect::<Vec<PathBuf>>());
    }
}

#[test]
fn report_corpus() {
    let Some(corpus) = corpus("formats::independent::report_corpus") else { return };
    let folder = corpus.join("llm-d-benchmark/derived_by_upstream_converter");
    let twins = [
        "benchmark_report,_results.json_0",
        "benchmark_report,_stage_0_lifecycle_metrics.json",
        "benchmark_report_v0.2,_results.json_0",
        "benchmark_report_v0.2,_stage_0_lifecycle_metrics.json",
        "benchmark_report_v0.2.1,_stage_0_lifecycle_metrics.json",
    ];
    let path = |twin: &str, end: &str| folder.join(format!("{twin}.{end}"));
    compare("report.py", &twins.map(|twin| path(twin, "json")));
    for twin in twins {
        assert_eq!(rows(&path(twin, "yaml")), rows(&path(twin, "json")), "{twin}");
    }
}

/// Published reports: the load that each states, and none where its counts contradict the stage it names.
#[test]
fn published_reports() {
    let Some(corpus) = corpus("formats::independent::published_reports") else { return };
    let folder = corpus.join("llm-d-benchmark");
    for (file, kind, load, model) in [
        ("llm-d_guides_real/guides__inference-scheduling__README__cf2f19c5.yaml", None, None, Some("Qwen/Qwen3-32B")),
        (
            "llm-d_guides_real/guides__inference-scheduling__README__d86e63dc.yaml",
            Some("rate"),
            Some(10.0),
            Some("Qwen/Qwen3-32B"),
        ),
        (
            "llm-d_guides_real/guides__pd-disaggregation__README__44c5c178.yaml",
            Some("rate"),
            Some(45.0),
            Some("openai/gpt-oss-120b"),
        ),
        ("llm-d_guides_real/guides__precise-prefix-cache-aware__README__64f05e47.yaml", None, None, None),
        ("llm-d_guides_real/v0.2__guides__wide-ep-lws__0260d707.yaml", Some("concurrency"), Some(2048.0), None),
        ("head/br_v0_1_example.yaml", None, None, Some("deepseek-ai/DeepSeek-R1-0528")),
        ("head/br_v0_2_1_example.yaml", Some("rate"), Some(10.0), Some("Qwen/Qwen3-0.6B")),
    ] {
        let (found, sessions): (Vec<Row>, Vec<Row>) =
            rows(&folder.join(file)).into_iter().partition(|row| row.kind == Kind::Measurement);
        let [row] = found.as_slice() else { panic!("{file}: {} measurements", found.len()) };
        // Only the example of 0.2.1 has figures of sessions, too: of 112 in all, 110 of which succeeded.
        let count =
            |key: &str| sessions.first().and_then(|row| row.samples.iter().find(|(other, _)| other == key)).map(|(_, n)| *n);
        let expected = file.contains("0_2_1").then_some((112.0, 110.0));
        assert_eq!(count("sessions/mean").zip(count("sessions_succeeded/mean")), expected, "{file}");
        let stated = row.identity.iter().find(|(key, _)| key == "model").map(|(_, value)| value.as_str());
        assert_eq!((row.load.kind.map(|kind| kind.key()), row.load.value, stated), (kind, load, model), "{file}");
    }
    for schema in ["br_v0_1_json_schema.json", "br_v0_2_json_schema.json", "br_v0_2_1_json_schema.json"] {
        assert!(read(schema, &bytes(&folder.join("head").join(schema))).format.is_none(), "{schema}");
    }
}

/// A stage's report and the partial benchmark report that inference-perf writes beside it state the same figures.
#[test]
fn a_partial_report_agrees_with_its_stage() {
    let Some(corpus) = corpus("formats::independent::a_partial_report_agrees_with_its_stage") else { return };
    let folder = corpus.join("authentic/inference-perf-0.7.0/concurrency-1-4-16");
    for stage in 0..3 {
        let partial = &rows(&folder.join(format!("inference-perf.partial.stage_{stage}.yaml")))[0];
        let whole = &rows(&folder.join(format!("stage_{stage}_lifecycle_metrics.json")))[0];
        let shared = whole.samples.iter().filter(|(key, value)| {
            let other = partial.samples.iter().find(|(other, _)| other == key);
            other.is_some_and(|(_, other)| same(*other, *value, 1e-12))
        });
        // All but the goodput and the measured window, which the partial report does not state.
        assert!(shared.count() + 3 >= whole.samples.len(), "stage {stage}: {:?}", partial.samples);
    }
}

/// The same run as JSON and as YAML gives the same measurements. (Python's standard library reads no YAML.)
#[test]
fn yaml_twins() {
    let Some(corpus) = corpus("formats::independent::yaml_twins") else { return };
    for twin in [
        "guidellm-0.8.1/concurrent-1-16",
        "guidellm-0.8.1/sweep-5",
        "guidellm-0.4.0/concurrent-1-4-16",
        "guidellm-0.3.0/concurrent-1-4-16",
    ] {
        let path = |end: &str| corpus.join("authentic").join(format!("{twin}.{end}"));
        assert_eq!(rows(&path("yaml")), rows(&path("json")), "{twin}");
    }
}

/// The rates that are taken are those that the single requests give.
#[test]
fn rates_follow_from_the_requests() {
    let Some(corpus) = corpus("formats::independent::rates_follow_from_the_requests") else { return };
    let files = below(&corpus.join("authentic"), &["guidellm-0.8.1/concurrent-1-16.json", "guidellm-0.8.1/sync-10req.json"]);
    let expected = python("rates.py", &files);
    for path in &files {
        for row in rows(path) {
            let rates = expected[path.display().to_string()][&row.place]["samples"].as_object().expect("an object of rates");
            for (key, value) in rates {
                let found = row.samples.iter().find(|(other, _)| other == key).map(|(_, value)| *value).unwrap_or_default();
                let value = value.as_f64().expect("a number");
                assert!(
                    same(found, value, 1e-9),
                    "{} {}: {key} is {found}, the requests give {value}",
                    path.display(),
                    row.place
                );
            }
        }
    }
}
