//! `inferscope lengths`: the lengths of any data set as the table that the Data view reads.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use inferscope::engine::import::decoder_failed;
use inferscope::format::Input;
use inferscope::format::picked::{Picked, pick};
use inferscope::record::{Diagnostic, DiagnosticsOnly, Place, Severity};
use inferscope::source::guard::guarded;
use inferscope::source::text;

use super::trace::{open, tell, write};
use super::{complain, note};

/// How many findings of a kind are listed.
const LISTED: usize = 10;

/// The data set and its columns.
#[derive(Args)]
pub(crate) struct Arguments {
    /// A data set: JSON lines or a list, CSV, Parquet; also compressed; `-` is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Column of prompts: their tokens, or texts with --tokenizer. In JSON also a path, as in `usage.prompt_tokens`, or a
    /// list of messages, whose texts are counted without a chat template.
    #[arg(long, value_name = "COLUMN", required_unless_present = "output")]
    input: Option<String>,
    /// Column of answers, likewise.
    #[arg(long, value_name = "COLUMN")]
    output: Option<String>,
    /// Count the tokens of texts with this tokenizer.json (Hugging Face), without special tokens.
    #[arg(long, value_name = "FILE")]
    tokenizer: Option<PathBuf>,
    /// Count prompts and answers per length instead of a line for each: smaller, but which belong together is lost.
    #[arg(long)]
    counts: bool,
    /// The file to write; its name becomes the data set's. Default: standard output.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
}

/// One column's lengths by row.
struct Lengths {
    side: &'static str,
    values: Vec<Option<f64>>,
}

/// Summarises; 1 when the file has no lengths, 2 when texts come without a tokenizer.
pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> io::Result<u8> {
    let columns = [("input", &arguments.input), ("output", &arguments.output)];
    let columns: Vec<(&'static str, &str)> =
        columns.into_iter().filter_map(|(side, name)| Some((side, name.as_deref()?))).collect();
    let names: Vec<&str> = columns.iter().map(|(_, name)| *name).collect();
    let Some(source) = open(&arguments.file) else { return Ok(1) };
    let (text, mut found) = text::read(&source.bytes);
    let mut sink = DiagnosticsOnly::default();
    let mut cells: Vec<(Vec<Place>, Vec<Picked>)> = columns.iter().map(|_| (Vec::new(), Vec::new())).collect();
    let input = Input { path: &source.path, text: &text, bytes: &source.bytes };
    let mut take = |place: Place, row: Vec<Picked>| {
        for (cell, (places, cells)) in row.into_iter().zip(&mut cells) {
            places.push(place.clone());
            cells.push(cell);
        }
    };
    let picked = guarded(&source.path, || pick(input, &names, &mut sink, &mut take))
        .unwrap_or_else(|reason| Err(decoder_failed(&source.bytes, &reason)));
    found.append(&mut sink.0);
    found.extend(picked.as_ref().err().cloned());
    found.iter().for_each(|finding| tell(&source.path, finding));
    if picked.is_err() {
        return Ok(1);
    }
    let mut tokenizer = None;
    let mut sides = Vec::new();
    for ((side, name), (places, cells)) in columns.into_iter().zip(cells) {
        let number = |cell: &Picked| match cell {
            Picked::Text(text) => text.trim().parse().ok(),
            Picked::Number(number) => Some(*number),
            Picked::Missing => None,
        };
        let texts = cells.iter().any(|cell| matches!(cell, Picked::Text(_)) && number(cell).is_none());
        if texts && tokenizer.is_none() {
            let Some(path) = &arguments.tokenizer else {
                let example =
                    cells.iter().zip(&places).find(|(cell, _)| matches!(cell, Picked::Text(_)) && number(cell).is_none());
                let place = example.map_or(Place::File, |(_, place)| place.clone());
                let message = format!("Column “{name}” has texts, not numbers of tokens.");
                let hint = "Name the model's tokenizer to count them: --tokenizer tokenizer.json. Or choose a column of numbers.";
                tell(&source.path, &Diagnostic::new(Severity::Error, place, message, hint));
                return Ok(2);
            };
            match Counter::new(path) {
                Ok(counter) => tokenizer = Some(counter),
                Err(reason) => {
                    complain(&format!("{}: error: Cannot count tokens: {reason}.", path.display()));
                    return Ok(2);
                }
            }
        }
        let counter = tokenizer.as_ref().filter(|_| texts);
        let mut wrong: Vec<(&Place, String)> = Vec::new();
        let mut values = Vec::with_capacity(cells.len());
        for (cell, place) in cells.iter().zip(&places) {
            let value = match (cell, counter) {
                (Picked::Missing, _) => Ok(None),
                (Picked::Text(text), Some(counter)) => counter.count(text).map(|count| Some(count as f64)),
                (cell, _) => match number(cell) {
                    Some(value) if value >= 0.0 && value.is_finite() => Ok(Some(value)),
                    _ => Err("not a number of tokens".to_owned()),
                },
            };
            values.push(value.unwrap_or_else(|reason| {
                wrong.push((place, reason));
                None
            }));
        }
        for (place, reason) in wrong.iter().take(LISTED) {
            note(&format!("{}: warning: {place}: {name}: {reason}; left out", source.path));
        }
        if wrong.len() > LISTED {
            note(&format!("{}: warning: {} more cells of {name} left out", source.path, wrong.len() - LISTED));
        }
        sides.push(Lengths { side, values });
    }
    if sides.iter().all(|side| side.values.iter().all(Option::is_none)) {
        complain(&format!("{}: error: file: No row has a length.", source.path));
        return Ok(1);
    }
    write(arguments.save.as_deref(), out, &mut |out| {
        if arguments.counts { counted(&sides, out) } else { listed(&sides, out) }.map(|()| 0)
    })
}

/// A line for each row that has a length.
fn listed(sides: &[Lengths], out: &mut dyn Write) -> io::Result<()> {
    let header: Vec<String> = sides.iter().map(|side| format!("{}_length", side.side)).collect();
    writeln!(out, "{}", header.join(","))?;
    let rows = sides.first().map_or(0, |side| side.values.len());
    for row in 0..rows {
        let cells: Vec<Option<f64>> = sides.iter().map(|side| side.values.get(row).copied().flatten()).collect();
        if cells.iter().any(Option::is_some) {
            let cells: Vec<String> = cells.into_iter().map(|cell| cell.map_or(String::new(), |cell| cell.to_string())).collect();
            writeln!(out, "{}", cells.join(","))?;
        }
    }
    Ok(())
}

/// A line for each length, with the number of inputs and of outputs that have it.
fn counted(sides: &[Lengths], out: &mut dyn Write) -> io::Result<()> {
    let mut counts: BTreeMap<u64, [u64; 2]> = BTreeMap::new();
    for Lengths { side, values } in sides {
        for value in values.iter().flatten() {
            let [inputs, outputs] = counts.entry(value.round() as u64).or_default();
            *(if *side == "input" { inputs } else { outputs }) += 1;
        }
    }
    writeln!(out, "length,inputs,outputs")?;
    for (length, counts) in counts {
        let [inputs, outputs] = counts.map(|count| if count == 0 { String::new() } else { count.to_string() });
        writeln!(out, "{length},{inputs},{outputs}")?;
    }
    Ok(())
}

/// Counts the tokens of texts.
#[cfg(feature = "tokenizer")]
struct Counter(tokenizers::Tokenizer);

#[cfg(feature = "tokenizer")]
impl Counter {
    /// Reads a tokenizer. An error is the end of a sentence.
    fn new(path: &Path) -> Result<Counter, String> {
        tokenizers::Tokenizer::from_file(path).map(Counter).map_err(|error| error.to_string())
    }

    fn count(&self, text: &str) -> Result<usize, String> {
        self.0.encode_fast(text, false).map(|encoding| encoding.len()).map_err(|error| error.to_string())
    }
}

/// Counts nothing: built without tokenizers.
#[cfg(not(feature = "tokenizer"))]
struct Counter;

#[cfg(not(feature = "tokenizer"))]
impl Counter {
    fn new(_: &Path) -> Result<Counter, String> {
        Err("this program was built without the feature `tokenizer`".to_owned())
    }

    fn count(&self, _: &str) -> Result<usize, String> {
        Err("no tokenizer".to_owned())
    }
}
