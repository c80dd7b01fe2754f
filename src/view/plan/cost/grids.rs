//! The ranking, the capacity for a load, and what is not ranked.

use crate::analysis::cost::{self, Target};
use crate::capacity::operating_points::{ConfigurationNames, in_flight, load_cell};
use crate::capacity::pricing::{self, Priced, Unranked};
use crate::catalog::number;
use crate::comparison::kpis::Kpi;
use crate::query::listing::Layout;
use crate::sorting::Sorting;
use crate::table::Table;
use crate::view_model::{Column, Grid, GridCell, Tone};

fn count(value: u32) -> GridCell {
    GridCell::number(value.to_string(), f64::from(value))
}

/// The ranking: one row a configuration, cheapest output tokens first.
pub(super) fn ranking(
    table: &Table,
    ranked: &[Priced<'_>],
    naming: &ConfigurationNames<'_>,
    figures: &[Kpi],
    layout: Layout<'_>,
) -> Grid {
    let money = |key: &str, label: &str| Column::figure(key, label, "$");
    let mut columns = vec![Column::figure("rank", "Rank", "")];
    columns.extend(naming.columns());
    columns.extend([
        Column::figure("load", "Load", ""),
        money("usd_output", "Cost per 1M output"),
        money("usd_input", "Cost per 1M input"),
        money("usd_total", "Cost per 1M total"),
        Column::figure("output_tps", "Output per replica", "tok/s"),
        Column::figure("replicas", "Replicas", ""),
        Column::figure("instances", "Instances", ""),
        Column::figure("gpus_used", "GPUs used", ""),
        Column::figure("gpus_paid", "GPUs paid", ""),
        Column::figure("tokens_per_usd", "Output per $", "tokens"),
        money("usd_request", "Cost per request"),
        money("usd_user_hour", "Cost per user-hour"),
        Column::figure("minutes", "Time for 1M output", "min"),
    ]);
    columns.extend(figures.iter().map(Kpi::column));
    columns.extend([
        money("usd_hour", "Cost per hour"),
        Column::text("instance", "Instance"),
        Column::text("date", "Price date"),
    ]);
    let row = |(at, one): (usize, &Priced<'_>)| {
        let Priced { cost, price, .. } = one;
        let mut cells = vec![GridCell::number((at + 1).to_string(), (at + 1) as f64)];
        cells.extend(naming.cells(one.row));
        let users = in_flight(table, one.row).map_or("", |(_, how)| how);
        let estimated = users.starts_with("estimated");
        let packed = "Whole replicas that fit in this row's instances";
        cells.extend([
            load_cell(table, one.row, naming.measurement(one.row)),
            GridCell::figure(cost.usd_per_million_output),
            GridCell::figure(cost.usd_per_million_input),
            GridCell::figure(cost.usd_per_million_total),
            GridCell::figure(one.rates.output_tps),
            count(cost.packing.replicas).hinted(packed),
            count(cost.packing.instances),
            count(cost.packing.gpus_busy),
            count(cost.packing.gpus_paid),
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
    let note = "Each row is one measurement; throughput and latency come from the same run and load. \
                $ per 1M output = $/h ÷ 3600 × 10⁶ ÷ output tok/s of all replicas in the instances.";
    layout.list(
        Grid { key: "cost".to_owned(), title: "Ranking".to_owned(), note: note.to_owned(), columns, ..Grid::default() },
        ranked,
        |at, one, _| row((at, one)),
    )
}

/// A configuration, and what it takes of it to serve a load; `None` where that cannot be said.
pub(super) type Planned<'r, 'p> = (&'r Priced<'p>, Option<cost::Plan>);

/// What it takes to serve a load, cheapest first; what cannot be said of comes last.
pub(super) fn planned<'r, 'p>(ranked: &'r [Priced<'p>], target: Target) -> Vec<Planned<'r, 'p>> {
    let planned = ranked.iter().map(|one| (one, cost::plan(one.gpus, pricing::instance(one.price), &one.rates, target)));
    let mut planned: Vec<_> = planned.collect();
    planned.order_by(|(_, a), (_, b)| match (a, b) {
        (Some(a), Some(b)) => a.usd_per_month.total_cmp(&b.usd_per_month),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
    planned
}

/// The table of what it takes to serve a load.
pub(super) fn capacity(
    table: &Table,
    planned: &[Planned<'_, '_>],
    naming: &ConfigurationNames<'_>,
    target: Target,
    (unit, load): (&str, f64),
    headroom: f64,
    layout: Layout<'_>,
) -> Grid {
    let mut columns = naming.columns();
    columns.extend([
        Column::figure("load", "Load", ""),
        Column::figure("capacity", "Capacity per replica", unit),
        Column::figure("replicas", "Replicas", ""),
        Column::figure("instances", "Instances", ""),
        Column::figure("gpus_used", "GPUs used", ""),
        Column::figure("gpus_paid", "GPUs paid", ""),
        Column::figure("utilisation", "Utilisation", "%"),
        Column::figure("usd_hour", "Cost per hour", "$"),
        Column::figure("usd_month", "Cost per month", "$"),
    ]);
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
            GridCell::figure(plan.as_ref().map(|plan| plan.utilisation * 100.0 * (1.0 - headroom))),
            figure(|plan| plan.usd_per_hour),
            figure(|plan| plan.usd_per_month),
        ]);
        cells
    };
    let kept = match headroom {
        0.0 => "No headroom for failures or peaks.".to_owned(),
        share => format!("{}% of the capacity is kept free.", number::short(share * 100.0)),
    };
    let note = format!("Assumes each replica performs as measured at the ranked operating point; a month has 730 hours. {kept}");
    layout.list(
        Grid {
            key: "capacity".to_owned(),
            title: format!("Capacity for {} {unit}", number::short(load)),
            note,
            columns,
            ..Grid::default()
        },
        planned,
        |_, one, _| row(one),
    )
}

/// What has no place in the ranking, and why.
pub(super) fn unranked(table: &Table, unranked: &[Unranked], naming: &ConfigurationNames<'_>, layout: Layout<'_>) -> Grid {
    let mut columns: Vec<Column> = naming.columns();
    columns.extend([
        Column::figure("configurations", "Configurations", ""),
        Column::figure("load", "Load", ""),
        Column::text("why", "Reason"),
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
    layout.list(
        Grid {
            key: "unranked".to_owned(),
            title: "Not ranked".to_owned(),
            note: "Missing data or missed limits of the closest measurement.".to_owned(),
            columns: columns.clone(),
            ..Grid::default()
        },
        unranked,
        |_, one, _| row(one),
    )
}
