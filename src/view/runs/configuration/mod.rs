//! Set-up of one run: nodes, workers, GPUs and server settings, and differences from
//! another run or between its own workers.

mod difference;
mod incidental;
mod listing;
mod plan;
mod stated;

use std::collections::BTreeSet;

use self::difference::Difference;
use self::stated::Setting;
use super::list::completeness;
use crate::capacity::gpu_basis::Basis;
use crate::catalog::number;
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::record::Kind;
use crate::runs::folders::{AGAINST, RUN, Run, Sources, narrowed};
use crate::runs::{configurations, effects};
use crate::state::{FIND, Filters, Selection, ViewState, link};
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{Card, Choice, Control, Empty, Entry, Evidence, Tone, ViewModel};

/// Runs offered to choose from: filters narrow a longer list.
const CHOICES: usize = 500;
/// Option value: compare its own workers.
const WORKERS: &str = "workers";
/// Maximum number of runs searched for the most similar one.
const CANDIDATES: usize = 24;

/// The set-up of a run.
pub(crate) static CONFIGURATION: View = View {
    about: &About {
        id: "runs/configuration",
        tab: &tabs::RUNS,
        label: "Configuration",
        purpose: "Nodes, workers, GPUs, command lines and environment of one run, compared with another run",
        extra_kinds: &[Kind::Sample, Kind::Setting, Kind::Context],
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let mut frame = Frame::new(context, asked, &[]);
    let state = frame.state.clone();
    let sources = Sources::new(context);
    let all = sources.runs(&frame.rows, &state.selection());
    let mut notes = Vec::new();
    let asked_for = state.option(RUN);
    let named = asked_for.and_then(|id| all.iter().find(|run| run.id == id));
    if asked_for.is_some() && named.is_none() && !all.is_empty() {
        notes.push("The linked run is outside the filters. Showing another run.".to_owned());
    }
    // Default: the run with the most settings, preferring runs with results and an id, then the newest.
    let says = |run: &Run| (!run.rows.is_empty(), sources.value(run, "run_id").is_some(), run.settings.len());
    let usual = || all.iter().rev().max_by_key(|run| says(run));
    let Some(run) = named.or_else(usual) else {
        let parts = ViewModel { empty: nothing(context, &state), notes, ..ViewModel::default() };
        return frame.finish(context, parts, Vec::new(), &[]);
    };
    frame.has_other_content();
    let settings = stated::read(&sources, run);
    let against = Comparison::choose(&sources, &all, run, &settings, &state);
    let difference = match &against {
        Comparison::Workers => difference::workers(&settings),
        // Baseline first, like `inferscope compare`.
        Comparison::Run(other, theirs) => difference::runs((&other.name, theirs), (&run.name, &settings)),
    };
    if settings.is_empty() {
        notes.push("No settings found for this run: load its recipe, a node dump or its worker logs.".to_owned());
    }
    let nodes = plan::nodes(&sources, run, &settings);
    let nameless = nodes.iter().filter(|node| node.name.is_none()).count();
    if nameless > 0 {
        notes.push(format!(
            "{nameless} of {} only in the run's description, without a log or dump.",
            number::plural(nodes.len() as u64, "node")
        ));
    }
    let to_worker = |role: &str, worker: &str| {
        if run.samples == 0 {
            return None;
        }
        let mut target = narrowed(&state, "runs/timeline", run);
        target.choose("role", BTreeSet::from([role.to_owned()]));
        target.choose("worker", BTreeSet::from([worker.to_owned()]));
        Some(link::encode(&target))
    };
    let mut grids = Vec::new();
    if !nodes.is_empty() {
        grids.push(plan::grid(&nodes, to_worker));
    }
    let sentence = match &against {
        Comparison::Workers if !difference.comparable => format!("Run {}", run.name),
        Comparison::Workers => format!("Run {}; across its workers: {}", run.name, difference.verdict),
        Comparison::Run(other, _) => format!("Run {} vs {}: {}", run.name, other.name, difference.verdict),
    };
    if !difference.comparable {
        notes.push(format!("Cannot compare: {}.", difference.verdict));
    }
    let mut rows = run.rows.clone();
    grids.extend(difference.grid.clone());
    if let Comparison::Run(other, _) = &against {
        let pair = [*other, run].map(|run| configurations::Run::named(&run.id, &run.name, &run.rows));
        if pair.iter().all(|run| !run.rows.is_empty()) {
            let (mut effect, remarks) = effects::effect(context.table, &pair.each_ref(), &state, |kpi| {
                let mut target = narrowed(&state, "explore", run);
                target.choose("folder", [run, *other].iter().filter_map(|run| run.folder.clone()).collect());
                target.y = Some(kpi.axis());
                link::encode(&target)
            });
            effect.title = format!("Effect on metrics: {} vs {}", run.name, other.name);
            for column in effect.columns.iter_mut().filter(|column| column.key.ends_with("-change")) {
                column.label = format!("Change in {}", run.name);
            }
            grids.push(effect);
            notes.extend(remarks);
            rows.extend(&other.rows);
        }
    }
    let words = state.option(FIND).unwrap_or_default().to_lowercase();
    let words: Vec<&str> = words.split_whitespace().collect();
    grids.extend(listing::grids(&settings, &words));
    grids.extend(difference.incidental.clone());
    let parts = ViewModel {
        sentence,
        notes,
        controls: controls(&all, run, &against, &state),
        cards: cards(&sources, run, &nodes, &difference, &state),
        grids,
        ..ViewModel::default()
    };
    frame.finish(context, parts, rows, &[])
}

/// Why no run is shown.
fn nothing(context: &Context<'_>, state: &ViewState) -> Option<Empty> {
    (context.table.rows() == 0 && !state.selection().is_empty()).then(|| {
        let mut remedied = state.clone();
        remedied.filters = Filters::Chosen(Selection::new());
        Empty { reason: "The filters exclude every run.".to_owned(), remedy: Some(("Clear all filters".to_owned(), remedied)) }
    })
}

/// The other side of the comparison.
enum Comparison<'a> {
    Workers,
    Run(&'a Run, Vec<Setting>),
}

impl<'a> Comparison<'a> {
    /// The selected one, else the run of the same topology with the fewest differing settings, else the run's own workers.
    fn choose(sources: &Sources<'_>, all: &'a [Run], run: &Run, settings: &[Setting], state: &ViewState) -> Comparison<'a> {
        let others = || all.iter().filter(|other| other.id != run.id);
        match state.option(AGAINST) {
            Some(WORKERS) => return Comparison::Workers,
            Some(id) => {
                if let Some(other) = others().find(|other| other.id == id) {
                    return Comparison::Run(other, stated::read(sources, other));
                }
            }
            None => {}
        }
        let alike = |other: &&Run| {
            ["framework", "model"].iter().all(|key| sources.value(other, key) == sources.value(run, key))
                && sources.topology(other).map(|(label, _)| label) == sources.topology(run).map(|(label, _)| label)
        };
        let candidates = others().filter(|other| !other.rows.is_empty() && !run.rows.is_empty()).filter(alike).take(CANDIDATES);
        let near = candidates.filter_map(|other| {
            let theirs = stated::read(sources, other);
            Some((difference::distance(settings, &theirs)?, other, theirs))
        });
        let nearest = near.reduce(|best, other| if other.0 < best.0 { other } else { best });
        nearest.map_or(Comparison::Workers, |(_, other, theirs)| Comparison::Run(other, theirs))
    }

    fn key(&self) -> String {
        match self {
            Comparison::Workers => WORKERS.to_owned(),
            Comparison::Run(other, _) => other.id.clone(),
        }
    }
}

fn controls(all: &[Run], run: &Run, against: &Comparison<'_>, state: &ViewState) -> Vec<Control> {
    let said = |run: &Run| {
        if run.settings.is_empty() { "no settings".to_owned() } else { format!("{} settings", run.settings.len()) }
    };
    let choice = |run: &Run| Choice::new(&run.id, &run.name, &said(run));
    // Limit the choices; filters narrow long lists.
    let listed = |chosen: &str| {
        let chosen = chosen.to_owned();
        all.iter().enumerate().filter(move |(at, one)| *at < CHOICES || one.id == chosen).map(|(_, one)| one)
    };
    let key = against.key();
    let others = listed(&key).filter(|other| other.id != run.id).map(choice);
    vec![
        Control {
            key: RUN.to_owned(),
            label: "Run".to_owned(),
            help: "Run to show, newest first".to_owned(),
            values: vec![run.id.clone()],
            entry: Entry::Select(listed(&run.id).map(choice).collect()),
        },
        Control {
            key: AGAINST.to_owned(),
            label: "Compare with".to_owned(),
            help: "Another run, or the run's own workers with each other".to_owned(),
            values: vec![key.clone()],
            entry: Entry::Select([Choice::new(WORKERS, "its own workers", "")].into_iter().chain(others).collect()),
        },
        Basis::of(state).control(),
        Control {
            key: FIND.to_owned(),
            label: "Find".to_owned(),
            help: "Settings whose name or value contains all of these words".to_owned(),
            values: state.option(FIND).map(str::to_owned).into_iter().collect(),
            entry: Entry::Text { placeholder: "setting or value".to_owned() },
        },
    ]
}

fn cards(sources: &Sources<'_>, run: &Run, nodes: &[plan::Node], difference: &Difference, state: &ViewState) -> Vec<Card> {
    let some = |key: &str| sources.values(run, key).into_iter().collect::<Vec<_>>().join(", ");
    let or_unknown = |text: String| if text.is_empty() { "unknown".to_owned() } else { text };
    let card = |label: &str, value: String, detail: String| {
        let tone = if value.is_empty() { Tone::Doubt } else { Tone::Plain };
        Card { label: label.to_owned(), value: or_unknown(value), tone, detail, ..Card::default() }
    };
    let topology = sources.topology(run);
    let named = nodes.iter().filter(|node| node.name.is_some()).count();
    let gpus = |basis: Basis| basis.gpus(sources, run);
    let basis = Basis::of(state);
    let other = if basis == Basis::Working { Basis::Allocated } else { Basis::Working };
    let count = |basis: Basis| gpus(basis).map(|(gpus, _)| number::short(gpus)).unwrap_or_default();
    let idle = gpus(Basis::Allocated).zip(gpus(Basis::Working).filter(|(_, doubt)| !doubt)).map(|(all, works)| all.0 - works.0);
    let idle = idle.filter(|idle| *idle > 0.0).map(|idle| format!("; {} idle", number::short(idle))).unwrap_or_default();
    let joined = |keys: &[&str], between: &str| {
        keys.iter().map(|key| some(key)).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(between)
    };
    let complete = completeness(sources, run);
    let missing = sources.missing(run);
    let evidence =
        |text: String| Evidence { text, tone: Tone::Doubt, link: Some(link::encode(&narrowed(state, "explore", run))) };
    let mut levels = card("Levels", complete.cell.text, complete.hint);
    levels.tone = complete.tone;
    levels.evidence = missing.into_iter().map(|level| evidence(format!("concurrency {level} missing"))).collect();
    let ignored = number::plural(difference.ignored as u64, "incidental difference");
    let detail = if difference.ignored == 0 { "differing settings".to_owned() } else { format!("{ignored} excluded") };
    let mut verdict = card("Comparison", difference.verdict.clone(), detail);
    verdict.tone = difference.tone;
    verdict.method =
        "The same setting of recipes, dumps and logs is one, and so is the same change on several sides. Ports, devices, \
                      hosts, ids and times differ between any two runs: they are listed last and do not count."
            .to_owned();
    let mut gpu_card = card(
        &format!("GPUs ({})", basis.word()),
        count(basis),
        [format!("{}: {}{idle}", other.word(), or_unknown(count(other))), joined(&["accelerator", "precision"], ", ")]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join("; "),
    );
    if basis == Basis::Working && gpus(basis).is_some_and(|(_, doubtful)| doubtful) {
        gpu_card.tone = Tone::Doubt;
        gpu_card.method = "The run states only its allocated GPUs; these are shown.".to_owned();
    }
    let cards = vec![
        card(
            "Topology",
            topology.as_ref().map(|(label, _)| label.clone()).unwrap_or_default(),
            topology.map(|(_, why)| why.to_owned()).unwrap_or_default(),
        ),
        card("Nodes", if nodes.is_empty() { String::new() } else { nodes.len().to_string() }, format!("{named} named")),
        gpu_card,
        card("Model", some("model"), joined(&["quantization", "spec_decoding"], ", ")),
        card("Container", some("image"), String::new()),
        card("Framework", joined(&["framework", "version"], " · "), some("backend")),
        card("Benchmark", joined(&["benchmark_type"], ""), joined(&["isl", "osl"], "/")),
        levels,
    ];
    cards.into_iter().chain(difference.comparable.then_some(verdict)).collect()
}
