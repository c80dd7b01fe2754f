//! Maximum concurrent requests of workers, from the settings of a run.

use crate::query::context::Context;
use crate::record::Kind;
use crate::runs::load_windows::near;
use crate::runs::process::Source;
use crate::table::Table;

/// Settings that limit the requests of one process (TensorRT-LLM, vLLM).
const EACH: [&str; 2] = ["max_batch_size", "max_num_seqs"];
/// The setting shared by all processes of an SGLang worker.
const SHARED: &str = "max_running_requests";

/// A request limit.
struct LimitSetting<'a> {
    folder: &'a str,
    /// The role it applies to, and the worker if stated.
    role: String,
    worker: &'a str,
    shared: bool,
    value: f64,
}

/// All request limits.
pub(super) struct RequestLimits<'a>(Vec<LimitSetting<'a>>);

impl<'a> RequestLimits<'a> {
    /// Collects limits from the loaded settings.
    pub(super) fn new(context: &Context<'a>) -> RequestLimits<'a> {
        RequestLimits(context.others.get(&Kind::Setting).copied().map(read).unwrap_or_default())
    }

    /// Maximum concurrent requests of a process: from its worker's arguments, or else from the configuration of its
    /// role. `siblings` are all processes of the run.
    pub(super) fn of(&self, run: &str, source: &Source, siblings: &[Source]) -> Option<f64> {
        let alone = || siblings.iter().filter(|other| other.of_worker() == source.of_worker()).count() == 1;
        let fits = |one: &&LimitSetting<'_>| {
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

fn read(table: &Table) -> Vec<LimitSetting<'_>> {
    let [setting, value, folder, role, worker] = ["setting", "value", "folder", "role", "worker"].map(|key| table.dimension(key));
    let one = |row: usize| {
        let path = setting?.text(row)?.replace('-', "_");
        let mut parts = path.rsplit('.');
        let name = parts.next()?;
        let shared = name == SHARED;
        if !shared && !EACH.contains(&name) {
            return None;
        }
        // Configurations of all workers contain the role in the path: `backend.trtllm_config.decode.max_batch_size`.
        let of_path = || parts.find(|part| ["prefill", "decode"].contains(part)).map(str::to_owned);
        let text = |column: Option<crate::table::Dimension<'_>>| column.and_then(|column| column.text(row)).map(str::to_owned);
        let role = text(role).or_else(of_path)?;
        let value = value?.number(row).filter(|value| *value > 0.0)?;
        let worker = worker.and_then(|worker| worker.text(row)).unwrap_or_default();
        let folder = folder.and_then(|folder| folder.text(row)).unwrap_or_default();
        Some(LimitSetting { folder, role, worker, shared, value })
    };
    (0..table.rows()).filter_map(one).collect()
}
