//! Release and label as dimensions of their own, where versions have labels: builds of one release can be put together.

use crate::catalog::versions::release_and_label;
use crate::table::Columns;

/// Sets release and label of every row, if some row has a label: without any, the version is the release. A label that
/// a file states itself stays.
pub(super) fn split(columns: &mut Columns) {
    let versions = columns.distinct(["version"]);
    let label = |version: &Option<String>| version.as_deref().and_then(|version| release_and_label(version).1).is_some();
    let stated = (0..columns.rows()).any(|row| !columns.lacks("label", row));
    if !stated && !versions.iter().any(|([version], _)| label(version)) {
        return;
    }
    for ([version], rows) in versions {
        let Some(version) = version else { continue };
        let (release, label) = release_and_label(&version);
        for row in rows {
            columns.set_text("release", row, release.unwrap_or_default());
            if columns.lacks("label", row) {
                columns.set_text("label", row, label.unwrap_or_default());
            }
        }
    }
}
