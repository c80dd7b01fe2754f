//! Damage of every kind: a bad figure costs that figure, a bad row that row, and each is named with its place.

use inferscope::record::{Diagnostic, Severity};

use crate::support::{Collected, fixture, read};

fn text(name: &str) -> String {
    String::from_utf8(fixture(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn collected(text: &str) -> Collected {
    read("unknown", text.as_bytes()).collected
}

fn at<'c>(collected: &'c Collected, place: &str) -> Option<&'c Diagnostic> {
    collected.diagnostics.iter().find(|found| found.place.to_string() == place)
}

/// Replaces the first value of `"median": …` after `metric` by `literal`.
fn with_median(text: &str, metric: &str, literal: &str) -> String {
    let start = text.find(&format!("\"{metric}\"")).expect("the metric");
    let start = start + text[start..].find("\"median\": ").expect("its median") + "\"median\": ".len();
    let end = start + text[start..].find(',').expect("a further key");
    format!("{}{literal}{}", &text[..start], &text[end..])
}

const REPORT: &str = "guidellm/0.8.1/sync-10req.json";

#[test]
fn nonfinite_literals_are_missing() {
    let report = text(REPORT);
    let whole = collected(&report);
    for literal in ["NaN", "Infinity", "-Infinity", "null"] {
        let found = collected(&with_median(&report, "request_latency", literal));
        let mut expected = whole.rows.clone();
        expected[0].samples.retain(|(key, _)| key != "e2el/p50");
        assert_eq!(found.rows, expected, "{literal}");
        assert_eq!(found.diagnostics, whole.diagnostics, "{literal}");
    }
    // The words are content inside a text.
    let renamed = report.replace("mock/tiny-llm", "NaN/Infinity-llm");
    assert!(collected(&renamed).rows[0].identity.contains(&("model".to_owned(), "NaN/Infinity-llm".to_owned())));
    let yaml = text("guidellm/0.2.1/constant-3-9.yaml");
    let whole = collected(&yaml);
    let cut = yaml.find("request_latency:").expect("the metric");
    let line = cut + yaml[cut..].find("\n        median: ").expect("its median") + 1;
    let end = line + yaml[line..].find('\n').expect("a line end");
    for literal in [".nan", "-.inf", "null", "~"] {
        let changed = format!("{}        median: {literal}{}", &yaml[..line], &yaml[end..]);
        let lost = whole.rows[0].samples.len() - collected(&changed).rows[0].samples.len();
        assert!(lost <= 1, "{literal} costs {lost} figures");
        assert_eq!(collected(&changed).rows[1], whole.rows[1]);
    }
}

#[test]
fn a_wrong_type_costs_its_figure() {
    let report = text(REPORT);
    let whole = collected(&report);
    for literal in ["\"fast\"", "true", "[1]", "{\"a\": 1}", "-4.5"] {
        let found = collected(&with_median(&report, "request_latency", literal));
        assert_eq!(found.rows[0].samples.len() + 1, whole.rows[0].samples.len(), "{literal}");
        let finding = at(&found, "benchmarks[0].metrics.request_latency.successful.median");
        assert!(finding.is_some_and(|finding| finding.severity == Severity::Warning), "{literal}: {:?}", found.diagnostics);
    }
    let start = report.find("\"time_to_first_token_ms\": {\"successful\": ").expect("the metric");
    let end = start + report[start..].find("\"errored\"").expect("the next status");
    let changed = format!("{}\"time_to_first_token_ms\": {{\"successful\": 7, {}", &report[..start], &report[end..]);
    let found = collected(&changed);
    assert!(at(&found, "benchmarks[0].metrics.time_to_first_token_ms.successful").is_some(), "{:?}", found.diagnostics);
    assert!(found.rows[0].samples.iter().all(|(key, _)| !key.starts_with("ttft/")));
    assert!(found.rows[0].samples.iter().any(|(key, _)| key == "ttfot/mean"));
}

#[test]
fn a_syntax_error_is_placed() {
    let report = text("guidellm/0.8.1/concurrent-1-16.json");
    let third = report.match_indices("{\"type_\": \"generative_benchmark\"").nth(2).map(|(offset, _)| offset).expect("a third");
    let broken = third + report[third..].find("\"request_latency\": {").expect("a metric");
    let changed = format!("{}oops {}", &report[..broken], &report[broken..]);
    let found = collected(&changed);
    assert_eq!(found.rows.len(), 2);
    let column = report[..broken].chars().count() + 1;
    let finding = at(&found, &format!("line 1, character {column}"));
    let finding = finding.unwrap_or_else(|| panic!("not at character {column}: {:?}", found.diagnostics));
    assert_eq!(finding.severity, Severity::Error);
    assert!(finding.message.contains("inside benchmarks[2].metrics"), "{}", finding.message);
    assert!(!finding.hint.is_empty());
}

#[test]
fn hostile_trees_end() {
    let deep = format!("{{\"guidellm_version\": \"0.8.1\", \"benchmarks\": {}", "[".repeat(200_000));
    assert!(collected(&deep).diagnostics.iter().any(|found| found.severity == Severity::Error));
    let deep = format!("benchmarks:\n- type_: generative_benchmark\n  metrics: {}", "[".repeat(100_000));
    assert!(collected(&deep).diagnostics.iter().any(|found| found.severity == Severity::Error));
    for report in [
        "{\"guidellm_version\": 1}",
        "{\"benchmarks\": 3, \"guidellm_version\": 2}",
        "{\"benchmarks\": [null, 3, {}, []], \"guidellm_version\": []}",
    ] {
        let found = collected(report);
        assert!(found.rows.is_empty() && !found.diagnostics.is_empty(), "{report}: {:?}", found.diagnostics);
    }
}

#[test]
fn findings_of_a_kind_are_summed_up() {
    let table = text("rhaiis/40-columns/older.csv");
    let (header, rows) = table.split_once('\n').expect("a header");
    let row = rows.lines().next().expect("a row");
    let broken = format!("{header}\n{}{row}\n", "a,b\n".repeat(1000));
    let found = collected(&broken);
    assert_eq!(found.rows.len(), 1);
    assert_eq!(found.rows[0].place, "line 1002");
    let listed = found.diagnostics.iter().filter(|finding| finding.message.contains("has 2 cells")).count();
    assert_eq!(listed, 20);
    let sum = at(&found, "file").expect("a sum");
    assert_eq!(sum.message, "And 980 more rows whose cell count differs from the header.");
}

#[test]
fn another_column_order_reads_the_same() {
    let table = text("rhaiis/36-columns/generated.csv");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(table.as_bytes());
    let mut turned = csv::Writer::from_writer(Vec::new());
    for record in reader.records().flatten() {
        turned.write_record(record.iter().rev()).expect("in memory");
    }
    let turned = turned.into_inner().expect("in memory");
    let sorted = |text: &str| {
        let mut rows = collected(text).rows;
        for row in &mut rows {
            row.identity.sort();
            row.samples.sort_by(|a, b| a.0.cmp(&b.0));
        }
        rows
    };
    assert_eq!(sorted(&String::from_utf8_lossy(&turned)), sorted(&table));
}
