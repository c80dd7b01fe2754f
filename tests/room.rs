//! What does not fit is refused or cut, and told: archives whose members share their bytes or multiply over two levels, and
//! more records than there is room for. And a join of large tables gives way and can be ended.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::{Cursor, Write};

use inferscope::engine::protocol::FileId;
use inferscope::engine::{Engine, Imported, Instructions, import, import_all};
use inferscope::record::{Kind, Severity};
use inferscope::source::Source;
use inferscope::state::ViewState;
use inferscope::table::Room;
use inferscope::work::{self, Pace, Turn};
use zip::write::SimpleFileOptions;

const HEADER: &str = "model,version,accelerator,TP,intended concurrency,output_tok/sec,ttft_median,ttft_p95,itl_median,\
    request_latency_median\n";

fn rows(count: usize) -> String {
    (0..count).fold(HEADER.to_owned(), |text, at| {
        let figure = 100.0 + 3.0 * at as f64;
        let [first, late, gap, whole] = [7.0, 5.0, 9.0, 0.3].map(|part| figure / part);
        text + &format!("m,v,H200,1,{},{figure},{first},{late},{gap},{whole}\n", at + 1)
    })
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default()).expect("in memory");
        zip.write_all(content).expect("in memory");
    }
    zip.finish().expect("in memory").into_inner()
}

/// The findings of an archive itself.
fn told(read: &[Imported]) -> Vec<String> {
    let own = read.iter().filter(|read| read.report.format.as_deref() == Some("container"));
    own.flat_map(|read| {
        read.report.diagnostics.iter().map(|found| format!("{:?} {}: {}", found.severity, found.place, found.message))
    })
    .collect()
}

#[test]
fn a_file_has_room_for_so_many_records() {
    let room = |rows, cells| Instructions { room: Room { rows, cells }, ..Instructions::default() };
    // A row has nine cells: its load stands apart.
    for how in [room(10, usize::MAX), room(usize::MAX, 10 * 9 + 8)] {
        let read = import(&Source::new("x.csv", rows(25)), how, |_| {});
        assert_eq!((read.report.measurements, read.report.left_out), (10, 15), "{:?}", read.report.diagnostics);
        let found = read.report.diagnostics.iter().find(|found| found.severity == Severity::Error).expect("a finding");
        assert_eq!(found.message, "It has more records than there is room for: 10 of 25 were read.");
        assert!(found.hint.contains("keep only the rows"));
    }
    assert_eq!(import(&Source::new("x.csv", rows(25)), None, |_| {}).report.left_out, 0);
}

#[test]
fn an_archives_members_share_its_room() {
    let how = Instructions { room: Room { rows: 25, cells: usize::MAX }, ..Instructions::default() };
    let files: [(&str, &[u8]); 4] = [
        ("a.csv", &rows(10).into_bytes()),
        ("b.csv", &rows(11).into_bytes()),
        ("c.csv", &rows(12).into_bytes()),
        ("d.csv", &rows(1).into_bytes()),
    ];
    let inner = zip(&files[1..]);
    for bytes in [zip(&files), zip(&[files[0], ("inner.zip", &inner)])] {
        let read = import_all(Source::new("x.zip", bytes), how, |_| {});
        let measured: Vec<usize> = read.iter().map(|read| read.report.measurements).filter(|count| *count > 0).collect();
        assert_eq!(measured, [10, 11, 4]);
        let told = told(&read);
        assert!(
            told.len() == 1 && told[0].contains("(25 records, ") && told[0].contains("c.csv”, and the files after it"),
            "{told:?}"
        );
    }
}

#[test]
fn members_that_share_bytes_are_not_read() {
    // Every entry of the directory leads to the first member.
    let files: Vec<(String, Vec<u8>)> = (0..50).map(|at| (format!("{at:02}.csv"), rows(5).into_bytes())).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, content)| (name.as_str(), content.as_slice())).collect();
    let mut bytes = zip(&files);
    let entries: Vec<usize> = memchr::memmem::find_iter(&bytes, b"PK\x01\x02").collect();
    for entry in &entries {
        bytes[entry + 42..entry + 46].copy_from_slice(&0_u32.to_le_bytes());
    }
    let read = import_all(Source::new("x.zip", bytes), None, |_| {});
    let measured = read.iter().filter(|read| read.report.measurements > 0).count();
    assert_eq!(measured, 1);
    let told = told(&read);
    assert!(
        told[0].starts_with(
            "Error 01.csv: File that shares its bytes with another, which suggests a decompression bomb, in “x.zip”"
        ),
        "{told:?}"
    );
    assert_eq!(told.last().map(String::as_str), Some("Error file: And 29 more skipped files."));
}

#[test]
fn archives_in_an_archive_do_not_multiply() {
    // Each level packs to a hundredth: together to a ten-thousandth.
    let text = vec![b'1'; 8 << 20];
    let inner: Vec<(String, Vec<u8>)> = (0..20).map(|at| (format!("{at}.zip"), zip(&[("a.txt", &text)]))).collect();
    let inner: Vec<(&str, &[u8])> = inner.iter().map(|(name, content)| (name.as_str(), content.as_slice())).collect();
    let read = import_all(Source::new("x.zip", zip(&inner)), None, |_| {});
    let told = told(&read);
    assert!(told.iter().any(|found| found.contains("the archives around it decompress to more than 250 times")), "{told:?}");
    assert!(read.len() < 15, "{}", read.len());
}

/// Two tables with the same rows, of which one completes the other.
fn engine(count: usize) -> Engine {
    let mut engine = Engine::default();
    for (id, path) in [(1, "a.csv"), (2, "b.csv")] {
        engine.add(FileId(id), import(&Source::new(path, rows(count)), None, |_| {}).tables);
    }
    engine
}

#[test]
fn a_join_gives_way_and_can_be_ended() {
    let state = ViewState { view: "explore".to_owned(), ..ViewState::default() };
    let longest = |count: usize| {
        let (said, steps) = (RefCell::new(Vec::new()), RefCell::new(vec![work::counted()]));
        let ask = |share: f64| -> Option<Turn> {
            said.borrow_mut().push(share);
            steps.borrow_mut().push(work::counted());
            None
        };
        let mut engine = engine(count);
        steps.replace(vec![work::counted()]);
        work::at_once(engine.prepare(&state, Pace::asking(&ask)));
        let (said, steps) = (said.into_inner(), steps.into_inner());
        assert!(said.is_sorted() && said.len() > 20 && said.last().is_some_and(|last| *last > 0.9), "{said:?}");
        steps.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
    };
    // Between two questions at most the comparisons of some hundred rows, or one pass over all.
    let (less, more) = (longest(1000), longest(2000));
    assert!(less <= 20_000 && more <= 20_000, "{less}, then {more}");

    // It is dropped in the middle: nothing is half done.
    let mut engine = engine(500);
    let asked = Cell::new(0);
    let ask = |_: f64| -> Option<Turn> {
        asked.set(asked.get() + 1);
        (asked.get() == 30).then(|| -> Turn { Box::pin(std::future::pending()) })
    };
    {
        let mut join = std::pin::pin!(engine.prepare(&state, Pace::asking(&ask)));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(join.as_mut().poll(&mut context).is_pending(), "it was to wait");
    }
    let model = engine.show(&state, &BTreeMap::new());
    assert_eq!(model.kinds, [(Kind::Measurement, 500)]);
    engine.remove(&[FileId(2)]);
    assert_eq!(engine.show(&state, &BTreeMap::new()).kinds, [(Kind::Measurement, 500)]);
}
