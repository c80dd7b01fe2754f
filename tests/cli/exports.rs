//! `table --format markdown|influx` and `schema`, as other programs read them: the reader of line protocol here is written
//! from the protocol's description alone.

use std::collections::BTreeMap;

use super::{TINY, folder, json, put, run, stdout};
use crate::support::sheet::{column, rows};

/// A point: measurement, tags, fields with their spelling, and time.
struct Point {
    measurement: String,
    tags: BTreeMap<String, String>,
    fields: BTreeMap<String, String>,
    time: Option<i64>,
}

/// The parts of a text between a separator that is neither escaped nor, where `quotes` count, in quotes.
fn split(text: &str, by: char, quotes: bool) -> Vec<String> {
    let (mut parts, mut quoted) = (vec![String::new()], false);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        let part = parts.last_mut().expect("one");
        match letter {
            '\\' => part.extend([Some('\\'), letters.next()].into_iter().flatten()),
            '"' if quotes => {
                quoted = !quoted;
                part.push('"');
            }
            letter if letter == by && !quoted => parts.push(String::new()),
            letter => part.push(letter),
        }
    }
    parts
}

fn unescaped(text: &str, special: &[char]) -> String {
    let (mut plain, mut letters) = (String::new(), text.chars().peekable());
    while let Some(letter) = letters.next() {
        match letters.peek() {
            Some(next) if letter == '\\' && special.contains(next) => plain.extend(letters.next()),
            _ => plain.push(letter),
        }
    }
    plain
}

fn point(line: &str) -> Point {
    let parts = split(line, ' ', true);
    assert!(parts.len() == 2 || parts.len() == 3, "{line}");
    let head = split(&parts[0], ',', false);
    let pair = |text: &String, quotes| -> (String, String) {
        let sides = split(text, '=', quotes);
        assert_eq!(sides.len(), 2, "{text} of {line}");
        (unescaped(&sides[0], &[',', '=', ' ']), sides[1].clone())
    };
    let tag = |text| {
        let (name, value) = pair(text, false);
        assert!(!value.is_empty() && !value.ends_with('\\'), "{line}");
        (name, unescaped(&value, &[',', '=', ' ']))
    };
    let fields: Vec<(String, String)> = split(&parts[1], ',', true).iter().map(|text| pair(text, true)).collect();
    let point = Point {
        measurement: head[0].clone(),
        tags: head[1..].iter().map(tag).collect(),
        fields: fields.iter().cloned().collect(),
        time: parts.get(2).map(|time| time.parse().expect("nanoseconds")),
    };
    assert_eq!(point.fields.len(), fields.len(), "a field twice: {line}");
    assert_eq!(point.tags.len(), head.len() - 1, "a tag twice: {line}");
    assert!(point.tags.keys().all(|name| !point.fields.contains_key(name)), "tag and field of one name: {line}");
    point
}

fn points(arguments: &[&str]) -> Vec<Point> {
    stdout(arguments).lines().map(point).collect()
}

#[test]
fn points_have_identity_as_tags_figures_as_fields_and_times() {
    let folder = folder("influx");
    let path = put(&folder, "tiny.csv", TINY);
    let tiny = points(&["table", "--format", "influx", &path]);
    assert_eq!(tiny.iter().map(|point| point.tags["load"].as_str()).collect::<Vec<_>>(), ["50", "100"]);
    assert_eq!((tiny[0].measurement.as_str(), tiny[0].tags["model"].as_str()), ("inferscope_measurement", "org/m"));
    assert_eq!((tiny[0].fields["output_tps"].as_str(), tiny[0].fields["ttft_p50_ms"].as_str()), ("2000.5", "300"));
    assert_eq!((tiny[1].fields.get("output_tps"), tiny[1].fields["inferscope_schema"].as_str()), (None, "1i"));
    assert_eq!(tiny[0].time, None);
    let said = String::from_utf8(run(&["table", "--format", "influx", &path]).stderr).expect("text");
    assert!(said.contains("2 of 2 points have no time"), "{said}");

    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/guidellm/0.8.1/concurrent-1-16.json");
    let measured = points(&["table", "--format", "influx", fixture]);
    // date -u -d 2026-11-21T18:03:28.478Z +%s%N
    assert_eq!(measured[0].time, Some(1_795_284_208_478_000_000));
    let table = json(&["table", "--format", "json", fixture]);
    for (point, row) in measured.iter().zip(&table) {
        for name in ["output_tps", "ttft_p99_ms", "e2el_mean_ms", "duration_s"] {
            assert_eq!(point.fields[name].parse::<f64>().ok(), row[name].as_f64(), "{name}");
        }
    }
}

#[test]
fn hostile_texts_break_no_line_and_equal_rows_stay_apart() {
    let folder = folder("influx-hostile");
    let rest = ",v-1,H200,4,1000,1000,50,2000.5,300,100,\"say \"\"hi\"\"\nx=\\\",7\n";
    let model = "\"a b,c=d\ne\\,f\\\"";
    let text = format!(
        "model,version,accelerator,TP,prompt toks,output toks,intended concurrency,output_tok/sec,ttft_median,successful_requests,\"no te,=\",time\n{model}{rest}{model}{rest}"
    );
    let found = points(&["table", "--format", "influx", &put(&folder, "a.csv", &text)]);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].tags["model"], "a b,c=d e/,f/");
    assert_eq!(found[0].fields["no te,="], "\"say \\\"hi\\\" x=\\\\\"");
    assert!(!found[0].fields.contains_key("time") && !found[0].tags.contains_key("time"));
    assert_ne!(found[0].tags["row"], found[1].tags["row"]);
}

#[test]
fn markdown_is_a_table_whose_texts_are_no_markup() {
    let folder = folder("markdown");
    let hostile = TINY.replace("org/m", "<b>|[x](http://evil.example)");
    let text = stdout(&["table", "--format", "markdown", &put(&folder, "a.csv", &hostile)]);
    let lines: Vec<&str> = text.lines().collect();
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    assert_eq!(lines.len(), 4);
    assert!(lines.iter().all(|line| cells(line) == cells(lines[0])), "{text}");
    assert!(!text.contains("<b>") && text.contains("&lt;b&gt;\\|\\[x\\](http:\u{200b}//evil.example)"), "{text}");
}

#[test]
fn every_export_names_its_version_and_a_newer_one_is_told() {
    let folder = folder("schema-version");
    let path = put(&folder, "tiny.csv", TINY);
    let table = rows(&stdout(&["table", &path]));
    assert_eq!(column(&table, "inferscope_schema"), ["1", "1"]);
    assert_eq!(json(&["table", "--format", "json", &path])[0]["inferscope_schema"], "1");
    for format in ["parquet", "arrow"] {
        let bytes = run(&["table", "--format", format, &path]).stdout;
        assert!(bytes.windows(17).any(|window| window == b"inferscope.schema"), "{format}");
    }
    let exported = stdout(&["table", &path]);
    let again = stdout(&["table", &put(&folder, "again.csv", &exported)]);
    assert_eq!(again, exported, "the version is no property");
    let newer = put(&folder, "newer.csv", &exported.replace(",1\n", ",2\n"));
    let said = String::from_utf8(run(&["table", &newer]).stderr).expect("text");
    assert!(said.contains("newer Inferscope"), "{said}");
}

#[test]
fn the_schema_has_every_column_that_a_table_has() {
    let listed = rows(&stdout(&["schema", "--format", "csv"]));
    let names = column(&listed, "name");
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/guidellm/0.8.1/concurrent-1-16.json");
    for name in rows(&stdout(&["table", fixture])).0 {
        assert!(names.contains(&name.as_str()), "{name}");
    }
    let of = |name: &str, what: &str| column(&listed, what)[names.iter().position(|other| *other == name).expect("listed")];
    assert_eq!((of("ttft_p99_ms", "type"), of("ttft_p99_ms", "unit")), ("number", "ms"));
    assert_eq!((of("node", "personal"), of("model", "personal"), of("tp", "type")), ("yes", "", "count"));
    let objects = json(&["schema", "--format", "json"]);
    assert_eq!(objects.len(), names.len());
    let help = stdout(&["schema", "--help"]);
    assert!(["pandas", "polars", "DuckDB"].iter().all(|program| help.contains(program)), "{help}");
}
