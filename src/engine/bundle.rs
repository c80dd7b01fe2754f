//! What brings its data and their view: a bundle, which is a zip archive with a manifest, and a report, which is a page with the
//! same in a block of JSON. Dropped anywhere, either shows what its maker saw.

use serde::{Deserialize, Serialize};

use super::import::{FileReport, Imported, Instructions, ReadAs};
use crate::catalog::schema;
use crate::record::{Diagnostic, Kind, Place, Severity};
use crate::source::{Source, packed};
use crate::view_model::report::{self, Provenance};

/// The manifest's name: a bundle's first member.
pub const MANIFEST: &str = "inferscope.json";
/// The folder of the records, one canonical Parquet file for each kind.
pub const TABLES: &str = "tables/";
/// The folder of the files that the records were read from, where its maker added them. They are read in place of the records.
pub const ORIGINALS: &str = "originals/";

/// Bytes of a report's tables.
const MAX_TABLES: usize = 64 << 20;

/// What a bundle or a report has beside its data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version that wrote it.
    pub inferscope: String,
    /// The version of the canonical columns.
    pub schema: u32,
    /// The view, as a link: with what was said of files, limits and prices.
    pub link: String,
    /// What is to stand on all that is shown of it; empty if nothing is to.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notice: String,
    /// The original files; none where only the records are there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub originals: Vec<Original>,
    /// A report's tables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<PackedTable>,
}

/// An original file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Original {
    /// Its member of the archive.
    pub member: String,
    /// Its path as it was loaded.
    pub path: String,
    /// How it was read, if not as detected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_as: Option<ReadAs>,
    /// Whether its single requests were read.
    #[serde(default)]
    pub requests: bool,
}

impl Original {
    /// What follows this original's member in the path of a member of the bundle; `None` of one of another.
    fn rest_of<'p>(&self, path: &'p str) -> Option<&'p str> {
        path.strip_prefix(self.member.as_str()).filter(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// A table of a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PackedTable {
    /// Its file name.
    pub name: String,
    /// Its CSV, packed as in a link.
    pub packed: String,
}

impl Manifest {
    /// Of a view, by this version.
    pub fn of(link: &str) -> Manifest {
        Manifest {
            inferscope: env!("CARGO_PKG_VERSION").to_owned(),
            schema: schema::VERSION,
            link: link.to_owned(),
            ..Manifest::default()
        }
    }

    /// Reads a manifest; `None` of what is none.
    fn read(bytes: &[u8]) -> Option<Manifest> {
        let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        serde_json::from_slice(text).ok()
    }

    /// A finding where a newer version than this wrote it.
    fn newer(&self) -> Option<Diagnostic> {
        (self.schema > schema::VERSION).then(|| {
            let message = format!("It was written by a newer Inferscope ({}): some of it may be read wrongly.", self.inferscope);
            Diagnostic::new(Severity::Warning, Place::File, message, "Reload the page to get its latest version.")
        })
    }
}

/// An archive while its members are read. It is a bundle from its manifest on.
pub struct Opening {
    archive: String,
    /// The manifest, and the folder in which it and all that it names lie.
    manifest: Option<(Manifest, String)>,
}

impl Opening {
    /// The archive at a path.
    pub fn new(path: &str) -> Opening {
        Opening { archive: format!("{path}/"), manifest: None }
    }

    /// The member that is to be read, under the path that it had for the bundle's maker, and how; `None` of the manifest.
    pub fn take<'a>(&'a mut self, mut member: Source, mut how: Instructions<'a>) -> Option<(Source, Instructions<'a>)> {
        let folder = member.path.strip_suffix(MANIFEST).filter(|folder| folder.starts_with(&self.archive));
        if let Some(folder) = folder.filter(|_| self.manifest.is_none())
            && let Some(manifest) = Manifest::read(&member.bytes)
        {
            self.manifest = Some((manifest, folder.to_owned()));
            return None;
        }
        if let Some((manifest, folder)) = &self.manifest
            && let Some(inside) = member.path.strip_prefix(folder.as_str())
            && let Some(original) = manifest.originals.iter().find(|original| original.rest_of(inside).is_some())
        {
            // What is in an archive among the originals is read as that archive was.
            how.read_as = original.read_as.as_ref().or(how.read_as);
            how.requests |= original.requests;
            member.path = format!("{}{}", original.path, original.rest_of(inside).unwrap_or_default());
        }
        Some((member, how))
    }

    /// What a bundle brings beside its records: the view, and findings. Records that its original files have, too, are taken out.
    /// `None` if the archive is no bundle.
    pub fn finish(self, imported: &mut Vec<Imported>) -> Option<(Manifest, Vec<Diagnostic>)> {
        let (manifest, folder) = self.manifest?;
        let mut findings = Vec::from_iter(manifest.newer());
        let (tables, originals) = (format!("{folder}{TABLES}"), format!("{folder}{ORIGINALS}"));
        let is_original = |path: &str| {
            manifest.originals.iter().any(|original| path.starts_with(&original.path)) || path.starts_with(&originals)
        };
        let has_records = |read: &Imported| !read.report.records.is_empty();
        if imported.iter().any(|read| is_original(&read.report.path) && has_records(read)) {
            imported.retain(|read| !read.report.path.starts_with(&tables));
        } else if !manifest.originals.is_empty() {
            let message = "The original files that the bundle names are not in it: its tables are read in their place.";
            findings.push(Diagnostic::new(Severity::Warning, Place::File, message, "Ask its maker for the whole file."));
        }
        Some((manifest, findings))
    }
}

/// A report's manifest and tables; `None` of what is no report, or one without data.
pub fn of_report(source: &Source) -> Option<(Manifest, Vec<Source>, Vec<Diagnostic>)> {
    let page = source.bytes.starts_with(report::PAGE.as_bytes()).then_some(&source.bytes)?;
    let text = std::str::from_utf8(page).ok()?;
    let (_, block) = text.split_once(report::DATA)?;
    let manifest: Manifest = serde_json::from_str(block.split_once("</script>")?.0).ok()?;
    let (mut tables, mut findings) = (Vec::new(), Vec::from_iter(manifest.newer()));
    let mut total = 0;
    for PackedTable { name, packed } in &manifest.tables {
        // One for each kind of record is what a report has.
        if tables.len() == Kind::ALL.len() || total > MAX_TABLES {
            let message = format!("The report has more data than is read ({} tables).", manifest.tables.len());
            findings.push(Diagnostic::new(Severity::Error, Place::File, message, "Make it from fewer files, or send a bundle."));
            break;
        }
        match packed::unpack(packed) {
            Ok(bytes) => {
                total += bytes.len();
                tables.push(Source::new(format!("{}/{name}", source.path), bytes));
            }
            Err(_) => {
                let message = format!("Its data ({name}) are truncated or corrupt.");
                let hint = "Copy the file again, or ask its maker for a bundle.";
                findings.push(Diagnostic::new(Severity::Error, Place::File, message, hint));
            }
        }
    }
    Some((manifest, tables, findings))
}

/// A file among those that a report's figures come from; `None` of one without records.
pub fn provenance(report: &FileReport) -> Option<Provenance> {
    let counts = report.records.iter().filter(|(kind, _)| kind.is_listed());
    let counts: Vec<String> = counts.map(|(kind, count)| kind.count(*count)).collect();
    let tool = [report.tool.as_deref(), report.tool_version.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let format = report.format_label().unwrap_or_default().to_owned();
    (!counts.is_empty()).then(|| [report.path.clone(), format, tool, counts.join(", ")])
}
