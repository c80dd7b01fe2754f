//! Traces as Mooncake's JSON lines, which AIPerf and Dynamo replay.

use std::io::{self, Write};

use serde::Serialize;

/// A line: one request. The last two keys are those that `datagen synthesize` adds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Milliseconds from the start of the trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<u64>,
    /// Tokens of the prompt.
    pub input_length: u64,
    /// Tokens of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_length: Option<u64>,
    /// Ids of the prompt's blocks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash_ids: Option<Vec<u64>>,
    /// Whether the ids are random: no hit rate follows from them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub random_hash_ids: bool,
    /// Tokens of the prompt in blocks of the shared tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_len: Option<u64>,
    /// The prompt's other tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unique_user_prompt_len: Option<u64>,
}

impl Row {
    /// A request of lengths alone.
    pub fn of(timestamp: Option<u64>, input_length: u64, output_length: Option<u64>) -> Row {
        Row {
            timestamp,
            input_length,
            output_length,
            hash_ids: None,
            random_hash_ids: false,
            context_len: None,
            unique_user_prompt_len: None,
        }
    }

    /// Writes the line.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer(&mut *out, self)?;
        out.write_all(b"\n")
    }
}

/// Gives prompts block ids that never occur twice, so that a replay that wants ids has some.
#[derive(Clone, Debug)]
pub struct OwnBlocks {
    block_tokens: u32,
    next: u64,
}

impl OwnBlocks {
    /// In blocks of so many tokens.
    pub fn new(block_tokens: u32) -> OwnBlocks {
        OwnBlocks { block_tokens, next: 0 }
    }

    /// Gives the request its blocks, as many as its prompt needs, and marks them.
    pub fn fill(&mut self, row: &mut Row) {
        let count = row.input_length.div_ceil(u64::from(self.block_tokens.max(1)));
        row.hash_ids = Some((self.next..self.next + count).collect());
        row.random_hash_ids = true;
        self.next += count;
    }
}
