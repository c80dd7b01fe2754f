//! Time since the start of a run. Records of one folder count from its first record, so that workers share an axis.

use std::collections::BTreeMap;

use crate::record::Stat;
use crate::table::Columns;

/// Sets the seconds since the first record of the folder (of the file, for loose files) on every record with a clock time.
pub(super) fn elapsed(columns: &mut Columns) {
    let groups = columns.distinct(["folder", "path"]);
    let clock = |columns: &Columns, row: usize| columns.figure("time", Stat::Mean, row);
    let mut starts: BTreeMap<String, f64> = BTreeMap::new();
    let run = |folder: &Option<String>, path: &Option<String>| folder.clone().or_else(|| path.clone()).unwrap_or_default();
    for ([folder, path], rows) in &groups {
        let first = rows.iter().filter_map(|row| clock(columns, *row)).reduce(f64::min);
        if let Some(first) = first {
            let start = starts.entry(run(folder, path)).or_insert(first);
            *start = start.min(first);
        }
    }
    for ([folder, path], rows) in groups {
        let Some(start) = starts.get(&run(&folder, &path)) else { continue };
        for row in rows {
            if let (Some(time), None) = (clock(columns, row), columns.figure("elapsed", Stat::Mean, row)) {
                columns.set_figure("elapsed", Stat::Mean, row, time - start);
            }
        }
    }
}
