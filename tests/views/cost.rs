//! Cost: golden figures and traps of `../shared/formats/rhaiis.md` (§7, §4.2), and pandas over the demo data.

use std::collections::BTreeMap;

use inferscope::record::{LoadKind, Stat};
use inferscope::state::link::{decode, encode};
use inferscope::state::{Axis, Limit, ViewState};
use inferscope::view_model::{Entry, Tone, ViewModel};

use super::{cell, demo, files, grid, number, reference, same, show, state, table};

fn figure(metric: &str, stat: Stat) -> Axis {
    Axis::Figure { metric: metric.to_owned(), stat }
}

fn usual(stat: Stat) -> Vec<Limit> {
    vec![
        Limit { of: figure("ttft", stat), bound: 4000.0 },
        Limit { of: figure("itl", stat), bound: 65.0 },
        Limit { of: Axis::Load(LoadKind::Concurrency), bound: 300.0 },
    ]
}

fn plain() -> ViewState {
    state("capacity", &[], &[])
}

fn usd(model: &ViewModel, row: usize) -> f64 {
    number(grid(model, "cost"), row, "usd_output").expect("a price")
}

fn near(found: f64, expected: f64) {
    assert!((found / expected - 1.0).abs() < 5e-5, "{found}, not {expected}");
}

#[test]
fn golden_prices_tp_tpu_and_dp() {
    let one = |row: &str| {
        let model = show(&mut table(&[row]), &plain());
        assert_eq!(grid(&model, "cost").rows.len(), 1, "{:?}", model.notes);
        model
    };
    let tp4 = one("version=A, TP=4, intended concurrency=100, output_tok/sec=5000, total_tok/sec=10000, measured rps=5");
    near(usd(&tp4, 0), 1.1561);
    same(number(grid(&tp4, "cost"), 0, "minutes").expect("minutes"), 100.0 / 60.0, "minutes");
    same(number(grid(&tp4, "cost"), 0, "usd_total").expect("total"), usd(&tp4, 0) / 2.0, "per 1M total");
    near(usd(&one("accelerator=TPU, version=A, TP=4, intended concurrency=100, output_tok/sec=2000"), 0), 1.5);
    // A data-parallel replica of four pays for half an instance; the reference makes it pay the whole, 1.4451.
    near(usd(&one("version=A, DP=4, intended concurrency=100, output_tok/sec=8000"), 0), 0.7226);
    // TP2 × DP2 are four GPUs, not two.
    let both = one("version=A, TP=2, DP=2, intended concurrency=100, output_tok/sec=5000");
    near(usd(&both, 0), 1.1561);
    assert_eq!(cell(grid(&both, "cost"), 0, "layout").cell.text, "TP2 · DP2");
    // Twelve GPUs need two instances, of which four GPUs idle.
    let wide = one("version=A, TP=4, DP=3, intended concurrency=100, output_tok/sec=1000000");
    let paid = ["gpus_used", "gpus_paid", "instances"].map(|key| number(grid(&wide, "cost"), 0, key));
    assert_eq!(paid, [Some(12.0), Some(16.0), Some(2.0)]);
    near(usd(&wide, 0), 2.0 * 41.62 / 3600.0);
}

/// §4.2-1: the reference takes the level of the best compliant row, then the fastest row of any version at that level.
#[test]
fn what_does_not_comply_cannot_win_and_lends_nothing() {
    let mut engine = table(&[
        "version=A, TP=8, intended concurrency=50, output_tok/sec=1000, ttft_p95=900, itl_p95=20",
        "version=A, TP=8, intended concurrency=100, output_tok/sec=2000, ttft_p95=1000, itl_p95=30",
        "version=A, TP=8, intended concurrency=400, output_tok/sec=3000, ttft_p95=1000, itl_p95=30",
        "version=B, TP=8, intended concurrency=100, output_tok/sec=9000, ttft_p95=9000, itl_p95=30",
        "version=C, TP=8, intended concurrency=100, output_tok/sec=9500, ttft_p95=100, itl_p95=30, successful_requests=60, errored_requests=40",
        "version=D, TP=8, intended concurrency=100, output_tok/sec=9900, itl_p95=30",
    ]);
    let model = show(&mut engine, &ViewState { slo: usual(Stat::P95), ..plain() });
    let ranking = grid(&model, "cost");
    assert_eq!(ranking.rows.len(), 1);
    assert_eq!(cell(ranking, 0, "version").cell.text, "A");
    let shown = ["load", "output_tps", "ttft.p95", "itl.p95"].map(|key| number(ranking, 0, key));
    assert_eq!(shown, [Some(100.0), Some(2000.0), Some(1000.0), Some(30.0)]);
    near(usd(&model, 0), 41.62 / 3600.0 * 500.0);

    let unranked = grid(&model, "unranked");
    let why: BTreeMap<&str, &str> = (0..unranked.rows.len())
        .map(|row| (cell(unranked, row, "version").cell.text.as_str(), cell(unranked, row, "why").cell.text.as_str()))
        .collect();
    assert!(why["B"].contains("P95 TTFT 9000 ms, limit 4000 ms"), "{why:?}");
    assert!(why["C"].contains("40% of requests failed, limit 1%"), "{why:?}");
    assert!(why["D"].contains("P95 TTFT is missing"), "{why:?}");
    // Without limits the fastest that did not fail wins, at every load.
    let free = show(&mut engine, &plain());
    let versions: Vec<&str> = (0..3).map(|row| cell(grid(&free, "cost"), row, "version").cell.text.as_str()).collect();
    assert_eq!(versions, ["D", "B", "A"]);
    assert_eq!(number(grid(&free, "cost"), 2, "load"), Some(400.0));
}

#[test]
fn unknown_gpus_and_missing_prices_are_said_and_not_ranked() {
    let mut engine = table(&[
        "version=A, intended concurrency=100, output_tok/sec=2000",
        "version=B, accelerator=B300, TP=4, intended concurrency=100, output_tok/sec=2000",
        "version=C, accelerator=B300, TP=4, intended concurrency=100, output_tok/sec=2000",
        "version=D, TP=4, intended concurrency=100, output_tok/sec=2000",
    ]);
    let model = show(&mut engine, &plain());
    assert_eq!(grid(&model, "cost").rows.len(), 1);
    assert_eq!(cell(grid(&model, "cost"), 0, "version").cell.text, "D");
    let unranked = grid(&model, "unranked");
    assert!(cell(unranked, 0, "why").cell.text.starts_with("GPU count unknown"));
    assert_eq!(cell(unranked, 0, "version").cell.text, "A");
    assert!(cell(unranked, 1, "why").cell.text.starts_with("no price for B300"));
    assert_eq!(number(unranked, 1, "configurations"), Some(2.0));
    assert!(model.notes.iter().any(|note| note.starts_with("3 of 4 configurations not ranked")), "{:?}", model.notes);

    // What lacks a price is asked for at the top.
    let asked: Vec<(&str, usize)> = model.asks.iter().map(|ask| (ask.label.as_str(), ask.missing)).collect();
    assert!(asked.contains(&("Price of B300", 2)), "{asked:?}");
    let ask = model.asks.iter().find(|ask| ask.label == "Price of B300").and_then(|ask| ask.edit.clone()).expect("a link");
    let answered = show(&mut engine, &decode(&ask.replace("{value}", "6")).0);
    assert_eq!(grid(&answered, "cost").rows.len(), 3);
    assert!(answered.asks.iter().all(|ask| ask.edit.is_none()), "it is not asked for again");
    let model = show(&mut engine, &plain());

    // The place offered for the missing price, followed as the page follows it.
    let prices = grid(&model, "prices");
    let row = (0..prices.rows.len()).find(|row| cell(prices, *row, "accelerator").cell.text == "B300").expect("B300");
    let edit = cell(prices, row, "usd_hour").edit.clone().expect("editable");
    let (priced, notes) = decode(&edit.replace("{value}", "6"));
    assert_eq!(notes, Vec::<String>::new());
    let model = show(&mut engine, &priced);
    assert_eq!(grid(&model, "cost").rows.len(), 3);
    // Four single GPUs at $6: $24 an hour for 2000 tok/s.
    same(usd(&model, 1), 24.0 / 3600.0 * 500.0, "B300");
}

#[test]
fn the_plot_is_logarithmic_where_costs_or_loads_are_far_apart() {
    let logs = |low: (u32, u32), high: (u32, u32)| {
        let row = |(load, tps)| format!("version=A, accelerator=H200, TP=1, intended concurrency={load}, output_tok/sec={tps}");
        let model = show(&mut table(&[&row(low), &row(high)]), &plain());
        let chart = &model.panels[0].chart;
        (chart.x.log, chart.y.log)
    };
    assert_eq!(logs((1, 50), (100, 4000)), (true, true));
    assert_eq!(logs((50, 50), (100, 4000)), (false, true));
    assert_eq!(logs((50, 2000), (100, 4000)), (false, false));
}

#[test]
fn nothing_is_asked_for_where_no_token_is_counted() {
    // TTFT alone: an accelerator, its number and its price would make no cost of it.
    let asks = |column: &str| {
        show(&mut table(&[&format!("version=A, accelerator=, TP=, intended concurrency=8, {column}=50")]), &plain()).asks
    };
    assert_eq!(asks("ttft_p95"), []);
    assert!(!asks("output_tok/sec").is_empty());
}

#[test]
fn a_price_in_the_link_changes_the_figures_and_can_be_taken_back() {
    let mut engine = table(&["version=A, TP=4, intended concurrency=100, output_tok/sec=5000"]);
    let model = show(&mut engine, &plain());
    let before = usd(&model, 0);
    let prices = grid(&model, "prices");
    let row = (0..prices.rows.len()).find(|row| cell(prices, *row, "accelerator").cell.text == "H200").expect("H200");
    assert_eq!(number(prices, row, "used"), Some(1.0));
    let edit = cell(prices, row, "usd_hour").edit.clone().expect("editable");
    let (halved, _) = decode(&edit.replace("{value}", "20.81"));
    assert_eq!(decode(&encode(&halved)).0, halved, "the price stays in the link");
    let model = show(&mut engine, &halved);
    same(usd(&model, 0), before / 2.0, "half the price");
    let source = cell(grid(&model, "prices"), row, "source").clone();
    assert_eq!((source.cell.text.as_str(), source.tone), ("set on this page", Tone::Doubt));
    let model = show(&mut engine, &decode(&source.link.expect("a way back")).0);
    same(usd(&model, 0), before, "taken back");

    // Another provider in the last row: cheaper per GPU-hour, so it holds; the other is a choice away.
    let entry = grid(&model, "prices").entry.clone().expect("a row to add one");
    let columns: Vec<&str> = entry.fields.iter().map(|field| field.column.as_str()).collect();
    assert_eq!(columns, ["accelerator", "provider", "instance", "gpus", "usd_hour"]);
    assert!(entry.fields[0].choices.iter().any(|name| name == "H200"), "{:?}", entry.fields[0].choices);
    let (added, notes) = decode(&entry.filled(&["H200", "Nebula", "pod x4", "4", "10"].map(str::to_owned)));
    assert_eq!(notes, Vec::<String>::new());
    assert_eq!(added, decode(&format!("{}&price=H200%7CNebula+pod+x4%7C4%7C10", encode(&plain()))).0, "as older links say it");
    // Names with bars and blanks, and no names at all.
    let odd = decode(&entry.filled(&["H|2", "My cloud", "a|b c", "2", "1.5"].map(str::to_owned))).0;
    let price = &odd.prices[0];
    assert_eq!((&*price.accelerator, &*price.provider, &*price.instance, price.gpus), ("H|2", "My cloud", "a|b c", 2));
    let bare = decode(&entry.filled(&["H200", "", "", "1", "3"].map(str::to_owned))).0;
    assert_eq!((&*bare.prices[0].provider, &*bare.prices[0].instance, bare.prices[0].usd_per_hour), ("", "", 3.0));
    let model = show(&mut engine, &added);
    same(usd(&model, 0), 10.0 / 3600.0 * 200.0, "Nebula");
    assert_eq!(cell(grid(&model, "cost"), 0, "instance").cell.text, "Nebula pod x4");
    let control = model.controls.iter().find(|control| control.key == "provider").expect("providers");
    let Entry::Select(choices) = &control.entry else { panic!("one provider") };
    assert!(["cheapest", "AWS", "Nebula"].iter().all(|name| choices.iter().any(|choice| choice.value == *name)));
    let model = show(&mut engine, &added.clone().with_option("provider", &["AWS"]));
    same(usd(&model, 0), before, "AWS");
    let model = show(&mut engine, &added.with_option("provider", &["Azure"]));
    assert!(cell(grid(&model, "unranked"), 0, "why").cell.text.starts_with("no price from Azure for H200"));
}

#[test]
fn capacity_needs_whole_replicas_in_whole_instances() {
    let mut engine =
        table(&["version=A, TP=4, intended concurrency=100, measured concurrency=90, output_tok/sec=5000, measured rps=5"]);
    let ask = |engine: &mut _, target: &str, unit: &str| {
        let model = show(engine, &state("capacity", &[], &[("target", target), ("target_unit", unit)]));
        let capacity = grid(&model, "capacity");
        ["replicas", "instances", "gpus_used", "gpus_paid", "usd_month"].map(|key| number(capacity, 0, key).expect("planned"))
    };
    // 450 in flight over 90 as measured, not over 100 as asked for.
    let [replicas, instances, used, paid, month] = ask(&mut engine, "450", "concurrency");
    assert_eq!((replicas, instances, used, paid), (5.0, 3.0, 20.0, 24.0));
    same(month, 3.0 * 41.62 * 730.0, "per month");
    assert_eq!(ask(&mut engine, "20", "rps")[0], 4.0);
    assert_eq!(ask(&mut engine, "5001", "output_tps")[0], 2.0);
}

#[test]
fn the_usual_limits_are_one_click_away() {
    let mut engine = demo();
    let first = show(&mut engine, &ViewState { view: "capacity".to_owned(), ..ViewState::default() });
    assert_eq!(first.state.selection()["profile"].iter().collect::<Vec<_>>(), ["Balanced (1k/1k)"]);
    let card = first.cards.iter().find(|card| card.label == "SLO").expect("the card");
    let link = card.evidence.first().and_then(|first| first.link.clone()).expect("a link");
    let target = decode(&link).0;
    assert_eq!(target.slo, usual(Stat::P95));
    let limited = show(&mut engine, &target);
    assert!(grid(&limited, "cost").rows.len() > 20 && limited.empty.is_none());
    assert_eq!(limited.panels.len(), 1);
    let bars = show(&mut engine, &target.with_option("chart", &["bars"]));
    let chart = &bars.panels[0].chart;
    let names = chart.y.ticks.as_ref().expect("names");
    assert_eq!(names.len(), chart.series[0].points().count());
    same(chart.series[0].x().next().unwrap_or(f64::NAN), usd(&bars, 0), "the first bar");
    // Each row leads to its measurement, and to it alone.
    let data = show(&mut engine, &decode(cell(grid(&bars, "cost"), 0, "load").link.as_ref().expect("a link")).0);
    assert_eq!((data.state.view.as_str(), data.total), ("data", 1));
}

#[test]
fn every_figure_of_the_demo_agrees_with_pandas() {
    let mut engine = demo();
    for (percentile, stat, limits) in [
        ("p95", Stat::P95, ["-", "-", "-"]),
        ("p95", Stat::P95, ["4000", "65", "300"]),
        ("p99", Stat::P99, ["1500", "25", "400"]),
        ("median", Stat::P50, ["300", "12.5", "-"]),
    ] {
        let of = [figure("ttft", stat), figure("itl", stat), Axis::Load(LoadKind::Concurrency)];
        let limit = |(of, bound): (Axis, &str)| Some(Limit { of, bound: bound.parse().ok()? });
        let slo = of.into_iter().zip(limits).filter_map(limit).collect();
        let asked = ViewState { slo, stat: Some(stat), ..state("capacity", &[("profile", "Balanced (1k/1k)")], &[]) };
        let model = show(&mut engine, &asked);
        let expected = reference("cost.py", &[percentile, limits[0], limits[1], limits[2]]);
        let (ranking, capacity) = (grid(&model, "cost"), grid(&model, "capacity"));
        assert_eq!(ranking.rows.len() as u64, expected["ranked"].as_u64().expect("a count"), "{percentile} {limits:?}");
        let key = |grid, row| {
            ["model", "accelerator", "version", "layout", "load"].map(|key| cell(grid, row, key).cell.exact.clone()).join("|")
        };
        // The ranking is in the order of price: rows that share a name come in it, too.
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let mut last = 0.0;
        for row in 0..ranking.rows.len() {
            let key = key(ranking, row);
            let nth = seen.entry(key.clone()).or_default();
            let figures = expected["rows"][&key][*nth].as_object().unwrap_or_else(|| panic!("pandas has no {key} ({nth})"));
            *nth += 1;
            for (name, value) in figures.iter().filter(|(name, _)| !matches!(name.as_str(), "replicas_for_1000" | "usd_month")) {
                match (value.as_f64(), number(ranking, row, name)) {
                    (Some(expected), Some(found)) => same(found, expected, &format!("{key}: {name}")),
                    (expected, found) => assert_eq!(found, expected, "{key}: {name}"),
                }
            }
            assert!(usd(&model, row) >= last);
            last = usd(&model, row);
        }
        // Capacity for the default thousand in flight; where names are shared, the months are compared as a set.
        let mut months: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for row in 0..capacity.rows.len() {
            months.entry(key(capacity, row)).or_default().push(number(capacity, row, "usd_month").expect("a month"));
        }
        for (key, mut found) in months {
            let rows = expected["rows"][&key].as_array().expect("rows");
            let mut expected: Vec<f64> = rows.iter().map(|row| row["usd_month"].as_f64().expect("a month")).collect();
            found.sort_by(f64::total_cmp);
            expected.sort_by(f64::total_cmp);
            assert_eq!(found.len(), expected.len());
            found.iter().zip(&expected).for_each(|(found, expected)| same(*found, *expected, &key));
        }
        let unranked: f64 = model
            .grids
            .iter()
            .filter(|grid| grid.key == "unranked")
            .map(|grid| (0..grid.rows.len()).filter_map(|row| number(grid, row, "configurations")).sum::<f64>())
            .sum();
        assert_eq!(ranking.rows.len() as f64 + unranked, expected["configurations"].as_f64().expect("a count"));
    }
}

#[test]
fn the_answer_is_graded_by_the_guideline() {
    let card = |rows: &[&str]| {
        let model = show(&mut table(rows), &plain());
        model.cards.into_iter().find(|card| card.label == "srt-slurm guideline")
    };
    // 5000 tok/s over 4 GPUs is good; a P99 TTFT of 700 ms is between 500 and 1000.
    let found = card(&["version=A, TP=4, intended concurrency=100, output_tok/sec=5000, ttft_p99=700"]).expect("a card");
    assert_eq!((found.value.as_str(), found.tone), ("acceptable", Tone::Similar));
    let told: Vec<(&str, Tone)> = found.evidence.iter().map(|one| (one.text.as_str(), one.tone)).collect();
    assert_eq!(
        told,
        [
            ("P99 TTFT 700 ms: acceptable (good < 500, acceptable ≤ 1000)", Tone::Similar),
            ("Output throughput per GPU 1250 tok/s/GPU: good (good > 200, acceptable ≥ 100)", Tone::Better),
        ]
    );
    assert!(found.detail.ends_with("2 of its 5 figures known"), "{}", found.detail);
    assert!(found.method.contains("Model, hardware and lengths move"), "{}", found.method);
    let found = card(&["version=A, TP=4, intended concurrency=100, output_tok/sec=300, ttft_p99=400"]).expect("a card");
    assert_eq!((found.value.as_str(), found.tone), ("concerning", Tone::Worse), "75 tok/s per GPU");
}

/// The fastest is that of a whole instance: of how many replicas is said.
#[test]
fn the_fastest_says_of_how_many_replicas() {
    let model = show(&mut table(&["version=A, TP=4, intended concurrency=100, output_tok/sec=5000"]), &plain());
    let fastest = model.cards.iter().find(|card| card.label == "Fastest").expect("a card");
    assert!(fastest.detail.starts_with("2 replicas × 5,000 tok/s in one instance: "), "{}", fastest.detail);
    let whole = show(&mut table(&["version=A, TP=8, intended concurrency=100, output_tok/sec=5000"]), &plain());
    let fastest = whole.cards.iter().find(|card| card.label == "Fastest").expect("a card");
    assert!(!fastest.detail.contains("replica"), "{}", fastest.detail);
}

/// What cannot be priced, or keeps no limit, is still drawn: its throughput.
#[test]
fn without_a_price_the_throughput_is_drawn() {
    let rows = ["8", "16", "32"].map(|load| {
        format!("version=A, accelerator=, TP=, intended concurrency={load}, output_tok/sec={load}00, ttft_p95=9000, itl_p95=20")
    });
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    for view in ["capacity", "capacity/energy"] {
        for slo in [Vec::new(), usual(Stat::P95)] {
            let model = show(&mut table(&rows), &ViewState { slo, ..state(view, &[], &[]) });
            let [panel] = model.panels.as_slice() else { panic!("{view}: {} panels", model.panels.len()) };
            assert_eq!(panel.chart.y.title, "Output throughput", "{view}");
            let drawn: Vec<f64> = panel.chart.series.iter().flat_map(|series| series.points()).map(|point| point.y).collect();
            assert_eq!(drawn.len(), 3, "{view}: {drawn:?}");
            assert!(model.notes.iter().any(|note| note.contains("without limits")), "{view}: {:?}", model.notes);
        }
    }
}

/// Two machines that only their names tell apart have an accelerator each.
#[test]
fn each_machine_is_asked_about() {
    let text =
        |tps: u32| super::rhaiis(&[&format!("version=A, accelerator=, TP=1, intended concurrency=8, output_tok/sec={tps}")]);
    let (one, other) = (text(100), text(200));
    let model = show(&mut files(&[("boxa-c8.csv", &one), ("boxb-c8.csv", &other)]), &plain());
    let asked: Vec<(&str, Vec<String>)> = model.asks.iter().map(|ask| (ask.label.as_str(), ask.paths.clone())).collect();
    let expected =
        [("Accelerator of boxa", vec!["boxa-c8.csv".to_owned()]), ("Accelerator of boxb", vec!["boxb-c8.csv".to_owned()])];
    assert_eq!(asked, expected);
    let repeats = show(&mut files(&[("box-run1.csv", &one), ("box-run2.csv", &other)]), &plain());
    assert_eq!(repeats.asks.len(), 1, "{:?}", repeats.asks);
}
