//! Precisions of weights: how names and settings tell them, and how much less memory the weights are expected to take than at
//! 16 bits. Rows of data; it knows no file and no view.

/// How many bits the weights have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bits {
    /// bf16 or fp16: what the others are compared with.
    Sixteen,
    /// FP8, INT8.
    Eight,
    /// INT4, FP4.
    Four,
}

/// A precision of weights.
#[derive(Debug, PartialEq)]
pub struct Precision {
    /// The bits of a weight.
    pub bits: Bits,
    /// Name on the page.
    pub label: &'static str,
    /// The change of the weights' memory that is expected against 16 bits, %: the most and the least that is saved. `None` of
    /// 16 bits themselves.
    ///
    /// The source is the plan of the project's issue on quantisation (INT4 against bf16: −50 to −60 %) and, for eight bits,
    /// half the bytes: about −50 %, less where embeddings and the output head stay at 16 bits, so −55 to −40 % counts. Bytes
    /// alone bound four bits by −75 %.
    pub weights: Option<[f64; 2]>,
    /// Words that name it, in lower case and without separators around them.
    words: &'static [&'static str],
}

/// Every precision. The first row with a word that is there counts: a method such as AWQ says four bits only where no number
/// says eight, and the precision of a KV cache comes after that of the weights in a name.
pub static PRECISIONS: &[Precision] = &[
    Precision {
        bits: Bits::Four,
        label: "4 bits",
        weights: Some([-60.0, -50.0]),
        words: &["int4", "uint4", "w4a16", "w4a8", "w4a4", "w4afp8", "nvfp4", "mxfp4", "fp4", "4bit", "q4"],
    },
    Precision {
        bits: Bits::Eight,
        label: "8 bits",
        weights: Some([-55.0, -40.0]),
        words: &["fp8", "mxfp8", "int8", "w8a8", "w8a16", "8bit", "q8"],
    },
    Precision { bits: Bits::Four, label: "4 bits", weights: Some([-60.0, -50.0]), words: &["awq", "gptq"] },
    Precision {
        bits: Bits::Sixteen,
        label: "16 bits",
        weights: None,
        words: &["bf16", "fp16", "bfloat16", "float16", "half", "unquantized", "none"],
    },
];

/// The precision that a name or a setting tells; `None` where it tells none.
pub fn precision(text: &str) -> Option<&'static Precision> {
    let text = text.to_lowercase();
    let mut words = Vec::new();
    words.extend(text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty()));
    PRECISIONS.iter().find(|row| row.words.iter().any(|word| words.contains(word)))
}

#[cfg(test)]
mod tests {
    use super::{Bits, precision};

    #[test]
    fn names_and_settings() {
        for (text, bits) in [
            ("RedHatAI/Meta-Llama-3.1-8B-Instruct-quantized.w4a16", Some(Bits::Four)),
            ("RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic", Some(Bits::Eight)),
            ("Qwen2.5-7B-Instruct-GPTQ-Int8", Some(Bits::Eight)),
            ("Qwen2.5-7B-Instruct-AWQ", Some(Bits::Four)),
            ("m-w4a16-kv-fp8", Some(Bits::Four)),
            ("org/m-BF16", Some(Bits::Sixteen)),
            ("bfloat16", Some(Bits::Sixteen)),
            ("meta-llama/Llama-3.1-8B", None),
            // A word within a word says nothing.
            ("org/afp8b", None),
            ("", None),
        ] {
            assert_eq!(precision(text).map(|row| row.bits), bits, "{text}");
        }
    }
}
