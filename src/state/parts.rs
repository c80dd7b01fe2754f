//! The two parts of a link in an address: what a server may see, and what stays in the browser.
//!
//! The query travels to the server with every reload, and servers refuse long ones. Names that come from the reader's own files
//! have no business there, so with local files everything chosen among their values stands in the fragment, and of a link that
//! is too long everything but what says where its data are.

/// Characters of a query at most.
const LONGEST: usize = 4000;
/// Keys that say which page and which data: always in the query.
const PUBLIC: [&str; 6] = ["v", "view", "src", "local", "data", "prom"];
/// The key of packed data, in the fragment alone.
pub const PACKED: &str = "d";

fn key(pair: &str) -> &str {
    pair.split('=').next().unwrap_or_default()
}

fn is_public(pair: &str) -> bool {
    let key = key(pair);
    PUBLIC.contains(&key) || key.starts_with("prom.")
}

/// Whether a pair can hold names that are in files: values of dimensions, runs and series chosen, paths.
fn is_of_files(pair: &str) -> bool {
    let key = key(pair);
    ["f.", "given.", "o."].iter().any(|prefix| key.starts_with(prefix)) || matches!(key, "show" | "panel" | "by")
}

/// A link (with its `?`, as [`super::link::encode`] writes it) as a query with its `?` and the pairs of the fragment.
pub fn split(link: &str) -> (String, String) {
    let pairs: Vec<&str> = link.trim_start_matches('?').split('&').filter(|pair| !pair.is_empty()).collect();
    let local = pairs.contains(&"local=1");
    let long = link.len() > LONGEST;
    let hidden = |pair: &&str| !is_public(pair) && (long || local && is_of_files(pair));
    let (hidden, shown): (Vec<&str>, Vec<&str>) = pairs.into_iter().partition(|pair| hidden(pair));
    let query = if shown.is_empty() { String::new() } else { format!("?{}", shown.join("&")) };
    (query, hidden.join("&"))
}

/// The link of an address: its query, and the pairs of its fragment (with or without `#`) other than packed data.
pub fn joined(query: &str, fragment: &str) -> String {
    let query = query.trim_start_matches('?');
    let pairs = fragment.trim_start_matches('#').split('&').filter(|pair| pair.contains('=') && key(pair) != PACKED);
    let all: Vec<&str> = Some(query).filter(|query| !query.is_empty()).into_iter().chain(pairs).collect();
    if all.is_empty() { String::new() } else { format!("?{}", all.join("&")) }
}

/// The packed data of a fragment.
pub fn packed(fragment: &str) -> Option<&str> {
    let mut pairs = fragment.trim_start_matches('#').split('&');
    pairs.find_map(|pair| pair.strip_prefix("d="))
}

/// A fragment with its `#` of these pairs and these data; empty without both.
pub fn fragment(pairs: &str, packed: Option<&str>) -> String {
    let packed = packed.map(|packed| format!("{PACKED}={packed}"));
    let parts: Vec<&str> = Some(pairs).filter(|pairs| !pairs.is_empty()).into_iter().chain(packed.as_deref()).collect();
    if parts.is_empty() { String::new() } else { format!("#{}", parts.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_local_files_stay_in_the_browser() {
        let link = "?v=2&view=pareto&local=1&f.path=secret%2Frun.json&given.gpus=run.json%7C8&o.run=x&slo.ttft.p95=400";
        let (query, hidden) = split(link);
        assert_eq!(query, "?v=2&view=pareto&local=1&slo.ttft.p95=400");
        assert_eq!(hidden, "f.path=secret%2Frun.json&given.gpus=run.json%7C8&o.run=x");
        // The data of an address are others' to see anyway.
        let link = "?v=2&src=demo.csv&f.model=m";
        assert_eq!(split(link), (link.to_owned(), String::new()));
    }

    #[test]
    fn long_links_keep_what_says_where_data_are() {
        let link = format!("?v=2&src=a.csv&y=ttft.p95&prom=http://p&prom.last=6h&f.model={}", "m".repeat(4000));
        let (query, hidden) = split(&link);
        assert_eq!(query, "?v=2&src=a.csv&prom=http://p&prom.last=6h");
        assert!(hidden.starts_with("y=ttft.p95&f.model=mmm"));
    }

    #[test]
    fn both_parts_are_one_link_again() {
        for link in ["", "?v=2&local=1&f.model=a%26b&show=all", "?v=2&src=a.csv"] {
            let (query, hidden) = split(link);
            for data in [None, Some("abc-_")] {
                let fragment = fragment(&hidden, data);
                assert_eq!(packed(&fragment), data, "{fragment}");
                let mut found: Vec<String> =
                    joined(&query, &fragment).trim_start_matches('?').split('&').map(str::to_owned).collect();
                let mut wanted: Vec<String> = link.trim_start_matches('?').split('&').map(str::to_owned).collect();
                found.sort();
                wanted.sort();
                assert_eq!(found, wanted, "{fragment}");
            }
        }
        // The form that older links have.
        assert_eq!((packed("#d=abc"), joined("?v=1", "#d=abc").as_str()), (Some("abc"), "?v=1"));
    }
}
