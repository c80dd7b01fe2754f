//! Mutations: what goes wrong with files, and what people do to programs on purpose.

use std::collections::BTreeSet;

/// Xorshift (Marsaglia 2003), so that every run sees the same cases.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number from 0 to below `end`; 0 when there is none.
    pub fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { (self.next() % end as u64) as usize }
    }

    fn pick<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        &choices[self.below(choices.len())]
    }
}

/// Literals that break what reads numbers and texts.
const LITERALS: &[&str] = &[
    "1e999",
    "-1e999",
    "1e-999",
    "99999999999999999999999999",
    "-0",
    "0",
    "-1",
    "NaN",
    "Infinity",
    "null",
    "true",
    "\"\"",
    "[]",
    "{}",
    "18446744073709551616",
    "1e308",
    ".nan",
    "0x1F",
    "1_000",
    "1,5",
    "\u{FEFF}",
    "\u{2028}",
    "\"\\ud800\"",
];

/// What opens a level of nesting.
const NESTS: &[&[u8]] = &[b"[", b"{\"a\":", b"- ", b"(", b"{a: "];

/// What does not belong into a text.
const STRANGE: &[&[u8]] = &[b"\0", b"\xFF\xFE", b"\xEF\xBB\xBF", b"\xC0\x80", b"\x1F\x8B\x08", b"\"\"\"\"\"", b"\n\n\n"];

/// What texts are taken apart at.
const SEPARATORS: &[u8] = b",;:\t\n\r\"'[]{}|= -&#*";

/// Numbers that binary formats break at, and how many bytes they take.
const BOUNDS: &[i64] =
    &[0, 1, -1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, i64::MAX, i64::MIN];

/// The words of some inputs, for mutants of them: what stands between separators, and in quotes.
pub fn words(seeds: &[Vec<u8>]) -> Vec<Vec<u8>> {
    const MOST: usize = 600;
    let mut words = BTreeSet::new();
    for seed in seeds {
        let parts = seed.split(|byte| SEPARATORS.contains(byte) || !byte.is_ascii() || byte.is_ascii_control());
        words.extend(parts.filter(|part| (2..48).contains(&part.len())).map(<[u8]>::to_vec));
    }
    let step = words.len().div_ceil(MOST).max(1);
    words.into_iter().step_by(step).collect()
}

/// One mutant of `seed`: one to four mutations, one after the other. `other` is where splices come from, `words` are
/// words that mean something.
pub fn mutate(seed: &[u8], other: &[u8], words: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(4) {
        mutation(&mut bytes, other, words, random);
    }
    bytes
}

fn mutation(bytes: &mut Vec<u8>, other: &[u8], words: &[Vec<u8>], random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    match random.below(14) {
        0 => {
            for _ in 0..=random.below(16) {
                let at = random.below(bytes.len());
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
        1 => {
            bytes.truncate(at);
            bytes.extend_from_slice(&other[random.below(other.len() + 1)..]);
        }
        2 => bytes.truncate(at),
        3 => {
            let end = bytes.len().min(at + random.below(2000));
            let chunk = bytes[at..end].repeat(1 + random.below(4));
            bytes.splice(at..at, chunk);
        }
        4 | 5 => {
            let from = at + bytes[at..].iter().position(u8::is_ascii_digit).unwrap_or(0);
            let length = bytes[from..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
            bytes.splice(from..from + length, random.pick(LITERALS).bytes());
        }
        6 => {
            // Seldom deep: what is deep takes long.
            let most = if random.below(16) == 0 { 14 } else { 5 };
            let deep = 1 << random.below(most);
            bytes.splice(at..at, random.pick(NESTS).repeat(deep));
        }
        7 => {
            // A key or a row again: from one separator to the next.
            let from = at + bytes[at..].iter().position(|byte| SEPARATORS.contains(byte)).unwrap_or(0);
            let end = bytes[from..]
                .iter()
                .skip(1)
                .position(|byte| matches!(byte, b',' | b'\n'))
                .map_or(bytes.len(), |end| from + end + 1);
            let again = bytes[from..end].to_vec();
            bytes.splice(from..from, again);
        }
        8 => {
            let (one, two) = (*random.pick(SEPARATORS), *random.pick(SEPARATORS));
            for byte in &mut bytes[at..] {
                *byte = if *byte == one { two } else { *byte };
            }
        }
        9 => {
            bytes.splice(at..at, random.pick(STRANGE).iter().copied());
        }
        10 | 11 => {
            // A word in place of another.
            let from = at + bytes[at..].iter().position(|byte| SEPARATORS.contains(byte)).map_or(0, |at| at + 1);
            let length = bytes[from..].iter().take_while(|byte| !SEPARATORS.contains(byte)).count();
            if let Some(word) = words.get(random.below(words.len())) {
                bytes.splice(from..from + length, word.iter().copied());
            }
        }
        12 => {
            // A binary number in place of what is there.
            let width = 1 << random.below(4);
            let bound = *random.pick(BOUNDS);
            let number = if random.below(4) == 0 { bound.to_be_bytes() } else { bound.to_le_bytes() };
            let number = if random.below(4) == 0 { &number[8 - width..] } else { &number[..width] };
            for (place, byte) in bytes.iter_mut().skip(at).zip(number) {
                *place = *byte;
            }
        }
        _ => {
            // Bytes are left out.
            let end = bytes.len().min(at + 1 + random.below(40));
            bytes.drain(at..end);
        }
    }
}
