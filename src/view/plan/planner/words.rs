//! The words of the plan: its sentence, notes, cards, and why it is empty.

use super::Plan;
use super::candidates::ROLES;
use crate::analysis::sla::{self, Candidate, Engines, Picked};
use crate::catalog::number::{plural, short, with_unit};
use crate::query::groups::Group;
use crate::table::Table;
use crate::view_model::{Card, Empty, Tone};

/// One side as it is taken.
struct Side {
    engine: usize,
    at: Candidate,
    keeps: bool,
    /// Tokens that arrive each second.
    tokens: f64,
}

fn side(plan: &Plan, role: usize) -> Option<Side> {
    let workload = plan.target.workload;
    let (picked, tokens) = if role == 0 { (plan.prefill, workload.isl) } else { (plan.decode, workload.osl) };
    let Picked { index, keeps } = picked?;
    let (engine, at) = match role {
        0 => plan.profiles.prefill.get(index).map(|one| (one.engine, one.at))?,
        _ => plan.profiles.decode.get(index).map(|one| (one.engine, one.at))?,
    };
    Some(Side { engine, at, keeps, tokens: tokens * workload.rps })
}

fn label(groups: &[Group], engine: usize) -> &str {
    groups.get(engine).map(|group| group.label.as_str()).unwrap_or_default()
}

impl Side {
    /// Whole engines; `None` where their GPUs are not known.
    fn engines(&self, plan: &Plan, role: usize) -> Option<Engines> {
        sla::engines(self.tokens, self.at.tps_per_gpu, plan.gpus(self.engine, role)?)
    }

    /// GPUs without regard to whole engines.
    fn least_gpus(&self) -> Option<f64> {
        Some(self.tokens / self.at.tps_per_gpu).filter(|gpus| gpus.is_finite())
    }
}

fn asked(plan: &Plan) -> String {
    let w = plan.target.workload;
    format!(
        "TTFT ≤ {} and ITL ≤ {} with {} tokens in, {} out, {} req/s",
        with_unit("ttft", plan.target.ttft),
        with_unit("itl", plan.target.itl),
        w.isl,
        w.osl,
        short(w.rps)
    )
}

pub(super) fn sentence(plan: &Plan, groups: &[Group]) -> String {
    let words = |role: usize| {
        let side = side(plan, role)?;
        let (metric, what) = if role == 0 { ("ttft", "TTFT") } else { ("itl", "ITL") };
        Some(format!("{what} {} ({})", with_unit(metric, side.at.latency), label(groups, side.engine)))
    };
    let taken: Vec<String> = (0..2).filter_map(words).collect();
    if taken.is_empty() { String::new() } else { format!("{}: {}", asked(plan), taken.join(", ")) }
}

pub(super) fn notes(table: &Table, plan: &Plan, groups: &[Group]) -> Vec<String> {
    let mut notes = Vec::new();
    for (role, name) in ROLES.iter().enumerate() {
        let picked = side(plan, role);
        if let (Some(_), false) = (&picked, picked.as_ref().is_some_and(|side| side.keeps)) {
            let what = if role == 0 { "TTFT" } else { "ITL" };
            notes.push(format!("No {name} engine meets the {what} target; the one with the lowest {what} is chosen."));
        }
        if picked.is_none() && !plan.profiles.engines.is_empty() {
            let shown = plan.profiles.engines.iter().any(|engine| engine.role == *name);
            let loaded = table.dimension("role").is_some_and(|roles| roles.find(name).is_some());
            notes.push(match (shown, loaded) {
                (true, _) => {
                    format!("No {name} engine was profiled for this workload; values are not extrapolated.")
                }
                (false, true) => format!("The current filters exclude every {name} engine profile."),
                (false, false) => format!("No {name} engine profile loaded."),
            });
        }
    }
    for (engine, reason) in &plan.profiles.outside {
        notes.push(format!("{} is not a candidate: {reason}.", label(groups, *engine)));
    }
    for (at, engine) in plan.profiles.engines.iter().enumerate().filter(|(_, engine)| engine.derived) {
        if let Some(gpus) = engine.gpus {
            notes.push(format!(
                "{}: {} per engine, derived (not stated in any file): cache usage × capacity ÷ context ÷ ITL ÷ throughput is {gpus} \
                 at every measured point.",
                label(groups, at),
                plural(u64::from(gpus), "GPU")
            ));
        }
    }
    if !plan.profiles.engines.is_empty() {
        notes.push(
            "TTFT is interpolated between measured lengths with a monotone cubic (Dynamo’s profiler fits a single parabola). \
             Prefill throughput follows from TTFT where input ÷ TTFT ÷ throughput is constant, and is interpolated the same \
             way otherwise. Decode ITL is interpolated over cache usage and, between measured contexts, over 1/context \
             (the profiler: cubic over context); decode throughput = requests in flight ÷ ITL. Profiles cover one engine \
             without queueing; TTFT is longer under real load."
                .to_owned(),
        );
    }
    notes
}

pub(super) fn cards(plan: &Plan, groups: &[Group]) -> Vec<Card> {
    let sides = [0, 1].map(|role| side(plan, role));
    let mut cards = Vec::new();
    if let [Some(prefill), Some(decode)] = &sides {
        cards.push(gpus(plan, prefill, decode));
        cards.extend(cost(plan, prefill, decode));
    }
    for (role, picked) in sides.iter().enumerate() {
        let Some(picked) = picked else { continue };
        let (metric, limit, what) = match role {
            0 => ("ttft", plan.target.ttft, "TTFT"),
            _ => ("itl", plan.target.itl, "ITL"),
        };
        let usage = plan.decoded().filter(|_| role == 1).and_then(|one| one.usage);
        let usage = usage.map(|usage| format!(", {}% of the cache in use", short(usage))).unwrap_or_default();
        cards.push(Card {
            label: format!("{what} of the {} engine", ROLES[role]),
            value: with_unit(metric, picked.at.latency),
            tone: if picked.keeps { Tone::Better } else { Tone::Worse },
            detail: format!(
                "target {}; {} tok/s per GPU{usage}; {}",
                with_unit(metric, limit),
                short(picked.at.tps_per_gpu),
                label(groups, picked.engine)
            ),
            method: "Candidate with the highest throughput per GPU that meets the target; if none does, the one with the \
                     lowest latency."
                .to_owned(),
            ..Card::default()
        });
    }
    cards
}

/// Whole engines where their GPUs are known, else the GPUs that are busy.
fn gpus(plan: &Plan, prefill: &Side, decode: &Side) -> Card {
    let mut needed = Some(0.0);
    let mut whole = true;
    let mut details = Vec::new();
    for (role, side) in [prefill, decode].into_iter().enumerate() {
        let name = ROLES[role];
        let (engines, least) = (side.engines(plan, role), side.least_gpus());
        let gpus = engines.map(|engines| f64::from(engines.gpus)).or(least);
        needed = needed.zip(gpus).map(|(sum, gpus)| sum + gpus);
        whole &= engines.is_some();
        details.push(match (engines, least) {
            (Some(engines), _) => {
                let derived = plan.profiles.engines.get(side.engine).is_some_and(|engine| engine.derived);
                format!(
                    "{} ({}{}, {}% busy)",
                    plural(u64::from(engines.replicas), &format!("{name} engine")),
                    plural(u64::from(engines.gpus), "GPU"),
                    if derived { ", derived" } else { "" },
                    short(engines.utilisation * 100.0)
                )
            }
            (None, Some(least)) => {
                format!("{} busy with {name} (GPUs per {name} engine unknown; enter them)", short(least))
            }
            (None, None) => format!("GPUs per {name} engine unknown"),
        });
    }
    let usd = needed.filter(|_| whole).map(|gpus| format!("; ${} per hour", short(gpus * plan.target.usd_per_gpu_hour)));
    Card {
        label: format!("GPUs for {} req/s", short(plan.target.workload.rps)),
        value: match needed {
            Some(gpus) if whole => short(gpus),
            Some(gpus) => format!("at least {}", short(gpus)),
            None => "unknown".to_owned(),
        },
        tone: if whole { Tone::Plain } else { Tone::Doubt },
        detail: format!("{}{}", details.join(" and "), usd.unwrap_or_default()),
        method: "Prefill: request rate × input tokens ÷ tokens per second of one engine, rounded up to whole engines; \
                 decode: the same with output tokens."
            .to_owned(),
        ..Card::default()
    }
}

fn cost(plan: &Plan, prefill: &Side, decode: &Side) -> Option<Card> {
    let hours = plan.target.workload.gpu_hours_per_thousand(prefill.at.tps_per_gpu, decode.at.tps_per_gpu)?;
    Some(Card {
        label: "Cost per 1,000 requests".to_owned(),
        value: format!("${}", short(hours * plan.target.usd_per_gpu_hour)),
        detail: format!(
            "{} GPU-hours at ${} ({}), all engines busy",
            short(hours),
            short(plan.target.usd_per_gpu_hour),
            plan.price_from
        ),
        method: "(input tokens ÷ prefill tok/s/GPU + output tokens ÷ decode tok/s/GPU) × 1000 ÷ 3600 × price. The profiler's \
                 newer page also multiplies by GPUs per engine, although its throughput is already per GPU."
            .to_owned(),
        ..Card::default()
    })
}

/// Why nothing is planned; the frame says it where there are no rows.
pub(super) fn empty(plan: &Plan, nothing: bool) -> Option<Empty> {
    (!nothing && plan.profiles.engines.is_empty()).then(|| Empty {
        reason: "The operating points do not state whether they are for prefill or decode engines. Needs Dynamo profiler output (profile.npz or webui_data.json).".to_owned(),
        remedy: None,
    })
}
