//! Configurations: the settings of each run, differences between runs, and their effect on metrics.

use crate::analysis::arguments;
use crate::catalog::{dimensions, number, versions};
use crate::comparison::kpis::Kpi;
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::query::groups;
use crate::query::listing::Layout;
use crate::record::Kind;
use crate::runs::configurations::{self, Run, StatedSettings, cut};
use crate::runs::effects;
use crate::sorting::Sorting;
use crate::state::{FIND, ViewState, link};
use crate::table::Table;
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{Card, Choice, Column, Control, Entry, Evidence, Grid, GridCell, ViewModel};
use std::collections::{BTreeMap, BTreeSet};

/// Option: ids of the compared runs.
const RUNS: &str = "runs";
/// Option: whether to list equal settings too.
const SHOW: &str = "show";
/// Maximum number of runs listed.
const MAX_RUNS: usize = 500;
/// Maximum length of displayed arguments, in characters. Tooltips and copies have the whole value.
const ARGUMENTS: usize = 72;
/// Maximum number of settings on a card.
const NAMED: usize = 12;

/// The settings of runs.
pub(crate) static CONFIGURATIONS: View = View {
    about: &About {
        id: "data/configurations",
        tab: &tabs::DATA,
        label: "Configurations",
        purpose: "Arguments, images and settings of each run, what differs between runs and its effect on metrics",
        extra_kinds: &[Kind::Setting],
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let table = context.table;
    let frame = Frame::new(context, asked, &[]);
    let state = frame.state.clone();
    let stated = StatedSettings::new(context.others.get(&Kind::Setting).copied());
    let all = configurations::gather(table, &frame.rows, &stated);
    let mut notes = Vec::new();
    let chosen = chosen(table, &frame.rows, &all, &state, &mut notes);
    let words = state.option(FIND).unwrap_or_default().to_lowercase();
    let words: Vec<&str> = words.split_whitespace().collect();
    let found: Vec<&Run> = all.iter().filter(|run| has(run, &words)).collect();
    if all.iter().all(|run| run.stated.is_none() && run.image.is_none()) && stated.count() == 0 && !all.is_empty() {
        notes.push(
            "No loaded file states arguments, an image or settings: runs are distinguished by their configuration only."
                .to_owned(),
        );
    }

    let every = state.option(SHOW) == Some("all");
    let mut grids = Vec::new();
    let mut sentence =
        format!("{}, from {}", number::plural(all.len() as u64, "run configuration"), context.kind.count(frame.rows.len()));
    if found.len() < all.len() {
        sentence = format!("{sentence}; {} of them have “{}”", found.len(), words.join(" "));
    }
    if chosen.len() > 1 {
        let settings = effects::settings(table, &chosen, every);
        let names: Vec<&str> = chosen.iter().map(|run| run.label.as_str()).collect();
        sentence = format!("{sentence}. {}: {} of {} settings differ", names.join(" against "), settings.differing, settings.all);
        let (effect, remarks) = effects::effect(table, &chosen, &state, |kpi| explore(table, &state, &chosen, kpi));
        notes.extend(remarks);
        grids.extend([settings.grid, effect]);
    } else if all.len() > 1 {
        notes.push("Select two or more runs to compare their settings.".to_owned());
    }
    if found.len() > MAX_RUNS {
        notes.push(format!(
            "Showing the first {MAX_RUNS} of {} run configurations. Filter or search to see the others.",
            found.len()
        ));
    }
    grids.push(listing(table, &state, &all, &found, &chosen, context.layout()));
    let rows = found.iter().flat_map(|run| run.rows.iter().copied()).collect();
    let parts = ViewModel {
        sentence,
        notes,
        controls: controls(&all, &chosen, &state, every),
        cards: cards(&all),
        grids,
        ..ViewModel::default()
    };
    frame.finish(context, parts, rows, &[])
}

/// The compared runs: the selected ones in their order, or else the two newest versions of the
/// configuration with the most measurements, the older one first.
fn chosen<'a>(table: &Table, rows: &[usize], all: &'a [Run], state: &ViewState, notes: &mut Vec<String>) -> Vec<&'a Run> {
    let Some(ids) = state.options.get(RUNS) else { return newest(table, rows, all) };
    let chosen: Vec<&Run> = ids.iter().filter_map(|id| all.iter().find(|run| run.id == *id)).collect();
    if chosen.len() < ids.len() && !all.is_empty() {
        notes.push(format!("{} of the selected runs are outside the filters.", ids.len() - chosen.len()));
    }
    chosen
}

fn newest<'a>(table: &Table, rows: &[usize], all: &'a [Run]) -> Vec<&'a Run> {
    let version = |run: &Run| run.rows.first().and_then(|row| table.dimension("version")?.text(*row));
    let at: BTreeMap<usize, &Run> = all.iter().filter_map(|run| Some((*run.rows.first()?, run))).collect();
    let by: Vec<&str> = groups::configuration(table).into_iter().filter(|key| !["version", "path"].contains(key)).collect();
    let candidates = groups::group(table, rows, &by).into_iter().filter_map(|group| {
        let mut runs: Vec<&Run> = group.rows.iter().filter_map(|row| at.get(row).copied()).collect();
        // Newest first; for each version the run with the most measurements.
        runs.order_by(|a, b| {
            let newest = match (version(a), version(b)) {
                (Some(a), Some(b)) => versions::newest_first(a, b),
                (a, b) => b.is_some().cmp(&a.is_some()),
            };
            newest.then(b.rows.len().cmp(&a.rows.len()))
        });
        let several = runs.iter().any(|run| version(run) != version(runs[0]));
        if several {
            runs.dedup_by(|a, b| version(a) == version(b));
        }
        (runs.len() > 1).then_some((several, group.rows.len(), runs))
    });
    // The first on ties, as everywhere.
    let best = candidates.reduce(|best, other| if (other.0, other.1) > (best.0, best.1) { other } else { best });
    let (several, mut newest) = best.map_or_else(|| (false, all.iter().collect()), |(several, _, runs)| (several, runs));
    newest.truncate(2);
    if several {
        newest.reverse();
    }
    newest
}

/// Whether every word occurs in a name or value of the run's settings.
fn has(run: &Run, words: &[&str]) -> bool {
    if words.is_empty() {
        return true;
    }
    let mut text = [&run.label, run.stated.as_deref().unwrap_or_default(), run.image.as_deref().unwrap_or_default()].join("\n");
    for (key, value) in run.arguments.iter().chain(run.settings.values().flatten()) {
        text.push_str(&format!("\n{key}: {value}"));
    }
    let text = text.to_lowercase();
    words.iter().all(|word| text.contains(word))
}

fn controls(all: &[Run], chosen: &[&Run], state: &ViewState, every: bool) -> Vec<Control> {
    let choice = |run: &Run| Choice::new(&run.id, &run.label, &run.rows.len().to_string());
    vec![
        Control {
            key: RUNS.to_owned(),
            label: "Compare".to_owned(),
            help: "Runs to compare; the first is the baseline".to_owned(),
            values: chosen.iter().map(|run| run.id.clone()).collect(),
            entry: Entry::MultiSelect(all.iter().map(choice).collect()),
        },
        Control {
            key: SHOW.to_owned(),
            label: "Settings".to_owned(),
            help: "Settings to list".to_owned(),
            values: vec![if every { "all" } else { "differing" }.to_owned()],
            entry: Entry::Select(vec![Choice::new("differing", "differing", ""), Choice::new("all", "all", "")]),
        },
        Control {
            key: FIND.to_owned(),
            label: "Find".to_owned(),
            help: "Runs with all of these words in the name or value of a setting".to_owned(),
            values: state.option(FIND).map(str::to_owned).into_iter().collect(),
            entry: Entry::Text { placeholder: "argument or value".to_owned() },
        },
    ]
}

fn cards(all: &[Run]) -> Vec<Card> {
    if all.is_empty() {
        return Vec::new();
    }
    let stated: Vec<_> = all.iter().filter(|run| run.stated.is_some()).map(|run| run.arguments.clone()).collect();
    let keys: BTreeSet<&String> = stated.iter().flat_map(BTreeMap::keys).collect();
    let differing = arguments::differences(&stated);
    let evidence = |row: &arguments::Difference| {
        let values: BTreeSet<&str> = row.values.iter().map(|value| value.as_deref().unwrap_or("not set")).collect();
        let few: Vec<String> = values.iter().take(NAMED).map(|value| cut(value, ARGUMENTS)).collect();
        let more = if values.len() > NAMED { format!(" and {} more", values.len() - NAMED) } else { String::new() };
        Evidence { text: format!("{}: {}{more}", row.key, few.join(", ")), ..Evidence::default() }
    };
    let images: BTreeSet<&String> = all.iter().filter_map(|run| run.image.as_ref()).collect();
    vec![
        Card {
            label: "Run configurations".to_owned(),
            value: all.len().to_string(),
            detail: format!("{} with arguments", stated.len()),
            method: "Measurements with equal configuration, runtime arguments and image form one run configuration."
                .to_owned(),
            ..Card::default()
        },
        Card {
            label: "Arguments that vary".to_owned(),
            value: format!("{} of {}", differing.len(), keys.len()),
            detail: "arguments whose values differ".to_owned(),
            method: "Arguments are compared by name and value: a_b, a-b and --a-b are the same name, no-x means x: false. An argument \
                     that is not set may have had the same value by default."
                .to_owned(),
            evidence: differing.iter().take(NAMED).map(evidence).collect(),
            ..Card::default()
        },
        Card {
            label: "Images".to_owned(),
            value: images.len().to_string(),
            detail: "distinct container images".to_owned(),
            method: "Image names as written in the files.".to_owned(),
            evidence: images.iter().take(NAMED).map(|image| Evidence { text: (*image).clone(), ..Evidence::default() }).collect(),
            ..Card::default()
        },
    ]
}

/// The state that filters a view to these runs by all dimensions that distinguish runs.
fn narrowed(table: &Table, state: &ViewState, view: &str, with_effect: &[&str], runs: &[&Run]) -> ViewState {
    let mut target = state.clone();
    target.show_view(view);
    target.options.remove(FIND);
    for key in with_effect {
        let Some(column) = table.dimension(key) else { continue };
        let values = runs.iter().filter_map(|run| run.rows.first()).map(|row| column.text(*row).unwrap_or_default().to_owned());
        target.choose(key, values.collect());
    }
    let folders: BTreeSet<String> = runs.iter().flat_map(|run| run.folders.iter().cloned()).collect();
    if !folders.is_empty() {
        target.choose("folder", folders);
    }
    target
}

fn explore(table: &Table, state: &ViewState, runs: &[&Run], kpi: &Kpi) -> String {
    let by = configurations::dimensions_of(table);
    let mut target = narrowed(table, state, "explore", &by, runs);
    target.y = Some(kpi.axis());
    link::encode(&target)
}

/// Every run configuration with its settings.
fn listing(table: &Table, state: &ViewState, all: &[Run], found: &[&Run], chosen: &[&Run], layout: Layout<'_>) -> Grid {
    let by = configurations::dimensions_of(table);
    let value = |key: &str, run: &Run| run.rows.first().and_then(|row| table.dimension(key)?.text(*row));
    let first = |key: &str| all.first().and_then(|run| value(key, run));
    let with_effect: Vec<&str> = by.iter().copied().filter(|key| all.iter().any(|run| value(key, run) != first(key))).collect();
    let named = |key: &&str| with_effect.contains(key) || (matches!(*key, "model" | "version") && first(key).is_some());
    let shown: Vec<&str> = by.iter().copied().filter(|key| !["runtime_args", "image"].contains(key)).filter(named).collect();
    let mut columns: Vec<Column> = shown.iter().map(|key| Column::text(key, dimensions::label(key))).collect();
    columns.extend([
        Column::figure("measurements", "Measurements", ""),
        Column::text("loads", "Loads"),
        Column::text("arguments", "Arguments"),
        Column::text("image", "Image"),
        Column::text("compare", "Compare"),
    ]);
    let line = |run: &&Run| {
        let mut cells: Vec<GridCell> =
            shown.iter().map(|key| GridCell::text(value(key, run).unwrap_or_default()).hinted(run.label.as_str())).collect();
        let rows = link::encode(&narrowed(table, state, "data", &with_effect, &[run]));
        cells.push(GridCell::number(run.rows.len().to_string(), run.rows.len() as f64).linked(rows).hinted("Show these rows"));
        cells.push(loads(table, run));
        let arguments = run.stated.as_deref().unwrap_or_default();
        let mut cell = GridCell::text(arguments).hinted(arguments);
        cell.cell.text = cut(&arguments.split_whitespace().collect::<Vec<_>>().join(" "), ARGUMENTS);
        cells.push(cell);
        let image = run.image.as_deref().unwrap_or_default();
        let mut cell = GridCell::text(image).hinted(image);
        cell.cell.text = image.rsplit('/').next().unwrap_or_default().to_owned();
        cells.push(cell);
        let mut ids: Vec<&str> = chosen.iter().map(|other| other.id.as_str()).collect();
        let is_chosen = ids.contains(&run.id.as_str());
        if is_chosen {
            ids.retain(|id| *id != run.id)
        } else {
            ids.push(&run.id)
        }
        let word = if is_chosen { "remove" } else { "compare" };
        cells.push(GridCell::text(word).linked(link::encode(&state.clone().with_option(RUNS, &ids))));
        cells
    };
    layout.list(
        Grid {
            key: "runs".to_owned(),
            title: "Run configurations".to_owned(),
            note: "One row per configuration, arguments and image. Click a count for its rows, or the last column to compare."
                .to_owned(),
            columns,
            ..Grid::default()
        },
        found,
        |_, one, _| line(one),
    )
}

/// The load levels of a run.
fn loads(table: &Table, run: &Run) -> GridCell {
    let mut levels: Vec<f64> = run.rows.iter().filter_map(|row| table.load()?.get(*row)).collect();
    levels.order_by(f64::total_cmp);
    levels.dedup();
    let exact: Vec<String> = levels.iter().map(|level| number::exact(*level)).collect();
    let mut cell = GridCell::text(exact.join(", "));
    if let (Some(low), Some(high)) = (levels.first(), levels.last()) {
        let range =
            if low == high { number::short(*low) } else { format!("{} to {}", number::short(*low), number::short(*high)) };
        cell.cell.text = format!("{}: {range}", number::plural(levels.len() as u64, "level"));
    }
    let hint = cell.cell.exact.clone();
    cell.hinted(hint)
}
