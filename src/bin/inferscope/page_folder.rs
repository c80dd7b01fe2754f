//! The page as `make dist` writes it, for the commands that serve it or put it into a report: a folder, or what is built in.
//!
//! Looked for in this order: what `--dist` names, what the environment names, the page in the program (feature `embed`), `dist`
//! beside the program, and `dist` of the checkout that it was built in. Never in the current folder: results of others may lie
//! there, and a page among them would read all that is served.

use std::borrow::Cow;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The variable that names the folder; the browser tests know it, too.
const VARIABLE: &str = "INFERSCOPE_DIST";

/// What every page has. A checkout's own `index.html`, which is no page yet, has no `start.js` beside it.
const HAS: [&str; 2] = ["index.html", "start.js"];

/// Where the page is.
#[derive(Debug)]
pub(crate) enum PageFolder {
    /// In this folder; the path is canonical.
    Folder(PathBuf),
    /// In the program.
    #[cfg(feature = "embed")]
    BuiltIn,
}

/// A file of the page.
pub(crate) enum PageFile {
    /// At this path, which is canonical and below the page's folder.
    At(PathBuf),
    /// In the program: its content and its SHA-256.
    #[cfg(feature = "embed")]
    BuiltIn(Cow<'static, [u8]>, [u8; 32]),
}

#[cfg(feature = "embed")]
#[derive(rust_embed::RustEmbed)]
#[folder = "dist/"]
struct BuiltIn;

impl PageFolder {
    /// The page that `--dist` names, else the first that is found. The error says how to get one.
    pub(crate) fn find(named: Option<&Path>) -> Result<PageFolder, String> {
        if let Some(folder) = named {
            return page(folder).ok_or_else(|| not_a_page("--dist", folder));
        }
        if let Some(folder) = env::var_os(VARIABLE).filter(|folder| !folder.is_empty()) {
            let folder = PathBuf::from(folder);
            return page(&folder).ok_or_else(|| not_a_page(VARIABLE, &folder));
        }
        #[cfg(feature = "embed")]
        if HAS.iter().all(|name| BuiltIn::get(name).is_some()) {
            return Ok(PageFolder::BuiltIn);
        }
        let program = env::current_exe().and_then(fs::canonicalize).unwrap_or_default();
        let beside = program.parent().map(|folder| folder.join("dist"));
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist");
        let places: Vec<PathBuf> = beside.into_iter().chain([checkout]).collect();
        places.iter().find_map(|place| page(place)).ok_or_else(|| {
            let places: Vec<String> = places.iter().map(|place| place.display().to_string()).collect();
            format!(
                "the page is not here: neither {} has it. `make dist` in a checkout of Inferscope writes it; name its folder with \
                 --dist or in {VARIABLE}, or build this program with `--features embed`, which puts it in",
                places.join(" nor ")
            )
        })
    }

    /// A file of the page by its path with slashes; `None` where there is none, and for a path that leads out of the page.
    pub(crate) fn file(&self, path: &str) -> Option<PageFile> {
        let strange = |part: &str| part.is_empty() || part.starts_with('.') || part.contains(['\\', '\0']);
        if path.split('/').any(strange) {
            return None;
        }
        match self {
            PageFolder::Folder(folder) => {
                let found = fs::canonicalize(folder.join(path)).ok()?;
                (found.starts_with(folder) && found.is_file()).then_some(PageFile::At(found))
            }
            #[cfg(feature = "embed")]
            PageFolder::BuiltIn => BuiltIn::get(path).map(|file| PageFile::BuiltIn(file.data, file.metadata.sha256_hash())),
        }
    }

    /// The content of a small file of the page; `None` where it has none that can be read.
    pub(crate) fn read(&self, path: &str) -> Option<Cow<'static, [u8]>> {
        match self.file(path)? {
            PageFile::At(path) => fs::read(path).ok().map(Cow::Owned),
            #[cfg(feature = "embed")]
            PageFile::BuiltIn(content, _) => Some(content),
        }
    }
}

/// A folder that holds a page.
fn page(folder: &Path) -> Option<PageFolder> {
    let folder = fs::canonicalize(folder).ok()?;
    HAS.iter().all(|name| folder.join(name).is_file()).then_some(PageFolder::Folder(folder))
}

fn not_a_page(named_by: &str, folder: &Path) -> String {
    format!(
        "{named_by} {}: not a folder with Inferscope's page (it lacks {}). `make dist` in a checkout of Inferscope writes one, dist/",
        folder.display(),
        HAS.join(" or ")
    )
}
