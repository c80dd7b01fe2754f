//! Token lengths, request traces and sweep tables: every value against another reading, and the documents' own numbers.

use std::collections::BTreeSet;
use std::path::PathBuf;

use inferscope::format::{FORMATS, Input, Look};
use inferscope::source::text::decode;
use proptest::prelude::*;

use super::independent::{below, compare};
use crate::support::{Row, bytes, corpus, files, fixture, line, read};

const LENGTHS: [&str; 8] = [
    "mlperf/summaries/deepseek-r1.csv",
    "mlperf/summaries/llama2-70b-99.csv",
    "mlperf/summaries/llama3-1-405b.csv",
    "mlperf/summaries/llama3-1-8b-datacenter.csv",
    "datasets/summaries/deepseek-r1.csv",
    "datasets/summaries/gpt-oss.csv",
    "datasets/summaries/sharegpt-vicuna.csv",
    "datasets/summaries/swebench-lite.csv",
];

const FIXTURES: [&str; 8] = [
    "lengths/made/two-columns.csv",
    "trace/made/mooncake.jsonl",
    "trace/made/sessions.jsonl",
    "sweep/made/first-release.csv",
    "sweep/made/later.csv",
    "mlperf/made/flat.tsv",
    "mlperf/made/pivot.csv",
    "mlperf/made/pivot-5.0.csv",
];

const SWEEP: &str = "llm-d-benchmark/history/config_explorer_df.pkl.csv";

fn rows(path: &str, content: &[u8]) -> Vec<Row> {
    read(path, content).collected.rows
}

fn values(rows: &[Row], metric: &str) -> Vec<f64> {
    rows.iter().filter_map(|row| Some(row.samples.iter().find(|(key, _)| key == metric)?.1)).collect()
}

#[test]
fn every_length_and_request() {
    let Some(corpus) = corpus("formats::entries::every_length_and_request") else { return };
    compare("entries.py", &below(&corpus, &LENGTHS));
    compare(
        "entries.py",
        &below(
            &corpus,
            &[
                "aiperf/traces/example_trace.jsonl",
                "aiperf/traces/mooncake_docs_3rows.jsonl",
                "dynamo/traces/mooncake_readme_4rows.jsonl",
                "srt-slurm/NVIDIA_srt-slurm/tests/fixtures/trace_replay_sample.jsonl",
                SWEEP,
            ],
        ),
    );
}

#[test]
fn lengths_have_the_published_means() {
    let Some(corpus) = corpus("formats::entries::lengths_have_the_published_means") else { return };
    for (file, count, input, output) in [
        (LENGTHS[1], 24576, 222.33, Some(218.89)),
        (LENGTHS[2], 8313, 9428.64, Some(684.68)),
        (LENGTHS[5], 6396, 5010.64, None),
        (LENGTHS[6], 81494, 121.87, Some(1210.94)),
    ] {
        let found = rows(file, &bytes(&corpus.join(file)));
        let mean = |metric: &str| {
            let values = values(&found, metric);
            (!values.is_empty()).then(|| (values.iter().sum::<f64>() / values.len() as f64 * 100.0).round() / 100.0)
        };
        assert_eq!((found.len(), mean("input_tokens/mean"), mean("output_tokens/mean")), (count, Some(input), output), "{file}");
    }
}

/// The four requests that Dynamo's manual works through.
#[test]
fn prefixes_are_found_as_documented() {
    let Some(corpus) = corpus("formats::entries::prefixes_are_found_as_documented") else { return };
    let found = rows("trace", &bytes(&corpus.join("dynamo/traces/mooncake_readme_4rows.jsonl")));
    assert_eq!(values(&found, "prefix_reuse/mean"), [0.0, 100.0 / 15.0, 100.0 / 15.0, 20.0]);
}

#[test]
fn a_published_sweep_is_exact() {
    let Some(corpus) = corpus("formats::entries::a_published_sweep_is_exact") else { return };
    let found = rows("sweep", &bytes(&corpus.join(SWEEP)));
    assert_eq!(found.len(), 114);
    let said = |row: &Row, key: &str| row.identity.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone());
    let configurations: BTreeSet<_> = found.iter().map(|row| said(row, "config")).collect();
    assert_eq!(configurations.len(), 19);
    assert_eq!(found.iter().filter(|row| said(row, "prefill").is_some()).count(), 5 * 6);
    let levels: BTreeSet<u64> = found.iter().filter_map(|row| row.load.value).map(|value| value as u64).collect();
    assert_eq!(levels.into_iter().collect::<Vec<u64>>(), [1, 8, 32, 64, 128, 256]);
    for (name, load, per_user, per_gpu) in [("1P TP8, 1D TP8", 1.0, 80.077, 5.005), ("1R TP4", 256.0, 2.638, 168.844)] {
        let row: Vec<Row> = found
            .iter()
            .filter(|row| said(row, "config").as_deref() == Some(name) && row.load.value == Some(load))
            .cloned()
            .collect();
        let figures = ["output_tps_per_request/mean", "output_tps_per_gpu/mean"].map(|metric| values(&row, metric)[0]);
        assert!((figures[0] - per_user).abs() < 5e-4 && (figures[1] - per_gpu).abs() < 5e-4, "{name}: {figures:?}");
    }
}

#[test]
fn gpu_tables_are_no_measurements() {
    let Some(corpus) = corpus("formats::entries::gpu_tables_are_no_measurements") else { return };
    for file in ["db.json", "gpu_costs.json"] {
        let path: PathBuf = corpus.join("llm-d-benchmark/history/config_explorer").join(file);
        let found = read("unknown", &bytes(&path));
        assert_eq!(found.format.map(|format| format.about.id), Some("llm-d-gpu-table"), "{file}");
        assert!(found.collected.rows.is_empty() && found.collected.diagnostics.len() == 1, "{file}");
    }
}

/// A row without the figures that follow from the whole of a trace: which blocks are repeated.
fn alone(row: &Row) -> String {
    let of_all = ["context_tokens/", "unique_tokens/", "lru_reuse_"];
    let own = |sample: &&str| !of_all.iter().any(|figure| sample.starts_with(figure));
    line(row).split(' ').filter(own).collect::<Vec<_>>().join(" ")
}

/// However much of a file is there: what was whole is kept, and nothing is read that the whole does not say.
#[test]
fn a_cut_file_keeps_its_whole_lines() {
    for name in FIXTURES.iter().filter(|name| !name.contains("pivot")) {
        let content = fixture(name);
        let whole: Vec<String> = rows(name, &content).iter().map(alone).collect();
        for at in 0..content.len() {
            let found: Vec<String> = rows(name, &content[..at]).iter().map(alone).collect();
            // The line in which the cut is may hold a shorter number, as a table's last cell does not tell its end.
            let kept = found.len().saturating_sub(1);
            assert_eq!(found[..kept], whole[..kept], "{name} cut at {at}");
            let lines = content[..at].iter().filter(|byte| **byte == b'\n').count() as u64;
            let complete = whole.iter().filter(|row| {
                let place = row.split(" | ").next().unwrap_or_default();
                place.rsplit(' ').next().and_then(|number| number.parse::<u64>().ok()).is_some_and(|number| number <= lines)
            });
            assert!(found.is_empty() || found.len() >= complete.count(), "{name} cut at {at}: {} rows", found.len());
        }
    }
}

/// Where several values share a line, a fault is placed by its character.
#[test]
fn a_fault_among_values_of_one_line_is_placed() {
    let request = r#"{"input_length": 5, "hash_ids": [1], "output_length": 2}"#;
    let broken = format!("{request}\n{request} {request} {{\"input_length\": oops}}\n{request}");
    let found = read("unknown", broken.as_bytes());
    assert_eq!(found.collected.rows.len(), 4);
    let column = 2 * (request.len() + 1) + r#"{"input_length": o"#.len();
    let place = format!("line 2, character {column}");
    assert!(
        found.collected.diagnostics.iter().any(|finding| finding.place.to_string() == place),
        "{:?}",
        found.collected.diagnostics
    );
}

/// Of all real files, what these formats claim is theirs, and nothing is claimed twice.
#[test]
fn real_files_are_claimed_once() {
    let Some(corpus) = corpus("formats::entries::real_files_are_claimed_once") else { return };
    let ours = ["mlperf", "token-lengths", "request-trace", "llm-d-sweep", "llm-d-gpu-table"];
    let mut claimed = 0;
    for path in files(&corpus) {
        let content = bytes(&path);
        let (text, _) = decode(&content);
        let look = Look::new(Input { path: "unknown", text: &text, bytes: &content });
        let claims: Vec<&str> =
            FORMATS.iter().filter(|format| format.sniff(&look).is_some()).map(|format| format.about.id).collect();
        assert!(claims.len() <= 1, "{}: {claims:?}", path.display());
        claimed += usize::from(claims.iter().any(|claim| ours.contains(claim)));
    }
    // MLPerf's two tables, the lengths, the traces, the sweep, the tables of GPUs.
    assert_eq!(claimed, 2 + LENGTHS.len() + 4 + 1 + 2);
}

proptest! {
    /// Whatever a few characters of a file are replaced by, reading it ends, and what it gives is finite.
    #[test]
    fn damage_is_survived(name in prop::sample::select(FIXTURES.to_vec()), at in 0.0..1.0_f64, gone in 0..40_usize, put in "[\\x00-\\x7Fé–\"{}\\[\\],\n]{0,8}") {
        let mut content = fixture(name);
        let start = (content.len() as f64 * at) as usize;
        let end = (start + gone).min(content.len());
        content.splice(start..end, put.into_bytes());
        read(name, &content);
    }
}
