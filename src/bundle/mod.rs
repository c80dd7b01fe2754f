//! Bundles: the tables of all loaded files become one table a kind, and files that belong together complete each other.
//!
//! Knows no format and no view: which files belong together follows from where they lie and from what they say.

use crate::record::Kind;
use crate::table::{Columns, Table, Tables};

/// The records of one kind of all files, in their order, with everything that follows from their columns.
pub fn join(files: &[&Tables], kind: Kind) -> Table {
    let mut columns = Columns::default();
    for table in files.iter().filter_map(|tables| tables.get(kind)) {
        columns.append(table);
    }
    if kind == Kind::Measurement {
        columns.derive();
    }
    // All columns have as many rows by construction, which is all that a batch asks for.
    columns.finish().unwrap_or_else(|_| Table::empty())
}
