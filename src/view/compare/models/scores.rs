//! Scores of graded tasks by variant: a row for each task and metric that is graded in the same way.

use std::collections::BTreeMap;

use super::figures::{Figure, Value};
use super::rows::Group;
use super::variants::{Sources, Variant};
use crate::analysis::mean;
use crate::capacity::operating_points::{figure, text};
use crate::catalog::{Better, metrics};
use crate::record::{Kind, Stat};
use crate::sorting::Sorting;

/// Rows at most.
const MOST: usize = 8;
/// What makes two scores the same test.
const TEST: [&str; 6] = ["task", "accuracy_metric", "answer_filter", "shots", "sample_limit", "task_version"];
/// The metrics that scores have.
const METRICS: [&str; 8] = ["score", "bleu", "chrf", "ter", "perplexity", "word_perplexity", "byte_perplexity", "bits_per_byte"];

/// The tests that the most variants took first. Members of a group of tasks are left out: the group has their score.
pub(super) fn figures(sources: &Sources<'_>, variants: &[Variant]) -> Vec<Figure> {
    let Some((table, _)) = sources.get(Kind::Accuracy) else { return Vec::new() };
    let said = |key: &str, row: usize| text(table, key, row).unwrap_or_default();
    let mut tests: BTreeMap<(usize, [&str; 6]), Vec<Vec<f64>>> = BTreeMap::new();
    for (at, variant) in variants.iter().enumerate() {
        for row in variant.of(Kind::Accuracy).iter().copied().filter(|row| said("task_group", *row).is_empty()) {
            for (place, metric) in METRICS.iter().enumerate() {
                let Some(value) = figure(table, metric, Stat::Mean, row) else { continue };
                let of = tests.entry((place, TEST.map(|key| said(key, row)))).or_insert_with(|| vec![Vec::new(); variants.len()]);
                of.get_mut(at).into_iter().for_each(|values| values.push(value));
            }
        }
    }
    let mut tests: Vec<_> = tests.into_iter().collect();
    tests.order_by_key(|(_, values)| values.iter().filter(|values| values.is_empty()).count());
    let row = |((place, test), values): &((usize, [&str; 6]), Vec<Vec<f64>>)| {
        let metric = METRICS.get(*place).and_then(|key| metrics::metric(key));
        let [task, name, filter, shots, limit, version] = test;
        let details = [("", *filter, ""), ("", *shots, "-shot"), ("limit ", *limit, ""), ("version ", *version, "")];
        let details = details.iter().filter(|(_, text, _)| !text.is_empty());
        let details: Vec<String> = details.map(|(before, text, after)| format!("{before}{text}{after}")).collect();
        let title = format!("{task} {name}").trim_end().to_owned();
        let value = |values: &Vec<f64>| {
            let value = mean::arithmetic(values.iter().copied()).ok_or("not graded on this task in this way")?;
            let repeats = if values.len() > 1 { format!("mean of {} results", values.len()) } else { "one result".to_owned() };
            Ok(Value::new(value, repeats))
        };
        Figure {
            key: format!("score-{task}-{name}-{filter}-{shots}"),
            group: Group::Accuracy,
            title: if details.is_empty() { title } else { format!("{title} ({})", details.join(", ")) },
            unit: metric.map_or("", |row| row.unit),
            higher: metric.and_then(|row| match row.better {
                Better::Higher => Some(true),
                Better::Lower => Some(false),
                Better::Neutral => None,
            }),
            definition: metric.map_or("", |row| row.definition).to_owned(),
            values: values.iter().map(value).collect(),
        }
    };
    tests.iter().take(MOST).map(row).collect()
}
