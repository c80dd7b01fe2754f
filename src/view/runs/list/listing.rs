//! The table of runs: completeness and best values first, then tags and comparison links, then its description.

use std::collections::BTreeSet;

use super::{Line, TAGS, completeness};
use crate::capacity::gpu_basis::Basis;
use crate::catalog::number;
use crate::comparison::sides;
use crate::runs::folders::SELECTED_RUN;
use crate::runs::folders::{AGAINST, Run, Sources, narrowed};
use crate::state::{ViewState, link};
use crate::view_model::{Column, Grid, GridCell, Tone};

/// The editable tags cell; tags apply to the run's folder. A folder with several runs cannot be tagged.
fn tagged(sources: &Sources<'_>, run: &Run, state: &ViewState) -> GridCell {
    let tags: BTreeSet<&str> = sources.values(run, TAGS);
    let cell = GridCell::text(tags.into_iter().collect::<Vec<_>>().join(", "));
    let Some(folder) = run.folder.as_ref().filter(|_| run.alone) else {
        return cell.hinted("Cannot be tagged: its folder contains other runs too");
    };
    let path = format!("{folder}/");
    let given = state.given.iter().any(|given| given.dimension == TAGS && given.path == path);
    let query = link::encode(state);
    let query = if query.is_empty() { format!("?v={}", link::VERSION) } else { query };
    let path: String = form_urlencoded::byte_serialize(path.replace('\\', "\\\\").replace('|', "\\/").as_bytes()).collect();
    let hint = format!(
        "Tags of {}, separated by commas{}",
        run.name,
        if given { "; entered manually, clear the cell to remove them" } else { "" }
    );
    cell.toned(if given { Tone::Doubt } else { Tone::Plain })
        .hinted(hint)
        .editable(format!("{query}&given.{TAGS}={path}%7C{{value}}"))
}

/// The comparison cell: the first click selects a run, the link of the next opens both in Set-up.
fn chosen(run: &Run, marked: Option<&Run>, state: &ViewState) -> GridCell {
    let with = |id: &str| link::encode(&state.clone().with_option(SELECTED_RUN, &[id]));
    match marked {
        None => GridCell::text("compare").linked(with(&run.id)).hinted("Select this run, then choose the other one"),
        Some(marked) if marked.id == run.id => {
            let mut left = state.clone();
            left.set_option(SELECTED_RUN, Vec::new());
            GridCell::text("selected").toned(Tone::Doubt).linked(link::encode(&left)).hinted("Clear the selection")
        }
        Some(marked) => {
            let target = narrowed(state, "topology", run).with_option(AGAINST, &[&marked.id]);
            let hint = format!("Compare set-up and metrics of {} with {}", run.name, marked.name);
            GridCell::text(format!("compare with {}", marked.name)).linked(link::encode(&target)).hinted(hint)
        }
    }
}

/// Link to the release comparison, if both runs have results of one model in different releases.
fn releases(sources: &Sources<'_>, run: &Run, marked: &Run, state: &ViewState) -> GridCell {
    let of = |run: &Run, key: &str| sources.value(run, key).filter(|_| !run.rows.is_empty());
    let (Some(base), Some(candidate)) = (of(marked, "version"), of(run, "version")) else { return GridCell::default() };
    if base == candidate || of(marked, "model").is_none() || of(marked, "model") != of(run, "model") {
        return GridCell::default();
    }
    let mut target = state.clone();
    target.show_view("compare");
    target.set_option(SELECTED_RUN, Vec::new());
    match (&marked.folder, &run.folder) {
        (Some(one), Some(other)) => target.choose("folder", BTreeSet::from([one.clone(), other.clone()])),
        _ => target.choose("run_id", BTreeSet::from([marked.name.clone(), run.name.clone()])),
    }
    let target = target.with_option(sides::BY, &["version"]);
    let target = target.with_option(sides::BASELINE, &[base]).with_option(sides::CANDIDATE, &[candidate]);
    GridCell::text("releases").linked(link::encode(&target)).hinted(format!("{candidate} vs {base} (baseline)"))
}

/// The table.
pub(super) fn grid(sources: &Sources<'_>, lines: &[Line<'_>], state: &ViewState, basis: Basis, marked: Option<&Run>) -> Grid {
    let gpus = format!("GPUs ({})", basis.word());
    let per_gpu = format!("Best per {} GPU", basis.word());
    let columns = vec![
        Column::text("run", "Run"),
        Column::text("complete", "Planned"),
        Column::figure("levels", "Load levels", ""),
        Column::text(TAGS, "Tags"),
        Column::figure("best", "Best output throughput", "tok/s"),
        Column::figure("best_at", "At concurrency", ""),
        Column::text("compare", "Compare"),
        Column::text("releases", "Releases"),
        Column::text("setup", "Set-up"),
        Column::text("more", "Worker logs"),
        Column::text("rates", "Rate match"),
        Column::text("accelerator", "Accelerator"),
        Column::text("topology", "Topology"),
        Column::figure("gpus", &gpus, ""),
        Column::figure("per_gpu", &per_gpu, "tok/s"),
        Column::text("model", "Model"),
        Column::text("lengths", "ISL/OSL"),
        Column::text("date", "Date (UTC)"),
        Column::text("unknown", "Missing details"),
        Column::text("version", "Engine"),
        Column::text("tool", "Tool"),
        Column::text("title", "Name"),
        Column::text("image", "Container"),
    ];
    let row = |line: &Line<'_>| {
        let run = line.run;
        let to = |view: &str| link::encode(&narrowed(state, view, run));
        let some = |key: &str| sources.values(run, key).into_iter().collect::<Vec<_>>().join(", ");
        let mut lead = GridCell::text(&run.name);
        if !run.rows.is_empty() {
            lead = lead.linked(to("explore"));
        }
        let date = sources.start(run).unwrap_or_default();
        let mut day = GridCell::text(&date);
        day.cell.text = date.get(..16).unwrap_or(&date).replace('T', " ");
        let topology = sources.topology(run).map_or_else(GridCell::default, |(label, why)| GridCell::text(label).hinted(why));
        let gpus = line.gpus.map_or_else(GridCell::default, |gpus| GridCell::figure(Some(gpus)));
        let said = some("gpus_basis");
        let doubtful = |cell: GridCell| {
            if line.doubtful { cell.toned(Tone::Doubt).hinted("The run states only its allocated GPUs") } else { cell }
        };
        let gpus = if said.is_empty() { gpus } else { doubtful(gpus.hinted(said)) };
        let lengths = [some("isl"), some("osl")];
        let lengths = if lengths.iter().all(String::is_empty) { some("dataset") } else { lengths.join("/") };
        let engine = Some(some("version")).filter(|version| !version.is_empty()).unwrap_or_else(|| some("framework"));
        let level = line.best.and_then(|(_, row)| sources.measured.load()?.get(row));
        let best = line.best.map(|(best, _)| best);
        let unknown = line.unknown(sources).join(", ");
        let unknown = if unknown.is_empty() { GridCell::default() } else { GridCell::text(unknown).toned(Tone::Doubt) };
        let logs = |view: &str, word: &str| match run.samples {
            0 => GridCell::default().hinted("No worker logs in its folder"),
            _ => GridCell::text(word).linked(to(view)),
        };
        vec![
            lead.hinted(run.folder.clone().unwrap_or_default()),
            completeness(sources, run),
            GridCell::number(line.measured.len().to_string(), line.measured.len() as f64)
                .hinted(line.measured.iter().map(|level| number::short(*level)).collect::<Vec<_>>().join(", ")),
            tagged(sources, run, state),
            GridCell::figure(best),
            GridCell::figure(level),
            chosen(run, marked, state),
            marked.map_or_else(GridCell::default, |marked| releases(sources, run, marked, state)),
            GridCell::text("set-up").linked(to("topology")),
            logs("nodes", "nodes"),
            logs("rate-match", "rates"),
            GridCell::text(some("accelerator")),
            topology,
            gpus,
            doubtful(GridCell::figure(best.zip(line.gpus).map(|(best, gpus)| best / gpus))),
            GridCell::text(some("model")),
            GridCell::text(lengths),
            day,
            unknown,
            GridCell::text(engine),
            GridCell::text(some("tool")),
            GridCell::text(some("run")),
            GridCell::text(some("image")),
        ]
    };
    let rows: Vec<Vec<GridCell>> = lines.iter().map(row).collect();
    let mut grid = Grid {
        key: "runs".to_owned(),
        title: "Runs".to_owned(),
        note: "Newest first; best values are within the SLO; type in Tags to tag a run.".to_owned(),
        columns,
        rows,
        ..Grid::default()
    };
    without_empty(&mut grid);
    grid
}

/// Removes columns without text, links or inputs.
fn without_empty(grid: &mut Grid) {
    let says = |cell: &GridCell| !cell.cell.text.is_empty() || cell.link.is_some() || cell.edit.is_some();
    let kept: Vec<bool> = (0..grid.columns.len()).map(|at| grid.rows.iter().any(|row| row.get(at).is_some_and(says))).collect();
    let mut keep = kept.iter();
    grid.columns.retain(|_| keep.next() == Some(&true));
    for row in &mut grid.rows {
        let mut keep = kept.iter();
        row.retain(|_| keep.next() == Some(&true));
    }
}
