//! Keeping: loaded files come back after a reload, a crash, or with the next visit; whoever leaves with files that are not kept
//! is asked.

use gloo_events::{EventListener, EventListenerOptions};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;

use super::{Store, ToastAction};
use crate::catalog::number::plural;
use crate::page::address::{self, History};
use crate::page::embed::is_embedded;
use crate::page::files::{FileEntry, Status};
use crate::page::kept::{self, Keeping, Restored};
use crate::page::saved::Views;
use crate::page::storage;
use crate::state::{ViewState, link};

/// Files are kept so many milliseconds after the last change.
const SETTLED_MS: u32 = 300;

impl Store {
    /// What an earlier visit kept and this one shows: that of the same tab, of the same link, or, without a link, the last.
    pub(super) async fn restored(self) -> Option<Restored> {
        let wanted = self.keeps() && kept::has_kept();
        let bare = self.is_bare();
        if !wanted || !bare && !self.state.with_untracked(|state| state.local) {
            return None;
        }
        kept::restore(&if bare { String::new() } else { address::query() }).await
    }

    /// Whether files are kept: what another page brings into this one is that page's.
    fn keeps(self) -> bool {
        self.preferences.with_untracked(|preferences| preferences.keep) && !is_embedded()
    }

    /// Whether the page was opened without a link.
    fn is_bare(self) -> bool {
        address::data().is_none() && self.state.with_untracked(|state| *state == ViewState::default())
    }

    /// Shows what was kept; false if there is nothing of it.
    pub(super) fn bring_back(self, restored: Restored) -> bool {
        let Restored { files, link, again, missing, ended } = restored;
        if ended {
            let step = ("Read them again".to_owned(), ToastAction::Restore);
            self.toast("The page ended while it read the files that this browser keeps, so they are not shown.", Some(step));
            return false;
        }
        if missing > 0 {
            let text = format!("{} of the last visit are gone: the browser made room.", plural(missing as u64, "file"));
            self.toast(&text, None);
        }
        if files.is_empty() {
            return false;
        }
        if self.is_bare() {
            let (state, notes) = link::decode(&link);
            self.view_is_open.set_value(!link.contains("view="));
            self.link_notes.update(|all| all.extend(notes));
            address::write(&link, History::Replace);
            self.state.set(state);
            let step = ("Start afresh".to_owned(), ToastAction::Afresh);
            let what = if again { "in this tab" } else { "from your last visit" };
            self.toast(&format!("{} {what}: kept in this browser.", plural(files.len() as u64, "file")), Some(step));
        }
        self.state.update(|state| state.local = true);
        self.add_each(files);
        // What is wrong with them was told when they were dropped; the list of files still says it.
        self.files.update(|files| files.iter_mut().filter(|file| file.is_local()).for_each(|file| file.toasted = true));
        true
    }

    /// Removes the files and opens the page as without a link. It can be undone.
    pub(super) fn start_afresh(self) {
        let own: Vec<_> =
            self.files.with_untracked(|files| files.iter().filter(|file| file.is_own()).map(|file| file.id).collect());
        self.remove(&own);
        self.link_notes.set(Vec::new());
        self.state.set(ViewState::default());
        self.view_is_open.set_value(true);
        self.open(None);
        address::write(&link::encode(&self.state.get_untracked()), History::Push);
        self.load_sources();
        self.show();
    }

    /// Reads what is kept although that ended the page the last time.
    pub(super) fn restore(self) {
        leptos::task::spawn_local(async move {
            let restored = kept::restore(&if self.is_bare() { String::new() } else { address::query() }).await;
            if restored.is_some_and(|restored| self.bring_back(restored)) {
                self.load_sources();
                self.show();
            }
        });
    }

    /// From now on keeps what is loaded, and asks whoever leaves before it is.
    pub(super) fn keep_files(self) {
        let listed = Memo::new(move |_| {
            let one = |file: &FileEntry| (file.id, file.read_as.clone(), file.requests, is_done(file));
            self.files.with(|files| files.iter().filter(|file| file.is_local()).map(one).collect::<Vec<_>>())
        });
        Effect::new(move |_| {
            // Read, not only tracked: a memo that nobody reads is never computed, and never changes.
            drop(listed.get());
            self.preferences.with(|preferences| preferences.keep).then(|| self.keep_soon());
        });
        // Of what is kept the link changes. Files that were forgotten meanwhile stay so.
        Effect::new(move |_| {
            self.model.track();
            self.keeping.with_untracked(|keeping| keeping.files > 0).then(|| self.keep_soon());
        });
        let options = EventListenerOptions::enable_prevent_default();
        EventListener::new_with_options(&window(), "beforeunload", options, move |event| {
            if self.has_unkept() && !is_embedded() {
                event.prevent_default();
            }
        })
        .forget();
    }

    /// Keeps what is loaded as soon as nothing has changed for a moment and all of it is read.
    fn keep_soon(self) {
        if self.keeping_due.get_value() {
            return;
        }
        self.keeping_due.set_value(true);
        leptos::task::spawn_local(async move {
            TimeoutFuture::new(SETTLED_MS).await;
            self.keeping_due.set_value(false);
            let files: Vec<FileEntry> =
                self.files.with_untracked(|files| files.iter().filter(|file| file.is_local()).cloned().collect());
            // Nothing was ever kept, and there is nothing to keep: most visits.
            let idle = files.is_empty() && !kept::has_kept();
            let wanted = self.keeps();
            if idle || !wanted || !files.iter().all(is_done) {
                return;
            }
            let keeping = kept::keep(&files, &address::query()).await;
            kept::stands().await;
            self.tell_refused(&keeping);
            self.keeping.set(keeping);
        });
    }

    /// Tells of files that could not be kept, once.
    fn tell_refused(self, keeping: &Keeping) {
        let told = self.keeping.with_untracked(|keeping| keeping.refused.len());
        if keeping.refused.len() > told
            && let Some((path, why)) = keeping.refused.last()
        {
            let text = format!("{path} could not be kept: {why}. It is here until the page is closed.");
            self.toast(&text, Some(("Details".to_owned(), ToastAction::Details)));
        }
    }

    /// Whether there are results of this computer that would be gone with the page.
    fn has_unkept(self) -> bool {
        self.keeping.with_untracked(|keeping| {
            let unkept = |file: &FileEntry| file.is_local() && file.records() > 0 && !keeping.settled.contains(&file.path);
            self.files.with_untracked(|files| files.iter().any(unkept))
        })
    }

    /// Switches keeping on or off; off also forgets the files that were kept.
    pub fn keep_from_now_on(self, on: bool) {
        self.prefer(|preferences| preferences.keep = on);
        if !on {
            self.forget_kept("Loaded files are no longer kept.");
        }
    }

    /// Forgets all that this browser remembers of the page. What is shown stays until the page is left.
    pub fn forget_everything(self) {
        let keep = self.preferences.with_untracked(|preferences| preferences.keep);
        storage::forget();
        self.views.set(Views::default());
        if !keep {
            self.prefer(|_| {});
        }
        self.forget_kept("Forgotten: kept files, prices, mappings, tags and settings.");
    }

    fn forget_kept(self, done: &'static str) {
        leptos::task::spawn_local(async move {
            let forgotten = kept::forget().await;
            self.keeping.set(Keeping::default());
            self.toast(
                if forgotten { done } else { "The browser could not forget the kept files. Clear its data for this site." },
                None,
            );
        });
    }
}

/// Whether a file is not to be read any more.
fn is_done(file: &FileEntry) -> bool {
    !matches!(file.status, Status::Waiting | Status::Reading(_))
}
