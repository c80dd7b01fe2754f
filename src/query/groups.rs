//! Grouping of measurements into lines, and their names.

use rustc_hash::{FxHashMap, FxHashSet};

use super::colours::hash;
use super::parallelism::{self, Layouts};
use crate::catalog::folders::run_name;
use crate::catalog::{Role, dimensions};
use crate::record::Kind;
use crate::sorting::Sorting;
use crate::table::{Dimension, Table};

/// The measurements of one line.
#[derive(Clone)]
pub(crate) struct Group {
    /// Stable id, from the values of its identity.
    pub id: String,
    /// Label that distinguishes it from the other groups.
    pub label: String,
    /// Its rows.
    pub rows: Vec<usize>,
}

/// The dimensions that identify a configuration in this table. Includes run folders or files only if two of them
/// measured the same configuration at the same load: then they are two runs to compare, not parts of one. Requests
/// and samples are parts of a run, which is a folder, or a file outside any folder; requests of different loads are no
/// sample of one distribution, so that they are told apart as well.
pub(crate) fn configuration(table: &Table) -> Vec<&str> {
    let keys = table.dimension_keys();
    let mut by: Vec<&str> = keys.into_iter().filter(|key| dimensions::role(key) == Role::Configuration).collect();
    by.extend(table.memo().get(Places, |_| places_apart(table, &by)).iter());
    by
}

/// The key of what [`places_apart`] found.
#[derive(PartialEq, Eq)]
struct Places;

/// The dimension that distinguishes runs of one configuration: folder, file, files but for the load in their names, or none.
fn places_apart(table: &Table, by: &[&str]) -> Vec<&'static str> {
    let repeat = |place: &'static str| {
        let by: Vec<&str> = by.iter().copied().chain((place == "path").then_some("folder")).collect();
        repeat_each_other(table, 0..table.rows(), &by, "path")
    };
    match table.kind() {
        Kind::Request => run(table).into_iter().chain(["load_kind", "load"]).collect(),
        Kind::Sample => run(table),
        _ if !repeat_each_other(table, 0..table.rows(), by, "path") => Vec::new(),
        _ => {
            let place = if repeat("path") { "path" } else { "folder" };
            [place, "files"].into_iter().find(|place| tells_runs_apart(table, by, place)).into_iter().collect()
        }
    }
}

/// Whether a place (file, files, folder) is more than another name of the load: some place has several loads of a
/// configuration, or the configuration has one load only, so that its places are all that can be compared.
fn tells_runs_apart(table: &Table, by: &[&str], place: &str) -> bool {
    let columns: Vec<Dimension<'_>> = by.iter().filter_map(|key| table.dimension(key)).collect();
    let loads: Vec<Dimension<'_>> = ["load_kind", "load"].into_iter().filter_map(|key| table.dimension(key)).collect();
    let Some(place) = table.dimension(place) else { return false };
    let mut configurations = Alike::default();
    // By configuration: its first load, whether there is another, and the load of each place.
    let mut seen: Vec<(u64, bool, FxHashMap<Option<u32>, u64>)> = Vec::new();
    let mut several = false;
    for row in 0..table.rows() {
        let (at, load) = (configurations.class(&columns, row), mix(&loads, row));
        if at == seen.len() {
            seen.push((load, false, FxHashMap::default()));
        }
        let (first, more, places) = &mut seen[at];
        *more |= *first != load;
        several |= *places.entry(place.code(row)).or_insert(load) != load;
    }
    several || seen.iter().any(|(_, more, places)| !more && places.len() > 1)
}

/// The dimensions that distinguish runs, if there are several.
fn run(table: &Table) -> Vec<&'static str> {
    let (folder, path) = (table.dimension("folder"), table.dimension("path"));
    let code = |column: Option<Dimension<'_>>, row: usize| column.and_then(|column| column.code(row));
    let folders: FxHashSet<Option<u32>> = (0..table.rows()).map(|row| code(folder, row)).collect();
    let loose = (0..table.rows()).filter(|row| code(folder, *row).is_none());
    let files: FxHashSet<Option<u32>> = loose.map(|row| code(path, row)).collect();
    let several = [("folder", folders.len() > 1), ("path", files.len() > 1)];
    several.into_iter().filter_map(|(key, several)| several.then_some(key)).collect()
}

/// Whether two places (files or folders) have rows with equal values of these dimensions and equal load.
pub(crate) fn repeat_each_other(table: &Table, mut rows: impl Iterator<Item = usize>, by: &[&str], place: &str) -> bool {
    let Some(place) = table.dimension(place).filter(|place| place.cardinality() > 1) else { return false };
    let columns: Vec<Dimension<'_>> = by.iter().chain(&["load_kind", "load"]).filter_map(|key| table.dimension(key)).collect();
    let mut alike = Alike::default();
    let mut first: Vec<Option<u32>> = Vec::new();
    let load_kind = table.dimension("load_kind");
    rows.any(|row| {
        let at = place.code(row);
        // Without a stated load, a row does not count as a repeat.
        if load_kind.and_then(|kind| kind.code(row)).is_none() {
            return false;
        }
        let class = alike.class(&columns, row);
        if class == first.len() {
            first.push(at);
        }
        first[class] != at
    })
}

/// Classes of rows with equal codes in some columns, numbered as they come.
#[derive(Default)]
struct Alike {
    /// Classes by a mix of their codes, which two may share.
    by_mix: FxHashMap<u64, Vec<usize>>,
    /// The first row of each class.
    firsts: Vec<usize>,
}

impl Alike {
    fn class(&mut self, columns: &[Dimension<'_>], row: usize) -> usize {
        self.class_of(mix(columns, row), row, |a, b| columns.iter().all(|column| column.code(a) == column.code(b)))
    }

    fn class_of(&mut self, mixed: u64, row: usize, same: impl Fn(usize, usize) -> bool) -> usize {
        let candidates = self.by_mix.entry(mixed).or_default();
        if let Some(known) = candidates.iter().copied().find(|class| same(self.firsts[*class], row)) {
            return known;
        }
        candidates.push(self.firsts.len());
        self.firsts.push(row);
        self.firsts.len() - 1
    }
}

/// A 64-bit mix of a row's codes, which different rows can share.
fn mix(columns: &[Dimension<'_>], row: usize) -> u64 {
    columns.iter().fold(0x9e37_79b9_7f4a_7c15, |mixed: u64, column| {
        let code = column.code(row).map_or(0, |code| u64::from(code) + 1);
        (mixed ^ code).wrapping_mul(0xff51_afd7_ed55_8ccd).rotate_left(29)
    })
}

/// Whether rows differ in a dimension; missing differs from any value.
pub(crate) fn differs(table: &Table, rows: impl IntoIterator<Item = usize>, key: &str) -> bool {
    let Some(column) = table.dimension(key) else { return false };
    let mut codes = rows.into_iter().map(|row| column.code(row));
    let first = codes.next();
    codes.any(|code| Some(code) != first)
}

/// Groups rows by the values of some dimensions, sorted by these dimensions.
pub(crate) fn group(table: &Table, rows: &[usize], by: &[&str]) -> Vec<Group> {
    let key = (rows.to_vec(), by.iter().map(|key| (*key).to_owned()).collect::<Vec<String>>());
    table.memo().get(key, |_| grouped(table, rows, by)).to_vec()
}

fn grouped(table: &Table, rows: &[usize], by: &[&str]) -> Vec<Group> {
    let classes = classes(table, rows, by);
    let firsts: Vec<usize> = classes.iter().map(|rows| rows[0]).collect();
    let names = names(table, &firsts, by).into_iter();
    names.zip(classes).map(|(Name { id, label }, rows)| Group { id, label, rows }).collect()
}

fn columns<'a>(table: &'a Table, by: &[&'a str]) -> Vec<(&'a str, Dimension<'a>)> {
    by.iter().filter_map(|key| Some((*key, table.dimension(key)?))).collect()
}

/// Rows by equal values of some dimensions, sorted by these dimensions; no class is empty.
pub(crate) fn classes(table: &Table, rows: &[usize], by: &[&str]) -> Vec<Vec<usize>> {
    let columns = columns(table, by);
    let only: Vec<Dimension<'_>> = columns.iter().map(|(_, column)| *column).collect();
    let mut alike = Alike::default();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for row in rows {
        let at = alike.class(&only, *row);
        if at == groups.len() {
            groups.push(Vec::new());
        }
        groups[at].push(*row);
    }
    let places: Vec<_> = columns.iter().map(|(key, column)| (column, places(key, *column, &groups))).collect();
    // Missing values come last.
    let place = |group: &Vec<usize>, (column, places): &(&Dimension<'_>, FxHashMap<u32, u32>)| {
        group.first().and_then(|row| places.get(&column.code(*row)?)).copied().unwrap_or(u32::MAX)
    };
    groups.order_by_cached_key(|group| places.iter().map(|of| place(group, of)).collect::<Vec<u32>>());
    groups
}

/// What a group is called.
pub(crate) struct Name {
    /// Stable id, from the values of its identity.
    pub id: String,
    /// Label that distinguishes it from the other groups.
    pub label: String,
}

/// The names of groups among each other, by one row of each.
pub(crate) fn names(table: &Table, firsts: &[usize], by: &[&str]) -> Vec<Name> {
    let columns = columns(table, by);
    let distinguishing = distinguishing(&columns, firsts);
    let identity = |row: usize| {
        let pairs = columns.iter().filter_map(|(key, column)| Some(format!("{key}={}", column.text(row)?)));
        pairs.collect::<Vec<_>>().join("|")
    };
    // Prefill and decode servers share one label: `1P-TP8 2D-TP4`.
    let apart = distinguishing
        .iter()
        .any(|(key, _)| parallelism::KEYS.contains(key) && (key.starts_with("prefill") || key.starts_with("decode")));
    let layouts = Layouts::new(table);
    // Omit missing values and the folders of a file if the name is unique without them.
    let name = |row: usize, full: bool| {
        let layout = (apart && !full).then(|| layouts.of(row)).filter(|layout| layout.split.is_some());
        let laid_out = layout.map(|layout| layout.label).unwrap_or_default();
        let in_layout_label = |key: &str| !laid_out.is_empty() && parallelism::KEYS.contains(&key);
        let at = distinguishing.iter().position(|(key, _)| in_layout_label(key));
        let parts = distinguishing.iter().enumerate().filter_map(|(place, (key, column))| {
            let text = column.text(row);
            match (at, in_layout_label(key)) {
                (Some(at), true) => (at == place).then(|| laid_out.clone()),
                _ => (full || text.is_some()).then(|| part(key, text, full)),
            }
        });
        parts.collect::<Vec<_>>().join(" · ")
    };
    let short: Vec<String> = firsts.iter().map(|row| name(*row, false)).collect();
    let mut taken: FxHashMap<&str, usize> = FxHashMap::default();
    for label in &short {
        *taken.entry(label).or_default() += 1;
    }
    // One that states none of what tells the others apart is called by its run's folder where it is the only one there, else by
    // its file, rather than by what it lacks.
    let [path, folder] = ["path", "folder"].map(|key| table.dimension(key));
    let own = |row: usize| {
        let code = folder.and_then(|folder| folder.code(row))?;
        let alone = firsts.iter().filter(|other| folder.and_then(|folder| folder.code(**other)) == Some(code)).count() == 1;
        folder.filter(|_| alone && firsts.len() > 1).map(|folder| run_name(folder.value(code))).filter(|name| !name.is_empty())
    };
    let file = |row: usize| {
        let named = own(row).or_else(|| path.and_then(|path| path.text(row)).map(last_part));
        named.filter(|name| !taken.contains_key(name))
    };
    let label = |(row, short): (&usize, &String)| {
        let label = match taken[short.as_str()] {
            1 if short.is_empty() => file(*row).map_or_else(|| name(*row, true), str::to_owned),
            1 => short.clone(),
            _ => name(*row, true),
        };
        Name { id: id(&identity(*row)), label }
    };
    firsts.iter().zip(&short).map(label).collect()
}

/// Rank of each value of the groups in a dimension's order, by code; equal values share a rank. Compares texts
/// once instead of for every pair of groups.
fn places(key: &str, column: Dimension<'_>, groups: &[Vec<usize>]) -> FxHashMap<u32, u32> {
    let used: FxHashSet<u32> = groups.iter().filter_map(|group| column.code(*group.first()?)).collect();
    let mut codes: Vec<u32> = used.into_iter().collect();
    codes.order_by(|a, b| dimensions::compare(key, column.value(*a), column.value(*b)));
    let (mut place, mut before) = (0, None);
    let mut next = |code: u32| {
        let text = column.value(code);
        if before.replace(text).is_some_and(|before| dimensions::compare(key, before, text).is_ne()) {
            place += 1;
        }
        (code, place)
    };
    codes.into_iter().map(&mut next).collect()
}

/// The id of a group with identity `key=value|…`, without missing values.
pub(crate) fn id(identity: &str) -> String {
    format!("{:08x}", hash(identity) as u32)
}

fn part(key: &str, value: Option<&str>, full: bool) -> String {
    match value {
        Some(value) if key == "load" => format!("load {}", dimensions::display(key, value)),
        Some(value) if key == "folder" && !full => run_name(value).to_owned(),
        Some(value) if key == "model" || (matches!(key, "path" | "files") && !full) => last_part(value).to_owned(),
        Some(value) => dimensions::display(key, value),
        None => format!("{} not stated", dimensions::label(key)),
    }
}

/// A model's name without its organization, or a file's without its folders.
fn last_part(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, last)| last)
}

/// The dimensions that distinguish groups: in order, each that splits groups equal in the previous ones.
fn distinguishing<'a, 'b>(columns: &'b [(&'a str, Dimension<'a>)], firsts: &[usize]) -> Vec<&'b (&'a str, Dimension<'a>)> {
    let mut classes = vec![0; firsts.len()];
    let mut count = 1;
    let mut distinguishing = Vec::new();
    for named in columns {
        let mut numbers: FxHashMap<(usize, Option<u32>), usize> = FxHashMap::default();
        let split = firsts.iter().zip(&classes).map(|(row, class)| {
            let next = numbers.len();
            *numbers.entry((*class, named.1.code(*row))).or_insert(next)
        });
        let finer: Vec<usize> = split.collect();
        if numbers.len() > count {
            distinguishing.push(named);
            (classes, count) = (finer, numbers.len());
        }
    }
    if distinguishing.is_empty() {
        distinguishing.extend(
            columns.iter().filter(|(key, column)| {
                matches!(*key, "model" | "version") && firsts.iter().all(|row| column.code(*row).is_some())
            }),
        );
    }
    if distinguishing.is_empty() {
        distinguishing.extend(columns.iter().take(1));
    }
    distinguishing
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Load, Place, Record, Sample, Sink, Stat};
    use crate::table::{Builder, Columns, derived};

    fn lines(files: &[(&str, f64)]) -> Vec<usize> {
        let mut builder = Builder::new(|_| ());
        let path = builder.dimension("path");
        for (name, load) in files {
            let identity = [(path, *name)];
            let samples = [Sample { metric: builder.metric("rps", Stat::Mean), value: 1.0 }];
            let (place, load) = (Place::File, Load::concurrency(*load));
            builder.record(Record { kind: Kind::Measurement, place: &place, load, identity: &identity, samples: &samples });
        }
        let tables = builder.finish("").tables;
        let mut columns = Columns::new(Kind::Measurement);
        columns.append(tables.get(Kind::Measurement).expect("measurements"));
        derived::add(&mut columns);
        let table = columns.finish().expect("a table");
        let rows: Vec<usize> = (0..table.rows()).collect();
        let mut sizes: Vec<usize> = group(&table, &rows, &configuration(&table)).iter().map(|group| group.rows.len()).collect();
        sizes.sort_unstable();
        sizes
    }

    #[test]
    fn names_that_follow_the_load_do_not_split_a_line() {
        assert_eq!(lines(&[("c4.json", 4.0), ("c8.json", 8.0)]), [2]);
        assert_eq!(lines(&[("a_c4.json", 4.0), ("a_c8.json", 8.0), ("b_c4.json", 4.0), ("b_c8.json", 8.0)]), [2, 2]);
        assert_eq!(lines(&[("old.json", 4.0), ("new.json", 4.0)]), [1, 1]);
        assert_eq!(lines(&[("old.json", 4.0), ("old.json", 8.0), ("new.json", 4.0), ("new.json", 8.0)]), [2, 2]);
        assert_eq!(lines(&[("x4.json", 4.0), ("x8.json", 8.0), ("again.json", 4.0)]), [1, 2]);
    }

    #[test]
    fn rows_whose_mixes_collide_stay_apart() {
        let codes = [1, 2, 1, 3, 2];
        let mut alike = Alike::default();
        let classes: Vec<usize> = (0..codes.len()).map(|row| alike.class_of(0, row, |a, b| codes[a] == codes[b])).collect();
        assert_eq!(classes, [0, 1, 0, 2, 1]);
    }
}
