//! How much memory reading takes: fixtures of every format, made larger by repeating what they hold, and inputs made to take
//! much. `cargo test --test integration memory::table -- --ignored --nocapture` prints the table in `benches/RESULTS.md`.

use std::fmt::Write;
use std::path::Path;

use inferscope::engine::import_all;
use inferscope::source::Source;
use inferscope::source::text::decode;
use inferscope::table::Tables;
use serde_json::Value;

use crate::support;

/// The most that reading may take, as a multiple of the file, and beside that.
const TIMES: f64 = 6.0;
const BESIDE: f64 = 64e6;

/// What the program that reads a file takes at most, in bytes: the file, and everything until its tables are sent.
pub fn peak(name: &str, bytes: &[u8]) -> u64 {
    let measured = allocation_counter::measure(|| {
        let imported = import_all(Source::new(name, bytes), None, |_| {});
        let tables: Vec<Tables> = imported.into_iter().map(|imported| imported.tables).collect();
        drop(Tables::merge(tables).expect("tables fit together").to_bytes());
    });
    measured.bytes_max
}

/// A file's content until it has so many bytes; `None` for one that is not text, or has nothing to repeat.
fn enlarged(path: &Path, bytes: &[u8], target: usize) -> Option<Vec<u8>> {
    if !inferscope::source::text::is_text(bytes) {
        return None;
    }
    let (text, _) = decode(bytes);
    match path.extension().and_then(|end| end.to_str()).unwrap_or_default() {
        "json" => enlarged_json(&text, target).map(|value| value.to_string().into_bytes()),
        "yaml" | "yml" => {
            let value: Value = serde_saphyr::from_str(&text).ok()?;
            let mut out = String::new();
            block(&enlarged_value(value, target)?, 0, &mut out);
            Some(out.into_bytes())
        }
        "html" => None,
        _ => {
            let lines: Vec<&str> = text.lines().collect();
            // Heads come first; what the second half has are records.
            let (head, records) = lines.split_at(lines.len().div_ceil(2));
            let unit = records.iter().fold(String::new(), |unit, line| unit + line + "\n");
            (!unit.trim().is_empty()).then(|| (head.join("\n") + "\n" + &unit.repeat((target / unit.len()).max(1))).into_bytes())
        }
    }
}

fn enlarged_json(text: &str, target: usize) -> Option<Value> {
    enlarged_value(serde_json::from_str(text).ok()?, target)
}

/// Repeats the members of the array that takes most of a text.
fn enlarged_value(mut value: Value, target: usize) -> Option<Value> {
    fn largest(value: &mut Value, path: &str, found: &mut Option<(usize, String)>) {
        if let Value::Array(members) = &*value {
            let size = members.iter().map(|member| member.to_string().len()).sum::<usize>();
            if size > found.as_ref().map_or(0, |(size, _)| *size) {
                *found = Some((size, path.to_owned()));
            }
        }
        match value {
            Value::Array(members) => {
                members.iter_mut().enumerate().for_each(|(at, member)| largest(member, &format!("{path}/{at}"), found));
            }
            Value::Object(members) => {
                for (key, member) in members.iter_mut() {
                    largest(member, &format!("{path}/{}", key.replace('~', "~0").replace('/', "~1")), found);
                }
            }
            _ => {}
        }
    }
    let mut found = None;
    largest(&mut value, "", &mut found);
    let (size, path) = found?;
    let members = value.pointer_mut(&path)?.as_array_mut()?;
    let once = members.clone();
    (0..target / size.max(1)).for_each(|_| members.extend(once.iter().cloned()));
    Some(value)
}

/// A value as YAML in blocks.
fn block(value: &Value, depth: usize, out: &mut String) {
    let nested = |value: &Value| match value {
        Value::Array(members) => !members.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => false,
    };
    let mut entry = |head: String, value: &Value| {
        _ = write!(out, "{}{head}", "  ".repeat(depth));
        if nested(value) {
            out.push('\n');
            block(value, depth + 1, out);
        } else {
            _ = writeln!(out, " {value}");
        }
    };
    match value {
        Value::Array(members) => members.iter().for_each(|member| entry("-".to_owned(), member)),
        Value::Object(members) => {
            members.iter().for_each(|(key, member)| entry(format!("{}:", Value::from(key.as_str())), member))
        }
        other => _ = writeln!(out, "{other}"),
    }
}

/// AIPerf's metrics of servers: so many metrics of one server, each in so many slices of its own.
pub fn server_metrics(metrics: usize, slices: usize) -> Vec<u8> {
    let mut text = "{\"schema_version\": \"1.0\", \"aiperf_version\": \"0.5.0\", \"benchmark_id\": \"made\", \"summary\": \
        {\"endpoints_configured\": [\"http://a:8000/metrics\"], \"endpoint_info\": {}}, \"metrics\": {"
        .to_owned();
    for metric in 0..metrics {
        let comma = if metric > 0 { ", " } else { "" };
        _ = write!(
            text,
            "{comma}\"m:k{metric}\": {{\"type\": \"gauge\", \"unit\": \"x\", \"series\": [{{\"endpoint_url\": \
             \"http://a:8000/metrics\", \"labels\": {{\"engine\": \"{metric}\"}}, \"stats\": {{\"count\": 12, \"avg\": 0.25}}, \
             \"timeslices\": ["
        );
        for slice in 0..slices {
            let start = 1_795_284_756_155_176_652_u64 + (metric * slices + slice) as u64 * 1_000_000;
            let comma = if slice > 0 { ", " } else { "" };
            _ = write!(text, "{comma}{{\"start_ns\": {start}, \"end_ns\": {}, \"avg\": 0.25}}", start + 1_000_000_000);
        }
        text.push_str("]}]}");
    }
    text.push_str("}}");
    text.into_bytes()
}

/// Lines of SGLang's results, each with keys that no other line has.
pub fn rotating_keys(lines: usize, text: bool) -> Vec<u8> {
    let fixture = support::fixture("sglang/0.5.5.post3/concurrency-1-4-16.jsonl");
    let fixture = String::from_utf8_lossy(&fixture);
    let line = fixture.lines().next().expect("a line").trim_end().trim_end_matches('}');
    (0..lines)
        .fold(String::new(), |mut all, at| {
            all.push_str(line);
            for key in 0..8 {
                let value = if text { format!("\"v{at}\"") } else { at.to_string() };
                _ = write!(all, ", \"own_{at}_{key}\": {value}");
            }
            all + "}\n"
        })
        .into_bytes()
}

/// Bytes, and what reading them took, of every fixture made as large as `target` and every made input.
fn measured(target: usize) -> Vec<(String, usize, u64)> {
    let mut found = Vec::new();
    let mut measure = |name: String, bytes: &[u8]| found.push((name.clone(), bytes.len(), peak(&name, bytes)));
    for path in support::fixtures() {
        let bytes = support::bytes(&path);
        let name = path.strip_prefix(support::root().join("tests/fixtures")).expect("below").display().to_string();
        if let Some(large) = enlarged(&path, &bytes, target) {
            measure(name, &large);
        }
    }
    measure("made/server_metrics.json".to_owned(), &server_metrics(target / 800, 8));
    measure("made/rotating_keys.jsonl".to_owned(), &rotating_keys(target / 4000, false));
    measure("made/rotating_texts.jsonl".to_owned(), &rotating_keys(target / 4000, true));
    found
}

/// Prints the table.
#[test]
#[ignore = "it takes minutes: for benches/RESULTS.md"]
fn table() {
    let mut all = measured(4 << 20);
    all.sort_by(|a, b| (b.2 as f64 / b.1 as f64).total_cmp(&(a.2 as f64 / a.1 as f64)));
    println!("| file | MB | peak, MB | peak ÷ file |\n| --- | --: | --: | --: |");
    for (name, size, peak) in all {
        let (size, peak) = (size as f64 / 1e6, peak as f64 / 1e6);
        println!("| {name} | {size:.1} | {peak:.0} | {:.1} |", peak / size);
    }
}

/// Small enough to be quick, and large enough that a multiple shows: a tenth of what is allowed beside it.
#[test]
fn reading_takes_a_few_times_the_file() {
    for (name, size, peak) in measured(1 << 18) {
        assert!(peak as f64 <= TIMES * size as f64 + BESIDE / 10.0, "{name}: {size} bytes took {peak}");
    }
}
