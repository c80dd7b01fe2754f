//! Rate match: prefill against decode.

use super::made::{decode, engine_of, prefill, put, result, run};
use super::{cell, grid, number, reference, same, show, state};

/// A run of some prefill and decode workers of one rank that all work evenly for 100 seconds, as level 8 says.
fn steady(prefills: usize, decodes: usize, new: u32, cached: u32, rate: f64) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for worker in 0..prefills {
        let log: String = (0..=110).map(|second| prefill(second, " TP0", new, cached, 1, f64::from(new))).collect();
        // Nobody waits: the rates alone are looked at.
        files.push((format!("run/a{worker}_prefill_w{worker}.out"), log.replace("#queue-req: 2", "#queue-req: 0")));
    }
    for worker in 0..decodes {
        let log: String = (0..=110).map(|second| decode(second, " TP0", [0, 0, 4], 0.2, rate)).collect();
        files.push((format!("run/b{worker}_decode_w{worker}.out"), log));
    }
    files
        .push(("run/sa-bench_isl_1000_osl_100/results_concurrency_8.json".to_owned(), result(8, 105, 100.0, 50, [45_000, 4500])));
    files
}

#[test]
fn sums_of_workers_are_compared_not_their_means() {
    // Each prefill worker takes in 900 tokens of one request a second, each decode worker gives out 90 of one: the means are
    // equal, but there are 6 of these and 2 of those.
    let mut engine = engine_of(&steady(6, 2, 600, 300, 90.0));
    let model = show(&mut engine, &state("runs/balance", &[], &[]));
    let rates = grid(&model, "rates");
    assert_eq!(rates.rows.len(), 1);
    // What tells most is in sight without scrolling.
    let first: Vec<&str> = rates.columns.iter().take(8).map(|column| column.key.as_str()).collect();
    assert_eq!(first, ["run", "level", "verdict", "ratio", "waiting_prefill", "waiting_decode", "prefill", "decode"]);
    for (key, expected) in [
        ("isl", 900.0),
        ("osl", 90.0),
        ("prefill_tps", 5400.0),
        ("prefill", 6.0),
        ("decode", 2.0),
        ("ratio", 1.0 / 3.0),
        ("completed", 0.5),
    ] {
        same(number(rates, 0, key).unwrap_or_else(|| panic!("{key}")), expected, key);
    }
    // The benchmark counted half a request per second: something is missing, and nobody can say who is behind.
    assert_eq!(cell(rates, 0, "verdict").cell.text, "inconclusive");
    assert!(model.cards[0].value.contains("0.333 · inconclusive"), "{:?}", model.cards[0]);
    assert!(model.cards[0].detail.contains("completed 0.5 req/s"), "{:?}", model.cards[0]);
    assert_eq!(model.cards.len(), 1, "nothing to suggest: {:?}", model.cards);
}

/// The logs of these workers, with a description that asks for their lengths and no result.
fn unmeasured(prefills: usize, decodes: usize) -> Vec<(String, String)> {
    let mut files = steady(prefills, decodes, 600, 300, 90.0);
    files.pop();
    files.push((
        "run/7.json".to_owned(),
        r#"{"version":"2.0","orchestrator":true,"job_id":"7","resources":{"gpu_type":"h200","gpus_per_node":8,"prefill_nodes":1,"decode_nodes":1,"agg_nodes":null,
"prefill_workers":1,"decode_workers":1,"agg_workers":0},"backend_type":"sglang","benchmark":{"type":"sa-bench","isl":900,"osl":90}}"#.to_owned(),
    ));
    files
}

#[test]
fn rates_that_differ_decide_where_nothing_contradicts_them() {
    let model = show(&mut engine_of(&unmeasured(6, 2)), &state("runs/balance", &[], &[]));
    assert_eq!(cell(grid(&model, "rates"), 0, "verdict").cell.text, "decode-bound");
    // A decode worker at its limit does one request per second; a prefill worker does as many and was never at its limit.
    assert_eq!(model.cards[1].value, "at most ~1:1");
    assert!(model.cards[1].detail.contains("currently 6:2; prefill never reached its limit"), "{:?}", model.cards[1]);
    // Of one prefill and three decode workers no bound may be on the other side of what there is.
    let model = show(&mut engine_of(&unmeasured(1, 1)), &state("runs/balance", &[], &[]));
    assert_eq!(model.cards.len(), 1, "balanced, and neither at its limit: {:?}", model.cards);
}

#[test]
fn real_lengths_count_and_nominal_ones_are_marked() {
    // ISL 900 and OSL 90 as measured, 1000 and 100 as asked for.
    let mut files = steady(1, 1, 900, 0, 90.0);
    let measured = show(&mut engine_of(&files), &state("runs/balance", &[], &[]));
    same(number(grid(&measured, "rates"), 0, "prefill").expect("a rate"), 1.0, "by real lengths");
    if let Some((_, text)) = files.last_mut() {
        *text = text.replace(r#""total_input_tokens":45000,"total_output_tokens":4500,"#, r#""isl":1000,"osl":100,"#);
    }
    files.push((
        "run/7.json".to_owned(),
        r#"{"version":"2.0","orchestrator":true,"job_id":"7","resources":{"gpu_type":"h200","gpus_per_node":8,"prefill_nodes":1,"decode_nodes":1,"agg_nodes":null,
"prefill_workers":1,"decode_workers":1,"agg_workers":0},"backend_type":"sglang","benchmark":{"type":"sa-bench","isl":1000,"osl":100}}"#.to_owned(),
    ));
    let nominal = show(&mut engine_of(&files), &state("runs/balance", &[], &[]));
    let rates = grid(&nominal, "rates");
    assert_eq!(cell(rates, 0, "isl").cell.text, "~1,000");
    same(number(rates, 0, "prefill").expect("a rate"), 0.9, "by nominal lengths");
    assert!(nominal.notes.iter().any(|note| note.contains("the requested ones")), "{:?}", nominal.notes);
    assert!(nominal.cards[0].value.starts_with('~'));
}

#[test]
fn cached_tokens_count() {
    let of = |new: u32, cached: u32| {
        let model = show(&mut engine_of(&steady(1, 1, new, cached, 90.0)), &state("runs/balance", &[], &[]));
        number(grid(&model, "rates"), 0, "ratio").expect("a ratio")
    };
    same(of(900, 0), of(450, 450), "half of the prompt from the cache");
}

#[test]
fn warm_up_is_in_no_window_and_a_threshold_decides() {
    let mut files = steady(1, 1, 900, 0, 94.0);
    // Both rates are near enough to what was completed.
    if let Some((_, text)) = files.last_mut() {
        *text = result(8, 105, 100.0, 102, [91_800, 9180]);
    }
    // Before the level, prefill only.
    for second in 0..5 {
        files[0].1 += &prefill(-200 + second, " TP0", 90_000, 0, 1, 1.0);
    }
    let mut engine = engine_of(&files);
    let mut asked = state("runs/balance", &[], &[]);
    let model = show(&mut engine, &asked);
    same(number(grid(&model, "rates"), 0, "ratio").expect("a ratio"), 94.0 / 90.0, "ratio");
    assert_eq!(cell(grid(&model, "rates"), 0, "verdict").cell.text, "balanced");
    asked.threshold = 4.0;
    assert_eq!(cell(grid(&show(&mut engine, &asked), "rates"), 0, "verdict").cell.text, "prefill-bound");
}

#[test]
fn aggregated_runs_are_listed_as_skipped() {
    let mut files = run("outputs/1001");
    files.push(("outputs/2002/logs/a_agg_w0.out".to_owned(), decode(0, " TP0", [0, 0, 1], 0.1, 5.0)));
    files.push(("outputs/3003/logs/a_decode_w0.out".to_owned(), decode(0, " TP0", [0, 0, 1], 0.1, 5.0)));
    let model = show(&mut engine_of(&files), &state("runs/balance", &[], &[]));
    let skipped = grid(&model, "skipped");
    let reasons: Vec<&str> = (0..skipped.rows.len()).map(|row| cell(skipped, row, "reason").cell.text.as_str()).collect();
    assert_eq!(reasons.len(), 2);
    assert!(reasons.iter().any(|reason| reason.starts_with("Aggregated")), "{reasons:?}");
    assert!(reasons.iter().any(|reason| reason.starts_with("No prefill worker")), "{reasons:?}");
    assert_eq!(model.panels.len(), 1);
}

#[test]
fn tokens_can_be_drawn_instead() {
    let mut engine = engine_of(&steady(6, 2, 600, 300, 90.0));
    let middle = |unit: &str| {
        let mut drawn = state("runs/balance", &[], &[("unit", unit)]);
        drawn.threshold = 5.0;
        let model = show(&mut engine, &drawn);
        (model.panels[0].chart.y.unit.clone(), model.panels[0].chart.series[0].y().nth(10).unwrap_or(f64::NAN))
    };
    let mut middle = middle;
    assert_eq!(middle("tokens"), ("tok/s".to_owned(), 5400.0));
    assert_eq!(middle("requests"), ("req/s".to_owned(), 6.0));
}

/// Every run against Python, which reads logs and results by itself; and, as a check by nature, what the benchmark counted.
#[test]
fn as_python_computes_it() {
    for (name, files) in
        [("made", [run("outputs/1001"), run("logs/1002")].concat()), ("shipped", super::runs::written().into_iter().collect())]
    {
        let folder = put(&format!("rate-{name}"), &files);
        let expected = reference("rate_match.py", &[&folder.display().to_string()]);
        let model = show(&mut engine_of(&files), &state("runs/balance", &[], &[]));
        let rates = grid(&model, "rates");
        let mut rows = Vec::new();
        for (run, one) in expected["runs"].as_object().expect("runs") {
            if let Some(parts) = one["parts"].as_array() {
                rows.extend(parts.iter().map(|part| (run.clone(), part.clone())));
            }
        }
        assert_eq!(rates.rows.len(), rows.len(), "{name}");
        for (run, part) in &rows {
            let level = part["level"].as_str().expect("a level");
            let last = part["name"].as_str().expect("a name");
            let found = (0..rates.rows.len())
                .find(|at| cell(rates, *at, "level").cell.text == level && cell(rates, *at, "run").cell.text == last);
            let at = found.unwrap_or_else(|| panic!("{run} {level} is not there"));
            for key in ["seconds", "isl", "osl", "prefill_tps", "decode_tps", "prefill", "decode", "ratio"] {
                same(
                    number(rates, at, key).unwrap_or_else(|| panic!("{key}")),
                    part[key].as_f64().expect("a number"),
                    &format!("{run} {level} {key}"),
                );
            }
            assert_eq!(cell(rates, at, "verdict").cell.text, part["verdict"].as_str().expect("a verdict"), "{run} {level}");
            for key in ["waiting_prefill", "waiting_decode"] {
                match (number(rates, at, key), part[key].as_f64()) {
                    (Some(ours), Some(theirs)) => same(ours, theirs, &format!("{run} {level} {key}")),
                    (ours, theirs) => assert_eq!(ours, theirs, "{run} {level} {key}"),
                }
            }
            for side in ["prefill", "decode"].into_iter().filter(|_| name == "shipped") {
                let (ours, counted) = (number(rates, at, side).expect("a rate"), number(rates, at, "completed").expect("a rate"));
                assert!((ours / counted - 1.0).abs() < 0.04, "{run} {level} {side}: {ours} against {counted} as counted");
            }
        }
        for (run, one) in expected["runs"].as_object().expect("runs") {
            let Some(all) = one["overall"].as_object() else { continue };
            let label = one["name"].as_str().expect("a name");
            let cards: Vec<_> = model.cards.iter().filter(|card| card.label.starts_with(label)).collect();
            let ratio = all["ratio"].as_f64().expect("a ratio");
            let short = cards[0]
                .value
                .split(' ')
                .next()
                .and_then(|text| text.trim_start_matches('~').parse::<f64>().ok())
                .expect("a ratio");
            assert!((short / ratio - 1.0).abs() < 0.005, "{run}: {short} {ratio}");
            let Some(suggested) = all["prefill_per_decode"].as_f64() else {
                assert_eq!(cards.len(), 1, "{run}: neither side was at its limit");
                continue;
            };
            let said = cards[1].detail.split(' ').next().and_then(|text| text.parse::<f64>().ok()).expect("a suggestion");
            assert!((said / suggested - 1.0).abs() < 0.005, "{run}: {said} {suggested}");
        }
    }
}

/// In a steady state both sides do the same, whatever limits them: the demo's plan says where its requests wait.
#[test]
fn queues_tell_what_limits_a_steady_state() {
    let model = show(&mut super::runs::shipped(), &state("runs/balance", &[], &[]));
    let rates = grid(&model, "rates");
    let verdict = |run: &str, level: &str| {
        let is = |at: &usize| cell(rates, *at, "run").cell.text == run && cell(rates, *at, "level").cell.text == level;
        let at = (0..rates.rows.len()).find(is).expect("the level is there");
        cell(rates, at, "verdict").cell.text.clone()
    };
    // Prefill is the bottleneck from 64 users on (src/demo/runs, README).
    assert_eq!(verdict("9101", "concurrency 16"), "balanced");
    assert_eq!(verdict("9101", "concurrency 64"), "prefill-bound");
    assert_eq!(verdict("9101", "concurrency 128"), "prefill-bound");
    let because = "9101 is prefill-bound (decode ÷ prefill 0.997; queued requests: ";
    assert!(model.sentence.contains(because), "{}", model.sentence);
    let card = |label: &str| model.cards.iter().find(|card| card.label == label);
    let visible = |label: &str| card(label).expect("a card").detail.clone();
    assert!(visible("9101").contains("queued requests: "), "{}", visible("9101"));
    // A side that never was at its limit bounds the ratio only from one end.
    assert!(card("9101: suggested P:D").expect("a card").value.starts_with("at least "));
    assert!(visible("9101: suggested P:D").contains("decode never reached its limit"));
    // All users send at once when a level begins: of a burst nothing is bound, and less load is never bound where more is not.
    assert_eq!([verdict("9102", "concurrency 16"), verdict("9102", "concurrency 32")], ["balanced", "balanced"]);
    assert!(card("9102: suggested P:D").is_none(), "neither side was at its limit");
}

/// TensorRT-LLM's logs state no queue: equal rates say nothing of a steady state, and the demo's one decode worker, which
/// everybody waits for (src/demo/runs, README), runs as many requests as it may.
#[test]
fn without_queues_only_full_workers_tell() {
    let files: Vec<(String, String)> = super::runs::written().into_iter().filter(|(path, _)| path.contains("770001")).collect();
    let verdicts = |files: &[(String, String)]| {
        let model = show(&mut engine_of(files), &state("runs/balance", &[], &[]));
        let rates = grid(&model, "rates");
        let words: Vec<String> = (0..3).map(|row| cell(rates, row, "verdict").cell.text.clone()).collect();
        (words, model.cards, model.sentence)
    };
    let (words, cards, sentence) = verdicts(&files);
    assert_eq!(words, ["inconclusive", "inconclusive", "decode-bound"]);
    assert!(sentence.starts_with("770001 is decode-bound (decode ÷ prefill 0.99"), "{sentence}");
    assert!(cards[0].detail.contains("decode workers run at their request limit"), "{:?}", cards[0]);
    // Two prefill workers stand before one of decode, and decode is behind: no more of them.
    assert!(cards[1].value == "at most 2:1", "{:?}", cards[1]);
    // The run's configuration says it as well as the workers' own words.
    let mut unset = files;
    let logs = unset.iter_mut().filter(|(path, _)| path.ends_with(".out"));
    logs.for_each(|(_, text)| *text = text.replace("max_batch_size", "batch"));
    assert_eq!(verdicts(&unset).0, words);
    // Who does not know how many they may run cannot tell.
    unset.iter_mut().for_each(|(_, text)| *text = text.replace("max_batch_size", "batch"));
    let (words, cards, sentence) = verdicts(&unset);
    assert_eq!(words, ["inconclusive"; 3]);
    assert!(sentence.contains("rates are equal in any steady state"), "{sentence}");
    assert_eq!(cards.len(), 1, "nothing is suggested where nothing is known: {cards:?}");
}

/// What a batch computed is spread over the time since the one before: batches of every 8 seconds are no zigzag in steps of 5.
#[test]
fn batches_rarer_than_steps_are_no_zigzag() {
    let mut files = steady(1, 1, 900, 0, 90.0);
    files[0].1 = (0..=14).map(|batch| prefill(8 * batch, " TP0", 7200, 0, 1, 900.0)).collect();
    let model = show(&mut engine_of(&files), &state("runs/balance", &[], &[("unit", "tokens")]));
    let drawn: Vec<f64> = model.panels[0].chart.series[0].points().map(|point| point.y).collect();
    assert!(drawn.len() > 20 && drawn[2..20].iter().all(|rate| (rate - 900.0).abs() < 1e-6), "{drawn:?}");
    let step = model.controls.iter().find(|control| control.key == "step").expect("a step");
    assert_eq!(step.values, ["5"], "the step that is used");
    // Whole seconds are up to one second early: the batch stamped at second 4 may be of the level that begins at 4.5.
    let early = |stamp: i64| {
        let mut files = steady(1, 1, 900, 0, 90.0);
        files[0].1 = prefill(-20, " TP0", 900, 0, 1, 900.0) + &prefill(stamp, " TP0", 45_000, 0, 1, 900.0);
        files.pop();
        files.push((
            "run/sa-bench_isl_1000_osl_100/results_concurrency_8.json".to_owned(),
            result(8, 104, 99.5, 50, [45_000, 4500]),
        ));
        let model = show(&mut engine_of(&files), &state("runs/balance", &[], &[]));
        number(grid(&model, "rates"), 0, "prefill_tps").expect("a rate") * 99.5
    };
    same(early(4), 45_000.0, "a batch of the level's first second");
    assert_eq!(early(3), 0.0, "a batch before it");
}
