//! Data sets: of each is read what the state wants, and once it wants more, that.

use leptos::prelude::*;

use super::Store;
use crate::engine::dataset::{Overview, Wanted};
use crate::engine::protocol::FileId;
use crate::page::address::{self, History};
use crate::state::{Filters, link};

impl Store {
    /// What was read of a data set. Where nobody chose and it is too large, what was chosen of it becomes the state's filters.
    pub(super) fn survey(self, id: FileId, overview: Overview) {
        let chosen = overview.wanted.selection.clone();
        self.datasets.update(|all| _ = all.insert(id, overview));
        if chosen.is_empty() || self.state.with_untracked(|state| state.filters != Filters::Automatic) {
            return;
        }
        self.state.update(|state| state.filters = Filters::Chosen(chosen));
        address::write(&link::encode(&self.state.get_untracked()), History::Replace);
    }

    /// Whether a file is a data set that was read.
    pub(super) fn is_dataset(self, id: FileId) -> bool {
        self.datasets.with_untracked(|all| all.contains_key(&id))
    }

    /// Reads the data sets again of which the state wants what was not read. What was read is shown until then.
    pub(super) fn read_further(self) {
        let wanted = self.state.with_untracked(Wanted::of);
        let lacking: Vec<FileId> = self
            .datasets
            .with_untracked(|all| all.iter().filter(|(_, overview)| !overview.covers(&wanted)).map(|(id, _)| *id).collect());
        for id in lacking {
            if let Some(lane) = self.lane_of(id) {
                self.end_reader(lane);
            }
            self.wait_again(id);
        }
        self.read_next();
    }
}
