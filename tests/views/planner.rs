//! The SLA planner: plans from the profiler's real curves against Python's, picks and traps on small curves.

use inferscope::engine::Engine;
use inferscope::state::ViewState;
use inferscope::view_model::{Tone, ViewModel};

use super::{cell, files, grid, number, reference, root, same, show, state};
use crate::support;

const CURVES: [&str; 2] = ["prefill_raw_data.json", "decode_raw_data.json"];

/// The profiler's published curves, read where they are: they may not enter the project.
fn paths() -> Option<[String; 2]> {
    let corpus = support::corpus("views::planner: plans from the profiler's real curves")?;
    Some(CURVES.map(|name| corpus.join("dynamo/profiler_comparison/aic_all").join(name).display().to_string()))
}

fn real() -> Option<Engine> {
    let texts = paths()?.map(|path| std::fs::read_to_string(path).expect("the corpus has the curves"));
    let [prefill, decode] = texts.each_ref().map(String::as_str);
    Some(files(&[("out/prefill_raw_data.json", prefill), ("out/decode_raw_data.json", decode)]))
}

fn asked(options: &[(&str, &str)]) -> ViewState {
    state("capacity/planner", &[], options)
}

fn card<'a>(model: &'a ViewModel, label: &str) -> &'a inferscope::view_model::Card {
    let labels: Vec<&str> = model.cards.iter().map(|card| card.label.as_str()).collect();
    model.cards.iter().find(|card| card.label.starts_with(label)).unwrap_or_else(|| panic!("no {label} among {labels:?}"))
}

/// TTFT, ITL, ISL, OSL, rate, price, GPUs of a prefill engine: targets that bind and that do not, lengths on and between
/// measured ones.
const PLANS: [[&str; 7]; 6] = [
    ["500", "50", "2048", "256", "1", "3", "1"],
    ["500", "50", "3000", "150", "20", "3", "1"],
    ["100", "20", "3000", "150", "20", "3", "1"],
    ["5000", "15", "16000", "2000", "7.5", "2.5", "4"],
    ["500", "12.5", "7000", "186", "1", "10", "8"],
    ["500", "5", "2621", "500", "3", "3", "1"],
];

/// Figures that rest on the identity, which the file's rounded figures obey to so much.
fn close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= 1e-4 * expected, "{what}: {found} is not {expected}");
}

/// How two figures are compared, and what they are.
type Check = fn(f64, f64, &str);

#[test]
fn plans_as_python_has_them() {
    let Some(mut engine) = real() else { return };
    for plan in PLANS {
        let Some(paths) = paths() else { return };
        let arguments: Vec<&str> = paths.iter().map(String::as_str).chain(plan).collect();
        let expected = reference("planner.py", &arguments);
        let keys = ["ttft", "itl", "isl", "osl", "rate", "price", "prefill_gpus"];
        let options: Vec<(&str, &str)> = keys.into_iter().zip(plan).collect();
        let model = show(&mut engine, &asked(&options));
        let figure = |key: &str| expected[key].as_f64().unwrap_or_else(|| panic!("{key}"));

        let prefill = grid(&model, "prefill");
        assert_eq!(prefill.rows.len(), 1);
        same(number(prefill, 0, "ttft").expect("TTFT"), figure("ttft"), "TTFT");
        same(number(prefill, 0, "throughput").expect("throughput"), figure("prefill_tps"), "prefill throughput");

        let decode = grid(&model, "decode");
        let candidates = expected["candidates"].as_array().expect("a list");
        assert_eq!(decode.rows.len(), candidates.len(), "{plan:?}");
        for (row, candidate) in candidates.iter().enumerate() {
            let checks: [(&str, Check); 4] = [("usage", same), ("itl", same), ("throughput", close), ("gpus", same)];
            for (at, (column, check)) in checks.into_iter().enumerate() {
                let expected = candidate[at].as_f64().unwrap_or_else(|| figure("decode_gpus"));
                check(number(decode, row, column).expect("a figure"), expected, &format!("{plan:?} {column} of {row}"));
            }
        }
        let taken: Vec<usize> =
            (0..decode.rows.len()).filter(|row| cell(decode, *row, "verdict").cell.text == "chosen").collect();
        let [taken] = taken.as_slice() else { panic!("{plan:?}: one is taken, not {taken:?}") };
        same(number(decode, *taken, "itl").expect("ITL"), expected["picked"][1].as_f64().expect("ITL"), "picked");

        let cost = grid(&model, "cost");
        let front = expected["front"].as_array().expect("a list");
        let mut found: Vec<[f64; 3]> = (0..cost.rows.len())
            .map(|row| ["itl", "gpu_hours", "usd"].map(|column| number(cost, row, column).expect("a figure")))
            .collect();
        found.sort_by(|a, b| a[0].total_cmp(&b[0]));
        assert_eq!(found.len(), front.len(), "{plan:?}");
        for (found, expected) in found.iter().zip(front) {
            (0..3).for_each(|at| close(found[at], expected[at].as_f64().expect("a number"), &format!("{plan:?} cost")));
        }
        let engines = [figure("prefill_engines"), figure("decode_engines")];
        let gpus = [plan[6].parse().expect("a number"), figure("decode_gpus")];
        let card = card(&model, "GPUs for");
        assert_eq!(card.value.parse::<f64>().ok(), Some(engines[0] * gpus[0] + engines[1] * gpus[1]), "{plan:?}: {card:?}");
        assert!(card.detail.starts_with(&format!("{} prefill engine", engines[0])), "{}", card.detail);
    }
}

/// The decode curve without the points of a context, and those points by usage: %, ITL, throughput.
fn without(text: &str, context: f64) -> (String, Vec<[f64; 3]>) {
    let mut curve: serde_json::Value = serde_json::from_str(text).expect("JSON");
    let columns = ["x_kv_usage", "z_itl", "z_thpt_per_gpu", "y_context_length"];
    let numbers = |key: &str| -> Vec<f64> { serde_json::from_value(curve[key].clone()).expect("numbers") };
    let [usage, itl, rate, contexts] = columns.map(numbers);
    let (of, others): (Vec<usize>, Vec<usize>) = (0..contexts.len()).partition(|at| contexts[*at] == context);
    for (key, list) in columns.into_iter().zip([&usage, &itl, &rate, &contexts]) {
        curve[key] = others.iter().map(|at| list[*at]).collect();
    }
    (curve.to_string(), of.into_iter().map(|at| [usage[at] * 100.0, itl[at], rate[at]]).collect())
}

#[test]
fn a_measured_context_is_foretold_by_its_neighbours() {
    let Some([_, path]) = paths() else { return };
    let text = std::fs::read_to_string(path).expect("the corpus has the curves");
    // ISL and OSL whose context, ISL + OSL ÷ 2, was measured.
    let mut checked = 0;
    for (isl, osl) in [("7000", "186"), ("13800", "72"), ("20500", "158"), ("27300", "44")] {
        let context = isl.parse::<f64>().expect("a number") + osl.parse::<f64>().expect("a number") / 2.0;
        let (rest, measured) = without(&text, context);
        let mut engine = files(&[("decode_raw_data.json", &rest)]);
        let model = show(&mut engine, &asked(&[("isl", isl), ("osl", osl)]));
        let decode = grid(&model, "decode");
        let found: Vec<[f64; 3]> = (0..decode.rows.len())
            .map(|row| ["usage", "itl", "throughput"].map(|column| number(decode, row, column).expect("a figure")))
            .collect();
        for pair in found.windows(2) {
            for point in measured.iter().filter(|point| pair[0][0] <= point[0] && point[0] <= pair[1][0]) {
                // Near enough to the measured usage to go straight from one to the next.
                let share = (point[0] - pair[0][0]) / (pair[1][0] - pair[0][0]);
                for at in 1..3 {
                    let here = pair[0][at] + (pair[1][at] - pair[0][at]) * share;
                    assert!((here / point[at] - 1.0).abs() < 0.06, "{context} {point:?}: {here}");
                }
                checked += 1;
            }
        }
    }
    assert!(checked >= 15, "{checked}");
}

#[test]
fn gpus_that_follow_from_the_profile_are_said_to() {
    let Some(mut engine) = real() else { return };
    let model = show(&mut engine, &asked(&[("isl", "2048"), ("osl", "256")]));
    let decode = grid(&model, "decode");
    assert_eq!((number(decode, 0, "gpus"), cell(decode, 0, "gpus").hint.contains("derived")), (Some(2.0), true));
    assert!(model.notes.iter().any(|note| note.contains("2 GPUs per engine, derived")), "{:?}", model.notes);
    assert!(!model.controls.iter().any(|control| control.key == "decode_gpus"));
    let found = card(&model, "GPUs for");
    assert!(found.detail.contains("1 decode engine (2 GPUs, derived"), "{found:?}");
    assert!(found.detail.contains("GPUs per prefill engine unknown"), "{found:?}");
}

#[test]
fn only_profiled_cache_usages_are_taken() {
    // ITL passes the target of 25 ms between the second and the third usage of one engine, where it would give 1800; the
    // other's 1500 within the target are what was profiled.
    let curve = |usage: [f64; 3], itl: [f64; 3], rate: [f64; 3]| {
        format!(
            "{{\"x_kv_usage\": {usage:?}, \"y_context_length\": [1000, 1000, 1000], \"z_itl\": {itl:?}, \"z_thpt_per_gpu\": {rate:?}}}"
        )
    };
    let [one, other] = [
        curve([0.1, 0.4, 0.9], [10.0, 20.0, 30.0], [500.0, 1200.0, 2400.0]),
        curve([0.1, 0.5, 0.8], [15.0, 24.0, 40.0], [400.0, 1500.0, 1900.0]),
    ];
    let mut engine = files(&[("decode_1gpus_tp1/r.json", &one), ("decode_2gpus_tp2/r.json", &other)]);
    let model = show(&mut engine, &asked(&[("itl", "25"), ("isl", "900"), ("osl", "200")]));
    let decode = grid(&model, "decode");
    let row = |row: usize| {
        let [usage, itl, rate] = ["usage", "itl", "throughput"].map(|column| number(decode, row, column).expect("a figure"));
        (usage, itl, rate, cell(decode, row, "verdict").cell.text.as_str())
    };
    let rows: Vec<_> = (0..decode.rows.len()).map(row).collect();
    let expected = [
        (10.0, 10.0, 500.0, "meets"),
        (40.0, 20.0, 1200.0, "meets"),
        (90.0, 30.0, 2400.0, "misses"),
        (10.0, 15.0, 400.0, "meets"),
        (50.0, 24.0, 1500.0, "chosen"),
        (80.0, 40.0, 1900.0, "misses"),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn what_keeps_no_target_is_said_and_the_fastest_taken() {
    let Some(mut engine) = real() else { return };
    let model = show(&mut engine, &asked(&[("ttft", "100"), ("itl", "5"), ("isl", "3000"), ("osl", "150")]));
    assert!(model.notes.iter().any(|note| note.contains("No prefill engine meets the TTFT target")), "{:?}", model.notes);
    assert!(model.notes.iter().any(|note| note.contains("No decode engine meets the ITL target")), "{:?}", model.notes);
    assert_eq!(card(&model, "TTFT of").tone, Tone::Worse);
    let decode = grid(&model, "decode");
    let itl = |row: usize| number(decode, row, "itl").expect("ITL");
    let fastest = (0..decode.rows.len()).min_by(|a, b| itl(*a).total_cmp(&itl(*b))).expect("rows");
    assert_eq!(cell(decode, fastest, "verdict").cell.text, "chosen");
}

#[test]
fn nothing_is_read_outside_of_what_was_measured() {
    let Some(mut engine) = real() else { return };
    let model = show(&mut engine, &asked(&[("isl", "50000"), ("osl", "150")]));
    assert!(model.grids.is_empty(), "{:?}", model.grids);
    assert_eq!(model.notes.iter().filter(|note| note.contains("not a candidate")).count(), 2, "{:?}", model.notes);
    assert!(model.cards.is_empty());
    // The profiles themselves are still there to see.
    assert!(model.panels.iter().any(|panel| panel.title.starts_with("Prefill: TTFT")));
}

#[test]
fn unknown_gpus_are_not_taken_for_one() {
    let Some(mut engine) = real() else { return };
    let model = show(&mut engine, &asked(&[("isl", "3000"), ("osl", "150"), ("rate", "20")]));
    let found = card(&model, "GPUs for");
    assert!(found.value.starts_with("at least") && found.tone == Tone::Doubt, "{found:?}");
    assert!(model.controls.iter().any(|control| control.key == "prefill_gpus" && control.values.is_empty()));
    // The folder of a candidate says it.
    let Some([prefill, _]) = paths() else { return };
    let text = std::fs::read_to_string(prefill).expect("the corpus has the curves");
    let mut engine = files(&[("prefill_4gpus_tp4/prefill_raw_data.json", &text)]);
    let model = show(&mut engine, &asked(&[("isl", "3000")]));
    assert_eq!(number(grid(&model, "prefill"), 0, "gpus"), Some(4.0));
    assert!(!model.controls.iter().any(|control| control.key == "prefill_gpus"));
    assert!(model.notes.iter().any(|note| note == "No decode engine profile loaded."), "{:?}", model.notes);
}

#[test]
fn of_several_engines_the_most_throughput_within_the_target() {
    let curve = |ttft: f64, throughput: f64| {
        format!(
            "{{\"prefill_isl\": [1000, 3000], \"prefill_ttft\": [{ttft}, {ttft}], \"prefill_thpt_per_gpu\": [{throughput}, {throughput}]}}"
        )
    };
    let engines = [
        ("prefill_1gpus_tp1/r.json", curve(600.0, 900.0)),
        ("prefill_2gpus_tp2/r.json", curve(300.0, 700.0)),
        ("prefill_4gpus_tp4/r.json", curve(200.0, 500.0)),
    ];
    let mut engine = files(&engines.each_ref().map(|(name, text)| (*name, text.as_str())));
    let verdicts = |engine: &mut Engine, target: &str| -> Vec<String> {
        let model = show(engine, &asked(&[("ttft", target), ("isl", "2000")]));
        let grid = grid(&model, "prefill");
        (0..grid.rows.len()).map(|row| cell(grid, row, "verdict").cell.text.clone()).collect()
    };
    assert_eq!(verdicts(&mut engine, "500"), ["misses", "chosen", "meets"]);
    assert_eq!(verdicts(&mut engine, "600"), ["chosen", "meets", "meets"]);
    assert_eq!(verdicts(&mut engine, "100"), ["misses", "misses", "chosen"]);
}

#[test]
fn the_front_and_what_is_taken_are_drawn_and_the_answer_comes_first() {
    let curve = |ttft: f64, rate: f64| {
        format!(
            "{{\"prefill_isl\": [1000, 3000], \"prefill_ttft\": [{ttft}, {ttft}], \"prefill_thpt_per_gpu\": [{rate}, {rate}]}}"
        )
    };
    let prefill = [(1, curve(600.0, 900.0)), (2, curve(300.0, 700.0)), (4, curve(350.0, 650.0))];
    let decode = r#"{"x_kv_usage": [0.1, 0.5, 0.9], "y_context_length": [2500, 2500, 2500], "z_itl": [10, 20, 40],
        "z_thpt_per_gpu": [100, 250, 240]}"#;
    let mut named: Vec<(String, &str)> =
        prefill.iter().map(|(gpus, text)| (format!("prefill_{gpus}gpus_tp{gpus}/r.json"), text.as_str())).collect();
    named.push(("decode_2gpus_tp2/r.json".to_owned(), decode));
    let mut engine = files(&named.iter().map(|(name, text)| (name.as_str(), *text)).collect::<Vec<_>>());
    let model = show(&mut engine, &asked(&[("isl", "2000"), ("osl", "1000"), ("ttft", "300"), ("itl", "30"), ("price", "3.6")]));
    let drawn = |title: &str, id: &str| -> Option<Vec<(f64, f64)>> {
        let panel = model.panels.iter().find(|panel| panel.title.starts_with(title)).unwrap_or_else(|| panic!("no {title}"));
        let series = panel.chart.series.iter().find(|series| series.id == id)?;
        Some(series.points().map(|point| (point.x, point.y)).collect())
    };
    // 350 ms with 650 is beaten by 300 ms with 700; 40 ms with 240 by 20 ms with 250.
    assert_eq!(drawn("Prefill: throughput vs", "front"), Some(vec![(300.0, 700.0), (600.0, 900.0)]));
    assert_eq!(drawn("Decode: throughput vs", "front"), Some(vec![(10.0, 100.0), (20.0, 250.0)]));
    // (2000 ÷ 700 + 1000 ÷ 250) ÷ 3.6 GPU-hours for $3.6 each.
    let usd = 2000.0 / 700.0 + 1000.0 / 250.0;
    let taken = [
        ("Prefill: TTFT by", (2000.0, 300.0), "input 2000 · chosen 300"),
        ("Prefill: throughput by", (2000.0, 700.0), "input 2000 · chosen 700"),
        ("Decode: ITL by", (50.0, 20.0), "chosen 50"),
        ("Prefill: throughput vs", (300.0, 700.0), "chosen 300"),
        ("Decode: throughput vs", (20.0, 250.0), "chosen 20"),
        ("Cost vs", (50.0, usd), "chosen 50"),
    ];
    assert_eq!(model.panels.len(), taken.len());
    for (title, (x, y), rule) in taken {
        let found = drawn(title, "taken").unwrap_or_else(|| panic!("{title}: nothing is marked"));
        assert_eq!(found.len(), 1, "{title}");
        same(found[0].0, x, title);
        same(found[0].1, y, title);
        let panel = model.panels.iter().find(|panel| panel.title.starts_with(title)).expect("found above");
        assert!(panel.chart.rules.iter().any(|one| one.upright && one.label == rule), "{title}: {:?}", panel.chart.rules);
    }
    assert!(model.cards_first);
    let labels: Vec<&str> = model.cards.iter().map(|card| card.label.as_str()).collect();
    assert!(labels[0].starts_with("GPUs for") && labels[1].starts_with("Cost per"), "{labels:?}");
}

#[test]
fn a_filter_of_one_side_leaves_the_other_side_alone() {
    let prefill = r#"{"prefill_isl": [1000, 4000], "prefill_ttft": [100, 400], "prefill_thpt_per_gpu": [10000, 10000]}"#;
    let decode =
        r#"{"x_kv_usage": [0.1, 0.5], "y_context_length": [2500, 2500], "z_itl": [10, 20], "z_thpt_per_gpu": [100, 250]}"#;
    let paths =
        ["prefill_1gpus_tp1", "prefill_2gpus_tp2", "decode_2gpus_tp2", "decode_4gpus_tp4"].map(|name| format!("{name}/r.json"));
    let texts = [prefill, prefill, decode, decode];
    let mut engine = files(&paths.iter().map(String::as_str).zip(texts).collect::<Vec<_>>());
    let mut planned = |filters: &str| {
        let query = format!("?v=1&view=planner&o.isl=2000&o.osl=1000{filters}");
        let model = show(&mut engine, &inferscope::state::link::decode(&query).0);
        let engines = |key: &str| -> Vec<String> {
            let rows = model.grids.iter().find(|grid| grid.key == key).map(|grid| &grid.rows);
            let mut names: Vec<String> = rows.into_iter().flatten().map(|row| row[0].cell.text.clone()).collect();
            names.dedup();
            names
        };
        (engines("prefill"), engines("decode"), model)
    };
    let (prefills, decodes) = (["prefill TP1", "prefill TP2"], ["decode TP2", "decode TP4"]);
    let (found_prefill, found_decode, _) = planned("");
    assert_eq!((found_prefill, found_decode), (prefills.map(str::to_owned).to_vec(), decodes.map(str::to_owned).to_vec()));

    let (found_prefill, found_decode, model) = planned("&f.decode_tp=4");
    assert_eq!((found_prefill, found_decode), (prefills.map(str::to_owned).to_vec(), vec!["decode TP4".to_owned()]));
    assert!(!model.notes.iter().any(|note| note.contains("profile loaded")), "{:?}", model.notes);
    // Four points of two prefill engines, two of the decode engine; the other side can still be filtered.
    assert_eq!(model.total, 6);
    let facet = model.facets.iter().find(|facet| facet.key == "prefill_tp").expect("a facet");
    let counts: Vec<(&str, usize)> = facet.values.iter().map(|value| (value.value.as_str(), value.count)).collect();
    assert_eq!(counts, [("1", 2), ("2", 2), ("", 2)]);

    let (found_prefill, found_decode, _) = planned("&f.decode_tp=4&f.prefill_gpus=2");
    assert_eq!((found_prefill, found_decode), (vec!["prefill TP2".to_owned()], vec!["decode TP4".to_owned()]));

    let (found_prefill, _, model) = planned("&f.role=decode");
    assert!(found_prefill.is_empty());
    assert!(
        model.notes.iter().any(|note| note == "The current filters exclude every prefill engine profile."),
        "{:?}",
        model.notes
    );
}

#[test]
fn limits_of_the_service_level_are_the_targets_until_others_are_entered() {
    let Some(mut engine) = real() else { return };
    let limits = |query: &str| inferscope::state::link::decode(query).0;
    let model = show(&mut engine, &limits("?v=1&view=planner&slo.ttft.p95=321&slo.tpot.mean=17"));
    let value = |model: &ViewModel, key: &str| {
        model.controls.iter().find(|control| control.key == key).and_then(|control| control.values.first().cloned())
    };
    assert_eq!((value(&model, "ttft").as_deref(), value(&model, "itl").as_deref()), (Some("321"), Some("17")));
    assert_eq!(value(&model, "isl").as_deref(), Some("3000"));
    let model = show(&mut engine, &limits("?v=1&view=planner&slo.ttft.p95=321&o.ttft=400"));
    assert_eq!(value(&model, "ttft").as_deref(), Some("400"));
}

#[test]
fn candidates_of_the_profilers_page_are_planned_with_at_their_own_lengths() {
    let text = std::fs::read_to_string(root().join("tests/fixtures/dynamo/made/webui_data.json")).expect("the fixture");
    let mut engine = files(&[("out/webui_data.json", text.as_str())]);
    let targets = [("ttft", "250"), ("itl", "15"), ("rate", "20"), ("price", "3")];
    let model = show(&mut engine, &asked(&targets));
    // The lengths of the profile are asked for unless others are entered.
    assert!(model.sentence.contains("3000") && model.sentence.contains("150"), "{}", model.sentence);
    let taken = |key: &str| {
        let grid = grid(&model, key);
        let row =
            (0..grid.rows.len()).find(|row| cell(grid, *row, "verdict").cell.text.contains("chosen")).expect("one is taken");
        number(grid, row, "throughput").expect("a throughput")
    };
    assert_eq!((taken("prefill"), taken("decode")), (6180.25, 402.0));
    // 20 × 3000 ÷ (2 × 6180.25) = 4.85 and 20 × 150 ÷ (2 × 402) = 3.73: five engines of two GPUs, and four.
    assert_eq!(card(&model, "GPUs for").value, "18");
    // (3000 ÷ 6180.25 + 150 ÷ 402) × 1000 ÷ 3600 × $3 = $0.7155
    assert!(card(&model, "Cost").value.contains("0.715"), "{}", card(&model, "Cost").value);

    let other = show(&mut engine, &asked(&[("isl", "2000")]));
    assert!(other.notes.iter().any(|note| note.contains("measured only at ISL 3,000")), "{:?}", other.notes);
}
