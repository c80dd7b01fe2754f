//! Twice the input is twice the work: of every kind of input that could cost its square, two sizes are read, joined or shown,
//! and what was counted may not grow by more than 2.5 times. Counted are allocations, the bytes they ask for, and what loops
//! look at ([`inferscope::work`]); times depend on the machine and are only printed (`-- --nocapture`).

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Instant;

use inferscope::demo;
use inferscope::engine::protocol::FileId;
use inferscope::engine::{Engine, import, import_all};
use inferscope::join::{Joined, join};
use inferscope::record::Kind;
use inferscope::source::Source;
use inferscope::state::ViewState;
use inferscope::table::Tables;
use inferscope::work::{self, Repeated};

use crate::memory::{rotating_keys, server_metrics};
use crate::support;

/// The most that counted work may grow by when the input is doubled.
const MOST: f64 = 2.5;

const HEADER: &str = "model,version,accelerator,TP,intended concurrency,output_tok/sec,ttft_median,request_latency_median\n";

/// The same with as many figures as a duplicate is known by.
const MORE: &str = "model,version,accelerator,TP,intended concurrency,output_tok/sec,ttft_median,request_latency_median,\
    ttft_p95,itl_median\n";

const FIRST: &str = "m,v,H200,1,1,100,5,50\n";

/// Bytes of an allocation that cost as much as one operation.
const BYTES: f64 = 64.0;

/// What work cost: operations, and seconds.
fn cost(work: impl FnOnce()) -> (f64, f64) {
    let (before, start) = (work::counted(), Instant::now());
    let allocated = allocation_counter::measure(work);
    let counted = (work::counted() - before) as f64;
    (counted + allocated.count_total as f64 + allocated.bytes_total as f64 / BYTES, start.elapsed().as_secs_f64())
}

/// Holds that doubling a size of `make`'s inputs doubles the cost of `work`.
fn doubles<I>(name: &str, size: usize, make: impl Fn(usize) -> I, work: impl Fn(I)) {
    let [less, more] = [size, 2 * size].map(|size| {
        let input = make(size);
        cost(|| work(input))
    });
    let ratio = more.0 / less.0;
    _ = writeln!(std::io::stdout(), "{name:<28} {:>12.0} {ratio:>6.2} {:>8.3} s {:>6.2}", less.0, less.1, more.1 / less.1);
    assert!(ratio < MOST, "{name}: {} operations, then {}: {ratio:.2} times", less.0, more.0);
}

fn reading(name: &str, size: usize, make: impl Fn(usize) -> Vec<u8>) {
    doubles(name, size, make, |bytes| drop(import_all(Source::new(name, bytes), None, |_| {})));
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |text, at| text + &line(at))
}

fn tables(path: &str, text: &str) -> Tables {
    import(&Source::new(path, text), None, |_| {}).tables
}

/// A table of one row each for so many loads, whose figures depend on a seed.
fn rows(count: usize, model: impl Fn(usize) -> String, seed: f64) -> String {
    let line = |at: usize| {
        // As close to its neighbours as in a table of any length.
        let figure = (100.0 + seed) * 1.001_f64.powi(at as i32);
        let [first, whole, late, gap] = [7.0, 0.3, 5.0, 9.0].map(|part| figure / part);
        format!("{},v,H200,1,{at},{figure:.4},{first:.4},{whole:.4},{late:.4},{gap:.4}\n", model(at))
    };
    MORE.to_owned() + &lines(count, line)
}

fn joining(name: &str, size: usize, kind: Kind, make: impl Fn(usize) -> Vec<Tables>) {
    doubles(name, size, make, |files| drop(join(&files.iter().collect::<Vec<_>>(), kind, &[])));
}

#[test]
fn tables_of_text() {
    reading("loads.csv", 2000, |count| (HEADER.to_owned() + &lines(count, |at| format!("m,v,H200,1,{at},100,5,50\n"))).into());
    reading("models.csv", 2000, |count| rows(count, |at| format!("org/model-{at}"), 0.0).into());
    reading("quotes.csv", 4000, |count| format!("{HEADER}m,v,H200,1,1,100,5,50\n{}", "a\"b,\"c\n".repeat(count)).into());
    reading("stray.csv", 2000, |count| {
        let quote = |at: usize| if at % 10 == 4 { "\"" } else { "" };
        (HEADER.to_owned() + &lines(count, |at| format!("m,v,{}H200,1,{at},100,5,50\n", quote(at)))).into()
    });
    reading("short.csv", 2000, |count| (HEADER.to_owned() + FIRST + &lines(count, |at| format!("m,v,H200,1,{at}\n"))).into());
    reading("wrong.csv", 2000, |count| (HEADER.to_owned() + &lines(count, |at| format!("m,v,H200,1,{at},x{at},5,50\n"))).into());
    reading("zeros.csv", 2000, |count| {
        let zero = |at: usize| if at % 10 == 4 { "\0" } else { "" };
        (HEADER.to_owned() + FIRST + &lines(count, |at| format!("m,v,H200,1,{at},1{}0,5,50\n", zero(at)))).into()
    });
    let header = String::from_utf8(support::bytes(&support::root().join("tests/hostile/hdr_rollup.csv"))).expect("text");
    reading("rollup.csv", 2000, |count| {
        let row = "mock-job,8,8,8,8,0,1,455.697,91.01,49.616,9.714,10.363,,102.939,56.962\r\n";
        format!("{}\r\n{}", header.trim_end(), row.repeat(count)).into()
    });
}

#[test]
fn trees_and_logs() {
    reading("rotating_keys.jsonl", 100, |count| rotating_keys(count, false));
    reading("rotating_texts.jsonl", 100, |count| rotating_keys(count, true));
    reading("server_metrics.json", 200, |count| server_metrics(count, 8));
    reading("slices.json", 100, |count| server_metrics(10, 8 * count));
    let log =
        String::from_utf8_lossy(&support::bytes(&support::root().join("tests/hostile/rotated/decode_w1.log.1"))).into_owned();
    reading("decode_w1.log", 40, |count| log.repeat(count).into());
    let report = support::fixture("guidellm/0.8.1/concurrent-1-16.json");
    let report: serde_json::Value = serde_json::from_slice(&report).expect("JSON");
    reading("benchmarks.json", 8, |count| {
        let mut report = report.clone();
        let once = report["benchmarks"].as_array().cloned().expect("benchmarks");
        report["benchmarks"] = (0..count).flat_map(|_| once.iter().cloned()).collect();
        report.to_string().into()
    });
    let zip = |count: usize| {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for at in 0..count {
            zip.start_file(format!("r{at}/a.csv"), zip::write::SimpleFileOptions::default()).expect("started");
            zip.write_all(rows(2, |_| "m".to_owned(), at as f64).as_bytes()).expect("written");
        }
        zip.finish().expect("finished").into_inner()
    };
    reading("members.zip", 200, zip);
}

#[test]
fn joins() {
    let table = |seed: u64, rows: usize| {
        let mut text = Vec::new();
        demo::write(&demo::Options { rows: Some(rows), seed }, &mut text).expect("written");
        import(&Source::new(format!("{seed}.csv"), text), None, |_| {}).tables
    };
    let measured = Kind::Measurement;
    joining("two demo tables", 1000, measured, |rows| vec![table(1, rows), table(2, rows)]);
    let one = |count| ["a.csv", "b.csv"].map(|path| tables(path, &rows(count, |_| "m".to_owned(), 0.0)));
    joining("one table twice", 1000, measured, |count| one(count).into());
    assert_eq!(join(&one(50).each_ref(), measured, &[]).table.rows(), 50);
    joining("one figure", 1000, measured, |count| {
        let text = |seed: usize| HEADER.to_owned() + &lines(count, |at| format!("m,v,H200,1,{},100,5,50\n", 2 * at + seed));
        vec![tables("a.csv", &text(0)), tables("b.csv", &text(1))]
    });
    joining("thousands of models", 1000, measured, |count| {
        let text = |seed: usize| rows(count, |at| format!("org/model-{seed}-{at}"), 0.0);
        vec![tables("a.csv", &text(0)), tables("b.csv", &text(1))]
    });
    let result = |at: usize, model: &str| tables(&format!("d/r{at}.csv"), &rows(1, |_| model.to_owned(), at as f64 * 50.0));
    for (name, distinct) in [("descriptions × results", false), ("descriptions × models", true)] {
        joining(name, 100, measured, |count| {
            let model = |at: usize| if distinct { format!("org/model-{at}") } else { "m".to_owned() };
            let config = |at: usize| {
                let text = format!("{{\"model\": \"{}\", \"tensor_parallel_size\": 8, \"image\": \"i{at}\"}}", model(at));
                tables(&format!("d/config{at}.json"), &text)
            };
            (0..count).flat_map(|at| [config(at), result(at, &model(at))]).collect()
        });
    }
    joining("many files", 200, measured, |count| (0..count).map(|at| result(at, "m")).collect());
    let scores = |count: usize| {
        let score = |at: usize| {
            let text = format!(
                "{{\"results\": {{\"gsm8k\": {{\"alias\": \"gsm8k\", \"exact_match,strict-match\": 0.{at:04}, \
                 \"exact_match_stderr,strict-match\": 0.01}}}}, \"config\": {{\"model\": \"hf\", \"model_args\": \"pretrained=org/m{at}\"}}, \
                 \"model_name\": \"org/m{at}\", \"n-shot\": {{\"gsm8k\": 5}}, \"versions\": {{\"gsm8k\": 3}}, \"configs\": {{}}, \"lm_eval_version\": \"0.4.9\"}}"
            );
            tables(&format!("evals/results_{at}.json"), &text)
        };
        (0..count).map(score).collect::<Vec<_>>()
    };
    assert_eq!(scores(1)[0].rows(Kind::Accuracy), 1);
    joining("scores of models", 100, Kind::Accuracy, scores);
}

/// Files that come one after the other, with pictures in between as the page asks for them: by the clock of counted work.
#[test]
fn file_after_file() {
    let files = |count: usize| -> Vec<Tables> {
        (0..count).map(|at| tables(&format!("r{at}/a.csv"), &rows(2, |_| "m".to_owned(), at as f64 * 50.0))).collect()
    };
    doubles("file after file", 1000, files, |files| {
        let mut joined = Joined::new(Kind::Measurement, &[]);
        let (mut pictures, mut drawn) = (Repeated::default(), 0);
        // Reading a file took about as much as its rows in the join take.
        let mut read = 0.0;
        let all: Vec<&Tables> = files.iter().collect();
        for at in 1..=all.len() {
            read += 3000.0;
            let now = read + work::counted() as f64;
            if at < all.len() && pictures.is_early(now, 0.0) {
                continue;
            }
            pictures.begin(now);
            joined.extend(&all[..at]);
            pictures.end(read + work::counted() as f64);
            drawn += 1;
        }
        assert!(drawn > 5, "only {drawn} pictures");
    });
}

#[test]
fn pictures() {
    for view in ["explore", "compare", "pareto", "data"] {
        let make = |count: usize| {
            let mut engine = Engine::default();
            engine.add(FileId(1), tables("a.csv", &rows(count, |at| format!("org/model-{at}"), 0.0)));
            engine
        };
        doubles(&format!("{view} of distinct models"), 1000, make, |mut engine| {
            drop(engine.show(&ViewState { view: view.to_owned(), ..ViewState::default() }, &BTreeMap::new()));
        });
    }
    let make = |count: usize| {
        let mut engine = Engine::default();
        (0..count).for_each(|at| {
            engine.add(FileId(at as u32), tables(&format!("r{at}/a.csv"), &rows(2, |_| "m".to_owned(), at as f64)))
        });
        (engine, (0..count).map(|at| format!("r{at}/a.csv")).collect::<Vec<String>>())
    };
    doubles("identity of files", 200, make, |(mut engine, paths)| drop(engine.identity(&paths)));
}
