//! The synthetic demo data: a consolidated table of benchmark results from a small queueing model.
//!
//! Nothing here was measured. The model is simple enough to be written down, and good enough that curves bend where
//! real ones do; the table has the columns, the habits and the accidents of real ones. The same options give the same
//! bytes on every machine: no clock, no platform mathematics, no hash order.
//!
//! # The model
//!
//! `g` GPUs serve a replica: the TP degree, or TP × DP where one TP group cannot hold the weights and the experts are
//! spread over all. `e(g) = 1 / (1 + 0.07 · log₂ g)` is how well they work together (0.04 with spread experts, which
//! cost 1.2 ms more per step). `r` is the share of its data sheet that an accelerator reaches.
//!
//! - Arithmetic `C = FLOP/s × g × e(g) × r` (times the gain of 8-bit arithmetic where the model allows it), memory
//!   `M = B/s × g × e(g) × (r + 0.15)`.
//! - **Prefill** of one prompt, `P = 2 · active parameters · uncached prompt tokens · (1 + prompt / 100,000) / C`.
//! - **A decode step** over `b` requests,
//!   `s(b) = overhead + 12 µs · b + (bytes touched(b) + b · cache bytes per token · (prompt + output / 2)) / M`
//!   plus `2 · b · active parameters / C`, where of a mixture of experts
//!   `touched(b) = active + (all − active) · (1 − exp(−b · active / all))` parameters. With a draft model a step verifies
//!   4 tokens, keeps 2.3 and has 1.5 times the overhead: a gain until arithmetic is the limit.
//! - A release divides `P` and `s` by its speed; `hardware` lists the releases, and what they do to single models:
//!   one deliberate regression among them (gpt-oss-120b on MI300X in RHAIIS-3.5-EA2).
//! - Prefill takes the share `ρ = X · P` of the engine's time at `X` requests per second, so the **gap between
//!   tokens** is `s / (1 − ρ)`.
//! - **Time to first token** is `18 ms + W + P / (1 − ρ) + 3 s`: a prompt's chunks share their steps with everybody's
//!   decoding. `W` is the wait in an M/G/1 queue, `ρ P (1 + c²) / (2 (1 − ρ))` with `c² = 0.5` (Pollaczek–Khinchine),
//!   plus half of the prompts that arrive in the same moment: users with outputs of one length stay in step, so a tenth
//!   of them do (3 % on real data sets). The loop is closed: `W` is at most half of all other users' prefills.
//! - **Throughput** is the `X` that Little's law asks for: `X · (TTFT + (output − 1) · gap) = users`, found by halving.
//!   Users beyond the engine's seats (its batch limit, or the cache that its memory has room for) wait
//!   `(users − seats) / X` longer for their first token.
//! - Percentiles are lognormal around these means. The logarithm's standard deviation grows with `ρ`: for the first
//!   token `0.1 + 0.25 (1 − 1/users) + 0.4 ρ` (+ 0.15 in a queue for seats), for the gap `0.012 + 0.07 ρ`, more on real
//!   data sets.
//! - Columns keep GuideLLM's words: `itl` is the gap, `tpot` is end-to-end latency ÷ output tokens (from 0.4 on the
//!   first token counts, which leaves out the oldest release, whose rows name no tool version), request latency is in
//!   seconds.
//! - Every run's name begins with [`SYNTHETIC`](crate::record::SYNTHETIC), so that a copy says what it is, too.
//! - A repeat differs by ± 1 %.

mod cluster;
mod hardware;
mod plan;
pub mod profile;
mod random;
mod row;
pub mod runs;
pub mod server;
mod serving;

use std::io::{self, Write};

use plan::{Accident, Run};
use random::Random;
use row::Row;

/// The seed of the shipped file.
pub const SEED: u64 = 1;

/// What to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many rows: the shipped table cut to them, or filled up with further configurations and repeats. `None` is
    /// the shipped table.
    pub rows: Option<usize>,
    /// Another seed is another set of measurements of the same configurations.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options { rows: None, seed: SEED }
    }
}

/// Writes the table of routed clusters as CSV: LLM-D's columns, to be held against the other table.
pub fn write_clusters(seed: u64, out: &mut impl Write) -> io::Result<()> {
    cluster::write(seed, out)
}

/// Writes the table as CSV, row by row.
pub fn write(options: &Options, out: &mut impl Write) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().from_writer(out);
    let mut named = false;
    let mut put = |row: Row| -> io::Result<()> {
        if !named {
            writer.write_record(row.iter().map(|(name, _)| name)).map_err(cause)?;
            named = true;
        }
        writer.write_record(row.iter().map(|(_, cell)| cell)).map_err(cause)
    };
    let seed = options.seed;
    let shipped = plan::shipped().into_iter().flat_map(|run| rows_of(run, seed));
    match options.rows {
        None => shipped.into_iter().try_for_each(&mut put)?,
        Some(count) => {
            let everything = plan::everything();
            let rounds = (2..).flat_map(|repeat| everything.iter().map(move |run| Run { repeat, ..*run }));
            shipped.chain(rounds.flat_map(|run| rows_of(run, seed))).take(count).try_for_each(&mut put)?;
        }
    }
    writer.flush()
}

/// The error itself: the kind says whether the reader has gone.
fn cause(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// A run's rows, level by level.
fn rows_of(run: Run, seed: u64) -> impl Iterator<Item = Row> {
    // Within ten days of the release's first measurement, on the quarter of an hour; repeats in later weeks.
    let quarter = Random::named(0, &run.name()).next() % 960 + u64::from(run.repeat) * 1344;
    let start = run.deployment.engine.measured + quarter * 900_000 + 12_417;
    run.task.levels.iter().flat_map(move |users| {
        let times = match (run.accident, users) {
            (Accident::Doubled, 100 | 300) => 2,
            (Accident::Gaps, 500) => 0,
            _ => 1,
        };
        std::iter::repeat_with(move || row::row(&run, *users, start, seed)).take(times)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(options: Options) -> String {
        let mut bytes = Vec::new();
        assert!(write(&options, &mut bytes).is_ok());
        String::from_utf8(bytes).unwrap_or_default()
    }

    #[test]
    fn the_table_has_the_importers_columns() {
        let table = text(Options { rows: Some(3), ..Options::default() });
        let header: Vec<&str> = table.lines().next().unwrap_or_default().split(',').collect();
        assert_eq!(header, crate::catalog::consolidated::columns(crate::catalog::exports::Layout::Rhaiis));
        assert_eq!(table.lines().count(), 4);
    }

    #[test]
    fn more_users_never_mean_less_throughput_and_quantiles_are_ordered() {
        for run in plan::shipped() {
            let mut before = 0.0;
            for users in run.task.levels {
                let row = row::row(&run, *users, 0, SEED);
                let cell =
                    |name: &str| row.iter().find(|(other, _)| *other == name).and_then(|(_, cell)| cell.parse::<f64>().ok());
                if let Some(output) = cell("output_tok/sec") {
                    assert!(output > 0.9 * before, "{} at {users}: {output} after {before}", run.name());
                    before = output;
                }
                for metric in ["ttft", "tpot", "itl"] {
                    let names = ["p1", "median", "p95", "p99", "p999"].map(|stat| cell(&format!("{metric}_{stat}")));
                    let known: Vec<f64> = names.into_iter().flatten().collect();
                    assert!(known.is_sorted(), "{metric} of {} at {users}: {known:?}", run.name());
                }
            }
        }
    }
}
