//! Release and label as dimensions of their own, where versions have labels: builds of one release can be put together.

use crate::catalog::versions::release_and_label;
use crate::table::Columns;

/// Sets release and label of every row, if some row has a label: without any, the version is the release. A label that
/// a file states itself stays.
pub(super) fn split(columns: &mut Columns) {
    let versions = columns.distinct(["version"]);
    let label = |version: &Option<String>| version.as_deref().and_then(|version| release_and_label(version).1).is_some();
    let stated =
        columns.dimension_at("label").is_some_and(|at| (0..columns.rows()).any(|row| columns.code_at(at, row).is_some()));
    if !stated && !versions.iter().any(|([version], _)| label(version)) {
        return;
    }
    columns.set_from("version", "release", true, |version| release_and_label(version).0.map(str::to_owned));
    columns.set_from("version", "label", false, |version| release_and_label(version).1.map(str::to_owned));
}
