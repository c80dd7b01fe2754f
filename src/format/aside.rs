//! Files that lie beside results and hold none: pictures, documentation, scripts, configurations. They are no errors.

use super::Look;

/// Beginnings of binary files that are never results.
const PICTURES: &[&[u8]] = &[b"\x89PNG", b"\xFF\xD8\xFF", b"GIF8", b"RIFF", b"%PDF", b"\x00\x00\x01\x00", b"BM"];
const PROGRAMS: &[&[u8]] = &[b"\x7FELF", b"MZ", b"SQLite format 3", b"\x80\x04\x95", b"\x80\x05\x95"];

/// What a file is by the end of its name, where nothing recognises it.
const ENDINGS: &[(&str, &str)] = &[
    (".png", PICTURE),
    (".jpg", PICTURE),
    (".jpeg", PICTURE),
    (".svg", PICTURE),
    (".webp", PICTURE),
    (".xml", REPORT),
    (".md", DOCUMENT),
    (".rst", DOCUMENT),
    (".pdf", DOCUMENT),
    (".docx", DOCUMENT),
    (".py", SCRIPT),
    (".sh", SCRIPT),
    (".bash", SCRIPT),
    (".ps1", SCRIPT),
    (".ipynb", SCRIPT),
    (".js", SCRIPT),
    (".css", SCRIPT),
    (".html", DOCUMENT),
    (".jinja", SCRIPT),
    (".dockerfile", SCRIPT),
    (".mk", SCRIPT),
    (".pid", PROCESS),
    (".lock", PROCESS),
    (".gitkeep", MARKER),
    (".gitignore", MARKER),
    (".keep", MARKER),
    (".ds_store", MARKER),
    (".done", MARKER),
    (".toml", CONFIGURATION),
    (".ini", CONFIGURATION),
    (".cfg", CONFIGURATION),
    (".env", CONFIGURATION),
    (".yaml", CONFIGURATION),
    (".yml", CONFIGURATION),
    (".log", LOG),
    (".err", LOG),
    (".out", LOG),
    (".log.gz", LOG),
    (".safetensors", WEIGHTS),
    (".gguf", WEIGHTS),
    (".bin", WEIGHTS),
    (".pt", WEIGHTS),
    (".pth", WEIGHTS),
];

/// More endings of files that cannot be results, whatever is in them.
const NEVER: &[(&str, &str)] = &[
    (".gif", PICTURE),
    (".ico", PICTURE),
    (".mp4", PICTURE),
    (".webm", PICTURE),
    (".pdf", DOCUMENT),
    (".docx", DOCUMENT),
    (".pptx", DOCUMENT),
    (".c", SCRIPT),
    (".cc", SCRIPT),
    (".cpp", SCRIPT),
    (".cu", SCRIPT),
    (".go", SCRIPT),
    (".h", SCRIPT),
    (".hpp", SCRIPT),
    (".java", SCRIPT),
    (".proto", SCRIPT),
    (".rb", SCRIPT),
    (".rs", SCRIPT),
    (".ts", SCRIPT),
    (".tsx", SCRIPT),
    (".ckpt", WEIGHTS),
    (".model", WEIGHTS),
    (".onnx", WEIGHTS),
    (".so", WEIGHTS),
    (".whl", WEIGHTS),
];

/// Words in the names of JSON files that state what was to be done, not what came of it.
const CONFIGURATIONS: &[&str] = &[
    "config",
    "configs",
    "configuration",
    "settings",
    "args",
    "arguments",
    "meta",
    "metadata",
    "manifest",
    "env",
    "environment",
    "inputs",
    "params",
    "parameters",
    "recipe",
    "versions",
    "tokenizer",
    "tags",
    "fingerprint",
    "schema",
];

/// Names without an ending.
const NAMES: &[(&str, &str)] = &[
    ("readme", DOCUMENT),
    ("license", DOCUMENT),
    ("notice", DOCUMENT),
    ("changelog", DOCUMENT),
    ("makefile", SCRIPT),
    ("dockerfile", SCRIPT),
    ("containerfile", SCRIPT),
    ("thumbs.db", MARKER),
    ("requirements", CONFIGURATION),
    ("requirements-dev", CONFIGURATION),
    ("hostfile", CONFIGURATION),
    ("codeowners", DOCUMENT),
    ("lscpu", LOG),
    ("pip-freeze", CONFIGURATION),
    ("pip_freeze", CONFIGURATION),
    ("constraints", CONFIGURATION),
    ("package", CONFIGURATION),
    ("package-lock", CONFIGURATION),
    ("env", CONFIGURATION),
    ("openapi", CONFIGURATION),
    ("exit_code", PROCESS),
    ("exitcode", PROCESS),
    ("status", PROCESS),
    ("hostname", PROCESS),
    ("git_sha", PROCESS),
    ("git_commit", PROCESS),
    ("commit", PROCESS),
    ("prompts", INPUT),
    ("sharegpt", INPUT),
    ("dataset", INPUT),
];

/// Names of one of these are that only as texts or JSON: tables of that name may be results.
const TEXTS: [&str; 4] = [".txt", ".json", ".jsonl", ""];

/// Keys under which JSON holds prompts.
const INPUTS: [&str; 3] = ["prompt", "conversations", "messages"];

/// Parts of keys under which something was measured.
const FIGURES: [&str; 6] = ["latency", "ttft", "tpot", "throughput", "time", "duration"];

/// Words that mark the lines of a log.
const LEVELS: [&str; 4] = ["INFO", "DEBUG", "WARNING", "ERROR"];

const PICTURE: &str = "picture";
const REPORT: &str = "report of checks";
const INDEX: &str = "index of files";
const DOCUMENT: &str = "document";
const SCRIPT: &str = "script";
const PROCESS: &str = "process file";
const MARKER: &str = "marker file";
const CONFIGURATION: &str = "configuration";
const LOG: &str = "log without figures";
const INPUT: &str = "input";
const WEIGHTS: &str = "program or its data";

/// What a file is that cannot be a result whatever is in it, by its name alone; `None` if it has to be read to be told.
pub(super) fn aside_by_name(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let known = |kinds: &[&str], rows: &[(&str, &'static str)]| {
        rows.iter().find(|(ending, what)| name.ends_with(ending) && kinds.contains(what)).map(|(_, what)| *what)
    };
    known(&[PICTURE, SCRIPT, WEIGHTS, MARKER], ENDINGS).or_else(|| known(&[PICTURE, SCRIPT, WEIGHTS, DOCUMENT], NEVER))
}

/// What a file that no format recognises is instead of a result, in the singular; `None` if it should have been read.
pub(super) fn aside(look: &Look<'_>) -> Option<&'static str> {
    let name = look.file_name().to_lowercase();
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    let begins = |beginnings: &[&[u8]]| beginnings.iter().any(|beginning| look.bytes.starts_with(beginning));
    if begins(PICTURES) {
        return Some(PICTURE);
    }
    if begins(PROGRAMS) {
        return Some("program or its data");
    }
    if look.text.starts_with("#!") {
        return Some(SCRIPT);
    }
    let plain = TEXTS.iter().any(|ending| name.strip_prefix(stem) == Some(ending));
    if let Some((_, what)) =
        NAMES.iter().find(|(known, _)| *known == name || (*known == stem && plain) || name == format!("{known}.md"))
    {
        return Some(what);
    }
    if name.contains("tfevents") {
        return Some(WEIGHTS);
    }
    if look.bytes.is_empty() && (name.starts_with('.') || !name.contains('.')) {
        return Some(MARKER);
    }
    if let Some((_, what)) = ENDINGS.iter().find(|(ending, _)| name.ends_with(ending)) {
        if *what == CONFIGURATION && ["result", "report", "summary"].iter().any(|word| stem.contains(word)) {
            return None;
        }
        // A log or a page with a result in it that could not be read has lost something.
        if (*what == LOG || name.ends_with(".html")) && super::wrapped::WORDS.iter().any(|word| look.text.contains(word)) {
            return None;
        }
        // An empty log or configuration may have been meant to hold something; nothing on standard error is no loss.
        return (!look.bytes.is_empty() || *what == MARKER || name.ends_with(".err")).then_some(what);
    }
    // A wrapper's log under another name: lines with a time and a level.
    if name.ends_with(".txt")
        && look.head(4096).lines().filter(|line| LEVELS.iter().any(|level| line.contains(level))).count() > 2
    {
        return Some(LOG);
    }
    // What nvidia-smi prints for people.
    if look.head(4096).contains("Driver Version:") {
        return Some(LOG);
    }
    // What `deploy/benchmark` writes beside results: the list of a folder's files.
    if name == "index.json" && look.first_object().is_some_and(|object| object.has_all(&["path", "size", "time"])) {
        return Some(INDEX);
    }
    // Prompts, as lines or as a list: texts, and nothing measured.
    let holds_prompts = look.first_object().is_some_and(|object| {
        object.has_any(&INPUTS) && !object.keys().any(|key| FIGURES.iter().any(|figure| key.to_lowercase().contains(figure)))
    });
    if holds_prompts && [".json", ".jsonl"].iter().any(|ending| name.ends_with(ending)) {
        return Some(INPUT);
    }
    let configures = stem.split(|c: char| !c.is_alphanumeric()).any(|word| CONFIGURATIONS.contains(&word));
    (name.ends_with(".json") && configures && look.is_object()).then_some(CONFIGURATION)
}

#[cfg(test)]
mod tests {
    use super::super::Input;
    use super::*;

    #[test]
    fn what_lies_beside_results() {
        let of = |path: &str, bytes: &'static [u8]| {
            let text = std::str::from_utf8(bytes).unwrap_or_default();
            aside(&Look::new(Input { path, text, bytes }))
        };
        assert_eq!(of("a/README.md", b"# Results"), Some(DOCUMENT));
        assert_eq!(of("README", b"x"), Some(DOCUMENT));
        assert_eq!(of("x.bin", b"\x89PNG\r\n"), Some(PICTURE));
        assert_eq!(of("logs/.gitkeep", b""), Some(MARKER));
        assert_eq!(of("server.pid", b"123"), Some(PROCESS));
        assert_eq!(of("benchmark_config.json", b"{\"a\": 1}"), Some(CONFIGURATION));
        assert_eq!(of("run.sh", b"#!/bin/sh"), Some(SCRIPT));
        assert_eq!(of("requirements.txt", b"vllm==0.9"), Some(CONFIGURATION));
        assert_eq!(of("prompts.jsonl", b"{\"prompt\": \"a\"}"), Some(INPUT));
        assert_eq!(of("other.jsonl", b"{\"prompt\": \"a\", \"ttft\": 1}"), None);
        assert_eq!(of("x.stderr.err", b""), Some(LOG));
        assert_eq!(of("gate/junit.xml", b"<?xml version=\"1.0\"?>"), Some(REPORT));
        let index = b"[\n  {\"path\": \"benchmarks.json\", \"size\": 9, \"time\": \"2026-11-30T00:00:00Z\"}\n]\n";
        assert_eq!(of("m/index.json", index), Some(INDEX));
        assert_eq!((of("m/other.json", index), of("index.json", b"[{\"path\": 1}]")), (None, None));
        assert_eq!(of("page.html", b"<html>"), Some(DOCUMENT));
        assert_eq!(of("report.html", b"<html>{\"benchmarks\": ["), None);
        for path in ["results.json", "table.csv", "profile_export.jsonl"] {
            assert_eq!(of(path, b"{\"a\": 1}"), None, "{path}");
        }
        assert_eq!(of("server.log", b""), None);
        assert_eq!(of("config.csv", b"a,b"), None);
    }
}
