//! Sentences that several comparisons say.

use crate::catalog::number::plural;

/// Letters of a name.
const LONGEST: usize = 60;

/// The note on changes that are to be expected by chance; `None` if there are none.
pub(crate) fn by_chance(count: usize) -> Option<String> {
    let count = (count > 0).then(|| plural(count as u64, "change"))?;
    Some(format!("{count} beyond threshold and noise, but to be expected by chance among so many figures: counted as similar."))
}

/// A name as a sentence can carry it: not too long, and without marks that turn the letters after them round.
pub(crate) fn short(name: &str) -> String {
    let turns = |letter: &char| matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let letters: Vec<char> = name.chars().filter(|letter| !turns(letter)).collect();
    if letters.len() <= LONGEST {
        return letters.into_iter().collect();
    }
    let (start, end) = (&letters[..LONGEST / 2], &letters[letters.len() - LONGEST / 2..]);
    start.iter().chain(&['…']).chain(end).collect()
}

/// The shortest names that tell runs apart: of paths the first part in which they differ, where it does, else all from there on;
/// of names longer than `whole` letters what they do not share.
pub(crate) fn told_apart(names: &[String], whole: usize) -> Vec<String> {
    // What is in brackets is no path: `Custom (2048/512)`.
    let in_brackets = |name: &str| name.matches('(').count() > name.matches(')').count();
    let slashes = |name: &str| -> Vec<usize> {
        name.match_indices('/')
            .map(|(at, _)| at)
            .filter(|at| name.get(..*at).is_some_and(|before| !in_brackets(before)))
            .collect()
    };
    let folders = |name: &String| slashes(name).into_iter().rev().map(|at| at + 1).collect::<Vec<usize>>();
    let first = names.first().cloned().unwrap_or_default();
    let common = folders(&first).into_iter().find(|at| names.iter().all(|name| name.get(..*at) == first.get(..*at)));
    let rest: Vec<&str> = names.iter().map(|name| name.get(common.unwrap_or(0)..).unwrap_or(name)).collect();
    let head = |name: &&'_ str| slashes(name).first().copied();
    let heads: Vec<&str> = rest.iter().map(|name| head(name).and_then(|end| name.get(..end)).unwrap_or(name)).collect();
    let distinct = heads.iter().collect::<std::collections::BTreeSet<_>>().len() == heads.len();
    let names = if distinct { heads } else { rest };
    match without_common_words(&names, whole) {
        Some(names) => names.iter().map(|name| short(name)).collect(),
        None => names.into_iter().map(short).collect(),
    }
}

/// Long names of runs without the words that all of them share: `llama-h200-tp4-baseline` and `llama-h200-tp4-chunked-8192` are
/// `baseline` and `chunked-8192`. `None` where they are short, or would not be told apart.
fn without_common_words(names: &[&str], whole: usize) -> Option<Vec<String>> {
    if names.iter().all(|name| name.chars().count() <= whole) {
        return None;
    }
    let words = |name: &str| name.split(['-', '_', ' ']).map(str::to_owned).collect::<Vec<_>>();
    let all: Vec<Vec<String>> = names.iter().map(|name| words(name)).collect();
    let is_common = |word: &String| all.iter().all(|words| words.contains(word));
    let own: Vec<String> =
        all.iter().map(|words| words.iter().filter(|word| !is_common(word)).cloned().collect::<Vec<_>>().join("-")).collect();
    let distinct = own.iter().collect::<std::collections::BTreeSet<_>>().len() == own.len();
    (distinct && own.iter().all(|name| !name.is_empty())).then_some(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_brackets_is_no_path() {
        let names = |names: [&str; 2]| told_apart(&names.map(str::to_owned), 40);
        assert_eq!(names(["Custom (2048/512)", "Custom (2048/8)"]), ["Custom (2048/512)", "Custom (2048/8)"]);
        assert_eq!(names(["RTX A · Custom (8/8)", "RTX B · Custom (8/8)"]), ["RTX A · Custom (8/8)", "RTX B · Custom (8/8)"]);
        assert_eq!(names(["runs/a/x.json", "runs/b/x.json"]), ["a", "b"]);
    }
}
