//! Which variants there are, and which rows of every table are whose.
//!
//! A row that states the compared dimension is of that variant. What servers and GPUs report seldom does: it is of the only
//! variant in its file or in its folder, and of none where there are two.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::catalog::precisions::{Bits, Precision, precision};
use crate::catalog::{dimensions, models};
use crate::comparison::pairing;
use crate::comparison::words::short;
use crate::query::context::Context;
use crate::query::frame::Frame;
use crate::record::Kind;
use crate::runs::load_windows::near;
use crate::sorting::Sorting;
use crate::table::{Dimension, Table};

/// The kinds of records that figures are taken from; the first one that is loaded names the variants.
pub(super) const KINDS: [Kind; 5] = [Kind::Measurement, Kind::Sample, Kind::Counter, Kind::Accuracy, Kind::Setting];
/// What variants differ in, in the order in which it is tried.
const USUAL: [&str; 11] =
    ["model", "quantization", "precision", "version", "framework", "image", "config", "accelerator", "tp", "release", "label"];
/// Offered, but never chosen by themselves: a run of one variant can have several.
const PLACES: [&str; 2] = ["folder", "path"];
/// Dimensions in which stating nothing is a value as well: what is not quantised.
const UNSTATED_COUNTS: [&str; 2] = ["quantization", "precision"];
/// Variants at most: more are no table to read.
pub(super) const MOST: usize = 12;
/// Values beyond which a dimension tells rows apart rather than variants.
const MAX_VALUES: usize = 500;

/// A table and those of its rows that pass the filters.
pub(super) type Rows<'a> = (&'a Table, Vec<usize>);

/// All tables that figures are taken from, by kind.
pub(super) struct Sources<'a>(pub BTreeMap<Kind, Rows<'a>>);

/// A variant: a value of the compared dimension, with its rows.
#[derive(Clone)]
pub(super) struct Variant {
    /// The value; empty for what is not stated.
    pub value: String,
    /// Its name on the page.
    pub name: String,
    /// The precision of its weights, where settings or the name tell it.
    pub precision: Option<&'static Precision>,
    /// Its model, where there is one.
    pub model: Option<String>,
    /// Its rows of each table.
    pub rows: BTreeMap<Kind, Vec<usize>>,
}

impl Variant {
    /// Its rows of a kind.
    pub(super) fn of(&self, kind: Kind) -> &[usize] {
        self.rows.get(&kind).map_or(&[], Vec::as_slice)
    }
}

impl<'a> Sources<'a> {
    pub(super) fn new(context: &Context<'a>, frame: &Frame) -> Sources<'a> {
        Sources(KINDS.into_iter().filter_map(|kind| Some((kind, frame.within(context, kind)?))).collect())
    }

    pub(super) fn get(&self, kind: Kind) -> Option<&Rows<'a>> {
        self.0.get(&kind)
    }

    /// The values of a dimension that make variants, in its order. Servers may call a model by another path than the client: such a
    /// name is no variant of its own.
    fn values(&self, by: &str) -> Vec<(String, usize)> {
        let mut found: Vec<(String, usize)> = Vec::new();
        for kind in KINDS.into_iter().filter(|kind| *kind != Kind::Setting) {
            let Some((table, rows)) = self.get(kind) else { continue };
            for (value, count) in pairing::values(table, rows, by) {
                let unstated = value.is_empty() && !(kind == Kind::Measurement && UNSTATED_COUNTS.contains(&by));
                match index(&found, by, &value, kind) {
                    _ if unstated => {}
                    Some(at) => found[at].1 += count,
                    None => found.push((value, count)),
                }
            }
        }
        found.order_by(|(a, _), (b, _)| a.is_empty().cmp(&b.is_empty()).then_with(|| dimensions::compare(by, a, b)));
        found
    }
}

/// The value that another one means: the same, or, for what a server calls its model, the only model of the same name without
/// its path. Results say what they mean: two spellings of theirs are two models.
fn index(values: &[(String, usize)], by: &str, value: &str, kind: Kind) -> Option<usize> {
    if let Some(at) = values.iter().position(|(known, _)| known == value) {
        return Some(at);
    }
    if by != "model" || value.is_empty() || kind == Kind::Measurement {
        return None;
    }
    let folded = models::folded(value);
    // Two organisations of a hub publish two models.
    let hub = |name: &str| {
        name.split_once('/').filter(|(org, rest)| !org.is_empty() && !rest.contains('/')).map(|(org, _)| org.to_lowercase())
    };
    let other = |known: &str| hub(known).zip(hub(value)).is_some_and(|(one, two)| one != two);
    let mut same = values.iter().enumerate().filter(|(_, (known, _))| models::folded(known) == folded && !other(known));
    same.next().filter(|_| same.next().is_none()).map(|(at, _)| at)
}

/// The dimensions that variants can differ in, with the number of values.
pub(super) fn offered(context: &Context<'_>) -> Vec<(&'static str, usize)> {
    let tables = KINDS.into_iter().filter_map(|kind| {
        let table = if context.kind == kind { context.table } else { context.others.get(&kind).copied()? };
        Some((kind, (table, (0..table.rows()).collect())))
    });
    let all = Sources(tables.collect());
    let of = |key: &'static str| {
        let many = |(table, _): &Rows<'_>| table.dimension(key).is_some_and(|column| column.cardinality() > MAX_VALUES);
        if all.0.values().any(many) {
            return None;
        }
        let values = all.values(key);
        let stated = values.iter().filter(|(value, _)| !value.is_empty()).count();
        // Of models the best-known are compared, whatever their number.
        (values.len() > 1 && stated > 0 && (key == "model" || values.len() <= MOST)).then_some((key, values.len()))
    };
    USUAL.into_iter().chain(PLACES).filter_map(of).collect()
}

/// What is compared where nobody says: the first that is no place.
pub(super) fn usual(offered: &[(&'static str, usize)]) -> Option<&'static str> {
    offered.iter().map(|(key, _)| *key).find(|key| !PLACES.contains(key))
}

/// The variants, in the order of their values, and how many more there are.
pub(super) fn variants(sources: &Sources<'_>, by: &str) -> (Vec<Variant>, usize) {
    let mut values = sources.values(by);
    let more = values.len().saturating_sub(MOST);
    if more > 0 {
        values.order_by_key(|(_, count)| std::cmp::Reverse(*count));
        values.truncate(MOST);
        values.order_by(|(a, _), (b, _)| a.is_empty().cmp(&b.is_empty()).then_with(|| dimensions::compare(by, a, b)));
    }
    let names = names(by, &values);
    let mut variants: Vec<Variant> = values
        .iter()
        .zip(names)
        .map(|((value, _), name)| Variant { value: value.clone(), name, precision: None, model: None, rows: BTreeMap::new() })
        .collect();
    let mut left: Vec<(Kind, usize)> = Vec::new();
    for (kind, (table, rows)) in &sources.0 {
        let column = table.dimension(by);
        let own = column.map(|column| by_code(column, by, &values, *kind)).unwrap_or_default();
        for row in rows {
            let code = column.and_then(|column| column.code(*row));
            let at = match code {
                Some(code) => own.get(code as usize).copied().flatten(),
                None if *kind == Kind::Measurement => values.iter().position(|(value, _)| value.is_empty()),
                None => {
                    left.push((*kind, *row));
                    continue;
                }
            };
            if let Some(variant) = at.and_then(|at| variants.get_mut(at)) {
                variant.rows.entry(*kind).or_default().push(*row);
            }
        }
    }
    let places = Places::new(sources, &variants);
    // Rows by the thousand are in one place.
    let mut known: FxHashMap<(Kind, [Option<u32>; 3]), Option<usize>> = FxHashMap::default();
    for (kind, row) in left {
        let Some((table, _)) = sources.get(kind) else { continue };
        let codes = PLACE.map(|key| table.dimension(key).and_then(|column| column.code(row)));
        let at = *known.entry((kind, codes)).or_insert_with(|| places.of(table, row));
        if let Some(variant) = at.and_then(|at| variants.get_mut(at)) {
            variant.rows.entry(kind).or_default().push(row);
        }
    }
    for variant in &mut variants {
        describe(sources, by, variant);
    }
    (variants, more)
}

/// The variant of each code of a column.
fn by_code(column: Dimension<'_>, by: &str, values: &[(String, usize)], kind: Kind) -> Vec<Option<usize>> {
    (0..column.cardinality() as u32).map(|code| index(values, by, column.value(code), kind)).collect()
}

/// Names: a model's without its organisation, where that tells them apart.
fn names(by: &str, values: &[(String, usize)]) -> Vec<String> {
    let last = |value: &str| value.rsplit_once('/').map_or(value, |(_, last)| last).to_owned();
    let named = |(value, _): &(String, usize)| pairing::name(by, value);
    let cut: Vec<String> = values.iter().map(|(value, _)| last(value)).collect();
    let distinct = cut.iter().collect::<BTreeSet<_>>().len() == cut.len() && cut.iter().all(|name| !name.is_empty());
    let names: Vec<String> = if by == "model" && distinct { cut } else { values.iter().map(named).collect() };
    names.iter().map(|name| short(name)).collect()
}

/// What says where a row is from.
const PLACE: [&str; 3] = ["folder", "path", "worker"];

/// Where the rows of variants are: workers in files, files and folders.
struct Places {
    workers: BTreeMap<(String, String), BTreeSet<usize>>,
    files: BTreeMap<String, BTreeSet<usize>>,
    folders: BTreeMap<String, BTreeSet<usize>>,
}

impl Places {
    fn new(sources: &Sources<'_>, variants: &[Variant]) -> Places {
        let (mut files, mut folders) = (BTreeMap::<String, BTreeSet<usize>>::new(), BTreeMap::<String, BTreeSet<usize>>::new());
        let mut workers = BTreeMap::<(String, String), BTreeSet<usize>>::new();
        for (at, variant) in variants.iter().enumerate() {
            for (kind, rows) in &variant.rows {
                let Some((table, _)) = sources.get(*kind) else { continue };
                let mut seen = FxHashSet::default();
                let code = |key: &str, row: usize| table.dimension(key).and_then(|column| column.code(row));
                for row in rows.iter().filter(|row| seen.insert(PLACE.map(|key| code(key, **row)))) {
                    let [folder, path, worker] = PLACE.map(|key| text(table, key, *row).to_owned());
                    folders.entry(folder).or_default().insert(at);
                    files.entry(path.clone()).or_default().insert(at);
                    if !worker.is_empty() {
                        workers.entry((path, worker)).or_default().insert(at);
                    }
                }
            }
        }
        Places { workers, files, folders }
    }

    /// The only variant of a row's worker, or else of its file, or else of its folder and those around and within it.
    fn of(&self, table: &Table, row: usize) -> Option<usize> {
        let only = |found: &BTreeSet<usize>| found.first().copied().filter(|_| found.len() == 1);
        let [path, worker] = ["path", "worker"].map(|key| text(table, key, row).to_owned());
        if let Some(found) = self.workers.get(&(path, worker)).and_then(only) {
            return Some(found);
        }
        if let Some(found) = self.files.get(text(table, "path", row)) {
            return only(found);
        }
        let folder = text(table, "folder", row);
        let around: BTreeSet<usize> =
            self.folders.iter().filter(|(other, _)| near(other, folder)).flat_map(|(_, found)| found.iter().copied()).collect();
        only(&around)
    }
}

fn text<'a>(table: &'a Table, key: &str, row: usize) -> &'a str {
    table.dimension(key).and_then(|column| column.text(row)).unwrap_or_default()
}

/// Finds a variant's model and precision: settings say it before names do.
fn describe(sources: &Sources<'_>, by: &str, variant: &mut Variant) {
    let stated = |key: &str| -> Option<String> {
        let mut texts = BTreeSet::new();
        for (kind, rows) in &variant.rows {
            let Some(column) = sources.get(*kind).and_then(|(table, _)| table.dimension(key)) else { continue };
            let codes: FxHashSet<u32> = rows.iter().filter_map(|row| column.code(*row)).collect();
            texts.extend(codes.into_iter().map(|code| column.value(code)));
        }
        texts.first().filter(|_| texts.len() == 1).map(|text| (*text).to_owned())
    };
    let model = if by == "model" { Some(variant.value.clone()) } else { stated("model") };
    let said = ["precision", "quantization"].into_iter().filter_map(stated);
    let found = said.chain([variant.value.clone()]).chain(model.clone()).find_map(|text| precision(&text));
    (variant.precision, variant.model) = (found, model);
}

/// The variants that can be the baseline, the best first: 16 bits stated, then what nothing says is quantised while another is a
/// quantisation of it, then any such, then the others.
pub(super) fn by_preference(variants: &[Variant]) -> Vec<usize> {
    let quantised = |variant: &Variant| variant.precision.is_some_and(|precision| precision.bits != Bits::Sixteen);
    let origin = |variant: &Variant| {
        let same = |other: &Variant| match (&variant.model, &other.model) {
            (Some(one), Some(two)) => models::same_weights(one, two),
            _ => true,
        };
        variants.iter().any(|other| quantised(other) && same(other))
    };
    let rank = |at: &usize| {
        let Some(variant) = variants.get(*at) else { return 4 };
        match (quantised(variant), origin(variant), variant.precision.is_some()) {
            (false, true, true) => 0,
            (false, true, false) => 1,
            (false, false, _) => 2,
            (true, ..) => 3,
        }
    };
    let mut order: Vec<usize> = (0..variants.len()).collect();
    order.order_by_key(rank);
    order
}
