//! What the page and its workers say to each other: a small JSON header, and buffers that are transferred beside it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::import::{FileReport, ReadAs};
use crate::record::Diagnostic;
use crate::state::ViewState;
use crate::state::settings::Settings;
use crate::view_model::{Cell, GridCell, PointCard, ViewModel};

/// A loaded file, for as long as the page lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileId(pub u32);

/// From the page to a worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Read a file. Its content comes beside the header, as a `Blob`, a buffer, or the packed text of a link; without
    /// one, `path` is an address to fetch. Answered by [`Reply::Progress`] and then [`Reply::Loaded`].
    Load {
        /// Which file the answers are about.
        id: FileId,
        /// The path as the person knows it, or the address.
        path: String,
        /// How to read it, where its content is not to decide.
        read_as: Option<ReadAs>,
    },
    /// Take a read file's tables, Arrow IPC streams beside the header. Answered only where they cannot be taken, by
    /// [`Reply::Refused`].
    Add {
        /// Which file it is of.
        id: FileId,
    },
    /// Forget files.
    Unload {
        /// Which.
        ids: Vec<FileId>,
    },
    /// What the deployment set; until it comes the built-in settings hold.
    Settings(Box<Settings>),
    /// Draw a state; answered by [`Reply::View`].
    View {
        /// Comes back with the answer, so that late answers can be told.
        serial: u32,
        /// The state.
        state: Box<ViewState>,
        /// What is typed into the facets' searches, by dimension.
        searches: BTreeMap<String, String>,
    },
    /// A window of the table twin; answered by [`Reply::Rows`].
    Rows {
        /// First row.
        offset: usize,
        /// How many.
        length: usize,
    },
    /// Further rows of one of the view's own tables; answered by [`Reply::GridRows`].
    GridRows {
        /// Of which picture; comes back with the answer.
        serial: u32,
        /// Which table.
        grid: usize,
        /// First row.
        offset: usize,
        /// How many.
        length: usize,
    },
    /// Everything about a point; answered by [`Reply::Point`].
    Point(PointRef),
    /// What is known of some files, by path; answered by [`Reply::Identity`].
    Identity {
        /// Their paths.
        paths: Vec<String>,
    },
    /// The measurements on the screen as a file; answered by [`Reply::Exported`].
    Export {
        /// As what.
        export: ExportRef,
        /// What for; comes back with the answer.
        purpose: Purpose,
    },
    /// The same added to another dashboard's table that is already there, which comes beside the header; answered by
    /// [`Reply::Exported`], without content where nothing was added.
    Append {
        /// The key of an export for another dashboard.
        key: String,
        /// The table's file name.
        name: String,
    },
}

/// A point of the picture that was drawn last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointRef {
    /// Which panel.
    pub panel: usize,
    /// Which series of its chart.
    pub series: usize,
    /// Which point of the series.
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
}

/// An export that is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportRef {
    /// Its key in [`EXPORTS`](crate::catalog::exports::EXPORTS), or [`PACKED`](super::PACKED).
    pub key: String,
    /// Of which of the view's own tables; `None` of what the view shows as a whole.
    pub grid: Option<usize>,
}

impl ExportRef {
    /// The export with a key, of what the view shows as a whole.
    pub fn of(key: &str) -> ExportRef {
        ExportRef { key: key.to_owned(), grid: None }
    }
}

/// An export.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Exported {
    /// File name.
    pub name: String,
    /// Media type.
    pub mime: String,
    /// What was left out or is missing, in words; empty when nothing is.
    pub note: String,
    /// Content; travels beside the header. Empty where there is nothing to save; the note says why.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

/// What files say of themselves in one dimension.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stated {
    /// The dimension's key.
    pub key: String,
    /// Its name on the page.
    pub label: String,
    /// The distinct values, at most [`Stated::MOST`].
    pub values: Vec<String>,
}

impl Stated {
    /// How many values are told.
    pub const MOST: usize = 5;

    /// Nothing stated yet.
    pub fn new(key: &str) -> Stated {
        Stated { key: key.to_owned(), label: crate::catalog::dimensions::label(key).to_owned(), values: Vec::new() }
    }
}

/// From a worker to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// The worker is up.
    Ready,
    /// How much of a file is read, from 0 to 1.
    Progress {
        /// Which file.
        id: FileId,
        /// How much.
        fraction: f64,
    },
    /// A file is read; its tables come beside the header when there is any record.
    Loaded {
        /// Which file.
        id: FileId,
        /// What is said about it: one report, or one for each member of an archive.
        reports: Vec<FileReport>,
    },
    /// A file's tables could not be taken: none of its records are shown.
    Refused {
        /// Which file.
        id: FileId,
        /// Why, and what to do.
        finding: Diagnostic,
    },
    /// A picture; its series' points come beside the header.
    View {
        /// Of which request.
        serial: u32,
        /// The picture.
        model: Box<ViewModel>,
    },
    /// A window of the table twin.
    Rows {
        /// First row.
        offset: usize,
        /// The cells.
        rows: Vec<Vec<Cell>>,
    },
    /// Further rows of a view's own table.
    GridRows {
        /// Of which picture.
        serial: u32,
        /// Which table.
        grid: usize,
        /// The cells.
        rows: Vec<Vec<GridCell>>,
    },
    /// Everything about a point; `None` when the picture has changed meanwhile.
    Point {
        /// Which point.
        at: PointRef,
        /// What there is to say.
        card: Option<Box<PointCard>>,
    },
    /// What is known of some files.
    Identity {
        /// By dimension, in the catalogue's order.
        stated: Vec<Stated>,
    },
    /// An export; its content comes beside the header.
    Exported {
        /// What it was asked for.
        purpose: Purpose,
        /// The export.
        export: Exported,
    },
}
