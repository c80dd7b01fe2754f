//! Settings stated by a run's files: recipe, node dumps and logs. Sources name the same setting
//! differently (`chunked-prefill-size`, `config.server_args.chunked_prefill_size`); this module unifies them.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::arguments::{self, Arguments};
use crate::runs::folders::{Run, Sources, text};

/// The section of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Section {
    /// Flags of a server's command line.
    Flags,
    /// Variables of its environment.
    Environment,
    /// Engine configuration, as written or as printed by the engine.
    Engine,
    /// Installed packages.
    Packages,
    /// The nodes' hardware and software.
    Machine,
    /// Recipe and metadata of the run.
    Run,
}

/// Categories of variables by name prefix; the first match applies.
const CATEGORIES: [(&str, &[&str]); 15] = [
    ("NCCL", &["NCCL_"]),
    ("SGLang", &["SGLANG_", "SGL_", "DYN_SKIP_SGLANG"]),
    ("vLLM", &["VLLM_"]),
    ("TensorRT-LLM", &["TRTLLM_", "TLLM_", "TRT_"]),
    ("Dynamo", &["DYN_", "ETCD_", "NATS_"]),
    ("CUDA", &["CUDA_", "NVIDIA_"]),
    ("Mooncake", &["MC_", "MOONCAKE_"]),
    ("UCX", &["UCX_"]),
    ("NVSHMEM", &["NVSHMEM_"]),
    ("Open MPI", &["OMPI_", "PMIX_"]),
    ("Torch", &["TORCH_", "PYTORCH_"]),
    ("Hugging Face", &["HF_", "HUGGING_FACE_", "TRANSFORMERS_"]),
    ("Slurm", &["SLURM_"]),
    ("FlashInfer", &["FLASHINFER_"]),
    ("Other", &[""]),
];

/// The category of a variable, and its sort position.
pub(super) fn category(variable: &str) -> (usize, &'static str) {
    let fits = |prefixes: &[&str]| prefixes.iter().any(|prefix| variable.starts_with(prefix));
    let found = CATEGORIES.iter().enumerate().find(|(_, (_, prefixes))| fits(prefixes));
    found.map_or((CATEGORIES.len(), "Other"), |(at, (name, _))| (at, *name))
}

/// Role names in recipes, and in logs.
const SIDES: [(&str, &str); 3] = [("prefill", "prefill"), ("decode", "decode"), ("aggregated", "agg")];

/// Sources from worker logs: the values the engine applied.
const LOGS: [&str; 3] = ["server arguments", "engine arguments", "engine configuration"];

/// A stated setting.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub section: Section,
    /// The role: `prefill`, `decode`, `agg`; empty for all.
    pub role: String,
    /// The worker or node that states it, if any.
    pub by: String,
    pub name: String,
    pub value: String,
    pub source: String,
}

impl Setting {
    /// Comparison key: the same for all names of a setting.
    pub(super) fn key(&self) -> String {
        let side = if self.role.is_empty() { String::new() } else { format!("{}: ", self.role) };
        match self.section {
            Section::Flags | Section::Engine => format!("{side}{}", folded(&self.name)),
            Section::Environment => format!("{side}${}", self.name),
            Section::Packages => format!("package {}", self.name),
            Section::Machine | Section::Run => self.name.clone(),
        }
    }
}

/// Normalizes a setting's name for comparison.
pub(super) fn folded(name: &str) -> String {
    name.trim_start_matches('-').replace('-', "_")
}

/// Normalizes a value for comparison: one spelling for booleans and numbers.
pub(super) fn plain(value: &str) -> String {
    match value {
        "True" => "true".to_owned(),
        "False" => "false".to_owned(),
        "None" | "null" => "none".to_owned(),
        other => match other.parse::<f64>() {
            Ok(number) if number.is_finite() && other.len() < 16 => number.to_string(),
            _ => other.to_owned(),
        },
    }
}

/// All stated settings of a run.
pub(super) fn read(sources: &Sources<'_>, run: &Run) -> Vec<Setting> {
    let Some(table) = sources.settings else { return Vec::new() };
    let roles: BTreeSet<String> =
        run.folder.iter().flat_map(|folder| sources.workers(folder)).map(|worker| worker.role).collect();
    // Aggregated servers do not need to state their role.
    let usual = if roles.len() == 1 { roles.first().cloned().unwrap_or_default() } else { String::new() };
    let mut found = Vec::new();
    for row in &run.settings {
        let of = |key: &str| text(table, key, *row);
        let (Some(setting), Some(value)) = (of("setting"), of("value")) else { continue };
        let source = of("source").unwrap_or("settings");
        let by = [of("worker"), of("node")].into_iter().flatten().collect::<Vec<_>>().join(" on ");
        let own = |section: Section| match (of("role"), section) {
            (Some(role), _) => role.to_owned(),
            (None, Section::Flags | Section::Environment | Section::Engine) if !by.is_empty() => usual.clone(),
            (None, _) => String::new(),
        };
        let mut put = |section: Section, role: String, name: &str, value: &str| {
            // GPUs of one node are listed individually and are mostly identical.
            let name = if section == Section::Machine { unnumbered(name) } else { name.to_owned() };
            let value = value.to_owned();
            found.push(Setting { section, role, by: by.clone(), name, value, source: source.to_owned() });
        };
        if setting == "runtime_info.command_line_args" || setting == "command" {
            for (name, value) in arguments::parse(value).into_iter().filter(|(name, _)| name != arguments::COMMAND) {
                // `python3 -m dynamo.sglang`.
                let name = if name == "m" { "module" } else { &name };
                put(Section::Flags, own(Section::Flags), name, &value);
            }
            continue;
        }
        let (section, side, name) = placed(setting, source);
        put(section, side.map_or_else(|| own(section), str::to_owned), name, value);
    }
    found
}

/// `gpus[3].name` as `gpus[].name`.
fn unnumbered(name: &str) -> String {
    let mut parts = name.split('[');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |found, part| match part.split_once(']') {
        Some((number, rest)) if number.bytes().all(|byte| byte.is_ascii_digit()) => format!("{found}[]{rest}"),
        _ => format!("{found}[{part}"),
    })
}

/// The section of a setting, its role if the path has one, and its name.
fn placed<'s>(setting: &'s str, source: &str) -> (Section, Option<&'static str>, &'s str) {
    if source == "launch command" {
        return (Section::Flags, None, setting);
    }
    if LOGS.contains(&source) {
        return (Section::Engine, None, setting);
    }
    let after = |prefix: &str| setting.strip_prefix(prefix);
    let variable = after("environment.").or_else(|| after("env.").filter(|_| source == "fingerprint"));
    if let Some(name) = variable {
        return (Section::Environment, None, name);
    }
    for prefix in ["config.server_args.", "config.engine_args.", "config."] {
        if let Some(name) = after(prefix).filter(|_| source == "node configuration") {
            return (Section::Engine, None, name);
        }
    }
    if let Some(rest) = after("backend.") {
        for (section, role) in SIDES {
            if let Some(name) = rest.strip_prefix(section).and_then(|rest| rest.strip_prefix("_environment.")) {
                return (Section::Environment, Some(role), name);
            }
            let inside = rest.split_once("_config.").map(|(_, inside)| inside);
            if let Some(name) = inside.and_then(|inside| inside.strip_prefix(section)).and_then(|rest| rest.strip_prefix('.')) {
                return (Section::Engine, Some(role), name);
            }
        }
    }
    for prefix in ["installed_packages.", "pip_packages."] {
        if let Some(name) = after(prefix) {
            return (Section::Packages, None, name);
        }
    }
    let machine = ["node configuration", "fingerprint"].contains(&source);
    (if machine { Section::Machine } else { Section::Run }, None, setting)
}

/// Settings by comparison key, with all values of each.
pub(super) fn folded_settings<'s>(stated: impl Iterator<Item = &'s Setting>) -> Arguments {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for one in stated {
        found.entry(one.key()).or_default().insert(plain(&one.value));
    }
    found.into_iter().map(|(key, values)| (key, values.into_iter().collect::<Vec<_>>().join(" | "))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_setting_under_its_names() {
        let key = |setting: &str, source: &str, role: &str| {
            let (section, side, name) = placed(setting, source);
            let role = side.unwrap_or(role).to_owned();
            let (by, value) = (String::new(), String::new());
            Setting { section, role, by, name: name.to_owned(), value, source: source.to_owned() }.key()
        };
        let expected = "prefill: chunked_prefill_size";
        assert_eq!(key("backend.sglang_config.prefill.chunked-prefill-size", "recipe", ""), expected);
        assert_eq!(key("chunked_prefill_size", "server arguments", "prefill"), expected);
        assert_eq!(key("config.server_args.chunked_prefill_size", "node configuration", "prefill"), expected);
        assert_eq!(key("chunked-prefill-size", "launch command", "prefill"), expected);
        assert_eq!(key("backend.aggregated_environment.NCCL_DEBUG", "recipe", ""), "agg: $NCCL_DEBUG");
        assert_eq!(key("environment.NCCL_DEBUG", "node configuration", "agg"), "agg: $NCCL_DEBUG");
        assert_eq!(key("env.NCCL_DEBUG", "fingerprint", "agg"), "agg: $NCCL_DEBUG");
        assert_eq!(key("installed_packages.torch", "node configuration", ""), "package torch");
        assert_eq!(key("benchmark.isl", "recipe", ""), "benchmark.isl");
        assert_eq!((plain("True"), plain("0.90"), plain("auto")), ("true".to_owned(), "0.9".to_owned(), "auto".to_owned()));
        assert_eq!(category("NCCL_DEBUG").1, "NCCL");
        assert_eq!(category("TLLM_LOG_LEVEL").1, "TensorRT-LLM");
        assert_eq!(category("PATH").1, "Other");
    }
}
