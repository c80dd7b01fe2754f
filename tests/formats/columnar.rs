//! Parquet and Arrow as dataframes write them: types of every kind, unknown columns, missing values, damage.

use std::sync::Arc;

use arrow_array::types::{Int8Type, Int32Type};
use arrow_array::{
    ArrayRef, BooleanArray, Decimal128Array, DictionaryArray, Float32Array, Float64Array, Int64Array, LargeStringArray,
    ListArray, RecordBatch, StringArray, TimestampNanosecondArray,
};
use inferscope::record::{Kind, Severity};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, GzipLevel};
use parquet::file::properties::WriterProperties;

use crate::support::{Collected, read};

/// A table as pandas has it: an index, nullable integers, NaN for missing, categories, instants.
fn frame() -> RecordBatch {
    let column = |name: &str, array: ArrayRef| (name.to_owned(), array, true);
    let texts: DictionaryArray<Int8Type> = [Some("H200"), None, Some("B200")].into_iter().collect();
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)]), None, Some(vec![])]);
    let instants = TimestampNanosecondArray::from(vec![Some(1_700_000_000_123_456_789), None, Some(0)]);
    RecordBatch::try_from_iter_with_nullable([
        column("model", Arc::new(LargeStringArray::from(vec![Some("example/model-8b"), Some(""), None]))),
        column("accelerator", Arc::new(texts)),
        column("tp", Arc::new(Float64Array::from(vec![4.0, f64::NAN, 8.0]))),
        column("run_id", Arc::new(Int64Array::from(vec![Some(9_007_199_254_740_993), None, Some(2)]))),
        column("load_kind", Arc::new(StringArray::from(vec!["concurrency"; 3]))),
        column("load", Arc::new(Int64Array::from(vec![1, 2, 4]))),
        column("ttft_p99_ms", Arc::new(Float32Array::from(vec![Some(1.5), None, Some(2.5)]))),
        column("ttft", Arc::new(Float64Array::from(vec![0.25, 0.5, f64::INFINITY]))),
        column("my count", Arc::new(Int64Array::from(vec![Some(7), None, Some(-3)]))),
        column("my flag", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
        column("my time", Arc::new(instants)),
        column(
            "my decimal",
            Arc::new(Decimal128Array::from(vec![Some(1250), None, Some(5)]).with_precision_and_scale(9, 2).expect("fits")),
        ),
        column("my list", Arc::new(lists)),
    ])
    .expect("columns of one length")
}

fn parquet(batch: &RecordBatch, compression: Compression) -> Vec<u8> {
    let properties = WriterProperties::builder().set_compression(compression).set_max_row_group_row_count(Some(2)).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).expect("in memory");
    writer.write(batch).expect("in memory");
    writer.into_inner().expect("in memory")
}

fn feather(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = arrow_ipc::writer::FileWriter::try_new(Vec::new(), &batch.schema()).expect("in memory");
    writer.write(batch).expect("in memory");
    writer.into_inner().expect("in memory")
}

fn stream(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &batch.schema()).expect("in memory");
    writer.write(batch).expect("in memory");
    writer.into_inner().expect("in memory")
}

fn lines(found: &Collected) -> Vec<String> {
    found.rows.iter().map(crate::support::line).collect()
}

#[test]
fn a_dataframe_is_read_whatever_its_packing() {
    let expected = [
        "row 1 | concurrency 1 | accelerator=H200; model=example/model-8b; my flag=true; my time=2023-11-14T22:13:20.123Z; \
         run_id=9007199254740993; tp=4 | column ttft/mean=0.25 my count/mean=7 my decimal/mean=12.5 ttft/p99=1.5\n",
        "row 2 | concurrency 2 |  | column ttft/mean=0.5\n",
        "row 3 | concurrency 4 | accelerator=B200; my flag=false; my time=1970-01-01T00:00:00Z; run_id=2; tp=8 | \
         my count/mean=-3 my decimal/mean=0.05 ttft/p99=2.5\n",
    ];
    let batch = frame();
    let files = [
        parquet(&batch, Compression::SNAPPY),
        parquet(&batch, Compression::UNCOMPRESSED),
        parquet(&batch, Compression::GZIP(GzipLevel::default())),
        feather(&batch),
        stream(&batch),
    ];
    for file in files {
        let outcome = read("unknown", &file);
        assert_eq!(outcome.format.map(|format| format.about.id), Some("columns"));
        assert_eq!(lines(&outcome.collected), expected);
        let [finding] = outcome.collected.diagnostics.as_slice() else { panic!("{:?}", outcome.collected.diagnostics) };
        assert_eq!((finding.severity, finding.place.to_string().as_str()), (Severity::Warning, "my list"));
        assert_eq!(outcome.collected.progress.last(), Some(&1.0));
    }
}

/// A cut is told. What damage does within a page or a batch is the crates' affair: both (60.1) panic on a few turned
/// bits, which is bounded here.
#[test]
fn damaged_tables_end() {
    let batch = frame();
    for file in
        [parquet(&batch, Compression::SNAPPY), parquet(&batch, Compression::UNCOMPRESSED), feather(&batch), stream(&batch)]
    {
        for at in (8..file.len()).step_by(29) {
            let found = read("unknown", &file[..at]).collected;
            let told = found.diagnostics.iter().any(|finding| finding.severity == Severity::Error);
            // A stream that ends between its batches is whole as far as a reader can tell.
            assert!(told || file.starts_with(b"\xFF\xFF\xFF\xFF"), "cut at {at}");
        }
        let turned: Vec<Vec<u8>> = (8..file.len())
            .step_by(5)
            .map(|at| {
                let mut turned = file.clone();
                turned[at] ^= 1 << (at % 8);
                turned
            })
            .collect();
        let panics = turned.iter().filter(|file| std::panic::catch_unwind(|| read("unknown", file)).is_err()).count();
        assert!(panics * 20 <= turned.len(), "{panics} of {} turned files panic", turned.len());
    }
    assert!(read("unknown", b"FEA1 and so on").collected.diagnostics[0].message.contains("Feather"));
}

/// Columns that are packed otherwise are refused with what to do. (The crate cannot write them: a file's codec is turned
/// from Snappy, 1, to Brotli, 4, where its footer states it.)
#[test]
fn other_packings_are_told() {
    let mut file = parquet(&frame(), Compression::SNAPPY);
    let stated = file.windows(8).position(|window| window == b"model\x15\x02\x16").expect("the codec of a column");
    file[stated + 6] = 8;
    let found = read("unknown", &file).collected;
    let [finding] = found.diagnostics.as_slice() else { panic!("{:?}", found.diagnostics) };
    assert_eq!(finding.severity, Severity::Error);
    assert!(finding.message.contains("BROTLI") && finding.hint.contains("snappy"), "{finding:?}");
}

/// A file as polars writes it unless told otherwise. Damaged in any place it costs itself, and says so or is whole.
#[test]
fn zstandard_is_decompressed_page_by_page() {
    let plain = std::fs::read("tests/fixtures/inferscope/made/table.parquet").expect("a fixture");
    let packed = std::fs::read("tests/fixtures/inferscope/made/polars.parquet").expect("a fixture");
    let [plain, whole] = [&plain, &packed].map(|file| read("unknown", file).collected);
    assert_eq!(format!("{:?}", plain.rows), format!("{:?}", whole.rows));
    assert!(whole.diagnostics.is_empty(), "{:?}", whole.diagnostics);
    let mut told = 0;
    for at in (4..packed.len() - 8).step_by(7) {
        let mut turned = packed.clone();
        turned[at] ^= 1 << (at % 8);
        let read = std::panic::catch_unwind(|| read("unknown", &turned).collected.diagnostics);
        told += usize::from(read.is_ok_and(|found| found.iter().any(|found| found.severity == Severity::Error)));
    }
    assert!(told > 100, "{told}");
}

/// What Tachometer writes of a worker with a gauge and a histogram, and of a frontend at two moments.
#[test]
fn a_capture_of_metrics_becomes_samples() {
    const SECOND: i64 = 1_000_000_000;
    let column = |name: &str, array: ArrayRef| (name.to_owned(), array, true);
    let texts = |list: [&str; 6]| Arc::new(StringArray::from(list.to_vec()));
    let start = 1_786_194_627 * SECOND;
    let batch = RecordBatch::try_from_iter_with_nullable([
        column(
            "scraper_endpoint",
            texts(["backend_prefill0"; 4].into_iter().chain(["frontend0"; 2]).collect::<Vec<_>>().try_into().expect("six")),
        ),
        column(
            "metric_name",
            texts([
                "trtllm_kv_cache_utilization{model_name=\"m\"}",
                "req_latency_seconds{le=\"0.5\",model=\"m\"}",
                "req_latency_seconds{le=\"1\",model=\"m\"}",
                "req_latency_seconds{le=\"+Inf\",model=\"m\"}",
                "dynamo_frontend_requests_total{model=\"m\"}",
                "dynamo_frontend_requests_total{model=\"m\"}",
            ]),
        ),
        column("metric_value", Arc::new(Float64Array::from(vec![0.25, 3.0, 4.0, 5.0, 42.0, 43.0]))),
        column("histogram_sum", Arc::new(Float64Array::from(vec![None, Some(1.25), Some(1.25), None, None, None]))),
        column("timestamp_ns", Arc::new(Int64Array::from(vec![start, start, start, start, start, start + SECOND]))),
        column("worker_role", texts(["prefill", "prefill", "prefill", "prefill", "", ""])),
        column("hostname", texts(["node1", "node1", "node1", "node1", "node0", "node0"])),
    ])
    .expect("columns of one length");
    let mut found = read("unknown", &parquet(&batch, Compression::SNAPPY)).collected;
    let counters = found.rows.iter().filter(|row| row.kind == Kind::Counter).count();
    assert_eq!(counters, 2, "requests by status, at two moments");
    found.rows.retain(|row| row.kind != Kind::Counter);
    let expected = [
        "sample row 1 | – | model=m; node=node1; role=prefill; worker=backend_prefill0 | kv_usage/mean=25 \
         req_latency_seconds/mean=0.25 req_latency_seconds/p50=0.4166666666666667 req_latency_seconds_count/mean=5 time/mean=1786194627\n",
        "sample row 5 | – | model=m; node=node0; worker=frontend0 | dynamo_frontend_requests_total/mean=42 time/mean=1786194627\n",
        "sample row 6 | – | model=m; node=node0; worker=frontend0 | dynamo_frontend_requests_total/mean=43 time/mean=1786194628\n",
    ];
    assert_eq!(lines(&found), expected);
}
