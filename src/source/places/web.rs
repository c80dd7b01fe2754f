//! The parts of a web address, and how parts are written into another.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What stands in a part of a path, or in a value of a query, as it is. A plus sign does not: some servers take it for a space.
const IN_PARTS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The same with slashes.
const IN_PATHS: &AsciiSet = &IN_PARTS.remove(b'/');

/// An absolute address with a scheme and a host.
pub(super) struct Web {
    /// In small letters.
    pub scheme: String,
    /// In small letters, with the port.
    pub host: String,
    /// The parts of the path that are not empty, decoded.
    pub parts: Vec<String>,
    /// Whether the path ends in a slash, or is none.
    pub is_folder: bool,
    /// The query, decoded.
    pub query: Vec<(String, String)>,
}

impl Web {
    /// Takes an address apart; `None` where it is relative, names a user, or has parts of one or two dots.
    pub(super) fn of(address: &str) -> Option<Web> {
        let (scheme, rest) = address.trim().split_once("://")?;
        let rest = rest.split('#').next().unwrap_or_default();
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, path) = place.split_once('/').unwrap_or((place, ""));
        let parts: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(decoded).collect();
        let is_odd = |part: &String| matches!(part.as_str(), "." | "..") || part.contains(char::is_control);
        if host.is_empty() || host.contains(['@', ' ', '%']) || parts.iter().any(is_odd) {
            return None;
        }
        Some(Web {
            scheme: scheme.to_ascii_lowercase(),
            host: host.to_ascii_lowercase(),
            parts,
            is_folder: path.is_empty() || path.ends_with('/'),
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        })
    }

    /// The parts of the path as slices.
    pub(super) fn parts(&self) -> Vec<&str> {
        self.parts.iter().map(String::as_str).collect()
    }

    /// A value of the query.
    pub(super) fn value(&self, key: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// Whether the query carries a signature, which holds for exactly this address.
    pub(super) fn is_signed(&self) -> bool {
        let signs = |key: &str| {
            let key = key.to_ascii_lowercase();
            key.ends_with("signature") || key == "awsaccesskeyid" || key == "googleaccessid"
        };
        self.query.iter().any(|(key, _)| signs(key))
    }
}

/// A decoded part of a path.
pub(super) fn decoded(part: &str) -> String {
    percent_decode_str(part).decode_utf8_lossy().into_owned()
}

/// A text as one part of a path or one value of a query.
pub(super) fn part(text: &str) -> String {
    utf8_percent_encode(text, IN_PARTS).to_string()
}

/// A text as a path, its slashes kept.
pub(super) fn path(text: &str) -> String {
    utf8_percent_encode(text, IN_PATHS).to_string()
}

/// The last part of a path, without a slash at its end.
pub(super) fn last(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}
