//! Runs: the synthetic run folders that ship, against figures computed here from their JSON files; traps of
//! `../shared/formats/srt-slurm.md` §6.1.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use inferscope::demo::runs::{self, File, Options};
use inferscope::engine::protocol::FileId;
use inferscope::engine::{Engine, import, import_all};
use inferscope::source::Source;
use inferscope::state::link;
use inferscope::view::Tone;
use serde_json::{Value, json};

use super::{cell, grid, number, root, same, show, state};

/// An engine with the archive that ships.
pub fn shipped() -> Engine {
    let bytes = fs::read(root().join("public/demo/runs.zip")).expect("the runs ship");
    let mut engine = Engine::default();
    for (id, imported) in import_all(Source::new("demo/runs.zip", bytes), None, |_| ()).into_iter().enumerate() {
        engine.add(FileId(id as u32), imported.tables);
    }
    engine
}

/// An engine with files.
pub fn folder(files: &[(&str, String)]) -> Engine {
    let mut engine = Engine::default();
    for (id, (path, text)) in files.iter().enumerate() {
        engine.add(FileId(id as u32), import(&Source::new(*path, text.clone().into_bytes()), None, |_| ()).tables);
    }
    engine
}

/// The files as they are written, read without any code of ours.
pub fn written() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    runs::each(&Options::default(), &mut |File { path, text }| {
        files.insert(path, text);
        Ok(())
    })
    .expect("memory has room");
    files
}

#[test]
fn scratch() {
    let model = show(&mut shipped(), &state("runs", &[], &[]));
    println!("{}\n{:#?}", model.sentence, model.notes);
    for card in &model.cards {
        println!(
            "{} = {} | {} | {:?}",
            card.label,
            card.value,
            card.detail,
            card.evidence.iter().map(|e| &e.text).collect::<Vec<_>>()
        );
    }
    for g in &model.grids {
        println!("## {} {}\n{:?}", g.title, g.note, g.columns.iter().map(|c| &c.label).collect::<Vec<_>>());
        for r in &g.rows {
            println!("{:?}", r.iter().map(|c| c.cell.text.clone()).collect::<Vec<_>>());
        }
        println!("{:?}", g.rows[0].iter().map(|c| (&c.hint, &c.link, &c.edit)).collect::<Vec<_>>());
    }
    println!("{:?}", model.facets.iter().map(|f| (&f.key, f.distinct)).collect::<Vec<_>>());
}
