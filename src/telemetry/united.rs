//! One server in several folders: scrapes of it that were saved apart are of one engine.

use std::collections::BTreeMap;

use super::{Clock, Source};
use crate::runs::load_windows::near;
use crate::sorting::Sorting;

/// Unites sources of one server that are in several folders, one after the other on one clock. What may be another server
/// stays apart: without a name that tells it (an address of the own computer is none), with another model or accelerator, at
/// the same time as another, or in a folder of which `is_run` says that something was measured there.
pub(super) fn unite(sources: Vec<Source>, is_run: impl Fn(&str) -> bool) -> Vec<Source> {
    let mut groups: BTreeMap<(bool, String), Vec<Source>> = BTreeMap::new();
    let mut united: Vec<Source> = Vec::new();
    for source in sources {
        match source.server.clone().filter(|_| source.clock == Clock::Date && !is_run(&source.folder)) {
            Some(server) => groups.entry((source.gpu, server)).or_default().push(source),
            None => united.push(source),
        }
    }
    for mut group in groups.into_values() {
        group.order_by(|a, b| a.span().map_or(f64::NAN, |span| span.0).total_cmp(&b.span().map_or(f64::NAN, |span| span.0)));
        let follow = |pair: &[Source]| {
            let (before, after) = (pair.first().and_then(Source::span), pair.last().and_then(Source::span));
            before.zip(after).is_some_and(|(before, after)| before.1 < after.0)
        };
        let apart = |pair: &[Source]| pair.first().map(|one| &one.folder) != pair.last().map(|one| &one.folder);
        if group.windows(2).all(|pair| follow(pair) && apart(pair)) {
            united.extend(group.into_iter().reduce(joined));
        } else {
            united.extend(group);
        }
    }
    united
}

/// Two sources as one, the second after the first. What was counted between them is not known.
fn joined(mut first: Source, second: Source) -> Source {
    let Source { folder, gauges, counts, histograms, totals, client, restarts, pods, rows, .. } = second;
    first.folder = common(&first.folder, &folder);
    for (metric, track) in gauges {
        first.gauges.entry(metric).or_default().extend(track);
    }
    for (key, splits) in counts {
        let known = first.counts.entry(key).or_default();
        splits.into_iter().for_each(|(split, steps)| known.entry(split).or_default().extend(steps));
    }
    for (key, steps) in histograms {
        first.histograms.entry(key).or_default().extend(steps);
    }
    // The later scrape has what the earlier one had, unless the server was restarted.
    first.totals.extend(totals);
    first.client.extend(client);
    first.restarts.extend(restarts);
    first.pods.extend(pods);
    first.rows.extend(rows);
    first
}

/// The folder around another; empty of the outermost.
fn parent(folder: &str) -> &str {
    folder.rfind(['/', '\\']).and_then(|at| folder.get(..at)).unwrap_or_default()
}

/// The folder that has both.
fn common(a: &str, b: &str) -> String {
    let mut folder = parent(a);
    while !folder.is_empty() && !near(folder, b) {
        folder = parent(folder);
    }
    folder.to_owned()
}
