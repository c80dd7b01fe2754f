//! The prepared first picture: shown until the engine has drawn its own, withdrawn when the data it shows are replaced.

use leptos::prelude::*;

use super::Store;
use crate::engine::prepared::Picture;
use crate::page::address::{self, History};
use crate::page::backend;
use crate::page::files::{FileEntry, Status};
use crate::page::settings::Remembered;
use crate::state::link;

/// Milliseconds after which the engine is fetched, picture or not.
const PATIENCE: u32 = 1500;

impl Store {
    /// Shows the prepared picture of this state, if there is one. The engine is fetched afterwards, or once the picture is
    /// late.
    pub(super) fn show_picture(self) {
        if !self.is_pictured() {
            return backend::expect_engine();
        }
        let settings = self.config.get_untracked();
        let late = move || {
            self.opening.set(false);
            backend::expect_engine();
        };
        gloo_timers::callback::Timeout::new(PATIENCE, late).forget();
        leptos::task::spawn_local(async move {
            let picture = address::fetch(&settings.picture).await;
            let picture = picture.and_then(|bytes| serde_json::from_slice::<Picture>(&bytes).ok());
            let state = self.state.get_untracked();
            let awaited = self.model.with_untracked(Option::is_none)
                && self.files.with_untracked(|files| !files.iter().any(FileEntry::is_local));
            if let Some(model) = picture.and_then(|picture| picture.of(&state, &settings)).filter(|_| awaited) {
                self.pictured.set_value(true);
                self.model.set(Some(model));
                self.opening.set(false);
                address::write(&link::encode(&state), History::Replace);
                // The frame in which it is drawn, and the one after.
                gloo_timers::future::TimeoutFuture::new(50).await;
            }
            self.opening.set(false);
            backend::expect_engine();
        });
    }

    /// Whether the visit opens on the prepared picture.
    pub(super) fn is_pictured(self) -> bool {
        let own = Remembered::load();
        let described =
            || self.config.with_untracked(|settings| settings.start.iter().any(|source| own.of(&source.src).next().is_some()));
        let picture = self.config.with_untracked(|settings| !settings.picture.is_empty());
        picture && address::query().is_empty() && address::data().is_none() && !described()
    }

    /// Marks the prepared picture as outdated: the user has asked for something else, which needs the engine.
    pub(super) fn fall_behind(self) {
        backend::expect_engine();
        if self.pictured.get_value() {
            self.behind.set(true);
        }
    }

    /// Removes the prepared picture, because its data are being replaced.
    pub(super) fn withdraw_picture(self) {
        backend::expect_engine();
        if self.pictured.get_value() {
            self.end_picture();
            self.model.set(None);
        }
    }

    /// The prepared picture is no longer on the screen.
    pub(super) fn end_picture(self) {
        self.pictured.set_value(false);
        self.behind.set(false);
    }

    /// Whether the prepared picture is still right while the engine lacks its data.
    pub(super) fn awaits_pictured(self) -> bool {
        let under_way = |file: &FileEntry| matches!(file.status, Status::Waiting | Status::Reading(_));
        let awaited = || self.files.with_untracked(|files| files.iter().any(under_way));
        self.pictured.get_value() && !self.behind.get_untracked() && awaited()
    }
}
