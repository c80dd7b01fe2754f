//! Trends: against pandas over the demo data, and the reference's traps one by one.

use inferscope::state::link;
use inferscope::view_model::{Entry, Point, Tone, ViewModel};
use serde_json::{Value, json};

use super::{cell, demo, grid, number, reference, same, show, state, table};

const METRICS: [(&str, &str, f64, &str); 3] = [
    ("output_tps", "output_tok/sec", 1.0, "highest"),
    ("ttft.p95", "ttft_p95", 1.0, "lowest"),
    // The table has seconds, the program shows milliseconds.
    ("e2el.p50", "request_latency_median", 1000.0, "lowest"),
];

/// Every row of the grid has its counterpart in the reference and the other way round.
fn agree(model: &ViewModel, expected: &Value, best: &str) {
    let listed = grid(model, "trend");
    let expected = expected.as_array().expect("a list");
    assert_eq!(listed.rows.len(), expected.len());
    assert!(!expected.is_empty());
    for row in 0..listed.rows.len() {
        let link = cell(listed, row, "configuration").link.clone().unwrap_or_default();
        let selection = link::decode(&link).0.selection();
        let version = cell(listed, row, "version").cell.text.clone();
        let fits = |entry: &&Value| {
            entry["version"] == version.as_str()
                && entry["configuration"].as_object().is_some_and(|keys| {
                    keys.iter().all(|(key, value)| {
                        selection.get(key).is_none_or(|chosen| chosen.iter().any(|chosen| value == chosen.as_str()))
                    })
                })
        };
        let found: Vec<&Value> = expected.iter().filter(fits).collect();
        assert_eq!(found.len(), 1, "{version} {selection:?}");
        let entry = found[0];
        let levels = entry["levels"].as_array().map_or(0, Vec::len);
        assert_eq!(number(listed, row, "count"), Some(levels as f64), "{version} {selection:?}");
        for (column, key) in [("value", "value"), ("previous", "previous"), ("best", best)] {
            match (number(listed, row, column), entry[key].as_f64()) {
                // Changes near zero are differences of nearly equal numbers.
                (Some(found), Some(expected)) if column != "value" => assert!((found - expected).abs() < 1e-7, "{column}"),
                (Some(found), Some(expected)) => same(found, expected, column),
                (found, expected) => assert_eq!(found, expected, "{column} of {version} {selection:?}"),
            }
        }
        if let (Some(top), "highest") = (entry["top"].as_f64(), best) {
            same(number(listed, row, "peak").unwrap_or(f64::NAN), top, "peak");
        }
    }
}

#[test]
fn agrees_with_pandas() {
    let mut engine = demo();
    let (mut states, mut requests) = (Vec::new(), Vec::new());
    let all = ["RHAIIS-3.3", "RHAIIS-3.4-EA1", "RHAIIS-3.4-EA2", "RHAIIS-3.4-GA", "RHAIIS-3.5-EA1", "RHAIIS-3.5-EA2"];
    let some = ["RHAIIS-3.4-GA", "RHAIIS-3.5-EA2"];
    for (name, isl, profile, versions) in [
        ("openai/gpt-oss-120b", 1000, "Balanced (1k/1k)", &all[..]),
        ("openai/gpt-oss-120b", 1000, "Balanced (1k/1k)", &some[..]),
        ("RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic", 1000, "Balanced (1k/1k)", &all[..]),
        ("openai/gpt-oss-120b", 8000, "Prefill heavy (8k/1k)", &some[..]),
    ] {
        for (metric, column, scale, best) in METRICS {
            let mut options = vec![("metric", metric), ("family", "rhaiis")];
            options.extend(versions.iter().map(|version| ("versions", *version)));
            states.push((state("trends", &[("model", name), ("profile", profile)], &options), best));
            requests.push(
                json!({"where": {"model": name, "prompt toks": isl}, "versions": versions, "column": column, "scale": scale}),
            );
        }
    }
    let expected = reference("trends.py", &[&json!(requests).to_string()]);
    for (at, (asked, best)) in states.iter().enumerate() {
        agree(&show(&mut engine, asked), &expected[at], best);
    }
}

#[test]
fn final_releases_are_in_and_in_the_order_of_releases() {
    // The reference hides GA, and puts 3.4-GA before 3.4-EA1 and rc13 before rc9.
    let rows = [
        "RHAIIS-3.4-GA",
        "RHAIIS-3.4-EA1",
        "RHAIIS-3.3",
        "RHAIIS-3.10-GA",
        "TRT-LLM-1.3.0rc9",
        "TRT-LLM-1.3.0rc13",
        "TRT-LLM-gpt-oss-dev",
    ];
    let rows: Vec<String> =
        rows.iter().map(|version| format!("version={version},TP=1,intended concurrency=50,output_tok/sec=100")).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let mut engine = table(&rows);
    let ticks = |model: &ViewModel| model.panels[0].chart.x.ticks.clone().unwrap_or_default();
    let usual = show(&mut engine, &state("trends", &[], &[]));
    assert_eq!(ticks(&usual), ["RHAIIS-3.3", "RHAIIS-3.4-GA", "RHAIIS-3.10-GA"]);
    assert!(usual.notes.iter().any(|note| note.contains("RHAIIS-3.4-EA1")), "{:?}", usual.notes);
    let Entry::Select(families) = &usual.controls[0].entry else { panic!("a choice") };
    assert_eq!(families.iter().map(|family| family.label.as_str()).collect::<Vec<_>>(), ["RHAIIS", "TRT-LLM"]);
    let every = ["RHAIIS-3.10-GA", "RHAIIS-3.4-GA", "RHAIIS-3.4-EA1"].map(|version| ("versions", version));
    assert_eq!(ticks(&show(&mut engine, &state("trends", &[], &every))), ["RHAIIS-3.4-EA1", "RHAIIS-3.4-GA", "RHAIIS-3.10-GA"]);
    let trt = show(&mut engine, &state("trends", &[], &[("family", "trt-llm")]));
    assert_eq!(ticks(&trt), ["TRT-LLM-1.3.0rc9", "TRT-LLM-1.3.0rc13", "TRT-LLM-gpt-oss-dev"], "no two finals: all");
}

#[test]
fn only_levels_that_all_versions_have_count_and_repeats_count_once() {
    let mut engine = table(&[
        "version=L-1.0,TP=1,intended concurrency=1,output_tok/sec=10",
        "version=L-1.0,TP=1,intended concurrency=50,output_tok/sec=100",
        "version=L-1.0,TP=1,intended concurrency=100,output_tok/sec=400",
        "version=L-1.0,TP=1,intended concurrency=200,output_tok/sec=900",
        "version=L-2.0,TP=1,intended concurrency=1,output_tok/sec=11",
        "version=L-2.0,TP=1,intended concurrency=50,output_tok/sec=109,uuid=a",
        "version=L-2.0,TP=1,intended concurrency=50,output_tok/sec=111,uuid=b",
        "version=L-2.0,TP=1,intended concurrency=100,output_tok/sec=440",
        // Another configuration that only one version has.
        "version=L-2.0,TP=2,intended concurrency=50,output_tok/sec=50",
    ]);
    let model = show(&mut engine, &state("trends", &[], &[]));
    let listed = grid(&model, "trend");
    assert_eq!(listed.rows.len(), 3, "what a version lacks is a gap, not a row");
    same(number(listed, 0, "value").unwrap_or(f64::NAN), 200.0, "1.0");
    same(number(listed, 1, "value").unwrap_or(f64::NAN), 220.0, "2.0");
    assert!((number(listed, 1, "previous").unwrap_or(f64::NAN) - 10.0).abs() < 1e-9);
    assert_eq!(cell(listed, 1, "levels").cell.text, "50, 100");
    assert_eq!(cell(listed, 0, "left_out").cell.text, "1 (single user), 200 (not in L-2.0)");
    assert_eq!((number(listed, 0, "peak"), number(listed, 0, "peak_load")), (Some(400.0), Some(100.0)));
    assert_eq!(cell(listed, 0, "best").tone, Tone::Worse);
    let gap = model.panels[0].chart.series.iter().find(|series| series.points().count() == 1).expect("one stop");
    assert_eq!(gap.x().next(), Some(1.0));
    same(gap.y().next().unwrap_or(f64::NAN), 50.0, "the second version's");
    assert!(model.notes.iter().any(|note| note.contains("was not measured with a configuration")), "{:?}", model.notes);
    // A threshold above the change: similar.
    let mut tolerant = state("trends", &[], &[]);
    tolerant.threshold = 12.0;
    assert_eq!(cell(grid(&show(&mut engine, &tolerant), "trend"), 1, "previous").tone, Tone::Similar);
}

#[test]
fn where_nothing_is_common_the_version_to_drop_is_offered() {
    let mut engine = table(&[
        "version=L-1.0,TP=1,intended concurrency=50,output_tok/sec=100,successful_requests=90,errored_requests=10",
        "version=L-2.0,TP=1,intended concurrency=50,output_tok/sec=110",
        "version=L-3.0,TP=1,intended concurrency=64,output_tok/sec=120",
    ]);
    let model = show(&mut engine, &state("trends", &[], &[]));
    let (step, remedied) = model.empty.clone().and_then(|empty| empty.remedy).expect("a remedy");
    assert_eq!(step, "Exclude L-3.0");
    let after = show(&mut engine, &remedied);
    assert!(after.empty.is_none());
    assert_eq!(number(grid(&after, "trend"), 1, "value").map(f64::round), Some(110.0));
    assert!(after.notes.iter().any(|note| note.contains("drawn hollow")), "{:?}", after.notes);
    assert_eq!(cell(grid(&model, "trend"), 0, "value").link, Some(link::encode(&remedied)));
    assert_eq!(number(grid(&model, "trend"), 0, "value"), None);
}

#[test]
fn over_dates_and_the_first_paint() {
    let mut engine = table(&[
        "version=L-2.0,TP=1,intended concurrency=50,output_tok/sec=110,guidellm_start_time_ms=1767225600000",
        "version=L-1.0,TP=1,intended concurrency=50,output_tok/sec=100,guidellm_start_time_ms=1767312000000",
        "version=L-3.0,TP=1,intended concurrency=50,output_tok/sec=100",
    ]);
    let model = show(&mut engine, &state("trends", &[], &[("over", "date")]));
    let chart = &model.panels[0].chart;
    assert_eq!(chart.x.ticks.as_deref(), Some(&["2026-01-01".to_owned(), "2026-01-02".to_owned()][..]));
    let points: Vec<Point> = chart.series[0].points().collect();
    assert!(points.len() == 2 && (points[0].y - 110.0).abs() < 1e-9 && (points[1].y - 100.0).abs() < 1e-9);
    assert!(model.notes.iter().any(|note| note.contains("without a start time")), "{:?}", model.notes);

    let first = show(&mut demo(), &inferscope::state::ViewState { view: "trends".to_owned(), ..Default::default() });
    assert!(first.empty.is_none() && !first.panels[0].chart.series.is_empty());
    assert!(first.panels[0].chart.x.ticks.as_ref().is_some_and(|ticks| ticks.contains(&"RHAIIS-3.4-GA".to_owned())));
    let nameless = show(&mut table(&["TP=1,intended concurrency=50,output_tok/sec=1"]), &state("trends", &[], &[]));
    assert!(nameless.empty.is_some_and(|empty| empty.reason.contains("version")));
}
