//! What differs: between two runs, or between the workers of one.

use std::collections::{BTreeMap, BTreeSet};

use super::incidental;
use super::listing::value;
use super::plan::ROLES;
use super::stated::{Section, Stated, folded_settings};
use crate::analysis::arguments::{self, Arguments};
use crate::catalog::number;
use crate::view_model::{Column, Grid, GridCell, Tone};

/// Settings that a verdict names.
const NAMED: usize = 3;

/// What a comparison found.
pub(super) struct Difference {
    /// In a few words: `single variable: …`.
    pub verdict: String,
    /// What it says of trusting a comparison of figures.
    pub tone: Tone,
    /// The settings.
    pub grid: Option<Grid>,
    /// What differs between any two runs, each with the reason why it does not count.
    pub incidental: Option<Grid>,
    /// How many these are.
    pub aside: usize,
    /// Whether there is anything to compare; if not, the verdict says why.
    pub comparable: bool,
}

impl Difference {
    /// Nothing to compare.
    fn unknown(verdict: String) -> Difference {
        Difference { verdict, tone: Tone::Doubt, grid: None, incidental: None, aside: 0, comparable: true }
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

/// What differs and counts, and what does not, with why.
type Parted = (Vec<arguments::Difference>, Vec<(arguments::Difference, &'static str)>);

fn parted(sides: &[Arguments]) -> Parted {
    let differing = arguments::differences(sides);
    let everywhere = |key: &str| sides.iter().all(|side| side.contains_key(key));
    let (mut counting, mut aside) = (Vec::new(), Vec::new());
    for row in &differing {
        match incidental::why(row, &differing, everywhere) {
            Some(why) => aside.push((row.clone(), why)),
            None => counting.push(row.clone()),
        }
    }
    (counting, aside)
}

/// A setting that differs in the same way on several sides of the deployment: one cause.
struct Variable {
    sides: Vec<&'static str>,
    name: String,
    values: Vec<Option<String>>,
}

impl Variable {
    /// Those of differences, in their order.
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
            one.sides.sort_by_key(|side| ROLES.iter().position(|(role, _)| role == side));
        }
        found
    }

    fn label(&self, name: &str) -> String {
        let sides = self.sides.join(" and ");
        if sides.is_empty() { name.to_owned() } else { format!("{sides}: {name}") }
    }

    /// As a verdict names it: with the value, where it is a variable of the environment that one run alone sets.
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

/// From one run to another, each with its name.
pub(super) fn runs(one: (&str, &[Stated]), other: (&str, &[Stated])) -> Difference {
    let without: Vec<&str> = [one, other].into_iter().filter(|(_, stated)| stated.is_empty()).map(|(name, _)| name).collect();
    if !without.is_empty() {
        return Difference::unknown(format!("no settings stated for {}", without.join(" and ")));
    }
    let sides: Vec<Arguments> = [one, other].iter().map(|(_, stated)| folded_settings(stated.iter())).collect();
    let (counting, aside) = parted(&sides);
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
        note: format!("{} of {} settings; {}", variables.len(), all.len(), left_aside(aside.len(), "listed below")),
        columns: columns(),
        rows: variables.iter().map(|one| cells(one.label(&one.name), &one.values)).collect(),
        ..Grid::default()
    };
    let mut incidental = Grid {
        key: "incidental".to_owned(),
        title: "Incidental differences".to_owned(),
        note: "These differ between any two runs or repeat another setting, so none is a cause.".to_owned(),
        columns: columns(),
        rows: aside.iter().map(|(row, _)| cells(row.key.clone(), &row.values)).collect(),
        ..Grid::default()
    };
    incidental.columns.push(Column::text("why", "Reason"));
    incidental.rows.iter_mut().zip(&aside).for_each(|(row, (_, why))| row.push(GridCell::text(*why)));
    let number = aside.len();
    let incidental = (number > 0).then_some(incidental);
    Difference { verdict, tone, grid: Some(grid), incidental, aside: number, comparable: true }
}

/// `5 incidental differences are listed below`.
fn left_aside(number: usize, what: &str) -> String {
    format!("{} {what}", number::plural(number as u64, "incidental difference"))
}

/// How many settings differ and count between two runs; `None` where one states none.
pub(super) fn distance(one: &[Stated], other: &[Stated]) -> Option<usize> {
    let stated = !one.is_empty() && !other.is_empty();
    stated.then(|| Variable::of(parted(&[folded_settings(one.iter()), folded_settings(other.iter())]).0).len())
}

/// Between the workers of each side: what they themselves state, or a dump of their node does.
pub(super) fn workers(stated: &[Stated]) -> Difference {
    let mut rows = Vec::new();
    let mut found: Vec<String> = Vec::new();
    let mut all: Vec<String> = Vec::new();
    let mut aside = BTreeSet::new();
    let mut comparable = false;
    for (role, label) in ROLES {
        let of_role = |one: &&Stated| one.role == role && !one.by.is_empty() && one.section < Section::Packages;
        // Logs name a worker, dumps a node: the two are not compared with each other.
        let mut by_source: BTreeMap<&str, BTreeMap<&str, Vec<&Stated>>> = BTreeMap::new();
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
            let (counting, incidental) = parted(&sides);
            aside.extend(incidental.into_iter().map(|(row, _)| row.key));
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
    let (verdict, tone) = if comparable {
        verdict(&all)
    } else {
        ("Workers not compared: only one per role states its settings".to_owned(), Tone::Plain)
    };
    let number = rows.len();
    let grid = Grid {
        key: "difference".to_owned(),
        title: "Settings that differ between workers of one role".to_owned(),
        note: format!("Workers that state their settings: {}; {}.", found.join(", "), left_aside(aside.len(), "excluded")),
        columns: vec![
            Column::text("role", "Side"),
            Column::text("setting", "Setting"),
            Column::text("values", "Values"),
            Column::text("source", "Source"),
        ],
        rows,
        ..Grid::default()
    };
    Difference { verdict, tone, grid: (number > 0).then_some(grid), incidental: None, aside: aside.len(), comparable }
}
