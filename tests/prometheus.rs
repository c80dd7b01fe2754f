//! Our figures against those of a real Prometheus: quantiles of histograms, gains of counters, and the boards for Grafana,
//! panel by panel, against the page's.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use inferscope::analysis::buckets::{Observed, Quantile, gain};
use inferscope::catalog::server_counters;
use inferscope::catalog::server_panels::{ENGINE, Figure, GPU, Line, Panel};
use inferscope::grafana::BOARDS;
use inferscope::view_model::ViewModel;
use serde_json::{Value, json};

use crate::support::root;
use crate::views::{engine_of, show, state};

/// Says on the terminal, past the test runner, what did not run.
fn not_run(what: &str, missing: &str) {
    let message = format!("\nNOT RUN: {what}: no {missing} (Debian: apt-get install prometheus)\n");
    _ = std::io::stderr().write_all(message.as_bytes());
}

/// What a script that starts a Prometheus finds; `None` where there is none.
fn python(script: &str, arguments: &[String]) -> Option<Value> {
    let output = Command::new("python3").arg(root().join("tests/independent").join(script)).args(arguments).output();
    let output = output.expect("python3 is needed to run the tests");
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    if let Some(missing) = found["missing"].as_array() {
        let missing: Vec<&str> = missing.iter().filter_map(Value::as_str).collect();
        not_run(script, &missing.join(" and "));
        return None;
    }
    Some(found)
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().expect("a list")
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

/// What a histogram had observed at a moment.
fn observed(at: &Value) -> Observed {
    let buckets = list(&at["bounds"]).iter().zip(list(&at["buckets"])).map(|(bound, total)| (number(bound), number(total)));
    Observed { count: number(&at["count"]), sum: number(&at["sum"]), buckets: buckets.collect() }
}

#[test]
fn quantiles_of_buckets_are_those_of_histogram_quantile() {
    let Some(found) = python("histogram_quantile.py", &[]) else { return };
    let (mut within, mut above, mut none) = (0, 0, 0);
    for case in list(&found["histograms"]) {
        let mut sum = Observed::default();
        for series in list(&case["series"]) {
            sum.add(&observed(&series["after"]).since(&observed(&series["before"])));
        }
        let (highest, lowest) = (sum.buckets.last().expect("bounds").0, sum.buckets[0]);
        for pair in list(&case["quantiles"]) {
            let (share, expected) = (number(&pair[0]), pair[1].as_f64());
            let what = format!("{} at {share}: Prometheus has {expected:?}", case["case"]);
            match (sum.quantile(share), expected) {
                (Some(Quantile::Within { value, low, high }), Some(expected)) => {
                    assert!((value - expected).abs() <= 1e-9 * expected.abs(), "{what}, we {value}");
                    assert!((low..=high).contains(&value), "{what}: {value} is not between {low} and {high}");
                    within += 1;
                }
                // We say that nothing more is known; Prometheus says the highest bound.
                (Some(Quantile::Above(bound)), Some(expected)) => {
                    assert_eq!((bound, expected), (highest, highest), "{what}");
                    above += 1;
                }
                // Of the least observation Prometheus divides 0 by 0 where the first bucket is empty; it is above that bucket.
                (Some(found), None) => assert_eq!((share, lowest.1, found.at_least()), (0.0, 0.0, lowest.0), "{what}"),
                (None, None) => {
                    assert_eq!(sum.count, 0.0, "{what}");
                    none += 1;
                }
                (None, Some(_)) => panic!("{what}, we nothing"),
            }
        }
    }
    assert!(within > 100 && above > 10 && none == 7, "{within} within, {above} above, {none} without");
}

#[test]
fn gains_of_counters_start_anew_where_prometheus_sees_resets() {
    let Some(found) = python("histogram_quantile.py", &[]) else { return };
    let mut falls = 0.0;
    for counter in list(&found["counters"]) {
        let samples: Vec<f64> = list(&counter["samples"]).iter().map(number).collect();
        assert_eq!(samples.len(), 60, "every sample is there");
        let pairs = || samples.windows(2).map(|pair| (pair[0], pair[1]));
        let resets = pairs().filter(|(before, after)| gain(*before, *after) == *after && after < before).count();
        assert_eq!(resets as f64, number(&counter["resets"]));
        let gained: f64 = pairs().map(|(before, after)| gain(before, after)).sum();
        let expected = number(&counter["gained"]);
        assert!((gained - expected).abs() <= 1e-9 * expected, "{gained} instead of {expected}");
        falls += number(&counter["resets"]);
    }
    assert!(falls > 5.0, "{falls} resets in all");
}

/// Every query of the boards, with values for Grafana's variables, and those that fill its menus.
fn queries() -> Vec<String> {
    let mut found = Vec::new();
    for board in BOARDS {
        let json: Value = serde_json::from_str(&board.json("")).expect("JSON");
        for panel in list(&json["panels"]) {
            let targets = panel["targets"].as_array().into_iter().flatten();
            found.extend(targets.map(|target| target["expr"].as_str().expect("a query").to_owned()));
        }
        for variable in list(&json["templating"]["list"]) {
            let Some(query) = variable["query"]["query"].as_str() else { continue };
            let inner = query.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).expect("a function of Grafana");
            let series = if query.starts_with("label_values") { inner.rsplit_once(", ").expect("a label").0 } else { inner };
            found.push(series.to_owned());
        }
    }
    let fill = |query: String| {
        let query = query.replace("$__rate_interval", "5m").replace("$by", "model_name, instance");
        ["namespace", "model", "pod", "instance", "host", "gpu"]
            .iter()
            .fold(query, |query, name| query.replace(&format!("\"${name}\""), "\".*\""))
    };
    found.into_iter().map(fill).collect()
}

#[test]
fn every_query_of_the_boards_parses() {
    let queries = queries();
    assert!(queries.len() > 60, "{}", queries.len());
    // What is left is a capture of `label_replace`.
    let foreign = |query: &&String| query.replace("\"$1\"", "").contains('$');
    assert_eq!(queries.iter().find(foreign), None, "a variable that no board has");
    let rules: Vec<Value> =
        queries.iter().enumerate().map(|(at, query)| json!({"record": format!("q{at}"), "expr": query})).collect();
    let path = folder("rules").join("rules.yml");
    // JSON is YAML.
    fs::write(&path, json!({"groups": [{"name": "boards", "rules": rules}]}).to_string()).expect("it can be written");
    let Ok(output) = Command::new("promtool").args(["check", "rules"]).arg(&path).output() else {
        return not_run("promtool check rules", "promtool");
    };
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(output.status.success() && said.contains(&format!("{} rules found", queries.len())), "{said}");
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("prometheus").join(name);
    fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

/// The demo's servers: names and expositions.
fn servers() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let take = &mut |file: inferscope::demo::runs::File| {
        let name = file.path.rsplit('/').nth(1).expect("a folder").to_owned();
        found.push((name, file.text));
        Ok(())
    };
    inferscope::demo::server::each(take).expect("nothing is written");
    found
}

/// Between the demo's scrapes, s.
const STEP: &str = "15";

/// What a board's queries find in these instances: by instance, title and query.
fn asked(board: usize, of: &[(String, String)]) -> Option<Value> {
    let place = folder(BOARDS[board].key);
    let json = place.join("board.json");
    fs::write(&json, BOARDS[board].json("")).expect("it can be written");
    let mut arguments = vec![json.display().to_string(), STEP.to_owned()];
    for (name, text) in of {
        let path = place.join(format!("{name}.prom"));
        fs::write(&path, text).expect("it can be written");
        arguments.push(format!("{name}={}", path.display()));
    }
    python("grafana_queries.py", &arguments)
}

/// Compares every point of every panel that the page draws of one source with what the queries found; how many there were.
fn compare(model: &ViewModel, rows: &[Panel], found: &Value, what: &str, of: impl Fn(&Value) -> bool) -> usize {
    let mut compared = 0;
    for row in rows {
        let has_query = |line: &&Line| !matches!(line.figure, Figure::ClientInFlight | Figure::ClientTtft(_));
        let panel = model.panels.iter().find(|panel| panel.chart.y.title == row.title);
        for (line, series) in row.lines.iter().filter(has_query).zip(list(&found[row.title])) {
            for series in list(series).iter().filter(|series| of(&series[0])) {
                let points: Vec<(f64, f64)> =
                    list(&series[1]).iter().filter_map(|point| Some((number(&point[0]), point[1].as_f64()?))).collect();
                let split = match line.figure {
                    Figure::RateBy(key) => server_counters::row(key).map_or("", |row| row.split),
                    _ => "",
                };
                let label = series[0][split].as_str().unwrap_or(line.label);
                let at = format!("{what}: {}, “{label}”", row.title);
                let lines = panel.into_iter().flat_map(|panel| &panel.chart.series);
                let Some(drawn) = lines.into_iter().find(|series| series.label == label) else {
                    assert!(points.iter().all(|(_, value)| *value == 0.0), "{at} is not on the page: {points:?}");
                    continue;
                };
                let drawn: Vec<(f64, f64)> = drawn.points().map(|point| (point.x / 1000.0, point.y)).collect();
                assert_eq!(drawn.len(), points.len(), "{at}");
                for ((x, y), (moment, value)) in drawn.iter().zip(&points) {
                    // Prometheus extrapolates by the millisecond, but not below 0.
                    let same = (y - value).abs() <= 1e-4 * value.abs();
                    assert!(x == moment && same, "{at}: {y} at {x} on the page, {value} at {moment} in Prometheus");
                    compared += 1;
                }
            }
        }
        // Nothing on the page that the board lacks.
        let queried = list(&found[row.title]).iter().flat_map(list).filter(|series| of(&series[0])).count();
        let drawn = panel.map_or(0, |panel| panel.chart.series.len());
        assert!(drawn <= queried, "{what}: {} has {drawn} lines on the page, {queried} on the board", row.title);
    }
    compared
}

fn every_panel(rows: &[Panel]) -> Vec<(&str, &str)> {
    rows.iter().map(|row| ("panels", row.key)).collect()
}

#[test]
fn the_board_of_servers_says_what_the_page_says() {
    let servers = servers();
    let Some(found) = asked(0, &servers) else { return };
    for (name, text) in &servers {
        // The GPUs beside a server are sources of their own.
        let model = show(&mut engine_of("metrics.prom", text), &state("server/metrics", &[], &every_panel(ENGINE)));
        let compared = compare(&model, ENGINE, &found[name], name, |_| true);
        assert!(compared > 1000, "{name}: {compared} points");
    }
}

#[test]
fn the_board_of_gpus_says_what_the_page_says() {
    let hosts: Vec<(String, String)> =
        servers().into_iter().enumerate().map(|(at, (_, text))| (format!("node-{at}"), text)).collect();
    let Some(found) = asked(1, &hosts) else { return };
    for (host, text) in &hosts {
        for gpu in ["0", "1"] {
            let other = format!("gpu=\"{}\"", if gpu == "0" { "1" } else { "0" });
            let own: Vec<&str> = text.lines().filter(|line| line.contains("DCGM_") && !line.contains(&other)).collect();
            let mut engine = engine_of("metrics.prom", &(own.join("\n") + "\n"));
            let model = show(&mut engine, &state("server/gpus", &[], &every_panel(GPU)));
            let compared = compare(&model, GPU, &found[host], host, |labels| labels["gpu"] == gpu);
            assert!(compared > 700, "{host} GPU {gpu}: {compared} points");
        }
    }
}

/// Two scrapes of lines of name and labels, with the value at each.
fn scraped(lines: &[(&str, [f64; 2])]) -> String {
    let mut text = String::new();
    for (at, moment) in [1_768_467_600_000_u64, 1_768_467_615_000].into_iter().enumerate() {
        for (series, values) in lines {
            text += &format!("{series} {} {moment}\n", values[at]);
        }
    }
    text
}

/// The labels and the value at the second scrape of each series of a query: before it nothing is known of counters.
fn last(found: &Value, instance: &str, panel: &str, query: usize) -> Vec<(String, f64)> {
    let series = list(&found[instance][panel][query]).iter();
    let one = |series: &Value| {
        let point = list(&series[1]).last().filter(|point| point[0] == 1_768_467_615)?;
        Some((series[0].to_string(), number(&point[1])))
    };
    series.filter_map(one).collect()
}

#[test]
fn a_thing_counts_once_whatever_its_names() {
    let mixed = scraped(&[
        // Old and new name of one gauge, and of one counter.
        ("vllm:kv_cache_usage_perc{engine=\"0\",model_name=\"m\"}", [0.5; 2]),
        ("vllm:gpu_cache_usage_perc{engine=\"0\",model_name=\"m\"}", [0.9; 2]),
        ("vllm:prefix_cache_queries_total{engine=\"0\",model_name=\"m\"}", [100.0, 200.0]),
        ("vllm:gpu_prefix_cache_queries_total{engine=\"0\",model_name=\"m\"}", [100.0, 500.0]),
        ("vllm:prefix_cache_hits_total{engine=\"0\",model_name=\"m\"}", [10.0, 40.0]),
        ("vllm:gpu_prefix_cache_hit_rate{engine=\"0\",model_name=\"m\"}", [0.99; 2]),
        // Two engines; SGLang's ranks say the same, and its total has no priority.
        ("vllm:num_requests_running{engine=\"0\",model_name=\"m\",job=\"vllm\"}", [3.0; 2]),
        ("vllm:num_requests_running{engine=\"1\",model_name=\"m\",job=\"vllm\"}", [4.0; 2]),
        ("sglang:num_running_reqs{model_name=\"m\",tp_rank=\"0\",dp_rank=\"0\",job=\"sglang\"}", [5.0; 2]),
        ("sglang:num_running_reqs{model_name=\"m\",tp_rank=\"1\",dp_rank=\"0\",job=\"sglang\"}", [5.0; 2]),
        ("sglang:num_running_reqs{model_name=\"m\",tp_rank=\"2\",dp_rank=\"1\",job=\"sglang\"}", [6.0; 2]),
        ("sglang:num_running_reqs{model_name=\"m\",tp_rank=\"0\",dp_rank=\"0\",job=\"sglang\",priority=\"1\"}", [2.0; 2]),
        // The same requests at the frontend and at the router.
        ("dynamo_frontend_inflight_requests{model=\"m\"}", [99.0; 2]),
        ("llm_d_epp_request_running{model_name=\"m\"}", [88.0; 2]),
        // A rate, and what the server states beside it.
        ("vllm:generation_tokens_total{engine=\"0\",model_name=\"m\"}", [1000.0, 1150.0]),
        ("sglang:gen_throughput{model_name=\"m\",tp_rank=\"0\"}", [77.0; 2]),
        // A model server's requests, and those of any web server.
        ("http_requests_total{status=\"2xx\",handler=\"/v1\",job=\"vllm\"}", [1000.0, 1030.0]),
        ("http_requests_total{status=\"2xx\",handler=\"/v1\",job=\"shop\"}", [1000.0, 9000.0]),
        // Bounds that changed with the name: only those of the new one count.
        ("vllm:inter_token_latency_seconds_bucket{engine=\"0\",model_name=\"m\",le=\"0.1\"}", [100.0, 200.0]),
        ("vllm:inter_token_latency_seconds_bucket{engine=\"0\",model_name=\"m\",le=\"+Inf\"}", [100.0, 200.0]),
        ("vllm:time_per_output_token_seconds_bucket{engine=\"0\",model_name=\"m\",le=\"0.05\"}", [100.0, 900.0]),
        ("vllm:time_per_output_token_seconds_bucket{engine=\"0\",model_name=\"m\",le=\"+Inf\"}", [100.0, 900.0]),
    ]);
    let alone = scraped(&[
        ("dynamo_frontend_inflight_requests{model=\"m\"}", [9.0; 2]),
        ("sglang:gen_throughput{model_name=\"m\",tp_rank=\"0\"}", [77.0; 2]),
        ("trtllm_kv_cache_reused_blocks_total{model_name=\"m\"}", [100.0, 130.0]),
        ("trtllm_kv_cache_missed_blocks_total{model_name=\"m\"}", [100.0, 110.0]),
    ]);
    let Some(found) = asked(0, &[("mixed".to_owned(), mixed), ("alone".to_owned(), alone)]) else { return };
    let m = "{\"model_name\":\"m\"}".to_owned();
    let near = |found: &[(String, f64)], expected: f64| match found {
        [(labels, value)] => *labels == m && (value - expected).abs() < 1e-4 * expected,
        _ => false,
    };
    for (panel, query, expected) in [
        ("KV cache usage", 0, 50.0),
        ("Requests", 1, 3.0 + 4.0 + 5.0 + 6.0),
        ("Tokens per second", 0, 10.0),
        ("Prefix-cache hits", 0, 30.0),
        ("ITL", 0, 95.0),
    ] {
        let found = last(&found, "mixed", panel, query);
        assert!(near(&found, expected), "{panel}: {found:?} instead of {expected}");
    }
    assert_eq!(last(&found, "mixed", "Tokens per second", 2), [], "stated beside what was counted");
    assert_eq!(last(&found, "mixed", "Prefix-cache hits", 3), []);
    let [(labels, rate)] = &last(&found, "mixed", "HTTP requests", 0)[..] else { panic!("one series") };
    assert!(labels.contains("2xx") && (rate - 2.0).abs() < 1e-3, "{labels} {rate}");
    assert_eq!(last(&found, "alone", "Requests", 1), [("{}".to_owned(), 9.0)], "nothing else has it");
    assert!(near(&last(&found, "alone", "Tokens per second", 2), 77.0));
    assert!(near(&last(&found, "alone", "Prefix-cache hits", 2), 75.0));
}

#[test]
fn a_gpu_is_one_line_whoever_exports_it() {
    let text = scraped(&[
        ("DCGM_FI_DEV_GPU_UTIL{gpu=\"0\",Hostname=\"n\",pod=\"a\"}", [90.0; 2]),
        ("DCGM_FI_DEV_GPU_UTIL{gpu=\"0\",Hostname=\"n\",pod=\"b\"}", [90.0; 2]),
        ("DCGM_FI_DEV_GPU_UTIL{gpu=\"1\",hostname=\"n\"}", [80.0; 2]),
        ("DCGM_FI_DEV_GPU_UTIL{gpu=\"1\",hostname=\"other\"}", [70.0; 2]),
        ("DCGM_FI_DEV_FB_USED{gpu=\"1\",hostname=\"n\"}", [60.0; 2]),
        ("DCGM_FI_DEV_FB_FREE{gpu=\"1\",hostname=\"n\"}", [30.0; 2]),
        ("DCGM_FI_DEV_FB_RESERVED{gpu=\"1\",hostname=\"n\"}", [10.0; 2]),
    ]);
    let Some(found) = asked(1, &[("n".to_owned(), text)]) else { return };
    let mut values: Vec<f64> = last(&found, "n", "GPU utilisation", 0).into_iter().map(|(_, value)| value).collect();
    values.sort_by(f64::total_cmp);
    assert_eq!(values, [80.0, 90.0], "of this host, once each");
    let [(_, share)] = &last(&found, "n", "Memory used, of all", 0)[..] else { panic!("one series") };
    assert!((share - 60.0).abs() < 1e-9, "{share}");
}
