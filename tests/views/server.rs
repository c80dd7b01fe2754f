//! The Server tab: figures from increases of counters and buckets, diagnosis, and the client on the same clock.

use inferscope::record::Stat;
use inferscope::state::{Axis, Limit, ViewState, Zoom};
use inferscope::view_model::{Tone, ViewModel};

use super::{engine_of, files};

const START: u64 = 1_768_467_600;

/// Scrapes every 10 s: each is lines of name, labels and value.
fn exposition(scrapes: &[&[(&str, &str, f64)]]) -> String {
    let mut text =
        String::from("# TYPE vllm:time_to_first_token_seconds histogram\n# TYPE vllm:time_per_output_token_seconds histogram\n");
    for (at, lines) in scrapes.iter().enumerate() {
        for (name, labels, value) in *lines {
            text += &format!("{name}{{engine=\"0\",model_name=\"m\"{labels}}} {value} {}\n", (START + 10 * at as u64) * 1000);
        }
    }
    text
}

fn show(engine: &mut inferscope::engine::Engine, view: &str, set: impl Fn(&mut ViewState)) -> ViewModel {
    let mut state = ViewState { view: view.to_owned(), ..ViewState::default() };
    set(&mut state);
    engine.show(&state, &std::collections::BTreeMap::new())
}

/// The y of a line of a panel.
fn line(model: &ViewModel, panel: &str, label: &str) -> Vec<f64> {
    let panel = model.panels.iter().find(|one| one.chart.y.title == panel).unwrap_or_else(|| panic!("no panel {panel}"));
    let series = panel.chart.series.iter().find(|series| series.label == label).unwrap_or_else(|| panic!("no line {label}"));
    series.points().map(|point| point.y).collect()
}

#[test]
fn figures_are_differences_with_restarts() {
    let text = exposition(&[
        &[("vllm:num_requests_running", "", 4.0), ("vllm:generation_tokens_total", "", 1000.0)],
        &[("vllm:num_requests_running", "", 4.0), ("vllm:generation_tokens_total", "", 3000.0)],
        // A restart: 500 were counted since.
        &[("vllm:num_requests_running", "", 4.0), ("vllm:generation_tokens_total", "", 500.0)],
        &[("vllm:num_requests_running", "", 4.0), ("vllm:generation_tokens_total", "", 700.0)],
    ]);
    let model = show(&mut engine_of("metrics.prom", &text), "server/metrics", |_| ());
    assert_eq!(line(&model, "Tokens per second", "generated"), [200.0, 50.0, 20.0]);
    assert!(!model.panels.iter().any(|panel| panel.chart.y.title == "KV cache usage"), "not exported, not drawn");
}

#[test]
fn quantiles_are_of_what_was_observed_between_scrapes() {
    let bucket = |le: &'static str, value| ("vllm:time_to_first_token_seconds_bucket", le, value);
    let scrape = |below: f64, within: f64, all: f64, sum: f64| {
        vec![
            ("vllm:num_requests_running", "", 1.0),
            bucket(",le=\"0.1\"", below),
            bucket(",le=\"0.5\"", within),
            bucket(",le=\"+Inf\"", all),
            ("vllm:time_to_first_token_seconds_sum", "", sum),
            ("vllm:time_to_first_token_seconds_count", "", all),
        ]
    };
    let (first, second) = (scrape(90.0, 100.0, 100.0, 9.0), scrape(100.0, 130.0, 140.0, 21.0));
    let text = exposition(&[&first, &second]);
    let model = show(&mut engine_of("metrics.prom", &text), "server/metrics", |_| ());
    // 40 between the scrapes: 10 up to 100 ms, 20 more up to 500 ms, 10 beyond. The median is the 20th.
    assert_eq!(line(&model, "TTFT", "P50"), [100.0 + 400.0 * 0.5]);
    assert_eq!(line(&model, "TTFT", "mean"), [1000.0 * 12.0 / 40.0]);
    // The 38th is beyond the highest bound: drawn there, hollow, and said.
    assert_eq!(line(&model, "TTFT", "P95"), [500.0]);
    let panel = model.panels.iter().find(|one| one.chart.y.title == "TTFT").expect("the panel");
    let p95 = panel.chart.series.iter().find(|series| series.label == "P95").expect("the line");
    assert!(p95.points().all(|point| point.over_limit));
    assert!(model.notes.iter().any(|note| note.contains("above the highest bound")), "{:?}", model.notes);
    // An SLO at a bound is exact, one between two bounds is a range.
    let within = |bound: f64| {
        let limit = Limit { of: Axis::Figure { metric: "ttft".to_owned(), stat: Stat::P95 }, bound };
        let model = show(&mut engine_of("metrics.prom", &text), "server/metrics", |state| state.slo = vec![limit.clone()]);
        model.cards.first().map(|card| card.value.clone()).expect("a card")
    };
    assert_eq!((within(500.0).as_str(), within(200.0).as_str()), ("75%", "25–75%"));
}

#[test]
fn two_names_of_one_thing_are_never_added() {
    let mut scrapes = Vec::new();
    for at in [0.0, 1.0] {
        let mut lines = vec![("vllm:num_requests_running", "", 1.0)];
        for name in ["vllm:inter_token_latency_seconds", "vllm:time_per_output_token_seconds"] {
            let parts: [(&str, f64); 2] = [("_sum", 3.0 * at), ("_count", 100.0 * at)];
            for (part, value) in parts {
                lines.push((Box::leak(format!("{name}{part}").into_boxed_str()), "", value));
            }
        }
        scrapes.push(lines);
    }
    let scrapes: Vec<&[(&str, &str, f64)]> = scrapes.iter().map(Vec::as_slice).collect();
    let text = "# TYPE vllm:inter_token_latency_seconds histogram\n".to_owned() + &exposition(&scrapes);
    let model = show(&mut engine_of("metrics.prom", &text), "server/metrics", |_| ());
    assert_eq!(line(&model, "ITL", "mean"), [30.0]);
    let totals = model.grids.iter().find(|grid| grid.key == "since-start").expect("totals");
    let itl = totals.rows.iter().find(|row| row[0].cell.text == "ITL").expect("ITL");
    assert_eq!(itl[3].cell.exact, "100", "observations of one name");
}

#[test]
fn ranks_repeat_and_engines_do_not() {
    let line = |name: &str, labels: &str, value: f64, at: u64| format!("{name}{{{labels}}} {value} {}\n", (START + at) * 1000);
    let mut text = String::new();
    for at in [0, 10] {
        for rank in 0..4 {
            text += &line("sglang:num_running_reqs", &format!("model_name=\"m\",tp_rank=\"{rank}\""), 7.0, at);
            text += &line("sglang:realtime_tokens_total", &format!("mode=\"decode\",tp_rank=\"{rank}\""), 100.0 * at as f64, at);
        }
        text += &line("sglang:num_queue_reqs", "model_name=\"m\",tp_rank=\"0\",priority=\"\"", 9.0, at);
        text += &line("sglang:num_queue_reqs", "model_name=\"m\",tp_rank=\"0\",priority=\"1\"", 5.0, at);
    }
    let model = show(&mut engine_of("sglang.prom", &text), "server/metrics", |_| ());
    assert_eq!(self::line(&model, "Requests", "running"), [7.0, 7.0]);
    assert_eq!(self::line(&model, "Requests", "waiting"), [9.0, 9.0], "the total, not the total and its part");
}

#[test]
fn the_first_rank_of_a_data_parallel_engine_counts() {
    let mut text = String::new();
    for at in [0, 10] {
        for (dp, tp) in [(0, 0), (0, 1), (1, 2), (1, 3)] {
            let labels = format!("model_name=\"m\",dp_rank=\"{dp}\",tp_rank=\"{tp}\"");
            text += &format!("sglang:num_running_reqs{{{labels}}} 3 {}\n", (START + at) * 1000);
            text += &format!(
                "sglang:realtime_tokens_total{{mode=\"decode\",{labels}}} {} {}\n",
                100 * at * (dp + 1),
                (START + at) * 1000
            );
        }
    }
    let mut engine = engine_of("sglang.prom", &text);
    let model = show(&mut engine, "server/metrics", |_| ());
    let panel = model.panels.iter().find(|one| one.chart.y.title.starts_with("Tokens by kind of pass")).expect("a panel");
    let rates: Vec<f64> = panel.chart.series.iter().flat_map(|series| series.points().map(|point| point.y)).collect();
    assert_eq!(rates, [100.0, 200.0], "one line for each data-parallel rank, counted once");
}

#[test]
fn a_server_that_was_scraped_once_has_totals() {
    let text = "# TYPE vllm:time_to_first_token_seconds histogram\n\
                vllm:num_requests_running{engine=\"0\"} 3\n\
                vllm:time_to_first_token_seconds_bucket{engine=\"0\",le=\"0.5\"} 8\n\
                vllm:time_to_first_token_seconds_bucket{engine=\"0\",le=\"+Inf\"} 10\n\
                vllm:time_to_first_token_seconds_sum{engine=\"0\"} 4\n\
                vllm:time_to_first_token_seconds_count{engine=\"0\"} 10\n";
    let model = show(&mut engine_of("once.prom", text), "server/metrics", |_| ());
    let totals = model.grids.iter().find(|grid| grid.key == "since-start").expect("totals");
    let row: Vec<&str> = totals.rows[0].iter().map(|cell| cell.cell.text.as_str()).collect();
    // 5 of 10 is 5/8 of the way through the only bucket; the 9.5th is beyond it.
    assert_eq!(row, ["TTFT", "engine 0", "ms", "10", "400", "312.5", "> 500", "> 500"]);
}

#[test]
fn scrapes_in_files_of_their_own_follow_each_other() {
    let at = |seconds: u64, tokens: f64| {
        exposition(&[&[("vllm:num_requests_running", "", 2.0), ("vllm:generation_tokens_total", "", tokens)]])
            .replace(&format!("{START}000"), &format!("{}000", START + seconds))
    };
    let texts = [at(0, 100.0), at(10, 400.0), at(20, 1000.0)];
    let named: Vec<(String, &str)> =
        texts.iter().enumerate().map(|(n, text)| (format!("run/scrape-{n}.prom"), text.as_str())).collect();
    let named: Vec<(&str, &str)> = named.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    let model = show(&mut files(&named), "server/metrics", |_| ());
    assert_eq!(line(&model, "Tokens per second", "generated"), [30.0, 60.0]);
}

#[test]
fn the_demo_shows_five_verdicts_with_their_figures() {
    let mut engine = inferscope::engine::Engine::default();
    let mut number = 0;
    inferscope::demo::server::each(&mut |file| {
        number += 1;
        let source = inferscope::source::Source::new(&file.path, file.text.into_bytes());
        engine.add(inferscope::engine::protocol::FileId(number), inferscope::engine::import(&source, None, |_| ()).tables);
        Ok(())
    })
    .expect("it is written to memory");
    let model = show(&mut engine, "server", |_| ());
    let grid = model.grids.iter().find(|grid| grid.key == "rules").expect("the rules");
    let verdict = |subject: &str, rule: &str| {
        let row = grid.rows.iter().find(|row| row[0].cell.text == subject && row[1].cell.text == rule).expect("the rule");
        row[2].cell.text.clone()
    };
    for (subject, rule, expected) in [
        ("kv-full", "KV-cache wall", "confirmed"),
        ("kv-full", "Admission cap", "not seen"),
        ("capped", "KV-cache wall", "not seen"),
        ("capped", "Admission cap", "confirmed"),
        ("hot", "Compute wall", "confirmed"),
        ("hot", "Thermal or power throttling", "confirmed"),
        ("hot", "Errors", "likely"),
        ("kv-full", "Unsteady run", "confirmed"),
        ("hot", "Latency floor", "not enough data"),
    ] {
        assert_eq!(verdict(subject, rule), expected, "{subject}: {rule}");
    }
    assert_eq!(model.headline.as_ref().map(|headline| headline.tone), Some(Tone::Worse));
    let card = model.cards.iter().find(|card| card.label == "KV-cache wall, kv-full").expect("a card");
    assert!(card.detail.contains("compute headroom"), "{}", card.detail);
    assert!(
        card.evidence.iter().any(|evidence| evidence.link.as_deref().is_some_and(|link| link.contains("view=server/metrics")))
    );
    // What sets none is named.
    let odd = show(&mut engine, "server", |state| {
        state.set_option("limit-kv-full", vec!["-1".to_owned()]);
        state.set_option("limit-nonsense", vec!["5".to_owned()]);
    });
    for wrong in ["limit-kv-full=-1", "limit-nonsense=5"] {
        assert!(odd.notes.iter().any(|note| note.contains(wrong)), "{:?}", odd.notes);
    }
    // A threshold in the link changes the verdict.
    let strict = show(&mut engine, "server", |state| state.set_option("limit-samples", vec!["1000".to_owned()]));
    let grid = strict.grids.iter().find(|grid| grid.key == "rules").expect("the rules");
    let wall =
        grid.rows.iter().find(|row| row[0].cell.text == "kv-full" && row[1].cell.text == "KV-cache wall").expect("the rule");
    assert_eq!(wall[2].cell.text, "not enough data");
    let gpus = show(&mut engine, "server/gpus", |_| ());
    assert_eq!(gpus.legend.len(), 6, "two GPUs of each server");
}

#[test]
fn the_client_is_on_the_servers_clock() {
    let metrics = exposition(&[
        &[("vllm:num_requests_running", "", 0.0)],
        &[("vllm:num_requests_running", "", 2.0)],
        &[("vllm:num_requests_running", "", 1.0)],
        &[("vllm:num_requests_running", "", 0.0)],
    ]);
    let request = |start: u64, ms: f64| {
        let (begin, end) = (start * 1_000_000_000, start * 1_000_000_000 + (ms * 1e6) as u64);
        format!(
            "{{\"metadata\":{{\"session_num\":0,\"request_start_ns\":{begin},\"request_end_ns\":{end},\"worker_id\":\"w\",\
             \"record_processor_id\":\"r\",\"benchmark_phase\":\"profiling\",\"was_cancelled\":false}},\"metrics\":{{\"time_to_first_token\":\
             {{\"value\":50.0,\"unit\":\"ms\"}},\"request_latency\":{{\"value\":{ms},\"unit\":\"ms\"}}}},\"error\":null}}\n"
        )
    };
    let of = |shift: u64| request(START + 10 + shift, 15_000.0) + &request(START + 10 + shift, 5_000.0);
    let shown = |requests: &str| {
        show(&mut files(&[("run/metrics.prom", &metrics), ("run/profile_export.jsonl", requests)]), "server/metrics", |_| ())
    };
    let agreeing = shown(&of(0));
    assert_eq!(line(&agreeing, "Requests", "in flight at the client"), [2.0, 1.0, 0.0]);
    assert!(!agreeing.notes.iter().any(|note| note.contains("disagree")));
    // An hour off: the first request is put where the server first had one, and that is said.
    let off = shown(&of(3600));
    assert_eq!(line(&off, "Requests", "in flight at the client"), [2.0, 1.0, 0.0]);
    assert!(
        off.notes.iter().any(|note| note.contains("shifted by −3600 s") || note.contains("shifted by −3,600 s")),
        "{:?}",
        off.notes
    );
}

#[test]
fn from_a_moment_of_the_server_back_to_its_requests() {
    let metrics = exposition(&[
        &[("vllm:num_requests_running", "", 0.0)],
        &[("vllm:num_requests_running", "", 2.0)],
        &[("vllm:num_requests_running", "", 0.0)],
    ]);
    let begin = (START + 8) * 1_000_000_000;
    let request = |at: u64| {
        let begin = begin + at * 1_000_000_000;
        format!(
            "{{\"metadata\":{{\"session_num\":0,\"request_start_ns\":{begin},\"request_end_ns\":{},\"worker_id\":\"w\",\
             \"record_processor_id\":\"r\",\"benchmark_phase\":\"profiling\",\"was_cancelled\":false}},\"metrics\":\
             {{\"request_latency\":{{\"value\":4000.0,\"unit\":\"ms\"}}}},\"error\":null}}\n",
            begin + 4_000_000_000
        )
    };
    let requests = request(0) + &request(3);
    let mut engine = files(&[("run/metrics.prom", &metrics), ("run/profile_export.jsonl", &requests)]);
    let model = show(&mut engine, "server/metrics", |_| ());
    let series = model.panels[0].chart.series.iter().position(|series| series.label == "running").expect("a line");
    let steps = engine.point(0, series, 1).expect("a card").steps;
    // 10 s is 2 s after the first request began.
    let link = steps.iter().find(|(label, _)| label == "Requests begun around that time").map(|(_, link)| link.as_str());
    assert!(link.is_some_and(|link| link.contains("view=requests") && link.contains("elapsed:0.000..7.000")), "{steps:?}");
    let idle = engine.point(0, series, 0).expect("a card").steps;
    assert!(!idle.iter().any(|(label, _)| label.starts_with("Requests begun")), "{idle:?}");
}

#[test]
fn reserved_gpu_memory_is_memory() {
    let mut text = String::new();
    for at in 0..2 {
        for (name, value) in [("USED", 60.0), ("FREE", 30.0), ("RESERVED", 10.0)] {
            text += &format!("DCGM_FI_DEV_FB_{name}{{gpu=\"0\",UUID=\"GPU-a\"}} {value} {}\n", (START + 10 * at) * 1000);
        }
    }
    let model = show(&mut engine_of("gpus.prom", &text), "server/gpus", |_| ());
    assert_eq!(line(&model, "Memory used, of all", "used"), [60.0, 60.0]);
}

#[test]
fn a_target_scraped_by_two_jobs_counts_once() {
    let mut text = String::new();
    for at in [0, 10] {
        for (job, replica) in [("a", "0"), ("b", "0"), ("a", "1")] {
            let labels = format!("pod=\"p\",engine=\"0\",job=\"{job}\",prometheus_replica=\"{replica}\"");
            text += &format!("vllm:num_requests_running{{{labels}}} 5 {}\n", (START + at) * 1000);
            text += &format!("vllm:generation_tokens_total{{{labels}}} {} {}\n", 1000 + 100 * at, (START + at) * 1000);
        }
    }
    let model = show(&mut engine_of("metrics.prom", &text), "server/metrics", |_| ());
    assert_eq!(line(&model, "Requests", "running"), [5.0, 5.0]);
    assert_eq!(line(&model, "Tokens per second", "generated"), [100.0]);
}

#[test]
fn gpus_are_of_the_engine_whose_pod_they_name() {
    let mut text = String::new();
    for at in 0..20_u64 {
        let time = (START + 10 * at) * 1000;
        for (pod, sm) in [("p0", 0.2), ("p1", 0.95)] {
            text += &format!("vllm:num_requests_running{{pod=\"{pod}\",engine=\"0\"}} {} {time}\n", 4 + at);
            text += &format!("vllm:kv_cache_usage_perc{{pod=\"{pod}\",engine=\"0\"}} 0.3 {time}\n");
            for (part, value) in [("sum", 0.01 * (at * at * at) as f64), ("count", (100 * at) as f64)] {
                text += &format!("vllm:inter_token_latency_seconds_{part}{{pod=\"{pod}\",engine=\"0\"}} {value} {time}\n");
            }
            let gpu = format!("gpu=\"0\",UUID=\"{pod}\",Hostname=\"n-{pod}\",pod=\"{pod}\"");
            text += &format!("DCGM_FI_DEV_GPU_UTIL{{{gpu}}} 99 {time}\nDCGM_FI_PROF_SM_ACTIVE{{{gpu}}} {sm} {time}\n");
        }
    }
    let text = "# TYPE vllm:inter_token_latency_seconds histogram\n".to_owned() + &text;
    let model = show(&mut engine_of("metrics.prom", &text), "server", |_| ());
    let grid = model.grids.iter().find(|grid| grid.key == "rules").expect("the rules");
    let verdict = |pod: &str| {
        let row = grid.rows.iter().find(|row| row[0].cell.text == pod && row[1].cell.text == "Compute wall").expect("the rule");
        row[2].cell.text.clone()
    };
    assert_eq!((verdict("p0").as_str(), verdict("p1").as_str()), ("not seen", "confirmed"));
}

#[test]
fn a_clock_held_down_is_seen_in_its_reasons_and_means_are_over_time() {
    // 4 is a power cap, 1 an idle GPU, 32 and 64 heat; the last value stands for a minute.
    let scrapes = [(0, 1.0), (10, 4.0), (20, 96.0), (30, 0.0), (40, 0.0), (70, 0.0)];
    for name in ["DCGM_FI_DEV_CLOCKS_EVENT_REASONS", "DCGM_FI_DEV_CLOCK_THROTTLE_REASONS"] {
        let mut text = String::new();
        for (at, bits) in scrapes {
            let stamp = (START + at) * 1000;
            text += &format!("{name}{{gpu=\"0\",UUID=\"GPU-a\",Hostname=\"n1\"}} {bits} {stamp}\n");
            text += &format!("DCGM_FI_DEV_SM_CLOCK{{gpu=\"0\",UUID=\"GPU-a\",Hostname=\"n1\"}} 1500 {stamp}\n");
        }
        let model = show(&mut engine_of("dcgm.prom", &text), "server/gpus", |_| ());
        assert_eq!(line(&model, "Time throttled", "power or heat, as sampled"), [0.0, 1.0, 1.0, 0.0, 0.0, 0.0], "{name}");
        let span = super::grid(&model, "span");
        let row = (0..span.rows.len()).find(|row| super::cell(span, *row, "figure").cell.text.starts_with("Time throttled"));
        let mean = super::number(span, row.expect("its row"), "mean").expect("a mean");
        // Weights 10, 10, 10, 10, (10 + 30) / 2 and 30 s: 20 of 90 s.
        assert!((mean - 20.0 / 90.0).abs() < 1e-12, "{mean}");
    }
}

#[test]
fn engines_beyond_those_that_are_read_are_told_in_the_view() {
    let file = |engines: usize| -> String {
        let line = |at: usize| format!("vllm:num_requests_running{{pod=\"vllm-{at}\",zone=\"z{at}\"}} 1 {}\n", START * 1000);
        (0..engines).map(line).collect()
    };
    for (engines, told) in [(600, true), (511, false)] {
        for view in ["server", "server/metrics"] {
            let model = show(&mut engine_of("fleet.prom", &file(engines)), view, |_| ());
            assert_eq!(model.notes.iter().any(|note| note.contains("as many as are read")), told, "{engines}: {:?}", model.notes);
        }
    }
}

/// Scrapes of one server, saved in a folder of their own: `at` seconds after the first, with what it counted.
fn scraped(pod: &str, model: &str, at: u64, running: f64, tokens: f64) -> String {
    let line = |name: &str, at: u64, value: f64| {
        format!("{name}{{pod=\"{pod}\",model_name=\"{model}\"}} {value} {}\n", (START + at) * 1000)
    };
    ["vllm:num_requests_running", "vllm:generation_tokens_total"]
        .iter()
        .zip([running, tokens])
        .map(|(name, value)| {
            format!(
                "# TYPE {name} {}\n{}{}",
                if name.ends_with("total") { "counter" } else { "gauge" },
                line(name, at, value),
                line(name, at + 10, value + 100.0)
            )
        })
        .collect()
}

#[test]
fn one_server_in_three_folders_is_one_engine_and_nothing_distinct_is_merged() {
    let engines = |saved: &[(&str, &str)]| {
        let model = show(&mut files(saved), "server/metrics", |_| ());
        model.sentence.split(", ").nth(1).map(str::to_owned).unwrap_or_default()
    };
    let of = |pod: &str, model: &str, at: u64| scraped(pod, model, at, 4.0, 1000.0 + at as f64);
    let same = [of("vllm-0", "m", 0), of("vllm-0", "m", 100), of("vllm-0", "m", 200)];
    let folders = |texts: &[String; 3]| {
        let paths = ["scrapes/a/metrics.prom", "scrapes/b/metrics.prom", "scrapes/c/metrics.prom"];
        engines(&paths.iter().copied().zip(texts.iter().map(String::as_str)).collect::<Vec<_>>())
    };
    assert_eq!(folders(&same), "1 engine over time.");
    assert_eq!(folders(&[of("vllm-0", "m", 0), of("vllm-1", "m", 100), of("vllm-2", "m", 200)]), "3 engines over time.");
    assert_eq!(folders(&[of("vllm-0", "m", 0), of("vllm-0", "other", 100), of("vllm-0", "m", 200)]), "2 engines over time.");
    // At the same time there is only one of it: these are others.
    assert_eq!(folders(&[of("vllm-0", "m", 0), of("vllm-0", "m", 5), of("vllm-0", "m", 200)]), "3 engines over time.");
    assert_eq!(
        folders(&[of("localhost:8000", "m", 0), of("localhost:8000", "m", 100), of("localhost:8000", "m", 200)]),
        "3 engines over time."
    );
    // Its counters go on: between folders nothing is known, within each 100 tokens in 10 s.
    let saved: Vec<(&str, &str)> = ["x/a/m.prom", "x/b/m.prom"].into_iter().zip(same.iter().map(String::as_str)).collect();
    let model = show(&mut files(&saved), "server/metrics", |_| ());
    assert_eq!(line(&model, "Tokens per second", "generated"), [10.0, 10.0]);
}

#[test]
fn engines_are_graded_by_the_guideline_over_the_time_shown_without_idle_ends() {
    let scrape = |running: f64, kv: f64, queued: f64| {
        vec![
            ("vllm:num_requests_running", "", running),
            ("vllm:num_requests_waiting", "", queued),
            ("vllm:kv_cache_usage_perc", "", kv),
        ]
    };
    let graded = |scrapes: &[Vec<(&'static str, &'static str, f64)>], zoom: Option<[f64; 2]>| {
        let scrapes: Vec<&[(&str, &str, f64)]> = scrapes.iter().map(Vec::as_slice).collect();
        let mut engine = engine_of("metrics.prom", &exposition(&scrapes));
        let model = show(&mut engine, "server/metrics", |state| {
            let x = zoom.map(|span| span.map(|at| 1000.0 * (START as f64 + at)));
            state.zoom = x.map(|x| Zoom { x, ..Zoom::between([x[0], 0.0], [x[1], 0.0]) });
        });
        let card = model.cards.into_iter().find(|card| card.label == "srt-slurm guideline").expect("a card");
        let tones: Vec<Tone> = card.evidence.iter().map(|one| one.tone).collect();
        let texts: Vec<String> = card.evidence.iter().map(|one| one.text.clone()).collect();
        (card.value, tones, texts.join("; "), card.detail)
    };
    // Means of 85 % and 8: acceptable (20–90 %) and good (≤ 10).
    let busy = [scrape(4.0, 0.8, 6.0), scrape(4.0, 0.9, 10.0)];
    let (value, tones, texts, detail) = graded(&busy, None);
    assert_eq!((value.as_str(), tones), ("acceptable", vec![Tone::Similar, Tone::Better]), "{texts}");
    assert!(detail.starts_with("all of its time; "), "{detail}");
    // Idle ends do not dilute them, and a zoom is graded for itself.
    let idle = || scrape(0.0, 0.0, 0.0);
    let with_ends = [idle(), idle(), idle(), scrape(4.0, 0.8, 6.0), scrape(4.0, 0.9, 10.0), idle(), idle(), idle()];
    let (_, _, texts, detail) = graded(&with_ends, None);
    assert!(texts.contains(" 85%") && texts.contains(" 8 requests"), "{texts}");
    assert!(detail.starts_with("all of its time, without the time in which nothing ran; "), "{detail}");
    let (_, _, texts, detail) = graded(&with_ends, Some([35.0, 45.0]));
    assert!(texts.contains(" 90%:") && texts.contains(" 10 requests"), "{texts}");
    assert!(detail.starts_with("the time shown; "), "{detail}");
}

#[test]
fn what_servers_report_alone_opens_where_it_is_drawn() {
    let first = |files: &[(&str, &str)]| {
        let state = ViewState { view: inferscope::view::FIRST.to_owned(), ..ViewState::default() };
        super::files(files).show(&state, &std::collections::BTreeMap::new()).state.view
    };
    let server = scraped("vllm-0", "m", 0, 4.0, 1000.0);
    let gpu = format!("DCGM_FI_DEV_GPU_UTIL{{gpu=\"0\",UUID=\"GPU-a\"}} 90 {}\n", START * 1000);
    let table = "model,accelerator,version,TP,intended concurrency,output_tok/sec,ttft_p95,itl_p95,prompt toks,output toks\nm,H200,1,4,1,100,9,9,1,1\n";
    assert_eq!(first(&[("metrics.prom", &server)]), "server/metrics");
    assert_eq!(first(&[("dcgm.prom", &gpu)]), "server/gpus");
    assert_eq!(first(&[("metrics.prom", &server), ("dcgm.prom", &gpu)]), "server/metrics");
    assert_eq!(first(&[("metrics.prom", &server), ("results.csv", table)]), "explore");
}

/// What `dcgmi dmon` counts of throttling is a counter: what it gained is the time throttled, not what it stands at.
#[test]
fn dcgmi_counts_the_time_throttled() {
    let mut text = String::from("#Entity   POWER   GPUTL   MCUTL   SMCLK   PVIOL   TVIOL\nID        W\n");
    // 40 lines at work: the clock falls from 2000 to 1500 MHz, and 30 lines of half a second throttled each.
    for at in 0..40_u64 {
        let held = at.saturating_sub(10).min(30);
        let clock = if at < 10 { 2000 } else { 1500 };
        text += &format!("GPU 0     280.0   99   60   {clock}   {}   0\n", 1_008_478_708_875_008 + held * 500_000_000);
    }
    let mut engine = engine_of("dmon.log", &text);
    let model = show(&mut engine, "server", |_| ());
    let found = diagnose(&model, "Thermal or power throttling");
    assert!(found.contains("time throttled") && found.contains("14.5 s"), "{found}");
    assert!(found.contains("confirmed"), "{found}");
    // What helps comes before the figures, and is on the card.
    let rules = model.grids.iter().find(|grid| grid.key == "rules").expect("the rules");
    let columns: Vec<&str> = rules.columns.iter().map(|column| column.key.as_str()).collect();
    assert_eq!(columns, ["rule", "verdict", "advice", "evidence"]);
    let card = model.cards.iter().find(|card| card.label == "Thermal or power throttling").expect("a card");
    assert!(card.detail.contains("power limit") || card.detail.contains("cooling"), "{}", card.detail);
}

/// Runs with long names are called by what tells them apart.
#[test]
fn runs_are_called_by_what_tells_them_apart() {
    let scrapes: Vec<Vec<(&str, &str, f64)>> = (0..30)
        .map(|_| {
            vec![
                ("vllm:num_requests_running", "", 8.0),
                ("vllm:num_requests_waiting", "", 9.0),
                ("vllm:kv_cache_usage_perc", "", 0.99),
            ]
        })
        .collect();
    let text = exposition(&scrapes.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let runs = ["qwen3-8b-nvfp4-agentic-lora-c8/metrics.prom", "qwen3-8b-nvfp4-agentic-lora-c64/metrics.prom"];
    let model = show(&mut files(&runs.map(|path| (path, text.as_str()))), "server", |_| ());
    let rules = model.grids.iter().find(|grid| grid.key == "rules").expect("the rules");
    let names: std::collections::BTreeSet<&str> = rules.rows.iter().map(|row| row[0].cell.text.as_str()).collect();
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["c64", "c8"], "{:?}", rules.columns);
    assert!(model.headline.as_ref().is_some_and(|headline| !headline.text.contains("agentic")), "{:?}", model.headline);
}

/// Panels below each other have one range of time, from the first sample on.
#[test]
fn panels_share_the_range_of_time() {
    let text = exposition(&[
        &[("vllm:num_requests_running", "", 4.0), ("vllm:generation_tokens_total", "", 1000.0)],
        &[("vllm:num_requests_running", "", 4.0), ("vllm:generation_tokens_total", "", 3000.0)],
        &[("vllm:num_requests_running", "", 4.0), ("vllm:generation_tokens_total", "", 4000.0)],
    ]);
    let model = show(&mut engine_of("metrics.prom", &text), "server/metrics", |state| {
        state.set_option("clock", vec!["since".to_owned()]);
    });
    let ranges: Vec<Option<[f64; 2]>> = model.panels.iter().map(|panel| panel.chart.x.range).collect();
    assert!(ranges.len() > 1 && ranges.iter().all(|range| *range == Some([0.0, 20.0])), "{ranges:?}");
}

/// Everything that the row of a rule says.
fn diagnose(model: &ViewModel, rule: &str) -> String {
    let rules = model.grids.iter().find(|grid| grid.rows.iter().flatten().any(|cell| cell.cell.text == rule)).expect("the rules");
    let row = rules.rows.iter().find(|row| row.iter().any(|cell| cell.cell.text == rule)).expect("the rule");
    row.iter().map(|cell| format!("{} {}", cell.cell.text, cell.hint)).collect::<Vec<_>>().join(" | ")
}
