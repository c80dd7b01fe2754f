//! How many requests workers may run at once, as the settings beside a run say.

use crate::query::context::Context;
use crate::record::Kind;
use crate::runs::load_windows::near;
use crate::runs::processes::Source;
use crate::table::Table;

/// The settings that limit the requests of one process: TensorRT-LLM's and vLLM's.
const EACH: [&str; 2] = ["max_batch_size", "max_num_seqs"];
/// The one that SGLang's processes of one worker share.
const SHARED: &str = "max_running_requests";

/// A setting.
struct Stated<'a> {
    folder: &'a str,
    /// The role that it is for, and the worker, where that is said.
    role: String,
    worker: &'a str,
    shared: bool,
    value: f64,
}

/// All that limit anything.
pub(super) struct Largest<'a>(Vec<Stated<'a>>);

impl<'a> Largest<'a> {
    /// Of the settings that are loaded.
    pub(super) fn new(context: &Context<'a>) -> Largest<'a> {
        Largest(context.others.get(&Kind::Setting).copied().map(read).unwrap_or_default())
    }

    /// The requests that a process of a run may run at once: as its worker was started with, else as the run's configuration
    /// says of its role. `beside` are all processes of the run.
    pub(super) fn of(&self, run: &str, source: &Source, beside: &[Source]) -> Option<f64> {
        let alone = || beside.iter().filter(|other| other.of_worker() == source.of_worker()).count() == 1;
        let fits = |one: &&Stated<'_>| {
            let worker = one.worker.is_empty() || one.worker == source.worker;
            near(one.folder, run) && one.role == source.role && worker && (!one.shared || alone())
        };
        let least = |own: bool| {
            let fitting = self.0.iter().filter(fits).filter(|one| one.worker.is_empty() != own);
            fitting.map(|one| one.value).min_by(f64::total_cmp)
        };
        least(true).or_else(|| least(false))
    }
}

fn read(table: &Table) -> Vec<Stated<'_>> {
    let [setting, value, folder, role, worker] = ["setting", "value", "folder", "role", "worker"].map(|key| table.dimension(key));
    let one = |row: usize| {
        let path = setting?.text(row)?.replace('-', "_");
        let mut parts = path.rsplit('.');
        let name = parts.next()?;
        let shared = name == SHARED;
        if !shared && !EACH.contains(&name) {
            return None;
        }
        // A configuration of all workers names the role in the path: `backend.trtllm_config.decode.max_batch_size`.
        let of_path = || parts.find(|part| ["prefill", "decode"].contains(part)).map(str::to_owned);
        let text = |column: Option<crate::table::Dimension<'_>>| column.and_then(|column| column.text(row)).map(str::to_owned);
        let role = text(role).or_else(of_path)?;
        let value = value?.number(row).filter(|value| *value > 0.0)?;
        let worker = worker.and_then(|worker| worker.text(row)).unwrap_or_default();
        let folder = folder.and_then(|folder| folder.text(row)).unwrap_or_default();
        Some(Stated { folder, role, worker, shared, value })
    };
    (0..table.rows()).filter_map(one).collect()
}
