//! What a deployment can set: the data of `config.json` beside the page. Releases, rivals, prices, power draw and links
//! to other systems change without a new build, so they are rows of that file and not code.
//!
//! A section that the file leaves out is the built-in one. `start` and `examples` are the exception: they name files
//! beside the page, which another deployment need not have. Reading never fails: a wrong row costs that row and a note.

mod guideline;
mod links;
mod power;
mod prices;
mod slo;

use std::sync::LazyLock;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::catalog::versions;
use crate::record::Kind;
pub use guideline::{Grade, Graded, Guideline};
pub use links::{Link, When, expand};
pub use power::{AssumedPower, Basis, MeasuredPower, Power};
pub use prices::{EDITED, Price};
pub use slo::SloPreset;

/// What the notes on the file begin with.
pub const NOTE: &str = "config.json: ";

/// `config.json`: all of it optional.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// What the page opens on when the link names no data.
    pub start: Vec<StartSource>,
    /// Address of the first picture of what the page opens on, as `inferscope prepare` drew it: it is shown while the engine
    /// is still on its way. Empty if there is none.
    pub picture: String,
    /// Links on the empty page.
    pub examples: Vec<Example>,
    /// Service levels with a name.
    pub slo_presets: Vec<SloPreset>,
    /// Guidelines by which figures are graded.
    pub guidelines: Vec<Guideline>,
    /// Published figures that come with the page, for the views that are about them.
    pub figures: Vec<Figures>,
    /// What accelerators cost.
    pub prices: Vec<Price>,
    /// Power draw as measured.
    pub power: Vec<MeasuredPower>,
    /// Power draw where nothing was measured.
    pub assumed_power: Vec<AssumedPower>,
    /// What a kilowatt-hour emits.
    pub grid: Grid,
    /// Pairs of releases that are worth a look. They suggest; any two versions can be compared.
    pub releases: Vec<Release>,
    /// Releases across which figures are not comparable, because the method of measuring changed.
    pub methodology: Vec<Methodology>,
    /// Rivals that are worth a look. They suggest, too.
    pub competitors: Vec<Competitors>,
    /// Model families, in the order in which they are tried.
    pub families: Vec<Family>,
    /// Links to other systems, such as the boards of a monitoring.
    pub links: Vec<Link>,
    /// Where a run's log lies.
    pub logs: Logs,
    /// The deployment's own flat formats, as they are written: whoever reads files knows what they mean.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub formats: Vec<Value>,
    /// Whether this page is its reader's alone, as that of `inferscope open` is: its address is no use to others, and is told to
    /// nobody.
    pub private: bool,
    /// Origins of pages that may show this one inside (`?embed=1`), send it data and hear what it shows.
    pub embed: Vec<Origin>,
    /// Share of failed requests above which a measurement is marked, %.
    pub error_limit: f64,
    /// Difference below which two figures count as similar, %.
    pub threshold: f64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            start: Vec::new(),
            picture: String::new(),
            examples: Vec::new(),
            slo_presets: Vec::new(),
            guidelines: Vec::new(),
            figures: Vec::new(),
            prices: Vec::new(),
            power: Vec::new(),
            assumed_power: Vec::new(),
            grid: Grid::default(),
            releases: Vec::new(),
            methodology: Vec::new(),
            competitors: Vec::new(),
            families: Vec::new(),
            links: Vec::new(),
            logs: Logs::default(),
            formats: Vec::new(),
            private: false,
            embed: Vec::new(),
            error_limit: super::ERROR_LIMIT,
            threshold: super::THRESHOLD,
        }
    }
}

/// Data that the page opens on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StartSource {
    /// Address, relative to the page.
    pub src: String,
    /// Address of the same data as `inferscope prepare` read them: without the wait for what reads files. Empty if there is none.
    pub tables: String,
    /// What it is called on the page.
    pub label: String,
    /// Whether it makes room as soon as the reader brings data.
    pub demo: bool,
}

impl StartSource {
    /// What it is called on the page.
    pub fn name(&self) -> &str {
        if self.label.is_empty() { &self.src } else { &self.label }
    }
}

/// Published figures: read as soon as a view is about records of their kind, beside whatever is loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// What the records are.
    pub kind: Kind,
    /// Address, relative to the page.
    pub src: String,
    /// What it is called on the page.
    #[serde(default)]
    pub label: String,
}

/// A link on the empty page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Example {
    /// What it shows.
    pub title: String,
    /// Why one would look.
    pub description: String,
    /// The query string.
    pub link: String,
    /// The kinds of records that it shows: it is offered by views that lack them.
    pub kinds: Vec<Kind>,
}

/// What a kilowatt-hour emits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// g CO₂ equivalent per kWh; `None` leaves emissions out.
    pub g_per_kwh: Option<f64>,
    /// Where the figure comes from.
    #[serde(default)]
    pub source: String,
}

/// A release, the one it is held against, and the upstream builds it should keep up with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// The newer version.
    pub candidate: String,
    /// The denominator.
    pub baseline: String,
    /// Upstream versions, the closest first.
    #[serde(default)]
    pub upstream: Vec<String>,
}

/// A change of the method of measuring.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Methodology {
    /// The first version that was measured in the new way; older ones of the same product were measured in the old way.
    pub from: String,
    /// What changed.
    pub reason: String,
}

impl Methodology {
    /// The note on a comparison of two versions, if the change lies between them.
    pub fn between(&self, a: &str, b: &str) -> Option<String> {
        let ours = |version: &str| versions::product(version) == versions::product(&self.from);
        let new = |version: &str| versions::compare(version, &self.from).is_ge();
        (ours(a) && ours(b) && new(a) != new(b))
            .then(|| format!("{a} and {b} are not comparable: from {} on, {}", self.from, self.reason))
    }
}

/// Versions that are held against those of other engines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Competitors {
    /// What the comparison is called.
    pub label: String,
    /// Own versions: for each model the first one that has it.
    pub baseline: Vec<String>,
    /// Rivals; each is a list of versions, of which for each model the first one that has it counts.
    pub against: Vec<Vec<String>>,
}

/// A model family by a part of the model's name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Family {
    /// The part, in any case.
    pub contains: String,
    /// The family.
    pub family: String,
}

/// Where a run's log lies and what line ends the server's start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Logs {
    /// Address with `{uuid}`; see [`expand`]. Empty: there are none.
    pub template: String,
    /// The line with which the server says that it is up; empty when it says nothing.
    pub ready: String,
}

const NO_ADDRESS: &str = "the address is neither http or https nor relative to the page";

/// Whether an address is http or https, or relative to the page: a settings file starts no script. Control characters and
/// blanks are left out by browsers, and could hide a scheme.
pub(super) fn is_web_address(address: &str) -> bool {
    let scheme = address.split(['/', '?', '#']).next().and_then(|start| start.split_once(':')).map(|(scheme, _)| scheme);
    !address.contains(|c: char| c.is_control() || c.is_whitespace())
        && scheme.is_none_or(|scheme| ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web)))
}

/// A row or a value of the file.
trait Row: DeserializeOwned {
    /// What is wrong with it, though it could be read.
    fn fault(&self) -> Option<&'static str> {
        None
    }
}

impl Row for StartSource {
    fn fault(&self) -> Option<&'static str> {
        if self.src.is_empty() {
            return Some("“src” is missing");
        }
        [&self.src, &self.tables].iter().any(|address| !is_web_address(address)).then_some(NO_ADDRESS)
    }
}

impl Row for Example {
    fn fault(&self) -> Option<&'static str> {
        if self.link.is_empty() {
            return Some("“link” is missing");
        }
        (!is_web_address(&self.link)).then_some(NO_ADDRESS)
    }
}

impl Row for Figures {
    fn fault(&self) -> Option<&'static str> {
        if self.src.is_empty() {
            return Some("“src” is missing");
        }
        (!is_web_address(&self.src)).then_some(NO_ADDRESS)
    }
}

impl Row for Grid {
    fn fault(&self) -> Option<&'static str> {
        self.g_per_kwh.is_some_and(|grams| grams < 0.0).then_some("g_per_kwh is negative")
    }
}

impl Row for Release {}
impl Row for Competitors {}

impl Row for Methodology {
    fn fault(&self) -> Option<&'static str> {
        (self.from.trim().is_empty() || self.reason.trim().is_empty()).then_some("“from” and “reason” must not be empty")
    }
}

impl Row for Logs {
    fn fault(&self) -> Option<&'static str> {
        (!self.template.is_empty() && expand(&self.template, |_| Some("x".to_owned())).is_none())
            .then_some("the template is not an http or https address with placeholders in braces")
    }
}

/// An origin: `https://wiki.example.com`, with a port if it is not the usual one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Origin(pub String);

impl Row for Origin {
    fn fault(&self) -> Option<&'static str> {
        let host = ["https://", "http://"].iter().find_map(|scheme| self.0.strip_prefix(scheme));
        let is_host = host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '*', '?', '#', '@', ' ']));
        (!is_host).then_some("it is not an origin: https://host, without a path and without *")
    }
}

impl Row for bool {}
impl Row for Value {}
impl Row for String {}

impl Row for Family {
    fn fault(&self) -> Option<&'static str> {
        self.contains.is_empty().then_some("“contains” is empty and would match every model")
    }
}

/// A share, %.
impl Row for f64 {
    fn fault(&self) -> Option<&'static str> {
        (!(0.0..=100.0).contains(self)).then_some("must be between 0 and 100 %")
    }
}

static BUILT_IN: LazyLock<Settings> = LazyLock::new(|| over(Settings::default(), include_str!("../../../public/config.json")).0);

impl Settings {
    /// The built-in settings, for everything a deployment leaves out.
    pub fn built_in() -> Settings {
        BUILT_IN.clone()
    }

    /// A deployment's file over the built-in settings, and what in it was not understood, in words. An unreadable file
    /// sets nothing.
    pub fn read(text: &str) -> (Settings, Vec<String>) {
        over(Settings { start: Vec::new(), picture: String::new(), examples: Vec::new(), ..Settings::built_in() }, text)
    }

    /// Id and label of the deployment's own formats, of the rows that state both.
    pub fn format_names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.formats.iter().filter_map(|row| Some((row.get("id")?.as_str()?, row.get("label")?.as_str()?)))
    }

    /// Notes on changes of method among versions that are compared, the first being what the others are held against.
    pub fn method_notes<'v>(&self, base: &str, others: impl Iterator<Item = &'v str>) -> Vec<String> {
        others.flat_map(|other| self.methodology.iter().filter_map(move |change| change.between(base, other))).collect()
    }

    /// The model's family: the first row whose part is in the name; else the organisation; else the name itself.
    pub fn family<'a>(&'a self, model: &'a str) -> &'a str {
        let folded = model.to_lowercase();
        let row = self.families.iter().find(|row| folded.contains(&row.contains.to_lowercase()));
        row.map_or_else(|| model.split_once('/').map_or(model, |(organisation, _)| organisation), |row| &row.family)
    }

    /// The links to other systems that hold for a measurement: of those with one label the first. `value` gives a
    /// measurement's value by a placeholder's name.
    pub fn links_for(&self, value: impl Fn(&str) -> Option<String>) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = Vec::new();
        for link in &self.links {
            if found.iter().all(|(label, _)| *label != link.label)
                && let Some(url) = link.url(&value)
            {
                found.push((link.label.clone(), url));
            }
        }
        found
    }

    /// The log of a run; `None` where the deployment keeps none.
    pub fn log(&self, uuid: &str) -> Option<String> {
        expand(&self.logs.template, |name| (name == "uuid" && !uuid.is_empty()).then(|| uuid.to_owned()))
    }
}

struct Reader<'p> {
    sections: Map<String, Value>,
    /// What the notes begin with.
    place: &'p str,
    notes: Vec<String>,
}

fn over(settings: Settings, text: &str) -> (Settings, Vec<String>) {
    match serde_json::from_str(text) {
        Ok(Value::Object(sections)) => read_over(settings, sections, NOTE),
        Ok(_) => (settings, vec![format!("{NOTE}not an object with named sections; the file is ignored.")]),
        Err(error) => (settings, vec![format!("{NOTE}not valid JSON ({error}); the file is ignored.")]),
    }
}

/// Sections over some settings, and what in them was not understood, in words that begin with `place`.
pub(super) fn read_over(mut settings: Settings, sections: Map<String, Value>, place: &str) -> (Settings, Vec<String>) {
    let mut reader = Reader { sections, place, notes: Vec::new() };
    reader.rows("start", &mut settings.start);
    reader.value("picture", &mut settings.picture);
    reader.rows("examples", &mut settings.examples);
    reader.rows("slo_presets", &mut settings.slo_presets);
    reader.rows("guidelines", &mut settings.guidelines);
    reader.rows("figures", &mut settings.figures);
    reader.rows("prices", &mut settings.prices);
    reader.rows("power", &mut settings.power);
    reader.rows("assumed_power", &mut settings.assumed_power);
    reader.value("grid", &mut settings.grid);
    reader.rows("releases", &mut settings.releases);
    reader.rows("methodology", &mut settings.methodology);
    reader.rows("competitors", &mut settings.competitors);
    reader.rows("families", &mut settings.families);
    reader.rows("links", &mut settings.links);
    reader.value("logs", &mut settings.logs);
    reader.rows("formats", &mut settings.formats);
    reader.value("private", &mut settings.private);
    reader.rows("embed", &mut settings.embed);
    reader.value("error_limit", &mut settings.error_limit);
    reader.value("threshold", &mut settings.threshold);
    let Reader { sections, place, mut notes } = reader;
    notes.extend(sections.keys().map(|key| format!("{place}unknown section “{key}” ignored.")));
    (settings, notes)
}

impl Reader<'_> {
    fn rows<T: Row>(&mut self, section: &str, slot: &mut Vec<T>) {
        match self.sections.remove(section) {
            None => {}
            Some(Value::Array(rows)) => {
                let numbered = rows.into_iter().enumerate();
                *slot = numbered.filter_map(|(at, row)| self.one(&format!("{section}, row {}", at + 1), row)).collect();
            }
            Some(_) => self.notes.push(format!("{}{section}: must be a list; the built-in one is used.", self.place)),
        }
    }

    fn value<T: Row>(&mut self, section: &str, slot: &mut T) {
        if let Some(value) = self.sections.remove(section)
            && let Some(value) = self.one(section, value)
        {
            *slot = value;
        }
    }

    fn one<T: Row>(&mut self, place: &str, value: Value) -> Option<T> {
        let mut unknown = Vec::new();
        let read = serde_ignored::deserialize(&value, |path| unknown.push(path.to_string())).map_err(|error| error.to_string());
        match read.and_then(|row: T| row.fault().map_or(Ok(row), |fault| Err(fault.to_owned()))) {
            Ok(row) => {
                let note = |field| format!("{}{place}: unknown field “{field}” ignored.", self.place);
                self.notes.extend(unknown.into_iter().map(note));
                Some(row)
            }
            Err(fault) => {
                self.notes.push(format!("{}{place}: {fault}; ignored.", self.place));
                None
            }
        }
    }
}
