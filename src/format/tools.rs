//! The tools whose files are read, in groups: what the start page shows. The whole list are the [formats](super::ABOUT).

/// Groups of tools, with a word for what their files are about.
pub const TOOLS: [(&str, &[&str]); 6] = [
    (
        "Benchmark results",
        &[
            "GuideLLM",
            "AIPerf",
            "GenAI-Perf",
            "vLLM bench",
            "SGLang bench_serving",
            "llm-d",
            "inference-perf",
            "InferenceX",
            "sa-bench",
            "trtllm-bench",
            "llama-bench",
            "genai-bench",
            "EvalScope",
            "LLMPerf",
            "Locust",
            "perf_analyzer",
        ],
    ),
    ("Dashboards’ tables", &["RHAIIS", "LLM-D", "MLPerf Inference"]),
    ("Servers and GPUs", &["Prometheus", "Grafana", "Worker log", "nvidia-smi", "dcgmi"]),
    ("Runs and engine profiles", &["srt-slurm", "Dynamo"]),
    ("Traces, lengths and accuracy", &["Mooncake", "Azure", "BurstGPT", "Token lengths", "lm-evaluation-harness"]),
    ("Any table", &["CSV", "Parquet", "Arrow"]),
];

#[cfg(test)]
mod tests {
    use super::TOOLS;
    use crate::format::ABOUT;

    #[test]
    fn every_tool_is_one_of_a_format() {
        for tool in TOOLS.iter().flat_map(|(_, tools)| *tools) {
            assert!(ABOUT.iter().any(|format| format.label.contains(tool)), "{tool} stands in no format’s label");
        }
    }
}
