//! Whether two measurements can be one by what they state of themselves. Tools call things by different names and state
//! different things, so only what both state counts, and only where a difference cannot be one of spelling.

use super::about;
use crate::catalog::{accelerators, dimensions, models};
use crate::table::Columns;

/// Dimensions whose values are numbers or fixed words: two different ones are two configurations.
const EXACT: [&str; 13] = [
    "tp",
    "dp",
    "pp",
    "ep",
    "replicas",
    "prefill_tp",
    "decode_tp",
    "prefill_gpus",
    "decode_gpus",
    "prefill_workers",
    "decode_workers",
    "quantization",
    "spec_decoding",
];

/// Whether two rows cannot be the same measurement.
pub(super) fn contradict(columns: &Columns, a: usize, b: usize) -> bool {
    // What a description of the folder gave is not the file's own word.
    let own = |key: &str, row: usize| columns.text(key, row).filter(|_| !is_described(columns, key, row));
    let both = |key: &str| own(key, a).zip(own(key, b));
    let differ = |key: &str, fits: &dyn Fn(&str, &str) -> bool| both(key).is_some_and(|(a, b)| !fits(a, b));
    let models = |a: &str, b: &str| models::folded(a) == models::folded(b);
    differ("model", &models)
        || differ("accelerator", &|a, b| accelerators::canonical(a) == accelerators::canonical(b))
        || differ("version", &versions_fit)
        || EXACT.iter().any(|key| differ(key, &|a, b| a.eq_ignore_ascii_case(b)))
        || times_apart(columns, a, b)
}

/// Whether a value comes from a file that describes the row's folder.
fn is_described(columns: &Columns, key: &str, row: usize) -> bool {
    let label = dimensions::label(key);
    columns.text("described_by", row).is_some_and(|by| by.split([':', ';', ',']).any(|part| part.trim() == label))
}

/// Whether two versions can be one: equal, or of different products, which may be the same software.
fn versions_fit(a: &str, b: &str) -> bool {
    let product = |version: &str| {
        let end = version.find(|c: char| c.is_ascii_digit()).unwrap_or(version.len());
        version[..end].trim_matches(['-', ' ', 'v']).to_lowercase()
    };
    a.eq_ignore_ascii_case(b) || product(a) != product(b)
}

/// Whether two measurements were taken at different times.
fn times_apart(columns: &Columns, a: usize, b: usize) -> bool {
    let window = |row: usize| {
        let end = columns.text("end_time", row)?;
        Some((columns.text("start_time", row).unwrap_or(end), end))
    };
    window(a).zip(window(b)).is_some_and(|(a, b)| about::apart(a, b))
}

#[cfg(test)]
mod tests {
    use super::versions_fit;

    #[test]
    fn versions() {
        assert!(versions_fit("vLLM-0.11.0", "vllm-0.11.0") && versions_fit("RHAIIS-3.2", "vLLM-0.11.0"));
        assert!(!versions_fit("RHAIIS-3.2.3", "RHAIIS-3.2.5"));
    }
}
