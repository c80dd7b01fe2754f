//! The rate match of a run: per load window and overall, with a suggested worker ratio.

use super::part::{self, Part};
use super::request_limits::RequestLimits;
use super::sides::{self, Lengths, Side, Tokens};
use crate::analysis::bins::{self, Steps};
use crate::analysis::rate_match::{self, Signs, Verdict};
use crate::catalog::number::{column, plural, short};
use crate::record::Stat;
use crate::runs::choice::{RUNS, WINDOW};
use crate::runs::process::Source;
use crate::runs::run::Run;
use crate::state::ViewState;
use crate::state::link::encode;
use crate::table::Table;
use crate::view_model::{Card, Column, Evidence, Grid, GridCell, Tone};

/// A run with rates of both sides.
pub(super) struct Matched<'a> {
    pub run: &'a Run,
    /// The lengths of all its requests.
    pub lengths: Lengths,
    /// The steps of the chart.
    pub steps: Steps,
    pub prefill: Side,
    pub decode: Side,
    /// Each load window except warm-ups.
    pub parts: Vec<Part>,
}

/// A run without rates.
pub(super) struct Unmatched {
    name: String,
    reason: String,
}

/// Matches a run, or returns why it cannot.
pub(super) fn of<'a>(
    table: &Table,
    measurements: Option<&Table>,
    run: &'a Run,
    tokens: &Tokens<'_>,
    request_limits: &RequestLimits<'_>,
    width: f64,
) -> Result<Matched<'a>, Unmatched> {
    let refused = |reason: &str| Unmatched { name: run.name.clone(), reason: reason.to_owned() };
    let has = |role: &str| run.sources.iter().any(|source| source.role == role);
    match (has("prefill"), has("decode"), has("agg")) {
        (true, true, _) => {}
        (false, false, true) => return Err(refused("Aggregated: every worker does both prefill and decode.")),
        (true, false, _) => return Err(refused("No decode worker reports rates.")),
        (false, true, _) => return Err(refused("No prefill worker reports rates.")),
        (false, false, false) => {
            return Err(refused("Unknown worker roles: no file states which workers prefill and which decode."));
        }
    }
    let Some(lengths) = sides::of_run(table, measurements, run) else {
        return Err(refused("Unknown ISL and OSL: load the run's results or metadata."));
    };
    let moments = || run.sources.iter().flat_map(|source| [source.moments.first(), source.moments.last()]).flatten();
    let span = moments().fold((f64::MAX, f64::MIN), |(from, to), moment| (from.min(moment.at), to.max(moment.at)));
    let width = width.max(bins::width(span.1 - span.0, 0.0));
    let steps = Steps::over(run.origin, span.0, span.1, width);
    let completed = |row: usize| measurements?.figures("rps", Stat::Mean)?.get(row);
    let part = |level: &str, row: Option<usize>, (from, to): (f64, f64), lengths: Lengths| {
        let steps = Steps::within(from, to, width);
        let sources: Vec<Source> = run.sources.iter().map(|source| source.within(from, to)).collect();
        let signs = Signs {
            waiting: tokens.waiting(&sources, &steps),
            full: tokens.full(&sources, &steps, request_limits, &run.id),
            completed: row.and_then(completed),
        };
        let tokens = tokens.rates(&sources, from, to);
        Part { level: level.to_owned(), seconds: to - from, lengths, tokens, signs }
    };
    let of_window = |window: &crate::runs::load_windows::Window| {
        let lengths = sides::lengths(measurements, window).unwrap_or(lengths);
        part(&window.level, Some(window.row), (window.from, window.to), lengths)
    };
    let mut parts: Vec<Part> = run.windows.iter().filter(|window| !window.warm_up).map(of_window).collect();
    if parts.is_empty() {
        parts.push(part("whole run", None, span, lengths));
    }
    let (prefill, decode) = (tokens.prefill(&run.sources, &steps), tokens.decode(&run.sources, &steps));
    Ok(Matched { run, lengths, steps, prefill, decode, parts })
}

impl Matched<'_> {
    /// The underlying rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = usize> {
        let both = self.run.sources.iter().filter(|source| matches!(source.role.as_str(), "prefill" | "decode"));
        both.flat_map(|source| &source.moments).map(|moment| moment.row)
    }

    /// All load windows together, by their time.
    pub(super) fn overall(&self) -> Option<Part> {
        part::combine(&self.parts, self.lengths)
    }

    /// Capacity of one worker of each side, in requests per second, and whether it was at its limit: its rate while it had a
    /// queue, or else its busiest rate during load windows, which is a lower bound.
    fn capacities(&self, threshold: f64) -> [Option<(f64, bool)>; 2] {
        let windows: Vec<_> = self.run.windows.iter().filter(|window| !window.warm_up).collect();
        let measured = |step: usize| {
            let middle = self.steps.middle(step);
            windows.is_empty() || windows.iter().any(|window| window.from <= middle && middle <= window.to)
        };
        let of = |at: usize, side: &Side, length: f64| {
            let limited = self.parts.iter().filter(|part| part.limits(at, threshold));
            let most = limited.map(|part| part.requests()[at] / side.workers.len().max(1) as f64).max_by(f64::total_cmp);
            let busiest = || rate_match::capacity(&side.workers, measured).map(|tokens| (tokens / length, false));
            most.map(|rate| (rate, true)).or_else(busiest)
        };
        [of(0, &self.prefill, self.lengths.input), of(1, &self.decode, self.lengths.output)]
    }

    /// The verdict, and the suggested worker ratio.
    pub(super) fn cards(&self, threshold: f64) -> Vec<Card> {
        let name = &self.run.name;
        let workers = [self.prefill.workers.len(), self.decode.workers.len()];
        let Some((ratio, all)) = self.overall().and_then(|all| Some((all.ratio()?, all))) else {
            let detail = "No prompt tokens were computed while a load level was measured.".to_owned();
            return vec![Card {
                label: name.clone(),
                value: "no match".to_owned(),
                detail,
                tone: Tone::Doubt,
                ..Card::default()
            }];
        };
        let (verdict, sign) = rate_match::bottleneck(all.requests(), threshold, &all.signs);
        let mark = if self.lengths.nominal { "~" } else { "" };
        let [prefill, decode] = all.requests();
        let basis = if self.lengths.nominal { "requested, not measured" } else { "measured" };
        let evidence = |text: String| Evidence { text, tone: Tone::Plain, link: None };
        let mut cards = vec![Card {
            label: name.clone(),
            value: format!("{mark}{} · {}", short(ratio), verdict.word()),
            tone: match verdict {
                Verdict::Untold => Tone::Doubt,
                _ if self.lengths.nominal => Tone::Doubt,
                Verdict::Balanced => Tone::Similar,
                _ => Tone::Worse,
            },
            detail: format!(
                "{}; {}; decode {} req/s ÷ prefill {} req/s",
                all.because(sign),
                verdict.advice(),
                short(decode),
                short(prefill)
            ),
            method: "(Generated tokens of all decode workers ÷ mean OSL) ÷ (new and cached prompt tokens of all prefill workers ÷ mean ISL), \
                     while load levels were measured. If both rates agree, as in any steady state, the bottleneck is the side with the \
                     longer queue, or the side whose workers run at their request limit."
                .to_owned(),
            evidence: vec![
                evidence(self.by_level(threshold)),
                evidence(format!("{} prompt tok/s of {}", short(all.tokens[0]), plural(workers[0] as u64, "prefill worker"))),
                evidence(format!("{} generated tok/s of {}", short(all.tokens[1]), plural(workers[1] as u64, "decode worker"))),
                evidence(format!("ISL {}, OSL {}, {basis}", column(self.lengths.input), column(self.lengths.output))),
            ],
        }];
        cards.extend(self.suggestion(workers, threshold));
        cards
    }

    /// The verdict of each load window, as text.
    fn by_level(&self, threshold: f64) -> String {
        let word = |part: &Part| Some(format!("{}: {}", part.level, part.verdict(threshold)?.0.word()));
        self.parts.iter().filter_map(word).collect::<Vec<_>>().join("; ")
    }

    /// The suggested worker ratio. A side that never reached its limit only has a lower bound of capacity, so the ratio is
    /// a bound too. `None` if neither side reached its limit.
    fn suggestion(&self, workers: [usize; 2], threshold: f64) -> Option<Card> {
        let [(prefill, prefill_full), (decode, decode_full)] = self.capacities(threshold).map(Option::unwrap_or_default);
        let exact = rate_match::prefill_per_decode(prefill, decode)?;
        let now = workers[0] as f64 / workers[1] as f64;
        let (bound, ratio) = match (prefill_full, decode_full) {
            (false, false) => return None,
            (true, true) => ("", exact),
            (true, false) => ("at least ", exact.max(now)),
            (false, true) => ("at most ", exact.min(now)),
        };
        let (p, d) = rate_match::in_small_numbers(ratio);
        let mark = if self.lengths.nominal { "~" } else { "" };
        let evidence = |text: String| Evidence { text, tone: Tone::Plain, link: None };
        let did = |full: bool| if full { "at its limit:" } else { "never at its limit, up to" };
        let both = prefill_full && decode_full;
        let split = rate_match::split(workers[0] + workers[1], prefill, decode).filter(|_| both).map(|(p, d, rate)| {
            let text = format!("Best split of {} workers: {p} prefill and {d} decode, {} req/s", p + d, short(rate));
            evidence(text)
        });
        let open = match (prefill_full, decode_full) {
            (true, false) => "; decode never reached its limit in this run, so the right ratio may be higher",
            (false, true) => "; prefill never reached its limit in this run, so the right ratio may be lower",
            _ => "",
        };
        Some(Card {
            label: format!("{}: suggested P:D", self.run.name),
            value: format!("{bound}{mark}{p}:{d}"),
            tone: Tone::Doubt,
            detail: format!("{} prefill per decode worker; currently {}:{}{open}", short(ratio), workers[0], workers[1]),
            method: "Capacity of one decode worker ÷ capacity of one prefill worker, in requests per second. Capacity is the rate while the side was \
                     the bottleneck or had a queue; otherwise the 95th percentile of its busy steps, a lower bound. A bound is never on the \
                     wrong side of the current ratio."
                .to_owned(),
            evidence: [
                evidence(format!("Prefill worker {} {} req/s", did(prefill_full), short(prefill))),
                evidence(format!("Decode worker {} {} req/s", did(decode_full), short(decode))),
            ]
            .into_iter()
            .chain(split)
            .collect(),
        })
    }
}

/// Every load window of every run.
pub(super) fn grid(matched: &[Matched<'_>], state: &ViewState) -> Grid {
    let columns = vec![
        Column::text("run", "Run"),
        Column::text("level", "Load level"),
        Column::text("verdict", "Verdict"),
        Column::figure("ratio", "Decode ÷ prefill", ""),
        Column::figure("waiting_prefill", "Queued for prefill", "requests"),
        Column::figure("waiting_decode", "Queued for decode", "requests"),
        Column::figure("prefill", "Prefill", "req/s"),
        Column::figure("decode", "Decode", "req/s"),
        Column::figure("completed", "Completed (measured)", "req/s"),
        Column::figure("prefill_tps", "Prefill tokens incl. cached", "tok/s"),
        Column::figure("decode_tps", "Decode tokens", "tok/s"),
        Column::figure("isl", "Mean ISL", "tokens"),
        Column::figure("osl", "Mean OSL", "tokens"),
        Column::figure("seconds", "Duration", "s"),
    ];
    let rows = matched.iter().flat_map(|one| one.parts.iter().map(move |part| row(one, part, state))).collect();
    let note = "Both sides while each load level was measured. Queued requests are medians over time, so the initial burst of a level does \
                not count as a queue. Completed requests per second, counted by the benchmark, are a check: \
                in a steady state all three rates agree. Click a level to open its timeline.";
    Grid { key: "rates".to_owned(), title: "By load level".to_owned(), note: note.to_owned(), columns, rows, ..Grid::default() }
}

fn row(one: &Matched<'_>, part: &Part, state: &ViewState) -> Vec<GridCell> {
    let mut timeline = state.clone();
    timeline.show_view("runs/timeline");
    let timeline = timeline.with_option(RUNS, &[&one.run.id]).with_option(WINDOW, &[&part.level]);
    let length = |tokens: f64| {
        let cell = GridCell::figure(Some(tokens));
        if !part.lengths.nominal {
            return cell;
        }
        GridCell::number(format!("~{}", column(tokens)), tokens)
            .toned(Tone::Doubt)
            .hinted("Requested length; the actual mean is not stated")
    };
    let [prefill, decode] = part.requests();
    let ratio = part.ratio();
    let verdict = part.verdict(state.threshold).map_or_else(
        || GridCell::text(""),
        |(verdict, sign)| {
            let tone = match verdict {
                Verdict::Balanced => Tone::Similar,
                Verdict::Untold => Tone::Doubt,
                _ => Tone::Worse,
            };
            let why = part.because(sign);
            GridCell::text(verdict.word()).toned(tone).hinted(format!("{why}; {}", verdict.advice()))
        },
    );
    vec![
        GridCell::text(one.run.name.clone()),
        GridCell::text(part.level.clone()).linked(encode(&timeline)),
        verdict,
        GridCell::figure(ratio),
        GridCell::figure(part.signs.waiting[0]),
        GridCell::figure(part.signs.waiting[1]),
        GridCell::figure(Some(prefill)),
        GridCell::figure(Some(decode)),
        GridCell::figure(part.signs.completed),
        GridCell::figure(Some(part.tokens[0])),
        GridCell::figure(Some(part.tokens[1])),
        length(part.lengths.input),
        length(part.lengths.output),
        GridCell::figure(Some(part.seconds)),
    ]
}

/// Runs without both sides.
pub(super) fn skipped(unmatched: &[Unmatched]) -> Grid {
    let rows = unmatched.iter().map(|one| vec![GridCell::text(one.name.clone()), GridCell::text(one.reason.clone())]).collect();
    Grid {
        key: "skipped".to_owned(),
        title: "Skipped runs".to_owned(),
        note: String::new(),
        columns: vec![Column::text("run", "Run"), Column::text("reason", "Reason")],
        rows,
        ..Grid::default()
    }
}
