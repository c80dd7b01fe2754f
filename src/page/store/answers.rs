//! Handles replies and failures of the workers.

use gloo_timers::future::TimeoutFuture;
use js_sys::Float64Array;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};

use super::{Sender, Store, ToastAction, Waiting};
use crate::catalog::number::plural;
use crate::engine::findings::{self, Totals};
use crate::engine::import::refuse;
use crate::engine::protocol::{Exported, FileId, FileRequest, Lost, Purpose, Reply, Request};
use crate::engine::{FileReport, ReadAs};
use crate::page::address::{self, History};
use crate::page::backend::{Channel, WorkerEvent};
use crate::page::clipboard;
use crate::page::files::{self, FileEntry, Status};
use crate::page::settings::Remembered;
use crate::record::{Diagnostic, Given, Severity};
use crate::state::link;
use crate::trace::synthesis::Options;
use crate::view_model::ViewModel;

/// After a file of this size its loader is ended, which gives its memory back.
const LARGE: f64 = 32.0 * 1024.0 * 1024.0;

/// What is said while a file is written.
const WRITING: &str = "The file is being written.";

/// After so many members that ended the reader an archive is given up: each has it read from its beginning.
const MAX_LOST: usize = 50;

impl Store {
    pub(super) fn handle(self, heard: WorkerEvent, from: Sender) {
        match (heard, from) {
            (WorkerEvent::Reply(reply, beside), from) => self.take(*reply, beside, from),
            (WorkerEvent::Died(lost), Sender::Engine) => self.revive(&lost.reason),
            (WorkerEvent::Missing(reason), Sender::Engine) => {
                self.forget_asked();
                self.behind.set(false);
                self.missing.set(Some(reason));
            }
            (WorkerEvent::Died(Lost { reason, .. }) | WorkerEvent::Missing(reason), Sender::Writer) => {
                self.written(usize::MAX);
                self.drop_parcel();
                self.toast(&format!("The file could not be written: {reason}."), None);
            }
            (event @ (WorkerEvent::Died(_) | WorkerEvent::Missing(_)), Sender::Reader(lane)) => {
                let reading = self.reading(lane);
                self.end_reader(lane);
                if let Some(id) = reading {
                    let (status, reason) = match event {
                        WorkerEvent::Died(lost) if self.goes_on_without(id, &lost) => return self.read_next(),
                        WorkerEvent::Died(lost) => (Status::Failed(lost.reason), "it made the reader crash".to_owned()),
                        WorkerEvent::Missing(reason) => (Status::Unread(reason.clone()), reason),
                        WorkerEvent::Reply(..) => return,
                    };
                    let details = Some(("Details".to_owned(), ToastAction::Details));
                    self.toast(&format!("A file could not be read: {reason}."), details);
                    self.set_status(id, status);
                }
                self.read_next();
                self.show();
            }
        }
    }

    /// Whether a file is read again without that of it which ended the reader; if not, the whole file is given up.
    fn goes_on_without(self, id: FileId, lost: &Lost) -> bool {
        let mut goes_on = false;
        self.files.update(|files| {
            if let Some(file) = files.iter_mut().find(|file| file.id == id && !file.is_live()) {
                let told = file.lost.iter().any(|known| known.path == lost.path);
                goes_on = !lost.path.is_empty() && !told && file.lost.len() < MAX_LOST;
                if goes_on {
                    file.lost.push(lost.clone());
                    file.status = Status::Waiting;
                }
            }
        });
        goes_on
    }

    /// The engine died: start another, which gets all that the former one had: the deployment's settings now, every file
    /// as it is read again, and what people say of files with each picture asked for. Nothing is lost: the page holds
    /// the files.
    fn revive(self, reason: &str) {
        self.toast(&format!("The engine crashed ({reason}) and was restarted; your files are being read again."), None);
        self.restart();
        self.show();
    }

    /// Tries once more to load the engine.
    pub fn retry(self) {
        self.missing.set(None);
        self.restart();
        self.show();
    }

    /// Drops the requests in progress: their engine is gone.
    fn forget_asked(self) {
        let lost = self.asked.get_value();
        self.asked.set_value(0);
        self.pending.update(|pending| *pending -= lost);
        self.waiting.set_value(Waiting::default());
        self.pinning.set_value(None);
        self.joining.set(None);
        self.drop_parcel();
    }

    /// Starts another engine and reads the files again.
    fn restart(self) {
        self.start_engine();
        self.send(Request::Settings(Box::new(self.config.get_untracked())), JsValue::UNDEFINED);
        self.forget_asked();
        self.files.update(|files| {
            for file in files.iter_mut().filter(|file| matches!(file.status, Status::Read(_))) {
                file.status = Status::Waiting;
            }
        });
        self.read_next();
    }

    /// Shows an answer, unless a newer one was requested in the meantime.
    fn take_view(self, serial: u32, model: ViewModel) {
        let again = self.waiting.get_value().again;
        self.note_drawn();
        self.waiting.set_value(Waiting::default());
        if serial == self.serial.get_value() && !again && !self.awaits_pictured() {
            self.end_picture();
            self.hovered.set(None);
            self.hover_card.set(None);
            // The point that was to be pinned was one of the former picture.
            self.pinning.set_value(None);
            self.window.set((0, Vec::new()));
            if self.view_is_open.get_value() {
                self.state.update(|state| state.view.clone_from(&model.state.view));
            }
            address::write(&link::encode(&self.state.get_untracked()), History::Replace);
            self.model.set(Some(model));
            self.notice();
        }
        if again {
            self.show();
        }
    }

    fn take(self, reply: Reply, beside: Vec<JsValue>, from: Sender) {
        match reply {
            // The channel hears of its end itself.
            Reply::Ready | Reply::Died { .. } => {}
            Reply::Formats { faults } => {
                if !self.told_faults.get_value() {
                    self.told_faults.set_value(true);
                    self.link_notes.update(|notes| notes.extend(faults));
                }
            }
            Reply::Progress { id, fraction } => {
                // A file that was cancelled meanwhile stays so.
                if self.lane_of(id).is_some() {
                    self.set_status(id, Status::Reading(fraction));
                }
            }
            Reply::Joining { fraction } => self.joining.set(Some(fraction)),
            Reply::Overview { id, overview } => {
                if self.lane_of(id).is_some() {
                    self.look_over(overview);
                }
            }
            Reply::Dataset { id, overview } => {
                if self.lane_of(id).is_some() {
                    self.survey(id, *overview);
                }
            }
            Reply::Fetched { id, fetched } => {
                if self.lane_of(id).is_some() {
                    self.take_fetched(id, fetched);
                }
            }
            Reply::Loaded { id, reports } => self.loaded(id, reports, beside.into_iter().next()),
            Reply::Refused { id, finding } => self.refused(id, &finding),
            Reply::View { serial, mut model } => {
                let columns = beside.into_iter().filter_map(|buffer| buffer.dyn_into::<js_sys::ArrayBuffer>().ok());
                model.attach_columns(columns.map(|buffer| Float64Array::new(&buffer).to_vec()));
                // To read a large picture and to show it are two tasks. Until then the page is busy, whatever becomes of the engine.
                self.pending.update(|pending| *pending += 1);
                self.answered();
                leptos::task::spawn_local(async move {
                    TimeoutFuture::new(0).await;
                    self.take_view(serial, *model);
                    self.pending.update(|pending| *pending -= 1);
                });
            }
            Reply::Rows { offset, rows } => {
                self.window.set((offset, rows));
                self.answered();
            }
            Reply::GridRows { serial, grid, rows } => {
                if serial == self.serial.get_value() {
                    self.more_rows.set((grid, rows));
                }
                self.answered();
            }
            Reply::Point { at, card } => {
                if self.hovered.get_untracked() == Some(at) {
                    self.hover_card.set(card.as_deref().cloned());
                }
                if self.pinning.get_value() == Some(at) {
                    self.pinning.set_value(None);
                    self.pinned.set(card.map(|card| *card));
                }
                self.answered();
            }
            Reply::Identity { stated } => {
                self.answered();
                self.stated.set(Some(stated));
            }
            Reply::Exported { purpose, export } => {
                let content = beside.into_iter().next().unwrap_or_default();
                match from {
                    Sender::Writer => self.written(1),
                    Sender::Engine | Sender::Reader(_) => self.answered(),
                }
                if export.unwritten.is_some() {
                    if purpose == Purpose::Download {
                        self.toast(WRITING, None);
                    }
                    return self.write(FileRequest::Write { export, purpose }, content);
                }
                self.deliver(purpose, export, &content);
            }
        }
    }

    /// The loader has read a file.
    fn loaded(self, id: FileId, reports: Vec<FileReport>, tables: Option<JsValue>) {
        let Some(lane) = self.lane_of(id) else { return };
        let large = self.files.with_untracked(|files| files.iter().any(|file| file.id == id && file.content.size() > LARGE));
        self.workers.update_value(|workers| workers.readers[lane as usize].reading = None);
        if large {
            self.end_reader(lane);
        }
        self.pending.update(|pending| *pending -= 1);
        self.accept(id, reports, tables);
    }

    /// A file's tables go to the engine, its reports to the list.
    pub(super) fn accept(self, id: FileId, reports: Vec<FileReport>, tables: Option<JsValue>) {
        if let Some(former) = self.former_stays(id, &reports) {
            self.set_status(id, Status::Read(former));
            return self.read_next();
        }
        match tables {
            Some(table) => self.send(Request::Add { id }, table),
            None => self.forget_former(id),
        }
        if (self.is_live(id) || self.is_opened(id)) && reports.iter().any(|report| !report.records.is_empty()) {
            self.retire_demo();
        }
        let local = self.files.with_untracked(|files| files.iter().any(|file| file.id == id && file.is_local()));
        if local && reports.iter().any(|report| !report.records.is_empty()) {
            self.retire_demo();
            self.state.update(|state| state.local = true);
        }
        let told = self.files.with_untracked(|files| files.iter().any(|file| file.id == id && file.toasted));
        if let Some(view) = reports.iter().find_map(|report| report.view.clone()).filter(|_| !told) {
            self.bring_view(&view);
        }
        self.recall(&reports);
        let known = match reports.as_slice() {
            [FileReport { format: None, columns: Some(header), .. }] => self.remembered_mapping(header),
            _ => None,
        };
        self.set_status(id, Status::Read(reports));
        if let Some(mapping) = known {
            self.toast("Columns mapped as before.", None);
            self.reread(id, Some(ReadAs::Mapped(mapping)));
        }
        self.read_next();
        self.show_read();
    }

    /// Shows what is read so far: now and then while more files wait, and always after the last. A picture of many files
    /// costs as much as reading many of them.
    fn show_read(self) {
        let waits = |file: &FileEntry| matches!(file.status, Status::Waiting | Status::Reading(_));
        if self.files.with_untracked(|files| files.iter().any(waits)) && self.is_early() {
            return;
        }
        self.show();
    }

    /// The engine could not take a file's tables: what the file's reports say it gave is not there, and they say why.
    fn refused(self, id: FileId, finding: &Diagnostic) {
        if self.files.with_untracked(|files| files.iter().any(|file| file.id == id && file.prepared.is_some())) {
            return self.read_unprepared(id);
        }
        let mut path = None;
        self.files.update(|files| {
            if let Some(file) = files.iter_mut().find(|file| file.id == id)
                && let Status::Read(reports) = &mut file.status
            {
                refuse(reports, finding.clone());
                path = Some(file.path.clone());
            }
        });
        if let Some(path) = path {
            self.toast(&format!("{path}: {}", finding.message), Some(("Details".to_owned(), ToastAction::Details)));
        }
    }

    /// Applies remembered overrides to these files, unless the link already overrides the same dimension.
    fn recall(self, reports: &[FileReport]) {
        let kept = Remembered::load();
        let mut given: Vec<Given> = Vec::new();
        self.state.with_untracked(|state| {
            for report in reports {
                let said =
                    |dimension: &str| state.given.iter().any(|given| given.dimension == dimension && given.covers(&report.path));
                given.extend(kept.of(&report.path).filter(|kept| !said(&kept.dimension)).cloned());
            }
        });
        if !given.is_empty() {
            self.state.update(|state| given.into_iter().for_each(|given| state.give(given)));
        }
    }

    /// Once the queue is empty, reports files that could not be read and files that the filters hide.
    fn notice(self) {
        let reading = |file: &FileEntry| matches!(file.status, Status::Waiting | Status::Reading(_));
        if self.files.with_untracked(|files| files.iter().any(reading)) {
            return;
        }
        let Some(facets) = self.model.with_untracked(|model| model.as_ref().map(|model| model.facets.clone())) else { return };
        let paths = facets.into_iter().find(|facet| facet.key == "path").map(|facet| facet.values).unwrap_or_default();
        let hides = |path: &str| paths.iter().any(|value| value.value == path && value.count == 0);
        let (mut hidden, mut unread, mut reason, mut total) = (Vec::new(), Vec::new(), String::new(), 0);
        let (mut noticed, mut undecided) = (Vec::new(), Vec::new());
        // Whether any file has something to show, and the finding of the first file that has nothing.
        let (mut shows, mut empty) = (false, None);
        let mut totals = Totals::default();
        self.files.update(|files| {
            for file in files.iter_mut().filter(|file| !file.toasted && matches!(file.status, Status::Read(_))) {
                for report in file.reports() {
                    if report.undecided {
                        undecided.push(report.path.clone());
                    }
                    total += 1;
                    totals.add(report);
                    if report.records.is_empty() {
                        // What is recognised and holds nothing to show is no loss.
                        let error = report.diagnostics.iter().find(|finding| finding.severity == Severity::Error);
                        if let Some(error) = error.filter(|_| report.format.is_none() || report.measurements == 0) {
                            reason.clone_from(&error.message);
                            unread.push(report.path.clone());
                        } else if let (None, Some(finding)) = (&empty, report.diagnostics.first()) {
                            empty = Some(format!("{}: nothing to show. {}", report.path, finding.message));
                        }
                    } else {
                        shows = true;
                        if hides(&report.path) {
                            hidden.push(report.path.clone());
                        }
                    }
                }
                file.toasted = true;
                noticed.push(file.id);
            }
        });
        let details = Some(("Details".to_owned(), ToastAction::Details));
        let asides: usize = totals.asides.values().sum();
        match unread.as_slice() {
            [] if total > 0 && asides == total => self.toast(&findings::asides(&totals.asides).unwrap_or_default(), details),
            [] if shows => {}
            [] => empty.into_iter().for_each(|text| self.toast(&text, details.clone())),
            [path] => self.toast(&format!("{path}: {reason}"), details),
            several => self.toast(&format!("{} of {total} files could not be read.", several.len()), details),
        }
        if !hidden.is_empty() {
            let names: Vec<String> = hidden.iter().map(|path| path.rsplit('/').next().unwrap_or(path).to_owned()).collect();
            let (count, verb) = (hidden.len(), if hidden.len() == 1 { "is" } else { "are" });
            let text = format!("{count} of {} {verb} hidden by the current filters.", plural(total as u64, "file"));
            let name = format!("Only {}", files::enumerate(&names));
            self.toast(&text, Some((name, ToastAction::ShowOnly(hidden))));
        }
        if !undecided.is_empty() {
            let text = format!("{}: some numbers can be read in two ways and are left out.", files::enumerate(&undecided));
            self.toast(&text, Some(("Choose".to_owned(), ToastAction::Details)));
        }
        self.offer_requests(&noticed);
    }

    /// Has an export written, for which the engine has no writer.
    fn write(self, request: FileRequest, content: JsValue) {
        self.pending.update(|pending| *pending += 1);
        self.workers.update_value(|workers| {
            workers.writing += 1;
            let writer = workers.writer.get_or_insert_with(|| Channel::start(move |heard| self.handle(heard, Sender::Writer)));
            writer.send(request, content);
        });
    }

    /// Saves a scaled copy of a trace.
    pub fn synthesize(self, id: FileId, options: Options) {
        let file = self.files.with_untracked(|files| files.iter().find(|file| file.id == id).cloned());
        if let Some(file) = file {
            self.toast(WRITING, None);
            self.write(FileRequest::Synthesize { path: file.path, options }, file.content.beside());
        }
    }

    /// Settles this many exports, written or failed. After the last one the writer ends.
    fn written(self, count: usize) {
        self.workers.update_value(|workers| {
            let count = count.min(workers.writing);
            workers.writing -= count;
            self.pending.update(|pending| *pending -= count);
            if workers.writing == 0
                && let Some(writer) = workers.writer.take()
            {
                writer.end();
            }
        });
    }

    fn deliver(self, purpose: Purpose, export: Exported, content: &JsValue) {
        let text = || String::from_utf8(js_sys::Uint8Array::new(content).to_vec()).unwrap_or_default();
        match purpose {
            Purpose::Copy => {
                let text = text();
                let lines = text.lines().count().saturating_sub(1);
                clipboard::copy(self, text, format!("{} copied.", plural(lines as u64, "row")));
            }
            Purpose::Link if has_bytes(content) && export.anonymous == self.anonymous.get_untracked() => {
                self.data_link.set(Some(address::with_data(&export.link, &text())));
            }
            // There is nothing to carry, or it is packed once more.
            Purpose::Link => {}
            Purpose::Bundle | Purpose::Report => self.take_part(purpose, export, content),
            Purpose::Download => {
                if has_bytes(content) {
                    clipboard::download(&export.name, &export.mime, content);
                }
                if !export.note.is_empty() {
                    self.toast(&export.note, None);
                }
            }
        }
    }
}

/// Whether an export has content.
pub(super) fn has_bytes(content: &JsValue) -> bool {
    content.dyn_ref::<js_sys::ArrayBuffer>().is_some_and(|bytes| bytes.byte_length() > 0)
}
