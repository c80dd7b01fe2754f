//! What a description is about, and what a record states that can contradict it: model, server, time.

use crate::catalog::instant;
use crate::catalog::models::Names;
use crate::work;

/// How long before a server's start and after its last line a run may be, in milliseconds: an idle server writes nothing.
const SLACK: i64 = 10 * 60 * 1000;

/// The largest difference of two clocks without zones, in milliseconds: from UTC-12 to UTC+14.
const ZONES: i64 = 26 * 3600 * 1000;

/// What a description is about; it says nothing about records that contradict it.
#[derive(Default)]
pub(super) struct About {
    /// The model as stated.
    pub model: Option<String>,
    /// The names of the model and those under which it is served; `None` if none is what a client asks for.
    pub models: Option<Names>,
    /// How the weights are quantised.
    pub quantisation: Option<String>,
    pub port: Option<String>,
    /// The degree of tensor parallelism.
    pub tp: Option<String>,
    /// From when to when, as RFC 3339 or in local time without a zone.
    pub window: Option<(String, String)>,
}

/// What a record states of itself, as far as it can contradict a description.
#[derive(Clone, Copy, Default)]
pub(super) struct Subject<'s> {
    pub tool: Option<&'s str>,
    pub model: Option<&'s str>,
    pub target: Option<&'s str>,
    pub tp: Option<&'s str>,
    pub window: Option<(&'s str, &'s str)>,
}

/// In what a description and a record contradict each other.
#[derive(Clone, Copy)]
pub(super) enum Contradiction {
    Model,
    Quantisation,
    Port,
    Degree,
    Time,
}

impl Contradiction {
    /// The end of the sentence that says so.
    pub(super) fn words(self, about: &About, subject: &Subject<'_>) -> String {
        let described = |text: &Option<String>| text.clone().unwrap_or_default();
        match self {
            Contradiction::Model => {
                format!("it is about the model {}, not {}", described(&about.model), subject.model.unwrap_or_default())
            }
            Contradiction::Quantisation => {
                format!("it is about weights in {}, not {}", described(&about.quantisation), subject.model.unwrap_or_default())
            }
            Contradiction::Port => format!(
                "it is about a server at port {}, not {}",
                described(&about.port),
                subject.target.and_then(port).unwrap_or_default()
            ),
            Contradiction::Degree => {
                format!("it is about TP {}, not {}", described(&about.tp), subject.tp.unwrap_or_default())
            }
            Contradiction::Time => {
                let (start, end) = about.window.clone().unwrap_or_default();
                format!("it is about the time from {start} to {end}, not {}", subject.window.map_or("", |(from, _)| from))
            }
        }
    }
}

impl About {
    /// Why a description says nothing about a subject, whose model's names are `names`; `None` if it does.
    pub(super) fn contradicts(&self, subject: &Subject<'_>, names: &Option<Names>) -> Option<Contradiction> {
        work::count(1);
        if let (Some(described), Some(stated)) = (&self.models, names)
            && described.contradict(stated)
        {
            return Some(Contradiction::Model);
        }
        if let (Some(quantisation), Some(stated)) = (&self.quantisation, names)
            && stated.is_other_quantisation(quantisation)
        {
            return Some(Contradiction::Quantisation);
        }
        if let (Some(port), Some(stated)) = (&self.port, subject.target.and_then(port))
            && port != stated
        {
            return Some(Contradiction::Port);
        }
        let degree = |text: &str| text.trim().parse::<f64>().ok();
        if let (Some(described), Some(stated)) = (self.tp.as_deref().and_then(degree), subject.tp.and_then(degree))
            && described != stated
        {
            return Some(Contradiction::Degree);
        }
        if let (Some((start, end)), Some(stated)) = (&self.window, subject.window)
            && apart((start, end), stated)
        {
            return Some(Contradiction::Time);
        }
        None
    }
}

/// The port of an address such as `http://host:8000/v1`.
fn port(target: &str) -> Option<&str> {
    let (_, rest) = target.split_once("://").unwrap_or(("", target));
    let host = rest.split(['/', '?']).next()?;
    host.rsplit_once(':').map(|(_, port)| port).filter(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A time from when to when, ms since 1970.
#[derive(Clone, Copy)]
pub(super) struct Window {
    pub start: i64,
    pub end: i64,
    /// How much it can be off: without zones, clocks can be in different ones.
    pub off: i64,
}

impl Window {
    /// From texts; `None` if they are no times.
    pub(super) fn read(start: &str, end: &str) -> Option<Window> {
        let read = |text: &str| match text.strip_suffix('Z') {
            Some(_) => Some((instant::milliseconds(text)?, 0)),
            None => Some((instant::milliseconds(&format!("{text}Z"))?, ZONES)),
        };
        let ((start, off), (end, _)) = (read(start)?, read(end)?);
        Some(Window { start, end, off })
    }

    /// From when to when another window, which is off by as much at most, must have some of its time so as not to be
    /// [`apart`] from this one.
    pub(super) fn reach(self, off: i64) -> (i64, i64) {
        let slack = SLACK + self.off.max(off);
        (self.start - slack, self.end + slack)
    }

    /// Whether two windows cannot overlap.
    pub(super) fn is_apart(self, other: Window) -> bool {
        let (start, end) = self.reach(other.off);
        other.end < start || end < other.start
    }
}

/// Whether two windows of time cannot overlap.
pub(super) fn apart(described: (&str, &str), stated: (&str, &str)) -> bool {
    let read = |(start, end): (&str, &str)| Window::read(start, end);
    read(described).zip(read(stated)).is_some_and(|(described, stated)| described.is_apart(stated))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports() {
        assert_eq!(port("http://10.0.0.1:8000/v1"), Some("8000"));
        assert_eq!(port("localhost:30000"), Some("30000"));
        assert_eq!(port("https://example.com/v1"), None);
    }

    #[test]
    fn windows() {
        let of = ("2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z");
        assert!(!apart(of, ("2026-03-02T11:05:00Z", "2026-03-02T11:06:00Z")));
        assert!(apart(of, ("2026-03-02T12:00:00Z", "2026-03-02T12:06:00Z")));
        assert!(apart(of, ("2026-03-02T09:00:00Z", "2026-03-02T09:06:00Z")));
        // Eight hours are the difference of two zones, two days are not.
        assert!(!apart(of, ("2026-03-02T18:00:00", "2026-03-02T18:00:00")));
        assert!(apart(of, ("2026-03-04T18:00:00", "2026-03-04T18:00:00")));
        assert!(!apart(of, ("yesterday", "yesterday")));
    }
}
