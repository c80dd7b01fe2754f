//! Some columns of a table that no format knows, by their names: JSON lines or a list, CSV, Parquet.
//!
//! In JSON a name may be a path, `usage.prompt_tokens` or `conversations.0.value`; the value of a list of messages is the text
//! of all of them.

use serde_json::Value;

use super::columnar::convert::{numbers, texts};
use super::columnar::typed::{self, PARQUET};
use crate::format::reader::csv::columns::Table;
use crate::format::reader::findings::Findings;
use crate::format::reader::json_yaml::head::Object;
use crate::format::reader::json_yaml::stream::documents;
use crate::format::{Input, told};
use crate::record::{Diagnostic, Place, Severity, Sink};

/// A cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Picked {
    /// Nothing, `null` or blank.
    #[default]
    Missing,
    /// A number.
    Number(f64),
    /// A text, and in CSV everything.
    Text(String),
}

/// Hands over these columns of every row with the row's place. What cannot be read is reported to the sink.
///
/// # Errors
///
/// When a column is missing, or the file cannot be read as a table.
pub fn pick(
    input: Input<'_>,
    columns: &[&str],
    sink: &mut dyn Sink,
    take: &mut dyn FnMut(Place, Vec<Picked>),
) -> Result<(), Diagnostic> {
    let mut findings = Findings::default();
    let done = match input {
        Input { bytes, .. } if bytes.starts_with(PARQUET) => parquet(bytes, columns, take),
        Input { text, .. } if text.trim_start().starts_with(['{', '[']) => {
            let (done, noted) = told(text, || json(text, columns, &mut findings, sink, take));
            noted.into_iter().for_each(|finding| sink.diagnostic(finding));
            done
        }
        Input { text, .. } => csv(text, columns, &mut findings, sink, take),
    };
    findings.finish(sink);
    done
}

fn parquet(bytes: &[u8], columns: &[&str], take: &mut dyn FnMut(Place, Vec<Picked>)) -> Result<(), Diagnostic> {
    let fail = |reason: String| {
        let hint = "Rewrite it with Snappy or without compression; if it is truncated, copy it again.";
        Diagnostic::new(Severity::Error, Place::File, format!("The Parquet file cannot be read: {reason}."), hint)
    };
    let (names, reader) = typed::picked(bytes, columns).map_err(fail)?;
    check(columns, &names)?;
    let mut row = 0_u64;
    for batch in reader {
        let batch = batch.map_err(|error| fail(error.to_string()))?;
        let mut cells: Vec<Vec<Picked>> = Vec::new();
        for name in columns {
            let array = batch.column_by_name(name).ok_or_else(|| missing(name, &names))?;
            let values = match (numbers(array), texts(array)) {
                (Some(numbers), _) => numbers.into_iter().map(|value| value.map_or(Picked::Missing, Picked::Number)).collect(),
                (None, Some(texts)) => texts.into_iter().map(|text| text.map_or(Picked::Missing, Picked::Text)).collect(),
                (None, None) => {
                    let message = format!("Column “{name}” is {}: neither numbers nor texts.", array.data_type());
                    return Err(Diagnostic::new(Severity::Error, Place::File, message, "Choose or make a column of either."));
                }
            };
            cells.push(values);
        }
        for at in 0..batch.num_rows() {
            row += 1;
            let cells = cells.iter_mut().map(|cells| cells.get_mut(at).map_or(Picked::Missing, std::mem::take)).collect();
            take(Place::Key(format!("row {row}")), cells);
        }
    }
    Ok(())
}

fn json(
    text: &str,
    columns: &[&str],
    findings: &mut Findings,
    sink: &mut dyn Sink,
    take: &mut dyn FnMut(Place, Vec<Picked>),
) -> Result<(), Diagnostic> {
    let firsts: Vec<[&str; 1]> = columns.iter().flat_map(|name| [[*name], [name.split('.').next().unwrap_or(name)]]).collect();
    let keep: Vec<&[&str]> = firsts.iter().map(<[&str; 1]>::as_slice).collect();
    let mut found = vec![false; columns.len()];
    let mut names: Vec<String> = Vec::new();
    for document in documents(text) {
        let tree = document.read(&keep, &mut |_| {});
        if let Some(fault) = &tree.fault {
            findings.add(sink, "unreadable lines", || fault.diagnostic());
            continue;
        }
        if names.is_empty() && found.contains(&false) {
            names = Object::scan(document.text).map(|object| object.keys().map(str::to_owned).collect()).unwrap_or_default();
        }
        let mut cells = Vec::with_capacity(columns.len());
        for (name, found) in columns.iter().zip(&mut found) {
            let value = at(&tree.root, name);
            *found |= value.is_some();
            cells.push(match value {
                None | Some(Value::Null) => Picked::Missing,
                Some(Value::Number(number)) => number.as_f64().map_or(Picked::Missing, Picked::Number),
                Some(Value::String(text)) => Picked::Text(text.clone()),
                Some(other) => messages(other).map_or_else(
                    || {
                        findings.entry(sink, "values of the wrong type", &document.place, || {
                            format!("“{name}” is neither a number nor a text nor messages; ignored.")
                        });
                        Picked::Missing
                    },
                    Picked::Text,
                ),
            });
        }
        take(document.place.clone(), cells);
    }
    match columns.iter().zip(found).find(|(_, found)| !found) {
        Some((name, _)) => Err(missing(name, &names)),
        None => Ok(()),
    }
}

/// The value under a name, or under a path of keys and positions.
fn at<'v>(root: &'v Value, name: &str) -> Option<&'v Value> {
    root.get(name).or_else(|| {
        name.split('.').try_fold(root, |value, key| match value {
            Value::Array(values) => values.get(key.parse::<usize>().ok()?),
            value => value.get(key),
        })
    })
}

/// The texts of a list of messages (`content`, `value` or `text` each, which may be a list of parts again), or of texts.
fn messages(value: &Value) -> Option<String> {
    let text = |part: &Value| -> Option<String> {
        match part {
            Value::String(text) => Some(text.clone()),
            Value::Object(fields) => {
                let inner = ["content", "value", "text"].into_iter().find_map(|key| fields.get(key))?;
                inner.as_str().map(str::to_owned).or_else(|| messages(inner))
            }
            _ => None,
        }
    };
    let parts = value.as_array()?;
    let texts: Vec<String> = parts.iter().map(text).collect::<Option<_>>()?;
    Some(texts.join("\n"))
}

fn csv(
    text: &str,
    columns: &[&str],
    findings: &mut Findings,
    sink: &mut dyn Sink,
    take: &mut dyn FnMut(Place, Vec<Picked>),
) -> Result<(), Diagnostic> {
    let head = text.lines().next().unwrap_or_default();
    let delimiter = [b',', b'\t', b';'].into_iter().max_by_key(|delimiter| {
        let count = head.bytes().filter(|byte| byte == delimiter).count();
        (count, *delimiter == b',')
    });
    let mut table = Table::new(text, delimiter.unwrap_or(b','));
    check(columns, table.names())?;
    let positions: Vec<Option<usize>> = columns.iter().map(|name| table.column(name)).collect();
    while table.advance(findings, sink) {
        let cell = |position: &Option<usize>| match table.text(*position) {
            "" => Picked::Missing,
            text => Picked::Text(text.to_owned()),
        };
        take(table.place(), positions.iter().map(cell).collect());
    }
    Ok(())
}

fn check(columns: &[&str], names: &[String]) -> Result<(), Diagnostic> {
    match columns.iter().find(|name| !names.iter().any(|known| known == *name)) {
        Some(name) => Err(missing(name, names)),
        None => Ok(()),
    }
}

fn missing(name: &str, names: &[String]) -> Diagnostic {
    const NAMED: usize = 30;
    let mut listed: Vec<&str> = names.iter().map(String::as_str).filter(|name| !name.is_empty()).take(NAMED).collect();
    if names.len() > NAMED {
        listed.push("…");
    }
    let there = if names.is_empty() { "none".to_owned() } else { listed.join(", ") };
    let message = format!("There is no column “{name}”; there are: {there}.");
    Diagnostic::new(Severity::Error, Place::File, message, "Choose one of them; in JSON also a path, as in usage.prompt_tokens.")
}
