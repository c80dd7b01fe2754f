//! Inputs that broke or slowed Inferscope once (`tests/hostile/`), and made ones of the same kinds: each costs no more than
//! itself, and is told. A room for each kind.

mod appending;
mod cost;
mod damage;
mod impossible;
mod output;
mod silence;
mod tables;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use inferscope::engine::{FileReport, import_all};
use inferscope::source::Source;

use crate::support::sheet::rows;

const HEADER: &str = "model,version,accelerator,TP,intended concurrency,output_tok/sec,ttft_median,request_latency_median\n";
const REPORT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/guidellm/0.8.1/concurrent-1-16.json");

fn hostile(name: &str) -> String {
    format!("{}/tests/hostile/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn run(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_inferscope")).args(arguments).stdin(Stdio::null()).output();
    output.expect("the program starts")
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn table(output: &Output) -> (Vec<String>, Vec<Vec<String>>) {
    rows(&String::from_utf8_lossy(&output.stdout))
}

fn reports(name: &str, bytes: &[u8]) -> Vec<FileReport> {
    import_all(Source::new(name, bytes), None, |_| {}).into_iter().map(|imported| imported.report).collect()
}

fn fixture(path: &str) -> String {
    String::from_utf8(crate::support::fixture(path)).expect("text")
}

/// The findings of a file that is none too good, as `severity place: message`.
fn findings(name: &str, bytes: &[u8]) -> Vec<String> {
    let found = reports(name, bytes).into_iter().flat_map(|report| report.diagnostics);
    found.map(|found| format!("{:?} {}: {}", found.severity, found.place, found.message)).collect()
}

fn of_file(name: &str) -> Vec<String> {
    findings(name, &fs::read(hostile(name)).expect(name))
}

fn says(found: &[String], words: &str) {
    assert!(found.iter().any(|line| line.contains(words)), "“{words}” in {found:#?}");
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}
