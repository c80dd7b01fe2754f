//! What an axis shows, and its name in links.

use serde::{Deserialize, Serialize};

use crate::catalog::{Shape, metrics};
use crate::record::{LoadKind, Stat};

/// The scales of an axis in links.
pub(super) const LOG: &str = "log";
pub(super) const LINEAR: &str = "linear";

/// What an axis shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Axis {
    /// The requested load; measurements with another load type are left out.
    Load(LoadKind),
    /// A statistic of a metric.
    Figure {
        /// Catalogue key, or an unknown column's own name.
        metric: String,
        /// The statistic; mean for metrics that are one figure per run.
        stat: Stat,
    },
}

/// An axis as the link writes it: `load:rate`, `ttft.p95`, `output_tps`.
pub fn axis_text(axis: &Axis) -> String {
    match axis {
        Axis::Load(kind) => format!("load:{}", kind.key()),
        Axis::Figure { metric, stat: Stat::Mean } if metrics::metric(metric).is_some_and(|m| m.shape == Shape::Scalar) => {
            metric.clone()
        }
        Axis::Figure { metric, stat } => format!("{metric}.{}", stat.key()),
    }
}

/// The axis that a link writes like this.
pub fn axis(text: &str) -> Option<Axis> {
    if let Some(kind) = text.strip_prefix("load:").and_then(LoadKind::from_key) {
        return Some(Axis::Load(kind));
    }
    let (metric, stat) =
        text.rsplit_once('.').and_then(|(metric, stat)| Some((metric, Stat::from_key(stat)?))).unwrap_or((text, Stat::Mean));
    (!metric.is_empty()).then(|| Axis::Figure { metric: metric.to_owned(), stat })
}
