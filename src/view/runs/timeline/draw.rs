//! The charts: lines of single or combined processes, bands, stacked queues, and load windows.

use std::collections::BTreeMap;

use crate::analysis::bins::{self, Steps};
use crate::analysis::decimate;
use crate::catalog::metrics;
use crate::query::groups;
use crate::runs::choice::{Chosen, Lines, QUEUES, Subject, role_label};
use crate::runs::load_windows;
use crate::runs::process::{Aggregation, Source};
use crate::runs::rates::{self, Reading, Reported};
use crate::runs::run::{Found, Run};
use crate::sorting::Sorting;
use crate::state::ViewState;
use crate::table::Table;
use crate::view_model::{AxisModel, CLOCK, ChartModel, Mark, Panel, Point, Points, Series, Style, extent_x, extent_y};

/// Maximum number of points per panel, shared by its lines.
const POINTS: usize = 12_000;
/// Maximum number of steps per line of single samples, two points each.
const STEPS: usize = 600;

/// One line.
pub(super) struct Line<'a> {
    /// Stable id.
    pub id: String,
    /// Label that distinguishes it from the others.
    pub label: String,
    /// Index of its run.
    pub run: usize,
    /// The role of its workers.
    pub role: &'a str,
    /// The processes it combines.
    pub sources: Vec<&'a Source>,
}

/// The lines of the shown runs.
pub(super) fn lines<'a>(found: &'a Found, chosen: &Chosen) -> Vec<Line<'a>> {
    let mut lines: Vec<Line<'a>> = Vec::new();
    let several_runs = chosen.runs.len() > 1;
    for (at, run) in chosen.runs.iter().filter_map(|at| Some((*at, found.runs.get(*at)?))) {
        let mut index: BTreeMap<(&str, &str, &str, &str), usize> = BTreeMap::new();
        for source in &run.sources {
            let (role, worker, node) = source.of_worker();
            let key = match chosen.lines {
                Lines::Worker => (role, worker, node, ""),
                // Equal ranks on several hosts are separate processes.
                Lines::Rank => (role, worker, source.node.as_str(), source.rank.as_str()),
                Lines::Dp => (role, "", "", source.rank.as_str()),
                Lines::All => (role, "", "", ""),
            };
            let place = *index.entry(key).or_insert_with(|| {
                let (role, worker, node, rank) = key;
                let id = format!("folder={}|role={role}|worker={worker}|node={node}|rank={rank}", run.id);
                let of_run = several_runs.then(|| run.name.clone());
                // The reference writes “ww0” for worker w0.
                let name = [role_label(role), worker.to_owned()].join(" ").trim_end().to_owned();
                let node = (chosen.lines == Lines::Rank || worker.is_empty()).then(|| node.to_owned());
                let rank = (!rank.is_empty()).then(|| format!("rank {rank}"));
                let label = [of_run, Some(name), node.filter(|node| !node.is_empty()), rank].into_iter().flatten();
                let label = label.collect::<Vec<_>>().join(" · ");
                lines.push(Line { id: groups::id(&id), label, run: at, role: &source.role, sources: Vec::new() });
                lines.len() - 1
            });
            if let Some(line) = lines.get_mut(place) {
                line.sources.push(source);
            }
        }
    }
    lines
}

/// Counts for the notes.
#[derive(Default)]
pub(super) struct Counts {
    /// Samples of single lines, and how many are drawn.
    pub samples: usize,
    pub drawn: usize,
    /// Step length, if processes were combined.
    pub step: Option<f64>,
    /// Maximum time a value stays valid, in seconds.
    pub held: f64,
    /// Throughputs left out as artefacts.
    pub left_out: usize,
    /// Whether a cache hit rate is a mean of rates.
    pub shares: bool,
    /// Whether a throughput is computed from batch tokens.
    pub computed: bool,
}

/// Draws panels.
pub(super) struct Drawing<'a> {
    pub table: &'a Table,
    pub found: &'a Found,
    pub chosen: &'a Chosen,
    pub state: &'a ViewState,
    pub counts: Counts,
}

/// A panel and the rows behind its points, by series and point.
pub(super) type Drawn = (Panel, Vec<Vec<Vec<usize>>>);

impl<'a> Drawing<'a> {
    /// The time range of a run, in seconds since 1970; `None` if it lacks the selected level.
    pub(super) fn span(&self, run: &Run) -> Option<(f64, f64)> {
        let moments = || run.sources.iter().flat_map(|source| [source.moments.first(), source.moments.last()]).flatten();
        let all = moments().fold(None, |span: Option<(f64, f64)>, moment| {
            Some(span.map_or((moment.at, moment.at), |(from, to)| (from.min(moment.at), to.max(moment.at))))
        });
        let of_level = |level: &String| {
            let windows = run.windows.iter().filter(|window| window.level == *level).map(|window| (window.from, window.to));
            windows.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
        };
        let (from, to) = match &self.chosen.level {
            Some(level) => of_level(level)?,
            None => all?,
        };
        let Some(zoom) = self.state.zoom else { return Some((from, to)) };
        let [left, right] = zoom.x.map(|x| if self.chosen.absolute { x / 1000.0 } else { run.origin + x });
        (left <= to && right >= from).then(|| (from.max(left), to.min(right)))
    }

    /// Position on the x axis: seconds since run start, or milliseconds since 1970.
    fn x(&self, run: &Run, at: f64) -> f64 {
        if self.chosen.absolute { at * 1000.0 } else { run.since(at) }
    }

    fn steps(&mut self, run: &Run, (from, to): (f64, f64)) -> Steps {
        let width = self.chosen.step.filter(|step| (to - from) / step < 1e5).unwrap_or_else(|| bins::width(to - from, 1.0));
        self.counts.step = Some(width);
        Steps::over(run.origin, from, to, width)
    }

    /// The panel of a metric, with the lines of its role.
    pub(super) fn panel(&mut self, subject: &Subject, lines: &[(&Line<'a>, Style)]) -> Option<Drawn> {
        let metric = subject.metric;
        let reading = Reading::of(self.table, metric);
        let of_role: Vec<&(&Line<'a>, Style)> = lines.iter().filter(|(line, _)| line.role == subject.role).collect();
        let aggregation =
            if self.chosen.means && subject.aggregation == Aggregation::Sum { Aggregation::Mean } else { subject.aggregation };
        let (mut series, mut behind, mut bands) = (Vec::new(), Vec::new(), Vec::new());
        let mut most = 1;
        for (line, style) in &of_role {
            let Some(run) = self.found.runs.get(line.run) else { continue };
            let Some(span) = self.span(run) else { continue };
            let speaking: Vec<&Source> = line
                .sources
                .iter()
                .copied()
                .filter(|source| source.moments.iter().any(|moment| reading.has(moment.row)))
                .collect();
            most = most.max(speaking.len());
            self.counts.computed |= speaking.iter().any(|source| reading.computed(source).is_some());
            let (points, rows) = match speaking.as_slice() {
                [] => continue,
                [source] if aggregation != Aggregation::Hits => self.single(&reading, run, source, span, of_role.len()),
                sources => {
                    let steps = self.steps(run, span);
                    let mut all = rates::combine(&reading, sources, &steps, aggregation);
                    self.counts.left_out += all.left_out;
                    self.counts.held = sources.iter().map(|source| source.pause).fold(self.counts.held, f64::max);
                    if aggregation == Aggregation::Hits {
                        let (values, shares) = rates::hits(&reading, sources, &steps);
                        (all.values, self.counts.shares) = (values, self.counts.shares | shares);
                    }
                    if aggregation == Aggregation::Mean && sources.len() > 1 {
                        bands.push((line.id.clone(), *style, self.band(run, &steps, &all.spread)));
                    }
                    self.stepped(run, &steps, &all.values, all.rows)
                }
            };
            if points.is_empty() {
                continue;
            }
            series.push(Series { id: line.id.clone(), label: line.label.clone(), style: *style, mark: Mark::Curve(points) });
            behind.push(rows);
        }
        if series.is_empty() {
            return None;
        }
        for (id, style, mark) in bands {
            series.push(Series { id: format!("{id}-band"), label: "min–max".to_owned(), style, mark });
            behind.push(Vec::new());
        }
        let runs: Vec<usize> = of_role.iter().map(|(line, _)| line.run).collect();
        self.shade(&runs, &mut series, &mut behind);
        let basis = match aggregation {
            Aggregation::Hits => ", by tokens",
            _ if most < 2 => "",
            Aggregation::Sum => ", sum",
            Aggregation::Mean => ", mean",
        };
        let unit = metrics::metric(metric).map_or("", |metric| metric.unit);
        let y = self.y(format!("{}{basis}", subject.what()), unit, &series);
        Some(self.finish(role_label(&subject.role), y, series, behind))
    }

    /// The queues of a run's workers, stacked in the order of a request.
    pub(super) fn stack(&mut self, subject: &Subject, at: usize, styles: &[(&'static str, Style)]) -> Option<Drawn> {
        let run = self.found.runs.get(at)?;
        let span = self.span(run)?;
        let sources: Vec<&Source> = run.sources.iter().filter(|source| source.role == subject.role).collect();
        let steps = self.steps(run, span);
        self.counts.held = sources.iter().map(|source| source.pause).fold(self.counts.held, f64::max);
        let all = |metric: &&'static str| {
            (*metric, rates::combine(&Reading::of(self.table, metric), &sources, &steps, Aggregation::Sum))
        };
        let layers: Vec<(&'static str, rates::Combined)> =
            QUEUES.iter().map(all).filter(|(_, all)| all.values.iter().any(Option::is_some)).collect();
        if layers.len() < 2 {
            return None;
        }
        let known = |step: usize| layers.iter().any(|(_, all)| all.values.get(step).is_some_and(Option::is_some));
        let (mut series, mut behind) = (Vec::new(), Vec::new());
        for (metric, style) in styles {
            let Some((_, all)) = layers.iter().find(|(other, _)| other == metric) else { continue };
            let point = |(step, value): (usize, &Option<f64>)| {
                let value = value.or_else(|| known(step).then_some(0.0)).unwrap_or(f64::NAN);
                (self.x(run, steps.middle(step)), value)
            };
            let mark = Mark::Stack(all.values.iter().enumerate().map(point).collect());
            let label = metrics::metric(metric).map_or(*metric, |metric| metric.label).to_owned();
            series.push(Series { id: (*metric).to_owned(), label, style: *style, mark });
            behind.push(all.rows.clone());
        }
        self.shade(&[at], &mut series, &mut behind);
        let mut y = self.y("Requests, all workers, stacked".to_owned(), "requests", &[]);
        y.range = None;
        let of_run = if self.chosen.runs.len() > 1 { format!(" · {}", run.name) } else { String::new() };
        Some(self.finish(format!("{}{of_run}", role_label(&subject.role)), y, series, behind))
    }

    /// A line of one process: all its values, or the minimum and maximum per step if there are
    /// too many to distinguish.
    fn single(
        &mut self,
        reading: &Reading<'_>,
        run: &Run,
        source: &Source,
        (from, to): (f64, f64),
        lines: usize,
    ) -> (Points, Vec<Vec<usize>>) {
        let (reported, left_out) = reading.reported(source);
        self.counts.left_out += left_out;
        let reported: Vec<Reported> = reported.into_iter().filter(|reported| reported.at >= from && reported.at <= to).collect();
        let places: Vec<(f64, f64)> = reported.iter().map(|reported| (self.x(run, reported.at), reported.value)).collect();
        let kept = decimate::extremes(&places, (POINTS / 2 / lines.max(1)).clamp(50, STEPS));
        self.counts.samples += reported.len();
        self.counts.drawn += kept.len();
        let (mut points, mut rows) = (Points::with_capacity(kept.len()), Vec::with_capacity(kept.len()));
        let mut next = 0;
        for at in kept {
            let (Some(one), Some((x, y))) = (reported.get(at), places.get(at)) else { continue };
            // A pause breaks the line.
            if reported.get(next..=at).is_some_and(|between| between.iter().any(|reported| reported.after_pause))
                && !rows.is_empty()
            {
                points.push(Point::at(*x, f64::NAN));
                rows.push(Vec::new());
            }
            points.push(Point::at(*x, *y));
            rows.push(vec![one.row]);
            next = at + 1;
        }
        (points, rows)
    }

    /// A line of several processes: one point per step, a gap if none reports.
    fn stepped(&self, run: &Run, steps: &Steps, values: &[Option<f64>], rows: Vec<Vec<usize>>) -> (Points, Vec<Vec<usize>>) {
        if values.iter().all(Option::is_none) {
            return (Points::default(), Vec::new());
        }
        let point = |(step, value): (usize, &Option<f64>)| (self.x(run, steps.middle(step)), value.unwrap_or(f64::NAN));
        (values.iter().enumerate().map(point).collect(), rows)
    }

    /// From the lowest to the highest process of each step.
    fn band(&self, run: &Run, steps: &Steps, spread: &[bins::Together]) -> Mark {
        let point = |(step, all): (usize, &bins::Together)| {
            let known = all.sources > 0;
            let [low, high] = [all.low, all.high].map(|value| if known { value } else { f64::NAN });
            [self.x(run, steps.middle(step)), low, high]
        };
        Mark::band(spread.iter().enumerate().map(point))
    }

    /// Shades the load windows, unless the panel overlays several runs.
    fn shade(&self, runs: &[usize], series: &mut Vec<Series>, behind: &mut Vec<Vec<Vec<usize>>>) {
        let mut runs = runs.to_vec();
        runs.order();
        runs.dedup();
        if runs.len() > 1 && !self.chosen.absolute {
            return;
        }
        for run in runs.iter().filter_map(|at| self.found.runs.get(*at)) {
            let Some(span) = self.span(run) else { continue };
            for (number, window) in load_windows::numbered(&run.windows) {
                let (from, to) = (window.from.max(span.0), window.to.min(span.1));
                if from >= to {
                    continue;
                }
                series.push(window.shade(&run.id, number, [from, to].map(|at| self.x(run, at))));
                behind.push(Vec::new());
            }
        }
    }

    fn y(&self, title: String, unit: &str, series: &[Series]) -> AxisModel {
        AxisModel { range: extent_y(series), ..AxisModel::own(&title, unit, None) }
    }

    fn finish(&self, title: String, y: AxisModel, series: Vec<Series>, behind: Vec<Vec<Vec<usize>>>) -> Drawn {
        let mut x = if self.chosen.absolute {
            AxisModel::own("Time", CLOCK, None)
        } else {
            AxisModel::own("Time since run start", "s", None)
        };
        x.range = extent_x(&series);
        x.exact = self.chosen.level.is_some();
        // All panels share the time axis: zooming one zooms all.
        x.zooms = true;
        (Panel { title, chart: ChartModel { x, y, series, ..ChartModel::default() } }, behind)
    }
}
