//! From which size on a prefix cache has the leading blocks of each prompt.
//!
//! The cache keeps whole blocks and evicts the least recently used; a hit is a block that is there together with all blocks
//! before it in the prompt. A request touches its blocks from the last to the first, so that of one prompt the end is
//! evicted before the beginning, as vLLM does. All blocks are touched whether they were hits or not, so a cache of `n` blocks
//! holds the `n` most recently used ones: the block's depth in the list of all blocks by their last use (Mattson et al.,
//! “Evaluation techniques for storage hierarchies”, IBM Systems Journal 9 (2), 1970) tells from which size on it is there.
//! With a Fenwick tree each block takes logarithmic time.

/// The blocks of all prompts so far by their last use.
pub struct Recency {
    last: Vec<Option<usize>>,
    uses: Fenwick,
    now: usize,
    cached: usize,
}

impl Recency {
    /// For so many distinct blocks, of which prompts have so many in total.
    pub fn new(distinct: usize, total: usize) -> Recency {
        Recency { last: vec![None; distinct], uses: Fenwick::new(total), now: 0, cached: 0 }
    }

    /// Takes a prompt, and gives for each of its leading blocks that earlier ones had, in their order, the size in blocks
    /// from which on a cache has it and those before it.
    pub fn take(&mut self, blocks: &[u32]) -> Vec<usize> {
        let mut sizes = Vec::new();
        let mut deepest = 0;
        for block in blocks {
            let Some(used) = self.last.get(*block as usize).copied().flatten() else { break };
            // Itself, and the blocks used after it.
            deepest = deepest.max(self.cached - self.uses.before(used));
            sizes.push(deepest);
        }
        for block in blocks.iter().rev() {
            let Some(used) = self.last.get_mut(*block as usize) else { continue };
            match used.replace(self.now) {
                Some(earlier) => self.uses.add(earlier, -1),
                None => self.cached += 1,
            }
            self.uses.add(self.now, 1);
            self.now += 1;
        }
        sizes
    }

    /// How many distinct blocks there were so far: the working set.
    pub fn distinct(&self) -> usize {
        self.cached
    }
}

/// Counts by position with sums of all before one, both in logarithmic time (Fenwick, “A new data structure for cumulative
/// frequency tables”, 1994).
struct Fenwick(Vec<i64>);

impl Fenwick {
    fn new(positions: usize) -> Fenwick {
        Fenwick(vec![0; positions + 1])
    }

    fn add(&mut self, position: usize, count: i64) {
        let mut at = position + 1;
        while let Some(sum) = self.0.get_mut(at) {
            *sum += count;
            at += at & at.wrapping_neg();
        }
    }

    /// The sum of all positions before this one.
    fn before(&self, position: usize) -> usize {
        let (mut at, mut sum) = (position, 0);
        while at > 0 {
            sum += self.0.get(at).copied().unwrap_or(0);
            at &= at - 1;
        }
        usize::try_from(sum).unwrap_or(0)
    }
}
