//! The answer in a sentence for each variant: what it gains and what it loses against the baseline.

use super::basis::Basis;
use super::figures::{Figure, Group};
use super::variants::Variant;
use super::{grids, outcome};
use crate::catalog::number;
use crate::view_model::{Headline, Tone};

/// Variants with a sentence.
const NAMED: usize = 3;

/// What is said of a figure: the keys, of which the first that there is counts; how it is said where it is more or less, and
/// where it is the same.
struct Said {
    keys: &'static [&'static str],
    of: fn(f64, &str) -> String,
    same: &'static str,
}

fn percent(ratio: f64, more: &str, less: &str) -> String {
    let change = 100.0 * (ratio - 1.0);
    format!("{}% {}", number::short(change.abs()), if change > 0.0 { more } else { less })
}

const SAID: [Said; 6] = [
    Said {
        keys: &["weights"],
        of: |ratio, _| format!("needs {} memory for its weights", percent(ratio, "more", "less")),
        same: "needs as much memory for its weights",
    },
    Said {
        keys: &["kv-capacity"],
        of: |ratio, _| format!("has {} the KV cache tokens", grids::times(ratio)),
        same: "has as many KV cache tokens",
    },
    Said {
        keys: &["output-tps", "server-tps", "total-tps"],
        of: |ratio, unit| format!("{} {} the tokens per second", unit, grids::times(ratio)),
        same: "generates as many tokens per second",
    },
    Said {
        keys: &["ttft", "server-ttft"],
        of: |ratio, title| format!("has a {title} that is {}", percent(ratio, "longer", "shorter")),
        same: "has the same TTFT",
    },
    Said {
        keys: &["tpot", "itl", "server-tpot", "server-itl"],
        of: |ratio, title| format!("has a {title} that is {}", percent(ratio, "longer", "shorter")),
        same: "has the same time between tokens",
    },
    Said {
        keys: &["cost"],
        of: |ratio, _| format!("costs {} per output token", percent(ratio, "more", "less")),
        same: "costs as much per output token",
    },
];

/// The sentences.
pub(super) fn headline(figures: &[Figure], variants: &[Variant], base: usize, basis: &Basis, threshold: f64) -> Option<Headline> {
    let baseline = variants.get(base)?;
    let (mut better, mut worse, mut sentences) = (0, 0, Vec::new());
    for (at, variant) in variants.iter().enumerate().filter(|(at, _)| *at != base) {
        let mut parts = Vec::new();
        for said in &SAID {
            let found = said.keys.iter().find_map(|key| {
                let figure = figures.iter().find(|figure| figure.key == *key)?;
                Some((figure, outcome(figure, at, base, threshold)?))
            });
            let Some((figure, outcome)) = found else { continue };
            better += usize::from(outcome.tone == Tone::Better);
            worse += usize::from(outcome.tone == Tone::Worse);
            parts.push(if outcome.tone == Tone::Similar { said.same.to_owned() } else { (said.of)(outcome.ratio, word(figure)) });
        }
        if parts.is_empty() {
            continue;
        }
        parts.extend(accuracy(figures, at, base));
        let last = parts.pop().unwrap_or_default();
        let list = if parts.is_empty() { last } else { format!("{} and {last}", parts.join(", ")) };
        sentences.push(format!("{} {list}", variant.name));
    }
    if sentences.is_empty() {
        return None;
    }
    let more = sentences.len().saturating_sub(NAMED);
    sentences.truncate(NAMED);
    let load = basis.load().map(|load| format!(", {load}")).unwrap_or_default();
    let more = if more > 0 { format!(" {} more in the table.", number::plural(more as u64, "variant")) } else { String::new() };
    let mut text = format!("Against {}{load}: {}.{more}", baseline.name, sentences.join("; "));
    if figures.iter().all(|figure| figure.group != Group::Accuracy) {
        text.push_str(" Accuracy is not in these files.");
    }
    let tone = match (better, worse) {
        (0, 0) => Tone::Similar,
        (_, 0) => Tone::Better,
        (0, _) => Tone::Worse,
        _ => Tone::Plain,
    };
    if basis.unlike.is_empty() {
        return Some(Headline { text, tone });
    }
    Some(Headline { text: format!("Not like for like ({}). {text}", basis.unlike.join(", ")), tone: Tone::Doubt })
}

/// What a sentence calls a figure.
fn word(figure: &Figure) -> &str {
    match figure.key.as_str() {
        "output-tps" | "server-tps" => "generates",
        "total-tps" => "handles",
        _ => &figure.title,
    }
}

/// The change of the first score that both have, in points.
fn accuracy(figures: &[Figure], at: usize, base: usize) -> Option<String> {
    figures.iter().filter(|figure| figure.group == Group::Accuracy && figure.unit == "%").find_map(|figure| {
        let value = |at: usize| figure.values.get(at)?.as_ref().ok().map(|value| value.value);
        let points = value(at)? - value(base)?;
        let test = &figure.title;
        Some(match points {
            0.0 => format!("scores the same ({test})"),
            points => {
                let direction = if points > 0.0 { "more" } else { "less" };
                format!("scores {} points {direction} ({test})", number::short(points.abs()))
            }
        })
    })
}
