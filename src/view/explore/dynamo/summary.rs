//! `SUMMARY.txt`, identical to that of Dynamo's benchmark script: benchmarks and their number of levels,
//! without metrics (`../shared/formats/aiperf-and-dynamo.md` §2.4).

use std::collections::BTreeSet;

use crate::catalog::number;
use crate::query::groups::Group;
use crate::sorting::Sorting;
use crate::table::Table;

/// The plots of the script.
const PLOTS: [&str; 5] = [
    "p50_inter_token_latency_vs_concurrency.png",
    "avg_inter_token_latency_vs_concurrency.png",
    "request_throughput_vs_concurrency.png",
    "avg_time_to_first_token_vs_concurrency.png",
    "efficiency_tok_s_gpu_vs_user.png",
];

/// File name and text; `None` if no benchmark has a level.
pub(super) fn text(table: &Table, groups: &[Group]) -> Option<(String, String)> {
    let load = |row: &usize| table.load().and_then(|load| load.get(*row));
    let mut lines = vec!["Benchmark Results Summary".to_owned(), "=".repeat(30), String::new()];
    let folder = folder(table, groups);
    lines.push(format!("Results directory: {folder}"));
    lines.push(format!("Plots generated: {}", if folder == "." { "plots".to_owned() } else { format!("{folder}/plots") }));
    lines.extend([String::new(), "Deployment Types Found:".to_owned()]);
    let before = lines.len();
    for group in groups {
        let mut levels: Vec<f64> = group.rows.iter().filter_map(load).collect();
        levels.order_by(f64::total_cmp);
        levels.dedup();
        if let (Some(least), Some(most)) = (levels.first(), levels.last()) {
            let ends = format!("{}-{}", number::exact(*least), number::exact(*most));
            lines.push(format!("  {}: {} concurrency levels ({ends})", group.label, levels.len()));
        }
    }
    if lines.len() == before {
        return None;
    }
    lines.extend([String::new(), "Generated Plots:".to_owned()]);
    lines.extend(PLOTS.iter().map(|plot| format!("  - {plot}")));
    Some(("SUMMARY.txt".to_owned(), lines.join("\n")))
}

/// The parent folder of the benchmark folders; for files outside such a tree, their common folder.
fn folder(table: &Table, groups: &[Group]) -> String {
    let text = |key: &str, row: usize| table.dimension(key).and_then(|column| column.text(row));
    let mut above: BTreeSet<&str> = BTreeSet::new();
    for row in groups.iter().flat_map(|group| &group.rows) {
        let Some(path) = text("path", *row) else { continue };
        let own = path.rfind(['/', '\\']).map_or("", |at| path.get(..at).unwrap_or_default());
        let level = text("level_folder", *row).and_then(|folder| path.rfind(&format!("/{folder}/")));
        let benchmark = level.map_or(own, |at| path.get(..at).unwrap_or_default());
        let parent = benchmark.rfind(['/', '\\']).map_or("", |at| benchmark.get(..at).unwrap_or_default());
        above.insert(if level.is_some() { parent } else { own });
    }
    let common = above.iter().copied().map(str::to_owned).reduce(|a, b| {
        let parts = a.split('/').zip(b.split('/')).take_while(|(x, y)| x == y).map(|(x, _)| x);
        parts.collect::<Vec<_>>().join("/")
    });
    common.filter(|folder| !folder.is_empty()).unwrap_or_else(|| ".".to_owned())
}
