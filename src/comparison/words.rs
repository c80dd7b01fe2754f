//! Sentences that several comparisons say.

use crate::catalog::number::plural;

/// The note on changes that are to be expected by chance; `None` if there are none.
pub(crate) fn by_chance(count: usize) -> Option<String> {
    let count = (count > 0).then(|| plural(count as u64, "change"))?;
    Some(format!("{count} beyond threshold and noise, but to be expected by chance among so many figures: counted as similar."))
}
