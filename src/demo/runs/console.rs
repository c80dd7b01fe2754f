//! `benchmark.out`: what the load generator prints at each level, of the warm-up and of the measurement.

use std::fmt::Write;

use super::load::Pass;
use super::plan::Run;
use super::results::Figures;

/// The console of a run.
pub(super) fn text(run: &Run, passes: &[Pass]) -> String {
    let levels: Vec<String> = run.planned.iter().map(u32::to_string).collect();
    let mut text = format!(
        "SA-Bench Config: endpoint=http://demo-frontend:8000; isl={}; osl={}; concurrencies={}; req_rate=inf; model={}; dataset=random\n",
        run.isl,
        run.osl,
        levels.join("x"),
        run.model
    );
    for pass in passes {
        let figures = Figures::of(run, pass);
        if !pass.measured {
            let _ = writeln!(text, "Running warmup with concurrency: {}", pass.users);
        }
        let _ = writeln!(text, "Traffic request rate: inf\nMaximum request concurrency: {}", pass.users);
        let _ = writeln!(text, "============ Serving Benchmark Result ============");
        let mut row = |label: &str, value: String| {
            let _ = writeln!(text, "{:<40}{value}", format!("{label}:"));
        };
        row("Successful requests", pass.requests.to_string());
        row("Benchmark duration (s)", format!("{:.2}", figures.duration));
        row("Total input tokens", pass.tokens.0.to_string());
        row("Total generated tokens", pass.tokens.1.to_string());
        row("Request throughput (req/s)", format!("{:.2}", figures.rps));
        row("Output token throughput (tok/s)", format!("{:.2}", figures.output_tps));
        row("Peak output token throughput (tok/s)", format!("{:.2}", figures.peak));
        row("Total Token throughput (tok/s)", format!("{:.2}", figures.total_tps));
        for (metric, latency) in figures.latencies {
            let metric = metric.to_uppercase();
            for (statistic, value) in [("Mean", latency.mean), ("Median", latency.median), ("P99", latency.p99)] {
                row(&format!("{statistic} {metric} (ms)"), format!("{value:.2}"));
            }
        }
        let _ = writeln!(text, "==================================================");
    }
    text
}
