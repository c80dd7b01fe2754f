//! Archives through the engine: their files are read as if they had been dropped one by one.

use std::io::{Cursor, Write};
use std::task::{Context, Poll, Waker};

use crate::support::fixture;
use inferscope::engine::import::{CONTAINER, Imported, import_all};
use inferscope::engine::{Instructions, import_listed};
use inferscope::source::refusal::Refusal;
use inferscope::source::{Source, index};

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

/// Reads an index whose files are in a map; what is asked for that is not there is a finding.
fn listed(at: &str, list: &str, files: &[(&str, &[u8])]) -> (Vec<Imported>, Vec<String>) {
    let asked = std::cell::RefCell::new(Vec::new());
    let fetch = async |address: &str| {
        asked.borrow_mut().push(address.to_owned());
        let found = files.iter().find(|(name, _)| *name == address);
        found.map(|(_, bytes)| bytes.to_vec()).ok_or_else(|| Refusal::Status(404, String::new()))
    };
    let listing = index::listing(at, list.as_bytes()).expect("an index");
    let mut told = vec![0.0];
    let imported = {
        let reading = import_listed(at, listing, Instructions::default(), fetch, |fraction| told.push(fraction));
        // Nothing in it waits.
        match std::pin::pin!(reading).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(imported) => imported,
            Poll::Pending => panic!("it waits for something"),
        }
    };
    assert!(told.is_sorted(), "{told:?}");
    (imported, asked.into_inner())
}

#[test]
fn an_index_stands_for_its_folder() {
    let (run, lines) = (fixture("vllm/0.33.0/conc16.json"), fixture("sglang/0.5.5.post3/concurrency-1-4-16.jsonl"));
    let files: [(&str, &[u8]); 2] = [("https://host/m/a/run.json", &run), ("https://host/m/lines%20of%20b.jsonl", &lines)];
    let list = r#"[{"path": "a/run.json", "size": 9}, {"path": "lines of b.jsonl"}, {"path": "gone.json"},
                   {"path": "../../secret.json"}, {"path": "huge.json", "size": 5000000000}]"#;
    let (imported, asked) = listed("https://host/m/index.json?x=1", list, &files);
    // Neither what leads elsewhere nor what would be too large is asked for.
    assert_eq!(asked, ["https://host/m/a/run.json", "https://host/m/lines%20of%20b.jsonl", "https://host/m/gone.json"]);
    assert_eq!(
        said(&imported),
        [
            ("https://host/m/index.json?x=1", Some(CONTAINER), 0),
            ("https://host/m/a/run.json", Some("vllm"), 1),
            ("https://host/m/lines of b.jsonl", Some("sglang"), 3),
            ("https://host/m/gone.json", None, 0),
            ("https://host/m/huge.json", None, 0),
        ]
    );
    let told: Vec<&str> = imported.iter().flat_map(|file| &file.report.diagnostics).map(|found| found.message.as_str()).collect();
    for part in ["“../../secret.json” is not a path below", "has nothing at this address (404)", "4.7 GiB; the limit is 1 GiB"]
    {
        assert!(told.iter().any(|message| message.contains(part)), "{part}: {told:?}");
    }

    let (none, _) = listed("index.json", "[]", &[]);
    assert_eq!(none[0].report.diagnostics[0].message, "The index lists no files.");
}
