//! The values of a filter: in their order, each with its count.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use crate::catalog::{Order, dimensions, versions};
use crate::sorting::Sorting;
use crate::table::{Dimension, Table};
use crate::view_model::{Facet, FacetValue};

/// Maximum number of values sent to the page; the search reaches the rest.
const MAX_VALUES: usize = 100;

/// The values of a dimension, whatever the filters: kept with the table.
pub(super) struct Values {
    pub key: String,
    order: Order,
    texts: Vec<Arc<str>>,
    /// The numbers that the values of an ordered dimension are; NaN for a text.
    numbers: Vec<f64>,
    /// Of lists: the positions in `texts` of the parts of each code. Otherwise each code is a position.
    parts: Option<Vec<Vec<u32>>>,
    /// Whether some row of the table has none.
    has_missing: bool,
    /// All positions in order, and the first of them: as much as was needed so far.
    sorted: OnceLock<Vec<u32>>,
    first: OnceLock<Vec<u32>>,
}

impl Values {
    pub(super) fn of(table: &Table, key: &str) -> Values {
        let column = table.dimension(key);
        let order = dimensions::dimension(key).map_or(Order::Number, |dimension| dimension.order);
        let (texts, parts) = match (column, order) {
            (None, _) => (Vec::new(), None),
            (Some(column), Order::Set) => {
                let (texts, parts) = of_lists(key, column);
                (texts, Some(parts))
            }
            (Some(column), _) => ((0..column.cardinality() as u32).map(|code| column.value(code).into()).collect(), None),
        };
        let number = |text: &Arc<str>| text.parse().unwrap_or(f64::NAN);
        let numbers = if order == Order::Number { texts.iter().map(number).collect() } else { Vec::new() };
        let has_missing = column.map_or(table.rows() > 0, |column| column.has_missing());
        let (sorted, first) = (OnceLock::new(), OnceLock::new());
        Values { key: key.to_owned(), order, texts, numbers, parts, has_missing, sorted, first }
    }

    fn text(&self, at: u32) -> &str {
        self.texts.get(at as usize).map_or("", |text| text)
    }

    fn compare(&self, a: u32, b: u32) -> Ordering {
        let (x, y) = (self.text(a), self.text(b));
        let number = |at: u32| self.numbers.get(at as usize).copied().filter(|number| !number.is_nan());
        let order = match (self.order, number(a), number(b)) {
            (Order::Version, ..) => versions::newest_first(x, y),
            (_, Some(a), Some(b)) => a.total_cmp(&b),
            (_, Some(_), None) => Ordering::Less,
            (_, None, Some(_)) => Ordering::Greater,
            (_, None, None) => Ordering::Equal,
        };
        order.then_with(|| dimensions::compare_texts(x, y))
    }

    /// Of some positions the first [`MAX_VALUES`] in order.
    fn first_of(&self, mut positions: Vec<u32>) -> Vec<u32> {
        if positions.len() > MAX_VALUES {
            positions.select_nth_unstable_by(MAX_VALUES, |a, b| self.compare(*a, *b));
            positions.truncate(MAX_VALUES);
        }
        positions.order_by(|a, b| self.compare(*a, *b));
        positions
    }

    fn sorted(&self) -> &[u32] {
        self.sorted.get_or_init(|| {
            let mut positions: Vec<u32> = (0..self.texts.len() as u32).collect();
            positions.order_by(|a, b| self.compare(*a, *b));
            positions
        })
    }

    fn first(&self) -> &[u32] {
        self.first.get_or_init(|| self.first_of((0..self.texts.len() as u32).collect()))
    }
}

/// The parts of all lists, and of each code where its parts are.
fn of_lists(key: &str, column: Dimension<'_>) -> (Vec<Arc<str>>, Vec<Vec<u32>>) {
    let mut texts: Vec<Arc<str>> = Vec::new();
    let mut places: FxHashMap<&str, u32> = FxHashMap::default();
    let mut place = |part| {
        *places.entry(part).or_insert_with(|| {
            texts.push(part.into());
            texts.len() as u32 - 1
        })
    };
    let codes = 0..column.cardinality() as u32;
    let parts = codes.map(|code| dimensions::parts(key, column.value(code)).map(&mut place).collect()).collect();
    (texts, parts)
}

/// A filter: the values of a dimension with the counts of the rows that pass all other filters.
#[derive(Clone)]
pub struct Counted {
    values: Arc<Values>,
    /// By position.
    counts: Arc<[usize]>,
    missing: usize,
    /// The chosen values; none without a filter.
    chosen: Option<Arc<BTreeSet<String>>>,
    /// Whether it is initially expanded.
    pub open: bool,
}

impl Counted {
    /// Counts these rows.
    pub(super) fn of(
        values: &Arc<Values>,
        table: &Table,
        rows: impl Iterator<Item = usize>,
        chosen: Option<&BTreeSet<String>>,
    ) -> Counted {
        let (by_code, missing) = match table.dimension(&values.key) {
            Some(column) => column.count(rows),
            None => (Vec::new(), rows.count()),
        };
        let counts = match &values.parts {
            None => by_code,
            Some(parts) => {
                let mut counts = vec![0usize; values.texts.len()];
                for (parts, count) in parts.iter().zip(by_code) {
                    parts.iter().for_each(|part| counts[*part as usize] += count);
                }
                counts
            }
        };
        let chosen = chosen.map(|chosen| Arc::new(chosen.clone()));
        let mut counted = Counted { values: Arc::clone(values), counts: counts.into(), missing, chosen, open: false };
        let role = dimensions::role(&values.key);
        counted.open = (counted.distinct() > 1 && role == dimensions::Role::Configuration) || counted.chosen.is_some();
        counted
    }

    /// The dimension.
    pub fn key(&self) -> &str {
        &self.values.key
    }

    /// How many values there are, with “missing” and those that are chosen and that nothing has.
    pub fn distinct(&self) -> usize {
        self.values.texts.len() + usize::from(self.values.has_missing) + self.unknown().count()
    }

    /// Whether a filter chooses one of its values.
    pub(crate) fn has_chosen(&self) -> bool {
        self.chosen.as_ref().is_some_and(|chosen| !chosen.is_empty())
    }

    fn is_chosen(&self, value: &str) -> bool {
        self.chosen.as_ref().is_some_and(|chosen| chosen.contains(value))
    }

    /// The chosen values that nothing has.
    fn unknown(&self) -> impl Iterator<Item = &str> {
        let known: Vec<&str> = match &self.chosen {
            Some(_) => self.values.texts.iter().map(|text| &**text).filter(|text| self.is_chosen(text)).collect(),
            None => Vec::new(),
        };
        let is_known = move |value: &str| known.contains(&value) || (value.is_empty() && self.values.has_missing);
        self.chosen.iter().flat_map(|chosen| chosen.iter()).map(String::as_str).filter(move |value| !is_known(value))
    }

    /// What comes after the values in order: “missing”, and what is chosen and nothing has.
    fn others(&self) -> impl Iterator<Item = (&str, usize)> {
        let missing = self.values.has_missing.then_some(("", self.missing));
        missing.into_iter().chain(self.unknown().map(|value| (value, 0)))
    }

    fn count(&self, at: u32) -> usize {
        self.counts.get(at as usize).copied().unwrap_or_default()
    }

    /// All values in order, each with its count.
    pub(crate) fn values(&self) -> impl Iterator<Item = (&str, usize)> {
        self.values.sorted().iter().map(|at| (self.values.text(*at), self.count(*at))).chain(self.others())
    }

    /// The filter for the page: with the values that match its search, and of these the first and the chosen ones.
    pub(crate) fn searched(&self, searches: &BTreeMap<String, String>) -> Facet {
        let search = searches.get(self.key()).map(|search| search.to_lowercase()).unwrap_or_default();
        let values = &self.values;
        let all = 0..values.texts.len() as u32;
        let is_found = |value: &str| search.is_empty() || value.to_lowercase().contains(&search);
        let mut shown = if search.is_empty() {
            values.first().to_vec()
        } else {
            values.first_of(all.clone().filter(|at| is_found(values.text(*at))).collect())
        };
        if self.has_chosen() {
            let more: Vec<u32> = all.filter(|at| self.is_chosen(values.text(*at)) && !shown.contains(at)).collect();
            shown.extend(more);
            shown.order_by(|a, b| values.compare(*a, *b));
        }
        let others = self.others().filter(|(value, _)| is_found(value) || self.is_chosen(value));
        let shown = shown.iter().map(|at| (values.text(*at), self.count(*at))).chain(others);
        let value = |(value, count): (&str, usize)| FacetValue { value: value.to_owned(), count, chosen: self.is_chosen(value) };
        let label = dimensions::label(self.key()).to_owned();
        Facet {
            key: self.key().to_owned(),
            label,
            values: shown.map(value).collect(),
            distinct: self.distinct(),
            open: self.open,
        }
    }
}
