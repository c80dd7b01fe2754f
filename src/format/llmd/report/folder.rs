//! Identity in llm-d-benchmark's folder names, for what a report itself does not state.

use crate::format::reader::identity::Identity;
use crate::record::Load;

/// How a folder's name writes a deployment: its beginning, then six parts, a dimension or nothing (`NA`) each.
const DEPLOYMENTS: &[(&str, [&str; 6])] = &[
    ("setup_standalone_", ["replicas", "tp", "", "", "", ""]),
    ("setup_modelservice_", ["", "", "prefill", "prefill_tp", "decode", "decode_tp"]),
];

/// Server dimensions of a report; if the report has any of them, the folder is ignored.
const SERVERS: [&str; 9] = ["replicas", "prefill", "decode", "tp", "dp", "pp", "prefill_tp", "decode_tp", "gpus"];

/// Beginnings of a part of a folder's name.
const STARTS: [char; 2] = ['-', '.'];

/// Completes a report from its folder names, the innermost first; returns the names used.
pub(super) fn complete(path: &str, identity: &mut Identity, load: &mut Load) -> Vec<String> {
    let mut folders = path.rsplit(['/', '\\']);
    folders.next();
    let mut used = Vec::new();
    for folder in folders {
        let (mut servers, mut level, mut run) = (None, None, None);
        if SERVERS.iter().all(|key| identity.get(key).is_none()) {
            servers = deployment(folder);
        }
        if load.kind.is_none() {
            level = concurrency(folder);
        }
        if identity.get("run").is_none() {
            run = treatment(folder);
        }
        if servers.is_some() || level.is_some() || run.is_some() {
            used.push(folder.to_owned());
        }
        for (key, value) in servers.into_iter().flatten() {
            identity.set(key, Some(value));
        }
        if let Some(level) = level {
            *load = Load::concurrency(level);
        }
        identity.set("run", run.map(str::to_owned));
    }
    used
}

/// A text after a mark that begins a part of a name.
fn after<'n>(name: &'n str, mark: &str) -> Option<&'n str> {
    let begins = |at: usize| name[..at].chars().next_back().is_none_or(|before| STARTS.contains(&before));
    name.match_indices(mark).find(|(at, _)| begins(*at)).map(|(at, _)| &name[at + mark.len()..])
}

/// Numbers of servers and their degrees, with the GPUs that follow.
fn deployment(name: &str) -> Option<Vec<(&'static str, String)>> {
    DEPLOYMENTS.iter().find_map(|(mark, keys)| {
        let rest = after(name, mark)?;
        let parts: Vec<&str> = rest.split(['_', '-']).take(keys.len()).collect();
        let stated = |part: &str| part.parse::<u32>().ok().filter(|number| *number > 0);
        let mut found = Vec::new();
        let mut numbers = Vec::new();
        for (index, key) in keys.iter().enumerate() {
            match (parts.get(index), key.is_empty()) {
                (Some(&"NA"), true) => {}
                (Some(part), false) => {
                    let number = stated(part)?;
                    numbers.push(f64::from(number));
                    found.push((*key, number.to_string()));
                }
                _ => return None,
            }
        }
        // Replicas and degree alternate.
        let gpus: f64 = numbers.chunks_exact(2).map(|pair| pair.iter().product::<f64>()).sum();
        found.push(("gpus", gpus.to_string()));
        found.push(("gpus_basis", "folder's name: replicas × TP".to_owned()));
        Some(found)
    })
}

/// The concurrency of `run_<concurrency>_<prompts>`.
fn concurrency(name: &str) -> Option<f64> {
    let mut parts = after(name, "run_")?.split(['_', '-']);
    let number = |part: Option<&str>| part?.parse::<u32>().ok().filter(|number| *number > 0);
    let level = number(parts.next())?;
    number(parts.next())?;
    Some(f64::from(level))
}

/// The treatment of `<harness>-<treatment>-<epoch>-<random>_<index>`.
fn treatment(name: &str) -> Option<&str> {
    let (rest, index) = name.rsplit_once('_')?;
    let (rest, random) = rest.rsplit_once('-')?;
    let (rest, epoch) = rest.rsplit_once('-')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = digits(index)
        && digits(epoch)
        && epoch.len() >= 10
        && (6..=8).contains(&random.len())
        && random.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let harness = super::names::HARNESSES.iter().find_map(|harness| rest.strip_prefix(harness.name)?.strip_prefix('-'));
    harness.filter(|treatment| fits && !treatment.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(path: &str) -> (String, Option<f64>, usize) {
        let (mut pairs, mut load) = (Identity::default(), Load::default());
        let used = complete(path, &mut pairs, &mut load);
        let text = pairs.iter().filter(|(key, _)| *key != "gpus_basis").map(|(key, value)| format!("{key}={value} ")).collect();
        (text, load.value, used.len())
    }

    #[test]
    fn folders_say_what_reports_do_not() {
        let path = "pd.setup_standalone_3_2_NA_NA_NA_NA/results/vllm_1747112445-setup_x-run_64_640_Llama/report.yaml";
        assert_eq!(completed(path), ("replicas=3 tp=2 gpus=6 ".to_owned(), Some(64.0), 2));
        let path = r"C:\pd.setup_modelservice_NA_NA_2_4_1_8\results\report.yaml";
        assert_eq!(completed(path), ("prefill=2 prefill_tp=4 decode=1 decode_tp=8 gpus=16 ".to_owned(), None, 1));
        let path = "results/inference-perf-conc32-1773947901-abc123_1/report.yaml";
        assert_eq!(completed(path), ("run=conc32 ".to_owned(), None, 1));
    }

    #[test]
    fn other_names_say_nothing() {
        for path in [
            "setup_standalone_3_2_NA_NA_NA_NA",
            "setup_standalone_3/r.yaml",
            "setup_standalone_NA_2_NA_NA_NA_NA/r.yaml",
            "setup_standalone_0_2_NA_NA_NA_NA/r.yaml",
            "dry_run_1_2/r.yaml",
            "run_4/r.yaml",
            "guidellm-1773947901-abc123_1/r.yaml",
            "guidellm-x-177394-abc123_1/r.yaml",
            "",
        ] {
            assert_eq!(completed(path), (String::new(), None, 0), "{path}");
        }
    }

    #[test]
    fn what_a_report_says_stays() {
        let (mut pairs, mut load) = (Identity::default(), Load::rate(3.0));
        pairs.set("tp", Some("8".to_owned()));
        pairs.set("run", Some("mine".to_owned()));
        let used =
            complete("setup_standalone_3_2_NA_NA_NA_NA/run_4_40/guidellm-a-1773947901-abc123_1/r.yaml", &mut pairs, &mut load);
        assert!(used.is_empty() && pairs.get("replicas").is_none() && pairs.get("tp") == Some("8"));
        assert_eq!((load, pairs.get("run")), (Load::rate(3.0), Some("mine")));
    }
}
