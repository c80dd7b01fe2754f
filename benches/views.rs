//! Times the first picture of every view over a large consolidated table, as shares of the time that reading it takes
//! (`benches/README.md`).

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Instant;

use inferscope::demo;
use inferscope::engine::protocol::FileId;
use inferscope::engine::{Engine, import};
use inferscope::source::Source;
use inferscope::state::ViewState;
use inferscope::view::VIEWS;

/// A view's first picture may take this share of the time that reading the table takes.
const BUDGET: f64 = 1.0;

fn main() -> io::Result<()> {
    let rows = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(100_000);
    let mut text = Vec::new();
    demo::write(&demo::Options { rows: Some(rows), ..demo::Options::default() }, &mut text)?;
    let mut out = io::stdout().lock();
    let start = Instant::now();
    let imported = import(&Source::new("rows.csv", text), None, |_| ());
    let reading = start.elapsed().as_secs_f64();
    let mut engine = Engine::default();
    engine.add(FileId(1), imported.tables);
    // Joining belongs to no view.
    engine.show(&ViewState::default(), &BTreeMap::new());
    writeln!(out, "{:<24}{reading:8.3} s for {rows} rows", "reading")?;
    for view in VIEWS {
        let state = ViewState { view: view.id().to_owned(), ..ViewState::default() };
        let start = Instant::now();
        let model = engine.show(&state, &BTreeMap::new());
        let taken = start.elapsed().as_secs_f64();
        let share = taken / reading;
        let told = if share > BUDGET { " over budget" } else { "" };
        let empty = if model.empty.is_some() { " (nothing of its kind here)" } else { "" };
        writeln!(out, "{:<24}{taken:8.3} s, {share:5.2} of reading{told}{empty}", view.label())?;
    }
    Ok(())
}
