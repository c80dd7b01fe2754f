//! Azure's and BurstGPT's tables as Mooncake's JSON lines.
//!
//! They have no prompts, so nothing is known about shared prefixes: rows have no ids of blocks, or marked ones of which none
//! occurs twice. (Dynamo's converter draws ids at random, from which no hit rate follows either.)

use super::mooncake::{OwnBlocks, Row};
use super::read_error;
use crate::catalog::number::plural;
use crate::format::Input;
use crate::format::trace as file;
use crate::record::{Diagnostic, DiagnosticsOnly, Place, Severity};
use crate::sorting::Sorting;

/// Which requests are converted, and how. The defaults take all.
#[derive(Clone, Debug)]
pub struct Options {
    /// Only those of this model.
    pub model: Option<String>,
    /// Only those of this kind of log: `API log`, `Conversation log`.
    pub log_type: Option<String>,
    /// At most so many, of those that remain.
    pub requests: Option<u64>,
    /// Divides the times.
    pub speedup: f64,
    /// Give prompts ids of their own, in blocks of so many tokens.
    pub own_blocks: Option<u32>,
}

impl Default for Options {
    fn default() -> Options {
        Options { model: None, log_type: None, requests: None, speedup: 1.0, own_blocks: None }
    }
}

/// Converts a table; the rows are in the order of time. Comes with what was found, and what was left out.
///
/// # Errors
///
/// When the text is no such table, or no request remains.
pub fn convert(path: &str, text: &str, options: &Options) -> Result<(Vec<Row>, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut found = DiagnosticsOnly::default();
    if text.trim_start().starts_with(['{', '[']) {
        let message = "These are JSON lines already; only tables of Azure and BurstGPT are converted.".to_owned();
        found.0.push(Diagnostic::new(Severity::Error, Place::File, message, "`inferscope trace synthesize` scales a trace."));
        return Err(found.0);
    }
    let mut timed: Vec<(f64, Row)> = Vec::new();
    let (mut filtered, mut failed, mut incomplete) = (0, 0, 0);
    let limit = options.requests.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    let known = file::each(Input { path, text, bytes: text.as_bytes() }, &mut found, &mut |request| {
        let is = |dimension: &str, wanted: &Option<String>| {
            wanted.as_ref().is_none_or(|wanted| request.stated(dimension).is_some_and(|value| value.eq_ignore_ascii_case(wanted)))
        };
        if !is("model", &options.model) || !is("request_type", &options.log_type) {
            filtered += 1;
        } else if request.stated("status") == Some("failed") {
            failed += 1;
        } else if let (Some(at), Some(input), Some(output)) = (request.at, request.input, request.output) {
            if timed.len() < limit {
                let at = at * 1e3 / options.speedup;
                timed.push((at, Row::of(Some(at.round() as u64), input.round() as u64, Some(output.round() as u64))));
            }
        } else {
            incomplete += 1;
        }
    });
    let mut note = |severity, count: u64, what: &str| {
        if count > 0 {
            found.0.push(Diagnostic::new(severity, Place::File, format!("{} {what}", plural(count, "request")), ""));
        }
    };
    note(Severity::Info, filtered, "of another model or kind of log left out.");
    note(Severity::Info, failed, "left out: failed, so there is no answer to replay.");
    note(Severity::Warning, incomplete, "left out: without a time or a length.");
    if !known || timed.is_empty() {
        found.0.push(read_error(known));
        return Err(found.0);
    }
    if !timed.is_sorted_by(|a, b| a.0 <= b.0) {
        timed.order_by(|a, b| a.0.total_cmp(&b.0));
        let message = "The requests were not in the order of time; now they are.".to_owned();
        found.0.push(Diagnostic::new(Severity::Info, Place::File, message, ""));
    }
    let mut rows: Vec<Row> = timed.into_iter().map(|(_, row)| row).collect();
    if let Some(mut blocks) = options.own_blocks.map(OwnBlocks::new) {
        rows.iter_mut().for_each(|row| blocks.fill(row));
    }
    Ok((rows, found.0))
}
