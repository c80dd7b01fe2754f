//! Texts between bars, as in `path|value` and `H200|AWS p5en|8|41.62`: a bar in a text is written `\/`, a backslash
//! twice, and, where a blank ends a text too, a blank `\_`.

/// A text in which no bar is left.
pub fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\/")
}

/// A text in which neither a bar nor a blank is left.
pub fn escaped_word(text: &str) -> String {
    escaped(text).replace(' ', "\\_")
}

/// The text that was escaped by either.
pub fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('/') => plain.push('|'),
                Some('_') => plain.push(' '),
                Some(other) => plain.push(other),
                None => {}
            },
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_escaped_comes_back() {
        for text in ["", "a|b", r"C:\runs\a_b", r"\_", r"\/", r"|\| ", "a b"] {
            assert_eq!(unescaped(&escaped(text)), text);
            assert_eq!(unescaped(&escaped_word(text)), text);
            assert!(!escaped(text).contains('|') && !escaped_word(text).contains(['|', ' ']));
        }
    }
}
