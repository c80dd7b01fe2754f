//! Our own export reads back to the same table: export → import → export is stable, for every fixture of every tool.

use std::fs;
use std::path::{Path, PathBuf};

use inferscope::catalog::exports::{EXPORTS, Encoding, Takes, TextEncoding};
use inferscope::engine::import;
use inferscope::join::join;
use inferscope::record::Kind;
use inferscope::source::Source;
use inferscope::table::export::{self, Sheet};
use inferscope::table::{Table, Tables};

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("fixtures are there") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|ending| ["csv", "json", "jsonl", "yaml"].iter().any(|known| ending == *known)) {
            found.push(path);
        }
    }
}

fn exported(table: &Table, encoding: Encoding) -> Vec<u8> {
    let mut bytes = Vec::new();
    export::write(&Sheet::of(table, &(0..table.rows()).collect::<Vec<_>>()), encoding, &mut bytes).expect("memory takes it");
    bytes
}

fn csv(table: &Table) -> String {
    String::from_utf8(exported(table, Encoding::Text(TextEncoding::Csv))).expect("text")
}

fn read(path: &str, bytes: &[u8]) -> Tables {
    import(&Source::new(path, bytes), None, |_| ()).tables
}

/// The records of a kind with what follows from them.
fn records(tables: &Tables, kind: Kind) -> Table {
    join(&[tables], kind, &[]).table
}

#[test]
fn every_fixture_survives_export_and_import() {
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures"), &mut found);
    let mut files = Vec::new();
    for path in &found {
        let read_once = read(&path.display().to_string(), &fs::read(path).expect("readable"));
        let crossed = Tables::from_bytes(read_once.to_bytes()).expect("decodes");
        for kind in Kind::ALL.into_iter().filter(|kind| read_once.rows(*kind) > 0) {
            let at = format!("{} ({})", path.display(), kind.plural());
            let table = records(&read_once, kind);
            let once = csv(&table);
            for export in EXPORTS {
                // Markdown is for people.
                let Takes::Records(encoding) = export.takes else { continue };
                if encoding == Encoding::Text(TextEncoding::Markdown) {
                    continue;
                }
                let (layout, bytes) = (export.label, exported(&table, encoding));
                if let Encoding::Columnar(encoding) = encoding {
                    let rows: Vec<usize> = (0..table.rows()).collect();
                    let crossed = Sheet::from_bytes(Sheet::of(&table, &rows).to_bytes()).expect("a sheet");
                    let mut written = Vec::new();
                    export::write_columnar(&crossed, encoding, &mut written).expect("memory takes it");
                    assert!(written == bytes, "{at} as {layout} changed on its way to the writer");
                }
                let again = csv(&records(&read("unknown", &bytes), kind));
                for (before, after) in once.lines().zip(again.lines()) {
                    assert_eq!(after, before, "{at} as {layout}");
                }
                assert_eq!(again.lines().count(), once.lines().count(), "{at} as {layout}");
            }
            assert!(csv(&records(&crossed, kind)) == once, "{at} changed on its way between workers");
        }
        files.push(read_once);
    }
    let measured = files.iter().filter(|tables| tables.rows(Kind::Measurement) > 0).count();
    assert!(measured > 8, "only {measured} fixtures have measurements");

    // Merged tables have the rows of each, with every column of any.
    let tables: Vec<Table> = files.iter().filter_map(|tables| tables.get(Kind::Measurement).cloned()).collect();
    let merged = Tables::merge(files).expect("columns fit together");
    let joined = merged.get(Kind::Measurement).expect("measurements");
    assert_eq!(joined.rows(), tables.iter().map(Table::rows).sum::<usize>());
    let mut start = 0;
    for table in &tables {
        for (metric, stat) in table.figure_keys() {
            let (apart, together) = (table.figures(metric, stat).expect("listed"), joined.figures(metric, stat).expect("joined"));
            for row in 0..table.rows() {
                assert_eq!(apart.get(row), together.get(start + row), "{metric} {stat:?}");
            }
        }
        for key in table.dimension_keys() {
            let (apart, together) = (table.dimension(key).expect("listed"), joined.dimension(key).expect("joined"));
            for row in 0..table.rows() {
                assert_eq!(apart.text(row), together.text(start + row), "{key}");
            }
        }
        start += table.rows();
    }
}
