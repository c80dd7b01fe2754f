//! Audits: reports metrics of one measurement that contradict each other or cannot be, when reading a file.
//!
//! Nothing is corrected or left out. The relations hold by definition, except at the edges of the measured
//! window: tools count tokens and requests that start before or end after it differently, hence the tolerances. They
//! exceed the deviations of all known files with windows of a minute or more.

use crate::catalog::metrics::metric;
use crate::catalog::{METRICS, Shape, number};
use crate::record::{Diagnostic, Kind, LoadKind, Place, Severity, Stat};
use crate::table::{Figures, Table, Tables};

/// Maximum number of findings of one kind listed per file; the rest are counted.
const LISTED: usize = 3;

/// Relative tolerance for values that differ by rounding only.
const ROUNDING: f64 = 0.005;

/// A relation between metrics of one measurement.
struct Relation {
    /// The end of the sentence “And 12 more …”.
    kind: &'static str,
    /// The stated metric; all are means.
    stated: &'static str,
    /// The metrics it follows from.
    words: &'static str,
    inputs: [&'static str; 2],
    compute: fn(f64, f64) -> f64,
    /// Relative tolerance.
    tolerance: f64,
    /// Whether it requires a steady state.
    steady: bool,
    hint: &'static str,
}

const RELATIONS: &[Relation] = &[
    Relation {
        kind: "measurements whose output throughput does not follow from their requests",
        stated: "output_tps",
        words: "request throughput × mean output length",
        inputs: ["rps", "output_tokens"],
        compute: |rps, tokens| rps * tokens,
        tolerance: 0.25,
        steady: false,
        hint: "One of the three may count different requests (failed, unfinished, warm-up) or a different window: see the tool's log.",
    },
    Relation {
        kind: "measurements against Little's law",
        stated: "concurrency_achieved",
        words: "request throughput × mean E2E latency (Little's law)",
        inputs: ["rps", "e2el"],
        compute: |rps, milliseconds| rps * milliseconds / 1000.0,
        tolerance: 0.25,
        steady: true,
        hint: "The run may be too short for a steady state, or latencies exclude waiting time in the client.",
    },
    Relation {
        kind: "measurements whose total throughput is not the sum of its parts",
        stated: "total_tps",
        words: "input throughput + output throughput",
        inputs: ["input_tps", "output_tps"],
        compute: |input, output| input + output,
        tolerance: 0.02,
        steady: false,
        hint: "One of the three may count different requests or a different window: see the tool's log.",
    },
];

/// From the smallest to the largest value.
const ASCENDING: [Stat; 13] = [
    Stat::Min,
    Stat::P0_1,
    Stat::P1,
    Stat::P5,
    Stat::P10,
    Stat::P25,
    Stat::P50,
    Stat::P75,
    Stat::P90,
    Stat::P95,
    Stat::P99,
    Stat::P99_9,
    Stat::Max,
];

/// Findings about contradictions in a file's measurements.
pub fn audit(tables: &Tables) -> Vec<Diagnostic> {
    let Some(table) = tables.get(Kind::Measurement) else { return Vec::new() };
    let mut found = Vec::new();
    for relation in RELATIONS {
        let columns = [relation.stated, relation.inputs[0], relation.inputs[1]].map(|key| table.figures(key, Stat::Mean));
        if let [Some(stated), Some(first), Some(second)] = columns {
            check(&mut found, table, relation.kind, relation.hint, |row| {
                // At maximum load most requests are still queued when the window ends: no steady state.
                let settled = || !relation.steady || table.load_kind(row) != Some(LoadKind::Max);
                relation.broken(stated.get(row)?, first.get(row)?, second.get(row)?).filter(|_| settled())
            });
        }
    }
    let hint = "Percentiles ascend by definition: check for swapped columns or averaged runs.";
    // Percentiles of interactivity derive from those of time per output token, so they descend.
    let sorted = METRICS.iter().filter(|metric| metric.shape == Shape::Distribution && metric.key != "interactivity");
    let columns = |key| ASCENDING.iter().filter_map(|stat| Some((*stat, table.figures(key, *stat)?))).collect::<Vec<_>>();
    let distributions: Vec<_> = sorted.map(|metric| (metric.key, columns(metric.key))).filter(|(_, of)| of.len() > 1).collect();
    check(&mut found, table, "measurements whose percentiles are out of order", hint, |row| {
        distributions.iter().find_map(|(key, columns)| unsorted(key, columns, row))
    });
    let hint = "The first token cannot arrive after the last: check for swapped columns or mixed units.";
    let statistics = ASCENDING.into_iter().chain([Stat::Mean]);
    let pairs: Vec<_> =
        statistics.filter_map(|stat| Some((stat, table.figures("ttft", stat)?, table.figures("e2el", stat)?))).collect();
    check(&mut found, table, "measurements whose TTFT exceeds their E2E latency", hint, |row| {
        pairs.iter().find_map(|(stat, ttft, e2el)| {
            let (ttft, e2el) = (ttft.get(row)?, e2el.get(row)?);
            let named = |key, value| number::with_unit(key, value);
            (ttft > e2el * (1.0 + ROUNDING)).then(|| {
                format!(
                    "TTFT ({}) is {}, more than the E2E latency of {}.",
                    stat.label(),
                    named("ttft", ttft),
                    named("e2el", e2el)
                )
            })
        })
    });
    impossible(&mut found, table);
    found
}

/// ITL and TPOT that are this many times apart measure different things.
const APART: f64 = 3.0;

/// No server sends a first token in less, in milliseconds: such a column is in seconds.
const FASTEST: f64 = 1.0;

/// Adds findings about figures that no run can have.
fn impossible(found: &mut Vec<Diagnostic>, table: &Table) {
    let mean = |key: &str| table.figures(key, Stat::Mean);
    let [completed, errored, errors] = ["completed", "errored", "error_rate"].map(mean);
    let at = |figures: &Option<Figures<'_>>, row: usize| figures.as_ref().and_then(|figures| figures.get(row));
    let hint = "Its other figures describe failures, not the server: look for the cause in the client's and the server's log.";
    check_as(Severity::Error, found, table, "measurements in which every request failed", hint, |row| {
        let failed = at(&errored, row).filter(|failed| *failed > 0.0);
        let all = match (at(&completed, row), failed) {
            (Some(completed), Some(_)) => completed == 0.0,
            _ => at(&errors, row).is_some_and(|share| share >= 100.0 && !is_over(share)),
        };
        all.then(|| match failed {
            Some(failed) => format!("Every request failed: {failed} of {failed}, an error rate of 100%."),
            None => "Every request failed: the error rate is 100%.".to_owned(),
        })
    });
    beyond(found, table);
    let output = mean("output_tokens");
    let hint = "The server sent empty answers, or the tool could not count tokens (a tokenizer, streaming usage): see its log.";
    check(found, table, "measurements without output tokens", hint, |row| {
        let some = at(&completed, row).is_none_or(|completed| completed > 0.0);
        (some && at(&output, row) == Some(0.0))
            .then(|| "The mean output length is 0 tokens, although requests succeeded.".to_owned())
    });
    let [itl, tpot] = ["itl", "tpot"].map(mean);
    let hint = "ITL is the gap between chunks, TPOT the time per token: where a chunk has several tokens they differ by their number. Compare TPOT.";
    check_as(Severity::Info, found, table, "measurements whose ITL is far from their TPOT", hint, |row| {
        let (itl, tpot) = (at(&itl, row)?, at(&tpot, row).filter(|tpot| *tpot > 0.0)?);
        let ratio = itl / tpot;
        (ratio > APART || (ratio > 0.0 && ratio < 1.0 / APART)).then(|| {
            format!(
                "ITL is {}, but TPOT is {}: {ratio:.1} times as much.",
                number::with_unit("itl", itl),
                number::with_unit("tpot", tpot)
            )
        })
    });
    let latencies = ["ttft", "tpot", "itl", "e2el"].map(|key| (key, mean(key), table.figures(key, Stat::P50)));
    let hint = "Some tools write 0 where they measured nothing (no streaming, one token): do not compare this figure.";
    check(found, table, "measurements with a latency of 0", hint, |row| {
        let zero = latencies.iter().find(|(_, mean, median)| at(mean, row).or_else(|| at(median, row)) == Some(0.0));
        zero.map(|(key, ..)| format!("{} is 0 ms.", metric(key).map_or(*key, |metric| metric.label)))
    });
    // Half of a file's first tokens within a millisecond.
    let mut first: Vec<f64> =
        (0..table.rows()).filter_map(|row| at(&latencies[0].1, row).or_else(|| at(&latencies[0].2, row))).collect();
    first.retain(|value| *value > 0.0);
    let middle = first.len() / 2;
    let median = (!first.is_empty()).then(|| *first.select_nth_unstable_by(middle, f64::total_cmp).1);
    if let Some(median) = median.filter(|median| *median < FASTEST) {
        let message = format!(
            "Half of the TTFT are below {}: the column may be in seconds ({}).",
            number::with_unit("ttft", median),
            number::with_unit("ttft", median * 1000.0)
        );
        let hint = "If so, read the table with “map columns” and choose seconds.";
        found.push(Diagnostic::new(Severity::Warning, Place::File, message, hint));
    }
}

/// Of two figures, one that cannot be more than the other (a mean each, with a tolerance for the edges of the window).
struct Bound {
    kind: &'static str,
    less: &'static str,
    more: &'static str,
    tolerance: f64,
}

const BOUNDS: &[Bound] = &[
    Bound {
        kind: "measurements whose output throughput exceeds the total",
        less: "output_tps",
        more: "total_tps",
        tolerance: ROUNDING,
    },
    Bound { kind: "measurements whose goodput exceeds their throughput", less: "goodput_rps", more: "rps", tolerance: 0.02 },
];

/// More requests in flight than the limit, by so much, are more than an edge of the window explains.
const OVER_LIMIT: f64 = 0.25;

/// Whether a share in percent is more than all, and not by rounding.
fn is_over(share: f64) -> bool {
    share > 100.0 * (1.0 + ROUNDING)
}

/// Adds findings about figures beyond what bounds them: another figure, the limit on requests in flight, all requests, 0.
fn beyond(found: &mut Vec<Diagnostic>, table: &Table) {
    let hint = "One of the two is of something else, or edited: see the tool's log.";
    for Bound { kind, less, more, tolerance } in BOUNDS {
        let (Some(low), Some(high)) = (table.figures(less, Stat::Mean), table.figures(more, Stat::Mean)) else { continue };
        check(found, table, kind, hint, |row| {
            let (low, high) = (low.get(row)?, high.get(row)?);
            let named = |key: &str, value| {
                format!("{} {}", metric(key).map_or(key, |metric| metric.label), number::with_unit(key, value))
            };
            (low > high * (1.0 + tolerance)).then(|| format!("{} is more than {}.", named(less, low), named(more, high)))
        });
    }
    let [rps, e2el, achieved, errors, duration, completed] =
        ["rps", "e2el", "concurrency_achieved", "error_rate", "duration", "completed"].map(|key| table.figures(key, Stat::Mean));
    let at = |figures: &Option<Figures<'_>>, row: usize| figures.as_ref().and_then(|figures| figures.get(row));
    let load = table.load();
    let hint = "The load is another than stated, or latencies and throughput are of different requests.";
    check(found, table, "measurements with more requests in flight than their concurrency", hint, |row| {
        let limit = load.as_ref()?.get(row)?;
        let followed = at(&rps, row).zip(at(&e2el, row)).map(|(rps, e2el)| rps * e2el / 1000.0);
        let (flying, words) = match at(&achieved, row) {
            Some(achieved) => (achieved, "were in flight"),
            None => (followed?, "follow from request throughput × mean E2E latency (Little's law)"),
        };
        (flying > limit * (1.0 + OVER_LIMIT) + 1.0 && table.load_kind(row) == Some(LoadKind::Concurrency))
            .then(|| format!("{} requests {words}, at a concurrency of {limit}.", number::short(flying)))
    });
    let hint = "Shares are of all requests: check the column's unit.";
    check(found, table, "measurements with an error rate above 100%", hint, |row| {
        let share = at(&errors, row).filter(|share| is_over(*share))?;
        Some(format!("The error rate is {}: more than every request failed.", number::with_unit("error_rate", share)))
    });
    check(found, table, "measurements without a duration", "Rates cannot be told from it: see the tool's log.", |row| {
        let some = at(&completed, row).is_some_and(|completed| completed > 0.0);
        (some && at(&duration, row) == Some(0.0)).then(|| "The duration is 0 s, although requests succeeded.".to_owned())
    });
}

impl Relation {
    /// The message if the relation does not hold.
    fn broken(&self, stated: f64, first: f64, second: f64) -> Option<String> {
        let follows = (self.compute)(first, second);
        let apart = (stated - follows).abs() / stated.max(follows);
        let label = metric(self.stated).map_or(self.stated, |metric| metric.label);
        (apart > self.tolerance).then(|| {
            format!(
                "{label} is {}, but {} is {} ({:.0}% apart, tolerance {:.0}%).",
                number::with_unit(self.stated, stated),
                self.words,
                number::with_unit(self.stated, follows),
                100.0 * apart,
                100.0 * self.tolerance
            )
        })
    }
}

fn unsorted(key: &str, columns: &[(Stat, Figures<'_>)], row: usize) -> Option<String> {
    let mut present = columns.iter().filter_map(|(stat, figures)| Some((*stat, figures.get(row)?)));
    let mut below = present.next()?;
    for above in present {
        if below.1 > above.1 * (1.0 + ROUNDING) {
            let label = metric(key).map_or(key, |metric| metric.label);
            let named = |(stat, value): (Stat, f64)| format!("{} {}", stat.label(), number::with_unit(key, value));
            return Some(format!("{label}: {} is more than {}.", named(below), named(above)));
        }
        below = above;
    }
    None
}

/// Checks every measurement; lists the first contradictions and counts the rest.
fn check(found: &mut Vec<Diagnostic>, table: &Table, kind: &str, hint: &str, broken: impl Fn(usize) -> Option<String>) {
    check_as(Severity::Warning, found, table, kind, hint, broken);
}

fn check_as(
    severity: Severity,
    found: &mut Vec<Diagnostic>,
    table: &Table,
    kind: &str,
    hint: &str,
    broken: impl Fn(usize) -> Option<String>,
) {
    let mut count = 0;
    for row in 0..table.rows() {
        let Some(message) = broken(row) else { continue };
        count += 1;
        if count <= LISTED {
            found.push(Diagnostic::new(severity, Place::Text(table.place(row)), message, hint));
        }
    }
    if count > LISTED {
        let message = format!("And {} more {kind}.", count - LISTED);
        found.push(Diagnostic::new(severity, Place::File, message, ""));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Load, Record, Sample, Sink};
    use crate::table::Builder;

    fn of(rows: &[&[(&str, Stat, f64)]]) -> Vec<String> {
        let mut builder = Builder::new(|_| ());
        for (line, figures) in rows.iter().enumerate() {
            let place = Place::Line(line as u64 + 2);
            let samples: Vec<Sample> =
                figures.iter().map(|(key, stat, value)| Sample { metric: builder.metric(key, *stat), value: *value }).collect();
            builder.record(Record {
                kind: Kind::Measurement,
                place: &place,
                load: Load::default(),
                identity: &[],
                samples: &samples,
            });
        }
        audit(&builder.finish("t").tables).iter().map(|found| format!("{}: {}", found.place, found.message)).collect()
    }

    #[test]
    fn consistent_data_have_no_findings() {
        let row = [
            ("rps", Stat::Mean, 2.0),
            ("output_tokens", Stat::Mean, 100.0),
            ("output_tps", Stat::Mean, 190.0),
            ("input_tps", Stat::Mean, 1000.0),
            ("total_tps", Stat::Mean, 1190.0),
            ("e2el", Stat::Mean, 5000.0),
            ("ttft", Stat::Mean, 100.0),
            ("concurrency_achieved", Stat::Mean, 9.0),
            ("ttft", Stat::P50, 90.0),
            ("ttft", Stat::P99, 90.0),
            ("interactivity", Stat::P50, 90.0),
            ("interactivity", Stat::P99, 60.0),
        ];
        assert_eq!(of(&[&row, &[]]), Vec::<String>::new());
    }

    #[test]
    fn contradictions_state_their_numbers() {
        let row: &[_] = &[
            ("rps", Stat::Mean, 2.0),
            ("output_tokens", Stat::Mean, 100.0),
            ("output_tps", Stat::Mean, 1000.0),
            ("input_tps", Stat::Mean, 1000.0),
            ("total_tps", Stat::Mean, 1500.0),
            ("e2el", Stat::Mean, 5000.0),
            ("ttft", Stat::Mean, 5100.0),
            ("concurrency_achieved", Stat::Mean, 50.0),
            ("itl", Stat::P50, 90.0),
            ("itl", Stat::P90, 20.0),
        ];
        let expected = [
            "line 2: Output throughput is 1000 tok/s, but request throughput × mean output length is 200 tok/s (80% apart, tolerance \
             25%).",
            "line 2: Achieved concurrency is 50 requests, but request throughput × mean E2E latency (Little's law) is 10 requests (80% \
             apart, tolerance 25%).",
            "line 2: Total throughput is 1500 tok/s, but input throughput + output throughput is 2000 tok/s (25% apart, tolerance \
             2%).",
            "line 2: ITL: P50 90 ms is more than P90 20 ms.",
            "line 2: TTFT (mean) is 5100 ms, more than the E2E latency of 5000 ms.",
        ];
        assert_eq!(of(&[row]), expected);
        let many = of(&[row; 10]);
        assert_eq!(many.len(), 5 * (LISTED + 1));
        assert_eq!(many[LISTED], "file: And 7 more measurements whose output throughput does not follow from their requests.");
    }

    #[test]
    fn impossible_figures_are_named() {
        let failed: &[_] = &[("completed", Stat::Mean, 0.0), ("errored", Stat::Mean, 96.0)];
        assert_eq!(of(&[failed]), ["line 2: Every request failed: 96 of 96, an error rate of 100%."]);
        let empty: &[_] = &[("completed", Stat::Mean, 5.0), ("output_tokens", Stat::Mean, 0.0), ("e2el", Stat::Mean, 0.0)];
        let expected =
            ["line 2: The mean output length is 0 tokens, although requests succeeded.", "line 2: E2E latency is 0 ms."];
        assert_eq!(of(&[empty]), expected);
        let chunked: &[_] = &[("itl", Stat::Mean, 493.0), ("tpot", Stat::Mean, 58.0)];
        assert_eq!(of(&[chunked]), ["line 2: ITL is 493 ms, but TPOT is 58 ms: 8.5 times as much."]);
        let seconds: &[_] = &[("ttft", Stat::Mean, 0.25)];
        assert_eq!(of(&[seconds]), ["file: Half of the TTFT are below 0.25 ms: the column may be in seconds (250 ms)."]);
    }

    #[test]
    fn every_relation_names_metrics() {
        for relation in RELATIONS {
            for key in relation.inputs.iter().chain([&relation.stated]) {
                assert!(metric(key).is_some(), "{key}");
            }
        }
    }
}
