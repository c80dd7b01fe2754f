//! MLPerf: the published results that ship with the page, as the views read them; against Python's reading and the
//! published oracles (`../shared/formats/llmd-and-mlperf.md` §2, §6 items 13–20), and each trap on a table made for it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use inferscope::engine::protocol::FileId;
use inferscope::engine::{Engine, import};
use inferscope::source::Source;
use inferscope::state::{Filters, ViewState, link};
use inferscope::view_model::{Grid, Tone, ViewModel};

use super::{cell, demo, engine_of, grid, number, reference, root, same, show, state};
use crate::support;

const SHIPPED: &str = "public/figures/mlperf.csv";

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect("it is there")
}

fn shipped() -> Engine {
    engine_of(SHIPPED, &text(SHIPPED))
}

/// A compact table: `round,id,system,accelerators,nodes,accelerator,model,scenario,unit,value` of each row.
fn made(rows: &[&str]) -> Engine {
    let header = "round,id,organization,availability,system,nodes,accelerators,accelerator,model,scenario,unit,value";
    let line = |row: &&str| {
        let [round, id, system, gpus, nodes, accelerator, model, scenario, unit, value] =
            row.split(',').collect::<Vec<_>>().try_into().expect("ten cells");
        format!("{round},{id},Org {id},available,{system},{nodes},{gpus},{accelerator},{model},{scenario},{unit},{value}")
    };
    let lines: Vec<String> = std::iter::once(header.to_owned()).chain(rows.iter().map(line)).collect();
    engine_of("made.csv", &(lines.join("\n") + "\n"))
}

fn automatic() -> ViewState {
    ViewState { view: "mlperf".to_owned(), ..ViewState::default() }
}

fn card(model: &ViewModel, label: &str) -> f64 {
    let card = model.cards.iter().find(|card| card.label == label).unwrap_or_else(|| panic!("no card {label}"));
    card.value.parse().expect("a count")
}

/// The figures of a table of systems, by id, name, accelerators, nodes, scenario and unit.
fn figures(grid: &Grid) -> BTreeMap<String, f64> {
    let mut found = BTreeMap::new();
    for row in 0..grid.rows.len() {
        let system = ["public_id", "system", "gpus", "nodes"].map(|key| cell(grid, row, key).cell.exact.as_str()).join("|");
        for column in grid.columns.iter().filter(|column| column.key.contains('/')) {
            let [_, scenario, unit] = column.key.splitn(3, '/').collect::<Vec<_>>().try_into().expect("model, scenario, unit");
            if let Some(value) = number(grid, row, &column.key) {
                assert_eq!(found.insert(format!("{system}|{scenario}|{unit}"), value), None);
            }
        }
    }
    found
}

#[test]
fn every_figure_of_every_model_as_python_reads_it() {
    let expected = reference("mlperf.py", &[&root().join(SHIPPED).display().to_string()]);
    let expected = expected.as_object().expect("an object");
    let mut engine = shipped();
    let (mut values, mut systems) = (0, BTreeMap::<String, BTreeSet<String>>::new());
    for (key, group) in expected {
        let (round, model) = key.split_once(' ').expect("round and model");
        let shown = show(&mut engine, &state("mlperf", &[("round", round), ("model", model)], &[("doubtful", "shown")]));
        let table = grid(&shown, "systems");
        let found = figures(table);
        let figures: BTreeMap<String, f64> = group["figures"]
            .as_object()
            .expect("figures")
            .iter()
            .map(|(key, value)| (key.clone(), value.as_f64().expect("a number")))
            .collect();
        assert_eq!(found, figures, "{key}");
        for (label, name) in [("Systems", "systems"), ("Organizations", "organizations")] {
            assert_eq!(card(&shown, label), group[name].as_f64().expect("a count"), "{key}: {label}");
        }
        assert_eq!(card(&shown, "Results"), figures.len() as f64, "{key}");
        let preview = (0..table.rows.len()).filter(|row| cell(table, *row, "availability").tone == Tone::Doubt).count();
        assert_eq!(preview as f64, group["previews"].as_f64().expect("a count"), "{key}");
        // A figure whose unit was corrected says so, with the unit as printed and the reason.
        let corrected = table.rows.iter().flatten().filter(|cell| cell.hint.contains("Printed as ")).collect::<Vec<_>>();
        assert_eq!(corrected.len() as f64, group["corrected"].as_f64().expect("a count"), "{key}");
        assert!(corrected.iter().all(|cell| cell.tone == Tone::Doubt && cell.hint.contains("because")), "{key}");
        values += figures.len();
        let names = figures.keys().map(|key| key.rsplitn(3, '|').last().unwrap_or_default().to_owned());
        systems.entry(round.to_owned()).or_default().extend(names);
    }
    // §2.1: 83 systems with 554 results, 93 with 493.
    assert_eq!(values, 554 + 493);
    assert_eq!(
        systems.into_iter().map(|(round, systems)| (round, systems.len())).collect::<Vec<_>>(),
        [("5.1".to_owned(), 83), ("6.0".to_owned(), 93)]
    );
}

/// §2.4, §6-17: the reference counts 45 submissions that match where 36 have a result.
#[test]
fn the_first_look_is_the_newest_round_with_honest_counts() {
    let mut engine = shipped();
    let model = show(&mut engine, &automatic());
    let chosen: Vec<(String, Vec<String>)> =
        model.state.selection().into_iter().map(|(key, values)| (key, values.into_iter().collect())).collect();
    let one = |key: &str, value: &str| (key.to_owned(), vec![value.to_owned()]);
    assert_eq!(chosen, [one("model", "llama2-70b-99.9"), one("round", "6.0")]);
    let table = grid(&model, "systems");
    // §2.1: Offline 36, Server 36, Interactive 14.
    assert_eq!((table.rows.len(), card(&model, "Systems"), card(&model, "Results")), (36, 36.0, 86.0));
    let filled = |column: &str| (0..36).filter(|row| number(table, *row, column).is_some()).count();
    let columns = ["Offline", "Server", "Interactive"].map(|scenario| format!("llama2-70b-99.9/{scenario}/Tokens/s"));
    assert_eq!(columns.each_ref().map(|column| filled(column)), [36, 36, 14]);
    let keys: Vec<&str> = table.columns.iter().take(6).map(|column| column.key.as_str()).collect();
    assert_eq!(
        (&keys[..2], keys[5]),
        (&["system", "accelerator"][..], "organization"),
        "the figures stand before who and how many"
    );
    // §2.7: GB300 × 72 with 1126850 is the largest.
    assert_eq!((cell(table, 0, "accelerator").cell.text.as_str(), number(table, 0, "gpus")), ("GB300", Some(72.0)));
    assert_eq!(number(table, 0, &columns[0]), Some(1_126_850.0));
    assert!(model.notes.iter().any(|note| note.contains("MLCommons") && note.contains("not verified")), "{:?}", model.notes);
    assert!(model.empty.is_none());
}

/// §2.7: the values that the reference's own code gives.
#[test]
fn published_oracles() {
    let mut engine = shipped();
    let mut of = |round: &str, id: &str| -> BTreeMap<String, f64> {
        let filters = [("round", round), ("model", "llama2-70b-99"), ("public_id", id)];
        let model = show(&mut engine, &state("mlperf", &filters, &[]));
        let found = figures(grid(&model, "systems"));
        found.into_iter().map(|(key, value)| (key.rsplit('|').nth(1).unwrap_or_default().to_owned(), value)).collect()
    };
    let pairs = |pairs: &[(&str, f64)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), *value)).collect::<BTreeMap<_, _>>();
    assert_eq!(of("5.1", "5.1-0001"), pairs(&[("Offline", 27803.90), ("Server", 24593.77), ("Interactive", 8840.42)]));
    assert_eq!(of("6.0", "v6.0-0001"), pairs(&[("Offline", 1_042_110.0), ("Server", 1_016_375.0), ("Interactive", 785_522.0)]));
    // §2.2: v6.0-0001 has 87 accelerators on 11 nodes of 8.
    let model = show(&mut engine, &state("mlperf", &[("public_id", "v6.0-0001"), ("model", "llama2-70b-99")], &[]));
    let table = grid(&model, "systems");
    assert_eq!(["gpus", "accelerators_per_node", "nodes"].map(|key| number(table, 0, key)), [Some(87.0), Some(8.0), Some(11.0)]);
    // v6.0-0079, -0080 and -0082 share one name with 1, 4 and 8 accelerators; -0076 and -0078 one with 288 and 72.
    for (ids, sizes) in
        [(&["v6.0-0079", "v6.0-0080", "v6.0-0082"][..], &[1.0, 4.0, 8.0][..]), (&["v6.0-0076", "v6.0-0078"], &[72.0, 288.0])]
    {
        let mut asked = state("mlperf", &[], &[]);
        asked.choose("public_id", ids.iter().map(|id| (*id).to_owned()).collect());
        let model = show(&mut engine, &asked);
        let table = grid(&model, "systems");
        let mut found: Vec<f64> = (0..table.rows.len()).filter_map(|row| number(table, row, "gpus")).collect();
        found.sort_by(f64::total_cmp);
        assert_eq!(found, sizes);
    }
}

/// §6-18: the reference drops every latency scenario.
#[test]
fn latencies_are_shown_and_lower_is_better() {
    let mut engine = shipped();
    let model =
        show(&mut engine, &state("mlperf", &[("round", "6.0"), ("model", "text to video"), ("scenario", "SingleStream")], &[]));
    let table = grid(&model, "systems");
    let column = "text to video/SingleStream/Latency (s)";
    let found: Vec<f64> = (0..table.rows.len()).filter_map(|row| number(table, row, column)).collect();
    assert_eq!(found.len(), 7);
    assert!(found.is_sorted(), "the lowest first: {found:?}");
    assert!(cell(table, 0, column).hint.contains("lower is better"));
}

/// §2.2, §6-14: the reference draws samples as tokens; §6 [P]: off by more than 30 times is flagged, not silently used.
#[test]
fn units_stand_apart_and_doubtful_results_are_marked_and_can_be_left_out() {
    let mut engine = shipped();
    let model = show(&mut engine, &state("mlperf", &[("round", "6.0"), ("model", "llama3.1-8b"), ("scenario", "Offline")], &[]));
    let table = grid(&model, "systems");
    let count = |column: &str| (0..table.rows.len()).filter(|row| number(table, *row, column).is_some()).count();
    assert_eq!((count("llama3.1-8b/Offline/Tokens/s"), count("llama3.1-8b/Offline/Samples/s")), (21, 10));
    let corrections = grid(&model, "corrections");
    assert_eq!((corrections.rows.len(), number(corrections, 0, "results")), (1, Some(10.0)));
    let words = ["printed", "unit"].map(|key| cell(corrections, 0, key).cell.text.as_str());
    assert_eq!(words, ["Tokens/s", "Samples/s"]);
    assert!(cell(corrections, 0, "reason").cell.text.contains("6472"));
    let alone = cell(corrections, 0, "results").link.clone().expect("a link");
    assert_eq!(card(&show(&mut engine, &link::decode(&alone).0), "Results"), 10.0);
    let gpt = |doubtful: &[(&str, &str)]| {
        state("mlperf", &[("round", "6.0"), ("model", "gpt-oss-120b"), ("scenario", "Offline")], doubtful)
    };
    let left = show(&mut engine, &gpt(&[("doubtful", "left out")]));
    assert_eq!(card(&left, "Results"), 31.0);
    assert!(
        left.notes.iter().any(|note| note.starts_with("2 results more than 30×") && note.contains("left out")),
        "{:?}",
        left.notes
    );
    assert!(left.controls.iter().any(|control| control.key == "doubtful" && control.values == ["left out"]));
    // §2.7: n = 33.
    let all = show(&mut engine, &gpt(&[]));
    assert!(
        all.notes.iter().any(|note| note.starts_with("2 results more than 30×") && note.contains("shown and marked")),
        "{:?}",
        all.notes
    );
    assert!(all.controls.iter().any(|control| control.key == "doubtful" && control.values == ["shown"]));
    // Views that compute leave them out; only those that would be in what is shown are counted and named.
    let computed = |view: &str| ViewState { view: view.to_owned(), ..gpt(&[]) };
    let compared = show(&mut engine, &computed("mlperf/comparison"));
    assert!(
        compared
            .notes
            .iter()
            .any(|note| note.starts_with("2 results more than 30×") && note.contains("left out: v6.0-0059, v6.0-0101"))
    );
    for view in ["mlperf/rounds", "mlperf/scaling"] {
        let other = ViewState { view: view.to_owned(), ..ViewState::default() };
        let shown = show(&mut engine, &other.with_option("benchmark", &["llama2-70b-99.9"]));
        assert!(!shown.notes.iter().any(|note| note.contains("more than 30×")), "{view}: {:?}", shown.notes);
        assert!(!shown.controls.iter().any(|control| control.key == "doubtful"), "{view}");
    }
    assert_eq!(card(&all, "Results"), 33.0);
    let marked = grid(&all, "systems").rows.iter().flatten().filter(|cell| cell.hint.contains("Caveat")).count();
    assert_eq!(marked, 2);
    // Shown or not, each is listed with what is known of it.
    for model in [&left, &all] {
        let doubts = grid(model, "doubts");
        assert_eq!(doubts.rows.len(), 2);
        assert!((0..2).all(|row| cell(doubts, row, "doubt").cell.text.contains("a factor of")));
    }
}

#[test]
fn a_far_result_is_in_doubt_and_five_make_a_class() {
    let row = |id: usize, value: f64| format!("7.0,v7.0-000{id},s{id},8,1,B200,m,Offline,Tokens/s,{value}");
    let rows = |last: f64| (1..5).map(|id| row(id, 800.0 + id as f64)).chain([row(5, last)]).collect::<Vec<_>>();
    let shown = |rows: &[String]| {
        let mut engine = made(&rows.iter().map(String::as_str).collect::<Vec<_>>());
        card(&show(&mut engine, &automatic().with_option("doubtful", &["left out"])), "Results")
    };
    // The median of five is 802.
    assert_eq!((shown(&rows(802.0 / 29.9)), shown(&rows(802.0 / 30.1)), shown(&rows(803.0 * 30.1))), (5.0, 4.0, 4.0));
    assert_eq!(shown(&rows(1.0)[1..]), 4.0, "four are no class");
}

/// A filter that is about one's own measurements (a model of Explore's) must not empty the published results.
#[test]
fn filters_of_other_data_do_not_hold() {
    let mut engine = demo();
    engine.add(FileId(2), import(&Source::new(SHIPPED, text(SHIPPED).into_bytes()), None, |_| ()).tables);
    let asked = state("mlperf", &[("model", "openai/gpt-oss-120b"), ("profile", "Balanced (1k/1k)")], &[]);
    let model = show(&mut engine, &asked);
    assert_eq!(card(&model, "Results"), 86.0);
    assert_eq!(model.notes.iter().filter(|note| note.contains("Filter ignored")).count(), 2, "{:?}", model.notes);
    // Among others that hold they are ignored; and no filter at all is everything.
    let asked = state("mlperf", &[("profile", "Balanced (1k/1k)"), ("organization", "AMD"), ("round", "6.0")], &[]);
    let model = show(&mut engine, &asked);
    assert!(model.state.selection().contains_key("model"), "the model is left to the data");
    let every = show(&mut engine, &ViewState { filters: Filters::Chosen(Default::default()), ..automatic() });
    assert_eq!(card(&every, "Results"), 1047.0);
    // The demo data are undisturbed by what is published.
    let explore = show(&mut engine, &ViewState::default());
    assert_eq!(explore.kind().key(), "measurement");
}

#[test]
fn the_same_table_dropped_beside_the_shipped_one_is_shown_once() {
    let mut engine = shipped();
    let newer = text(SHIPPED)
        .lines()
        .enumerate()
        .filter(|(at, line)| *at == 0 || line.starts_with("6.0"))
        .map(|(_, line)| line.to_owned() + "\n")
        .collect::<String>();
    let newer = newer.replace("v6.0-0002,", "v7.0-0002,").replace("\n6.0,v7", "\n7.0,v7");
    engine.add(FileId(2), import(&Source::new("mine.csv", newer.into_bytes()), None, |_| ()).tables);
    let every = show(&mut engine, &ViewState { filters: Filters::Chosen(Default::default()), ..automatic() });
    let new = text(SHIPPED).lines().filter(|line| line.starts_with("6.0,v6.0-0002,")).count() as f64;
    assert!(new > 0.0);
    assert_eq!((card(&every, "Results"), card(&every, "Rounds")), (1047.0 + new, 3.0));
    assert!(every.joins.iter().any(|(path, note)| path == "mine.csv" && note.contains("shown once")), "{:?}", every.joins);
    // The newest round is now the reader's own.
    assert!(show(&mut engine, &automatic()).state.selection()["round"].contains("7.0"));
}

#[test]
fn systems_of_one_name_have_rows_of_their_own_and_cpus_no_divisor() {
    let mut engine = made(&[
        "7.0,v7.0-0001,box,8,1,B200,m,Offline,Tokens/s,800",
        "7.0,v7.0-0001,box,8,1,B200,m,Server,Tokens/s,700",
        "7.0,v7.0-0002,box,16,2,B200,m,Offline,Tokens/s,1500",
        "7.0,v7.0-0003,cpu,,1,,m,Offline,Tokens/s,20",
    ]);
    let model = show(&mut engine, &automatic());
    let table = grid(&model, "systems");
    assert_eq!(table.rows.len(), 3);
    let cpu = (0..3).find(|row| cell(table, *row, "accelerator").cell.text == "CPU only").expect("the CPU system");
    assert_eq!((number(table, cpu, "gpus"), number(table, cpu, "nodes")), (None, Some(1.0)));
    same(number(table, 0, "m/Offline/Tokens/s").expect("a figure"), 1500.0, "the largest first");
    // A result a row, with the same figures.
    let long = show(&mut engine, &automatic().with_option("form", &["results"]));
    assert_eq!(grid(&long, "results").rows.len(), 4);
}

#[test]
fn text_is_searched_for_in_a_system_s_description() {
    let mut engine = shipped();
    let found = show(&mut engine, &automatic().with_option("find", &["nvl72"]));
    let table = grid(&found, "systems");
    assert!(!table.rows.is_empty() && table.rows.len() < 36);
    assert!((0..table.rows.len()).all(|row| cell(table, row, "system").cell.text.contains("NVL72")));
    let nothing = show(&mut engine, &automatic().with_option("find", &["no such system"]));
    assert_eq!(nothing.sentence, "", "nothing is not counted");
    let (_, remedy) = nothing.empty.and_then(|empty| empty.remedy).expect("a remedy");
    assert_eq!(show(&mut engine, &remedy).total, 86);
}

/// 46 results of 6.0 and 161 of 5.1 are of `NVIDIA B200-SXM-180GB`, 2 of 6.0 of plain `NVIDIA B200`.
#[test]
fn an_accelerator_is_found_by_its_printed_name() {
    let mut engine = shipped();
    let mut find = |text: &str, round: &str| {
        show(&mut engine, &state("mlperf", &[("round", round)], &[("find", text), ("doubtful", "shown"), ("form", "results")]))
    };
    let found = find("NVIDIA B200-SXM-180GB", "6.0");
    assert_eq!(card(&found, "Results"), 46.0);
    let table = grid(&found, "results");
    assert!((0..46).all(|row| cell(table, row, "accelerator").hint == "NVIDIA B200-SXM-180GB"));
    assert!(found.columns.iter().any(|column| column.key == "accelerator_printed"), "the rows have it, too");
    assert_eq!(card(&find("nvidia b200", "6.0"), "Results"), 48.0);
    // By its maker, and by a processor's name as it was printed.
    assert_eq!(card(&find("NVIDIA GB300", "6.0"), "Results"), 39.0);
    assert_eq!(card(&find("INTEL(R) XEON(R) 6980P", "6.0"), "Results"), 8.0);
}

#[test]
fn links_lead_to_the_system_and_its_benchmark() {
    let mut engine = shipped();
    let model = show(&mut engine, &automatic());
    let table = grid(&model, "systems");
    let link = cell(table, 1, "system").link.clone().expect("a link");
    let rows = show(&mut engine, &link::decode(&link).0);
    assert_eq!((rows.state.view.as_str(), rows.of.map(|kind| kind.key())), ("data", Some("submission")));
    let of_system = text(SHIPPED).lines().filter(|line| line.starts_with("6.0,v6.0-0001,")).count();
    assert_eq!(rows.total, of_system);
    let (compare, notes) = link::decode(cell(table, 1, "llama2-70b-99.9/Offline/Tokens/s").link.as_deref().expect("a link"));
    assert!(notes.is_empty(), "{notes:?}");
    assert_eq!(compare.selection()["scenario"], BTreeSet::from(["Offline".to_owned()]));
}

/// §2.6: the summaries' published figures, from the counts that ship; each model's row leads to its own.
#[test]
fn data_sets_have_their_published_lengths() {
    // Model, table; count, min, median, mean and max of inputs, then of outputs.
    let expected = [
        ("deepseek-r1", "deepseek-r1", [4388.0, 52.0, 901.5, 803.79, 3140.0], [4388.0, 209.0, 2194.0, 4043.45, 32768.0]),
        ("llama2-70b-99.9", "llama2-70b", [24576.0, 48.0, 152.0, 222.33, 1021.0], [24576.0, 3.0, 190.0, 218.89, 1016.0]),
        ("llama3.1-405b", "llama3.1-405b", [8313.0, 476.0, 10112.0, 9428.64, 19988.0], [8313.0, 3.0, 753.0, 684.68, 1830.0]),
        ("llama3.1-8b", "llama3.1-8b", [13368.0, 79.0, 784.0, 870.73, 2540.0], [13368.0, 13.0, 74.0, 81.63, 2135.0]),
    ];
    for (model, name, inputs, outputs) in expected {
        let mut engine = shipped();
        let shown = show(&mut engine, &state("mlperf", &[("round", "6.0"), ("model", model)], &[]));
        let datasets = grid(&shown, "datasets");
        assert_eq!((datasets.rows.len(), number(datasets, 0, "prompts")), (1, Some(inputs[0])));
        assert_eq!(cell(datasets, 0, "note").cell.text.contains("estimated"), model == "llama3.1-8b");
        let (asked, notes) = link::decode(cell(datasets, 0, "lengths").link.as_deref().expect("a link"));
        assert!(notes.is_empty(), "{notes:?}");
        let path = format!("public/{}", asked.sources.last().expect("a source"));
        let table = text(&path);
        engine.add(FileId(2), import(&Source::new(path.as_str(), table.clone().into_bytes()), None, |_| ()).tables);
        let lengths = show(&mut engine, &asked);
        assert_eq!((lengths.panels.len(), lengths.notes.len()), (2, 0), "{:?}", lengths.notes);
        assert!(lengths.sentence.contains(&format!("{} data set entries", inputs[0])), "{}", lengths.sentence);
        let percentiles = grid(&lengths, "percentiles");
        for (row, figures) in [inputs, outputs].into_iter().enumerate() {
            assert_eq!(cell(percentiles, row, "dataset").cell.text, name);
            let found = ["count", "min", "p50", "mean", "max"].map(|key| number(percentiles, row, key).expect(key));
            for (found, figure) in found.into_iter().zip(figures) {
                assert!((found - figure).abs() < 0.005, "{model}: {found} is not {figure}");
            }
        }
        let Some(corpus) = support::corpus("views::mlperf::data_sets_have_their_published_lengths") else { continue };
        let summary = match name {
            "llama2-70b" => "llama2-70b-99".to_owned(),
            "llama3.1-8b" => "llama3-1-8b-datacenter".to_owned(),
            other => other.replace('.', "-"),
        };
        let summary = corpus.join(format!("mlperf/summaries/{summary}.csv"));
        let python = reference("lengths.py", &[&summary.display().to_string()]);
        assert_eq!(python["table"].as_str(), Some(table.as_str()), "{path}");
        for (row, side) in ["input", "output"].into_iter().enumerate() {
            for (key, figure) in ["count", "min", "p50", "mean", "max"].into_iter().zip(python[side].as_array().expect("figures"))
            {
                same(
                    number(percentiles, row, key).expect(key),
                    figure.as_f64().expect("a number"),
                    &format!("{name} {side} {key}"),
                );
            }
        }
    }
}
