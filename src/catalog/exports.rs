//! The exports: rows of data, from which the page's menus, the command line's `--format` and `--to` and the README are
//! made. What writes them is `table::export`.

use serde::{Deserialize, Serialize};

/// An export.
#[derive(Debug)]
pub struct Export {
    /// Its name in the protocol and on the command line.
    pub key: &'static str,
    /// What menus call it.
    pub label: &'static str,
    /// What it has, in a few words.
    pub help: &'static str,
    /// The file's ending.
    pub extension: &'static str,
    /// The media type.
    pub mime: &'static str,
    /// What it is made from.
    pub takes: Takes,
}

/// What an export is made from, and how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Every column of the shown records under its canonical name; or one of the view's own tables.
    Records(Encoding),
    /// The shown records as points of a time series: identity as tags, figures as fields.
    Points,
    /// The columns on the screen, for the clipboard.
    Cells(Encoding),
    /// The shown measurements as another dashboard's table, from scratch or below the rows of an existing one.
    Consolidated(Layout),
    /// Published results.
    Submissions,
    /// The figures of measurements as gauges with labels, for a monitoring; of the command line only.
    Gauges,
    /// The view's own text, where it has one; the text brings its file name.
    Text,
}

/// How rows and columns are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As text.
    Text(TextEncoding),
    /// As typed columns.
    Columnar(ColumnarEncoding),
}

/// Rows as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextEncoding {
    /// Cells between commas, empty for missing.
    Csv,
    /// Cells between tabs.
    Tsv,
    /// An array of objects, `null` for missing.
    Json,
    /// A Markdown table, empty for missing.
    Markdown,
}

/// Typed columns. What writes them is large: of the page's programs only the reader has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ColumnarEncoding {
    /// Apache Parquet.
    Parquet,
    /// An Arrow IPC file.
    Arrow,
}

/// Another dashboard's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One server per row: 52 columns.
    Rhaiis,
    /// One cluster per row: 51 columns.
    Llmd,
}

/// All exports, in the menus' order.
pub const EXPORTS: &[Export] = &[
    Export {
        key: "csv",
        label: "CSV",
        help: "All columns, canonical names and units",
        extension: "csv",
        mime: "text/csv",
        takes: Takes::Records(Encoding::Text(TextEncoding::Csv)),
    },
    Export {
        key: "json",
        label: "JSON",
        help: "The same as an array of objects",
        extension: "json",
        mime: "application/json",
        takes: Takes::Records(Encoding::Text(TextEncoding::Json)),
    },
    Export {
        key: "parquet",
        label: "Parquet",
        help: "The same, typed and compressed",
        extension: "parquet",
        mime: "application/vnd.apache.parquet",
        takes: Takes::Records(Encoding::Columnar(ColumnarEncoding::Parquet)),
    },
    Export {
        key: "arrow",
        label: "Arrow",
        help: "The same as an Arrow IPC file (Feather)",
        extension: "arrow",
        mime: "application/vnd.apache.arrow.file",
        takes: Takes::Records(Encoding::Columnar(ColumnarEncoding::Arrow)),
    },
    Export {
        key: "markdown",
        label: "Markdown",
        help: "The same as a table for a wiki or an issue",
        extension: "md",
        mime: "text/markdown",
        takes: Takes::Records(Encoding::Text(TextEncoding::Markdown)),
    },
    Export {
        key: "influx",
        label: "InfluxDB line protocol",
        help: "The same as points: identity as tags, figures and all else as fields, times in nanoseconds",
        extension: "lp",
        mime: "text/plain",
        takes: Takes::Points,
    },
    Export {
        key: "rhaiis-csv",
        label: "RHAIIS dashboard CSV",
        help: "One server per row: 52 columns",
        extension: "rhaiis.csv",
        mime: "text/csv",
        takes: Takes::Consolidated(Layout::Rhaiis),
    },
    Export {
        key: "llmd-csv",
        label: "LLM-D dashboard CSV",
        help: "One cluster per row: 51 columns",
        extension: "llmd.csv",
        mime: "text/csv",
        takes: Takes::Consolidated(Layout::Llmd),
    },
    Export {
        key: "mlperf",
        label: "MLPerf results CSV",
        help: "Published MLPerf results, one per row, as the page ships them; units are corrected, and as printed",
        extension: "mlperf.csv",
        mime: "text/csv",
        takes: Takes::Submissions,
    },
    Export {
        key: "openmetrics",
        label: "OpenMetrics text",
        help: "Measurements as gauges with labels, for a Prometheus Pushgateway; times in seconds, shares from 0 to 1",
        extension: "prom",
        mime: "application/openmetrics-text; version=1.0.0; charset=utf-8",
        takes: Takes::Gauges,
    },
    Export {
        key: "tsv",
        label: "Tab-separated text",
        help: "The columns on the screen, for the clipboard",
        extension: "tsv",
        mime: "text/tab-separated-values",
        takes: Takes::Cells(Encoding::Text(TextEncoding::Tsv)),
    },
    Export {
        key: "text",
        label: "Text",
        help: "The view's own text, where it has one",
        extension: "txt",
        mime: "text/plain",
        takes: Takes::Text,
    },
];

/// The export with a key.
pub fn by_key(key: &str) -> Option<&'static Export> {
    EXPORTS.iter().find(|export| export.key == key)
}

#[cfg(test)]
mod tests {
    use super::EXPORTS;

    #[test]
    fn keys_and_labels_are_unique() {
        for (at, one) in EXPORTS.iter().enumerate() {
            let same = |other: &&super::Export| other.key == one.key || other.label == one.label;
            assert_eq!(EXPORTS.iter().position(|other| same(&other)), Some(at), "{}", one.key);
        }
    }
}
