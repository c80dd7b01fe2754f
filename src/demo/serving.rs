//! The queueing model: a deployment, a workload and a number of users in; throughput and latencies out.
//! The formulas are in the documentation of [`super`]; the names here are the same.

use super::hardware::{Accelerator, Engine, Model, PECULIAR};
use super::random::exp;

/// What serves: an engine release with a model on some accelerators.
#[derive(Clone, Copy)]
pub(super) struct Deployment {
    pub engine: &'static Engine,
    pub accelerator: &'static Accelerator,
    pub model: &'static Model,
    /// Tensor parallelism; blank for pure data parallelism.
    pub tp: Option<u32>,
    /// Data parallelism; blank for pure tensor parallelism.
    pub dp: Option<u32>,
}

/// What one request asks for, on average.
#[derive(Clone, Copy)]
pub(super) struct Demand {
    /// Prompt tokens, whatever is cached included.
    pub prompt: f64,
    /// Of these, tokens whose keys and values are cached already.
    pub cached: f64,
    /// Output tokens.
    pub output: f64,
    /// Whether a draft model proposes tokens.
    pub drafts: bool,
    /// Share of the users whose requests arrive at the same moment.
    pub together: f64,
}

/// Noise of one measurement: how much slower it was than the model, as factors around 1.
#[derive(Clone, Copy)]
pub(super) struct Noise {
    pub decode: f64,
    pub prefill: f64,
}

/// What a closed loop settles at.
#[derive(Clone, Copy)]
pub(super) struct Steady {
    /// Requests per second of the whole deployment.
    pub rps: f64,
    /// Mean time to first token, s.
    pub ttft: f64,
    /// Mean time between tokens after the first, s.
    pub gap: f64,
    /// Share of an engine's time that prefill takes: ρ.
    pub prefill_share: f64,
    /// Mean time in the queue for a seat, s; zero while every user has one.
    pub seat_wait: f64,
}

/// Requests that engines of this accelerator are set to decode together.
pub(super) fn seats(accelerator: &Accelerator) -> u32 {
    if matches!(accelerator.name, "MI300X" | "TPU") { 512 } else { 1024 }
}

/// One engine process (a replica), in the model's quantities.
struct Replica {
    /// FLOP/s and B/s that it reaches.
    compute: f64,
    bandwidth: f64,
    overhead: f64,
    decode_speed: f64,
    prefill_speed: f64,
    seats: f64,
}

impl Deployment {
    /// GPUs of the whole deployment.
    pub(super) fn gpus(&self) -> u32 {
        self.tp.unwrap_or(1) * self.dp.unwrap_or(1)
    }

    /// Whether the weights leave room for a useful cache.
    pub(super) fn fits(&self) -> bool {
        self.model.weights() < 0.8 * self.accelerator.memory * f64::from(self.gpus())
    }

    /// The replicas: as many as `dp` where one replica's GPUs hold the weights, else one that spreads its experts over all.
    fn replica(&self, demand: Demand) -> (f64, Replica) {
        let (tp, dp) = (f64::from(self.tp.unwrap_or(1)), f64::from(self.dp.unwrap_or(1)));
        let alone = self.model.weights() < 0.8 * self.accelerator.memory * tp;
        let (replicas, gpus) = if alone { (dp, tp) } else { (1.0, tp * dp) };
        // Experts spread wide exchange less per layer than tensor parallelism does, but pay for it in every step.
        let (slope, exchange) = if alone { (0.07, 0.0) } else { (0.04, 0.0012) };
        let efficiency = 1.0 / (1.0 + slope * doublings(gpus));
        let peculiar = PECULIAR
            .iter()
            .find(|row| row.0 == self.engine.version && row.1 == self.model.name && row.2 == self.accelerator.name);
        let (decode, prefill) = peculiar.map_or((1.0, 1.0), |row| (row.3, row.4));
        let reached = self.accelerator.reached * gpus * efficiency;
        let precision = if self.model.low_precision { self.accelerator.low_precision } else { 1.0 };
        let bandwidth = self.accelerator.bandwidth * (reached + 0.15 * gpus * efficiency);
        let free = 0.9 * self.accelerator.memory * gpus - self.model.weights();
        let cached_requests = free / (self.model.cache * (demand.prompt + 0.6 * demand.output));
        let replica = Replica {
            compute: self.accelerator.compute * precision * reached,
            bandwidth,
            overhead: self.accelerator.overhead + exchange,
            decode_speed: self.engine.decode * decode,
            prefill_speed: self.engine.prefill * prefill,
            seats: cached_requests.clamp(1.0, f64::from(seats(self.accelerator))),
        };
        (replicas, replica)
    }

    /// Time to the first token of a prompt that has the engine to itself, s.
    pub(super) fn first_token(&self, prompt: f64) -> f64 {
        let demand = Demand { prompt, cached: 0.0, output: 0.0, drafts: false, together: 0.0 };
        let (_, replica) = self.replica(demand);
        REQUEST_OVERHEAD + replica.prefill(self.model, demand)
    }

    /// Time of a decode step over requests of one context length, s.
    pub(super) fn decode_step(&self, context: f64, requests: f64) -> f64 {
        let demand = Demand { prompt: context, cached: 0.0, output: 0.0, drafts: false, together: 0.0 };
        let (_, replica) = self.replica(demand);
        replica.step(self.model, demand, requests)
    }

    /// Tokens that the cache has room for: what the weights leave of nine tenths of the memory.
    pub(super) fn cache_tokens(&self) -> f64 {
        (0.9 * self.accelerator.memory * f64::from(self.gpus()) - self.model.weights()) / self.model.cache
    }

    /// Where `users` requests in flight settle.
    pub(super) fn steady(&self, demand: Demand, users: f64, noise: Noise) -> Steady {
        let (replicas, replica) = self.replica(demand);
        let busy = replicas.min(users);
        let n = users / busy;
        let seated = n.min(replica.seats);
        let prefill = replica.prefill(self.model, demand) * noise.prefill;
        let step = replica.step(self.model, demand, seated) * noise.decode;
        let rest = (demand.output - 1.0).max(0.0);
        let residence = |x: f64| {
            let rho = (x * prefill).min(0.999);
            // A prompt is prefilled in chunks that share their steps with everybody else's decoding.
            let ttft =
                REQUEST_OVERHEAD + queue(rho, prefill, seated, demand.together) + prefill / (1.0 - rho) + SHARED_STEPS * step;
            (ttft, step / (1.0 - rho))
        };
        // x·R(x) grows with x, so the only x with x·R(x) = seated is found by halving.
        let (mut low, mut high) = (0.0, 0.999 / prefill);
        for _ in 0..60 {
            let x = (low + high) / 2.0;
            let (ttft, gap) = residence(x);
            if x * (ttft + rest * gap) < seated { low = x } else { high = x }
        }
        let (ttft, gap) = residence(low);
        let x = seated / (ttft + rest * gap);
        let seat_wait = (n - seated) / x;
        Steady { rps: x * busy, ttft: ttft + seat_wait, gap, prefill_share: (x * prefill).min(0.999), seat_wait }
    }
}

/// Network, tokenisation and scheduling of one request, s.
const REQUEST_OVERHEAD: f64 = 0.018;
/// Decode steps that a prompt's chunks and its first token wait for.
const SHARED_STEPS: f64 = 3.0;
/// Sampling, detokenising and streaming of one request's token, s.
const TOKEN_OVERHEAD: f64 = 12e-6;
/// Squared coefficient of variation of prefill times.
const VARIATION: f64 = 0.5;

/// Mean wait for the prefills in front: the M/G/1 queue's (Pollaczek–Khinchine) and half of the clump that one arrives
/// in; together at most half of everybody else's prefills.
fn queue(rho: f64, prefill: f64, seated: f64, together: f64) -> f64 {
    let open = rho * prefill * (1.0 + VARIATION) / (2.0 * (1.0 - rho));
    let clump = (together * seated - 1.0).max(0.0) / 2.0 * prefill;
    (open + clump).min(0.5 * (seated - 1.0) * prefill)
}

impl Replica {
    /// Time that one prompt's prefill keeps the engine, s. Attention adds as much as everything else at 100,000 tokens.
    fn prefill(&self, model: &Model, demand: Demand) -> f64 {
        let tokens = (demand.prompt - demand.cached).max(1.0);
        2.0 * model.active * tokens * (1.0 + demand.prompt / 100_000.0) / self.compute / self.prefill_speed
    }

    /// Time per token and request of a decode step over `batch` requests, s.
    fn step(&self, model: &Model, demand: Demand, batch: f64) -> f64 {
        let touched = model.active + (model.parameters - model.active) * (1.0 - exp(-batch * model.active / model.parameters));
        let read = touched * model.width + batch * model.cache * (demand.prompt + demand.output / 2.0);
        // Drafting verifies four tokens per step, of which 2.3 are accepted; the draft model lengthens the step.
        let (verified, accepted, drafting) = if demand.drafts { (4.0, 2.3, 1.5) } else { (1.0, 1.0, 1.0) };
        let arithmetic = batch * verified * 2.0 * model.active / self.compute;
        ((self.overhead + batch * TOKEN_OVERHEAD) * drafting + read / self.bandwidth + arithmetic) / accepted / self.decode_speed
    }
}

/// The logarithm to base 2 of the powers of two that parallelism comes in.
fn doublings(gpus: f64) -> f64 {
    f64::from((gpus as u32).max(1).ilog2())
}
