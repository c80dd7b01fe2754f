//! Archives through the engine: their files are read as if they had been dropped one by one.

use std::io::{Cursor, Write};
use std::task::{Context, Poll, Waker};

use crate::support::fixture;
use inferscope::engine::import::{CONTAINER, Imported, import_all};
use inferscope::engine::{Instructions, import_listed};
use inferscope::source::listing::{Listed, ListedBy, Listing, MAX_MEMBERS};
use inferscope::source::refusal::Refusal;
use inferscope::source::{MAX_FILE_BYTES, Source, index};

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
    let fetch = |address: &str| {
        let found = files.iter().find(|(name, _)| *name == address);
        found.map(|(_, bytes)| bytes.to_vec()).ok_or_else(|| Refusal::Status(404, String::new()))
    };
    read_listing(at, index::listing(at, list.as_bytes()).expect("an index"), fetch)
}

/// Reads a listing, and which addresses were asked for.
fn read_listing(at: &str, listing: Listing, answer: impl Fn(&str) -> Result<Vec<u8>, Refusal>) -> (Vec<Imported>, Vec<String>) {
    let asked = std::cell::RefCell::new(Vec::new());
    let fetch = async |address: &str| {
        asked.borrow_mut().push(address.to_owned());
        answer(address)
    };
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

/// A folder that a place lists.
fn place(files: &[(&str, Option<u64>)]) -> Listing {
    let file = |(name, size): &(&str, Option<u64>)| {
        let name = format!("runs/{name}");
        Listed { address: format!("https://host/{name}"), name, size: *size }
    };
    Listing { by: ListedBy::Place, files: files.iter().map(file).collect(), findings: Vec::new() }
}

/// What is said of the folder itself.
fn of_folder(imported: &[Imported]) -> Vec<&str> {
    let own = imported.iter().find(|file| file.report.path == "https://host/runs");
    own.iter().flat_map(|own| &own.report.diagnostics).map(|found| found.message.as_str()).collect()
}

#[test]
fn of_a_folder_elsewhere_nothing_is_fetched_in_vain() {
    let run = fixture("vllm/0.33.0/conc16.json");
    let read = |listing| read_listing("https://host/runs", listing, |_| Ok(run.clone()));

    let files =
        [("a.json", None), ("plot.PNG", None), ("model-00001.safetensors", Some(9 << 30)), ("run.py", None), ("notes.md", None)];
    let (imported, asked) = read(place(&files));
    // Markdown may hold a table of results.
    assert_eq!(asked, ["https://host/runs/a.json", "https://host/runs/notes.md"]);
    assert_eq!(
        of_folder(&imported),
        ["Not results: 3 files (1 picture, 1 program or its data, 1 script). They were not fetched."]
    );
    assert_eq!(imported[1].report.path, "runs/a.json");

    // So many bytes and no more.
    let all = Some(MAX_FILE_BYTES);
    let (imported, asked) = read(place(&[("a.json", all), ("b.json", all), ("c.json", Some(1)), ("d.json", Some(1))]));
    assert_eq!(asked, ["https://host/runs/a.json", "https://host/runs/b.json"]);
    let said =
        "The files of the folder have more than 2147.5 MB together: runs/c.json and what follows it, 2 files in all, not read.";
    assert_eq!(of_folder(&imported), [said]);

    let many: Vec<String> = (0..MAX_MEMBERS + 3).map(|at| format!("{at}.json")).collect();
    let many: Vec<(&str, Option<u64>)> = many.iter().map(|name| (name.as_str(), None)).collect();
    let (imported, asked) = read_listing("https://host/runs", place(&many), |_| Err(Refusal::Status(404, String::new())));
    assert_eq!(asked.len(), MAX_MEMBERS);
    assert_eq!(of_folder(&imported), ["The folder lists 2003 files; the first 2000 are read."]);
}

#[test]
fn what_refuses_one_file_and_all_others_is_asked_once() {
    let files = [("a.json", None), ("b.json", None), ("c.json", None)];
    for (refusal, asks) in [
        (Refusal::Policy, 1),
        (Refusal::Limited(None), 1),
        (Refusal::Status(404, String::new()), 3),
        (Refusal::Blocked, 3),
        (Refusal::TooLarge(2 << 30), 3),
    ] {
        let (imported, asked) = read_listing("https://host/runs", place(&files), |_| Err(refusal.clone()));
        assert_eq!(asked.len(), asks, "{refusal:?}");
        let told =
            imported.iter().any(|file| file.report.diagnostics.iter().any(|found| found.message.contains("2 further files")));
        assert_eq!(told, asks == 1, "{refusal:?}");
    }
}

#[test]
fn a_web_page_in_place_of_a_file_is_said_to_be_one() {
    let page = b"<!DOCTYPE html>\n<html><title>Sign in</title></html>".to_vec();
    let (imported, _) = read_listing("https://host/runs", place(&[("a.json", None)]), |_| Ok(page.clone()));
    let [only] = imported.as_slice() else { panic!("one file") };
    let found = &only.report.diagnostics[0];
    assert_eq!((found.message.as_str(), only.report.diagnostics.len()), ("This is a web page, not a file.", 1));
    assert!(found.hint.starts_with("host shows this to people"), "{}", found.hint);
    // A report that is a page is a result.
    let report = fixture("guidellm/made/0.8.html");
    let (imported, _) = read_listing("https://host/runs", place(&[("a", None)]), |_| Ok(report.clone()));
    assert!(imported[0].report.measurements > 0);
}
