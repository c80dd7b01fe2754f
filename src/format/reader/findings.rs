//! Diagnostics of one file, limited to a readable number.

use crate::record::{Diagnostic, Place, Severity, Sink};

/// How many diagnostics of one kind are listed; the rest are counted.
pub(in crate::format) const LISTED: u64 = 20;

/// Forwards diagnostics until there are too many of a kind, then counts them.
#[derive(Default)]
pub(in crate::format) struct Findings {
    kinds: Vec<Found>,
}

/// What was found of a kind.
struct Found {
    kind: &'static str,
    severity: Severity,
    count: u64,
    /// How many are listed.
    listed: u64,
}

impl Findings {
    /// Adds a diagnostic of a kind. `kind` completes the sentence “And 12 more …”; `make` is only called if it is listed.
    pub(in crate::format) fn add(&mut self, sink: &mut dyn Sink, kind: &'static str, make: impl FnOnce() -> Diagnostic) {
        self.list(sink, kind, LISTED, make);
    }

    /// Adds a diagnostic of a kind of which only the first is listed: the others would say the same.
    pub(in crate::format) fn first(&mut self, sink: &mut dyn Sink, kind: &'static str, make: impl FnOnce() -> Diagnostic) {
        self.list(sink, kind, 1, make);
    }

    fn list(&mut self, sink: &mut dyn Sink, kind: &'static str, listed: u64, make: impl FnOnce() -> Diagnostic) {
        let index = self.kinds.iter().position(|found| found.kind == kind).unwrap_or_else(|| {
            self.kinds.push(Found { kind, severity: Severity::Info, count: 0, listed });
            self.kinds.len() - 1
        });
        let found = &mut self.kinds[index];
        found.count += 1;
        if found.count <= found.listed {
            let diagnostic = make();
            found.severity = diagnostic.severity;
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
        for Found { kind, severity, count, listed } in self.kinds {
            if count > listed {
                let message = format!("And {} more {kind}.", count - listed);
                sink.diagnostic(Diagnostic::new(severity, Place::File, message, ""));
            }
        }
    }
}
