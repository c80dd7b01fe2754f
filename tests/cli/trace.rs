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

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn synthesized(arguments: &[&str]) -> String {
    let output = run(&[&["trace", "synthesize"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn mean(analysis: &Value, figure: &str) -> f64 {
    analysis[figure]["mean"].as_f64().unwrap_or_else(|| panic!("no mean of {figure}"))
}

#[test]
fn a_synthetic_trace_keeps_what_is_not_scaled() {
    let folder = folder("trace-synthesize");
    let original = put(&folder, "original.jsonl", &made(5000, 64));
    let before = analyzed(&[&original, "--block-size", "64"]);
    let scaled = |options: &[&str]| {
        let text = synthesized(&[&[original.as_str(), "--block-size", "64", "--seed", "3"], options].concat());
        for line in lines(&text) {
            let field = |key: &str| line[key].as_u64().unwrap_or_else(|| panic!("{key} in {line}"));
            let blocks = line["hash_ids"].as_array().map_or(0, Vec::len) as u64;
            assert!(blocks * 64 >= field("input_length") && (blocks - 1) * 64 < field("input_length"), "{line}");
            assert_eq!(field("context_len") + field("unique_user_prompt_len"), field("input_length"));
        }
        let file = put(&folder, "scaled.jsonl", &text);
        assert_eq!(said(&["trace", "analyze", &file, "--block-size", "64"]), "", "{options:?}");
        (analyzed(&[&file, "--block-size", "64"]), text)
    };
    let close = |found: f64, expected: f64, share: f64, what: &str| {
        assert!((found - expected).abs() <= share * expected, "{what}: {found}, not {expected}");
    };
    let (same, text) = scaled(&[]);
    assert_eq!(same["requests"], 5000);
    for figure in ["input_length", "context_length", "unique_prompt_length", "output_length", "hit_rate"] {
        close(mean(&same, figure), mean(&before, figure), 0.04, figure);
    }
    let duration = |analysis: &Value| analysis["arrivals"]["duration_s"].as_f64().expect("a duration");
    close(duration(&same), duration(&before), 0.06, "duration");
    assert_eq!(scaled(&[]).1, text, "the same seed");
    assert_ne!(synthesized(&[&original, "--block-size", "64", "--seed", "4"]), text, "another seed");

    let (fast, _) = scaled(&["--speedup-ratio", "2"]);
    close(duration(&fast), duration(&same) / 2.0, 0.0001, "half the duration");
    let (long, _) = scaled(&["--prefix-len-multiplier", "1.5", "--prompt-len-multiplier", "0.5", "--osl-multiplier", "2"]);
    close(mean(&long, "context_length"), 2.0 * mean(&same, "context_length"), 0.02, "prefixes of 1.5, rounded up to 2");
    close(mean(&long, "unique_prompt_length"), mean(&same, "unique_prompt_length") / 2.0, 0.02, "half the prompts");
    close(mean(&long, "output_length"), 2.0 * mean(&same, "output_length"), 0.02, "twice the answers");
    let (copies, _) = scaled(&["--prefix-root-multiplier", "3"]);
    let repeated = |analysis: &Value| analysis["blocks"]["repeated"].as_f64().expect("a count");
    close(repeated(&copies), 3.0 * repeated(&same), 0.05, "three trees");
    close(mean(&copies, "input_length"), mean(&same, "input_length"), 0.04, "length with three trees");

    let bounds = ["--min-isl", "200", "--max-isl", "500", "--min-osl", "50", "--max-osl", "60", "--num-requests", "700"];
    let (bounded, _) = scaled(&bounds);
    assert_eq!(bounded["requests"], 700);
    let range = |figure: &str| ["min", "max"].map(|end| bounded[figure][end].as_f64().expect("a number"));
    let [low, high] = range("input_length");
    assert!(low >= 200.0 && high <= 500.0, "{low} to {high}");
    assert_eq!(range("output_length"), [50.0, 60.0]);

    // The reader of the page takes it as a trace.
    let inspected = super::json(&["inspect", "--json", &put(&folder, "as-read.jsonl", &text)]);
    assert_eq!((&inspected[0]["format"], &inspected[0]["records"]["entry"]), (&"request-trace".into(), &5000.into()));
    let warned = inspected[0]["diagnostics"].as_array().expect("a list").iter().filter(|finding| finding["severity"] != "info");
    assert_eq!(warned.count(), 0);
}

#[test]
fn a_synthesis_that_cannot_be_is_refused() {
    let folder = folder("trace-refused");
    let odd = r#"{"timestamp": 1, "input_length": 9, "output_length": 1, "hash_ids": [1, 2]}"#;
    let original = put(&folder, "original.jsonl", &format!("{}{odd}\n", made(50, 64)));
    let target = folder.join("out.jsonl").display().to_string();
    // The odd request needs one block; blocks of 64 tokens are none of 512; no prompt is that long.
    for (arguments, part) in [
        (vec!["--block-size", "64"], "warning: line 51: 1 request left out"),
        (vec!["--block-size", "512"], "No request has an input length"),
        (vec!["--block-size", "64", "--min-isl", "1000000"], "no prompt fits the bounds"),
    ] {
        let output = run(&[&["trace", "synthesize", &original, "--output", &target], arguments.as_slice()].concat());
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains(part), "{arguments:?}: {told}");
        let kept = output.status.code() == Some(0);
        assert!(kept || !Path::new(&target).exists(), "{arguments:?}");
        let _ = std::fs::remove_file(&target);
    }
    for wrong in [["--speedup", "0"], ["--speedup", "nan"], ["--prefix-roots", "0"], ["--prompt-multiplier", "1e9"]] {
        assert_eq!(run(&[&["trace", "synthesize", &original], &wrong[..]].concat()).status.code(), Some(2), "{wrong:?}");
    }
    let upside_down = ["--min-osl", "9", "--max-osl", "8"];
    assert_eq!(run(&[&["trace", "synthesize", &original], &upside_down[..]].concat()).status.code(), Some(2));
    // A trace without blocks gives one without.
    let azure = root().join("tests/fixtures/trace/made/azure.csv").display().to_string();
    let rows = lines(&synthesized(&[&azure, "--requests", "40", "--prompt-multiplier", "2"]));
    assert_eq!(rows.len(), 40);
    for row in rows {
        assert!(
            row["hash_ids"].is_null() && [9600, 6200, 220, 240, 260].contains(&row["input_length"].as_i64().expect("a length"))
        );
    }
}

#[test]
fn tables_become_json_lines_without_a_hit_rate() {
    let folder = folder("trace-convert");
    let table = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n\
                 5,ChatGPT,472,18,490,Conversation log\n45.5,ChatGPT,1087,230,1317,API log\n\
                 118,GPT-4,417,276,693,API log\n180,ChatGPT,930,0,930,Conversation log\n";
    let burst = put(&folder, "burst.csv", table);
    let converted = |arguments: &[&str]| {
        let output = run(&[&["trace", "convert"], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        (String::from_utf8(output.stdout).expect("UTF-8"), String::from_utf8(output.stderr).expect("UTF-8"))
    };
    let (text, told) = converted(&[&burst]);
    let expected = "{\"timestamp\":0,\"input_length\":472,\"output_length\":18}\n\
                    {\"timestamp\":40500,\"input_length\":1087,\"output_length\":230}\n\
                    {\"timestamp\":113000,\"input_length\":417,\"output_length\":276}\n";
    assert_eq!(text, expected);
    assert!(told.contains("1 request left out: failed"), "{told}");
    let filtered = converted(&[&burst, "--model", "chatgpt", "--log-type", "API log", "--speed-ratio", "2"]).0;
    assert_eq!(filtered, "{\"timestamp\":20250,\"input_length\":1087,\"output_length\":230}\n");
    assert_eq!(converted(&[&burst, "--num-prompt", "1"]).0.lines().count(), 1);

    // Marked ids: as many as blocks, none twice, and no hit rate here or on the page.
    let target = folder.join("random.jsonl").display().to_string();
    converted(&[&burst, "--block-ids", "random", "--output", &target]);
    let rows = lines(&std::fs::read_to_string(&target).expect("the file is there"));
    let ids: Vec<usize> = rows.iter().map(|row| row["hash_ids"].as_array().map_or(0, Vec::len)).collect();
    assert_eq!(ids, [4, 9, 4]);
    let found = analyzed(&[&target]);
    assert_eq!(
        (found["hit_rate"]["count"].as_u64(), &found["blocks"], &found["lru"]),
        (Some(0), &Value::Null, &Value::Array(Vec::new()))
    );
    let inspected = super::json(&["inspect", "--json", &target]);
    let told = inspected[0]["diagnostics"].to_string();
    assert!(
        inspected[0]["format"] == "request-trace"
            && told.contains("3 requests with random block ids")
            && !told.contains("would be hits"),
        "{told}"
    );

    let azure = put(
        &folder,
        "azure.csv",
        "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:10.5000000,4808,10\n\
         2023-11-16 18:17:12.0020000,110,27\n2023-11-16 18:17:11.2500000,3180,8\n2023-11-16 18:17:14,140\n",
    );
    let (text, told) = converted(&[&azure]);
    let times: Vec<u64> = lines(&text).iter().filter_map(|row| row["timestamp"].as_u64()).collect();
    assert_eq!(times, [0, 750, 1502]);
    assert!(told.contains("line 5: The row has 2 cells") && told.contains("not in the order of time"), "{told}");
    for (content, part) in [(README, "JSON lines already"), ("a,b\n", "Not a trace"), (&table[..69], "No request could be read")]
    {
        let file = put(&folder, "none.csv", content);
        let output = run(&["trace", "convert", &file, "--output", &target]);
        assert_eq!(output.status.code(), Some(1), "{content}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(part), "{content}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(std::fs::read_to_string(&target).expect("still there").lines().count(), 3, "a refusal overwrites nothing");
}

#[test]
fn a_load_is_generated() {
    let folder = folder("trace-generate");
    let place = folder.display().to_string();
    let load = ["trace", "generate", "--time-duration", "600", "--request-rate-period", "60", "--seed", "5"];
    assert_eq!(run(&[&load[..], &["--output", &place]].concat()).status.code(), Some(0));
    let file = folder.join("sin_b512_t600_rr5-10-60_io1002000-5000100-0.2-0.8-10.jsonl").display().to_string();
    let found = analyzed(&[&file, "--interval", "30"]);
    // 7.5 requests a second; half of each kind; Poisson numbers.
    let requests = found["requests"].as_f64().expect("a number");
    assert!((requests - 4500.0).abs() < 250.0, "{requests}");
    assert!((mean(&found, "input_length") - 2550.0).abs() < 150.0 && (mean(&found, "output_length") - 1050.0).abs() < 60.0);
    assert_eq!(said(&["trace", "analyze", &file]).matches("warning").count(), 0);
    let variation = |arguments: &[&str]| {
        let text = String::from_utf8(run(&[&load[..], arguments].concat()).stdout).expect("UTF-8");
        analyzed(&[&put(&folder, "bursts.jsonl", &text)])["arrivals"]["gap_variation"].as_f64().expect("a number")
    };
    // Gamma gaps of shape k vary by 1/√k; a steady rate.
    let steady = ["--request-rate-min", "8", "--request-rate-max", "8", "--burstiness"];
    let [even, poisson, bursty] = ["4", "1", "0.25"].map(|shape| variation(&[&steady[..], &[shape]].concat()));
    assert!(
        (even - 0.5).abs() < 0.05 && (poisson - 1.0).abs() < 0.06 && (bursty - 2.0).abs() < 0.15,
        "{even} {poisson} {bursty}"
    );
    for wrong in [
        ["--request-rate-min", "11"],
        ["--isl-osl-ratio-max", "1.5"],
        ["--time-duration", "1e12"],
        ["--burstiness", "0"],
        ["--isl1", "0"],
    ] {
        assert_eq!(run(&[&["trace", "generate"], &wrong[..]].concat()).status.code(), Some(2), "{wrong:?}");
    }
}
