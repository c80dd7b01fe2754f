//! GuideLLM's CSV: against its JSON twin, against a few lines of Python, and damaged.

use std::path::{Path, PathBuf};

use inferscope::record::Severity;

use super::independent::{below, compare, rows, same};
use crate::support::{Collected, Row, corpus, fixture, read, root};

const FIXTURES: [&str; 4] = [
    "guidellm/0.2.1/synchronous-8req.csv",
    "guidellm/0.3.0/concurrent-1-4-16.csv",
    "guidellm/0.4.0/concurrent-1-4-16.csv",
    "guidellm/0.8.1/sweep-5.csv",
];

#[test]
fn fixtures_as_python_reads_them() {
    compare("guidellm_csv.py", &below(&root().join("tests/fixtures"), &FIXTURES));
}

const TWINS: [&str; 6] = [
    "guidellm-0.8.1/concurrent-1-16",
    "guidellm-0.8.1/sweep-5",
    "guidellm-0.4.0/concurrent-1-4-16",
    "guidellm-0.4.0/sweep-4",
    "guidellm-0.3.0/concurrent-1-4-16",
    "guidellm-0.3.0/sweep-5",
];

#[test]
fn corpus_as_python_reads_it() {
    let Some(corpus) = corpus("formats::guidellm_csv::corpus_as_python_reads_it") else { return };
    let files: Vec<PathBuf> = TWINS.iter().map(|twin| corpus.join("authentic").join(format!("{twin}.csv"))).collect();
    compare("guidellm_csv.py", &files);
}

/// What the CSV cannot say: instants without a zone, and the API's client.
const NOT_IN_CSV: [&str; 3] = ["start_time", "end_time", "backend"];

fn twin(path: &Path) -> (Vec<Row>, Vec<Row>) {
    (rows(&path.with_extension("csv")), rows(&path.with_extension("json")))
}

/// Every figure of the CSV is the JSON's, and every figure that a row in its place can have is there.
#[test]
fn the_csv_agrees_with_the_json() {
    let Some(corpus) = corpus("formats::guidellm_csv::the_csv_agrees_with_the_json") else { return };
    for name in TWINS {
        let (table, report) = twin(&corpus.join("authentic").join(name));
        assert_eq!(table.len(), report.len(), "{name}");
        for (row, expected) in table.iter().zip(&report) {
            let at = format!("{name} {}", row.place);
            // The CSV rounds the rates of a sweep to two decimals.
            assert_eq!(row.load.kind, expected.load.kind, "{at}");
            let rounded = expected.load.value.map(|value| (value * 100.0).round() / 100.0);
            assert!([expected.load.value, rounded].contains(&row.load.value), "{at}: {:?} {:?}", row.load, expected.load);
            for pair in &row.identity {
                assert!(expected.identity.contains(pair), "{at}: {pair:?}");
            }
            for (key, _) in &expected.identity {
                let known = row.identity.iter().any(|(other, _)| other == key) || NOT_IN_CSV.contains(&key.as_str());
                assert!(known || key == "max_concurrency", "{at} lacks {key}");
            }
            for (key, value) in &row.samples {
                let other = expected.samples.iter().find(|(other, _)| other == key).map(|(_, value)| *value);
                let other = other.unwrap_or_else(|| panic!("{at}: the JSON has no {key}"));
                // The concurrency of all requests is added up from outcomes.
                let tolerance = if key == "concurrency_achieved/mean" { 1e-6 } else { 0.0 };
                assert!(same(*value, other, tolerance), "{at}: {key} is {value}, the JSON has {other}");
            }
            // The lists lack the 99.9th percentile.
            let misplaced = name.contains("0.4.0") && row.place != "line 4";
            for (key, _) in expected.samples.iter().filter(|(key, _)| !misplaced && !key.ends_with("/p99_9")) {
                assert!(row.samples.iter().any(|(other, _)| other == key), "{at} lacks {key}");
            }
        }
    }
}

fn collected(text: &str) -> Collected {
    read("unknown", text.as_bytes()).collected
}

fn text(name: &str) -> String {
    String::from_utf8(fixture(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A later row of the same length whose requests ended otherwise may stand under other columns.
#[test]
fn a_row_of_the_right_length_with_other_outcomes_is_not_trusted() {
    let table = text("guidellm/0.4.0/concurrent-1-4-16.csv");
    let row = table.lines().nth(3).expect("a first row");
    let changed = row.replacen("14,0,0,14", "13,1,0,14", 1);
    assert_ne!(row, changed);
    let head: Vec<&str> = table.lines().take(4).collect();
    let found = collected(&format!("{}\n{changed}\n", head.join("\n")));
    let keys = |row: &Row| row.samples.iter().map(|(key, _)| key.clone()).filter(|key| key.starts_with("ttft/")).count();
    assert!(keys(&found.rows[0]) > 10 && keys(&found.rows[1]) == 0);
    assert!(found.rows[1].samples.iter().any(|(key, _)| key == "e2el/p99"));
    assert!(found.diagnostics.iter().any(|finding| finding.message.starts_with("Its request outcomes differ")));
}

#[test]
fn a_wrong_cell_costs_itself() {
    let table = text("guidellm/0.8.1/sweep-5.csv");
    let whole = collected(&table);
    let duration = table.find(",5.0,0.0,0.0,18,1,0,19,").expect("the first row's counts");
    for (from, to, lost) in [(",18,", ",fast,", "completed/mean"), (",5.0,", ",-5.0,", "duration/mean")] {
        let changed = format!("{}{}", &table[..duration], table[duration..].replacen(from, to, 1));
        let found = collected(&changed);
        let mut expected = whole.rows.clone();
        expected[0].samples.retain(|(key, _)| key != lost);
        assert_eq!(found.rows, expected, "{to}");
        let named = found.diagnostics.iter().find(|finding| finding.message.contains("treated as missing"));
        assert!(named.is_some_and(|finding| finding.place.to_string().starts_with("line 4, column")), "{:?}", found.diagnostics);
    }
}

/// However a table is cut, what is read is right, whole rows are kept, and a lost one is named.
#[test]
fn a_cut_table_states_nothing_wrong() {
    for name in FIXTURES {
        let table = text(name);
        let whole = collected(&table).rows;
        for at in (60..table.len()).step_by(397) {
            let found = collected(&table[..at]);
            for (row, expected) in found.rows.iter().zip(&whole) {
                for sample in &row.samples {
                    assert!(expected.samples.contains(sample), "{name} cut at {at}: {sample:?}");
                }
            }
            let complete = table[..at]
                .matches("\r\n")
                .count()
                .saturating_sub(if name.contains("/0.2") || name.contains("/0.3") { 1 } else { 3 });
            assert!(found.rows.len() >= complete.min(whole.len()), "{name} cut at {at}: {} of {complete}", found.rows.len());
            let named = found.diagnostics.iter().any(|finding| finding.severity >= Severity::Warning);
            assert!(
                named
                    || found.rows.len() >= whole.len()
                    || table[..at].ends_with('\n')
                    || found.rows == whole[..found.rows.len()],
                "{name} cut at {at}"
            );
        }
    }
}
