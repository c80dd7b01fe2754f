//! Whether two measurements can be one by what they state of themselves. Tools call things by different names and state
//! different things, so only what both state counts, and only where a difference cannot be one of spelling.
//!
//! Texts are read once: [`Identity`] gives each a number, and texts of one meaning the same, so that comparing the rows of
//! large tables looks at no text.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHashMap;

use super::about::Window;
use crate::catalog::{accelerators, dimensions, models};
use crate::table::Columns;

/// Dimensions whose values are fixed words or lengths: two different ones are two configurations. So are two degrees, but
/// tools count GPUs differently: those that work, or those that are allocated.
const EXACT: [&str; 7] = ["isl", "osl", "precision", "quantization", "spec_decoding", "framework", "label"];

/// What says where a row is, or what was found out about it.
const PLACES: [&str; 6] = ["path", "folder", "files", "described_by", "also_in", "user_given"];

/// What each conversion makes anew; what is compared by its meaning.
const OTHERS: [&str; 4] = ["run_id", "model", "accelerator", "version"];

/// What the rows of a table state of themselves, as numbers.
pub(super) struct Identity {
    /// Compared between any two rows.
    always: Vec<Stated>,
    /// Compared as well between rows of one tool and one layout.
    siblings: Vec<Stated>,
    /// The dimension that says what others say of a row, and by its codes the dimensions that it names.
    described: Option<(usize, Vec<Vec<usize>>)>,
    /// Versions, whose products and numbers are compared between rows of one tool and one layout.
    versions: Option<Versions>,
    /// Every dimension that does not say where a row is.
    all: Vec<usize>,
    tool: Option<usize>,
    /// The dimension with the paths, and by its codes a number for the ending of the name.
    endings: Option<(usize, Vec<u32>)>,
    /// The dimensions of start and end.
    times: [Option<usize>; 2],
    /// When each row was measured.
    windows: Vec<Option<Window>>,
    /// For each row a number for the columns in which it has figures.
    layouts: Vec<u32>,
    known_layouts: FxHashMap<Vec<u64>, u32>,
}

/// A dimension, and what its texts mean.
struct Stated {
    column: usize,
    /// By code.
    meanings: Vec<u32>,
    /// By code: what must be equal for two meanings to differ at all. Of versions it is the product.
    subjects: Option<Vec<u32>>,
}

/// The versions of rows, by code: the product, which may be empty, and the number.
struct Versions {
    column: usize,
    read: Vec<(String, String)>,
}

impl Versions {
    fn new(columns: &Columns) -> Option<Versions> {
        let column = columns.dimension_at("version")?;
        let number = |text: &str| text.find(|c: char| c.is_ascii_digit()).map_or("", |at| &text[at..]).to_ascii_lowercase();
        let read = columns.texts_at(column).map(|text| (product(text), number(text))).collect();
        Some(Versions { column, read })
    }

    /// Whether both state a version and these cannot be one: `v1` and `vLLM-1` can.
    fn differ(&self, columns: &Columns, a: usize, b: usize) -> bool {
        let of = |row: usize| self.read.get(columns.code_at(self.column, row)? as usize);
        of(a).zip(of(b)).is_some_and(|(a, b)| a.1 != b.1 || (a.0 != b.0 && !a.0.is_empty() && !b.0.is_empty()))
    }
}

/// Numbers of values: equal ones have the same.
struct Numbers<K>(FxHashMap<K, u32>);

impl<K: Eq + Hash> Numbers<K> {
    fn new() -> Numbers<K> {
        Numbers(FxHashMap::default())
    }

    fn of(&mut self, value: K) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(value).or_insert(next)
    }
}

/// The numbers of all texts of a dimension, by what `meaning` makes of them.
fn numbers<K: Eq + Hash>(columns: &Columns, column: usize, meaning: impl FnMut(&str) -> K) -> Vec<u32> {
    let mut numbers = Numbers::new();
    columns.texts_at(column).map(meaning).map(|meaning| numbers.of(meaning)).collect()
}

impl Stated {
    fn new<K: Eq + Hash>(columns: &Columns, key: &str, meaning: impl FnMut(&str) -> K) -> Option<Stated> {
        let column = columns.dimension_at(key)?;
        Some(Stated { column, meanings: numbers(columns, column, meaning), subjects: None })
    }

    fn differ(&self, columns: &Columns, a: usize, b: usize) -> bool {
        let Some((a, b)) = columns.code_at(self.column, a).zip(columns.code_at(self.column, b)) else { return false };
        if a == b {
            return false;
        }
        let equal = |of: &[u32]| of.get(a as usize) == of.get(b as usize);
        !equal(&self.meanings) && self.subjects.as_deref().is_none_or(equal)
    }
}

impl Identity {
    /// Of all rows.
    pub(super) fn new(columns: &Columns) -> Identity {
        let exact = EXACT.iter().chain(dimensions::COUNTS.iter().filter(|key| **key != "gpus"));
        let mut always: Vec<Stated> = exact.clone().filter_map(|key| Stated::new(columns, key, value)).collect();
        always.extend(Stated::new(columns, "model", models::folded));
        always.extend(Stated::new(columns, "accelerator", |name| accelerators::canonical(name).to_owned()));
        always.extend(Stated::new(columns, "version", str::to_ascii_lowercase).map(|stated| {
            let subjects = Some(numbers(columns, stated.column, product));
            Stated { subjects, ..stated }
        }));
        let others = columns
            .dimension_keys()
            .filter(|key| !OTHERS.contains(key) && !PLACES.contains(key) && !exact.clone().any(|other| other == key));
        let siblings: Vec<Stated> = others.filter_map(|key| Stated::new(columns, key, value)).collect();
        let described = columns.dimension_at("described_by").map(|column| {
            let mut labels: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
            for (at, key) in columns.dimension_keys().enumerate() {
                labels.entry(dimensions::label(key)).or_default().push(at);
            }
            let named =
                |by: &str| by.split([':', ';', ',']).filter_map(|part| labels.get(part.trim())).flatten().copied().collect();
            (column, columns.texts_at(column).map(named).collect())
        });
        let ending = |path: &str| super::name(path).rsplit_once('.').map(|(_, end)| end.to_lowercase());
        let mut identity = Identity {
            always,
            siblings,
            described,
            versions: Versions::new(columns),
            all: columns.dimension_keys().enumerate().filter(|(_, key)| !PLACES.contains(key)).map(|(at, _)| at).collect(),
            tool: columns.dimension_at("tool"),
            endings: columns.dimension_at("path").map(|column| (column, numbers(columns, column, ending))),
            times: ["start_time", "end_time"].map(|key| columns.dimension_at(key)),
            windows: Vec::new(),
            layouts: Vec::new(),
            known_layouts: FxHashMap::default(),
        };
        identity.windows = (0..columns.rows()).map(|row| identity.window(columns, row)).collect();
        identity.layouts = (0..columns.rows()).map(|row| identity.layout(columns, row)).collect();
        identity
    }

    /// Reads a row again, which another completed.
    pub(super) fn read_again(&mut self, columns: &Columns, row: usize) {
        self.windows[row] = self.window(columns, row);
        self.layouts[row] = self.layout(columns, row);
    }

    fn window(&self, columns: &Columns, row: usize) -> Option<Window> {
        let text = |column: Option<usize>| columns.text_at(column?, row);
        let [start, end] = self.times.map(text);
        let end = end?;
        Window::read(start.unwrap_or(end), end)
    }

    fn layout(&mut self, columns: &Columns, row: usize) -> u32 {
        let mut set = vec![0_u64; columns.figure_count().div_ceil(64)];
        for (column, _) in columns.figures(row) {
            set[column / 64] |= 1 << (column % 64);
        }
        let next = self.known_layouts.len() as u32;
        *self.known_layouts.entry(set).or_insert(next)
    }

    /// Whether two rows cannot be the same measurement: by what both state themselves, or what descriptions say of both. What
    /// one states and a description says of the other is not compared: the description may be of the folder as a whole. Files of
    /// one tool and one layout write everything in one way; others count the GPUs that work or those that are allocated, call
    /// data sets differently, and their clocks have other zones.
    pub(super) fn contradict(&self, columns: &Columns, a: usize, b: usize) -> bool {
        let differ = |stated: &Stated| stated.differ(columns, a, b) && self.is_stated_alike(columns, stated.column, a, b);
        self.always.iter().any(differ)
            || (self.are_siblings(columns, a, b) && (self.siblings.iter().any(differ) || self.versions_differ(columns, a, b)))
            || self.windows[a].zip(self.windows[b]).is_some_and(|(a, b)| a.is_apart(b))
    }

    fn versions_differ(&self, columns: &Columns, a: usize, b: usize) -> bool {
        let differ = |of: &Versions| of.differ(columns, a, b) && self.is_stated_alike(columns, of.column, a, b);
        self.versions.as_ref().is_some_and(differ)
    }

    /// What two rows that do not contradict each other state differently nevertheless, as `label this, that`: the version, the
    /// run, the organisation of the model.
    pub(super) fn differing(&self, columns: &Columns, a: usize, b: usize) -> Vec<String> {
        let mut found = Vec::new();
        let mut add = |key: &str, differ: &dyn Fn(&str, &str) -> bool| {
            let both = columns.text(key, a).zip(columns.text(key, b));
            if let Some((a, b)) = both.filter(|(a, b)| differ(&a.to_lowercase(), &b.to_lowercase())) {
                found.push(format!("{} {a}, {b}", dimensions::label(key)));
            }
        };
        add("model", &|a, b| !a.ends_with(b) && !b.ends_with(a));
        if self.versions_differ(columns, a, b) {
            add("version", &|_, _| true);
        }
        add("run", &|a, b| a != b);
        found
    }

    /// Hashes what a row states, but for where it is, and what kind of file it is in.
    pub(super) fn hash(&self, columns: &Columns, row: usize, hasher: &mut impl Hasher) {
        self.all.iter().for_each(|at| columns.code_at(*at, row).hash(hasher));
        self.ending(columns, row).hash(hasher);
    }

    fn ending(&self, columns: &Columns, row: usize) -> Option<u32> {
        let (column, endings) = self.endings.as_ref()?;
        endings.get(columns.code_at(*column, row)? as usize).copied()
    }

    /// Whether a value of two rows comes from the same sort of source: from themselves, or from a file that describes their
    /// folder.
    fn is_stated_alike(&self, columns: &Columns, column: usize, a: usize, b: usize) -> bool {
        let Some((by, named)) = &self.described else { return true };
        let is_described = |row: usize| {
            let named = columns.code_at(*by, row).and_then(|code| named.get(code as usize));
            named.is_some_and(|named| named.contains(&column))
        };
        is_described(a) == is_described(b)
    }

    /// Whether two rows come from files of one tool and one layout (the same figures): such files differ in nothing if they are
    /// one measurement.
    pub(super) fn are_siblings(&self, columns: &Columns, a: usize, b: usize) -> bool {
        let tool = |row: usize| self.tool.and_then(|column| columns.code_at(column, row));
        let written = |row: usize| Some((tool(row), self.ending(columns, row)?));
        self.layouts[a] == self.layouts[b] && written(a) == written(b)
    }
}

/// What a value means: two are the same word in any case, or the same number.
fn value(text: &str) -> Result<u64, String> {
    match text.parse::<f64>() {
        // Zero has two signs, and is one number.
        Ok(number) if !number.is_nan() => Ok((number + 0.0).to_bits()),
        _ => Err(text.to_ascii_lowercase()),
    }
}

/// The product of a version; versions of different products may be of the same software.
fn product(version: &str) -> String {
    let end = version.find(|c: char| c.is_ascii_digit()).unwrap_or(version.len());
    version[..end].trim_matches(['-', ' ', 'v']).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products() {
        assert!(product("vLLM-0.11.0") == product("vllm-0.11.0") && product("v2") == product("1"));
        assert!(product("RHAIIS-3.2") != product("vLLM-0.11.0"));
    }

    #[test]
    fn values() {
        assert!(value("FP8") == value("fp8") && value("8") == value("8.0") && value("0") == value("-0"));
        assert!(value("nan") == value("NaN") && value("8") != value("16") && value("") != value("0"));
    }
}
