//! Imports run one way: this reads the paths that begin with `crate::` or `super::` in every room and holds them to the
//! map in `src/lib.rs`.

use std::fs;
use std::path::Path;

/// What every room may import.
const EVERYWHERE: [&str; 4] = ["catalog", "record", "sorting", "work"];

/// What each room may import besides itself. Inside `view/`, a part of the navigation is a room of its own.
const MAY: &[(&str, &[&str])] = &[
    ("record", &[]),
    ("catalog", &[]),
    ("source", &[]),
    ("sorting", &[]),
    ("work", &[]),
    ("format", &["source"]),
    ("table", &[]),
    ("join", &["table"]),
    ("analysis", &["table"]),
    ("trace", &["format", "analysis"]),
    ("state", &[]),
    ("view_model", &["state"]),
    ("query", &["view_model", "state", "analysis", "table"]),
    ("comparison", &["query", "view_model", "state", "analysis", "table"]),
    ("capacity", &["runs", "comparison", "query", "view_model", "state", "analysis", "table"]),
    ("gate", &["telemetry", "capacity", "comparison", "query", "state", "analysis", "table"]),
    ("grafana", &["telemetry", "analysis"]),
    ("runs", &["comparison", "query", "view_model", "state", "analysis", "table"]),
    ("telemetry", &["runs", "query", "view_model", "state", "analysis", "table"]),
    ("view::contract", &["query", "state"]),
    ("view::explore", VIEW),
    ("view::compare", VIEW),
    ("view::plan", VIEW),
    ("view::runs", VIEW),
    ("view::tabs", &["view::contract"]),
    ("view::server", VIEW),
    ("view::mlperf", VIEW),
    ("view::data", VIEW),
    (
        "view",
        &[
            "view::contract",
            "view::explore",
            "view::compare",
            "view::plan",
            "view::runs",
            "view::server",
            "view::tabs",
            "view::mlperf",
            "view::data",
        ],
    ),
    ("engine", &["join", "trace", "view", "runs", "query", "view_model", "analysis", "table", "state", "format", "source"]),
    ("chart", &["view_model"]),
    ("page", &["chart", "state", "trace", "engine", "view", "view_model", "runs", "format"]),
    ("demo", &[]),
];

/// What a view rests on. No view imports one of another room.
const VIEW: &[&str] = &[
    "view::contract",
    "view::tabs",
    "capacity",
    "comparison",
    "telemetry",
    "runs",
    "query",
    "view_model",
    "state",
    "analysis",
    "table",
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

/// The module of a file, from the crate's root: `src/view/plan/mod.rs` is `view`, `plan`.
fn module(src: &Path, path: &str) -> Vec<String> {
    let below = Path::new(path).strip_prefix(src).expect("below src").with_extension("");
    let mut parts: Vec<String> = below.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    parts.pop_if(|last| last == "mod");
    parts
}

/// The paths that a text imports or names from the crate's root on, each with its line. Of a group in braces each member
/// counts.
fn named(text: &str, module: &[String]) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    while let Some((number, line)) = lines.next() {
        let mut line = line.to_owned();
        // A group of imports that is wrapped is read as one line.
        while line.contains("use ") && line.contains('{') && !line.contains(';') {
            let Some((_, more)) = lines.next() else { break };
            line.push_str(more.trim());
        }
        let starts = ["crate::", "super::"].into_iter().flat_map(|start| line.match_indices(start));
        for (at, _) in starts {
            let before = line[..at].chars().next_back();
            // `inner::super::` and `pub(in super::…)` are parts of a path that was read from its start.
            if before.is_some_and(|before| before.is_alphanumeric() || before == ':' || before == '_') {
                continue;
            }
            let path: String = line[at..].chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':')).collect();
            let mut base: Vec<String> = Vec::new();
            let mut rest = path.as_str();
            if let Some(after) = rest.strip_prefix("crate::") {
                rest = after;
            } else {
                base = module.to_vec();
                while let Some(after) = rest.strip_prefix("super::") {
                    base.pop();
                    rest = after;
                }
            }
            base.extend(rest.split("::").filter(|part| !part.is_empty()).map(str::to_owned));
            let members = line[at + path.len()..].strip_prefix('{');
            match members.filter(|_| path.ends_with("::")) {
                Some(members) => {
                    for member in members.split(['{', '}', ',', ';']).map(str::trim).filter(|member| !member.is_empty()) {
                        let member = member.split("::").next().unwrap_or_default();
                        found.push((number + 1, base.iter().cloned().chain([member.to_owned()]).collect()));
                    }
                }
                None => found.push((number + 1, base)),
            }
        }
    }
    found
}

/// The room that a path leads into: the longest that it begins with.
fn room(path: &[String]) -> Option<&'static str> {
    let path = path.join("::");
    let within = |room: &str| path == room || path.strip_prefix(room).is_some_and(|rest| rest.starts_with("::"));
    MAY.iter().map(|(room, _)| *room).filter(|room| within(room)).max_by_key(|room| room.len())
}

#[test]
fn imports_run_one_way() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    files(&src, &mut sources);
    let mut seen = 0;
    let mut wrong = Vec::new();
    let mut rooms: Vec<&str> = Vec::new();
    for (path, text) in &sources {
        let module = module(&src, path);
        // `lib.rs`, `main.rs` and the command line know every room.
        let Some(own) = room(&module) else { continue };
        rooms.push(own);
        let allowed = MAY.iter().find(|(room, _)| *room == own).map_or(&[][..], |(_, allowed)| allowed);
        // A module of tests inside a file is one level deeper.
        let (code, tests) = text.split_once("\nmod tests {").unwrap_or((text, ""));
        let inner: Vec<String> = module.iter().cloned().chain(["tests".to_owned()]).collect();
        for (number, path_named) in named(code, &module).into_iter().chain(named(tests, &inner)) {
            let Some(target) = room(&path_named) else { continue };
            seen += 1;
            if target != own && !EVERYWHERE.contains(&target) && !allowed.contains(&target) {
                wrong.push(format!("{path}:{number}: {own} may not import {}", path_named.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (room, _) in MAY {
        assert!(rooms.contains(room), "the room {room} is empty");
    }
    assert!(seen > 500, "only {seen} imports were found: the test reads the wrong lines");
}

#[test]
fn a_path_is_followed_from_where_it_stands() {
    let module = ["view", "plan", "cost"].map(str::to_owned);
    let named = |line: &str| named(line, &module).into_iter().map(|(_, path)| path.join("::")).collect::<Vec<_>>();
    assert_eq!(named("use super::super::runs::list;"), ["view::runs::list"]);
    assert_eq!(named("use crate::view::{contract::View, data};"), ["view::contract", "view::data"]);
    assert_eq!(named("let x = crate::query::values::value(a);"), ["query::values::value"]);
    assert_eq!(named("// crate::page"), [""; 0]);
}

#[test]
fn only_the_page_and_the_port_name_the_browser() {
    let mut sources = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut sources);
    for (path, text) in sources {
        let path = path.replace('\\', "/");
        let browsers = ["page/", "engine/port/", "engine/messages.rs", "main.rs", "bin/inferscope-"];
        if browsers.iter().any(|place| path.contains(&format!("/src/{place}"))) {
            continue;
        }
        for name in ["web_sys", "js_sys", "wasm_bindgen", "leptos::"] {
            assert!(!text.contains(name), "{path} names {name}");
        }
    }
}
