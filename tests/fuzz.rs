//! The bodies of the fuzz targets (`fuzz/`) over mutated fixtures: a bounded number of cases with a fixed seed, over
//! every format by its id, recognition, containers, text decoding and links. New fixtures and formats join by themselves.

#[path = "../fuzz/src/lib.rs"]
mod bodies;
mod mutate;

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use inferscope::format::FORMATS;

use self::mutate::{Random, mutate};
use crate::support;

/// Mutants of all fixtures together; `FUZZ_CASES` asks for more.
const CASES: usize = 400;
/// Of a larger fixture only the beginning is mutated, so that a case costs milliseconds.
const LARGEST: usize = 24 << 10;
/// What no case may take, on the slowest machine: reading is linear and the inputs are small.
const DEADLINE: Duration = Duration::from_secs(20);

fn corpus() -> Vec<(String, Vec<u8>)> {
    let read = |path: std::path::PathBuf| {
        let mut bytes = support::bytes(&path);
        bytes.truncate(LARGEST);
        (path.display().to_string(), bytes)
    };
    support::fixtures().into_iter().map(read).collect()
}

fn cases() -> usize {
    std::env::var("FUZZ_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES)
}

/// Runs a body over one input; a failure names the seed and leaves the input behind. What ends the process (a stack that
/// overflows) cannot: with `FUZZ_TRACE` set, every input is written before it is read.
fn holds(what: &str, seed: &str, bytes: &[u8], body: impl FnOnce(&[u8])) {
    let left = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz-failure");
    if std::env::var_os("FUZZ_TRACE").is_some() {
        std::fs::write(&left, bytes).and_then(|()| std::fs::write(left.with_extension("what"), what)).expect("can be written");
    }
    let start = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| body(bytes)));
    let took = start.elapsed();
    if outcome.is_err() || took > DEADLINE {
        _ = std::fs::write(&left, bytes);
        panic!("{what} of a mutant of {seed} failed after {took:?}; its bytes are in {}", left.display());
    }
}

#[test]
fn mutants_are_read_by_every_format() {
    let corpus = corpus();
    let mut random = Random::new(0x1F3A_55C0_7E11_D00D);
    for case in 0..cases() {
        let (name, seed) = &corpus[case % corpus.len()];
        let other = &corpus[random.below(corpus.len())].1;
        let mutant = mutate(seed, other, &mut random);
        holds("recognition", name, &mutant, bodies::sniffing);
        for format in FORMATS {
            holds(format.about.id, name, &mutant, |bytes| bodies::as_format(format, bytes));
        }
    }
}

#[test]
fn mutants_of_containers_are_opened() {
    let corpus = corpus();
    let mut random = Random::new(0xC0A7_A1E5_0B0C_5EED);
    for case in 0..cases() {
        let (name, content) = &corpus[random.below(corpus.len())];
        let packed = pack(case % 4, content);
        let mutant = mutate(&packed, &packed, &mut random);
        holds("unpacking", name, &mutant, bodies::containers);
    }
}

/// The content in a container of each kind.
fn pack(kind: usize, content: &[u8]) -> Vec<u8> {
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("in memory")
    };
    let tar = || {
        let mut builder = tar::Builder::new(Vec::new());
        for name in ["run/a.json", "run/b.json"] {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            builder.append_data(&mut header, name, content).expect("in memory");
        }
        builder.into_inner().expect("in memory")
    };
    match kind {
        0 => {
            let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
            for name in ["run/a.json", "run/b.json"] {
                writer.start_file(name, zip::write::SimpleFileOptions::default()).expect("in memory");
                writer.write_all(content).expect("in memory");
            }
            writer.finish().expect("in memory").into_inner()
        }
        1 => tar(),
        2 => gzip(&tar()),
        _ => ruzstd::encoding::compress_to_vec(content, ruzstd::encoding::CompressionLevel::Fastest),
    }
}

#[test]
fn mutants_of_texts_and_links_are_decoded() {
    const LINKS: [&str; 4] = [
        "v=1&view=explore&x=load:concurrency&y=output_tps&by=model&f.model=a,b&zoom=1,2,3,4&sort=-ttft",
        "?src=https://example.org/a.json&src=b.csv&xlog=1&err=5&shown=0a1b2c3d",
        "data=eJxLyS_KTUosTgUAD5QDUw&f.accelerator=H200%2C%20x&y=ttft:p99_9",
        "f.=&&=&%zz&%F0%9F&x=x:&y=:&zoom=NaN,1e999,-1,&err=-1",
    ];
    let corpus = corpus();
    let mut random = Random::new(0x7E87_0000_11AB_5EED);
    for case in 0..cases() {
        let (name, seed) = &corpus[case % corpus.len()];
        holds("decoding", name, &mutate(seed, seed, &mut random), bodies::decoding);
        let (link, other) = (LINKS[case % LINKS.len()], LINKS[random.below(LINKS.len())]);
        holds("a link", link, &mutate(link.as_bytes(), other.as_bytes(), &mut random), bodies::links);
    }
}

/// The target that chooses its format by the first byte reaches every one of them.
#[test]
fn every_target_runs() {
    for format in 0..=u8::MAX {
        bodies::formats(&[&[format], &b"{\"a\": 1}"[..]].concat());
    }
    bodies::formats(&[]);
}
