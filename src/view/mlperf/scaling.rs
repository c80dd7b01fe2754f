//! Scaling efficiency of an organization's larger systems relative to its smallest, `(result / N) / (base
//! result / base N) × 100`. 100 % is linear. The base is the best submission with the fewest accelerators of the same
//! organization, round, model, scenario and accelerator; other differences are stated next to each value.

use std::collections::{BTreeMap, BTreeSet};

use super::charts::{self, Line, Panels, Point};
use super::results::{availability, described, description, figure, to};
use super::{Published, ResultSet, Scope, result_group};
use crate::analysis::published::efficiency;
use crate::catalog::number::{self, plural};
use crate::query::context::{Context, Output};
use crate::query::listing::Layout;
use crate::record::Kind;
use crate::sorting::Sorting;
use crate::state::{Filters, Selection, ViewState};
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{
    AxisModel, Card, ChartModel, Choice, Column, Control, Empty, Entry, Evidence, Grid, GridCell, LegendEntry, Panel, Rule, Tone,
    ViewModel,
};
use crate::view_model::{extent, extent_x, extent_y};

/// Option: efficiency, or result per accelerator.
const VALUE: &str = "value";
const SHARE: &str = "figure";
const EFFICIENCY: &str = "efficiency";

/// Option: groups with several node counts, or all.
const SIZES: &str = "sizes";
const ACROSS: &str = "across";
const ALL: &str = "all";

/// One submission of a family, relative to the smallest.
struct Size<'a> {
    result: Published<'a>,
    gpus: f64,
    share: f64,
    /// In percent; `None` for the base.
    efficiency: Option<f64>,
    /// Differences from the base besides size.
    doubts: Vec<String>,
}

/// Submissions of one organization, accelerator and benchmark in several sizes.
struct Family<'a> {
    label: String,
    organization: &'a str,
    /// Fewest accelerators first, then best first; the first is the base.
    sizes: Vec<Size<'a>>,
}

impl Family<'_> {
    /// Whether its sizes have several node counts.
    fn is_across_nodes(&self) -> bool {
        self.sizes.windows(2).any(|two| matches!(two, [a, b] if a.result.nodes != b.result.nodes))
    }
}

/// Scaling efficiency of larger systems.
pub(crate) static SCALING: View = View {
    about: &About {
        id: "mlperf/scaling",
        tab: &tabs::MLPERF,
        label: "Scaling",
        purpose: "Scaling efficiency: throughput per accelerator of larger MLPerf systems relative to smaller ones",
        kind: Some(Kind::Submission),
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let mut set = ResultSet::new(context, asked, Scope { defaults: &["round", "scenario"], ignored: &[], doubtful: false });
    let mut families = families(&set.results);
    let state = set.state().clone();
    let several = result_group::of(&set.results).len() > 1;
    let of_efficiency = match state.option(VALUE) {
        Some(SHARE) => false,
        Some(EFFICIENCY) => true,
        // Results of several benchmarks cannot share an axis.
        _ => several,
    };
    let mut notes = Vec::new();
    let unmatched = set.results.len() - families.iter().map(|family| family.sizes.len()).sum::<usize>();
    if unmatched > 0 {
        notes.push(format!(
            "{} left out: no other size of the same organization, accelerator and benchmark, or no accelerators.",
            plural(unmatched as u64, "result")
        ));
    }
    let found = families.len();
    let several_nodes = families.iter().filter(|family| family.is_across_nodes()).count();
    let across = match state.option(SIZES) {
        Some(asked) => asked == ACROSS,
        None => several_nodes > 0,
    };
    let all: Vec<Published<'_>> = set.results.iter().chain(&set.doubtful).copied().collect();
    let mut sized = self::families(&all);
    sized.retain(|family| !across || family.is_across_nodes());
    let sized: BTreeSet<usize> = rows(&sized).collect();
    set.doubtful.retain(|result| sized.contains(&result.row));
    if across {
        families.retain(Family::is_across_nodes);
        let inside = found - families.len();
        if inside > 0 {
            notes.push(format!("{} within one node count hidden. Set “Sizes” to show them.", plural(inside as u64, "group")));
        }
    }
    if !families.is_empty() {
        notes.push(
            "Submissions are different systems: efficiency includes every other difference from the base, such as \
             software."
                .to_owned(),
        );
    }
    let (panels, legend) = draw(context, &families, &mut set.frame.state, of_efficiency, &mut notes);
    let state = set.state().clone();
    let mut rows: Vec<usize> = rows(&families).collect();
    rows.order();
    let empty = (families.is_empty() && !set.results.is_empty()).then(|| nothing(&state, found));
    let parts = ViewModel {
        sentence: sentence(&families),
        notes,
        controls: vec![sizes_control(across, several_nodes, found), control(of_efficiency), charts::scale_control(&state)],
        cards: cards(&families, &state),
        panels: panels.panels,
        legend,
        grids: if families.is_empty() { Vec::new() } else { vec![grid(&families, &state, context.layout())] },
        empty,
        ..ViewModel::default()
    };
    Panels::point_rows(panels.points, set.finish(context, parts, rows))
}

/// Submissions available in several sizes.
fn families<'a>(results: &[Published<'a>]) -> Vec<Family<'a>> {
    let mut found = Vec::new();
    for group in result_group::of(results).into_iter().filter(|group| !group.latency) {
        let mut own: BTreeMap<(&str, &str), Vec<Size<'a>>> = BTreeMap::new();
        for result in group.results {
            let (Some(accelerator), Some(gpus)) = (result.accelerator, result.gpus) else { continue };
            let size = Size { result, gpus, share: result.value / gpus, efficiency: None, doubts: Vec::new() };
            own.entry((result.organization, accelerator)).or_default().push(size);
        }
        for ((organization, accelerator), mut sizes) in own {
            sizes.order_by(|a, b| a.gpus.total_cmp(&b.gpus).then(b.share.total_cmp(&a.share)));
            let Some((base, rest)) = sizes.split_first_mut() else { continue };
            if rest.iter().all(|size| size.gpus == base.gpus) {
                continue;
            }
            for size in rest {
                size.efficiency = efficiency(size.result.value, size.gpus, base.result.value, base.gpus);
                size.doubts = doubts(&size.result, &base.result);
            }
            found.push(Family { label: format!("{organization} · {accelerator} · {}", group.label), organization, sizes });
        }
    }
    found
}

/// The rows of families.
fn rows(families: &[Family<'_>]) -> impl Iterator<Item = usize> {
    families.iter().flat_map(|family| &family.sizes).map(|size| size.result.row)
}

/// Differences besides size.
fn doubts(result: &Published<'_>, base: &Published<'_>) -> Vec<String> {
    let system = (result.system != base.system).then(|| format!("different system from the base: {}", base.system));
    let preview =
        (result.availability != base.availability).then(|| format!("{}, base: {}", result.availability, base.availability));
    let node = (result.gpus_per_node != base.gpus_per_node).then(|| {
        let each = |one: &Published<'_>| one.gpus_per_node.map_or("unknown".to_owned(), number::exact);
        format!("{} accelerators per node, base: {}", each(result), each(base))
    });
    system.into_iter().chain(node).chain(preview).collect()
}

fn sentence(families: &[Family<'_>]) -> String {
    if families.is_empty() {
        return String::new();
    }
    let all: Vec<Published<'_>> = families.iter().flat_map(|family| &family.sizes).map(|size| size.result).collect();
    format!(
        "{}: {} of one organization and accelerator in several sizes, relative to the smallest of each",
        result_group::subject(&result_group::of(&all)),
        plural(families.len() as u64, "group")
    )
}

fn nothing(state: &ViewState, found: usize) -> Empty {
    if found > 0 {
        let reason = "No organization submitted one benchmark at several node counts within the filters.".to_owned();
        let all = state.clone().with_option(SIZES, &[ALL]);
        return Empty { reason, remedy: Some(("Include sizes within one node".to_owned(), all)) };
    }
    let reason = "No organization submitted one benchmark at several counts of one accelerator within the filters.".to_owned();
    let mut all = state.clone();
    all.filters = Filters::Chosen(Selection::new());
    Empty { reason, remedy: Some(("Show all rounds and models".to_owned(), all)) }
}

fn sizes_control(across: bool, several_nodes: usize, found: usize) -> Control {
    let groups = |count: usize| plural(count as u64, "group");
    Control {
        key: SIZES.to_owned(),
        label: "Sizes".to_owned(),
        help: "Groups that scale across nodes, or also within one node".to_owned(),
        values: vec![if across { ACROSS } else { ALL }.to_owned()],
        entry: Entry::Select(vec![
            Choice::new(ACROSS, "across nodes", &groups(several_nodes)),
            Choice::new(ALL, "all", &groups(found)),
        ]),
    }
}

fn control(of_efficiency: bool) -> Control {
    Control {
        key: VALUE.to_owned(),
        label: "Metric".to_owned(),
        help: "Published result ÷ accelerators, or the same in percent of the smallest system".to_owned(),
        values: vec![if of_efficiency { EFFICIENCY } else { SHARE }.to_owned()],
        entry: Entry::Select(vec![
            Choice::new(SHARE, "result per accelerator", ""),
            Choice::new(EFFICIENCY, "efficiency", "% of the smallest"),
        ]),
    }
}

/// The points of a family: the best submission of each size.
fn line(family: &Family<'_>, of_efficiency: bool) -> Line {
    let mut points: Vec<Point> = Vec::new();
    for size in &family.sizes {
        let y = if of_efficiency { size.efficiency.unwrap_or(100.0) } else { size.share };
        if points.last().is_none_or(|last| last.x != size.gpus) {
            points.push(Point { x: size.gpus, y, rows: vec![size.result.row] });
        }
    }
    Line::of_organization(&family.label, family.organization, points)
}

/// Round numbers around the range of an axis; `None` if they are equal.
fn around([low, high]: [f64; 2]) -> Option<[f64; 2]> {
    let step = 10f64.powf((high - low).log10().floor());
    (low < high).then(|| [(low / step).floor() * step, (high / step).ceil() * step])
}

/// One line per family, in its organization's colour.
fn draw(
    context: &mut Context<'_>,
    families: &[Family<'_>],
    state: &mut ViewState,
    of_efficiency: bool,
    notes: &mut Vec<String>,
) -> (Panels, Vec<LegendEntry>) {
    if families.is_empty() {
        return (Panels::default(), Vec::new());
    }
    let lines: Vec<Line> = families.iter().map(|family| line(family, of_efficiency)).collect();
    let log = !charts::is_linear(state);
    let ends = extent(lines.iter().flat_map(|line| &line.points).map(|point| point.y));
    // Within one decade a logarithmic axis has few labels: use a linear one fitted to the data.
    let wide = ends.is_some_and(|[low, high]| low > 0.0 && high / low >= 10.0);
    let (x_log, y_log) = (state.x_log.unwrap_or(log), state.y_log.unwrap_or(log && wide));
    let near = ends.filter(|_| log && !y_log).and_then(around);
    let mut scale = ViewState { x_log: Some(x_log), y_log: Some(y_log), ..state.clone() };
    let drawn = charts::Lines::new(context, &mut scale, &lines, notes);
    state.shown = scale.shown;
    let x = AxisModel::own("Accelerators of the system", "", None);
    let units: Vec<&str> = families.iter().flat_map(|family| &family.sizes).map(|size| size.result.unit).collect();
    let unit = units.first().copied().filter(|first| units.iter().all(|unit| unit == first)).unwrap_or_default();
    let y = match of_efficiency {
        true => AxisModel::own("Scaling efficiency (per accelerator, relative to the smallest system)", "%", Some(true)),
        false => AxisModel::own("Published result ÷ accelerators, not verified by MLCommons", unit, Some(true)),
    };
    let x = AxisModel { range: extent_x(&drawn.series), ..charts::scaled(x, x_log) };
    let y = AxisModel { range: near.or(extent_y(&drawn.series)), exact: near.is_some(), ..charts::scaled(y, y_log) };
    let linear = Rule { upright: false, at: 100.0, label: "linear scaling".to_owned() };
    let rules = if of_efficiency { vec![linear] } else { Vec::new() };
    let chart = ChartModel { x, y, series: drawn.series, rules, ..ChartModel::default() };
    (Panels { panels: vec![Panel { title: String::new(), chart }], points: vec![drawn.point_rows] }, drawn.legend)
}

fn cards(families: &[Family<'_>], state: &ViewState) -> Vec<Card> {
    let all = families.iter().flat_map(|family| family.sizes.iter().map(move |size| (family, size)));
    let known: Vec<(&Family<'_>, &Size<'_>, f64)> =
        all.filter_map(|(family, size)| Some((family, size, size.efficiency?))).collect();
    let largest = known.iter().max_by(|a, b| a.1.gpus.total_cmp(&b.1.gpus));
    let lowest = known.iter().min_by(|a, b| a.2.total_cmp(&b.2));
    let card = |label: &str, (family, size, efficiency): &(&Family<'_>, &Size<'_>, f64)| {
        let base = family.sizes.first();
        let evidence = base.into_iter().chain([*size]).map(|one| Evidence {
            text: format!(
                "{} {} ÷ {}: {}, {}",
                number::column(one.result.value),
                one.result.unit,
                number::exact(one.gpus),
                number::short(one.share),
                one.result.system
            ),
            link: Some(to(state, "mlperf", &[("public_id", one.result.id), ("system", one.result.system)])),
            ..Evidence::default()
        });
        Card {
            label: label.to_owned(),
            value: format!("{}%", number::short(*efficiency)),
            tone: if size.doubts.is_empty() { Tone::Plain } else { Tone::Doubt },
            detail: format!(
                "{}: {} vs {} accelerators",
                family.label,
                number::exact(size.gpus),
                base.map(|base| number::exact(base.gpus)).unwrap_or_default()
            ),
            method: "(result ÷ accelerators) ÷ (the same for the smallest system) × 100; not verified by MLCommons.".to_owned(),
            evidence: evidence.collect(),
        }
    };
    let cards = [largest.map(|one| card("Largest system", one)), lowest.map(|one| card("Lowest efficiency", one))];
    cards.into_iter().flatten().collect()
}

fn grid(families: &[Family<'_>], state: &ViewState, layout: Layout<'_>) -> Grid {
    let all: Vec<Published<'_>> = families.iter().flat_map(|family| &family.sizes).map(|size| size.result).collect();
    let rounds = all.windows(2).any(|two| matches!(two, [a, b] if a.round != b.round));
    let mut columns = vec![
        Column::text("group", "Group"),
        Column::figure("efficiency", "Efficiency", "%"),
        Column::figure("share", "Per accelerator", ""),
        Column::figure("result", "System result", ""),
        Column::text("unit", "Unit"),
        Column::text("base", "Against"),
        Column::text("doubt", "Other differences"),
    ];
    columns.extend(described(rounds));
    columns.extend([("availability", "Availability"), ("public_id", "Public ID")].map(|(key, label)| Column::text(key, label)));
    let lines: Vec<_> = families.iter().flat_map(|family| family.sizes.iter().map(move |size| (family, size))).collect();
    let row = |(family, size): (&Family<'_>, &Size<'_>)| {
        let base = family.sizes.first().map(|base| &base.result);
        let is_base = size.efficiency.is_none();
        let words = base.map_or(String::new(), |base| match is_base {
            true => "base".to_owned(),
            false => format!("{} × {}", base.id, base.gpus.map(number::exact).unwrap_or_default()),
        });
        let hint = base.map_or(String::new(), |base| format!("{} ({})", base.system, base.organization));
        let tone = if size.doubts.is_empty() { Tone::Plain } else { Tone::Doubt };
        let mut cells = vec![
            GridCell::text(family.label.clone()),
            GridCell::figure(size.efficiency).toned(tone).hinted(size.doubts.join("\n")),
            GridCell::figure(Some(size.share)).hinted("Not verified by MLCommons"),
            figure(&size.result, state),
            GridCell::text(size.result.unit),
            GridCell::text(words).hinted(hint),
            GridCell::text(size.doubts.join("; ")),
        ];
        cells.extend(description(&size.result, rounds, state));
        cells.extend([availability(&size.result), GridCell::text(size.result.id)]);
        cells
    };
    let heading = Grid {
        key: "scaling".to_owned(),
        title: "By size".to_owned(),
        note: "Relative to the best submission with the fewest accelerators in each group; derived, not verified by MLCommons."
            .to_owned(),
        columns,
        ..Grid::default()
    };
    layout.list(heading, &lines, |_, one, _| row(*one))
}
