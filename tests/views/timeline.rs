//! Nodes: workers over time, on folders made for one trap each, and on the runs that ship against Python.

use std::fs;

use inferscope::state::{Zoom, link};
use inferscope::view_model::{Mark, Panel, Series, ViewModel};

use super::made::{self, console, decode, engine_of, prefill, put, run, stamp};
use super::{grid, number, reference, root, same, show, state};

/// A panel by role and what its y axis begins with.
pub fn panel<'a>(model: &'a ViewModel, role: &str, y: &str) -> &'a Panel {
    let names: Vec<String> = model.panels.iter().map(|panel| format!("{} · {}", panel.title, panel.chart.y.title)).collect();
    let found = model.panels.iter().find(|panel| panel.title.starts_with(role) && panel.chart.y.title.starts_with(y));
    found.unwrap_or_else(|| panic!("no panel {role} {y} among {names:?}"))
}

/// The points of a series that have a value.
pub fn points(series: &Series) -> Vec<(f64, f64)> {
    let points = series.points().map(|point| (point.x, point.y));
    points.filter(|point| point.1.is_finite()).collect()
}

/// Where a stretch of time begins and ends.
fn ends(series: &Series) -> [f64; 2] {
    let Mark::Span { from, to, .. } = series.mark else { panic!("{} is no stretch", series.label) };
    [from, to]
}

pub fn curves(panel: &Panel) -> Vec<&Series> {
    panel.chart.series.iter().filter(|series| matches!(series.mark, Mark::Curve(_))).collect()
}

pub fn files(files: &[(&str, String)]) -> Vec<(String, String)> {
    files.iter().map(|(path, text)| ((*path).to_owned(), text.clone())).collect()
}

/// Lines of a decode rank every two seconds from a first second on.
pub fn rank(first: i64, tags: &str, running: u32, rate: f64) -> String {
    (0..30).map(|i| decode(first + 2 * i, tags, [1, 2, running], 0.5, rate)).collect()
}

#[test]
fn processes_that_report_at_different_seconds_add_up() {
    // The reference averages what bears the same stamp: here no two lines do, and it shows one rank at a time.
    let log = rank(0, " DP0 TP0", 10, 100.0) + &rank(1, " DP1 TP1", 30, 300.0);
    let mut engine = engine_of(&files(&[("run/cn1_decode_w0.out", log)]));
    let model =
        show(&mut engine, &state("runs/timeline", &[], &[("panels", "decode:running_requests"), ("panels", "decode:kv_usage")]));
    let running = points(curves(panel(&model, "Decode", "Running requests, sum"))[0]);
    assert!(running.len() > 50);
    assert!(running.iter().skip(1).all(|(_, y)| *y == 40.0), "{running:?}");
    let usage = panel(&model, "Decode", "KV cache usage, mean");
    assert!(points(curves(usage)[0]).iter().all(|(_, y)| *y == 50.0));
    assert!(usage.chart.series.iter().any(|series| matches!(series.mark, Mark::Band { .. })));
    assert!(model.sentence.contains("2 processes") && model.sentence.contains("steps of 1 s"), "{}", model.sentence);

    // As means, with what is lowest and highest.
    let asked = state("runs/timeline", &[], &[("panels", "decode:running_requests"), ("combine", "mean")]);
    let model = show(&mut engine, &asked);
    let running = panel(&model, "Decode", "Running requests, mean");
    assert_eq!(points(curves(running)[0])[5].1, 20.0);
    let band = running.chart.series.iter().find(|series| matches!(series.mark, Mark::Band { .. })).expect("a band");
    let Mark::Band { low, high, .. } = &band.mark else { panic!("a band") };
    assert_eq!([low[5], high[5]], [10.0, 30.0]);
}

#[test]
fn one_run_has_one_origin() {
    let early: String = (0..5).map(|i| prefill(i, " TP0", 100, 0, 1, 100.0)).collect();
    let log = rank(300, " DP0", 10, 100.0);
    let mut engine = engine_of(&files(&[("run/a_prefill_w0.out", early), ("run/b_decode_w0.out", log)]));
    let model = show(&mut engine, &state("runs/timeline", &[], &[]));
    let first = |panel: &Panel| points(curves(panel)[0])[0].0;
    assert_eq!(first(panel(&model, "Prefill", "Prefill throughput")), 0.0);
    assert_eq!(first(panel(&model, "Decode", "KV cache usage")), 300.0);

    let model = show(&mut engine, &state("runs/timeline", &[], &[("clock", "absolute")]));
    let usage = panel(&model, "Decode", "KV cache usage");
    assert_eq!((first(usage), usage.chart.x.unit.as_str()), ((made::START + 300) as f64 * 1000.0, "UTC"));
}

#[test]
fn every_header_counts_and_later_stages_do_not() {
    let line = |head: &str| {
        format!(
            "{head}Decode batch, #running-req: 4, #token: 40, token usage: 0.10, gen throughput (token/s): 5.00, #queue-req: 0,\n"
        )
    };
    let heads = [
        "[2025-12-03 09:00:00 DP0 TP0] ",
        "[2025-12-03 09:00:01.250 DP0 TP0 EP0] ",
        "[2025-12-03 09:00:02 DP0] ",
        "\u{1b}[2m2025-12-03T09:00:03.120934Z\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m sglang DP0: ",
    ];
    let log: String = heads.map(line).concat() + &line("[2025-12-03 09:00:02 DP0 PP1] ");
    // An aggregated worker, which the reference never reads.
    let mut engine = engine_of(&files(&[("run/a_agg_w0.out", log)]));
    let model = show(&mut engine, &state("runs/timeline", &[], &[("panels", "agg:running_requests")]));
    let running = panel(&model, "Aggregated", "Running requests");
    let found = points(curves(running)[0]);
    assert_eq!(found.len(), 4, "{found:?}");
    for ((x, y), expected) in found.into_iter().zip([0.0, 1.25, 2.0, 3.120_934]) {
        assert!((x - expected).abs() < 1e-5 && y == 4.0, "{x} is not {expected}");
    }
    assert_eq!(curves(running).len(), 1);
}

#[test]
fn queues_are_stacked_as_sums_and_runs_never_mix() {
    let folder = |name: &str, running: u32| {
        let log = rank(0, " DP0", running, 100.0) + &rank(1, " DP1", running, 100.0);
        vec![
            (format!("{name}/logs/a_decode_w0.out"), log),
            (format!("{name}/logs/a_prefill_w0.out"), prefill(0, "", 10, 0, 1, 1.0)),
        ]
    };
    let mut engine = engine_of(&[folder("one", 10), folder("two", 1000)].concat());
    let asked = state("runs/timeline", &[], &[("runs", "one/logs"), ("runs", "two/logs"), ("panels", "decode:stack")]);
    let model = show(&mut engine, &asked);
    assert_eq!(model.panels.len(), 2, "a stack of each run");
    let mut running = Vec::new();
    for panel in &model.panels {
        let layers: Vec<&Series> = panel.chart.series.iter().filter(|series| matches!(series.mark, Mark::Stack(_))).collect();
        let ids: Vec<&str> = layers.iter().map(|layer| layer.id.as_str()).collect();
        assert_eq!(ids, ["prealloc_requests", "transfer_requests", "running_requests"]);
        let at = |layer: &Series| points(layer)[5].1;
        assert_eq!((at(layers[0]), at(layers[1])), (2.0, 4.0), "a sum over ranks");
        running.push(at(layers[2]));
    }
    running.sort_by(f64::total_cmp);
    assert_eq!(running, [20.0, 2000.0]);
}

#[test]
fn load_windows_are_shaded_and_limit_what_is_shown() {
    let mut engine = engine_of(&run("outputs/1001"));
    let model = show(&mut engine, &state("runs/timeline", &[], &[]));
    assert_eq!(model.panels.len(), 6);
    for panel in &model.panels {
        let spans = panel.chart.series.iter().filter(|series| matches!(series.mark, Mark::Span { .. }));
        let spans: Vec<(&str, f64, f64)> = spans.map(|span| (span.label.as_str(), ends(span)[0], ends(span)[1])).collect();
        // The run's first line is at second 60: level 16 was measured from 100 to 200. What was sent before each level to
        // warm up is in no window.
        assert_eq!(spans, [("C 16", 40.0, 140.0), ("C 64", 200.0, 340.0)]);
    }
    let windows = grid(&model, "windows");
    assert_eq!(number(windows, 0, "since"), Some(40.0));
    let link = windows.rows[1][1].link.as_deref().expect("a level leads somewhere");
    let (target, _) = link::decode(link.trim_start_matches('?'));
    assert_eq!(target.option("window"), Some("concurrency 64"));
    let inside = show(&mut engine, &target);
    for panel in &inside.panels {
        for curve in curves(panel) {
            assert!(points(curve).iter().all(|(x, _)| (200.0..=340.5).contains(x)), "{}", panel.title);
        }
    }
    assert!(inside.total > 0 && inside.total < model.total);
}

#[test]
fn a_measurement_leads_to_the_time_of_its_workers() {
    let mut engine = engine_of(&[run("outputs/1001"), run("outputs/1002")].concat());
    let model = show(&mut engine, &state("explore", &[("folder", "outputs/1002")], &[]));
    assert_eq!(
        model.panels[0].chart.series[0].points().map(|point| point.load.unwrap_or(f64::NAN)).collect::<Vec<_>>(),
        [16.0, 64.0]
    );
    let card = engine.point(0, 0, 1).expect("a card");
    let (name, query) = card.steps.first().expect("a step");
    assert_eq!(name, "Workers during this measurement");
    let (target, _) = link::decode(query.trim_start_matches('?'));
    assert_eq!((target.view.as_str(), target.option("window")), ("runs/timeline", Some("concurrency 64")));
    let inside = show(&mut engine, &target);
    assert!(inside.sentence.contains("1002") && inside.sentence.contains("concurrency 64"), "{}", inside.sentence);
    // Without logs, and of figures that are no measurements, there is nothing to lead to.
    let results: Vec<_> = run("outputs/1001").into_iter().filter(|(path, _)| !path.ends_with(".out")).collect();
    let mut engine = engine_of(&results);
    show(&mut engine, &state("explore", &[], &[]));
    assert!(engine.point(0, 0, 1).expect("a card").steps.is_empty());
}

#[test]
fn warm_ups_are_shaded_by_themselves() {
    let mut files = run("outputs/1001");
    let results: Vec<String> =
        files.iter().filter(|(path, _)| path.contains("/results_")).map(|(_, text)| text.clone()).collect();
    // The workers were busy from second 60 to 205 and from 255 to 400; the console says for how long each warm-up was run.
    files.push(("outputs/1001/logs/benchmark.out".to_owned(), console(&[(&results[0], 30.0), (&results[1], 5.0)])));
    let mut engine = engine_of(&files);
    let model = show(&mut engine, &state("runs/timeline", &[], &[]));
    let windows = grid(&model, "windows");
    let levels: Vec<&str> = windows.rows.iter().map(|row| row[1].cell.text.as_str()).collect();
    assert_eq!(levels, ["warm-up, concurrency 16", "concurrency 16", "warm-up, concurrency 64", "concurrency 64"]);
    assert_eq!((number(windows, 0, "seconds"), number(windows, 2, "seconds")), (Some(30.0), Some(5.0)));
    let begins = |row: usize| number(windows, row, "since").expect("seconds") + 60.0;
    assert!((60.0..=70.0).contains(&begins(0)), "{}", begins(0));
    assert!((254.0..=255.0).contains(&begins(2)), "in the busier stretch of the break, not at its begin: {}", begins(2));
    let spans = model.panels[0].chart.series.iter().filter(|series| matches!(series.mark, Mark::Span { .. }));
    let labels: Vec<&str> = spans.map(|span| span.label.as_str()).collect();
    assert_eq!(labels, ["", "C 16", "", "C 64"], "a warm-up is outlined: there is no room for words");
    assert!(model.notes.iter().any(|note| note.starts_with("Outlined: warm-ups, placed at")), "{:?}", model.notes);
    // What is matched is what was measured.
    let rates = show(&mut engine, &state("runs/balance", &[], &[]));
    let rates = grid(&rates, "rates");
    let counted: Vec<Option<f64>> = (0..rates.rows.len()).map(|row| number(rates, row, "completed")).collect();
    assert_eq!(counted, [1.2, 480.0 / 140.0].map(Some));
}

#[test]
fn zooming_one_panel_zooms_the_time_of_all() {
    let mut engine = engine_of(&run("outputs/1001"));
    let mut asked = state("runs/timeline", &[], &[]);
    asked.zoom = Some(Zoom { x: [100.0, 120.0], y: [0.0, 1.0] });
    let model = show(&mut engine, &asked);
    for panel in &model.panels {
        let chart = &panel.chart;
        let ends = [chart.x.ends(Some([100.0, 120.0])), chart.y.ends(Some([0.0, 1.0]))];
        assert_eq!(ends, [Some([100.0, 120.0]), None]);
        let found = curves(panel).iter().flat_map(|curve| points(curve)).collect::<Vec<_>>();
        assert!(found.iter().all(|(x, _)| (99.0..=121.0).contains(x)), "{}: {found:?}", panel.title);
    }
}

#[test]
fn a_clock_of_another_zone_is_set_by_the_measurements() {
    let mut shifted = run("outputs/1001");
    for (path, text) in &mut shifted {
        if path.ends_with(".out") {
            *text = text.replace("2025-12-03 09:", "2025-12-03 18:");
        }
    }
    let model = show(&mut engine_of(&shifted), &state("runs/timeline", &[], &[]));
    let spans: Vec<f64> = model.panels[0]
        .chart
        .series
        .iter()
        .filter(|series| matches!(series.mark, Mark::Span { .. }))
        .map(|span| ends(span)[0])
        .collect();
    assert_eq!(spans, [40.0, 200.0]);
    assert!(model.notes.iter().any(|note| note.contains("9 hours ahead of")), "{:?}", model.notes);
}

#[test]
fn throughputs_after_a_pause_and_of_zero_are_artefacts() {
    let mut log = decode(0, " DP0", [0, 0, 1], 0.1, 0.03);
    log += &(1..20).map(|i| decode(i, " DP0", [0, 0, 1], 0.1, if i == 7 { 0.0 } else { 500.0 })).collect::<String>();
    log += &decode(100, " DP0", [0, 0, 1], 0.1, 6.73);
    log += &(101..120).map(|i| decode(i, " DP0", [0, 0, 1], 0.1, 500.0)).collect::<String>();
    let mut engine = engine_of(&files(&[("run/a_decode_w0.out", log)]));
    let model = show(&mut engine, &state("runs/timeline", &[], &[("panels", "decode:generation_tps")]));
    let curve = curves(panel(&model, "Decode", "Generation throughput"))[0];
    assert!(points(curve).iter().all(|(_, y)| *y == 500.0), "{:?}", points(curve));
    assert_eq!(points(curve).len(), 18 + 19);
    // And nothing joins the two stretches.
    assert_eq!(curve.points().filter(|point| point.y.is_nan()).count(), 1);
    assert!(model.notes.iter().any(|note| note.starts_with("3 generation throughputs left out")), "{:?}", model.notes);
}

#[test]
fn cache_hits_are_sums_of_tokens() {
    // 10 of 20 and 0 of 9980: 0.1 %, not the mean of 50 % and 0 %.
    let log = prefill(0, "", 10, 10, 1, 1.0) + &prefill(0, "", 9980, 0, 1, 1.0);
    let mut engine = engine_of(&files(&[("run/a_prefill_w0.out", log)]));
    let model = show(&mut engine, &state("runs/timeline", &[], &[("panels", "prefill:cache_hit_rate")]));
    let found = points(curves(panel(&model, "Prefill", "Prefix cache hit rate, by tokens"))[0]);
    assert_eq!(found.len(), 1);
    same(found[0].1, 0.1, "hits");
}

#[test]
fn long_lines_keep_their_peaks_and_say_how_many_points_are_drawn() {
    let value = |i: i64| if i == 31_234 { 7777.0 } else { 100.0 + (i % 97) as f64 };
    let log: String = (0..40_000).map(|i| prefill(i / 10, "", 100, 0, 1, value(i))).collect();
    let mut engine = engine_of(&files(&[("run/a_prefill_w0.out", log)]));
    let model = show(&mut engine, &state("runs/timeline", &[], &[("panels", "prefill:prompt_tps")]));
    let found = points(curves(panel(&model, "Prefill", "Prefill throughput"))[0]);
    assert!(found.len() > 500 && found.len() < 2000, "{}", found.len());
    assert!(found.iter().any(|(x, y)| (*x, *y) == (3123.0, 7777.0)));
    assert!(found.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    let said = format!("1,{:03} of 40,000 points drawn", found.len() - 1000);
    assert!(model.notes.iter().any(|note| note.starts_with(&said)), "{said}: {:?}", model.notes);
}

#[test]
fn what_is_absent_is_named_and_what_is_drawn_can_be_asked_for() {
    let log = rank(0, " DP0", 10, 100.0) + &rank(1, " DP1", 30, 300.0);
    let mut engine = engine_of(&files(&[("run/cn1_decode_w0.out", log)]));
    let model = show(&mut engine, &state("runs/timeline", &[], &[("panels", "decode:running_requests")]));
    assert!(!model.panels.iter().any(|panel| panel.title.starts_with("Prefill")));
    let card = engine.point(0, 0, 5).expect("a point has details");
    // The sum that is drawn, not the mean of the rows behind it.
    assert_eq!(card.figures[0].0, "Running requests, sum");
    assert_eq!(card.figures[0].2, "40");
    assert_eq!(model.panels[0].chart.x.title, "Time since run start");

    let log = "2026-05-02T17:20:10.004512Z  INFO loggers: Engine 003: Avg prompt throughput: 0.0 tokens/s, Avg generation throughput: 902.0 tokens/s, \
               Running: 40 reqs, Waiting: 0 reqs, GPU KV cache usage: 22.0%, Prefix cache hit rate: 0.0%\n".repeat(3);
    let mut engine = engine_of(&files(&[("run/cn05_decode_w0.out", log)]));
    let model = show(&mut engine, &state("runs/timeline", &[], &[]));
    assert!(model.notes.iter().any(|note| note.contains("Not in this data: Decode · Stacked queues")), "{:?}", model.notes);
}

#[test]
fn the_logs_of_every_engine_are_shown() {
    let folder = root().join("tests/fixtures/worker-log/made");
    let mut seen = 0;
    for entry in
        fs::read_dir(folder).expect("fixtures").flatten().filter(|entry| !entry.path().to_string_lossy().ends_with(".golden"))
    {
        let name = format!("run/{}", entry.file_name().to_string_lossy());
        let text = String::from_utf8_lossy(&fs::read(entry.path()).expect("readable")).into_owned();
        let model = show(&mut engine_of(&[(name.clone(), text)]), &state("runs/timeline", &[], &[]));
        assert!(!model.panels.is_empty() && model.empty.is_none(), "{name}: {:?}", model.notes);
        for series in model.panels.iter().flat_map(|panel| &panel.chart.series) {
            assert!(series.points().all(|point| point.x.is_finite()), "{name}");
        }
        seen += 1;
    }
    assert!(seen >= 6);
}

#[test]
fn tensor_parallel_ranks_repeat_each_other_and_data_parallel_ranks_do_not() {
    let line = |rank: &str, moment: i64| {
        format!("sglang:num_running_reqs{{model_name=\"m\",{rank}}} 8 {}\n", (made::START + moment) * 1000)
    };
    let scrape = |ranks: [&str; 2]| -> String {
        let lines: String = (0..20).flat_map(|moment| ranks.map(|rank| line(rank, moment))).collect();
        format!("# TYPE sglang:num_running_reqs gauge\n{lines}")
    };
    for (ranks, expected) in [(["tp_rank=\"0\"", "tp_rank=\"1\""], 8.0), (["dp_rank=\"0\"", "dp_rank=\"1\""], 16.0)] {
        let mut engine = engine_of(&files(&[("run/metrics.prom", scrape(ranks))]));
        let model = show(&mut engine, &state("runs/timeline", &[], &[("panels", "workers:running_requests"), ("lines", "all")]));
        let found = points(curves(panel(&model, "Workers", "Running requests"))[0]);
        assert!(found.len() >= 20 && found.iter().all(|(_, y)| *y == expected), "{found:?}");
    }
}

#[test]
fn nothing_to_see_says_why() {
    let model = show(&mut super::demo(), &state("runs/timeline", &[], &[]));
    assert!(model.empty.is_some());
    let mut engine = engine_of(&files(&[(
        "run/x.txt",
        format!("[{}] Load weight end. type=M, dtype=d, avail mem=72.40 GB, mem usage=108.90 GB.\n", stamp(0)),
    )]));
    let model = show(&mut engine, &state("runs/timeline", &[], &[]));
    assert!(model.empty.is_some_and(|empty| empty.reason.contains("worker logs")));
}

/// The windows of every run against Python, which reads the logs and the results by itself.
#[test]
fn windows_as_python_computes_them() {
    for (name, files) in
        [("made", [run("outputs/1001"), run("logs/1002")].concat()), ("shipped", super::runs::written().into_iter().collect())]
    {
        let folder = put(&format!("nodes-{name}"), &files);
        let expected = reference("rate_match.py", &[&folder.display().to_string()]);
        let runs: Vec<String> = expected["runs"].as_object().expect("runs").keys().cloned().collect();
        let mut engine = engine_of(&files);
        let mut compared = 0;
        for run in runs {
            let model = show(&mut engine, &state("runs/timeline", &[], &[("runs", &run)]));
            let mut windows = grid(&model, "windows").clone();
            windows.rows.retain(|row| !row[1].cell.text.starts_with("warm-up"));
            let list = expected["runs"][&run]["windows"].as_array().expect("windows");
            assert_eq!(windows.rows.len(), list.len(), "{run}");
            for (at, window) in list.iter().enumerate() {
                for key in ["seconds", "prompt", "generated", "running", "queued", "kv", "hits"] {
                    let what = format!("{run} {} {key}", window["level"]);
                    match (number(&windows, at, key), window[key].as_f64()) {
                        (Some(found), Some(expected)) => same(found, expected, &what),
                        (found, expected) => assert_eq!(found, expected, "{what}"),
                    }
                    compared += 1;
                }
            }
        }
        assert!(compared >= 28, "{name}: {compared}");
    }
}
