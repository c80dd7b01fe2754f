//! Load windows: when each load level of a run was measured, from nearby measurements, and the warm-ups before.

use super::process::{Process, Source};
use super::rates::{self, Reading};
use crate::analysis::bins::Steps;
use crate::catalog::{instant, number};
use crate::record::{LoadKind, Stat};
use crate::sorting::Sorting;
use crate::table::Table;
use crate::view_model::{Mark, Series, Shade, Style};

/// Prefix of the level of a warm-up.
const WARM_UP: &str = "warm-up, ";
/// Maximum time between a warm-up and its load level, in seconds, if no level was measured before.
const LONGEST_BREAK: f64 = 300.0;

/// The time window of a load level.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Window {
    /// The load level as text, also used in links: `concurrency 16`; `warm-up, concurrency 16`.
    pub level: String,
    /// The load, for sorting.
    pub load: f64,
    /// Seconds since 1970.
    pub from: f64,
    /// Seconds since 1970.
    pub to: f64,
    /// Whether it is a warm-up.
    pub warm_up: bool,
    /// Whether the time was found in what the workers report, because nothing states it.
    pub found: bool,
    /// The row of the measurement.
    pub row: usize,
}

/// Measurements in or near the folders of the samples.
pub(crate) struct NearbyMeasurements<'a> {
    table: &'a Table,
    placed: Vec<(String, Window)>,
    /// Measurements without a time.
    pub unplaced: usize,
}

impl<'a> NearbyMeasurements<'a> {
    pub(crate) fn new(table: &'a Table) -> NearbyMeasurements<'a> {
        let folder = table.dimension("folder");
        let (mut placed, mut unplaced) = (Vec::new(), 0);
        for row in 0..table.rows() {
            match window(table, row) {
                Some(window) => placed.push((folder.and_then(|folder| folder.text(row)).unwrap_or_default().to_owned(), window)),
                None => unplaced += 1,
            }
        }
        NearbyMeasurements { table, placed, unplaced }
    }

    /// The load windows of a run, and its name from measurements or samples. A measurement belongs to the run of its
    /// own folder, or else to the run in an enclosing or nested folder, unless both name different runs.
    pub(crate) fn of(&self, samples: &Table, folder: &str, process: &Process) -> (Vec<Window>, String) {
        let id = |table: &Table, row: usize| {
            let named = ["run_id", "run"].iter().find_map(|key| table.dimension(key)?.text(row));
            named.unwrap_or_default().to_owned()
        };
        let own = id(samples, process.first);
        let same = |other: &str| other == folder;
        let agrees = |row: usize| {
            let other = id(self.table, row);
            own.is_empty() || other.is_empty() || own == other
        };
        let mut windows: Vec<&Window> = self.placed.iter().filter(|(other, _)| same(other)).map(|(_, window)| window).collect();
        if windows.is_empty() {
            let nearby = self.placed.iter().filter(|(other, window)| near(other, folder) && agrees(window.row));
            windows = nearby.map(|(_, window)| window).collect();
        }
        // If two files describe one window, use the more detailed one.
        let says = |window: &Window| {
            ["output_tokens", "input_tokens", "completed"].iter().filter(|key| self.figure(key, window.row).is_some()).count()
        };
        windows.order_by(|a, b| a.from.total_cmp(&b.from).then(says(b).cmp(&says(a))));
        let mut kept: Vec<Window> = Vec::new();
        for window in windows {
            let twin = kept.iter().position(|other| {
                let overlap = other.to.min(window.to) - other.from.max(window.from);
                other.level == window.level && overlap * 2.0 > (other.to - other.from).min(window.to - window.from)
            });
            match twin.and_then(|at| kept.get_mut(at)) {
                Some(other) if says(window) > says(other) => *other = window.clone(),
                Some(_) => {}
                None => kept.push(window.clone()),
            }
        }
        // Identified by id, else by folder; the name in the file applies only outside folders.
        let named = |table: &Table, row: usize| {
            let keys = if folder.is_empty() { &["run_id", "run"][..] } else { &["run_id"] };
            keys.iter().find_map(|key| table.dimension(key)?.text(row)).map(str::to_owned)
        };
        let name = named(samples, process.first).or_else(|| named(self.table, kept.first()?.row));
        (kept, name.unwrap_or_default())
    }

    fn figure(&self, metric: &str, row: usize) -> Option<f64> {
        self.table.figures(metric, Stat::Mean)?.get(row)
    }
}

/// Whether two folders are equal or one encloses the other.
pub(crate) fn near(one: &str, other: &str) -> bool {
    one == other || within(one, other) || within(other, one)
}

/// Whether a folder is inside another, named folder.
fn within(inner: &str, outer: &str) -> bool {
    !outer.is_empty() && inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with(['/', '\\']))
}

/// Time range of a measurement: from end and duration, from start and end, or from start and duration.
pub(crate) fn window(table: &Table, row: usize) -> Option<Window> {
    let text = |key: &str| table.dimension(key).and_then(|column| column.text(row));
    let duration = table.figures("duration", Stat::Mean).and_then(|column| column.get(row)).filter(|duration| *duration > 0.0);
    // The start stated for the whole run is not the start of a level.
    let described = text("described_by").is_some_and(|by| by.split([':', ';', ',']).any(|label| label.trim() == "Start"));
    let start = text("start_time").filter(|_| !described).and_then(seconds);
    let end = text("end_time").and_then(seconds);
    let (from, to) = match (start, end, duration) {
        (None, Some(end), Some(duration)) => (end - duration, end),
        (Some(start), Some(end), _) if end > start => (start, end),
        (Some(start), _, Some(duration)) => (start, start + duration),
        _ => return None,
    };
    let (level, load) = level(table, row);
    let warm_up = text("phase").is_some_and(|phase| phase.to_lowercase().replace(['-', '_', ' '], "").contains("warmup"));
    let level = if warm_up { format!("{WARM_UP}{level}") } else { level };
    Some(Window { level, load, from, to, warm_up, found: false, row })
}

/// Places warm-ups with a known duration but no time: the busiest stretch of that duration between the previous level and
/// the warmed-up one, or else directly before it.
pub(crate) fn warm_ups(samples: &Table, measurements: &Table, sources: &[Source], windows: &[Window]) -> Vec<Window> {
    let Some(durations) = measurements.figures("warm_up_duration", Stat::Mean) else { return Vec::new() };
    let rates = ["prompt_tps", "generation_tps"].map(|metric| Reading::of(samples, metric));
    let warm_up = |window: &Window| {
        let duration = durations.get(window.row).filter(|duration| *duration > 0.0 && !window.warm_up)?;
        let before = windows.iter().map(|other| other.to).filter(|to| *to <= window.from).fold(f64::MIN, f64::max);
        let from = before.max(window.from - LONGEST_BREAK - duration);
        let steps = Steps::within(from, window.from, 1.0);
        let mut done = vec![0.0; steps.count];
        for source in sources.iter().map(|source| source.within(from, window.from)) {
            for reading in &rates {
                let covered = rates::covered(&reading.reported(&source).0, &steps);
                done.iter_mut().zip(covered).for_each(|(done, rate)| *done += rate.unwrap_or(0.0));
            }
        }
        let long = ((duration / steps.width).ceil() as usize).clamp(1, steps.count.max(1));
        let most = done.windows(long).map(|part| part.iter().sum::<f64>()).enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
        let begins = most.filter(|(_, done)| *done > 0.0).map(|(at, _)| steps.start + steps.width * at as f64);
        let begins = begins.unwrap_or(window.from - duration).max(before);
        Some(Window {
            level: format!("{WARM_UP}{}", window.level),
            from: begins,
            to: (begins + duration).min(window.from),
            warm_up: true,
            found: true,
            ..window.clone()
        })
    };
    windows.iter().filter_map(warm_up).collect()
}

/// The note about warm-ups, if any of these windows is one.
pub(crate) fn remark<'a>(windows: impl Iterator<Item = &'a Window>) -> Option<String> {
    let warm_ups: Vec<&Window> = windows.filter(|window| window.warm_up).collect();
    let found = warm_ups.iter().any(|window| window.found);
    let when = if found {
        ", placed at the busiest stretch before the level for the duration that the benchmark's console reports"
    } else {
        ""
    };
    (!warm_ups.is_empty()).then(|| format!("Outlined: warm-ups{when}."))
}

/// Windows numbered within their kind, so that neighbours alternate in shade.
pub(crate) fn numbered(windows: &[Window]) -> impl Iterator<Item = (usize, &Window)> {
    windows.iter().scan([0; 2], |counts, window| {
        let count = counts.get_mut(usize::from(window.warm_up))?;
        *count += 1;
        Some((*count - 1, window))
    })
}

impl Window {
    /// Shaded window between two positions on the time axis; `number` is its index in the run. A label of a number fits
    /// above it; a warm-up is outlined and unlabelled.
    pub(crate) fn shade(&self, run: &str, number: usize, [from, to]: [f64; 2]) -> Series {
        let shade = match number % 2 {
            _ if self.warm_up => Shade::Outline,
            0 => Shade::Light,
            _ => Shade::Dark,
        };
        let level = self.level.strip_prefix("concurrency ").map_or_else(|| self.level.clone(), |level| format!("C {level}"));
        Series {
            id: format!("{}-{number}-{run}", if self.warm_up { "warm-up" } else { "window" }),
            label: if self.warm_up { String::new() } else { level },
            style: Style { colour: 0, shape: 0 },
            mark: Mark::Span { from, to, shade },
        }
    }
}

/// A row's load as text, and as a sort key.
pub(crate) fn level(table: &Table, row: usize) -> (String, f64) {
    let value = table.load().and_then(|load| load.get(row));
    let words = match (table.load_kind(row), value) {
        (Some(LoadKind::Concurrency), Some(value)) => format!("concurrency {}", number::column(value)),
        (Some(LoadKind::Rate), Some(value)) => format!("{} req/s", number::column(value)),
        (Some(LoadKind::Max), _) => "maximum load".to_owned(),
        _ => "load not stated".to_owned(),
    };
    (words, value.unwrap_or(f64::INFINITY))
}

/// Seconds since 1970; timestamps without a time zone count as UTC, like those of the logs.
fn seconds(text: &str) -> Option<f64> {
    let text = text.trim().replacen(' ', "T", 1);
    let zoned = if text.ends_with('Z') { text } else { text + "Z" };
    instant::milliseconds(&zoned).map(|milliseconds| milliseconds as f64 / 1000.0)
}
