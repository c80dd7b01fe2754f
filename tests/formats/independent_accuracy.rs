//! Accuracy scores: the program's figures against those of Python, over fixtures and the logs of a real study.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use inferscope::record::Kind;

use super::independent::{below, python};
use crate::support::{Row, bytes, files, read, root};

/// The scores in a file, packed or not.
fn scores(path: &Path) -> Vec<Row> {
    let mut content = bytes(path);
    if path.extension().is_some_and(|ending| ending == "gz") {
        let packed = std::mem::take(&mut content);
        flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut content).expect("gzip");
    }
    let mut rows = read(&path.display().to_string(), &content).collected.rows;
    rows.retain(|row| row.kind == Kind::Accuracy);
    rows
}

/// Compares every score of every file, both ways; how many there are.
fn compare(files: &[PathBuf]) -> usize {
    let expected = python("accuracy.py", files);
    let mut count = 0;
    for path in files {
        let found = scores(path);
        let expected = expected[path.display().to_string()].as_array().expect("a list of scores");
        assert_eq!(found.len(), expected.len(), "{}", path.display());
        for (row, expected) in found.iter().zip(expected) {
            let at = format!("{} {}", path.display(), row.place);
            assert_eq!(Some(row.place.as_str()), expected["place"].as_str(), "{at}");
            for (key, value) in expected["identity"].as_object().expect("dimensions") {
                let found = row.identity.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str());
                assert_eq!(found, value.as_str(), "{at}: {key}");
            }
            let figures = expected["samples"].as_object().expect("figures");
            assert_eq!(row.samples.len(), figures.len(), "{at}: {:?}", row.samples);
            for (key, value) in &row.samples {
                assert_eq!(Some(*value), figures.get(key).and_then(serde_json::Value::as_f64), "{at}: {key}");
            }
        }
        count += found.len();
    }
    count
}

#[test]
fn accuracy_fixtures() {
    let fixtures = [
        "lm-eval/made/results_2025-12-01T00-46-40.250000.json",
        "lm-eval/made/before-0.4.json",
        "lm-eval/made/lm_eval.log",
        "lm-eval/made/printed.txt",
        "aiperf/accuracy/accuracy_results.csv",
        "aiperf/accuracy/first.csv",
        "aiperf/accuracy/second.csv",
        "aiperf/accuracy/accuracy_export.jsonl",
        "inferencex/evals/agg_eval_made.json",
    ];
    assert_eq!(compare(&below(&root().join("tests/fixtures"), &fixtures)), 37);
}

#[test]
fn printed_tables_of_a_study() {
    let folder = root().join("../shared/cases/field/35-aiperf-research-tree/research_results/quality_benchmarks");
    if !folder.is_dir() {
        let message = format!("\nNOT RUN: formats::independent_accuracy::printed_tables_of_a_study: no {}\n", folder.display());
        _ = std::io::stderr().write_all(message.as_bytes());
        return;
    }
    let logs: Vec<PathBuf> = files(&folder).into_iter().filter(|path| path.ends_with("lm_eval.log.gz")).collect();
    assert_eq!(logs.len(), 20);
    // MMLU has 57 subjects, 4 groups and itself; the other tasks two scores each.
    assert_eq!(compare(&logs), 6 * 62 + 14 * 2);
    let one = |path: &str, task: &str, filter: Option<&str>| {
        let rows = scores(&folder.join(path).join("lm_eval.log.gz"));
        let is = |row: &&Row| {
            let text = |key: &str| row.identity.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str());
            text("task") == Some(task) && text("answer_filter") == filter
        };
        let row = rows.iter().find(is).expect("the score is there");
        row.samples.iter().map(|(_, value)| (value * 100.0).round() / 100.0).collect::<Vec<f64>>()
    };
    // Read off the logs by eye.
    assert_eq!(one("mmlu/qwen3-8b_nvfp4", "mmlu", None), [75.09, 0.38]);
    assert_eq!(one("gsm8k/gemma3-12b_bf16", "gsm8k", Some("strict-match")), [82.41, 1.05]);
    assert_eq!(one("hellaswag/qwen3-8b_bf16", "hellaswag", None), [57.08, 0.49]);
}
