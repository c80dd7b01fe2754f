//! Nodes: what throughput is where logs state single steps, and what lines and layers look like.

use std::collections::BTreeSet;

use super::made::{engine_of, stamp};
use super::timeline::{curves, files, panel, points, rank};
use super::{show, state};

/// A log of TensorRT-LLM: prompts of 1000 tokens every 4 seconds, each in a step of a tenth of a second, and decode steps of 8
/// requests of which every fiftieth has a line.
#[test]
fn throughput_of_steps_is_tokens_over_time_not_their_speed() {
    let line = |second: i64, iteration: i64, step: &str, states: &str| {
        let at = stamp(second);
        let (date, time) = at.split_once(' ').expect("a stamp");
        let american = format!("{}/{}/{}", &date[5..7], &date[8..10], &date[..4]);
        format!(
            "[{american}-{time}] [TRT-LLM] [I] [_torch][RANK 0] iter = {iteration}, global_rank = 0, rank = 0, num_scheduled_requests = 8, kv_cache_util = 0.1, \
             currank_total_requests = 0/1, host_step_time = {step}ms, prev_device_step_time = {step}ms, timestamp = {at}, states = {{{states}}}\n"
        )
    };
    let prompts = "'num_ctx_requests': 1, 'num_ctx_tokens': 900, 'num_generation_tokens': 0, 'cached_kv_tokens': 100";
    let answers = "'num_ctx_requests': 0, 'num_ctx_tokens': 0, 'num_generation_tokens': 8, 'cached_kv_tokens': 0";
    let prefill: String = (0..30).map(|i| line(4 * i, i + 1, "100.00", prompts)).collect();
    let decode: String = (0..60).map(|i| line(2 * i, 50 * (i + 1), "10.00", answers)).collect();
    let mut engine = engine_of(&files(&[("run/a_prefill_w0.out", prefill), ("run/b_decode_w0.out", decode)]));
    let asked = [("panels", "prefill:prompt_tps"), ("panels", "decode:generation_tps"), ("panels", "prefill:step_prompt_tps")];
    let model = show(&mut engine, &state("runs/timeline", &[], &asked));
    let drawn =
        |role: &str, y: &str| points(curves(panel(&model, role, y))[0]).into_iter().skip(1).map(|(_, y)| y).collect::<Vec<_>>();
    // 1000 tokens every 4 s; 8 tokens in each of 50 steps every 2 s.
    assert_eq!(drawn("Prefill", "Prefill throughput"), [250.0; 29]);
    assert_eq!(drawn("Decode", "Generation throughput"), [200.0; 59]);
    // The speed of single steps has a name of its own.
    assert_eq!(drawn("Prefill", "Step prefill speed"), [9000.0; 29]);
    assert!(model.notes.iter().any(|note| note.starts_with("Throughput missing from the logs")), "{:?}", model.notes);
}

/// No mark of the legend means two things.
#[test]
fn layers_of_the_stack_look_like_no_line() {
    let workers: Vec<(String, String)> =
        (0..7).map(|worker| (format!("run/cn{worker}_decode_w{worker}.out"), rank(worker, " DP0", 10, 100.0))).collect();
    for count in 1..=7 {
        let model = show(&mut engine_of(&workers[..count]), &state("runs/timeline", &[], &[]));
        let looks: Vec<(u8, u8)> =
            model.legend.iter().filter_map(|entry| entry.style).map(|style| (style.colour, style.symbol())).collect();
        assert_eq!(looks.len(), count + 3);
        let told: BTreeSet<&(u8, u8)> = looks.iter().collect();
        assert_eq!(told.len(), looks.len(), "{looks:?}");
        assert!(looks[count..].iter().all(|(_, symbol)| *symbol == 1), "filled squares: {looks:?}");
    }
}
