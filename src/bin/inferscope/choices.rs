//! The values of `--format` and `--to`, the exports that a command can write, and of `--read-as`.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use inferscope::catalog::exports::{EXPORTS, Encoding, Export, Takes};
use inferscope::engine::ReadAs;
use inferscope::format::FORMATS;
use inferscope::format::spreadsheet::Decimal;

/// How files can be read.
pub(crate) fn readings() -> impl TypedValueParser<Value = ReadAs> {
    let decimals = Decimal::ALL.map(|decimal| PossibleValue::new(decimal.key()).help(decimal.label()));
    let formats = FORMATS.iter().map(|format| PossibleValue::new(format.about.id).help(format.about.label).hide(true));
    PossibleValuesParser::new(decimals.into_iter().chain(formats)).map(|key| ReadAs::from_key(&key))
}

/// How measurements or single requests can be written.
#[derive(Clone, Copy)]
pub(crate) enum TableFormat {
    /// As rows and columns.
    Rows(Encoding),
    /// As gauges with labels.
    Gauges,
    /// As points of a time series.
    Points,
}

/// How a table of measurements can be written.
pub(crate) fn table_formats() -> impl TypedValueParser<Value = TableFormat> {
    parser(|takes| match takes {
        Takes::Records(encoding) => Some(TableFormat::Rows(encoding)),
        Takes::Gauges => Some(TableFormat::Gauges),
        Takes::Points => Some(TableFormat::Points),
        Takes::Cells(_) | Takes::Consolidated(_) | Takes::Submissions | Takes::Text => None,
    })
}

/// How rows can be written.
pub(crate) fn encodings() -> impl TypedValueParser<Value = Encoding> {
    parser(|takes| if let Takes::Records(encoding) = takes { Some(encoding) } else { None })
}

/// Which consolidated or compact table can be made.
pub(crate) fn tables() -> impl TypedValueParser<Value = Takes> {
    parser(|takes| Some(takes).filter(|takes| matches!(takes, Takes::Consolidated(_) | Takes::Submissions)))
}

fn parser<T: Clone + Send + Sync + 'static>(of: fn(Takes) -> Option<T>) -> impl TypedValueParser<Value = T> {
    let value = |export: &&Export| of(export.takes).is_some();
    let values = EXPORTS.iter().filter(value).map(|export| PossibleValue::new(export.key).help(export.help));
    let chosen = move |key: String| {
        let export = EXPORTS.iter().find(|export| export.key == key);
        export.and_then(|export| of(export.takes)).ok_or("no such export")
    };
    PossibleValuesParser::new(values).try_map(chosen)
}
