//! Latency against load: on the demo data and on small tables.

use std::collections::BTreeMap;

use inferscope::record::Stat;
use inferscope::view_model::{Mark, ViewModel};

use super::{demo, demo_rows, files, grid, number, root, same, show, state, table};

fn titles(model: &ViewModel) -> Vec<&str> {
    model.panels.iter().map(|panel| panel.title.as_str()).collect()
}

fn note<'a>(model: &'a ViewModel, part: &str) -> &'a str {
    model.notes.iter().find(|note| note.contains(part)).unwrap_or_else(|| panic!("no “{part}” in {:?}", model.notes))
}

/// A release on an accelerator in the demo data.
const ONE: [(&str, &str); 4] =
    [("model", "openai/gpt-oss-120b"), ("version", "RHAIIS-3.5-EA2"), ("accelerator", "H200"), ("profile", "Balanced (1k/1k)")];

#[test]
fn a_panel_for_each_latency_and_its_ends_by_hand() {
    let mut engine = demo();
    let mut asked = state("explore/latency", &ONE, &[]);
    asked.stat = Some(Stat::P95);
    let model = show(&mut engine, &asked);
    assert_eq!(titles(&model), ["TTFT", "TPOT", "ITL", "E2E latency"]);
    let ends = grid(&model, "range");
    assert!(ends.rows.len() > 1);
    // The same from the CSV: the rows of a version on an accelerator, by what else makes a configuration.
    let mut expected: Vec<[f64; 4]> = Vec::new();
    let mut found: BTreeMap<Vec<String>, Vec<(f64, f64)>> = BTreeMap::new();
    for row in demo_rows() {
        let fits = row["model"] == ONE[0].1
            && row["version"] == ONE[1].1
            && row["accelerator"] == ONE[2].1
            && row["prompt toks"] == "1000"
            && row["output toks"] == "1000"
            && row["turns"].parse::<f64>().map_or(true, |turns| turns <= 1.0);
        let (Ok(load), Ok(ttft)) = (row["intended concurrency"].parse(), row["ttft_p95"].parse()) else { continue };
        if fits {
            let keys = [
                "TP",
                "DP",
                "dataset",
                "spec_decoding",
                "prefix_caching",
                "turns",
                "prefix_tokens",
                "prefix_count",
                "request_type",
            ];
            let key = keys.iter().map(|key| row.get(*key).cloned().unwrap_or_default()).collect();
            found.entry(key).or_default().push((load, ttft));
        }
    }
    for rows in found.values() {
        // Repeats of a level are averaged first.
        let mut levels: Vec<(f64, f64)> = Vec::new();
        for load in rows.iter().map(|row| row.0) {
            if levels.iter().all(|level| level.0 != load) {
                let here: Vec<f64> = rows.iter().filter(|row| row.0 == load).map(|row| row.1).collect();
                levels.push((load, here.iter().sum::<f64>() / here.len() as f64));
            }
        }
        let least = levels.iter().min_by(|a, b| a.1.total_cmp(&b.1)).expect("levels");
        let most = levels.iter().max_by(|a, b| a.1.total_cmp(&b.1)).expect("levels");
        expected.push([least.1, least.0, most.1, most.0]);
    }
    let mut shown: Vec<[f64; 4]> = (0..ends.rows.len())
        .map(|row| {
            ["ttft_min", "ttft_min_at", "ttft_max", "ttft_max_at"].map(|column| number(ends, row, column).expect("a figure"))
        })
        .collect();
    let order = |rows: &mut Vec<[f64; 4]>| rows.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[2].total_cmp(&b[2])));
    order(&mut expected);
    order(&mut shown);
    assert_eq!(shown.len(), expected.len());
    for (shown, expected) in shown.iter().zip(&expected) {
        shown.iter().zip(expected).for_each(|(a, b)| same(*a, *b, "ends of P95 TTFT"));
    }
    assert_eq!(model.legend.len(), expected.len());
}

#[test]
fn a_statistic_that_a_latency_lacks_is_replaced_and_told() {
    let mut engine = table(&["version=v-1,TP=1,intended concurrency=8,ttft_median=100,ttft_p95=300,itl_median=10"]);
    let mut asked = state("explore/latency", &[], &[]);
    asked.stat = Some(Stat::P95);
    let model = show(&mut engine, &asked);
    assert_eq!(titles(&model), ["TTFT", "ITL"]);
    assert_eq!(model.panels[0].chart.series[0].y().next(), Some(300.0));
    assert_eq!(model.panels[1].chart.series[0].y().next(), Some(10.0));
    assert_eq!(note(&model, "ITL: no"), "ITL: no P95 in this data, showing P50.");
    assert_eq!(note(&model, "Not in this data"), "Not in this data: TPOT, E2E latency.");
}

#[test]
fn chunks_are_not_tokens() {
    let row = |tpot: &str, itl: &str| format!("version=v-1,TP=1,intended concurrency=32,tpot_median={tpot},itl_median={itl}");
    let model = show(&mut table(&[&row("16.62", "1573")]), &state("explore/latency", &[], &[]));
    assert!(note(&model, "over 2× TPOT").contains("94.6×"), "{:?}", model.notes);
    let model = show(&mut table(&[&row("16.62", "33.24")]), &state("explore/latency", &[], &[]));
    assert!(!model.notes.iter().any(|note| note.contains("TPOT in")), "exactly twice is not more: {:?}", model.notes);
}

#[test]
fn percentiles_fan_out_for_one_or_two_configurations() {
    let row = |version: &str, users: u32| {
        format!("version={version},TP=1,intended concurrency={users},ttft_median={users}0,ttft_p95={users}00")
    };
    let mut engine = table(&[&row("v-1", 1), &row("v-1", 2)]);
    let model = show(&mut engine, &state("explore/latency", &[], &[]));
    let series = &model.panels[0].chart.series;
    let labels: Vec<&str> = series.iter().map(|series| series.label.split(" m ·").next().unwrap_or("")).collect();
    assert_eq!(labels, ["P50", "P95", "P50 to P95"], "alone by itself");
    assert!(model.sentence.starts_with("P50, P95 (lowest line first) of TTFT"), "{}", model.sentence);
    assert_eq!(series[2].mark, Mark::band([[1.0, 10.0, 100.0], [2.0, 20.0, 200.0]]), "x, lowest, highest");
    assert_eq!(model.panels[0].chart.y.range, Some([10.0, 200.0]));
    let off = show(&mut engine, &state("explore/latency", &[], &[("fan", "off")]));
    assert_eq!(off.panels[0].chart.series.len(), 1);
    let rows = [row("v-1", 1), row("v-2", 1), row("v-3", 1)];
    let mut three = table(&rows.each_ref().map(String::as_str));
    let model = show(&mut three, &state("explore/latency", &[], &[("fan", "on")]));
    assert_eq!(model.panels[0].chart.series.len(), 3);
    note(&model, "up to 2 configurations");
    let two = table(&rows.each_ref().map(String::as_str)[..2]);
    let model = show(&mut { two }, &state("explore/latency", &[], &[("fan", "on")]));
    let bands = model.panels[0].chart.series.iter().filter(|series| matches!(series.mark, Mark::Band { .. }));
    assert_eq!((model.panels[0].chart.series.len(), bands.count()), (6, 2));
}

#[test]
fn limits_are_rules_whatever_statistic_is_shown() {
    let mut engine = table(&["version=v-1,TP=1,intended concurrency=8,ttft_median=100,ttft_p95=300"]);
    let (asked, _) = inferscope::state::link::decode("?v=1&view=latency&stat=p50&slo.ttft.p95=400&slo.ttft.p50=200&o.fan=off");
    let model = show(&mut engine, &asked);
    let mut rules: Vec<(f64, &str)> = model.panels[0].chart.rules.iter().map(|rule| (rule.at, rule.label.as_str())).collect();
    rules.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert_eq!(rules, [(200.0, "limit 200 ms"), (400.0, "P95 limit 400 ms")]);
}

#[test]
fn the_terms_of_load_can_be_chosen_where_there_are_two() {
    let report = |path: &str| std::fs::read_to_string(root().join("tests/fixtures").join(path)).expect("a fixture");
    let [concurrent, swept] = ["guidellm/0.8.1/concurrent-1-16.json", "guidellm/0.8.1/sweep-5.csv"].map(report);
    let mut engine = files(&[("a/concurrent.json", concurrent.as_str()), ("b/sweep.csv", swept.as_str())]);
    let on = |model: &ViewModel| model.panels[0].chart.x.title.clone();
    let either = [state("explore/latency", &[], &[("load", "concurrency")]), state("explore/latency", &[], &[("load", "rate")])];
    let titles = either.map(|state| on(&show(&mut engine, &state)));
    assert_eq!(titles, ["Concurrency", "Request rate"]);
    let model = show(&mut engine, &state("explore/latency", &[], &[]));
    let control = model.controls.iter().find(|control| control.key == "load").expect("a choice");
    let inferscope::view_model::Entry::Select(choices) = &control.entry else { panic!("one of two") };
    assert_eq!(choices.len(), 2);
    let concurrent = show(&mut files(&[("a/concurrent.json", concurrent.as_str())]), &state("explore/latency", &[], &[]));
    assert!(!concurrent.controls.iter().any(|control| control.key == "load"), "where there is one there is no choice");
}
