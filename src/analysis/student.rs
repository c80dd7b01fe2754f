//! Quantiles of Student's t: how wide a confidence interval from few repeats is.

use std::f64::consts::{FRAC_2_SQRT_PI, PI};

/// The t with `P(|T| < t) = confidence` at `df` degrees of freedom, which need not be whole; `None` below one.
///
/// With `t = √df · tan θ` and `a = df/2` the share within ±t is `F(θ) = I_sin²θ(½, a)`, the regularised incomplete beta
/// function, and its slope is `2/√π · Γ(a+½)/Γ(a) · cos^(df−1) θ`. The slope only falls on 0 ≤ θ < π/2, so Newton's
/// method climbs to the quantile from any angle below it without ever passing it, and from one above it first falls below.
pub fn t(confidence: f64, df: f64) -> Option<f64> {
    if !(df >= 1.0 && confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let distribution = Distribution { a: df / 2.0, ratio: gamma_ratio(df / 2.0) };
    let mut angle = near(confidence, df);
    for _ in 0..MAX_STEPS {
        let (share, slope) = distribution.at(angle);
        let step = (confidence - share) / slope;
        angle = f64::max(angle + step, 0.0);
        // The error is squared with every step: after one of this size nothing is left of it.
        if step.abs() <= angle * 1e-9 {
            break;
        }
    }
    Some(df.sqrt() * angle.tan())
}

/// The probability of a |T| of at least `t` at `df` degrees of freedom: how likely chance alone is to differ by as much.
///
/// Where the distribution is almost normal, the far tail is that of the normal distribution at
/// `z = √(df · ln(1 + t²/df)) · (1 − 3/(4 df))` (Wallace, Ann. Math. Stat. 30 (1959) 1124).
pub fn p(t: f64, df: f64) -> f64 {
    if df > 2.0 * NORMAL {
        let z = (df * (t * t / df).ln_1p()).sqrt() * (1.0 - 0.75 / df);
        if z > FAR {
            return normal_tail(z);
        }
    }
    let distribution = Distribution { a: df / 2.0, ratio: gamma_ratio(df / 2.0) };
    let angle = (t.abs() / df.sqrt()).atan();
    distribution.tail(angle).unwrap_or_else(|| 1.0 - distribution.at(angle).0).clamp(0.0, 1.0)
}

/// From here on the normal distribution's tail needs few terms.
const FAR: f64 = 3.0;
/// Half the degrees of freedom above which the distribution is almost normal.
const NORMAL: f64 = 500.0;

/// `P(|Z| ≥ z)` for a large z: twice the density times Laplace's continued fraction `1/(z + 1/(z + 2/(z + 3/(z + …))))`.
fn normal_tail(z: f64) -> f64 {
    const TERMS: u32 = 60;
    let fraction = (1..=TERMS).rev().fold(z, |below, term| z + f64::from(term) / below);
    (2.0 / PI).sqrt() * (-z * z / 2.0).exp() / fraction
}

/// An angle near the quantile, from which two or three steps lead to it: the normal distribution's quantile (Winitzki's
/// inverse of the error function), corrected for the degrees of freedom (Abramowitz and Stegun 26.7.5).
fn near(confidence: f64, df: f64) -> f64 {
    const A: f64 = 0.147;
    let log = (-confidence * confidence).ln_1p();
    let half = 2.0 / (PI * A) + log / 2.0;
    let z = (2.0 * ((half * half - log / A).sqrt() - half)).sqrt();
    let cube = z.powi(3);
    let t = z + (cube + z) / (4.0 * df) + (5.0 * cube * z * z + 16.0 * cube + 3.0 * z) / (96.0 * df * df);
    (t / df.sqrt()).atan()
}

/// Far more steps than Newton's method needs anywhere.
const MAX_STEPS: usize = 60;

/// Student's distribution of an angle.
struct Distribution {
    /// Half the degrees of freedom.
    a: f64,
    /// `Γ(a+½)/Γ(a)`.
    ratio: f64,
}

impl Distribution {
    /// The share of the distribution within ±`angle`, and its slope there.
    fn at(&self, angle: f64) -> (f64, f64) {
        let Distribution { a, ratio } = *self;
        let (sine, cosine) = angle.sin_cos();
        let (x, rest) = (sine * sine, cosine * cosine);
        // A cosine close to 1 has lost the digits that its high power needs.
        let power = ((a - 0.5) * (-x).ln_1p()).exp();
        let slope = FRAC_2_SQRT_PI * ratio * power;
        // Both forms begin with x^p·(1−x)^q / B(p, q), which is the same for (x, p, q) and (1−x, q, p).
        let front = ratio / PI.sqrt() * sine * power * cosine;
        // The fraction converges fast below the distribution's mean; above it, the other tail's does, whose 1−x would lose
        // the digits of the tiny x that many degrees of freedom have.
        let share = if self.is_near(x) { front / 0.5 * fraction(x, 0.5, a) } else { 1.0 - front / a * fraction(rest, a, 0.5) };
        (share, slope)
    }

    /// Whether the fraction of the share converges fast, rather than that of the tail.
    fn is_near(&self, x: f64) -> bool {
        self.a > NORMAL || x < 1.5 / (self.a + 2.5)
    }

    /// The share of the distribution beyond ±`angle`, without loss of digits; `None` where it is not small.
    fn tail(&self, angle: f64) -> Option<f64> {
        let Distribution { a, ratio } = *self;
        let (sine, cosine) = angle.sin_cos();
        let power = ((a - 0.5) * (-sine * sine).ln_1p()).exp();
        let front = ratio / PI.sqrt() * sine * power * cosine;
        (!self.is_near(sine * sine)).then(|| front / a * fraction(cosine * cosine, a, 0.5))
    }
}

/// The continued fraction of the incomplete beta function `I_x(p, q)`, by Lentz's method
/// (Abramowitz and Stegun 26.5.8; Thompson and Barnett, J. Comput. Phys. 64 (1986) 490).
fn fraction(x: f64, p: f64, q: f64) -> f64 {
    /// Stands for a zero by which nothing can be divided.
    const TINY: f64 = 1e-300;
    const MAX_TERMS: u32 = 10_000;
    let bounded = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / bounded(1.0 - (p + q) * x / (p + 1.0));
    let mut value = d;
    for m in 1..MAX_TERMS {
        let m = f64::from(m);
        let even = m * (q - m) * x / ((p + 2.0 * m - 1.0) * (p + 2.0 * m));
        let odd = -(p + m) * (p + q + m) * x / ((p + 2.0 * m) * (p + 2.0 * m + 1.0));
        for term in [even, odd] {
            d = 1.0 / bounded(1.0 + term * d);
            c = bounded(1.0 + term / c);
            value *= d * c;
        }
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

/// `Γ(a+½)/Γ(a)`: its asymptotic series (Tricomi and Erdélyi, Pacific J. Math. 1 (1951) 133) from `a = 30` on, to which
/// `Γ(a+1) = a·Γ(a)` leads.
fn gamma_ratio(mut a: f64) -> f64 {
    let mut factor = 1.0;
    while a < 30.0 {
        factor *= a / (a + 0.5);
        a += 1.0;
    }
    let x = 1.0 / a;
    const SERIES: [f64; 8] = [
        1.0,
        -1.0 / 8.0,
        1.0 / 128.0,
        5.0 / 1024.0,
        -21.0 / 32_768.0,
        -399.0 / 262_144.0,
        869.0 / 4_194_304.0,
        39_325.0 / 33_554_432.0,
    ];
    factor * a.sqrt() * SERIES.iter().rev().fold(0.0, |sum, term| sum * x + term)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::{FRAC_PI_2, PI};

    use super::{gamma_ratio, p, t};

    #[test]
    fn probabilities_are_what_quantiles_leave() {
        for (confidence, df) in [(0.95, 1.0), (0.95, 2.7), (0.5, 5.0), (0.99, 30.0), (0.95, 1e9)] {
            let quantile = t(confidence, df).expect("a quantile");
            assert!((p(quantile, df) - (1.0 - confidence)).abs() < 1e-9, "{confidence} at {df}");
            assert!((p(-quantile, df) - p(quantile, df)).abs() < 1e-15);
        }
        assert_eq!((p(0.0, 5.0), p(f64::INFINITY, 5.0)), (1.0, 0.0));
        // mpmath: `betainc(df/2, 1/2, 0, df/(df+t²), regularized=True)`; of 1e9 `erfc(t/√2)`.
        for (t, df, expected) in [
            (10.0, 30.0, 4.575251e-11),
            (100.0, 3.0, 2.204522e-6),
            (10.0, 600.0, 7.030231e-22),
            (10.0, 2000.0, 5.235353e-23),
            (7.0, 1e9, 2.559_625e-12),
            (3.5, 1e9, 4.652_582e-4),
        ] {
            // Far out the approximation is good to a few percent of almost nothing.
            let close = if expected < 1e-20 { 0.05 } else { 1e-4 };
            assert!((p(t, df) / expected - 1.0).abs() < close, "{t} at {df}: {}", p(t, df));
        }
    }

    /// mpmath 1.3.0 with 30 digits, by bisection of `betainc(1/2, df/2, 0, t²/(df+t²), regularized=True)`.
    #[test]
    fn table_values() {
        let table = [
            (0.95, 1.0, 12.706_204_736_174_705),
            (0.95, 1.1, 10.276_801_286_281_21),
            (0.95, 1.5, 6.016_663_104_427_932),
            (0.95, 2.0, 4.302_652_729_749_464),
            (0.95, 2.7, 3.392_148_383_173_752),
            (0.95, 3.3, 3.024_874_461_840_808),
            (0.95, 5.0, 2.570_581_835_636_315_5),
            (0.95, 10.0, 2.228_138_851_986_275),
            (0.95, 30.0, 2.042_272_456_301_238),
            (0.95, 77.7, 1.990_968_148_973_738_6),
            (0.95, 500.0, 1.964_719_837_467_367_8),
            (0.95, 1000.0, 1.962_339_080_826_408_5),
            (0.95, 12_345.6, 1.960_156_158_259_510_5),
            (0.95, 1e9, 1.959_963_986_912_325_5),
            (0.5, 1.0, 1.0),
            (0.5, 2.7, 0.775_986_283_745_269_5),
            (0.5, 500.0, 0.674_980_737_965_963_9),
            (0.999, 1.0, 636.619_248_768_719_6),
            (0.999, 1.5, 82.847_446_703_657_61),
            (0.999, 30.0, 3.645_958_635_042_022),
            (0.01, 1.0, 0.015_709_255_323_664_916),
            (0.01, 500.0, 0.012_539_738_791_329_51),
        ];
        for (confidence, df, expected) in table {
            let found = t(confidence, df).expect("df is at least one");
            assert!((found / expected - 1.0).abs() < 1e-11, "{confidence}, df {df}: {found}, not {expected}");
        }
    }

    /// What came before: a trapezoid sum over 4,000 steps of the angle. It is right to 5e-5 from 2 degrees of freedom
    /// on; below, the density ends too steeply for it.
    fn integrated(confidence: f64, df: f64) -> f64 {
        const STEPS: u32 = 4000;
        let step = FRAC_PI_2 / f64::from(STEPS);
        let density = |i: u32| (f64::from(i) * step).cos().max(0.0).powf(df - 1.0);
        let area = |i: u32| f64::midpoint(density(i), density(i + 1));
        let mut left = confidence * (0..STEPS).map(area).sum::<f64>();
        for i in 0..STEPS {
            if left <= area(i) {
                return df.sqrt() * ((f64::from(i) + left / area(i)) * step).tan();
            }
            left -= area(i);
        }
        f64::INFINITY
    }

    #[test]
    fn the_integral_gives_the_same() {
        for df in (0..60).map(|i| 1.12_f64.powi(i)) {
            let (found, expected) = (t(0.95, df).expect("df is at least one"), integrated(0.95, df));
            let right = if df < 2.0 { 1e-3 } else { 5e-5 };
            assert!((found / expected - 1.0).abs() < right, "df {df}: {found}, not {expected}");
        }
    }

    #[test]
    fn without_repeats_there_is_none() {
        assert_eq!(t(0.95, 0.0), None);
        assert_eq!(t(0.95, f64::NAN), None);
        assert_eq!(t(1.0, 5.0), None);
    }

    #[test]
    fn ratios_of_gamma() {
        // Γ(1)/Γ(½) = 1/√π, Γ(3/2)/Γ(1) = √π/2.
        for (a, expected) in [(0.5, 1.0 / PI.sqrt()), (1.0, PI.sqrt() / 2.0), (1.5, 2.0 / PI.sqrt()), (2.0, 0.75 * PI.sqrt())] {
            assert!((gamma_ratio(a) / expected - 1.0).abs() < 1e-14, "{a}: {} is not {expected}", gamma_ratio(a));
        }
    }
}
