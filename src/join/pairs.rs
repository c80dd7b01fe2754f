//! Which result a server's log belongs to by its name: `logs/<stem>_server.log` to `<stem>.json`.

use super::name;

/// Words at the end of a server log's name, behind the stem that it shares with a result.
const LOG_WORDS: [&str; 10] = ["server", "log", "serve", "vllm", "sglang", "trtllm", "engine", "worker", "backend", "out"];

/// A name without its extension, and without that of a packed file.
pub(super) fn stem(name: &str) -> &str {
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(name);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// The stem of the result that a log belongs to by its name, and what is behind it; `None` for a file that is no log.
pub(super) fn log_of(path: &str) -> Option<(String, String)> {
    let name = name(path);
    let mut stem = stem(name);
    let extension = name.get(stem.len()..)?;
    if !["log", "out", "err", "txt"].iter().any(|known| extension.trim_start_matches('.').split('.').next() == Some(known)) {
        return None;
    }
    while let Some((rest, word)) = stem.rsplit_once(['_', '-', '.'])
        && LOG_WORDS.contains(&word.to_lowercase().as_str())
    {
        stem = rest;
    }
    Some((stem.to_owned(), name.get(stem.len()..)?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::log_of;

    #[test]
    fn a_log_is_told_by_its_name() {
        let of = log_of;
        let pair = |stem: &str, suffix: &str| Some((stem.to_owned(), suffix.to_owned()));
        assert_eq!(of("logs/a-0.5b_c4_server.log"), pair("a-0.5b_c4", "_server.log"));
        assert_eq!(of("a.vllm.log.gz"), pair("a", ".vllm.log.gz"));
        assert_eq!(of("run1.out"), pair("run1", ".out"));
        assert_eq!(of("metadata.json"), None);
    }
}
