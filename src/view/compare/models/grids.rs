//! The table of figures, the expectations beside the findings, and the bars.

use super::basis::{self, Basis};
use super::figures::{Figure, Value};
use super::variants::Variant;
use super::{Outcome, outcome};
use crate::catalog::models;
use crate::catalog::number;
use crate::catalog::precisions::Bits;
use crate::comparison::cells::signed;
use crate::query::groups;
use crate::record::Kind;
use crate::table::Table;
use crate::view_model::{AxisModel, Cell, ChartModel, Column, Grid, GridCell, Mark, Panel, Point, Series, Style, Tone};

/// The figures drawn: of each group the first that there is.
const DRAWN: [&[&str]; 4] = [
    &["output-tps", "server-tps", "total-tps", "rps"],
    &["ttft", "server-ttft"],
    &["tpot", "itl", "server-tpot", "server-itl"],
    &["weights", "kv-capacity", "kv-headroom"],
];

/// A ratio: `×1.62`.
fn times(ratio: f64) -> String {
    format!("×{}", number::short(ratio))
}

/// The table of all figures: variants across.
pub(super) fn table(figures: &[Figure], variants: &[Variant], base: usize, threshold: f64) -> Grid {
    let mut columns = vec![
        Column::text("group", "Group"),
        Column::text("figure", "Figure"),
        Column::text("unit", "Unit"),
        Column::text("better", "Better"),
    ];
    columns.extend(variants.iter().enumerate().map(|(at, variant)| {
        let label = if at == base { format!("{} (baseline)", variant.name) } else { variant.name.clone() };
        Column::figure(&format!("of-{}", groups::id(&variant.value)), &label, "")
    }));
    columns.push(Column::text("best", "Best"));
    let row = |figure: &Figure| {
        let better = match figure.higher {
            Some(true) => "more",
            Some(false) => "less",
            None => "",
        };
        let mut cells = vec![
            GridCell::text(figure.group.label()),
            GridCell::text(figure.title.as_str()).hinted(figure.definition.as_str()),
            GridCell::text(figure.unit),
            GridCell::text(better),
        ];
        cells.extend((0..variants.len()).map(|at| cell(figure, at, base, threshold)));
        cells.push(best(figure, variants, threshold));
        cells
    };
    Grid {
        key: "variants".to_owned(),
        title: "Figures".to_owned(),
        note: format!(
            "In brackets: the ratio to the baseline, and the change. Within {}% counts as similar. A dash has its reason on hover.",
            number::short(threshold)
        ),
        columns,
        rows: figures.iter().map(row).collect(),
        ..Grid::default()
    }
}

fn cell(figure: &Figure, at: usize, base: usize, threshold: f64) -> GridCell {
    let value = match figure.values.get(at) {
        Some(Ok(value)) => value,
        Some(Err(why)) => return dash(why),
        None => return dash("not measured"),
    };
    let shown = number::column(value.value);
    let cell = match outcome(figure, at, base, threshold).filter(|_| at != base) {
        Some(Outcome { ratio, tone }) => {
            let change = signed(100.0 * (ratio - 1.0));
            GridCell::number(format!("{shown} ({}, {change})", times(ratio)), value.value).toned(tone)
        }
        None => GridCell::number(shown, value.value),
    };
    if value.doubt.is_empty() {
        return cell.hinted(value.basis.as_str());
    }
    cell.toned(Tone::Doubt).hinted(format!("{}; to be read with care: {}", value.basis, value.doubt))
}

fn dash(why: &str) -> GridCell {
    GridCell { cell: Cell { text: "–".to_owned(), exact: String::new() }, ..GridCell::default() }.hinted(why)
}

/// Who is best; `similar` where nobody is by more than the threshold.
fn best(figure: &Figure, variants: &[Variant], threshold: f64) -> GridCell {
    let Some(higher) = figure.higher else { return GridCell::default().hinted("Neither more nor less is better") };
    let known: Vec<(usize, f64)> =
        known(figure).into_iter().filter(|(_, value)| !value.ineligible).map(|(at, value)| (at, value.value)).collect();
    if known.len() < 2 {
        return GridCell::default().hinted("Fewer than two variants have it within the SLO and the error limit");
    }
    let ahead = |a: f64, b: f64| if higher { a > b } else { a < b };
    let Some((at, first)) = known.iter().copied().reduce(|best, other| if ahead(other.1, best.1) { other } else { best }) else {
        return GridCell::default();
    };
    let near = |value: f64| value == first || (first != 0.0 && (100.0 * (value / first - 1.0)).abs() <= threshold);
    if known.iter().all(|(_, value)| near(*value)) {
        return GridCell::text("similar").toned(Tone::Similar);
    }
    let name = variants.get(at).map(|variant| variant.name.as_str()).unwrap_or_default();
    let tied = known.iter().filter(|(_, value)| near(*value)).count() > 1;
    let cell = GridCell::text(name).toned(Tone::Better);
    if tied { cell.hinted("Others are within the threshold of it") } else { cell }
}

/// What is expected of the memory of the weights, and what was found.
pub(super) fn expectations(figures: &[Figure], variants: &[Variant], base: usize, basis: &Basis, threshold: f64) -> Option<Grid> {
    let baseline = variants.get(base)?;
    let weights = figures.iter().find(|figure| figure.key == "weights");
    let mut rows = Vec::new();
    for (at, variant) in variants.iter().enumerate().filter(|(at, _)| *at != base) {
        let Some((precision, [most, least])) = variant.precision.and_then(|precision| Some((precision, precision.weights?)))
        else {
            continue;
        };
        let found = weights.and_then(|figure| outcome(figure, at, base, threshold)).map(|outcome| 100.0 * (outcome.ratio - 1.0));
        let other = match (&baseline.model, &variant.model) {
            (Some(one), Some(two)) => !models::same_weights(one, two),
            _ => false,
        };
        if other && found.is_none() {
            continue;
        }
        let (word, tone, why) = match found {
            _ if baseline.precision.is_some_and(|precision| precision.bits != Bits::Sixteen) => {
                ("cannot be told", Tone::Doubt, "The baseline is not of 16 bits: choose another.")
            }
            _ if other => ("cannot be told", Tone::Doubt, "The names are of two models, not of one in two precisions."),
            _ if basis.other_layout => {
                ("cannot be told", Tone::Doubt, "The variants are spread over their GPUs in different ways.")
            }
            None => (
                "cannot be told",
                Tone::Doubt,
                "The memory of the weights is not known of both: the log of the server states it (“Model loading took … GiB”).",
            ),
            Some(found) if found < most => ("more than expected", Tone::Better, ""),
            Some(found) if found > least => ("less than expected", Tone::Worse, ""),
            Some(_) => ("as expected", Tone::Better, ""),
        };
        rows.push(vec![
            GridCell::text(variant.name.as_str()),
            GridCell::text(precision.label),
            GridCell::text(format!("{} to {}", signed(most), signed(least))),
            found.map_or_else(|| dash("not known"), |found| GridCell::number(signed(found), found)),
            GridCell::text(word).toned(tone).hinted(why),
        ]);
    }
    (!rows.is_empty()).then(|| Grid {
        key: "expected".to_owned(),
        title: "Memory of the weights: expected and found".to_owned(),
        note: "Expected of the weights against 16 bits, which a baseline without a stated precision is taken for. The memory of a whole GPU follows gpu_memory_utilization instead: what weights \
               save becomes KV cache."
            .to_owned(),
        columns: vec![
            Column::text("variant", "Variant"),
            Column::text("precision", "Precision"),
            Column::text("expected", "Expected"),
            Column::figure("found", "Found", ""),
            Column::text("verdict", "Saved memory"),
        ],
        rows,
        ..Grid::default()
    })
}

/// By panel, series and point: the rows.
type Behind = Vec<Vec<Vec<Vec<usize>>>>;

/// A panel of bars for each of the telling figures, a bar for each variant.
pub(super) fn bars(figures: &[Figure], variants: &[Variant]) -> (Vec<Panel>, Behind) {
    let chosen = DRAWN.iter().filter_map(|keys| {
        let there = |key: &&&str| figures.iter().find(|figure| figure.key == **key && known(figure).len() > 1);
        keys.iter().find_map(|key| there(&key))
    });
    let drawn = |figure: &Figure| {
        let values = known(figure);
        let high = values.iter().map(|(_, value)| value.value).fold(0.0, f64::max);
        let points = values.iter().enumerate().map(|(at, (_, value))| Point::at(value.value, at as f64)).collect();
        let names = values.iter().filter_map(|(at, _)| variants.get(*at)).map(|variant| variant.name.clone()).collect();
        let chart = ChartModel {
            x: AxisModel { range: Some([0.0, high]), ..AxisModel::own(&figure.title, figure.unit, figure.higher) },
            y: AxisModel { ticks: Some(names), ..AxisModel::own("", "", None) },
            series: vec![Series {
                id: figure.key.clone(),
                label: figure.title.clone(),
                style: Style { colour: 0, shape: 0 },
                mark: Mark::Bars(points),
            }],
            ..ChartModel::default()
        };
        let behind = values.iter().map(|(_, value)| value.rows.clone()).collect();
        (Panel { title: String::new(), chart }, vec![behind])
    };
    chosen.map(drawn).unzip()
}

fn known(figure: &Figure) -> Vec<(usize, &Value)> {
    figure.values.iter().enumerate().filter_map(|(at, value)| Some((at, value.as_ref().ok()?))).collect()
}

/// What all compared measurements have in common, in words.
pub(super) fn common(table: &Table, basis: &Basis, by: &str) -> String {
    let rows = basis.all();
    let keys = ["model", "accelerator", "profile", "tp", "gpus"];
    let parts = keys.into_iter().filter(|key| *key != by && table.kind() == Kind::Measurement);
    parts.filter_map(|key| basis::stated(table, &rows, key)).collect::<Vec<_>>().join(", ")
}
