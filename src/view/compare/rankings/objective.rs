//! What measurements are ranked by: a figure of the table, what its tokens cost, or what energy they take.

use std::cell::RefCell;
use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::analysis::energy;
use crate::capacity::{energy as consumption, operating_points, pricing};
use crate::catalog::{metrics, number};
use crate::comparison::kpis::{self, Kpi};
use crate::query::context::Context;
use crate::record::Stat;
use crate::state::ViewState;
use crate::state::settings::{Power, Price};
use crate::table::Table;

/// What is ranked by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum By {
    /// A figure of the table.
    Figure(Kpi),
    /// US dollars per one million output tokens.
    Cost,
    /// Watt-hours per one million output tokens.
    Energy,
}

/// One objective.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Objective {
    /// Name in links.
    pub key: &'static str,
    /// What is ranked by.
    pub by: By,
}

impl Objective {
    /// Its name.
    pub(super) fn title(&self) -> String {
        match self.by {
            By::Figure(figure) => figure.title(),
            By::Cost => "Cost per 1M output tokens".to_owned(),
            By::Energy => "Energy per 1M output tokens".to_owned(),
        }
    }

    /// Its unit.
    pub(super) fn unit(&self) -> &'static str {
        match self.by {
            By::Figure(figure) => figure.unit(),
            By::Cost => "$",
            By::Energy => "Wh",
        }
    }

    /// Whether more is better.
    pub(super) fn higher(&self) -> bool {
        matches!(self.by, By::Figure(Kpi { higher: true, .. }))
    }

    /// A value with its unit.
    pub(super) fn words(&self, value: f64) -> String {
        match self.by {
            By::Figure(figure) => number::with_unit(figure.metric, value),
            By::Cost => format!("${}", number::short(value)),
            By::Energy => format!("{} Wh", number::short(value)),
        }
    }
}

/// The objectives that the rows have figures for; cost and energy always, they say what they lack.
pub(super) fn objectives(table: &Table, rows: &[usize], state: &ViewState) -> Vec<Objective> {
    let usual = kpis::usual(table, rows, state);
    let of = |metric: &str| usual.iter().find(|one| one.metric == metric).copied();
    let per_gpu =
        Kpi::new("output_tps_per_gpu", Stat::Mean).filter(|one| rows.iter().any(|row| one.value(table, *row).is_some()));
    let figures = [
        ("throughput", of("output_tps").or_else(|| of("total_tps"))),
        ("efficiency", per_gpu),
        ("ttft", of("ttft")),
        ("itl", of("itl").or_else(|| of("tpot"))),
        ("e2el", of("e2el")),
    ];
    let figures = figures.into_iter().filter_map(|(key, figure)| Some(Objective { key, by: By::Figure(figure?) }));
    figures.chain([Objective { key: "cost", by: By::Cost }, Objective { key: "energy", by: By::Energy }]).collect()
}

/// The codes by which a power draw is looked up.
type PowerKey = [Option<u32>; 6];

/// What measurements score by any objective: prices and power as in the views of cost and energy.
pub(super) struct Valuation<'a> {
    context: &'a Context<'a>,
    telemetry: BTreeMap<String, consumption::Telemetry>,
    powers: RefCell<FxHashMap<PowerKey, Option<(Power, &'static str)>>>,
    /// Prices by the accelerator's code.
    prices: RefCell<FxHashMap<u32, Option<&'a Price>>>,
}

impl<'a> Valuation<'a> {
    pub(super) fn new(context: &'a Context<'a>) -> Valuation<'a> {
        Valuation { context, telemetry: consumption::telemetry(context), powers: RefCell::default(), prices: RefCell::default() }
    }

    /// The row's value; `None` when a figure that it needs is missing.
    pub(super) fn value(&self, objective: &Objective, row: usize) -> Option<f64> {
        let table = self.context.table;
        match objective.by {
            By::Figure(figure) => figure.value(table, row),
            By::Cost => pricing::of_row(table, row, self.price(row)?).map(|(.., usd)| usd),
            By::Energy => {
                let output = operating_points::figure(table, "output_tps", Stat::Mean, row)?;
                energy::wh_per_million(self.power(row)?.0.watts, f64::from(operating_points::gpus(table, row)?), output)
            }
        }
    }

    /// The price that holds for the row's accelerator.
    pub(super) fn price(&self, row: usize) -> Option<&'a Price> {
        let column = self.context.table.dimension("accelerator")?;
        let code = column.code(row)?;
        let price = || pricing::price(&self.context.settings.prices, column.value(code), None);
        *self.prices.borrow_mut().entry(code).or_insert_with(price)
    }

    fn power(&self, row: usize) -> Option<(Power, &'static str)> {
        let table = self.context.table;
        let of = || consumption::power(self.context, row, &self.telemetry);
        if operating_points::figure(table, "gpu_power", Stat::Mean, row).is_some() {
            return of();
        }
        let keys = ["version", "accelerator", "model", "profile", "tp", "folder"];
        let codes = keys.map(|key| table.dimension(key).and_then(|column| column.code(row)));
        self.powers.borrow_mut().entry(codes).or_insert_with(of).clone()
    }

    /// Basis of the row's cost, in words.
    pub(super) fn price_words(&self, row: usize) -> String {
        match self.price(row) {
            Some(price) => format!(
                "{} {}: ${} per hour for {}; {}",
                price.provider,
                price.instance,
                price.usd_per_hour,
                number::plural(u64::from(price.gpus), "accelerator"),
                price.source
            ),
            None => "No price for this accelerator".to_owned(),
        }
    }

    /// On what the row's energy rests, in words, and whether it is to be read with care.
    pub(super) fn power_words(&self, row: usize) -> (String, bool) {
        let Some((power, basis)) = self.power(row) else { return ("Power draw unknown".to_owned(), false) };
        let doubt = consumption::doubt(&power);
        let care = doubt.as_ref().map(|doubt| format!("; {doubt}")).unwrap_or_default();
        (format!("{} W per accelerator, {basis}; {}{care}", power.watts, power.source), doubt.is_some())
    }
}

/// What an objective means and how a value is got.
pub(super) fn method(objective: &Objective) -> String {
    match objective.by {
        By::Figure(figure) => metrics::metric(figure.metric).map(|row| row.definition.to_owned()).unwrap_or_default(),
        By::Cost => "Price per hour ÷ 3600 × 10⁶ ÷ output tok/s of an instance filled with whole replicas; uses the \
                     instance that is cheapest per GPU."
            .to_owned(),
        By::Energy => "W per accelerator × GPUs ÷ output tok/s × 10⁶ ÷ 3600; excludes hosts and cooling.".to_owned(),
    }
}
