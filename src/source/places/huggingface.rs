//! Hugging Face: pages of files and folders of models, data sets and spaces. What `/resolve/` sends is the file itself, also
//! where Git has only a pointer.

use serde::Deserialize;

use super::folder::{Entry, Folder, Lister, Page, json};
use super::web::{Web, last, part, path};
use super::{Answer, Place};
use crate::source::listing::is_strange;
use crate::source::refusal::Refusal;

const HUB: &str = "https://huggingface.co";

/// Entries of one answer; a full one without a next page may be cut.
const PER_PAGE: usize = 1000;

/// Beginnings of addresses that are no repositories.
const OTHERS: [&str; 14] = [
    "api",
    "blog",
    "chat",
    "collections",
    "docs",
    "enterprise",
    "join",
    "learn",
    "models",
    "organizations",
    "papers",
    "posts",
    "pricing",
    "settings",
];

pub(super) fn place(web: &Web) -> Option<Place> {
    if !matches!(web.host.as_str(), "huggingface.co" | "www.huggingface.co" | "hf.co") {
        return None;
    }
    let parts = web.parts();
    let (kind, rest) = match parts.as_slice() {
        ["datasets", rest @ ..] => ("datasets", rest),
        ["spaces", rest @ ..] => ("spaces", rest),
        [first, ..] if OTHERS.contains(first) => return Some(Place::Plain),
        rest => ("models", rest),
    };
    let is_step = |part: &&str| matches!(*part, "blob" | "resolve" | "raw" | "tree" | "blame");
    // Old repositories have names without an owner.
    let (id, step) = match rest {
        [name, step, ..] if is_step(step) => (vec![*name], rest.get(1..).unwrap_or_default()),
        [owner, name, step @ ..] => (vec![*owner, *name], step),
        _ => return Some(Place::Plain),
    };
    let hub = |of: &[&str]| {
        let (revision, path) = revision(of);
        Hub { kind, id: id.join("/"), revision, path, next: None }
    };
    Some(match step {
        [] => folder(hub(&["main"])),
        ["tree", of @ ..] if !of.is_empty() => folder(hub(of)),
        ["blob" | "resolve" | "raw" | "blame", of @ ..] if of.len() > 1 => {
            let hub = hub(of);
            Place::File(vec![hub.file(&hub.path)], format!("{}/{}", hub.id, hub.path))
        }
        _ => Place::Plain,
    })
}

/// The revision that parts begin with, and the path after it. Names of branches have no slashes, but for those of requests and
/// of conversions.
fn revision(parts: &[&str]) -> (String, String) {
    let length = if matches!(parts, ["refs", "pr" | "convert", _, ..]) { 3 } else { 1 };
    let (revision, path) = parts.split_at_checked(length).unwrap_or_default();
    (revision.join("/"), path.join("/"))
}

fn folder(hub: Hub) -> Place {
    let name = last(if hub.path.is_empty() { &hub.id } else { &hub.path }).to_owned();
    Place::Folder(Box::new(Folder::new(name, Lister::HuggingFace(hub))))
}

/// A folder of a repository.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hub {
    kind: &'static str,
    id: String,
    revision: String,
    path: String,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Node {
    path: String,
    #[serde(rename = "type")]
    kind: String,
    size: Option<u64>,
}

impl Hub {
    fn tree(&self) -> String {
        format!("{HUB}/api/{}/{}/tree/{}", self.kind, path(&self.id), part(&self.revision))
    }

    pub(super) fn address(&self) -> String {
        let below = if self.path.is_empty() { String::new() } else { format!("/{}", path(&self.path)) };
        self.next.clone().unwrap_or_else(|| format!("{}{below}?recursive=true", self.tree()))
    }

    fn file(&self, file: &str) -> String {
        let kind = if self.kind == "models" { String::new() } else { format!("{}/", self.kind) };
        format!("{HUB}/{kind}{}/resolve/{}/{}", path(&self.id), part(&self.revision), path(file))
    }

    pub(super) fn read(&mut self, answer: &Answer) -> Result<Page, Refusal> {
        let nodes: Vec<Node> = json(answer, "a list of Hugging Face's files")?;
        let below = |whole: &str| {
            if self.path.is_empty() {
                return Some(whole.to_owned());
            }
            whole.strip_prefix(&self.path).and_then(|rest| rest.strip_prefix('/')).map(str::to_owned)
        };
        let entry = |node: &Node| {
            let name = below(&node.path).filter(|_| node.kind == "file")?;
            let address = (!is_strange(&node.path)).then(|| self.file(&node.path));
            Some(Entry { name, address, size: node.size })
        };
        let entries = nodes.iter().filter_map(entry).collect();
        // Only on the list's own address.
        let tree = self.tree();
        let follows = |next: &&str| next.strip_prefix(&tree).is_some_and(|rest| rest.starts_with(['/', '?']));
        let next = answer.link.as_deref().and_then(next).filter(follows).map(str::to_owned);
        let more = next.is_some() && next != self.next;
        self.next = next;
        Ok(Page { entries, more, cut: !more && nodes.len() >= PER_PAGE })
    }
}

/// The next page's address in a header `Link` (RFC 8288).
fn next(link: &str) -> Option<&str> {
    let of = |one: &'_ str| -> bool { one.split(';').skip(1).any(|rel| matches!(rel.trim(), "rel=\"next\"" | "rel=next")) };
    let one = link.split(", <").find(|one| of(one))?;
    one.trim().trim_start_matches('<').split('>').next()
}

#[cfg(test)]
mod tests {
    use super::super::folder::tests::answered;
    use super::super::place;
    use super::*;

    #[test]
    fn the_page_of_a_file_is_resolved() {
        for (page, file) in [
            (
                "https://huggingface.co/datasets/RedHatAI/bench/blob/main/runs/a%20b.parquet",
                "datasets/RedHatAI/bench/resolve/main/runs/a%20b.parquet",
            ),
            (
                "https://huggingface.co/datasets/RedHatAI/bench/resolve/main/x.csv?download=true",
                "datasets/RedHatAI/bench/resolve/main/x.csv",
            ),
            ("https://hf.co/RedHatAI/Llama-3/blob/refs%2Fpr%2F3/eval.json", "RedHatAI/Llama-3/resolve/refs%2Fpr%2F3/eval.json"),
            (
                "https://huggingface.co/datasets/a/b/blob/refs/convert/parquet/d/0.parquet",
                "datasets/a/b/resolve/refs%2Fconvert%2Fparquet/d/0.parquet",
            ),
            ("https://huggingface.co/gpt2/blob/main/config.json", "gpt2/resolve/main/config.json"),
            ("https://huggingface.co/spaces/optimum/llm-perf/raw/main/x.csv", "spaces/optimum/llm-perf/resolve/main/x.csv"),
        ] {
            match place(page) {
                Place::File(addresses, _) => assert_eq!(addresses, [format!("https://huggingface.co/{file}")], "{page}"),
                other => panic!("{page}: {other:?}"),
            }
        }
        for plain in
            ["https://huggingface.co/docs/hub/api", "https://huggingface.co/RedHatAI", "https://huggingface.co/a/b/discussions/1"]
        {
            assert_eq!(place(plain), Place::Plain, "{plain}");
        }
    }

    #[test]
    fn a_folder_is_followed_by_its_own_links_only() {
        let Place::Folder(mut folder) = place("https://huggingface.co/datasets/a/b/tree/main/runs") else { panic!("a folder") };
        let tree = "https://huggingface.co/api/datasets/a/b/tree/main/runs";
        assert_eq!(folder.next(), Some(format!("{tree}?recursive=true")));
        let page = r#"[{"type": "directory", "path": "runs/c1", "size": 0},
            {"type": "file", "path": "runs/c1/x.json", "size": 130, "oid": "1", "lfs": {"size": 130}}]"#;
        let link = format!("<{tree}?recursive=true&cursor=abc%3D>; rel=\"next\"");
        folder.take(&Answer { link: Some(link), ..answered(page) }).expect("a page");
        assert_eq!(folder.next(), Some(format!("{tree}?recursive=true&cursor=abc%3D")));
        let elsewhere = "<https://huggingface.co.evil.example/api>; rel=\"next\"".to_owned();
        folder.take(&Answer { link: Some(elsewhere), ..answered("[]") }).expect("a page");
        assert_eq!(folder.next(), None);
        let listing = folder.listing();
        assert_eq!(listing.files.len(), 1);
        assert_eq!((listing.files[0].name.as_str(), listing.files[0].size), ("runs/c1/x.json", Some(130)));
        assert_eq!(listing.files[0].address, "https://huggingface.co/datasets/a/b/resolve/main/runs/c1/x.json");

        let Place::Folder(model) = place("https://huggingface.co/RedHatAI/Llama-3") else { panic!("a folder") };
        assert_eq!(model.next().as_deref(), Some("https://huggingface.co/api/models/RedHatAI/Llama-3/tree/main?recursive=true"));
    }

    #[test]
    fn links_are_told_apart() {
        assert_eq!(next("<https://a/?p=1>; rel=\"prev\", <https://a/?p=3>; rel=\"next\""), Some("https://a/?p=3"));
        assert_eq!(next("<https://a/?x=1, 2>; rel=\"first\""), None);
    }
}
