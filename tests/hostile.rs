//! Inputs that broke or slowed Inferscope once (`tests/hostile/`), and made ones of the same kinds: each costs no more than
//! itself, and is told.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow_array::{ArrayRef, NullArray, RecordBatch};
use arrow_ipc::writer::FileWriter;
use arrow_schema::{DataType, Field, Schema};
use inferscope::engine::protocol::FileId;
use inferscope::engine::{Engine, FileReport, import_all};
use inferscope::record::{Kind, Severity};
use inferscope::source::Source;
use inferscope::state::ViewState;
use serde_json::Value;

use crate::support::sheet::{column, rows};

const HEADER: &str = "model,version,accelerator,TP,intended concurrency,output_tok/sec,ttft_median,request_latency_median\n";
const REPORT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/guidellm/0.8.1/concurrent-1-16.json");

fn hostile(name: &str) -> String {
    format!("{}/tests/hostile/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn run(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_inferscope")).args(arguments).stdin(Stdio::null()).output();
    output.expect("the program starts")
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn table(output: &Output) -> (Vec<String>, Vec<Vec<String>>) {
    rows(&String::from_utf8_lossy(&output.stdout))
}

fn reports(name: &str, bytes: &[u8]) -> Vec<FileReport> {
    import_all(Source::new(name, bytes), None, |_| {}).into_iter().map(|imported| imported.report).collect()
}

/// The findings of a file that is none too good, as `severity place: message`.
fn findings(name: &str, bytes: &[u8]) -> Vec<String> {
    let found = reports(name, bytes).into_iter().flat_map(|report| report.diagnostics);
    found.map(|found| format!("{:?} {}: {}", found.severity, found.place, found.message)).collect()
}

fn of_file(name: &str) -> Vec<String> {
    findings(name, &fs::read(hostile(name)).expect(name))
}

fn says(found: &[String], words: &str) {
    assert!(found.iter().any(|line| line.contains(words)), "“{words}” in {found:#?}");
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

#[test]
fn a_decoders_panic_costs_its_file() {
    for (name, what) in [
        ("parquet_bitchunk.parquet", "Parquet"),
        ("parquet_emptyslice.parquet", "Parquet"),
        ("withgood/b.parquet", "Parquet"),
        ("arrow_unaligned.arrow", "Arrow"),
    ] {
        let found = of_file(name);
        assert!(
            found.len() == 1 && found[0].starts_with(&format!("Error file: The decoder of {what} failed on this file (")),
            "{found:?}"
        );
        let output = run(&["inspect", &hostile(name)]);
        assert_eq!((output.status.code(), told(&output).as_str()), (Some(1), ""), "{name}");
    }
    // The program that people install unwinds.
    let profiles = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).expect("there");
    assert!(profiles.lines().all(|line| !line.starts_with("panic")), "a profile aborts");

    let zip = reports("x.zip", &fs::read(hostile("one_bad_parquet.zip")).expect("there"));
    let good: Vec<usize> = zip.iter().filter(|report| !report.failed).map(|report| report.measurements).collect();
    assert_eq!((zip.len(), good), (6, vec![1; 5]));

    let output = run(&["table", &hostile("withgood")]);
    assert_eq!(output.status.code(), Some(1), "less was read than was given");
    assert_eq!(table(&output).1.len(), 1);
    let said = told(&output);
    assert!(said.contains("b.parquet: error: file: The decoder of Parquet failed") && !said.contains("panicked"), "{said}");
    // Not of any use to a pipeline: it asks whether it got worse, and part of the results is missing.
    let good = hostile("withgood/a.json");
    assert_eq!(run(&["compare", &good, &hostile("withgood")]).status.code(), Some(1));
    assert_eq!(run(&["compare", &good, &good]).status.code(), Some(0));
}

#[test]
fn a_match_of_nothing_is_wrong_usage() {
    let good = hostile("withgood/a.json");
    for wrong in ["nope", "", "model,", "model,nope"] {
        assert_eq!(run(&["compare", &good, &good, "--match", wrong]).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn nothing_merges_in_silence() {
    let twins = table(&run(&["table", &hostile("twins")]));
    assert_eq!(column(&twins, "model"), ["ModelA", "ModelB"]);
    // The second tensor-parallel rank of each log is told, not printed.
    let nodes = run(&["nodes", &hostile("rotated")]);
    assert_eq!(table(&nodes).1.len(), 8);
    assert!(told(&nodes).contains("2 of 10 samples are not printed"), "{}", told(&nodes));

    let folder = folder("copies");
    let text = fs::read_to_string(hostile("twins/a.csv")).expect("there");
    let [a, b] = ["a.csv", "b.csv"].map(|name| {
        fs::write(folder.join(name), &text).expect("written");
        folder.join(name).display().to_string()
    });
    let output = run(&["table", &a, &b, &a]);
    assert_eq!(table(&output).1.len(), 1);
    let said = told(&output);
    assert!(said.contains(&format!("{b}: note: One measurement is also in {a}: shown once")), "{said}");
    assert!(said.contains(&format!("{a}: note: The same file is named twice: read once.")), "{said}");
    let quiet = run(&["table", "--quiet", &a, &b, &a]);
    assert_eq!((&quiet.stdout, told(&quiet).as_str()), (&output.stdout, ""));
    // Errors are no notes.
    assert!(told(&run(&["table", "--quiet", &hostile("withgood")])).contains("failed on this file"));
}

#[test]
fn nothing_is_lost_in_silence() {
    says(
        &of_file("cutnum.csv"),
        "Warning line 5: The file ends without a line end, and “620.” seems to be the beginning of a number",
    );
    says(&of_file("hdr_rollup.csv"), "Warning file: The table has a header but no rows");
    let own = "path,tool,model,accelerator,version,tp,dp,gpus,isl,osl,load_kind,load,output_tps\n";
    for header in [own, HEADER] {
        says(&findings("x.csv", header.as_bytes()), "The table has a header but no rows");
    }
    // A whole number after one with decimals may be cut off; one after another, or before a line end, is not.
    let rows = |last: &str| format!("{HEADER}m,v,H200,1,1,100,5,50.25\nm,v,H200,1,2,100,5,60.5\nm,v,H200,1,3,100,5,{last}");
    for (last, cut) in [("7", true), ("70.", true), ("7\n", false), ("70.5", false), ("", false), ("7e", true)] {
        let found = findings("x.csv", rows(last).as_bytes());
        assert_eq!(found.iter().any(|found| found.contains("beginning of a number")), cut, "{last:?}: {found:?}");
    }

    // Whether “17” was “175” cannot be known: a note.
    let whole = findings("x.csv", rows("1\nm,v,H200,1,4,100,5,17").as_bytes());
    says(&whole, "Info line 5: The last line has no line end.");

    let zip = reports("x.zip", &fs::read(hostile("dup_names.zip")).expect("there"));
    let read: Vec<(&str, usize)> = zip.iter().map(|report| (report.path.as_str(), report.measurements)).collect();
    assert_eq!(read, [("x.zip", 0), ("x.zip/same.csv", 1), ("x.zip/same (2).csv", 1)]);
    assert_eq!(zip[0].diagnostics[0].severity, Severity::Warning);
}

/// A number that is none costs itself, a repeated key is told, in one text and in lines of texts.
#[test]
fn what_json_cannot_have_costs_itself() {
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/vllm/0.33.0/conc16.json");
    let text = fs::read_to_string(fixture).expect("there");
    let text = text.trim_end();
    let value: Value = serde_json::from_str(text).expect("JSON");
    let ttft = format!("\"mean_ttft_ms\": {}", value["mean_ttft_ms"]);
    assert!(text.contains(&ttft));
    let figures = |name: &str, text: &str| {
        let read = import_all(Source::new(name, text.as_bytes()), None, |_| {});
        let rows = read[0].tables.get(Kind::Measurement).expect("rows");
        let figure = |metric| rows.figures(metric, inferscope::record::Stat::Mean)?.get(rows.rows() - 1);
        [figure("ttft"), figure("e2el")]
    };
    let [_, e2el] = figures("x.json", text);
    assert!(e2el.is_some());
    let lines = |changed: &str| format!("{text}\n{changed}\n");
    for number in ["1e400", "-1E+309", "NaN", "-Infinity"] {
        let changed = text.replace(&ttft, &format!("\"mean_ttft_ms\": {number}"));
        let message = if number.starts_with(['1', '-']) && !number.ends_with('y') {
            "A number out of range (the largest is 1.8e308): missing."
        } else {
            "NaN or Infinity in the place of a number: missing."
        };
        let severity = if message.starts_with("A number") { "Warning" } else { "Info" };
        assert_eq!(figures("x.json", &changed), [None, e2el], "{number}");
        says(&findings("x.json", changed.as_bytes()), &format!("{severity} mean_ttft_ms: {message}"));
        assert_eq!(figures("x.jsonl", &lines(&changed)), [None, e2el], "{number}");
        says(&findings("x.jsonl", lines(&changed).as_bytes()), &format!("{severity} line 2, mean_ttft_ms: {message}"));
    }
    let twice = format!("{}, \"mean_ttft_ms\": 77.5}}", &text[..text.len() - 1]);
    assert_eq!(figures("x.json", &twice), [Some(77.5), e2el]);
    let message = "This key is in its object before: the last value is used.";
    says(&findings("x.json", twice.as_bytes()), &format!("Warning mean_ttft_ms: {message}"));
    says(&findings("x.jsonl", lines(&twice).as_bytes()), &format!("Warning line 2, mean_ttft_ms: {message}"));
    assert!(findings("x.json", text.as_bytes()).iter().all(|found| !found.contains("missing") && !found.contains("before")));

    // A load without a limit is not missing.
    let unlimited = text.replace("\"request_rate\": \"inf\"", "\"request_rate\": Infinity");
    assert!(unlimited.contains("Infinity"));
    assert!(findings("x.json", unlimited.as_bytes()).iter().all(|found| !found.contains("Infinity")));
}

/// Tables of readers that are not the consolidated CSV's: a stray quote, a repeated column, a header alone, too many columns.
#[test]
fn other_tables_lose_nothing_in_silence() {
    let read = |fixture: &str| {
        let path = format!("{}/tests/fixtures/{fixture}", env!("CARGO_MANIFEST_DIR"));
        fs::read_to_string(path).expect("there")
    };
    for (fixture, kind) in [
        ("prometheus/made/grafana-table.csv", Kind::Sample),
        ("aiperf/0.13.0/timeslices.csv", Kind::Sample),
        ("sa-bench/c88ef73/benchmark-rollup.csv", Kind::Measurement),
        ("inferscope/table.csv", Kind::Measurement),
    ] {
        let text = read(fixture);
        let lines: Vec<&str> = text.lines().collect();
        let quoted: Vec<String> =
            lines.iter().enumerate().map(|(at, line)| if at == 1 { format!("\"{line}") } else { (*line).to_owned() }).collect();
        let without: Vec<&str> = lines.iter().enumerate().filter(|(at, _)| *at != 1).map(|(_, line)| *line).collect();
        let rows = |text: &str| reports("x.csv", text.as_bytes())[0].records.get(&kind).copied().unwrap_or_default();
        let quoted = quoted.join("\n") + "\n";
        assert_eq!(rows(&quoted), rows(&(without.join("\n") + "\n")), "{fixture}");
        says(&findings("x.csv", quoted.as_bytes()), "Warning line 2: A quote opened here is ");
    }
    for fixture in ["vllm/made/sweep-summary.csv", "sa-bench/c88ef73/benchmark-rollup.csv", "gpu-telemetry/made/no-times.csv"] {
        let text = read(fixture);
        let name = text.lines().next().expect("a header").split(',').nth(1).expect("a column").trim().to_owned();
        let doubled: String = text
            .lines()
            .enumerate()
            .map(|(at, line)| if at == 0 { format!("{line},{name}\n") } else { format!("{line},7\n") })
            .collect();
        says(&findings("x.csv", doubled.as_bytes()), &format!("line 1, column “{name}”: There is a column of this name before"));
    }
    for fixture in ["aiperf/made/repeats.csv", "aiperf/0.13.0/timeslices.csv", "sweep/made/later.csv"] {
        let header = read(fixture).lines().next().expect("a header").to_owned() + "\n";
        says(&findings("x.csv", header.as_bytes()), "The table has a header but no rows");
    }
    let wide = read("llama-bench/made/results.csv");
    let more = |line: &str| format!("{line}{}\n", (0..5000).map(|at| format!(",c{at}")).collect::<String>());
    let wide: String = wide.lines().map(more).collect();
    says(&findings("x.csv", wide.as_bytes()), "The file has more than 4096 columns or keys: the others are left out.");
}

/// What was cut off or appended is read as far as it is there, and told.
#[test]
fn cut_and_appended_json_is_told() {
    let read = |fixture: &str| {
        let path = format!("{}/tests/fixtures/{fixture}", env!("CARGO_MANIFEST_DIR"));
        fs::read_to_string(path).expect("there")
    };
    let named = read("wrapped/made/by-name.json");
    let cut = &named[..named.len() * 3 / 4];
    let report = &reports("x.json", cut.as_bytes())[0];
    assert_eq!(report.measurements, 1);
    says(
        &findings("x.json", cut.as_bytes()),
        "The file is truncated; results that are not complete before its end are not read.",
    );
    // A configuration is no result, whole; cut off, nobody knows.
    let settings = read("genai-bench/made/experiment_metadata.json");
    let cut = &settings[..settings.len() / 2];
    says(&findings("x.json", cut.as_bytes()), "cut off");
    let list = format!("[{}]", read("vllm/0.33.0/conc16.json"));
    let other = list.replace("\"max_concurrency\": 16", "\"max_concurrency\": 17");
    assert_ne!(list, other);
    let both = reports("x.json", format!("{list}\n{other}\n").as_bytes());
    assert_eq!(both[0].measurements, 2, "{:?}", both[0].diagnostics);
}

/// CR alone ends a line in logs and scrapes, as LF does.
#[test]
fn every_line_end_ends_a_line() {
    for (fixture, kind) in [
        ("worker-log/made/vllm-no-year.log", Kind::Sample),
        ("prometheus/made/vllm.prom", Kind::Sample),
        ("sglang/0.5.5.post3/concurrency-1-4-16.jsonl", Kind::Measurement),
        ("rhaiis/40-columns/older.csv", Kind::Measurement),
    ] {
        let path = format!("{}/tests/fixtures/{fixture}", env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(path).expect("there").replace("\r\n", "\n");
        let read = |end: &str| {
            let [read] =
                import_all(Source::new("x", text.replace('\n', end).as_bytes()), None, |_| {}).try_into().ok().expect("one");
            (read.tables.get(kind).map(|table| table.rows()), read.report.diagnostics, read.tables.to_bytes())
        };
        let lf = read("\n");
        assert!(lf.0.is_some_and(|rows| rows > 0), "{fixture}");
        for end in ["\r", "\r\n"] {
            let other = read(end);
            assert!(lf.0 == other.0 && lf.1 == other.1 && lf.2 == other.2, "{fixture}: {end:?}");
        }
        // Behind a progress bar, too.
        let bar = read("\n\r 10%|#   |\r 90%|### |\r");
        assert!(!fixture.ends_with("log") || lf.0 == bar.0, "{fixture}");
    }
}

#[test]
fn a_zero_costs_its_line() {
    let log = fs::read(hostile("nul_decode_w0.out")).expect("there");
    let read = reports("nul_decode_w0.out", &log);
    let whole: Vec<u8> = log.iter().copied().filter(|byte| *byte != 0).collect();
    let lines = |reports: &[FileReport]| reports[0].records.get(&Kind::Sample).copied().unwrap_or_default();
    assert!(lines(&read) + 1 >= lines(&reports("nul_decode_w0.out", &whole)), "{:?}", read[0].records);
    says(&of_file("nul_decode_w0.out"), "Warning line 6: 4 zero bytes");
    // In a table, and in JSON: what the zero stands in is missing, not another number.
    let table = format!("{HEADER}m,v,H200,1,1,1\0200,5,50\nm,v,H200,1,2,200,6,60\n");
    let read = import_all(Source::new("x.csv", table.as_bytes()), None, |_| {});
    let rows = read[0].tables.get(Kind::Measurement).expect("rows");
    let figures = rows.figures("output_tps", inferscope::record::Stat::Mean).expect("a column");
    assert_eq!([figures.get(0), figures.get(1)], [None, Some(200.0)]);
    says(&findings("x.csv", table.as_bytes()), "Warning line 2: 1 zero byte,");
    let json = fs::read_to_string(REPORT).expect("there");
    let name = json.find("\"model\"").expect("a model");
    let mut damaged = json.into_bytes();
    damaged[name + 12] = 0;
    let read = reports("x.json", &damaged);
    assert_eq!((read[0].format.as_deref(), read[0].measurements), (Some("guidellm"), 5), "{:?}", read[0].diagnostics);
}

/// What is cut off is said to be, whether or not it is still recognised.
#[test]
fn cut_heads_are_cut_off() {
    let report = fs::read(REPORT).expect("there");
    let table = format!("{HEADER}m,v,H200,1,1,100,5,50\n");
    for (name, bytes) in [("x.json", &report[..]), ("x.csv", table.as_bytes())] {
        for end in [3, 10, 40, 60] {
            let found = findings(name, &bytes[..end]);
            assert!(found.iter().any(|line| line.contains("cut off") || line.contains("truncated")), "{name}, {end}: {found:?}");
        }
    }
}

/// Good rows between bad ones are read, and bad ones counted: as many as there are.
#[test]
fn stray_quotes_cost_their_rows() {
    let mut text = HEADER.to_owned();
    let (mut good, mut bad) = (0, 0);
    for load in 1..=4000 {
        let quote = if load % 10 == 4 { "\"" } else { "" };
        if quote.is_empty() {
            good += 1
        } else {
            bad += 1
        }
        text += &format!("m,v,{quote}H200,1,{load},100,5,50\n");
    }
    let read = &reports("stray.csv", text.as_bytes())[0];
    assert_eq!((read.measurements, good), (3600, 3600));
    let listed = read.diagnostics.iter().filter(|found| found.message.starts_with("A quote opened here")).count();
    let rest =
        read.diagnostics.iter().filter_map(|found| found.message.split_whitespace().find_map(|word| word.parse::<usize>().ok()));
    assert!(
        listed == bad || rest.clone().any(|more| listed + more == bad || more == bad),
        "{listed} of {bad}: {:?}",
        read.diagnostics.last()
    );
}

/// The shortest of three runs.
fn shortest(mut work: impl FnMut()) -> Duration {
    let mut once = || {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    (0..3).map(|_| once()).min().unwrap_or_default()
}

/// A file's name, how it is made, and how many rows are few.
type Made<'m> = (&'m str, &'m dyn Fn(usize) -> String, usize);

/// Four times the input is four times the work, not sixteen times. Machines are busy: the best of three, three times.
#[test]
fn reading_is_linear() {
    let loads = |count: usize| (1..=count).fold(HEADER.to_owned(), |text, load| text + &format!("m,v,H200,1,{load},100,5,50\n"));
    let quotes = |count: usize| format!("{HEADER}m,v,H200,1,1,100,5,50\n{}", "a\"b,\"c\n".repeat(count));
    let rollup = |count: usize| {
        let header = fs::read_to_string(hostile("hdr_rollup.csv")).expect("there");
        header.trim_end().to_owned()
            + "\r\n"
            + &"mock-job,8,8,8,8,0,1,455.697,91.01,49.616,9.714,10.363,,102.939,56.962\r\n".repeat(count)
    };
    let made: [Made<'_>; 3] = [("loads.csv", &loads, 4000), ("quotes.csv", &quotes, 8000), ("rollup.csv", &rollup, 4000)];
    for (name, make, count) in made {
        let [less, more] = [count, 4 * count].map(make);
        let mut ratios = (0..3).map(|_| {
            let [less, more] = [&less, &more].map(|text| shortest(|| _ = reports(name, text.as_bytes())));
            more.as_secs_f64() / less.as_secs_f64()
        });
        assert!(ratios.any(|ratio| ratio < 7.0), "{name}");
    }
}

#[test]
fn control_characters_never_reach_the_terminal() {
    let escapes = hostile("escape.csv");
    let bare = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().all(|c| !c.is_control() || matches!(c, '\n' | '\t' | '\r'));
    let folder = folder("escape");
    let named = folder.join("a\u{1b}[31m\u{9b}b.csv");
    let text = format!("{HEADER}\"m\u{1b}]0;x\u{7}\u{9b}2J\u{7f}\ra\",v,H200,1,1,100,5,50\n");
    fs::write(&named, text).expect("written");
    let named = named.display().to_string();
    for path in [&escapes, &named] {
        for arguments in [
            &["inspect", path][..],
            &["inspect", "--json", path],
            &["table", path],
            &["table", "--format", "tsv", path],
            &["table", "--format", "json", path],
            &["compare", path, path],
            &["compare", "--format", "markdown", path, path],
            &["check", "--slo", "ttft.p50=1", path],
            &["summary", path],
            &["convert", "--to", "rhaiis-csv", path],
        ] {
            let output = run(arguments);
            assert!(bare(&output.stdout), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout).escape_debug());
            assert!(bare(&output.stderr), "{arguments:?}: {}", told(&output).escape_debug());
        }
    }
    // In JSON they are what they were.
    let json = run(&["table", "--format", "json", &named]).stdout;
    let json: Value = serde_json::from_slice(&json).expect("JSON");
    assert_eq!(json[0]["model"], "m\u{1b}]0;x\u{7}\u{9b}2J\u{7f}\ra");
    // Typed columns are no text.
    let parquet = run(&["table", "--format", "parquet", &named]).stdout;
    assert_eq!(reports("x.parquet", &parquet)[0].measurements, 1);
}

/// A table of two runs in an encoding, with a name that has a letter of its own.
fn encoded(text: &str, how: &str) -> Vec<u8> {
    let wide =
        |mark: &[u8], order: fn(u16) -> [u8; 2]| [mark, &text.encode_utf16().flat_map(order).collect::<Vec<u8>>()].concat();
    match how {
        "latin-1" => text.chars().map(|c| u8::try_from(u32::from(c)).expect("in Latin-1")).collect(),
        "utf-8 with mark" => [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        "utf-16le" => wide(b"\xFF\xFE", u16::to_le_bytes),
        "utf-16be" => wide(b"\xFE\xFF", u16::to_be_bytes),
        "utf-16le without mark" => wide(b"", u16::to_le_bytes),
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
        for how in ["latin-1", "utf-8", "utf-8 with mark", "utf-16le", "utf-16be", "utf-16le without mark"] {
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

#[test]
fn formulas_in_any_width_are_defused_and_read_back() {
    let folder = folder("formulas");
    let names = ["＝1+1", "＋1+1", "－1+1", "＠SUM(A1)", "\n=1+1", "\u{feff}=1+1", "=1+1"];
    let rows = names.map(|name| format!("\"{name}\",v,H200,1,1,100,5,50\n")).concat();
    let path = folder.join("in.csv");
    fs::write(&path, format!("{HEADER}{rows}")).expect("written");
    let written = run(&["table", &path.display().to_string()]);
    let table = table(&written);
    for name in column(&table, "model") {
        assert!(name.starts_with('\''), "{name:?}");
    }
    let again = folder.join("again.csv");
    fs::write(&again, &written.stdout).expect("written");
    let json = run(&["table", "--format", "json", &again.display().to_string()]).stdout;
    let json: Value = serde_json::from_slice(&json).expect("JSON");
    assert!(
        json.as_array().is_some_and(|rows| rows.iter().all(|row| !row["model"].as_str().unwrap_or_default().starts_with('\'')))
    );
}

/// Two releases with tens of thousands of levels each: seconds where they are paired once, minutes where each looks for its own.
#[test]
fn releases_with_many_levels_are_compared_at_once() {
    const LEVELS: usize = 30_000;
    let table = |version: &str| {
        let rows: String = (1..=LEVELS).map(|load| format!("m,{version},H200,1,{load},{},5,50\n", 100 + load)).collect();
        import_all(Source::new(format!("{version}.csv"), (HEADER.to_owned() + &rows).into_bytes()), None, |_| {}).remove(0).tables
    };
    let mut engine = Engine::default();
    engine.add(FileId(0), table("v1"));
    engine.add(FileId(1), table("v2"));
    let start = Instant::now();
    let model = engine.show(&ViewState { view: "compare".to_owned(), ..ViewState::default() }, &BTreeMap::new());
    let took = start.elapsed();
    let cells: Vec<&str> =
        model.grids.iter().flat_map(|grid| grid.rows.iter().flatten()).map(|cell| cell.cell.text.as_str()).collect();
    assert!(cells.iter().any(|text| text.ends_with("…, 30000 (29,999 levels)")), "{cells:?}");
    assert!(cells.iter().all(|text| text.len() < 1000), "a cell lists thousands of levels");
    assert!(took < Duration::from_secs(30), "{took:?}");
}

/// What a file states is held against the bytes that it has, before anything is allocated for it: these took 4 GB, ended the
/// process, took 1 GiB, and became half a million entries.
#[test]
fn what_a_file_states_costs_no_more_than_its_bytes() {
    for (name, expected) in [
        ("arrow_body.arrow", "Error file: Reading stopped after 0 rows: its column offsets are corrupt."),
        ("parquet_deltas.parquet", "a page states more values than its bytes can hold."),
        ("parquet_deltas_1gib.parquet", "a page states more values than its bytes can hold."),
    ] {
        let bytes = fs::read(hostile(name)).expect("there");
        let mut found = Vec::new();
        let measured = allocation_counter::measure(|| found = findings(name, &bytes));
        says(&found, expected);
        assert!(measured.bytes_max < 4 << 20, "{name}: {} bytes", measured.bytes_max);
        assert_eq!(run(&["inspect", &hostile(name)]).status.code(), Some(1), "{name}");
    }

    // A column of nulls takes no bytes, however many rows it has.
    let nulls = |rows: usize| {
        let fields = vec![Field::new("model", DataType::Null, true)];
        let column: ArrayRef = Arc::new(NullArray::new(rows));
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), vec![column]).expect("a batch");
        let mut file = FileWriter::try_new(Vec::new(), &batch.schema()).expect("in memory");
        file.write(&batch).expect("in memory");
        file.into_inner().expect("in memory")
    };
    says(&findings("nulls.arrow", &nulls(1 << 40)), "Error file: Reading stopped after 0 rows: its column offsets are corrupt.");
    assert!(findings("nulls.arrow", &nulls(1000)).iter().all(|found| !found.contains("corrupt")));

    let text = fs::read_to_string(hostile("joins_lengths.txt")).expect("there");
    let (_, counts) = text.split_once("\n\u{1e}\n").expect("two files");
    let mut read = Vec::new();
    let measured = allocation_counter::measure(|| read = import_all(Source::new("run/b", counts.as_bytes()), None, |_| {}));
    assert!(measured.bytes_max < 1 << 20, "{} bytes", measured.bytes_max);
    // `7,,1` and `9,1,3`, both twice; `11,1.5,99999999999` is none.
    let report = &read[0].report;
    assert_eq!(report.records.get(&Kind::Entry), Some(&10), "{:?}", report.diagnostics);
    let found: Vec<String> = report.diagnostics.iter().map(|found| format!("{}: {}", found.place, found.message)).collect();
    says(&found, "line 6: This line brings the inputs above 500000, or is not a count; skipped.");
}

#[test]
fn figures_too_large_are_missing_and_told() {
    // Seconds: 1000 times as many milliseconds are no double any more, and no latency follows from them.
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/vllm/made/detailed.json");
    let mut run_of: Value = serde_json::from_str(&fs::read_to_string(fixture).expect("there")).expect("JSON");
    let path = folder("too-large").join("run.json");
    let mut requests = |number: usize| {
        run_of["ttfts"][number] = 1e307.into();
        fs::write(&path, run_of.to_string()).expect("written");
        run(&["table", "--requests", &path.display().to_string()])
    };
    let one = requests(1);
    assert!(
        told(&one).contains("run.json: warning: line 1, request 2: 2 figures are too large for a number: missing."),
        "{}",
        told(&one)
    );
    assert!(!told(&one).contains("single requests is"), "{}", told(&one));
    let two = requests(3);
    assert!(
        told(&two).contains("run.json: warning: line 1, request 2: 4 figures are too large for a number: missing."),
        "{}",
        told(&two)
    );
    // In ms, of the fixture; requests 3 and 6 failed.
    assert_eq!(column(&table(&two), "ttft_mean_ms"), ["87.393", "", "", "", "68.855", "", "42.329", "68.013"]);
    assert_eq!(two.status.code(), Some(0));
}
