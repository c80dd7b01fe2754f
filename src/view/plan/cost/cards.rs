//! The figures that matter of cost: cheapest, fastest, how far configurations of one model lie apart, and the service
//! level that they keep.

use std::collections::BTreeMap;

use crate::capacity::operating_points::{ConfigurationNames, text, usual_limits};
use crate::capacity::pricing::Priced;
use crate::catalog::number;
use crate::comparison::guideline;
use crate::comparison::slo::Eligibility;
use crate::query::context::Context;
use crate::record::Stat;
use crate::sorting::Sorting;
use crate::state::ViewState;
use crate::state::link::encode;
use crate::view_model::{Card, Evidence, Tone};

/// Configurations named in a card.
const FIRST: usize = 3;
/// Statistics on which the usual limits are offered.
const STATS: [Stat; 3] = [Stat::P95, Stat::P99, Stat::P50];

/// Dollars as people write them.
pub(super) fn usd(value: f64) -> String {
    format!("${}", number::short(value))
}

/// The cards.
pub(super) fn cards(
    context: &Context<'_>,
    state: &ViewState,
    ranked: &[Priced<'_>],
    naming: &ConfigurationNames<'_>,
    rows: &[usize],
    eligibility: &Eligibility<'_>,
) -> Vec<Card> {
    let mut cards = Vec::new();
    let minutes = |one: &Priced<'_>| one.cost.seconds_per_million_output.map(|seconds| seconds / 60.0);
    let of = |one: &Priced<'_>| format!("{}, {}", naming.line(one.row), load(context, one.row));
    let evidence = |one: &Priced<'_>| Evidence {
        text: format!(
            "{} per 1M output tokens, {} min: {}{}",
            usd(one.usd),
            number::short(minutes(one).unwrap_or(f64::NAN)),
            replicas(one),
            of(one)
        ),
        tone: Tone::Plain,
        link: Some(naming.measurement(one.row)),
    };
    if let Some(cheapest) = ranked.first() {
        cards.push(Card {
            label: "Cheapest".to_owned(),
            value: format!("{} per 1M output tokens", usd(cheapest.usd)),
            detail: of(cheapest),
            method: "$ per hour ÷ 3600 × 10⁶ ÷ output tokens per second of all whole replicas in the instance.".to_owned(),
            evidence: ranked.iter().take(FIRST).map(evidence).collect(),
            ..Card::default()
        });
    }
    let mut by_speed: Vec<&Priced<'_>> = ranked.iter().collect();
    by_speed.order_by(|a, b| b.cost.output_tps.unwrap_or_default().total_cmp(&a.cost.output_tps.unwrap_or_default()));
    if let Some(fastest) = by_speed.first() {
        cards.push(Card {
            label: "Fastest".to_owned(),
            value: format!("{} tok/s", number::column(fastest.cost.output_tps.unwrap_or(f64::NAN))),
            detail: format!("{}{}", replicas(fastest), of(fastest)),
            method:
                "Output throughput of all whole replicas in one row's instances. Instances differ in size, so the fastest is \
                     not necessarily the most efficient."
                    .to_owned(),
            evidence: by_speed.iter().take(FIRST).map(|one| evidence(one)).collect(),
            ..Card::default()
        });
    }
    // The answer's configuration at the load at which it is ranked.
    let guidelines = context.settings.guidelines.iter().filter(|_| !ranked.is_empty());
    cards.extend(guidelines.filter_map(|guideline| {
        let answer = ranked.first()?;
        let value = |metric: &str, stat: Stat| context.table.figures(metric, stat)?.get(answer.row);
        guideline::card(guideline, &of(answer), value)
    }));
    cards.extend(spread(context, state, ranked));
    if context.table.rows() > 0 {
        cards.push(service_level(context, state, rows, eligibility));
    }
    cards
}

/// How many replicas a throughput is of, and what each does; empty of one.
fn replicas(one: &Priced<'_>) -> String {
    let packing = &one.cost.packing;
    let Some(each) = one.rates.output_tps.filter(|_| packing.replicas > 1) else { return String::new() };
    let instances = match packing.instances {
        1 => "one instance".to_owned(),
        instances => format!("{instances} instances"),
    };
    format!("{} × {} tok/s in {instances}: ", number::plural(u64::from(packing.replicas), "replica"), number::column(each))
}

fn load(context: &Context<'_>, row: usize) -> String {
    let load = context.table.load().and_then(|load| load.get(row));
    load.map_or_else(|| "load not stated".to_owned(), |load| format!("load {}", number::short(load)))
}

/// How much more the dearest configuration of a model costs than its cheapest; the widest first.
fn spread(context: &Context<'_>, state: &ViewState, ranked: &[Priced<'_>]) -> Option<Card> {
    let mut models: BTreeMap<&str, (f64, f64, usize)> = BTreeMap::new();
    for one in ranked {
        let Some(model) = text(context.table, "model", one.row) else { continue };
        let (_, dearest, count) = models.entry(model).or_insert((one.usd, one.usd, 0));
        (*dearest, *count) = (one.usd, *count + 1);
    }
    let mut models: Vec<_> = models.into_iter().filter(|(_, (.., count))| *count > 1).collect();
    models.order_by(|(_, a), (_, b)| (b.1 / b.0).total_cmp(&(a.1 / a.0)));
    let (widest, (cheapest, dearest, _)) = *models.first()?;
    let evidence = models.iter().map(|(model, (cheapest, dearest, count))| {
        let mut target = state.clone();
        target.choose("model", std::iter::once((*model).to_owned()).collect());
        let times = number::short(dearest / cheapest);
        Evidence {
            text: format!(
                "{model}: ×{times}, from {} to {} over {}",
                usd(*cheapest),
                usd(*dearest),
                number::plural(*count as u64, "configuration")
            ),
            tone: Tone::Plain,
            link: Some(encode(&target)),
        }
    });
    Some(Card {
        label: "Spread within a model".to_owned(),
        value: format!("×{}", number::short(dearest / cheapest)),
        detail: format!("{widest}: from {} to {} per 1M output tokens", usd(cheapest), usd(dearest)),
        method: "Most expensive ÷ cheapest ranked configuration of a model.".to_owned(),
        evidence: evidence.collect(),
        ..Card::default()
    })
}

/// What holds, and one-click limits on the statistics that the data have.
fn service_level(context: &Context<'_>, state: &ViewState, rows: &[usize], eligibility: &Eligibility<'_>) -> Card {
    let mut evidence: Vec<Evidence> = Vec::new();
    let stats = state.stat.into_iter().chain(STATS);
    for stat in stats {
        let limits = usual_limits(context.table, rows, &ViewState { stat: Some(stat), ..state.clone() });
        let target = ViewState { slo: limits, ..state.clone() };
        let words = Eligibility::new(context.table, &target).words();
        let text = format!("Apply default SLO: {words}");
        if !target.slo.is_empty() && target.slo != state.slo && evidence.iter().all(|known| known.text != text) {
            evidence.push(Evidence { text, tone: Tone::Plain, link: Some(encode(&target)) });
        }
    }
    if !state.slo.is_empty() {
        let lifted = ViewState { slo: Vec::new(), ..state.clone() };
        evidence.push(Evidence { text: "Clear SLO".to_owned(), tone: Tone::Plain, link: Some(encode(&lifted)) });
    }
    let value = if state.slo.is_empty() { "not set" } else { "set" };
    Card {
        label: "SLO".to_owned(),
        value: value.to_owned(),
        tone: if state.slo.is_empty() { Tone::Doubt } else { Tone::Plain },
        detail: eligibility.words(),
        method: "A measurement counts only if it meets every limit; one without a limited metric does not count. Set limits on any metric and \
                 percentile under “SLO”; they apply in every view."
            .to_owned(),
        evidence,
    }
}
