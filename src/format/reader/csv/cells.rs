//! Parsing cells: missing values and numbers.

use std::borrow::Cow;

use crate::catalog::formulas;

/// A cell read as a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::format) enum Cell {
    /// No value.
    Missing,
    /// A finite number.
    Number(f64),
    /// Something else.
    Wrong,
}

/// Reads a trimmed cell as a number.
pub(in crate::format) fn number(cell: &str) -> Cell {
    if let Some(number) = short(cell.as_bytes()) {
        return Cell::Number(number);
    }
    match fast_float2::parse::<f64, _>(cell) {
        Ok(number) if number.is_finite() => Cell::Number(number),
        _ if is_missing(cell) => Cell::Missing,
        _ => Cell::Wrong,
    }
}

/// The number of a few digits, with a point among them or none: most cells are such, and all that can be said of others takes
/// longer to ask. So few digits are a whole number that a float holds exactly, as it does the power of ten, and the quotient of the
/// two is the nearest float.
fn short(cell: &[u8]) -> Option<f64> {
    const DIGITS: usize = 15;
    const POWERS: [f64; DIGITS + 1] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    if cell.len() > DIGITS {
        return None;
    }
    let mut whole = 0_u64;
    let mut point = None;
    for (at, byte) in cell.iter().enumerate() {
        match byte {
            b'0'..=b'9' => whole = whole * 10 + u64::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    match point {
        None if cell.is_empty() => None,
        None => Some(whole as f64),
        // `.5` and `5.` are left to who knows them.
        Some(at) if at == 0 || at + 1 == cell.len() => None,
        Some(at) => POWERS.get(cell.len() - 1 - at).map(|power| whole as f64 / power),
    }
}

/// A trimmed cell's number and the unit behind it, which may be empty: `345.21 W`, `98%`. The number is not parsed.
pub(in crate::format) fn parted(cell: &str) -> (&str, &str) {
    const LONGEST: usize = 12;
    let end = cell.rfind(|c: char| c.is_ascii_digit()).map_or(0, |at| at + 1);
    let (number, unit) = cell.split_at(end);
    let unit = unit.trim();
    let is_unit = unit.len() <= LONGEST && unit.chars().all(|c| c.is_alphabetic() || matches!(c, '%' | '/' | '°' | 'µ' | ' '));
    let is_number = number.trim_start_matches(['-', '+']).starts_with(|c: char| c.is_ascii_digit())
        && number.chars().all(|c| c.is_ascii_digit() || !c.is_alphabetic());
    if is_unit && is_number { (number, unit) } else { (cell, "") }
}

/// A number without the commas that set thousands apart; any other text as it is.
pub(in crate::format) fn without_thousands(cell: &str) -> Cow<'_, str> {
    let whole = cell.split('.').next().unwrap_or(cell);
    let mut groups = whole.trim_start_matches(['-', '+']).split(',');
    let are_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let first = groups.next().filter(|first| are_digits(first)).map_or(0, str::len);
    let mut others = groups.peekable();
    let thousands =
        others.peek().is_some() && (1..=3).contains(&first) && others.all(|group| group.len() == 3 && are_digits(group));
    if thousands { Cow::Owned(cell.replace(',', "")) } else { Cow::Borrowed(cell) }
}

/// A cell without the space around it.
pub(in crate::format) fn trimmed(cell: &str) -> &str {
    // Few cells have any, and looking for all kinds of it takes longer than the rest of reading a cell.
    let is_bare = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_graphic);
    let bytes = cell.as_bytes();
    if is_bare(bytes.first()) && is_bare(bytes.last()) { cell } else { cell.trim() }
}

/// Whether a trimmed cell is missing: blank, or one of the words that pandas, Excel and people use.
pub(in crate::format) fn is_missing(cell: &str) -> bool {
    const WORDS: [&str; 10] = ["nan", "none", "null", "n/a", "na", "nat", "#n/a", "<na>", "-nan", "nil"];
    const LONGEST: usize = 4;
    cell.len() <= LONGEST && (matches!(cell, "" | "-" | "–" | "—") || WORDS.iter().any(|word| word.eq_ignore_ascii_case(cell)))
}

/// A text without the apostrophe that Inferscope's exports put before spreadsheet formulas.
pub(in crate::format) fn unescaped(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| formulas::is_like_one(rest)).unwrap_or(text)
}

/// Whether two cells are the same: eight bytes at a time, since WebAssembly compares slices byte by byte.
#[inline]
pub(in crate::format) fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    match (a.last_chunk::<8>(), b.last_chunk::<8>()) {
        // The last eight overlap those before them.
        (Some(a_end), Some(b_end)) => {
            let eights = a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0);
            u64::from_ne_bytes(*a_end) == u64::from_ne_bytes(*b_end)
                && eights.into_iter().all(|(a, b)| u64::from_ne_bytes(*a) == u64::from_ne_bytes(*b))
        }
        _ => a.iter().zip(b).all(|(a, b)| a == b),
    }
}

/// Whether an integer is in canonical form: digits without a leading zero.
pub(in crate::format) fn is_canonical(cell: &str) -> bool {
    let bytes = cell.as_bytes();
    cell == "0" || bytes.len() <= 15 && matches!(bytes.first(), Some(b'1'..=b'9')) && bytes.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn same_cells_are_equal(a in "[ab]{0,20}", b in "[ab]{0,20}") {
            prop_assert!(same(&a, &a.clone()));
            prop_assert_eq!(same(&a, &b), a == b);
        }

        #[test]
        fn short_numbers_are_the_nearest_floats(cell in "[0-9]{0,9}[.]?[0-9]{0,9}") {
            if let Some(found) = short(cell.as_bytes()) {
                prop_assert_eq!(Some(found.to_bits()), cell.parse().ok().map(f64::to_bits), "{}", cell);
            }
        }
    }

    #[test]
    fn cells() {
        for missing in ["", "nan", "NaN", "None", "N/A", "-", "<NA>", "null"] {
            assert_eq!(number(missing), Cell::Missing, "{missing}");
        }
        for wrong in ["inf", "-Infinity", "abc", "1,000", "12 ms", "1e999", "=1+1"] {
            assert_eq!(number(wrong), Cell::Wrong, "{wrong}");
        }
        assert_eq!(parted("345.21 W"), ("345.21", "W"));
        assert_eq!(parted("98%"), ("98", "%"));
        assert_eq!(parted("12,5 tok/s"), ("12,5", "tok/s"));
        assert_eq!(
            (parted("42"), parted("H200"), parted("2026-01-01 x1 a")),
            (("42", ""), ("H200", ""), ("2026-01-01 x1 a", ""))
        );
        for (cell, number) in [("33,928.10", "33928.10"), ("-1,042,110", "-1042110"), ("17.10", "17.10")] {
            assert_eq!(without_thousands(cell), number);
        }
        for cell in ["1,5", "12,34,567", ",123", "1234,567", "a, b", "GPU,CPU", "1.5,000"] {
            assert_eq!(without_thousands(cell), cell);
        }
        assert_eq!(number("1e3"), Cell::Number(1000.0));
        assert_eq!(number("-0.5"), Cell::Number(-0.5));
        assert!(is_canonical("0") && is_canonical("1024") && !is_canonical("4.0") && !is_canonical("04") && !is_canonical(""));
    }
}
