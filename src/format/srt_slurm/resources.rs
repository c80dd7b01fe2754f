//! Nodes, workers and GPUs: the same words in every generation of the metadata and in the recipe.

use serde_json::Value;

use crate::format::reader::identity::{Identity, positive_at};

/// Sets the GPU counts. GPUs in use (workers × GPUs of each) count before those that are allocated (nodes ×
/// GPUs of each), since a worker need not fill its node; two sides may also share nodes, and then one has none.
pub(super) fn describe(resources: &Value, identity: &mut Identity) {
    let number = |key: &str| positive_at(resources, key);
    let text = |number: Option<f64>| number.map(|number| number.to_string());
    for key in ["prefill_nodes", "decode_nodes", "agg_nodes"] {
        identity.set(key, text(number(key)));
    }
    let per_node = number("gpus_per_node");
    identity.set("gpus_per_node", text(per_node));
    let working = |side: &str| Some(number(&format!("{side}_workers"))? * number(&format!("gpus_per_{side}"))?);
    let allocated = |side: &str| Some(number(&format!("{side}_nodes"))? * per_node?);
    let aggregated = number("agg_workers").or(number("agg_nodes")).is_some();
    let (works, holds) = if aggregated {
        identity.set("replicas", text(number("agg_workers")));
        identity.set("agg_gpus", text(working("agg").or(allocated("agg"))));
        (working("agg"), allocated("agg"))
    } else {
        for side in ["prefill", "decode"] {
            identity.set(&format!("{side}_workers"), text(number(&format!("{side}_workers"))));
        }
        let works = working("prefill").zip(working("decode"));
        let holds = allocated("prefill").zip(allocated("decode"));
        if let Some((prefill, decode)) = works.or(holds) {
            identity.set("prefill_gpus", Some(prefill.to_string()));
            identity.set("decode_gpus", Some(decode.to_string()));
        }
        let shared = allocated("prefill").or(allocated("decode"));
        (works.map(|(prefill, decode)| prefill + decode), holds.map(|(prefill, decode)| prefill + decode).or(shared))
    };
    identity.set("gpus", text(works.or(holds)));
    let basis = if works.is_some() { "stated: working GPUs" } else { "stated: allocated GPUs" };
    identity.set("gpus_basis", works.or(holds).map(|_| basis.to_owned()));
    identity.set("allocated_gpus", text(holds));
    identity.set("topology", topology(resources));
}

/// How many workers do what: `1P/2D`, or `2A` where each does everything.
fn topology(resources: &Value) -> Option<String> {
    let workers = |side: &str| positive_at(resources, &format!("{side}_workers"));
    match (workers("agg"), workers("prefill"), workers("decode")) {
        (Some(together), ..) => Some(format!("{together}A")),
        (None, Some(prefill), Some(decode)) => Some(format!("{prefill}P/{decode}D")),
        _ => None,
    }
}

/// States the accelerator. Its name may carry the precision: `gb200-fp8`.
pub(super) fn accelerator(name: &Value, identity: &mut Identity) {
    let Some(name) = name.as_str() else { return };
    let (kind, precision) = match name.rsplit_once('-') {
        Some((kind, precision)) if ["fp8", "fp4", "nvfp4", "bf16", "int4"].contains(&precision) => (kind, Some(precision)),
        _ => (name, None),
    };
    identity.set("accelerator", Some(kind.to_owned()));
    if identity.get("precision").is_none() {
        identity.set("precision", precision.map(str::to_owned));
    }
}

/// A model's name: of a path, its last part.
pub(super) fn model(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim_end_matches('/');
    let name = if text.starts_with('/') { text.rsplit('/').next()? } else { text };
    Some(name.to_owned())
}
