//! Prometheus metrics and Dynamo's files: against a few lines of Python, value by value, and twins of one content.

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use inferscope::record::{Kind, Severity};
use serde_json::Value;

use super::independent::{below, python};
use crate::support::{Row, bytes, corpus, fixture, read, root};

/// All records but counters: those are held in `counters.rs`.
fn rows(path: &Path) -> Vec<Row> {
    let mut rows = read(&path.display().to_string(), &bytes(path)).collected.rows;
    rows.retain(|row| row.kind != Kind::Counter);
    rows
}

/// Compares figures to the last digit but one, which the order of operations may cost.
fn compare_samples(row: &Row, expected: &Value, at: &str) {
    let expected = expected.as_object().expect("an object of figures");
    for (key, value) in expected {
        let found = row.samples.iter().find(|(other, _)| other == key).map(|(_, value)| *value);
        let found = found.unwrap_or_else(|| panic!("{at}: {key} is missing: {:?}", row.samples));
        let value = value.as_f64().expect("a number");
        assert!((found - value).abs() <= 1e-14 * value.abs().max(found.abs()), "{at}: {key} is {found}, not {value}");
    }
    assert_eq!(row.samples.len(), expected.len(), "{at}: {:?}", row.samples);
}

fn compare_identity(row: &Row, expected: &Value, at: &str) {
    for (key, value) in expected.as_object().expect("an object of dimensions") {
        let found = row.identity.iter().find(|(other, _)| other == key).map(|(_, value)| value.as_str());
        assert_eq!(found, value.as_str(), "{at}: {key}");
    }
}

/// Every record and setting of expositions, both ways.
fn compare_expositions(files: &[PathBuf]) {
    let expected = python("prometheus.py", files);
    for path in files {
        let name = path.display().to_string();
        let found = rows(path);
        let samples = expected[&name]["samples"].as_object().expect("an object of records");
        let settings = found.iter().filter(|row| row.kind == Kind::Setting);
        let mut settings: Vec<Vec<String>> = settings
            .map(|row| {
                let of = |key: &str| row.identity.iter().find(|(other, _)| other == key).map(|(_, value)| value.clone());
                ["source", "setting", "value"].into_iter().filter_map(of).collect()
            })
            .collect();
        settings.sort();
        assert_eq!(serde_json::json!(settings), expected[&name]["settings"], "{name}");
        let records: Vec<&Row> = found.iter().filter(|row| row.kind == Kind::Sample).collect();
        assert_eq!(records.len(), samples.len(), "{name}");
        for row in records {
            let at = format!("{name} {}", row.place);
            let expected = samples.get(&row.place).unwrap_or_else(|| panic!("{at} is not there"));
            compare_identity(row, &expected["identity"], &at);
            assert_eq!(
                row.identity.len(),
                expected["identity"].as_object().map_or(0, |all| all.len()),
                "{at}: {:?}",
                row.identity
            );
            compare_samples(row, &expected["samples"], &at);
        }
    }
}

#[test]
fn expositions() {
    let made = root().join("tests/fixtures/prometheus/made");
    compare_expositions(&below(&made, &["vllm.prom", "openmetrics.txt", "two-scrapes.txt"]));
}

#[test]
fn expositions_of_the_corpus() {
    let Some(corpus) = corpus("formats::exporters::expositions_of_the_corpus") else { return };
    let metrics = "srt-slurm/NVIDIA_srt-slurm/sample-metrics";
    let files = [
        "dynamo/prometheus/vllm_v1_docs_excerpt.prom".to_owned(),
        format!("{metrics}/dcgm-gb200.txt"),
        format!("{metrics}/node-exporter-gb200.txt"),
    ];
    compare_expositions(&files.map(|file| corpus.join(file)));
}

fn compare_dynamo(files: &[PathBuf]) {
    let expected = python("dynamo.py", files);
    for path in files {
        let expected = expected[path.display().to_string()].as_object().expect("an object of points");
        let found = rows(path);
        assert_eq!(found.len(), expected.len(), "{}", path.display());
        for row in found {
            let at = format!("{} {}", path.display(), row.place);
            let expected = expected.get(&row.place).unwrap_or_else(|| panic!("{at} is not there"));
            assert_eq!(row.load.value, expected["load"].as_f64(), "{at}");
            compare_identity(&row, &expected["identity"], &at);
            compare_samples(&row, &expected["samples"], &at);
        }
    }
}

#[test]
fn dynamo_fixtures() {
    let files = [
        "prefill_raw_data.json",
        "decode_raw_data.json",
        "decode-unequal.json",
        "results_summary.json",
        "benchmark_history.json",
    ];
    compare_dynamo(&below(&root().join("tests/fixtures/dynamo/made"), &files));
}

#[test]
fn dynamo_corpus() {
    let Some(corpus) = corpus("formats::exporters::dynamo_corpus") else { return };
    let files = [
        "profiler_comparison/aic_all/prefill_raw_data.json",
        "profiler_comparison/aic_all/decode_raw_data.json",
        "router/benchmark_history.json",
    ];
    compare_dynamo(&below(&corpus.join("dynamo"), &files));
}

/// A `.npz` as NumPy writes it, of the lists of a JSON object.
fn npz(json: &[u8], method: zip::CompressionMethod) -> Vec<u8> {
    let lists: Value = serde_json::from_slice(json).expect("JSON");
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(method);
    for (name, list) in lists.as_object().expect("an object") {
        let list = list.as_array().cloned().unwrap_or_else(|| vec![list.clone()]);
        let whole = list.iter().all(Value::is_i64);
        let data: Vec<u8> = list
            .iter()
            .flat_map(|number| match number.as_i64().filter(|_| whole) {
                Some(number) => number.to_le_bytes(),
                None => number.as_f64().unwrap_or(f64::NAN).to_le_bytes(),
            })
            .collect();
        let kind = if whole { "<i8" } else { "<f8" };
        let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({},), }}", list.len());
        let header = format!("{header:<117}\n");
        archive.start_file(format!("{name}.npy"), options).expect("in memory");
        archive.write_all(b"\x93NUMPY\x01\x00").expect("in memory");
        archive.write_all(&(header.len() as u16).to_le_bytes()).expect("in memory");
        archive.write_all(header.as_bytes()).expect("in memory");
        archive.write_all(&data).expect("in memory");
    }
    archive.finish().expect("in memory").into_inner()
}

#[test]
fn curves_are_the_same_in_every_packing() {
    let [prefill, decode] = ["prefill", "decode"].map(|role| fixture(&format!("dynamo/made/{role}_raw_data.json")));
    let plain = |row: Row| Row { place: row.place.rsplit(": ").next().unwrap_or_default().to_owned(), ..row };
    let of = |bytes: &[u8]| read("unknown", bytes).collected.rows.into_iter().map(plain).collect::<Vec<_>>();
    for json in [&prefill, &decode] {
        for method in [zip::CompressionMethod::Stored, zip::CompressionMethod::Deflated] {
            let packed = npz(json, method);
            assert_eq!(of(&packed), of(json));
            for at in (1..packed.len()).step_by(7) {
                read("unknown", packed.get(..at).unwrap_or_default());
                let mut turned = packed.clone();
                turned[at] ^= 0x55;
                read("unknown", &turned);
            }
        }
    }
    let both: Vec<Row> = [of(&prefill), of(&decode)].concat();
    assert_eq!(of(&fixture("dynamo/made/config_with_planner.yaml")), both);
    let map = serde_json::json!({
        "prefill_raw_data.json": String::from_utf8_lossy(&prefill), "decode_raw_data.json": String::from_utf8_lossy(&decode),
    });
    assert_eq!(of(map.to_string().as_bytes()), both);
    let named = read("out/prefill_4gpus_tp4/prefill_raw_data.json", &prefill).collected.rows;
    assert!(named[0].identity.contains(&("prefill_gpus".to_owned(), "4".to_owned())), "{:?}", named[0].identity);
}

/// Cut anywhere: nothing panics, the records before the cut stay, and half a figure is none.
#[test]
fn cut_metrics_keep_what_was_whole() {
    for name in ["vllm.prom", "openmetrics.txt", "two-scrapes.txt", "capture.jsonl", "query-range.json"] {
        let whole = fixture(&format!("prometheus/made/{name}"));
        let figures = |bytes: &[u8]| -> Vec<(String, u64)> {
            let rows = read("unknown", bytes).collected.rows;
            rows.into_iter().flat_map(|row| row.samples).map(|(key, value)| (key, value.to_bits())).collect()
        };
        let all = figures(&whole);
        for at in (0..whole.len()).step_by(11) {
            for (key, value) in figures(&whole[..at]) {
                // A histogram that lacks its last series has other percentiles; OpenMetrics without its end is read as plain
                // text, whose times are in milliseconds; of two names of one figure the better may be cut off.
                let derived =
                    ["server_", "time/", "kv_usage/"].iter().any(|start| key.starts_with(start)) || key.contains("latency");
                assert!(derived || all.contains(&(key.clone(), value)), "{name} cut at {at}: {key} {}", f64::from_bits(value));
            }
        }
    }
}

/// What a hostile exposition costs is bounded, and said.
#[test]
fn crowds_are_bounded() {
    let mut text = String::from("# TYPE a gauge\n");
    for n in 0..3000 {
        text.push_str(&format!("a{{id=\"{n}\"}} 1\nm{n} 2\n"));
    }
    let found = read("unknown", text.as_bytes()).collected;
    let labelled = found.rows.iter().filter(|row| row.identity.iter().any(|(key, _)| key == "id")).count();
    assert_eq!(labelled, 512);
    let rest: usize = found.rows.iter().filter(|row| row.identity.is_empty()).map(|row| row.samples.len()).sum();
    assert_eq!(rest, 1999);
    assert!(found.diagnostics.iter().filter(|finding| finding.severity == Severity::Warning).count() >= 4);
}
