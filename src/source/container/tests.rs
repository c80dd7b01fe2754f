//! Archives built by the same crates, and hostile ones made by hand.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;

type Files<'f> = &'f [(&'f str, &'f [u8])];

fn zip(files: Files<'_>) -> Vec<u8> {
    zip_with(files, SimpleFileOptions::default().compression_method(CompressionMethod::Deflated))
}

fn zip_with(files: Files<'_>, options: SimpleFileOptions) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, options).expect("in memory");
        writer.write_all(content).expect("in memory");
    }
    writer.finish().expect("in memory").into_inner()
}

/// A tar whose names are written as they are: the crate's own writer refuses hostile ones.
fn tar(files: Files<'_>) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = ::tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, *content).expect("in memory");
    }
    builder.into_inner().expect("in memory")
}

fn gz(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).expect("in memory");
    encoder.finish().expect("in memory")
}

fn zst(content: &[u8]) -> Vec<u8> {
    compress_to_vec(content, CompressionLevel::Fastest)
}

fn opened(path: &str, bytes: Vec<u8>) -> Opened {
    open(Source::new(path, bytes), &Limits::DEFAULT)
}

fn listed(opened: &Opened) -> Vec<(String, Vec<u8>)> {
    opened.members.iter().map(|member| (member.path.clone(), member.bytes.clone())).collect()
}

fn messages(opened: &Opened) -> Vec<String> {
    let of = |(path, found): &(String, Diagnostic)| format!("{path}: {:?} {}: {}", found.severity, found.place, found.message);
    opened.findings.iter().map(of).collect()
}

const FILES: Files<'static> = &[("run/a.json", b"{\"a\": 1}"), ("run/b.csv", b"x,y\n1,2\n")];

fn expected(container: &str) -> Vec<(String, Vec<u8>)> {
    FILES.iter().map(|(name, content)| (format!("{container}/{name}"), content.to_vec())).collect()
}

#[test]
fn every_kind_gives_the_same_files() {
    for (path, bytes) in [
        ("r.zip", zip(FILES)),
        ("r.tar", tar(FILES)),
        ("r.tar.gz", gz(&tar(FILES))),
        ("r.tgz", [gz(&tar(FILES)), vec![0; 700]].concat()),
        ("r.tar.zst", zst(&tar(FILES))),
        ("unknown", zst(&tar(FILES))),
        ("stored.zip", zip_with(FILES, SimpleFileOptions::default().compression_method(CompressionMethod::Stored))),
    ] {
        let found = opened(path, bytes);
        assert_eq!(listed(&found), expected(path), "{path}: {:?}", messages(&found));
        assert!(found.findings.is_empty(), "{path}: {:?}", messages(&found));
    }
}

#[test]
fn single_files_lose_their_ending() {
    let text = b"model,TP\nm,1\n".repeat(1000);
    let twice = [gz(&text[..5000]), gz(&text[5000..])].concat();
    let frames = [zst(&text[..5000]), b"\x50\x2A\x4D\x18\x03\0\0\0abc".to_vec(), zst(&text[5000..])].concat();
    for (path, bytes) in [("a/r.csv.gz", gz(&text)), ("a/r.csv.GZ", twice), ("a/r.csv.zst", zst(&text)), ("a/r.csv", frames)] {
        let found = opened(path, bytes);
        assert_eq!(listed(&found), [("a/r.csv".to_owned(), text.clone())], "{path}: {:?}", messages(&found));
        assert!(found.findings.is_empty(), "{:?}", messages(&found));
    }
    assert_eq!(opened(".gz", gz(b"x")).members[0].path, ".gz");
}

#[test]
fn what_follows_the_last_frame_is_padding_or_is_told() {
    let text = b"model,TP\nm,1\n".repeat(1000);
    let mut second = gz(b"lost");
    second[0] ^= 4;
    for (packed, more, told) in [
        (gz(&text), second, true),
        (zst(&text), b"\x28\xB5\x2F\x00rest".to_vec(), true),
        (gz(&text), vec![0; 512], false),
        (zst(&text), vec![0; 3], false),
    ] {
        let found = opened("r.csv.gz", [packed, more].concat());
        assert_eq!(found.members.iter().map(|member| member.bytes.len()).sum::<usize>(), text.len(), "what was whole is read");
        assert_eq!(!found.findings.is_empty(), told, "{:?}", messages(&found));
    }
}

#[test]
fn one_name_with_and_without_compression_is_two() {
    let found = opened("a.zip", zip(&[("x.csv", b"a,b\n1,2\n"), ("x.csv.gz", &gz(b"a,b\n3,4\n"))]));
    let names: Vec<String> = listed(&found).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["a.zip/x.csv", "a.zip/x (2).csv"]);
    assert_eq!(found.findings.len(), 1, "{:?}", messages(&found));
    let found = opened("a.zip", zip(&[("x.csv.gz", &gz(b"a,b\n3,4\n")), ("x.csv", b"a,b\n1,2\n")]));
    let names: Vec<String> = listed(&found).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["a.zip/x.csv", "a.zip/x (2).csv"]);
}

#[test]
fn archives_in_an_archive_unpack_to_less() {
    let inner = zip(&[("a.csv", &vec![b'a'; 3 << 20])]);
    let members: Vec<(String, Vec<u8>)> = (0..12).map(|at| (format!("{at}.zip"), inner.clone())).collect();
    let members: Vec<(&str, &[u8])> = members.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let found = opened("all.zip", zip(&members));
    let read: usize = found.members.iter().map(|member| member.bytes.len()).sum();
    assert!((3 << 20..=16 << 20).contains(&read), "{read}");
    assert!(messages(&found).iter().any(|message| message.contains("decompression bomb")), "{:?}", messages(&found));
}

#[test]
fn what_is_no_container_comes_back() {
    let arrays = zip(&[("times.npy", b"\x93NUMPY"), ("tokens.npy", b"\x93NUMPY")]);
    let book = zip(&[("[Content_Types].xml", b"<x/>"), ("xl/sheet.xml", b"<x/>")]);
    for bytes in [b"{}".to_vec(), Vec::new(), b"PK".to_vec(), b"PAR1".to_vec(), vec![0; 2048], arrays, book] {
        assert!(!is_container(&bytes));
        let found = opened("f", bytes.clone());
        assert_eq!(listed(&found), [("f".to_owned(), bytes)]);
        assert!(found.findings.is_empty());
    }
    assert!(is_container(&zip(&[("a.npy", b"1"), ("b.json", b"2")])));
    assert!(is_container(&zip(&[])));
}

#[test]
fn one_level_of_nesting_is_opened() {
    let inner = gz(&tar(FILES));
    let outer = zip(&[("logs/r.tar.gz", &inner), ("logs/c.json.gz", &gz(b"[1]"))]);
    let found = opened("all.zip", outer.clone());
    let mut all = expected("all.zip/logs/r.tar.gz");
    all.push(("all.zip/logs/c.json".to_owned(), b"[1]".to_vec()));
    assert_eq!(listed(&found), all);
    assert!(found.findings.is_empty(), "{:?}", messages(&found));
    let found = opened("deep.tar", tar(&[("all.zip", &outer), ("d.json", b"{}")]));
    assert_eq!(listed(&found), [("deep.tar/d.json".to_owned(), b"{}".to_vec())]);
    assert_eq!(
        messages(&found)[0],
        "deep.tar/all.zip: Error logs/r.tar.gz: Archive nested 2 levels deep (limit 2) in “deep.tar/all.zip”; skipped."
    );
}

#[test]
fn systems_leftovers_are_counted() {
    let files: Files<'_> = &[
        ("__MACOSX/run/._a.json", b"x"),
        (".DS_Store", b"x"),
        ("run/.cache/x.json", b"{}"),
        ("run/empty.json", b""),
        ("run/a.json", b"{}"),
    ];
    for (path, bytes) in [("r.zip", zip(files)), ("r.tar", tar(files))] {
        let found = opened(path, bytes);
        assert_eq!(listed(&found), [(format!("{path}/run/a.json"), b"{}".to_vec())]);
        assert_eq!(messages(&found), [format!("{path}: Info file: Skipped: 3 hidden or system files, 1 empty file.")]);
    }
}

#[test]
fn names_stay_inside() {
    let cases = [
        ("../../etc/a.json", "etc/a.json"),
        ("/abs/a.json", "abs/a.json"),
        ("C:\\win\\a.json", "win/a.json"),
        ("x/../../../a.json", "a.json"),
        ("x/../y.json", "y.json"),
        ("..\\..\\a.json", "a.json"),
        ("a\u{1}b.json", "a_b.json"),
    ];
    for (raw, harmless) in cases {
        for (path, bytes) in [("r.tar", tar(&[(raw, b"{}")])), ("r.zip", zip(&[(raw, b"{}")]))] {
            let found = opened(path, bytes);
            assert_eq!(found.members[0].path, format!("{path}/{harmless}"), "{raw:?}");
            assert_eq!(found.findings[0].1.severity, Severity::Warning, "{raw:?}");
            assert!(found.findings[0].1.message.contains(harmless), "{:?}", messages(&found));
        }
    }
    assert_eq!(names::harmless("a\0.json"), ("a_.json".to_owned(), true));
    assert_eq!(names::harmless("./run//a.json"), ("run/a.json".to_owned(), false));
    let found = opened("r.zip", zip(&[("..", b"x"), ("../..", b"x")]));
    assert!(found.members.is_empty());
    assert_eq!(messages(&found)[0], "r.zip: Error ..: File without a name in “r.zip”; skipped.");
}

#[test]
fn links_and_devices_are_named() {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (name, kind) in [("link.json", ::tar::EntryType::Symlink), ("pipe", ::tar::EntryType::Fifo)] {
        let mut header = ::tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(0);
        header.set_link_name("/etc/passwd").expect("short");
        builder.append_data(&mut header, name, &b""[..]).expect("in memory");
    }
    let found = opened("r.tar", builder.into_inner().expect("in memory"));
    assert!(found.members.is_empty());
    let said = messages(&found);
    assert_eq!(said[0], "r.tar: Error link.json: Link to “/etc/passwd” in “r.tar”; skipped.");
    assert_eq!(said[1], "r.tar: Error pipe: Not a regular file (type “6”) in “r.tar”; skipped.");
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_symlink("link.json", "/etc/passwd", SimpleFileOptions::default()).expect("in memory");
    let found = opened("r.zip", writer.finish().expect("in memory").into_inner());
    assert_eq!(messages(&found), ["r.zip: Error link.json: Symbolic link in “r.zip”; skipped."]);
}

/// Replaces bytes at an offset from a mark, everywhere the mark stands.
fn patch(bytes: &mut [u8], mark: &[u8], offset: usize, with: &[u8]) {
    let starts: Vec<usize> = memchr::memmem::find_iter(bytes, mark).collect();
    for start in starts {
        bytes[start + offset..start + offset + with.len()].copy_from_slice(with);
    }
}

#[test]
fn encrypted_and_unknown_methods_are_named() {
    let mut locked = zip(FILES);
    patch(&mut locked, b"PK\x03\x04", 6, &[1, 0]);
    patch(&mut locked, b"PK\x01\x02", 8, &[1, 0]);
    let found = opened("r.zip", locked);
    assert_eq!(messages(&found)[0], "r.zip: Error run/a.json: Encrypted file in “r.zip”; skipped.");
    let mut unknown = zip(FILES);
    patch(&mut unknown, b"PK\x03\x04", 8, &[14, 0]);
    patch(&mut unknown, b"PK\x01\x02", 10, &[14, 0]);
    let found = opened("r.zip", unknown);
    assert!(messages(&found)[0].contains("Unsupported compression method (Lzma)"), "{:?}", messages(&found));
}

#[test]
fn lies_about_sizes_are_bounded() {
    let content = vec![b' '; 300_000];
    let mut lying = zip(&[("a.json", &content), ("b.json", b"{}")]);
    patch(&mut lying, b"PK\x01\x02", 24, &10_u32.to_le_bytes());
    let limits = Limits { member_bytes: 100_000, ..Limits::DEFAULT };
    let found = open(Source::new("r.zip", lying), &limits);
    assert_eq!(listed(&found).len(), 1);
    assert_eq!(
        messages(&found)[0],
        "r.zip: Error a.json: Corrupt file (file is larger than its declared uncompressed size) in “r.zip”; skipped."
    );
    for bytes in [zip(&[("a.json", &content)]), tar(&[("a.json", &content)]), gz(&content)] {
        let found = open(Source::new("r", bytes), &limits);
        assert!(found.members.is_empty() && messages(&found)[0].contains("larger than 97.7 KiB"), "{:?}", messages(&found));
    }
}

#[test]
fn bombs_are_stopped() {
    let zeros = vec![b'0'; 4 << 20];
    let limits = Limits { ratio_from: 1 << 20, ..Limits::DEFAULT };
    for (path, bytes) in [
        ("z", zip(&[("first", b"1"), ("bomb", &zeros)])),
        ("g", gz(&zeros)),
        ("s", zst(&zeros)),
        ("t", gz(&tar(&[("first", b"1"), ("bomb", &zeros)]))),
    ] {
        let found = open(Source::new(path, bytes), &limits);
        assert!(found.members.iter().all(|member| member.bytes == b"1"), "{path}");
        assert!(messages(&found)[0].contains("decompresses to more than 250 times its"), "{:?}", messages(&found));
    }
    let limits = Limits { total_bytes: 2500, ..Limits::DEFAULT };
    let thousand = [b'x'; 1000];
    let inner = zip(&[("c", &thousand), ("d", &thousand)]);
    let found = open(Source::new("r.zip", zip(&[("a", &thousand), ("inner.zip", &inner), ("e", b"1")])), &limits);
    assert_eq!(found.members.len(), 2, "{:?}", messages(&found));
    assert_eq!(
        messages(&found),
        [
            "r.zip/inner.zip: Error file: “r.zip/inner.zip” decompresses to more than 2.4 KiB. Reading stopped there; the files before it were read."
        ]
    );
    let limits = Limits { members: 2, path_bytes: 20, ..Limits::DEFAULT };
    let found =
        open(Source::new("r.zip", zip(&[("a-name-that-is-too-long", b"1"), ("a", b"1"), ("b", b"1"), ("c", b"1")])), &limits);
    assert_eq!(found.members.len(), 2);
    assert_eq!(
        messages(&found),
        [
            "r.zip: Error a-name-that-is-too-long: Path of 29 bytes (limit 20) in “r.zip”; skipped.",
            "r.zip: Error file: “r.zip” has more than 2 files; only the first 2 are read.",
        ]
    );
}

/// As `zip` adds a name twice: the directory of the last has both.
#[test]
fn files_of_one_name_are_all_read() {
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let names = ["r/a.csv", "r/b.csv", "r/c.csv", "r/b (2).csv", "r/d"];
        let files: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, name.as_bytes())).collect();
        let mut bytes = zip_with(&files, SimpleFileOptions::default().compression_method(method));
        // Names as long: b and c become a. Their content is stored or packed, and its checksum stays.
        for name in ["r/b.csv", "r/c.csv"] {
            // Where a local or central header names it, not where it is a content.
            let named = |at: &usize| {
                let headed = [30, 46].iter().any(|header| bytes[at.saturating_sub(*header)..].starts_with(b"PK"));
                bytes[*at..].starts_with(name.as_bytes()) && headed
            };
            for at in (0..bytes.len()).filter(named).collect::<Vec<usize>>() {
                bytes[at..at + name.len()].copy_from_slice(b"r/a.csv");
            }
        }
        let opened = opened("x.zip", bytes);
        let expected = [
            ("r/a.csv", "r/a.csv"),
            ("r/a (2).csv", "r/b.csv"),
            ("r/a (3).csv", "r/c.csv"),
            ("r/b (2).csv", "r/b (2).csv"),
            ("r/d", "r/d"),
        ];
        let expected = expected.map(|(name, content)| (format!("x.zip/{name}"), content.as_bytes().to_vec()));
        assert_eq!(listed(&opened), expected, "{method:?}");
        assert_eq!(opened.findings.len(), 2, "{:?}", messages(&opened));
        assert!(messages(&opened)[0].ends_with("more than once; read as “r/a (2).csv”."), "{:?}", messages(&opened));
    }
}

#[test]
fn findings_of_a_kind_are_summed_up() {
    let names: Vec<String> = (0..50).map(|i| format!("../{i}.json")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"{}"[..])).collect();
    let found = opened("r.zip", zip(&files));
    assert_eq!((found.members.len(), found.findings.len()), (50, 21));
    assert_eq!(found.findings[20].1.message, "And 30 more unsafe names.");
}

/// Every cut of every kind: whole members are kept as they are, the rest is told.
#[test]
fn cut_containers_keep_what_was_whole() {
    let noise: Vec<u8> = (0..3000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8 | 1).collect();
    let files: Files<'_> = &[("a.json", b"{\"a\": 1}"), ("b.bin", &noise), ("c.json", b"{}")];
    for (path, bytes) in
        [("r.zip", zip(files)), ("r.tar", tar(files)), ("r.tgz", gz(&tar(files))), ("r.tar.zst", zst(&tar(files)))]
    {
        let mut most = 0;
        for cut in (4..bytes.len()).step_by(37).chain(bytes.len() - 12..bytes.len()) {
            let found = opened(path, bytes[..cut].to_vec());
            if !is_container(&bytes[..cut]) {
                continue;
            }
            for member in &found.members {
                let known = files.iter().find(|(name, _)| member.path == format!("{path}/{name}"));
                let whole = known.is_some_and(|(_, content)| content.starts_with(&member.bytes));
                assert!(whole || !member.path.contains('/'), "{path} cut at {cut}: {}", member.path);
            }
            let complete =
                found.members.iter().filter(|member| files.iter().any(|(_, content)| *content == member.bytes)).count();
            // A tar without its end mark, cut between two members, is as good as whole.
            assert!(complete == files.len() || !found.findings.is_empty() || path == "r.tar", "{path} cut at {cut}");
            most = most.max(complete);
        }
        assert_eq!(most, files.len(), "{path}");
    }
    let text = b"model,TP\nm,1\n".repeat(20_000);
    for (path, bytes) in [("r.csv.gz", gz(&text)), ("r.csv.zst", zst(&text))] {
        let found = opened(path, bytes[..bytes.len() - 20].to_vec());
        assert!(
            text.starts_with(&found.members[0].bytes) && found.members[0].bytes.len() > 1000,
            "{path}: {:?}",
            messages(&found)
        );
        assert!(messages(&found)[0].contains("truncated"), "{:?}", messages(&found));
    }
}

#[test]
fn damage_inside_costs_the_member() {
    let mut bytes = zip_with(FILES, SimpleFileOptions::default().compression_method(CompressionMethod::Stored));
    let at = memchr::memmem::find(&bytes, b"{\"a\": 1}").expect("stored") + 6;
    bytes[at] = b'7';
    let found = opened("r.zip", bytes);
    assert_eq!(listed(&found), expected("r.zip")[1..]);
    assert!(messages(&found)[0].contains("Corrupt file (invalid checksum)"), "{:?}", messages(&found));
    let mut bytes = gz(b"{\"a\": 1}");
    let crc = bytes.len() - 8;
    bytes[crc] ^= 1;
    assert!(opened("a.json.gz", bytes).members.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn files_survive_every_kind(contents in prop::collection::vec(prop::collection::vec(1_u8..=255, 1..4000), 1..8)) {
        let contents: Vec<Vec<u8>> = contents.into_iter().filter(|content| !is_container(content)).collect();
        let names: Vec<String> = (0..contents.len()).map(|i| format!("d{}/f{i}.json", i % 3)).collect();
        let files: Vec<(&str, &[u8])> = names.iter().map(String::as_str).zip(contents.iter().map(Vec::as_slice)).collect();
        for bytes in [zip(&files), tar(&files), gz(&tar(&files)), zst(&tar(&files))] {
            let found = opened("r", bytes);
            prop_assert!(found.findings.is_empty() || files.is_empty(), "{:?}", messages(&found));
            let expected: Vec<_> = files.iter().map(|(name, content)| (format!("r/{name}"), content.to_vec())).collect();
            prop_assert_eq!(listed(&found), expected);
        }
    }

    #[test]
    fn damage_never_panics(at in prop::collection::vec((0_usize..4000, any::<u8>()), 1..12), kind in 0_usize..5, cut in 0_usize..4000) {
        let files: Files<'_> = &[("a.json", b"{\"a\": 1}"), ("b.json", &[b'x'; 700]), ("c.json", b"{}")];
        let mut bytes = match kind {
            0 => zip(files),
            1 => tar(files),
            2 => gz(&tar(files)),
            3 => zst(&tar(files)),
            _ => zip(&[("i.zip", &zip(files)), ("t.tgz", &gz(&tar(files)))]),
        };
        for (offset, byte) in at {
            let length = bytes.len();
            // The magic stays, so that the readers are reached.
            bytes[4 + offset % (length - 4)] = byte;
        }
        bytes.truncate(bytes.len().max(1) - cut % bytes.len() / 4);
        let found = opened("r", bytes);
        prop_assert!(!messages(&found).iter().any(|message| message.contains("the decoder failed")), "{:?}", messages(&found));
        for member in &found.members {
            prop_assert!(member.path == "r" || member.path.starts_with("r/"), "{}", member.path);
            prop_assert!(!member.path.split('/').any(|part| part == ".."));
        }
    }
}

/// As `tar -r` leaves them, and as two names that lead to one place.
#[test]
fn members_of_one_name_are_all_read() {
    let files: Files<'_> =
        &[("run/a.json", b"1"), ("run/a.json", b"2"), ("run/a (2).json", b"3"), ("run/../run/a.json", b"4"), ("b", b"5")];
    let names = ["run/a.json", "run/a (2).json", "run/a (2) (2).json"];
    for (path, bytes) in [("r.tar", tar(files)), ("r.tgz", gz(&tar(files)))] {
        let opened = opened(path, bytes);
        let read: Vec<(String, Vec<u8>)> = listed(&opened);
        assert_eq!(read.iter().map(|(_, content)| content[0]).collect::<Vec<u8>>(), *b"12345");
        for (name, (path, _)) in names.iter().zip(&read) {
            assert!(path.ends_with(name), "{path}");
        }
        let distinct: std::collections::BTreeSet<&String> = read.iter().map(|(path, _)| path).collect();
        assert_eq!(distinct.len(), 5);
        let told = messages(&opened).iter().filter(|message| message.contains("more than once; read as")).count();
        assert_eq!(told, 3, "{:?}", messages(&opened));
    }
}
