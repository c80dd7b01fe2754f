//! One answer: who asks, for what, and which headers it gets.
//!
//! Three things keep other sites and other users of this computer out. The `Host` must be a name of this computer: a site that
//! lets its own name point here (DNS rebinding) is refused. A request that says that it comes from another site is refused, and
//! no answer allows another site to read it. And every path begins with a token that only the reader of the output knows.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

#[cfg(feature = "embed")]
use hyper::body::Bytes;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::http::uri::Authority;
use hyper::{Method, Request, Response, StatusCode};
use percent_encoding::percent_decode_str;
use tokio::fs::{self, File};

use super::super::page_folder::{PageFile, PageFolder};
use super::FILES;
use super::content::{Body, accepts, content_type, has_already, streamed, whole};
use super::listing::{INDEX, Listed, Listing, Roots};

/// What every answer says: `deploy/nginx.conf`'s headers, and that no other origin may embed it.
const HEADERS: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    // Asked for again each time, by its tag: results change.
    ("cache-control", "no-cache"),
];

/// The page's policy, that of `deploy/nginx.conf`.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; \
                           style-src 'self'; img-src 'self' data: blob:; font-src 'self'; manifest-src 'self'; base-uri 'none'; \
                           form-action 'none'; frame-ancestors 'none'";

/// That of results, which others wrote: opened in a tab of their own they are text and pictures without any rights.
const FILE_POLICY: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

/// Between two looks of the page for changes, in seconds.
const WATCH_SECONDS: u64 = 2;
/// The share of the time that looking may take: large or distant folders are looked at less often.
const WATCH_SHARE: u32 = 10;

/// Everything that answers are made of.
pub(super) struct Server {
    pub(super) token: String,
    pub(super) page: PageFolder,
    /// The page's settings.
    pub(super) config: Vec<u8>,
    /// The query that the page opens with, and its fragment.
    pub(super) opens_on: String,
    pub(super) watch: bool,
    pub(super) roots: Roots,
    /// As of the last index.
    pub(super) listing: RwLock<Arc<Listing>>,
}

/// The start of an answer, with the headers that all have.
fn answer(status: StatusCode, policy: &'static str, kind: &str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    if let Ok(kind) = HeaderValue::from_str(kind) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    response
}

fn refusal(status: StatusCode, words: &'static str) -> Response<Body> {
    answer(status, FILE_POLICY, "text/plain; charset=utf-8", whole(words))
}

fn missing() -> Response<Body> {
    refusal(StatusCode::NOT_FOUND, "There is nothing here. The address is in the output of `inferscope open`.\n")
}

fn redirect(to: &str) -> Response<Body> {
    let mut response = refusal(StatusCode::FOUND, "");
    match HeaderValue::from_str(to) {
        Ok(to) => response.headers_mut().insert(header::LOCATION, to),
        Err(_) => return missing(),
    };
    response
}

/// The text of a header; `None` where there is none, and for more than one.
fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(first)
}

/// Whether an authority names this computer. Its port may be another one: an SSH forward has its own.
fn is_this_computer(authority: &str) -> bool {
    let Ok(parsed) = authority.parse::<Authority>() else { return false };
    let names = ["127.0.0.1", "localhost", "[::1]"];
    !authority.contains('@') && names.iter().any(|name| parsed.host().eq_ignore_ascii_case(name))
}

/// Why a request is not answered, if it is not.
fn refused<B>(request: &Request<B>) -> Option<Response<Body>> {
    let headers = request.headers();
    let host = text(headers, &header::HOST).filter(|host| is_this_computer(host));
    let named = request.uri().authority().is_none_or(|authority| is_this_computer(authority.as_str()));
    let Some(host) = host.filter(|_| named) else {
        let words = "This server answers to 127.0.0.1 and localhost only. Through SSH: ssh -L PORT:127.0.0.1:PORT HOST\n";
        return Some(refusal(StatusCode::MISDIRECTED_REQUEST, words));
    };
    let foreign = headers.contains_key(header::ORIGIN)
        && !text(headers, &header::ORIGIN).is_some_and(|origin| origin.eq_ignore_ascii_case(&format!("http://{host}")));
    // Browsers say it of requests that have no `Origin`, too. Whoever follows a link comes from elsewhere, and is welcome.
    let says = |name: &'static str| text(headers, &HeaderName::from_static(name)).unwrap_or_default();
    let elsewhere = matches!(says("sec-fetch-site"), "cross-site" | "same-site") && says("sec-fetch-mode") != "navigate";
    if foreign || elsewhere {
        return Some(refusal(StatusCode::FORBIDDEN, "Other sites may not read this.\n"));
    }
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD are answered.\n");
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return Some(response);
    }
    None
}

/// Whether two texts are the same, found in a time that does not depend on where they differ.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

impl Server {
    /// Answers a request.
    pub(super) async fn answer<B>(self: &Arc<Self>, request: &Request<B>) -> Response<Body> {
        if let Some(refusal) = refused(request) {
            return refusal;
        }
        let path = request.uri().path().strip_prefix('/').unwrap_or_default();
        let (token, rest) = path.split_once('/').map_or((path, None), |(token, rest)| (token, Some(rest)));
        if !same(token, &self.token) {
            return missing();
        }
        let Some(rest) = rest else {
            let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
            return redirect(&format!("{token}/{query}"));
        };
        let Ok(rest) = percent_decode_str(rest).decode_utf8() else { return missing() };
        match (rest.as_ref(), rest.strip_prefix(FILES)) {
            (_, Some(name)) => self.result(name, request.headers()).await,
            ("" | "index.html", None) if request.uri().query().is_none_or(str::is_empty) => redirect(&self.opens_on),
            ("", None) => self.of_page("index.html", request.headers()).await,
            ("config.json", None) => made(PAGE_POLICY, "application/json; charset=utf-8", self.config.clone(), request.headers()),
            // No copies for later: the address is another the next time, and nothing stands in for results that are away.
            ("sw.js", None) => missing(),
            (name, None) => self.of_page(name, request.headers()).await,
        }
    }

    /// A file of the page, as it is or as `make dist` compressed it.
    async fn of_page(&self, name: &str, headers: &HeaderMap) -> Response<Body> {
        let accepted = text(headers, &header::ACCEPT_ENCODING).unwrap_or_default();
        let packed = [("br", "br"), ("gzip", "gz")].into_iter().filter(|(encoding, _)| accepts(accepted, encoding));
        let packed = packed.map(|(encoding, ending)| (Some(encoding), format!("{name}.{ending}")));
        for (encoding, stored) in packed.chain([(None, name.to_owned())]) {
            let Some(file) = self.page.file(&stored) else { continue };
            let kind = content_type(name);
            let mut response = match file {
                PageFile::At(path) => sent(&path, PAGE_POLICY, &kind, headers).await,
                #[cfg(feature = "embed")]
                PageFile::BuiltIn(content, hash) => {
                    let tag = hash.iter().take(16).fold("\"".to_owned(), |tag, byte| format!("{tag}{byte:02x}")) + "\"";
                    let content = match content {
                        std::borrow::Cow::Borrowed(content) => Bytes::from_static(content),
                        std::borrow::Cow::Owned(content) => Bytes::from(content),
                    };
                    let length = content.len() as u64;
                    tagged(PAGE_POLICY, &kind, &tag, length, headers, || whole(content))
                }
            };
            response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
            if let Some(encoding) = encoding {
                response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
            }
            return response;
        }
        missing()
    }

    /// A result, or the index of a folder of results.
    async fn result(self: &Arc<Self>, name: &str, headers: &HeaderMap) -> Response<Body> {
        let listed = self.listed().files.get(name).cloned();
        if let Some(file) = listed {
            // What it leads to now: it may have become a link since it was listed.
            return match fs::canonicalize(&file.path).await {
                Ok(path) if path == file.path => sent(&path, FILE_POLICY, &content_type(name), headers).await,
                Ok(_) | Err(_) => missing(),
            };
        }
        let Some(folder) = name.strip_suffix(INDEX).filter(|folder| folder.is_empty() || folder.ends_with('/')) else {
            return missing();
        };
        let server = Arc::clone(self);
        let begun = Instant::now();
        let Ok(listing) = tokio::task::spawn_blocking(move || server.roots.list()).await else {
            return refusal(StatusCode::INTERNAL_SERVER_ERROR, "The folder could not be read.\n");
        };
        let seconds = self.watch.then(|| (begun.elapsed() * WATCH_SHARE).max(Duration::from_secs(WATCH_SECONDS)).as_secs());
        let listing = Arc::new(listing);
        *self.listing.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&listing);
        match listing.index(folder, seconds) {
            Some(index) => made(FILE_POLICY, &content_type(INDEX), index, headers),
            None => missing(),
        }
    }

    fn listed(&self) -> Arc<Listing> {
        Arc::clone(&self.listing.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// An answer with a tag, or that the browser has it already.
fn tagged(
    policy: &'static str,
    kind: &str,
    tag: &str,
    length: u64,
    headers: &HeaderMap,
    body: impl FnOnce() -> Body,
) -> Response<Body> {
    let had = text(headers, &header::IF_NONE_MATCH).is_some_and(|had| has_already(had, tag));
    let (status, body) = if had { (StatusCode::NOT_MODIFIED, whole("")) } else { (StatusCode::OK, body()) };
    let mut response = answer(status, policy, kind, body);
    if !had {
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    }
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// What was made for this answer.
fn made(policy: &'static str, kind: &str, content: Vec<u8>, headers: &HeaderMap) -> Response<Body> {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    let tag = format!("\"{:x}\"", hasher.finish());
    tagged(policy, kind, &tag, content.len() as u64, headers, || whole(content))
}

/// A file, in pieces.
async fn sent(path: &std::path::Path, policy: &'static str, kind: &str, headers: &HeaderMap) -> Response<Body> {
    let opened: io::Result<_> = async {
        // Before it is opened: opening a pipe waits for who writes to it.
        if !fs::metadata(path).await?.is_file() {
            return Err(io::ErrorKind::NotFound.into());
        }
        let file = File::open(path).await?;
        let metadata = file.metadata().await?;
        Ok((file, metadata))
    }
    .await;
    let Ok((file, metadata)) = opened else { return missing() };
    let listed = Listed::new(path.to_owned(), &metadata);
    tagged(policy, kind, &listed.tag(), listed.size, headers, || streamed(file, listed.size))
}
