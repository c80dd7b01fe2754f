//! Start-up settings in a server's log.

use crate::format::llmd::deployment::{arguments, python};

/// How a line states settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spelling {
    /// Arguments of a call or a dictionary, behind the mark.
    Python,
    /// A command line.
    Command,
}

/// The text that such a line contains.
pub(super) struct Mark {
    pub text: &'static str,
    /// The engine, as configurations call it; a command line may be any engine's.
    pub framework: Option<&'static str>,
    /// The label of the settings.
    pub source: &'static str,
    spelling: Spelling,
}

const fn mark(text: &'static str, framework: Option<&'static str>, source: &'static str, spelling: Spelling) -> Mark {
    Mark { text, framework, source, spelling }
}

/// Every kind of line.
pub(super) static MARKS: [Mark; 5] = [
    mark("ServerArgs(", Some("sglang"), "server arguments", Spelling::Python),
    mark("TensorRT-LLM engine args: {", Some("trtllm"), "engine arguments", Spelling::Python),
    mark("non-default args: {", Some("vllm"), "engine arguments", Spelling::Python),
    mark("LLM engine (v", Some("vllm"), "engine configuration", Spelling::Python),
    mark("[CMD] ", None, "launch command", Spelling::Command),
];

impl Mark {
    /// The settings of a line with the mark at `at`, and the version if the line has one.
    pub(super) fn settings<'l>(&self, line: &'l str, at: usize) -> (Vec<(String, String)>, Option<&'l str>) {
        let rest = &line[at + self.text.len()..];
        match self.spelling {
            Spelling::Command => (arguments(rest), None),
            // vLLM: `Initializing a V1 LLM engine (v0.11.0) with config: model='…', …`.
            Spelling::Python if self.text.ends_with("(v") => match rest.split_once(") with config: ") {
                Some((version, rest)) => (python(rest), Some(version)),
                None => (Vec::new(), None),
            },
            Spelling::Python => (python(rest), None),
        }
    }
}
