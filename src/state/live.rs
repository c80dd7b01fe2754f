//! A server that speaks Prometheus' HTTP API as the source of what is shown: its address, the time, and which series.
//!
//! A link carries all of it but the token, which no field here can hold.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::catalog::{instant, secrets};

/// A server whose series are shown, and which of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// The server's address, as [`address`] leaves it.
    pub url: String,
    /// The time shown.
    pub span: Span,
    /// Seconds between two reads; `None` reads once.
    pub every: Option<u32>,
    /// Values by label: series that state another value are left out, series without the label are not.
    pub only: BTreeMap<String, BTreeSet<String>>,
}

/// The time shown, in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Span {
    /// The last so many seconds.
    Last(u32),
    /// Between two instants, in seconds since 1970.
    Between(i64, i64),
}

impl Default for Span {
    fn default() -> Span {
        Span::Last(3600)
    }
}

impl Span {
    /// From and to, in seconds since 1970.
    pub fn range(self, now: f64) -> (f64, f64) {
        match self {
            Span::Last(seconds) => (now - f64::from(seconds), now),
            Span::Between(from, to) => (from as f64, to as f64),
        }
    }
}

/// The longest time shown, in seconds: a year.
const LONGEST: u32 = 366 * 86_400;

/// The end of the year 9999, in seconds since 1970.
const END: i64 = 253_402_300_800;

/// The units of durations, the largest first.
const UNITS: [(&str, u32); 4] = [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)];

/// A duration as Prometheus writes it, in the largest unit that divides it: `90m`, `6h`, `15s`.
pub fn duration(seconds: u32) -> String {
    let (unit, of) = UNITS.into_iter().find(|(_, of)| seconds > 0 && seconds.is_multiple_of(*of)).unwrap_or(("s", 1));
    format!("{}{unit}", seconds / of)
}

/// Reads [`duration`], up to a year.
pub fn seconds(text: &str) -> Option<u32> {
    let (unit, of) = UNITS.into_iter().find(|(unit, _)| text.ends_with(unit))?;
    let number: u32 = text.strip_suffix(unit)?.parse().ok()?;
    number.checked_mul(of).filter(|seconds| (1..=LONGEST).contains(seconds))
}

/// An instant as links carry it: UTC, to the second.
fn instant_text(seconds: i64) -> String {
    let mut text = String::new();
    instant::rfc3339(seconds as f64 * 1000.0, &mut text);
    text
}

/// Seconds since 1970 of an instant: as [`instant::milliseconds`] reads it, or a plain number.
fn instant_of(text: &str) -> Option<i64> {
    let seconds = instant::milliseconds(text).map(|milliseconds| milliseconds.div_euclid(1000));
    seconds.or_else(|| text.parse().ok()).filter(|seconds| (1..END).contains(seconds))
}

/// A server's address in one form: with a scheme, without what follows its API's root (`/api/v1/…`, `/graph`). A query stays:
/// some servers want a namespace in it.
///
/// # Errors
///
/// What is wrong with it, as a sentence.
pub fn address(text: &str) -> Result<String, String> {
    let text = text.trim();
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err("The address begins with http:// or https://.".to_owned());
    };
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "http" | "https") {
        return Err(format!("“{scheme}” is no scheme of a server; use http or https."));
    }
    let rest = rest.split('#').next().unwrap_or_default();
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (host, path) = place.split_once('/').unwrap_or((place, ""));
    if host.is_empty() || host.contains(char::is_whitespace) {
        return Err("The address names no server.".to_owned());
    }
    if host.contains('@') {
        return Err("The address contains a user name or password, which links would carry. Enter a token instead.".to_owned());
    }
    let (path, shown) = root(path);
    let path = if path.is_empty() { String::new() } else { format!("/{path}") };
    // The query of Prometheus' own page is that of a graph.
    let query = if query.is_empty() || shown { String::new() } else { format!("?{query}") };
    if let Some(key) = secret(&query) {
        return Err(format!("The address carries a secret (“{key}”), which links would spread. Enter it as the token instead."));
    }
    Ok(format!("{scheme}://{host}{path}{query}"))
}

/// The path of the API's root, of the path of an endpoint or of a page below it; and whether it was a page.
fn root(path: &str) -> (String, bool) {
    const ENDPOINTS: [&str; 6] = ["query", "query_range", "labels", "series", "label", "targets"];
    const PAGES: [&str; 2] = ["graph", "query"];
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    // The API's own path is at the end; `/api/v1/namespaces/…/proxy` of Kubernetes is a place like any other.
    let api = parts.windows(2).rposition(|pair| pair == ["api", "v1"]);
    let ends = |at: usize| parts.get(at + 2).is_none_or(|next| ENDPOINTS.contains(next));
    if let Some(at) = api.filter(|at| ends(*at)) {
        return (parts[..at].join("/"), false);
    }
    match parts.split_last() {
        Some((last, before)) if PAGES.contains(last) => (before.join("/"), true),
        _ => (parts.join("/"), false),
    }
}

/// The key of a query that looks like a secret, by its name or its value.
pub fn secret(query: &str) -> Option<String> {
    const KEYS: [&str; 8] = ["key", "auth", "sig", "signature", "jwt", "token", "pass", "pwd"];
    let mut pairs = form_urlencoded::parse(query.trim_start_matches('?').as_bytes());
    let is_secret = |key: &str, value: &str| {
        let words: Vec<String> = key.to_lowercase().split(['-', '_', '.']).map(str::to_owned).collect();
        secrets::is_secret(key)
            || words.iter().any(|word| KEYS.contains(&word.as_str()))
            || ["token", "secret", "password", "apikey"].iter().any(|part| key.to_lowercase().contains(part))
            || secrets::masked(key, value) == secrets::MASK
    };
    pairs.find_map(|(key, value)| is_secret(&key, &value).then(|| key.into_owned()))
}

impl Live {
    /// A server at an address.
    ///
    /// # Errors
    ///
    /// As [`address`].
    pub fn at(url: &str) -> Result<Live, String> {
        Ok(Live { url: address(url)?, ..Live::default() })
    }

    /// Whether a key of a link belongs to a server.
    pub(super) fn owns(key: &str) -> bool {
        key.strip_prefix(SERVER).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// Whether its time ends when it begins, or before: one end is missing, or they are exchanged.
    pub(super) fn is_upside_down(&self) -> bool {
        matches!(self.span, Span::Between(from, to) if from >= to)
    }

    /// As pairs of a link.
    pub(super) fn pairs(&self) -> Vec<(String, String)> {
        let mut pairs = vec![(SERVER.to_owned(), self.url.clone())];
        match self.span {
            span if span == Span::default() => {}
            Span::Last(seconds) => pairs.push((LAST.to_owned(), duration(seconds))),
            Span::Between(from, to) => {
                pairs.push((FROM.to_owned(), instant_text(from)));
                pairs.push((TO.to_owned(), instant_text(to)));
            }
        }
        if let Some(every) = self.every {
            pairs.push((EVERY.to_owned(), duration(every)));
        }
        for (label, values) in &self.only {
            pairs.extend(values.iter().map(|value| (format!("{ONLY}{label}"), value.clone())));
        }
        pairs
    }

    /// Reads a pair; whether it was understood.
    pub(super) fn take(&mut self, key: &str, value: &str) -> bool {
        match key {
            SERVER => address(value).map(|url| self.url = url).is_ok(),
            LAST => seconds(value).map(|seconds| self.span = Span::Last(seconds)).is_some(),
            FROM | TO => {
                let Some(at) = instant_of(value) else { return false };
                // Until the other end is read, the span is empty.
                let (from, to) = if let Span::Between(from, to) = self.span { (from, to) } else { (at, at) };
                self.span = if key == FROM { Span::Between(at, to) } else { Span::Between(from, at) };
                true
            }
            EVERY => seconds(value).map(|seconds| self.every = Some(seconds.max(LEAST_EVERY))).is_some(),
            _ => key.strip_prefix(ONLY).filter(|label| is_label(label)).is_some_and(|label| {
                self.only.entry(label.to_owned()).or_default().insert(value.to_owned());
                true
            }),
        }
    }
}

/// `prom=https://prometheus.example`: the server.
const SERVER: &str = "prom";
/// `prom.last=6h`.
const LAST: &str = "prom.last";
/// `prom.from=2026-11-30T12:00:00Z`, with `prom.to`.
const FROM: &str = "prom.from";
const TO: &str = "prom.to";
/// `prom.every=15s`.
const EVERY: &str = "prom.every";
/// `prom.is.pod=vllm-0`.
const ONLY: &str = "prom.is.";

/// The least time between two reads, in seconds.
pub const LEAST_EVERY: u32 = 2;

/// Whether a text can be a label's name.
fn is_label(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    text.chars().next().is_some_and(letter) && text.chars().all(|c| letter(c) || c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_form() {
        for (text, wanted) in [
            ("http://localhost:9090", "http://localhost:9090"),
            (" http://localhost:9090/ ", "http://localhost:9090"),
            ("https://a.example/prom/graph?g0.expr=up", "https://a.example/prom"),
            ("https://a.example/api/v1/query", "https://a.example"),
            ("HTTPS://a.example/thanos-query", "https://a.example/thanos-query"),
            ("https://a.example/prom/query", "https://a.example/prom"),
            (
                "http://k:8001/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/",
                "http://k:8001/api/v1/namespaces/monitoring/services/prometheus:9090/proxy",
            ),
            ("https://a.example/api/prometheus/api/v1/", "https://a.example/api/prometheus"),
            ("https://thanos.example:9092?namespace=llm", "https://thanos.example:9092?namespace=llm"),
            ("https://a.example/prom#x", "https://a.example/prom"),
        ] {
            assert_eq!(address(text), Ok(wanted.to_owned()), "{text}");
        }
        for text in [
            "localhost:9090",
            "ftp://a",
            "https://",
            "https:///x",
            "https://me:pw@a.example",
            "https://a?access_token=x",
            "https://a?api-key=x",
            "https://a?key=x",
            "https://a?auth=x",
        ] {
            assert!(address(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_are_read_as_they_are_written() {
        for (number, text) in [(15, "15s"), (90, "90s"), (5400, "90m"), (21_600, "6h"), (86_400, "1d")] {
            assert_eq!((duration(number).as_str(), seconds(text)), (text, Some(number)));
        }
        for text in ["", "h", "0s", "-5m", "1y", "99999999999h", "1.5h", "400d"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
