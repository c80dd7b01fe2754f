//! Links from a measurement to other systems: address templates that a deployment sets.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::Row;
use crate::catalog::accelerators::canonical;

/// All but RFC 3986's unreserved characters: right in a path as in a query.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A link to another system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// What it is called on the page. Of several that hold with one label the first is shown.
    pub label: String,
    /// The address, with placeholders; see [`expand`].
    pub template: String,
    /// Values without which there is no link, besides the placeholders.
    #[serde(default)]
    pub needs: Vec<String>,
    /// For which measurements it holds.
    #[serde(default)]
    pub when: When,
}

/// For which measurements a link holds; what is not set does not matter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct When {
    /// One of these accelerators.
    pub accelerator: Vec<String>,
    /// How the version begins, in any case.
    pub version_prefix: Option<String>,
    /// How the run's name begins, in any case; `_` and `-` are the same.
    pub run_prefix: Option<String>,
    /// Runs that began then or later, epoch ms.
    pub from: Option<f64>,
    /// Runs that began earlier, epoch ms.
    pub until: Option<f64>,
}

impl Row for Link {
    fn fault(&self) -> Option<&'static str> {
        (expand(&self.template, |_| Some("x".to_owned())).is_none())
            .then_some("the template is not an http or https address with placeholders in braces")
    }
}

fn folded(text: &str) -> String {
    text.to_lowercase().replace('_', "-")
}

impl Link {
    /// The address for a measurement, whose values are given by a placeholder's name: `accelerator`, `version`, `run`
    /// and `start_ms` for the conditions. `None` where it does not hold or a value is missing.
    pub fn url(&self, value: impl Fn(&str) -> Option<String>) -> Option<String> {
        let When { accelerator, version_prefix, run_prefix, from, until } = &self.when;
        let named = |name: &str| accelerator.iter().any(|row| canonical(row).eq_ignore_ascii_case(canonical(name)));
        let begins = |prefix: &Option<String>, key: &str| match prefix {
            Some(prefix) => value(key).is_some_and(|text| folded(&text).starts_with(&folded(prefix))),
            None => true,
        };
        let began = || value("start_ms").and_then(|text| text.trim().parse::<f64>().ok());
        let holds = (accelerator.is_empty() || value("accelerator").is_some_and(|name| named(&name)))
            && begins(version_prefix, "version")
            && begins(run_prefix, "run")
            && from.is_none_or(|from| began().is_some_and(|at| at >= from))
            && until.is_none_or(|until| began().is_some_and(|at| at < until))
            && self.needs.iter().all(|name| value(name).is_some_and(|text| !text.is_empty()));
        if holds { expand(&self.template, value) } else { None }
    }
}

/// An address from a template: `{name}` becomes the value of that name, percent-encoded. `None` when a value is missing or
/// empty, when a brace is left over, or when it is not an http or https address: a settings file starts no script.
pub fn expand(template: &str, value: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut url = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        url.push_str(before);
        let value = value(name.trim()).filter(|text| !text.is_empty())?;
        url.extend(utf8_percent_encode(&value, ENCODED));
        rest = after;
    }
    url.push_str(rest);
    let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let web = matches!(scheme.as_deref(), Some("http" | "https"));
    let clean = !url.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '{' | '}' | '\\'));
    (web && clean).then_some(url)
}
