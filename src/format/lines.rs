//! Line numbers as editors and `grep` count them: a CR that ended a line by itself became a LF when the text was decoded
//! (progress bars of terminals, old Macs); where the file has other line ends, too, those are not counted.

use crate::format::Input;
use crate::record::{Diagnostic, DimensionId, MetricId, Place, Provenance, Record, Sink, Stat};

/// Passes on what is read with the numbers of the file's own lines.
pub(super) struct Renumbered<'s> {
    sink: &'s mut dyn Sink,
    /// The numbers of the lines that begin behind a CR alone, in order.
    behind: Vec<u64>,
}

impl<'s> Renumbered<'s> {
    /// Where a file has lines that are not counted; else the sink itself.
    pub(super) fn of(input: Input<'_>, sink: &'s mut dyn Sink) -> Result<Renumbered<'s>, &'s mut dyn Sink> {
        let behind = behind_returns(input);
        if behind.is_empty() { Err(sink) } else { Ok(Renumbered { sink, behind }) }
    }

    fn own(&self, place: &Place) -> Place {
        let own = |line: u64| line - self.behind.partition_point(|behind| *behind <= line) as u64;
        match place {
            Place::Line(line) => Place::Line(own(*line)),
            Place::Cell { line, column } => Place::Cell { line: own(*line), column: column.clone() },
            Place::Character { line, column } => Place::Character { line: own(*line), column: *column },
            other @ (Place::File | Place::Key(_) | Place::Text(_)) => other.clone(),
        }
    }
}

/// The numbers of the lines that begin behind a CR alone; none where those are the only line ends, or the text's places are not
/// the file's.
fn behind_returns(Input { text, bytes, .. }: Input<'_>) -> Vec<u64> {
    let mark = bytes.len().saturating_sub(text.len());
    let is_own = mark == 0 || (mark == 3 && bytes.starts_with(b"\xEF\xBB\xBF"));
    // A text that was not changed is a part of the file.
    if !is_own || bytes.get(mark..).is_none_or(|rest| rest.as_ptr() == text.as_ptr()) || memchr::memchr(b'\n', bytes).is_none() {
        return Vec::new();
    }
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).zip(2..);
    ends.filter(|(at, _)| bytes.get(mark + at) == Some(&b'\r')).map(|(_, line)| line).collect()
}

impl Sink for Renumbered<'_> {
    fn dimension(&mut self, key: &str) -> DimensionId {
        self.sink.dimension(key)
    }

    fn metric(&mut self, key: &str, stat: Stat) -> MetricId {
        self.sink.metric(key, stat)
    }

    fn record(&mut self, record: Record<'_>) {
        let place = self.own(record.place);
        self.sink.record(Record { place: &place, ..record });
    }

    fn diagnostic(&mut self, diagnostic: Diagnostic) {
        let place = self.own(&diagnostic.place);
        self.sink.diagnostic(Diagnostic { place, ..diagnostic });
    }

    fn provenance(&mut self, provenance: Provenance) {
        self.sink.provenance(provenance);
    }

    fn progress(&mut self, fraction: f64) {
        self.sink.progress(fraction);
    }

    fn wants_requests(&self) -> bool {
        self.sink.wants_requests()
    }

    fn skip_requests(&mut self, count: usize) {
        self.sink.skip_requests(count);
    }

    fn reports_repeats(&mut self) {
        self.sink.reports_repeats();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::text::decode;

    #[test]
    fn lines_behind_a_return_are_those_of_the_file() {
        let of = |bytes: &[u8]| {
            let (text, _) = decode(bytes);
            behind_returns(Input { path: "x", text: &text, bytes })
        };
        assert_eq!(of(b"a\rb\r\r\nc\rd\n"), [2, 4]);
        assert_eq!(of(b"\xEF\xBB\xBFa\nb\rc\n"), [3]);
        assert!(of(b"a\rb\rc").is_empty());
        assert!(of(b"a\nb\r\nc").is_empty());
    }
}
