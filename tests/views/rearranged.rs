//! A sort, a zoom and a facet's search rearrange the picture that is there: it must be the one that the view makes when it is
//! run for that state.

use std::collections::BTreeMap;

use inferscope::engine::protocol::FileId;
use inferscope::engine::{Engine, import};
use inferscope::source::Source;
use inferscope::state::settings::Settings;
use inferscope::state::{Sort, ViewState, Zoom};
use inferscope::view::ABOUT;
use inferscope::view_model::ViewModel;

use super::{demo, root};
use crate::support;

/// The demo data and every fixture: something for every view.
fn engine() -> Engine {
    let mut engine = demo();
    for (id, path) in support::fixtures().into_iter().enumerate() {
        let name = path.strip_prefix(root()).unwrap_or(&path).to_string_lossy().into_owned();
        engine.add(FileId(100 + id as u32), import(&Source::new(name, support::bytes(&path)), None, |_| ()).tables);
    }
    engine
}

/// States that differ from the model's in order, zoom or the search of a facet.
fn changes(model: &ViewModel) -> Vec<(ViewState, BTreeMap<String, String>)> {
    let state = &model.state;
    let sorted = |column: String, descending| ViewState { sort: Some(Sort { column, descending }), ..state.clone() };
    let mut states: Vec<ViewState> = model.columns.iter().take(2).map(|column| sorted(column.key.clone(), true)).collect();
    for grid in &model.grids {
        let ends = [grid.columns.first(), grid.columns.last()];
        states.extend(ends.into_iter().flatten().map(|column| sorted(format!("{}:{}", grid.key, column.key), false)));
    }
    states.push(sorted("no:such".to_owned(), true));
    states.push(ViewState { zoom: Some(Zoom { x: [1.0, 20.0], y: [0.5, 9.0] }), ..state.clone() });
    let mut changes: Vec<_> = states.into_iter().map(|state| (state, BTreeMap::new())).collect();
    let search = model.facets.first().map(|facet| BTreeMap::from([(facet.key.clone(), "a".to_owned())]));
    changes.extend(search.map(|search| (state.clone(), search)));
    changes.push((state.clone(), BTreeMap::new()));
    changes
}

/// The first line that differs.
fn difference(one: &str, other: &str) -> Option<(String, String)> {
    let (mut one, mut other) = (one.lines(), other.lines());
    loop {
        match (one.next(), other.next()) {
            (None, None) => return None,
            (a, b) if a == b => {}
            (a, b) => return Some((a.unwrap_or_default().trim().to_owned(), b.unwrap_or_default().trim().to_owned())),
        }
    }
}

#[test]
fn a_rearranged_picture_is_the_one_that_the_view_makes() {
    let mut engine = engine();
    let mut compared = 0;
    for view in ABOUT {
        let asked = ViewState { view: view.id.to_owned(), ..ViewState::default() };
        let first = engine.show(&asked, &BTreeMap::new());
        engine.show(&first.state, &BTreeMap::new());
        for (state, searches) in changes(&first) {
            let rearranged = engine.show(&state, &searches);
            let rows = engine.rows(0, 100);
            // New settings make the engine forget what it shows.
            engine.set(Settings::built_in());
            let made = engine.show(&state, &searches);
            let apart = difference(&format!("{rearranged:#?}"), &format!("{made:#?}"));
            assert_eq!(apart, None, "{}: {:?}", view.id, state.sort);
            assert!(rows == engine.rows(0, 100), "{}: {:?}", view.id, state.sort);
            compared += 1;
        }
        assert!(!first.columns.is_empty() || !first.grids.is_empty() || first.empty.is_some(), "{} has no table", view.id);
    }
    assert!(compared > 200, "{compared} changes");
}
