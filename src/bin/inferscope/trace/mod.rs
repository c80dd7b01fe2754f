//! `inferscope trace`: what traces of requests are like, and traces made from them.

mod analyze;
mod convert;
mod generate;
mod synthesize;

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use clap::Subcommand;
use inferscope::record::{Diagnostic, Place, Severity};
use inferscope::source::text::decode;
use inferscope::source::{MAX_FILE_BYTES, Source, container};
use inferscope::trace::Trace;

use super::{complain, name, note};

/// What to do with a trace.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Describe traces: lengths, shared prefixes, hit rates with and without a limit of the cache, arrivals.
    #[command(alias = "analyse")]
    Analyze(analyze::Arguments),
    /// Make a trace of the same kind, scaled: faster, with longer prefixes or prompts, more prefixes, within bounds.
    #[command(alias = "synthesise")]
    Synthesize(synthesize::Arguments),
    /// Convert Azure's or BurstGPT's CSV to Mooncake JSON lines.
    Convert(convert::Arguments),
    /// Generate a load: a rate that rises and falls like a sine, bursts if wanted, and two kinds of requests.
    Generate(generate::Arguments),
}

/// Runs the command; its exit code.
pub(crate) fn run(command: &Command, out: &mut impl Write) -> io::Result<u8> {
    match command {
        Command::Analyze(arguments) => analyze::run(arguments, out),
        Command::Synthesize(arguments) => synthesize::run(arguments, out),
        Command::Convert(arguments) => convert::run(arguments, out),
        Command::Generate(arguments) => generate::run(arguments, out),
    }
}

/// Reads a trace and reports on standard error what is wrong with it; `None` if it cannot be read.
fn read(path: &Path, random: bool) -> Option<Trace> {
    with_text(path, |path, text| Trace::read(path, text, random))
}

/// Reads a file, packed or not, makes something of its text, and reports on standard error what was found.
fn with_text<T>(path: &Path, make: impl FnOnce(&str, &str) -> Result<(T, Vec<Diagnostic>), Vec<Diagnostic>>) -> Option<T> {
    let source = open(path)?;
    let (text, mut found) = decode(&source.bytes);
    let (made, more) = match make(&source.path, &text) {
        Ok((made, more)) => (Some(made), more),
        Err(more) => (None, more),
    };
    found.extend(more);
    found.iter().for_each(|diagnostic| tell(&source.path, diagnostic));
    made
}

/// The bytes of a file, unpacked; what keeps it from being read is reported on standard error.
pub(crate) fn open(path: &Path) -> Option<Source> {
    let shown = if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() };
    let fail = |message: String, hint: &str| {
        tell(&shown, &Diagnostic::new(Severity::Error, Place::File, message, hint));
        None
    };
    let bytes = match bytes(path) {
        Ok(bytes) if bytes.len() as u64 > MAX_FILE_BYTES => return fail("Larger than 1 GiB.".to_owned(), "Cut the file."),
        Ok(bytes) => bytes,
        Err(error) => return fail(format!("Could not be read: {error}."), "Check the path and its permissions."),
    };
    let mut opened = container::open(Source::new(shown.as_str(), bytes), &container::Limits::DEFAULT);
    opened.findings.iter().for_each(|(path, diagnostic)| tell(path, diagnostic));
    match opened.members.pop() {
        Some(source) if opened.members.is_empty() => Some(source),
        _ => fail("The archive does not have exactly one file.".to_owned(), "Unpack it, and name one file."),
    }
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = MAX_FILE_BYTES + 1;
    if path == Path::new("-") {
        io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
    } else {
        File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// Reports one finding on standard error.
pub(crate) fn tell(path: &str, Diagnostic { severity, place, message, hint }: &Diagnostic) {
    let say = if *severity == Severity::Error { complain } else { note };
    say(&format!("{path}: {}: {place}: {message}", name(*severity)));
    if !hint.is_empty() {
        say(&format!("  → {hint}"));
    }
}

/// Parses a number above 0.
fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| "not a number above 0".to_owned())
}

/// Writes to a file, or to standard output without one; 1 when that cannot be done. What breaks off midway leaves no file.
pub(crate) fn write(
    to: Option<&Path>,
    out: &mut dyn Write,
    make: &mut dyn FnMut(&mut dyn Write) -> io::Result<u8>,
) -> io::Result<u8> {
    let Some(path) = to else { return make(out) };
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let written = File::create(&beside).and_then(|file| {
        let mut file = BufWriter::new(file);
        let code = make(&mut file)?;
        file.flush()?;
        Ok(code)
    });
    let placed = match written {
        Ok(0) => fs::rename(&beside, path).map(|()| 0),
        other => {
            let _ = fs::remove_file(&beside);
            other
        }
    };
    placed.or_else(|error| {
        complain(&format!("{}: error: Could not be written: {error}.", path.display()));
        Ok(1)
    })
}

/// Parses a factor that a synthesis takes.
fn factor(text: &str) -> Result<f64, String> {
    use inferscope::trace::synthesis::{LEAST, MOST};
    let fits = |factor: &f64| (LEAST..=MOST).contains(factor);
    positive(text).and_then(|factor| Some(factor).filter(fits).ok_or_else(|| format!("not from {LEAST} to {MOST}")))
}
