//! The clock of the panels: where a source's moments are on their axis, and which files have none.

use std::collections::{BTreeMap, BTreeSet};

use crate::state::ViewState;
use crate::table::Table;
use crate::telemetry::{Clock, Source};
use crate::view_model::{AxisModel, CLOCK, Choice, Control, Entry};

/// The control's key in links.
const AXIS: &str = "clock";

/// The position on the axis of moments of a source.
pub(super) struct Axis {
    /// Whether it is the time of day.
    pub absolute: bool,
    /// By folder and clock.
    pub origins: BTreeMap<(String, Clock), f64>,
    /// How moments are counted.
    pub clock: Clock,
}

impl Axis {
    pub(super) fn x(&self, source: &Source, at: f64) -> f64 {
        if self.absolute { at * 1000.0 } else { ((at - self.origin(source)) * 1e6).round() / 1e6 }
    }

    fn origin(&self, source: &Source) -> f64 {
        self.origins.get(&(source.folder.clone(), source.clock)).copied().unwrap_or_default()
    }

    pub(super) fn back(&self, source: &Source, x: f64) -> f64 {
        if self.absolute { x / 1000.0 } else { x + self.origin(source) }
    }

    pub(super) fn model(&self) -> AxisModel {
        match (self.absolute, self.clock) {
            (true, _) => AxisModel::own("Time", CLOCK, None),
            (false, Clock::Scrapes) => AxisModel::own("Scrape", "", None),
            (false, _) => AxisModel::own("Time since the first sample", "s", None),
        }
    }
}

/// The clock of the axis: the time of day where all know it and are of one folder, else the time since each folder began.
pub(super) fn axis(sources: &[&Source], state: &ViewState, controls: &mut Vec<Control>) -> Axis {
    let clock = sources.iter().map(|source| source.clock).max().unwrap_or(Clock::Date);
    let dated = sources.iter().all(|source| source.clock == Clock::Date);
    let mut origins: BTreeMap<(String, Clock), f64> = BTreeMap::new();
    for (source, (from, _)) in sources.iter().filter_map(|source| Some((source, source.span()?))) {
        let origin = origins.entry((source.folder.clone(), source.clock)).or_insert(from);
        *origin = origin.min(from);
    }
    let absolute = dated && state.option(AXIS).map_or(origins.len() < 2, |asked| asked == "absolute");
    if clock == Clock::Scrapes {
        origins.clear();
    }
    controls.push(Control {
        key: AXIS.to_owned(),
        label: "Clock".to_owned(),
        help: "Time of day in UTC, or seconds since the first sample of each folder".to_owned(),
        values: vec![if absolute { "absolute" } else { "since" }.to_owned()],
        entry: Entry::Select(vec![
            Choice::new("absolute", "time of day", if dated { "UTC" } else { "not stated" }),
            Choice::new("since", "since start", ""),
        ]),
    });
    Axis { absolute, origins, clock }
}

/// Files that are named in a note.
const NAMED: usize = 3;

/// Says which files have no clock, or only seconds since their start where others have dates.
pub(super) fn without_clock(sources: &[&Source], table: &Table) -> Vec<String> {
    let files = |clock: Clock| {
        let rows = sources.iter().filter(|source| source.clock == clock).flat_map(|source| &source.rows);
        let path = table.dimension("path");
        let paths: BTreeSet<&str> = rows.filter_map(|(_, row)| path.as_ref()?.text(*row)).collect();
        let mut named: Vec<String> = paths.iter().take(NAMED).map(|path| (*path).to_owned()).collect();
        let more = paths.len().saturating_sub(named.len());
        named.extend((more > 0).then(|| format!("{more} more")));
        named.join(", ")
    };
    let has = |clock: Clock| sources.iter().any(|source| source.clock == clock);
    let mixed = sources.iter().any(|source| source.clock != Clock::Scrapes);
    let numbered = match mixed {
        true => "its scrapes are numbered, in panels of their own, and nothing is known per second",
        false => "the scrapes are numbered, and nothing is known per second",
    };
    let mut notes = Vec::new();
    if has(Clock::Scrapes) {
        notes.push(format!("No timestamps in {}: {numbered}.", files(Clock::Scrapes)));
    }
    if has(Clock::Elapsed) && has(Clock::Date) {
        notes.push(format!("No time of day in {}: laid from its own start.", files(Clock::Elapsed)));
    }
    notes
}
