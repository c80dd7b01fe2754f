//! The answer: what serves the load for the least money.

use super::cards::usd;
use super::grids::Planned;
use crate::capacity::operating_points::ConfigurationNames;
use crate::catalog::number::{self, plural};
use crate::comparison::slo::Eligibility;
use crate::view_model::{Headline, Tone};

/// Costs that differ by less than this share are the same.
const EQUAL: f64 = 0.005;

/// One or two sentences: what to rent, how loaded it is, what it costs, and what comes next. `None` where no configuration
/// can be said to serve the load. `planned` begins with the cheapest.
pub(super) fn answer(
    planned: &[Planned<'_, '_>],
    naming: &ConfigurationNames<'_>,
    (unit, load): (&str, f64),
    headroom: f64,
    eligibility: &Eligibility<'_>,
) -> Option<Headline> {
    let plans = || planned.iter().filter_map(|(one, plan)| Some((*one, plan.as_ref()?)));
    let (one, plan) = plans().next()?;
    let month = |usd_per_month: f64| format!("{} a month", usd(usd_per_month));
    let instance = format!("{} {}", one.price.provider, one.price.instance);
    let instance = if instance.trim().is_empty() {
        plural(u64::from(plan.gpus_paid), "GPU")
    } else {
        format!("{} × {}", plan.instances, instance.trim())
    };
    let mut text = format!(
        "{} {unit} → {instance}, {} of {}, {}% loaded, {}.",
        number::short(load),
        plural(u64::from(plan.replicas), "replica"),
        naming.line(one.row),
        number::short(plan.utilisation * 100.0 * (1.0 - headroom)),
        month(plan.usd_per_month),
    );
    let same = plans().filter(|(_, other)| other.usd_per_month <= plan.usd_per_month * (1.0 + EQUAL)).count() - 1;
    if same > 0 {
        text.push_str(&format!(" {} cost{} the same.", plural(same as u64, "other"), if same == 1 { "s" } else { "" }));
    }
    if let Some((next, other)) = plans().nth(same + 1) {
        text.push_str(&format!(" Next: {}, {}.", naming.line(next.row), month(other.usd_per_month)));
    }
    text.push_str(&format!(" Limits: {}.", eligibility.words()));
    Some(Headline { text, tone: Tone::Plain })
}
