//! What is sent: content types, files in pieces, and what the browser has already.

use std::io;
use std::path::Path;

use http_body_util::channel::Channel;
use http_body_util::{Either, Full};
use hyper::body::Bytes;
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt};

/// A body: known, or read while it is sent.
pub(super) type Body = Either<Full<Bytes>, Channel<Bytes, io::Error>>;

/// So much of a file is in memory at once, twice for each answer.
const PIECE: usize = 128 * 1024;

/// The types of files, as `deploy/nginx.conf` has them; by the name's ending, whatever its case.
pub(super) const TYPES: [(&str, &str); 19] = [
    ("html", "text/html"),
    ("css", "text/css"),
    ("js", "text/javascript"),
    ("mjs", "text/javascript"),
    ("csv", "text/csv"),
    ("txt", "text/plain"),
    ("json", "application/json"),
    ("wasm", "application/wasm"),
    ("yaml", "application/yaml"),
    ("yml", "application/yaml"),
    ("gz", "application/gzip"),
    ("tgz", "application/gzip"),
    ("zip", "application/zip"),
    ("zst", "application/zstd"),
    ("parquet", "application/vnd.apache.parquet"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("log", "text/plain"),
    ("webmanifest", "application/manifest+json"),
];

/// Types that are sent with a charset, as nginx does.
const WITH_CHARSET: [&str; 6] = ["text/html", "text/css", "text/javascript", "text/plain", "application/json", "image/svg+xml"];

/// The content type of a file of this name.
pub(super) fn content_type(name: &str) -> String {
    let ending = Path::new(name).extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    match TYPES.iter().find(|(known, _)| *known == ending) {
        Some((_, kind)) if WITH_CHARSET.contains(kind) => format!("{kind}; charset=utf-8"),
        Some((_, kind)) => (*kind).to_owned(),
        None => "application/octet-stream".to_owned(),
    }
}

/// A body that is in memory.
pub(super) fn whole(content: impl Into<Bytes>) -> Body {
    Either::Left(Full::new(content.into()))
}

/// A body of the first `length` bytes of a file, which is read as fast as they are taken. Of one that became shorter the
/// connection breaks off: what came is not the whole.
pub(super) fn streamed(file: File, length: u64) -> Body {
    let (mut sender, body) = Channel::new(1);
    tokio::spawn(async move {
        let mut file = file.take(length);
        loop {
            match piece(&mut file).await {
                Ok(piece) if piece.is_empty() => return,
                // Nobody takes it any more.
                Ok(piece) => {
                    if sender.send_data(piece).await.is_err() {
                        return;
                    }
                }
                Err(error) => return sender.abort(error),
            }
        }
    });
    Either::Right(body)
}

async fn piece(file: &mut (impl AsyncRead + Unpin)) -> io::Result<Bytes> {
    let mut piece = Vec::with_capacity(PIECE);
    file.take(PIECE as u64).read_to_end(&mut piece).await?;
    Ok(piece.into())
}

/// Whether a browser that says `If-None-Match` has the content with this tag.
pub(super) fn has_already(if_none_match: &str, tag: &str) -> bool {
    let tags = if_none_match.split(',').map(str::trim);
    tags.map(|had| had.strip_prefix("W/").unwrap_or(had)).any(|had| had == "*" || had == tag)
}

/// Whether `Accept-Encoding` allows an encoding: named, and not with the weight 0.
pub(super) fn accepts(accept_encoding: &str, encoding: &str) -> bool {
    accept_encoding.split(',').any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.trim().parse::<f64>().ok());
        name.trim().eq_ignore_ascii_case(encoding) && weight.is_none_or(|weight| weight > 0.0)
    })
}
