//! Imports run one way: this reads the `use crate::` lines of every room and holds them to the map in `src/lib.rs`.

use std::fs;
use std::path::Path;

/// What each room may import from, besides itself.
const MAY: &[(&str, &[&str])] = &[
    ("record", &[]),
    ("catalog", &["record"]),
    ("source", &["record"]),
    ("format", &["source", "catalog", "record"]),
    ("table", &["catalog", "record"]),
    ("join", &["table", "catalog", "record"]),
    ("analysis", &["table", "catalog", "record"]),
    ("state", &["catalog", "record"]),
    ("view", &["analysis", "table", "state", "catalog", "record"]),
    ("engine", &["join", "view", "analysis", "table", "state", "format", "source", "catalog", "record"]),
    ("chart", &["view", "catalog"]),
    ("page", &["chart", "state", "engine", "view", "format", "catalog", "record"]),
    ("demo", &["record"]),
];

fn files(folder: &Path, found: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = fs::read_dir(folder).expect("src is there").map(|entry| entry.expect("readable").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push((path.display().to_string(), fs::read_to_string(&path).expect("text")));
        }
    }
}

#[test]
fn imports_run_one_way() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut seen = 0;
    for (room, allowed) in MAY {
        let mut sources = Vec::new();
        let folder = src.join(room);
        if folder.is_dir() {
            files(&folder, &mut sources);
        }
        let file = src.join(format!("{room}.rs"));
        if file.is_file() {
            sources.push((file.display().to_string(), fs::read_to_string(&file).expect("text")));
        }
        assert!(!sources.is_empty(), "the room {room} is empty");
        for (path, text) in sources {
            for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
                for part in line.split("crate::").skip(1) {
                    let target: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                    seen += 1;
                    let known = MAY.iter().any(|(other, _)| *other == target);
                    assert!(
                        known && (target == *room || allowed.contains(&target.as_str())),
                        "{path}:{}: {room} may not import {target}",
                        number + 1
                    );
                }
            }
        }
    }
    assert!(seen > 50, "only {seen} imports were found: the test reads the wrong lines");
}

#[test]
fn only_the_page_and_the_port_name_the_browser() {
    let mut sources = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut sources);
    for (path, text) in sources {
        let path = path.replace('\\', "/");
        if path.contains("/src/page/") || path.ends_with("/src/engine/port.rs") || path.ends_with("/src/main.rs") {
            continue;
        }
        for name in ["web_sys", "js_sys", "wasm_bindgen", "leptos::"] {
            assert!(!text.contains(name), "{path} names {name}");
        }
    }
}
