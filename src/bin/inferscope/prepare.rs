//! `inferscope prepare`: what a page opens on, made before anybody comes.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use inferscope::engine::Imported;
use inferscope::engine::prepared::{self, Picture};
use inferscope::state::settings::Settings;
use inferscope::table::Tables;

/// Prepares a page's folder. False where its settings name nothing to be prepared, or a file gives no records.
pub(crate) fn run(page: &Path, out: &mut impl Write) -> io::Result<bool> {
    let at = |place: &Path, error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", place.display()));
    let config = page.join("config.json");
    let text = fs::read_to_string(&config).map_err(|error| at(&config, error))?;
    let read = Settings::read(&text);
    let layouts = super::own_formats(&read);
    let (settings, _) = read;
    let mut files = Vec::new();
    let mut done = true;
    for source in &settings.start {
        let path = page.join(&source.src);
        let file = File::open(&path).map_err(|error| at(&path, error))?;
        let read = super::open(&source.src, file, 0, &layouts);
        read.iter().for_each(|Imported { report, .. }| super::tell(report));
        done &= read.iter().any(|Imported { report, .. }| !report.records.is_empty());
        files.push(Tables::merge(read.iter().map(|imported| imported.tables.clone()).collect()).map_err(io::Error::other)?);
        if !source.tables.is_empty() {
            write(&page.join(&source.tables), &prepared::write(read).map_err(io::Error::other)?, out)?;
        }
    }
    if !settings.picture.is_empty() {
        let picture = serde_json::to_vec(&Picture::draw(&settings, files))?;
        write(&page.join(&settings.picture), &picture, out)?;
    }
    let named = !settings.picture.is_empty() || settings.start.iter().any(|source| !source.tables.is_empty());
    if !named {
        super::complain(&format!("{}: neither `picture` nor `tables` of `start` names a file to write", config.display()));
    }
    Ok(done && named)
}

fn write(path: &Path, bytes: &[u8], out: &mut impl Write) -> io::Result<()> {
    fs::write(path, bytes).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
    writeln!(out, "{}", path.display())
}
