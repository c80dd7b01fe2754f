//! Workloads: the lengths of data sets and runs, against Python, the corpus' published figures, and counts by hand.

use std::fs;
use std::path::Path;

use inferscope::engine::protocol::FileId;
use inferscope::engine::{Engine, import};
use inferscope::record::Kind;
use inferscope::source::Source;
use inferscope::view_model::{Grid, Mark, ViewModel};

use super::{cell, demo, grid, number, reference, same, show, state};
use crate::support;

fn add(engine: &mut Engine, id: u32, name: &str, text: &str) {
    engine.add(FileId(id), import(&Source::new(name, text.as_bytes().to_vec()), None, |_| ()).tables);
}

/// Lengths as long-tailed as real ones, the same in every run.
fn lengths(rows: usize) -> String {
    let mut seed = 1_u64;
    let mut random = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as f64 / f64::from(1_u32 << 31)
    };
    let mut text = "input_length,output_length\n".to_owned();
    for row in 0..rows {
        let input = (40.0 + 400.0 / (0.05 + random())).round();
        let output = (random() * 2000.0).round();
        let output = if row % 10 == 0 { String::new() } else { output.to_string() };
        text.push_str(&format!("{input},{output}\n"));
    }
    text
}

/// The row of a grid about this data set and this side.
fn line(grid: &Grid, dataset: &str, of: &str) -> usize {
    let is = |row: &usize| cell(grid, *row, "dataset").cell.exact == dataset && cell(grid, *row, "of").cell.exact == of;
    (0..grid.rows.len()).find(is).unwrap_or_else(|| panic!("no {of} of {dataset}"))
}

/// The counts of a panel's histogram.
fn counts(model: &ViewModel, panel: usize) -> Vec<f64> {
    let series = &model.panels[panel].chart.series;
    assert!(series.len() == 1 && matches!(series[0].mark, Mark::Histogram(_)));
    series[0].y().collect()
}

#[test]
fn percentiles_and_bins_as_python_has_them() {
    let text = lengths(997);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lengths-of-997.csv");
    fs::write(&path, &text).expect("written");
    let expected = reference("workloads.py", &[&path.display().to_string(), "37"]);
    let mut engine = Engine::default();
    add(&mut engine, 1, "made.csv", &text);
    let model = show(&mut engine, &state("data/workloads", &[], &[("bins", "37")]));
    let table = grid(&model, "percentiles");
    let without = show(&mut engine, &state("data/workloads", &[], &[("outliers", "without")]));
    for (panel, (of, column)) in [("Input", "input_length"), ("Output", "output_length")].into_iter().enumerate() {
        let row = line(table, "made", of);
        let expected = &expected[column];
        let keys = ["count", "min", "max", "mean", "std", "p5", "p10", "p25", "p50", "p75", "p90", "p95", "p99", "p99.9"];
        for key in keys {
            same(number(table, row, key).expect(key), expected[key].as_f64().expect(key), &format!("{column} {key}"));
        }
        let histogram: Vec<f64> =
            expected["histogram"].as_array().expect("counts").iter().filter_map(|count| count.as_f64()).collect();
        assert_eq!(counts(&model, panel), histogram, "{column}");
        assert_eq!(counts(&model, panel).iter().sum::<f64>(), expected["count"].as_f64().expect("count"));
        let rules: Vec<(bool, f64)> = model.panels[panel].chart.rules.iter().map(|rule| (rule.upright, rule.at)).collect();
        for (rule, key) in rules.iter().zip(["mean", "p50", "max"]) {
            assert!(rule.0);
            same(rule.1, expected[key].as_f64().expect(key), key);
        }
        let trimmed = grid(&without, "percentiles");
        assert_eq!(number(trimmed, row, "count"), expected["kept"].as_f64(), "{column}");
        same(number(trimmed, row, "mean").expect("a mean"), expected["kept_mean"].as_f64().expect("a mean"), column);
        assert_eq!(counts(&without, panel).iter().sum::<f64>(), expected["kept"].as_f64().expect("kept"));
    }
    assert!(
        model.notes.iter().any(|note| note.contains("100 of 997 data set entries without output length")),
        "{:?}",
        model.notes
    );
    assert!(without.notes.iter().any(|note| note.contains("excluded")), "{:?}", without.notes);
    // Edges say their unit, and meet.
    let bins = grid(&model, "bins");
    assert_eq!(bins.rows.len(), 2 * 37);
    assert!(
        bins.columns.iter().filter(|column| ["from", "to"].contains(&column.key.as_str())).all(|column| column.unit == "tokens")
    );
    assert_eq!(number(bins, 0, "to"), number(bins, 1, "from"));
    assert_eq!(model.panels[0].chart.x.unit, "tokens");
    // A point of the histogram knows its rows.
    show(&mut engine, &state("data/workloads", &[], &[("bins", "37")]));
    let card = engine.point(1, 0, 36).expect("the last bin");
    assert_eq!(card.origins.len() as f64, counts(&model, 1)[36]);
}

/// `../shared/formats/rhaiis.md` §5 (its P95 of two files is the nearest rank's; these are numpy 2.4.6's).
#[test]
fn lengths_of_public_data_sets() {
    let Some(corpus) = support::corpus("views::workloads::lengths_of_public_data_sets") else { return };
    let mut engine = Engine::default();
    for (id, name) in ["deepseek-r1", "gpt-oss", "sharegpt-vicuna", "swebench-lite"].into_iter().enumerate() {
        let path = corpus.join(format!("datasets/summaries/{name}.csv"));
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{} should be there: {error}", path.display()));
        add(&mut engine, id as u32, &format!("{name}.csv"), &text);
    }
    let model = show(&mut engine, &state("data/workloads", &[], &[]));
    let table = grid(&model, "percentiles");
    let expected = [
        ("deepseek-r1", "Input", [4388.0, 52.0, 901.5, 803.791_248_860_5, 1312.0, 3140.0]),
        ("deepseek-r1", "Output", [4388.0, 209.0, 2194.0, 4_043.449_863_263_4, 13_854.1, 32768.0]),
        ("gpt-oss", "Input", [6396.0, 600.0, 4593.0, 5_010.643_683_552_2, 9474.25, 15330.0]),
        ("sharegpt-vicuna", "Input", [81494.0, 0.0, 72.0, 121.866_885_905_7, 432.0, 614.0]),
        ("sharegpt-vicuna", "Output", [81494.0, 0.0, 1311.0, 1_210.938_204_039_6, 2201.0, 3333.0]),
        ("swebench-lite", "Input", [300.0, 49.0, 333.5, 540.94, 1635.9, 9138.0]),
    ];
    assert_eq!((table.rows.len(), model.panels.len()), (expected.len(), expected.len()));
    for (panel, (dataset, of, figures)) in expected.into_iter().enumerate() {
        let row = line(table, dataset, of);
        for (key, figure) in ["count", "min", "p50", "mean", "p95", "max"].into_iter().zip(figures) {
            same(number(table, row, key).expect(key), figure, &format!("{dataset} {of} {key}"));
        }
        assert_eq!(counts(&model, panel).len(), 50);
        assert_eq!(counts(&model, panel).iter().sum::<f64>(), figures[0], "{dataset} {of}");
    }
}

/// `../shared/formats/rhaiis.md` §2.5: the reference's histograms do not follow the data set of the filter.
#[test]
fn the_data_set_follows_the_filter() {
    let mut engine = demo();
    add(&mut engine, 2, "sharegpt-vicuna.csv", "input_length,output_length\n1,2\n3,4\n");
    add(&mut engine, 3, "swebench-lite.csv", "input_length\n7\n8\n9\n");
    let all = show(&mut engine, &state("data/workloads", &[], &[]));
    assert_eq!((all.kind(), all.total, all.panels.len()), (Kind::Entry, 5, 3));
    // Filters on what entries do not have do not empty the view.
    let filters = [("dataset", "ShareGPT"), ("model", "openai/gpt-oss-120b")];
    let linked = show(&mut engine, &state("data/workloads", &filters, &[]));
    assert_eq!((linked.total, linked.panels.len(), linked.empty.is_none()), (2, 2, true), "{:?}", linked.notes);
    assert!(linked.notes.iter().any(|note| note.contains("“ShareGPT” matched to “sharegpt-vicuna”")), "{:?}", linked.notes);
    let exact = show(&mut engine, &state("data/workloads", &[("dataset", "swebench-lite")], &[]));
    assert_eq!((exact.total, exact.panels.len()), (3, 1));
    let chosen = show(&mut engine, &state("data/workloads", &[], &[("dataset", "swebench-lite"), ("of", "output")]));
    assert_eq!(chosen.panels.len(), 0);
    assert!(chosen.empty.expect("it says why").reason.contains("have no token lengths"));
    // Measurements have no distribution, and say so; a kind that has no lengths is not taken.
    let mut asked = state("data/workloads", &[("accelerator", "B200")], &[]);
    asked.kind = Some(Kind::Measurement);
    let summary = show(&mut engine, &asked);
    assert_eq!(summary.kind(), Kind::Measurement);
    assert!(summary.panels.is_empty() && !grid(&summary, "lengths").rows.is_empty());
    assert!(summary.notes.iter().any(|note| note.contains("see a distribution")), "{:?}", summary.notes);
}

#[test]
fn one_length_makes_one_bin() {
    let mut engine = Engine::default();
    add(&mut engine, 1, "same.csv", "input_length\n8\n8\n8\n");
    let model = show(&mut engine, &state("data/workloads", &[], &[("outliers", "without")]));
    assert_eq!(counts(&model, 0), [3.0]);
    let table = grid(&model, "percentiles");
    assert_eq!((number(table, 0, "left"), number(table, 0, "std"), number(table, 0, "p99")), (Some(0.0), Some(0.0), Some(8.0)));
    let nothing = show(&mut Engine::default(), &state("data/workloads", &[], &[]));
    assert!(nothing.empty.is_some());
}

/// Of a run with its requests: two, with 133 and 111 tokens in and 33 and 38 out (read from the file by eye).
#[test]
fn requests_of_a_run_have_lengths() {
    let path = super::root().join("tests/fixtures/inference-perf/0.7.0/requests.json");
    let mut engine = Engine::default();
    add(&mut engine, 1, "run/requests.json", &fs::read_to_string(path).expect("the fixture is there"));
    let model = show(&mut engine, &state("data/workloads", &[], &[("bins", "2")]));
    assert_eq!((model.kind(), model.total, model.panels.len()), (Kind::Request, 2, 2));
    assert_eq!((counts(&model, 0), counts(&model, 1)), (vec![1.0, 1.0], vec![1.0, 1.0]));
    let table = grid(&model, "percentiles");
    let figures = |row: usize| ["min", "p50", "max", "mean"].map(|key| number(table, row, key));
    assert_eq!(figures(0), [111.0, 122.0, 133.0, 122.0].map(Some));
    assert_eq!(figures(1), [33.0, 35.5, 38.0, 35.5].map(Some));
    assert_eq!(engine.point(0, 0, 1).expect("the longer one").origins.len(), 1);
    // Outputs alone.
    let outputs = show(&mut engine, &state("data/workloads", &[], &[("of", "output")]));
    assert_eq!(outputs.panels.len(), 1);
}
