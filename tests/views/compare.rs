//! Compare: golden figures of the reference dashboard where they are right, and the traps into which it falls
//! (formats/rhaiis.md §4.2, §7 of the project's notes); all pairs of the demo data against pandas.

use inferscope::state::link;
use inferscope::view_model::{Grid, Mark, Tone};

use super::{cell, demo, grid, number, reference, same, show, state, table};

/// Rows of one configuration: `(version, concurrency, output tok/s, P95 TTFT)`, with further columns.
pub fn rows(levels: &[(&str, u32, f64, f64)], more: &str) -> Vec<String> {
    let row = |(version, load, output, ttft): &(&str, u32, f64, f64)| {
        let output = if output.is_nan() { String::new() } else { format!("output_tok/sec={output},") };
        format!("version={version},intended concurrency={load},{output}ttft_p95={ttft},TP=4,{more}")
    };
    levels.iter().map(row).collect()
}

const A: &str = "RHAIIS-3.5-EA2";
const B: &str = "RHAIIS-3.5-EA1";
const GOLDEN: &[(&str, u32, f64, f64)] = &[
    (A, 1, 90.0, 50.0),
    (A, 50, 2000.0, 300.0),
    (A, 100, 3300.0, 500.0),
    (A, 200, 5000.0, 900.0),
    (B, 1, 100.0, 50.0),
    (B, 50, 1900.0, 330.0),
    (B, 100, 3000.0, 560.0),
    (B, 300, 6000.0, 1500.0),
];

fn of(rows: &[String], options: &[(&str, &str)]) -> inferscope::view_model::ViewModel {
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    show(&mut table(&rows), &state("compare", &[], options))
}

fn near(found: Option<f64>, expected: f64) {
    assert!((found.unwrap_or(f64::NAN) - expected).abs() < 5e-5, "{found:?}, not {expected}");
}

#[test]
fn golden_figures_and_the_baseline_is_the_denominator() {
    let model = of(&rows(GOLDEN, ""), &[]);
    let pairs = grid(&model, "pairs");
    assert_eq!(pairs.rows.len(), 1);
    near(number(pairs, 0, "output_tps"), 7.6055);
    near(number(pairs, 0, "ttft.p95"), -9.9063);
    near(number(pairs, 0, "peak"), 10.0);
    assert_eq!(cell(pairs, 0, "peak_candidate").cell.text, "3300 at 100");
    assert_eq!([cell(pairs, 0, "output_tps").tone, cell(pairs, 0, "ttft.p95").tone], [Tone::Better; 2]);
    assert_eq!(cell(pairs, 0, "levels").cell.text, "50, 100");
    let left = cell(pairs, 0, "left_out");
    assert_eq!(left.cell.text, "1, 200, 300");
    assert!(left.hint.contains("1: single user") && left.hint.contains(&format!("200: missing on {B}")), "{}", left.hint);
    // The other way round the other side is the denominator.
    let back = of(&rows(GOLDEN, ""), &[("baseline", A), ("candidate", B)]);
    let expected = ((1900.0_f64 * 3000.0 / (2000.0 * 3300.0)).sqrt() - 1.0) * 100.0;
    same(number(grid(&back, "pairs"), 0, "output_tps").expect("compared"), expected, "the baseline below the line");
    assert_eq!(model.panels.len(), 2, "throughput and TTFT");
    let marks: Vec<&Mark> = model.panels[0].chart.series.iter().map(|series| &series.mark).collect();
    assert!(matches!(marks[..], [Mark::Baseline(_), Mark::Curve(_)]));
}

#[test]
fn a_gap_or_a_repeat_on_one_side_does_not_unpair() {
    let gap: Vec<_> = GOLDEN.iter().map(|row| if (row.0, row.1) == (B, 50) { (B, 50, f64::NAN, 330.0) } else { *row }).collect();
    near(number(grid(&of(&rows(&gap, ""), &[]), "pairs"), 0, "output_tps"), 10.0);
    let doubled: Vec<_> = GOLDEN.iter().copied().chain([(B, 50, 1900.0, 330.0)]).collect();
    near(number(grid(&of(&rows(&doubled, ""), &[]), "pairs"), 0, "output_tps"), 7.6055);
}

#[test]
fn a_change_inside_the_noise_is_similar() {
    let noisy = [(A, 50, 2200.0, 1.0), (A, 50, 1600.0, 1.0), (A, 50, 2600.0, 1.0), (B, 50, 1900.0, 1.0), (B, 50, 1850.0, 1.0)];
    let model = of(&rows(&noisy, ""), &[]);
    let cell = cell(grid(&model, "pairs"), 0, "output_tps");
    assert!(cell.cell.exact.parse::<f64>().expect("a number") > 5.0);
    assert_eq!(cell.tone, Tone::Similar);
    assert!(cell.hint.contains("within noise"), "{}", cell.hint);
}

#[test]
fn levels_are_common_to_all_sides() {
    let third = "RHAIIS-3.4-GA";
    let three: Vec<_> = GOLDEN.iter().copied().chain([(third, 100, 1000.0, 1.0), (third, 200, 1.0, 1.0)]).collect();
    let model = of(&rows(&three, ""), &[("baseline", third), ("candidate", A), ("candidate", B)]);
    let pairs = grid(&model, "pairs");
    assert_eq!(pairs.rows.len(), 2);
    // Alone, the pair of the first would have level 200 too.
    near(number(pairs, 0, "output_tps"), 230.0);
    near(number(pairs, 1, "output_tps"), 200.0);
    assert_eq!(cell(pairs, 0, "levels").cell.text, "100");
}

#[test]
fn pure_data_parallel_runs_are_compared() {
    let rows: Vec<String> = rows(GOLDEN, "DP=8").iter().map(|row| row.replace("TP=4,", "")).collect();
    near(number(grid(&of(&rows, &[]), "pairs"), 0, "output_tps"), 7.6055);
}

#[test]
fn what_has_no_counterpart_says_why() {
    let mut all = rows(GOLDEN, "");
    all.push(format!("version={A},intended concurrency=50,output_tok/sec=1,TP=8"));
    all.push(format!("version={A},intended concurrency=50,output_tok/sec=1,TP=2,DP=2"));
    all.push(format!("version={B},intended concurrency=100,output_tok/sec=1,TP=2,DP=2"));
    let model = of(&all, &[]);
    assert_eq!(grid(&model, "pairs").rows.len(), 1);
    let unpaired = grid(&model, "unpaired");
    let reasons: Vec<&str> = (0..unpaired.rows.len()).map(|row| cell(unpaired, row, "reason").cell.text.as_str()).collect();
    assert_eq!(
        reasons,
        [&format!("no load level in common ({B}: 100; {A}: 50)"), &format!("not measured on {B}; nearest has TP4"),]
    );
    // Taken out of what must match, TP may differ, and the table says that it does.
    let loose = of(&all, &[("match", "dp")]);
    let pairs = grid(&loose, "pairs");
    assert!((0..pairs.rows.len()).any(|row| cell(pairs, row, "differs").cell.exact.contains("TP: 4 → 4 | 8")), "{pairs:?}");
}

#[test]
fn nothing_in_common_says_why() {
    let mut all = vec![format!("version={A},intended concurrency=50,output_tok/sec=1,TP=8")];
    all.push(format!("version={B},intended concurrency=50,output_tok/sec=1,TP=4"));
    // The nearest configurations are compared, with a note on what differs.
    let near = of(&all, &[]);
    assert_eq!(grid(&near, "pairs").rows.len(), 1);
    assert!(near.notes.iter().any(|note| note.ends_with("They differ in TP (4 → 8).")), "{:?}", near.notes);
    let model = of(&all, &[("match", "tp")]);
    let empty = model.empty.clone().expect("nothing is compared");
    assert!(empty.reason.contains("no configuration in common"), "{}", empty.reason);
    assert_eq!(grid(&model, "unpaired").rows.len(), 2);
    assert!(of(&[], &[]).empty.is_some());
    assert!(of(&all[..1], &[]).empty.expect("one version").reason.contains("only one"));
}

#[test]
fn settings_that_differ_are_taken_apart() {
    let mut all = rows(&GOLDEN[..4], "runtime_args=dtype: auto; kv-cache-dtype: fp8,image_tag=i:2");
    all.extend(rows(&GOLDEN[4..], "runtime_args=kv-cache-dtype: auto; dtype: auto,image_tag=i:1"));
    let model = of(&all, &[]);
    assert_eq!(cell(grid(&model, "pairs"), 0, "differs").cell.exact, "kv-cache-dtype: auto → fp8; Image: i:1 → i:2");
}

#[test]
fn who_fails_too_often_does_not_win() {
    let mut all = rows(&GOLDEN[..2], "successful_requests=100,errored_requests=0");
    all.extend(rows(&[(A, 100, 3300.0, 500.0)], "successful_requests=60,errored_requests=40"));
    all.extend(rows(&GOLDEN[4..], "successful_requests=100,errored_requests=0"));
    let model = of(&all, &[]);
    let pairs = grid(&model, "pairs");
    near(number(pairs, 0, "output_tps"), 7.6055);
    assert_eq!(cell(pairs, 0, "output_tps").tone, Tone::Doubt);
    near(number(pairs, 0, "peak_candidate"), 2000.0);
}

#[test]
fn any_dimension_can_be_compared_and_names_are_text() {
    let hostile = "<img src=x onerror=alert(1)>";
    let all: Vec<String> = rows(GOLDEN, "").iter().map(|row| row.replace(B, hostile)).collect();
    let model = of(&all, &[("baseline", hostile), ("candidate", A)]);
    near(number(grid(&model, "pairs"), 0, "output_tps"), 7.6055);
    let target = cell(grid(&model, "pairs"), 0, "output_tps").link.clone().expect("a link to the runs");
    let (target, notes) = link::decode(&target);
    assert!(notes.is_empty(), "{notes:?}");
    assert!(target.selection()["version"].contains(hostile));

    let all: Vec<String> =
        rows(GOLDEN, "").iter().map(|row| row.replace(A, "X,accelerator=H200").replace(B, "X,accelerator=MI300X")).collect();
    let model = of(&all, &[("by", "accelerator"), ("baseline", "MI300X"), ("candidate", "H200")]);
    near(number(grid(&model, "pairs"), 0, "output_tps"), 7.6055);
}

#[test]
fn between_levels_and_at_equal_service() {
    let line = |version: &'static str, factor: f64| -> Vec<(&'static str, u32, f64, f64)> {
        [10, 20, 40].map(|load| (version, load, factor * f64::from(load) * 10.0, f64::from(load))).to_vec()
    };
    let all = rows(&[line(A, 1.2), line(B, 1.0)].concat(), "");
    let model = of(&all, &[("at", "30"), ("equal", "ttft.p95")]);
    let pairs = grid(&model, "pairs");
    same(number(pairs, 0, "at").expect("inside"), 20.0, "at 30, on straight lines");
    same(number(pairs, 0, "equal").expect("overlap"), 20.0, "at equal TTFT");
    assert!(cell(pairs, 0, "equal").hint.contains("10, 20, 40"));
    let beyond = of(&all, &[("at", "50")]);
    assert_eq!(number(grid(&beyond, "pairs"), 0, "at"), None);
}

/// Every figure of every pair, for two pairs of releases.
#[test]
fn as_pandas_has_it() {
    let mut engine = demo();
    for (baseline, candidate) in [("RHAIIS-3.4-GA", "RHAIIS-3.5-EA2"), ("RHAIIS-3.5-EA1", "RHAIIS-3.5-EA2")] {
        let expected = reference("compare.py", &[baseline, candidate]);
        let model = show(&mut engine, &state("compare", &[], &[("baseline", baseline), ("candidate", candidate)]));
        let pairs: &Grid = grid(&model, "pairs");
        let columns = ["output_tps", "total_tps", "ttft.p95", "itl.p95", "e2el.p50", "peak", "peak_baseline", "peak_candidate"];
        let expected: Vec<Vec<Option<f64>>> = expected
            .as_array()
            .expect("a list")
            .iter()
            .map(|row| columns.iter().map(|column| row[column].as_f64()).collect())
            .collect();
        let mut found: Vec<Vec<Option<f64>>> =
            (0..pairs.rows.len()).map(|row| columns.iter().map(|column| number(pairs, row, column)).collect()).collect();
        assert_eq!(found.len(), expected.len(), "{candidate} against {baseline}");
        assert!(found.len() > 10, "only {} pairs", found.len());
        // A row is told by its figures: each expected one must be there, once.
        let close = |a: &Option<f64>, b: &Option<f64>| match (a, b) {
            (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0),
            (a, b) => a == b,
        };
        for row in &expected {
            let at = found.iter().position(|other| other.iter().zip(row).all(|(a, b)| close(a, b)));
            found.remove(at.unwrap_or_else(|| panic!("{row:?} is not among {found:#?}")));
        }
    }
}
