//! What measurements do not state and a view needs: asked for in place, for the files that lack it.

use std::collections::BTreeSet;

use crate::catalog::{Order, dimensions};
use crate::record::Given;
use crate::table::Table;
use crate::view_model::Ask;

/// Files that are named one by one in a link; of more the file list describes them.
const MOST: usize = 12;

/// What to ask for of these rows: the dimensions that some of them lack.
pub(crate) fn asks(table: &Table, rows: &[usize], needed: &[&str]) -> Vec<Ask> {
    needed.iter().filter_map(|key| ask(table, rows, key)).collect()
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
