//! Messages between the page and its workers: a small JSON header plus transferred buffers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::dataset::{self, Wanted};
use super::import::{FileReport, ReadAs};
use super::live::Overview;
use crate::catalog::exports::ColumnarEncoding;
use crate::record::{Diagnostic, Kind};
pub use crate::source::guard::Lost;
pub use crate::source::index::{Watch, is_index, watch};
pub use crate::source::places::is_server;
pub use crate::source::stamp::{ContentHash, Stamp};
use crate::state::ViewState;
use crate::state::deployment::copies::Failure;
use crate::state::live::Live;
use crate::state::settings::Settings;
use crate::trace::synthesis::Options;
use crate::view_model::{Cell, GridCell, PointCard, ViewModel};

/// Id of a loaded file, for the lifetime of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileId(pub u32);

/// From the page to the program that reads and writes files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FileRequest {
    /// The deployment's own formats, as its settings write them; until then there are none. Answered only about wrong rows, by
    /// [`Reply::Formats`].
    Formats {
        /// The rows.
        rows: Vec<serde_json::Value>,
    },
    /// Read a file. Its content comes with the header, as a `Blob` or the packed text of a link; without one, `path` is an
    /// address to fetch. Answered by [`Reply::Progress`] and then [`Reply::Loaded`].
    Load {
        /// Id of the file, repeated in the replies.
        id: FileId,
        /// The path shown to the user, or the address.
        path: String,
        /// Format or mapping to use instead of detection.
        read_as: Option<ReadAs>,
        /// Whether to read the single requests that it lists beside its summary.
        requests: bool,
        /// What of it ended a reader before: it is passed over.
        lost: Vec<Lost>,
        /// What is read of it if it is a data set; answered by [`Reply::Dataset`] then, too.
        wanted: Wanted,
    },
    /// Read a server's series; answered as [`FileRequest::Load`], and by [`Reply::Overview`].
    Query {
        /// Id of the file that stands for the server, repeated in the replies.
        id: FileId,
        /// The server, and which series.
        live: Live,
        /// A bearer token. It is in this message and in the requests' header, nowhere else.
        token: String,
    },
    /// Scale a trace, which comes with the header or is fetched from its path; answered by [`Reply::Exported`].
    Synthesize {
        /// The path shown to the user, or the address.
        path: String,
        /// How it is scaled.
        options: Options,
    },
    /// Write an export whose content, transferred with the header, is not written yet; answered by [`Reply::Exported`].
    Write {
        /// The export.
        export: Exported,
        /// Its purpose, repeated in the answer.
        purpose: Purpose,
    },
}

/// From the page to the program that owns the tables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Add a file's tables, transferred as [`Tables::to_bytes`](crate::table::Tables::to_bytes) makes them. Answered only on failure, by [`Reply::Refused`].
    Add {
        /// Id of the file.
        id: FileId,
    },
    /// Remove files.
    Unload {
        /// Which.
        ids: Vec<FileId>,
    },
    /// Settings of the deployment; until then built-in settings apply.
    Settings(Box<Settings>),
    /// Draw a state; answered by [`Reply::View`].
    View {
        /// Repeated in the reply, to recognize late replies.
        serial: u32,
        /// The state.
        state: Box<ViewState>,
        /// Search texts of facets, by dimension.
        searches: BTreeMap<String, String>,
        /// Whether names of people and hosts are hidden, here and in every request after this one.
        anonymous: bool,
    },
    /// A window of the row table; answered by [`Reply::Rows`].
    Rows {
        /// First row.
        offset: usize,
        /// How many.
        length: usize,
    },
    /// Further rows of one of the view's tables; answered by [`Reply::GridRows`].
    GridRows {
        /// Id of the view request; repeated in the reply.
        serial: u32,
        /// Which table.
        grid: usize,
        /// First row.
        offset: usize,
        /// How many.
        length: usize,
    },
    /// Details of a point; answered by [`Reply::Point`].
    Point(PointRef),
    /// Identity of some files, by path; answered by [`Reply::Identity`].
    Identity {
        /// Their paths.
        paths: Vec<String>,
    },
    /// Export the shown measurements; answered by [`Reply::Exported`].
    Export {
        /// The export.
        export: ExportRef,
        /// Its purpose, repeated in the answer.
        purpose: Purpose,
    },
    /// Append the shown measurements to another dashboard's existing table, transferred with the header; answered by
    /// [`Reply::Exported`], without content if nothing was added.
    Append {
        /// The key of an export for another dashboard.
        key: String,
        /// The table's file name.
        name: String,
    },
}

/// A point of the current view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointRef {
    /// Panel index.
    pub panel: usize,
    /// Series index.
    pub series: usize,
    /// Point index.
    pub point: usize,
}

/// What an export is for. It travels with the request and its answer, so that two under way at once are not confused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// To be saved as a file.
    Download,
    /// For the clipboard.
    Copy,
    /// To be carried by a link.
    Link,
    /// To be packed into a bundle.
    Bundle,
    /// To be carried by a report.
    Report,
}

/// A requested export.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportRef {
    /// Its key in [`EXPORTS`](crate::catalog::exports::EXPORTS), or [`PACKED`](super::PACKED).
    pub key: String,
    /// Of which of the view's own tables; `None` of what the view shows as a whole.
    pub grid: Option<usize>,
    /// All records of this kind, shown or not, in place of what the view shows.
    pub all_of: Option<Kind>,
}

impl ExportRef {
    /// The export with a key, of what the view shows as a whole.
    pub fn of(key: &str) -> ExportRef {
        ExportRef { key: key.to_owned(), ..ExportRef::default() }
    }
}

/// An export.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Exported {
    /// File name.
    pub name: String,
    /// Media type.
    pub mime: String,
    /// Notes about omitted or missing data; empty if none.
    pub note: String,
    /// Of an export that another person is to see in this view: the view, as a link.
    pub link: String,
    /// Whether names of people and hosts are hidden in it.
    pub anonymous: bool,
    /// How the content is still to be written: until then it is a sheet ([`Sheet::to_bytes`](crate::table::export::Sheet::to_bytes)).
    pub unwritten: Option<ColumnarEncoding>,
    /// Content, transferred separately. Empty if there is nothing to save; the note explains why.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

/// Values of one dimension stated by files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StatedValues {
    /// The dimension's key.
    pub key: String,
    /// Its label on the page.
    pub label: String,
    /// The distinct values, at most [`StatedValues::MAX_VALUES`].
    pub values: Vec<String>,
    /// How many of the files lack it in every record.
    pub missing: usize,
}

impl StatedValues {
    /// Maximum number of values.
    pub const MAX_VALUES: usize = 5;

    /// Nothing stated yet.
    pub fn new(key: &str) -> StatedValues {
        StatedValues {
            key: key.to_owned(),
            label: crate::catalog::dimensions::label(key).to_owned(),
            values: Vec::new(),
            missing: 0,
        }
    }
}

/// The header in which the service worker says that its copy is the answer (`public/sw.js`): the status of the server's own
/// answer, or 0 where there was none.
pub const COPY_HEADER: &str = "x-inferscope-copy";

/// What an address gave that was to be read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fetched {
    /// What was asked for, where that is not the file's own address: the page looks there whether it has changed.
    pub address: Option<String>,
    /// What the copy is told by.
    pub stamp: Stamp,
    /// Why the server gave nothing; then nothing is read, unless there is a copy in the browser.
    pub failure: Option<Failure>,
    /// Of which time that copy is, in milliseconds since 1970.
    pub kept: Option<f64>,
    /// How often an index wants to be looked at, in seconds.
    pub watch: Option<u32>,
    /// Whether some file of an index could not be had: it may only be missing because the server was away.
    pub partial: bool,
}

/// From a worker to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// The worker is ready.
    Ready,
    /// The program has ended, and answers no more. What started it says so for it (`public/worker.js`, `public/start.js`).
    Died {
        /// What guarded work was at; empty or missing if there was none.
        #[serde(default)]
        reading: String,
        /// The panic that ended it; missing if it was none.
        panic: Option<String>,
        /// What the browser says.
        error: String,
    },
    /// What is wrong in the deployment's own formats.
    Formats {
        /// Notes, one for each wrong row.
        faults: Vec<String>,
    },
    /// Reading progress, from 0 to 1.
    Progress {
        /// Which file.
        id: FileId,
        /// Amount.
        fraction: f64,
    },
    /// How much of a join is done that takes long, from 0 to 1: [`Reply::View`] or [`Reply::Identity`] follow. [`Request::Unload`]
    /// ends it.
    Joining {
        /// Amount.
        fraction: f64,
    },
    /// What a server has, before the file that stands for it is [`Reply::Loaded`].
    Overview {
        /// Which file.
        id: FileId,
        /// What it has, and how it was read.
        overview: Overview,
    },
    /// What of a data set was read, before it is [`Reply::Loaded`].
    Dataset {
        /// Which file.
        id: FileId,
        /// What it has, and what was read.
        overview: Box<dataset::Overview>,
    },
    /// What an address gave. [`Reply::Loaded`] follows.
    Fetched {
        /// Which file.
        id: FileId,
        /// What it gave.
        fetched: Fetched,
    },
    /// A file was read; its tables are transferred with the header if it has records.
    Loaded {
        /// Which file.
        id: FileId,
        /// Reports: one, or one per archive member.
        reports: Vec<FileReport>,
    },
    /// A file's tables could not be taken: none of its records are shown.
    Refused {
        /// Which file.
        id: FileId,
        /// Why, and what to do.
        finding: Diagnostic,
    },
    /// A view model; its points are transferred with the header.
    View {
        /// Id of the request.
        serial: u32,
        /// The view model.
        model: Box<ViewModel>,
    },
    /// A window of the row table.
    Rows {
        /// First row.
        offset: usize,
        /// The cells.
        rows: Vec<Vec<Cell>>,
    },
    /// Further rows of a view's table.
    GridRows {
        /// Id of the view request.
        serial: u32,
        /// Which table.
        grid: usize,
        /// The cells.
        rows: Vec<Vec<GridCell>>,
    },
    /// Details of a point; `None` if the view has changed meanwhile.
    Point {
        /// Which point.
        at: PointRef,
        /// The details.
        card: Option<Box<PointCard>>,
    },
    /// Identity of some files.
    Identity {
        /// By dimension, in the catalogue's order.
        stated: Vec<StatedValues>,
    },
    /// An export; its content is transferred with the header.
    Exported {
        /// Purpose of the export, copied from the request.
        purpose: Purpose,
        /// The export.
        export: Exported,
    },
}
