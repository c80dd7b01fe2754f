//! Deployment properties in the server settings of SGLang, TensorRT-LLM and vLLM.
//!
//! Settings come as pairs of text, from a Python expression in a log, a command line or a configuration file. A worker
//! that only prefills or only decodes gives its degrees to that side's dimensions.

use crate::format::reader::identity::Identity;

/// A dimension and the settings that state it, the surest first. Settings are folded: underscores, no dashes.
const WORDS: &[(&str, &[&str])] = &[
    ("model", &["served_model_name", "model_path", "model", "model_name"]),
    ("tp", &["tp_size", "tp", "tensor_parallel_size"]),
    ("dp", &["dp_size", "dp", "data_parallel_size"]),
    ("pp", &["pp_size", "pp", "pipeline_parallel_size"]),
    ("ep", &["ep_size", "ep", "expert_parallel_size", "moe_expert_parallel_size"]),
    ("dp_attention", &["enable_dp_attention", "enable_attention_dp"]),
    ("quantization", &["quantization"]),
    ("spec_decoding", &["speculative_algorithm", "speculative_config"]),
];

/// Dimensions that each side of a disaggregated deployment has for itself.
const SIDED: [&str; 5] = ["tp", "dp", "pp", "ep", "dp_attention"];

/// Sets the dimensions found in one worker's settings; `role` is `prefill`, `decode` or neither.
pub(in crate::format) fn describe(settings: &[(String, String)], role: Option<&str>, identity: &mut Identity) {
    let side = role.filter(|role| matches!(*role, "prefill" | "decode"));
    // With DP attention the replicas share the GPUs of the tensor-parallel group: their number is no degree that adds GPUs.
    let shared = settings.iter().any(|(key, value)| folded(key) == "enable_dp_attention" && value.eq_ignore_ascii_case("true"));
    for (dimension, names) in WORDS {
        let stated = names.iter().find_map(|name| {
            let (_, value) = settings.iter().find(|(key, _)| folded(key) == *name)?;
            let value = match *dimension {
                "spec_decoding" => method(value),
                "dp_attention" => value.to_lowercase(),
                "model" => first_of_list(value).to_owned(),
                _ => value.clone(),
            };
            Some(value).filter(|value| !matches!(value.as_str(), "" | "None" | "null" | "False" | "false"))
        });
        match side {
            None if shared && *dimension == "dp" => {}
            Some(side) if SIDED.contains(dimension) => identity.set(&format!("{side}_{dimension}"), stated),
            _ => identity.set(dimension, stated),
        }
    }
}

/// Sets what tells a server from others: the other names of its model (lines), its port, and that it has no GPUs where
/// it says so.
pub(in crate::format) fn tell(settings: &[(String, String)], identity: &mut Identity) {
    let of = |name: &str| settings.iter().find(|(key, _)| folded(key) == name).map(|(_, value)| value.as_str());
    let mut names: Vec<&str> = Vec::new();
    for value in ["model", "model_path", "model_tag", "model_name", "served_model_name"].into_iter().filter_map(of) {
        let inside = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(value);
        names.extend(inside.split(',').map(unquoted).filter(|name| !matches!(*name, "" | "None" | "null")));
    }
    // `[LoRAModulePath(name='x', path=…), …]`: adapters are served under their own names.
    let adapters = of("lora_modules").unwrap_or_default().split("name='").skip(1);
    names.extend(adapters.filter_map(|rest| rest.split('\'').next()).filter(|name| !name.is_empty()));
    names.dedup();
    identity.set("known_as", Some(names.join("\n")));
    identity.set("port", of("port").map(str::to_owned).filter(|port| port.bytes().all(|byte| byte.is_ascii_digit())));
    let device = of("device_config").or_else(|| of("device")).map(|device| device.trim().to_lowercase());
    if let Some(device) = device.filter(|device| NO_GPUS.contains(&device.split(':').next().unwrap_or_default())) {
        identity.set("gpus_basis", Some(format!("no GPUs: the server ran on {device}")));
    }
}

/// Devices of servers that are not GPUs.
const NO_GPUS: [&str; 4] = ["cpu", "tpu", "neuron", "hpu"];

/// A setting's name without its dashes.
fn folded(key: &str) -> String {
    key.trim_start_matches('-').replace('-', "_")
}

/// vLLM serves a model under several names, and states them as a list.
fn first_of_list(value: &str) -> &str {
    let inside = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inside.map_or(value, |names| unquoted(names.split(',').next().unwrap_or_default()))
}

/// The method of a speculative configuration, which may be a name or an object.
fn method(value: &str) -> String {
    let Some(inside) = value.trim().strip_prefix('{') else { return value.to_owned() };
    let found = python(inside).into_iter().find(|(key, _)| matches!(key.as_str(), "method" | "decoding_type"));
    found.map_or_else(String::new, |(_, value)| value)
}

/// The pairs of a Python call's arguments or of a dictionary, from behind its opening bracket to the closing one or to
/// the end: `tp_size=8, model='x'` as well as `'tp_size': 8`. Nested values are kept verbatim.
pub(in crate::format) fn python(text: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let (mut depth, mut quote, mut escaped, mut start) = (0_usize, None, false, 0);
    let mut end = text.len();
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') if depth == 0 => {
                end = at;
                break;
            }
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ',') if depth == 0 => {
                pairs.extend(pair(&text[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    pairs.extend(pair(&text[start..end]));
    pairs
}

fn pair(text: &str) -> Option<(String, String)> {
    let text = text.trim();
    let separator = if text.starts_with(['"', '\'']) { ':' } else { '=' };
    let (key, value) = text.split_once(separator)?;
    let key = unquoted(key);
    let named = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    named.then(|| (key.to_owned(), unquoted(value).to_owned()))
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let inside = ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    inside.unwrap_or(text)
}

/// The settings of a command line: `--a v`, `--a=v`, and flags, which are `true`.
pub(in crate::format) fn arguments(line: &str) -> Vec<(String, String)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let flag = |word: &str| word.strip_prefix("--").filter(|name| !name.is_empty()).map(str::to_owned);
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let Some(name) = flag(word) else { continue };
        let next = words.get(index + 1).filter(|next| flag(next).is_none());
        found.push(match name.split_once('=') {
            Some((name, value)) => (name.to_owned(), unquoted(value).to_owned()),
            None => (name, next.map_or("true", |value| unquoted(value)).to_owned()),
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_and_commands() {
        let found = python("model_path='/m, x/', tp_size=8, lora=None, nested={'a': [1, 2]}, text=\"it's\") rest=1");
        let expected =
            [("model_path", "/m, x/"), ("tp_size", "8"), ("lora", "None"), ("nested", "{'a': [1, 2]}"), ("text", "it's")];
        assert_eq!(found, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert_eq!(python("'tp': 8, 'x': 'y'}"), [("tp".to_owned(), "8".to_owned()), ("x".to_owned(), "y".to_owned())]);
        assert!(python("").is_empty() && python("'''((").is_empty());
        let found = arguments("[CMD] python3 -m dynamo.sglang --tp-size 8 --trust --ep=4 -x --n -1");
        let expected = [("tp-size", "8"), ("trust", "true"), ("ep", "4"), ("n", "-1")];
        assert_eq!(found.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>()[..1], expected[..1]);
        assert_eq!(found.len(), 4);
    }

    #[test]
    fn sides_have_their_own_degrees() {
        let settings = arguments("--tp-size 8 --enable-dp-attention --speculative-config {\"method\":\"mtp\"}");
        let mut pairs = Identity::default();
        describe(&settings, Some("decode"), &mut pairs);
        let found: Vec<(&str, &str)> = pairs.iter().collect();
        assert_eq!(found, [("decode_tp", "8"), ("decode_dp_attention", "true"), ("spec_decoding", "mtp")]);
        let mut pairs = Identity::default();
        describe(&arguments("--tp-size 8 --dp-size 8 --enable-dp-attention"), Some("agg"), &mut pairs);
        assert_eq!(pairs.iter().collect::<Vec<_>>(), [("tp", "8"), ("dp_attention", "true")]);
    }
}
