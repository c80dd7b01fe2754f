//! What measurements do not state and a view needs: asked for in place, for the files that lack it.

use std::collections::{BTreeMap, BTreeSet};

use super::run_names::Telling;
use crate::catalog::{Order, dimensions};
use crate::record::Given;
use crate::table::Table;
use crate::view_model::Ask;

/// Files that are named one by one in a link; of more the file list describes them.
const MOST: usize = 12;
/// Machines that are each asked for, where the names of files tell them apart.
const MACHINES: usize = 4;

/// What to ask for of these rows: the dimensions that some of them lack.
pub(crate) fn asks(table: &Table, rows: &[usize], needed: &[&str]) -> Vec<Ask> {
    needed.iter().filter_map(|key| ask(table, rows, key)).flat_map(|ask| by_machine(table, rows, ask)).collect()
}

/// Splits a question by machine, where file names suggest several: they may have different answers.
fn by_machine(table: &Table, rows: &[usize], ask: Ask) -> Vec<Ask> {
    let Some(paths) = table.dimension("path").filter(|_| ask.paths.len() > 1) else {
        return vec![ask];
    };
    let of_ask = |row: &usize| paths.text(*row).is_some_and(|path| ask.paths.iter().any(|own| own == path));
    let rows: Vec<usize> = rows.iter().copied().filter(of_ask).collect();
    let telling = Telling::of(table, std::slice::from_ref(&rows));
    let mut machines: BTreeMap<String, (BTreeSet<String>, usize)> = BTreeMap::new();
    for row in &rows {
        let (own, missing) = machines.entry(telling.variant(*row)).or_default();
        own.extend(paths.text(*row).map(str::to_owned));
        *missing += 1;
    }
    let named = machines.keys().all(|machine| !machine.is_empty());
    let covered = machines.values().map(|(own, _)| own.len()).sum::<usize>() == ask.paths.len();
    if !(2..=MACHINES).contains(&machines.len()) || !named || !covered {
        return vec![ask];
    }
    let one = |(machine, (own, missing)): (String, (BTreeSet<String>, usize))| Ask {
        label: format!("{} of {machine}", ask.label),
        paths: own.into_iter().collect(),
        missing,
        ..ask.clone()
    };
    machines.into_iter().map(one).collect()
}

fn ask(table: &Table, rows: &[usize], key: &str) -> Option<Ask> {
    let column = table.dimension(key);
    let states = |row: usize| column.is_some_and(|column| column.code(row).is_some());
    let missing = rows.iter().filter(|row| !states(**row)).count();
    if missing == 0 {
        return None;
    }
    let paths = table.dimension("path")?;
    let of = |wanted: bool| -> BTreeSet<&str> {
        (0..table.rows()).filter(|row| states(*row) == wanted).filter_map(|row| paths.text(row)).collect()
    };
    let (stating, lacking) = (of(true), of(false));
    // An override holds for a whole file: one that states it for some of its rows is left alone.
    let lacking: Vec<&str> = lacking.into_iter().filter(|path| !stating.contains(path)).collect();
    let paths = match lacking.len() {
        0 => return None,
        // By name as long as there are few: what is dropped later may state it.
        few if few <= MOST => lacking.into_iter().map(str::to_owned).collect(),
        _ if stating.is_empty() => vec![Given::ALL.to_owned()],
        _ => return None,
    };
    let counts = dimensions::dimension(key).is_some_and(|dimension| dimension.order == Order::Number);
    Some(Ask {
        dimension: key.to_owned(),
        label: dimensions::label(key).to_owned(),
        paths,
        counts,
        missing,
        of: rows.len(),
        ..Ask::default()
    })
}
