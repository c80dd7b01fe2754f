//! Which runs only their names tell apart: files and folders that state the same configuration and load, but are called
//! differently in more than the number of a repeat or a time. Such runs are not repeats of each other.
//!
//! A name is the set of its words. What a word means is not known here: only that some runs have it and others do not.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::groups;
use crate::catalog::{Role, dimensions};
use crate::table::{Dimension, Table};

/// Words that number a repeat, together with the number behind them: `run2`, `rep-3`.
const REPEATS: [&str; 14] =
    ["run", "rep", "repeat", "r", "trial", "iter", "iteration", "attempt", "try", "round", "seed", "rerun", "copy", "again"];
/// Digits from which on a number is a time or the id of a job.
const LONG: usize = 6;

/// The words of each path's name, by the code of the path.
struct Names(Vec<BTreeSet<String>>);

/// The key of [`Names`] kept with a table.
#[derive(PartialEq, Eq)]
struct Key;

impl Names {
    fn of(table: &Table) -> Arc<Names> {
        table.memo().get(Key, |_| {
            let path = table.dimension("path");
            let paths = path.map(|path| (0..path.cardinality() as u32).map(|code| path.value(code)).collect::<Vec<_>>());
            Names(words_of(&paths.unwrap_or_default()))
        })
    }
}

/// Words in file names that distinguish runs of one side with equal configuration and load.
pub(crate) struct Telling<'a> {
    path: Option<Dimension<'a>>,
    names: Arc<Names>,
    /// The words, in the order of the alphabet.
    pub words: BTreeSet<String>,
}

impl<'a> Telling<'a> {
    /// The words that differ between rows of one side with equal configuration and load.
    pub(crate) fn of(table: &'a Table, sides: &[Vec<usize>]) -> Telling<'a> {
        let (path, names) = (table.dimension("path"), Names::of(table));
        let mut words = BTreeSet::new();
        let distinct: FxHashSet<&BTreeSet<String>> = names.0.iter().collect();
        if distinct.len() > 1 {
            let mut keys = table.dimension_keys();
            keys.retain(|key| dimensions::role(key) == Role::Configuration);
            keys.extend(["load_kind", "load"]);
            let kinds = table.dimension("load_kind");
            let is_loaded = |row: &usize| kinds.as_ref().is_some_and(|kinds| kinds.code(*row).is_some());
            for rows in sides {
                let loaded: Vec<usize> = rows.iter().copied().filter(is_loaded).collect();
                for alike in groups::classes(table, &loaded, &keys) {
                    let codes: FxHashSet<u32> =
                        alike.iter().filter_map(|row| path.as_ref().and_then(|path| path.code(*row))).collect();
                    let own: Vec<&BTreeSet<String>> = codes.iter().filter_map(|code| names.0.get(*code as usize)).collect();
                    let Some((first, others)) = own.split_first() else { continue };
                    for other in others {
                        words.extend(first.symmetric_difference(other).cloned());
                    }
                }
            }
        }
        Telling { path, names, words }
    }

    /// Those of the words that are in the name of a row's run, in a text; empty where none is.
    pub(crate) fn variant(&self, row: usize) -> String {
        let code = self.path.as_ref().and_then(|path| path.code(row));
        let Some(own) = code.and_then(|code| self.names.0.get(code as usize)) else { return String::new() };
        let own: Vec<&str> = self.words.iter().filter(|word| own.contains(*word)).map(String::as_str).collect();
        own.join(" ")
    }
}

/// A name without times: its words, and the numbers at the end of its parts, which are those of repeats where they count on.
struct Name {
    words: Vec<String>,
    numbers: Vec<Option<u32>>,
}

/// The words of each name among all of them.
fn words_of(paths: &[&str]) -> Vec<BTreeSet<String>> {
    let names: Vec<Name> = paths.iter().map(|path| read(path)).collect();
    // Names that are equal but for a number: by their words and the place of the number.
    let mut numbers: FxHashMap<(&[String], usize), BTreeSet<Option<u32>>> = FxHashMap::default();
    for name in &names {
        for (place, number) in name.numbers.iter().enumerate() {
            numbers.entry((&name.words, place)).or_default().insert(*number);
        }
    }
    let counts_on = |numbers: &BTreeSet<Option<u32>>| {
        let stated: Vec<u32> = numbers.iter().copied().flatten().collect();
        let follows = stated.windows(2).all(|two| matches!(two, [a, b] if a + 1 == *b));
        follows && (stated.len() == numbers.len() || stated.first().is_none_or(|first| *first <= 2))
    };
    let words = |name: &Name| {
        let settings = name.numbers.iter().enumerate().filter_map(|(place, number)| {
            let is_setting = !numbers.get(&(name.words.as_slice(), place)).is_none_or(counts_on);
            number.filter(|_| is_setting).map(|number| number.to_string())
        });
        name.words.iter().cloned().chain(settings).collect()
    };
    names.iter().map(words).collect()
}

fn read(path: &str) -> Name {
    let parts: Vec<&str> = path.split(['/', '\\']).collect();
    let (mut words, mut numbers) = (Vec::new(), Vec::new());
    for (at, part) in parts.iter().enumerate() {
        let is_file = at + 1 == parts.len();
        let stem = if is_file {
            part.split_once('.').filter(|(stem, _)| !stem.is_empty()).map_or(*part, |(stem, _)| stem)
        } else {
            part
        };
        let folded = stem.to_lowercase();
        let all: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let (own, number) = without_number(without_times(&all));
        words.extend(own.into_iter().map(str::to_owned));
        numbers.push(number);
    }
    Name { words, numbers }
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a word is a time or a part of one behind a date: `20251218`, `18t03`, `035802z`.
fn is_part_of_a_time(word: &str) -> bool {
    let digits = word.trim_end_matches('z');
    digits.split('t').all(|part| (1..=2).contains(&part.len()) && is_number(part)) || is_long(digits)
}

fn is_long(word: &str) -> bool {
    let digits = word.trim_end_matches('z').replacen('t', "", 1);
    digits.len() >= LONG && is_number(&digits)
}

/// Whether a word is a piece of a random id, of this many hexadecimal digits.
fn is_piece(word: &str, digits: usize) -> bool {
    word.len() == digits && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The words without dates, times, ids of jobs, and UUIDs.
fn without_times<'w>(words: &[&'w str]) -> Vec<&'w str> {
    let mut kept = Vec::new();
    let mut rest = words;
    while let Some((word, after)) = rest.split_first() {
        let year = word.len() == 4 && (word.starts_with("19") || word.starts_with("20")) && is_number(word);
        let dated = year && after.len() >= 2 && after[..2].iter().all(|word| is_part_of_a_time(word));
        let is_uuid = rest.len() >= 5 && [8, 4, 4, 4, 12].iter().zip(rest).all(|(digits, word)| is_piece(word, *digits));
        rest = if is_uuid {
            &rest[5..]
        } else if dated || is_long(word) {
            let times = after.iter().take_while(|word| is_part_of_a_time(word)).count().min(5);
            // Behind a whole date only a time of its length belongs to it.
            let times = if dated { times } else { after.iter().take(1).take_while(|word| is_long(word)).count() };
            &after[times..]
        } else if is_piece(word, 32) {
            after
        } else {
            kept.push(*word);
            after
        };
    }
    kept
}

/// The words without the number of a repeat at their end: one behind a word that says so is gone; another one may be a setting.
fn without_number(mut words: Vec<&str>) -> (Vec<&str>, Option<u32>) {
    let Some(last) = words.last().copied() else { return (words, None) };
    let letters = last.trim_end_matches(|c: char| c.is_ascii_digit());
    if REPEATS.contains(&letters) {
        words.pop();
        return (words, None);
    }
    if !letters.is_empty() || (last.len() > 2 && !last.starts_with('0')) {
        return (words, None);
    }
    words.pop();
    if words.last().is_some_and(|before| REPEATS.contains(before)) {
        words.pop();
        return (words, None);
    }
    (words, last.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the words tell every two of these names apart.
    fn told_apart(paths: &[&str]) -> bool {
        let words = words_of(paths);
        let distinct: FxHashSet<&BTreeSet<String>> = words.iter().collect();
        distinct.len() == paths.len()
    }

    #[test]
    fn repeats_differ_in_a_number_or_a_time() {
        for repeats in [
            &["new/run1/a.json", "new/run2/a.json"][..],
            &["qwen-c8-1.json", "qwen-c8-2.json", "qwen-c8-3.json"],
            &["qwen.json", "qwen (1).json", "qwen (2).json"],
            &["qwen_r1.json", "qwen_r2.json"],
            &["qwen-rep-1.json", "qwen-rep-7.json"],
            &["result_001.json", "result_002.json"],
            &["qwen.json", "qwen-rerun.json"],
            &["vllm-2025-12-18-03-58.json", "vllm-2025-12-19-11-07.json"],
            &["vllm-2025-12-18T03:58:02Z.json", "vllm-2025-12-19T11:07:00Z.json"],
            &["vllm-20251218-035802.json", "vllm-20251219-110700.json"],
            &["infqps-concurrency8-20251218T035802.json", "infqps-concurrency8-20251219T110700.json"],
            &["outputs/770003/a.json", "outputs/770004/a.json"],
            &["a-0a1b2c3d-0a1b-4c3d-8e5f-001122334455.json", "a-9a1b2c3d-0a1b-4c3d-8e5f-001122334456.json"],
        ] {
            let words = words_of(repeats);
            assert!(words.windows(2).all(|two| two[0] == two[1]), "{repeats:?}: {words:?}");
        }
    }

    #[test]
    fn other_words_and_settings_tell_runs_apart() {
        for runs in [
            &["5060ti-qwen-api-c64.json", "5070ti-qwen-api-c64.json"][..],
            &["machine-a/c8/x.json", "machine-b/c8/x.json"],
            &["prefill-8192.json", "prefill-16384.json"],
            &["seqs-1.json", "seqs-2.json", "seqs-4.json", "seqs-8.json"],
            &["qwen-tp1.json", "qwen-tp2.json"],
            &["qwen.json", "qwen-mtp.json"],
            &["qwen.json", "qwen-16.json"],
        ] {
            assert!(told_apart(runs), "{runs:?}: {:?}", words_of(runs));
        }
    }
}
