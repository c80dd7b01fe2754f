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
