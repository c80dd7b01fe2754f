//! What fuzzing does with bytes, and what must hold whatever they are: no panic, every figure finite, every progress
//! between 0 and 1. Shared by the targets of libFuzzer and by `tests/fuzz.rs`.

use inferscope::engine::import_all;
use inferscope::format::{FORMATS, Format, Input, Look, sniff, unrecognised};
use inferscope::record::{Diagnostic, DimensionId, MetricId, Provenance, Record, Sink, Stat};
use inferscope::source::container::{Limits, is_container, open};
use inferscope::source::{Source, packed, text};
use inferscope::state::link;

/// A sink that keeps nothing and checks everything.
#[derive(Default)]
struct Checked {
    dimensions: Vec<String>,
    metrics: Vec<(String, Stat)>,
}

impl Sink for Checked {
    fn dimension(&mut self, key: &str) -> DimensionId {
        let known = self.dimensions.iter().position(|other| other == key);
        DimensionId(known.unwrap_or_else(|| {
            self.dimensions.push(key.to_owned());
            self.dimensions.len() - 1
        }) as u32)
    }

    fn metric(&mut self, key: &str, stat: Stat) -> MetricId {
        let known = self.metrics.iter().position(|(other, other_stat)| other == key && *other_stat == stat);
        MetricId(known.unwrap_or_else(|| {
            self.metrics.push((key.to_owned(), stat));
            self.metrics.len() - 1
        }) as u32)
    }

    fn record(&mut self, record: Record<'_>) {
        for sample in record.samples {
            let (key, stat) = &self.metrics[sample.metric.0 as usize];
            assert!(sample.value.is_finite(), "{}: {key}/{} is {}", record.place, stat.key(), sample.value);
        }
        assert!(record.load.value.is_none_or(f64::is_finite), "{}: the load is {:?}", record.place, record.load);
        assert!(record.identity.iter().all(|(id, _)| (id.0 as usize) < self.dimensions.len()));
    }

    fn diagnostic(&mut self, diagnostic: Diagnostic) {
        assert!(!diagnostic.message.is_empty());
    }

    fn provenance(&mut self, _: Provenance) {}

    fn progress(&mut self, fraction: f64) {
        assert!((0.0..=1.0).contains(&fraction), "progress {fraction}");
    }
}

fn decoded(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    if text::is_text(bytes) { text::decode(bytes).0 } else { "".into() }
}

/// Reads the bytes as one format, whatever they are.
pub fn as_format(format: &Format, bytes: &[u8]) {
    format.read(Input { path: "unknown", text: &decoded(bytes), bytes }, &mut Checked::default());
}

/// Reads the bytes as the format that the first byte chooses.
pub fn formats(bytes: &[u8]) {
    if let [first, rest @ ..] = bytes {
        as_format(FORMATS[usize::from(*first) % FORMATS.len()], rest);
    }
}

/// Recognises the bytes, reads them as what they are, and builds their tables.
pub fn sniffing(bytes: &[u8]) {
    let text = decoded(bytes);
    let look = Look::new(Input { path: "unknown", text: &text, bytes });
    if sniff(&look).is_none() {
        assert!(!unrecognised(&look).message.is_empty());
    }
    imported(bytes);
}

/// Opens the bytes as a container; its members stay inside it and within the limits.
pub fn containers(bytes: &[u8]) {
    let limits = Limits { total_bytes: 1 << 22, member_bytes: 1 << 20, members: 100, ..Limits::DEFAULT };
    let opened = open(Source::new("box", bytes), &limits);
    assert!(opened.members.len() <= limits.members);
    for member in &opened.members {
        assert!(!member.path.split('/').any(|part| part == ".."), "{}", member.path);
        if is_container(bytes) {
            assert!(member.path == "box" || member.path.starts_with("box/"), "{}", member.path);
            assert!(member.bytes.len() as u64 <= limits.member_bytes);
        }
    }
    imported(bytes);
}

fn imported(bytes: &[u8]) {
    for file in import_all(Source::new("unknown", bytes), None, |fraction| assert!((0.0..=1.0).contains(&fraction))) {
        // A panic costs one file, and is a fault all the same.
        let found = &file.report.diagnostics;
        assert!(!file.report.failed && !found.iter().any(|found| found.message.contains("the decoder failed")), "{found:?}");
        let said = file.report.aside.is_some() || !file.report.diagnostics.is_empty();
        assert!(file.report.format.is_some() || said);
    }
}

/// Decodes the bytes to text.
pub fn decoding(bytes: &[u8]) {
    let (text, _) = text::decode(bytes);
    assert!(!text.starts_with('\u{FEFF}') || bytes.len() > 3);
    text::is_text(bytes);
}

/// Opens the bytes as a link and as data packed in one; what a link says survives being written again.
pub fn links(bytes: &[u8]) {
    let query = String::from_utf8_lossy(bytes);
    let (state, _) = link::decode(&query);
    let (again, _) = link::decode(&link::encode(&state));
    assert_eq!(again, state);
    _ = packed::unpack(&query);
}
