//! The release views over LLM-D's tables: the defects of the dashboard before it (`../shared/formats/llmd-and-mlperf.md` §6,
//! items 1 to 12), each on a table of a few lines. Item 3 is `llmd_rhaiis.rs`; one threshold and an honest “unknown”
//! (7) are `overview.rs`, empty selections (12) `../explore.rs`.

use std::collections::BTreeSet;

use inferscope::engine::Engine;
use inferscope::state::{ViewState, link};
use inferscope::view_model::{Entry, ViewModel};

use super::{cell, consolidated, engine_of, grid, number, root, same, show, state};

/// An LLM-D table of a few columns, as text: what is not named is empty.
pub fn llmd(rows: &[&str]) -> String {
    let columns = [
        "run",
        "accelerator",
        "model",
        "version",
        "prompt toks",
        "output toks",
        "TP",
        "DP",
        "EP",
        "replicas",
        "prefill_pod_count",
        "decode_pod_count",
        "router_config",
        "measured concurrency",
        "intended concurrency",
        "output_tok/sec",
        "total_tok/sec",
        "ttft_median",
        "ttft_p95",
        "itl_median",
        "itl_p95",
        "request_latency_median",
        "successful_requests",
        "errored_requests",
        "uuid",
        "runtime_args",
        "image_tag",
        "notes",
        "dataset",
    ];
    consolidated(&columns, rows)
}

fn engine(rows: &[String]) -> Engine {
    engine_of("llmd-dashboard.csv", &llmd(&rows.iter().map(String::as_str).collect::<Vec<_>>()))
}

/// A line of a version at a load.
fn line(version: &str, load: usize, tps: f64, more: &str) -> String {
    format!(
        "version={version},TP=4,intended concurrency={load},output_tok/sec={tps}{}{more}",
        if more.is_empty() { "" } else { "," }
    )
}

const NEW: &str = "RHOAI-3.4-approximate";
const OLD: &str = "RHOAI-3.3-approximate";

fn pairs(model: &ViewModel) -> Vec<f64> {
    let pairs = grid(model, "pairs");
    (0..pairs.rows.len()).filter_map(|row| number(pairs, row, "output_tps")).collect()
}

/// 1: a blank DP, EP or count of replicas matches a blank one.
#[test]
fn blank_matches_blank() {
    let rows = [line(NEW, 50, 1100.0, ""), line(NEW, 100, 2200.0, ""), line(OLD, 50, 1000.0, ""), line(OLD, 100, 2000.0, "")];
    let mut engine = engine(&rows);
    for view in ["compare", "compare/release-check"] {
        let model = show(&mut engine, &state(view, &[], &[]));
        let options =
            ["baseline", "candidate"].map(|key| model.controls.iter().find(|one| one.key == key).map(|one| one.values.clone()));
        assert_eq!(options, [Some(vec![OLD.to_owned()]), Some(vec![NEW.to_owned()])], "the listed pair, {view}");
        assert!(model.empty.is_none());
    }
    let found = pairs(&show(&mut engine, &state("compare", &[], &[])));
    assert_eq!(found.len(), 1);
    same(found[0], 10.0, "the change");
    // A degree that one side says and the other does not may be equal: compared, and said.
    let half = [line(NEW, 50, 1.0, "DP=2"), line(OLD, 50, 1.0, "")];
    let model = show(&mut super::llmd::engine(&half), &state("compare", &[], &[]));
    assert_eq!(pairs(&model).len(), 1);
    assert!(model.notes.iter().any(|note| note == "Not stated on every side, taken as equal: DP."), "{:?}", model.notes);
}

/// 2: identical data with a gap on one side are identical (the first dashboard: +216.2 %).
#[test]
fn a_gap_on_one_side_changes_nothing() {
    let levels = [(50, 100.0), (100, 1000.0), (200, 10_000.0)];
    let mut rows: Vec<String> = levels.iter().map(|(load, tps)| line(NEW, *load, *tps, "")).collect();
    rows.extend(levels.iter().skip(1).map(|(load, tps)| line(OLD, *load, *tps, "")));
    rows.push(format!("version={OLD},TP=4,intended concurrency=50"));
    // A repeated line weighs nothing either.
    rows.push(line(NEW, 200, 10_000.0, ""));
    let model = show(&mut engine(&rows), &state("compare", &[], &[]));
    same(pairs(&model)[0] + 1.0, 1.0, "no change");
    assert_eq!(cell(grid(&model, "pairs"), 0, "levels").cell.text, "100, 200");
}

/// 4: per GPU is over all GPUs: TP × DP × replicas, or × pods; EP uses the same ones again.
#[test]
fn per_gpu_counts_every_server() {
    let cases = [
        ("TP=1,DP=1,EP=1,replicas=8", 8.0),
        ("TP=4,DP=2,EP=8,replicas=2", 16.0),
        ("TP=4,DP=2,EP=2,replicas=4,prefill_pod_count=2,decode_pod_count=4", 48.0),
        ("TP=8,DP=1,EP=1,replicas=1,prefill_pod_count=0,decode_pod_count=0", 8.0),
    ];
    for (layout, gpus) in cases {
        let rows = [format!("version={NEW},{layout},intended concurrency=50,output_tok/sec=960")];
        let mut asked = state("explore", &[], &[]);
        asked.y = link::decode("?v=1&y=output_tps_per_gpu").0.y;
        let model = show(&mut engine(&rows), &asked);
        same(model.panels[0].chart.series[0].x().next().unwrap_or(f64::NAN), 960.0 / gpus, layout);
        let table = show(&mut engine(&rows), &state("pareto/disaggregation", &[], &[]));
        assert_eq!(number(grid(&table, "configurations"), 0, "gpus"), Some(gpus));
        assert!(cell(grid(&table, "configurations"), 0, "gpus").hint.starts_with("derived: TP × DP"));
    }
}

/// 5: percentages are of the baseline, in both directions.
#[test]
fn percentages_are_of_the_baseline() {
    let rows = [line(OLD, 50, 50.0, "ttft_p95=200"), line(NEW, 50, 100.0, "ttft_p95=100")];
    let mut engine = engine(&rows);
    for (options, expected) in
        [([("baseline", OLD), ("candidate", NEW)], [100.0, -50.0]), ([("baseline", NEW), ("candidate", OLD)], [-50.0, 100.0])]
    {
        let model = show(&mut engine, &state("compare", &[], &options));
        let found = ["output_tps", "ttft.p95"].map(|by| number(grid(&model, "pairs"), 0, by).unwrap_or(f64::NAN));
        same(found[0], expected[0], "throughput");
        same(found[1], expected[1], "TTFT");
    }
}

/// 6: replicas, DP, EP and pods are never pooled.
#[test]
fn layouts_are_not_pooled() {
    let layouts = [
        "DP=1,EP=1,replicas=1",
        "DP=1,EP=1,replicas=8",
        "DP=2,EP=1,replicas=1",
        "DP=1,EP=4,replicas=1",
        "DP=1,EP=1,replicas=1,prefill_pod_count=1,decode_pod_count=3",
        "DP=1,EP=1,replicas=1,prefill_pod_count=2,decode_pod_count=2",
    ];
    let mut rows = Vec::new();
    for (at, layout) in layouts.iter().enumerate() {
        rows.push(line(OLD, 50, 1000.0, layout));
        rows.push(line(NEW, 50, 1000.0 + 100.0 * at as f64, layout));
    }
    let mut engine = engine(&rows);
    let mut found = pairs(&show(&mut engine, &state("compare", &[], &[])));
    found.sort_by(f64::total_cmp);
    for (at, (found, expected)) in found.iter().zip([0.0, 10.0, 20.0, 30.0, 40.0, 50.0]).enumerate() {
        assert!((found - expected).abs() < 1e-9, "{at}: {found} is not {expected}");
    }
    assert_eq!(found.len(), layouts.len());
    let overview = show(&mut engine, &state("compare/release-check", &[], &[]));
    let heat = overview.grids.iter().filter(|grid| grid.key.starts_with("heat-")).map(|grid| grid.rows.len()).sum::<usize>();
    assert_eq!(heat, layouts.len());
    // Every layout is a line of its own.
    let mut asked = state("explore", &[("version", NEW)], &[]);
    asked.shown = inferscope::state::Shown::All;
    let lines = show(&mut engine, &asked).panels[0].chart.series.clone();
    assert_eq!(lines.len(), layouts.len());
    // Servers that prefill and that decode have one name, as people write it.
    for name in ["1P-TP4 3D-TP4", "2P-TP4 2D-TP4"] {
        assert!(lines.iter().any(|line| line.label.contains(name)), "{name} is not among the names");
    }
    let trends = show(&mut engine, &state("trends", &[], &[]));
    assert!(trends.empty.is_none());
    let runs = show(&mut engine, &state("data/configurations", &[("version", NEW)], &[]));
    assert_eq!(grid(&runs, "runs").rows.len(), layouts.len());
    assert_eq!(show(&mut engine, &state("data", &[], &[])).total, rows.len());
}

/// 8: one blank length costs the workload's name of that row, not the table.
#[test]
fn a_blank_length_is_no_reason_to_fail() {
    let rows = [line(NEW, 50, 1.0, ""), line(NEW, 100, 1.0, "prompt toks=,output toks=")];
    let model = show(&mut engine(&rows), &state("data", &[], &[]));
    assert_eq!(model.total, 2);
    assert!(model.facets.iter().any(|facet| facet.key == "profile" && facet.values.iter().any(|value| value.value.is_empty())));
}

/// 9: pods, replicas and degrees survive a link, also where the table writes them as 4.0; opened from another view, too.
#[test]
fn links_keep_pods_and_degrees() {
    let text = std::fs::read_to_string(root().join("tests/fixtures/llmd/51-columns/cluster.csv")).expect("a fixture");
    let mut engine = engine_of("cluster.csv", &text);
    let filters = [("tp", "4"), ("replicas", "4"), ("prefill", "2"), ("decode", "4"), ("dp", "2"), ("ep", "2")];
    let asked = state("explore", &filters, &[]);
    let decoded = link::decode(&link::encode(&asked)).0;
    assert_eq!(decoded, asked);
    assert_eq!(show(&mut engine, &decoded).total, 2);
    let floats = show(&mut engine, &state("data", &[("tp", "8")], &[]));
    assert_eq!(floats.total, 2, "8.0 is 8");
    let mut elsewhere: ViewState = decoded.clone();
    elsewhere.show_view("data");
    assert_eq!(show(&mut engine, &elsewhere).total, 2);
    // No pods are no pods: “missing” can be filtered for.
    assert_eq!(show(&mut engine, &state("data", &[("prefill", "")], &[])).total, 5);
}

/// 10: pairs of releases and rivals are rows of the settings, on every accelerator; 128/128 is multi-turn when turns say so.
#[test]
fn release_pairs_and_rivals_are_settings() {
    let settings = inferscope::state::settings::Settings::built_in();
    for variant in ["approximate", "default", "precise"] {
        let (new, old) = (format!("RHOAI-3.4-{variant}"), format!("RHOAI-3.3-{variant}"));
        let row = settings.releases.iter().find(|row| row.candidate == new && row.baseline == old);
        let row = row.unwrap_or_else(|| panic!("{new} against {old} is listed"));
        let upstream: Vec<String> = if variant == "default" { Vec::new() } else { vec![format!("llm-d-0.4-{variant}")] };
        assert_eq!(row.upstream, upstream);
    }
    let mut rows = vec![line("llm-d-0.4-approximate", 50, 800.0, "")];
    for accelerator in ["H200", "MI300X"] {
        let on = format!("accelerator={accelerator}");
        rows.push(line(NEW, 50, 1200.0, &on));
        rows.push(line(OLD, 50, 1000.0, &on));
        let turns = "prompt toks=128,output toks=128";
        rows.push(line("llm-d-0.5", 50, 900.0, &format!("{on},{turns}")));
        rows.push(line("Dynamo-v1.0.1", 50, 600.0, &format!("{on},{turns}")));
    }
    let mut engine = engine(&rows);
    let model = show(&mut engine, &state("compare/release-check", &[], &[]));
    let upstream = model.controls.iter().find(|control| control.key == "upstream").expect("a control");
    assert_eq!(upstream.values, ["llm-d-0.4-approximate"]);
    same(number(grid(&model, "parity"), 0, "output_tps").unwrap_or(f64::NAN), 50.0, "against upstream");
    let rivals = model.grids.iter().find(|grid| grid.key == "rivals").expect("rivals");
    let told = format!("{:?}", rivals.rows);
    assert!(told.contains("llm-d-0.5") && told.contains("Dynamo-v1.0.1") && told.contains("+50%"), "{told}");
    let profiles: BTreeSet<String> = model
        .facets
        .iter()
        .filter(|facet| facet.key == "profile")
        .flat_map(|facet| facet.values.iter().map(|value| value.value.clone()))
        .collect();
    assert!(profiles.contains("Custom (128/128)") && !profiles.iter().any(|name| name.contains("turn")), "{profiles:?}");
}

/// 11: real data sets are apart, lines can be drawn by the router's configuration, and every set of arguments is listed.
#[test]
fn data_sets_and_router_configurations_can_be_told_apart() {
    let real = "prompt toks=0,output toks=0";
    let rows = [
        line(NEW, 50, 1.0, &format!("{real},dataset=a,router_config=x,runtime_args=max-model-len: 1")),
        line(NEW, 50, 2.0, &format!("{real},dataset=b,router_config=x,runtime_args=max-model-len: 1")),
        line(NEW, 100, 3.0, &format!("{real},dataset=b,router_config=y,runtime_args=max-model-len: 2")),
        line(NEW, 50, 4.0, "prompt toks=8000,output toks=800"),
    ];
    let mut engine = engine(&rows);
    let mut asked = state("explore", &[("profile", "Real data set (0/0)")], &[]);
    assert_eq!(show(&mut engine, &asked).panels[0].chart.series.len(), 2, "by data set");
    asked.series_by = vec!["dataset".to_owned(), "router_config".to_owned()];
    let lines = show(&mut engine, &asked);
    assert_eq!(lines.panels[0].chart.series.len(), 3);
    assert!(lines.panels[0].chart.series.iter().all(|series| series.points().count() == 1));
    let runs = show(&mut engine, &state("data/configurations", &[("dataset", "b")], &[]));
    assert_eq!(grid(&runs, "runs").rows.len(), 2, "both sets of arguments");
    let model = show(&mut engine, &state("data", &[], &[]));
    let profiles = model.facets.iter().find(|facet| facet.key == "profile").expect("workloads");
    assert!(profiles.values.iter().any(|value| value.value == "Heavy heterogeneous (8k/800)"));
    // What must match can be narrowed to the router.
    let rows = [line(OLD, 50, 1.0, "router_config=x"), line(NEW, 50, 1.0, "router_config=y")];
    let model = show(&mut super::llmd::engine(&rows), &state("compare", &[], &[]));
    let matching = model.controls.iter().find(|control| control.key == "match").expect("a control");
    let Entry::Subset(offered) = &matching.entry else { panic!("several can match") };
    assert!(offered.iter().any(|choice| choice.value == "router_config"), "{offered:?}");
    assert!(cell(grid(&model, "pairs"), 0, "differs").cell.exact.contains("Router configuration: x → y"));
}
