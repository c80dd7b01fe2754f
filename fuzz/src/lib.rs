//! What fuzzing does with bytes, and what must hold whatever they are. Shared by the targets of libFuzzer
//! (`fuzz_targets/`), the campaign that is counted (`src/bin/campaign.rs`), and the bounded run of `make test`
//! (`tests/fuzz.rs`).

pub mod bodies;
pub mod mutate;
pub mod seeds;
mod sink;
mod written;

use inferscope::format::{FORMATS, Format};
use inferscope::source::guard::guarded;

use self::seeds::Corpus;

/// What parses bytes, and what it is given to begin with.
pub struct Target {
    /// What it is called in counts.
    pub name: String,
    /// Executions that a campaign owes it.
    pub at_least: u64,
    body: Body,
    /// What is mutated.
    pub seeds: Vec<Vec<u8>>,
    /// Words that mean something to it.
    pub words: Vec<Vec<u8>>,
}

enum Body {
    Format(&'static Format),
    Other(fn(&[u8])),
}

/// How an execution ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// As it should.
    Well,
    /// In a panic of another's decoder that is known and reported (`UPSTREAM.md`): it is caught, and costs one file.
    Contained(String),
    /// In any other panic: the message and its place.
    Fault(String),
}

/// Panics of others' decoders that are known, each by where it is and how its message begins. `UPSTREAM.md` has a minimal
/// input and a reproduction for each.
pub const UPSTREAM: &[(&str, &str)] = &[
    ("byte_array.rs", "attempt to divide by zero"),
    ("bit_chunk_iterator.rs", "offset + len out of bounds"),
    ("bit_util.rs", "slice must not be empty"),
    ("bit_util.rs", "out of range for slice of length"),
    ("bit_util.rs", "Num of bytes exceed MAX_VLQ_BYTE_LEN"),
    ("decoder.rs", "Decoder for dict should have been set"),
    ("decoding.rs", "out of range for slice of length"),
    ("bytes.rs", "range end out of bounds"),
    ("bytes.rs", "range start must not be greater than end"),
    ("delta_byte_array.rs", "slice index starts at"),
    ("byte_stream_split_decoder.rs", "index out of bounds"),
    ("immutable.rs", "assertion failed: prefix.is_empty() && suffix.is_empty()"),
    ("immutable.rs", "the offset of the new Buffer cannot exceed the existing length"),
    ("reader.rs", "called `Option::unwrap()` on a `None` value"),
];

const FORMAT: u64 = 100_000;
const DECODER: u64 = 1_000_000;
const OTHER: u64 = 100_000;

/// The targets other than formats: name, executions owed, body, seeds.
type Row = (&'static str, u64, fn(&[u8]), fn(&Corpus) -> Vec<Vec<u8>>);

const ROWS: &[Row] = &[
    ("zip", DECODER, bodies::containers, |corpus| written::zips(corpus)),
    ("tar", DECODER, bodies::containers, |corpus| written::tars(corpus)),
    ("gzip", DECODER, bodies::containers, |corpus| written::gzips(corpus)),
    ("zstd", DECODER, bodies::containers, |corpus| written::zstds(corpus)),
    ("nested", DECODER, bodies::repacked, |corpus| written::nested(corpus)),
    ("parquet", DECODER, bodies::columns, |_| written::parquets()),
    ("arrow", DECODER, bodies::columns, |_| written::arrows()),
    ("npz", DECODER, bodies::npz, |_| written::npzs()),
    ("yaml", DECODER, bodies::yaml, |corpus| corpus.ending(&["yaml", "yml"])),
    ("csv", DECODER, bodies::csv, |corpus| corpus.ending(&["csv", "tsv"])),
    ("json", DECODER, bodies::json, |corpus| corpus.ending(&["json", "jsonl"])),
    ("text", OTHER, bodies::text, Corpus::all),
    ("recognition", OTHER, bodies::recognition, Corpus::all),
    ("links", OTHER, bodies::links, |_| written::links()),
    ("fragments", OTHER, bodies::fragments, |corpus| written::fragments(corpus)),
    ("settings", OTHER, bodies::settings, |_| written::settings()),
    ("live", OTHER, bodies::live, |corpus| written::answers(corpus)),
    ("traces", OTHER, bodies::traces, |corpus| corpus.of_formats(&["request-trace", "request-trace-csv"])),
    ("tables", OTHER, bodies::tables, |corpus| written::tables(corpus)),
    ("append", OTHER, bodies::append, |corpus| corpus.of_formats(&["rhaiis-csv", "llmd-csv", "cpu-csv"])),
    ("joins", OTHER, bodies::joins, |corpus| written::pairs(corpus)),
];

/// Every target, with what is mutated for it.
pub fn targets(corpus: &Corpus) -> Vec<Target> {
    let made = |name: String, at_least: u64, body: Body, seeds: Vec<Vec<u8>>| {
        let words = mutate::words(&seeds);
        Target { name, at_least, body, seeds, words }
    };
    let formats = FORMATS.iter().map(|format| {
        let id = format.about.id;
        made(format!("format {id}"), FORMAT, Body::Format(format), corpus.of_formats(&[id]))
    });
    let others =
        ROWS.iter().map(|(name, at_least, body, seeds)| made((*name).to_owned(), *at_least, Body::Other(*body), seeds(corpus)));
    formats.chain(others).collect()
}

/// The body of the target with this name, for cargo-fuzz: a fault is a panic.
///
/// # Panics
///
/// When the body panics otherwise than in one of the [`UPSTREAM`] places.
pub fn run(name: &str, bytes: &[u8]) {
    let (_, _, body, _) = ROWS.iter().find(|(own, ..)| *own == name).expect("a target");
    if let End::Fault(reason) = ended(|| body(bytes)) {
        panic!("{reason}");
    }
}

/// Reads the bytes as the format that the first byte chooses, for cargo-fuzz.
///
/// # Panics
///
/// As [`run`].
pub fn formats(bytes: &[u8]) {
    if let [first, rest @ ..] = bytes
        && let End::Fault(reason) = ended(|| bodies::format(FORMATS[usize::from(*first) % FORMATS.len()], rest))
    {
        panic!("{reason}");
    }
}

impl Target {
    /// Runs the target over bytes.
    pub fn run(&self, bytes: &[u8]) -> End {
        match self.body {
            Body::Format(format) => ended(|| bodies::format(format, bytes)),
            Body::Other(body) => ended(|| body(bytes)),
        }
    }
}

fn ended(work: impl FnOnce()) -> End {
    match guarded("a fuzzed input", work) {
        Ok(()) => End::Well,
        Err(reason) if is_upstream(&reason) => End::Contained(reason),
        Err(reason) => End::Fault(reason),
    }
}

/// Whether a panic, as [`guarded`] tells it, is a known one of another's decoder.
fn is_upstream(reason: &str) -> bool {
    // Where others' code is compiled with checks, as for tests, what wraps in a release panics in the same files.
    let is = |message: &str| reason.contains(message) || reason.contains("attempt to ") && reason.contains("overflow");
    UPSTREAM.iter().any(|(file, message)| reason.contains(&format!(", {file}:")) && is(message))
}
