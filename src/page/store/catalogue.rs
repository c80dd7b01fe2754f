//! The deployment's catalogue on the page: which sources are open, which are offered, and the notice.

use std::collections::BTreeSet;

use gloo_timers::callback::Interval;
use js_sys::Date;
use leptos::prelude::*;

use super::Store;
use crate::page::address::History;
use crate::page::files::{Content, FileEntry};
use crate::state::deployment::{DataSource, Place};
use crate::state::live::Live;

/// Between two times by which ages are told, in milliseconds.
const TICK_MS: u32 = 15_000;

/// So many notices of bundles stand beside the deployment's own.
const MOST_NOTICES: usize = 3;

impl Store {
    /// From now on tells the time by which ages are told, while the page is seen.
    pub(super) fn tell_time(self) {
        Interval::new(TICK_MS, move || {
            if !document().hidden() && self.copies.with_untracked(|copies| !copies.is_empty()) {
                self.now.set(Date::now());
            }
        })
        .forget();
    }

    /// What the catalogue calls a file.
    pub(super) fn source_label(self, path: &str, content: &Content) -> Option<String> {
        self.deployment.with_untracked(|deployment| {
            let source = match content {
                Content::Address => deployment.at(path),
                Content::Live(live) => deployment.server(&live.url),
                Content::Blob(_) | Content::Link(_) => None,
            };
            source.map(|source| source.label.clone())
        })
    }

    /// Whether there is a catalogue.
    pub fn has_catalogue(self) -> bool {
        self.deployment.with(|deployment| !deployment.sources.is_empty())
    }

    /// The sources of the catalogue that are not open.
    pub fn offered(self) -> Vec<DataSource> {
        let (sources, live) = self.state.with(|state| (state.sources.clone(), state.live.as_ref().map(|live| live.url.clone())));
        let open = |source: &&DataSource| match &source.place {
            Place::Address(src) => !sources.contains(src),
            Place::Server(server) => live.as_ref() != Some(&server.url),
        };
        self.deployment.with(|deployment| deployment.sources.iter().filter(open).cloned().collect())
    }

    /// Opens a source of the catalogue beside what is open. A server takes the place of another.
    pub fn open_source(self, label: &str) {
        let found = self.deployment.with_untracked(|deployment| {
            deployment.sources.iter().find(|source| source.label == label).map(|source| source.place.clone())
        });
        match found {
            Some(Place::Address(src)) => self.change(History::Push, |state| {
                if !state.sources.contains(&src) {
                    state.sources.push(src);
                }
            }),
            Some(Place::Server(live)) => self.connect(self.as_often(live), String::new()),
            None => {}
        }
    }

    /// A server of the catalogue, read as often as the catalogue says.
    pub(super) fn as_often(self, live: Live) -> Live {
        let every = self.deployment.with_untracked(|deployment| deployment.refresh);
        Live { every: live.every.or(Some(every)), ..live }
    }

    /// What stands on every page, picture and report: the deployment's notice, and those of the bundles that are open.
    pub fn deployment_notice(self) -> String {
        let own = self.deployment.with(|deployment| deployment.notice.clone());
        let brought: BTreeSet<String> = self
            .files
            .with(|files| files.iter().flat_map(FileEntry::reports).filter_map(|report| report.notice.clone()).collect());
        let brought = brought.into_iter().filter(|notice| *notice != own).take(MOST_NOTICES);
        let all: Vec<String> = std::iter::once(own.clone()).filter(|own| !own.is_empty()).chain(brought).collect();
        all.join(" · ")
    }
}
