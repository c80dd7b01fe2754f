//! Units as tools spell them, and the factor from each to the catalogue's own.

/// A spelling, the catalogue's unit, and the factor from one to the other. Spellings are lower case, with `/` for `per` and
/// `us` for `µs`.
const SPELLINGS: &[(&str, &str, f64)] = &[
    ("ms", "ms", 1.0),
    ("msec", "ms", 1.0),
    ("milliseconds", "ms", 1.0),
    ("ms/token", "ms", 1.0),
    ("s", "ms", 1000.0),
    ("sec", "ms", 1000.0),
    ("seconds", "ms", 1000.0),
    ("s/token", "ms", 1000.0),
    ("us", "ms", 1e-3),
    ("usec", "ms", 1e-3),
    ("microseconds", "ms", 1e-3),
    ("ns", "ms", 1e-6),
    ("nanoseconds", "ms", 1e-6),
    ("s", "s", 1.0),
    ("sec", "s", 1.0),
    ("seconds", "s", 1.0),
    ("ms", "s", 1e-3),
    ("us", "s", 1e-6),
    ("ns", "s", 1e-9),
    ("tok/s", "tok/s", 1.0),
    ("token/s", "tok/s", 1.0),
    ("tokens/s", "tok/s", 1.0),
    ("tok/sec", "tok/s", 1.0),
    ("token/sec", "tok/s", 1.0),
    ("tokens/sec", "tok/s", 1.0),
    ("tokens/second", "tok/s", 1.0),
    ("per sec", "tok/s", 1.0),
    ("tokens/s/user", "tok/s/user", 1.0),
    ("tokens/sec/user", "tok/s/user", 1.0),
    ("queries/s", "req/s", 1.0),
    ("req/s", "req/s", 1.0),
    ("req/sec", "req/s", 1.0),
    ("request/s", "req/s", 1.0),
    ("request/sec", "req/s", 1.0),
    ("requests/s", "req/s", 1.0),
    ("requests/sec", "req/s", 1.0),
    ("requests/second", "req/s", 1.0),
    ("requests/min", "req/s", 1.0 / 60.0),
    ("per sec", "req/s", 1.0),
    ("count", "tokens", 1.0),
    ("tokens", "tokens", 1.0),
    ("queries/s", "sessions/s", 1.0),
    ("", "requests", 1.0),
    ("", "tokens", 1.0),
    ("count", "requests", 1.0),
    ("requests", "requests", 1.0),
    ("%", "%", 1.0),
    ("percent", "%", 1.0),
    ("ratio", "%", 100.0),
    ("fraction", "%", 100.0),
];

/// The factor from a spelling to one of the catalogue's units; `None` when it is no spelling of such a unit.
pub fn factor(spelling: &str, unit: &str) -> Option<f64> {
    let folded = spelling.trim().to_lowercase().replace(" per ", "/").replace(['µ', 'μ'], "u");
    SPELLINGS.iter().find(|(name, to, _)| *name == folded && *to == unit).map(|(.., factor)| *factor)
}

#[cfg(test)]
mod tests {
    use super::factor;

    #[test]
    fn a_spelling_means_what_it_measures() {
        assert_eq!(factor("s", "ms"), Some(1000.0));
        assert_eq!(factor("s", "s"), Some(1.0));
        assert_eq!(factor("S/Token", "ms"), Some(1000.0));
        assert_eq!(factor("tokens/s", "ms"), None);
        assert_eq!(factor("fraction", "%"), Some(100.0));
        assert_eq!(factor("", "ms"), None);
        assert_eq!(factor("request per sec", "req/s"), Some(1.0));
        assert_eq!(factor("tokens per sec", "tok/s"), Some(1.0));
        assert_eq!(factor("tokens per sec", "req/s"), None);
        // The sign of the micro prefix, and the Greek letter.
        assert_eq!((factor("\u{b5}s", "ms"), factor("\u{3bc}s", "ms")), (Some(1e-3), Some(1e-3)));
    }
}
