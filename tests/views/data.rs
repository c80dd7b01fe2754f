//! Data: rows and columns as they are.

use inferscope::state::Sort;
use inferscope::state::settings::Settings;
use inferscope::view_model::ViewModel;

use super::{cell, demo, demo_rows, grid, show, state, table};

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

/// Columns without any value among the filtered rows are left out until they are asked for.
#[test]
fn empty_columns_are_left_out() {
    let rows = ["version=v1,intended concurrency=1,output_tok/sec=5,DP=2", "version=v2,intended concurrency=1,ttft_p95=7"];
    let mut engine = table(&rows);
    let keys = |model: &ViewModel| model.columns.iter().map(|column| column.key.clone()).collect::<Vec<_>>();
    let all = keys(&show(&mut engine, &state("data", &[], &[])));
    assert!(
        ["dp", "output_tps", "ttft.p95", "version", "load"].iter().all(|key| all.iter().any(|other| other == key)),
        "{all:?}"
    );
    assert!(!all.iter().any(|key| key == "image"), "{all:?}");
    let one = keys(&show(&mut engine, &state("data", &[("version", "v2")], &[])));
    assert!(
        one.iter().any(|key| key == "ttft.p95") && !one.iter().any(|key| ["dp", "output_tps"].contains(&key.as_str())),
        "{one:?}"
    );
    let asked =
        keys(&show(&mut engine, &state("data", &[("version", "v2")], &[("columns", "output_tps"), ("columns", "version")])));
    assert_eq!(asked, ["version", "output_tps"], "the catalogue's order, and what was asked for");
    // The name of the file counts as text.
    assert_eq!(show(&mut engine, &state("data", &[], &[("find", "dashboard.csv v2")])).total, 1);
}

/// Figures sort as numbers, texts by their own order; what is missing comes last.
#[test]
fn every_column_sorts() {
    let rows = [
        "version=v0.9,intended concurrency=1,output_tok/sec=1,ttft_p95=30",
        "version=v0.10,intended concurrency=1,output_tok/sec=1,ttft_p95=4",
        "version=v0.2,intended concurrency=1,output_tok/sec=1",
    ];
    let mut engine = table(&rows);
    let mut sorted = |column: &str, descending: bool| {
        let mut asked = state("data", &[], &[("columns", "version")]);
        asked.sort = Some(Sort { column: column.to_owned(), descending });
        show(&mut engine, &asked);
        engine.rows(0, 9).iter().map(|row| row[0].text.clone()).collect::<Vec<_>>()
    };
    assert_eq!(sorted("version", false), ["v0.2", "v0.9", "v0.10"]);
    // A column can be sorted by only while it is shown: its heading is what one clicks.
    assert_eq!(sorted("version", true), ["v0.10", "v0.9", "v0.2"]);
    let mut asked = state("data", &[], &[]);
    asked.sort = Some(Sort { column: "ttft.p95".to_owned(), descending: true });
    let model = show(&mut engine, &asked);
    let at = model.columns.iter().position(|column| column.key == "version").expect("version");
    assert_eq!(engine.rows(0, 9).iter().map(|row| row[at].text.as_str()).collect::<Vec<_>>(), ["v0.9", "v0.10", "v0.2"]);
}

/// The deployment's templates, filled from the run: ids and times as its file gives them.
#[test]
fn runs_link_to_other_systems() {
    let rows = [
        "version=v1,uuid=u 1,output_tok/sec=1,intended concurrency=1,guidellm_start_time_ms=1767225600000,guidellm_end_time_ms=1767229200500",
        "version=v1,uuid=u 1,output_tok/sec=1,intended concurrency=50,guidellm_start_time_ms=1767225600000,guidellm_end_time_ms=1767229200500",
        "version=v2,uuid=u2,output_tok/sec=1,intended concurrency=1",
    ];
    let mut engine = table(&rows);
    assert!(show(&mut engine, &state("data", &[], &[])).grids.is_empty(), "no templates, no table");
    let config = r#"{"links": [{"label": "Board", "template": "https://g.example/d?from={start_ms}&to={end_ms}&id={uuid}&m={model}"}],
                     "logs": {"template": "https://logs.example/{uuid}.log"}}"#;
    let (settings, notes) = Settings::read(config);
    assert!(notes.is_empty(), "{notes:?}");
    engine.set(settings);
    let model = show(&mut engine, &state("data", &[], &[]));
    let runs = grid(&model, "runs");
    assert_eq!(runs.rows.len(), 2);
    assert_eq!(cell(runs, 0, "start_time").cell.text, "2026-01-01 00:00:00");
    assert_eq!(cell(runs, 0, "end_time").cell.text, "2026-01-01 01:00:00");
    let board = "https://g.example/d?from=1767225600000&to=1767229200500&id=u%201&m=org%2Fm";
    assert_eq!(cell(runs, 0, "Board").link.as_deref(), Some(board));
    assert_eq!(cell(runs, 1, "Board").link, None, "without a time there is no such link");
    assert_eq!(cell(runs, 1, "Log").link.as_deref(), Some("log:https://logs.example/u2.log"), "the page shows it itself");
    assert_eq!(cell(runs, 1, "Log").cell.exact, "https://logs.example/u2.log", "what is copied and exported");
    // Runs follow the filter.
    let one = show(&mut engine, &state("data", &[("version", "v2")], &[]));
    assert_eq!(grid(&one, "runs").rows.len(), 1);
}
