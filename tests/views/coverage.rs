//! Coverage, against counts of the demo's rows made here, and the order of versions.

use std::collections::{BTreeMap, BTreeSet};

use inferscope::state::link;

use super::{cell, demo, demo_rows, grid, show, state, table};

#[test]
fn every_combination_counts_the_versions_that_the_file_has() {
    let of = |row: &BTreeMap<String, String>, keys: &[&str]| -> Vec<String> {
        keys.iter().map(|key| row.get(*key).cloned().unwrap_or_default()).collect()
    };
    let task = ["model", "prompt toks", "output toks", "dataset", "turns", "prefix_tokens", "prefix_count"];
    let rows = demo_rows();
    let mut versions: BTreeMap<(Vec<String>, String), BTreeSet<String>> = BTreeMap::new();
    for row in &rows {
        versions.entry((of(row, &task), row["accelerator"].clone())).or_default().insert(row["version"].clone());
    }
    let tasks: BTreeSet<Vec<String>> = rows.iter().map(|row| of(row, &task)).collect();
    let accelerators: BTreeSet<&String> = rows.iter().map(|row| &row["accelerator"]).collect();
    let (measured, all) = (versions.len(), tasks.len() * accelerators.len());

    let model = show(&mut demo(), &state("data/coverage", &[], &[]));
    let cards: Vec<&str> = model.cards.iter().map(|card| card.value.as_str()).collect();
    assert_eq!(cards, [measured.to_string(), (all - measured).to_string()]);
    assert!(model.sentence.contains(&format!("{measured} of {all} combinations")), "{}", model.sentence);
    let listed = grid(&model, "coverage");
    assert_eq!((listed.rows.len(), listed.columns.len()), (tasks.len(), 2 + accelerators.len()));
    let count = |at: usize, accelerator: &str| {
        let cell = cell(listed, at, accelerator);
        if cell.cell.text == "–" { 0 } else { cell.hint.lines().count() }
    };
    for accelerator in accelerators {
        let mut found: Vec<(String, usize)> =
            (0..listed.rows.len()).map(|at| (cell(listed, at, "model").cell.text.clone(), count(at, accelerator))).collect();
        let mut expected: Vec<(String, usize)> = tasks
            .iter()
            .map(|task| (task[0].clone(), versions.get(&(task.clone(), accelerator.clone())).map_or(0, BTreeSet::len)))
            .collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{accelerator}");
    }
}

#[test]
fn a_cell_names_the_newest_version_and_opens_explore_and_a_hole_says_what_is_missing() {
    let mut engine = table(&[
        "version=vLLM-0.9.1,measured concurrency=1,intended concurrency=1,output_tok/sec=100",
        "version=vLLM-0.10.0,measured concurrency=1,intended concurrency=1,output_tok/sec=100",
        "version=vLLM-0.10.0,measured concurrency=2,intended concurrency=2,output_tok/sec=190",
        "model=org/other,accelerator=MI300X,version=vLLM-0.9.1,measured concurrency=1,intended concurrency=1,output_tok/sec=100",
        "model=org/other,accelerator=MI300X,prompt toks=8000,version=,measured concurrency=1,intended concurrency=1,output_tok/sec=100",
    ]);
    let model = show(&mut engine, &state("data/coverage", &[], &[]));
    let listed = grid(&model, "coverage");
    assert_eq!(listed.rows.len(), 3, "model and workload");
    let newest = cell(listed, 0, "H200");
    assert_eq!(newest.cell.text, "vLLM-0.10.0 (2 versions)");
    assert_eq!(newest.hint, "vLLM-0.10.0: 2 measurements\nvLLM-0.9.1: 1 measurement");
    let hole = cell(listed, 0, "MI300X");
    assert_eq!((hole.cell.text.as_str(), hole.cell.exact.as_str(), &hole.link), ("–", "", &None));
    assert!(hole.hint.starts_with("Not measured: org/m on MI300X"), "{}", hole.hint);
    let unnamed = (0..3).filter(|at| cell(listed, *at, "MI300X").cell.text == "version not stated").count();
    assert_eq!(unnamed, 1, "measured, but nothing says what");
    let opened = link::decode(newest.link.as_deref().expect("a link")).0;
    let explored = show(&mut engine, &opened);
    assert_eq!((opened.view.as_str(), explored.total), ("explore", 3));
}
