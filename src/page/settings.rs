//! What a deployment can set and offer (`config.json` and `catalog.json` beside the page) and what a reader's browser remembers (theme, panels).

use serde::{Deserialize, Serialize};

use super::{address, storage};
use crate::format::mapped::{Header, Mapping};
use crate::record::Given;
use crate::state::deployment::Deployment;
use crate::state::settings::{Price, Settings};

/// Reads what the deployment sets and offers, and what of it was not understood. Without a `config.json` the built-in settings
/// hold and the page opens empty; without a `catalog.json` there is nothing more.
pub async fn settings() -> (Settings, Deployment, Vec<String>) {
    let asked = ["config.json", "catalog.json"].map(address::begin);
    let mut texts = [None, None];
    for (text, asked) in texts.iter_mut().zip(asked) {
        let found = address::finish(asked).await;
        *text = found.map(|(bytes, is_copy)| (String::from_utf8_lossy(&bytes).into_owned(), is_copy));
    }
    let [(config, _), (catalogue, is_copy)] = texts.map(|text| text.unwrap_or_else(|| ("{}".to_owned(), false)));
    let (settings, mut notes) = Settings::read(&config);
    let (deployment, settings, more) = Deployment::read(&catalogue, settings);
    notes.extend(more);
    if is_copy && !(deployment.sources.is_empty() && deployment.notice.is_empty()) {
        let note = "catalog.json: its server has none now, or one that cannot be read; that of an earlier visit is used.";
        notes.push(note.to_owned());
    }
    (settings, deployment, notes)
}

/// Light, dark, or as the system is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// As the system is.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// What the reader's browser remembers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// Light or dark.
    pub scheme: Scheme,
    /// Whether the rail of filters is open.
    pub rail: bool,
    /// Whether the row table is open.
    pub table: bool,
    /// Whether loaded files are kept.
    pub keep: bool,
}

impl Default for Preferences {
    fn default() -> Preferences {
        Preferences { scheme: Scheme::System, rail: !narrow(), table: false, keep: true }
    }
}

/// Whether the window is so narrow that the rail lies over the picture instead of beside it.
fn narrow() -> bool {
    leptos::prelude::window().match_media("(max-width: 900px)").ok().flatten().is_some_and(|query| query.matches())
}

const KEY: &str = "inferscope.preferences";

impl Preferences {
    /// What was remembered; the defaults where nothing was.
    pub fn load() -> Preferences {
        let remembered: Preferences = storage::load(KEY);
        Preferences { rail: remembered.rail && !narrow(), ..remembered }
    }

    /// Remembers. A narrow window says nothing about the rail: it lies over the picture there, and is closed again at once.
    pub fn save(self) {
        let rail = if narrow() { storage::load::<Preferences>(KEY).rail } else { self.rail };
        storage::save(KEY, &Preferences { rail, ..self });
    }
}

/// Overrides from earlier visits, applied when a file with the same path is read again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Remembered(Vec<Given>);

const GIVEN: &str = "inferscope.given";
/// Limit of remembered overrides; the oldest are dropped.
const MOST_GIVEN: usize = 2000;

impl Remembered {
    /// What was kept.
    pub fn load() -> Remembered {
        storage::load(GIVEN)
    }

    /// With later overrides, which replace earlier ones of the same file and dimension; an empty value removes one.
    pub fn with(mut self, given: &[Given]) -> Remembered {
        for given in given {
            self.0.retain(|other| (&other.path, &other.dimension) != (&given.path, &given.dimension));
            if !given.value.is_empty() {
                self.0.push(given.clone());
            }
        }
        let surplus = self.0.len().saturating_sub(MOST_GIVEN);
        self.0.drain(..surplus);
        self
    }

    /// The overrides for the file at this path, or for its folder. An override of every file meant the files of that visit.
    pub fn of(&self, path: &str) -> impl Iterator<Item = &Given> {
        self.0.iter().filter(move |given| given.path != Given::ALL && given.covers(path))
    }

    /// Keeps it.
    pub fn save(&self) {
        storage::save(GIVEN, self);
    }
}

/// Remembered column mappings, by the columns' names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mappings(Vec<(Vec<String>, Mapping)>);

const MAPPINGS: &str = "inferscope.mappings";
/// Limit of remembered mappings; the oldest are dropped.
const MOST_MAPPINGS: usize = 100;

/// The names of a table's columns, by which a mapping is remembered.
pub fn names(header: &Header) -> Vec<String> {
    header.columns.iter().map(|column| column.name.clone()).collect()
}

impl Mappings {
    /// What was kept.
    pub fn load() -> Mappings {
        storage::load(MAPPINGS)
    }

    /// The mapping of a table with just these columns.
    pub fn of(&self, header: &Header) -> Option<&Mapping> {
        let wanted = names(header);
        self.0.iter().find(|(names, _)| *names == wanted).map(|(_, mapping)| mapping)
    }

    /// With one more mapping, which replaces an earlier one of the same columns.
    pub fn with(mut self, header: &Header, mapping: &Mapping) -> Mappings {
        let names = names(header);
        self.0.retain(|(other, _)| *other != names);
        self.0.push((names, mapping.clone()));
        let surplus = self.0.len().saturating_sub(MOST_MAPPINGS);
        self.0.drain(..surplus);
        self
    }

    /// Keeps them.
    pub fn save(&self) {
        storage::save(MAPPINGS, self);
    }
}

/// The prices that the reader set on earlier visits.
pub struct Prices;

const PRICES: &str = "inferscope.prices";

impl Prices {
    /// What was kept.
    pub fn load() -> Vec<Price> {
        storage::load(PRICES)
    }

    /// Keeps them.
    pub fn save(prices: &[Price]) {
        storage::save(PRICES, prices);
    }
}
