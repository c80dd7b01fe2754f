//! Models and their variants side by side: latency, throughput, memory, errors, cost, energy and accuracy of each, with the
//! ratio to a baseline; from results, server metrics, logs and scores, or some of them.
//!
//! Figures of a benchmark are of equal settings at one load; figures of servers are of the whole time that was scraped.

mod basis;
mod figures;
mod grids;
mod rows;
mod scores;
mod variants;
mod words;

use self::basis::Basis;
use self::figures::{Calculation, Figure};
use self::variants::{MOST, Sources, Variant};
use crate::catalog::{defaults, dimensions};
use crate::comparison::sides::{BASELINE, BY, CANDIDATE, written};
use crate::query::colours::Colours;
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::record::Kind;
use crate::state::{Axis, ViewState};
use crate::table::Table;
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{Choice, Control, Empty, Entry, Tone, ViewModel};

/// Models and variants side by side.
pub(crate) static MODELS: View = View {
    about: &About {
        id: "compare/models",
        tab: &tabs::COMPARE,
        label: "Models",
        purpose: "Models or quantisations side by side: latency, throughput, memory, cost, energy and accuracy against a baseline",
        kind: None,
        accepted_kinds: &[Kind::Measurement, Kind::Sample, Kind::Accuracy],
        extra_kinds: &variants::KINDS,
        ..About::MEASUREMENTS
    },
    show,
};

/// A figure of a variant against the baseline's.
struct Outcome {
    /// The baseline is the denominator.
    ratio: f64,
    /// What it means by the figure's direction and the threshold.
    tone: Tone,
}

/// Compares two variants by a figure; `None` where one lacks it or the baseline's is not above zero.
fn outcome(figure: &Figure, at: usize, base: usize, threshold: f64) -> Option<Outcome> {
    let value = |at: usize| figure.values.get(at)?.as_ref().ok().map(|value| value.value);
    let (own, base) = (value(at)?, value(base)?);
    let ratio = own / base;
    if !(base > 0.0 && ratio.is_finite()) {
        return None;
    }
    let change = 100.0 * (ratio - 1.0);
    let tone = match figure.higher {
        None => Tone::Plain,
        Some(_) if change.abs() <= threshold => Tone::Similar,
        Some(higher) if (change > 0.0) == higher => Tone::Better,
        Some(_) => Tone::Worse,
    };
    Some(Outcome { ratio, tone })
}

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let offered = variants::offered(context);
    let by = asked.option(BY).and_then(|asked| offered.iter().map(|(key, _)| *key).find(|key| *key == asked));
    let Some(by) = by.or_else(|| variants::usual(&offered)) else {
        let frame = Frame::new(context, asked, &[]);
        let empty = (context.table.rows() > 0).then(|| nothing(asked, &offered));
        return frame.finish(context, ViewModel { empty, ..ViewModel::default() }, Vec::new(), &[]);
    };
    let mut frame = Frame::new(context, asked, &[by]);
    let state = frame.state.clone();
    let sources = Sources::new(context, &frame);
    let (all, more) = variants::variants(&sources, by);
    if all.len() < 2 {
        let empty = (!frame.rows.is_empty()).then(|| Empty {
            reason: format!("Within the filters there is one {} only: nothing to compare it with.", dimensions::label(by)),
            remedy: None,
        });
        let controls = vec![by_control(by, &offered)];
        return frame.finish(context, ViewModel { empty, controls, ..ViewModel::default() }, Vec::new(), &[]);
    }
    let measured = sources.get(Kind::Measurement);
    let chosen = chosen(&state, &all);
    let mut variants = chosen.variants(&all);
    let preferred = variants::by_preference(&variants);
    let base = chosen.base.unwrap_or_else(|| {
        let comparable = measured.and_then(|(table, _)| basis::comparable(table, &variants, by, &preferred));
        comparable.or(preferred.first().copied()).unwrap_or_default()
    });
    // The baseline is read first.
    if let Some(first) = variants.get_mut(..=base) {
        first.rotate_right(1);
    }
    let base = 0;
    frame.notes.extend(chosen.notes);
    if let Some((table, _)) = measured.filter(|_| context.kind == Kind::Measurement) {
        frame.ask(table, &["accelerator", "gpus"]);
    }
    let basis = match measured {
        Some((table, rows)) => basis::basis(table, rows, &state, by, &variants, base),
        None => Basis {
            rows: variants.iter().map(|_| Err("no results of a benchmark are loaded".to_owned())).collect(),
            ..Basis::default()
        },
    };
    // Cost and energy ask for measurements, whatever kind the row table is of.
    let none = Table::empty(Kind::Measurement);
    let calculated = Context {
        table: measured.map_or(&none, |(table, _)| table),
        kind: Kind::Measurement,
        others: context.others.clone(),
        colours: &mut Colours::default(),
        sort: None,
        window: context.window,
        settings: context.settings,
    };
    let figures = Calculation::new(&calculated, &sources, &variants, &basis).figures();
    let mut notes = basis.notes.clone();
    notes.extend(remarks(&figures, &sources, more, by));
    let (panels, points) = grids::bars(&figures, &variants);
    let mut controls = vec![by_control(by, &offered)];
    controls.extend(side_controls(&all, &variants, base));
    controls.extend(basis.controls.iter().cloned());
    let empty = figures.is_empty().then(|| Empty {
        reason: "No figure can be compared: the variants share no settings and load, and no server metrics or scores are loaded."
            .to_owned(),
        remedy: None,
    });
    let threshold = state.threshold;
    let grids = std::iter::once(grids::table(&figures, &variants, base, threshold));
    let grids = grids.chain(grids::expectations(&figures, &variants, base, &basis, threshold));
    let parts = ViewModel {
        headline: words::headline(&figures, &variants, base, &basis, threshold),
        sentence: sentence(calculated.table, &variants, by, &basis),
        notes,
        controls,
        panels,
        grids: if figures.is_empty() { Vec::new() } else { grids.collect() },
        empty,
        ..ViewModel::default()
    };
    let is_measured = context.kind == Kind::Measurement;
    let rows =
        if is_measured { basis.all() } else { variants.iter().flat_map(|variant| variant.of(context.kind)).copied().collect() };
    let axes = defaults::axes(context.kind).1.iter();
    let axes: Vec<Axis> = axes.map(|(metric, stat)| Axis::Figure { metric: (*metric).to_owned(), stat: *stat }).collect();
    if rows.is_empty() && !figures.is_empty() {
        frame.has_other_content();
    }
    let mut output = frame.finish(context, parts, rows, &axes);
    // The rows behind bars are measurements.
    output.points = if is_measured { points } else { Vec::new() };
    output
}

/// Which variants are shown, by their places among all.
struct Chosen {
    at: Vec<usize>,
    /// The baseline's place among those shown, where somebody chose it.
    base: Option<usize>,
    notes: Vec<String>,
}

impl Chosen {
    fn variants(&self, all: &[Variant]) -> Vec<Variant> {
        self.at.iter().filter_map(|at| all.get(*at)).cloned().collect()
    }
}

/// All variants, or those that the state asks for with their baseline.
fn chosen(state: &ViewState, all: &[Variant]) -> Chosen {
    let mut notes = Vec::new();
    let mut place = |key: &str| -> Vec<usize> {
        let asked = state.options.get(key).map(Vec::as_slice).unwrap_or_default();
        let (there, gone): (Vec<_>, Vec<_>) = asked
            .iter()
            .map(|value| (value, all.iter().position(|variant| written(&variant.value) == *value)))
            .partition(|(_, at)| at.is_some());
        notes.extend(gone.iter().map(|(value, _)| format!("“{value}” is not among the variants.")));
        there.into_iter().filter_map(|(_, at)| at).collect()
    };
    let (base, candidates) = (place(BASELINE).first().copied(), place(CANDIDATE));
    let mut at: Vec<usize> =
        (0..all.len()).filter(|at| candidates.is_empty() || candidates.contains(at) || Some(*at) == base).collect();
    if at.len() < 2 {
        at = (0..all.len()).collect();
    }
    let base = base.and_then(|base| at.iter().position(|other| *other == base));
    Chosen { at, base, notes }
}

fn nothing(state: &ViewState, offered: &[(&'static str, usize)]) -> Empty {
    let remedy = offered.first().map(|(key, _)| {
        let mut target = state.clone();
        target.set_option(BY, vec![(*key).to_owned()]);
        (format!("Compare by {}", dimensions::label(key).to_lowercase()), target)
    });
    let reason = "The loaded files are of one model in one precision and version: there is no variant to compare it with. Add results, \
                  server metrics or scores of another one.";
    Empty { reason: reason.to_owned(), remedy }
}

/// What the figures do not say by themselves.
fn remarks(figures: &[Figure], sources: &Sources<'_>, more: usize, by: &str) -> Vec<String> {
    let mut notes = Vec::new();
    if more > 0 {
        notes.push(format!(
            "The {MOST} best-populated values of {} are compared; {more} more are left out.",
            dimensions::label(by)
        ));
    }
    if sources.get(Kind::Sample).is_some() && figures.iter().any(|figure| figure.key.starts_with("server-")) {
        notes.push(
            "Figures of servers are of the whole time that was scraped: they compare like with like under equal loads only."
                .to_owned(),
        );
    }
    let missing: Vec<String> = figures::missing(figures)
        .iter()
        .map(|group| format!("{} (from {})", group.label().to_lowercase(), group.files()))
        .collect();
    if !missing.is_empty() {
        notes.push(format!("Not in these files: {}.", missing.join("; ")));
    }
    notes
}

fn sentence(table: &Table, variants: &[Variant], by: &str, basis: &Basis) -> String {
    let settings = if basis.settings.is_empty() { grids::common(table, basis, by) } else { basis.settings.clone() };
    let parts: Vec<String> = basis.load().into_iter().chain([settings]).filter(|part| !part.is_empty()).collect();
    let of = format!("{} variants by {}", variants.len(), dimensions::label(by).to_lowercase());
    if parts.is_empty() { format!("{of}, from server metrics, logs and scores.") } else { format!("{of}: {}.", parts.join(", ")) }
}

fn by_control(by: &str, offered: &[(&'static str, usize)]) -> Control {
    let choice = |(key, count): &(&'static str, usize)| Choice::new(key, dimensions::label(key), &format!("{count} values"));
    Control {
        key: BY.to_owned(),
        label: "Compare".to_owned(),
        help: "What tells the variants apart".to_owned(),
        values: vec![by.to_owned()],
        entry: Entry::Select(offered.iter().map(choice).collect()),
    }
}

fn side_controls(all: &[Variant], shown: &[Variant], base: usize) -> [Control; 2] {
    let choice = |variant: &Variant| {
        Choice::new(&written(&variant.value), &variant.name, variant.precision.map_or("", |precision| precision.label))
    };
    let choices: Vec<Choice> = all.iter().map(choice).collect();
    let values = |of: &[Variant]| of.iter().map(|variant| written(&variant.value)).collect::<Vec<_>>();
    let control = |key: &str, label: &str, help: &str, values: Vec<String>, entry: Entry| Control {
        key: key.to_owned(),
        label: label.to_owned(),
        help: help.to_owned(),
        values,
        entry,
    };
    let baseline = values(shown.get(base..).and_then(|rest| rest.get(..1)).unwrap_or_default());
    let others: Vec<String> = values(shown).into_iter().filter(|value| !baseline.contains(value)).collect();
    [
        control(
            BASELINE,
            "Baseline",
            "Reference of every ratio. Default: the one that is not quantised",
            baseline,
            Entry::Select(choices.clone()),
        ),
        control(CANDIDATE, "Variants", "Compared with the baseline. Default: all", others, Entry::MultiSelect(choices)),
    ]
}
