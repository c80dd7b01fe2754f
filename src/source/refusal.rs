//! Why an address gave no content, in words: what happened, and what to do. One set of words for files, folders and live
//! servers.

use std::borrow::Cow;

use super::MAX_FILE_BYTES;
use crate::catalog::instant;
use crate::record::{Diagnostic, Place, Severity};

/// Beginning of what stands in a Git repository for a file that lies elsewhere (Git LFS).
const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1";

/// A Git LFS pointer is shorter than this, in bytes.
const LONGEST_POINTER: usize = 1024;

/// Hosts that pass the browser on to others, which the deployment must allow as well.
const PASSING_ON: [(&str, &str); 2] =
    [("huggingface.co", "Large files come from https://*.hf.co."), ("hf.co", "It answers with https://huggingface.co.")];

/// Why there is no content.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// The page's own policy does not allow to ask.
    Policy,
    /// The page is https, the address is not.
    Insecure,
    /// No readable answer: the network, or CORS. Browsers do not tell scripts which it was.
    Blocked,
    /// No answer in time.
    Late,
    /// The connection ended early.
    Broken,
    /// The server answered with this status, and says this, which may be nothing.
    Status(u16, String),
    /// Too many requests; again from this instant on (seconds since 1970), where the server says it.
    Limited(Option<f64>),
    /// Larger than [`MAX_FILE_BYTES`], by this many bytes in all.
    TooLarge(u64),
    /// A web page for people.
    WebPage,
    /// A Git LFS pointer in place of a file, with the file's size where it says it.
    Pointer(Option<u64>),
    /// An answer that is not what was asked for: what it should have been.
    Unexpected(&'static str),
    /// Something that cannot be read by its kind: why, and what to do.
    Never(&'static str, &'static str),
}

impl Refusal {
    /// Of an answer's status, with what its headers say about limits: how many requests are left, and from when on there are
    /// more (seconds since 1970).
    pub fn of_status(status: u16, left: Option<&str>, reset: Option<f64>, said: String) -> Refusal {
        match status {
            429 => Refusal::Limited(reset),
            403 if left.is_some_and(|left| left.trim() == "0") => Refusal::Limited(reset),
            _ => Refusal::Status(status, said),
        }
    }

    /// Of a content that stands for something else.
    pub fn of_content(bytes: &[u8]) -> Option<Refusal> {
        if bytes.len() >= LONGEST_POINTER || !bytes.starts_with(POINTER) {
            return None;
        }
        let text = String::from_utf8_lossy(bytes);
        let size = text.lines().find_map(|line| line.strip_prefix("size ")).and_then(|size| size.trim().parse().ok());
        Some(Refusal::Pointer(size))
    }

    /// Whether every further request to the same server would end the same way.
    pub fn is_general(&self) -> bool {
        matches!(self, Refusal::Policy | Refusal::Insecure | Refusal::Limited(_) | Refusal::Status(401, _))
    }

    /// What happened at an address, and what to do.
    pub fn words(&self, address: &str) -> (String, String) {
        let host = host(address);
        let also = PASSING_ON.iter().find(|(known, _)| *known == host).map_or("", |(_, more)| more);
        let (what, helps): (String, Cow<'static, str>) = match self {
            Refusal::Policy => (
                format!("This page's deployment does not allow it to ask {host} (Content-Security-Policy, connect-src)."),
                let_in(&origin(address), also).into(),
            ),
            Refusal::Insecure => (
                format!("This page is served over https and {host} over http: browsers block that (mixed content)."),
                "Use the server's https address, a proxy under this page's own origin, or this page over http.".into(),
            ),
            Refusal::Blocked => (
                format!("No answer: {host} is not reachable, or it does not allow this page to read it (CORS)."),
                "Open the address in a new tab. If it answers there, it must allow this page's origin \
                 (Access-Control-Allow-Origin; a bucket: its CORS rules). Or download the data and drop them here."
                    .into(),
            ),
            Refusal::Late => (format!("{host} did not answer in time."), "Try again.".into()),
            Refusal::Broken => (format!("The answer of {host} broke off."), "Try again.".into()),
            Refusal::Status(status, said) => return status_words(*status, said, host),
            Refusal::Limited(until) => {
                let until = until.and_then(instant::shown).map(|at| format!(" It answers again from {at} UTC on."));
                let what = format!("{host} has had too many requests from here.{}", until.unwrap_or_default());
                (what, "Wait, or download the data and drop them here.".into())
            }
            Refusal::TooLarge(bytes) => {
                let (size, limit) = (*bytes as f64 / f64::from(1 << 30), MAX_FILE_BYTES >> 30);
                let what = format!("The file is {size:.1} GiB; the limit is {limit} GiB.");
                (what, "Split it, or keep only the columns or runs you need.".into())
            }
            Refusal::WebPage => (
                "This is a web page, not a file.".to_owned(),
                format!("{host} shows this to people, perhaps to sign in. Use the address of the raw file, or download it.")
                    .into(),
            ),
            Refusal::Pointer(size) => {
                let size = size.map(|size| format!(" of {}", crate::catalog::number::bytes(size as f64))).unwrap_or_default();
                let what = format!("This is a Git LFS pointer: the file{size} itself lies outside the repository.");
                (what, "Download the file (git lfs pull, or the button on its page) and drop it here.".into())
            }
            Refusal::Unexpected(what) => (
                format!("The answer of {host} is not {what}."),
                "It may be the page of a sign-in or of another program: open the address in a new tab.".into(),
            ),
            Refusal::Never(what, helps) => ((*what).to_owned(), (*helps).into()),
        };
        (what, helps.into_owned())
    }

    /// The finding about an address.
    pub fn finding(&self, address: &str) -> Diagnostic {
        let (what, helps) = self.words(address);
        Diagnostic::new(Severity::Error, Place::File, what, helps)
    }
}

/// What lets the page ask an origin.
fn let_in(origin: &str, also: &str) -> String {
    let also = if also.is_empty() { String::new() } else { format!(" {also}") };
    format!("Add {origin} to connect-src.conf of the deployment.{also} The server itself was not asked.")
}

fn status_words(status: u16, said: &str, host: &str) -> (String, String) {
    let said: String = said.chars().take(200).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let said = if said.is_empty() { String::new() } else { format!(": {said}") };
    let (what, helps) = match status {
        401 | 407 => (format!("{host} wants a sign-in ({status}{said})."), "Only what is public can be read by its address."),
        403 => (
            format!("{host} refuses to send this (403{said})."),
            "It is not public; object stores also answer so for what does not exist.",
        ),
        404 | 410 => (
            format!("{host} has nothing at this address ({status}{said})."),
            "Check the spelling, the branch and the folder; what is private is also said to be missing.",
        ),
        500.. => (format!("{host} failed ({status}{said})."), "It may recover: try again later."),
        _ => (format!("{host} answered {status}{said}."), "Open the address in a new tab."),
    };
    let or = " Or download the data and drop them here.";
    (what, format!("{helps}{or}"))
}

/// Whether a page over https may not ask for an address: http, other than of this computer.
pub fn is_insecure(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("http://") else { return false };
    let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
    host != "localhost" && host != "127.0.0.1"
}

/// Whether a content is a web page by its beginning.
pub fn is_web_page(bytes: &[u8]) -> bool {
    let start: Vec<u8> =
        bytes.iter().skip_while(|byte| byte.is_ascii_whitespace()).take(14).map(u8::to_ascii_lowercase).collect();
    start.starts_with(b"<!doctype html") || start.starts_with(b"<html")
}

/// The host of an address, with its port; of one without a scheme, the page's own.
fn host(address: &str) -> &str {
    let Some((_, rest)) = address.split_once("://") else { return "this page's server" };
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

/// Scheme and host of an address.
fn origin(address: &str) -> String {
    let scheme = address.split_once("://").map_or("", |(scheme, _)| scheme);
    format!("{scheme}://{}", host(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_says_whom_it_is_about() {
        let address = "https://api.github.com/repos/o/r/git/trees/main?recursive=1";
        let said = |refusal: Refusal| refusal.words(address);
        let (what, helps) = said(Refusal::Policy);
        assert!(what.contains("to ask api.github.com (Content-Security-Policy, connect-src)"), "{what}");
        assert!(helps.starts_with("Add https://api.github.com to connect-src.conf"), "{helps}");
        let (_, helps) = Refusal::Policy.words("https://huggingface.co/datasets/a/b/resolve/main/x.parquet");
        assert!(helps.contains("https://*.hf.co"), "{helps}");
        assert!(said(Refusal::Blocked).0.contains("CORS"));
        assert_eq!(
            said(Refusal::Status(404, "Not Found".into())).0,
            "api.github.com has nothing at this address (404: Not Found)."
        );
        assert!(said(Refusal::Status(503, String::new())).0.contains("failed (503)"));
        assert!(Refusal::Blocked.words("data/x.csv").0.contains("this page's server"));
    }

    #[test]
    fn a_rate_limit_is_told_from_a_refusal() {
        let of = |status, left| Refusal::of_status(status, left, Some(1_796_000_000.0), String::new());
        assert_eq!(of(403, Some("0")), Refusal::Limited(Some(1_796_000_000.0)));
        assert_eq!(of(429, None), Refusal::Limited(Some(1_796_000_000.0)));
        assert_eq!(of(403, Some("17")), Refusal::Status(403, String::new()));
        assert_eq!(of(403, None), Refusal::Status(403, String::new()));
        // date -u -d @1796000000
        let (what, _) = of(429, None).words("https://api.github.com/x");
        assert_eq!(what, "api.github.com has had too many requests from here. It answers again from 2026-11-30 00:53:20 UTC on.");
    }

    #[test]
    fn a_pointer_is_told_with_the_files_size() {
        let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345678\n";
        assert_eq!(Refusal::of_content(pointer), Some(Refusal::Pointer(Some(12_345_678))));
        assert!(Refusal::Pointer(Some(12_345_678)).words("https://x/").0.contains("the file of 12.3 MB itself"));
        assert_eq!(Refusal::of_content(b"version,throughput\n1,2\n"), None);
        let table = [pointer.as_slice(), &[b'\n'; 2000]].concat();
        assert_eq!(Refusal::of_content(&table), None);
    }

    #[test]
    fn pages_are_known_by_their_beginning() {
        assert!(is_web_page(b"\n  <!DOCTYPE html>\n<title>Sign in</title>"));
        assert!(is_web_page(b"<HTML lang=en>"));
        assert!(!is_web_page(b"{\"a\": \"<html>\"}"));
        assert!(is_insecure("http://prometheus.example:9090/x"));
        assert!(!is_insecure("http://127.0.0.1:9090/x") && !is_insecure("https://prometheus.example"));
    }
}
