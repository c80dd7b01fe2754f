//! Data sets in many Parquet files: what is read of them for a view, and how much. The tables are written here, and what a read must
//! give is counted here, row by row.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use arrow_array::{ArrayRef, Decimal128Array, Float64Array, RecordBatch, StringArray};
use inferscope::engine::dataset::{Footers, Got, Overview, Wanted, import_dataset};
use inferscope::engine::{Imported, Instructions};
use inferscope::record::{Diagnostic, Kind, Place, Severity, Stat};
use inferscope::source::index;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

/// Rows of a file, and of its row groups.
const ROWS: usize = 4000;
const GROUP: usize = 500;
/// Further figures that no view shows by itself.
const FURTHER: usize = 30;

/// A row, by its file and its number there.
struct Row {
    version: String,
    config: Option<String>,
    load: f64,
    tps: f64,
    ttft: Option<f64>,
}

fn row(file: usize, at: usize) -> Row {
    Row {
        // Sorted: each row group has one or two.
        version: format!("v{:02}", at / 400),
        config: (!at.is_multiple_of(3)).then(|| format!("c{}", at % 5)),
        load: [1.0, 8.0, 64.0, 256.0][at % 4],
        tps: 1000.0 * file as f64 + at as f64 / 8.0,
        ttft: (!at.is_multiple_of(7)).then(|| 20.0 + at as f64 / 16.0),
    }
}

fn file(number: usize, group: usize) -> Vec<u8> {
    let rows: Vec<Row> = (0..ROWS).map(|at| row(number, at)).collect();
    let texts = |text: &dyn Fn(usize, &Row) -> Option<String>| -> ArrayRef {
        Arc::new(rows.iter().enumerate().map(|(at, row)| text(at, row)).collect::<StringArray>())
    };
    let numbers = |value: &dyn Fn(usize, &Row) -> Option<f64>| -> ArrayRef {
        Arc::new(rows.iter().enumerate().map(|(at, row)| value(at, row)).collect::<Float64Array>())
    };
    let mut columns: Vec<(String, ArrayRef)> = vec![
        ("path".to_owned(), texts(&|at, _| Some(format!("run-{number}/{}.json", at / 4)))),
        ("tool".to_owned(), texts(&|_, _| Some("bench".to_owned()))),
        ("version".to_owned(), texts(&|_, row| Some(row.version.clone()))),
        ("config".to_owned(), texts(&|_, row| row.config.clone())),
        ("load_kind".to_owned(), texts(&|_, _| Some("concurrency".to_owned()))),
        ("load".to_owned(), numbers(&|_, row| Some(row.load))),
        ("output_tps".to_owned(), numbers(&|_, row| Some(row.tps))),
        ("ttft_p99_ms".to_owned(), numbers(&|_, row| row.ttft)),
        ("itl_p99_ms".to_owned(), numbers(&|_, _| None)),
    ];
    columns.extend(
        (0..FURTHER).map(|more| (format!("own {more}"), numbers(&|at, _| Some((at * 7919 % (more + 1000)) as f64 / 3.0)))),
    );
    let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group)).set_dictionary_enabled(true).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).expect("a writer");
    writer.write(&batch).expect("written");
    writer.into_inner().expect("a file")
}

/// A server with the files of an index.
struct Server {
    index: String,
    files: BTreeMap<String, Vec<u8>>,
    asked: RefCell<Vec<(String, Range<u64>)>>,
    /// What it says of the version of its files.
    version: RefCell<String>,
}

impl Server {
    /// Two models with a file each.
    fn new() -> Server {
        Server::of([("model=a%2Fx/part-0.parquet", file(1, GROUP)), ("model=b/part-0.parquet", file(2, GROUP))])
    }

    fn of<const N: usize>(files: [(&str, Vec<u8>); N]) -> Server {
        let listed: Vec<String> = files
            .iter()
            .map(|(path, bytes)| format!(r#"{{"path": "{path}", "size": {}, "rows": {ROWS}}}"#, bytes.len()))
            .collect();
        let index = format!(r#"{{"files": [{}], "dataset": {{"rows": {}}}}}"#, listed.join(", "), ROWS * N);
        // As an address writes a name that has a per cent sign.
        let files = files.into_iter().map(|(path, bytes)| (format!("d/{}", path.replace('%', "%25")), bytes)).collect();
        Server { index, files, asked: RefCell::default(), version: RefCell::default() }
    }

    fn read(&self, wanted: &Wanted, footers: &Footers) -> (Imported, Overview) {
        let fetch = async |address: &str, range: Range<u64>| {
            self.asked.borrow_mut().push((address.to_owned(), range.clone()));
            let gone = || Diagnostic::new(Severity::Error, Place::File, "The server answered 404.", "Look there.");
            let bytes = self.files.get(address).ok_or_else(gone)?;
            let end = (range.end as usize).min(bytes.len());
            let bytes = bytes.get(range.start as usize..end).unwrap_or_default().to_vec();
            Ok(Got { bytes, version: self.version.borrow().clone() })
        };
        let dataset = index::dataset("d/index.json", self.index.as_bytes()).expect("a data set");
        let reading = import_dataset("d/index.json", dataset, wanted, Instructions::default(), footers, fetch, |_| {});
        match std::pin::pin!(reading).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(found) => found,
            Poll::Pending => panic!("nothing here waits"),
        }
    }

    fn bytes_asked(&self) -> u64 {
        self.asked.borrow().iter().map(|(_, range)| range.end - range.start).sum()
    }
}

fn wanted(selection: &[(&str, &[&str])], figures: &[&str]) -> Wanted {
    let set = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<BTreeSet<_>>();
    let selection = selection.iter().map(|(column, values)| ((*column).to_owned(), set(values))).collect();
    Wanted { selection, open: false, figures: set(figures) }
}

/// Load, throughput and TTFT of all rows that were read, sorted.
fn rows(imported: &Imported) -> Vec<(u64, u64, Option<u64>)> {
    let Some(table) = imported.tables.get(Kind::Measurement) else { return Vec::new() };
    let (load, tps) = (table.load().expect("loads"), table.figures("output_tps", Stat::Mean).expect("throughput"));
    let ttft = table.figures("ttft", Stat::P99);
    let bits = |value: Option<f64>| value.map(f64::to_bits);
    let of = |row| {
        (
            bits(load.get(row)).expect("a load"),
            bits(tps.get(row)).expect("a throughput"),
            bits(ttft.and_then(|ttft| ttft.get(row))),
        )
    };
    let mut all: Vec<_> = (0..table.rows()).map(of).collect();
    all.sort_unstable();
    all
}

fn expected(keep: impl Fn(usize, &Row) -> bool) -> Vec<(u64, u64, Option<u64>)> {
    let each = [1, 2].into_iter().flat_map(|file| (0..ROWS).map(move |at| (file, row(file, at))));
    let kept = each.filter(|(file, row)| keep(*file, row));
    let mut all: Vec<_> = kept.map(|(_, row)| (row.load.to_bits(), row.tps.to_bits(), row.ttft.map(f64::to_bits))).collect();
    all.sort_unstable();
    all
}

#[test]
fn without_filters_all_rows_and_columns_of_a_small_one_are_read() {
    let server = Server::new();
    let (imported, overview) = server.read(&wanted(&[], &[]), &Footers::default());
    assert_eq!(rows(&imported), expected(|_, _| true));
    assert_eq!((overview.files, overview.rows, overview.passed), (2, Some(8000), 8000));
    assert_eq!(overview.figures.len(), 3 + FURTHER);
    // A column without any value is not read.
    assert_eq!(overview.read_figures.len(), 2 + FURTHER);
    let table = imported.tables.get(Kind::Measurement).expect("a table");
    let models = table.dimension("model").expect("what the folders say");
    assert_eq!((0..models.cardinality() as u32).map(|code| models.value(code)).collect::<Vec<_>>(), ["a/x", "b"]);
    assert_eq!(imported.report.measurements, 8000);
    let told = &imported.report.diagnostics[0];
    assert_eq!(told.severity, Severity::Info);
    assert!(
        told.message.contains("16 row groups in 2 of 2 files") && told.message.contains("8,000 of 8,000 rows do"),
        "{told:?}"
    );
}

#[test]
fn filters_leave_out_files_and_row_groups_and_all_rows_that_pass_are_there() {
    let server = Server::new();
    let footers = Footers::default();
    let (imported, overview) = server.read(&wanted(&[("version", &["v03", "v07"]), ("model", &["b"])], &[]), &footers);
    assert_eq!(rows(&imported), expected(|file, row| file == 2 && ["v03", "v07"].contains(&row.version.as_str())));
    assert!(server.asked.borrow().iter().all(|(address, _)| address == "d/model=b/part-0.parquet"), "{:?}", server.asked);
    // v03 is in rows 1200 to 1599, v07 in 2800 to 3199: row groups 2, 3, 5 and 6.
    assert_eq!(overview.passed, 800);
    assert!(
        imported.report.diagnostics[0].message.contains(": 4 row groups in 1 of 2 files"),
        "{:?}",
        imported.report.diagnostics
    );
    assert_eq!(overview.read_bytes, server.bytes_asked());

    // The footer is known by now; a place is the row's number in its file.
    server.asked.borrow_mut().clear();
    let size = server.files["d/model=b/part-0.parquet"].len() as u64;
    let (imported, _) = server.read(&wanted(&[("version", &["v09"]), ("model", &["b"]), ("config", &[""])], &[]), &footers);
    let expected = expected(|file, row| file == 2 && row.version == "v09" && row.config.is_none());
    assert_eq!((rows(&imported), expected.len()), (expected.clone(), 134));
    assert!(server.bytes_asked() < size / 4, "{} of {size}", server.bytes_asked());
    assert!(server.asked.borrow().iter().all(|(_, range)| range.end < size - 1000), "{:?}", server.asked);
    let table = imported.tables.get(Kind::Measurement).expect("a table");
    assert_eq!(table.place(0), "row 3601", "the first row of v09 has no config");
}

#[test]
fn what_a_view_shows_is_covered_or_read_again() {
    let server = Server::new();
    let first = wanted(&[("version", &["v03", "v04"])], &["own 3.mean"]);
    let (_, overview) = server.read(&first, &Footers::default());
    let covers = |wanted: &Wanted| overview.covers(wanted);
    assert!(covers(&first) && covers(&wanted(&[("version", &["v03"]), ("model", &["b"])], &["own 3.mean", "no such figure"])));
    assert!(!covers(&wanted(&[], &[])) && !covers(&wanted(&[("version", &["v03", "v05"])], &[])));
    // Choices are what folders and statistics name; whether there are others is said.
    let choices = |overview: &Overview| {
        let named = overview.choices.iter().map(|choice| (choice.column.clone(), choice.values.len(), choice.more));
        named.collect::<Vec<_>>()
    };
    let of = |column: &str, count, more| (column.to_owned(), count, more);
    assert_eq!(choices(&overview), [of("model", 2, false), of("version", 10, true), of("config", 3, true)]);
    // And what the index names; then files are left out by it, too.
    let mut stated = Server::new();
    for (file, config) in [("model=a%2Fx", r#"["c1", "c4"]"#), ("model=b", r#"["c2", ""]"#)] {
        let path = format!(r#"{{"path": "{file}/part-0.parquet", "#);
        stated.index = stated.index.replace(&path, &format!(r#"{path}"values": {{"config": {config}}}, "#));
    }
    let (_, overview) = stated.read(&wanted(&[("config", &["c4"])], &[]), &Footers::default());
    // Of the other file nothing is known but what the index says.
    assert_eq!(choices(&overview)[1..], [of("version", 10, true), of("config", 4, false)]);
    assert!(stated.asked.borrow().iter().all(|(address, _)| address.starts_with("d/model=a")), "{:?}", stated.asked);
}

#[test]
fn after_too_much_whatever_else_is_wanted_is_read() {
    let overview = Overview { refused: true, wanted: wanted(&[("model", &["a"])], &[]), ..Overview::default() };
    assert!(overview.covers(&overview.wanted) && !overview.covers(&wanted(&[("model", &["a"]), ("version", &["1"])], &[])));
}

#[test]
fn a_file_that_is_overwritten_gives_no_mixture() {
    let server = Server::of([("model=a/0.parquet", file(1, GROUP))]);
    let footers = Footers::default();
    let wanted = wanted(&[("version", &["v00"])], &[]);
    server.version.replace("\"1\"".to_owned());
    assert_eq!(server.read(&wanted, &footers).1.passed, 400);
    // The footer is known; the chunks are of a later file.
    server.version.replace("\"2\"".to_owned());
    let (imported, overview) = server.read(&wanted, &footers);
    assert_eq!((overview.passed, imported.report.measurements), (0, 0));
    assert!(
        imported.report.diagnostics.iter().any(|found| found.hint.contains("written anew")),
        "{:?}",
        imported.report.diagnostics
    );
    assert_eq!(server.read(&wanted, &footers).1.passed, 400, "read again from its footer on");
}

#[test]
fn rows_pass_by_what_they_say_and_what_their_folder_says() {
    let column = |name: &str, values: ArrayRef| (name.to_owned(), values);
    let texts = |values: &[Option<&str>]| -> ArrayRef { Arc::new(values.iter().copied().collect::<StringArray>()) };
    let made = |columns: Vec<(String, ArrayRef)>| {
        let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).expect("a writer");
        writer.write(&batch).expect("written");
        writer.into_inner().expect("a file")
    };
    let tps = || column("output_tps", Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0])));
    // tp as a decimal of one place: 4.0 is stored as 40.
    let decimal = Decimal128Array::from(vec![40, 10, 80]).with_precision_and_scale(4, 1).expect("a decimal");
    let server = Server::of([
        ("model=a/0.parquet", made(vec![column("model", texts(&[Some("a"), Some("b"), None])), tps()])),
        (
            "model=a/1.parquet",
            made(vec![column("version", texts(&[Some("1"), None, Some("2")])), column("tp", Arc::new(decimal)), tps()]),
        ),
    ]);
    let passed = |selection: &[(&str, &[&str])]| server.read(&wanted(selection, &[]), &Footers::default());
    assert_eq!(passed(&[]).1.passed, 6);
    // A row passes by its own word and its folder's.
    let (imported, overview) = passed(&[("model", &["a"])]);
    assert_eq!(overview.passed, 4);
    assert!(
        imported.report.diagnostics.iter().any(|found| found.message.contains("0.parquet: 2 rows say")),
        "{:?}",
        imported.report.diagnostics
    );
    assert_eq!(passed(&[("model", &["b"])]).1.passed, 0);
    // What a file lacks its rows lack.
    assert_eq!(passed(&[("version", &["1"])]).1.passed, 1);
    assert_eq!(passed(&[("version", &["", "2"])]).1.passed, 5);
    assert_eq!(passed(&[("tp", &["4"])]).1.passed, 1);
}

#[test]
fn a_file_that_changed_is_gone_or_damaged_costs_itself() {
    let whole = file(1, GROUP);
    let mut footless = whole.clone();
    let end = footless.len();
    footless[end - 3000..end - 8].fill(0xFF);
    let mut long = whole.clone();
    long[end - 8..end - 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut server = Server::of([
        ("model=a/0.parquet", whole.clone()),
        ("model=a/1.parquet", footless),
        ("model=a/2.parquet", long),
        ("model=a/3.parquet", b"<html>no file</html>".to_vec()),
        ("model=a/4.parquet", whole.clone()),
        ("model=a/5.parquet", whole),
    ]);
    server.files.remove("d/model=a/4.parquet");
    if let Some(cut) = server.files.get_mut("d/model=a/5.parquet") {
        cut.truncate(end / 2);
    }
    let (imported, overview) = server.read(&wanted(&[("version", &["v00"])], &[]), &Footers::default());
    let errors: Vec<&Diagnostic> = imported.report.diagnostics.iter().filter(|found| found.severity == Severity::Error).collect();
    for number in 1..6 {
        assert!(
            errors.iter().any(|found| found.message.starts_with(&format!("d/model=a/{number}.parquet: "))),
            "{number}: {errors:#?}"
        );
    }
    assert!(errors.iter().all(|found| !found.hint.is_empty()), "{errors:#?}");
    assert_eq!((overview.passed, imported.report.measurements), (400, 400));
}
