//! Rankings: against pandas over the demo data under several service levels, and the reference's trap of mixed rows.

use inferscope::record::Stat;
use inferscope::state::{Axis, Limit, link};
use inferscope::view_model::{Grid, Mark, Tone, ViewModel};
use serde_json::{Value, json};

use super::{cell, demo, grid, number, reference, same, show, state, table};

fn limit(metric: &str, stat: Stat, bound: f64) -> Limit {
    Limit { of: Axis::Figure { metric: metric.to_owned(), stat }, bound }
}

fn row_of(grid: &Grid, model: &str, accelerator: &str) -> usize {
    let is =
        |row: &usize| cell(grid, *row, "model").cell.text == model && cell(grid, *row, "accelerator").cell.text == accelerator;
    let found: Vec<usize> = (0..grid.rows.len()).filter(is).collect();
    assert_eq!(found.len(), 1, "{model} on {accelerator}");
    found[0]
}

fn agree(model: &ViewModel, expected: &Value, by: &str) {
    let listed = grid(model, "ranking");
    let expected = expected.as_array().expect("a list");
    assert_eq!(listed.rows.len(), expected.len());
    for entry in expected {
        let row = row_of(listed, entry["model"].as_str().unwrap_or_default(), entry["accelerator"].as_str().unwrap_or_default());
        assert_eq!(number(listed, row, "eligible"), entry["eligible"].as_f64(), "{entry}");
        assert_eq!(number(listed, row, "measured"), entry["measured"].as_f64(), "{entry}");
        match entry["value"].as_f64() {
            Some(value) => {
                same(number(listed, row, by).unwrap_or(f64::NAN), value, by);
                assert_eq!(number(listed, row, "load"), entry["level"].as_f64(), "{entry}");
                assert_eq!(cell(listed, row, "version").cell.text, entry["version"].as_str().unwrap_or_default());
                // All figures are of that one row.
                let place = cell(listed, row, "place");
                assert!(place.cell.text.ends_with(&format!("line {}", entry["line"])), "{} {entry}", place.cell.text);
                same(number(listed, row, "ttft").unwrap_or(f64::NAN), entry["ttft"].as_f64().unwrap_or(f64::NAN), "ttft");
                same(
                    number(listed, row, "throughput").unwrap_or(f64::NAN),
                    entry["throughput"].as_f64().unwrap_or(f64::NAN),
                    "tps",
                );
                assert!(cell(listed, row, "reason").cell.text.is_empty());
            }
            None => {
                assert_eq!(number(listed, row, "rank"), None);
                assert!(!cell(listed, row, "reason").cell.text.is_empty(), "{entry}");
            }
        }
    }
    let values: Vec<f64> = (0..listed.rows.len()).map_while(|row| number(listed, row, by)).collect();
    let higher = matches!(by, "throughput" | "efficiency");
    assert!(values.windows(2).all(|pair| if higher { pair[0] >= pair[1] } else { pair[0] <= pair[1] }), "{values:?}");
    if let Some(panel) = model.panels.first() {
        let bars = &panel.chart.series[0];
        assert!(matches!(bars.mark, Mark::Bars(_)));
        let drawn: Vec<f64> = bars.points().map(|point| point.x).collect();
        assert_eq!(drawn, values[..values.len().min(20)]);
    }
}

#[test]
fn agrees_with_pandas() {
    let mut engine = demo();
    let (mut states, mut requests) = (Vec::new(), Vec::new());
    for (isl, osl, profile) in [(1000, 1000, "Balanced (1k/1k)"), (8000, 1000, "Prefill heavy (8k/1k)")] {
        for (by, higher) in
            [("throughput", true), ("efficiency", true), ("ttft", false), ("itl", false), ("e2el", false), ("cost", false)]
        {
            for (level, bound) in [(None, None), (Some(100), None), (None, Some(400.0)), (Some(300), Some(600.0))] {
                let mut options = vec![("by", by)];
                let text = level.map(|level: i32| level.to_string());
                options.extend(text.as_deref().map(|level| ("level", level)));
                let mut asked = state("rankings", &[("profile", profile)], &options);
                asked.slo = bound.map(|bound| limit("ttft", Stat::P95, bound)).into_iter().collect();
                let most = bound.map_or(json!({}), |bound| json!({"ttft_p95": bound}));
                let lengths = json!({"prompt toks": isl, "output toks": osl});
                requests.push(json!({"where": lengths, "by": by, "higher": higher, "level": level, "most": most}));
                states.push((asked, by));
            }
        }
    }
    let expected = reference("rankings.py", &[&json!(requests).to_string()]);
    for (at, (asked, by)) in states.iter().enumerate() {
        agree(&show(&mut engine, asked), &expected[at], by);
    }
}

#[test]
fn a_row_is_one_measurement() {
    // The reference takes throughput from the one, TTFT from the other and ITL from the third.
    let mut engine = table(&[
        "version=v1,TP=4,intended concurrency=100,output_tok/sec=1000,ttft_p95=900,itl_p95=30",
        "version=v2,TP=8,intended concurrency=100,output_tok/sec=500,ttft_p95=100,itl_p95=20",
        "version=v3,TP=2,intended concurrency=100,output_tok/sec=400,ttft_p95=300,itl_p95=5",
    ]);
    for (by, version, figures) in
        [("throughput", "v1", [1000.0, 900.0, 30.0]), ("ttft", "v2", [500.0, 100.0, 20.0]), ("itl", "v3", [400.0, 300.0, 5.0])]
    {
        let model = show(&mut engine, &state("rankings", &[], &[("by", by)]));
        let listed = grid(&model, "ranking");
        assert_eq!(listed.rows.len(), 1);
        assert_eq!(cell(listed, 0, "version").cell.text, version);
        assert_eq!(["throughput", "ttft", "itl"].map(|key| number(listed, 0, key)), figures.map(Some));
        let data = cell(listed, 0, "place").link.clone().unwrap_or_default();
        let landed = show(&mut engine, &link::decode(&data).0);
        assert_eq!((landed.state.view.as_str(), landed.total), ("data", 1), "{data}");
    }
}

#[test]
fn what_breaks_a_limit_or_failed_cannot_win_and_the_reason_is_given() {
    let mut engine = table(&[
        "version=v1,TP=4,intended concurrency=100,output_tok/sec=1000,ttft_p95=900,successful_requests=99,errored_requests=0",
        "version=v1,TP=4,intended concurrency=200,output_tok/sec=9000,ttft_p95=100,successful_requests=60,errored_requests=40",
        "version=v1,TP=4,intended concurrency=50,output_tok/sec=800,ttft_p95=200,successful_requests=99,errored_requests=0",
        "accelerator=MI300X,version=v1,TP=4,intended concurrency=50,output_tok/sec=5000,ttft_p95=700",
    ]);
    let mut asked = state("rankings", &[], &[]);
    asked.slo = vec![limit("ttft", Stat::P95, 500.0)];
    let model = show(&mut engine, &asked);
    let listed = grid(&model, "ranking");
    assert_eq!(number(listed, 0, "throughput"), Some(800.0));
    assert_eq!((number(listed, 0, "eligible"), number(listed, 0, "measured")), (Some(1.0), Some(3.0)));
    let lost = row_of(listed, "org/m", "MI300X");
    assert_eq!(number(listed, lost, "rank"), None);
    assert!(cell(listed, lost, "reason").cell.text.contains("closest: P95 TTFT 700 ms, limit 500 ms"));
    assert!(model.notes.iter().any(|note| note.starts_with("3 measurements excluded (outside")), "{:?}", model.notes);
    // The limit lifted, what failed still cannot win.
    asked.slo.clear();
    let model = show(&mut engine, &asked);
    assert_eq!(number(grid(&model, "ranking"), row_of(grid(&model, "ranking"), "org/m", "H200"), "throughput"), Some(1000.0));
    // At a load that nobody measured there is no winner.
    let none = show(&mut engine, &state("rankings", &[], &[("level", "7")]));
    assert!((0..2).all(|row| cell(grid(&none, "ranking"), row, "reason").cell.text == "no measurement at this load"));
}

#[test]
fn cost_and_energy_are_of_the_same_measurement() {
    // ../shared/formats/rhaiis.md §7: 5000 tok/s on four of eight H200; 417.2 W at 10,000 tok/s.
    let mut engine = table(&[
        "model=openai/gpt-oss-120b,version=RHAIIS-3.4-GA,TP=4,intended concurrency=100,output_tok/sec=10000",
        "model=openai/gpt-oss-120b,version=RHAIIS-3.4-GA,TP=4,intended concurrency=50,output_tok/sec=5000",
        "accelerator=Abacus,model=openai/gpt-oss-120b,version=RHAIIS-3.4-GA,TP=4,intended concurrency=50,output_tok/sec=5000",
    ]);
    let model = show(&mut engine, &state("rankings", &[], &[("by", "cost"), ("level", "50")]));
    let listed = grid(&model, "ranking");
    assert!((number(listed, 0, "cost").unwrap_or(f64::NAN) - 1.1561).abs() < 5e-5);
    let lost = row_of(listed, "openai/gpt-oss-120b", "Abacus");
    assert!(cell(listed, lost, "reason").cell.text.contains("no price"), "{:?}", cell(listed, lost, "reason"));
    let model = show(&mut engine, &state("rankings", &[], &[("by", "energy")]));
    let listed = grid(&model, "ranking");
    assert!((number(listed, 0, "energy").unwrap_or(f64::NAN) - 46.36).abs() < 5e-3);
    assert!(cell(listed, 0, "energy").hint.contains("417.2 W"));
}

#[test]
fn tasks_are_ranked_by_themselves_and_ties_are_told() {
    let mut engine = table(&[
        "version=v1,TP=1,intended concurrency=20,output_tok/sec=100",
        "version=v2,TP=1,intended concurrency=10,output_tok/sec=100",
        "version=v1,TP=1,intended concurrency=10,output_tok/sec=900,prompt toks=512,output toks=2048",
    ]);
    let all = show(&mut engine, &state("rankings", &[], &[]));
    let listed = grid(&all, "ranking");
    assert_eq!(listed.rows.len(), 2, "two workloads are no competitors");
    assert!(all.notes.iter().any(|note| note.contains("each combination is ranked separately")), "{:?}", all.notes);
    assert_eq!((number(listed, 1, "throughput"), number(listed, 1, "load")), (Some(100.0), Some(10.0)));
    assert!(cell(listed, 1, "throughput").hint.contains("1 measurement more"), "{}", cell(listed, 1, "throughput").hint);
    let first = show(&mut demo(), &inferscope::state::ViewState { view: "rankings".to_owned(), ..Default::default() });
    assert_eq!(first.state.selection().keys().collect::<Vec<_>>(), ["profile"]);
    assert!(first.empty.is_none() && first.cards.len() == 7 && first.panels.len() == 1);
}

#[test]
fn a_matrix_has_the_best_of_each_model_on_each_accelerator_and_is_empty_where_nothing_was_measured() {
    let row = |model: &str, accelerator: &str, tps: u32| {
        format!(
            "model={model},accelerator={accelerator},version=v-1,TP=1,intended concurrency=8,output_tok/sec={tps},tpot_median=20"
        )
    };
    let rows = [row("org/a", "H200", 100), row("org/a", "H200", 120), row("org/a", "B200", 300), row("org/b", "B200", 50)];
    let mut engine = table(&rows.each_ref().map(String::as_str));
    let model = show(&mut engine, &state("rankings", &[], &[("by", "output_tps")]));
    let matrix = grid(&model, "matrix");
    assert_eq!(matrix.rows.len(), 2);
    let value = |row: usize, on: &str| number(matrix, row, &format!("on-{on}"));
    // Each row is one measurement: of two the better.
    assert_eq!([value(0, "H200"), value(0, "B200")], [Some(120.0), Some(300.0)]);
    assert_eq!([value(1, "H200"), value(1, "B200")], [None, Some(50.0)]);
    assert_eq!(cell(matrix, 0, "on-B200").tone, Tone::Better, "the best of its row");
    assert!(cell(matrix, 1, "on-H200").hint.contains("not measured"));
    // One accelerator is a list.
    let mut one = table(&[rows[0].as_str()]);
    assert!(show(&mut one, &state("rankings", &[], &[])).grids.iter().all(|grid| grid.key != "matrix"));
}
