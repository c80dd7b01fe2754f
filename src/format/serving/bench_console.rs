//! What serving benchmarks print: `benchmark.out` of srt-slurm, and the same block of vLLM's and SGLang's benchmarks.
//!
//! Each pass ends with a block of labels and values, rounded for the console. What was asked for is printed before it
//! (`Namespace(…)`, the load) or in it, and applies to that pass alone. A sweep warms up at each concurrency before it
//! measures: a pass is a warm-up if the tool says so, or if the next one is the same in everything with more requests.

use memchr::memmem;
use serde_json::Value;

use crate::catalog::stats;
use crate::format::llmd::deployment::python;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::Identity;
use crate::format::serving::Run;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Load, Place, Provenance, Severity, Sink, Stat};

/// What heads a block of results.
const BANNER: &str = " Serving Benchmark Result ";

/// What heads a run of srt-slurm: the words and the tool.
const CONFIGS: [(&str, &str); 2] = [("SGLang-Bench Config:", "SGLang"), ("SA-Bench Config:", "sa-bench")];

/// Labels without their units, and metrics. Figures that result files keep under their own names have the same here.
const LABELS: &[(&str, &str)] = &[
    ("Successful requests", "completed"),
    ("Failed requests", "errored"),
    ("Benchmark duration", "duration"),
    ("Total input tokens", "total_input_tokens"),
    ("Total generated tokens", "total_output_tokens"),
    ("Request throughput", "rps"),
    ("Request goodput", "goodput_rps"),
    ("Input token throughput", "input_tps"),
    ("Output token throughput", "output_tps"),
    ("Peak output token throughput", "peak_output_tokens_per_s"),
    ("Total token throughput", "total_tps"),
    ("Concurrency", "concurrency_achieved"),
];

/// Latencies as the block calls them.
const LATENCIES: [(&str, &str); 5] =
    [("TTFT", "ttft"), ("TPOT", "tpot"), ("ITL", "itl"), ("E2EL", "e2el"), ("E2E Latency", "e2el")];

/// Labels that state the load, before a block or in it.
const LIMITS: [&str; 2] = ["Maximum request concurrency", "Max request concurrency"];
const RATES: [&str; 3] = ["Traffic request rate", "Request rate configured (RPS)", "Request rate"];

/// What announces a warm-up.
const WARM_UPS: [&str; 2] = ["Running warmup", "Starting warmup"];

/// Arguments that `Namespace(…)` prints: name and dimension.
const ARGUMENTS: &[(&str, &str)] = &[
    ("model", "model"),
    ("tokenizer", "tokenizer"),
    ("backend", "backend"),
    ("base_url", "target"),
    ("dataset_name", "dataset"),
    ("random_range_ratio", "range_ratio"),
    ("burstiness", "burstiness"),
    ("seed", "seed"),
];

/// Arguments that state the lengths of synthetic prompts.
const LENGTHS: [(&str, &str); 4] =
    [("random_input_len", "isl"), ("random_input", "isl"), ("random_output_len", "osl"), ("random_output", "osl")];

/// How far the mean input lengths of a warm-up and of its pass may be apart.
const ALIKE: f64 = 0.1;

/// A benchmark's console output.
pub(in crate::format) static BENCH_CONSOLE: Format = Format {
    about: &About::new(
        "bench-console",
        "Serving benchmark console output (benchmark.out)",
        "every result block with its own load, model and lengths, without warm-ups; values rounded as on the console",
        &["out", "log", "txt"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    if look.text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let headed = CONFIGS.iter().any(|(head, _)| memmem::find(look.text.as_bytes(), head.as_bytes()).is_some());
    let mut banners = memmem::find_iter(look.text.as_bytes(), BANNER.as_bytes());
    let framed = |at: usize| look.text.get(at + BANNER.len()..).is_some_and(|rest| rest.starts_with("====="));
    (headed || banners.any(framed)).then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let mut console = Console::default();
    for (index, line) in input.text.lines().enumerate() {
        console.line(line.trim(), index as u64 + 1, sink);
    }
    console.finish(sink);
    sink.progress(1.0);
}

/// `============ Serving Benchmark Result ============`, with or without colour.
fn is_banner(line: &str) -> bool {
    line.contains(BANNER) && line.contains("=====")
}

/// The settings in a run's heading, and its tool.
fn config(line: &str) -> Option<(&str, &'static str)> {
    CONFIGS.iter().find_map(|(head, tool)| Some((line.split_once(head)?.1, *tool)))
}

/// What is said of a pass before its block or in it.
#[derive(Clone, Default)]
struct Asked {
    limit: Option<f64>,
    rate: Option<String>,
    arguments: Vec<(String, String)>,
    /// The tool calls it a warm-up.
    warm_up: bool,
}

impl Asked {
    /// An argument's value, unless it is Python's or JSON's nothing.
    fn argument(&self, name: &str) -> Option<&str> {
        let (_, value) = self.arguments.iter().find(|(known, _)| known == name)?;
        (!matches!(value.as_str(), "None" | "null" | "")).then_some(value.as_str())
    }
}

/// One pass: where its block begins, what was asked for, its results.
struct Pass {
    line: u64,
    asked: Asked,
    run: Run,
}

#[derive(Default)]
struct Console {
    heading: Vec<(String, String)>,
    tool: Option<&'static str>,
    /// For the next block.
    asked: Asked,
    /// How many characters a logger puts before each line of the block.
    prefix: usize,
    open: Option<Pass>,
    passes: Vec<Pass>,
    warm_ups: usize,
}

impl Console {
    fn line(&mut self, line: &str, number: u64, sink: &mut dyn Sink) {
        // Loggers and containers put something before each line, as long before the lines of a block as before its banner.
        let line = match is_banner(line) {
            true => {
                self.prefix = line.find("====").map_or(0, |at| line[..at].chars().count());
                line
            }
            false if self.open.is_some() && self.prefix > 0 => {
                line.char_indices().nth(self.prefix).map_or("", |(at, _)| line[at..].trim())
            }
            false => LIMITS.iter().chain(&RATES).find_map(|label| line.find(label).map(|at| &line[at..])).unwrap_or(line),
        };
        if let Some((settings, tool)) = config(line) {
            self.tool = Some(tool);
            let pairs = settings.split(';').filter_map(|pair| pair.split_once('='));
            self.heading = pairs.map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned())).collect();
        } else if let Some(arguments) = namespace(line) {
            self.close();
            self.asked = Asked { arguments, warm_up: self.asked.warm_up, ..Asked::default() };
        } else if is_banner(line) {
            self.close();
            self.open = Some(Pass { line: number, asked: self.asked.clone(), run: Run::default() });
        } else if !line.is_empty() && line.bytes().all(|byte| byte == b'=') {
            self.close();
        } else if line.starts_with("Traceback (most recent call last)") {
            self.asked = Asked::default();
        } else if WARM_UPS.iter().any(|words| line.starts_with(words)) {
            self.close();
            self.asked.warm_up = true;
        } else if let Some((label, value)) = line.split_once(':') {
            self.label(label.trim(), value.trim(), number, sink);
        }
    }

    fn label(&mut self, label: &str, value: &str, number: u64, sink: &mut dyn Sink) {
        let asked = self.open.as_mut().map_or(&mut self.asked, |pass| &mut pass.asked);
        let unexpected = || {
            let shown: String = value.chars().take(40).collect();
            let message = format!("“{label}” has the unexpected value “{shown}”; ignored.");
            Diagnostic::new(Severity::Warning, Place::Line(number), message, "The output may be truncated.")
        };
        if LIMITS.contains(&label) {
            asked.limit = value.parse().ok().filter(|limit: &f64| *limit > 0.0);
            if asked.limit.is_none() && !matches!(value, "None" | "null" | "") {
                sink.diagnostic(unexpected());
            }
            return;
        }
        if RATES.contains(&label) {
            asked.rate = Some(value.to_owned());
            if value.parse::<f64>().is_err() && !value.is_empty() {
                sink.diagnostic(unexpected());
            }
            return;
        }
        let Some(Pass { run, .. }) = &mut self.open else { return };
        let plain = label.split(" (").next().unwrap_or(label).trim();
        let latency = LATENCIES.iter().find_map(|(word, metric)| Some((plain.strip_suffix(word)?.trim(), *metric)));
        let latency = latency.and_then(|(stat, metric)| Some((metric, stats::parse(stat)?)));
        let known = LABELS.iter().find(|(known, _)| known.eq_ignore_ascii_case(plain) && !label.contains("retokenized"));
        match (latency, known, value.parse::<f64>()) {
            (Some((metric, stat)), _, Ok(_)) => run.figure(label, &Value::String(value.to_owned()), metric, stat, 1.0),
            (None, Some((_, metric)), Ok(_)) => run.figure(label, &Value::String(value.to_owned()), metric, Stat::Mean, 1.0),
            (None, None, Ok(_)) => run.figure(label, &Value::String(value.to_owned()), label, Stat::Mean, 1.0),
            (None, None, Err(_)) if label == "Backend" => run.identity.set("backend", Some(value.to_owned())),
            (Some(_), ..) | (_, Some(_), _) => sink.diagnostic(unexpected()),
            _ => {}
        }
    }

    /// Ends a pass, which may show that the one before it was its warm-up.
    fn close(&mut self) {
        let Some(mut pass) = self.open.take() else { return };
        // What was printed for this pass says nothing about the next one.
        self.asked = Asked::default();
        if self.passes.last().is_some_and(|earlier| earlier.asked.warm_up || is_warm_up(earlier, &pass))
            && let Some(earlier) = self.passes.pop()
        {
            if let Some(duration) = earlier.run.value("duration", Stat::Mean).filter(|duration| *duration > 0.0) {
                pass.run.add("warm_up_duration", Stat::Mean, duration);
            }
            self.warm_ups += 1;
        }
        self.passes.push(pass);
    }

    fn finish(mut self, sink: &mut dyn Sink) {
        if let Some(pass) = &self.open {
            let message = "The output is truncated inside a result block; everything before was read.";
            let hint = "Copy the file again, or wait for the benchmark to finish.";
            sink.diagnostic(Diagnostic::new(Severity::Warning, Place::Line(pass.line), message, hint));
        }
        self.close();
        let before = self.passes.len();
        self.passes.retain(|pass| !pass.asked.warm_up);
        self.warm_ups += before - self.passes.len();
        let mut findings = Findings::default();
        let Console { heading, tool, passes, warm_ups, .. } = self;
        let none = passes.is_empty();
        for Pass { line, asked, mut run } in passes {
            let stated = |key: &str| heading.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone());
            for (key, dimension) in
                [("model", "model"), ("isl", "isl"), ("osl", "osl"), ("dataset", "dataset"), ("endpoint", "target")]
            {
                identify(&mut run.identity, dimension, stated(key));
            }
            identify_server(&asked, &mut run.identity);
            identify_by_arguments(&asked, &mut run.identity);
            mean_tokens(&mut run);
            run.drop_placeholders();
            let rate =
                asked.rate.clone().or_else(|| asked.argument("request_rate").map(str::to_owned)).or_else(|| stated("req_rate"));
            let limit =
                asked.limit.or_else(|| asked.argument("max_concurrency")?.parse().ok().filter(|limit: &f64| *limit > 0.0));
            let load = load(limit, rate.as_deref(), &mut run.identity);
            run.emit(load, &Place::Line(line), &mut findings, sink);
        }
        findings.finish(sink);
        sink.provenance(Provenance {
            tool: tool.map(str::to_owned),
            schema: Some("console".to_owned()),
            ..Provenance::default()
        });
        let mut inform = |message: String| sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, ""));
        if none {
            return inform("Benchmark console output without a result block; no measurements.".to_owned());
        }
        inform("Values are rounded as on the console; load the result files for exact values.".to_owned());
        if warm_ups > 0 {
            let which =
                if warm_ups == 1 { "One pass was a warm-up".to_owned() } else { format!("{warm_ups} passes were warm-ups") };
            inform(format!("{which} (announced as one, or the next pass with fewer requests): skipped."));
        }
    }
}

/// The arguments in `Namespace(model='m', max_concurrency=32, …)`.
fn namespace(line: &str) -> Option<Vec<(String, String)>> {
    line.split_once("Namespace(").map(|(_, inside)| python(inside))
}

/// Sets the server's address where host and port stand apart.
fn identify_server(asked: &Asked, identity: &mut Identity) {
    if let (None, Some(host), Some(port)) = (asked.argument("base_url"), asked.argument("host"), asked.argument("port")) {
        identity.set("target", Some(format!("http://{host}:{port}")));
    }
}

/// Sets what the arguments say; lengths of synthetic prompts only where the prompts are synthetic.
fn identify_by_arguments(asked: &Asked, identity: &mut Identity) {
    for (name, dimension) in ARGUMENTS {
        identity.set(dimension, asked.argument(name).map(str::to_owned));
    }
    if asked.argument("dataset_name").is_none_or(|name| name.starts_with("random")) {
        for (name, dimension) in LENGTHS {
            identity.set(dimension, asked.argument(name).map(str::to_owned));
        }
    }
}

/// Whether a pass only warmed up for the next one: the same in everything that was asked for, with fewer requests.
fn is_warm_up(earlier: &Pass, pass: &Pass) -> bool {
    let value = |pass: &Pass, metric: &str| pass.run.value(metric, Stat::Mean);
    let completed = |pass: &Pass| value(pass, "completed").filter(|completed| *completed > 0.0);
    let mean_input = |pass: &Pass| Some(value(pass, "total_input_tokens")? / completed(pass)?);
    let asked = |pass: &Pass| {
        let others = pass.asked.arguments.iter().filter(|(name, _)| !["num_prompts", "seed"].contains(&name.as_str()));
        (pass.asked.limit, others.cloned().collect::<Vec<_>>())
    };
    // Some print the rate before the first pass only.
    let rates = earlier.asked.rate.as_ref().zip(pass.asked.rate.as_ref()).is_none_or(|(a, b)| a == b);
    let alike = mean_input(earlier).zip(mean_input(pass)).is_none_or(|(a, b)| (a - b).abs() <= ALIKE * a.max(b));
    let fewer = completed(earlier).zip(completed(pass)).is_some_and(|(earlier, now)| earlier < now);
    !pass.asked.warm_up
        && fewer
        && alike
        && rates
        && (pass.asked.limit.is_some() || pass.asked.rate.is_some())
        && asked(earlier) == asked(pass)
}

fn identify(identity: &mut Identity, dimension: &str, value: Option<String>) {
    identity.set(dimension, value.filter(|value| !matches!(value.as_str(), "None" | "null")));
}

/// Mean tokens of one request: the totals count completed requests only.
fn mean_tokens(run: &mut Run) {
    let completed = run.value("completed", Stat::Mean).filter(|completed| *completed > 0.0);
    for (total, metric) in [("total_input_tokens", "input_tokens"), ("total_output_tokens", "output_tokens")] {
        if let (Some(total), Some(completed)) = (run.value(total, Stat::Mean), completed) {
            run.add(metric, Stat::Mean, total / completed);
        }
    }
}

/// Whether a rate says that there was none: Python's `inf`.
fn is_unlimited(rate: &str) -> bool {
    rate.parse::<f64>().is_ok_and(f64::is_infinite)
}

/// The load: the concurrency that was swept, else the rate.
fn load(limit: Option<f64>, rate: Option<&str>, identity: &mut Identity) -> Load {
    let rate = rate.map(str::trim).filter(|rate| !rate.is_empty());
    let number = rate.and_then(|rate| rate.parse::<f64>().ok()).filter(|rate| rate.is_finite() && *rate > 0.0);
    match (limit, number) {
        (Some(limit), number) => {
            identity.set("request_rate", number.map(|rate| rate.to_string()));
            Load::concurrency(limit)
        }
        (None, Some(rate)) => Load::rate(rate),
        (None, None) if rate.is_some_and(is_unlimited) => Load::MAX,
        (None, None) => Load::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known() {
        for (_, metric) in LATENCIES {
            assert!(crate::catalog::metrics::metric(metric).is_some(), "{metric}");
        }
        assert_eq!(load(None, Some("inf"), &mut Identity::default()), Load::MAX);
        assert_eq!(load(Some(4.0), Some("inf"), &mut Identity::default()), Load::concurrency(4.0));
        assert_eq!(load(None, Some("2.5"), &mut Identity::default()), Load::rate(2.5));
    }
}
