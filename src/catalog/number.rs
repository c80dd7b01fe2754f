//! Numbers as people read them: three significant digits, SI prefixes, milliseconds below ten seconds.

use super::instant;
use super::metrics::{Metric, is_instant, metric};

/// Three significant digits with SI prefixes from ten thousand on: `12.4k`, `0.0312`, `847`.
pub fn short(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return "–".to_owned();
    }
    let (scaled, suffix) = match size {
        s if s >= 1e12 => return format!("{value:.2e}"),
        s if s >= 999_500_000.0 => (value / 1e9, "G"),
        s if s >= 999_500.0 => (value / 1e6, "M"),
        s if s >= 9_999.5 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    // The sign of a number, not a hyphen.
    format!("{}{suffix}", significant(scaled)).replace('-', "−")
}

/// Three significant digits, never fewer digits than the integer part has; no trailing zeros.
fn significant(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs().log10().floor() as i32;
    let decimals = (2 - magnitude).clamp(0, 9) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A text with a capital first letter, as a sentence or a title begins.
pub fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// A size in bytes: `840 B`, `2.3 kB`, `20.0 MB`.
pub fn bytes(size: f64) -> String {
    match size {
        size if size < 1e3 => format!("{size:.0} B"),
        size if size < 1e6 => format!("{:.1} kB", size / 1e3),
        size => format!("{:.1} MB", size / 1e6),
    }
}

/// A count with its noun: `1 line`, `2 lines`.
pub fn plural(count: u64, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// A moment as a date, where the metric is one.
fn date(key: &str, value: f64) -> Option<String> {
    instant::shown(value).filter(|_| is_instant(key))
}

/// The unit in the header of a metric's column.
pub fn unit(key: &str) -> &'static str {
    if is_instant(key) { "UTC" } else { metric(key).map_or("", |metric| metric.unit) }
}

/// A metric's value in a table, as shown and with every digit.
pub fn cell(key: &str, value: f64) -> (String, String) {
    date(key, value).map_or_else(|| (column(value), exact(value)), |date| (date.clone(), date))
}

/// From so many milliseconds on a duration is given in seconds.
pub const LONG_MS: f64 = 10_000.0;

/// A value in a unit: `412 ms`, `14.2 s`, `12.4k tok/s`, `1.5%`, `2.5×`.
pub fn measure(value: f64, unit: &str) -> String {
    match unit {
        "ms" if value.abs() >= LONG_MS => format!("{} s", short(value / 1000.0)),
        "%" | "×" => format!("{}{unit}", short(value)),
        "" => short(value),
        unit => format!("{} {unit}", short(value)),
    }
}

/// A metric's value with its unit: `412 ms`, `14.2 s`, `12.4k tok/s`, `2026-11-21 18:07:41 UTC`.
pub fn with_unit(key: &str, value: f64) -> String {
    if let Some(date) = date(key, value) {
        return format!("{date} {}", unit(key));
    }
    measure(value, metric(key).map_or("", |metric: &Metric| metric.unit))
}

/// For a column of a table: four significant digits, never fewer than the integer part has, with thousands separators and
/// without SI prefix, so that figures below each other compare at a glance: `45,679`, `548.2`, `0.03124`.
pub fn column(value: f64) -> String {
    if !value.is_finite() {
        return String::new();
    }
    let magnitude = if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 };
    let rounded: f64 = format!("{value:.*}", (3 - magnitude).clamp(0, 12) as usize).parse().unwrap_or(value);
    // Adding zero takes the sign off a zero.
    let text = (rounded + 0.0).abs().to_string();
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let grouped: String = whole
        .char_indices()
        .flat_map(|(at, digit)| (at > 0 && (whole.len() - at) % 3 == 0).then_some(',').into_iter().chain([digit]))
        .collect();
    let sign = if rounded < 0.0 { "−" } else { "" };
    format!("{sign}{grouped}{}", rest.map(|rest| format!(".{rest}")).unwrap_or_default())
}

/// The value with every digit it was stored with, for tables, tooltips and exports.
pub fn exact(value: f64) -> String {
    // Adding zero takes the sign off a zero.
    if value.is_finite() { format!("{}", value + 0.0) } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_and_a_unit() {
        let cases = [
            (0.0, "0"),
            (847.2, "847"),
            (8472.0, "8472"),
            (12_412.0, "12.4k"),
            (0.031_24, "0.0312"),
            (-5.0, "−5"),
            (1.0e6, "1M"),
            (f64::NAN, "–"),
        ];
        for (value, text) in cases {
            assert_eq!(short(value), text);
        }
        assert_eq!(with_unit("ttft", 412.7), "413 ms");
        assert_eq!(with_unit("e2el", 14_200.0), "14.2 s");
        assert_eq!(with_unit("output_tps", 12_412.0), "12.4k tok/s");
        assert_eq!(with_unit("error_rate", 1.5), "1.5%");
        // `date -u -d @1795284461.196` says the same.
        assert_eq!(with_unit("time", 1_795_284_461.196), "2026-11-21 18:07:41.196 UTC");
        assert_eq!(cell("time", 1_795_284_461.0).0, "2026-11-21 18:07:41");
        assert_eq!(cell("elapsed", 2.5), ("2.5".to_owned(), "2.5".to_owned()));
        assert_eq!(column(13_412.345_678_9), "13,412");
        assert_eq!(column(-1_234_567.0), "−1,234,567");
        assert_eq!(
            (column(548.231_3), column(0.031_244), column(-0.000_01)),
            ("548.2".to_owned(), "0.03124".to_owned(), "−0.00001".to_owned())
        );
        assert_eq!(column(0.0), "0");
        assert_eq!(column(1234.0), "1,234");
        assert_eq!(exact(1.0 / 3.0), "0.3333333333333333");
    }
}
