//! The summary of a figure over all requests, as `datagen analyze` prints it.

use serde::Serialize;

use crate::analysis::histogram::Distribution;

/// Count, mean, spread and quartiles. Of no value at all: a count of 0, the rest missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// How many requests have the figure.
    pub count: u64,
    /// Arithmetic mean.
    pub mean: Option<f64>,
    /// Standard deviation of the population, `√(Σ (v − mean)² / n)`: numpy's default, which `datagen` and AIPerf use.
    pub std: Option<f64>,
    /// Least value.
    pub min: Option<f64>,
    /// First quartile. Quantiles are linear between the closest ranks, numpy's default.
    pub p25: Option<f64>,
    /// Median.
    pub p50: Option<f64>,
    /// Third quartile.
    pub p75: Option<f64>,
    /// Greatest value.
    pub max: Option<f64>,
}

impl Summary {
    /// Of these values.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Summary {
        let Some(values) = Distribution::new(values) else { return Summary::default() };
        let (low, high) = values.range();
        Summary {
            count: values.count(),
            mean: Some(values.mean()),
            std: Some(values.population_deviation()),
            min: Some(low),
            p25: Some(values.percentile(25.0)),
            p50: Some(values.percentile(50.0)),
            p75: Some(values.percentile(75.0)),
            max: Some(high),
        }
    }

    /// The statistics by name, in the order of the reference's table.
    pub fn statistics(&self) -> [(&'static str, Option<f64>); 7] {
        [
            ("mean", self.mean),
            ("std", self.std),
            ("min", self.min),
            ("p25", self.p25),
            ("p50", self.p50),
            ("p75", self.p75),
            ("max", self.max),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::Summary;

    #[test]
    fn figures_are_numpys() {
        // numpy: v = [2, 3, 5, 8, 13]; v.mean(), v.std(), percentile(v, [0, 25, 50, 75, 100])
        let summary = Summary::of([13.0, 2.0, 8.0, 3.0, 5.0]);
        let expected = [6.2, 3.969_886_648_255_842, 2.0, 3.0, 5.0, 8.0, 13.0];
        for ((name, value), expected) in summary.statistics().into_iter().zip(expected) {
            assert!((value.expect(name) - expected).abs() < 1e-12, "{name} {value:?}");
        }
        assert_eq!((Summary::of([7.0]).std, Summary::of([]).mean, Summary::of([]).count), (Some(0.0), None, 0));
    }
}
