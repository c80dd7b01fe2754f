//! Tables of more rows than a screen: the worst of all rows comes first, every row can be reached, and exports have them all.

use std::collections::BTreeMap;

use inferscope::engine::protocol::ExportRef;
use inferscope::state::Sort;
use inferscope::view_model::Grid;

use super::{state, table};

/// More configurations than any table listed before rows were built on demand.
const MANY: usize = 700;

/// One measurement each of `MANY` configurations on priced accelerators; the throughput of the n-th is 1000 + (n × 7919 mod
/// 9973), which is in no order.
fn throughput(at: usize) -> f64 {
    1000.0 + (at * 7919 % 9973) as f64
}

#[test]
fn the_last_of_seven_hundred_rows_is_first_when_sorted_by_it() {
    let rows: Vec<String> = (0..MANY)
        .map(|at| {
            let rate = throughput(at);
            format!("model=org/m{at:03},version=v1,TP=1,intended concurrency=8,output_tok/sec={rate},ttft_p95=100,successful_requests=9")
        })
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let mut engine = table(&rows);
    let mut expected: Vec<f64> = (0..MANY).map(throughput).collect();
    expected.sort_by(f64::total_cmp);

    let mut asked = state("capacity", &[], &[]);
    asked.sort = Some(Sort { column: "cost:output_tps".to_owned(), descending: false });
    let model = engine.show(&asked, &BTreeMap::new());
    let at = model.grids.iter().position(|grid| grid.key == "cost").expect("a ranking by cost");
    let grid: &Grid = &model.grids[at];
    assert_eq!((grid.total, grid.rows.len()), (MANY, Grid::FIRST_ROWS), "only the first rows are built");
    let column = grid.columns.iter().position(|column| column.key == "output_tps").expect("throughput");
    let values = |rows: &[Vec<inferscope::view_model::GridCell>]| -> Vec<f64> {
        rows.iter().map(|row| row[column].cell.exact.parse().expect("a number")).collect()
    };
    assert_eq!(values(&grid.rows), expected[..Grid::FIRST_ROWS]);
    assert_eq!(values(&engine.grid_rows(at, 0, usize::MAX)), expected, "every row, in order");
    assert_eq!(values(&engine.grid_rows(at, 640, 60)), expected[640..], "the last window ends with the table");
    let exported = String::from_utf8(engine.export(&ExportRef { grid: Some(at), ..ExportRef::of("csv") }).bytes).expect("text");
    assert_eq!(exported.lines().count(), MANY + 1, "an export has them all");
}
