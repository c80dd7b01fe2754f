//! Benchmark reports in folders whose names say what the reports do not.

use crate::support::{fixture, read};

#[test]
fn a_report_is_completed_by_its_folders() {
    let content = fixture("report/0.1/metrics-only.yaml");
    let plain = read("metrics-only.yaml", &content).collected;
    let path = "pd.setup_modelservice_NA_NA_2_4_1_8/results/inference-perf_1747112445-run_64_640_x/metrics-only.yaml";
    let found = read(path, &content).collected;
    assert_eq!(found.rows[0].samples, plain.rows[0].samples);
    let said = |key: &str| found.rows[0].identity.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str());
    assert_eq!((said("prefill"), said("decode_tp"), said("gpus")), (Some("2"), Some("8"), Some("16")));
    assert_eq!(found.rows[0].load.value, Some(64.0));
    let finding = found.diagnostics.iter().find(|finding| finding.message.contains("taken from folder names"));
    assert!(finding.is_some_and(|finding| finding.message.contains("run_64_640")), "{:?}", found.diagnostics);
}

/// What a report states of its servers and load is not touched, whatever the folder is called.
#[test]
fn a_whole_report_needs_no_folder() {
    let content = fixture("report/0.1/prefill-decode.yaml");
    let plain = read("r.yaml", &content).collected;
    let found = read("setup_standalone_3_2_NA_NA_NA_NA/r.yaml", &content).collected;
    assert_eq!(found.rows, plain.rows);
    assert_eq!(found.diagnostics, plain.diagnostics);
}
