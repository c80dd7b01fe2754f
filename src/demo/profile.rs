//! Synthetic curves of Dynamo's profiler: prefill and decode engines of one model on one accelerator, one folder an engine.
//!
//! Nothing here was measured. Prefill's time and a decode step's are those of the consolidated table's model
//! ([`super::serving`]); the cache holds what weights leave of nine tenths of the memory.

use std::io;

use serde_json::json;

use super::hardware::{Accelerator, Engine, Model};
use super::runs::File;
use super::serving::Deployment;
use crate::record::SYNTHETIC;

/// What is profiled.
const MODEL: &str = "RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic";
const ACCELERATOR: &str = "H200";
const ENGINE: &str = "vLLM-0.21.0";

/// Degrees of tensor parallelism.
const DEGREES: [u32; 4] = [1, 2, 4, 8];
/// Prompt lengths of the prefill curves, tokens.
const PROMPTS: [f64; 10] = [128.0, 512.0, 1024.0, 2048.0, 3072.0, 4096.0, 6144.0, 8192.0, 12_288.0, 16_384.0];
/// Context lengths of the decode curves, tokens.
const CONTEXTS: [f64; 6] = [512.0, 1024.0, 2048.0, 4096.0, 8192.0, 16_384.0];
/// How full the cache is at the points of the decode curves.
const USAGES: [f64; 7] = [0.02, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95];

/// Hands over every file.
pub fn each(take: &mut dyn FnMut(File) -> io::Result<()>) -> io::Result<()> {
    let (Some(model), Some(accelerator), Some(engine)) =
        (Model::named(MODEL), Accelerator::named(ACCELERATOR), Engine::named(ENGINE))
    else {
        return Ok(());
    };
    for tp in DEGREES {
        let server = Deployment { engine, accelerator, model, tp: Some(tp), dp: None };
        for (role, text) in [("prefill", prefill(&server)), ("decode", decode(&server))] {
            let path = format!("{SYNTHETIC}-profile/{role}_{tp}gpus_tp{tp}/{role}_raw_data.json");
            take(File { path, text })?;
        }
    }
    Ok(())
}

/// Four digits, as a profile of real engines has hardly more.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

/// TTFT, ms, and prompt tokens per second and GPU, by prompt length.
fn prefill(server: &Deployment) -> String {
    let ttft: Vec<f64> = PROMPTS.iter().map(|prompt| rounded(server.first_token(*prompt) * 1e3)).collect();
    let rate = |(prompt, ttft): (&f64, &f64)| rounded(prompt / ttft * 1e3 / f64::from(server.gpus()));
    let rates: Vec<f64> = PROMPTS.iter().zip(&ttft).map(rate).collect();
    json!({"prefill_isl": PROMPTS, "prefill_ttft": ttft, "prefill_thpt_per_gpu": rates}).to_string()
}

/// ITL, ms, and generated tokens per second and GPU, by context length and cache usage.
fn decode(server: &Deployment) -> String {
    let held = server.cache_tokens();
    let (mut usages, mut contexts, mut gaps, mut rates) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for context in CONTEXTS {
        for usage in USAGES {
            let requests = (usage * held / context).round().max(1.0);
            let gap = server.decode_step(context, requests);
            usages.push(rounded(requests * context / held));
            contexts.push(context);
            gaps.push(rounded(gap * 1e3));
            rates.push(rounded(requests / gap / f64::from(server.gpus())));
        }
    }
    json!({"x_kv_usage": usages, "y_context_length": contexts, "z_itl": gaps, "z_thpt_per_gpu": rates, "max_kv_tokens": held.round()})
        .to_string()
}
