//! Names of models: when two of them can be one model.

/// Suffixes that name a quantisation, in lower case.
const QUANTISATIONS: &[&str] = &[
    "nvfp4",
    "mxfp4",
    "fp4",
    "mxfp8",
    "fp8",
    "fp16",
    "bf16",
    "fp32",
    "int4",
    "int8",
    "awq",
    "gptq",
    "gguf",
    "bnb",
    "marlin",
    "w4a16",
    "w4a4",
    "w4a8",
    "w8a8",
    "w8a16",
    "w4afp8",
    "4bit",
    "8bit",
    "dynamic",
    "static",
    "block",
    "kv",
    "quantized",
];

/// A model's name, taken apart: the last part of its path in lower case, and the words for its quantisation at its end.
struct Name {
    base: String,
    quantisation: Vec<String>,
}

impl Name {
    fn new(name: &str) -> Name {
        let name = name.trim().trim_end_matches(['/', '\\']);
        // A cached repository is a folder `models--org--name`, in which a revision has a folder of its own.
        let cached = name.split(['/', '\\']).find_map(|part| part.strip_prefix("models--")?.rsplit("--").next());
        let last = cached.or_else(|| name.rsplit(['/', '\\']).next()).unwrap_or(name).to_lowercase();
        let mut words: Vec<&str> = last.split(['-', '_', '.', ' ', ':']).filter(|word| !word.is_empty()).collect();
        let mut quantisation = Vec::new();
        while words.len() > 1 && words.last().is_some_and(|word| QUANTISATIONS.contains(word)) {
            quantisation.extend(words.pop().map(str::to_owned));
        }
        quantisation.sort_unstable();
        Name { base: words.join("-"), quantisation }
    }
}

/// Several names of one model, taken apart.
pub struct Names(Vec<Name>);

impl Names {
    /// The names in a text: a client that asks for several adapters states a list.
    pub fn new(stated: &str) -> Names {
        Names(stated.split(',').flat_map(|part| part.split(" + ")).map(Name::new).collect())
    }

    /// These names; `None` without any.
    pub fn of(names: impl Iterator<Item = String>) -> Option<Names> {
        let names: Vec<Name> = names.map(|name| Name::new(&name)).collect();
        (!names.is_empty()).then_some(Names(names))
    }

    /// What must be equal for two models to be one: the name without organisation, case, separators and quantisation.
    pub fn bases(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|name| name.base.as_str())
    }

    /// Whether a record that states `stated` cannot be about the model that a description calls by these names.
    /// Organisation, case and separators do not matter. A client asks for a model by the name under which it is served,
    /// so a quantisation that only the description's name has is another model; one that only the record's name has may be
    /// a setting of the description.
    pub fn contradict(&self, stated: &Names) -> bool {
        let fits = |name: &Name, stated: &Name| {
            name.base == stated.base && (name.quantisation.is_empty() || name.quantisation == stated.quantisation)
        };
        !self.0.iter().any(|name| stated.0.iter().any(|stated| fits(name, stated)))
    }

    /// Whether a stated quantisation is another than the one in the names; false where either is not a known word.
    pub fn is_other_quantisation(&self, stated: &str) -> bool {
        let stated = stated.to_lowercase();
        let known = QUANTISATIONS.contains(&stated.as_str());
        known && self.0.iter().all(|name| !name.quantisation.is_empty() && !name.quantisation.contains(&stated))
    }
}

/// A model's name without organisation, case and separators: two names of one model in one quantisation give the same.
/// With it, whether the name states a quantisation. Of a list of adapters it is that of the list.
pub fn folded(name: &str) -> (String, bool) {
    let Name { base, quantisation } = Name::new(name);
    let stated = !quantisation.is_empty();
    (format!("{base} {}", quantisation.join(" ")), stated)
}

/// Whether two names can be of the same weights in two quantisations: what is left without organisation, case, separators and
/// quantisation is the same, but for a maker's name in front (`Meta-Llama-3.1-8B` and `Llama-3.1-8B`).
pub fn same_weights(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|name| Name::new(name).base);
    let follows =
        |long: &str, short: &str| long.strip_suffix(short).is_some_and(|maker| maker.is_empty() || maker.ends_with('-'));
    !one.is_empty() && !other.is_empty() && (follows(&one, &other) || follows(&other, &one))
}

#[cfg(test)]
mod tests {
    use super::{Names, folded, same_weights};

    #[test]
    fn weights_of_one_model() {
        assert!(same_weights("meta-llama/Llama-3.1-8B-Instruct", "RedHatAI/Meta-Llama-3.1-8B-Instruct-quantized.w4a16"));
        assert!(same_weights("org/m-bf16", "other/M_int4") && same_weights("m", "m"));
        assert!(!same_weights("Llama-3.1-8B", "Llama-3.1-70B-AWQ") && !same_weights("m", "n-int4") && !same_weights("", "m"));
    }

    /// Whether a description under these names says nothing about a record of the model `stated`.
    fn contradict(described: &str, stated: &str) -> bool {
        Names::new(described).contradict(&Names::new(stated))
    }

    #[test]
    fn folded_names() {
        let names =
            ["nvidia/Qwen3-8B-NVFP4", "qwen3_8b_nvfp4", "Qwen/Qwen3-8B", "Qwen3-8B-FP8", "Qwen3-8B-FP8-dynamic", "Qwen3-14B"];
        for a in names {
            for b in names {
                let differ = contradict(a, b) || contradict(b, a);
                assert_eq!(folded(a) != folded(b), differ, "{a} {b}");
            }
        }
        assert!(folded("a/b-FP8").1 && !folded("a/b").1);
    }

    #[test]
    fn names_of_one_model() {
        let differ = contradict;
        for (described, stated) in [
            ("meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b-instruct"),
            ("/models/Qwen3_8B/", "Qwen/Qwen3-8B"),
            ("/cache/models--openai--gpt-oss-20b", "openai/gpt-oss-20b"),
            ("/cache/models--openai--gpt-oss-20b/snapshots/0fe1c2d3", "openai/gpt-oss-20b"),
            ("Qwen/Qwen3-8B", "RedHatAI/Qwen3-8B-FP8-dynamic"),
            ("/data/x, chat", "chat"),
            ("a/b-FP8", "b_fp8"),
            ("base", "base, adapter-1, adapter-2"),
            ("org/base-NVFP4", "org/base-NVFP4 + adapter-1 + adapter-2"),
        ] {
            assert!(!differ(described, stated), "{described} {stated}");
        }
        for (described, stated) in [
            ("example/model-a", "example/model-b"),
            ("Llama-3.1-8B", "Llama-3.1-70B"),
            ("Llama-3.1-8B-FP8", "Llama-3.1-8B"),
            ("Llama-3.1-8B-FP8", "Llama-3.1-8B-AWQ"),
        ] {
            assert!(differ(described, stated), "{described} {stated}");
        }
    }
}
