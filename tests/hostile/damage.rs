//! What is damaged or cut off costs itself: a decoder that panics, zeros, texts that end in the middle.

use std::fs;

use inferscope::engine::{FileReport, import_all};
use inferscope::record::Kind;
use inferscope::source::Source;

use super::{HEADER, REPORT, findings, hostile, of_file, reports, run, says, table, told};

#[test]
fn a_decoders_panic_costs_its_file() {
    for (name, what) in [
        ("parquet_bitchunk.parquet", "Parquet"),
        ("parquet_emptyslice.parquet", "Parquet"),
        ("withgood/b.parquet", "Parquet"),
        ("arrow_unaligned.arrow", "Arrow"),
    ] {
        let found = of_file(name);
        assert!(
            found.len() == 1 && found[0].starts_with(&format!("Error file: The decoder of {what} failed on this file (")),
            "{found:?}"
        );
        let output = run(&["inspect", &hostile(name)]);
        assert_eq!((output.status.code(), told(&output).as_str()), (Some(1), ""), "{name}");
    }
    // The program that people install unwinds.
    let profiles = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).expect("there");
    assert!(profiles.lines().all(|line| !line.starts_with("panic")), "a profile aborts");

    let zip = reports("x.zip", &fs::read(hostile("one_bad_parquet.zip")).expect("there"));
    let good: Vec<usize> = zip.iter().filter(|report| !report.failed).map(|report| report.measurements).collect();
    assert_eq!((zip.len(), good), (6, vec![1; 5]));

    let output = run(&["table", &hostile("withgood")]);
    assert_eq!(output.status.code(), Some(1), "less was read than was given");
    assert_eq!(table(&output).1.len(), 1);
    let said = told(&output);
    assert!(said.contains("b.parquet: error: file: The decoder of Parquet failed") && !said.contains("panicked"), "{said}");
    // Not of any use to a pipeline: it asks whether it got worse, and part of the results is missing.
    let good = hostile("withgood/a.json");
    assert_eq!(run(&["compare", &good, &hostile("withgood")]).status.code(), Some(1));
    assert_eq!(run(&["compare", &good, &good]).status.code(), Some(0));
}

#[test]
fn a_zero_costs_its_line() {
    let log = fs::read(hostile("nul_decode_w0.out")).expect("there");
    let read = reports("nul_decode_w0.out", &log);
    let whole: Vec<u8> = log.iter().copied().filter(|byte| *byte != 0).collect();
    let lines = |reports: &[FileReport]| reports[0].records.get(&Kind::Sample).copied().unwrap_or_default();
    assert!(lines(&read) + 1 >= lines(&reports("nul_decode_w0.out", &whole)), "{:?}", read[0].records);
    says(&of_file("nul_decode_w0.out"), "Warning line 6: 4 zero bytes");
    // In a table, and in JSON: what the zero stands in is missing, not another number.
    let table = format!("{HEADER}m,v,H200,1,1,1\0200,5,50\nm,v,H200,1,2,200,6,60\n");
    let read = import_all(Source::new("x.csv", table.as_bytes()), None, |_| {});
    let rows = read[0].tables.get(Kind::Measurement).expect("rows");
    let figures = rows.figures("output_tps", inferscope::record::Stat::Mean).expect("a column");
    assert_eq!([figures.get(0), figures.get(1)], [None, Some(200.0)]);
    says(&findings("x.csv", table.as_bytes()), "Warning line 2: 1 zero byte,");
    let json = fs::read_to_string(REPORT).expect("there");
    let name = json.find("\"model\"").expect("a model");
    let mut damaged = json.into_bytes();
    damaged[name + 12] = 0;
    let read = reports("x.json", &damaged);
    assert_eq!((read[0].format.as_deref(), read[0].measurements), (Some("guidellm"), 5), "{:?}", read[0].diagnostics);
}

/// What is cut off is said to be, whether or not it is still recognised.
#[test]
fn cut_heads_are_cut_off() {
    let report = fs::read(REPORT).expect("there");
    let table = format!("{HEADER}m,v,H200,1,1,100,5,50\n");
    for (name, bytes) in [("x.json", &report[..]), ("x.csv", table.as_bytes())] {
        for end in [3, 10, 40, 60] {
            let found = findings(name, &bytes[..end]);
            assert!(found.iter().any(|line| line.contains("cut off") || line.contains("truncated")), "{name}, {end}: {found:?}");
        }
    }
}

/// What was cut off or appended is read as far as it is there, and told.
#[test]
fn cut_and_appended_json_is_told() {
    let read = |fixture: &str| {
        let path = format!("{}/tests/fixtures/{fixture}", env!("CARGO_MANIFEST_DIR"));
        fs::read_to_string(path).expect("there")
    };
    let named = read("wrapped/made/by-name.json");
    let cut = &named[..named.len() * 3 / 4];
    let report = &reports("x.json", cut.as_bytes())[0];
    assert_eq!(report.measurements, 1);
    says(
        &findings("x.json", cut.as_bytes()),
        "The file is truncated; results that are not complete before its end are not read.",
    );
    // A configuration is no result, whole; cut off, nobody knows.
    let settings = read("genai-bench/made/experiment_metadata.json");
    let cut = &settings[..settings.len() / 2];
    says(&findings("x.json", cut.as_bytes()), "cut off");
    let list = format!("[{}]", read("vllm/0.33.0/conc16.json"));
    let other = list.replace("\"max_concurrency\": 16", "\"max_concurrency\": 17");
    assert_ne!(list, other);
    let both = reports("x.json", format!("{list}\n{other}\n").as_bytes());
    assert_eq!(both[0].measurements, 2, "{:?}", both[0].diagnostics);
}

/// What follows a list within an object is the object's, not something appended to the list.
#[test]
fn a_list_in_an_object_ends_with_it() {
    for path in ["aiperf/made/timeslices.json", "aiperf/0.13.0/timeslices.json"] {
        assert_eq!(findings("timeslices.json", &crate::support::fixture(path)), [""; 0], "{path}");
    }
}

/// Whatever stands before lines of JSON, and however the first of them is damaged: the whole ones are read, the others counted.
#[test]
fn lines_of_json_are_read_one_by_one() {
    for (path, kind) in [
        ("sglang/0.5.5.post3/concurrency-1-4-16.jsonl", Kind::Measurement),
        ("prometheus/made/capture.jsonl", Kind::Sample),
        ("trace/made/random.jsonl", Kind::Entry),
        ("accuracy", Kind::Request),
    ] {
        let text = if path == "accuracy" {
            let line = String::from_utf8(crate::support::fixture("aiperf/made/requests.jsonl")).expect("text");
            line.lines().next().expect("a line").to_owned() + "\n"
        } else {
            String::from_utf8(crate::support::fixture(path)).expect("text")
        };
        let lines: Vec<&str> = text.lines().collect();
        let lines: Vec<&str> = if lines.len() < 3 { vec![lines[0]; 300] } else { lines };
        let rows = |lines: &[&str]| {
            let read = import_all(Source::new("x.jsonl", (lines.join("\n") + "\n").as_bytes()), None, |_| {}).remove(0);
            let said: Vec<String> =
                read.report.diagnostics.iter().map(|found| format!("{}: {}", found.place, found.message)).collect();
            (read.tables.get(kind).map_or(0, inferscope::table::Table::rows), said)
        };
        let (all, _) = rows(&lines);
        let (without, _) = rows(&lines[1..]);
        assert!(all > without && without > 0, "{path}");
        let with = |first: &str, from: usize| rows(&[&[first], &lines[from..]].concat());
        if kind == Kind::Measurement {
            // Files with a mark of UTF-8 each, put behind each other.
            let marked: Vec<String> = lines.iter().map(|line| format!("\u{feff}{line}")).collect();
            let (read, said) = rows(&marked.iter().map(String::as_str).collect::<Vec<&str>>());
            assert_eq!(read, all, "{path}: {said:?}");
        }
        if kind == Kind::Measurement {
            // As in a list.
            let (read, said) = rows(
                &lines
                    .iter()
                    .map(|line| format!("{line},"))
                    .collect::<Vec<_>>()
                    .iter()
                    .map(String::as_str)
                    .collect::<Vec<&str>>(),
            );
            assert_eq!(read, all, "{path}: {said:?}");
            assert!(said.iter().any(|said| said.contains("lines end in a comma: read without it")), "{path}: {said:?}");
            let (read, said) = with("true", 1);
            assert_eq!(read, without, "{path}: {said:?}");
            assert!(!said.iter().any(|said| said.contains("truncated")), "{path}: {said:?}");
        }
        if path == "prometheus/made/capture.jsonl" {
            let marked: Vec<String> = lines.iter().map(|line| format!("\u{feff}{line}")).collect();
            let (read, said) = rows(&marked.iter().map(String::as_str).collect::<Vec<&str>>());
            assert_eq!(read, all, "{path}: {said:?}");
        }
        for before in ["node: 5\" disk ready", "#!x", "{}"] {
            let (read, said) = with(before, 0);
            assert_eq!(read, all, "{path} {before}: {said:?}");
        }
        let first = lines[0];
        for damaged in [&first[first.len() / 3..], &first[..first.len() / 3], &format!("{{\"a\":{first}")] {
            let (read, said) = with(damaged, 1);
            assert_eq!(read, without, "{path} {damaged}: {said:?}");
            assert!(said.iter().any(|said| said.starts_with("line 1")), "{path} {damaged}: {said:?}");
        }
    }
}
