//! The thirteen defects of llm-d-benchmark's seed notebook (`../shared/formats/llm-d-benchmark.md` §2.4), each on the smallest
//! data that shows it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use inferscope::engine::protocol::FileId;
use inferscope::engine::{Engine, import};
use inferscope::source::Source;
use inferscope::state::link;
use inferscope::view_model::Mark;

use super::disaggregation::{curve, points, texts};
use super::{cell, engine_of, grid, number, same, show, state};

/// A sweep table of a few columns; what is not named is empty. Rows are `column=value` pairs between commas.
pub fn sweep(rows: &[&str]) -> Engine {
    let columns = "Name,Directory,Model,GPU,DP,TP,PP,EP,Replicas,P_DP,P_TP,P_PP,P_EP,P_Replicas,D_DP,D_TP,D_PP,D_EP,D_Replicas,\
                   Concurrency,Max_QPS,ISL,OSL,KV_Cache_Scorer_Weight,Queue_Scorer_Weight,Prefix_Cache_Scorer_Weight,\
                   Prefix_Cache_Scorer_Mode,Output_Token_Throughput,Total_Token_Throughput,Mean_TTFT_ms,P90_TTFT_ms,Mean_TPOT_ms,\
                   Is_PD,Num_GPUs";
    let columns: Vec<&str> = columns.split(',').collect();
    let line = |row: &&str| {
        let pairs: BTreeMap<&str, &str> = row.split(',').filter_map(|pair| pair.trim().split_once('=')).collect();
        assert!(pairs.keys().all(|key| columns.contains(key)), "{row}");
        let usual = [("Model", "org/m"), ("GPU", "H100"), ("ISL", "1000"), ("OSL", "100"), ("Mean_TPOT_ms", "10")];
        let usual: BTreeMap<&str, &str> = usual.into_iter().collect();
        columns
            .iter()
            .map(|column| pairs.get(column).or(usual.get(column)).copied().unwrap_or_default())
            .collect::<Vec<_>>()
            .join(",")
    };
    let lines: Vec<String> = std::iter::once(columns.join(",")).chain(rows.iter().map(line)).collect();
    engine_of("sweep.csv", &(lines.join("\n") + "\n"))
}

/// A benchmark report 0.1 of standalone replicas. `times` are TTFT and TPOT with their units.
fn report(replicas: usize, degrees: [usize; 3], concurrency: usize, times: [(f64, &str); 2], requests: [usize; 2]) -> String {
    let [tp, dp, count] = degrees;
    let accelerator = format!(
        "    - model: NVIDIA-H100-80GB-HBM3\n      memory: 80\n      count: {count}\n      parallelism: {{dp: {dp}, tp: {tp}, pp: 1, ep: 1}}\n"
    );
    let stat = |(mean, units): (f64, &str)| format!("{{units: {units}, mean: {mean}}}");
    format!(
        "version: '0.1'\nscenario:\n  host:\n    type: [{}]\n    accelerator:\n{}  model: {{name: org/m}}\n  load:\n    name: \
         vllm-benchmark\n    args: {{max_concurrency: {concurrency}, num_prompts: {}}}\nmetrics:\n  time: {{duration: 10.0}}\n  \
         requests:\n    total: {}\n    failures: {}\n    input_length: {{units: count, mean: 1000.0}}\n    output_length: {{units: \
         count, mean: 100.0}}\n  latency:\n    time_to_first_token: {}\n    time_per_output_token: {}\n  throughput:\n    \
         output_tokens_per_sec: 800.0\n    total_tokens_per_sec: {}\n    requests_per_sec: 8.0\n",
        vec!["replica"; replicas].join(", "),
        accelerator.repeat(replicas),
        requests[0],
        requests[0],
        requests[1],
        stat(times[0]),
        stat(times[1]),
        8000 + 10 * requests[0],
    )
}

fn reports(texts: &[String]) -> Engine {
    let mut engine = Engine::default();
    for (at, text) in texts.iter().enumerate() {
        let name = format!("r{at}/benchmark_report,_{at}.yaml");
        let imported = import(&Source::new(name, text.clone().into_bytes()), None, |_| ());
        engine.add(FileId(at as u32 + 1), imported.tables);
    }
    engine
}

/// 1, 2: a statistic is its mean, and a time in seconds is not one in milliseconds.
#[test]
fn means_are_numbers_and_units_are_converted() {
    let seconds = report(1, [2, 1, 2], 8, [(0.5, "s"), (0.02, "s/token")], [80, 0]);
    let millis = report(2, [2, 1, 2], 8, [(500.0, "ms"), (20.0, "ms/token")], [90, 0]);
    for (user, expected) in [("decode", 50.0), ("ttft", 500.0), ("in-flight", 100.0)] {
        let model =
            show(&mut reports(&[seconds.clone(), millis.clone()]), &state("pareto/disaggregation", &[], &[("user", user)]));
        let table = grid(&model, "configurations");
        assert_eq!(texts(table, "configuration"), ["1R TP2", "2R TP2"]);
        for row in 0..2 {
            same(number(table, row, "felt").unwrap_or(f64::NAN), expected, user);
        }
    }
}

const SPLIT: &str = "P_DP=1,P_TP=1,P_PP=1,P_EP=1,P_Replicas=4,D_DP=1,D_TP=4,D_PP=1,D_EP=1,D_Replicas=1,Is_PD=True,Num_GPUs=8";

/// 3, 6, 7: every line has its own kind and GPU count, both kinds stand in one table, and the switches switch.
#[test]
fn both_kinds_of_deployment_keep_their_own() {
    let standalone = "TP=2,DP=1,PP=1,EP=1,Replicas=3,Is_PD=False,Num_GPUs=6,Concurrency=8,Output_Token_Throughput=600";
    let split = format!("{SPLIT},Concurrency=8,Output_Token_Throughput=400");
    for rows in [[standalone, &split], [&split, standalone]] {
        let model = show(&mut sweep(&rows), &state("pareto/disaggregation", &[], &[]));
        let table = grid(&model, "configurations");
        let found: BTreeMap<String, (Option<f64>, Option<f64>)> = (0..2)
            .map(|row| {
                (cell(table, row, "configuration").cell.text.clone(), (number(table, row, "gpus"), number(table, row, "gain")))
            })
            .collect();
        let expected = [("3R TP2", (Some(6.0), Some(100.0))), ("4P-TP1 1D-TP4", (Some(8.0), Some(50.0)))];
        assert_eq!(found, expected.map(|(name, figures)| (name.to_owned(), figures)).into());
    }
    let mut engine = sweep(&[standalone, &split]);
    for (kind, label) in [("pd", "4P-TP1 1D-TP4"), ("standalone", "3R TP2")] {
        let model = show(&mut engine, &state("pareto/disaggregation", &[], &[("kinds", kind)]));
        assert_eq!(texts(grid(&model, "configurations"), "configuration"), [label]);
        assert_eq!(texts(grid(&model, "frontier"), "configuration"), [label]);
        assert!(model.notes.iter().any(|note| note.starts_with("1 configuration hidden")), "{:?}", model.notes);
    }
    let none = show(&mut sweep(&[standalone]), &state("pareto/disaggregation", &[], &[("kinds", "pd")]));
    assert!(none.empty.is_some_and(|empty| empty.remedy.is_some()));
}

/// 4: a scenario has its own measurements and no other's.
#[test]
fn other_scenarios_stay_out() {
    let own = "TP=2,Replicas=1,Num_GPUs=2,Concurrency=8,Output_Token_Throughput=600";
    let rows = [
        own.to_owned(),
        format!("{own},Concurrency=16"),
        format!("Model=org/other,{own}"),
        format!("GPU=A100,{own}"),
        format!("ISL=2000,{own}"),
        format!("OSL=200,{own}"),
        format!("Model=org/other,{SPLIT},Concurrency=8,Output_Token_Throughput=600"),
    ];
    let mut engine = sweep(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let model = show(&mut engine, &state("pareto/disaggregation", &[], &[]));
    let listed = grid(&model, "scenarios");
    assert_eq!(listed.rows.len(), 5);
    let counts: Vec<Option<f64>> = (0..5).map(|row| number(listed, row, "measurements")).collect();
    assert_eq!(counts, [2.0, 2.0, 1.0, 1.0, 1.0].map(Some));
    for (row, count) in counts.iter().enumerate() {
        let target = cell(listed, row, "model").link.clone().unwrap_or_default();
        let model = show(&mut engine, &link::decode(&target).0);
        assert_eq!(Some(model.total as f64), *count);
        let chosen = grid(&model, "scenarios");
        assert_eq!(cell(chosen, row, "shown").cell.text, "shown");
    }
}

/// 5: a replica's TP is its TP; other degrees are told when they are not 1.
#[test]
fn labels_tell_the_layout() {
    let rows = [
        "TP=2,DP=1,Replicas=3,Concurrency=8,Output_Token_Throughput=1",
        "TP=2,DP=4,PP=2,Replicas=3,Concurrency=8,Output_Token_Throughput=1",
        "P_TP=8,P_DP=1,P_Replicas=1,D_TP=4,D_DP=2,D_EP=8,D_Replicas=2,Concurrency=8,Output_Token_Throughput=1",
        // Decode servers alone do everything: it is no split deployment.
        "D_TP=4,D_DP=1,D_Replicas=2,Concurrency=8,Output_Token_Throughput=1",
    ];
    let model = show(&mut sweep(&rows), &state("pareto/disaggregation", &[], &[]));
    let table = grid(&model, "configurations");
    let found: BTreeMap<String, String> = texts(table, "configuration").into_iter().zip(texts(table, "kind")).collect();
    let split = "P/D disaggregated";
    let expected = [
        ("3R TP2", "standalone"),
        ("3R TP2-DP4-PP2", "standalone"),
        ("1P-TP8 2D-TP4-DP2-EP8", split),
        ("2R TP4 (decode servers)", "standalone"),
    ];
    assert_eq!(found, expected.map(|(label, kind)| (label.to_owned(), kind.to_owned())).into());
}

/// 8: every benchmark of a GuideLLM file has its own load.
#[test]
fn each_benchmark_has_its_own_load() {
    let text = fs::read_to_string(super::root().join("public/demo/guidellm.json")).expect("the demo data are there");
    let model = show(&mut engine_of("guidellm.json", &text), &state("pareto/disaggregation", &[], &[]));
    let levels: Vec<String> = texts(grid(&model, "configurations"), "levels");
    let told: Vec<&str> = levels.iter().flat_map(|levels| levels.split(", ")).collect();
    assert!(told.len() > 2 && told.iter().collect::<BTreeSet<_>>().len() == told.len(), "{levels:?}");
}

/// 9: a load that is not said is not 1.
#[test]
fn an_unknown_load_is_no_single_user() {
    let rows =
        ["TP=2,Replicas=1,Num_GPUs=2,Output_Token_Throughput=600", "TP=4,Replicas=1,Concurrency=4,Output_Token_Throughput=600"];
    let model = show(&mut sweep(&rows), &state("pareto/disaggregation", &[], &[("user", "in-flight")]));
    let table = grid(&model, "configurations");
    assert_eq!((texts(table, "levels"), number(table, 0, "felt")), (vec![String::new(), "4".to_owned()], None));
    let model = show(&mut sweep(&rows), &state("pareto/disaggregation", &[], &[("user", "decode"), ("gain", "output")]));
    let load = points(curve(&model, 0, "1R TP2"))[0].2;
    assert!(load.is_nan() && !model.panels[0].chart.label_points);
}

/// 10: a level at which too much failed has not completed everything, and wins nothing.
#[test]
fn failures_are_no_completed_requests() {
    let good = report(1, [2, 1, 2], 8, [(0.5, "s"), (0.02, "s/token")], [100, 0]);
    let bad = report(2, [1, 1, 1], 8, [(0.1, "s"), (0.005, "s/token")], [100, 50]);
    let model = show(&mut reports(&[good, bad]), &state("pareto/disaggregation", &[], &[]));
    assert_eq!(texts(grid(&model, "frontier"), "configuration"), ["1R TP2"]);
    let over_limit: Vec<bool> = curve(&model, 0, "2R TP1").points().map(|point| point.over_limit).collect();
    assert_eq!(over_limit, [true]);
    let completed = model.columns.iter().any(|column| column.key == "completed");
    assert!(completed, "{:?}", model.columns);
}

/// 11: GPUs are those of all servers with every degree; unknown is unknown.
#[test]
fn gpus_are_counted_over_every_degree() {
    let two_by_two = report(2, [2, 2, 4], 8, [(0.5, "s"), (0.02, "s/token")], [100, 0]);
    let model = show(&mut reports(&[two_by_two]), &state("pareto/disaggregation", &[], &[]));
    let table = grid(&model, "configurations");
    assert_eq!((texts(table, "configuration"), number(table, 0, "gpus")), (vec!["2R TP2-DP2".to_owned()], Some(8.0)));
    same(number(table, 0, "gain").unwrap_or(f64::NAN), 100.0, "per GPU");
    // Where the table has no count it follows from the layout, replicas and both roles included.
    let rows = [
        "TP=2,DP=2,PP=1,Replicas=3,Concurrency=8,Output_Token_Throughput=1200",
        "P_TP=1,P_DP=1,P_Replicas=4,D_TP=4,D_DP=2,D_EP=8,D_Replicas=2,Concurrency=8,Output_Token_Throughput=1200",
        // A TP that is not said is not 1, and a single degree of a role says nothing of the other.
        "P_DP=1,P_Replicas=4,D_TP=4,D_Replicas=1,Concurrency=8,Output_Token_Throughput=1200",
    ];
    let model = show(&mut sweep(&rows), &state("pareto/disaggregation", &[], &[]));
    let table = grid(&model, "configurations");
    let mut counts: Vec<String> = texts(table, "gpus");
    counts.sort();
    assert_eq!(counts, ["12", "20", "unknown"]);
    let unknown = report(2, [1, 1, 0], 8, [(0.5, "s"), (0.02, "s/token")], [100, 0]);
    let model = show(&mut reports(&[unknown]), &state("pareto/disaggregation", &[], &[]));
    assert_eq!(texts(grid(&model, "configurations"), "gpus"), ["unknown"]);
    assert_eq!(model.panels[0].chart.y.title, "Output throughput", "of the whole deployment");
    assert!(model.notes.iter().any(|note| note.contains("GPU count")), "{:?}", model.notes);
}

/// 12: folders are joined or apart as the reader says; repeats joined are a mean with what they leave open.
#[test]
fn folders_are_joined_or_apart() {
    let run = |folder: &str, tps: &str| {
        format!("Directory=/runs/{folder},TP=2,Replicas=1,Num_GPUs=2,Concurrency=8,Output_Token_Throughput={tps}")
    };
    let rows = [run("a", "100"), run("b", "300"), run("c", "200")];
    let mut engine = sweep(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let joined = show(&mut engine, &state("pareto/disaggregation", &[], &[]));
    assert_eq!(texts(grid(&joined, "configurations"), "configuration"), ["1R TP2"]);
    assert_eq!(points(curve(&joined, 0, "1R TP2")), [(100.0, 100.0, 8.0)]);
    let band = curve(&joined, 1, "1R TP2 (lowest to highest repeat)");
    assert!(matches!(band.mark, Mark::FaintDots(_)));
    assert_eq!(points(band), [(8.0, 50.0, 8.0), (8.0, 150.0, 8.0)]);
    assert!(joined.notes.iter().any(|note| note.contains("averaged over repeated runs")), "{:?}", joined.notes);
    let interval = show(&mut engine, &state("pareto/disaggregation", &[], &[("band", "interval")]));
    let ends = points(curve(&interval, 1, "1R TP2 (95% confidence interval)"));
    // scipy: stats.t.interval(0.95, 2, loc=100, scale=50/sqrt(3)).
    assert!((ends[0].1 + 24.206_885).abs() < 5e-3 && (ends[1].1 - 224.206_885).abs() < 5e-3, "{ends:?}");
    let apart = show(&mut engine, &state("pareto/disaggregation", &[], &[("folders", "apart")]));
    assert_eq!(texts(grid(&apart, "configurations"), "configuration").len(), 3);
    assert!(texts(grid(&apart, "configurations"), "configuration").iter().all(|label| label.starts_with("1R TP2 · ")));
}

/// 13: a point carries its own load.
#[test]
fn each_point_carries_its_own_load() {
    let row = |tp: usize, load: usize, tps: usize| {
        format!("TP={tp},Replicas=1,Num_GPUs={tp},Concurrency={load},Output_Token_Throughput={tps},Mean_TPOT_ms={load}")
    };
    let rows = [row(2, 8, 80), row(2, 1, 20), row(4, 256, 400), row(4, 2, 90)];
    let model = show(&mut sweep(&rows.iter().map(String::as_str).collect::<Vec<_>>()), &state("pareto/disaggregation", &[], &[]));
    assert_eq!(points(curve(&model, 0, "1R TP2")), [(1000.0, 10.0, 1.0), (125.0, 40.0, 8.0)]);
    assert_eq!(points(curve(&model, 0, "1R TP4")), [(500.0, 22.5, 2.0), (1000.0 / 256.0, 100.0, 256.0)]);
}
