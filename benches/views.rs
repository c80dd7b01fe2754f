//! Times every view over a large consolidated table: the first picture, and the clicks that follow it. And times files that
//! are added one by one (`benches/README.md`).

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::process::Command;
use std::time::Instant;

use inferscope::demo;
use inferscope::engine::protocol::FileId;
use inferscope::engine::{Engine, import};
use inferscope::join::{Joined, join};
use inferscope::record::Kind;
use inferscope::source::Source;
use inferscope::state::{Filters, Selection, Sort, ViewState, Zoom};
use inferscope::table::Tables;
use inferscope::view::ABOUT;
use inferscope::view_model::{Series, ViewModel};

/// A view's first picture may take this share of the time that reading the table takes.
const FIRST: f64 = 0.5;

/// A click after it may take this share of the time that reading took at commit 11d9c44.
const CLICK: f64 = 0.1;

/// Reading 100,000 rows at commit 11d9c44 took this many times what Python's `csv.reader` takes for going through the same
/// file: 0.696 s against 0.748 s, the best of nine runs each, in turns, on one machine (Python 3.11.7). Reading that becomes
/// faster does not move the budget of a click.
const READING_TO_PYTHON: f64 = 0.93;

/// How many small files are added one by one.
const FILES: u32 = 400;

/// Goes through a file three times; the least time is printed.
const PYTHON: &str = "\
import csv, sys, time
def once():
    start = time.perf_counter()
    with open(sys.argv[1], newline='', encoding='utf-8') as file:
        for row in csv.reader(file):
            pass
    return time.perf_counter() - start
print(min(once() for _ in range(3)))";

fn main() -> io::Result<()> {
    let rows = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(100_000);
    let mut text = Vec::new();
    demo::write(&demo::Options { rows: Some(rows), ..demo::Options::default() }, &mut text)?;
    let python = python(&text)?;
    let mut out = io::stdout().lock();
    let (reading, imported) = timed(|| import(&Source::new("rows.csv", text), None, |_| ()));
    writeln!(out, "{:<22}{reading:8.3} s for {rows} rows, {:.2} of Python’s csv.reader", "reading", reading / python)?;
    let (first, click) = (FIRST * reading, CLICK * READING_TO_PYTHON * python);
    let mut engine = Engine::default();
    let tables = imported.tables;
    writeln!(out, "{:<22}{:>10} {:>10} {:>10} {:>10}", "seconds", "first", "filter", "zoom", "sort")?;
    writeln!(out, "{:<22}{first:10.3} {click:10.3} {click:10.3} {click:10.3}", "budget")?;
    let mut over = 0;
    for view in ABOUT {
        let state = ViewState { view: view.id.to_owned(), ..ViewState::default() };
        // A newly joined table has no results cached by another view; joining belongs to no view.
        engine.add(FileId(1), tables.clone());
        engine.identity(&[]);
        let (taken, model) = timed(|| show(&mut engine, &state));
        write!(out, "{:<22}{}", view.label, cell(Some(taken), first, &mut over))?;
        for (before, after) in clicks(&model) {
            let taken = after.filter(|_| model.empty.is_none()).map(|after| {
                before.iter().for_each(|before| drop(show(&mut engine, before)));
                timed(|| show(&mut engine, &after)).0
            });
            write!(out, " {}", cell(taken, click, &mut over))?;
        }
        writeln!(out, "{}", if model.empty.is_some() { "  (nothing of its kind here)" } else { "" })?;
    }
    writeln!(out, "{over} over budget (marked *)")?;
    one_by_one(&mut out)
}

fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let done = work();
    (start.elapsed().as_secs_f64(), done)
}

fn show(engine: &mut Engine, state: &ViewState) -> ViewModel {
    engine.show(state, &BTreeMap::new())
}

fn cell(taken: Option<f64>, budget: f64, over: &mut usize) -> String {
    let Some(taken) = taken else { return format!("{:>10}", "–") };
    *over += usize::from(taken > budget);
    format!("{:>10}", format!("{taken:.3}{}", if taken > budget { "*" } else { "" }))
}

/// What Python takes for the same table, in seconds.
fn python(text: &[u8]) -> io::Result<f64> {
    let path = std::env::temp_dir().join(format!("inferscope-views-{}.csv", std::process::id()));
    std::fs::write(&path, text)?;
    let output = Command::new("python3").args(["-c", PYTHON]).arg(&path).output();
    std::fs::remove_file(&path)?;
    let printed = String::from_utf8_lossy(&output?.stdout).trim().to_owned();
    printed.parse().map_err(|_| io::Error::other(format!("python3 printed no time: {printed:?}")))
}

/// A filter that loses one of two values, a zoom into the first panel, a sort by the first column: the state before, where
/// it is not the picture that is there, and the state after; `None` where the view has nothing to click.
fn clicks(model: &ViewModel) -> [(Option<ViewState>, Option<ViewState>); 3] {
    let state = &model.state;
    let filtered = |key: &str, values: &[&str]| {
        let values: BTreeSet<String> = values.iter().map(|value| (*value).to_owned()).collect();
        ViewState { filters: Filters::Chosen(Selection::from([(key.to_owned(), values)])), ..state.clone() }
    };
    let facet = model.facets.iter().find_map(|facet| match facet.values.as_slice() {
        [one, two, ..] => Some((filtered(&facet.key, &[&one.value, &two.value]), filtered(&facet.key, &[&one.value]))),
        _ => None,
    });
    let (before, after) = facet.unzip();
    let zoom = model.panels.first().map(|panel| {
        let lower_half = |values: &mut dyn Iterator<Item = f64>| {
            let values = values.filter(|value| value.is_finite());
            let (low, high) =
                values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
            [low, low + (high - low) / 2.0]
        };
        let series = &panel.chart.series;
        Zoom { x: lower_half(&mut series.iter().flat_map(Series::x)), y: lower_half(&mut series.iter().flat_map(Series::y)) }
    });
    let column = model.grids.first().map_or(&model.columns, |grid| &grid.columns).first();
    let sort = column.map(|column| Sort { column: column.key.clone(), descending: true });
    [
        (before, after),
        (Some(state.clone()), zoom.map(|zoom| ViewState { zoom: Some(zoom), ..state.clone() })),
        (Some(state.clone()), sort.map(|sort| ViewState { sort: Some(sort), ..state.clone() })),
    ]
}

/// Small files that are added one by one and joined after each, against joining all that are there each time.
fn one_by_one(out: &mut impl Write) -> io::Result<()> {
    let file = |seed: u32| -> io::Result<Tables> {
        let mut text = Vec::new();
        demo::write(&demo::Options { rows: Some(10), seed: seed.into() }, &mut text)?;
        Ok(import(&Source::new(format!("runs/{seed}/rows.csv"), text), None, |_| ()).tables)
    };
    let files: Vec<Tables> = (0..FILES).map(file).collect::<io::Result<_>>()?;
    let files: Vec<&Tables> = files.iter().collect();
    let mut joined = Joined::new(Kind::Measurement, &[]);
    let (grown, ()) = timed(|| (1..=files.len()).for_each(|count| joined.extend(&files[..count])));
    let (anew, ()) = timed(|| (1..=files.len()).for_each(|count| drop(join(&files[..count], Kind::Measurement, &[]))));
    let (once, _) = timed(|| join(&files, Kind::Measurement, &[]));
    writeln!(
        out,
        "joining {FILES} files of 10 rows: {grown:.3} s one by one, {anew:.3} s anew after each ({:.1} times), {once:.3} s at once",
        anew / grown
    )
}
