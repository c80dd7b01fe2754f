//! Sources that are looked at again: those of the deployment's catalogue as often as it says, indexes as often as they say
//! (`watch`: a folder that still grows), each while the page is seen. One that has changed is read again. What is shown stays
//! until then, and while its server is away, which is said.

use std::collections::BTreeMap;

use gloo_events::EventListener;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Date, Promise};
use leptos::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::Store;
use crate::engine::FileReport;
use crate::engine::import::CONTAINER;
use crate::engine::protocol::{self, Fetched, FileId, Stamp};
use crate::page::files::{Content, FileEntry, Status};
use crate::page::looks::{self, Look};
use crate::record::Severity;
use crate::state::deployment::copies::{Failure, SourceCopy, Sync};
use crate::work::Repeated;

/// After a look in vain the next one is so many times later, but not later than [`LATEST`] for this.
const PATIENCE: u32 = 5;
/// Seconds.
const LATEST: u32 = 60;

/// What a synchronisation says of itself is not asked for again within so many milliseconds: several sources share it.
const SETTLED_MS: f64 = 5_000.0;

/// A source that may be looked at again.
#[derive(Clone, Debug, Default)]
pub(super) struct Watched {
    /// What is asked for, where that is not the file's own address.
    address: Option<String>,
    /// Seconds between two looks, of an index that wants them.
    own: Option<u32>,
    /// What tells the copy that is shown; `None` where it is to be read again.
    stamp: Option<Stamp>,
    /// The version of an index of which not every file could be had, the last time.
    broken: Option<u64>,
    /// Whether what was read last is to be shown.
    settled: bool,
    /// Whether it is being read again.
    again: bool,
    /// What was known of the copy that is shown meanwhile.
    before: SourceCopy,
    /// Whether somebody looks at it now, and whether somebody does now and then.
    looking: bool,
    looked_after: bool,
    /// When it was last read again, and how long that took, in milliseconds: what grows all the time is not read all the time.
    reading: Repeated,
}

/// What the synchronisations say of themselves, by the address that says it, and when it was asked for.
pub type Syncs = BTreeMap<String, (f64, Said)>;

/// What a synchronisation says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Said {
    /// Not heard yet.
    #[default]
    Nothing,
    /// Its status file is not there, or is none.
    Unread,
    /// This.
    Status(Sync),
}

impl Said {
    fn status(&self) -> Option<&Sync> {
        match self {
            Said::Status(sync) => Some(sync),
            Said::Nothing | Said::Unread => None,
        }
    }
}

impl Store {
    /// Takes what an address gave. A version of an index of which a file could not be had is read once more: the server may have
    /// been away. If that changes nothing, the file is missing.
    pub(super) fn take_fetched(self, id: FileId, fetched: Fetched) {
        let Fetched { stamp, failure, kept, watch, partial, address } = fetched;
        let now = Date::now();
        let is_here = failure.is_none() || kept.is_some();
        self.copies.update(|copies| {
            let copy = copies.entry(id).or_default();
            if is_here {
                (copy.modified, copy.current) = (stamp.modified, Some(kept.unwrap_or(now)));
                copy.lacks = partial;
            }
            copy.failure = failure.map(|failure| (now, failure));
        });
        self.watched.update_value(|all| {
            let watched = all.entry(id).or_default();
            watched.address = address;
            watched.settled = is_here && (!partial || watched.broken == stamp.content);
            if is_here {
                watched.own = watch;
                watched.broken = stamp.content.filter(|_| partial);
            }
            watched.stamp = watched.settled.then_some(stamp);
        });
        self.look_after(id);
    }

    /// Whether it is looked at now and then.
    pub(super) fn is_watched(self, id: FileId) -> bool {
        self.watched.with_value(|all| all.get(&id).is_some_and(|watched| watched.own.is_some()))
    }

    /// Ends the reading of what is read again. What was said of it before, where that stays: its server was away meanwhile, or
    /// has something without results in the place of a file that had some.
    pub(super) fn former_stays(self, id: FileId, reports: &[FileReport]) -> Option<Vec<FileReport>> {
        let has_records = |reports: &[FileReport]| reports.iter().any(|report| !report.records.is_empty());
        let (former, path) = self.files.with_untracked(|files| {
            files.iter().find(|file| file.id == id).map(|file| (file.former.clone(), file.path.clone()))
        })?;
        let emptied = has_records(&former) && !has_records(reports) && !protocol::is_index(&path);
        let mut before = None;
        let stays = self.watched.try_update_value(|all| {
            let watched = all.get_mut(&id).filter(|watched| watched.again)?;
            watched.again = false;
            watched.reading.end(Date::now());
            before = Some(watched.before).filter(|_| watched.settled);
            Some(!watched.settled || emptied)
        });
        self.files.update_untracked(|files| {
            if let Some(file) = files.iter_mut().find(|file| file.id == id) {
                file.former.clear();
            }
        });
        let stays = stays.flatten() == Some(true) && has_records(&former);
        if let Some(before) = before.filter(|_| stays) {
            let failure = Some((Date::now(), Failure::Empty));
            self.copies.update(|copies| _ = copies.insert(id, SourceCopy { failure, ..before }));
        }
        stays.then_some(former)
    }

    /// Seconds between two looks at a source; `None` where it is not looked at.
    fn look_seconds(self, id: FileId) -> Option<u32> {
        let path = self.files.with_untracked(|files| files.iter().find(|file| file.id == id).map(|file| file.path.clone()))?;
        let own = self.watched.with_value(|all| all.get(&id).and_then(|watched| watched.own));
        let listed = self.deployment.with_untracked(|deployment| deployment.at(&path).map(|_| deployment.refresh));
        own.into_iter().chain(listed).min()
    }

    /// From now on looks at a source as long as it is listed and wants it.
    fn look_after(self, id: FileId) {
        if self.look_seconds(id).is_none() {
            return;
        }
        let mut first = false;
        self.watched.update_value(|all| {
            let watched = all.entry(id).or_default();
            first = !watched.looked_after;
            watched.looked_after = true;
        });
        if first {
            leptos::task::spawn_local(self.keep_looking(id));
        }
    }

    async fn keep_looking(self, id: FileId) {
        self.ask_sync(id).await;
        while let Some(seconds) = self.look_seconds(id) {
            let away = self.copies.with_untracked(|copies| copies.get(&id).is_some_and(|copy| copy.failure.is_some()));
            let patience = if away { PATIENCE.min(LATEST / seconds.max(1)).max(1) } else { 1 };
            TimeoutFuture::new(seconds.saturating_mul(1000 * patience)).await;
            until_seen().await;
            // Who stopped the reading wants no more of it.
            let early = self.watched.with_value(|all| all.get(&id).is_some_and(|of| of.reading.is_early(Date::now(), 0.0)));
            if !early {
                self.look_at(id).await;
            }
        }
        self.watched.update_value(|all| _ = all.remove(&id));
    }

    /// Looks at all that came from addresses, and asks the connected server, as somebody wants it.
    pub fn refresh_all(self) {
        self.refresh();
        let ids: Vec<FileId> = self.copies.with_untracked(|copies| copies.keys().copied().collect());
        for id in ids {
            self.pending.update(|pending| *pending += 1);
            leptos::task::spawn_local(async move {
                self.look_at(id).await;
                self.pending.update(|pending| *pending -= 1);
            });
        }
    }

    /// Looks at a source, and reads it again if it has changed.
    pub async fn look_at(self, id: FileId) {
        let is_read = |file: &&FileEntry| file.id == id && matches!(file.status, Status::Read(_));
        let Some(file) = self.files.with_untracked(|files| files.iter().find(is_read).cloned()) else { return };
        let mut known = None;
        self.watched.update_value(|all| {
            let watched = all.entry(id).or_default();
            if !watched.looking {
                watched.looking = true;
                known = Some((watched.stamp.clone(), watched.address.clone()));
            }
        });
        let Some((known, address)) = known else { return };
        self.ask_sync(id).await;
        let found = looks::look(address.as_deref().unwrap_or(&file.path), known.as_ref()).await;
        self.watched.update_value(|all| {
            if let Some(watched) = all.get_mut(&id) {
                watched.looking = false;
            }
        });
        // It may have been removed, or be read again already.
        if !self.files.with_untracked(|files| files.iter().any(|file| is_read(&file))) {
            return;
        }
        match found {
            Look::Failed(failure) => self.copies.update(|copies| {
                let copy = copies.entry(id).or_default();
                // A look does not tell a server that may not be asked from one that is away; reading did.
                let known = copy.failure.map(|(_, known)| known).filter(|known| *known == Failure::Barred);
                copy.failure = Some((Date::now(), known.filter(|_| failure == Failure::Silent).unwrap_or(failure)));
            }),
            Look::Changed => self.read_again(id),
            Look::Same(stamp, watch) => self.is_same(id, stamp, watch),
        }
    }

    /// The server still has what was read.
    fn is_same(self, id: FileId, stamp: Stamp, watch: Option<u32>) {
        self.copies.update(|copies| {
            let copy = copies.entry(id).or_default();
            let emptied = copy.failure.is_some_and(|(_, failure)| failure == Failure::Empty);
            if !emptied {
                *copy = SourceCopy { modified: stamp.modified, current: Some(Date::now()), failure: None, lacks: copy.lacks };
            }
        });
        let ended = self.watched.try_update_value(|all| {
            let watched = all.get_mut(&id)?;
            watched.stamp = Some(stamp);
            // It has grown to its end: it is read once more.
            let ended = watched.own.is_some() && watch == Some(0);
            watched.own = watch.or(watched.own).filter(|seconds| *seconds > 0);
            Some(ended)
        });
        if ended.flatten() == Some(true) {
            self.read_again(id);
        }
    }

    /// Puts a file into the queue once more; what it gave before is shown meanwhile.
    pub(super) fn wait_again(self, id: FileId) {
        self.files.update(|files| {
            if let Some(file) = files.iter_mut().find(|file| file.id == id) {
                if let Status::Read(reports) = &file.status {
                    file.former.clone_from(reports);
                }
                file.status = Status::Waiting;
            }
        });
    }

    /// Reads a source again; what it gave before is shown meanwhile.
    fn read_again(self, id: FileId) {
        let before = self.copies.with_untracked(|copies| copies.get(&id).copied().unwrap_or_default());
        self.watched.update_value(|all| {
            if let Some(watched) = all.get_mut(&id) {
                (watched.settled, watched.again, watched.before) = (false, true, before);
                watched.reading.begin(Date::now());
            }
        });
        // Who stopped the reading wants no more of it.
        let is_read = |file: &FileEntry| file.id == id && matches!(file.status, Status::Read(_));
        if self.files.with_untracked(|files| files.iter().any(is_read)) {
            self.wait_again(id);
        }
        self.read_next();
    }

    /// Asks what a source's synchronisation says of itself.
    async fn ask_sync(self, id: FileId) {
        let Some(address) = self.sync_address(id) else { return };
        let now = Date::now();
        if self.syncs.with_untracked(|syncs| syncs.get(&address).is_some_and(|(at, _)| now - at < SETTLED_MS)) {
            return;
        }
        // Whoever asks meanwhile takes what comes.
        self.syncs.update_untracked(|syncs| syncs.entry(address.clone()).or_default().0 = now);
        let said = looks::text(&address).await.and_then(|text| Sync::read(&text)).map_or(Said::Unread, Said::Status);
        self.syncs.update(|syncs| _ = syncs.insert(address, (now, said)));
    }

    fn sync_address(self, id: FileId) -> Option<String> {
        let path = self.files.with_untracked(|files| files.iter().find(|file| file.id == id).map(|file| file.path.clone()))?;
        self.deployment.with_untracked(|deployment| deployment.at(&path)?.status.clone())
    }

    // ---- words ----

    /// How old what is shown of a file is; empty where nobody knows.
    pub fn age(self, file: &FileEntry) -> String {
        let now = self.now.get();
        let synced = self.sync_of(file, |sync| sync.age(now));
        let of_copy = || self.copies.with(|copies| copies.get(&file.id).map(|copy| copy.age(now)).unwrap_or_default());
        synced.filter(|words| !words.is_empty()).unwrap_or_else(of_copy)
    }

    /// What the synchronisation of a file says of itself.
    fn sync_of<T>(self, file: &FileEntry, of: impl FnOnce(&Sync) -> T) -> Option<T> {
        let address = self.deployment.with(|deployment| deployment.at(&file.path).and_then(|source| source.status.clone()))?;
        self.syncs.with(|syncs| syncs.get(&address)?.1.status().map(of))
    }

    /// How old the oldest of some files is, where that is known of any, in milliseconds. A file that a synchronisation wrote is as
    /// old as that says.
    pub fn oldest(self, files: &[&FileEntry]) -> Option<f64> {
        let of_copy = |file: &FileEntry| self.copies.with(|copies| copies.get(&file.id).and_then(SourceCopy::since));
        let since = |file: &&FileEntry| self.sync_of(file, |sync| sync.synced).flatten().or_else(|| of_copy(file));
        let since = files.iter().filter_map(since).reduce(f64::min)?;
        Some(self.now.get() - since)
    }

    /// What failed of a file, and what is shown instead.
    pub fn failures(self, file: &FileEntry) -> Vec<String> {
        if !matches!(file.content, Content::Address) {
            return Vec::new();
        }
        let name = file.name();
        let of_copy = self.copies.with(|copies| copies.get(&file.id).and_then(|copy| copy.note(&name, clock)));
        let status = self.deployment.with(|deployment| deployment.at(&file.path).and_then(|source| source.status.clone()));
        let of_sync = status.and_then(|address| {
            self.syncs.with(|syncs| match syncs.get(&address)? {
                (_, Said::Status(sync)) => sync.note(&name, clock),
                (_, Said::Unread) => Some(format!("{name}: its sync’s status ({address}) could not be read.")),
                (_, Said::Nothing) => None,
            })
        });
        // One of them says which copy is shown.
        let of_copy = of_copy.filter(|_| self.sync_of(file, |sync| sync.failed.is_some()) != Some(true));
        let lacking =
            self.copies.with(|copies| copies.get(&file.id).is_some_and(|copy| copy.lacks)).then(|| lacking(file, &name));
        of_sync.into_iter().chain(of_copy).chain(lacking.flatten()).collect()
    }

    /// Of which time the copy of a file is, where its server gives none.
    pub fn stale_since(self, file: &FileEntry) -> Option<String> {
        let copy = self.copies.with(|copies| copies.get(&file.id).copied())?;
        copy.failure.and(copy.current).map(clock)
    }
}

/// Which files of a folder or a data set could not be had.
fn lacking(file: &FileEntry, name: &str) -> Option<String> {
    let reports = file.reports();
    let failed = |report: &&FileReport| {
        report.records.is_empty() && report.diagnostics.iter().any(|finding| finding.severity == Severity::Error)
    };
    match reports {
        // A data set has one report for all its files; its own bar says which.
        [_] => None,
        several => {
            let first = several.iter().find(failed)?;
            let count = several.iter().filter(failed).count();
            let last = first.path.rsplit('/').next().unwrap_or(&first.path);
            let which = if count == 1 { last.to_owned() } else { format!("{last} and {} more", count - 1) };
            let files = several.iter().filter(|report| report.format.as_deref() != Some(CONTAINER)).count();
            Some(format!("{name}: {count} of {files} files could not be read ({which}); only the others are shown."))
        }
    }
}

/// The time of day of an instant, where the reader is; with the date, if it is not today.
fn clock(milliseconds: f64) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let at = Date::new(&milliseconds.into());
    let time = format!("{:02}:{:02}", at.get_hours(), at.get_minutes());
    let today = Date::new_0();
    let day = |date: &Date| (date.get_full_year(), date.get_month(), date.get_date());
    if day(&at) == day(&today) {
        return time;
    }
    let month = MONTHS.get(at.get_month() as usize).copied().unwrap_or_default();
    format!("{} {month} {} {time}", at.get_date(), at.get_full_year())
}

/// Waits until the page is seen.
async fn until_seen() {
    while document().hidden() {
        let mut listener = None;
        let seen = Promise::new(&mut |resolve, _| {
            listener = Some(EventListener::once(&document(), "visibilitychange", move |_| {
                // The promise is only awaited.
                let _ = resolve.call0(&wasm_bindgen::JsValue::NULL);
            }));
        });
        let _ = JsFuture::from(seen).await;
    }
}
