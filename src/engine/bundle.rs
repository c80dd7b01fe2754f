//! What brings its data and their view: a bundle, which is a zip archive with a manifest, and a report, which is a page with the
//! same in a block of JSON. Dropped anywhere, either shows what its maker saw.

use serde::{Deserialize, Serialize};

use super::import::{FileReport, Instructions, ReadAs};
use crate::catalog::{number, schema};
use crate::record::{Diagnostic, Kind, Place, Severity};
use crate::source::{Source, packed};
use crate::view_model::report::{self, Provenance};

/// The manifest's name: a bundle's first member.
pub const MANIFEST: &str = "inferscope.json";
/// The folder of the records, one canonical Parquet file for each kind.
pub const TABLES: &str = "tables/";
/// The folder of the files that the records were read from, where its maker added them. They are read in place of the records.
pub const ORIGINALS: &str = "originals/";

/// What a bundle or a report has beside its data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version that wrote it.
    pub inferscope: String,
    /// The version of the canonical columns.
    pub schema: u32,
    /// The view, as a link: with what was said of files, limits and prices.
    pub link: String,
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
    root: String,
    manifest: Option<Manifest>,
}

impl Opening {
    /// The archive at a path.
    pub fn new(path: &str) -> Opening {
        Opening { root: format!("{path}/"), manifest: None }
    }

    /// The member that is to be read, under the path that it had for the bundle's maker, and how; `None` of one that is not
    /// read.
    pub fn take<'a>(&'a mut self, mut member: Source, mut how: Instructions<'a>) -> Option<(Source, Instructions<'a>)> {
        let inside = member.path.strip_prefix(&self.root).unwrap_or_default();
        if inside == MANIFEST && self.manifest.is_none() {
            self.manifest = serde_json::from_slice(&member.bytes).ok();
            return self.manifest.is_none().then_some((member, how));
        }
        let Some(manifest) = &self.manifest else { return Some((member, how)) };
        if inside.starts_with(TABLES) && !manifest.originals.is_empty() {
            return None;
        }
        // What is in an archive among the originals is read as that archive was.
        let is_of = |original: &&Original| {
            let rest = inside.strip_prefix(original.member.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if let Some(original) = manifest.originals.iter().find(is_of) {
            how.read_as = original.read_as.as_ref().or(how.read_as);
            how.requests |= original.requests;
            member.path = format!("{}{}", original.path, inside.strip_prefix(original.member.as_str()).unwrap_or_default());
        }
        Some((member, how))
    }

    /// The manifest, and a finding about it; `None` if the archive is no bundle.
    pub fn manifest(self) -> Option<(Manifest, Option<Diagnostic>)> {
        let manifest = self.manifest?;
        let finding = manifest.newer();
        Some((manifest, finding))
    }
}

/// A report's manifest and tables; `None` of what is no report, or one without data.
pub fn of_report(source: &Source) -> Option<(Manifest, Vec<Source>, Vec<Diagnostic>)> {
    let text = std::str::from_utf8(&source.bytes).ok().filter(|text| text.starts_with(report::PAGE))?;
    let (_, block) = text.split_once(report::DATA)?;
    let manifest: Manifest = serde_json::from_str(block.split_once("</script>")?.0).ok()?;
    let (mut tables, mut findings) = (Vec::new(), Vec::from_iter(manifest.newer()));
    for PackedTable { name, packed } in &manifest.tables {
        match packed::unpack(packed) {
            Ok(bytes) => tables.push(Source::new(format!("{}/{name}", source.path), bytes)),
            Err(finding) => findings.push(finding),
        }
    }
    Some((manifest, tables, findings))
}

/// A file among those that a report's figures come from; `None` of one without records.
pub fn provenance(report: &FileReport) -> Option<Provenance> {
    let counts = report.records.iter().filter(|(kind, _)| kind.is_listed());
    let words = |(kind, count): (&Kind, &usize)| {
        format!("{} {}", number::column(*count as f64), if *count == 1 { kind.label() } else { kind.plural() })
    };
    let counts: Vec<String> = counts.map(words).collect();
    let tool = [report.tool.as_deref(), report.tool_version.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let format = report.format_label().unwrap_or_default().to_owned();
    (!counts.is_empty()).then(|| [report.path.clone(), format, tool, counts.join(", ")])
}
