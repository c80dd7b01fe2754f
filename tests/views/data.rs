//! Data: rows and columns as they are.

use super::{demo, demo_rows, show, state};

#[test]
fn finds_filters_and_chooses_columns() {
    let mut engine = demo();
    let all = show(&mut engine, &state("data", &[], &[]));
    assert_eq!(all.total, demo_rows().len());
    assert!(all.rows_first && all.columns.len() > 50, "{} columns", all.columns.len());

    let expected = demo_rows().iter().filter(|row| row["accelerator"] == "B200" && row["model"].contains("gpt-oss")).count();
    let found = show(&mut engine, &state("data", &[("accelerator", "B200")], &[("find", "GPT-oss"), ("columns", "model")]));
    assert_eq!(found.total, expected);
    assert_eq!(found.columns.iter().map(|column| column.key.as_str()).collect::<Vec<_>>(), ["model"]);
    let none = show(&mut engine, &state("data", &[], &[("find", "no such text anywhere")]));
    assert_eq!(none.total, 0);
}
