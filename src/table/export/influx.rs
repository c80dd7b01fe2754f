//! Records as InfluxDB line protocol: one point a row, `inferscope_<kind>,<tags> <fields> <time>`.
//!
//! Tags are what identifies a row: the configuration, the load, the run and the file. All else are fields: figures as
//! numbers, further properties as texts. Where rows are equal in tags and time, of which InfluxDB would keep the last, their
//! places become tags as well. Texts come from files and are hostile: what has a meaning is escaped; control characters, for
//! which the protocol has no escape, become spaces, and a backslash in a tag becomes a slash where it would escape what
//! follows. A figure that is not finite has no spelling and is left out.
//!
//! Source: <https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/>.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, BuildHasherDefault};
use std::io::{self, Write};

use rustc_hash::{FxHashMap, FxHasher};

use super::sheet::figure_name;
use crate::catalog::dimensions::{self, Role};
use crate::catalog::{instant, schema};
use crate::record::Stat;
use crate::table::{Dimension, Figures, Table};

/// Names that the database keeps for itself.
const RESERVED: &str = "time";

/// Where the times of rows may stand, the best first.
const TIMES: [&str; 3] = ["start_time", "end_time", "run_start"];

/// What of a table becomes what of a point. Names are escaped.
struct Points<'a> {
    head: String,
    tags: Vec<(String, Tag<'a>)>,
    texts: Vec<(String, Dimension<'a>)>,
    figures: Vec<(String, Figures<'a>)>,
    times: Vec<Dimension<'a>>,
    clock: Option<Figures<'a>>,
}

enum Tag<'a> {
    Text(Dimension<'a>),
    Load(Figures<'a>),
}

/// Writes some rows; how many of them have no time, to which the database gives that of their arrival.
///
/// # Errors
///
/// Those of what it is written to; memory has none.
pub fn write(table: &Table, rows: &[usize], out: &mut dyn Write) -> io::Result<usize> {
    let points = Points::of(table);
    let hasher = BuildHasherDefault::<FxHasher>::default();
    let point = |row: usize, more: &str| (format!("{}{}{more}", points.head, points.tags_of(row)), points.time(row));
    let mut seen: FxHashMap<u64, u32> = FxHashMap::default();
    for row in rows {
        *seen.entry(hasher.hash_one(point(*row, ""))).or_default() += 1;
    }
    let mut untimed = 0;
    for row in rows {
        let (mut head, time) = point(*row, "");
        if seen.get(&hasher.hash_one((&head, time))).is_some_and(|count| *count > 1) {
            head = point(*row, &format!(",place={},row={row}", key(&table.place(*row)))).0;
        }
        untimed += usize::from(time.is_none());
        let time = time.map(|time| format!(" {time}")).unwrap_or_default();
        writeln!(out, "{head} {}{time}", points.fields(*row))?;
    }
    Ok(untimed)
}

impl<'a> Points<'a> {
    fn of(table: &'a Table) -> Points<'a> {
        let mut names = BTreeSet::from([RESERVED.to_owned(), "place".to_owned(), "row".to_owned(), schema::COLUMN.to_owned()]);
        let (mut tags, mut texts) = (Vec::new(), Vec::new());
        for name in table.dimension_keys() {
            let Some(column) = table.dimension(name) else { continue };
            match dimensions::role(name) {
                Role::Detail if name == "load" => {}
                Role::Detail if name != "load_kind" => texts.push((distinct(name, &mut names), column)),
                Role::Configuration | Role::Run | Role::Detail => tags.push((distinct(name, &mut names), Tag::Text(column))),
            }
        }
        tags.extend(table.load().map(|load| (distinct("load", &mut names), Tag::Load(load))));
        // The database sorts them anyway, and is quicker where they are.
        tags.sort_by(|(one, _), (other, _)| one.cmp(other));
        let figure = |(metric, stat)| Some((distinct(&figure_name(metric, stat), &mut names), table.figures(metric, stat)?));
        Points {
            head: format!("inferscope_{}", table.kind().key()),
            tags,
            texts,
            figures: table.figure_keys().into_iter().filter_map(figure).collect(),
            times: TIMES.iter().filter_map(|name| table.dimension(name)).collect(),
            clock: table.figures("time", Stat::Mean),
        }
    }

    fn tags_of(&self, row: usize) -> String {
        let tag = |(name, tag): &(String, Tag<'_>)| {
            let value = match tag {
                Tag::Text(column) => key(column.text(row)?),
                Tag::Load(load) => key(&load.get(row)?.to_string()),
            };
            (!value.is_empty()).then(|| format!(",{name}={value}"))
        };
        self.tags.iter().filter_map(tag).collect()
    }

    /// At least one: the version of the names.
    fn fields(&self, row: usize) -> String {
        let mut fields = format!("{}={}i", schema::COLUMN, schema::VERSION);
        for (name, figures) in &self.figures {
            if let Some(figure) = figures.get(row).filter(|figure| figure.is_finite()) {
                fields += &format!(",{name}={figure}");
            }
        }
        for (name, column) in &self.texts {
            if let Some(text) = column.text(row) {
                fields += &format!(",{name}=\"{}\"", string(text));
            }
        }
        fields
    }

    /// Nanoseconds since 1970. A figure is a double, which says no more than a microsecond of an instant.
    fn time(&self, row: usize) -> Option<i64> {
        let clock = self.clock.and_then(|clock| clock.get(row)).map(|seconds| (seconds * 1e6).round());
        let clock = clock.filter(|micros| (0.0..9e15).contains(micros)).map(|micros| micros as i64 * 1000);
        clock.or_else(|| self.times.iter().find_map(|time| instant::nanoseconds(time.text(row)?)))
    }
}

/// A name as written that no earlier tag or field has; none begins with an underscore, which is the database's own sign.
fn distinct(name: &str, names: &mut BTreeSet<String>) -> String {
    let name = key(name.trim_start_matches('_'));
    let name = if name.is_empty() { "column".to_owned() } else { name };
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    let free = std::iter::once(name.clone()).chain(numbered).find(|name| !names.contains(name)).unwrap_or_default();
    names.insert(free.clone());
    free
}

/// A name, or the value of a tag.
fn key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    let mut letters = text.trim().chars().map(|letter| if letter.is_control() { ' ' } else { letter }).peekable();
    while let Some(letter) = letters.next() {
        match letter {
            ',' | '=' | ' ' => key.extend(['\\', letter]),
            '\\' if letters.peek().is_none_or(|next| [',', '=', ' ', '\\'].contains(next)) => key.push('/'),
            letter => key.push(letter),
        }
    }
    key
}

/// The value of a text field, without its quotes.
fn string(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace(char::is_control, " ")
}
