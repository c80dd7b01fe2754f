//! The source of a line: rank tags in its head, and the worker from the file name.

/// The ranks in a line's head: digits without leading zeros.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::format) struct Ranks<'l> {
    pub dp: Option<&'l str>,
    pub tp: Option<&'l str>,
    pub pp: Option<&'l str>,
    pub ep: Option<&'l str>,
    /// TensorRT-LLM numbers its processes only.
    pub process: Option<&'l str>,
}

impl<'l> Ranks<'l> {
    /// The ranks in a head: `DP3 TP3 EP3`, `ATTN_TP0`, `EngineCore_DP3`, `Engine 003`, `RANK 0`, in any order.
    pub(super) fn read(head: &'l str) -> Ranks<'l> {
        let mut ranks = Ranks::default();
        let mut before = "";
        for word in head.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
            let slot = match (before, word.get(..2)) {
                ("RANK", _) => Some((&mut ranks.process, word)),
                ("Engine", _) => Some((&mut ranks.dp, word)),
                (_, Some("DP")) => Some((&mut ranks.dp, &word[2..])),
                (_, Some("TP")) => Some((&mut ranks.tp, &word[2..])),
                (_, Some("PP")) => Some((&mut ranks.pp, &word[2..])),
                (_, Some("EP")) => Some((&mut ranks.ep, &word[2..])),
                _ => None,
            };
            if let Some((slot, digits)) = slot
                && !digits.is_empty()
                && digits.bytes().all(|byte| byte.is_ascii_digit())
            {
                *slot = Some(plain(digits));
            }
            before = word;
        }
        ranks
    }

    /// The rank that distinguishes a worker's reporting processes: with data parallelism the DP rank.
    pub(super) fn rank(&self) -> Option<&'l str> {
        self.dp.or(self.tp).or(self.pp).or(self.ep).or(self.process)
    }

    /// Whether a later pipeline stage wrote the line.
    pub(super) fn later_stage(&self) -> bool {
        self.pp.is_some_and(|stage| stage != "0")
    }
}

/// Digits without leading zeros.
fn plain(digits: &str) -> &str {
    let short = digits.trim_start_matches('0');
    if short.is_empty() { "0" } else { short }
}

/// The worker in a file name: `{node}_{prefill|decode|agg}_{worker}.out`, with or without ranks at its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::format) struct Worker<'n> {
    pub node: Option<&'n str>,
    pub role: Option<&'n str>,
    pub worker: Option<&'n str>,
    pub ranks: Ranks<'n>,
}

impl<'n> Worker<'n> {
    /// Parses a file name. Node names may contain underscores and hyphens, so the last role in the name counts.
    pub(in crate::format) fn read(name: &'n str) -> Worker<'n> {
        let found = ["prefill", "decode", "agg"].iter().filter_map(|role| {
            let (node, rest) = name.rsplit_once(*role)?;
            Some((node.strip_suffix('_')?, *role, rest.strip_prefix('_')?.split('.').next()?))
        });
        let Some((node, role, rest)) = found.max_by_key(|(node, ..)| node.len()) else { return Worker::default() };
        let worker = rest.split('_').next().filter(|worker| !worker.is_empty());
        let ranks = Ranks::read(worker.map_or("", |worker| &rest[worker.len()..]));
        Worker { node: Some(node).filter(|node| !node.is_empty()), role: Some(role), worker, ranks }
    }
}

/// The year in a folder's name: the first layout of run folders ends in the start, `3667_1P_4D_20251110_192145`.
pub(super) fn year(path: &str) -> Option<u32> {
    path.split(['/', '\\']).find_map(|part| {
        let mut words = part.rsplit('_');
        let (time, date) = (words.next()?, words.next()?);
        let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
        (digits(time, 6) && digits(date, 8)).then(|| date[..4].parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_in_any_order() {
        let dp = |head| Ranks::read(head).dp;
        assert_eq!(Ranks::read("[2026-05-19 00:32:50 DP0 TP7] ").tp, Some("7"));
        assert_eq!(dp("(EngineCore_DP3 pid=812) INFO 11-21 18:02:44 [loggers.py:248] Engine 012: "), Some("12"));
        assert_eq!(Ranks::read("[01/16/2026-06:20:17] [TRT-LLM] [I] [_torch][RANK 4] ").rank(), Some("4"));
        assert!(Ranks::read("[2025-12-03 09:14:04 PP1 TP2] ").later_stage());
        assert_eq!(Ranks::read("[2025-12-03 09:14:04 ATTN_TP2] ").rank(), Some("2"));
        assert_eq!(Ranks::read("p0 sglang: EPIC TP "), Ranks::default());
    }

    #[test]
    fn names() {
        let worker = Worker::read("rack-07_cn01_prefill_w0.err");
        assert_eq!((worker.node, worker.role, worker.worker), (Some("rack-07_cn01"), Some("prefill"), Some("w0")));
        let worker = Worker::read("bia0004_agg_w0_DP3.out");
        assert_eq!((worker.role, worker.worker, worker.ranks.rank()), (Some("agg"), Some("w0"), Some("3")));
        assert_eq!(Worker::read("prefill_decode_w11.out").role, Some("decode"));
        assert_eq!(Worker::read("unknown"), Worker::default());
        assert_eq!(year("logs/3667_1P_4D_20251110_192145/cn_decode_w0.err"), Some(2025));
        assert_eq!(year("outputs/1543570/logs/cn_decode_w0.out"), None);
    }
}
