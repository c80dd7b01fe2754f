//! The curves of Dynamo's profiler: TTFT by prompt length of a prefill engine, ITL by context and cache usage of a
//! decode engine. As JSON (`prefill_raw_data.json`, `decode_raw_data.json`), as NumPy arrays (`raw_data.npz`), or both
//! texts in a Kubernetes ConfigMap.
//!
//! Lists of equal length are the columns of a table: one operating point each row. The engine's GPU count is only in
//! the name of the folder that the profiler gives to a candidate (`prefill_4gpus_tp4`).

use memchr::memmem;
use serde_json::Value;

use super::lists::Lists;
use super::{json, npz};
use crate::format::reader::identity::Identity;
use crate::format::reader::json_yaml::{self, Pattern};
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Kind, Load, Place, Provenance, Sample, Severity, Sink, Stat};

/// The lists: engine, name, the catalogue's metric, factor to its unit. The first list of an engine identifies the
/// curve.
const LISTS: &[(&str, &str, &str, f64)] = &[
    ("prefill", "prefill_isl", "input_tokens", 1.0),
    ("prefill", "prefill_ttft", "ttft", 1.0),
    ("prefill", "prefill_thpt_per_gpu", "input_tps_per_prefill_gpu", 1.0),
    ("decode", "z_itl", "itl", 1.0),
    ("decode", "x_kv_usage", "kv_usage", 100.0),
    ("decode", "y_context_length", "context_length", 1.0),
    ("decode", "z_thpt_per_gpu", "output_tps_per_decode_gpu", 1.0),
];

/// One figure of the whole decode curve: a number, or an array of one.
const CAPACITY: (&str, &str) = ("max_kv_tokens", "kv_capacity");

/// The texts within a ConfigMap.
const TEXTS: [&str; 2] = ["prefill_raw_data.json", "decode_raw_data.json"];

/// The numbers of the lists.
const ELEMENTS: &[Pattern] = &[&["*", "*"]];

/// The profiler's curves.
pub(in crate::format) static PROFILE: Format = Format {
    about: &About::new(
        "dynamo-profile",
        "Dynamo profiler curves (JSON, NPZ, ConfigMap)",
        "prefill and decode engines, one row per curve point",
        &["json", "npz", "yaml", "yml"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    if npz::is_npz(look.bytes) {
        return LISTS.iter().any(|(_, name, ..)| npz::begins_with(look.bytes, name)).then_some(Certainty::Certain);
    }
    let has = |mark: &str| look.contains(mark);
    // As a key, at the beginning of a line or in a JSON object: tables name the places of points with the same words.
    let key = |name: &str| {
        let line = |line: &str| line.trim_start().trim_start_matches(['"', '\'']).starts_with(name);
        has(&format!("\"{name}\":")) || (has(&format!("{name}:")) && look.text.lines().any(line))
    };
    if TEXTS.iter().any(|name| key(name)) && (has("_isl") || has("z_itl")) {
        return Some(Certainty::Certain);
    }
    let mine = look.object()?.has_any(&["prefill_isl", "z_itl", "x_kv_usage"]);
    (mine && (has("\"prefill_isl\"") || has("\"x_kv_usage\""))).then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    sink.provenance(Provenance { tool: Some("Dynamo profiler".to_owned()), ..Provenance::default() });
    let mut found = 0;
    if npz::is_npz(input.bytes) {
        found += points(&npz::read(input.bytes, sink), "", input.path, sink);
    } else if TEXTS.iter().any(|name| memmem::find(input.text.as_bytes(), name.as_bytes()).is_some()) {
        for (name, text) in embedded(input.text, sink) {
            found += points(&Lists::of_json(&text, ELEMENTS, sink), &format!("{name}: "), input.path, sink);
        }
    } else {
        found += points(&Lists::of_json(input.text, ELEMENTS, sink), "", input.path, sink);
    }
    if found == 0 {
        let hint = "The profiler may have stopped early: check its log.";
        sink.diagnostic(Diagnostic::new(Severity::Warning, Place::File, "The file has no curve points.", hint));
    }
    sink.progress(1.0);
}

/// The texts of a ConfigMap, which may be one of several YAML documents.
fn embedded(text: &str, sink: &mut dyn Sink) -> Vec<(&'static str, String)> {
    let documents: Vec<&str> = if json_yaml::is_json(text) { vec![text] } else { text.split("\n---").collect() };
    let mut texts = Vec::new();
    for document in documents.into_iter().filter(|document| TEXTS.iter().any(|name| document.contains(name))) {
        let root = match json_yaml::is_json(document) {
            true => json(document, sink),
            false => {
                let tree = json_yaml::yaml_plain(document, &[&["data"], &[TEXTS[0]], &[TEXTS[1]]], &mut |_| ());
                if let Some(fault) = &tree.fault {
                    sink.diagnostic(fault.diagnostic());
                }
                tree.root
            }
        };
        for name in TEXTS {
            let text = [&root["data"][name], &root[name]].into_iter().find_map(Value::as_str);
            texts.extend(text.map(|text| (name, text.to_owned())));
        }
    }
    texts
}

/// Emits the points of the curves in an object of lists, and counts them.
fn points(read: &(Value, Lists), at: &str, path: &str, sink: &mut dyn Sink) -> usize {
    ["prefill", "decode"].into_iter().map(|role| curve(role, read, at, path, sink)).sum()
}

fn curve(role: &str, (root, lists): &(Value, Lists), at: &str, path: &str, sink: &mut dyn Sink) -> usize {
    let columns: Vec<_> = LISTS
        .iter()
        .filter(|(of, ..)| *of == role)
        .filter_map(|(_, name, metric, factor)| Some((*name, *metric, *factor, lists.get(name, &root[*name])?)))
        .collect();
    let Some((first, ..)) = columns.first() else { return 0 };
    let lengths = columns.iter().map(|(.., list)| list.len());
    let (shortest, longest) = (lengths.clone().min().unwrap_or(0), lengths.max().unwrap_or(0));
    if shortest < longest {
        let message = format!(
            "The lists of the {role} curve have {shortest} to {longest} values; only the first {shortest} points are shown."
        );
        let hint = "The profiler writes lists of equal length: the file may be truncated.";
        sink.diagnostic(Diagnostic::new(Severity::Warning, Place::Key(format!("{at}{first}")), message, hint));
    }
    for (name, .., list) in &columns {
        Lists::tell_negative(&format!("{at}{name}"), list, sink);
    }
    let first_capacity = || lists.get(CAPACITY.0, &root[CAPACITY.0])?.first().copied().flatten();
    let capacity = root[CAPACITY.0].as_f64().or_else(first_capacity).filter(|_| role == "decode");
    let identity = identity(role, path);
    let mut emitted = 0;
    for point in 0..shortest {
        let mut samples = Vec::new();
        let mut push = |metric: &str, value: f64, sink: &mut dyn Sink| {
            samples.push(Sample { metric: sink.metric(metric, Stat::Mean), value });
        };
        for (_, metric, factor, list) in &columns {
            if let Some(value) = list.get(point).copied().flatten().filter(|value| *value >= 0.0) {
                push(metric, value * factor, sink);
            }
        }
        if samples.is_empty() {
            continue;
        }
        if let Some(capacity) = capacity.filter(|capacity| *capacity > 0.0) {
            samples.push(Sample { metric: sink.metric(CAPACITY.1, Stat::Mean), value: capacity });
        }
        identity.emit_as(Kind::OperatingPoint, &Place::Key(format!("{at}{first}[{point}]")), Load::default(), &samples, sink);
        emitted += 1;
    }
    emitted
}

/// The role, and the identity in the folder's name: `decode_4gpus_tep4/…`.
fn identity(role: &str, path: &str) -> Identity {
    let mut identity = Identity::default();
    identity.set("role", Some(role.to_owned()));
    for folder in path.split(['/', '\\']) {
        let Some((gpus, mapping)) = folder.strip_prefix(role).and_then(|rest| rest.strip_prefix('_')?.split_once("gpus_")) else {
            continue;
        };
        if !gpus.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        identity.set(&format!("{role}_gpus"), Some(gpus.to_owned()));
        laid_out(role, mapping, &mut identity);
    }
    identity
}

/// How an engine's GPUs are used, by the profiler's short word for it: `tp4`.
pub(super) fn laid_out(role: &str, mapping: &str, identity: &mut Identity) {
    let digits = mapping.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let kind = mapping.strip_suffix(digits).unwrap_or_default();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return;
    }
    // tep: tensor and expert parallel; dep: attention data parallel, experts parallel.
    let degrees: &[&str] = match kind {
        "tp" => &["tp"],
        "tep" => &["tp", "ep"],
        "dep" => &["dp", "ep"],
        _ => &[],
    };
    for degree in degrees {
        identity.set(&format!("{role}_{degree}"), Some(digits.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_in_the_catalogue() {
        for (_, _, key, _) in LISTS {
            assert!(crate::catalog::metrics::metric(key).is_some(), "{key}");
        }
        assert!(crate::catalog::metrics::metric(CAPACITY.1).is_some());
    }

    #[test]
    fn folders_name_their_gpus() {
        let of = |path| identity("prefill", path).iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>();
        assert_eq!(of("out/prefill_4gpus_tp4/raw_data.npz"), ["role=prefill", "prefill_gpus=4", "prefill_tp=4"]);
        assert_eq!(of("prefill_8gpus_dep8/x"), ["role=prefill", "prefill_gpus=8", "prefill_dp=8", "prefill_ep=8"]);
        assert_eq!(of("decode_8gpus_tp8/selected_prefill_interpolation/raw_data.npz"), ["role=prefill"]);
    }
}
