//! Configurations: what runs were set to, and what differs between them.

use std::collections::{BTreeMap, BTreeSet};

use inferscope::engine::protocol::FileId;
use inferscope::engine::{Engine, import};
use inferscope::source::Source;
use inferscope::state::link;
use inferscope::view_model::{Entry, Grid, Tone, ViewModel};

use serde_json::Value;

use super::{cell, demo, demo_rows, grid, number, root, same, show, state, table};

fn control<'a>(model: &'a ViewModel, key: &str) -> &'a inferscope::view_model::Control {
    model.controls.iter().find(|control| control.key == key).expect("the control is there")
}

/// The cells of a grid as text: what is copied.
fn exact(grid: &Grid) -> Vec<Vec<&str>> {
    grid.rows.iter().map(|row| row.iter().map(|cell| cell.cell.exact.as_str()).collect()).collect()
}

/// `../shared/formats/rhaiis.md` §4.2-14: the reference keeps the first row of each model, accelerator, version and TP.
#[test]
fn every_run_configuration_has_its_row() {
    let one = "version=v1,TP=4,intended concurrency=1,output_tok/sec=5";
    let mut engine = table(&[
        &format!("{one},runtime_args=max-model-len: 2248,image_tag=r/vllm:v1"),
        &format!("{one},runtime_args=max-model-len: 9000,image_tag=r/vllm:v1"),
        &format!("{one},runtime_args=max-model-len: 2248,image_tag=r/vllm:v2"),
        &format!("{one},runtime_args=max-model-len: 2248,image_tag=r/vllm:v1,prompt toks=8000"),
        &format!("{one},runtime_args=max-model-len: 2248,image_tag=r/vllm:v1,intended concurrency=50"),
        &format!("{one},intended concurrency=100"),
    ]);
    let model = show(&mut engine, &state("data/configurations", &[], &[]));
    let runs = grid(&model, "runs");
    assert_eq!(runs.rows.len(), 5, "{:?}", exact(runs));
    let counts: f64 = (0..5).filter_map(|row| number(runs, row, "measurements")).sum();
    assert_eq!((counts, model.total), (6.0, 6));
    let arguments: Vec<&str> = (0..5).map(|row| cell(runs, row, "arguments").cell.exact.as_str()).collect();
    assert_eq!(arguments.iter().filter(|text| **text == "max-model-len: 2248").count(), 3);
    assert!(arguments.contains(&"max-model-len: 9000") && arguments.contains(&""), "{arguments:?}");
    let two = (0..5).find(|row| number(runs, *row, "measurements") == Some(2.0)).expect("two levels");
    assert_eq!(
        (cell(runs, two, "loads").cell.exact.as_str(), cell(runs, two, "loads").cell.text.as_str()),
        ("1, 50", "2 levels: 1 to 50")
    );
    // Labels tell all of them apart.
    let Entry::MultiSelect(choices) = &control(&model, "runs").entry else { panic!("runs are several") };
    assert_eq!(choices.iter().map(|choice| &choice.label).collect::<BTreeSet<_>>().len(), 5, "{choices:?}");
    // Every count leads to exactly its rows.
    for row in 0..5 {
        let query = cell(runs, row, "measurements").link.clone().expect("a link");
        let rows = show(&mut engine, &link::decode(&query).0);
        assert_eq!((rows.state.view.as_str(), Some(rows.total as f64)), ("data", number(runs, row, "measurements")), "{query}");
    }
}

const PAIR: [&str; 10] = [
    "version=vLLM-0.9.0,TP=4,intended concurrency=1,output_tok/sec=100,ARGS1",
    "version=vLLM-0.9.0,TP=4,intended concurrency=50,output_tok/sec=1900,ttft_p95=330,ARGS1",
    "version=vLLM-0.9.0,TP=4,intended concurrency=100,output_tok/sec=3000,ttft_p95=560,ARGS1",
    "version=vLLM-0.9.0,TP=4,intended concurrency=300,output_tok/sec=6000,ARGS1",
    "version=vLLM-0.10.0,TP=4,intended concurrency=1,output_tok/sec=90,ARGS2",
    "version=vLLM-0.10.0,TP=4,intended concurrency=50,output_tok/sec=2000,ttft_p95=300,ARGS2",
    "version=vLLM-0.10.0,TP=4,intended concurrency=100,output_tok/sec=3300,ttft_p95=500,ARGS2",
    "version=vLLM-0.10.0,TP=4,intended concurrency=200,output_tok/sec=5000,ARGS2",
    "version=vLLM-0.8.0,TP=4,intended concurrency=50,output_tok/sec=1,ARGS1",
    "version=vLLM-0.10.0,TP=8,intended concurrency=50,output_tok/sec=1,ARGS1",
];

fn pair() -> Vec<String> {
    let first = "runtime_args=tensor-parallel-size: 4; dtype: auto; max-num-seqs: 512; no-enable-prefix-caching: true,image_tag=r/vllm:v0.9.0";
    let second = "runtime_args=vllm serve m --tensor-parallel-size 4 --dtype auto --max_num_seqs 1024 --enable-prefix-caching --async-scheduling,image_tag=r/vllm:v0.10.0";
    PAIR.iter().map(|row| row.replace("ARGS1", first).replace("ARGS2", second)).collect()
}

#[test]
fn the_two_newest_versions_differ_in_these_settings() {
    let rows = pair();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let mut engine = table(&rows);
    let model = show(&mut engine, &state("data/configurations", &[], &[]));
    assert_eq!(control(&model, "runs").values.len(), 2);
    assert!(!model.notes.iter().any(|note| note.contains("failed requests")), "{:?}", model.notes);
    let difference = grid(&model, "difference");
    let expected = [
        ["Configuration", "Version", "vLLM-0.9.0", "vLLM-0.10.0"],
        ["Arguments", "enable-prefix-caching", "false", "true"],
        ["Arguments", "max-num-seqs", "512", "1024"],
        ["Arguments", "async-scheduling", "", "true"],
        ["Arguments", "command", "", "vllm serve m"],
        ["Image", "tag", "v0.9.0", "v0.10.0"],
    ];
    assert_eq!(exact(difference), expected);
    let missing = &difference.rows[3][2];
    assert_eq!((missing.cell.text.as_str(), missing.tone), ("not set", Tone::Plain));
    assert_eq!(difference.rows[3][3].tone, Tone::Doubt);

    // `../shared/formats/rhaiis.md` §7: the older version is the denominator, levels are paired.
    let effect = grid(&model, "effect");
    let change = effect.columns.iter().find(|column| column.key.ends_with("-change")).expect("a change").key.clone();
    let at =
        |title: &str| (0..effect.rows.len()).find(|row| cell(effect, *row, "metric").cell.exact == title).expect("the figure");
    let throughput = at("Output throughput");
    assert!((number(effect, throughput, &change).expect("a change") - 7.6055).abs() < 5e-5);
    assert_eq!((number(effect, throughput, "levels"), cell(effect, throughput, "levels").hint.as_str()), (Some(2.0), "50, 100"));
    same(effect.rows[throughput][2].cell.exact.parse().expect("a mean"), (1900.0_f64 * 3000.0).sqrt(), "the older version");
    assert_eq!(cell(effect, throughput, &change).tone, Tone::Better);
    let ttft = at("P95 TTFT");
    assert!((number(effect, ttft, &change).expect("a change") + 9.9063).abs() < 5e-5);
    assert_eq!(cell(effect, ttft, &change).tone, Tone::Better);

    // All settings, those that agree after those that differ.
    let all = show(&mut engine, &state("data/configurations", &[], &[("show", "all")]));
    let all = grid(&all, "difference");
    let dtype = ["Arguments", "dtype", "auto", "auto"];
    assert!(exact(all).contains(&dtype.to_vec()) && all.rows.len() > expected.len());
    // What is common to all is counted as such.
    let card = model.cards.iter().find(|card| card.label == "Arguments that vary").expect("the card");
    assert_eq!(card.value, "4 of 6");
}

#[test]
fn runs_are_chosen_by_link_and_in_its_order() {
    let rows = pair();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let mut engine = table(&rows);
    let first = show(&mut engine, &state("data/configurations", &[], &[]));
    let ids: Vec<String> = control(&first, "runs").values.clone();
    let turned = state("data/configurations", &[], &[("runs", &ids[1]), ("runs", &ids[0])]);
    let turned = show(&mut engine, &turned);
    assert_eq!(exact(grid(&turned, "difference"))[2], ["Arguments", "max-num-seqs", "1024", "512"]);
    // Leaving one out leaves nothing to compare, and says so.
    let runs = grid(&turned, "runs");
    let out = (0..runs.rows.len()).find(|row| cell(runs, *row, "compare").cell.text == "remove").expect("a chosen run");
    let (one, _) = link::decode(&cell(runs, out, "compare").link.clone().expect("a link"));
    let one = show(&mut engine, &one);
    assert!(one.grids.iter().all(|grid| grid.key != "difference"));
    assert!(one.notes.iter().any(|note| note.contains("two or more")), "{:?}", one.notes);
    let gone = show(&mut engine, &state("data/configurations", &[], &[("runs", "nobody"), ("runs", &ids[0])]));
    assert!(gone.notes.iter().any(|note| note.starts_with("1 of the selected runs")), "{:?}", gone.notes);
}

#[test]
fn failures_are_said() {
    let row = |version: &str, failed: u32| {
        format!("version={version},intended concurrency=50,output_tok/sec=9,successful_requests=90,errored_requests={failed}")
    };
    let rows = [row("v1", 0), row("v2", 10)];
    let model = show(&mut table(&[&rows[0], &rows[1]]), &state("data/configurations", &[], &[]));
    assert!(model.notes.iter().any(|note| note.starts_with("1 of the compared measurements has")), "{:?}", model.notes);
}

#[test]
fn arguments_are_found_and_stay_text() {
    let hostile = "<img src=x onerror=alert(1)>";
    let mut engine = table(&[
        &format!("version=v1,TP=4,intended concurrency=1,output_tok/sec=1,runtime_args=chat-template: \"{hostile}\"; dtype: fp8"),
        "version=v2,TP=4,intended concurrency=1,output_tok/sec=1,runtime_args=dtype: auto",
    ]);
    let all = show(&mut engine, &state("data/configurations", &[], &[]));
    let rows = exact(grid(&all, "difference"));
    assert!(rows.contains(&vec!["Arguments", "chat-template", hostile, ""]), "{rows:?}");
    let found = show(&mut engine, &state("data/configurations", &[], &[("find", "DTYPE fp8")]));
    assert_eq!((grid(&found, "runs").rows.len(), found.total), (1, 1));
    let none = show(&mut engine, &state("data/configurations", &[], &[("find", "dtype fp4")]));
    assert_eq!((grid(&none, "runs").rows.len(), none.total), (0, 0));
}

/// The demo's run configurations, counted from its text.
#[test]
fn the_demo_has_as_many_runs_as_its_rows_tell_apart() {
    const TELLING: [&str; 16] = [
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
        "runtime_args",
        "image_tag",
    ];
    let mut expected: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for row in demo_rows() {
        *expected.entry(TELLING.map(|key| row[key].clone()).to_vec()).or_default() += 1;
    }
    let model = show(&mut demo(), &state("data/configurations", &[], &[]));
    let runs = grid(&model, "runs");
    assert_eq!(runs.rows.len(), expected.len());
    let mut counts: Vec<f64> = (0..runs.rows.len()).filter_map(|row| number(runs, row, "measurements")).collect();
    let mut expected: Vec<f64> = expected.values().map(|count| *count as f64).collect();
    counts.sort_by(f64::total_cmp);
    expected.sort_by(f64::total_cmp);
    assert_eq!(counts, expected);
    assert!(model.grids.iter().any(|grid| grid.key == "effect" && !grid.rows.is_empty()), "the default compares something");
}

/// What configuration files say joins the runs of their folder, and only those.
#[test]
fn settings_of_files_are_compared_too() {
    let fixture = |name: &str| {
        let path = root().join("tests/fixtures/inference-perf/0.7.0").join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let (config, stage) = (fixture("config.yaml"), fixture("stage-rate-6.json"));
    let other = config.replace("std_dev: 16.0", "std_dev: 17.0");
    // Files that say the same of the same are one measurement.
    fn slow(value: &mut Value) {
        match value {
            Value::Number(number) if number.is_f64() => *value = Value::from(number.as_f64().expect("a number") * 1.5),
            Value::Array(items) => items.iter_mut().for_each(slow),
            Value::Object(fields) => fields.values_mut().for_each(slow),
            _ => {}
        }
    }
    let mut slower: Value = serde_json::from_str(&stage).expect("JSON");
    slow(&mut slower);
    let slower = slower.to_string();
    assert_ne!(config, other);
    let files = [
        ("a/config.yaml", &config),
        ("a/stage-rate-6.json", &stage),
        ("b/config.yaml", &other),
        ("b/stage-rate-6.json", &slower),
    ];
    let mut engine = Engine::default();
    for (id, (name, text)) in files.into_iter().enumerate() {
        engine.add(FileId(id as u32), import(&Source::new(name, text.as_bytes().to_vec()), None, |_| ()).tables);
    }
    let model = show(&mut engine, &state("data/configurations", &[], &[]));
    assert_eq!(grid(&model, "runs").rows.len(), 2, "{}", model.sentence);
    let rows = exact(grid(&model, "difference"));
    let told: Vec<&Vec<&str>> = rows.iter().filter(|row| row[0] == "inference-perf configuration").collect();
    assert_eq!(told, [&["inference-perf configuration", "data.input_distribution.std_dev", "16", "17"]]);
    for row in 0..2 {
        let query = cell(grid(&model, "runs"), row, "measurements").link.clone().expect("a link");
        assert_eq!(show(&mut engine, &link::decode(&query).0).total, 1, "{query}");
    }
    let found = show(&mut engine, &state("data/configurations", &[], &[("find", "std_dev: 17")]));
    assert_eq!(grid(&found, "runs").rows.len(), 1);
}
