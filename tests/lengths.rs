//! Distributions of the token lengths of public data sets (`../shared/data/datasets/summaries`), against numpy 2.4.6:
//! count, min, p50, mean, p95, max, and the first three of fifty bins.
//!
//! `../shared/formats/rhaiis.md` §5 has the same table; its p95 of two files is the nearest rank's, not interpolated.

use std::fs;

use inferscope::analysis::histogram::{BINS, Distribution};

use crate::support;

type Row = (&'static str, &'static str, [f64; 6], [u64; 3]);

const TABLE: [Row; 6] = [
    ("deepseek-r1", "input_length", [4388.0, 52.0, 901.5, 803.791_248_860_5, 1312.0, 3140.0], [347, 392, 148]),
    ("deepseek-r1", "output_length", [4388.0, 209.0, 2194.0, 4_043.449_863_263_4, 13_854.1, 32768.0], [867, 809, 496]),
    ("gpt-oss", "input_length", [6396.0, 600.0, 4593.0, 5_010.643_683_552_2, 9474.25, 15330.0], [8, 24, 50]),
    ("sharegpt-vicuna", "input_length", [81494.0, 0.0, 72.0, 121.866_885_905_7, 432.0, 614.0], [8739, 8641, 7187]),
    ("sharegpt-vicuna", "output_length", [81494.0, 0.0, 1311.0, 1_210.938_204_039_6, 2201.0, 3333.0], [2311, 2285, 2556]),
    ("swebench-lite", "input_length", [300.0, 49.0, 333.5, 540.94, 1635.9, 9138.0], [101, 76, 44]),
];

#[test]
fn lengths_of_public_data_sets() {
    let Some(corpus) = support::corpus("lengths::lengths_of_public_data_sets") else { return };
    for (file, column, figures, bins) in TABLE {
        let path = corpus.join(format!("datasets/summaries/{file}.csv"));
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{} should be there: {error}", path.display()));
        let mut lines = text.lines();
        let position = lines.next().and_then(|head| head.split(',').position(|name| name == column)).expect("the column");
        let values = lines.filter_map(|line| line.split(',').nth(position)?.trim().parse().ok());
        let found = Distribution::new(values).expect("lengths");
        let (low, high) = found.range();
        let seen = [found.count() as f64, low, found.percentile(50.0), found.mean(), found.percentile(95.0), high];
        for (seen, expected) in seen.into_iter().zip(figures) {
            assert!((seen - expected).abs() < 1e-6, "{file} {column}: {seen}, not {expected}");
        }
        let fifty = found.histogram(BINS);
        assert_eq!((fifty.counts.len(), fifty.counts.iter().sum::<u64>()), (BINS, found.count()), "{file} {column}");
        assert_eq!(fifty.counts[..3], bins, "{file} {column}");
    }
}
