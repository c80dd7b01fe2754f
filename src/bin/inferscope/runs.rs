//! `demo --runs`, `demo --profile` and `demo --server`: synthetic folders, as files or packed.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use inferscope::demo;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// Takes every file of a folder, one after another.
type Each<'a> = &'a dyn Fn(&mut dyn FnMut(demo::runs::File) -> io::Result<()>) -> io::Result<()>;

/// Writes the runs into a folder, which is made, or into an archive. The archive holds what the page reads, the folder
/// a README besides.
pub(crate) fn write(place: &Path, log_mb: Option<u32>) -> io::Result<()> {
    let options = demo::runs::Options { log_bytes: log_mb.map(|megabytes| u64::from(megabytes) * 1_000_000) };
    put(place, Some(demo::runs::README), &|take| demo::runs::each(&options, take))
}

/// Writes the profiler's curves likewise.
pub(crate) fn write_profile(place: &Path) -> io::Result<()> {
    put(place, None, &|take| demo::profile::each(take))
}

/// Writes the metrics of servers likewise.
pub(crate) fn write_server(place: &Path) -> io::Result<()> {
    put(place, None, &|take| demo::server::each(take))
}

fn put(place: &Path, readme: Option<&str>, each: Each<'_>) -> io::Result<()> {
    if place.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip")) {
        let mut archive = ZipWriter::new(BufWriter::new(File::create(place)?));
        // No clock: the same archive every time.
        let entry = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(9))
            .last_modified_time(DateTime::default());
        each(&mut |file| {
            archive.start_file(file.path, entry)?;
            archive.write_all(file.text.as_bytes())
        })?;
        return archive.finish()?.flush();
    }
    fs::create_dir_all(place)?;
    if let Some(readme) = readme {
        fs::write(place.join("README.txt"), readme)?;
    }
    each(&mut |file| {
        let path = place.join(file.path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, file.text)
    })
}
