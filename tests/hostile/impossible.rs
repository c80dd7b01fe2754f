//! Impossible values (invalid counts, negative figures, text instead of numbers) are left out and reported.

use std::fs;

use inferscope::engine::import_all;
use inferscope::record::Kind;
use inferscope::source::Source;
use serde_json::Value;

use super::{HEADER, findings, fixture, folder, run, says, table, told};
use crate::support::sheet::column;

/// An invalid number loses only itself and a repeated key is reported, in a single document and in JSON lines.
#[test]
fn what_json_cannot_have_costs_itself() {
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/vllm/0.33.0/conc16.json");
    let text = fs::read_to_string(fixture).expect("there");
    let text = text.trim_end();
    let value: Value = serde_json::from_str(text).expect("JSON");
    let ttft = format!("\"mean_ttft_ms\": {}", value["mean_ttft_ms"]);
    assert!(text.contains(&ttft));
    let figures = |name: &str, text: &str| {
        let read = import_all(Source::new(name, text.as_bytes()), None, |_| {});
        let rows = read[0].tables.get(Kind::Measurement).expect("rows");
        let figure = |metric| rows.figures(metric, inferscope::record::Stat::Mean)?.get(rows.rows() - 1);
        [figure("ttft"), figure("e2el")]
    };
    let [_, e2el] = figures("x.json", text);
    assert!(e2el.is_some());
    let lines = |changed: &str| format!("{text}\n{changed}\n");
    for number in ["1e400", "-1E+309", "NaN", "-Infinity"] {
        let changed = text.replace(&ttft, &format!("\"mean_ttft_ms\": {number}"));
        let message = if number.starts_with(['1', '-']) && !number.ends_with('y') {
            "A number out of range (the largest is 1.8e308): missing."
        } else {
            "NaN or Infinity in the place of a number: missing."
        };
        let severity = if message.starts_with("A number") { "Warning" } else { "Info" };
        assert_eq!(figures("x.json", &changed), [None, e2el], "{number}");
        says(&findings("x.json", changed.as_bytes()), &format!("{severity} mean_ttft_ms: {message}"));
        assert_eq!(figures("x.jsonl", &lines(&changed)), [None, e2el], "{number}");
        says(&findings("x.jsonl", lines(&changed).as_bytes()), &format!("{severity} line 2, mean_ttft_ms: {message}"));
    }
    let twice = format!("{}, \"mean_ttft_ms\": 77.5}}", &text[..text.len() - 1]);
    assert_eq!(figures("x.json", &twice), [Some(77.5), e2el]);
    let message = "This key is in its object before: the last value is used.";
    says(&findings("x.json", twice.as_bytes()), &format!("Warning mean_ttft_ms: {message}"));
    says(&findings("x.jsonl", lines(&twice).as_bytes()), &format!("Warning line 2, mean_ttft_ms: {message}"));
    assert!(findings("x.json", text.as_bytes()).iter().all(|found| !found.contains("missing") && !found.contains("before")));

    // A load without a limit is not missing.
    let unlimited = text.replace("\"request_rate\": \"inf\"", "\"request_rate\": Infinity");
    assert!(unlimited.contains("Infinity"));
    assert!(findings("x.json", unlimited.as_bytes()).iter().all(|found| !found.contains("Infinity")));
}

#[test]
fn figures_too_large_are_missing_and_told() {
    // Seconds: 1000 times as many milliseconds are no double any more, and no latency follows from them.
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/vllm/made/detailed.json");
    let mut run_of: Value = serde_json::from_str(&fs::read_to_string(fixture).expect("there")).expect("JSON");
    let path = folder("too-large").join("run.json");
    let mut requests = |number: usize| {
        run_of["ttfts"][number] = 1e307.into();
        fs::write(&path, run_of.to_string()).expect("written");
        run(&["table", "--requests", &path.display().to_string()])
    };
    let one = requests(1);
    assert!(
        told(&one).contains("run.json: warning: line 1, request 2: 2 figures are too large for a number: missing."),
        "{}",
        told(&one)
    );
    assert!(!told(&one).contains("single requests is"), "{}", told(&one));
    let two = requests(3);
    assert!(
        told(&two).contains("run.json: warning: line 1, request 2: 4 figures are too large for a number: missing."),
        "{}",
        told(&two)
    );
    // In ms, of the fixture; requests 3 and 6 failed.
    assert_eq!(column(&table(&two), "ttft_mean_ms"), ["87.393", "", "", "", "68.855", "", "42.329", "68.013"]);
    assert_eq!(two.status.code(), Some(0));
}

/// Invalid loads, instants and scores are reported like any other invalid figure.
#[test]
fn loads_instants_and_scores_that_are_none_are_told() {
    for (path, there, changed, expected) in [
        ("inference-perf/made/requests.json", "\"start_time\": 12.5", "\"start_time\": \"abc\"", "found the text “abc”"),
        (
            "perf-analyzer/made/profile_export.json",
            "\"value\": 4.5",
            "\"value\": \"4_5\"",
            "found \"4_5\"; the load is not known",
        ),
        ("vllm/made/runs.pytorch.json", "\"request_rate\": 4.0", "\"request_rate\": \"0x4\"", "for “request_rate”, found “0x4”"),
        ("lm-eval/made/before-0.4.json", "\"acc\": 0.525", "\"acc\": \"0,525\"", "“acc” of"),
        (
            "inferencex/evals/agg_eval_made.json",
            "\"em_strict\": 0.9545",
            "\"em_strict\": \"0x9\"",
            "for “em_strict”, found \"0x9\"",
        ),
        (
            "sa-bench/made/results_concurrency_64_gpus_16_ctx_8_gen_8.json",
            "\"benchmark_end_time_unix\": 1754043100.0",
            "\"benchmark_end_time_unix\": \"soon\"",
            "for “benchmark_end_time_unix”, found “soon”",
        ),
        ("aiperf/made/timeslices.json", "},\n", "};\n", "Syntax error"),
        ("genai-bench/made/experiment_metadata.json", ",", ";", "It is no sound JSON"),
        ("prometheus/made/two-scrapes.txt", ",model_name", ";model_name", "is not a metric; the line is skipped"),
        ("srt-slurm/made/cn01_decode_w0.csv", "2310.75", "2_310", "found the text “2_310”"),
    ] {
        let text = fixture(path);
        assert!(text.contains(there), "{path} has no {there}");
        let name = path.rsplit('/').next().expect("a name");
        assert!(!findings(name, text.as_bytes()).iter().any(|found| found.contains(expected)), "{path}");
        says(&findings(name, text.replacen(there, changed, 1).as_bytes()), expected);
    }
}

/// Invalid counts in tables are reported where other figures derive from them or results are distinguished by them.
#[test]
fn counts_that_are_none_are_told() {
    for (path, column) in [
        ("sa-bench/c88ef73/benchmark-rollup.csv", "Total GPU Count"),
        ("sa-bench/c88ef73/benchmark-rollup.csv", "Concurrency"),
        ("sweep/made/later.csv", "TP"),
        ("sweep/made/later.csv", "Num_GPUs"),
        ("locust/made/run_stats.csv", "Request Count"),
        ("locust/made/run_stats.csv", "Requests/s"),
    ] {
        let text = fixture(path);
        let lines: Vec<&str> = text.lines().collect();
        let at = lines[0].split(',').position(|name| name.trim() == column).expect(column);
        let cells: Vec<&str> =
            lines[1].split(',').enumerate().map(|(place, cell)| if place == at { "x_y" } else { cell }).collect();
        let changed = text.replacen(lines[1], &cells.join(","), 1);
        let found = findings("x.csv", changed.as_bytes());
        assert!(found.iter().any(|found| found.contains(column) && found.contains("“x_y”")), "{path}, {column}: {found:#?}");
        assert!(!findings("x.csv", text.as_bytes()).iter().any(|found| found.contains("x_y")));
    }
}

/// What is read of a text: the first measurement's cells by their columns, and the findings.
fn read_as(name: &str, text: &str) -> (impl Fn(&str) -> String + use<>, String) {
    let path = folder("read-as").join(name);
    fs::write(&path, text).expect("written");
    let output = run(&["table", &path.display().to_string()]);
    let (said, table) = (told(&output), table(&output));
    (
        move |wanted: &str| {
            if table.0.iter().any(|known| known == wanted) { column(&table, wanted)[0].to_owned() } else { String::new() }
        },
        said,
    )
}

/// An invalid count is left out and reported, together with what derives from it, in every format.
#[test]
fn what_follows_from_no_count_is_left_out() {
    let optimizer = fixture("llm-optimizer/made/results.json");
    for (there, changed) in
        [("\"tp_size\": 4", "1_0"), ("\"tensor_parallel_size\": 4", "-2"), ("\"tensor_parallel_size\": 4", "2.5")]
    {
        if !optimizer.contains(there) {
            continue;
        }
        let key = there.split(':').next().expect("a key");
        let (cell, said) = read_as("optimizer.json", &optimizer.replacen(there, &format!("{key}: \"{changed}\""), 1));
        // What is no number at all still tells results apart.
        let (kept, expected) = if changed == "1_0" { ("1_0", "non-negative") } else { ("", "whole") };
        assert_eq!([cell("tp").as_str(), &cell("gpus"), &cell("output_tps_per_gpu")], [kept, "", ""], "{changed}");
        let found = format!("found “{changed}”");
        assert!(said.lines().any(|line| line.contains(expected) && line.contains(&found)), "{said}");
        assert!(!cell("output_tps").is_empty());
    }
    let prompts = |number: &str| {
        let (cell, said) =
            read_as("optimizer.json", &optimizer.replacen("\"num_prompts\": 1000", &format!("\"num_prompts\": {number}"), 1));
        (cell("errored"), said.contains("num_prompts"))
    };
    assert_eq!(prompts("1000"), ("10".to_owned(), false));
    for number in ["0", "-5", "12.5", "\"1_000\""] {
        assert_eq!(prompts(number), (String::new(), true), "{number}");
    }

    let rollup = "Config,Total GPU Count,Decode GPU Count,Total Working GPU Count,Decode Working GPU Count,Prefill Working GPU Count,\
        Concurrency,Output Token Throughput,Median TTFT\nmade,32,16,24,16,8,256,4800.0,900.5\n";
    let gpus = |number: &str| {
        let (cell, said) = read_as("rollup.csv", &rollup.replacen(",24,", &format!(",{number},"), 1));
        (cell("gpus"), cell("output_tps_per_gpu"), said.contains("“Total Working GPU Count”"))
    };
    assert_eq!(gpus("24"), ("24".to_owned(), "200".to_owned(), false));
    for number in ["-7", "0", "1.5", "2_4"] {
        assert_eq!(gpus(number), (String::new(), String::new(), true), "{number}");
    }
    assert_eq!(gpus(""), ("32".to_owned(), "150".to_owned(), false));
}

/// A figure that cannot be negative is left out and told, and so is what is computed from it.
#[test]
fn negative_figures_are_told() {
    let locust = fixture("locust/made/run_stats.csv");
    let lines: Vec<&str> = locust.lines().collect();
    let at = lines[0].split(',').position(|name| name == "Failures/s").expect("there");
    let cells: Vec<&str> = lines[1].split(',').enumerate().map(|(place, cell)| if place == at { "-7" } else { cell }).collect();
    let (cell, said) = read_as("locust.csv", &locust.replacen(lines[1], &cells.join(","), 1));
    assert_eq!(cell("rps"), "");
    assert!(said.contains("“Failures/s”: Expected a non-negative number, found “-7”"), "{said}");

    let vllm = fixture("vllm/0.33.0/conc16.json");
    let value: Value = serde_json::from_str(&vllm).expect("JSON");
    let (cell, said) = read_as(
        "vllm.json",
        &vllm.replacen(&format!("\"total_input_tokens\": {}", value["total_input_tokens"]), "\"total_input_tokens\": -7", 1),
    );
    assert_eq!([cell("total_input_tokens"), cell("input_tokens_mean")], [""; 2]);
    assert!(said.contains("“total_input_tokens”, found “-7”"), "{said}");

    let own = "path,model,load_kind,load,gpus,rps,output_tps,ttft_p50_ms\na,m,concurrency,8,-4,2.5,-100,-5\n";
    let (cell, said) = read_as("own.csv", own);
    assert_eq!([cell("gpus"), cell("output_tps"), cell("ttft_p50_ms")], [""; 3], "{said}");
    for words in ["for GPUs", "“output_tps”", "“ttft_p50_ms”"] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

/// Values of another type in place of a list, a length or a number are reported.
#[test]
fn what_is_no_list_or_number_is_told() {
    for (path, there, changed, expected) in [
        ("vllm/made/detailed.json", "\"ttfts\": [", "\"ttfts\": {}, \"x\": [", "Expected a list for “ttfts”, found an object"),
        ("sglang/made/one-batch.jsonl", "\"output_throughput\": 567.47", "\"output_throughput\": \"567,47\"", "“567,47”"),
        (
            "inference-perf/0.7.0/stage-concurrency-4.json",
            "\"concurrency\": 4",
            "\"concurrency\": \"4_0\"",
            "concurrency: Expected a positive number, found “4_0”",
        ),
        (
            "dynamo/made/results_summary.json",
            "\"concurrency\": 20",
            "\"concurrency\": -7",
            "concurrency: Expected a positive number, found “-7”",
        ),
        (
            "vllm/0.33.0/conc16.json",
            "\"max_concurrent_requests\": 47",
            "\"max_concurrent_requests\": \"4_7\"",
            "Expected a non-negative number for max_concurrent_requests, found “4_7”",
        ),
        (
            "report/0.2/vllm-benchmark.json",
            "\"failures\": 10",
            "\"failures\": -7",
            "failures: Expected a positive number, found “-7”",
        ),
        ("inferencex/v2/agg_mock_v2_conc4.json", "\"conc\": 4", "\"conc\": \"4_0\"", "for “conc”, found “4_0”"),
    ] {
        let text = fixture(path);
        assert!(text.contains(there), "{path} has no {there}");
        let name = path.rsplit('/').next().expect("a name");
        assert!(!findings(name, text.as_bytes()).iter().any(|found| found.contains(expected)), "{path}");
        says(&findings(name, text.replacen(there, changed, 1).as_bytes()), expected);
    }
    let own = "path,model,load_kind,load,isl,gpus,rps,output_tps,ttft_p50_ms\na,m,concurrency,8,1_024,4,2.5,100,5\n";
    says(&findings("own.csv", own.as_bytes()), "Expected a non-negative number for ISL, found “1_024”");
}

/// Impossible GPU values are reported and dropped; possible ones, such as a temperature below zero, are read.
#[test]
fn impossible_telemetry_is_told() {
    let head = "timestamp, index, utilization.gpu [%], temperature.gpu, power.draw [W]\n";
    let text = format!("{head}2026/01/01 10:00:00.000, -1, 101 %, -5, 100.5 W\n2026/01/01 10:00:01.000, 0, 100 %, 40, 100.5 W\n");
    let read = import_all(Source::new("gpu.csv", text.as_bytes()), None, |_| {}).remove(0);
    let rows = read.tables.get(Kind::Sample).expect("rows");
    let figure = |key: &str, row| rows.figures(key, inferscope::record::Stat::Mean).and_then(|figures| figures.get(row));
    assert_eq!((figure("gpu_temperature", 0), figure("gpu_util", 0), figure("gpu_util", 1)), (Some(-5.0), None, Some(100.0)));
    let said: Vec<&str> = read.report.diagnostics.iter().map(|found| found.message.as_str()).collect();
    for words in ["Expected a share from 0 to 100 % for GPU utilisation, found “101”", "for GPU, found “-1”"] {
        assert!(said.iter().any(|said| said.contains(words)), "{said:?}");
    }
}

/// Degrees as people spell them, where it is plain what they mean.
#[test]
fn spelled_degrees_are_numbers() {
    for (spelled, gpus) in [("TP8", "8"), ("8x", "8"), ("x8", "8"), ("8", "8")] {
        let text = format!("{HEADER}m,v,H200,{spelled},1,100,5,50.25\n");
        let read = import_all(Source::new("x.csv", text.as_bytes()), None, |_| {}).remove(0);
        let table = read.tables.get(Kind::Measurement).expect("rows");
        assert_eq!(table.dimension("tp").and_then(|of| of.text(0)), Some(gpus), "{spelled}: {:?}", read.report.diagnostics);
    }
}
