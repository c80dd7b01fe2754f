//! Tables for other people: names of people and hosts ([`is_personal`]) become numbers, which still tell one from another.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, UInt32Type};
use arrow_array::{ArrayRef, DictionaryArray, PrimitiveArray, RunArray, StringArray};

use super::column::TextColumn;
use super::{DIMENSION, Table, values};
use crate::catalog::dimensions;
use crate::catalog::schema::is_personal;

/// The dimension of a setting's name, and that of its value.
const SETTING: &str = "setting";
const VALUE: &str = "value";

/// Names and their numbers, from 1 in the order in which they came: the same in every table.
#[derive(Clone, Debug, Default)]
pub struct Pseudonyms(BTreeMap<String, BTreeMap<String, usize>>);

impl Pseudonyms {
    /// What a name in a dimension becomes: `node-1`.
    pub fn of(&mut self, dimension: &str, name: &str) -> String {
        let known = self.0.entry(dimension.to_owned()).or_default();
        let next = known.len() + 1;
        format!("{dimension}-{}", known.entry(name.to_owned()).or_insert(next))
    }

    /// What a known name became, in whichever dimension.
    pub fn number_of(&self, name: &str) -> Option<String> {
        self.0.iter().find_map(|(dimension, names)| names.get(name).map(|number| format!("{dimension}-{number}")))
    }

    /// Whether a text has a known name in it: all its words, in any order.
    pub fn tells(&self, text: &str) -> bool {
        let text: BTreeSet<String> = words(text).collect();
        let mut names = self.0.values().flat_map(BTreeMap::keys).filter(|name| name.len() >= TELLING);
        names.any(|name| words(name).next().is_some() && words(name).all(|word| text.contains(&word)))
    }

    /// Whether a text is part of a known name.
    pub fn is_part(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.0.values().flat_map(BTreeMap::keys).any(|name| name.to_lowercase().contains(&text))
    }
}

/// Letters from which on a text that has a name tells it: numbers and initials are in many texts.
const TELLING: usize = 4;

/// The words of a text, in lower case.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// The last part of a setting's name, where its value names people or hosts: `hostname` of `environment.hostname`.
fn personal_part(setting: &str) -> Option<&str> {
    setting.rsplit(['.', '/', ':']).next().filter(|part| is_personal(part))
}

impl Table {
    /// The table with numbers in place of the names in personal dimensions, and in the values of personal settings.
    pub(super) fn without_names(&self, names: &mut Pseudonyms) -> Table {
        let column = |(name, array): (&str, &ArrayRef)| {
            let key = name.strip_prefix(DIMENSION).unwrap_or_default();
            let replaced = match key {
                VALUE => self.values_without_names(names),
                _ if is_personal(key) => replaced(array, &mut |text| names.of(key, text)),
                _ => None,
            };
            (name.to_owned(), replaced.unwrap_or_else(|| Arc::clone(array)))
        };
        let named = self.batch.schema_ref().fields().iter().map(|field| field.name().as_str());
        let columns = named.zip(self.batch.columns()).map(column).collect();
        // The columns are as many and as long as before.
        Table::new(self.kind, columns).unwrap_or_else(|_| Table::empty(self.kind))
    }

    /// What names people or hosts in it: labels of dimensions, and names of settings.
    pub fn personal(&self) -> Vec<String> {
        let keys = self.dimension_keys().into_iter().filter(|key| is_personal(key));
        let labels = keys.map(|key| dimensions::label(key).to_owned());
        let settings = self.dimension(SETTING).into_iter().flat_map(|setting| {
            (0..setting.cardinality() as u32).filter_map(move |code| personal_part(setting.value(code)).map(str::to_owned))
        });
        labels.chain(settings).collect()
    }

    /// The values of settings; `None` if none of them names people or hosts.
    fn values_without_names(&self, names: &mut Pseudonyms) -> Option<ArrayRef> {
        let (setting, value) = (self.dimension(SETTING)?, self.dimension(VALUE)?);
        let personal: Vec<Option<&str>> =
            (0..setting.cardinality() as u32).map(|code| personal_part(setting.value(code))).collect();
        if personal.iter().all(Option::is_none) {
            return None;
        }
        let mut texts = TextColumn::default();
        for row in 0..self.rows() {
            let Some(text) = value.text(row) else { continue };
            match setting.code(row).and_then(|code| *personal.get(code as usize)?) {
                Some(part) => texts.set(row, &names.of(part, text)),
                None => texts.set(row, text),
            }
        }
        Some(texts.finish_all(self.rows()))
    }
}

/// A column of texts with each text of its dictionary replaced; `None` of another column.
fn replaced(array: &ArrayRef, replace: &mut dyn FnMut(&str) -> String) -> Option<ArrayRef> {
    let (inner, runs) = values(array);
    let dictionary = inner.as_dictionary_opt::<UInt32Type>()?;
    let texts: StringArray = dictionary.values().as_string_opt::<i32>()?.iter().map(|text| text.map(&mut *replace)).collect();
    let inner: ArrayRef = Arc::new(DictionaryArray::try_new(dictionary.keys().clone(), Arc::new(texts)).ok()?);
    let Some(runs) = runs else { return Some(inner) };
    let ends = PrimitiveArray::<Int32Type>::new(runs.inner().clone(), None);
    Some(Arc::new(RunArray::try_new(&ends, inner.as_ref()).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Kind;

    fn table(kind: Kind, columns: &[(&str, [&str; 3])]) -> Table {
        let column = |(key, cells): &(&str, [&str; 3])| {
            let mut texts = TextColumn::default();
            for (row, text) in cells.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
                texts.set(row, text);
            }
            (format!("{DIMENSION}{key}"), texts.finish_all(3))
        };
        Table::new(kind, columns.iter().map(column).collect()).expect("columns of equal length")
    }

    fn cells<'a>(table: &'a Table, key: &str) -> Vec<&'a str> {
        let column = table.dimension(key).expect("it is there");
        (0..table.rows()).map(|row| column.text(row).unwrap_or_default()).collect()
    }

    #[test]
    fn names_become_numbers_that_are_the_same_everywhere() {
        let mut names = Pseudonyms::default();
        let one = table(Kind::Sample, &[("model", ["m", "m", "n"]), ("node", ["gpu7.corp", "", "gpu3.corp"])]);
        let one = one.without_names(&mut names);
        assert_eq!((cells(&one, "model"), cells(&one, "node")), (vec!["m", "m", "n"], vec!["node-1", "", "node-2"]));
        let other = table(Kind::Request, &[("node", ["gpu3.corp", "gpu9.corp", "gpu7.corp"])]).without_names(&mut names);
        assert_eq!(cells(&other, "node"), ["node-2", "node-3", "node-1"]);
        // A column that few rows have is kept in runs.
        let sparse = table(Kind::Sample, &[("node", ["", "", "gpu9.corp"]), ("model", ["m", "m", "m"])]);
        assert_eq!(cells(&sparse.without_names(&mut names), "node"), ["", "", "node-3"]);
    }

    #[test]
    fn values_of_personal_settings_are_replaced() {
        let settings = [("setting", ["env.hostname", "max_num_seqs", "user"]), ("value", ["gpu7", "256", "jane"])];
        let settings = table(Kind::Setting, &settings).without_names(&mut Pseudonyms::default());
        assert_eq!(cells(&settings, "value"), ["hostname-1", "256", "user-1"]);
    }
}
