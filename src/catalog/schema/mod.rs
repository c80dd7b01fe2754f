//! The canonical columns of exports: name, type, unit, definition. What a file has beside them keeps its own name.

mod definitions;

use super::dimensions::{self, DIMENSIONS};
use super::metrics::{METRICS, Shape};
use crate::record::Stat;

/// The version of the canonical columns. It grows when a column changes its name, its unit or its meaning; a new column does
/// not change it.
pub const VERSION: u32 = 1;

/// The column that states the version in every row: readers that know no metadata keep it, too.
pub const COLUMN: &str = "inferscope_schema";

/// The version under this key in the metadata of Parquet and Arrow files.
pub const METADATA: &str = "inferscope.schema";

/// Identity columns that always come first, in this order, whether or not any row has them.
pub const LEADING: [&str; 12] =
    ["path", "tool", "model", "accelerator", "version", "tp", "dp", "gpus", "isl", "osl", "load_kind", "load"];

/// The catalogue's dimensions that name people or hosts.
const PERSONAL: [&str; 3] = ["node", "target", "runner"];

/// Columns of others that name people or hosts, without regard to case, blanks and signs.
const PERSONAL_NAMES: [&str; 24] = [
    "author",
    "baseurl",
    "comment",
    "contact",
    "email",
    "endpoint",
    "host",
    "hostid",
    "hostname",
    "hosts",
    "ip",
    "ipaddress",
    "login",
    "machine",
    "mail",
    "nodelist",
    "nodename",
    "notes",
    "owner",
    "submitter",
    "submittedby",
    "url",
    "user",
    "username",
];

/// What a column has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Text.
    Text,
    /// Numbers, in CSV and JSON; Parquet and Arrow keep the text, as files may say more than a number.
    Count,
    /// Numbers.
    Number,
}

impl Holds {
    /// The name of the type.
    pub const fn key(self) -> &'static str {
        match self {
            Holds::Text => "text",
            Holds::Count => "count",
            Holds::Number => "number",
        }
    }
}

/// A canonical column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it has.
    pub holds: Holds,
    /// The unit; empty for texts, counts and ratios.
    pub unit: &'static str,
    /// What it means.
    pub definition: String,
    /// Whether it names people or hosts, which links, bundles and reports leave out.
    pub personal: bool,
}

/// Whether a column names people or hosts, by catalogue key or the name that a file gives it.
pub fn is_personal(name: &str) -> bool {
    let letters: String = name.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>().to_lowercase();
    PERSONAL.contains(&name) || PERSONAL_NAMES.contains(&letters.as_str())
}

/// Every canonical column, in the order of exports; of a distribution one for each statistic.
pub fn columns() -> Vec<Column> {
    let dimension = |key: &str| {
        let row = dimensions::dimension(key);
        let holds = match row.map(|row| row.order) {
            _ if key == "load" => Holds::Number,
            Some(dimensions::Order::Number) => Holds::Count,
            Some(_) | None => Holds::Text,
        };
        let definition = definitions::of(key).unwrap_or_default().to_owned();
        Column { name: key.to_owned(), holds, unit: "", definition, personal: is_personal(key) }
    };
    let text = |name: &str, definition: &str| Column {
        name: name.to_owned(),
        holds: Holds::Text,
        unit: "",
        definition: definition.to_owned(),
        personal: false,
    };
    let others = DIMENSIONS.iter().map(|row| row.key).filter(|key| !LEADING.contains(key));
    let mut columns: Vec<Column> = LEADING.into_iter().chain(others).map(dimension).collect();
    columns.push(text("record", "What a row is where it is no measurement: request, sample, …"));
    for metric in METRICS.iter() {
        let statistics = match metric.shape {
            Shape::Scalar => &Stat::ALL[..1],
            Shape::Distribution => &Stat::ALL[..],
        };
        columns.extend(statistics.iter().map(|stat| {
            let statistic = if metric.shape == Shape::Scalar { String::new() } else { format!("{}: ", stat.label()) };
            Column {
                name: metric.column_name(*stat),
                holds: Holds::Number,
                unit: metric.unit,
                definition: format!("{}, {statistic}{}", metric.label, metric.definition),
                personal: false,
            }
        }));
    }
    columns.push(text("place", "Line or key of the row in its file."));
    columns.push(text(COLUMN, "Version of these columns."));
    columns
}

/// How a program reads an export.
#[derive(Debug)]
pub struct Snippet {
    /// The program.
    pub label: &'static str,
    /// The language of the code.
    pub language: &'static str,
    /// The code; `results.parquet` and `results.csv` are the files.
    pub code: &'static str,
}

/// How exports are read elsewhere.
pub const SNIPPETS: &[Snippet] = &[
    Snippet {
        label: "pandas",
        language: "python",
        code: "import pandas\nresults = pandas.read_parquet(\"results.parquet\")\n\
               # A CSV; before pandas 3.1 also with float_precision=\"round_trip\", or the last digits are lost:\n\
               # results = pandas.read_csv(\"results.csv\", keep_default_na=False, na_values=[\"\"])\n\
               print(results.groupby(\"model\")[\"output_tps\"].max())",
    },
    Snippet {
        label: "polars",
        language: "python",
        code: "import polars\nresults = polars.read_parquet(\"results.parquet\")\n\
               # results = polars.read_csv(\"results.csv\", infer_schema_length=None)\n\
               print(results.group_by(\"model\").agg(polars.col(\"output_tps\").max()))",
    },
    Snippet { label: "DuckDB", language: "sql", code: "SELECT model, max(output_tps) FROM 'results.parquet' GROUP BY model" },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_column_is_defined_and_named_once() {
        let columns = columns();
        for column in &columns {
            assert!(column.definition.len() > 3, "{} has no definition (definitions.rs)", column.name);
        }
        let names: BTreeSet<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        let twice: Vec<&str> = columns.iter().map(|column| column.name.as_str()).filter(|name| !names.contains(name)).collect();
        assert_eq!((names.len(), twice), (columns.len(), Vec::new()));
    }

    #[test]
    fn people_and_hosts_are_known_by_name() {
        for name in ["node", "target", "User", "user_name", "Host Name", "submitter", "Submitted by", "e-mail"] {
            assert!(is_personal(name), "{name}");
        }
        for name in ["model", "host_cores", "tps_per_user", "users", "nodes", "organization"] {
            assert!(!is_personal(name), "{name}");
        }
    }
}
