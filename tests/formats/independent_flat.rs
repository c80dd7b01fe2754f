//! Flat formats: the program's figures against those of Python, and layouts that a deployment writes.

use inferscope::format::{Input, Layout, Look};
use serde_json::json;

use super::independent::{below, compare};
use crate::support::{Collected, line, root};

#[test]
fn flat_fixtures() {
    let fixtures = [
        "inferencex/site/seconds.csv",
        "inferencex/site/milliseconds.csv",
        "inferencex/site/api.json",
        "vllm/made/latency_llama8B_tp1.json",
        "vllm/made/throughput_llama8B_tp1.json",
        "vllm/made/startup-sweep.json",
        "sglang/made/one-batch.jsonl",
        "sglang/made/offline-throughput.jsonl",
        "trtllm-bench/made/report.json",
        "evalscope/made/parallel_4_number_8/benchmark_summary.json",
        "evalscope/made/parallel_4_number_8/benchmark_percentile.json",
        "llmperf/made/mock-model_550_150_summary.json",
        "llmperf/made/gaps_summary.json",
        "llama-bench/made/results.csv",
        "llama-bench/made/results.jsonl",
        "llama-bench/made/printed.txt",
        "genai-bench/made/D_100_100_num_concurrency_4.json",
        "latency-profile/made/seconds.json",
        "latency-profile/made/milliseconds.json",
        "llm-optimizer/made/results.json",
        "llm-optimizer/made/results.jsonl",
        "locust/made/run_stats.csv",
        "perf-analyzer/made/perf.csv",
        "perf-analyzer/made/openai-rate.csv",
    ];
    compare("flat.py", &below(&root().join("tests/fixtures"), &fixtures));
}

fn layout(value: serde_json::Value) -> Layout {
    Layout::from_json(&value).unwrap_or_else(|error| panic!("{error}"))
}

fn read(layout: &Layout, text: &str) -> Collected {
    let input = Input { path: "unknown", text, bytes: text.as_bytes() };
    assert!(layout.sniff(&Look::new(input)).is_some(), "not recognised: {text}");
    let mut collected = Collected::default();
    layout.read(input, &mut collected);
    assert_eq!(collected.progress.last(), Some(&1.0));
    collected
}

fn lines(collected: &Collected) -> Vec<String> {
    collected.rows.iter().map(line).collect()
}

#[test]
fn a_written_layout_reads_a_table_in_every_dress() {
    let layout = layout(json!({
        "id": "ours", "label": "Our table", "tool": "our script", "marks": ["clients", "lat_p99_s"], "without": ["draft"],
        "fields": {"name": "model", "clients": "load concurrency", "lat_{stat}_s": "e2el s", "ok": "completed", "note": "ignore"},
        "fixed": {"framework": "vLLM"}, "ignored": ["x_*"], "missing": ["-1"]
    }));
    let expected = [
        "line 2 | concurrency 4 | framework=vLLM; model=org/m; site=here; tp=2 | completed/mean=9 e2el/p50=1500 e2el/p99=2000 speed/mean=-3\n",
        "line 3 | concurrency 8 | framework=SGLang; model=org/m; site=here; tp=2 | e2el/p50=1750\n",
    ];
    let table = "name,clients,lat_p50_s,lat_p99_s,ok,note,x_a,framework,tp,site,speed\n\
                 org/m,4,1.5,2,9,said,1,,2,here,-3\norg/m,8,1.75,-1,-1,,2,SGLang,2.0,here,\n";
    assert_eq!(lines(&read(&layout, table)), expected);
    let moved = |by: u64| {
        expected.map(|line| {
            line.replacen("line 3", &format!("line {}", 3 + by), 1).replacen("line 2", &format!("line {}", 2 + by), 1)
        })
    };
    for (text, by) in [
        (table.replace(',', ";"), 0),
        (table.replace(',', "\t"), 0),
        (format!("# a comment, with commas\n\n{table}"), 2),
        (table.replace(',', "|").lines().map(|line| format!("| {line} |\n")).collect(), 0),
    ] {
        assert_eq!(lines(&read(&layout, &text)), moved(by), "{text}");
    }
    let object = r#"{"name": "org/m", "clients": "4", "lat_p50_s": 1.5, "lat_p99_s": 2, "ok": 9, "framework": null, "tp": 2, "site": "here", "speed": -3, "x_b": {"c": 1}, "list": [1]}"#;
    let first = expected[0].split_once(" | ").map(|(_, rest)| rest);
    for text in [object.to_owned(), format!("[{object}]"), format!("{object}\n{object}\n")] {
        let found = lines(&read(&layout, &text));
        assert!(found.iter().all(|line| line.split_once(" | ").map(|(_, rest)| rest) == first), "{found:?}");
    }
    let other = Input { path: "", text: "clients,lat_p99_s,draft\n1,2,3\n", bytes: b"" };
    assert!(layout.sniff(&Look::new(other)).is_none());
}

#[test]
fn records_inside_an_object_take_what_is_above_them() {
    let layout = layout(json!({
        "id": "ours", "label": "Ours", "tool": "ours", "marks": ["runs", "machine"], "records": "out.runs[]",
        "fields": {"/machine.gpu": "accelerator", "load.qps": "load rate", "ttft.{stat}": "ttft ms", "qps": "rps"}
    }));
    let text = r#"{"machine": {"gpu": "h100"}, "runs": 0, "out": {"runs": [
        {"load": {"qps": 2}, "ttft": {"mean": 5, "p99": 9, "unit": "ms"}, "qps": 1.5, "texts": ["long"]},
        {"load": {"qps": "inf"}, "ttft": {"mean": "fast"}, "qps": -1}, 3, {"qps": 4}]}}"#;
    let found = read(&layout, text);
    assert_eq!(
        lines(&found),
        [
            "out.runs[0] | rate 2 | accelerator=H100; ttft.unit=ms | rps/mean=1.5 ttft/mean=5 ttft/p99=9\n",
            "out.runs[3] | – | accelerator=H100 | rps/mean=4\n",
        ]
    );
    let said: Vec<String> = found.diagnostics.iter().map(|found| found.place.to_string()).collect();
    assert_eq!(said, ["out.runs[1].ttft.mean", "out.runs[1].qps", "out.runs[1]", "out.runs[2]"]);
}

#[test]
fn a_bad_cell_costs_itself_and_a_bad_row_itself() {
    let layout = layout(json!({"id": "ours", "label": "Ours", "tool": "ours", "marks": ["qps"],
        "fields": {"qps": "rps", "users": "load concurrency"}}));
    let found = read(&layout, "qps,users\n1,fast\n2\nfast,3\n4,0\n");
    assert_eq!(lines(&found), ["line 2 | – |  | rps/mean=1\n", "line 5 | – |  | rps/mean=4\n"]);
    let places: Vec<String> = found.diagnostics.iter().map(|found| found.place.to_string()).collect();
    assert_eq!(places, ["line 2, column “users”", "line 3", "line 4, column “qps”", "line 4"]);
    let none = read(&layout, "qps,users\n");
    assert!(none.rows.is_empty() && none.diagnostics.len() == 1, "{:?}", none.diagnostics);
}
