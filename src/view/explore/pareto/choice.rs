//! The controls: both axes, separately or as a preset, and the grouping.

use crate::capacity::gpu_basis::Basis;
use crate::catalog::dimensions;
use crate::query::{axes, groups, values};
use crate::record::Stat;
use crate::state::{Axis, PRESET, ViewState};
use crate::table::Table;
use crate::view_model::{Choice, Control, Entry};

/// Metrics for y: throughput per GPU, and the fallback without GPU counts.
const GAIN: [(&str, &str, &str); 3] = [
    ("output", "output_tps_per_gpu", "output_tps"),
    ("total", "total_tps_per_gpu", "total_tps"),
    ("input", "input_tps_per_gpu", "input_tps"),
];

/// Metrics for x: user-perceived speed and latency.
const FELT: [(&str, &str); 2] = [("interactivity", "interactivity"), ("latency", "e2el")];

/// Statistics in order of preference.
const STATS: [Stat; 6] = [Stat::P50, Stat::Mean, Stat::P95, Stat::P99, Stat::P90, Stat::P99_9];

/// Option: grouping dimensions.
pub(super) const GROUP: &str = "group";

/// The resolved axes, and notes about them.
pub(super) struct Axes {
    pub x: Axis,
    pub y: Axis,
    pub notes: Vec<String>,
    pub control: Control,
}

/// Resolves the axes: the preset's, else the selected ones, else defaults from the data.
pub(super) fn axes(table: &Table, rows: &[usize], state: &ViewState) -> Axes {
    let present = |axis: &Axis| rows.iter().any(|row| values::value(table, axis, *row).is_some());
    let basis = Basis::of(state);
    let gain = |(_, per_gpu, whole): &(&str, &str, &str)| {
        let [per_gpu, whole] =
            [basis.figure(per_gpu), whole].map(|metric| Axis::Figure { metric: metric.to_owned(), stat: Stat::Mean });
        if present(&per_gpu) || !present(&whole) { per_gpu } else { whole }
    };
    let felt = |(_, metric): &(&str, &str)| {
        let stats = state.stat.into_iter().chain(STATS);
        let mut axes = stats.map(|stat| Axis::Figure { metric: (*metric).to_owned(), stat });
        let first = Axis::Figure { metric: (*metric).to_owned(), stat: state.stat.unwrap_or(Stat::P50) };
        axes.find(present).unwrap_or(first)
    };
    let presets: Vec<(String, Axis, Axis)> = FELT
        .iter()
        .flat_map(|one| GAIN.iter().map(move |gain| (one, gain)))
        .map(|(one, other)| (format!("{}-{}", other.0, one.0), felt(one), gain(other)))
        .collect();
    let mut notes = Vec::new();
    let asked = state.option(PRESET).filter(|asked| !asked.is_empty());
    let preset = presets.iter().find(|(key, ..)| Some(key.as_str()) == asked);
    if let (Some(asked), None) = (asked, preset) {
        notes.push(format!("Unknown preset “{asked}”. Showing the default axes."));
    }
    let mut known = |axis: &Option<Axis>| {
        let axis = axis.clone()?;
        let lacks = rows.iter().all(|row| values::value(table, &axis, *row).is_none());
        if axes::better(&axis).is_none() {
            notes.push(format!("{} has no better direction, so it has no frontier.", axes::name(&axis)));
        } else if lacks && !rows.is_empty() {
            notes.push(format!("No measurement within the filters has {}. Showing the default axis.", axes::name(&axis)));
        } else {
            return Some(axis);
        }
        None
    };
    let (x, y) = match preset {
        Some((_, x, y)) => (Some(x.clone()), Some(y.clone())),
        None => (known(&state.x), known(&state.y.clone().map(|axis| basis.axis(axis)))),
    };
    let usual_x = || FELT.iter().map(felt).find(present).unwrap_or_else(|| felt(&FELT[0]));
    let usual_y = || GAIN.iter().map(gain).find(present).unwrap_or_else(|| gain(&GAIN[0]));
    let (x, y) = (x.unwrap_or_else(usual_x), y.unwrap_or_else(usual_y));
    let whole = |axis: &Axis| GAIN.iter().any(|(_, _, whole)| matches!(axis, Axis::Figure { metric, .. } if metric == whole));
    if (preset.is_some() || state.y.is_none()) && whole(&y) {
        notes.push(format!("No measurement states its GPU count. Showing {} of the whole deployment.", axes::name(&y)));
    }
    let choice = |(key, x, y): &(String, Axis, Axis)| {
        let hint = if present(x) && present(y) { "" } else { "no data" };
        Choice::new(key, &format!("{} against {}", axes::name(y), axes::name(x)), hint)
    };
    let mut choices: Vec<Choice> = presets.iter().map(choice).collect();
    let current = presets.iter().find(|(_, a, b)| (a, b) == (&x, &y)).map(|(key, ..)| key.clone());
    if current.is_none() {
        choices.push(Choice::new("", "custom axes", ""));
    }
    let control = Control {
        key: PRESET.to_owned(),
        label: "Trade-off".to_owned(),
        help: "Sets both axes. To set one, click its title".to_owned(),
        values: vec![current.unwrap_or_default()],
        entry: Entry::Select(choices),
    };
    Axes { x, y, notes, control }
}

/// The grouping dimensions, and their control. By default every configuration is a group, so that different
/// workloads or layouts are never pooled into one line.
pub(super) fn groups<'a>(table: &'a Table, rows: &[usize], state: &'a ViewState) -> (Vec<&'a str>, Control) {
    let configuration = groups::configuration(table);
    let differing: Vec<&str> =
        configuration.iter().copied().filter(|key| groups::differs(table, rows.iter().copied(), key)).collect();
    let asked: Vec<&str> = state.options.get(GROUP).into_iter().flatten().map(String::as_str).collect();
    let asked: Vec<&str> = table.dimension_keys().into_iter().filter(|key| asked.contains(key)).collect();
    let all =
        asked.is_empty() || differing.iter().all(|key| asked.contains(key)) && asked.iter().all(|key| differing.contains(key));
    let mut offered = differing.clone();
    offered.extend(asked.iter().copied().filter(|key| !differing.contains(key)));
    let choice = |key: &&str| {
        let hint = if differing.contains(key) { "" } else { "one value" };
        Choice::new(key, dimensions::label(key), hint)
    };
    let values = if all { &differing } else { &asked };
    let control = Control {
        key: GROUP.to_owned(),
        label: "Colour by".to_owned(),
        help: "One frontier per group; select nothing for one per configuration".to_owned(),
        values: values.iter().map(|key| (*key).to_owned()).collect(),
        entry: Entry::MultiSelect(offered.iter().map(choice).collect()),
    };
    (if all { configuration } else { asked }, control)
}
