//! The join of large tables: how far it is, ending it, and how often the picture is drawn while files are being read.

use leptos::prelude::*;

use super::Store;
use crate::engine::protocol::FileId;
use crate::page::files::{FileEntry, Status};

/// While files are being read, what they give is shown once in so many milliseconds at most.
const PACE: f64 = 1000.0;

impl Store {
    /// A picture was asked for.
    pub(super) fn note_asked(self) {
        self.pictures.update_value(|pictures| pictures.begin(js_sys::Date::now()));
        let read = |file: &FileEntry| matches!(file.status, Status::Read(_)).then_some(file.id);
        self.asked_of.set_value(self.files.with_untracked(|files| files.iter().filter_map(read).collect()));
    }

    /// The picture came.
    pub(super) fn note_drawn(self) {
        self.pictures.update_value(|pictures| pictures.end(js_sys::Date::now()));
        self.drawn.set_value(self.asked_of.get_value());
    }

    /// Whether it is too early for another picture of what is read so far.
    pub(super) fn is_early(self) -> bool {
        self.pictures.with_value(|pictures| pictures.is_early(js_sys::Date::now(), PACE))
    }

    /// Ends a join: takes back the files that are not in the picture yet. It can be undone.
    pub fn cancel_join(self) {
        let drawn = self.drawn.get_value();
        let new = |file: &&FileEntry| matches!(file.status, Status::Read(_)) && !drawn.contains(&file.id) && !file.shipped;
        let new: Vec<FileId> = self.files.with_untracked(|files| files.iter().filter(new).map(|file| file.id).collect());
        self.joining.set(None);
        self.remove(&new);
    }
}
