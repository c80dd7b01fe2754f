//! The command line as people run it: the built program on files, its output, its exit codes.

mod diagnose;
mod exports;
mod grafana;
pub mod lengths;
mod open;
mod openmetrics;
mod report;
mod shipped;
mod trace;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::sheet::{column, rows};

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/public");

/// A row is valid with very little.
const TINY: &str = "model,version,accelerator,TP,prompt toks,output toks,intended concurrency,output_tok/sec,ttft_median,successful_requests\n\
                    org/m,v-1,H200,4,1000,1000,50,2000.5,300,100\n\
                    org/m,v-1,H200,4,1000,1000,100,,500,90\n";

fn run(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_inferscope")).args(arguments).stdin(Stdio::null()).output();
    output.expect("the program starts")
}

fn stdout(arguments: &[&str]) -> String {
    String::from_utf8(run(arguments).stdout).expect("output is UTF-8")
}

fn json(arguments: &[&str]) -> Vec<Value> {
    match serde_json::from_str(&stdout(arguments)).expect("JSON") {
        Value::Array(rows) => rows,
        inspection => {
            let files = inspection["files"].as_array().expect("a list of files").clone();
            assert_eq!(inspection["totals"]["files"], files.len());
            files
        }
    }
}

/// An empty folder of the test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

fn put(folder: &Path, name: &str, content: &str) -> String {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("inside the folder")).expect("the folder can be made");
    fs::write(&path, content).expect("the file can be written");
    path.display().to_string()
}

#[test]
fn inspect_says_what_each_file_is() {
    let folder = folder("inspect");
    let good = put(&folder, "tiny.csv", TINY);
    let strange = put(&folder, "notes.txt", "nothing to see here\n");
    let reports = json(&["inspect", "--json", &good, &strange]);
    assert_eq!(reports.len(), 2);
    for report in &reports {
        let object = report.as_object().expect("an object");
        for key in ["path", "format", "tool", "tool_version", "schema", "measurements", "loads", "diagnostics"] {
            assert!(object.contains_key(key), "{key}");
        }
        for finding in report["diagnostics"].as_array().expect("a list") {
            let texts = ["severity", "place", "message", "hint"].map(|key| finding[key].as_str());
            assert!(texts.iter().all(Option::is_some), "{finding}");
        }
    }
    assert_eq!(reports[0]["path"], good.as_str());
    assert_eq!(reports[0]["format"], "rhaiis-csv");
    assert_eq!(reports[0]["measurements"], 2);
    assert_eq!(
        reports[0]["loads"],
        serde_json::json!([{"kind": "concurrency", "value": 50.0}, {"kind": "concurrency", "value": 100.0}])
    );
    assert_eq!(reports[1]["format"], Value::Null);
    assert_eq!(reports[1]["diagnostics"][0]["severity"], "error");

    let text = stdout(&["inspect", &good, &strange]);
    assert!(text.contains("2 measurements, concurrency 50, 100"), "{text}");
    assert!(text.contains("not recognised") && text.contains("nothing to see here"), "{text}");
}

#[test]
fn table_has_canonical_columns_and_empty_means_missing() {
    let folder = folder("table");
    let path = put(&folder, "tiny.csv", TINY);
    let table = rows(&stdout(&["table", &path]));
    let leading = ["path", "tool", "model", "accelerator", "version", "tp", "dp", "gpus", "isl", "osl", "load_kind", "load"];
    assert_eq!(table.0[..leading.len()], leading);
    assert_eq!(column(&table, "path"), [path.as_str(); 2]);
    assert_eq!(column(&table, "load"), ["50", "100"]);
    assert_eq!(column(&table, "output_tps"), ["2000.5", ""]);
    assert_eq!(column(&table, "ttft_p50_ms"), ["300", "500"]);
    assert_eq!(column(&table, "completed"), ["100", "90"]);
    assert_eq!(column(&table, "output_tps_per_gpu"), ["500.125", ""]);

    let objects = json(&["table", "--format", "json", &path]);
    assert_eq!(objects[0]["output_tps"], 2000.5);
    assert_eq!(objects[1]["output_tps"], Value::Null);
    assert_eq!(objects[1]["load"], 100.0);
}

#[test]
fn long_tables_come_in_pieces_that_fit_together() {
    let folder = folder("pieces");
    let path = put(&folder, "demo.csv", &stdout(&["demo", "--rows", "9000"]));
    let table = rows(&stdout(&["table", &path]));
    assert_eq!(table.1.len(), 9000);
    assert!(column(&table, "path").iter().all(|cell| *cell == path));
    let objects = json(&["table", "--format", "json", &path]);
    assert_eq!(objects.len(), 9000);
    let places = column(&table, "place");
    assert!(objects.iter().zip(places).all(|(object, place)| object["place"] == place));
}

#[test]
fn exit_codes_tell() {
    let folder = folder("codes");
    let good = put(&folder, "tiny.csv", TINY);
    let strange = put(&folder, "notes.txt", "nothing\n");
    let nowhere = folder.join("nowhere.csv").display().to_string();
    let code = |arguments: &[&str]| run(arguments).status.code();
    for command in ["inspect", "table"] {
        assert_eq!(code(&[command, &good]), Some(0));
        assert_eq!(code(&[command, &good, &strange, &nowhere]), Some(0), "something could be read");
        assert_eq!(code(&[command, &strange]), Some(1));
        assert_eq!(code(&[command, &nowhere]), Some(1));
        assert_eq!(code(&[command]), Some(2));
    }
    assert_eq!(code(&["table", "--format", "xlsx", &good]), Some(2));
    assert_eq!(code(&["nonsense"]), Some(2));
    assert_eq!(code(&["--help"]), Some(0));

    let reports = json(&["inspect", "--json", &nowhere]);
    assert_eq!(reports[0]["path"], nowhere.as_str());
    assert_eq!(reports[0]["format"], Value::Null);
    let told = run(&["table", &nowhere]).stderr;
    assert!(String::from_utf8_lossy(&told).contains("nowhere.csv"), "what a table lacks is said");
}

#[test]
fn folders_are_read_recursively_in_order_and_each_file_once() {
    let folder = folder("folders");
    for name in ["b/run.csv", "a/deep/run.csv", ".hidden.csv", ".git/run.csv"] {
        put(&folder, name, TINY);
    }
    let root = folder.display().to_string();
    let inside = folder.join("b/run.csv").display().to_string();
    let paths: Vec<String> = json(&["inspect", "--json", &root, &inside])
        .iter()
        .map(|report| report["path"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(paths, [".hidden.csv", "a/deep/run.csv", "b/run.csv"].map(|name| format!("{root}/{name}")));

    let empty = folder.join("empty");
    fs::create_dir(&empty).expect("the folder can be made");
    assert_eq!(run(&["inspect", &empty.display().to_string()]).status.code(), Some(1));
}

#[test]
fn standard_input_is_a_file_too() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_inferscope"))
        .args(["inspect", "--json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().expect("a pipe").write_all(TINY.as_bytes()).expect("it is read");
    let output = child.wait_with_output().expect("it ends");
    let inspection: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let reports = &inspection["files"];
    assert_eq!(reports[0]["measurements"], 2);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_inferscope"))
        .args(["demo", "--rows", "20000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn formulas_in_files_are_defused() {
    let folder = folder("formulas");
    let path = put(&folder, "evil.csv", &TINY.replace("org/m", "=cmd|' /C calc'!A0"));
    let table = rows(&stdout(&["table", &path]));
    assert_eq!(column(&table, "model"), ["'=cmd|' /C calc'!A0"; 2]);
    assert_eq!(json(&["table", "--format", "json", &path])[0]["model"], "=cmd|' /C calc'!A0", "JSON is no spreadsheet");
}

#[test]
fn demo_data_are_the_same_every_time_and_as_long_as_asked() {
    let twice = [stdout(&["demo", "--rows", "2500", "--seed", "7"]), stdout(&["demo", "--rows", "2500", "--seed", "7"])];
    assert!(twice[0] == twice[1]);
    assert!(twice[0] != stdout(&["demo", "--rows", "2500", "--seed", "8"]));
    for count in [0, 1, 5, 2500, 10_000] {
        assert_eq!(rows(&stdout(&["demo", "--rows", &count.to_string()])).1.len(), count);
    }
    assert_eq!(rows(&twice[0]).0.len(), 52);
}

/// What the page opens on is what this version makes of the data and settings that ship. After a change of either, of a
/// reader, or of the first view: `cargo run --bin inferscope -- prepare public`.
#[test]
fn what_ships_is_prepared() {
    let folder = folder("prepare");
    fs::create_dir_all(folder.join("demo")).expect("a folder");
    for name in ["config.json", "demo/consolidated.csv"] {
        fs::copy(format!("{SHIPPED}/{name}"), folder.join(name)).expect("it ships");
    }
    let page = folder.display().to_string();
    let written = stdout(&["prepare", &page]);
    assert_eq!(written.lines().count(), 2, "{written}");
    for name in ["demo/consolidated.tables", "demo/picture.json"] {
        let shipped = fs::read(format!("{SHIPPED}/{name}")).expect("it ships");
        assert!(fs::read(folder.join(name)).expect("written") == shipped, "{name}: run `inferscope prepare public`");
    }
}

#[test]
fn what_cannot_be_prepared_is_told() {
    let folder = folder("unprepared");
    let page = folder.display().to_string();
    let found = run(&["prepare", &page]);
    assert_eq!(found.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&found.stderr).contains("config.json"));
    put(&folder, "config.json", r#"{"start": [{"src": "none.csv", "tables": "none.tables"}]}"#);
    assert!(String::from_utf8_lossy(&run(&["prepare", &page]).stderr).contains("none.csv"));
    put(&folder, "none.csv", "Dear all\n");
    let found = run(&["prepare", &page]);
    assert_eq!(found.status.code(), Some(1), "a file without records is no success");
    put(&folder, "config.json", r#"{"start": [{"src": "none.csv"}]}"#);
    let found = run(&["prepare", &page]);
    assert!(String::from_utf8_lossy(&found.stderr).contains("neither `picture` nor `tables`"));
}

/// The example of the README, on the runs that ship.
#[test]
fn a_deployments_own_formats_are_read() {
    let folder = folder("own-formats");
    let row = |id: &str, meaning: &str| {
        format!(
            r#"{{"id": "{id}", "label": "Nightly table", "tool": "nightly", "marks": ["first_s", "users"],
                "fields": {{"users": "load concurrency", "first_s": "{meaning}", "out": "output_tps", "name": "model", "rev": "version"}}}}"#
        )
    };
    let formats = format!(r#"{{"formats": [{}, {}], "colours": 1}}"#, row("wrong", "ttft p95"), row("nightly", "ttft p95 s"));
    let config = put(&folder, "config.json", &formats);
    let table = |rev: &str, out: u32| format!("name,rev,users,first_s,out\norg/m,{rev},8,0.5,{out}\norg/m,{rev},16,0.75,2000\n");
    let (old, new) = (put(&folder, "old.csv", &table("v1", 1000)), put(&folder, "new.csv", &table("v2", 500)));

    let report = &json(&["--config", &config, "inspect", "--json", &old])[0];
    assert_eq!((&report["format"], &report["label"]), (&Value::from("nightly"), &Value::from("Nightly table")));
    assert_eq!((&report["tool"], &report["measurements"]), (&Value::from("nightly"), &Value::from(2)));
    assert_ne!(json(&["inspect", "--json", &old])[0]["format"], "nightly");
    let shown = run(&["inspect", &old, "--config", &config]);
    let (said, faults) = (String::from_utf8_lossy(&shown.stdout), String::from_utf8_lossy(&shown.stderr));
    assert!(said.contains("  Nightly table · nightly\n"), "{said}");
    let wrong = "config.json: formats, row 1: wrong: fields: “first_s”: “ttft p95” needs the column's unit";
    assert!(faults.contains(wrong) && faults.contains("unknown section “colours”"), "{faults}");

    let text = stdout(&["table", "--config", &config, &old]);
    let head: Vec<&str> = text.lines().next().expect("a header").split(',').collect();
    let first: Vec<&str> = text.lines().nth(1).expect("a row").split(',').collect();
    let cell = |name: &str| head.iter().position(|column| *column == name).map(|at| first[at]);
    assert_eq!((cell("ttft_p95_ms"), cell("model")), (Some("500"), Some("org/m")), "{text}");

    let code = |arguments: &[&str]| run(arguments).status.code();
    assert_eq!(code(&["check", "--config", &config, "--slo", "ttft.p95=600", &old]), Some(0));
    assert_eq!(code(&["check", "--config", &config, "--slo", "ttft.p95=400", &old]), Some(1));
    assert_eq!(code(&["compare", "--config", &config, "--metric", "output_tps", &old, &new]), Some(1), "half the throughput");
    assert_eq!(code(&["compare", "--config", &config, "--metric", "output_tps", &new, &old]), Some(0));
    let missing = run(&["inspect", &old, "--config", "/nowhere/config.json"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("--config /nowhere/config.json"));
}

#[test]
fn a_page_with_own_formats_is_prepared_with_them() {
    let folder = folder("prepare-own");
    put(&folder, "night.csv", "users,first_s\n8,0.5\n");
    let config = r#"{"start": [{"src": "night.csv", "tables": "night.tables"}], "formats": [{"id": "nightly", "label": "Nightly",
        "tool": "", "marks": ["first_s"], "fields": {"users": "load concurrency", "first_s": "ttft mean s"}}]}"#;
    put(&folder, "config.json", config);
    assert_eq!(run(&["prepare", &folder.display().to_string()]).status.code(), Some(0));
    let written = fs::read(folder.join("night.tables")).expect("it is written");
    let (reports, _) = inferscope::engine::prepared::reports(&written).expect("of this version");
    assert_eq!((reports[0].format.as_deref(), reports[0].format_label()), (Some("nightly"), Some("Nightly")));
}

#[test]
fn nodes_has_the_columns_of_srt_slurms_export_and_more() {
    let runs = format!("{SHIPPED}/demo/runs.zip");
    let table = rows(&stdout(&["nodes", &runs]));
    let reference = "timestamp,dp,tp,ep,batch_type,new_seq,new_token,cached_token,token_usage,running_req,queue_req,prealloc_req,inflight_req,\
                     input_throughput,transfer_req,preallocated_usage,num_tokens,gen_throughput";
    assert_eq!(table.0[..18].join(","), reference);
    assert!(table.1.len() > 1000);
    let objects = json(&["nodes", &runs, "--format", "json"]);
    assert_eq!(objects.len(), table.1.len());

    // Every line of one log, as it stands there.
    let (name, batches) = ("logs/9101_1P_2D_20260312_140500/demo-h200_cn02_decode_w0.err", "Decode batch");
    let folder = folder("nodes");
    let unpacked = folder.join("runs").display().to_string();
    assert_eq!(run(&["demo", "--runs", &unpacked]).status.code(), Some(0));
    let log = fs::read_to_string(folder.join("runs").join(name)).expect("the log is there");
    let lines: Vec<(usize, &str)> = log.lines().enumerate().filter(|(_, line)| line.contains(batches)).collect();
    let of_log: Vec<&Value> =
        objects.iter().filter(|row| row["file"].as_str().is_some_and(|file| file.ends_with(name))).collect();
    assert_eq!(of_log.len(), lines.len());
    let figure = |line: &str, key: &str| {
        let rest = &line[line.find(key).unwrap_or_else(|| panic!("{key} in {line}")) + key.len()..];
        rest.split(',').next().and_then(|text| text.trim().parse::<f64>().ok())
    };
    for row in of_log {
        let place: usize = row["place"].as_str().and_then(|place| place.strip_prefix("line ")?.parse().ok()).expect("a line");
        let line = log.lines().nth(place - 1).expect("the line is there");
        for (column, key) in [
            ("running_req", "#running-req:"),
            ("token_usage", " token usage:"),
            ("transfer_req", "#transfer-req:"),
            ("num_tokens", "#token:"),
            ("gen_throughput", "gen throughput (token/s):"),
        ] {
            assert_eq!(row[column].as_f64(), figure(line, key), "{column} of {line}");
        }
        let stamp = row["timestamp"].as_str().expect("a stamp");
        assert!(line.contains(stamp), "{stamp} of {line}");
        assert_eq!(
            (row["run"].as_str(), row["role"].as_str(), row["worker"].as_str()),
            (Some("9101"), Some("decode"), Some("w0"))
        );
    }
    let levels: BTreeSet<&str> = objects.iter().filter_map(|row| row["level"].as_str()).collect();
    assert!(levels.contains("concurrency 128"), "{levels:?}");

    let parquet = run(&["nodes", &runs, "--format", "parquet"]);
    assert_eq!((&parquet.stdout[..4], parquet.status.code()), (&b"PAR1"[..], Some(0)));
    let notes = put(&folder, "notes.txt", "nothing\n");
    assert_eq!(run(&["nodes", &notes]).status.code(), Some(1));
    let none = run(&["table", "--requests", &notes]);
    let said = String::from_utf8_lossy(&none.stderr);
    assert!(none.status.code() == Some(1) && said.contains("No requests in these files"), "{said}");
}
