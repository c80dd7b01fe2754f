//! Loading: the list of files, the order in which they are read, and cancelling.

use std::collections::BTreeSet;

use js_sys::Uint8Array;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::{Lane, Sender, Store, ToastAction};
use crate::catalog::number::plural;
use crate::engine::dataset::Wanted;
use crate::engine::protocol::{FileId, FileRequest, Request};
use crate::engine::{ReadAs, prepared};
use crate::page::address::{self, History};
use crate::page::backend::Channel;
use crate::page::files::{Content, FileEntry, Status};
use crate::page::kept::{How, KeptFile};
use crate::record::Kind;
use crate::state::settings::{Figures, NOTE};
use crate::state::{ViewState, deployment, link};
use crate::view;

/// So many removals can be undone.
const MOST_REMOVED: usize = 20;

/// So many single requests are loaded without being asked for.
const FEW_REQUESTS: usize = 50_000;

impl Store {
    /// Adds files and begins to read them.
    pub fn add(self, contents: Vec<(String, Content)>) {
        self.add_each(contents.into_iter().map(|(path, content)| KeptFile { path, content, how: How::default() }).collect());
    }

    /// Shows files in place of all that are there, in this view if one is named.
    pub fn replace(self, contents: Vec<(String, Content)>, view: Option<&str>) {
        let all: Vec<FileId> = self.files.with_untracked(|files| files.iter().map(|file| file.id).collect());
        self.drop_files(&all);
        if let Some(view) = view {
            self.view_is_open.set_value(false);
            self.put(History::Replace, link::decode(view).0);
        }
        self.add(contents);
    }

    /// Adds files, each with how it is read.
    pub(super) fn add_each(self, added: Vec<KeptFile>) {
        if added.is_empty() {
            return;
        }
        let own = added.iter().any(|file| matches!(file.content, Content::Blob(_)));
        if own {
            // The picture is of the demo data, which make room.
            self.withdraw_picture();
        }
        let before: Vec<FileId> =
            self.files.with_untracked(|files| files.iter().filter(|file| file.is_own()).map(|file| file.id).collect());
        let config = self.config.get_untracked();
        let mut ids = Vec::new();
        for KeptFile { path, content, how } in added {
            let start = config.start.iter().find(|source| source.src == path && matches!(content, Content::Address));
            let id = FileId(self.fresh());
            ids.push(id);
            let entry = FileEntry {
                id,
                label: self
                    .source_label(&path, &content)
                    .or_else(|| start.map(|source| source.label.clone()))
                    .filter(|label| !label.is_empty()),
                demo: start.is_some_and(|source| source.demo),
                prepared: start.map(|source| source.tables.clone()).filter(|tables| !tables.is_empty()),
                shipped: false,
                path,
                content,
                read_as: how.read_as,
                requests: how.requests,
                status: Status::Waiting,
                former: Vec::new(),
                lost: Vec::new(),
                toasted: false,
            };
            self.files.update(|files| files.push(entry));
        }
        if own && !before.is_empty() {
            let step = ("Replace the earlier files".to_owned(), ToastAction::Keep(ids.clone()));
            let text = if ids.len() == 1 { "One file added.".to_owned() } else { format!("{} files added.", ids.len()) };
            self.toast(&text, Some(step));
        }
        self.read_next();
    }

    /// The published figures that the state is about.
    pub(super) fn figures_of_state(self) -> Vec<Figures> {
        let (view, kind) = self.state.with_untracked(|state| (view::about(&state.view), state.kind));
        let Some(view) = view else { return Vec::new() };
        let wanted = |row: &&Figures| view.kind.or(kind) == Some(row.kind) || view.extra_kinds.contains(&row.kind);
        self.config.with_untracked(|config| config.figures.iter().filter(wanted).cloned().collect())
    }

    /// Published figures that come with the page, as soon as the state is about records of their kind: once, beside
    /// whatever is loaded. The link does not name them; the view does.
    pub(super) fn load_figures(self) {
        for row in self.figures_of_state() {
            let mut first = false;
            self.shipped.update_value(|shipped| first = shipped.insert(row.src.clone()));
            if !first || self.files.with_untracked(|files| files.iter().any(|file| file.is_at(&row.src))) {
                continue;
            }
            let entry = FileEntry {
                id: FileId(self.fresh()),
                label: Some(row.label).filter(|label| !label.is_empty()),
                demo: false,
                prepared: None,
                shipped: true,
                path: row.src,
                content: Content::Address,
                read_as: None,
                requests: false,
                status: Status::Waiting,
                former: Vec::new(),
                lost: Vec::new(),
                // Filters that leave nothing of them are no news.
                toasted: true,
            };
            self.files.update(|files| files.push(entry));
            self.read_next();
        }
    }

    /// Removes the demo data, and what was chosen for them, once the user's own data are loaded. If the demo data stood in
    /// for the missing data of a link, the link's state is applied to the user's data instead.
    pub(super) fn retire_demo(self) {
        let demo = |file: &&FileEntry| file.demo;
        let (ids, paths): (Vec<FileId>, Vec<String>) =
            self.files.with_untracked(|files| files.iter().filter(demo).map(|file| (file.id, file.path.clone())).unzip());
        if ids.is_empty() {
            return;
        }
        self.drop_files(&ids);
        let linked = self.stood_in.try_update_value(Option::take).flatten();
        self.state.update(|state| {
            // Other addresses stay loaded, and in the link.
            let sources = state.sources.iter().filter(|source| !paths.contains(source)).cloned().collect();
            let live = state.live.take();
            let mut other = linked.unwrap_or_else(|| state.for_other_data(&paths));
            if live.is_some() {
                // Whoever connects a server wants to see it.
                other.view.clone_from(&state.view);
            }
            *state = ViewState { sources, live, ..other };
        });
        self.link_notes.update(|notes| notes.retain(|note| [NOTE, deployment::NOTE].iter().any(|of| note.starts_with(of))));
        self.toast("Demo data removed.", None);
    }

    /// Reads what the state names by its address, and leaves out what it names no more.
    pub(super) fn load_sources(self) {
        self.connect_source();
        let wanted = self.state.with_untracked(|state| state.sources.clone());
        let have = |path: &String| self.files.with_untracked(|files| files.iter().any(|file| file.is_at(path)));
        let missing: Vec<(String, Content)> =
            wanted.iter().filter(|path| !have(path)).map(|path| (path.clone(), Content::Address)).collect();
        let addressed = |file: &FileEntry| matches!(file.content, Content::Address) && !file.shipped;
        let gone = |file: &FileEntry| addressed(file) && !wanted.contains(&file.path);
        let gone: Vec<FileId> =
            self.files.with_untracked(|files| files.iter().filter(|file| gone(file)).map(|file| file.id).collect());
        self.drop_files(&gone);
        self.add(missing);
    }

    /// Removes files, and their addresses from the link. It can be taken back.
    pub fn remove(self, ids: &[FileId]) {
        let removed: Vec<FileEntry> =
            self.files.with_untracked(|files| files.iter().filter(|file| ids.contains(&file.id)).cloned().collect());
        let removal = self.fresh();
        if let Some(first) = removed.first() {
            let what = if removed.len() == 1 { first.name() } else { plural(removed.len() as u64, "file") };
            self.toast(&format!("{what} removed."), Some(("Undo".to_owned(), ToastAction::PutBack(removal))));
        }
        self.removed.update_value(|all| {
            all.push((removal, removed, self.state.get_untracked()));
            let surplus = all.len().saturating_sub(MOST_REMOVED);
            all.drain(..surplus);
        });
        let gone: BTreeSet<String> = self
            .files
            .with_untracked(|files| files.iter().filter(|file| ids.contains(&file.id)).map(|file| file.path.clone()).collect());
        let linked = |file: &FileEntry| ids.contains(&file.id) && matches!(file.content, Content::Link(_));
        if self.files.with_untracked(|files| files.iter().any(linked)) {
            address::forget_data();
        }
        let had_local = self.has_local();
        self.drop_files(ids);
        let live = self.files.with_untracked(|files| files.iter().any(FileEntry::is_live));
        let mut state = self.state.get_untracked();
        state.sources.retain(|source| !gone.contains(source));
        state.live = state.live.filter(|_| live);
        // Once the last local file is gone by the reader's own hand, the link misses none.
        state.local &= !had_local || self.has_local();
        self.put(History::Replace, state);
    }

    /// Puts back what was removed: as before where nothing was removed since, else beside what is there now.
    pub(super) fn put_back(self, removal: u32) {
        let mut found = None;
        self.removed.update_value(|all| {
            let at = all.iter().position(|(number, ..)| *number == removal);
            let is_last = at.is_some_and(|at| at + 1 == all.len());
            found = at.map(|at| (all.remove(at), is_last));
        });
        let Some(((_, removed, before), is_last)) = found else { return };
        let state = if is_last {
            before
        } else {
            let mut state = self.state.get_untracked();
            let addressed = removed.iter().filter(|file| matches!(file.content, Content::Address)).map(|file| file.path.clone());
            let missing: Vec<String> = addressed.filter(|path| !state.sources.contains(path)).collect();
            state.sources.extend(missing);
            state.live = state.live.or(before.live.filter(|_| removed.iter().any(FileEntry::is_live)));
            state.local |= removed.iter().any(FileEntry::is_local);
            state
        };
        self.files.update(|files| {
            for mut file in removed {
                file.status = Status::Waiting;
                // Data of the link are in the link no more; they are here.
                if !files.iter().any(|other| other.id == file.id) {
                    files.push(file);
                }
            }
        });
        self.put(History::Replace, state);
        self.read_next();
    }

    /// Whether local files are shown, or will be once they are read.
    pub(super) fn has_local(self) -> bool {
        let shown = |file: &FileEntry| file.is_local() && file.records() > 0;
        self.files.with_untracked(|files| files.iter().any(shown))
    }

    pub(super) fn drop_files(self, ids: &[FileId]) {
        if ids.is_empty() {
            return;
        }
        for lane in [Lane::Files, Lane::Server] {
            if self.reading(lane).is_some_and(|reading| ids.contains(&reading)) {
                self.end_reader(lane);
            }
        }
        ids.iter().for_each(|id| _ = self.end_fetching(*id));
        self.withdraw_picture();
        self.files.update(|files| files.retain(|file| !ids.contains(&file.id)));
        if ids.iter().any(|id| self.is_dataset(*id)) {
            self.datasets.update(|all| all.retain(|id, _| !ids.contains(id)));
        }
        self.copies.update(|copies| copies.retain(|id, _| !ids.contains(id)));
        self.send(Request::Unload { ids: ids.to_vec() }, JsValue::UNDEFINED);
        self.pinned.set(None);
        self.read_next();
    }

    /// Stops reading a file. It stays listed, with what can be done.
    pub fn cancel(self, id: FileId) {
        if let Some(lane) = self.lane_of(id) {
            self.end_reader(lane);
        }
        self.end_fetching(id);
        if self.is_dataset(id) {
            // What was read for other filters would look like all that passes these.
            self.forget_former(id);
        }
        self.withdraw_picture();
        self.files.update(|files| {
            if let Some(file) = files.iter_mut().find(|file| file.id == id) {
                // Without its requests it was read before, and is again.
                file.status = if file.requests { Status::Waiting } else { Status::Cancelled };
                file.requests = false;
            }
        });
        self.read_next();
        self.show();
    }

    /// Reads a file again: by its content, or as `read_as` says.
    pub fn reread(self, id: FileId, read_as: Option<ReadAs>) {
        self.send(Request::Unload { ids: vec![id] }, JsValue::UNDEFINED);
        self.files.update(|files| {
            if let Some(file) = files.iter_mut().find(|file| file.id == id) {
                file.read_as = read_as;
                file.lost.clear();
                file.former.clear();
                file.status = Status::Waiting;
            }
        });
        self.read_next();
    }

    /// Reads files once more, with the single requests that they list beside their summaries. Until then what is known of
    /// them stays.
    pub fn load_requests(self, ids: &[FileId]) {
        self.toasts.update(|toasts| toasts.retain(|toast| !matches!(toast.step, Some((_, ToastAction::LoadRequests(_))))));
        self.files.update(|files| {
            for file in files.iter_mut().filter(|file| ids.contains(&file.id)) {
                file.requests = true;
                file.status = Status::Waiting;
            }
        });
        self.read_next();
    }

    /// Loads the single requests of these files if all that are loaded then are few; offers it otherwise.
    pub(super) fn offer_requests(self, ids: &[FileId]) {
        let (mut skipped, mut loaded) = (0, 0);
        let mut having = Vec::new();
        self.files.with_untracked(|files| {
            for file in files.iter().filter(|file| file.is_own()) {
                loaded += file.reports().iter().filter_map(|report| report.records.get(&Kind::Request)).sum::<usize>();
                let more = file.skipped_requests();
                if more > 0 && ids.contains(&file.id) {
                    skipped += more;
                    having.push(file.id);
                }
            }
        });
        if skipped > 0 && skipped + loaded <= FEW_REQUESTS {
            self.load_requests(&having);
        } else if skipped > 0 {
            let text = format!("{} beside the summaries, not loaded.", plural(skipped as u64, "single request"));
            self.toast(&text, Some(("Load them".to_owned(), ToastAction::LoadRequests(having))));
        }
    }

    pub(super) fn set_status(self, id: FileId, status: Status) {
        self.files.update(|files| {
            if let Some(file) = files.iter_mut().find(|file| file.id == id) {
                file.status = status;
            }
        });
    }

    /// What a reader reads.
    pub(super) fn reading(self, lane: Lane) -> Option<FileId> {
        self.workers.with_value(|workers| workers.readers[lane as usize].reading)
    }

    /// Which reader reads a file now.
    pub(super) fn lane_of(self, id: FileId) -> Option<Lane> {
        [Lane::Files, Lane::Server].into_iter().find(|lane| self.reading(*lane) == Some(id))
    }

    /// Ends a reader, and what it reads.
    pub(super) fn end_reader(self, lane: Lane) {
        self.workers.update_value(|workers| {
            let reader = &mut workers.readers[lane as usize];
            if let Some(channel) = reader.channel.take() {
                channel.end();
            }
            if reader.reading.take().is_some() {
                self.pending.update(|pending| *pending -= 1);
            }
        });
    }

    /// Fetches a file's prepared tables, in parallel with any reading. Falls back to the file itself when they are missing,
    /// damaged or of another version.
    fn take_prepared(self, id: FileId, address: String) {
        self.fetching.update_value(|fetching| _ = fetching.insert(id));
        self.pending.update(|pending| *pending += 1);
        leptos::task::spawn_local(async move {
            let found = address::fetch(&address).await;
            if !self.end_fetching(id) {
                return;
            }
            let found = found.and_then(|bytes| {
                let (reports, start) = prepared::reports(&bytes)?;
                Some((reports, Uint8Array::from(bytes.get(start..)?).buffer()))
            });
            match found {
                Some((reports, tables)) => self.accept(id, reports, Some(tables.into())),
                None => self.read_unprepared(id),
            }
        });
    }

    /// Reads the file itself instead of its prepared tables.
    pub(super) fn read_unprepared(self, id: FileId) {
        self.files.update(|files| {
            if let Some(file) = files.iter_mut().find(|file| file.id == id) {
                (file.prepared, file.status) = (None, Status::Waiting);
            }
        });
        self.read_next();
    }

    /// Stops waiting for a file's prepared tables; false if they were not awaited.
    fn end_fetching(self, id: FileId) -> bool {
        let awaited = self.fetching.try_update_value(|fetching| fetching.remove(&id)).unwrap_or_default();
        if awaited {
            self.pending.update(|pending| *pending -= 1);
        }
        awaited
    }

    /// Fetches all prepared tables, and reads the next waiting file and the server, each unless its reader is at work.
    pub(super) fn read_next(self) {
        let next = |wanted: &dyn Fn(&FileEntry) -> bool| {
            let is_next = |file: &&FileEntry| file.status == Status::Waiting && wanted(file);
            self.files.with_untracked(|files| files.iter().find(is_next).cloned())
        };
        while let Some(file) = next(&FileEntry::is_prepared) {
            self.set_status(file.id, Status::Reading(0.0));
            self.take_prepared(file.id, file.prepared.unwrap_or_default());
        }
        for lane in [Lane::Files, Lane::Server] {
            if self.reading(lane).is_none()
                && let Some(file) = next(&|file| !file.is_prepared() && file.is_live() == (lane == Lane::Server))
            {
                self.read_in(lane, &file);
            }
        }
    }

    fn read_in(self, lane: Lane, file: &FileEntry) {
        self.set_status(file.id, Status::Reading(0.0));
        self.pending.update(|pending| *pending += 1);
        let FileEntry { id, path, read_as, requests, lost, .. } = file.clone();
        let request = match file.content.clone() {
            Content::Live(live) => FileRequest::Query { id, token: self.token_for(&live.url), live },
            Content::Blob(_) | Content::Link(_) | Content::Address => {
                let wanted = self.state.with_untracked(Wanted::of);
                FileRequest::Load { id, path, read_as, requests, lost, wanted }
            }
        };
        self.workers.update_value(|workers| {
            let reader = &mut workers.readers[lane as usize];
            reader.reading = Some(file.id);
            let channel = reader.channel.get_or_insert_with(|| {
                let channel = Channel::start(move |heard| self.handle(heard, Sender::Reader(lane)));
                let rows = self.config.with_untracked(|config| config.formats.clone());
                channel.send(FileRequest::Formats { rows }, JsValue::UNDEFINED);
                channel
            });
            channel.send(request, file.content.beside());
        });
    }
}
