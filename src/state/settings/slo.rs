//! Service levels with a name, for a person to start from.

use serde::{Deserialize, Serialize};

use super::Row;
use crate::record::Stat;
use crate::state::link::axis;
use crate::state::{Axis, Limit};

/// A service level with a name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SloPreset {
    /// What it is called: `Chat`.
    pub name: String,
    /// Its limits as links write them: `ttft.p99=500`. None: no limit on latencies.
    pub limits: Vec<String>,
    /// Where the figures come from, and what moves them.
    pub source: String,
}

impl Row for SloPreset {
    fn fault(&self) -> Option<&'static str> {
        let wrong = self.limits.iter().any(|text| limit(text).is_none());
        match self.name.is_empty() {
            true => Some("“name” is missing"),
            false => wrong.then_some("a limit is not of the form ttft.p99=500"),
        }
    }
}

/// A limit as it is written.
fn limit(text: &str) -> Option<Limit> {
    let (of, bound) = text.split_once('=')?;
    let bound = bound.trim().parse().ok().filter(|bound: &f64| bound.is_finite())?;
    axis(of.trim()).map(|of| Limit { of, bound })
}

/// Statistics of the tail, which stand in for each other, the strictest first.
const TAIL: [Stat; 4] = [Stat::P99_9, Stat::P99, Stat::P95, Stat::P90];

impl SloPreset {
    /// Its limits on what there is: for a tail's statistic that the data lack the next stricter one stands in, else the next
    /// less strict one of the tail. Never does a mean or a median stand in for a tail: a limit that the data cannot answer
    /// stays, and no measurement meets it.
    pub fn limits(&self, is_there: impl Fn(&Axis) -> bool) -> Vec<Limit> {
        let fitted = |text: &String| {
            let limit = limit(text)?;
            let Axis::Figure { metric, stat } = &limit.of else { return Some(limit) };
            let Some(place) = TAIL.iter().position(|other| other == stat) else { return Some(limit) };
            let (stricter, laxer) = TAIL.split_at(place);
            let near = std::iter::once(stat).chain(stricter.iter().rev()).chain(laxer.iter().skip(1));
            let mut near = near.map(|stat| Axis::Figure { metric: metric.clone(), stat: *stat });
            let of = near.find(|axis| is_there(axis)).unwrap_or_else(|| limit.of.clone());
            Some(Limit { of, bound: limit.bound })
        };
        self.limits.iter().filter_map(fitted).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::link::axis_text;

    #[test]
    fn a_tail_that_is_not_there_is_replaced_by_a_stricter_one_first_and_never_by_a_mean() {
        let preset = SloPreset { limits: vec!["ttft.p95=500".to_owned(), "tpot.mean=30".to_owned()], ..SloPreset::default() };
        let with = |there: &[&str]| -> Vec<String> {
            let limits = preset.limits(|axis| there.contains(&axis_text(axis).as_str()));
            limits.iter().map(|limit| format!("{}={}", axis_text(&limit.of), limit.bound)).collect()
        };
        assert_eq!(with(&["ttft.p95", "ttft.p99", "tpot.mean"]), ["ttft.p95=500", "tpot.mean=30"]);
        assert_eq!(with(&["ttft.p50", "ttft.p99", "tpot.p50"]), ["ttft.p99=500", "tpot.mean=30"]);
        assert_eq!(with(&["ttft.p90", "ttft.p50"]), ["ttft.p90=500", "tpot.mean=30"]);
        assert_eq!(with(&["ttft.p50", "ttft"]), ["ttft.p95=500", "tpot.mean=30"]);
    }

    #[test]
    fn what_is_no_limit_is_a_fault() {
        let of = |limits: &[&str]| SloPreset {
            name: "x".to_owned(),
            limits: limits.iter().map(|text| (*text).to_owned()).collect(),
            ..SloPreset::default()
        };
        assert_eq!((of(&[]).fault(), of(&["ttft.p99=500", "load:concurrency=64"]).fault()), (None, None));
        for wrong in ["ttft.p99", "=5", "ttft.p99=fast", "ttft.p99=inf"] {
            assert!(of(&[wrong]).fault().is_some(), "{wrong}");
        }
        assert!(SloPreset::default().fault().is_some());
    }
}
