//! Diagnosis: what limits a server, with the figures that say so.

use std::collections::BTreeSet;

use crate::analysis::diagnosis::{Finding, Rule, Signal, THRESHOLDS, Threshold, Thresholds, Verdict, in_short};
use crate::catalog::dimensions::compare_texts;
use crate::catalog::number::{self, plural};
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::record::Kind;
use crate::sorting::Sorting;
use crate::state::link::{VERSION, encode};
use crate::state::{ViewState, Zoom};
use crate::telemetry::{self, Clock, Source, Subject};
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{Card, Column, Evidence, Grid, GridCell, Headline, Tone, ViewModel};

/// What limits a server.
pub(crate) static DIAGNOSIS: View = View {
    about: &About {
        id: "server",
        tab: &tabs::SERVER,
        label: "Diagnosis",
        purpose: "Why it is slow: KV cache, scheduler, compute, memory bandwidth, prefill, load generator, throttling, errors",
        kind: None,
        accepted_kinds: &[Kind::Sample, Kind::Measurement, Kind::Request],
        extra_kinds: &[Kind::Sample, Kind::Counter, Kind::Measurement, Kind::Request],
        ..About::MEASUREMENTS
    },
    show,
};

/// Prefix of a threshold's key among the options of a link.
const OPTION: &str = "limit-";

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let frame = Frame::new(context, asked, &[]);
    let state = frame.state.clone();
    let sources = super::sources(context, &frame);
    let [measured, requests] = [Kind::Measurement, Kind::Request].map(|kind| frame.within(context, kind));
    let thresholds = thresholds(&state);
    let subjects = telemetry::subjects(
        &sources,
        measured.as_ref().map(|(table, rows)| (*table, rows.as_slice())),
        requests.as_ref().map(|(table, rows)| (*table, rows.as_slice())),
        &state,
        &thresholds,
    );
    let mut found: Vec<(&Subject, &Finding)> =
        subjects.iter().flat_map(|subject| subject.findings.iter().map(move |found| (subject, found))).collect();
    // The surest first; in the order of the rules, then by name, c8 before c16.
    let several = subjects.len() > 1;
    let by_name = |a: &Subject, b: &Subject| compare_texts(&name(a, several), &name(b, several));
    found.order_by(|a, b| b.1.verdict.cmp(&a.1.verdict).then(a.1.rule.cmp(&b.1.rule)).then_with(|| by_name(a.0, b.0)));
    let rows = frame.rows.clone();
    let parts = ViewModel {
        headline: (!found.is_empty()).then(|| headline(&found, several)),
        sentence: sentence(&subjects, &sources, measured.as_ref().map_or(0, |(_, rows)| rows.len())),
        notes: std::iter::once("No verdict rests on one figure alone: a full KV cache is normal where nothing waits.".to_owned())
            .chain(wrong(&state))
            .chain(super::cut(context, &frame))
            .collect(),
        cards: cards(&found, several, &state, &sources),
        cards_first: true,
        grids: if found.is_empty() {
            Vec::new()
        } else {
            vec![grid(&found, several, context), threshold_grid(&state, &thresholds)]
        },
        ..ViewModel::default()
    };
    frame.finish(context, parts, rows, &[])
}

/// The thresholds, as far as the link sets them.
fn thresholds(state: &ViewState) -> Thresholds {
    let mut thresholds = Thresholds::default();
    for row in THRESHOLDS {
        if let Some(value) = state.number(&format!("{OPTION}{}", row.key)) {
            thresholds.set(row.key, value);
        }
    }
    thresholds
}

/// Thresholds of the link that are none, or no numbers.
fn wrong(state: &ViewState) -> Vec<String> {
    let set = |key: &&String| THRESHOLDS.iter().any(|row| format!("{OPTION}{}", row.key) == **key) && state.number(key).is_some();
    let wrong = state.options.keys().filter(|key| key.starts_with(OPTION) && !set(key));
    wrong.map(|key| format!("“{key}={}” in the link sets no threshold.", state.option(key).unwrap_or_default())).collect()
}

/// The thresholds, each editable.
fn threshold_grid(state: &ViewState, thresholds: &Thresholds) -> Grid {
    let row = |row: &Threshold| {
        let key = format!("{OPTION}{}", row.key);
        let mut without = state.clone();
        without.set_option(&key, Vec::new());
        let query = encode(&without);
        let query = if query.is_empty() { format!("?v={VERSION}") } else { query };
        let value = thresholds.get(row.key);
        let cell = GridCell::number(number::short(value), value).editable(format!("{query}&o.{key}={{value}}"));
        vec![
            GridCell::text(row.label),
            if value == row.default {
                cell
            } else {
                cell.toned(Tone::Doubt).hinted(format!("default: {}", number::short(row.default)))
            },
            GridCell::text(row.unit),
        ]
    };
    Grid {
        key: "thresholds".to_owned(),
        title: "Thresholds".to_owned(),
        note: "Click a value to change it; the link keeps it.".to_owned(),
        columns: vec![Column::text("threshold", "Threshold"), Column::figure("value", "Value", ""), Column::text("unit", "Unit")],
        rows: THRESHOLDS.iter().map(row).collect(),
        ..Grid::default()
    }
}

fn name(subject: &Subject, several: bool) -> String {
    let names: Vec<&str> =
        [&subject.run, &subject.engine].into_iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
    if several { names.join(", ") } else { String::new() }
}

/// A signal with whether it holds: the same sign in cards and in the table.
fn marked(signal: &Signal) -> String {
    let mark = match signal.holds {
        Some(true) => "✓",
        Some(false) => "✗",
        None => "?",
    };
    format!("{mark} {} ({})", signal.in_words(), signal.bound)
}

fn headline(found: &[(&Subject, &Finding)], several: bool) -> Headline {
    let named: Vec<(String, &Finding)> = found.iter().map(|(subject, found)| (name(subject, several), *found)).collect();
    let worst = found.iter().map(|(_, found)| found.verdict).max();
    Headline { text: in_short(&named), tone: worst.map_or(Tone::Plain, tone) }
}

fn sentence(subjects: &[Subject], sources: &[Source], measured: usize) -> String {
    let gpus = telemetry::count_gpus(sources.iter().filter(|source| source.gpu));
    let engines = sources.iter().filter(|source| !source.gpu).count();
    let of: Vec<String> = [(measured, "measurement"), (engines, "engine"), (gpus, "GPU")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| plural(count as u64, what))
        .collect();
    let runs = subjects.iter().map(|subject| subject.run.as_str()).collect::<BTreeSet<&str>>().len();
    let each = subjects.iter().filter(|subject| !subject.engine.is_empty()).count();
    let each = if each > 0 { ", those of KV cache and admission on each engine" } else { "" };
    format!("{} on {}{each}. Read: {}.", plural(Rule::ALL.len() as u64, "rule"), plural(runs as u64, "run"), of.join(", "))
}

const fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Confirmed => Tone::Worse,
        Verdict::Likely => Tone::Doubt,
        Verdict::NotSeen | Verdict::InsufficientData => Tone::Plain,
    }
}

/// The link to the metrics at the time that shows a finding.
fn place(found: &Finding, subject: &Subject, state: &ViewState, sources: &[Source]) -> Option<String> {
    let source = sources.get(subject.source?)?;
    let (first, last) = (found.marks.iter().copied().reduce(f64::min)?, found.marks.iter().copied().reduce(f64::max)?);
    if source.clock != Clock::Date || first >= last {
        return None;
    }
    let view = if found.rule == Rule::ThermalPowerThrottle { "server/gpus" } else { "server/metrics" };
    let mut there = ViewState { view: view.to_owned(), ..state.clone() };
    let margin = 0.1 * (last - first);
    let x = [1000.0 * (first - margin), 1000.0 * (last + margin)];
    there.zoom = Some(Zoom { x, ..Zoom::between([x[0], 0.0], [x[1], 0.0]) });
    there.set_option("clock", vec!["absolute".to_owned()]);
    let query = encode(&there);
    Some(if query.is_empty() { format!("?v={VERSION}") } else { query })
}

/// Confirmed and likely findings.
fn cards(found: &[(&Subject, &Finding)], several: bool, state: &ViewState, sources: &[Source]) -> Vec<Card> {
    let card = |(subject, found): &(&Subject, &Finding)| {
        let of = name(subject, several);
        let signal = |signal: &Signal| Evidence { text: marked(signal), tone: Tone::Plain, link: None };
        let mut evidence: Vec<Evidence> = found.signals.iter().map(signal).collect();
        if let Some(link) = place(found, subject, state, sources) {
            evidence.push(Evidence { text: "Show the time in the metrics".to_owned(), tone: Tone::Plain, link: Some(link) });
        }
        Card {
            label: if of.is_empty() { found.rule.label().to_owned() } else { format!("{}, {of}", found.rule.label()) },
            value: found.verdict.label().to_owned(),
            tone: tone(found.verdict),
            detail: if found.remark.is_empty() { found.because() } else { found.remark.clone() },
            method: found.rule.advice().to_owned(),
            evidence,
        }
    };
    found.iter().filter(|(_, found)| found.verdict >= Verdict::Likely).take(12).map(card).collect()
}

fn grid(found: &[(&Subject, &Finding)], several: bool, context: &Context<'_>) -> Grid {
    let mut columns = vec![
        Column::text("rule", "Rule"),
        Column::text("verdict", "Verdict"),
        Column::text("evidence", "Figures"),
        Column::text("advice", "What helps, or what is missing"),
    ];
    if several {
        columns.insert(0, Column::text("subject", "Run or engine"));
    }
    let row = |_: usize, (subject, found): &(&Subject, &Finding), _: crate::query::listing::Detail| {
        let signals: Vec<String> = found.signals.iter().map(marked).collect();
        let advice = match found.verdict {
            Verdict::Confirmed | Verdict::Likely => format!("{} {}", found.remark, found.rule.advice()).trim().to_owned(),
            Verdict::InsufficientData => format!("{} Needs {}.", found.remark, found.rule.needs()).trim().to_owned(),
            Verdict::NotSeen => found.remark.clone(),
        };
        let evidence = signals.join("; ");
        let mut cells = vec![
            GridCell::text(found.rule.label()),
            GridCell::text(found.verdict.label()).toned(tone(found.verdict)),
            GridCell::text(evidence.as_str()).hinted(signals.join("\n")),
            GridCell::text(advice.as_str()).hinted(advice),
        ];
        if several {
            cells.insert(0, GridCell::text(name(subject, several)));
        }
        cells
    };
    let heading = Grid {
        key: "rules".to_owned(),
        title: "All rules".to_owned(),
        note: "✓ holds, ✗ does not, ? is not known.".to_owned(),
        columns,
        ..Grid::default()
    };
    context.layout().list(heading, found, row)
}
