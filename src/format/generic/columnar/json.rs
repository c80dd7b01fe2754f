//! Inferscope's own tables as JSON: a list of objects, one per row.

use serde_json::Value;

use super::{Cell, Columns, HEADER};
use crate::format::reader::json_yaml::Pattern;
use crate::format::reader::json_yaml::stream::documents;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Place, Provenance, Sink};

const KEEP: &[Pattern] = &[&[]];

/// A table that this program wrote, as JSON.
pub(in crate::format) static CANONICAL_JSON: Format =
    Format { about: &About::new("inferscope-json", "Inferscope table (JSON)", "the same table as JSON", &["json"]), sniff, read };

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let first = look.element()?.keys().take(HEADER.split(',').count());
    HEADER.split(',').eq(first).then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    // A column is known when its first value is: a text or a number.
    let mut columns = Columns::default();
    let mut keys: Vec<String> = Vec::new();
    for (number, document) in documents(input.text).enumerate() {
        let tree = document.read(KEEP, &mut |fraction| sink.progress(fraction));
        if let Some(fault) = &tree.fault {
            sink.diagnostic(fault.diagnostic());
        }
        let Some(object) = tree.root.as_object() else { continue };
        for (key, value) in object.iter().filter(|(_, value)| !value.is_null()) {
            if !keys.contains(key) {
                keys.push(key.clone());
                columns.add(key, Place::Key, || value.is_number(), sink);
            }
        }
        let place = || Place::Key(format!("[{number}]"));
        let at = |column: &str| Place::Key(format!("[{number}].{column}"));
        columns.record(keys.iter().map(|key| cell(object.get(key)?)), place(), at, sink);
    }
    sink.provenance(Provenance { schema: Some(format!("{} columns", keys.len())), ..Provenance::default() });
    columns.findings.finish(sink);
    sink.progress(1.0);
}

fn cell(value: &Value) -> Option<Cell<'_>> {
    match value {
        Value::Null => None,
        Value::Number(number) => number.as_f64().map(Cell::Number),
        Value::String(text) => (!text.is_empty()).then(|| Cell::Text(text.into())),
        Value::Bool(value) => Some(Cell::Text(value.to_string().into())),
        // Inferscope's own exports have none of them.
        Value::Array(_) | Value::Object(_) => None,
    }
}
