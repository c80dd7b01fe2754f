//! Manual overrides: they take precedence over the files, and each row lists its overridden dimensions.

use crate::catalog::{accelerators, dimensions};
use crate::record::Given;
use crate::table::Columns;

/// Applies overrides to the rows of the files they cover; later ones win.
pub(super) fn apply(columns: &mut Columns, given: &[Given]) {
    if given.is_empty() {
        return;
    }
    for ([path], rows) in columns.distinct(["path"]) {
        let path = path.unwrap_or_default();
        let mut labels: Vec<&str> = Vec::new();
        for Given { dimension, value, .. } in given.iter().filter(|given| given.covers(&path)) {
            let counted = ["accelerator", "gpus"].contains(&dimension.as_str()).then(|| accelerators::counted(value)).flatten();
            let said = match counted {
                Some((count, name)) => vec![("gpus", count.to_string()), ("accelerator", name.to_owned())],
                None => vec![(dimension.as_str(), value.clone())],
            };
            for (dimension, value) in said.iter().filter(|(_, value)| counted.is_none() || !value.is_empty()) {
                rows.iter().for_each(|row| columns.set_text(dimension, *row, value));
            }
            let label = dimensions::label(dimension);
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        let labels = labels.join(", ");
        rows.iter().for_each(|row| columns.set_text("user_given", *row, &labels));
    }
}
