//! Accelerators: canonical names and how tools spell them.

use super::spellings::folded;

/// One accelerator.
pub struct Accelerator {
    /// The name measurements are grouped by.
    pub key: &'static str,
    /// Vendor, for display.
    pub vendor: &'static str,
    /// Spellings seen in files, lower case.
    pub aliases: &'static [&'static str],
}

/// Every accelerator the catalogue knows.
pub static ACCELERATORS: &[Accelerator] = &[
    Accelerator { key: "A100", vendor: "NVIDIA", aliases: &["nvidia-a100", "a100-sxm4-80gb", "nvidia a100"] },
    Accelerator {
        key: "H100",
        vendor: "NVIDIA",
        aliases: &[
            "nvidia-h100",
            "h100-sxm",
            "nvidia-h100-80gb-hbm3",
            "nvidia h100",
            "nvidia h100-sxm-80gb",
            "nvidia h100 80gb hbm3",
        ],
    },
    Accelerator { key: "H200", vendor: "NVIDIA", aliases: &["nvidia-h200", "h200-sxm", "nvidia h200", "nvidia h200-sxm-141gb"] },
    Accelerator { key: "B200", vendor: "NVIDIA", aliases: &["nvidia-b200", "nvidia b200", "nvidia b200-sxm-180gb"] },
    Accelerator { key: "B300", vendor: "NVIDIA", aliases: &["nvidia-b300", "nvidia b300", "nvidia b300-sxm-270gb"] },
    Accelerator { key: "GB200", vendor: "NVIDIA", aliases: &["nvidia-gb200", "nvidia gb200"] },
    Accelerator { key: "GB300", vendor: "NVIDIA", aliases: &["nvidia-gb300", "nvidia gb300"] },
    Accelerator { key: "L40S", vendor: "NVIDIA", aliases: &["nvidia-l40s", "nvidia l40s"] },
    Accelerator {
        key: "MI300X",
        vendor: "AMD",
        aliases: &["amd-mi300x", "amd mi300x", "instinct mi300x", "amd instinct mi300x 192gb hbm3"],
    },
    Accelerator { key: "MI325X", vendor: "AMD", aliases: &["amd-mi325x", "amd mi325x", "amd instinct mi325x 256gb hbm3e"] },
    Accelerator { key: "MI350X", vendor: "AMD", aliases: &["amd-mi350x", "amd mi350x", "amd instinct mi350x 288gb hbm3e"] },
    Accelerator { key: "MI355X", vendor: "AMD", aliases: &["amd-mi355x", "amd mi355x", "amd instinct mi355x 288gb hbm3e"] },
    Accelerator { key: "MI355X (1000 W cap)", vendor: "AMD", aliases: &["amd instinct mi355x 288gb hbm3e (power cap 1000 w)"] },
    Accelerator { key: "H100 NVL", vendor: "NVIDIA", aliases: &["nvidia h100-nvl-94gb", "h100-nvl"] },
    Accelerator { key: "H200 NVL", vendor: "NVIDIA", aliases: &["nvidia h200-nvl-141gb", "h200-nvl"] },
    Accelerator { key: "H200 (virtualized)", vendor: "NVIDIA", aliases: &["virtualized nvidia h200-sxm-141gb"] },
    Accelerator { key: "GH200", vendor: "NVIDIA", aliases: &["nvidia gh200", "nvidia gh200 grace hopper superchip 144gb"] },
    Accelerator { key: "L4", vendor: "NVIDIA", aliases: &["nvidia-l4", "nvidia l4", "nvidia l4-pcie-24gb"] },
    Accelerator { key: "RTX 4090", vendor: "NVIDIA", aliases: &["nvidia geforce rtx 4090", "geforce rtx 4090"] },
    Accelerator { key: "RTX PRO 4500", vendor: "NVIDIA", aliases: &["nvidia rtx pro 4500 blackwell"] },
    Accelerator { key: "RTX PRO 6000", vendor: "NVIDIA", aliases: &["nvidia rtx pro 6000 blackwell server edition"] },
    Accelerator { key: "Arc Pro B50", vendor: "Intel", aliases: &["intel(r) arc pro(r) b50"] },
    Accelerator { key: "Arc Pro B60", vendor: "Intel", aliases: &["intel(r) arc pro(r) b60"] },
    Accelerator {
        key: "Arc Pro B60 Dual",
        vendor: "Intel",
        aliases: &["ms-intel arc pro b60 dual 48g turbo", "[maxsun] ms-intel arc pro b60 dual 48g turbo"],
    },
    Accelerator { key: "Arc Pro B70", vendor: "Intel", aliases: &["intel(r) arc pro(r) b70"] },
    Accelerator { key: "TPU", vendor: "Google", aliases: &["google tpu"] },
    Accelerator { key: "Spyre", vendor: "IBM", aliases: &["ibm spyre", "aiu"] },
    Accelerator { key: "Gaudi3", vendor: "Intel", aliases: &["gaudi 3", "intel gaudi 3"] },
];

/// The canonical name of a spelling; an unknown accelerator keeps its own.
pub fn canonical(name: &str) -> &str {
    let folded = name.to_lowercase();
    let hit = ACCELERATORS.iter().find(|row| row.key.eq_ignore_ascii_case(name) || row.aliases.contains(&folded.as_str()));
    hit.map_or(name, |row| row.key)
}

/// Beginnings of the names of devices that are no GPUs, in lower case, and in what they are counted; processors are not.
const OTHERS: &[(&str, Option<&str>)] = &[
    ("tpu", Some("chips")),
    ("google tpu", Some("chips")),
    ("trainium", Some("NeuronCores")),
    ("aws trainium", Some("NeuronCores")),
    ("trn", Some("NeuronCores")),
    ("inferentia", Some("NeuronCores")),
    ("aws inferentia", Some("NeuronCores")),
    ("inf2", Some("NeuronCores")),
    ("neuron", Some("NeuronCores")),
    ("cpu", None),
    ("xeon", None),
    ("intel xeon", None),
    ("epyc", None),
    ("amd epyc", None),
    ("graviton", None),
];

/// In what a device is counted; `None` for processors, whose degrees count nothing that could be divided by. A device
/// that no row names is a GPU.
pub fn counted_in(name: &str) -> Option<&'static str> {
    let folded = name.trim().to_lowercase();
    OTHERS.iter().find(|(other, _)| folded.starts_with(other)).map_or(Some("GPUs"), |(_, unit)| *unit)
}

/// Names of accelerators as people put them into the names of folders, in lower case without separators; `#` is a digit.
const IN_NAMES: &[&str] = &[
    "a100",
    "h100",
    "h200",
    "h20",
    "b200",
    "b300",
    "gb200",
    "gb300",
    "gh200",
    "l40s",
    "l40",
    "a10g",
    "v100",
    "a6000",
    "rtx####ti",
    "rtx####",
    "rtx####super",
    // Without its family only this ending tells a card from a number.
    "####ti",
    "rtxpro####",
    "mi###x",
    "mi###a",
    "mi2##",
    "gaudi#",
];

/// A count and what is counted, in one text: `4 x H100`, `8xH200-SXM`, `H100 x4`, `L40S (4)`, `2x8 H100` (two nodes of
/// eight), `4 GPUs` (of which the name is empty).
pub fn counted(text: &str) -> Option<(u32, &str)> {
    const TIMES: [char; 4] = ['x', 'X', '×', '*'];
    const IN_BRACKETS: u32 = 16;
    let text = text.trim();
    // Several kinds are a list, not a count.
    if text.contains(['+', ',', ';']) {
        return None;
    }
    let number = |text: &str| text.parse::<u32>().ok().filter(|count| (1..=100_000).contains(count));
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    if let (count, rest) = text.split_at(digits(text))
        && let Some(count) = number(count)
    {
        let rest = rest.trim_start();
        if ["gpu", "gpus"].iter().any(|word| rest.eq_ignore_ascii_case(word)) {
            return Some((count, ""));
        }
        let rest = rest.strip_prefix(TIMES)?.trim_start();
        let (inner, name) = rest.split_at(digits(rest));
        let each = if inner.is_empty() { 1 } else { number(inner)? };
        let name = name.trim_start().trim_start_matches(|c: char| !inner.is_empty() && TIMES.contains(&c)).trim();
        return name.starts_with(char::is_alphabetic).then_some((count * each, name));
    }
    let bracket = text.strip_suffix(')').and_then(|rest| rest.rsplit_once('('));
    let (name, count) = bracket.or_else(|| text.rsplit_once(TIMES).filter(|(name, _)| !name.is_empty()))?;
    let (name, count) = (name.trim(), number(count.trim())?);
    let named = name.starts_with(char::is_alphabetic) && name.contains(|c: char| c.is_ascii_digit());
    // A larger number in brackets is the memory.
    (named && (bracket.is_none() || count <= IN_BRACKETS)).then_some((count, name))
}

/// The accelerator that the name of a folder or file contains, as the catalogue writes it; `None` without one, or with two. It must be a
/// word of its own, with a count of GPUs before or behind it at most: `2xA100-80GB-SXM`, `rtx5090_1x`.
pub fn in_name(name: &str) -> Option<String> {
    let fits = |word: &str, pattern: &str| {
        word.len() == pattern.len()
            && word
                .bytes()
                .zip(pattern.bytes())
                .all(|(byte, wanted)| if wanted == b'#' { byte.is_ascii_digit() } else { byte == wanted })
    };
    let folded = name.to_lowercase().replace("rtx-", "rtx").replace("rtx_", "rtx").replace("rtx ", "rtx");
    let words = folded.split(|c: char| !c.is_ascii_alphanumeric()).map(|word| {
        // A count: `2xa100`, `8xh200`.
        word.split_once('x')
            .filter(|(count, _)| !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit()))
            .map_or(word, |(_, rest)| rest)
    });
    let mut found: Vec<&str> = words.filter(|word| IN_NAMES.iter().any(|pattern| fits(word, pattern))).collect();
    found.sort_unstable();
    found.dedup();
    let [one] = found.as_slice() else { return None };
    let spaced = one.strip_prefix("rtxpro").map(|rest| format!("RTX PRO {rest}"));
    let card = one.strip_prefix("rtx").or(Some(*one).filter(|one| one.ends_with("ti")));
    let spaced = spaced.or_else(|| card.map(|rest| format!("RTX {}", rest.replace("ti", " Ti").replace("super", " SUPER"))));
    let written = spaced.unwrap_or_else(|| one.to_uppercase());
    Some(canonical(&written).to_owned())
}

/// Who makes an accelerator of the catalogue; empty for one that it does not know.
pub fn vendor(name: &str) -> &'static str {
    ACCELERATORS.iter().find(|row| row.key == name).map_or("", |row| row.vendor)
}

/// Whether a printed name is more specific than the catalogue's name with its vendor: memory, form factor, edition.
pub fn is_more_specific(printed: &str, name: &str) -> bool {
    let (printed, whole) = (folded(printed), folded(&format!("{} {name}", vendor(name))));
    printed != whole && printed != folded(name)
}

#[cfg(test)]
mod tests {
    use super::{canonical, is_more_specific};

    #[test]
    fn what_a_printed_name_says() {
        for more in ["NVIDIA B200-SXM-180GB", "AMD Instinct MI325X 256GB HBM3E", "NVIDIA H200-NVL-141GB", "A100-SXM4-80GB"] {
            assert!(is_more_specific(more, canonical(more)), "{more}");
        }
        for same in ["NVIDIA GB300", "GB300", "Intel(R) Arc Pro(R) B60", "Cerebras"] {
            assert!(!is_more_specific(same, canonical(same)), "{same}");
        }
    }

    #[test]
    fn folders_name_accelerators() {
        for (name, expected) in [
            ("rtx5090_1x", Some("RTX 5090")),
            ("RTX-5060Ti", Some("RTX 5060 Ti")),
            ("5070ti-qwen-c64", Some("RTX 5070 Ti")),
            ("5070-qwen-c64", None),
            ("2xA100-80GB-SXM", Some("A100")),
            ("results-h200", Some("H200")),
            ("mi300x_tp8", Some("MI300X")),
            ("h100-vs-h200", None),
            ("c16", None),
            ("llama-70b", None),
            ("alpha100", None),
        ] {
            assert_eq!(super::in_name(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn devices_have_units_of_their_own() {
        for (name, unit) in
            [("H200", Some("GPUs")), ("Gaudi3", Some("GPUs")), ("TPU v5e", Some("chips")), ("Intel Xeon 6980P", None)]
        {
            assert_eq!(super::counted_in(name), unit, "{name}");
        }
        assert_eq!(super::counted_in("trn2.48xlarge"), Some("NeuronCores"));
    }

    #[test]
    fn spellings_fold() {
        assert_eq!(canonical("h200"), "H200");
        assert_eq!(canonical("NVIDIA-H100-80GB-HBM3"), "H100");
        assert_eq!(canonical("Cerebras"), "Cerebras");
    }
}
