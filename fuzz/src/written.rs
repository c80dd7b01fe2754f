//! Seeds that are written rather than kept: containers, columns, links, a server's answers.

use std::io::{Cursor, Write};
use std::sync::Arc;

use arrow_array::types::{Int8Type, Int32Type};
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float32Array, Float64Array, Int64Array,
    LargeStringArray, ListArray, RecordBatch, StringArray, StringViewArray, TimestampNanosecondArray, UInt8Array,
};
use inferscope::engine::import_all;
use inferscope::source::{Source, packed};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, GzipLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};

use super::bodies::BETWEEN;
use super::seeds::Corpus;

/// Contents of containers: a few short files.
fn contents(corpus: &Corpus) -> Vec<Vec<u8>> {
    let mut contents: Vec<Vec<u8>> = corpus.one_of_each().into_iter().map(|(_, bytes)| bytes).collect();
    contents.sort_by_key(Vec::len);
    contents.truncate(4);
    contents.push(b"model,load\nm,1\n".to_vec());
    contents
}

fn zip(files: &[(&str, &[u8])], method: zip::CompressionMethod) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(method);
    for (name, content) in files {
        writer.start_file(*name, options).expect("in memory");
        writer.write_all(content).expect("in memory");
    }
    writer.finish().expect("in memory").into_inner()
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        builder.append_data(&mut header, name, *content).expect("in memory");
    }
    builder.into_inner().expect("in memory")
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::GzBuilder::new().filename("name.json").write(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).and_then(|()| encoder.finish()).expect("in memory")
}

fn zstd(content: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(content, ruzstd::encoding::CompressionLevel::Fastest)
}

pub fn zips(corpus: &Corpus) -> Vec<Vec<u8>> {
    use zip::CompressionMethod::{Deflated, Stored};
    let contents = contents(corpus);
    let pairs = contents.iter().zip(contents.iter().cycle().skip(1));
    let mut zips: Vec<Vec<u8>> = pairs
        .flat_map(|(one, two)| [Stored, Deflated].map(|method| zip(&[("run/a.json", one), ("b/c.csv", two)], method)))
        .collect();
    zips.push(zip(&[], Stored));
    // Two members of one name, which no library writes.
    let mut twice = zip(&[("../x", b"1"), ("a", b"2"), ("b", b"3")], Stored);
    for at in 30..twice.len() {
        if twice[at - 30..].starts_with(b"PK\x03\x04") || at >= 46 && twice[at - 46..].starts_with(b"PK\x01\x02") {
            twice[at] = if twice[at] == b'b' { b'a' } else { twice[at] };
        }
    }
    zips.push(twice);
    zips
}

pub fn tars(corpus: &Corpus) -> Vec<Vec<u8>> {
    let long = format!("{}/name.json", "folder".repeat(30));
    let contents = contents(corpus);
    contents.iter().flat_map(|content| [tar(&[("a.json", content), ("b/c", b"x,y\n1,2\n")]), tar(&[(&long, content)])]).collect()
}

pub fn gzips(corpus: &Corpus) -> Vec<Vec<u8>> {
    let contents = contents(corpus);
    let of = |content: &Vec<u8>| [gzip(content), [gzip(content), gzip(b"more\n")].concat(), gzip(&tar(&[("a", content)]))];
    contents.iter().flat_map(of).collect()
}

pub fn zstds(corpus: &Corpus) -> Vec<Vec<u8>> {
    let contents = contents(corpus);
    let of = |content: &Vec<u8>| [zstd(content), [zstd(content), zstd(b"more\n")].concat(), zstd(&tar(&[("a", content)]))];
    let mut found: Vec<Vec<u8>> = contents.iter().flat_map(of).collect();
    // Blocks of every kind: raw, one byte repeated, compressed; and a frame that is skipped.
    found.push(zstd(&[7; 3000]));
    found.push(zstd(&(0..2000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect::<Vec<u8>>()));
    found.push([b"\x50\x2A\x4D\x18\x04\0\0\0abcd".to_vec(), zstd(b"after\n")].concat());
    found
}

/// Inner archives, each after the byte that chooses the outer one.
pub fn nested(corpus: &Corpus) -> Vec<Vec<u8>> {
    let inner = [zips(corpus), tars(corpus), gzips(corpus), zstds(corpus)].concat();
    (0..).zip(inner).map(|(at, bytes)| [&[at as u8], &bytes[..]].concat()).collect()
}

/// A table as data frames have it; of several types, with what is missing.
fn frame(few: bool) -> RecordBatch {
    let column = |name: &str, array: ArrayRef| (name.to_owned(), array, true);
    let texts: DictionaryArray<Int8Type> = [Some("H200"), None, Some("B200")].into_iter().collect();
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)]), None, Some(vec![])]);
    let mut columns = vec![
        column("model", Arc::new(StringArray::from(vec![Some("org/model-8b"), Some(""), None]))),
        column("load", Arc::new(Int64Array::from(vec![1, 2, 4]))),
        column("ttft_p99_ms", Arc::new(Float64Array::from(vec![Some(1.5), None, Some(2.5)]))),
    ];
    if !few {
        columns.extend([
            column("version", Arc::new(LargeStringArray::from(vec![Some("v1"), Some("v2"), None]))),
            column("view", Arc::new(StringViewArray::from(vec![Some("a text longer than twelve"), Some("short"), None]))),
            column("accelerator", Arc::new(texts)),
            column("flag", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
            column("at", Arc::new(TimestampNanosecondArray::from(vec![Some(1_700_000_000_123_456_789), None, Some(0)]))),
            column("day", Arc::new(Date32Array::from(vec![Some(19_000), None, Some(i32::MAX)]))),
            column("bytes", Arc::new(BinaryArray::from_opt_vec(vec![Some(b"ab"), None, Some(b"\xFF")]))),
            column("small", Arc::new(UInt8Array::from(vec![Some(1), None, Some(255)]))),
            column("half", Arc::new(Float32Array::from(vec![Some(1.0), None, Some(f32::INFINITY)]))),
            column(
                "decimal",
                Arc::new(Decimal128Array::from(vec![Some(1250), None, Some(5)]).with_precision_and_scale(9, 2).expect("fits")),
            ),
            column("list", Arc::new(lists)),
        ]);
    }
    RecordBatch::try_from_iter_with_nullable(columns).expect("columns of one length")
}

pub fn parquets() -> Vec<Vec<u8>> {
    let write = |batch: &RecordBatch, properties: WriterProperties| {
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).expect("in memory");
        writer.write(batch).expect("in memory");
        writer.into_inner().expect("in memory")
    };
    let plain = || {
        WriterProperties::builder()
            .set_compression(Compression::UNCOMPRESSED)
            .set_statistics_enabled(EnabledStatistics::None)
            .set_offset_index_disabled(true)
    };
    let mut files = Vec::new();
    for batch in [frame(true), frame(false)] {
        files.push(write(&batch, plain().build()));
        files.push(write(&batch, plain().set_dictionary_enabled(false).build()));
        files.push(write(&batch, plain().set_writer_version(WriterVersion::PARQUET_2_0).build()));
        files.push(write(&batch, plain().set_writer_version(WriterVersion::PARQUET_2_0).set_dictionary_enabled(false).build()));
        files.push(write(&batch, plain().set_compression(Compression::SNAPPY).build()));
        files.push(write(&batch, plain().set_compression(Compression::GZIP(GzipLevel::default())).build()));
        files.push(write(&batch, plain().set_max_row_group_row_count(Some(2)).build()));
    }
    let encoded = |encoding, columns: &[usize]| {
        let batch = frame(true).project(columns).expect("columns");
        write(&batch, plain().set_dictionary_enabled(false).set_encoding(encoding).build())
    };
    files.push(encoded(Encoding::DELTA_BINARY_PACKED, &[1]));
    files.push(encoded(Encoding::DELTA_LENGTH_BYTE_ARRAY, &[0]));
    files.push(encoded(Encoding::DELTA_BYTE_ARRAY, &[0]));
    files.push(encoded(Encoding::BYTE_STREAM_SPLIT, &[2]));
    // With statistics and indexes, as most programs write.
    files.push(write(&frame(true), WriterProperties::builder().build()));
    files
}

pub fn arrows() -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for batch in [frame(true), frame(false)] {
        let mut file = arrow_ipc::writer::FileWriter::try_new(Vec::new(), &batch.schema()).expect("in memory");
        file.write(&batch).expect("in memory");
        files.push(file.into_inner().expect("in memory"));
        let mut stream = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &batch.schema()).expect("in memory");
        stream.write(&batch).expect("in memory");
        files.push(stream.into_inner().expect("in memory"));
    }
    files
}

pub fn npzs() -> Vec<Vec<u8>> {
    let array = |kind: &str, shape: &str, data: &[u8]| {
        let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n");
        [b"\x93NUMPY\x01\x00".as_slice(), &(header.len() as u16).to_le_bytes(), header.as_bytes(), data].concat()
    };
    let doubles: Vec<u8> = [1024.0_f64, 2048.0, f64::NAN].into_iter().flat_map(f64::to_le_bytes).collect();
    let whole: Vec<u8> = [1_i64, 2, 4].into_iter().flat_map(i64::to_le_bytes).collect();
    let floats: Vec<u8> = [1.5_f32, 2.5, 3.5].into_iter().flat_map(f32::to_be_bytes).collect();
    let (isl, ttft, thpt) = (array("<i8", "(3,)", &whole), array("<f8", "(3,)", &doubles), array(">f4", "(1, 3)", &floats));
    let prefill = [("prefill_isl.npy", &isl[..]), ("prefill_ttft.npy", &ttft), ("prefill_thpt_per_gpu.npy", &thpt)];
    let decode =
        [("z_itl.npy", &ttft[..]), ("x_kv_usage.npy", &thpt), ("y_context_length.npy", &isl), ("max_kv_tokens.npy", &isl)];
    use zip::CompressionMethod::{Deflated, Stored};
    vec![zip(&prefill, Stored), zip(&prefill, Deflated), zip(&decode, Stored), zip(&decode, Deflated)]
}

pub fn links() -> Vec<Vec<u8>> {
    const LINKS: [&str; 8] = [
        "v=1&view=explore&x=load:concurrency&y=output_tps&by=model&f.model=a,b&zoom=1,2,3,4&sort=-ttft",
        "?src=https://example.org/a.json&src=b.csv&xlog=1&err=5&shown=0a1b2c3d",
        "data=eJxLyS_KTUosTgUAD5QDUw&f.accelerator=H200%2C%20x&y=ttft:p99_9",
        "f.=&&=&%zz&%F0%9F&x=x:&y=:&zoom=NaN,1e999,-1,&err=-1",
        "?v=2&view=pareto&local=1&data=requests&given.model=a/b%7Cc|Org/M&f.tp=4&f=none&panel=isl&show=a1.b2&stat=p99&threshold=7.5",
        "?v=2&slo.ttft.p95=4000&slo.tpot=50&errors=2.5&price=H200|8|31.2&o.baseline=RHAIIS-3.4-GA&scale.x=log&scale.y=linear&x=load&y=ttft.p95",
        "?v=2&view=server&prom=https://prometheus.example/p&prom.span=6h&prom.every=30&prom.only.pod=a&prom.only.pod=b",
        "?section=pareto&versions=1,2&models=m&accelerators=H200&tp=4&profile=1k/1k&baseline=a",
    ];
    LINKS.iter().map(|link| link.as_bytes().to_vec()).collect()
}

pub fn fragments(corpus: &Corpus) -> Vec<Vec<u8>> {
    let texts = contents(corpus);
    let packed = texts.iter().filter_map(|bytes| std::str::from_utf8(bytes).ok()).map(packed::pack);
    packed.map(|packed| format!("#f.model=a%2Fb&show=x.y&d={packed}").into_bytes()).collect()
}

pub fn settings() -> Vec<Vec<u8>> {
    let whole = include_str!("../../public/config.json");
    let sections: serde_json::Map<String, serde_json::Value> = serde_json::from_str(whole).expect("JSON");
    let mut seeds: Vec<Vec<u8>> = Vec::new();
    for (section, value) in &sections {
        let few = value.as_array().map(|rows| rows.iter().take(2).cloned().collect());
        seeds.push(serde_json::json!({ section: few.unwrap_or_else(|| value.clone()) }).to_string().into_bytes());
    }
    seeds.push(
        br#"{"formats": [{"id": "own", "label": "Own", "columns": {"model": "model", "tp": "tp", "ttft": "ttft.mean ms"}, "marks": ["model", "ttft"]}],
            "links": [{"label": "Board", "url": "https://g.example/{run}?from={start}", "when": {"tool": "vllm"}}],
            "examples": [{"label": "x", "link": "?v=2"}], "logs": {"template": "https://logs.example/{uuid}"}}"#
            .to_vec(),
    );
    seeds.push(include_bytes!("../../deploy/catalog.example.json").to_vec());
    seeds.push(br#"{"synced": "2026-11-30T13:40:00Z", "failed": "AccessDenied", "since": "2026-11-30T14:00:00+01:00"}"#.to_vec());
    seeds
}

/// Responses of a Prometheus server, in the order of the requests: metric names, label sets, counts, series.
pub fn answers(corpus: &Corpus) -> Vec<Vec<u8>> {
    let ok = |data: &str| format!("{{\"status\":\"success\",\"data\":{data}}}").into_bytes();
    let names = ok(
        r#"["go_goroutines","vllm:num_requests_running","vllm:kv_cache_usage_perc","vllm:e2e_request_latency_seconds_bucket"]"#,
    );
    let sets = ok(r#"[{"pod":"vllm-10"},{"pod":"vllm-9","model_name":"m"}]"#);
    let number = ok(r#"{"resultType":"vector","result":[{"metric":{},"value":[1,"4"]}]}"#);
    let series = ok(
        r#"{"resultType":"matrix","result":[{"metric":{"__name__":"vllm:num_requests_running","pod":"vllm-9"},"values":[[1795999970,"3"],[1795999985,"7"]]},
            {"metric":{"__name__":"vllm:e2e_request_latency_seconds_bucket","pod":"vllm-9","le":"+Inf"},"values":[[1795999970,"3"],[1795999985,"9"]]}]}"#,
    );
    let refused = br#"!{"status":"error","errorType":"bad_data","error":"exceeded maximum resolution"}"#.to_vec();
    let of = |parts: &[&[u8]]| parts.join(BETWEEN);
    let mut seeds = vec![
        of(&[&names, &sets, &number, &number, &series]),
        of(&[&names, &sets, &number, &number, &refused]),
        of(&[&names, &ok("[]"), &number, &number, &series]),
        of(&[&refused]),
        of(&[b"<!doctype html>login"]),
    ];
    seeds
        .extend(corpus.of_formats(&["prometheus-api"]).iter().take(6).map(|bytes| of(&[&names, &sets, &number, &number, bytes])));
    seeds
}

/// Tables as they are prepared for a visit.
pub fn tables(corpus: &Corpus) -> Vec<Vec<u8>> {
    let files = corpus.one_of_each().into_iter().map(|(_, bytes)| import_all(Source::new("x", bytes), None, |_| {}));
    let mut tables: Vec<Vec<u8>> =
        files.flatten().map(|file| file.tables.to_bytes()).filter(|bytes| bytes.len() < 12 << 10).collect();
    tables.sort_by_key(Vec::len);
    tables.truncate(24);
    tables
}

/// Two files of one format, and two of different ones.
pub fn pairs(corpus: &Corpus) -> Vec<Vec<u8>> {
    let each = corpus.one_of_each();
    let others = each.iter().cycle().skip(1);
    let mut pairs: Vec<Vec<u8>> = Vec::new();
    for ((format, shortest), (_, other)) in each.iter().zip(others) {
        let same = corpus.of_formats(&[format]);
        let second = same.get(1).unwrap_or(shortest);
        pairs.push([shortest, BETWEEN, second].concat());
        pairs.push([shortest, BETWEEN, other].concat());
    }
    pairs
}
