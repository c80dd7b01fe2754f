//! Synthetic `/metrics` of three servers with their GPUs, each with another limit, for the diagnosis.
//!
//! Nothing here was measured. A server is a few straight lines over twenty minutes of growing load: what runs, waits and is in
//! the cache, and the latencies that follow; its counters and histograms are the sums of these. Names, labels and bounds are
//! those of vLLM and of the DCGM exporter.
//!
//! - `kv-full`: the KV cache fills, requests wait and are preempted while the GPUs compute at a third.
//! - `capped`: requests wait although the cache is a third full: 64 run and never more.
//! - `hot`: ITL follows the batch on GPUs at their limit, which lower their clocks for heat; some requests fail.

use std::fmt::Write;
use std::io;

use super::random::Random;
use super::runs::File;
use crate::record::SYNTHETIC;

/// 2026-01-15 09:00 UTC, s.
const START: u64 = 1_768_467_600;
/// Between scrapes, s.
const STEP: u64 = 15;
/// Scrapes.
const SCRAPES: u64 = 80;
/// GPUs of a server.
const GPUS: u64 = 2;

/// Bounds of vLLM's histograms of TTFT, of ITL, and of times of requests, s.
const TTFT: [f64; 14] = [0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0];
const ITL: [f64; 9] = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4];
const REQUEST: [f64; 12] = [0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0];

/// A server at a moment.
struct Now {
    running: f64,
    waiting: f64,
    /// Share of the cache.
    kv: f64,
    preempted: f64,
    failed: f64,
    ttft: f64,
    queue: f64,
    itl: f64,
    util: f64,
    sm: f64,
    dram: f64,
    clock: f64,
    power: f64,
}

/// What a server is like after a share of the time.
type Course = fn(f64) -> Now;

/// The three servers.
const SERVERS: [(&str, Course); 3] = [("kv-full", kv_full), ("capped", capped), ("hot", hot)];

/// What grows from a share of the time on.
fn after(share: f64, from: f64) -> f64 {
    (share - from).max(0.0)
}

fn kv_full(share: f64) -> Now {
    let kv = (0.25 + 2.2 * share).min(1.0);
    let waiting = (80.0 * after(share, 0.35)).floor();
    let queue = 0.09 * waiting;
    Now {
        running: (12.0 + 260.0 * share).min(96.0).floor(),
        waiting,
        kv,
        preempted: if kv >= 1.0 { 3.0 } else { 0.0 },
        failed: 0.0,
        ttft: 0.12 + queue,
        queue,
        itl: 0.018 + 0.012 * share.min(0.35),
        util: 0.93,
        sm: 0.31 + 0.06 * share,
        dram: 0.45,
        clock: 1980.0,
        power: 430.0,
    }
}

fn capped(share: f64) -> Now {
    let waiting = (60.0 * after(share, 0.2)).floor();
    let queue = 0.04 * waiting;
    Now {
        running: (16.0 + 320.0 * share).min(64.0).floor(),
        waiting,
        kv: (0.08 + 1.3 * share).min(0.33),
        preempted: 0.0,
        failed: 0.0,
        ttft: 0.1 + queue,
        queue,
        itl: 0.016,
        util: 0.9,
        sm: 0.42,
        dram: 0.4,
        clock: 1980.0,
        power: 410.0,
    }
}

fn hot(share: f64) -> Now {
    let running = (16.0 + 112.0 * share).floor();
    Now {
        running,
        waiting: 0.0,
        kv: 0.2 + 0.45 * share,
        preempted: 0.0,
        failed: if share > 0.3 { 1.0 } else { 0.0 },
        ttft: 0.2,
        queue: 0.0,
        itl: 0.01 + 0.0004 * running,
        util: 0.99,
        sm: 0.9,
        dram: 0.5,
        clock: if share < 0.2 { 1980.0 } else { 1605.0 },
        power: 696.0,
    }
}

/// A histogram's totals.
struct Histogram<'b> {
    bounds: &'b [f64],
    buckets: Vec<u64>,
    count: u64,
    sum: f64,
}

impl<'b> Histogram<'b> {
    fn new(bounds: &'b [f64]) -> Histogram<'b> {
        Histogram { bounds, buckets: vec![0; bounds.len()], count: 0, sum: 0.0 }
    }

    fn observe(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
        self.bounds.iter().zip(&mut self.buckets).filter(|(bound, _)| value <= **bound).for_each(|(_, count)| *count += 1);
    }

    fn write(&self, text: &mut String, name: &str, labels: &str, at: u64) {
        _ = writeln!(text, "# TYPE {name} histogram");
        for (bound, count) in self.bounds.iter().zip(&self.buckets) {
            _ = writeln!(text, "{name}_bucket{{{labels},le=\"{bound}\"}} {count} {at}");
        }
        _ = writeln!(text, "{name}_bucket{{{labels},le=\"+Inf\"}} {} {at}", self.count);
        _ = writeln!(text, "{name}_sum{{{labels}}} {:.4} {at}", self.sum);
        _ = writeln!(text, "{name}_count{{{labels}}} {} {at}", self.count);
    }
}

/// Hands over every file.
///
/// # Errors
///
/// Those of `take`.
pub fn each(take: &mut dyn FnMut(File) -> io::Result<()>) -> io::Result<()> {
    for (number, (name, server)) in SERVERS.into_iter().enumerate() {
        let text = metrics(server, number as u64);
        take(File { path: format!("{SYNTHETIC}-server/{name}/metrics.prom"), text })?;
    }
    Ok(())
}

fn metrics(server: fn(f64) -> Now, seed: u64) -> String {
    let mut random = Random::named(seed, "server");
    let mut text = String::new();
    let labels = "engine=\"0\",model_name=\"example/model-70b\"";
    let [mut ttft, mut itl, mut queue, mut e2el] = [&TTFT[..], &ITL, &REQUEST, &REQUEST].map(Histogram::new);
    let (mut preempted, mut stopped, mut failed, mut prompt, mut generated, mut throttled) =
        (0.0, 0_u64, 0.0, 0_u64, 0_u64, 0_u64);
    let (mut looked_up, mut found) = (0_u64, 0_u64);
    for scrape in 0..SCRAPES {
        let share = scrape as f64 / (SCRAPES - 1) as f64;
        let at = (START + STEP * scrape) * 1000;
        let now = server(share);
        let about = |random: &mut Random| random.around(0.3);
        // Requests of 200 tokens: what runs turns over as fast as it decodes.
        let finished = (now.running * STEP as f64 / (200.0 * now.itl + now.ttft - now.queue)).ceil() as u64;
        for _ in 0..finished.min(400) {
            let (wait, first, pace) =
                (now.queue * about(&mut random), now.ttft * about(&mut random), now.itl * about(&mut random));
            ttft.observe(first);
            queue.observe(wait);
            e2el.observe(first + 200.0 * pace);
            (0..20).for_each(|_| itl.observe(pace * about(&mut random)));
        }
        (preempted, failed) = (preempted + now.preempted, failed + now.failed * (finished as f64 * 0.03).ceil());
        (stopped, prompt, generated) = (stopped + finished, prompt + finished * 1000, generated + finished * 200);
        (looked_up, found) = (looked_up + finished * 1000, found + finished * 300);
        let mut line = |kind: &str, name: &str, more: &str, value: f64| {
            _ = writeln!(text, "# TYPE {name} {kind}\n{name}{{{labels}{more}}} {value} {at}");
        };
        line("gauge", "vllm:num_requests_running", "", now.running);
        line("gauge", "vllm:num_requests_waiting", "", now.waiting);
        line("gauge", "vllm:kv_cache_usage_perc", "", (now.kv * 1e4).round() / 1e4);
        line("counter", "vllm:num_preemptions_total", "", preempted);
        line("counter", "vllm:request_success_total", ",finished_reason=\"stop\"", stopped as f64);
        line("counter", "vllm:request_success_total", ",finished_reason=\"error\"", failed);
        line("counter", "vllm:prompt_tokens_total", "", prompt as f64);
        line("counter", "vllm:generation_tokens_total", "", generated as f64);
        line("counter", "vllm:prefix_cache_queries_total", "", looked_up as f64);
        line("counter", "vllm:prefix_cache_hits_total", "", found as f64);
        let histograms = [
            ("vllm:time_to_first_token_seconds", &ttft),
            ("vllm:inter_token_latency_seconds", &itl),
            ("vllm:request_queue_time_seconds", &queue),
            ("vllm:e2e_request_latency_seconds", &e2el),
        ];
        histograms.iter().for_each(|(name, histogram)| histogram.write(&mut text, name, labels, at));
        throttled += if now.clock < 1900.0 { 9_000_000_000 } else { 0 };
        for gpu in 0..GPUS {
            let of = format!(
                "gpu=\"{gpu}\",UUID=\"GPU-{SYNTHETIC}-{seed}-{gpu}\",modelName=\"NVIDIA H100 80GB HBM3\",hostname=\"node-{seed}\""
            );
            let mut line = |name: &str, value: f64| _ = writeln!(text, "# TYPE {name} gauge\n{name}{{{of}}} {value} {at}");
            let percent = |share: f64, random: &mut Random| (share * 100.0 * random.around(0.03)).min(100.0).round();
            line("DCGM_FI_DEV_GPU_UTIL", percent(now.util, &mut random));
            line("DCGM_FI_PROF_SM_ACTIVE", percent(now.sm, &mut random) / 100.0);
            line("DCGM_FI_PROF_DRAM_ACTIVE", percent(now.dram, &mut random) / 100.0);
            line("DCGM_FI_DEV_SM_CLOCK", now.clock);
            line("DCGM_FI_DEV_POWER_USAGE", (now.power * random.around(0.01)).round());
            line("DCGM_FI_DEV_POWER_MGMT_LIMIT", 700.0);
            line("DCGM_FI_DEV_GPU_TEMP", if now.clock < 1900.0 { 86.0 } else { 64.0 });
            line("DCGM_FI_DEV_FB_USED", 74_800.0);
            line("DCGM_FI_DEV_FB_FREE", 5_100.0);
            _ = writeln!(
                text,
                "# TYPE DCGM_FI_DEV_THERMAL_VIOLATION counter\nDCGM_FI_DEV_THERMAL_VIOLATION{{{of}}} {throttled} {at}"
            );
        }
    }
    text
}
