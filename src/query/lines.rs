//! Which groups are drawn as lines, in which colours, and what the legend says of them: the same in every view.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::context::Context;
use super::facets;
use super::groups::{self, Group};
use crate::state::{Shown, ViewState};
use crate::view_model::{LegendEntry, Style};

/// Series drawn before anybody asks for more: as many as the palette has colours.
const FEW: usize = 8;
/// Series drawn at all: beyond this a picture is a wall and a page is slow.
const MAX_SERIES: usize = 200;

/// The groups to draw, in the legend's order.
pub(crate) fn choose<'a>(groups: &'a [Group], state: &mut ViewState, notes: &mut Vec<String>) -> Vec<&'a Group> {
    match &state.shown {
        Shown::Only(ids) => {
            let chosen: Vec<&Group> = groups.iter().filter(|group| ids.contains(&group.id)).take(MAX_SERIES).collect();
            let unknown = ids.len() - chosen.len();
            if unknown > 0 && !groups.is_empty() {
                notes.push(format!("{unknown} of the lines picked are not among those that the filters leave."));
            }
            if chosen.is_empty() && !ids.is_empty() {
                state.shown = Shown::Few;
                return choose(groups, state, notes);
            }
            chosen
        }
        Shown::All => {
            if groups.len() > MAX_SERIES {
                notes.push(format!("The first {MAX_SERIES} of {} lines are drawn; filter to see the others.", groups.len()));
            }
            groups.iter().take(MAX_SERIES).collect()
        }
        Shown::Few => few(groups),
    }
}

/// The best populated groups, in the legend's order; of equals the last, which is the newest version.
fn few(groups: &[Group]) -> Vec<&Group> {
    let mut ranked: Vec<(usize, &Group)> = groups.iter().enumerate().collect();
    ranked.sort_by_key(|(i, group)| (Reverse(group.rows.len()), Reverse(*i)));
    ranked.truncate(FEW);
    ranked.sort_by_key(|(i, _)| *i);
    ranked.into_iter().map(|(_, group)| group).collect()
}

/// Colours of the shown groups. So that a link paints the same wherever it is opened, colours are first given to what
/// a first paint of the data would show, then to what the filters would show by themselves, then to the rest.
pub(crate) fn styles(context: &mut Context<'_>, by: &[&str], groups: &[Group], shown: &[&Group]) -> Vec<Style> {
    let ids = |groups: &[&Group]| groups.iter().map(|group| group.id.clone()).collect::<Vec<_>>();
    // The page asks before any file is there: that is no first time.
    if context.table.rows() > 0 && context.colours.is_new(&by.join("|")) {
        let first = facets::apply(context.table, &facets::best_populated(context.table), &BTreeMap::new()).rows;
        context.colours.of(&ids(&few(&groups::group(context.table, &first, by))));
    }
    context.colours.of(&ids(&few(groups)));
    context.colours.of(&ids(shown))
}

/// What the legend says: every group, those that are drawn with their style.
pub(crate) fn legend(groups: &[Group], shown: &[&Group], styles: &[Style]) -> Vec<LegendEntry> {
    let entry = |group: &Group| LegendEntry {
        id: group.id.clone(),
        label: group.label.clone(),
        style: shown.iter().position(|other| other.id == group.id).and_then(|at| styles.get(at).copied()),
        points: group.rows.len(),
        baseline: false,
    };
    groups.iter().map(entry).collect()
}
