//! Folders that still grow: an index with `watch` is looked at while the page is seen, and read again when it has changed. What
//! is shown stays until then, and while its server is away.

use gloo_timers::future::TimeoutFuture;
use js_sys::Date;
use leptos::prelude::*;

use super::Store;
use crate::engine::FileReport;
use crate::engine::protocol::{self, FileId, Watch};
use crate::page::address;
use crate::page::files::{FileEntry, Status};
use crate::work::Repeated;

/// After a look in vain the next one is so many times later.
const PATIENCE: u32 = 5;

/// An index that is watched.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Watched {
    /// Between two looks.
    seconds: u32,
    /// The version that is shown; `None` where it is to be read again.
    version: Option<u64>,
    /// The version of which not every file could be had, the last time.
    broken: Option<u64>,
    /// Whether what was read last is to be shown.
    settled: bool,
    /// Whether it is being read again.
    again: bool,
    /// When it was last read again, and how long that took, in milliseconds: what grows all the time is not read all the time.
    reading: Repeated,
}

impl Store {
    /// Watches an index, as of the version that was read. A version of which a file could not be had is read once more: the
    /// server may have been away. If that changes nothing, the file is missing.
    pub(super) fn watch(self, id: FileId, Watch { seconds, version }: Watch, whole: bool) {
        let mut first = false;
        self.watched.update_value(|all| {
            let watched = all.entry(id).or_insert_with(|| {
                first = true;
                Watched::default()
            });
            watched.seconds = seconds;
            watched.settled = whole || watched.broken == Some(version);
            watched.version = watched.settled.then_some(version);
            watched.broken = (!whole).then_some(version);
        });
        if first {
            leptos::task::spawn_local(self.look_after(id));
        }
    }

    pub(super) fn is_watched(self, id: FileId) -> bool {
        self.watched.with_value(|all| all.contains_key(&id))
    }

    /// Ends the reading of an index. What was said of it before, where that stays because its server was away meanwhile.
    pub(super) fn former_stays(self, id: FileId) -> Option<Vec<FileReport>> {
        let stays = self.watched.try_update_value(|all| {
            let watched = all.get_mut(&id).filter(|watched| watched.again)?;
            watched.again = false;
            watched.reading.end(Date::now());
            Some(!watched.settled)
        });
        let stays = stays.flatten() == Some(true);
        let mut former = Vec::new();
        self.files.update_untracked(|files| {
            if let Some(file) = files.iter_mut().find(|file| file.id == id) {
                former = std::mem::take(&mut file.former);
            }
        });
        stays.then_some(former)
    }

    /// Looks at an index as long as it is listed.
    async fn look_after(self, id: FileId) {
        let mut away = false;
        loop {
            let Some(seconds) = self.watched.with_value(|all| all.get(&id).map(|watched| watched.seconds)) else { return };
            let patience = if away { PATIENCE } else { 1 };
            TimeoutFuture::new(seconds * 1000 * patience).await;
            let file = self.files.with_untracked(|files| files.iter().find(|file| file.id == id).cloned());
            let Some(file) = file else {
                self.watched.update_value(|all| _ = all.remove(&id));
                return;
            };
            // Who stopped the reading wants no more of it.
            let early = self.watched.with_value(|all| all.get(&id).is_some_and(|of| of.reading.is_early(Date::now(), 0.0)));
            if early || document().hidden() || !matches!(file.status, Status::Read(_)) {
                continue;
            }
            let found = address::fetch(&file.path).await;
            if found.is_none() && !away {
                self.toast(&format!("{}: the server does not answer. What was read stays.", file.name()), None);
            }
            away = found.is_none();
            let Some(content) = found else { continue };
            match protocol::watch(&file.path, &content) {
                Some(now) => self.read_changed(id, now),
                // It has grown to its end: read once more, and no more looked at.
                None => {
                    self.watched.update_value(|all| _ = all.remove(&id));
                    return self.read_again(id);
                }
            }
        }
    }

    /// Reads an index again if it has another version than what is shown.
    fn read_changed(self, id: FileId, now: Watch) {
        // It may have been removed, or be read again already.
        let is_read = |file: &FileEntry| file.id == id && matches!(file.status, Status::Read(_));
        if !self.files.with_untracked(|files| files.iter().any(is_read)) {
            return;
        }
        let changed = self.watched.try_update_value(|all| {
            let watched = all.get_mut(&id)?;
            watched.seconds = now.seconds;
            let changed = watched.version != Some(now.version);
            if changed {
                (watched.settled, watched.again) = (false, true);
                watched.reading.begin(Date::now());
            }
            Some(changed)
        });
        if changed.flatten() == Some(true) {
            self.read_again(id);
        }
    }

    /// Reads an index again; what it gave before is shown meanwhile.
    fn read_again(self, id: FileId) {
        self.files.update(|files| {
            if let Some(file) = files.iter_mut().find(|file| file.id == id)
                && let Status::Read(reports) = &file.status
            {
                (file.former, file.status) = (reports.clone(), Status::Waiting);
            }
        });
        self.read_next();
    }
}
