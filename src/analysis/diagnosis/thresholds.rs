//! The thresholds of the rules: rows of data, each editable.

/// One threshold.
#[derive(Debug, PartialEq)]
pub struct Threshold {
    /// Name in links.
    pub key: &'static str,
    /// Name on the page.
    pub label: &'static str,
    /// Its unit; empty for a ratio or a count.
    pub unit: &'static str,
    /// Its default.
    pub default: f64,
}

const fn row(key: &'static str, label: &'static str, unit: &'static str, default: f64) -> Threshold {
    Threshold { key, label, unit, default }
}

/// Every threshold.
pub static THRESHOLDS: &[Threshold] = &[
    row("samples", "Samples under load needed", "", 12.0),
    row("kv-full", "KV cache full from", "%", 95.0),
    row("kv-high", "KV cache high from", "%", 90.0),
    row("kv-low", "KV cache low below", "%", 70.0),
    row("most", "Share of samples that counts as most", "%", 50.0),
    row("ttft-growth", "TTFT P95 with a high cache, against a low one", "×", 2.0),
    row("queue-share", "Queue time as a share of TTFT", "%", 50.0),
    row("plateau", "Running requests within … of their maximum", "%", 2.0),
    row("idle", "GPUs have headroom below", "%", 50.0),
    row("util", "GPU utilisation from", "%", 95.0),
    row("util-share", "Share of samples with that utilisation", "%", 80.0),
    row("sm", "SM activity from", "%", 80.0),
    row("dram", "DRAM activity from", "%", 60.0),
    row("correlation", "Rank correlation of ITL and running requests from", "", 0.7),
    row("flat", "Throughput is flat up to an elasticity of", "", 0.2),
    row("straight", "R² of a line from", "", 0.95),
    row("itl-growth", "ITL grows at least by", "×", 1.5),
    row("clock", "SM clock below … of its maximum", "%", 90.0),
    row("power", "Power from … of its limit", "%", 97.0),
    row("errors", "Failed requests from", "%", 1.0),
    row("errors-bad", "Many failed requests from", "%", 5.0),
    row("drift", "Change of the median TTFT from the first third to the last", "%", 25.0),
];

/// The thresholds in use: defaults, but for what the reader set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Thresholds(Vec<(&'static str, f64)>);

impl Thresholds {
    /// Sets a threshold; one that does not exist, or a value below 0, is refused.
    pub fn set(&mut self, key: &str, value: f64) -> bool {
        let known = THRESHOLDS.iter().find(|row| row.key == key).filter(|_| value.is_finite() && value >= 0.0);
        if let Some(row) = known {
            self.0.retain(|(other, _)| *other != row.key);
            self.0.push((row.key, value));
        }
        known.is_some()
    }

    /// A threshold's value, in its unit.
    pub fn get(&self, key: &str) -> f64 {
        let set = self.0.iter().find(|(known, _)| *known == key).map(|(_, value)| *value);
        set.or_else(|| THRESHOLDS.iter().find(|row| row.key == key).map(|row| row.default)).unwrap_or_default()
    }
}
