//! Requests, slices, samples and aggregates: what tools write beside their measurements, read by a few lines of Python
//! and compared value by value; and whether the measurements follow from the requests.

use std::path::{Path, PathBuf};

use inferscope::record::Kind;

use super::independent::{below, compare, python, rows, same};
use crate::support::{Row, corpus, fixture, read};

/// The runs of AIPerf that are stored whole.
const RUNS: [&str; 3] = ["concurrency-1", "concurrency-4", "concurrency-16"];

fn figure(row: &Row, key: &str) -> Option<f64> {
    row.samples.iter().find(|(known, _)| known == key).map(|(_, value)| *value)
}

#[test]
fn aiperf_records() {
    let Some(corpus) = corpus("formats::records::aiperf_records") else { return };
    let files = [
        "profile_export.jsonl",
        "profile_export_aiperf_timeslices.json",
        "profile_export_aiperf_timeslices.csv",
        "server_metrics_export.json",
        "server_metrics_export.csv",
    ];
    for run in RUNS {
        compare("aiperf_records.py", &below(&corpus.join("authentic/aiperf-0.13.0").join(run), &files));
    }
    let files = [
        "aiperf/examples_run1_legacy/profile_export.jsonl",
        "aiperf/profile_export_docs_2rows.jsonl",
        "aiperf/plot_fixture_qwen_concurrency1/gpu_telemetry_export.jsonl",
        "aiperf/docs_telemetry_data_block.json",
        "aiperf/docs_aggregate_confidence.json",
        "aiperf/docs_sweep_per_combination.csv",
    ];
    compare("aiperf_records.py", &below(&corpus, &files));
}

#[test]
fn inference_perf_requests() {
    let Some(corpus) = corpus("formats::records::inference_perf_requests") else { return };
    let folder = corpus.join("authentic/inference-perf-0.7.0");
    let files = ["concurrency-1-4-16", "rate-2-6-12"].map(|run| folder.join(run).join("per_request_lifecycle_metrics.json"));
    compare("inference_perf_records.py", &files);
    // The stages' reports state what the single requests give.
    let mut asked = vec![PathBuf::from("--stages")];
    asked.extend(files);
    let expected = python("inference_perf_records.py", &asked);
    let reports = expected.as_object().expect("an object of reports");
    assert_eq!(reports.len(), 6);
    for (report, figures) in reports {
        let found = &rows(Path::new(report))[0];
        let figures = figures.as_object().expect("an object of figures");
        assert_eq!(found.samples.len(), figures.len(), "{report}");
        for (key, value) in figures {
            let (found, value) = (figure(found, key), value.as_f64().expect("a number"));
            assert!(
                found.is_some_and(|found| same(found, value, 1e-9)),
                "{report}: {key} is {found:?}, the requests give {value}"
            );
        }
    }
}

/// A summary's means, a slice's counts and rates, and the server's counts are those of the single requests.
#[test]
fn aiperf_summaries_follow_from_the_requests() {
    let Some(corpus) = corpus("formats::records::aiperf_summaries_follow_from_the_requests") else { return };
    for run in RUNS {
        let folder = corpus.join("authentic/aiperf-0.13.0").join(run);
        let requests = rows(&folder.join("profile_export.jsonl"));
        assert!(requests.iter().all(|row| row.kind == Kind::Request));
        let summary = &rows(&folder.join("profile_export_aiperf.json"))[0];
        assert_eq!(figure(summary, "completed/mean"), Some(requests.len() as f64), "{run}");
        for key in ["ttft/mean", "e2el/mean", "tpot/mean", "input_tokens/mean", "output_tokens/mean"] {
            let mean = requests.iter().filter_map(|row| figure(row, key)).sum::<f64>() / requests.len() as f64;
            let stated = figure(summary, key).expect(key);
            assert!(same(mean, stated, 1e-12), "{run}: {key} is {stated}, the requests give {mean}");
        }
        for slice in rows(&folder.join("profile_export_aiperf_timeslices.json")) {
            let known = |key: &str| figure(&slice, key).expect(key);
            let (start, lasted) = (known("time/mean"), known("duration/mean"));
            let within = |row: &&Row| {
                let time = figure(row, "time/mean").expect("a time");
                // The slices' bounds are rounded to 256 ns.
                (start - 1e-6..start + lasted - 1e-6).contains(&time)
            };
            let inside: Vec<&Row> = requests.iter().filter(within).collect();
            let at = format!("{run} {}", slice.place);
            assert_eq!(known("completed/mean"), inside.len() as f64, "{at}");
            assert!(same(known("rps/mean"), inside.len() as f64 / lasted, 1e-12), "{at}");
            let tokens: f64 = inside.iter().filter_map(|row| figure(row, "output_tokens/mean")).sum();
            assert!(same(known("output_tps/mean"), tokens / lasted, 1e-12), "{at}");
            let ttft = inside.iter().filter_map(|row| figure(row, "ttft/mean")).sum::<f64>() / inside.len() as f64;
            assert!(same(known("ttft/mean"), ttft, 1e-12), "{at}");
        }
    }
}

/// Every file of these folders is claimed by its tool, and nothing in them is an error.
#[test]
fn every_file_of_a_run_is_known() {
    let Some(corpus) = corpus("formats::records::every_file_of_a_run_is_known") else { return };
    let mut folders: Vec<PathBuf> = below(&corpus.join("authentic/aiperf-0.13.0"), &RUNS);
    let authentic = ["", "concurrency-1-4-16", "rate-2-6-12"].map(|run| corpus.join("authentic/inference-perf-0.7.0").join(run));
    folders.extend(authentic);
    folders.extend(below(
        &corpus,
        &["aiperf", "aiperf/examples_run1_legacy", "srt-slurm/NVIDIA_srt-slurm/examples/dsight/fit-session"],
    ));
    let mut known = 0;
    for folder in folders {
        let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for path in entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()) {
            let outcome = read(&path.display().to_string(), &std::fs::read(&path).expect("readable"));
            let tool = outcome.collected.provenance.tool.unwrap_or_default();
            if path.extension().is_some_and(|end| ["json", "jsonl", "csv", "yaml", "yml"].iter().any(|known| end == *known)) {
                known += 1;
                assert!(["AIPerf", "inference-perf", "llm-d-benchmark"].contains(&tool.as_str()), "{}: {tool}", path.display());
                assert!(outcome.collected.diagnostics.iter().all(|found| found.severity < inferscope::record::Severity::Error));
            }
        }
    }
    assert!(known > 50, "{known} files");
}

/// Of records that were cut off, every figure before the cut is kept and none is wrong.
#[test]
fn cut_records_state_nothing_wrong() {
    for name in [
        "aiperf/0.13.0/requests.jsonl",
        "aiperf/0.13.0/timeslices.json",
        "aiperf/0.13.0/server-metrics.json",
        "aiperf/made/gpus.jsonl",
        "aiperf/made/gpus-block.json",
        "aiperf/made/sweep.json",
        "aiperf/made/repeats.json",
        "inference-perf/0.7.0/requests.json",
        "aiperf/made/scrapes.jsonl",
        "inference-perf/0.7.0/config.yaml",
    ] {
        let content = fixture(name);
        let text = std::str::from_utf8(&content).expect("UTF-8");
        let whole = read(name, &content).collected.rows;
        for at in (1..text.len()).step_by(61 + text.len() / 500).filter(|at| text.is_char_boundary(*at)) {
            for row in read("unknown", &text.as_bytes()[..at]).collected.rows {
                // Several records may come from one line: one of them has all that this one has.
                let known = |other: &&Row| row.samples.iter().all(|sample| other.samples.contains(sample));
                let mut there = whole.iter().filter(|other| other.place == row.place && other.kind == row.kind);
                assert!(there.any(|other| known(&other)), "{name} cut at {at}: {}: {:?}", row.place, row.samples);
            }
        }
    }
}

/// A line that is not whole, or a value of another kind, costs itself.
#[test]
fn damage_costs_itself() {
    let text = String::from_utf8(fixture("aiperf/0.13.0/requests.jsonl")).expect("UTF-8");
    let lines: Vec<&str> = text.lines().collect();
    let whole = read("x", text.as_bytes()).collected.rows;
    let broken = format!("{}\n{{\"metadata\": oops\n{}\n", lines[0], lines[1]);
    let found = read("x", broken.as_bytes()).collected;
    assert_eq!(found.rows.len(), 2);
    assert_eq!((&found.rows[0], &found.rows[1].samples), (&whole[0], &whole[1].samples));
    assert!(found.diagnostics.iter().any(|finding| finding.place.to_string().starts_with("line 2")), "{:?}", found.diagnostics);
    let hostile = text
        .replace("\"metrics\":{", "\"metrics\":{\"ttft\":[],\"inter_chunk_latency\":{\"value\":[null,\"x\"],\"unit\":\"ms\"},");
    assert_eq!(read("x", hostile.as_bytes()).collected.rows.len(), 2);
    let deep = format!("{{\"metadata\":{{\"request_start_ns\":1,\"benchmark_phase\":\"x\",\"y\":{}", "[".repeat(100_000));
    assert!(!read("x", deep.as_bytes()).collected.diagnostics.is_empty());
}
