//! `schema`: the canonical columns, for those who write programs that read exports.

use std::io::{self, Write};

use clap::{Args, ValueEnum};
use inferscope::catalog::exports::TextEncoding;
use inferscope::catalog::schema::{self, SNIPPETS};
use inferscope::table::export::{self, Cell, Column, Sheet};

/// The output format.
#[derive(Args)]
#[command(after_help = reading())]
pub(crate) struct Arguments {
    /// Output format.
    #[arg(long, value_enum, default_value_t = Format::Markdown)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A table.
    Markdown,
    /// An array of objects.
    Json,
    /// A row for each column.
    Csv,
}

/// How exports are read elsewhere.
fn reading() -> String {
    let indented = |code: &str| code.lines().map(|line| format!("  {line}\n")).collect::<String>();
    let snippets = SNIPPETS.iter().map(|snippet| format!("{}:\n{}", snippet.label, indented(snippet.code)));
    format!(
        "Read what `inferscope table --format parquet results/ > results.parquet` writes with\n\n{}",
        snippets.collect::<Vec<_>>().join("\n")
    )
}

pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> io::Result<()> {
    let rows = schema::columns();
    let text = |name: &str, of: fn(&schema::Column) -> &str| {
        let rows = &rows;
        Column::texts(name, move |row| Cell::text(rows.get(row).map(of).filter(|text| !text.is_empty())))
    };
    let columns = vec![
        text("name", |column| &column.name),
        text("type", |column| column.holds.key()),
        text("unit", |column| column.unit),
        text("definition", |column| &column.definition),
        text("personal", |column| if column.personal { "yes" } else { "" }),
        Column::schema(),
    ];
    let encoding = match arguments.format {
        Format::Markdown => TextEncoding::Markdown,
        Format::Json => TextEncoding::Json,
        Format::Csv => TextEncoding::Csv,
    };
    export::write_text(&Sheet { columns, rows: rows.len() }, encoding, out)
}
