//! The frontier on a real sweep, imported as the page does it: 114 measurements of Llama-3.1-70B on H100
//! (`../shared/formats/llm-d-benchmark.md` §2.5), against fronts computed from the CSV by the definition in Python.

use std::fs;

use inferscope::analysis::frontier::frontier;
use inferscope::catalog::Better::{self, Higher, Lower};
use inferscope::engine::import_all;
use inferscope::join::{Joined, join};
use inferscope::record::{Kind, Stat};
use inferscope::source::Source;
use inferscope::table::{Table, Tables};

use crate::support;

const SWEEP: &str = "llm-d-benchmark/history/config_explorer_df.pkl.csv";

fn figures(table: &Table, metric: &str) -> Vec<f64> {
    let figures = table.figures(metric, Stat::Mean).unwrap_or_else(|| panic!("the sweep has no {metric}"));
    (0..table.rows()).map(|row| figures.get(row).unwrap_or(f64::NAN)).collect()
}

/// What is compared with tok/s per GPU, how many points its frontier has, and the two ends.
type Front = (&'static str, Better, usize, [(f64, f64); 2]);

#[test]
fn fronts_of_the_sweep() {
    let Some(corpus) = support::corpus("frontier::fronts_of_the_sweep") else { return };
    let path = corpus.join(SWEEP);
    let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{} should be in the corpus: {error}", path.display()));
    let imported = import_all(Source::new(SWEEP.to_owned(), bytes), None, |_| ());
    let tables: Vec<&Tables> = imported.iter().map(|file| &file.tables).collect();
    let Joined { table, .. } = join(&tables, Kind::Measurement, &[]);
    assert_eq!(table.rows(), 114);
    let y = figures(&table, "output_tps_per_gpu");
    let fronts: [Front; 3] = [
        // The sweep's own tok/s per user: output tok/s over concurrency.
        ("output_tps_per_request", Higher, 10, [(2.638, 168.844), (80.077, 5.005)]),
        // 1000 / TPOT.
        ("interactivity", Higher, 11, [(14.783, 168.844), (82.944, 5.005)]),
        ("ttft", Lower, 16, [(443.145, 5.005), (295_835.782, 168.844)]),
    ];
    for (metric, better, count, ends) in fronts {
        let x = figures(&table, metric);
        let points: Vec<(f64, f64)> = x.into_iter().zip(y.iter().copied()).collect();
        let found = frontier(&points, (better, Higher));
        assert_eq!(found.len(), count, "{metric}");
        for (position, (x, y)) in [found[0], found[count - 1]].into_iter().zip(ends) {
            let point = points[position];
            assert!((point.0 - x).abs() < 5e-4 && (point.1 - y).abs() < 5e-4, "{metric}: {point:?}, not ({x}, {y})");
        }
    }
}
