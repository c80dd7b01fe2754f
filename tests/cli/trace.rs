//! `inferscope trace`: analysis against a few lines of Python, and what is made from traces against its own definition.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{folder, put, run};
use crate::support::root;

/// The four requests of the README of Dynamo's benchmarks.
const README: &str = r#"{"timestamp": 0, "input_length": 6755, "output_length": 500, "hash_ids": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]}
{"timestamp": 0, "input_length": 7319, "output_length": 490, "hash_ids": [0, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27]}
{"timestamp": 3052, "input_length": 7234, "output_length": 794, "hash_ids": [0, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41]}
{"timestamp": 3052, "input_length": 2287, "output_length": 316, "hash_ids": [0, 42, 43, 44, 45]}
"#;

/// A trace of so many requests with blocks of this size: conversations about documents that some of them share.
pub fn made(requests: u32, size: u32) -> String {
    let mut text = String::new();
    let (mut state, mut next, mut time) = (7_u64, 1_000, 0);
    let mut chance = |below: u32| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32 % below
    };
    for _ in 0..requests {
        let document = chance(12) * chance(3);
        let shared = (document * 40..document * 40 + 2 + document % 7).take(2 + chance(8) as usize);
        let own = 1 + chance(9);
        let ids: Vec<u32> = shared.chain(next..next + own).collect();
        next += own;
        let input = (ids.len() as u32 - 1) * size + 1 + chance(size);
        let ids: Vec<String> = ids.iter().map(u32::to_string).collect();
        let output = 1 + chance(400);
        writeln!(
            text,
            r#"{{"timestamp": {time}, "input_length": {input}, "output_length": {output}, "hash_ids": [{}]}}"#,
            ids.join(", ")
        )
        .expect("text");
        time += chance(3) * chance(900);
    }
    text
}

fn analyzed(arguments: &[&str]) -> Value {
    let output = run(&[&["trace", "analyze", "--json"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn reference(file: &str, size: &str, capacities: &[&str]) -> Value {
    let script = root().join("tests/independent/trace.py");
    let output = Command::new("python3").arg(&script).args([file, size]).args(capacities).output().expect("python3 is needed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Everything that the reference found is there, too.
fn holds(found: &Value, expected: &Value, place: &str) {
    match expected {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| holds(&found[key], value, &format!("{place}.{key}"))),
        Value::Array(items) => {
            assert_eq!(found.as_array().map(Vec::len), Some(items.len()), "{place}");
            items.iter().enumerate().for_each(|(at, value)| holds(&found[at], value, &format!("{place}[{at}]")));
        }
        value => {
            let [found, value] = [found, value].map(|value| value.as_f64().unwrap_or(f64::NAN));
            assert!((found - value).abs() <= 1e-9 * value.abs().max(1.0), "{place}: {found}, not {value}");
        }
    }
}

/// What standard error says.
fn said(arguments: &[&str]) -> String {
    String::from_utf8(run(arguments).stderr).expect("UTF-8")
}

#[test]
fn a_trace_is_analysed_as_the_reference_does() {
    let folder = folder("trace-analyze");
    let readme = put(&folder, "readme.jsonl", README);
    let found = analyzed(&[&readme]);
    // `aiperf-and-dynamo.md` §4.2: hit rates 0, 1/15, 1/15, 1/5; context of one block each.
    let third = 1.0 / 3.0;
    let hits = [0.0, 1.0 / 15.0, 1.0 / 15.0, 0.2];
    assert_eq!(found["requests"], 4);
    for (key, expected) in [("count", 4.0), ("mean", third / 4.0), ("min", 0.0), ("p25", 0.05), ("p50", hits[1]), ("max", 0.2)] {
        let value = found["hit_rate"][key].as_f64().expect(key);
        assert!((value - expected).abs() < 1e-12, "{key}: {value}");
    }
    for key in ["mean", "min", "max", "p75"] {
        assert_eq!(found["context_length"][key], 512.0, "{key}");
    }
    assert_eq!(found["unique_prompt_length"]["max"], 6807.0);
    for (name, text, size) in [("readme", README.to_owned(), "512"), ("made", made(400, 64), "64"), ("small", made(60, 16), "16")]
    {
        let file = put(&folder, &format!("{name}-all.jsonl"), &text);
        let capacities = ["1", "5", "16", "40", "100", "1000000"];
        let mut arguments = vec![file.as_str(), "--block-size", size];
        arguments.extend(capacities.iter().flat_map(|capacity| ["--cache-blocks", capacity]));
        holds(&analyzed(&arguments), &reference(&file, size, &capacities), name);
    }
}

#[test]
fn what_is_wrong_in_a_trace_is_told_with_its_line() {
    let folder = folder("trace-wrong");
    let wrong = format!("{README}{{\"timestamp\": 9\n{{\"timestamp\": 1, \"input_length\": 700, \"hash_ids\": [50]}}\n");
    let file = put(&folder, "wrong.jsonl", &wrong);
    let told = said(&["trace", "analyze", &file]);
    for part in [
        "error: line 5, character 14",
        "warning: line 6: 1 request with fewer hash_ids than blocks of 512 tokens make, this the first. No block size fits all",
        "line 6: 1 request sent before the one above",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert_eq!(analyzed(&[&file])["requests"], 5);
    // Blocks of 64 tokens, read as ones of 512.
    let file = put(&folder, "size.jsonl", &made(80, 64));
    let told = said(&["trace", "analyze", &file]);
    assert!(told.contains("requests with more hash_ids"), "{told}");
    assert!(told.contains("A block size of 64 would fit all") && told.contains("a unique prompt of 0 tokens or less"), "{told}");
    assert_eq!(said(&["trace", "analyze", &file, "--block-size", "64"]), "");
    // Seconds with a group, milliseconds without; ids that are texts.
    let sessions = root().join("tests/fixtures/trace/made/sessions.jsonl").display().to_string();
    let found = analyzed(&[&sessions]);
    assert_eq!((found["arrivals"]["duration_s"].as_f64(), found["blocks"]["distinct"].as_u64()), (Some(0.5), Some(6)));
    // Ids that are not to be believed.
    let found = analyzed(&[&sessions, "--random-ids"]);
    assert_eq!((found["hit_rate"]["count"].as_u64(), &found["blocks"]), (Some(0), &Value::Null));
    for (content, part) in [("a,b\n1,2\n", "Not a trace"), ("", "Not a trace"), ("{\"timestamp\"\n", "No request could be read")]
    {
        let file = put(&folder, "none.jsonl", content);
        let output = run(&["trace", "analyze", &file]);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{content}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(part), "{content}");
    }
    assert_eq!(run(&["trace", "analyze", &folder.join("missing").display().to_string()]).status.code(), Some(1));
    assert_eq!(run(&["trace", "analyze", &file, "--block-size", "0"]).status.code(), Some(2));
}

#[test]
fn traces_are_compared_and_may_be_tables() {
    let shown = |name: &str| root().join("tests/fixtures/trace/made").join(name).display().to_string();
    let found = analyzed(&[&shown("azure.csv"), &shown("burstgpt.csv")]);
    let [azure, burst] = [&found[0], &found[1]];
    assert!(Path::new(azure["file"].as_str().expect("a path")).ends_with("azure.csv"));
    assert_eq!((azure["requests"].as_u64(), azure["input_length"]["mean"].as_f64()), (Some(6), Some(1652.0)));
    assert_eq!((burst["output_length"]["count"].as_u64(), burst["hit_rate"]["count"].as_u64()), (Some(3), Some(0)));
    assert_eq!(burst["arrivals"]["duration_s"], 175.0);
    let text = String::from_utf8(run(&["trace", "analyze", &shown("azure.csv"), &shown("burstgpt.csv")]).stdout).expect("UTF-8");
    assert!(text.lines().filter(|line| line.starts_with("input_length")).count() == 2, "{text}");
}
