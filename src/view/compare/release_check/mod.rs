//! Overview: is the candidate version better than the baseline, where is it not, and how does it stand against others.
//! Its figures are those of Compare.

mod bisect;
mod cards;
mod grids;
mod regressions;
mod report;
mod rivals;

use self::bisect::Between;
use self::report::{Report, health};
use crate::analysis::verdict::{Verdict, verdict};
use crate::catalog::number::{self, plural};
use crate::comparison::judge::Judge;
use crate::comparison::kpis::{self, Kpi};
use crate::comparison::pairing::{self, Configuration, Pairing};
use crate::comparison::relaxed::Relaxed;
use crate::comparison::scorecard::mean_change;
use crate::comparison::sides;
use crate::comparison::{cells, matching, words};
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::record::Kind;
use crate::state::ViewState;
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{Card, Empty, Evidence, Tone, ViewModel};

/// The compared dimension.
const VERSION: &str = "version";

/// One release against another.
pub(crate) static RELEASE_CHECK: View = View {
    about: &About {
        id: "compare/release-check",
        tab: &tabs::COMPARE,
        label: "Release check",
        extra_kinds: &[Kind::Request],
        purpose: "Release check: gains, regressions, coverage and rivals of one release vs another",
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let table = context.table;
    let mut frame = Frame::new(context, asked, &[VERSION]);
    let state = frame.state.clone();
    let sides = sides::choose(context, &frame.rows, &state, VERSION, false);
    frame.notes.extend(sides.notes);
    let mut controls = sides.controls;
    let [baseline, candidate] = sides.values.as_slice() else {
        let empty = (!frame.rows.is_empty()).then(|| Empty {
            reason: "All measurements have the same version, so there is nothing to compare. Use Compare to compare by file, run or tool version.".to_owned(),
            remedy: None,
        });
        let cards = vec![unknown()];
        return frame.finish(context, ViewModel { controls, empty, cards, ..ViewModel::default() }, Vec::new(), &[]);
    };
    let versions = [baseline.clone(), candidate.clone()];
    let usual = pairing::usual_keys(table, VERSION);
    let (keys, matching) = matching::matching(table, &frame.rows, &state, VERSION, &usual);
    let rows_of_sides = pairing::rows_of(table, &frame.rows, VERSION, &versions);
    let relaxed = Relaxed::of(table, &rows_of_sides, keys, true);
    frame.notes.extend(relaxed.notes(table, &rows_of_sides));
    let keys = relaxed.keys;
    let pairing = Pairing::new(table, &frame.rows, VERSION, &versions, keys.clone());
    let rows = pairing.rows();
    let (levels, level_control) = matching::levels(table, &pairing, &state);
    let judge = Judge::new(table, &state, levels).with_requests(context.others.get(&Kind::Request).copied());
    let measured = kpis::usual(table, if rows.is_empty() { &frame.rows } else { &rows }, &state);
    let own: Vec<Vec<usize>> = versions.iter().map(|version| with_version(table, &frame.rows, version)).collect();
    let report = Report::new(table, &state, versions.clone(), pairing, &judge, &measured);

    let (upstream, upstream_control) = rivals::upstream(context, &frame.rows, &state, &versions);
    controls.extend([upstream_control, matching, level_control]);
    let parity = upstream.as_ref().map(|upstream| {
        let versions = [upstream.clone(), candidate.clone()];
        let pairing = Pairing::new(table, &frame.rows, VERSION, &versions, keys.clone());
        Report::new(table, &state, versions, pairing, &judge, &measured)
    });

    let (first, second) = (own.first().map(Vec::as_slice), own.get(1).map(Vec::as_slice));
    let (base_rows, candidate_rows) = (first.unwrap_or_default(), second.unwrap_or_default());
    let mut cards = cards::cards(&report, candidate_rows);
    cards.extend(parity.as_ref().map(parity_card));
    let settings = context.settings;
    let family = |one: &Configuration| settings.family(report.value(one, "model")).to_owned();
    let accelerator = |one: &Configuration| report.value(one, "accelerator").to_owned();
    let between = Between::new(table, &frame.rows, &report.versions, &keys);
    let mut grids = vec![
        regressions::grid(&report, &judge, &between, context.layout()),
        grids::by_group(&report, "family", "Model family", family),
        grids::by_group(&report, "accelerator", "Accelerator", accelerator),
    ];
    grids.extend(grids::heat(&report, context.layout()));
    grids.extend(parity.as_ref().map(|parity| grids::parity(parity, context.layout())));
    grids.push(rivals::grid(context, &frame.rows, &state, &keys, &judge, &measured, (candidate, upstream.as_deref())));
    grids.push(grids::new(&report, [base_rows, candidate_rows]));
    grids.retain(|grid| !grid.rows.is_empty());

    let mut notes: Vec<String> = words::by_chance(report.by_chance).into_iter().collect();
    notes.extend(report.pairing.by_names.note());
    let unpaired = report.pairing.unpaired.len();
    if unpaired > 0 {
        let count = plural(unpaired as u64, "configuration");
        notes.push(format!("{count} of {baseline} and {candidate} unmatched and not compared; see Compare."));
    }
    if report.pairing.matched.is_empty() && !frame.rows.is_empty() {
        notes.push(format!("{baseline} and {candidate} have no configuration and load in common, so the change is unknown."));
    }
    let loads = judge.levels.words(&pairing::levels(table, &report.pairing.rows()));
    let sentence = format!(
        "{candidate} vs {baseline} (baseline): {}. Change = geometric mean over {loads}; changes below {}% are \
         ignored; SLO: {}.",
        plural(report.pairing.matched.len() as u64, "matching configuration"),
        number::short(judge.threshold()),
        judge.eligibility().words(),
    );
    let axes: Vec<_> = measured.iter().map(Kpi::axis).collect();
    let headline = regressions::headline(&report, judge.threshold());
    let parts = ViewModel { headline, sentence, notes, controls, cards, grids, ..ViewModel::default() };
    frame.finish(context, parts, rows, &axes)
}

/// Configurations that the parity card lists: what a person reads.
const EVIDENCE: usize = 30;

/// What is said of health when there is nothing to compare.
fn unknown() -> Card {
    Card {
        label: "Health".to_owned(),
        value: report::Health::Unknown.word().to_owned(),
        detail: "no matching configurations".to_owned(),
        method: report::RULE.to_owned(),
        ..Card::default()
    }
}

fn with_version(table: &crate::table::Table, rows: &[usize], version: &str) -> Vec<usize> {
    let text = |row: &usize| table.dimension(VERSION).and_then(|column| column.text(*row)).unwrap_or_default();
    rows.iter().copied().filter(|row| text(row) == version).collect()
}

/// Whether the candidate keeps up with upstream.
fn parity_card(report: &Report<'_>) -> Card {
    let all = report.all();
    let score = report.score(&all);
    let (share, _) = health(score);
    let first = report.kpis.first();
    let change = mean_change(report.first(&all).map(|change| change.outcome));
    let tone = match first.map(|by| verdict(change, None, by.better(), report.state.threshold)) {
        Some(Verdict::Better) => Tone::Better,
        Some(Verdict::Worse) => Tone::Worse,
        Some(Verdict::Similar) => Tone::Similar,
        Some(Verdict::Unknown) | None => Tone::Plain,
    };
    let [upstream, _] = &report.versions;
    let behind: Vec<_> = report.first(&all).filter(|change| report::lost(change.outcome)).collect();
    let more = behind.len().saturating_sub(EVIDENCE);
    let line = |change: report::Change<'_>| Evidence {
        text: format!("{}: {}", change.one.label, cells::signed(change.percent)),
        tone: Tone::Worse,
        link: Some(report.compare(change.one, Some(change.by))),
    };
    let words = if more > 0 { format!("All configurations ({more} more behind)") } else { "All configurations".to_owned() };
    let every = Evidence { text: words, tone: Tone::Plain, link: Some(report.compare_all()) };
    Card {
        label: format!("Parity with {upstream}"),
        value: share.map_or_else(|| "unknown".to_owned(), |share| format!("{}%", number::short(share))),
        tone,
        detail: if score.compared() == 0 { "no matching configurations".to_owned() } else { score.words() },
        method: format!(
            "Share of matching configurations in which {} is equal or better. Behind in:",
            first.map(Kpi::title).unwrap_or_default()
        ),
        evidence: behind.into_iter().take(EVIDENCE).map(line).chain([every]).collect(),
    }
}
