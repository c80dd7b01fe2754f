//! The page: Leptos components, and the adapters to the browser (worker, files, address bar, ECharts, storage).
//!
//! It holds one [`crate::state::ViewState`], sends it to the engine, and draws the view model that comes back. It
//! holds no data set and computes no figure. Text from files only ever becomes text nodes.

mod address;
mod app;
mod asks;
mod backend;
mod catalogue;
mod chart;
mod clipboard;
mod dataset;
mod dialogs;
mod drawer;
mod drops;
mod echarts;
mod embed;
mod facets;
mod files;
mod grids;
mod kept;
mod keys;
mod label;
mod legend;
mod limits;
mod line_names;
mod live;
mod log;
mod looks;
mod narrow;
mod palette;
mod parts;
mod picker;
mod picture;
mod places;
mod report;
mod saved;
mod settings;
mod share;
mod side;
mod storage;
mod store;
mod synthesis;
mod table;
mod tabs;
mod toolbar;
mod turns;
mod version;
mod zip;

use leptos::mount::mount_to_body;

/// Mounts the page into the document's body.
pub fn mount() {
    if let Some(boot) = leptos::prelude::document().get_element_by_id("boot") {
        boot.remove();
    }
    mount_to_body(app::App);
}
