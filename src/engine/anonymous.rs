//! What is shared is shown, and written, without the names of people and hosts: every table with numbers in their place
//! ([`Pseudonyms`]), and with them what the view chose among them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Engine;
use super::protocol::FileId;
use crate::catalog::schema::is_personal;
use crate::state::{Filters, ViewState};
use crate::table::{Pseudonyms, Tables};

/// Whether names are hidden, and their numbers, which stay the same as long as the page is open.
#[derive(Default)]
pub(super) struct Names {
    numbers: Pseudonyms,
    /// The files' tables without names, while they are hidden.
    hidden: Option<BTreeMap<FileId, Tables>>,
}

impl Names {
    /// Whether they are hidden.
    pub(super) fn are_hidden(&self) -> bool {
        self.hidden.is_some()
    }

    /// Forgets the tables of a file that has others now, or is gone.
    pub(super) fn forget(&mut self, id: FileId) {
        if let Some(hidden) = &mut self.hidden {
            hidden.remove(&id);
        }
    }
}

impl Engine {
    /// Hides names of people and hosts from now on, or shows them again.
    pub fn hide_names(&mut self, hide: bool) {
        if self.names.are_hidden() == hide {
            return;
        }
        self.names.hidden = hide.then(BTreeMap::new);
        self.joined.clear();
        self.shown = None;
    }

    /// Makes the tables without names of files that have none yet.
    pub(super) fn complete_names(&mut self) {
        let Names { numbers, hidden: Some(hidden) } = &mut self.names else { return };
        for (id, tables) in &self.files {
            hidden.entry(*id).or_insert_with(|| tables.without_names(numbers));
        }
    }

    /// The tables of every file, as they are to be seen.
    pub(super) fn tables(&self) -> Vec<&Tables> {
        let hidden = self.names.hidden.as_ref();
        self.files.iter().map(|(id, tables)| hidden.and_then(|hidden| hidden.get(id)).unwrap_or(tables)).collect()
    }

    /// What a view shows, in the words of the tables that are to be seen.
    pub fn as_seen<'s>(&mut self, state: &'s ViewState) -> Cow<'s, ViewState> {
        if !self.names.are_hidden() {
            return Cow::Borrowed(state);
        }
        let names = &mut self.names.numbers;
        let mut state = state.clone();
        if let Filters::Chosen(selection) = &mut state.filters {
            for (key, chosen) in selection.iter_mut().filter(|(key, _)| is_personal(key)) {
                // The empty name is that of a record without one.
                let number = |name: &String| if name.is_empty() { String::new() } else { names.of(key, name) };
                *chosen = chosen.iter().map(number).collect();
            }
        }
        for given in state.given.iter_mut().filter(|given| is_personal(&given.dimension)) {
            given.value = names.of(&given.dimension, &given.value);
        }
        Cow::Owned(state)
    }
}
