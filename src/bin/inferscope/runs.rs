//! `demo --runs`: synthetic run folders, as files or packed.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use inferscope::demo::runs;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// Writes the runs into a folder, which is made, or into an archive. The archive holds what the page reads, the folder
/// a README besides.
pub(crate) fn write(place: &Path, log_mb: Option<u32>) -> io::Result<()> {
    let options = runs::Options { log_bytes: log_mb.map(|megabytes| u64::from(megabytes) * 1_000_000) };
    if place.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip")) {
        let mut archive = ZipWriter::new(BufWriter::new(File::create(place)?));
        // No clock: the same archive every time.
        let entry = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(9))
            .last_modified_time(DateTime::default());
        runs::each(&options, &mut |file| {
            archive.start_file(file.path, entry)?;
            archive.write_all(file.text.as_bytes())
        })?;
        return archive.finish()?.flush();
    }
    fs::create_dir_all(place)?;
    fs::write(place.join("README.txt"), runs::README)?;
    runs::each(&options, &mut |file| {
        let path = place.join(file.path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, file.text)
    })
}
