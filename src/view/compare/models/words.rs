//! The answer in a sentence for each variant: what it gains and what it loses against the baseline.

use super::basis::Basis;
use super::figures::Figure;
use super::outcome;
use super::rows::Group;
use super::variants::Variant;
use crate::catalog::models::same_weights;
use crate::catalog::number;
use crate::sorting::Sorting;
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

/// `a median TTFT shorter by 43%`, from twice on `a median TTFT 2.5× as long`.
fn by(ratio: f64, what: &str, [more, less, as_much]: [&str; 3]) -> String {
    if ratio >= 2.0 {
        return format!("{what} {}× as {as_much}", number::short(ratio));
    }
    let change = 100.0 * (ratio - 1.0);
    format!("{what} {} by {:.0}%", if change > 0.0 { more } else { less }, change.abs())
}

const TIME: [&str; 3] = ["longer", "shorter", "long"];

/// After “has”.
const SAID: [Said; 6] = [
    Said {
        keys: &["weights"],
        of: |ratio, _| by(ratio, "weights", ["larger", "smaller", "large"]),
        same: "weights of the same size",
    },
    Said {
        keys: &["kv-capacity"],
        of: |ratio, _| format!("{}× the KV cache tokens", number::short(ratio)),
        same: "as many KV cache tokens",
    },
    Said {
        keys: &["output-tps", "server-tps", "total-tps"],
        of: |ratio, title| format!("{}× the {title}", number::short(ratio)),
        same: "the same throughput",
    },
    Said { keys: &["ttft", "server-ttft"], of: |ratio, title| by(ratio, &format!("a {title}"), TIME), same: "the same TTFT" },
    Said {
        keys: &["tpot", "itl", "server-tpot", "server-itl"],
        of: |ratio, title| by(ratio, &format!("a {title}"), TIME),
        same: "the same time between tokens",
    },
    Said {
        keys: &["cost"],
        of: |ratio, _| by(ratio, "a cost per output token", ["higher", "lower", "high"]),
        same: "the same cost per output token",
    },
];

/// The sentences.
pub(super) fn headline(figures: &[Figure], variants: &[Variant], base: usize, basis: &Basis, threshold: f64) -> Option<Headline> {
    let baseline = variants.get(base)?;
    let (mut better, mut worse, mut sentences) = (0, 0, Vec::new());
    // Quantisations of the baseline's model are what most readers came for.
    let related =
        |variant: &Variant| baseline.model.as_ref().zip(variant.model.as_ref()).is_some_and(|(a, b)| same_weights(a, b));
    let mut order: Vec<usize> = (0..variants.len()).filter(|at| *at != base).collect();
    order.order_by_key(|at| !variants.get(*at).is_some_and(related));
    for (at, variant) in order.into_iter().filter_map(|at| Some((at, variants.get(at)?))) {
        let mut parts = Vec::new();
        for said in &SAID {
            let found = said.keys.iter().find_map(|key| {
                let figure = figures.iter().find(|figure| figure.key == *key)?;
                Some((figure, outcome(figure, at, base, threshold)?))
            });
            let Some((figure, outcome)) = found else { continue };
            better += usize::from(outcome.tone == Tone::Better);
            worse += usize::from(outcome.tone == Tone::Worse);
            parts.push(if outcome.tone == Tone::Similar {
                said.same.to_owned()
            } else {
                (said.of)(outcome.ratio, &word(figure))
            });
        }
        if parts.is_empty() {
            continue;
        }
        parts.extend(accuracy(figures, at, base));
        let last = parts.pop().unwrap_or_default();
        let list = if parts.is_empty() { last } else { format!("{} and {last}", parts.join(", ")) };
        sentences.push(format!("{} has {list}", variant.name));
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
    let tone = if basis.missed.iter().any(|missed| !missed.is_empty()) { Tone::Doubt } else { tone };
    if basis.unlike.is_empty() {
        return Some(Headline { text, tone });
    }
    Some(Headline { text: format!("Not like for like ({}). {text}", basis.unlike.join(", ")), tone: Tone::Doubt })
}

/// What a sentence calls a figure.
fn word(figure: &Figure) -> String {
    match figure.key.as_str() {
        "output-tps" => "output throughput".to_owned(),
        "total-tps" => "total throughput".to_owned(),
        "server-tps" => "tokens per second at the server".to_owned(),
        _ => figure.title.replacen("Median", "median", 1).replacen("Mean", "mean", 1),
    }
}

/// The change of the first score that both have, in points.
fn accuracy(figures: &[Figure], at: usize, base: usize) -> Option<String> {
    figures.iter().filter(|figure| figure.group == Group::Accuracy && figure.unit == "%").find_map(|figure| {
        let value = |at: usize| figure.values.get(at)?.as_ref().ok().map(|value| value.value);
        let points = value(at)? - value(base)?;
        let test = &figure.title;
        Some(match points {
            0.0 => format!("the same score ({test})"),
            points => {
                let direction = if points > 0.0 { "higher" } else { "lower" };
                format!("a score {direction} by {} points ({test})", number::short(points.abs()))
            }
        })
    })
}
