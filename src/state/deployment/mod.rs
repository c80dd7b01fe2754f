//! What a deployment offers: `catalog.json` beside the page names the sources of its data, how often they are looked at, a
//! notice that goes with everything that is shown, and settings over those of `config.json`. `public/catalog.schema.json` is
//! the same for editors and checks.
//!
//! Reading never fails: a wrong entry costs itself and a note with its place (`sources[3].src`). The file is data, never a
//! program: its texts are shown as text, its addresses are http or https or lie beside the page.

pub mod copies;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::live::{self, Live};
use super::settings::{Settings, StartSource, is_web_address, read_over};

/// What the notes on the file begin with.
pub const NOTE: &str = "catalog.json: ";

/// Between two looks at a source, in seconds, where the file does not say it.
pub const REFRESH: u32 = 300;
/// The least and the longest such time, in seconds.
const REFRESH_SECONDS: [u32; 2] = [10, 86_400];

/// So many sources are listed.
pub const MAX_SOURCES: usize = 100;
/// Letters of a label.
const MAX_LABEL: usize = 100;
/// Letters of a title.
const MAX_TITLE: usize = 300;
/// Letters of the notice.
pub const MAX_NOTICE: usize = 200;
/// Letters of an address.
const MAX_ADDRESS: usize = 2000;
/// Bytes of the file.
const MAX_BYTES: usize = 1 << 20;
/// So many notes are told.
const MAX_NOTES: usize = 20;
/// Letters of a note, which may quote the file.
const MAX_NOTE: usize = 300;

/// What a deployment offers. Without a `catalog.json`, nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Deployment {
    /// What stands on every page, picture and report; empty if nothing does.
    pub notice: String,
    /// Seconds between two looks at a source.
    pub refresh: u32,
    /// The sources, in the file's order.
    pub sources: Vec<DataSource>,
}

/// A source of a deployment's data.
#[derive(Clone, Debug, PartialEq)]
pub struct DataSource {
    /// What it is called on the page. No two have the same.
    pub label: String,
    /// What it holds, in a few words; may be empty.
    pub title: String,
    /// Where it is.
    pub place: Place,
    /// The address of what its synchronisation says of itself; see [`copies::Sync`].
    pub status: Option<String>,
    /// Whether a visit without data in its link opens it. Otherwise it is offered.
    pub shown: bool,
}

/// Where a source is.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// At an address, relative to the page, as `?src=` takes it.
    Address(String),
    /// At a server, as `?prom=` takes it.
    Server(Live),
}

impl Deployment {
    /// A deployment's `catalog.json`; the settings with its sections; and what was not understood, in words.
    pub fn read(text: &str, settings: Settings) -> (Deployment, Settings, Vec<String>) {
        let nothing = Deployment { refresh: REFRESH, ..Deployment::default() };
        let whole = |why: String| (nothing.clone(), settings.clone(), vec![told(&why)]);
        if text.len() > MAX_BYTES {
            return whole("more than 1 MB; the file is ignored.".to_owned());
        }
        let fields = match serde_json::from_str(text) {
            Ok(Value::Object(fields)) => fields,
            Ok(_) => return whole("not an object with named sections; the file is ignored.".to_owned()),
            Err(error) => return whole(format!("not valid JSON ({error}); the file is ignored.")),
        };
        let mut reader = Reader { notes: Vec::new() };
        let (deployment, settings) = reader.deployment(fields, settings);
        let mut notes: Vec<String> = reader.notes.iter().map(|note| told(note)).collect();
        let more = notes.len().saturating_sub(MAX_NOTES);
        if more > 0 {
            notes.truncate(MAX_NOTES);
            notes.push(told(&format!("… and {more} more faults.")));
        }
        (deployment, settings, notes)
    }

    /// The source at an address.
    pub fn at(&self, address: &str) -> Option<&DataSource> {
        self.sources.iter().find(|source| matches!(&source.place, Place::Address(src) if src == address))
    }

    /// The source that is a server.
    pub fn server(&self, url: &str) -> Option<&DataSource> {
        self.sources.iter().find(|source| matches!(&source.place, Place::Server(live) if live.url == url))
    }

    /// What a visit opens on that names no data; empty where the file says nothing of it.
    fn start(&self) -> Vec<StartSource> {
        let start = |source: &DataSource| match &source.place {
            Place::Address(src) if source.shown => {
                Some(StartSource { src: src.clone(), label: source.label.clone(), ..StartSource::default() })
            }
            Place::Address(_) | Place::Server(_) => None,
        };
        self.sources.iter().filter_map(start).collect()
    }

    /// The server that such a visit shows: one at a time can be, so the first.
    pub fn start_server(&self) -> Option<&Live> {
        self.sources.iter().filter(|source| source.shown).find_map(|source| match &source.place {
            Place::Server(live) => Some(live),
            Place::Address(_) => None,
        })
    }
}

/// A notice of whatever origin as it is shown: in one line, and not longer than so many letters.
pub fn notice(text: &str) -> String {
    cut(text.trim(), MAX_NOTICE)
}

fn told(note: &str) -> String {
    format!("{NOTE}{}", cut(note, MAX_NOTE))
}

/// A text of a file without what is not seen, and not longer than so many letters.
fn cut(text: &str, letters: usize) -> String {
    let seen = |c: char| if is_hidden(c) { '\u{fffd}' } else { c };
    let mut all = text.chars().map(seen);
    let mut short: String = all.by_ref().take(letters).collect();
    if all.next().is_some() {
        short.push('…');
    }
    short
}

/// Whether a letter is not seen, or reorders those that are.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{2069}')
}

/// What is wrong with an address: it must be http or https, or lie beside the page.
fn fault_of_address(address: &str) -> Option<&'static str> {
    const ELSEWHERE: &str = "it leads out of the page's folder: write the whole address, or a path from the server's root";
    if address.is_empty() {
        return Some("it is empty");
    }
    if address.chars().count() > MAX_ADDRESS {
        return Some("it is longer than 2,000 letters");
    }
    if !is_web_address(address) || address.contains(is_hidden) {
        return Some("it is neither http or https nor relative to the page");
    }
    if address.contains('\\') || address.starts_with("//") {
        return Some(ELSEWHERE);
    }
    let path = address.split(['?', '#']).next().unwrap_or_default();
    if let Some((_, rest)) = path.split_once(':').filter(|(scheme, _)| !scheme.contains('/')) {
        let host = rest.strip_prefix("//").and_then(|rest| rest.split('/').next()).unwrap_or_default();
        let is_host = !host.is_empty() && !host.contains('@');
        return (!is_host).then_some("it names no server, or a user of one");
    }
    // Browsers take an encoded dot for a dot.
    let is_up = |part: &str| part.to_ascii_lowercase().replace("%2e", ".") == "..";
    path.split('/').any(is_up).then_some(ELSEWHERE)
}

struct Reader {
    notes: Vec<String>,
}

impl Reader {
    fn fault(&mut self, place: &str, fault: &str) {
        self.notes.push(format!("{place}: {fault}; ignored."));
    }

    fn deployment(&mut self, mut fields: Map<String, Value>, mut settings: Settings) -> (Deployment, Settings) {
        fields.remove("$schema");
        let notice = match fields.remove("notice") {
            None => String::new(),
            Some(Value::String(text)) if text.contains(is_hidden) => {
                self.fault("notice", "it contains control characters");
                String::new()
            }
            Some(Value::String(text)) => {
                let text = text.trim();
                if text.chars().count() > MAX_NOTICE {
                    self.notes.push(format!("notice: longer than {MAX_NOTICE} letters; cut."));
                }
                text.chars().take(MAX_NOTICE).collect()
            }
            Some(_) => {
                self.fault("notice", "it is no text");
                String::new()
            }
        };
        let refresh = fields.remove("refresh_seconds").map_or(REFRESH, |seconds| self.refresh(&seconds));
        let sources = match fields.remove("sources") {
            None => Vec::new(),
            Some(Value::Array(sources)) => self.sources(sources),
            Some(_) => {
                self.fault("sources", "it is no list");
                Vec::new()
            }
        };
        match fields.remove("settings") {
            None => {}
            Some(Value::Object(sections)) => {
                let notes;
                (settings, notes) = read_over(settings, sections, "settings: ");
                self.notes.extend(notes);
            }
            Some(_) => self.fault("settings", "it is no object with named sections"),
        }
        self.unknown("", &fields);
        let deployment = Deployment { notice, refresh, sources };
        if !deployment.sources.is_empty() {
            // Its picture was drawn of other data.
            (settings.start, settings.picture) = (deployment.start(), String::new());
        }
        (deployment, settings)
    }

    fn refresh(&mut self, seconds: &Value) -> u32 {
        let [least, most] = REFRESH_SECONDS;
        let Some(number) = seconds.as_f64().filter(|number| number.fract() == 0.0) else {
            self.notes.push(format!("refresh_seconds: it is no whole number of seconds; {REFRESH} are taken."));
            return REFRESH;
        };
        let taken = number.clamp(f64::from(least), f64::from(most)) as u32;
        if f64::from(taken) != number {
            self.notes.push(format!("refresh_seconds: it is not between {least} and {most}; {taken} are taken."));
        }
        taken
    }

    fn sources(&mut self, sources: Vec<Value>) -> Vec<DataSource> {
        let count = sources.len();
        if count > MAX_SOURCES {
            self.notes.push(format!("sources: {count} entries; the first {MAX_SOURCES} are taken."));
        }
        let mut found: Vec<DataSource> = Vec::new();
        for (at, source) in sources.into_iter().take(MAX_SOURCES).enumerate() {
            let place = format!("sources[{at}]");
            let Some(source) = self.source(&place, source) else { continue };
            if found.iter().any(|other| other.label == source.label) {
                self.fault(&format!("{place}.label"), "a source before it has the same label");
            } else if found.iter().any(|other| other.place == source.place) {
                self.fault(&place, "a source before it is at the same address");
            } else {
                found.push(source);
            }
        }
        found
    }

    fn source(&mut self, place: &str, source: Value) -> Option<DataSource> {
        let Value::Object(mut fields) = source else {
            self.fault(place, "it is no object with “label” and “src” or “prom”");
            return None;
        };
        let label = self.text(place, &mut fields, "label", MAX_LABEL).ok()?;
        let src = self.address(place, &mut fields, "src").ok()?;
        let server = self.text(place, &mut fields, "prom", MAX_ADDRESS).ok()?;
        // What only says more costs no source.
        let title = self.text(place, &mut fields, "title", MAX_TITLE).ok().flatten().unwrap_or_default();
        let status = self.address(place, &mut fields, "status").ok().flatten();
        let shown = match fields.remove("shown") {
            None => true,
            Some(Value::Bool(shown)) => shown,
            Some(_) => {
                self.fault(&format!("{place}.shown"), "it is neither true nor false");
                true
            }
        };
        self.unknown(&format!("{place}."), &fields);
        let Some(label) = label else {
            self.fault(place, "“label” is missing");
            return None;
        };
        let of = match (src, server) {
            (Some(src), None) => Place::Address(src),
            (None, Some(server)) => match live::address(&server) {
                Ok(url) => Place::Server(Live { url, ..Live::default() }),
                Err(reason) => {
                    self.fault(&format!("{place}.prom"), reason.trim_end_matches('.'));
                    return None;
                }
            },
            (Some(_), Some(_)) => {
                self.fault(place, "it has both “src” and “prom”");
                return None;
            }
            (None, None) => {
                self.fault(place, "it has neither “src” nor “prom”");
                return None;
            }
        };
        Some(DataSource { label, title, place: of, status, shown })
    }

    /// A text of an entry, `None` where there is none; `Err` where it is wrong, which was noted.
    fn text(&mut self, place: &str, fields: &mut Map<String, Value>, key: &str, most: usize) -> Result<Option<String>, ()> {
        let fault = match fields.remove(key) {
            None => return Ok(None),
            Some(Value::String(text)) => match text.trim() {
                "" => "it is empty".to_owned(),
                text if text.contains(is_hidden) => "it contains control characters".to_owned(),
                text if text.chars().count() > most => format!("it is longer than {most} letters"),
                text => return Ok(Some(text.to_owned())),
            },
            Some(_) => "it is no text".to_owned(),
        };
        self.fault(&format!("{place}.{key}"), &fault);
        Err(())
    }

    /// An address of an entry, as [`Reader::text`].
    fn address(&mut self, place: &str, fields: &mut Map<String, Value>, key: &str) -> Result<Option<String>, ()> {
        let Some(address) = self.text(place, fields, key, MAX_ADDRESS)? else { return Ok(None) };
        match fault_of_address(&address) {
            None => Ok(Some(address)),
            Some(fault) => {
                self.fault(&format!("{place}.{key}"), fault);
                Err(())
            }
        }
    }

    fn unknown(&mut self, place: &str, fields: &Map<String, Value>) {
        let names: BTreeSet<&String> = fields.keys().collect();
        self.notes.extend(names.into_iter().map(|name| format!("{place}{}: unknown; ignored.", cut(name, 40))));
    }
}

#[cfg(test)]
mod tests;
