//! What a person opens by its address: a file, a folder somewhere else, or a server.

use leptos::prelude::*;

use super::Store;
use crate::engine::protocol::{FileId, is_server};
use crate::page::address::History;
use crate::page::files::FileEntry;
use crate::state::ViewState;
use crate::state::live::{Live, secret};
use crate::view::SERVER;

/// How an address begins.
const SCHEMES: [&str; 6] = ["https://", "http://", "s3://", "s3a://", "s3n://", "gs://"];

/// Whether a text is an address and nothing else.
pub fn is_address(text: &str) -> bool {
    let text = text.trim();
    let begins = |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    SCHEMES.iter().any(|scheme| begins(scheme) && text.len() > scheme.len()) && !text.contains(char::is_whitespace)
}

impl Store {
    /// Opens what is at an address, beside what is there. The link keeps the address as it was given.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as a sentence.
    pub fn open_address(self, text: &str) -> Result<(), String> {
        let address = text.trim();
        if !is_address(address) {
            return Err("The address begins with https://, http://, s3:// or gs://, and has no spaces.".to_owned());
        }
        if is_server(address) {
            self.connect(Live::at(address)?, String::new());
            return Ok(());
        }
        let (place, query) = address.split_once('?').unwrap_or((address, ""));
        let host = place.split_once("://").and_then(|(_, rest)| rest.split('/').next()).unwrap_or_default();
        if host.contains('@') {
            return Err("The address contains a user name or password, which links would carry.".to_owned());
        }
        if let Some(key) = secret(query) {
            self.toast(&format!("The address carries a secret (“{key}”), and so does this page's link now."), None);
        }
        self.opened.update_value(|opened| _ = opened.insert(address.to_owned()));
        if self.files.with_untracked(|files| files.iter().any(|file| file.is_at(address))) {
            self.toast("That address is open already.", None);
            return Ok(());
        }
        self.change(History::Push, |state| state.sources.push(address.to_owned()));
        Ok(())
    }

    /// Whether a person opened a file by its address.
    pub(super) fn is_opened(self, id: FileId) -> bool {
        self.files.with_untracked(|files| files.iter().any(|file| file.id == id && self.was_opened(file)))
    }

    /// Whether what a person opened by its address is shown.
    pub(super) fn has_opened(self) -> bool {
        self.files.with_untracked(|files| files.iter().any(|file| file.records() > 0 && self.was_opened(file)))
    }

    fn was_opened(self, file: &FileEntry) -> bool {
        self.opened.with_value(|opened| opened.iter().any(|address| file.is_at(address)))
    }

    /// Connects the first server among the sources of a link, in the place of its page, unless the link has one.
    pub(super) fn connect_source(self) {
        let found = self.state.with_untracked(|state| {
            let server = |source: &String| Live::at(source).ok().filter(|_| is_server(source));
            state.sources.iter().enumerate().find_map(|(at, source)| Some((at, server(source)?)))
        });
        let Some((at, live)) = found.filter(|_| self.state.with_untracked(|state| state.live.is_none())) else { return };
        self.state.update(|state| {
            state.sources.remove(at);
            state.live = Some(live);
            // Whoever chose no view wants to see the server.
            if state.view == ViewState::default().view {
                state.show_view(SERVER);
            }
        });
    }
}
