//! `inferscope trace synthesize`: a scaled trace as JSON lines; notes go to standard error.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use inferscope::trace::BLOCK_TOKENS;
use inferscope::trace::synthesis::{MOST_ROOTS, Options, Synthesis};

use super::{complain, read, tell};

/// The original and what to change. Every option is also known by its name in Dynamo's `datagen`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The trace to learn from; `-` is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Number of requests. Default: as many as the trace has.
    #[arg(long, alias = "num-requests", value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    requests: Option<u64>,
    /// Divide the time between requests by this.
    #[arg(long, alias = "speedup-ratio", value_name = "R", default_value_t = 1.0, value_parser = super::factor)]
    speedup: f64,
    /// Make shared prefixes this many times as long; above 1 rounded up to an integer.
    #[arg(long, alias = "prefix-len-multiplier", value_name = "K", default_value_t = 1.0, value_parser = super::factor)]
    prefix_multiplier: f64,
    /// Spread requests over this many independent copies of the shared prefixes.
    #[arg(long, alias = "prefix-root-multiplier", value_name = "N", default_value_t = 1,
          value_parser = clap::value_parser!(u64).range(1..=MOST_ROOTS))]
    prefix_roots: u64,
    /// Make the part of prompts that is not shared this many times as long.
    #[arg(long, alias = "prompt-len-multiplier", value_name = "X", default_value_t = 1.0, value_parser = super::factor)]
    prompt_multiplier: f64,
    /// Make answers this many times as long.
    #[arg(long, alias = "osl-multiplier", value_name = "Y", default_value_t = 1.0, value_parser = super::factor)]
    output_multiplier: f64,
    /// Least input length; shorter prompts are drawn again.
    #[arg(long, value_name = "TOKENS")]
    min_isl: Option<u64>,
    /// Greatest input length; longer prompts are drawn again.
    #[arg(long, value_name = "TOKENS")]
    max_isl: Option<u64>,
    /// Least output length; shorter answers get it.
    #[arg(long, value_name = "TOKENS")]
    min_osl: Option<u64>,
    /// Greatest output length; longer answers get it.
    #[arg(long, value_name = "TOKENS")]
    max_osl: Option<u64>,
    /// Tokens of a block.
    #[arg(long, value_name = "TOKENS", default_value_t = BLOCK_TOKENS, value_parser = clap::value_parser!(u32).range(1..))]
    block_size: u32,
    /// The same seed gives the same trace.
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// The file to write. Default: standard output.
    #[arg(long, short, alias = "output-file", value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Writes the trace; 1 when there is none, or not as many requests as wanted.
pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> io::Result<u8> {
    let upside_down = |low: Option<u64>, high: Option<u64>| low.zip(high).is_some_and(|(low, high)| low > high);
    if upside_down(arguments.min_isl, arguments.max_isl) || upside_down(arguments.min_osl, arguments.max_osl) {
        complain("inferscope trace synthesize: a least length is above the greatest");
        return Ok(2);
    }
    let options = Options {
        requests: arguments.requests,
        speedup: arguments.speedup,
        prefix: arguments.prefix_multiplier,
        roots: arguments.prefix_roots,
        prompt: arguments.prompt_multiplier,
        output: arguments.output_multiplier,
        input_bounds: (arguments.min_isl, arguments.max_isl),
        output_bounds: (arguments.min_osl, arguments.max_osl),
        block_tokens: arguments.block_size,
        seed: arguments.seed,
    };
    let file = arguments.file.display().to_string();
    let Some(trace) = read(&arguments.file, false) else { return Ok(1) };
    let mut synthesis = match Synthesis::new(&trace, options) {
        Ok((synthesis, notes)) => {
            notes.iter().for_each(|note| tell(&file, note));
            synthesis
        }
        Err(refusal) => {
            tell(&file, &refusal);
            return Ok(1);
        }
    };
    super::write(arguments.output.as_deref(), out, &mut |out| {
        for row in &mut synthesis {
            row.write(out)?;
        }
        if synthesis.missing() > 0 {
            complain(&format!(
                "{file}: error: {} requests are missing: no prompt fits the bounds of the input length.",
                synthesis.missing()
            ));
        }
        Ok(u8::from(synthesis.missing() > 0))
    })
}
