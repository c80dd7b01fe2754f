//! Footers of a data set's files: how one is read, and those that are kept for the next view.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use super::Got;
use super::plan::File;
use super::words::{changed, damaged};
use crate::engine::import::decoder_failed;
use crate::format::ranged::{self, Footer, Tail};
use crate::record::Diagnostic;
use crate::source::guard;

/// The shortest file that can be one: two marks and a length.
const LEAST: u64 = 12;
/// Bytes of the first request, from the end of a file: most footers are shorter.
const FIRST: u64 = 32 << 10;
/// A file of fewer bytes is read whole, at once.
const LITTLE: u64 = 192 << 10;

/// Footers that were read: the next view needs them again. By address; a file of another size or time is another file.
#[derive(Default)]
pub struct Footers(RefCell<BTreeMap<String, (u64, String, Opened)>>);

/// A file's footer, the whole file where that is little, and what tells it from a later one.
#[derive(Clone)]
pub(super) struct Opened {
    pub footer: Rc<Footer>,
    whole: Option<Rc<Vec<u8>>>,
    pub version: String,
}

impl Footers {
    pub(super) fn get(&self, file: &File) -> Option<Opened> {
        let known = self.0.borrow();
        let same = |(size, time, _): &&(u64, String, Opened)| *size == file.size && *time == file.time;
        known.get(&file.address).filter(same).map(|(.., opened)| opened.clone())
    }

    pub(super) fn put(&self, file: &File, opened: Opened) {
        self.0.borrow_mut().insert(file.address.clone(), (file.size, file.time.clone(), opened));
    }

    pub(super) fn forget(&self, file: &File) {
        self.0.borrow_mut().remove(&file.address);
    }

    /// Some bytes of a file that was read whole.
    pub(super) fn bytes(&self, file: &File, range: &Range<u64>) -> Option<Vec<u8>> {
        let whole = self.get(file)?.whole?;
        whole.get(usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?).map(<[u8]>::to_vec)
    }
}

/// Reads a file's footer.
pub(super) async fn open(
    file: &File,
    fetch: &impl AsyncFn(&str, Range<u64>) -> Result<Got, Diagnostic>,
) -> Result<Opened, Diagnostic> {
    let read = |bytes: &[u8]| {
        guard::guarded(&file.name, || ranged::tail(bytes, file.size))
            .unwrap_or_else(|reason| Err(decoder_failed(b"PAR1", &reason).message))
            .map_err(|reason| damaged(&reason))
    };
    if file.size < LEAST {
        return Err(damaged("it is too short for a Parquet file"));
    }
    let from = if file.size <= LITTLE { 0 } else { file.size.saturating_sub(FIRST) };
    let Got { bytes, version } = fetch(&file.address, from..file.size).await?;
    match read(&bytes)? {
        Tail::Footer(footer) => {
            let whole = (from == 0).then(|| Rc::new(bytes));
            Ok(Opened { footer: Rc::new(*footer), whole, version })
        }
        Tail::From(start) => {
            let Got { bytes: mut whole, version: before } = fetch(&file.address, start..from).await?;
            if before != version {
                return Err(changed());
            }
            whole.extend(bytes);
            match read(&whole)? {
                Tail::Footer(footer) => Ok(Opened { footer: Rc::new(*footer), whole: None, version }),
                Tail::From(_) => Err(damaged("its footer is longer than it says")),
            }
        }
    }
}
