//! Panels over time: the lines of the sources shown, load windows behind them, statistics of the span shown.

use std::collections::BTreeMap;

use super::clocks::{self, Axis};
use crate::analysis::decimate;
use crate::analysis::mean::{over_time, usual_gap};
use crate::catalog::number::{self, plural};
use crate::catalog::server_panels::{Figure, Panel as Row};
use crate::query::context::Context;
use crate::query::groups::Group;
use crate::query::lines;
use crate::record::{Kind, Stat};
use crate::runs::load_windows::{self, Window as Level};
use crate::sorting::Sorting;
use crate::state::{Shown, ViewState};
use crate::table::Table;
use crate::telemetry::{self, Clock, Source, Window};
use crate::view_model::{
    AxisModel, ChartModel, Choice, Column, Control, Entry, Grid, GridCell, HUES, LegendEntry, Mark, Panel, Point, Points, Rule,
    SHAPES, Series, Style, extent_x, extent_y,
};

/// Panels at once, if the reader does not choose.
const MAX_PANELS: usize = 9;
/// Values of a line at most.
const VALUES: usize = 400;
/// Restarted engines that are named.
const RESTARTED: usize = 5;
/// Usual intervals without a value after which a line breaks.
const GAP: f64 = 3.0;
/// Lines that are drawn of several sources besides the first of their panel.
const USUAL: [&str; 1] = ["requests-running"];
/// The controls' keys in links.
const PANELS: &str = "panels";

/// What a view draws.
#[derive(Default)]
pub(super) struct Drawn {
    /// The panels, and the rows behind their points.
    pub panels: Vec<Panel>,
    /// By panel, series and point.
    pub points: Vec<Vec<Vec<Vec<usize>>>>,
    /// The lines of all panels.
    pub legend: Vec<LegendEntry>,
    /// Which panels, which clock.
    pub controls: Vec<Control>,
    /// Statistics of every line within the span shown.
    pub statistics: Option<Grid>,
    /// What the reader should know.
    pub notes: Vec<String>,
    /// How many panels there are.
    pub available: usize,
    /// By source the time shown, on its clock.
    pub spans: BTreeMap<String, (f64, f64)>,
}

/// A line of a panel before it is drawn.
struct Line<'s> {
    source: &'s Source,
    figure: Figure,
    /// What it is among the lines of its panel.
    what: &'static str,
    id: String,
    label: String,
    drawn: telemetry::Drawn,
}

/// Draws the panels of some rows for some sources.
pub(super) fn draw(
    context: &mut Context<'_>,
    state: &mut ViewState,
    sources: &[&Source],
    rows: &[Row],
    marks: &[(String, f64)],
) -> Drawn {
    let mut drawn = Drawn::default();
    let groups: Vec<Group> = sources
        .iter()
        .map(|source| Group {
            id: source.id.clone(),
            label: name(source, sources),
            rows: source.rows.iter().map(|(_, row)| *row).collect(),
        })
        .collect();
    // The lines of one source are told apart by what they are, those of several by their source.
    let chosen: Vec<String> = match groups.as_slice() {
        [only] => vec![only.id.clone()],
        groups => lines::choose(groups, state, &mut drawn.notes).iter().map(|group| group.id.clone()).collect(),
    };
    let shown: Vec<&Source> = sources.iter().copied().filter(|source| chosen.contains(&source.id)).collect();
    let single = shown.len() == 1;
    let styles: BTreeMap<String, Style> = chosen.iter().cloned().zip(context.colours.of(&chosen)).collect();
    // Numbered scrapes beside sources with a clock have an axis, and panels, of their own: a zoom is of the others.
    let (numbered, timed): (Vec<&Source>, Vec<&Source>) = shown.iter().partition(|source| source.clock == Clock::Scrapes);
    let (numbered, timed) = if timed.is_empty() { (Vec::new(), numbered) } else { (numbered, timed) };
    let axis = clocks::axis(&timed, state, &mut drawn.controls);
    let by_scrape = Axis { absolute: false, origins: BTreeMap::new(), clock: Clock::Scrapes };
    let window = |source: &Source, zooms: bool| {
        let (from, to) = source.span()?;
        let zoomed = state.zoom.filter(|_| zooms).map(|zoom| zoom.x.map(|x| axis.back(source, x)));
        let [from, to] = zoomed.unwrap_or([from, to]);
        Some(Window { from, to, most: VALUES })
    };
    let spanned = |source: &&Source| {
        let zooms = !(source.clock == Clock::Scrapes && axis.clock != Clock::Scrapes);
        window(source, zooms).map(|window| (source.id.clone(), (window.from, window.to)))
    };
    drawn.spans = sources.iter().filter_map(spanned).collect();
    let mut all: Vec<PanelLines<'_, '_>> = Vec::new();
    for row in rows {
        for (sources, zooms) in [(&timed, true), (&numbered, false)] {
            let windows = sources.iter().filter_map(|source| Some((*source, window(source, zooms)?)));
            let lines = windows.map(|(source, window)| lines_of(row, source, window, single, &groups));
            let found = entries(row, lines.collect(), single);
            all.extend(found.into_iter().map(|entry| if zooms { entry } else { entry.by_scrape() }));
        }
    }
    drawn.available = all.len();
    let picked = pick(&all, single, state, &mut drawn.controls);
    drawn.statistics = Some(statistics(&all, single, sources, context));
    let measured = context.others.get(&Kind::Measurement).copied();
    let folders: Vec<&str> = shown.iter().map(|source| source.folder.as_str()).collect();
    let levels = measured.filter(|_| axis.absolute || single).map_or_else(Vec::new, |table| levels(table, &folders));
    let (mut resolution, mut above) = (0.0_f64, 0);
    let mut names: Vec<(String, Style)> = Vec::new();
    let mut palette: BTreeMap<String, Style> = BTreeMap::new();
    if single {
        let labels: Vec<String> =
            all.iter().flat_map(|entry| &entry.lines).map(|line| line.label.clone()).fold(Vec::new(), |mut known, label| {
                if !known.contains(&label) {
                    known.push(label);
                }
                known
            });
        let hues = usize::from(HUES);
        let distinct = |(at, label): (usize, String)| {
            (label, Style { colour: (at % hues) as u8, shape: (at / hues % usize::from(SHAPES)) as u8 })
        };
        palette = labels.into_iter().enumerate().map(distinct).collect();
    }
    let wanted = |label: &str| match &state.shown {
        Shown::Only(ids) if sources.len() == 1 => ids.iter().any(|id| id == label),
        _ => true,
    };
    for entry in all.iter().filter(|entry| picked.contains(&entry.key)) {
        let PanelLines { row, lines, numbered, .. } = entry;
        let (mut series, mut behind) = (Vec::new(), Vec::new());
        // Stacked areas need the same moments in all layers.
        let stacked = row.stacked && single;
        for line in lines {
            if !names.iter().any(|(label, _)| *label == line.label) {
                names.push((line.label.clone(), palette.get(&line.label).copied().unwrap_or(Style { colour: 0, shape: 0 })));
            }
            if !wanted(&line.label) {
                continue;
            }
            let style = if single { palette.get(&line.label) } else { styles.get(&line.source.id) };
            let style = style.copied().unwrap_or(Style { colour: 0, shape: 0 });
            let (points, rows) = points(line, if entry.numbered { &by_scrape } else { &axis }, context.table);
            resolution = resolution.max(line.drawn.resolution);
            above += line.drawn.above.len();
            let mark = if stacked { Mark::Stack(points) } else { Mark::Curve(points) };
            series.push(Series { id: line.id.clone(), label: line.label.clone(), style, mark });
            behind.push(rows);
        }
        if series.is_empty() {
            continue;
        }
        if let Some(source) = lines.first().map(|line| line.source).filter(|_| !numbered) {
            for (number, level) in load_windows::numbered(&levels) {
                series.push(level.shade("", number, [level.from, level.to].map(|at| axis.x(source, at))));
                behind.push(Vec::new());
            }
        }
        let rules = marks.iter().filter(|(panel, _)| panel == row.key);
        let rules = rules.map(|(_, at)| Rule { upright: false, at: *at, label: "limit".to_owned() }).collect();
        let mut x = if *numbered { by_scrape.model() } else { axis.model() };
        x.range = extent_x(&series);
        x.zooms = !numbered;
        let range = if stacked { None } else { extent_y(&series).map(|[low, high]| [low.min(0.0), high]) };
        let title = entry.title(single);
        let y = AxisModel { range, ..AxisModel::own(&title, row.unit, None) };
        let chart = ChartModel { x, y, series, rules, unlike: single, ..ChartModel::default() };
        drawn.panels.push(Panel { title: String::new(), chart });
        drawn.points.push(behind);
    }
    share_range(&mut drawn.panels, !axis.absolute && axis.clock != Clock::Scrapes && state.zoom.is_none());
    drawn.legend = if single {
        names
            .into_iter()
            .map(|(label, style)| LegendEntry {
                id: label.clone(),
                style: Some(style).filter(|_| wanted(&label)),
                label,
                points: 0,
                baseline: false,
            })
            .collect()
    } else {
        let entry = |group: &Group| LegendEntry {
            id: group.id.clone(),
            label: group.label.clone(),
            style: styles.get(&group.id).copied(),
            points: group.rows.len(),
            baseline: false,
        };
        groups.iter().map(entry).collect()
    };
    let fell = |source: &&&Source| !source.restarts.is_empty();
    for source in shown.iter().filter(fell).take(RESTARTED) {
        let first = source.restarts.first().copied().unwrap_or_default();
        let at = if source.clock == Clock::Date { crate::catalog::instant::shown(first.floor()) } else { None };
        drawn.notes.push(format!(
            "{} was restarted{}{}: its counters fell and count on from 0.",
            name(source, sources),
            at.map_or_else(String::new, |at| format!(" before {at} UTC")),
            if source.restarts.len() > 1 {
                format!(" and {} more", plural(source.restarts.len() as u64 - 1, "time"))
            } else {
                String::new()
            },
        ));
    }
    if above > 0 {
        drawn.notes.push(format!(
            "{} above the highest bound of their histogram: hollow points at that bound; the true value is more.",
            plural(above as u64, "quantile")
        ));
    }
    if resolution > 0.5 {
        drawn.notes.push(
            "Quantiles are estimated from the increase of buckets, linearly within each; where buckets are wide the estimate is coarse. \
             Means are exact."
                .to_owned(),
        );
    }
    drawn.notes.extend(clocks::without_clock(&shown, context.table));
    drawn
}

/// Gives panels with one clock one range of time, so that they can be read below and beside each other; that since the first sample
/// begins at it.
fn share_range(panels: &mut [Panel], from_start: bool) {
    for zooms in [true, false] {
        let same = || panels.iter().map(|panel| &panel.chart.x).filter(|x| x.zooms == zooms);
        let ends = same().filter_map(|x| x.range).reduce(|[low, high], [from, to]| [low.min(from), high.max(to)]);
        let ends = ends.map(|[low, high]| [if from_start && zooms { low.min(0.0) } else { low }, high]);
        panels.iter_mut().map(|panel| &mut panel.chart.x).filter(|x| x.zooms == zooms).for_each(|x| x.range = ends);
    }
}

/// The lines of a panel for a source: all, or of several sources one each.
fn lines_of<'s>(row: &Row, source: &'s Source, window: Window, single: bool, groups: &[Group]) -> Vec<Line<'s>> {
    let mut found: Vec<Line<'s>> = Vec::new();
    let mut counted = false;
    for line in row.lines {
        if line.instead && counted {
            continue;
        }
        // Of several sources one line each: of all values of a label together.
        let figure = match line.figure {
            Figure::RateBy(key) if !single => Figure::Rate(key),
            figure => figure,
        };
        for drawn in telemetry::figure(source, figure, window) {
            let label = if drawn.split.is_empty() { line.label } else { drawn.split.as_str() };
            let id = format!("{}-{}-{label}", source.id, row.key);
            let label = match single {
                true => label.to_owned(),
                false => groups.iter().find(|group| group.id == source.id).map_or_else(String::new, |group| group.label.clone()),
            };
            found.push(Line { source, figure, what: line.label, id, label, drawn });
            counted |= !line.instead;
        }
    }
    found
}

/// A panel before it is drawn: a row's lines of one source, or one of its lines of several sources.
struct PanelLines<'r, 's> {
    key: String,
    row: &'r Row,
    /// Whether it is drawn without being asked for.
    usual: bool,
    /// Whether it is of numbered scrapes beside panels with a clock.
    numbered: bool,
    lines: Vec<Line<'s>>,
}

/// The entries of a row of which each source has some lines: all in one, or one for each line, the sources' first ones together.
fn entries<'r, 's>(row: &'r Row, of_sources: Vec<Vec<Line<'s>>>, single: bool) -> Vec<PanelLines<'r, 's>> {
    if single {
        let lines: Vec<Line<'s>> = of_sources.into_iter().flatten().collect();
        return Some(PanelLines { key: row.key.to_owned(), row, usual: true, numbered: false, lines })
            .filter(|entry| !entry.lines.is_empty())
            .into_iter()
            .collect();
    }
    let (mut first, mut others) = (Vec::new(), Vec::new());
    for lines in of_sources {
        let mut lines = lines.into_iter();
        first.extend(lines.next());
        others.extend(lines);
    }
    let mut found = vec![PanelLines { key: row.key.to_owned(), row, usual: true, numbered: false, lines: first }];
    for line in others {
        let key = format!("{}-{}", row.key, line.what.replace([' ', ','], "-"));
        match found.iter_mut().find(|entry| entry.key == key) {
            Some(entry) => entry.lines.push(line),
            None => found.push(PanelLines { usual: USUAL.contains(&key.as_str()), numbered: false, key, row, lines: vec![line] }),
        }
    }
    found.retain(|entry| !entry.lines.is_empty());
    found
}

impl PanelLines<'_, '_> {
    /// The same for numbered scrapes.
    fn by_scrape(self) -> Self {
        PanelLines { key: format!("{}-by-scrape", self.key), numbered: true, ..self }
    }

    /// The panel's title; of several sources with what is drawn of each.
    fn title(&self, single: bool) -> String {
        let what = if single || self.row.lines.len() < 2 { "" } else { self.lines.first().map_or("", |line| line.what) };
        let title = titled(self.row, what);
        if self.numbered { format!("{title}, by scrape") } else { title }
    }
}

/// A panel's title with one of its lines, unless that says the same.
fn titled(row: &Row, line: &str) -> String {
    if line.is_empty() || line.eq_ignore_ascii_case(row.title) { row.title.to_owned() } else { format!("{}, {line}", row.title) }
}

/// The points of a line, and the sample behind each.
fn points(line: &Line<'_>, axis: &Axis, table: &Table) -> (Points, Vec<Vec<usize>>) {
    let column = match line.figure {
        Figure::Gauge(metric) => table.figures(metric, Stat::Mean),
        _ => None,
    };
    let states = |row: usize| column.as_ref().is_none_or(|column| column.get(row).is_some());
    let gaps = gaps(&line.drawn.points);
    let mut before = 0;
    let places: Vec<(f64, f64)> = line.drawn.points.iter().map(|(at, value)| (axis.x(line.source, *at), *value)).collect();
    let kept = decimate::extremes(&places, VALUES);
    let mut points = Points::with_capacity(kept.len());
    let mut rows = Vec::with_capacity(kept.len());
    for at in kept {
        let (Some((x, y)), Some((moment, _))) = (places.get(at), line.drawn.points.get(at)) else { continue };
        if gaps.iter().any(|gap| (before..at).contains(gap))
            && let Some((last, _)) = places.get(at.saturating_sub(1))
        {
            // Nothing is known there: the line breaks.
            points.push(Point::at((last + x) / 2.0, f64::NAN));
            rows.push(Vec::new());
        }
        before = at;
        let over_limit = line.drawn.above.contains(moment);
        points.push(Point { over_limit, ..Point::at(*x, *y) });
        rows.push(line.source.row_with(*moment, states).into_iter().collect());
    }
    (points, rows)
}

/// The places in a line after which nothing is known for more than [`GAP`] usual intervals.
fn gaps(points: &[(f64, f64)]) -> Vec<usize> {
    let Some(usual) = usual_gap(points.iter().map(|(at, _)| *at)) else { return Vec::new() };
    let long = |(_, pair): &(usize, &[(f64, f64)])| pair[1].0 - pair[0].0 > GAP * usual;
    points.windows(2).enumerate().filter(long).map(|(at, _)| at).collect()
}

/// A source's name among others: its folder, too, where they are of several.
pub(super) fn name(source: &Source, all: &[&Source]) -> String {
    let several = all.iter().any(|other| other.folder != source.folder);
    let folder = crate::catalog::folders::run_name(&source.folder);
    if several && !folder.is_empty() { format!("{folder} · {}", source.label) } else { source.label.clone() }
}

/// The panels shown.
fn pick(all: &[PanelLines<'_, '_>], single: bool, state: &ViewState, controls: &mut Vec<Control>) -> Vec<String> {
    let asked = state.options.get(PANELS);
    let wanted = all.iter().filter(|entry| asked.is_some_and(|asked| asked.contains(&entry.key)));
    let mut picked: Vec<String> = wanted.map(|entry| entry.key.clone()).collect();
    if picked.is_empty() {
        let usual = |numbered: bool| all.iter().filter(move |entry| entry.usual && entry.numbered == numbered);
        picked = usual(false).chain(usual(true)).map(|entry| entry.key.clone()).take(MAX_PANELS).collect();
    }
    controls.push(Control {
        key: PANELS.to_owned(),
        label: "Panels".to_owned(),
        help: format!("Which figures are drawn; without a choice the first {MAX_PANELS}"),
        values: picked.clone(),
        entry: Entry::MultiSelect(
            all.iter().map(|entry| Choice::new(&entry.key, &entry.title(single), entry.row.unit)).collect(),
        ),
    });
    picked
}

/// When the load levels in or near some folders were measured.
fn levels(table: &Table, folders: &[&str]) -> Vec<Level> {
    let place = table.dimension("folder");
    let near = |row: &usize| {
        let own = place.and_then(|place| place.text(*row)).unwrap_or_default();
        folders.iter().any(|folder| load_windows::near(folder, own))
    };
    let mut levels: Vec<Level> = (0..table.rows()).filter(near).filter_map(|row| load_windows::window(table, row)).collect();
    levels.order_by(|a, b| a.from.total_cmp(&b.from));
    levels
}

/// The least, the mean, quantiles and the most of every line.
fn statistics(all: &[PanelLines<'_, '_>], single: bool, sources: &[&Source], context: &Context<'_>) -> Grid {
    let columns = vec![
        Column::text("figure", "Figure"),
        Column::text("source", "Source"),
        Column::text("unit", "Unit"),
        Column::figure("min", "Min", ""),
        Column::figure("mean", "Mean", ""),
        Column::figure("p50", "P50", ""),
        Column::figure("p95", "P95", ""),
        Column::figure("max", "Max", ""),
        Column::figure("values", "Values", ""),
    ];
    let lines: Vec<(&Row, &Line<'_>)> = all.iter().flat_map(|entry| entry.lines.iter().map(|line| (entry.row, line))).collect();
    let cells = |_: usize, (row, line): &(&Row, &Line<'_>), _: crate::query::listing::Detail| {
        let mut values: Vec<f64> = line.drawn.points.iter().map(|(_, value)| *value).collect();
        values.order_by(f64::total_cmp);
        // What lies beyond the highest bound of a histogram is only known to be more.
        let beyond = line.drawn.points.iter().filter(|(at, _)| line.drawn.above.contains(at)).map(|(_, value)| *value);
        let bound = beyond.reduce(f64::min);
        let cell = |value: Option<f64>| match (value, bound) {
            (Some(value), Some(bound)) if value >= bound => {
                GridCell::text(format!("> {}", number::short(bound))).hinted("above the highest bound of the histogram")
            }
            (value, _) => GridCell::figure(value),
        };
        let share = |share: f64| values.get((share * (values.len() as f64 - 1.0)).round().max(0.0) as usize).copied();
        let what = if single { line.label.as_str() } else { line.what };
        let title = titled(row, what);
        vec![
            GridCell::text(title),
            GridCell::text(name(line.source, sources)),
            GridCell::text(row.unit),
            cell(values.first().copied()),
            if bound.is_some() { GridCell::default() } else { GridCell::figure(over_time(&line.drawn.points)) },
            cell(share(0.5)),
            cell(share(0.95)),
            cell(values.last().copied()),
            GridCell::figure(Some(values.len() as f64)),
        ]
    };
    let heading = Grid {
        key: "span".to_owned(),
        title: "Statistics of the time shown".to_owned(),
        note: "Of the values over time in the charts: zoom in, and they are of that span. Means are over time, whatever the intervals."
            .to_owned(),
        columns,
        ..Grid::default()
    };
    context.layout().list(heading, &lines, cells)
}
