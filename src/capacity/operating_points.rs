//! Where configurations are run: the best measurement of each that complies, how it is named, and where it is seen.
//! It does not know what running it costs.

use crate::catalog::{dimensions, number};
use crate::comparison::kpis;
use crate::comparison::slo::Eligibility;
use crate::query::deep_links::DeepLinks;
use crate::query::groups::{self, Group};
use crate::query::{axes, facets, parallelism, values};
use crate::record::{LoadKind, Stat};
use crate::state::link::encode;
use crate::state::{Axis, Filters, Limit, Selection, ViewState};
use crate::table::Table;
use crate::view_model::{Cell, Column, GridCell};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// A configuration and those of its measurements that comply and have an output throughput.
pub(crate) struct Operating {
    /// The configuration, with the rows that comply.
    pub group: Group,
    /// All of its rows.
    pub rows: Vec<usize>,
    /// The row of `group` with the most output tokens per second, of equals the first; `None` when none complies.
    pub best: Option<usize>,
}

/// The state with the workload decided: unless a filter was chosen, the one that has the most measurements. A token of one
/// workload is not a token of another.
pub(crate) fn of_one_workload(table: &Table, asked: &ViewState) -> ViewState {
    let mut state = asked.clone();
    if state.filters == Filters::Automatic {
        let facets = facets::apply(table, &Selection::new()).facets;
        let workloads = facets.iter().find(|facet| facet.key() == "profile").filter(|facet| facet.distinct() > 1);
        let most = workloads.and_then(|facet| facet.values().min_by_key(|(_, count)| Reverse(*count)));
        if let Some((workload, _)) = most {
            state.choose("profile", BTreeSet::from([workload.to_owned()]));
        }
    }
    state
}

/// Note shown when the rows mix several workloads.
pub(crate) fn several_workloads(table: &Table, rows: &[usize]) -> Option<String> {
    let column = table.dimension("profile")?;
    let workloads: BTreeSet<Option<u32>> = rows.iter().map(|row| column.code(*row)).collect();
    (workloads.len() > 1).then(|| {
        format!("This ranking mixes {} workloads, whose tokens do not cost the same. Filter by workload.", workloads.len())
    })
}

/// The dimensions that make a configuration here: the usual ones, and the GPUs where one configuration has several counts.
pub(crate) fn dimensions_of<'a>(table: &'a Table, rows: &[usize]) -> Vec<&'a str> {
    let mut by = groups::configuration(table);
    if let Some(gpus) = table.dimension("gpus") {
        let differ = |group: &Group| group.rows.iter().any(|row| gpus.code(*row) != gpus.code(group.rows[0]));
        if groups::group(table, rows, &by).iter().any(differ) {
            by.push("gpus");
        }
    }
    by
}

/// The rows with an output throughput: no others have a cost or an energy per token, whatever else is given for them.
pub(crate) fn producing(table: &Table, rows: &[usize]) -> Vec<usize> {
    let rates = table.figures("output_tps", Stat::Mean);
    rows.iter().copied().filter(|row| rates.and_then(|rates| rates.get(*row)).is_some_and(|rate| rate > 0.0)).collect()
}

/// The configurations of these rows, each at its best compliant measurement.
pub(crate) fn configurations(table: &Table, rows: &[usize], by: &[&str], eligibility: &Eligibility<'_>) -> Vec<Operating> {
    let rates = table.figures("output_tps", Stat::Mean);
    let output = |row: usize| rates?.get(row).filter(|rate| *rate > 0.0);
    let one = |group: Group| {
        let rows = group.rows.clone();
        let keeps = |row: &usize| output(*row).is_some() && eligibility.complies(*row);
        let compliant: Vec<usize> = rows.iter().copied().filter(keeps).collect();
        let rated = compliant.iter().filter_map(|row| Some((*row, output(*row)?)));
        let best = rated.reduce(|best, other| if other.1 > best.1 { other } else { best }).map(|(row, _)| row);
        Operating { group: Group { rows: compliant, ..group }, rows, best }
    };
    groups::group(table, rows, by).into_iter().map(one).collect()
}

/// The GPUs of the deployment that a row measures: stated, or derived from its layout; `None` when that is not known.
pub(crate) fn gpus(table: &Table, row: usize) -> Option<u32> {
    let gpus = table.dimension("gpus")?.number(row)?;
    (gpus >= 1.0 && gpus <= f64::from(u32::MAX) && gpus.fract() == 0.0).then_some(gpus as u32)
}

/// A row's figure.
pub(crate) fn figure(table: &Table, metric: &str, stat: Stat, row: usize) -> Option<f64> {
    table.figures(metric, stat)?.get(row)
}

/// Requests in flight: as measured, else as asked for, else by Little's law.
pub(crate) fn in_flight(table: &Table, row: usize) -> Option<(f64, &'static str)> {
    let measured = figure(table, "concurrency_achieved", Stat::Mean, row).filter(|users| *users > 0.0);
    let asked = || values::value(table, &Axis::Load(LoadKind::Concurrency), row);
    let estimated = || figure(table, "concurrency_estimated", Stat::Mean, row);
    let found = measured.map(|users| (users, "as measured"));
    found.or_else(|| Some((asked()?, "as configured"))).or_else(|| Some((estimated()?, "estimated by Little's law")))
}

/// A row's text in a dimension.
pub(crate) fn text<'a>(table: &'a Table, key: &str, row: usize) -> Option<&'a str> {
    table.dimension(key)?.text(row)
}

/// Dimensions that have columns of their own.
const NAMED: [(&str, &str); 4] =
    [("model", "Model"), ("accelerator", "Accelerator"), ("version", "Version"), ("profile", "Workload")];

/// Dimensions that say how a deployment is laid out on its GPUs.
fn layout() -> impl Iterator<Item = &'static str> {
    parallelism::KEYS.into_iter().chain(["gpus", "nodes"])
}

/// How configurations are named in grids and found by links.
pub(crate) struct ConfigurationNames<'a> {
    table: &'a Table,
    leads: DeepLinks<'a>,
    /// Those among the rows at hand that have no column of their own.
    others: Vec<&'a str>,
    gpus_tell: bool,
}

impl<'a> ConfigurationNames<'a> {
    pub(crate) fn new(table: &'a Table, state: &'a ViewState, rows: &[usize], by: &[&'a str]) -> ConfigurationNames<'a> {
        let differs = |key: &str, rows: &[usize]| {
            let Some(column) = table.dimension(key) else { return false };
            let first = rows.first().and_then(|row| column.code(*row));
            rows.iter().any(|row| column.code(*row) != first)
        };
        let own = |key: &str| NAMED.iter().any(|(named, _)| *named == key) || layout().any(|laid| laid == key);
        let mut others = Vec::new();
        for key in by.iter().filter(|key| !own(key) && differs(key, rows)) {
            // Lengths are said by the workload.
            if !matches!(*key, "isl" | "osl") {
                others.push(*key);
            }
        }
        ConfigurationNames { table, leads: DeepLinks::new(table, state, by), others, gpus_tell: by.contains(&"gpus") }
    }

    /// The columns that name a configuration.
    pub(crate) fn columns(&self) -> Vec<Column> {
        let named = NAMED.into_iter().chain([("layout", "Layout")]);
        let other = (!self.others.is_empty()).then_some(("other", "Other settings"));
        named.chain(other).map(|(key, label)| Column::text(key, label)).collect()
    }

    /// The cells under [`ConfigurationNames::columns`]; the model leads to the configuration's curve.
    pub(crate) fn cells(&self, row: usize) -> Vec<GridCell> {
        let mut cells: Vec<GridCell> =
            NAMED.iter().map(|(key, _)| GridCell::text(text(self.table, key, row).unwrap_or_default())).collect();
        if let Some(first) = cells.first_mut() {
            *first = std::mem::take(first).linked(self.curve(row)).hinted("Show this configuration over load");
        }
        let basis = text(self.table, "gpus_basis", row).unwrap_or("unknown");
        cells.push(GridCell::text(self.layout(row)).hinted(format!("GPU count: {basis}")));
        if !self.others.is_empty() {
            cells.push(GridCell::text(self.words(&self.others, row)));
        }
        cells
    }

    /// The layout in words: `TP4 · DP2`, or the GPUs where nothing more is stated.
    pub(crate) fn layout(&self, row: usize) -> String {
        let stated: Vec<&str> = layout().filter(|key| *key != "gpus" || self.gpus_tell).collect();
        let words = self.words(&stated, row);
        if words.is_empty() { self.words(&["gpus"], row) } else { words }
    }

    fn words(&self, keys: &[&str], row: usize) -> String {
        let part = |key: &&str| Some(dimensions::display(key, text(self.table, key, row)?));
        keys.iter().filter_map(part).collect::<Vec<_>>().join(" · ")
    }

    /// A configuration in one line.
    pub(crate) fn line(&self, row: usize) -> String {
        let model = text(self.table, "model", row).map(|model| model.rsplit_once('/').map_or(model, |(_, last)| last));
        let parts = [model, text(self.table, "accelerator", row), text(self.table, "version", row)];
        let layout = Some(self.layout(row)).filter(|layout| !layout.is_empty());
        parts.into_iter().flatten().map(str::to_owned).chain(layout).collect::<Vec<_>>().join(" · ")
    }

    /// A link to the configuration's curve.
    pub(crate) fn curve(&self, row: usize) -> String {
        self.leads.to("explore", row)
    }

    /// A link to the one measurement.
    pub(crate) fn measurement(&self, row: usize) -> String {
        let mut target = self.leads.target("data", row);
        for key in ["load_kind", "load", "run_id", "path"] {
            if let Some(value) = text(self.table, key, row) {
                target.choose(key, BTreeSet::from([value.to_owned()]));
            }
        }
        encode(&target)
    }
}

/// The load of a row, as asked for; a link leads to the measurement.
pub(crate) fn load_cell(table: &Table, row: usize, link: String) -> GridCell {
    let kind = table.load_kind(row);
    let name = kind.map_or_else(|| "an unstated load".to_owned(), |kind| axes::name(&Axis::Load(kind)).to_lowercase());
    let hint = format!("Measured at {name}; opens the measurement");
    match (table.load().and_then(|load| load.get(row)), kind) {
        (Some(load), Some(LoadKind::Rate)) => GridCell::number(format!("{} req/s", number::column(load)), load),
        (Some(load), _) => GridCell::number(number::column(load), load),
        (None, Some(LoadKind::Max)) => {
            GridCell { cell: Cell { text: "max".to_owned(), exact: String::new() }, ..GridCell::default() }
        }
        (None, _) => GridCell { cell: Cell { text: "not stated".to_owned(), exact: String::new() }, ..GridCell::default() },
    }
    .hinted(hint)
    .linked(link)
}

/// The limits that the reference dashboard begins with, on the statistic that the state asks for or the data have:
/// TTFT up to 4 s, time between tokens up to 65 ms, up to 300 requests in flight (`../shared/formats/rhaiis.md` §2.12).
pub(crate) fn usual_limits(table: &Table, rows: &[usize], state: &ViewState) -> Vec<Limit> {
    let bound = |metric: &str| match metric {
        "ttft" => Some(4000.0),
        "itl" | "tpot" => Some(65.0),
        _ => None,
    };
    let figures = kpis::usual(table, rows, state);
    let figures = figures.iter().filter_map(|one| Some(Limit { of: one.axis(), bound: bound(one.metric)? }));
    let concurrency = Axis::Load(LoadKind::Concurrency);
    let loaded = rows.iter().any(|row| values::value(table, &concurrency, *row).is_some());
    let load = loaded.then_some(Limit { of: concurrency, bound: 300.0 });
    figures.chain(load).collect()
}
