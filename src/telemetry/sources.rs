//! Which rows are of which engine or GPU, and when each was: sources on their clocks.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::gauges::{self, ENGINE, GPU, Together};
use super::united::unite;
use super::{Clock, Source, counted};
use crate::analysis::mean::usual_gap;
use crate::catalog::dimensions;
use crate::catalog::folders::run_name;
use crate::record::Stat;
use crate::sorting::Sorting;
use crate::table::{Dimension, Table};

/// So many samples tell what a source's labels are.
const LABELLED: usize = 1000;
/// Cards without a sensor for it report 0 °C all the time.
const MEMORY_TEMPERATURE: &str = "gpu_memory_temperature";
/// Between the parts of a name.
const BETWEEN: &str = " · ";
/// What tells engines apart.
const ENGINES: [&str; 7] = ["role", "worker", "pod", "engine", "node", "dp_rank", "rank"];
/// What tells GPUs apart: their UUID where there is one, which two exporters share.
const GPUS: [&str; 2] = ["node", "gpu"];

/// A source's identity: its folder, whether it is a GPU, and the values that tell it apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    folder: String,
    gpu: bool,
    values: Vec<String>,
}

impl Key {
    /// The UUID of a GPU.
    fn device(&self) -> Option<&String> {
        self.values.first().filter(|_| self.gpu && self.values.len() == 1)
    }
}

/// The rows of one source in one file.
#[derive(Default)]
struct Part {
    samples: Vec<usize>,
    counters: Vec<usize>,
}

/// A row's moment.
#[derive(Clone, Copy)]
enum Moment {
    Date(f64),
    Elapsed(f64),
    Scrape(f64),
}

/// The moments of a table's rows.
struct Moments<'a> {
    table: &'a Table,
}

impl Moments<'_> {
    fn of(&self, row: usize) -> Moment {
        let figure = |key: &str| self.table.figures(key, Stat::Mean).and_then(|column| column.get(row));
        let scrape = || self.table.dimension("scrape").and_then(|column| column.number(row));
        match (figure("time"), scrape()) {
            (Some(at), _) => Moment::Date(at),
            (None, Some(number)) => Moment::Scrape(number),
            (None, None) => figure("elapsed").map_or(Moment::Scrape(0.0), Moment::Elapsed),
        }
    }
}

pub(super) fn read(
    samples: Option<(&Table, &[usize])>,
    counters: Option<(&Table, &[usize])>,
    is_run: impl Fn(&str) -> bool,
) -> Vec<Source> {
    let mut parts: BTreeMap<Key, BTreeMap<String, Part>> = BTreeMap::new();
    for (at, (table, rows)) in [samples, counters].into_iter().enumerate().filter_map(|(at, table)| Some((at, table?))) {
        for (key, path, rows) in keyed(table, rows) {
            let part = parts.entry(key).or_default().entry(path).or_default();
            *(if at == 0 { &mut part.samples } else { &mut part.counters }) = rows;
        }
    }
    let mut sources: Vec<Source> = Vec::new();
    for (key, files) in parts {
        for (path, placed) in on_clocks(files, &key, samples.map(|(table, _)| table), counters.map(|(table, _)| table)) {
            sources.extend(source(
                &key,
                path.as_deref(),
                &placed,
                samples.map(|(table, _)| table),
                counters.map(|(table, _)| table),
            ));
        }
    }
    gather_frontends(&mut sources);
    let mut sources = unite(sources, is_run);
    [false, true].into_iter().for_each(|gpu| shorten(&mut sources, gpu));
    sources
        .order_by(|a, b| (a.gpu, &a.folder).cmp(&(b.gpu, &b.folder)).then_with(|| dimensions::compare_texts(&a.label, &b.label)));
    sources
}

/// The rows of a table by source and file.
fn keyed(table: &Table, rows: &[usize]) -> Vec<(Key, String, Vec<usize>)> {
    let of = |keys: &[&str]| keys.iter().map(|key| table.dimension(key)).collect::<Vec<_>>();
    let (engine, gpu) = (of(&ENGINES), of(&GPUS));
    let [folder, path, uuid] = ["folder", "path", "gpu_uuid"].map(|key| table.dimension(key));
    let window = table.dimension("window");
    let ranks = ["tp_rank", "pp_rank"].map(|key| table.dimension(key));
    let rank = ENGINES.iter().position(|key| *key == "rank");
    let device = gpu.get(1).copied().flatten();
    let mut index: FxHashMap<Vec<Option<u32>>, usize> = FxHashMap::default();
    let mut found: Vec<(Key, String, Vec<usize>)> = Vec::new();
    for row in rows.iter().copied() {
        // The whole run is no moment of it.
        if window.and_then(|window| window.text(row)).is_some_and(|window| window != "slice") {
            continue;
        }
        let is_gpu = uuid.is_some_and(|uuid| uuid.code(row).is_some()) || device.is_some_and(|device| device.code(row).is_some());
        let columns = if is_gpu { &gpu } else { &engine };
        let own = uuid.filter(|_| is_gpu).and_then(|uuid| uuid.code(row));
        // What tensor-parallel ranks report is of one engine.
        let parallel = ranks.iter().flatten().any(|column| column.code(row).is_some());
        let counts = |at: usize| own.is_none() && !(parallel && !is_gpu && Some(at) == rank);
        let codes = columns.iter().enumerate();
        let codes = codes.map(|(at, column)| column.and_then(|column| column.code(row)).filter(|_| counts(at)));
        let place = [folder, path].map(|column| column.and_then(|column| column.code(row)));
        let codes: Vec<Option<u32>> = place.into_iter().chain([Some(u32::from(is_gpu)), own]).chain(codes).collect();
        let next = found.len();
        let at = *index.entry(codes).or_insert(next);
        if at == next {
            let text = |column: &Option<Dimension<'_>>| column.and_then(|column| column.text(row)).unwrap_or_default().to_owned();
            let value = |(at, column): (usize, &Option<Dimension<'_>>)| if counts(at) { text(column) } else { String::new() };
            let values = if own.is_some() { vec![text(&uuid)] } else { columns.iter().enumerate().map(value).collect() };
            found.push((Key { folder: text(&folder), gpu: is_gpu, values }, text(&path), Vec::new()));
        }
        found[at].2.push(row);
    }
    found
}

/// The rows of a source with their moments.
struct Placed {
    clock: Clock,
    samples: Vec<(f64, usize)>,
    counters: Vec<(f64, usize)>,
}

/// Puts the files of one source one after the other, or apart (then with the file's path) where they were at the same time.
/// Captures of one device, as its UUID tells it, are of one source also where they overlap.
fn on_clocks(
    files: BTreeMap<String, Part>,
    key: &Key,
    samples: Option<&Table>,
    counters: Option<&Table>,
) -> Vec<(Option<String>, Placed)> {
    let mut placed: Vec<(String, Placed)> = Vec::new();
    for (path, part) in files {
        let moments = |table: Option<&Table>, rows: &[usize]| -> Vec<(Moment, usize)> {
            table.map(|table| Moments { table }).map_or_else(Vec::new, |of| rows.iter().map(|row| (of.of(*row), *row)).collect())
        };
        let (samples, counters) = (moments(samples, &part.samples), moments(counters, &part.counters));
        let all = || samples.iter().chain(&counters).map(|(moment, _)| *moment);
        let clock = match () {
            () if all().any(|moment| matches!(moment, Moment::Date(_))) => Clock::Date,
            () if all().any(|moment| matches!(moment, Moment::Scrape(_))) => Clock::Scrapes,
            () => Clock::Elapsed,
        };
        let on = |moments: Vec<(Moment, usize)>| {
            let of = |moment: Moment| match (clock, moment) {
                (Clock::Date, Moment::Date(at))
                | (Clock::Elapsed, Moment::Elapsed(at))
                | (Clock::Scrapes, Moment::Scrape(at)) => Some(at),
                _ => None,
            };
            moments.into_iter().filter_map(|(moment, row)| Some((of(moment)?, row))).collect::<Vec<_>>()
        };
        placed.push((path, Placed { clock, samples: on(samples), counters: on(counters) }));
    }
    placed.order_by(|(a, one), (b, other)| match one.clock {
        Clock::Scrapes => dimensions::compare_texts(a, b),
        _ => span(one).0.total_cmp(&span(other).0).then_with(|| dimensions::compare_texts(a, b)),
    });
    // A source has one clock: captures of a device on another are beside it.
    let (dated, others): (Vec<_>, Vec<_>) =
        placed.into_iter().partition(|(_, of)| key.device().is_some() && of.clock == Clock::Date);
    if dated.is_empty() || others.is_empty() {
        return one_after_another(if dated.is_empty() { others } else { dated }, key);
    }
    let others = others.into_iter().map(|(path, of)| (Some(path), of));
    one_after_another(dated, key).into_iter().chain(others).collect()
}

/// The first and the last moment of rows; nothing lies between those of none.
fn span(of: &Placed) -> (f64, f64) {
    let all = of.samples.iter().chain(&of.counters).map(|(at, _)| *at);
    all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| (low.min(at), high.max(at)))
}

/// Intervals without a line after which a log is of another run.
const PAUSE: f64 = 3.0;

/// Whether files in order are of one server that ran on: scrapes, each a moment; what counts, whose restarts are seen; or logs
/// that go on where the one before ends. Logs with a pause between them are of servers that were started for a run each.
fn one_server(placed: &[(String, Placed)]) -> bool {
    let usual = |of: &Placed| {
        let mut moments: Vec<f64> = of.samples.iter().map(|(at, _)| *at).collect();
        moments.order_by(f64::total_cmp);
        usual_gap(moments)
    };
    let goes_on = |pair: &[(String, Placed)]| {
        let longest = pair.iter().filter_map(|(_, of)| usual(of)).reduce(f64::max);
        longest.is_none_or(|usual| span(&pair[1].1).0 - span(&pair[0].1).1 <= PAUSE * usual)
    };
    placed.iter().any(|(_, of)| !of.counters.is_empty()) || placed.windows(2).all(goes_on)
}

/// Files in order as one, unless their clocks differ or they overlap. Those of a device may overlap: then only the first that
/// has counters counts them, since two names of one counter are never added.
fn one_after_another(placed: Vec<(String, Placed)>, key: &Key) -> Vec<(Option<String>, Placed)> {
    let same = placed.iter().all(|(_, of)| Some(of.clock) == placed.first().map(|(_, first)| first.clock));
    let dated = placed.first().is_some_and(|(_, of)| of.clock == Clock::Date);
    let scrapes = placed.first().is_some_and(|(_, of)| of.clock == Clock::Scrapes);
    let follow = match scrapes {
        // Scrapes without a time follow each other as their files are called, if each file is one.
        true => placed.iter().all(|(_, of)| span(of).0 == span(of).1),
        false => placed.windows(2).all(|pair| span(&pair[0].1).1 < span(&pair[1].1).0),
    };
    if placed.len() > 1 && !(same && (follow && (key.gpu || one_server(&placed)) || key.device().is_some() && dated)) {
        return placed.into_iter().map(|(path, of)| (Some(path), of)).collect();
    }
    let mut joined: Option<Placed> = None;
    for (number, (_, mut of)) in placed.into_iter().enumerate() {
        if scrapes && number > 0 {
            of.samples.iter_mut().chain(&mut of.counters).for_each(|(at, _)| *at += number as f64);
        }
        match &mut joined {
            Some(joined) => {
                joined.samples.extend(of.samples);
                if follow || joined.counters.is_empty() {
                    joined.counters.extend(of.counters);
                }
            }
            None => joined = Some(of),
        }
    }
    joined.into_iter().map(|of| (None, of)).collect()
}

/// A source with its gauges and counts; `None` where it has none.
fn source(key: &Key, path: Option<&str>, placed: &Placed, samples: Option<&Table>, counters: Option<&Table>) -> Option<Source> {
    let named: Vec<String> = match (key.gpu, key.values.as_slice()) {
        (true, [uuid]) => vec![gpu_name(samples, placed, uuid)],
        (true, [node, gpu]) => vec![format!("GPU {gpu}"), node.clone()],
        (_, values) => {
            let word = |(key, value): (&&str, &String)| match *key {
                "engine" | "pod" if values.get(1) == Some(value) => String::new(),
                "rank" if values.get(5).is_some_and(|dp| dp == value) => String::new(),
                "engine" if !value.is_empty() => format!("engine {value}"),
                // vLLM without an instance says nothing but the number of its engine.
                "worker" if value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty() => format!("engine {value}"),
                key => {
                    if value.is_empty() {
                        String::new()
                    } else {
                        dimensions::display(key, value)
                    }
                }
            };
            ENGINES.iter().zip(values).map(word).collect()
        }
    };
    let file = path.map(|path| run_name(path).to_owned());
    let label: Vec<String> = named.into_iter().chain(file).filter(|name| !name.is_empty()).collect();
    let label = if label.is_empty() { "server".to_owned() } else { label.join(BETWEEN) };
    let id = format!("{}|{}|{}|{}", key.folder, key.gpu, key.values.join("|"), path.unwrap_or_default());
    // What its first samples say: labels of a source do not change.
    let stated = |key: &str| -> BTreeSet<String> {
        let column = samples.and_then(|table| table.dimension(key));
        let rows = placed.samples.iter().take(LABELLED).filter_map(|(_, row)| column.as_ref()?.text(*row));
        rows.filter(|text| !text.is_empty()).map(str::to_owned).collect()
    };
    let mut source = Source {
        id: crate::query::groups::id(&id),
        label,
        folder: key.folder.clone(),
        server: path.is_none().then(|| server(key)).flatten().map(|server| {
            let stated = ["model", "accelerator"].map(|key| stated(key).into_iter().collect::<Vec<_>>().join(","));
            format!("{server}|{}", stated.join("|"))
        }),
        no_memory_sensor: false,
        device: key.device().cloned(),
        clock: placed.clock,
        gauges: BTreeMap::new(),
        counts: BTreeMap::new(),
        histograms: BTreeMap::new(),
        totals: BTreeMap::new(),
        client: Vec::new(),
        restarts: Vec::new(),
        gpu: key.gpu,
        pods: ["worker", "pod"].into_iter().flat_map(&stated).collect(),
        accelerator: stated("accelerator").into_iter().next().unwrap_or_default(),
        rows: {
            let mut rows = placed.samples.clone();
            rows.order_by(|a, b| a.0.total_cmp(&b.0));
            rows
        },
    };
    if let Some(table) = samples {
        let of_gpu = GPU.iter().map(|metric| (*metric, Together::Mean)).filter(|_| key.gpu);
        let of_engine = ENGINE.iter().copied().filter(|_| !key.gpu);
        for (metric, together) in of_gpu.chain(of_engine) {
            let track = gauges::track(table, &placed.samples, metric, together);
            if metric == MEMORY_TEMPERATURE && !track.is_empty() && track.iter().all(|(_, value)| *value == 0.0) {
                source.no_memory_sensor = true;
            } else if !track.is_empty() {
                source.gauges.insert(metric, track);
            }
        }
    }
    if let Some(table) = counters {
        counted::add(table, &placed.counters, &mut source);
    }
    let empty = source.gauges.is_empty() && source.totals.is_empty();
    (!empty).then_some(source)
}

/// What tells a server or a GPU from all others: its name or address, and its ranks. The own computer's address is that of
/// another server on every computer.
fn server(key: &Key) -> Option<String> {
    let named: Vec<&String> = match (key.gpu, key.values.as_slice()) {
        (true, [uuid]) => vec![uuid],
        // A GPU's number is none without its node.
        (true, [node, _]) => vec![node],
        (_, values) => {
            ["worker", "pod", "node"].iter().filter_map(|name| values.get(ENGINES.iter().position(|key| key == name)?)).collect()
        }
    };
    let is_own = |name: &str| ["localhost", "127.0.0.1", "0.0.0.0", "::1"].iter().any(|own| name.contains(own));
    let is_name = |name: &&&String| !name.is_empty() && !name.bytes().all(|byte| byte.is_ascii_digit());
    let mut names = named.iter().filter(is_name).peekable();
    let tells = names.peek().is_some() && !names.any(|name| is_own(name));
    tells.then(|| key.values.join("|"))
}

/// Leaves out of the names of engines, or of GPUs, what all of them share: the address of one scraped host, `engine 0`. Names
/// that would be nothing else stay whole.
fn shorten(sources: &mut [Source], gpu: bool) {
    let parts = |label: &str| label.split(BETWEEN).map(str::to_owned).collect::<Vec<_>>();
    let all: Vec<Vec<String>> = sources.iter().filter(|source| source.gpu == gpu).map(|source| parts(&source.label)).collect();
    let Some((first, others)) = all.split_first().filter(|(_, others)| !others.is_empty()) else { return };
    let shared: Vec<&String> = first.iter().filter(|part| others.iter().all(|other| other.contains(part))).collect();
    let own = |parts: &[String]| parts.iter().filter(|part| !shared.contains(part)).cloned().collect::<Vec<_>>().join(BETWEEN);
    if all.iter().any(|parts| own(parts).is_empty()) {
        return;
    }
    for source in sources.iter_mut().filter(|source| source.gpu == gpu) {
        source.label = own(&parts(&source.label));
    }
}

/// A GPU that is known by its UUID: its number, and its node where that is known.
fn gpu_name(samples: Option<&Table>, placed: &Placed, uuid: &str) -> String {
    let first = placed.samples.first().map(|(_, row)| *row);
    let text = |key: &str| samples.zip(first).and_then(|(table, row)| table.dimension(key)?.text(row).map(str::to_owned));
    match (text("gpu"), text("node")) {
        (Some(gpu), Some(node)) => format!("GPU {gpu} · {node}"),
        (Some(gpu), None) => format!("GPU {gpu}"),
        _ => uuid.to_owned(),
    }
}

/// What a server counts beside its only engine (its API, its process) is of that engine.
fn gather_frontends(sources: &mut Vec<Source>) {
    let is_engine = |of: &Source| !of.gpu && (of.gauges.contains_key("running_requests") || of.gauges.contains_key("kv_usage"));
    let (engines, others): (Vec<Source>, Vec<Source>) = std::mem::take(sources).into_iter().partition(is_engine);
    let mut engines = engines;
    for other in others {
        let mut beside = engines.iter_mut().filter(|engine| engine.folder == other.folder && engine.clock == other.clock);
        match (beside.next(), beside.next()) {
            (Some(engine), None) if !other.gpu => {
                engine.rows.extend(other.rows);
                engine.rows.order_by(|a, b| a.0.total_cmp(&b.0));
                other.gauges.into_iter().for_each(|(key, track)| _ = engine.gauges.entry(key).or_insert(track));
                other.counts.into_iter().for_each(|(key, of)| _ = engine.counts.entry(key).or_insert(of));
                other.histograms.into_iter().for_each(|(key, of)| _ = engine.histograms.entry(key).or_insert(of));
                other.totals.into_iter().for_each(|(key, of)| _ = engine.totals.entry(key).or_insert(of));
            }
            _ => sources.push(other),
        }
    }
    sources.extend(engines);
}
