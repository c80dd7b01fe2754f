//! What a visit without a link opens on, made before anybody comes; `inferscope prepare` writes it, the deployment's settings
//! name it.
//!
//! - A file that was read already: its reports, and its tables as the engine takes them, so that nothing is needed that reads
//!   files. It is a line of JSON, and after it the tables ([`Tables::to_bytes`]).
//! - The first picture, which the page shows while the engine is still on its way: JSON ([`Picture`]).
//!
//! Both are of use only to the version that wrote them, the picture only with the settings it was drawn with.

use std::collections::BTreeMap;
use std::hash::Hasher;

use serde::{Deserialize, Serialize};

use super::protocol::FileId;
use super::{Engine, FileReport, Imported};
use crate::state::settings::Settings;
use crate::state::{ViewState, link};
use crate::table::Tables;
use crate::view_model::ViewModel;

/// The version that wrote it: what another one would read from the same file may differ.
const VERSION: &str = env!("CARGO_PKG_VERSION");

#[derive(Serialize, Deserialize)]
struct Head {
    inferscope: String,
    reports: Vec<FileReport>,
}

/// What was read, as bytes.
///
/// # Errors
///
/// Those of [`Tables::merge`].
pub fn write(read: Vec<Imported>) -> Result<Vec<u8>, String> {
    let (reports, tables): (Vec<FileReport>, Vec<Tables>) =
        read.into_iter().map(|Imported { report, tables }| (report, tables)).unzip();
    let tables = Tables::merge(tables).map_err(|error| error.to_string())?;
    let head = Head { inferscope: VERSION.to_owned(), reports };
    let mut bytes = serde_json::to_vec(&head).map_err(|error| error.to_string())?;
    bytes.push(b'\n');
    bytes.extend(tables.to_bytes());
    Ok(bytes)
}

/// The reports, and where the tables begin. `None` of what this version did not write.
pub fn reports(bytes: &[u8]) -> Option<(Vec<FileReport>, usize)> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let head: Head = serde_json::from_slice(bytes.get(..end)?).ok()?;
    (head.inferscope == VERSION).then_some((head.reports, end + 1))
}

/// The first picture.
#[derive(Serialize, Deserialize)]
pub struct Picture {
    inferscope: String,
    /// Of the settings that it was drawn with.
    settings: u64,
    /// The state that it shows, as a link.
    link: String,
    model: ViewModel,
    /// The numbers of the model's charts; a missing one is `null`, which JSON has, for NaN, which it has not.
    numbers: Vec<Vec<Option<f64>>>,
}

impl Picture {
    /// Draws what a visit without a link opens on.
    pub fn draw(settings: &Settings, files: Vec<Tables>) -> Picture {
        let mut engine = Engine::default();
        engine.set(settings.clone());
        (0..).zip(files).for_each(|(id, tables)| engine.add(FileId(id), tables));
        let state = opening(settings);
        let mut model = engine.show(&state, &BTreeMap::new());
        let number = |number: &f64| Some(*number).filter(|number| number.is_finite());
        let numbers = model.take_columns().iter().map(|column| column.iter().map(number).collect()).collect();
        Picture { inferscope: VERSION.to_owned(), settings: fingerprint(settings), link: link::encode(&state), model, numbers }
    }

    /// The picture, if it is that of this state under these settings, and of this version.
    pub fn of(self, state: &ViewState, settings: &Settings) -> Option<ViewModel> {
        let Picture { inferscope, settings: drawn_with, link, mut model, numbers } = self;
        if inferscope != VERSION || drawn_with != fingerprint(settings) || link != link::encode(state) {
            return None;
        }
        let numbers = numbers.into_iter().map(|column| column.into_iter().map(|number| number.unwrap_or(f64::NAN)).collect());
        model.attach_columns(numbers);
        Some(model)
    }
}

/// The state that a visit without a link opens on.
fn opening(settings: &Settings) -> ViewState {
    ViewState {
        error_limit: settings.error_limit,
        threshold: settings.threshold,
        sources: settings.start.iter().map(|source| source.src.clone()).collect(),
        ..ViewState::default()
    }
}

/// Tells settings from others: a deployment that changes its prices and not its picture shows none. What is only on the page
/// around the picture does not count.
fn fingerprint(settings: &Settings) -> u64 {
    let drawn_with =
        Settings { start: Vec::new(), picture: String::new(), examples: Vec::new(), figures: Vec::new(), ..settings.clone() };
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(&serde_json::to_vec(&drawn_with).unwrap_or_default());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::import;
    use crate::record::Kind;
    use crate::source::Source;

    #[test]
    fn what_was_prepared_is_what_was_read() {
        let bytes = include_bytes!("../../public/demo/guidellm.json").to_vec();
        let read = import(&Source::new("demo/guidellm.json", bytes), None, |_| {});
        let report = read.report.clone();
        let prepared = write(vec![read]).expect("one file");
        let (found, start) = reports(&prepared).expect("this version wrote it");
        // A place crosses as text.
        let text = |report: &FileReport| serde_json::to_string(report).expect("JSON");
        assert_eq!(found.iter().map(text).collect::<Vec<_>>(), [text(&report)]);
        assert_eq!(Tables::from_bytes(prepared[start..].to_vec()).expect("tables").rows(Kind::Measurement), 5);
    }

    #[test]
    fn a_picture_is_of_one_state_under_one_set_of_settings() {
        let bytes = include_bytes!("../../public/demo/guidellm.json").to_vec();
        let Imported { tables, .. } = import(&Source::new("demo/guidellm.json", bytes), None, |_| {});
        let settings = Settings::built_in();
        let drawn = || {
            let text = serde_json::to_string(&Picture::draw(&settings, vec![tables.clone()])).expect("JSON");
            serde_json::from_str::<Picture>(&text).expect("a picture")
        };
        let mut engine = Engine::default();
        engine.set(settings.clone());
        engine.add(FileId(7), tables.clone());
        let state = opening(&settings);
        assert_eq!(drawn().of(&state, &settings), Some(engine.show(&state, &BTreeMap::new())));
        assert_eq!(drawn().of(&ViewState { threshold: 7.0, ..state.clone() }, &settings), None);
        assert_eq!(drawn().of(&state, &Settings { error_limit: 2.0, ..settings.clone() }), None);
        assert_eq!(Picture { inferscope: "0.0.9".to_owned(), ..drawn() }.of(&state, &settings), None);
    }

    #[test]
    fn another_version_is_read_anew() {
        let prepared = write(Vec::new()).expect("nothing");
        let other = String::from_utf8_lossy(&prepared).replacen(VERSION, "0.0.9", 1).into_bytes();
        assert!(reports(&prepared).is_some() && reports(&other).is_none());
        for wrong in [&b""[..], b"\n", b"path,model\n1,2\n", b"{}\n"] {
            assert!(reports(wrong).is_none());
        }
    }
}
