//! The tables' labels and their dimensions, and known misprints of units. Rows of data.

/// Normalised labels and their dimensions; `""` for one that is redundant or empty.
const LABELS: &[(&str, &str)] = &[
    ("public id", "public_id"),
    ("organization", "organization"),
    ("submitter", "organization"),
    ("availability", "availability"),
    ("system name", "system"),
    ("# of nodes", "nodes"),
    ("accelerator", "accelerator"),
    ("# of accelerators", "accelerators_per_node"),
    ("accelerators per node", "accelerators_per_node"),
    ("total accelerators", "gpus"),
    ("processor", "processor"),
    ("# of processors", "processors"),
    ("host processor core count", "host_cores"),
    ("framework", "framework"),
    ("software", "framework"),
    ("code", "code_link"),
    ("division/power", "division"),
    ("model mlc", "model"),
    ("scenario", "scenario"),
    ("units", "unit"),
    ("benchmark", ""),
    ("sum of # of processors", ""),
    ("", ""),
];

/// A label without the web table's additions: the hint to click, doubled spaces, upper case.
pub(super) fn fold(label: &str) -> String {
    bare(label).to_lowercase()
}

/// A label without the hint to click and doubled spaces.
fn bare(label: &str) -> String {
    let name = label.split("(click").next().unwrap_or(label);
    name.split_whitespace().collect::<Vec<&str>>().join(" ")
}

/// The dimension that a label names: its own name where no row has it, `None` where the column is not wanted.
pub(super) fn dimension(label: &str) -> Option<String> {
    let folded = fold(label);
    if is_result(&folded) {
        return None;
    }
    match LABELS.iter().find(|(name, _)| *name == folded) {
        Some((_, "")) => None,
        Some((_, key)) => Some((*key).to_owned()),
        None => Some(bare(label)),
    }
}

/// Whether a folded label is that of the results.
pub(super) fn is_result(folded: &str) -> bool {
    folded.starts_with("avg. result")
}

/// A unit that is printed wrongly.
pub(super) struct Correction {
    round: &'static str,
    pub model: &'static str,
    /// Empty for all.
    scenarios: &'static [&'static str],
    pub printed: &'static [&'static str],
    /// The systems that it is about; empty for all.
    only: &'static [&'static str],
    /// Systems whose printed unit is right.
    except: &'static [&'static str],
    /// The unit that the figures have.
    pub unit: &'static str,
    /// Why that is known.
    pub reason: &'static str,
}

const PER_SAMPLE: &[&str] = &["Samples/s", "Queries/s"];

const TOKENS: Correction = Correction {
    round: "5.1",
    model: "",
    scenarios: &[],
    printed: PER_SAMPLE,
    only: &[],
    except: &[],
    unit: "Tokens/s",
    reason: "the submissions' own logs state these figures as tokens per second",
};

/// Every misprint that is known.
pub(super) static CORRECTIONS: &[Correction] = &[
    Correction {
        round: "5.0",
        model: "llama3.1-405b",
        reason: "the figures are of the size of tokens, as the same systems' in 5.1",
        ..TOKENS
    },
    // Dell's XE9680L in Offline: 8.35 samples/s and 30493.3 tokens/s in the log, 30,493.3 in the table.
    Correction { model: "deepseek-r1", ..TOKENS },
    Correction {
        model: "llama3.1-8b-datacenter",
        reason: "the figures are of the size of tokens, as the next round's, which are printed so",
        ..TOKENS
    },
    // 5.1-0010: 18.47 samples/s and 1403.84 tokens/s in the log, 1,403.84 in the table. Two RTX 4090 (5.1-0033) with
    // 104.95 are of the size of samples.
    Correction { model: "whisper", except: &["5.1-0033"], ..TOKENS },
    Correction {
        round: "6.0",
        model: "whisper",
        reason: "the figures are of the size of the same systems' tokens per second in 5.1",
        ..TOKENS
    },
    Correction {
        round: "6.0",
        model: "llama3.1-8b",
        scenarios: &["Offline", "Server"],
        printed: &["Tokens/s"],
        only: &[
            "v6.0-0007",
            "v6.0-0018",
            "v6.0-0057",
            "v6.0-0058",
            "v6.0-0059",
            "v6.0-0060",
            "v6.0-0064",
            "v6.0-0087",
            "v6.0-0096",
            "v6.0-0101",
        ],
        unit: "Samples/s",
        reason: "they are two to three powers of ten below every other system's, and of the size of samples: the same system \
                 (4 × B60 Dual) has 6472 tokens/s in 5.1 and 52.8 here, at up to 128 tokens a sample",
        ..TOKENS
    },
];

/// The correction that a result needs, by its position in [`CORRECTIONS`].
pub(super) fn correction(round: &str, id: &str, model: &str, scenario: &str, printed: &str) -> Option<usize> {
    let fits = |row: &Correction| {
        let among = |list: &[&str], value: &str| list.is_empty() || list.contains(&value);
        row.round == round
            && row.model == model
            && among(row.scenarios, scenario)
            && among(row.printed, printed)
            && among(row.only, id)
            && !row.except.contains(&id)
    };
    CORRECTIONS.iter().position(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_names_a_dimension() {
        for (label, key) in LABELS {
            assert_eq!(*label, fold(label));
            assert!(key.is_empty() || crate::catalog::dimensions::dimension(key).is_some(), "{key}");
        }
    }

    #[test]
    fn labels_fold() {
        assert_eq!(dimension("System Name (click + for details)").as_deref(), Some("system"));
        assert_eq!(dimension("# of  Processors ").as_deref(), Some("processors"));
        assert_eq!(dimension("Cooling  Type ").as_deref(), Some("Cooling Type"));
        assert_eq!(dimension("Avg. Result at System Name"), None);
    }

    #[test]
    fn a_correction_is_of_its_systems_alone() {
        assert!(correction("5.1", "5.1-0010", "whisper", "Offline", "Samples/s").is_some());
        assert!(correction("5.1", "5.1-0033", "whisper", "Offline", "Samples/s").is_none());
        assert!(correction("6.0", "v6.0-0007", "llama3.1-8b", "Interactive", "Tokens/s").is_none());
        assert!(correction("7.0", "v7.0-0007", "whisper", "Offline", "Samples/s").is_none());
    }
}
