//! Scenarios: which measurements are one configuration, what is drawn of its repeats, and which configurations are drawn.

use std::collections::BTreeSet;
use std::fs;

use inferscope::record::Stat;
use inferscope::state::{Axis, Filters, Limit, Shown, ViewState};
use inferscope::view_model::{Mark, Series, ViewModel};

use super::disaggregation::{corpus_engine, curve, points, texts};
use super::notebook::sweep;
use super::{cell, files, grid, number, root, same, show, state};
use crate::support;

/// A benchmark report 0.1 of two replicas at a rate, under a scheduler with these weights of KV, queue and prefix scorer.
fn report(weights: Option<[usize; 3]>, rate: usize, ttft: f64) -> String {
    let scheduler = weights.map(|[kv, queue, prefix]| {
        format!(
            "    metadata:\n      inferenceScheduler:\n        plugins:\n        - {{type: kv-cache-utilization-scorer, name: \
             kv-cache-scorer}}\n        - {{type: queue-scorer}}\n        - {{type: prefix-cache-scorer, parameters: \
             {{hashBlockSize: 64, mode: cache_tracking}}}}\n        schedulingProfiles:\n        - name: default\n          \
             plugins:\n          - {{pluginRef: kv-cache-scorer, weight: {kv}}}\n          - {{pluginRef: queue-scorer, weight: \
             {queue}}}\n          - {{pluginRef: prefix-cache-scorer, weight: {prefix}}}\n"
        )
    });
    let host = "    - {model: NVIDIA-H100-80GB-HBM3, count: 2, memory: 80, parallelism: {dp: 1, tp: 2, pp: 1, ep: 1}}\n";
    format!(
        "version: '0.1'\nscenario:\n  host:\n    type: [replica, replica]\n    accelerator:\n{host}{host}  platform:\n    engine: \
         [{{name: 'vllm:0.10', args: {{}}}}]\n{}  model: {{name: org/m}}\n  load:\n    name: inference-perf\n    args:\n      load: \
         {{type: poisson, stages: [{{rate: {rate}, duration: 60}}]}}\n    metadata: {{stage: 0}}\nmetrics:\n  time: {{duration: \
         60.0}}\n  requests: {{total: {}, failures: 0, input_length: {{units: count, mean: 1000}}, output_length: {{units: count, \
         mean: 100}}}}\n  latency:\n    time_to_first_token: {{units: s, mean: {ttft}, p90: {ttft}}}\n    time_per_output_token: \
         {{units: s/token, mean: 0.01}}\n  throughput: {{total_tokens_per_sec: {}, output_tokens_per_sec: {}, requests_per_sec: \
         {rate}}}\n",
        scheduler.unwrap_or_default(),
        rate * 60,
        rate * 1100,
        rate * 100,
    )
}

fn names(model: &ViewModel) -> Vec<String> {
    texts(grid(model, "configurations"), "configuration")
}

#[test]
fn schedulers_of_reports_are_configurations() {
    let made: Vec<(String, String)> = [[1, 1, 3], [0, 1, 0]]
        .iter()
        .flat_map(|weights| [2, 10].map(|rate| (weights, rate)))
        .map(|(weights, rate)| {
            let ttft = (rate + weights[2]) as f64 / 100.0;
            (format!("sched/benchmark_report,_{}_{rate}.yaml", weights[2]), report(Some(*weights), rate, ttft))
        })
        .collect();
    let made: Vec<(&str, &str)> = made.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let mut engine = files(&made);
    let model = show(&mut engine, &state("pareto/disaggregation", &[], &[]));
    assert!(model.controls.iter().any(|control| control.key == "sweep" && control.values == ["scheduling"]));
    let expected = [
        "KV 0 queue 1 prefix 0 mode cache_tracking block 64 · 2R TP2",
        "KV 1 queue 1 prefix 3 mode cache_tracking block 64 · 2R TP2",
    ];
    assert_eq!(names(&model), expected);
    // P90 TTFT over the total throughput, as the reports above have them.
    assert_eq!(points(curve(&model, 0, expected[0])), [(2200.0, 20.0, 2.0), (11_000.0, 100.0, 10.0)]);
    assert_eq!(points(curve(&model, 0, expected[1])), [(2200.0, 50.0, 2.0), (11_000.0, 130.0, 10.0)]);
    let facet = model.facets.iter().find(|facet| facet.key == "kv_scorer_weight");
    assert_eq!(facet.map(|facet| facet.values.len()), Some(2));
    assert!(!model.notes.iter().any(|note| note.contains("folders") || note.contains("repeats")), "{:?}", model.notes);
}

#[test]
fn the_scheduler_of_upstreams_example_is_read() {
    let Some(corpus) = support::corpus("deployments::the_scheduler_of_upstreams_example_is_read") else { return };
    let mut engine = corpus_engine(&corpus, &["llm-d-benchmark/head/br_v0_2_example.yaml".to_owned()]);
    let mut asked = state("pareto/disaggregation", &[], &[("sweep", "scheduling")]);
    asked.filters = Filters::Chosen(Default::default());
    let found = names(&show(&mut engine, &asked));
    // Its lines 94 to 121.
    let expected = "KV 1 queue 1 prefix 2 mode cache_tracking block 16 capacity 31250 blocks 256";
    assert!(matches!(found.as_slice(), [one] if one.starts_with(expected)), "{found:?}");
}

/// Two folders of two levels each, the same configuration.
fn two_runs() -> Vec<(&'static str, String)> {
    vec![
        ("runs/a/2.yaml", report(None, 2, 0.1)),
        ("runs/a/10.yaml", report(None, 10, 0.4)),
        ("runs/b/2.yaml", report(None, 2, 0.3)),
        ("runs/b/10.yaml", report(None, 10, 0.6)),
    ]
}

fn shown(made: &[(&str, String)], options: &[(&str, &str)]) -> ViewModel {
    let made: Vec<(&str, &str)> = made.iter().map(|(name, text)| (*name, text.as_str())).collect();
    show(&mut files(&made), &state("pareto/disaggregation", &[], options))
}

#[test]
fn folders_that_repeat_each_other_are_runs_until_they_are_joined() {
    let made = two_runs();
    let of = |options: &[(&str, &str)]| shown(&made, options);
    let ttft = ("metric", "ttft.mean");
    let model = of(&[ttft]);
    assert_eq!(names(&model), ["2R TP2 · a", "2R TP2 · b"]);
    assert_eq!(points(curve(&model, 1, "2R TP2 · b")), [(2.0, 300.0, 2.0), (10.0, 600.0, 10.0)]);
    assert!(model.notes.iter().any(|note| note.contains("shown separately")), "{:?}", model.notes);
    let joined = of(&[ttft, ("folders", "joined")]);
    assert_eq!(names(&joined), ["2R TP2"]);
    assert_eq!(points(curve(&joined, 1, "2R TP2")), [(2.0, 200.0, 2.0), (10.0, 500.0, 10.0)]);
    let said = "“2R TP2” averages load levels of 2 folders: a, b.";
    assert!(joined.notes.iter().any(|note| note == said), "{:?}", joined.notes);
    // Levels in folders of their own repeat nothing.
    let levels = [("runs/a/2.yaml", report(None, 2, 0.1)), ("runs/b/10.yaml", report(None, 10, 0.6))];
    let model = shown(&levels, &[]);
    assert_eq!(names(&model), ["2R TP2"]);
    assert!(!model.notes.iter().any(|note| note.contains("averages") || note.contains("apart")), "{:?}", model.notes);
    let made = [
        ("runs/a/1.yaml", report(None, 2, 0.1)),
        ("runs/a/2.yaml", report(None, 2, 0.3)),
        ("runs/b/1.yaml", report(None, 10, 0.6)),
    ];
    assert_eq!(points(curve(&shown(&made, &[ttft]), 1, "2R TP2")), [(2.0, 200.0, 2.0), (10.0, 600.0, 10.0)]);
    // Files that lie together and repeat each other are runs too.
    let together = [("runs/x.yaml", report(None, 2, 0.1)), ("runs/y.yaml", report(None, 2, 0.3))];
    assert_eq!(names(&shown(&together, &[])), ["2R TP2 · x.yaml", "2R TP2 · y.yaml"]);
    assert_eq!(names(&shown(&together, &[("folders", "joined")])), ["2R TP2"]);
    // Beside a folder of another run they are the repeats of theirs.
    let [x, y] = together;
    let beside = shown(&[x, y, ("other/z.yaml", report(None, 2, 0.9))], &[ttft]);
    assert_eq!(names(&beside), ["2R TP2 · other", "2R TP2 · runs"]);
    assert_eq!(points(curve(&beside, 1, "2R TP2 · runs")), [(2.0, 200.0, 2.0)]);
    assert_eq!(points(curve(&beside, 1, "2R TP2 · runs (lowest to highest repeat)")), [(2.0, 100.0, 2.0), (2.0, 300.0, 2.0)]);
}

/// Runs 9101 and 9102 of the demo differ in their chunked prefill alone, which identifies no configuration.
#[test]
fn the_runs_of_the_demo_are_apart() {
    let mut engine = corpus_engine(&root(), &["public/demo/runs.zip".to_owned()]);
    let model = show(&mut engine, &state("pareto/disaggregation", &[("isl", "8192")], &[]));
    let found = names(&model);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("9101") && found[1].contains("9102"), "{found:?}");
    assert!(!model.notes.iter().any(|note| note.contains("averaged over")), "{:?}", model.notes);
}

#[test]
fn the_guides_reports_have_names_of_their_own() {
    let Some(corpus) = support::corpus("deployments::the_guides_reports_have_names_of_their_own") else { return };
    let mut all: Vec<String> = fs::read_dir(corpus.join("llm-d-benchmark/llm-d_guides_real"))
        .expect("a folder")
        .filter_map(|entry| Some(format!("llm-d-benchmark/llm-d_guides_real/{}", entry.ok()?.file_name().to_string_lossy())))
        .filter(|name| name.ends_with(".yaml"))
        .collect();
    all.sort();
    let mut asked = state("pareto/disaggregation", &[], &[("scenario", "Qwen/Qwen3-32B||7200|1000")]);
    asked.filters = Filters::Chosen(Default::default());
    let model = show(&mut corpus_engine(&corpus, &all), &asked);
    // Two guides measured 10 requests a second; one report of the first does not tell its load.
    assert_eq!(texts(grid(&model, "configurations"), "measurements"), ["1", "1", "1"]);
    let labels: BTreeSet<&str> = model.legend.iter().map(|entry| entry.label.as_str()).collect();
    assert_eq!(labels.len(), 3, "{:?}", model.legend);
    assert!(
        ["scheduling__README__d86e63dc.yaml", "precise-prefix-cache", "scheduling__README__cf2f19c5.yaml"]
            .iter()
            .all(|part| { labels.iter().any(|label| label.contains(part)) })
    );
}

#[test]
fn what_differs_in_the_kind_of_load_alone_is_named_by_it() {
    let rows = ["Concurrency=8", "Max_QPS=2", "Output_Token_Throughput=7"].map(|load| format!("TP=2,Replicas=1,{load}"));
    let mut engine = sweep(&rows.iter().map(|row| row.as_str()).collect::<Vec<_>>());
    let found: BTreeSet<String> = names(&show(&mut engine, &state("pareto/disaggregation", &[], &[]))).into_iter().collect();
    let expected = ["1R TP2 · by concurrency", "1R TP2 · by request rate", "1R TP2 · load not stated"];
    assert_eq!(found, expected.map(str::to_owned).into());
}

/// x, lowest and highest of each point of an area.
fn area(series: &Series) -> Vec<(f64, f64, f64)> {
    let Mark::Band { x, low, high } = &series.mark else { panic!("{} is no area", series.label) };
    x.iter().zip(low.iter().zip(high.iter())).map(|(x, (low, high))| (*x, *low, *high)).collect()
}

#[test]
fn repeats_have_an_area_over_load_and_markers_in_the_trade_off() {
    let mut made = two_runs();
    made.push(("runs/b/20.yaml", report(None, 20, 0.9)));
    let of = |band: &str| shown(&made, &[("metric", "ttft.mean"), ("folders", "joined"), ("user", "ttft"), ("band", band)]);
    let model = of("range");
    let band = curve(&model, 1, "2R TP2 (lowest to highest repeat)");
    assert!(matches!(band.mark, Mark::Band { .. }));
    assert_eq!(area(band), [(2.0, 100.0, 300.0), (10.0, 400.0, 600.0), (20.0, 900.0, 900.0)]);
    let single = curve(&model, 0, "2R TP2 (individual repeats)");
    assert!(matches!(single.mark, Mark::FaintDots(_)));
    assert_eq!(single.x().collect::<Vec<_>>(), [100.0, 300.0, 400.0, 600.0]);
    let note =
        model.notes.iter().find(|note| note.starts_with("2 points averaged over repeated runs")).cloned().unwrap_or_default();
    assert!(note.contains("the lowest to the highest repeat") && note.contains("faint markers"), "{note}");
    // scipy: stats.t.interval(0.95, 1, loc=200, scale=141.42135623730951/sqrt(2)): ± 1270.6205; of one there is none.
    let interval = of("interval");
    let ends = area(curve(&interval, 1, "2R TP2 (95% confidence interval)"));
    assert!((ends[0].1 + 1070.6205).abs() < 0.1 && (ends[0].2 - 1470.6205).abs() < 0.1, "{ends:?}");
    assert!(ends[2].1.is_nan() && ends[2].2.is_nan());
    let none = of("none");
    let marks = |model: &ViewModel| {
        model.panels.iter().flat_map(|panel| &panel.chart.series).map(|one| one.mark.clone()).collect::<Vec<_>>()
    };
    assert!(!marks(&none).iter().any(|mark| matches!(mark, Mark::Band { .. } | Mark::FaintDots(_))), "{:?}", marks(&none));
}

#[test]
fn a_deployment_that_no_file_describes_is_not_standalone() {
    let rows = [
        "Name=llm-d-1p1d,Directory=/x/1p1d,Concurrency=8,Output_Token_Throughput=600",
        "TP=2,Replicas=2,Concurrency=8,Output_Token_Throughput=500",
    ];
    let mut engine = sweep(&rows);
    let kinds = |engine: &mut inferscope::engine::Engine, options: &[(&str, &str)]| {
        let model = show(engine, &state("pareto/disaggregation", &[], options));
        let table = grid(&model, "configurations");
        texts(table, "configuration").into_iter().zip(texts(table, "kind")).collect::<BTreeSet<_>>()
    };
    let named = |name: &str, kind: &str| (name.to_owned(), kind.to_owned());
    let (unsaid, whole) = (named("llm-d-1p1d", "not stated"), named("2R TP2", "standalone"));
    assert_eq!(kinds(&mut engine, &[]), [unsaid.clone(), whole.clone()].into());
    assert_eq!(kinds(&mut engine, &[("kinds", "standalone")]), [whole].into());
    assert_eq!(kinds(&mut engine, &[("kinds", "unsaid")]), [unsaid].into());
}

/// A split deployment of so many prefill and decode servers of one GPU each.
fn split(prefill: usize, decode: usize, tps: usize) -> String {
    let gpus = prefill + decode;
    format!(
        "P_TP=1,P_Replicas={prefill},D_TP=1,D_Replicas={decode},Num_GPUs={gpus},Concurrency=8,Mean_TTFT_ms=50,\
         Output_Token_Throughput={}",
        tps * gpus
    )
}

/// So many replicas of one GPU each, with their throughput per GPU.
fn whole(replicas: usize, tps: usize, ttft: usize) -> String {
    format!(
        "TP=1,Replicas={replicas},Num_GPUs={replicas},Concurrency=8,Mean_TTFT_ms={ttft},Output_Token_Throughput={}",
        tps * replicas
    )
}

#[test]
fn a_configuration_looks_the_same_over_the_ratio() {
    let mut rows: Vec<String> = (1..=8).map(|replicas| whole(replicas, 100 + replicas, 50)).collect();
    rows.extend([split(1, 3, 500), split(3, 1, 10)]);
    let mut engine = sweep(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let model = show(&mut engine, &state("pareto/disaggregation", &[], &[]));
    let ratio = &model.panels[2].chart;
    assert!(ratio.x.log && ratio.label_points);
    let (first, last) = (curve(&model, 2, "1P-TP1 3D-TP1"), curve(&model, 2, "3P-TP1 1D-TP1"));
    assert_eq!([points(first), points(last)], [[(1.0 / 3.0, 500.0, 8.0)], [(3.0, 10.0, 8.0)]]);
    assert_eq!(first.style, curve(&model, 0, "1P-TP1 3D-TP1").style);
    // The others gain more than the last: it is not among the drawn ones, and looks like none of them.
    assert!(
        model.panels[0].chart.series.iter().all(|one| matches!(one.mark, Mark::Step(_)) || one.style.colour != last.style.colour)
    );
    let note = model.notes.iter().find(|note| note.contains("in the text colour")).cloned().unwrap_or_default();
    assert!(note.ends_with(": 3P-TP1 1D-TP1."), "{note}");
    // Whoever picks lines gets those.
    let id = model.legend.iter().find(|entry| entry.label == "1P-TP1 3D-TP1").map(|entry| entry.id.clone()).unwrap_or_default();
    let picked = ViewState { shown: Shown::Only([id].into()), ..state("pareto/disaggregation", &[], &[]) };
    let model = show(&mut engine, &picked);
    assert_eq!(model.panels[2].chart.series.iter().map(|one| one.points().count()).collect::<Vec<_>>(), [1]);
}

#[test]
fn what_complies_and_gains_most_is_drawn_first() {
    // The first two break the limit; without it they would win.
    let rows: Vec<String> = (1..=10)
        .map(|replicas| if replicas < 3 { whole(replicas, 900, 500) } else { whole(replicas, 100 + replicas, 50) })
        .collect();
    let mut engine = sweep(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let mut asked = state("pareto/disaggregation", &[], &[]);
    // Without a limit others are drawn first.
    show(&mut engine, &asked);
    asked.slo = vec![Limit { of: Axis::Figure { metric: "ttft".to_owned(), stat: Stat::Mean }, bound: 100.0 }];
    let model = show(&mut engine, &asked);
    let drawn: Vec<&str> = model.legend.iter().filter(|entry| entry.style.is_some()).map(|entry| entry.label.as_str()).collect();
    assert_eq!(drawn, ["3R TP1", "4R TP1", "5R TP1", "6R TP1", "7R TP1", "8R TP1", "9R TP1", "10R TP1"]);
    let styles: BTreeSet<(u8, u8)> =
        model.legend.iter().filter_map(|entry| Some((entry.style?.colour, entry.style?.shape))).collect();
    assert_eq!(styles.len(), 8, "no two look alike");
    same(number(grid(&model, "frontier"), 0, "gain").unwrap_or(f64::NAN), 110.0, "of ten replicas");
    assert_eq!(cell(grid(&model, "frontier"), 0, "configuration").cell.text, "10R TP1");
    assert_eq!(model.grids[0].key, "proposals", "the SLOs come first");
}
