//! What a file costs: time that grows as the file does, and no more memory than its bytes.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow_array::{ArrayRef, NullArray, RecordBatch};
use arrow_ipc::writer::FileWriter;
use arrow_schema::{DataType, Field, Schema};
use inferscope::engine::protocol::FileId;
use inferscope::engine::{Engine, import_all};
use inferscope::record::Kind;
use inferscope::source::Source;
use inferscope::state::ViewState;

use super::{HEADER, findings, hostile, reports, run, says};

/// The shortest of three runs.
fn shortest(mut work: impl FnMut()) -> Duration {
    let mut once = || {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    (0..3).map(|_| once()).min().unwrap_or_default()
}

/// A file's name, how it is made, and how many rows are few.
type Made<'m> = (&'m str, &'m dyn Fn(usize) -> String, usize);

/// Four times the input is four times the work, not sixteen times. Machines are busy: the best of three, three times.
#[test]
fn reading_is_linear() {
    let loads = |count: usize| (1..=count).fold(HEADER.to_owned(), |text, load| text + &format!("m,v,H200,1,{load},100,5,50\n"));
    let quotes = |count: usize| format!("{HEADER}m,v,H200,1,1,100,5,50\n{}", "a\"b,\"c\n".repeat(count));
    let rollup = |count: usize| {
        let header = fs::read_to_string(hostile("hdr_rollup.csv")).expect("there");
        header.trim_end().to_owned()
            + "\r\n"
            + &"mock-job,8,8,8,8,0,1,455.697,91.01,49.616,9.714,10.363,,102.939,56.962\r\n".repeat(count)
    };
    let made: [Made<'_>; 3] = [("loads.csv", &loads, 4000), ("quotes.csv", &quotes, 8000), ("rollup.csv", &rollup, 4000)];
    for (name, make, count) in made {
        let [less, more] = [count, 4 * count].map(make);
        let mut ratios = (0..3).map(|_| {
            let [less, more] = [&less, &more].map(|text| shortest(|| _ = reports(name, text.as_bytes())));
            more.as_secs_f64() / less.as_secs_f64()
        });
        assert!(ratios.any(|ratio| ratio < 7.0), "{name}");
    }
}

/// Two releases with tens of thousands of levels each: seconds where they are paired once, minutes where each looks for its own.
#[test]
fn releases_with_many_levels_are_compared_at_once() {
    const LEVELS: usize = 30_000;
    let table = |version: &str| {
        let rows: String = (1..=LEVELS).map(|load| format!("m,{version},H200,1,{load},{},5,50\n", 100 + load)).collect();
        import_all(Source::new(format!("{version}.csv"), (HEADER.to_owned() + &rows).into_bytes()), None, |_| {}).remove(0).tables
    };
    let mut engine = Engine::default();
    engine.add(FileId(0), table("v1"));
    engine.add(FileId(1), table("v2"));
    let start = Instant::now();
    let model = engine.show(&ViewState { view: "compare".to_owned(), ..ViewState::default() }, &BTreeMap::new());
    let took = start.elapsed();
    let cells: Vec<&str> =
        model.grids.iter().flat_map(|grid| grid.rows.iter().flatten()).map(|cell| cell.cell.text.as_str()).collect();
    assert!(cells.iter().any(|text| text.ends_with("…, 30000 (29,999 levels)")), "{cells:?}");
    assert!(cells.iter().all(|text| text.len() < 1000), "a cell lists thousands of levels");
    assert!(took < Duration::from_secs(30), "{took:?}");
}

/// What a file states is held against the bytes that it has, before anything is allocated for it: these took 4 GB, ended the
/// process, took 1 GiB, and became half a million entries.
#[test]
fn what_a_file_states_costs_no_more_than_its_bytes() {
    for (name, expected) in [
        ("arrow_body.arrow", "Error file: Reading stopped after 0 rows: its column offsets are corrupt."),
        ("parquet_deltas.parquet", "a page states more values than its bytes can hold."),
        ("parquet_deltas_1gib.parquet", "a page states more values than its bytes can hold."),
    ] {
        let bytes = fs::read(hostile(name)).expect("there");
        let mut found = Vec::new();
        let measured = allocation_counter::measure(|| found = findings(name, &bytes));
        says(&found, expected);
        assert!(measured.bytes_max < 4 << 20, "{name}: {} bytes", measured.bytes_max);
        assert_eq!(run(&["inspect", &hostile(name)]).status.code(), Some(1), "{name}");
    }

    // A column of nulls takes no bytes, however many rows it has.
    let nulls = |rows: usize| {
        let fields = vec![Field::new("model", DataType::Null, true)];
        let column: ArrayRef = Arc::new(NullArray::new(rows));
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), vec![column]).expect("a batch");
        let mut file = FileWriter::try_new(Vec::new(), &batch.schema()).expect("in memory");
        file.write(&batch).expect("in memory");
        file.into_inner().expect("in memory")
    };
    says(&findings("nulls.arrow", &nulls(1 << 40)), "Error file: Reading stopped after 0 rows: its column offsets are corrupt.");
    assert!(findings("nulls.arrow", &nulls(1000)).iter().all(|found| !found.contains("corrupt")));

    let text = fs::read_to_string(hostile("joins_lengths.txt")).expect("there");
    let (_, counts) = text.split_once("\n\u{1e}\n").expect("two files");
    let mut read = Vec::new();
    let measured = allocation_counter::measure(|| read = import_all(Source::new("run/b", counts.as_bytes()), None, |_| {}));
    assert!(measured.bytes_max < 1 << 20, "{} bytes", measured.bytes_max);
    // `7,,1` and `9,1,3`, both twice; `11,1.5,99999999999` is none.
    let report = &read[0].report;
    assert_eq!(report.records.get(&Kind::Entry), Some(&10), "{:?}", report.diagnostics);
    let found: Vec<String> = report.diagnostics.iter().map(|found| format!("{}: {}", found.place, found.message)).collect();
    says(&found, "line 6: This line brings the inputs above 500000, or is not a count; skipped.");
}

/// Lines that do not end cost themselves: looked for to the end of the text, each would take as long as the whole.
#[test]
fn damaged_lines_cost_themselves() {
    let fixture = String::from_utf8(crate::support::fixture("aiperf/made/requests.jsonl")).expect("text");
    let line = fixture.lines().next().expect("a line");
    assert!(line.ends_with('}'));
    let made = |count: usize, damaged: &str| -> String {
        (0..count).map(|at| if at % 10 == 9 { format!("{damaged}\n") } else { format!("{line}\n") }).collect()
    };
    let unclosed = &line[..line.len() - 1];
    let unquoted = line.replacen("\":", ":", 1);
    let extra = format!("{line}}}");
    for damaged in [unclosed, &unquoted, &extra] {
        let read = &reports("x.jsonl", made(200, damaged).as_bytes())[0];
        let requests = read.records.get(&inferscope::record::Kind::Request).copied().unwrap_or_default();
        assert!(requests >= 180, "{requests} of 180: {damaged}");
        let [less, more] = [2000, 8000].map(|count| made(count, damaged));
        let mut ratios = (0..3).map(|_| {
            let [less, more] = [&less, &more].map(|text| shortest(|| _ = reports("x.jsonl", text.as_bytes())));
            more.as_secs_f64() / less.as_secs_f64()
        });
        assert!(ratios.any(|ratio| ratio < 7.0), "{damaged}");
    }
}

/// A description of which all is kept may not be large: each short setting takes many times its size.
#[test]
fn large_descriptions_are_refused() {
    let text = String::from_utf8(crate::support::fixture("srt-slurm/made/cn05_config.json")).expect("text");
    let many: String = (0..500_000).map(|at| format!("\"k{at}\":1,")).collect();
    let large = text.replacen('{', &format!("{{{many}"), 1);
    super::says(&super::findings("cn05_config.json", large.as_bytes()), "up to 3.1 MB can be: nothing of it is read");
}
