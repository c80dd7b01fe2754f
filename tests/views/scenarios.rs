//! Scenarios: the 114-row sweep of llm-d-benchmark against pandas and the published frontiers, and the thirteen defects of
//! the seed notebook (`../shared/formats/llm-d-benchmark.md` §2.4), each on the smallest data that shows it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use inferscope::engine::Engine;
use inferscope::engine::protocol::FileId;
use inferscope::engine::{import, import_all};
use inferscope::record::Stat;
use inferscope::source::Source;
use inferscope::state::{Axis, Filters, Limit, Shown, ViewState, link};
use inferscope::view::{Grid, Mark, STRIDE, Series, ViewModel};

use super::{cell, engine_of, grid, number, reference, same, show, state, support};

const SWEEP: &str = "llm-d-benchmark/history/config_explorer_df.pkl.csv";

/// Files of the corpus in one engine.
fn corpus_engine(folder: &Path, files: &[String]) -> Engine {
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

fn texts(grid: &Grid, column: &str) -> Vec<String> {
    (0..grid.rows.len()).map(|row| cell(grid, row, column).cell.text.clone()).collect()
}

fn curve<'a>(model: &'a ViewModel, panel: usize, label: &str) -> &'a Series {
    let series = &model.panels[panel].chart.series;
    let named: Vec<&str> = series.iter().map(|series| series.label.as_str()).collect();
    series.iter().find(|series| series.label == label).unwrap_or_else(|| panic!("no {label} among {named:?}"))
}

/// x, y and load of each point.
fn points(series: &Series) -> Vec<(f64, f64, f64)> {
    series.points.chunks_exact(STRIDE).map(|point| (point[0], point[1], point[2])).collect()
}

/// A sweep table of a few columns; what is not named is empty. Rows are `column=value` pairs between commas.
fn sweep(rows: &[&str]) -> Engine {
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
        let model = show(&mut engine, &state("scenarios", &[], &[("user", user)]));
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
        assert_eq!((step.mark, step.points.len() / STRIDE), (Mark::Step, count));
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
        let mut asked = state("scenarios", &[], &[("user", user)]);
        asked.shown = Shown::All;
        let model = show(&mut engine, &asked);
        assert_eq!(model.legend.len(), 19);
        let mut seen = BTreeSet::new();
        for series in model.panels[0].chart.series.iter().filter(|series| series.mark == Mark::Curve) {
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
        assert_eq!(texts(table, "kind").iter().filter(|kind| *kind == "prefill and decode apart").count(), 5);
    }
}

#[test]
fn the_first_paint_of_the_sweep_is_the_scenario_with_labels_and_ratios() {
    let Some((mut engine, _)) = the_sweep("scenarios::the_first_paint_of_the_sweep") else { return };
    let model = show(&mut engine, &ViewState { view: "scenarios".to_owned(), ..ViewState::default() });
    assert_eq!(cell(grid(&model, "scenarios"), 0, "model").cell.text, "meta-llama/Llama-3.1-70B-Instruct");
    assert_eq!(number(grid(&model, "scenarios"), 0, "measurements"), Some(114.0));
    assert_eq!([texts(grid(&model, "scenarios"), "isl"), texts(grid(&model, "scenarios"), "osl")], [["10000"], ["1000"]]);
    assert!(model.panels[0].chart.label_points, "the load stands at each point");
    assert_eq!(model.panels.len(), 3);
    // At overload the two speeds differ by 9: 3 × TP2, 64 in flight.
    let of = |engine: &mut Engine, user: &str| {
        let mut asked = state("scenarios", &[], &[("user", user)]);
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
        let model = show(engine, &state("scenarios", &[], &[("ratio", by)]));
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
    assert!(held.notes.iter().any(|note| note.contains("on no frontier")), "{:?}", held.notes);
}

/// 1, 2: a statistic is its mean, and a time in seconds is not one in milliseconds.
#[test]
fn means_are_numbers_and_units_are_converted() {
    let seconds = report(1, [2, 1, 2], 8, [(0.5, "s"), (0.02, "s/token")], [80, 0]);
    let millis = report(2, [2, 1, 2], 8, [(500.0, "ms"), (20.0, "ms/token")], [90, 0]);
    for (user, expected) in [("decode", 50.0), ("ttft", 500.0), ("in-flight", 100.0)] {
        let model = show(&mut reports(&[seconds.clone(), millis.clone()]), &state("scenarios", &[], &[("user", user)]));
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
        let model = show(&mut sweep(&rows), &state("scenarios", &[], &[]));
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
        let model = show(&mut engine, &state("scenarios", &[], &[("kinds", kind)]));
        assert_eq!(texts(grid(&model, "configurations"), "configuration"), [label]);
        assert_eq!(texts(grid(&model, "frontier"), "configuration"), [label]);
        assert!(model.notes.iter().any(|note| note.starts_with("1 configuration not shown")), "{:?}", model.notes);
    }
    let none = show(&mut sweep(&[standalone]), &state("scenarios", &[], &[("kinds", "pd")]));
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
    let model = show(&mut engine, &state("scenarios", &[], &[]));
    let listed = grid(&model, "scenarios");
    assert_eq!(listed.rows.len(), 5);
    let counts: Vec<Option<f64>> = (0..5).map(|row| number(listed, row, "measurements")).collect();
    assert_eq!(counts, [2.0, 2.0, 1.0, 1.0, 1.0].map(Some));
    for row in 0..5 {
        let target = cell(listed, row, "model").link.clone().unwrap_or_default();
        let model = show(&mut engine, &link::decode(&target).0);
        assert_eq!(Some(model.total as f64), counts[row]);
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
    let model = show(&mut sweep(&rows), &state("scenarios", &[], &[]));
    let table = grid(&model, "configurations");
    let found: BTreeMap<String, String> = texts(table, "configuration").into_iter().zip(texts(table, "kind")).collect();
    let split = "prefill and decode apart";
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
    let model = show(&mut engine_of("guidellm.json", &text), &state("scenarios", &[], &[]));
    let levels: Vec<String> = texts(grid(&model, "configurations"), "levels");
    let told: Vec<&str> = levels.iter().flat_map(|levels| levels.split(", ")).collect();
    assert!(told.len() > 2 && told.iter().collect::<BTreeSet<_>>().len() == told.len(), "{levels:?}");
}

/// 9: a load that is not said is not 1.
#[test]
fn an_unknown_load_is_no_single_user() {
    let rows =
        ["TP=2,Replicas=1,Num_GPUs=2,Output_Token_Throughput=600", "TP=4,Replicas=1,Concurrency=4,Output_Token_Throughput=600"];
    let model = show(&mut sweep(&rows), &state("scenarios", &[], &[("user", "in-flight")]));
    let table = grid(&model, "configurations");
    assert_eq!((texts(table, "levels"), number(table, 0, "felt")), (vec![String::new(), "4".to_owned()], None));
    let model = show(&mut sweep(&rows), &state("scenarios", &[], &[("user", "decode"), ("gain", "output")]));
    let load = points(curve(&model, 0, "1R TP2"))[0].2;
    assert!(load.is_nan() && !model.panels[0].chart.label_points);
}

/// 10: a level at which too much failed has not completed everything, and wins nothing.
#[test]
fn failures_are_no_completed_requests() {
    let good = report(1, [2, 1, 2], 8, [(0.5, "s"), (0.02, "s/token")], [100, 0]);
    let bad = report(2, [1, 1, 1], 8, [(0.1, "s"), (0.005, "s/token")], [100, 50]);
    let model = show(&mut reports(&[good, bad]), &state("scenarios", &[], &[]));
    assert_eq!(texts(grid(&model, "frontier"), "configuration"), ["1R TP2"]);
    let failing: Vec<f64> = curve(&model, 0, "2R TP1").points.chunks_exact(STRIDE).map(|point| point[3]).collect();
    assert_eq!(failing, [1.0]);
    let completed = model.columns.iter().any(|column| column.key == "completed");
    assert!(completed, "{:?}", model.columns);
}

/// 11: GPUs are those of all servers with every degree; unknown is unknown.
#[test]
fn gpus_are_counted_over_every_degree() {
    let two_by_two = report(2, [2, 2, 4], 8, [(0.5, "s"), (0.02, "s/token")], [100, 0]);
    let model = show(&mut reports(&[two_by_two]), &state("scenarios", &[], &[]));
    let table = grid(&model, "configurations");
    assert_eq!((texts(table, "configuration"), number(table, 0, "gpus")), (vec!["2R TP2-DP2".to_owned()], Some(8.0)));
    same(number(table, 0, "gain").unwrap_or(f64::NAN), 100.0, "per GPU");
    let unknown = report(2, [1, 1, 0], 8, [(0.5, "s"), (0.02, "s/token")], [100, 0]);
    let model = show(&mut reports(&[unknown]), &state("scenarios", &[], &[]));
    assert_eq!(texts(grid(&model, "configurations"), "gpus"), ["unknown"]);
    assert_eq!(model.panels[0].chart.y.title, "Output throughput", "of the whole deployment");
    assert!(model.notes.iter().any(|note| note.contains("how many GPUs")), "{:?}", model.notes);
}

/// 12: folders are joined or apart as the reader says; repeats joined are a mean with what they leave open.
#[test]
fn folders_are_joined_or_apart() {
    let run = |folder: &str, tps: &str| {
        format!("Directory=/runs/{folder},TP=2,Replicas=1,Num_GPUs=2,Concurrency=8,Output_Token_Throughput={tps}")
    };
    let rows = [run("a", "100"), run("b", "300"), run("c", "200")];
    let mut engine = sweep(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let joined = show(&mut engine, &state("scenarios", &[], &[]));
    assert_eq!(texts(grid(&joined, "configurations"), "configuration"), ["1R TP2"]);
    assert_eq!(points(curve(&joined, 0, "1R TP2")), [(100.0, 100.0, 8.0)]);
    let band = curve(&joined, 1, "1R TP2 (lowest and highest repeat)");
    assert_eq!((band.mark, points(band)), (Mark::FaintDots, vec![(8.0, 50.0, 8.0), (8.0, 150.0, 8.0)]));
    assert!(joined.notes.iter().any(|note| note.contains("of repeats of one level")), "{:?}", joined.notes);
    let interval = show(&mut engine, &state("scenarios", &[], &[("band", "interval")]));
    let ends = points(curve(&interval, 1, "1R TP2 (95% interval of the mean)"));
    // scipy: stats.t.interval(0.95, 2, loc=100, scale=50/sqrt(3)).
    assert!((ends[0].1 + 24.206_885).abs() < 5e-3 && (ends[1].1 - 224.206_885).abs() < 5e-3, "{ends:?}");
    let apart = show(&mut engine, &state("scenarios", &[], &[("folders", "apart")]));
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
    let model = show(&mut sweep(&rows.iter().map(String::as_str).collect::<Vec<_>>()), &state("scenarios", &[], &[]));
    assert_eq!(points(curve(&model, 0, "1R TP2")), [(1000.0, 10.0, 1.0), (125.0, 40.0, 8.0)]);
    assert_eq!(points(curve(&model, 0, "1R TP4")), [(500.0, 22.5, 2.0), (1000.0 / 256.0, 100.0, 256.0)]);
}

#[test]
fn lengths_are_one_within_a_tolerance_that_can_be_set() {
    let row = |isl: usize| format!("ISL={isl},TP=2,Replicas=1,Concurrency={isl},Output_Token_Throughput=1");
    let rows = [row(1000), row(1015), row(1024), row(2000)];
    let mut engine = sweep(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let isl = |engine: &mut Engine, tolerance: &str| {
        let options: &[(&str, &str)] = if tolerance.is_empty() { &[] } else { &[("isl_tolerance", tolerance)] };
        let model = show(engine, &state("scenarios", &[], options));
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
    assert!(model.notes.iter().any(|note| note.contains("“wide” is no ISL tolerance")), "{:?}", model.notes);
    assert!(model.sentence.contains("ISL within 2%"), "{}", model.sentence);
    // A link made under another tolerance still finds its scenario.
    let asked = state("scenarios", &[], &[("scenario", "org/m|H100|1015|100")]);
    assert_eq!(show(&mut engine, &asked).total, 2);
    let gone = show(&mut engine, &state("scenarios", &[], &[("scenario", "org/m|H100|9|100")]));
    assert!(gone.notes.iter().any(|note| note.contains("another is shown")), "{:?}", gone.notes);
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
    let model = show(&mut engine, &state("scenarios", &[], &[]));
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
    let model = show(&mut engine, &state("scenarios", &[], &[("sweep", "pd")]));
    assert_eq!(texts(grid(&model, "configurations"), "configuration"), ["4R TP1 · KV 1", "4R TP1 · KV 5"]);
}

#[test]
fn the_highest_load_within_the_service_level_stands_in_the_table() {
    let row = |load: usize, ttft: usize| {
        format!("TP=2,Replicas=1,Num_GPUs=2,Concurrency={load},Output_Token_Throughput=9,Mean_TTFT_ms={ttft}")
    };
    let rows = [row(1, 50), row(8, 90), row(32, 200)];
    let mut engine = sweep(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let mut asked = state("scenarios", &[], &[]);
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
    let any = ViewState { view: "scenarios".to_owned(), filters: Filters::Chosen(Default::default()), ..ViewState::default() };
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
