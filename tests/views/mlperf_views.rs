//! Comparison and Per accelerator of MLPerf (the others: `mlperf_pairs.rs`): every figure against Python's own reading of
//! the tables, the published oracles of `../shared/formats/llmd-and-mlperf.md` §2.7, and each trap of §2.2 and §6-13 to 20
//! on a table that fails with the reference's behaviour. Round 5.0's oracles cannot be held: its table is not at hand (5.1
//! and 6.0 ship with the page).

use std::collections::{BTreeMap, BTreeSet};

use inferscope::engine::protocol::FileId;
use inferscope::engine::{Engine, import};
use inferscope::source::Source;
use inferscope::state::{Shown, ViewState};
use inferscope::view_model::{Grid, Mark, Panel, Tone, ViewModel};
use serde_json::Value;

use super::{cell, engine_of, grid, number, reference, root, same, show, state};
use crate::support::corpus;

/// What ships with the page.
const SHIPPED: &str = "public/figures/mlperf.csv";

pub fn shipped() -> Engine {
    engine_of(SHIPPED, &std::fs::read_to_string(root().join(SHIPPED)).expect("it is there"))
}

/// A compact table: `round,id,organization,system,accelerators,nodes,accelerator,model,scenario,unit,value` of each row.
pub fn made(rows: &[&str]) -> Engine {
    let header = "round,id,organization,availability,system,accelerators,nodes,accelerator,model,scenario,unit,value,processor";
    let line = |row: &&str| {
        let mut cells: Vec<&str> = row.split(',').collect();
        cells.insert(3, "available");
        format!("{},EPYC", cells.join(","))
    };
    let lines: Vec<String> = rows.iter().map(line).collect();
    engine_of("made.csv", &format!("{header}\n{}\n", lines.join("\n")))
}

/// Llama 2 in its strictest accuracy: the first look.
pub const MODEL: &str = "llama2-70b-99.9";

/// A benchmark of a round in a view.
pub fn look(engine: &mut Engine, view: &str, round: &str, model: &str, options: &[(&str, &str)]) -> ViewModel {
    show(engine, &state(view, &[("round", round), ("model", model)], options))
}

fn panel<'a>(model: &'a ViewModel, title: &str) -> &'a Panel {
    let titles: Vec<&str> = model.panels.iter().map(|panel| panel.title.as_str()).collect();
    model.panels.iter().find(|panel| panel.title == title).unwrap_or_else(|| panic!("no panel {title} among {titles:?}"))
}

/// The bars of a panel, from the top: name and value.
pub fn bars(panel: &Panel) -> Vec<(String, f64)> {
    let names = panel.chart.y.ticks.as_ref().expect("names");
    let mut found: Vec<Option<f64>> = vec![None; names.len()];
    for series in &panel.chart.series {
        assert!(matches!(series.mark, Mark::Bars(_)));
        for point in series.points() {
            assert_eq!(found[point.y as usize].replace(point.x), None, "two bars at one name");
        }
    }
    names.iter().cloned().zip(found.into_iter().map(|value| value.expect("a name without a bar"))).collect()
}

pub fn said(model: &ViewModel, words: &str) -> bool {
    model.notes.iter().any(|note| note.contains(words))
}

pub fn python() -> Value {
    reference("mlperf_views.py", &[&root().join(SHIPPED).display().to_string()])
}

pub fn float(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

/// Rows of a grid in which a column has this text.
pub fn rows_with(grid: &Grid, column: &str, text: &str) -> Vec<usize> {
    (0..grid.rows.len()).filter(|row| cell(grid, *row, column).cell.text == text).collect()
}

/// The shipped table says what MLCommons' own tables say, by everything that these views compute.
#[test]
fn python_finds_the_same_in_the_original_tables() {
    let Some(corpus) = corpus("views::mlperf_views::python_finds_the_same_in_the_original_tables") else { return };
    let folder = corpus.join("mlperf");
    let path = |name: &str| folder.join(name).display().to_string();
    let original = reference("mlperf_views.py", &[&path("mlperf-5.1.csv"), &path("mlperf-6.0.csv")]);
    assert_eq!(original, python());
}

#[test]
fn figures_per_accelerator_are_pythons() {
    let expected = python();
    let mut engine = shipped();
    let mut compared = 0;
    for (key, group) in expected["normalised"].as_object().expect("an object") {
        let [round, model, scenario, unit] = key.split('|').collect::<Vec<_>>().try_into().expect("four");
        let filters = [("round", round), ("model", model), ("scenario", scenario), ("unit", unit)];
        let shown = show(&mut engine, &state("mlperf/per-accelerator", &filters, &[("doubtful", "shown")]));
        let table = grid(&shown, "normalised");
        let mut found: Vec<f64> = (0..table.rows.len()).filter_map(|row| number(table, row, "share")).collect();
        assert!(found.windows(2).all(|two| two[0] >= two[1]), "{key}: highest first");
        same(found[0], float(&group["most"]), key);
        same(found[found.len() - 1], float(&group["least"]), key);
        let least = found[found.len() - 1];
        for row in 0..table.rows.len() {
            let share = number(table, row, "share").expect("a share");
            same(number(table, row, "result").expect("a result") / number(table, row, "divisor").expect("a divisor"), share, key);
            let above = number(table, row, "difference").expect("a difference");
            assert!((above - (share - least) / least * 100.0).abs() < 1e-6, "{key}");
        }
        assert_eq!(bars(&shown.panels[0]).iter().map(|(_, value)| *value).collect::<Vec<_>>(), found, "{key}: each has a bar");
        found.reverse();
        let all: Vec<f64> = group["all"].as_array().expect("a list").iter().map(float).collect();
        assert_eq!(found.len(), all.len(), "{key}");
        found.iter().zip(&all).for_each(|(a, b)| same(*a, *b, key));
        compared += found.len();
    }
    assert!(compared > 900, "{compared}");
}

/// §2.7: the tops, the lowest, and the difference to it.
#[test]
fn published_oracles_per_accelerator() {
    let mut engine = shipped();
    let mut oracle = |round: &str, model: &str, count: usize, most: f64, who: &str, least: Option<(f64, &str)>| {
        let shown = look(&mut engine, "mlperf/per-accelerator", round, model, &[("doubtful", "shown")]);
        let bars = bars(panel(&shown, "Offline"));
        assert_eq!(bars.len(), count, "{round} {model}: every submission, not one of each name");
        assert!((bars[0].1 - most).abs() < 1e-3 && bars[0].0.contains(who), "{:?}", bars[0]);
        if let Some((value, name)) = least {
            let last = &bars[count - 1];
            assert!((last.1 - value).abs() < 1e-3 && last.0.contains(name), "{last:?}");
        }
    };
    oracle("6.0", MODEL, 36, 15_650.694_444, "GB300 NVL72 (72x", Some((424.415, "4x-BMG-B60")));
    oracle("5.1", MODEL, 47, 12_934.225, "4x GB200", Some((752.345, "")));
    oracle("6.0", "deepseek-r1", 18, 9820.5, "CoreWeave", None);
    oracle("6.0", "gpt-oss-120b", 33, 15_371.7, "Nebius", None);
    let shown = look(&mut engine, "mlperf/per-accelerator", "6.0", MODEL, &[("value", "difference")]);
    let offline = bars(panel(&shown, "Offline"));
    assert!((offline[0].1 - 3587.59).abs() < 0.01, "{:?}", offline[0]);
    assert_eq!(offline[35].1, 0.0);
    // §6-14: the base is named, with its figure.
    assert!(said(&shown, "Offline: differences are relative to the lowest, 424 Tokens/s per accelerator: 1-node-4x-BMG-B60"));
    assert!(said(&shown, "not verified by MLCommons") && said(&shown, "perfect scaling"));
}

/// §2.2, §6-14: samples printed as tokens made the reference's differences 619,682 and 798,211 %.
#[test]
fn figures_of_another_unit_are_no_base() {
    let mut engine = shipped();
    let shown =
        look(&mut engine, "mlperf/per-accelerator", "6.0", "llama3.1-8b", &[("value", "difference"), ("doubtful", "shown")]);
    let titles: Vec<&str> = shown.panels.iter().map(|panel| panel.title.as_str()).collect();
    assert_eq!(titles, ["Offline · Samples/s", "Offline · Tokens/s", "Server · Samples/s", "Server · Tokens/s", "Interactive"]);
    for panel in &shown.panels {
        assert!(bars(panel)[0].1 < 3000.0, "{}: {:?}", panel.title, bars(panel)[0]);
    }
    let table = grid(&shown, "normalised");
    let corrected = rows_with(table, "unit", "Samples/s");
    assert!(
        !corrected.is_empty()
            && corrected.iter().all(|row| cell(table, *row, "remarks").cell.text.contains("Printed as Tokens/s"))
    );
}

const TRAPS: [&str; 8] = [
    "6.0,v6.0-0001,Org,big,288,72,GB300,m-99,Offline,Tokens/s,2880",
    "6.0,v6.0-0002,Org,big,72,18,GB300,m-99,Offline,Tokens/s,900",
    "6.0,v6.0-0003,Org,small,4,1,GB300,m-99.9,Offline,Tokens/s,60",
    "6.0,v6.0-0004,Org,cpu,,2,,m-99,Offline,Tokens/s,10",
    "6.0,v6.0-0005,Org,unknown,,,L40S,m-99,Offline,Tokens/s,20",
    "6.0,v6.0-0006,Org,video,8,1,B200,t2v,SingleStream,Latency (s),30",
    "6.0,v6.0-0007,Org,video,8,1,B200,t2v,SingleStream,Latency (s),20",
    "6.0,v6.0-0008,Org,video,8,1,B200,t2v,Offline,Samples/s,1",
];

/// The table above, of one organization.
fn traps() -> Engine {
    made(&TRAPS)
}

#[test]
fn what_has_no_divisor_is_counted_and_not_guessed() {
    let mut engine = traps();
    let shown = look(&mut engine, "mlperf/per-accelerator", "6.0", "m-99", &[]);
    let found = bars(&shown.panels[0]);
    assert_eq!(found.iter().map(|(_, value)| *value).collect::<Vec<_>>(), [12.5, 10.0]);
    assert!(said(&shown, "1 result from systems without accelerators"), "{:?}", shown.notes);
    assert!(said(&shown, "1 result from systems that do not state the count"), "{:?}", shown.notes);
    let table = grid(&shown, "normalised");
    assert_eq!(
        (number(table, 0, "divisor"), cell(table, 0, "share").hint.contains("900 Tokens/s ÷ 72 accelerators")),
        (Some(72.0), true)
    );
    let by_node = look(&mut engine, "mlperf/per-accelerator", "6.0", "m-99", &[("per", "node")]);
    assert_eq!(bars(&by_node.panels[0]).iter().map(|(_, value)| *value).collect::<Vec<_>>(), [50.0, 40.0, 5.0]);
    // A latency is divided by nothing.
    let video = look(&mut engine, "mlperf/per-accelerator", "6.0", "t2v", &[]);
    assert_eq!(video.panels.len(), 1);
    assert!(said(&video, "2 results from scenarios that measure latency"), "{:?}", video.notes);
    let none = show(&mut engine, &state("mlperf/per-accelerator", &[("scenario", "SingleStream")], &[]));
    assert!(none.panels.is_empty() && none.empty.expect("empty").remedy.is_some());
}

/// §6-13: the substring `-99` found the columns of `-99.9`, too. §6-15: GB300 × 288 and × 72 of one name were one bar.
/// §6-18: SingleStream was dropped; lower is better there.
#[test]
fn every_submission_has_its_bar() {
    let mut engine = traps();
    let shown = look(&mut engine, "mlperf/comparison", "6.0", "m-99", &[]);
    assert_eq!(shown.panels.len(), 1);
    let found = bars(&shown.panels[0]);
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["big (Org) × 288, v6.0-0001", "big (Org) × 72, v6.0-0002", "unknown (Org)", "cpu (Org)"]);
    assert!(said(&shown, "1 result from further submissions"), "{:?}", shown.notes);
    let best = look(&mut engine, "mlperf/comparison", "6.0", "m-99", &[("submissions", "best")]);
    assert_eq!(bars(&best.panels[0]).iter().map(|(_, value)| *value).collect::<Vec<_>>(), [2880.0, 20.0, 10.0]);
    assert!(said(&best, "1 result hidden: further submissions of the same systems"), "{:?}", best.notes);
    let video = look(&mut engine, "mlperf/comparison", "6.0", "t2v", &[]);
    let latency = panel(&video, "SingleStream");
    assert_eq!((latency.chart.x.better, latency.chart.x.unit.as_str()), (Some(false), "s"));
    assert_eq!(bars(latency).iter().map(|(_, value)| *value).collect::<Vec<_>>(), [20.0, 30.0]);
    assert_eq!(bars(panel(&video, "Offline")).len(), 1);
    // Against the number of accelerators: what has none has no place, and is said.
    let dots = look(&mut engine, "mlperf/comparison", "6.0", "m-99", &[("as", "scatter")]);
    let points: Vec<[f64; 2]> =
        dots.panels[0].chart.series.iter().flat_map(|one| one.points().map(|point| [point.x, point.y])).collect();
    assert_eq!(points, [[288.0, 2880.0], [72.0, 900.0]]);
    assert!(said(&dots, "2 systems without accelerators"), "{:?}", dots.notes);
}

/// §2.7: as published; and the bars that the reference hid (36 results, 32 bars; 18, 17; 33, 28).
#[test]
fn published_oracles_of_the_comparison() {
    let mut engine = shipped();
    for (model, all, best) in [(MODEL, 36, 32), ("deepseek-r1", 18, 17), ("gpt-oss-120b", 33, 28)] {
        let count = |shown: &ViewModel| bars(panel(shown, "Offline")).len();
        let every = [("doubtful", "shown")];
        assert_eq!(count(&look(&mut engine, "mlperf/comparison", "6.0", model, &every)), all, "{model}");
        let one_each = [("submissions", "best"), every[0]];
        assert_eq!(count(&look(&mut engine, "mlperf/comparison", "6.0", model, &one_each)), best, "{model}");
    }
    let mut values = |round: &str, id: &str| -> Vec<f64> {
        let shown = look(&mut engine, "mlperf/comparison", round, "llama2-70b-99", &[]);
        let table = grid(&shown, "comparison");
        rows_with(table, "public_id", id).into_iter().filter_map(|row| number(table, row, "result")).collect()
    };
    assert_eq!(values("5.1", "5.1-0001"), [27_803.90, 24_593.77, 8840.42]);
    assert_eq!(values("6.0", "v6.0-0001"), [1_042_110.0, 1_016_375.0, 785_522.0]);
}

/// A bar bears its figure, and its card says the figure once, with its unit.
#[test]
fn a_bar_s_figure_is_said_once() {
    let mut engine = shipped();
    let model = look(&mut engine, "mlperf/comparison", "6.0", MODEL, &[]);
    assert!(
        model.panels.iter().all(|panel| panel.chart.label_points && panel.chart.y.title == "System (organization): Tokens/s")
    );
    let at = model.panels[0].chart.series.iter().position(|series| series.label == "NVIDIA").expect("NVIDIA");
    let card = engine.point(0, at, 0).expect("a card");
    let figures: Vec<[&str; 2]> = card.figures.iter().map(|(label, value, _)| [label.as_str(), value.as_str()]).collect();
    assert_eq!(figures, [["Published result", "1.13M Tokens/s"]]);
    assert!(card.definitions.is_empty(), "{:?}", card.definitions);
    // Beside what is derived from it the figure has its unit; of two scenarios there is no mean.
    let mut of = |view: &str| {
        let shown = look(&mut engine, view, "6.0", MODEL, &[]);
        let at = shown.panels[0].chart.series.iter().position(|series| series.label == "NVIDIA").expect("NVIDIA");
        let figures = engine.point(0, at, 0).expect("a card").figures;
        figures.into_iter().map(|(label, value, _)| (label, value)).collect::<Vec<_>>()
    };
    assert_eq!(of("mlperf/per-accelerator")[1], ("Published result".to_owned(), "1.13M Tokens/s".to_owned()));
    let lost = of("mlperf/offline-vs-server");
    assert_eq!((lost.len(), lost[0].0.starts_with("Throughput lost")), (1, true), "{lost:?}");
}

/// §2.5-1: the reference deals colours over the visible organizations, so that they change with the filter.
#[test]
fn an_organization_keeps_its_colour() {
    let mut engine = shipped();
    let styles = |model: &ViewModel| -> BTreeMap<String, _> {
        let series = model.panels.iter().flat_map(|panel| &panel.chart.series);
        series.map(|series| (series.label.clone(), series.style)).collect()
    };
    let narrow =
        show(&mut engine, &state("mlperf/comparison", &[("organization", "NVIDIA"), ("round", "6.0"), ("model", MODEL)], &[]));
    let all = styles(&look(&mut engine, "mlperf/comparison", "6.0", MODEL, &[]));
    let scenarios = styles(&look(&mut engine, "mlperf/offline-vs-server", "5.1", MODEL, &[]));
    let fresh = styles(&look(&mut shipped(), "mlperf/per-accelerator", "6.0", MODEL, &[]));
    assert_eq!(styles(&narrow)["NVIDIA"], all["NVIDIA"]);
    assert_eq!(all, fresh, "whatever was looked at before");
    // The page shows a view before its file is there.
    let mut later = Engine::default();
    look(&mut later, "mlperf/offline-vs-server", "6.0", MODEL, &[]);
    let text = std::fs::read_to_string(root().join(SHIPPED)).expect("it is there");
    later.add(FileId(1), import(&Source::new(SHIPPED, text.into_bytes()), None, |_| ()).tables);
    let filtered = [("organization", "GigaComputing"), ("round", "6.0"), ("model", MODEL)];
    let first = styles(&show(&mut later, &state("mlperf/comparison", &filtered, &[])));
    assert_eq!(first["GigaComputing"], all["GigaComputing"]);
    assert_eq!(styles(&look(&mut later, "mlperf/comparison", "6.0", MODEL, &[])), all);
    let both: Vec<&String> = all.keys().filter(|name| scenarios.contains_key(*name)).collect();
    assert!(both.len() > 5 && both.iter().all(|name| all[*name] == scenarios[*name]));
    let large: BTreeSet<u8> =
        ["HPE", "Dell", "NVIDIA", "Supermicro", "GigaComputing"].iter().map(|name| all[*name].colour).collect();
    assert_eq!(large.len(), 5, "those with the most results differ in colour");
    // What the legend hides has no bar, and is said.
    let ids = narrow.legend.iter().map(|entry| entry.id.clone()).collect();
    let picked = ViewState { shown: Shown::Only(ids), ..state("mlperf/comparison", &[("round", "6.0"), ("model", MODEL)], &[]) };
    let picked = show(&mut engine, &picked);
    assert_eq!(styles(&picked).keys().collect::<Vec<_>>(), ["NVIDIA"]);
    assert_eq!(bars(panel(&picked, "Offline")).len(), 3);
    assert!(said(&picked, "11 organizations hidden"), "{:?}", picked.notes);
    assert_eq!(grid(&picked, "comparison").rows.len(), 86, "the table keeps all");
    let previews = look(&mut engine, "mlperf/comparison", "6.0", MODEL, &[]);
    assert!(said(&previews, "from preview systems"));
    let table = grid(&previews, "comparison");
    assert!(rows_with(table, "availability", "preview").iter().all(|row| cell(table, *row, "availability").tone == Tone::Doubt));
}
