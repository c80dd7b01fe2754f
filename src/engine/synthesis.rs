//! A scaled copy of a loaded trace, as a file to save.

use super::protocol::Exported;
use crate::catalog::number::plural;
use crate::record::{Diagnostic, Severity};
use crate::source::text::decode;
use crate::trace::Trace;
use crate::trace::synthesis::{Options, Synthesis};

/// A trace of the same kind as a file's, scaled. Without content if there is none; the note says why.
pub fn synthesize(path: &str, bytes: &[u8], options: Options) -> Exported {
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let stem = file.split('.').next().unwrap_or(file);
    let mut export =
        Exported { name: format!("{stem}-synthetic.jsonl"), mime: "application/jsonl".to_owned(), ..Exported::default() };
    let sentence = |found: &Diagnostic| format!("{} {}", found.message, found.hint).trim().to_owned();
    let (text, _) = decode(bytes);
    let made = Trace::read(path, &text, false)
        .map_err(|found| found.iter().find(|one| one.severity == Severity::Error).map_or_else(String::new, sentence))
        .and_then(|(trace, _)| Synthesis::new(&trace, options).map_err(|refusal| sentence(&refusal)));
    let (mut synthesis, notes) = match made {
        Ok(made) => made,
        Err(why) => {
            export.note = format!("{file}: no trace was made. {why}");
            return export;
        }
    };
    let mut requests = 0;
    for row in &mut synthesis {
        // Memory takes all that is written.
        if row.write(&mut export.bytes).is_ok() {
            requests += 1;
        }
    }
    let mut words = vec![format!("{} made from {file}.", plural(requests, "request"))];
    if synthesis.missing() > 0 {
        words.push(format!(
            "{} are missing: no prompt fits the bounds of the input length.",
            plural(synthesis.missing(), "request")
        ));
    }
    words.extend(notes.iter().map(|note| note.message.clone()));
    export.note = words.join(" ");
    export
}
