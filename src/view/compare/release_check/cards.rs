//! The figures that matter of a release, each with what it rests on.

use std::collections::{BTreeMap, BTreeSet};

use super::report::{Change, Health, RULE, Report, health, lost};
use crate::catalog::number;
use crate::comparison::cells::{signed, tone};
use crate::sorting::Sorting;
use crate::state::link;
use crate::view_model::{Card, Evidence, Tone};

/// Lines of evidence under a card.
const LINES: usize = 5;

pub(super) fn cards(report: &Report<'_>, rows: &[usize]) -> Vec<Card> {
    let all = report.all();
    let line = |change: &Change<'_>| Evidence {
        text: format!("{}, {}: {}", change.one.label, change.by.title(), signed(change.percent)),
        tone: tone(change.outcome),
        link: Some(report.compare(change.one, Some(change.by))),
    };
    let mut first: Vec<Change<'_>> = report.first(&all).collect();
    first.order_by(|a, b| b.goodness.total_cmp(&a.goodness));
    let score = report.score(&all);
    let (share, health) = health(score);
    let losses: Vec<Evidence> = first.iter().rev().filter(|change| lost(change.outcome)).take(LINES).map(line).collect();
    let name = first.first().map_or_else(|| "throughput".to_owned(), |change| change.by.title());

    let gains: Vec<&Change<'_>> = first.iter().filter(|change| !change.outcome.ineligible).collect();
    let gain =
        change_card(format!("Best gain in {name}"), gains.first().copied(), gains.iter().take(LINES).map(|c| line(c)).collect());
    let mut every: Vec<Change<'_>> = report.changes(&all).collect();
    every.order_by(|a, b| a.goodness.total_cmp(&b.goodness));
    let worst = change_card("Worst change".to_owned(), every.first(), every.iter().take(LINES).map(line).collect());
    let rate = Card {
        label: "Win rate".to_owned(),
        value: score.win_rate().map_or_else(|| "unknown".to_owned(), |rate| format!("{}%", number::short(rate))),
        tone: Tone::Plain,
        detail: score.words(),
        method: format!("wins / (wins + losses) by {name}; ties are not counted. Losses:"),
        evidence: losses.clone(),
    };
    let state = Card {
        label: "Health".to_owned(),
        value: health.word().to_owned(),
        tone: match health {
            Health::Healthy => Tone::Better,
            Health::Warning => Tone::Doubt,
            Health::Regression => Tone::Worse,
            Health::Unknown => Tone::Plain,
        },
        detail: share.map_or_else(
            || "no matching configurations".to_owned(),
            |share| format!("{}% of {} configurations did not regress", number::short(share), score.compared()),
        ),
        method: RULE.to_owned(),
        evidence: losses,
    };
    let covered = |key: &str, label: &str| coverage(report, rows, key, label);
    vec![state, gain, worst, rate, covered("model", "Models"), covered("accelerator", "Accelerators")]
}

fn change_card(label: String, change: Option<&Change<'_>>, evidence: Vec<Evidence>) -> Card {
    let Some(change) = change else {
        return Card { label, value: "unknown".to_owned(), detail: "no matching configurations".to_owned(), ..Card::default() };
    };
    Card {
        label,
        value: signed(change.percent),
        tone: tone(change.outcome),
        detail: format!("{}, {}", change.by.title(), change.one.label),
        method: "Change of the geometric mean over shared loads, relative to the baseline.".to_owned(),
        evidence,
    }
}

/// What the candidate was measured on.
fn coverage(report: &Report<'_>, rows: &[usize], key: &str, label: &str) -> Card {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let column = report.table.dimension(key);
    for value in rows.iter().filter_map(|row| column.and_then(|column| column.text(*row))) {
        *counts.entry(value).or_default() += 1;
    }
    let line = |(value, count): (&&str, &usize)| {
        let mut target = report.state.clone();
        target.show_view("data");
        target.choose(key, BTreeSet::from([(*value).to_owned()]));
        target.choose("version", BTreeSet::from([report.versions[1].clone()]));
        Evidence {
            text: format!("{value}: {}", number::plural(*count as u64, "measurement")),
            tone: Tone::Plain,
            link: Some(link::encode(&target)),
        }
    };
    Card {
        label: label.to_owned(),
        value: counts.len().to_string(),
        detail: format!("measured with {}", report.versions[1]),
        method: String::new(),
        evidence: counts.iter().map(line).collect(),
        tone: Tone::Plain,
    }
}
