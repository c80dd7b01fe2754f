//! The page's state in one place: signals, and the few ways in which they change.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use js_sys::Float64Array;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};

use super::address::{self, History};
use super::backend::{Channel, Heard};
use super::files::{Content, FileEntry, Status};
use super::settings::{Config, Preferences};
use super::{clipboard, files};
use crate::engine::protocol::{ExportKind, Exported, FileId, PointRef, Reply, Request};
use crate::state::{Filters, ViewState, link};
use crate::view::{Cell, PointCard, ViewModel};

/// A short message that passes; may carry one step to take.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    /// Tells toasts apart.
    pub id: u32,
    /// What to say.
    pub text: String,
    /// The step's name and what it does.
    pub step: Option<(String, Step)>,
}

/// A step that a toast offers.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Show only these files, by path.
    ShowOnly(Vec<String>),
    /// Remove all files but these.
    Keep(Vec<FileId>),
}

/// What lies over the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// The files drawer.
    Files,
    /// The list of shortcuts.
    Shortcuts,
    /// The share dialog.
    Share,
    /// The command palette.
    Palette,
}

/// What an export is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Download,
    Copy,
}

/// A window of the table twin.
pub type Window = (usize, Vec<Vec<Cell>>);

/// Handles to everything the components share. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Store {
    /// The state that was asked for: the link.
    pub state: RwSignal<ViewState>,
    /// The picture on the screen.
    pub model: RwSignal<Option<ViewModel>>,
    /// Every file, in the order they came.
    pub files: RwSignal<Vec<FileEntry>>,
    /// What the link said that was not understood.
    pub link_notes: RwSignal<Vec<String>>,
    /// Messages that pass.
    pub toasts: RwSignal<Vec<Toast>>,
    /// What lies over the page.
    pub sheet: RwSignal<Option<Sheet>>,
    /// The point under the pointer, and what is known of it.
    pub hovered: RwSignal<Option<PointRef>>,
    /// What is known of the hovered point.
    pub hover_card: RwSignal<Option<PointCard>>,
    /// The point whose details stay open.
    pub pinned: RwSignal<Option<PointCard>>,
    /// The table twin's window.
    pub window: RwSignal<Window>,
    /// What is typed into the facets' searches.
    pub searches: RwSignal<BTreeMap<String, String>>,
    /// What the browser remembers.
    pub preferences: RwSignal<Preferences>,
    /// What the deployment set.
    pub config: RwSignal<Config>,
    /// Series brought forward by the legend.
    pub emphasised: RwSignal<Option<String>>,
    /// Requests under way: the page is ready when there is none.
    pub pending: RwSignal<usize>,
    serial: StoredValue<u32>,
    next: StoredValue<u32>,
    waiting: StoredValue<Waiting>,
    pinning: StoredValue<Option<PointRef>>,
    purpose: StoredValue<Purpose>,
    workers: StoredValue<Workers, LocalStorage>,
}

/// Views asked for: at most one under way and one to follow, however fast a slider moves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Waiting {
    under_way: bool,
    again: bool,
}

#[derive(Default)]
struct Workers {
    engine: Option<Rc<Channel>>,
    loader: Option<Rc<Channel>>,
    /// The file that the loader reads.
    reading: Option<FileId>,
}

/// After a file of this size its loader is ended, which gives its memory back.
const LARGE: f64 = 32.0 * 1024.0 * 1024.0;

impl Store {
    /// A store for the address that the page was opened with. Nothing is started yet.
    pub fn new() -> Store {
        let (state, notes) = link::decode(&address::query());
        Store {
            state: RwSignal::new(state),
            model: RwSignal::new(None),
            files: RwSignal::default(),
            link_notes: RwSignal::new(notes),
            toasts: RwSignal::default(),
            sheet: RwSignal::new(None),
            hovered: RwSignal::new(None),
            hover_card: RwSignal::new(None),
            pinned: RwSignal::new(None),
            window: RwSignal::default(),
            searches: RwSignal::default(),
            preferences: RwSignal::new(Preferences::load()),
            config: RwSignal::default(),
            emphasised: RwSignal::new(None),
            pending: RwSignal::new(1),
            serial: StoredValue::new(0),
            next: StoredValue::new(0),
            waiting: StoredValue::default(),
            pinning: StoredValue::new(None),
            purpose: StoredValue::new(Purpose::Download),
            workers: StoredValue::new_local(Workers::default()),
        }
    }

    /// Starts the engine, hears the Back button, and loads what the link or the deployment names.
    pub fn start(self) {
        self.start_engine();
        address::on_change(move |query| {
            let (state, notes) = link::decode(&query);
            self.link_notes.set(notes);
            self.state.set(state);
            self.load_sources();
            self.show();
        });
        leptos::task::spawn_local(async move {
            self.config.set(super::settings::config().await);
            let opened_empty = address::query().is_empty();
            if opened_empty {
                let start: Vec<String> = self.config.with_untracked(|config| config.start.iter().map(|source| source.src.clone()).collect());
                self.state.update(|state| state.sources = start);
            }
            self.load_sources();
            self.show();
            self.pending.update(|pending| *pending -= 1);
        });
    }

    fn start_engine(self) {
        let channel = Channel::start(move |heard| self.hear(heard, true));
        self.workers.update_value(|workers| workers.engine = Some(channel));
    }

    fn tell(self, request: Request, beside: JsValue) {
        self.workers.with_value(|workers| {
            if let Some(engine) = &workers.engine {
                engine.send(request, beside);
            }
        });
    }

    fn fresh(self) -> u32 {
        self.next.update_value(|next| *next += 1);
        self.next.get_value()
    }

    // ---- the state and the link ----

    /// Changes the state. What was left to the data is first settled as it is on the screen, so that a change of one
    /// filter does not move another.
    pub fn change(self, how: History, change: impl FnOnce(&mut ViewState)) {
        let mut state = self.state.get_untracked();
        if state.filters == Filters::Automatic
            && let Some(filters) = self.model.with_untracked(|model| model.as_ref().map(|model| model.state.filters.clone()))
        {
            let before = filters.clone();
            state.filters = filters;
            change(&mut state);
            if state.filters == before {
                state.filters = Filters::Automatic;
            }
        } else {
            change(&mut state);
        }
        self.put(how, state);
    }

    /// Replaces the state.
    pub fn put(self, how: History, state: ViewState) {
        address::write(&link::encode(&state), how);
        self.link_notes.set(Vec::new());
        self.state.set(state);
        self.show();
    }

    /// The state as it is on the screen, with everything settled that was left to the data.
    pub fn settled(self) -> ViewState {
        self.model.with(|model| model.as_ref().map(|model| model.state.clone())).unwrap_or_else(|| self.state.get())
    }

    /// Asks the engine for the picture of the state.
    pub fn show(self) {
        let waiting = self.waiting.get_value();
        if waiting.under_way {
            self.waiting.set_value(Waiting { again: true, ..waiting });
            return;
        }
        self.waiting.set_value(Waiting { under_way: true, again: false });
        self.pending.update(|pending| *pending += 1);
        self.serial.update_value(|serial| *serial += 1);
        let request = Request::View {
            serial: self.serial.get_value(),
            state: Box::new(self.state.get_untracked()),
            searches: self.searches.get_untracked(),
        };
        self.tell(request, JsValue::UNDEFINED);
    }

    // ---- files ----

    /// Adds files and begins to read them. Demo data make room for data of the reader's own.
    pub fn add(self, contents: Vec<(String, Content)>) {
        if contents.is_empty() {
            return;
        }
        let own = contents.iter().any(|(_, content)| !matches!(content, Content::Address));
        let demo: Vec<FileId> = self.files.with_untracked(|files| files.iter().filter(|file| file.demo).map(|file| file.id).collect());
        if own && !demo.is_empty() {
            self.remove(&demo);
            self.state.update(|state| {
                *state = ViewState { x_log: state.x_log, y_log: state.y_log, ..ViewState::default() };
            });
            self.toast("The demo data made room for yours.", None);
        }
        let before: Vec<FileId> = self.files.with_untracked(|files| files.iter().map(|file| file.id).collect());
        let config = self.config.get_untracked();
        let mut ids = Vec::new();
        for (path, content) in contents {
            let start = config.start.iter().find(|source| source.src == path && matches!(content, Content::Address));
            let id = FileId(self.fresh());
            ids.push(id);
            let entry = FileEntry {
                id,
                label: start.map(|source| source.label.clone()).filter(|label| !label.is_empty()),
                demo: start.is_some_and(|source| source.demo),
                path,
                content,
                read_as: None,
                status: Status::Waiting,
                toasted: false,
            };
            self.files.update(|files| files.push(entry));
        }
        if own && !before.is_empty() && demo.is_empty() {
            let step = ("Replace the earlier ones".to_owned(), Step::Keep(ids.clone()));
            let text = if ids.len() == 1 { "One file added.".to_owned() } else { format!("{} files added.", ids.len()) };
            self.toast(&text, Some(step));
        }
        self.read_next();
    }

    fn load_sources(self) {
        let wanted = self.state.with_untracked(|state| state.sources.clone());
        let have = |path: &String| self.files.with_untracked(|files| files.iter().any(|file| file.is_at(path)));
        let missing: Vec<(String, Content)> = wanted.iter().filter(|path| !have(path)).map(|path| (path.clone(), Content::Address)).collect();
        let gone = |file: &FileEntry| matches!(file.content, Content::Address) && !wanted.contains(&file.path);
        let gone: Vec<FileId> = self.files.with_untracked(|files| files.iter().filter(|file| gone(file)).map(|file| file.id).collect());
        self.drop_files(&gone);
        self.add(missing);
    }

    /// Removes files, and their addresses from the link.
    pub fn remove(self, ids: &[FileId]) {
        let gone: BTreeSet<String> = self.files.with_untracked(|files| files.iter().filter(|file| ids.contains(&file.id)).map(|file| file.path.clone()).collect());
        self.drop_files(ids);
        let mut state = self.state.get_untracked();
        state.sources.retain(|source| !gone.contains(source));
        self.put(History::Replace, state);
    }

    fn drop_files(self, ids: &[FileId]) {
        if ids.is_empty() {
            return;
        }
        if self.workers.with_value(|workers| workers.reading.is_some_and(|reading| ids.contains(&reading))) {
            self.end_loader();
        }
        self.files.update(|files| files.retain(|file| !ids.contains(&file.id)));
        self.tell(Request::Unload { ids: ids.to_vec() }, JsValue::UNDEFINED);
        self.pinned.set(None);
        self.read_next();
    }

    /// Stops reading a file. It stays listed, with what can be done.
    pub fn cancel(self, id: FileId) {
        if self.workers.with_value(|workers| workers.reading == Some(id)) {
            self.end_loader();
        }
        self.set_status(id, Status::Cancelled);
        self.read_next();
    }

    /// Reads a file again, as the format with this id or as its content says.
    pub fn reread(self, id: FileId, read_as: Option<String>) {
        self.tell(Request::Unload { ids: vec![id] }, JsValue::UNDEFINED);
        self.files.update(|files| {
            if let Some(file) = files.iter_mut().find(|file| file.id == id) {
                file.read_as = read_as;
                file.status = Status::Waiting;
            }
        });
        self.read_next();
    }

    fn set_status(self, id: FileId, status: Status) {
        self.files.update(|files| {
            if let Some(file) = files.iter_mut().find(|file| file.id == id) {
                file.status = status;
            }
        });
    }

    fn end_loader(self) {
        self.workers.update_value(|workers| {
            if let Some(loader) = workers.loader.take() {
                loader.end();
            }
            if workers.reading.take().is_some() {
                self.pending.update(|pending| *pending -= 1);
            }
        });
    }

    /// Reads the next file that waits, unless one is being read.
    fn read_next(self) {
        if self.workers.with_value(|workers| workers.reading.is_some()) {
            return;
        }
        let next = self.files.with_untracked(|files| files.iter().find(|file| file.status == Status::Waiting).cloned());
        let Some(file) = next else { return };
        self.set_status(file.id, Status::Reading(0.0));
        self.pending.update(|pending| *pending += 1);
        let request = Request::Load { id: file.id, path: file.path.clone(), read_as: file.read_as.clone() };
        self.workers.update_value(|workers| {
            workers.reading = Some(file.id);
            let loader = workers.loader.get_or_insert_with(|| Channel::start(move |heard| self.hear(heard, false)));
            loader.send(request, file.content.beside());
        });
    }

    // ---- answers ----

    fn hear(self, heard: Heard, from_engine: bool) {
        match heard {
            Heard::Reply(reply, beside) => self.take(*reply, beside),
            Heard::Died(reason) if from_engine => self.revive(&reason),
            Heard::Died(reason) => {
                let reading = self.workers.with_value(|workers| workers.reading);
                self.end_loader();
                if let Some(id) = reading {
                    self.set_status(id, Status::Failed(reason));
                }
                self.read_next();
            }
        }
    }

    /// The engine died: start another and read every file again. Nothing is lost, the page holds the files.
    fn revive(self, reason: &str) {
        self.toast(&format!("The engine stopped ({reason}) and was started again; files are being read anew."), None);
        self.start_engine();
        if self.waiting.get_value().under_way {
            self.pending.update(|pending| *pending -= 1);
        }
        self.waiting.set_value(Waiting::default());
        self.files.update(|files| {
            for file in files.iter_mut().filter(|file| matches!(file.status, Status::Read(_))) {
                file.status = Status::Waiting;
            }
        });
        self.read_next();
    }

    fn take(self, reply: Reply, beside: Vec<JsValue>) {
        match reply {
            Reply::Ready => {}
            Reply::Progress { id, fraction } => {
                // A file that was cancelled meanwhile stays so.
                if self.workers.with_value(|workers| workers.reading == Some(id)) {
                    self.set_status(id, Status::Reading(fraction));
                }
            }
            Reply::Loaded { id, report } => {
                if self.workers.with_value(|workers| workers.reading != Some(id)) {
                    return;
                }
                let large = self.files.with_untracked(|files| files.iter().any(|file| file.id == id && file.content.size() > LARGE));
                self.workers.update_value(|workers| workers.reading = None);
                if large {
                    self.end_loader();
                }
                self.pending.update(|pending| *pending -= 1);
                if let Some(table) = beside.into_iter().next() {
                    self.tell(Request::Add { id }, table);
                }
                self.set_status(id, Status::Read(Box::new(report)));
                self.read_next();
                self.show();
            }
            Reply::View { serial, mut model } => {
                let columns = beside.into_iter().filter_map(|buffer| buffer.dyn_into::<js_sys::ArrayBuffer>().ok());
                model.attach_columns(columns.map(|buffer| Float64Array::new(&buffer).to_vec()));
                let again = self.waiting.get_value().again;
                self.waiting.set_value(Waiting::default());
                if serial == self.serial.get_value() && !again {
                    self.hovered.set(None);
                    self.hover_card.set(None);
                    self.window.set((0, Vec::new()));
                    address::write(&link::encode(&self.state.get_untracked()), History::Replace);
                    self.model.set(Some(*model));
                    self.notice_hidden();
                }
                self.pending.update(|pending| *pending -= 1);
                if again {
                    self.show();
                }
            }
            Reply::Rows { offset, rows } => {
                self.window.set((offset, rows));
                self.pending.update(|pending| *pending -= 1);
            }
            Reply::Point { at, card } => {
                if self.hovered.get_untracked() == Some(at) {
                    self.hover_card.set(card.as_deref().cloned());
                }
                if self.pinning.get_value() == Some(at) {
                    self.pinning.set_value(None);
                    self.pinned.set(card.map(|card| *card));
                }
                self.pending.update(|pending| *pending -= 1);
            }
            Reply::Exported { kind, export } => {
                self.pending.update(|pending| *pending -= 1);
                self.deliver(kind, export);
            }
        }
    }

    /// Says so when what was just read is not on the screen because of the filters.
    fn notice_hidden(self) {
        let Some(facet) = self.model.with_untracked(|model| model.as_ref()?.facets.iter().find(|facet| facet.key == "path").cloned()) else { return };
        let shown = |path: &str| facet.values.iter().find(|value| value.value == path).is_none_or(|value| value.count > 0);
        let mut hidden = Vec::new();
        self.files.update(|files| {
            for file in files.iter_mut().filter(|file| !file.toasted) {
                if let Status::Read(report) = &file.status {
                    file.toasted = true;
                    if report.measurements > 0 && !shown(&file.path) {
                        hidden.push(file.path.clone());
                    }
                }
            }
        });
        if !hidden.is_empty() {
            let text = format!("Read, but hidden by the filters: {}.", files::enumerate(&hidden));
            let name = if hidden.len() == 1 { "Show only this file" } else { "Show only these files" };
            self.toast(&text, Some((name.to_owned(), Step::ShowOnly(hidden))));
        }
    }

    // ---- questions ----

    /// Asks for a window of the table twin.
    pub fn ask_rows(self, offset: usize, length: usize) {
        self.pending.update(|pending| *pending += 1);
        self.tell(Request::Rows { offset, length }, JsValue::UNDEFINED);
    }

    /// Sets the point under the pointer.
    pub fn hover(self, at: Option<PointRef>) {
        if self.hovered.get_untracked() == at {
            return;
        }
        self.hovered.set(at);
        self.hover_card.set(None);
        if let Some(at) = at {
            self.pending.update(|pending| *pending += 1);
            self.tell(Request::Point(at), JsValue::UNDEFINED);
        }
    }

    /// Keeps a point's details open.
    pub fn pin(self, at: PointRef) {
        self.pinning.set_value(Some(at));
        self.pending.update(|pending| *pending += 1);
        self.tell(Request::Point(at), JsValue::UNDEFINED);
    }

    /// Downloads the shown measurements.
    pub fn download(self, kind: ExportKind) {
        self.export(kind, Purpose::Download);
    }

    /// Copies the table twin.
    pub fn copy_table(self) {
        self.export(ExportKind::Tsv, Purpose::Copy);
    }

    fn export(self, kind: ExportKind, purpose: Purpose) {
        self.purpose.set_value(purpose);
        self.pending.update(|pending| *pending += 1);
        self.tell(Request::Export(kind), JsValue::UNDEFINED);
    }

    fn deliver(self, kind: ExportKind, export: Exported) {
        match (self.purpose.get_value(), kind) {
            (Purpose::Copy, _) => {
                let lines = export.text.lines().count().saturating_sub(1);
                clipboard::copy(self, export.text, format!("{lines} rows copied."));
            }
            (Purpose::Download, _) => clipboard::download(&export.name, &export.mime, &export.text),
        }
    }

    // ---- words ----

    /// Shows a message that passes.
    pub fn toast(self, text: &str, step: Option<(String, Step)>) {
        let id = self.fresh();
        let toast = Toast { id, text: text.to_owned(), step };
        self.toasts.update(|toasts| toasts.push(toast));
        gloo_timers::callback::Timeout::new(8_000, move || self.dismiss(id)).forget();
    }

    /// Takes a message away.
    pub fn dismiss(self, id: u32) {
        self.toasts.update(|toasts| toasts.retain(|toast| toast.id != id));
    }

    /// Does what a toast offers.
    pub fn take_step(self, toast: &Toast) {
        self.dismiss(toast.id);
        match &toast.step {
            Some((_, Step::ShowOnly(paths))) => self.change(History::Push, |state| {
                let selection = BTreeMap::from([("path".to_owned(), paths.iter().cloned().collect())]);
                *state = ViewState { sources: std::mem::take(&mut state.sources), filters: Filters::Chosen(selection), ..ViewState::default() };
            }),
            Some((_, Step::Keep(ids))) => {
                let others: Vec<FileId> =
                    self.files.with_untracked(|files| files.iter().map(|file| file.id).filter(|id| !ids.contains(id)).collect());
                self.remove(&others);
            }
            None => {}
        }
    }
}
