//! Data: every loaded row and column to look up, sort, copy and export, with links from runs to
//! other systems.

mod links;

use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::query::row_table;
use crate::state::{FIND, ViewState};
use crate::table::{Dimension, Table};
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{Choice, Column, Control, Entry, ViewModel};

/// Option: columns shown.
const COLUMNS: &str = "columns";

/// The rows themselves, of any kind of record.
pub(crate) static DATA: View = View {
    about: &About {
        id: "data",
        tab: &tabs::DATA,
        label: "Rows",
        purpose: "Every row and column: sort, search, copy, export",
        kind: None,
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let table = context.table;
    let frame = Frame::new(context, asked, &[]);
    let all = row_table::all(table);
    let chosen = frame.state.options.get(COLUMNS);
    let find = frame.state.option(FIND).unwrap_or_default().to_lowercase();
    let words = SearchTerms::new(table, &find);
    let rows: Vec<usize> = frame.rows.iter().copied().filter(|row| words.match_row(*row)).collect();
    let shown = |column: &&Column| match chosen {
        Some(chosen) => chosen.contains(&column.key),
        None => row_table::present(table, column, &rows),
    };
    let columns: Vec<Column> = all.iter().filter(shown).cloned().collect();
    let controls = vec![
        Control {
            key: COLUMNS.to_owned(),
            label: "Columns".to_owned(),
            help: "Columns to show; select none for all columns with values".to_owned(),
            values: chosen.cloned().unwrap_or_default(),
            entry: Entry::MultiSelect(all.iter().map(|column| Choice::new(&column.key, &column.label, &column.unit)).collect()),
        },
        Control {
            key: FIND.to_owned(),
            label: "Find".to_owned(),
            help: "Rows with all of these words in any text column or file name; press Enter to search".to_owned(),
            values: frame.state.option(FIND).map(str::to_owned).into_iter().collect(),
            entry: Entry::Text { placeholder: "words in any column".to_owned() },
        },
    ];
    let sentence = format!("{} of {}, {} of {} columns", rows.len(), context.kind.count(table.rows()), columns.len(), all.len());
    let (grids, notes) = links::runs(context, &rows);
    let parts = ViewModel { sentence, notes, controls, grids, rows_first: true, ..ViewModel::default() };
    frame.finish_with(context, parts, rows, columns)
}

/// Search terms; each must occur in a text column or the file name of a row. By term and dimension: which of the
/// dimension's values match.
struct SearchTerms<'a>(Vec<Vec<(Dimension<'a>, Vec<bool>)>>);

impl<'a> SearchTerms<'a> {
    /// Space-separated terms in lower case.
    fn new(table: &'a Table, find: &str) -> SearchTerms<'a> {
        let has = |word: &str, key: &str| {
            let column = table.dimension(key)?;
            let values = (0..column.cardinality() as u32).map(|code| column.value(code).to_lowercase().contains(word));
            Some((column, values.collect()))
        };
        let keys = table.dimension_keys();
        SearchTerms(find.split_whitespace().map(|word| keys.iter().filter_map(|key| has(word, key)).collect()).collect())
    }

    fn match_row(&self, row: usize) -> bool {
        let has = |(column, values): &(Dimension<'_>, Vec<bool>)| {
            column.code(row).and_then(|code| values.get(code as usize)).copied().unwrap_or_default()
        };
        self.0.iter().all(|columns| columns.iter().any(has))
    }
}
