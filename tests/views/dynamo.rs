//! Benchmarks: Dynamo's trees of levels against figures by hand and the traps of its own plots; the router's sweeps; the
//! rules about limits on the real validation runs of its profiler.

use std::fs;

use inferscope::engine::Engine;
use inferscope::engine::protocol::ExportRef;
use inferscope::view_model::{Mark, Point, Tone, ViewModel};
use serde_json::json;

use super::{cell, files, grid, number, root, same, show, state};

/// A summary as AIPerf wrote it, with what the script reads.
fn summary(concurrency: Option<u32>, rps: f64, osl: f64, ttft: f64, itl: f64) -> String {
    let stat = |unit: &str, value: f64| json!({"unit": unit, "avg": value, "p50": value * 0.9, "p99": value * 2.0});
    let loadgen = concurrency.map_or(json!({}), |concurrency| json!({"concurrency": concurrency}));
    json!({
        "request_throughput": {"unit": "requests/sec", "avg": rps},
        "output_token_throughput": {"unit": "tokens/sec", "avg": rps * osl},
        "output_sequence_length": stat("tokens", osl),
        "time_to_first_token": stat("ms", ttft),
        "inter_token_latency": stat("ms", itl),
        "request_latency": stat("ms", ttft + itl * (osl - 1.0)),
        "request_count": {"unit": "requests", "avg": 100.0},
        "input_config": {"endpoint": {"model_names": ["org/m"], "type": "chat"}, "loadgen": loadgen},
    })
    .to_string()
}

fn tree(entries: &[(&str, String)]) -> Engine {
    files(&entries.iter().map(|(path, text)| (*path, text.as_str())).collect::<Vec<_>>())
}

fn two() -> Engine {
    tree(&[
        ("data/vllm-agg/c1/artifacts/profile_export_aiperf.json", summary(Some(1), 0.5, 256.0, 100.0, 7.0)),
        ("data/vllm-agg/c10/profile_export_aiperf.json", summary(None, 4.0, 250.0, 200.0, 9.0)),
        ("data/vllm-agg/c100/profile_export_aiperf.json", summary(Some(100), 20.0, 240.0, 900.0, 15.0)),
        ("data/vllm-disagg/c1/profile_export_aiperf.json", summary(Some(1), 0.6, 256.0, 80.0, 6.0)),
        ("data/vllm-disagg/c10/profile_export_aiperf.json", summary(Some(10), 5.0, 256.0, 150.0, 8.0)),
    ])
}

fn points(model: &ViewModel, panel: usize, series: usize) -> Vec<[f64; 3]> {
    model.panels[panel].chart.series[series].points().map(|p| [p.x, p.y, p.load.unwrap_or(f64::NAN)]).collect()
}

#[test]
fn the_scripts_plots_with_the_folders_names_and_levels() {
    let mut engine = two();
    let model = show(&mut engine, &state("explore/dynamo", &[], &[]));
    let titles: Vec<&str> = model.panels.iter().map(|panel| panel.title.as_str()).collect();
    assert_eq!(titles, ["P50 TPOT", "Mean TPOT", "Request throughput", "Mean TTFT"]);
    let labels: Vec<&str> = model.legend.iter().map(|entry| entry.label.as_str()).collect();
    assert_eq!(labels, ["vllm-agg", "vllm-disagg"]);
    assert!(model.panels.iter().all(|panel| panel.chart.x.log));
    // The second level states none: its folder does.
    assert_eq!(points(&model, 2, 0), [[1.0, 0.5, 1.0], [10.0, 4.0, 10.0], [100.0, 20.0, 100.0]]);
    same(points(&model, 0, 1)[1][1], 7.2, "median of the second benchmark");
    // No GPU count, no figure per GPU; the script divides by one.
    assert!(model.notes.iter().any(|note| note.starts_with("GPU count of 5 measurements unknown")), "{:?}", model.notes);
    let levels = grid(&model, "levels");
    assert_eq!(levels.rows.len(), 5);
    // 4 req/s × 250 tokens ÷ 10 in flight, where the script says 4 × 200 ÷ 10.
    assert_eq!(number(levels, 1, "per_user"), Some(100.0));
    assert_eq!((number(levels, 1, "gpus"), number(levels, 1, "per_gpu")), (None, None));
    let linear = show(&mut engine, &state("explore/dynamo", &[], &[("scale", "linear")]));
    assert!(linear.panels.iter().all(|panel| !panel.chart.x.log));
}

#[test]
fn gpus_given_to_a_benchmark_are_those_of_all_its_levels() {
    let mut engine = two();
    let model = show(&mut engine, &state("explore/dynamo", &[], &[]));
    let edit = cell(grid(&model, "levels"), 0, "gpus").edit.clone().expect("GPUs can be entered");
    let (given, notes) = inferscope::state::link::decode(&edit.replace("{value}", "4"));
    assert_eq!(notes, Vec::<String>::new());
    let model = show(&mut engine, &given);
    let levels = grid(&model, "levels");
    let gpus: Vec<Option<f64>> = (0..5).map(|row| number(levels, row, "gpus")).collect();
    assert_eq!(gpus, [Some(4.0), Some(4.0), Some(4.0), None, None]);
    same(number(levels, 2, "per_gpu").expect("known"), 20.0 * 240.0 / 4.0, "per GPU");
    let efficiency = model.panels.last().expect("a panel");
    assert!(efficiency.title.starts_with("Efficiency"));
    let [series] = efficiency.chart.series.as_slice() else { panic!("only the benchmark with GPUs") };
    assert!(matches!(series.mark, Mark::Dots(_)) && efficiency.chart.label_points);
    let first = Point { load: Some(1.0), ..Point::at(0.5 * 256.0, 0.5 * 256.0 / 4.0) };
    assert_eq!(series.points().next(), Some(first));
}

#[test]
fn two_folders_of_one_level_are_told_and_not_mixed() {
    let mut engine = tree(&[
        ("data/a/c10/profile_export_aiperf.json", summary(None, 4.0, 256.0, 200.0, 9.0)),
        ("data/a/c10_old/profile_export_aiperf.json", summary(None, 2.0, 256.0, 400.0, 18.0)),
        ("data/a/c20/profile_export_aiperf.json", summary(None, 6.0, 256.0, 300.0, 10.0)),
    ]);
    let model = show(&mut engine, &state("explore/dynamo", &[], &[]));
    assert_eq!(points(&model, 2, 0), [[10.0, 4.0, 10.0], [20.0, 6.0, 20.0]]);
    let told = "a: c10_old and c10 measured the same load level: using c10, the other is left out.";
    assert!(model.notes.iter().any(|note| note == told), "{:?}", model.notes);
}

#[test]
fn benchmarks_of_one_name_are_told_apart_by_their_folders() {
    let mut engine = tree(&[
        ("monday/a/c10/profile_export_aiperf.json", summary(None, 4.0, 256.0, 200.0, 9.0)),
        ("tuesday/a/c10/profile_export_aiperf.json", summary(None, 5.0, 256.0, 210.0, 9.5)),
    ]);
    let model = show(&mut engine, &state("explore/dynamo", &[], &[]));
    let labels: Vec<&str> = model.legend.iter().map(|entry| entry.label.as_str()).collect();
    assert_eq!(labels, ["monday/a", "tuesday/a"]);
}

#[test]
fn the_summary_is_the_scripts() {
    let mut engine = two();
    let model = show(&mut engine, &state("explore/dynamo", &[], &[]));
    let expected = "Benchmark Results Summary\n\
                    ==============================\n\
                    \n\
                    Results directory: data\n\
                    Plots generated: data/plots\n\
                    \n\
                    Deployment Types Found:\n\
                    \x20 vllm-agg: 3 concurrency levels (1-100)\n\
                    \x20 vllm-disagg: 2 concurrency levels (1-10)\n\
                    \n\
                    Generated Plots:\n\
                    \x20 - p50_inter_token_latency_vs_concurrency.png\n\
                    \x20 - avg_inter_token_latency_vs_concurrency.png\n\
                    \x20 - request_throughput_vs_concurrency.png\n\
                    \x20 - avg_time_to_first_token_vs_concurrency.png\n\
                    \x20 - efficiency_tok_s_gpu_vs_user.png";
    assert_eq!(model.text, Some(("SUMMARY.txt".to_owned(), expected.to_owned())));
    let exported = engine.export(&ExportRef::of("text"));
    assert_eq!((exported.name.as_str(), exported.mime.as_str()), ("SUMMARY.txt", "text/plain"));
    assert_eq!(exported.bytes, expected.as_bytes());
}

/// `../shared/formats/aiperf-and-dynamo.md` §5.6: the validation of `aic_all`; c = 4 and 8 are inferred there from Little's
/// law, as the folders' names are here.
#[test]
fn what_limits_the_real_validation_runs() {
    let level = |concurrency, rps: f64, ttft: f64, p50: f64, itl: f64, e2el: f64| {
        let stat = |unit: &str, avg: f64, p50: f64| json!({"unit": unit, "avg": avg, "p50": p50});
        let text = json!({
            "request_throughput": {"unit": "requests/sec", "avg": rps},
            "time_to_first_token": stat("ms", ttft, p50),
            "inter_token_latency": stat("ms", itl, itl),
            "request_latency": stat("ms", e2el, e2el),
            "request_count": {"unit": "requests", "avg": 100.0},
            "input_config": {"endpoint": {"model_names": ["Qwen/Qwen3-32B"], "type": "chat"}},
        });
        (format!("validation/aic_all/c{concurrency}/profile_export_aiperf.json"), text.to_string())
    };
    let levels = [
        level(1, 0.208_225_872_8, 1_134.347_866, 1_119.630_437, 14.320_043, 4_785.958_837),
        level(4, 0.7179, 2200.49, 2066.23, 12.81, 5468.22),
        level(7, 0.713_041_918_9, 6_305.176_085, 6_297.093_583, 12.612_267, 9_521.304_247),
        level(8, 0.7215, 7402.0, 7402.0, 12.83, 10_673.0),
    ];
    let mut engine = files(&levels.each_ref().map(|(path, text)| (path.as_str(), text.as_str())));
    let model = show(&mut engine, &state("explore/dynamo", &[], &[]));
    let limits = grid(&model, "limits");
    let findings: Vec<(&str, &str)> = (0..4)
        .map(|row| (cell(limits, row, "rule").cell.text.as_str(), cell(limits, row, "finding").cell.text.as_str()))
        .collect();
    let expected = [
        ("TTFT floor", "confirmed"),
        ("ITL floor", "not seen"),
        ("Prefill or queue wall", "confirmed"),
        ("Load generator", "not seen"),
    ];
    assert_eq!(findings, expected);
    let because = &cell(limits, 2, "because").cell.text;
    for part in ["4, 7, 8", "elasticity of requests per second 0.0072", "1.02", "1316 ms", "R² 0.998"] {
        assert!(because.contains(part), "{part} in {because}");
    }
    let levels = grid(&model, "levels");
    for (row, expected) in [0.997, 3.93, 6.79, 7.70].into_iter().enumerate() {
        let found = number(levels, row, "in_flight").expect("estimated");
        assert!((found - expected).abs() < 0.006, "{found} is not {expected}");
    }
    assert_eq!(model.cards.len(), 2, "{:?}", model.cards);
}

#[test]
fn a_client_that_did_not_keep_up_is_told() {
    let text = summary(Some(4096), 255.19, 2.0, 2662.9, 8.0);
    let mut engine = tree(&[("data/mocker/c4096/profile_export_aiperf.json", text)]);
    let model = show(&mut engine, &state("explore/dynamo", &[], &[]));
    let limits = grid(&model, "limits");
    assert_eq!(cell(limits, 3, "finding").cell.text, "confirmed");
    assert!(cell(limits, 3, "because").cell.text.contains("682 of 4096"), "{}", cell(limits, 3, "because").cell.text);
    assert_eq!(cell(grid(&model, "levels"), 0, "in_flight").tone, Tone::Doubt);
}

fn made(name: &str) -> String {
    fs::read_to_string(root().join("tests/fixtures/dynamo/made").join(name)).expect("the fixture is there")
}

#[test]
fn sweeps_over_prefix_ratios_keep_every_ratio() {
    let mut engine = tree(&[("router/results_summary.json", made("results_summary.json"))]);
    let model = show(&mut engine, &state("explore/dynamo", &[], &[]));
    let titles: Vec<&str> = model.panels.iter().map(|panel| panel.title.as_str()).collect();
    assert_eq!(titles, ["Mean TTFT", "Output throughput"]);
    // All have one concurrency: over concurrency they would be one point.
    let ttft: Vec<[f64; 2]> = points(&model, 0, 0).iter().map(|point| [point[0], point[1]]).collect();
    assert_eq!(ttft, [[0.1, 800.5], [0.5, 500.25], [0.9, 120.0]]);
    let throughput: Vec<f64> = points(&model, 1, 0).iter().map(|point| point[1]).collect();
    assert_eq!(throughput, [900.0, 1200.5, 1800.0]);
}

#[test]
fn a_history_has_a_place_for_each_run() {
    let mut engine = tree(&[("history/benchmark_history.json", made("benchmark_history.json"))]);
    let model = show(&mut engine, &state("explore/dynamo", &[], &[("show", "history")]));
    let first = &model.panels[0].chart;
    assert_eq!(first.x.ticks.as_ref().map(Vec::len), Some(2));
    let labels: Vec<&str> = first.series.iter().map(|series| series.label.as_str()).collect();
    assert_eq!(labels.len(), 2, "{labels:?}: a line for each ratio");
    let medians: Vec<Vec<f64>> = (0..2).map(|series| points(&model, 0, series).iter().map(|point| point[1]).collect()).collect();
    assert_eq!(medians, [[245.5, 245.5], [11.0, 21.0]]);
    let runs = grid(&model, "runs");
    assert_eq!((runs.rows.len(), number(runs, 0, "measurements")), (2, Some(2.0)));
    // And as sweeps each run is a line of its own.
    let model = show(&mut engine, &state("explore/dynamo", &[], &[("show", "prefix")]));
    assert_eq!(model.panels[0].chart.series.len(), 2);
}

#[test]
fn results_of_other_tools_have_their_configurations_names() {
    let mut engine = super::demo();
    let model =
        show(&mut engine, &state("explore/dynamo", &[("profile", "Balanced (1k/1k)"), ("model", "openai/gpt-oss-120b")], &[]));
    assert_eq!(model.panels.len(), 5, "{:?}", model.panels.iter().map(|panel| &panel.title).collect::<Vec<_>>());
    assert!(model.legend.iter().all(|entry| !entry.label.is_empty()));
    assert!(model.text.is_some());
}
