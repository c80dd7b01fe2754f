//! The ranking, the capacity for a load, and what is not ranked.

use super::super::model::Column;
use super::super::operating::{Naming, column, in_flight, load_cell};
use super::super::parts::{Grid, GridCell, Tone};
use super::super::yardsticks::Yardstick;
use super::rank::{self, Priced, Unranked};
use crate::analysis::cost::{self, Target};
use crate::catalog::number;
use crate::table::Table;

/// Rows of a grid: what a page shows at once. The cheapest come first.
const MOST: usize = 400;

fn cut(note: &str, rows: usize) -> String {
    if rows > MOST { format!("{note} The first {MOST} of {rows}.") } else { note.to_owned() }
}

fn count(value: u32) -> GridCell {
    GridCell::number(value.to_string(), f64::from(value))
}

/// The ranking: one row a configuration, cheapest output tokens first.
pub(super) fn ranking(table: &Table, ranked: &[Priced<'_>], naming: &Naming<'_>, figures: &[Yardstick]) -> Grid {
    let money = |key: &str, label: &str| column(key, label, "$", true);
    let mut columns = vec![column("rank", "Rank", "", true)];
    columns.extend(naming.columns());
    columns.extend([
        column("load", "Load", "", true),
        column("output_tps", "Output per replica", "tok/s", true),
        column("replicas", "Replicas", "", true),
        column("instances", "Instances", "", true),
        column("gpus_used", "GPUs used", "", true),
        column("gpus_paid", "GPUs paid", "", true),
        money("usd_output", "Cost per 1M output"),
        money("usd_input", "Cost per 1M input"),
        money("usd_total", "Cost per 1M total"),
        column("tokens_per_usd", "Output per $", "tokens", true),
        money("usd_request", "Cost per request"),
        money("usd_user_hour", "Cost per user-hour"),
        column("minutes", "1M output in", "min", true),
    ]);
    columns.extend(figures.iter().map(Yardstick::column));
    columns.extend([
        money("usd_hour", "Cost per hour"),
        column("instance", "Instance", "", false),
        column("date", "Price of", "", false),
    ]);
    let row = |(at, one): (usize, &Priced<'_>)| {
        let Priced { cost, price, .. } = one;
        let mut cells = vec![GridCell::number((at + 1).to_string(), (at + 1) as f64)];
        cells.extend(naming.cells(one.row));
        let users = in_flight(table, one.row).map_or("", |(_, how)| how);
        let estimated = users.starts_with("estimated");
        let packed = "Whole replicas that fit into the instances of this row";
        cells.extend([
            load_cell(table, one.row, naming.measurement(one.row)),
            GridCell::figure(one.rates.output_tps),
            count(cost.packing.replicas).hinted(packed),
            count(cost.packing.instances),
            count(cost.packing.gpus_busy),
            count(cost.packing.gpus_paid),
            GridCell::figure(cost.usd_per_million_output),
            GridCell::figure(cost.usd_per_million_input),
            GridCell::figure(cost.usd_per_million_total),
            GridCell::figure(cost.output_tokens_per_usd),
            GridCell::figure(cost.usd_per_request),
            GridCell::figure(cost.usd_per_user_hour)
                .toned(if estimated { Tone::Doubt } else { Tone::Plain })
                .hinted(format!("Requests in flight {users}")),
            GridCell::figure(cost.seconds_per_million_output.map(|seconds| seconds / 60.0)),
        ]);
        cells.extend(figures.iter().map(|figure| GridCell::figure(figure.value(table, one.row))));
        cells.extend([
            GridCell::figure(Some(cost.usd_per_hour)),
            GridCell::text(format!("{} {}", price.provider, price.instance).trim()).hinted(price.source.clone()),
            GridCell::text(price.date.clone()),
        ]);
        cells
    };
    let note = "Each row is one measurement: its throughput and latencies are of the same run at the same load. \
                $ per 1M output = $/h ÷ 3600 × 10⁶ ÷ output tok/s of all replicas in the instances.";
    Grid {
        key: "cost".to_owned(),
        title: "Ranking".to_owned(),
        note: cut(note, ranked.len()),
        columns,
        rows: ranked.iter().take(MOST).enumerate().map(row).collect(),
    }
}

/// What it takes to serve a load, cheapest first; what cannot be said of comes last.
pub(super) fn capacity(
    table: &Table,
    ranked: &[Priced<'_>],
    naming: &Naming<'_>,
    target: Target,
    (unit, load): (&str, f64),
) -> Grid {
    let mut columns = naming.columns();
    columns.extend([
        column("load", "Load", "", true),
        column("capacity", "One replica does", unit, true),
        column("replicas", "Replicas", "", true),
        column("instances", "Instances", "", true),
        column("gpus_used", "GPUs used", "", true),
        column("gpus_paid", "GPUs paid", "", true),
        column("utilisation", "Replicas' load", "%", true),
        column("usd_hour", "Cost per hour", "$", true),
        column("usd_month", "Cost per month", "$", true),
    ]);
    let planned = ranked.iter().map(|one| (one, cost::plan(one.gpus, rank::instance(one.price), &one.rates, target)));
    let mut planned: Vec<_> = planned.collect();
    planned.sort_by(|(_, a), (_, b)| match (a, b) {
        (Some(a), Some(b)) => a.usd_per_month.total_cmp(&b.usd_per_month),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
    let row = |(one, plan): &(&Priced<'_>, Option<cost::Plan>)| {
        let (capacity, hint) = match target {
            Target::Concurrency(_) => (one.rates.concurrency, in_flight(table, one.row).map_or("", |(_, how)| how)),
            Target::Requests(_) => (one.rates.rps, "as measured"),
            Target::OutputTokens(_) => (one.rates.output_tps, "as measured"),
        };
        let whole = |of: fn(&cost::Plan) -> u32| plan.as_ref().map_or_else(GridCell::default, |plan| count(of(plan)));
        let figure = |of: fn(&cost::Plan) -> f64| GridCell::figure(plan.as_ref().map(of));
        let tone = if hint.starts_with("estimated") { Tone::Doubt } else { Tone::Plain };
        let mut cells = naming.cells(one.row);
        cells.extend([
            load_cell(table, one.row, naming.measurement(one.row)),
            GridCell::figure(capacity).toned(tone).hinted(hint),
            whole(|plan| plan.replicas),
            whole(|plan| plan.instances),
            whole(|plan| plan.gpus_busy),
            whole(|plan| plan.gpus_paid),
            figure(|plan| plan.utilisation * 100.0),
            figure(|plan| plan.usd_per_hour),
            figure(|plan| plan.usd_per_month),
        ]);
        cells
    };
    let note = "Replicas that each do what one was measured to do at the operating point of the ranking; a month has 730 hours. \
                No room for failures or peaks is added.";
    Grid {
        key: "capacity".to_owned(),
        title: format!("Capacity for {} {unit}", number::short(load)),
        note: cut(note, planned.len()),
        columns,
        rows: planned.iter().take(MOST).map(row).collect(),
    }
}

/// What has no place in the ranking, and why.
pub(super) fn unranked(table: &Table, unranked: &[Unranked], naming: &Naming<'_>) -> Grid {
    let mut columns: Vec<Column> = naming.columns();
    columns.extend([
        column("configurations", "Configurations", "", true),
        column("load", "Load", "", true),
        column("why", "Why", "", false),
    ]);
    let row = |one: &Unranked| {
        let mut cells = naming.cells(one.row);
        let single = one.count == 1;
        if !single {
            // Several configurations of one accelerator: nothing else is said of them.
            let accelerator = columns.iter().position(|column| column.key == "accelerator");
            for (at, cell) in cells.iter_mut().enumerate() {
                if Some(at) != accelerator {
                    *cell = GridCell::default();
                }
            }
        }
        let load = if single { load_cell(table, one.row, naming.measurement(one.row)) } else { GridCell::default() };
        cells.extend([
            GridCell::number(one.count.to_string(), one.count as f64),
            load,
            GridCell::text(one.why.clone()).toned(Tone::Doubt),
        ]);
        cells
    };
    Grid {
        key: "unranked".to_owned(),
        title: "Not ranked".to_owned(),
        note: cut("What is missing or beyond a limit, of the measurement that comes nearest.", unranked.len()),
        rows: unranked.iter().take(MOST).map(row).collect(),
        columns,
    }
}
