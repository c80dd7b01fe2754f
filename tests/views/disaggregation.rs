//! Scenarios: the 114-row sweep of llm-d-benchmark against pandas and the published frontiers, and what the view offers.
//! The defects of the notebook that it replaces are in `notebook.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use inferscope::engine::Engine;
use inferscope::engine::import_all;
use inferscope::engine::protocol::FileId;
use inferscope::record::Stat;
use inferscope::source::Source;
use inferscope::state::{Axis, Filters, Limit, Shown, ViewState, link};
use inferscope::view_model::{Grid, Mark, Series, ViewModel};

use super::notebook::sweep;
use super::{cell, grid, number, reference, same, show, state};
use crate::support;

const SWEEP: &str = "llm-d-benchmark/history/config_explorer_df.pkl.csv";

/// Files of the corpus in one engine.
pub fn corpus_engine(folder: &Path, files: &[String]) -> Engine {
    let mut engine = Engine::default();
    let mut next = 0;
    for file in files {
        let bytes = fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{file} should be in the corpus: {error}"));
        for imported in import_all(Source::new(file.clone(), bytes), None, |_| ()) {
            next += 1;
            engine.add(FileId(next), imported.tables);
        }
    }
    engine
}

/// The sweep, and where it lies.
fn the_sweep(what: &str) -> Option<(Engine, String)> {
    let corpus = support::corpus(what)?;
    let path = corpus.join(SWEEP).to_string_lossy().into_owned();
    Some((corpus_engine(&corpus, &[SWEEP.to_owned()]), path))
}

pub fn texts(grid: &Grid, column: &str) -> Vec<String> {
    (0..grid.rows.len()).map(|row| cell(grid, row, column).cell.text.clone()).collect()
}

pub fn curve<'a>(model: &'a ViewModel, panel: usize, label: &str) -> &'a Series {
    let series = &model.panels[panel].chart.series;
    let named: Vec<&str> = series.iter().map(|series| series.label.as_str()).collect();
    series.iter().find(|series| series.label == label).unwrap_or_else(|| panic!("no {label} among {named:?}"))
}

/// x, y and load of each point.
pub fn points(series: &Series) -> Vec<(f64, f64, f64)> {
    series.points().map(|point| (point.x, point.y, point.load.unwrap_or(f64::NAN))).collect()
}

#[test]
fn the_published_sweep_has_its_frontiers() {
    let Some((mut engine, path)) = the_sweep("scenarios::the_published_sweep_has_its_frontiers") else { return };
    let expected = reference("scenarios.py", &[&path]);
    let fronts = [
        ("decode", 11, ("1R TP4", 14.783, 168.844), ("1P-TP8 1D-TP8", 82.944, 5.005)),
        ("in-flight", 10, ("1R TP4", 2.638, 168.844), ("1P-TP8 1D-TP8", 80.077, 5.005)),
        ("ttft", 16, ("1P-TP8 1D-TP8", 443.145, 5.005), ("1R TP4", 295_835.782, 168.844)),
    ];
    for (user, count, first, last) in fronts {
        let model = show(&mut engine, &state("pareto/disaggregation", &[], &[("user", user)]));
        let listed = grid(&model, "frontier");
        let rows = expected[user].as_array().expect("rows");
        assert_eq!((listed.rows.len(), rows.len()), (count, count), "{user}");
        for (at, row) in rows.iter().enumerate() {
            assert_eq!(cell(listed, at, "configuration").cell.text, row[0].as_str().expect("a name"), "{user} {at}");
            for (column, position) in [("load", 1), ("felt", 2), ("gain", 3)] {
                same(number(listed, at, column).unwrap_or(f64::NAN), row[position].as_f64().expect("a number"), column);
            }
        }
        for (at, (name, felt, gain)) in [(0, first), (count - 1, last)] {
            assert_eq!(cell(listed, at, "configuration").cell.text, name);
            let found = [number(listed, at, "felt"), number(listed, at, "gain")].map(|value| value.unwrap_or(f64::NAN));
            assert!((found[0] - felt).abs() < 5e-4 && (found[1] - gain).abs() < 5e-4, "{user}: {found:?}");
        }
        let step = &model.panels[0].chart.series[0];
        assert!(matches!(step.mark, Mark::Step(_)));
        assert_eq!(step.points().count(), count);
    }
}

#[test]
fn every_figure_of_the_published_sweep_agrees_with_pandas() {
    let Some((mut engine, path)) = the_sweep("scenarios::every_figure_of_the_published_sweep_agrees_with_pandas") else { return };
    let expected = reference("scenarios.py", &[&path]);
    let mut of: BTreeMap<(String, u64), [f64; 5]> = BTreeMap::new();
    for row in expected["rows"].as_array().expect("rows") {
        let value = |at: usize| row[at].as_f64().expect("a number");
        let key = (row[0].as_str().expect("a name").to_owned(), value(1) as u64);
        assert!(of.insert(key, [value(2), value(3), value(4), value(5), value(6)]).is_none(), "no repeats");
    }
    assert_eq!(of.len(), 114);
    for (user, position) in [("decode", 2), ("in-flight", 3), ("ttft", 4)] {
        let mut asked = state("pareto/disaggregation", &[], &[("user", user)]);
        asked.shown = Shown::All;
        let model = show(&mut engine, &asked);
        assert_eq!(model.legend.len(), 19);
        let mut seen = BTreeSet::new();
        for series in model.panels[0].chart.series.iter().filter(|series| matches!(series.mark, Mark::Curve(_))) {
            for (x, y, load) in points(series) {
                let key = (series.label.clone(), load as u64);
                let figures = of.get(&key).unwrap_or_else(|| panic!("{key:?} is not in the sweep"));
                same(x, figures[position], user);
                same(y, figures[1], "tok/s/GPU");
                seen.insert(key);
            }
        }
        assert_eq!(seen.len(), 114, "{user}");
        let table = grid(&model, "configurations");
        for row in 0..table.rows.len() {
            let label = &cell(table, row, "configuration").cell.text;
            let own: Vec<&[f64; 5]> = of.iter().filter(|((name, _), _)| name == label).map(|(_, figures)| figures).collect();
            assert_eq!(own.len(), 6);
            same(number(table, row, "gpus").unwrap_or(f64::NAN), own[0][0], "GPUs");
            let peak = own.iter().map(|figures| figures[1]).fold(0.0, f64::max);
            same(number(table, row, "gain").unwrap_or(f64::NAN), peak, "peak per GPU");
            assert_eq!(cell(table, row, "levels").cell.text, "1, 8, 32, 64, 128, 256");
        }
        assert_eq!(texts(table, "kind").iter().filter(|kind| *kind == "P/D disaggregated").count(), 5);
    }
}

#[test]
fn the_first_paint_of_the_sweep_is_the_scenario_with_labels_and_ratios() {
    let Some((mut engine, _)) = the_sweep("scenarios::the_first_paint_of_the_sweep") else { return };
    let model = show(&mut engine, &ViewState { view: "pareto/disaggregation".to_owned(), ..ViewState::default() });
    assert_eq!(cell(grid(&model, "scenarios"), 0, "model").cell.text, "meta-llama/Llama-3.1-70B-Instruct");
    assert_eq!(number(grid(&model, "scenarios"), 0, "measurements"), Some(114.0));
    assert_eq!([texts(grid(&model, "scenarios"), "isl"), texts(grid(&model, "scenarios"), "osl")], [["10000"], ["1000"]]);
    assert!(model.panels[0].chart.label_points, "the load stands at each point");
    assert_eq!(model.panels.len(), 3);
    // At overload the two speeds differ by 9: 3 × TP2, 64 in flight.
    let of = |engine: &mut Engine, user: &str| {
        let mut asked = state("pareto/disaggregation", &[], &[("user", user)]);
        asked.shown = Shown::All;
        let model = show(engine, &asked);
        points(curve(&model, 0, "3R TP2")).into_iter().find(|(.., load)| *load == 64.0).map(|(x, ..)| x).unwrap_or(f64::NAN)
    };
    let (decode, in_flight) = (of(&mut engine, "decode"), of(&mut engine, "in-flight"));
    assert!((decode - 30.724).abs() < 1e-3 && (in_flight - 3.424).abs() < 1e-3, "{decode} {in_flight}");
    // Five split deployments over their ratio; GPUs and servers count differently.
    let ratios = grid(&model, "ratios");
    assert_eq!(ratios.rows.len(), 5);
    let by = |by: &str, engine: &mut Engine| {
        let model = show(engine, &state("pareto/disaggregation", &[], &[("ratio", by)]));
        let at: BTreeSet<u64> = model.panels[2].chart.series.iter().flat_map(points).map(|(x, ..)| (x * 1000.0) as u64).collect();
        at
    };
    assert_ne!(by("gpus", &mut engine), by("servers", &mut engine));
    // A service level is a link, and what it cannot hold with these data is said.
    let proposals = grid(&model, "proposals");
    assert!(texts(proposals, "here").iter().any(|text| text.contains("Mean TTFT ≤ 10 s")), "{:?}", texts(proposals, "here"));
    let target = cell(proposals, 3, "name").link.clone().unwrap_or_default();
    let held = show(&mut engine, &link::decode(&target).0);
    assert_eq!(held.state.slo.len(), 3);
    assert!(grid(&held, "frontier").rows.len() < grid(&model, "frontier").rows.len());
    assert!(held.notes.iter().any(|note| note.contains("excluded from")), "{:?}", held.notes);
}

#[test]
fn lengths_are_one_within_a_tolerance_that_can_be_set() {
    let row = |isl: usize| format!("ISL={isl},TP=2,Replicas=1,Concurrency={isl},Output_Token_Throughput=1");
    let rows = [row(1000), row(1015), row(1024), row(2000)];
    let mut engine = sweep(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let isl = |engine: &mut Engine, tolerance: &str| {
        let options: &[(&str, &str)] = if tolerance.is_empty() { &[] } else { &[("isl_tolerance", tolerance)] };
        let model = show(engine, &state("pareto/disaggregation", &[], options));
        let mut found = texts(grid(&model, "scenarios"), "isl");
        found.sort();
        (found, model)
    };
    assert_eq!(isl(&mut engine, "").0, ["1000–1015", "1024", "2000"]);
    assert_eq!(isl(&mut engine, "2.4%").0, ["1000–1024", "2000"]);
    assert_eq!(isl(&mut engine, "0").0, ["1000", "1015", "1024", "2000"]);
    assert_eq!(isl(&mut engine, "1000").0, ["1000–2000"]);
    let (found, model) = isl(&mut engine, "wide");
    assert_eq!(found, ["1000–1015", "1024", "2000"]);
    assert!(model.notes.iter().any(|note| note.contains("Invalid ISL tolerance “wide”")), "{:?}", model.notes);
    assert!(model.sentence.contains("ISL within 2%"), "{}", model.sentence);
    // A link made under another tolerance still finds its scenario.
    let asked = state("pareto/disaggregation", &[], &[("scenario", "org/m|H100|1015|100")]);
    assert_eq!(show(&mut engine, &asked).total, 2);
    let gone = show(&mut engine, &state("pareto/disaggregation", &[], &[("scenario", "org/m|H100|9|100")]));
    assert!(gone.notes.iter().any(|note| note.contains("Showing another")), "{:?}", gone.notes);
}

#[test]
fn schedulers_are_configurations_over_requests_a_second() {
    let row = |weight: usize, rate: usize, ttft: usize| {
        format!(
            "TP=1,Replicas=4,Max_QPS={rate},KV_Cache_Scorer_Weight={weight},Queue_Scorer_Weight=2,Prefix_Cache_Scorer_Weight=3,\
             Prefix_Cache_Scorer_Mode=default,P90_TTFT_ms={ttft},Output_Token_Throughput=100,Total_Token_Throughput={}",
            rate * 1000
        )
    };
    let rows = [row(1, 2, 100), row(1, 4, 300), row(5, 2, 80), row(5, 4, 500)];
    let mut engine = sweep(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let model = show(&mut engine, &state("pareto/disaggregation", &[], &[]));
    assert!(model.controls.iter().any(|control| control.key == "sweep" && control.values == ["scheduling"]));
    let names = ["KV 1 queue 2 prefix 3 mode default · 4R TP1", "KV 5 queue 2 prefix 3 mode default · 4R TP1"];
    assert_eq!(texts(grid(&model, "configurations"), "configuration"), names);
    let chart = &model.panels[0].chart;
    assert_eq!((chart.x.title.as_str(), chart.y.title.as_str()), ("Total throughput", "P90 TTFT"));
    assert_eq!(points(curve(&model, 0, names[0])), [(2000.0, 100.0, 2.0), (4000.0, 300.0, 4.0)]);
    assert_eq!(texts(grid(&model, "frontier"), "configuration"), [names[1], names[0]]);
    let over = &model.panels[1].chart;
    assert_eq!((over.x.title.as_str(), over.y.title.as_str()), ("Request rate", "P90 TTFT"));
    assert_eq!(points(curve(&model, 1, names[1])), [(2.0, 80.0, 2.0), (4.0, 500.0, 4.0)]);
    // Taken for a sweep of layouts, the schedulers stay apart.
    let model = show(&mut engine, &state("pareto/disaggregation", &[], &[("sweep", "pd")]));
    assert_eq!(texts(grid(&model, "configurations"), "configuration"), ["4R TP1 · KV 1", "4R TP1 · KV 5"]);
}

#[test]
fn the_highest_load_within_the_service_level_stands_in_the_table() {
    let row = |load: usize, ttft: usize| {
        format!("TP=2,Replicas=1,Num_GPUs=2,Concurrency={load},Output_Token_Throughput=9,Mean_TTFT_ms={ttft}")
    };
    let rows = [row(1, 50), row(8, 90), row(32, 200)];
    let mut engine = sweep(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let mut asked = state("pareto/disaggregation", &[], &[]);
    for (bound, expected) in [(100.0, Some(8.0)), (10.0, None), (1000.0, Some(32.0))] {
        asked.slo = vec![Limit { of: Axis::Figure { metric: "ttft".to_owned(), stat: Stat::Mean }, bound }];
        let model = show(&mut engine, &asked);
        assert_eq!(number(grid(&model, "configurations"), 0, "kept"), expected);
    }
}

#[test]
fn real_reports_and_runs_without_a_layout_are_shown() {
    let Some(corpus) = support::corpus("scenarios::real_reports_and_runs_without_a_layout_are_shown") else { return };
    let all = |folder: &str, ending: &str| -> Vec<String> {
        let mut found: Vec<String> = walkdir::WalkDir::new(corpus.join(folder))
            .into_iter()
            .filter_map(Result::ok)
            .filter(|entry| entry.path().to_string_lossy().ends_with(ending))
            .filter_map(|entry| Some(entry.path().strip_prefix(&corpus).ok()?.to_string_lossy().into_owned()))
            .collect();
        found.sort();
        found
    };
    // May 2025: 1p1d and 2p1d against replicas, told by their folders alone.
    let files = all("llm-d-benchmark/history/collected", ".json");
    assert_eq!(files.len(), 12);
    let mut engine = corpus_engine(&corpus, &files);
    let any = ViewState {
        view: "pareto/disaggregation".to_owned(),
        filters: Filters::Chosen(Default::default()),
        ..ViewState::default()
    };
    let model = show(&mut engine, &any);
    let listed = grid(&model, "scenarios");
    assert_eq!((0..listed.rows.len()).map(|row| number(listed, row, "measurements")).collect::<Vec<_>>(), [Some(6.0), Some(6.0)]);
    let mut found = BTreeSet::new();
    for row in 0..2 {
        let target = cell(listed, row, "model").link.clone().unwrap_or_default();
        let model = show(&mut engine, &link::decode(&target).0);
        let table = grid(&model, "configurations");
        assert!((0..table.rows.len()).all(|row| number(table, row, "measurements") == Some(3.0)), "{:?}", table.rows);
        found.extend(texts(table, "configuration"));
        assert!(texts(table, "gpus").iter().all(|gpus| gpus == "unknown"));
        assert!(model.empty.is_none() && !model.panels.is_empty());
    }
    let names = ["llm-d-1p1d", "llm-d-2p1d", "vllm-2replicas", "vllm-3replicas"];
    assert_eq!(found, names.map(str::to_owned).into());
    // The guides' reports: several models and workloads, one point each.
    let files = all("llm-d-benchmark/llm-d_guides_real", ".yaml");
    let mut engine = corpus_engine(&corpus, &files);
    let model = show(&mut engine, &any);
    let rows: f64 =
        (0..grid(&model, "scenarios").rows.len()).filter_map(|row| number(grid(&model, "scenarios"), row, "measurements")).sum();
    assert_eq!(rows, files.len() as f64, "no report is lost");
}
