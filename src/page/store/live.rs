//! The connected server: it is listed and read like a file, and read again as often as the reader wants.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::{Lane, Store};
use crate::engine::live::{self, Overview};
use crate::engine::protocol::{FileId, Request};
use crate::page::address::History;
use crate::page::files::{Content, FileEntry, Status};
use crate::state::live::Live;
use crate::view::SERVER;

impl Store {
    /// Connects a server, with a token that may be empty. What is shown of it is in the Server tab.
    pub fn connect(self, live: Live, token: String) {
        // An empty field keeps the token of the same server.
        if !token.is_empty() || !self.has_token(&live.url) {
            self.token.set_value((live.url.clone(), token));
        }
        // The same server with another token is read again.
        if let Some(id) = self.live_id() {
            self.drop_files(&[id]);
        }
        self.change(History::Push, |state| {
            state.live = Some(live);
            if !state.view.starts_with(SERVER) {
                state.show_view(SERVER);
            }
        });
    }

    /// Leaves the server.
    pub fn disconnect(self) {
        self.token.set_value(Default::default());
        self.change(History::Push, |state| state.live = None);
    }

    /// The token for a server: one that was entered for another is not sent to it.
    pub(super) fn token_for(self, url: &str) -> String {
        self.token.with_value(|(of, token)| if of == url { token.clone() } else { String::new() })
    }

    /// Whether there is a token for a server.
    pub fn has_token(self, url: &str) -> bool {
        !self.token_for(url).is_empty()
    }

    /// Reads the server once more. Until then, and if that fails, what was read before stays.
    pub fn refresh(self) {
        let Some(id) = self.live_id().filter(|id| !self.is_under_way(*id)) else { return };
        self.refreshing.set_value(true);
        self.set_status(id, Status::Waiting);
        self.read_next();
    }

    /// Stops asking. What was read before stays.
    pub fn stop_asking(self) {
        if let Some(id) = self.live_id() {
            self.cancel(id);
        }
    }

    /// The file that stands for the server.
    pub fn live_id(self) -> Option<FileId> {
        self.files.with_untracked(|files| files.iter().find(|file| file.is_live()).map(|file| file.id))
    }

    pub(super) fn is_live(self, id: FileId) -> bool {
        self.live_id() == Some(id)
    }

    fn is_under_way(self, id: FileId) -> bool {
        let under_way = |file: &FileEntry| file.id == id && matches!(file.status, Status::Waiting | Status::Reading(_));
        self.files.with_untracked(|files| files.iter().any(under_way))
    }

    /// Reads the server that the state names, unless that was read already.
    pub(super) fn load_live(self) {
        let wanted = self.state.with_untracked(|state| state.live.clone());
        let former = self.files.with_untracked(|files| {
            files.iter().find_map(|file| match &file.content {
                Content::Live(live) => Some((file.id, live.clone())),
                Content::Blob(_) | Content::Link(_) | Content::Address => None,
            })
        });
        // How often it is read changes nothing of what is read.
        let same = |a: &Live, b: &Live| (&a.url, a.span, &a.only) == (&b.url, b.span, &b.only);
        match (wanted, former) {
            (None, None) => {}
            (None, Some((id, _))) => {
                self.overview.set(None);
                self.drop_files(&[id]);
            }
            (Some(wanted), Some((_, former))) if same(&wanted, &former) => {}
            (Some(wanted), Some((id, former))) if wanted.url == former.url => {
                self.refreshing.set_value(false);
                if self.reading(Lane::Server) == Some(id) {
                    self.end_reader(Lane::Server);
                }
                self.files.update(|files| {
                    if let Some(file) = files.iter_mut().find(|file| file.id == id) {
                        (file.content, file.status) = (Content::Live(wanted), Status::Waiting);
                    }
                });
                self.read_next();
            }
            (Some(wanted), former) => {
                self.overview.set(None);
                self.refreshing.set_value(false);
                if let Some((id, _)) = former {
                    self.drop_files(&[id]);
                }
                self.add(vec![(live::name(&wanted), Content::Live(wanted))]);
            }
        }
    }

    /// What a server has. Where it answered nothing the former choice of labels stays, and after a refresh all that is shown.
    pub(super) fn look_over(self, overview: Overview) {
        self.overview.update(|former| match former {
            Some(former) if overview.series == 0 && self.refreshing.get_value() => _ = former,
            Some(former) if overview.labels.is_empty() => {
                let labels = std::mem::take(&mut former.labels);
                *former = Overview { labels, ..overview };
            }
            former => *former = Some(overview),
        });
    }

    /// What was read of a server before goes once another choice of its series could not be read: it would be drawn under the
    /// wrong name. If only a refresh failed it stays. Nor does anything stay of a watched folder that has no results any more, or of a
    /// data set of which too much was chosen: it would be a part that looks like all.
    pub(super) fn forget_former(self, id: FileId) {
        if self.is_live(id) && !self.refreshing.get_value() || self.is_watched(id) || self.is_dataset(id) {
            self.send(Request::Unload { ids: vec![id] }, JsValue::UNDEFINED);
        }
    }
}
