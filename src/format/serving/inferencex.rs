//! The aggregated results of InferenceX (before: InferenceMAX): one flat object for each point, or a list of them.
//!
//! Latencies are in **seconds** and throughput is **per GPU**. On one node all throughput is divided by TP. On several,
//! total throughput is divided by all GPUs, but output by those that decode and input by those that prefill: these two
//! are metrics of their own here, and the deployment's throughput is computed back from them.

use crate::catalog::{accelerators, stats};
use crate::format::reader::identity::scalar;
use crate::format::serving::{self, Dialect, Fields, Run, Tool};
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Load, Severity, Sink, Stat};

static DIALECT: Dialect = Dialect {
    tool: "InferenceX",
    latencies: &[("ttft", "ttft"), ("tpot", "tpot"), ("itl", "itl"), ("e2el", "e2el")],
    suffix: "",
    scale: 1000.0,
    figures: &[],
    dimensions: &[
        ("model", "model"),
        ("framework", "framework"),
        ("precision", "precision"),
        ("tp", "tp"),
        ("ep", "ep"),
        ("pp", "pp"),
        ("isl", "isl"),
        ("osl", "osl"),
        ("dataset", "dataset"),
        ("prefill_tp", "prefill_tp"),
        ("prefill_ep", "prefill_ep"),
        ("prefill_num_workers", "prefill_workers"),
        ("num_prefill_gpu", "prefill_gpus"),
        ("decode_tp", "decode_tp"),
        ("decode_ep", "decode_ep"),
        ("decode_num_workers", "decode_workers"),
        ("num_decode_gpu", "decode_gpus"),
    ],
    own: &[
        "hw",
        "conc",
        "image",
        "mtp",
        "spec_decoding",
        "dp_attention",
        "prefill_dp_attention",
        "decode_dp_attention",
        "disagg",
        "is_multinode",
        "tput_per_gpu",
        "output_tput_per_gpu",
        "input_tput_per_gpu",
        "mean_intvty",
        "median_intvty",
        "p90_intvty",
        "p95_intvty",
        "p99_intvty",
        "p99.9_intvty",
        // 1000 ÷ the spread of TPOT, which is the spread of nothing.
        "std_intvty",
    ],
    complete,
};

/// What runners add to the hardware's name.
const RUNNERS: &[&str] =
    &["-trt", "-multinode-slurm", "-multinode", "-nvs", "-disagg", "-amds", "-amd", "-nvd", "-dgxc", "-nb", "-nv"];

fn complete(_: Input<'_>, fields: &Fields, run: &mut Run) -> Load {
    let text = |key: &str| fields.get(key).and_then(scalar);
    let number = |key: &str| text(key).and_then(|text| text.parse::<f64>().ok()).filter(|number| *number > 0.0);
    if let Some(hw) = text("hw") {
        let accelerator = hardware(&hw);
        if accelerators::canonical(&accelerator) != accelerators::canonical(&hw) {
            run.identity.set("runner", Some(hw));
        }
        run.identity.set("accelerator", Some(accelerator));
    }
    // A name with a slash cannot be a file's, so it was written with another sign.
    run.identity.set("image", text("image").map(|image| image.replace('#', "/")));
    let mtp = text("mtp").map(|mtp| if mtp == "on" { "mtp".to_owned() } else { "none".to_owned() });
    run.identity.set("spec_decoding", text("spec_decoding").or(mtp));
    for key in ["dp_attention", "prefill_dp_attention", "decode_dp_attention", "disagg", "is_multinode"] {
        run.identity.set(key, text(key).map(|value| value.to_lowercase()));
    }

    // What the GPU count follows from; 0 stands for a role that does not exist.
    let parts = ["num_prefill_gpu", "num_decode_gpu", "tp"];
    let is_count = |text: &str| text.parse().is_ok_and(|count: f64| count >= 0.0 && count.fract() == 0.0);
    let wrong: Vec<(&str, String)> =
        parts.into_iter().filter_map(|key| Some((key, text(key)?))).filter(|(_, text)| !is_count(text)).collect();
    for (key, found) in &wrong {
        let message =
            format!("Expected a whole number for “{key}”, found “{}”; ignored.", found.chars().take(40).collect::<String>());
        let hint = "The GPU count and what follows from it are missing: correct the file.";
        run.notes.push(("values of the wrong type", Severity::Warning, message, hint));
    }
    let mut split = (number("num_prefill_gpu"), number("num_decode_gpu"));
    // What is not disaggregated fills both halves with the same values (InferenceX-app, 001_initial_schema.sql).
    let joint = run.identity.get("disagg") == Some("false");
    if joint {
        for (half, own) in [("decode_tp", "tp"), ("decode_ep", "ep"), ("decode_dp_attention", "dp_attention")] {
            let value = run.identity.get(own).or(run.identity.get(half)).map(str::to_owned);
            run.identity.set(own, value);
        }
        run.identity.drop(|key| key.starts_with("prefill_") || key.starts_with("decode_"));
    }
    let disaggregated = !joint && (fields.contains_key("prefill_tp") || split.0.is_some());
    // With an equal count on both sides, either is that of the one deployment.
    let total = match split {
        _ if disaggregated => split.0.zip(split.1).map(|(prefill, decode)| prefill + decode),
        (Some(prefill), Some(decode)) if prefill == decode => Some(decode),
        _ => number("tp"),
    }
    .filter(|_| wrong.is_empty());
    if let Some((key, found)) = wrong.first() {
        split = (None, None);
        run.identity.set("gpus_basis", Some(format!("unknown: “{key}” is “{found}”")));
    }
    if !disaggregated {
        split = (total, total);
    }
    let per_gpu = [
        ("tput_per_gpu", "total_tps_per_gpu", "total_tps"),
        ("output_tput_per_gpu", if disaggregated { "output_tps_per_decode_gpu" } else { "output_tps_per_gpu" }, "output_tps"),
        ("input_tput_per_gpu", if disaggregated { "input_tps_per_prefill_gpu" } else { "input_tps_per_gpu" }, "input_tps"),
    ];
    for ((key, metric, whole), gpus) in per_gpu.into_iter().zip([total, split.1, split.0]) {
        let Some(value) = fields.get(key) else { continue };
        run.figure(key, value, metric, Stat::Mean, 1.0);
        if let (Some(figure), Some(gpus)) = (run.value(metric, Stat::Mean), gpus) {
            run.add(whole, Stat::Mean, figure * gpus);
        }
    }
    if let Some(total) = total {
        let basis = match number("num_decode_gpu") {
            _ if disaggregated => "stated: prefill + decode GPUs",
            Some(stated) if stated == total => "stated: one deployment, not disaggregated",
            _ => "the file's own divisor: TP",
        };
        run.identity.set("gpus", Some(total.to_string()));
        run.identity.set("gpus_basis", Some(basis.to_owned()));
        let message = "Throughput is given per GPU; the deployment's throughput is computed from it.".to_owned();
        run.notes.push(("objects with throughput per GPU", Severity::Info, message, ""));
    }
    for (key, value) in fields {
        // 1000 ÷ the spread of TPOT is the spread of nothing.
        let stat = key.strip_suffix("_intvty").and_then(stats::parse).filter(|stat| *stat != Stat::Std);
        if let Some(stat) = stat {
            run.figure(key, value, "interactivity", stat, 1.0);
        }
    }
    run.schema = Some(if fields.contains_key("is_multinode") || fields.contains_key("disagg") { "2" } else { "1" });
    let load = number("conc");
    if let (None, Some(found)) = (load, text("conc")) {
        let message =
            format!("Expected a positive number for “conc”, found “{}”; ignored.", found.chars().take(40).collect::<String>());
        run.notes.push((
            "loads of the wrong type",
            Severity::Warning,
            message,
            "Describe the load by hand, or correct the file.",
        ));
    }
    load.map_or(Load::default(), Load::concurrency)
}

/// The hardware without what names a runner: `h200-nvd_3` is an H200.
fn hardware(name: &str) -> String {
    let mut name = name.trim().to_lowercase();
    if let Some((head, tail)) = name.rsplit_once('_')
        && tail.bytes().all(|byte| byte.is_ascii_digit())
    {
        name.truncate(head.len());
    }
    while let Some(runner) = RUNNERS.iter().find(|runner| name.ends_with(**runner)) {
        name.truncate(name.len() - runner.len());
    }
    name
}

/// InferenceX's aggregated results.
pub(in crate::format) static INFERENCEX: Format = Format {
    about: &About::new(
        "inferencex",
        "InferenceX aggregated JSON",
        "versions 1 and 2, single objects and lists; seconds become ms, per-GPU bases are distinguished",
        &["json"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    (serving::tool(look) == Some(Tool::InferenceX)).then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    serving::read(input, &DIALECT, sink);
}

#[cfg(test)]
mod tests {
    #[test]
    fn runners_are_no_hardware() {
        assert_eq!(super::hardware("h200-nvd_3"), "h200");
        assert_eq!(super::hardware("GB200-multinode-slurm"), "gb200");
        assert_eq!(super::hardware("mi355x-amds"), "mi355x");
        assert_eq!(super::hardware("mockgpu"), "mockgpu");
    }
}
