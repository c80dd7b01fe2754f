//! What is said of the plan: its sentence, notes, cards, and why it is empty.

use super::super::identity::Group;
use super::super::model::Empty;
use super::super::parts::{Card, Tone};
use super::Plan;
use super::candidates::ROLES;
use crate::analysis::sla::{self, Candidate, Engines, Picked};
use crate::catalog::number::{plural, short, with_unit};

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

impl Side {
    fn label<'a>(&self, groups: &'a [Group]) -> &'a str {
        groups.get(self.engine).map(|group| group.label.as_str()).unwrap_or_default()
    }

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
        Some(format!("{what} {} ({})", with_unit(metric, side.at.latency), side.label(groups)))
    };
    let taken: Vec<String> = (0..2).filter_map(words).collect();
    if taken.is_empty() { String::new() } else { format!("{}: {}", asked(plan), taken.join(", ")) }
}

pub(super) fn notes(plan: &Plan, groups: &[Group]) -> Vec<String> {
    let mut notes = Vec::new();
    for (role, name) in ROLES.iter().enumerate() {
        let picked = side(plan, role);
        if let (Some(_), false) = (&picked, picked.as_ref().is_some_and(|side| side.keeps)) {
            let what = if role == 0 { "TTFT" } else { "ITL" };
            notes.push(format!("No {name} engine keeps the {what} target: the fastest is taken."));
        }
        if picked.is_none() && !plan.profiles.engines.is_empty() {
            let some = plan.profiles.engines.iter().any(|engine| engine.role == *name);
            notes.push(match some {
                true => {
                    format!("No {name} engine was measured at what is asked for: nothing is read outside of the measured points.")
                }
                false => format!("There is no profile of a {name} engine."),
            });
        }
    }
    for (engine, reason) in &plan.profiles.outside {
        let label = groups.get(*engine).map(|group| group.label.as_str()).unwrap_or_default();
        notes.push(format!("{label} is no candidate: {reason}."));
    }
    if !plan.profiles.engines.is_empty() {
        notes.push(
            "TTFT and prefill throughput are read between measured lengths by a monotone cubic (Dynamo’s profiler fits one \
             parabola through all of them); decode is read bilinearly along and between measured contexts (the profiler: cubic). \
             Profiles are of one engine without queues: under a real load TTFT is longer."
                .to_owned(),
        );
    }
    notes
}

pub(super) fn cards(plan: &Plan, groups: &[Group]) -> Vec<Card> {
    let sides = [0, 1].map(|role| side(plan, role));
    let mut cards = Vec::new();
    for (role, picked) in sides.iter().enumerate() {
        let Some(picked) = picked else { continue };
        let (metric, limit, what) = match role {
            0 => ("ttft", plan.target.ttft, "TTFT"),
            _ => ("itl", plan.target.itl, "ITL"),
        };
        let usage = plan.decoded().filter(|_| role == 1).and_then(|one| one.usage);
        let usage = usage.map(|usage| format!(", {}% of the cache in use", short(usage))).unwrap_or_default();
        cards.push(Card {
            label: format!("{what} by the {} engine", ROLES[role]),
            value: with_unit(metric, picked.at.latency),
            tone: if picked.keeps { Tone::Better } else { Tone::Worse },
            detail: format!(
                "target {}; {} tok/s per GPU{usage}; {}",
                with_unit(metric, limit),
                short(picked.at.tps_per_gpu),
                picked.label(groups)
            ),
            method: "Of the candidates that keep the target the one with the most throughput per GPU; where none keeps it, the \
                     fastest."
                .to_owned(),
            ..Card::default()
        });
    }
    if let [Some(prefill), Some(decode)] = &sides {
        cards.push(gpus(plan, prefill, decode));
        cards.extend(cost(plan, prefill, decode));
    }
    cards
}

/// Whole engines where their GPUs are known, else the GPUs that are busy.
fn gpus(plan: &Plan, prefill: &Side, decode: &Side) -> Card {
    let rate = short(plan.target.workload.rps);
    let label = format!("GPUs for {rate} req/s");
    let method = "Prefill: requests per second × input tokens ÷ the engine's tokens per second, rounded up to whole engines; \
                  decode: the same with output tokens."
        .to_owned();
    match (prefill.engines(plan, 0), decode.engines(plan, 1)) {
        (Some(p), Some(d)) => {
            let gpus = f64::from(p.gpus) + f64::from(d.gpus);
            let engine = |e: &Engines, role: &str| {
                format!(
                    "{} ({} GPUs, {}% busy)",
                    plural(u64::from(e.replicas), &format!("{role} engine")),
                    e.gpus,
                    short(e.utilisation * 100.0)
                )
            };
            Card {
                label,
                value: short(gpus),
                detail: format!(
                    "{} and {}; ${} an hour",
                    engine(&p, "prefill"),
                    engine(&d, "decode"),
                    short(gpus * plan.target.usd_per_gpu_hour)
                ),
                method,
                ..Card::default()
            }
        }
        _ => {
            let least = prefill.least_gpus().zip(decode.least_gpus());
            Card {
                label,
                value: least.map_or("unknown".to_owned(), |(p, d)| format!("at least {}", short(p + d))),
                tone: Tone::Doubt,
                detail: match least {
                    Some((p, d)) => format!(
                        "{} busy with prefill, {} with decode; the GPUs of one engine are not known: enter them",
                        short(p),
                        short(d)
                    ),
                    None => "the GPUs of one engine are not known".to_owned(),
                },
                method,
                ..Card::default()
            }
        }
    }
}

fn cost(plan: &Plan, prefill: &Side, decode: &Side) -> Option<Card> {
    let hours = plan.target.workload.gpu_hours_per_thousand(prefill.at.tps_per_gpu, decode.at.tps_per_gpu)?;
    Some(Card {
        label: "Cost of 1,000 requests".to_owned(),
        value: format!("${}", short(hours * plan.target.usd_per_gpu_hour)),
        detail: format!(
            "{} GPU-hours at ${} ({}), all engines busy",
            short(hours),
            short(plan.target.usd_per_gpu_hour),
            plan.price_from
        ),
        method: "(input tokens ÷ prefill tok/s/GPU + output tokens ÷ decode tok/s/GPU) × 1000 ÷ 3600 × price. The profiler's \
                 newer page multiplies by the engine's GPUs once more, though its throughput is per GPU already."
            .to_owned(),
        ..Card::default()
    })
}

/// Why nothing is planned; the frame says it where there are no rows.
pub(super) fn empty(plan: &Plan, nothing: bool) -> Option<Empty> {
    (!nothing && plan.profiles.engines.is_empty()).then(|| Empty {
        reason: "The operating points that are shown do not say whether they are of prefill or of decode engines.".to_owned(),
        remedy: None,
    })
}
