//! Reads files with the crates of Parquet and Arrow alone, without any of Inferscope, and prints where they panic:
//! `upstream FILE…`. `UPSTREAM.md` is written from it.

use std::io::Cursor;
use std::panic;
use std::path::PathBuf;

use arrow_array::{Array, RecordBatch};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::data_type::ByteArray;

fn main() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(String::new, |place| format!("{}:{}", place.file(), place.line()));
        let message = info.payload_as_str().unwrap_or_default();
        println!("  panics at {place}: {}", message.lines().next().unwrap_or_default());
    }));
    for path in std::env::args().skip(1).map(PathBuf::from) {
        let bytes = std::fs::read(&path).expect("can be read");
        println!("{} ({} bytes)", path.display(), bytes.len());
        if let Ok(read) = panic::catch_unwind(|| if bytes.starts_with(b"PAR1") { parquet(&bytes) } else { arrow(&bytes) }) {
            println!("  {read}");
        }
    }
}

fn parquet(bytes: &[u8]) -> String {
    let shared = bytes.to_vec().into();
    ByteArray::new().set_data(Clone::clone(&shared));
    let reader = ParquetRecordBatchReaderBuilder::try_new(shared).and_then(|builder| builder.with_batch_size(8192).build());
    reader.map_or_else(
        |error| format!("refused: {error}"),
        |batches| rows(batches.map(|batch| batch.map_err(|error| error.to_string()))),
    )
}

fn arrow(bytes: &[u8]) -> String {
    let text = |error: arrow_schema::ArrowError| error.to_string();
    if bytes.starts_with(b"ARROW1") {
        let reader = arrow_ipc::reader::FileReader::try_new(Cursor::new(bytes), None);
        return reader.map_or_else(text, |batches| rows(batches.map(|batch| batch.map_err(text))));
    }
    let reader = arrow_ipc::reader::StreamReader::try_new(Cursor::new(bytes), None);
    reader.map_or_else(text, |batches| rows(batches.map(|batch| batch.map_err(text))))
}

/// Reads all batches, as a program that prints them does.
fn rows(batches: impl Iterator<Item = Result<RecordBatch, String>>) -> String {
    let mut count = 0;
    for batch in batches {
        match batch {
            Ok(batch) => {
                count += batch.num_rows();
                batch.columns().iter().for_each(|column| _ = column.logical_nulls());
            }
            Err(error) => return format!("an error after {count} rows: {error}"),
        }
    }
    format!("read: {count} rows")
}
