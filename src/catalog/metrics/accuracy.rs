//! Metrics of accuracy: how well a model answers graded tasks.

use super::{Better, Metric, Shape};

const fn row(
    key: &'static str,
    label: &'static str,
    unit: &'static str,
    better: Better,
    definition: &'static str,
    aliases: &'static [&'static str],
) -> Metric {
    Metric { key, label, unit, better, shape: Shape::Scalar, definition, aliases, derive: None }
}

/// Scores of graded tasks. What a score is the share of is its dimension `accuracy_metric`.
pub(super) static ROWS: &[Metric] = &[
    row(
        "score",
        "Score",
        "%",
        Better::Higher,
        "Share of a task's documents that were answered correctly, by the record's accuracy metric and answer filter.",
        &["acc", "exact_match"],
    ),
    row(
        "score_se",
        "Score's standard error",
        "%",
        Better::Neutral,
        "Standard error of the score, in percentage points.",
        &["stderr"],
    ),
    row(
        "accuracy",
        "Accuracy of the model",
        "%",
        Better::Higher,
        "The one score that loaded files have of the same model in the same quantisation (dimension Scores of the model).",
        &[],
    ),
    row("samples", "Documents graded", "", Better::Neutral, "Answers that the score is of.", &["n_eff", "effective"]),
    row("unparsed", "Unparsed answers", "", Better::Lower, "Graded answers in which no answer was found.", &[]),
    row("bleu", "BLEU", "", Better::Higher, "Overlap with reference translations, 0 to 100.", &[]),
    row("chrf", "chrF", "", Better::Higher, "Overlap of characters with reference translations, 0 to 100.", &[]),
    row("ter", "TER", "", Better::Lower, "Edits to a reference translation, per 100 words.", &["translation edit rate"]),
    row("perplexity", "Perplexity", "", Better::Lower, "Perplexity of the expected text.", &[]),
    row("word_perplexity", "Perplexity per word", "", Better::Lower, "Perplexity of the expected text, per word.", &[]),
    row("byte_perplexity", "Perplexity per byte", "", Better::Lower, "Perplexity of the expected text, per byte.", &[]),
    row("bits_per_byte", "Bits per byte", "", Better::Lower, "Negative log likelihood of the expected text, per byte.", &[]),
];
