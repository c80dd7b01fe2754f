//! `inferscope lengths`: every kind of file gives the table that the Data view reads.

use std::fs::File;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use serde_json::Value;

use super::{folder, json, put, run, stdout};

/// Words between blanks; a word that is not in the vocabulary is one token, too.
pub const TOKENIZER: &str = r#"{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
 "pre_tokenizer": {"type": "WhitespaceSplit"}, "post_processor": null, "decoder": null,
 "model": {"type": "WordLevel", "vocab": {"[UNK]": 0, "hello": 1}, "unk_token": "[UNK]"}}"#;

/// What the page's engine finds in a table of lengths.
fn inspected(path: &str) -> (Value, Value, u64) {
    let report = json(&["inspect", "--json", path]).remove(0);
    let warnings = report["diagnostics"].as_array().map_or(0, Vec::len);
    (report["format"].clone(), report["records"]["entry"].clone(), warnings as u64)
}

#[test]
fn counts_come_from_any_kind_of_table() {
    let folder = folder("lengths");
    let expected = "input_length,output_length\n12,3\n7,\n0,20\n";
    let lines = "{\"usage\": {\"prompt_tokens\": 12, \"out\": 3}}\n{\"usage\": {\"prompt_tokens\": 7}}\n{\"usage\": {}}\n\
                 {\"usage\": {\"prompt_tokens\": 0, \"out\": 20}}\n";
    let jsonl = put(&folder, "set.jsonl", lines);
    let paths = ["--input", "usage.prompt_tokens", "--output", "usage.out"];
    assert_eq!(stdout(&[&["lengths", &jsonl], &paths[..]].concat()), expected);
    let list = put(&folder, "set.json", &format!("[{}]", lines.trim().replace('\n', ",")));
    assert_eq!(stdout(&[&["lengths", &list], &paths[..]].concat()), expected);

    let columns = ["--input", "in tok", "--output", "out"];
    for (name, delimiter) in [("set.csv", ","), ("set.tsv", "\t"), ("semicolons.csv", ";")] {
        let text = "in tok,out,id\n12,3,a\n7,,b\n,,c\n0,20,d\n".replace(',', delimiter);
        let csv = put(&folder, name, &text);
        assert_eq!(stdout(&[&["lengths", &csv], &columns[..]].concat()), expected, "{name}");
    }
    let parquet = folder.join("set.parquet");
    let figures = |values: [Option<i64>; 4]| Arc::new(Int64Array::from(values.to_vec())) as ArrayRef;
    let texts = Arc::new(StringArray::from(vec![Some("12"), Some("7"), None, Some("0")])) as ArrayRef;
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("id", figures([Some(1), Some(2), Some(3), Some(4)]), true),
        ("in tok", texts, true),
        ("out", figures([Some(3), None, None, Some(20)]), true),
    ]);
    let batch = batch.expect("columns of equal length");
    let mut writer = ArrowWriter::try_new(File::create(&parquet).expect("a file"), batch.schema(), None).expect("a writer");
    writer.write(&batch).and_then(|()| writer.close()).expect("written");
    assert_eq!(stdout(&[&["lengths", &parquet.display().to_string()], &columns[..]].concat()), expected);

    // The page reads both tables; a saved one has the data set's name.
    for (options, entries) in [(&[][..], 3), (&["--counts"][..], 5)] {
        let saved = folder.join("saved.csv").display().to_string();
        assert_eq!(run(&[&["lengths", &jsonl, "--save", &saved], &paths[..], options].concat()).status.code(), Some(0));
        assert_eq!(inspected(&saved), ("token-lengths".into(), entries.into(), 0), "{options:?}");
    }
    let counts = stdout(&[&["lengths", &jsonl, "--counts"], &paths[..]].concat());
    assert_eq!(counts, "length,inputs,outputs\n0,1,\n3,,1\n7,1,\n12,1,\n20,,1\n");
    assert_eq!(stdout(&["lengths", &jsonl, "--output", "usage.out"]), "output_length\n3\n20\n");
}

#[test]
fn texts_are_counted_by_the_named_tokenizer() {
    let folder = folder("lengths-texts");
    let tokenizer = put(&folder, "tokenizer.json", TOKENIZER);
    let lines = "{\"messages\": [{\"role\": \"user\", \"content\": \"hello you there\"}, {\"role\": \"user\", \"content\": [{\"type\": \"text\", \"text\": \"and\"}]}], \"answer\": \"fine\", \"n\": 5}\n\
                 {\"messages\": [], \"answer\": \"42\", \"n\": 6}\n";
    let jsonl = put(&folder, "chats.jsonl", lines);
    let arguments = ["lengths", &jsonl, "--input", "messages", "--output", "answer", "--tokenizer", &tokenizer];
    assert_eq!(stdout(&arguments), "input_length,output_length\n4,1\n0,1\n");
    let csv = put(&folder, "texts.csv", "text,n\nhello hello,5\n7,6\n");
    let arguments = ["lengths", &csv, "--input", "text", "--output", "n", "--tokenizer", &tokenizer];
    assert_eq!(stdout(&arguments), "input_length,output_length\n2,5\n1,6\n");

    let refused = run(&["lengths", &csv, "--input", "text"]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0));
    assert!(told.contains("line 2: Column “text” has texts") && told.contains("--tokenizer"), "{told}");
    let broken = put(&folder, "broken.json", "{\"model\": 1}");
    let refused = run(&["lengths", &csv, "--input", "text", "--tokenizer", &broken]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("Cannot count tokens"));
}

#[test]
fn what_is_no_length_is_told() {
    let folder = folder("lengths-wrong");
    let csv = put(&folder, "wrong.csv", "in,out\n5,1\n-3,2\n6\n7,nan\n");
    let output = run(&["lengths", &csv, "--input", "in", "--output", "out"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "input_length,output_length\n5,1\n,2\n7,\n");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("line 3: in: not a number of tokens") && told.contains("line 4: The row has 1 cell"), "{told}");
    for (arguments, code, part) in
        [(vec!["--input", "inn"], 1, "There is no column “inn”; there are: in, out."), (vec![], 2, "--input")]
    {
        let output = run(&[&["lengths", &csv], arguments.as_slice()].concat());
        assert_eq!((output.status.code(), output.stdout.len()), (Some(code), 0), "{arguments:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(part), "{arguments:?}");
    }
    let empty = put(&folder, "empty.csv", "in\n\n");
    assert_eq!(run(&["lengths", &empty, "--input", "in"]).status.code(), Some(1));
    let broken = put(&folder, "broken.jsonl", "{\"in\": 4}\n{\"in\": \n{\"in\": [1, 2]}\n");
    let output = run(&["lengths", &broken, "--input", "in"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "input_length\n4\n");
    assert!(told.contains("error: line 2, character") && told.contains("line 3: “in” is neither"), "{told}");
    let damaged = put(&folder, "damaged.parquet", "PAR1 and nothing else");
    let output = run(&["lengths", &damaged, "--input", "in"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("The Parquet file cannot be read"));
}
