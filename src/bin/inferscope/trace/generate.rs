//! `inferscope trace generate`: a load from a formula as JSON lines.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use inferscope::trace::BLOCK_TOKENS;
use inferscope::trace::generate::{MOST, Options, Wave, generate};
use inferscope::trace::mooncake::OwnBlocks;

use super::complain;
use super::convert::BlockIds;

/// The load. Options have the names and values of Dynamo's `sin_synth`; `--burstiness` is vLLM's.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Duration in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 100.0, value_parser = super::positive)]
    time_duration: f64,
    /// Interval over which the rate is held.
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = super::positive)]
    process_interval: f64,
    /// Least requests per second, at the start.
    #[arg(long, value_name = "RATE", default_value_t = 5.0)]
    request_rate_min: f64,
    /// Greatest requests per second, after half a period.
    #[arg(long, value_name = "RATE", default_value_t = 10.0)]
    request_rate_max: f64,
    /// Period of the rate.
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = super::positive)]
    request_rate_period: f64,
    /// Draw the gaps between requests from a gamma distribution of this shape: 1 is a Poisson process, less is more bursty,
    /// like BurstGPT. Default: a Poisson number per interval, evenly spread.
    #[arg(long, value_name = "SHAPE", value_parser = burstiness)]
    burstiness: Option<f64>,
    /// Input tokens of the first kind.
    #[arg(long, value_name = "TOKENS", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    isl1: u64,
    /// Output tokens of the first kind.
    #[arg(long, value_name = "TOKENS", default_value_t = 2000, value_parser = clap::value_parser!(u64).range(1..))]
    osl1: u64,
    /// Input tokens of the second kind.
    #[arg(long, value_name = "TOKENS", default_value_t = 5000, value_parser = clap::value_parser!(u64).range(1..))]
    isl2: u64,
    /// Output tokens of the second kind.
    #[arg(long, value_name = "TOKENS", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    osl2: u64,
    /// Least share of the first kind, 0 to 1, at the start.
    #[arg(long, value_name = "SHARE", default_value_t = 0.2)]
    isl_osl_ratio_min: f64,
    /// Greatest share of the first kind, 0 to 1, after half a period.
    #[arg(long, value_name = "SHARE", default_value_t = 0.8)]
    isl_osl_ratio_max: f64,
    /// Period of the share.
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = super::positive)]
    isl_osl_ratio_period: f64,
    /// Ids of blocks: none, or ids that never occur twice and are marked, for replays that need some.
    #[arg(long, value_enum, default_value_t = BlockIds::None)]
    block_ids: BlockIds,
    /// Tokens of a block, with --block-ids random.
    #[arg(long, value_name = "TOKENS", default_value_t = BLOCK_TOKENS, value_parser = clap::value_parser!(u32).range(1..))]
    block_size: u32,
    /// The same seed gives the same trace.
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// The file to write; in a folder, a file whose name has the parameters. Default: standard output.
    #[arg(long, short, alias = "output-file", value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Arguments {
    /// What is wrong with them.
    fn fault(&self) -> Option<String> {
        let rates = (self.request_rate_min, self.request_rate_max);
        let shares = (self.isl_osl_ratio_min, self.isl_osl_ratio_max);
        let rising = |(low, high): (f64, f64)| low >= 0.0 && low <= high && high.is_finite();
        if !rising(rates) || !rising(shares) || shares.1 > 1.0 {
            return Some("rates must be 0 or more, shares 0 to 1, and the least not above the greatest".to_owned());
        }
        let most = (rates.1 * self.time_duration).max(self.time_duration / self.process_interval);
        (most > MOST).then(|| format!("more than {MOST} requests or intervals; choose a shorter duration or a lower rate"))
    }

    /// The name that Dynamo's `sin_synth` gives the file.
    fn name(&self) -> String {
        format!(
            "sin_b{}_t{}_rr{}-{}-{}_io{}{}-{}{}-{}-{}-{}.jsonl",
            self.block_size,
            self.time_duration,
            self.request_rate_min,
            self.request_rate_max,
            self.request_rate_period,
            self.isl1,
            self.osl1,
            self.isl2,
            self.osl2,
            self.isl_osl_ratio_min,
            self.isl_osl_ratio_max,
            self.isl_osl_ratio_period
        )
    }
}

/// Generates; 2 for parameters of which there is no load.
pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> io::Result<u8> {
    if let Some(fault) = arguments.fault() {
        complain(&format!("inferscope trace generate: {fault}"));
        return Ok(2);
    }
    let options = Options {
        duration: arguments.time_duration,
        interval: arguments.process_interval,
        rate: Wave { min: arguments.request_rate_min, max: arguments.request_rate_max, period: arguments.request_rate_period },
        burstiness: arguments.burstiness,
        first: Wave {
            min: arguments.isl_osl_ratio_min,
            max: arguments.isl_osl_ratio_max,
            period: arguments.isl_osl_ratio_period,
        },
        lengths: [(arguments.isl1, arguments.osl1), (arguments.isl2, arguments.osl2)],
        seed: arguments.seed,
    };
    let mut rows = generate(&options);
    if arguments.block_ids == BlockIds::Random {
        let mut blocks = OwnBlocks::new(arguments.block_size);
        rows.iter_mut().for_each(|row| blocks.fill(row));
    }
    let path = arguments.output.as_ref().map(|path| if path.is_dir() { path.join(arguments.name()) } else { path.clone() });
    super::write(path.as_deref(), out, &mut |out| {
        rows.iter().try_for_each(|row| row.write(out))?;
        Ok(0)
    })
}

/// Parses a shape for which gaps can be drawn.
fn burstiness(text: &str) -> Result<f64, String> {
    let shape = super::positive(text)?;
    if (0.01..=1000.0).contains(&shape) { Ok(shape) } else { Err("not from 0.01 to 1000".to_owned()) }
}
