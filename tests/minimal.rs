//! Small inputs that each showed one fault, in `../shared/cases/minimal`: the right value, or a finding.

use std::fs;
use std::path::Path;

use crate::support;
use inferscope::engine::{FileReport, import_all};
use inferscope::join::join;
use inferscope::record::{Kind, Severity, Stat};
use inferscope::source::Source;
use inferscope::table::{Table, Tables};

/// A folder's files: their reports, the joined measurements, and what was joined.
struct Folder {
    reports: Vec<FileReport>,
    table: Table,
    notes: Vec<(String, String)>,
}

impl Folder {
    fn text(&self, key: &str) -> Vec<Option<String>> {
        let column = self.table.dimension(key);
        (0..self.table.rows()).map(|row| column.and_then(|column| column.text(row)).map(str::to_owned)).collect()
    }

    fn figure(&self, key: &str, stat: Stat) -> Vec<Option<f64>> {
        let column = self.table.figures(key, stat);
        (0..self.table.rows()).map(|row| column.as_ref().and_then(|column| column.get(row))).collect()
    }

    fn loads(&self) -> Vec<Option<f64>> {
        let load = self.table.load();
        (0..self.table.rows()).map(|row| load.as_ref().and_then(|load| load.get(row))).collect()
    }

    /// Whether a finding or a join note says this.
    fn says(&self, words: &str) -> bool {
        let found = self.reports.iter().flat_map(|report| &report.diagnostics).any(|found| found.message.contains(words));
        found || self.notes.iter().any(|(_, note)| note.contains(words))
    }

    fn errors(&self) -> usize {
        self.reports.iter().flat_map(|report| &report.diagnostics).filter(|found| found.severity == Severity::Error).count()
    }
}

/// `None`, said aloud, where the cases are not there.
fn case(test: &str, name: &str) -> Option<Folder> {
    let folder = support::corpus(test)?.parent()?.join("cases/minimal").join(name);
    let mut reports = Vec::new();
    let mut tables: Vec<Tables> = Vec::new();
    let mut paths: Vec<_> =
        fs::read_dir(&folder).expect("the case is there").map(|entry| entry.expect("readable").path()).collect();
    paths.sort();
    for path in paths {
        let path_name = format!("{name}/{}", path.file_name().unwrap_or_default().to_string_lossy());
        for imported in import_all(Source::new(path_name, read(&path)), None, |_| {}) {
            reports.push(imported.report);
            tables.push(imported.tables);
        }
    }
    let joined = join(&tables.iter().collect::<Vec<_>>(), Kind::Measurement, &[]);
    Some(Folder { reports, table: joined.table, notes: joined.notes })
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).expect("readable")
}

fn some(values: &[&str]) -> Vec<Option<String>> {
    values.iter().map(|value| (!value.is_empty()).then(|| (*value).to_owned())).collect()
}

#[test]
fn a_log_of_another_model_says_nothing() {
    let Some(found) = case("minimal::a_log_of_another_model_says_nothing", "log-of-another-model") else { return };
    assert_eq!((found.text("tp"), found.text("quantization"), found.text("gpus")), (some(&[""]), some(&[""]), some(&[""])));
    assert!(found.says("example/model-a, not example/model-b"), "{:?}", found.notes);
}

#[test]
fn a_server_that_did_not_start_describes_nothing() {
    let Some(found) = case("minimal::a_server_that_did_not_start_describes_nothing", "failed-server-log") else { return };
    assert_eq!((found.text("tp"), found.text("version")), (some(&[""]), some(&[""])));
    assert!(found.says("Server failed to start: ValueError: No available memory for the cache blocks."));
}

#[test]
fn a_server_without_gpus_has_none() {
    let Some(found) = case("minimal::a_server_without_gpus_has_none", "cpu-server-log") else { return };
    assert_eq!((found.text("tp"), found.text("gpus")), (some(&["1"]), some(&[""])));
    assert_eq!(found.text("gpus_basis"), some(&["no GPUs: the server ran on cpu"]));
}

#[test]
fn degrees_may_be_numbers() {
    let Some(found) = case("minimal::degrees_may_be_numbers", "vllm-numeric-tp") else { return };
    assert_eq!((found.text("tp"), found.text("gpus")), (some(&["4"]), some(&["4"])));
}

#[test]
fn each_pass_has_its_own_rate_model_and_lengths() {
    let Some(rates) = case("minimal::each_pass_has_its_own_rate_model_and_lengths", "console-rates") else { return };
    assert_eq!(rates.loads(), [1.0, 4.0, 16.0].map(Some));
    assert_eq!(rates.figure("output_tps", Stat::Mean), [100.0, 390.0, 900.0].map(Some));
    let Some(lengths) = case("", "console-two-isl") else { return };
    assert_eq!(
        (lengths.text("isl"), lengths.figure("ttft", Stat::Mean)),
        (some(&["1024", "8192"]), vec![Some(100.0), Some(900.0)])
    );
    let Some(named) = case("", "console-namespace") else { return };
    assert_eq!((named.text("model"), named.text("osl")), (some(&["example/model-a"]), some(&["128"])));
}

#[test]
fn a_decimal_comma_is_one_in_the_whole_file() {
    let Some(found) = case("minimal::a_decimal_comma_is_one_in_the_whole_file", "decimal-comma") else { return };
    assert_eq!(found.figure("output_tps", Stat::Mean), [Some(4032.0), Some(85.2)]);
    assert_eq!(found.figure("total_tps", Stat::Mean), [Some(68544.0), Some(1448.4)]);
    assert_eq!((found.text("isl"), found.figure("ttft", Stat::Mean)), (some(&["1000", "1000"]), vec![Some(3121.2), Some(81.0)]));
    assert!(found.says("decimal comma"));
}

#[test]
fn what_is_not_disaggregated_has_its_gpus_once() {
    let Some(found) = case("minimal::what_is_not_disaggregated_has_its_gpus_once", "inferencex-agg-not-disagg") else { return };
    assert_eq!((found.text("gpus"), found.text("prefill_gpus")), (some(&["16"]), some(&[""])));
    assert_eq!(found.figure("total_tps", Stat::Mean), [Some(8000.0)]);
}

#[test]
fn seconds_under_a_heading_in_ms_are_told() {
    let Some(found) = case("minimal::seconds_under_a_heading_in_ms_are_told", "inferencex-csv-preamble") else { return };
    assert!(found.table.rows() > 0 && found.errors() == 0);
}

#[test]
fn servers_behind_a_router_are_counted() {
    let Some(found) = case("minimal::servers_behind_a_router_are_counted", "sglang-pd-server-info") else { return };
    assert_eq!(
        (found.text("gpus"), found.text("prefill_tp"), found.text("decode_tp")),
        (some(&["8"]), some(&["4"]), some(&["2"]))
    );
}

#[test]
fn what_was_not_read_is_read() {
    let Some(log) = case("minimal::what_was_not_read_is_read", "json-in-log") else { return };
    assert_eq!((log.loads(), log.figure("output_tps", Stat::Mean)), (vec![Some(16.0)], vec![Some(1000.0)]));
    let Some(latencies) = case("", "vllm-latency-only") else { return };
    assert_eq!((latencies.loads(), latencies.figure("ttft", Stat::Mean)), (vec![Some(4.0)], vec![Some(191.5)]));
    let Some(page) = case("", "guidellm-html") else { return };
    assert!(page.table.rows() > 0 && page.errors() == 0);
    let Some(units) = case("", "genai-perf-old-units") else { return };
    assert!(units.figure("rps", Stat::Mean)[0].is_some() && units.figure("output_tps", Stat::Mean)[0].is_some());
}

#[test]
fn impossible_figures_are_told() {
    let Some(failed) = case("minimal::impossible_figures_are_told", "aiperf-all-failed") else { return };
    assert_eq!(failed.figure("error_rate", Stat::Mean), [Some(100.0)]);
    assert!(failed.says("Every request failed"));
    let Some(empty) = case("", "inference-perf-zero-output") else { return };
    assert_eq!(empty.figure("output_tps", Stat::Mean), [None]);
    assert!(empty.reports.iter().any(|report| !report.diagnostics.is_empty()));
}
