use super::*;

fn read(text: &str) -> (Deployment, Settings, Vec<String>) {
    Deployment::read(text, Settings::built_in())
}

fn file(path: &str) -> String {
    std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).expect(path)
}

/// The schema judges the same catalogues in `tests/benchmark/test_catalogue.py`.
#[test]
fn right_and_wrong_are_those_of_the_schema() {
    let cases: Value = serde_json::from_str(&file("tests/support/catalogues.json")).expect("JSON");
    let cases = |key: &str| cases[key].as_array().cloned().unwrap_or_default();
    assert!(cases("right").len() > 10 && cases("wrong").len() > 30);
    for case in cases("right") {
        assert_eq!(read(&case.to_string()).2, Vec::<String>::new(), "{case}");
    }
    for case in cases("wrong") {
        let (deployment, settings, notes) = read(&case[1].to_string());
        let begins = format!("{NOTE}{}", case[0].as_str().expect("a place"));
        assert!(notes.len() == 1 && notes[0].starts_with(&begins), "{case}: {notes:?}");
        assert_eq!((settings.threshold, settings.error_limit), (5.0, 1.0), "{case}");
        assert_eq!(deployment.notice, "");
        // What is wrong beside a source's place costs the source nothing.
        let is_beside = ["status", "title", "shown", "colour"].iter().any(|key| begins.ends_with(&format!(".{key}")));
        assert_eq!(deployment.sources.len(), usize::from(is_beside), "{case}");
    }
}

#[test]
fn the_schema_and_the_reader_know_the_same_fields() {
    let schema: Value = serde_json::from_str(&file("public/catalog.schema.json")).expect("JSON");
    let names = |of: &Value| of.as_object().expect("properties").keys().cloned().collect::<Vec<_>>();
    let unknown = |text: &Value| read(&text.to_string()).2.into_iter().filter(|note| note.contains("unknown")).count();
    for (name, _) in schema["properties"].as_object().expect("properties") {
        assert_eq!(unknown(&serde_json::json!({ name: false })), 0, "{name}");
    }
    for name in names(&schema["$defs"]["source"]["properties"]) {
        assert_eq!(unknown(&serde_json::json!({ "sources": [{ name.clone(): false }] })), 0, "{name}");
    }
    let mut sections = names(&schema["properties"]["settings"]["properties"]);
    let mut known = names(&serde_json::to_value(Settings::default()).expect("JSON"));
    // Left out where there are none.
    known.push("formats".to_owned());
    sections.sort();
    known.sort();
    assert_eq!(sections, known);
    let limits = [
        (&schema["properties"]["refresh_seconds"]["minimum"], REFRESH_SECONDS[0] as usize),
        (&schema["properties"]["refresh_seconds"]["maximum"], REFRESH_SECONDS[1] as usize),
        (&schema["properties"]["refresh_seconds"]["default"], REFRESH as usize),
        (&schema["properties"]["notice"]["maxLength"], MAX_NOTICE),
        (&schema["properties"]["sources"]["maxItems"], MAX_SOURCES),
        (&schema["$defs"]["source"]["properties"]["label"]["maxLength"], MAX_LABEL),
        (&schema["$defs"]["source"]["properties"]["title"]["maxLength"], MAX_TITLE),
        (&schema["$defs"]["address"]["maxLength"], MAX_ADDRESS),
    ];
    for (stated, known) in limits {
        assert_eq!(stated.as_u64(), Some(known as u64));
    }
}

#[test]
fn a_catalogue_says_what_a_visit_opens_on() {
    let (deployment, settings, notes) = read(&file("deploy/catalog.example.json"));
    assert_eq!(notes, Vec::<String>::new());
    assert_eq!((deployment.notice.as_str(), deployment.refresh), ("Internal use only", 300));
    let labels: Vec<&str> = deployment.sources.iter().map(|source| source.label.as_str()).collect();
    assert_eq!(labels, ["RHAIIS releases", "Nightly sweeps", "All runs", "Bucket", "Cluster"]);
    let start: Vec<(&str, &str, bool)> =
        settings.start.iter().map(|start| (start.label.as_str(), start.src.as_str(), start.demo)).collect();
    assert_eq!(
        start,
        [("RHAIIS releases", "data/consolidated.csv", false), ("Nightly sweeps", "data/nightly/index.json", false)]
    );
    // The picture is one of the demo data.
    assert_eq!((settings.picture.as_str(), settings.threshold, settings.error_limit), ("", 3.0, 2.0));
    assert_eq!(settings.prices, Settings::built_in().prices);
    assert_eq!(deployment.at("data/consolidated.csv").and_then(|source| source.status.as_deref()), Some("data/status.json"));
    assert!(deployment.server("https://thanos.example.com").is_some() && deployment.start_server().is_none());
    // Of several servers the first is shown; an address has one form.
    let several = r#"{"sources": [{"label": "A", "prom": "https://a/graph", "shown": false}, {"label": "B", "prom": "https://b/graph?g0.expr=up"},
                      {"label": "C", "prom": "https://c"}]}"#;
    assert_eq!(read(several).0.start_server().map(|live| live.url.as_str()), Some("https://b"));
}

#[test]
fn without_one_all_is_as_before() {
    for nothing in ["{}", r#"{"$schema": "catalog.schema.json", "sources": []}"#] {
        let (deployment, settings, notes) = read(nothing);
        assert_eq!(deployment, Deployment { refresh: 300, ..Deployment::default() });
        assert_eq!((settings, notes), (Settings::built_in(), Vec::new()));
    }
    for broken in [
        "",
        "[]",
        "null",
        "{\"sources\": [",
        "<!doctype html>",
        &"[".repeat(100_000),
        &format!("{{\"notice\": \"{}\"}}", "x".repeat(2_000_000)),
    ] {
        let (deployment, settings, notes) = read(broken);
        assert_eq!((deployment.sources.len(), deployment.notice.as_str(), notes.len()), (0, "", 1));
        assert_eq!(settings, Settings::built_in());
        assert!(notes[0].starts_with(NOTE) && notes[0].chars().count() < 400, "{notes:?}");
    }
}

#[test]
fn an_entry_costs_itself_only() {
    let text = r#"{
        "notice": "Internal", "refresh_seconds": 5, "colour": 1,
        "sources": [
            {"label": "A", "src": "a.csv"},
            {"label": "A", "src": "b.csv"},
            {"label": "C", "src": "a.csv"},
            {"label": "D", "src": "javascript:alert(1)"},
            {"label": "E", "src": "e.csv", "status": "data:,x", "moon": 1},
            17,
            {"label": "F", "prom": "https://p/graph"},
            {"label": "G", "prom": "https://p"}
        ],
        "settings": {"threshold": "much", "error_limit": 3}
    }"#;
    let (deployment, settings, notes) = read(text);
    let labels: Vec<&str> = deployment.sources.iter().map(|source| source.label.as_str()).collect();
    assert_eq!(labels, ["A", "E", "F"]);
    assert_eq!((deployment.notice.as_str(), deployment.refresh), ("Internal", 10));
    assert_eq!((settings.threshold, settings.error_limit), (5.0, 3.0));
    let expected = [
        "refresh_seconds: it is not between 10 and 86400; 10 are taken.",
        "sources[1].label: a source before it has the same label; ignored.",
        "sources[2]: a source before it is at the same address; ignored.",
        "sources[3].src: it is neither http or https nor relative to the page; ignored.",
        "sources[4].status: it is neither http or https nor relative to the page; ignored.",
        "sources[4].moon: unknown; ignored.",
        "sources[5]: it is no object with “label” and “src” or “prom”; ignored.",
        "sources[7]: a source before it is at the same address; ignored.",
        "settings: threshold: invalid type: string \"much\", expected f64; ignored.",
        "colour: unknown; ignored.",
    ];
    assert_eq!(notes, expected.map(|note| format!("{NOTE}{note}")));
}

#[test]
fn ten_thousand_sources_and_faults_are_counted() {
    let many: Vec<Value> = (0..10_000).map(|n| serde_json::json!({"label": format!("{n}"), "src": format!("{n}.csv")})).collect();
    let (deployment, _, notes) = read(&serde_json::json!({ "sources": many }).to_string());
    assert_eq!((deployment.sources.len(), settings_start(&many)), (100, 100));
    assert_eq!(notes, ["catalog.json: sources: 10000 entries; the first 100 are taken."]);
    let wrong: Vec<Value> = (0..100).map(|n| serde_json::json!({"label": format!("{n}"), "src": "javascript:x"})).collect();
    let (deployment, settings, notes) = read(&serde_json::json!({ "sources": wrong }).to_string());
    assert_eq!((deployment.sources.len(), notes.len()), (0, 21));
    assert_eq!(notes.last().map(String::as_str), Some("catalog.json: … and 80 more faults."));
    assert_eq!(settings.start, Settings::built_in().start, "no source was right: what the settings say holds");
    // A name that tries to be a page of text, or to turn the words round.
    let odd = format!(r#"{{"{}": 1, "a\u202eb\u0000": 2}}"#, "x".repeat(100_000));
    let notes = read(&odd).2;
    assert!(notes.iter().all(|note| note.chars().count() < 80 && !note.contains(['\u{202e}', '\0'])), "{notes:?}");
}

fn settings_start(many: &[Value]) -> usize {
    read(&serde_json::json!({ "sources": many }).to_string()).1.start.len()
}

#[test]
fn a_notice_is_one_line_of_text() {
    let of = |notice: &str| {
        let (deployment, _, notes) = read(&serde_json::json!({ "notice": notice }).to_string());
        (deployment.notice, notes.len())
    };
    assert_eq!(of("  <b>Internal</b> use only "), ("<b>Internal</b> use only".to_owned(), 0));
    assert_eq!(of(&"ä".repeat(200)), ("ä".repeat(200), 0));
    assert_eq!(of(&"ä".repeat(201)), ("ä".repeat(200), 1));
    assert_eq!(of("a\u{202e}b"), (String::new(), 1));
    assert_eq!(notice("a\nb"), "a\u{fffd}b");
    assert_eq!(notice(&"x".repeat(500)).chars().count(), 201);
}
