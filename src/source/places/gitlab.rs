//! GitLab, gitlab.com and other servers: pages of files, folders and of jobs' artifacts. The API answers any page.

use serde::Deserialize;

use super::folder::{Entry, Folder, Lister, Page, json};
use super::web::{Web, last, part, path};
use super::{Answer, Place, branches};
use crate::source::listing::is_strange;
use crate::source::refusal::Refusal;

/// Files of one answer, at most.
const PER_PAGE: usize = 100;

/// What is said of a page that is no file and no folder.
const OTHER: Refusal = Refusal::Never(
    "This page of GitLab is neither a file nor a folder.",
    "Open the results there and paste the address of their file or folder (…/-/blob/… or …/-/tree/…).",
);

pub(super) fn place(web: &Web) -> Option<Place> {
    let parts = web.parts();
    let own = web.host == "gitlab.com";
    let Some(dash) = parts.iter().position(|part| *part == "-") else {
        // A project's own page; elsewhere it looks like any other address.
        return own.then(|| match parts.as_slice() {
            [] | [_] | ["api", ..] => Place::Plain,
            project => folder(&format!("https://{}", web.host), &project.join("/"), vec![(String::new(), String::new())]),
        });
    };
    let (project, rest) = (parts.get(..dash).unwrap_or_default(), parts.get(dash + 1..).unwrap_or_default());
    if project.len() < 2 {
        return None;
    }
    let (server, project) = (format!("{}://{}", web.scheme, web.host), project.join("/"));
    let api = api(&server, &project);
    Some(match rest {
        ["blob" | "raw" | "blame", of @ ..] if of.len() > 1 => {
            let named = branches(of).into_iter().filter(|(_, file)| !file.is_empty());
            let address =
                |(branch, file): (String, String)| format!("{api}/repository/files/{}/raw?ref={}", part(&file), part(&branch));
            Place::File(named.map(address).collect(), format!("{project}/{}", of.join("/")))
        }
        ["tree", of @ ..] if !of.is_empty() => folder(&server, &project, branches(of)),
        ["jobs", job, "artifacts", "raw" | "file", of @ ..] if !of.is_empty() => {
            let file = of.join("/");
            Place::File(vec![format!("{api}/jobs/{}/artifacts/{}", part(job), path(&file))], format!("{project}/{job}/{file}"))
        }
        _ if own => Place::Unreadable(OTHER),
        // `/-/` is also a path of other programs.
        _ => return None,
    })
}

fn api(server: &str, project: &str) -> String {
    format!("{server}/api/v4/projects/{}", part(project))
}

fn folder(server: &str, project: &str, branches: Vec<(String, String)>) -> Place {
    let path = branches.first().map(|(_, path)| path.as_str()).unwrap_or_default();
    let name = last(if path.is_empty() { project } else { path }).to_owned();
    let repository = Repository { api: api(server, project), branches, at: 0, page: 1 };
    Place::Folder(Box::new(Folder::new(name, Lister::GitLab(repository))))
}

/// A folder of a repository.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Repository {
    /// The project's API.
    api: String,
    /// Names of the branch, with the folder's path in it; an empty name is the project's own branch.
    branches: Vec<(String, String)>,
    at: usize,
    page: usize,
}

#[derive(Deserialize)]
struct Node {
    path: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    mode: String,
}

impl Repository {
    fn branch(&self) -> (&str, &str) {
        self.branches.get(self.at).map(|(name, path)| (name.as_str(), path.as_str())).unwrap_or_default()
    }

    pub(super) fn address(&self) -> String {
        let (branch, folder) = self.branch();
        let mut address = format!("{}/repository/tree?recursive=true&per_page={PER_PAGE}&page={}", self.api, self.page);
        for (key, value) in [("ref", branch), ("path", folder)] {
            if !value.is_empty() {
                address += &format!("&{key}={}", part(value));
            }
        }
        address
    }

    pub(super) fn read(&mut self, answer: &Answer) -> Result<Page, Refusal> {
        if answer.status == 404 && self.page == 1 && self.at + 1 < self.branches.len() {
            self.at += 1;
            return Ok(Page { more: true, ..Page::default() });
        }
        let nodes: Vec<Node> = json(answer, "a list of GitLab's files")?;
        let (branch, folder) = self.branch();
        let entry = |node: &Node| {
            let below = |path: &str| path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')).map(str::to_owned);
            let name = if folder.is_empty() { Some(node.path.clone()) } else { below(&node.path) };
            // A link would be read as its target's name.
            let name = name.filter(|_| node.kind == "blob" && node.mode != "120000")?;
            let branch = if branch.is_empty() { "HEAD" } else { branch };
            let address = (!is_strange(&node.path))
                .then(|| format!("{}/repository/files/{}/raw?ref={}", self.api, part(&node.path), part(branch)));
            Some(Entry { name, address, size: None })
        };
        let entries = nodes.iter().filter_map(entry).collect();
        self.page += 1;
        Ok(Page { entries, more: nodes.len() >= PER_PAGE, cut: false })
    }
}

#[cfg(test)]
mod tests {
    use super::super::folder::tests::{answered, listed, refused};
    use super::super::place;
    use super::*;

    #[test]
    fn the_page_of_a_file_is_asked_for_by_the_api() {
        let file = |address: &str| match place(address) {
            Place::File(addresses, _) => addresses,
            other => panic!("{address}: {other:?}"),
        };
        let api = "https://gitlab.com/api/v4/projects/gitlab-org%2Fml%2Fbench/repository/files";
        assert_eq!(
            file("https://gitlab.com/gitlab-org/ml/bench/-/blob/main/a%20b.json?ref_type=heads#L5"),
            [format!("{api}/a%20b.json/raw?ref=main")]
        );
        assert_eq!(
            file("https://gitlab.com/gitlab-org/ml/bench/-/raw/fix/x/c1.json?inline=false"),
            [format!("{api}/x%2Fc1.json/raw?ref=fix"), format!("{api}/c1.json/raw?ref=fix%2Fx")]
        );
        assert_eq!(
            file("https://git.corp.example:8443/team/bench/-/blob/v1.2/runs/x.csv")[0],
            "https://git.corp.example:8443/api/v4/projects/team%2Fbench/repository/files/runs%2Fx.csv/raw?ref=v1.2"
        );
        assert_eq!(
            file("https://gitlab.com/team/bench/-/jobs/123456/artifacts/file/out/c1.json"),
            ["https://gitlab.com/api/v4/projects/team%2Fbench/jobs/123456/artifacts/out/c1.json"]
        );
        assert_eq!(place("https://gitlab.com/team/bench/-/pipelines/5"), Place::Unreadable(OTHER));
        for plain in ["https://host/a/-/blob/x", "https://host/a/b/-/ready", "https://gitlab.com/team", "https://host/a/b"] {
            assert_eq!(place(plain), Place::Plain, "{plain}");
        }
    }

    #[test]
    fn a_folder_is_listed_page_by_page() {
        let mut folder = listed("https://gitlab.com/team/bench/-/tree/feature/x/runs");
        let tree = "https://gitlab.com/api/v4/projects/team%2Fbench/repository/tree?recursive=true&per_page=100";
        assert_eq!(folder.next(), Some(format!("{tree}&page=1&ref=feature&path=x%2Fruns")));
        folder.take(&refused(404)).expect("another name");
        assert_eq!(folder.next(), Some(format!("{tree}&page=1&ref=feature%2Fx&path=runs")));
        let node =
            |at: usize| format!(r#"{{"id": "0", "name": "x", "type": "blob", "path": "runs/c{at}/x.json", "mode": "100644"}}"#);
        let nodes: Vec<String> = (0..100).map(node).collect();
        folder.take(&answered(&format!("[{}]", nodes.join(",")))).expect("a page");
        assert_eq!(folder.next(), Some(format!("{tree}&page=2&ref=feature%2Fx&path=runs")));
        let rest = format!(r#"[{}, {{"type": "tree", "path": "runs/d"}}, {{"type": "blob", "path": "runs/../x"}}]"#, node(100));
        folder.take(&answered(&rest)).expect("a page");
        assert_eq!(folder.next(), None);
        let listing = folder.listing();
        assert_eq!(listing.files.len(), 101);
        assert_eq!(listing.files[100].name, "runs/c100/x.json");
        assert_eq!(
            listing.files[100].address,
            "https://gitlab.com/api/v4/projects/team%2Fbench/repository/files/runs%2Fc100%2Fx.json/raw?ref=feature%2Fx"
        );
        assert!(listing.findings[0].message.contains("“../x”"), "{:?}", listing.findings);
    }

    #[test]
    fn a_project_is_its_own_branch() {
        let mut folder = listed("https://gitlab.com/team/bench");
        let tree = "https://gitlab.com/api/v4/projects/team%2Fbench/repository/tree?recursive=true&per_page=100&page=1";
        assert_eq!(folder.next().as_deref(), Some(tree));
        folder.take(&answered(r#"[{"type": "blob", "path": "a.csv"}]"#)).expect("a page");
        let listing = folder.listing();
        let (name, address) = (&listing.files[0].name, &listing.files[0].address);
        assert_eq!(name, "bench/a.csv");
        assert_eq!(address, "https://gitlab.com/api/v4/projects/team%2Fbench/repository/files/a.csv/raw?ref=HEAD");
    }
}
