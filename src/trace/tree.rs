//! The radix tree of a trace's prompts: its core, which more than one request visits, without the leaves that are one
//! request's own.

use rustc_hash::FxHashMap;

/// How a request leaves the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// With so many blocks of its own.
    Leaf(u32),
    /// At the end of its prompt.
    End,
}

/// A node of the core: blocks without a branch, as the tree would have them after multiplication.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    /// The id of its first block.
    pub first: u64,
    /// How many blocks it has.
    pub length: u64,
    /// Children with the number of requests that go to one up to and with each.
    children: Vec<(u64, usize)>,
    /// Requests that go on with blocks of their own.
    leaves: u64,
    /// Requests that end here.
    ends: u64,
}

/// Where a request goes from a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Child(usize),
    Leaf,
    End,
}

impl Node {
    /// Where the `nth` of the requests at this node goes; [`Node::visits`] tells how many there are.
    pub(super) fn step(&self, nth: u64) -> Step {
        let at = self.children.partition_point(|(total, _)| *total <= nth);
        match self.children.get(at) {
            Some((_, child)) => Step::Child(*child),
            None if nth < self.visits() - self.ends => Step::Leaf,
            None => Step::End,
        }
    }

    /// Requests that visit it.
    pub(super) fn visits(&self) -> u64 {
        self.children.last().map_or(0, |(total, _)| *total) + self.leaves + self.ends
    }
}

/// A node of one block, while requests are added.
#[derive(Clone, Default)]
struct Block {
    visits: u64,
    leaves: u64,
    ends: u64,
    children: Vec<usize>,
}

/// Collects prompts.
pub(super) struct Prompts {
    blocks: Vec<Block>,
    edges: FxHashMap<(usize, u32), usize>,
}

impl Prompts {
    pub(super) fn new() -> Prompts {
        Prompts { blocks: vec![Block::default()], edges: FxHashMap::default() }
    }

    /// Adds a prompt. The same id after different blocks is a different block: only equal beginnings are shared.
    pub(super) fn add(&mut self, prompt: &[u32]) {
        let mut at = 0;
        for id in prompt {
            let next = self.blocks.len();
            let child = *self.edges.entry((at, *id)).or_insert(next);
            if child == next {
                self.blocks.push(Block::default());
                self.blocks[at].children.push(child);
            }
            self.blocks[child].visits += 1;
            at = child;
        }
        self.blocks[0].visits += 1;
    }

    /// Where a prompt that was added leaves the core, once all are there.
    pub(super) fn leave(&mut self, prompt: &[u32]) -> Exit {
        let (mut at, mut core) = (0, 0);
        for id in prompt {
            match self.edges.get(&(at, *id)) {
                Some(child) if self.blocks[*child].visits > 1 => (at, core) = (*child, core + 1),
                _ => break,
            }
        }
        let own = (prompt.len() - core) as u32;
        match own {
            0 => self.blocks[at].ends += 1,
            _ => self.blocks[at].leaves += 1,
        }
        if own == 0 { Exit::End } else { Exit::Leaf(own) }
    }

    /// The core, its root first, which has no block; a node's number of blocks goes through `scale`. Also how many blocks it
    /// has in total.
    pub(super) fn core(self, scale: impl Fn(u64) -> u64) -> (Vec<Node>, u64) {
        let mut nodes = vec![Node::default()];
        let mut total = 0;
        // (the block that ends a node, the node): what follows it is still to be done.
        let mut open = vec![(0, 0)];
        while let Some((block, node)) = open.pop() {
            let of = &self.blocks[block];
            let mut sum = 0;
            let mut children = Vec::new();
            for child in of.children.iter().copied().filter(|child| self.blocks[*child].visits > 1) {
                let (mut last, mut length) = (child, 1);
                // A block that all visitors of the one before it visit is part of the same node.
                while let Some(next) = self.only_way(last) {
                    (last, length) = (next, length + 1);
                }
                let length = scale(length);
                sum += self.blocks[child].visits;
                children.push((sum, nodes.len()));
                open.push((last, nodes.len()));
                nodes.push(Node { first: total, length, ..Node::default() });
                total += length;
            }
            nodes[node].children = children;
            nodes[node].leaves = of.leaves;
            nodes[node].ends = of.ends;
        }
        (nodes, total)
    }

    fn only_way(&self, block: usize) -> Option<usize> {
        let Block { visits, children, .. } = &self.blocks[block];
        children.first().copied().filter(|child| children.len() == 1 && self.blocks[*child].visits == *visits)
    }
}

#[cfg(test)]
mod tests {
    use super::{Exit, Prompts, Step};

    #[test]
    fn the_core_is_what_two_requests_visit() {
        let prompts: [&[u32]; 4] = [&[1, 2, 3, 9], &[1, 2, 3, 4, 5], &[1, 2, 3, 4], &[7, 8]];
        let mut tree = Prompts::new();
        prompts.iter().for_each(|prompt| tree.add(prompt));
        let exits = prompts.map(|prompt| tree.leave(prompt));
        assert_eq!(exits, [Exit::Leaf(1), Exit::Leaf(1), Exit::End, Exit::Leaf(2)]);
        let (nodes, total) = tree.core(|length| length * 2);
        // 1-2-3, then 4; each twice as long.
        assert_eq!((nodes.len(), total), (3, 8));
        assert_eq!(nodes.iter().map(|node| (node.length, node.visits())).collect::<Vec<_>>(), [(0, 4), (6, 3), (2, 2)]);
        assert_eq!([0, 2, 3].map(|nth| nodes[0].step(nth)), [Step::Child(1), Step::Child(1), Step::Leaf]);
        assert_eq!([0, 1, 2].map(|nth| nodes[1].step(nth)), [Step::Child(2), Step::Child(2), Step::Leaf]);
        assert_eq!([0, 1].map(|nth| nodes[2].step(nth)), [Step::Leaf, Step::End]);
    }
}
