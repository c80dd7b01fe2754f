//! One configuration over versions: the levels that all its versions have, and a geometric mean over them for each.

use crate::analysis::pair::{self, Common, Interval, LeftOut, Use};
use crate::catalog::{Better, number};
use crate::comparison::kpis::Kpi;
use crate::query::groups::Group;
use crate::record::LoadKind;
use crate::table::Table;

/// A version of a configuration.
pub(super) struct VersionPoint {
    /// Position among the versions of the trend.
    pub version: usize,
    /// Its measurements that have a load and the figure.
    pub rows: Vec<usize>,
    /// Geometric mean over the levels used.
    pub value: Option<f64>,
    /// Where it is best over all common levels, with the load.
    pub peak: Option<(f64, f64)>,
    /// What the change against the stop before may be, where there are repeats.
    pub noise: Option<Interval>,
}

/// A configuration over versions.
pub(super) struct Line {
    /// The versions that have it, in order.
    pub stops: Vec<VersionPoint>,
    /// The levels used.
    pub levels: Vec<f64>,
    /// Levels left out and why.
    pub left_out: Vec<String>,
    /// The version without which the most levels would be common, where none is.
    pub emptied_by: Option<usize>,
}

/// What a line is made of.
pub(super) struct TrendBuilder<'a> {
    pub table: &'a Table,
    pub versions: &'a [String],
    pub kpi: Kpi,
}

impl TrendBuilder<'_> {
    /// The line of a configuration. A version that lacks it is no stop.
    pub(super) fn line(&self, group: &Group) -> Line {
        let column = self.table.dimension("version");
        let load = |row: usize| self.table.load().and_then(|load| load.get(row));
        let mut stops: Vec<VersionPoint> = Vec::new();
        for (version, name) in self.versions.iter().enumerate() {
            let code = column.and_then(|column| column.find(name));
            let here = |row: &usize| code.is_some() && column.and_then(|column| column.code(*row)) == code;
            let has = |row: &usize| load(*row).is_some() && self.kpi.value(self.table, *row).is_some();
            let rows: Vec<usize> = group.rows.iter().copied().filter(|row| here(row) && has(row)).collect();
            if !rows.is_empty() {
                stops.push(VersionPoint { version, rows, value: None, peak: None, noise: None });
            }
        }
        let sides: Vec<Vec<(f64, f64)>> = stops
            .iter()
            .map(|stop| stop.rows.iter().filter_map(|row| Some((load(*row)?, self.kpi.value(self.table, *row)?))).collect())
            .collect();
        let first = group.rows.first().and_then(|row| self.table.load_kind(*row));
        let used = if first == Some(LoadKind::Rate) { Use::All } else { Use::AboveOneUser };
        let paired = |without: Option<usize>| {
            let sides = sides.iter().enumerate().filter(|(at, _)| Some(*at) != without);
            pair::common(&sides.map(|(_, side)| side.as_slice()).collect::<Vec<_>>(), used)
        };
        let common = paired(None);
        let better = if self.kpi.higher { Better::Higher } else { Better::Lower };
        for (side, stop) in stops.iter_mut().enumerate() {
            stop.value = common.geometric(side);
            stop.peak = common.peak(side, better).map(|peak| (peak.value, peak.load));
            stop.noise = side.checked_sub(1).and_then(|before| common.interval(side, before));
        }
        let emptied_by = if common.levels.is_empty() && stops.len() > 1 {
            let gain = |side: &usize| paired(Some(*side)).levels.len();
            // Of equals the oldest version goes.
            let best = (0..stops.len()).rev().max_by_key(gain).filter(|side| gain(side) > 0);
            best.map(|side| stops[side].version)
        } else {
            None
        };
        let left_out = self.left_out(&common, &stops);
        Line { levels: common.levels.iter().map(|level| level.load).collect(), stops, left_out, emptied_by }
    }

    fn left_out(&self, common: &Common, stops: &[VersionPoint]) -> Vec<String> {
        let names = |sides: &[usize]| {
            let names = sides.iter().filter_map(|side| self.versions.get(stops.get(*side)?.version));
            names.map(String::as_str).collect::<Vec<_>>().join(", ")
        };
        let reason = |(load, reason): &(f64, LeftOut)| {
            let why = match reason {
                LeftOut::Lacking(sides) => format!("not in {}", names(sides)),
                LeftOut::NotPositive(sides) => format!("zero in {}", names(sides)),
                LeftOut::SingleUser => "single user".to_owned(),
                LeftOut::NotChosen => "not selected".to_owned(),
            };
            format!("{} ({why})", number::short(*load))
        };
        common.left_out.iter().map(reason).collect()
    }
}

impl Line {
    /// The best value of all versions.
    pub(super) fn best(&self, higher: bool) -> Option<f64> {
        let values = self.stops.iter().filter_map(|stop| stop.value);
        values.max_by(|a, b| if higher { a.total_cmp(b) } else { b.total_cmp(a) })
    }
}
