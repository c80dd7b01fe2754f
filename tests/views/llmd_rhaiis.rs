//! LLM-D against RHAIIS: what the dashboard before it did not match (`../shared/formats/llmd-and-mlperf.md` §6 item 3).

use inferscope::engine::protocol::FileId;
use inferscope::engine::{Engine, import};
use inferscope::source::Source;
use inferscope::state::{Axis, Limit, link};
use inferscope::view_model::{Mark, Series, ViewModel};

use super::llmd::llmd;
use super::{cell, grid, number, rhaiis, same, show, state};

/// A cluster's table and a single server's in one engine.
fn both(clusters: &[&str], servers: &[&str]) -> Engine {
    let mut engine = Engine::default();
    let files = [("llmd-dashboard.csv", llmd(clusters)), ("consolidated_dashboard.csv", rhaiis(servers))];
    for (at, (name, text)) in files.into_iter().enumerate() {
        engine.add(FileId(at as u32 + 1), import(&Source::new(name, text.into_bytes()), None, |_| ()).tables);
    }
    engine
}

fn texts(model: &ViewModel, grid_key: &str, column: &str) -> Vec<String> {
    let grid = grid(model, grid_key);
    (0..grid.rows.len()).map(|row| cell(grid, row, column).cell.text.clone()).collect()
}

const CLUSTERS: [&str; 6] = [
    "version=RHOAI-3.4-approximate,TP=4,DP=1,EP=1,replicas=1,intended concurrency=50,output_tok/sec=2000,ttft_p95=100,itl_p95=10",
    "version=RHOAI-3.4-approximate,TP=4,DP=1,EP=1,replicas=1,intended concurrency=100,output_tok/sec=3300,ttft_p95=200,itl_p95=12",
    "version=RHOAI-3.4-approximate,TP=4,DP=1,EP=1,replicas=1,intended concurrency=400,output_tok/sec=9000,ttft_p95=900,itl_p95=40",
    "accelerator=MI300X,version=RHOAI-3.4-approximate,TP=4,DP=1,EP=1,replicas=1,intended concurrency=50,output_tok/sec=1000",
    "version=RHOAI-3.4-approximate,prompt toks=8000,TP=4,DP=1,EP=1,replicas=1,intended concurrency=50,output_tok/sec=500",
    "model=org/other,version=RHOAI-3.4-approximate,TP=4,replicas=1,intended concurrency=50,output_tok/sec=500",
];

const SERVERS: [&str; 6] = [
    "version=RHAIIS-3.4-GA,TP=4,intended concurrency=50,output_tok/sec=1900,ttft_p95=90,itl_p95=11",
    "version=RHAIIS-3.4-GA,TP=4,intended concurrency=100,output_tok/sec=3000,ttft_p95=250,itl_p95=12",
    "version=RHAIIS-3.4-GA,TP=4,intended concurrency=200,output_tok/sec=5000,ttft_p95=500,itl_p95=20",
    "accelerator=MI300X,version=RHAIIS-3.4-GA,TP=4,intended concurrency=50,output_tok/sec=800",
    "accelerator=MI300X,version=RHAIIS-3.4-GA,TP=4,DP=2,intended concurrency=50,output_tok/sec=2000",
    "version=vLLM-0.21.0,TP=4,intended concurrency=50,output_tok/sec=7777",
];

#[test]
fn accelerator_workload_and_load_must_match_and_layouts_stay_apart() {
    let mut engine = both(&CLUSTERS, &SERVERS);
    let model = show(&mut engine, &state("compare/llmd-rhaiis", &[], &[("load_per", "total")]));
    assert_eq!(texts(&model, "summary", "accelerator"), ["H200", "MI300X", "MI300X"]);
    assert_eq!(texts(&model, "summary", "cluster"), ["1R TP4"; 3]);
    assert_eq!(texts(&model, "summary", "server"), ["TP4", "TP4-DP2", "TP4"]);
    let summary = grid(&model, "summary");
    // Geometric means over 50 and 100 only; the first dashboard averaged 2000, 3300 and 9000 against 1900, 3000 and 5000.
    let ratio = (2000.0 * 3300.0_f64).sqrt() / (1900.0 * 3000.0_f64).sqrt();
    same(number(summary, 0, "ratio").unwrap_or(f64::NAN), ratio, "H200");
    same(number(summary, 0, "output_tps_per_gpu").unwrap_or(f64::NAN), (ratio - 1.0) * 100.0, "per GPU, equal GPUs");
    let ttft = ((100.0 * 200.0_f64).sqrt() / (90.0 * 250.0_f64).sqrt() - 1.0) * 100.0;
    same(number(summary, 0, "ttft.p95").unwrap_or(f64::NAN), ttft, "TTFT");
    assert_eq!(cell(summary, 0, "levels").cell.text, "50, 100");
    assert_eq!(cell(summary, 0, "left_out").cell.text, "200, 400");
    assert!(cell(summary, 0, "left_out").hint.contains("200: missing on RHOAI-3.4-approximate"));
    same(number(summary, 2, "ratio").unwrap_or(f64::NAN), 1.25, "MI300X");
    same(number(summary, 1, "ratio").unwrap_or(f64::NAN), 1000.0 / 4.0 / (2000.0 / 8.0), "MI300X with DP 2, per GPU");
    let counts: Vec<_> = (0..3).map(|row| (number(summary, row, "cluster_gpus"), number(summary, row, "server_gpus"))).collect();
    assert_eq!(counts, [(Some(4.0), Some(4.0)), (Some(4.0), Some(8.0)), (Some(4.0), Some(4.0))]);
    // What has no counterpart says why.
    let lone: Vec<(String, String)> =
        texts(&model, "unmatched", "model").into_iter().zip(texts(&model, "unmatched", "reason")).collect();
    assert_eq!(lone.len(), 2, "{lone:?}");
    assert!(lone.iter().any(|(name, why)| name == "org/other" && why == "RHAIIS-3.4-GA was not measured with Model org/other"));
    assert!(lone.iter().any(|(name, why)| name == "org/m" && why.contains("was not measured with Workload")), "{lone:?}");
    // The chart has one accelerator's lines only: no zig-zag of H200 and MI300X.
    let charts: Vec<&str> = model.panels.iter().map(|panel| panel.title.as_str()).collect();
    assert_eq!(charts, ["Output throughput per GPU", "P95 TTFT", "P95 ITL"]);
    let series = &model.panels[0].chart.series;
    assert!(matches!(&series[..], [Series { mark: Mark::Baseline(_), .. }, Series { mark: Mark::Curve(_), .. }]));
    let ys = |at: usize| series[at].points().map(|point| (point.x, point.y)).collect::<Vec<_>>();
    assert_eq!(ys(0), [(50.0, 475.0), (100.0, 750.0), (200.0, 1250.0)]);
    assert_eq!(ys(1), [(50.0, 500.0), (100.0, 825.0), (400.0, 2250.0)]);
    // The other product on one server is a baseline that can be chosen.
    let other = show(&mut engine, &state("compare/llmd-rhaiis", &[], &[("baseline", "vLLM-0.21.0"), ("load_per", "total")]));
    same(number(grid(&other, "summary"), 0, "ratio").unwrap_or(f64::NAN), 2000.0 / 7777.0, "against vLLM");
}

#[test]
fn figures_are_per_gpu_and_loads_can_be_too() {
    let clusters = [
        "version=RHOAI-3.4-precise,TP=4,DP=1,EP=1,replicas=4,intended concurrency=50,output_tok/sec=3000",
        "version=RHOAI-3.4-precise,TP=4,DP=1,EP=1,replicas=4,intended concurrency=200,output_tok/sec=8000",
        "version=RHOAI-3.4-precise,TP=4,DP=1,EP=1,replicas=4,prefill_pod_count=1,decode_pod_count=3,intended concurrency=50,output_tok/sec=3200",
    ];
    let servers = [
        "version=RHAIIS-3.4-GA,TP=4,intended concurrency=50,output_tok/sec=2000",
        "version=RHAIIS-3.4-GA,TP=4,intended concurrency=100,output_tok/sec=3000",
    ];
    let mut engine = both(&clusters, &servers);
    let model = show(&mut engine, &state("compare/llmd-rhaiis", &[], &[("load_per", "total")]));
    assert!(model.sentence.contains("each GPU of the larger one has less to do"), "{}", model.sentence);
    assert_eq!(texts(&model, "summary", "cluster"), ["1P-TP4 3D-TP4", "4R TP4"]);
    let row = |model: &ViewModel, of: &str| texts(model, "summary", "cluster").iter().position(|label| label == of);
    let ratio =
        |model: &ViewModel, of: &str| number(grid(model, "summary"), row(model, of).unwrap_or(9), "ratio").unwrap_or(f64::NAN);
    same(ratio(&model, "4R TP4"), (3000.0 / 16.0) / (2000.0 / 4.0), "per GPU at 50");
    same(ratio(&model, "1P-TP4 3D-TP4"), (3200.0 / 16.0) / (2000.0 / 4.0), "pods");
    assert!(model.notes.iter().any(|note| note.contains("different numbers of GPUs")), "{:?}", model.notes);
    let total = show(&mut engine, &state("compare/llmd-rhaiis", &[], &[("per", "total")]));
    same(ratio(&total, "4R TP4"), 1.5, "of the deployment at 50");
    // 200 in flight on 16 GPUs is 50 on 4. Figures per GPU are compared so unless something else is asked for.
    let even = show(&mut engine, &state("compare/llmd-rhaiis", &[], &[]));
    assert_eq!(texts(&even, "summary", "levels"), ["12.5"]);
    same(ratio(&even, "4R TP4"), (8000.0 / 16.0) / (2000.0 / 4.0), "at equal load per GPU");
    assert_eq!(even.panels[0].chart.x.title, "Concurrency per GPU");
    // The parts that the dashboard before it had in tabs.
    let part = |part: &str| show(&mut both(&clusters, &servers), &state("compare/llmd-rhaiis", &[], &[("show", part)]));
    let shape = |model: &ViewModel| (model.panels.len(), model.cards.is_empty(), model.grids.is_empty());
    assert_eq!(shape(&part("throughput")), (1, true, true));
    assert_eq!(shape(&part("summary")).0, 0);
    assert!(!part("summary").grids.is_empty() && !part("summary").cards.is_empty());
    assert!(texts(&even, "unmatched", "reason").iter().any(|why| why.contains("no load level in common")));
    // Layout can be asked to match.
    let strict = show(&mut engine, &state("compare/llmd-rhaiis", &[], &[("match", "model"), ("match", "gpus")]));
    assert!(strict.empty.as_ref().is_some_and(|empty| empty.remedy.is_some()));
    assert!(
        texts(&strict, "unmatched", "reason").iter().all(|why| why.contains("GPUs")),
        "{:?}",
        texts(&strict, "unmatched", "reason")
    );
    let matching = strict.controls.iter().find(|control| control.key == "match").expect("a control");
    let inferscope::view_model::Entry::Subset(offered) = &matching.entry else { panic!("several can match") };
    for key in ["gpus", "replicas", "prefill", "decode"] {
        assert!(offered.iter().any(|choice| choice.value == key), "{key} is not among {offered:?}");
    }
}

#[test]
fn a_winner_keeps_the_service_level_and_cells_lead_to_the_runs() {
    let mut engine = both(&CLUSTERS, &SERVERS);
    let mut asked = state("compare/llmd-rhaiis", &[], &[]);
    let free = show(&mut engine, &asked);
    asked.slo = vec![Limit { of: Axis::Figure { metric: "ttft".to_owned(), stat: inferscope::record::Stat::P95 }, bound: 150.0 }];
    let held = show(&mut engine, &asked);
    let tone = |model: &ViewModel| cell(grid(model, "summary"), 0, "output_tps_per_gpu").tone;
    assert_ne!(tone(&free), tone(&held), "200 ms at 100 breaks the limit: it does not win");
    let target = cell(grid(&free, "summary"), 0, "output_tps_per_gpu").link.clone().unwrap_or_default();
    let runs = show(&mut engine, &link::decode(&target).0);
    assert_eq!((runs.state.view.as_str(), runs.total), ("explore", 6));
    let target = cell(grid(&free, "unmatched"), 0, "configuration").link.clone().unwrap_or_default();
    assert_eq!(show(&mut engine, &link::decode(&target).0).total, 1);
}

#[test]
fn without_one_side_it_says_which() {
    let servers = show(&mut both(&[], &SERVERS), &state("compare/llmd-rhaiis", &[], &[]));
    assert!(servers.empty.is_some_and(|empty| empty.reason.contains("from LLM-D")));
    let clusters = show(&mut both(&CLUSTERS, &[]), &state("compare/llmd-rhaiis", &[], &[]));
    assert_eq!(clusters.sentence, "", "what is empty says why, and nothing else");
    assert!(clusters.empty.is_some_and(|empty| empty.reason.contains("single server")));
    assert!(show(&mut Engine::default(), &state("compare/llmd-rhaiis", &[], &[])).empty.is_some());
}
