//! One line of an exposition: a series, its value, perhaps a time; or a comment that declares a metric's type.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

/// A metric's type, by its `# TYPE` line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Counter,
    Gauge,
    Histogram,
    Summary,
    /// Declared as of no type, or as one that is read like a gauge.
    Other,
}

/// A sample line: the series as it is written, and what follows it.
#[derive(Debug, PartialEq)]
pub(super) struct Line<'t> {
    pub series: &'t str,
    pub value: f64,
    /// In the exposition's own unit.
    pub time: Option<f64>,
}

/// A series' name and labels.
pub(super) type Series<'t> = (Cow<'t, str>, Vec<(Cow<'t, str>, Cow<'t, str>)>);

/// The name and type that a comment declares.
pub(super) fn declared(line: &str) -> Option<(&str, Type)> {
    let mut words = line.strip_prefix('#')?.split_ascii_whitespace();
    if words.next() != Some("TYPE") {
        return None;
    }
    let (name, kind) = (words.next()?, words.next()?);
    let kind = match kind {
        "counter" => Type::Counter,
        "gauge" => Type::Gauge,
        "histogram" => Type::Histogram,
        "summary" => Type::Summary,
        "untyped" | "unknown" | "info" | "stateset" | "gaugehistogram" => Type::Other,
        _ => return None,
    };
    words.next().is_none().then_some((name.trim_matches('"'), kind))
}

/// Reads a sample line; `None` when it is none. What OpenMetrics writes after `#` (an exemplar) is passed over.
pub(super) fn sample(line: &str) -> Option<Line<'_>> {
    let line = line.trim_start();
    let end = series_end(line)?;
    let (series, rest) = line.split_at_checked(end)?;
    let rest = if memchr(b'#', rest.as_bytes()).is_some() { rest.split(" # ").next().unwrap_or(rest) } else { rest };
    let mut words = rest.split_ascii_whitespace();
    let value = fast_float2::parse::<f64, _>(words.next()?).ok()?;
    let time = match words.next() {
        Some(word) => Some(fast_float2::parse::<f64, _>(word).ok().filter(|time| time.is_finite())?),
        None => None,
    };
    (words.next().is_none() && !series.is_empty()).then(|| Line { series: series.trim_end(), value, time })
}

/// Where a series ends: after its braces, or before the first space.
fn series_end(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    let legal = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'.');
    let open = bytes.iter().position(|byte| !legal(byte))?;
    if !matches!(bytes[open], b'{' | b' ' | b'\t') || bytes[0].is_ascii_digit() {
        return None;
    }
    // Spaces may separate the name from its braces.
    let brace = open + bytes[open..].iter().position(|byte| !matches!(byte, b' ' | b'\t'))?;
    if bytes[brace] != b'{' {
        return (open > 0).then_some(open);
    }
    let mut at = brace + 1;
    loop {
        at += memchr2(b'"', b'}', &bytes[at..])? + 1;
        if bytes[at - 1] == b'}' {
            return Some(at);
        }
        // The closing quote, past what backslashes escape.
        loop {
            at += memchr2(b'"', b'\\', bytes.get(at..)?)? + 1;
            if bytes[at - 1] == b'"' {
                break;
            }
            at += 1;
        }
    }
}

/// Splits a series into its name and labels; `None` when the braces have other content. The name may be quoted
/// within the braces, as Prometheus 3 writes names with other characters.
pub(super) fn series(text: &str) -> Option<Series<'_>> {
    let Some((name, rest)) = text.split_once('{') else { return Some((Cow::Borrowed(text.trim()), Vec::new())) };
    let mut name: Cow<'_, str> = Cow::Borrowed(name.trim());
    let mut rest = rest.trim_start();
    let mut labels = Vec::new();
    loop {
        rest = rest.trim_start_matches([',', ' ', '\t']);
        if rest.starts_with('}') {
            return (!name.is_empty()).then_some((name, labels));
        }
        let (key, after) = match rest.strip_prefix('"') {
            Some(inside) => unquoted(inside)?,
            None => {
                let (key, after) = rest.split_at_checked(rest.find(['=', ' ', '\t'])?)?;
                // Of what is written without quotes nothing else is a name: a comma or a sign is missing or another.
                if !key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '.' | '-' | '/')) {
                    return None;
                }
                (Cow::Borrowed(key), after)
            }
        };
        let after = after.trim_start();
        match after.strip_prefix('=') {
            Some(value) => {
                let (value, after) = unquoted(value.trim_start().strip_prefix('"')?)?;
                labels.push((key, value));
                rest = after.trim_start();
            }
            None if name.is_empty() => {
                name = key;
                rest = after;
            }
            None => return None,
        }
    }
}

/// The text up to the closing quote with its escapes resolved, and what follows the quote.
fn unquoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let plain = text.find(['"', '\\'])?;
    if text.get(plain..)?.starts_with('"') {
        return Some((Cow::Borrowed(text.get(..plain)?), text.get(plain + 1..)?));
    }
    let mut out = text.get(..plain)?.to_owned();
    let mut characters = text.get(plain..)?.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((Cow::Owned(out), text.get(plain + at + 1..)?)),
            '\\' => match characters.next()?.1 {
                'n' => out.push('\n'),
                c @ ('\\' | '"') => out.push(c),
                other => out.extend(['\\', other]),
            },
            c => out.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]

        /// Numbers are those of the standard library, which is slower.
        #[test]
        fn numbers_are_as_rust_reads_them(text in "[-+]?([0-9]{0,20}\\.?[0-9]{0,20}([eE][-+]?[0-9]{0,3})?|inf|Inf|NaN|nan|infinity|INFINITY|nanx)") {
            let ours = fast_float2::parse::<f64, _>(&text).ok().map(f64::to_bits);
            prop_assert_eq!(ours, text.parse::<f64>().ok().map(f64::to_bits), "{}", text);
        }

        /// A series ends where it does character by character.
        #[test]
        fn a_series_ends_at_its_brace(text in r#"[a1:é]{0,3}[ \t]{0,2}[{a "\\},=]{0,16} 1"#) {
            prop_assert_eq!(series_end(&text), series_end_plainly(&text), "{}", text);
        }
    }

    fn series_end_plainly(line: &str) -> Option<usize> {
        let open = line.find(['{', ' ', '\t'])?;
        let name = line.get(..open)?;
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '.');
        if !name.chars().all(legal) || name.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let brace = open + line.get(open..)?.find(|c: char| c != ' ' && c != '\t')?;
        if !line.get(brace..)?.starts_with('{') {
            return (open > 0).then_some(open);
        }
        let (mut quoted, mut escaped) = (false, false);
        for (at, byte) in line.bytes().enumerate().skip(brace + 1) {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b'}' if !quoted => return Some(at + 1),
                _ => {}
            }
        }
        None
    }

    #[test]
    fn lines_are_taken_apart() {
        let cases = [
            ("a 1", Some(("a", 1.0, None))),
            ("a:b_total{x=\"1\"} 8.1e+06 1700000000123", Some(("a:b_total{x=\"1\"}", 8.1e6, Some(1_700_000_000_123.0)))),
            ("a {x=\"} # \"} 2", Some(("a {x=\"} # \"}", 2.0, None))),
            ("a_bucket{le=\"+Inf\"} 5 # {trace=\"x\"} 0.3 17", Some(("a_bucket{le=\"+Inf\"}", 5.0, None))),
            ("{\"a.b\",x=\"1\"} 3", Some(("{\"a.b\",x=\"1\"}", 3.0, None))),
            ("a{x=\"1\" 3", None),
            ("a", None),
            ("a b", None),
            ("a 1 2 3", None),
            ("9a 1", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|(series, value, time)| Line { series, value, time });
            assert_eq!(sample(text), expected, "{text}");
        }
    }

    #[test]
    fn labels_are_unescaped() {
        let of = |text| {
            series(text).map(|(name, labels)| {
                let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
                format!("{name}|{}", labels.join("|"))
            })
        };
        assert_eq!(of(r#"a{x="1",y="q\"\\\n",}"#).as_deref(), Some("a|x=1|y=q\"\\\n"));
        assert_eq!(of(r#"a { x = "1" }"#).as_deref(), Some("a|x=1"));
        assert_eq!(of("a").as_deref(), Some("a|"));
        assert_eq!(of(r#"{"a.b","x.y"="1"}"#).as_deref(), Some("a.b|x.y=1"));
        for broken in [
            r#"a{x="1";y="2"}"#,
            r#"a{x"1",y="2"}"#,
            r#"a{x,"1"}"#,
            r#"a{x=1}"#,
            r#"a{x="1}"#,
            r#"a{x}"#,
            r#"{x="1"}"#,
            r#"a{"#,
            r#"a{x="\"#,
        ] {
            assert_eq!(of(broken), None, "{broken}");
        }
    }

    #[test]
    fn types_are_declared() {
        assert_eq!(declared("# TYPE a:b counter"), Some(("a:b", Type::Counter)));
        assert_eq!(declared("#  TYPE\ta\tsummary "), Some(("a", Type::Summary)));
        assert_eq!(declared("# HELP a counter"), None);
        assert_eq!(declared("# TYPE a of things"), None);
    }
}
