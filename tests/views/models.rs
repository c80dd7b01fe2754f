//! Models side by side: figures and ratios worked out by hand, from results alone, from server metrics alone, and from both.

use inferscope::engine::Engine;
use inferscope::record::Kind;
use inferscope::view_model::{Entry, Grid, Tone, ViewModel};

use super::{cell, engine_of, files, grid, number, same, show, state, table};

const VIEW: &str = "compare/models";
const START: u64 = 1_768_467_600;

fn of(engine: &mut Engine, options: &[(&str, &str)]) -> ViewModel {
    show(engine, &state(VIEW, &[], options))
}

/// The column of a variant, and the row of a figure.
fn place(grid: &Grid, figure: &str, variant: &str) -> (usize, usize) {
    let row = grid.rows.iter().position(|row| row[1].cell.text == figure);
    let row =
        row.unwrap_or_else(|| panic!("no {figure} in {:?}", grid.rows.iter().map(|row| &row[1].cell.text).collect::<Vec<_>>()));
    let column = grid.columns.iter().position(|column| column.label.trim_end_matches(" (baseline)") == variant);
    (row, column.unwrap_or_else(|| panic!("no {variant} among {:?}", grid.columns)))
}

fn text(grid: &Grid, figure: &str, variant: &str) -> String {
    let (row, column) = place(grid, figure, variant);
    grid.rows[row][column].cell.text.clone()
}

fn value(grid: &Grid, figure: &str, variant: &str) -> Option<f64> {
    let (row, column) = place(grid, figure, variant);
    grid.rows[row][column].cell.exact.parse().ok()
}

fn hint(grid: &Grid, figure: &str, variant: &str) -> String {
    let (row, column) = place(grid, figure, variant);
    grid.rows[row][column].hint.clone()
}

fn best(grid: &Grid, figure: &str) -> String {
    let (row, _) = place(grid, figure, "Best");
    cell(grid, row, "best").cell.text.clone()
}

/// Results of bf16 and of int4 at 1, 64 and, of bf16 alone, 128 requests in flight.
fn results() -> Engine {
    table(&[
        "model=org/m,version=v-1,TP=1,intended concurrency=1,output_tok/sec=50,ttft_median=40,ttft_p95=50,itl_median=20",
        "model=org/m,version=v-1,TP=1,intended concurrency=64,output_tok/sec=1000,ttft_median=200,ttft_p95=400,itl_median=60,successful_requests=99,errored_requests=1",
        "model=org/m,version=v-1,TP=1,intended concurrency=128,output_tok/sec=1200,ttft_median=900,ttft_p95=990,itl_median=90",
        "model=red/m-quantized.w4a16,version=v-1,TP=1,intended concurrency=1,output_tok/sec=90,ttft_median=40,ttft_p95=50,itl_median=11",
        "model=red/m-quantized.w4a16,version=v-1,TP=1,intended concurrency=64,output_tok/sec=1500,ttft_median=204,ttft_p95=600,itl_median=39,successful_requests=98,errored_requests=2",
        "model=red/m-quantized.w4a16,version=v-1,TP=1,intended concurrency=64,output_tok/sec=1700,ttft_median=200,ttft_p95=800,itl_median=39,successful_requests=98,errored_requests=2",
    ])
}

#[test]
fn results_are_compared_at_the_highest_load_that_all_have() {
    let model = of(&mut results(), &[]);
    let found = grid(&model, "variants");
    let int4 = "m-quantized.w4a16";
    // The baseline is the one that nothing calls quantised.
    assert_eq!(found.columns[4].label, "m (baseline)");
    // Repeats are averaged: (1500 + 1700) ÷ 2 = 1600 against 1000.
    assert_eq!(text(found, "Output throughput", int4), "1,600 (×1.6, +60%)");
    assert_eq!(value(found, "Output throughput", int4), Some(1600.0));
    assert_eq!(value(found, "Output throughput", "m"), Some(1000.0), "not the 1200 at 128");
    // 202 against 200 is within 5 %; 39 against 60 is ×0.65; 700 against 400 is ×1.75.
    assert_eq!(text(found, "Median TTFT", int4), "202 (×1.01, +1%)");
    assert_eq!(text(found, "Median ITL", int4), "39 (×0.65, −35%)");
    assert_eq!(text(found, "P95 TTFT", int4), "700 (×1.75, +75%)");
    assert_eq!(value(found, "Error rate", "m"), Some(1.0));
    assert_eq!(text(found, "Error rate", int4), "2 (×2, +100%)");
    let tone = |figure: &str| {
        let (row, column) = place(found, figure, int4);
        found.rows[row][column].tone
    };
    // 2 % of failed requests are beyond the limit of 1 %: marked, and it cannot be best.
    assert_eq!(tone("Output throughput"), Tone::Doubt);
    assert_eq!(best(found, "Output throughput"), "");
    assert!(
        hint(found, "Output throughput", int4).contains("2% of requests failed, limit 1%"),
        "{}",
        hint(found, "Output throughput", int4)
    );
    assert!(
        model.notes.iter().any(|note| note.starts_with("m-quantized.w4a16 cannot be best at this load: 2%")),
        "{:?}",
        model.notes
    );
    let mut lenient = state(VIEW, &[], &[]);
    lenient.error_limit = 5.0;
    let model = show(&mut results(), &lenient);
    let found = grid(&model, "variants");
    let tone = |figure: &str| {
        let (row, column) = place(found, figure, int4);
        found.rows[row][column].tone
    };
    assert_eq!(
        ["Output throughput", "Median TTFT", "P95 TTFT", "Median ITL"].map(tone),
        [Tone::Better, Tone::Similar, Tone::Worse, Tone::Better]
    );
    assert_eq!(["Output throughput", "Median TTFT", "P95 TTFT"].map(|key| best(found, key)), [int4, "similar", "m"]);
    // One H200 of TP1: 1600 per GPU as well.
    assert_eq!(value(found, "Output throughput per GPU", int4), Some(1600.0));
    let said = model.headline.as_ref().map(|headline| headline.text.as_str()).unwrap_or_default();
    assert!(
        said.starts_with("Against m, at 64 concurrent requests: m-quantized.w4a16 has 1.6× the output throughput, the same TTFT, a median ITL shorter by 35% and a cost per output token lower by 3"),
        "{said}"
    );
    assert!(said.ends_with("Accuracy is not in these files."), "{said}");
    assert!(
        model.notes.iter().any(|note| note.starts_with("Not in these files:") && note.contains("memory (")),
        "{:?}",
        model.notes
    );
    // The charts have a bar for each variant, with its measurements behind it.
    let throughput = &model.panels[0].chart;
    assert_eq!(throughput.series[0].points().map(|point| point.x).collect::<Vec<_>>(), [1000.0, 1600.0]);
}

#[test]
fn load_and_baseline_can_be_chosen() {
    let mut engine = results();
    let alone = of(&mut engine, &[("level", "1"), ("baseline", "red/m-quantized.w4a16")]);
    let found = grid(&alone, "variants");
    assert_eq!(text(found, "Output throughput", "m"), "50 (×0.556, −44.4%)");
    assert_eq!(text(found, "Output throughput", "m-quantized.w4a16"), "90");
    // At 128 only one of them was measured.
    let one = of(&mut engine, &[("level", "128")]);
    let found = grid(&one, "variants");
    assert_eq!(value(found, "Output throughput", "m"), Some(1200.0));
    assert_eq!(text(found, "Output throughput", "m-quantized.w4a16"), "–");
    assert_eq!(hint(found, "Output throughput", "m-quantized.w4a16"), "not measured at this load");
    assert_eq!(alone.panels[0].chart.y.ticks.as_deref().unwrap_or_default(), ["m-quantized.w4a16", "m"], "the baseline first");
    // A load that nobody measured is said and not taken.
    let none = of(&mut engine, &[("level", "77")]);
    assert!(none.notes.iter().any(|note| note.contains("at load 77")), "{:?}", none.notes);
    assert_eq!(value(grid(&none, "variants"), "Output throughput", "m"), Some(1000.0));
    let gone = of(&mut engine, &[("baseline", "<b>x</b>")]);
    assert!(gone.notes.iter().any(|note| note.contains("“<b>x</b>” is not among the variants")), "{:?}", gone.notes);
}

#[test]
fn workloads_and_accelerators_are_never_mixed_in_silence() {
    let mut engine = table(&[
        "model=org/m,TP=1,intended concurrency=8,output_tok/sec=100,prompt toks=1000,output toks=1000",
        "model=org/m-FP8,TP=1,intended concurrency=8,output_tok/sec=150,prompt toks=1000,output toks=1000",
        "model=org/m,TP=1,intended concurrency=8,output_tok/sec=10,prompt toks=9000,output toks=100",
        "model=org/m-FP8,TP=1,intended concurrency=8,output_tok/sec=11,prompt toks=9000,output toks=100",
        "model=org/m-AWQ,accelerator=B200,TP=1,intended concurrency=8,output_tok/sec=500",
    ]);
    let model = of(&mut engine, &[]);
    let found = grid(&model, "variants");
    // Of equal settings there are two: one is shown, the other can be chosen; never their mean.
    let pair = model.controls.iter().find(|control| control.key == "pair").expect("a choice of settings");
    let Entry::Select(choices) = &pair.entry else { panic!("a choice of one") };
    assert_eq!(choices.len(), 2);
    let values = |model: &ViewModel| {
        let found = grid(model, "variants");
        ["m", "m-FP8"].map(|variant| value(found, "Output throughput", variant))
    };
    let mut seen: Vec<_> = choices.iter().map(|choice| values(&of(&mut engine, &[("pair", &choice.value)]))).collect();
    seen.sort_by(|a, b| a.partial_cmp(b).expect("numbers"));
    assert_eq!(seen, [[Some(10.0), Some(11.0)], [Some(100.0), Some(150.0)]]);
    // Another accelerator is no figure beside the others.
    assert_eq!(text(found, "Output throughput", "m-AWQ"), "–");
    assert!(
        hint(found, "Output throughput", "m-AWQ").contains("B200") || hint(found, "Output throughput", "m-AWQ").contains("H200")
    );
    // What only one of them states is taken as equal; its mean over two values of it is marked.
    let mut unstated = table(&[
        "model=org/m,TP=1,intended concurrency=8,output_tok/sec=100",
        "model=org/m-AWQ,TP=1,DP=1,intended concurrency=8,output_tok/sec=50",
        "model=org/m-AWQ,TP=1,DP=2,intended concurrency=8,output_tok/sec=70",
    ]);
    let model = of(&mut unstated, &[("match", "tp")]);
    let found = grid(&model, "variants");
    let (row, column) = place(found, "Output throughput", "m-AWQ");
    assert_eq!((found.rows[row][column].cell.exact.as_str(), found.rows[row][column].tone), ("60", Tone::Doubt));
    assert!(
        model.notes.iter().any(|note| note.contains("m-AWQ: each figure is the mean of measurements that differ in DP")),
        "{:?}",
        model.notes
    );
    // One that states nothing does not make the others alike.
    let mut silent = table(&[
        "model=org/m,TP=1,intended concurrency=8,output_tok/sec=100",
        "model=org/m-AWQ,accelerator=B200,TP=1,intended concurrency=8,output_tok/sec=50",
        "model=org/m-FP8,accelerator=,TP=1,intended concurrency=8,output_tok/sec=70",
    ]);
    let said = of(&mut silent, &[]).headline.expect("a headline");
    assert!(said.text.starts_with("Not like for like (Accelerator (H200 → B200 → not stated))."), "{}", said.text);
    // Where nothing is equal, the nearest are compared, and the answer begins with it.
    let mut unlike = table(&[
        "model=org/m,TP=4,intended concurrency=8,output_tok/sec=100",
        "model=org/m-AWQ,TP=1,intended concurrency=8,output_tok/sec=50",
    ]);
    let model = of(&mut unlike, &[]);
    let said = model.headline.expect("a headline");
    assert!(said.text.starts_with("Not like for like (TP (4 → 1)"), "{}", said.text);
    assert_eq!(said.tone, Tone::Doubt);
}

/// Scrapes of a vLLM server every 10 s, and of a GPU beside it: running requests, KV usage, tokens, blocks, memory in MiB.
fn server(model: &str, running: [f64; 3], usage: [f64; 3], tokens: [f64; 3], blocks: u32, memory: f64) -> String {
    let mut text = String::from("# TYPE vllm:time_to_first_token_seconds histogram\n");
    for at in 0..3 {
        let moment = (START + 10 * at as u64) * 1000;
        let mut line = |name: &str, labels: &str, value: f64| text += &format!("{name}{{{labels}}} {value} {moment}\n");
        let own = format!("engine=\"0\",model_name=\"{model}\"");
        line("vllm:num_requests_running", &own, running[at]);
        line("vllm:kv_cache_usage_perc", &own, usage[at]);
        line("vllm:generation_tokens_total", &own, tokens[at]);
        let seen = 100.0 * at as f64;
        for (le, share) in [("0.1", 0.2), ("0.5", 0.9), ("+Inf", 1.0)] {
            line("vllm:time_to_first_token_seconds_bucket", &format!("{own},le=\"{le}\""), seen * share);
        }
        line("vllm:time_to_first_token_seconds_sum", &own, seen * 0.3);
        line("vllm:time_to_first_token_seconds_count", &own, seen);
        line("vllm:cache_config_info", &format!("engine=\"0\",block_size=\"16\",num_gpu_blocks=\"{blocks}\""), 1.0);
        line("vllm:request_success_total", &format!("{own},finished_reason=\"stop\""), 95.0 * at as f64);
        line("vllm:request_success_total", &format!("{own},finished_reason=\"error\""), 5.0 * at as f64);
        line("vllm:num_preemptions_total", &own, f64::from(blocks) * at as f64);
        line("DCGM_FI_DEV_POWER_USAGE", "gpu=\"0\",UUID=\"GPU-0\",Hostname=\"n\"", 400.0);
        line("DCGM_FI_DEV_FB_USED", "gpu=\"0\",UUID=\"GPU-0\",Hostname=\"n\"", memory);
    }
    text
}

#[test]
fn servers_alone_tell_memory_and_batches() {
    let bf16 = server("org/m", [4.0, 32.0, 10.0], [0.1, 0.95, 0.5], [0.0, 5000.0, 5000.0], 1000, 70_000.0);
    let int4 = server("red/m-w4a16", [4.0, 64.0, 10.0], [0.1, 0.4, 0.2], [0.0, 6000.0, 16_000.0], 2500, 70_656.0);
    let log =
        |gib: f64| format!("2026-05-02T17:18:10.004512Z  INFO gpu_model_runner: Model loading took {gib} GiB and 31.7 seconds\n");
    let mut engine = files(&[
        ("bf16/metrics.prom", &bf16),
        ("bf16/cn05_agg_w0.out", &log(16.0)),
        ("int4/metrics.prom", &int4),
        ("int4/cn05_agg_w0.out", &log(7.2)),
    ]);
    let model = of(&mut engine, &[]);
    assert_eq!(model.empty, None);
    let found = grid(&model, "variants");
    // cache_config_info has no name of a model: it is of the only one in its file. 1000 × 16 and 2500 × 16.
    assert_eq!(value(found, "KV cache capacity of an engine", "m"), Some(16_000.0));
    assert_eq!(text(found, "KV cache capacity of an engine", "m-w4a16"), "40,000 (×2.5, +150%)");
    // 100 − 95 and 100 − 40.
    assert!((value(found, "KV cache headroom", "m").unwrap_or(f64::NAN) - 5.0).abs() < 1e-9);
    assert!((value(found, "KV cache headroom", "m-w4a16").unwrap_or(f64::NAN) - 60.0).abs() < 1e-9);
    assert_eq!(text(found, "Largest batch", "m-w4a16"), "64 (×2, +100%)");
    // 5000 tokens in the only 10 s that had any; 16,000 in 20 s.
    assert_eq!(value(found, "Generated tokens per second at the server", "m"), Some(500.0));
    assert_eq!(text(found, "Generated tokens per second at the server", "m-w4a16"), "800 (×1.6, +60%)");
    // 200 observations: 40 up to 100 ms, 140 more up to 500 ms; the 100th is 60/140 of the way.
    let median = value(found, "Median TTFT at the server", "m").unwrap_or(f64::NAN);
    assert!((median - (100.0 + 400.0 * 60.0 / 140.0)).abs() < 1e-9, "{median}");
    // 5 of 100 in each step; 1000 blocks' worth of preemptions in each of two.
    assert_eq!(value(found, "Error rate at the server", "m"), Some(5.0));
    assert_eq!(text(found, "Preemptions", "m-w4a16"), "5,000 (×2.5, +150%)");
    // 400 W × 20 s ÷ 5000 tokens, and ÷ 16,000.
    assert_eq!(value(found, "Energy of a generated token at the server", "m"), Some(1.6));
    assert_eq!(value(found, "Energy of a generated token at the server", "m-w4a16"), Some(0.5));
    // MiB to GiB; neither more nor less is better, because servers reserve their share.
    assert_eq!(value(found, "GPU memory used", "m-w4a16"), Some(69.0));
    assert_eq!(best(found, "GPU memory used"), "");
    // The weights are in the logs: 7.2 against 16 is −55 %, as the plan expects of four bits.
    assert_eq!(text(found, "Model weights per GPU", "m-w4a16"), "7.2 (×0.45, −55%)");
    let expected = grid(&model, "expected");
    assert_eq!(expected.rows.len(), 1);
    let words: Vec<&str> = expected.rows[0].iter().map(|cell| cell.cell.text.as_str()).collect();
    assert_eq!(words, ["m-w4a16", "4 bits", "−60% to −50%", "−55%", "as expected"]);
    same(number(expected, 0, "found").expect("a change"), -55.0, "7.2 against 16");
    let said = model.headline.expect("a headline").text;
    assert!(
        said.starts_with(
            "Against m: m-w4a16 has weights smaller by 55%, 2.5× the KV cache tokens, 1.6× the tokens per second at the server"
        ),
        "{said}"
    );
}

#[test]
fn an_expectation_that_cannot_be_told_says_why() {
    let of_weights = |name: &str, gib: f64| {
        let log = |gib: f64| {
            format!("2026-05-02T17:18:10.004512Z  INFO gpu_model_runner: Model loading took {gib} GiB and 3 seconds\n")
        };
        let metrics = |model: &str| server(model, [1.0; 3], [0.1; 3], [0.0, 1.0, 2.0], 10, 1024.0);
        let mut engine = files(&[
            ("a/metrics.prom", &metrics("org/m")),
            ("a/cn05_agg_w0.out", &log(16.0)),
            ("b/metrics.prom", &metrics(name)),
            ("b/cn05_agg_w0.out", &log(gib)),
        ]);
        let model = of(&mut engine, &[]);
        let row = &grid(&model, "expected").rows[0];
        (row[4].cell.text.clone(), row[4].hint.clone())
    };
    assert_eq!(of_weights("org/m-FP8", 8.5).0, "as expected");
    assert_eq!(of_weights("org/m-FP8", 12.0).0, "less than expected");
    assert_eq!(of_weights("org/m-AWQ", 5.0).0, "more than expected");
    let (word, why) = of_weights("org/other-AWQ", 5.0);
    assert!(word == "cannot be told" && why.contains("two models"), "{word} {why}");
    // Results alone do not say what the weights take.
    let model = of(&mut results(), &[]);
    let row = &grid(&model, "expected").rows[0];
    assert_eq!((row[3].cell.text.as_str(), row[4].cell.text.as_str()), ("–", "cannot be told"));
    assert!(row[4].hint.contains("Model loading took"), "{}", row[4].hint);
}

#[test]
fn results_and_servers_complete_each_other() {
    let results = |model: &str, tps: u32| {
        super::rhaiis(&[&format!("model={model},version=v-1,TP=1,intended concurrency=8,output_tok/sec={tps},ttft_median=100")])
    };
    let metrics = |model: &str, blocks| server(model, [1.0; 3], [0.5; 3], [0.0, 1.0, 2.0], blocks, 1024.0);
    // The server calls the model by a path; it is the same one, not a third variant.
    let mut engine = files(&[
        ("a/consolidated_dashboard.csv", &results("org/m", 100)),
        ("a/metrics.prom", &metrics("/models/m", 100)),
        ("b/consolidated_dashboard.csv", &results("org/m-fp8", 120)),
        ("b/metrics.prom", &metrics("m-fp8", 150)),
    ]);
    let model = of(&mut engine, &[]);
    let found = grid(&model, "variants");
    assert_eq!(found.columns.len(), 4 + 2 + 1, "{:?}", found.columns);
    assert_eq!(text(found, "Output throughput", "m-fp8"), "120 (×1.2, +20%)");
    assert_eq!(text(found, "KV cache capacity of an engine", "m-fp8"), "2,400 (×1.5, +50%)");
    // A kind that was looked at before changes no figure.
    let mut before = state(VIEW, &[], &[]);
    before.kind = Some(Kind::Sample);
    let again = show(&mut engine, &before);
    assert_eq!(grid(&again, "variants"), found);
    assert_eq!((model.of, again.of), (Some(Kind::Measurement), Some(Kind::Sample)), "only the table of rows follows it");
    // One file with both servers: what has no model's name is of neither.
    let both = metrics("org/m", 100) + &metrics("org/m-fp8", 150).replace("Hostname=\"n\"", "Hostname=\"o\"");
    let model = of(&mut engine_of("metrics.prom", &both), &[]);
    let found = grid(&model, "variants");
    assert!(
        found
            .rows
            .iter()
            .all(|row| row[1].cell.text != "KV cache capacity of an engine" && row[1].cell.text != "GPU memory used")
    );
    assert_eq!(value(found, "Largest batch", "m-fp8"), Some(1.0));
}

#[test]
fn scores_stand_beside_speed() {
    let eval = |model: &str, score: f64| {
        format!(
            "{{\"results\": {{\"gsm8k\": {{\"alias\": \"gsm8k\", \"exact_match,strict-match\": {score}, \"exact_match_stderr,strict-match\": 0.01}}}}, \
             \"configs\": {{}}, \"versions\": {{\"gsm8k\": 3.0}}, \"n-shot\": {{\"gsm8k\": 5}}, \
             \"higher_is_better\": {{\"gsm8k\": {{\"exact_match\": true}}}}, \
             \"config\": {{\"model\": \"vllm\", \"model_args\": \"pretrained={model}\"}}}}"
        )
    };
    let speed = super::rhaiis(&[
        "model=org/m,TP=1,intended concurrency=8,output_tok/sec=100",
        "model=org/m-int4,TP=1,intended concurrency=8,output_tok/sec=160",
    ]);
    let (bf16, int4) = (eval("org/m", 0.8), eval("org/m-int4", 0.75));
    let mut engine = files(&[("consolidated_dashboard.csv", &speed), ("a/results_1.json", &bf16), ("b/results_1.json", &int4)]);
    let model = of(&mut engine, &[]);
    let found = grid(&model, "variants");
    let figure = "gsm8k exact_match (strict-match, 5-shot, version 3)";
    assert_eq!(value(found, figure, "m"), Some(80.0));
    assert_eq!(text(found, figure, "m-int4"), "75 (×0.938, −6.25%)");
    let said = model.headline.expect("a headline").text;
    assert!(said.contains("and a score lower by 5 points (gsm8k exact_match"), "{said}");
    assert!(!said.contains("not in these files"), "{said}");
    // Scores alone are enough.
    let model = of(&mut files(&[("a/results_1.json", &bf16), ("b/results_1.json", &int4)]), &[]);
    assert_eq!(value(grid(&model, "variants"), figure, "m-int4"), Some(75.0));
}

#[test]
fn cost_and_energy_are_those_of_their_views() {
    // ../shared/formats/rhaiis.md §7: 5000 tok/s on four of eight H200 is $1.1561 per million output tokens.
    let mut engine = table(&[
        "model=openai/gpt-oss-120b,version=RHAIIS-3.4-GA,TP=4,intended concurrency=50,output_tok/sec=5000",
        "model=openai/gpt-oss-120b-int4,version=RHAIIS-3.4-GA,TP=4,intended concurrency=50,output_tok/sec=10000",
    ]);
    let model = of(&mut engine, &[]);
    let found = grid(&model, "variants");
    let cost = value(found, "Cost of a million output tokens", "gpt-oss-120b").unwrap_or(f64::NAN);
    assert!((cost - 1.1561).abs() < 5e-5, "{cost}");
    assert!(text(found, "Cost of a million output tokens", "gpt-oss-120b-int4").contains("(×0.5, −50%)"));
    // 417.2 W × 4 ÷ 5000 tok/s.
    let energy = value(found, "Energy of an output token", "gpt-oss-120b").unwrap_or(f64::NAN);
    assert!((energy - 417.2 * 4.0 / 5000.0).abs() < 1e-9, "{energy}");
}

#[test]
fn one_variant_is_told_and_names_stay_text() {
    let mut one = table(&[
        "model=org/m,version=v-1,TP=1,intended concurrency=8,output_tok/sec=100",
        "model=org/m,version=v-1,TP=1,intended concurrency=16,output_tok/sec=150",
    ]);
    let model = of(&mut one, &[]);
    assert!(
        model.empty.as_ref().is_some_and(|empty| empty.reason.contains("no variant to compare it with")),
        "{:?}",
        model.empty
    );
    assert!(model.grids.is_empty() && model.panels.is_empty());
    let mut filtered = results();
    let model = show(&mut filtered, &state(VIEW, &[("model", "org/m")], &[]));
    assert_eq!(grid(&model, "variants").columns.len(), 7, "the filter of the compared dimension is put aside, and said");
    assert!(model.notes.iter().any(|note| note.contains("Filter ignored in this view: Model")), "{:?}", model.notes);
    let hostile = "<img src=x onerror=alert(1)>";
    let mut engine = table(&[
        "model=org/m,TP=1,intended concurrency=8,output_tok/sec=100",
        &format!("model=org/{},TP=1,intended concurrency=8,output_tok/sec=150", hostile.replace('=', "≠")),
    ]);
    let model = of(&mut engine, &[]);
    assert!(grid(&model, "variants").columns.iter().any(|column| column.label.contains("<img")), "shown as it is");
}

#[test]
fn variants_differ_in_what_the_data_have() {
    // One model: versions are compared; a dimension that has no two values is not offered.
    let mut engine = table(&[
        "model=org/m,version=v-1,TP=1,intended concurrency=8,output_tok/sec=100",
        "model=org/m,version=v-2,TP=1,intended concurrency=8,output_tok/sec=150",
    ]);
    let model = of(&mut engine, &[]);
    let control = model.controls.iter().find(|control| control.key == "by").expect("the control");
    assert_eq!(control.values, ["version"]);
    assert_eq!(text(grid(&model, "variants"), "Output throughput", "v-2"), "150 (×1.5, +50%)");
    // The demo has eight models; what was not measured like the baseline is a dash with its reason.
    let model = of(&mut super::demo(), &[]);
    let found = grid(&model, "variants");
    assert_eq!(found.columns.len(), 4 + 8 + 1);
    assert!(found.rows.iter().flatten().filter(|cell| cell.cell.text == "–").all(|cell| !cell.hint.is_empty()));
    // Its figures, read from the file without any code of ours.
    for (model, variant) in [
        ("meta-llama/Llama-3.3-70B-Instruct", "Llama-3.3-70B-Instruct"),
        ("RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic", "Llama-3.3-70B-Instruct-FP8-dynamic"),
        ("openai/gpt-oss-120b", "gpt-oss-120b"),
    ] {
        let wanted = [("model", model), ("accelerator", "H200"), ("version", "RHAIIS-3.4-GA")];
        let numbers = [("TP", 4.0), ("prompt toks", 1000.0), ("output toks", 1000.0), ("intended concurrency", 650.0)];
        let rows: Vec<_> = super::demo_rows()
            .into_iter()
            .filter(|row| wanted.iter().all(|(key, text)| row[*key] == *text))
            .filter(|row| numbers.iter().all(|(key, number)| row[*key].parse() == Ok(*number)))
            .collect();
        let mean = |key: &str| rows.iter().map(|row| row[key].parse::<f64>().expect("a number")).sum::<f64>() / rows.len() as f64;
        for (figure, key) in [("Output throughput", "output_tok/sec"), ("Median TTFT", "ttft_median")] {
            same(value(found, figure, variant).expect("a figure"), mean(key), variant);
        }
    }
}
