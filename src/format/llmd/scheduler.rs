//! Settings of a request scheduler: the dimensions, the columns of llm-d's sweep tables that state them, and how the
//! endpoint picker of llm-d is configured, whose configuration benchmark reports carry.
//!
//! A configuration has plugins, each with a type, a name (by default its type) and parameters, and profiles that refer to
//! plugins by name and weigh the scorers. A missing setting is left unset, with one exception: a scorer that a profile
//! names without a weight has weight 1 (`DefaultScorerWeight` of gateway-api-inference-extension).

use serde_json::Value;

use crate::format::reader::identity::{Identity, scalar};

/// Where a configuration states a setting.
enum Place {
    /// The weight of a plugin of one of these types.
    Weight(&'static [&'static str]),
    /// A parameter of the prefix scorer by one of these names, as releases spell it.
    Parameter(&'static [&'static str]),
}

/// The scorers of prefixes. The precise one is its own type since llm-d 0.4, and a mode of the other before.
const PREFIX: &[&str] = &["prefix-cache-scorer", PRECISE];
const PRECISE: &str = "precise-prefix-cache-scorer";
/// The mode's name for it.
const TRACKING: &str = "cache_tracking";
/// A scorer's default weight.
const WEIGHT: &str = "1";

/// Dimension, column of a sweep table, and place in a configuration.
const SETTINGS: &[(&str, &str, Place)] = &[
    ("kv_scorer_weight", "KV_Cache_Scorer_Weight", Place::Weight(&["kv-cache-utilization-scorer", "kv-cache-scorer"])),
    ("queue_scorer_weight", "Queue_Scorer_Weight", Place::Weight(&["queue-scorer"])),
    ("prefix_scorer_weight", "Prefix_Cache_Scorer_Weight", Place::Weight(PREFIX)),
    ("prefix_scorer_mode", "Prefix_Cache_Scorer_Mode", Place::Parameter(&["mode"])),
    ("prefix_block_size", "Prefix_Cache_Scorer_Block_Size", Place::Parameter(&["blockSize", "hashBlockSize"])),
    ("prefix_capacity", "Prefix_Cache_Scorer_LRU_Capacity_Per_Server", Place::Parameter(&["lruCapacityPerServer"])),
    ("prefix_max_blocks", "Prefix_Cache_Scorer_Max_Blocks_To_Match", Place::Parameter(&["maxPrefixBlocksToMatch"])),
];

/// The dimension that a column of a sweep table states.
pub(in crate::format) fn of_column(name: &str) -> Option<&'static str> {
    SETTINGS.iter().find(|(_, column, _)| *column == name).map(|(dimension, ..)| *dimension)
}

/// Sets the dimensions in an endpoint picker's configuration. Weights of other scorers are kept under the plugin's own name.
pub(in crate::format) fn describe(config: &Value, pairs: &mut Identity) {
    let listed = |value: &'_ Value| value.as_array().map(Vec::as_slice).unwrap_or_default().to_vec();
    let plugins = listed(&config["plugins"]);
    let kind = |name: &str| {
        let named = |plugin: &&Value| plugin["name"].as_str().or(plugin["type"].as_str()) == Some(name);
        plugins.iter().find(named).and_then(|plugin| plugin["type"].as_str()).unwrap_or(name).to_owned()
    };
    let profiles = listed(&config["schedulingProfiles"]);
    let mut weights: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for profile in &profiles {
        for plugin in listed(&profile["plugins"]) {
            let Some(kind) = plugin["pluginRef"].as_str().map(kind) else { continue };
            let known =
                SETTINGS.iter().find(|(.., place)| matches!(place, Place::Weight(kinds) if kinds.contains(&kind.as_str())));
            let weight = scalar(&plugin["weight"]).or_else(|| known.map(|_| WEIGHT.to_owned()));
            let Some(weight) = weight else { continue };
            let key = known.map_or(kind, |(dimension, ..)| (*dimension).to_owned());
            let stated = (scalar(&profile["name"]).unwrap_or_default(), weight);
            match weights.iter_mut().find(|(other, _)| *other == key) {
                Some((_, all)) => all.push(stated),
                None => weights.push((key, vec![stated])),
            }
        }
    }
    for (key, stated) in weights {
        // A value shared by all profiles is written once; otherwise one per profile.
        let one = stated.first().map(|(_, weight)| weight.clone()).unwrap_or_default();
        let all = stated.len() == profiles.len() && stated.iter().all(|(_, weight)| *weight == one);
        let each = || stated.iter().map(|(profile, weight)| format!("{profile} {weight}")).collect::<Vec<_>>().join(" + ");
        pairs.set(&key, Some(if all { one } else { each() }));
    }
    let prefix = plugins.iter().find(|plugin| plugin["type"].as_str().is_some_and(|kind| PREFIX.contains(&kind)));
    let Some(prefix) = prefix else { return };
    if prefix["type"].as_str() == Some(PRECISE) {
        pairs.set("prefix_scorer_mode", Some(TRACKING.to_owned()));
    }
    for (dimension, _, place) in SETTINGS {
        if let Place::Parameter(names) = place {
            pairs.set(dimension, names.iter().find_map(|name| scalar(&prefix["parameters"][*name])));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn described(config: &Value) -> String {
        let mut pairs = Identity::default();
        describe(config, &mut pairs);
        pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_setting_is_in_the_catalogue() {
        for (dimension, column, _) in SETTINGS {
            assert!(crate::catalog::dimensions::dimension(dimension).is_some(), "{dimension}");
            assert_eq!(of_column(column), Some(*dimension));
        }
        assert_eq!(of_column("Replicas"), None);
    }

    #[test]
    fn a_plugin_is_known_by_its_type_whatever_it_is_called() {
        let config = json!({
            "plugins": [
                {"type": "kv-cache-utilization-scorer", "name": "mine"},
                {"type": "queue-scorer"},
                {"type": "precise-prefix-cache-scorer", "parameters": {"blockSize": 64}},
                {"type": "lora-affinity-scorer"},
                {"type": "max-score-picker"},
            ],
            "schedulingProfiles": [{"name": "default", "plugins": [
                {"pluginRef": "mine", "weight": 0},
                {"pluginRef": "queue-scorer"},
                {"pluginRef": "precise-prefix-cache-scorer", "weight": 3.0},
                {"pluginRef": "lora-affinity-scorer", "weight": 2},
                {"pluginRef": "max-score-picker"},
            ]}],
        });
        let expected = "kv_scorer_weight=0 queue_scorer_weight=1 prefix_scorer_weight=3 lora-affinity-scorer=2 \
                        prefix_scorer_mode=cache_tracking prefix_block_size=64";
        assert_eq!(described(&config), expected);
    }

    #[test]
    fn profiles_that_differ_are_told_apart() {
        let profile = |name: &str, weights: &[(&str, u32)]| {
            let plugins: Vec<Value> = weights.iter().map(|(name, weight)| json!({"pluginRef": name, "weight": weight})).collect();
            json!({"name": name, "plugins": plugins})
        };
        let config = json!({"schedulingProfiles": [
            profile("prefill", &[("queue-scorer", 1), ("kv-cache-scorer", 2)]),
            profile("decode", &[("queue-scorer", 1), ("kv-cache-scorer", 3), ("prefix-cache-scorer", 1)]),
        ]});
        let expected = "queue_scorer_weight=1 kv_scorer_weight=prefill 2 + decode 3 prefix_scorer_weight=decode 1";
        assert_eq!(described(&config), expected);
    }

    #[test]
    fn what_is_no_configuration_says_nothing() {
        for config in [json!(null), json!("plugins"), json!({"plugins": 3, "schedulingProfiles": [4, {"plugins": [{}]}]})] {
            assert_eq!(described(&config), "");
        }
    }
}
