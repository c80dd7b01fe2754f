//! Charts take turns: one alone is drawn at once, of several each in a frame of its own, so that a picture of many panels
//! blocks the page no longer than a picture of one.

use std::cell::RefCell;
use std::collections::VecDeque;

use leptos::prelude::*;

use super::store::Store;

/// A chart that waits for its turn. Until it is drawn, or another drawing of the same panel takes its place, the page is busy.
struct Turn {
    panel: usize,
    store: Store,
    draw: Box<dyn FnOnce()>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Turn>,
    /// Whether a frame is on its way.
    runs: bool,
}

thread_local! {
    static QUEUE: RefCell<Queue> = RefCell::default();
}

/// Draws a panel: now if it is alone or nobody sees the page, where there are no frames; else in its turn.
pub fn draw_in_turn(store: Store, panel: usize, draw: impl FnOnce() + 'static) {
    let alone = store.model.with_untracked(|model| model.as_ref().is_none_or(|model| model.panels.len() < 2));
    if alone || document().hidden() {
        return draw();
    }
    let rests = QUEUE.with_borrow_mut(|queue| {
        let turn = Turn { panel, store, draw: Box::new(draw) };
        match queue.waiting.iter_mut().find(|other| other.panel == panel) {
            Some(other) => *other = turn,
            None => {
                store.pending.update(|pending| *pending += 1);
                queue.waiting.push_back(turn);
            }
        }
        !std::mem::replace(&mut queue.runs, true)
    });
    if rests {
        request_animation_frame(next);
    }
}

/// Draws the next in turn.
fn next() {
    // Out of the queue first: drawing may bring further turns.
    let turn = QUEUE.with_borrow_mut(|queue| {
        let turn = queue.waiting.pop_front();
        queue.runs = turn.is_some();
        turn
    });
    if let Some(Turn { store, draw, .. }) = turn {
        draw();
        store.pending.update(|pending| *pending -= 1);
        // The library paints it in the frame after, which is its own.
        request_animation_frame(|| request_animation_frame(next));
    }
}
