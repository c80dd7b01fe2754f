//! Whether the configurations of a model meet an SLO, and which is the best that does.

use super::with_unit;
use crate::capacity::operating_points;
use crate::catalog::number;
use crate::comparison::slo::Eligibility;
use crate::query::groups;
use crate::record::Stat;
use crate::state::{Axis, ViewState};
use crate::table::Table;

/// Figures that are reported of the best measurement, where it has them.
const REPORTED: [(&str, Stat); 6] = [
    ("output_tps", Stat::Mean),
    ("output_tps_per_gpu", Stat::Mean),
    ("ttft", Stat::P95),
    ("itl", Stat::P95),
    ("tpot", Stat::P95),
    ("e2el", Stat::P50),
];

/// A model under an SLO.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The model; empty where the files do not say it.
    pub model: String,
    /// How many configurations it has.
    pub configurations: usize,
    /// How many of them meet the SLO at one level of load at least.
    pub complying: usize,
    /// The best measurement that keeps it, else the one that comes closest: its configuration and load.
    pub best: String,
    /// That measurement's figures: key, name and value with unit.
    pub figures: Vec<(String, String, String)>,
    /// Limits it misses; empty where it complies.
    pub broken: Vec<String>,
}

/// The models of a table under the state's SLO, each at its measurement with the most output tokens per second.
/// Also the SLO in words.
pub fn check(table: &Table, state: &ViewState) -> (Vec<Checked>, String) {
    let eligibility = Eligibility::new(table, state);
    let all: Vec<usize> = (0..table.rows()).collect();
    let models = groups::group(table, &all, &["model"]);
    let checked = models.iter().map(|model| of_model(table, state, &eligibility, &model.rows)).collect();
    (checked, eligibility.words())
}

fn of_model(table: &Table, state: &ViewState, eligibility: &Eligibility<'_>, rows: &[usize]) -> Checked {
    let by = operating_points::dimensions_of(table, rows);
    let groups = groups::group(table, rows, &by);
    let complies = |row: &usize| eligibility.complies(*row);
    let complying = groups.iter().filter(|group| group.rows.iter().any(complies)).count();
    let rate = |row: usize| {
        let known = operating_points::figure(table, "output_tps", Stat::Mean, row)
            .or_else(|| operating_points::figure(table, "rps", Stat::Mean, row));
        known.unwrap_or_default()
    };
    let best = rows.iter().copied().filter(complies).reduce(|best, row| if rate(row) > rate(best) { row } else { best });
    let nearest = || rows.iter().copied().min_by(|a, b| eligibility.against(*a).1.total_cmp(&eligibility.against(*b).1));
    let row = best.or_else(nearest).unwrap_or_default();
    let label = groups.iter().find(|group| group.rows.contains(&row)).map(|group| group.label.as_str()).unwrap_or_default();
    let load = table.load().and_then(|load| load.get(row)).map(number::exact);
    let kind = table.load_kind(row).map(|kind| kind.key());
    let place = match (kind, load) {
        (Some(kind), Some(load)) => format!(" at {kind} {load}"),
        (Some(kind), None) => format!(" at {kind} load"),
        (None, _) => String::new(),
    };
    // What the SLO is about comes first.
    let limited = state.slo.iter().filter_map(|limit| match &limit.of {
        Axis::Figure { metric, stat } => Some((metric.as_str(), *stat)),
        _ => None,
    });
    let mut figures: Vec<(&str, Stat)> = Vec::new();
    for figure in limited.chain(REPORTED) {
        if !figures.contains(&figure) {
            figures.push(figure);
        }
    }
    let reported = figures.iter().filter_map(|(metric, stat)| {
        let value = operating_points::figure(table, metric, *stat, row)?;
        let kpi = crate::comparison::kpis::Kpi::new(metric, *stat)?;
        Some((kpi.key(), kpi.title(), with_unit(metric, value)))
    });
    Checked {
        model: operating_points::text(table, "model", row).unwrap_or_default().to_owned(),
        configurations: groups.len(),
        complying,
        best: format!("{label}{place}"),
        figures: reported.collect(),
        broken: eligibility.against(row).0,
    }
}
