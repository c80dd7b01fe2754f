//! Length distributions by data set or run: histogram, bins and percentiles.

use super::{DATASET, OF};
use crate::analysis::histogram::Distribution;
use crate::catalog::{metrics, number};
use crate::query::groups::Group;
use crate::record::{Kind, Stat};
use crate::table::Table;
use crate::view_model::{AxisModel, Card, ChartModel, Column, Grid, GridCell, Mark, Panel, Point, Points, Rule, Series, Style};

/// Maximum number of rows per panel for which bins record their rows.
const TRACED: usize = 2000;
/// Percentiles in the table, in percent.
const PERCENTILES: [f64; 9] = [5.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.9];

/// Panels, tables and notes collected so far.
pub(super) struct Distributions {
    kind: Kind,
    bins: usize,
    /// Whether outliers are excluded.
    without: bool,
    /// The histograms.
    pub panels: Vec<Panel>,
    /// Notes about them.
    pub notes: Vec<String>,
    /// The medians.
    pub cards: Vec<Card>,
    lengths: Vec<Vec<GridCell>>,
    edges: Vec<Vec<GridCell>>,
}

impl Distributions {
    pub(super) fn new(kind: Kind, bins: usize, without: bool) -> Distributions {
        Distributions {
            kind,
            bins,
            without,
            panels: Vec::new(),
            notes: Vec::new(),
            cards: Vec::new(),
            lengths: Vec::new(),
            edges: Vec::new(),
        }
    }

    /// Adds the lengths of a group: a panel, a row of percentiles, and bins. Returns the rows behind each bin, by series.
    pub(super) fn add(
        &mut self,
        table: &Table,
        group: &Group,
        style: Style,
        length: (&str, &str),
    ) -> Option<Vec<Vec<Vec<usize>>>> {
        let (metric, word) = length;
        let Distributions { bins, without, .. } = *self;
        let column = table.figures(metric, Stat::Mean)?;
        let value = |row: &usize| column.get(*row);
        let every = Distribution::new(group.rows.iter().filter_map(value))?;
        let fence = every.percentile(75.0) + 1.5 * (every.percentile(75.0) - every.percentile(25.0));
        let kept = |row: &usize| value(row).filter(|value| !without || *value <= fence);
        let distributions = Distribution::new(group.rows.iter().filter_map(kept))?;
        let left = every.count() - distributions.count();
        let (label, lower) = (&group.label, word.to_lowercase());
        if left > 0 {
            let fence = number::short(fence);
            self.notes.push(format!("{label}: {left} of {} {lower} lengths above {fence} tokens excluded.", every.count()));
        }
        let applicable = applicable(table, &group.rows, &lower);
        let missing = (applicable as u64).saturating_sub(every.count());
        if missing > 0 {
            self.notes.push(format!("{label}: {missing} of {} without {lower} length.", self.kind.count(applicable)));
        }
        let histogram = distributions.histogram(bins);
        let mut points = Points::with_capacity(histogram.counts.len());
        for (ends, count) in histogram.edges.windows(2).zip(&histogram.counts) {
            let [from, to] = [ends.first(), ends.last()].map(|end| end.copied().unwrap_or(f64::NAN));
            points.push(Point::at((from + to) / 2.0, *count as f64));
            self.edges.push(vec![
                GridCell::text(label.as_str()),
                GridCell::text(word),
                GridCell::figure(Some(from)),
                GridCell::figure(Some(to)),
                GridCell::figure(Some(*count as f64)),
                GridCell::figure(Some(*count as f64 / distributions.count() as f64 * 100.0)),
            ]);
        }
        let mut behind: Vec<Vec<usize>> = vec![Vec::new(); histogram.counts.len()];
        if group.rows.len() <= TRACED {
            for row in &group.rows {
                let Some(value) = kept(row) else { continue };
                let at = histogram.edges.partition_point(|edge| *edge <= value).saturating_sub(1);
                let last = behind.len().saturating_sub(1);
                behind.get_mut(at.min(last)).into_iter().for_each(|bin| bin.push(*row));
            }
        }
        let (low, high) = distributions.range();
        let rules = [("mean", distributions.mean()), ("median", distributions.percentile(50.0)), ("max", high)];
        let rules = rules.map(|(name, at)| Rule { upright: true, at, label: format!("{name} {}", number::short(at)) }).to_vec();
        let unit = metrics::metric(metric).map_or("", |metric| metric.unit);
        let axis = |title: &str, unit: &str, range| AxisModel { range, ..AxisModel::own(title, unit, None) };
        let most = histogram.counts.iter().max().copied().unwrap_or_default();
        let series = Series { id: group.id.clone(), label: label.clone(), style, mark: Mark::Histogram(points) };
        let chart = ChartModel {
            x: axis(&format!("{word} length"), unit, Some([low, high])),
            y: axis(&format!("{} per bin", self.kind.plural()), "", Some([0.0, most as f64])),
            series: vec![series],
            rules,
            ..ChartModel::default()
        };
        self.panels.push(Panel { title: format!("{label}: {lower}"), chart });
        self.cards.push(card(label, word, &distributions));
        self.lengths.push(line(label, word, &distributions, left));
        Some(vec![behind])
    }
}

/// Number of rows about inputs or outputs: all except entries marked as the other.
pub(super) fn applicable(table: &Table, rows: &[usize], side: &str) -> usize {
    let Some(of) = table.dimension("length_of") else { return rows.len() };
    rows.iter().filter(|row| of.text(**row).is_none_or(|of| of == side)).count()
}

/// The tables: percentiles, and bins with their edges.
pub(super) fn grids(distributions: &mut Distributions) -> Vec<Grid> {
    vec![percentiles(std::mem::take(&mut distributions.lengths)), edges(std::mem::take(&mut distributions.edges))]
}

fn card(label: &str, word: &str, distributions: &Distribution) -> Card {
    Card {
        label: format!("Median {} length", word.to_lowercase()),
        value: format!("{} tokens", number::short(distributions.percentile(50.0))),
        detail: format!(
            "{label}: mean {}, P99 {}",
            number::short(distributions.mean()),
            number::short(distributions.percentile(99.0))
        ),
        method: format!(
            "Over {} lengths. Percentiles interpolate linearly, like numpy.",
            number::short(distributions.count() as f64)
        ),
        ..Card::default()
    }
}

pub(super) fn tokens(key: &str, label: &str) -> Column {
    Column::figure(key, label, "tokens")
}

fn line(label: &str, word: &str, distributions: &Distribution, left: u64) -> Vec<GridCell> {
    let (low, high) = distributions.range();
    let mut cells = vec![GridCell::text(label), GridCell::text(word)];
    cells.extend([distributions.count() as f64, left as f64, low].map(|value| GridCell::figure(Some(value))));
    cells.extend(PERCENTILES.map(|percent| GridCell::figure(Some(distributions.percentile(percent)))));
    cells.extend([Some(high), Some(distributions.mean()), distributions.deviation()].map(GridCell::figure));
    cells
}

/// The table of percentiles.
fn percentiles(rows: Vec<Vec<GridCell>>) -> Grid {
    let count = |key: &str, label: &str| Column::figure(key, label, "");
    let mut columns = vec![
        Column::text(DATASET, "Of"),
        Column::text(OF, "Length"),
        count("count", "Count"),
        count("left", "Excluded"),
        tokens("min", "Min"),
    ];
    columns.extend(PERCENTILES.map(|percent| match percent {
        50.0 => tokens("p50", "Median"),
        _ => tokens(&format!("p{percent}"), &format!("P{percent}")),
    }));
    columns.extend([tokens("max", "Max"), tokens("mean", "Mean"), tokens("std", "Standard deviation")]);
    let note = "Percentiles interpolate linearly; sample standard deviation.".to_owned();
    Grid { key: "percentiles".to_owned(), title: "Lengths in tokens".to_owned(), note, columns, rows, ..Grid::default() }
}

fn edges(rows: Vec<Vec<GridCell>>) -> Grid {
    let columns = vec![
        Column::text(DATASET, "Of"),
        Column::text(OF, "Length"),
        tokens("from", "From"),
        tokens("to", "To"),
        Column::figure("count", "Count", ""),
        Column::figure("share", "Share", "%"),
    ];
    let note = "Bins include their lower edge; the last bin includes both.".to_owned();
    Grid { key: "bins".to_owned(), title: "Histogram bins".to_owned(), note, columns, rows, ..Grid::default() }
}
