//! An index of files on a server: the list that stands for a folder, since web servers list none. `deploy/benchmark` writes
//! one beside each result; `?src=` of it opens the folder.
//!
//! An index is JSON under the name `index.json`: a list of `{"path", "size", "time"}`, or an object with that list as `files`.
//! An object may have `watch`, seconds: the folder is still growing, and the page looks that often whether it has changed, as
//! `inferscope open --watch` wants.
//! An object may have `dataset`, `{"rows": N}`: its files are the parts of one table in Parquet, in the layout of [`super::hive`], too
//! many to be read whole; a file may say its `rows`, the least and the greatest value of columns (`stats`), and all values of
//! columns that have few (`values`, an empty text for a missing one).
//! Paths are relative to the index and stay below its folder: what leads elsewhere is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;

use super::listing::{Listed, ListedBy, Listing, is_strange, shown};
use crate::record::{Diagnostic, Place, Severity};

/// The longest time between two looks at an index, in seconds.
const MAX_WATCH_SECONDS: u32 = 86_400;

/// What stands in the path of an address as it is; a path of an index may have more, and none of it begins a query.
const IN_PATHS: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/').remove(b'=').remove(b'@').remove(b'+');

/// A file of an index.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
pub struct Member {
    /// Its path from the index's folder on, as the index says it.
    pub path: String,
    /// Its size in bytes, where the index says it.
    pub size: Option<u64>,
    /// When it was changed, however the index says it; only compared.
    #[serde(default)]
    pub time: Value,
}

/// A file of a data set.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Its path from the index's folder on.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// How many rows it has, where the index says it.
    pub rows: Option<u64>,
    /// When it was changed, however the index says it; only compared.
    pub time: String,
    /// The least and the greatest value of text columns; nothing is concluded from a column that is left out.
    pub stats: BTreeMap<String, [String; 2]>,
    /// All values of columns that have few; an empty text is a missing one.
    pub values: BTreeMap<String, BTreeSet<String>>,
}

/// What an index says of a data set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dataset {
    /// Its files.
    pub parts: Vec<Part>,
    /// How many files it lists of which it does not say path and size: of those nothing can be read.
    pub unread: usize,
}

impl Part {
    /// A row of an index. What it says wrongly besides path and size it does not say.
    fn read(row: &Value) -> Option<Part> {
        let texts =
            |value: &Value| value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
        let columns = |key: &str| row.get(key).and_then(Value::as_object).into_iter().flatten();
        let stats = columns("stats").filter_map(|(column, ends)| Some((column.clone(), texts(ends)?.try_into().ok()?)));
        let values = columns("values").filter_map(|(column, all)| Some((column.clone(), texts(all)?.into_iter().collect())));
        Some(Part {
            path: row.get("path")?.as_str()?.to_owned(),
            size: row.get("size")?.as_u64()?,
            rows: row.get("rows").and_then(Value::as_u64),
            time: row.get("time").map(Value::to_string).unwrap_or_default(),
            stats: stats.collect(),
            values: values.collect(),
        })
    }
}

/// What tells an index from a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Seconds between two looks, from 1 to a day, where the folder is still growing.
    pub seconds: Option<u32>,
    /// Changes when a file comes, goes, or has another size or time.
    pub version: u64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Index {
    List(Vec<Member>),
    Object {
        files: Vec<Member>,
        #[serde(default)]
        watch: Value,
    },
}

impl Index {
    fn read(address: &str, content: &[u8]) -> Option<Index> {
        if !is_index(address) {
            return None;
        }
        serde_json::from_slice(content).ok()
    }
}

/// Whether what is at an address may be an index, by its name.
pub fn is_index(address: &str) -> bool {
    folder(address).1 == "index.json"
}

/// The files that an index at an address lists, with their addresses; `None` where the content is none.
pub fn listing(index: &str, content: &[u8]) -> Option<Listing> {
    let members = members(index, content)?;
    let (mut files, mut findings) = (Vec::new(), Vec::new());
    for Member { path, size, .. } in members {
        match address(index, &path) {
            Some((address, name)) => files.push(Listed { name, address, size }),
            None => findings.push(Diagnostic::new(
                Severity::Warning,
                Place::File,
                format!("“{}” is not a path below the index's folder; not read.", shown(&path)),
                "Open that file by its own address.",
            )),
        }
    }
    Some(Listing { by: ListedBy::Index, files, findings })
}

/// The files that an index at an address lists; `None` where the content is none.
pub fn members(address: &str, content: &[u8]) -> Option<Vec<Member>> {
    match Index::read(address, content)? {
        Index::List(members) | Index::Object { files: members, .. } => Some(members),
    }
}

/// What an index at an address says of a data set; `None` where it describes none.
pub fn dataset(address: &str, content: &[u8]) -> Option<Dataset> {
    let index: Value = is_index(address).then(|| serde_json::from_slice(content).ok()).flatten()?;
    index.get("dataset").filter(|dataset| !dataset.is_null())?;
    let rows = index.get("files").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let parts: Vec<Part> = rows.iter().filter_map(Part::read).collect();
    Some(Dataset { unread: rows.len() - parts.len(), parts })
}

/// The version of an index now, and how often it wants to be looked at; `None` where it is none.
pub fn watch(address: &str, content: &[u8]) -> Option<Watch> {
    let (files, watch) = match Index::read(address, content)? {
        Index::List(files) => (files, Value::Null),
        Index::Object { files, watch } => (files, watch),
    };
    let seconds = watch.as_u64().filter(|seconds| *seconds > 0);
    let seconds = seconds.map(|seconds| u32::try_from(seconds).unwrap_or(u32::MAX).min(MAX_WATCH_SECONDS));
    // The same in every program of one build, which is all that compares it.
    let mut hasher = DefaultHasher::new();
    files.hash(&mut hasher);
    Some(Watch { seconds, version: hasher.finish() })
}

/// The address of a listed file, and what it is called: its path in the index's folder. `None` where the path leads out of that
/// folder, or is none.
pub fn address(index: &str, path: &str) -> Option<(String, String)> {
    if is_strange(path) {
        return None;
    }
    let (folder, _) = folder(index);
    Some((format!("{folder}{}", utf8_percent_encode(path, IN_PATHS)), format!("{folder}{path}")))
}

/// An address without its query and fragment: the folder with its slash, and the file's name.
fn folder(address: &str) -> (&str, &str) {
    let end = address.find(['?', '#']).unwrap_or(address.len());
    let path = address.get(..end).unwrap_or(address);
    path.split_at(path.rfind('/').map_or(0, |slash| slash + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &[u8] = br#"[{"path": "a.json", "size": 3, "time": "2026-11-30T00:00:00Z"}, {"path": "sweep/c1/b.json"}]"#;

    #[test]
    fn a_list_or_an_object_under_its_name_is_an_index() {
        let paths = |address, content: &[u8]| {
            members(address, content).map(|found| found.into_iter().map(|member| member.path).collect::<Vec<_>>())
        };
        let both = Some(vec!["a.json".to_owned(), "sweep/c1/b.json".to_owned()]);
        assert_eq!(paths("https://host/m/index.json", LIST), both);
        assert_eq!(paths("m/index.json?token=a/b#x", LIST), both);
        assert_eq!(paths("index.json", &[br#"{"files": "#, LIST, b"}"].concat()), both);
        assert_eq!(paths("index.json", b"[]"), Some(Vec::new()));
        assert_eq!(members("index.json", LIST).expect("an index")[0].size, Some(3));
        // Another name, and what is no list of paths.
        for (address, content) in
            [("m/results.json", LIST), ("index.json", b"[1, 2]"), ("index.json", br#"{"path": "a"}"#), ("index.json", b"[{")]
        {
            assert_eq!(paths(address, content), None, "{address}");
        }
    }

    #[test]
    fn a_data_set_says_that_it_is_one_and_how_large_its_files_are() {
        let index = |dataset: &str, file: &str| format!(r#"{{"files": [{file}]{dataset}}}"#);
        let of = |text: String| dataset("d/index.json", text.as_bytes());
        let file = r#"{"path": "model=a/x.parquet", "size": 7, "rows": 2, "time": 3, "stats": {"version": ["1", "2"]}, "values": {"tp": ["", "8"]}}"#;
        let found = of(index(r#", "dataset": {"rows": 2}"#, file)).expect("a data set");
        let [part] = found.parts.as_slice() else { panic!("{found:?}") };
        assert_eq!((part.path.as_str(), part.size, part.rows, part.time.as_str()), ("model=a/x.parquet", 7, Some(2), "3"));
        assert_eq!((&part.stats["version"], part.values["tp"].len()), (&["1".to_owned(), "2".to_owned()], 2));
        assert_eq!(of(index("", file)), None, "a folder of files");
        // What is wrong costs itself: a data set is never read as a folder.
        let odd = r#"{"path": "x", "size": 7, "rows": 1.5, "stats": {"a": ["1"], "b": [1, 2], "c": null, "d": ["1", "2"]}, "values": {"e": [1], "f": []}}"#;
        let found = of(index(
            r#", "dataset": []"#,
            &format!(r#"{odd}, {{"path": "y"}}, {{"size": "7", "path": "z"}}, {{"size": -1, "path": "w"}}, 3"#),
        ));
        let found = found.expect("a data set");
        assert_eq!((found.parts.len(), found.unread), (1, 4));
        let Part { rows, stats, values, .. } = &found.parts[0];
        assert!(rows.is_none() && stats.keys().eq(["d"]) && values.keys().eq(["f"]), "{:?}", found.parts);
    }

    #[test]
    fn an_index_that_is_watched_has_a_version() {
        let of = |content: &str| watch("files/index.json", content.as_bytes());
        let index = |files: &str, seconds: u32| format!(r#"{{"files": [{files}], "watch": {seconds}}}"#);
        let one = r#"{"path": "a.json", "size": 3, "time": "2026-11-30T00:00:00.000000001Z"}"#;
        let first = of(&index(one, 2)).expect("watched");
        assert_eq!(first.seconds, Some(2));
        // How often it is looked at is no change of the files.
        assert_eq!(of(&index(one, 30)).map(|watch| (watch.seconds, watch.version)), Some((Some(30), first.version)));
        for other in [
            one.replace("a.json", "b.json"),
            one.replace('3', "4"),
            one.replace("1Z", "2Z"),
            format!(r#"{one}, {{"path": "c.json"}}"#),
            String::new(),
        ] {
            assert_ne!(of(&index(&other, 2)).expect("watched").version, first.version, "{other}");
        }
        assert_eq!(of(&index(one, 0)), Some(Watch { seconds: None, ..first }));
        assert_eq!(of(&format!("[{one}]")), Some(Watch { seconds: None, ..first }), "a list has a version, too");
        assert_eq!(of(&index(one, u32::MAX)).and_then(|watch| watch.seconds), Some(86_400));
        // What is no number of seconds costs no file.
        let odd = r#"{"files": [{"path": "a.json", "time": 17}], "watch": "often"}"#;
        assert_eq!(
            (of(odd).and_then(|watch| watch.seconds), members("index.json", odd.as_bytes()).map(|members| members.len())),
            (None, Some(1))
        );
        assert_eq!(watch("files/other.json", index(one, 2).as_bytes()), None);
        assert_eq!(members("index.json", index(one, 2).as_bytes()).map(|members| members.len()), Some(1));
    }

    #[test]
    fn paths_stay_in_the_indexs_folder() {
        let of = |index, path| address(index, path).map(|(address, _)| address);
        assert_eq!(of("https://host/m/index.json?x=/y", "c1/a b.json").as_deref(), Some("https://host/m/c1/a%20b.json"));
        assert_eq!(of("index.json", "a.json").as_deref(), Some("a.json"));
        assert_eq!(address("/r/index.json", "ü#?.json").map(|(_, name)| name).as_deref(), Some("/r/ü#?.json"));
        assert_eq!(of("/r/index.json", "ü#?.json").as_deref(), Some("/r/%C3%BC%23%3F.json"));
        // A colon would make the first part a scheme.
        assert_eq!(of("index.json", "javascript:x").as_deref(), Some("javascript%3Ax"));
        assert_eq!(of("index.json", "https://evil.example/x"), None);
        for path in ["", "/etc/passwd", "../x", "a/../../x", "a//b", "./a", "..\\x", "a\nb", "//evil.example/x"] {
            assert_eq!(of("https://host/m/index.json", path), None, "{path}");
        }
        // Encoded dots are the characters of a name.
        assert_eq!(of("/r/index.json", "%2e%2e/x").as_deref(), Some("/r/%252e%252e/x"));
    }
}
