//! `config.yaml` and `recipe.lock.yaml`: the requested and the resolved configuration of a run.
//!
//! The lock is the recipe with a section `lock`: the job, the resolved paths, and the fingerprint of each worker with
//! its environment and its packages.

use serde_json::Value;

use super::settings::Settings;
use super::{context, note, resources, settings};
use crate::format::llmd::deployment;
use crate::format::reader::identity::{Identity, at, joined, scalar};
use crate::record::Sink;

/// The sides of a deployment as engines' sections name them.
const SIDES: [(&str, &str); 3] = [("prefill", "prefill"), ("decode", "decode"), ("aggregated", "agg")];

/// Engines: as recipes call them, and as versions name them.
const ENGINES: [(&str, &str); 3] = [("sglang", "SGLang"), ("vllm", "vLLM"), ("trtllm", "TensorRT-LLM")];

/// Reads a recipe.
pub(super) fn read(root: &Value, sink: &mut dyn Sink) {
    Settings::new("recipe", sink).tree_without(root, "lock");
    let mut identity = Identity::default();
    describe(root, &mut identity);
    locked(&root["lock"], &mut identity, sink);
    context(&identity, sink);
    note("Recipe: describes the run whose results are in the same folder and contains no measurements.", sink);
}

fn describe(root: &Value, identity: &mut Identity) {
    let backend = &root["backend"];
    let framework = scalar(&backend["type"]);
    // Server arguments come first: values for the whole run replace them.
    let engine = framework.as_deref().map_or(Value::Null, |framework| backend[format!("{framework}_config")].clone());
    for (section, role) in SIDES {
        deployment::describe(&settings::scalars(&engine[section]), Some(role), identity);
    }
    let named = identity.get("model").is_some();
    let repository = scalar(at(root, &["identity", "model", "repo"]));
    identity.set("model_alias", repository.is_none().then(|| "true".to_owned()));
    identity.set("model", repository.or_else(|| resources::model(&root["model"]["path"]).filter(|_| !named)));
    identity.set("run", scalar(&root["name"]));
    identity.set("framework", framework.clone());
    identity.set("precision", scalar(&root["model"]["precision"]));
    let image = scalar(at(root, &["identity", "container", "image"]));
    identity.set("image", image.or_else(|| scalar(&root["model"]["container"])));
    resources::accelerator(&root["resources"]["gpu_type"], identity);
    resources::describe(&root["resources"], identity);
    let benchmark = &root["benchmark"];
    for (key, dimension) in [
        ("type", "benchmark_type"),
        ("isl", "isl"),
        ("osl", "osl"),
        ("mooncake_workload", "dataset"),
        ("dataset_name", "dataset"),
    ] {
        identity.set(dimension, scalar(&benchmark[key]));
    }
    identity.set("version", version(at(root, &["identity", "frameworks"]), framework.as_deref()));
    if let Some(tags) = root["tags"].as_array().filter(|tags| !tags.is_empty()) {
        identity.set("tags", Some(joined(tags, ", ")));
    }
}

/// The engine's version among a list of frameworks.
fn version(frameworks: &Value, framework: Option<&str>) -> Option<String> {
    let (key, name) = ENGINES.iter().find(|(key, _)| Some(*key) == framework)?;
    let stated = if *key == "trtllm" { &frameworks["tensorrt_llm"] } else { &frameworks[*key] };
    Some(format!("{name}-{}", scalar(stated)?))
}

/// The lock file's additions.
fn locked(lock: &Value, identity: &mut Identity, sink: &mut dyn Sink) {
    let fingerprints = &lock["fingerprints"];
    Settings::new("recipe lock", sink).tree_without(lock, "fingerprints");
    identity.set("run_id", scalar(&lock["slurm"]["job_id"]));
    for (name, fingerprint) in fingerprints.as_object().into_iter().flatten() {
        let (role, worker) = name.split_once('_').map_or((None, name.as_str()), |(role, worker)| (Some(role), worker));
        let mut settings = Settings::new("fingerprint", sink);
        settings.of("role", role);
        settings.of("worker", Some(worker));
        settings.of("node", fingerprint["hostname"].as_str());
        settings.tree(fingerprint);
        // What ran, not what was declared.
        let version = version(&fingerprint["frameworks"], identity.get("framework"));
        identity.set("version", version);
    }
}
