//! Overview: its figures are Compare's (which pandas confirms), its rules hold, and the worst cell is two clicks from its runs.

use std::collections::BTreeMap;

use inferscope::state::link;
use inferscope::view_model::{Card, Grid, Tone, ViewModel};

use super::compare::rows;
use super::{cell, demo, grid, number, same, show, state, table};

const A: &str = "RHAIIS-3.5-EA2";
const B: &str = "RHAIIS-3.5-EA1";

fn of(rows: &[String], options: &[(&str, &str)]) -> ViewModel {
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    show(&mut table(&rows), &state("compare/release-check", &[], options))
}

fn card<'a>(model: &'a ViewModel, label: &str) -> &'a Card {
    let labels: Vec<&str> = model.cards.iter().map(|card| card.label.as_str()).collect();
    model.cards.iter().find(|card| card.label.starts_with(label)).unwrap_or_else(|| panic!("no card {label} among {labels:?}"))
}

fn heat(model: &ViewModel) -> Vec<&Grid> {
    model.grids.iter().filter(|grid| grid.key.starts_with("heat-")).collect()
}

/// Both sides of a configuration at two levels, the candidate's throughput by this factor higher.
fn release(factor: f64, more: &str) -> Vec<String> {
    let levels =
        [(A, 50, 1000.0 * factor, 100.0), (A, 100, 1500.0 * factor, 100.0), (B, 50, 1000.0, 100.0), (B, 100, 1500.0, 100.0)];
    rows(&levels, more)
}

#[test]
fn every_figure_is_that_of_compare() {
    let mut engine = demo();
    let options = [("baseline", "RHAIIS-3.4-GA"), ("candidate", A)];
    let overview = show(&mut engine, &state("compare/release-check", &[], &options));
    let compare = show(&mut engine, &state("compare", &[], &options));
    let pairs = grid(&compare, "pairs");
    let columns = ["output_tps", "total_tps", "ttft.p95", "itl.p95", "e2el.p50"];
    let figures = |grid: &Grid, row: usize| columns.map(|column| number(grid, row, column));
    let expected: BTreeMap<&str, [Option<f64>; 5]> =
        (0..pairs.rows.len()).map(|row| (cell(pairs, row, "configuration").cell.text.as_str(), figures(pairs, row))).collect();
    let mut seen = 0;
    for block in heat(&overview) {
        for row in 0..block.rows.len() {
            assert_eq!(expected[cell(block, row, "configuration").cell.text.as_str()], figures(block, row));
            seen += 1;
        }
    }
    assert_eq!(seen, expected.len());
    assert!(seen > 10 && heat(&overview).len() > 1);

    // The rules, from Compare's figures.
    let all: Vec<f64> = expected.values().filter_map(|row| row[0]).collect();
    let count = |tone: Tone| (0..pairs.rows.len()).filter(|row| cell(pairs, *row, "output_tps").tone == tone).count();
    let words = format!("{} better · {} similar · {} worse", count(Tone::Better), count(Tone::Similar), count(Tone::Worse));
    assert!(card(&overview, "Win rate").detail.starts_with(&words), "{} is not {words}", card(&overview, "Win rate").detail);
    let turned = |row: &[Option<f64>; 5]| -> Vec<(f64, f64)> {
        row.iter()
            .zip([1.0, 1.0, -1.0, -1.0, -1.0])
            .filter_map(|(value, sign)| Some((value.as_ref()? * sign, *value.as_ref()?)))
            .collect()
    };
    let worst = expected.values().flat_map(turned).min_by(|a, b| a.0.total_cmp(&b.0)).expect("figures").1;
    let accelerators = grid(&overview, "accelerator");
    let found: Vec<f64> = (0..accelerators.rows.len()).filter_map(|row| number(accelerators, row, "worst")).collect();
    assert!(found.contains(&worst), "{worst} is not among {found:?}");
    let families = grid(&overview, "family");
    let one_family: f64 = (0..families.rows.len()).filter_map(|row| number(families, row, "configurations")).sum();
    assert_eq!(one_family as usize, expected.len());
    // Weighted by their configurations, the families' mean changes are the one of all.
    let logs = |p: f64| (1.0 + p / 100.0).ln();
    let total: f64 = (0..families.rows.len())
        .map(|row| logs(number(families, row, "mean").expect("known")) * number(families, row, "configurations").expect("known"))
        .sum();
    same(total, all.iter().map(|p| logs(*p)).sum(), "mean change by family");
}

#[test]
fn from_the_worst_cell_to_its_runs_in_two_clicks() {
    let mut engine = demo();
    let overview = show(&mut engine, &state("compare/release-check", &[], &[]));
    let worst = card(&overview, "Worst change");
    assert_eq!(worst.tone, Tone::Worse);
    let (first, notes) = link::decode(worst.evidence[0].link.as_deref().expect("a link"));
    assert!(notes.is_empty(), "{notes:?}");
    let compare = show(&mut engine, &first);
    assert_eq!(compare.state.view, "compare");
    let pairs = grid(&compare, "pairs");
    assert_eq!((pairs.rows.len(), compare.panels.len()), (1, 1));
    let metric = first.option("metric").expect("the figure is chosen").to_owned();
    let (second, _) = link::decode(cell(pairs, 0, &metric).link.as_deref().expect("a link"));
    let runs = show(&mut engine, &second);
    assert_eq!(runs.state.view, "explore");
    assert_eq!(runs.panels[0].chart.series.len(), 2, "the two versions");
    assert_eq!(runs.total, compare.total, "the same measurements");
}

#[test]
fn nothing_in_common_is_unknown_and_says_why() {
    let mut all = rows(&[(A, 50, 1000.0, 1.0)], "");
    all.extend(rows(&[(B, 100, 1000.0, 1.0)], ""));
    let model = of(&all, &[]);
    assert_eq!(card(&model, "Health").value, "unknown");
    assert_eq!(card(&model, "Win rate").value, "unknown");
    assert!(model.notes.iter().any(|note| note.contains("no configuration and load in common")), "{:?}", model.notes);
    let one = of(&all[..1], &[]);
    assert_eq!(card(&one, "Health").value, "unknown");
    assert!(one.empty.expect("a reason").reason.contains("same version"));
    assert!(of(&[], &[]).empty.is_some());
}

#[test]
fn ties_are_no_wins_and_health_follows_the_rule() {
    let releases = |factors: &[f64]| -> ViewModel {
        let all = factors.iter().enumerate().flat_map(|(i, factor)| release(*factor, &format!("model=org/m{i}")));
        of(&all.collect::<Vec<_>>(), &[])
    };
    // Two wins, one loss, seven ties: the reference says 9 of 10 won.
    let model = releases(&[1.1, 1.2, 0.9, 1.0, 1.01, 0.99, 1.0, 1.0, 1.0, 1.0]);
    assert_eq!(card(&model, "Win rate").value, "66.7%");
    assert_eq!(card(&model, "Health").value, "Healthy");
    assert_eq!(card(&model, "Best gain").value, "+20%");
    assert_eq!(releases(&[0.9, 1.0, 1.0, 1.0]).cards[0].value, "Warning");
    assert_eq!(releases(&[0.9, 1.0, 1.0]).cards[0].value, "Regression");
    // One threshold for everything: 3 % is a tie at 5 % and a loss at 2 %.
    let all = release(0.97, "");
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let mut narrow = state("compare/release-check", &[], &[]);
    assert_eq!(show(&mut table(&all), &narrow).cards[0].value, "Healthy");
    narrow.threshold = 2.0;
    assert_eq!(show(&mut table(&all), &narrow).cards[0].value, "Regression");
}

#[test]
fn pure_data_parallel_runs_and_hostile_names_are_there() {
    let hostile = "<script>alert(1)</script>";
    let all: Vec<String> = release(1.1, "DP=8").iter().map(|row| row.replace("TP=4,", "").replace(B, hostile)).collect();
    let model = of(&all, &[("baseline", hostile), ("candidate", A)]);
    let blocks = heat(&model);
    same(number(blocks[0], 0, "output_tps").expect("compared"), 10.0, "data parallel");
    let target = cell(blocks[0], 0, "output_tps").link.clone().expect("a link");
    assert_eq!(link::decode(&target).0.option("baseline"), Some(hostile));
}

#[test]
fn three_ways_only_levels_of_all_three_count() {
    let levels = [
        (A, 50, 1000.0, 1.0),
        (A, 100, 2000.0, 1.0),
        (A, 200, 1.0, 1.0),
        ("sglang-0.5.11", 50, 500.0, 1.0),
        ("sglang-0.5.11", 100, 1600.0, 1.0),
        ("TRT-LLM-1.3.0", 100, 1000.0, 1.0),
        ("TRT-LLM-1.3.0", 200, 1.0, 1.0),
        (B, 50, 1.0, 1.0),
    ];
    let model = of(&rows(&levels, ""), &[("baseline", B), ("candidate", A), ("upstream", B)]);
    let rivals = grid(&model, "rivals");
    let found: Vec<(String, String, Option<f64>)> = (0..rivals.rows.len())
        .filter(|row| cell(rivals, *row, "own").cell.text == A)
        .map(|row| {
            let text = |column: &str| cell(rivals, row, column).cell.text.clone();
            (text("against"), text("common"), number(rivals, row, "output_tps"))
        })
        .collect();
    let value = |against: &str, common: &str| {
        let row = found.iter().find(|row| row.0 == against && row.1 == common);
        row.unwrap_or_else(|| panic!("{against}, {common} among {found:?}")).2.expect("compared")
    };
    same(value("sglang-0.5.11", "both"), (2.0_f64 * 1.25).sqrt() * 100.0 - 100.0, "two ways: 50 and 100");
    same(value("sglang-0.5.11", "all 3"), 25.0, "three ways: 100 alone");
    same(value("TRT-LLM-1.3.0", "all 3"), 100.0, "three ways: 100 alone");
}

#[test]
fn what_is_new_and_how_upstream_does() {
    let mut all = release(1.0, "");
    all.extend(rows(&[(A, 50, 1.0, 1.0)], "model=org/new,accelerator=B200"));
    all.extend(rows(&[("vLLM-0.21.0", 50, 800.0, 1.0)], ""));
    let model = of(&all, &[]);
    let new = grid(&model, "new");
    let found: Vec<(&str, &str)> = (0..new.rows.len())
        .map(|row| (cell(new, row, "kind").cell.text.as_str(), cell(new, row, "name").cell.text.as_str()))
        .collect();
    assert_eq!(found[..2], [("Model", "org/new"), ("Accelerator", "B200")]);
    assert_eq!(found.len(), 3);
    assert_eq!(card(&model, "Parity with vLLM-0.21.0").value, "100%");
    same(number(grid(&model, "parity"), 0, "output_tps").expect("compared"), 25.0, "upstream is the denominator");
}

/// A configuration's throughput at two levels by release.
fn releases(figures: &[(&str, f64)]) -> Vec<String> {
    let levels = figures.iter().flat_map(|(version, tps)| [(*version, 50, *tps, 100.0), (*version, 100, 1.5 * tps, 100.0)]);
    rows(&levels.collect::<Vec<_>>(), "")
}

fn entered(figures: &[(&str, f64)]) -> (String, String) {
    let options = [("baseline", "RHAIIS-3.3"), ("candidate", "RHAIIS-3.5")];
    let model = of(&releases(figures), &options);
    let inbox = grid(&model, "regressions");
    let row =
        (0..inbox.rows.len()).find(|row| cell(inbox, *row, "figure").cell.text == "Output throughput").expect("a regression");
    let found = cell(inbox, row, "entered");
    (found.cell.text.clone(), found.hint.clone())
}

#[test]
fn between_releases_it_is_told_with_which_a_regression_entered() {
    let all = [("RHAIIS-3.3", 1000.0), ("RHAIIS-3.4-EA1", 1010.0), ("RHAIIS-3.4-GA", 800.0), ("RHAIIS-3.5", 790.0)];
    let (text, hint) = entered(&all);
    assert_eq!(text, "RHAIIS-3.4-GA");
    assert_eq!(hint, "RHAIIS-3.4-EA1: +1%; RHAIIS-3.4-GA: −20%; RHAIIS-3.5: −21%");
    // One that recovered meanwhile entered again.
    let again = [("RHAIIS-3.3", 1000.0), ("RHAIIS-3.4-EA1", 700.0), ("RHAIIS-3.4-GA", 1000.0), ("RHAIIS-3.5", 790.0)];
    assert_eq!(entered(&again).0, "RHAIIS-3.5");
    // Releases of another product say nothing.
    let other = [("RHAIIS-3.3", 1000.0), ("vLLM-0.9", 500.0), ("RHAIIS-3.4-GA", 1000.0), ("RHAIIS-3.5", 790.0)];
    assert_eq!(entered(&other), ("RHAIIS-3.5".to_owned(), "RHAIIS-3.4-GA: 0%; RHAIIS-3.5: −21%".to_owned()));
}

#[test]
fn neighbours_need_no_such_column() {
    let model = of(
        &releases(&[("RHAIIS-3.3", 1000.0), ("RHAIIS-3.5", 790.0)]),
        &[("baseline", "RHAIIS-3.3"), ("candidate", "RHAIIS-3.5")],
    );
    assert!(grid(&model, "regressions").columns.iter().all(|column| column.key != "entered"));
}
