//! MLPerf Inference: benchmarks that change name between rounds, and their data sets. Rows of data.

/// A benchmark whose name changed.
pub struct Renamed {
    /// The model as some rounds print it.
    pub model: &'static str,
    /// The scenario that this is about; empty for all.
    pub scenario: &'static str,
    /// The model under which rounds are compared.
    pub to_model: &'static str,
    /// The scenario under which rounds are compared; empty for the same.
    pub to_scenario: &'static str,
    /// Why the two are one.
    pub reason: &'static str,
}

/// Every renaming that is known.
pub static RENAMED: &[Renamed] = &[
    Renamed {
        model: "llama3.1-8b-datacenter",
        scenario: "",
        to_model: "llama3.1-8b",
        to_scenario: "",
        reason: "5.1 prints the datacenter benchmark with its category, 6.0 without",
    },
    Renamed {
        model: "llama2-70b-interactive-99",
        scenario: "Server",
        to_model: "llama2-70b-99",
        to_scenario: "Interactive",
        reason: "5.0 prints the tighter latency limit as a model, later rounds as a scenario",
    },
    Renamed {
        model: "llama2-70b-interactive-99.9",
        scenario: "Server",
        to_model: "llama2-70b-99.9",
        to_scenario: "Interactive",
        reason: "5.0 prints the tighter latency limit as a model, later rounds as a scenario",
    },
];

/// The renaming that a model and scenario are subject to.
pub fn renamed(model: &str, scenario: &str) -> Option<&'static Renamed> {
    RENAMED.iter().find(|row| row.model == model && (row.scenario.is_empty() || row.scenario == scenario))
}

/// The model and scenario under which rounds are compared.
pub fn canonical<'n>(model: &'n str, scenario: &'n str) -> (&'n str, &'n str) {
    match renamed(model, scenario) {
        Some(row) => (row.to_model, if row.to_scenario.is_empty() { scenario } else { row.to_scenario }),
        None => (model, scenario),
    }
}

/// The token lengths of a benchmark's data set, as a table that ships with the page.
pub struct Lengths {
    /// The models, under their names without accuracy target.
    pub models: &'static [&'static str],
    /// The table's name without its ending.
    pub table: &'static str,
    /// Prompts.
    pub prompts: u32,
    /// What must be known of it.
    pub note: &'static str,
}

/// Every data set whose lengths are known; from the MLCommons data sets' own columns of token lengths, but for one.
pub static LENGTHS: &[Lengths] = &[
    Lengths { models: &["deepseek-r1"], table: "deepseek-r1", prompts: 4388, note: "" },
    Lengths { models: &["llama2-70b", "llama2-70b-interactive"], table: "llama2-70b", prompts: 24_576, note: "" },
    Lengths { models: &["llama3.1-405b"], table: "llama3.1-405b", prompts: 8313, note: "" },
    Lengths {
        models: &["llama3.1-8b", "llama3.1-8b-datacenter"],
        table: "llama3.1-8b",
        prompts: 13_368,
        note: "outputs are estimated: characters ÷ 4",
    },
];

/// The lengths of a model's data set.
pub fn lengths(model: &str) -> Option<&'static Lengths> {
    LENGTHS.iter().find(|row| row.models.contains(&family(model).0))
}

/// The accuracy targets that a model's name may end with, the strictest first. A benchmark with a target appears in the
/// tables once for each.
pub const TARGETS: [&str; 2] = ["-99.9", "-99"];

/// A model's name without its accuracy target, and how strict that is (0 the strictest).
pub fn family(model: &str) -> (&str, usize) {
    let found = TARGETS.iter().enumerate().find_map(|(rank, target)| Some((model.strip_suffix(target)?, rank)));
    found.unwrap_or((model, TARGETS.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_other_rounds() {
        assert_eq!(canonical("llama3.1-8b-datacenter", "Server"), ("llama3.1-8b", "Server"));
        assert_eq!(canonical("llama2-70b-interactive-99.9", "Server"), ("llama2-70b-99.9", "Interactive"));
        // The interactive model's Offline is no scenario of another round.
        assert_eq!(canonical("llama2-70b-interactive-99", "Offline"), ("llama2-70b-interactive-99", "Offline"));
        assert_eq!(canonical("llama2-70b-99", "Server"), ("llama2-70b-99", "Server"));
    }

    #[test]
    fn targets_are_told_apart() {
        assert_eq!(family("llama2-70b-99.9"), ("llama2-70b", 0));
        assert_eq!(family("llama2-70b-99"), ("llama2-70b", 1));
        assert_eq!(family("gpt-oss-120b"), ("gpt-oss-120b", 2));
    }
}
