//! The verdict: two runs dropped, and the answer is there; against figures read out of the files by hand.

use std::collections::BTreeMap;

use inferscope::engine::protocol::FileId;
use inferscope::engine::{Engine, Instructions, import};
use inferscope::source::Source;
use inferscope::state::{Filters, Selection, ViewState};
use inferscope::view::FIRST;
use inferscope::view_model::{Mark, Style, Tone, ViewModel};

use super::{engine_of, files, grid};

const HEAD: &str = "model,accelerator,version,TP,intended concurrency,output_tok/sec,ttft_p95,itl_p95,prompt toks,output toks\n";

/// A side's file: a line for each level with throughput, P95 TTFT and P95 ITL in ms.
fn table(version: &str, tp: &str, levels: &[(u32, f64, f64, f64)]) -> String {
    let line =
        |(load, tps, ttft, itl): &(u32, f64, f64, f64)| format!("m,H200,{version},{tp},{load},{tps},{ttft},{itl},1000,1000\n");
    HEAD.to_owned() + &levels.iter().map(line).collect::<String>()
}

fn first(engine: &mut Engine) -> ViewModel {
    engine.show(&ViewState { view: FIRST.to_owned(), ..ViewState::default() }, &BTreeMap::new())
}

fn of(a: &str, b: &str) -> ViewModel {
    first(&mut files(&[("a.csv", a), ("b.csv", b)]))
}

fn said(model: &ViewModel) -> (&str, Tone) {
    model.headline.as_ref().map_or(("", Tone::Plain), |headline| (headline.text.as_str(), headline.tone))
}

const OLD: &[(u32, f64, f64, f64)] = &[(1, 100.0, 50.0, 10.0), (4, 400.0, 60.0, 10.0), (16, 1600.0, 100.0, 10.0)];

#[test]
fn two_runs_give_a_sentence_and_three_charts() {
    let new = [(1, 101.0, 50.0, 10.0), (4, 300.0, 300.0, 10.1), (16, 1184.0, 500.0, 9.9)];
    let model = of(&table("v-1", "4", OLD), &table("v-2", "4", &new));
    assert_eq!(model.state.view, "compare");
    // 300/400 and 1184/1600 are −25 % and −26 %, their geometric mean −25.5 %; 300/60 and 500/100 are 5.
    let text = "v-2 is 26% slower than v-1 at concurrency 4–16, equal at concurrency 1 (output throughput). P95 TTFT × 5 (worse) at concurrency 4–16.";
    assert_eq!(said(&model), (text, Tone::Worse));
    let titles: Vec<&str> = model.panels.iter().map(|panel| panel.chart.y.title.as_str()).collect();
    assert_eq!(titles, ["Output throughput", "P95 TTFT", "P95 ITL"]);
    assert_eq!(model.steps.len(), 1);
    let swapped = inferscope::state::link::decode(&model.steps[0].1).0;
    let swapped =
        files(&[("a.csv", &table("v-1", "4", OLD)), ("b.csv", &table("v-2", "4", &new))]).show(&swapped, &BTreeMap::new());
    assert!(said(&swapped).0.starts_with("v-1 is 34% faster than v-2 at concurrency 4–16"), "{:?}", said(&swapped));
}

#[test]
fn one_level_each_is_bars_beside_names_the_baseline_first_and_grey() {
    let at = |tps, ttft| [(8, tps, ttft, 10.0)];
    let model = of(&table("v-1", "4", &at(400.0, 60.0)), &table("v-2", "4", &at(500.0, 90.0)));
    assert_eq!(model.panels.len(), 3);
    for panel in &model.panels {
        assert_eq!(panel.chart.y.ticks.as_deref(), Some(["v-1", "v-2"].map(str::to_owned).as_slice()));
        let greys: Vec<bool> = panel.chart.series.iter().map(|series| series.style == Style::GREY).collect();
        assert_eq!(greys, [true, false]);
        assert!(panel.chart.series.iter().all(|series| matches!(series.mark, Mark::Bars(_))));
    }
    let throughput: Vec<f64> =
        model.panels[0].chart.series.iter().flat_map(|series| series.points().map(|point| point.x)).collect();
    assert_eq!(throughput, [400.0, 500.0]);
}

/// A folder of a grid of lengths, each measured once but for one: those two are what can be compared.
#[test]
fn of_many_files_two_that_measured_the_same_are_compared() {
    let file = |osl: u32, tps: f64| format!("{HEAD}m,H200,v1,4,8,{tps},50,10,1000,{osl}\n");
    let texts = [
        file(64, 90.0),
        file(128, 100.0),
        file(256, 110.0),
        file(512, 120.0),
        file(768, 130.0),
        file(1024, 140.0),
        file(512, 60.0),
    ];
    let names = ["a.csv", "b.csv", "c.csv", "d.csv", "e.csv", "f.csv", "split.csv"];
    let all: Vec<(&str, &str)> = names.into_iter().zip(texts.iter().map(String::as_str)).collect();
    let by_path = ViewState { view: "compare".to_owned(), ..ViewState::default() }.with_option("by", &["path"]);
    let by_path = ViewState { filters: Filters::Chosen(Selection::default()), ..by_path };
    let model = files(&all).show(&by_path, &BTreeMap::new());
    let values = |key: &str| model.controls.iter().find(|control| control.key == key).map(|control| control.values.clone());
    eprintln!("{:?}\n{:?}\n{:?}", model.sentence, model.empty, model.controls);
    assert_eq!((values("baseline"), values("candidate")), (Some(vec!["d.csv".to_owned()]), Some(vec!["split.csv".to_owned()])));
}

/// One model on two machines and another model on one of them, told apart by the names of their files only.
#[test]
fn runs_that_only_their_names_tell_apart_are_no_repeats() {
    let file = |model: &str, tps: f64| format!("{HEAD}{model},,v1,4,64,{tps},50,10,256,256\n");
    let texts = [file("gemma", 300.0), file("qwen", 1800.0), file("qwen", 2900.0)];
    let dropped = |names: [&str; 3]| {
        let all: Vec<(&str, &str)> = names.into_iter().zip(texts.iter().map(String::as_str)).collect();
        files(&all)
    };
    // 2900 / 1800 = 1.61.
    let model = first(&mut dropped(["boxa-gemma-c64.csv", "boxa-qwen-c64.csv", "boxb-qwen-c64.csv"]));
    let text = "boxb-qwen-c*.csv is the fastest of the 2 that can be compared. Output throughput against boxa-qwen-c*.csv: boxb-qwen-c*.csv +61%.";
    assert_eq!(said(&model).0, text);
    // A name that is an accelerator's is taken for one.
    let model = first(&mut dropped(["5060ti-gemma-c64.csv", "5060ti-qwen-c64.csv", "5070ti-qwen-c64.csv"]));
    assert!(said(&model).0.starts_with("RTX 5070 Ti is 61% faster than RTX 5060 Ti at concurrency 64"), "{:?}", said(&model));
    assert!(model.notes.iter().any(|note| note.starts_with("Accelerator of 2 measurements is a guess")), "{:?}", model.notes);
    // By model, the run whose machine has only one of them is not averaged with the other: 300 / 1800 − 1 = −83 %.
    let by_model = ViewState { view: "compare".to_owned(), ..ViewState::default() }.with_option("by", &["model"]);
    let by_model = by_model.with_option("baseline", &["qwen"]).with_option("candidate", &["gemma"]);
    let by_model = ViewState { filters: Filters::Chosen(Selection::default()), ..by_model };
    let engine = &mut dropped(["boxa-gemma-c64.csv", "boxa-qwen-c64.csv", "boxb-qwen-c64.csv"]);
    let model = engine.show(&by_model, &BTreeMap::new());
    assert!(said(&model).0.starts_with("gemma is 83% slower than qwen at concurrency 64"), "{:?}", said(&model));
    assert!(model.notes.iter().any(|note| note.contains("boxa, boxb")), "{:?}", model.notes);
    // Numbered runs are repeats, of which these differ too much to be noise: 300 / 2350.
    let engine = &mut dropped(["gemma-c64.csv", "qwen-c64-run1.csv", "qwen-c64-run2.csv"]);
    let model = engine.show(&by_model, &BTreeMap::new());
    assert!(said(&model).0.starts_with("gemma is 87% slower than qwen at concurrency 64"), "{:?}", said(&model));
    assert!(said(&model).0.ends_with("are they repeats?"), "{:?}", said(&model));
}

/// One run over three loads, a file each: there is nothing to compare, but much to see.
#[test]
fn one_sweep_is_said_to_be_one() {
    let file = |load: u32| format!("{HEAD}m,H200,v1,4,{load},{},50,10,256,256\n", 100 * load);
    let texts = [8, 16, 32].map(file);
    let names = ["run/c8.csv", "run/c16.csv", "run/c32.csv"];
    let all: Vec<(&str, &str)> = names.into_iter().zip(texts.iter().map(String::as_str)).collect();
    let asked = ViewState { view: "compare".to_owned(), ..ViewState::default() };
    let model = files(&all).show(&asked, &BTreeMap::new());
    let empty = model.empty.expect("nothing to compare");
    assert!(empty.reason.contains("one sweep: one configuration at concurrency 8, 16, 32"), "{}", empty.reason);
    let (label, target) = empty.remedy.expect("a way on");
    assert_eq!((label.as_str(), target.view.as_str()), ("Show the sweep in Explore", "explore"));
    assert!(files(&all).show(&target, &BTreeMap::new()).panels.iter().any(|panel| panel.chart.series.len() == 1));
}

/// Of many files those of aggregated and disaggregated serving are compared first, and unequal numbers of GPUs are said.
#[test]
fn disaggregated_serving_is_compared_with_aggregated() {
    let server = r#"{"model_path": "m", "tp_size": 8, "dp_size": 1, "pp_size": 1}"#;
    let line = |servers: &str, osl: u32, tps: f64| {
        format!(
            r#"{{"tag": "t", "backend": "sglang", "dataset_name": "random", "request_rate": Infinity, "max_concurrency": 32, "sharegpt_output_len": null, "random_input_len": 512, "random_output_len": {osl}, "random_range_ratio": 0.0, "completed": 100, "duration": 10.0, "total_input_tokens": 26497, "total_output_tokens": 6180, "total_output_tokens_retokenized": 6179, "mean_e2e_latency_ms": 2732.0, "median_e2e_latency_ms": 2939.0, "accept_length": null, "request_throughput": 10.7, "input_throughput": 2842.0, "output_throughput": {tps}, "mean_ttft_ms": 50.0, "median_ttft_ms": 50.0, "p99_ttft_ms": 90.0, "server_info": {servers}}}"#
        )
    };
    let split = format!(r#"{{"prefill": [{server}], "decode": [{server}]}}"#);
    let saved = [
        ("agg_n50_out128.jsonl", line(server, 128, 900.0)),
        ("agg_n100_out128.jsonl", line(server, 128, 1000.0)),
        ("agg_n100_out64.jsonl", line(server, 64, 500.0)),
        ("agg_x1.jsonl", line(server, 256, 701.0)),
        ("agg_x2.jsonl", line(server, 256, 702.0)),
        ("agg_x3.jsonl", line(server, 256, 703.0)),
        ("pd_n100_out128.jsonl", line(&split, 128, 1200.0)),
    ];
    let all: Vec<(&str, &str)> = saved.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let model = first(&mut files(&all));
    // 1200 / 1000 on twice the GPUs: 0.6 of each.
    assert!(
        said(&model).0.starts_with("pd_n100_out128.jsonl is 20% faster than agg_n100_out128.jsonl at concurrency 32"),
        "{:?}",
        said(&model)
    );
    assert!(said(&model).0.ends_with("On 16 against 8 GPUs: −40% per GPU."), "{:?}", said(&model));
    // One side states what the other has not: the notes have all of it, the sentence a part.
    let named = model.sentence.split("everything except ").nth(1).and_then(|rest| rest.split_once(" more. "));
    assert_eq!(named.map(|(named, _)| named.matches(", ").count()), Some(4), "{}", model.sentence);
    let unstated = model.notes.iter().find(|note| note.starts_with("Not stated on every side")).expect("a note");
    assert!(unstated.contains("Decode workers"), "{unstated}");
}

#[test]
fn only_the_baseline_is_grey() {
    // Whichever colour the line has.
    for name in 'a'..='p' {
        let sides = ["v-1".to_owned(), format!("v-2{name}")];
        let model = of(&table(&sides[0], "4", OLD), &table(&sides[1], "4", OLD));
        let styles: Vec<_> = model.legend.iter().filter(|entry| !entry.baseline).filter_map(|entry| entry.style).collect();
        assert!(styles.len() == 1 && styles.iter().all(|style| style.colour != Style::GREY.colour), "{name}: {styles:?}");
        for series in model.panels.iter().flat_map(|panel| &panel.chart.series) {
            let is_baseline = matches!(series.mark, Mark::Baseline(_));
            assert!(is_baseline || series.style == styles[0], "{name}: the legend's colour is the line's");
        }
    }
}

#[test]
fn where_the_lines_cross_is_said() {
    let new = [(1, 120.0, 50.0, 10.0), (4, 440.0, 60.0, 10.0), (16, 1280.0, 100.0, 10.0)];
    let model = of(&table("v-1", "4", OLD), &table("v-2", "4", &new));
    // ln 1.1 at 4 and ln 0.8 at 16, over ln load: 4 · 4^(ln 1.1 / (ln 1.1 − ln 0.8)) = 6.06.
    let text = "v-2 is 15% faster than v-1 at concurrency 1–4, 20% slower at concurrency 16 (output throughput); crossover near 6.1. The other figures are similar.";
    assert_eq!(said(&model), (text, Tone::Plain));
}

#[test]
fn long_names_of_runs_are_told_by_what_they_do_not_share() {
    let common = "llama-3.3-70b-instruct-fp8-h200-tp4-vllm-0.21.0";
    let paths =
        ["baseline", "chunked-prefill-8192", "chunked-prefill-16384"].map(|name| format!("runs/{common}-{name}/results.csv"));
    let faster = [(1, 100.0, 50.0, 10.0), (4, 480.0, 60.0, 10.0), (16, 1920.0, 100.0, 10.0)];
    let texts = [OLD, &faster, OLD].map(|levels| table("v-1", "4", levels));
    let saved: Vec<(&str, &str)> = paths.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
    let model = first(&mut files(&saved));
    let text = "chunked-prefill-8192 is the fastest. Output throughput against baseline: chunked-prefill-8192 +20%, chunked-prefill-16384 +0%.";
    assert_eq!(said(&model).0, text);
    assert!(model.sentence.starts_with("Baseline baseline: 1 matching configuration"), "{}", model.sentence);
    assert!(!model.sentence.contains(" vs "), "the headline names the sides: {}", model.sentence);
    let pairs = grid(&model, "pairs");
    let cell = super::cell(pairs, 0, "candidate");
    assert!(cell.cell.text.len() < 40 && cell.cell.exact.contains(common) && cell.hint == cell.cell.exact, "{cell:?}");
}

#[test]
fn nothing_changed_is_an_answer_too() {
    let model = of(&table("v-1", "4", OLD), &table("v-2", "4", OLD));
    let text = "v-2 and v-1 have equal output throughput at concurrency 1–16 (within 5%). The other figures are similar.";
    assert_eq!(said(&model), (text, Tone::Similar));
}

#[test]
fn what_only_one_side_states_does_not_part_them() {
    let model = of(&table("v-1", "4", OLD), &table("v-2", "", OLD));
    assert!(said(&model).0.contains("equal output throughput"), "{:?}", model.notes);
    assert!(model.notes.iter().any(|note| note == "Not stated on every side, taken as equal: TP."), "{:?}", model.notes);
    // What both state and state differently parts them: the nearest are compared, which no first picture is.
    let model = of(&table("v-1", "4", OLD), &table("v-1", "8", OLD));
    assert_eq!(model.state.view, "compare");
    assert!(said(&model).0.starts_with("TP8 and TP4 have equal"), "{:?}", said(&model));
}

#[test]
fn one_run_shows_its_curve() {
    assert_eq!(first(&mut engine_of("a.csv", &table("v-1", "4", OLD))).state.view, "explore");
    // A file for each level is one run.
    let mut levels = files(&[("c1.csv", &table("v-1", "4", &OLD[..1])), ("c4.csv", &table("v-1", "4", &OLD[1..2]))]);
    assert_eq!(first(&mut levels).state.view, "explore");
    assert_eq!(first(&mut super::demo()).state.view, "explore");
    assert_eq!(first(&mut Engine::default()).state.view, "explore");
}

#[test]
fn files_of_two_tools_are_compared() {
    let Some(corpus) = crate::support::corpus("views::verdict::files_of_two_tools_are_compared") else { return };
    let dropped = |paths: &[&str]| {
        let mut engine = Engine::default();
        for (id, path) in paths.iter().enumerate() {
            let bytes = std::fs::read(corpus.join("authentic").join(path)).expect("an authentic file");
            engine.add(FileId(id as u32), import(&Source::new(*path, bytes), None, |_| ()).tables);
        }
        first(&mut engine)
    };
    let levels = ["1", "4", "16"].map(|load| format!("vllm-bench-serve-0.33.0/conc{load}.json"));
    let other = "sglang-bench_serving-0.5.5.post3/concurrency-1-4-16.jsonl";
    let model = dropped(&[&levels[0], &levels[1], &levels[2], other]);
    assert!(said(&model).0.starts_with("vllm-bench-serve-0.33.0 is"), "{} {:?}", model.state.view, said(&model));
    let model = dropped(&["guidellm-0.4.0/concurrent-1-4-16.json", "guidellm-0.8.1/concurrent-1-16.json"]);
    assert_eq!(model.state.view, "compare");
    let (text, _) = said(&model);
    assert!(text.contains("guidellm-0.4.0") && text.contains("at concurrency"), "{text}");
    assert_eq!(grid(&model, "pairs").rows.len(), 1);
    assert!(!grid(&model, "differing").rows.is_empty());
}

#[test]
fn a_release_says_what_regressed_first() {
    let new = [(1, 100.0, 50.0, 10.0), (4, 320.0, 60.0, 10.0), (16, 1408.0, 100.0, 10.0)];
    let old = table("v-1", "4", OLD) + table("v-1", "8", OLD).trim_start_matches(HEAD);
    let new = table("v-2", "4", &new) + table("v-2", "8", OLD).trim_start_matches(HEAD);
    let state = ViewState { view: "compare/release-check".to_owned(), ..ViewState::default() };
    let model = files(&[("a.csv", &old), ("b.csv", &new)]).show(&state, &BTreeMap::new());
    // 320/400 and 1408/1600: √(0.8 · 0.88) − 1 = −16.1 %. Three figures of two configurations.
    let text = "1 of 2 configurations regressed from v-1 to v-2, in 1 of 6 figures. Worst: Output throughput −16.1%, TP4. Health by throughput: regression.";
    assert_eq!(said(&model), (text, Tone::Worse));
    let inbox = grid(&model, "regressions");
    assert_eq!(inbox.rows.len(), 1);
    let cells: Vec<&str> = inbox.rows[0].iter().map(|cell| cell.cell.text.as_str()).collect();
    assert_eq!(cells[..4], ["TP4", "Output throughput", "−16.1%", "▁█▅ 1–16"]);
    assert_eq!(inbox.rows[0][3].cell.exact, "1: 0%; 4: −20%; 16: −12%");
    let same = files(&[("a.csv", &table("v-1", "4", OLD)), ("b.csv", &table("v-2", "4", OLD))]).show(&state, &BTreeMap::new());
    assert_eq!(said(&same).0, "No regression of v-2 against v-1 beyond 5% in 1 configuration. Health by throughput: healthy.");
    assert!(same.grids.iter().all(|grid| grid.key != "regressions"));
}

/// Only a comparison of equal things is a verdict; everything else says what is not equal.
#[test]
fn what_is_no_fair_win_says_so() {
    // Another workload: compared as the nearest, with the difference in front.
    let longer = table("v-2", "4", OLD).replace(",1000,1000\n", ",8000,1000\n");
    let state = ViewState { view: "compare".to_owned(), ..ViewState::default() };
    let model = files(&[("a.csv", &table("v-1", "4", OLD)), ("b.csv", &longer)]).show(&state, &BTreeMap::new());
    let (text, tone) = said(&model);
    assert!(text.starts_with("Not like for like (Workload (") && text.contains("ISL (1000 → 8000)"), "{text}");
    assert_eq!(tone, Tone::Doubt);
    assert!(model.sentence.contains("everything except version, Workload, ISL"), "{}", model.sentence);
    // The faster side fails more often than the limit.
    let fast = [(1, 130.0, 50.0, 10.0), (4, 520.0, 60.0, 10.0), (16, 2080.0, 100.0, 10.0)];
    let failing = |text: String, errored: &str| {
        let rest = text.strip_prefix(HEAD).expect("a header").replace('\n', &format!(",90,{errored}\n"));
        HEAD.replace('\n', ",successful_requests,errored_requests\n") + &rest
    };
    let model = of(&failing(table("v-1", "4", OLD), "0"), &failing(table("v-2", "4", &fast), "10"));
    let (text, tone) = said(&model);
    assert!(text.contains("30% faster") && text.contains("No win where the better side misses"), "{text}");
    assert_eq!(tone, Tone::Doubt);
}

#[test]
fn the_sentence_is_about_what_was_chosen() {
    let new = [(1, 120.0, 50.0, 10.0), (4, 440.0, 60.0, 10.0), (16, 1280.0, 150.0, 10.0)];
    let (old, new) = (table("v-1", "4", OLD), table("v-2", "4", &new));
    let state = |key: &str, values: &[&str]| {
        let mut state = ViewState { view: "compare".to_owned(), ..ViewState::default() };
        state.set_option(key, values.iter().map(|value| (*value).to_owned()).collect());
        files(&[("a.csv", &old), ("b.csv", &new)]).show(&state, &BTreeMap::new())
    };
    let model = state("levels", &["16"]);
    assert_eq!(said(&model).0, "v-2 is 20% slower than v-1 at concurrency 16 (output throughput). P95 TTFT +50% (worse).");
    let model = state("metric", &["ttft.p95"]);
    assert_eq!(
        said(&model).0,
        "v-2 has 50% higher P95 TTFT than v-1 at concurrency 16, equal at concurrency 1–4. Output throughput −6.2% (worse) at concurrency 4–16."
    );
    // Loads that no side shares.
    let apart = table("v-2", "4", &[(32, 1.0, 1.0, 1.0)]);
    let compare = ViewState { view: "compare".to_owned(), ..ViewState::default() };
    let model = files(&[("a.csv", &old), ("b.csv", &apart)]).show(&compare, &BTreeMap::new());
    let reason = model.empty.map(|empty| empty.reason).unwrap_or_default();
    assert_eq!(reason, "v-1 and v-2 share no load, so nothing can be compared at equal load (v-1: 1, 4, 16; v-2: 32).");
}

#[test]
fn several_files_are_compared_at_once_if_they_share_a_load() {
    let faster = [(1, 120.0, 50.0, 10.0), (4, 480.0, 60.0, 10.0), (16, 1920.0, 100.0, 10.0)];
    let (a, b) = (table("v-1", "4", OLD), table("v-1", "4", &faster));
    let model = first(&mut files(&[("a.csv", &a), ("b.csv", &a), ("c.csv", &b)]));
    assert_eq!(said(&model).0, "c.csv is the fastest. Output throughput against a.csv: c.csv +20%, b.csv +0%.");
    // One that shares no load with the others would leave nothing to compare.
    let apart = table("v-1", "4", &[(64, 1.0, 1.0, 1.0), (128, 1.0, 1.0, 1.0)]);
    let model = first(&mut files(&[("a.csv", &a), ("b.csv", &b), ("c.csv", &apart)]));
    assert!(said(&model).0.starts_with("b.csv is 20% faster than a.csv at concurrency 1–16"), "{:?}", said(&model));
    // Chosen by hand, it is said.
    let mut state = ViewState { view: "compare".to_owned(), ..ViewState::default() };
    for (key, values) in [("by", vec!["files"]), ("baseline", vec!["a.csv"]), ("candidate", vec!["b.csv", "c.csv"])] {
        state.set_option(key, values.into_iter().map(str::to_owned).collect());
    }
    let model = files(&[("a.csv", &a), ("b.csv", &b), ("c.csv", &apart)]).show(&state, &BTreeMap::new());
    assert_eq!(said(&model).0, "a.csv, b.csv, c.csv were not all measured at one and the same load: compare two of them.");
}

/// A vLLM result with its requests: so many in flight, TTFT of each in seconds, 50 ms for each further token.
fn detailed(concurrency: usize, ttfts: &[f64]) -> String {
    let (tokens, gap) = (10, 0.05);
    let all = ttfts.len() as f64;
    // As many streams as are in flight, each request after the one before.
    let mut free = vec![1000.0; concurrency];
    let mut starts = Vec::new();
    for (at, ttft) in ttfts.iter().enumerate() {
        let stream = &mut free[at % concurrency];
        starts.push(*stream);
        *stream += ttft + gap * f64::from(tokens - 1);
    }
    let duration = free.iter().copied().fold(0.0, f64::max) - 1000.0;
    let mean = 1000.0 * ttfts.iter().sum::<f64>() / all;
    serde_json::json!({
        "date": "20261121-190000", "endpoint_type": "openai-chat", "backend": "openai-chat", "model_id": "m", "tokenizer_id": "m",
        "num_prompts": ttfts.len(), "request_rate": "inf", "burstiness": 1.0, "max_concurrency": concurrency, "duration": duration,
        "completed": ttfts.len(), "total_input_tokens": 100 * ttfts.len(), "total_output_tokens": tokens as usize * ttfts.len(),
        "request_throughput": all / duration, "output_throughput": all * f64::from(tokens) / duration,
        "total_token_throughput": all * f64::from(tokens + 100) / duration,
        "input_lens": vec![100; ttfts.len()], "output_lens": vec![tokens; ttfts.len()], "ttfts": ttfts,
        "itls": vec![vec![gap; tokens as usize - 1]; ttfts.len()], "start_times": starts, "errors": vec![""; ttfts.len()],
        "mean_ttft_ms": mean, "mean_tpot_ms": 50.0, "mean_itl_ms": 50.0,
    })
    .to_string()
}

/// TTFTs of a mean, in seconds, drawn evenly from half to one and a half of it.
fn ttfts(mean: f64, count: usize, seed: u64) -> Vec<f64> {
    let mut random = fastrand::Rng::with_seed(seed);
    let drawn: Vec<f64> = (0..count).map(|_| 0.5 + random.f64()).collect();
    let found = drawn.iter().sum::<f64>() / count as f64;
    drawn.into_iter().map(|value| mean * value / found).collect()
}

/// Two folders with a run each, compared by mean TTFT.
fn compared(old: &[f64], new: &[f64]) -> ViewModel {
    let texts = [("old/r.json", detailed(2, old)), ("new/r.json", detailed(2, new))];
    let mut engine = Engine::default();
    for (id, (path, text)) in texts.into_iter().enumerate() {
        let how = Instructions { requests: true, ..Instructions::from(None) };
        engine.add(FileId(id as u32), import(&Source::new(path, text.into_bytes()), how, |_| ()).tables);
    }
    let state =
        inferscope::state::link::decode("?v=2&view=compare&f=none&o.by=folder&o.baseline=old&o.candidate=new&o.metric=ttft.mean")
            .0;
    engine.show(&state, &BTreeMap::new())
}

#[test]
fn without_repeats_single_requests_tell_the_noise() {
    // Drawn evenly from a range as wide as its mean, the mean of n has a relative standard error of about 1 ÷ √(12 n).
    let (count, change) = (101, 0.06);
    let model = compared(&ttfts(0.1, count, 97), &ttfts(0.1 * (1.0 + change), count, 83));
    assert!(model.notes.iter().any(|note| note.contains("noise from single requests (block bootstrap")), "{:?}", model.notes);
    assert!(model.notes.iter().any(|note| note.contains("false discovery rate of 5%")), "{:?}", model.notes);
    let pairs = grid(&model, "pairs");
    let hint =
        pairs.rows.iter().flatten().map(|cell| cell.hint.as_str()).find(|hint| hint.contains(" ms vs")).expect("an interval");
    let ends = hint.split("between runs: ").nth(1).expect("an interval").split(" to ");
    let ends: Vec<f64> =
        ends.map(|end| end.split('%').next().unwrap_or("").replace('−', "-").parse().expect("a number")).collect();
    let error = (2.0 / (12.0 * count as f64)).sqrt();
    let expected = [-1.0, 1.0].map(|side| 100.0 * (((1.0 + change).ln() + side * 1.96 * error).exp() - 1.0));
    for (found, expected) in ends.iter().zip(expected) {
        assert!((found - expected).abs() < 2.5, "{found}, about {expected}: {hint}");
    }
    assert!(said(&model).0.contains("cannot be told apart in mean TTFT at concurrency 2: +"), "{:?}", said(&model));
    let clear = compared(&ttfts(0.1, count, 97), &ttfts(0.15, count, 83));
    assert!(said(&clear).0.contains("50% higher mean TTFT"), "{:?}", said(&clear));
}

#[test]
fn requests_that_are_not_those_of_the_figure_say_nothing_of_its_noise() {
    let old = detailed(2, &ttfts(0.1, 100, 97));
    // The summary is of other requests than those in the list.
    let new = detailed(2, &ttfts(0.1, 100, 83)).replace("\"mean_ttft_ms\":100", "\"mean_ttft_ms\":140");
    let texts = [("old/r.json", old), ("new/r.json", new)];
    let mut engine = Engine::default();
    for (id, (path, text)) in texts.into_iter().enumerate() {
        let how = Instructions { requests: true, ..Instructions::from(None) };
        engine.add(FileId(id as u32), import(&Source::new(path, text.into_bytes()), how, |_| ()).tables);
    }
    let state =
        inferscope::state::link::decode("?v=2&view=compare&f=none&o.by=folder&o.baseline=old&o.candidate=new&o.metric=ttft.mean")
            .0;
    let model = engine.show(&state, &BTreeMap::new());
    let ttft = grid(&model, "pairs").rows.iter().flatten().find(|cell| cell.cell.text == "+40%").expect("the stated change");
    assert!(!ttft.hint.contains("confidence interval"), "{}", ttft.hint);
}

#[test]
fn repeats_that_differ_too_much_are_doubted() {
    let run = |tps| table("v-1", "4", &[(64, tps, 60.0, 10.0)]);
    // 1610 is 61 % above 1000.
    let [low, middle, high] = [1000.0, 1200.0, 1610.0].map(run);
    // Another level in a file of its own: the files are parts of one line.
    let other = table("v-1", "4", &[(8, 300.0, 60.0, 10.0)]);
    let mut engine = files(&[("run1.csv", &low), ("run2.csv", &middle), ("run3.csv", &high), ("run4.csv", &other)]);
    let explore = engine.show(&ViewState { view: "explore".to_owned(), ..ViewState::default() }, &BTreeMap::new());
    assert_eq!(said(&explore), ("These 3 files differ by up to 61% in throughput at load 64: are they repeats?", Tone::Doubt));
    assert_eq!(explore.steps[0].0, "Compare them as runs");
    let compared = inferscope::state::link::decode(&explore.steps[0].1).0;
    let compared = engine.show(&compared, &BTreeMap::new());
    assert!(
        said(&compared).0.starts_with("run3.csv is the fastest. Output throughput against run1.csv: run3.csv +61%"),
        "{:?}",
        said(&compared)
    );
    let close = run(1100.0);
    let mut engine = files(&[("run1.csv", &low), ("run2.csv", &close), ("run4.csv", &other)]);
    assert!(engine.show(&ViewState { view: "explore".to_owned(), ..ViewState::default() }, &BTreeMap::new()).headline.is_none());
    // Two repeats of another version: the side is a mean of them, and says so.
    let other = table("v-2", "4", &[(64, 900.0, 60.0, 10.0)]);
    let model = first(&mut files(&[("run1.csv", &low), ("run2.csv", &high), ("other.csv", &other)]));
    assert!(
        said(&model).0.ends_with("These 2 files differ by up to 61% in throughput at load 64: are they repeats?"),
        "{:?}",
        said(&model)
    );
    // Their spread is no noise in which a change could hide: 900 against 1305.
    assert!(said(&model).0.starts_with("v-2 is 31% slower than v-1"), "{:?}", said(&model));
}

#[test]
fn a_run_alone_leads_to_explore_and_files_without_a_shared_load_say_so() {
    let compare =
        |engine: &mut Engine| engine.show(&ViewState { view: "compare".to_owned(), ..ViewState::default() }, &BTreeMap::new());
    let model = compare(&mut files(&[("a.csv", &table("v-1", "4", &[(8, 300.0, 60.0, 10.0)]))]));
    let empty = model.empty.as_ref().expect("nothing to compare");
    let (label, there) = empty.remedy.as_ref().expect("a way on");
    assert_eq!((label.as_str(), there.view.as_str()), ("Show it in Explore", "explore"));
    let text = format!("{:?}", model.grids);
    assert!(!text.contains("not measured on \""), "{text}");
    // One at 200 users, one of another layout at 32.
    let (agg, split) = (table("v-1", "4", &[(200, 900.0, 60.0, 10.0)]), table("v-1", "8", &[(32, 300.0, 60.0, 10.0)]));
    let model = first(&mut files(&[("agg.csv", &agg), ("pd.csv", &split)]));
    assert_eq!(model.state.view, "explore");
    let why = "No verdict: the files share no load (agg.csv: 200; pd.csv: 32).";
    assert!(model.notes.iter().any(|note| note == why), "{:?}", model.notes);
}

#[test]
fn which_sides_of_how_many_are_compared_is_said() {
    let of = |version: &str, tps: f64| table(version, "4", &[(8, tps, 60.0, 10.0)]);
    let (a, b, c) = (of("v-1", 300.0), of("v-2", 310.0), of("v-3", 400.0));
    let model = first(&mut files(&[("a.csv", &a), ("b.csv", &b), ("c.csv", &c)]));
    assert!(model.sentence.ends_with("ignored. 2 of 3 values of Version are compared."), "{}", model.sentence);
    let model = first(&mut files(&[("a.csv", &a), ("b.csv", &b)]));
    assert!(model.sentence.ends_with("ignored."), "{}", model.sentence);
}
