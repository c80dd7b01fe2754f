//! `inferscope convert`: arguments to what a person states, a file to append to, findings to standard error.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use inferscope::catalog::exports::Takes;
use inferscope::record::{Diagnostic, Kind, Severity};
use inferscope::table::export::consolidated::{Converted, Given, convert};
use inferscope::table::export::submissions;

use super::append::Target;
use super::{choices, complain, joined, name, note};

/// What to convert and to which table. Stated values take precedence over those in the files.
#[derive(Args)]
pub struct Arguments {
    /// Files and folders (recursive; folders that begin with a dot are skipped); `-` is standard input.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The table to write.
    #[arg(long, value_name = "TABLE", value_parser = choices::tables())]
    to: Takes,
    /// Append to this file, or create it. Default: print the table. Existing columns keep their order; rows that are
    /// already there are skipped.
    #[arg(long, value_name = "FILE")]
    append: Option<PathBuf>,
    #[arg(long)]
    model: Option<String>,
    /// Server version, e.g. `vLLM-0.21.0`.
    #[arg(long)]
    version: Option<String>,
    #[arg(long)]
    accelerator: Option<String>,
    /// Cluster name, placed after the accelerator in the run's name.
    #[arg(long)]
    cluster: Option<String>,
    /// Tensor parallelism.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    tp: Option<u32>,
    /// Data parallelism.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    dp: Option<u32>,
    /// Server arguments, e.g. `max-model-len: 8192; kv-cache-dtype: fp8`.
    #[arg(long, allow_hyphen_values = true)]
    runtime_args: Option<String>,
    #[arg(long)]
    image_tag: Option<String>,
    /// GuideLLM version, for files that do not state it (before 0.5).
    #[arg(long)]
    guidellm_version: Option<String>,
    /// Requested prompt tokens (ISL), if the files do not state them.
    #[arg(long)]
    isl: Option<u32>,
    /// Requested output tokens (OSL), if the files do not state them.
    #[arg(long)]
    osl: Option<u32>,
    /// Data set name, for real data.
    #[arg(long)]
    dataset: Option<String>,
    #[arg(long)]
    spec_decoding: Option<String>,
    #[arg(long)]
    prefix_caching: Option<String>,
    /// Expert parallelism (llmd-csv).
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    ep: Option<u32>,
    /// Servers behind the router (llmd-csv).
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    replicas: Option<u32>,
    /// (llmd-csv)
    #[arg(long)]
    prefill_pod_count: Option<u32>,
    /// (llmd-csv)
    #[arg(long)]
    decode_pod_count: Option<u32>,
    /// (llmd-csv)
    #[arg(long)]
    router_config: Option<String>,
    /// (llmd-csv)
    #[arg(long)]
    notes: Option<String>,
}

impl Arguments {
    fn given(&self) -> Given {
        let texts = [
            ("model", &self.model),
            ("version", &self.version),
            ("accelerator", &self.accelerator),
            ("runtime_args", &self.runtime_args),
            ("image", &self.image_tag),
            ("tool_version", &self.guidellm_version),
            ("dataset", &self.dataset),
            ("spec_decoding", &self.spec_decoding),
            ("prefix_caching", &self.prefix_caching),
            ("router_config", &self.router_config),
            ("notes", &self.notes),
        ];
        let counts = [
            ("tp", self.tp),
            ("dp", self.dp),
            ("ep", self.ep),
            ("isl", self.isl),
            ("osl", self.osl),
            ("replicas", self.replicas),
            ("prefill", self.prefill_pod_count),
            ("decode", self.decode_pod_count),
        ];
        let texts = texts.into_iter().filter_map(|(key, text)| Some((key, text.clone()?)));
        let counts = counts.into_iter().filter_map(|(key, count)| Some((key, count?.to_string())));
        Given { dimensions: texts.chain(counts).collect(), cluster: self.cluster.clone() }
    }
}

/// Converts; false when there was no measurement or the table could not be written.
pub fn run(arguments: &Arguments, out: &mut impl Write) -> io::Result<bool> {
    let appended = match arguments.append.as_deref().map(|path| (path, Target::read(path))) {
        None => None,
        Some((_, Ok(target))) => Some(target),
        Some((path, Err(error))) => {
            complain(&format!("{}: error: Could not be read: {error}.", path.display()));
            return Ok(false);
        }
    };
    let layout = match arguments.to {
        Takes::Consolidated(layout) => layout,
        _ if arguments.append.is_some() => {
            complain("--append does not work with --to mlperf: pass the existing table as an input file instead.");
            return Ok(false);
        }
        _ => {
            let table = joined(&arguments.paths, Kind::Submission)?;
            out.write_all(submissions(&table).as_bytes())?;
            return Ok(table.rows() > 0);
        }
    };
    let table = joined(&arguments.paths, Kind::Measurement)?;
    let target = arguments.append.as_deref().map_or("convert".to_owned(), |path| path.display().to_string());
    let say = |Diagnostic { severity, place, message, hint }: &Diagnostic| {
        let say = if *severity == Severity::Error { complain } else { note };
        say(&format!("{target}: {}: {place}: {message}", name(*severity)));
        if !hint.is_empty() {
            say(&format!("  → {hint}"));
        }
    };
    let Converted { text, written, findings } =
        match convert(&table, layout, &arguments.given(), appended.as_ref().and_then(Target::text).as_deref()) {
            Ok(converted) => converted,
            Err(refusal) => {
                say(&refusal);
                return Ok(false);
            }
        };
    findings.iter().for_each(say);
    match &appended {
        None => out.write_all(text.as_bytes())?,
        Some(file) if written > 0 => {
            if let Err(error) = file.write(&text) {
                complain(&format!("{target}: error: Could not be written: {error}. It is unchanged."));
                return Ok(false);
            }
            complain(&format!("{target}: {written} rows appended"));
        }
        Some(_) => complain(&format!("{target}: nothing to append")),
    }
    Ok(table.rows() > 0)
}
