//! The trend in numbers: one row for each version of each configuration.

use std::collections::BTreeSet;

use super::line::{Line, VersionPoint};
use super::{date, signed, without};
use crate::analysis::pair::{self, Interval};
use crate::analysis::verdict::{Verdict, verdict};
use crate::catalog::{Better, number};
use crate::comparison::kpis::Kpi;
use crate::query::deep_links::DeepLinks;
use crate::query::groups::Group;
use crate::query::listing::Layout;
use crate::state::{ViewState, link};
use crate::table::Table;
use crate::view_model::{Column, Grid, GridCell, Tone};

/// What the grid shows.
pub(super) struct Results<'a> {
    pub table: &'a Table,
    pub groups: &'a [Group],
    pub lines: &'a [Line],
    pub versions: &'a [String],
    pub kpi: Kpi,
    pub leads: DeepLinks<'a>,
    pub state: &'a ViewState,
}

impl Results<'_> {
    /// The grid.
    pub(super) fn grid(&self, layout: Layout<'_>) -> Grid {
        let unit = self.kpi.unit();
        let lines = self.groups.iter().zip(self.lines);
        let stops: Vec<_> = lines.flat_map(|(group, line)| (0..line.stops.len()).map(move |at| (group, line, at))).collect();
        let heading = Grid {
            key: "trend".to_owned(),
            title: format!("{} by version", self.kpi.title()),
            note: format!("Changes below {}% are ignored.", number::short(self.state.threshold)),
            columns: vec![
                Column::text("configuration", "Configuration"),
                Column::text("version", "Version"),
                Column { key: "value".to_owned(), ..self.kpi.column() },
                Column::figure("previous", "Change vs previous", "%"),
                Column::figure("best", "Change vs best", "%"),
                Column::figure("peak", "Peak", unit),
                Column::figure("peak_load", "Peak at load", ""),
                Column::figure("count", "Shared loads", ""),
                Column::text("levels", "Loads used"),
                Column::text("left_out", "Loads excluded"),
                Column::text("date", "First run (UTC)"),
            ],
            ..Grid::default()
        };
        layout.list(heading, &stops, |_, (group, line, at), _| self.row(group, line, *at))
    }

    fn row(&self, group: &Group, line: &Line, at: usize) -> Vec<GridCell> {
        let stop = &line.stops[at];
        let version = self.versions.get(stop.version).cloned().unwrap_or_default();
        let previous = at.checked_sub(1).and_then(|before| line.stops.get(before)).and_then(|stop| stop.value);
        let change = |against: Option<f64>| pair::percent(stop.value?, against?);
        let name = GridCell::text(group.label.clone());
        let levels: Vec<String> = line.levels.iter().map(|level| number::short(*level)).collect();
        vec![
            match stop.rows.first() {
                Some(row) => name.linked(self.leads.to("explore", *row)),
                None => name,
            },
            self.version(stop, &version),
            self.value(line, stop),
            self.changed(change(previous), stop.noise),
            self.changed(change(line.best(self.kpi.higher)), None),
            GridCell::figure(stop.peak.map(|peak| peak.0)).hinted("Best value over all shared loads, including concurrency 1"),
            GridCell::figure(stop.peak.map(|peak| peak.1)),
            GridCell::number(line.levels.len().to_string(), line.levels.len() as f64),
            GridCell::text(levels.join(", ")),
            GridCell::text(line.left_out.join(", ")),
            GridCell::text(date(self.table, stop).unwrap_or_default()),
        ]
    }

    /// The version, leading to its measurements.
    fn version(&self, stop: &VersionPoint, version: &str) -> GridCell {
        let cell = GridCell::text(version);
        let Some(row) = stop.rows.first() else { return cell };
        let (mut target, _) = link::decode(&self.leads.to("data", *row));
        target.choose("version", BTreeSet::from([version.to_owned()]));
        cell.linked(link::encode(&target))
    }

    /// The value, or why there is none and which version to leave out.
    fn value(&self, line: &Line, stop: &VersionPoint) -> GridCell {
        if stop.value.is_some() {
            return GridCell::figure(stop.value);
        }
        let none = "The shown versions of this configuration share no load above concurrency 1";
        match line.emptied_by.and_then(|at| self.versions.get(at)) {
            Some(culprit) => {
                let mut cell = GridCell::text(format!("exclude {culprit}"));
                cell.cell.exact = String::new();
                cell.linked(link::encode(&without(self.state, self.versions, culprit))).hinted(none)
            }
            None => GridCell::default().hinted(none),
        }
    }

    fn changed(&self, change: Option<f64>, noise: Option<Interval>) -> GridCell {
        let Some(percent) = change else { return GridCell::default() };
        let better = if self.kpi.higher { Better::Higher } else { Better::Lower };
        let tone = match verdict(change, noise, better, self.state.threshold) {
            Verdict::Better => Tone::Better,
            Verdict::Worse => Tone::Worse,
            Verdict::Similar => Tone::Similar,
            Verdict::Unknown => Tone::Plain,
        };
        let hint =
            noise.map(|noise| format!("95% confidence interval from repeats: {} to {}", signed(noise.low), signed(noise.high)));
        GridCell::number(signed(percent), percent).toned(tone).hinted(hint.unwrap_or_default())
    }
}
