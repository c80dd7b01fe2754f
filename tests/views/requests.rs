//! Requests, one by one: AIPerf's own, and made ones whose slow requests have something in common.

use inferscope::engine::Engine;
use inferscope::record::{Kind, Stat};
use inferscope::state::link::decode;
use inferscope::state::{Axis, Limit};
use inferscope::view_model::{Entry, Mark, ViewModel};

use super::{cell, files, grid, number, reference, root, same, show, state};

fn titles(model: &ViewModel) -> Vec<&str> {
    model.panels.iter().map(|panel| panel.title.as_str()).collect()
}

fn note<'a>(model: &'a ViewModel, part: &str) -> &'a str {
    model.notes.iter().find(|note| note.contains(part)).unwrap_or_else(|| panic!("no “{part}” in {:?}", model.notes))
}

fn headline(model: &ViewModel) -> &str {
    model.headline.as_ref().map_or("", |headline| headline.text.as_str())
}

const REQUESTS: &str = "tests/fixtures/aiperf/0.13.0/requests.jsonl";

fn requests() -> Engine {
    let text = std::fs::read_to_string(root().join(REQUESTS)).expect("the fixture is there");
    files(&[("run/profile_export.jsonl", &text)])
}

#[test]
fn figures_of_requests_are_those_of_python() {
    let path = root().join(REQUESTS).display().to_string();
    let expected = reference("latency.py", &[&path]);
    let mut engine = requests();
    let model = show(&mut engine, &state("requests", &[], &[("charts", "histogram"), ("bins", "7")]));
    assert_eq!(model.of, Some(Kind::Request));
    let figures = grid(&model, "requests");
    let rows = expected["latencies"].as_object().expect("an object");
    assert_eq!(figures.rows.len(), rows.len());
    for row in 0..figures.rows.len() {
        let name = cell(figures, row, "latency").cell.text.clone();
        for (column, value) in rows[&name].as_object().expect("figures") {
            same(number(figures, row, column).expect("a figure"), value.as_f64().expect("a number"), &format!("{name} {column}"));
        }
    }
    let bins: Vec<f64> = model.panels[0].chart.series[0].y().collect();
    let counts: Vec<f64> = expected["bins"].as_array().expect("a list").iter().filter_map(serde_json::Value::as_f64).collect();
    assert_eq!(bins, counts);
    let in_flight = model.cards.iter().find(|card| card.label == "Requests in flight").expect("a card");
    let mean: f64 = in_flight.value.parse().expect("a number");
    let exact = expected["in_flight"].as_f64().expect("a number");
    assert!((mean / exact - 1.0).abs() < 5e-3, "{mean} is not {exact}");
}

#[test]
fn every_chart_of_requests_has_its_points() {
    let mut engine = requests();
    let charts = ["histogram", "cdf", "lengths", "time", "inflight", "bars"];
    let options: Vec<(&str, &str)> = charts.iter().map(|chart| ("charts", *chart)).collect();
    let model = show(&mut engine, &state("requests", &[], &options));
    assert_eq!(
        titles(&model),
        [
            "TTFT over time",
            "TTFT over input length",
            "TTFT: histogram",
            "Requests in flight",
            "TTFT: CDF",
            "Requests from start to last token",
        ]
    );
    let marks: Vec<&Mark> = model.panels.iter().map(|panel| &panel.chart.series[0].mark).collect();
    assert!(matches!(marks[1..4], [Mark::Dots(_), Mark::Histogram(_), Mark::Curve(_)]));
    // A point tells its request.
    let card = engine.point(1, 0, 0).expect("a card");
    assert_eq!(card.origins.len(), 1);
    assert!(card.origins[0].contains("profile_export.jsonl, line "), "{:?}", card.origins);
    assert_eq!(engine.rows(0, 9).len(), model.total);
}

#[test]
fn failed_requests_count_but_have_no_latency() {
    let line = |start: u64, status: &str| {
        format!(
            "{{\"metadata\":{{\"request_start_ns\":{start},\"request_end_ns\":{},\"benchmark_phase\":\"profiling\"}},\"metrics\":{{\"time_to_first_token\":{{\"value\":{},\"unit\":\"ms\"}},\"request_latency\":{{\"value\":500,\"unit\":\"ms\"}}}},\"error\":{status}}}",
            start + 500_000_000,
            start % 1000
        )
    };
    let failed = "{\"type\":\"Timeout\",\"message\":\"\"}";
    let lines = [
        line(1_700_000_000_000_000_100, "null"),
        line(1_700_000_000_250_000_300, "null"),
        line(1_700_000_000_500_000_900, failed),
    ];
    let mut engine = files(&[("run/profile_export.jsonl", &lines.join("\n"))]);
    let model = show(&mut engine, &state("requests", &[], &[]));
    note(&model, "1 request failed: counted");
    let figures = grid(&model, "requests");
    assert_eq!((number(figures, 0, "count"), number(figures, 0, "max")), (Some(2.0), Some(300.0)));
    // Two requests of half a second, a quarter apart: one second of work in three quarters.
    let in_flight = model.cards.iter().find(|card| card.label == "Requests in flight").expect("a card");
    assert_eq!((in_flight.value.as_str(), model.total), ("1.33", 3));
}

#[test]
fn a_hundred_thousand_requests_are_sampled_and_told() {
    let mut text = String::new();
    for request in 0..150_000_u64 {
        let start = 1_700_000_000_000_000_000 + request * 1_000_000;
        text.push_str(&format!(
            "{{\"metadata\":{{\"request_start_ns\":{start},\"benchmark_phase\":\"profiling\"}},\"metrics\":{{\"time_to_first_token\":{{\"value\":{},\"unit\":\"ms\"}},\"request_latency\":{{\"value\":100,\"unit\":\"ms\"}}}},\"error\":null}}\n",
            request % 977
        ));
    }
    let mut engine = files(&[("run/profile_export.jsonl", &text)]);
    let model = show(&mut engine, &state("requests", &[], &[("charts", "time")]));
    assert_eq!(note(&model, "is drawn"), "Every 2nd request of 150000 is drawn; statistics use all of them.");
    assert_eq!(model.panels[0].chart.series[0].points().count(), 75_000);
    assert_eq!(number(grid(&model, "requests"), 0, "count"), Some(150_000.0));
    let in_flight = model.cards.iter().find(|card| card.label == "Requests in flight").expect("a card");
    assert_eq!(in_flight.value, "99.9");
}

/// A request of AIPerf's: start in ms, TTFT and length in tokens.
fn request(start: u64, ttft: f64, input: u32) -> String {
    format!(
        "{{\"metadata\":{{\"request_start_ns\":{},\"benchmark_phase\":\"profiling\"}},\"metrics\":{{\"time_to_first_token\":{{\"value\":{ttft},\"unit\":\"ms\"}},\"input_sequence_length\":{{\"value\":{input},\"unit\":\"tokens\"}},\"request_latency\":{{\"value\":500,\"unit\":\"ms\"}}}},\"error\":null}}\n",
        1_700_000_000_000_000_000 + start * 1_000_000
    )
}

/// 1000 requests, ten a second; those of the first second are slow.
fn burst() -> Engine {
    let text: String = (0..1000)
        .map(|i| request(i * 100, if i < 10 { 900.0 + i as f64 } else { 50.0 + (i % 7) as f64 }, 100 + (i * 37 % 400) as u32))
        .collect();
    files(&[("run/profile_export.jsonl", &text)])
}

#[test]
fn what_the_slowest_have_in_common_is_the_headline() {
    let mut engine = burst();
    let model = show(&mut engine, &state("requests", &[], &[]));
    // The quartiles of the quick ones are 51 and 55: the fence is 55 + 3 × 4.
    assert_eq!(
        headline(&model),
        "10 requests, far slower than the rest (TTFT over 67 ms): all started in the first 900 ms of the run."
    );
    let (step, link) = &model.steps[0];
    assert_eq!(step, "Select them");
    let selected = show(&mut engine, &decode(link).0);
    assert_eq!(selected.total, 10, "the table lists the selected");
    let first: f64 = engine.rows(0, 1)[0]
        .iter()
        .find(|cell| cell.text == "909")
        .expect("the slowest comes first")
        .exact
        .parse()
        .expect("a number");
    assert_eq!(first, 909.0);
    let facts = grid(&selected, "in-common");
    assert_eq!((number(facts, 0, "inside"), number(facts, 0, "share")), (Some(10.0), Some(100.0)));
    // The others are faint; the histogram and the requests in flight are of all.
    let marks: Vec<(bool, usize)> = selected.panels[0]
        .chart
        .series
        .iter()
        .map(|series| (matches!(series.mark, Mark::Dots(_)), series.points().count()))
        .collect();
    assert_eq!(marks, [(false, 990), (true, 10)]);
}

#[test]
fn a_box_selects_and_several_conditions_hold_together() {
    let mut engine = burst();
    let boxed = |texts: &[&str]| {
        let options: Vec<(&str, &str)> = texts.iter().map(|text| ("select", *text)).collect();
        state("requests", &[], &options)
    };
    assert_eq!(show(&mut engine, &boxed(&["elapsed:0..0.45"])).total, 5);
    assert_eq!(show(&mut engine, &boxed(&["elapsed:0..1.95", "ttft:800..2000"])).total, 10);
    let model = show(&mut engine, &boxed(&["elapsed:0..1.95", "ttft:0..100"]));
    assert_eq!(model.total, 10);
    let control = model.controls.iter().find(|control| control.key == "select").expect("a control");
    assert_eq!(control.values, ["box"]);
    // What is no condition selects nothing.
    let model = show(&mut engine, &boxed(&["ttft:9..1", "nonsense"]));
    assert_eq!(model.total, 1000);
    let brushes: Vec<[&str; 2]> =
        model.panels.iter().map(|panel| [panel.chart.brush[0].as_str(), panel.chart.brush[1].as_str()]).collect();
    assert_eq!(brushes, [["elapsed", "ttft"], ["input_tokens", "ttft"], ["ttft", ""], ["elapsed", ""]]);
}

#[test]
fn goodput_is_counted_request_by_request() {
    let mut engine = burst();
    let mut asked = state("requests", &[], &[]);
    asked.slo = vec![Limit { of: Axis::Figure { metric: "ttft".to_owned(), stat: Stat::P95 }, bound: 100.0 }];
    let model = show(&mut engine, &asked);
    assert!(headline(&model).starts_with("99% of requests meet TTFT ≤ 100 ms. 10 requests, far slower"), "{}", headline(&model));
    let goodput = grid(&model, "goodput");
    // From the first start to the last end: 99.9 s + 0.5 s.
    let seconds = 100.4;
    assert_eq!((number(goodput, 0, "requests"), number(goodput, 0, "met")), (Some(1000.0), Some(990.0)));
    same(number(goodput, 0, "goodput").expect("a rate"), 990.0 / seconds, "goodput");
    let control = model.controls.iter().find(|control| control.key == "select").expect("a control");
    let Entry::Select(choices) = &control.entry else { panic!("one of several") };
    assert!(choices.iter().any(|choice| choice.value == "missed"));
    asked.set_option("select", vec!["missed".to_owned()]);
    assert_eq!(show(&mut engine, &asked).total, 10);
}

#[test]
fn filters_of_measurements_do_not_empty_the_requests() {
    let text = std::fs::read_to_string(root().join(REQUESTS)).expect("the fixture is there");
    let summary =
        std::fs::read_to_string(root().join("tests/fixtures/aiperf/0.13.0/concurrency-4.json")).expect("the fixture is there");
    let mut engine = files(&[("run/profile_export.jsonl", &text), ("run/profile_export_aiperf.json", &summary)]);
    let model = show(&mut engine, &state("requests", &[("version", "")], &[]));
    assert_eq!(model.of, Some(Kind::Request));
    assert!(model.total > 0);
    let model = show(&mut engine, &state("explore/latency", &[], &[]));
    assert_eq!((model.of, titles(&model)), (Some(Kind::Measurement), vec!["TTFT", "TPOT", "E2E latency"]));
}

#[test]
fn nothing_is_told_of_slow_requests_that_differ_in_nothing() {
    let text: String = (0..600).map(|i| request(i * 100, 50.0 + (i * 7919 % 600) as f64, 100 + (i * 37 % 400) as u32)).collect();
    let mut engine = files(&[("run/profile_export.jsonl", &text)]);
    assert_eq!(show(&mut engine, &state("requests", &[], &[])).headline, None);
    let model = show(&mut engine, &state("requests", &[], &[("select", "slowest:1")]));
    assert!(headline(&model).ends_with("nothing found that sets them apart."), "{}", headline(&model));
}

#[test]
fn what_the_end_of_the_benchmark_cut_off_counts_nowhere() {
    let report = std::fs::read_to_string(root().join("tests/fixtures/vllm/made/detailed.json")).expect("a fixture");
    // Two of eight failed; as if the client had been stopped in the middle of one of them.
    let report = report.replace("Server disconnected", "incomplete: stopped");
    let mut engine = Engine::default();
    let how = inferscope::engine::Instructions { requests: true, ..inferscope::engine::Instructions::from(None) };
    let source = inferscope::source::Source::new("r.json", report.into_bytes());
    engine.add(inferscope::engine::protocol::FileId(1), inferscope::engine::import(&source, how, |_| ()).tables);
    let mut asked = state("requests", &[], &[]);
    asked.slo = vec![Limit { of: Axis::Figure { metric: "ttft".to_owned(), stat: Stat::P95 }, bound: 1e6 }];
    let model = show(&mut engine, &asked);
    note(&model, "1 request cut off by the end of the benchmark");
    note(&model, "1 request failed: counted");
    let goodput = grid(&model, "goodput");
    assert_eq!((number(goodput, 0, "requests"), number(goodput, 0, "met")), (Some(7.0), Some(6.0)));
    assert_eq!(model.total, 8, "the table has all of them");
}

#[test]
fn figures_are_of_every_run_and_charts_say_how_many_they_show() {
    let run = |level: usize| -> (String, String) {
        let text: String =
            (0..30).map(|i| request(i * 100 + level as u64, if level < 4 { 5000.0 } else { 50.0 } + level as f64, 100)).collect();
        (format!("c{level}/profile_export.jsonl"), text)
    };
    let runs: Vec<(String, String)> = (1..=20).map(run).collect();
    let mut engine = files(&runs.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>());
    let mut asked = state("requests", &[], &[]);
    asked.slo = vec![Limit { of: Axis::Figure { metric: "ttft".to_owned(), stat: Stat::P95 }, bound: 200.0 }];
    let model = show(&mut engine, &asked);
    assert!(headline(&model).starts_with("85% of requests meet TTFT ≤ 200 ms."), "{}", headline(&model));
    note(&model, "Charts show 8 of 20 runs; all figures are over all of them.");
    assert_eq!(model.panels[0].chart.series.len(), 8);
}

#[test]
fn what_is_no_selection_is_named() {
    let mut engine = burst();
    for text in ["bogus", "slowest:-1", "slowest:NaN", "ttft:900..300", "ttft:-inf..inf", "nosuch:0..1", "missed"] {
        let model = show(&mut engine, &state("requests", &[], &[("select", text)]));
        assert_eq!((note(&model, "Selection not understood").contains(text), model.total), (true, 1000), "{text}");
    }
    let text: String = (0..50).map(|i| request(i * 100, 50.0, 100)).collect();
    let mut equal = files(&[("run/profile_export.jsonl", &text)]);
    let model = show(&mut equal, &state("requests", &[], &[("select", "slowest:1")]));
    assert!(headline(&model).contains("of which many are equal"), "{}", headline(&model));
}
