//! `inferscope check`: whether results keep a service level. It exits with 1 when no configuration does, 2 for wrong usage.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use inferscope::gate::{self, Checked};
use inferscope::record::Kind;
use inferscope::state::{ERROR_LIMIT, ViewState};
use serde_json::{Value, json};

use super::compare::limits;
use super::{complain, joined};

/// The results and the service level.
#[derive(Args)]
pub struct Arguments {
    /// Files and folders (read recursively, without folders that begin with a dot); `-` is standard input.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// A limit, e.g. `ttft.p95=4000` (ms) or `output_tps>=1000`; may be repeated. All must be kept by one measurement.
    #[arg(long, value_name = "LIMIT")]
    slo: Vec<String>,
    /// Share of failed requests above which a measurement does not count, in percent.
    #[arg(long, default_value_t = ERROR_LIMIT, value_name = "PERCENT")]
    error_limit: f64,
    /// Every model must have a configuration that complies, not just one of them.
    #[arg(long)]
    every_model: bool,
    /// How to write it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Checks and prints; the exit code.
pub fn run(arguments: &Arguments, out: &mut impl Write) -> io::Result<u8> {
    let slo = match limits(&arguments.slo) {
        Ok(limits) if !limits.is_empty() && arguments.error_limit >= 0.0 => limits,
        Ok(_) => {
            complain("inferscope check: it takes a limit at least, such as --slo ttft.p95=4000");
            return Ok(2);
        }
        Err(reason) => {
            complain(&format!("inferscope check: {reason}"));
            return Ok(2);
        }
    };
    let table = joined(&arguments.paths, Kind::Measurement)?;
    let state = ViewState { slo, error_limit: arguments.error_limit, ..ViewState::default() };
    let (models, level) = gate::check(&table, &state);
    match arguments.format {
        Format::Text => text(&models, &level, out)?,
        Format::Json => json_text(&models, &level, out)?,
    }
    let complies = |one: &Checked| one.complying > 0;
    let passes = if arguments.every_model { models.iter().all(complies) } else { models.iter().any(complies) };
    Ok(u8::from(models.is_empty() || !passes))
}

fn text(models: &[Checked], level: &str, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "service level: {level}")?;
    for one in models {
        let Checked { model, configurations, complying, best, figures, broken } = one;
        let model = if model.is_empty() { "model not stated" } else { model };
        writeln!(out, "\n{model}: {complying} of {configurations} configurations comply")?;
        let word = if broken.is_empty() { "most throughput" } else { "closest" };
        writeln!(out, "  {word}: {best}")?;
        let figures: Vec<String> = figures.iter().map(|(_, title, value)| format!("{title} {value}")).collect();
        writeln!(out, "    {}", figures.join(", "))?;
        for broken in broken {
            writeln!(out, "    breaks: {broken}")?;
        }
    }
    if models.is_empty() {
        writeln!(out, "no measurement")?;
    }
    Ok(())
}

fn json_text(models: &[Checked], level: &str, out: &mut impl Write) -> io::Result<()> {
    let model = |one: &Checked| -> Value {
        let figures: serde_json::Map<String, Value> =
            one.figures.iter().map(|(key, _, value)| (key.clone(), json!(value))).collect();
        json!({
            "model": one.model,
            "configurations": one.configurations,
            "complying": one.complying,
            "complies": one.broken.is_empty(),
            "configuration": one.best,
            "figures": figures,
            "broken": one.broken,
        })
    };
    let models: Vec<Value> = models.iter().map(model).collect();
    serde_json::to_writer_pretty(&mut *out, &json!({"service_level": level, "models": models}))?;
    writeln!(out)
}
