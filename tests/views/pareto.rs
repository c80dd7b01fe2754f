//! Pareto: the frontier against the definition, point by point, over figures taken from the CSV without any code of ours.

use std::collections::BTreeMap;

use inferscope::record::Stat;
use inferscope::state::{Axis, Filters, Limit, Shown, ViewState};
use inferscope::view_model::{Mark, Point, Series, ViewModel};

use super::{cell, demo, demo_rows, files, grid, number, rhaiis, same, show, state, table};

type Row = BTreeMap<String, String>;

fn value(row: &Row, column: &str) -> Option<f64> {
    row[column].parse().ok().filter(|value: &f64| value.is_finite())
}

/// Output tok/s over TP × DP, and 1000 ÷ median time per output token. GuideLLM 0.4 and later write the latter as ITL.
fn point(row: &Row) -> Option<(f64, f64)> {
    let (tp, dp) = (value(row, "TP"), value(row, "DP"));
    let gpus = tp.or(dp).map(|_| tp.unwrap_or(1.0) * dp.unwrap_or(1.0))?;
    let tpot = value(row, if row["guidellm_version"].is_empty() { "tpot_median" } else { "itl_median" })?;
    Some((1000.0 / tpot, value(row, "output_tok/sec")? / gpus))
}

fn fails(row: &Row) -> bool {
    let (good, bad) = (value(row, "successful_requests"), value(row, "errored_requests"));
    matches!((good, bad), (Some(good), Some(bad)) if bad / (good + bad) > 0.01)
}

/// The points that nothing dominates, by the definition: higher is better in both.
fn brute(rows: &[Row], refused: impl Fn(&Row) -> bool) -> Vec<(f64, f64)> {
    let identity = [
        "model",
        "version",
        "accelerator",
        "TP",
        "DP",
        "prompt toks",
        "output toks",
        "dataset",
        "spec_decoding",
        "prefix_caching",
        "turns",
        "prefix_tokens",
        "prefix_count",
        "request_type",
        "intended concurrency",
    ];
    let mut levels: BTreeMap<Vec<&str>, Vec<&Row>> = BTreeMap::new();
    for row in rows.iter().filter(|row| point(row).is_some()) {
        levels.entry(identity.iter().map(|key| row[*key].as_str()).collect()).or_default().push(row);
    }
    let kept = levels.values().filter(|rows| !rows.iter().any(|row| refused(row)));
    let mean = |rows: &Vec<&Row>, of: fn((f64, f64)) -> f64| {
        rows.iter().filter_map(|row| point(row)).map(of).sum::<f64>() / rows.len() as f64
    };
    let points: Vec<(f64, f64)> = kept.map(|rows| (mean(rows, |at| at.0), mean(rows, |at| at.1))).collect();
    let beaten = |(x, y): &(f64, f64)| points.iter().any(|(a, b)| a >= x && b >= y && (a, b) != (x, y));
    let mut front: Vec<(f64, f64)> = points.iter().copied().filter(|point| !beaten(point)).collect();
    front.sort_by(|a, b| a.0.total_cmp(&b.0));
    front
}

fn overall(model: &ViewModel) -> Vec<(f64, f64)> {
    let series = model.panels[0].chart.series.iter().find(|series| series.id == "frontier").expect("a frontier");
    assert!(matches!(series.mark, Mark::Step(_)));
    series.points().map(|point| (point.x, point.y)).collect()
}

fn agree(model: &ViewModel, expected: &[(f64, f64)]) {
    let found = overall(model);
    assert_eq!(found.len(), expected.len(), "{found:?}, not {expected:?}");
    for (found, expected) in found.iter().zip(expected) {
        same(found.0, expected.0, "x");
        same(found.1, expected.1, "y");
    }
    let listed = grid(model, "frontier");
    assert_eq!(listed.rows.len(), expected.len());
    for (row, (x, y)) in expected.iter().enumerate() {
        same(number(listed, row, "x").unwrap_or(f64::NAN), *x, "listed x");
        same(number(listed, row, "y").unwrap_or(f64::NAN), *y, "listed y");
    }
}

fn of_model(rows: Vec<Row>, model: &str, isl: &str) -> Vec<Row> {
    let plain = |row: &Row| row["turns"].is_empty();
    rows.into_iter().filter(|row| row["model"] == model && row["prompt toks"] == isl && plain(row)).collect()
}

#[test]
fn the_first_paint_shows_the_true_frontier_of_the_best_populated() {
    let model = show(&mut demo(), &ViewState { view: "pareto".to_owned(), ..ViewState::default() });
    let selected = model.state.selection();
    assert_eq!(selected.keys().collect::<Vec<_>>(), ["model", "profile"]);
    assert_eq!(selected["model"].first().map(String::as_str), Some("openai/gpt-oss-120b"));
    assert_eq!(model.state.y, Some(Axis::Figure { metric: "output_tps_per_gpu".to_owned(), stat: Stat::Mean }));
    assert_eq!(model.state.x, Some(Axis::Figure { metric: "interactivity".to_owned(), stat: Stat::P50 }));
    assert!(model.axes.iter().all(|axis| axis.better.is_some()), "the menus have what has a frontier");
    let front = brute(&of_model(demo_rows(), "openai/gpt-oss-120b", "1000"), fails);
    assert!(front.len() > 3);
    agree(&model, &front);
    assert!(model.empty.is_none() && model.legend.len() > 8);
    // Every point that is drawn on a group's own frontier is beaten by none of its own line.
    for series in model.panels[0].chart.series.iter().filter(|series| matches!(series.mark, Mark::Curve(_))) {
        let points: Vec<Point> = series.points().collect();
        for (i, a) in points.iter().enumerate() {
            assert!(points.iter().enumerate().all(|(j, b)| i == j || !(b.x >= a.x && b.y >= a.y) || (b.x, b.y) == (a.x, a.y)));
        }
    }
}

#[test]
fn every_workload_has_a_frontier_and_the_service_level_changes_it() {
    let mut engine = demo();
    for (name, isl, profile) in [
        ("openai/gpt-oss-120b", "8000", "Prefill heavy (8k/1k)"),
        ("RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic", "1000", "Balanced (1k/1k)"),
        ("openai/gpt-oss-120b", "0", "Real data set (0/0)"),
        ("openai/gpt-oss-120b", "4000", "Custom (4000/500)"),
    ] {
        let rows = of_model(demo_rows(), name, isl);
        if rows.is_empty() {
            continue;
        }
        let mut asked = state("pareto", &[("model", name), ("profile", profile)], &[]);
        let free = brute(&rows, fails);
        agree(&show(&mut engine, &asked), &free);
        let limit = {
            let mut values: Vec<f64> = rows.iter().filter_map(|row| value(row, "ttft_p95")).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 4]
        };
        asked.slo = vec![Limit { of: Axis::Figure { metric: "ttft".to_owned(), stat: Stat::P95 }, bound: limit }];
        let held = brute(&rows, |row| fails(row) || value(row, "ttft_p95").is_none_or(|ttft| ttft > limit));
        assert_ne!(free, held, "{name} {profile}");
        let model = show(&mut engine, &asked);
        agree(&model, &held);
        assert!(model.notes.iter().any(|note| note.contains("excluded from")), "{:?}", model.notes);
        assert!(model.sentence.contains("P95 TTFT ≤"), "{}", model.sentence);
    }
}

#[test]
fn missing_is_never_at_zero_and_ties_stay() {
    // The reference puts a point without TPOT at x = 0 and divides by one GPU where it knows none.
    let mut engine = table(&[
        "version=v1,TP=2,intended concurrency=10,output_tok/sec=100,tpot_median=10",
        "version=v1,TP=2,intended concurrency=20,output_tok/sec=200,tpot_median=20",
        "version=v1,TP=2,intended concurrency=30,output_tok/sec=900",
        "version=v2,TP=2,intended concurrency=10,output_tok/sec=100,tpot_median=10",
        "version=v2,TP=2,intended concurrency=20,output_tok/sec=190,tpot_median=20",
        "version=v3,intended concurrency=10,output_tok/sec=5000,tpot_median=1",
    ]);
    let model = show(&mut engine, &state("pareto", &[], &[]));
    assert_eq!(overall(&model), [(50.0, 100.0), (100.0, 50.0), (100.0, 50.0)]);
    let listed = grid(&model, "frontier");
    let versions: Vec<&str> = (0..3).map(|row| cell(listed, row, "group").cell.text.as_str()).collect();
    assert_eq!(versions, ["v1", "v1", "v2"], "equal points stay together");
    assert_eq!((0..3).map(|row| number(listed, row, "dominates")).collect::<Vec<_>>(), [Some(1.0), Some(0.0), Some(0.0)]);
    assert!(model.notes.iter().any(|note| note.starts_with("2 measurements missing")), "{:?}", model.notes);
    let groups = grid(&model, "groups");
    // Box: x 50 to 100, y 50 to 100. v1 has its corners only: no area; nobody has any.
    assert_eq!((0..2).map(|row| number(groups, row, "area")).collect::<Vec<_>>(), [Some(0.0), Some(0.0)]);
}

#[test]
fn areas_are_shares_of_one_box() {
    let mut engine = table(&[
        "version=v1,TP=1,intended concurrency=1,output_tok/sec=10,tpot_median=10",
        "version=v1,TP=1,intended concurrency=2,output_tok/sec=40,tpot_median=20",
        "version=v1,TP=1,intended concurrency=3,output_tok/sec=110,tpot_median=100",
        "version=v2,TP=1,intended concurrency=2,output_tok/sec=60,tpot_median=40",
        // A level at which too much failed opens no box.
        "version=v2,TP=1,intended concurrency=9,output_tok/sec=999,tpot_median=5,successful_requests=9,errored_requests=1",
    ]);
    let model = show(&mut engine, &state("pareto", &[], &[]));
    let groups = grid(&model, "groups");
    assert_eq!([0, 1].map(|row| cell(groups, row, "group").cell.text.clone()), ["v1", "v2"]);
    // Interactivity 10 … 100, throughput 10 … 110: v1 dominates 40 × 30 of 90 × 100, v2 15 × 50.
    same(number(groups, 0, "area").unwrap_or(f64::NAN), 40.0 * 30.0 / 9000.0 * 100.0, "v1");
    same(number(groups, 1, "area").unwrap_or(f64::NAN), 15.0 * 50.0 / 9000.0 * 100.0, "v2");
    assert_eq!(number(groups, 1, "refused"), Some(1.0));
    assert!(overall(&model).iter().all(|(_, y)| *y < 900.0));
    let hollow = model.panels[0].chart.series.iter().filter(|series| series.points().any(|point| point.over_limit));
    assert!(hollow.into_iter().all(|series| matches!(series.mark, Mark::FaintDots(_))));
}

#[test]
fn workloads_are_not_pooled_and_groups_can_be_chosen() {
    let rows = [
        "version=v1,TP=1,intended concurrency=1,output_tok/sec=10,tpot_median=10,dataset=a",
        "version=v1,TP=1,intended concurrency=1,output_tok/sec=30,tpot_median=20,dataset=b",
        "version=v2,TP=1,intended concurrency=1,output_tok/sec=20,tpot_median=10,dataset=a",
    ];
    let mut engine = table(&rows);
    let free = show(&mut engine, &state("pareto", &[], &[]));
    assert_eq!(grid(&free, "groups").rows.len(), 3, "two data sets are two lines");
    assert_eq!(free.controls[1].values, ["version", "dataset"]);
    let by_version = show(&mut engine, &state("pareto", &[], &[("group", "version")]));
    assert_eq!(grid(&by_version, "groups").rows.len(), 2);
    let same_link = cell(grid(&by_version, "frontier"), 0, "configuration").link.clone().unwrap_or_default();
    assert!(same_link.contains("f.dataset=") && same_link.contains("f.version="), "{same_link}");
    let landed = show(&mut engine, &inferscope::state::link::decode(&same_link).0);
    assert_eq!((landed.state.view.as_str(), landed.total), ("explore", 1));
}

#[test]
fn axes_and_presets() {
    let mut engine = demo();
    let filters = [("model", "openai/gpt-oss-120b"), ("profile", "Balanced (1k/1k)")];
    let figure = |metric: &str, stat| Some(Axis::Figure { metric: metric.to_owned(), stat });
    let asked = state("pareto", &filters, &[("preset", "input-latency")]);
    let model = show(&mut engine, &asked);
    assert_eq!(
        (model.state.y.clone(), model.state.x.clone()),
        (figure("input_tps_per_gpu", Stat::Mean), figure("e2el", Stat::P50))
    );
    // An axis chosen by its title ends the preset and leaves the other axis.
    let mut next = asked.clone();
    next.leave_preset(&model.state);
    next.x = figure("ttft", Stat::P95);
    let chosen = show(&mut engine, &next);
    assert_eq!(
        (chosen.state.y.clone(), chosen.state.x.clone()),
        (figure("input_tps_per_gpu", Stat::Mean), figure("ttft", Stat::P95))
    );
    assert_eq!(chosen.panels[0].chart.x.key, "ttft.p95");
    // Less is better in x: along the frontier y rises with x.
    let front = overall(&chosen);
    assert!(front.len() > 1 && front.windows(2).all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 <= pair[1].1), "{front:?}");
    // What has no direction has no frontier.
    let mut load = state("pareto", &filters, &[]);
    load.x = Some(Axis::Load(inferscope::record::LoadKind::Concurrency));
    let model = show(&mut engine, &load);
    assert_eq!(model.state.x, figure("interactivity", Stat::P50));
    assert!(model.notes.iter().any(|note| note.contains("has no frontier")), "{:?}", model.notes);
    // A limit on an axis is a line across the plot.
    let mut limited = state("pareto", &filters, &[]);
    limited.slo = vec![Limit { of: Axis::Figure { metric: "interactivity".to_owned(), stat: Stat::P50 }, bound: 40.0 }];
    let model = show(&mut engine, &limited);
    assert_eq!(model.panels[0].chart.rules.len(), 1);
    assert!(overall(&model).iter().all(|(x, _)| *x >= 40.0));
}

#[test]
fn without_gpu_counts_the_whole_deployment_is_shown_and_said() {
    let mut engine = table(&["version=v1,intended concurrency=1,output_tok/sec=10,request_latency_median=3"]);
    let model = show(&mut engine, &state("pareto", &[], &[]));
    assert_eq!(model.panels[0].chart.y.key, "output_tps");
    assert_eq!(model.panels[0].chart.x.key, "e2el.p50");
    assert!(model.notes.iter().any(|note| note.contains("GPU count")), "{:?}", model.notes);
    let nothing = show(&mut table(&["version=v1,intended concurrency=1,output_tok/sec=10"]), &state("pareto", &[], &[]));
    assert!(nothing.empty.is_some_and(|empty| empty.remedy.is_some()));
    let all = ViewState { shown: Shown::All, filters: Filters::Chosen(Default::default()), ..state("pareto", &[], &[]) };
    assert!(show(&mut demo(), &all).panels[0].chart.series.len() > 20, "everything at once is drawn, too");
}

#[test]
fn a_first_paint_begins_with_what_can_be_drawn() {
    let mut engine = table(&[
        "model=org/a,version=v-1,TP=1,output_tok/sec=10",
        "model=org/a,version=v-2,TP=1,output_tok/sec=20",
        "model=org/b,version=v-1,TP=1,intended concurrency=5,output_tok/sec=30",
    ]);
    let automatic = ViewState { filters: Filters::Automatic, ..state("explore", &[], &[]) };
    let model = show(&mut engine, &automatic);
    assert!(model.empty.is_none(), "{:?}", model.empty);
    assert_eq!(model.panels[0].chart.series[0].points().next().map(|point| (point.x, point.load)), Some((30.0, Some(5.0))));
}

#[test]
fn gpus_that_are_counted_in_two_ways_are_said() {
    let files: Vec<_> = super::runs::written().into_iter().collect();
    let model = show(&mut super::made::engine_of(&files), &state("pareto", &[], &[]));
    let said: Vec<&String> = model.notes.iter().filter(|note| note.starts_with("Per GPU: ")).collect();
    // Runs 9101 and 9102 (six levels) say only what was allocated; of 16 levels in all.
    assert_eq!(said.len(), 1, "{:?}", model.notes);
    assert!(said[0].contains("6 of 16 measurements state only their allocated GPUs"), "{said:?}");
}

#[test]
fn gpus_at_work_or_all_that_were_allocated() {
    let files: Vec<_> = super::runs::written().into_iter().collect();
    let mut engine = super::made::engine_of(&files);
    let mut best = |options: &[(&str, &str)]| {
        let model = show(&mut engine, &state("pareto", &[("run_id", "770001")], options));
        let axis = model.panels[0].chart.y.clone();
        let points = model.panels[0].chart.series.iter().flat_map(Series::points);
        (axis.title, points.map(|point| point.y).fold(0.0, f64::max), model.controls.iter().any(|one| one.key == "basis"))
    };
    let (working, allocated) = (best(&[]), best(&[("basis", "allocated")]));
    assert_eq!((working.0.as_str(), working.2), ("Output throughput per GPU", true));
    assert_eq!(allocated.0, "Output throughput per allocated GPU");
    // 12 GPUs at work, four nodes of four.
    same(allocated.1, working.1 * 12.0 / 16.0, "per allocated GPU");
}

#[test]
fn gpus_that_no_file_states_are_asked_for_and_given_in_place() {
    let row = |load: u32, tps: u32| format!("version=v-1,intended concurrency={load},output_tok/sec={tps},tpot_median=20");
    let rows = [row(1, 100), row(8, 400)];
    let mut engine = table(&rows.each_ref().map(String::as_str));
    let model = show(&mut engine, &state("pareto", &[], &[]));
    let [ask] = model.asks.as_slice() else { panic!("one thing is asked for: {:?}", model.asks) };
    assert_eq!((ask.dimension.as_str(), ask.missing, ask.of), ("gpus", 2, 2));
    assert_eq!(ask.paths, ["consolidated_dashboard.csv"], "by name: what comes later may state it");
    let mut told = state("pareto", &[], &[]);
    let given =
        |path: &String| inferscope::record::Given { path: path.clone(), dimension: "gpus".to_owned(), value: "4".to_owned() };
    ask.paths.iter().map(given).for_each(|given| told.give(given));
    let model = show(&mut engine, &told);
    assert!(model.asks.is_empty(), "{:?}", model.asks);
    assert_eq!(model.panels[0].chart.y.key, "output_tps_per_gpu");
    let highest = model.panels[0].chart.series.iter().flat_map(|series| series.points().map(|point| point.y)).fold(0.0, f64::max);
    same(highest, 100.0, "400 tok/s over 4 GPUs");
}

#[test]
fn files_that_state_their_gpus_are_left_alone() {
    let text = |tp: &str| rhaiis(&[&format!("version=v-1,{tp}intended concurrency=8,output_tok/sec=400,tpot_median=20")]);
    let (with, without) = (text("TP=4,"), text(""));
    let model = show(&mut files(&[("a.csv", &with), ("b.csv", &without)]), &state("pareto", &[], &[]));
    let paths: Vec<&String> = model.asks.iter().flat_map(|ask| &ask.paths).collect();
    assert_eq!(paths, ["b.csv"]);
}
