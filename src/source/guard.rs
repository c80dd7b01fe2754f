//! A panic costs one file. The decoders of binary formats are other people's and trust what they read: on damaged bytes they
//! can panic. What reads a file, or one archive, runs here, and its panic becomes a sentence.
//!
//! WebAssembly cannot unwind: there the program ends. Whoever started it has been told what it was at ([`watch`]), and starts
//! it again with that as [`Lost`]: the same work is then passed over, with the same sentence.

use std::any::Any;
use std::cell::RefCell;
use std::panic::PanicHookInfo;

use serde::{Deserialize, Serialize};

pub use run::guarded;
#[cfg(target_arch = "wasm32")]
pub use run::{is_at_work, watch};

/// Work that ended a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// The path of the file or archive that it was at; empty if it was at none.
    pub path: String,
    /// Why: a panic's [`sentence`], or what the browser said.
    pub reason: String,
}

impl Lost {
    /// By the work that a program was at when it ended, the panic that it remembered, and what the browser says of it.
    pub fn ended(path: String, panic: Option<String>, error: &str) -> Lost {
        // All browsers' word for what Rust does without a panic: it gives up when memory cannot grow.
        let given_up = error.to_lowercase().contains("unreachable");
        let reason = panic.unwrap_or_else(|| if given_up { format!("{NO_MEMORY}: {error}") } else { error.to_owned() });
        Lost { path, reason }
    }
}

/// How the reason begins where a program ended without a panic: it does that when memory cannot grow.
pub const NO_MEMORY: &str = "it probably needs more memory than the browser gives";

thread_local! {
    static LOST: RefCell<Vec<Lost>> = const { RefCell::new(Vec::new()) };
}

/// Work that ended a program before, and is passed over from now on instead of what was told here earlier.
pub fn pass_over(lost: Vec<Lost>) {
    LOST.set(lost);
}

fn known(path: &str) -> Option<String> {
    LOST.with_borrow(|lost| lost.iter().find(|lost| lost.path == path).map(|lost| lost.reason.clone()))
}

/// A panic in one line: its message and its place in the source.
pub fn sentence(info: &PanicHookInfo<'_>) -> String {
    let file_name = |path: &str| path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned();
    let place = info.location().map(|place| format!(", {}:{}", file_name(place.file()), place.line()));
    format!("{}{}", message(info.payload()), place.unwrap_or_default())
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.and_then(|text| text.lines().next()).unwrap_or("no reason given")
}

#[cfg(not(target_arch = "wasm32"))]
mod run {
    use std::cell::RefCell;
    use std::panic::{self, AssertUnwindSafe};
    use std::sync::Once;

    thread_local! {
        /// The last panic in the guarded work of this thread, empty before one; `None` outside of guarded work.
        static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
    }

    /// Runs work on the file or archive at `path` that may panic. Nothing is printed then: the panic's
    /// [`sentence`](super::sentence) is the error. What the work had borrowed may be half done, and is the caller's to judge.
    ///
    /// # Errors
    ///
    /// Why it panicked, now or in a program before this one.
    pub fn guarded<T>(path: &str, work: impl FnOnce() -> T) -> Result<T, String> {
        static QUIET: Once = Once::new();
        QUIET.call_once(|| {
            let usual = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                let kept = PANIC.try_with(|kept| kept.borrow_mut().as_mut().map(|kept| *kept = super::sentence(info)).is_some());
                if kept != Ok(true) {
                    usual(info);
                }
            }));
        });
        if let Some(reason) = super::known(path) {
            return Err(reason);
        }
        // Guarded work can stand in guarded work: a file in an archive.
        let outer = PANIC.replace(Some(String::new()));
        let done = panic::catch_unwind(AssertUnwindSafe(work));
        let sentence = PANIC.replace(outer).unwrap_or_default();
        done.map_err(|payload| if sentence.is_empty() { super::message(&*payload).to_owned() } else { sentence })
    }
}

#[cfg(target_arch = "wasm32")]
mod run {
    use std::cell::RefCell;

    type Watcher = Box<dyn Fn(&str)>;

    thread_local! {
        static WATCHER: RefCell<Option<Watcher>> = const { RefCell::new(None) };
        static AT: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    }

    /// Tells from now on what guarded work is at: a path, the archive's around it once it is done, nothing after the outermost.
    pub fn watch(watcher: impl Fn(&str) + 'static) {
        WATCHER.set(Some(Box::new(watcher)));
    }

    /// Whether guarded work is being done.
    pub fn is_at_work() -> bool {
        AT.with_borrow(|at| !at.is_empty())
    }

    fn tell() {
        let at = AT.with_borrow(|at| at.last().cloned()).unwrap_or_default();
        WATCHER.with_borrow(|watcher| {
            if let Some(watcher) = watcher {
                watcher(&at);
            }
        });
    }

    /// Runs work on the file or archive at `path` that may panic, and then ends the program.
    ///
    /// # Errors
    ///
    /// Why it ended a program before this one: then it is not run.
    pub fn guarded<T>(path: &str, work: impl FnOnce() -> T) -> Result<T, String> {
        if let Some(reason) = super::known(path) {
            return Err(reason);
        }
        AT.with_borrow_mut(|at| at.push(path.to_owned()));
        tell();
        let done = work();
        AT.with_borrow_mut(|at| at.pop());
        tell();
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_sentence_and_what_surrounds_it_goes_on() {
        let found = guarded("a.zip", || {
            let inner = guarded("a.zip/b", || -> usize { panic!("offset {} out of bounds\nmore", 3) });
            (inner, 7)
        });
        let (inner, after) = found.expect("the outer work ends well");
        assert_eq!(after, 7);
        let reason = inner.expect_err("it panicked");
        assert!(reason.starts_with("offset 3 out of bounds, guard.rs:"), "{reason}");
        assert_eq!(guarded("c", || 1), Ok(1));
    }

    #[test]
    fn a_program_that_ends_without_a_panic_ran_out_of_memory() {
        let reason = |panic: Option<&str>, error| Lost::ended("a".to_owned(), panic.map(str::to_owned), error).reason;
        assert!(reason(None, "Uncaught RuntimeError: unreachable").starts_with(NO_MEMORY));
        assert_eq!(reason(None, "RangeError: too much recursion"), "RangeError: too much recursion");
        assert_eq!(reason(Some("slice index, a.rs:1"), "RuntimeError: unreachable"), "slice index, a.rs:1");
    }

    #[test]
    fn what_ended_a_program_is_passed_over_with_its_reason() {
        pass_over(vec![Lost { path: "a.zip/b".to_owned(), reason: "slice index".to_owned() }]);
        let found = guarded("a.zip", || (guarded("a.zip/b", || 1), guarded("a.zip/c", || 2)));
        assert_eq!(found, Ok((Err("slice index".to_owned()), Ok(2))));
        pass_over(Vec::new());
        assert_eq!(guarded("a.zip/b", || 1), Ok(1));
    }
}
