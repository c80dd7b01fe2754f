//! What is shared is shown, and written, without the names of people and hosts: every table with numbers in their place
//! ([`Pseudonyms`]), and with them what the view chose among them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Engine;
use super::protocol::FileId;
use crate::catalog::schema::is_personal;
use crate::state::{FIND, Filters, Shown, ViewState};
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

    /// What names people or hosts in the loaded files, whatever is shown of them: labels.
    pub(super) fn personal(&self) -> Vec<String> {
        let tables = self.files.iter().flat_map(|(_, tables)| tables.iter());
        let labels: BTreeSet<String> = tables.flat_map(|(_, table)| table.personal()).collect();
        labels.into_iter().collect()
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
        // What is chosen by name is looked for among all names.
        self.complete_names();
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
        // Controls and lines are chosen by texts of their own: a whole name becomes its number, and what else has one in it goes.
        for (key, values) in &mut state.options {
            let chosen = std::mem::take(values).into_iter();
            let seen = |value: String| match names.number_of(&value) {
                Some(number) => Some(number),
                None => Some(value).filter(|value| !(names.tells(value) || key == FIND && names.is_part(value))),
            };
            *values = chosen.filter_map(seen).collect();
        }
        state.options.retain(|_, values| !values.is_empty());
        if let Shown::Only(lines) = &state.shown
            // An id is a hash: whatever else stands there is no line's.
            && !lines.iter().all(|line| line.bytes().all(|byte| byte.is_ascii_hexdigit()))
        {
            state.shown = Shown::default();
        }
        state.live = state.live.filter(|live| !names.tells(&live.url));
        Cow::Owned(state)
    }
}
