//! Names of members: made into paths that stay inside their container.

/// A path without anything that leads elsewhere, and whether something had to be changed. `./` and doubled separators
/// are how archives are written and change nothing.
pub(super) fn harmless(raw: &str) -> (String, bool) {
    let mut changed = raw.starts_with('/');
    let mut parts: Vec<String> = Vec::new();
    changed |= raw.contains('\\');
    for part in raw.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                changed = true;
                parts.pop();
            }
            drive if parts.is_empty() && is_drive(drive) => changed = true,
            part => {
                changed |= part.contains(char::is_control);
                parts.push(part.replace(char::is_control, "_"));
            }
        }
    }
    (parts.join("/"), changed)
}

/// `C:`, as Windows begins a path.
fn is_drive(part: &str) -> bool {
    matches!(part.as_bytes(), [letter, b':'] if letter.is_ascii_alphabetic())
}

/// What systems and archivers leave behind: macOS's metadata and files that begin with a dot.
pub(super) fn is_hidden(path: &str) -> bool {
    path.split('/').any(|part| part == "__MACOSX" || part.starts_with('.'))
}

/// The path of a compressed file without the compression suffix.
pub(super) fn without_ending(path: &str) -> &str {
    const ENDINGS: [&str; 4] = [".gz", ".gzip", ".zst", ".zstd"];
    let cut = |ending: &&str| {
        let at = path.len().checked_sub(ending.len())?;
        (path.get(at..)?.eq_ignore_ascii_case(ending)).then(|| &path[..at])
    };
    ENDINGS.iter().find_map(cut).filter(|rest| !rest.is_empty() && !rest.ends_with('/')).unwrap_or(path)
}

/// A name as messages show it.
pub(super) fn short(name: &str) -> String {
    const SHOWN: usize = 120;
    let clean: String = name.chars().take(SHOWN).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect();
    if name.chars().nth(SHOWN).is_some() { format!("{clean}…") } else { clean }
}

/// A path with a number before its ending.
pub(super) fn numbered(path: &str, number: usize) -> String {
    let start = path.rfind(['/', '\\']).map_or(0, |at| at + 1);
    match path[start..].rfind('.').filter(|at| *at > 0) {
        Some(dot) => format!("{} ({number}){}", &path[..start + dot], &path[start + dot..]),
        None => format!("{path} ({number})"),
    }
}
