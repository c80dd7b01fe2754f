//! Selected requests: the slowest, those that miss the SLO, those that failed, or those in a box drawn on a chart.

use super::columns::{FIGURES, Requests};
use crate::analysis::histogram::Distribution;
use crate::catalog::{metrics, number};
use crate::state::{Axis, Limit, SELECT, ViewState};
use crate::view::explore::LATENCIES;
use crate::view_model::{Choice, Control, Entry};

/// The slowest percent that the menu offers.
const SLOWEST: [f64; 2] = [1.0, 5.0];
/// Fewer requests than this are not told apart by percentiles.
const ENOUGH: usize = 20;
/// How many distances of the quartiles an outlier is above the upper one.
const FAR: f64 = 3.0;
/// More than this share of all are no outliers but a second kind of requests: by the quartiles there can be no more.
const FEW: f64 = 0.25;
/// In the menu: everything.
const ALL: &str = "all";
/// In links: the outliers.
const OUTLIERS: &str = "outliers";

/// What a selected request is.
#[derive(Clone, Debug, PartialEq)]
enum Condition {
    /// Among the slowest percent by the latency shown.
    Slowest(f64),
    /// Far slower than the rest: above the upper quartile by more than [`FAR`] times the distance of the quartiles (Tukey's
    /// outer fence).
    Outlier,
    /// Over a limit of the SLO.
    Missed,
    /// Failed.
    Failed,
    /// With a value of a metric from the first to the second number.
    Within(String, [f64; 2]),
}

impl Condition {
    /// `slowest:1`, `missed`, `failed`, `ttft:300..900`.
    fn read(text: &str) -> Option<Condition> {
        let within = |(metric, range): (&str, &str)| {
            let (low, high) = range.split_once("..")?;
            let ends: [f64; 2] = [low.parse().ok()?, high.parse().ok()?];
            (ends[0] <= ends[1] && ends.iter().all(|end| end.is_finite())).then(|| Condition::Within(metric.to_owned(), ends))
        };
        match (text, text.split_once(':')) {
            (OUTLIERS, _) => Some(Condition::Outlier),
            ("missed", _) => Some(Condition::Missed),
            ("failed", _) => Some(Condition::Failed),
            (_, Some(("slowest", percent))) => {
                percent.parse().ok().filter(|percent| *percent > 0.0 && *percent <= 100.0).map(Condition::Slowest)
            }
            (_, pair) => pair.and_then(within),
        }
    }

    /// Whether there is something to hold requests against.
    fn applies(&self, limits: &Limits<'_>) -> bool {
        match self {
            Condition::Missed => !limits.is_empty(),
            Condition::Within(metric, _) => FIGURES.contains(&metric.as_str()),
            Condition::Slowest(_) | Condition::Outlier | Condition::Failed => true,
        }
    }

    fn words(&self, metric: &str, from: Option<f64>) -> String {
        match self {
            Condition::Slowest(percent) => {
                let from = from.map(|from| format!(" (from {})", number::with_unit(metric, from))).unwrap_or_default();
                format!("the slowest {}% by {}{from}", number::short(*percent), metrics::label(metric))
            }
            Condition::Outlier => {
                let over = from.map(|from| format!(" over {}", number::with_unit(metric, from))).unwrap_or_default();
                format!("far slower than the rest ({}{over})", metrics::label(metric))
            }
            Condition::Missed => "over the SLO".to_owned(),
            Condition::Failed => "failed".to_owned(),
            Condition::Within(metric, [low, high]) => {
                let label = metrics::label(metric);
                // A box can begin before the axis does.
                format!("{label} {}–{}", number::short(low.max(0.0)), number::with_unit(metric, *high))
            }
        }
    }
}

/// The limits of the SLO that hold for a single request: on latencies, whatever the statistic.
pub(super) struct Limits<'a> {
    checked: Vec<(&'a str, &'a Limit)>,
    /// Labels of latencies that have a limit but no figure here.
    pub unchecked: Vec<&'a str>,
}

impl<'a> Limits<'a> {
    pub(super) fn new(state: &'a ViewState, present: &[&str]) -> Limits<'a> {
        let latency = |limit: &'a Limit| match &limit.of {
            Axis::Figure { metric, .. } if LATENCIES.contains(&metric.as_str()) => Some((metric.as_str(), limit)),
            _ => None,
        };
        let (checked, unchecked): (Vec<_>, Vec<_>) =
            state.slo.iter().filter_map(latency).partition(|(metric, _)| present.contains(metric));
        Limits { checked, unchecked: unchecked.into_iter().map(|(metric, _)| metrics::label(metric)).collect() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.checked.is_empty()
    }

    /// Whether a successful request meets all of them; without a value it does not.
    pub(super) fn met(&self, requests: &Requests<'_>, row: usize) -> bool {
        self.checked.iter().all(|(metric, limit)| requests.figure(metric, row).is_some_and(|value| value <= limit.bound))
    }

    /// `TTFT ≤ 200 ms and TPOT ≤ 20 ms`.
    pub(super) fn words(&self) -> String {
        let one =
            |(metric, limit): &(&str, &Limit)| format!("{} ≤ {}", metrics::label(metric), number::with_unit(metric, limit.bound));
        self.checked.iter().map(one).collect::<Vec<_>>().join(" and ")
    }
}

/// The selected requests.
pub(super) struct Selection {
    /// The requests among which is selected, run by run: those that succeeded, or all that finished where failures are
    /// selected.
    pub rows: Vec<usize>,
    /// The run of each.
    pub runs: Vec<u32>,
    /// Whether each is selected.
    pub selected: Vec<bool>,
    /// What they are: `the slowest 1% by TTFT (from 512 ms)`.
    pub words: String,
}

impl Selection {
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.selected.iter().filter(|selected| **selected).count()
    }
}

/// The texts that describe no selection here, in quotes.
pub(super) fn not_understood(texts: &[String], limits: &Limits<'_>) -> Vec<String> {
    let known = |text: &&String| Condition::read(text).is_none_or(|condition| !condition.applies(limits));
    texts.iter().filter(|text| *text != ALL).filter(known).map(|text| format!("“{text}”")).collect()
}

/// The selection that these texts describe; `None` if none of them is a condition.
pub(super) fn of(texts: &[String], requests: &Requests<'_>, metric: &str, limits: &Limits<'_>) -> Option<Selection> {
    let conditions = texts.iter().filter_map(|text| Condition::read(text)).filter(|condition| condition.applies(limits));
    let conditions: Vec<Condition> = conditions.collect();
    if conditions.is_empty() {
        return None;
    }
    let failures = conditions.contains(&Condition::Failed);
    let among = if failures { &requests.finished } else { &requests.succeeded };
    let rows: Vec<usize> = among.iter().flatten().copied().collect();
    let runs = among.iter().enumerate().flat_map(|(run, rows)| rows.iter().map(move |_| run as u32)).collect();
    let mut ok = vec![false; requests.table.rows()];
    requests.succeeded.iter().flatten().for_each(|row| ok[*row] = true);
    let mut selected = vec![true; rows.len()];
    let mut words = Vec::new();
    for condition in &conditions {
        let from = match condition {
            Condition::Slowest(percent) => distribution(requests, metric).map(|all| all.percentile(100.0 - percent)),
            Condition::Outlier => distribution(requests, metric).map(|all| fence(&all)),
            _ => None,
        };
        for (selected, row) in selected.iter_mut().zip(&rows) {
            *selected &= match condition {
                Condition::Slowest(_) => {
                    ok[*row] && requests.figure(metric, *row).zip(from).is_some_and(|(value, from)| value >= from)
                }
                Condition::Outlier => {
                    ok[*row] && requests.figure(metric, *row).zip(from).is_some_and(|(value, from)| value > from)
                }
                Condition::Missed => ok[*row] && !limits.is_empty() && !limits.met(requests, *row),
                Condition::Failed => !ok[*row],
                Condition::Within(metric, [low, high]) => {
                    ok[*row] && requests.figure(metric, *row).is_some_and(|value| (*low..=*high).contains(&value))
                }
            };
        }
        words.push(condition.words(metric, from));
    }
    // Where many are equal a percent of them is not told from the rest.
    let count = selected.iter().filter(|selected| **selected).count();
    if let [Condition::Slowest(percent)] = conditions.as_slice()
        && count as f64 > 2.0 * percent / 100.0 * rows.len() as f64 + 1.0
    {
        words.push("of which many are equal".to_owned());
    }
    Some(Selection { rows, runs, selected, words: words.join(", ") })
}

/// The latency of all successful requests of the runs shown.
fn distribution(requests: &Requests<'_>, metric: &str) -> Option<Distribution> {
    Distribution::new(requests.succeeded.iter().flatten().filter_map(|row| requests.figure(metric, *row)))
}

/// The latency above which a request is an outlier.
fn fence(all: &Distribution) -> f64 {
    let [lower, upper] = [25.0, 75.0].map(|percent| all.percentile(percent));
    upper + FAR * (upper - lower)
}

/// The text of the condition that is told where nothing is selected: the outliers, if there are a few, else the slowest
/// percent (of few requests five).
pub(super) fn tail(requests: &Requests<'_>, metric: &str) -> Option<String> {
    let all = distribution(requests, metric)?;
    let count = all.count() as usize;
    let fence = fence(&all);
    let over = requests.succeeded.iter().flatten().filter_map(|row| requests.figure(metric, *row)).filter(|value| *value > fence);
    let outliers = over.count();
    let percent = if count >= 500 { SLOWEST[0] } else { SLOWEST[1] };
    let condition =
        if outliers >= 3 && outliers as f64 <= FEW * count as f64 { OUTLIERS.to_owned() } else { format!("slowest:{percent}") };
    (count >= ENOUGH).then_some(condition)
}

/// The control. A box drawn on a chart is one of its choices as long as it is there.
pub(super) fn control(state: &ViewState, requests: &Requests<'_>, limits: &Limits<'_>, selection: Option<&Selection>) -> Control {
    let texts = state.options.get(SELECT).cloned().unwrap_or_default();
    let mut choices = vec![Choice::new(ALL, "all requests", "")];
    choices.push(Choice::new(OUTLIERS, "far slower than the rest", ""));
    choices.extend(SLOWEST.map(|percent| Choice::new(&format!("slowest:{percent}"), &format!("slowest {percent}%"), "")));
    if !limits.is_empty() {
        choices.push(Choice::new("missed", "over the SLO", ""));
    }
    if requests.failed() > 0 {
        choices.push(Choice::new("failed", "failed", &requests.failed().to_string()));
    }
    let own = texts.iter().all(|text| choices.iter().any(|choice| choice.value == *text));
    let mut values = if selection.is_some() { texts } else { vec![ALL.to_owned()] };
    if let Some(selection) = selection.filter(|_| !own) {
        choices.push(Choice::new("box", "in the box", &selection.count().to_string()));
        values = vec!["box".to_owned()];
    }
    Control {
        key: SELECT.to_owned(),
        label: "Select".to_owned(),
        help: "Requests to highlight and list; or drag a box on a chart".to_owned(),
        values,
        entry: Entry::Select(choices),
    }
}
