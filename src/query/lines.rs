//! Selection of groups to draw as lines, their colours and legend, shared by all views.

use std::cmp::Reverse;

use super::context::Context;
use super::facets;
use super::groups::{self, Group};
use crate::sorting::Sorting;
use crate::state::{Shown, ViewState};
use crate::view_model::{HUES, LegendEntry, Style};

/// Default number of series: each has a colour of its own.
pub(crate) const FEW: usize = HUES as usize;
/// Maximum number of series, to keep charts readable and fast.
const MAX_SERIES: usize = 200;

/// The groups to draw, in the legend's order.
pub(crate) fn choose<'a>(groups: &'a [Group], state: &mut ViewState, notes: &mut Vec<String>) -> Vec<&'a Group> {
    match &state.shown {
        Shown::Only(ids) => {
            let chosen: Vec<&Group> = groups.iter().filter(|group| ids.contains(&group.id)).take(MAX_SERIES).collect();
            let unknown = ids.len() - chosen.len();
            if unknown > 0 && !groups.is_empty() {
                notes.push(format!("{unknown} of the selected lines are outside the filters."));
            }
            if chosen.is_empty() && !ids.is_empty() {
                state.shown = Shown::Few;
                return choose(groups, state, notes);
            }
            chosen
        }
        Shown::All => {
            if groups.len() > MAX_SERIES {
                notes.push(format!("Showing the first {MAX_SERIES} of {} lines. Filter to see the others.", groups.len()));
            }
            groups.iter().take(MAX_SERIES).collect()
        }
        Shown::Few => few(groups),
    }
}

/// The groups to draw in several panels, each with the rows that `inside` says are in it: by default a few of each panel's
/// own, so that none is empty for want of lines.
pub(crate) fn choose_by_panel<'a, P>(
    groups: &'a [Group],
    panels: &[P],
    inside: impl Fn(&P, usize) -> bool,
    state: &mut ViewState,
    notes: &mut Vec<String>,
) -> Vec<&'a Group> {
    if state.shown != Shown::Few || panels.len() < 2 {
        return choose(groups, state, notes);
    }
    let mut shown = vec![false; groups.len()];
    for panel in panels {
        let rows = |group: &Group| group.rows.iter().filter(|row| inside(panel, **row)).count();
        let mut ranked: Vec<(usize, usize)> =
            groups.iter().enumerate().map(|(at, group)| (at, rows(group))).filter(|(_, rows)| *rows > 0).collect();
        ranked.order_by_key(|(at, rows)| (Reverse(*rows), Reverse(*at)));
        ranked.iter().take(FEW).for_each(|(at, _)| shown[*at] = true);
    }
    groups.iter().zip(shown).filter(|(_, shown)| *shown).map(|(group, _)| group).take(MAX_SERIES).collect()
}

/// The best-populated groups, in the legend's order; on ties the last, which is the newest version.
fn few(groups: &[Group]) -> Vec<&Group> {
    let mut ranked: Vec<(usize, &Group)> = groups.iter().enumerate().collect();
    ranked.order_by_key(|(i, group)| (Reverse(group.rows.len()), Reverse(*i)));
    ranked.truncate(FEW);
    ranked.order_by_key(|(i, _)| *i);
    ranked.into_iter().map(|(_, group)| group).collect()
}

/// Colours of the shown groups. To make links look the same wherever opened, colours are assigned first to what
/// the default state shows, then to what the filters show by default, then to the rest.
pub(crate) fn styles(context: &mut Context<'_>, by: &[&str], groups: &[Group], shown: &[&Group]) -> Vec<Style> {
    let ids = |groups: &[&Group]| groups.iter().map(|group| group.id.clone()).collect::<Vec<_>>();
    // Ignore requests before any file is loaded.
    if context.table.rows() > 0 && context.colours.is_new(&by.join("|")) {
        let first = facets::apply(context.table, &facets::best_populated(context.table)).rows;
        context.colours.of(&ids(&few(&groups::group(context.table, &first, by))));
    }
    context.colours.of(&ids(&few(groups)));
    context.colours.of(&ids(shown))
}

/// The legend: every group, with its style if drawn.
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
