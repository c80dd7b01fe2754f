//! Which configurations have a price, in order of it, and why the others have none.

use std::collections::BTreeMap;

use super::operating_points::{self, Operating, figure, in_flight, text};
use crate::analysis::cost::{self, Cost, Instance, Rates};
use crate::catalog::accelerators::canonical;
use crate::comparison::slo::Eligibility;
use crate::query::context::Context;
use crate::record::Stat;
use crate::sorting::Sorting;
use crate::state::settings::Price;
use crate::table::Table;

/// A configuration with its price.
pub(crate) struct Priced<'a> {
    /// The configuration.
    pub of: &'a Operating,
    /// The measurement that every figure is of.
    pub row: usize,
    /// GPUs of a replica: of the deployment that was measured.
    pub gpus: u32,
    /// The price that holds.
    pub price: &'a Price,
    /// What the replica was measured to do.
    pub rates: Rates,
    /// What it costs.
    pub cost: Cost,
    /// Dollars per million output tokens, by which it is ranked.
    pub usd: f64,
}

/// Configurations that are not ranked.
pub(crate) struct Unranked {
    /// The row that comes nearest to being ranked.
    pub row: usize,
    /// Why it is not ranked.
    pub why: String,
    /// How many configurations; where it is more than one, they share the accelerator and the reason.
    pub count: usize,
}

/// The cheapest price per GPU-hour of an accelerator, of equals the first.
pub(crate) fn price<'a>(prices: &'a [Price], accelerator: &str, provider: Option<&str>) -> Option<&'a Price> {
    let holds = |price: &&Price| {
        canonical(&price.accelerator).eq_ignore_ascii_case(canonical(accelerator))
            && price.gpus > 0
            && price.usd_per_hour > 0.0
            && provider.is_none_or(|provider| price.provider == provider)
    };
    prices.iter().filter(holds).min_by(|a, b| a.usd_per_gpu_hour().total_cmp(&b.usd_per_gpu_hour()))
}

/// The instance that a price is of.
pub(crate) fn instance(price: &Price) -> Instance {
    Instance { gpus: price.gpus, usd_per_hour: price.usd_per_hour }
}

/// What a row was measured to do.
pub(crate) fn rates(table: &Table, row: usize) -> Rates {
    let rate = |metric: &str| figure(table, metric, Stat::Mean, row);
    Rates {
        output_tps: rate("output_tps"),
        input_tps: rate("input_tps"),
        total_tps: rate("total_tps"),
        rps: rate("rps"),
        concurrency: in_flight(table, row).map(|(users, _)| users),
    }
}

/// The price of a row's work; `None` where its GPUs are unknown or it has no output.
pub(crate) fn of_row(table: &Table, row: usize, price: &Price) -> Option<(u32, Rates, Cost, f64)> {
    let gpus = operating_points::gpus(table, row)?;
    let rates = rates(table, row);
    let cost = cost::cost(gpus, instance(price), &rates)?;
    Some((gpus, rates, cost, cost.usd_per_million_output?))
}

/// Prices every configuration.
pub(crate) fn rank<'a>(
    context: &Context<'a>,
    configurations: &'a [Operating],
    eligibility: &Eligibility<'_>,
    provider: Option<&str>,
) -> (Vec<Priced<'a>>, Vec<Unranked>) {
    let table = context.table;
    let mut ranked = Vec::new();
    let mut unranked = Vec::new();
    let mut priceless: BTreeMap<&str, Unranked> = BTreeMap::new();
    for of in configurations {
        let Some(first) = of.rows.first().copied() else { continue };
        let Some(accelerator) = text(table, "accelerator", first) else {
            unranked.push(Unranked { row: first, why: "accelerator not stated".to_owned(), count: 1 });
            continue;
        };
        let Some(price) = price(&context.settings.prices, accelerator, provider) else {
            let of_whom = provider.map_or_else(String::new, |provider| format!(" from {provider}"));
            let why = format!("no price{of_whom} for {accelerator}: enter one in the “Prices” table");
            priceless.entry(accelerator).or_insert(Unranked { row: first, why, count: 0 }).count += 1;
            continue;
        };
        let Some(row) = of.best else {
            let (row, why) = nearest(table, of, eligibility);
            unranked.push(Unranked { row, why, count: 1 });
            continue;
        };
        match of_row(table, row, price) {
            Some((gpus, rates, cost, usd)) => ranked.push(Priced { of, row, gpus, price, rates, cost, usd }),
            None => {
                let why = "GPU count unknown, so cost cannot be calculated".to_owned();
                unranked.push(Unranked { row, why, count: 1 });
            }
        }
    }
    ranked.order_by(|a, b| a.usd.total_cmp(&b.usd));
    unranked.extend(priceless.into_values());
    (ranked, unranked)
}

/// The row that breaks the fewest limits, and these the least; and what it breaks.
fn nearest(table: &Table, of: &Operating, eligibility: &Eligibility<'_>) -> (usize, String) {
    let output = |row: usize| figure(table, "output_tps", Stat::Mean, row).is_some_and(|rate| rate > 0.0);
    let judged = of.rows.iter().filter(|row| output(**row)).map(|row| (*row, eligibility.against(*row)));
    let least = judged.min_by(|(_, a), (_, b)| a.0.len().cmp(&b.0.len()).then(a.1.total_cmp(&b.1)));
    match least {
        Some((row, (broken, _))) => (row, format!("no load meets the limits; closest: {}", broken.join("; "))),
        None => (of.rows.first().copied().unwrap_or_default(), "no output throughput".to_owned()),
    }
}
