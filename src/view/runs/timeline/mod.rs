//! Nodes: worker metrics over time: throughput, requests in every queue, KV cache.
//!
//! All workers of a run share one clock, processes are combined by time step instead of equal timestamps, sums are
//! sums, and runs never mix. The reference dashboard gets these wrong (`../shared/formats/srt-slurm.md` §3.3, §6.1).

pub(super) mod draw;
mod grids;

use self::draw::{Counts, Drawing, Line};
use crate::catalog::number::{column, plural};
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::query::groups::Group;
use crate::query::lines;
use crate::record::{Kind, Stat};
use crate::runs::choice::{self, Chosen, QUEUES, STACK};
use crate::runs::load_windows;
use crate::runs::process::Aggregation;
use crate::runs::run::{self, Found};
use crate::state::{self, Axis, ViewState};
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{Empty, LegendEntry, SHAPES, Style, ViewModel};
use std::collections::BTreeSet;

/// Worker metrics over time.
pub(crate) static TIMELINE: View = View {
    about: &About {
        id: "runs/timeline",
        tab: &tabs::RUNS,
        label: "Timeline",
        purpose: "Throughput, queues and KV cache of every worker over time",
        kind: Some(Kind::Sample),
        extra_kinds: &[Kind::Measurement],
        resamples: true,
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let table = context.table;
    let mut frame = Frame::new(context, asked, &[]);
    let found = run::read(table, &frame.rows, context.others.get(&Kind::Measurement).copied());
    let state = frame.state.clone();
    if found.runs.is_empty() {
        let parts = ViewModel { empty: nothing(context, &state, &frame.rows), ..ViewModel::default() };
        return frame.finish(context, parts, Vec::new(), &[]);
    }
    let chosen = choice::choose(table, &found, &state);
    let all = draw::lines(&found, &chosen);
    let mut notes = Vec::new();
    let (shown, styles, mut legend) = pick(context, &mut frame.state, &all, &mut notes);
    let layers = layers(&state, &chosen, &styles, &mut legend);

    let mut drawing = Drawing { table, found: &found, chosen: &chosen, state: &state, counts: Counts::default() };
    let lines: Vec<(&Line<'_>, Style)> = shown.iter().copied().zip(styles).collect();
    let mut drawn = Vec::new();
    for subject in &chosen.subjects {
        if subject.metric == STACK {
            drawn.extend(chosen.runs.iter().filter_map(|run| drawing.stack(subject, *run, &layers)));
        } else {
            drawn.extend(drawing.panel(subject, &lines));
        }
    }
    let unseen = drawn.len().saturating_sub(choice::MAX_PANELS);
    drawn.truncate(choice::MAX_PANELS);
    let (panels, points): (Vec<_>, Vec<_>) = drawn.into_iter().unzip();
    let rows = rows(&found, &drawing, &shown);
    let counts = drawing.counts;
    notes.extend(remarks(&found, &chosen, &counts, unseen));
    let outside = (panels.is_empty() && state.zoom.is_some()).then(|| Empty {
        reason: "The zoom is outside the time of these runs.".to_owned(),
        remedy: Some(("Reset the zoom".to_owned(), ViewState { zoom: None, ..state.clone() })),
    });
    let parts = ViewModel {
        empty: outside,
        sentence: sentence(&found, &chosen, &counts, shown.len(), all.len()),
        notes,
        grids: grids::windows(table, &found, &chosen, &state).into_iter().collect(),
        controls: chosen.controls,
        panels,
        legend,
        ..ViewModel::default()
    };
    let clock = if chosen.absolute { "time" } else { "elapsed" };
    let metrics = chosen.subjects.iter().flat_map(|one| if one.metric == STACK { QUEUES.to_vec() } else { vec![one.metric] });
    let mut figures: Vec<Axis> = Vec::new();
    for metric in std::iter::once(clock).chain(metrics) {
        let axis = Axis::Figure { metric: metric.to_owned(), stat: Stat::Mean };
        if !figures.contains(&axis) {
            figures.push(axis);
        }
    }
    let mut shown = frame.finish(context, parts, rows, &figures);
    shown.points = points;
    shown
}

/// The lines drawn, their styles, and the legend.
fn pick<'l, 'a>(
    context: &mut Context<'_>,
    state: &mut ViewState,
    all: &'l [Line<'a>],
    notes: &mut Vec<String>,
) -> (Vec<&'l Line<'a>>, Vec<Style>, Vec<LegendEntry>) {
    let rows = |line: &Line<'_>| line.sources.iter().flat_map(|source| &source.moments).map(|moment| moment.row).collect();
    let group = |line: &Line<'_>| Group { id: line.id.clone(), label: line.label.clone(), rows: rows(line) };
    let groups: Vec<Group> = all.iter().map(group).collect();
    // Stack layers are picked separately.
    let mut asked = state.clone();
    let stacked = match &mut asked.shown {
        state::Shown::Only(ids) => {
            let before = ids.len();
            ids.retain(|id| !QUEUES.contains(&id.as_str()));
            before > ids.len()
        }
        _ => false,
    };
    let drawn = lines::choose(&groups, &mut asked, notes);
    if !stacked {
        state.shown = asked.shown;
    }
    let ids: Vec<String> = drawn.iter().map(|group| group.id.clone()).collect();
    let styles = context.colours.of(&ids);
    let legend = lines::legend(&groups, &drawn, &styles);
    let shown = drawn.iter().filter_map(|group| all.iter().find(|line| line.id == group.id)).collect();
    (shown, styles, legend)
}

/// Styles of the stack layers: filled squares in colours not used by lines. If too few are left, also colours whose square
/// no line uses as its symbol.
fn squares(lines: &[Style]) -> impl Iterator<Item = Style> {
    const SQUARE: u8 = 1;
    let square = |colour: u8| Style { colour, shape: (SHAPES + SQUARE - colour % SHAPES) % SHAPES };
    let order = [4, 6, 2, 7, 1, 0, 3, 5].map(square);
    let apart = |style: &Style| !lines.iter().any(|line| line.colour == style.colour);
    let told = |style: &Style| !lines.iter().any(|line| line.colour == style.colour && line.symbol() == SQUARE);
    let (free, rest): (Vec<Style>, Vec<Style>) = order.into_iter().partition(apart);
    let (told, rest): (Vec<Style>, Vec<Style>) = rest.into_iter().partition(told);
    free.into_iter().chain(told).chain(rest)
}

/// The stack layers drawn, and their legend entries.
fn layers(state: &ViewState, chosen: &Chosen, lines: &[Style], legend: &mut Vec<LegendEntry>) -> Vec<(&'static str, Style)> {
    if !chosen.subjects.iter().any(|one| one.metric == STACK) {
        return Vec::new();
    }
    let picked: BTreeSet<&str> = match &state.shown {
        state::Shown::Only(ids) => ids.iter().map(String::as_str).filter(|id| QUEUES.contains(id)).collect(),
        _ => BTreeSet::new(),
    };
    let all = QUEUES.into_iter().zip(squares(lines));
    let layers: Vec<(&'static str, Style)> = all.filter(|(metric, _)| picked.is_empty() || picked.contains(metric)).collect();
    for metric in QUEUES {
        let style = layers.iter().find(|(other, _)| *other == metric).map(|(_, style)| *style);
        let label = crate::catalog::metrics::metric(metric).map_or(metric, |metric| metric.label);
        legend.push(LegendEntry { id: metric.to_owned(), label: format!("stack: {label}"), style, points: 0, baseline: false });
    }
    layers
}

/// The rows behind the charts: those of the lines and time shown.
fn rows(found: &Found, drawing: &Drawing<'_>, shown: &[&Line<'_>]) -> Vec<usize> {
    let mut rows = Vec::new();
    for line in shown {
        let Some((from, to)) = found.runs.get(line.run).and_then(|run| drawing.span(run)) else { continue };
        for source in &line.sources {
            let inside = source.moments.iter().filter(|moment| moment.at >= from && moment.at <= to);
            rows.extend(inside.map(|moment| moment.row));
        }
    }
    rows
}

fn nothing(context: &Context<'_>, state: &ViewState, rows: &[usize]) -> Option<Empty> {
    if context.table.rows() == 0 || rows.is_empty() {
        // The frame explains it.
        return None;
    }
    let mut explore = state.clone();
    explore.show_view("explore");
    explore.kind = Some(Kind::Sample);
    let reason = "Needs worker logs or captured server metrics: no loaded file reports throughput, queues or cache per worker.";
    Some(Empty { reason: reason.to_owned(), remedy: Some(("Open the samples in Explore".to_owned(), explore)) })
}

fn sentence(found: &Found, chosen: &Chosen, counts: &Counts, shown: usize, all: usize) -> String {
    let runs: Vec<_> = chosen.runs.iter().filter_map(|at| found.runs.get(*at)).collect();
    let processes: usize = runs.iter().map(|run| run.sources.len()).sum();
    let of = match runs.as_slice() {
        [one] => format!("run {}", one.name),
        several => plural(several.len() as u64, "run"),
    };
    let step = counts.step.map_or_else(String::new, |step| format!(", in steps of {} s", column(step)));
    let time = match &chosen.level {
        Some(level) => format!("during {level}"),
        None => "over the whole run".to_owned(),
    };
    let lines = if shown < all { format!("{shown} of {}", plural(all as u64, "line")) } else { plural(all as u64, "line") };
    format!(
        "{lines} of {} in {of}, {time}{step}.",
        if processes == 1 { "1 process".to_owned() } else { format!("{processes} processes") }
    )
}

fn remarks(found: &Found, chosen: &Chosen, counts: &Counts, unseen: usize) -> Vec<String> {
    let mut notes = Vec::new();
    let of = |count: usize, what: &str| plural(count as u64, what);
    if counts.drawn < counts.samples {
        let (drawn, samples) = (grouped(counts.drawn), grouped(counts.samples));
        notes
            .push(format!("{drawn} of {samples} points drawn: the minimum and maximum per pixel step. Zoom in to see the rest."));
    }
    if let (Some(step), true) = (counts.step, counts.held > 0.0) {
        notes.push(format!(
            "Processes report at different times. Each {} s step uses the mean of what a process reported in it, or else its last value for up to {} s.",
            column(step),
            column(counts.held)
        ));
        if chosen.subjects.iter().any(|one| one.aggregation == Aggregation::Sum) {
            let words = if chosen.means {
                "Every metric is a mean over processes, with a min–max band."
            } else {
                "Throughput, requests and tokens are summed over processes; ratios, lengths and times are averaged, with a min–max band."
            };
            notes.push(words.to_owned());
        }
    }
    if chosen.subjects.iter().any(|one| one.aggregation == Aggregation::Hits) {
        notes.push(if counts.shares {
            "Cache hit rates are means of the rates that servers report, because they do not report tokens.".to_owned()
        } else {
            "Cache hit rate = cached ÷ all prompt tokens of a step, not a mean of rates. This also applies to single lines."
                .to_owned()
        });
    }
    if counts.computed {
        notes.push(
            "Throughput missing from the logs is computed as batch tokens (new and cached prompt tokens) ÷ time since the previous line, \
             for decode over every step since that line. With speculative decoding this includes draft tokens."
                .to_owned(),
        );
    }
    if counts.left_out > 0 {
        notes.push(format!(
            "{} left out: zero, or the first after a pause, which SGLang divides by the whole pause.",
            of(counts.left_out, "generation throughput")
        ));
    }
    if found.stages > 0 {
        notes.push(format!(
            "{} from later pipeline stages left out: they repeat the first stage's batches.",
            of(found.stages, "line")
        ));
    }
    if found.repeats > 0 {
        notes.push(format!(
            "{} from other tensor-parallel ranks left out: they repeat the first rank.",
            of(found.repeats, "sample")
        ));
    }
    if found.timeless > 0 {
        notes.push(format!("{} without a timestamp left out.", of(found.timeless, "sample")));
    }
    if found.undated > 0 {
        notes.push(format!("Timestamps without a year: {} counted from the first log line.", choice::processes(found.undated)));
    }
    for run in chosen.runs.iter().filter_map(|at| found.runs.get(*at)).filter(|run| run.hours != 0) {
        let (hours, way) = (run.hours.unsigned_abs(), if run.hours > 0 { "ahead of" } else { "behind" });
        notes.push(format!(
            "{}: log timestamps without a time zone are {} {way} the measurements and were shifted to match.",
            run.name,
            of(hours as usize, "hour")
        ));
    }
    if chosen.runs.len() < found.runs.len() {
        notes.push(format!("Showing {} of {}.", chosen.runs.len(), of(found.runs.len(), "run")));
    }
    if chosen.crowded + unseen > 0 {
        notes.push(format!("{} more not shown: no room.", of(chosen.crowded + unseen, "panel")));
    }
    if !chosen.absent.is_empty() {
        notes.push(format!("Not in this data: {}.", chosen.absent.join(", ")));
    }
    if chosen.runs.len() > 1 && !chosen.absolute && found.runs.iter().any(|run| !run.windows.is_empty()) {
        notes.push("Select one run, or time of day, to shade load windows.".to_owned());
    }
    notes.extend(load_windows::remark(chosen.runs.iter().filter_map(|at| found.runs.get(*at)).flat_map(|run| &run.windows)));
    if found.runs.iter().any(|run| run.id.is_empty()) {
        notes.push("Files outside any folder are treated as one run.".to_owned());
    }
    notes
}

/// Formats a count with thousands separators: `1,000,000`.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
