//! Nothing is lost, merged or made up in silence.

use std::fs;

use inferscope::engine::import_all;
use inferscope::record::{Kind, Severity};
use inferscope::source::Source;
use serde_json::Value;

use super::{HEADER, findings, folder, hostile, of_file, reports, run, says, table, told};
use crate::support::sheet::column;

#[test]
fn nothing_merges_in_silence() {
    let twins = table(&run(&["table", &hostile("twins")]));
    assert_eq!(column(&twins, "model"), ["ModelA", "ModelB"]);
    // The second tensor-parallel rank of each log is told, not printed.
    let nodes = run(&["nodes", &hostile("rotated")]);
    assert_eq!(table(&nodes).1.len(), 8);
    assert!(told(&nodes).contains("2 of 10 samples are not printed"), "{}", told(&nodes));

    let folder = folder("copies");
    let text = fs::read_to_string(hostile("twins/a.csv")).expect("there");
    let [a, b] = ["a.csv", "b.csv"].map(|name| {
        fs::write(folder.join(name), &text).expect("written");
        folder.join(name).display().to_string()
    });
    let output = run(&["table", &a, &b, &a]);
    assert_eq!(table(&output).1.len(), 1);
    let said = told(&output);
    assert!(said.contains(&format!("{b}: note: One measurement is also in {a}: shown once")), "{said}");
    assert!(said.contains(&format!("{a}: note: The same file is named twice: read once.")), "{said}");
    let quiet = run(&["table", "--quiet", &a, &b, &a]);
    assert_eq!((&quiet.stdout, told(&quiet).as_str()), (&output.stdout, ""));
    // Errors are no notes.
    assert!(told(&run(&["table", "--quiet", &hostile("withgood")])).contains("failed on this file"));
}

#[test]
fn nothing_is_lost_in_silence() {
    says(
        &of_file("cutnum.csv"),
        "Warning line 5: The file ends without a line end, and “620.” seems to be the beginning of a number",
    );
    says(&of_file("hdr_rollup.csv"), "Warning file: The table has a header but no rows");
    let own = "path,tool,model,accelerator,version,tp,dp,gpus,isl,osl,load_kind,load,output_tps\n";
    for header in [own, HEADER] {
        says(&findings("x.csv", header.as_bytes()), "The table has a header but no rows");
    }
    // A whole number after one with decimals may be cut off; one after another, or before a line end, is not.
    let rows = |last: &str| format!("{HEADER}m,v,H200,1,1,100,5,50.25\nm,v,H200,1,2,100,5,60.5\nm,v,H200,1,3,100,5,{last}");
    for (last, cut) in [("7", true), ("70.", true), ("7\n", false), ("70.5", false), ("", false), ("7e", true)] {
        let found = findings("x.csv", rows(last).as_bytes());
        assert_eq!(found.iter().any(|found| found.contains("beginning of a number")), cut, "{last:?}: {found:?}");
    }

    // Whether “17” was “175” cannot be known: a note.
    let whole = findings("x.csv", rows("1\nm,v,H200,1,4,100,5,17").as_bytes());
    says(&whole, "Info line 5: The last line has no line end.");

    let zip = reports("x.zip", &fs::read(hostile("dup_names.zip")).expect("there"));
    let read: Vec<(&str, usize)> = zip.iter().map(|report| (report.path.as_str(), report.measurements)).collect();
    assert_eq!(read, [("x.zip", 0), ("x.zip/same.csv", 1), ("x.zip/same (2).csv", 1)]);
    assert_eq!(zip[0].diagnostics[0].severity, Severity::Warning);
}

/// A number that is none costs itself, a repeated key is told, in one text and in lines of texts.
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

fn fixture(path: &str) -> String {
    String::from_utf8(crate::support::fixture(path)).expect("text")
}

/// A gap between tokens that is missing makes the sum of the gaps too small, and with it what follows from it.
#[test]
fn a_missing_gap_costs_what_follows_from_it() {
    let text = fixture("sa-bench/c88ef73/sa-bench_isl_128_osl_32/results_concurrency_8_gpus_16_ctx_8_gen_8.json");
    let value: Value = serde_json::from_str(&text).expect("JSON");
    let gaps = value["itls"].as_array().expect("a list");
    let request = gaps.iter().position(|gaps| gaps.as_array().is_some_and(|gaps| gaps.len() > 1)).expect("one of several");
    let path = folder("gap").join("run.json");
    let columns = |value: &Value| {
        fs::write(&path, value.to_string()).expect("written");
        let output = run(&["table", "--requests", &path.display().to_string()]);
        let table = table(&output);
        let of = |name: &str| column(&table, name).iter().map(|cell| (*cell).to_owned()).collect::<Vec<String>>();
        (["ttft_mean_ms", "e2el_mean_ms", "tpot_mean_ms", "itl_mean_ms", "itl_max_ms"].map(of), told(&output))
    };
    let (whole, _) = columns(&value);
    let mut damaged = value.clone();
    damaged["itls"][request][1] = Value::Null;
    let (read, said) = columns(&damaged);
    assert_eq!(read[0], whole[0], "TTFT follows from no gap");
    for (read, whole) in read.iter().zip(&whole).skip(1) {
        let lost: Vec<usize> = (0..whole.len()).filter(|at| read[*at] != whole[*at]).collect();
        assert!(!whole[request].is_empty() && lost == [request] && read[request].is_empty(), "{read:?}, before {whole:?}");
    }
    let expected = format!(
        "1 figure of single requests cannot be read: what follows from it is missing, too; the first: itls[{request}] is null."
    );
    assert!(said.contains(&expected), "{said}");
}

/// What goes on as no number is none, in logs, on consoles and in tables.
#[test]
fn a_number_ends_where_a_number_ends() {
    let log = fixture("worker-log/made/rack-07_cn02_decode_w1.out");
    let line = log.lines().find(|line| line.contains("#running-req: ")).expect("a batch");
    let (before, rest) = line.split_once("#running-req: ").expect("there");
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let running = |written: &str| {
        let text = format!("{before}#running-req: {written}{rest}\n");
        let read = import_all(Source::new("x_decode_w1.out", text.as_bytes()), None, |_| {}).remove(0);
        let rows = read.tables.get(Kind::Sample).expect("rows");
        let value = rows.figures("running_requests", inferscope::record::Stat::Mean).and_then(|figures| figures.get(0));
        let said: Vec<String> = read.report.diagnostics.iter().map(|found| found.message.clone()).collect();
        (value, said)
    };
    assert_eq!(running("12").0, Some(12.0));
    for written in ["1_000", "0x10", "1,234", "1.2.3", "7-8", "12abc", "1..", "5.5k", "1/2", "50%", "5e%"] {
        let (value, said) = running(written);
        assert_eq!(value, None, "{written}");
        says(&said, &format!("Expected a non-negative number for “#running-req”, found “{written}”; ignored."));
    }

    // Commas set thousands apart, or nothing.
    let table = fixture("aiperf/0.13.0/concurrency-4.csv");
    let line = table.lines().find(|line| line.starts_with("Request Latency (ms),")).expect("a row");
    let cell = line.split(',').nth(1).expect("a figure");
    for (written, number) in [("\"1,234.5\"", Some(1234.5)), ("\"12,5\"", None)] {
        let text = table.replace(line, &line.replacen(cell, written, 1));
        let read = import_all(Source::new("x.csv", text.as_bytes()), None, |_| {}).remove(0);
        let rows = read.tables.get(Kind::Measurement).expect("rows");
        let value = rows.figures("e2el", inferscope::record::Stat::Mean).and_then(|figures| figures.get(0));
        assert_eq!(value, number, "{written}");
    }
    assert!(
        findings("x.csv", table.replace(line, &line.replacen(cell, "\"12,5\"", 1)).as_bytes())
            .iter()
            .any(|found| { found.contains("Expected a non-negative number, found “12,5”; ignored.") })
    );

    // A rate that is no number is not “no limit”.
    let console = "============ Serving Benchmark Result ============\nSuccessful requests: 9\nBenchmark duration (s): 2.0\n\
        Request throughput (req/s): 4.5\n==================================================\n";
    let load = |rate: &str| {
        let text = format!("Traffic request rate: {rate}\n{console}");
        let read = import_all(Source::new("x.log", text.as_bytes()), None, |_| {}).remove(0);
        let said: Vec<String> = read.report.diagnostics.iter().map(|found| found.message.clone()).collect();
        let rows = read.tables.get(Kind::Measurement).expect("rows");
        (rows.dimension("load_kind").and_then(|kinds| kinds.text(0).map(str::to_owned)), said)
    };
    assert_eq!(load("inf").0.as_deref(), Some("max"));
    let (kind, said) = load("1_0");
    assert_eq!(kind, None);
    says(&said, "“Traffic request rate” has the unexpected value “1_0”; ignored.");
}

/// A configuration that breaks off is not taken for a whole one, as far as that shows.
#[test]
fn a_cut_configuration_is_told() {
    let config = fixture("inference-perf/0.7.0/config.yaml");
    let at = |words: &str| config.find(words).expect(words) + words.len();
    // The whole is read as a run's configuration, its beginning is one of nobody's.
    for (end, said) in [
        (at("  slo_unit:"), "It ends with the key “slo_unit”, which has no value: it seems to be cut off there."),
        (at("session_token_heade"), "It ends in the middle: it is cut off"),
        (at("\n  goodput:"), "It ends with the key “goodput”, which has no value"),
    ] {
        says(&findings("config.yaml", &config.as_bytes()[..end]), said);
    }
    for text in ["a: [1, 2\n", "a: \"b\n", "a: {b: 1,\n"] {
        says(&findings("settings.yaml", text.as_bytes()), "It ends in the middle: it is cut off");
    }
    for text in ["a: 1\nb: 2\n", "a: |\n  if x:\n", "a: {{ .Values.b }}\n{{- end }}\n", "a: null\n"] {
        assert_eq!(findings("settings.yaml", text.as_bytes()), [""; 0], "{text}");
    }
}

/// A scrape whose moment is stated twice is a scrape.
#[test]
fn a_repeated_key_costs_no_scrape() {
    let text = fixture("prometheus/made/capture.jsonl");
    let line = text.lines().next().expect("a line");
    let twice = text.replacen(line, &line.replacen('{', "{\"timestamp_ns\": 5, ", 1), 1);
    let rows = |text: &str| import_all(Source::new("x.jsonl", text.as_bytes()), None, |_| {}).remove(0).tables.to_bytes();
    assert!(rows(&twice) == rows(&text), "the last moment is used");
    says(
        &findings("x.jsonl", twice.as_bytes()),
        "Warning line 1, timestamp_ns: This key is in its object before: the last value is used.",
    );
}

/// What stands in the place of a load, an instant or a score and is none is told, as that of any figure is.
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

/// Counts in tables from which other figures follow, or by which results are told apart, are told where they are none.
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

/// A count that is none is left out and told, with what would follow from it, in every format.
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
        assert_eq!([cell("tp"), cell("gpus"), cell("output_tps_per_gpu")], [""; 3], "{changed}");
        assert!(said.contains(&format!("Expected a whole number from 1 for TP, found “{changed}”")), "{said}");
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

/// Tables behind each other: each is read by its own header, whatever order its columns are in.
#[test]
fn a_header_that_comes_again_is_read() {
    let head = "model,version,accelerator,TP,intended concurrency,prompt toks,output toks,ttft_median,ttft_p95,output_tok/sec\n";
    let swapped =
        "model,version,accelerator,TP,intended concurrency,output toks,prompt toks,ttft_p95,ttft_median,output_tok/sec\n";
    let first: String = (1..40).map(|load| format!("m,v,H200,1,{load},100,5,35.25,40.5,50\n")).collect();
    let second: String = (41..90).map(|load| format!("m,v,H200,1,{load},5,100,40.5,35.25,50\n")).collect();
    for text in [
        format!("{head}{first}{swapped}{second}"),
        format!("{head}{first}{swapped}{second}{head}{}", first.replace("m,v,", "n,v,")),
        format!("{head}{first}{}{second}", swapped.replace("prompt toks", "\"prompt toks\"")),
    ] {
        let path = folder("again").join("x.csv");
        fs::write(&path, &text).expect("written");
        let output = run(&["table", &path.display().to_string()]);
        let table = table(&output);
        assert_eq!(table.1.len(), text.lines().filter(|line| line.contains("H200")).count());
        for (name, value) in [("isl", "100"), ("osl", "5"), ("ttft_p50_ms", "35.25"), ("ttft_p95_ms", "40.5")] {
            assert!(column(&table, name).iter().all(|cell| *cell == value), "{name}");
        }
        let said = told(&output);
        assert!(said.contains("line 41: The header again, with its columns in another order"), "{said}");
        assert!(!said.contains("Expected"), "{said}");
    }
    // Of any tool, in any order.
    let locust = fixture("locust/made/run_stats.csv");
    let reversed = |line: &str| line.trim_end().split(',').rev().collect::<Vec<&str>>().join(",") + "\n";
    let both = format!("{}\n{}", locust.trim_end(), locust.lines().map(reversed).collect::<String>());
    let read = import_all(Source::new("x.csv", both.as_bytes()), None, |_| {}).remove(0);
    let rows = read.tables.get(Kind::Measurement).expect("rows");
    let count = locust.lines().count() - 1;
    assert_eq!(rows.rows(), 2 * count);
    let rate = |row| rows.figures("rps", inferscope::record::Stat::Mean).and_then(|figures| figures.get(row));
    assert!((0..count).all(|row| rate(row) == rate(row + count)));
    let same = findings("x.csv", format!("{head}{first}{head}{}", first.replace("m,v,", "n,v,")).as_bytes());
    says(&same, "Info line 41: The header again; the row is skipped.");
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

/// A line that was appended twice is told; it stays, as it may be another run.
#[test]
fn measurements_that_are_there_twice_are_told() {
    let text = fixture("sglang/0.5.5.post3/concurrency-1-4-16.jsonl");
    let first = text.lines().next().expect("a line");
    let twice = format!("{}\n{first}\n", text.trim_end());
    let said = "1 measurement is the same as one before in every figure (this one as line 1).";
    says(&findings("x.jsonl", twice.as_bytes()), &format!("Warning line 4: {said}"));
    assert!(!findings("x.jsonl", text.as_bytes()).iter().any(|found| found.contains("the same as one before")));
    assert_eq!(reports("x.jsonl", twice.as_bytes())[0].measurements, 4);
}

/// A moment that is not known costs its sample the time, and no other.
#[test]
fn a_missing_time_costs_one_sample_its_time() {
    let head = "timestamp, index, uuid, utilization.gpu [%], power.draw [W]\n";
    let row = |time: &str| format!("{time}, 0, GPU-a, 5 %, 100.50 W\n");
    let text = format!("{head}{}{}{}", row("2026/01/01 10:00:00.000"), row("[N/A]"), row("2026/01/01 10:00:02.000"));
    let read = import_all(Source::new("gpu.csv", text.as_bytes()), None, |_| {}).remove(0);
    let rows = read.tables.get(Kind::Sample).expect("rows");
    assert_eq!(rows.rows(), 3);
    assert!(rows.dimension("scrape").is_none());
    let found: Vec<String> = read.report.diagnostics.iter().map(|found| found.message.clone()).collect();
    says(&found, "1 sample without a timestamp, the first at line 3");
    assert!(!found.iter().any(|found| found.contains("they are numbered")), "{found:?}");
    let none = format!("{head}{}{}", row("[N/A]"), row("[N/A]"));
    says(&findings("gpu.csv", none.as_bytes()), "The samples have no timestamps; they are numbered.");
}

/// What is no list, length or number is told where it stands in the place of one.
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
