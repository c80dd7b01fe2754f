//! Runtime arguments as settings that can be compared: semicolon lists (`tensor-parallel-size: 4; dtype: auto`), command
//! lines (`vllm serve m --kv-cache-dtype=fp8 -O3`), environments (`KEY=VALUE`) and JSON objects, alone or as a value.
//!
//! It does not know the engines' arguments: a setting is recognised by its form.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::sorting::Sorting;

/// Settings by name. `a_b`, `a-b` and `--a-b` are one name; `no-x: true` is `x: false`; nested names have dots.
pub type Arguments = BTreeMap<String, String>;

/// The name of everything that is neither option nor pair: the command and its operands.
pub const COMMAND: &str = "command";

/// The settings of a text; the last value of a name wins. Never fails: what has no form is part of the command.
pub fn parse(text: &str) -> Arguments {
    let mut found = Arguments::new();
    let mut command: Vec<String> = Vec::new();
    for statement in split(text, |c| matches!(c, ';' | '\n' | '\r')) {
        match pair(statement) {
            Some((name, value)) => put(&mut found, name, &unquoted(value)),
            None if matches!(serde_json::from_str(statement), Ok(Value::Object(_))) => put(&mut found, "", statement),
            None => command_line(statement, &mut found, &mut command),
        }
    }
    if !command.is_empty() {
        put(&mut found, COMMAND, &command.join(" "));
    }
    found
}

/// The settings as a semicolon list, which [`parse`] reads back.
pub fn render(arguments: &Arguments) -> String {
    let plain = |value: &str| value.chars().all(|c| c.is_ascii_alphanumeric() || "._/:@+-".contains(c));
    let one = |(name, value): (&String, &String)| match plain(value) {
        true => format!("{name}: {value}"),
        false => format!("{name}: \"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")),
    };
    arguments.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// A setting that is not the same everywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The setting's name.
    pub key: String,
    /// Its value in each of the compared; `None` where it is not set.
    pub values: Vec<Option<String>>,
}

/// Settings that differ. Those that all set, but differently, come first: a setting that is absent may well have had the
/// same value by default.
pub fn differences(compared: &[Arguments]) -> Vec<Difference> {
    let keys: BTreeSet<&String> = compared.iter().flat_map(BTreeMap::keys).collect();
    let all = keys.into_iter().map(|key| Difference {
        key: key.clone(),
        values: compared.iter().map(|arguments| arguments.get(key).cloned()).collect(),
    });
    let mut differing: Vec<Difference> = all.filter(|row| row.values.windows(2).any(|two| two.first() != two.last())).collect();
    differing.order_by_key(|row| row.values.iter().any(Option::is_none));
    differing
}

/// A container image's reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Registry and name.
    pub name: String,
    /// What follows the colon.
    pub tag: Option<String>,
    /// What follows the `@`.
    pub digest: Option<String>,
}

/// `registry:5000/name:tag@sha256:…` in its parts.
pub fn image(reference: &str) -> Image {
    let (rest, digest) = reference.trim().split_once('@').map_or((reference.trim(), None), |(rest, digest)| (rest, Some(digest)));
    // A colon before the last slash is the registry's port.
    let (name, tag) = match rest.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (rest, None),
    };
    Image { name: name.to_owned(), tag: tag.map(str::to_owned), digest: digest.map(str::to_owned) }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "._/-".contains(c))
}

/// `name: value`; a colon inside a word, as in an address, makes none.
fn pair(statement: &str) -> Option<(&str, &str)> {
    let (name, value) = statement.split_once(':')?;
    let name = name.trim().trim_matches('"');
    (is_name(name) && !name.starts_with('-') && (value.is_empty() || value.starts_with(char::is_whitespace)))
        .then_some((name, value.trim()))
}

fn command_line(statement: &str, found: &mut Arguments, command: &mut Vec<String>) {
    let mut tokens = split(statement, char::is_whitespace).into_iter().peekable();
    while let Some(token) = tokens.next() {
        let option = token.trim_start_matches('-');
        let dashes = token.len() - option.len();
        if let Some((name, value)) = option.split_once('=').filter(|(name, _)| is_name(name)) {
            put(found, name, &unquoted(value));
        } else if dashes == 0 || !is_name(option) || option.parse::<f64>().is_ok() {
            command.push(unquoted(token));
        } else if let Some(level) = option.strip_prefix('O').filter(|level| dashes == 1 && level.parse::<u8>().is_ok()) {
            put(found, "O", level);
        } else {
            let operand = |next: &&str| !next.starts_with('-') || next.parse::<f64>().is_ok();
            put(found, option, &tokens.next_if(operand).map_or_else(|| "true".to_owned(), unquoted));
        }
    }
}

/// Parts between separators, where these stand neither in quotes nor in brackets; empty parts are none.
fn split(text: &str, separator: impl Fn(char) -> bool) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth, mut before) = (0, 0_usize, ' ');
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            // An apostrophe within a word opens nothing.
            '"' | '\'' if !before.is_alphanumeric() => {
                if let Some(length) = text.get(at..).and_then(quoted) {
                    chars.by_ref().take_while(|(next, _)| *next < at + length - 1).for_each(drop);
                }
            }
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 && separator(c) => {
                parts.extend(text.get(start..at));
                start = at + c.len_utf8();
            }
            _ => {}
        }
        before = c;
    }
    parts.extend(text.get(start..));
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// The length of the quoted text that begins here, with both quotes; in double quotes a backslash escapes.
fn quoted(text: &str) -> Option<usize> {
    let mut chars = text.char_indices();
    let (_, quote) = chars.next()?;
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' if quote == '"' => {
                chars.next();
            }
            _ if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn unquoted(text: &str) -> String {
    let text = text.trim();
    if !text.starts_with(['"', '\'']) || quoted(text) != Some(text.len()) {
        return text.to_owned();
    }
    let inner = text.get(1..text.len() - 1).unwrap_or_default();
    if text.starts_with('\'') {
        return inner.to_owned();
    }
    let mut plain = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        plain.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    plain
}

/// Names in capitals are an environment's and keep their underscores.
fn folded(name: &str) -> String {
    let constant = !name.chars().any(|c| c.is_ascii_lowercase());
    let fold = |c: char| match c {
        '_' if constant => '_',
        c if c.is_ascii_alphanumeric() || "./".contains(c) => c,
        _ => '-',
    };
    name.chars().map(fold).collect::<String>().trim_start_matches('-').to_owned()
}

fn put(found: &mut Arguments, name: &str, value: &str) {
    if let Some(Value::Object(fields)) =
        serde_json::from_str(value).ok().filter(|value| *value != Value::Object(Default::default()))
    {
        for (field, value) in fields {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            put(found, format!("{name}.{field}").trim_start_matches('.'), &text);
        }
        return;
    }
    let truth = ["true", "false"].into_iter().find(|word| value.eq_ignore_ascii_case(word));
    let (mut name, mut value) = (folded(name), truth.unwrap_or(value));
    while let Some(positive) = name.strip_prefix("no-").map(folded).filter(|rest| truth.is_some() && !rest.is_empty()) {
        (name, value) = (positive, if value == "true" { "false" } else { "true" });
    }
    if !name.is_empty() && !value.is_empty() {
        found.insert(name, value.to_owned());
    }
}
