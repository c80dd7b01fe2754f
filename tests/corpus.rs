//! The corpus as a person drops it: whole folders. Every file is read or says why not, and files of one run are one run.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use inferscope::engine::findings::inspection;
use inferscope::engine::{FileReport, import_all};
use inferscope::join::{Joined, join};
use inferscope::record::Kind;
use inferscope::source::Source;
use inferscope::table::Tables;

use crate::support;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the corpus is there") {
        let path = entry.expect("readable").path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
    found.sort();
}

/// Everything below a folder, with paths as a drop of the folder gives them.
fn drop(folder: &Path) -> (Vec<FileReport>, Vec<Tables>) {
    let mut paths = Vec::new();
    files(folder, &mut paths);
    let outer = folder.parent().expect("a folder in a folder");
    let read = paths.iter().flat_map(|path| {
        let name = path.strip_prefix(outer).expect("below").display().to_string();
        import_all(Source::new(name, fs::read(path).expect("readable")), None, |_| ())
    });
    read.map(|imported| (imported.report, imported.tables)).unzip()
}

/// What is in the corpus, counted once by hand and by the independent readings: 554 and 493 results of MLPerf 5.1 and
/// 6.0, and the five files that no tool wrote (two notes and three JSON schemas).
#[test]
fn every_file_is_read_or_says_why_not() {
    let Some(corpus) = support::corpus("corpus::every_file_is_read_or_says_why_not") else { return };
    let (reports, _) = drop(&corpus);
    let totals = inspection(&reports).totals;
    assert!(totals.files >= 180, "{} files", totals.files);
    assert_eq!(totals.records.get(&Kind::Submission), Some(&(554 + 493)));
    let mut unknown: Vec<&str> = Vec::new();
    for report in &reports {
        if report.records.is_empty() {
            let said = report.aside.is_some() || !report.diagnostics.is_empty();
            assert!(said, "{} gives nothing and says nothing", report.path);
        }
        if report.format.is_none() {
            unknown.push(report.path.rsplit('/').next().unwrap_or_default());
        }
    }
    unknown.sort_unstable();
    let expected =
        ["PROVENANCE.txt", "README.md", "br_v0_1_json_schema.json", "br_v0_2_1_json_schema.json", "br_v0_2_json_schema.json"];
    assert_eq!(unknown, expected);
}

/// Each folder of authentic results: how many measurements its runs made, whatever number of files tell of them.
#[test]
fn files_of_one_run_are_one_run() {
    let Some(corpus) = support::corpus("corpus::files_of_one_run_are_one_run") else { return };
    let runs = [
        ("authentic/aiperf-0.13.0", 3),
        // One synchronous run of ten requests, five levels, and a sweep of five.
        ("authentic/guidellm-0.8.1", 1 + 5 + 5),
        ("authentic/guidellm-0.4.0", 3 + 4),
        ("authentic/guidellm-0.3.0", 1 + 3 + 5),
        ("authentic/inference-perf-0.7.0", 3 + 3),
        ("authentic/sa-bench-srt-slurm-c88ef73", 4),
        ("authentic/vllm-bench-serve-0.33.0", 3),
        ("authentic/sglang-bench_serving-0.5.5.post3", 3),
        // The same results converted to three generations of report, in two languages.
        ("llm-d-benchmark/derived_by_upstream_converter", 3),
        // Every row a measurement of its own: the sweep's 114 rows and twelve results.
        ("llm-d-benchmark/history", 114 + 12),
    ];
    for (folder, expected) in runs {
        let (_, tables) = drop(&corpus.join(folder));
        let Joined { table, .. } = join(&tables.iter().collect::<Vec<_>>(), Kind::Measurement, &[]);
        let paths = table.dimension("path").expect("every row has a path");
        let mut by_file: BTreeMap<&str, usize> = BTreeMap::new();
        (0..table.rows()).for_each(|row| *by_file.entry(paths.text(row).unwrap_or_default()).or_default() += 1);
        assert_eq!(table.rows(), expected, "{folder}: {by_file:?}");
    }
}

/// Files that describe a run complete those that hold its figures.
#[test]
fn descriptions_reach_the_figures() {
    let Some(corpus) = support::corpus("corpus::descriptions_reach_the_figures") else { return };
    for (folder, dimension, value) in [
        ("authentic/inference-perf-0.7.0", "model", "mock/tiny-llm"),
        ("authentic/aiperf-0.13.0", "model", "mock/tiny-llm"),
        ("authentic/sa-bench-srt-slurm-c88ef73", "model", "mock/tiny-llm"),
        ("srt-slurm/NVIDIA_srt-slurm/issue-41603", "model", "deepseek-ai/DeepSeek-V4-Pro"),
    ] {
        let (_, tables) = drop(&corpus.join(folder));
        for kind in [Kind::Measurement, Kind::Request] {
            let Joined { table, .. } = join(&tables.iter().collect::<Vec<_>>(), kind, &[]);
            for row in 0..table.rows() {
                let found = table.dimension(dimension).and_then(|column| column.text(row));
                assert_eq!(found, Some(value), "{folder}: {kind:?} {row}");
            }
        }
    }
}
