//! How often a prefix cache of limited size would hit, for every size at once: see [`crate::format::recency`].

use serde::Serialize;

use super::Trace;
use crate::format::recency::Recency;

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
        let mut recency = Recency::new(trace.distinct(), trace.block_count());
        let mut curve = HitCurve { depths: vec![(0, 0.0); trace.distinct()], ..HitCurve::default() };
        for request in &trace.requests {
            let blocks = trace.blocks(request);
            if blocks.is_empty() {
                continue;
            }
            curve.requests += 1;
            curve.blocks += blocks.len() as u64;
            for size in recency.take(blocks) {
                if let Some((hits, share)) = curve.depths.get_mut(size - 1) {
                    *hits += 1;
                    *share += 1.0 / blocks.len() as f64;
                }
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
