//! The views, asked as the page asks them: an engine over the demo data or over small tables made for one trap, against
//! figures computed here from the same text, or by pandas (`tests/reference/*.py`).

mod balance;
mod compare;
mod configurations;
mod cost;
mod coverage;
mod data;
mod deployments;
mod disaggregation;
mod dynamo;
mod energy;
mod latency;
mod llmd;
mod llmd_rhaiis;
mod log;
mod long_tables;
mod made;
mod mlperf;
mod mlperf_pairs;
mod mlperf_views;
mod models;
mod notebook;
mod pareto;
mod planner;
mod rankings;
mod rearranged;
mod release_check;
mod requests;
mod run_configuration;
mod runs;
mod runs_chosen;
mod server;
mod server_clocks;
mod tabs;
mod timeline;
mod timeline_lines;
mod traces;
mod trends;
mod verdict;
mod what_if;
mod workloads;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use inferscope::engine::protocol::FileId;
use inferscope::engine::{Engine, import};
use inferscope::source::Source;
use inferscope::state::{Filters, Selection, ViewState};
use inferscope::view_model::{Grid, GridCell, ViewModel};
use serde_json::Value;

/// The demo data that the page opens on.
pub const DEMO: &str = "public/demo/consolidated.csv";

/// The checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// An engine with one file.
pub fn engine_of(name: &str, text: &str) -> Engine {
    let mut engine = Engine::default();
    engine.add(FileId(1), import(&Source::new(name, text.as_bytes().to_vec()), None, |_| ()).tables);
    engine
}

/// An engine with several files, by path and content.
pub fn files(files: &[(&str, &str)]) -> Engine {
    let mut engine = Engine::default();
    for (id, (name, text)) in files.iter().enumerate() {
        engine.add(FileId(id as u32), import(&Source::new(*name, text.as_bytes().to_vec()), None, |_| ()).tables);
    }
    engine
}

/// An engine with the demo data.
pub fn demo() -> Engine {
    engine_of(DEMO, &std::fs::read_to_string(root().join(DEMO)).expect("the demo data are there"))
}

/// The demo's rows as text by column, read without any code of ours.
pub fn demo_rows() -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(root().join(DEMO)).expect("the demo data are there");
    reader.deserialize().collect::<Result<_, _>>().expect("rows")
}

/// A RHAIIS table of a few columns: what is not named is empty. Rows are `column=value` pairs between commas.
pub fn table(rows: &[&str]) -> Engine {
    engine_of("consolidated_dashboard.csv", &rhaiis(rows))
}

/// The text of such a table.
pub fn rhaiis(rows: &[&str]) -> String {
    let columns = [
        "run",
        "accelerator",
        "model",
        "version",
        "prompt toks",
        "output toks",
        "TP",
        "measured concurrency",
        "intended concurrency",
        "measured rps",
        "output_tok/sec",
        "total_tok/sec",
        "ttft_median",
        "ttft_p95",
        "ttft_p99",
        "tpot_median",
        "itl_median",
        "itl_p95",
        "request_latency_median",
        "successful_requests",
        "errored_requests",
        "uuid",
        "runtime_args",
        "image_tag",
        "DP",
        "dataset",
        "turns",
        "guidellm_start_time_ms",
        "guidellm_end_time_ms",
    ];
    consolidated(&columns, rows)
}

/// A consolidated table: what is not named is empty, or as usual.
pub fn consolidated(columns: &[&str], rows: &[&str]) -> String {
    let line = |row: &&str| {
        let pairs: BTreeMap<&str, &str> = row.split(',').filter_map(|pair| pair.trim().split_once('=')).collect();
        assert!(pairs.keys().all(|key| columns.contains(key)), "{row}");
        let usual = [("run", "r"), ("accelerator", "H200"), ("model", "org/m"), ("prompt toks", "1000"), ("output toks", "1000")];
        let usual: BTreeMap<&str, &str> = usual.into_iter().collect();
        let cell = |column: &&str| pairs.get(column).or(usual.get(column)).copied().unwrap_or_default();
        columns.iter().map(cell).collect::<Vec<_>>().join(",")
    };
    let lines: Vec<String> = std::iter::once(columns.join(",")).chain(rows.iter().map(line)).collect();
    lines.join("\n") + "\n"
}

/// A state of a view with filters and options.
pub fn state(view: &str, filters: &[(&str, &str)], options: &[(&str, &str)]) -> ViewState {
    let mut selection = Selection::new();
    for (key, value) in filters {
        selection.entry((*key).to_owned()).or_default().insert((*value).to_owned());
    }
    let mut state = ViewState { view: view.to_owned(), filters: Filters::Chosen(selection), ..ViewState::default() };
    for (key, value) in options {
        state.options.entry((*key).to_owned()).or_default().push((*value).to_owned());
    }
    state
}

/// The picture of a state.
pub fn show(engine: &mut Engine, state: &ViewState) -> ViewModel {
    let mut model = engine.show(state, &BTreeMap::new());
    // The page asks for the rows beyond the first as they come in sight; the tests look at all of them.
    for at in 0..model.grids.len() {
        model.grids[at].rows = engine.grid_rows(at, 0, usize::MAX);
    }
    model
}

/// A grid of the picture.
pub fn grid<'a>(model: &'a ViewModel, key: &str) -> &'a Grid {
    let keys: Vec<&str> = model.grids.iter().map(|grid| grid.key.as_str()).collect();
    model.grids.iter().find(|grid| grid.key == key).unwrap_or_else(|| panic!("no grid {key} among {keys:?}"))
}

/// The cell of a row in the column with this key.
pub fn cell<'a>(grid: &'a Grid, row: usize, column: &str) -> &'a GridCell {
    let at = grid.columns.iter().position(|other| other.key == column);
    &grid.rows[row][at.unwrap_or_else(|| panic!("no column {column} among {:?}", grid.columns))]
}

/// The exact number of a cell; `None` when it is empty.
pub fn number(grid: &Grid, row: usize, column: &str) -> Option<f64> {
    let exact = &cell(grid, row, column).cell.exact;
    (!exact.is_empty()).then(|| exact.parse().unwrap_or_else(|_| panic!("{column} of row {row} is no number: {exact}")))
}

/// Asserts that two figures agree to 1e-9, relatively.
pub fn same(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= 1e-9 * found.abs().max(expected.abs()), "{what}: {found} is not {expected}");
}

/// What a script of `tests/reference` computes with pandas; `make test` installs it, INFERSCOPE_PYTHON names it.
pub fn reference(script: &str, arguments: &[&str]) -> Value {
    let installed = || {
        let home =
            std::env::var("XDG_CACHE_HOME").unwrap_or_else(|_| format!("{}/.cache", std::env::var("HOME").unwrap_or_default()));
        format!("{home}/inferscope/reference-python/bin/python3")
    };
    let python = std::env::var("INFERSCOPE_PYTHON").unwrap_or_else(|_| installed());
    let script = root().join("tests/reference").join(script);
    let output = Command::new(&python).arg(&script).arg(root().join(DEMO)).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{python} is missing ({error}): run `make setup`"));
    assert!(output.status.success(), "{}: {}", script.display(), String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{}: {error}", script.display()))
}
