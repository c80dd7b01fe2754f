//! A run of a disaggregated deployment as srt-slurm leaves it, made by formula: worker logs, results, metadata.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use inferscope::engine::protocol::FileId;
use inferscope::engine::{Engine, import};
use inferscope::source::Source;

/// 2025-12-03 09:00:00 UTC.
pub const START: i64 = 1_764_752_400;

/// An engine with these files: paths and contents.
pub fn engine_of(files: &[(String, String)]) -> Engine {
    let mut engine = Engine::default();
    for (id, (path, text)) in files.iter().enumerate() {
        let imported = import(&Source::new(path, text.as_bytes().to_vec()), None, |_| ());
        engine.add(FileId(id as u32 + 1), imported.tables);
    }
    engine
}

/// `2025-12-03 09:00:07` for 7 seconds after the start.
pub fn stamp(second: i64) -> String {
    let second = 9 * 3600 + second;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("2025-12-03 {hour:02}:{minute:02}:{second:02}")
}

/// A line of a prefill batch.
pub fn prefill(second: i64, tags: &str, new: u32, cached: u32, inflight: u32, rate: f64) -> String {
    format!(
        "[{}{tags}] Prefill batch, #new-seq: 1, #new-token: {new}, #cached-token: {cached}, token usage: 0.10, #running-req: 0, \
         #queue-req: 2, #prealloc-req: 0, #inflight-req: {inflight}, input throughput (token/s): {rate:.2},\n",
        stamp(second)
    )
}

/// A line of a decode batch.
pub fn decode(second: i64, tags: &str, queues: [u32; 3], usage: f64, rate: f64) -> String {
    let [prealloc, transfer, running] = queues;
    format!(
        "[{}{tags}] Decode batch, #running-req: {running}, #token: 1000, token usage: {usage:.2}, pre-allocated usage: 0.00, \
         #prealloc-req: {prealloc}, #transfer-req: {transfer}, #retracted-req: 0, cuda graph: True, gen throughput (token/s): {rate:.2}, #queue-req: 0,\n",
        stamp(second)
    )
}

/// A result of sa-bench: its level, when it ended, how long it took, requests and tokens.
pub fn result(concurrency: u32, end: i64, duration: f64, completed: u32, tokens: [u64; 2]) -> String {
    let end = stamp(end).replace(['-', ':'], "").replace(' ', "-");
    let [input, output] = tokens;
    format!(
        r#"{{"date":"{end}","backend":"dynamo","model_id":"org/m","tokenizer_id":"org/m","best_of":1,"num_prompts":{completed},
"request_rate":"inf","burstiness":1.0,"max_concurrency":{concurrency},"duration":{duration},"completed":{completed},
"total_input_tokens":{input},"total_output_tokens":{output},"request_throughput":{rps},"request_goodput":null,
"output_throughput":{out},"total_token_throughput":{all},"mean_ttft_ms":310.5,"median_ttft_ms":300.25,"std_ttft_ms":20.0,"p99_ttft_ms":400.0,
"mean_tpot_ms":16.62,"median_tpot_ms":16.5,"std_tpot_ms":1.0,"p99_tpot_ms":18.0,"mean_itl_ms":16.7,"median_itl_ms":16.6,"std_itl_ms":1.0,"p99_itl_ms":19.0,
"mean_e2el_ms":16142.0,"median_e2el_ms":16000.0,"std_e2el_ms":100.0,"p99_e2el_ms":17000.0}}"#,
        rps = f64::from(completed) / duration,
        out = output as f64 / duration,
        all = (input + output) as f64 / duration,
    )
}

/// The console of that benchmark: a warm-up of so many seconds before each of these results.
pub fn console(results: &[(&str, f64)]) -> String {
    let mut text =
        String::from("SA-Bench Config: endpoint=http://x:8000; isl=8192; osl=1024; concurrencies=16x64; req_rate=inf\n");
    for (result, warm_up) in results {
        let result: serde_json::Value = serde_json::from_str(result).expect("a result");
        let completed = result["completed"].as_u64().expect("a count");
        for (requests, seconds) in [(completed / 4, *warm_up), (completed, result["duration"].as_f64().expect("seconds"))] {
            let _ = writeln!(text, "Maximum request concurrency: {}", result["max_concurrency"]);
            let _ = writeln!(text, "============ Serving Benchmark Result ============\nSuccessful requests: {requests}");
            let _ = writeln!(text, "Benchmark duration (s): {seconds:.2}");
            let _ = writeln!(text, "Request throughput (req/s): {:.2}", requests as f64 / seconds);
            for (statistic, key) in [("Mean", "mean"), ("Median", "median"), ("P99", "p99")] {
                for metric in ["ttft", "tpot", "itl", "e2el"] {
                    let value = result[format!("{key}_{metric}_ms")].as_f64().expect("milliseconds");
                    let _ = writeln!(text, "{statistic} {} (ms): {value:.2}", metric.to_uppercase());
                }
            }
            text += "==================================================\n";
        }
    }
    text
}

/// The same result as another run has it: repeats never agree in every digit.
fn repeated(result: &str, run: u32) -> String {
    let varied = |figure: &str| format!("{figure}{run}");
    ["310.5", "300.25", "16.62", "16.5", "16.7", "16.6", "16142.0", "16000.0", "400.0", "18.0", "19.0", "17000.0"]
        .iter()
        .fold(result.to_owned(), |text, figure| text.replace(&format!(":{figure},"), &format!(":{},", varied(figure))))
        .replace(":17000.0}", &format!(":170{run}1.0}}"))
}

/// The files of a run of 3 prefill and 2 decode workers (of two ranks each) that measures two levels, named `folder`.
/// Level 16 runs from second 100 to 200, level 64 from 260 to 400; before each is a warm-up.
pub fn run(folder: &str) -> Vec<(String, String)> {
    let busy = |second: i64| (60..=400).contains(&second) && !(205..255).contains(&second);
    let load = |second: i64| if second < 230 { 1.0 } else { 2.5 };
    let job = folder.rsplit('/').next().unwrap_or(folder);
    let number = u32::from(job.as_bytes().last().map_or(0, |digit| digit - b'0'));
    let mut files = Vec::new();
    for worker in 0..3 {
        let mut log = String::from(
            "[2025-12-03 08:59:00] Load weight end. type=M, dtype=torch.bfloat16, avail mem=72.40 GB, mem usage=108.90 GB.\n",
        );
        for second in (50 + worker..420).step_by(2).filter(|second| busy(*second)) {
            let new = (4000.0 * load(second)) as u32 + (second % 7) as u32 * 10 + worker as u32;
            let cached = if second % 4 == 0 { 1500 } else { 100 + worker as u32 };
            log += &prefill(second, " TP0", new, cached, 3 + worker as u32, f64::from(new) / 2.0);
        }
        files.push((format!("{folder}/logs/cn0{}_prefill_w{worker}.out", worker + 1), log));
    }
    for worker in 0..2 {
        let mut log = String::new();
        for second in (50..420).filter(|second| busy(*second)) {
            for rank in 0..2 {
                // Ranks log at different seconds.
                if (second + rank) % 3 != 0 {
                    continue;
                }
                let number = rank + 2 * worker;
                let rate = 700.0 * load(second) + (second % 5) as f64 * 3.0 + number as f64;
                let queues = [1, 2 + worker as u32, (8.0 * load(second)) as u32 + number as u32];
                let usage = 0.2 * load(second) + 0.01 * number as f64;
                log += &decode(second, &format!(" DP{number} TP{number} EP{number}"), queues, usage, rate);
            }
        }
        files.push((format!("{folder}/logs/cn1{worker}_decode_w{worker}.out"), log));
    }
    let results = format!("{folder}/logs/sa-bench_isl_8192_osl_1024");
    files.push((
        format!("{results}/results_concurrency_16_gpus_40_ctx_24_gen_16.json"),
        repeated(&result(16, START_OF_16 + 100, 100.0, 119 + number, [883_200, 110_400]), number),
    ));
    files.push((
        format!("{results}/results_concurrency_64_gpus_40_ctx_24_gen_16.json"),
        repeated(&result(64, START_OF_64 + 140, 140.0, 479 + number, [3_532_800, 436_800]), number),
    ));
    let mut metadata = String::new();
    let _ = write!(
        metadata,
        r#"{{"version":"2.0","orchestrator":true,"job_id":"{job}","job_name":"made","generated_at":"2025-12-03 08:50:00",
"model":{{"path":"/model/","container":"x.sqsh","precision":"fp8"}},"resources":{{"gpu_type":"h200","gpus_per_node":8,"prefill_nodes":3,"decode_nodes":2,
"agg_nodes":null,"prefill_workers":3,"decode_workers":2,"agg_workers":0,"gpus_per_prefill":8,"gpus_per_decode":8,"gpus_per_agg":null}},
"backend_type":"sglang","frontend_type":"dynamo","benchmark":{{"type":"sa-bench","isl":8192,"osl":1024}}}}"#
    );
    files.push((format!("{folder}/{job}.json"), metadata));
    files
}

const START_OF_16: i64 = 100;
const START_OF_64: i64 = 260;

/// Writes files below a folder of their own.
pub fn put(name: &str, files: &[(String, String)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("runs").join(name);
    let _ = fs::remove_dir_all(&folder);
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("inside the folder")).expect("the folder can be made");
        fs::write(path, text).expect("the file can be written");
    }
    folder
}
