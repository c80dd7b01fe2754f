//! How often a prefix cache of limited size would hit, for every size at once.
//!
//! The cache keeps whole blocks and evicts the least recently used; a hit is a block that is there together with all blocks
//! before it in the prompt. A request touches its blocks from the last to the first, so that of one prompt the end is
//! evicted before the beginning, as vLLM does. All blocks are touched whether they were hits or not, so a cache of `n` blocks
//! holds the `n` most recently used ones: the block's depth in the list of all blocks by their last use (Mattson et al.,
//! “Evaluation techniques for storage hierarchies”, IBM Systems Journal 9 (2), 1970) tells from which size on it is there.
//! One pass with a Fenwick tree gives every size: O(n log n) in the blocks of the trace.

use serde::Serialize;

use super::Trace;

/// Hits by the size of the cache.
#[derive(Clone, Debug, Default)]
pub struct HitCurve {
    /// For each depth from 1 on: blocks that are hits from that size on, and the sum of their shares in their requests.
    depths: Vec<(u64, f64)>,
    requests: u64,
    blocks: u64,
}

/// The hit rates of a cache of one size.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Hits {
    /// Its size in blocks.
    pub capacity_blocks: u64,
    /// Its size in tokens.
    pub capacity_tokens: u64,
    /// Mean over requests of the share of a request's blocks that are hits, 0 to 1: comparable with the theoretical one.
    pub hit_rate: f64,
    /// Share of all blocks that are hits, 0 to 1: what a server counts.
    pub block_hit_rate: f64,
}

impl HitCurve {
    /// Of the requests in the order of the file.
    pub fn of(trace: &Trace) -> HitCurve {
        let mut last: Vec<Option<usize>> = vec![None; trace.distinct()];
        let mut uses = Fenwick::new(trace.block_count());
        let mut curve = HitCurve { depths: vec![(0, 0.0); trace.distinct()], ..HitCurve::default() };
        let (mut now, mut cached) = (0, 0_usize);
        for request in &trace.requests {
            let blocks = trace.blocks(request);
            if blocks.is_empty() {
                continue;
            }
            curve.requests += 1;
            curve.blocks += blocks.len() as u64;
            let mut deepest = 0;
            for block in blocks {
                let Some(used) = last.get(*block as usize).copied().flatten() else { break };
                // Itself, and the blocks used after it.
                let depth = cached - uses.before(used);
                deepest = deepest.max(depth);
                if let Some((hits, share)) = curve.depths.get_mut(deepest - 1) {
                    *hits += 1;
                    *share += 1.0 / blocks.len() as f64;
                }
            }
            for block in blocks.iter().rev() {
                let Some(used) = last.get_mut(*block as usize) else { continue };
                match used.replace(now) {
                    Some(earlier) => uses.add(earlier, -1),
                    None => cached += 1,
                }
                uses.add(now, 1);
                now += 1;
            }
        }
        curve
    }

    /// The hit rates at these sizes, in blocks of so many tokens; nothing of a trace without blocks.
    pub fn at(&self, capacities: &[u64], block_tokens: u32) -> Vec<Hits> {
        if self.blocks == 0 {
            return Vec::new();
        }
        let hits = |capacity: &u64| {
            let depths = usize::try_from(*capacity).unwrap_or(usize::MAX).min(self.depths.len());
            let within = self.depths.iter().take(depths);
            let (count, share) = within.fold((0, 0.0), |sum, depth| (sum.0 + depth.0, sum.1 + depth.1));
            Hits {
                capacity_blocks: *capacity,
                capacity_tokens: capacity.saturating_mul(u64::from(block_tokens)),
                hit_rate: share / self.requests as f64,
                block_hit_rate: count as f64 / self.blocks as f64,
            }
        };
        capacities.iter().map(hits).collect()
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
