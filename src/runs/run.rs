//! Runs: the reporting processes on one clock, and the time window of each load level.
//!
//! A run is a folder; files outside any folder form one run. A process is a rank of a worker: values repeated by
//! tensor-parallel ranks, and batches logged again by later pipeline stages, count once.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::load_windows::{self, Window};
use super::process::{FIGURES, Process, Sample, Source, place};
use crate::analysis::bins;
use crate::catalog::folders::run_name;
use crate::record::Stat;
use crate::sorting::Sorting;
use crate::table::{Dimension, Figures, Table};

/// A run.
pub(crate) struct Run {
    /// The folder; identifies the run in links.
    pub id: String,
    /// Display name.
    pub name: String,
    /// The first sample of any process, in seconds since 1970.
    pub origin: f64,
    /// Whether its clock has dates.
    pub dated: bool,
    /// Hours by which log timestamps were shifted to the clock of the measurements.
    pub hours: i32,
    /// Its processes, by role, worker and rank.
    pub sources: Vec<Source>,
    /// The load windows, in order of time.
    pub windows: Vec<Window>,
}

impl Run {
    /// Seconds since the run's first sample, to the microsecond (the precision of seconds since 1970 in an `f64`).
    pub(crate) fn since(&self, at: f64) -> f64 {
        ((at - self.origin) * 1e6).round() / 1e6
    }
}

/// All runs, and counts of what was left out.
#[derive(Default)]
pub(crate) struct Found {
    /// Newest first.
    pub runs: Vec<Run>,
    /// Rows of later pipeline stages.
    pub stages: usize,
    /// Rows of tensor-parallel ranks that repeat the first.
    pub repeats: usize,
    /// Rows without a timestamp.
    pub timeless: usize,
    /// Processes whose timestamps lack a year.
    pub undated: usize,
    /// Measurements without a time.
    pub unplaced: usize,
}

/// The columns that distinguish processes.
struct Columns<'a> {
    keys: [Option<Dimension<'a>>; 8],
    tp: Option<Dimension<'a>>,
    pp: Option<Dimension<'a>>,
    time: Option<Figures<'a>>,
    elapsed: Option<Figures<'a>>,
}

const KEYS: [&str; 8] = ["folder", "node", "role", "worker", "dp_rank", "rank", "path", "tool"];

/// The runs of the filtered rows, with the load windows of measurements in the same folders.
pub(crate) fn read(table: &Table, rows: &[usize], measurements: Option<&Table>) -> Found {
    let mut found = Found::default();
    let columns = Columns {
        keys: KEYS.map(|key| table.dimension(key)),
        tp: table.dimension("tp_rank"),
        pp: table.dimension("pp_rank"),
        time: table.figures("time", Stat::Mean),
        elapsed: table.figures("elapsed", Stat::Mean),
    };
    let figures: Vec<Figures<'_>> = FIGURES.iter().filter_map(|(key, _)| table.figures(key, Stat::Mean)).collect();
    let mut index: FxHashMap<[u32; 8], usize> = FxHashMap::default();
    let mut processes: Vec<Process> = Vec::new();
    for row in rows.iter().copied().filter(|row| figures.iter().any(|column| column.get(*row).is_some())) {
        if columns.pp.and_then(|pp| pp.text(row)).is_some_and(|stage| stage != "0") {
            found.stages += 1;
            continue;
        }
        let dated = columns.time.and_then(|time| time.get(row));
        let Some(at) = dated.or_else(|| columns.elapsed?.get(row)) else {
            found.timeless += 1;
            continue;
        };
        let tp = columns.tp.and_then(|tp| tp.code(row));
        let next = processes.len();
        let at_process = *index.entry(columns.process(row, tp.is_some())).or_insert(next);
        if at_process == next {
            processes.push(Process { first: row, dated: dated.is_some(), by_tp: BTreeMap::new() });
        }
        let number = tp.and_then(|code| columns.tp?.value(code).parse().ok()).unwrap_or(0);
        if let Some(process) = processes.get_mut(at_process) {
            process.by_tp.entry(number).or_default().push(Sample { at, row });
        }
    }
    let mut runs: BTreeMap<String, Vec<Process>> = BTreeMap::new();
    for process in processes {
        let folder = columns.keys[0].and_then(|folder| folder.text(process.first)).unwrap_or_default();
        runs.entry(folder.to_owned()).or_default().push(process);
    }
    let windows = measurements.map(load_windows::NearbyMeasurements::new);
    found.unplaced = windows.as_ref().map_or(0, |windows| windows.unplaced);
    for (folder, processes) in runs {
        let (windows, name) = windows
            .as_ref()
            .zip(processes.first())
            .map_or_else(Default::default, |(windows, process)| windows.of(table, &folder, process));
        let mut run = columns.run(folder, name, processes, windows, &mut found);
        let warm_ups = measurements.map(|measurements| load_windows::warm_ups(table, measurements, &run.sources, &run.windows));
        run.windows.extend(warm_ups.into_iter().flatten());
        run.windows.order_by(|a, b| a.from.total_cmp(&b.from));
        found.runs.push(run);
    }
    found.runs.order_by(|a, b| b.dated.cmp(&a.dated).then(b.origin.total_cmp(&a.origin)).then_with(|| a.id.cmp(&b.id)));
    name(&mut found.runs);
    found
}

impl Columns<'_> {
    /// The identity of a process. Data-parallel ranks are separate processes, tensor-parallel ranks are one. The file
    /// identifies it only if no worker is named.
    fn process(&self, row: usize, tp: bool) -> [u32; 8] {
        let mut key = self.keys.map(|column| column.and_then(|column| column.code(row)).map_or(0, |code| code + 1));
        let [_, node, _, worker, dp, rank, path, tool] = &mut key;
        if *dp > 0 || tp {
            *rank = 0;
        }
        if *worker > 0 || *node > 0 {
            *path = 0;
        }
        *tool = 0;
        key
    }

    fn text(&self, at: usize, row: usize) -> &str {
        self.keys.get(at).copied().flatten().and_then(|column| column.text(row)).unwrap_or_default()
    }

    fn run(&self, id: String, name: String, processes: Vec<Process>, windows: Vec<Window>, found: &mut Found) -> Run {
        let mut sources: Vec<(bool, String, Source)> = Vec::new();
        for Process { first, dated, by_tp } in processes {
            let mut ranks = by_tp.into_values();
            let mut moments = ranks.next().unwrap_or_default();
            found.repeats += ranks.map(|repeat| repeat.len()).sum::<usize>();
            moments.order_by(|a, b| a.at.total_cmp(&b.at));
            let text = |at: usize| self.text(at, first).to_owned();
            let [node, role, mut worker, dp, rank, path, tool] = [1, 2, 3, 4, 5, 6, 7].map(text);
            if worker.is_empty() && node.is_empty() {
                worker = path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
            }
            let rank = if dp.is_empty() && self.tp.is_none_or(|tp| tp.code(first).is_none()) { rank } else { dp };
            let pause = bins::pause(moments.iter().map(|moment| moment.at));
            let resolution = bins::resolution(moments.iter().map(|moment| moment.at));
            sources.push((dated, tool, Source { node, role, worker, rank, moments, pause, resolution }));
        }
        let hours = set_back(&mut sources, &windows);
        let firsts = |dated: bool| {
            let of = sources.iter().filter(move |source| source.0 == dated);
            of.filter_map(|source| source.2.moments.first()).map(|moment| moment.at).reduce(f64::min)
        };
        let (origin, dated) = firsts(true).map_or((0.0, false), |first| (first, true));
        for (_, _, source) in sources.iter_mut().filter(|source| dated && !source.0) {
            source.moments.iter_mut().for_each(|moment| moment.at += origin);
        }
        found.undated += sources.iter().filter(|source| !source.0).count();
        let mut sources: Vec<Source> = sources.into_iter().map(|(.., source)| source).collect();
        let number = |text: &str| text.trim_start_matches(|c: char| !c.is_ascii_digit()).parse::<u64>().unwrap_or(u64::MAX);
        sources.order_by(|a, b| {
            let order = |one: &Source| (place(&one.role), number(&one.worker), number(&one.rank));
            order(a).cmp(&order(b)).then_with(|| (&a.worker, &a.node, &a.rank).cmp(&(&b.worker, &b.node, &b.rank)))
        });
        Run { id, name, origin, dated, hours, sources, windows }
    }
}

/// Number of samples needed to detect a time zone.
const TELLING: usize = 2000;

/// Shifts clocks without a time zone to the clock of the measurements, tool by tool. Returns the shift in hours.
fn set_back(sources: &mut [(bool, String, Source)], windows: &[Window]) -> i32 {
    let spans: Vec<(f64, f64)> = windows.iter().map(|window| (window.from, window.to)).collect();
    let mut tools: Vec<String> = sources.iter().filter(|source| source.0).map(|source| source.1.clone()).collect();
    tools.order();
    tools.dedup();
    let mut most = 0;
    for tool in tools.iter().filter(|_| !spans.is_empty()) {
        let of = |source: &&(bool, String, Source)| source.0 && source.1 == *tool;
        let all: usize = sources.iter().filter(of).map(|source| source.2.moments.len()).sum();
        let moments = sources.iter().filter(of).flat_map(|source| &source.2.moments).step_by(all / TELLING + 1);
        let moments: Vec<f64> = moments.map(|moment| moment.at).collect();
        let hours = bins::hours_ahead(&moments, &spans);
        for (_, _, source) in sources.iter_mut().filter(|source| source.0 && source.1 == *tool && hours != 0) {
            source.moments.iter_mut().for_each(|moment| moment.at -= 3600.0 * f64::from(hours));
        }
        if hours != 0 {
            most = hours;
        }
    }
    most
}

/// Gives each run a unique name: the job's, else the folder's, with more of the path if two
/// names would be equal.
fn name(runs: &mut [Run]) {
    let short = |run: &Run| match (run.name.is_empty(), run_name(&run.id)) {
        (false, _) => run.name.clone(),
        (true, "") => "loose files".to_owned(),
        (true, name) => name.to_owned(),
    };
    let names: Vec<String> = runs.iter().map(short).collect();
    for (at, run) in runs.iter_mut().enumerate() {
        let alone = names.iter().filter(|name| **name == names[at]).count() == 1;
        run.name = if alone || run.id.is_empty() { names[at].clone() } else { run.id.clone() };
    }
}
