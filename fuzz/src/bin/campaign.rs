//! Runs every target over mutants until each has had the executions it is owed, counts them, and keeps what it finds.
//! Ended at any moment, it goes on where it was: an execution follows from the target, its number and the seeds alone.
//!
//! `campaign OUT [SEEDS…]`, with `ONLY=part-of-a-name`, `FUZZ_SECONDS=…` and `LEAST=…` in the environment; `scripts/fuzz.sh`
//! calls it again when an execution ends the process.

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use inferscope_fuzz::mutate::{Random, mutate};
use inferscope_fuzz::seeds::Corpus;
use inferscope_fuzz::{End, Target, targets};
use serde_json::{Value, json};

/// What an execution may take before the process ends and the input is kept.
const LONGEST: Duration = Duration::from_secs(20);
/// What is kept as slow, in microseconds, and as large, in bytes: inputs are of some kilobytes.
const SLOW: u64 = 200_000;
const LARGE: usize = 64 << 20;
/// Executions of a target before the next has its turn.
const TURN: u64 = 5000;
/// Inputs kept of one kind for one target.
const KEPT: usize = 5;

/// Counts what is allocated, so that the most memory of an execution is known.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
/// When the execution that runs began, in milliseconds since the start; 0 between two.
static BEGAN: AtomicU64 = AtomicU64::new(0);

// SAFETY: all of it is the system's allocator; only sizes are counted beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let place = unsafe { System.alloc(layout) };
        if !place.is_null() {
            grown(layout.size());
        }
        place
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let place = unsafe { System.realloc(place, layout, size) };
        if !place.is_null() {
            grown(size);
            NOW.fetch_sub(layout.size(), Relaxed);
        }
        place
    }
}

fn grown(bytes: usize) {
    let now = NOW.fetch_add(bytes, Relaxed).wrapping_add(bytes);
    PEAK.fetch_max(now, Relaxed);
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What is known of one target, as it is kept between runs.
#[derive(Default)]
struct Count {
    done: u64,
    micros: u64,
    /// Caught panics of others' decoders, by where they are.
    contained: BTreeMap<String, u64>,
    /// Faults by their message's place, and executions that ended the process.
    faults: BTreeMap<String, u64>,
    /// Numbers of executions that end the process.
    skipped: Vec<u64>,
    slowest: (u64, usize),
    largest: (usize, usize),
}

impl Count {
    fn from(value: &Value) -> Count {
        let number = |key: &str| value[key].as_u64().unwrap_or_default();
        let pair = |key: &str| (value[key][0].as_u64().unwrap_or_default(), value[key][1].as_u64().unwrap_or_default() as usize);
        let counts = |key: &str| {
            let object = value[key].as_object().into_iter().flatten();
            object.map(|(name, count)| (name.clone(), count.as_u64().unwrap_or_default())).collect()
        };
        let largest = pair("largest");
        Count {
            done: number("done"),
            micros: number("micros"),
            contained: counts("contained"),
            faults: counts("faults"),
            skipped: value["skipped"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect(),
            slowest: pair("slowest"),
            largest: (largest.0 as usize, largest.1),
        }
    }

    fn to_json(&self) -> Value {
        let Count { done, micros, contained, faults, skipped, slowest, largest } = self;
        json!({ "done": done, "micros": micros, "contained": contained, "faults": faults, "skipped": skipped,
            "slowest": [slowest.0, slowest.1], "largest": [largest.0, largest.1] })
    }
}

/// The campaign's folder.
struct Out(PathBuf);

impl Out {
    fn file(&self, target: &str, kind: &str) -> PathBuf {
        self.0.join(format!("{}.{kind}", target.replace(' ', "-")))
    }

    fn write(&self, path: &Path, bytes: &[u8]) {
        let part = path.with_extension("part");
        fs::write(&part, bytes)
            .and_then(|()| fs::rename(&part, path))
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Keeps an input, if there are not enough of its kind.
    fn keep(&self, target: &str, kind: &str, number: u64, bytes: &[u8]) {
        let folder = self.0.join("found");
        fs::create_dir_all(&folder).expect("a folder");
        let name = format!("{}.{kind}.", target.replace(' ', "-"));
        let entries = fs::read_dir(&folder).expect("a folder").filter_map(Result::ok);
        if entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&name)).count() < KEPT {
            self.write(&folder.join(format!("{name}{number}")), bytes);
        }
    }

    /// The table of counts, and how much is done.
    fn report(&self, targets: &[Target], counts: &[Count]) -> (u64, u64) {
        let sum = |counts: &BTreeMap<String, u64>| counts.values().sum::<u64>();
        let mut text =
            "target\texecutions\towed\tseconds\tcontained panics\tfaults\tslowest ms\tof bytes\tpeak MiB\tof bytes\tseeds\n"
                .to_owned();
        let (mut done, mut owed) = (0, 0);
        for (target, count) in targets.iter().zip(counts) {
            done += count.done;
            owed += target.at_least.saturating_sub(count.done);
            text += &format!(
                "{}\t{}\t{}\t{:.1}\t{}\t{}\t{:.1}\t{}\t{:.1}\t{}\t{}\n",
                target.name,
                count.done,
                target.at_least,
                count.micros as f64 / 1e6,
                sum(&count.contained),
                sum(&count.faults),
                count.slowest.0 as f64 / 1e3,
                count.slowest.1,
                count.largest.0 as f64 / f64::from(1 << 20),
                count.largest.1,
                target.seeds.len(),
            );
        }
        text += &format!("all\t{done}\t{}\n", done + owed);
        for (target, count) in targets.iter().zip(counts) {
            for (what, found) in [("contained", &count.contained), ("fault", &count.faults)] {
                for (reason, count) in found {
                    text += &format!("{what}\t{}\t{count}\t{reason}\n", target.name);
                }
            }
        }
        self.write(&self.0.join("counts.tsv"), text.as_bytes());
        (done, owed)
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The input of an execution.
fn input(target: &Target, number: u64) -> Vec<u8> {
    let name =
        target.name.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3));
    // Neighbouring numbers must not give neighbouring mutants (SplitMix64).
    let mut mixed = name.wrapping_add(number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    let mut random = Random::new((mixed ^ (mixed >> 31)) | 1);
    let seed = &target.seeds[random.below(target.seeds.len())];
    let other = &target.seeds[random.below(target.seeds.len())];
    let mut bytes = mutate(seed, other, &target.words, &mut random);
    bytes.truncate(128 << 10);
    bytes
}

/// Where a panic is and what it says, without the numbers in it, to count its kind.
fn kind(reason: &str) -> String {
    let (message, place) = reason.rsplit_once(", ").unwrap_or((reason, ""));
    let mut kind = String::new();
    for c in message.chars().take(90) {
        match c {
            '0'..='9' if kind.ends_with('#') => {}
            '0'..='9' => kind.push('#'),
            c => kind.push(c),
        }
    }
    format!("{kind}, {place}").replace(['\t', '\n'], " ")
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(PathBuf::from);
    let out = Out(arguments.next().expect("a folder for what is found"));
    fs::create_dir_all(&out.0).expect("a folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders = vec![root.join("tests/fixtures"), root.join("tests/minimal")];
    folders.retain(|folder| folder.is_dir());
    folders.extend(arguments);
    let corpus = Corpus::below(&folders);
    let only = std::env::var("ONLY").unwrap_or_default();
    let mut targets = targets(&corpus);
    targets.retain(|target| target.name.contains(&only));
    if let Some(least) = number("LEAST") {
        targets.iter_mut().for_each(|target| target.at_least = least);
    }
    let mut counts: Vec<Count> = targets
        .iter()
        .map(|target| fs::read(out.file(&target.name, "json")).ok())
        .map(|bytes| {
            bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).map_or_else(Count::default, |value| Count::from(&value))
        })
        .collect();
    let at = File::options().read(true).write(true).create(true).truncate(false).open(out.0.join("at")).expect("can be written");
    died(&out, &targets, &mut counts, &at);
    let start = Instant::now();
    let until = number("FUZZ_SECONDS").map(|seconds| start + Duration::from_secs(seconds));
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_millis(500));
            let began = BEGAN.load(Relaxed);
            if began > 0 && start.elapsed().as_millis() as u64 > began + LONGEST.as_millis() as u64 {
                eprintln!("an execution takes longer than {LONGEST:?}");
                std::process::exit(3);
            }
        }
    });
    loop {
        let (done, owed) = out.report(&targets, &counts);
        eprintln!("{done} executions; {owed} are owed");
        if owed == 0 || until.is_some_and(|until| Instant::now() > until) {
            return;
        }
        for (target, count) in targets.iter().zip(&mut counts) {
            // The turns of a target that is owed ten times as many are ten times as long.
            let turn = TURN * (target.at_least / 100_000).max(1);
            let end = target.at_least.min(count.done + turn);
            if count.done < end {
                turn_of(target, count, end, &out, &at, start);
                out.write(&out.file(&target.name, "json"), count.to_json().to_string().as_bytes());
            }
            if until.is_some_and(|until| Instant::now() > until) {
                break;
            }
        }
    }
}

/// Executions up to a number.
fn turn_of(target: &Target, count: &mut Count, end: u64, out: &Out, at: &File, start: Instant) {
    let turn = Instant::now();
    let name = &target.name;
    for number in count.done..end {
        if count.skipped.contains(&number) {
            continue;
        }
        let bytes = input(target, number);
        _ = at.write_all_at(format!("{number:>20} {name:<60}").as_bytes(), 0);
        let before = NOW.load(Relaxed);
        PEAK.store(before, Relaxed);
        let began = Instant::now();
        BEGAN.store((start.elapsed().as_millis() as u64).max(1), Relaxed);
        let ended = target.run(&bytes);
        BEGAN.store(0, Relaxed);
        let took = began.elapsed().as_micros() as u64;
        let peak = PEAK.load(Relaxed).saturating_sub(before);
        match ended {
            End::Well => {}
            End::Contained(reason) => {
                let seen = count.contained.entry(kind(&reason)).or_default();
                *seen += 1;
                if *seen == 1 {
                    out.keep(name, "contained", number, &bytes);
                }
            }
            End::Fault(reason) => {
                let seen = count.faults.entry(kind(&reason)).or_default();
                *seen += 1;
                if *seen == 1 {
                    out.keep(name, "fault", number, &bytes);
                    eprintln!("{name} {number}: {reason}");
                }
            }
        }
        if took > count.slowest.0 {
            count.slowest = (took, bytes.len());
            if took > SLOW {
                out.keep(name, "slow", number, &bytes);
            }
        }
        if peak > count.largest.0 {
            count.largest = (peak, bytes.len());
            if peak > LARGE {
                out.keep(name, "large", number, &bytes);
            }
        }
    }
    // Blank: no execution is under way.
    _ = at.write_all_at(&[b' '; 81], 0);
    count.micros += turn.elapsed().as_micros() as u64;
    count.done = end;
}

/// If the process ended in an execution, that one is a fault, and is not run again.
fn died(out: &Out, targets: &[Target], counts: &mut [Count], at: &File) {
    let mut line = [b' '; 81];
    _ = at.read_exact_at(&mut line, 0);
    let line = String::from_utf8_lossy(&line);
    let Some((number, name)) = line.trim().split_once(' ') else { return };
    let found = targets.iter().zip(counts).find(|(target, _)| target.name == name.trim());
    if let Some(((target, count), number)) = found.zip(number.parse::<u64>().ok())
        && number >= count.done
        && std::env::var_os("DIED").is_some()
    {
        count.skipped.push(number);
        *count.faults.entry("it ended the process (time, memory or stack)".to_owned()).or_default() += 1;
        out.keep(&target.name, "died", number, &input(target, number));
        out.write(&out.file(&target.name, "json"), count.to_json().to_string().as_bytes());
    }
    _ = at.write_all_at(&[b' '; 81], 0);
}
