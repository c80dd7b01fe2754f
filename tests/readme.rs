//! The README's tables say what the program has.

use std::fs;
use std::path::Path;

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("the file is there")
}

/// The README's table of a slice stands between two marks and has one row for each of its elements; `BLESS=1` writes it.
fn table(name: &str, slice: &str, header: &str, rows: impl Iterator<Item = String>) {
    let begin = format!("<!-- {name}: written by `BLESS=1 cargo test --test integration readme` from {slice} -->\n");
    let end = format!("<!-- end of {name} -->");
    let readme = read("README.md");
    let (before, rest) = readme.split_once(&begin).expect("the table begins");
    let (written, after) = rest.split_once(&end).expect("the table ends");
    let columns = header.matches('|').count() - 1;
    let table = format!("{header}\n|{}\n{}", " --- |".repeat(columns), rows.collect::<String>());
    if std::env::var_os("BLESS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
        fs::write(path, format!("{before}{begin}{table}{end}{after}")).expect("README.md can be written");
    } else {
        assert_eq!(written, table, "BLESS=1 cargo test --test integration readme writes the table");
    }
}

#[test]
fn every_format_export_and_view_is_listed() {
    let formats = inferscope::format::ABOUT.iter().map(|format| format!("| {} | {} |\n", format.label, format.reads));
    table("formats", "FORMATS", "| format | read |", formats);
    let views =
        inferscope::view::ABOUT.iter().map(|view| format!("| {} | {} | {} |\n", view.tab.label, view.label, view.purpose));
    let exports = inferscope::catalog::exports::EXPORTS.iter().map(|export| format!("| {} | {} |\n", export.label, export.help));
    table("exports", "EXPORTS", "| export | has |", exports);
    table("views", "VIEWS", "| tab | view | what for |", views);
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
