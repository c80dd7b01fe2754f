//! Which of the wanted branches still match on the way down a tree: only those are compared at each step.

use super::Branch;

/// The way from the root to where a reader is.
pub(super) struct Way<'k> {
    keep: &'k [Branch<'k>],
    /// The patterns that match so far, by their position, one stretch for each step.
    alive: Vec<u32>,
    /// Where each stretch begins.
    starts: Vec<usize>,
}

impl<'k> Way<'k> {
    /// At the root, where every pattern matches.
    pub(super) fn new(keep: &'k [Branch<'k>]) -> Way<'k> {
        Way { keep, alive: (0..keep.len() as u32).collect(), starts: vec![0] }
    }

    /// Steps down to a key, or to an element of a list; whether anything there is wanted.
    pub(super) fn down(&mut self, key: Option<&str>) -> bool {
        let depth = self.starts.len() - 1;
        let (start, end) = (self.starts[depth], self.alive.len());
        for at in start..end {
            let pattern = self.alive[at];
            let step = self.keep[pattern as usize].get(depth);
            if step.is_none_or(|step| *step == "*" || Some(*step) == key) {
                self.alive.push(pattern);
            }
        }
        self.starts.push(end);
        self.alive.len() > end
    }

    /// Steps back up.
    pub(super) fn up(&mut self) {
        if let Some(start) = self.starts.pop() {
            self.alive.truncate(start);
        }
    }

    /// Whether everything here is wanted: a pattern has come to its end.
    pub(super) fn is_whole(&self) -> bool {
        let depth = self.starts.len() - 1;
        self.alive[self.starts[depth]..].iter().any(|pattern| self.keep[*pattern as usize].len() <= depth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_down_and_up() {
        let mut way = Way::new(&[&["a", "*", "x"], &["a", "b"], &["c"]]);
        assert!(!way.is_whole() && !way.down(Some("d")));
        way.up();
        assert!(way.down(Some("a")) && way.down(Some("b")) && way.is_whole() && way.down(Some("any")));
        way.up();
        way.up();
        assert!(way.down(None) && !way.is_whole() && !way.down(Some("y")));
        way.up();
        assert!(way.down(Some("x")) && way.is_whole());
    }
}
