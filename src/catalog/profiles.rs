//! Workload profiles: names for pairs of input and output length.

/// One named pair of lengths.
pub struct Profile {
    /// Name on the page, with the pair in short form.
    pub label: &'static str,
    /// Input sequence length, tokens.
    pub isl: f64,
    /// Output sequence length, tokens.
    pub osl: f64,
}

/// The profiles that the field's release benchmarks share.
pub static PROFILES: &[Profile] = &[
    Profile { label: "Balanced (1k/1k)", isl: 1000.0, osl: 1000.0 },
    Profile { label: "Variable workload (512/2k)", isl: 512.0, osl: 2048.0 },
    Profile { label: "Large prompt (2k/128)", isl: 2048.0, osl: 128.0 },
    Profile { label: "Prefill heavy (8k/1k)", isl: 8000.0, osl: 1000.0 },
    Profile { label: "Long context (100k/1k)", isl: 100_000.0, osl: 1000.0 },
    Profile { label: "Heavy heterogeneous (8k/800)", isl: 8000.0, osl: 800.0 },
];

/// The workload's name. More than one turn makes it multi-turn whatever the lengths; 0/0 is how consolidated tables
/// write a run over a real data set; any other pair is custom and keeps its lengths in the name.
pub fn profile(isl: Option<f64>, osl: Option<f64>, turns: Option<f64>) -> Option<String> {
    if turns.is_some_and(|turns| turns > 1.0) {
        return Some("Multi-turn".to_owned());
    }
    let (isl, osl) = (isl?, osl?);
    if isl == 0.0 && osl == 0.0 {
        return Some("Real data set (0/0)".to_owned());
    }
    let named = PROFILES.iter().find(|profile| profile.isl == isl && profile.osl == osl);
    Some(named.map_or_else(|| format!("Custom ({isl}/{osl})"), |profile| profile.label.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_profiles() {
        let name = |isl, osl, turns| profile(Some(isl), Some(osl), turns).unwrap_or_default();
        assert_eq!(name(8000.0, 1000.0, None), "Prefill heavy (8k/1k)");
        assert_eq!(name(32_000.0, 256.0, Some(1.0)), "Custom (32000/256)");
        assert_eq!(name(0.0, 0.0, None), "Real data set (0/0)");
        assert_eq!(name(8000.0, 800.0, None), "Heavy heterogeneous (8k/800)");
        assert_eq!(name(1000.0, 1000.0, Some(3.0)), "Multi-turn");
        assert_eq!(profile(None, Some(1.0), None), None);
    }
}
