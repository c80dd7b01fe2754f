//! From rows to engines, and from engines to candidates at the workload requested.

use super::{Plan, Target};
use crate::analysis::frontier::frontier;
use crate::analysis::sla::{self, Candidate, Decoded, Prompts, Surface};
use crate::capacity::operating_points::{figure, text};
use crate::catalog::{Better, dimensions, number};
use crate::query::groups::{self, Group};
use crate::record::Stat;
use crate::table::Table;

/// The two sides, as the dimension `role` names them.
pub(super) const ROLES: [&str; 2] = ["prefill", "decode"];

/// The throughput of each side: tokens per second and GPU.
pub(super) const THROUGHPUT: [&str; 2] = ["input_tps_per_prefill_gpu", "output_tps_per_decode_gpu"];

/// An engine with its profile.
pub(super) struct Engine {
    /// Which side it is of.
    pub role: &'static str,
    /// GPUs of one engine, where the data say it.
    pub gpus: Option<u32>,
    /// Whether no file states them and they follow from the profile.
    pub derived: bool,
    /// The profile of a decode engine.
    pub surface: Option<Surface>,
}

/// A prefill engine at the prompt length requested.
pub(super) struct Prefill {
    /// Which engine.
    pub engine: usize,
    pub at: Candidate,
}

/// A decode engine at the context requested.
pub(super) struct Decode {
    /// Which engine.
    pub engine: usize,
    /// Cache usage, %; `None` for a candidate that was measured as it is.
    pub usage: Option<f64>,
    pub at: Candidate,
}

/// The engines, and what they do at the workload requested.
#[derive(Default)]
pub(super) struct Profiles {
    pub engines: Vec<Engine>,
    pub prefill: Vec<Prefill>,
    pub decode: Vec<Decode>,
    /// Engines that are no candidates, and why.
    pub outside: Vec<(usize, String)>,
}

/// Whether a dimension is of the engines of the other side than `role`.
fn is_of_the_other(key: &str, role: &str) -> bool {
    ROLES.iter().any(|other| *other != role && key.strip_prefix(other).is_some_and(|rest| rest.starts_with('_')))
}

/// Whether a filter of a dimension does not mean a row: the row is of one side, the dimension of the other.
pub(super) fn is_spared(table: &Table, key: &str, row: usize) -> bool {
    text(table, "role", row).is_some_and(|role| ROLES.contains(&role) && is_of_the_other(key, role))
}

/// The engines' rows: by side, layout and folder. Profiles of two folders are of two engines, or of two ways to measure.
/// An engine is told from those of its side, by what they have, and its name says of which side it is.
pub(super) fn groups<'a>(table: &'a Table, rows: &[usize]) -> (Vec<&'a str>, Vec<Group>) {
    let mut by = groups::configuration(table);
    by.extend(
        ["folder", "path"].into_iter().filter(|key| table.dimension(key).is_some() && !by.contains(key)).collect::<Vec<_>>(),
    );
    let mut groups = Vec::new();
    for role in ROLES {
        let of_side: Vec<usize> = rows.iter().copied().filter(|row| text(table, "role", *row) == Some(role)).collect();
        let some = |key: &str| of_side.iter().any(|row| text(table, key, *row).is_some());
        let own: Vec<&str> = by.iter().copied().filter(|key| !is_of_the_other(key, role) && some(key)).collect();
        let named = |group: Group| match group.label.contains(role) {
            true => group,
            false => Group { label: format!("{role} · {}", group.label), ..group },
        };
        groups.extend(groups::group(table, &of_side, &own).into_iter().map(named));
    }
    (by, groups)
}

impl Profiles {
    pub(super) fn new(table: &Table, groups: &[Group], target: &Target) -> Profiles {
        let mut found = Profiles::default();
        for (at, group) in groups.iter().enumerate() {
            let first = group.rows.first().copied().unwrap_or_default();
            let role = text(table, "role", first).unwrap_or_default();
            let side = usize::from(role != ROLES[0]);
            let stated = [format!("{role}_gpus"), "gpus".to_owned()];
            let gpus = stated.iter().find_map(|key| text(table, key, first)?.parse::<f64>().ok());
            let gpus =
                gpus.filter(|gpus| *gpus >= 1.0 && gpus.fract() == 0.0 && *gpus <= f64::from(u32::MAX)).map(|gpus| gpus as u32);
            let surface = match side {
                0 => {
                    found.prefill(table, at, &group.rows, target);
                    None
                }
                _ => Some(found.decode(table, at, &group.rows, target)),
            };
            let following = surface.as_ref().filter(|_| gpus.is_none()).and_then(|of| of.gpus(capacity(table, &group.rows)?));
            found.engines.push(Engine { role: ROLES[side], gpus: gpus.or(following), derived: following.is_some(), surface });
        }
        found
    }

    fn prefill(&mut self, table: &Table, engine: usize, rows: &[usize], target: &Target) {
        let value = |metric: &str, row: usize| figure(table, metric, Stat::Mean, row);
        let point = |row: &usize| {
            let or_missing = |metric: &str| value(metric, *row).unwrap_or(f64::NAN);
            let at = Candidate { latency: or_missing("ttft"), tps_per_gpu: or_missing(THROUGHPUT[0]) };
            Some((value("input_tokens", *row)?, at))
        };
        let prompts = Prompts::new(&rows.iter().filter_map(point).collect::<Vec<_>>());
        match (prompts.at(target.workload.isl), prompts.range()) {
            (Some(at), _) => self.prefill.push(Prefill { engine, at }),
            (None, Some((low, high))) => {
                let reason = format!("TTFT and throughput measured only from {low} to {high} prompt tokens");
                self.outside.push((engine, reason));
            }
            (None, None) => {}
        }
        // A candidate that is no point of a curve was measured at the length that the profiler was asked for.
        for row in rows.iter().filter(|row| value("input_tokens", **row).is_none()) {
            if self.elsewhere(table, engine, *row, &[("isl", target.workload.isl)]) {
                continue;
            }
            if let (Some(latency), Some(tps_per_gpu)) = (value("ttft", *row), value(THROUGHPUT[0], *row)) {
                self.prefill.push(Prefill { engine, at: Candidate { latency, tps_per_gpu } });
            }
        }
    }

    fn decode(&mut self, table: &Table, engine: usize, rows: &[usize], target: &Target) -> Surface {
        let value = |metric: &str, row: usize| figure(table, metric, Stat::Mean, row);
        let pace = |row: usize| value("itl", row).or_else(|| value("tpot", row));
        let point = |row: &usize| {
            Some(Decoded {
                context: value("context_length", *row)?,
                usage: value("kv_usage", *row)?,
                itl: pace(*row)?,
                tps_per_gpu: value(THROUGHPUT[1], *row)?,
            })
        };
        let surface = Surface::new(&rows.iter().filter_map(point).collect::<Vec<_>>());
        let section = surface.section(target.workload.context());
        for point in &section {
            let at = Candidate { latency: point.itl, tps_per_gpu: point.tps_per_gpu };
            self.decode.push(Decode { engine, usage: Some(point.usage), at });
        }
        if let (true, Some((low, high))) = (section.is_empty(), surface.contexts()) {
            let reason = format!("measured only at contexts from {low} to {high} tokens");
            self.outside.push((engine, reason));
        }
        let lengths = [("isl", target.workload.isl), ("osl", target.workload.osl)];
        for row in rows.iter().filter(|row| value("context_length", **row).is_none()) {
            if self.elsewhere(table, engine, *row, &lengths) {
                continue;
            }
            if let (Some(latency), Some(tps_per_gpu)) = (pace(*row), value(THROUGHPUT[1], *row)) {
                let at = Candidate { latency, tps_per_gpu };
                self.decode.push(Decode { engine, usage: value("kv_usage", *row), at });
            }
        }
        surface
    }

    /// Whether a candidate was measured at other lengths than those that are asked for, which is said once.
    fn elsewhere(&mut self, table: &Table, engine: usize, row: usize, asked: &[(&str, f64)]) -> bool {
        let stated = |key: &str| text(table, key, row).and_then(|length| length.parse::<f64>().ok());
        let other = asked.iter().any(|(key, length)| stated(key).is_some_and(|stated| stated != *length));
        if other && !self.outside.iter().any(|(known, _)| *known == engine) {
            let lengths: Vec<String> = asked
                .iter()
                .filter_map(|(key, _)| Some(format!("{} {}", dimensions::label(key), number::column(stated(key)?))))
                .collect();
            self.outside.push((engine, format!("measured only at {}", lengths.join(" and "))));
        }
        other
    }
}

/// Tokens that the cache of an engine holds, where its rows say one number.
fn capacity(table: &Table, rows: &[usize]) -> Option<f64> {
    let mut stated = rows.iter().map(|row| figure(table, "kv_capacity", Stat::Mean, *row));
    let first = stated.next()?;
    first.filter(|_| stated.all(|other| other == first))
}

/// Picks and fronts.
pub(super) fn plan(profiles: Profiles, target: Target, price_from: String, given_gpus: [Option<u32>; 2]) -> Plan {
    let prefill: Vec<Candidate> = profiles.prefill.iter().map(|one| one.at).collect();
    let decode: Vec<Candidate> = profiles.decode.iter().map(|one| one.at).collect();
    let front = |all: &[Candidate]| {
        let points: Vec<(f64, f64)> = all.iter().map(|one| (one.latency, one.tps_per_gpu)).collect();
        frontier(&points, (Better::Lower, Better::Higher))
    };
    Plan {
        prefill_front: front(&prefill),
        decode_front: front(&decode),
        prefill: sla::pick(&prefill, target.ttft),
        decode: sla::pick(&decode, target.itl),
        profiles,
        target,
        given_gpus,
        price_from,
    }
}
