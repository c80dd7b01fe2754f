//! Files made to hurt: none overflows the stack, fills the memory or runs for long, and each is told for what it is.
//!
//! Everything runs on a stack of one MiB, which is what WebAssembly has; unoptimised frames are larger than its own.

use std::fmt::Write;

use inferscope::engine::import::{Imported, ReadAs, import};
use inferscope::record::{Diagnostic, Kind, Severity, Stat};
use inferscope::source::Source;

use crate::support;

/// The stack of a WebAssembly program.
const STACK: usize = 1 << 20;

fn read(text: String) -> Imported {
    on_small_stack(text, None)
}

fn read_as(text: String, format: &'static str) -> Imported {
    on_small_stack(text, Some(format))
}

fn on_small_stack(text: String, read_as: Option<&'static str>) -> Imported {
    let reading = move || {
        import(&Source::new("unknown", text.into_bytes()), read_as.map(|id| ReadAs::Format(id.to_owned())).as_ref(), |_| {})
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(reading).expect("a thread");
    thread.join().expect("reading does not panic")
}

fn finding<'i>(imported: &'i Imported, part: &str) -> &'i Diagnostic {
    let found = imported.report.diagnostics.iter().find(|found| found.message.contains(part));
    found.unwrap_or_else(|| {
        let short: Vec<String> =
            imported.report.diagnostics.iter().map(|found| found.message.chars().take(200).collect()).collect();
        panic!("nothing says “{part}”: {short:#?}")
    })
}

/// A table as RHAIIS writes it, with these extra columns and one row of these cells.
fn table(extra: &str, cells: &str) -> String {
    format!(
        "model,version,accelerator,TP,intended concurrency,output_tok/sec,ttft_median,request_latency_median{extra}\n\
         m,v,H200,1,1,100,5,50{cells}\nm,v,H200,1,2,200,6,60{cells}\n"
    )
}

const GUIDELLM: &str = "{\"metadata\": {\"guidellm_version\": \"0.8.1\"}, \"benchmarks\": ";

#[test]
fn deep_json_is_named() {
    let deep = read(format!("{GUIDELLM}{}", "[".repeat(1_000_000)));
    assert_eq!(deep.report.format.as_deref(), Some("guidellm"));
    assert!(finding(&deep, "EOF while parsing a list").message.contains("inside benchmarks[0]"));
    let objects = read(format!("{GUIDELLM}{}", "{\"benchmarks\":".repeat(300_000)));
    assert_eq!(finding(&objects, "is truncated inside benchmarks.benchmarks").severity, Severity::Error);
    for text in ["[".repeat(1_000_000), "{\"a\":".repeat(1_000_000), format!("{{\"a\": {}", "[".repeat(1_000_000))] {
        assert_eq!(read(text).report.format, None);
    }
    // Of what is skipped, depth does not matter: it is not stored.
    let skipped =
        read(format!("{{\"skipped\": {}{}, \"metadata\": {{}}, \"benchmarks\": []}}", "[".repeat(100_000), "]".repeat(100_000)));
    assert_eq!(skipped.report.measurements, 0);
}

#[test]
fn depth_is_bounded_in_every_format() {
    for format in inferscope::format::FORMATS {
        for open in ["[", "{\"a\":", "{a: ", "- ", "benchmarks: [", "(", "<a>"] {
            let deep = read_as(open.repeat(50_000), format.about.id);
            assert_eq!(deep.report.measurements, 0, "{} of “{open}”", format.about.id);
        }
    }
}

#[test]
fn deep_and_multiplying_yaml_is_named() {
    let head = "benchmarks:\n- type_: generative_benchmark\n  metrics: ";
    let deep = read(format!("{head}{}", "[".repeat(1_000_000)));
    assert_eq!(finding(&deep, "recursion limit exceeded").severity, Severity::Error);
    let maps = read(format!("{head}{}", "{a: ".repeat(100_000)));
    assert_eq!(finding(&maps, "depth").severity, Severity::Error);
    let mut blocks = head.to_owned();
    for depth in 0..3000 {
        _ = write!(blocks, "\n{}a:", " ".repeat(depth + 4));
    }
    assert_eq!(finding(&read(blocks), "inside benchmarks[0].metrics.a.a").severity, Severity::Error);
    let mut bomb = "benchmarks:\n- type_: generative_benchmark\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let again = vec![format!("*a{}", level - 1); 10].join(", ");
        _ = writeln!(bomb, "  a{level}: &a{level} [{again}]");
    }
    _ = writeln!(bomb, "  metrics: *a29");
    assert_eq!(finding(&read(bomb), "budget breached").severity, Severity::Error);
}

#[test]
fn a_table_of_a_hundred_thousand_columns_is_bounded() {
    let names: String = (0..100_000).fold(String::new(), |mut names, i| {
        _ = write!(names, ",c{i}");
        names
    });
    let cells = ",1".repeat(100_000);
    // No tool writes such a header: it is read only where a person says so.
    assert_eq!(read(table(&names, &cells)).report.format, None);
    let wide = read_as(table(&names, &cells), "rhaiis-csv");
    assert_eq!(wide.report.measurements, 2);
    let columns = wide.tables.get(Kind::Measurement).expect("rows");
    assert_eq!(columns.figures("c4000", Stat::Mean).and_then(|figures| figures.get(1)), Some(1.0));
    let said = finding(&wide, "Unknown columns are kept");
    assert!(said.message.ends_with(" and 4068 more."), "{}", said.message);
    assert_eq!(finding(&wide, "The header has").message, "The header has 100008 columns; only the first 4096 are read.");
    let own = "path,tool,model,accelerator,version,tp,dp,gpus,isl,osl,load_kind,load";
    let wide = read(format!("{own}{names}\na,t,m,H200,1,1,1,1,1,1,rate,1{cells}\n"));
    assert_eq!(wide.report.format.as_deref(), Some("inferscope-csv"));
    assert_eq!(wide.report.measurements, 1);
    assert_eq!(finding(&wide, "The header has").message, "The header has 100012 columns; only the first 4096 are read.");
    // Keys of an object are columns, too.
    let keys = (0..100_000).fold(String::new(), |mut keys, i| {
        _ = write!(keys, ", \"k{i}\": {i}");
        keys
    });
    let run = support::fixture("vllm/0.33.0/conc16.json");
    let run = String::from_utf8_lossy(&run).trim_end().trim_end_matches('}').to_owned() + &keys + "}";
    let wide = read(run);
    assert_eq!(wide.report.measurements, 1);
    assert!(finding(&wide, "more than 4096 columns").message.ends_with("were left out."));
}

#[test]
fn a_cell_of_fifty_megabytes_is_cut() {
    let long = read(table(",notes", &format!(",{}", "x".repeat(50 << 20))));
    assert_eq!(long.report.measurements, 2);
    let said = finding(&long, "has 52428800 bytes");
    assert_eq!((said.severity, said.place.to_string().as_str()), (Severity::Warning, "line 2"));
    let notes = long.tables.get(Kind::Measurement).and_then(|table| table.dimension("notes"));
    assert!(notes.is_some_and(|notes| notes.text(0).is_some_and(|text| text.len() < 100_000)));
}

#[test]
fn a_table_of_quotes_ends() {
    assert_eq!(finding(&read("\"".repeat(1 << 20)), "Not a known format").severity, Severity::Error);
    for line in ["\"\n", "\"\"\n", "\"\"\"\n", "\"a\n", ",\"\n"] {
        let quotes = read(table("", "") + &line.repeat(100_000));
        assert!(quotes.report.measurements <= 2);
        assert!(quotes.report.diagnostics.iter().any(|found| found.severity >= Severity::Warning), "{line:?}");
        assert!(quotes.report.diagnostics.len() < 100, "{line:?}");
    }
}

#[test]
fn numbers_beyond_every_range_are_missing() {
    for literal in ["1e999", "-1e999", "NaN", "inf"] {
        let found = read(table(",extra", &format!(",{literal}")).replace("100,5,", &format!("100,{literal},")));
        let table = found.tables.get(Kind::Measurement).expect("rows");
        assert_eq!(table.figures("ttft", Stat::P50).and_then(|figures| figures.get(0)), None, "{literal}");
        assert_eq!(table.figures("output_tps", Stat::Mean).and_then(|figures| figures.get(0)), Some(100.0), "{literal}");
        if literal.contains("1e999") {
            assert!(finding(&found, literal).place.to_string().contains("ttft_median"));
        }
    }
    let json = read(format!("{GUIDELLM}[{{\"type_\": \"generative_benchmark\", \"metrics\": {{\"a\": 1e999}}}}]}}"));
    assert_eq!(finding(&json, "number out of range").severity, Severity::Warning);
}

#[test]
fn names_that_stand_twice() {
    let twice = read(table(",TP,ttft_median", ",8,9"));
    assert_eq!(
        finding(&twice, "both contain “ttft_median”").message,
        "Columns 7 and 10 both contain “ttft_median”; the first is used."
    );
    // As everywhere in Python, the last of two equal keys counts.
    let json = read(
        "{\"benchmarks\": 3, \"metadata\": 1, \"metadata\": {\"guidellm_version\": \"0.8.1\"}, \"benchmarks\": []}".to_owned(),
    );
    assert_eq!(json.report.format.as_deref(), Some("guidellm"));
    assert!(json.report.diagnostics.iter().all(|found| !found.message.contains("damaged")), "{:?}", json.report.diagnostics);
}

#[test]
fn binary_data_are_named() {
    let found = import(&Source::new("a.parquet", b"BZh91AY&SY\0\0\0".to_vec()), None, |_| {});
    let said = &found.report.diagnostics[0];
    assert_eq!(said.message, "Not a known format: binary data beginning with the bytes 42 5a 68 39 31 41 59 26 (bzip2).");
}
