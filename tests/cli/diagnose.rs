//! `inferscope diagnose`.

use super::*;

#[test]
fn requests_of_a_file_are_of_its_run_alone() {
    let path = format!("{}/tests/fixtures/guidellm/0.3.0/synchronous-10req.json", env!("CARGO_MANIFEST_DIR"));
    let few = std::fs::read_to_string(path).expect("a fixture");
    // Another model's file has 40 requests, of which each ten wait longer than those before.
    let mut many: Value = serde_json::from_str(&few.replace("tiny-llm", "other-llm")).expect("JSON");
    let requests = many["benchmarks"][0]["requests"]["successful"].as_array_mut().expect("a list");
    let longer = |request: &Value, round: u32| {
        let mut request = request.clone();
        let start = request["start_time"].as_f64().expect("a time") + 1000.0 + 100.0 * f64::from(round);
        request["request_id"] = format!("{}-{round}", request["request_id"]).into();
        request["start_time"] = start.into();
        request["first_token_time"] = (start + 0.1 * f64::from(round)).into();
        request["time_to_first_token_ms"] = (100.0 * f64::from(round)).into();
        request
    };
    *requests = (1..=4).flat_map(|round| requests.iter().map(|one| longer(one, round)).collect::<Vec<_>>()).collect();
    let folder = folder("requests-of-runs");
    fs::write(folder.join("few.json"), &few).expect("it is written");
    fs::write(folder.join("many.json"), many.to_string()).expect("it is written");
    let place = folder.display().to_string();
    let found = json(&["diagnose", "--json", &place]);
    let verdict = |run: &str| {
        let of =
            found.iter().find(|one| one["rule"] == "not-steady" && one["run"].as_str().is_some_and(|name| name.contains(run)));
        of.and_then(|one| one["verdict"].as_str())
    };
    assert_eq!((verdict("tiny"), verdict("other")), (Some("insufficient-data"), Some("confirmed")), "{found:?}");
    // The worst comes first, as on the page.
    let text = stdout(&["diagnose", &place]);
    assert!(text.starts_with("Confirmed: Unsteady run (other-llm). Median TTFT, last third against first"), "{text}");
}
