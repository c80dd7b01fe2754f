//! Lists of numbers beside the tree that they stand in: as values of a tree each number would take ten times its text.

use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::catalog::number::plural;
use crate::format::reader::json_yaml::{self, Each, Pattern, Step, Take, path};
use crate::record::{Diagnostic, Place, Severity, Sink};

/// The lists of a file, by their paths. What is no number is missing, so that parallel lists stay aligned.
#[derive(Default)]
pub(super) struct Lists {
    lists: FxHashMap<String, Vec<Option<f64>>>,
    /// The list that is being filled, and its path.
    steps: Vec<Step>,
    path: String,
}

impl Lists {
    /// Reads JSON, its lists at these paths apart: they are empty in the tree. Reports where it is truncated.
    pub(super) fn of_json(text: &str, elements: &[Pattern], sink: &mut dyn Sink) -> (Value, Lists) {
        let mut lists = Lists::default();
        let tree = json_yaml::json_each(text, super::KEEP, Each { elements, take: &mut lists }, &mut |_| ());
        if let Some(fault) = &tree.fault {
            sink.diagnostic(fault.diagnostic());
        }
        (tree.root, lists)
    }

    /// The numbers of a list; `None` where `there`, what the tree has in its place, is none.
    pub(super) fn get(&self, path: &str, there: &Value) -> Option<&[Option<f64>]> {
        there.is_array().then(|| self.lists.get(path).map_or(&[][..], Vec::as_slice))
    }

    /// Says how many figures of a list are below zero, which none can be: they are missing.
    pub(super) fn tell_negative(at: &str, list: &[Option<f64>], sink: &mut dyn Sink) {
        let count = list.iter().flatten().filter(|value| **value < 0.0).count();
        if count > 0 {
            let message = format!("{} below zero; ignored.", plural(count as u64, "value"));
            let hint = "Check whether the file was edited by hand.";
            sink.diagnostic(Diagnostic::new(Severity::Warning, Place::Key(at.to_owned()), message, hint));
        }
    }

    /// Adds a list.
    pub(super) fn insert(&mut self, path: String, list: Vec<Option<f64>>) {
        self.lists.insert(path, list);
    }
}

impl Take for Lists {
    fn take(&mut self, steps: &[Step], element: Value) {
        let Some((last, list)) = steps.split_last() else { return };
        if *last == Step::Index(0) || self.steps != list {
            self.steps = list.to_vec();
            self.path = path(list);
            self.lists.insert(self.path.clone(), Vec::new());
        }
        if let Some(list) = self.lists.get_mut(&self.path) {
            list.push(element.as_f64().filter(|number| number.is_finite()));
        }
    }

    fn restart(&mut self) {
        *self = Lists::default();
    }
}
