//! The table of runs: completeness and best values first, then tags and comparison links, then its description.

use std::collections::BTreeSet;

use super::{Line, TAGS, completeness};
use crate::capacity::gpu_basis::Basis;
use crate::catalog::number;
use crate::comparison::sides;
use crate::query::listing::{Detail, Layout};
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
            let target = narrowed(state, "runs/configuration", run).with_option(AGAINST, &[&marked.id]);
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

/// What the cells of the table are made from.
struct Scene<'a> {
    sources: &'a Sources<'a>,
    state: &'a ViewState,
    basis: Basis,
    marked: Option<&'a Run>,
}

impl Scene<'_> {
    /// All values of a dimension, in words.
    fn words(&self, line: &Line<'_>, key: &str) -> String {
        self.sources.values(line.run, key).into_iter().collect::<Vec<_>>().join(", ")
    }

    fn text(&self, line: &Line<'_>, key: &str) -> GridCell {
        GridCell::text(self.words(line, key))
    }

    /// A cell that opens the run in another view.
    fn link(&self, line: &Line<'_>, view: &str, text: &str, detail: Detail) -> GridCell {
        let cell = GridCell::text(text);
        match detail {
            Detail::Keys => cell,
            Detail::Whole => cell.linked(link::encode(&narrowed(self.state, view, line.run))),
        }
    }

    /// The same, if the run has worker logs.
    fn logs(&self, line: &Line<'_>, view: &str, text: &str, detail: Detail) -> GridCell {
        match line.run.samples {
            0 => GridCell::default().hinted("No worker logs in its folder"),
            _ => self.link(line, view, text, detail),
        }
    }

    /// Marks a figure that rests on allocated GPUs, although GPUs in use were requested.
    fn doubtful(line: &Line<'_>, cell: GridCell) -> GridCell {
        if line.doubtful { cell.toned(Tone::Doubt).hinted("The run states only its allocated GPUs") } else { cell }
    }

    fn name(&self, line: &Line<'_>, detail: Detail) -> GridCell {
        let cell = match line.run.rows.is_empty() {
            true => GridCell::text(&line.run.name),
            false => self.link(line, "explore", &line.run.name, detail),
        };
        cell.hinted(line.run.folder.clone().unwrap_or_default())
    }

    fn levels(&self, line: &Line<'_>, _: Detail) -> GridCell {
        let levels: Vec<String> = line.measured.iter().map(|level| number::short(*level)).collect();
        GridCell::number(levels.len().to_string(), levels.len() as f64).hinted(levels.join(", "))
    }

    fn best_at(&self, line: &Line<'_>, _: Detail) -> GridCell {
        GridCell::figure(line.best.and_then(|(_, row)| self.sources.measured.load()?.get(row)))
    }

    fn topology(&self, line: &Line<'_>, _: Detail) -> GridCell {
        let topology = self.sources.topology(line.run);
        topology.map_or_else(GridCell::default, |(label, why)| GridCell::text(label).hinted(why))
    }

    fn gpus(&self, line: &Line<'_>, _: Detail) -> GridCell {
        let cell = line.gpus.map_or_else(GridCell::default, |gpus| GridCell::figure(Some(gpus)));
        let basis = self.words(line, "gpus_basis");
        if basis.is_empty() { cell } else { Self::doubtful(line, cell.hinted(basis)) }
    }

    fn per_gpu(&self, line: &Line<'_>, _: Detail) -> GridCell {
        Self::doubtful(line, GridCell::figure(line.best.zip(line.gpus).map(|((best, _), gpus)| best / gpus)))
    }

    fn lengths(&self, line: &Line<'_>, _: Detail) -> GridCell {
        let lengths = ["isl", "osl"].map(|key| self.words(line, key));
        let unstated = lengths.iter().all(String::is_empty);
        if unstated { self.text(line, "dataset") } else { GridCell::text(lengths.join("/")) }
    }

    fn date(&self, line: &Line<'_>, _: Detail) -> GridCell {
        let date = self.sources.start(line.run).unwrap_or_default();
        let mut cell = GridCell::text(&date);
        cell.cell.text = date.get(..16).unwrap_or(&date).replace('T', " ");
        cell
    }

    fn unknown(&self, line: &Line<'_>, _: Detail) -> GridCell {
        let unknown = line.unknown(self.sources).join(", ");
        if unknown.is_empty() { GridCell::default() } else { GridCell::text(unknown).toned(Tone::Doubt) }
    }

    fn engine(&self, line: &Line<'_>, _: Detail) -> GridCell {
        let version = self.text(line, "version");
        if version.cell.text.is_empty() { self.text(line, "framework") } else { version }
    }
}

/// Makes a column's cell of a run.
type Make = fn(&Scene<'_>, &Line<'_>, Detail) -> GridCell;

/// The columns, each with what makes its cells.
fn columns(basis: Basis) -> Vec<(Column, Make)> {
    let gpus = format!("GPUs ({})", basis.word());
    let per_gpu = format!("Best per {} GPU", basis.word());
    vec![
        (Column::text("run", "Run"), |of, line, detail| of.name(line, detail)),
        (Column::text("complete", "Planned"), |of, line, _| completeness(of.sources, line.run)),
        (Column::figure("levels", "Load levels", ""), |of, line, detail| of.levels(line, detail)),
        (Column::text(TAGS, "Tags"), |of, line, _| tagged(of.sources, line.run, of.state)),
        (Column::figure("best", "Best output throughput", "tok/s"), |_, line, _| {
            GridCell::figure(line.best.map(|(best, _)| best))
        }),
        (Column::figure("best_at", "At concurrency", ""), |of, line, detail| of.best_at(line, detail)),
        (Column::text("compare", "Compare"), |of, line, _| chosen(line.run, of.marked, of.state)),
        (Column::text("releases", "Releases"), |of, line, _| {
            of.marked.map_or_else(GridCell::default, |marked| releases(of.sources, line.run, marked, of.state))
        }),
        (Column::text("configuration", "Configuration"), |of, line, detail| {
            of.link(line, "runs/configuration", "configuration", detail)
        }),
        (Column::text("timeline", "Timeline"), |of, line, detail| of.logs(line, "runs/timeline", "timeline", detail)),
        (Column::text("balance", "Prefill/decode"), |of, line, detail| of.logs(line, "runs/balance", "balance", detail)),
        (Column::text("accelerator", "Accelerator"), |of, line, _| of.text(line, "accelerator")),
        (Column::text("topology", "Topology"), |of, line, detail| of.topology(line, detail)),
        (Column::figure("gpus", &gpus, ""), |of, line, detail| of.gpus(line, detail)),
        (Column::figure("per_gpu", &per_gpu, "tok/s"), |of, line, detail| of.per_gpu(line, detail)),
        (Column::text("model", "Model"), |of, line, _| of.text(line, "model")),
        (Column::text("lengths", "ISL/OSL"), |of, line, detail| of.lengths(line, detail)),
        (Column::text("date", "Date (UTC)"), |of, line, detail| of.date(line, detail)),
        (Column::text("unknown", "Missing details"), |of, line, detail| of.unknown(line, detail)),
        (Column::text("version", "Engine"), |of, line, detail| of.engine(line, detail)),
        (Column::text("tool", "Tool"), |of, line, _| of.text(line, "tool")),
        (Column::text("title", "Name"), |of, line, _| of.text(line, "run")),
        (Column::text("image", "Container"), |of, line, _| of.text(line, "image")),
    ]
}

/// The table, without the columns that no run has anything in.
pub(super) fn grid(
    sources: &Sources<'_>,
    lines: &[Line<'_>],
    state: &ViewState,
    basis: Basis,
    marked: Option<&Run>,
    layout: Layout<'_>,
) -> Grid {
    let scene = Scene { sources, state, basis, marked };
    let says = |cell: GridCell| !cell.cell.text.is_empty() || cell.edit.is_some();
    let mut columns = columns(scene.basis);
    columns.retain(|(_, make)| lines.iter().any(|line| says(make(&scene, line, Detail::Keys))));
    let (columns, cells): (Vec<Column>, Vec<Make>) = columns.into_iter().unzip();
    let heading = Grid {
        key: "runs".to_owned(),
        title: "Runs".to_owned(),
        note: "Newest first; best values are within the SLO; type in Tags to tag a run.".to_owned(),
        columns,
        ..Grid::default()
    };
    layout.list(heading, lines, |_, line, detail| cells.iter().map(|make| make(&scene, line, detail)).collect())
}
