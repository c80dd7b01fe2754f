//! Archives through the engine: their files are read as if they had been dropped one by one.

use std::io::{Cursor, Write};

use crate::support::fixture;
use inferscope::engine::import::{CONTAINER, Imported, import_all};
use inferscope::source::Source;

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("in memory");
        writer.write_all(content).expect("in memory");
    }
    writer.finish().expect("in memory").into_inner()
}

fn read(name: &str, bytes: &[u8]) -> Vec<Imported> {
    let mut told = vec![0.0];
    let imported = import_all(Source::new(name, bytes), None, |fraction| told.push(fraction));
    assert!(told.is_sorted(), "{told:?}");
    imported
}

fn said(imported: &[Imported]) -> Vec<(&str, Option<&str>, usize)> {
    imported.iter().map(|file| (file.report.path.as_str(), file.report.format.as_deref(), file.report.measurements)).collect()
}

#[test]
fn files_inside_read_like_files() {
    let (run, lines) = (fixture("vllm/0.33.0/conc16.json"), fixture("sglang/0.5.5.post3/concurrency-1-4-16.jsonl"));
    let imported = read("all.zip", &zip(&[("a/run.json", &run), ("b/lines.jsonl", &lines)]));
    assert_eq!(said(&imported), [("all.zip/a/run.json", Some("vllm"), 1), ("all.zip/b/lines.jsonl", Some("sglang"), 3)]);
    for (inside, alone) in imported.iter().zip([("all.zip/a/run.json", run), ("all.zip/b/lines.jsonl", lines)]) {
        let alone = read(alone.0, &alone.1);
        assert_eq!(inside.report, alone[0].report);
        assert_eq!(inside.tables.to_bytes(), alone[0].tables.to_bytes());
    }
}

#[test]
fn a_container_speaks_where_there_is_something_to_say() {
    let run = fixture("vllm/0.33.0/conc16.json");
    let imported = read("all.zip", &zip(&[("../run.json", &run), (".DS_Store", b"x")]));
    assert_eq!(said(&imported), [("all.zip", Some(CONTAINER), 0), ("all.zip/run.json", Some("vllm"), 1)]);
    assert_eq!(imported[0].report.diagnostics.len(), 2);
    let empty = read("none.zip", &zip(&[]));
    assert_eq!(said(&empty), [("none.zip", Some(CONTAINER), 0)]);
    assert_eq!(empty[0].report.diagnostics[0].message, "The archive contains no files.");
}

#[test]
fn arrays_are_one_file() {
    let arrays = read("times.npz", &zip(&[("times.npy", b"\x93NUMPY"), ("tokens.npy", b"\x93NUMPY")]));
    assert_eq!(arrays.len(), 1);
    assert_eq!(arrays[0].report.path, "times.npz");
    let first = &arrays[0].report.diagnostics[0];
    assert!(arrays[0].report.format.is_some() || first.message.contains("binary data"), "{}", first.message);
}
