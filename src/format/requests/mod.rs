//! Tools that keep a row for each request and no summary; `reader::requests` makes both records and a measurement of it.

mod fmperf;
mod llm_load_test;
mod multi_round;
mod perf_analyzer;

pub(in crate::format) use fmperf::FMPERF;
pub(in crate::format) use llm_load_test::LLM_LOAD_TEST;
pub(in crate::format) use multi_round::MULTI_ROUND;
pub(in crate::format) use perf_analyzer::PERF_ANALYZER;
