//! Which configurations the demo data has: releases followed over accelerators, rivals, layouts, data sets, turns, and
//! the accidents that real tables have too.

use super::hardware::{ACCELERATORS, Accelerator, ENGINES, Engine, MODELS, Model};
use super::serving::{Demand, Deployment};

/// A deployment's workload, in the consolidated table's terms.
#[derive(Clone, Copy)]
pub(super) struct Task {
    /// Configured prompt and output tokens; 0/0 for a real data set.
    pub isl: u32,
    pub osl: u32,
    /// Prompt and output tokens as measured: mean and P99.
    pub prompt: (f64, f64),
    pub output: (f64, f64),
    /// Prompt tokens that need no prefill, on average.
    pub cached: f64,
    pub dataset: &'static str,
    pub spec_decoding: &'static str,
    pub prefix_caching: &'static str,
    /// Turns of a conversation, tokens and number of the shared prefixes.
    pub turns: Option<(u32, u32, u32)>,
    /// Users in flight, level by level.
    pub levels: &'static [u32],
    /// Length of a level, s.
    pub seconds: f64,
}

const LEVELS: &[u32] = &[1, 50, 100, 200, 300, 400, 500, 650];
const LONG: &[u32] = &[1, 50, 100];

/// Random tokens of fixed lengths.
pub(super) const fn lengths(isl: u32, osl: u32) -> Task {
    let (prompt, output) = (isl as f64, osl as f64);
    let (levels, seconds) = if isl > 50_000 { (LONG, 1800.0) } else { (LEVELS, 600.0) };
    Task {
        isl,
        osl,
        // The chat template adds a few tokens to what the generator was asked for.
        prompt: (prompt + 5.4, prompt + 9.0),
        output: (output, output),
        cached: 0.0,
        dataset: "",
        spec_decoding: "",
        prefix_caching: "",
        turns: None,
        levels,
        seconds,
    }
}

/// A real data set, with a draft model and a prefix cache or without.
const fn dataset(name: &'static str, prompt: (f64, f64), output: (f64, f64), shared: f64, drafts: bool, caching: bool) -> Task {
    Task {
        prompt,
        output,
        cached: if caching { prompt.0 * shared } else { 0.0 },
        dataset: name,
        spec_decoding: if drafts { "eagle3" } else { "" },
        prefix_caching: if caching { "yes" } else { "no" },
        ..lengths(0, 0)
    }
}

/// The four ways in which a data set is run.
fn variants(name: &'static str, prompt: (f64, f64), output: (f64, f64), shared: f64) -> [Task; 4] {
    [(false, false), (false, true), (true, false), (true, true)]
        .map(|(drafts, caching)| dataset(name, prompt, output, shared, drafts, caching))
}

/// Conversations: every turn's prompt carries the prefix and all earlier turns, nearly all of it cached.
const fn conversation(isl: u32, osl: u32, turns: u32, prefix_tokens: u32, prefix_count: u32) -> Task {
    let (turn, both, prefix) = (isl as f64, (isl + osl) as f64, prefix_tokens as f64);
    let mean = prefix + turn + both * (turns - 1) as f64 / 2.0;
    let last = prefix + turn + both * (turns - 1) as f64;
    Task {
        prompt: (mean, last),
        cached: 0.95 * (mean - turn),
        prefix_caching: "yes",
        turns: Some((turns, prefix_tokens, prefix_count)),
        ..lengths(isl, osl)
    }
}

impl Task {
    /// What one request asks for on average.
    pub(super) fn demand(&self) -> Demand {
        let together = if self.dataset.is_empty() { 0.1 } else { 0.03 };
        Demand {
            prompt: self.prompt.0,
            cached: self.cached,
            output: self.output.0,
            drafts: !self.spec_decoding.is_empty(),
            together,
        }
    }
}

/// What went wrong with a run, or with its rows on their way into the table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Accident {
    None,
    /// Single optional cells are blank.
    Blanks,
    /// Requests fail at high load.
    Failures,
    /// Two rows stand in the table twice.
    Doubled,
    /// One level is missing and one lacks its throughput.
    Gaps,
}

/// One configuration measured once over all its levels.
#[derive(Clone, Copy)]
pub(super) struct Run {
    pub deployment: Deployment,
    pub task: Task,
    /// 0 for the first time, 1 for the repeat …
    pub repeat: u32,
    pub accident: Accident,
}

impl Run {
    /// What identifies the configuration: the name of its noise, too.
    pub(super) fn name(&self) -> String {
        let (d, t) = (&self.deployment, &self.task);
        let lengths = (t.isl, t.osl, t.dataset, t.spec_decoding, t.prefix_caching, t.turns);
        format!("{} {} {} {:?} {:?} {lengths:?}", d.engine.version, d.accelerator.name, d.model.name, d.tp, d.dp)
    }
}

#[derive(Clone, Copy)]
enum Layout {
    /// The tensor parallelism that the model is usually measured with.
    Usual,
    Tp(u32),
    Dp(u32),
    Both(u32, u32),
}

#[derive(Default)]
struct Plan {
    runs: Vec<Run>,
    names: std::collections::BTreeSet<String>,
}

impl Plan {
    /// Adds every combination that makes sense and is not there yet.
    fn add(&mut self, versions: &[&str], accelerators: &[&str], models: &[&str], tasks: &[Task], layouts: &[Layout]) {
        for model in models.iter().filter_map(|name| Model::named(name)) {
            for task in tasks {
                for engine in versions.iter().filter_map(|name| Engine::named(name)) {
                    for accelerator in accelerators.iter().filter_map(|name| Accelerator::named(name)) {
                        for layout in layouts {
                            self.one(engine, accelerator, model, *task, *layout);
                        }
                    }
                }
            }
        }
    }

    fn one(
        &mut self,
        engine: &'static Engine,
        accelerator: &'static Accelerator,
        model: &'static Model,
        task: Task,
        layout: Layout,
    ) {
        let (tp, dp) = match layout {
            Layout::Usual => (Some(if accelerator.name == "TPU" { 8 } else { model.tp }), None),
            Layout::Tp(tp) => (Some(tp), None),
            Layout::Dp(dp) => (None, Some(dp)),
            Layout::Both(tp, dp) => (Some(tp), Some(dp)),
        };
        let run =
            Run { deployment: Deployment { engine, accelerator, model, tp, dp }, task, repeat: 0, accident: Accident::None };
        if engine.runs_on(accelerator) && run.deployment.fits() && self.names.insert(run.name()) {
            self.runs.push(run);
        }
    }

    /// Lets an accident happen to the runs that a condition picks.
    fn spoil(&mut self, accident: Accident, condition: impl Fn(&Run) -> bool) {
        for run in self.runs.iter_mut().filter(|run| condition(run)) {
            run.accident = accident;
        }
    }
}

const GPT: &str = "openai/gpt-oss-120b";
const LLAMA_FP8: &str = "RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic";
const LLAMA: &str = "meta-llama/Llama-3.3-70B-Instruct";
const QWEN: &str = "Qwen/Qwen3-235B-A22B-Instruct-2507";
const DEEPSEEK: &str = "deepseek-ai/DeepSeek-R1-0528";
const MINISTRAL: &str = "mistralai/Ministral-3-14B-Instruct-2512";

const RELEASES: [&str; 6] =
    ["RHAIIS-3.3", "RHAIIS-3.4-EA1", "RHAIIS-3.4-EA2", "RHAIIS-3.4-GA", "RHAIIS-3.5-EA1", "RHAIIS-3.5-EA2"];
const RIVALS: [&str; 5] = ["vLLM-0.19.1", "vLLM-0.21.0", "vLLM-0.21.0-optimized", "sglang-0.5.11", "TRT-LLM-1.3.0rc13"];

const BALANCED: Task = lengths(1000, 1000);
const VARIABLE: Task = lengths(512, 2048);
const LARGE_PROMPT: Task = lengths(2048, 128);
const PREFILL_HEAVY: Task = lengths(8000, 1000);
const LONG_CONTEXT: Task = lengths(100_000, 1000);

/// The shipped configurations, the headline first.
pub(super) fn shipped() -> Vec<Run> {
    let mut plan = Plan::default();
    let (old, new) = (RELEASES[3], RELEASES[5]);
    let usual = [Layout::Usual];
    // What a first look shows: two releases on four accelerators, each measured twice.
    plan.add(&[old, new], &["H200", "B200", "B300", "MI300X"], &[GPT], &[BALANCED], &usual);
    let repeats: Vec<Run> = plan.runs.iter().map(|run| Run { repeat: 1, ..*run }).collect();
    plan.runs.extend(repeats);
    let headline = plan.runs.len();

    // Releases followed over time.
    plan.add(&RELEASES, &["H200", "B200", "MI300X"], &[GPT, LLAMA_FP8], &[BALANCED], &usual);
    plan.add(&RELEASES[3..], &["B300"], &[LLAMA_FP8], &[BALANCED], &usual);
    plan.add(
        &[RELEASES[3], RELEASES[4], RELEASES[5], RIVALS[1]],
        &["H200", "B200", "MI300X"],
        &[GPT, LLAMA_FP8],
        &[PREFILL_HEAVY],
        &usual,
    );
    // Rivals on the same hardware.
    plan.add(&RIVALS, &["H200"], &[GPT, LLAMA_FP8, QWEN, DEEPSEEK], &[BALANCED], &usual);
    plan.add(&RIVALS[2..], &["H200"], &[GPT, LLAMA_FP8, QWEN, DEEPSEEK], &[PREFILL_HEAVY], &usual);
    plan.add(&RIVALS[2..], &["B200"], &[GPT], &[BALANCED], &usual);
    // Every other model.
    let others: Vec<&str> = MODELS[2..].iter().map(|model| model.name).collect();
    plan.add(&RELEASES[3..], &["H200"], &others, &[BALANCED], &usual);
    plan.add(&[new], &["B200"], &others, &[BALANCED], &usual);
    plan.add(&[old, new], &["MI300X"], &[LLAMA, DEEPSEEK], &[BALANCED], &usual);
    plan.add(&RELEASES[3..], &["TPU"], &[LLAMA_FP8, MINISTRAL], &[BALANCED], &usual);
    plan.add(&[new], &["TPU"], &[LLAMA], &[BALANCED], &usual);
    // Other workloads.
    plan.add(&[old, new], &["H200"], &[GPT, LLAMA_FP8], &[VARIABLE, LARGE_PROMPT, lengths(4000, 500)], &usual);
    plan.add(&[old, new], &["H200", "B200"], &[LLAMA_FP8, QWEN], &[LONG_CONTEXT], &[Layout::Tp(8)]);
    plan.add(&[new], &["H200", "B200"], &[GPT], &[lengths(32_000, 256)], &usual);
    plan.add(&[old, new], &["H200"], &[GPT], &variants("mlperf-gpt-oss", (5010.6, 12_410.0), (1268.4, 4096.0), 0.42), &usual);
    plan.add(&[RIVALS[1]], &["H200"], &[GPT], &variants("mlperf-gpt-oss", (5010.6, 12_410.0), (1268.4, 4096.0), 0.42), &usual);
    plan.add(&[old, new], &["H200"], &[LLAMA_FP8], &variants("sharegpt", (121.9, 561.0), (410.9, 1220.0), 0.15), &usual);
    plan.add(
        &[old, new],
        &["H200"],
        &[GPT, LLAMA_FP8],
        &[conversation(512, 256, 3, 1024, 16), conversation(512, 256, 5, 2048, 8)],
        &usual,
    );
    // Other layouts.
    plan.add(&[new], &["H200", "B200", "B300", "MI300X"], &[GPT], &[BALANCED], &[Layout::Tp(1), Layout::Tp(2), Layout::Tp(8)]);
    plan.add(&[old], &["H200"], &[GPT], &[BALANCED], &[Layout::Tp(1)]);
    plan.add(&[old, new], &["H200", "B200"], &[DEEPSEEK], &[BALANCED], &[Layout::Dp(8)]);
    plan.add(&[new], &["H200", "B200"], &[GPT], &[BALANCED], &[Layout::Dp(8), Layout::Both(2, 4)]);
    plan.add(&[new], &["H200"], &[QWEN], &[BALANCED], &[Layout::Both(4, 2)]);

    let at = |run: &Run, version: &str, accelerator: &str, model: &str| {
        let d = &run.deployment;
        d.engine.version == version && d.accelerator.name == accelerator && d.model.name == model
    };
    plan.spoil(Accident::Failures, |run| at(run, new, "TPU", LLAMA));
    plan.spoil(Accident::Doubled, |run| at(run, RELEASES[1], "MI300X", LLAMA_FP8));
    plan.spoil(Accident::Gaps, |run| at(run, RELEASES[4], "H200", DEEPSEEK));
    for (i, run) in plan.runs.iter_mut().enumerate().skip(headline) {
        if i % 3 == 0 && run.accident == Accident::None {
            run.accident = Accident::Blanks;
        }
    }
    plan.runs
}

/// Everything that could be measured: what [`super::Options::rows`] fills up with, round after round.
pub(super) fn everything() -> Vec<Run> {
    let mut plan = Plan::default();
    let versions: Vec<&str> = ENGINES.iter().map(|engine| engine.version).collect();
    let accelerators: Vec<&str> = ACCELERATORS.iter().map(|accelerator| accelerator.name).collect();
    let models: Vec<&str> = MODELS.iter().map(|model| model.name).collect();
    let tasks = [BALANCED, VARIABLE, LARGE_PROMPT, PREFILL_HEAVY, LONG_CONTEXT, lengths(4000, 500), lengths(32_000, 256)];
    let layouts = [Layout::Usual, Layout::Tp(2), Layout::Tp(8), Layout::Both(2, 4)];
    plan.add(&versions, &accelerators, &models, &tasks, &layouts);
    plan.runs
}
