//! Inferscope: drop the results of AI-inference benchmarks onto a static page; see them, compare them, share the link.
//!
//! # Code map, in the way the data goes
//!
//! | room | it does | it never knows |
//! | --- | --- | --- |
//! | [`source`] | bytes in: archives, text encodings, folders elsewhere, limits | formats' meaning |
//! | [`format`] | recognises a file by its content and reads it; one file per tool | tables, views, the browser |
//! | [`record`] | what every format emits: measurements, diagnostics, provenance | where it came from |
//! | [`catalog`] | metrics, dimensions, profiles, accelerators, version order: rows of data | files |
//! | [`sorting`] | stable sorting that is small in code | everything else |
//! | [`work`] | long work in steps, counted | everything else |
//! | [`table`] | Arrow columns; dictionary strings; null is missing; derived columns, IPC, exports | formats, views |
//! | [`join`] | joins the tables of all files: duplicates, manual overrides, descriptions in folders, the clock | formats, views |
//! | [`analysis`] | pure mathematics over columns | the browser, state |
//! | [`trace`] | traces of requests: analysis, synthesis, conversion | tables, views |
//! | [`state`] | [`state::ViewState`] and its versioned link codec; the deployment's settings | Leptos |
//! | [`view_model`] | what crosses to the page: tables, controls, cards, charts | tables, Arrow |
//! | [`query`] | (tables, filters) to rows, facets, groups, axes, series, the rows behind them | views |
//! | [`comparison`] | pairing, the SLO, scorecards, differences, the gate of pipelines | pixels |
//! | [`capacity`] | operating points under an SLO, GPU basis, prices, energy | pixels |
//! | [`runs`] | a run's folder, processes, rates, load windows, log | pixels |
//! | [`telemetry`] | engines and GPUs over time, counters as increases, the evidence of a diagnosis | pixels |
//! | [`gate`] | what a pipeline asks: did it get worse, does anything meet the SLO | the command line |
//! | [`grafana`] | the Server view's panels as Grafana boards: their PromQL, their JSON | files, data |
//! | [`view`] | the registry; a room for each part of the navigation, a file or folder per view | pixels, DOM, sorting, cutting |
//! | [`engine`] | owns the tables, answers the protocol | Leptos |
//! | [`chart`] | a chart model to an ECharts option | the DOM |
//! | `page` | Leptos components and adapters to the browser (wasm only) | formulas |
//! | `demo` | synthetic demo data from a documented queueing model (native only) | everything else |
//!
//! # Invariants
//!
//! - Parsing never fails: a format gives data *and* diagnostics. A bad row costs that row.
//! - Missing is null: never zero, never NaN, never drawn, never averaged.
//! - Only `page`, `engine::port` and `engine::messages` name the browser; everything else compiles and is tested natively.
//! - The page's program (`main.rs`) links no `read` of a format and no `show` of a view: what it knows of them is
//!   [`format::ABOUT`] and [`view::ABOUT`]. Nor does the engine's program (`bin/inferscope-engine.rs`), which owns the
//!   tables, link a `read`, nor the writers of Parquet and Arrow: those are the reader's (`bin/inferscope-reader.rs`).
//! - The page holds one `ViewState`, which is the link, and renders the view model that comes back. It computes nothing.
//! - Imports run one way (`tests/rooms.rs` holds it).

pub mod analysis;
pub mod capacity;
pub mod catalog;
pub mod chart;
pub mod comparison;
#[cfg(not(target_arch = "wasm32"))]
pub mod demo;
pub mod engine;
pub mod format;
pub mod gate;
pub mod grafana;
pub mod join;
#[cfg(target_arch = "wasm32")]
pub mod page;
pub mod query;
pub mod record;
pub mod runs;
pub mod sorting;
pub mod source;
pub mod state;
pub mod table;
pub mod telemetry;
pub mod trace;
pub mod view;
pub mod view_model;
pub mod work;
