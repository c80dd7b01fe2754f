//! What tells one copy of an address from another: what the server says in its headers, else the content.

use std::hash::{DefaultHasher, Hasher};

use serde::{Deserialize, Serialize};

use crate::catalog::instant;

/// What is known of a copy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stamp {
    /// The `ETag`, without the mark of a weak one: a server may compress one answer and not the next. Empty without one.
    pub etag: String,
    /// The `Last-Modified`, in milliseconds since 1970.
    pub modified: Option<f64>,
    /// The hash of the content, where it was needed: of an index its version.
    pub content: Option<u64>,
}

impl Stamp {
    /// Of an answer's headers by name.
    pub fn of(header: impl Fn(&str) -> Option<String>) -> Stamp {
        let etag = header("etag").map(|etag| etag.trim().trim_start_matches("W/").to_owned()).unwrap_or_default();
        Stamp { etag, modified: header("last-modified").as_deref().and_then(http_date), content: None }
    }

    /// Whether the headers alone tell copies apart.
    pub fn is_marked(&self) -> bool {
        !self.etag.is_empty() || self.modified.is_some()
    }

    /// Whether two copies are the same by their headers; `None` where these do not say it. Content is compared by `content`.
    pub fn is_same(&self, other: &Stamp) -> Option<bool> {
        match (self.modified, other.modified) {
            _ if !self.etag.is_empty() && !other.etag.is_empty() => Some(self.etag == other.etag),
            (Some(one), Some(two)) => Some(one == two),
            _ => None,
        }
    }
}

/// A content that comes in parts.
#[derive(Clone, Debug, Default)]
pub struct ContentHash(DefaultHasher);

impl ContentHash {
    /// The hash of a whole content.
    pub fn of(content: &[u8]) -> u64 {
        let mut hash = ContentHash::default();
        hash.add(content);
        hash.finish()
    }

    /// The next part.
    pub fn add(&mut self, part: &[u8]) {
        self.0.write(part);
    }

    /// The hash: the same in every program of one build, which is all that compares it.
    pub fn finish(&self) -> u64 {
        self.0.finish()
    }
}

/// Milliseconds since 1970 of a header's date: `Mon, 30 Nov 2026 11:44:54 GMT`.
pub fn http_date(text: &str) -> Option<f64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, rest) = text.split_once(", ")?;
    let parts: Vec<&str> = rest.split(' ').collect();
    let &[day, month, year, time, "GMT"] = parts.as_slice() else { return None };
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    instant::milliseconds(&format!("{year}-{month:02}-{day}T{time}Z")).map(|milliseconds| milliseconds as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(etag: &'static str, modified: &'static str) -> Stamp {
        Stamp::of(|name| {
            let value = match name {
                "etag" => etag,
                "last-modified" => modified,
                _ => "",
            };
            Some(value.to_owned()).filter(|value| !value.is_empty())
        })
    }

    #[test]
    fn headers_tell_copies_apart_where_they_can() {
        const NOON: &str = "Mon, 30 Nov 2026 12:00:00 GMT";
        const LATER: &str = "Mon, 30 Nov 2026 12:00:01 GMT";
        for (one, two, same) in [
            (stamp("\"a\"", NOON), stamp("W/\"a\"", LATER), Some(true)),
            (stamp("\"a\"", NOON), stamp("\"b\"", NOON), Some(false)),
            (stamp("", NOON), stamp("\"b\"", NOON), Some(true)),
            (stamp("", NOON), stamp("", LATER), Some(false)),
            (stamp("\"a\"", ""), stamp("", NOON), None),
            (stamp("", ""), stamp("", ""), None),
        ] {
            assert_eq!((one.is_same(&two), two.is_same(&one)), (same, same), "{one:?} {two:?}");
        }
        assert!(stamp("", NOON).is_marked() && stamp("\"a\"", "").is_marked() && !stamp("", "never").is_marked());
    }

    #[test]
    fn dates_are_those_of_headers() {
        // date -u -d '2026-11-30 11:44:54' +%s
        assert_eq!(http_date("Mon, 30 Nov 2026 11:44:54 GMT"), Some(1_796_039_094_000.0));
        assert_eq!(http_date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0.0));
        for other in
            ["", "Monday", "Mon, 30 Nov 2026 11:44:54 CET", "Mon, 30 Foo 2026 11:44:54 GMT", "Mon, 99 Nov 2026 11:44:54 GMT"]
        {
            assert_eq!(http_date(other), None, "{other}");
        }
    }

    #[test]
    fn parts_hash_as_the_whole() {
        let content: Vec<u8> = (0..10_000_u32).map(|i| (i * 31 % 251) as u8).collect();
        for size in [1, 7, 8, 4096] {
            let mut hash = ContentHash::default();
            content.chunks(size).for_each(|part| hash.add(part));
            assert_eq!(hash.finish(), ContentHash::of(&content), "{size}");
        }
        assert_ne!(ContentHash::of(b"a"), ContentHash::of(b"b"));
    }
}
