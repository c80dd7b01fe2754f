//! What is appended to a table leaves what was there as it was.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::{REPORT, folder, hostile, run, told};

/// The encodings that tables come in.
const ENCODINGS: [&str; 9] = [
    "latin-1",
    "utf-8",
    "utf-8 with mark",
    "utf-16le",
    "utf-16be",
    "utf-16le without mark",
    "utf-32le",
    "utf-32be",
    "utf-32be without mark",
];

/// A table of two runs in an encoding, with a name that has a letter of its own.
fn encoded(text: &str, how: &str) -> Vec<u8> {
    let wide =
        |mark: &[u8], order: fn(u16) -> [u8; 2]| [mark, &text.encode_utf16().flat_map(order).collect::<Vec<u8>>()].concat();
    let wider = |mark: &[u8], order: fn(u32) -> [u8; 4]| {
        [mark, &text.chars().flat_map(|c| order(u32::from(c))).collect::<Vec<u8>>()].concat()
    };
    match how {
        "latin-1" => text.chars().map(|c| u8::try_from(u32::from(c)).expect("in Latin-1")).collect(),
        "utf-8 with mark" => [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        "utf-16le" => wide(b"\xFF\xFE", u16::to_le_bytes),
        "utf-16be" => wide(b"\xFE\xFF", u16::to_be_bytes),
        "utf-16le without mark" => wide(b"", u16::to_le_bytes),
        "utf-32le" => wider(b"\xFF\xFE\0\0", u32::to_le_bytes),
        "utf-32be" => wider(b"\0\0\xFE\xFF", u32::to_be_bytes),
        "utf-32be without mark" => wider(b"", u32::to_be_bytes),
        _ => text.as_bytes().to_vec(),
    }
}

/// What a person states of a result to convert it, the model first.
const STATED: [&str; 10] = ["--model", "org/m", "--version", "v", "--accelerator", "H200", "--tp", "4", "--dp", "1"];

/// Converts a result, as a person states what it lacks.
fn converting() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inferscope"));
    command.args(["convert", "--to", "rhaiis-csv"]).stdin(Stdio::null());
    command
}

/// Appends a result of a model to a table.
fn append(path: &Path, model: &str) -> Output {
    let output = converting().args(["--model", model]).args(&STATED[2..]).arg("--append").arg(path).arg(REPORT).output();
    output.expect("the program starts")
}

#[test]
fn appending_keeps_the_file() {
    let real = fs::read(hostile("latin1_existing.csv")).expect("there");
    let whole = converting().args(STATED).arg(REPORT).output().expect("the program starts").stdout;
    let header = String::from_utf8_lossy(&whole).lines().next().expect("a header").to_owned();
    let folder = folder("append");
    let target = folder.join("X.csv");
    let neighbour = folder.join("X.csv.part");
    fs::write(&neighbour, "another's").expect("written");
    let row = format!("café,H200,modèle{}", ",".repeat(header.matches(',').count() - 2));
    for end in ["\n", "\r\n", "\r"] {
        for how in ENCODINGS {
            let text = format!("{header}{end}{row}{end}");
            let before = encoded(&text, how);
            fs::write(&target, &before).expect("written");
            let output = append(&target, "org/m");
            assert!(told(&output).contains("5 rows appended"), "{how}: {}", told(&output));
            let after = fs::read(&target).expect("there");
            assert!(after.starts_with(&before), "{how}: what was there changed");
            let more = String::from_utf8_lossy(&whole).lines().skip(1).map(|line| line.to_owned() + end).collect::<String>();
            let mark = encoded("", how).len();
            assert_eq!(after[before.len()..], encoded(&more, how)[mark..], "{how}");
            // Columns that are lacking are added in the same encoding.
            let narrow = format!("model,version,accelerator,TP{end}modèle,v,H200,1{end}");
            fs::write(&target, encoded(&narrow, how)).expect("written");
            append(&target, "org/m");
            let after = fs::read(&target).expect("there");
            let mark = &encoded("", how)[..];
            assert!(
                after.starts_with(&[mark, &encoded("model,version,accelerator,TP,run", how)[mark.len()..]].concat()),
                "{how}"
            );
            let accented = &encoded("modèle,v,H200,1,", how)[mark.len()..];
            assert!(after.windows(accented.len()).any(|part| part == accented), "{how}");
        }
    }
    fs::write(&target, &real).expect("written");
    assert!(told(&append(&target, "org/m")).contains("5 rows appended"));
    assert!(fs::read(&target).expect("there").starts_with(&real));
    // What the encoding cannot say is refused, and costs nothing.
    fs::write(&target, &real).expect("written");
    let output = append(&target, "org/模型");
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).contains("its encoding, windows-1252, lacks “模”"), "{}", told(&output));
    assert_eq!(fs::read(&target).expect("there"), real);

    assert_eq!(fs::read_to_string(&neighbour).expect("there"), "another's");
    let mut left: Vec<String> = fs::read_dir(&folder)
        .expect("there")
        .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
        .collect();
    left.sort();
    assert_eq!(left, ["X.csv", "X.csv.part"]);
}

#[cfg(unix)]
#[test]
fn appending_keeps_owner_names_and_what_may_not_be_written() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

    let folder = folder("append-owner");
    let [target, other] = ["X.csv", "Y.csv"].map(|name| folder.join(name));
    let real = fs::read(hostile("latin1_existing.csv")).expect("there");
    fs::write(&target, &real).expect("written");
    // Only root can give a file away; without that the owner is whoever runs this.
    _ = chown(&target, Some(1234), Some(2345));
    let before = fs::metadata(&target).expect("there");
    assert!(told(&append(&target, "org/m")).contains("5 rows appended"));
    let after = fs::metadata(&target).expect("there");
    assert_eq!((after.uid(), after.gid(), after.mode()), (before.uid(), before.gid(), before.mode()));

    // What is appended is under all names of a file, also where a column is added and everything is written anew.
    for existing in [real.clone(), b"model,version,accelerator,TP\nm,v,H200,1\n".to_vec()] {
        fs::write(&target, &existing).expect("written");
        _ = fs::remove_file(&other);
        fs::hard_link(&target, &other).expect("linked");
        assert!(told(&append(&target, "org/m")).contains("5 rows appended"));
        let [one, two] = [&target, &other].map(|path| fs::read(path).expect("there"));
        assert!(one == two && one.len() > existing.len());
        assert_eq!(fs::metadata(&target).expect("there").nlink(), 2);
    }

    fs::write(&target, &real).expect("written");
    fs::set_permissions(&target, fs::Permissions::from_mode(0o444)).expect("set");
    let output = append(&target, "org/m");
    assert_eq!(output.status.code(), Some(1));
    let said = told(&output);
    assert!(said.contains("Could not be written: it is read-only: make it writable first. It is unchanged."), "{said}");
    assert_eq!(fs::read(&target).expect("there"), real);
    assert_eq!(fs::read_dir(&folder).expect("there").count(), 2, "nothing is left beside it");
}

/// Appends results of a load level to a table, as a person states what they lack.
fn appending(target: &Path, report: &Path) -> Command {
    let mut command = converting();
    command.args(STATED).arg("--append").arg(target).arg(report).stderr(Stdio::null());
    command
}

/// A vLLM result at a load level, with this median TTFT.
fn result(folder: &Path, level: usize, ttft: f64) -> PathBuf {
    let path = folder.join(format!("c{level}.json"));
    let text = format!(
        r#"{{"date": "20261130-10{level:02}00", "backend": "vllm", "endpoint_type": "openai", "model_id": "org/m", "num_prompts": 9, "request_rate": "inf",
        "max_concurrency": {level}, "duration": 10.5, "completed": 9, "total_input_tokens": 900, "total_output_tokens": 900,
        "request_throughput": 0.875, "output_throughput": 85.714, "total_token_throughput": 171.428, "mean_ttft_ms": {ttft},
        "median_ttft_ms": {ttft}, "p99_ttft_ms": {ttft}, "mean_tpot_ms": 10.5, "median_tpot_ms": 10.5, "p99_tpot_ms": 10.5}}"#
    );
    fs::write(&path, text).expect("written");
    path
}

#[test]
fn appended_figures_have_the_table_s_own_decimal_mark() {
    let folder = folder("append-comma");
    let plain = folder.join("plain.csv");
    assert!(appending(&plain, &result(&folder, 4, 99.5)).status().expect("it starts").success());
    // As a spreadsheet of another country saves it.
    let target = folder.join("comma.csv");
    let saved = fs::read_to_string(&plain).expect("there").replace(',', ";").replace('.', ",");
    fs::write(&target, &saved).expect("written");
    assert!(appending(&target, &result(&folder, 8, 53.125)).status().expect("it starts").success());
    let text = fs::read_to_string(&target).expect("there");
    assert!(text.starts_with(&saved) && text.contains("53,125") && !text.contains("53.125"), "{text}");
}

#[test]
fn nothing_is_appended_within_quotes() {
    let folder = folder("append-open");
    let target = folder.join("all.csv");
    assert!(appending(&target, &result(&folder, 1, 10.5)).status().expect("it starts").success());
    let whole = fs::read_to_string(&target).expect("there");
    for cut in ["\"cut off", "a,\"b \"\"c"] {
        let open = format!("{whole}{cut}");
        fs::write(&target, &open).expect("written");
        let output = appending(&target, &result(&folder, 2, 10.5)).stderr(Stdio::piped()).output().expect("it starts");
        assert!(!output.status.success());
        assert!(told(&output).contains("line 3: A quote that opens here is never closed"), "{}", told(&output));
        assert_eq!(fs::read_to_string(&target).expect("there"), open);
    }
}

#[test]
fn who_appends_at_once_waits() {
    let folder = folder("append-at-once");
    let target = folder.join("all.csv");
    assert!(appending(&target, &result(&folder, 1, 10.5)).status().expect("it starts").success());
    let started: Vec<_> =
        (2..8).map(|level| appending(&target, &result(&folder, level, 10.5)).spawn().expect("it starts")).collect();
    for mut child in started {
        assert!(child.wait().expect("it ends").success());
    }
    let text = fs::read_to_string(&target).expect("there");
    assert_eq!(text.lines().count(), 1 + 7, "{text}");
}

/// By a header that comes again in another order the appended rows would be read.
#[test]
fn nothing_is_appended_under_another_header() {
    let folder = folder("another-header");
    let target = folder.join("table.csv");
    let path = target.display().to_string();
    let stated = ["convert", "--to", "rhaiis-csv", "--model", "m", "--version", "v", "--accelerator", "H200", "--tp", "1"];
    let append = || run(&[&stated[..], &["--append", &path, REPORT]].concat());
    assert_eq!(append().status.code(), Some(0));
    let text = fs::read_to_string(&target).expect("there");
    let names: Vec<&str> = text.lines().next().expect("a header").split(',').collect();
    let turned = names.iter().rev().copied().collect::<Vec<&str>>().join(",");
    for (header, is_taken) in [(names.join(","), true), (turned.clone(), false), (format!("\u{feff}{turned}"), false)] {
        let table = format!("{text}{header}\n");
        fs::write(&target, &table).expect("written");
        let output = append();
        assert_eq!(output.status.code() == Some(0), is_taken, "{}", told(&output));
        assert_eq!(told(&output).contains("named again here, in another order"), !is_taken, "{}", told(&output));
        assert_eq!(fs::read_to_string(&target).expect("there"), table, "all rows are there already, or nothing is written");
    }
}

/// Below a row that is cut off, what is appended would look like part of a whole table.
#[test]
fn nothing_is_appended_below_a_row_that_is_cut() {
    let target = folder("cut-row").join("table.csv");
    let path = target.display().to_string();
    let stated = ["convert", "--to", "rhaiis-csv", "--model", "m", "--version", "v", "--accelerator", "H200", "--tp", "1"];
    let append = || run(&[&stated[..], &["--append", &path, REPORT]].concat());
    _ = fs::remove_file(&target);
    assert_eq!(append().status.code(), Some(0));
    let text = fs::read_to_string(&target).expect("there");
    let last = text.trim_end().rfind('\n').expect("lines");
    let cut = &text[..last + (text.len() - last) / 2];
    for table in [cut.to_owned(), format!("{cut}\n")] {
        fs::write(&target, &table).expect("written");
        let output = append();
        assert_eq!(output.status.code(), Some(1), "{}", told(&output));
        assert!(told(&output).contains("The last row has fewer cells than the header"), "{}", told(&output));
        assert_eq!(fs::read_to_string(&target).expect("there"), table);
    }
}

#[cfg(unix)]
#[test]
fn appending_keeps_mode_and_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = folder("link");
    fs::create_dir_all(folder.join("real")).expect("made");
    let (real, link) = (folder.join("real/table.csv"), folder.join("link.csv"));
    symlink("real/table.csv", &link).expect("linked");
    let append = || {
        let path = link.display().to_string();
        let stated = ["convert", "--to", "rhaiis-csv", "--model", "m", "--version", "v", "--accelerator", "H200", "--tp", "1"];
        run(&[&stated[..], &["--append", &path, REPORT]].concat())
    };
    // A link to what is not there yet, and then is.
    assert_eq!(append().status.code(), Some(0));
    let text = fs::read_to_string(&real).expect("the file behind the link");
    fs::write(&real, text.lines().take(3).collect::<Vec<&str>>().join("\n")).expect("written");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o600)).expect("set");
    let output = append();
    assert!(told(&output).contains("3 rows appended"), "{}", told(&output));
    assert_eq!(fs::read_to_string(&real).expect("there"), text);
    assert_eq!(fs::metadata(&real).expect("there").permissions().mode() & 0o777, 0o600);
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    assert_eq!(fs::read_dir(folder.join("real")).expect("there").count(), 1);
}
