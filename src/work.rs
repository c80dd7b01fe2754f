//! Long work: done in steps, between which others get their turn or end it, and counted, so that tests can hold that it
//! grows no faster than its input.

use std::cell::Cell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

thread_local! {
    static DONE: Cell<u64> = const { Cell::new(0) };
}

/// Counts work that a loop did: rows, bytes or pairs that it looked at.
pub fn count(amount: usize) {
    DONE.set(DONE.get() + amount as u64);
}

/// How much was counted in this thread so far.
pub fn counted() -> u64 {
    DONE.get()
}

/// Work that is repeated while its input grows, and so becomes dearer: when it is worth doing again. In whatever unit time is
/// told. Pictures of files that are being read are such work: done after every file, they would cost the square of the files.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Repeated {
    begun: f64,
    took: f64,
}

impl Repeated {
    /// The share of the time that the work may take.
    const SHARE: f64 = 0.2;

    /// It begins.
    pub fn begin(&mut self, now: f64) {
        self.begun = now;
    }

    /// It ends.
    pub fn end(&mut self, now: f64) {
        self.took = now - self.begun;
    }

    /// Whether it is too early to do it again; `least` is the shortest time between two beginnings.
    pub fn is_early(&self, now: f64, least: f64) -> bool {
        now - self.begun < least.max(self.took / Self::SHARE)
    }
}

/// A turn of somebody else.
pub type Turn = Pin<Box<dyn Future<Output = ()>>>;

/// Asks, between the steps of long work, whether somebody else is to have a turn. Where the work is dropped meanwhile, it has
/// ended.
#[derive(Clone, Copy)]
pub struct Pace<'p> {
    /// What says so, given how much is done, from 0 to 1; `None` where nobody ever is.
    ask: Option<&'p dyn Fn(f64) -> Option<Turn>>,
    /// Which part of the whole this work is: from, to.
    part: (f64, f64),
}

impl<'p> Pace<'p> {
    /// Work that nobody waits for: see [`at_once`].
    pub const UNBROKEN: Pace<'static> = Pace { ask: None, part: (0.0, 1.0) };

    /// Work that asks `ask`, which gets the share that is done, from 0 to 1.
    pub fn asking(ask: &'p dyn Fn(f64) -> Option<Turn>) -> Pace<'p> {
        Pace { ask: Some(ask), part: (0.0, 1.0) }
    }

    /// The pace of a part of this work.
    #[must_use]
    pub fn part(self, from: f64, to: f64) -> Pace<'p> {
        let (start, end) = self.part;
        Pace { part: (start + (end - start) * from, start + (end - start) * to), ..self }
    }

    /// The pace of the step `at` of `steps`.
    #[must_use]
    pub fn step(self, at: usize, steps: usize) -> Pace<'p> {
        let steps = steps.max(1) as f64;
        self.part(at as f64 / steps, (at + 1) as f64 / steps)
    }

    /// Between two steps: `at` of `steps` are done.
    pub async fn between(self, at: usize, steps: usize) {
        if let Some(turn) = self.ask.and_then(|ask| ask(self.step(at, steps).part.0)) {
            turn.await;
        }
    }
}

/// Does unbroken work.
pub fn at_once<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(done) = work.as_mut().poll(&mut context) {
            return done;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn work_says_how_much_is_done() {
        let said = RefCell::new(Vec::new());
        let ask = |share: f64| {
            said.borrow_mut().push(share);
            None
        };
        let pace = Pace::asking(&ask);
        at_once(async {
            for at in 0..4 {
                pace.between(at, 4).await;
            }
            pace.part(0.5, 1.0).step(1, 2).between(1, 2).await;
        });
        assert_eq!(*said.borrow(), [0.0, 0.25, 0.5, 0.75, 0.875]);
    }

    #[test]
    fn repeated_work_takes_a_fifth_of_the_time() {
        let mut work = Repeated::default();
        work.begin(100.0);
        work.end(110.0);
        assert!(work.is_early(149.0, 1.0) && !work.is_early(150.0, 1.0) && work.is_early(150.0, 60.0));
    }

    #[test]
    fn work_is_counted_in_its_thread() {
        let before = counted();
        count(3);
        std::thread::spawn(|| count(100)).join().expect("counts");
        assert_eq!(counted() - before, 3);
    }
}
