//! The page's state in one place: signals, and the few ways in which they change.

mod addresses;
mod answers;
mod asking;
mod catalogue;
mod dataset;
mod joining;
mod keeping;
mod live;
mod loading;
mod pictured;
mod sharing;
mod watching;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::address::{self, History};
use super::backend::{self, Channel};
use super::embed;
use super::files::{self, Content, FileEntry, Status};
use super::kept::{Keeping, Restored};
use super::saved::Views;
use super::settings::{Preferences, Prices};
use crate::engine::FileReport;
use crate::engine::dataset::Overview as DatasetOverview;
use crate::engine::live::Overview;
use crate::engine::protocol::{FileId, FileRequest, PointRef, Request, StatedValues};
use crate::format::mapped::Header;
use crate::record::Kind;
use crate::state::deployment::Deployment;
use crate::state::deployment::copies::SourceCopy;
use crate::state::settings::Settings;
use crate::state::{Filters, Opening, ViewState, link};
use crate::view;
use crate::view_model::{Cell, GridCell, PointCard, Synthetic, ViewModel};
use crate::work::Repeated;
use sharing::Parcel;
use watching::{Syncs, Watched};

pub use addresses::is_address;

/// A short message that disappears by itself; may offer one action.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    /// Identifies the toast.
    pub id: u32,
    /// The message.
    pub text: String,
    /// The label of the action, and the action.
    pub step: Option<(String, ToastAction)>,
}

/// An action that a toast offers.
#[derive(Clone, Debug, PartialEq)]
pub enum ToastAction {
    /// Show only these files, by path.
    ShowOnly(Vec<String>),
    /// Remove all files but these.
    Keep(Vec<FileId>),
    /// Load the single requests of these files.
    LoadRequests(Vec<FileId>),
    /// Open the files drawer.
    Details,
    /// Put back what was removed, by the number of the removal.
    PutBack(u32),
    /// Read the kept files although that ended the page before.
    Restore,
    /// Put the kept files aside and open as without them.
    Afresh,
}

/// The dialog over the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// The files drawer.
    Files,
    /// The identity editor.
    Describe,
    /// What the columns of a table mean.
    Mapping,
    /// The list of shortcuts.
    Shortcuts,
    /// The share dialog.
    Share,
    /// What is added to another dashboard's table.
    Append,
    /// A run's log.
    Log,
    /// The command palette.
    Palette,
    /// Where an address is opened.
    Address,
    /// Where a server is connected; with `true` from when to when is asked first.
    Connect(bool),
    /// Where a trace is scaled.
    Synthesize,
}

/// A window of the row table.
pub type Window = (usize, Vec<Vec<Cell>>);

/// Handles to everything the components share. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Store {
    /// The requested state: the link.
    pub state: RwSignal<ViewState>,
    /// The picture on the screen.
    pub model: RwSignal<Option<ViewModel>>,
    /// Every file, in the order they came.
    pub files: RwSignal<Vec<FileEntry>>,
    /// Notices about the link and the settings.
    pub link_notes: RwSignal<Vec<String>>,
    /// Messages that disappear by themselves.
    pub toasts: RwSignal<Vec<Toast>>,
    /// When a picture was last asked for, and how long it took, in milliseconds.
    pictures: StoredValue<Repeated>,
    /// The files that were read when a picture was last asked for, and those of the picture on the screen.
    asked_of: StoredValue<BTreeSet<FileId>>,
    drawn: StoredValue<BTreeSet<FileId>>,
    /// How much of a long join is done, from 0 to 1.
    pub joining: RwSignal<Option<f64>>,
    /// The dialog over the page.
    pub sheet: RwSignal<Option<Sheet>>,
    /// The point under the pointer, and what is known of it.
    pub hovered: RwSignal<Option<PointRef>>,
    /// What is known of the hovered point.
    pub hover_card: RwSignal<Option<PointCard>>,
    /// The point whose details stay open.
    pub pinned: RwSignal<Option<PointCard>>,
    /// The row table's window.
    pub window: RwSignal<Window>,
    /// Rows of one of the view's own tables that came after the picture, and of which.
    pub more_rows: RwSignal<(usize, Vec<Vec<GridCell>>)>,
    /// What is typed into the facets' searches.
    pub searches: RwSignal<BTreeMap<String, String>>,
    /// What the browser remembers.
    pub preferences: RwSignal<Preferences>,
    /// The views that the browser keeps.
    pub views: RwSignal<Views>,
    /// What the browser keeps of the loaded files.
    pub keeping: RwSignal<Keeping>,
    /// Whether they are about to be kept; at first until what was kept is back.
    keeping_due: StoredValue<bool>,
    /// What the deployment set.
    pub config: RwSignal<Settings>,
    /// What it offers.
    pub deployment: RwSignal<Deployment>,
    /// What is known of the copies of what came from addresses.
    pub copies: RwSignal<BTreeMap<FileId, SourceCopy>>,
    /// What their synchronisations say of themselves.
    syncs: RwSignal<Syncs>,
    /// The time by which ages are told, in milliseconds since 1970.
    now: RwSignal<f64>,
    /// Series brought forward by the legend.
    pub emphasised: RwSignal<Option<String>>,
    /// The link that carries the shown measurements, once it is made.
    pub data_link: RwSignal<Option<String>>,
    /// Whether names of people and hosts are hidden: as long as what is shown is about to be shared.
    pub anonymous: RwSignal<bool>,
    /// What is gathered for a bundle or a report.
    parcel: StoredValue<Parcel, LocalStorage>,
    /// The paths of the files that the identity editor is about.
    pub described: RwSignal<Vec<String>>,
    /// What those files say of themselves, once it is known.
    pub stated: RwSignal<Option<Vec<StatedValues>>>,
    /// The table whose columns are being mapped.
    pub mapped: RwSignal<Option<(FileId, Header)>>,
    /// The address of the log that is looked at.
    pub log: RwSignal<String>,
    /// What the connected server has, once it was read.
    pub overview: RwSignal<Option<Overview>>,
    /// The token, and the address of the server that it is for: here and in requests to it, nowhere else.
    token: StoredValue<(String, String)>,
    /// Whether the connected server is read once more, with nothing changed.
    refreshing: StoredValue<bool>,
    /// What was read of data sets.
    pub datasets: RwSignal<BTreeMap<FileId, DatasetOverview>>,
    /// The addresses that a person opened.
    opened: StoredValue<BTreeSet<String>>,
    /// What came from addresses, and may be looked at again.
    watched: StoredValue<BTreeMap<FileId, Watched>>,
    /// Whether it is still open what the page begins with: until then it looks as it did while the program was loaded.
    pub opening: RwSignal<bool>,
    /// Whether the prepared picture is outdated: the engine is still loading.
    pub behind: RwSignal<bool>,
    /// Why there is no engine, where none could be loaded.
    pub missing: RwSignal<Option<String>>,
    /// Number of requests in progress: the page is ready when it is 0.
    pub pending: RwSignal<usize>,
    /// Whether the faults of the deployment's own formats have been told: every loader finds them.
    told_faults: StoredValue<bool>,
    serial: StoredValue<u32>,
    next: StoredValue<u32>,
    waiting: StoredValue<Waiting>,
    pinning: StoredValue<Option<PointRef>>,
    /// Of the requests under way, those that the engine answers.
    asked: StoredValue<usize>,
    /// The state of a link that names no data, while the start data stand in for them and nothing was changed.
    stood_in: StoredValue<Option<ViewState>>,
    /// Whether nobody chose a view yet, so that of people's own data the one is shown that answers first.
    view_is_open: StoredValue<bool>,
    /// Addresses of published figures already requested: a removed one is not loaded again.
    shipped: StoredValue<BTreeSet<String>>,
    /// Files whose prepared tables are being fetched.
    fetching: StoredValue<BTreeSet<FileId>>,
    /// What was removed, the latest last: the number of the removal, the files, and the state before.
    removed: StoredValue<Vec<(u32, Vec<FileEntry>, ViewState)>>,
    /// Whether the prepared picture is on the screen.
    pictured: StoredValue<bool>,
    workers: StoredValue<Workers, LocalStorage>,
}

/// View requests: at most one in progress and one pending, however fast a slider moves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Waiting {
    under_way: bool,
    again: bool,
}

#[derive(Default)]
struct Workers {
    engine: Option<Rc<Channel<Request>>>,
    /// What reads files, and what reads the connected server: neither waits for the other.
    readers: [Reader; 2],
    /// Writes an export that the engine does not write; a loader of its own, so that nothing cancels it.
    writer: Option<Rc<Channel<FileRequest>>>,
    /// How many it has not written yet.
    writing: usize,
}

/// A program that reads, and what it reads now.
#[derive(Default)]
struct Reader {
    channel: Option<Rc<Channel<FileRequest>>>,
    reading: Option<FileId>,
}

/// What a reader is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lane {
    Files,
    Server,
}

/// Whom a message is from.
#[derive(Clone, Copy)]
enum Sender {
    Engine,
    Reader(Lane),
    Writer,
}

impl Store {
    /// A store for the address that the page was opened with. Nothing is started yet.
    pub fn new() -> Store {
        let query = address::query();
        let (state, notes) = link::decode(&query);
        let is_open = !query.contains("view=");
        Store {
            state: RwSignal::new(state),
            model: RwSignal::new(None),
            files: RwSignal::default(),
            link_notes: RwSignal::new(notes),
            toasts: RwSignal::default(),
            pictures: StoredValue::default(),
            asked_of: StoredValue::default(),
            drawn: StoredValue::default(),
            joining: RwSignal::new(None),
            sheet: RwSignal::new(None),
            hovered: RwSignal::new(None),
            hover_card: RwSignal::new(None),
            pinned: RwSignal::new(None),
            window: RwSignal::default(),
            more_rows: RwSignal::default(),
            searches: RwSignal::default(),
            preferences: RwSignal::new(Preferences::load()),
            views: RwSignal::new(Views::load()),
            keeping: RwSignal::default(),
            keeping_due: StoredValue::new(true),
            config: RwSignal::new(Settings::read("{}").0),
            deployment: RwSignal::default(),
            copies: RwSignal::default(),
            syncs: RwSignal::default(),
            now: RwSignal::new(js_sys::Date::now()),
            emphasised: RwSignal::new(None),
            data_link: RwSignal::new(None),
            anonymous: RwSignal::new(false),
            parcel: StoredValue::new_local(Parcel::default()),
            described: RwSignal::default(),
            stated: RwSignal::new(None),
            mapped: RwSignal::new(None),
            log: RwSignal::default(),
            overview: RwSignal::new(None),
            token: StoredValue::default(),
            refreshing: StoredValue::new(false),
            datasets: RwSignal::default(),
            opened: StoredValue::default(),
            watched: StoredValue::default(),
            opening: RwSignal::new(true),
            behind: RwSignal::new(false),
            missing: RwSignal::new(None),
            pending: RwSignal::new(1),
            told_faults: StoredValue::new(false),
            serial: StoredValue::new(0),
            next: StoredValue::new(0),
            waiting: StoredValue::default(),
            pinning: StoredValue::new(None),
            asked: StoredValue::new(0),
            stood_in: StoredValue::new(None),
            view_is_open: StoredValue::new(is_open),
            shipped: StoredValue::default(),
            fetching: StoredValue::default(),
            removed: StoredValue::default(),
            pictured: StoredValue::new(false),
            workers: StoredValue::new_local(Workers::default()),
        }
    }

    /// Starts the engine, listens for Back and Forward, and loads what the link or the deployment names.
    pub fn start(self) {
        self.start_engine();
        self.keep_files();
        self.remember_views();
        self.tell_time();
        address::on_change(move |query| self.go_back(&query));
        leptos::task::spawn_local(async move {
            let (settings, deployment, notes) = super::settings::settings().await;
            self.deployment.set(deployment);
            self.send(Request::Settings(Box::new(settings.clone())), JsValue::UNDEFINED);
            self.link_notes.update(|all| all.extend(notes));
            // Files that came before the settings are being read already.
            let rows = settings.formats.clone();
            self.config.set(settings);
            embed::listen(self);
            self.workers.with_value(|workers| {
                for channel in workers.readers.iter().filter_map(|reader| reader.channel.as_ref()) {
                    channel.send(FileRequest::Formats { rows: rows.clone() }, JsValue::UNDEFINED);
                }
            });
            let restored = self.restored().await;
            if restored.is_some() || !self.is_pictured() {
                backend::complete().await;
            }
            self.open(restored);
            self.keeping_due.set_value(false);
            self.load_sources();
            self.load_live();
            self.opening.set(self.is_pictured());
            self.show_picture();
            self.show();
            self.pending.update(|pending| *pending -= 1);
        });
    }

    /// Decides what the page opens on; see [`Opening`].
    fn open(self, restored: Option<Restored>) {
        let carried = address::data();
        let back = restored.is_some_and(|restored| self.bring_back(restored));
        let figures = !self.figures_of_state().is_empty();
        let opening = self.state.with_untracked(|state| Opening::of(state, carried.is_some() || back, figures));
        let settings = self.config.get_untracked();
        // A link shows what its sender saw: the limits that the deployment starts with, and the reader's own prices, are
        // for those who come without one.
        if self.state.with_untracked(|state| *state == ViewState::default()) {
            self.state.update(|state| {
                (state.error_limit, state.threshold) = (settings.error_limit, settings.threshold);
                state.prices = Prices::load();
            });
        }
        // Inside another page there is what that page brings.
        if let Opening::Start { stand_in } = opening
            && !embed::is_embedded()
        {
            let server = self.deployment.with_untracked(|deployment| deployment.start_server().cloned());
            let names: Vec<String> = settings.start.iter().map(|source| source.name().to_owned()).collect();
            if stand_in {
                self.stood_in.set_value(Some(self.state.get_untracked()));
                let instead = if names.is_empty() { String::new() } else { format!(", so you see {}", files::enumerate(&names)) };
                let note = format!(
                    "This link names no data{instead}. If it was made with files on its sender’s computer, drop the same files to restore that view."
                );
                self.link_notes.update(|notes| notes.push(note));
            }
            self.state.update(|state| {
                state.sources = settings.start.iter().map(|source| source.src.clone()).collect();
                if server.is_some() && state.sources.is_empty() && !stand_in {
                    state.show_view(view::SERVER);
                }
                state.live = server.map(|live| self.as_often(live));
            });
        }
        if let Some(packed) = carried {
            self.state.update(|state| state.local = false);
            self.add(vec![("data in the link".to_owned(), Content::Link(packed))]);
        }
    }

    /// Takes the state of an address that Back or Forward brought.
    fn go_back(self, query: &str) {
        let (mut state, notes) = link::decode(query);
        self.stood_in.set_value(None);
        if self.has_local() {
            // Demo data do not come back beside the reader's own, nor does what was chosen for them.
            let demo: Vec<String> = self.config.with_untracked(|config| {
                let demo = config.start.iter().filter(|source| source.demo && state.sources.contains(&source.src));
                demo.map(|source| source.src.clone()).collect()
            });
            if !demo.is_empty() {
                let sources = state.sources.iter().filter(|source| !demo.contains(source)).cloned().collect();
                state = ViewState { sources, live: state.live.clone(), ..state.for_other_data(&demo) };
            }
            state.local = true;
        }
        self.link_notes.set(notes);
        self.view_is_open.set_value(false);
        self.state.set(state);
        self.load_sources();
        self.load_live();
        self.read_further();
        self.show();
    }

    /// Starts the engine, in the place of a former one.
    fn start_engine(self) {
        let channel = Channel::start(move |heard| self.handle(heard, Sender::Engine));
        self.workers.update_value(|workers| {
            if let Some(former) = workers.engine.replace(channel) {
                former.end();
            }
        });
    }

    /// Asks the engine for something that it answers.
    fn ask(self, request: Request, beside: JsValue) {
        if self.missing.get_untracked().is_some() {
            // Any further action tries to load the engine again, and then requests the view.
            self.retry();
            if matches!(request, Request::View { .. }) {
                return;
            }
        }
        if !matches!(request, Request::View { .. } | Request::Point(_)) {
            self.fall_behind();
        }
        self.pending.update(|pending| *pending += 1);
        self.asked.update_value(|asked| *asked += 1);
        self.send(request, beside);
    }

    /// The engine answered.
    fn answered(self) {
        self.joining.set(None);
        self.asked.update_value(|asked| *asked -= 1);
        self.pending.update(|pending| *pending -= 1);
    }

    fn send(self, request: Request, beside: JsValue) {
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
        let (view, published) = (state.view.clone(), self.is_published(&state));
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
        // Published results and one's own share no identity: filters of the one leave nothing of the other.
        if state.view != view && self.is_published(&state) != published {
            state.filters = Filters::Automatic;
        }
        self.put(how, state);
    }

    /// Whether a state's view is about published results.
    fn is_published(self, state: &ViewState) -> bool {
        let of = view::about(&state.view).and_then(|view| view.kind).or(state.kind);
        let first = || self.model.with_untracked(|model| model.as_ref().and_then(|model| Some(model.kinds.first()?.0)));
        of.or_else(first) == Some(Kind::Submission)
    }

    /// Follows a link of the view. Within the view its tables stay as they are sorted: the engine's links have no order.
    pub fn follow(self, mut state: ViewState) {
        self.state.with_untracked(|former| {
            if state.view == former.view && state.sort.is_none() {
                state.sort.clone_from(&former.sort);
            }
        });
        self.put(History::Push, state);
    }

    /// Replaces the state. What only rearranges the picture that is there is not requested from the engine.
    pub fn put(self, how: History, mut state: ViewState) {
        state.local |= self.has_local();
        self.stood_in.set_value(None);
        // New filters make the message about hidden files obsolete.
        if self.state.with_untracked(|former| former.filters != state.filters) {
            self.toasts.update(|toasts| toasts.retain(|toast| !matches!(toast.step, Some((_, ToastAction::ShowOnly(_))))));
        }
        // Whoever does something in a view that is not the page's first one has chosen it.
        if self.state.with_untracked(|former| former.view != state.view || former.view != ViewState::default().view) {
            self.view_is_open.set_value(false);
        }
        address::write(&link::encode(&state), how);
        self.link_notes.set(Vec::new());
        if self.state.with_untracked(|former| former.prices != state.prices) {
            Prices::save(&state.prices);
        }
        let (moved, zoomed) = self.state.with_untracked(|former| {
            let zoomed = ViewState { zoom: state.zoom, ..former.clone() } == state && former.zoom != state.zoom;
            (former.sources != state.sources, zoomed)
        });
        let in_page = zoomed && view::about(&state.view).is_some_and(|view| !view.resamples);
        self.state.set(state);
        if moved {
            self.load_sources();
        }
        self.load_live();
        self.read_further();
        if !in_page {
            self.fall_behind();
            self.show();
        }
    }

    /// The state as it is on the screen, with everything settled that was left to the data.
    pub fn settled(self) -> ViewState {
        let state = self.state.get();
        let zoom = state.zoom;
        self.model.with(|model| model.as_ref().map(|model| ViewState { zoom, ..model.state.clone() })).unwrap_or(state)
    }

    /// Asks the engine for the picture of the state.
    pub fn show(self) {
        self.load_figures();
        let waiting = self.waiting.get_value();
        if waiting.under_way {
            self.waiting.set_value(Waiting { again: true, ..waiting });
            return;
        }
        self.waiting.set_value(Waiting { under_way: true, again: false });
        self.note_asked();
        self.serial.update_value(|serial| *serial += 1);
        let mut state = self.state.get_untracked();
        if self.view_is_open.get_value() && (self.has_local() || self.has_opened()) {
            view::FIRST.clone_into(&mut state.view);
        }
        let request = Request::View {
            serial: self.serial.get_value(),
            state: Box::new(state),
            searches: self.searches.get_untracked(),
            anonymous: self.anonymous.get_untracked(),
        };
        self.ask(request, JsValue::UNDEFINED);
    }

    /// Changes what the browser remembers.
    pub fn prefer(self, change: impl FnOnce(&mut Preferences)) {
        self.preferences.update(change);
        self.preferences.get_untracked().save();
    }

    // ---- words ----

    /// Whether the link was made with local files that are neither here nor on their way.
    pub fn misses_local(self) -> bool {
        let here = |file: &FileEntry| match &file.status {
            Status::Waiting | Status::Reading(_) => true,
            Status::Read(_) => file.records() > 0,
            Status::Cancelled | Status::Failed(_) | Status::Unread(_) => false,
        };
        let local = |file: &FileEntry| file.is_local() && here(file);
        self.state.with(|state| state.local) && !self.files.with(|files| files.iter().any(local))
    }

    /// How much of what is shown was made by a formula.
    pub fn synthetic(self) -> Synthetic {
        let (shown, told) = self.model.with(|model| {
            let model = model.as_ref();
            (model.map(ViewModel::kind), model.map(|model| model.synthetic).unwrap_or_default())
        });
        let has = |report: &FileReport| shown.is_none_or(|kind| report.records.contains_key(&kind));
        // Of demo data that are not read yet the prepared picture is shown.
        let demo = |file: &FileEntry| file.demo && (file.reports().is_empty() || file.reports().iter().any(has));
        match told {
            Synthetic::Nothing if self.files.with(|files| files.iter().any(demo)) => Synthetic::Everything,
            told => told,
        }
    }

    /// Shows a message, before those that are there.
    pub fn toast(self, text: &str, step: Option<(String, ToastAction)>) {
        let id = self.fresh();
        let toast = Toast { id, text: text.to_owned(), step };
        self.toasts.update(|toasts| toasts.push(toast));
    }

    /// Removes a message.
    pub fn dismiss(self, id: u32) {
        self.toasts.update(|toasts| toasts.retain(|toast| toast.id != id));
    }

    /// Runs the action of a toast.
    pub fn run_action(self, toast: &Toast) {
        self.dismiss(toast.id);
        match &toast.step {
            Some((_, ToastAction::ShowOnly(paths))) => self.change(History::Push, |state| state.show_only(paths)),
            Some((_, ToastAction::Keep(ids))) => {
                let others: Vec<FileId> = self.files.with_untracked(|files| {
                    let others = files.iter().filter(|file| !file.shipped && !ids.contains(&file.id));
                    others.map(|file| file.id).collect()
                });
                self.remove(&others);
            }
            Some((_, ToastAction::LoadRequests(ids))) => self.load_requests(ids),
            Some((_, ToastAction::PutBack(removal))) => self.put_back(*removal),
            Some((_, ToastAction::Restore)) => self.restore(),
            Some((_, ToastAction::Afresh)) => self.start_afresh(),
            Some((_, ToastAction::Details)) => self.sheet.set(Some(Sheet::Files)),
            None => {}
        }
    }
}
