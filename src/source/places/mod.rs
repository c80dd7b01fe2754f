//! Places where results live, by the address of the page that people see there: what is to be asked in its stead. A file or a
//! folder on GitHub, GitLab or Hugging Face, a bucket of an object store, a page of a Prometheus.
//!
//! Nothing here asks anything. A place is told by the shape of its address alone.

mod buckets;
mod folder;
mod github;
mod gitlab;
mod huggingface;
mod web;

pub use folder::{Answer, Folder};

use super::refusal::Refusal;
use web::Web;

/// What an address stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// The content at this address itself.
    Plain,
    /// A file: addresses of its content, the next one where the one before does not exist (a branch may have slashes in its
    /// name); and what it is called.
    File(Vec<String>, String),
    /// A folder.
    Folder(Box<Folder>),
    /// A server that speaks Prometheus' API.
    Server,
    /// Something that no page can read by its address.
    Unreadable(Refusal),
}

/// What an address stands for.
pub fn place(address: &str) -> Place {
    let address = address.trim();
    let Some(web) = Web::of(address) else { return buckets::relative(address).unwrap_or(Place::Plain) };
    let store = buckets::by_scheme(&web);
    if !matches!(web.scheme.as_str(), "http" | "https") {
        return store.unwrap_or(Place::Plain);
    }
    github::place(&web)
        .or_else(|| gitlab::place(&web))
        .or_else(|| huggingface::place(&web))
        .or_else(|| buckets::place(&web))
        .or_else(|| shows_series(&web).then_some(Place::Server))
        .or_else(|| buckets::relative(address))
        .unwrap_or(Place::Plain)
}

/// Whether an address is a page of a Prometheus, or of its API.
pub fn is_server(address: &str) -> bool {
    place(address) == Place::Server
}

fn shows_series(web: &Web) -> bool {
    const API: [&str; 8] = ["status", "query", "query_range", "labels", "series", "label", "targets", "rules"];
    let parts = web.parts();
    let draws = |(key, _): &(String, String)| {
        let number = key.strip_prefix('g').and_then(|rest| rest.strip_suffix(".expr"));
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let is_page = matches!(parts.last(), Some(&("graph" | "query"))) && web.query.iter().any(draws);
    is_page || parts.windows(3).any(|part| matches!(part, ["api", "v1", of] if API.contains(of)))
}

/// Names of a branch and paths in it, of parts that begin with a branch whose name may have slashes: the shortest name first.
/// At most four: each that is wrong costs a request.
fn branches(parts: &[&str]) -> Vec<(String, String)> {
    const MOST: usize = 4;
    // What is a commit has no slashes.
    let commit = parts.first().is_some_and(|first| first.len() == 40 && first.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let most = if commit { 1 } else { MOST.min(parts.len()) };
    (1..=most).filter_map(|at| parts.split_at_checked(at)).map(|(name, path)| (name.join("/"), path.join("/"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_a_prometheus_are_servers_and_other_addresses_stay_as_they_are() {
        for server in [
            "https://prometheus.example.com/graph?g0.expr=up&g0.tab=0",
            "http://localhost:9090/query?g0.expr=rate(x%5B5m%5D)&g0.show_tree=0",
            "https://thanos.example.com/prom/graph?g0.range_input=1h&g0.expr=up",
            "https://prometheus.example.com/api/v1/status/buildinfo",
            "https://host/select/0/prometheus/api/v1/query?query=up",
        ] {
            assert_eq!(place(server), Place::Server, "{server}");
        }
        for plain in [
            "https://host/results.csv",
            "https://host/graph",
            "https://host/graph?expr=up",
            "https://host/api/v1/results.json",
            "https://host/m/index.json?token=x",
            "demo/consolidated.csv",
            "../data/x.json",
            "results.csv?prefix=a",
            "",
            "://x",
            "javascript:alert(1)",
            "https://user:word@github.com/o/r/blob/main/x.json",
            "https://github.com/o/r/blob/main/%2e%2e/x.json",
            "ftp://github.com/o/r/blob/main/x.json",
            "data:text/csv,a",
        ] {
            assert_eq!(place(plain), Place::Plain, "{plain}");
        }
    }

    #[test]
    fn a_branch_may_have_slashes() {
        let of = |parts: &str| branches(&parts.split('/').collect::<Vec<_>>());
        let pair = |name: &str, path: &str| (name.to_owned(), path.to_owned());
        assert_eq!(of("main"), [pair("main", "")]);
        assert_eq!(of("feature/x/runs"), [pair("feature", "x/runs"), pair("feature/x", "runs"), pair("feature/x/runs", "")]);
        assert_eq!(of("a/b/c/d/e/f").len(), 4);
        assert_eq!(of(&format!("{}/runs", "0a".repeat(20))), [pair(&"0a".repeat(20), "runs")]);
    }

    proptest::proptest! {
        #[test]
        fn no_address_breaks_it(text in "\\PC{0,60}", host in 0usize..9, path in "[a-z/%.~+ #?=&-]{0,60}") {
            const HOSTS: [&str; 9] = ["github.com", "gist.github.com", "gitlab.com", "huggingface.co", "s3.amazonaws.com",
                "b.s3.eu-central-1.amazonaws.com", "storage.googleapis.com", "console.cloud.google.com", "host"];
            for address in [text.clone(), format!("https://{}/{path}{text}", HOSTS[host]), format!("s3://{path}{text}"), format!("gs://{path}")] {
                match place(&address) {
                    Place::File(addresses, name) => {
                        assert!(!addresses.is_empty() && !name.is_empty(), "{address}");
                        for found in addresses {
                            assert!(found.starts_with("https://") && !found.contains(' ') && !found.contains("/../"), "{address}: {found}");
                        }
                    }
                    Place::Folder(folder) => assert!(folder.next().is_some(), "{address}"),
                    Place::Plain | Place::Server | Place::Unreadable(_) => {}
                }
            }
        }
    }
}
