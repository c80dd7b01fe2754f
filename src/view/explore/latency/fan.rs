//! Percentile fans: one line per percentile over an area from the lowest to the highest.

use super::LatencyStat;
use crate::record::Stat;
use crate::sorting::Sorting;
use crate::state::ViewState;
use crate::table::Table;
use crate::view::explore::has;
use crate::view_model::{Choice, Control, Entry, Mark, SHAPES, Series, Style};

/// Option: whether to draw percentile fans.
const FAN: &str = "fan";
/// The percentiles of the fan.
const PERCENTILES: [Stat; 5] = [Stat::P50, Stat::P75, Stat::P90, Stat::P95, Stat::P99];
/// Maximum number of configurations with fans.
const FANNED: usize = 2;

/// The percentiles drawn besides the statistic; none if too many configurations are shown.
pub(super) fn percentiles(
    state: &ViewState,
    table: &Table,
    rows: &[usize],
    shown: usize,
    drawn: &[LatencyStat],
    notes: &mut Vec<String>,
) -> Vec<Stat> {
    let asked = state.option(FAN);
    let on = asked.map_or(shown == 1, |asked| asked == "on");
    if asked == Some("on") && shown > FANNED {
        notes.push(format!(
            "Percentiles are drawn for up to {FANNED} configurations, and {shown} are shown. Pick {FANNED} in the legend."
        ));
    }
    let there = |stat: &Stat| drawn.iter().any(|(metric, _)| has(table, rows, metric, *stat));
    let found: Vec<Stat> = PERCENTILES.into_iter().filter(there).collect();
    if on && shown <= FANNED && found.len() > 1 { found } else { Vec::new() }
}

/// Describes the lines of the fan: `P50, P95, P99 (lowest line first)`.
pub(super) fn words(fan: &[Stat], wanted: Option<Stat>) -> String {
    let labels: Vec<&str> = fan.iter().map(|stat| stat.label()).collect();
    let other = match wanted.filter(|stat| !PERCENTILES.contains(stat)) {
        Some(Stat::Mean) => "Mean and ".to_owned(),
        Some(stat) => format!("{} and ", stat.label()),
        None => String::new(),
    };
    format!("{other}{} (lowest line first)", labels.join(", "))
}

/// The series of a fan: the lines of each statistic, and for each configuration the area between its
/// lowest and highest percentile. Lines come first, by statistic.
pub(super) fn spread(lines: Vec<(Stat, Vec<Series>)>) -> Vec<Series> {
    let mut percentiles: Vec<_> = lines.iter().filter(|(stat, _)| PERCENTILES.contains(stat)).collect();
    percentiles.order_by_key(|(stat, _)| PERCENTILES.iter().position(|other| other == stat));
    let mut areas: Vec<Series> = Vec::new();
    if let [(lowest, lows), .., (highest, highs)] = percentiles.as_slice() {
        let of_both = lows.iter().filter_map(|low| Some((low, highs.iter().find(|high| high.id == low.id)?)));
        areas.extend(of_both.map(|(low, high)| Series {
            id: format!("{}-fan", low.id),
            label: format!("{} to {} {}", lowest.label(), highest.label(), low.label),
            style: low.style,
            mark: between(low, high),
        }));
    }
    let named = lines.into_iter().flat_map(|(stat, series)| series.into_iter().map(move |series| of_percentile(series, stat)));
    named.chain(areas).collect()
}

/// The area between two lines: at each x that both have.
fn between(low: &Series, high: &Series) -> Mark {
    let top = |x: f64| high.points().find(|top| top.x == x).map(|top| top.y);
    Mark::band(low.points().filter_map(|point| Some([point.x, point.y, top(point.x)?])))
}

/// A line of the fan, with its own name and dash in the configuration's colour.
fn of_percentile(series: Series, stat: Stat) -> Series {
    let shape = PERCENTILES.iter().position(|other| *other == stat).map_or(0, |at| at as u8 + 1);
    Series {
        id: format!("{}-{}", series.id, stat.key()),
        label: format!("{} {}", stat.label(), series.label),
        style: Style { shape: shape % SHAPES, ..series.style },
        ..series
    }
}

/// The control of the fan.
pub(super) fn control(fan: &[Stat], shown: usize) -> Control {
    let hint = if shown > FANNED { "up to two configurations" } else { "" };
    Control {
        key: FAN.to_owned(),
        label: "Percentiles".to_owned(),
        help: format!("Draw P50 to P99 together, for up to {FANNED} configurations"),
        values: vec![if fan.is_empty() { "off" } else { "on" }.to_owned()],
        entry: Entry::Select(vec![Choice::new("off", "one statistic", ""), Choice::new("on", "P50 to P99", hint)]),
    }
}
