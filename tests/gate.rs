//! The gates of the command line (`compare`, `check`) and `summary`: figures against the Compare view, exit codes, XML, and
//! the README's examples as they stand there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use inferscope::engine::protocol::FileId;
use inferscope::engine::{Engine, import};
use inferscope::source::Source;
use inferscope::state::link;
use serde_json::Value;

use crate::cli::lengths::TOKENIZER;

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/public/demo/consolidated.csv");
const HEADER: &str = "model,version,accelerator,TP,prompt toks,output toks,intended concurrency,output_tok/sec,ttft_p95,successful_requests,errored_requests";

fn run_in(folder: &Path, arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_inferscope")).args(arguments).current_dir(folder).stdin(Stdio::null()).output();
    output.expect("the program starts")
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = run_in(Path::new("."), arguments);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (status.code(), text(stdout), text(stderr))
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gate").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

fn put(folder: &Path, name: &str, rows: &[&str]) -> String {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("inside the folder")).expect("the folder can be made");
    fs::write(&path, format!("{HEADER}\n{}\n", rows.join("\n"))).expect("the file can be written");
    path.display().to_string()
}

fn json(arguments: &[&str]) -> (Option<i32>, Value) {
    let (code, text, told) = run(arguments);
    (code, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}{told}")))
}

const OLD: [&str; 3] = [
    "org/m,v-1,H200,4,1000,1000,50,1900,330,100,0",
    "org/m,v-1,H200,4,1000,1000,100,3000,560,100,0",
    "org/m,v-1,H200,4,1000,1000,300,6000,900,100,0",
];
const NEW: [&str; 3] = [
    "org/m,v-2,H200,4,1000,1000,50,2000,300,100,0",
    "org/m,v-2,H200,4,1000,1000,100,3300,500,100,0",
    "org/m,v-2,H200,4,1000,1000,200,5000,700,100,0",
];

/// The figures of `../shared/formats/rhaiis.md` §7.
#[test]
fn golden_changes_and_exit_codes() {
    let folder = folder("golden");
    let (old, new) = (put(&folder, "old.csv", &OLD), put(&folder, "new.csv", &NEW));
    let (code, found) = json(&["compare", &old, &new, "--format", "json"]);
    let figures = found["pairs"][0]["figures"].as_array().expect("a list");
    let change = |key: &str| {
        let figure = figures.iter().find(|figure| figure["figure"] == key).unwrap_or_else(|| panic!("{key} in {found}"));
        figure["change_pct"].as_f64().expect("a number")
    };
    assert!((change("output_tps") - 7.6055).abs() < 5e-5, "{found}");
    assert!((change("ttft.p95") + 9.9063).abs() < 5e-5, "{found}");
    assert_eq!(figures[0]["levels"], serde_json::json!([50.0, 100.0]));
    assert_eq!((code, found["regressions"].as_u64()), (Some(0), Some(0)));
    assert_eq!(found["differs"], serde_json::json!(["Version: v-1 → v-2"]));
    // The other way round both are worse.
    let (code, found) = json(&["compare", &new, &old, "--format", "json"]);
    assert_eq!((code, found["regressions"].as_u64()), (Some(1), Some(2)));
    assert_eq!(run(&["compare", &new, &old, "--threshold", "20"]).0, Some(0));
    assert_eq!(run(&["compare", &new, &old, "--metric", "ttft.p95", "--threshold", "10"]).0, Some(1));
    assert_eq!(run(&["compare", &new, &old, "--metric", "output_tps", "--threshold", "7.5"]).0, Some(0));
    // A baseline that misses the SLO is no yardstick.
    assert_eq!(run(&["compare", &new, &old, "--slo", "ttft.p95=400"]).0, Some(0));
    // A run has not changed against its own copy.
    let copy = put(&folder, "copy.csv", &OLD);
    let (code, found) = json(&["compare", &old, &copy, "--format", "json"]);
    assert_eq!((code, found["pairs"][0]["figures"][0]["change_pct"].as_f64()), (Some(0), Some(0.0)));
}

#[test]
fn wrong_usage_and_nothing_in_common_are_no_success() {
    let folder = folder("usage");
    let (old, new) = (put(&folder, "old.csv", &OLD), put(&folder, "new.csv", &NEW));
    let apart = put(&folder, "apart.csv", &["org/other,v-2,H200,4,1000,1000,50,2000,300,100,0"]);
    for arguments in [
        vec!["compare", &old],
        vec!["compare", &old, &new, &apart],
        vec!["compare", &old, &new, "--threshold", "-1"],
        vec!["compare", &old, &new, "--metric", "nonsense"],
        vec!["compare", &old, &new, "--stat", "p33"],
        vec!["compare", &old, &new, "--slo", "ttft.p95"],
        vec!["compare", &old, "nowhere.csv"],
        vec!["compare", "--versions", "v-1", "v-9", &old, &new],
        vec!["compare", "--baseline", "version=v-1", &old, &new],
        vec!["compare", "--baseline", "version", "--candidate", "version=v-2", &old, &new],
        vec!["compare", "--baseline", "verson=v-1", "--candidate", "version=v-2", &old, &new],
        vec!["compare", "--baseline", "version=v-1", "--candidate", "version=v-9", &old, &new],
        vec!["compare", &old, &apart],
        vec!["check", &old],
        vec!["check", &old, "--slo", "ttft.p95>=3"],
        vec!["summary"],
    ] {
        let (code, _, told) = run(&arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {told}");
        assert!(!told.is_empty(), "{arguments:?}");
    }
    let (_, text, _) = run(&["compare", &old, &apart]);
    assert!(text.contains("not compared") && text.contains("not measured on"), "{text}");
    // Let the models differ, and they compare.
    assert_eq!(run(&["compare", &old, &apart, "--match", "accelerator,profile,tp"]).0, Some(0));
    assert_eq!(run(&["compare", "--versions", "v-2", "v-1", &old, &new]).0, Some(1));
}

/// A side can be any filter: what it filters by differs, and need not match.
#[test]
fn sides_are_filters() {
    let folder = folder("filters");
    let (old, new) = (put(&folder, "old.csv", &OLD), put(&folder, "new.csv", &NEW));
    let both = &folder.display().to_string();
    let by = |baseline: &str, candidate: &str| {
        json(&["compare", both, "--baseline", baseline, "--candidate", candidate, "--format", "json"])
    };
    let (_, files) = json(&["compare", &old, &new, "--format", "json"]);
    let (code, found) = by("version=v-1", "version=v-2");
    let changes = |found: &Value| -> Vec<Option<f64>> {
        let figures = found["pairs"][0]["figures"].as_array().expect("a list").iter();
        figures.map(|figure| figure["change_pct"].as_f64()).collect()
    };
    assert_eq!((code, changes(&found)), (Some(0), changes(&files)));
    assert_eq!(found["baseline"], serde_json::json!("version=v-1"));
    // TP is what a configuration usually has to agree in.
    let other: Vec<String> = OLD.iter().map(|line| line.replacen(",4,", ",8,", 1)).collect();
    let other: Vec<&str> = other.iter().map(String::as_str).collect();
    put(&folder, "tp8.csv", &other);
    let (code, found) = by("tp=4", "tp=8");
    assert_eq!((code, found["pairs"].as_array().map(Vec::len)), (Some(0), Some(1)), "{found}");
    let (_, found) =
        json(&["compare", both, "--baseline", "tp=4", "--baseline", "version=v-1", "--candidate", "tp=8", "--format", "json"]);
    assert_eq!(found["pairs"][0]["figures"][0]["change_pct"].as_f64(), Some(0.0), "{found}");
}

/// A slip never passes: it is wrong usage, and the name that was meant is told.
#[test]
fn unknown_names_are_wrong_usage_with_the_nearest() {
    let folder = folder("names");
    let (old, new) = (put(&folder, "old.csv", &OLD), put(&folder, "new.csv", &NEW));
    let compare = |more: &[&str]| run(&[&["compare", &old, &new][..], more].concat());
    for (arguments, nearest) in [
        (vec!["--match", "modle"], Some("model")),
        (vec!["--match", "model,acelerator"], Some("accelerator")),
        (vec!["--match", "qqqq"], None),
        (vec!["--match", ""], Some("--match none")),
        (vec!["--match", "model,"], Some("--match none")),
        (vec!["--match", "none,model"], Some("cannot be combined")),
        (vec!["--metric", "tttf.p95"], Some("“ttft”")),
        (vec!["--metric", "ttft.p59"], Some("p5")),
        (vec!["--slo", "outputtps>=3"], Some("output_tps")),
        (vec!["--stat", "maen"], Some("mean")),
    ] {
        let (code, _, told) = compare(&arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {told}");
        assert_eq!(told.contains("did you mean") || told.contains("--match"), nearest.is_some(), "{arguments:?}: {told}");
        assert!(told.contains(nearest.unwrap_or_default()), "{arguments:?}: {told}");
    }
    let (code, _, told) = run(&["check", &old, "--slo", "ttfd.p95=3"]);
    assert!(code == Some(2) && told.contains("did you mean “ttft”?"), "{code:?}: {told}");
    let (code, _, told) = run(&["compare", "--versions", "v-1", "v-22", &old, &new]);
    assert!(code == Some(2) && told.contains("did you mean “v-2”?"), "{code:?}: {told}");
    // Nothing has to match: every measurement of one side against every one of the other.
    let (code, text, _) = compare(&["--match", "none", "--threshold", "20"]);
    assert!(code == Some(0) && text.contains("matched on load only;"), "{code:?}: {text}");
    // A dimension that exists and that nobody states keeps nothing apart.
    assert_eq!(compare(&["--match", "model,precision", "--threshold", "20"]).0, Some(0));
}

/// One mechanism: what the command says is what the Compare view shows.
#[test]
fn changes_are_those_of_the_compare_view() {
    let versions = ["RHAIIS-3.5-EA1", "RHAIIS-3.5-EA2"];
    let (code, found) = json(&["compare", "--versions", versions[0], versions[1], DEMO, "--format", "json"]);
    assert_eq!(code, Some(1));
    let mut engine = Engine::default();
    engine.add(FileId(1), import(&Source::new(DEMO, fs::read(DEMO).expect("the demo data")), None, |_| ()).tables);
    let query = format!("?v=1&view=compare&f=none&o.by=version&o.baseline={}&o.candidate={}", versions[0], versions[1]);
    let model = engine.show(&link::decode(&query).0, &BTreeMap::new());
    let grid = model.grids.iter().find(|grid| grid.key == "pairs").expect("pairs");
    let pairs = found["pairs"].as_array().expect("a list");
    assert_eq!(pairs.len(), grid.rows.len());
    let mut compared = 0;
    for pair in pairs {
        let row = grid.rows.iter().find(|row| row[0].cell.text == pair["configuration"]).expect("the same configuration");
        for figure in pair["figures"].as_array().expect("a list") {
            let at = grid.columns.iter().position(|column| column.key == figure["figure"]).expect("the same figure");
            let (shown, said) = (row[at].cell.exact.parse::<f64>().ok(), figure["change_pct"].as_f64());
            assert_eq!(shown, said, "{pair}");
            compared += usize::from(said.is_some());
        }
    }
    assert!(compared > 100, "{compared}");
    let unpaired = model.grids.iter().find(|grid| grid.key == "unpaired").map_or(0, |grid| grid.rows.len());
    assert_eq!(found["unpaired"].as_array().map(Vec::len), Some(unpaired));
}

/// What Python's parser reads out of the XML: tests, failures, skipped and the names of the suites.
fn parsed(xml: &str) -> Value {
    let home =
        std::env::var("XDG_CACHE_HOME").unwrap_or_else(|_| format!("{}/.cache", std::env::var("HOME").unwrap_or_default()));
    let python = std::env::var("INFERSCOPE_PYTHON").unwrap_or_else(|_| format!("{home}/inferscope/reference-python/bin/python3"));
    let script = "import json, sys, xml.etree.ElementTree as E\n\
                  root = E.fromstring(sys.stdin.buffer.read())\n\
                  cases = root.findall('.//testcase')\n\
                  said = {k: int(root.get(k)) for k in ('tests', 'failures', 'skipped')}\n\
                  print(json.dumps({'said': said, 'found': {'tests': len(cases), 'failures': len(root.findall('.//failure')),\n\
                  'skipped': len(root.findall('.//skipped'))}, 'suites': [s.get('name') for s in root]}))";
    let mut child = Command::new(&python)
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{python} is missing ({error}): run `make setup`"));
    std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), xml.as_bytes()).expect("it is read");
    let output = child.wait_with_output().expect("it ends");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {xml}"))
}

#[test]
fn junit_is_xml_whatever_the_files_say() {
    let folder = folder("junit");
    let hostile = "a<b>&'\u{1}\"]]>|x";
    let row = |version: &str, tp: u32, tps: u32| {
        format!("\"{}\",{version},H200,{tp},1000,1000,50,{tps},300,100,0", hostile.replace('"', "\"\""))
    };
    let rows = |version: &str, tps: u32, lone: u32| [row(version, 1, tps), row(version, 2, tps), row(version, lone, tps)];
    let (a, b) = (rows("v-1", 2000, 4), rows("v-2", 1000, 8));
    let old = put(&folder, "old.csv", &a.each_ref().map(String::as_str));
    let new = put(&folder, "new.csv", &b.each_ref().map(String::as_str));
    let (code, xml, _) = run(&["compare", &old, &new, "--format", "junit"]);
    let found = parsed(&xml);
    assert_eq!((code, &found["said"]), (Some(1), &found["found"]), "{xml}");
    assert_eq!(found["found"], serde_json::json!({"tests": 6, "failures": 2, "skipped": 2}), "{xml}");
    let (_, markdown, _) = run(&["compare", &old, &new, "--format", "markdown"]);
    assert!(markdown.contains("**regression**") && !markdown.contains("<b>"), "{markdown}");
    assert!(markdown.lines().filter(|line| line.starts_with('|')).all(|line| {
        let bars = line.replace("\\|", "").matches('|').count();
        bars == 8 || bars == 3
    }));
}

#[test]
fn a_check_is_junit_too() {
    let folder = folder("check-junit");
    let rows = ["\"a<b>&'\",v-1,H200,4,1000,1000,50,1900,330,100,0", "org/slow,v-1,H200,4,1000,1000,50,10,5000,100,0"];
    let path = put(&folder, "results.csv", &rows);
    let of = |more: &[&str]| {
        let (code, xml, _) = run(&[&["check", &path, "--slo", "ttft.p95=400", "--format", "junit"], more].concat());
        let found = parsed(&xml);
        assert_eq!(&found["said"], &found["found"], "{xml}");
        (code, found["found"].clone(), xml)
    };
    // One model that meets the SLO is enough, unless each must.
    let (code, found, xml) = of(&[]);
    assert_eq!((code, found), (Some(0), serde_json::json!({"tests": 2, "failures": 0, "skipped": 1})), "{xml}");
    let (code, found, xml) = of(&["--every-model"]);
    assert_eq!((code, found), (Some(1), serde_json::json!({"tests": 2, "failures": 1, "skipped": 0})), "{xml}");
    assert!(xml.contains("misses P95 TTFT 5000 ms, limit 400 ms"), "{xml}");

    let none = folder.join("none.txt");
    std::fs::write(&none, "nothing to see here\n").expect("the file can be written");
    let (code, xml, _) = run(&["check", &none.display().to_string(), "--slo", "ttft.p95=400", "--format", "junit"]);
    assert!(code == Some(1) && xml.contains("<error message=\"no measurements\"/>"), "{xml}");
}

#[test]
fn a_check_names_the_best_that_complies_or_what_the_closest_breaks() {
    let folder = folder("check");
    let rows = [
        "org/m,v-1,H200,4,1000,1000,50,1900,330,100,0",
        "org/m,v-1,H200,4,1000,1000,100,3000,560,100,0",
        "org/m,v-1,H200,4,1000,1000,300,6000,350,90,10",
        "org/slow,v-1,H200,4,1000,1000,50,10,5000,100,0",
    ];
    let path = put(&folder, "results.csv", &rows);
    let of = |found: &Value, model: &str| {
        found["models"].as_array().and_then(|all| all.iter().find(|one| one["model"] == model).cloned()).expect("the model")
    };
    // 300 users would be faster, but one in ten requests failed.
    let (code, found) = json(&["check", &path, "--slo", "ttft.p95=400", "--format", "json"]);
    assert_eq!(code, Some(0));
    let m = of(&found, "org/m");
    assert_eq!((m["complying"].as_u64(), m["complies"].as_bool()), (Some(1), Some(true)));
    assert!(m["configuration"].as_str().is_some_and(|text| text.ends_with("at concurrency 50")), "{m}");
    // The SLO's figures come first, before the usual ones.
    let (_, text, _) = run(&["check", &path, "--slo", "ttft.p95=400"]);
    assert!(text.contains("  most throughput: m"), "{text}");
    assert!(text.contains("\n    P95 TTFT 330 ms, Output throughput 1900 tok/s"), "{text}");
    let slow = of(&found, "org/slow");
    assert_eq!(slow["broken"], serde_json::json!(["P95 TTFT 5000 ms, limit 400 ms"]));
    assert_eq!(run(&["check", &path, "--slo", "ttft.p95=400", "--every-model"]).0, Some(1));
    // Both limits at one measurement.
    assert_eq!(run(&["check", &path, "--slo", "ttft.p95=400", "--slo", "output_tps>=2500"]).0, Some(1));
    assert_eq!(run(&["check", &path, "--slo", "ttft.p95=600", "--slo", "output_tps>=2500"]).0, Some(0));
    assert_eq!(run(&["check", &path, "--slo", "ttft.p95=400", "--slo", "output_tps>=2500", "--error-limit", "10"]).0, Some(0));
    let (code, text, _) = run(&["check", &path, "--slo", "ttft.p99=400"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("P99 TTFT is missing"), "{text}");
}

const SUMMARY: &str = r#"{"request_throughput":{"unit":"requests/sec","avg":2.0},"time_to_first_token":{"unit":"ms","avg":100.0},"input_config":{"endpoint":{"model_names":["org/m"],"type":"chat"}}}"#;

fn tree(folder: &Path, levels: &[&str]) {
    for level in levels {
        let path = folder.join(level).join("artifacts/profile_export_aiperf.json");
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        fs::write(path, SUMMARY.replace("2.0", &format!("{}.0", level.len()))).expect("the file can be written");
    }
}

#[test]
fn a_tree_is_summed_up_as_the_script_does() {
    let folder = folder("summary");
    tree(&folder, &["results/vllm/c1", "results/vllm/c250", "results/vllm/c10", "results/sglang-b/c5"]);
    let output = run_in(&folder, &["summary", "results"]);
    let expected = "Benchmark Results Summary\n==============================\n\nResults directory: results\n\
                    Plots generated: results/plots\n\nDeployment Types Found:\n\
                    \x20 sglang-b: 1 concurrency levels (5-5)\n\x20 vllm: 3 concurrency levels (1-250)\n\nGenerated Plots:\n\
                    \x20 - p50_inter_token_latency_vs_concurrency.png\n\x20 - avg_inter_token_latency_vs_concurrency.png\n\
                    \x20 - request_throughput_vs_concurrency.png\n\x20 - avg_time_to_first_token_vs_concurrency.png\n\
                    \x20 - efficiency_tok_s_gpu_vs_user.png\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
    assert_eq!(output.status.code(), Some(0));
    let nothing = put(&folder, "x.csv", &[]);
    assert_eq!(run(&["summary", &nothing]).0, Some(1));
}

/// The columns of srt-slurm's own table (`../shared/formats/srt-slurm.md` §3) in ours.
#[test]
fn the_table_has_every_column_of_srt_slurms() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let folder = folder("srt");
    let run_folder = folder.join("3667_1P_1D");
    fs::create_dir_all(run_folder.join("sa-bench_isl_128_osl_32")).expect("the folder can be made");
    let copy = |from: &str, to: &str| fs::copy(root.join(from), run_folder.join(to)).map(|_| ()).expect(from);
    copy("srt-slurm/made/3667.json", "3667.json");
    let result = "results_concurrency_8_gpus_16_ctx_8_gen_8.json";
    copy(&format!("sa-bench/c88ef73/sa-bench_isl_128_osl_32/{result}"), &format!("sa-bench_isl_128_osl_32/{result}"));
    let (code, text, told) = run(&["table", &run_folder.display().to_string()]);
    assert_eq!(code, Some(0), "{told}");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header: Vec<String> = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    let row = reader.records().next().expect("a row").expect("cells");
    let columns = [
        ("Run ID", "run_id"),
        ("Run Date", "run_start"),
        ("Profiler", "tool"),
        ("ISL", "isl"),
        ("OSL", "osl"),
        ("Prefill Nodes", "prefill_nodes"),
        ("Decode Nodes", "decode_nodes"),
        ("Prefill Workers", "prefill_workers"),
        ("Decode Workers", "decode_workers"),
        ("GPUs per Node", "gpus_per_node"),
        ("Total GPUs", "gpus"),
        ("Request Rate", "request_rate"),
        ("Concurrency", "load"),
        ("Output TPS", "output_tps"),
        ("Total TPS", "total_tps"),
        ("Output TPS/GPU", "output_tps_per_gpu"),
        ("Total TPS/GPU", "total_tps_per_gpu"),
        ("Output TPS/User", "interactivity_mean"),
        ("Mean TTFT", "ttft_mean_ms"),
        ("Mean TPOT", "tpot_mean_ms"),
        ("Mean ITL", "itl_mean_ms"),
    ];
    let mut lacking = Vec::new();
    for (theirs, ours) in columns {
        let value = header.iter().position(|name| name == ours).and_then(|at| row.get(at)).unwrap_or_default();
        if value.is_empty() {
            lacking.push((theirs, ours));
        }
    }
    assert_eq!(lacking, [], "{header:?} {row:?}");
}

fn fixture(path: &str) -> String {
    format!("{}/tests/fixtures/{path}", env!("CARGO_MANIFEST_DIR"))
}

/// The commands of the README's section, each as one line without its comment.
fn examples() -> Vec<Vec<String>> {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("README.md");
    let section = readme.split("## The command line").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("the section");
    let joined = section.replace("\\\n", " ");
    let commands = joined.lines().filter_map(|line| line.trim().strip_prefix("inferscope "));
    let plain = |line: &str| line.split(" # ").next().unwrap_or_default().split(" > ").next().unwrap_or_default().to_owned();
    let words = |line: &str| plain(line).split_whitespace().map(|word| word.trim_matches('\'').to_owned()).collect();
    commands.map(words).collect()
}

#[test]
fn the_readmes_examples_run() {
    let folder = folder("readme");
    tree(&folder, &["results/vllm/c1", "results/vllm/c10"]);
    for place in ["consolidated.csv", "old/results.csv", "new/results.csv"] {
        let path = folder.join(place);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        fs::copy(DEMO, path).expect("the demo data");
    }
    let published = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/mlperf/made/pivot.csv");
    fs::copy(published, folder.join("7.0.csv")).expect("a published table");
    let logs = folder.join("outputs/1543570/logs");
    fs::create_dir_all(&logs).expect("the folder can be made");
    let log = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/worker-log/made/rack-07_cn02_decode_w1.out");
    fs::copy(log, logs.join("cn02_decode_w1.out")).expect("a log");
    let trace = fixture("trace/made/mooncake.jsonl");
    for (name, from) in [("a.jsonl", trace.as_str()), ("b.jsonl", &trace), ("BurstGPT.csv", &fixture("trace/made/burstgpt.csv"))]
    {
        fs::copy(from, folder.join(name)).expect("a trace");
    }
    fs::write(folder.join("chats.jsonl"), "{\"messages\": [{\"content\": \"a b\"}], \"answer\": \"c\"}\n").expect("a data set");
    fs::write(folder.join("tokenizer.json"), TOKENIZER).expect("a tokenizer");
    let examples = examples();
    let commands: Vec<&str> = examples.iter().map(|words| words[0].as_str()).collect();
    for command in ["inspect", "table", "convert", "demo", "summary", "compare", "check", "nodes", "trace", "lengths", "open"] {
        assert!(commands.contains(&command), "{command} in {commands:?}");
    }
    // `open` serves until it is ended: see `cli::open`.
    for words in examples.iter().filter(|words| words[0] != "open") {
        let arguments: Vec<&str> = words.iter().map(String::as_str).collect();
        let output = run_in(&folder, &arguments);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{words:?}: {told}");
        assert!(words[0] == "convert" || !output.stdout.is_empty(), "{words:?}");
    }
}

#[test]
fn a_figure_that_did_not_change_is_similar_whatever_the_threshold() {
    let a = "tests/fixtures/vllm/0.33.0/conc16.json";
    let (code, out, _) = run(&["compare", a, a, "--threshold", "0"]);
    assert_eq!(code, Some(0), "{out}");
    assert!(!out.contains("better") && !out.contains("REGRESSION"), "{out}");
}
