//! Tables of no known tool, read through a mapping: the three layouts agree, and nothing makes them fail.

use inferscope::format::mapped::{Column, Mapping, Role, header, read, suggest};
use inferscope::format::{Input, Layout, Look};
use inferscope::record::{LoadKind, Severity, Stat};
use proptest::prelude::*;

use crate::support::{Collected, line};

const CSV: &str = "Model,GPU,Concurrency,P99 TTFT (s),output_tps,Note,speed\n\
                   org/m,nvidia-h100,8,0.5,1200.5,warm,3\n\
                   org/m,nvidia-h100,16,n/a,2000,\"a, b\",-4\n";

fn mapped(text: &str, mapping: &Mapping) -> Collected {
    let mut collected = Collected::default();
    read(Input { path: "unknown", text, bytes: text.as_bytes() }, mapping, &mut collected);
    assert_eq!(collected.progress.last(), Some(&1.0));
    collected
}

fn suggested(text: &str) -> Mapping {
    suggest(&header(text).expect("a table"))
}

fn lines(collected: &Collected) -> Vec<String> {
    collected.rows.iter().map(|row| line(row).split_once(" | ").map_or(String::new(), |(_, rest)| rest.to_owned())).collect()
}

#[test]
fn a_table_is_read_as_its_suggestion_says() {
    let found = mapped(CSV, &suggested(CSV));
    assert_eq!(
        lines(&found),
        [
            "concurrency 8 | Note=warm; accelerator=H100; model=org/m | output_tps/mean=1200.5 speed/mean=3 ttft/p99=500\n",
            "concurrency 16 | Note=a, b; accelerator=H100; model=org/m | output_tps/mean=2000 speed/mean=-4\n",
        ]
    );
    assert!(found.diagnostics.is_empty(), "{:?}", found.diagnostics);
}

#[test]
fn arguments_of_the_server_make_the_configuration() {
    let text =
        "Client Count,MaxNumSeqs,Mean TTFT (ms),Output token throughput (tok/s)\n256,4,31.75,884.27\n256,8,35.05,1652.74\n";
    assert_eq!(
        lines(&mapped(text, &suggested(text))),
        [
            "concurrency 256 | config=max_num_seqs=4; max_num_seqs=4 | output_tps/mean=884.27 ttft/mean=31.75\n",
            "concurrency 256 | config=max_num_seqs=8; max_num_seqs=8 | output_tps/mean=1652.74 ttft/mean=35.05\n",
        ]
    );
}

#[test]
fn every_layout_reads_the_same() {
    let expected = lines(&mapped(CSV, &suggested(CSV)));
    let mut reader = csv::Reader::from_reader(CSV.as_bytes());
    let names: Vec<String> = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    let objects: Vec<String> = reader
        .records()
        .flatten()
        .map(|record| {
            let fields = names.iter().zip(&record).map(|(name, cell)| match cell.parse::<f64>() {
                Ok(number) => format!("{name:?}: {number}"),
                Err(_) => format!("{name:?}: {cell:?}"),
            });
            format!("{{{}}}", fields.collect::<Vec<String>>().join(", "))
        })
        .collect();
    let tab = CSV.replace("\"a, b\"", "a; b").replace(',', "\t").replace("a; b", "a, b");
    let semicolon = CSV.replace("\"a, b\"", "a/ b").replace(',', ";").replace("a/ b", "\"a, b\"");
    for text in [tab, semicolon, format!("[{}]", objects.join(",\n")), objects.join("\n")] {
        // JSON gives its keys in another order; the meaning of a column does not depend on it.
        assert_eq!(lines(&mapped(&text, &suggested(&text))), expected, "{text}");
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let metric = |unit: &str| Role::Metric { key: "ttft".to_owned(), stat: Stat::Mean, unit: unit.to_owned() };
    let column = |name: &str, role: Role| Column { name: name.to_owned(), role };
    let mapping = Mapping {
        columns: vec![
            column("a", metric("s")),
            column("b", metric("tok/s")),
            column("c", Role::Load { kind: LoadKind::Rate }),
            column("absent", Role::Dimension { key: "model".to_owned() }),
            column("d", Role::Ignore),
        ],
        fixed: vec![("model".to_owned(), "mine".to_owned()), ("tp".to_owned(), "4.0".to_owned())],
        decimal: None,
    };
    let found = mapped("a,b,c,d\n1.5,2,inf,x\nfast,2,3,x\n-1,2,0,x\n2,1\n2.5,1,4,x\n", &mapping);
    assert_eq!(lines(&found), ["max | model=mine; tp=4 | ttft/mean=1500\n", "rate 4 | model=mine; tp=4 | ttft/mean=2500\n"]);
    let said: Vec<String> = found.diagnostics.iter().map(|finding| format!("{}: {}", finding.place, finding.message)).collect();
    for part in [
        "column “b”: “tok/s” is not a unit of TTFT",
        "line 3, column “a”: Expected a non-negative number, found “fast”",
        "line 4, column “a”: Expected a non-negative number, found “-1”",
        "line 4, column “c”: Expected a positive load, found “0”",
        "line 5: The row does not have",
        "file: The mapping names columns that the table does not have: absent.",
    ] {
        assert!(said.iter().any(|line| line.starts_with(part)), "{part}: {said:#?}");
    }
    assert!(found.diagnostics.iter().all(|finding| finding.severity == Severity::Warning));
}

/// Reads a table by the format that its mapping is copied as.
fn copied(text: &str, mapping: &Mapping) -> Collected {
    let row = mapping.as_format(&header(text).expect("a table"), "results/Night run.v2.csv");
    assert_eq!((row["id"].as_str(), row["label"].as_str()), (Some("night-run"), Some("Night run")));
    let layout = Layout::from_json(&row).unwrap_or_else(|error| panic!("{error}: {row}"));
    let input = Input { path: "unknown", text, bytes: text.as_bytes() };
    assert!(layout.sniff(&Look::new(input)).is_some(), "{row}");
    let mut collected = Collected::default();
    layout.read(input, &mut collected);
    collected
}

#[test]
fn a_mapping_copied_as_a_format_reads_the_same() {
    let role = |key: &str, stat, unit: &str| Role::Metric { key: key.to_owned(), stat, unit: unit.to_owned() };
    let named = |key: &str| Role::Dimension { key: key.to_owned() };
    let roles = [
        ("name", named("model")),
        ("GPU pool", named("GPU pool")),
        ("TP", named("tp")),
        ("clients", Role::Load { kind: LoadKind::Concurrency }),
        ("first", role("ttft", Stat::P99, "s")),
        ("gap", role("itl", Stat::P50, "")),
        ("failed", role("error_rate", Stat::Mean, "fraction")),
        ("span", role("duration", Stat::Mean, "min")),
        ("queue depth", role("queue depth", Stat::Max, "")),
        ("rate", role("rps", Stat::Mean, "")),
        ("odd", role("ttft", Stat::P50, "tokens/s")),
        ("note", named("load")),
    ];
    let columns = roles.into_iter().map(|(name, role)| Column { name: name.to_owned(), role }).collect();
    let fixed = vec![("framework".to_owned(), "vLLM".to_owned())];
    let mapping = Mapping { columns, fixed, decimal: None };
    let table = "name,GPU pool,TP,clients,first,gap,failed,span,queue depth,rate,odd,note,,a|b,note\n\
                 org/m,east,4,8,0.5,12.5,0.25,2,-3,1.5,9,7,8,5,6\n\
                 org/m,west,4.0,16 users,450 ms,n/a,50 %,90 s,,3,,warm,,,\n\
                 other,,,,,,,,7,,,,,,\n\
                 none,east,1,2,,,,,,,,3,,,\n";
    for text in [table.to_owned(), table.replace(',', "\t"), format!("# comment\n{table}")] {
        let expected = lines(&mapped(&text, &mapping));
        assert_eq!(expected.len(), 3);
        assert_eq!(lines(&copied(&text, &mapping)), expected);
    }
    let json = r#"[{"name": "org/m", "clients": 8, "first": 0.5, "rate": "3", "note": 4, "more.less": 1},
        {"name": "org/m", "TP": 4, "clients": "16", "first": null, "gap": 2.5, "note": "warm"}]"#;
    assert_eq!(lines(&copied(json, &mapping)), lines(&mapped(json, &mapping)));
    for text in [CSV, &CSV.replace("speed", "Peak speed")] {
        assert_eq!(lines(&copied(text, &suggested(text))), lines(&mapped(text, &suggested(text))));
    }
}

#[test]
fn a_copied_format_has_an_id_of_its_own() {
    let of = |path: &str| {
        let row = suggested(CSV).as_format(&header(CSV).expect("a table"), path);
        assert!(Layout::from_json(&row).is_ok(), "{row}");
        row["id"].as_str().map(str::to_owned)
    };
    for (path, id) in
        [("vllm.csv", "own-vllm"), ("", "table"), (".csv", "table"), ("a\\b c.csv", "b-c"), ("https://h/x.csv?y=1", "x")]
    {
        assert_eq!(of(path).as_deref(), Some(id), "{path}");
    }
}

#[test]
fn names_are_unique_and_examples_few() {
    let found = header("a,,a\n1,x,2\nNaN,y,3\n,z,oops\n5,w,6\n").expect("a table");
    let names: Vec<&str> = found.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["a", "column 2", "a (2)"]);
    assert_eq!(found.columns.iter().map(|column| column.numeric).collect::<Vec<bool>>(), [true, false, true]);
    assert_eq!(found.columns[1].examples, ["x", "y", "z"]);
    for none in ["", "one line", "a,b", "{}", "[]", "[1, 2]", "{\"a\": 1}", "a\n1\n2"] {
        assert_eq!(header(none), None, "{none}");
    }
}

#[test]
fn a_mapping_is_remembered_as_it_was() {
    let mapping = suggested(CSV);
    let text = serde_json::to_string(&mapping).expect("JSON");
    assert!(text.contains(r#"{"name":"P99 TTFT (s)","role":"metric","key":"ttft","stat":"p99","unit":"s"}"#), "{text}");
    assert_eq!(serde_json::from_str::<Mapping>(&text).expect("a mapping"), mapping);
}

proptest! {
    #[test]
    fn nothing_panics(text in "\\PC{0,200}", table in "[a-c,;\t\"{}\\[\\]:0-9.eE\n\r\\-]{0,300}") {
        for text in [&text, &table] {
            if let Some(header) = header(text) {
                mapped(text, &suggest(&header));
            }
            mapped(text, &suggested(CSV));
        }
    }

    #[test]
    fn figures_are_exact(figures in proptest::collection::vec((0.0..1e12_f64, -1e12..1e12_f64), 1..20)) {
        let rows: Vec<String> = figures.iter().map(|(a, b)| format!("{a};{b}")).collect();
        let found = mapped(&format!("output_tps;other\n{}\n", rows.join("\n")), &suggested("output_tps;other\n1;2\n"));
        let objects: Vec<String> = figures.iter().map(|(a, b)| format!("{{\"output_tps\": {a}, \"other\": {b}}}")).collect();
        let same = mapped(&objects.join("\n"), &suggested("output_tps;other\n1;2\n"));
        prop_assert_eq!(found.rows.len(), figures.len());
        for ((row, other), (a, b)) in found.rows.iter().zip(&same.rows).zip(&figures) {
            prop_assert_eq!(&row.samples, &[("output_tps/mean".to_owned(), *a), ("other/mean".to_owned(), *b)]);
            prop_assert_eq!(&row.samples, &other.samples);
        }
    }
}
