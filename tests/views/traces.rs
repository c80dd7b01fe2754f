//! Traces: arrivals, lengths and hit rates over time, counted by hand.

use inferscope::record::Kind;
use inferscope::view_model::ViewModel;

use super::{cell, files, grid, number, same, show, state};

/// The README of Dynamo's benchmarks, without the ids that nothing repeats but the last.
const MOONCAKE: &str = "{\"timestamp\": 0, \"input_length\": 6755, \"output_length\": 500, \"hash_ids\": [0, 1, 2, 3]}\n\
                        {\"timestamp\": 0, \"input_length\": 7319, \"output_length\": 490, \"hash_ids\": [0, 14, 15, 16]}\n\
                        {\"timestamp\": 3052, \"input_length\": 7234, \"output_length\": 794, \"hash_ids\": [0, 14, 29, 30]}\n\
                        {\"timestamp\": 10000, \"input_length\": 2287, \"output_length\": 316, \"hash_ids\": [0, 42, 43, 44, 45]}\n\
                        {\"session_id\": \"a\", \"delay\": 5, \"input_length\": 2287, \"output_length\": 316}\n";
const BURST: &str = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n\
                     5,ChatGPT,472,18,490,Conversation log\n9,ChatGPT,1087,230,1317,Conversation log\n\
                     10,GPT-4,417,276,693,API log\n13,ChatGPT,930,0,930,Conversation log\n";

/// The points of a line: of the panel with this title, the line with this label.
fn points(model: &ViewModel, panel: &str, label: &str) -> Vec<(f64, f64)> {
    let panel = model.panels.iter().find(|found| found.title == panel).unwrap_or_else(|| panic!("no panel {panel}"));
    let line = panel.chart.series.iter().find(|line| line.label == label).unwrap_or_else(|| panic!("no line {label}"));
    line.points().map(|point| (point.x, point.y)).collect()
}

#[test]
fn traces_are_compared_over_time() {
    let mut engine = files(&[("mooncake.jsonl", MOONCAKE), ("burst.csv", BURST)]);
    let model = show(&mut engine, &state("data/traces", &[], &[("interval", "4")]));
    assert_eq!((model.kind(), model.total, model.legend.len()), (Kind::Entry, 8, 2), "{:?}", model.notes);
    assert!(model.notes.iter().any(|note| note.contains("1 data set entry without a time")), "{:?}", model.notes);
    // 3, none and 1 in 4 seconds each; BurstGPT's begin at their first: 0, 4, 5, 8.
    assert_eq!(points(&model, "Arrivals", "mooncake"), [(2.0, 0.75), (6.0, 0.0), (10.0, 0.25)]);
    assert_eq!(points(&model, "Arrivals", "burst"), [(2.0, 0.25), (6.0, 0.5), (10.0, 0.25)]);
    // Of 4, 4, 4 and 5 blocks 0, 1, 2 and 1 are known; nothing of BurstGPT's.
    let hits = "Hit rate of an unlimited prefix cache";
    assert_eq!(points(&model, hits, "mooncake"), [(2.0, 25.0), (10.0, 20.0)]);
    assert_eq!(model.panels.iter().find(|panel| panel.title == hits).map(|panel| panel.chart.series.len()), Some(1));
    assert_eq!(points(&model, "Mean output length", "burst"), [(2.0, 18.0), (6.0, 253.0)]);
    assert_eq!(points(&model, "Input length: CDF", "mooncake").last(), Some(&(7319.0, 100.0)));
    // Three requests are behind the first point.
    let arrivals = model.panels.iter().position(|panel| panel.title == "Arrivals").expect("the panel");
    let line = model.panels[arrivals].chart.series.iter().position(|line| line.label == "mooncake").expect("the line");
    assert_eq!(engine.point(arrivals, line, 0).expect("a point").origins.len(), 3);

    let table = grid(&model, "traces");
    let row = |name: &str| (0..2).find(|row| cell(table, *row, "dataset").cell.exact == name).expect("the trace");
    let (mooncake, burst) = (row("mooncake"), row("burst"));
    for (row, key, expected) in [
        (mooncake, "requests", 4.0),
        (mooncake, "duration", 10.0),
        (mooncake, "rate", 0.3),
        (mooncake, "peak", 0.75),
        (mooncake, "hit_rate", (0.0 + 25.0 + 50.0 + 20.0) / 4.0),
        (mooncake, "input_tokens.mean", 5898.75),
        (mooncake, "input_tokens.p50", 6994.5),
        (mooncake, "output_tokens.max", 794.0),
        (burst, "rate", 0.375),
        // Gaps of 4, 1 and 3: mean 8/3, standard deviation √(14/9).
        (burst, "variation", (14.0_f64 / 9.0).sqrt() / (8.0 / 3.0)),
    ] {
        same(number(table, row, key).expect(key), expected, key);
    }
    assert_eq!(number(table, burst, "hit_rate"), None);
    assert!(model.cards.iter().any(|card| card.value == "0.3 req/s" && card.detail.contains("prefix hits")), "{:?}", model.cards);

    // One alone, and the width that is chosen for four requests.
    let model = show(&mut engine, &state("data/traces", &[("dataset", "mooncake")], &[]));
    assert_eq!(points(&model, "Arrivals", "mooncake"), [(5.0, 0.3), (15.0, 0.1)]);
}

#[test]
fn entries_without_times_are_no_trace() {
    let mut engine = files(&[("lengths.csv", "input_length,output_length\n5,6\n7,8\n")]);
    let model = show(&mut engine, &state("data/traces", &[], &[]));
    let empty = model.empty.expect("it says why");
    assert!(empty.reason.contains("when it is sent") && empty.remedy.is_some_and(|(_, state)| state.view == "data/workloads"));
    assert!(model.panels.is_empty() && model.grids.iter().all(|grid| grid.rows.is_empty()));
    // One request has no rate.
    let mut engine = files(&[("one.jsonl", MOONCAKE.lines().next().expect("a line"))]);
    let model = show(&mut engine, &state("data/traces", &[], &[]));
    let table = grid(&model, "traces");
    assert_eq!((number(table, 0, "rate"), number(table, 0, "variation"), number(table, 0, "requests")), (None, None, Some(1.0)));
}

/// The mean share of hits of a cache of so many blocks: a list in order of use, searched.
fn limited(prompts: &[Vec<u32>], capacity: usize) -> f64 {
    let mut cache: Vec<u32> = Vec::new();
    let mut shares = 0.0;
    for prompt in prompts {
        let hits = prompt.iter().take_while(|block| cache.contains(block)).count();
        shares += hits as f64 / prompt.len() as f64;
        for block in prompt.iter().rev() {
            cache.retain(|other| other != block);
            cache.push(*block);
            if cache.len() > capacity {
                cache.remove(0);
            }
        }
    }
    100.0 * shares / prompts.len() as f64
}

#[test]
fn a_limited_cache_hits_less() {
    // 60 conversations of 3 turns each, their turns 60 requests apart; each turn has 4 more blocks.
    let prompts: Vec<Vec<u32>> =
        (0..180).map(|at| (0..4 * (at / 60 + 1)).map(|block| 100 * (at % 60) + block).collect()).collect();
    let text: String = prompts
        .iter()
        .enumerate()
        .map(|(at, ids)| {
            let input = 512 * ids.len();
            format!("{{\"timestamp\": {}, \"input_length\": {input}, \"output_length\": 9, \"hash_ids\": {ids:?}}}\n", 1000 * at)
        })
        .collect();
    let mut engine = files(&[("chats.jsonl", &text)]);
    let model = show(&mut engine, &state("data/traces", &[], &[("cache", "300"), ("interval", "180")]));
    let table = grid(&model, "traces");
    same(number(table, 0, "working_set").expect("a figure"), 720.0, "60 conversations of 12 blocks");
    same(number(table, 0, "lru_reuse_300").expect("a figure"), limited(&prompts, 300), "300 blocks");
    same(number(table, 0, "lru_reuse_100").expect("a figure"), limited(&prompts, 100), "100 blocks");
    assert!(!table.columns.iter().any(|column| column.key == "lru_reuse_1k"), "as the unlimited one");
    let over_time = points(&model, "Hit rate of a prefix cache of 300 blocks (LRU)", "chats");
    same(over_time[0].1, limited(&prompts, 300), "all in one interval");
    assert_eq!(points(&model, "Working set", "chats"), [(180.0, 720.0)]);
}
