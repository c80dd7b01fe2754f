//! MLPerf's tables: every published figure against another reading, the published extremes, and lost lines.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use inferscope::record::Severity;

use super::independent::{below, compare};
use crate::support::{Collected, Row, bytes, corpus, fixture, read};

fn collected(path: &Path) -> Collected {
    read("unknown", &bytes(path)).collected
}

fn dimension<'r>(row: &'r Row, key: &str) -> &'r str {
    row.identity.iter().find(|(known, _)| known == key).map_or("", |(_, value)| value)
}

fn figure(row: &Row) -> f64 {
    row.samples.first().map_or(f64::NAN, |(_, value)| *value)
}

fn number(row: &Row, key: &str) -> f64 {
    dimension(row, key).parse().unwrap_or(f64::NAN)
}

#[test]
fn every_published_figure() {
    let Some(corpus) = corpus("formats::mlperf::every_published_figure") else { return };
    compare("mlperf.py", &below(&corpus.join("mlperf"), &["mlperf-5.1.csv", "mlperf-6.0.csv"]));
}

#[test]
fn published_totals_and_extremes() {
    let Some(corpus) = corpus("formats::mlperf::published_totals_and_extremes") else { return };
    for (file, values, systems, ranked, top, least) in
        [("mlperf-5.1.csv", 554, 83, 47, 12934.225, 752.345), ("mlperf-6.0.csv", 493, 93, 36, 15_650.694_444_444_445, 424.415)]
    {
        let found = collected(&corpus.join("mlperf").join(file));
        assert_eq!(found.rows.len(), values, "{file}");
        let named: BTreeSet<_> =
            found.rows.iter().map(|row| ["public_id", "system", "nodes"].map(|key| dimension(row, key))).collect();
        assert_eq!(named.len(), systems, "{file}");
        let mut shares: Vec<f64> = found
            .rows
            .iter()
            .filter(|row| dimension(row, "model") == "llama2-70b-99.9" && dimension(row, "scenario") == "Offline")
            .map(|row| figure(row) / number(row, "gpus"))
            .filter(|share| share.is_finite())
            .collect();
        shares.sort_by(f64::total_cmp);
        assert_eq!(shares.len(), ranked, "{file}");
        assert!((shares[0] - least).abs() < 1e-3 && (shares[ranked - 1] - top).abs() < 1e-3, "{file}: {shares:?}");
    }
}

/// The systems whose unit is misprinted are named, and none of them is left to the audit.
#[test]
fn misprints_are_corrected_and_outliers_named() {
    let Some(corpus) = corpus("formats::mlperf::misprints_are_corrected_and_outliers_named") else { return };
    let found = collected(&corpus.join("mlperf/mlperf-6.0.csv"));
    let samples =
        found.rows.iter().filter(|row| dimension(row, "model") == "llama3.1-8b" && dimension(row, "unit") == "Samples/s");
    assert_eq!(samples.count(), 20);
    let warnings: Vec<&str> = found
        .diagnostics
        .iter()
        .filter(|finding| finding.severity == Severity::Warning)
        .map(|finding| finding.message.split(':').next().unwrap_or_default())
        .collect();
    assert_eq!(warnings, ["v6.0-0059", "v6.0-0101", "v6.0-0059", "v6.0-0060", "v6.0-0101"]);
    let totals: Vec<&str> =
        found.diagnostics.iter().filter_map(|finding| finding.message.split_once(" states ")).map(|(id, _)| id).collect();
    assert_eq!(totals, ["v6.0-0001", "v6.0-0003"]);
}

/// Without any one of its lines a table gives no figure that it did not give before, and loses one system at most.
fn lost_lines(name: &str, content: &[u8], step: usize) {
    let text = String::from_utf8_lossy(content).into_owned();
    let plain = |row: Row| (row.identity, row.samples.into_iter().map(|(key, value)| (key, value.to_bits())).collect::<Vec<_>>());
    let whole: BTreeSet<_> = read("unknown", text.as_bytes()).collected.rows.into_iter().map(plain).collect();
    let lines: Vec<&str> = text.lines().collect();
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, id) in whole.iter().flat_map(|row| &row.0).filter(|(key, _)| key == "public_id") {
        *sizes.entry(id.as_str()).or_default() += 1;
    }
    let most = sizes.values().copied().max().unwrap_or_default();
    for gone in (0..lines.len()).step_by(step) {
        let kept: Vec<&str> = lines.iter().enumerate().filter(|(line, _)| *line != gone).map(|(_, line)| *line).collect();
        let found: BTreeSet<_> = read("unknown", kept.join("\n").as_bytes()).collected.rows.into_iter().map(plain).collect();
        assert!(found.is_subset(&whole), "{name} without line {}: a figure has moved", gone + 1);
        assert!(gone < 5 || found.len() + most >= whole.len(), "{name} without line {}: {} results", gone + 1, found.len());
    }
}

#[test]
fn a_lost_line_shifts_nothing() {
    for name in ["mlperf/made/pivot.csv", "mlperf/made/pivot-5.0.csv", "mlperf/made/flat.tsv"] {
        lost_lines(name, &fixture(name), 1);
    }
    let Some(corpus) = corpus("formats::mlperf::a_lost_line_shifts_nothing") else { return };
    lost_lines("mlperf-5.1.csv", &bytes(&corpus.join("mlperf/mlperf-5.1.csv")), 7);
}

/// As round 6.0 is published: UTF-16 with a lone line end after the last character, here also without its mark.
#[test]
fn half_a_character_at_the_end_costs_nothing() {
    let text = String::from_utf8(fixture("mlperf/made/flat.tsv")).expect("text");
    let body: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).chain([b'\n']).collect();
    let expected = read("unknown", text.as_bytes()).snapshot();
    assert_eq!(read("unknown", &body).snapshot(), expected);
    assert_eq!(read("unknown", &[&[0xFF, 0xFE], &body[..]].concat()).snapshot(), expected);
}

/// A spreadsheet saves a pivot with blank lines, semicolons and Windows line ends.
#[test]
fn a_table_saved_by_a_spreadsheet_reads_the_same() {
    let text = String::from_utf8(fixture("mlperf/made/pivot.csv")).expect("text");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let mut writer = csv::WriterBuilder::new().delimiter(b';').terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for record in reader.records().flatten() {
        writer.write_record(&record).expect("in memory");
    }
    let cells = text.lines().next().expect("a header").split(',').count();
    let mut saved = String::from_utf8(writer.into_inner().expect("in memory")).expect("text");
    saved.push_str(&format!("{}\r\n", ";".repeat(cells - 1)));
    assert_eq!(read("unknown", saved.as_bytes()).snapshot(), read("unknown", text.as_bytes()).snapshot());
}
