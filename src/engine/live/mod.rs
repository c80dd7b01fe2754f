//! Reads the series of a server that speaks Prometheus' HTTP API: which names it has, for the pickers which values, how
//! often it samples, and then what the views draw and nothing else.
//!
//! Samples come as they were scraped as long as the screen can show them; beyond that the server thins them out to a step.

pub mod api;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use self::api::Answer;
use super::import::{Imported, Instructions, import_all};
use crate::catalog::{dimensions, server_panels};
use crate::record::{Diagnostic, Place, Severity};
use crate::source::Source;
use crate::source::refusal::Refusal;
use crate::state::live::{Live, duration};

/// The prefixes of servers and GPUs that the views know.
const FAMILIES: &str = "(vllm|sglang|trtllm|dynamo|llm_d_epp|inference_objective|inference_model|DCGM_FI)[:_].+";
/// Labels to choose by, in their order, and what they are called.
const PICKED: [(&str, &str); 8] = [
    ("model_name", "Model"),
    ("namespace", "Namespace"),
    ("job", "Job"),
    ("pod", "Pod"),
    ("instance", "Instance"),
    ("Hostname", "Node"),
    ("hostname", "Node"),
    ("gpu", "GPU"),
];
/// Gauges of which there is one series for each engine or GPU: they tell which there are, and how often they are sampled.
const ANCHORS: [&str; 4] = ["num_requests_running", "num_running_reqs", "inflight_requests", "DCGM_FI_DEV_"];
/// Values of a label at most.
const MAX_VALUES: usize = 500;
/// Samples of a series that a screen can show.
const POINTS: f64 = 1200.0;
/// Points of a series when the server thins out, and samples of all series at most.
const STEPS: (f64, f64) = (60.0, 600.0);
const MAX_SAMPLES: f64 = 1_500_000.0;
/// Times over which scrapes are counted, in seconds.
const LOOKS: [u32; 2] = [60, 900];
/// Characters of a selector's names: addresses have to stay below 8 KiB.
const MAX_NAMES: usize = 1500;
/// Steps in seconds, as people read them.
const NICE: [u32; 17] = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400];

/// How long one answer may take, in milliseconds.
pub const PATIENCE_MS: u32 = 60_000;
/// The token cannot be sent.
pub const TOKEN: Refusal =
    Refusal::Never("The token has characters that cannot be sent.", "Paste it again, without line breaks.");

/// The finding about an answer that did not come.
pub fn unanswered(refusal: &Refusal, address: &str) -> Diagnostic {
    let finding = refusal.finding(address);
    let hint = match refusal {
        Refusal::Blocked => {
            "Open the address in a new tab. If it answers there, allow this page's origin (Prometheus: --web.cors.origin; a proxy: \
             Access-Control-Allow-Origin and, with a token, Access-Control-Allow-Headers: Authorization)."
        }
        Refusal::Late => "Choose a shorter time or fewer labels, or try again.",
        Refusal::Broken | Refusal::TooLarge(_) => "Try again, or choose a shorter time.",
        Refusal::Policy
        | Refusal::Insecure
        | Refusal::Status(..)
        | Refusal::Limited(_)
        | Refusal::WebPage
        | Refusal::Pointer(_)
        | Refusal::Unexpected(_)
        | Refusal::Never(..) => return finding,
    };
    Diagnostic { hint: hint.to_owned(), ..finding }
}

/// What is known of a server after a read, for the page's pickers and its words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// Labels to choose by: the label, what it is called, its values.
    pub labels: Vec<(String, String, Vec<String>)>,
    /// How many series were read.
    pub series: usize,
    /// Seconds between two samples.
    pub step: f64,
    /// Whether samples are as they were scraped.
    pub raw: bool,
    /// The time read, in seconds since 1970.
    pub range: (f64, f64),
    /// When it was read, in seconds since 1970.
    pub at: f64,
}

/// Reads a server at the moment `now` (seconds since 1970). `fetch` gets an address. Never fails: what went wrong is in the
/// report.
pub async fn import_live(
    live: &Live,
    now: f64,
    how: Instructions<'_>,
    fetch: impl AsyncFn(&str) -> Result<Answer, Diagnostic>,
    mut on_progress: impl FnMut(f64),
) -> (Vec<Imported>, Overview) {
    let mut overview = Overview { range: live.span.range(now), at: now, ..Overview::default() };
    let name = name(live);
    match read(live, &fetch, &mut overview, &mut on_progress).await {
        Ok((text, warnings)) => {
            let mut imported = import_all(Source::new(name, text.into_bytes()), how, |_| {});
            if let Some(first) = imported.first_mut() {
                first.report.diagnostics.extend(warnings);
            }
            (imported, overview)
        }
        Err(finding) => (vec![Imported::failed(&name, finding)], overview),
    }
}

/// What a server is called in lists of files: its host.
pub fn name(live: &Live) -> String {
    live.url.split_once("://").map_or(live.url.as_str(), |(_, rest)| rest).to_owned()
}

/// The series as one answer of the API, and warnings.
async fn read(
    live: &Live,
    fetch: &impl AsyncFn(&str) -> Result<Answer, Diagnostic>,
    overview: &mut Overview,
    on_progress: &mut impl FnMut(f64),
) -> Result<(String, Vec<Diagnostic>), Diagnostic> {
    let (from, to) = overview.range;
    let (from_text, to_text) = (instant(from), instant(to));
    let ask = async |path: &str, parameters: &[(&str, &str)]| fetch(&api::request(&live.url, path, parameters)).await;

    let families = format!("{{__name__=~\"{FAMILIES}\"}}");
    let within = [("match[]", families.as_str()), ("start", &from_text), ("end", &to_text)];
    let names: Vec<String> = api::list(&ask("label/__name__/values", &within).await?)?;
    let names: BTreeSet<&str> = names.iter().map(String::as_str).filter(|name| server_panels::reads(name)).collect();
    let Some(some) = names.first() else { return Err(nothing(live)) };
    on_progress(0.05);

    let anchors: Vec<&str> = names.iter().copied().filter(|name| ANCHORS.iter().any(|anchor| name.contains(anchor))).collect();
    let anchors = if anchors.is_empty() { vec![*some] } else { anchors };
    let every = api::selector(anchors.iter().copied(), &BTreeMap::new());
    let within = [("match[]", every.as_str()), ("start", &from_text), ("end", &to_text)];
    let sets: Vec<BTreeMap<String, String>> = api::list(&ask("series", &within).await?)?;
    overview.labels = labels(&sets);
    on_progress(0.1);

    let chosen = api::selector(anchors.iter().copied(), &live.only);
    let all = api::selector(names.iter().copied(), &live.only);
    // Of the last minute, or, where that has fewer than two scrapes, of a quarter of an hour.
    let mut interval = None;
    for look in LOOKS {
        let sampled = format!("max(count_over_time({chosen}[{look}s]))");
        let samples = api::number(&ask("query", &[("query", &sampled), ("time", &to_text)]).await?)?;
        interval = samples.map(|samples| f64::from(look) / samples);
        if samples.is_some_and(|samples| samples >= 2.0) {
            break;
        }
    }
    let count = match all.len() <= 2 * MAX_NAMES {
        true => api::number(&ask("query", &[("query", &format!("count({all})")), ("time", &to_text)]).await?)?,
        false => None,
    };
    on_progress(0.15);
    let count = count.unwrap_or((sets.len() * names.len()) as f64 / anchors.len() as f64).max(1.0);
    let resolution = Resolution::of(to - from, interval, count);
    (overview.step, overview.raw) = (resolution.step, resolution.raw);

    let batches = batches(&names);
    let (mut texts, mut warnings) = (Vec::new(), BTreeSet::new());
    for (at, batch) in batches.iter().enumerate() {
        let selector = api::selector(batch.iter().copied(), &live.only);
        let answer = if resolution.raw {
            let raw = format!("{selector}[{}s]", (to - from).ceil() as u64);
            ask("query", &[("query", raw.as_str()), ("time", &to_text)]).await?
        } else {
            // On multiples of the step, so that two reads see the same samples.
            let step = resolution.step;
            let (start, end) = (instant((from / step).floor() * step), instant((to / step).floor() * step));
            let parameters =
                [("query", selector.as_str()), ("start", start.as_str()), ("end", &end), ("step", &step.to_string())];
            ask("query_range", &parameters).await?
        };
        let (text, series, said) = api::series(&answer)?;
        if overview.series == 0 && resolution.raw {
            overview.step = api::interval(&answer).unwrap_or(resolution.step);
        }
        overview.series += series;
        warnings.extend(said);
        texts.extend(Some(text).filter(|text| !text.is_empty()));
        on_progress(0.15 + 0.75 * (at + 1) as f64 / batches.len() as f64);
    }
    if texts.is_empty() {
        return Err(nothing(live));
    }
    let warnings = warnings.into_iter().take(5).map(|said| {
        let said: String = said.chars().take(300).collect();
        Diagnostic::new(Severity::Warning, Place::File, format!("The server warns: {said}"), "Figures may be incomplete.")
    });
    let text =
        format!("{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\",\"result\":[\n{}\n]}}}}", texts.join(",\n"));
    Ok((text, warnings.collect()))
}

/// Seconds since 1970, to the millisecond.
fn instant(seconds: f64) -> String {
    format!("{seconds:.3}")
}

/// Said where a server has nothing that is drawn.
fn nothing(live: &Live) -> Diagnostic {
    let span = match live.span {
        crate::state::live::Span::Last(seconds) => format!("in the last {}", duration(seconds)),
        crate::state::live::Span::Between(..) => "in this time".to_owned(),
    };
    let chosen = if live.only.is_empty() { "" } else { " for what is chosen" };
    let message =
        format!("The server answers, but has no series of vLLM, SGLang, TensorRT-LLM, Dynamo, llm-d or DCGM {span}{chosen}.");
    Diagnostic::new(
        Severity::Error,
        Place::File,
        message,
        "Choose a longer time or fewer labels; check in Prometheus (Status, Targets) that the servers are scraped.",
    )
}

/// Labels that tell series apart, with their values in order.
fn labels(sets: &[BTreeMap<String, String>]) -> Vec<(String, String, Vec<String>)> {
    let row = |(label, title): (&str, &str)| {
        let values: BTreeSet<&str> = sets.iter().filter_map(|set| set.get(label)).map(String::as_str).collect();
        let mut values: Vec<String> = values.into_iter().filter(|value| !value.is_empty()).map(str::to_owned).collect();
        values.sort_by(|a, b| dimensions::compare_texts(a, b));
        values.truncate(MAX_VALUES);
        (values.len() > 1).then(|| (label.to_owned(), title.to_owned(), values))
    };
    PICKED.into_iter().filter_map(row).collect()
}

/// How finely series are read.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Resolution {
    /// Seconds between two samples.
    step: f64,
    /// As they were scraped.
    raw: bool,
}

impl Resolution {
    /// For a range in seconds, the interval of scrapes where it is known, and the number of series.
    fn of(range: f64, interval: Option<f64>, series: f64) -> Resolution {
        let interval = interval.filter(|interval| *interval > 0.0);
        if let Some(step) = interval.filter(|step| range / step <= POINTS && series * range / step <= MAX_SAMPLES) {
            return Resolution { step, raw: true };
        }
        let points = (MAX_SAMPLES / series).clamp(STEPS.0, STEPS.1);
        let least = (range / points).max(interval.unwrap_or(1.0));
        let nice = NICE.into_iter().map(f64::from).find(|nice| *nice >= least);
        Resolution { step: nice.unwrap_or_else(|| (least / 86_400.0).ceil() * 86_400.0), raw: false }
    }
}

/// Names in groups that fit into an address; the parts of a histogram stay together.
fn batches<'n>(names: &BTreeSet<&'n str>) -> Vec<Vec<&'n str>> {
    let mut batches: Vec<Vec<&str>> = Vec::new();
    let mut length = usize::MAX;
    for name in names {
        length = length.saturating_add(name.len() + 1);
        if length > MAX_NAMES {
            batches.push(Vec::new());
            length = name.len();
        }
        batches.last_mut().into_iter().for_each(|batch| batch.push(name));
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_raw_while_the_screen_can_show_them() {
        let of = Resolution::of;
        assert_eq!(of(3600.0, Some(15.0), 100.0), Resolution { step: 15.0, raw: true });
        // 24 h every 5 s: 17,280 samples; 144 s and more between two of 600.
        assert_eq!(of(86_400.0, Some(5.0), 50.0), Resolution { step: 300.0, raw: false });
        // Never below the interval of scrapes, where values would be repeated.
        assert_eq!(of(86_400.0, Some(400.0), 50_000.0), Resolution { step: 1800.0, raw: false });
        assert_eq!(of(3600.0, None, 50.0), Resolution { step: 10.0, raw: false });
        // A server never gets a query of more than 11,000 points.
        for range in [60.0, 3600.0, 86_400.0 * 366.0] {
            for interval in [None, Some(1.0), Some(60.0)] {
                for series in [1.0, 1e6] {
                    let found = of(range, interval, series);
                    assert!(range / found.step <= 1200.0, "{range} {interval:?} {series}: {found:?}");
                }
            }
        }
    }

    #[test]
    fn batches_fit_into_an_address() {
        let names: Vec<String> = (0..200).map(|at| format!("vllm:a_rather_long_name_{at:03}_seconds_bucket")).collect();
        let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        let found = batches(&names);
        assert!(found.iter().all(|batch| batch.join("|").len() <= MAX_NAMES + 1));
        assert_eq!(found.concat(), names.into_iter().collect::<Vec<_>>());
    }
}
