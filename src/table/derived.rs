//! Derived columns, row by row: the workload profile, the GPU count with its origin, derived metrics.

use rustc_hash::FxHashMap;

use super::column::TextColumn;
use super::columns::Columns;
use crate::catalog::{METRICS, Shape, accelerators, profiles};
use crate::record::Stat;
use crate::work::{self, Pace};

/// Adds the derived columns of measurements: the workload profile, the GPU count, derived metrics.
pub fn add(columns: &mut Columns) {
    work::at_once(add_at(columns, Pace::UNBROKEN));
}

/// The same in steps.
pub async fn add_at(columns: &mut Columns, pace: Pace<'_>) {
    dimensions(columns);
    metrics(columns, pace).await;
}

/// Adds the requested load as text, by which rows can be grouped and filtered.
pub fn load_level(columns: &mut Columns) {
    let load = std::mem::take(&mut columns.load);
    let rows = columns.rows;
    let bits = |row| load.get(row).map(f64::to_bits);
    columns.dimension_column("load").fill(rows, bits, |row| load.get(row).map(|load| load.to_string()));
    columns.load = load;
}

/// Adds the derived dimensions.
fn dimensions(columns: &mut Columns) {
    let rows = columns.rows;
    let lengths = ["isl", "osl", "turns"].map(|key| Numbers::of(columns, key));
    let codes = |row| Some(lengths.each_ref().map(|numbers| numbers.code(row)));
    columns.dimension_column("profile").fill(rows, codes, |row| {
        let [isl, osl, turns] = lengths.each_ref().map(|numbers| numbers.get(row).filter(|length| *length >= 0.0));
        profiles::profile(isl, osl, turns)
    });

    let load = std::mem::take(&mut columns.load);
    let paths = std::mem::take(columns.dimension_column("path"));
    let file = |row| Some((paths.code(row)?, load.get(row)?.to_bits()));
    let known = std::mem::take(columns.dimension_column("files"));
    let mut files = known.clone();
    let open = |row| file(row).filter(|_| known.code(row).is_none());
    files.fill(rows, open, |row| without_load(paths.text(row)?, load.get(row)?));
    *columns.dimension_column("files") = files;
    *columns.dimension_column("path") = paths;
    columns.load = load;
    load_level(columns);

    let counts = Counts::new(columns);
    let mut stated = std::mem::take(columns.dimension_column("gpus"));
    let mut basis = std::mem::take(columns.dimension_column("gpus_basis"));
    let devices = std::mem::take(columns.dimension_column("accelerator"));
    let mut known: FxHashMap<_, Option<(String, String)>> = FxHashMap::default();
    for row in 0..rows {
        // A basis without a count means that the file has none, whatever degrees it states.
        match (stated.code(row).is_some(), basis.code(row).is_some()) {
            (true, false) => basis.set(row, "stated in the file"),
            (false, false) => {
                let derived = known.entry((counts.codes(row), devices.code(row))).or_insert_with(|| {
                    let unit = devices.text(row).map_or(Some("GPUs"), accelerators::counted_in)?;
                    let (count, from) = counts.of(row)?;
                    let unit = if unit == "GPUs" { String::new() } else { format!(" ({unit}, not GPUs)") };
                    Some((count.to_string(), format!("derived: {from}{unit}")))
                });
                if let Some((count, from)) = derived {
                    stated.set(row, count);
                    basis.set(row, from);
                }
            }
            _ => {}
        }
    }
    *columns.dimension_column("accelerator") = devices;
    *columns.dimension_column("gpus") = stated;
    *columns.dimension_column("gpus_basis") = basis;
}

/// A path in which a star stands for the load, if a number in it is the load: what the files of all levels have in
/// common. Of several such numbers the last one is the level's.
fn without_load(path: &str, load: f64) -> Option<String> {
    let number = |c: char| c.is_ascii_digit() || c == '.';
    // A word for the load before the number decides over any other.
    let named = |before: &str| {
        let before = before.trim_end_matches(['_', '-', '=', ' ']);
        let word = before.rsplit(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default().to_lowercase();
        ["c", "conc", "concurrency", "qps", "rate", "rps", "users", "load", "level", "parallel", "bs"].contains(&word.as_str())
    };
    let (mut found, mut at, mut sure) = (None, 0, false);
    while let Some(offset) = path[at..].find(|c: char| c.is_ascii_digit()) {
        let start = at + offset;
        let length = path[start..].find(|c| !number(c)).unwrap_or(path.len() - start);
        // The point of an extension is no part of the number.
        let text = path[start..start + length].trim_end_matches('.');
        let is_named = named(&path[..start]);
        if text.parse() == Ok(load) && (is_named || !sure) {
            found = Some((start, start + text.len()));
            sure = is_named;
        }
        at = start + length;
    }
    found.map(|(start, end)| format!("{}*{}", &path[..start], &path[end..]))
}

/// Degrees that multiply within a server, with their names; expert parallelism uses the same GPUs again.
const DEGREES: [(&str, &str); 3] = [("tp", "TP"), ("dp", "DP"), ("pp", "PP")];

/// The texts of a column as numbers: each distinct text is parsed once.
struct Numbers {
    column: TextColumn,
    parsed: Vec<Option<f64>>,
}

impl Numbers {
    fn of(columns: &mut Columns, key: &str) -> Numbers {
        let column = columns.dimension_column(key).clone();
        Numbers { parsed: column.texts().map(|text| text.parse().ok()).collect(), column }
    }

    fn code(&self, row: usize) -> Option<u32> {
        self.column.code(row)
    }

    fn get(&self, row: usize) -> Option<f64> {
        self.parsed.get(self.code(row)? as usize).copied().flatten()
    }
}

/// Inputs of the GPU count: degrees of all servers and of each role, and the number of servers.
struct Counts {
    common: [Numbers; 3],
    replicas: Numbers,
    /// Prefill and decode: servers, and their own degrees.
    roles: [(Numbers, [Numbers; 3]); 2],
}

impl Counts {
    fn new(columns: &mut Columns) -> Counts {
        let mut numbers = |key: &str| Numbers::of(columns, key);
        let common = DEGREES.map(|(key, _)| numbers(key));
        let replicas = numbers("replicas");
        let roles = ["prefill", "decode"].map(|role| (numbers(role), DEGREES.map(|(key, _)| numbers(&format!("{role}_{key}")))));
        Counts { common, replicas, roles }
    }

    /// What a row's count follows from, as codes.
    fn codes(&self, row: usize) -> [Option<u32>; 12] {
        let [(prefill, [a, b, c]), (decode, [d, e, f])] = &self.roles;
        let [tp, dp, pp] = &self.common;
        [tp, dp, pp, &self.replicas, prefill, a, b, c, decode, d, e, f].map(|numbers| numbers.code(row))
    }

    /// A row's GPU count, and how it was derived. A blank degree counts as 1 if another degree is known; with none known the
    /// count is unknown.
    fn of(&self, row: usize) -> Option<(f64, String)> {
        let at = |numbers: &Numbers| numbers.get(row).filter(|number| *number >= 1.0);
        let own = |degrees: &[Numbers; 3]| -> Vec<(f64, &str)> {
            let known = degrees.iter().zip(&self.common).map(|(own, common)| at(own).or_else(|| at(common)));
            known.zip(DEGREES).filter_map(|(degree, (_, name))| Some((degree?, name))).collect()
        };
        let product = |factors: &[(f64, &str)]| factors.iter().map(|(factor, _)| factor).product::<f64>();
        let servers: Vec<(f64, &[Numbers; 3])> =
            self.roles.iter().filter_map(|(count, degrees)| Some((at(count)?, degrees))).collect();
        if !servers.is_empty() {
            // Where servers differ, TP must be known: it is what they differ in.
            let of = |(count, degrees): &(f64, &[Numbers; 3])| {
                let known = own(degrees);
                known.iter().any(|(_, name)| *name == "TP").then(|| count * product(&known))
            };
            let all: Option<Vec<f64>> = servers.iter().map(of).collect();
            return Some((all?.iter().sum(), "prefill and decode servers × their degrees".to_owned()));
        }
        let mut known = own(&self.common);
        if known.is_empty() {
            return None;
        }
        known.extend(at(&self.replicas).map(|replicas| (replicas, "replicas")));
        let names: Vec<&str> = known.iter().map(|(_, name)| *name).collect();
        Some((product(&known), names.join(" × ")))
    }
}

/// Dimensions that formulas divide by.
const COUNTS: [&str; 2] = ["gpus", "allocated_gpus"];

/// Where a formula's input is: a column of figures, or one of [`COUNTS`].
#[derive(Clone, Copy)]
enum Input {
    Figure(usize),
    Count(usize),
}

/// Adds the catalogue's derived metrics where all inputs are known and the file does not state the figure itself.
async fn metrics(columns: &mut Columns, pace: Pace<'_>) {
    let rows = columns.rows;
    let counts = COUNTS.map(|key| Numbers::of(columns, key));
    for (at, metric) in METRICS.iter().enumerate() {
        let Some(derive) = &metric.derive else { continue };
        pace.between(at, METRICS.len()).await;
        for stat in Stat::ALL {
            let fits = match metric.shape {
                Shape::Scalar => stat == Stat::Mean,
                // A spread does not carry through a ratio.
                Shape::Distribution => stat != Stat::Std,
            };
            let column = |key: &str| {
                columns.metrics.iter().position(|(other, s, column)| other == key && *s == stat && !column.is_empty())
            };
            let input = |key: &&str| match COUNTS.iter().position(|count| count == key) {
                Some(at) => Some(Input::Count(at)),
                None => column(key).map(Input::Figure),
            };
            let inputs: Option<Vec<Input>> = derive.inputs.iter().map(input).collect();
            let Some(inputs) = inputs.filter(|_| fits) else { continue };
            let mut target = std::mem::take(columns.metric_column(metric.key, stat));
            let mut values = Vec::with_capacity(inputs.len());
            for row in 0..rows {
                if target.get(row).is_some() {
                    continue;
                }
                values.clear();
                values.extend(inputs.iter().filter_map(|input| match input {
                    Input::Figure(column) => columns.metrics[*column].2.get(row),
                    Input::Count(at) => counts[*at].get(row),
                }));
                if values.len() == inputs.len() {
                    // What two figures contradict each other about is not known.
                    let value = (derive.compute)(&values);
                    target.set(row, if value < 0.0 { f64::NAN } else { value });
                }
            }
            *columns.metric_column(metric.key, stat) = target;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::without_load;

    #[test]
    fn the_load_in_a_name() {
        assert_eq!(without_load("r/isl_128/a_c128.json", 128.0).as_deref(), Some("r/isl_128/a_c*.json"));
        assert_eq!(without_load("r/c4/x.json", 4.0).as_deref(), Some("r/c*/x.json"));
        assert_eq!(without_load("r/conc_8_gpus_16_gen_8.json", 8.0).as_deref(), Some("r/conc_*_gpus_16_gen_8.json"));
        assert_eq!(without_load("r/rate_0.5.csv", 0.5).as_deref(), Some("r/rate_*.csv"));
        assert_eq!(without_load("r/c40/x4a.json", 8.0), None);
    }
}
