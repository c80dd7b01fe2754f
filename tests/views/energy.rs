//! Energy: golden figures and traps of `../shared/formats/rhaiis.md` (§7, §4.2-11), and pandas over the demo data.

use std::collections::BTreeMap;

use inferscope::engine::import;
use inferscope::engine::protocol::FileId;
use inferscope::record::{Given, LoadKind, Stat};
use inferscope::source::Source;
use inferscope::state::{Axis, Limit, ViewState};
use inferscope::view_model::{Entry, Tone};

use super::{cell, demo, engine_of, grid, number, reference, root, same, show, state, table};

fn ttft(bound: f64) -> Limit {
    Limit { of: Axis::Figure { metric: "ttft".to_owned(), stat: Stat::P95 }, bound }
}

#[test]
fn golden_watt_hours_and_grams() {
    let row = "model=openai/gpt-oss-120b, version=RHAIIS-3.4-GA, TP=4, intended concurrency=200, output_tok/sec=10000, total_tok/sec=20000";
    let mut engine = table(&[row]);
    let model = show(&mut engine, &state("capacity/energy", &[], &[("grid", "400")]));
    let energy = grid(&model, "energy");
    assert_eq!(number(energy, 0, "watts"), Some(417.2));
    let wh = number(energy, 0, "wh_output").expect("watt-hours");
    assert!((wh - 46.36).abs() < 0.005, "{wh}");
    same(number(energy, 0, "wh_total").expect("total"), wh / 2.0, "per total token");
    same(number(energy, 0, "grams_output").expect("grams"), wh * 0.4, "400 g/kWh");
    same(number(energy, 0, "per_joule").expect("tokens per joule"), 10_000.0 / (417.2 * 4.0), "tok/s/W");
    // Measured, though not in this run: no doubt about it.
    assert_eq!(
        (cell(energy, 0, "basis").cell.text.as_str(), cell(energy, 0, "watts").tone),
        ("measured in another run", Tone::Plain)
    );
    // The deployment's own grid, when nobody enters another.
    let model = show(&mut engine, &state("capacity/energy", &[], &[]));
    same(number(grid(&model, "energy"), 0, "grams_output").expect("grams"), wh * 0.481, "481 g/kWh");
}

/// §4.2-11: the reference groups by TP and loses what has none.
#[test]
fn data_parallel_runs_stay_and_assumed_power_is_marked() {
    let mut engine = table(&[
        "model=openai/gpt-oss-120b, version=RHAIIS-3.4-GA, DP=4, intended concurrency=100, output_tok/sec=8000",
        "model=openai/gpt-oss-120b, version=RHAIIS-3.4-GA, TP=2, DP=2, intended concurrency=100, output_tok/sec=4000",
        "version=A, accelerator=B300, TP=4, intended concurrency=100, output_tok/sec=8000",
        "version=B, intended concurrency=100, output_tok/sec=8000",
    ]);
    let model = show(&mut engine, &state("capacity/energy", &[], &[]));
    let energy = grid(&model, "energy");
    assert_eq!(energy.rows.len(), 2);
    for (row, (layout, tps)) in [("DP4", 8000.0), ("TP2 · DP2", 4000.0)].into_iter().enumerate() {
        assert_eq!(cell(energy, row, "layout").cell.text, layout);
        same(number(energy, row, "wh_output").expect("watt-hours"), 475.0 * 4.0 / tps * 1e6 / 3600.0, layout);
        assert_eq!(
            (cell(energy, row, "basis").cell.text.as_str(), cell(energy, row, "wh_output").tone),
            ("assumed", Tone::Doubt)
        );
        assert!(cell(energy, row, "watts").hint.contains("assumed"), "{}", cell(energy, row, "watts").hint);
    }
    let unknown = grid(&model, "unknown");
    let why: BTreeMap<&str, &str> = (0..unknown.rows.len())
        .map(|row| (cell(unknown, row, "version").cell.text.as_str(), cell(unknown, row, "why").cell.text.as_str()))
        .collect();
    assert!(why["A"].starts_with("power unknown") && why["B"].starts_with("GPU count unknown"), "{why:?}");
}

#[test]
fn a_level_averages_its_repeats_and_must_comply() {
    let mut engine = table(&[
        "version=A, TP=1, intended concurrency=50, output_tok/sec=1000, ttft_p95=100, uuid=a",
        "version=A, TP=1, intended concurrency=50, output_tok/sec=3000, ttft_p95=100, uuid=b",
        "version=A, TP=1, intended concurrency=200, output_tok/sec=9000, ttft_p95=9000, uuid=a",
        "version=B, TP=1, intended concurrency=200, output_tok/sec=9000, ttft_p95=9000, uuid=c",
    ]);
    let limited = ViewState { slo: vec![ttft(4000.0)], ..state("capacity/energy", &[], &[]) };
    let best = show(&mut engine, &limited);
    assert_eq!(grid(&best, "energy").rows.len(), 1);
    assert_eq!(number(grid(&best, "energy"), 0, "output_tps"), Some(3000.0));
    assert_eq!(cell(grid(&best, "unknown"), 0, "why").cell.text, "no load meets the SLO and error limit");
    let level = show(&mut engine, &limited.clone().with_option("level", &["50"]));
    let shown = ["output_tps", "repeats"].map(|key| number(grid(&level, "energy"), 0, key));
    assert_eq!(shown, [Some(2000.0), Some(2.0)]);
    let control = level.controls.iter().find(|control| control.key == "level").expect("levels");
    let Entry::Select(choices) = &control.entry else { panic!("one level") };
    assert_eq!(choices.iter().map(|choice| choice.value.as_str()).collect::<Vec<_>>(), ["best", "50", "200"]);
    let none = show(&mut engine, &limited.with_option("level", &["200"]));
    assert!(grid(&none, "energy").rows.is_empty());
    assert_eq!(grid(&none, "unknown").rows.len(), 2);
}

/// GPU telemetry beside a single measurement is of that measurement; beside several it is of none.
#[test]
fn telemetry_of_the_run_stands_before_the_tables() {
    let fixture = |name: &str| std::fs::read_to_string(root().join("tests/fixtures/aiperf").join(name)).expect("a fixture");
    let (run, gpus) = (fixture("0.13.0/concurrency-4.json"), fixture("made/gpus.jsonl"));
    // Two moments in the run, 2026-11-21T18:12:50.6 to 18:12:56.8, and an idle one a second after it.
    let idle =
        gpus.lines().nth(1).expect("a line").replace("1762551531279417488", "1795284777900000000").replace(":120,", ":20,");
    let gpus = gpus.replace("1762551530946074466", "1795284771000000000").replace("1762551531279417488", "1795284775000000000");
    let gpus = format!("{}\n{idle}\n", gpus.trim_end());
    let mut engine = engine_of("run/profile_export_aiperf.json", &run);
    let telemetry = import(&Source::new("run/gpu_telemetry_export.jsonl", gpus.clone().into_bytes()), None, |_| ());
    engine.add(FileId(2), telemetry.tables);
    let given = ["gpus", "accelerator"].into_iter().zip(["2", "H100"]);
    let given = given.map(|(dimension, value)| Given {
        path: "run/profile_export_aiperf.json".to_owned(),
        dimension: dimension.to_owned(),
        value: value.to_owned(),
    });
    let asked = ViewState { given: given.collect(), ..state("capacity/energy", &[], &[]) };
    let model = show(&mut engine, &asked);
    let energy = grid(&model, "energy");
    assert_eq!(cell(energy, 0, "basis").cell.text, "measured in this run");
    // The two moments of the file: 350.5 W and 120 W.
    same(number(energy, 0, "watts").expect("watts"), (350.5 + 120.0) / 2.0, "mean power");
    assert_eq!(cell(energy, 0, "watts").tone, Tone::Plain);
    assert!(cell(energy, 0, "source").cell.text.contains("1 sample before and after it left out"));
    assert!(model.notes.iter().any(|note| note.contains("over the run’s own time")), "{:?}", model.notes);

    // Without the times of the run all samples count, and it is said that idle ones may be among them.
    let timeless = run.replace("\"start_time\"", "\"x\"").replace("\"end_time\"", "\"y\"");
    let mut unplaced = engine_of("run/profile_export_aiperf.json", &timeless);
    unplaced
        .add(FileId(2), import(&Source::new("run/gpu_telemetry_export.jsonl", gpus.clone().into_bytes()), None, |_| ()).tables);
    let model = show(&mut unplaced, &asked);
    let energy = grid(&model, "energy");
    same(number(energy, 0, "watts").expect("watts"), (350.5 + 120.0 + 20.0) / 3.0, "mean power of all samples");
    assert_eq!(cell(energy, 0, "watts").tone, Tone::Doubt);
    assert!(model.notes.iter().any(|note| note.contains("idle time before and after")), "{:?}", model.notes);

    // A second measurement in the folder: nobody says whose power it was, so the accelerator's is assumed.
    let other = run.replace("\"concurrency\": 4", "\"concurrency\": 8");
    assert_ne!(other, run);
    engine.add(FileId(3), import(&Source::new("run/second_aiperf.json", other.into_bytes()), None, |_| ()).tables);
    let model = show(&mut engine, &asked);
    assert_eq!(cell(grid(&model, "energy"), 0, "basis").cell.text, "assumed");
}

/// What `dcgmi dmon` captured has no times: samples in which no GPU worked are left out, both GPUs' of one moment or neither's.
#[test]
fn telemetry_without_times_counts_where_a_gpu_worked() {
    let run = std::fs::read_to_string(root().join("tests/fixtures/aiperf/0.13.0/concurrency-4.json")).expect("a fixture");
    let lines = [(26, 0), (200, 90), (40, 0), (220, 95), (60, 5), (26, 0)];
    let moments = |(gpu, lines): (u32, &[(u32, u32)])| {
        lines.iter().map(|(watts, util)| format!("GPU {gpu}     {watts}     {util}\n")).collect::<Vec<_>>()
    };
    let other = [(20, 0), (20, 0), (20, 0), (100, 50), (20, 0), (20, 0)];
    let both = moments((0, &lines)).into_iter().zip(moments((1, &other))).map(|(a, b)| a + &b).collect::<String>();
    let capture = format!("#Entity   POWER     GPUTL\nID         W\n{both}");
    let mut engine = engine_of("run/profile_export_aiperf.json", &run);
    engine.add(FileId(2), import(&Source::new("run/gpu_metrics.log", capture.into_bytes()), None, |_| ()).tables);
    let given = [("gpus", "2"), ("accelerator", "H100")].map(|(dimension, value)| Given {
        path: "run/profile_export_aiperf.json".to_owned(),
        dimension: dimension.to_owned(),
        value: value.to_owned(),
    });
    let model = show(&mut engine, &ViewState { given: given.to_vec(), ..state("capacity/energy", &[], &[]) });
    let energy = grid(&model, "energy");
    let watts = (200.0 + 20.0 + 220.0 + 100.0 + 60.0 + 20.0) / 6.0;
    same(number(energy, 0, "watts").expect("watts"), watts, "mean power of three moments");
    assert!(cell(energy, 0, "source").cell.text.contains("6 samples in which no GPU worked left out"), "{energy:?}");
    assert!(model.notes.iter().any(|note| note.contains("in which a GPU worked")), "{:?}", model.notes);
}

#[test]
fn every_figure_of_the_demo_agrees_with_pandas() {
    let mut engine = demo();
    let settings = root().join("public/config.json");
    let settings = settings.to_str().expect("a path");
    for (level, bound, load) in [("best", "-", "-"), ("best", "300", "300"), ("100", "-", "-"), ("300", "200", "-")] {
        let mut slo: Vec<Limit> = bound.parse().ok().map(ttft).into_iter().collect();
        let most = load.parse().ok().map(|bound| Limit { of: Axis::Load(LoadKind::Concurrency), bound });
        slo.extend(most);
        let asked = ViewState { slo, ..state("capacity/energy", &[("profile", "Balanced (1k/1k)")], &[("level", level)]) };
        let model = show(&mut engine, &asked);
        let expected = reference("energy.py", &[settings, level, bound, load]);
        let energy = grid(&model, "energy");
        assert_eq!(energy.rows.len() as u64, expected["count"].as_u64().expect("a count"), "{level} {bound} {load}");
        assert!(energy.rows.len() > 20);
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for row in 0..energy.rows.len() {
            let names = ["model", "accelerator", "version", "layout", "load"];
            let key = names.map(|key| cell(energy, row, key).cell.exact.clone()).join("|");
            let nth = seen.entry(key.clone()).or_default();
            let figures = &expected["rows"][&key][*nth];
            assert!(figures.is_object(), "pandas has no {key} ({nth})");
            *nth += 1;
            for name in ["watts", "wh_output", "wh_total", "grams_output", "per_joule"] {
                let expected = figures[name].as_f64().expect("a number");
                same(number(energy, row, name).expect("a figure"), expected, &format!("{key}: {name}"));
            }
            let basis = if figures["measured"] == true { "measured in another run" } else { "assumed" };
            assert_eq!(cell(energy, row, "basis").cell.text, basis, "{key}");
        }
        assert_eq!(model.panels.len(), 1);
        assert!(model.empty.is_none());
    }
}
