//! Counting bytes while unpacking, so that sizes in headers need not be trusted.

use std::cell::{Cell, RefCell};
use std::io::{self, Read};
use std::rc::Rc;

use super::Limits;

/// The end of a sentence.
const BOMB: &str = "which suggests a decompression bomb.";

/// An archive within an archive may pack so much less for nothing: what is packed twice over is mostly made to be.
const NESTED: u64 = 4;

/// Size limits of one container.
pub(super) struct Meter<'m> {
    limits: &'m Limits,
    /// Bytes of this container, and of the file that it is in.
    packed: [u64; 2],
    /// Unpacked bytes up to which the ratio does not matter.
    ratio_from: u64,
    here: Cell<u64>,
    /// Bytes unpacked over all containers.
    total: Rc<Cell<u64>>,
    /// What was exceeded, as the end of a sentence, and whether nothing more may be opened at all.
    refusal: RefCell<Option<(String, bool)>>,
}

impl<'m> Meter<'m> {
    /// For a container of `packed` bytes, in a file of so many; `total` counts the bytes of all containers together.
    pub(super) fn new(limits: &'m Limits, packed: [u64; 2], depth: usize, total: Rc<Cell<u64>>) -> Meter<'m> {
        let ratio_from = if depth > 1 { limits.ratio_from / NESTED } else { limits.ratio_from };
        Meter { limits, packed, ratio_from, here: Cell::new(0), total, refusal: RefCell::default() }
    }

    /// The limit that was reached, if one was.
    pub(super) fn refusal(&self) -> Option<(String, bool)> {
        self.refusal.borrow().clone()
    }

    /// A reader whose bytes are counted; it fails where a limit is reached.
    pub(super) fn reader<R: Read>(&self, source: R) -> Metered<'_, R> {
        Metered { source, meter: self }
    }

    fn count(&self, bytes: usize) -> io::Result<()> {
        let here = self.here.get().saturating_add(bytes as u64);
        self.here.set(here);
        let total = self.total.get().saturating_add(bytes as u64);
        self.total.set(total);
        let [packed, outer] = self.packed;
        let Limits { total_bytes, ratio, .. } = *self.limits;
        let ratio_from = self.ratio_from;
        let refusal = if total > total_bytes {
            (format!("decompresses to more than {}.", size(total_bytes)), true)
        } else if here > ratio_from && here > packed.saturating_mul(ratio) {
            (format!("decompresses to more than {ratio} times its {}, {BOMB}", size(packed)), false)
        } else if total > ratio_from && total > outer.saturating_mul(ratio) {
            (format!("and the archives around it decompress to more than {ratio} times {}, {BOMB}", size(outer)), true)
        } else {
            return Ok(());
        };
        *self.refusal.borrow_mut() = Some(refusal);
        Err(io::Error::other("a limit is reached"))
    }
}

/// See [`Meter::reader`].
pub(super) struct Metered<'m, R> {
    source: R,
    meter: &'m Meter<'m>,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.meter.count(read)?;
        Ok(read)
    }
}

/// How reading a member ended.
#[derive(Debug)]
pub(super) enum End {
    Whole,
    /// The container ends before the member does.
    Cut,
    TooLarge,
    Damaged(String),
}

/// Reads a member of at most `limit` bytes.
pub(super) fn fill(reader: impl Read, limit: u64) -> (Vec<u8>, End) {
    let mut bytes = Vec::new();
    let end = match reader.take(limit.saturating_add(1)).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() as u64 > limit => End::TooLarge,
        Ok(_) => End::Whole,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => End::Cut,
        Err(error) => End::Damaged(error.to_string().to_lowercase()),
    };
    (bytes, end)
}

/// A number of bytes for people.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
        _ => format!("{:.1} GiB", bytes as f64 / 1_073_741_824.0),
    }
}
