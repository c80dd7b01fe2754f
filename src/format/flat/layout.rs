//! A flat format as data: which file it is, where its records are, what each column means.
//!
//! A [`Row`] is how the program's own formats are written down, a [`Layout`] what is read with. A layout also comes from
//! JSON, in the same words: `{"id", "label", "tool", "marks": [column, …], "records": "path[]", "fields": {column:
//! meaning, …}}`, and optionally `without`, `fixed`, `ignored`, `missing` and `statistic`.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;
use serde_json::Value;

use super::doubt::Doubt;
use super::draft::Draft;
use super::meaning::{self, Meaning};
use crate::catalog::{dimensions, stats};
use crate::format::{About, Certainty, Look};
use crate::record::{Kind, LoadKind, Stat};

/// What stands for a statistic in a column's name.
const STAT: &str = "{stat}";

/// How much of a text is searched for a mark below the top level.
const MARK_BYTES: usize = 1 << 16;

/// A flat format of the program's own.
pub(in crate::format) struct Row {
    pub about: &'static About,
    /// The tool's name.
    pub tool: &'static str,
    /// What the records are: measurements, or a description of those beside them.
    pub kind: Kind,
    /// Columns or keys that must be there; `a|b` is either, `a.b` a key inside another.
    pub marks: &'static [&'static str],
    /// Columns or keys that must not be there.
    pub without: &'static [&'static str],
    /// Where the records are: a path of keys, `[]` after a list; blank for the top level. Where the path is not there,
    /// the top level is the record.
    pub records: &'static str,
    /// Column or path of keys, and its [`Meaning`]. A path that begins with `/` is from the file's top level. The first of
    /// several that state one thing counts.
    pub fields: &'static [(&'static str, &'static str)],
    /// Dimensions of every record that its columns do not state; `load` is the load of those that state none, `max`.
    pub fixed: &'static [(&'static str, &'static str)],
    /// Columns that are not wanted; `*` stands for anything.
    pub ignored: &'static [&'static str],
    /// Values that mean that there is none.
    pub missing: &'static [&'static str],
    /// A column that names the statistic of its row's figures: all rows of a file are one measurement.
    pub statistic: &'static str,
    /// Where a header's milliseconds may be seconds.
    pub doubt: Option<Doubt>,
    /// What readers should know of every such file.
    pub notes: &'static [&'static str],
    /// What rows cannot express.
    pub complete: Option<fn(&mut Draft<'_>)>,
}

impl Row {
    /// What most rows do not need.
    pub(super) const EMPTY: Row = Row {
        about: &About::new("", "", "", &[]),
        tool: "",
        kind: Kind::Measurement,
        marks: &[],
        without: &[],
        records: "",
        fields: &[],
        fixed: &[],
        ignored: &[],
        missing: &[],
        statistic: "",
        doubt: None,
        notes: &[],
        complete: None,
    };
}

/// A flat format, ready to read with.
#[derive(Default)]
pub struct Layout {
    /// The id in the command line's output and in links.
    pub id: String,
    /// The label on the page.
    pub label: String,
    /// The tool's name.
    pub tool: String,
    pub(super) kind: Option<Kind>,
    marks: Vec<String>,
    without: Vec<String>,
    pub(super) records: Vec<String>,
    exact: FxHashMap<String, Meaning>,
    patterns: Vec<(String, String, Meaning)>,
    /// Paths from the file's top level, with their meanings.
    pub(super) above: Vec<(Vec<String>, String)>,
    /// The objects in a record that are looked into.
    pub(super) parents: FxHashSet<String>,
    pub(super) fixed: Vec<(String, String)>,
    ignored: Vec<String>,
    pub(super) missing: Vec<String>,
    pub(super) statistic: String,
    pub(super) doubt: Option<Doubt>,
    pub(super) notes: &'static [&'static str],
    pub(super) complete: Option<fn(&mut Draft<'_>)>,
}

/// A layout as a deployment writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    label: String,
    tool: String,
    marks: Vec<String>,
    #[serde(default)]
    without: Vec<String>,
    #[serde(default)]
    records: String,
    fields: serde_json::Map<String, Value>,
    #[serde(default)]
    fixed: BTreeMap<String, String>,
    #[serde(default)]
    ignored: Vec<String>,
    #[serde(default)]
    missing: Vec<String>,
    #[serde(default)]
    statistic: String,
}

impl Layout {
    /// The layout of a built-in row, and what is wrong in it.
    pub(super) fn of(row: &Row) -> (Layout, Vec<String>) {
        let owned = |list: &[&str]| list.iter().map(|item| (*item).to_owned()).collect::<Vec<String>>();
        let mut layout = Layout {
            id: row.about.id.to_owned(),
            label: row.about.label.to_owned(),
            tool: row.tool.to_owned(),
            kind: Some(row.kind),
            marks: owned(row.marks),
            without: owned(row.without),
            ignored: owned(row.ignored),
            missing: owned(row.missing),
            statistic: row.statistic.to_owned(),
            fixed: row.fixed.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            doubt: row.doubt,
            notes: row.notes,
            complete: row.complete,
            ..Layout::default()
        };
        let faults = layout.fill(row.records, row.fields.iter().copied());
        (layout, faults)
    }

    /// The layout that a deployment's configuration describes; the error names what is wrong.
    pub fn from_json(value: &Value) -> Result<Layout, String> {
        let written = Written::deserialize(value).map_err(|error| error.to_string())?;
        let Written { id, label, tool, marks, without, records, fields, fixed, ignored, missing, statistic } = written;
        if id.trim().is_empty() || label.trim().is_empty() {
            return Err("“id” and “label” must not be blank".to_owned());
        }
        if crate::format::is_taken(&id) {
            return Err(format!("“{id}” is the id of a built-in format; choose another"));
        }
        if marks.is_empty() {
            return Err(format!("{id}: “marks” is empty; name columns or keys that only these files have"));
        }
        let mut layout = Layout { id, label, tool, marks, without, ignored, missing, statistic, ..Layout::default() };
        layout.kind = Some(Kind::Measurement);
        layout.fixed = fixed.into_iter().collect();
        let mut pairs = Vec::new();
        for (name, words) in &fields {
            let Some(words) = words.as_str() else {
                return Err(format!("{}: fields: the meaning of “{name}” must be a text, as in “ttft mean ms”", layout.id));
            };
            pairs.push((name.as_str(), words));
        }
        match layout.fill(&records, pairs.into_iter()).into_iter().next() {
            Some(fault) => Err(format!("{}: {fault}", layout.id)),
            None => Ok(layout),
        }
    }

    /// Parses what is written in words; returns what is wrong.
    fn fill<'w>(&mut self, records: &str, fields: impl Iterator<Item = (&'w str, &'w str)>) -> Vec<String> {
        let mut faults = Vec::new();
        self.records = records.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        for (name, words) in fields {
            let pattern = name.split_once(STAT);
            let placed = pattern.is_some() || !self.statistic.is_empty();
            let meaning = match meaning::parse(words, placed) {
                Ok(meaning) => meaning,
                Err(error) => {
                    faults.push(format!("fields: “{name}”: {error}"));
                    continue;
                }
            };
            let path = name.trim_start_matches('/');
            // A key may contain a point itself; then one of these is the parent of nothing.
            let fixed = pattern.map_or(path, |(before, _)| before);
            if !name.starts_with('/') {
                self.parents.extend(fixed.match_indices('.').filter_map(|(at, _)| Some(fixed.get(..at)?.to_owned())));
            }
            match pattern {
                Some((before, after)) => self.patterns.push((before.to_owned(), after.to_owned(), meaning)),
                None => {
                    if name.starts_with('/') {
                        self.above.push((path.split('.').map(str::to_owned).collect(), name.to_owned()));
                    }
                    self.exact.entry(name.to_owned()).or_insert(meaning);
                }
            }
        }
        if self.exact.is_empty() && self.patterns.is_empty() && faults.is_empty() {
            faults.push("“fields” is empty; map at least one column".to_owned());
        }
        if self.records.iter().rev().skip(1).any(|part| part.ends_with("[]")) {
            faults.push(format!("records: only the last part of “{records}” may be a list"));
        }
        for (key, value) in &self.fixed {
            if key == "load" && value != LoadKind::Max.key() {
                faults.push(format!("fixed: the load “{value}” is no load; “max” is the only one without a number"));
            } else if key != "load" && dimensions::dimension(key).is_none() {
                faults.push(format!("fixed: “{key}” is no dimension of the catalogue"));
            }
        }
        faults
    }

    /// Whether a file has this layout.
    pub fn sniff(&self, look: &Look<'_>) -> Option<Certainty> {
        sniff(look, &self.marks, &self.without)
    }

    /// What a column means, with the statistic that its name states; `None` for one that the layout does not mention.
    pub(super) fn meaning(&self, name: &str) -> Option<(&Meaning, Option<Stat>)> {
        if let Some(meaning) = self.exact.get(name) {
            return Some((meaning, None));
        }
        let placed = self.patterns.iter().find_map(|(before, after, meaning)| {
            let word = name.strip_prefix(before.as_str())?.strip_suffix(after.as_str())?;
            Some((meaning, Some(statistic(word)?)))
        });
        placed.or_else(|| self.ignored.iter().any(|ignored| fits(ignored, name)).then_some((&Meaning::Ignore, None)))
    }

    /// The branches of a JSON text that are read: plain values of the records and of what is looked into.
    pub(super) fn keep(&self) -> Vec<Vec<&str>> {
        const NOTHING: &str = "(nothing below)";
        let mut inside: Vec<Vec<&str>> = vec![Vec::new()];
        inside.extend(self.parents.iter().map(|parent| parent.split('.').collect()));
        let mut keep: Vec<Vec<&str>> = Vec::new();
        let records: Vec<&str> = self
            .records
            .iter()
            .flat_map(|part| match part.strip_suffix("[]") {
                Some(list) => vec![list, "*"],
                None => vec![part.as_str()],
            })
            .collect();
        for path in &inside {
            keep.push(path.iter().copied().chain(["*", NOTHING]).collect());
            if !records.is_empty() {
                keep.push(records.iter().chain(path).copied().chain(["*", NOTHING]).collect());
            }
        }
        keep.extend(self.above.iter().map(|(path, _)| path.iter().map(String::as_str).collect()));
        keep
    }
}

/// Whether a file has all of these marks and none of those.
pub(super) fn sniff<S: AsRef<str>>(look: &Look<'_>, marks: &[S], without: &[S]) -> Option<Certainty> {
    let has = |mark: &str| match look.first_object() {
        Some(first) => {
            let inside = |(outer, inner): (&str, &str)| {
                let name = format!("\"{}\"", inner.rsplit('.').next().unwrap_or(inner));
                first.has(outer) && memchr::memmem::find(look.head(MARK_BYTES).as_bytes(), name.as_bytes()).is_some()
            };
            first.has(mark) || mark.split_once('.').is_some_and(inside)
        }
        None => look.header().is_some_and(|header| header.has(mark)),
    };
    let marked = !marks.is_empty() && marks.iter().all(|mark| mark.as_ref().split('|').any(has));
    (marked && !without.iter().any(|mark| has(mark.as_ref()))).then_some(Certainty::Certain)
}

/// The statistic of a word: as the catalogue spells them, or a percentile's bare number; `100` is the maximum.
pub(super) fn statistic(word: &str) -> Option<Stat> {
    let word = word.trim().trim_end_matches('%');
    match word {
        "100" => Some(Stat::Max),
        "minimum" => Some(Stat::Min),
        "maximum" => Some(Stat::Max),
        "sd" => Some(Stat::Std),
        _ => stats::parse(word).or_else(|| stats::percentile(word)),
    }
}

/// Whether a name fits a pattern, in which one `*` stands for anything.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| rest.ends_with(after)),
        None => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::format::flat::ROWS;

    #[test]
    fn every_row_is_understood() {
        for row in ROWS {
            let (layout, faults) = Layout::of(row);
            assert!(faults.is_empty(), "{}: {faults:?}", row.about.id);
            assert!(!layout.marks.is_empty() && !layout.tool.is_empty(), "{}", row.about.id);
        }
    }

    #[test]
    fn a_written_layout_is_checked() {
        let good = json!({"id": "ours", "label": "Our table", "tool": "ours", "marks": ["ttft_ms"],
            "fields": {"ttft_ms": "ttft mean ms", "clients": "load concurrency", "lat_{stat}": "e2el s"}});
        let layout = Layout::from_json(&good).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(layout.meaning("lat_p99").and_then(|(_, stat)| stat), Some(Stat::P99));
        assert!(layout.meaning("lat_").is_none() && layout.meaning("other").is_none());
        let with = |key: &str, value: Value| {
            let mut changed = good.clone();
            changed[key] = value;
            Layout::from_json(&changed).err().unwrap_or_else(|| panic!("{key} is accepted"))
        };
        for (key, value, said) in [
            ("id", json!("vllm"), "built-in"),
            ("id", json!(""), "must not be blank"),
            ("marks", json!([]), "“marks” is empty"),
            ("fields", json!({}), "“fields” is empty"),
            ("fields", json!({"a": 1}), "the meaning of “a” must be a text"),
            ("fields", json!({"a": "ttft mean"}), "fields: “a”: “ttft mean” needs the column's unit"),
            ("fixed", json!({"modle": "x"}), "“modle” is no dimension"),
            ("fixed", json!({"load": "8"}), "“max” is the only one"),
            ("records", json!("a[].b[]"), "only the last part"),
            ("fild", json!({}), "unknown field `fild`"),
        ] {
            let error = with(key, value);
            assert!(error.contains(said), "{error}");
        }
        assert!(Layout::from_json(&json!({"id": "x"})).is_err_and(|error| error.contains("missing field")));
    }

    #[test]
    fn patterns() {
        assert!(fits("*%", "66%") && fits("a*c", "abc") && fits("a", "a") && !fits("a*c", "ab") && !fits("a", "ab"));
        assert_eq!(statistic("50%"), Some(Stat::P50));
        assert_eq!(statistic("100"), Some(Stat::Max));
        assert_eq!((statistic("66"), statistic("")), (None, None));
    }
}
