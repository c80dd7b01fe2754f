//! Files that were cut short: nothing panics, what was whole is kept, and the cut is named.

use inferscope::record::Severity;

use crate::support::{Row, fixture, line, read};

/// Reads the text cut at every `step`th byte and hands each outcome to `check`.
fn cut_everywhere(name: &str, step: usize, check: impl Fn(usize, &[Row], bool)) -> Vec<Row> {
    let whole = fixture(name);
    let text = std::str::from_utf8(&whole).unwrap_or_else(|error| panic!("{name}: {error}"));
    for at in (1..text.len()).step_by(step).filter(|at| text.is_char_boundary(*at)) {
        let outcome = read("unknown", &text.as_bytes()[..at]);
        let named = outcome.collected.diagnostics.iter().any(|found| found.severity >= Severity::Warning);
        check(at, &outcome.collected.rows, named);
    }
    read(name, &whole).collected.rows
}

/// Where each element of the top-level list `benchmarks` of a JSON text ends: found by counting brackets, which is all
/// this needs to know of JSON.
fn ends_of_benchmarks(text: &str) -> Vec<usize> {
    let start = text.find("\"benchmarks\": [{\"type_\"").expect("a list of benchmarks") + "\"benchmarks\": [".len();
    let (mut depth, mut quoted, mut escaped, mut ends) = (0, false, false, Vec::new());
    for (offset, byte) in text.bytes().enumerate().skip(start) {
        match (quoted, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => quoted = !quoted,
            (false, b'{' | b'[') => depth += 1,
            (false, b']') if depth == 0 => break,
            (false, b'}' | b']') => {
                depth -= 1;
                if depth == 0 {
                    ends.push(offset + 1);
                }
            }
            _ => {}
        }
    }
    ends
}

fn json(name: &str, step: usize) {
    let content = fixture(name);
    let text = String::from_utf8_lossy(&content).into_owned();
    let ends = ends_of_benchmarks(&text);
    let whole: Vec<String> = read(name, &content).collected.rows.iter().map(line).collect();
    assert_eq!(ends.len(), whole.len(), "{name}");
    cut_everywhere(name, step, |at, rows, named| {
        let complete = ends.iter().filter(|end| **end <= at).count();
        assert!(rows.len() >= complete, "{name} cut at {at}: {} of {complete} benchmarks", rows.len());
        for (row, expected) in rows.iter().zip(&whole).take(complete) {
            assert_eq!(line(row), *expected, "{name} cut at {at}");
        }
        // Of the benchmark that was being written, what is there is right.
        for (row, expected) in rows.iter().zip(&whole).skip(complete) {
            for (key, value) in &row.samples {
                assert!(expected.contains(&format!(" {key}={value}")), "{name} cut at {at}: {key} is {value}");
            }
        }
        assert!(named, "{name} cut at {at}: no finding says so");
    });
}

#[test]
fn a_cut_json_keeps_its_completed_benchmarks() {
    json("guidellm/0.8.1/concurrent-1-16.json", 97 * 8);
    json("guidellm/0.8.1/sync-10req.json", 97 * 8);
}

#[test]
fn a_cut_older_json_keeps_its_completed_benchmarks() {
    json("guidellm/0.4.0/concurrent-1-4-16.json", 97 * 4);
    json("guidellm/0.3.0/synchronous-10req.json", 97);
}

#[test]
fn a_cut_yaml_keeps_its_completed_benchmarks() {
    for (name, step) in [("guidellm/0.8.1/sweep-5.yaml", 97 * 101), ("guidellm/0.2.1/constant-3-9.yaml", 397)] {
        let content = fixture(name);
        let text = String::from_utf8_lossy(&content).into_owned();
        let starts: Vec<usize> = text.match_indices("\n- ").map(|(offset, _)| offset + 1).collect();
        let last = text[starts[starts.len() - 1]..].find("\n- ").or_else(|| text.find("\nconclusions:")).unwrap_or(text.len());
        let ends: Vec<usize> = starts[1..].iter().copied().chain([last]).collect();
        let whole = read(name, &content).collected.rows;
        assert_eq!(ends.len(), whole.len(), "{name}");
        cut_everywhere(name, step, |at, rows, named| {
            let complete = ends.iter().filter(|end| **end <= at).count();
            assert!(rows.len() >= complete, "{name} cut at {at}: {} of {complete} benchmarks", rows.len());
            for (index, (row, expected)) in rows.iter().zip(&whole).enumerate() {
                // Labels and the tool's version stand at the end of a YAML report, so identity may lack them.
                if index < complete {
                    assert_eq!(row.samples, expected.samples, "{name} cut at {at}");
                }
                for sample in &row.samples {
                    assert!(expected.samples.contains(sample), "{name} cut at {at}: {sample:?}");
                }
                for pair in &row.identity {
                    assert!(expected.identity.contains(pair), "{name} cut at {at}: {pair:?}");
                }
            }
            assert!(named || complete == whole.len(), "{name} cut at {at}: no finding says so");
        });
    }
}

#[test]
fn a_cut_list_of_runs_keeps_its_completed_ones() {
    for (name, step) in [
        ("vllm/0.33.0/appended.json", 37),
        ("vllm/made/generations.json", 41),
        ("sglang/0.5.5.post3/concurrency-1-4-16.jsonl", 29),
        ("sa-bench/made/results_concurrency_64_gpus_16_ctx_8_gen_8.json", 13),
        ("inferencex/made/list.json", 17),
        ("inferencex/site/api.json", 31),
        ("vllm/made/startup-sweep.json", 19),
        ("sglang/made/one-batch.jsonl", 11),
        ("trtllm-bench/made/report.json", 37),
        ("evalscope/made/parallel_4_number_8/benchmark_summary.json", 13),
        ("llmperf/made/gaps_summary.json", 41),
        ("llama-bench/made/results.jsonl", 23),
        ("genai-bench/made/D_100_100_num_concurrency_4.json", 29),
        ("latency-profile/made/milliseconds.json", 17),
        ("llm-optimizer/made/results.json", 43),
    ] {
        let whole = read(name, &fixture(name)).collected.rows;
        cut_everywhere(name, step, |at, rows, named| {
            for (row, expected) in rows.iter().zip(&whole) {
                assert_eq!(row.place, expected.place, "{name} cut at {at}");
                for sample in &row.samples {
                    assert!(expected.samples.contains(sample), "{name} cut at {at}: {sample:?}");
                }
            }
            // A list of runs that ends between two of them is whole as far as it goes.
            let complete = rows.iter().zip(&whole).all(|(row, expected)| row.samples == expected.samples);
            assert!(named || complete, "{name} cut at {at}: no finding says so");
        });
        assert!(!whole.is_empty(), "{name}");
    }
}

#[test]
fn a_cut_table_keeps_its_completed_rows() {
    for name in
        ["rhaiis/52-columns/ladder.csv", "rhaiis/40-columns/older.csv", "rhaiis/52-columns/hostile.csv", "cpu/made/epyc.csv"]
    {
        let content = fixture(name);
        let whole = read(name, &content).collected.rows;
        let header = content.iter().position(|byte| *byte == b'\n').unwrap_or(0);
        cut_everywhere(name, 7, |at, rows, named| {
            // Before the header is complete nothing needs to be recognised.
            if at <= header {
                return;
            }
            let lines = content[..at].iter().filter(|byte| **byte == b'\n').count();
            let number = |row: &Row| row.place.trim_start_matches("line ").parse::<usize>().unwrap_or(0);
            let next = |index: usize| whole.get(index + 1).map_or(usize::MAX, number);
            let complete = (0..whole.len()).filter(|index| next(*index) <= lines + 1 && number(&whole[*index]) <= lines).count();
            assert!(rows.len() >= complete, "{name} cut at {at}: {} of {complete} rows", rows.len());
            assert_eq!(rows[..complete], whole[..complete], "{name} cut at {at}");
            // A row that lacks cells is named; only a cut inside the very last cell cannot be seen.
            let clean = content[at - 1] == b'\n';
            assert!(named || clean || rows.len() > complete, "{name} cut at {at}: no finding says so");
        });
    }
}

/// Of a report of one measurement every figure before the cut is kept, none is wrong, and the cut is named.
#[test]
fn a_cut_single_report_states_nothing_wrong() {
    for name in [
        "aiperf/0.13.0/concurrency-4.json",
        "aiperf/2025-10/records.json",
        "inference-perf/0.7.0/stage-rate-6.json",
        "report/0.2/vllm-benchmark.json",
        "report/0.2.1/inference-perf-partial.yaml",
    ] {
        let whole = read(name, &fixture(name)).collected.rows;
        cut_everywhere(name, 53, |at, rows, named| {
            for row in rows {
                for sample in &row.samples {
                    assert!(whole[0].samples.contains(sample), "{name} cut at {at}: {sample:?}");
                }
            }
            assert!(named || name.ends_with(".yaml"), "{name} cut at {at}: no finding says so");
        });
    }
}
