//! `inferscope grafana`: what ships in `deploy/grafana`, and what Grafana asks of a board.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::{folder, run, stdout};

const DEPLOYED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/grafana");

#[test]
fn the_deployed_boards_are_what_the_command_writes() {
    let written = folder("grafana");
    let place = written.display().to_string();
    let names: BTreeSet<String> =
        stdout(&["grafana", &place]).lines().map(|line| line.rsplit('/').next().unwrap_or_default().to_owned()).collect();
    let deployed = fs::read_dir(DEPLOYED).expect("the folder ships").map(|entry| entry.expect("readable").file_name());
    assert_eq!(names, deployed.map(|name| name.to_string_lossy().into_owned()).collect());
    for name in &names {
        let [shipped, written] = [DEPLOYED, &place].map(|folder| fs::read_to_string(format!("{folder}/{name}")).expect("text"));
        assert!(shipped == written, "write {name} again: cargo run --bin inferscope -- grafana deploy/grafana");
    }
    for (board, name) in [("servers", "inferscope-servers.json"), ("gpus", "inferscope-gpus.json")] {
        assert!(names.contains(name));
        let text = fs::read_to_string(format!("{place}/{name}")).expect("it is written");
        assert!(text == stdout(&["grafana", "--board", board]));
    }
}

#[test]
fn a_board_is_whole() {
    for key in ["servers", "gpus"] {
        let board: Value = serde_json::from_str(&stdout(&["grafana", "--board", key])).expect("JSON");
        assert_eq!((&board["schemaVersion"], board.get("id")), (&Value::from(39), None));
        let names = board["templating"]["list"].as_array().expect("a list").iter().map(|one| one["name"].as_str());
        let names: BTreeSet<&str> = names.map(|name| name.expect("a name")).collect();
        let panels = board["panels"].as_array().expect("a list");
        let ids: BTreeSet<u64> = panels.iter().filter_map(|panel| panel["id"].as_u64()).collect();
        assert_eq!(ids.len(), panels.len());
        let mut taken = BTreeSet::new();
        for panel in panels {
            let [x, y, w, h] = ["x", "y", "w", "h"].map(|key| panel["gridPos"][key].as_u64().expect("a place"));
            assert!(x + w <= 24);
            for at in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
                assert!(taken.insert(at), "{} covers another panel", panel["title"]);
            }
        }
        // Every variable that a query names is there, and every one that is there is used.
        let mut used = BTreeSet::from(["datasource".to_owned()]);
        for panel in panels.iter().skip(1) {
            let targets = panel["targets"].as_array().expect("queries");
            let refs: BTreeSet<&str> = targets.iter().filter_map(|target| target["refId"].as_str()).collect();
            assert_eq!(refs.len(), targets.len());
            for target in targets {
                assert_eq!(target["datasource"]["uid"], "${datasource}");
                let query = target["expr"].as_str().expect("a query");
                for part in query.split('$').skip(1) {
                    used.insert(part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
                }
            }
        }
        assert!(used.remove("__rate_interval") && names == used.iter().map(String::as_str).collect(), "{names:?} {used:?}");
        let text = panels[0]["options"]["content"].as_str().expect("a text");
        assert!(text.contains(&format!("Inferscope {} ", env!("CARGO_PKG_VERSION"))), "{text}");
    }
}

#[test]
fn the_link_to_the_page_and_what_is_no_address() {
    let page = "https://inferscope.example.com/";
    let board: Value = serde_json::from_str(&stdout(&["grafana", "--board", "gpus", "--page", page])).expect("JSON");
    assert_eq!(board["links"][1]["url"], page);
    assert!(board["panels"][0]["options"]["content"].as_str().is_some_and(|text| text.ends_with(&format!("({page})"))));
    for wrong in [
        &["grafana"][..],
        &["grafana", "--board", "rack"],
        &["grafana", "--board", "gpus", "--page", "javascript:alert(1)"],
        &["grafana", "--board", "gpus", "--page", "https://a.example/) [x](https://b.example"],
    ] {
        let output = run(wrong);
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), b"".as_slice()), "{wrong:?}");
        assert!(!output.stderr.is_empty());
    }
    // A file where the folder should be.
    let file = super::put(&folder("grafana-file"), "taken", "");
    let output = run(&["grafana", &file]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains(&file));
}
