//! What spreadsheets take for a formula. Exports put an apostrophe before such text, and readers of them take it away.

/// Signs with which a formula begins. The wide ones are read like the others where East Asian text is typed.
const SIGNS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// Whether a text begins like a formula, or with what separates cells, after which one could. Blanks, control characters and
/// characters without width before it do not count: spreadsheets drop them.
pub fn is_like_one(text: &str) -> bool {
    let unseen = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}');
    text.starts_with(['\t', '\r']) || text.trim_start_matches(unseen).starts_with(SIGNS)
}
