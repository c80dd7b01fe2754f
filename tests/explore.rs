//! The Explore view over the shipped demo data, against figures counted and averaged here from the same CSV.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::Path;

use inferscope::engine::protocol::{ExportRef, FileId};
use inferscope::engine::{Engine, import};
use inferscope::record::{LoadKind, Stat};
use inferscope::source::Source;
use inferscope::state::{Axis, Filters, Selection, Shown, Sort, ViewState};
use inferscope::view_model::{Mark, Point, Synthetic, ViewModel};

const DEMO: &str = "public/demo/consolidated.csv";

fn demo() -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(DEMO)).expect("the demo data are there")
}

fn engine() -> Engine {
    let mut engine = Engine::default();
    let imported = import(&Source::new(DEMO, demo()), None, |_| ());
    assert!(imported.report.synthetic, "demo data say so");
    engine.add(FileId(1), imported.tables);
    engine
}

/// The CSV as rows of text by column, read without any code of ours.
fn rows() -> Vec<BTreeMap<String, String>> {
    let bytes = demo();
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    reader.deserialize().collect::<Result<_, _>>().expect("rows")
}

fn selection(pairs: &[(&str, &[&str])]) -> Selection {
    pairs.iter().map(|(key, values)| ((*key).to_owned(), values.iter().map(|value| (*value).to_owned()).collect())).collect()
}

fn show(engine: &mut Engine, state: &ViewState) -> ViewModel {
    engine.show(state, &BTreeMap::new())
}

fn chosen(pairs: &[(&str, &[&str])]) -> ViewState {
    ViewState { filters: Filters::Chosen(selection(pairs)), ..ViewState::default() }
}

#[test]
fn a_line_becomes_the_baseline_from_one_of_its_points_and_back() {
    let mut engine = engine();
    let model = show(&mut engine, &ViewState::default());
    let series = &model.panels[0].chart.series;
    let step = |engine: &Engine, series: usize, name: &str| {
        let card = engine.point(0, series, 0).expect("a point");
        card.steps.iter().find(|(label, _)| label.starts_with(name)).map(|(_, link)| inferscope::state::link::decode(link))
    };
    let (held, notes) = step(&engine, 1, "Set as baseline").expect("a step");
    assert_eq!((held.reference.as_ref(), notes), (Some(&series[1].id), Vec::new()));
    let (compared, notes) = step(&engine, 1, "Compare with this version").expect("a step to Compare");
    assert_eq!((compared.view.as_str(), notes), ("compare", Vec::new()));
    let version = engine.point(0, 1, 0).and_then(|card| card.identity.into_iter().find(|(key, ..)| key == "version"));
    assert_eq!(compared.option("baseline"), version.as_ref().map(|(.., version)| version.as_str()));

    let shown = show(&mut engine, &held);
    let is_baseline = |mark: &Mark| matches!(mark, Mark::Baseline(_));
    let drawn: Vec<bool> = shown.panels[0].chart.series.iter().map(|series| is_baseline(&series.mark)).collect();
    assert_eq!(drawn.iter().position(|drawn| *drawn), Some(1));
    assert_eq!(drawn.iter().filter(|drawn| **drawn).count(), 1);
    let named: Vec<&str> = shown.legend.iter().filter(|entry| entry.baseline).map(|entry| entry.id.as_str()).collect();
    assert_eq!(named, [series[1].id.as_str()]);
    // The points are the same, and another line can take its place.
    assert_eq!(shown.panels[0].chart.series[1].mark.points(), series[1].mark.points());
    assert!(step(&engine, 0, "Set as baseline").is_some());
    let (back, _) = step(&engine, 1, "No longer the baseline").expect("a way back");
    assert_eq!(back.reference, None);

    // What is not drawn is said, not drawn as something else.
    let unknown = show(&mut engine, &ViewState { reference: Some("nothing".to_owned()), ..ViewState::default() });
    assert!(unknown.notes.iter().any(|note| note.contains("not among those drawn")), "{:?}", unknown.notes);
}

#[test]
fn the_first_paint_is_useful() {
    let model = show(&mut engine(), &ViewState::default());
    assert_eq!(model.panels.len(), 1);
    let series = &model.panels[0].chart.series;
    assert!((2..=8).contains(&series.len()), "{} lines", series.len());
    let styles: HashSet<u8> = series.iter().map(|series| series.style.colour).collect();
    assert_eq!(styles.len(), series.len(), "each has a colour of its own");
    assert!(model.legend.len() > series.len(), "the others are on offer");
    assert_eq!(model.state.x, Some(Axis::Load(LoadKind::Concurrency)));
    let selected = model.state.selection();
    assert_eq!(selected.keys().collect::<Vec<_>>(), ["model", "profile"]);
    // The best-populated model, counted here.
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows() {
        *counts.entry(row["model"].clone()).or_default() += 1;
    }
    let most = counts.values().max().copied();
    assert!(selected["model"].iter().all(|model| counts.get(model).copied() == most), "{selected:?} of {counts:?}");
    assert!(model.empty.is_none());
}

#[test]
fn counts_cascade_and_never_dead_end() {
    let model = show(&mut engine(), &chosen(&[("accelerator", &["H200", "TPU"]), ("version", &["RHAIIS-3.3"])]));
    let facet = |key: &str| model.facets.iter().find(|facet| facet.key == key).expect("the facet is there");
    let rows = rows();
    // A facet's counts keep every filter but its own.
    for (key, column, other) in [("accelerator", "accelerator", "version"), ("version", "version", "accelerator")] {
        let kept = |row: &&BTreeMap<String, String>| match other {
            "version" => row["version"] == "RHAIIS-3.3",
            _ => row["accelerator"] == "H200" || row["accelerator"] == "TPU",
        };
        let all: BTreeSet<&String> = rows.iter().map(|row| &row[column]).collect();
        assert_eq!(facet(key).values.len(), all.len(), "{key}: every value stays on offer");
        for value in &facet(key).values {
            let expected = rows.iter().filter(kept).filter(|row| row[column] == value.value).count();
            assert_eq!(value.count, expected, "{key} {}", value.value);
        }
    }
    assert!(facet("version").values.iter().any(|value| value.count > 0 && !value.chosen));
}

#[test]
fn versions_are_offered_newest_first_within_their_family() {
    let model = show(&mut engine(), &ViewState::default());
    let facet = model.facets.iter().find(|facet| facet.key == "version").expect("versions");
    let rhaiis: Vec<&str> =
        facet.values.iter().map(|value| value.value.as_str()).filter(|value| value.starts_with("RHAIIS")).collect();
    assert_eq!(rhaiis, ["RHAIIS-3.5-EA2", "RHAIIS-3.5-EA1", "RHAIIS-3.4-GA", "RHAIIS-3.4-EA2", "RHAIIS-3.4-EA1", "RHAIIS-3.3"]);
}

#[test]
fn points_are_the_means_of_the_files_figures() {
    let filters: &[(&str, &[&str])] =
        &[("model", &["openai/gpt-oss-120b"]), ("accelerator", &["H200"]), ("tp", &["4"]), ("profile", &["Balanced (1k/1k)"])];
    let y = Axis::Figure { metric: "ttft".to_owned(), stat: Stat::P95 };
    let state = ViewState { y: Some(y), series_by: vec!["version".to_owned()], shown: Shown::All, ..chosen(filters) };
    let model = show(&mut engine(), &state);
    let mut expected: BTreeMap<String, BTreeMap<u64, Vec<f64>>> = BTreeMap::new();
    for row in rows() {
        let here = row["model"] == "openai/gpt-oss-120b" && row["accelerator"] == "H200" && row["TP"].parse() == Ok(4.0);
        let plain = row["prompt toks"].parse() == Ok(1000.0)
            && row["output toks"].parse() == Ok(1000.0)
            && row["turns"].parse::<f64>().unwrap_or(1.0) <= 1.0;
        if let (true, true, Ok(load), Ok(value)) = (here, plain, row["intended concurrency"].parse(), row["ttft_p95"].parse()) {
            expected.entry(row["version"].clone()).or_default().entry(load).or_default().push(value);
        }
    }
    let series = &model.panels[0].chart.series;
    assert_eq!(series.len(), expected.len());
    for line in series {
        let levels = &expected[&line.label];
        let points: Vec<Point> = line.points().filter(|point| point.y.is_finite()).collect();
        assert_eq!(points.len(), levels.len(), "{}", line.label);
        for (point, (load, values)) in points.iter().zip(levels) {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            assert_eq!(point.x, *load as f64, "{}", line.label);
            assert!((point.y - mean).abs() <= 1e-9 * mean, "{} at {load}: {} instead of {mean}", line.label, point.y);
        }
    }
}

#[test]
fn files_are_lines_of_their_own_only_where_they_repeat_each_other() {
    const HEAD: &str = "path,tool,model,accelerator,version,tp,dp,gpus,isl,osl,load_kind,load,output_tps\n";
    let lines = |files: &[(&str, &str)]| {
        let mut engine = Engine::default();
        for (id, (path, row)) in (1..).zip(files) {
            engine.add(FileId(id), import(&Source::new(*path, format!("{HEAD}{row}\n")), None, |_| ()).tables);
        }
        show(&mut engine, &ViewState { shown: Shown::All, ..chosen(&[]) }).legend.len()
    };
    let (one, four) = (",T,m,,,,,,,,concurrency,1,10", ",T,m,,,,,,,,concurrency,4,40");
    assert_eq!(lines(&[("a", one), ("b", four)]), 1, "parts of one run");
    assert_eq!(lines(&[("a", one), ("b", one)]), 2, "two runs");
    let unknown = ",T,,,,,,,,,,,10";
    assert_eq!(lines(&[("a", one), ("b", four), ("c", unknown), ("d", unknown)]), 1, "files without a load repeat nothing");
}

#[test]
fn a_thing_keeps_its_colour() {
    let mut engine = engine();
    let by_version = ViewState { series_by: vec!["version".to_owned()], ..ViewState::default() };
    let styles = |model: &ViewModel| {
        let entries = model.legend.iter().filter_map(|entry| Some((entry.id.clone(), entry.style?)));
        entries.collect::<BTreeMap<_, _>>()
    };
    let before = styles(&show(&mut engine, &by_version));
    let narrowed = ViewState { filters: Filters::Chosen(selection(&[("accelerator", &["H200"])])), ..by_version.clone() };
    let after = styles(&show(&mut engine, &narrowed));
    let shared: Vec<&String> = before.keys().filter(|id| after.contains_key(*id)).collect();
    assert!(shared.len() > 2);
    for id in shared {
        assert_eq!(before[id], after[id]);
    }
}

#[test]
fn an_empty_picture_says_why_and_offers_the_step_that_helps() {
    let mut engine = engine();
    let model = show(&mut engine, &chosen(&[("accelerator", &["TPU"]), ("version", &["no such version"])]));
    assert!(model.notes.iter().any(|note| note.contains("no such version")), "{:?}", model.notes);
    let empty = model.empty.expect("nothing matches");
    assert!(empty.reason.contains("1681"), "{}", empty.reason);
    let (_, remedy) = empty.remedy.expect("a step");
    assert!(show(&mut engine, &remedy).empty.is_none(), "the step helps");
}

#[test]
fn gpus_are_counted_only_where_they_are_known() {
    let mut engine = engine();
    let per_gpu = Axis::Figure { metric: "output_tps_per_gpu".to_owned(), stat: Stat::Mean };
    show(&mut engine, &ViewState { y: Some(per_gpu), shown: Shown::All, ..chosen(&[]) });
    let export: Vec<BTreeMap<String, String>> = csv::Reader::from_reader(engine.export(&ExportRef::of("csv")).bytes.as_slice())
        .deserialize()
        .collect::<Result<_, _>>()
        .expect("our own CSV");
    assert!(export.len() > 100);
    for row in &export {
        let degree = |key: &str| row[key].parse::<f64>().ok();
        match (degree("tp"), degree("dp")) {
            (None, None) => assert_eq!((row["gpus"].as_str(), row["output_tps_per_gpu"].as_str()), ("", "")),
            (tp, dp) => {
                let gpus = tp.unwrap_or(1.0) * dp.unwrap_or(1.0);
                assert_eq!(degree("gpus"), Some(gpus));
                if let (Some(tps), Some(each)) = (degree("output_tps"), degree("output_tps_per_gpu")) {
                    assert!((each - tps / gpus).abs() < 1e-9 * tps);
                }
            }
        }
    }
}

#[test]
fn tables_sort_with_missing_values_last() {
    let mut engine = engine();
    for descending in [false, true] {
        let sort = Some(Sort { column: "ttft.p95".to_owned(), descending });
        let model = show(&mut engine, &ViewState { sort, shown: Shown::All, ..chosen(&[("accelerator", &["H200"])]) });
        let at = model.columns.iter().position(|column| column.key == "ttft.p95").expect("the column");
        let values: Vec<Option<f64>> = engine.rows(0, model.total).iter().map(|cells| cells[at].exact.parse().ok()).collect();
        let present = values.iter().take_while(|value| value.is_some()).count();
        assert!(values[present..].iter().all(Option::is_none), "missing values are last");
        let sorted = values[..present].windows(2).all(|pair| if descending { pair[0] >= pair[1] } else { pair[0] <= pair[1] });
        assert!(present > 20 && sorted, "descending: {descending}");
    }
}

#[test]
fn a_point_tells_what_it_is_and_where_it_comes_from() {
    let mut engine = engine();
    let model = show(&mut engine, &ViewState::default());
    let card = engine.point(0, 0, 2).expect("a point");
    assert_eq!(card.title, model.panels[0].chart.series[0].label);
    for key in ["model", "version", "accelerator", "tp", "isl", "osl", "load", "run", "runtime_args", "gpus_basis"] {
        assert!(card.identity.iter().any(|(other, ..)| other == key), "{key} is missing");
    }
    assert_eq!(card.figures[0].0, "Output throughput");
    assert!(card.origins.iter().all(|origin| origin.starts_with("public/demo/consolidated.csv, line ")), "{:?}", card.origins);
    assert!(engine.point(0, 99, 0).is_none());
}

/// Three requests of one configuration under one load in each of some files, ten seconds apart.
fn requests(paths: &[&str]) -> Engine {
    let mut engine = Engine::default();
    for (at, path) in paths.iter().enumerate() {
        let head = "path,tool,model,accelerator,version,tp,dp,gpus,isl,osl,load_kind,load,record,time_s,e2el_mean_ms";
        let row = |i: usize| format!(",,m,,,,,,,,concurrency,4,request,{},{}\n", 1_795_284_461 + 10 * i, 100 * at + i + 1);
        let text = format!("{head}\n{}", (0..3).map(row).collect::<String>());
        let imported = import(&Source::new(*path, text.as_bytes()), None, |_| ());
        engine.add(FileId(at as u32 + 1), imported.tables);
    }
    engine
}

#[test]
fn requests_are_single_things_of_their_run() {
    for (paths, labels) in [(["one/r.csv", "two/r.csv"], ["one", "two"]), (["a.csv", "b.csv"], ["a.csv", "b.csv"])] {
        let mut engine = requests(&paths);
        let model = show(&mut engine, &ViewState::default());
        let chart = &model.panels[0].chart;
        assert_eq!((chart.x.title.as_str(), chart.y.title.as_str()), ("Time since start", "E2E latency"));
        let lines: Vec<(&str, Vec<f64>)> = chart
            .series
            .iter()
            .map(|line| (line.label.as_str(), line.points().flat_map(|point| [point.x, point.y]).collect()))
            .collect();
        // Nothing is averaged by load, and no run stands in another's line.
        let expected =
            [(labels[0], vec![0.0, 1.0, 10.0, 2.0, 20.0, 3.0]), (labels[1], vec![0.0, 101.0, 10.0, 102.0, 20.0, 103.0])];
        assert_eq!(lines, expected);
        assert!(model.columns.iter().all(|column| !column.label.starts_with("Mean")), "{:?}", model.columns);
        assert!(model.facets.iter().all(|facet| facet.key != "record"));
        let csv = String::from_utf8(engine.export(&ExportRef::of("csv")).bytes).expect("text");
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let rows: Vec<BTreeMap<String, String>> = reader.deserialize().collect::<Result<_, _>>().expect("rows");
        assert!(rows.len() == 6 && rows.iter().all(|row| row["record"] == "request"), "{csv}");
    }
}

#[test]
fn a_moment_is_a_date_and_no_axis() {
    let mut engine = requests(&["one/r.csv"]);
    let y = Axis::Figure { metric: "time".to_owned(), stat: Stat::Mean };
    let model = show(&mut engine, &ViewState { y: Some(y), ..ViewState::default() });
    assert!(model.axes.iter().all(|axis| axis.key != "time"));
    let at = model.columns.iter().position(|column| column.key == "time").expect("the column");
    assert_eq!(model.columns[at].unit, "UTC");
    // `date -u -d @1795284461`
    assert_eq!(engine.rows(0, 1)[0][at].text, "2026-11-21 18:07:41");
    let card = engine.point(0, 0, 0).expect("a point");
    assert!(card.figures.iter().any(|(label, value, _)| label == "Time" && value == "2026-11-21 18:07:41 UTC"), "{card:?}");
}

#[test]
fn what_is_shown_completes_an_existing_table() {
    let shown =
        |versions: &[&str]| ViewState { shown: Shown::All, ..chosen(&[("accelerator", &["H200"]), ("version", versions)]) };
    let of = |version: &str| {
        let runs = rows().into_iter().filter(|row| row["accelerator"] == "H200" && row["version"] == version);
        runs.map(|row| (row["uuid"].clone(), row["intended concurrency"].clone())).collect::<BTreeSet<_>>().len()
    };
    let mut engine = engine();
    show(&mut engine, &shown(&["RHAIIS-3.3"]));
    let before = String::from_utf8(engine.export(&ExportRef::of("rhaiis-csv")).bytes).expect("text");
    show(&mut engine, &shown(&["RHAIIS-3.3", "RHAIIS-3.4-GA"]));
    let appended = engine.append("rhaiis-csv", "ours.csv", &before);
    let after = String::from_utf8(appended.bytes).expect("text");
    assert_eq!(appended.name, "ours.csv");
    assert!(after.starts_with(&before), "what was there stays as it was");
    let added = of("RHAIIS-3.4-GA");
    assert!(added > 0);
    assert_eq!(after.lines().count() - before.lines().count(), added);
    assert!(appended.note.starts_with(&format!("ours.csv: {added} rows added.")), "{}", appended.note);
    let again = engine.append("rhaiis-csv", "ours.csv", &after);
    assert!(again.bytes.is_empty() && again.note.starts_with("ours.csv: nothing to add."), "{}", again.note);
    let other = engine.append("llmd-csv", "notes.txt", "Dear all,\nplease find below\n");
    assert!(other.bytes.is_empty() && other.note.contains("is unchanged"), "{}", other.note);
    // Requests are no rows of such a table.
    let mut engine = requests(&["one/r.csv"]);
    show(&mut engine, &ViewState::default());
    assert!(engine.append("rhaiis-csv", "ours.csv", &before).bytes.is_empty());
    assert!(engine.export(&ExportRef::of("rhaiis-csv")).bytes.is_empty());
}

#[test]
fn runs_at_one_level_are_bars_beside_their_names_the_highest_first() {
    let rows = "model,accelerator,version,TP,intended concurrency,output_tok/sec,ttft_p95,itl_p95,prompt toks,output toks\n\
                m,H200,v-1,4,8,100,9,9,1000,1000\nm,H200,v-2,4,8,300,9,9,1000,1000\nm,H200,v-3,4,8,200,9,9,1000,1000\n";
    let mut engine = Engine::default();
    engine.add(FileId(0), import(&Source::new("table.csv", rows.as_bytes().to_vec()), None, |_| ()).tables);
    let model = engine.show(&ViewState::default(), &BTreeMap::new());
    let chart = &model.panels[0].chart;
    assert_eq!(chart.y.ticks.as_deref(), Some(&["v-2", "v-3", "v-1"].map(str::to_owned)[..]));
    let bars: Vec<(f64, f64)> = chart.series.iter().flat_map(|series| series.points().map(|bar| (bar.x, bar.y))).collect();
    assert_eq!(bars, [(300.0, 0.0), (200.0, 1.0), (100.0, 2.0)]);
    assert_eq!((chart.x.key.as_str(), chart.y.title.as_str()), ("output_tps", "Concurrency 8"));
    // A bar leads to its own measurement.
    let card = engine.point(0, 0, 0).expect("a card");
    assert!(card.identity.iter().any(|(key, _, value)| key == "version" && value == "v-2"));
    // With a second level they are lines.
    let more = rows.to_owned() + "m,H200,v-1,4,16,150,9,9,1000,1000\n";
    engine.add(FileId(0), import(&Source::new("table.csv", more.into_bytes()), None, |_| ()).tables);
    assert_eq!(engine.show(&ViewState::default(), &BTreeMap::new()).panels[0].chart.y.ticks, None);
}

#[test]
fn every_panel_has_lines_of_its_own_on_the_same_axes() {
    let model = engine().show(&ViewState { panel_by: Some("version".to_owned()), ..ViewState::default() }, &BTreeMap::new());
    assert_eq!(model.panels.len(), 6);
    for panel in &model.panels {
        let lines = panel.chart.series.len();
        assert!((1..=8).contains(&lines), "{}: {lines} lines", panel.title);
        assert!(panel.chart.series.iter().all(|series| series.points().count() > 1));
    }
    let axes = |of: fn(&inferscope::view_model::ChartModel) -> &inferscope::view_model::AxisModel| {
        let all: Vec<_> = model.panels.iter().map(|panel| (of(&panel.chart).range, of(&panel.chart).log)).collect();
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{all:?}");
        all[0]
    };
    assert_eq!(axes(|chart| &chart.x), (Some([1.0, 650.0]), true));
    assert!(axes(|chart| &chart.y).1, "throughput spans more than 30 : 1");
    // Scales that a person chose are those of all, and begin at zero.
    let linear = ViewState { panel_by: Some("version".to_owned()), y_log: Some(false), ..ViewState::default() };
    let model = engine().show(&linear, &BTreeMap::new());
    for panel in &model.panels {
        let y = &panel.chart.y;
        let [low, high] = y.range.expect("a range");
        assert!(!y.log && y.exact && low == 0.0 && (45_000.0..51_000.0).contains(&high), "{low} to {high}");
    }
}

#[test]
fn demo_data_are_told_where_they_are_and_nowhere_else() {
    let mut engine = engine();
    assert_eq!(show(&mut engine, &ViewState::default()).synthetic, Synthetic::Everything);
    let own = "model,accelerator,version,TP,intended concurrency,output_tok/sec,ttft_p95,itl_p95,prompt toks,output toks\n\
               openai/gpt-oss-120b,H200,own-1,4,1,100,90,9,1000,1000\nopenai/gpt-oss-120b,H200,own-1,4,50,900,95,9,1000,1000\n";
    let imported = import(&Source::new("own.csv", own.as_bytes().to_vec()), None, |_| ());
    assert!(!imported.report.synthetic);
    engine.add(FileId(2), imported.tables);
    let of = |versions: &[&str]| ViewState { series_by: vec!["version".to_owned()], ..chosen(&[("version", versions)]) };
    assert_eq!(show(&mut engine, &of(&["own-1"])).synthetic, Synthetic::Nothing, "only measured rows are shown");
    let mixed = show(&mut engine, &of(&["own-1", "RHAIIS-3.3"]));
    assert_eq!(mixed.synthetic, Synthetic::Some);
    for labels in [
        mixed.legend.iter().map(|entry| entry.label.as_str()).collect::<BTreeSet<_>>(),
        mixed.panels[0].chart.series.iter().map(|series| series.label.as_str()).collect(),
    ] {
        assert_eq!(labels, BTreeSet::from(["own-1", "RHAIIS-3.3 (synthetic)"]));
    }
}

#[test]
fn figures_that_no_row_has_together_are_not_the_first_axes() {
    // llama-bench: a row is of the prompt or of the answer, never of both.
    let text = "build_commit,build_number,cpu_info,gpu_info,backends,model_filename,model_type,model_size,model_n_params,n_batch,n_ubatch,\
                n_threads,cpu_mask,cpu_strict,poll,type_k,type_v,n_gpu_layers,split_mode,main_gpu,no_kv_offload,flash_attn,tensor_split,\
                use_mmap,embeddings,n_prompt,n_gen,n_depth,test_time,avg_ns,stddev_ns,avg_ts,stddev_ts\n";
    let row = |prompt: u32, answer: u32, ns: u64, rate: f64| {
        format!(
            "8cf427ff,5163,c,g,CUDA,m.gguf,qwen2 7B,4677120000,7615616512,2048,512,8,0x0,0,50,f16,f16,99,layer,0,0,0,0.00,1,0,{prompt},\
             {answer},0,2025-04-24T11:57:09Z,{ns},1,{rate},1\n"
        )
    };
    let text = text.to_owned() + &row(512, 0, 70_285_660, 7285.6) + &row(0, 128, 1_067_431_600, 119.9);
    let mut engine = Engine::default();
    let imported = import(&Source::new("bench.csv", text.into_bytes()), None, |_| ());
    assert_eq!(imported.report.measurements, 2, "{:?}", imported.report.diagnostics);
    engine.add(FileId(1), imported.tables);
    let model = show(&mut engine, &ViewState::default());
    let points: usize = model.panels[0].chart.series.iter().map(|series| series.points().count()).sum();
    assert!(points > 0, "{} against {}", model.panels[0].chart.y.title, model.panels[0].chart.x.title);
}

#[test]
fn the_first_chart_of_a_mix_is_the_one_that_shows_most() {
    let few = "model,concurrency,output_tps,ttft_p95_ms\nm,1,100,\nm,2,190,\n";
    let many: String = (1..=9).map(|load| format!("m,{load},,{}\n", 50 + load)).collect();
    let text = format!("{few}{many}");
    let mut engine = Engine::default();
    engine.add(FileId(1), import(&Source::new("mix.csv", text.into_bytes()), None, |_| ()).tables);
    let model = engine.show(&ViewState { view: "explore".to_owned(), ..ViewState::default() }, &BTreeMap::new());
    assert_eq!(model.panels[0].chart.y.title, "P95 TTFT", "{}", model.sentence);
}
