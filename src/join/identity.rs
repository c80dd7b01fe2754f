//! Whether two measurements can be one by what they state of themselves. Tools call things by different names and state
//! different things, so only what both state counts, and only where a difference cannot be one of spelling.

use super::about;
use crate::catalog::{accelerators, dimensions, models};
use crate::table::Columns;

/// Dimensions whose values are fixed words or lengths: two different ones are two configurations. So are two degrees, but
/// tools count GPUs differently: those that work, or those that are allocated.
const EXACT: [&str; 7] = ["isl", "osl", "precision", "quantization", "spec_decoding", "framework", "label"];

/// What says where a row is, or what was found out about it; what each conversion makes anew; what is compared by its
/// meaning.
const OTHERS: [&str; 11] =
    ["path", "folder", "files", "run", "run_id", "described_by", "also_in", "user_given", "model", "accelerator", "version"];

/// Whether two rows cannot be the same measurement: by what both state themselves, or what descriptions say of both. What
/// one states and a description says of the other is not compared: the description may be of the folder as a whole. Files of
/// one tool and one layout write everything in one way; others count the GPUs that work or those that are allocated, call
/// data sets differently, and their clocks have other zones.
pub(super) fn contradict(columns: &Columns, a: usize, b: usize) -> bool {
    let both = |key: &str| {
        let alike = is_described(columns, key, a) == is_described(columns, key, b);
        columns.text(key, a).zip(columns.text(key, b)).filter(|_| alike)
    };
    let differ = |key: &str, fits: &dyn Fn(&str, &str) -> bool| both(key).is_some_and(|(a, b)| !fits(a, b));
    let models = |a: &str, b: &str| models::folded(a) == models::folded(b);
    differ("model", &models)
        || differ("accelerator", &|a, b| accelerators::canonical(a) == accelerators::canonical(b))
        || differ("version", &versions_fit)
        || EXACT.iter().chain(dimensions::COUNTS.iter().filter(|key| **key != "gpus")).any(|key| differ(key, &same_value))
        || (are_siblings(columns, a, b)
            && columns.dimension_keys().filter(|key| !OTHERS.contains(key)).any(|key| differ(key, &same_value)))
        || times_apart(columns, a, b)
}

/// Whether a value comes from a file that describes the row's folder.
fn is_described(columns: &Columns, key: &str, row: usize) -> bool {
    let label = dimensions::label(key);
    columns.text("described_by", row).is_some_and(|by| by.split([':', ';', ',']).any(|part| part.trim() == label))
}

/// Whether two rows come from files of one tool and one layout (the same figures): such files differ in nothing if they are
/// one measurement.
pub(super) fn are_siblings(columns: &Columns, a: usize, b: usize) -> bool {
    let figures = |row: usize| columns.figures(row).map(|(column, _)| column);
    let layout = |row: usize| {
        let path = columns.text("path", row)?;
        Some((columns.text("tool", row), super::name(path).rsplit_once('.').map(|(_, end)| end.to_lowercase())))
    };
    layout(a) == layout(b) && figures(a).eq(figures(b))
}

/// Whether two values are the same word in any case, or the same number.
fn same_value(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || a.parse::<f64>().ok().zip(b.parse::<f64>().ok()).is_some_and(|(a, b)| a == b)
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
