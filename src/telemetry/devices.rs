//! GPUs that several captures show: one device counts once.

use std::collections::BTreeMap;

use super::Source;

/// Of each GPU, as its UUID and folder tell it, one capture: the one on the best clock, of equals the one with most samples.
/// GPUs without a UUID are each their own.
pub(crate) fn once<'s>(gpus: &[&'s Source]) -> Vec<&'s Source> {
    let rank = |source: &Source| (source.clock, usize::MAX - source.rows.len());
    let mut best: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    let known = |source: &&'s Source| Some((source.folder.as_str(), source.device.as_deref()?));
    let mut ordered = gpus.to_vec();
    ordered.sort_by_key(|source| rank(source));
    for source in &ordered {
        if let Some(key) = known(source) {
            best.entry(key).or_insert(&source.id);
        }
    }
    let counts = |source: &&&'s Source| known(source).is_none_or(|key| best.get(&key) == Some(&source.id.as_str()));
    gpus.iter().filter(counts).copied().collect()
}

/// How many GPUs some sources are: captures of one UUID are one, wherever their files are.
pub(crate) fn count<'s>(gpus: impl Iterator<Item = &'s Source>) -> usize {
    let mut seen = std::collections::BTreeSet::new();
    gpus.filter(|source| source.device.as_deref().is_none_or(|device| seen.insert(device))).count()
}
