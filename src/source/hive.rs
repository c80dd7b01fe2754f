//! Folders that name a column and its value, as Apache Hive lays out a partitioned table: `model=llama/tp=8/part-0.parquet`.

use percent_encoding::percent_decode_str;

/// What Hive writes for a missing value.
const MISSING: &str = "__HIVE_DEFAULT_PARTITION__";

/// The columns that a path's folders name, with their values; an empty value is a missing one.
pub fn partitions(path: &str) -> Vec<(String, String)> {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let named = folders.split('/').filter_map(|folder| folder.split_once('=')).filter(|(column, _)| !column.is_empty());
    named.map(|(column, value)| (decoded(column), if value == MISSING { String::new() } else { decoded(value) })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_name_columns_and_values() {
        let of = |path: &str| {
            let all = partitions(path).into_iter();
            all.map(|(column, value)| format!("{column}→{value}")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of("model=meta-llama%2FLlama-3.3/tp=8/part-0.parquet"), "model→meta-llama/Llama-3.3 tp→8");
        assert_eq!(of("accelerator=__HIVE_DEFAULT_PARTITION__/a=b=c/x.parquet"), "accelerator→ a→b=c");
        assert_eq!(of("plain/x=1.parquet"), "", "a file's name is none");
        assert_eq!(of("=1/%FF=2/x"), "\u{fffd}→2");
    }
}
