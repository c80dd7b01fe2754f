//! Single requests that results list beside their summary: counted, read where they are wanted, and held against the summary.

use std::path::{Path, PathBuf};

use inferscope::record::{Kind, Severity};
use serde_json::{Value, json};

use super::independent::{below, compare_rows};
use crate::support::{Outcome, Row, bytes, corpus, files, fixture, read, read_requests, root};

const FIXTURES: [&str; 6] = [
    "guidellm/0.8.1/sync-10req.json",
    "guidellm/0.3.0/synchronous-10req.json",
    "vllm/made/detailed.json",
    "sglang/made/details.jsonl",
    "sa-bench/c88ef73/sa-bench_isl_128_osl_32/results_concurrency_1_gpus_8.json",
    "sa-bench/c88ef73/sa-bench_isl_128_osl_32/results_concurrency_8_gpus_16_ctx_8_gen_8.json",
];

fn requests(outcome: Outcome) -> Vec<Row> {
    outcome.collected.rows.into_iter().filter(|row| row.kind == Kind::Request).collect()
}

fn listed(path: &Path) -> Vec<Row> {
    requests(read_requests(&path.display().to_string(), &bytes(path)))
}

#[test]
fn every_request_is_what_python_finds() {
    compare_rows("listed_requests.py", &below(&root().join("tests/fixtures"), &FIXTURES), listed);
}

#[test]
fn every_request_of_real_files_is_what_python_finds() {
    let Some(corpus) = corpus("formats::listed_requests::every_request_of_real_files_is_what_python_finds") else { return };
    let authentic = corpus.join("authentic");
    let found: Vec<PathBuf> = files(&authentic)
        .into_iter()
        .filter(|path| {
            let name = path.display().to_string();
            (name.contains("/guidellm-") || name.contains("results_concurrency_")) && name.ends_with(".json")
        })
        .collect();
    assert!(found.len() >= 12, "{found:?}");
    compare_rows("listed_requests.py", &found, listed);
}

/// Unless they are wanted they are counted, and nothing else of a file changes with them.
#[test]
fn unwanted_requests_are_counted() {
    for (name, count) in FIXTURES.into_iter().zip([10, 10, 8, 6, 10, 40]) {
        let without = read(name, &fixture(name)).collected;
        let with = read_requests(name, &fixture(name)).collected;
        assert_eq!((without.skipped_requests, with.skipped_requests), (count, 0), "{name}");
        assert!(without.rows.iter().all(|row| row.kind != Kind::Request), "{name}");
        let (requests, others): (Vec<Row>, Vec<Row>) = with.rows.into_iter().partition(|row| row.kind == Kind::Request);
        assert_eq!((requests.len(), others), (count, without.rows), "{name}");
    }
}

/// vLLM's summary with lists, changed by `change`.
fn changed(change: impl FnOnce(&mut Value)) -> Outcome {
    let mut run: Value = serde_json::from_slice(&fixture("vllm/made/detailed.json")).expect("JSON");
    change(&mut run);
    read_requests("run.json", run.to_string().as_bytes())
}

fn warnings(outcome: &Outcome) -> Vec<String> {
    let warned = outcome.collected.diagnostics.iter().filter(|found| found.severity == Severity::Warning);
    warned.map(|found| found.message.clone()).collect()
}

#[test]
fn a_summary_that_its_requests_contradict_is_reported() {
    assert_eq!(warnings(&changed(|_| ())), Vec::<String>::new());
    let twice = changed(|run| run["mean_ttft_ms"] = json!(run["mean_ttft_ms"].as_f64().map(|mean| mean * 2.0)));
    let said = warnings(&twice);
    assert!(said.len() == 1 && said[0].starts_with("The mean TTFT of 6 single requests is "), "{said:?}");
    assert!(requests(twice).iter().any(|row| row.samples.iter().any(|(key, _)| key == "e2el/mean")));
    // Gaps that were cut say nothing about the end of a request.
    let cut = changed(|run| {
        let gaps = run["itls"].as_array_mut().expect("lists");
        gaps.iter_mut().filter_map(Value::as_array_mut).for_each(|gaps| gaps.truncate(1));
    });
    let said = warnings(&cut);
    assert!(said.iter().any(|message| message.starts_with("The mean E2E latency of 6 single requests is ")), "{said:?}");
    let kept = requests(cut);
    assert_eq!(kept.len(), 8);
    assert!(kept.iter().all(|row| row.samples.iter().all(|(key, _)| key != "e2el/mean" && key != "tpot/mean")));
}

#[test]
fn lists_that_do_not_fit_together_are_not_read() {
    let outcome = changed(|run| _ = run["ttfts"].as_array_mut().expect("a list").pop());
    let said = warnings(&outcome);
    assert_eq!(
        said,
        ["The lists of single requests have different lengths (input_lens 8, output_lens 8, ttfts 7, start_times 8, itls 8, \
          errors 8): not read."]
    );
    assert!(requests(outcome).is_empty());
}

#[test]
fn a_cut_file_keeps_the_requests_before_the_cut() {
    let whole = fixture("guidellm/0.3.0/synchronous-10req.json");
    let all = requests(read_requests("whole.json", &whole));
    for end in (0..whole.len()).step_by(211) {
        let found = requests(read_requests("cut.json", &whole[..end]));
        assert!(found.iter().all(|row| all.contains(row)), "cut at {end}");
    }
}
