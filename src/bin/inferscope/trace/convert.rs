//! `inferscope trace convert`: tables of Azure and BurstGPT as JSON lines; findings go to standard error.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use inferscope::trace::convert::{Options, convert};

use super::with_text;

/// Dynamo's block size for BurstGPT.
const BLOCK_TOKENS: u32 = 128;

/// The table, and what of it is wanted. Options are also known by their names in Dynamo's converter.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The CSV of an Azure LLM trace or of BurstGPT, also compressed; `-` is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Only requests to this model (BurstGPT: ChatGPT, GPT-4).
    #[arg(long)]
    model: Option<String>,
    /// Only requests of this log (BurstGPT: "API log", "Conversation log").
    #[arg(long, value_name = "LOG")]
    log_type: Option<String>,
    /// At most so many requests.
    #[arg(long, alias = "num-prompt", value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    requests: Option<u64>,
    /// Divide the times by this.
    #[arg(long, alias = "speed-ratio", value_name = "R", default_value_t = 1.0, value_parser = super::factor)]
    speedup: f64,
    /// Ids of blocks: none, because the table says nothing about shared prefixes; or ids that never occur twice and are
    /// marked, for replays that need some.
    #[arg(long, value_enum, default_value_t = BlockIds::None)]
    block_ids: BlockIds,
    /// Tokens of a block, with --block-ids random.
    #[arg(long, value_name = "TOKENS", default_value_t = BLOCK_TOKENS, value_parser = clap::value_parser!(u32).range(1..))]
    block_size: u32,
    /// The file to write. Default: standard output.
    #[arg(long, short, alias = "output-file", value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Whether requests get ids of blocks.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum BlockIds {
    None,
    Random,
}

/// Converts; 1 when there is no request.
pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> io::Result<u8> {
    let options = Options {
        model: arguments.model.clone(),
        log_type: arguments.log_type.clone(),
        requests: arguments.requests,
        speedup: arguments.speedup,
        own_blocks: (arguments.block_ids == BlockIds::Random).then_some(arguments.block_size),
    };
    let Some(rows) = with_text(&arguments.file, |path, text| convert(path, text, &options)) else { return Ok(1) };
    super::write(arguments.output.as_deref(), out, &mut |out| {
        rows.iter().try_for_each(|row| row.write(out))?;
        Ok(0)
    })
}
