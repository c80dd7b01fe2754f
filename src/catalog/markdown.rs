//! What Markdown takes for markup.

/// Escapes a text so that Markdown shows it literally, also within a cell of a table.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => plain.extend(['\\', letter]),
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            '&' => plain.push_str("&amp;"),
            '\n' | '\r' => plain.push(' '),
            _ => plain.push(letter),
        }
    }
    // A bare address would become a link.
    plain.replace("://", ":\u{200b}//").replace("www.", "www\u{200b}.")
}
