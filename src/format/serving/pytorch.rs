//! `<result>.pytorch.json`: the results of vLLM's benchmarks as PyTorch's benchmark database takes them, a record for each
//! figure. The figures of one model and one set of arguments are a run.

use std::collections::HashMap;

use serde_json::Map;

use super::{Dialect, Fields, measure};
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::scalar;
use crate::format::reader::json_yaml::{Pattern, stream};
use crate::format::{Input, Look};
use crate::record::{Place, Provenance, Sink};

const KEEP: &[Pattern] = &[
    &["benchmark", "extra_info", "args", "*", "(nothing below)"],
    &["benchmark", "name"],
    &["model", "name"],
    &["metric", "name"],
    &["metric", "benchmark_values"],
    &["metric", "extra_info", "*", "(nothing below)"],
];

/// The arguments that tell the runs of a file apart.
const TELLING: [&str; 4] = ["request_rate", "max_concurrency", "num_prompts", "tensor_parallel_size"];

/// Whether the text is such a list, of a serving benchmark.
pub(super) fn sniff(look: &Look<'_>) -> bool {
    look.is_list()
        && look.element().is_some_and(|first| first.has_all(&["benchmark", "model", "metric"]))
        && look.text.contains("_ms\"")
}

/// Reads every run.
pub(super) fn read(input: Input<'_>, dialect: &Dialect, sink: &mut dyn Sink) {
    let (mut runs, mut known): (Vec<(Place, Fields)>, HashMap<String, usize>) = Default::default();
    let mut findings = Findings::default();
    for document in stream::documents(input.text) {
        let tree = document.read(KEEP, &mut |share| sink.progress(share));
        if let Some(fault) = &tree.fault {
            findings.add(sink, "damaged records", || fault.diagnostic());
        }
        let record = &tree.root;
        let Some(name) = record["metric"]["name"].as_str() else { continue };
        let none = Map::new();
        let args = record["benchmark"]["extra_info"]["args"].as_object().unwrap_or(&none);
        let model = &record["model"]["name"];
        let telling = TELLING.map(|key| args.get(key).and_then(scalar).unwrap_or_default());
        let key = format!("{}\n{}", scalar(model).unwrap_or_default(), telling.join("\n"));
        let at = *known.entry(key).or_insert_with(|| {
            runs.push((document.place.clone(), Map::from_iter([("model_id".to_owned(), model.clone())])));
            runs.len() - 1
        });
        let Some((_, fields)) = runs.get_mut(at) else { continue };
        // Totals stand beside every figure; arguments may be given in some records only.
        let totals = record["metric"]["extra_info"].as_object().unwrap_or(&none);
        for (key, value) in args.iter().chain(totals).filter(|(_, value)| !value.is_null()) {
            fields.entry(key.as_str()).or_insert_with(|| value.clone());
        }
        if let [value] = record["metric"]["benchmark_values"].as_array().map(Vec::as_slice).unwrap_or_default() {
            fields.insert(name.to_owned(), value.clone());
        }
    }
    for (place, fields) in &runs {
        measure(input, fields, Default::default(), place, dialect, &mut findings, sink);
    }
    findings.finish(sink);
    let schema = Some("PyTorch benchmark records".to_owned());
    sink.provenance(Provenance { tool: Some(dialect.tool.to_owned()), schema, ..Provenance::default() });
    sink.progress(1.0);
}
