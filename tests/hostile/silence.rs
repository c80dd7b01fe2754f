//! Nothing is lost, merged or made up in silence.

use std::fs;

use inferscope::engine::import_all;
use inferscope::record::{Kind, Severity};
use inferscope::source::Source;
use serde_json::Value;

use super::{HEADER, findings, fixture, folder, hostile, of_file, reports, run, says, table, told};
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
    let repeated = text.clone() + text.lines().nth(1).expect("a row") + "\n";
    fs::create_dir_all(folder.join("both")).expect("made");
    ["a.csv", "b.csv"].iter().for_each(|name| fs::write(folder.join("both").join(name), &repeated).expect("written"));
    let both = folder.join("both").display().to_string();
    let quiet = run(&["table", "--quiet", &a, &b, &a]);
    assert_eq!((&quiet.stdout, told(&quiet).as_str()), (&output.stdout, ""));
    // Every command that joins says so, and what a file has twice.
    for command in [&["compare"][..], &["check", "--slo", "ttft.p95=4000"], &["diagnose"]] {
        let paths: &[&str] = if command[0] == "compare" { &[&both, &both] } else { &[&both] };
        let said = told(&run(&[command, paths].concat()));
        assert!(said.contains("2 measurements are also in"), "{command:?}: {said}");
        assert!(said.contains("line 3: 1 row repeats an earlier row's identity and load"), "{command:?}: {said}");
        let quiet = told(&run(&[command, paths, &["--quiet"]].concat()));
        assert!(!quiet.contains("note:"), "{command:?}: {quiet}");
    }
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
        format!("{head}{first}\u{feff}{swapped}{second}"),
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

/// Below a header of other columns rows are read by it where its names are known, and left out and counted where they are not.
#[test]
fn another_header_is_told_and_read_or_left_out() {
    let head = "model,version,accelerator,TP,intended concurrency,prompt toks,output toks,ttft_median,ttft_p95,output_tok/sec\n";
    let first: String = (1..40).map(|load| format!("m,v,H200,1,{load},100,5,35.25,40.5,50\n")).collect();
    let read = |text: &str| {
        let path = folder("other-header").join("x.csv");
        fs::write(&path, text).expect("written");
        let output = run(&["table", &path.display().to_string()]);
        (table(&output), told(&output))
    };
    // Fewer columns in another order and spelling.
    let fewer = "Model,Version,accelerator,tp,intended_concurrency,output_tok/sec,ttft_median\n";
    let below: String = (40..60).map(|load| format!("n,v,H200,1,{load},50,35.25\n")).collect();
    let (rows, said) = read(&format!("{head}{first}{fewer}{below}{head}m,v,H200,1,99,100,5,35.25,40.5,50\n"));
    assert_eq!(rows.1.len(), 39 + 20 + 1);
    assert!(column(&rows, "output_tps").iter().all(|cell| *cell == "50"));
    assert!(column(&rows, "ttft_p50_ms").iter().all(|cell| *cell == "35.25"));
    assert_eq!(column(&rows, "isl").iter().filter(|cell| cell.is_empty()).count(), 20);
    assert!(said.contains("line 41: Another header, which lacks 3 columns: the rows below are read by it."), "{said}");
    assert!(said.contains("line 62: The header again") && !said.contains("Expected"), "{said}");
    // As many columns, of which some have other names.
    let renamed = head.replace("ttft_median", "first token").replace("output_tok/sec", "speed");
    let (rows, said) = read(&format!("{head}{first}{renamed}{}", first.repeat(2)));
    assert_eq!(rows.1.len(), 39);
    assert!(said.contains("line 41: Another header, with 2 columns that the first does not have"), "{said}");
    let listed = findings("x.csv", format!("{head}{first}{renamed}{}", first.repeat(2)).as_bytes());
    let counted = listed.iter().filter(|found| found.contains("below another header")).count();
    says(&listed, &format!("And {} more rows below a header of other columns", 78 - counted));
    // Glued to a row that has no line end.
    let (rows, said) = read(&format!("{head}{}{head}{}", first.trim_end(), first.replace("m,v", "n,v")));
    assert_eq!(rows.1.len(), 78, "{said}");
    assert!(column(&rows, "output_tps").iter().all(|cell| *cell == "50"));
    assert!(said.contains("line 40: The header again"), "{said}");
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
