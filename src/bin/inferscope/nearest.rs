//! Unknown names, and the known name that was probably meant.

use inferscope::catalog::{DIMENSIONS, METRICS, metrics};
use inferscope::gate::Filter;
use inferscope::record::Stat;
use inferscope::table::Table;

/// How alike two names must be for one to be a slip of the other (Jaro's similarity, 0 to 1), as in clap's own hints.
const ALIKE: f64 = 0.7;

/// “; did you mean “model”?”, with the known name that is most alike; empty where none is.
pub(crate) fn hint<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    let name = name.to_lowercase();
    let alike = |other: &'k str| (strsim::jaro(&name, &other.to_lowercase()), other);
    let nearest = known.into_iter().map(alike).filter(|(alike, _)| *alike > ALIKE).max_by(|a, b| a.0.total_cmp(&b.0));
    nearest.map(|(_, other)| format!("; did you mean “{other}”?")).unwrap_or_default()
}

/// A statistic by its key.
pub(crate) fn statistic(key: &str) -> Result<Stat, String> {
    let unknown = || format!("there is no statistic “{key}”{}", hint(key, Stat::ALL.iter().map(|stat| stat.key())));
    Stat::from_key(key).ok_or_else(unknown)
}

/// Checks that a name is that of a figure, such as `ttft.p95`.
pub(crate) fn figure(name: &str) -> Result<(), String> {
    if metrics::metric(name).is_some() {
        return Ok(());
    }
    let (metric, stat) = name.rsplit_once('.').unwrap_or((name, Stat::Mean.key()));
    if metrics::metric(metric).is_none() {
        let hint = hint(metric, METRICS.iter().map(|metric| metric.key));
        return Err(format!("there is no metric “{metric}”{hint}"));
    }
    statistic(stat).map(|_| ())
}

/// Checks the figure of a limit, not the limit itself.
pub(crate) fn limit(text: &str) -> Result<(), String> {
    let name = text.split(['<', '>', '=']).next().unwrap_or_default().trim();
    if name.is_empty() || name.starts_with("load:") { Ok(()) } else { figure(name) }
}

/// A filter: a dimension, also in the singular, and its values.
pub(crate) fn filter(text: &str, table: &Table) -> Result<Filter, String> {
    let Some((name, values)) = text.split_once('=') else {
        return Err(format!("“{text}” is not a filter; use dimension=value, e.g. tag=stable or version=v-1,v-2"));
    };
    let name = name.trim();
    let columns = table.dimension_keys();
    let known = || DIMENSIONS.iter().map(|dimension| dimension.key).chain(columns.iter().copied());
    let plural = format!("{name}s");
    let key = known().find(|key| *key == name).or_else(|| known().find(|key| *key == plural));
    let key = key.ok_or_else(|| format!("there is no dimension “{name}”{}", hint(name, known())))?;
    Ok((key.to_owned(), values.split(',').map(|value| value.trim().to_owned()).collect()))
}

/// The dimensions of `--match`; empty for `none`.
pub(crate) fn dimensions(names: &[String], table: &Table) -> Result<Vec<String>, String> {
    const NONE: &str = "none";
    let names: Vec<&str> = names.iter().map(|name| name.trim()).collect();
    if names == [NONE] {
        return Ok(Vec::new());
    }
    let columns = table.dimension_keys();
    let known: Vec<&str> = DIMENSIONS.iter().map(|dimension| dimension.key).chain(columns.iter().copied()).collect();
    for name in &names {
        match *name {
            "" => return Err("--match has an empty name; use `--match none` to match on load only".to_owned()),
            NONE => return Err(format!("--match {NONE} cannot be combined with other dimensions")),
            name if !known.contains(&name) => {
                return Err(format!("there is no dimension “{name}”{}", hint(name, known.iter().copied())));
            }
            _ => {}
        }
    }
    Ok(names.into_iter().map(str::to_owned).collect())
}
