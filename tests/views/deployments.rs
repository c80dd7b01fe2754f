//! Scenarios: which measurements are one configuration, what is drawn of its repeats, and which configurations are drawn.

use inferscope::state::Filters;
use inferscope::view::ViewModel;

use super::scenarios::{corpus_engine, curve, points, texts};
use super::{files, grid, show, state, support};

/// A benchmark report 0.1 of two replicas at a rate, under a scheduler with these weights of KV, queue and prefix scorer.
fn report(weights: Option<[usize; 3]>, rate: usize, ttft: f64) -> String {
    let scheduler = weights.map(|[kv, queue, prefix]| {
        format!(
            "    metadata:\n      inferenceScheduler:\n        plugins:\n        - {{type: kv-cache-utilization-scorer, name: \
             kv-cache-scorer}}\n        - {{type: queue-scorer}}\n        - {{type: prefix-cache-scorer, parameters: \
             {{hashBlockSize: 64, mode: cache_tracking}}}}\n        schedulingProfiles:\n        - name: default\n          \
             plugins:\n          - {{pluginRef: kv-cache-scorer, weight: {kv}}}\n          - {{pluginRef: queue-scorer, weight: \
             {queue}}}\n          - {{pluginRef: prefix-cache-scorer, weight: {prefix}}}\n"
        )
    });
    let host = "    - {model: NVIDIA-H100-80GB-HBM3, count: 2, memory: 80, parallelism: {dp: 1, tp: 2, pp: 1, ep: 1}}\n";
    format!(
        "version: '0.1'\nscenario:\n  host:\n    type: [replica, replica]\n    accelerator:\n{host}{host}  platform:\n    engine: \
         [{{name: 'vllm:0.10', args: {{}}}}]\n{}  model: {{name: org/m}}\n  load:\n    name: inference-perf\n    args:\n      load: \
         {{type: poisson, stages: [{{rate: {rate}, duration: 60}}]}}\n    metadata: {{stage: 0}}\nmetrics:\n  time: {{duration: \
         60.0}}\n  requests: {{total: {}, failures: 0, input_length: {{units: count, mean: 1000}}, output_length: {{units: count, \
         mean: 100}}}}\n  latency:\n    time_to_first_token: {{units: s, mean: {ttft}, p90: {ttft}}}\n    time_per_output_token: \
         {{units: s/token, mean: 0.01}}\n  throughput: {{total_tokens_per_sec: {}, output_tokens_per_sec: {}, requests_per_sec: \
         {rate}}}\n",
        scheduler.unwrap_or_default(),
        rate * 60,
        rate * 1100,
        rate * 100,
    )
}

fn names(model: &ViewModel) -> Vec<String> {
    texts(grid(model, "configurations"), "configuration")
}

#[test]
fn schedulers_of_reports_are_configurations() {
    let made: Vec<(String, String)> = [[1, 1, 3], [0, 1, 0]]
        .iter()
        .flat_map(|weights| [2, 10].map(|rate| (weights, rate)))
        .map(|(weights, rate)| {
            let ttft = (rate + weights[2]) as f64 / 100.0;
            (format!("sched/benchmark_report,_{}_{rate}.yaml", weights[2]), report(Some(*weights), rate, ttft))
        })
        .collect();
    let made: Vec<(&str, &str)> = made.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let mut engine = files(&made);
    let model = show(&mut engine, &state("scenarios", &[], &[]));
    assert!(model.controls.iter().any(|control| control.key == "sweep" && control.values == ["scheduling"]));
    let expected = [
        "KV 0 queue 1 prefix 0 mode cache_tracking block 64 · 2R TP2",
        "KV 1 queue 1 prefix 3 mode cache_tracking block 64 · 2R TP2",
    ];
    assert_eq!(names(&model), expected);
    // P90 TTFT over the total throughput, as the reports above have them.
    assert_eq!(points(curve(&model, 0, expected[0])), [(2200.0, 20.0, 2.0), (11_000.0, 100.0, 10.0)]);
    assert_eq!(points(curve(&model, 0, expected[1])), [(2200.0, 50.0, 2.0), (11_000.0, 130.0, 10.0)]);
    let facet = model.facets.iter().find(|facet| facet.key == "kv_scorer_weight");
    assert_eq!(facet.map(|facet| facet.values.len()), Some(2));
    assert!(!model.notes.iter().any(|note| note.contains("folders") || note.contains("repeats")), "{:?}", model.notes);
}

#[test]
fn the_scheduler_of_upstreams_example_is_read() {
    let Some(corpus) = support::corpus("deployments::the_scheduler_of_upstreams_example_is_read") else { return };
    let mut engine = corpus_engine(&corpus, &["llm-d-benchmark/head/br_v0_2_example.yaml".to_owned()]);
    let mut asked = state("scenarios", &[], &[("sweep", "scheduling")]);
    asked.filters = Filters::Chosen(Default::default());
    let found = names(&show(&mut engine, &asked));
    // Its lines 94 to 121.
    let expected = "KV 1 queue 1 prefix 2 mode cache_tracking block 16 capacity 31250 blocks 256";
    assert!(matches!(found.as_slice(), [one] if one.starts_with(expected)), "{found:?}");
}
