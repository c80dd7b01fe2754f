//! What a deployment can set (`config.json` beside the page) and what a reader's browser remembers (theme, panels).

use gloo_storage::{LocalStorage, Storage};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// `config.json`: all of it optional.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Config {
    /// What the page opens on when the link names no data.
    pub start: Vec<StartSource>,
    /// Links on the empty page.
    pub examples: Vec<Example>,
}

/// Data that the page opens on.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct StartSource {
    /// Address, relative to the page.
    pub src: String,
    /// What it is called on the page.
    pub label: String,
    /// Whether it makes room as soon as the reader brings data.
    pub demo: bool,
}

/// A link on the empty page.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Example {
    /// What it shows.
    pub title: String,
    /// Why one would look.
    pub description: String,
    /// The query string.
    pub link: String,
}

/// Reads the deployment's settings; without any the page opens empty.
pub async fn config() -> Config {
    let read = async || -> Option<Config> {
        let response: Response =
            JsFuture::from(leptos::prelude::window().fetch_with_str("config.json")).await.ok()?.unchecked_into();
        if !response.ok() {
            return None;
        }
        let text = JsFuture::from(response.text().ok()?).await.ok()?.as_string()?;
        serde_json::from_str(&text).ok()
    };
    read().await.unwrap_or_default()
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
    /// Whether the table twin is open.
    pub table: bool,
}

impl Default for Preferences {
    fn default() -> Preferences {
        Preferences { scheme: Scheme::System, rail: !narrow(), table: false }
    }
}

/// Whether the window is so narrow that the rail lies over the picture instead of beside it.
fn narrow() -> bool {
    leptos::prelude::window().match_media("(max-width: 900px)").ok().flatten().is_some_and(|query| query.matches())
}

const KEY: &str = "inferscope.preferences";

impl Preferences {
    /// What was remembered; the defaults where nothing was or storage is closed.
    pub fn load() -> Preferences {
        let remembered: Preferences = LocalStorage::get(KEY).unwrap_or_default();
        Preferences { rail: remembered.rail && !narrow(), ..remembered }
    }

    /// Remembers; where storage is closed, for this visit only.
    pub fn save(self) {
        let _ = LocalStorage::set(KEY, self);
    }
}
