//! Runs: one row per run folder with planned and measured load levels and editable tags.

mod listing;

use crate::capacity::gpu_basis::Basis;
use crate::catalog::{dimensions, jobs, number};
use crate::comparison::slo::Eligibility;
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::query::row_table;
use crate::record::{Kind, Stat};
use crate::runs::folders::SELECTED_RUN;
use crate::runs::folders::{Run, Sources, narrowed};
use crate::state::{Axis, ViewState, link};
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{Card, Column, Evidence, GridCell, Tone, ViewModel};

/// The dimension for tags.
const TAGS: &str = "tags";
/// The facets used to find runs: listed first, expanded.
const FACETS: [&str; 9] = ["accelerator", "topology", "model", "isl", "osl", "version", "image", TAGS, "tool"];

/// The runs.
pub(crate) static RUNS: View = View {
    about: &About {
        id: "runs",
        tab: &tabs::RUNS,
        label: "All runs",
        purpose: "Every run folder: topology, planned and measured load levels, best throughput, tags",
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
    let basis = Basis::of(&state);
    let eligibility = Eligibility::new(context.table, &state);
    let lines: Vec<Line<'_>> = all.iter().map(|run| Line::new(&sources, run, &eligibility, basis)).collect();
    if !all.is_empty() {
        frame.has_other_content();
    }
    frame.facets_first(&FACETS);
    let marked = state.option(SELECTED_RUN).and_then(|id| all.iter().find(|run| run.id == id));
    let mut notes = Vec::new();
    let only_allocated = lines.iter().filter(|line| line.doubtful).count();
    if only_allocated > 0 {
        notes.push(format!(
            "GPU count of {} taken from the allocation: GPUs in use not stated.",
            count(only_allocated, "run", "runs")
        ));
    }
    let beyond = frame.rows.iter().filter(|row| !eligibility.complies(**row)).count();
    if beyond > 0 {
        notes.push(format!(
            "{beyond} of {} outside {}: excluded from the best of each run.",
            context.kind.count(frame.rows.len()),
            eligibility.words()
        ));
    }
    let with = lines.iter().filter(|line| !line.run.rows.is_empty()).count();
    let compared = marked.map(|run| format!(". Choose a run to compare with {}", run.name));
    let sentence = format!(
        "{}, {with} with results: {}. Per-GPU metrics use {} GPUs{}",
        number::plural(all.len() as u64, "run"),
        context.kind.count(frame.rows.len()),
        basis.word(),
        compared.unwrap_or_default()
    );
    let parts = ViewModel {
        sentence,
        notes,
        controls: vec![basis.control()],
        cards: if all.is_empty() { Vec::new() } else { cards(&sources, &lines, frame.rows.len(), &state) },
        grids: if all.is_empty() {
            Vec::new()
        } else {
            vec![listing::grid(&sources, &lines, &state, basis, marked, context.layout())]
        },
        ..ViewModel::default()
    };
    let rows = frame.rows.clone();
    let shown = ["output_tps", "output_tps_per_gpu", "total_tps", "ttft", "tpot"]
        .map(|metric| Axis::Figure { metric: metric.to_owned(), stat: Stat::Mean });
    // Also identify the run of each measurement.
    let own = ["run_id", "topology", TAGS].into_iter().filter(|key| context.table.dimension(key).is_some());
    let mut columns: Vec<Column> = own.map(|key| Column::text(key, dimensions::label(key))).collect();
    columns.extend(row_table::columns(context.table, &rows, &shown));
    frame.finish_with(context, parts, rows, columns)
}

/// `1 run`, `2 runs`.
fn count(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

impl Basis {
    /// The GPU count of a run on this basis, and whether it deviates from the basis: runs that state only allocated GPUs
    /// fall back to those.
    pub(super) fn gpus(self, sources: &Sources<'_>, run: &Run) -> Option<(f64, bool)> {
        let number = |key: &str| sources.value(run, key).and_then(|text| text.parse::<f64>().ok()).filter(|gpus| *gpus > 0.0);
        let stated = sources.value(run, "gpus_basis").is_some_and(|basis| basis.contains("allocated"));
        match self {
            Basis::Working => number("gpus").map(|gpus| (gpus, stated)),
            Basis::Allocated => number("allocated_gpus").or(number("gpus").filter(|_| stated)).map(|gpus| (gpus, false)),
        }
    }
}

/// Whether all planned levels were measured, or why not.
pub(super) fn completeness(sources: &Sources<'_>, run: &Run) -> GridCell {
    let measured = sources.measured(run).len();
    let missing = sources.missing(run);
    match sources.planned(run).map(|planned| planned.len()) {
        _ if run.rows.is_empty() => {
            let why = sources.value(run, "benchmark_type").and_then(jobs::why_no_results);
            let why = why.unwrap_or("No benchmark results among the loaded files.");
            GridCell::text("no results").toned(Tone::Doubt).hinted(why)
        }
        Some(planned) if missing.is_empty() => GridCell::text(format!("{planned} of {planned}")).hinted("complete"),
        Some(planned) => GridCell::text(format!("{} of {planned}: {} missing", planned - missing.len(), missing.join(", ")))
            .toned(Tone::Doubt)
            .hinted("planned concurrency levels without a measurement"),
        None if measured == 0 => GridCell::text("no plan stated").hinted("The results do not state a concurrency either."),
        None => GridCell::text(count(measured, "level, no plan stated", "levels, no plan stated"))
            .hinted("No recipe or metadata next to the results states the planned levels."),
    }
}

/// A run with its derived values.
struct Line<'a> {
    run: &'a Run,
    gpus: Option<f64>,
    /// Whether per-GPU values use allocated GPUs although GPUs in use were requested.
    doubtful: bool,
    /// The highest output tokens per second, and its row.
    best: Option<(f64, usize)>,
    planned: Option<usize>,
    measured: Vec<f64>,
    missing: Vec<String>,
}

impl<'a> Line<'a> {
    fn new(sources: &Sources<'_>, run: &'a Run, eligibility: &Eligibility<'_>, basis: Basis) -> Line<'a> {
        let gpus = basis.gpus(sources, run);
        let throughput = sources.measured.figures("output_tps", Stat::Mean);
        let complying = run.rows.iter().filter(|row| eligibility.complies(**row));
        let best = complying.filter_map(|row| Some((throughput?.get(*row)?, *row)));
        Line {
            run,
            gpus: gpus.map(|(gpus, _)| gpus),
            doubtful: gpus.is_some_and(|(_, doubtful)| doubtful) && !run.rows.is_empty(),
            // The first on ties.
            best: best.reduce(|best, other| if other.0 > best.0 { other } else { best }),
            planned: sources.planned(run).map(|planned| planned.len()),
            measured: sources.measured(run),
            missing: sources.missing(run),
        }
    }

    /// The missing details of the run.
    fn unknown(&self, sources: &Sources<'_>) -> Vec<&'static str> {
        let known = |keys: &[&str]| keys.iter().any(|key| !sources.values(self.run, key).is_empty());
        let asked: [(&str, &[&str]); 7] = [
            ("run id", &["run_id"]),
            ("accelerator", &["accelerator"]),
            ("GPUs", &["gpus"]),
            ("model", &["model"]),
            ("version or image", &["version", "image"]),
            ("lengths", &["isl", "osl", "dataset"]),
            ("topology", &["topology", "tp", "dp", "replicas"]),
        ];
        let mut unknown: Vec<&str> = asked.iter().filter(|(_, keys)| !known(keys)).map(|(name, _)| *name).collect();
        if self.planned.is_none() && !sources.values(self.run, "benchmark_type").contains("torch-profiler") {
            unknown.push("planned levels");
        }
        unknown
    }
}

fn cards(sources: &Sources<'_>, lines: &[Line<'_>], points: usize, state: &ViewState) -> Vec<Card> {
    let without = lines.iter().filter(|line| line.run.rows.is_empty());
    let incomplete: Vec<&Line<'_>> = lines.iter().filter(|line| !line.run.rows.is_empty() && !line.missing.is_empty()).collect();
    let to = |line: &Line<'_>, view: &str| Some(link::encode(&narrowed(state, view, line.run)));
    let skipped: Vec<Evidence> = without
        .map(|line| Evidence {
            text: format!("{}: {}", line.run.name, completeness(sources, line.run).hint),
            tone: Tone::Doubt,
            link: to(line, "runs/configuration"),
        })
        .collect();
    let missing = incomplete.iter().map(|line| Evidence {
        text: format!("{}: {} missing", line.run.name, line.missing.join(", ")),
        tone: Tone::Doubt,
        link: to(line, "explore"),
    });
    let best = lines.iter().filter_map(|line| Some((line, line.best?)));
    let best = best.reduce(|best, other| if other.1.0 > best.1.0 { other } else { best });
    let highest = lines.iter().filter_map(|line| Some((line, *line.measured.last()?)));
    let highest = highest.reduce(|best, other| if other.1 > best.1 { other } else { best });
    let mut cards = vec![
        Card {
            label: "Runs".to_owned(),
            value: lines.len().to_string(),
            detail: format!("{} without results", skipped.len()),
            method: "A run is a folder with results, a description or worker logs.".to_owned(),
            evidence: skipped,
            ..Card::default()
        },
        Card {
            label: "Data points".to_owned(),
            value: points.to_string(),
            detail: "measurements within the filters".to_owned(),
            ..Card::default()
        },
        Card {
            label: "Incomplete runs".to_owned(),
            value: incomplete.len().to_string(),
            tone: if incomplete.is_empty() { Tone::Plain } else { Tone::Doubt },
            detail: "missing planned concurrency levels".to_owned(),
            method: "Compares the levels of the recipe (benchmark.concurrencies) or metadata with the measured ones.".to_owned(),
            evidence: missing.collect(),
        },
    ];
    if let Some((line, (value, row))) = best {
        let at = sources.measured.load().and_then(|load| load.get(row)).map(number::short);
        cards.push(Card {
            label: "Highest throughput".to_owned(),
            value: number::with_unit("output_tps", value),
            detail: format!("{}{}", line.run.name, at.map(|at| format!(" at concurrency {at}")).unwrap_or_default()),
            method: "Output tokens per second of the measurements within the SLO.".to_owned(),
            evidence: vec![Evidence { text: "Open in Explore".to_owned(), link: to(line, "explore"), ..Evidence::default() }],
            ..Card::default()
        });
    }
    if let Some((line, level)) = highest {
        cards.push(Card {
            label: "Highest concurrency".to_owned(),
            value: number::short(level),
            detail: line.run.name.clone(),
            ..Card::default()
        });
    }
    cards
}
