//! Why a server is slow, for the command line: what every rule finds, by run and engine.

use crate::analysis::diagnosis::{Finding, Thresholds};
use crate::state::ViewState;
use crate::table::Table;
use crate::telemetry;

/// What a rule found about a run or an engine.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosed {
    /// The run; empty where there is only one.
    pub run: String,
    /// The engine; empty where there is only one, or for what is of the whole run.
    pub engine: String,
    /// What was found.
    pub finding: Finding,
}

/// The joined tables that a diagnosis looks at.
#[derive(Clone, Copy, Default)]
pub struct Observed<'a> {
    /// Measurements.
    pub measurements: Option<&'a Table>,
    /// Single requests.
    pub requests: Option<&'a Table>,
    /// Samples of servers and GPUs.
    pub samples: Option<&'a Table>,
    /// Counters of servers.
    pub counters: Option<&'a Table>,
}

/// Every rule's finding about everything there is; of the state only the SLO counts.
pub fn diagnose(of: Observed<'_>, state: &ViewState, thresholds: &Thresholds) -> Vec<Diagnosed> {
    let all = |table: Option<&Table>| table.map_or_else(Vec::new, |table| (0..table.rows()).collect::<Vec<usize>>());
    let [measurements, requests, samples, counters] = [of.measurements, of.requests, of.samples, of.counters].map(all);
    let sources = telemetry::read(
        of.samples.map(|table| (table, &*samples)),
        of.counters.map(|table| (table, &*counters)),
        of.measurements,
    );
    let measured = of.measurements.map(|table| (table, &*measurements));
    let requested = of.requests.map(|table| (table, &*requests));
    let subjects = telemetry::subjects(&sources, measured, requested, state, thresholds);
    let of = |subject: telemetry::Subject| {
        let telemetry::Subject { run, engine, findings, .. } = subject;
        findings.into_iter().map(move |finding| Diagnosed { run: run.clone(), engine: engine.clone(), finding })
    };
    subjects.into_iter().flat_map(of).collect()
}

/// Says that series of servers are left out, where a file has as many values of a label as are read of it.
pub fn left_out(samples: &Table) -> Option<String> {
    telemetry::cut(samples, &(0..samples.rows()).collect::<Vec<usize>>())
}
