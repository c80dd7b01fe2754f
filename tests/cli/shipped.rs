//! What ships in `public/`: the demo data, as the command writes them, and the examples.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::{SHIPPED, column, folder, json, rows, stdout};

#[test]
fn the_shipped_demo_data_are_what_the_command_prints() {
    let shipped = fs::read_to_string(format!("{SHIPPED}/demo/consolidated.csv")).expect("the demo data ship");
    assert!(shipped == stdout(&["demo"]), "write them again: cargo run --bin inferscope -- demo > public/demo/consolidated.csv");
    assert!(shipped.len() < 1_500_000);
    let clusters = fs::read_to_string(format!("{SHIPPED}/demo/llmd.csv")).expect("the demo data ship");
    let command = "cargo run --bin inferscope -- demo --llmd > public/demo/llmd.csv";
    assert!(clusters == stdout(&["demo", "--llmd"]), "write them again: {command}");
    assert!(clusters.len() < 500_000 && clusters != stdout(&["demo", "--llmd", "--seed", "2"]));
    let (names, lines) = rows(&clusters);
    assert_eq!(names.len(), 51);
    let run = names.iter().position(|name| name == "run").expect("a column");
    assert!(lines.iter().all(|line| line[run].starts_with("synthetic-demo-")), "a copy says what it is");
}

#[test]
fn the_shipped_runs_are_what_the_command_writes() {
    let folder = folder("runs");
    let packed = format!("{}/runs.zip", folder.display());
    assert_eq!(stdout(&["demo", "--runs", &packed]), "");
    let (shipped, written) =
        (fs::read(format!("{SHIPPED}/demo/runs.zip")).expect("the runs ship"), fs::read(&packed).expect("it wrote"));
    assert!(shipped == written, "write them again: cargo run --bin inferscope -- demo --runs public/demo/runs.zip");
    assert!(shipped.len() < 150_000, "{}", shipped.len());
    // As files it is the same, with a README, and every file but that is recognised.
    let unpacked = format!("{}/unpacked", folder.display());
    assert_eq!(stdout(&["demo", "--runs", &unpacked]), "");
    let reports = json(&["inspect", "--json", &unpacked]);

    let unread: Vec<&Value> = reports.iter().filter(|report| report["format"].is_null()).map(|report| &report["path"]).collect();
    assert_eq!(unread, [&Value::from(format!("{unpacked}/README.txt"))]);
    let read = reports.iter().filter(|report| !report["format"].is_null());
    for finding in read.flat_map(|report| report["diagnostics"].as_array().expect("a list")) {
        assert_eq!(finding["severity"], "info", "{finding}");
    }
}

#[test]
fn the_shipped_profile_is_what_the_command_writes() {
    let packed = format!("{}/profile.zip", folder("profile").display());
    assert_eq!(stdout(&["demo", "--profile", &packed]), "");
    let (shipped, written) =
        (fs::read(format!("{SHIPPED}/demo/profile.zip")).expect("it ships"), fs::read(&packed).expect("it wrote"));
    assert!(shipped == written, "write it again: cargo run --bin inferscope -- demo --profile public/demo/profile.zip");
    let reports = json(&["inspect", "--json", &packed]);
    let curves: Vec<&Value> = reports.iter().filter(|report| report["format"] == "dynamo-profile").collect();
    assert_eq!(curves.len(), 8, "four engines of each role");
    assert!(curves.iter().all(|report| report["synthetic"] == true), "a copy says what it is");
}

#[test]
fn the_shipped_server_metrics_are_what_the_command_writes() {
    let packed = format!("{}/server.zip", folder("server").display());
    assert_eq!(stdout(&["demo", "--server", &packed]), "");
    let (shipped, written) =
        (fs::read(format!("{SHIPPED}/demo/server.zip")).expect("it ships"), fs::read(&packed).expect("it wrote"));
    assert!(shipped == written, "write it again: cargo run --bin inferscope -- demo --server public/demo/server.zip");
    assert!(shipped.len() < 150_000, "{}", shipped.len());
    let found = json(&["diagnose", "--json", &packed]);
    let confirmed = |rule: &str| {
        let of = found.iter().filter(|one| one["rule"] == rule && one["verdict"] == "confirmed");
        of.map(|one| one["run"].as_str().unwrap_or_default()).collect::<Vec<_>>()
    };
    assert_eq!(confirmed("kv-cache-wall"), ["kv-full"]);
    assert_eq!(confirmed("admission-cap"), ["capped"]);
    assert_eq!(confirmed("thermal-power-throttle"), ["hot"]);
    for one in &found {
        let needs = one["advice"].as_str().is_some_and(|advice| advice.starts_with("Needs "));
        assert_eq!(one["verdict"] == "insufficient-data", needs, "{one}");
    }
}

#[test]
fn the_shipped_demo_data_have_everything_a_table_can_have() {
    let path = format!("{SHIPPED}/demo/consolidated.csv");
    let report = &json(&["inspect", "--json", &path])[0];
    let findings = report["diagnostics"].as_array().expect("a list");
    assert!(findings.iter().all(|finding| finding["severity"] == "info"), "{findings:?}");
    assert_eq!(report["schema"], "52 columns");
    assert_eq!(report["loads"].as_array().map(Vec::len), Some(8));

    let text = stdout(&["table", &path]);
    let table = rows(&text);
    let distinct = |name: &str| column(&table, name).into_iter().filter(|cell| !cell.is_empty()).collect::<BTreeSet<_>>();
    assert_eq!(distinct("version").len(), 11);
    assert_eq!(distinct("accelerator"), BTreeSet::from(["B200", "B300", "H200", "MI300X", "TPU"]));
    assert_eq!(distinct("model").len(), 8);
    let profiles = distinct("profile");
    for part in ["1k/1k", "512/2k", "2k/128", "8k/1k", "100k/1k", "Custom", "0/0", "Multi-turn"] {
        assert!(profiles.iter().any(|profile| profile.contains(part)), "{part} in {profiles:?}");
    }
    assert_eq!(distinct("dataset"), BTreeSet::from(["mlperf-gpt-oss", "sharegpt"]));
    assert_eq!(distinct("prefix_caching"), BTreeSet::from(["no", "yes"]));
    let degrees: BTreeSet<(bool, bool)> =
        column(&table, "tp").into_iter().zip(column(&table, "dp")).map(|(tp, dp)| (tp.is_empty(), dp.is_empty())).collect();
    assert_eq!(degrees.len(), 3, "TP, DP and both");
    let number = |cell: &str| cell.parse::<f64>().unwrap_or(0.0);
    assert!(column(&table, "error_rate_pct").into_iter().any(|cell| number(cell) > 5.0));
    assert!(column(&table, "output_tps").contains(&""), "some cells are blank");
    assert!(column(&table, "run").iter().all(|run| run.starts_with(inferscope::record::SYNTHETIC)));
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.len() > 1000);
}

#[test]
fn the_newest_release_regresses_where_the_demo_data_say() {
    let table = rows(&stdout(&["demo"]));
    let [model, accelerator, version, isl, users, throughput, tp] =
        ["model", "accelerator", "version", "prompt toks", "intended concurrency", "output_tok/sec", "TP"]
            .map(|name| column(&table, name));
    let at = |on: &str, release: &str| {
        let fits = |i: &usize| {
            [model[*i], accelerator[*i], version[*i], isl[*i], users[*i], tp[*i]]
                == ["openai/gpt-oss-120b", on, release, "1000", "100", "4.0"]
        };
        (0..model.len()).find(fits).and_then(|i| throughput[i].parse::<f64>().ok()).expect("measured")
    };
    assert!(at("MI300X", "RHAIIS-3.5-EA2") < 0.95 * at("MI300X", "RHAIIS-3.5-EA1"));
    assert!(at("H200", "RHAIIS-3.5-EA2") > at("H200", "RHAIIS-3.5-EA1"));
}

/// The engine with a shipped file in it, and what it shows for a link.
fn shown(link: &str) -> inferscope::view_model::ViewModel {
    let (mut state, notes) = inferscope::state::link::decode(link);
    assert_eq!(notes, Vec::<String>::new(), "{link}");
    assert_eq!(inferscope::state::link::encode(&state), link, "the link is written as the page writes it");
    let mut engine = inferscope::engine::Engine::default();
    // Published figures come by themselves where a view is about them.
    let figures = inferscope::state::settings::Settings::built_in().figures.into_iter();
    let about = inferscope::view::about(&state.view).and_then(|view| view.kind);
    let figures = figures.filter(|row| about == Some(row.kind)).map(|row| row.src);
    let sources: Vec<String> = std::mem::take(&mut state.sources).into_iter().chain(figures).collect();
    for (id, source) in sources.iter().enumerate() {
        let bytes = fs::read(format!("{SHIPPED}/{source}")).expect("the source ships");
        let imported = inferscope::engine::import_all(inferscope::source::Source::new(source.as_str(), bytes), None, |_| {});
        for (member, imported) in imported.into_iter().enumerate() {
            engine.add(inferscope::engine::protocol::FileId((id * 1000 + member) as u32), imported.tables);
        }
    }
    engine.show(&state, &std::collections::BTreeMap::new())
}

#[test]
fn the_shipped_examples_show_what_they_promise() {
    let config = fs::read_to_string(format!("{SHIPPED}/config.json")).expect("the settings ship");
    let config: Value = serde_json::from_str(&config).expect("JSON");
    assert_eq!(config["start"][0]["demo"], true);
    let links: Vec<&str> =
        config["examples"].as_array().expect("a list").iter().filter_map(|example| example["link"].as_str()).collect();
    // Panels, lines (as counted with pandas over the same data) and tables.
    let expected = [
        Some((0, 0, 11)),
        Some((1, 20, 2)),
        Some((1, 113, 4)),
        Some((1, 6, 0)),
        None,
        Some((0, 0, 1)),
        Some((4, 3, 1)),
        Some((0, 0, 2)),
        None,
        Some((0, 0, 2)),
        Some((3, 2, 2)),
        Some((1, 1, 0)),
    ];
    assert_eq!(links.len(), expected.len());
    for (link, counts) in links.into_iter().zip(expected) {
        let model = shown(link);
        // Views over worker logs count their own panels in their own tests.
        let counts = counts.unwrap_or((model.panels.len(), model.legend.len(), model.grids.len()));
        assert_eq!(model.empty, None, "{link}");
        assert_eq!(model.notes.iter().filter(|note| note.contains("No loaded file")).count(), 0, "{:?}", model.notes);
        assert_eq!((model.panels.len(), model.legend.len(), model.grids.len()), counts, "{link}: {:?}", model.legend);
    }
}

#[test]
fn the_first_look_at_the_demo_data_compares_releases_and_accelerators() {
    let model = shown("?v=2&src=demo/consolidated.csv");
    let [panel] = model.panels.as_slice() else { panic!("one panel") };
    let labels: Vec<&str> = panel.chart.series.iter().map(|series| series.label.as_str()).collect();
    assert_eq!(labels.len(), 8, "{labels:?}");
    for part in ["RHAIIS-3.4-GA", "RHAIIS-3.5-EA2", "H200", "B200", "B300", "MI300X"] {
        assert!(labels.iter().any(|label| label.contains(part)), "{part} in {labels:?}");
    }
    assert!(panel.chart.series.iter().all(|series| series.points().count() == 8));
}
