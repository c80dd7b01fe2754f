//! What InferenceX' site offers: the CSV of a chart, and the rows of its API.
//!
//! Throughput is per GPU. Of a disaggregated deployment, output is divided by the GPUs that decode and input by those that
//! prefill. A row that is not disaggregated states the same GPUs as prefill and as decode, so they must not be added.
//! Truth: InferenceX-app `csv-export.ts`, `csv-export-helpers.ts`, migrations.

use crate::format::About;
use crate::format::flat::{Doubt, Draft, Row};
use crate::record::Stat;

pub(in crate::format::flat) static SITE: Row = Row {
    about: &About::new(
        "inferencex-site",
        "InferenceX site CSV",
        "a chart's points; seconds under “(ms)” headings are recognised, per-GPU bases are distinguished",
        &["csv"],
    ),
    tool: "InferenceX",
    marks: &["Hardware", "Concurrency", "Throughput/GPU (tok/s)", "Mean TTFT (ms)"],
    fields: &[
        ("Model", "model"),
        ("ISL", "isl"),
        ("OSL", "osl"),
        ("Hardware", "accelerator"),
        ("Framework", "framework"),
        ("Precision", "precision"),
        ("TP", "tp"),
        ("EP", "ep"),
        ("DP Attention", "dp_attention"),
        ("Concurrency", "load concurrency"),
        ("Throughput/GPU (tok/s)", "total_tps_per_gpu"),
        ("Output Throughput/GPU (tok/s)", "output_tps_per_gpu"),
        ("Input Throughput/GPU (tok/s)", "input_tps_per_gpu"),
        ("{stat} TTFT (ms)", "ttft ms"),
        ("{stat} TPOT (ms)", "tpot ms"),
        ("{stat} ITL (ms)", "itl ms"),
        ("{stat} E2E Latency (ms)", "e2el ms"),
        // 1 ÷ the spread of TPOT is the spread of nothing.
        ("Std Interactivity (tok/s/user)", "ignore"),
        ("{stat} Interactivity (tok/s/user)", "interactivity"),
        ("Disaggregated", "text disagg"),
        ("Is Multinode", "text is_multinode"),
        ("Date", "text date"),
    ],
    ignored: &["Hardware Key", "Num * GPUs", "Spec Decoding"],
    doubt: Some(Doubt {
        latency: "Mean TPOT (ms)",
        speed: "Mean Interactivity (tok/s/user)",
        note: "The times are in seconds though the headings say ms: the mean TPOT would be far below a millisecond. They are \
               read as seconds. (The site wrote such files until 2026-07-31.)",
    }),
    complete: Some(|draft| complete(draft, ["Disaggregated", "Num Prefill GPUs", "Num Decode GPUs", "TP", "Spec Decoding"])),
    ..Row::EMPTY
};

pub(in crate::format::flat) static API: Row = Row {
    about: &About::new(
        "inferencex-api",
        "InferenceX site API JSON",
        "the rows behind the site's charts; seconds become ms, per-GPU bases are distinguished",
        &["json"],
    ),
    tool: "InferenceX",
    marks: &["hardware", "spec_method", "metrics", "conc"],
    fields: &[
        ("model", "model"),
        ("isl", "isl"),
        ("osl", "osl"),
        ("hardware", "accelerator"),
        ("framework", "framework"),
        ("precision", "precision"),
        ("conc", "load concurrency"),
        ("prefill_tp", "prefill_tp"),
        ("prefill_ep", "prefill_ep"),
        ("prefill_num_workers", "prefill_workers"),
        ("prefill_dp_attention", "prefill_dp_attention"),
        ("decode_tp", "decode_tp"),
        ("decode_ep", "decode_ep"),
        ("decode_num_workers", "decode_workers"),
        ("decode_dp_attention", "decode_dp_attention"),
        ("disagg", "text disagg"),
        ("is_multinode", "text is_multinode"),
        ("metrics.tput_per_gpu", "total_tps_per_gpu"),
        ("metrics.output_tput_per_gpu", "output_tps_per_gpu"),
        ("metrics.input_tput_per_gpu", "input_tps_per_gpu"),
        ("metrics.{stat}_ttft", "ttft s"),
        ("metrics.{stat}_tpot", "tpot s"),
        ("metrics.{stat}_itl", "itl s"),
        ("metrics.{stat}_e2el", "e2el s"),
        ("metrics.std_intvty", "ignore"),
        ("metrics.{stat}_intvty", "interactivity"),
    ],
    ignored: &["id", "num_*_gpu", "spec_method"],
    complete: Some(|draft| {
        complete(draft, ["disagg", "num_prefill_gpu", "num_decode_gpu", "decode_tp", "spec_method"]);
        if draft.get("disagg") == Some("false") {
            // Both sides state the same servers: as a deployment of one kind they have plain names.
            for (dimension, key) in [("tp", "decode_tp"), ("ep", "decode_ep"), ("dp_attention", "decode_dp_attention")] {
                draft.set(dimension, draft.text(key));
            }
            for key in ["prefill_tp", "prefill_ep", "prefill_workers", "prefill_dp_attention"] {
                draft.unset(key);
            }
            for key in ["decode_tp", "decode_ep", "decode_workers", "decode_dp_attention"] {
                draft.unset(key);
            }
        }
    }),
    ..Row::EMPTY
};

/// GPUs and the deployment's throughput. The columns are: disaggregated, GPUs of prefill and decode, TP, speculation.
fn complete(draft: &mut Draft<'_>, [disaggregated, prefill, decode, tp, speculation]: [&str; 5]) {
    // “none” is an answer here, not a gap.
    draft.set("spec_decoding", draft.text(speculation).map(|method| method.to_lowercase()));
    let split = draft.text(disaggregated).is_some_and(|text| text.eq_ignore_ascii_case("true"));
    // 0 where a role does not exist.
    let counted = |name: &str| if draft.text(name).as_deref() == Some("0") { None } else { draft.count(name) };
    let parts = [prefill, decode, tp];
    let (prefill, decode) = (counted(prefill), counted(decode));
    let (total, basis) = match (split, decode) {
        (true, _) => (prefill.zip(decode).map(|(prefill, decode)| prefill + decode), "stated: prefill + decode GPUs"),
        (false, Some(decode)) => (Some(decode), "stated: GPUs of the deployment"),
        (false, None) if draft.is_wrong(parts[1]) => (None, ""),
        (false, None) => (draft.count(tp), "the file's own divisor: TP"),
    };
    let per_gpu = [
        ("total_tps", total),
        ("output_tps", if split { decode } else { total }),
        ("input_tps", if split { prefill } else { total }),
    ];
    for (whole, gpus) in per_gpu {
        if let (Some(figure), Some(gpus)) = (draft.figure(&format!("{whole}_per_gpu"), Stat::Mean), gpus) {
            draft.add(whole, Stat::Mean, figure * gpus);
        }
    }
    if split {
        draft.rename("output_tps_per_gpu", "output_tps_per_decode_gpu");
        draft.rename("input_tps_per_gpu", "input_tps_per_prefill_gpu");
        draft.set("prefill_gpus", prefill.map(|gpus| gpus.to_string()));
        draft.set("decode_gpus", decode.map(|gpus| gpus.to_string()));
    }
    if let Some(total) = total {
        draft.set("gpus", Some(total.to_string()));
        draft.set("gpus_basis", Some(basis));
        draft.once("Throughput is given per GPU; the deployment's throughput is computed from it.");
    } else {
        draft.without_gpus(&parts);
    }
}
