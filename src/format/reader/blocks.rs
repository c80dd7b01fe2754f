//! A text's bytes 64 at a time, and where some of them are: a bit for each byte.
//!
//! Marks of tables and of JSON are a few bytes apart, and finding each by a call costs more than what is done with it.

use wide::u8x16;

/// How many bytes a block has.
pub(in crate::format) const BLOCK: usize = 64;

/// Bytes of a text.
#[derive(Clone, Copy)]
pub(in crate::format) struct Block([u8x16; 4]);

impl Block {
    /// The block that begins at a position, with zeros behind the end of the text.
    #[inline(always)]
    pub(in crate::format) fn at(bytes: &[u8], at: usize) -> Block {
        let rest = bytes.get(at..).unwrap_or_default();
        if let Some(block) = rest.first_chunk::<BLOCK>() {
            return Block::of(block);
        }
        let mut block = [0; BLOCK];
        block[..rest.len()].copy_from_slice(rest);
        Block::of(&block)
    }

    #[inline(always)]
    fn of(block: &[u8; BLOCK]) -> Block {
        let (parts, _) = block.as_chunks::<16>();
        Block([u8x16::from(parts[0]), u8x16::from(parts[1]), u8x16::from(parts[2]), u8x16::from(parts[3])])
    }

    /// Where a byte is, the first byte of the block as the lowest bit.
    #[inline(always)]
    pub(in crate::format) fn find(&self, byte: u8) -> u64 {
        self.bits(|part| part.simd_eq(u8x16::splat(byte)))
    }

    /// Where one of two bytes is that differ in one bit alone, such as `[` and `{`.
    #[inline(always)]
    pub(in crate::format) fn find_either(&self, byte: u8, bit: u8) -> u64 {
        self.bits(|part| (part | u8x16::splat(bit)).simd_eq(u8x16::splat(byte | bit)))
    }

    #[inline(always)]
    fn bits(&self, equal: impl Fn(u8x16) -> u8x16) -> u64 {
        let Block(parts) = self;
        let bits = |at: usize| u64::from(equal(parts[at]).to_bitmask()) << (16 * at);
        bits(0) | bits(1) | bits(2) | bits(3)
    }
}

/// For each bit whether an odd number of bits is set up to it.
#[inline(always)]
pub(in crate::format) fn parity(bits: u64) -> u64 {
    [1, 2, 4, 8, 16, 32].into_iter().fold(bits, |bits, by| bits ^ bits << by)
}

/// The places of some bytes in a text, in order.
#[derive(Clone)]
pub(in crate::format) struct Marks<'t, const N: usize> {
    bytes: &'t [u8],
    wanted: [u8; N],
    /// Where the present block begins, and those of its marks that are left.
    base: usize,
    left: u64,
}

impl<'t, const N: usize> Marks<'t, N> {
    /// The places of these bytes, of which none is a zero.
    pub(in crate::format) fn new(bytes: &'t [u8], wanted: [u8; N]) -> Marks<'t, N> {
        let mut marks = Marks { bytes, wanted, base: 0, left: 0 };
        marks.left = marks.block();
        marks
    }

    #[inline(always)]
    fn block(&self) -> u64 {
        let block = Block::at(self.bytes, self.base);
        self.wanted.iter().fold(0, |found, wanted| found | block.find(*wanted))
    }
}

impl<const N: usize> Iterator for Marks<'_, N> {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        while self.left == 0 {
            if self.base + BLOCK >= self.bytes.len() {
                return None;
            }
            self.base += BLOCK;
            self.left = self.block();
        }
        let at = self.base + self.left.trailing_zeros() as usize;
        self.left &= self.left - 1;
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn marks_are_where_the_bytes_are(text in proptest::collection::vec(proptest::sample::select(&b"ab,\"\n[{\xe9\x7f"[..]), 0..300)) {
            let places = |wanted: &[u8]| (0..text.len()).filter(|at| wanted.contains(&text[*at])).collect::<Vec<_>>();
            prop_assert_eq!(Marks::new(&text, *b",\n\"").collect::<Vec<_>>(), places(b",\n\""));
            let set = |bits: u64| (0..BLOCK).filter(|at| bits >> at & 1 == 1).collect::<Vec<_>>();
            let head = text.len().min(BLOCK);
            let block = Block::at(&text, 0);
            prop_assert_eq!(set(block.find(b'a')), places(b"a").into_iter().filter(|at| *at < head).collect::<Vec<_>>());
            prop_assert_eq!(set(block.find_either(b'[', 0x20)), places(b"[{").into_iter().filter(|at| *at < head).collect::<Vec<_>>());
            let bits = block.find(b'a');
            prop_assert_eq!(set(parity(bits)), (0..BLOCK).filter(|at| (bits << (63 - at)).count_ones() % 2 == 1).collect::<Vec<_>>());
        }
    }
}
