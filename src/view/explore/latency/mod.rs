//! Latency: time to first token, per output token and end to end: against load, with the
//! spread of percentiles, and per request if requests are loaded.

mod fan;
mod load;
mod request_columns;
mod requests;
mod trace;

use crate::catalog::metrics;
use crate::query::context::{Context, Output};
use crate::record::{Kind, Stat};
use crate::state::ViewState;
use crate::table::Table;
use crate::view::contract::{About, View};
use crate::view_model::{AxisModel, Choice, Control, Entry};

/// Option: against load, or per request.
const SHOW: &str = "show";
/// The latencies, in the order of a request's life.
const LATENCIES: [&str; 4] = ["ttft", "tpot", "itl", "e2el"];

/// A latency and the statistic of it that is shown.
type LatencyStat = (&'static str, Stat);

/// Latencies.
pub(crate) static LATENCY: View = View {
    about: &About {
        id: "latency",
        label: "Latency",
        group: "See",
        purpose: "TTFT, TPOT, ITL and E2E latency: against load, by percentile and per request",
        extra_kinds: &[Kind::Request],
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let requests = context.others.get(&Kind::Request).copied().filter(|table| table.rows() > 0);
    let measured = context.table.rows() > 0;
    match (requests, asked.option(SHOW)) {
        (Some(table), Some("requests")) => requests::show(context, table, asked, measured),
        (Some(table), None) if !measured => requests::show(context, table, asked, measured),
        (Some(table), _) => load::show(context, asked, Some(table.rows())),
        (None, show) => {
            let mut output = load::show(context, asked, None);
            if show == Some("requests") {
                output.model.notes.push("The link shows single requests, and none are loaded: see the list of files.".to_owned());
            }
            output
        }
    }
}

/// The control to switch between both; `None` if only one is available.
fn show_control(shown: &str, measurements: usize, requests: usize) -> Option<Control> {
    let choices = vec![
        Choice::new("load", "against load", &Kind::Measurement.count(measurements)),
        Choice::new("requests", "requests", &Kind::Request.count(requests)),
    ];
    (measurements > 0 && requests > 0).then(|| Control {
        key: SHOW.to_owned(),
        label: "Show".to_owned(),
        help: "Latency of runs against load, or of individual requests".to_owned(),
        values: vec![shown.to_owned()],
        entry: Entry::Select(choices),
    })
}

/// Whether any row has the metric.
fn has(table: &Table, rows: &[usize], metric: &str, stat: Stat) -> bool {
    table.figures(metric, stat).is_some_and(|column| rows.iter().any(|row| column.get(*row).is_some()))
}

/// An axis of a metric of single requests.
fn metric_axis(metric: &str) -> AxisModel {
    AxisModel::own(metrics::label(metric), metrics::metric(metric).map_or("", |row| row.unit), None)
}
