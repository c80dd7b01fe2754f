//! What stands on the axes: what a user feels, what is gained for it, and the controls that choose them.

use crate::capacity::gpu_basis::Basis;
use crate::catalog::Better;
use crate::comparison::kpis::Yardstick;
use crate::query::axes;
use crate::query::values::Values;
use crate::record::{LoadKind, Stat};
use crate::state::{Axis, ViewState};
use crate::table::Table;
use crate::view_model::{Choice, Control, Entry};

/// What a user feels.
const FELT: &str = "user";
/// What is gained.
const GAIN: &str = "gain";
/// The kind of load that the second chart is over.
const LOAD: &str = "load";

/// Output throughput over the concurrency that was asked for: computed here, since a load is no figure of the table.
const IN_FLIGHT: &str = "output_tps_per_request";

/// What a user feels: as the link writes it, the figure, and what it is. The two speeds per user are different figures: the
/// first is what a user sees once the answer runs, the second falls with every second of waiting
/// (`../shared/formats/llm-d-benchmark.md` §2.5).
const FEELINGS: [(&str, &str, &str); 4] = [
    ("decode", "interactivity", "1000 ÷ TPOT"),
    ("in-flight", IN_FLIGHT, "output tok/s ÷ concurrency, waiting included"),
    ("ttft", "ttft", "time to first token"),
    ("e2el", "e2el", "time to the full response"),
];

/// What is gained: the figure by link, and the one of the whole deployment that stands for it where no GPU count is known.
const GAINS: [(&str, &str, &str); 4] = [
    ("output-gpu", "output_tps_per_gpu", "output_tps"),
    ("total-gpu", "total_tps_per_gpu", "total_tps"),
    ("output", "output_tps", "output_tps"),
    ("total", "total_tps", "total_tps"),
];

/// The statistics of a latency, in the order in which they are looked for: upstream's sweeps are judged at P90
/// (ibidem §3.1), exported tables have means only.
const STATS: [Stat; 6] = [Stat::P90, Stat::Mean, Stat::P50, Stat::P95, Stat::P99, Stat::P99_9];
/// Of a speed the mean comes first: it is what both definitions have.
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

    /// Its good direction.
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

    /// A value as a card shows it.
    pub(super) fn with_unit(&self, value: f64) -> String {
        match &self.axis {
            Axis::Figure { metric, .. } => crate::catalog::number::with_unit(metric, value),
            Axis::Load(_) => crate::catalog::number::short(value),
        }
    }
}

/// The statistic of a metric that the rows have: what the reader asks for, then the usual ones.
fn axis_of(table: &Table, rows: &[usize], state: &ViewState, metric: &str, stats: &[Stat]) -> Axis {
    let asked = state.stat.into_iter();
    let mut all = asked.chain(stats.iter().copied()).map(|stat| Axis::Figure { metric: metric.to_owned(), stat });
    let first = Axis::Figure { metric: metric.to_owned(), stat: stats.first().copied().unwrap_or(Stat::Mean) };
    all.find(|axis| Measure::new(table, axis).present(rows)).unwrap_or(first)
}

/// What is felt and what is gained, their controls, and what must be said of them.
pub(super) struct Chosen<'a> {
    pub felt: Measure<'a>,
    pub gain: Measure<'a>,
    pub controls: Vec<Control>,
    pub notes: Vec<String>,
}

/// Decides both axes of the trade-off. With schedulers it is the wait against the whole throughput, else the speed per user
/// against the throughput per GPU.
pub(super) fn choose<'a>(table: &'a Table, rows: &[usize], state: &ViewState, scheduling: bool) -> Chosen<'a> {
    let felt: Vec<(&str, &str, Measure<'a>)> = FEELINGS
        .iter()
        .map(|(key, metric, what)| {
            let stats: &[Stat] = if matches!(*metric, "ttft" | "e2el") { &STATS } else { &SPEEDS };
            let stats = if *metric == IN_FLIGHT { &[Stat::Mean] } else { stats };
            (*key, *what, Measure::new(table, &axis_of(table, rows, state, metric, stats)))
        })
        .collect();
    let basis = Basis::of(state);
    let figure = |metric: &str| Measure::new(table, &Axis::Figure { metric: metric.to_owned(), stat: Stat::Mean });
    let gains: Vec<(&str, Measure<'a>)> = GAINS.iter().map(|(key, metric, _)| (*key, figure(basis.figure(metric)))).collect();
    let usual_felt = if scheduling { ["ttft", "decode", "in-flight", "e2el"] } else { ["decode", "in-flight", "ttft", "e2el"] };
    let usual_gain: &[&str] = if scheduling { &["total", "output"] } else { &["output-gpu", "total-gpu", "output", "total"] };
    let named = |asked: Option<&str>, keys: &[&str]| asked.and_then(|asked| keys.iter().position(|key| *key == asked));
    let felt_keys: Vec<&str> = felt.iter().map(|(key, ..)| *key).collect();
    let gain_keys: Vec<&str> = gains.iter().map(|(key, _)| *key).collect();
    let first = |usual: &[&str], keys: &[&str], present: &dyn Fn(usize) -> bool| {
        usual.iter().filter_map(|key| named(Some(key), keys)).find(|at| present(*at)).unwrap_or_default()
    };
    let felt_at = named(state.option(FELT), &felt_keys)
        .unwrap_or_else(|| first(&usual_felt, &felt_keys, &|at| felt.get(at).is_some_and(|(.., one)| one.present(rows))));
    let gain_at = named(state.option(GAIN), &gain_keys)
        .unwrap_or_else(|| first(usual_gain, &gain_keys, &|at| gains.get(at).is_some_and(|(_, one)| one.present(rows))));
    let hint = |one: &Measure<'_>| if one.present(rows) { "" } else { "no data" };
    let control = |key: &str, label: &str, help: &str, value: &str, choices: Vec<Choice>| Control {
        key: key.to_owned(),
        label: label.to_owned(),
        help: help.to_owned(),
        values: vec![value.to_owned()],
        entry: Entry::Select(choices),
    };
    let felt_choice = |(key, what, one): &(&str, &str, Measure<'_>)| {
        let label = format!("{} ({what})", one.title());
        Choice::new(key, &label, hint(one))
    };
    let gain_choice = |(key, one): &(&str, Measure<'_>)| Choice::new(key, &one.title(), hint(one));
    let mut controls = vec![
        control(
            FELT,
            "User metric",
            "Two definitions of speed per user are common and differ widely under overload: 1000 ÷ TPOT excludes waiting, \
             output tok/s ÷ concurrency includes it",
            felt_keys.get(felt_at).copied().unwrap_or_default(),
            felt.iter().map(felt_choice).collect(),
        ),
        control(
            GAIN,
            "Throughput metric",
            "Throughput of the whole deployment, or per GPU across all its servers",
            gain_keys.get(gain_at).copied().unwrap_or_default(),
            gains.iter().map(gain_choice).collect(),
        ),
    ];
    controls.extend(basis.control_over(table, rows));
    let mut notes = Vec::new();
    let per_gpu = |one: &&(&str, &str, &str)| one.1 != one.2;
    let known = gains.iter().zip(&GAINS).any(|((_, one), row)| per_gpu(&row) && one.present(rows));
    if !known && !rows.is_empty() {
        notes.push("No measurement states its GPU count, so nothing is shown per GPU.".to_owned());
    } else if let Some(row) = GAINS.get(gain_at).filter(per_gpu) {
        let (per, whole) = (figure(basis.figure(row.1)), figure(row.2));
        let without = rows.iter().filter(|row| whole.get(**row).is_some() && per.get(**row).is_none()).count();
        if without > 0 {
            notes.push(format!(
                "{} without a GPU count: no value per GPU, not drawn.",
                crate::catalog::number::plural(without as u64, "measurement")
            ));
        }
    }
    let [felt, gain] = [felt.into_iter().nth(felt_at).map(|(.., one)| one), gains.into_iter().nth(gain_at).map(|(_, one)| one)];
    let (felt, gain) = (felt.unwrap_or_else(|| figure("interactivity")), gain.unwrap_or_else(|| figure("output_tps_per_gpu")));
    Chosen { felt, gain, controls, notes }
}

/// The figure over load: with schedulers the wait, else what is gained.
pub(super) fn usual_metric(chosen: &Chosen<'_>, scheduling: bool) -> Option<Yardstick> {
    let of = |one: &Measure<'_>| match &one.axis {
        Axis::Figure { metric, stat } => Yardstick::new(metric, *stat),
        Axis::Load(_) => None,
    };
    of(if scheduling { &chosen.felt } else { &chosen.gain })
}

/// The kind of load of the second chart: what is asked for, else what most measurements have; with schedulers the rate,
/// where there is any.
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
