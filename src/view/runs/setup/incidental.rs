//! What differs between any two runs without setting anything: where the launcher put them, when, and under which
//! number; and what says again what another setting says.
//!
//! The names are those of srt-slurm's locks, dumps and fingerprints, of Slurm and Open MPI, and of the engines' arguments
//! (`../shared/formats/srt-slurm.md`). A setting that is not in here counts.

use super::stated::folded;
use crate::analysis::arguments::Difference;

/// When a name is incidental.
enum When {
    /// In any two runs.
    Always,
    /// Where both runs have as many: which of a node's GPUs is chance, how many is not.
    AsMany,
    /// Where both state what was found installed, under the name behind this beginning: that counts.
    Installed(&'static str),
    /// Where one of these differs as well: it is said once.
    Said(&'static [&'static str]),
}

/// Names that are incidental for one reason.
struct Incidental {
    /// The last part of a name.
    names: &'static [&'static str],
    /// How the last part ends.
    ends: &'static [&'static str],
    /// How the whole name begins.
    begins: &'static [&'static str],
    when: When,
    /// Shown beside it.
    why: &'static str,
}

const NONE: Incidental = Incidental { names: &[], ends: &[], begins: &[], when: When::Always, why: "" };

/// All of them. Names are in small letters with underscores.
const INCIDENTAL: [Incidental; 12] = [
    Incidental {
        names: &["slurm_job_id", "job_id", "job_name", "tags", "uuid", "instance_id", "engine_id"],
        why: "run identifier",
        ..NONE
    },
    Incidental {
        names: &["run_date", "generated_at", "submitted_at", "timestamp", "start_time", "end_time"],
        why: "time",
        ..NONE
    },
    Incidental {
        names: &["hostname", "host", "nodelist", "node_rank", "master_addr"],
        ends: &["_host", "_hostname", "_nodename", "_nodelist", "_init_addr"],
        why: "placement",
        ..NONE
    },
    Incidental { names: &["port"], ends: &["_port"], why: "port assigned at launch", ..NONE },
    Incidental {
        names: &["cuda_visible_devices", "rocr_visible_devices", "hip_visible_devices", "base_gpu_id"],
        when: When::AsMany,
        why: "device numbers, same count in both",
        ..NONE
    },
    Incidental { names: &["log_dir", "output_dir", "cwd", "user", "account"], why: "user and paths", ..NONE },
    // Open MPI's session key, and what Slurm and PMIx tell a process of its own place.
    Incidental {
        names: &["ompi_mca_orte_precondition_transports"],
        begins: &["slurm_", "slurmd_", "pmix_", "pmi_"],
        why: "set by the launcher",
        ..NONE
    },
    Incidental { names: &["integrity"], why: "checksum of the lock file", ..NONE },
    Incidental { begins: &["verification."], why: "launcher check, not a setting", ..NONE },
    // SGLang draws one at each start where none is given.
    Incidental { names: &["random_seed"], why: "random seed", ..NONE },
    Incidental {
        begins: &["identity.frameworks."],
        when: When::Installed("identity."),
        why: "declared by the author; the installed version is compared instead",
        ..NONE
    },
    Incidental {
        names: &["vllm_image_tag", "vllm_build_commit", "vllm_build_pipeline", "vllm_build_url"],
        begins: &["identity.container.image", "resolved.container_path"],
        when: When::Said(&["model.container"]),
        why: "follows from the container image",
        ..NONE
    },
];

/// A setting's name without its side, as the table writes names.
fn plain(key: &str) -> String {
    let name = key.rsplit_once(": ").map_or(key, |(_, name)| name);
    folded(name.trim_start_matches('$')).to_lowercase()
}

/// Why a difference is incidental; `None` where it counts. `all` are those that differ, `stated` says whether all of the
/// compared state a setting.
pub(super) fn why(row: &Difference, all: &[Difference], stated: impl Fn(&str) -> bool) -> Option<&'static str> {
    let name = plain(&row.key);
    if name == "name" {
        return Some("run identifier");
    }
    let last = name.rsplit('.').next().unwrap_or(&name);
    let last = last.split('[').next().unwrap_or(last);
    let fits = |one: &&Incidental| {
        one.names.contains(&last)
            || one.ends.iter().any(|end| last.ends_with(end))
            || one.begins.iter().any(|begin| name.starts_with(begin))
    };
    let holds = |one: &&Incidental| match one.when {
        When::Always => true,
        When::AsMany => as_many(row),
        When::Installed(beginning) => name.strip_prefix(beginning).is_some_and(&stated),
        When::Said(others) => all.iter().any(|other| others.contains(&other.key.as_str())),
    };
    INCIDENTAL.iter().filter(fits).find(holds).map(|one| one.why)
}

/// Whether every value is of as many numbers.
fn as_many(row: &Difference) -> bool {
    let counts = |value: &Option<String>| -> Option<Vec<usize>> {
        let mut counts: Vec<usize> = value.as_ref()?.split(" | ").map(|one| one.split(',').count()).collect();
        counts.sort_unstable();
        counts.dedup();
        Some(counts)
    };
    let mut all = row.values.iter().map(counts);
    let first = all.next().flatten();
    first.is_some() && all.all(|other| other == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(key: &str, one: &str, other: &str) -> Difference {
        let value = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Difference { key: key.to_owned(), values: vec![value(one), value(other)] }
    }

    #[test]
    fn what_differs_anyway() {
        let of = |row: Difference| why(&row, &[], |_| false);
        for key in ["decode: $DYN_SYSTEM_PORT", "prefill: data_parallel_rpc_port", "verification.checks[4].message", "integrity"]
        {
            assert!(of(row(key, "1", "2")).is_some(), "{key}");
        }
        for key in ["$NCCL_SOCKET_IFNAME", "disaggregation_transport", "setup_script", "package port", "resolved.container_path"]
        {
            assert!(of(row(key, "1", "2")).is_none(), "{key}");
        }
        // Which devices is chance; how many is a setting, and so is whether any were named.
        assert!(of(row("decode: $CUDA_VISIBLE_DEVICES", "2 | 3", "0 | 1 | 2")).is_some());
        assert!(of(row("decode: $CUDA_VISIBLE_DEVICES", "0", "0,1")).is_none());
        assert!(of(row("decode: $CUDA_VISIBLE_DEVICES", "", "0,1")).is_none());
    }

    #[test]
    fn what_is_said_by_another() {
        let declared = row("identity.frameworks.vllm", "a", "a+b");
        assert!(why(&declared, &[], |key| key == "frameworks.vllm").is_some());
        assert!(why(&declared, &[], |_| false).is_none(), "nobody says what was installed: the word counts");
        let image = row("identity.container.image", "a", "b");
        assert!(why(&image, &[row("model.container", "a", "b")], |_| false).is_some());
        assert!(why(&image, &[], |_| false).is_none(), "one alias of two images");
    }
}
