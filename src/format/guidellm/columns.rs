//! The columns of GuideLLM's CSV and their paths in the JSON: rows of data.

use crate::format::reader::csv::header;
use crate::format::reader::csv::rows::Rows;
use crate::format::reader::findings::Findings;
use crate::record::Sink;

/// What stands between the header rows of a column in its name.
const BETWEEN: &str = " · ";

/// One column that is read.
pub(super) struct Column {
    /// Its header, for diagnostics.
    pub name: String,
    /// The path of its cells in a benchmark's JSON; under `report`, in the report shared by all benchmarks.
    pub path: Vec<String>,
    /// The type of its cells.
    pub content: Content,
}

/// The type of a column's cells.
#[derive(Clone)]
pub(super) enum Content {
    Text,
    Number,
    Json,
    /// A list of numbers, with the path of each below the column's path.
    List(Vec<&'static [&'static str]>),
}

use Content::{Json, Number, Text};

impl Column {
    /// Whether it is a statistic of a distribution.
    pub(super) fn is_statistic(&self) -> bool {
        matches!(self.path.as_slice(), [metrics, _, _, _, ..] if metrics == "metrics") || matches!(self.content, Content::List(_))
    }

    /// Whether it is a latency of successful requests.
    pub(super) fn is_successful_latency(&self) -> bool {
        matches!(self.path.as_slice(), [_, metric, outcome, ..] if metric == "request_latency" && outcome == "successful")
    }
}

/// The columns that are no statistics, of both layouts: header cells, content, path.
const COLUMNS: &[(&[&str], Content, &[&str])] = &[
    (&["Type"], Text, &["type_"]),
    (&["Run Id"], Text, &["run_id"]),
    (&["Duration"], Number, &["duration"]),
    (&["Successful Requests"], Number, &["request_totals", "successful"]),
    (&["Errored Requests"], Number, &["request_totals", "errored"]),
    (&["Incomplete Requests"], Number, &["request_totals", "incomplete"]),
    (&["Args"], Json, &["args"]),
    (&["Worker"], Json, &["worker"]),
    (&["Request Loader"], Json, &["request_loader"]),
    (&["Extras"], Json, &["extras"]),
    (&["Run Info", "Run ID"], Text, &["config", "run_id"]),
    (&["Run Info", "Run Index"], Number, &["config", "run_index"]),
    (&["Run Info", "Profile"], Json, &["config", "profile"]),
    (&["Run Info", "Requests"], Json, &["config", "requests"]),
    (&["Run Info", "Backend"], Json, &["config", "backend"]),
    (&["Benchmark", "Type"], Text, &["type_"]),
    (&["Benchmark", "Strategy"], Text, &["config", "strategy"]),
    (&["Timings", "Duration", "Sec"], Number, &["duration"]),
    (&["Request Counts", "Successful"], Number, &["metrics", "request_totals", "successful"]),
    (&["Request Counts", "Incomplete"], Number, &["metrics", "request_totals", "incomplete"]),
    (&["Request Counts", "Errored"], Number, &["metrics", "request_totals", "errored"]),
    (&["Server Throughput", "SLO Attainment"], Number, &["metrics", "slo_attainment"]),
    (&["Runtime Info", "Metadata"], Json, &["report", "metadata"]),
    (&["Runtime Info", "Arguments"], Json, &["report", "arguments"]),
];

/// The distributions of the layout with three header rows: group, unit, key in `metrics`. (In the other layout a
/// column's words are the key.)
const DISTRIBUTIONS: &[(&str, &str, &str)] = &[
    ("Request Latency", "Sec", "request_latency"),
    ("Time to First Token", "ms", "time_to_first_token_ms"),
    ("Time to First Output Token", "ms", "time_to_first_output_token_ms"),
    ("Time per Output Token", "ms", "time_per_output_token_ms"),
    ("Inter Token Latency", "ms", "inter_token_latency_ms"),
    ("Server Throughput", "Requests/Sec", "requests_per_second"),
    ("Server Throughput", "Concurrency", "request_concurrency"),
    ("Server Throughput", "Goodput/Sec", "request_goodput"),
    ("Token Metrics", "Input Tokens", "prompt_token_count"),
    ("Token Metrics", "Output Tokens", "output_token_count"),
    ("Token Throughput", "Input Tokens/Sec", "prompt_tokens_per_second"),
    ("Token Throughput", "Output Tokens/Sec", "output_tokens_per_second"),
    ("Token Throughput", "Total Tokens/Sec", "tokens_per_second"),
];

/// Outcomes in headers and in the JSON.
const OUTCOMES: &[(&str, &str)] =
    &[("Successful", "successful"), ("Errored", "errored"), ("Incomplete", "incomplete"), ("Total", "total")];

/// Single statistics, in lower case.
const STATISTICS: &[(&str, &str)] = &[("mean", "mean"), ("median", "median"), ("std dev", "std_dev")];

/// The contents of a percentile list whose header does not name them.
const PERCENTILES: &str = "min, 0.1, 1, 5, 10, 25, 75, 90, 95, 99, max";

/// The names in such a list and their paths in a summary.
const LISTED: &[(&str, &[&str])] = &[
    ("min", &["min"]),
    ("0.1", &["percentiles", "p001"]),
    ("1", &["percentiles", "p01"]),
    ("5", &["percentiles", "p05"]),
    ("10", &["percentiles", "p10"]),
    ("25", &["percentiles", "p25"]),
    ("50", &["percentiles", "p50"]),
    ("75", &["percentiles", "p75"]),
    ("90", &["percentiles", "p90"]),
    ("95", &["percentiles", "p95"]),
    ("99", &["percentiles", "p99"]),
    ("99.9", &["percentiles", "p999"]),
    ("max", &["max"]),
];

/// Reads the header rows, `depth` of them; `None` for a column that is not read, as is one whose name a column before has.
pub(super) fn columns(rows: &mut Rows<'_>, depth: usize, findings: &mut Findings, sink: &mut dyn Sink) -> Vec<Option<Column>> {
    let mut headers: Vec<Vec<String>> = Vec::new();
    for level in 0..depth {
        if rows.advance(None).is_none() {
            break;
        }
        if level == 0 {
            headers.resize(rows.record().len(), Vec::new());
        }
        for (header, cell) in headers.iter_mut().zip(rows.record()).filter(|(_, cell)| !cell.trim().is_empty()) {
            header.push(cell.trim().to_owned());
        }
    }
    let mut names: Vec<String> = headers.iter().map(|header| header.join(BETWEEN)).collect();
    header::unique(&mut names, 1, findings, sink);
    let first = headers.iter().zip(names).map(|(header, name)| Some(header).filter(|_| !name.is_empty()));
    first.map(|header| column(&header?.iter().map(String::as_str).collect::<Vec<&str>>())).collect()
}

fn column(header: &[&str]) -> Option<Column> {
    let owned = |path: &[&str]| path.iter().map(|key| (*key).to_owned()).collect();
    let name = header.join(BETWEEN);
    if let Some((.., content, path)) = COLUMNS.iter().find(|(known, ..)| *known == header) {
        return Some(Column { name, path: owned(path), content: content.clone() });
    }
    let (outcome, metric, statistic) = match header {
        [one] => {
            let (outcome, words) = one.split_once(' ')?;
            let (words, statistic) = match words.split_once(" [") {
                Some((words, listed)) => (words, listed.trim_end_matches(']')),
                None => STATISTICS.iter().find_map(|(end, _)| Some((words.strip_suffix(end)?.trim_end(), *end)))?,
            };
            (outcome, words.to_lowercase().replace(' ', "_"), statistic.to_owned())
        }
        [group, outcome_and_unit, statistic] => {
            let (outcome, unit) = outcome_and_unit.split_once(' ')?;
            let (.., metric) = DISTRIBUTIONS.iter().find(|(g, u, _)| g == group && *u == unit)?;
            let statistic = if *statistic == "Percentiles" { PERCENTILES.to_owned() } else { statistic.to_lowercase() };
            (outcome, (*metric).to_owned(), statistic)
        }
        _ => return None,
    };
    let (_, outcome) = OUTCOMES.iter().find(|(shown, _)| *shown == outcome)?;
    let mut path = owned(&["metrics", &metric, outcome]);
    if let Some((_, key)) = STATISTICS.iter().find(|(shown, _)| *shown == statistic) {
        path.push((*key).to_owned());
        return Some(Column { name, path, content: Number });
    }
    let place = |listed: &str| LISTED.iter().find(|(known, _)| *known == listed).map(|(_, place)| *place);
    let places: Option<Vec<&'static [&'static str]>> = statistic.split(", ").map(place).collect();
    Some(Column { name, path, content: Content::List(places?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(header: &[&str]) -> Option<String> {
        column(header).map(|column| column.path.join("."))
    }

    #[test]
    fn headers_of_both_layouts() {
        let is = |header: &[&str], expected: &str| assert_eq!(path(header).as_deref(), Some(expected), "{header:?}");
        is(&["Successful Time to first token ms mean"], "metrics.time_to_first_token_ms.successful.mean");
        is(&["Total Request concurrency std dev"], "metrics.request_concurrency.total.std_dev");
        is(&["Incomplete Request latency [min, 0.1, 1, max]"], "metrics.request_latency.incomplete");
        is(&["Token Throughput", "Successful Output Tokens/Sec", "Mean"], "metrics.output_tokens_per_second.successful.mean");
        is(&["Server Throughput", "Successful Goodput/Sec", "mean"], "metrics.request_goodput.successful.mean");
        is(&["Inter Token Latency", "Successful ms", "Percentiles"], "metrics.inter_token_latency_ms.successful");
        is(&["Timings", "Duration", "Sec"], "duration");
        for other in [["Request Latency", "Successful Sec", "Mean CI"], ["Text Tokens", "Successful Input", "Mean"]] {
            assert_eq!(path(&other), None, "{other:?}");
        }
        assert_eq!(path(&["Successful Request latency [min, 2, max]"]), None, "an unknown percentile");
        assert_eq!(path(&["Name"]), None);
    }
}
