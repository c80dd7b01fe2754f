//! Setting differences between two runs, or between the workers of one.

use std::collections::{BTreeMap, BTreeSet};

use super::incidental;
use super::listing::value;
use super::plan::ROLES;
use super::stated::{Section, Setting, folded_settings};
use crate::analysis::arguments::{self, Arguments};
use crate::catalog::number;
use crate::sorting::Sorting;
use crate::view_model::{Column, Grid, GridCell, Tone};

/// Maximum number of settings in a verdict.
const NAMED: usize = 3;

/// The result of a comparison.
pub(super) struct Difference {
    /// Short verdict: `single variable: …`.
    pub verdict: String,
    /// Whether a comparison of metrics can be trusted.
    pub tone: Tone,
    /// The settings.
    pub grid: Option<Grid>,
    /// Incidental differences, with reasons.
    pub incidental: Option<Grid>,
    /// Number of incidental differences.
    pub ignored: usize,
    /// Whether both sides state settings; if not, the verdict is the reason.
    pub comparable: bool,
}

impl Difference {
    /// Nothing to compare.
    fn unknown(verdict: String) -> Difference {
        Difference { verdict, tone: Tone::Doubt, grid: None, incidental: None, ignored: 0, comparable: true }
    }
}

/// The verdict on the settings that count.
fn verdict(differing: &[String]) -> (String, Tone) {
    match differing {
        [] => ("no setting differs".to_owned(), Tone::Similar),
        [one] => (format!("single variable: {one}"), Tone::Plain),
        several => {
            let named = several.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = if several.len() > NAMED { ", …" } else { "" };
            (format!("{} settings differ: {named}{more}", several.len()), Tone::Doubt)
        }
    }
}

/// Relevant differences, and incidental ones with reasons.
type SplitDifferences = (Vec<arguments::Difference>, Vec<(arguments::Difference, &'static str)>);

fn split_incidental(sides: &[Arguments]) -> SplitDifferences {
    let differing = arguments::differences(sides);
    let everywhere = |key: &str| sides.iter().all(|side| side.contains_key(key));
    let (mut counting, mut ignored) = (Vec::new(), Vec::new());
    for row in &differing {
        match incidental::why(row, &differing, everywhere) {
            Some(why) => ignored.push((row.clone(), why)),
            None => counting.push(row.clone()),
        }
    }
    (counting, ignored)
}

/// A setting with the same difference in several roles: one cause.
struct Variable {
    sides: Vec<&'static str>,
    name: String,
    values: Vec<Option<String>>,
}

impl Variable {
    /// Groups differences into variables, in order.
    fn of(differing: Vec<arguments::Difference>) -> Vec<Variable> {
        let mut found: Vec<Variable> = Vec::new();
        for arguments::Difference { key, values } in differing {
            let side = ROLES.iter().find_map(|(role, _)| Some((*role, key.strip_prefix(role)?.strip_prefix(": ")?)));
            let (side, name) = side.map_or((None, key.as_str()), |(side, name)| (Some(side), name));
            let known = found.iter_mut().find(|one| !one.sides.is_empty() && one.name == name && one.values == values);
            match (known, side) {
                (Some(one), Some(side)) => one.sides.push(side),
                _ => found.push(Variable { sides: side.into_iter().collect(), name: name.to_owned(), values }),
            }
        }
        for one in &mut found {
            one.sides.order_by_key(|side| ROLES.iter().position(|(role, _)| role == side));
        }
        found
    }

    fn label(&self, name: &str) -> String {
        let sides = self.sides.join(" and ");
        if sides.is_empty() { name.to_owned() } else { format!("{sides}: {name}") }
    }

    /// Name in a verdict, with the value if it is an environment variable set by only one run.
    fn named(&self, runs: [&str; 2]) -> String {
        let set: Vec<(&str, &String)> =
            runs.into_iter().zip(&self.values).filter_map(|(run, of)| Some((run, of.as_ref()?))).collect();
        match (self.name.strip_prefix('$'), set.as_slice()) {
            (Some(name), [(run, value)]) => {
                self.label(&format!("{name}={}", super::listing::value(value).cell.text)) + &format!(" (only {run})")
            }
            _ => self.label(&self.name),
        }
    }
}

/// Compares two runs, each with its name.
pub(super) fn runs(one: (&str, &[Setting]), other: (&str, &[Setting])) -> Difference {
    let without: Vec<&str> = [one, other].into_iter().filter(|(_, stated)| stated.is_empty()).map(|(name, _)| name).collect();
    if !without.is_empty() {
        return Difference::unknown(format!("no settings stated for {}", without.join(" and ")));
    }
    let sides: Vec<Arguments> = [one, other].iter().map(|(_, stated)| folded_settings(stated.iter())).collect();
    let (counting, ignored) = split_incidental(&sides);
    let variables = Variable::of(counting);
    let (verdict, tone) = verdict(&variables.iter().map(|one_of| one_of.named([one.0, other.0])).collect::<Vec<_>>());
    let all: BTreeSet<&String> = sides.iter().flat_map(BTreeMap::keys).collect();
    let cells = |setting: String, values: &[Option<String>]| {
        let cell = |value_of: &Option<String>| match value_of {
            Some(text) => value(text),
            None => GridCell::text("not set").toned(Tone::Doubt),
        };
        [GridCell::text(setting)].into_iter().chain(values.iter().map(cell)).collect::<Vec<_>>()
    };
    let columns = || vec![Column::text("setting", "Setting"), Column::text("one", one.0), Column::text("other", other.0)];
    let grid = Grid {
        key: "difference".to_owned(),
        title: "Differing settings".to_owned(),
        note: format!("{} of {} settings; {}", variables.len(), all.len(), ignored_note(ignored.len(), "listed below")),
        columns: columns(),
        rows: variables.iter().map(|one| cells(one.label(&one.name), &one.values)).collect(),
        ..Grid::default()
    };
    let mut incidental = Grid {
        key: "incidental".to_owned(),
        title: "Incidental differences".to_owned(),
        note: "These differ between any two runs or repeat another setting, so none is a cause.".to_owned(),
        columns: columns(),
        rows: ignored.iter().map(|(row, _)| cells(row.key.clone(), &row.values)).collect(),
        ..Grid::default()
    };
    incidental.columns.push(Column::text("why", "Reason"));
    incidental.rows.iter_mut().zip(&ignored).for_each(|(row, (_, why))| row.push(GridCell::text(*why)));
    let number = ignored.len();
    let incidental = (number > 0).then_some(incidental);
    Difference { verdict, tone, grid: Some(grid), incidental, ignored: number, comparable: true }
}

/// `5 incidental differences listed below`.
fn ignored_note(number: usize, what: &str) -> String {
    format!("{} {what}", number::plural(number as u64, "incidental difference"))
}

/// Number of relevant differences between two runs; `None` if one states no settings.
pub(super) fn distance(one: &[Setting], other: &[Setting]) -> Option<usize> {
    let stated = !one.is_empty() && !other.is_empty();
    stated.then(|| Variable::of(split_incidental(&[folded_settings(one.iter()), folded_settings(other.iter())]).0).len())
}

/// Compares the workers of each role, as stated by their logs or node dumps.
pub(super) fn workers(stated: &[Setting]) -> Difference {
    let mut rows = Vec::new();
    let mut found: Vec<String> = Vec::new();
    let mut all: Vec<String> = Vec::new();
    let mut ignored = BTreeSet::new();
    let mut comparable = false;
    for (role, label) in ROLES {
        let of_role = |one: &&Setting| one.role == role && !one.by.is_empty() && one.section < Section::Packages;
        // Logs name workers, dumps name nodes: the two are not comparable.
        let mut by_source: BTreeMap<&str, BTreeMap<&str, Vec<&Setting>>> = BTreeMap::new();
        for one in stated.iter().filter(of_role) {
            by_source.entry(&one.source).or_default().entry(&one.by).or_default().push(one);
        }
        let most = by_source.values().map(BTreeMap::len).max().unwrap_or(0);
        if most > 0 {
            found.push(format!("{most} {}", label.to_lowercase()));
        }
        for (source, workers) in by_source.into_iter().filter(|(_, workers)| workers.len() > 1) {
            comparable = true;
            let sides: Vec<Arguments> = workers.values().map(|of| folded_settings(of.iter().copied())).collect();
            let (counting, incidental) = split_incidental(&sides);
            ignored.extend(incidental.into_iter().map(|(row, _)| row.key));
            for row in counting {
                let each = workers.keys().zip(&row.values);
                let each = each.map(|(who, value)| format!("{who}: {}", value.as_deref().unwrap_or("not set")));
                rows.push(vec![
                    GridCell::text(label),
                    GridCell::text(&row.key),
                    value(&each.collect::<Vec<_>>().join("; ")),
                    GridCell::text(source),
                ]);
                if !all.contains(&row.key) {
                    all.push(row.key);
                }
            }
        }
    }
    if found.is_empty() {
        return Difference::unknown("no settings stated for any worker".to_owned());
    }
    let (verdict, tone) =
        if comparable { verdict(&all) } else { ("only one worker per role states its settings".to_owned(), Tone::Plain) };
    let number = rows.len();
    let grid = Grid {
        key: "difference".to_owned(),
        title: "Settings that differ between workers of one role".to_owned(),
        note: format!("Workers that state their settings: {}; {}.", found.join(", "), ignored_note(ignored.len(), "excluded")),
        columns: vec![
            Column::text("role", "Side"),
            Column::text("setting", "Setting"),
            Column::text("values", "Values"),
            Column::text("source", "Source"),
        ],
        rows,
        ..Grid::default()
    };
    Difference { verdict, tone, grid: (number > 0).then_some(grid), incidental: None, ignored: ignored.len(), comparable }
}
