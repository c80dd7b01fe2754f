//! The README's tables say what the program has.

use std::fs;
use std::path::Path;

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("the file is there")
}

/// The table of formats is written from `FORMATS`; `BLESS=1` writes it.
#[test]
fn every_format_is_listed() {
    const BEGIN: &str = "<!-- formats: written by `BLESS=1 cargo test --test readme` from FORMATS -->\n";
    const END: &str = "<!-- end of formats -->";
    let readme = read("README.md");
    let (before, rest) = readme.split_once(BEGIN).expect("the table begins");
    let (written, after) = rest.split_once(END).expect("the table ends");
    let rows = inferscope::format::FORMATS.iter().map(|format| format!("| {} | {} |\n", format.label(), format.reads()));
    let table = format!("| format | read |\n| --- | --- |\n{}", rows.collect::<String>());
    if std::env::var_os("BLESS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
        fs::write(path, format!("{before}{BEGIN}{table}{END}{after}")).expect("README.md can be written");
        return;
    }
    assert_eq!(written, table, "BLESS=1 cargo test --test readme writes the table");
}

#[test]
fn every_dependency_has_its_reason() {
    let readme = read("README.md");
    let table = readme.split("## Dependencies").nth(1).expect("the section is there");
    let manifest = read("Cargo.toml");
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.contains("dependencies");
            names.extend(line.strip_suffix(".web-sys]").map(|_| "web-sys"));
            inside &= !line.contains("web-sys");
        } else if inside && let Some((name, _)) = line.split_once(" = ") {
            names.push(name);
        }
    }
    let package: serde_json::Value = serde_json::from_str(&read("package.json")).expect("JSON");
    let packages = ["dependencies", "devDependencies"].into_iter().filter_map(|key| package[key].as_object());
    let packages: Vec<String> = packages.flat_map(|entries| entries.keys().cloned()).collect();
    names.extend(packages.iter().map(String::as_str));
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        let listed =
            table.lines().any(|line| line.split('|').nth(1).is_some_and(|cell| cell.split(',').any(|part| part.trim() == name)));
        assert!(listed, "README's table of dependencies lacks {name}");
    }
}

#[test]
fn the_container_is_configured_like_the_page() {
    assert_eq!(read("deploy/config.json"), read("public/config.json"));
}
