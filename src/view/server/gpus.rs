//! GPUs: what each does over time: utilisation, activity, memory, power, temperature, clocks, links.

use std::collections::{BTreeMap, BTreeSet};

use super::draw;
use crate::analysis::mean::{arithmetic, over_time};
use crate::catalog::number::{self, plural};
use crate::catalog::server_panels;
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::record::{Kind, Stat};
use crate::state::{Axis, ViewState};
use crate::telemetry::{self, Source};
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{Card, Empty, ViewModel};

/// What GPUs report over time.
pub(crate) static GPUS: View = View {
    about: &About {
        id: "server/gpus",
        tab: &tabs::SERVER,
        label: "GPUs",
        purpose: "Utilisation, activity, memory, power, temperature and clocks of every GPU over time",
        kind: Some(Kind::Sample),
        extra_kinds: &[Kind::Counter, Kind::Measurement],
        resamples: true,
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let mut frame = Frame::new(context, asked, &[]);
    let sources = super::sources(context, &frame);
    let gpus: Vec<&Source> = sources.iter().filter(|source| source.gpu).collect();
    if gpus.is_empty() {
        let empty = (!frame.rows.is_empty()).then(|| Empty {
            reason: "No loaded file has metrics of GPUs. They come from the DCGM exporter, AIPerf’s GPU telemetry, nvidia-smi or dcgmi \
                     captures."
                .to_owned(),
            remedy: Some(("Open server metrics".to_owned(), ViewState { view: "server/metrics".to_owned(), ..frame.state.clone() })),
        });
        return frame.finish(context, ViewModel { empty, ..ViewModel::default() }, Vec::new(), &[]);
    }
    let mut state = frame.state.clone();
    let drawn = draw::draw(context, &mut state, &gpus, server_panels::GPU, &[]);
    frame.state = state;
    frame.notes.extend(super::cut(context, &frame));
    frame.notes.extend(drawn.notes);
    frame.notes.extend(repeated(&gpus, context));
    frame.notes.extend(no_sensor(&gpus));
    let count = telemetry::count_gpus(gpus.iter().copied());
    let sentence = format!("{} of {} over time.", plural(drawn.panels.len() as u64, "figure"), plural(count as u64, "GPU"));
    let parts = ViewModel {
        sentence,
        cards: cards(&telemetry::each_gpu_once(&gpus)),
        controls: drawn.controls,
        panels: drawn.panels,
        legend: drawn.legend,
        grids: drawn.statistics.into_iter().collect(),
        ..ViewModel::default()
    };
    let rows = frame.rows.clone();
    let figures = ["gpu_util", "gpu_power", "gpu_memory_used"];
    let figures: Vec<Axis> = figures.map(|metric| Axis::Figure { metric: metric.to_owned(), stat: Stat::Mean }).to_vec();
    let mut output = frame.finish(context, parts, rows, &figures);
    output.points = drawn.points;
    output
}

/// Says which GPUs several files show.
fn repeated(gpus: &[&Source], context: &Context<'_>) -> Option<String> {
    let path = context.table.dimension("path")?;
    let mut devices: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for (gpu, device) in gpus.iter().filter_map(|gpu| Some((gpu, gpu.device.as_deref()?))) {
        let files = devices.entry((&gpu.folder, device)).or_default();
        files.extend(gpu.rows.iter().filter_map(|(_, row)| path.text(*row)));
    }
    let (mut several, one) = (devices.into_iter().filter(|(_, files)| files.len() > 1), "one GPU");
    let ((_, device), files) = several.next()?;
    let files: Vec<&str> = files.into_iter().collect();
    let more = several.count();
    let more = if more > 0 { format!(", and so are {more} more") } else { String::new() };
    Some(format!("{device} is in {}{more}: equal UUIDs are {one}.", files.join(" and ")))
}

/// Says that the temperature of memory without a sensor is left out.
fn no_sensor(gpus: &[&Source]) -> Option<String> {
    let count = gpus.iter().filter(|gpu| gpu.no_memory_sensor).count();
    let of = if count == gpus.len() { String::new() } else { format!(" of {}", plural(count as u64, "GPU")) };
    (count > 0)
        .then(|| format!("The memory temperature{of} is 0 °C all the time, as cards without a sensor report it: left out."))
}

/// Joules in the unit in which they read best.
fn energy(joules: f64) -> String {
    match joules {
        ..1e3 => format!("{} J", number::short(joules)),
        ..1e6 => format!("{} kJ", number::short(joules / 1e3)),
        _ => format!("{} MJ", number::short(joules / 1e6)),
    }
}

/// Energy and mean power of all GPUs.
fn cards(gpus: &[&Source]) -> Vec<Card> {
    let gained = |gpu: &&Source| {
        let counter = gpu.gauges.get("gpu_energy")?;
        let (mut gained, mut highest) = (0.0, counter.first()?.1);
        for (_, standing) in counter {
            // A counter that begins anew falls far; one that falls a little was read twice, or in another order.
            let anew = *standing < highest / 2.0;
            gained += if anew { *standing } else { (standing - highest).max(0.0) };
            highest = if anew { *standing } else { highest.max(*standing) };
        }
        (counter.len() > 1).then_some(gained)
    };
    let counted: Vec<f64> = gpus.iter().filter_map(gained).collect();
    // Runs in folders of their own are mostly of the same GPUs, one after the other.
    let mut powers: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for gpu in gpus {
        if let Some(watts) = gpu.gauges.get("gpu_power").and_then(|track| over_time(track)) {
            powers.entry(&gpu.folder).or_default().push(watts);
        }
    }
    let sums: Vec<f64> = powers.values().map(|watts| watts.iter().sum()).collect();
    let mut cards = Vec::new();
    if let Some(watts) = arithmetic(sums.iter().copied()) {
        let most = powers.values().map(Vec::len).max().unwrap_or(0);
        let folders = if sums.len() > 1 { format!(" per folder, mean of {} folders", sums.len()) } else { String::new() };
        cards.push(Card {
            label: "Power, all GPUs".to_owned(),
            value: format!("{} W", number::short(watts)),
            detail: format!("mean over time, {}{folders}", plural(most as u64, "GPU")),
            method: "Sum over the GPUs of a folder of the mean of each over time.".to_owned(),
            ..Card::default()
        });
    }
    if counted.len() == gpus.len() {
        cards.push(Card {
            label: "Energy".to_owned(),
            value: energy(counted.iter().sum()),
            detail: "as the GPUs count it".to_owned(),
            method: "Sum over GPUs of the increase of their energy counter: better than mean power × time.".to_owned(),
            ..Card::default()
        });
    }
    cards
}
