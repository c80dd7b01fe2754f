//! Diagnosis: what limits a server, with the figures that say so.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::diagnosis::{Finding, Rule, Signal, THRESHOLDS, Threshold, Thresholds, Verdict, in_short};
use crate::catalog::dimensions::compare_texts;
use crate::catalog::number::{self, plural};
use crate::comparison::words::told_apart;
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
    let names = Names::of(&subjects);
    // The surest first; in the order of the rules, then by name, c8 before c16.
    let by_name = |a: &Subject, b: &Subject| compare_texts(&names.whole(a), &names.whole(b));
    found.order_by(|a, b| b.1.verdict.cmp(&a.1.verdict).then(a.1.rule.cmp(&b.1.rule)).then_with(|| by_name(a.0, b.0)));
    let rows = frame.rows.clone();
    let parts = ViewModel {
        headline: (!found.is_empty()).then(|| headline(&found, &names)),
        sentence: sentence(&subjects, &sources, measured.as_ref().map_or(0, |(_, rows)| rows.len())),
        notes: std::iter::once("No verdict rests on one figure alone: a full KV cache is normal where nothing waits.".to_owned())
            .chain(wrong(&state))
            .chain(super::cut(context, &frame))
            .collect(),
        cards: cards(&found, &names, &state, &sources),
        cards_first: true,
        grids: if found.is_empty() {
            Vec::new()
        } else {
            vec![grid(&found, &names, context), threshold_grid(&state, &thresholds)]
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

/// Letters up to which a run's name stands whole.
const WHOLE: usize = 16;

/// What subjects are called: the shortest names that tell their runs apart; nothing where there is only one.
struct Names {
    /// By name of a run the shorter one.
    runs: BTreeMap<String, String>,
    several: bool,
}

impl Names {
    fn of(subjects: &[Subject]) -> Names {
        let runs: BTreeSet<String> = subjects.iter().map(|subject| subject.run.clone()).filter(|run| !run.is_empty()).collect();
        let runs: Vec<String> = runs.into_iter().collect();
        let short = told_apart(&runs, WHOLE);
        // The only run need not be named beside its engines.
        let short = if runs.len() > 1 { short } else { vec![String::new(); runs.len()] };
        Names { runs: runs.into_iter().zip(short).collect(), several: subjects.len() > 1 }
    }

    fn joined(&self, run: &str, engine: &str) -> String {
        let parts: Vec<&str> = [run, engine].into_iter().filter(|part| !part.is_empty() && self.several).collect();
        parts.join(", ")
    }

    fn short(&self, subject: &Subject) -> String {
        self.joined(self.runs.get(&subject.run).map_or("", String::as_str), &subject.engine)
    }

    fn whole(&self, subject: &Subject) -> String {
        self.joined(&subject.run, &subject.engine)
    }

    /// Whether there is anything to call subjects by.
    fn tell(&self, found: &[(&Subject, &Finding)]) -> bool {
        found.iter().any(|(subject, _)| !self.short(subject).is_empty())
    }
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

fn headline(found: &[(&Subject, &Finding)], names: &Names) -> Headline {
    let named: Vec<(String, &Finding)> = found.iter().map(|(subject, found)| (names.short(subject), *found)).collect();
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
fn cards(found: &[(&Subject, &Finding)], names: &Names, state: &ViewState, sources: &[Source]) -> Vec<Card> {
    let mut advised = BTreeSet::new();
    let card = |(subject, found): &(&Subject, &Finding)| {
        let of = names.short(subject);
        // Advice that several findings share appears with the first only.
        let advice = if advised.insert(found.rule) { found.rule.advice() } else { "" };
        let signal = |signal: &Signal| Evidence { text: marked(signal), tone: Tone::Plain, link: None };
        let mut evidence: Vec<Evidence> = found.signals.iter().map(signal).collect();
        if let Some(link) = place(found, subject, state, sources) {
            evidence.push(Evidence { text: "Show the time in the metrics".to_owned(), tone: Tone::Plain, link: Some(link) });
        }
        Card {
            label: if of.is_empty() { found.rule.label().to_owned() } else { format!("{}, {of}", found.rule.label()) },
            value: found.verdict.label().to_owned(),
            tone: tone(found.verdict),
            detail: {
                let why = if found.remark.is_empty() { found.because() } else { found.remark.clone() };
                let why = why.trim_end_matches('.');
                if why.is_empty() { advice.to_owned() } else { format!("{why}. {advice}").trim_end().to_owned() }
            },
            evidence,
            ..Card::default()
        }
    };
    found.iter().filter(|(_, found)| found.verdict >= Verdict::Likely).take(12).map(card).collect()
}

fn grid(found: &[(&Subject, &Finding)], names: &Names, context: &Context<'_>) -> Grid {
    let mut columns = vec![
        Column::text("rule", "Rule"),
        Column::text("verdict", "Verdict"),
        Column::text("advice", "What helps, or what is missing"),
        Column::text("evidence", "Figures"),
    ];
    let named = names.tell(found);
    if named {
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
            GridCell::text(advice.as_str()).hinted(advice),
            GridCell::text(evidence.as_str()).hinted(signals.join("\n")),
        ];
        if named {
            cells.insert(0, GridCell::text(names.short(subject)).hinted(names.whole(subject)));
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
