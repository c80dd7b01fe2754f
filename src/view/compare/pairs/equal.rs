//! Sides read off between their measured levels: at one load, or at equal service.

use super::EQUAL;
use crate::analysis::frontier::frontier;
use crate::analysis::interpolate::{self, Curve};
use crate::analysis::{curve, pair};
use crate::catalog::number;
use crate::comparison::kpis::{self, Kpi};
use crate::comparison::pairing::{self, Configuration};
use crate::record::Stat;
use crate::sorting::Sorting;
use crate::state::ViewState;
use crate::table::Table;
use crate::view_model::{Choice, Control, Entry};

/// No comparison at equal service.
const NONE: &str = "none";
/// Figures of service, at equal values of which throughput is compared.
const SERVICE: &[&str] = &["interactivity", "ttft", "itl", "tpot", "e2el"];

/// The figure that is held equal, and its control.
pub(super) fn control(table: &Table, state: &ViewState) -> (Option<Kpi>, Control) {
    let all: Vec<Kpi> = kpis::all(table).into_iter().filter(|one| SERVICE.contains(&one.metric)).collect();
    let chosen = state.option(EQUAL).and_then(|asked| all.iter().find(|one| one.key() == asked)).copied();
    let none = Choice::new(NONE, "Load", "");
    let choices = all.iter().map(|one| Choice::new(&one.key(), &one.title(), one.unit()));
    let control = Control {
        key: EQUAL.to_owned(),
        label: "Match points by".to_owned(),
        help: "Compares output throughput at equal load, or at equal latency or interactivity (monotone cubic interpolation \
               along the Pareto frontier)"
            .to_owned(),
        values: vec![chosen.map_or_else(|| NONE.to_owned(), |one| one.key())],
        entry: Entry::Select(std::iter::once(none).chain(choices).collect()),
    };
    (chosen, control)
}

/// What is compared at equal service.
pub(super) fn throughput() -> Option<Kpi> {
    Kpi::new("output_tps", Stat::Mean)
}

/// A comparison between levels: change in percent, and how it came about.
pub(super) struct Interpolated {
    pub change: Option<f64>,
    pub hint: String,
}

/// The metric at one load on both sides.
pub(super) fn at_load(table: &Table, one: &Configuration, side: usize, metric: &Kpi, load: f64) -> Interpolated {
    let curve = |side: usize| Curve::new(&points(table, one, side, pairing::load_of(table), metric));
    let (base, other) = (curve(0), curve(side));
    let value = |curve: &Option<Curve>| curve.as_ref().and_then(|curve| curve.at(load));
    match (value(&base), value(&other)) {
        (Some(base), Some(other)) => {
            let figure = |value: f64| number::with_unit(metric.metric, value);
            let hint =
                format!("{}: {} vs {} (baseline), interpolated between loads", metric.title(), figure(other), figure(base));
            Interpolated { change: pair::percent(other, base), hint }
        }
        _ => Interpolated { change: None, hint: format!("load {} is outside the measured range", number::exact(load)) },
    }
}

/// Output throughput at equal service: over the values of `service` that were measured on either side and lie within both.
pub(super) fn at_equal(table: &Table, one: &Configuration, side: usize, service: &Kpi) -> Interpolated {
    let none = |hint: &str| Interpolated { change: None, hint: hint.to_owned() };
    let Some(throughput) = throughput() else { return none("") };
    let front = |side: usize| -> Vec<(f64, f64)> {
        let points = points(table, one, side, |row| service.value(table, row), &throughput);
        let kept = frontier(&points, (service.better(), throughput.better()));
        kept.into_iter().filter_map(|at| points.get(at).copied()).collect()
    };
    let (base, other) = (front(0), front(side));
    let (Some(base_curve), Some(other_curve)) = (Curve::new(&base), Curve::new(&other)) else {
        return none("not measured on both sides");
    };
    let Some((low, high)) = interpolate::overlap(&other_curve, &base_curve) else {
        return none("the measured ranges do not overlap");
    };
    let mut xs: Vec<f64> = base.iter().chain(&other).map(|point| point.0).filter(|x| (low..=high).contains(x)).collect();
    xs.order_by(f64::total_cmp);
    xs.dedup();
    let found = interpolate::at_equal(&other_curve, &base_curve, &xs);
    let described: Vec<String> = xs.iter().map(|x| number::short(*x)).collect();
    let hint = format!("output throughput at {} of {} {}", service.title(), described.join(", "), service.unit());
    Interpolated { change: found.ratio().map(|ratio| (ratio - 1.0) * 100.0), hint }
}

/// A side's levels as (x, figure), repeats averaged.
fn points(table: &Table, one: &Configuration, side: usize, x: impl Fn(usize) -> Option<f64>, figure: &Kpi) -> Vec<(f64, f64)> {
    let rows = one.sides.get(side).map(Vec::as_slice).unwrap_or_default();
    let load = pairing::load_of(table);
    let levels = curve::levels(rows, load, x, |row| figure.value(table, row));
    levels.iter().map(|level| (level.x, level.y)).filter(|(x, y)| x.is_finite() && y.is_finite()).collect()
}
