//! The deployment description of Dynamo's older examples (`deployment_config.json`): whether prefill
//! and decode are disaggregated, and the parallelism degrees, from which the GPU count follows.

use serde_json::Value;

use super::json;
use crate::format::reader::identity::{Identity, positive_at, scalar};
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Kind, Load, Place, Provenance, Severity, Sink};

/// The degrees: key and dimension.
const DEGREES: &[(&str, &str)] = &[
    ("tensor_parallelism", "tp"),
    ("data_parallelism", "dp"),
    ("prefill_tensor_parallelism", "prefill_tp"),
    ("prefill_data_parallelism", "prefill_dp"),
    ("decode_tensor_parallelism", "decode_tp"),
    ("decode_data_parallelism", "decode_dp"),
];

/// A deployment's description.
pub(in crate::format) static DEPLOYMENT: Format = Format {
    about: &About::new(
        "dynamo-deployment",
        "Dynamo deployment description (JSON)",
        "parallelism degrees and GPUs for the measurements in the same folder",
        &["json"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let object = look.object()?;
    (object.has("mode") && DEGREES.iter().any(|(name, _)| object.has(name))).then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    sink.provenance(Provenance { tool: Some("Dynamo".to_owned()), ..Provenance::default() });
    let root = json(input.text, sink);
    let mut context = Identity::default();
    context.set("config", scalar(&root["kind"]));
    context.set("model", scalar(&root["model"]));
    for (key, dimension) in DEGREES {
        context.set(dimension, scalar(&root[*key]));
    }
    // GPUs = TP × DP, of prefill and decode each, where they are apart. One that is not stated is 1.
    let product = |prefix: &str| {
        let degree = |name: &str| positive_at(&root, &format!("{prefix}{name}"));
        let (tp, dp) = (degree("tensor_parallelism"), degree("data_parallelism"));
        (tp.is_some() || dp.is_some()).then(|| tp.unwrap_or(1.0) * dp.unwrap_or(1.0))
    };
    let (gpus, basis) = match (product(""), product("prefill_"), product("decode_")) {
        (_, Some(prefill), Some(decode)) => {
            context.set("prefill_gpus", Some(prefill.to_string()));
            context.set("decode_gpus", Some(decode.to_string()));
            (Some(prefill + decode), "derived: TP × DP of prefill + TP × DP of decode")
        }
        (Some(gpus), None, None) => (Some(gpus), "derived: TP × DP"),
        _ => (None, ""),
    };
    if let Some(gpus) = gpus {
        context.set("gpus", Some(gpus.to_string()));
        context.set("gpus_basis", Some(basis.to_owned()));
    }
    context.emit_as(Kind::Context, &Place::File, Load::default(), &[], sink);
    for (key, value) in root.as_object().into_iter().flatten() {
        let mut setting = Identity::default();
        setting.set("source", Some("deployment_config.json".to_owned()));
        setting.set("setting", Some(key.clone()));
        setting.set(
            "value",
            Some(match value {
                Value::Array(_) | Value::Object(_) => value.to_string(),
                plain => scalar(plain).unwrap_or_default(),
            }),
        );
        setting.emit_as(Kind::Setting, &Place::Key(key.clone()), Load::default(), &[], sink);
    }
    let message = "Deployment description: contains no measurements; supplies missing fields to those in the same folder.";
    sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, ""));
    sink.progress(1.0);
}
