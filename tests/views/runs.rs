//! Runs: the synthetic run folders that ship, against figures computed here from their JSON files; traps of
//! `../shared/formats/srt-slurm.md` §6.1.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use inferscope::demo::runs::{self, File, Options};
use inferscope::engine::protocol::{ExportRef, FileId};
use inferscope::engine::{Engine, import, import_all};
use inferscope::source::Source;
use inferscope::state::link;
use inferscope::view_model::{Series, Tone, ViewModel};
use serde_json::{Value, json};

use super::{cell, grid, number, root, same, show, state};

/// An engine with the archive that ships.
pub fn shipped() -> Engine {
    let bytes = fs::read(root().join("public/demo/runs.zip")).expect("the runs ship");
    let mut engine = Engine::default();
    for (id, imported) in import_all(Source::new("demo/runs.zip", bytes), None, |_| ()).into_iter().enumerate() {
        engine.add(FileId(id as u32), imported.tables);
    }
    engine
}

/// An engine with files.
pub fn folder(files: &[(&str, String)]) -> Engine {
    let mut engine = Engine::default();
    for (id, (path, text)) in files.iter().enumerate() {
        engine.add(FileId(id as u32), import(&Source::new(*path, text.clone().into_bytes()), None, |_| ()).tables);
    }
    engine
}

/// The files as they are written, read without any code of ours.
pub fn written() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    runs::each(&Options::default(), &mut |File { path, text }| {
        files.insert(path, text);
        Ok(())
    })
    .expect("memory has room");
    files
}

/// A run's own folder, below the archive.
fn folder_of(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').collect();
    parts[..2].join("/")
}

/// Results by run folder: concurrency and the object.
pub fn results() -> BTreeMap<String, BTreeMap<u64, Value>> {
    let mut found: BTreeMap<String, BTreeMap<u64, Value>> = BTreeMap::new();
    for (path, text) in written().iter().filter(|(path, _)| path.contains("/sa-bench_")) {
        let object: Value = serde_json::from_str(text).expect("a result is JSON");
        let users = object["max_concurrency"].as_u64().expect("a level");
        found.entry(folder_of(path)).or_default().insert(users, object);
    }
    found
}

/// The row of a run in the grid of runs.
pub fn row_of(model: &ViewModel, name: &str) -> usize {
    let runs = grid(model, "runs");
    (0..runs.rows.len()).find(|row| cell(runs, *row, "run").cell.text == name).unwrap_or_else(|| panic!("no run {name}"))
}

pub fn shown(model: &ViewModel, run: &str, column: &str) -> String {
    cell(grid(model, "runs"), row_of(model, run), column).cell.text.clone()
}

fn card(model: &ViewModel, label: &str) -> String {
    model.cards.iter().find(|card| card.label == label).unwrap_or_else(|| panic!("no card {label}")).value.clone()
}

#[test]
fn every_run_has_its_row_and_the_figures_of_its_files() {
    let model = show(&mut shipped(), &state("runs", &[], &[]));
    let runs = grid(&model, "runs");
    let results = results();
    let folders: BTreeSet<String> = written().keys().map(|path| folder_of(path)).collect();
    assert_eq!((runs.rows.len(), results.len()), (folders.len(), folders.len() - 1));
    assert_eq!(card(&model, "Runs"), folders.len().to_string());
    assert_eq!(card(&model, "Data points"), results.values().map(BTreeMap::len).sum::<usize>().to_string());
    // Working GPUs where the metadata state those of a worker, else the allocated ones: both from the files.
    let gpus: BTreeMap<&str, (f64, f64)> = [
        ("9101", (3.0 * 8.0, 24.0)),
        ("9102", (3.0 * 8.0, 24.0)),
        ("770001", (2.0 * 2.0 + 8.0, 4.0 * 4.0)),
        ("770002", (2.0 * 4.0, 8.0)),
    ]
    .into();
    for (folder, levels) in &results {
        let name = folder.rsplit('/').next().expect("a folder").split('_').next().expect("a number");
        let row = row_of(&model, name);
        let best = levels.iter().map(|(users, of)| (of["output_throughput"].as_f64().expect("a figure"), *users));
        let (best, users) = best.max_by(|a, b| a.0.total_cmp(&b.0)).expect("a level");
        same(number(runs, row, "best").expect("a best"), best, name);
        same(number(runs, row, "best_at").expect("a level"), users as f64, name);
        same(number(runs, row, "levels").expect("levels"), levels.len() as f64, name);
        if let Some((working, allocated)) = gpus.get(name) {
            same(number(runs, row, "per_gpu").expect("a figure"), best / working, name);
            let other = show(&mut shipped(), &state("runs", &[], &[("basis", "allocated")]));
            same(number(grid(&other, "runs"), row_of(&other, name), "per_gpu").expect("a figure"), best / allocated, name);
            let label = |model: &ViewModel| {
                grid(model, "runs").columns.iter().find(|column| column.key == "per_gpu").expect("a column").label.clone()
            };
            assert_eq!((label(&model), label(&other)), ("Best per working GPU".to_owned(), "Best per allocated GPU".to_owned()));
        }
    }
    // §6.1-1, -2, -3: metadata of the first generation, null nodes, aggregated runs.
    let said = |run: &str| ["topology", "accelerator", "lengths"].map(|column| shown(&model, run, column));
    assert_eq!(said("9101"), ["1P/2D", "H200", "8192/1024"]);
    assert_eq!(said("770001"), ["2P/1D", "GB200", "4096/1024"]);
    assert_eq!(said("770002"), ["2A", "H100", "1024/1024"]);
    // A run says how many GPUs are allocated only: marked, and said.
    assert_eq!(cell(runs, row_of(&model, "9101"), "per_gpu").tone, Tone::Doubt);
    assert_eq!(cell(runs, row_of(&model, "770001"), "per_gpu").tone, Tone::Plain);
    assert!(
        model.notes.iter().any(|note| note.starts_with("GPU count of 2 runs taken from the allocation")),
        "{:?}",
        model.notes
    );
}

#[test]
fn scenarios_divide_by_the_gpus_that_are_chosen_and_say_so() {
    let results = results();
    let outputs = results["outputs/770001"].values().map(|result| result["output_throughput"].as_f64().expect("a figure"));
    let best = outputs.fold(0.0, f64::max);
    for (basis, title, gpus) in
        [("working", "Output throughput per GPU", 12.0), ("allocated", "Output throughput per allocated GPU", 16.0)]
    {
        let model = show(&mut shipped(), &state("pareto/disaggregation", &[("run_id", "770001")], &[("basis", basis)]));
        let panel = model.panels.iter().find(|panel| panel.chart.y.title == title).unwrap_or_else(|| panic!("{:?}", model.notes));
        let points = panel.chart.series.iter().flat_map(Series::points).map(|point| point.y);
        same(points.fold(0.0, f64::max), best / gpus, basis);
        let control = model.controls.iter().find(|control| control.key == "basis").expect("the switch");
        assert_eq!(control.values, [basis]);
    }
}

#[test]
fn what_is_missing_is_said() {
    let model = show(&mut shipped(), &state("runs", &[], &[]));
    let planned = |run: &str| shown(&model, run, "complete");
    // §6.1-7: also where only the recipe has the levels.
    assert_eq!([planned("9101"), planned("9102")], ["4 of 4", "2 of 4: 64, 128 missing"]);
    assert_eq!([planned("770001"), planned("770002")], ["3 of 3", "5 of 6: 256 missing"]);
    assert_eq!(planned("770003"), "2 levels, no plan stated");
    assert_eq!(planned("770004"), "no results");
    let skipped = cell(grid(&model, "runs"), row_of(&model, "770004"), "complete");
    assert_eq!((skipped.tone, skipped.hint.as_str()), (Tone::Doubt, "A profiling job: it has no benchmark results."));
    assert_eq!(card(&model, "Incomplete runs"), "2");
    // Nothing describes it: its results are shown, and what is not known.
    assert_eq!(shown(&model, "770003", "unknown"), "run id, accelerator, version or image, topology, planned levels");
    assert_eq!([shown(&model, "770003", "topology"), shown(&model, "770003", "levels")], ["1P/1D", "2"]);
}

#[test]
fn the_newest_come_first_by_instant() {
    // §6.1-8: not by the text of month and day.
    let metadata = |job: &str, date: &str| {
        let text = json!({"run_metadata": {"slurm_job_id": job, "run_date": date}, "profiler_metadata": {"type": "sa-bench"}});
        (format!("logs/{job}/{job}.json"), text.to_string())
    };
    let files = [("1", "20251109_235900"), ("2", "20260102_000000"), ("3", "20251110_000000"), ("4", "20250930_120000")];
    let files: Vec<(String, String)> = files.iter().map(|(job, date)| metadata(job, date)).collect();
    let files: Vec<(&str, String)> = files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
    let model = show(&mut folder(&files), &state("runs", &[], &[]));
    assert_eq!(model.empty, None, "runs without results are runs");
    let runs = grid(&model, "runs");
    let order: Vec<&str> = (0..4).map(|row| cell(runs, row, "run").cell.text.as_str()).collect();
    assert_eq!(order, ["2", "3", "1", "4"]);
}

#[test]
fn tags_are_entered_shown_exported_and_taken_back() {
    let mut engine = shipped();
    let model = show(&mut engine, &state("runs", &[], &[]));
    let edit = |model: &ViewModel, value: &str| {
        let cell = cell(grid(model, "runs"), row_of(model, "9101"), "tags");
        let query = cell.edit.as_ref().expect("tags are entered").replace("{value}", value);
        let (state, notes) = link::decode(&query);
        assert_eq!(notes, Vec::<String>::new(), "{query}");
        state
    };
    assert_eq!(shown(&model, "9101", "tags"), "baseline, chunk-128k");
    let tagged = edit(&model, "golden%2C+mine");
    assert_eq!(tagged.given.len(), 1);
    assert_eq!(tagged.given[0].path, "demo/runs.zip/logs/9101_1P_2D_20260312_140500/");
    let model = show(&mut engine, &tagged);
    assert_eq!([shown(&model, "9101", "tags"), shown(&model, "9102", "tags")], ["golden, mine", "chunk-32k"]);
    // Tags filter, and they are in what leaves the page.
    let tags = model.facets.iter().find(|facet| facet.key == "tags").expect("a facet");
    assert!(tags.values.iter().any(|value| value.value == "mine" && value.count == 4), "{:?}", tags.values);
    let twin: Vec<String> = model.columns.iter().map(|column| column.key.clone()).collect();
    let at = twin.iter().position(|key| key == "tags").expect("the table twin has tags");
    assert_eq!(engine.rows(0, 100).iter().filter(|row| row[at].exact == "golden, mine").count(), 4);
    let exported: Value = serde_json::from_slice(&engine.export(&ExportRef::of("json")).bytes).expect("JSON");
    let exported = exported.as_array().expect("a list");
    let given = exported.iter().filter(|row| row["tags"] == "golden, mine" && row["user_given"] == "Tags");
    assert_eq!(given.count(), 4);
    let model = show(&mut engine, &edit(&model, "again"));
    assert_eq!(shown(&model, "9101", "tags"), "again");
    let former = edit(&model, "");
    assert_eq!(former.given, []);
    assert_eq!(shown(&show(&mut engine, &former), "9101", "tags"), "baseline, chunk-128k");
}

#[test]
fn filters_and_links_lead_to_single_runs() {
    let mut engine = shipped();
    let names = |model: &ViewModel| {
        let runs = grid(model, "runs");
        (0..runs.rows.len()).map(|row| cell(runs, row, "run").cell.text.clone()).collect::<Vec<_>>()
    };
    let filtered = |engine: &mut Engine, key: &str, value: &str| names(&show(engine, &state("runs", &[(key, value)], &[])));
    assert_eq!(filtered(&mut engine, "topology", "2A"), ["770002"]);
    assert_eq!(filtered(&mut engine, "tags", "baseline"), ["9101"]);
    // A run without results is filtered by what describes it.
    assert_eq!(filtered(&mut engine, "accelerator", "H200"), ["770004", "9102", "9101"]);
    let model = show(&mut engine, &state("runs", &[], &[]));
    let (target, notes) =
        link::decode(cell(grid(&model, "runs"), row_of(&model, "770001"), "run").link.as_deref().expect("a link"));
    assert_eq!(notes, Vec::<String>::new());
    let explore = show(&mut engine, &target);
    assert_eq!((explore.state.view.as_str(), explore.total), ("explore", results()["outputs/770001"].len()));
    // Every run with worker logs leads to them; one without does not.
    for (run, has) in [("9101", true), ("770001", true), ("770002", true), ("770003", true), ("770004", false)] {
        let at = row_of(&model, run);
        for (column, view) in
            [("timeline", "runs/timeline"), ("balance", "runs/balance"), ("configuration", "runs/configuration")]
        {
            let link = cell(grid(&model, "runs"), at, column).link.clone();
            assert_eq!(link.is_some(), has || view == "runs/configuration", "{run}, {view}");
            let Some(link) = link else { continue };
            let shown = show(&mut engine, &link::decode(&link).0);
            assert_eq!(shown.state.view, view);
            assert_eq!(shown.empty, None, "{run}, {view}");
        }
    }
}

#[test]
fn results_without_folders_are_runs_by_their_ids() {
    let mut engine =
        super::table(&["uuid=a,intended concurrency=1,output_tok/sec=10", "uuid=b,intended concurrency=1,output_tok/sec=20"]);
    let model = show(&mut engine, &state("runs", &[], &[]));
    assert_eq!((shown(&model, "a", "best"), shown(&model, "b", "best")), ("10".to_owned(), "20".to_owned()));
}

#[test]
fn a_level_that_does_not_comply_is_no_best() {
    let mut engine = super::table(&[
        "uuid=a,intended concurrency=1,output_tok/sec=10,successful_requests=10",
        "uuid=a,intended concurrency=9,output_tok/sec=99,successful_requests=10,errored_requests=90",
    ]);
    let model = show(&mut engine, &state("runs", &[], &[]));
    assert_eq!([shown(&model, "a", "best"), shown(&model, "a", "best_at")], ["10", "1"]);
    assert!(model.notes.iter().any(|note| note.contains("excluded from the best")), "{:?}", model.notes);
}

/// The number behind these words.
fn after(line: &str, words: &str) -> Option<f64> {
    let rest = &line[line.find(words)? + words.len()..];
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

/// Seconds of the day of a `2026-03-12 14:05:11` in a line.
fn seconds(line: &str) -> Option<f64> {
    let at = line.find(" 1").filter(|at| line[..*at].ends_with(|c: char| c.is_ascii_digit()))? + 1;
    let part = |from: usize, to: usize| line.get(at + from..at + to)?.parse::<f64>().ok();
    Some(part(0, 2)? * 3600.0 + part(3, 5)? * 60.0 + part(6, 8)?)
}

#[test]
fn worker_logs_and_results_agree() {
    // SGLang's decode lines of every rank, four seconds each, within the window of each level.
    let files = written();
    let lines: Vec<&str> = files
        .iter()
        .filter(|(path, _)| path.contains("/9101_") && path.contains("_decode_w"))
        .flat_map(|(_, text)| text.lines())
        .collect();
    let samples: Vec<(f64, f64)> =
        lines.iter().filter_map(|line| Some((seconds(line)?, after(line, "gen throughput (token/s): ")?))).collect();
    assert!(samples.len() > 400, "{}", samples.len());
    for (users, result) in &results()["logs/9101_1P_2D_20260312_140500"] {
        let start = result["benchmark_start_time_unix"].as_f64().expect("a start") % 86_400.0;
        let end = start + result["duration"].as_f64().expect("a duration");
        let within = samples.iter().filter(|(at, _)| (start..end + 4.0).contains(at));
        let tokens: f64 = within.map(|(_, rate)| rate * 4.0).sum();
        let stated = result["total_output_tokens"].as_f64().expect("tokens");
        assert!((tokens / stated - 1.0).abs() < 0.02, "{users}: {tokens} of {stated}");
    }
}
