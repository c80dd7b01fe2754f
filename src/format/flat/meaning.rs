//! What a column means, as a few words that are the same in the built-in rows and in a deployment's `config.json`.
//!
//! | words | meaning |
//! | --- | --- |
//! | `model` | a dimension of the catalogue |
//! | `ttft p99 s` | a metric of the catalogue, its statistic, the column's unit |
//! | `ttft s` | the same where the column's name has the statistic, in place of `{stat}` |
//! | `rps` | a metric that is one figure a run, in the catalogue's unit |
//! | `load concurrency`, `load rate` | the requested load; an infinite rate is the maximum |
//! | `figure cold_start mean` | a number that the catalogue does not know, under a name of its own |
//! | `text provider` | a text that the catalogue does not know, under a name of its own |
//! | `ignore` | not wanted |
//!
//! A name of its own that has spaces stands in single quotes: `figure 'cold start' mean`, `text 'GPU pool'`.
//! A unit of time or share must be stated: a guess could be wrong by orders of magnitude.

use crate::catalog::{DIMENSIONS, METRICS, Shape, dimensions, metrics, stats, units};
use crate::record::{LoadKind, Stat};

/// The meaning of a column.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::format) enum Meaning {
    /// It identifies the record: the catalogue's key, or a name of its own.
    Text(String),
    /// It is a figure.
    Figure {
        /// The catalogue's key, or a name of its own.
        key: String,
        /// The statistic; `None` where the column's name or another column has it.
        stat: Option<Stat>,
        /// The column's unit as it was spelt; empty for the catalogue's.
        unit: String,
        /// From that unit to the catalogue's.
        scale: f64,
    },
    /// It is the requested load.
    Load(LoadKind),
    /// It is not wanted.
    Ignore,
}

impl Meaning {
    /// The words that [`parse`] understands as this meaning.
    pub(in crate::format) fn words(&self) -> String {
        let name = |name: &str| {
            if name.contains(char::is_whitespace) || name.starts_with('\'') { format!("'{name}'") } else { name.to_owned() }
        };
        match self {
            Meaning::Ignore => "ignore".to_owned(),
            Meaning::Load(kind) => format!("load {}", kind.key()),
            // The word `load` begins a requested load; as a dimension it needs the word `text`.
            Meaning::Text(key) if key != "load" && dimensions::dimension(key).is_some() => key.clone(),
            Meaning::Text(key) => format!("text {}", name(key)),
            Meaning::Figure { key, stat, unit, .. } => {
                let stat = stat.map(Stat::key);
                let Some(row) = metrics::metric(key) else {
                    return [Some("figure"), Some(&name(key)), stat].into_iter().flatten().collect::<Vec<&str>>().join(" ");
                };
                let unit = if unit.is_empty() { row.unit } else { unit };
                // A figure without statistics states one only where its unit would be taken for it, as `min` would.
                let misread = unit.split_whitespace().next().is_some_and(|word| stats::parse(word).is_some());
                let stat = match row.shape {
                    Shape::Distribution => stat,
                    Shape::Scalar => misread.then_some(Stat::Mean.key()),
                };
                let words = [Some(key.as_str()), stat, Some(unit).filter(|unit| !unit.is_empty())];
                words.into_iter().flatten().collect::<Vec<&str>>().join(" ")
            }
        }
    }
}

/// The units that people mix up by orders of magnitude, so that they must be stated.
const STATED: [&str; 3] = ["ms", "s", "%"];

/// Parses the words; `placed` says that the statistic stands elsewhere, in the column's name or in another column.
pub(in crate::format) fn parse(words: &str, placed: bool) -> Result<Meaning, String> {
    match quoted(words) {
        Some(("text", name, "")) => return Ok(Meaning::Text(name.to_owned())),
        Some(("figure", name, rest)) => return own(words, name, &rest.split_whitespace().collect::<Vec<&str>>(), placed),
        _ => {}
    }
    let mut parts = words.split_whitespace();
    let Some(first) = parts.next() else {
        return Err("the meaning is blank; write “ignore” for a column that is not wanted".to_owned());
    };
    let rest: Vec<&str> = parts.collect();
    match (first, rest.as_slice()) {
        ("ignore", []) => Ok(Meaning::Ignore),
        ("load", [kind]) => match LoadKind::from_key(kind).filter(|kind| *kind != LoadKind::Max) {
            Some(kind) => Ok(Meaning::Load(kind)),
            None => Err(format!("“load {kind}” is no load; write “load concurrency” or “load rate”")),
        },
        ("load", _) => Err("“load” needs one word: write “load concurrency” or “load rate”".to_owned()),
        ("text", [name]) => Ok(Meaning::Text((*name).to_owned())),
        ("figure", [name, rest @ ..]) => own(words, name, rest, placed),
        (key, []) if dimensions::dimension(key).is_some() => Ok(Meaning::Text(key.to_owned())),
        (key, rest) => figure(words, key, rest, placed),
    }
}

/// The parts of `text 'a name'` and `figure 'a name' mean`.
fn quoted(words: &str) -> Option<(&str, &str, &str)> {
    let (what, rest) = words.trim().split_once(char::is_whitespace)?;
    let (name, rest) = rest.trim_start().strip_prefix('\'')?.rsplit_once('\'')?;
    (!name.trim().is_empty()).then_some((what, name, rest.trim()))
}

fn own(words: &str, name: &str, rest: &[&str], placed: bool) -> Result<Meaning, String> {
    let stat = match rest {
        [] if placed => None,
        [] => Some(Stat::Mean),
        [stat] => Some(stats::parse(stat).ok_or_else(|| format!("“{stat}” in “{words}” is no statistic"))?),
        _ => return Err(format!("“{words}” has too many words; write “figure NAME STATISTIC”")),
    };
    Ok(Meaning::Figure { key: name.to_owned(), stat, unit: String::new(), scale: 1.0 })
}

fn figure(words: &str, key: &str, rest: &[&str], placed: bool) -> Result<Meaning, String> {
    let Some(row) = metrics::metric(key) else {
        let near = nearest(key).map_or_else(String::new, |near| format!("; did you mean “{near}”?"));
        return Err(format!("“{key}” in “{words}” is neither a metric nor a dimension of the catalogue{near}"));
    };
    let (stat, unit) = match rest {
        [first, unit @ ..] if stats::parse(first).is_some() => (stats::parse(first), unit),
        unit => (None, unit),
    };
    let stat = match (stat, row.shape) {
        (Some(_), _) if placed => return Err(format!("“{words}” states a statistic that the column's name has")),
        (None, Shape::Distribution) if placed => None,
        (None | Some(Stat::Mean), Shape::Scalar) => Some(Stat::Mean),
        (Some(stat), Shape::Distribution) => Some(stat),
        (Some(_), Shape::Scalar) => return Err(format!("“{key}” has no statistics; write “{key}” and the unit")),
        (None, Shape::Distribution) => return Err(format!("“{words}” needs a statistic, as in “{key} mean”")),
    };
    let unit = unit.join(" ");
    if unit.is_empty() && STATED.contains(&row.unit) {
        return Err(format!("“{words}” needs the column's unit, as in “{words} {}”", row.unit));
    }
    let scale = scale(key, &unit).ok_or_else(|| format!("“{unit}” in “{words}” is no unit of {}", row.label))?;
    Ok(Meaning::Figure { key: key.to_owned(), stat, unit, scale })
}

/// The factor from a unit to that of a metric.
pub(in crate::format) fn scale(key: &str, unit: &str) -> Option<f64> {
    let row = metrics::metric(key)?;
    if unit.is_empty() || unit.eq_ignore_ascii_case(row.unit) { Some(1.0) } else { units::factor(unit, row.unit) }
}

/// The metric or dimension whose key begins or ends like a mistyped one.
fn nearest(key: &str) -> Option<&'static str> {
    let known = METRICS.iter().map(|row| row.key).chain(DIMENSIONS.iter().map(|row| row.key));
    let alike = |known: &str| known.bytes().zip(key.bytes()).take_while(|(a, b)| a == b).count();
    known.max_by_key(|known| alike(known)).filter(|known| alike(known) >= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(key: &str) -> Result<Meaning, String> {
        Ok(Meaning::Text(key.to_owned()))
    }

    fn number(key: &str, stat: Option<Stat>, unit: &str, scale: f64) -> Result<Meaning, String> {
        Ok(Meaning::Figure { key: key.to_owned(), stat, unit: unit.to_owned(), scale })
    }

    #[test]
    fn words_have_one_meaning() {
        assert_eq!(parse("model", false), text("model"));
        assert_eq!(parse("text provider", false), text("provider"));
        assert_eq!(parse("ttft p99 s", false), number("ttft", Some(Stat::P99), "s", 1000.0));
        assert_eq!(parse("ttft us", true), number("ttft", None, "us", 1e-3));
        assert_eq!(parse("rps", true), number("rps", Some(Stat::Mean), "", 1.0));
        assert_eq!(parse("error_rate fraction", false), number("error_rate", Some(Stat::Mean), "fraction", 100.0));
        assert_eq!(parse("figure cold_start p50", false), number("cold_start", Some(Stat::P50), "", 1.0));
        assert_eq!(parse("load rate", false), Ok(Meaning::Load(LoadKind::Rate)));
        assert_eq!(parse(" ignore ", false), Ok(Meaning::Ignore));
        assert_eq!(parse("text 'GPU pool'", false), text("GPU pool"));
        assert_eq!(parse("figure 'cold start' p99", false), number("cold start", Some(Stat::P99), "", 1.0));
        assert_eq!(parse("figure 'it''s' ", true), number("it''s", None, "", 1.0));
    }

    #[test]
    fn every_meaning_has_words() {
        let figure = |key: &str, stat, unit: &str| Meaning::Figure {
            key: key.to_owned(),
            stat: Some(stat),
            unit: unit.to_owned(),
            scale: scale(key, unit).unwrap_or(1.0),
        };
        let mut meanings = vec![Meaning::Ignore, Meaning::Load(LoadKind::Rate), Meaning::Load(LoadKind::Concurrency)];
        meanings.extend(DIMENSIONS.iter().map(|row| Meaning::Text(row.key.to_owned())));
        meanings.extend(["pool", "GPU pool", "'x'", "x's y"].map(|name| Meaning::Text(name.to_owned())));
        meanings.push(figure("queue depth (max)", Stat::Max, ""));
        meanings.push(figure("depth", Stat::P0_1, ""));
        for row in METRICS.iter() {
            let stats: &[Stat] = if row.shape == Shape::Scalar { &[Stat::Mean] } else { &Stat::ALL };
            meanings.extend(stats.iter().map(|stat| figure(row.key, *stat, row.unit)));
            for unit in ["s", "us", "min", "fraction", "tokens/s"].into_iter().filter(|unit| scale(row.key, unit).is_some()) {
                meanings.push(figure(row.key, Stat::Mean, unit));
            }
        }
        for meaning in meanings {
            let words = meaning.words();
            assert_eq!(parse(&words, false), Ok(meaning), "{words}");
        }
    }

    #[test]
    fn a_wrong_word_is_named() {
        for (words, placed, said) in [
            ("", false, "blank"),
            ("ttft mean", false, "needs the column's unit, as in “ttft mean ms”"),
            ("ttft ms", false, "needs a statistic"),
            ("ttft mean ms", true, "the column's name has"),
            ("ttft mean tok/s", false, "no unit of TTFT"),
            ("modle", false, "did you mean “model”?"),
            ("rps p99", false, "has no statistics"),
            ("load", false, "needs one word"),
            ("load max", false, "is no load"),
            ("figure a b", false, "is no statistic"),
        ] {
            let error = parse(words, placed).expect_err(words);
            assert!(error.contains(said), "{words}: {error}");
        }
    }
}
