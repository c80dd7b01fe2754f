//! Files of single requests, telemetry and traces: every record, and the measurement that follows from the requests,
//! against a few lines of Python; and the figures that were read from field files by hand.

use inferscope::record::Kind;

use super::independent::{below, compare, python, rows, same};
use crate::support::{Row, corpus, files, fixture, read, root};

fn fixtures(names: &[&str]) -> Vec<std::path::PathBuf> {
    below(&root().join("tests/fixtures"), names)
}

#[test]
fn requests_and_what_follows_from_them() {
    compare(
        "requests.py",
        &fixtures(&[
            "lmbench/made/answers.csv",
            "perf-analyzer/made/profile_export.json",
            "llm-load-test/made/first.json",
            "llm-load-test/made/second.json",
        ]),
    );
}

#[test]
fn telemetry_traces_and_summaries() {
    compare(
        "telemetry.py",
        &fixtures(&[
            "gpu-telemetry/made/units-in-cells.csv",
            "gpu-telemetry/made/no-units.csv",
            "gpu-telemetry/made/no-times.csv",
            "gpu-telemetry/made/dmon.log",
            "gpu-telemetry/made/power.csv",
            "gpu-telemetry/made/kepler.csv",
            "trace/made/azure.csv",
            "trace/made/burstgpt.csv",
            "mlperf/made/mlperf_log_summary.txt",
            "mlperf/made/offline_log_summary.txt",
        ]),
    );
}

#[test]
fn guidellm_pages() {
    let names = ["guidellm/made/before-0.8.html", "guidellm/made/0.8.html", "guidellm/made/console.txt"];
    compare("guidellm_pages.py", &fixtures(&names));
}

/// A file that breaks off anywhere costs what is missing: whole records are those of the whole file.
#[test]
fn a_cut_file_keeps_its_whole_records() {
    for (name, step) in [
        ("lmbench/made/answers.csv", 7),
        ("perf-analyzer/made/profile_export.json", 13),
        ("llm-load-test/made/second.json", 17),
        ("guidellm/made/before-0.8.html", 19),
        ("guidellm/made/0.8.html", 37),
        ("guidellm/made/console.txt", 29),
        ("gpu-telemetry/made/units-in-cells.csv", 7),
        ("gpu-telemetry/made/dmon.log", 11),
        ("trace/made/azure.csv", 5),
        ("trace/made/burstgpt.csv", 5),
        ("mlperf/made/mlperf_log_summary.txt", 23),
        ("fmperf/made/result.csv", 5),
    ] {
        let content = fixture(name);
        let single = |rows: Vec<Row>| rows.into_iter().filter(|row| row.kind != Kind::Measurement).collect::<Vec<_>>();
        let whole = single(read(name, &content).collected.rows);
        let text = String::from_utf8_lossy(&content);
        for at in (1..text.len()).step_by(step).filter(|at| text.is_char_boundary(*at)) {
            let found = single(read("unknown", &text.as_bytes()[..at]).collected.rows);
            // Of a table the last cell may be cut too, which cannot be seen.
            let sure = if name.ends_with(".json") { found.len() } else { found.len().saturating_sub(1) };
            for (row, expected) in found.iter().zip(&whole).take(sure) {
                assert_eq!((&row.place, &row.samples), (&expected.place, &expected.samples), "{name} cut at {at}");
            }
        }
    }
}

/// A field file, its measurement's load, and some of its figures.
type Known = (&'static str, Option<f64>, &'static [(&'static str, f64)]);

/// Figures that somebody else read from the same files (`../shared/cases/field/README.md`), to the digits given there.
const KNOWN: &[Known] = &[
    (
        "09-lmbench-csv/LMBench_long_input_output_0.5.csv",
        Some(0.5),
        &[
            ("completed/mean", 52.0),
            ("ttft/mean", 79.377),
            ("ttft/p50", 78.349),
            ("output_tps/mean", 52.26),
            ("tpot/mean", 13.896),
        ],
    ),
    (
        "09-lmbench-csv/LMBench_short_input_qps10.csv",
        Some(10.0),
        &[
            ("completed/mean", 1051.0),
            ("ttft/mean", 34.653),
            ("ttft/p50", 33.003),
            ("output_tps/mean", 209.84),
            ("tpot/mean", 12.087),
        ],
    ),
    (
        "20-mlperf-log-summary/mlperf_log_summary.txt",
        Some(11.08),
        &[("output_tps/mean", 1264.46), ("rps/mean", 11.07), ("ttft/mean", 169.5)],
    ),
    (
        "25-llm-load-test/output.json",
        Some(20.0),
        &[("completed/mean", 107.0), ("ttft/mean", 282.26), ("tpot/mean", 31.49), ("output_tps/mean", 624.1)],
    ),
    (
        "27-genai-perf-ns/profile_export_genai_perf.json",
        Some(1.0),
        &[("ttft/mean", 20.76), ("itl/mean", 3.86), ("e2el/mean", 81.69), ("output_tps/mean", 217.1), ("rps/mean", 12.2)],
    ),
    ("31-genai-perf-profile-export/profile_export.json", Some(2.0), &[("ttft/min", 200.0), ("ttft/max", 220.0)]),
];

/// Each number of users is a level; a row without an answer keeps its failures.
#[test]
fn fmperf_levels() {
    let found = rows(&root().join("tests/fixtures/fmperf/made/result.csv"));
    let figures =
        |row: &Row, keys: [&str; 4]| keys.map(|key| row.samples.iter().find(|(known, _)| known == key).map(|(_, value)| *value));
    let keys = ["completed/mean", "errored/mean", "output_tps/mean", "ttft/mean"];
    let found: Vec<_> = found.iter().map(|row| (row.load.value, figures(row, keys))).collect();
    assert_eq!(
        found,
        [
            (Some(1.0), [Some(40.0), Some(0.0), Some(66.6), Some(41.25)]),
            (Some(2.0), [Some(77.0), Some(2.0), Some(130.0), Some(62.5)]),
            (Some(4.0), [Some(0.0), Some(6.0), None, None]),
        ]
    );
}

#[test]
fn field_files_show_their_true_figures() {
    let Some(corpus) = corpus("formats::independent_requests::field_files_show_their_true_figures") else { return };
    let field = corpus.join("../cases/field");
    if !field.is_dir() {
        return;
    }
    for (name, load, figures) in KNOWN {
        let found = rows(&field.join(name));
        let measured: Vec<&Row> = found.iter().filter(|row| row.kind == Kind::Measurement).collect();
        let [row] = measured.as_slice() else { panic!("{name}: {} measurements", measured.len()) };
        assert_eq!(row.load.value, *load, "{name}");
        for (key, expected) in *figures {
            let found = row.samples.iter().find(|(known, _)| known == key).map(|(_, value)| *value);
            assert!(found.is_some_and(|found| same(found, *expected, 2e-3)), "{name}: {key} is {found:?}, not {expected}");
        }
    }
    let names = ["AzureLLMInferenceTrace_code.csv", "AzureLLMInferenceTrace_conv.csv"]
        .map(|name| field.join("07-azure-llm-trace").join(name));
    compare("telemetry.py", &names);
    compare("telemetry.py", &below(&field, &["30-nvidia-smi-csv/gpu_metrics_0.csv"]));
    let requests = [
        "09-lmbench-csv/LMBench_long_input_output_0.5.csv",
        "09-lmbench-csv/LMBench_short_input_qps10.csv",
        "25-llm-load-test/output.json",
        "31-genai-perf-profile-export/profile_export.json",
    ];
    compare("requests.py", &below(&field, &requests));
}

/// The summaries of a tree of AIPerf runs, each against Python; what stands beside them names the GPU.
#[test]
fn a_tree_of_aiperf_runs() {
    let Some(corpus) = corpus("formats::independent_requests::a_tree_of_aiperf_runs") else { return };
    let tree = corpus.join("../cases/field/35-aiperf-research-tree");
    if !tree.is_dir() {
        return;
    }
    let all = files(&tree);
    let named = |name: &str| all.iter().filter(|path| path.ends_with(name)).cloned().collect::<Vec<_>>();
    let summaries = named("profile_export_aiperf.json");
    assert_eq!(summaries.len(), 23);
    let expected = python("aiperf.py", &summaries);
    for path in &summaries {
        let found = rows(path);
        let row = found.iter().find(|row| row.kind == Kind::Measurement).unwrap_or_else(|| panic!("{}", path.display()));
        let expected = &expected[path.display().to_string()]["file"];
        assert_eq!(row.load.value, expected["load"][1].as_f64(), "{}", path.display());
        let samples = expected["samples"].as_object().expect("an object of figures");
        for (key, value) in samples {
            let found = row.samples.iter().find(|(known, _)| known == key).map(|(_, value)| *value);
            assert_eq!(found, value.as_f64(), "{}: {key}", path.display());
        }
        assert_eq!(row.samples.len(), samples.len(), "{}", path.display());
    }
    for path in named("metadata.json") {
        let found = rows(&path);
        let [row] = found.as_slice() else { panic!("{}: {} records", path.display(), found.len()) };
        let said = |key: &str| row.identity.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str());
        assert_eq!(row.kind, Kind::Context);
        assert!(said("accelerator").is_some_and(|name| name.starts_with("RTX 50")), "{}", path.display());
        assert_eq!(said("gpus"), Some("1"), "{}", path.display());
    }
}
