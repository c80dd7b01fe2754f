//! GitHub: pages of files and folders, and gists. Raw files and the API answer any page; what is released or archived does not.

use serde::Deserialize;

use super::folder::{Entry, Folder, Lister, Page, json};
use super::web::{Web, last, part, path};
use super::{Answer, Place, branches};
use crate::source::listing::is_strange;
use crate::source::refusal::Refusal;

const RAW: &str = "https://raw.githubusercontent.com";
const API: &str = "https://api.github.com";
const GISTS: &str = "https://gist.githubusercontent.com";

/// What is said of files that GitHub sends to no other page.
const RELEASED: Refusal = Refusal::Never(
    "GitHub sends releases, archives and artifacts to no other page (it sends no CORS header for them).",
    "Download the file and drop it here, or open the address of a file or folder of the repository.",
);

/// What is said of a page that is no file and no folder.
const OTHER: Refusal = Refusal::Never(
    "This page of GitHub is neither a file nor a folder.",
    "Open the results there and paste the address of their file or folder (…/blob/… or …/tree/…).",
);

pub(super) fn place(web: &Web) -> Option<Place> {
    let parts = web.parts();
    match web.host.as_str() {
        "github.com" | "www.github.com" => Some(page(&parts)),
        "gist.github.com" => Some(gist(&parts)),
        "codeload.github.com" | "objects.githubusercontent.com" | "release-assets.githubusercontent.com" => {
            Some(Place::Unreadable(RELEASED))
        }
        _ => None,
    }
}

fn page(parts: &[&str]) -> Place {
    let [owner, repository, rest @ ..] = parts else { return Place::Unreadable(OTHER) };
    let repository = repository.strip_suffix(".git").unwrap_or(repository);
    match rest {
        [] => folder(owner, repository, vec![("HEAD".to_owned(), String::new())]),
        ["blob" | "raw" | "blame" | "edit", of @ ..] if of.len() > 1 => {
            let file = of.join("/");
            let name = format!("{owner}/{repository}/{file}");
            Place::File(vec![format!("{RAW}/{}", path(&name))], name)
        }
        ["tree", of @ ..] if !of.is_empty() => folder(owner, repository, branches(of)),
        ["releases", ..] | ["archive", ..] | ["zipball", ..] | ["tarball", ..] | ["suites", ..] => Place::Unreadable(RELEASED),
        ["actions", .., "artifacts", _] => Place::Unreadable(RELEASED),
        _ => Place::Unreadable(OTHER),
    }
}

fn folder(owner: &str, repository: &str, branches: Vec<(String, String)>) -> Place {
    let name = branches.first().map(|(_, path)| last(path)).filter(|name| !name.is_empty()).unwrap_or(repository).to_owned();
    let tree = Tree { owner: owner.to_owned(), repository: repository.to_owned(), branches, at: 0, below: None };
    Place::Folder(Box::new(Folder::new(name, Lister::GitHub(tree))))
}

fn gist(parts: &[&str]) -> Place {
    match parts {
        [_, _, "raw", ..] => Place::File(vec![format!("{GISTS}/{}", path(&parts.join("/")))], parts.join("/")),
        [.., id] if parts.len() <= 2 && id.len() >= 8 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            Place::Folder(Box::new(Folder::new((*id).to_owned(), Lister::Gist((*id).to_owned()))))
        }
        _ => Place::Unreadable(OTHER),
    }
}

/// A folder of a repository. The API lists the whole tree of a branch; where that is cut, the folder's own.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tree {
    owner: String,
    repository: String,
    /// Names of the branch, with the folder's path in it.
    branches: Vec<(String, String)>,
    at: usize,
    /// The folder's own tree.
    below: Option<String>,
}

#[derive(Deserialize)]
struct Listed {
    tree: Vec<Node>,
    #[serde(default)]
    truncated: bool,
}

#[derive(Deserialize)]
struct Node {
    path: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    mode: String,
    #[serde(default)]
    sha: String,
    size: Option<u64>,
}

impl Tree {
    fn branch(&self) -> (&str, &str) {
        self.branches.get(self.at).map(|(name, path)| (name.as_str(), path.as_str())).unwrap_or_default()
    }

    pub(super) fn address(&self) -> String {
        let tree = self.below.as_deref().unwrap_or(self.branch().0);
        format!("{API}/repos/{}/{}/git/trees/{}?recursive=1", part(&self.owner), part(&self.repository), part(tree))
    }

    pub(super) fn read(&mut self, answer: &Answer) -> Result<Page, Refusal> {
        // Another name of the branch, where there is none of this one.
        if matches!(answer.status, 404 | 422) && self.below.is_none() && self.at + 1 < self.branches.len() {
            self.at += 1;
            return Ok(Page { entries: Vec::new(), more: true, cut: false });
        }
        let Listed { tree, truncated } = json(answer, "a list of GitHub's files")?;
        let (branch, folder) = self.branch();
        let within = |node: &Node| match (&self.below, folder) {
            (Some(_), _) | (None, "") => Some(node.path.clone()),
            (None, folder) if node.path == folder => Some(last(folder).to_owned()),
            (None, folder) => node.path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')).map(str::to_owned),
        };
        if truncated && self.below.is_none() && !folder.is_empty() {
            let own = tree.iter().find(|node| node.kind == "tree" && node.path == folder);
            if let Some(own) = own.filter(|own| own.sha.bytes().all(|byte| byte.is_ascii_hexdigit()) && !own.sha.is_empty()) {
                self.below = Some(own.sha.clone());
                return Ok(Page { entries: Vec::new(), more: true, cut: false });
            }
        }
        let entry = |node: &Node| {
            // A link would be read as its target's name.
            let name = within(node).filter(|_| node.kind == "blob" && node.mode != "120000")?;
            let whole = if self.below.is_some() { format!("{folder}/{}", node.path) } else { node.path.clone() };
            let address = (!is_strange(&whole))
                .then(|| format!("{RAW}/{}/{}/{}/{}", part(&self.owner), part(&self.repository), path(branch), path(&whole)));
            Some(Entry { name, address, size: node.size })
        };
        Ok(Page { entries: tree.iter().filter_map(entry).collect(), more: false, cut: truncated })
    }
}

#[derive(Deserialize)]
struct Files {
    files: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    truncated: bool,
}

/// The address that lists a gist.
pub(super) fn gist_address(id: &str) -> String {
    format!("{API}/gists/{}", part(id))
}

/// The files of a gist.
pub(super) fn gist_files(answer: &Answer) -> Result<Page, Refusal> {
    let Files { files, truncated } = json(answer, "a list of a gist's files")?;
    let entry = |(name, file): (&String, &serde_json::Value)| {
        let address = file.get("raw_url").and_then(|address| address.as_str());
        // Only where raw files of gists are.
        let address = address.filter(|address| address.strip_prefix(GISTS).is_some_and(|rest| rest.starts_with('/')));
        Entry {
            name: name.clone(),
            address: address.map(str::to_owned),
            size: file.get("size").and_then(serde_json::Value::as_u64),
        }
    };
    Ok(Page { entries: files.iter().map(entry).collect(), more: false, cut: truncated })
}

#[cfg(test)]
mod tests {
    use super::super::folder::tests::{answered, listed, refused};
    use super::super::place;
    use super::*;

    fn file(address: &str) -> Vec<String> {
        match place(address) {
            Place::File(addresses, _) => addresses,
            other => panic!("{address}: {other:?}"),
        }
    }

    #[test]
    fn the_page_of_a_file_is_its_raw_form() {
        let raw = "https://raw.githubusercontent.com/vllm-project/ci-infra/main/results/a%20b.json";
        for page in [
            "https://github.com/vllm-project/ci-infra/blob/main/results/a%20b.json",
            "https://github.com/vllm-project/ci-infra/blob/main/results/a b.json?plain=1#L3-L9",
            "https://www.github.com/vllm-project/ci-infra/raw/main/results/a%20b.json",
            " https://GitHub.com/vllm-project/ci-infra/blame/main/results/a%20b.json ",
        ] {
            assert_eq!(file(page), [raw], "{page}");
        }
        // GitHub itself finds where the name of a branch ends.
        let found = file("https://github.com/o/r/blob/feature/x/runs/c%23%2B1.json");
        assert_eq!(found, ["https://raw.githubusercontent.com/o/r/feature/x/runs/c%23%2B1.json"]);
        assert_eq!(
            file("https://gist.github.com/u/0123456789abcdef/raw/x.csv"),
            ["https://gist.githubusercontent.com/u/0123456789abcdef/raw/x.csv"]
        );
        assert_eq!(place("https://raw.githubusercontent.com/o/r/main/x.csv"), Place::Plain);
    }

    #[test]
    fn what_no_page_can_read_is_said() {
        for page in [
            "https://github.com/o/r/releases/download/v1/results.zip",
            "https://github.com/o/r/archive/refs/heads/main.zip",
            "https://github.com/o/r/actions/runs/123/artifacts/456",
        ] {
            assert_eq!(place(page), Place::Unreadable(RELEASED), "{page}");
        }
        for page in [
            "https://github.com/o",
            "https://github.com/o/r/issues/4",
            "https://github.com/o/r/blob/main",
            "https://gist.github.com/user",
        ] {
            assert_eq!(place(page), Place::Unreadable(OTHER), "{page}");
        }
    }

    const TREE: &str = r#"{"sha": "ab", "truncated": false, "tree": [
        {"path": "README.md", "mode": "100644", "type": "blob", "sha": "1", "size": 12},
        {"path": "runs", "mode": "040000", "type": "tree", "sha": "2a"},
        {"path": "runs/c1/a b.json", "mode": "100644", "type": "blob", "sha": "3", "size": 17},
        {"path": "runs/link.json", "mode": "120000", "type": "blob", "sha": "4", "size": 5},
        {"path": "runs/sub", "mode": "160000", "type": "commit", "sha": "5"},
        {"path": "runs2/x.json", "mode": "100644", "type": "blob", "sha": "6", "size": 1}]}"#;

    #[test]
    fn a_folder_is_the_part_of_the_tree_below_it() {
        let mut folder = listed("https://github.com/o/r/tree/main/runs");
        assert_eq!(folder.next().as_deref(), Some("https://api.github.com/repos/o/r/git/trees/main?recursive=1"));
        folder.take(&answered(TREE)).expect("a tree");
        assert_eq!(folder.next(), None);
        let listing = folder.listing();
        let found: Vec<(&str, &str, Option<u64>)> =
            listing.files.iter().map(|file| (file.name.as_str(), file.address.as_str(), file.size)).collect();
        assert_eq!(found, [("runs/c1/a b.json", "https://raw.githubusercontent.com/o/r/main/runs/c1/a%20b.json", Some(17))]);

        let mut whole = listed("https://github.com/o/r");
        assert_eq!(whole.next().as_deref(), Some("https://api.github.com/repos/o/r/git/trees/HEAD?recursive=1"));
        whole.take(&answered(TREE)).expect("a tree");
        let listing = whole.listing();
        let names: Vec<&str> = listing.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["r/README.md", "r/runs/c1/a b.json", "r/runs2/x.json"]);
    }

    #[test]
    fn a_branch_with_slashes_is_found_by_asking() {
        let mut folder = listed("https://github.com/o/r/tree/feature/x/runs");
        folder.take(&refused(404)).expect("another name");
        assert_eq!(folder.next().as_deref(), Some("https://api.github.com/repos/o/r/git/trees/feature%2Fx?recursive=1"));
        folder.take(&answered(TREE)).expect("a tree");
        let listing = folder.listing();
        assert_eq!(listing.files[0].address, "https://raw.githubusercontent.com/o/r/feature/x/runs/c1/a%20b.json");

        let mut none = listed("https://github.com/o/r/tree/gone");
        assert_eq!(none.take(&refused(404)), Err(Refusal::Status(404, "Not Found".to_owned())));
    }

    #[test]
    fn a_tree_that_is_cut_is_asked_for_below_the_folder_and_else_said_to_be_cut() {
        let cut = TREE.replace("\"truncated\": false", "\"truncated\": true");
        let mut folder = listed("https://github.com/o/r/tree/main/runs");
        folder.take(&answered(&cut)).expect("a tree");
        assert_eq!(folder.next().as_deref(), Some("https://api.github.com/repos/o/r/git/trees/2a?recursive=1"));
        let own = r#"{"tree": [{"path": "c9/z.json", "type": "blob", "size": 4}]}"#;
        folder.take(&answered(own)).expect("a tree");
        let listing = folder.listing();
        let found: Vec<(&str, &str)> = listing.files.iter().map(|file| (file.name.as_str(), file.address.as_str())).collect();
        assert_eq!(found, [("runs/c9/z.json", "https://raw.githubusercontent.com/o/r/main/runs/c9/z.json")]);
        assert!(listing.findings.is_empty());

        let mut whole = listed("https://github.com/o/r/tree/main");
        whole.take(&answered(&cut)).expect("a tree");
        assert_eq!(whole.next(), None);
        let said = whole.listing().findings;
        assert!(said[0].message.contains("not the whole list"), "{said:?}");
    }

    #[test]
    fn a_gist_is_a_folder_of_raw_files_and_of_nothing_else() {
        let mut gist = listed("https://gist.github.com/someone/aa5a315d61ae9438b18d#file-x-json");
        assert_eq!(gist.next().as_deref(), Some("https://api.github.com/gists/aa5a315d61ae9438b18d"));
        let files = r#"{"files": {"x.json": {"size": 3, "raw_url": "https://gist.githubusercontent.com/u/aa/raw/1/x.json"},
                                  "y.json": {"raw_url": "https://gist.githubusercontent.com.evil.example/y.json"}}}"#;
        gist.take(&answered(files)).expect("a gist");
        let listing = gist.listing();
        let found: Vec<&str> = listing.files.iter().map(|file| file.address.as_str()).collect();
        assert_eq!(found, ["https://gist.githubusercontent.com/u/aa/raw/1/x.json"]);
        assert!(listing.findings[0].message.contains("y.json"), "{:?}", listing.findings);
    }
}
