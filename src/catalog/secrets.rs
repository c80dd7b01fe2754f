//! Masking secrets in settings: environments and command lines contain tokens, keys and passwords that must not reach a table.
//!
//! A setting's name reveals most of them (`HF_TOKEN`, `--api-key`), a value's prefix some more (`hf_…`). Names of
//! variables, in capitals, are taken at their word; others share theirs with tokenisers and caches, so that only known
//! pairs count.

use std::borrow::Cow;

/// The replacement for a secret.
pub const MASK: &str = "(masked)";

/// Words that make any name one of a secret.
const ANYWHERE: [&str; 8] = ["password", "passwd", "passphrase", "secret", "secrets", "credential", "credentials", "apikey"];

/// Words before `token` or `key` that make a name in small letters one of a secret.
const BEFORE: [&str; 19] = [
    "hf",
    "hub",
    "api",
    "auth",
    "access",
    "refresh",
    "bearer",
    "github",
    "gitlab",
    "session",
    "user",
    "wandb",
    "ngc",
    "security",
    "service",
    "private",
    "ssh",
    "license",
    "encryption",
];

/// Words before `TOKEN` that make it one of the tokeniser's.
const TOKENS: [&str; 9] = ["bos", "eos", "pad", "unk", "per", "max", "min", "num", "special"];

/// Prefixes of self-identifying secrets.
const BEGINNINGS: [&str; 9] = ["hf_", "sk-", "nvapi-", "ghp_", "gho_", "github_pat_", "glpat-", "xoxb-", "AKIA"];

/// The least length of such a secret.
const LENGTH: usize = 20;

/// Whether a setting of this name is secret; of a path, its last part counts.
pub fn is_secret(name: &str) -> bool {
    let name = name.rsplit(['.', '/']).next().unwrap_or(name);
    let capitals = name.bytes().any(|byte| byte.is_ascii_uppercase()) && !name.bytes().any(|byte| byte.is_ascii_lowercase());
    let folded = name.to_ascii_lowercase();
    let words: Vec<&str> = folded.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.iter().any(|word| ANYWHERE.contains(word)) || words.windows(2).any(|two| two == ["access", "key"]) {
        return true;
    }
    let (Some(last), before) = (words.last(), words.len().checked_sub(2).and_then(|at| words.get(at))) else { return false };
    match (*last, before) {
        ("token", None) => true,
        ("token", Some(before)) if capitals => !TOKENS.contains(before),
        ("key" | "pwd", Some(_)) if capitals => true,
        ("token" | "key" | "pwd", Some(before)) => BEFORE.contains(before),
        (word, _) => capitals && (word.ends_with("token") || word.ends_with("password")),
    }
}

/// The value of a setting with secrets masked: the whole value, or the secrets in a command line, a list
/// of variables or an address.
pub fn masked<'v>(name: &str, value: &'v str) -> Cow<'v, str> {
    if is_secret(name) && !is_plain(value) {
        return Cow::Borrowed(MASK);
    }
    let mut text = String::new();
    let mut kept = 0;
    let mut at = 0;
    while let Some(start) = value[at..].find(is_part).map(|offset| at + offset) {
        let end = value[start..].find(|c| !is_part(c)).map_or(value.len(), |offset| start + offset);
        let word = &value[start..end];
        at = end;
        let found = address(value, start, end).or_else(|| {
            let begins = word.len() >= LENGTH && BEGINNINGS.iter().any(|beginning| word.starts_with(beginning));
            if begins { Some((start, end)) } else { behind(value, word, end) }
        });
        if let Some((from, to)) = found {
            text.push_str(&value[kept..from]);
            text.push_str(MASK);
            (kept, at) = (to, to);
        }
    }
    if kept == 0 {
        return Cow::Borrowed(value);
    }
    text.push_str(&value[kept..]);
    Cow::Owned(text)
}

const fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

/// Values that reveal nothing.
fn is_plain(value: &str) -> bool {
    let short = value.len() < 6 && value.parse::<f64>().is_ok();
    short || value == MASK || ["", "null", "none", "true", "false"].iter().any(|plain| value.eq_ignore_ascii_case(plain))
}

/// The value after a secret's name: `--api-key k`, `HF_TOKEN=t`, `'api_key': 'k'`.
fn behind(value: &str, word: &str, end: usize) -> Option<(usize, usize)> {
    if !is_secret(word.trim_start_matches('-')) {
        return None;
    }
    let rest = &value[end..];
    let blank = |c: char| c.is_whitespace() || matches!(c, '"' | '\'');
    let trimmed = rest.trim_start_matches(blank);
    let stated = trimmed.strip_prefix(['=', ':']);
    let secret = match stated {
        Some(secret) => secret.trim_start_matches(blank),
        None if word.starts_with("--") && trimmed.len() < rest.len() => trimmed,
        None => return None,
    };
    if secret.starts_with(MASK) {
        return None;
    }
    let from = value.len() - secret.len();
    let length = secret.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';' | ')' | '}' | ']'));
    let secret = &secret[..length.unwrap_or(secret.len())];
    (!is_plain(secret) && !secret.starts_with("--")).then_some((from, from + secret.len()))
}

/// The password of an address, `https://name:password@host`, whose user's name is this word.
fn address(value: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    let rest = value[..start].ends_with("://").then(|| value[end..].strip_prefix(':'))??;
    let length = rest.find(|c: char| c.is_whitespace() || matches!(c, '/' | '@' | '"' | '\''))?;
    (length > 0 && rest[length..].starts_with('@')).then_some((end + 1, end + 1 + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for secret in [
            "HF_TOKEN",
            "environment.HUGGING_FACE_HUB_TOKEN",
            "WANDB_API_KEY",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_ACCESS_KEY_ID",
            "PGPASSWORD",
            "MY_PASSWORD_FILE",
            "api_key",
            "api-key",
            "hf-token",
            "token",
            "client_secret",
            "GITHUBTOKEN",
            "SSH_KEY",
        ] {
            assert!(is_secret(secret), "{secret}");
        }
        for plain in [
            "max_total_tokens",
            "tokenizer",
            "TOKENIZERS_PARALLELISM",
            "eos_token",
            "bos_token_id",
            "BOS_TOKEN",
            "cache_key",
            "num_tokens",
            "key",
            "keyfile",
            "monkey",
            "MAX_TOKENS",
            "config.server_args.tp_size",
            "",
        ] {
            assert!(!is_secret(plain), "{plain}");
        }
    }

    #[test]
    fn values() {
        let hidden = |name: &str, value: &str| masked(name, value).into_owned();
        assert_eq!(hidden("HF_TOKEN", "hf_abc"), MASK);
        assert_eq!(hidden("HF_TOKEN", ""), "");
        assert_eq!(hidden("api_key", "None"), "None");
        assert_eq!(
            hidden("args", "serve --api-key s3cr3t --port 80 --hf-token=abc1234"),
            "serve --api-key (masked) --port 80 --hf-token=(masked)"
        );
        assert_eq!(hidden("args", "api_key='s3cret', tp_size=8, api_key=None"), "api_key='(masked)', tp_size=8, api_key=None");
        assert_eq!(hidden("env", r#"{"HF_TOKEN": "x-y.z", "A": "b"}"#), r#"{"HF_TOKEN": "(masked)", "A": "b"}"#);
        assert_eq!(hidden("x", "use hf_abcdefghijklmnopqrstuvw now"), "use (masked) now");
        assert_eq!(hidden("url", "https://me:pa55@host/x?y"), "https://me:(masked)@host/x?y");
        assert_eq!(hidden("url", "https://host:8000/x@y"), "https://host:8000/x@y");
        assert_eq!(hidden("args", "--token --port 80"), "--token --port 80");
        assert_eq!(hidden("umlaut", "ä --api-key ö💥 ü"), "ä --api-key (masked) ü");
        assert_eq!(masked("x", &masked("x", "--api-key abcdef")), "--api-key (masked)");
    }
}
