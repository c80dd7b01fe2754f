//! A deployment's settings: the built-in file is whole, a deployment's falls back by section, wrong rows cost themselves.

use std::collections::BTreeMap;
use std::fs;

use inferscope::catalog::profiles::PROFILES;
use inferscope::engine::{Imported, Instructions, ReadAs, import, import_all};
use inferscope::format::{Layout, layouts};
use inferscope::record::{Kind, Severity};
use inferscope::source::Source;
use inferscope::state::settings::{Basis, EDITED, Price, Settings, expand};
use proptest::prelude::*;

fn file(path: &str) -> String {
    fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).expect(path)
}

const BALANCED: &str = "Balanced (1k/1k)";
const VARIABLE: &str = "Variable workload (512/2k)";
const PREFILL: &str = "Prefill heavy (8k/1k)";

#[test]
fn the_built_in_file_is_whole() {
    let (read, notes) = Settings::read(&file("public/config.json"));
    assert_eq!(notes, Vec::<String>::new());
    let built_in = Settings::built_in();
    assert_eq!(read, built_in);
    assert_eq!((built_in.start.len(), built_in.examples.len()), (1, 12));
    let figures: Vec<_> = built_in.figures.iter().map(|row| (row.kind.key(), row.src.as_str())).collect();
    assert_eq!(figures, [("submission", "figures/mlperf.csv"), ("submission", "figures/mlperf-5.0.csv")]);
    assert_eq!(built_in.prices.len(), 4);
    // The reference table's 9, 8, 9, 12 and 7 models with three profiles each; one more of 3.4-GA has a single figure.
    let of = |version: &str, accelerator: &str| {
        let rows = built_in.power.iter().filter(|row| row.version == version && row.accelerator == accelerator);
        rows.map(|row| row.profiles.len()).sum::<usize>()
    };
    assert_eq!(of("RHAIIS-3.2.5", "H200"), 27);
    assert_eq!(of("RHAIIS-3.3", "H200"), 24);
    assert_eq!(of("RHAIIS-3.4-EA1", "H200"), 27);
    assert_eq!(of("RHAIIS-3.4-GA", "H200"), 37);
    assert_eq!(of("RHAIIS-3.2.5", "MI300X"), 21);
    let sources = built_in.prices.iter().map(|row| &row.source).chain(built_in.power.iter().map(|row| &row.source));
    let mut sources = sources.chain(built_in.assumed_power.iter().map(|row| &row.source)).chain([&built_in.grid.source]);
    assert!(sources.all(|source| !source.is_empty()));
    for row in &built_in.power {
        assert!(row.profiles.iter().all(|name| PROFILES.iter().any(|profile| profile.label == name)), "{row:?}");
    }
    assert_eq!(built_in.releases.len(), 11);
    assert!(built_in.links.is_empty());
    assert_eq!(built_in.logs.ready, "Application startup complete.");
    assert_eq!((built_in.error_limit, built_in.threshold), (1.0, 5.0));
}

#[test]
fn what_a_deployment_leaves_out_is_built_in() {
    let (read, notes) = Settings::read(r#"{"threshold": 2, "prices": []}"#);
    assert!(notes.is_empty(), "{notes:?}");
    let built_in = Settings::built_in();
    assert_eq!(read.threshold, 2.0);
    assert!(read.prices.is_empty());
    assert!(read.start.is_empty() && read.examples.is_empty(), "they name files that this deployment need not have");
    assert_eq!(read.figures, built_in.figures, "they ship with the page, whose views need them");
    assert!(Settings::read(r#"{"figures": []}"#).0.figures.is_empty());
    let (wrong, notes) =
        Settings::read(r#"{"figures": [{"kind": "nothing", "src": "a"}, {"kind": "entry"}, {"kind": "entry", "src": ""}]}"#);
    assert_eq!((wrong.figures.len(), notes.len()), (0, 3), "{notes:?}");
    assert_eq!((read.power, read.grid, read.families), (built_in.power, built_in.grid, built_in.families));
}

#[test]
fn wrong_rows_cost_themselves() {
    let text = r#"{
        "prices": [
            {"accelerator": "H200", "gpus": 8, "usd_per_hour": 30, "colour": "red"},
            {"accelerator": "H200", "usd_per_hour": 30},
            {"accelerator": "H200", "gpus": 8, "usd_per_hour": -1},
            "free"
        ],
        "power": {"watts": 1},
        "links": [{"label": "x", "template": "javascript:alert(1)"}, {"label": "y", "template": "https://a/{uuid}", "when": {"moon": 1}}],
        "threshold": 200,
        "grid": {"g_per_kwh": "much"},
        "colours": 3
    }"#;
    let (read, notes) = Settings::read(text);
    assert_eq!(read.prices.len(), 1);
    assert_eq!(read.power, Settings::built_in().power);
    assert_eq!(read.links.len(), 1);
    assert_eq!(read.threshold, 5.0);
    assert_eq!(read.grid, Settings::built_in().grid);
    let expected = [
        "prices, row 1: unknown field “colour”",
        "prices, row 2: missing field `gpus`",
        "prices, row 3: usd_per_hour",
        "prices, row 4: invalid type",
        "power: must be a list",
        "grid: invalid type",
        "links, row 1: the template",
        "links, row 2: unknown field “when.moon”",
        "threshold: must be between",
        "unknown section “colours”",
    ];
    assert_eq!(notes.len(), expected.len(), "{notes:#?}");
    for part in expected {
        assert!(notes.iter().any(|note| note.starts_with("config.json: ") && note.contains(part)), "{part}: {notes:#?}");
    }
    for broken in ["", "[]", "{\"prices\": [", "null"] {
        let (read, notes) = Settings::read(broken);
        assert_eq!((read.prices, notes.len()), (Settings::built_in().prices, 1), "{broken}");
    }
}

/// The figures of the reference dashboard's table.
#[test]
fn power_is_measured_before_it_is_assumed() {
    let settings = Settings::built_in();
    let watts = |version: &str, accelerator: &str, model: &str, profile: &str, tp: f64| {
        let power = settings.power(version, accelerator, model, profile, Some(tp));
        power.map(|power| (power.watts, power.basis == Basis::Measured))
    };
    let gpt = "openai/gpt-oss-120b";
    assert_eq!(watts("RHAIIS-3.4-GA", "H200", gpt, BALANCED, 4.0), Some((417.2, true)));
    assert_eq!(watts("RHAIIS-3.4-GA", "H200", gpt, VARIABLE, 4.0), Some((417.2, true)), "A=B");
    assert_eq!(watts("rhaiis-3.4-ga", "nvidia-h200", "GPT-OSS-120B", PREFILL, 1.0), Some((582.9, true)));
    assert_eq!(watts("RHAIIS-3.4-GA", "H200", gpt, BALANCED, 2.0), Some((475.0, false)), "no figure for TP2");
    assert_eq!(watts("RHAIIS-3.4-EA1", "H200", gpt, PREFILL, 4.0), Some((538.76, true)));
    assert_eq!(watts("RHAIIS-3.4-EA1", "H200", "deepseek-ai/DeepSeek-R1-0528", VARIABLE, 8.0), Some((500.59, true)));
    assert_eq!(watts("RHAIIS-3.4-GA", "H200", "meta-llama/Llama-3.3-70B-Instruct", PREFILL, 4.0), Some((634.5, true)));
    let fp8 = "RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic";
    assert_eq!(watts("RHAIIS-3.4-GA", "H200", fp8, PREFILL, 4.0), Some((586.8, true)), "not the unquantised model's");
    let nvidia = "nvidia/Llama-3.3-70B-Instruct-FP8";
    assert_eq!(watts("RHAIIS-3.4-GA", "H200", nvidia, PREFILL, 4.0), Some((580.9, true)));
    assert_eq!(watts("RHAIIS-3.4-GA", "H200", nvidia, BALANCED, 4.0), Some((475.0, false)), "the table has none");
    assert_eq!(watts("vLLM-0.21.0", "MI300X", gpt, BALANCED, 1.0), Some((525.0, false)));
    assert_eq!(watts("vLLM-0.21.0", "Spyre", gpt, BALANCED, 1.0), None);
    let doubted = settings.power("RHAIIS-3.2.5", "MI300X", "meta-llama/Llama-3.3-70B-Instruct", BALANCED, None);
    let doubted = doubted.expect("a row");
    assert_eq!((doubted.watts, doubted.doubt.as_deref()), (162.9, Some("implausible")));
}

#[test]
fn a_row_with_tp_stands_before_one_without() {
    let text = r#"{"power": [
        {"version": "v", "accelerator": "H200", "model": "m", "profiles": ["p"], "watts": 1},
        {"version": "v", "accelerator": "H200", "model": "m", "profiles": ["p"], "watts": 2, "tp": 4},
        {"version": "v", "accelerator": "H200", "model": "o/m", "profiles": ["p"], "watts": 3, "tp": 8}]}"#;
    let (settings, notes) = Settings::read(text);
    assert!(notes.is_empty(), "{notes:?}");
    let watts = |model, tp| settings.power("v", "H200", model, "p", tp).map(|power| power.watts);
    assert_eq!([watts("m", Some(4.0)), watts("m", None), watts("x/m", Some(1.0))], [Some(2.0), Some(1.0), Some(1.0)]);
    assert_eq!([watts("o/m", Some(8.0)), watts("o/m", Some(4.0)), watts("o/x", None)], [Some(3.0), Some(2.0), Some(475.0)]);
}

#[test]
fn families_follow_their_order() {
    let settings = Settings::built_in();
    let golden = [
        ("nvidia/Llama-3.1-Nemotron-70B", "Llama"),
        ("mistralai/Ministral-3-14B-Instruct-2512", "Mistral"),
        ("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-FP8", "Nemotron"),
        ("openai/gpt-oss-120b", "openai"),
        ("phi-4", "phi-4"),
    ];
    for (model, family) in golden {
        assert_eq!(settings.family(model), family, "{model}");
    }
}

#[test]
fn templates_encode_and_refuse() {
    let values = BTreeMap::from([("uuid", "a b/ü&x"), ("empty", "")]);
    let look = |template: &str| expand(template, |name| values.get(name).map(|text| (*text).to_owned()));
    assert_eq!(look("https://h/{uuid}?all=$__all").as_deref(), Some("https://h/a%20b%2F%C3%BC%26x?all=$__all"));
    assert_eq!(look("HTTP://h/x").as_deref(), Some("HTTP://h/x"));
    let refused =
        ["https://h/{other}", "https://h/{empty}", "https://h/{uuid", "https://h/uuid}", "javascript:alert(1)//https://h", "/x"];
    for template in refused.iter().chain(&["", "data://x", "https://h/ x", "{uuid}://x", "file://h/{uuid}"]) {
        assert_eq!(look(template), None, "{template}");
    }
}

#[test]
fn the_example_for_deployments_holds() {
    let (settings, notes) = Settings::read(&file("deploy/config.example.json"));
    assert_eq!(notes, Vec::<String>::new());
    let links = |run: &str, version: &str, accelerator: &str, start: &str| -> Vec<(String, String)> {
        let values = [("run", run), ("version", version), ("accelerator", accelerator), ("start_ms", start)];
        let rest = [("end_ms", "1767230000000"), ("uuid", "1-2"), ("model", "openai/gpt-oss-120b")];
        let values: BTreeMap<&str, &str> = values.into_iter().chain(rest).filter(|(_, value)| !value.is_empty()).collect();
        settings.links_for(|name| values.get(name).map(|text| (*text).to_owned()))
    };
    let board = |run, version, accelerator, start| -> Option<String> {
        let (_, url) = links(run, version, accelerator, start).into_iter().find(|(label, _)| label == "GPU monitoring")?;
        url.split('/').nth(4).map(str::to_owned)
    };
    let (before, at) = ("1767225599999", "1767225600000");
    assert_eq!(board("h200_hera2_x", "RHAIIS-3.4-GA", "H200", at).as_deref(), Some("hera2-board"));
    assert_eq!(board("H200-x", "sglang-0.5.9", "H200", at).as_deref(), Some("sglang-board"));
    assert_eq!(board("H200-x", "RHAIIS-3.4-GA", "H200", before).as_deref(), Some("h200-board-2025"));
    assert_eq!(board("H200-x", "RHAIIS-3.4-GA", "H200", at).as_deref(), Some("h200-board"));
    assert_eq!(board("H200-x", "RHAIIS-3.4-GA", "H200", ""), None, "no start, no time range");
    assert_eq!(board("B300-x", "RHAIIS-3.4-GA", "B300", at), None);
    let artefacts = links("B300-x", "RHAIIS-3.4-GA", "B300", at);
    assert_eq!(artefacts.len(), 1);
    assert_eq!(artefacts[0].1, "https://results.example.com/RHAIIS-3.4-GA/openai%2Fgpt-oss-120b");
    let (layouts, faults) = layouts(&settings.formats);
    assert_eq!((layouts.len(), faults), (1, Vec::<String>::new()));
    assert_eq!(settings.log("a b").as_deref(), Some("https://logs.example.com/a%20b.log"));
    assert_eq!((settings.log(""), Settings::built_in().log("a")), (None, None));
}

/// The example of deploy/README.md, as it stands there.
fn documented() -> Vec<Layout> {
    let text = file("deploy/README.md");
    let example = text.split_once("```json\n").and_then(|(_, rest)| rest.split_once("```")).expect("an example").0;
    let (settings, notes) = Settings::read(example);
    assert_eq!(notes, Vec::<String>::new());
    assert_eq!(settings.format_names().collect::<Vec<_>>(), [("nightly", "Nightly latency table")]);
    let (layouts, faults) = layouts(&settings.formats);
    assert_eq!(faults, Vec::<String>::new());
    layouts
}

fn opened(name: &str, text: &str, layouts: &[Layout], read_as: Option<&ReadAs>) -> Imported {
    import(&Source::new(name, text.as_bytes()), Instructions { read_as, layouts, ..Instructions::default() }, |_| {})
}

const NIGHTLY: &str = "model_name,gpu,clients,ttft_mean_s,ttft_p99_s,tok_per_s,failed_share,queue,pool,comment\n\
                       org/m,nvidia-h100,8,0.25,0.5,1200.5,0.02,3,east,warm\n\
                       org/m,nvidia-h100,16,350 ms,-1,2000,0,4,east,\n";

#[test]
fn the_documented_format_opens_its_files() {
    let layouts = documented();
    let semicolons = NIGHTLY.replace(',', ";");
    let decimals = semicolons.replace("0.25", "0,25").replace("0.5", "0,5").replace("1200.5", "1200,5").replace("0.02", "0,02");
    for text in [NIGHTLY, &semicolons, &decimals, &NIGHTLY.replace(',', "\t"), &format!("# made at night\n{NIGHTLY}")] {
        let Imported { report, tables } = opened("night.csv", text, &layouts, None);
        assert_eq!((report.format.as_deref(), report.format_label()), (Some("nightly"), Some("Nightly latency table")), "{text}");
        assert_eq!((report.tool.as_deref(), report.measurements), (Some("nightly-bench"), 2));
        let grave: Vec<_> = report.diagnostics.iter().filter(|found| found.severity > Severity::Info).collect();
        assert!(grave.is_empty(), "{grave:?}");
        let table = tables.get(Kind::Measurement).expect("measurements");
        let said = |key: &str| table.dimension(key).and_then(|column| Some(column.value(column.code(0)?).to_owned()));
        let said = ["model", "accelerator", "framework", "pool"].map(said);
        assert_eq!(said.each_ref().map(Option::as_deref), [Some("org/m"), Some("H100"), Some("vLLM"), Some("east")]);
        assert_eq!(report.loads.iter().filter_map(|load| load.value).collect::<Vec<_>>(), [8.0, 16.0]);
    }
    let packed = import_all(
        Source::new("night.csv", NIGHTLY.as_bytes()),
        Instructions { layouts: &layouts, ..Instructions::default() },
        |_| {},
    );
    assert_eq!(packed.iter().map(|one| one.report.format.as_deref()).collect::<Vec<_>>(), [Some("nightly")]);
    // Without the row it is a table of no known tool.
    assert_ne!(opened("night.csv", NIGHTLY, &[], None).report.format.as_deref(), Some("nightly"));
}

#[test]
fn built_in_formats_that_are_certain_come_first() {
    let certain = file("tests/fixtures/llmperf/made/mock-model_550_150_summary.json");
    let greedy =
        serde_json::json!({"id": "greedy", "label": "Greedy", "tool": "", "marks": ["model"], "fields": {"model": "model"}});
    let (layouts, _) = layouts(&[greedy]);
    assert_eq!(opened("a.json", &certain, &layouts, None).report.format.as_deref(), Some("llmperf"));
    let chosen = |id: &str| ReadAs::Format(id.to_owned());
    let report = opened("a.json", &certain, &layouts, Some(&chosen("greedy"))).report;
    assert_eq!((report.format.as_deref(), report.label.as_deref()), (Some("greedy"), Some("Greedy")));
    let report = opened("a.json", &certain, &layouts, Some(&chosen("gone"))).report;
    assert_eq!(report.format.as_deref(), Some("llmperf"), "what is not there is not used");
    assert!(report.diagnostics.iter().any(|found| found.message.contains("“gone” is no format")), "{:?}", report.diagnostics);
    // A tool's table that a spreadsheet saved is that tool's, too.
    let table = file("tests/fixtures/inferencex/site/seconds.csv");
    let mark = table.split(',').next().expect("a column").trim_matches('"').to_owned();
    let greedy =
        serde_json::json!({"id": "greedy", "label": "Greedy", "tool": "", "marks": [mark], "fields": {"model": "model"}});
    let (layouts, faults) = inferscope::format::layouts(&[greedy]);
    assert!(faults.is_empty(), "{faults:?}");
    for text in [table.clone(), table.replace(',', ";")] {
        let of = |layouts| opened("a.csv", &text, layouts, None).report.format;
        assert_eq!(of(&layouts), of(&[]));
    }
}

#[test]
fn a_wrong_format_costs_itself() {
    let text = r#"{"formats": [
        {"id": "a", "label": "A", "tool": "", "marks": ["x"], "fields": {"x": "ttft mean"}},
        {"id": "b", "label": "B", "tool": "", "marks": ["x"], "fields": {"x": "rps"}},
        {"id": "b", "label": "B again", "tool": "", "marks": ["y"], "fields": {"y": "rps"}},
        "text",
        {"id": "vllm", "label": "V", "tool": "", "marks": ["x"], "fields": {"x": "rps"}}]}"#;
    let (settings, notes) = Settings::read(text);
    assert_eq!((notes, settings.formats.len()), (Vec::new(), 5), "whoever reads files knows what they mean");
    let (layouts, faults) = layouts(&settings.formats);
    assert_eq!(layouts.iter().map(|layout| layout.label.as_str()).collect::<Vec<_>>(), ["B"]);
    let expected =
        ["row 1: a: fields: “x”", "row 3: an earlier row has the id “b”", "row 4: invalid type", "row 5: “vllm” is the id"];
    assert_eq!(faults.len(), expected.len(), "{faults:#?}");
    for (fault, part) in faults.iter().zip(expected) {
        assert!(fault.starts_with(&format!("config.json: formats, {part}")) && fault.ends_with("; ignored."), "{fault}");
    }
    let (settings, notes) = Settings::read(r#"{"formats": {"id": "a"}}"#);
    assert!(settings.formats.is_empty() && notes.len() == 1 && notes[0].contains("formats: must be a list"), "{notes:?}");
    assert!(Settings::built_in().formats.is_empty());
}

fn price(text: &str) -> Price {
    Price::from_text(text).expect(text)
}

#[test]
fn a_readers_prices_stand_above_the_settings() {
    let built_in = Settings::built_in();
    let edited = built_in.clone().with_prices(&[price("H200|AWS p5en.48xlarge|8|30"), price("B300|own|1|3.5")]);
    assert_eq!(edited.prices.len(), 5);
    assert_eq!((edited.prices[1].usd_per_hour, edited.prices[1].source.as_str()), (30.0, EDITED));
    assert_eq!(edited.prices[1].usd_per_gpu_hour(), 3.75);
    assert_eq!((edited.prices[0].clone(), edited.prices[4].accelerator.as_str()), (built_in.prices[0].clone(), "B300"));
    assert_eq!(built_in.prices[1].to_text(), "H200|AWS p5en.48xlarge|8|41.62");
    for wrong in ["", "H200|AWS x|8", "H200|AWS x|0|1", "H200|AWS x|8|NaN", "H200|AWS x|8|-1", "|AWS x|8|1", "H|a|8|1|2"] {
        assert_eq!(Price::from_text(wrong), None, "{wrong}");
    }
}

proptest! {
    #[test]
    fn prices_survive_the_link(
        accelerator in "[\\\\|/_ a-z]{1,8}", provider in "[\\\\|/_ \\PC]{0,8}", instance in "[\\\\|/_ \\PC]{0,8}",
        gpus in 1..4096u32, usd_per_hour in 0.0..1e6f64,
    ) {
        let source = EDITED.to_owned();
        let price = Price { accelerator, provider, instance, gpus, usd_per_hour, date: String::new(), source };
        prop_assert_eq!(Price::from_text(&price.to_text()), Some(price));
    }

    #[test]
    fn no_text_breaks_the_settings(text in "\\PC{0,60}", value in "[\\PC\\x00-\\x20]{0,20}") {
        let (settings, _) = Settings::read(&text);
        prop_assert_eq!(settings.prices.len(), 4);
        Price::from_text(&text);
        if let Some(url) = expand(&format!("https://h/{{a}}{text}"), |_| Some(value.clone())) {
            prop_assert!(url.starts_with("https://h/") && !url.contains(|c: char| c.is_whitespace() || c.is_control()));
        }
    }
}

/// A settings file starts no script, from whichever row.
#[test]
fn addresses_are_web_addresses() {
    let read = |address: &str| {
        let address = serde_json::to_string(address).expect("JSON");
        let text = format!(
            r#"{{"examples": [{{"title": "x", "link": {address}}}], "start": [{{"src": {address}}}, {{"src": "a.csv", "tables": {address}}}],
                "figures": [{{"kind": "submission", "src": {address}}}]}}"#
        );
        let (settings, notes) = Settings::read(&text);
        (settings.examples.len(), settings.start.len(), settings.figures.len(), notes.len())
    };
    for good in
        ["?v=2&src=a.csv", "https://h/x?a=b:c", "HTTP://h", "demo/a.csv", "./a:b", "#d=x", "/x", "//h/x", "?a=javascript:1"]
    {
        assert_eq!(read(good), (1, 2, 1, 0), "{good}");
    }
    for wrong in [
        "javascript:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "\u{1}javascript:1",
        "JAVASCRIPT:1",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc",
        "blob:x",
    ] {
        assert_eq!(read(wrong), (0, 0, 0, 4), "{wrong}");
    }
    for template in ["javascript:{uuid}", "data:{uuid}", "logs/{uuid}"] {
        let (settings, notes) = Settings::read(&format!(r#"{{"logs": {{"template": "{template}"}}}}"#));
        assert_eq!((settings.logs.template.as_str(), notes.len()), ("", 1), "{template}");
    }
}

#[test]
fn only_origins_may_show_the_page_inside() {
    let text = r#"{"embed": ["https://wiki.example.com", "http://localhost:8888", "*", "https://a.example/x", "wiki", 3]}"#;
    let (settings, notes) = Settings::read(text);
    let origins: Vec<&str> = settings.embed.iter().map(|origin| origin.0.as_str()).collect();
    assert_eq!(origins, ["https://wiki.example.com", "http://localhost:8888"]);
    assert_eq!(notes.len(), 4, "{notes:?}");
    assert!(Settings::read("{}").0.embed.is_empty(), "nobody by default");
}
