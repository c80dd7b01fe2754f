//! The order of releases: `3.3 < 3.4-EA1 < 3.4-GA < 3.5-EA1`, `0.9.1 < 0.10.0`, `1.3.0rc9 < 1.3.0rc13 < 1.3.0`.
//!
//! A version is cut into runs of digits and runs of letters. Digits compare as numbers. Words that announce a release
//! (`EA`, `rc`, `dev` …) come before the bare version, `GA` and `final` are the bare version, any other word
//! (`-optimized`, `-sanity`) is a build of its base and comes right after it.

use std::cmp::Ordering;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// A word that announces a release, with its place among them.
    Before(u8, u64),
    /// The end of the version, or a word that means the release itself.
    Release,
    /// A word that marks a build of its base.
    Build(String),
    /// One more number: `3.2.5` comes after `3.2` and its builds.
    Number(u64),
}

const ANNOUNCING: [&str; 8] = ["dev", "nightly", "alpha", "a", "ea", "beta", "b", "rc"];

/// The family, e.g. `rhaiis` or `trt-llm`, and the parts after it.
fn split(version: &str) -> (String, Vec<Part>) {
    let folded = version.to_lowercase();
    let digit = folded.find(|c: char| c.is_ascii_digit()).unwrap_or(folded.len());
    let (family, rest) = folded.split_at(digit);
    let family = family.trim_end_matches(['-', '_', ' ', '.']);
    let family = family.strip_suffix("-v").unwrap_or(family);
    let family = if family == "v" { "" } else { family };
    let mut words: Vec<&str> = Vec::new();
    let mut rest = rest;
    while let Some(first) = rest.chars().next() {
        let kind = |c: char| {
            if c.is_ascii_digit() {
                0
            } else if c.is_alphabetic() {
                1
            } else {
                2
            }
        };
        let end = rest.find(|c: char| kind(c) != kind(first)).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(end);
        if kind(first) != 2 {
            words.push(word);
        }
        rest = tail;
    }
    let mut parts = Vec::new();
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.next() {
        if let Ok(number) = word.parse::<u64>() {
            parts.push(Part::Number(number));
        } else if let Some(place) = ANNOUNCING.iter().position(|announcing| *announcing == word) {
            let number = words.next_if(|next| next.parse::<u64>().is_ok()).and_then(|next| next.parse().ok());
            parts.push(Part::Before(place as u8, number.unwrap_or(0)));
        } else if !matches!(word, "ga" | "final") {
            parts.push(Part::Build(word.to_owned()));
        }
    }
    parts.push(Part::Release);
    (family.to_owned(), parts)
}

/// Compares two versions: family first, then release by release. Equal only when the texts are equal.
pub fn compare(a: &str, b: &str) -> Ordering {
    split(a).cmp(&split(b)).then_with(|| a.cmp(b))
}

/// The product line: the folded text before the number: `rhaiis`, `trt-llm`; empty for a bare number.
pub fn product(version: &str) -> String {
    split(version).0
}

/// Words before a number that is no release's.
const NO_RELEASES: [&str; 8] = ["nightly", "sprint", "main", "master", "commit", "sha", "build", "dev"];

/// The release in a version and the label behind it: `vLLM-0.24.0-nn-d1` is `vLLM-0.24.0` and `nn-d1`, `RHAIIS-3.4-EA1`
/// is `RHAIIS-3.4` and `EA1`. Sprints, nightly builds and commits are labels without a release.
pub fn release_and_label(version: &str) -> (Option<&str>, Option<&str>) {
    let version = version.trim();
    if version.is_empty() {
        return (None, None);
    }
    let is_commit = (7..=40).contains(&version.len())
        && version.bytes().all(|byte| byte.is_ascii_hexdigit())
        && version.bytes().any(|byte| byte.is_ascii_alphabetic());
    let digit = version.find(|c: char| c.is_ascii_digit());
    let family = version[..digit.unwrap_or(version.len())].trim_end_matches(['-', '_', ' ', '.', 'v']).to_lowercase();
    let last = family.rsplit(['-', '_', ' ']).next().unwrap_or_default();
    let Some(digit) = digit.filter(|_| !is_commit && !NO_RELEASES.contains(&last)) else { return (None, Some(version)) };
    let number = &version[digit..];
    let end = number.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(number.len());
    let numbers = number[..end].trim_end_matches('.');
    let label = number[numbers.len()..].trim_matches(['-', '_', '.', '+', ' ']);
    (Some(&version[..digit + numbers.len()]), (!label.is_empty()).then_some(label))
}

/// Whether it is a final release: numbered, neither announced (`EA`, `rc` …) nor a build of its base.
pub fn is_final(version: &str) -> bool {
    let parts = split(version).1;
    let numbered = parts.iter().any(|part| matches!(part, Part::Number(_)));
    numbered && parts.iter().all(|part| matches!(part, Part::Number(_) | Part::Release))
}

/// The order of menus: families by name, and within one the newest release first.
pub fn newest_first(a: &str, b: &str) -> Ordering {
    let ((family_a, release_a), (family_b, release_b)) = (split(a), split(b));
    family_a.cmp(&family_b).then_with(|| release_b.cmp(&release_a)).then_with(|| b.cmp(a))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_and_labels() {
        for (version, release, label) in [
            ("vLLM-0.24.0-nn-d1", Some("vLLM-0.24.0"), Some("nn-d1")),
            ("RHAIIS-3.4-EA1", Some("RHAIIS-3.4"), Some("EA1")),
            ("vLLM-0.11.0", Some("vLLM-0.11.0"), None),
            ("v0.11.1rc2.dev7+gabc123", Some("v0.11.1"), Some("rc2.dev7+gabc123")),
            ("sprint-45", None, Some("sprint-45")),
            ("vllm-nightly-2026-01-02", None, Some("vllm-nightly-2026-01-02")),
            ("3f2a9c1d", None, Some("3f2a9c1d")),
            ("main", None, Some("main")),
            ("", None, None),
        ] {
            assert_eq!(release_and_label(version), (release, label), "{version}");
        }
    }

    #[test]
    fn golden_order() {
        let chains: &[&[&str]] = &[
            &[
                "RHAIIS-3.2.5",
                "RHAIIS-3.3",
                "RHAIIS-3.4-EA1",
                "RHAIIS-3.4-EA2",
                "RHAIIS-3.4-GA",
                "RHAIIS-3.5-EA1",
                "RHAIIS-3.5-EA2",
            ],
            &["vLLM-0.9.1", "vLLM-0.10.0", "vLLM-0.21.0", "vLLM-0.21.0-optimized", "vLLM-0.21.1"],
            &["1.3.0rc9", "1.3.0rc13", "1.3.0"],
            &["RHAIIS-3.2.5", "RHAIIS-3.2.5-sanity", "RHAIIS-3.3"],
            &["3.2", "3.2-sanity", "3.2.5"],
            &["v0.4.0", "v0.5.1"],
        ];
        for chain in chains {
            for (i, a) in chain.iter().enumerate() {
                for b in &chain[i + 1..] {
                    assert_eq!(compare(a, b), Ordering::Less, "{a} < {b}");
                    assert_eq!(compare(b, a), Ordering::Greater, "{b} > {a}");
                }
            }
        }
    }

    #[test]
    fn finals_and_families() {
        for (version, line, last) in [
            ("RHAIIS-3.4-GA", "rhaiis", true),
            ("RHAIIS-3.3", "rhaiis", true),
            ("RHAIIS-3.5-EA2", "rhaiis", false),
            ("vLLM-0.21.0-optimized", "vllm", false),
            ("TRT-LLM-1.3.0rc13", "trt-llm", false),
            ("v0.9.1", "", true),
            ("main", "main", false),
        ] {
            assert_eq!((product(version).as_str(), is_final(version)), (line, last), "{version}");
        }
    }

    #[test]
    fn names_without_a_number_are_versions_too() {
        assert_eq!(compare("main", "main"), Ordering::Equal);
        assert_eq!(compare("TRT-LLM-1.0", "TRT-LLM-gpt-oss-dev"), Ordering::Less);
    }
}
