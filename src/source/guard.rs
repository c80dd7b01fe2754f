//! A panic costs one file. The decoders of binary formats are other people's and trust what they read: on damaged bytes they
//! can panic. What reads a file, or one archive, runs here, and its panic becomes a sentence.
//!
//! WebAssembly cannot unwind: there the program ends, and the page names the file it was at.

#[cfg(not(target_arch = "wasm32"))]
pub use native::guarded;

/// Runs work that may panic, and ends the program if it does.
#[cfg(target_arch = "wasm32")]
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    Ok(work())
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::any::Any;
    use std::cell::RefCell;
    use std::panic::{self, AssertUnwindSafe};
    use std::sync::Once;

    thread_local! {
        /// Where the guarded work of this thread panicked last; `None` outside of guarded work.
        static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
    }

    /// Runs work that may panic. Nothing is printed then: the panic's message and its place in the source are the error. What
    /// the work had borrowed may be half done, and is the caller's to judge.
    pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
        static QUIET: Once = Once::new();
        QUIET.call_once(|| {
            let usual = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                let place = info.location().map(|place| format!("{}:{}", file_name(place.file()), place.line()));
                let kept = PLACE.try_with(|kept| match &mut *kept.borrow_mut() {
                    Some(kept) => {
                        *kept = place.unwrap_or_default();
                        true
                    }
                    None => false,
                });
                if kept != Ok(true) {
                    usual(info);
                }
            }));
        });
        // Guarded work can stand in guarded work: a file in an archive.
        let outer = PLACE.replace(Some(String::new()));
        let done = panic::catch_unwind(AssertUnwindSafe(work));
        let place = PLACE.replace(outer).unwrap_or_default();
        done.map_err(|reason| match message(&*reason) {
            text if place.is_empty() => text.to_owned(),
            text => format!("{text}, {place}"),
        })
    }

    fn message(reason: &(dyn Any + Send)) -> &str {
        let text = reason.downcast_ref::<&str>().copied().or_else(|| reason.downcast_ref::<String>().map(String::as_str));
        text.and_then(|text| text.lines().next()).unwrap_or("no reason given")
    }

    fn file_name(path: &str) -> &str {
        path.rsplit(['/', '\\']).next().unwrap_or(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_sentence_and_what_surrounds_it_goes_on() {
        let found = guarded(|| {
            let inner = guarded(|| -> usize { panic!("offset {} out of bounds\nmore", 3) });
            (inner, 7)
        });
        let (inner, after) = found.expect("the outer work ends well");
        assert_eq!(after, 7);
        let reason = inner.expect_err("it panicked");
        assert!(reason.starts_with("offset 3 out of bounds, guard.rs:"), "{reason}");
        assert_eq!(guarded(|| 1), Ok(1));
    }
}
