//! What if: figures between levels, and the questions asked backwards.

use std::collections::BTreeMap;

use inferscope::record::Stat;
use inferscope::state::{Axis, Limit, ViewState};
use inferscope::view_model::{Tone, ViewModel};

use super::table;

/// One H200 replica of one GPU at 1, 2, 4, 8, 16: output 100, 200, 400, 600, 600 tok/s; TTFT P95 100, 100, 150, `at_eight`,
/// 2000 ms.
fn rows(at_eight: u32) -> Vec<String> {
    [(1, 100, 100), (2, 200, 100), (4, 400, 150), (8, 600, at_eight), (16, 600, 2000)]
        .map(|(load, tps, ttft)| {
            format!(
                "run=r,accelerator=H200,model=m,version=1,TP=1,prompt toks=100,output toks=100,intended concurrency={load},\
                 output_tok/sec={tps},ttft_p95={ttft},itl_median=10,measured rps={}",
                tps / 100
            )
        })
        .to_vec()
}

fn show(set: impl Fn(&mut ViewState)) -> ViewModel {
    show_of(400, set)
}

fn show_of(at_eight: u32, set: impl Fn(&mut ViewState)) -> ViewModel {
    let rows = rows(at_eight);
    let mut state = ViewState { view: "capacity/what-if".to_owned(), ..ViewState::default() };
    set(&mut state);
    table(&rows.iter().map(String::as_str).collect::<Vec<_>>()).show(&state, &BTreeMap::new())
}

fn option(state: &mut ViewState, key: &str, value: &str) {
    state.set_option(key, vec![value.to_owned()]);
}

fn cell(model: &ViewModel, grid: &str, row: &str, column: usize) -> String {
    let grid = model.grids.iter().find(|one| one.key == grid).unwrap_or_else(|| panic!("no grid {grid}"));
    let row = grid.rows.iter().find(|cells| cells[0].cell.text.starts_with(row)).unwrap_or_else(|| panic!("no row {row}"));
    row[column].cell.text.clone()
}

#[test]
fn measured_between_or_refused() {
    let measured = show(|state| option(state, "load", "4"));
    assert_eq!(cell(&measured, "figures", "Output throughput", 2), "400");
    assert_eq!(cell(&measured, "figures", "Output throughput", 3), "measured");
    assert_eq!(cell(&measured, "figures", "Output throughput", 4), "600", "twice the load was measured, too");
    let between = show(|state| option(state, "load", "1.5"));
    // scipy.interpolate.PchipInterpolator([1, 2, 4, 8, 16], [100, 200, 400, 600, 600])(1.5) = 150
    assert_eq!(cell(&between, "figures", "Output throughput", 2), "150");
    assert_eq!(cell(&between, "figures", "Output throughput", 3), "between 1 and 2");
    let outside = show(|state| option(state, "load", "32"));
    assert_eq!(cell(&outside, "figures", "Output throughput", 2), "");
    assert_eq!(cell(&outside, "figures", "Output throughput", 3), "refused: measured from 1 to 16");
    assert!(outside.headline.is_some_and(|headline| headline.text.contains("refused")));
}

#[test]
fn reading_between_levels_says_how_wrong_it_is() {
    // By a PCHIP of a few lines of Python, leaving out one of 2, 4, 8 each time: 8.887909795905486 and 40.07448007345042 %.
    for (at_eight, expected, tone) in [(400, 8.887_909_795_905_486, Tone::Plain), (900, 40.074_480_073_450_42, Tone::Doubt)] {
        let model = show_of(at_eight, |state| option(state, "load", "6"));
        let grid = model.grids.iter().find(|one| one.key == "figures").expect("figures");
        let ttft = grid.rows.iter().find(|row| row[0].cell.text == "P95 TTFT").expect("TTFT");
        let error: f64 = ttft[6].cell.exact.parse().expect("a number");
        assert!((error - expected).abs() < 1e-9, "{error}");
        assert_eq!(ttft[2].tone, tone);
    }
    let model = show(|_| ());
    assert_eq!(model.panels.len(), 3, "throughput, TTFT, ITL");
}

#[test]
fn asked_backwards() {
    let slo = |state: &mut ViewState| {
        state.slo = vec![Limit { of: Axis::Figure { metric: "ttft".to_owned(), stat: Stat::P95 }, bound: 400.0 }];
    };
    let model = show(|state| {
        slo(state);
        option(state, "load", "6");
        option(state, "serve", "50");
        option(state, "budget", "3");
    });
    assert_eq!(cell(&model, "answers", "Highest load within P95 TTFT", 1), "8 requests in flight");
    // At 6 in flight 520 tok/s are read (PCHIP by hand: 518.75); twice that is more than the 600 of 8: two.
    assert!(cell(&model, "answers", "Double the throughput", 1).starts_with("2 replicas, 2 GPUs"));
    // 50 / 8 = 6.25: seven, with 7.14 on each.
    assert!(cell(&model, "answers", "Serve 50", 1).starts_with("7 replicas"));
    assert!(cell(&model, "answers", "Serve 50", 2).contains("7.14"));
    let budget = cell(&model, "answers", "Fastest under $3", 1);
    assert!(budget.contains("requests in flight") && budget.contains("100 tok/s per user"), "{budget}");
    let none = show(|state| {
        state.slo = vec![Limit { of: Axis::Figure { metric: "ttft".to_owned(), stat: Stat::P95 }, bound: 10.0 }];
    });
    assert!(
        none.headline
            .is_some_and(|headline| headline.tone == Tone::Worse && headline.text.contains("none of the measured loads"))
    );
}
