//! The join on small files made here.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::record::{Load, Place, Record, Sample, Sink, Stat};
use crate::table::Builder;

/// A file: its path, and rows of kind, load, identity and figures.
type Row<'a> = (Kind, Load, &'a [(&'a str, &'a str)], &'a [(&'a str, Stat, f64)]);

fn file(path: &str, rows: &[Row<'_>]) -> Tables {
    let mut builder = Builder::new(|_| ());
    for (kind, load, identity, figures) in rows {
        let identity: Vec<_> = identity.iter().map(|(key, value)| (builder.dimension(key), *value)).collect();
        let samples: Vec<_> =
            figures.iter().map(|(key, stat, value)| Sample { metric: builder.metric(key, *stat), value: *value }).collect();
        builder.record(Record { kind: *kind, place: &Place::File, load: *load, identity: &identity, samples: &samples });
    }
    builder.finish(path).tables
}

fn texts(table: &Table, key: &str) -> Vec<Option<String>> {
    (0..table.rows()).map(|row| table.dimension(key).and_then(|column| column.text(row).map(str::to_owned))).collect()
}

fn some(texts: &[&str]) -> Vec<Option<String>> {
    texts.iter().map(|text| (!text.is_empty()).then(|| (*text).to_owned())).collect()
}

const FIGURES: &[(&str, Stat, f64)] = &[
    ("output_tps", Stat::Mean, 1234.5678),
    ("rps", Stat::Mean, 3.25125),
    ("ttft", Stat::P50, 81.23456),
    ("ttft", Stat::P99, 141.98765),
    ("e2el", Stat::Mean, 2045.111),
];
/// The same as a tool rounds it in its CSV.
const ROUNDED: &[(&str, Stat, f64)] = &[
    ("output_tps", Stat::Mean, 1234.57),
    ("rps", Stat::Mean, 3.25),
    ("ttft", Stat::P50, 81.23),
    ("ttft", Stat::P99, 141.99),
    ("e2el", Stat::Mean, 2045.11),
    ("itl", Stat::P50, 11.17),
];

#[test]
fn the_nearest_description_speaks_and_never_over_the_file() {
    let context = |path, identity| file(path, &[(Kind::Context, Load::default(), identity, &[])]);
    let outer = context("runs/meta.json", &[("framework", "outer"), ("accelerator", "H200"), ("tp", "8"), ("replicas", "2")]);
    let inner = context("runs/one/config.yaml", &[("framework", "inner")]);
    let guarded = context("runs/one/other.yaml", &[("image", "for another tool"), ("for_tool", "AIPerf")]);
    let one = file("runs/one/logs/a.json", &[(Kind::Measurement, Load::concurrency(1.0), &[("replicas", "1")], FIGURES)]);
    let two = file("runs/two/b.json", &[(Kind::Measurement, Load::concurrency(1.0), &[], &FIGURES[..1])]);
    let apart = file("elsewhere/c.json", &[(Kind::Measurement, Load::concurrency(2.0), &[], &FIGURES[..1])]);
    let Joined { table, notes, .. } = join(&[&outer, &inner, &guarded, &one, &two, &apart], Kind::Measurement, &[]);
    assert_eq!(texts(&table, "framework"), some(&["inner", "outer", ""]));
    assert_eq!(texts(&table, "accelerator"), some(&["H200", "H200", ""]));
    assert_eq!(texts(&table, "replicas"), some(&["1", "2", ""]));
    assert_eq!(texts(&table, "gpus"), some(&["8", "16", ""]));
    assert_eq!(texts(&table, "image"), some(&["", "", ""]));
    assert_eq!(texts(&table, "folder"), some(&["runs/one", "runs", "elsewhere"]));
    let described = texts(&table, "described_by");
    assert_eq!(described[0].as_deref(), Some("runs/one/config.yaml: Framework; runs/meta.json: Accelerator, TP"));
    assert!(notes.iter().any(|(path, _)| path == "runs/one/config.yaml"), "{notes:?}");
}

fn description<'a>(path: &'a str, identity: &'a [(&'a str, &'a str)]) -> Tables {
    file(path, &[(Kind::Context, Load::default(), identity, &[])])
}

#[test]
fn what_contradicts_a_record_says_nothing_about_it() {
    let result = |path, identity| file(path, &[(Kind::Measurement, Load::concurrency(1.0), identity, &FIGURES[..1])]);
    let log = description("r/server.log", &[("model", "org/Model-A"), ("known_as", "chat"), ("tp", "4"), ("port", "8000")]);
    let window = [("start_time", "2026-03-02T10:00:00Z"), ("end_time", "2026-03-02T11:00:00Z"), ("precision", "fp8")];
    let timed = description("r/timed.log", &window);
    let early = [("end_time", "2026-03-02T10:30:00Z"), ("model", "model_a"), ("target", "http://h:8000")];
    let late = [("end_time", "2026-03-03T10:30:00Z"), ("model", "model-b")];
    let (a, b) = (result("r/a.json", &early), result("r/b.json", &late));
    let (served, other) = (result("r/c.json", &[("model", "chat")]), result("r/d.json", &[("target", "http://h:9000/v1")]));
    let Joined { table, notes, .. } = join(&[&log, &timed, &a, &b, &served, &other], Kind::Measurement, &[]);
    assert_eq!(texts(&table, "tp"), some(&["4", "", "4", ""]));
    assert_eq!(texts(&table, "precision"), some(&["fp8", "", "fp8", "fp8"]));
    assert!(table.dimension("known_as").is_none() && table.dimension("port").is_none());
    let said = |path: &str, words: &str| notes.iter().any(|(of, note)| of == path && note.contains(words));
    assert!(said("r/server.log", "the model org/Model-A, not model-b"), "{notes:?}");
    assert!(said("r/server.log", "a server at port 8000, not 9000"), "{notes:?}");
    assert!(said("r/timed.log", "Not used for one file around it"), "{notes:?}");
}

#[test]
fn a_result_belongs_to_the_log_with_its_stem() {
    let result = |path| file(path, &[(Kind::Measurement, Load::concurrency(1.0), &[], &FIGURES[..1])]);
    let logs = [("logs/a_server.log", "2"), ("logs/b_server.log", "8")].map(|(path, tp)| {
        let path = format!("runs/{path}");
        file(&path, &[(Kind::Context, Load::default(), &[("tp", tp), ("dp", tp)][..usize::from(tp == "8") + 1], &[])])
    });
    let (a, b, c) = (result("runs/a.json"), result("runs/b.json"), result("runs/c.json"));
    let table = join(&[&logs[0], &logs[1], &a, &b, &c], Kind::Measurement, &[]).table;
    assert_eq!(texts(&table, "tp"), some(&["2", "8", ""]));
    assert_eq!(texts(&table, "dp"), some(&["", "8", ""]));
    let mut joined = Joined::new(Kind::Measurement, &[]);
    for end in 1..=5 {
        joined.extend(&[&a, &b, &c, &logs[1], &logs[0]][..end]);
    }
    assert_eq!(texts(&joined.table, "tp"), some(&["2", "8", ""]));
}

#[test]
fn equal_figures_of_another_identity_are_another_measurement() {
    let result = |path, identity| file(path, &[(Kind::Measurement, Load::concurrency(1.0), identity, FIGURES)]);
    let one = [("model", "org/m"), ("accelerator", "H200"), ("tp", "1"), ("version", "v1"), ("run", "first")];
    for (other, rows) in [
        (&[("model", "m"), ("accelerator", "h200")][..], 1),
        (&[("tp", "1"), ("version", "vLLM-1")], 1),
        (&[("model", "n")], 2),
        (&[("accelerator", "B200")], 2),
        (&[("tp", "8")], 2),
        (&[("version", "v2")], 2),
        (&[("version", "RHAIIS-3.2")], 2),
        (&[("run", "second")], 2),
    ] {
        let table = join(&[&result("a/x.json", &one), &result("b/y.json", other)], Kind::Measurement, &[]).table;
        assert_eq!(table.rows(), rows, "{other:?}");
    }
}

/// Files of different formats may name a run and a version differently: they merge, and a note lists the differences.
#[test]
fn what_merged_measurements_state_differently_is_told() {
    let result = |path, identity| file(path, &[(Kind::Measurement, Load::concurrency(1.0), identity, FIGURES)]);
    let report = result("a.json", &[("run", "first"), ("version", "vLLM-0.11.0"), ("model", "one/m")]);
    let table = result("b.csv", &[("run", "other"), ("version", "RHAIIS-3.2"), ("model", "two/m")]);
    let Joined { table, notes, .. } = join(&[&report, &table], Kind::Measurement, &[]);
    assert_eq!(table.rows(), 1);
    let words =
        "which states something else (here, there): Model two/m, one/m; Run other, first; Version RHAIIS-3.2, vLLM-0.11.0.";
    assert!(notes.iter().any(|(path, note)| path == "b.csv" && note.ends_with(words)), "{notes:?}");
    let agreeing = result("b.csv", &[("run", "First"), ("version", "0.11.0"), ("model", "m")]);
    let notes = join(&[&report, &agreeing], Kind::Measurement, &[]).notes;
    assert!(!notes.iter().any(|(_, note)| note.contains("something else")), "{notes:?}");
}

/// Finds every copy, however many there are, and reports rows that were not compared with all others.
#[test]
fn any_number_of_copies_is_one_measurement() {
    let rows = |identity: &[(&str, &str)], path: &str| {
        let row: Row<'_> = (Kind::Measurement, Load::concurrency(8.0), identity, FIGURES);
        file(path, &[row, row])
    };
    let join_all = |files: &[Tables]| join(&files.iter().collect::<Vec<_>>(), Kind::Measurement, &[]);
    let copies: Vec<Tables> = (0..600).map(|at| rows(&[("model", "m")], &format!("r{at}/a.json"))).collect();
    let Joined { table, notes, .. } = join_all(&copies);
    // Two rows of one file are two measurements, and so are those of its copies.
    assert_eq!((table.rows(), notes.len()), (2, 599));
    assert!(notes.iter().all(|(_, note)| note.starts_with("2 measurements are also in r0/a.json")), "{notes:?}");

    let few = [("output_tps", Stat::Mean, 884.27), ("ttft", Stat::Mean, 36.81)];
    let short = [("output_tps", Stat::Mean, 884.0), ("ttft", Stat::Mean, 36.8)];
    for (figures, rows) in [(few, 1), (short, 2)] {
        let copies = ["a.csv", "b.csv"].map(|path| file(path, &[(Kind::Measurement, Load::concurrency(8.0), &[], &figures)]));
        assert_eq!(join_all(&copies).table.rows(), rows, "{figures:?}");
    }

    let versions: Vec<String> = (0..100).map(|at| format!("v0.{at}")).collect();
    let others: Vec<Tables> = versions.iter().map(|version| rows(&[("version", version)], &format!("{version}.json"))).collect();
    let Joined { table, notes, .. } = join_all(&others);
    assert_eq!(table.rows(), 200);
    let told = "have the same figures as more than 64 others";
    assert!(notes.iter().any(|(path, note)| path == "v0.0.json" && note.contains(told)), "{notes:?}");
    assert!(join_all(&others[..20]).notes.is_empty());
}

#[test]
fn rotated_logs_are_kept_and_two_layouts_of_one_file_are_not() {
    let samples =
        |path, running| file(path, &[(Kind::Sample, Load::default(), &[], &[("running_requests", Stat::Mean, running)])]);
    let files = [samples("r/w.log.1", 4.0), samples("r/w.log.2", 777.0), samples("r/w.log.json", 4.0)];
    let Joined { table, notes, .. } = join(&files.iter().collect::<Vec<_>>(), Kind::Sample, &[]);
    assert_eq!((table.rows(), notes.len()), (2, 1), "{notes:?}");
    // A counter that went up by one is another scrape, as close as it is.
    let scrapes = [samples("r/metrics.prom.1", 100_000.0), samples("r/metrics.prom.2", 100_001.0)];
    assert_eq!(join(&scrapes.iter().collect::<Vec<_>>(), Kind::Sample, &[]).table.rows(), 2);
}

#[test]
fn a_folder_names_the_accelerator_where_no_file_does() {
    let result = |path, identity| file(path, &[(Kind::Measurement, Load::concurrency(1.0), identity, &FIGURES[..1])]);
    let one = result("rtx5090_1x/chat/c4/a.json", &[]);
    let two = result("rtx5090_1x/b.json", &[("accelerator", "H200")]);
    let Joined { table, notes, .. } = join(&[&one, &two], Kind::Measurement, &[]);
    assert_eq!(texts(&table, "accelerator"), some(&["RTX 5090", "H200"]));
    assert!(notes.iter().any(|(path, note)| path.starts_with("rtx5090_1x/chat") && note.contains("rtx5090_1x")), "{notes:?}");
}

#[test]
fn a_runs_folder_is_the_one_that_names_the_run() {
    let context = |path, identity| file(path, &[(Kind::Context, Load::default(), identity, &[])]);
    let metadata = context("runs/7/7.json", &[("run_id", "7"), ("image", "i")]);
    let log = context("runs/7/logs/w0.out", &[("model", "m")]);
    let above = context("runs/all.yaml", &[("accelerator", "H200")]);
    let result = file("runs/7/logs/r/a.json", &[(Kind::Measurement, Load::concurrency(1.0), &[], FIGURES)]);
    let files = [&metadata, &log, &above, &result];
    assert_eq!(texts(&join(&files, Kind::Measurement, &[]).table, "folder"), some(&["runs/7"]));
    assert_eq!(texts(&join(&files, Kind::Context, &[]).table, "folder"), some(&["runs/7", "runs/7", "runs"]));
}

#[test]
fn descriptions_of_one_folder_that_disagree_say_nothing() {
    let context = |path, model| file(path, &[(Kind::Context, Load::default(), &[("model", model), ("tp", "2")], &[])]);
    let row = file("runs/a.json", &[(Kind::Measurement, Load::concurrency(1.0), &[], FIGURES)]);
    let Joined { table, notes, .. } =
        join(&[&context("runs/x.json", "one"), &context("runs/y.json", "two"), &row], Kind::Measurement, &[]);
    assert_eq!(texts(&table, "model"), some(&[""]));
    assert_eq!(texts(&table, "tp"), some(&["2"]));
    assert!(notes.iter().any(|(_, note)| note.contains("disagree")), "{notes:?}");
}

#[test]
fn a_level_without_a_description_belongs_to_its_sweep() {
    let log = |path, version| file(path, &[(Kind::Context, Load::default(), &[("version", version), ("tp", "1")], &[])]);
    let result =
        |path, load| file(path, &[(Kind::Measurement, Load::concurrency(load), &[("tool", "AIPerf"), ("model", "m")], FIGURES)]);
    let levels = [result("s/a-c8/p.json", 8.0), result("s/a-c16/p.json", 16.0), result("s/a-c64/p.json", 64.0)];
    let (first, last) = (log("s/a-c8/vllm.log", "vLLM-0.12.0"), log("s/a-c64/vllm.log", "vLLM-0.12.0"));
    let files = [&first, &levels[0], &levels[1], &last, &levels[2]];
    let Joined { table, notes, .. } = join(&files, Kind::Measurement, &[]);
    assert_eq!(texts(&table, "version"), some(&["vLLM-0.12.0"; 3]));
    assert_eq!(texts(&table, "gpus"), some(&["1"; 3]));
    let described = texts(&table, "described_by");
    assert_eq!(described[1].as_deref(), Some("other levels of s/a-c*/p.json: Version, TP"));
    assert!(notes.iter().any(|(path, note)| path == "s/a-c16/p.json" && note.contains("Version, TP")), "{notes:?}");
    // Which of two versions it had, nobody says.
    let other = log("s/a-c64/vllm.log", "vLLM-0.13.0");
    let table = join(&[&first, &levels[0], &levels[1], &other, &levels[2]], Kind::Measurement, &[]).table;
    assert_eq!(texts(&table, "version"), some(&["vLLM-0.12.0", "", "vLLM-0.13.0"]));
}

#[test]
fn loose_files_describe_loose_files_only() {
    let context = file("meta.json", &[(Kind::Context, Load::default(), &[("model", "loose")], &[])]);
    let loose = file("a.json", &[(Kind::Measurement, Load::concurrency(1.0), &[], FIGURES)]);
    let other = file("folder/b.json", &[(Kind::Measurement, Load::concurrency(2.0), &[], FIGURES)]);
    let table = join(&[&context, &loose, &other], Kind::Measurement, &[]).table;
    assert_eq!(texts(&table, "model"), some(&["loose", ""]));
}

#[test]
fn duplicates_are_shown_once_and_complete_each_other() {
    let json = file("run/a.json", &[(Kind::Measurement, Load::concurrency(8.0), &[("model", "m"), ("tp", "4")], FIGURES)]);
    let csv = file("run/a.csv", &[(Kind::Measurement, Load::default(), &[("dataset", "d")], ROUNDED)]);
    let Joined { table, notes, .. } = join(&[&csv, &json], Kind::Measurement, &[]);
    assert_eq!(table.rows(), 1);
    // The JSON has the exact figures, so it is the one that is kept; what it lacks comes from the other.
    assert_eq!(texts(&table, "path"), some(&["run/a.json"]));
    assert_eq!(texts(&table, "also_in"), some(&["run/a.csv"]));
    assert_eq!(table.figures("itl", Stat::P50).and_then(|column| column.get(0)), Some(11.17));
    assert_eq!((texts(&table, "model"), texts(&table, "dataset")), (some(&["m"]), some(&["d"])));
    assert_eq!(table.load().and_then(|load| load.get(0)), Some(8.0));
    assert_eq!(table.figures("ttft", Stat::P50).and_then(|column| column.get(0)), Some(81.23456));
    assert!(notes.iter().any(|(path, note)| path == "run/a.csv" && note.contains("run/a.json")), "{notes:?}");
}

/// Two tables of the same measurements, whose throughputs are nearer to each other than rounding is: one with versions and
/// TTFT, the other without.
fn close_tables(tps: &[f64], order: &[usize]) -> [Tables; 2] {
    let equal =
        [("rps", Stat::Mean, 3.25125), ("itl", Stat::P50, 11.1753), ("e2el", Stat::Mean, 2045.111), ("tpot", Stat::P50, 9.8765)];
    let figures = |tps: f64| [&[("output_tps", Stat::Mean, tps)], &equal[..]].concat();
    let load = Load::concurrency(1.0);
    let names: Vec<String> = (0..tps.len()).map(|row| format!("v{row}")).collect();
    let identities: Vec<[(&str, &str); 1]> = names.iter().map(|name| [("version", name.as_str())]).collect();
    let with = |row: usize| [&figures(tps[row])[..], &[("ttft", Stat::P50, 30.0 + row as f64)]].concat();
    let (whole, bare): (Vec<_>, Vec<_>) =
        ((0..tps.len()).map(with).collect(), order.iter().map(|row| figures(tps[*row])).collect());
    let a: Vec<Row<'_>> =
        whole.iter().zip(&identities).map(|(own, name)| (Kind::Measurement, load, &name[..], &own[..])).collect();
    let b: Vec<Row<'_>> = bare.iter().map(|own| (Kind::Measurement, load, &[][..], &own[..])).collect();
    [file("a/one.csv", &a), file("b/other.csv", &b)]
}

#[test]
fn a_measurement_is_merged_with_its_equal_and_never_with_two_of_a_file() {
    let [a, b] = close_tables(&[300.01, 300.041], &[1, 0]);
    for files in [[&a, &b], [&b, &a]] {
        let Joined { table, .. } = join(&files, Kind::Measurement, &[]);
        assert_eq!(table.rows(), 2);
        let figure = |key, stat, row| table.figures(key, stat).and_then(|figures| figures.get(row));
        for row in 0..2 {
            let tps = if table.dimension("version").and_then(|of| of.text(row)) == Some("v0") {
                (300.01, 30.0)
            } else {
                (300.041, 31.0)
            };
            assert_eq!((figure("output_tps", Stat::Mean, row), figure("ttft", Stat::P50, row)), (Some(tps.0), Some(tps.1)));
        }
    }
    // One alone beside two that are like it: one of them is its partner, the other stays.
    let [two, _] = close_tables(&[300.01, 300.041], &[]);
    let [_, one] = close_tables(&[300.02], &[0]);
    assert_eq!(join(&[&two, &one], Kind::Measurement, &[]).table.rows(), 2);
    let [_, three] = close_tables(&[300.02, 300.03, 300.04], &[2, 1, 0]);
    assert_eq!(join(&[&two, &three], Kind::Measurement, &[]).table.rows(), 3);
}

#[test]
fn parts_of_one_measurement_become_one() {
    let percentiles = |path| {
        let figures: &[(&str, Stat, f64)] = &[("ttft", Stat::P99, 141.0), ("e2el", Stat::Mean, 2000.0)];
        file(path, &[(Kind::Measurement, Load::default(), &[("part_of", "run")], figures)])
    };
    let summary = |path, mean: f64| {
        let figures: &[(&str, Stat, f64)] = &[("ttft", Stat::Mean, mean), ("rps", Stat::Mean, 2.0)];
        file(path, &[(Kind::Measurement, Load::concurrency(4.0), &[("part_of", "run"), ("model", "m")], figures)])
    };
    let files = [percentiles("a/p.json"), summary("a/s.json", 80.0), summary("b/s.json", 90.0), percentiles("c/p.json")];
    let files: Vec<&Tables> = files.iter().collect();
    let whole = join(&files, Kind::Measurement, &[]);
    assert_eq!(texts(&whole.table, "path"), some(&["a/s.json", "b/s.json", "c/p.json"]));
    assert_eq!(texts(&whole.table, "also_in"), some(&["a/p.json", "", ""]));
    let figure = |key, stat| {
        let column = whole.table.figures(key, stat);
        (0..3).map(|row| column.as_ref().and_then(|column| column.get(row))).collect::<Vec<Option<f64>>>()
    };
    assert_eq!(figure("ttft", Stat::P99), [Some(141.0), None, Some(141.0)]);
    assert_eq!(figure("ttft", Stat::Mean), [Some(80.0), Some(90.0), None]);
    // What follows from others knows the figures of every part.
    assert_eq!(figure("concurrency_estimated", Stat::Mean), [Some(4.0), None, None]);
    let mut one_by_one = Joined::new(Kind::Measurement, &[]);
    for end in 1..=files.len() {
        one_by_one.extend(&files[..end]);
    }
    assert_eq!(content(&one_by_one.table), content(&whole.table));
}

#[test]
fn repeats_stay_repeats() {
    let row = |path, factor: f64| {
        let figures: Vec<_> = FIGURES.iter().map(|(key, stat, value)| (*key, *stat, value * factor)).collect();
        file(path, &[(Kind::Measurement, Load::concurrency(8.0), &[("model", "m")], &figures)])
    };
    let (first, second) = (row("run/1.json", 1.0), row("run/2.json", 1.004));
    assert_eq!(join(&[&first, &second], Kind::Measurement, &[]).table.rows(), 2);
    // The same figures at another load are another measurement, however alike.
    let other = file("run/3.json", &[(Kind::Measurement, Load::concurrency(16.0), &[("model", "m")], FIGURES)]);
    assert_eq!(join(&[&first, &other], Kind::Measurement, &[]).table.rows(), 2);
    // The same file dropped twice is one.
    assert_eq!(join(&[&first, &row("run/1.json", 1.0)], Kind::Measurement, &[]).table.rows(), 1);
    // Two rows of one file are never one.
    let rows = (Kind::Measurement, Load::concurrency(8.0), &[("model", "m")][..], FIGURES);
    assert_eq!(join(&[&file("run/4.json", &[rows, rows])], Kind::Measurement, &[]).table.rows(), 2);
}

#[test]
fn what_a_person_gives_stands_above_and_is_marked() {
    let row = file("run/a.json", &[(Kind::Measurement, Load::concurrency(8.0), &[("tp", "4")], FIGURES)]);
    let give = |path: &str, dimension: &str, value: &str| Given {
        path: path.to_owned(),
        dimension: dimension.to_owned(),
        value: value.to_owned(),
    };
    let given = [give("run/", "accelerator", "H200"), give("run/a.json", "tp", "8"), give("other/", "model", "m")];
    let table = join(&[&row], Kind::Measurement, &given).table;
    assert_eq!(texts(&table, "accelerator"), some(&["H200"]));
    assert_eq!((texts(&table, "tp"), texts(&table, "gpus")), (some(&["8"]), some(&["8"])));
    assert_eq!(texts(&table, "model"), some(&[""]));
    assert_eq!(texts(&table, "user_given"), some(&["Accelerator, TP"]));
}

#[test]
fn a_published_table_beside_its_compact_copy_is_shown_once() {
    let id = [("round", "6.0"), ("public_id", "v6.0-0001"), ("system", "a"), ("model", "m"), ("scenario", "Offline")];
    let row = |more: &'static [(&'static str, &'static str)]| id.iter().chain(more).copied().collect::<Vec<_>>();
    let (plain, full, other) = (row(&[]), row(&[("code_link", "c")]), row(&[("nodes", "2")]));
    type Figures = &'static [(&'static str, Stat, f64)];
    fn of<'a>(identity: &'a [(&'a str, &'a str)], figures: Figures) -> Row<'a> {
        (Kind::Submission, Load::default(), identity, figures)
    }
    const ONE: &[(&str, Stat, f64)] = &[("result", Stat::Mean, 5.5)];
    const TWO: &[(&str, Stat, f64)] = &[("result", Stat::Mean, 5.6)];
    let shipped = file("figures/mlperf.csv", &[of(&plain, ONE)]);
    let dropped = file("6.0.csv", &[of(&full, ONE), of(&full, TWO), of(&other, ONE)]);
    let Joined { table, notes, .. } = join(&[&shipped, &dropped], Kind::Submission, &[]);
    // Another figure of the same benchmark, and the same figure of another system, are results of their own.
    assert_eq!(table.rows(), 3);
    assert_eq!(texts(&table, "code_link"), some(&["c", "c", ""]));
    assert_eq!(texts(&table, "also_in"), some(&["6.0.csv", "", ""]));
    assert!(notes.iter().any(|(path, note)| path == "6.0.csv" && note.contains("figures/mlperf.csv")), "{notes:?}");
    // Two equal rows of one file stay two.
    let twice = file("6.0.csv", &[of(&plain, ONE), of(&plain, ONE)]);
    assert_eq!(join(&[&twice], Kind::Submission, &[]).table.rows(), 2);
}

#[test]
fn workers_of_one_run_share_their_start() {
    let at = |path, time| file(path, &[(Kind::Sample, Load::default(), &[], &[("time", Stat::Mean, time)])]);
    let files = [at("run/prefill.log", 100.0), at("run/decode.log", 103.5), at("other/decode.log", 7000.0)];
    let table = join(&files.iter().collect::<Vec<_>>(), Kind::Sample, &[]).table;
    let elapsed = table.figures("elapsed", Stat::Mean).expect("derived");
    assert_eq!([0, 1, 2].map(|row| elapsed.get(row)), [Some(0.0), Some(3.5), Some(0.0)]);
}

#[test]
fn of_two_files_with_the_same_samples_one_is_kept() {
    let sample = |path, figures: &[(&str, Stat, f64)]| {
        file(path, &[(Kind::Sample, Load::default(), &[], figures), (Kind::Sample, Load::default(), &[], figures)])
    };
    let (json, csv) = (sample("run/slices.json", FIGURES), sample("run/slices.csv", &FIGURES[..3]));
    let Joined { table, notes, .. } = join(&[&csv, &json], Kind::Sample, &[]);
    assert_eq!(texts(&table, "path"), some(&["run/slices.json", "run/slices.json"]));
    assert!(notes.iter().any(|(path, _)| path == "run/slices.csv"), "{notes:?}");
}

/// Small files of few folders and values, so that they describe, repeat and rename each other often.
fn some_file() -> impl Strategy<Value = Tables> {
    let folder = select(vec!["", "r/", "r/a/", "r/b/", "x/bench/c4/", "y/bench/c4/", "y/bench/c8/"]);
    let name = select(vec!["one.json", "one.csv", "two.json", "meta.yaml"]);
    let kind = select(vec![Kind::Context, Kind::Measurement, Kind::Measurement, Kind::Sample, Kind::Submission]);
    let row = (kind, select(vec![None, Some(4.0), Some(8.0)]), select(vec!["", "m", "n"]), select(vec!["", "AIPerf"]), 0..3_u8);
    (folder, name, vec(row, 1..3)).prop_map(|(folder, name, rows)| {
        let path = format!("{folder}{name}");
        let mut builder = Builder::new(|_| ());
        for (kind, load, model, tool, scale) in rows {
            let own = if kind == Kind::Context { "own" } else { "tp" };
            let identity = [("model", model), ("tool", tool), (own, "4"), ("run_id", if model == "n" { "7" } else { "" })];
            let identity: Vec<_> = identity.iter().map(|(key, value)| (builder.dimension(key), *value)).collect();
            let figures = FIGURES.iter().chain(&[("time", Stat::Mean, 100.0)]);
            let samples: Vec<_> = figures
                .map(|(key, stat, value)| Sample {
                    metric: builder.metric(key, *stat),
                    value: value * (1.0 + f64::from(scale)) + if name.ends_with("csv") { 0.0001 } else { 0.0 },
                })
                .collect();
            let load = load.map_or(Load::default(), Load::concurrency);
            builder.record(Record { kind, place: &Place::File, load, identity: &identity, samples: &samples });
        }
        builder.finish(&path).tables
    })
}

/// A table's cells, column by column, with the codes of texts.
fn content(table: &Table) -> Vec<String> {
    let rows = || 0..table.rows();
    let dimension = |key: &&str| {
        let column = table.dimension(key).expect("it is listed");
        let codes: Vec<_> = rows().map(|row| column.code(row)).collect();
        let values: Vec<_> = (0..column.cardinality() as u32).map(|code| column.value(code)).collect();
        format!("{key} {codes:?} {values:?}")
    };
    let mut content: Vec<String> = table.dimension_keys().iter().map(dimension).collect();
    content.sort();
    content.extend(table.figure_keys().iter().map(|(key, stat)| {
        let column = table.figures(key, *stat).expect("it is listed");
        format!("{key} {stat:?} {:?}", rows().map(|row| column.get(row)).collect::<Vec<_>>())
    }));
    content.push(format!("{:?}", rows().map(|row| table.load().and_then(|load| load.get(row))).collect::<Vec<_>>()));
    content.push(format!("{:?}", rows().map(|row| table.place(row)).collect::<Vec<_>>()));
    content
}

proptest! {
    #[test]
    fn each_is_merged_with_its_equal(
        tps in proptest::collection::btree_set(0_u32..4000, 2..40).prop_flat_map(|all| {
            let all: Vec<u32> = all.into_iter().collect();
            let order = (0..all.len()).collect::<Vec<_>>();
            (Just(all), Just(order).prop_shuffle())
        })
    ) {
        let throughput: Vec<f64> = tps.0.iter().map(|step| 300.0 + f64::from(*step) / 1000.0).collect();
        let [a, b] = close_tables(&throughput, &tps.1);
        let table = join(&[&a, &b], Kind::Measurement, &[]).table;
        prop_assert_eq!(table.rows(), throughput.len());
        for row in 0..table.rows() {
            let version = table.dimension("version").and_then(|of| of.text(row)).and_then(|name| name.get(1..)?.parse::<usize>().ok());
            let version = version.expect("a version");
            prop_assert_eq!(table.figures("output_tps", Stat::Mean).and_then(|of| of.get(row)), Some(throughput[version]));
            prop_assert_eq!(table.figures("ttft", Stat::P50).and_then(|of| of.get(row)), Some(30.0 + version as f64));
        }
    }

    #[test]
    fn one_by_one_is_all_at_once(files in vec(some_file(), 1..7)) {
        let files: Vec<&Tables> = files.iter().collect();
        let given = [Given { path: "r/".to_owned(), dimension: "accelerator".to_owned(), value: "H200".to_owned() }];
        for kind in [Kind::Measurement, Kind::Sample, Kind::Submission, Kind::Context] {
            let mut grown = Joined::new(kind, &given);
            // Nothing is kept between files, as with many rows.
            let mut forgetful = Joined { most: 0, ..Joined::new(kind, &given) };
            for count in 1..=files.len() {
                grown.extend(&files[..count]);
                let whole = join(&files[..count], kind, &given);
                prop_assert_eq!(content(&grown.table), content(&whole.table));
                prop_assert_eq!(&grown.notes, &whole.notes);
                forgetful.extend(&files[..count]);
                prop_assert_eq!(content(&forgetful.table), content(&whole.table));
                prop_assert_eq!(&forgetful.notes, &whole.notes);
            }
            // One is taken away again.
            grown.extend(&files[..files.len() - 1]);
            prop_assert_eq!(content(&grown.table), content(&join(&files[..files.len() - 1], kind, &given).table));
        }
    }
}

#[test]
fn scores_come_only_of_the_same_model_and_quantisation() {
    let measured = |identity: &'static [(&'static str, &'static str)]| -> Row<'static> {
        (Kind::Measurement, Load::concurrency(1.0), identity, &FIGURES[..1])
    };
    let measurements = file(
        "a.json",
        &[
            measured(&[("model", "org/m-8b-NVFP4")]),
            measured(&[("model", "org/m-8b")]),
            measured(&[("model", "org/m-8b"), ("quantization", "fp8")]),
            measured(&[("model", "m_8b"), ("precision", "bfloat16")]),
            measured(&[("model", "other")]),
            measured(&[]),
        ],
    );
    let of = |model, group, metric, score| {
        let identity = [("model", model), ("task", "mmlu"), ("task_group", group), ("accuracy_metric", metric), ("shots", "5")];
        file("scores.json", &[(Kind::Accuracy, Load::default(), &identity, &[("score", Stat::Mean, score)])])
    };
    let packed = of("x/m-8b-nvfp4", "", "acc", 75.09);
    let plain = of("y/m-8b", "", "acc", 78.5);
    let part = of("y/m-8b", "mmlu", "acc", 10.0);
    let values = |table: &Table| {
        let mut columns = Columns::new(Kind::Measurement);
        columns.append(table);
        (0..table.rows()).map(|row| columns.figure("accuracy", Stat::Mean, row)).collect::<Vec<_>>()
    };
    let table = join(&[&measurements, &packed, &plain, &part], Kind::Measurement, &[]).table;
    assert_eq!(values(&table), [Some(75.09), Some(78.5), None, Some(78.5), None, None]);
    let said = "mmlu acc (5-shot) 75.09 %";
    assert_eq!(texts(&table, "scores")[0].as_deref(), Some(said));
    // Two scores are not one figure, and files that come later change what is said.
    let more = of("y/m-8b", "", "acc_norm", 80.0);
    let mut joined = Joined::new(Kind::Measurement, &[]);
    joined.extend(&[&measurements]);
    assert_eq!(texts(&joined.table, "scores")[1], None);
    joined.extend(&[&measurements, &plain, &more]);
    assert_eq!(values(&joined.table)[1], None);
    assert_eq!(texts(&joined.table, "scores")[1].as_deref(), Some("mmlu acc (5-shot) 78.5 %; mmlu acc_norm (5-shot) 80 %"));
}

#[test]
fn one_evaluation_in_several_files_has_its_scores_once() {
    let scores = |path, model: &str, score| {
        let identity = [("task", "gsm8k"), ("accuracy_metric", "exact_match"), ("model", model)];
        let identity: &[(&str, &str)] = if model.is_empty() { &identity[..2] } else { &identity };
        file(path, &[(Kind::Accuracy, Load::default(), identity, &[("score", Stat::Mean, score)])])
    };
    let results = scores("evals/org__m/results.json", "org/m", 78.9613);
    let printed = scores("evals/lm_eval.log", "", 78.96);
    let other = scores("evals/other/results.json", "org/other", 78.9613);
    let elsewhere = scores("before/lm_eval.log", "", 78.96);
    let all = [&printed, &results, &other, &elsewhere];
    let Joined { table, notes, .. } = join(&all, Kind::Accuracy, &[]);
    let mut paths = texts(&table, "path");
    paths.sort();
    assert_eq!(paths, some(&["before/lm_eval.log", "evals/org__m/results.json", "evals/other/results.json"]));
    assert_eq!(
        notes,
        [("evals/lm_eval.log".to_owned(), "1 accuracy score also in evals/org__m/results.json: shown once.".to_owned())]
    );
}

#[test]
fn a_description_of_another_degree_describes_nothing() {
    let log = file("run/server.log", &[(Kind::Context, Load::default(), &[("tp", "8"), ("quantization", "fp8")], &[])]);
    let four = file("run/four.json", &[(Kind::Measurement, Load::concurrency(1.0), &[("tp", "4")], FIGURES)]);
    let eight = file("run/eight.json", &[(Kind::Measurement, Load::concurrency(2.0), &[("tp", "8.0")], FIGURES)]);
    let Joined { table, notes, .. } = join(&[&log, &four, &eight], Kind::Measurement, &[]);
    assert_eq!(texts(&table, "quantization"), some(&["", "fp8"]));
    assert!(notes.iter().any(|(path, note)| path == "run/server.log" && note.contains("it is about TP 8, not 4")), "{notes:?}");
}

#[test]
fn equal_figures_of_different_measurements_stay_apart() {
    let run = |path, identity: &[(&str, &str)]| file(path, &[(Kind::Measurement, Load::concurrency(1.0), identity, FIGURES)]);
    for (key, a, b) in [
        ("isl", "128", "8000"),
        ("gpus", "8", "16"),
        ("precision", "fp8", "bf16"),
        ("label", "base", "patched"),
        ("end_time", "2026-03-02T10:00:00", "2026-03-02T10:05:00"),
    ] {
        let (a, b) = (run("a.json", &[(key, a)]), run("b.json", &[(key, b)]));
        assert_eq!(join(&[&a, &b], Kind::Measurement, &[]).table.rows(), 2, "{key}");
    }
    let same = [run("a.json", &[("gpus", "8")]), run("b.json", &[("gpus", "8.0")])];
    assert_eq!(join(&same.each_ref(), Kind::Measurement, &[]).table.rows(), 1);
    // Of one tool and layout, a single other figure is another measurement; of two, it is named.
    let mut other = FIGURES.to_vec();
    other[3].2 = 600.0;
    let more: Vec<_> = (0..8)
        .map(|at| {
            (
                "ttft",
                [Stat::P5, Stat::P10, Stat::P25, Stat::P75, Stat::P90, Stat::P95, Stat::Min, Stat::Max][at],
                10.0 + at as f64,
            )
        })
        .collect();
    let measured = |path, figures: &[(&str, Stat, f64)]| {
        let all: Vec<_> = figures.iter().chain(&more).copied().collect();
        file(path, &[(Kind::Measurement, Load::concurrency(1.0), &[], &all)])
    };
    let [a, b, c] = [measured("a.json", FIGURES), measured("b.json", &other), measured("a.csv", &other)];
    assert_eq!(join(&[&a, &b], Kind::Measurement, &[]).table.rows(), 2);
    let Joined { table, notes, .. } = join(&[&a, &c], Kind::Measurement, &[]);
    assert_eq!(table.rows(), 1);
    assert!(notes.iter().any(|(_, note)| note.contains("which differ (here, there): P99 TTFT")), "{notes:?}");
}

/// Twice as many descriptions beside twice as many results are not four times the work, with times and without; and what is
/// told of each file does not name all others.
#[test]
fn descriptions_beside_results_are_linear() {
    let work = |count: usize, timed: bool| {
        let mut files = Vec::new();
        for i in 0..count {
            let time = format!("2026-01-{:02}T{:02}:{:02}:00Z", 1 + i / 1440, i / 60 % 24, i % 60);
            let window = [("start_time", time.as_str()), ("end_time", time.as_str())];
            let window = if timed { &window[..] } else { &[] };
            let describing = [&[("tp", "8"), ("image", time.as_str())], window].concat();
            let figures = [("output_tps", Stat::Mean, 100.5 + i as f64 * 7.0), ("ttft", Stat::P50, 5.25 + i as f64)];
            let load = Load::concurrency(1.0 + i as f64);
            let stated = [&[("model", "m")], window].concat();
            files.push(file(&format!("d/config{i}.yaml"), &[(Kind::Context, Load::default(), &describing, &[])]));
            files.push(file(&format!("d/r{i}.json"), &[(Kind::Measurement, load, &stated, &figures)]));
        }
        let before = crate::work::counted();
        let Joined { table, notes, .. } = join(&files.iter().collect::<Vec<_>>(), Kind::Measurement, &[]);
        assert_eq!(texts(&table, "tp"), vec![Some("8".to_owned()); count]);
        let told: usize = notes.iter().map(|(_, note)| note.len()).sum();
        ((crate::work::counted() - before) as f64, told as f64)
    };
    for timed in [false, true] {
        let (less, more) = (work(200, timed), work(400, timed));
        assert!(more.0 < 2.5 * less.0, "timed {timed}: {} and {} comparisons", less.0, more.0);
        assert!(more.1 < 2.5 * less.1, "timed {timed}: {} and {} bytes of notes", less.1, more.1);
    }
}

/// Requests and samples with the same figures are copies only where nothing that both state differs.
#[test]
fn equal_figures_of_two_servers_are_no_copies() {
    let at = |path: &str, identity: &[(&str, &str)], kind: Kind| {
        let figures = [("ttft", Stat::Mean, 81.23456), ("e2el", Stat::Mean, 2045.111)];
        file(path, &[(kind, Load::concurrency(1.0), identity, &figures), (kind, Load::concurrency(1.0), identity, &figures)])
    };
    let first = [("model", "a/m"), ("accelerator", "H200"), ("tp", "1")];
    for (what, second) in [("model", "b/n"), ("accelerator", "B200"), ("tp", "8")] {
        let other = first.map(|(key, value)| (key, if key == what { second } else { value }));
        // Another name, and another layout of one name.
        for (kind, path) in [(Kind::Request, "x/b.jsonl"), (Kind::Sample, "x/a.csv"), (Kind::Sample, "x/a.jsonl.2")] {
            let own = if path.ends_with(".2") { "x/a.jsonl.1" } else { "x/a.jsonl" };
            let joined = join(&[&at(own, &first, kind), &at(path, &other, kind)], kind, &[]);
            assert_eq!((joined.table.rows(), joined.notes), (4, Vec::new()), "{what}, {path}");
            let copied = join(&[&at(own, &first, kind), &at(path, &first, kind)], kind, &[]);
            assert_eq!((copied.table.rows(), copied.notes.len()), (2, 1), "{what}, {path}");
        }
    }
}
