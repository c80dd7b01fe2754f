//! A run's log as the page shows it: what of it comes first, in which steps the rest follows, and in words why there is
//! none. It fetches nothing and knows no DOM.

use std::ops::Range;

/// How the link of a cell begins that leads to a log; the log's address follows. The page opens it over itself.
const MARK: &str = "log:";

/// The link of a cell that leads to the log at this address.
pub fn link(address: &str) -> String {
    format!("{MARK}{address}")
}

/// The address of the log that a cell's link leads to; `None` for a link to anything else.
pub fn address(link: &str) -> Option<&str> {
    link.strip_prefix(MARK)
}

/// Bytes that are read of a log; a longer one is shown up to there.
pub const MOST_BYTES: usize = 20_000_000;
/// Lines that are shown in one step.
const STEP_LINES: usize = 5_000;
/// Bytes that are shown in one step, for logs with few but endless lines.
const STEP_BYTES: usize = 2_000_000;

/// A log that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    text: String,
    /// Where the line ends with which the server said that it was up.
    ready: Option<usize>,
}

impl Log {
    /// The text of these bytes, and in it the first line that has the words of a server that is up; without words no line
    /// has them. Colours for terminals are left out, and a line that was overwritten in place stands as its versions
    /// below one another.
    pub fn read(bytes: &[u8], words: &str) -> Log {
        let text = plain(&String::from_utf8_lossy(bytes));
        let found = if words.is_empty() { None } else { text.find(words) };
        let ready = found.map(|at| line_end(&text, at + words.len()));
        Log { text, ready }
    }

    /// The next step after what is shown up to `shown`, in bytes: to the line that says that the server is up, where that
    /// is still to come, else to the end; of either no more than a step holds. Empty when all is shown.
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

    /// What the button says that shows the next step; `None` when all is shown.
    pub fn more(&self, shown: usize) -> Option<String> {
        let next = self.step(shown);
        if next.is_empty() {
            return None;
        }
        let lines = crate::catalog::number::plural(self.lines(next.clone()) as u64, "more line");
        Some(if next.end == self.text.len() { format!("Show the whole log ({lines})") } else { format!("Show {lines}") })
    }

    /// What is shown of it, in words. `words` are those that a server says when it is up, `cut` whether the log was longer
    /// than what was read.
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
                size(MOST_BYTES as f64)
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

/// Where the line ends that the place is in, its line break included.
fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |length| at + length + 1)
}

/// Text without a terminal's commands (ECMA-48: ESC `[` parameters and a letter, ESC `]` up to BEL or ESC `\`), with every
/// carriage return as a line break.
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

/// A size as the page says it, in MB of 10⁶ bytes.
pub fn size(bytes: f64) -> String {
    format!("{:.1} MB", bytes / 1e6)
}

/// What a log is called when it is kept as a file: the last part of its address.
pub fn file_name(address: &str) -> &str {
    let path = address.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let name = path.rsplit_once("://").map_or(path, |(_, rest)| rest).rsplit_once('/').map_or("", |(_, name)| name);
    if name.is_empty() { "run.log" } else { name }
}

/// Why a log is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server answered with this status, which is not one of success.
    Status(u16),
    /// It answered with a web page where a text was asked for.
    WebPage,
    /// Nothing came that this page may read.
    Unreachable,
    /// This page's own policy did not let it ask.
    Forbidden,
    /// The address is http, and a page that came by https may not ask there.
    Insecure,
    /// The connection broke off.
    Broken,
    /// The reader stopped it.
    Stopped,
}

impl Failure {
    /// What happened, and what helps. `address` is the log's.
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

    /// Why nothing came, where the browser does not say: `refused` is whether the page's policy refused the address,
    /// `secure` whether the page itself came by https.
    pub fn of_silence(address: &str, refused: bool, secure: bool) -> Failure {
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
