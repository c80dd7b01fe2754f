//! Energy and carbon per token, from the power of a GPU.
//!
//! The power of the GPUs alone: hosts, network and cooling are not in it, unless the caller's watts include them. The
//! duration cancels, so none is assumed; the reference dashboard assumes 450 or 600 s per level and divides the power of
//! all levels by the throughput of some (`../shared/formats/rhaiis.md` §2.13, §4.2-11).

/// Watt-hours per one million tokens: `W per GPU × GPUs / tok/s × 10⁶ / 3600`.
///
/// `tps` is of the whole deployment at the level where the power was measured; with output tokens it is energy per
/// output token. `None` where a figure is not above zero.
pub fn wh_per_million(watts_per_gpu: f64, gpus: f64, tps: f64) -> Option<f64> {
    Some(1e6 / 3600.0 / tokens_per_joule(watts_per_gpu, gpus, tps)?)
}

/// Tokens per second per watt, which is tokens per joule: `tok/s / (W per GPU × GPUs)`.
pub fn tokens_per_joule(watts_per_gpu: f64, gpus: f64, tps: f64) -> Option<f64> {
    let positive = |value: f64| (value > 0.0 && value.is_finite()).then_some(value);
    positive(positive(tps)? / (positive(watts_per_gpu)? * positive(gpus)?))
}

/// Grams of CO₂ per one million tokens: `Wh / 1000 × gCO₂ per kWh` of the grid, which may be zero.
pub fn grams_co2_per_million(wh_per_million: f64, grams_per_kwh: f64) -> Option<f64> {
    let grams = wh_per_million / 1000.0 * grams_per_kwh;
    (grams_per_kwh >= 0.0 && grams.is_finite()).then_some(grams)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: Option<f64>, expected: f64) {
        assert!((found.unwrap_or(f64::NAN) / expected - 1.0).abs() < 1e-4, "{found:?}, not {expected}");
    }

    /// `../shared/formats/rhaiis.md` §7: gpt-oss-120b on four H200.
    #[test]
    fn golden() {
        let wh = wh_per_million(417.2, 4.0, 10_000.0);
        near(wh, 46.36);
        near(tokens_per_joule(417.2, 4.0, 10_000.0), 10_000.0 / 1668.8);
        // 46.36 Wh at 400 g/kWh.
        near(grams_co2_per_million(wh.unwrap_or(f64::NAN), 400.0), 18.542);
        assert_eq!(grams_co2_per_million(46.36, 0.0), Some(0.0));
    }

    #[test]
    fn what_is_missing_has_no_energy() {
        for (watts, gpus, tps) in
            [(0.0, 4.0, 1.0), (400.0, 0.0, 1.0), (400.0, 4.0, 0.0), (f64::NAN, 4.0, 1.0), (400.0, 4.0, f64::NAN)]
        {
            assert_eq!(wh_per_million(watts, gpus, tps), None);
        }
        assert_eq!(grams_co2_per_million(f64::NAN, 400.0), None);
        assert_eq!(grams_co2_per_million(1.0, -1.0), None);
    }
}
