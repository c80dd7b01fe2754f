//! Runs as a place to choose from: links, two runs for a comparison, what stands first; and which folders are one run and
//! what it is called.

use inferscope::engine::Engine;
use inferscope::state::{Selection, link};
use inferscope::view_model::{Entry, GridCell, ViewModel};

use super::runs::{folder, row_of, shipped, shown};
use super::{cell, grid, show, state};

#[test]
fn links_to_a_run_leave_the_others_within_reach() {
    let mut engine = shipped();
    let model = show(&mut engine, &state("runs", &[], &[]));
    let at = row_of(&model, "9102");
    let follow = |engine: &mut Engine, model: &ViewModel, column: &str| {
        let link = cell(grid(model, "runs"), at, column).link.clone().expect("a link");
        show(engine, &link::decode(&link).0)
    };
    let choices = |model: &ViewModel, key: &str| {
        let control = model.controls.iter().find(|control| control.key == key).unwrap_or_else(|| panic!("no control {key}"));
        let (Entry::Select(choices) | Entry::MultiSelect(choices)) = &control.entry else { panic!("choices") };
        let label = |value: &String| choices.iter().find(|choice| choice.value == *value).map(|choice| choice.label.clone());
        (choices.len(), control.values.iter().filter_map(label).collect::<Vec<_>>())
    };
    let configuration = follow(&mut engine, &model, "configuration");
    assert_eq!(configuration.state.selection(), Selection::new());
    assert_eq!(choices(&configuration, "run"), (6, vec!["9102".to_owned()]));
    assert_eq!(choices(&configuration, "against"), (6, vec!["9101".to_owned()]), "its workers, and the five other runs");
    for column in ["timeline", "balance"] {
        let shown = follow(&mut engine, &model, column);
        assert_eq!(shown.state.selection(), Selection::new());
        assert_eq!(choices(&shown, "runs"), (5, vec!["9102".to_owned()]), "{column}: of five runs with logs");
    }
}

#[test]
fn two_runs_are_chosen_one_after_the_other() {
    let mut engine = shipped();
    let column = |model: &ViewModel, run: &str, column: &str| cell(grid(model, "runs"), row_of(model, run), column).clone();
    let model = show(&mut engine, &state("runs", &[], &[]));
    assert!(grid(&model, "runs").columns.iter().all(|column| column.key != "releases"), "nothing is marked yet");
    let mut follow = |cell: &GridCell| show(&mut engine, &link::decode(cell.link.as_deref().expect("a link")).0);
    let marked = follow(&column(&model, "9101", "compare"));
    assert!(marked.sentence.ends_with("Choose a run to compare with 9101"), "{}", marked.sentence);
    let words = |run: &str| column(&marked, run, "compare").cell.text;
    assert_eq!([words("9101"), words("9102")], ["selected", "compare with 9101"]);
    let both = follow(&column(&marked, "9102", "compare"));
    assert!(both.sentence.starts_with("Run 9102 vs 9101: "), "{}", both.sentence);
    assert_eq!(both.state.option("marked"), None);
    // And the choice is taken back.
    assert_eq!(follow(&column(&marked, "9101", "compare")).state.option("marked"), None);
    // Runs of one model and two releases are compared by release, too.
    let mut engine = super::table(&[
        "uuid=a,version=vLLM-0.10.0,intended concurrency=1,output_tok/sec=10",
        "uuid=b,version=vLLM-0.11.0,intended concurrency=1,output_tok/sec=12",
        "uuid=c,version=vLLM-0.10.0,intended concurrency=1,output_tok/sec=11",
    ]);
    let model = show(&mut engine, &state("runs", &[], &[]));
    let mut follow = |cell: &GridCell| show(&mut engine, &link::decode(cell.link.as_deref().expect("a link")).0);
    let marked = follow(&column(&model, "a", "compare"));
    assert_eq!(column(&marked, "c", "releases").link, None, "the same release");
    let releases = follow(&column(&marked, "b", "releases"));
    assert_eq!((releases.state.view.as_str(), releases.empty), ("compare", None));
    let chosen = |key: &str| releases.controls.iter().find(|control| control.key == key).expect("a control").values.clone();
    assert_eq!([chosen("baseline"), chosen("candidate")], [["vLLM-0.10.0"], ["vLLM-0.11.0"]]);
}

#[test]
fn what_tells_runs_stands_first() {
    let model = show(&mut shipped(), &state("runs", &[], &[]));
    let open: Vec<&str> = model.facets.iter().filter(|facet| facet.open).map(|facet| facet.key.as_str()).collect();
    assert_eq!(open, ["accelerator", "topology", "model", "isl", "osl", "version", "image", "tags", "tool"]);
    assert!(model.facets.iter().take(open.len()).all(|facet| facet.open));
    // What is chosen stays in sight.
    let chosen = show(&mut shipped(), &state("runs", &[("run_id", "9101")], &[]));
    assert_eq!(chosen.facets.iter().find(|facet| facet.key == "run_id").map(|facet| facet.open), Some(true));
    let columns = |model: &ViewModel| grid(model, "runs").columns.iter().map(|column| column.key.clone()).collect::<Vec<_>>();
    assert_eq!(columns(&model)[..6], ["run", "complete", "levels", "tags", "best", "best_at"]);
    // A column that says nothing of any run is none.
    assert!(columns(&model).contains(&"image".to_owned()));
    let mut bare = super::table(&["uuid=a,intended concurrency=1,output_tok/sec=10"]);
    let bare = show(&mut bare, &state("runs", &[], &[]));
    assert!(
        !columns(&bare).iter().any(|key| ["image", "timeline", "balance", "topology"].contains(&key.as_str())),
        "{:?}",
        columns(&bare)
    );
}

#[test]
fn results_and_windows_of_the_power_measurement_are_one_run() {
    // SemiAnalysis' fork of srt-slurm (`tests/fixtures/nvidia-power-golden`): nothing else describes the run.
    const FILE: &str = "results_concurrency_4_gpus_8_ctx_4_gen_4.json";
    let times = r#""benchmark_start_time_unix": 1785168100.0, "benchmark_end_time_unix": 1785168120.0, "duration": 20.0"#;
    let window = format!(
        r#"{{"schema_version": 1, "benchmark_type": "sa-bench", "result_path": "sa-bench_isl_8192_osl_1024/{FILE}", "concurrency": 4,
        {times}, "clock_source": "head_node_unix_clock", "status": "completed", "reason": null}}"#
    );
    let exporter = "# HELP DCGM_FI_DEV_POWER_USAGE Power draw (in W).\n# TYPE DCGM_FI_DEV_POWER_USAGE gauge\nDCGM_FI_DEV_POWER_USAGE{gpu=\"0\"} 190.5\n";
    let mut engine = folder(&[
        (&format!("golden/power/windows/{FILE}"), window),
        (&format!("golden/sa-bench_isl_8192_osl_1024/{FILE}"), format!("{{{times}, \"completed\": 40}}")),
        ("sample-metrics/dcgm.txt", exporter.to_owned()),
    ]);
    let model = show(&mut engine, &state("runs", &[], &[]));
    let runs = grid(&model, "runs");
    // The exporter's page is of no run: no server says anything there.
    assert_eq!((runs.rows.len(), shown(&model, "golden", "levels")), (1, "1".to_owned()), "{runs:?}");
    assert_eq!(cell(runs, 0, "run").hint, "golden");
}

#[test]
fn a_run_has_one_name_everywhere() {
    let mut engine = shipped();
    // Nothing describes 770003, and its results lie in folders inside its own.
    assert_eq!(cell(grid(&show(&mut engine, &state("runs", &[], &[])), "runs"), 1, "run").cell.text, "770003");
    let labels = |model: &ViewModel| model.legend.iter().map(|entry| entry.label.clone()).collect::<Vec<_>>();
    let pareto = labels(&show(&mut engine, &state("pareto", &[], &[])));
    assert!(
        pareto.iter().any(|label| label.contains("770003")) && !pareto.iter().any(|label| label.contains("logs")),
        "{pareto:?}"
    );
    let (_, summary) = show(&mut engine, &state("explore/dynamo", &[], &[("show", "levels")])).text.expect("a summary");
    assert!(summary.contains("770003: 2 concurrency levels (32-64)") && !summary.contains("logs:"), "{summary}");
    let nodes = show(&mut engine, &state("runs/timeline", &[], &[]));
    let control = nodes.controls.iter().find(|control| control.key == "runs").expect("runs to choose from");
    let Entry::MultiSelect(choices) = &control.entry else { panic!("several runs") };
    assert!(choices.iter().any(|choice| choice.label == "770003" && choice.value.ends_with("/770003")), "{choices:?}");
}
