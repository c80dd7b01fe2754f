//! A run's log as the page shows it: which part comes first, in which steps the rest follows, and the message if there is
//! none. Independent of fetching and of the DOM.

use std::ops::Range;

use crate::catalog::number;

/// Prefix of cell links to logs, followed by the log's address. The page opens such links in a dialog.
const MARK: &str = "log:";

/// The cell link to the log at this address.
pub fn link(address: &str) -> String {
    format!("{MARK}{address}")
}

/// The log address of a cell link; `None` for any other link.
pub fn address(link: &str) -> Option<&str> {
    link.strip_prefix(MARK)
}

/// Maximum number of bytes read of a log; the rest is not shown.
pub const MAX_BYTES: usize = 20_000_000;
/// Lines shown per step.
const STEP_LINES: usize = 5_000;
/// Bytes shown per step, for logs with very long lines.
const STEP_BYTES: usize = 2_000_000;

/// The text of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    text: String,
    /// End of the line in which the server reports that it is ready.
    ready: Option<usize>,
}

impl Log {
    /// Decodes a log and finds the first line with the server's ready message `words` (none if `words` is empty). Drops
    /// terminal colours, and writes each version of a line that was overwritten in place on a line of its own.
    pub fn read(bytes: &[u8], words: &str) -> Log {
        let text = plain(&String::from_utf8_lossy(bytes));
        let found = if words.is_empty() { None } else { text.find(words) };
        let ready = found.map(|at| line_end(&text, at + words.len()));
        Log { text, ready }
    }

    /// The next step after byte `shown`: up to the ready message if that is still ahead, otherwise to the end, limited by the
    /// step size. Empty if everything is shown.
    pub fn step(&self, shown: usize) -> Range<usize> {
        let until = self.ready.filter(|ready| *ready > shown).unwrap_or(self.text.len());
        let rest = self.text.get(shown..until).unwrap_or_default();
        let mut length = rest.split_inclusive('\n').take(STEP_LINES).map(str::len).sum::<usize>();
        if length > STEP_BYTES {
            length = (0..=STEP_BYTES).rev().find(|at| rest.is_char_boundary(*at)).unwrap_or(length);
        }
        shown..shown + length
    }

    /// A part of the text.
    pub fn part(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    /// The label of the button that shows the next step; `None` if everything is shown.
    pub fn more(&self, shown: usize) -> Option<String> {
        let next = self.step(shown);
        if next.is_empty() {
            return None;
        }
        let lines = crate::catalog::number::plural(self.lines(next.clone()) as u64, "more line");
        Some(if next.end == self.text.len() { format!("Show the whole log ({lines})") } else { format!("Show {lines}") })
    }

    /// Describes what is shown. `words` is the server's ready message, `cut` whether the log was longer than
    /// the part read.
    pub fn sentence(&self, shown: usize, words: &str, cut: bool) -> String {
        let all = self.lines(0..self.text.len());
        let whole = shown >= self.text.len();
        let mut said = match (whole, self.ready) {
            (true, _) if all == 0 => "The log is empty.".to_owned(),
            (true, _) => format!("All {}.", crate::catalog::number::plural(all as u64, "line")),
            (false, Some(ready)) if ready == shown => {
                format!("Server start-up until “{words}”: {} of {all} lines.", self.lines(0..shown))
            }
            (false, _) => format!("The first {} of {all} lines.", self.lines(0..shown)),
        };
        if cut {
            said += &format!(
                " The log is longer than {} and was cut there. Open it in a new tab to read all of it.",
                number::bytes(MAX_BYTES as f64)
            );
        }
        if self.ready.is_none() && !words.is_empty() && all > 0 {
            said += &format!(" No line contains “{words}”: the server may not have started.");
        }
        said
    }

    fn lines(&self, range: Range<usize>) -> usize {
        self.part(range).lines().count()
    }
}

/// End of the line at a position, including its line break.
fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |length| at + length + 1)
}

/// Removes terminal escape sequences (ECMA-48: ESC `[` parameters and a letter, ESC `]` up to BEL or ESC `\`) and turns
/// every carriage return into a line break.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\u{1b}' => match chars.next() {
                Some('[') => {
                    while chars.next_if(|next| ('\u{20}'..='\u{3f}').contains(next)).is_some() {}
                    chars.next_if(|next| ('\u{40}'..='\u{7e}').contains(next));
                }
                Some(']') => {
                    while let Some(next) = chars.next_if(|next| *next != '\n') {
                        if next == '\u{7}' || next == '\u{1b}' && chars.next_if_eq(&'\\').is_some() {
                            break;
                        }
                    }
                }
                _ => {}
            },
            '\r' => {
                chars.next_if_eq(&'\n');
                plain.push('\n');
            }
            other => plain.push(other),
        }
    }
    plain
}

/// File name for saving a log: the last part of its address.
pub fn file_name(address: &str) -> &str {
    let path = address.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let name = path.rsplit_once("://").map_or(path, |(_, rest)| rest).rsplit_once('/').map_or("", |(_, name)| name);
    if name.is_empty() { "run.log" } else { name }
}

/// Why a log could not be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server answered with this error status.
    Status(u16),
    /// The server answered with a web page instead of text.
    WebPage,
    /// No readable answer (network or CORS).
    Unreachable,
    /// Blocked by this page's content security policy.
    Forbidden,
    /// Blocked as mixed content: an https page cannot fetch from http.
    Insecure,
    /// The connection was lost.
    Broken,
    /// Cancelled by the user.
    Stopped,
}

impl Failure {
    /// What happened, and what to do. `address` is the log's address.
    pub fn words(self, address: &str) -> (String, String) {
        let origin = origin(address);
        let (what, helps) = match self {
            Failure::Status(404 | 410) => (
                "No log for this run.".to_owned(),
                format!("{origin} has no file at this address. The log may have been deleted or never kept."),
            ),
            Failure::Status(status @ (401 | 403 | 407)) => (
                "Sign-in required.".to_owned(),
                format!(
                    "{origin} answered {status}. Sign in there, then open the log in a new tab. Some object stores give the same \
                     answer for a file that does not exist."
                ),
            ),
            Failure::Status(status @ 500..) => {
                (format!("The log’s server failed ({status})."), format!("{origin} may recover: try again later."))
            }
            Failure::Status(status) => {
                (format!("The log’s server answered {status}."), "Open the log in a new tab to see the answer.".to_owned())
            }
            Failure::WebPage => (
                "The address returned a web page, not a log.".to_owned(),
                format!("{origin} probably requires a sign-in. Open the log in a new tab."),
            ),
            Failure::Unreachable => (
                "The log could not be fetched.".to_owned(),
                format!(
                    "{origin} is unreachable from here, or does not allow other sites to read it (CORS). Open the log \
                     in a new tab: if it loads there, CORS is missing."
                ),
            ),
            Failure::Forbidden => (
                "This page is not allowed to read that address.".to_owned(),
                format!(
                    "Its content security policy does not allow {origin}. Ask whoever serves the page to add it to connect-src, or open the log in a new tab."
                ),
            ),
            Failure::Insecure => (
                "This page is not allowed to read that address.".to_owned(),
                format!("{origin} is not https, but this page is. Open the log in a new tab."),
            ),
            Failure::Broken => ("The connection was lost.".to_owned(), "Try again.".to_owned()),
            Failure::Stopped => ("Stopped.".to_owned(), String::new()),
        };
        (what, helps)
    }

    /// Guesses why a fetch failed without details from the browser: `refused` if the page's policy blocked the address,
    /// `secure` if the page was served over https.
    pub fn of_blocked_fetch(address: &str, refused: bool, secure: bool) -> Failure {
        match address.split_once("://") {
            _ if refused => Failure::Forbidden,
            Some((scheme, _)) if secure && scheme.eq_ignore_ascii_case("http") => Failure::Insecure,
            _ => Failure::Unreachable,
        }
    }
}

/// Scheme and host of an address.
fn origin(address: &str) -> &str {
    let host = address.find("://").map_or(0, |at| at + 3);
    let end = address.get(host..).and_then(|rest| rest.find(['/', '?', '#'])).map_or(address.len(), |at| host + at);
    address.get(..end).unwrap_or(address)
}
