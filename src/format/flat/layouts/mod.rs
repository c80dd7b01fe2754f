//! The flat formats: a row each, and what rows cannot express. The facts stand with each tool.

pub(super) mod accuracy;
pub(super) mod argonne;
pub(super) mod evalscope;
pub(super) mod genai_bench;
pub(super) mod inferencex;
pub(super) mod latency_profile;
pub(super) mod llama;
pub(super) mod llm_optimizer;
pub(super) mod llmperf;
pub(super) mod load_tools;
pub(super) mod sglang;
pub(super) mod trtllm;
pub(super) mod vllm;
