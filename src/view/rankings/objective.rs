//! What measurements are ranked by: a figure of the table, what its tokens cost, or what energy they take.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use super::super::yardsticks::{self, Yardstick};
use crate::analysis::cost::{self, Instance, Rates};
use crate::analysis::energy;
use crate::catalog::accelerators::canonical;
use crate::catalog::{metrics, number};
use crate::record::Stat;
use crate::state::ViewState;
use crate::state::settings::{Basis, Power, Price, Settings};
use crate::table::Table;

/// What is ranked by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum By {
    /// A figure of the table.
    Figure(Yardstick),
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
        matches!(self.by, By::Figure(Yardstick { higher: true, .. }))
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
    let usual = yardsticks::usual(table, rows, state);
    let of = |metric: &str| usual.iter().find(|one| one.metric == metric).copied();
    let per_gpu =
        Yardstick::new("output_tps_per_gpu", Stat::Mean).filter(|one| rows.iter().any(|row| one.value(table, *row).is_some()));
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
type PowerKey = [Option<u32>; 5];

/// What measurements are worth, by any objective.
pub(super) struct Worth<'a> {
    table: &'a Table,
    settings: &'a Settings,
    powers: RefCell<FxHashMap<PowerKey, Option<Power>>>,
}

impl<'a> Worth<'a> {
    pub(super) fn new(table: &'a Table, settings: &'a Settings) -> Worth<'a> {
        Worth { table, settings, powers: RefCell::default() }
    }

    /// The row's value; `None` when a figure that it needs is missing.
    pub(super) fn value(&self, objective: &Objective, row: usize) -> Option<f64> {
        match objective.by {
            By::Figure(figure) => figure.value(self.table, row),
            By::Cost => self.price(row).map(|(_, usd)| usd),
            By::Energy => energy::wh_per_million(self.power(row)?.watts, self.gpus(row)?, self.output(row)?),
        }
    }

    fn gpus(&self, row: usize) -> Option<f64> {
        self.table.dimension("gpus")?.number(row).filter(|gpus| *gpus > 0.0)
    }

    fn output(&self, row: usize) -> Option<f64> {
        self.table.figures("output_tps", Stat::Mean)?.get(row)
    }

    fn text(&self, key: &str, row: usize) -> &'a str {
        self.table.dimension(key).and_then(|column| column.text(row)).unwrap_or_default()
    }

    /// The instance on which the row's tokens cost least, and US dollars per one million output tokens on it.
    pub(super) fn price(&self, row: usize) -> Option<(&'a Price, f64)> {
        let accelerator = canonical(self.text("accelerator", row));
        let gpus = self.gpus(row).filter(|gpus| gpus.fract() == 0.0 && *gpus <= f64::from(u32::MAX))? as u32;
        let rates = Rates { output_tps: self.output(row), ..Rates::default() };
        let priced = self.settings.prices.iter().filter(|price| canonical(&price.accelerator).eq_ignore_ascii_case(accelerator));
        let of = |price: &'a Price| {
            let instance = Instance { gpus: price.gpus, usd_per_hour: price.usd_per_hour };
            Some((price, cost::cost(gpus, instance, &rates)?.usd_per_million_output?))
        };
        priced.filter_map(of).min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// The power of one accelerator of the row.
    pub(super) fn power(&self, row: usize) -> Option<Power> {
        let keys = ["version", "accelerator", "model", "profile", "tp"];
        let codes = keys.map(|key| self.table.dimension(key).and_then(|column| column.code(row)));
        let of = || {
            let [version, accelerator, model, profile, tp] = keys.map(|key| self.text(key, row));
            self.settings.power(version, accelerator, model, profile, tp.parse().ok())
        };
        self.powers.borrow_mut().entry(codes).or_insert_with(of).clone()
    }

    /// On what the row's cost rests, in words.
    pub(super) fn price_words(&self, row: usize) -> String {
        match self.price(row) {
            Some((price, _)) => format!(
                "{} {}: ${} per hour for {}; {}",
                price.provider,
                price.instance,
                price.usd_per_hour,
                number::plural(u64::from(price.gpus), "accelerator"),
                price.source
            ),
            None => "No price, GPU count or output throughput".to_owned(),
        }
    }

    /// On what the row's energy rests, in words, and whether it is to be read with care.
    pub(super) fn power_words(&self, row: usize) -> (String, bool) {
        let Some(power) = self.power(row) else { return ("No power draw is known".to_owned(), false) };
        let basis = match power.basis {
            Basis::Measured => "measured",
            Basis::Assumed => "assumed",
        };
        let doubt = power.doubt.as_ref().map(|doubt| format!("; {doubt}")).unwrap_or_default();
        let words = format!("{} W per accelerator, {basis}; {}{doubt}", power.watts, power.source);
        (words, power.basis == Basis::Assumed || power.doubt.is_some())
    }
}

/// What an objective means and how a value is got.
pub(super) fn method(objective: &Objective) -> String {
    match objective.by {
        By::Figure(figure) => metrics::metric(figure.metric).map(|row| row.definition.to_owned()).unwrap_or_default(),
        By::Cost => "Price per hour ÷ 3600 × 10⁶ ÷ output tok/s, an instance being filled with whole replicas; on the \
                     instance where it is least."
            .to_owned(),
        By::Energy => "W per accelerator × GPUs ÷ output tok/s × 10⁶ ÷ 3600; hosts and cooling are not in it.".to_owned(),
    }
}
