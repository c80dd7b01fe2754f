//! Data: every row and every column of what is loaded, to look up, sort, copy and take away.

use super::frame::Frame;
use super::model::{Column, ViewModel};
use super::parts::{Choice, Control, Entry};
use super::{Context, Shown, View, twin};
use crate::record::Kind;
use crate::state::ViewState;

/// Columns shown.
const COLUMNS: &str = "columns";
/// Text that a row must have somewhere.
const FIND: &str = "find";

/// The rows themselves, of any kind of record.
pub struct Data;

impl View for Data {
    fn id(&self) -> &'static str {
        "data"
    }

    fn label(&self) -> &'static str {
        "Data"
    }

    fn group(&self) -> &'static str {
        "Look up"
    }

    fn purpose(&self) -> &'static str {
        "Every row and column: sort, search, copy, export"
    }

    fn kind(&self) -> Option<Kind> {
        None
    }

    fn show(&self, context: &mut Context<'_>, asked: &ViewState) -> Shown {
        let table = context.table;
        let frame = Frame::new(context, asked, &[]);
        let all = twin::all(table);
        let chosen = frame.state.options.get(COLUMNS);
        let columns: Vec<Column> =
            all.iter().filter(|column| chosen.is_none_or(|chosen| chosen.contains(&column.key))).cloned().collect();
        let find = frame.state.option(FIND).unwrap_or_default().to_lowercase();
        let words: Vec<&str> = find.split_whitespace().collect();
        let rows: Vec<usize> = frame.rows.iter().copied().filter(|row| has(table, &words, *row)).collect();
        let controls = vec![
            Control {
                key: COLUMNS.to_owned(),
                label: "Columns".to_owned(),
                help: "Which columns are shown; none chosen shows all".to_owned(),
                values: chosen.cloned().unwrap_or_default(),
                entry: Entry::Several(all.iter().map(|column| Choice::new(&column.key, &column.label, &column.unit)).collect()),
            },
            Control {
                key: FIND.to_owned(),
                label: "Find".to_owned(),
                help: "Rows that have every one of these words in some text column".to_owned(),
                values: frame.state.option(FIND).map(str::to_owned).into_iter().collect(),
                entry: Entry::Text { placeholder: "words in any column".to_owned() },
            },
        ];
        let sentence =
            format!("{} of {}, {} of {} columns", rows.len(), context.kind.count(table.rows()), columns.len(), all.len());
        let parts = ViewModel { sentence, controls, rows_first: true, ..ViewModel::default() };
        frame.finish_with(context, parts, rows, columns)
    }
}

/// Whether a row has every word in one of its texts or in the name of its file.
fn has(table: &crate::table::Table, words: &[&str], row: usize) -> bool {
    let texts = table.dimension_keys().into_iter().filter_map(|key| table.dimension(key)?.text(row));
    let texts: Vec<String> = if words.is_empty() { Vec::new() } else { texts.map(str::to_lowercase).collect() };
    words.iter().all(|word| texts.iter().any(|text| text.contains(word)))
}
