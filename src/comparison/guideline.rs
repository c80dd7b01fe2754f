//! Figures against a guideline: a card with its grades.

use crate::catalog::{metrics, number};
use crate::record::{Kind, Stat};
use crate::state::Axis;
use crate::state::settings::{Grade, Graded, Guideline};
use crate::view_model::{Card, Evidence, Tone};

fn tone(grade: Grade) -> Tone {
    match grade {
        Grade::Good => Tone::Better,
        Grade::Acceptable => Tone::Similar,
        Grade::Concerning => Tone::Worse,
    }
}

/// What a guideline says of some figures, by the worst of them; `None` where none of its figures is known. `of` are the figures'
/// owner in words.
pub(crate) fn card(guideline: &Guideline, of: &str, value: impl Fn(&str, Stat) -> Option<f64>) -> Option<Card> {
    let graded = |one: &Graded| {
        let Axis::Figure { metric, stat } = one.axis()? else { return None };
        let value = value(&metric, stat)?;
        let text = format!(
            "{} {}: {} ({})",
            metrics::title(&metric, stat, Kind::Measurement),
            number::with_unit(&metric, value),
            one.grade(value).word(),
            one.words()
        );
        Some((one.grade(value), text))
    };
    let found: Vec<(Grade, String)> = guideline.figures.iter().filter_map(graded).collect();
    let worst = found.iter().map(|(grade, _)| *grade).max()?;
    let unknown = guideline.figures.len() - found.len();
    let known = match unknown {
        0 => "all of its figures known".to_owned(),
        _ => format!("{} of its {} figures known", found.len(), guideline.figures.len()),
    };
    let evidence = found.into_iter().map(|(grade, text)| Evidence { text, tone: tone(grade), link: None });
    Some(Card {
        label: format!("{} guideline", guideline.name),
        value: worst.word().to_owned(),
        tone: tone(worst),
        detail: if of.is_empty() { known.clone() } else { format!("{of}; {known}") },
        method: format!("Three grades, good, acceptable and concerning; the worst figure decides. {}", guideline.caveat),
        evidence: evidence.collect(),
    })
}
