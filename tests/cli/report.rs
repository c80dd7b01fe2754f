//! `inferscope report`: views as one page that needs nothing else.

use std::fs;

use super::{TINY, folder, put, run, stdout};

/// A page's folder as far as a report needs it.
fn dist(folder: &std::path::Path) -> String {
    for (name, content) in [("index.html", "page"), ("start.js", "start"), ("report.js", "DRAWS()")] {
        put(folder, &format!("dist/{name}"), content);
    }
    folder.join("dist").display().to_string()
}

#[test]
fn a_report_has_charts_tables_sources_and_its_data() {
    let folder = folder("report");
    let (results, dist) = (put(&folder, "tiny.csv", TINY), dist(&folder));
    let output = folder.join("report.html").display().to_string();
    let link = "https://inferscope.example/?v=2&view=explore&y=ttft.p50#f.model=org/m";
    let done = run(&[
        "report",
        &results,
        "--link",
        link,
        "--link",
        "?v=2&view=data",
        "-o",
        &output,
        "--dist",
        &dist,
        "--title",
        "A <b>",
    ]);
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    let html = fs::read_to_string(&output).expect("it was written");
    assert!(html.contains("<h1>A &lt;b&gt;</h1>") && html.contains("<script>DRAWS()</script>"));
    assert_eq!(html.matches("<section>").count(), 3, "two views and the sources");
    assert!(html.contains("data-plot=\"0\"") && html.contains("<td>tiny.csv</td>") || html.contains("tiny.csv</td>"));
    // It is read as what it was made from, in its view.
    let read = stdout(&["table", &output, "--format", "csv"]);
    let original = stdout(&["table", &results, "--format", "csv"]);
    assert_eq!(read, original);
    let inspected = stdout(&["inspect", "--json", &output]);
    assert!(inspected.contains("?v=2&f.model=org/m&y=ttft.p50"), "{inspected}");
}

#[test]
fn the_notice_of_a_bundle_goes_on() {
    let folder = folder("report-notice");
    let (results, dist) = (put(&folder, "tiny.csv", TINY), dist(&folder));
    let plain = stdout(&["report", &results, "--dist", &dist]);
    assert!(!plain.contains("class=\"notice\"") && !plain.contains("\"notice\":"));
    // As a page with a notice writes it.
    let noticed = plain.replacen("\"inferscope\":", "\"notice\":\"Internal \\u003cb> use\\nonly\",\"inferscope\":", 1);
    assert_ne!(noticed, plain);
    let brought = put(&folder, "brought.html", &noticed);
    let html = stdout(&["report", &brought, "--dist", &dist]);
    assert!(html.contains("<p class=\"notice\"><strong>Internal &lt;b&gt; use\u{fffd}only</strong></p>"), "{html}");
    let again = put(&folder, "again.html", &html);
    assert!(stdout(&["report", &again, "--dist", &dist]).contains("<p class=\"notice\">"));
    let long = put(
        &folder,
        "long.html",
        &plain.replacen("\"inferscope\":", &format!("\"notice\":\"{}\",\"inferscope\":", "x".repeat(5000)), 1),
    );
    assert!(stdout(&["inspect", "--json", &long]).contains(&format!("\"{}…\"", "x".repeat(200))));
}

#[test]
fn of_a_tree_of_dynamo_it_has_the_charts_and_the_summary_of_its_script() {
    let folder = folder("report-dynamo");
    let summary = |rate: f64| {
        format!(
            r#"{{"request_throughput":{{"unit":"requests/sec","avg":{rate}}},"time_to_first_token":{{"unit":"ms","avg":100.0,"p50":90}},
            "inter_token_latency":{{"unit":"ms","avg":10.0,"p50":9.0}},"output_token_throughput":{{"unit":"tokens/sec","avg":{}}},
            "output_token_throughput_per_user":{{"unit":"tokens/sec/user","avg":100.0}},"output_sequence_length":{{"unit":"tokens","avg":128}},
            "input_config":{{"endpoint":{{"model_names":["org/m"],"type":"chat"}}}}}}"#,
            rate * 128.0
        )
    };
    for (at, level) in ["vllm/c1", "vllm/c10", "sglang/c5"].iter().enumerate() {
        put(&folder, &format!("results/{level}/artifacts/profile_export_aiperf.json"), &summary(at as f64 + 1.0));
    }
    let deployment =
        r#"{"kind": "vllm_serve", "model": "org/m", "mode": "aggregated", "tensor_parallelism": 2, "data_parallelism": 1}"#;
    for benchmark in ["vllm", "sglang"] {
        put(&folder, &format!("results/{benchmark}/deployment_config.json"), deployment);
    }
    let (results, dist) = (folder.join("results").display().to_string(), dist(&folder));
    let html = stdout(&["report", &results, "--dist", &dist]);
    let titles: Vec<&str> = html.split("<figcaption>").skip(1).filter_map(|rest| rest.split('<').next()).collect();
    let efficiency = "Efficiency: throughput per GPU against per user";
    assert_eq!(titles, ["P50 TPOT", "Mean TPOT", "Request throughput", "Mean TTFT", efficiency]);
    assert!(html.contains("vllm: 2 concurrency levels (1-10)") && html.contains("sglang: 1 concurrency levels (5-5)"));
}

#[test]
fn names_are_numbered_unless_they_are_wanted() {
    let folder = folder("report-names");
    let named = TINY
        .replace("successful_requests\n", "successful_requests,hostname\n")
        .replace(",100\n", ",100,gpu7.corp\n")
        .replace(",90\n", ",90,gpu7.corp\n");
    let (results, dist) = (put(&folder, "t.csv", &named), dist(&folder));
    let without = stdout(&["report", &results, "--dist", &dist, "--link", "?v=2&by=hostname"]);
    assert!(!without.contains("gpu7") && without.contains("hostname-1"));
    assert!(stdout(&["report", &results, "--dist", &dist, "--link", "?v=2&by=hostname", "--names"]).contains("gpu7.corp"));
}

#[test]
fn what_is_missing_is_said() {
    let folder = folder("report-missing");
    let (results, dist) = (put(&folder, "tiny.csv", TINY), dist(&folder));
    let nothing = put(&folder, "notes.txt", "x\n");
    let done = run(&["report", &nothing, "--dist", &dist]);
    assert_eq!((done.status.code(), done.stdout.len()), (Some(1), 0));
    assert!(String::from_utf8_lossy(&done.stderr).contains("no records"));
    fs::remove_file(folder.join("dist/report.js")).expect("it was there");
    let done = run(&["report", &results, "--dist", &dist]);
    assert_eq!(done.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&done.stderr).contains("make dist"));
}
