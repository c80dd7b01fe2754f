//! Gzip and Zstandard: one packed stream, of a file or of a tar archive.

use std::io::{self, Cursor, Read};

use flate2::bufread::GzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::meter::{End, Meter, fill};
use super::{Container, Opening, names, tarball};

/// The members of a packed tar, or the one packed file.
pub(super) fn members(opening: &mut Opening<'_>, container: &mut Container<'_>, bytes: &[u8], meter: &Meter<'_>) {
    let mut reader = meter.reader(Frames::new(bytes));
    let mut head = Vec::new();
    // A failure here repeats below, where it is reported.
    _ = reader.by_ref().take(tarball::BLOCK).read_to_end(&mut head);
    let failed = (head.len() as u64) < tarball::BLOCK;
    if tarball::is_tar(&head) {
        return tarball::members(opening, container, Cursor::new(head).chain(reader), meter);
    }
    let (content, end) = match failed {
        true => fill(meter.reader(Frames::new(bytes)), opening.limits.member_bytes),
        false => fill(Cursor::new(head).chain(reader), opening.limits.member_bytes),
    };
    if meter.refusal().is_some() {
        return;
    }
    if content.is_empty() && matches!(end, End::Cut) {
        return opening.damaged(container, "is truncated before its content begins");
    }
    let path = names::without_ending(container.path).to_owned();
    opening.member(container, path, content, &end);
}

/// The content of a packed stream, which may be several frames one after the other.
struct Frames<'b> {
    rest: &'b [u8],
    frame: Option<Frame<'b>>,
    any: bool,
}

enum Frame<'b> {
    Gzip(GzDecoder<&'b [u8]>),
    Zstd(Zstd),
}

/// A Zstandard frame while it is read.
struct Zstd {
    decoder: Box<FrameDecoder>,
    /// The text ended before the frame did.
    cut: bool,
}

impl<'b> Frames<'b> {
    fn new(rest: &'b [u8]) -> Frames<'b> {
        Frames { rest, frame: None, any: false }
    }

    /// The frame that begins here; `None` at the end. Zeros after the last frame pad a tape; whatever else is there was a frame,
    /// and is lost.
    fn open(&mut self) -> io::Result<Option<Frame<'b>>> {
        if self.rest.starts_with(&[0x1F, 0x8B]) {
            return Ok(Some(Frame::Gzip(GzDecoder::new(self.rest))));
        }
        loop {
            if self.rest.is_empty() || (self.any && !is_zstd(self.rest)) {
                let is_padding = self.rest.iter().all(|byte| *byte == 0);
                return if is_padding { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
            let mut decoder = FrameDecoder::new();
            match decoder.init(&mut self.rest) {
                Ok(()) => return Ok(Some(Frame::Zstd(Zstd { decoder: Box::new(decoder), cut: false }))),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    self.rest = self.rest.get(length as usize..).ok_or(io::ErrorKind::UnexpectedEof)?;
                    self.any = true;
                }
                Err(_) if self.rest.is_empty() => return Err(io::ErrorKind::UnexpectedEof.into()),
                Err(error) => return Err(io::Error::other(error.to_string())),
            }
        }
    }
}

fn is_zstd(bytes: &[u8]) -> bool {
    matches!(bytes, [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..])
}

impl Read for Frames<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = match &mut self.frame {
                None => match self.open()? {
                    None => return Ok(0),
                    Some(frame) => {
                        self.frame = Some(frame);
                        self.any = true;
                        continue;
                    }
                },
                Some(Frame::Gzip(decoder)) => {
                    let read = decoder.read(buffer)?;
                    if read == 0 && !buffer.is_empty() {
                        self.rest = decoder.get_ref();
                    }
                    read
                }
                Some(Frame::Zstd(frame)) => frame.read(&mut self.rest, buffer)?,
            };
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            self.frame = None;
        }
    }
}

impl Zstd {
    /// Reads on in the frame; 0 at its end.
    fn read(&mut self, rest: &mut &[u8], buffer: &mut [u8]) -> io::Result<usize> {
        /// A last, empty block and a checksum: they end a frame that breaks off, so that what was decoded comes out.
        const LAST: &[u8] = &[1, 0, 0, 0, 0, 0, 0];
        let decoder = &mut self.decoder;
        while decoder.can_collect() == 0 && !decoder.is_finished() {
            let Err(error) = decoder.decode_blocks(&mut *rest, BlockDecodingStrategy::UptoBlocks(1)) else { continue };
            if !rest.is_empty() {
                return Err(io::Error::other(error.to_string()));
            }
            self.cut = true;
            if decoder.decode_blocks(LAST, BlockDecodingStrategy::UptoBlocks(1)).is_err() {
                break;
            }
        }
        let read = decoder.read(buffer)?;
        let stated = decoder.get_checksum_from_data();
        match read {
            0 if self.cut => Err(io::ErrorKind::UnexpectedEof.into()),
            0 if stated.is_some() && stated != decoder.get_calculated_checksum() => {
                Err(io::Error::new(io::ErrorKind::InvalidData, "the checksum does not match"))
            }
            read => Ok(read),
        }
    }
}
