//! Quantiles of Student's t: how wide an interval from few repeats must be.

use std::f64::consts::FRAC_PI_2;
use std::sync::LazyLock;

/// Steps of the integration; with these the result is right to five digits from one degree of freedom on.
const STEPS: u32 = 4000;

/// The cosine at the end of every step, which no t computes again: thousands of intervals stand in one picture.
static COSINES: LazyLock<Vec<f64>> = LazyLock::new(|| (0..=STEPS).map(|i| (f64::from(i) * step()).cos().max(0.0)).collect());

/// Beyond this many degrees of freedom t differs from its limit by a thousandth, and the integrand gets too narrow.
const MOST: f64 = 1000.0;

/// The t with `P(|T| < t) = confidence` at `df` degrees of freedom, which need not be whole; `None` below one.
///
/// With `t = √df · tan θ` Student's density becomes proportional to `cos^(df−1) θ` on 0 ≤ θ < π/2, so that one running
/// trapezoid sum gives both the share and the whole, and no gamma function is needed.
pub fn t(confidence: f64, df: f64) -> Option<f64> {
    if !(df >= 1.0 && confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let df = df.min(MOST);
    let densities: Vec<f64> = COSINES.iter().map(|cosine| cosine.powf(df - 1.0)).collect();
    let areas = || densities.windows(2).map(|two| two.iter().sum::<f64>() / 2.0);
    let mut left = confidence * areas().sum::<f64>();
    for (i, area) in areas().enumerate() {
        if left <= area {
            return Some(df.sqrt() * ((i as f64 + left / area) * step()).tan());
        }
        left -= area;
    }
    None
}

/// Width of a step, in radians.
fn step() -> f64 {
    FRAC_PI_2 / f64::from(STEPS)
}

#[cfg(test)]
mod tests {
    use super::t;

    /// `scipy.stats.t.ppf(0.975, df)`, scipy 1.17.1.
    #[test]
    fn table_values() {
        let table = [
            (1.0, 12.706_205),
            (1.5, 6.016_663),
            (2.0, 4.302_653),
            (2.7, 3.392_148),
            (5.0, 2.570_582),
            (10.0, 2.228_139),
            (30.0, 2.042_272),
            (500.0, 1.964_720),
        ];
        for (df, expected) in table {
            let found = t(0.95, df).expect("df is at least one");
            assert!((found / expected - 1.0).abs() < 2e-5, "df {df}: {found}, not {expected}");
        }
        assert!((t(0.95, 1e9).expect("many") - 1.96).abs() < 0.003);
    }

    #[test]
    fn without_repeats_there_is_none() {
        assert_eq!(t(0.95, 0.0), None);
        assert_eq!(t(0.95, f64::NAN), None);
        assert_eq!(t(1.0, 5.0), None);
    }
}
