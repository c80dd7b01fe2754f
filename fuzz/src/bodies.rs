//! One function per thing that parses. Each panics when what must hold does not; what each asserts is in its description.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use inferscope::engine::live::{Answer, import_live};
use inferscope::engine::protocol::FileId;
use inferscope::engine::{Engine, Imported, Instructions, import_all};
use inferscope::format::{FORMATS, Format, Input, Look, by_id, layouts, mapped, picked, sniff, spreadsheet, unrecognised};
use inferscope::join::{Joined, join};
use inferscope::record::{DiagnosticsOnly, Given, Kind};
use inferscope::source::container::{Limits, is_container, open};
use inferscope::source::{Source, packed, text};
use inferscope::state::deployment::copies::Sync;
use inferscope::state::deployment::{Deployment, MAX_NOTICE, MAX_SOURCES, Place};
use inferscope::state::live::Live;
use inferscope::state::settings::Settings;
use inferscope::state::{ViewState, link, parts};
use inferscope::table::Tables;
use inferscope::trace::{Trace, analysis, arrivals, convert, synthesis};
use inferscope::view::VIEWS;

use super::sink::Checked;

/// What stands between two inputs of one execution.
pub const BETWEEN: &[u8] = b"\n\x1E\n";

/// The paths under which inputs are read: names of folders mean something to some formats.
const PATHS: [&str; 4] = ["unknown", "run/concurrency_8/unknown.json", "decode_w0.out", "prefill_4gpus_tp4/isl_1024/raw.csv"];

fn decoded(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    if text::is_text(bytes) { text::decode(bytes).0 } else { "".into() }
}

/// A choice that follows from the bytes, so that an input alone says all.
fn choice(bytes: &[u8], of: usize) -> usize {
    bytes.iter().fold(bytes.len(), |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte))) % of
}

/// The two inputs of an execution; the second is empty where nothing stands between.
fn two(bytes: &[u8]) -> (&[u8], &[u8]) {
    let at = bytes.windows(BETWEEN.len()).position(|window| window == BETWEEN);
    at.map_or((bytes, &[]), |at| (&bytes[..at], &bytes[at + BETWEEN.len()..]))
}

/// Reads the bytes as one format, whatever they are: no figure is NaN, every progress between 0 and 1.
pub fn format(format: &Format, bytes: &[u8]) {
    format.read(Input { path: PATHS[choice(bytes, PATHS.len())], text: &decoded(bytes), bytes }, &mut Checked::default());
}

fn read_as(id: &str, bytes: &[u8]) {
    format(by_id(id).expect("a format"), bytes);
}

/// Recognises the bytes, reads them and builds their tables: unrecognised bytes get a finding, and the tables hold what the
/// report counts.
pub fn recognition(bytes: &[u8]) {
    let text = decoded(bytes);
    let look = Look::new(Input { path: "unknown", text: &text, bytes });
    if sniff(&look).is_none() {
        assert!(!unrecognised(&look).message.is_empty());
    }
    imported("unknown", bytes);
}

fn imported(path: &str, bytes: &[u8]) -> Vec<Imported> {
    let how = Instructions { requests: bytes.len() % 2 == 1, ..Instructions::default() };
    let files = import_all(Source::new(path, bytes), how, |fraction| assert!((0.0..=1.0).contains(&fraction)));
    for Imported { report, tables } in &files {
        // A panic costs one file; whether it is a known one is judged outside.
        let failed = report.diagnostics.iter().find(|found| report.failed || found.message.contains("the decoder failed"));
        if let Some(found) = failed {
            panic!("{}", found.message);
        }
        assert!(report.format.is_some() || report.aside.is_some() || !report.diagnostics.is_empty());
        for (kind, count) in &report.records {
            assert_eq!(tables.rows(*kind), *count, "{kind:?}");
        }
    }
    files
}

/// Opens the bytes as a container: its members stay inside it and within the limits.
pub fn containers(bytes: &[u8]) {
    let limits = Limits { total_bytes: 1 << 22, member_bytes: 1 << 20, members: 100, ..Limits::DEFAULT };
    let opened = open(Source::new("box", bytes), &limits);
    assert!(opened.members.len() <= limits.members);
    let total: u64 = opened.members.iter().map(|member| member.bytes.len() as u64).sum();
    assert!(total <= limits.total_bytes.max(bytes.len() as u64), "{total} bytes");
    for member in &opened.members {
        assert!(!member.path.split('/').any(|part| part == ".."), "{}", member.path);
        if is_container(bytes) {
            assert!(member.path == "box" || member.path.starts_with("box/"), "{}", member.path);
            assert!(member.bytes.len() as u64 <= limits.member_bytes);
        }
    }
    for (path, found) in &opened.findings {
        assert!(path.starts_with("box") && !found.message.is_empty());
        if found.message.contains("the decoder failed") {
            panic!("{}", found.message);
        }
    }
}

/// Packs the bytes, as the first one chooses, with checksums that hold, and opens that.
pub fn repacked(bytes: &[u8]) {
    let Some((first, content)) = bytes.split_first() else { return };
    let gzip = |content: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(content).and_then(|()| encoder.finish()).expect("in memory")
    };
    let zip = |method| {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        for name in ["a/inner", "b.json"] {
            writer.start_file(name, options).and_then(|()| writer.write_all(content).map_err(Into::into)).expect("in memory");
        }
        writer.finish().expect("in memory").into_inner()
    };
    let tar = || {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        builder.append_data(&mut header, "a/inner", content).expect("in memory");
        builder.into_inner().expect("in memory")
    };
    containers(&match first % 6 {
        0 => zip(zip::CompressionMethod::Stored),
        1 => zip(zip::CompressionMethod::Deflated),
        2 => tar(),
        3 => gzip(content),
        4 => gzip(&tar()),
        _ => ruzstd::encoding::compress_to_vec(content, ruzstd::encoding::CompressionLevel::Fastest),
    });
}

/// Reads the bytes as a table of Parquet or Arrow.
pub fn columns(bytes: &[u8]) {
    read_as("columns", bytes);
    if bytes.starts_with(b"PAR1") && bytes.len().is_multiple_of(4) {
        let input = Input { path: "x", text: "", bytes };
        _ = picked::pick(input, &["model", "load"], &mut DiagnosticsOnly::default(), &mut |_, _| {});
    }
}

/// Reads the bytes as NumPy's arrays.
pub fn npz(bytes: &[u8]) {
    read_as("dynamo-profile", bytes);
}

/// Reads the bytes as YAML, as one of the formats that are.
pub fn yaml(bytes: &[u8]) {
    let yaml = FORMATS.iter().filter(|format| format.about.extensions.contains(&"yaml"));
    let yaml: Vec<&&Format> = yaml.collect();
    format(yaml[choice(bytes, yaml.len())], bytes);
}

/// Reads the bytes as a table of cells: as one of Inferscope's, by the names of its columns, some columns of it, and as a
/// spreadsheet leaves it.
pub fn csv(bytes: &[u8]) {
    let decoded = decoded(bytes);
    let (plain, _) = spreadsheet::plain_numbers(&decoded, None);
    _ = spreadsheet::with_commas(&decoded);
    _ = spreadsheet::ending(&decoded);
    let input = Input { path: "x.csv", text: &plain, bytes };
    if let Some(header) = mapped::header(&plain) {
        mapped::read(input, &mapped::suggest(&header), &mut Checked::default());
        let first: Vec<&str> = header.columns.iter().take(2).map(|column| column.name.as_str()).collect();
        _ = picked::pick(input, &first, &mut DiagnosticsOnly::default(), &mut |_, _| {});
    }
    read_as("inferscope-csv", bytes);
}

/// Reads the bytes as JSON: its head, as a table, and as texts in it.
pub fn json(bytes: &[u8]) {
    let text = decoded(bytes);
    let input = Input { path: "x.json", text: &text, bytes };
    assert!(!unrecognised(&Look::new(input)).message.is_empty());
    if let Some(header) = mapped::header(&text) {
        mapped::read(input, &mapped::suggest(&header), &mut Checked::default());
    }
    read_as("inferscope-json", bytes);
    read_as("wrapped", bytes);
}

/// Decodes the bytes to text.
pub fn text(bytes: &[u8]) {
    let (text, _) = text::decode(bytes);
    assert!(!text.starts_with('\u{FEFF}') || bytes.len() > 3);
    text::is_text(bytes);
}

/// Opens the bytes as a link: what it says survives being written again, in one part and in two.
pub fn links(bytes: &[u8]) {
    let query = String::from_utf8_lossy(bytes);
    let (state, _) = link::decode(&query);
    let written = link::encode(&state);
    let (again, notes) = link::decode(&written);
    assert_eq!(again, state);
    assert_eq!(notes, Vec::<String>::new(), "{written}");
    let (shown, hidden) = parts::split(&written);
    assert_eq!(link::decode(&parts::joined(&shown, &hidden)).0, state);
}

/// Opens the bytes as a fragment: names of files, and data that are packed in it.
pub fn fragments(bytes: &[u8]) {
    let fragment = String::from_utf8_lossy(bytes);
    link::decode(&parts::joined("?v=2&local=1", &fragment));
    let Some(text) = parts::packed(&fragment).and_then(|packed| packed::unpack(packed).ok()) else { return };
    let again = packed::pack(&String::from_utf8_lossy(&text));
    assert!(packed::unpack(&again).is_ok());
    imported("link.csv", &text);
}

/// Reads the bytes as `config.json`: what was read is read again as the same. And as `catalog.json`, and as the status of a
/// source: what is taken of them is bounded, and no address leads into a script.
pub fn settings(bytes: &[u8]) {
    let (settings, _) = Settings::read(&String::from_utf8_lossy(bytes));
    let written = serde_json::to_string(&settings).expect("JSON");
    let (again, notes) = Settings::read(&written);
    assert_eq!(again, settings, "{notes:?}");
    let (layouts, _) = layouts(&settings.formats);
    for layout in &layouts {
        let input = Input { path: "x.csv", text: "model,tp,ttft\nm,4,1.5\n", bytes: b"" };
        layout.sniff(&Look::new(input));
        layout.read(input, &mut Checked::default());
    }
    settings.method_notes("v1", ["v2"].into_iter());
    settings.family("org/model");
    settings.log("a-b");
    for (_, url) in settings.links_for(|name| Some(format!("{name} \"<&"))) {
        assert!(!url.trim_start().to_lowercase().starts_with("javascript:"), "{url}");
    }
    let text = String::from_utf8_lossy(bytes);
    let (deployment, over, notes) = Deployment::read(&text, Settings::built_in());
    assert!((10..=86_400).contains(&deployment.refresh) && deployment.sources.len() <= MAX_SOURCES && notes.len() <= 21);
    assert!(deployment.notice.chars().count() <= MAX_NOTICE && notes.iter().all(|note| note.chars().count() < 400));
    assert!(deployment.sources.is_empty() || over.start.len() <= deployment.sources.len());
    for source in &deployment.sources {
        let place = match &source.place {
            Place::Address(src) => src,
            Place::Server(live) => &live.url,
        };
        let scheme = place.split(['/', '?', '#']).next().and_then(|start| start.split_once(':')).map(|(scheme, _)| scheme);
        assert!(scheme.is_none_or(|scheme| ["http", "https"].contains(&scheme.to_lowercase().as_str())), "{place}");
        assert!(!place.is_empty() && !place.starts_with("../") && !place.contains(char::is_control), "{place}");
    }
    if let Some(sync) = Sync::read(&text) {
        sync.age(1.8e12);
        sync.note("a", |at| format!("{at}"));
    }
}

/// A server that gives the parts of the bytes as answers, one after the other.
pub fn live(bytes: &[u8]) {
    const NOW: f64 = 1_796_000_000.0;
    let live = Live::at("http://prometheus.test/").expect("an address");
    let mut rest = bytes;
    let mut answers = Vec::new();
    while !rest.is_empty() {
        let (answer, more) = two(rest);
        answers.push(answer);
        rest = more;
    }
    let asked = std::cell::Cell::new(0);
    let fetch = async |_: &str| {
        let at = asked.replace(asked.get() + 1);
        assert!(at < 1000, "it asks and asks");
        let bytes = answers.get(at.min(answers.len().saturating_sub(1))).copied().unwrap_or_default();
        Ok(Answer { status: if bytes.first() == Some(&b'!') { 503 } else { 200 }, bytes: bytes.to_vec() })
    };
    let reading = import_live(&live, NOW, Instructions::default(), fetch, |done| assert!((0.0..=1.0).contains(&done)));
    let Poll::Ready((files, overview)) = pin!(reading).poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("nothing here waits")
    };
    assert!(overview.step.is_finite());
    for Imported { report, .. } in files {
        assert!(!report.failed, "{:?}", report.diagnostics);
    }
}

/// Reads the bytes as a trace of requests, describes it, converts it, and makes another of its kind.
pub fn traces(bytes: &[u8]) {
    let text = decoded(bytes);
    if let Ok((rows, _)) = convert::convert("x.csv", &text, &convert::Options::default()) {
        let mut out = Vec::new();
        for row in &rows {
            row.write(&mut out).expect("in memory");
        }
        assert_eq!(out.iter().filter(|byte| **byte == b'\n').count(), rows.len());
    }
    let Ok((trace, _)) = Trace::read("x.jsonl", &text, false) else { return };
    let (found, _) = analysis::analyse(&trace, &analysis::Options::default());
    assert_eq!(found.requests, trace.requests.len() as u64);
    arrivals::over_time(&trace, &[], None);
    let options = synthesis::Options { requests: Some(20), ..synthesis::Options::default() };
    if let Ok((made, _)) = synthesis::Synthesis::new(&trace, options) {
        assert!(made.take(21).count() <= 20);
    }
}

/// Reads the bytes as tables that were prepared.
pub fn tables(bytes: &[u8]) {
    if let Ok(tables) = Tables::from_bytes(bytes.to_vec()) {
        let mut engine = Engine::default();
        engine.add(FileId(1), tables);
        engine.show(&ViewState::default(), &BTreeMap::new());
    }
}

/// Adds a measurement to the bytes as another dashboard's table: nothing of what is there is lost.
pub fn append(bytes: &[u8]) {
    const OWN: &[u8] = b"model,tool,version,accelerator,tp,dp,gpus,isl,osl,load_kind,load,output_tps,ttft_p50_ms\n\
        org/m,guidellm,v1,H200,4,1,4,1000,1000,concurrency,8,100,50\n";
    let existing = decoded(bytes);
    let mut engine = Engine::default();
    for (id, file) in (1..).zip(import_all(Source::new("own.csv", OWN), None, |_| {})) {
        engine.add(FileId(id), file.tables);
    }
    engine.show(&ViewState::default(), &BTreeMap::new());
    for key in ["rhaiis-csv", "llmd-csv"] {
        engine.append(key, "x.csv", &existing);
    }
}

/// Loads two inputs together: joined one after the other is joined at once, and a view shows them.
pub fn joins(bytes: &[u8]) {
    let (one, other) = two(bytes);
    let other = if other.is_empty() { one } else { other };
    let files = [("run/a", one), ("run/b", other)];
    let tables: Vec<Tables> =
        files.iter().flat_map(|(path, bytes)| imported(path, bytes)).map(|imported| imported.tables).collect();
    let all: Vec<&Tables> = tables.iter().collect();
    let given = [Given { path: "run/b".to_owned(), dimension: "model".to_owned(), value: "another".to_owned() }];
    for kind in Kind::ALL.into_iter().filter(|kind| all.iter().any(|tables| tables.rows(*kind) > 0)) {
        let at_once = join(&all, kind, &given);
        let mut in_turn = Joined::new(kind, &given);
        for end in 1..=all.len() {
            in_turn.extend(&all[..end]);
        }
        assert_eq!(in_turn.table.rows(), at_once.table.rows(), "{kind:?}");
        assert_eq!(in_turn.notes, at_once.notes, "{kind:?}");
    }
    let mut engine = Engine::default();
    for (id, tables) in (1..).zip(tables) {
        engine.add(FileId(id), tables);
    }
    let view = VIEWS[choice(bytes, VIEWS.len())].about.id.to_owned();
    let model = engine.show(&ViewState { view, ..ViewState::default() }, &BTreeMap::new());
    _ = serde_json::to_string(&model).expect("JSON");
}
