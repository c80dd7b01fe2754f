//! Benchmarks of srt-slurm that write no result files of the usual kind, and where their figures are.

/// Benchmarks whose runs have no supported metrics, and why.
const ELSEWHERE: &[(&str, &str)] = &[
    ("torch-profiler", "A profiling job: it has no benchmark results."),
    ("manual", "A job that serves and benchmarks nothing by itself: it has no benchmark results of its own."),
    ("sglang-bench", "This benchmark writes no result file: its figures stand in benchmark.out only."),
    ("gsm8k", "A benchmark of accuracy: its scores stand in accuracy/."),
    ("gpqa", "A benchmark of accuracy: its scores stand in accuracy/."),
    ("mmlu", "A benchmark of accuracy: its scores stand in accuracy/."),
    ("longbenchv2", "A benchmark of accuracy: its scores stand in accuracy/."),
    ("mooncake-router", "AIPerf ran the benchmark: its figures stand below artifacts/."),
    ("trace-replay", "AIPerf ran the benchmark: its figures stand below artifacts/."),
];

/// Why a run of this benchmark has no result files; `None` for one that has.
pub fn why_no_results(benchmark: &str) -> Option<&'static str> {
    ELSEWHERE.iter().find(|(known, _)| *known == benchmark).map(|(_, why)| *why)
}
