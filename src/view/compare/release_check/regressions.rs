//! The regressions of a release, worst first: what got worse, at which loads, and which settings changed with it.

use super::bisect::Between;
use super::report::{Change, Health, Report, health, lost};
use crate::catalog::number::{self, plural};
use crate::comparison::cells::{cell, signed};
use crate::comparison::differences;
use crate::comparison::judge::Judge;
use crate::query::listing::{Detail, Layout};
use crate::sorting::Sorting;
use crate::view_model::{Column, Grid, GridCell, Headline, Tone};

/// Bars of a sparkline, the smallest change for the worse first.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Letters of the settings that are shown; the tooltip and copies have all.
const SETTINGS: usize = 60;

/// Every change for the worse that counts, the worst first.
fn worst_first<'r>(report: &'r Report<'_>, all: &'r [usize]) -> Vec<Change<'r>> {
    let mut found: Vec<Change<'r>> = report.changes(all).filter(|change| lost(change.outcome)).collect();
    found.order_by(|a, b| a.goodness.total_cmp(&b.goodness));
    found
}

/// How many regressed, which is the worst, and how the release stands.
pub(super) fn headline(report: &Report<'_>, threshold: f64) -> Option<Headline> {
    let all = report.all();
    let compared = report.changes(&all).count();
    if compared == 0 {
        return None;
    }
    let found = worst_first(report, &all);
    let [baseline, candidate] = &report.versions;
    let configurations = plural(all.len() as u64, "configuration");
    let mut concerned: Vec<&str> = found.iter().map(|change| change.one.id.as_str()).collect();
    concerned.sort_unstable();
    concerned.dedup();
    let (_, health) = health(report.score(&all));
    let mut text = match found.first() {
        None => {
            format!("No regression of {candidate} against {baseline} beyond {}% in {configurations}.", number::short(threshold))
        }
        Some(worst) => format!(
            "{} of {configurations} regressed from {baseline} to {candidate}, in {} of {}. Worst: {} {}, {}.",
            concerned.len(),
            found.len(),
            plural(compared as u64, "figure"),
            worst.by.title(),
            signed(worst.percent),
            worst.one.label,
        ),
    };
    let tone = match health {
        Health::Healthy if found.is_empty() => Tone::Better,
        Health::Healthy | Health::Unknown => Tone::Plain,
        Health::Warning => Tone::Doubt,
        Health::Regression => Tone::Worse,
    };
    text.push_str(&format!(" Health by throughput: {}.", health.word().to_lowercase()));
    Some(Headline { text, tone })
}

/// The inbox: a row for each change for the worse.
pub(super) fn grid(report: &Report<'_>, judge: &Judge<'_>, between: &Between<'_>, layout: Layout<'_>) -> Grid {
    let all = report.all();
    let found = worst_first(report, &all);
    let mut columns = vec![
        Column::text("configuration", "Configuration"),
        Column::text("figure", "Metric"),
        Column::figure("change", "Change", "%"),
        Column::text("loads", "By load"),
        Column::text("settings", "Settings that changed with it"),
    ];
    if !between.is_empty() {
        columns.insert(3, Column::text("entered", "Entered with"));
    }
    let row = |_: usize, change: &Change<'_>, detail: Detail| {
        let mut configuration = GridCell::text(&change.one.label).hinted("Show the comparison");
        if detail == Detail::Whole {
            configuration.link = Some(report.compare(change.one, Some(change.by)));
        }
        let mut cells = vec![configuration, GridCell::text(change.by.title()), cell(change.outcome, change.by)];
        cells.extend((!between.is_empty()).then(|| between.entered(report, judge, change)));
        cells.extend([by_load(judge, change), settings(report, change)]);
        cells
    };
    let heading = Grid {
        key: "regressions".to_owned(),
        title: "Regressions".to_owned(),
        note:
            "Worse by the threshold or more and beyond the noise, worst first. Settings that changed are no proof of the cause."
                .to_owned(),
        columns,
        ..Grid::default()
    };
    layout.list(heading, &found, row)
}

/// The change at each load: as bars, in the tooltip and in copies as numbers.
fn by_load(judge: &Judge<'_>, change: &Change<'_>) -> GridCell {
    let levels = judge.every_level(change.one, change.by).by_level(1);
    let worse = |percent: f64| if change.by.higher { -percent } else { percent };
    let most = levels.iter().map(|level| worse(level.1)).fold(0.0, f64::max);
    let bar = |percent: f64| {
        let share = if most > 0.0 { (worse(percent) / most).clamp(0.0, 1.0) } else { 0.0 };
        BARS[(share * (BARS.len() - 1) as f64).round() as usize]
    };
    let bars: String = levels.iter().map(|level| bar(level.1)).collect();
    let ends: Vec<String> = [levels.first(), levels.last()].into_iter().flatten().map(|level| number::short(level.0)).collect();
    let numbers: Vec<String> =
        levels.iter().map(|(load, percent, _)| format!("{}: {}", number::short(*load), signed(*percent))).collect();
    let mut shown = GridCell::text(format!("{bars} {}", ends.join("–"))).hinted(numbers.join("; "));
    shown.cell.exact = numbers.join("; ");
    shown
}

fn settings(report: &Report<'_>, change: &Change<'_>) -> GridCell {
    let rows = |side: usize| change.one.sides.get(side).map(Vec::as_slice).unwrap_or_default();
    let found = differences::differences(report.table, "version", &report.pairing.keys, rows(0), rows(1));
    let all = differences::in_words(&found);
    let mut shown = GridCell::text(&all).hinted(&all);
    if all.chars().count() > SETTINGS {
        shown.cell.text = format!("{}…", all.chars().take(SETTINGS).collect::<String>());
    }
    shown
}
