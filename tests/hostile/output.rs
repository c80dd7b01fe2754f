//! What is written: nothing of a file reaches a terminal or a spreadsheet as a command.

use std::fs;

use serde_json::Value;

use super::{HEADER, folder, hostile, reports, run, table, told};
use crate::support::sheet::column;

#[test]
fn a_match_of_nothing_is_wrong_usage() {
    let good = hostile("withgood/a.json");
    for wrong in ["nope", "", "model,", "model,nope"] {
        assert_eq!(run(&["compare", &good, &good, "--match", wrong]).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn control_characters_never_reach_the_terminal() {
    let escapes = hostile("escape.csv");
    let bare = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().all(|c| !c.is_control() || matches!(c, '\n' | '\t' | '\r'));
    let folder = folder("escape");
    let named = folder.join("a\u{1b}[31m\u{9b}b.csv");
    let text = format!("{HEADER}\"m\u{1b}]0;x\u{7}\u{9b}2J\u{7f}\ra\",v,H200,1,1,100,5,50\n");
    fs::write(&named, text).expect("written");
    let named = named.display().to_string();
    for path in [&escapes, &named] {
        for arguments in [
            &["inspect", path][..],
            &["inspect", "--json", path],
            &["table", path],
            &["table", "--format", "tsv", path],
            &["table", "--format", "json", path],
            &["compare", path, path],
            &["compare", "--format", "markdown", path, path],
            &["check", "--slo", "ttft.p50=1", path],
            &["summary", path],
            &["convert", "--to", "rhaiis-csv", path],
        ] {
            let output = run(arguments);
            assert!(bare(&output.stdout), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout).escape_debug());
            assert!(bare(&output.stderr), "{arguments:?}: {}", told(&output).escape_debug());
        }
    }
    // In JSON they are what they were.
    let json = run(&["table", "--format", "json", &named]).stdout;
    let json: Value = serde_json::from_slice(&json).expect("JSON");
    assert_eq!(json[0]["model"], "m\u{1b}]0;x\u{7}\u{9b}2J\u{7f}\ra");
    // Typed columns are no text.
    let parquet = run(&["table", "--format", "parquet", &named]).stdout;
    assert_eq!(reports("x.parquet", &parquet)[0].measurements, 1);
}

#[test]
fn formulas_in_any_width_are_defused_and_read_back() {
    let folder = folder("formulas");
    let names = ["＝1+1", "＋1+1", "－1+1", "＠SUM(A1)", "\n=1+1", "\u{feff}=1+1", "=1+1"];
    let rows = names.map(|name| format!("\"{name}\",v,H200,1,1,100,5,50\n")).concat();
    let path = folder.join("in.csv");
    fs::write(&path, format!("{HEADER}{rows}")).expect("written");
    let written = run(&["table", &path.display().to_string()]);
    let table = table(&written);
    for name in column(&table, "model") {
        assert!(name.starts_with('\''), "{name:?}");
    }
    let again = folder.join("again.csv");
    fs::write(&again, &written.stdout).expect("written");
    let json = run(&["table", "--format", "json", &again.display().to_string()]).stdout;
    let json: Value = serde_json::from_slice(&json).expect("JSON");
    assert!(
        json.as_array().is_some_and(|rows| rows.iter().all(|row| !row["model"].as_str().unwrap_or_default().starts_with('\'')))
    );
}
