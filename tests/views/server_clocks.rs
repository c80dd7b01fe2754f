//! The Server tab where files differ in their clocks, their run, or what they call a GPU.

use inferscope::state::ViewState;
use inferscope::view_model::{GridCell, ViewModel};

use super::files;

fn show(saved: &[(&str, &str)], view: &str) -> ViewModel {
    let state = ViewState { view: view.to_owned(), ..ViewState::default() };
    files(saved).show(&state, &std::collections::BTreeMap::new())
}

/// vLLM's log of a run: a line each ten seconds with requests and KV cache usage (%).
fn log(running: u32, waiting: u32, kv: f64) -> String {
    let line = |at: u32| {
        format!(
            "INFO 01-06 19:{:02}:{:02} [loggers.py:236] Engine 000: Avg prompt throughput: 1000.0 tokens/s, Avg generation throughput: \
             400.0 tokens/s, Running: {running} reqs, Waiting: {waiting} reqs, GPU KV cache usage: {kv:.1}%, Prefix cache hit rate: \
             0.0%\n",
            30 + at / 6,
            10 * (at % 6),
        )
    };
    (0..20).map(line).collect()
}

/// AIPerf's result of one level.
fn result(concurrency: u32) -> String {
    format!(
        "{{\"input_config\":{{\"endpoint\":{{\"model_names\":[\"m\"]}},\"loadgen\":{{\"concurrency\":{concurrency}}}}},\
         \"request_throughput\":{{\"unit\":\"requests/sec\",\"avg\":{concurrency}}},\"request_latency\":{{\"unit\":\"ms\",\"avg\":1000}},\
         \"request_count\":{{\"unit\":\"requests\",\"avg\":1000}}}}"
    )
}

fn texts(row: &[GridCell]) -> Vec<&str> {
    row.iter().map(|cell| cell.cell.text.as_str()).collect()
}

#[test]
fn each_level_with_a_log_of_its_own_has_a_verdict_of_its_own() {
    let (calm, full) = (log(8, 0, 40.0), log(32, 32, 99.0));
    let (low, high) = (result(8), result(64));
    let saved = [
        ("sweep/m-c8/vllm.log", calm.as_str()),
        ("sweep/m-c8/profile_export_aiperf.json", low.as_str()),
        ("sweep/m-c64/vllm.log", full.as_str()),
        ("sweep/m-c64/profile_export_aiperf.json", high.as_str()),
    ];
    // With results beside the logs and without.
    for saved in [&saved[..], &[saved[0], saved[2]][..]] {
        let model = show(saved, "server");
        let rules = super::grid(&model, "rules");
        let walls: Vec<Vec<&str>> =
            rules.rows.iter().map(|row| texts(row)).filter(|row| row.contains(&"KV-cache wall")).collect();
        let verdict = |level: &str| walls.iter().find(|row| row[0].ends_with(level)).map(|row| row[2]);
        assert_eq!((verdict("m-c8"), verdict("m-c64")), (Some("not seen"), Some("likely")), "{walls:?}");
        let headline = model.headline.as_ref().map(|headline| headline.text.clone()).unwrap_or_default();
        assert!(headline.starts_with("Likely: KV-cache wall (") && headline.contains("m-c64)"), "{headline}");
        assert!(model.sentence.starts_with("10 rules on "), "{}", model.sentence);
    }
}

#[test]
fn dated_logs_of_runs_in_one_folder_are_apart_and_a_rotated_log_is_one() {
    let log = |from: u32, running: u32, usage: f64| -> String {
        let line = |at: u32| {
            let at = from + 10 * at;
            format!(
                "[2026-01-06 19:{:02}:{:02}] Decode batch, #running-req: {running}, #token: 1000, token usage: {usage:.2}, cuda graph: True, \
                 gen throughput (token/s): 400.0, #queue-req: {}\n",
                at / 60,
                at % 60,
                running / 32,
            )
        };
        (0..20).map(line).collect()
    };
    let walls = |from: u32| {
        let model = show(&[("logs/c8.log", &log(0, 8, 0.4)), ("logs/c64.log", &log(from, 32, 0.99))], "server");
        let rules = super::grid(&model, "rules");
        let of = |row: &Vec<GridCell>| texts(row).contains(&"KV-cache wall");
        rules.rows.iter().filter(|row| of(row)).map(|row| texts(row)[..3].join(" ")).collect::<Vec<_>>()
    };
    let apart = walls(1800);
    assert_eq!(apart.len(), 2, "{apart:?}");
    assert!(apart[0].contains("c64.log KV-cache wall likely") && apart[1].contains("c8.log KV-cache wall not seen"), "{apart:?}");
    assert_eq!(walls(200).len(), 1, "the second goes on where the first ends");
}

const STAMPED: &str = "timestamp, index, uuid, utilization.gpu [%], temperature.gpu\n\
                       2026/03/01 10:00:00.000, 0, GPU-a, 98 %, 55\n2026/03/01 10:00:01.000, 0, GPU-a, 96 %, 56\n";

#[test]
fn captures_without_a_clock_are_beside_those_with_one_and_equal_uuids_are_one_gpu() {
    let unstamped = "DCGM_FI_DEV_GPU_UTIL{gpu=\"0\",UUID=\"GPU-a\"} 68\nDCGM_FI_DEV_POWER_USAGE{gpu=\"0\",UUID=\"GPU-a\"} 200\n";
    let model = show(&[("g/smi.csv", STAMPED), ("g/dcgm.prom", unstamped)], "server/gpus");
    let x = |title: &str| {
        let panel = model.panels.iter().find(|panel| panel.chart.y.title == title).unwrap_or_else(|| panic!("no panel {title}"));
        panel.chart.series.iter().flat_map(|series| series.points().map(|point| point.x)).collect::<Vec<f64>>()
    };
    // `date -u -d '2026-03-01 10:00:00' +%s` is 1772359200.
    assert_eq!(x("GPU utilisation"), [1_772_359_200_000.0, 1_772_359_201_000.0]);
    assert_eq!(x("GPU utilisation, by scrape"), [0.0]);
    assert!(model.sentence.ends_with("of 1 GPU over time."), "{}", model.sentence);
    let said = |part: &str| model.notes.iter().any(|note| note.contains(part));
    assert!(said("No timestamps in g/dcgm.prom: its scrapes are numbered"), "{:?}", model.notes);
    assert!(said("GPU-a is in g/dcgm.prom and g/smi.csv: equal UUIDs are one GPU."), "{:?}", model.notes);
    let power: Vec<&str> =
        model.cards.iter().filter(|card| card.label.starts_with("Power")).map(|card| card.value.as_str()).collect();
    assert_eq!(power, Vec::<&str>::new(), "what is on the clock has no power");
}

#[test]
fn overlapping_captures_of_one_gpu_are_one_line() {
    let other = STAMPED.replace(":00.000", ":00.500").replace(":01.000", ":01.500").replace("98 %", "90 %");
    let model = show(&[("g/a.csv", STAMPED), ("g/b.csv", &other)], "server/gpus");
    assert_eq!(model.legend.len(), model.panels.iter().map(|panel| panel.chart.series.len()).sum::<usize>(), "one source");
    let panel = model.panels.iter().find(|panel| panel.chart.y.title == "GPU utilisation").expect("a panel");
    let y: Vec<f64> = panel.chart.series.iter().flat_map(|series| series.points().map(|point| point.y)).collect();
    assert_eq!(y, [98.0, 90.0, 96.0, 96.0]);
    assert!(model.sentence.ends_with("of 1 GPU over time."), "{}", model.sentence);
}

#[test]
fn a_memory_temperature_of_0_all_the_time_is_left_out_and_said() {
    let line = |at: u64, value: f64| {
        let stamp = (1_768_467_600 + at) * 1000;
        format!(
            "DCGM_FI_DEV_GPU_TEMP{{gpu=\"0\",UUID=\"GPU-a\"}} 50 {stamp}\nDCGM_FI_DEV_MEMORY_TEMP{{gpu=\"0\",UUID=\"GPU-a\"}} {value} {stamp}\n"
        )
    };
    let shown = |second: f64| {
        let model = show(&[("dcgm.prom", &(line(0, 0.0) + &line(10, second)))], "server/gpus");
        let drawn = model.panels.iter().flat_map(|panel| &panel.chart.series).any(|series| series.label == "memory");
        (drawn, model.notes.iter().any(|note| note.starts_with("The memory temperature is 0 °C all the time")))
    };
    assert_eq!(shown(0.0), (false, true));
    assert_eq!(shown(61.0), (true, false), "a sensor that began late");
}
