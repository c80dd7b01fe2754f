//! In what two sides of a pair differ besides the compared dimension: settings, image, versions of tools.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};

use crate::analysis::arguments;
use crate::catalog::dimensions;
use crate::table::Table;

/// Looked at for differences, besides dimensions that need not match.
const DETAILS: &[&str] = &["runtime_args", "image", "tool_version", "router_config", "backend", "node", "folder"];
/// The list of settings, which is taken apart.
const ARGUMENTS: &str = "runtime_args";

/// What two sides do not have in common.
pub(crate) struct Difference {
    /// A dimension, or one of its settings.
    pub what: String,
    /// On the baseline.
    pub before: String,
    /// On the candidate.
    pub after: String,
}

impl Display for Difference {
    /// `kv-cache-dtype: auto → fp8`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} → {}", self.what, self.before, self.after)
    }
}

/// Differences between two sides.
pub(crate) fn differences(table: &Table, by: &str, keys: &[&str], baseline: &[usize], candidate: &[usize]) -> Vec<Difference> {
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
                found.extend(settings.iter().map(|row| Difference {
                    what: row.key.clone(),
                    before: value(row.values.first()),
                    after: value(row.values.get(1)),
                }));
            }
            _ => found.push(Difference { what: dimensions::label(key).to_owned(), before: words(&before), after: words(&after) }),
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

/// Differences in one text.
pub(crate) fn in_words(differences: &[Difference]) -> String {
    differences.iter().map(Difference::to_string).collect::<Vec<_>>().join("; ")
}
