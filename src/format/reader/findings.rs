//! Diagnostics of one file, limited to a readable number.

use crate::record::{Diagnostic, Place, Severity, Sink};

/// How many diagnostics of one kind are listed; the rest are counted.
pub(in crate::format) const LISTED: u64 = 20;

/// Forwards diagnostics until there are too many of a kind, then counts them.
#[derive(Default)]
pub(in crate::format) struct Findings {
    kinds: Vec<(&'static str, Severity, u64)>,
}

impl Findings {
    /// Adds a diagnostic of a kind. `kind` completes the sentence “And 12 more …”; `make` is only called if it is listed.
    pub(in crate::format) fn add(&mut self, sink: &mut dyn Sink, kind: &'static str, make: impl FnOnce() -> Diagnostic) {
        let index = self.kinds.iter().position(|(name, _, _)| *name == kind).unwrap_or_else(|| {
            self.kinds.push((kind, Severity::Info, 0));
            self.kinds.len() - 1
        });
        let (_, severity, count) = &mut self.kinds[index];
        *count += 1;
        if *count <= LISTED {
            let diagnostic = make();
            *severity = diagnostic.severity;
            sink.diagnostic(diagnostic);
        }
    }

    /// Adds a warning about an entry that is not what the file should contain.
    pub(in crate::format) fn entry(
        &mut self,
        sink: &mut dyn Sink,
        kind: &'static str,
        place: &Place,
        message: impl FnOnce() -> String,
    ) {
        self.add(sink, kind, || {
            let hint = "Check whether the file was edited by hand.";
            Diagnostic::new(Severity::Warning, place.clone(), message(), hint)
        });
    }

    /// Reports how many were not listed.
    pub(in crate::format) fn finish(self, sink: &mut dyn Sink) {
        for (kind, severity, count) in self.kinds {
            if count > LISTED {
                let message = format!("And {} more {kind}.", count - LISTED);
                sink.diagnostic(Diagnostic::new(severity, Place::File, message, ""));
            }
        }
    }
}
