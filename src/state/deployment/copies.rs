//! The copy of a source that is on the screen: how old it is, and what there is to say while the server does not give another.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::cut;
use crate::catalog::instant;

/// Letters of a reason in a synchronisation's own words.
const MAX_REASON: usize = 300;

/// The copy of a source. Times are in milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SourceCopy {
    /// When it was changed, as its server says.
    pub modified: Option<f64>,
    /// When its server last had it as it is here; `None` if it never came.
    pub current: Option<f64>,
    /// When and why the server last gave nothing newer.
    pub failure: Option<(f64, Failure)>,
    /// Whether some file of a folder could not be had.
    pub lacks: bool,
}

/// Why a server gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// It answered with this status.
    Status(u16),
    /// It did not answer.
    Silent,
    /// It may not be asked by this page.
    Barred,
    /// What it has is not read: it is too large, a web page, or stands for something else.
    Unread,
    /// It has another file, which holds no results.
    Empty,
}

impl SourceCopy {
    /// How old it is, in words; empty if there is none.
    pub fn age(&self, now: f64) -> String {
        match (self.current, self.modified) {
            (None, _) => String::new(),
            (_, Some(modified)) => format!("{} old", span(now - modified)),
            (Some(current), None) => format!("read {} ago", span(now - current)),
        }
    }

    /// Since when it is as it is.
    pub fn since(&self) -> Option<f64> {
        self.current.and(self.modified.or(self.current))
    }

    /// What failed, and what is shown instead. `clock` says a time of day.
    pub fn note(&self, name: &str, clock: impl Fn(f64) -> String) -> Option<String> {
        let (at, failure) = self.failure?;
        let (what, at) = (failure.words(), clock(at));
        Some(match self.current {
            Some(current) => format!("{name}: {what} at {at}; the copy of {} is shown.", clock(current)),
            None => format!("{name} could not be loaded at {at}: {what}."),
        })
    }
}

impl Failure {
    /// As the service worker says it beside its copy: a status, or 0.
    pub fn of_copy(status: &str) -> Failure {
        status.trim().parse().ok().filter(|status| *status != 0).map_or(Failure::Silent, Failure::Status)
    }

    fn words(self) -> String {
        match self {
            Failure::Status(status) => format!("the server answered {status}"),
            Failure::Silent => "the server did not answer".to_owned(),
            Failure::Barred => "this page may not ask its server".to_owned(),
            Failure::Unread => "what the server has cannot be read".to_owned(),
            Failure::Empty => "the server had a file without results".to_owned(),
        }
    }
}

/// What a synchronisation says of itself (`status.json`).
#[derive(Clone, Debug, PartialEq)]
pub struct Sync {
    /// When it last succeeded.
    pub synced: Option<f64>,
    /// Why it fails, if it does, and since when.
    pub failed: Option<(String, Option<f64>)>,
}

impl Sync {
    /// Reads `{"synced": instant, "failed": reason or null, "since": instant}`; `None` of what is none.
    pub fn read(text: &str) -> Option<Sync> {
        let Value::Object(fields) = serde_json::from_str(text).ok()? else { return None };
        let time = |key: &str| {
            let nanoseconds = instant::nanoseconds(fields.get(key)?.as_str()?)?;
            Some(nanoseconds as f64 / 1e6)
        };
        let synced = time("synced");
        let failed = match fields.get("failed") {
            None | Some(Value::Null | Value::Bool(false)) => None,
            Some(Value::String(reason)) => Some(cut(reason.trim().trim_end_matches('.'), MAX_REASON)),
            Some(_) => Some(String::new()),
        };
        let failed = failed.map(|reason| (reason, time("since")));
        (synced.is_some() || failed.is_some()).then_some(Sync { synced, failed })
    }

    /// How old the data are, in words; empty if it never succeeded.
    pub fn age(&self, now: f64) -> String {
        self.synced.map(|synced| format!("synced {} ago", span(now - synced))).unwrap_or_default()
    }

    /// What failed, and what is shown instead.
    pub fn note(&self, name: &str, clock: impl Fn(f64) -> String) -> Option<String> {
        let (reason, since) = self.failed.as_ref()?;
        let since = since.map(|since| format!(" since {}", clock(since))).unwrap_or_default();
        let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        let shown = self.synced.map(|synced| format!("; the copy of {} is shown", clock(synced))).unwrap_or_default();
        Some(format!("{name}: sync failed{since}{reason}{shown}."))
    }
}

/// So many milliseconds in words.
pub fn span(milliseconds: f64) -> String {
    let minutes = (milliseconds / 60_000.0).floor();
    match minutes {
        minutes if minutes < 1.0 => "less than 1 min".to_owned(),
        minutes if minutes < 60.0 => format!("{minutes} min"),
        minutes if minutes < 48.0 * 60.0 => format!("{} h", (minutes / 60.0).floor()),
        minutes => format!("{} days", (minutes / 1440.0).floor()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: f64 = 60_000.0;
    /// 2026-11-30T13:40:00Z.
    const READ: f64 = 1_796_046_000_000.0;

    fn clock(at: f64) -> String {
        instant::shown(at / 1000.0).and_then(|text| text.get(11..16).map(str::to_owned)).unwrap_or_default()
    }

    #[test]
    fn the_age_is_that_of_the_file_else_of_the_reading() {
        let copy = SourceCopy { modified: Some(READ), current: Some(READ + 3.0 * MINUTE), failure: None, lacks: false };
        for (later, words) in [
            (0.0, "less than 1 min old"),
            // A server's clock may be ahead.
            (-5.0, "less than 1 min old"),
            (4.99, "4 min old"),
            (59.0, "59 min old"),
            (61.0, "1 h old"),
            (47.9 * 60.0, "47 h old"),
            (49.0 * 60.0, "2 days old"),
        ] {
            assert_eq!(copy.age(READ + later * MINUTE), words);
        }
        assert_eq!(SourceCopy { modified: None, ..copy }.age(READ + 8.0 * MINUTE), "read 5 min ago");
        assert_eq!(SourceCopy::default().age(READ), "");
    }

    #[test]
    fn a_failure_says_which_copy_is_shown() {
        let at = READ + 22.0 * MINUTE;
        let copy = SourceCopy { modified: None, current: Some(READ), failure: Some((at, Failure::Status(503))), lacks: false };
        let note = copy.note("RHAIIS releases", clock);
        assert_eq!(note.as_deref(), Some("RHAIIS releases: the server answered 503 at 14:02; the copy of 13:40 is shown."));
        let never = SourceCopy { current: None, failure: Some((at, Failure::Silent)), ..copy };
        assert_eq!(never.note("A", clock).as_deref(), Some("A could not be loaded at 14:02: the server did not answer."));
        let barred = SourceCopy { current: None, failure: Some((at, Failure::Barred)), ..copy };
        assert_eq!(barred.note("A", clock).as_deref(), Some("A could not be loaded at 14:02: this page may not ask its server."));
        assert_eq!(SourceCopy { failure: None, ..copy }.note("A", clock), None);
    }

    #[test]
    fn a_synchronisation_says_how_it_goes() {
        let read = |text: &str| Sync::read(text);
        let well = read(r#"{"synced": "2026-11-30T13:40:00Z", "failed": null}"#).expect("a status");
        assert_eq!(well.age(READ + 4.0 * MINUTE), "synced 4 min ago");
        assert_eq!(well.note("A", clock), None);
        let failed =
            read(r#"{"synced": "2026-11-30T14:40:00+01:00", "failed": "AccessDenied.", "since": "2026-11-30T13:45:00Z"}"#);
        let note = failed.and_then(|status| status.note("A", clock));
        assert_eq!(note.as_deref(), Some("A: sync failed since 13:45: AccessDenied; the copy of 13:40 is shown."));
        let odd = read(r#"{"failed": "a\u0000b", "since": 3}"#).and_then(|status| status.note("A", clock));
        assert_eq!(odd.as_deref(), Some("A: sync failed: a\u{fffd}b."));
        let long = read(&format!(r#"{{"failed": "{}"}}"#, "x".repeat(10_000))).and_then(|status| status.note("A", clock));
        assert!(long.is_some_and(|note| note.chars().count() < 400));
        for nothing in ["", "[]", "{}", "null", r#"{"synced": "yesterday"}"#, r#"{"synced": 17}"#] {
            assert_eq!(read(nothing), None, "{nothing}");
        }
    }
}
