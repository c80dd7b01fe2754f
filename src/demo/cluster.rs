//! The synthetic table of routed clusters: LLM-D's columns, from the same servers as the consolidated table's.
//!
//! `n` servers take an equal share of the users each; one server is what [`super::row`] says of it. Three invented factors
//! make a cluster of them, none of which was measured:
//!
//! - routing: the first token comes 1.00 (precise), 1.03 (approximate) or 1.12 (default) times as late;
//! - prefill and decode apart: the first token comes 1.35 times as late, since the cache is handed over, and the gap between
//!   tokens is 0.85 of what it was, since no prompt interrupts;
//! - throughput follows from Little's law: `n · X · latency before / latency after`.

use std::io::{self, Write};

use super::hardware::{Accelerator, Engine, Model};
use super::plan::{Accident, Run, lengths};
use super::random::Random;
use super::row::{self, Row};
use super::serving::Deployment;
use crate::catalog::consolidated;
use crate::catalog::exports::Layout;

/// A release: its version, the engine that its servers run, how late routing makes the first token, and its scorers.
type Release = (&'static str, &'static str, f64, &'static str);

const RELEASES: &[Release] = &[
    ("RHOAI-3.3-approximate", "RHAIIS-3.3", 1.03, "approximate"),
    ("RHOAI-3.3-default", "RHAIIS-3.3", 1.12, "default"),
    ("RHOAI-3.3-precise", "RHAIIS-3.3", 1.0, "precise"),
    ("RHOAI-3.4-approximate", "RHAIIS-3.4-GA", 1.03, "approximate"),
    ("RHOAI-3.4-default", "RHAIIS-3.4-GA", 1.12, "default"),
    ("RHOAI-3.4-precise", "RHAIIS-3.4-GA", 1.0, "precise"),
    ("llm-d-0.4-approximate", "vLLM-0.19.1", 1.03, "approximate"),
    ("llm-d-0.4-precise", "vLLM-0.19.1", 1.0, "precise"),
    ("llm-d-0.5", "vLLM-0.21.0", 1.0, "precise"),
    ("Dynamo-v1.0.1", "vLLM-0.21.0", 1.08, ""),
];

/// TP of a server, replicas, and pods that prefill and decode.
const LAYOUTS: [(u32, u32, u32, u32); 4] = [(4, 1, 0, 0), (4, 4, 0, 0), (1, 8, 0, 0), (4, 1, 1, 3)];
/// Measured on everything; the others on the first model, accelerator and lengths.
const NEWEST: &str = "RHOAI-3.4-approximate";
const ACCELERATORS: [&str; 2] = ["H200", "MI300X"];
const MODELS: [&str; 2] = ["openai/gpt-oss-120b", "RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic"];
const LENGTHS: [(u32, u32); 2] = [(1000, 1000), (8000, 1000)];
const LEVELS: [u32; 6] = [50, 100, 200, 400, 800, 1600];

/// How much later the first token comes where prefill and decode are apart, and what is left of the gap between tokens.
const APART: (f64, f64) = (1.35, 0.85);

/// Writes the table as CSV, row by row.
pub(super) fn write(seed: u64, out: &mut impl Write) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().from_writer(out);
    let columns = consolidated::columns(Layout::Llmd);
    writer.write_record(&columns).map_err(super::cause)?;
    for release in RELEASES {
        for model in MODELS {
            for accelerator in ACCELERATORS {
                for tokens in LENGTHS {
                    let headline = (model, accelerator, tokens) == (MODELS[0], ACCELERATORS[0], LENGTHS[0]);
                    if !headline && release.0 != NEWEST {
                        continue;
                    }
                    for layout in LAYOUTS {
                        let Some(server) = server(release, model, accelerator, tokens, layout.0) else { continue };
                        for users in LEVELS {
                            writer.write_record(cells(&columns, release, &server, layout, users, seed)).map_err(super::cause)?;
                        }
                    }
                }
            }
        }
    }
    writer.flush()
}

/// One server of a cluster.
fn server((_, engine, ..): &Release, model: &str, accelerator: &str, (isl, osl): (u32, u32), tp: u32) -> Option<Run> {
    let (engine, accelerator) = (Engine::named(engine)?, Accelerator::named(accelerator)?);
    let deployment = Deployment { engine, accelerator, model: Model::named(model)?, tp: Some(tp), dp: None };
    // A measurement of its own: the same figures twice would be one measurement in two files.
    let run = Run { deployment, task: lengths(isl, osl), repeat: 2, accident: Accident::None };
    (engine.runs_on(accelerator) && deployment.fits()).then_some(run)
}

/// The cells of one level.
fn cells(
    columns: &[&str],
    (version, _, routing, scorers): &Release,
    server: &Run,
    (tp, replicas, prefill, decode): (u32, u32, u32, u32),
    users: u32,
    seed: u64,
) -> Vec<String> {
    let apart = prefill + decode > 0;
    let servers = if apart { prefill + decode } else { replicas };
    let name = format!("{version} {} {replicas} {prefill} {decode}", server.name());
    let start = server.deployment.engine.measured + Random::named(0, &name).next() % 960 * 900_000 + 12_417;
    let one: Row = row::row(server, users.div_ceil(servers), start, seed);
    let text = |column: &str| one.iter().find(|(name, _)| *name == column).map(|(_, cell)| cell.clone()).unwrap_or_default();
    let number = |column: &str| text(column).parse::<f64>().unwrap_or_default();
    let (first, gap) = if apart { (routing * APART.0, APART.1) } else { (*routing, 1.0) };
    let output = f64::from(server.task.osl);
    // First token and latency at a statistic, ms.
    let ttft = |stat: &str| number(&format!("ttft_{stat}")) * first;
    let itl = |stat: &str| number(&format!("itl_{stat}")) * gap;
    let latency = |stat: &str| ttft(stat) + (output - 1.0) * itl(stat);
    let before = number("ttft_mean") + (output - 1.0) * number("itl_mean");
    let rps = f64::from(servers) * number("measured rps") * before / latency("mean");
    let exact = |value: f64| format!("{value:?}");
    let rounded = |value: f64| format!("{:?}", (value * 1000.0).round() / 1000.0);
    let config = match *scorers {
        "" => String::new(),
        "default" => "plugins:\n- type: queue-scorer\n- type: kv-cache-utilization-scorer".to_owned(),
        mode => format!("plugins:\n- type: prefix-cache-scorer\n  parameters: {{\"mode\": \"{mode}\"}}\n- type: queue-scorer"),
    };
    let cell = |column: &&str| -> String {
        match *column {
            "version" => (*version).to_owned(),
            "TP" => tp.to_string(),
            "DP" | "EP" => "1".to_owned(),
            "replicas" => replicas.to_string(),
            "prefill_pod_count" => prefill.to_string(),
            "decode_pod_count" => decode.to_string(),
            "router_config" => config.clone(),
            "intended concurrency" => users.to_string(),
            "measured concurrency" => exact((rps * latency("mean") / 1000.0).min(f64::from(users))),
            "measured rps" => exact(rps),
            "output_tok/sec" => exact(rps * output),
            "total_tok/sec" => exact(rps * (output + number("prompt_token_count_mean"))),
            "request_latency_median" => rounded(latency("median") / 1000.0),
            "request_latency_min" => rounded(latency("p1") / 1000.0),
            "request_latency_max" => rounded(latency("p999") / 1000.0),
            "successful_requests" => format!("{}", (rps * server.task.seconds) as u64),
            "errored_requests" => "0".to_owned(),
            // The first token counts in these rows' tpot, as it does from 0.4 on.
            "guidellm_version" => "v0.5.1".to_owned(),
            "uuid" => Random::named(seed, &format!("uuid {name}")).uuid(),
            "image_tag" => format!("demo.invalid/llm-d/{version}"),
            "notes" => "synthetic demo data".to_owned(),
            "ttft_mean" => exact(ttft("mean")),
            "itl_mean" => exact(itl("mean")),
            other => match other.split_once('_') {
                Some(("ttft", stat)) => rounded(ttft(stat)),
                Some(("itl", stat)) => rounded(itl(stat)),
                Some(("tpot", stat)) => rounded(latency(stat) / output),
                _ => text(other),
            },
        }
    };
    columns.iter().map(cell).collect()
}
