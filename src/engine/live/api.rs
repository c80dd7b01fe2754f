//! Prometheus' HTTP API: requests as addresses, and what answers say. Thanos, Mimir, VictoriaMetrics and the proxy of
//! OpenShift's console speak the same.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;

use crate::record::{Diagnostic, Place, Severity};

/// What came back: the status, and the body.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body, decompressed.
    pub bytes: Vec<u8>,
}

/// The envelope of every answer.
#[derive(Deserialize)]
struct Envelope<'a> {
    status: Cow<'a, str>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    error: Option<String>,
    #[serde(default)]
    warnings: Vec<String>,
}

/// Results of a query; each is a series.
#[derive(Deserialize)]
struct Results<'a> {
    #[serde(borrow)]
    result: Vec<&'a RawValue>,
}

/// One value of an instant query.
#[derive(Deserialize)]
struct Instant {
    value: (f64, String),
}

/// An address below the API's root, with parameters.
pub fn request(base: &str, path: &str, parameters: &[(&str, &str)]) -> String {
    let (root, own) = base.split_once('?').unwrap_or((base, ""));
    let mut query = form_urlencoded::Serializer::new(own.to_owned());
    query.extend_pairs(parameters);
    format!("{root}/api/v1/{path}?{}", query.finish())
}

/// A selector of series by name and label. Series without a label pass, since servers, routers and GPUs do not share their
/// labels.
pub fn selector<'n>(names: impl IntoIterator<Item = &'n str>, only: &BTreeMap<String, BTreeSet<String>>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let mut text = format!("{{__name__=~\"{}\"", names.join("|"));
    for (label, values) in only.iter().filter(|(_, values)| !values.is_empty()) {
        let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
        text.push_str(&format!(",{label}=~\"{}|\"", values.join("|")));
    }
    text.push('}');
    text
}

/// A value as a regular expression that matches it alone, inside double quotes.
fn quoted(value: &str) -> String {
    let mut text = String::new();
    for c in value.chars() {
        match c {
            '\n' => text.push_str("\\n"),
            '"' => text.push_str("\\\""),
            // The backslash of the expression is written twice inside quotes.
            '\\' => text.push_str("\\\\\\\\"),
            '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' => {
                text.push_str("\\\\");
                text.push(c);
            }
            c => text.push(c),
        }
    }
    text
}

fn error(message: String, hint: &str) -> Diagnostic {
    Diagnostic::new(Severity::Error, Place::File, message, hint)
}

/// The answer's data, and the server's warnings.
fn data(answer: &Answer) -> Result<(&RawValue, Vec<String>), Diagnostic> {
    if matches!(answer.status, 401 | 403 | 407) {
        let message = format!("The server refuses without the right token (it answered {}).", answer.status);
        return Err(error(message, "Enter a bearer token that may read metrics. It is kept in this tab's memory only."));
    }
    let envelope: Result<Envelope, _> = serde_json::from_slice(&answer.bytes);
    match envelope {
        Ok(Envelope { status, data: Some(data), warnings, .. }) if status == "success" => Ok((data, warnings)),
        Ok(Envelope { error: Some(said), .. }) => {
            let said: String = said.chars().take(300).collect();
            let hint = if said.contains("maximum resolution") || said.contains("too many samples") || said.contains("limit") {
                "Choose a shorter time, or fewer models, pods or GPUs."
            } else if answer.status == 503 || said.contains("timed out") {
                "The server is busy or the query takes too long: choose a shorter time, or try again."
            } else {
                "Read the server's message; the address may be of another kind of server."
            };
            Err(error(format!("The server refused a query: {said}"), hint))
        }
        _ if answer.status == 404 => Err(error(
            "There is no Prometheus API at this address (it answered 404).".to_owned(),
            "Check the path: the address is that of the page that shows Prometheus, without /graph.",
        )),
        _ if answer.status >= 400 => {
            let message = format!("The server answered {}.", answer.status);
            Err(error(message, "Check that the server runs, and any proxy before it; then try again."))
        }
        _ => {
            let start: String = String::from_utf8_lossy(&answer.bytes).chars().take(40).collect();
            let start: String = start.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            let message = format!("The answer is no answer of Prometheus' API; it begins “{}”.", start.trim());
            Err(error(message, "It may be the page of a login or of another program: open the address in a new tab."))
        }
    }
}

/// A list of names or of sets of labels.
///
/// # Errors
///
/// What the server said instead, and what to do.
pub fn list<T: DeserializeOwned>(answer: &Answer) -> Result<Vec<T>, Diagnostic> {
    parsed(data(answer)?.0)
}

fn parsed<'a, T: Deserialize<'a>>(data: &'a RawValue) -> Result<T, Diagnostic> {
    let unexpected = |error_: serde_json::Error| {
        error(
            format!("The server's answer has an unexpected form: {error_}."),
            "The server may speak another version of the API.",
        )
    };
    serde_json::from_str(data.get()).map_err(unexpected)
}

/// The one number that a query answers with, if any.
///
/// # Errors
///
/// As [`list`].
pub fn number(answer: &Answer) -> Result<Option<f64>, Diagnostic> {
    let results: Results = parsed(data(answer)?.0)?;
    let first = results.result.first().and_then(|result| serde_json::from_str::<Instant>(result.get()).ok());
    Ok(first.and_then(|instant| instant.value.1.parse().ok()))
}

/// The series of an answer as text, comma-separated, and the server's warnings.
///
/// # Errors
///
/// As [`list`].
pub fn series(answer: &Answer) -> Result<(String, usize, Vec<String>), Diagnostic> {
    let (data, warnings) = data(answer)?;
    let results: Results = parsed(data)?;
    let texts: Vec<&str> = results.result.iter().map(|result| result.get()).collect();
    Ok((texts.join(",\n"), texts.len(), warnings))
}

/// The median time between two samples of an answer's longest series, in seconds.
pub fn interval(answer: &Answer) -> Option<f64> {
    #[derive(Deserialize)]
    struct Samples {
        values: Vec<(f64, IgnoredAny)>,
    }
    let results: Results = parsed(data(answer).ok()?.0).ok()?;
    let longest = results.result.iter().max_by_key(|result| result.get().len())?;
    let samples: Samples = serde_json::from_str(longest.get()).ok()?;
    let times = samples.values.iter().map(|(time, _)| *time);
    let mut steps: Vec<f64> = times.clone().zip(times.skip(1)).map(|(before, after)| after - before).collect();
    steps.sort_by(f64::total_cmp);
    steps.get(steps.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, text: &str) -> Answer {
        Answer { status, bytes: text.as_bytes().to_vec() }
    }

    #[test]
    fn selectors_match_values_alone() {
        let only = BTreeMap::from([
            ("pod".to_owned(), BTreeSet::from(["a.b|c".to_owned(), "x\"y\\z".to_owned()])),
            ("gpu".to_owned(), BTreeSet::new()),
        ]);
        assert_eq!(selector(["vllm:a", "b"], &only), r#"{__name__=~"vllm:a|b",pod=~"a\\.b\\|c|x\"y\\\\z|"}"#);
    }

    #[test]
    fn parameters_join_those_of_the_address() {
        assert_eq!(
            request("https://a.example/p?namespace=llm", "query", &[("query", "up + 1"), ("time", "5")]),
            "https://a.example/p/api/v1/query?namespace=llm&query=up+%2B+1&time=5"
        );
    }

    #[test]
    fn what_a_server_says_is_told() {
        let told = |status, text: &str| list::<String>(&answer(status, text)).expect_err("an error").message;
        assert!(told(401, "no").contains("token"));
        assert!(told(403, "<html>").contains("403"));
        assert!(told(404, "404 page not found").contains("no Prometheus API"));
        assert!(told(502, "bad gateway").contains("502"));
        assert!(told(200, "<!doctype html>\n<title>Login").contains("“<!doctype html> <title>Login"));
        let limit =
            r#"{"status":"error","errorType":"bad_data","error":"exceeded maximum resolution of 11,000 points per timeseries."}"#;
        let limited = list::<String>(&answer(400, limit)).expect_err("an error");
        assert!(limited.message.contains("11,000 points") && limited.hint.contains("shorter time"), "{limited:?}");
        assert!(told(200, r#"{"status":"success","data":{"a":1}}"#).contains("unexpected form"));
    }

    #[test]
    fn numbers_and_series() {
        let found =
            answer(200, r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1.5,"60"]}]}}"#);
        assert_eq!(number(&found).expect("a number"), Some(60.0));
        let none = answer(200, r#"{"status":"success","data":{"resultType":"vector","result":[]},"warnings":["slow"]}"#);
        assert_eq!(number(&none).expect("an answer"), None);
        let (text, count, warnings) = series(&none).expect("an answer");
        assert_eq!((text.as_str(), count, warnings.as_slice()), ("", 0, ["slow".to_owned()].as_slice()));
    }
}
