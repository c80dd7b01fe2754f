//! The axes: a user metric and a throughput metric, with their controls.

use crate::capacity::gpu_basis::Basis;
use crate::catalog::Better;
use crate::comparison::kpis::Kpi;
use crate::query::axes;
use crate::query::values::Values;
use crate::record::{LoadKind, Stat};
use crate::state::{Axis, ViewState};
use crate::table::Table;
use crate::view_model::{Choice, Control, Entry};

/// Option: user metric.
const USER_METRIC: &str = "user";
/// Option: throughput metric.
const THROUGHPUT: &str = "gain";
/// Option: kind of load in the second chart.
const LOAD: &str = "load";

/// Output throughput ÷ requested concurrency: computed here, because load is not a metric of the table.
const IN_FLIGHT: &str = "output_tps_per_request";

/// User metrics: key in links, metric, description. The two speeds per user differ: the
/// first applies once the response is streaming, the second falls with every second of waiting
/// (`../shared/formats/llm-d-benchmark.md` §2.5).
const USER_METRICS: [(&str, &str, &str); 4] = [
    ("decode", "interactivity", "1000 ÷ TPOT"),
    ("in-flight", IN_FLIGHT, "output tok/s ÷ concurrency, waiting included"),
    ("ttft", "ttft", "time to first token"),
    ("e2el", "e2el", "time to the full response"),
];

/// Throughput metrics: key in links, metric, and the metric of the whole deployment used without a GPU count.
const THROUGHPUTS: [(&str, &str, &str); 4] = [
    ("output-gpu", "output_tps_per_gpu", "output_tps"),
    ("total-gpu", "total_tps_per_gpu", "total_tps"),
    ("output", "output_tps", "output_tps"),
    ("total", "total_tps", "total_tps"),
];

/// Latency statistics in order of preference: upstream's sweeps are judged at P90
/// (ibidem §3.1), exported tables have means only.
const STATS: [Stat; 6] = [Stat::P90, Stat::Mean, Stat::P50, Stat::P95, Stat::P99, Stat::P99_9];
/// Statistics of speeds: the mean comes first, because both definitions have it.
const SPEEDS: [Stat; 6] = [Stat::Mean, Stat::P50, Stat::P90, Stat::P95, Stat::P99, Stat::P99_9];

/// The values of an axis by row.
pub(super) struct Measure<'a> {
    /// The axis.
    pub axis: Axis,
    values: Option<Values<'a>>,
    in_flight: Option<[Values<'a>; 2]>,
}

impl<'a> Measure<'a> {
    pub(super) fn new(table: &'a Table, axis: &Axis) -> Measure<'a> {
        let figure = |metric: &str| Axis::Figure { metric: metric.to_owned(), stat: Stat::Mean };
        let computed = *axis == figure(IN_FLIGHT);
        let both = || Values::of(table, &figure("output_tps")).zip(Values::of(table, &Axis::Load(LoadKind::Concurrency)));
        let in_flight = if computed { both().map(|(output, users)| [output, users]) } else { None };
        let values = Values::of(table, axis).filter(|values| !matches!(values, Values::Numbers(_)));
        Measure { axis: axis.clone(), values, in_flight }
    }

    /// The row's value; finite.
    pub(super) fn get(&self, row: usize) -> Option<f64> {
        let stated = self.values.as_ref().and_then(|values| values.get(row));
        let computed = || {
            let [output, users] = self.in_flight.as_ref()?;
            Some(output.get(row)? / users.get(row).filter(|users| *users > 0.0)?)
        };
        stated.or_else(computed).filter(|value| value.is_finite())
    }

    /// Whether any of the rows has it.
    pub(super) fn present(&self, rows: &[usize]) -> bool {
        rows.iter().any(|row| self.get(*row).is_some())
    }

    /// Its name.
    pub(super) fn title(&self) -> String {
        axes::name(&self.axis)
    }

    /// Its better direction.
    pub(super) fn better(&self) -> Better {
        match axes::better(&self.axis) {
            Some(true) => Better::Higher,
            Some(false) => Better::Lower,
            None => Better::Neutral,
        }
    }

    /// The better of two values.
    pub(super) fn best(&self, a: f64, b: f64) -> f64 {
        if self.better() == Better::Lower { a.min(b) } else { a.max(b) }
    }

    /// Formats a value with its unit.
    pub(super) fn with_unit(&self, value: f64) -> String {
        match &self.axis {
            Axis::Figure { metric, .. } => crate::catalog::number::with_unit(metric, value),
            Axis::Load(_) => crate::catalog::number::short(value),
        }
    }
}

/// The first available statistic of a metric: the requested one, then the defaults.
fn axis_of(table: &Table, rows: &[usize], state: &ViewState, metric: &str, stats: &[Stat]) -> Axis {
    let asked = state.stat.into_iter();
    let mut all = asked.chain(stats.iter().copied()).map(|stat| Axis::Figure { metric: metric.to_owned(), stat });
    let first = Axis::Figure { metric: metric.to_owned(), stat: stats.first().copied().unwrap_or(Stat::Mean) };
    all.find(|axis| Measure::new(table, axis).present(rows)).unwrap_or(first)
}

/// Both metrics, their controls, and notes.
pub(super) struct Metrics<'a> {
    pub user_metric: Measure<'a>,
    pub throughput: Measure<'a>,
    pub controls: Vec<Control>,
    pub notes: Vec<String>,
}

/// Resolves both axes of the trade-off. Defaults: TTFT against total throughput for schedulers, otherwise speed per user
/// against the throughput per GPU.
pub(super) fn choose<'a>(table: &'a Table, rows: &[usize], state: &ViewState, scheduling: bool) -> Metrics<'a> {
    let user_metric: Vec<(&str, &str, Measure<'a>)> = USER_METRICS
        .iter()
        .map(|(key, metric, what)| {
            let stats: &[Stat] = if matches!(*metric, "ttft" | "e2el") { &STATS } else { &SPEEDS };
            let stats = if *metric == IN_FLIGHT { &[Stat::Mean] } else { stats };
            (*key, *what, Measure::new(table, &axis_of(table, rows, state, metric, stats)))
        })
        .collect();
    let basis = Basis::of(state);
    let figure = |metric: &str| Measure::new(table, &Axis::Figure { metric: metric.to_owned(), stat: Stat::Mean });
    let throughputs: Vec<(&str, Measure<'a>)> =
        THROUGHPUTS.iter().map(|(key, metric, _)| (*key, figure(basis.figure(metric)))).collect();
    let default_user_metrics =
        if scheduling { ["ttft", "decode", "in-flight", "e2el"] } else { ["decode", "in-flight", "ttft", "e2el"] };
    let default_throughputs: &[&str] =
        if scheduling { &["total", "output"] } else { &["output-gpu", "total-gpu", "output", "total"] };
    let named = |asked: Option<&str>, keys: &[&str]| asked.and_then(|asked| keys.iter().position(|key| *key == asked));
    let user_metric_keys: Vec<&str> = user_metric.iter().map(|(key, ..)| *key).collect();
    let throughput_keys: Vec<&str> = throughputs.iter().map(|(key, _)| *key).collect();
    let first = |usual: &[&str], keys: &[&str], present: &dyn Fn(usize) -> bool| {
        usual.iter().filter_map(|key| named(Some(key), keys)).find(|at| present(*at)).unwrap_or_default()
    };
    let user_metric_at = named(state.option(USER_METRIC), &user_metric_keys).unwrap_or_else(|| {
        first(&default_user_metrics, &user_metric_keys, &|at| user_metric.get(at).is_some_and(|(.., one)| one.present(rows)))
    });
    let throughput_at = named(state.option(THROUGHPUT), &throughput_keys).unwrap_or_else(|| {
        first(default_throughputs, &throughput_keys, &|at| throughputs.get(at).is_some_and(|(_, one)| one.present(rows)))
    });
    let hint = |one: &Measure<'_>| if one.present(rows) { "" } else { "no data" };
    let control = |key: &str, label: &str, help: &str, value: &str, choices: Vec<Choice>| Control {
        key: key.to_owned(),
        label: label.to_owned(),
        help: help.to_owned(),
        values: vec![value.to_owned()],
        entry: Entry::Select(choices),
    };
    let user_metric_choice = |(key, what, one): &(&str, &str, Measure<'_>)| {
        let label = format!("{} ({what})", one.title());
        Choice::new(key, &label, hint(one))
    };
    let throughput_choice = |(key, one): &(&str, Measure<'_>)| Choice::new(key, &one.title(), hint(one));
    let mut controls = vec![
        control(
            USER_METRIC,
            "User metric",
            "Two definitions of speed per user are common and differ widely under overload: 1000 ÷ TPOT excludes waiting, \
             output tok/s ÷ concurrency includes it",
            user_metric_keys.get(user_metric_at).copied().unwrap_or_default(),
            user_metric.iter().map(user_metric_choice).collect(),
        ),
        control(
            THROUGHPUT,
            "Throughput metric",
            "Throughput of the whole deployment, or per GPU across all its servers",
            throughput_keys.get(throughput_at).copied().unwrap_or_default(),
            throughputs.iter().map(throughput_choice).collect(),
        ),
    ];
    controls.extend(basis.control_over(table, rows));
    let mut notes = Vec::new();
    let per_gpu = |one: &&(&str, &str, &str)| one.1 != one.2;
    let known = throughputs.iter().zip(&THROUGHPUTS).any(|((_, one), row)| per_gpu(&row) && one.present(rows));
    if !known && !rows.is_empty() {
        notes.push("No measurement states its GPU count, so nothing is shown per GPU.".to_owned());
    } else if let Some(row) = THROUGHPUTS.get(throughput_at).filter(per_gpu) {
        let (per, whole) = (figure(basis.figure(row.1)), figure(row.2));
        let without = rows.iter().filter(|row| whole.get(**row).is_some() && per.get(**row).is_none()).count();
        if without > 0 {
            notes.push(format!(
                "{} without a GPU count: no value per GPU, not drawn.",
                crate::catalog::number::plural(without as u64, "measurement")
            ));
        }
    }
    let [user_metric, throughput] = [
        user_metric.into_iter().nth(user_metric_at).map(|(.., one)| one),
        throughputs.into_iter().nth(throughput_at).map(|(_, one)| one),
    ];
    let (user_metric, throughput) =
        (user_metric.unwrap_or_else(|| figure("interactivity")), throughput.unwrap_or_else(|| figure("output_tps_per_gpu")));
    Metrics { user_metric, throughput, controls, notes }
}

/// The default metric over load: the user metric for schedulers, otherwise throughput.
pub(super) fn usual_metric(chosen: &Metrics<'_>, scheduling: bool) -> Option<Kpi> {
    let of = |one: &Measure<'_>| match &one.axis {
        Axis::Figure { metric, stat } => Kpi::new(metric, *stat),
        Axis::Load(_) => None,
    };
    of(if scheduling { &chosen.user_metric } else { &chosen.throughput })
}

/// The kind of load of the second chart: the requested one, else that of most measurements; for schedulers the rate,
/// if any.
pub(super) fn load(table: &Table, rows: &[usize], state: &ViewState, scheduling: bool) -> (LoadKind, Control) {
    let kinds = [LoadKind::Concurrency, LoadKind::Rate];
    let count = |kind: LoadKind| {
        Values::of(table, &Axis::Load(kind)).map_or(0, |values| rows.iter().filter(|row| values.get(**row).is_some()).count())
    };
    let [users, rates] = kinds.map(count);
    let usual = if rates > users || (scheduling && rates > 0) { LoadKind::Rate } else { LoadKind::Concurrency };
    let chosen = kinds.into_iter().find(|kind| state.option(LOAD) == Some(kind.key())).unwrap_or(usual);
    let choice = |(kind, count): (&LoadKind, usize)| Choice::new(kind.key(), &axes::name(&Axis::Load(*kind)), &count.to_string());
    let control = Control {
        key: LOAD.to_owned(),
        label: "Load".to_owned(),
        help: "Load axis of the second chart: requests in flight, or requests per second (QPS)".to_owned(),
        values: vec![chosen.key().to_owned()],
        entry: Entry::Select(kinds.iter().zip([users, rates]).map(choice).collect()),
    };
    (chosen, control)
}
