//! Many records at once, column by column.
//!
//! A record asks for each of its cells which column it is and whether it is known, is too long, may be a secret, has room. Of
//! records in columns most of that can be asked once. Where it cannot, nothing is added, and they come one by one; a test
//! holds both ways against each other.

use super::super::column::TextColumn;
use super::{Builder, Named, Part, REFUSED, Room, unmasked, unsound};
use crate::record::{Block, DimensionId, Kind, MAX_TEXT_BYTES, MetricId};

impl Builder<'_> {
    /// Adds many records column by column: what [`Sink::record`] does of each, without asking for each cell what its column is.
    /// False, and nothing is added, where a record needs more than that: one for which there may be no room, the first that has
    /// a column, a text that is too long, an infinite figure, a count that is none.
    pub(super) fn add(&mut self, block: &Block<'_>) -> bool {
        let rows = block.lines.len();
        let Some(part) = self.parts.iter().position(|(kind, _)| *kind == block.kind && *kind != Kind::Setting) else {
            return false;
        };
        let texts = block.texts.iter().filter(|text| !text.is_empty()).count();
        let figures = block.figures.iter().filter(|figure| !figure.is_nan()).count();
        let whole = texts + figures <= self.room.cells && rows <= self.room.rows;
        let is_plain = block.texts.iter().all(|text| text.len() <= MAX_TEXT_BYTES)
            && !block.figures.iter().any(|figure| figure.is_infinite())
            && block
                .loads
                .iter()
                .all(|load| load.kind.is_some() == load.value.is_some_and(|value| value.is_finite() && value > 0.0))
            && self.is_sound(block);
        let Part { columns, dimensions, metrics, load_kind } = &mut self.parts[part].1;
        let known = |columns: &[Option<usize>], id: u32| columns.get(id as usize).copied().flatten();
        let is_known = block.identity().all(|(DimensionId(id), texts)| {
            id == REFUSED || known(dimensions, id).is_some() || texts.iter().all(|text| text.is_empty())
        }) && block.samples().all(|(MetricId(id), figures)| {
            id == REFUSED || known(metrics, id).is_some() || figures.iter().all(|figure| figure.is_nan())
        }) && (load_kind.is_some() || block.loads.iter().all(|load| load.kind.is_none()));
        if !(whole && is_plain && is_known) {
            return false;
        }
        self.room = Room { rows: self.room.rows - rows, cells: self.room.cells - texts - figures };
        self.taken += rows;
        let start = columns.rows;
        let about = block.about.min(self.room.rows);
        columns.rows += rows;
        for (DimensionId(id), texts) in block.identity() {
            let Some((at, named)) = known(dimensions, id).zip(self.dimensions.get(id as usize)) else { continue };
            let column = &mut columns.dimensions[at].1;
            column.expect(about, rows);
            if named.guarded {
                let mut last: (&str, bool) = ("", false);
                for (row, text) in (start..).zip(texts) {
                    // Equal neighbours are mostly one and the same text: what became of it is in the row before.
                    match column.code(row.wrapping_sub(1)).filter(|_| row > start && std::ptr::eq(*text, last.0)) {
                        Some(code) => column.set_code(row, code),
                        None => last = (text, guard(&named.key, "", text, row, column)),
                    }
                    self.masked += usize::from(last.1);
                }
            } else {
                column.set_all(start, texts);
            }
        }
        for (MetricId(id), figures) in block.samples() {
            if let Some(at) = known(metrics, id) {
                columns.metrics[at].2.expect(about, rows);
                columns.metrics[at].2.set_all(start, figures);
            }
        }
        for (row, load) in block.loads.iter().enumerate() {
            if let (Some(kind), Some(at)) = (load.kind, *load_kind) {
                columns.dimensions[at].1.set(start + row, kind.key());
            }
            if let Some(value) = load.value {
                columns.load.set(start + row, value);
            }
        }
        columns.lines.extend(block.lines.iter().map(|line| u32::try_from(*line).ok()));
        true
    }
}

impl Builder<'_> {
    /// Whether all counts are such, and no figure is negative that cannot be.
    fn is_sound(&self, block: &Block<'_>) -> bool {
        let counts = |(DimensionId(id), texts): (DimensionId, &[&str])| {
            let Some(Named { least, numeric, .. }) = self.dimensions.get(id as usize) else { return true };
            if least.is_none() && numeric.is_none() {
                return true;
            }
            let mut last = "";
            texts.iter().all(|text| {
                // Equal neighbours are mostly one and the same text.
                let same = std::ptr::eq(*text, last);
                last = text;
                same || (least.is_none_or(|least| unsound::is_count(text, least))
                    && numeric.is_none_or(|numeric| numeric.fits(text)))
            })
        };
        let figures = |(MetricId(id), figures): (MetricId, &[f64])| {
            let domain = self.metrics.get(id as usize).map(|figure| figure.domain);
            domain.is_none_or(|domain| figures.iter().all(|figure| domain.has(*figure)))
        };
        block.identity().all(counts) && block.samples().all(figures)
    }
}

/// Sets a row's text in a guarded dimension; whether it was masked.
fn guard(key: &str, name: &str, text: &str, row: usize, column: &mut TextColumn) -> bool {
    if text.is_empty() {
        return false;
    }
    if let Some(code) = column.find(text).filter(|_| key != "value") {
        column.set_code(row, code);
        return false;
    }
    let open = unmasked(key, name, text, column);
    column.set(row, &open);
    *open != *text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::{Load, LoadKind, Sink, Stat};

    const TEXTS: [&str; 9] = ["", "a", "a", "b", "--api-key sk-0123456789abcdef0123456789", "(masked)", "value", "4", "8"];
    const FIGURES: [f64; 7] = [f64::NAN, 0.0, -0.0, 1.5, 1.5, f64::INFINITY, -1.0];
    const LOADS: [Load; 4] = [
        Load { kind: None, value: None },
        Load::concurrency(8.0),
        Load::MAX,
        Load { kind: Some(LoadKind::Rate), value: Some(2.0) },
    ];

    type Rows = Vec<([usize; 4], [usize; 2], usize)>;

    /// What is built of blocks, taken whole or record by record.
    fn built(whole: bool, blocks: &[Rows], room: Room) -> (Vec<u8>, String) {
        let mut builder = Builder::new(|_| ()).within(room);
        let dimensions = ["model", "runtime_args", "hf_token", "tp"].map(|key| builder.dimension(key));
        let metrics = [builder.metric("ttft", Stat::P50), builder.metric("rps", Stat::Mean)];
        let mut line = 1;
        for rows in blocks {
            let lines: Vec<u64> = rows.iter().map(|_| (line += 1, line).1).collect();
            let texts: Vec<&str> = (0..4).flat_map(|at| rows.iter().map(move |row| TEXTS[row.0[at]])).collect();
            let figures: Vec<f64> = (0..2).flat_map(|at| rows.iter().map(move |row| FIGURES[row.1[at]])).collect();
            let loads: Vec<Load> = rows.iter().map(|row| LOADS[row.2]).collect();
            let (dimensions, metrics) = (&dimensions, &metrics);
            let (kind, lines, texts, figures, loads) = (Kind::Measurement, &lines, &texts, &figures, &loads);
            let block = Block { kind, about: 20, lines, loads, dimensions, texts, metrics, figures };
            if !(whole && builder.block(&block)) {
                block.each(&mut |record| builder.record(record));
            }
        }
        let built = builder.finish("t.csv");
        (built.tables.to_bytes(), format!("{:?} {}", built.diagnostics, built.left_out))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn both_ways_build_the_same(
            blocks in proptest::collection::vec(
                proptest::collection::vec(([0..7_usize, 0..7_usize, 0..7_usize, 0..9_usize], [0..7_usize, 0..5_usize], 0..4_usize), 0..9),
                1..6,
            ),
            cells in 10..400_usize,
        ) {
            let room = Room { cells, ..Room::MOST };
            prop_assert_eq!(built(true, &blocks, room), built(false, &blocks, room));
        }
    }
}
