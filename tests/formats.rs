//! Every format, over every fixture: what is read, under whatever name, encoding and damage it comes.
//!
//! A new fixture is a file below `tests/fixtures` and one run with `BLESS=1`.

mod columnar;
mod cut;
mod damage;
mod entries;
mod exporters;
mod folders;
mod guidellm_csv;
mod independent;
mod independent_accuracy;
mod independent_flat;
mod independent_requests;
mod independent_srt_slurm;
mod listed_requests;
mod mapped;
mod mlperf;
mod records;

use std::path::Path;

use crate::support::{Outcome, bytes, fixtures, read, root};
use inferscope::source::text::is_text;

fn name(path: &Path) -> String {
    path.strip_prefix(root().join("tests/fixtures")).unwrap_or(path).display().to_string()
}

/// The golden file beside each fixture says everything that is read from it.
#[test]
fn golden() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut wrong = Vec::new();
    for path in fixtures() {
        let found = read(&name(&path), &bytes(&path)).snapshot();
        let mut golden = path.clone().into_os_string();
        golden.push(".golden");
        if bless {
            std::fs::write(&golden, &found).unwrap_or_else(|error| panic!("{}: {error}", golden.display()));
            continue;
        }
        let expected = std::fs::read_to_string(&golden).unwrap_or_default();
        let difference = found.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
        match difference {
            Some((found, expected)) => wrong.push(format!("{}\n  expected {expected}\n  found    {found}", name(&path))),
            None if found != expected => wrong.push(format!(
                "{}: {} lines expected, {} found",
                name(&path),
                expected.lines().count(),
                found.lines().count()
            )),
            None => {}
        }
    }
    assert!(wrong.is_empty(), "not as blessed (BLESS=1 blesses what is found):\n{}", wrong.join("\n"));
}

/// The content decides, not the name; `read` asserts that no two formats claim a file. Only what sa-bench and srt-slurm
/// state in names alone, and a data set's name, is missing without them.
#[test]
fn a_file_named_unknown_reads_the_same() {
    const NAMED: [&str; 7] = ["gpus", "gpus_basis", "agg_gpus", "prefill_gpus", "decode_gpus", "isl", "osl"];
    for path in fixtures() {
        let content = bytes(&path);
        let (mut unknown, mut named) = (read("unknown", &content), read(&name(&path), &content));
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("results_concurrency_")) {
            for outcome in [&mut unknown, &mut named] {
                outcome.collected.rows.iter_mut().for_each(|row| row.identity.retain(|(key, _)| !NAMED.contains(&key.as_str())));
                outcome.collected.diagnostics.retain(|found| !found.message.contains("this name has none"));
            }
        }
        if ["lengths/", "trace/"].iter().any(|folder| name(&path).starts_with(folder)) {
            for outcome in [&mut unknown, &mut named] {
                outcome.collected.rows.iter_mut().for_each(|row| row.identity.retain(|(key, _)| key != "dataset"));
            }
        }
        if ["_prefill_w", "_decode_w", "_agg_w"].iter().any(|mark| name(&path).contains(mark)) {
            for row in unknown.collected.rows.iter_mut().chain(&mut named.collected.rows) {
                row.identity.retain(|(key, _)| !["worker", "role", "node", "rank", "dp_rank"].contains(&key.as_str()));
            }
        }
        assert_eq!(unknown.snapshot(), named.snapshot(), "{}", name(&path));
    }
}

/// A byte order mark, UTF-16, or Windows line ends change nothing.
#[test]
fn encodings_and_line_ends_read_the_same() {
    for path in fixtures() {
        if !is_text(&bytes(&path)) {
            continue;
        }
        let text = String::from_utf8(bytes(&path)).unwrap_or_else(|error| panic!("{}: {error}", name(&path)));
        let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let variants = [
            ("BOM", [b"\xEF\xBB\xBF", text.as_bytes()].concat()),
            ("UTF-16LE", utf16),
            ("CRLF", text.replace('\n', "\r\n").into_bytes()),
            ("CRLF with BOM", format!("\u{FEFF}{}", text.replace('\n', "\r\n")).into_bytes()),
        ];
        // A line break inside a cell is content, and comes through as it was written.
        let plain = |outcome: Outcome| outcome.snapshot().replace("\\r\\n", "\\n");
        let expected = plain(read(&name(&path), text.as_bytes()));
        for (variant, content) in variants {
            assert_eq!(plain(read(&name(&path), &content)), expected, "{} as {variant}", name(&path));
        }
    }
}

/// Progress goes up and ends at 1.
#[test]
fn progress_is_told() {
    for path in fixtures() {
        let Outcome { format, collected } = read(&name(&path), &bytes(&path));
        if format.is_some() {
            assert!(collected.progress.is_sorted(), "{}", name(&path));
            assert_eq!(collected.progress.last(), Some(&1.0), "{}", name(&path));
        }
    }
}

/// No format is without a file that shows what it reads.
#[test]
fn every_format_has_a_fixture() {
    let found: Vec<&str> =
        fixtures().iter().filter_map(|path| read(&name(path), &bytes(path)).format).map(|format| format.about.id).collect();
    for format in inferscope::format::FORMATS {
        assert!(found.contains(&format.about.id), "no fixture is recognised as {}", format.about.id);
    }
}
