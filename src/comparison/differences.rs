//! In what two sides of a pair differ besides the compared dimension: settings, image, versions of tools.

use std::collections::BTreeSet;

use crate::analysis::arguments;
use crate::catalog::dimensions;
use crate::table::Table;

/// Looked at for differences, besides dimensions that need not match.
const DETAILS: &[&str] = &["runtime_args", "image", "tool_version", "router_config", "backend", "node", "folder"];
/// The list of settings, which is taken apart.
const ARGUMENTS: &str = "runtime_args";

/// Differences between two sides, one text each: `kv-cache-dtype: auto → fp8`.
pub(crate) fn differences(table: &Table, by: &str, keys: &[&str], baseline: &[usize], candidate: &[usize]) -> Vec<String> {
    let mut found = Vec::new();
    let free = dimensions::DIMENSIONS.iter().filter(|row| row.role == crate::catalog::Role::Configuration).map(|row| row.key);
    for key in free.chain(DETAILS.iter().copied()).filter(|key| *key != by && !keys.contains(key)) {
        let (before, after) = (texts(table, key, baseline), texts(table, key, candidate));
        if before == after {
            continue;
        }
        match (key, before.iter().next(), after.iter().next()) {
            (ARGUMENTS, Some(a), Some(b)) if before.len() == 1 && after.len() == 1 => {
                let settings = arguments::differences(&[arguments::parse(a), arguments::parse(b)]);
                let value = |value: Option<&Option<String>>| value.cloned().flatten().unwrap_or_else(|| "not set".to_owned());
                found.extend(
                    settings
                        .iter()
                        .map(|row| format!("{}: {} → {}", row.key, value(row.values.first()), value(row.values.get(1)))),
                );
            }
            _ => found.push(format!("{}: {} → {}", dimensions::label(key), words(&before), words(&after))),
        }
    }
    found
}

fn texts<'a>(table: &'a Table, key: &str, rows: &[usize]) -> BTreeSet<&'a str> {
    let Some(column) = table.dimension(key) else { return BTreeSet::new() };
    rows.iter().filter_map(|row| column.text(*row)).collect()
}

fn words(texts: &BTreeSet<&str>) -> String {
    if texts.is_empty() { "not stated".to_owned() } else { texts.iter().copied().collect::<Vec<_>>().join(" | ") }
}
