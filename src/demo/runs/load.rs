//! The queueing model of a disaggregated deployment, and what follows from it over time.
//!
//! `C` users each send a request as soon as the last one is answered. Prompts have `I` tokens and outputs `O`: nine
//! tenths of the lengths asked for, as random lengths of sa-bench have on average.
//!
//! - A prompt keeps one of `n` prefill workers busy for `p = I / rate`. At `X` requests per second their busy share is
//!   `ρ = X · p / n`, and a prompt waits `0.75 · ρ · p / (1 − ρ)`, at most for half of the other users' prompts. **Time
//!   to first token** is 30 ms + wait + `p`.
//! - A decode step over `b` requests takes `s(b) = s₀ + s₁ · b`. A deployment whose workers do both loses the share `ρ`
//!   of its steps: `s / (1 − ρ)`. That is the **gap between tokens**. `X · O · gap = b · m` (Little's law) for `m`
//!   decode workers gives `b = X·O·s₀ / (m (1 − ρ) − X·O·s₁)`.
//! - **Throughput** is the `X` at which all users are somewhere: `X · TTFT + m · b = C`, found by halving below the
//!   first limit: prefill (`ρ = 0.97`) or the decode workers' seats. Users beyond the limit wait in front of it.
//!
//! A pass begins with `C` prompts at once. Then prefill runs at the rate at which requests end, and decode rises while
//! the first prompts are prefilled, stays at `X · O`, and falls as the last requests end. Logs state pieces of these two
//! curves and results their sums, so that they agree.

use super::plan::Run;
use crate::demo::random::Random;

/// The share of the lengths asked for that random lengths have on average.
const MEAN_LENGTH: f64 = 0.9;

/// Network, tokenisation and scheduling of a request, s.
const OVERHEAD: f64 = 0.03;

/// The busy share that prefill workers do not exceed.
const BUSY: f64 = 0.97;

/// Where a closed loop settles.
#[derive(Clone, Copy)]
pub(super) struct Steady {
    /// Requests per second.
    pub rps: f64,
    /// Mean time to first token, s.
    pub ttft: f64,
    /// Mean time between tokens, s.
    pub gap: f64,
    /// Busy share of the prefill workers.
    pub busy: f64,
    /// Requests that wait for prefill.
    pub queued: f64,
    /// Requests that wait for a seat in a decode worker.
    pub seatless: f64,
    /// Mean prompt and output tokens.
    pub lengths: (f64, f64),
}

impl Run {
    /// Where this many users settle.
    pub(super) fn steady(&self, users: f64) -> Steady {
        let lengths @ (prompt, output) = (MEAN_LENGTH * f64::from(self.isl), MEAN_LENGTH * f64::from(self.osl));
        let count = |role: &str| f64::from(self.side(role).map_or(1, |side| side.workers));
        let (prefills, decodes) = (count("prefill"), count("decode"));
        let together = self.sides.iter().any(|side| side.role == "agg");
        let time = prompt / self.speed.prefill;
        let (base, slope) = self.speed.step;
        let busy = |rps: f64| rps * time / prefills;
        let wait = |rps: f64| (0.75 * busy(rps) * time / (1.0 - busy(rps))).min(0.5 * (users - 1.0) * time / prefills);
        let share = |rps: f64| if together { 1.0 - busy(rps) } else { 1.0 };
        let batch = |rps: f64| {
            let free = decodes * share(rps) - rps * output * slope;
            if free > 0.0 { (rps * output * base / free).min(2.0 * users) } else { 2.0 * users }
        };
        let inside = |rps: f64| rps * (OVERHEAD + wait(rps) + time) + decodes * batch(rps);
        let halved = |fits: &dyn Fn(f64) -> bool| {
            let (mut low, mut high) = (0.0, BUSY * prefills / time);
            for _ in 0..60 {
                let middle = (low + high) / 2.0;
                if fits(middle) { low = middle } else { high = middle }
            }
            low
        };
        let rps = halved(&|rps| inside(rps) < users && batch(rps) < self.speed.seats);
        let beyond = (users - inside(rps)).max(0.0);
        let full = batch(rps) > 0.99 * self.speed.seats;
        let (queued, seatless) = if full { (0.0, beyond) } else { (beyond, 0.0) };
        Steady {
            rps,
            ttft: OVERHEAD + wait(rps) + time + beyond / rps,
            gap: (base + slope * batch(rps)) / share(rps),
            busy: busy(rps),
            queued: queued + rps * wait(rps),
            seatless,
            lengths,
        }
    }

    /// Every pass in its order: at each level a warm-up and then the measurement.
    pub(super) fn passes(&self) -> Vec<Pass> {
        let mut passes: Vec<Pass> = Vec::new();
        let mut at = f64::from(self.start) + 240.0;
        for users in self.planned.iter().take(self.done) {
            for (requests, pause, measured) in [(2 * users, 8.0, false), (5 * users, 12.0, true)] {
                let pass = Pass::new(self, *users, requests, at, measured);
                at = (pass.end + pause).ceil() + 0.25;
                passes.push(pass);
            }
        }
        passes
    }
}

/// A rate over time: it rises, stays, and falls.
#[derive(Clone, Copy)]
pub(super) struct Curve {
    from: f64,
    rise: f64,
    flat: f64,
    fall: f64,
    height: f64,
}

impl Curve {
    /// How much until this instant.
    fn until(&self, at: f64) -> f64 {
        let Curve { from, rise, flat, fall, height } = *self;
        let risen = (at - from).clamp(0.0, rise);
        let stayed = (at - from - rise).clamp(0.0, flat);
        let fallen = (at - from - rise - flat).clamp(0.0, fall);
        let part = |of: f64, whole: f64| if whole > 0.0 { of * of / (2.0 * whole) } else { 0.0 };
        height * (part(risen, rise) + stayed + fallen - part(fallen, fall))
    }

    /// How much between two instants.
    pub(super) fn between(&self, from: f64, to: f64) -> f64 {
        (self.until(to) - self.until(from)).max(0.0)
    }
}

/// One pass of the load generator at one level.
pub(super) struct Pass {
    pub users: u32,
    pub requests: u32,
    pub start: f64,
    pub end: f64,
    pub measured: bool,
    pub steady: Steady,
    /// Prompt and output tokens of all requests.
    pub tokens: (u64, u64),
    /// Prompt tokens per second of all workers: of the first requests, and of all others.
    prefill: [Curve; 2],
    /// Output tokens per second of all workers.
    decode: Curve,
}

impl Pass {
    fn new(run: &Run, users: u32, requests: u32, start: f64, measured: bool) -> Pass {
        let mut random = Random::named(u64::from(run.job), &format!("{users} {measured}"));
        let mut steady = run.steady(f64::from(users));
        let (prompt, output) = steady.lengths;
        steady.lengths = (prompt * random.around(0.01), output * random.around(0.01));
        let [input, output] = [steady.lengths.0, steady.lengths.1].map(|mean| (mean * f64::from(requests)).round());
        let workers = f64::from(run.side("prefill").map_or(1, |side| side.workers));
        let first = input * f64::from(users) / f64::from(requests);
        let burst = first / (workers * run.speed.prefill);
        let latency = steady.ttft + steady.lengths.1 * steady.gap;
        let height = steady.rps * steady.lengths.1;
        let (rise, fall) = (burst.min(0.8 * latency), 0.2 * latency);
        let begin = start + 0.1 + steady.lengths.0 / run.speed.prefill;
        let flat = (output / height - (rise + fall) / 2.0).max(0.0);
        // Milliseconds, as the results are written.
        let end = ((begin + rise + flat + fall) * 1000.0).round() / 1000.0;
        let rest = (end - 0.8 * latency - start - burst).max(1.0);
        let block = |from: f64, flat: f64, amount: f64| Curve { from, rise: 0.0, flat, fall: 0.0, height: amount / flat };
        Pass {
            users,
            requests,
            start,
            end,
            measured,
            tokens: (input as u64, output as u64),
            prefill: [block(start, burst, first), block(start + burst, rest, input - first)],
            decode: Curve { from: begin, rise, flat, fall, height },
            steady,
        }
    }

    /// Prompt tokens that all workers prefill between two instants.
    pub(super) fn prefilled(&self, from: f64, to: f64) -> f64 {
        self.prefill.iter().map(|curve| curve.between(from, to)).sum()
    }

    /// Tokens that all workers generate between two instants.
    pub(super) fn generated(&self, from: f64, to: f64) -> f64 {
        self.decode.between(from, to)
    }

    /// Requests that wait for prefill: of the first ones those that are still to come, then as many as ever.
    pub(super) fn queued(&self, at: f64) -> f64 {
        let burst = self.prefill[0];
        let left = 1.0 - ((at - burst.from) / burst.flat).clamp(0.0, 1.0);
        if at > self.end - self.steady.ttft { 0.0 } else { (left * f64::from(self.users)).max(self.steady.queued) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan::RUNS;
    use super::*;

    #[test]
    fn everybody_is_somewhere_and_curves_hold_all_tokens() {
        for run in &RUNS {
            for pass in run.passes() {
                let Steady { rps, ttft, gap, lengths, .. } = run.steady(f64::from(pass.users));
                let inside = rps * (ttft + lengths.1 * gap);
                assert!((inside / f64::from(pass.users) - 1.0).abs() < 1e-6, "{} {}: {inside}", run.job, pass.users);
                for (amount, all) in
                    [(pass.prefilled(pass.start, pass.end), pass.tokens.0), (pass.generated(pass.start, pass.end), pass.tokens.1)]
                {
                    assert!((amount / all as f64 - 1.0).abs() < 1e-3, "{} {}: {amount} of {all}", run.job, pass.users);
                }
            }
        }
    }

    #[test]
    fn runs_wait_where_the_plan_says() {
        let last = |index: usize| RUNS[index].steady(f64::from(RUNS[index].planned[RUNS[index].planned.len() - 1]));
        assert!(last(0).queued > 5.0 && last(0).busy > 0.9, "prefill-bound: {} {}", last(0).queued, last(0).busy);
        assert!(last(2).seatless > 10.0 && last(2).busy < 0.3, "decode-bound: {} {}", last(2).seatless, last(2).busy);
    }
}
