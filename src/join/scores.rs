//! The accuracy scores of a measurement's model: all of them as a text, and as a figure where there is exactly one.
//!
//! A score belongs to a measurement of the same model in the same quantisation. Where the names say the quantisation, it
//! is the names'; where they do not, both must state the same one, or none. Tasks that a tool aggregates over are left out:
//! their group has the score.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::catalog::models;
use crate::record::{Kind, Stat};
use crate::table::{Columns, Table};

/// How many scores are listed.
const LISTED: usize = 8;

/// What servers and files write for weights that are not quantised, or do not say.
const UNQUANTISED: [&str; 9] = ["", "none", "auto", "bf16", "bfloat16", "fp16", "float16", "half", "unquantized"];

/// A model, and its quantisation where its name does not have it.
type Model = (String, Option<[String; 2]>);

fn model(name: &str, quantization: Option<&str>, precision: Option<&str>) -> Model {
    let (name, stated) = models::folded(name);
    let plain = |text: Option<&str>| {
        let text = text.unwrap_or_default().trim().to_lowercase();
        if UNQUANTISED.contains(&text.as_str()) { String::new() } else { text }
    };
    (name, (!stated).then(|| [plain(quantization), plain(precision)]))
}

/// A score in words, and its value.
fn said(scores: &Columns, row: usize) -> Option<(String, f64)> {
    let text = |key: &str| scores.text(key, row).unwrap_or_default();
    let value = scores.figure("score", Stat::Mean, row)?;
    let mut words = format!("{} {}", scores.text("task", row)?, text("accuracy_metric"));
    let details =
        [("", "answer_filter", ""), ("", "shots", "-shot"), ("version ", "task_version", ""), ("limit ", "sample_limit", "")];
    let details: Vec<String> = details
        .iter()
        .filter(|(_, key, _)| !text(key).is_empty())
        .map(|(before, key, after)| format!("{before}{}{after}", text(key)))
        .collect();
    if !details.is_empty() {
        words.push_str(&format!(" ({})", details.join(", ")));
    }
    let digits = format!("{value:.2}");
    words.push_str(&format!(" {} %", digits.trim_end_matches('0').trim_end_matches('.')));
    Some((words, value))
}

/// Adds each measurement's scores.
pub(super) fn add(columns: &mut Columns, table: &Table) {
    let mut scores = Columns::new(Kind::Accuracy);
    scores.append(table);
    let mut known: FxHashMap<Model, (BTreeSet<String>, Vec<f64>)> = FxHashMap::default();
    for ([name, quantization, precision], rows) in scores.distinct(["model", "quantization", "precision"]) {
        let Some(name) = name else { continue };
        let (words, values) = known.entry(model(&name, quantization.as_deref(), precision.as_deref())).or_default();
        for row in rows.into_iter().filter(|row| scores.lacks("task_group", *row)) {
            let Some((said, value)) = said(&scores, row) else { continue };
            // Two files can have one score: results, and what was printed of them.
            if words.insert(said) {
                values.push(value);
            }
        }
    }
    for ([name, quantization, precision], rows) in columns.distinct(["model", "quantization", "precision"]) {
        let Some(name) = name else { continue };
        let found = known.get(&model(&name, quantization.as_deref(), precision.as_deref()));
        let Some((words, values)) = found.filter(|(words, _)| !words.is_empty()) else { continue };
        let mut listed: Vec<&str> = words.iter().take(LISTED).map(String::as_str).collect();
        let more = format!("{} more", words.len().saturating_sub(LISTED));
        listed.extend((words.len() > LISTED).then_some(more.as_str()));
        let listed = listed.join("; ");
        for row in rows {
            columns.set_text("scores", row, &listed);
            if let [one] = values.as_slice() {
                columns.set_figure("accuracy", Stat::Mean, row, *one);
            }
        }
    }
}
