//! The tables that GuideLLM (from 0.4 on) prints at the end of a run, as a terminal or a pod's log keeps them.
//!
//! A table has a title, three rows of headings and a row for each benchmark; `||` continues a heading over the next
//! column. The rows of all tables of a run are in one order, which is all that joins them. Values have one decimal.
//! Rates are those of all requests; prompt rates were wrong before 0.8 and the tables do not state the release, so they
//! are left out. Source: vllm-project/guidellm, src/guidellm/benchmark/outputs/console.py.

use crate::format::reader::csv::cells::without_thousands;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::Identity;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Load, Place, Provenance, Sample, Severity, Sink, Stat};

/// The titles of the tables that are read, and which of [`COLUMNS`] each has.
const TITLES: [&str; 4] =
    ["Run Summary Info", "Request Token Statistics", "Request Latency Statistics", "Server Throughput Statistics"];

/// Columns: table, the two headings, the last heading, the catalogue's metrics, statistic, factor.
type Column = (&'static str, &'static str, &'static str, &'static str, &'static [&'static str], Stat, f64);

const COLUMNS: &[Column] = &[
    (TITLES[0], "Timings", "Dur", "Sec", &["duration"], Stat::Mean, 1.0),
    (TITLES[1], "Input Tok", "Per Req", "Mdn", &["input_tokens"], Stat::P50, 1.0),
    (TITLES[1], "Input Tok", "Per Req", "p95", &["input_tokens"], Stat::P95, 1.0),
    (TITLES[1], "Output Tok", "Per Req", "Mdn", &["output_tokens"], Stat::P50, 1.0),
    (TITLES[1], "Output Tok", "Per Req", "p95", &["output_tokens"], Stat::P95, 1.0),
    (TITLES[2], "Request Latency", "Sec", "Mdn", &["e2el"], Stat::P50, 1000.0),
    (TITLES[2], "Request Latency", "Sec", "p95", &["e2el"], Stat::P95, 1000.0),
    (TITLES[2], "TTFT", "ms", "Mdn", &["ttft"], Stat::P50, 1.0),
    (TITLES[2], "TTFT", "ms", "p95", &["ttft"], Stat::P95, 1.0),
    (TITLES[2], "ITL", "ms", "Mdn", &["itl", "tpot"], Stat::P50, 1.0),
    (TITLES[2], "ITL", "ms", "p95", &["itl", "tpot"], Stat::P95, 1.0),
    (TITLES[2], "TPOT", "ms", "Mdn", &["ntpot"], Stat::P50, 1.0),
    (TITLES[2], "TPOT", "ms", "p95", &["ntpot"], Stat::P95, 1.0),
    (TITLES[3], "Requests", "Per Sec", "Mean", &["rps"], Stat::Mean, 1.0),
    (TITLES[3], "Requests", "Concurrency", "Mean", &["concurrency_achieved"], Stat::Mean, 1.0),
    (TITLES[3], "Output Tokens", "Per Sec", "Mean", &["output_tps"], Stat::Mean, 1.0),
    (TITLES[3], "Total Tokens", "Per Sec", "Mean", &["total_tps"], Stat::Mean, 1.0),
];

/// The tables of a run on the console.
pub(in crate::format) static GUIDELLM_CONSOLE: Format = Format {
    about: &About::new(
        "guidellm-console",
        "GuideLLM console output",
        "the tables at the end of a run: medians, P95 and mean rates, with one decimal",
        &["txt", "log", "out"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    if look.text.trim_start().starts_with(['{', '[', '<']) {
        return None;
    }
    let headed = look.contains("| Request Latency |") && TITLES[2..].iter().any(|title| look.contains(title));
    let rates = || look.contains(TITLES[3]) && look.contains("| Requests ");
    (look.contains("| Benchmark ") && (headed || rates())).then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    sink.provenance(Provenance { tool: Some("GuideLLM".to_owned()), tool_version: None, schema: Some("console".to_owned()) });
    let mut console = Console::default();
    let mut findings = Findings::default();
    for (index, line) in input.text.lines().enumerate() {
        console.line(line.trim(), index as u64 + 1, &mut findings, sink);
    }
    console.flush(sink);
    findings.finish(sink);
    console.report(sink);
    sink.progress(1.0);
}

/// One benchmark: a row of every table.
struct Benchmark {
    line: u64,
    strategy: String,
    samples: Vec<Sample>,
}

#[derive(Default)]
struct Console {
    /// The table being read.
    title: Option<&'static str>,
    headings: Vec<Vec<String>>,
    /// The rows of the table so far.
    rows: usize,
    /// The tables of this run.
    seen: Vec<&'static str>,
    run: Vec<Benchmark>,
    runs: usize,
    emitted: usize,
}

impl Console {
    fn line(&mut self, line: &str, number: u64, findings: &mut Findings, sink: &mut dyn Sink) {
        if let Some(title) = TITLES.into_iter().find(|title| line.contains(title) && !line.contains('|')) {
            if self.seen.contains(&title) {
                self.flush(sink);
            }
            self.seen.push(title);
            (self.title, self.rows) = (Some(title), 0);
            self.headings.clear();
            return;
        }
        let (Some(title), Some(cells)) = (self.title, cells(line)) else {
            // A table ends at the first line that is none of its own.
            if !line.is_empty() && self.rows > 0 {
                self.title = None;
            }
            return;
        };
        let ruled = cells.iter().all(|cell| cell.bytes().all(|byte| matches!(byte, b'-' | b'=')));
        if ruled {
            return;
        }
        if self.headings.len() < 3 {
            return self.headings.push(cells.into_iter().map(str::to_owned).collect());
        }
        self.row(title, &cells, number, findings, sink);
    }

    fn row(&mut self, title: &'static str, cells: &[&str], number: u64, findings: &mut Findings, sink: &mut dyn Sink) {
        let [groups, names, kinds] = self.headings.as_slice() else { return };
        let place = Place::Line(number);
        let strategy = cells.first().copied().unwrap_or_default();
        let fits = [groups, names, kinds].iter().all(|headings| headings.len() == cells.len());
        let index = self.rows;
        self.rows += 1;
        // The first table of a run adds its rows, the others go with them.
        if self.seen.len() == 1 {
            self.run.push(Benchmark { line: number, strategy: strategy.to_owned(), samples: Vec::new() });
        }
        let Some(benchmark) = self.run.get_mut(index).filter(|benchmark| fits && benchmark.strategy == strategy) else {
            return findings.entry(sink, "rows that do not fit the other tables", &place, || {
                "The row fits neither its headings nor the other tables of the run; skipped.".to_owned()
            });
        };
        let (mut group, mut name) = ("", "");
        for (at, cell) in cells.iter().enumerate() {
            // A heading that is blank is the one before it, continued.
            if !heading(groups, at).is_empty() {
                group = heading(groups, at);
            }
            if !heading(names, at).is_empty() {
                name = heading(names, at);
            }
            let kind = heading(kinds, at);
            let Some((.., metrics, stat, scale)) =
                COLUMNS.iter().find(|column| (column.0, column.1, column.2, column.3) == (title, group, name, kind))
            else {
                continue;
            };
            match without_thousands(cell).parse::<f64>() {
                // One decimal: 0.0 is no latency and no rate.
                Ok(value) if value > 0.0 && value.is_finite() => {
                    for metric in *metrics {
                        benchmark.samples.push(Sample { metric: sink.metric(metric, *stat), value: value * scale });
                    }
                }
                Ok(value) if !value.is_infinite() => {}
                Err(_) if matches!(*cell, "" | "--" | "N/A" | "None") => {}
                Ok(_) | Err(_) => findings.entry(sink, "cells that are not numbers", &place, || {
                    format!(
                        "Expected a number under “{group} {name} {kind}”, found “{}”; ignored.",
                        cell.chars().take(40).collect::<String>()
                    )
                }),
            }
        }
    }

    /// Emits the benchmarks of a run.
    fn flush(&mut self, sink: &mut dyn Sink) {
        self.runs += usize::from(!self.run.is_empty());
        for Benchmark { line, strategy, samples } in self.run.drain(..) {
            let load = match strategy.as_str() {
                "synchronous" => Load::concurrency(1.0),
                "throughput" => Load::MAX,
                _ => Load::default(),
            };
            if !samples.is_empty() {
                let mut identity = Identity::default();
                identity.set("strategy", Some(strategy));
                identity.emit(&Place::Line(line), load, &samples, sink);
                self.emitted += 1;
            }
        }
        self.seen.clear();
        self.title = None;
    }

    fn report(&self, sink: &mut dyn Sink) {
        let mut tell = |severity, message: String, hint| sink.diagnostic(Diagnostic::new(severity, Place::File, message, hint));
        if self.emitted == 0 {
            return tell(Severity::Warning, "The tables have no figures.".to_owned(), "Check that the benchmark finished.");
        }
        if self.runs > 1 {
            tell(Severity::Info, format!("The output has the tables of {} runs.", self.runs), "");
        }
        let message = "The tables state neither the model nor the load of concurrent, constant and Poisson benchmarks; values are \
                       rounded to one decimal (request latency to 100 ms), and rates are those of all requests.";
        let hint = "Use the JSON, YAML or CSV of the same run, which have all of it.";
        tell(Severity::Warning, message.to_owned(), hint);
        let message = "GuideLLM's time per output token includes the first token; shown as NTPOT. Its inter-token latency is what \
                       other tools call TPOT; shown as ITL and as TPOT.";
        tell(Severity::Info, message.to_owned(), "");
    }
}

/// A heading above a column; blank where there is none.
fn heading(row: &[String], column: usize) -> &str {
    row.get(column).map_or("", String::as_str)
}

/// The cells of a table's line.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.get(line.find('|')?..)?.strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(str::trim).collect())
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_metric_is_in_the_catalogue() {
        for key in super::COLUMNS.iter().flat_map(|column| column.4.iter()) {
            assert!(crate::catalog::metrics::metric(key).is_some(), "{key}");
        }
    }

    #[test]
    fn cells_of_a_line() {
        assert_eq!(super::cells("| a | b || c ||"), Some(vec!["a", "b", "", "c", ""]));
        assert_eq!(super::cells("no table"), None);
    }
}
