//! Tables, whatever tool wrote them: stray quotes, repeated columns, headers alone, line ends.

use std::fs;

use inferscope::engine::import_all;
use inferscope::record::Kind;
use inferscope::source::Source;

use super::{HEADER, findings, reports, says};

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

/// A table with one of its columns there a second time, at the end and with other cells; and what the column is called. Its
/// header has one row, or three, below what stands above it.
fn with_repeated(text: &str, delimiter: char, column: usize) -> (String, String) {
    let above = text.lines().take_while(|line| line.starts_with('#') || line.starts_with("sep=")).count();
    let headers = if text.starts_with("Run Info,Run Info,") { 3 } else { 1 };
    let (mut name, mut doubled) = (Vec::new(), String::new());
    for (at, line) in text.lines().enumerate() {
        let header = (above..above + headers).contains(&at);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter as u8).from_reader(line.as_bytes());
        let cells = reader.records().next().and_then(Result::ok).unwrap_or_default();
        let cell = cells.get(column).unwrap_or_default();
        name.extend((header && !cell.trim().is_empty()).then(|| cell.trim().to_owned()));
        let more = match cell {
            _ if !header => "7".to_owned(),
            quoted if quoted.contains([delimiter, '"']) => format!("\"{}\"", quoted.replace('"', "\"\"")),
            plain => plain.to_owned(),
        };
        doubled += line;
        if at >= above && !line.is_empty() {
            doubled.push(delimiter);
            doubled += &more;
        }
        doubled.push('\n');
    }
    (name.join(" · "), doubled)
}

/// Of two columns with one name the first is read, in whatever tool's table, and the other one is told.
#[test]
fn the_first_of_two_columns_is_read_and_the_other_told() {
    /// Tables below each other, which have a test of their own, broken ones, and those that a second column makes unknown: then
    /// all of it is told.
    const OTHERS: [&str; 18] = [
        "aiperf/0.13.0/concurrency-4.csv",
        "aiperf/0.13.0/server-metrics.csv",
        "aiperf/genai-perf/table.csv",
        "aiperf/made/repeats.csv",
        "gpu-telemetry/made/kepler.csv",
        "gpu-telemetry/made/power.csv",
        "lengths/made/counts.csv",
        // Cells of several lines.
        "llmd/45-columns/single.csv",
        "llmd/51-columns/cluster.csv",
        "lengths/made/input-only.csv",
        // MLCommons repeats columns itself: the first that is not blank counts.
        "mlperf/made/flat.tsv",
        "mlperf/made/pivot-5.0.csv",
        "mlperf/made/pivot.csv",
        "rhaiis/52-columns/header-only.csv",
        "rhaiis/52-columns/hostile.csv",
        "rhaiis/broken/rows.csv",
        "cpu/made/epyc.csv",
        "none/notes.csv",
    ];
    let root = crate::support::root().join("tests/fixtures");
    let (mut read, mut wrong) = (0, Vec::new());
    for path in crate::support::fixtures() {
        let name = path.strip_prefix(&root).expect("below").display().to_string();
        let Some(ending) = path.extension().and_then(|end| end.to_str()).filter(|end| ["csv", "tsv"].contains(end)) else {
            continue;
        };
        if OTHERS.contains(&name.as_str()) {
            continue;
        }
        let text = fs::read_to_string(&path).expect("text");
        let Some(first) = text.lines().find(|line| !line.starts_with('#') && !line.starts_with("sep=")) else { continue };
        let delimiter = ['\t', ';'].into_iter().find(|mark| first.contains(*mark)).unwrap_or(',');
        let all = |text: &str| {
            let read = import_all(Source::new(format!("x.{ending}"), text.as_bytes()), None, |_| {}).remove(0);
            (read.report.format, read.report.diagnostics, read.tables.to_bytes())
        };
        let (format, _, rows) = all(&text);
        let columns = first.split(delimiter).count();
        for column in [0, 1, columns / 2, columns - 1] {
            let (repeated, doubled) = with_repeated(&text, delimiter, column);
            if repeated.is_empty() {
                continue;
            }
            let (same, found, other) = all(&doubled);
            let found: Vec<String> = found.iter().map(|found| format!("{}: {}", found.place, found.message)).collect();
            let told = |found: &String| {
                found.contains(&format!("column “{repeated}”: There is a column of this name before: the first one is used."))
                    || found.contains(&format!("both contain “{repeated}”; the first is used."))
            };
            if !found.iter().any(told) {
                wrong.push(format!("{name}: a second {repeated} is not told: {found:?}"));
            } else if same != format || other != rows {
                wrong.push(format!("{name}: {repeated} is read from the second column"));
            }
            read += 1;
        }
    }
    assert!(wrong.is_empty() && read > 100, "{read}: {wrong:#?}");
}

/// The same in AIPerf's tables, which stand below each other, and in what `dcgmi` prints.
#[test]
fn repeated_columns_of_other_layouts_are_told() {
    let fixture = |path: &str| String::from_utf8(crate::support::fixture(path)).expect("text");
    for (path, header, repeated, own, twice) in [
        ("aiperf/0.13.0/concurrency-4.csv", "Metric,", "p99", "", "7"),
        ("aiperf/made/repeats.csv", "metric,", "mean", "", "7"),
        ("aiperf/0.13.0/server-metrics.csv", "Endpoint,Type", "avg", "", "7"),
    ] {
        let text = fixture(path);
        let mut cells = None;
        let doubled: String = text
            .lines()
            .map(|line| {
                if line.starts_with(header) && line.split(',').any(|cell| cell == repeated) {
                    cells = Some(line.split(',').count());
                    return format!("{line},{repeated}{own}\n");
                }
                if line.trim().is_empty() {
                    cells = None;
                }
                match cells {
                    Some(count) if line.split(',').count() == count => format!("{line},{twice}\n"),
                    _ => format!("{line}\n"),
                }
            })
            .collect();
        says(&findings("x.csv", doubled.as_bytes()), &format!("column “{repeated}”: There is a column of this name before"));
        let rows = |text: &str| import_all(Source::new("x.csv", text.as_bytes()), None, |_| {}).remove(0).tables.to_bytes();
        assert!(rows(&text) == rows(&doubled), "{path}");
    }
    let text = fixture("gpu-telemetry/made/dmon.log");
    let heading = text.lines().find(|line| line.trim_start().starts_with("#Entity")).expect("a heading");
    let name = heading.split_whitespace().nth(1).expect("a column");
    let doubled: String = text
        .lines()
        .map(|line| match line.split_whitespace().next() {
            Some("#Entity") => format!("{line} {name}\n"),
            Some("GPU") => format!("{line} 7\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let found = findings("x.log", doubled.as_bytes());
    let repeated: Vec<&String> = found.iter().filter(|found| found.contains("There is a column of this name before")).collect();
    assert_eq!(repeated.len(), 1, "{found:#?}");
    let rows = |text: &str| import_all(Source::new("x.log", text.as_bytes()), None, |_| {}).remove(0).tables.to_bytes();
    assert!(rows(&text) == rows(&doubled));
}

/// Columns of Parquet may have one name, too.
#[test]
fn the_first_of_two_typed_columns_is_read() {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
    use arrow_ipc::writer::FileWriter;
    use arrow_schema::{Field, Schema};

    let columns: [(&str, ArrayRef); 4] = [
        ("model", Arc::new(StringArray::from(vec!["m"]))),
        ("ttft_p50_ms", Arc::new(Float64Array::from(vec![10.0]))),
        ("ttft_p50_ms", Arc::new(Float64Array::from(vec![99.0]))),
        ("model", Arc::new(StringArray::from(vec!["other"]))),
    ];
    let fields: Vec<Field> = columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).expect("a batch");
    let mut file = FileWriter::try_new(Vec::new(), &batch.schema()).expect("in memory");
    file.write(&batch).expect("in memory");
    let read = import_all(Source::new("x.arrow", file.into_inner().expect("in memory")), None, |_| {}).remove(0);
    let rows = read.tables.get(Kind::Measurement).expect("rows");
    let ttft = rows.figures("ttft", inferscope::record::Stat::P50).expect("a column").get(0);
    assert_eq!((ttft, rows.dimension("model").and_then(|names| names.text(0))), (Some(10.0), Some("m")));
    let told: Vec<String> = read.report.diagnostics.iter().map(|found| format!("{}: {}", found.place, found.message)).collect();
    says(&told, "ttft_p50_ms: There is a column of this name before");
    says(&told, "model: There is a column of this name before");
}
