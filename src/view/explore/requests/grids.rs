//! Tables of the requests: goodput by run, and the distribution of every latency.

use super::METRIC;
use super::columns::Requests;
use super::selection::Limits;
use crate::analysis::histogram::Distribution;
use crate::catalog::metrics;
use crate::view_model::{Column, Grid, GridCell};

/// Columns of the distributions: percent.
const PERCENTILES: [f64; 8] = [1.0, 5.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0];

/// How many requests meet the SLO, and how many finished, failed ones included; `None` without an SLO on latencies.
pub(super) fn met(requests: &Requests<'_>, limits: &Limits<'_>) -> Option<(usize, usize)> {
    let met = |row: &&usize| limits.met(requests, **row);
    let counted = || requests.succeeded.iter().flatten().filter(met).count();
    (!limits.is_empty()).then(|| (counted(), requests.finished.iter().map(Vec::len).sum()))
}

/// Goodput by run: requests within the SLO per second, from the first start to the last end. Empty without an SLO.
pub(super) fn goodput(requests: &Requests<'_>, limits: &Limits<'_>) -> Grid {
    let columns = vec![
        Column::text("run", "Run"),
        Column::figure("requests", "Requests", ""),
        Column::figure("met", "Within the SLO", ""),
        Column::figure("share", "Share", "%"),
        Column::figure("rate", "Requests per second", "req/s"),
        Column::figure("goodput", "Goodput", "req/s"),
    ];
    let row = |(run, ok): (usize, &Vec<usize>)| {
        let group = requests.groups[run];
        let finished = requests.finished[run].len() as f64;
        let met = ok.iter().filter(|row| limits.met(requests, **row)).count();
        let per_second = |count: usize| GridCell::figure(requests.duration(run).map(|seconds| count as f64 / seconds));
        vec![
            GridCell::text(group.label.as_str()),
            GridCell::figure(Some(finished)),
            GridCell::figure(Some(met as f64)),
            GridCell::figure((finished > 0.0).then(|| 100.0 * met as f64 / finished)),
            per_second(ok.len()),
            per_second(met),
        ]
    };
    let rows = match limits.is_empty() {
        true => Vec::new(),
        false => requests.succeeded.iter().enumerate().map(row).collect(),
    };
    let note = format!(
        "Counted request by request: {}. Requests that the end of the benchmark cut off do not count. Rates are over the time from the first start to the last end of successful requests.",
        limits.words()
    );
    Grid { key: "goodput".to_owned(), title: "Goodput".to_owned(), note, columns, rows, ..Grid::default() }
}

/// The distribution of every latency by run.
pub(super) fn distributions(requests: &Requests<'_>, present: &[&str]) -> Grid {
    let figure = |key: &str, label: &str| Column::figure(key, label, "ms");
    let mut columns = vec![
        Column::text("run", "Run"),
        Column::text(METRIC, "Latency"),
        Column::figure("count", "Requests", ""),
        figure("mean", "Mean"),
        figure("std", "Standard deviation"),
        figure("min", "Min"),
    ];
    columns.extend(PERCENTILES.map(|percent| figure(&format!("p{percent}"), &format!("P{percent}"))));
    columns.push(figure("max", "Max"));
    let mut rows = Vec::new();
    for (group, of) in requests.groups.iter().zip(&requests.succeeded) {
        for metric in present {
            let Some(found) = Distribution::new(of.iter().filter_map(|row| requests.figure(metric, *row))) else { continue };
            let (low, high) = found.range();
            let mut cells = vec![
                GridCell::text(group.label.as_str()),
                GridCell::text(metrics::label(metric)),
                GridCell::number(found.count().to_string(), found.count() as f64),
            ];
            cells.extend([Some(found.mean()), found.deviation(), Some(low)].map(GridCell::figure));
            cells.extend(PERCENTILES.map(|percent| GridCell::figure(Some(found.percentile(percent)))));
            cells.push(GridCell::figure(Some(high)));
            rows.push(cells);
        }
    }
    let note = "Successful requests only; percentiles interpolate linearly; sample standard deviation.".to_owned();
    Grid { key: "requests".to_owned(), title: "Request latencies".to_owned(), note, columns, rows, ..Grid::default() }
}
