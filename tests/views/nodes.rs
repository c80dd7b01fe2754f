//! Nodes: workers over time.

use inferscope::state::Zoom;
use inferscope::view::{Mark, Panel, STRIDE, Series, ViewModel};

use crate::serving_run::{decode, engine_of, prefill, run};
use crate::{cell, grid, number, same, show, state};

#[test]
fn debug_default() {
    for view in ["nodes", "rate-match"] {
        let mut engine = engine_of(&run("outputs/1001"));
        let model = show(&mut engine, &state(view, &[], &[]));
        for card in &model.cards {
            println!("{card:#?}");
        }
        println!("{}\n{:#?}\n{:?}", model.sentence, model.notes, model.empty);
        for control in &model.controls {
            println!("{control:?}");
        }
        for panel in &model.panels {
            println!("== {} | {} ({}) {:?}", panel.title, panel.chart.y.title, panel.chart.y.unit, panel.chart.x.range);
            for series in &panel.chart.series {
                println!("  {} {:?} {} {:?}", series.label, series.mark, series.points.len() / STRIDE, &series.points[..8]);
            }
        }
        for entry in &model.legend {
            println!("{entry:?}");
        }
        for grid in &model.grids {
            println!("{} {:?}", grid.title, grid.columns.iter().map(|c| &c.key).collect::<Vec<_>>());
            for row in &grid.rows {
                println!("  {:?}", row.iter().map(|c| c.cell.text.clone()).collect::<Vec<_>>());
            }
        }
    }
}
