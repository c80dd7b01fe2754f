//! `inferscope summary`: the `SUMMARY.txt` of a tree of benchmarks, as Dynamo's script wrote it.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use inferscope::engine::Engine;
use inferscope::engine::protocol::FileId;
use inferscope::state::{Filters, Selection, ViewState};

use super::{complain, each_file, note, tell};

/// The benchmarks.
#[derive(Args)]
pub struct Arguments {
    /// Folders of benchmarks, each with a folder per concurrency: `<benchmark>/c<N>/…`.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// Prints the summary; 1 when there is no benchmark.
pub fn run(arguments: &Arguments, out: &mut impl Write) -> io::Result<u8> {
    let mut engine = Engine::default();
    let mut count = 0;
    each_file(&arguments.paths, |imported| {
        tell(&imported.report);
        engine.add(FileId(count), imported.tables);
        count += 1;
        Ok(())
    })?;
    let state =
        ViewState { view: "explore/dynamo".to_owned(), filters: Filters::Chosen(Selection::new()), ..ViewState::default() }
            .with_option("show", &["levels"]);
    let model = engine.show(&state, &BTreeMap::new());
    model.notes.iter().for_each(|line| note(line));
    match model.text {
        Some((_, text)) => {
            complain(
                "inferscope: the text lists the script's plots; no plot was written (save them from the page's Benchmarks view)",
            );
            writeln!(out, "{text}").map(|()| 0)
        }
        None => {
            complain("inferscope: nothing to summarise: no measurement states a concurrency");
            Ok(1)
        }
    }
}
