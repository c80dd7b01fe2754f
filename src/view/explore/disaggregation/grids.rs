//! The tables: all scenarios, the configurations of the shown scenario, and its frontier.

use super::configs::Config;
use super::draw::ChartInput;
use super::measure::Measure;
use super::scenario::{SCENARIO, Scenario};
use super::sweep::Point;
use crate::catalog::number;
use crate::comparison::pairing::loads;
use crate::query::axes;
use crate::query::deep_links::DeepLinks;
use crate::query::listing::Layout;
use crate::query::parallelism::{Deployment, Layouts};
use crate::sorting::Sorting;
use crate::state::link;
use crate::table::Table;
use crate::view_model::{Card, Column, Evidence, Grid, GridCell, Tone};

fn count(count: usize) -> GridCell {
    GridCell::number(count.to_string(), count as f64)
}

/// Every scenario, most measurements first.
pub(super) fn scenarios(scenarios: &[Scenario], shown: usize, input: &ChartInput<'_>, layout: Layout<'_>) -> Grid {
    let row = |(at, scenario): (usize, &Scenario)| {
        let target = input.state.clone().with_option(SCENARIO, &[&scenario.key()]);
        let named = |name: &str| if name.is_empty() { "not stated".to_owned() } else { name.to_owned() };
        let [model, accelerator] = &scenario.names;
        vec![
            GridCell::text(named(model)).linked(link::encode(&target)),
            GridCell::text(named(accelerator)),
            GridCell::text(scenario.length(0)),
            GridCell::text(scenario.length(1)),
            count(scenario.rows.len()),
            GridCell::text(if at == shown { "shown" } else { "" }),
        ]
    };
    layout.list(
        Grid {
            key: "scenarios".to_owned(),
            title: "Scenarios".to_owned(),
            note: "One model, one accelerator, one ISL and OSL. ≈ marks measured means.".to_owned(),
            columns: vec![
                Column::text("model", "Model"),
                Column::text("accelerator", "Accelerator"),
                Column::text("isl", "ISL"),
                Column::text("osl", "OSL"),
                Column::figure("measurements", "Measurements", ""),
                Column::text("shown", ""),
            ],
            ..Grid::default()
        },
        scenarios,
        |at, one, _| row((at, one)),
    )
}

/// Shared inputs of the tables of one scenario.
pub(super) struct Tables<'a> {
    pub table: &'a Table,
    pub input: &'a ChartInput<'a>,
    /// Links to the measurements of a configuration, by its depth.
    pub deep_links: &'a [DeepLinks<'a>],
    /// The SLO as text.
    pub limits: &'a str,
}

impl Tables<'_> {
    /// Link to the measurements of a configuration that match this row.
    fn link_to(&self, config: Option<&Config>, row: usize) -> String {
        let deep_links = config.and_then(|config| self.deep_links.get(config.depth));
        deep_links.map(|deep_links| deep_links.to("explore", row)).unwrap_or_default()
    }

    /// Every configuration of the scenario.
    pub(super) fn configurations(&self, layout: Layout<'_>) -> Grid {
        let (user_metric, throughput) = (self.input.user_metric, self.input.throughput);
        let mut columns = vec![
            Column::text("configuration", "Configuration"),
            Column::text("kind", "Deployment"),
            Column::figure("gpus", "GPUs", ""),
            Column::text("levels", "Load levels"),
            Column::figure("measurements", "Measurements", ""),
        ];
        for (key, what) in [("felt", user_metric), ("gain", throughput)] {
            columns.push(Column::figure(key, &format!("Best {}", what.title()), axes::unit(&what.axis)));
            columns.push(Column::figure(&format!("{key}_load"), "at load", ""));
        }
        columns.push(Column::figure("kept", "Highest load within the SLO", ""));
        columns.push(Column::figure("front", "On the frontier", "points"));
        let row = |(at, config): (usize, &Config)| {
            let points: Vec<&Point> = self.input.sweep.of(at).collect();
            let mut levels: Vec<f64> = points.iter().filter_map(|point| point.load).collect();
            levels.order_by(f64::total_cmp);
            levels.dedup();
            let mut row = vec![
                GridCell::text(&config.group.label)
                    .linked(self.link_to(Some(config), config.first()))
                    .hinted("Show its measurements"),
                deployment(config),
                self.gpus(config),
                GridCell::text(loads(&levels)),
                count(config.group.rows.len()),
            ];
            row.extend(best(user_metric, &points, |point| point.at.0));
            row.extend(best(throughput, &points, |point| point.at.1));
            let kept = points.iter().filter(|point| point.complies).filter_map(|point| point.load).max_by(f64::total_cmp);
            row.push(match kept {
                Some(load) => GridCell::figure(Some(load)),
                None => GridCell::default().toned(Tone::Worse).hinted(format!("No load level meets {}", self.limits)),
            });
            row.push(count(self.input.sweep.on_front(at)));
            row
        };
        let configs = self.input.configs;
        layout.list(
            Grid {
                key: "configurations".to_owned(),
                title: "Configurations".to_owned(),
                note: format!("Best values are from load levels within {}.", self.limits),
                columns,
                ..Grid::default()
            },
            configs,
            |at, one, _| row((at, one)),
        )
    }

    /// The GPU count of all servers of a configuration.
    fn gpus(&self, config: &Config) -> GridCell {
        let text = |key: &str| self.table.dimension(key).and_then(|column| column.text(config.first())).unwrap_or_default();
        match text("gpus").parse::<f64>() {
            Ok(gpus) => GridCell::number(number::exact(gpus), gpus).hinted(text("gpus_basis").to_owned()),
            Err(_) => {
                GridCell::text("unknown").toned(Tone::Doubt).hinted("No file states the GPU count, so nothing is shown per GPU")
            }
        }
    }

    /// Every point of the frontier.
    pub(super) fn frontier(&self, layout: Layout<'_>) -> Grid {
        let (user_metric, throughput) = (self.input.user_metric, self.input.throughput);
        let row = |point: &Point| {
            let config = self.input.configs.get(point.config);
            let label = config.map(|config| config.group.label.clone()).unwrap_or_default();
            let name = GridCell::text(label);
            let name = match point.rows.first() {
                Some(row) => name.linked(self.link_to(config, *row)),
                None => name,
            };
            vec![
                name,
                GridCell::figure(point.load),
                GridCell::figure(Some(point.at.0)),
                GridCell::figure(Some(point.at.1)),
                count(point.rows.len()),
            ]
        };
        let heading = Grid {
            key: "frontier".to_owned(),
            title: "Overall frontier".to_owned(),
            note: format!(
                "No other load level within {} is at least as good in both metrics and better in one. Ties are kept.",
                self.limits
            ),
            columns: vec![
                Column::text("configuration", "Configuration"),
                Column::figure("load", "Load", ""),
                Column::figure("felt", &user_metric.title(), axes::unit(&user_metric.axis)),
                Column::figure("gain", &throughput.title(), axes::unit(&throughput.axis)),
                Column::figure("measurements", "Measurements", ""),
            ],
            ..Grid::default()
        };
        let best: Vec<&Point> = self.input.sweep.best().collect();
        layout.list(heading, &best, |_, point, _| row(point))
    }

    /// The prefill and decode servers of disaggregated deployments; `None` without any.
    pub(super) fn ratios(&self) -> Option<Grid> {
        let (throughput, layouts) = (self.input.throughput, Layouts::new(self.table));
        let row = |(at, config): (usize, &Config)| {
            let [prefill, decode] = layouts.of(config.first()).split?;
            let over = |a: Option<f64>, b: Option<f64>| a.zip(b).filter(|(_, b)| *b > 0.0).map(|(a, b)| a / b);
            let points: Vec<&Point> = self.input.sweep.of(at).collect();
            let mut row = vec![
                GridCell::text(&config.group.label).linked(self.link_to(Some(config), config.first())),
                GridCell::figure(prefill.count),
                GridCell::figure(decode.count),
                GridCell::figure(over(prefill.count, decode.count)),
                GridCell::figure(prefill.gpus),
                GridCell::figure(decode.gpus),
                GridCell::figure(over(prefill.gpus, decode.gpus)),
            ];
            row.extend(best(throughput, &points, |point| point.at.1));
            Some(row)
        };
        let rows: Vec<Vec<GridCell>> = self.input.configs.iter().enumerate().filter_map(row).collect();
        let mut columns = vec![
            Column::text("configuration", "Configuration"),
            Column::figure("prefill", "Prefill servers", ""),
            Column::figure("decode", "Decode servers", ""),
            Column::figure("servers", "Prefill ÷ decode servers", ""),
            Column::figure("prefill_gpus", "Prefill GPUs", ""),
            Column::figure("decode_gpus", "Decode GPUs", ""),
            Column::figure("gpus", "Prefill ÷ decode GPUs", ""),
        ];
        columns.push(Column::figure("gain", &format!("Best {}", throughput.title()), axes::unit(&throughput.axis)));
        columns.push(Column::figure("gain_load", "at load", ""));
        (!rows.is_empty()).then(|| Grid {
            key: "ratios".to_owned(),
            title: "Prefill:decode ratios".to_owned(),
            note: "Servers and GPUs of each side. Expert parallelism reuses the same GPUs.".to_owned(),
            columns,
            rows,
            ..Grid::default()
        })
    }

    /// The ends of the frontier.
    pub(super) fn cards(&self) -> Vec<Card> {
        let figures: [Figure<'_>; 2] =
            [(self.input.user_metric, |point| point.at.0), (self.input.throughput, |point| point.at.1)];
        let end = |(of, value): &Figure<'_>| {
            let point = best_of(of, self.input.sweep.best(), *value)?;
            let label = self.input.configs.get(point.config).map(|config| config.group.label.clone()).unwrap_or_default();
            let load = point.load.map(|load| format!(" at load {}", number::exact(load))).unwrap_or_default();
            let others = figures.iter().filter(|(other, _)| other.axis != of.axis);
            let beside = others.map(|(other, value)| Evidence {
                text: format!("{} {} there", other.title(), other.with_unit(value(point))),
                link: point.rows.first().map(|row| self.link_to(self.input.configs.get(point.config), *row)),
                ..Evidence::default()
            });
            Some(Card {
                label: format!("Best {}", of.title()),
                value: of.with_unit(value(point)),
                detail: format!("{label}{load}"),
                method: format!("The best load level within {}, over all configurations shown.", self.limits),
                evidence: beside.collect(),
                ..Card::default()
            })
        };
        figures.iter().filter_map(end).collect()
    }
}

/// The deployment kind of a configuration.
fn deployment(config: &Config) -> GridCell {
    match config.layout.deployment() {
        Deployment::Split => GridCell::text("P/D disaggregated"),
        Deployment::Whole => GridCell::text("standalone"),
        Deployment::Unknown => GridCell::text("not stated").toned(Tone::Doubt).hinted("No file states its layout"),
    }
}

/// A metric, and its value of a point.
type Figure<'a> = (&'a Measure<'a>, fn(&Point) -> f64);

/// The point with the best value; the first on ties.
fn best_of<'p>(of: &Measure<'_>, points: impl IntoIterator<Item = &'p Point>, value: fn(&Point) -> f64) -> Option<&'p Point> {
    points.into_iter().fold(None, |best: Option<&Point>, point| match best {
        Some(best) if of.best(value(best), value(point)) == value(best) => Some(best),
        _ => Some(point),
    })
}

/// The best value of the eligible points, and its load.
fn best(of: &Measure<'_>, points: &[&Point], value: fn(&Point) -> f64) -> [GridCell; 2] {
    let found = best_of(of, points.iter().copied().filter(|point| point.complies), value);
    [GridCell::figure(found.map(value)), GridCell::figure(found.and_then(|point| point.load))]
}
