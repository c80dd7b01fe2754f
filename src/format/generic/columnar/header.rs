//! The header of a Parquet page, as far as its sizes: what is checked before a decoder sees it, and changed where a page is
//! decompressed here.
//!
//! Sources: `parquet.thrift` (PageHeader) of apache/parquet-format; Thrift's compact protocol.

use std::ops::Range;

/// Nested structures of a header.
const MAX_DEPTH: usize = 16;

/// What the header of a page says.
pub(super) struct Header {
    /// Bytes of the page, decompressed and as it is.
    pub unpacked: u64,
    pub packed: u64,
    /// Where in the header the second size stands.
    pub packed_at: Range<usize>,
    /// Bytes at the beginning of the page that are never compressed.
    pub levels: u64,
    /// Whether the rest is as it is, although the column is compressed.
    pub is_plain: bool,
    /// Bytes of the header.
    pub length: usize,
}

/// Bytes of which some have been read.
pub(super) struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    /// An integer, seven bits a byte.
    pub(super) fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// A signed integer: 0, -1, 1, -2 …
    fn zigzag(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// The number and the type of the next field of a structure; number 0 at its end.
    fn field(&mut self, last: i64) -> Option<(i64, u8)> {
        match self.byte()? {
            0 => Some((0, 0)),
            short @ 0x10.. => Some((last.checked_add(i64::from(short >> 4))?, short & 0x0F)),
            kind => Some((self.zigzag()?, kind)),
        }
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        match kind {
            1 | 2 => {}
            3 => _ = self.byte()?,
            4..=6 => _ = self.varint()?,
            7 => _ = self.take(8)?,
            8 => {
                let length = usize::try_from(self.varint()?).ok()?;
                self.take(length)?;
            }
            12 if depth < MAX_DEPTH => {
                let mut last = 0;
                loop {
                    let (field, kind) = self.field(last)?;
                    if kind == 0 {
                        break;
                    }
                    self.skip(kind, depth + 1)?;
                    last = field;
                }
            }
            // A page's header has no lists.
            _ => return None,
        }
        Some(())
    }

    /// The header of a page.
    pub(super) fn header(&mut self) -> Option<Header> {
        const I32: u8 = 5;
        const STRUCT: u8 = 12;
        let begin = self.0.len();
        let (mut unpacked, mut packed, mut last) = (None, None, 0);
        let (mut packed_at, mut levels, mut is_plain) = (0..0, 0, false);
        loop {
            let (field, kind) = self.field(last)?;
            match (field, kind) {
                (_, 0) => {
                    let length = begin - self.0.len();
                    return Some(Header { unpacked: unpacked?, packed: packed?, packed_at, levels, is_plain, length });
                }
                (2, I32) => unpacked = Some(self.size()?),
                (3, I32) => {
                    let start = begin - self.0.len();
                    packed = Some(self.size()?);
                    packed_at = start..begin - self.0.len();
                }
                (8, STRUCT) => (levels, is_plain) = self.second_version()?,
                (_, kind) => self.skip(kind, 0)?,
            }
            last = field;
        }
    }

    /// Of a page of the second version: the bytes of the levels before its values, which are never compressed, and whether the
    /// values are not either.
    fn second_version(&mut self) -> Option<(u64, bool)> {
        const FALSE: u8 = 2;
        const I32: u8 = 5;
        let (mut sum, mut is_plain, mut last) = (0_u64, false, 0);
        loop {
            let (field, kind) = self.field(last)?;
            match (field, kind) {
                (_, 0) => return Some((sum, is_plain)),
                (5 | 6, I32) => sum = sum.checked_add(self.size()?)?,
                (7, FALSE) => is_plain = true,
                (_, kind) => self.skip(kind, 1)?,
            }
            last = field;
        }
    }

    fn size(&mut self) -> Option<u64> {
        u64::try_from(self.zigzag()?).ok()
    }
}
