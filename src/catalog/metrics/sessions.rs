//! Metrics of sessions: several requests that may depend on each other.

use super::{Better, Metric, Shape};

const fn session(
    key: &'static str,
    label: &'static str,
    unit: &'static str,
    better: Better,
    shape: Shape,
    definition: &'static str,
) -> Metric {
    Metric { key, label, unit, better, shape, definition, aliases: &[], derive: None }
}

/// Figures of whole sessions.
pub(super) static ROWS: &[Metric] = &[
    session("sessions", "Sessions", "", Better::Neutral, Shape::Scalar, "Sessions run."),
    session(
        "sessions_succeeded",
        "Sessions succeeded",
        "",
        Better::Neutral,
        Shape::Scalar,
        "Sessions whose requests all succeeded.",
    ),
    session("sessions_failed", "Sessions failed", "", Better::Neutral, Shape::Scalar, "Sessions that ended in an error."),
    session(
        "session_rate",
        "Session rate",
        "sessions/s",
        Better::Higher,
        Shape::Scalar,
        "Sessions ÷ time from the start of the first to the end of the last.",
    ),
    session(
        "session_duration",
        "Session duration",
        "s",
        Better::Lower,
        Shape::Distribution,
        "Time from a session's first request to the end of its last one.",
    ),
    session(
        "session_events",
        "Session requests",
        "",
        Better::Neutral,
        Shape::Scalar,
        "Requests in all sessions, executed or not.",
    ),
    session(
        "session_events_completed",
        "Session requests completed",
        "",
        Better::Neutral,
        Shape::Scalar,
        "Session requests that completed.",
    ),
    session(
        "session_events_cancelled",
        "Session requests cancelled",
        "",
        Better::Neutral,
        Shape::Scalar,
        "Session requests not sent because a request they depend on failed.",
    ),
    session(
        "events_per_session",
        "Requests per session",
        "requests",
        Better::Neutral,
        Shape::Distribution,
        "Requests per session.",
    ),
    session(
        "cancelled_per_session",
        "Cancelled requests per session",
        "requests",
        Better::Neutral,
        Shape::Distribution,
        "Requests of a session not sent because a request they depend on failed.",
    ),
    session(
        "input_tokens_per_session",
        "Input tokens per session",
        "tokens",
        Better::Neutral,
        Shape::Distribution,
        "Prompt tokens of all requests of a session.",
    ),
    session(
        "output_tokens_per_session",
        "Output tokens per session",
        "tokens",
        Better::Neutral,
        Shape::Distribution,
        "Output tokens of all requests of a session.",
    ),
];
