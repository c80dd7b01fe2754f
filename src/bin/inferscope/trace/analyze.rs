//! `inferscope trace analyze`: the figures of traces as tables or JSON; findings go to standard error.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use inferscope::record::Diagnostic;
use inferscope::trace::analysis::{Analysis, Options, analyse};
use inferscope::trace::{BLOCK_TOKENS, summary::Summary};
use serde::Serialize;

use super::{read, tell};

/// The traces, and how they are analysed.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Traces: Mooncake, AIPerf or srt-slurm JSON lines, Azure or BurstGPT CSV, also compressed; `-` is standard input.
    /// Several are compared.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print JSON: an object, or of several traces a list of objects with their file.
    #[arg(long)]
    json: bool,
    /// Tokens of a block.
    #[arg(long, value_name = "TOKENS", default_value_t = BLOCK_TOKENS, value_parser = clap::value_parser!(u32).range(1..))]
    block_size: u32,
    /// Width of the intervals over time. Default: about sixty of a round width.
    #[arg(long, value_name = "SECONDS", value_parser = super::positive)]
    interval: Option<f64>,
    /// Size of a limited cache whose hit rate is wanted; repeatable. Default: powers of four up to all blocks.
    #[arg(long, value_name = "BLOCKS")]
    cache_blocks: Vec<u64>,
    /// The block ids are random, as Dynamo's converters make them: no hit rate follows from them.
    #[arg(long)]
    random_ids: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(flatten)]
    analysis: &'a Analysis,
    findings: &'a [Diagnostic],
}

/// Analyses and prints; 1 when a file is no trace.
pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> io::Result<u8> {
    let options =
        Options { block_tokens: arguments.block_size, interval: arguments.interval, capacities: arguments.cache_blocks.clone() };
    let mut analyses: Vec<(String, Analysis, Vec<Diagnostic>)> = Vec::new();
    for file in &arguments.files {
        let Some(trace) = read(file, arguments.random_ids) else { continue };
        let (analysis, findings) = analyse(&trace, &options);
        let file = file.display().to_string();
        findings.iter().for_each(|finding| tell(&file, finding));
        analyses.push((file, analysis, findings));
    }
    let several = arguments.files.len() > 1;
    if arguments.json {
        let reports: Vec<Report<'_>> = analyses
            .iter()
            .map(|(file, analysis, findings)| Report { file: several.then(|| file.clone()), analysis, findings })
            .collect();
        match reports.as_slice() {
            [] if !several => {}
            [report] if !several => print(report, out)?,
            reports => print(reports, out)?,
        }
    } else {
        summaries(&analyses, out)?;
        for (file, analysis, _) in &analyses {
            if several {
                writeln!(out, "\n{file}")?;
            }
            details(analysis, out)?;
        }
    }
    Ok(u8::from(analyses.len() < arguments.files.len()))
}

fn print(reports: &(impl Serialize + ?Sized), out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, reports)?;
    writeln!(out)
}

/// One table of all summaries, those of the same figure below each other.
fn summaries(analyses: &[(String, Analysis, Vec<Diagnostic>)], out: &mut impl Write) -> io::Result<()> {
    let Some((_, first, _)) = analyses.first() else { return Ok(()) };
    let mut header = vec!["figure".to_owned()];
    header.extend((analyses.len() > 1).then(|| "file".to_owned()));
    header.push("count".to_owned());
    header.extend(Summary::default().statistics().map(|(name, _)| name.to_owned()));
    let mut rows = vec![header];
    for (at, (figure, _)) in first.summaries().into_iter().enumerate() {
        for (file, analysis, _) in analyses {
            let Some((_, summary)) = analysis.summaries().into_iter().nth(at) else { continue };
            let mut row = vec![figure.to_owned()];
            row.extend((analyses.len() > 1).then(|| file.clone()));
            row.push(summary.count.to_string());
            row.extend(summary.statistics().map(|(_, value)| figure_text(figure, value)));
            rows.push(row);
        }
    }
    table(&rows, 1 + usize::from(analyses.len() > 1), out)
}

fn figure_text(figure: &str, value: Option<f64>) -> String {
    let digits = if figure == "hit_rate" { 4 } else { 2 };
    value.map_or("–".to_owned(), |value| format!("{value:.digits$}"))
}

fn details(analysis: &Analysis, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\nrequests  {}", analysis.requests)?;
    if let Some(arrivals) = &analysis.arrivals {
        write!(out, "duration  {:.3} s", arrivals.duration_s)?;
        if let Some((mean, peak)) = arrivals.mean_per_s.zip(arrivals.peak_per_s) {
            write!(out, ", {mean:.3} requests/s, at most {peak:.3} over {} s", arrivals.interval_s)?;
        }
        if let Some(variation) = arrivals.gap_variation {
            write!(out, "; gaps vary by {variation:.2} (Poisson: 1)")?;
        }
        writeln!(out)?;
    }
    if let Some(blocks) = &analysis.blocks {
        let (total, distinct, repeated) = (blocks.total, blocks.distinct, blocks.repeated);
        writeln!(out, "blocks    {total} of {} tokens, {distinct} distinct, {repeated} of them repeated", analysis.block_size)?;
    }
    if !analysis.lru.is_empty() {
        writeln!(out)?;
        let mut rows = vec![["LRU cache, blocks", "tokens", "hit_rate", "of all blocks"].map(str::to_owned).to_vec()];
        rows.extend(analysis.lru.iter().map(|hits| {
            let rates = [hits.hit_rate, hits.block_hit_rate].map(|rate| format!("{rate:.4}"));
            [hits.capacity_blocks, hits.capacity_tokens].map(|size| size.to_string()).into_iter().chain(rates).collect()
        }));
        table(&rows, 0, out)?;
    }
    if analysis.over_time.len() > 1 {
        writeln!(out)?;
        let names = ["from_s", "requests", "per_s", "input_length", "output_length", "hit_rate", "working_set_blocks"];
        let mut rows = vec![names.map(str::to_owned).to_vec()];
        rows.extend(analysis.over_time.iter().map(|interval| {
            vec![
                format!("{:.3}", interval.from_s),
                interval.requests.to_string(),
                format!("{:.3}", interval.per_s),
                figure_text("input_length", interval.input_length),
                figure_text("output_length", interval.output_length),
                figure_text("hit_rate", interval.hit_rate),
                interval.working_set_blocks.map_or("–".to_owned(), |blocks| blocks.to_string()),
            ]
        }));
        table(&rows, 0, out)?;
    }
    Ok(())
}

/// Prints a table; its first columns, so many, are texts and stand to the left.
fn table(rows: &[Vec<String>], texts: usize, out: &mut impl Write) -> io::Result<()> {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(at, (cell, width))| match at < texts {
            true => format!("{cell:<width$}"),
            false => format!("{cell:>width$}"),
        });
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}
