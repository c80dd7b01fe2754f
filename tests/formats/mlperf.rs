//! MLPerf's tables: every published figure against another reading, the published extremes, and lost lines.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use inferscope::record::Severity;

use super::independent::{below, compare, python};
use crate::support::{Collected, Row, bytes, corpus, fixture, read, root};

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
    // What is known of a figure stands beside it.
    let doubtful: Vec<(&str, &str)> = found
        .rows
        .iter()
        .filter(|row| !dimension(row, "doubt").is_empty())
        .map(|row| (dimension(row, "public_id"), dimension(row, "model")))
        .collect();
    let gpt = ["v6.0-0059", "v6.0-0059", "v6.0-0060", "v6.0-0101", "v6.0-0101"].map(|id| (id, "gpt-oss-120b"));
    assert_eq!(doubtful, gpt);
    for row in &found.rows {
        assert_eq!(dimension(row, "printed_unit").is_empty(), dimension(row, "correction").is_empty(), "{row:?}");
    }
    let reasons: BTreeMap<&str, usize> = found.rows.iter().fold(BTreeMap::new(), |mut reasons, row| {
        *reasons.entry(dimension(row, "correction")).or_default() += 1;
        reasons
    });
    let mut counts: Vec<usize> = reasons.into_values().collect();
    counts.sort_unstable();
    assert_eq!(counts, [20, 39, 493 - 59]);
    let totals: Vec<&str> =
        found.diagnostics.iter().filter_map(|finding| finding.message.split_once(" states ")).map(|(id, _)| id).collect();
    assert_eq!(totals, ["v6.0-0001", "v6.0-0003"]);
}

/// What ships with the page: byte for byte what `inferscope convert` makes of the published tables, and figure for
/// figure what Python reads in them.
#[test]
fn the_shipped_tables_are_the_published_ones() {
    for (shipped, results, published) in [
        ("mlperf.csv", 554 + 493, &["mlperf/mlperf-5.1.csv", "mlperf/mlperf-6.0.csv"][..]),
        ("mlperf-5.0.csv", 859, &["../cases/mlperf/mlperf-5.0.csv"]),
    ] {
        let shipped = bytes(&root().join("public/figures").join(shipped));
        let found = read("unknown", &shipped).collected;
        let key = |row: &Row| {
            let identity = ["round", "public_id", "model", "scenario", "unit", "printed_unit", "gpus", "nodes", "organization"];
            (identity.map(|key| dimension(row, key).to_owned()), row.samples[0].0.clone(), figure(row).to_bits())
        };
        let mut rows: Vec<_> = found.rows.iter().map(key).collect();
        rows.sort();
        assert_eq!(rows.len(), results);
        let Some(corpus) = corpus("formats::mlperf::the_shipped_tables_are_the_published_ones") else { return };
        let files = below(&corpus, published);
        if !files.iter().all(|file| file.is_file()) {
            continue;
        }
        let published = python("mlperf.py", &files);
        let mut expected: Vec<_> = files
            .iter()
            .flat_map(|file| published[file.display().to_string()].as_object().expect("results").values())
            .map(|entry| {
                let identity =
                    ["round", "public_id", "model", "scenario", "unit", "printed_unit", "gpus", "nodes", "organization"];
                let (metric, value) = entry["samples"].as_object().and_then(|all| all.iter().next()).expect("a figure");
                let identity = identity.map(|key| entry["identity"][key].as_str().unwrap_or_default().to_owned());
                (identity, metric.clone(), value.as_f64().expect("a number").to_bits())
            })
            .collect();
        expected.sort();
        assert!(rows == expected, "{:?}", rows.iter().zip(&expected).find(|(found, expected)| found != expected));
        let program = env!("CARGO_BIN_EXE_inferscope");
        let made =
            std::process::Command::new(program).args(["convert", "--to", "mlperf"]).args(&files).output().expect("it runs");
        assert!(made.status.success() && made.stdout == shipped, "public/figures/README.md says how to write it again");
    }
}

/// What a table says of each submission comes back when it is written as our own and read again.
#[test]
fn our_own_table_reads_back_the_same() {
    const KEPT: [&str; 17] = [
        "round",
        "public_id",
        "organization",
        "availability",
        "system",
        "nodes",
        "gpus",
        "accelerators_per_node",
        "accelerator",
        "accelerator_printed",
        "processor",
        "model",
        "scenario",
        "unit",
        "printed_unit",
        "correction",
        "doubt",
    ];
    for name in ["mlperf/made/pivot.csv", "mlperf/made/pivot-5.0.csv", "mlperf/made/flat.tsv"] {
        let path = root().join("tests/fixtures").join(name);
        let program = env!("CARGO_BIN_EXE_inferscope");
        let made = std::process::Command::new(program).args(["convert", "--to", "mlperf"]).arg(&path).output().expect("it runs");
        let plain = |rows: Vec<Row>| {
            let plain = |row: Row| {
                let kept = KEPT.map(|key| dimension(&row, key).to_owned());
                (kept, row.samples.into_iter().map(|(key, value)| (key, value.to_bits())).collect::<Vec<_>>())
            };
            rows.into_iter().map(plain).collect::<Vec<_>>()
        };
        let expected = plain(collected(&path).rows);
        assert!(expected.len() > 3, "{name}");
        assert_eq!(plain(read("unknown", &made.stdout).collected.rows), expected, "{name}");
    }
}

/// Without any one of its lines a table gives no figure that it did not give before, and loses one system at most.
fn lost_lines(name: &str, content: &[u8], step: usize) {
    let text = String::from_utf8_lossy(content).into_owned();
    // A doubt tells of a result's class, which is smaller without the line.
    let told = |identity: Vec<(String, String)>| identity.into_iter().filter(|(key, _)| key != "doubt").collect::<Vec<_>>();
    let plain =
        |row: Row| (told(row.identity), row.samples.into_iter().map(|(key, value)| (key, value.to_bits())).collect::<Vec<_>>());
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
    for name in ["mlperf/made/pivot.csv", "mlperf/made/pivot-5.0.csv", "mlperf/made/flat.tsv", "mlperf/made/table.csv"] {
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
