//! Flat formats: a table or JSON with these names in these units, where a format is a row of data.
//!
//! [`layout`] is the shape of such a row, [`meaning`] the words for what a column means, [`read`] reads by them, and
//! [`layouts`] are the rows. Tables (comma, semicolon, tab, Markdown; comment lines before the header) and JSON (an
//! object, a list, lines, a list inside an object) are read alike: what a row calls a column may be a path of keys.
//! Columns that no row mentions keep their own names: numbers as metrics, texts as dimensions. This room knows no tool
//! outside `layouts`.

mod doubt;
mod draft;
mod layout;
mod layouts;
pub(in crate::format) mod meaning;
mod read;
mod value;

use std::sync::LazyLock;

use doubt::Doubt;
use draft::Draft;
pub use layout::Layout;
use layout::Row;
use serde_json::Value;

use crate::format::{Format, Input};
use crate::record::Sink;

impl Layout {
    /// Reads a file that has this layout.
    pub fn read(&self, input: Input<'_>, sink: &mut dyn Sink) {
        read::read(self, input, sink);
    }
}

/// The layouts that the rows of a deployment's `config.json` describe, and what is wrong in the others, in words. A wrong row
/// costs itself.
pub fn layouts(rows: &[Value]) -> (Vec<Layout>, Vec<String>) {
    let (mut layouts, mut faults): (Vec<Layout>, Vec<String>) = Default::default();
    for (at, row) in rows.iter().enumerate() {
        let twice = |layout: &Layout| layouts.iter().any(|other| other.id == layout.id);
        match Layout::from_json(row) {
            Ok(layout) if twice(&layout) => {
                faults.push(format!("config.json: formats, row {}: an earlier row has the id “{}”; ignored.", at + 1, layout.id));
            }
            Ok(layout) => layouts.push(layout),
            Err(fault) => faults.push(format!("config.json: formats, row {}: {fault}; ignored.", at + 1)),
        }
    }
    (layouts, faults)
}

/// Makes a format of each row.
macro_rules! formats {
    ($($name:ident = $row:path;)*) => {
        $(
            pub(in crate::format) static $name: Format = Format {
                about: $row.about,
                sniff: |look| layout::sniff(look, $row.marks, $row.without),
                read: |input, sink| {
                    static LAYOUT: LazyLock<Layout> = LazyLock::new(|| Layout::of(&$row).0);
                    LAYOUT.read(input, sink);
                },
            };
        )*

        /// Every row.
        #[cfg(test)]
        static ROWS: &[&Row] = &[$(&$row),*];
    };
}

formats! {
    AIPERF_ACCURACY = layouts::accuracy::AIPERF;
    INFERENCEX_EVAL_ENVIRONMENT = layouts::accuracy::ENVIRONMENT;
    INFERENCEX_SITE = layouts::inferencex::SITE;
    INFERENCEX_API = layouts::inferencex::API;
    VLLM_LATENCY = layouts::vllm::LATENCY;
    VLLM_THROUGHPUT = layouts::vllm::THROUGHPUT;
    VLLM_STARTUP = layouts::vllm::STARTUP;
    TRTLLM_BENCH = layouts::trtllm::BENCH;
    EVALSCOPE_SUMMARY = layouts::evalscope::SUMMARY;
    EVALSCOPE_PERCENTILES = layouts::evalscope::PERCENTILES;
    EVALSCOPE_ARGUMENTS = layouts::evalscope::ARGUMENTS;
    SGLANG_BATCH = layouts::sglang::BATCH;
    SGLANG_OFFLINE = layouts::sglang::OFFLINE;
    LLMPERF = layouts::llmperf::SUMMARY;
    LLAMA_BENCH = layouts::llama::BENCH;
    LLAMA_BENCH_MARKDOWN = layouts::llama::MARKDOWN;
    GENAI_BENCH = layouts::genai_bench::RUN;
    GENAI_BENCH_EXPERIMENT = layouts::genai_bench::EXPERIMENT;
    LATENCY_PROFILE = layouts::latency_profile::PROFILE;
    LLM_OPTIMIZER = layouts::llm_optimizer::RESULTS;
    LOCUST = layouts::load_tools::LOCUST;
    PERF_ANALYZER = layouts::load_tools::PERF_ANALYZER;
    INFERENCE_BENCH = layouts::argonne::BY_HARDWARE;
    INFERENCE_BENCH_LENGTHS = layouts::argonne::HEAT_MAP;
}
