//! The figures by which configurations are judged, and the statistic of each that the data have.

use crate::catalog::{Better, Shape, defaults, metrics};
use crate::record::{Kind, Stat};
use crate::state::link::axis_text;
use crate::state::{Axis, ViewState};
use crate::table::Table;
use crate::view_model::{Choice, Column, Control, Entry};

/// A statistic of a metric that has a better direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kpi {
    /// Catalogue key.
    pub metric: &'static str,
    /// The statistic.
    pub stat: Stat,
    /// Whether more is better.
    pub higher: bool,
}

impl Kpi {
    /// Its good direction.
    pub(crate) fn better(&self) -> Better {
        if self.higher { Better::Higher } else { Better::Lower }
    }

    /// A figure with a direction; `None` for one that is neither better nor worse.
    pub(crate) fn new(metric: &str, stat: Stat) -> Option<Kpi> {
        let row = metrics::metric(metric)?;
        let higher = match row.better {
            Better::Higher => true,
            Better::Lower => false,
            Better::Neutral => return None,
        };
        Some(Kpi { metric: row.key, stat, higher })
    }

    /// The row's figure.
    pub(crate) fn value(&self, table: &Table, row: usize) -> Option<f64> {
        table.figures(self.metric, self.stat)?.get(row)
    }

    /// As an axis.
    pub(crate) fn axis(&self) -> Axis {
        Axis::Figure { metric: self.metric.to_owned(), stat: self.stat }
    }

    /// As the link writes it.
    pub(crate) fn key(&self) -> String {
        axis_text(&self.axis())
    }

    /// Its name: `P95 TTFT`.
    pub(crate) fn title(&self) -> String {
        metrics::title(self.metric, self.stat, Kind::Measurement)
    }

    /// Its unit.
    pub(crate) fn unit(&self) -> &'static str {
        metrics::metric(self.metric).map_or("", |metric| metric.unit)
    }

    /// A column of its values.
    pub(crate) fn column(&self) -> Column {
        Column { key: self.key(), label: self.title(), unit: self.unit().to_owned(), numeric: true, in_seconds: false }
    }
}

/// The usual KPIs that the rows have figures for. A latency is taken with the statistic that the state asks for,
/// where the data have it; a figure that no row has is left out, and ITL stands for TPOT where there are both.
pub(crate) fn usual(table: &Table, rows: &[usize], state: &ViewState) -> Vec<Kpi> {
    let present = |metric: &str, stat: Stat| {
        table.figures(metric, stat).is_some_and(|column| rows.iter().any(|row| column.get(*row).is_some()))
    };
    let mut found: Vec<Kpi> = Vec::new();
    for (metric, stats) in defaults::KPIS {
        let asked = state.stat.filter(|_| metrics::metric(metric).is_some_and(|row| row.shape == Shape::Distribution));
        let stat = asked.into_iter().chain(stats.iter().copied()).find(|stat| present(metric, *stat));
        let doubled = *metric == "tpot" && found.iter().any(|other| other.metric == "itl");
        found.extend(stat.filter(|_| !doubled).and_then(|stat| Kpi::new(metric, stat)));
    }
    found
}

/// Every figure of the table that has a direction.
pub(crate) fn all(table: &Table) -> Vec<Kpi> {
    table.figure_keys().into_iter().filter_map(|(metric, stat)| Kpi::new(metric, stat)).collect()
}

/// A control that chooses one KPI; what is chosen, or else the first of the usual ones.
pub(crate) fn choose(table: &Table, rows: &[usize], state: &ViewState, key: &str, label: &str) -> (Option<Kpi>, Control) {
    let all = all(table);
    let asked = state.option(key).and_then(|asked| all.iter().find(|one| one.key() == asked)).copied();
    let chosen = asked.or_else(|| usual(table, rows, state).first().copied()).or_else(|| all.first().copied());
    let choice = |one: &Kpi| Choice::new(&one.key(), &one.title(), one.unit());
    let control = Control {
        key: key.to_owned(),
        label: label.to_owned(),
        help: "Metric and statistic".to_owned(),
        values: chosen.iter().map(Kpi::key).collect(),
        entry: Entry::Select(all.iter().map(choice).collect()),
    };
    (chosen, control)
}
