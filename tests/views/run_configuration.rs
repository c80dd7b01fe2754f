//! Set-up: drawings, settings and differences of the synthetic runs and of folders made for one trap each
//! (`../shared/formats/srt-slurm.md` §4, §6.1-6).

use inferscope::engine::Engine;
use inferscope::engine::import;
use inferscope::record::Kind;
use inferscope::source::Source;
use inferscope::view_model::{Choice, Entry, Tone, ViewModel};

use super::runs::{folder, results, shipped, written};
use super::{cell, grid, number, show, state};

/// The ids of runs, by name.
fn id(engine: &mut Engine, name: &str) -> String {
    let model = show(engine, &state("runs/configuration", &[], &[]));
    let control = model.controls.iter().find(|control| control.key == "run").expect("runs to choose from");
    let Entry::Select(choices) = &control.entry else { panic!("one run") };
    choices.iter().find(|choice| choice.label == name).unwrap_or_else(|| panic!("no run {name} in {choices:?}")).value.clone()
}

fn of(engine: &mut Engine, name: &str, options: &[(&str, &str)]) -> ViewModel {
    let run = id(engine, name);
    let options: Vec<(&str, &str)> = options.iter().copied().chain([("run", run.as_str())]).collect();
    show(engine, &state("runs/configuration", &[], &options))
}

fn card(model: &ViewModel, label: &str) -> (String, Tone) {
    let card = model.cards.iter().find(|card| card.label == label).unwrap_or_else(|| panic!("no card {label}"));
    (card.value.clone(), card.tone)
}

/// The texts of a grid's row that begins with these.
fn line(model: &ViewModel, key: &str, first: &str) -> Vec<String> {
    let found = grid(model, key).rows.iter().find(|row| row.iter().any(|cell| cell.cell.exact == first));
    found.unwrap_or_else(|| panic!("no {first} in {key}")).iter().map(|cell| cell.cell.exact.clone()).collect()
}

#[test]
fn idle_gpus_and_nodes_without_logs_are_drawn() {
    let model = of(&mut shipped(), "770001", &[]);
    let drawn = grid(&model, "topology");
    let column = |key: &str| (0..drawn.rows.len()).map(|row| number(drawn, row, key).expect("a count")).collect::<Vec<_>>();
    // Two prefill workers of two GPUs each on nodes of four, one decode worker of eight over two nodes.
    assert_eq!((column("used"), column("gpus")), (vec![2.0, 2.0, 4.0, 4.0], vec![4.0; 4]));
    assert_eq!(cell(drawn, 0, "prefill").cell.text, "w0 ■■");
    assert_eq!(cell(drawn, 0, "drawn").cell.text, "■■□□");
    assert_eq!([cell(drawn, 3, "node"), cell(drawn, 3, "decode")].map(|cell| cell.cell.text.as_str()), ["(no log)", "w0 ■■■■"]);
    assert_eq!(card(&model, "GPUs (working)"), ("12".to_owned(), Tone::Plain));
    assert_eq!(card(&of(&mut shipped(), "770001", &[("basis", "allocated")]), "GPUs (allocated)").0, "16");
    assert!(model.notes.iter().any(|note| note.starts_with("1 of 4 nodes")), "{:?}", model.notes);
    // Two workers share a node.
    let together = of(&mut shipped(), "770002", &[]);
    assert_eq!(cell(grid(&together, "topology"), 0, "agg").cell.text, "w0 ■■■■  w1 ■■■■");
    assert_eq!(card(&together, "Levels"), ("5 of 6: 256 missing".to_owned(), Tone::Doubt));
}

#[test]
fn dumps_are_found_in_both_layouts() {
    // §6.1-6: in the run's folder, and in its logs.
    for (run, side, flag, value) in
        [("9101", "prefill", "chunked_prefill_size", "131072"), ("770002", "agg", "max_num_seqs", "256")]
    {
        let model = of(&mut shipped(), run, &[]);
        let flags = grid(&model, "flags");
        let row = (0..flags.rows.len()).find(|row| cell(flags, *row, "setting").cell.text == flag).expect("the flag");
        assert_eq!(cell(flags, row, side).cell.exact, value);
    }
    let model = of(&mut shipped(), "9101", &[]);
    assert_eq!(line(&model, "environment", "NCCL_DEBUG")[0], "NCCL");
    assert_eq!(line(&model, "environment", "MC_TE_METRIC")[0], "Mooncake");
    assert_eq!(line(&model, "engine", "mem_fraction_static")[1..3], ["0.84", "0.88"]);
    // Without anything but logs, their settings are shown, and what is not known is marked.
    let bare = of(&mut shipped(), "770003", &[]);
    assert_eq!(line(&bare, "engine", "tp_size")[1..3], ["4", "4"]);
    assert_eq!(card(&bare, "Container"), ("unknown".to_owned(), Tone::Doubt));
}

#[test]
fn one_setting_between_two_runs_is_the_single_variable() {
    let model = of(&mut shipped(), "9101", &[]);
    assert_eq!(card(&model, "Comparison").0, "single variable: prefill: chunked_prefill_size");
    assert_eq!(line(&model, "difference", "prefill: chunked_prefill_size")[1..], ["32768", "131072"], "from 9102 to 9101");
    assert_eq!(grid(&model, "difference").rows.len(), 1);
    // Figures over the two levels that both have.
    assert_eq!(number(grid(&model, "effect"), 0, "levels"), Some(2.0));
}

#[test]
fn a_change_is_that_of_the_chosen_run_against_the_other() {
    let mut engine = shipped();
    let other = id(&mut engine, "9101");
    let model = of(&mut engine, "9102", &[("against", &other)]);
    let effect = grid(&model, "effect");
    let labels: Vec<&str> = effect.columns.iter().map(|column| column.label.as_str()).collect();
    assert_eq!(labels, ["Metric", "Shared load levels", "9101", "9102", "Change in 9102"]);
    assert_eq!(effect.title, "Effect on metrics: 9102 vs 9101");
    let figure = |title: &str| effect.rows.iter().find(|row| row[0].cell.text == title).expect("the figure");
    // By the files: geometric means of the P99 TTFT at the two levels that both runs have.
    let mean = |folder: &str| {
        let levels = &results()[folder];
        let of = |users: u64| levels[&users]["p99_ttft_ms"].as_f64().expect("a figure");
        (of(16) * of(32)).sqrt()
    };
    let [one, two] = ["logs/9101_1P_2D_20260312_140500", "logs/9102_1P_2D_20260312_160100"].map(mean);
    let row = figure("P99 TTFT");
    let exact = |at: usize| row[at].cell.exact.parse::<f64>().expect("a number");
    assert!((exact(2) - one).abs() < 1e-6 && (exact(3) - two).abs() < 1e-6, "{row:?}");
    assert!((exact(4) - (two / one - 1.0) * 100.0).abs() < 1e-6 && two > one, "{row:?}");
    assert_eq!(row[4].tone, Tone::Worse);
}

/// A lock as srtctl leaves it (`NVIDIA/srt-slurm` issue 41603, cut down): what differs between any two runs differs here.
fn lock(job: u32, setup: &str, sampler: bool, container: &str) -> (String, String) {
    let set = |spaces: usize| if sampler { format!("{:spaces$}VLLM_USE_FLASHINFER_SAMPLER: \"0\"\n", "") } else { String::new() };
    let (recipe, found, digit) = (set(4), set(8), job % 10);
    let text = format!(
        "name: r{job}
setup_script: {setup}
model:
  path: /m/x
  container: {container}
resources:
  gpus_per_node: 4
  prefill_nodes: 1
  decode_nodes: 1
  prefill_workers: 1
  decode_workers: 1
backend:
  type: vllm
  prefill_environment:
    NCCL_NVLS_ENABLE: \"1\"
{recipe}  decode_environment:
    NCCL_NVLS_ENABLE: \"1\"
{recipe}benchmark:
  type: sa-bench
identity:
  container:
    image: {container}:tag
  frameworks:
    vllm: declared-{job}
lock:
  version: 2
  generated_at: '2026-05-01T15:56:{digit}2Z'
  slurm:
    job_id: '{job}'
    nodelist: n[{digit}]
  resolved:
    container_path: {container}.sqsh
  verification:
    checks:
    - field: x
      message: declared-{job}
  fingerprints:
    decode_w0:
      hostname: n{digit}
      frameworks:
        vllm: 0.20.1
      env:
        CUDA_VISIBLE_DEVICES: '{digit}'
        DYN_SYSTEM_PORT: '810{digit}'
        OMPI_MCA_orte_precondition_transports: 0000{job}
        VLLM_IMAGE_TAG: {container}:tag
{found}  integrity: {job}abc
"
    );
    (format!("runs/{job}/recipe.lock.yaml"), text)
}

#[test]
fn what_differs_between_any_two_runs_is_no_cause() {
    let mut engine = engine_of(&[
        lock(15902, "deps.sh", false, "/c/nightly"),
        lock(15974, "deps.sh", true, "/c/nightly"),
        lock(15975, "revert.sh", false, "/c/nightly"),
        lock(15908, "deps.sh", false, "/c/good"),
    ]);
    let mut compare = |run: &str, against: &str| {
        let other = id(&mut engine, against);
        of(&mut engine, run, &[("against", &other)])
    };
    let model = compare("15902", "15974");
    let variable = "single variable: prefill and decode: VLLM_USE_FLASHINFER_SAMPLER=0 (only 15974)";
    assert_eq!(card(&model, "Comparison"), (variable.to_owned(), Tone::Plain));
    let rows =
        |model: &ViewModel, key: &str| grid(model, key).rows.iter().map(|row| row[0].cell.text.clone()).collect::<Vec<_>>();
    assert_eq!(rows(&model, "difference"), ["prefill and decode: $VLLM_USE_FLASHINFER_SAMPLER"]);
    // They are counted and listed, each with the reason, after everything else.
    let aside = rows(&model, "incidental");
    for key in ["decode: $CUDA_VISIBLE_DEVICES", "decode: $DYN_SYSTEM_PORT", "integrity", "verification.checks[0].message"] {
        assert!(aside.contains(&key.to_owned()), "{key} in {aside:?}");
    }
    assert_eq!(model.grids.last().map(|grid| grid.key.as_str()), Some("incidental"));
    assert!(grid(&model, "incidental").rows.iter().all(|row| row.len() == 4 && !row[3].cell.text.is_empty()));
    let detail = &model.cards.iter().find(|card| card.label == "Comparison").expect("the card").detail;
    assert_eq!(*detail, format!("{} incidental differences excluded", aside.len()));
    assert_eq!(card(&compare("15902", "15975"), "Comparison").0, "single variable: setup_script");
    // An image is one cause, however often it is said.
    assert_eq!(card(&compare("15908", "15902"), "Comparison").0, "single variable: model.container");
}

/// A run of two decode workers with these values of a setting, and one of the recipe's.
fn two(job: &str, fractions: [&str; 2], precision: &str) -> Vec<(String, String)> {
    let recipe = format!(
        "name: r{job}\nmodel:\n  path: /m/x\n  precision: {precision}\nresources:\n  gpus_per_node: 8\n  prefill_nodes: 1\n  decode_nodes: 2\n  prefill_workers: 1\n  decode_workers: 2\nbenchmark:\n  type: sa-bench\n"
    );
    let mut files = vec![
        (format!("runs/{job}/config.yaml"), recipe),
        (
            format!("runs/{job}/{job}.json"),
            format!(
                "{{\"job_id\": \"{job}\", \"backend_type\": \"sglang\", \"benchmark\": {{\"type\": \"sa-bench\"}}, \"resources\": {{}}}}"
            ),
        ),
    ];
    for (at, fraction) in fractions.iter().enumerate() {
        let text = format!(
            "[2026-01-02 03:04:05] server_args=ServerArgs(tp_size=8, mem_fraction_static={fraction}, port={at})\n[2026-01-02 03:05:05 DP0 TP0] Decode batch, #running-req: 4, token usage: 0.10, gen throughput (token/s): 50.00, #queue-req: 0\n"
        );
        files.push((format!("runs/{job}/n{at}_decode_w{at}.out"), text));
    }
    files
}

fn engine_of(files: &[(String, String)]) -> Engine {
    folder(&files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect::<Vec<_>>())
}

#[test]
fn set_up_opens_on_the_run_that_says_most() {
    let mut engine = shipped();
    let first = show(&mut engine, &state("runs/configuration", &[], &[]));
    let control = first.controls.iter().find(|control| control.key == "run").expect("runs to choose from");
    let Entry::Select(choices) = &control.entry else { panic!("one run") };
    let settings = |choice: &Choice| choice.hint.split(' ').next().and_then(|count| count.parse::<usize>().ok()).unwrap_or(0);
    let most = choices.iter().map(settings).max().expect("runs");
    let opened = choices.iter().find(|choice| control.values.contains(&choice.value)).expect("the run");
    assert_eq!(settings(opened), most, "{} of {choices:?}", opened.label);
    // A run with one worker a side and nothing else to hold it against: said in a note, not as a heading.
    let bare = of(&mut engine, "770003", &[("against", "workers")]);
    assert_eq!(bare.sentence, "Run 770003");
    assert!(bare.cards.iter().all(|card| card.label != "Comparison"));
    assert!(bare.notes.iter().any(|note| note.starts_with("Cannot compare: only one worker per role")), "{:?}", bare.notes);
    let gpus = bare.cards.iter().find(|card| card.label.starts_with("GPUs")).expect("the card");
    assert_eq!(gpus.detail, "allocated: unknown");
}

#[test]
fn verdicts() {
    let verdict = |files: &[(String, String)], run: &str, against: Option<&str>| {
        let mut engine = engine_of(files);
        let other = against.map(|name| if name == "workers" { name.to_owned() } else { id(&mut engine, name) });
        let options: Vec<(&str, &str)> = other.iter().map(|other| ("against", other.as_str())).collect();
        card(&of(&mut engine, run, &options), "Comparison").0
    };
    let workers = verdict(&two("1", ["0.88", "0.9"], "fp8"), "1", Some("workers"));
    assert_eq!(workers, "single variable: decode: mem_fraction_static", "ports are no setting");
    assert_eq!(verdict(&two("1", ["0.9", "0.90"], "fp8"), "1", Some("workers")), "no setting differs");
    let both = |one: [&str; 2], other: [&str; 2], precision: &str| [two("1", one, "fp8"), two("2", other, precision)].concat();
    assert_eq!(verdict(&both(["0.9"; 2], ["0.9"; 2], "fp8"), "1", Some("2")), "no setting differs");
    assert_eq!(verdict(&both(["0.9"; 2], ["0.9"; 2], "fp4"), "1", Some("2")), "single variable: model.precision");
    assert!(verdict(&both(["0.9"; 2], ["0.8"; 2], "fp4"), "1", Some("2")).starts_with("2 settings differ: "));
    // Somebody has no configuration: nothing is known, which is not the same as no difference.
    let mut files = two("1", ["0.9"; 2], "fp8");
    files.push(("runs/2/logs/n_decode_w0.out".to_owned(), "[2026-01-02 03:05:05] Decode batch, #running-req: 4, token usage: 0.10, gen throughput (token/s): 50.00, #queue-req: 0\n".to_owned()));
    assert_eq!(verdict(&files, "1", Some("2")), "no settings stated for 2");
    assert_eq!(verdict(&files, "2", Some("workers")), "no settings stated for any worker");
}

#[test]
fn no_table_holds_a_secret() {
    const SECRETS: [&str; 4] = ["made-up-by-the-demo", "s3cr3t", "hf_abcdefghijklmnopqrstuvwx", "pa55w0rd"];
    let log = "[2026-01-02 03:04:05] server_args=ServerArgs(tp_size=8, api_key='s3cr3t', decode_log_interval=40)\n\
               [2026-01-02 03:04:06] [CMD] python3 -m dynamo.sglang --hf-token hf_abcdefghijklmnopqrstuvwx --db https://me:pa55w0rd@h/x --tp-size 8\n";
    let mut files: Vec<(String, String)> = written().into_iter().collect();
    files.push(("runs/1/n0_decode_w0.out".to_owned(), log.to_owned()));
    for secret in SECRETS {
        assert!(files.iter().any(|(_, text)| text.contains(secret)), "the files have {secret}");
    }
    let mut masked = 0;
    for (path, text) in &files {
        let imported = import(&Source::new(path.as_str(), text.clone().into_bytes()), None, |_| ());
        for (kind, table) in imported.tables.iter() {
            for key in table.dimension_keys() {
                let column = table.dimension(key).expect("a column of its key");
                for code in 0..column.cardinality() as u32 {
                    let value = column.value(code);
                    assert!(SECRETS.iter().all(|secret| !value.contains(secret)), "{path}, {kind:?}, {key}: {value}");
                    masked += usize::from(kind == Kind::Setting && value.contains("(masked)"));
                }
            }
        }
        let says = imported.report.diagnostics.iter().any(|finding| finding.message.contains("masked while the file was read"));
        assert_eq!(says, SECRETS.iter().any(|secret| text.contains(secret)), "{path}");
    }
    assert!(masked > 5, "{masked}");
}

#[test]
fn shared_nodes_are_counted_once() {
    // Six prefill and two decode workers on two nodes of which decode has none of its own (§1.5).
    let resources = r#"{"gpus_per_node": 8, "gpu_type": "h100", "prefill_nodes": 2, "decode_nodes": 0, "agg_nodes": null,
        "prefill_workers": 6, "decode_workers": 2, "agg_workers": 0, "gpus_per_prefill": 2, "gpus_per_decode": 2, "gpus_per_agg": null}"#;
    let text = format!(r#"{{"version": "2.0", "job_id": "5", "resources": {resources}, "benchmark": {{"type": "sa-bench"}}}}"#);
    let mut engine = folder(&[("outputs/5/5.json", text)]);
    let model = of(&mut engine, "5", &[]);
    assert_eq!((card(&model, "Topology").0, card(&model, "GPUs (working)").0), ("6P/2D".to_owned(), "16".to_owned()));
    assert_eq!(card(&of(&mut engine, "5", &[("basis", "allocated")]), "GPUs (allocated)").0, "16");
}
