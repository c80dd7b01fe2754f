//! Worker logs, in each engine's own format.

use std::fmt::Write;

use super::load::{Pass, Steady};
use super::plan::{Engine, Head, Run, Side};
use super::{description, time};
use crate::demo::random::Random;

/// Prompt tokens that TensorRT-LLM takes in one iteration.
const MOST_TOKENS: f64 = 16_384.0;

/// Of prompt tokens, the share that was cached: the chat template's.
const CACHED: f64 = 0.03;

/// What happened in a piece of time, of one rank.
struct Piece {
    at: f64,
    length: f64,
    /// How much of it lies within the pass, at its end: before a pass begins nothing is prefilled.
    within: f64,
    prompt: f64,
    output: f64,
    /// Requests that decode here.
    running: f64,
    queued: f64,
    seatless: f64,
    steady: Steady,
}

/// One worker's log.
pub(super) fn text(run: &Run, passes: &[Pass], side: &Side, worker: u32, density: f64) -> String {
    let mut text = String::new();
    start_up(run, side, worker, &mut text);
    let (Some(first), Some(last)) = (passes.first(), passes.last()) else { return text };
    let every = run.every / density;
    let ranks: Vec<u32> = (0..side.ranks).collect();
    let mut randoms: Vec<Random> =
        ranks.iter().map(|rank| Random::named(u64::from(run.job), &format!("{} {worker} {rank}", side.role))).collect();
    // Workers differ a little, and together do what the deployment does.
    let part = |index: u32, count: u32| (1.0 + 0.02 * (f64::from(index) - f64::from(count - 1) / 2.0)) / f64::from(count);
    let mut counts = [0_u64; 2];
    let (mut at, mut current) = (first.start.floor() + 0.31, 0);
    while at < last.end + every {
        let (from, to) = (at, at + every);
        while current + 1 < passes.len() && passes[current + 1].start < to {
            current += 1;
        }
        let near = &passes[current.saturating_sub(1)..=current];
        for (rank, random) in ranks.iter().zip(&mut randoms) {
            let share = part(worker, side.workers) * part(*rank, side.ranks);
            let prompt: f64 = near.iter().map(|pass| pass.prefilled(from, to)).sum::<f64>() * share;
            let output: f64 = near.iter().map(|pass| pass.generated(from, to)).sum::<f64>() * share;
            let pass = &passes[current];
            let steady = pass.steady;
            let piece = Piece {
                at: to,
                length: every,
                within: (to - pass.start).clamp(0.0, every),
                prompt,
                output,
                running: output / every * steady.gap,
                queued: pass.queued(to) * share,
                seatless: if output > 0.0 { steady.seatless * share } else { 0.0 },
                steady,
            };
            match run.engine {
                Engine::Sglang => sglang(side, *rank, &piece, random, &mut text),
                Engine::Trtllm => trtllm(run, side, &piece, random, &mut counts, &mut text),
                Engine::Vllm => vllm(worker, &piece, random, &mut text),
            }
        }
        at = to;
    }
    text
}

/// A worker's start-up lines.
fn start_up(run: &Run, side: &Side, worker: u32, text: &mut String) {
    let at = |seconds: f64| f64::from(run.start) + seconds + 3.0 * f64::from(worker);
    let arguments = description::arguments(run, side);
    match run.engine {
        Engine::Sglang => {
            let listed: Vec<String> =
                arguments.iter().map(|(key, value)| format!("{}={}", key.replace('-', "_"), python(value))).collect();
            let _ = writeln!(text, "[{}] server_args=ServerArgs({})", time::plain(at(20.0)), listed.join(", "));
            for rank in 0..side.ranks {
                let head = |seconds: f64| head(side, rank, at(seconds) + 0.17 * f64::from(rank));
                let _ = writeln!(
                    text,
                    "{}Load weight end. type=DemoForCausalLM, dtype=torch.bfloat16, avail mem=46.20 GB, mem usage=86.90 GB.",
                    head(95.0)
                );
                let _ = writeln!(text, "{}KV Cache is allocated. #tokens: {CACHE}, KV size: 31.40 GB", head(101.0));
            }
            let _ = writeln!(text, "[{}] INFO:     127.0.0.1:41022 - \"GET /health HTTP/1.1\" 200 OK", time::plain(at(200.0)));
        }
        Engine::Trtllm => {
            let listed: Vec<String> =
                arguments.iter().map(|(key, value)| format!("'{}': {}", key.replace('-', "_"), python(value))).collect();
            let stamp = |seconds: f64| time::american(at(seconds));
            let _ = writeln!(text, "[{}] [TRT-LLM] [I] TensorRT-LLM engine args: {{{}}}", stamp(20.0), listed.join(", "));
            let _ = writeln!(
                text,
                "[{}] [TRT-LLM] [RANK 0] [I] Peak memory during memory usage profiling (torch + non-torch): 97.17 GiB, available KV cache memory when calculating max tokens: 60.71 GiB, fraction is set 0.85, kv size is 35136. device total memory 184.00 GiB",
                stamp(95.0)
            );
            let _ = writeln!(
                text,
                "[{}] [TRT-LLM] [I] [MemUsageChange] Allocated 60.70 GiB for max tokens in paged KV cache ({CACHE}).",
                stamp(98.0)
            );
        }
        Engine::Vllm => {
            let listed: Vec<String> =
                arguments.iter().map(|(key, value)| format!("'{}': {}", key.replace('-', "_"), python(value))).collect();
            let stamp = |seconds: f64| time::zoned(at(seconds));
            let _ = writeln!(text, "{}  INFO utils: non-default args: {{{}}}", stamp(20.0), listed.join(", "));
            let _ = writeln!(text, "{}  INFO gpu_model_runner: Model loading took 15.3 GiB and 31.7 seconds", stamp(70.0));
            let _ = writeln!(text, "{}  INFO gpu_worker: Available KV cache memory: 52.1 GiB", stamp(80.0));
            let _ = writeln!(text, "{}  INFO kv_cache_utils: GPU KV cache size: 853,200 tokens", stamp(81.0));
        }
    }
}

/// Tokens that a rank's cache holds.
const CACHE: u32 = 853_200;

/// A value as Python writes it.
fn python(value: &str) -> String {
    let plain = value.parse::<f64>().is_ok() || matches!(value, "True" | "False" | "None");
    if plain { value.to_owned() } else { format!("'{value}'") }
}

/// A line's head.
fn head(side: &Side, rank: u32, at: f64) -> String {
    let tensor = rank * side.gpus / side.ranks;
    match side.head {
        Head::Fraction => format!("[{} DP{rank} TP{tensor} EP{tensor}] ", time::fraction(at)),
        Head::TwoTags => format!("[{} DP{rank} TP{tensor}] ", time::plain(at)),
        Head::Full => format!("[{} DP{rank} TP{tensor} EP{tensor}] ", time::plain(at)),
        Head::Bare => format!("[{}] ", time::plain(at)),
    }
}

/// Share of a rank's cache that its requests fill.
fn usage(piece: &Piece) -> (f64, f64) {
    let (prompt, output) = piece.steady.lengths;
    let tokens = piece.running * (prompt + output / 2.0);
    (tokens, (tokens / f64::from(CACHE)).min(0.99))
}

fn sglang(side: &Side, rank: u32, piece: &Piece, random: &mut Random, text: &mut String) {
    let head = head(side, rank, piece.at + 0.17 * f64::from(rank));
    if side.role == "prefill" && piece.prompt >= 1.0 {
        let tokens = piece.prompt * random.around(0.04);
        let cached = (tokens * CACHED).round();
        let new = tokens.round() - cached;
        let _ = writeln!(
            text,
            "{head}Prefill batch, #new-seq: {:.0}, #new-token: {new:.0}, #cached-token: {cached:.0}, token usage: {:.2}, #running-req: 0, #queue-req: {:.0}, #prealloc-req: 0, #inflight-req: {:.0}, input throughput (token/s): {:.2},",
            (tokens / piece.steady.lengths.0).max(1.0),
            (0.05 + 0.5 * piece.steady.busy) * random.around(0.2),
            piece.queued,
            0.2 * piece.steady.rps * random.around(0.5),
            new / piece.length,
        );
    }
    if side.role == "decode" && piece.output >= 1.0 {
        let (tokens, used) = usage(piece);
        let _ = writeln!(
            text,
            "{head}Decode batch, #running-req: {:.0}, #token: {tokens:.0}, token usage: {used:.2}, pre-allocated usage: {:.2}, #prealloc-req: {:.0}, #transfer-req: {:.0}, #retracted-req: 0, cuda graph: True, gen throughput (token/s): {:.2}, #queue-req: 0,",
            piece.running.max(1.0),
            0.02 * random.around(0.5),
            piece.seatless,
            0.25 * piece.steady.rps * random.around(0.6),
            piece.output / piece.length * random.around(0.04),
        );
    }
}

/// An iteration of TensorRT-LLM.
struct Iteration {
    at: f64,
    seconds: f64,
    requests: f64,
    used: f64,
    /// Requests and tokens that prefill, tokens that decode, tokens that were cached.
    states: [f64; 4],
    fetched: u64,
}

fn trtllm(run: &Run, side: &Side, piece: &Piece, random: &mut Random, counts: &mut [u64; 2], text: &mut String) {
    let mut line = |number: u64, iteration: Iteration| {
        let Iteration { at, seconds, requests, used, states: [prompts, prompt, output, cached], fetched } = iteration;
        let _ = writeln!(
            text,
            "[{}] [TRT-LLM] [I] [_torch][RANK 0] iter = {number}, global_rank = 0, rank = 0, num_scheduled_requests = {requests:.0}, kv_cache_util = {used:.3}, currank_total_requests = 0/{fetched}, host_step_time = {:.2}ms, prev_device_step_time = {:.2}ms, timestamp = {}, states = {{'num_ctx_requests': {prompts:.0}, 'num_ctx_tokens': {prompt:.0}, 'num_generation_tokens': {output:.0}, 'cached_kv_tokens': {cached:.0}}}",
            time::american(at),
            seconds * 1000.0,
            seconds * 970.0,
            time::plain(at),
        );
    };
    let [number, prefilled] = counts;
    if side.role == "prefill" && piece.prompt >= 1.0 {
        let tokens = piece.prompt * random.around(0.04);
        let steps = (tokens / MOST_TOKENS).ceil();
        for step in 0..steps as u32 {
            let each = (tokens / steps).round();
            let cached = (each * CACHED).round();
            let at = piece.at - piece.within * (1.0 - (f64::from(step) + 1.0) / steps);
            let requests = (each / piece.steady.lengths.0).max(1.0).round();
            *prefilled += requests as u64;
            *number += 1;
            let states = [requests, each - cached, 0.0, cached];
            let seconds = each / run.speed.prefill;
            line(*number, Iteration { at, seconds, requests, used: 0.05, states, fetched: *prefilled });
        }
    }
    if side.role == "decode" && piece.output >= 1.0 {
        let requests = piece.running.max(1.0).round();
        let seconds = requests * piece.length / piece.output * random.around(0.04);
        *number += (piece.length / seconds).round() as u64;
        let (states, fetched) = ([0.0, 0.0, requests, 0.0], piece.seatless.round() as u64);
        line(*number, Iteration { at: piece.at, seconds, requests, used: usage(piece).1, states, fetched });
    }
}

fn vllm(worker: u32, piece: &Piece, random: &mut Random, text: &mut String) {
    if piece.prompt + piece.output < 1.0 {
        return;
    }
    let _ = writeln!(
        text,
        "{}  INFO loggers: Engine {worker:03}: Avg prompt throughput: {:.1} tokens/s, Avg generation throughput: {:.1} tokens/s, Running: {:.0} reqs, Waiting: {:.0} reqs, GPU KV cache usage: {:.1}%, Prefix cache hit rate: {:.1}%",
        time::zoned(piece.at + 0.004_512),
        piece.prompt / piece.length * random.around(0.02),
        piece.output / piece.length * random.around(0.02),
        piece.running.max(1.0),
        piece.queued,
        100.0 * usage(piece).1,
        100.0 * CACHED,
    );
}
