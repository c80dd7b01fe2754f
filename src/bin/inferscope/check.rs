//! `inferscope check`: whether results meet an SLO. The exit code is 1 when no configuration does, 2 for wrong usage.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use inferscope::gate::{self, Checked};
use inferscope::record::Kind;
use inferscope::state::{ERROR_LIMIT, ViewState};
use serde_json::{Value, json};

use super::compare::{escaped, limits};
use super::{complain, joined};

/// The results and the SLO.
#[derive(Args)]
pub struct Arguments {
    /// Files and folders (recursive; folders that begin with a dot are skipped); `-` is standard input.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// An SLO limit, e.g. `ttft.p95=4000` (ms) or `output_tps>=1000`; repeatable. One measurement must meet them all.
    #[arg(long, value_name = "LIMIT")]
    slo: Vec<String>,
    /// Exclude measurements with more failed requests than this, in percent.
    #[arg(long, default_value_t = ERROR_LIMIT, value_name = "PERCENT")]
    error_limit: f64,
    /// Require a configuration that meets the SLO for every model, not just for one.
    #[arg(long)]
    every_model: bool,
    /// Output format.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
    Junit,
}

/// Checks and prints; the exit code.
pub fn run(arguments: &Arguments, out: &mut impl Write) -> io::Result<u8> {
    let slo = match limits(&arguments.slo) {
        Ok(limits) if !limits.is_empty() && arguments.error_limit >= 0.0 => limits,
        Ok(_) => {
            complain("inferscope check: give at least one limit, such as --slo ttft.p95=4000, and an --error-limit of 0 or more");
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
        Format::Junit => junit(&models, &level, arguments.every_model, out)?,
    }
    let complies = |one: &Checked| one.complying > 0;
    let passes = if arguments.every_model { models.iter().all(complies) } else { models.iter().any(complies) };
    Ok(u8::from(models.is_empty() || !passes))
}

fn text(models: &[Checked], level: &str, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "SLO: {level}")?;
    for one in models {
        let Checked { model, configurations, complying, best, figures, broken } = one;
        let model = if model.is_empty() { "model not stated" } else { model };
        writeln!(out, "\n{model}: {complying} of {configurations} configurations meet the SLO")?;
        let word = if broken.is_empty() { "most throughput" } else { "closest" };
        writeln!(out, "  {word}: {best}")?;
        let figures: Vec<String> = figures.iter().map(|(_, title, value)| format!("{title} {value}")).collect();
        writeln!(out, "    {}", figures.join(", "))?;
        for broken in broken {
            writeln!(out, "    misses: {broken}")?;
        }
    }
    if models.is_empty() {
        writeln!(out, "no measurements")?;
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
    serde_json::to_writer_pretty(&mut *out, &json!({"slo": level, "models": models}))?;
    writeln!(out)
}

/// One test case a model. A model that misses the SLO fails; where another one meets it and that is enough, it is skipped.
fn junit(models: &[Checked], level: &str, every_model: bool, out: &mut impl Write) -> io::Result<()> {
    let misses = |one: &Checked| one.complying == 0;
    let excused = !every_model && models.iter().any(|one| !misses(one));
    let missed = models.iter().filter(|one| misses(one)).count();
    let (failures, skipped) = if excused { (0, missed) } else { (missed, 0) };
    let (level, tests) = (escaped(level), models.len());
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    // No measurements are no success: an empty suite would be one.
    let errors = usize::from(models.is_empty());
    let counts = format!("tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\"", tests + errors);
    writeln!(out, "<testsuites name=\"SLO\" {counts}>\n  <testsuite name=\"{level}\" {counts}>")?;
    for one in models {
        let name = if one.model.is_empty() { "model not stated".to_owned() } else { escaped(&one.model) };
        let figures: Vec<String> = one.figures.iter().map(|(_, title, value)| format!("{title} {value}")).collect();
        let best = escaped(&format!("{}: {}", one.best, figures.join(", ")));
        write!(out, "    <testcase classname=\"{level}\" name=\"{name}\">")?;
        if misses(one) {
            let element = if excused { "skipped" } else { "failure" };
            let message = escaped(&format!("misses {}", one.broken.join("; ")));
            writeln!(out, "<{element} message=\"{message}; closest: {best}\"/></testcase>")?;
        } else {
            let (complying, configurations) = (one.complying, one.configurations);
            writeln!(out, "<system-out>{complying} of {configurations} configurations; {best}</system-out></testcase>")?;
        }
    }
    if models.is_empty() {
        writeln!(
            out,
            "    <testcase classname=\"{level}\" name=\"measurements\"><error message=\"no measurements\"/></testcase>"
        )?;
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}
