//! `inferscope table --format openmetrics`, read by a parser of its own: the specification's grammar, as far as gauges go.

use std::collections::{BTreeMap, BTreeSet};

use super::{TINY, folder, json, put, run, stdout};

type Labels = BTreeMap<String, String>;

/// What an exposition says: the unit and the samples of each family.
#[derive(Default)]
struct Exposition {
    units: BTreeMap<String, String>,
    helps: BTreeMap<String, String>,
    samples: Vec<(String, Labels, f64)>,
}

impl Exposition {
    fn family(&self, name: &str) -> Vec<(&Labels, f64)> {
        self.samples.iter().filter(|(family, ..)| family == name).map(|(_, labels, value)| (labels, *value)).collect()
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The labels between braces, and what follows.
fn labels(text: &str) -> (Labels, &str) {
    let Some(mut rest) = text.strip_prefix('{') else { return (Labels::new(), text) };
    let mut found = Labels::new();
    loop {
        let (name, quoted) = rest.split_once("=\"").expect("a label has a value");
        assert!(is_name(name), "{name}");
        let (mut value, mut letters) = (String::new(), quoted.char_indices());
        let end = loop {
            match letters.next().expect("the quote ends") {
                (_, '\\') => match letters.next().expect("an escape").1 {
                    'n' => value.push('\n'),
                    c @ ('\\' | '"') => value.push(c),
                    other => panic!("\\{other} is no escape"),
                },
                (at, '"') => break at,
                (_, c) => value.push(c),
            }
        };
        assert!(found.insert(name.to_owned(), value).is_none(), "{name} twice in {text}");
        rest = &quoted[end + 1..];
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => return (found, rest.strip_prefix('}').expect("the labels end")),
        }
    }
}

/// Reads an exposition of gauges; panics where it breaks a rule.
fn parse(text: &str) -> Exposition {
    let body = text.strip_suffix("# EOF\n").expect("the last line ends the exposition");
    let (mut read, mut family, mut done, mut series) = (Exposition::default(), String::new(), BTreeSet::new(), BTreeSet::new());
    for line in body.lines() {
        if let Some(name) = line.strip_prefix("# TYPE ").and_then(|line| line.strip_suffix(" gauge")) {
            assert!(is_name(name) && done.insert(name.to_owned()), "{line}");
            family = name.to_owned();
        } else if let Some(line) = line.strip_prefix("# UNIT ") {
            let (name, unit) = line.split_once(' ').expect("a unit");
            assert!(name == family && name.ends_with(&format!("_{unit}")), "{line}");
            assert!(read.units.insert(name.to_owned(), unit.to_owned()).is_none(), "{line}");
        } else if let Some(line) = line.strip_prefix("# HELP ") {
            let (name, help) = line.split_once(' ').expect("a text");
            assert!(name == family && !help.contains('"'), "{line}");
            assert!(read.helps.insert(name.to_owned(), help.to_owned()).is_none(), "{line}");
        } else {
            let rest = line.strip_prefix(&family).expect("a sample follows its family");
            let (labels, value) = labels(rest);
            let value = value.strip_prefix(' ').expect("one blank before the value").parse().expect("a number");
            assert!(series.insert((family.clone(), labels.clone())), "the same series twice: {line}");
            read.samples.push((family.clone(), labels, value));
        }
    }
    read
}

#[test]
fn figures_are_gauges_with_units_and_identity() {
    let folder = folder("openmetrics");
    let path = put(&folder, "tiny.csv", TINY);
    let read = parse(&stdout(&["table", "--format", "openmetrics", &path]));
    let ttft = read.family("inferscope_ttft_seconds");
    // 300 and 500 ms.
    assert_eq!(ttft.iter().map(|(_, value)| *value).collect::<Vec<_>>(), [0.3, 0.5]);
    assert_eq!(read.units["inferscope_ttft_seconds"], "seconds");
    assert!(read.helps["inferscope_ttft_seconds"].contains("converted from milliseconds"));
    for (key, value) in [
        ("model", "org/m"),
        ("version", "v-1"),
        ("accelerator", "H200"),
        ("tp", "4"),
        ("isl", "1000"),
        ("osl", "1000"),
        ("load_kind", "concurrency"),
        ("load", "50"),
        ("stat", "p50"),
    ] {
        assert_eq!(ttft[0].0[key], value, "{key}");
    }
    // Only what is stated, and nothing of the file: the next push continues the same series.
    assert!(["dp", "precision", "path", "place"].iter().all(|key| !ttft[0].0.contains_key(*key)), "{:?}", ttft[0].0);

    // The second level has no throughput: no sample, not zero.
    let throughput = read.family("inferscope_output_tps");
    assert_eq!(throughput.len(), 1);
    assert_eq!((throughput[0].1, throughput[0].0.get("stat")), (2000.5, None));
    assert_eq!(read.family("inferscope_output_tps_per_gpu")[0].1, 2000.5 / 4.0);
    assert_eq!(read.family("inferscope_completed_requests").iter().map(|(_, value)| *value).collect::<Vec<_>>(), [100.0, 90.0]);
}

#[test]
fn every_figure_of_the_table_is_a_sample() {
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    for fixture in ["vllm/0.33.0/conc16.json", "aiperf/0.13.0/concurrency-4.json", "guidellm/0.8.1"] {
        let path = format!("{shipped}/{fixture}");
        let rows = json(&["table", "--format", "json", &path]);
        let read = parse(&stdout(&["table", "--format", "openmetrics", &path]));
        let named = |key: &str, end: &str| key.ends_with(end) && rows.iter().any(|row| row[key].is_number());
        let of = |key: &str, stat: &str| -> Vec<f64> {
            let family = read.family(key).into_iter();
            family
                .filter(|(labels, _)| labels.get("stat").map_or("mean", String::as_str) == stat)
                .map(|(_, value)| value)
                .collect()
        };
        let mut checked = 0;
        for key in rows[0].as_object().expect("an object").keys().filter(|key| named(key, "_ms")) {
            let (metric, stat) = key.trim_end_matches("_ms").rsplit_once('_').expect("a statistic");
            let Some(stat) = ["mean", "p50", "p90", "p95", "p99", "min", "max", "std"].iter().find(|known| **known == stat)
            else {
                continue;
            };
            let expected: Vec<f64> = rows.iter().filter_map(|row| row[key].as_f64()).map(|ms| ms / 1000.0).collect();
            assert_eq!(of(&format!("inferscope_{metric}_seconds"), stat), expected, "{fixture}: {key}");
            checked += 1;
        }
        assert!(checked > 3, "{fixture}: {checked}");
    }
}

#[test]
fn equal_runs_are_told_apart_and_hostile_texts_are_escaped() {
    let folder = folder("openmetrics-hostile");
    let hostile = "model,version,accelerator,TP,prompt toks,output toks,intended concurrency,output_tok/sec,ttft_median,successful_requests,queue depth,queue-depth\n\
                   \"a\"\"b\\c\nd{x=\"\"y\"\"} 9\",v-1,H200,4,1000,1000,50,2000.5,300,100,1,2\n\
                   \"a\"\"b\\c\nd{x=\"\"y\"\"} 9\",v-1,H200,4,1000,1000,50,1900.5,300,100,3,4\n";
    let (first, second) = (put(&folder, "a.csv", hostile), put(&folder, "b.csv", TINY));
    let third = put(&folder, "c.csv", &TINY.replace("300", "310"));
    let read = parse(&stdout(&["table", "--format", "openmetrics", &first, &second, &third]));
    let throughput = read.family("inferscope_output_tps");
    assert_eq!(throughput.iter().map(|(_, value)| *value).collect::<Vec<_>>(), [2000.5, 1900.5, 2000.5, 2000.5]);
    assert_eq!(throughput[0].0["model"], "a\"b\\c\nd{x=\"y\"} 9");
    // Two rows of one file by their place, the same row of two files by the file.
    assert_eq!([&throughput[0].0["path"], &throughput[1].0["path"]], [&first, &first]);
    assert_ne!(throughput[0].0["place"], throughput[1].0["place"]);
    assert_eq!([&throughput[2].0["path"], &throughput[3].0["path"]], [&second, &third]);
    assert!(!throughput[2].0.contains_key("place"));
    // Names that differ in signs alone are families of their own.
    let values = |name| read.family(name).iter().map(|(_, value)| *value).collect::<Vec<_>>();
    assert_eq!([values("inferscope_queue_depth"), values("inferscope_queue_depth_2")], [[1.0, 3.0], [2.0, 4.0]]);
}

#[test]
fn what_gives_no_series() {
    let folder = folder("openmetrics-none");
    let none = put(&folder, "notes.txt", "nothing to see here\n");
    let output = run(&["table", "--format", "openmetrics", &none]);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), b"# EOF\n".as_slice()));

    let path = put(&folder, "tiny.csv", TINY);
    let output = run(&["table", "--requests", "--format", "openmetrics", &path]);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), b"".as_slice()));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--requests"));
}
