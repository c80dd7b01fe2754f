//! Folders inside a run's folder, as srt-slurm and its forks lay them out: their names describe their content, not which
//! run it is of.

/// Names of such folders; a trailing `*` matches any ending. They can be nested: the windows of the power
/// measurement are in `power/windows`.
const INSIDE: [&[&str]; 4] = [&["logs"], &["results"], &["sa-bench_*"], &["power", "windows"]];

/// Tools with a folder per load level (`c4`); folders of other tools may be called that for other reasons.
pub const LEVEL_FOLDER_TOOLS: [&str; 2] = ["AIPerf", "GenAI-Perf"];

/// The folder of the run that a folder is inside of: itself, where its name is none of those, or nothing would be left.
pub fn run_folder(path: &str) -> &str {
    let mut rest = path;
    while let Some(outer) = INSIDE.iter().find_map(|inside| outside(rest, inside)) {
        rest = outer;
    }
    rest
}

/// A short name for a run folder.
pub fn run_name(path: &str) -> &str {
    let folder = run_folder(path);
    split(folder).map_or(folder, |(_, last)| last)
}

fn split(path: &str) -> Option<(&str, &str)> {
    path.rsplit_once(['/', '\\'])
}

/// A path without its trailing content folders.
fn outside<'p>(path: &'p str, inside: &[&str]) -> Option<&'p str> {
    let mut rest = path;
    for name in inside.iter().rev() {
        let (outer, last) = split(rest)?;
        let fits = name.strip_suffix('*').map_or(last == *name, |beginning| last.starts_with(beginning));
        rest = Some(outer).filter(|outer| fits && !outer.is_empty())?;
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_inside_a_run() {
        for (path, folder, name) in [
            ("outputs/770003/logs", "outputs/770003", "770003"),
            ("outputs/770003/logs/sa-bench_isl_1024_osl_1024", "outputs/770003", "770003"),
            ("golden/power/windows", "golden", "golden"),
            ("golden\\results", "golden", "golden"),
            // Nothing else identifies the run.
            ("logs", "logs", "logs"),
            ("/logs", "/logs", "logs"),
            ("golden/power", "golden/power", "power"),
            ("golden/windows", "golden/windows", "windows"),
            ("logs/9101_1P_2D_20260312_140500", "logs/9101_1P_2D_20260312_140500", "9101_1P_2D_20260312_140500"),
            ("", "", ""),
        ] {
            assert_eq!((run_folder(path), run_name(path)), (folder, name), "{path}");
        }
    }
}
