//! The targets of `fuzz/` over mutated fixtures: a bounded number of cases with a fixed seed for every format by its id,
//! recognition, containers, decoders, texts, links, settings, a server's answers, traces and joins. New fixtures and formats
//! join by themselves.

#[path = "../fuzz/src/lib.rs"]
#[allow(dead_code, reason = "the entries of cargo-fuzz are for its own programs")]
mod targets;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use self::targets::mutate::{Random, mutate};
use self::targets::seeds::Corpus;
use self::targets::{End, Target};
use crate::support;

/// Mutants for each format; the others have ten times as many together as a format has. `FUZZ_CASES` asks for more.
const CASES: usize = 20;
/// What no case may take, on the slowest machine: reading is linear and the inputs are small.
const DEADLINE: Duration = Duration::from_secs(20);

fn cases() -> usize {
    std::env::var("FUZZ_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES)
}

/// Runs a target over one input; a failure names the target and leaves the input behind. What ends the process (a stack that
/// overflows) cannot: with `FUZZ_TRACE` set, every input is written before it is read.
fn holds(target: &Target, bytes: &[u8]) {
    let left = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz-failure");
    if std::env::var_os("FUZZ_TRACE").is_some() {
        let what = left.with_extension("what");
        std::fs::write(&left, bytes).and_then(|()| std::fs::write(what, &target.name)).expect("can be written");
    }
    let start = Instant::now();
    let end = target.run(bytes);
    let took = start.elapsed();
    if matches!(end, End::Fault(_)) || took > DEADLINE {
        _ = std::fs::write(&left, bytes);
        panic!("{}: {end:?} after {took:?}; the bytes are in {}", target.name, left.display());
    }
}

#[test]
fn mutants_are_read_by_every_target() {
    let corpus = Corpus::below(&[support::root().join("tests/fixtures")]);
    let mut random = Random::new(0x1F3A_55C0_7E11_D00D);
    for target in targets::targets(&corpus) {
        assert!(!target.seeds.is_empty(), "{}", target.name);
        let cases = if target.at_least > 100_000 { 10 * cases() } else { cases() };
        for case in 0..cases {
            let seed = &target.seeds[case % target.seeds.len()];
            let other = &target.seeds[random.below(target.seeds.len())];
            holds(&target, &mutate(seed, other, &target.words, &mut random));
        }
    }
}

/// What was found once, and what was never mutated.
#[test]
fn kept_inputs_are_read_by_their_target() {
    let kept = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/found"));
    let targets = targets::targets(&Corpus::below(&[support::root().join("tests/fixtures")]));
    for path in support::files(&kept) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = name.split('.').next().unwrap_or_default();
        let target = targets.iter().find(|target| target.name.replace(' ', "-") == name);
        holds(target.unwrap_or_else(|| panic!("{name} is no target")), &support::bytes(&path));
    }
}
