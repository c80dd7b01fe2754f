//! Which versions a trend is over: product lines, their versions in the order of releases, and the controls for both.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::number::plural;
use crate::catalog::versions;
use crate::sorting::Sorting;
use crate::state::ViewState;
use crate::table::Table;
use crate::view_model::{Choice, Control, Entry};

/// The product line.
const FAMILY: &str = "family";
/// The versions.
pub(super) const VERSIONS: &str = "versions";

/// The versions of the trend, oldest first, and the controls.
pub(super) struct Releases {
    pub versions: Vec<String>,
    pub controls: Vec<Control>,
    /// What was left out by default.
    pub notes: Vec<String>,
}

/// Decides the line and its versions: the line with most versions; of it the final releases where there are two of them,
/// otherwise all. The reference's pattern for clean names rejects `-GA` (`../shared/formats/rhaiis.md` §4.2-5).
pub(super) fn releases(table: &Table, rows: &[usize], state: &ViewState) -> Releases {
    let column = table.dimension("version");
    let mut measured: BTreeMap<u32, usize> = BTreeMap::new();
    for code in rows.iter().filter_map(|row| column?.code(*row)) {
        *measured.entry(code).or_default() += 1;
    }
    let name = |code: u32| column.map_or("", |column| column.value(code));
    let families: BTreeSet<String> = measured.keys().map(|code| versions::product(name(*code))).collect();
    // A build that names no release, `TRT-LLM-gpt-oss-dev`, belongs to the line that its name begins with.
    let line = |version: &str| {
        let own = versions::product(version);
        let begins =
            |other: &&String| !other.is_empty() && own.strip_prefix(other.as_str()).is_some_and(|rest| rest.starts_with('-'));
        families.iter().find(begins).cloned().unwrap_or(own)
    };
    let mut lines: BTreeMap<String, Vec<(String, usize)>> = BTreeMap::new();
    for (code, count) in &measured {
        lines.entry(line(name(*code))).or_default().push((name(*code).to_owned(), *count));
    }
    lines.values_mut().for_each(|versions| versions.order_by(|a, b| versions::compare(&a.0, &b.0)));
    let asked = state.option(FAMILY).filter(|asked| lines.contains_key(*asked));
    let most = || lines.iter().min_by_key(|(_, versions)| Reverse(versions.len())).map(|(line, _)| line.as_str());
    let chosen = asked.or_else(most).unwrap_or_default().to_owned();
    let all = lines.get(&chosen).cloned().unwrap_or_default();

    let asked: Vec<&str> = state.options.get(VERSIONS).into_iter().flatten().map(String::as_str).collect();
    let names = || all.iter().map(|(version, _)| version.clone());
    let mut used: Vec<String> = names().filter(|version| asked.contains(&version.as_str())).collect();
    let mut notes = Vec::new();
    if used.is_empty() {
        used = names().filter(|version| versions::is_final(version)).collect();
        if used.len() < 2 {
            used = names().collect();
        } else if used.len() < all.len() {
            let out: Vec<String> = names().filter(|version| !versions::is_final(version)).collect();
            notes.push(format!("Final releases only; not selected: {}.", out.join(", ")));
        }
    }
    let shown = |line: &str, versions: &[(String, usize)]| {
        // As the versions write it.
        versions
            .first()
            .map(|(version, _)| version.get(..line.len()).unwrap_or(line))
            .filter(|shown| !shown.is_empty())
            .unwrap_or("unnamed")
            .to_owned()
    };
    let family = Control {
        key: FAMILY.to_owned(),
        label: "Product line".to_owned(),
        help: "Versions whose names start with the same product".to_owned(),
        values: vec![chosen],
        entry: Entry::Select(
            lines
                .iter()
                .map(|(line, versions)| Choice::new(line, &shown(line, versions), &plural(versions.len() as u64, "version")))
                .collect(),
        ),
    };
    let versions = Control {
        key: VERSIONS.to_owned(),
        label: "Versions".to_owned(),
        help: "Versions to show, in release order. Default: final releases".to_owned(),
        values: used.clone(),
        entry: Entry::MultiSelect(
            all.iter().map(|(version, count)| Choice::new(version, version, &plural(*count as u64, "measurement"))).collect(),
        ),
    };
    Releases { versions: used, controls: vec![family, versions], notes }
}
