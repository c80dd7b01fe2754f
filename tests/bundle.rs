//! Bundles and reports: what one person saw, another sees, from the file alone.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use inferscope::chart;
use inferscope::engine::bundle::{self, MANIFEST, Manifest, ORIGINALS, Original, PackedTable, TABLES};
use inferscope::engine::protocol::{ExportRef, Exported, FileId};
use inferscope::engine::{Engine, FileReport, Imported, PACKED, ReadAs, import_all};
use inferscope::format::spreadsheet::Decimal;
use inferscope::record::{Given, Kind, Severity};
use inferscope::source::{Source, packed};
use inferscope::state::{Filters, ViewState, link};
use inferscope::view_model::report::{Page, Section};
use inferscope::view_model::{Report, ViewModel};

/// Reads a file of the checkout, under a path of somebody's own.
fn read(path: &str, file: &str) -> Vec<Imported> {
    let bytes = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("it is in the checkout");
    import_all(Source::new(path, bytes), None, |_| {})
}

fn engine(read: Vec<Imported>) -> Engine {
    let mut engine = Engine::default();
    (0..).zip(read).for_each(|(id, read)| engine.add(FileId(id), read.tables));
    engine
}

/// All records of each kind, as a bundle has them.
fn tables(engine: &mut Engine) -> Vec<Exported> {
    let all = |kind| ExportRef { all_of: Some(kind), ..ExportRef::of("parquet") };
    let kinds = Kind::ALL.into_iter().filter(|kind| *kind != Kind::Context);
    let written = kinds.map(|kind| engine.export(&all(kind)).written());
    written.collect::<Vec<_>>().into_iter().filter(|export| !export.bytes.is_empty()).collect()
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).expect("memory takes it");
        archive.write_all(bytes).expect("memory takes it");
    }
    archive.finish().expect("memory takes it").into_inner()
}

/// A bundle of what an engine shows.
fn bundle_of(engine: &mut Engine) -> Vec<u8> {
    let tables = tables(engine);
    let manifest = serde_json::to_vec(&Manifest::of(&tables[0].link)).expect("JSON");
    let names: Vec<String> = tables.iter().map(|table| format!("{TABLES}{}", table.name)).collect();
    let mut members: Vec<(&str, &[u8])> = vec![(MANIFEST, &manifest)];
    members.extend(names.iter().zip(&tables).map(|(name, table)| (name.as_str(), table.bytes.as_slice())));
    zip(&members)
}

fn own(read: &[Imported]) -> &FileReport {
    let own = read.iter().find(|read| read.report.view.is_some());
    &own.expect("it brings a view").report
}

/// The view that a file brings, of the records that it brings.
fn opened(read: Vec<Imported>) -> ViewModel {
    let (state, notes) = link::decode(own(&read).view.as_deref().expect("a view"));
    assert_eq!(notes, Vec::<String>::new());
    engine(read).show(&state, &BTreeMap::new())
}

/// What a reader sees: lines with their figures, tables, and the answer.
fn seen(model: &ViewModel) -> impl PartialEq + std::fmt::Debug + use<> {
    let panel = |panel: &inferscope::view_model::Panel| (panel.title.clone(), format!("{:?}", panel.chart.series));
    let grid = |grid: &inferscope::view_model::Grid| (grid.title.clone(), format!("{:?}", grid.rows));
    let headline = model.headline.as_ref().map(|headline| headline.text.clone());
    let panels: Vec<_> = model.panels.iter().map(panel).collect();
    (model.sentence.clone(), headline, panels, model.grids.iter().map(grid).collect::<Vec<_>>())
}

fn asking(link: &str) -> ViewState {
    link::decode(link).0
}

#[test]
fn a_bundle_shows_what_its_maker_saw() {
    let given = Given { path: "a/guidellm.json".to_owned(), dimension: "gpus".to_owned(), value: "4".to_owned() };
    let described = ViewState { given: vec![given], ..asking("?v=2&view=explore&y=output_tps_per_gpu&x=load") };
    let cases = [
        (read("a/guidellm.json", "public/demo/guidellm.json"), described),
        (read("server.zip", "public/demo/server.zip"), asking("?v=2&view=server")),
        (read("server.zip", "public/demo/server.zip"), asking("?v=2&view=server/metrics")),
        (read("server.zip", "public/demo/server.zip"), asking("?v=2&view=server/gpus")),
        (read("consolidated.csv", "public/demo/consolidated.csv"), asking("?v=2&view=compare")),
    ];
    for (read, state) in cases {
        let mut made = engine(read);
        let before = made.show(&state, &BTreeMap::new());
        assert!(!before.panels.is_empty() || !before.grids.is_empty(), "{}", state.view);
        let read = import_all(Source::new("sent/bundle.zip", bundle_of(&mut made)), None, |_| {});
        for found in read.iter().flat_map(|read| &read.report.diagnostics) {
            assert_ne!(found.severity, Severity::Error, "{}: {found:?}", state.view);
        }
        assert_eq!(own(&read).format_label(), Some("Inferscope bundle"));
        assert_eq!(seen(&opened(read)), seen(&before), "{}", state.view);
    }
}

#[test]
fn original_files_are_read_in_place_of_the_records_and_as_their_maker_read_them() {
    let table = "run,accelerator,model,version,prompt toks,output toks,TP,intended concurrency,output_tok/sec,ttft_p95,successful_requests\n\
                 r,H200,org/m,v1,1000,1000,1,8,1.250,100,9\n";
    let member = format!("{ORIGINALS}1/table.csv");
    let original = Original {
        member: member.clone(),
        path: "mine/table.csv".to_owned(),
        read_as: Some(ReadAs::Numbers(Decimal::Comma)),
        requests: false,
    };
    let manifest = Manifest { originals: vec![original], ..Manifest::of("?v=2&view=explore") };
    let manifest = serde_json::to_vec(&manifest).expect("JSON");
    let parquet = tables(&mut {
        let mut made = engine(read("guidellm.json", "public/demo/guidellm.json"));
        made.show(&ViewState::default(), &BTreeMap::new());
        made
    });
    let bytes =
        zip(&[(MANIFEST, &manifest), (&format!("{TABLES}measurements.parquet"), &parquet[0].bytes), (&member, table.as_bytes())]);
    let read = import_all(Source::new("bundle.zip", bytes), None, |_| {});
    let results: Vec<&Imported> = read.iter().filter(|read| read.report.measurements > 0).collect();
    let found: Vec<_> = read.iter().map(|read| (&read.report.path, &read.report.format, &read.report.diagnostics)).collect();
    println!("{found:?}");
    assert_eq!(results.iter().map(|read| read.report.path.as_str()).collect::<Vec<_>>(), ["mine/table.csv"]);
    let measurements = results[0].tables.get(Kind::Measurement).expect("measurements");
    let rate = measurements.figures("output_tps", inferscope::record::Stat::Mean).expect("a rate");
    assert_eq!(rate.get(0), Some(1250.0), "with a decimal point it would be 1.25");
}

#[test]
fn a_report_brings_its_data() {
    let mut made = engine(read("guidellm.json", "public/demo/guidellm.json"));
    let state = asking("?v=2&view=explore&y=ttft.p95");
    let model = made.show(&state, &BTreeMap::new());
    let export = made.export(&ExportRef { all_of: Some(Kind::Measurement), ..ExportRef::of(PACKED) });
    let packed = String::from_utf8(export.bytes).expect("text");
    let manifest = Manifest { tables: vec![PackedTable { name: export.name, packed }], ..Manifest::of(&export.link) };
    let report = Report { model: &model, subject: "</script><b>x", source: "a", date: "2026-11-30", link: "", notice: "" };
    let (plots, rows) = (chart::plots(&model.panels, None), made.cells(3));
    let (data, viewer) = (serde_json::to_string(&manifest).expect("JSON"), "draw(\"</script>\")");
    let sections = vec![Section { report, plots, rows: &rows }];
    let html = Page { title: "<i>", synthetic: false, sections, files: Vec::new(), notes: &[], data: &data, viewer }.html();
    // Nothing from a file ends a script or begins an element.
    assert_eq!(html.matches("</script>").count(), 3, "data, charts and the program");
    assert!(!html.contains("<b>x") && !html.contains("<i>"));
    assert!(html.contains("default-src 'none'"), "no network");
    let read = import_all(Source::new("inferscope.html", html.into_bytes()), None, |_| {});
    assert_eq!(own(&read).format_label(), Some("Inferscope report"));
    assert_eq!(seen(&opened(read)), seen(&model));
}

#[test]
fn damaged_bundles_and_reports_are_findings() {
    // A manifest that is none is a file like others.
    let read = import_all(Source::new("a.zip", zip(&[(MANIFEST, b"{\"link\": 3}")])), None, |_| {});
    assert!(read.iter().all(|read| read.report.view.is_none()));
    assert!(read.iter().any(|read| read.report.path == "a.zip/inferscope.json"));
    // One in a folder, as a file manager packs it, is one.
    let manifest = serde_json::to_vec(&Manifest::of("?v=2&view=pareto")).expect("JSON");
    let read = import_all(Source::new("a.zip", zip(&[("b/inferscope.json", &manifest)])), None, |_| {});
    assert_eq!(own(&read).view.as_deref(), Some("?v=2&view=pareto"));
    // Of a version to come.
    let later = serde_json::to_vec(&Manifest { schema: 99, ..Manifest::of("?v=2") }).expect("JSON");
    let read = import_all(Source::new("a.zip", zip(&[(MANIFEST, &later)])), None, |_| {});
    assert!(own(&read).diagnostics.iter().any(|found| found.message.contains("newer Inferscope")), "{:?}", own(&read));
    // Data that are cut, and data that are none.
    let packed = packed::pack("model,load\nm,1\n");
    for wrong in ["", "%%%", &packed[..packed.len() / 2]] {
        let table = PackedTable { name: "x.csv".to_owned(), packed: wrong.to_owned() };
        let manifest = Manifest { tables: vec![table], ..Manifest::of("?v=2") };
        let data = serde_json::to_string(&manifest).expect("JSON");
        let html =
            Page { title: "", synthetic: false, sections: Vec::new(), files: Vec::new(), notes: &[], data: &data, viewer: "" }
                .html();
        let read = import_all(Source::new("a.html", html.into_bytes()), None, |_| {});
        let all: Vec<_> = read.iter().flat_map(|read| &read.report.diagnostics).collect();
        assert!(!all.is_empty(), "{wrong}: {all:?}");
    }
    // Another page is none.
    let read = import_all(Source::new("a.html", b"<!doctype html><html><body></body></html>".to_vec()), None, |_| {});
    assert!(read.iter().all(|read| read.report.view.is_none()));
}

#[test]
fn names_of_people_and_hosts_are_hidden_in_all_that_is_shared() {
    let table = "run,accelerator,model,version,prompt toks,output toks,TP,intended concurrency,output_tok/sec,ttft_p95,successful_requests,hostname,user\n\
                 r,H200,org/m,v1,1000,1000,1,1,100,100,9,gpu7.corp,jane\nr,H200,org/m,v1,1000,1000,1,8,700,100,9,gpu7.corp,jane\n\
                 r,H200,org/m,v1,1000,1000,1,1,110,100,9,gpu9.corp,joe\n";
    let read = || import_all(Source::new("t.csv", table.as_bytes().to_vec()), None, |_| {});
    let mut engine = engine(read());
    let mut state = ViewState { series_by: vec!["hostname".to_owned()], ..ViewState::default() };
    state.filters = Filters::Chosen([("user".to_owned(), ["jane".to_owned()].into())].into());
    let lines = |model: &ViewModel| -> Vec<(String, usize)> {
        model
            .panels
            .iter()
            .flat_map(|panel| &panel.chart.series)
            .map(|line| (line.label.clone(), line.points().count()))
            .collect()
    };
    let plain = engine.show(&state, &BTreeMap::new());
    assert!(lines(&plain).iter().any(|(label, _)| label.contains("gpu7")), "{:?}", lines(&plain));
    engine.hide_names(true);
    let seen = engine.as_seen(&state).into_owned();
    let hidden = engine.show(&seen, &BTreeMap::new());
    let counts = |model: &ViewModel| lines(model).into_iter().map(|(_, count)| count).collect::<Vec<_>>();
    assert_eq!(counts(&hidden), counts(&plain), "the same measurements");
    let everything = format!("{hidden:?}");
    let export = engine.export(&ExportRef { all_of: Some(Kind::Measurement), ..ExportRef::of(PACKED) });
    let csv = packed::unpack(&String::from_utf8(export.bytes).expect("text")).expect("packed");
    let csv = String::from_utf8(csv).expect("text");
    for name in ["gpu7", "gpu9", "jane", "joe"] {
        for (what, text) in [("picture", &everything), ("data", &csv), ("link", &export.link)] {
            assert!(!text.contains(name), "{name} is in the {what}: {text}");
        }
    }
    assert!(
        csv.contains("hostname-1") && csv.contains("hostname-2") && export.link.contains("f.user=user-1"),
        "{csv}{}",
        export.link
    );
    assert!(export.anonymous);
    // And back.
    engine.hide_names(false);
    assert_eq!(lines(&engine.show(&state, &BTreeMap::new())), lines(&plain));
    assert_eq!(bundle::provenance(&read()[0].report).map(|file| file[3].clone()), Some("3 measurements".to_owned()));
}

#[test]
fn what_is_chosen_by_name_is_chosen_by_number() {
    let table = "run,accelerator,model,version,prompt toks,output toks,TP,intended concurrency,output_tok/sec,ttft_p95,successful_requests,hostname\n\
                 r,H200,org/m,v1,1000,1000,1,1,100,100,9,gpu7.corp\nr,H200,org/m,v1,1000,1000,1,8,700,100,9,gpu7.corp\n\
                 r,H200,org/m,v1,1000,1000,1,1,110,100,9,gpu9.corp\nr,H200,org/m,v1,1000,1000,1,8,900,100,9,gpu9.corp\n";
    let mut engine = engine(import_all(Source::new("t.csv", table.as_bytes().to_vec()), None, |_| {}));
    let state = asking("?v=2&view=compare&o.by=hostname&o.baseline=gpu9.corp&o.candidate=gpu7.corp&o.find=gpu7&show=corp.gpu7");
    let plain = engine.show(&state, &BTreeMap::new());
    assert_eq!(plain.personal, ["hostname"], "whatever the view shows");
    engine.hide_names(true);
    let seen = engine.as_seen(&state).into_owned();
    let hidden = engine.show(&seen, &BTreeMap::new());
    let answer = |model: &ViewModel| model.headline.as_ref().map(|headline| headline.text.clone()).unwrap_or_default();
    let numbered = answer(&plain).replace("gpu9.corp", "hostname-2").replace("gpu7.corp", "hostname-1");
    assert_eq!(answer(&hidden), numbered, "the same sides and figures");
    let export = engine.export(&ExportRef { all_of: Some(Kind::Measurement), ..ExportRef::of("parquet") });
    assert!(!export.link.contains("gpu") && export.link.contains("o.baseline=hostname-2"), "{}", export.link);
    for name in ["gpu7", "gpu9"] {
        assert!(!format!("{hidden:?}").contains(name), "{hidden:?}");
    }
}

#[test]
fn bundles_packed_again_are_read_once() {
    let table = b"run,accelerator,model,version,prompt toks,output toks,TP,intended concurrency,output_tok/sec,ttft_p95,successful_requests\n\
                  r,H200,org/m,v1,1000,1000,1,8,1250,100,9\n";
    let member = format!("{ORIGINALS}1/table.csv");
    let original = Original { member: member.clone(), path: "mine/table.csv".to_owned(), read_as: None, requests: false };
    let manifest = Manifest { originals: vec![original], ..Manifest::of("?v=2&view=pareto") };
    let manifest = [&b"\xEF\xBB\xBF"[..], &serde_json::to_vec(&manifest).expect("JSON")].concat();
    let mut made = engine(import_all(Source::new("mine/table.csv", table.to_vec()), None, |_| {}));
    made.show(&ViewState::default(), &BTreeMap::new());
    let parquet = tables(&mut made).remove(0).bytes;
    let rows = |members: &[(&str, &[u8])]| {
        let read = import_all(Source::new("b.zip", zip(members)), None, |_| {});
        assert_eq!(own(&read).view.as_deref(), Some("?v=2&view=pareto"));
        let warned = own(&read).diagnostics.iter().any(|found| found.message.contains("original files"));
        (read.iter().map(|read| read.report.measurements).sum::<usize>(), warned)
    };
    let records = format!("{TABLES}measurements.parquet");
    let [folder, records_in, member_in] = [MANIFEST, &records, &member].map(|name| format!("inferscope/{name}"));
    assert_eq!(rows(&[(&folder, &manifest), (&records_in, &parquet), (&member_in, table)]), (1, false), "in a folder");
    assert_eq!(rows(&[(&records, &parquet), (&member, table), (MANIFEST, &manifest)]), (1, false), "the manifest last");
    assert_eq!(rows(&[(MANIFEST, &manifest), (&records, &parquet)]), (1, true), "without the originals");
}
