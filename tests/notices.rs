//! `public/third-party-notices.txt`: the licences of everything that is linked into the page's programs and the command
//! line, and of what is bundled from npm. `BLESS=1 cargo test --test integration notices` writes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const NOTICES: &str = "public/third-party-notices.txt";

/// What the programs are built for: the page's, and the command line's as in the images.
const TARGETS: [&str; 2] = ["wasm32-unknown-unknown", "x86_64-unknown-linux-gnu"];

/// Licences that ask for no more than these notices. Another one is a decision.
const PERMISSIVE: [&str; 10] =
    ["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "MIT", "Unicode-3.0", "Unlicense", "Zlib", "ISC"];

const MIT: &str = "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated\n\
documentation files (the \"Software\"), to deal in the Software without restriction, including without limitation the\n\
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit\n\
persons to whom the Software is furnished to do so, subject to the following conditions:\n\n\
The above copyright notice and this permission notice shall be included in all copies or substantial portions of the\n\
Software.\n\n\
THE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE\n\
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR\n\
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR\n\
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.\n";

/// A package that is shipped.
struct Package {
    name: String,
    licence: String,
    source: String,
    texts: Vec<String>,
}

#[test]
fn the_notices_are_those_of_what_is_shipped() {
    let mut packages = crates();
    packages.extend(npm());
    let written = document(&packages);
    let path = Path::new(ROOT).join(NOTICES);
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, written).expect("the notices can be written");
    } else {
        let stands = fs::read_to_string(path).unwrap_or_default();
        let other = stands.lines().zip(written.lines()).find(|(stands, written)| stands != written);
        assert!(stands == written, "BLESS=1 cargo test --test integration notices writes {NOTICES}: first difference {other:?}");
    }
}

#[test]
fn every_licence_is_permissive_and_has_its_text() {
    let packages: Vec<Package> = crates().into_iter().chain(npm()).collect();
    assert!(packages.len() > 100, "{}", packages.len());
    for known in ["leptos ", "parquet ", "clap ", "tokenizers ", "echarts ", "zrender ", "tslib "] {
        assert!(packages.iter().any(|package| package.name.starts_with(known)), "{known}");
    }
    for Package { name, licence, texts, .. } in &packages {
        let words = licence.split([' ', '/', '(', ')']).filter(|word| !["", "OR", "AND"].contains(word));
        let unknown: Vec<&str> = words.filter(|word| !PERMISSIVE.contains(word)).collect();
        assert!(unknown.is_empty(), "{name}: {licence}");
        assert!(texts.iter().all(|text| text.len() > 50) && !texts.is_empty(), "{name} has no text");
    }
}

/// The crates that are linked: normal dependencies of normal dependencies. What runs in the compiler alone is left out.
fn crates() -> Vec<Package> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(ROOT).args(["metadata", "--format-version", "1", "--locked", "--all-features"]);
    cargo.args(TARGETS.iter().flat_map(|target| ["--filter-platform", target]));
    let output = cargo.output().expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let by_id = |rows: &Value| rows.as_array().map(|rows| rows.iter().map(|row| (id(row), row.clone())).collect());
    let packages: BTreeMap<String, Value> = by_id(&metadata["packages"]).expect("packages");
    let nodes: BTreeMap<String, Value> = by_id(&metadata["resolve"]["nodes"]).expect("a graph");
    let root = metadata["resolve"]["root"].as_str().expect("one package").to_owned();
    let (mut seen, mut open) = (BTreeSet::from([root.clone()]), vec![root.clone()]);
    while let Some(node) = open.pop() {
        for dependency in list(&nodes[&node]["deps"]) {
            let linked = list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
            let id = dependency["pkg"].as_str().expect("an id").to_owned();
            let macros = list(&packages[&id]["targets"]).iter().any(|target| target["kind"][0] == "proc-macro");
            if linked && !macros && seen.insert(id.clone()) {
                open.push(id);
            }
        }
    }
    seen.remove(&root);
    seen.iter().map(|id| crate_package(&packages[id])).collect()
}

fn id(row: &Value) -> String {
    row["id"].as_str().expect("an id").to_owned()
}

fn crate_package(package: &Value) -> Package {
    let text = |key: &str| package[key].as_str().unwrap_or_default().to_owned();
    let folder = PathBuf::from(text("manifest_path")).parent().expect("a folder").to_owned();
    let licence = text("license");
    let mut texts = texts(&folder, &licence);
    if texts.is_empty() {
        let authors: Vec<&str> = package["authors"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        texts.push(standard(&licence, &authors));
    }
    Package { name: format!("{} {}", text("name"), text("version")), licence, source: text("repository"), texts }
}

/// The text of a licence of a package that brings none.
fn standard(licence: &str, authors: &[&str]) -> String {
    if licence == "MIT" {
        return format!("MIT License\n\nCopyright (c) {}\n\n{MIT}", authors.join(", "));
    }
    assert!(licence.contains("Apache-2.0"), "no standard text for {licence}");
    tidy(&fs::read_to_string(Path::new(ROOT).join("LICENSE")).expect("our own licence"))
}

/// The licence's files in a package's folder, and its notices. Of several licences that one may choose from, MIT's where it
/// has a file.
fn texts(folder: &Path, licence: &str) -> Vec<String> {
    let names = |folder: &Path| {
        let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
        let named = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_uppercase();
            let begins = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE", "COPYRIGHT"];
            path.is_file() && begins.iter().any(|begin| name.starts_with(begin))
        };
        entries.filter(named).collect::<BTreeSet<PathBuf>>()
    };
    let mut files = names(folder);
    files.extend(names(&folder.join("licenses")));
    let has = |path: &PathBuf, word: &str| path.to_string_lossy().rsplit('/').next().is_some_and(|name| name.contains(word));
    if !licence.contains("AND") && files.iter().any(|path| has(path, "MIT")) {
        files.retain(|path| ["MIT", "NOTICE", "COPYRIGHT"].iter().any(|word| has(path, word)));
    }
    files.iter().map(|path| tidy(&String::from_utf8_lossy(&fs::read(path).expect("readable")))).collect()
}

/// A text without what differs between copies of it and says nothing: blanks at the ends of lines.
fn tidy(text: &str) -> String {
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().map(str::trim_end).collect();
    format!("{}\n", lines.join("\n").trim_matches('\n'))
}

/// What is bundled from npm: `dependencies` of package.json, and theirs.
fn npm() -> Vec<Package> {
    let manifest = |folder: &Path| -> Value {
        let text = fs::read_to_string(folder.join("package.json"));
        let text = text.unwrap_or_else(|error| panic!("{}: {error}: `make setup` installs it", folder.display()));
        serde_json::from_str(&text).expect("JSON")
    };
    let names =
        |package: &Value| package["dependencies"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    let mut open: Vec<String> = names(&manifest(Path::new(ROOT)));
    let mut packages: BTreeMap<String, Package> = BTreeMap::new();
    while let Some(name) = open.pop() {
        let folder = Path::new(ROOT).join("node_modules").join(&name);
        let package = manifest(&folder);
        let text = |key: &str| package[key].as_str().unwrap_or_default().to_owned();
        open.extend::<Vec<String>>(names(&package));
        let (licence, source) = (text("license"), format!("https://www.npmjs.com/package/{name}"));
        let texts = texts(&folder, &licence);
        packages.insert(name.clone(), Package { name: format!("{name} {}", text("version")), licence, source, texts });
    }
    packages.into_values().collect()
}

/// A list of the packages, then each text once with the packages that it is of.
fn document(packages: &[Package]) -> String {
    let mut document =
        "Inferscope contains the software of others, under their licences: crates in its programs, and ECharts in its page.\n\
        The Rust standard library is part of every program: MIT or Apache-2.0, Copyright (c) The Rust Project contributors,\n\
        https://github.com/rust-lang/rust. Of licences between which one may choose, one text stands here.\n\n"
            .to_owned();
    let mut texts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut order: Vec<&str> = Vec::new();
    for Package { name, licence, source, texts: own } in packages {
        document += &format!("{name}\n    {licence}\n    {source}\n");
        for text in own {
            let users = texts.entry(text).or_default();
            if users.is_empty() {
                order.push(text);
            }
            users.push(name);
        }
    }
    for text in order {
        document += &format!("\n{}\n{}\n\n{text}", "-".repeat(80), texts[text].join(", "));
    }
    document
}
