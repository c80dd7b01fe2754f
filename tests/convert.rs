//! `inferscope convert` as people run it: what is written is read back with the same figures, appended once, and keeps
//! what was there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Map, Value};

use crate::support::sheet::{column, rows};

const REPORT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/guidellm/0.8.1/concurrent-1-16.json");
const SWEEP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/guidellm/0.8.1/sweep-5.yaml");
const OLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/guidellm/0.4.0/concurrent-1-4-16.json");
const VLLM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/vllm/0.33.0/conc16.json");
const STATED: [&str; 8] = ["--model", "org/m", "--version", "vLLM-0.21.0", "--accelerator", "H200", "--tp", "4"];

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_inferscope")).args(arguments).output().expect("the program starts")
}

fn convert(to: &str, arguments: &[&str]) -> Output {
    run(&[&["convert", "--to", to][..], arguments].concat())
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// An empty folder of the test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("convert").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every measurement that the program reads in a file.
fn measurements(path: &str) -> Vec<Map<String, Value>> {
    let output = run(&["table", "--format", "json", path]);
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).expect("a JSON array");
    rows.into_iter().filter_map(|row| row.as_object().cloned()).collect()
}

/// Converts a file and compares every figure that both have; returns how many columns of figures those are.
fn same_figures(path: &str, to: &str, arguments: &[&str]) -> usize {
    let target = folder(&format!("same-{to}-{}", Path::new(path).file_name().unwrap_or_default().display())).join("table.csv");
    let output = convert(to, &[arguments, &[path]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    fs::write(&target, &output.stdout).expect("written");
    let (before, after) = (measurements(path), measurements(&target.display().to_string()));
    assert_eq!(before.len(), after.len(), "{path}");
    let mut compared = 0;
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before["load"], after["load"], "{path}");
        let figures = after.iter().filter(|(key, value)| value.is_f64() && before.get(*key).is_some_and(Value::is_f64));
        let figures: Vec<_> = figures.collect();
        for (key, value) in &figures {
            // What follows from others is worked out anew.
            let derived = ["input_tps", "_per_gpu", "interactivity", "estimated"].iter().any(|part| key.contains(part));
            let (found, expected) = (value.as_f64().unwrap_or_default(), before[*key].as_f64().unwrap_or_default());
            let near = (found - expected).abs() <= 1e-12 * expected.abs();
            assert!(found == expected || derived && near, "{path}: {key} is {found}, not {expected}");
        }
        compared = figures.len();
    }
    compared
}

#[test]
fn what_is_written_is_read_back_with_the_same_figures() {
    for to in ["rhaiis-csv", "llmd-csv"] {
        assert!(same_figures(REPORT, to, &STATED) > 30);
        assert!(same_figures(OLDER, to, &[&STATED[..], &["--guidellm-version", "v0.4.0"]].concat()) > 30);
        assert!(same_figures(VLLM, to, &["--version", "vLLM-0.21.0"]) > 15);
    }
    let cluster = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/llmd/51-columns/cluster.csv");
    assert!(same_figures(cluster, "llmd-csv", &[]) > 30);
    let servers = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/rhaiis/36-columns/generated.csv");
    assert!(same_figures(servers, "rhaiis-csv", &[]) > 20);
}

/// GuideLLM's own figure goes by its release; without one the column says what other tools' says.
#[test]
fn the_tpot_columns_follow_the_release() {
    let folder = folder("tpot");
    let figure = |arguments: &[&str], key: &str| {
        let target = folder.join("table.csv");
        fs::write(&target, convert("rhaiis-csv", arguments).stdout).expect("written");
        measurements(&target.display().to_string())[0].get(key).and_then(Value::as_f64)
    };
    let original = &measurements(OLDER)[0];
    let dated = [OLDER, "--guidellm-version", "0.4.0"];
    assert_eq!(figure(&dated, "ntpot_p50_ms"), original["ntpot_p50_ms"].as_f64());
    assert_eq!(figure(&dated, "tpot_p50_ms"), original["tpot_p50_ms"].as_f64());
    assert_eq!(figure(&[OLDER], "ntpot_p50_ms"), None);
    assert_eq!(figure(&[OLDER], "tpot_p50_ms"), original["tpot_p50_ms"].as_f64());
    assert!(told(&convert("rhaiis-csv", &[OLDER])).contains("--guidellm-version"));
    // The release of GuideLLM says nothing of another tool's run.
    let table = rows(&String::from_utf8_lossy(&convert("rhaiis-csv", &[VLLM, "--guidellm-version", "0.5.1"]).stdout));
    assert_eq!(column(&table, "guidellm_version"), [""]);
}

#[test]
fn columns_and_units_are_the_reference_layouts() {
    let demo = text(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/public/demo/consolidated.csv")));
    let written = convert("rhaiis-csv", &[&STATED[..], &["--runtime-args", "--dtype auto", REPORT]].concat());
    let table = rows(&String::from_utf8_lossy(&written.stdout));
    assert_eq!(table.0, rows(&demo).0);
    assert_eq!(table.1.len(), 5);
    assert_eq!(column(&table, "intended concurrency"), ["1", "2", "4", "8", "16"]);
    assert_eq!(column(&table, "request_latency_median")[0], "0.3889005184173584", "seconds");
    assert_eq!(column(&table, "TP"), ["4"; 5]);
    assert_eq!(column(&table, "runtime_args"), ["'--dtype auto"; 5], "no formula");
    let times = column(&table, "guidellm_start_time_ms");
    assert!(times.iter().all(|time| *time == times[0]), "one run");
    assert!(times[0].parse::<u64>().is_ok_and(|time| time > 1_700_000_000_000), "ms since 1970");

    let cluster = [
        "--dp",
        "2",
        "--ep",
        "2",
        "--replicas",
        "4",
        "--prefill-pod-count",
        "2",
        "--decode-pod-count",
        "4",
        "--router-config",
        "a: 1\nb: 2",
    ];
    let written = convert("llmd-csv", &[&STATED[..], &cluster, &[REPORT]].concat());
    let table = rows(&String::from_utf8_lossy(&written.stdout));
    let fixture = text(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/llmd/51-columns/cluster.csv")));
    assert_eq!(table.0, rows(&fixture).0);
    for (name, value) in [
        ("DP", "2"),
        ("EP", "2"),
        ("replicas", "4"),
        ("prefill_pod_count", "2"),
        ("decode_pod_count", "4"),
        ("router_config", "a: 1\nb: 2"),
    ] {
        assert_eq!(column(&table, name), [value; 5], "{name}");
    }
    let lost = convert("rhaiis-csv", &[&STATED[..], &["--replicas", "4", REPORT]].concat());
    assert!(told(&lost).contains("no column for: Replicas"), "{}", told(&lost));
}

#[test]
fn appending_twice_is_appending_once() {
    for (to, source) in [("rhaiis-csv", REPORT), ("llmd-csv", REPORT), ("rhaiis-csv", SWEEP), ("rhaiis-csv", VLLM)] {
        let target = folder("twice").join("table.csv");
        let path = target.display().to_string();
        let append = || convert(to, &[&STATED[..], &["--append", &path, source]].concat());
        let first = append();
        assert_eq!(first.status.code(), Some(0), "{}", told(&first));
        assert_eq!(String::from_utf8_lossy(&first.stdout), "");
        let once = text(&target);
        let count = measurements(source).len();
        assert_eq!(rows(&once).1.len(), count);
        let second = append();
        assert_eq!(text(&target), once, "{source}");
        assert!(told(&second).contains("skipped, already in the table") && told(&second).contains("nothing to append"));
    }
}

#[test]
fn a_run_that_grew_is_completed() {
    let target = folder("grew").join("table.csv");
    let path = target.display().to_string();
    let whole = convert("rhaiis-csv", &[&STATED[..], &[REPORT]].concat()).stdout;
    let whole = String::from_utf8_lossy(&whole).into_owned();
    let part: Vec<&str> = whole.lines().take(4).collect();
    fs::write(&target, part.join("\r\n")).expect("written");
    let output = convert("rhaiis-csv", &[&STATED[..], &["--append", &path, REPORT]].concat());
    assert!(told(&output).contains("2 rows appended"), "{}", told(&output));
    assert_eq!(rows(&text(&target)), rows(&whole));
    assert_eq!(text(&target).matches('\n').count(), text(&target).matches("\r\n").count(), "line ends are kept");
}

#[test]
fn what_was_there_survives() {
    let target = folder("survives").join("table.csv");
    let path = target.display().to_string();
    let before = "rack,Model,version,accelerator,output_tok/sec,TP,comment\n\
                  r1,org/a,v-1,H100,5,2,\"two\nlines, \"\"quoted\"\"\"\n\
                  r2,org/b,v-1,H100,6,2,\n";
    fs::write(&target, before).expect("written");
    let output = convert("rhaiis-csv", &[&STATED[..], &["--append", &path, REPORT]].concat());
    assert!(told(&output).contains("5 rows appended"), "{}", told(&output));
    let table = rows(&text(&target));
    let old = rows(before);
    assert_eq!(table.0[..7], old.0[..], "names and order");
    assert_eq!(table.0.len(), 7 + 52 - 5);
    for (row, expected) in table.1.iter().zip(&old.1) {
        assert_eq!(row[..7], expected[..]);
        assert!(row[7..].iter().all(String::is_empty));
    }
    assert_eq!(column(&table, "Model"), ["org/a", "org/b", "org/m", "org/m", "org/m", "org/m", "org/m"]);
    assert_eq!(column(&table, "rack"), ["r1", "r2", "", "", "", "", ""]);
}

#[test]
fn another_file_is_left_as_it_is() {
    let target = folder("other").join("notes.txt");
    fs::write(&target, "my notes\n").expect("written");
    let output = convert("rhaiis-csv", &["--append", &target.display().to_string(), REPORT]);
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).contains("the file is unchanged"), "{}", told(&output));
    assert_eq!(text(&target), "my notes\n");
}

#[test]
fn what_the_layout_cannot_say_is_said() {
    let output = convert("rhaiis-csv", &[SWEEP]);
    assert_eq!(output.status.code(), Some(0));
    let table = rows(&String::from_utf8_lossy(&output.stdout));
    assert_eq!(column(&table, "intended concurrency"), ["1", "", "", "", ""], "a rate is no concurrency");
    let told = told(&output);
    for part in ["4 measurements with a request rate", "“version” is blank in 5 rows", "“TP” is blank in 5 rows"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    for wrong in [vec![REPORT], vec!["--to", "xlsx", REPORT], vec!["--to", "rhaiis-csv", "--tp", "0", REPORT]] {
        assert_eq!(run(&[&["convert"][..], &wrong].concat()).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn formulas_are_defused_and_demo_data_stay_marked() {
    let table = |arguments: &[&str]| rows(&String::from_utf8_lossy(&convert("rhaiis-csv", arguments).stdout));
    assert_eq!(column(&table(&["--model", "=cmd()", REPORT]), "model"), ["'=cmd()"; 5]);
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/public/demo/consolidated.csv");
    assert!(column(&table(&[demo]), "run").iter().all(|run| run.starts_with(inferscope::record::SYNTHETIC)));
}
