//! Asks a server, and tells what refused where no answer comes: the page's policy, mixed content, the network or CORS.

use std::cell::Cell;
use std::ops::Range;
use std::rc::Rc;

use gloo_events::EventListener;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, ReadableStreamDefaultReader, RequestCache, RequestInit, Response};

use crate::engine::dataset::Got;
use crate::engine::live;
use crate::engine::protocol::{COPY_HEADER, Fetched, Stamp};
use crate::source::MAX_FILE_BYTES;
use crate::source::places::Answer;
use crate::source::refusal::{Refusal, is_insecure};
use crate::source::stamp::http_date;
use crate::state::deployment::copies::Failure;

/// What is read of an answer that is no content, in bytes: enough for its words.
const MAX_WORDS: u64 = 1 << 16;

/// A part was asked for and the whole is on its way.
const NO_RANGES: Refusal = Refusal::Never(
    "The server sends whole files only; a part of one was asked for (HTTP range).",
    "Serve the data set with a server that answers range requests, as nginx and S3 do.",
);

/// The server ignored the requested byte range.
const MORE: Refusal = Refusal::Never(
    "The server sent more than the part of the file that was requested (HTTP range).",
    "Serve the data set with a server that answers range requests, as nginx and S3 do.",
);

/// The statuses of a server that is asked for too much at once, and after how many milliseconds it is asked again.
const BUSY: [u16; 3] = [429, 500, 503];
const AGAIN_MS: u32 = 1000;

/// So often it is looked whether the page's policy refused, 50 ms each.
const POLICY_LOOKS: usize = 20;

/// How an address is asked.
#[derive(Default)]
pub(super) struct Wish<'t> {
    /// A bearer token; none where it is empty.
    pub token: &'t str,
    /// Milliseconds until it is given up.
    pub patience: Option<u32>,
    /// Only these bytes.
    pub range: Option<Range<u64>>,
}

/// The content of an address.
pub(super) async fn content(address: &str) -> Result<Vec<u8>, Refusal> {
    fetched(address).await.map(|(bytes, _)| bytes)
}

/// The content of an address, and what tells it from a later one.
pub(super) async fn fetched(address: &str) -> Result<(Vec<u8>, Fetched), Refusal> {
    let (answer, fetched) = ask(address, Wish::default()).await?;
    Ok((answer.content()?, fetched))
}

/// Some bytes of a file, and what tells it from a later one. A server that is asked for too much at once is asked once more.
pub(super) async fn range(address: &str, range: Range<u64>) -> Result<Got, Refusal> {
    let wish = || Wish { patience: Some(live::PATIENCE_MS), range: Some(range.clone()), ..Wish::default() };
    let ask = async || {
        ask(address, wish()).await.map_err(|refusal| match refusal {
            Refusal::TooLarge(_) => MORE,
            other => other,
        })
    };
    let (mut answer, mut fetched) = ask().await?;
    if BUSY.contains(&answer.status) {
        gloo_timers::future::TimeoutFuture::new(AGAIN_MS).await;
        (answer, fetched) = ask().await?;
    }
    let version = match fetched.stamp {
        Stamp { etag, .. } if !etag.is_empty() => etag,
        Stamp { modified, .. } => modified.map(|time| time.to_string()).unwrap_or_default(),
    };
    // Parts of a file look like anything.
    let bytes = if answer.status == 206 { answer.bytes } else { answer.content()? };
    Ok(Got { bytes, version })
}

/// Asks for what is at an address. Nothing that the browser still has is taken unasked.
pub(super) async fn ask(address: &str, wish: Wish<'_>) -> Result<(Answer, Fetched), Refusal> {
    let Wish { token, patience, range } = wish;
    let scope: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
    let refused = Rc::new(Cell::new(false));
    let heard = Rc::clone(&refused);
    let _listener = EventListener::new(&scope, "securitypolicyviolation", move |_| heard.set(true));
    let controller = AbortController::new().map_err(|_| Refusal::Blocked)?;
    let late = Rc::new(Cell::new(false));
    let _timeout = patience.map(|milliseconds| {
        let (controller, late) = (controller.clone(), Rc::clone(&late));
        gloo_timers::callback::Timeout::new(milliseconds, move || {
            late.set(true);
            controller.abort();
        })
    });
    let init = RequestInit::new();
    init.set_signal(Some(&controller.signal()));
    init.set_cache(RequestCache::NoCache);
    let headers = Headers::new().map_err(|_| Refusal::Blocked)?;
    if !token.is_empty() {
        headers.set("Authorization", &format!("Bearer {token}")).map_err(|_| live::TOKEN)?;
    }
    if let Some(Range { start, end }) = &range {
        // For one range from a number on the browser does not first ask whether the server allows it (CORS).
        headers.set("Range", &format!("bytes={start}-{}", end.saturating_sub(1))).map_err(|_| Refusal::Blocked)?;
    }
    init.set_headers(&headers);
    let Ok(response) = JsFuture::from(scope.fetch_with_str_and_init(address, &init)).await else {
        if late.get() {
            return Err(Refusal::Late);
        }
        // The policy's event is a task of its own, which may come after the refusal: on a busy computer well after it.
        for _ in 0..POLICY_LOOKS {
            if refused.get() {
                break;
            }
            gloo_timers::future::TimeoutFuture::new(50).await;
        }
        return Err(match () {
            () if refused.get() => Refusal::Policy,
            () if scope.location().protocol() == "https:" && is_insecure(address) => Refusal::Insecure,
            () => Refusal::Blocked,
        });
    };
    let response: Response = response.unchecked_into();
    if range.is_some() && response.status() == 200 {
        controller.abort();
        return Err(NO_RANGES);
    }
    let header = |name: &str| response.headers().get(name).ok().flatten();
    let most = match &range {
        _ if !response.ok() => MAX_WORDS,
        // More than was asked for is another answer, which its length tells.
        Some(range) => range.end - range.start + 1,
        None => MAX_FILE_BYTES,
    };
    let length = header("content-length").and_then(|length| length.parse::<u64>().ok());
    // Known before anything of it is sent.
    if let Some(length) = length.filter(|length| response.ok() && *length > most) {
        controller.abort();
        return Err(Refusal::TooLarge(length));
    }
    let later = || Some(js_sys::Date::now() / 1000.0 + header("retry-after")?.trim().parse::<f64>().ok()?);
    let reset = header("x-ratelimit-reset").and_then(|reset| reset.trim().parse::<f64>().ok()).or_else(later);
    let bytes = match body(&response, most).await {
        Ok(bytes) => bytes,
        // Of words the beginning will do.
        Err(Refusal::TooLarge(_)) if !response.ok() => Vec::new(),
        Err(refusal) => {
            controller.abort();
            return Err(if late.get() { Refusal::Late } else { refusal });
        }
    };
    let stamp = Stamp::of(header);
    let failure = header(COPY_HEADER).map(|status| Failure::of_copy(&status));
    let date = header("date").as_deref().and_then(http_date).or(stamp.modified);
    let kept = failure.is_some().then(|| date.unwrap_or_else(js_sys::Date::now));
    let fetched = Fetched { stamp, failure, kept, ..Fetched::default() };
    let answer = Answer { status: response.status(), link: header("link"), left: header("x-ratelimit-remaining"), reset, bytes };
    Ok((answer, fetched))
}

/// An answer's bytes, in pieces so that one without an end is given up.
async fn body(response: &Response, most: u64) -> Result<Vec<u8>, Refusal> {
    let Some(stream) = response.body() else { return Ok(Vec::new()) };
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let (mut pieces, mut read) = (Vec::new(), 0);
    loop {
        let piece = JsFuture::from(reader.read()).await.map_err(|_| Refusal::Broken)?;
        let field = |name: &str| Reflect::get(&piece, &name.into()).unwrap_or_default();
        if field("done").is_truthy() {
            break;
        }
        let piece: Uint8Array = field("value").unchecked_into();
        read += u64::from(piece.length());
        if read > most {
            return Err(Refusal::TooLarge(read));
        }
        pieces.push(piece);
    }
    // Put together at the end, in as much memory as it takes and no more.
    let mut bytes = vec![0; read as usize];
    let mut rest = bytes.as_mut_slice();
    for piece in pieces {
        let (part, after) = rest.split_at_mut_checked(piece.length() as usize).ok_or(Refusal::Broken)?;
        piece.copy_to(part);
        rest = after;
    }
    Ok(bytes)
}
