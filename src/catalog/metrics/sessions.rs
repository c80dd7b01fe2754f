//! Sessions: several requests each, of which a later one may wait for an earlier one.

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
    session("sessions", "Sessions", "", Better::Neutral, Shape::Scalar, "Sessions that were run."),
    session(
        "sessions_succeeded",
        "Sessions succeeded",
        "",
        Better::Neutral,
        Shape::Scalar,
        "Sessions all of whose requests succeeded.",
    ),
    session("sessions_failed", "Sessions failed", "", Better::Neutral, Shape::Scalar, "Sessions that ended in an error."),
    session(
        "session_rate",
        "Session rate",
        "sessions/s",
        Better::Higher,
        Shape::Scalar,
        "Sessions divided by the time from the first one's start to the last one's end.",
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
        "Requests of sessions",
        "",
        Better::Neutral,
        Shape::Scalar,
        "Requests that the sessions consist of, executed or not.",
    ),
    session(
        "session_events_completed",
        "Requests of sessions completed",
        "",
        Better::Neutral,
        Shape::Scalar,
        "Requests of sessions that were answered.",
    ),
    session(
        "session_events_cancelled",
        "Requests of sessions cancelled",
        "",
        Better::Neutral,
        Shape::Scalar,
        "Requests that were not sent because one that they wait for had failed.",
    ),
    session(
        "events_per_session",
        "Requests per session",
        "requests",
        Better::Neutral,
        Shape::Distribution,
        "Requests that a session consists of.",
    ),
    session(
        "cancelled_per_session",
        "Cancelled requests per session",
        "requests",
        Better::Neutral,
        Shape::Distribution,
        "Requests of a session that were not sent because one that they wait for had failed.",
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
