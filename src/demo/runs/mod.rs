//! Synthetic run folders of srt-slurm, in both of its layouts: results, worker logs, metadata, recipes, node dumps.
//!
//! Nothing here was measured. A queueing model ([`load`]) gives every pass its throughput and latencies, and two curves
//! over time; results state the sums of the curves and worker logs their pieces, so that logs and results agree. The
//! runs are rows of data ([`plan`]): the engines, the places where requests wait and what is missing differ between them
//! on purpose. The same options give the same bytes on every machine.

mod console;
mod description;
mod load;
mod log;
mod plan;
mod results;
mod time;

use std::io;

use plan::{Engine, RUNS, Run};

/// What to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// About how many bytes all worker logs together have: more lines in the same time. `None` is what ships.
    pub log_bytes: Option<u64>,
}

/// A file.
pub struct File {
    /// Below the folder that holds the runs.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// Hands over every file, one after another.
pub fn each(options: &Options, take: &mut dyn FnMut(File) -> io::Result<()>) -> io::Result<()> {
    let density = options.log_bytes.map_or(1.0, |bytes| density(bytes as f64));
    for run in &RUNS {
        let passes = run.passes();
        for (path, text) in description::files(run) {
            take(File { path, text })?;
        }
        for pass in passes.iter().filter(|pass| pass.measured) {
            let (path, text) = results::file(run, pass);
            take(File { path, text })?;
        }
        if run.engine == Engine::Trtllm {
            take(File { path: format!("{}/benchmark.out", run.logs()), text: console::text(run, &passes) })?;
        }
        for (path, side, worker) in workers(run) {
            take(File { path, text: log::text(run, &passes, side, worker, density) })?;
        }
    }
    Ok(())
}

/// How much denser than those that ship logs of about so many bytes are. Moments without a token have no line, however
/// dense the log is: a first guess shows how many these are.
fn density(bytes: f64) -> f64 {
    let size = |density: f64| {
        let of = |run: &Run| {
            let passes = run.passes();
            workers(run).map(|(_, side, worker)| log::text(run, &passes, side, worker, density).len()).sum::<usize>()
        };
        RUNS.iter().map(of).sum::<usize>() as f64
    };
    let guess = (bytes / size(1.0)).max(1.0);
    (guess * bytes / size(guess)).max(1.0)
}

/// A run's workers: the log's path, the side, and the number.
fn workers(run: &Run) -> impl Iterator<Item = (String, &'static plan::Side, u32)> {
    let sides = if run.profiling { &[] } else { run.sides };
    let (folder, ending) = (run.logs(), if run.layout == plan::Layout::Dated { "err" } else { "out" });
    sides.iter().flat_map(move |side| {
        let folder = folder.clone();
        (0..side.workers)
            .map(move |worker| (format!("{folder}/{}_{}_w{worker}.{ending}", side.node(worker), side.role), side, worker))
    })
}

impl plan::Side {
    /// The node that a worker leads from.
    fn node(&self, worker: u32) -> &'static str {
        let named = self.nodes_named;
        named.get(worker as usize).or(named.last()).copied().unwrap_or("node")
    }
}

/// The folder's README.
pub const README: &str = "\
Synthetic demo data: run folders in the two layouts of NVIDIA's srt-slurm, written by `inferscope demo --runs`.
Nothing here was measured; node names, accelerators and figures are made up by a queueing model (src/demo/runs/).
Per-request arrays are left out of the results, and a decode worker of TensorRT-LLM logs some of its iterations only.

logs/9101_…      SGLang, 1 prefill + 2 decode workers: prefill is the bottleneck from 64 users on
logs/9102_…      the same with one other setting, ended before its larger levels
outputs/770001   TensorRT-LLM, 2 prefill + 1 decode workers: decode is the bottleneck, half of two nodes is idle
outputs/770002   vLLM, 2 servers on one node; the level 256 is missing
outputs/770003   results and logs without any description
outputs/770004   a profiling job: no results
";
