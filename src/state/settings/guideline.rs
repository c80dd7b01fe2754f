//! A guideline: figures by which a service is graded good, acceptable or concerning.

use serde::{Deserialize, Serialize};

use super::Row;
use crate::state::Axis;
use crate::state::link::axis;

/// A guideline with a name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Guideline {
    /// What it is called: `srt-slurm`.
    pub name: String,
    /// What moves the figures: said wherever a grade is.
    pub caveat: String,
    /// Its figures.
    pub figures: Vec<Graded>,
}

/// A figure and its bounds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Graded {
    /// The figure as links write it: `ttft.p99`.
    pub figure: String,
    /// What is good, in the catalogue's unit: `< 500`, `<= 50`, `> 200`, `>= 100`, or `40..80`, ends included.
    pub good: String,
    /// What is acceptable, written alike; anything else is concerning.
    pub acceptable: String,
}

/// A grade, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// As it should be.
    Good,
    /// Nothing to worry about yet.
    Acceptable,
    /// Worth a look.
    Concerning,
}

impl Grade {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Grade::Good => "good",
            Grade::Acceptable => "acceptable",
            Grade::Concerning => "concerning",
        }
    }
}

/// Whether a value is within bounds as they are written; `None` if they are none.
fn within(bounds: &str, value: f64) -> Option<bool> {
    let bounds = bounds.trim();
    let number = |text: &str| text.trim().parse().ok().filter(|bound: &f64| bound.is_finite());
    if let Some((low, high)) = bounds.split_once("..") {
        return Some((number(low)?..=number(high)?).contains(&value));
    }
    let strip = |sign: &str| bounds.strip_prefix(sign).and_then(number);
    strip("<=")
        .map(|bound| value <= bound)
        .or_else(|| strip(">=").map(|bound| value >= bound))
        .or_else(|| strip("<").map(|bound| value < bound))
        .or_else(|| strip(">").map(|bound| value > bound))
}

impl Graded {
    /// The figure; `None` where it is none.
    pub fn axis(&self) -> Option<Axis> {
        axis(&self.figure).filter(|axis| matches!(axis, Axis::Figure { .. }))
    }

    /// The grade of a value.
    pub fn grade(&self, value: f64) -> Grade {
        match (within(&self.good, value), within(&self.acceptable, value)) {
            (Some(true), _) => Grade::Good,
            (_, Some(true)) => Grade::Acceptable,
            _ => Grade::Concerning,
        }
    }

    /// Its bounds in words: `good < 500, acceptable ≤ 1000`.
    pub fn words(&self) -> String {
        let shown = |bounds: &str| bounds.replace("<=", "≤").replace(">=", "≥").replace("..", "–");
        format!("good {}, acceptable {}", shown(&self.good), shown(&self.acceptable))
    }
}

impl Row for Guideline {
    fn fault(&self) -> Option<&'static str> {
        let wrong = |one: &Graded| {
            one.axis().is_none() || [&one.good, &one.acceptable].iter().any(|bounds| within(bounds, 0.0).is_none())
        };
        match () {
            () if self.name.is_empty() => Some("“name” is missing"),
            () if self.figures.iter().any(wrong) => {
                Some("a figure is not of the form ttft.p99, or its bounds not < 500 or 40..80")
            }
            () => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::settings::Settings;

    /// The guideline as srt-slurm publishes it.
    #[test]
    fn values_are_graded_by_the_shipped_guideline() {
        let settings = Settings::built_in();
        let [guideline] = &settings.guidelines[..] else { panic!("one guideline") };
        assert_eq!((guideline.fault(), guideline.caveat.is_empty()), (None, false));
        let grade = |figure: &str, value: f64| {
            let one = guideline.figures.iter().find(|one| one.figure == figure).unwrap_or_else(|| panic!("no {figure}"));
            one.grade(value)
        };
        use Grade::{Acceptable, Concerning, Good};
        for (figure, values) in [
            ("ttft.p99", [(499.0, Good), (500.0, Acceptable), (1000.0, Acceptable), (1000.1, Concerning)]),
            ("tpot", [(29.9, Good), (30.0, Acceptable), (50.0, Acceptable), (51.0, Concerning)]),
            ("output_tps_per_gpu", [(201.0, Good), (200.0, Acceptable), (100.0, Acceptable), (99.0, Concerning)]),
            ("kv_usage", [(40.0, Good), (80.1, Acceptable), (20.0, Acceptable), (91.0, Concerning)]),
            ("queued_requests", [(10.0, Good), (11.0, Acceptable), (50.0, Acceptable), (51.0, Concerning)]),
        ] {
            for (value, expected) in values {
                assert_eq!(grade(figure, value), expected, "{figure} {value}");
            }
        }
        assert_eq!(guideline.figures[0].words(), "good < 500, acceptable ≤ 1000");
    }

    #[test]
    fn bounds_that_are_none_are_a_fault() {
        let of = |figure: &str, good: &str| Guideline {
            name: "x".to_owned(),
            figures: vec![Graded { figure: figure.to_owned(), good: good.to_owned(), acceptable: "<= 5".to_owned() }],
            ..Guideline::default()
        };
        assert_eq!(of("ttft.p99", "< 500").fault(), None);
        for (figure, good) in [("ttft.p99", "500"), ("ttft.p99", "< fast"), ("load:concurrency", "< 5"), ("", "< 5")] {
            assert!(of(figure, good).fault().is_some(), "{figure} {good}");
        }
    }
}
