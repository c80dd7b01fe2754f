//! The files of a folder are read one after the other, and fetched some at a time: the way to a server is long, most files are
//! small.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use super::fetching::content;
use crate::format;
use crate::source::listing::{Listing, MAX_MEMBERS};
use crate::source::refusal::Refusal;

/// So many files are on their way at once, beside the one that is read.
const AT_ONCE: usize = 4;

/// Larger files are fetched when it is their turn, as are those of unknown size: what waits takes memory.
const SMALL_BYTES: u64 = 4 << 20;

type Outcome = Result<Vec<u8>, Refusal>;

/// What settles once the outcome is there, and where it is then.
type Asked = (Promise, Rc<RefCell<Option<Outcome>>>);

/// What is fetched ahead.
pub(super) struct Ahead {
    /// Small files that were not asked for yet.
    waiting: RefCell<VecDeque<String>>,
    /// What was asked for: it is settled, then the outcome is there.
    asked: RefCell<BTreeMap<String, Asked>>,
}

impl Ahead {
    /// Of a folder, whose files will be asked for in their order.
    pub(super) fn of(listing: &Listing) -> Ahead {
        let is_small = |size: Option<u64>| size.is_some_and(|size| size <= SMALL_BYTES);
        let files = listing.files.iter().filter(|file| is_small(file.size) && format::aside_by_name(&file.name).is_none());
        let waiting = RefCell::new(files.take(MAX_MEMBERS).map(|file| file.address.clone()).collect());
        Ahead { waiting, asked: RefCell::default() }
    }

    /// The content of an address.
    pub(super) async fn content(&self, address: &str) -> Outcome {
        self.waiting.borrow_mut().retain(|waiting| waiting != address);
        let found = self.asked.borrow_mut().remove(address);
        self.go_on();
        if let Some((settled, outcome)) = found {
            // It is never rejected.
            let _ = JsFuture::from(settled).await;
            if let Some(outcome) = outcome.take() {
                return outcome;
            }
        }
        content(address).await
    }

    /// Asks for the next ones.
    fn go_on(&self) {
        let mut asked = self.asked.borrow_mut();
        while asked.len() < AT_ONCE {
            let Some(address) = self.waiting.borrow_mut().pop_front() else { return };
            let outcome = Rc::new(RefCell::new(None));
            let settled = {
                let (address, outcome) = (address.clone(), Rc::clone(&outcome));
                future_to_promise(async move {
                    let found = content(&address).await;
                    outcome.replace(Some(found));
                    Ok(JsValue::UNDEFINED)
                })
            };
            asked.insert(address, (settled, outcome));
        }
    }
}
