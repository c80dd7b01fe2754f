//! Incidental differences between any two runs: placement, time and identifiers assigned by the
//! launcher, and settings that repeat another setting.
//!
//! Names are from srt-slurm's locks, dumps and fingerprints, Slurm, Open MPI and engine arguments
//! (`../shared/formats/srt-slurm.md`). Any other setting counts.

use super::stated::folded;
use crate::analysis::arguments::Difference;
use crate::sorting::Sorting;

/// When a name is incidental.
enum Condition {
    /// In any two runs.
    Always,
    /// If both runs have equally many: which GPUs a node assigns is incidental, how many is not.
    AsMany,
    /// If both state the installed version under the name with this prefix, which counts instead.
    Installed(&'static str),
    /// If one of these differs as well.
    Said(&'static [&'static str]),
}

/// Setting names that are incidental for one reason.
struct Incidental {
    /// The last part of a name.
    names: &'static [&'static str],
    /// Suffixes of the last part.
    ends: &'static [&'static str],
    /// Prefixes of the whole name.
    begins: &'static [&'static str],
    when: Condition,
    /// Reason shown next to it.
    why: &'static str,
}

const NONE: Incidental = Incidental { names: &[], ends: &[], begins: &[], when: Condition::Always, why: "" };

/// All incidental settings, in lower case with underscores.
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
        when: Condition::AsMany,
        why: "device numbers, same count in both",
        ..NONE
    },
    Incidental { names: &["log_dir", "output_dir", "cwd", "user", "account"], why: "user and paths", ..NONE },
    // Open MPI's session key, and process placement from Slurm and PMIx.
    Incidental {
        names: &["ompi_mca_orte_precondition_transports"],
        begins: &["slurm_", "slurmd_", "pmix_", "pmi_"],
        why: "set by the launcher",
        ..NONE
    },
    Incidental { names: &["integrity"], why: "checksum of the lock file", ..NONE },
    Incidental { begins: &["verification."], why: "launcher check, not a setting", ..NONE },
    // SGLang picks a random seed at each start unless one is given.
    Incidental { names: &["random_seed"], why: "random seed", ..NONE },
    Incidental {
        begins: &["identity.frameworks."],
        when: Condition::Installed("identity."),
        why: "declared by the author; the installed version is compared instead",
        ..NONE
    },
    Incidental {
        names: &["vllm_image_tag", "vllm_build_commit", "vllm_build_pipeline", "vllm_build_url"],
        begins: &["identity.container.image", "resolved.container_path"],
        when: Condition::Said(&["model.container"]),
        why: "follows from the container image",
        ..NONE
    },
];

/// A setting's name without its role, normalized like the table.
fn plain(key: &str) -> String {
    let name = key.rsplit_once(": ").map_or(key, |(_, name)| name);
    folded(name.trim_start_matches('$')).to_lowercase()
}

/// Why a difference is incidental; `None` if it counts. `all` are the differing settings, `stated` is whether all
/// compared runs state a setting.
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
        Condition::Always => true,
        Condition::AsMany => as_many(row),
        Condition::Installed(beginning) => name.strip_prefix(beginning).is_some_and(&stated),
        Condition::Said(others) => all.iter().any(|other| others.contains(&other.key.as_str())),
    };
    INCIDENTAL.iter().filter(fits).find(holds).map(|one| one.why)
}

/// Whether all values have equally many numbers.
fn as_many(row: &Difference) -> bool {
    let counts = |value: &Option<String>| -> Option<Vec<usize>> {
        let mut counts: Vec<usize> = value.as_ref()?.split(" | ").map(|one| one.split(',').count()).collect();
        counts.order();
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
    fn incidental_differences() {
        let of = |row: Difference| why(&row, &[], |_| false);
        for key in ["decode: $DYN_SYSTEM_PORT", "prefill: data_parallel_rpc_port", "verification.checks[4].message", "integrity"]
        {
            assert!(of(row(key, "1", "2")).is_some(), "{key}");
        }
        for key in ["$NCCL_SOCKET_IFNAME", "disaggregation_transport", "setup_script", "package port", "resolved.container_path"]
        {
            assert!(of(row(key, "1", "2")).is_none(), "{key}");
        }
        // Device numbers are incidental; their count, and whether any are given, are settings.
        assert!(of(row("decode: $CUDA_VISIBLE_DEVICES", "2 | 3", "0 | 1 | 2")).is_some());
        assert!(of(row("decode: $CUDA_VISIBLE_DEVICES", "0", "0,1")).is_none());
        assert!(of(row("decode: $CUDA_VISIBLE_DEVICES", "", "0,1")).is_none());
    }

    #[test]
    fn implied_by_another_setting() {
        let declared = row("identity.frameworks.vllm", "a", "a+b");
        assert!(why(&declared, &[], |key| key == "frameworks.vllm").is_some());
        assert!(why(&declared, &[], |_| false).is_none(), "nobody says what was installed: the word counts");
        let image = row("identity.container.image", "a", "b");
        assert!(why(&image, &[row("model.container", "a", "b")], |_| false).is_some());
        assert!(why(&image, &[], |_| false).is_none(), "one alias of two images");
    }
}
