//! Gates: what a pipeline asks of results: whether one side is worse than the other, whether anything keeps a service
//! level, and what limits it. The same pairing and judging as in the views, without a picture; the command line prints it.

mod check;
mod compare;
mod diagnose;

pub use self::check::{Checked, check};
pub use self::compare::{Compared, Comparison, Figure, Filter, Side, compare, of_filters, of_tables, of_versions, together};
pub use self::diagnose::{Diagnosed, Observed, diagnose, left_out};

use crate::catalog::{Better, metrics, number};
use crate::state::{Axis, Limit, link};

/// A limit as people write it: `ttft.p95=4000`, `ttft.p95<=4000`, `output_tps>=1000`.
///
/// # Errors
///
/// Why it is no limit, in words.
pub fn limit(text: &str) -> Result<Limit, String> {
    let (name, sign, bound) = ["<=", ">=", "="]
        .into_iter()
        .find_map(|sign| text.split_once(sign).map(|(name, bound)| (name.trim(), sign, bound.trim())))
        .ok_or_else(|| format!("“{text}” is not a limit; use metric.statistic=number, e.g. ttft.p95=4000"))?;
    let bound: f64 =
        bound.parse().ok().filter(|bound: &f64| bound.is_finite()).ok_or_else(|| format!("“{bound}” is not a number"))?;
    let of = link::axis(name).ok_or_else(|| format!("“{name}” names no figure"))?;
    let from_below = match &of {
        Axis::Load(_) => false,
        Axis::Figure { metric, .. } => match metrics::metric(metric) {
            None => return Err(format!("There is no metric “{metric}”; `inferscope table` shows the names of what there is")),
            Some(row) if row.better == Better::Neutral => {
                return Err(format!("{} has no better direction, so it cannot have a limit", row.label));
            }
            Some(row) => row.better == Better::Higher,
        },
    };
    if (sign == ">=" && !from_below) || (sign == "<=" && from_below) {
        let side = if from_below { "below" } else { "above" };
        return Err(format!("“{text}”: {name} can only be limited from {side}"));
    }
    Ok(Limit { of, bound })
}

/// A figure in words.
fn with_unit(metric: &str, value: f64) -> String {
    number::with_unit(metric, value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Stat;

    #[test]
    fn limits_as_people_write_them() {
        let of = |metric: &str, stat| Axis::Figure { metric: metric.to_owned(), stat };
        assert_eq!(limit("ttft.p95=4000"), Ok(Limit { of: of("ttft", Stat::P95), bound: 4000.0 }));
        assert_eq!(limit("ttft.p95 <= 4000"), Ok(Limit { of: of("ttft", Stat::P95), bound: 4000.0 }));
        assert_eq!(limit("output_tps>=1000"), Ok(Limit { of: of("output_tps", Stat::Mean), bound: 1000.0 }));
        for text in ["ttft.p95", "ttft.p95=x", "ttft.p95>=1", "output_tps<=1", "nonsense=1", "completed=1", "=1", "ttft.p95=inf"]
        {
            assert!(limit(text).is_err(), "{text}");
        }
    }
}
