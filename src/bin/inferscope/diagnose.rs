//! `inferscope diagnose`: why is it slow? Every rule's verdict with the figures that it rests on.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use inferscope::analysis::diagnosis::{Finding, Signal, THRESHOLDS, Thresholds, Verdict, in_short};
use inferscope::catalog::dimensions::compare_texts;
use inferscope::catalog::number::{self, plural};
use inferscope::gate::{self, Diagnosed, Observed};
use inferscope::record::Kind;
use inferscope::sorting::Sorting;
use inferscope::state::ViewState;
use inferscope::table::Tables;
use serde_json::{Value, json};

use super::compare::limits;
use super::{complain, each_file, join_kinds, tell};

/// The files, and how strict the rules are.
#[derive(Args)]
pub struct Arguments {
    /// Files and folders (recursive; folders that begin with a dot are skipped): results, server metrics, GPU telemetry.
    #[arg(required_unless_present = "threshold", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Print JSON: a list of `{rule, verdict, evidence, advice}`.
    #[arg(long)]
    json: bool,
    /// Limits for the latency floor, e.g. `ttft.p50=500` (ms).
    #[arg(long, value_name = "LIMIT")]
    slo: Vec<String>,
    /// Changes a threshold, e.g. `kv-full=90`; repeatable. `--threshold help` lists them.
    #[arg(long, value_name = "NAME=NUMBER")]
    threshold: Vec<String>,
}

/// Diagnoses and prints; the exit code.
pub fn run(arguments: &Arguments, out: &mut impl Write) -> io::Result<u8> {
    let mut thresholds = Thresholds::default();
    for text in &arguments.threshold {
        let set = text.split_once('=').is_some_and(|(key, value)| value.parse().is_ok_and(|value| thresholds.set(key, value)));
        if text == "help" {
            for row in THRESHOLDS {
                writeln!(out, "{:<14}{:>6}{:<2} {}", row.key, number::short(row.default), row.unit, row.label)?;
            }
            return Ok(0);
        }
        if !set {
            complain(&format!("inferscope diagnose: “{text}” sets no threshold; `--threshold help` lists them"));
            return Ok(2);
        }
    }
    if arguments.paths.is_empty() {
        complain("inferscope diagnose: no PATH; name files or folders");
        return Ok(2);
    }
    let slo = match limits(&arguments.slo) {
        Ok(slo) => slo,
        Err(reason) => {
            complain(&format!("inferscope diagnose: {reason}"));
            return Ok(2);
        }
    };
    let mut files: Vec<Tables> = Vec::new();
    each_file(&arguments.paths, |imported| {
        tell(&imported.report);
        files.push(imported.tables);
        Ok(())
    })?;
    let joined = join_kinds(&files, [Kind::Measurement, Kind::Request, Kind::Sample, Kind::Counter]);
    let [measurements, requests, samples, counters] = joined.each_ref().map(|table| Some(table).filter(|table| table.rows() > 0));
    let nothing = [measurements, requests, samples].iter().all(Option::is_none);
    if nothing {
        complain("inferscope diagnose: no results, requests or server metrics in these files");
    }
    if let Some(note) = samples.and_then(gate::left_out) {
        complain(&format!("inferscope diagnose: {note}"));
    }
    let state = ViewState { slo, ..ViewState::default() };
    let found = gate::diagnose(Observed { measurements, requests, samples, counters }, &state, &thresholds);
    if arguments.json {
        serde_json::to_writer_pretty(&mut *out, &found.iter().map(one).collect::<Vec<Value>>())?;
        writeln!(out)?;
    } else {
        text(&found, out)?;
    }
    Ok(u8::from(nothing))
}

fn one(of: &Diagnosed) -> Value {
    let Diagnosed { run, engine, finding } = of;
    let signal = |signal: &Signal| json!({"figure": signal.what, "value": signal.value, "unit": signal.unit, "bound": signal.bound, "holds": signal.holds});
    let mut value = json!({
        "rule": finding.rule.key(),
        "verdict": finding.verdict.key(),
        "evidence": finding.signals.iter().map(signal).collect::<Vec<Value>>(),
        "advice": advice(of),
    });
    for (key, text) in [("remark", &finding.remark), ("run", run), ("engine", engine)] {
        if !text.is_empty() {
            value[key] = json!(text);
        }
    }
    value
}

/// What helps, or what is needed to decide.
fn advice(of: &Diagnosed) -> String {
    match of.finding.verdict {
        Verdict::Confirmed | Verdict::Likely => of.finding.rule.advice().to_owned(),
        Verdict::InsufficientData => format!("Needs {}.", of.finding.rule.needs()),
        Verdict::NotSeen => String::new(),
    }
}

/// Whose a finding is; empty where there is only one.
fn name(of: &Diagnosed) -> String {
    [&of.run, &of.engine].into_iter().map(String::as_str).filter(|name| !name.is_empty()).collect::<Vec<_>>().join(", ")
}

/// Runs and engines without a verdict that are named.
const NAMED: usize = 5;

fn text(found: &[Diagnosed], out: &mut impl Write) -> io::Result<()> {
    let mut worst: Vec<&Diagnosed> = found.iter().collect();
    // The surest first, in the order of the rules: as the page has it.
    let by_name = |a: &Diagnosed, b: &Diagnosed| compare_texts(&name(a), &name(b));
    worst.order_by(|a, b| {
        b.finding.verdict.cmp(&a.finding.verdict).then(a.finding.rule.cmp(&b.finding.rule)).then_with(|| by_name(a, b))
    });
    if !found.is_empty() {
        let named: Vec<(String, &Finding)> = worst.iter().map(|one| (name(one), &one.finding)).collect();
        writeln!(out, "{}", in_short(&named))?;
    }
    let mut without: Vec<String> = Vec::new();
    for group in found.chunk_by(|a, b| (&a.run, &a.engine) == (&b.run, &b.engine)) {
        let has_figures = |of: &Finding| of.signals.iter().any(|signal| signal.value.is_some());
        let known = |one: &Diagnosed| one.finding.verdict > Verdict::InsufficientData || has_figures(&one.finding);
        let named = group.first().map(name).unwrap_or_default();
        if !named.is_empty() && group.len() < found.len() && !group.iter().any(known) {
            without.push(named);
            continue;
        }
        writeln!(out, "{}{named}", if named.is_empty() { "" } else { "\n" })?;
        group.iter().try_for_each(|one| rule(one, out))?;
    }
    if !without.is_empty() {
        let count = plural(without.len() as u64, "run or engine").replace("run or engines", "runs or engines");
        let more = without.len().saturating_sub(NAMED);
        without.truncate(NAMED);
        without.extend((more > 0).then(|| format!("{more} more")));
        writeln!(out, "\n{count} without data for any rule (`--json` says what each needs): {}", without.join("; "))?;
    }
    Ok(())
}

fn rule(one: &Diagnosed, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{:<28} {}", one.finding.rule.label(), one.finding.verdict.label())?;
    for signal in &one.finding.signals {
        let mark = match signal.holds {
            Some(true) => "+",
            Some(false) => "-",
            None => "?",
        };
        writeln!(out, "  {mark} {} ({})", signal.in_words(), signal.bound)?;
    }
    for text in [one.finding.remark.clone(), advice(one)].into_iter().filter(|text| !text.is_empty()) {
        writeln!(out, "  {text}")?;
    }
    Ok(())
}
