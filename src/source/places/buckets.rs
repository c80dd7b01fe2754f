//! Object stores: Amazon S3, whatever speaks its API, and Google Cloud Storage. An object's own address is a file; a bucket or a
//! prefix is a folder with everything below it.

use roxmltree::{Document, Node, ParsingOptions};
use serde::Deserialize;

use super::folder::{Entry, Folder, Lister, Page, accepted, json};
use super::web::{Web, decoded, last, part, path};
use super::{Answer, Place};
use crate::source::listing::is_strange;
use crate::source::refusal::Refusal;

/// Google's API answers any page; a bucket's plain addresses only where its CORS rules say so.
const GOOGLE: &str = "https://storage.googleapis.com/storage/v1/b";

/// What a list may be asked for; an address with anything else in its query is another program's.
const LIST: [&str; 9] = [
    "list-type",
    "prefix",
    "delimiter",
    "encoding-type",
    "max-keys",
    "fetch-owner",
    "start-after",
    "marker",
    "continuation-token",
];

/// Nodes of a list's XML at most: 1,000 objects have about 20,000.
const MAX_NODES: u32 = 1_000_000;

/// The names that `s3` and `gs` addresses go by.
pub(super) fn by_scheme(web: &Web) -> Option<Place> {
    let bucket = web.host.as_str();
    let key = with_slash(web.parts.join("/"), web.is_folder);
    match web.scheme.as_str() {
        "s3" | "s3a" | "s3n" => {
            // A certificate holds for one label before the host.
            let base = match bucket.contains('.') {
                true => format!("https://s3.amazonaws.com/{bucket}/"),
                false => format!("https://{bucket}.s3.amazonaws.com/"),
            };
            Some(named(Api::S3(base), bucket, key))
        }
        "gs" => Some(named(Api::Google(bucket.to_owned()), bucket, key)),
        _ => None,
    }
}

/// An object or a prefix, of an address that does not say which: an object has an ending of letters.
fn named(api: Api, bucket: &str, key: String) -> Place {
    let ending = last(&key).rsplit_once('.').map_or("", |(_, ending)| ending);
    let has_ending =
        ending.starts_with(|c: char| c.is_ascii_alphabetic()) && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match key.is_empty() || key.ends_with('/') || !has_ending {
        true => folder(api, bucket, with_slash(key, true)),
        false => Place::File(vec![api.object(&key)], format!("{bucket}/{key}")),
    }
}

fn with_slash(key: String, is_folder: bool) -> String {
    if key.is_empty() || key.ends_with('/') || !is_folder { key } else { format!("{key}/") }
}

fn folder(api: Api, bucket: &str, prefix: String) -> Place {
    // A prefix may end within a name.
    let folder = prefix.rfind('/').map_or("", |at| prefix.get(..at).unwrap_or_default());
    let name = last(if folder.is_empty() { bucket } else { folder }).to_owned();
    Place::Folder(Box::new(Folder::new(name, Lister::Bucket(Bucket { api, prefix, next: None }))))
}

pub(super) fn place(web: &Web) -> Option<Place> {
    if web.is_signed() {
        return None;
    }
    google(web).or_else(|| console(web)).or_else(|| amazon(web))
}

fn google(web: &Web) -> Option<Place> {
    let parts = web.parts();
    let (bucket, key): (&str, &[&str]) = match (web.host.as_str(), parts.as_slice()) {
        ("console.cloud.google.com", ["storage", "browser", "_details", bucket, key @ ..]) => {
            let key = key.join("/");
            let key = key.split(';').next().unwrap_or_default();
            return Some(Place::File(vec![Api::Google((*bucket).to_owned()).object(key)], format!("{bucket}/{key}")))
                .filter(|_| !key.is_empty());
        }
        ("console.cloud.google.com", ["storage", "browser", rest @ ..]) => {
            let whole = rest.join("/");
            let (bucket, key) = whole.split(';').next()?.split_once('/').unwrap_or((whole.split(';').next()?, ""));
            return Some(folder(Api::Google(bucket.to_owned()), bucket, with_slash(key.to_owned(), true)))
                .filter(|_| !bucket.is_empty());
        }
        ("storage.googleapis.com" | "storage.cloud.google.com", ["storage" | "download" | "upload" | "batch", ..]) => {
            return None;
        }
        ("storage.googleapis.com" | "storage.cloud.google.com", [bucket, key @ ..]) => (bucket, key),
        (host, key) => (host.strip_suffix(".storage.googleapis.com").filter(|bucket| !bucket.is_empty())?, key),
    };
    let api = Api::Google(bucket.to_owned());
    let key = with_slash(key.join("/"), web.is_folder);
    if let Some(prefix) = web.value("prefix").filter(|_| key.is_empty() || web.is_folder) {
        return Some(folder(api, bucket, prefix.to_owned()));
    }
    Some(match key.is_empty() || web.is_folder {
        true => folder(api, bucket, key),
        false => Place::File(vec![api.object(&key)], format!("{bucket}/{key}")),
    })
}

/// Pages of Amazon's console.
fn console(web: &Web) -> Option<Place> {
    web.host.ends_with("console.aws.amazon.com").then_some(())?;
    let ["s3", what, bucket] = *web.parts().as_slice() else { return None };
    let key = web.value("prefix").unwrap_or_default().to_owned();
    let region = web.value("region").filter(|region| region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    let host = region.map_or("s3.amazonaws.com".to_owned(), |region| format!("s3.{region}.amazonaws.com"));
    let base =
        if bucket.contains('.') { format!("https://{host}/{}/", part(bucket)) } else { format!("https://{bucket}.{host}/") };
    let is_name = bucket.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    match what {
        "buckets" if is_name => Some(folder(Api::S3(base), bucket, key)),
        "object" if is_name && !key.is_empty() => {
            let api = Api::S3(base);
            Some(Place::File(vec![api.object(&key)], format!("{bucket}/{key}")))
        }
        _ => None,
    }
}

fn amazon(web: &Web) -> Option<Place> {
    let labels = web.host.strip_suffix(".amazonaws.com").or_else(|| web.host.strip_suffix(".amazonaws.com.cn"))?;
    let labels: Vec<&str> = labels.split('.').collect();
    let is_store = |label: &&str| *label == "s3" || label.starts_with("s3-") && !label.starts_with("s3-website");
    let at = labels.iter().rposition(is_store)?;
    let parts = web.parts();
    let origin = format!("{}://{}", web.scheme, web.host);
    let (bucket, base, key) = match at {
        0 => {
            let (bucket, key) = parts.split_first()?;
            ((*bucket).to_owned(), format!("{origin}/{}/", part(bucket)), key)
        }
        at => (labels.get(..at)?.join("."), format!("{origin}/"), parts.as_slice()),
    };
    let key = with_slash(key.join("/"), web.is_folder);
    if is_list(&web.query) {
        let prefix = web.value("prefix").map_or(key, str::to_owned);
        return Some(folder(Api::S3(base), &bucket, prefix));
    }
    // An object's own address stays as it is.
    (key.is_empty() || web.is_folder).then(|| folder(Api::S3(base), &bucket, key))
}

/// Whether a query asks for a list, and for nothing else.
fn is_list(query: &[(String, String)]) -> bool {
    let asks = |(key, value): &(String, String)| key == "prefix" || key == "list-type" && value == "2";
    query.iter().any(asks) && query.iter().all(|(key, _)| LIST.contains(&key.as_str()))
}

/// A list of any store that speaks S3's API, at an absolute address or below the page's own: the bucket's address, with a
/// prefix.
pub(super) fn relative(address: &str) -> Option<Place> {
    let (bucket, query) = address.split('#').next()?.split_once('?')?;
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let (start, path) = match bucket.find("://") {
        Some(at) if matches!(bucket.get(..at)?, "http" | "https") => {
            bucket.split_at(bucket.get(at + 3..)?.find('/').map_or(bucket.len(), |slash| at + 3 + slash))
        }
        Some(_) => return None,
        None => ("", bucket),
    };
    let name = last(path);
    // What has an ending is a file of its own.
    let is_bucket = path.ends_with('/') || path.is_empty() && !start.is_empty() || !path.is_empty() && !name.contains('.');
    if !is_list(&pairs)
        || !is_bucket
        || start.contains('@')
        || path.contains(':')
        || path.split('/').any(|part| matches!(part, "." | ".."))
    {
        return None;
    }
    let value = |key: &str| pairs.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone());
    let base = format!("{start}{path}{}", if path.ends_with('/') { "" } else { "/" });
    let name = if name.is_empty() { last(start).to_owned() } else { decoded(name) };
    Some(folder(Api::S3(base), &name, value("prefix").unwrap_or_default()))
}

/// How a bucket is asked.
#[derive(Clone, Debug, PartialEq)]
enum Api {
    /// By S3's API, at this address, which ends in a slash.
    S3(String),
    /// By Google's API, under this name.
    Google(String),
}

impl Api {
    /// The address of an object.
    fn object(&self, key: &str) -> String {
        match self {
            Api::S3(base) => format!("{base}{}", path(key)),
            Api::Google(bucket) => format!("{GOOGLE}/{}/o/{}?alt=media", part(bucket), part(key)),
        }
    }
}

/// A bucket, or what of it begins with a prefix.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bucket {
    api: Api,
    prefix: String,
    /// What follows in the address of the next page.
    next: Option<String>,
}

/// A list as Google's API writes it.
#[derive(Deserialize)]
struct Objects {
    #[serde(default)]
    items: Vec<Object>,
    #[serde(rename = "nextPageToken")]
    next: Option<String>,
}

#[derive(Deserialize)]
struct Object {
    name: String,
    /// A number in quotes.
    size: Option<String>,
}

impl Bucket {
    pub(super) fn address(&self) -> String {
        let next = self.next.as_deref().unwrap_or_default();
        let prefix = part(&self.prefix);
        match &self.api {
            Api::S3(base) => format!("{base}?list-type=2&encoding-type=url&max-keys=1000&prefix={prefix}{next}"),
            Api::Google(bucket) => {
                let fields = "nextPageToken,items(name,size)";
                format!("{GOOGLE}/{}/o?maxResults=1000&fields={}&prefix={prefix}{next}", part(bucket), part(fields))
            }
        }
    }

    pub(super) fn read(&mut self, answer: &Answer) -> Result<Page, Refusal> {
        let (objects, next, more) = match self.api {
            Api::S3(_) => objects(answer)?,
            Api::Google(_) => {
                let Objects { items, next } = json(answer, "a list of a bucket's objects")?;
                let size = |size: Option<String>| size.and_then(|size| size.parse().ok());
                let objects = items.into_iter().map(|object| (object.name, size(object.size))).collect();
                let more = next.is_some();
                (objects, next.map(|token| format!("&pageToken={}", part(&token))), more)
            }
        };
        let start = self.prefix.rfind('/').map_or(0, |at| at + 1);
        let entry = |(key, size): (String, Option<u64>)| {
            // What marks a folder is no file.
            let name = key.get(start..).filter(|_| key.starts_with(&self.prefix) && !key.ends_with('/'))?.to_owned();
            let address = (!is_strange(&key)).then(|| self.api.object(&key));
            Some(Entry { name, address, size })
        };
        let entries = objects.into_iter().filter_map(entry).collect();
        let goes_on = more && next.is_some() && next != self.next;
        self.next = next;
        Ok(Page { entries, more: goes_on, cut: more && !goes_on })
    }
}

/// The objects of a `ListBucketResult` with their sizes, what asks for the next page, and whether there is one.
#[expect(clippy::type_complexity, reason = "used once, and each part is named where it is taken")]
fn objects(answer: &Answer) -> Result<(Vec<(String, Option<u64>)>, Option<String>, bool), Refusal> {
    let text = String::from_utf8_lossy(accepted(answer)?);
    let document = document(&text);
    let root = document.as_ref().map(Document::root_element).filter(|root| root.tag_name().name() == "ListBucketResult");
    let root = root.ok_or(Refusal::Unexpected("a list of a bucket"))?;
    let is_encoded = text_of(&root, "EncodingType") == Some("url");
    // As a form is written: a space may be a plus sign.
    let plain = |key: &str| if is_encoded { decoded(&key.replace('+', "%20")) } else { key.to_owned() };
    let contents = root.children().filter(|node| node.tag_name().name() == "Contents");
    let object = |node: Node<'_, '_>| {
        let size = text_of(&node, "Size").and_then(|size| size.parse().ok());
        Some((plain(text_of(&node, "Key")?), size))
    };
    let objects: Vec<(String, Option<u64>)> = contents.filter_map(object).collect();
    let more = text_of(&root, "IsTruncated") == Some("true");
    let token = text_of(&root, "NextContinuationToken").map(|token| format!("&continuation-token={}", part(token)));
    let after = || objects.last().map(|(key, _)| format!("&start-after={}", part(key)));
    let next = if more { token.or_else(after) } else { None };
    Ok((objects, next, more))
}

/// What an error of S3 says: its code, and where the bucket is instead.
pub(super) fn error(answer: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(answer);
    let document = document(&text)?;
    let root = Some(document.root_element()).filter(|root| root.tag_name().name() == "Error")?;
    let code = text_of(&root, "Code")?;
    Some(match text_of(&root, "Endpoint") {
        Some(endpoint) => format!("{code}, the bucket is at {endpoint}"),
        None => code.to_owned(),
    })
}

/// An XML document. Without a document type nothing in it can grow.
fn document(text: &str) -> Option<Document<'_>> {
    Document::parse_with_options(text, ParsingOptions { nodes_limit: MAX_NODES, ..ParsingOptions::default() }).ok()
}

/// The text of a child.
fn text_of<'a>(node: &Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.children().find(|child| child.tag_name().name() == name).and_then(|child| child.text())
}

#[cfg(test)]
mod tests {
    use super::super::folder::tests::{answered, listed, refused};
    use super::super::place;
    use super::*;

    fn list(base: &str, prefix: &str) -> Option<String> {
        Some(format!("{base}?list-type=2&encoding-type=url&max-keys=1000&prefix={prefix}"))
    }

    #[test]
    fn prefixes_and_buckets_are_folders_and_objects_stay_files() {
        let virtual_host = "https://rhaiis-benchmarks.s3.eu-central-1.amazonaws.com/";
        for (address, base, prefix) in [
            ("https://rhaiis-benchmarks.s3.eu-central-1.amazonaws.com/?prefix=results/", virtual_host, "results%2F"),
            (
                "https://rhaiis-benchmarks.s3.eu-central-1.amazonaws.com/?list-type=2&prefix=results%2Fa%20b%2F&delimiter=%2F",
                virtual_host,
                "results%2Fa%20b%2F",
            ),
            ("https://rhaiis-benchmarks.s3.eu-central-1.amazonaws.com", virtual_host, ""),
            ("https://rhaiis-benchmarks.s3.eu-central-1.amazonaws.com/results/", virtual_host, "results%2F"),
            (
                "https://s3.us-west-2.amazonaws.com/my.bucket/results/?list-type=2",
                "https://s3.us-west-2.amazonaws.com/my.bucket/",
                "results%2F",
            ),
            ("https://s3-us-west-2.amazonaws.com/bucket", "", ""),
            ("https://s3.amazonaws.com/bucket/", "https://s3.amazonaws.com/bucket/", ""),
            ("https://my.s3.bucket.s3.amazonaws.com/x/", "https://my.s3.bucket.s3.amazonaws.com/", "x%2F"),
            ("s3://bucket/results", "https://bucket.s3.amazonaws.com/", "results%2F"),
            ("s3://bucket/v0.3", "https://bucket.s3.amazonaws.com/", "v0.3%2F"),
            ("s3://my.bucket", "https://s3.amazonaws.com/my.bucket/", ""),
            (
                "https://eu-central-1.console.aws.amazon.com/s3/buckets/bench?region=eu-central-1&prefix=nightly/&showversions=false",
                "https://bench.s3.eu-central-1.amazonaws.com/",
                "nightly%2F",
            ),
            ("https://minio.example.com:9000/bench?prefix=nightly/", "https://minio.example.com:9000/bench/", "nightly%2F"),
            ("http://127.0.0.1:5000/bench/?list-type=2", "http://127.0.0.1:5000/bench/", ""),
            ("https://bench.ceph.example.com?prefix=n", "https://bench.ceph.example.com/", "n"),
            ("s3/bench/?prefix=nightly/", "s3/bench/", "nightly%2F"),
        ] {
            if !base.is_empty() {
                assert_eq!(listed(address).next(), list(base, prefix), "{address}");
            }
        }
        let file = |address: &str| match place(address) {
            Place::File(addresses, name) => (addresses, name),
            other => panic!("{address}: {other:?}"),
        };
        assert_eq!(
            file("s3://bucket/runs/a b+c.json"),
            (vec!["https://bucket.s3.amazonaws.com/runs/a%20b%2Bc.json".to_owned()], "bucket/runs/a b+c.json".to_owned())
        );
        assert_eq!(
            file("https://s3.console.aws.amazon.com/s3/object/bench?region=us-east-2&prefix=a/c.csv").0,
            ["https://bench.s3.us-east-2.amazonaws.com/a/c.csv"]
        );
        for plain in [
            "https://rhaiis-benchmarks.s3.eu-central-1.amazonaws.com/results/a.csv",
            "https://s3.amazonaws.com/bucket/results/a.csv",
            "https://bucket.s3.amazonaws.com/?prefix=a&X-Amz-Signature=abc",
            "https://bucket.s3-website-us-east-1.amazonaws.com/",
            "https://host/results.csv?prefix=a",
            "https://host/bench?prefix=a&page=2",
            "https://host/bench?list-type=1",
            "../x/?prefix=a",
        ] {
            assert_eq!(place(plain), Place::Plain, "{plain}");
        }
    }

    #[test]
    fn google_is_asked_by_its_api_which_answers_any_page() {
        let file = |address: &str| match place(address) {
            Place::File(addresses, _) => addresses[0].clone(),
            other => panic!("{address}: {other:?}"),
        };
        let object = "https://storage.googleapis.com/storage/v1/b/bench/o/runs%2Fa%20b.json?alt=media";
        for address in [
            "https://storage.googleapis.com/bench/runs/a%20b.json",
            "https://storage.cloud.google.com/bench/runs/a%20b.json?authuser=1",
            "https://bench.storage.googleapis.com/runs/a%20b.json",
            "https://console.cloud.google.com/storage/browser/_details/bench/runs/a%20b.json;tab=live_object?project=x",
            "gs://bench/runs/a b.json",
        ] {
            assert_eq!(file(address), object, "{address}");
        }
        let list =
            "https://storage.googleapis.com/storage/v1/b/bench/o?maxResults=1000&fields=nextPageToken%2Citems%28name%2Csize%29";
        for address in [
            "https://storage.googleapis.com/bench/runs/",
            "https://storage.googleapis.com/bench?prefix=runs/",
            "https://storage.googleapis.com/bench/?list-type=2&prefix=runs%2F",
            "gs://bench/runs",
            "https://console.cloud.google.com/storage/browser/bench/runs;tab=objects?project=x&prefix=&forceOnObjectsSortingFiltering=false",
        ] {
            assert_eq!(listed(address).next(), Some(format!("{list}&prefix=runs%2F")), "{address}");
        }
        for plain in [
            "https://storage.googleapis.com/bench/a.csv?X-Goog-Signature=1",
            "https://storage.googleapis.com/storage/v1/b/bench/o/x?alt=media",
        ] {
            assert_eq!(place(plain), Place::Plain, "{plain}");
        }
        let mut folder = listed("gs://bench/runs/");
        folder.take(&answered(r#"{"nextPageToken": "a b=", "items": [{"name": "runs/", "size": "0"}, {"name": "runs/c1/x.json", "size": "17"}]}"#)).expect("a page");
        assert_eq!(folder.next(), Some(format!("{list}&prefix=runs%2F&pageToken=a%20b%3D")));
        folder.take(&answered("{}")).expect("a page");
        let listing = folder.listing();
        assert_eq!((listing.files.len(), listing.files[0].name.as_str(), listing.files[0].size), (1, "runs/c1/x.json", Some(17)));
        let denied = r#"{"error": {"code": 401, "message": "Anonymous caller does not have storage.objects.list access"}}"#;
        let answer = Answer { status: 401, ..answered(denied) };
        let said = "Anonymous caller does not have storage.objects.list access".to_owned();
        assert_eq!(listed("gs://bench").take(&answer), Err(Refusal::Status(401, said)));
    }

    /// As S3 answers, keys encoded.
    fn result(keys: &[(&str, u64)], rest: &str) -> String {
        let contents: String = keys.iter().map(|(key, size)| format!("<Contents><Key>{key}</Key><LastModified>2026-11-30T00:00:00.000Z</LastModified><Size>{size}</Size></Contents>")).collect();
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name>{rest}{contents}</ListBucketResult>"
        )
    }

    #[test]
    fn a_prefix_is_listed_page_by_page_whatever_is_in_its_keys() {
        let mut folder = listed("https://b.s3.amazonaws.com/?prefix=runs/");
        let first = result(
            &[("runs/", 0), ("runs/a+b%2B%C3%BC%23%3F.json", 3)],
            "<IsTruncated>true</IsTruncated><EncodingType>url</EncodingType><NextContinuationToken>1ueG/+=</NextContinuationToken>",
        );
        folder.take(&answered(&first)).expect("a page");
        assert_eq!(folder.next(), list("https://b.s3.amazonaws.com/", "runs%2F&continuation-token=1ueG%2F%2B%3D"));
        let second = result(
            &[("runs/c&amp;d%2e.json", 4), ("runs/../../x", 1), ("runs//y", 1), ("other/z", 1)],
            "<IsTruncated>false</IsTruncated>",
        );
        folder.take(&answered(&second)).expect("a page");
        assert_eq!(folder.next(), None);
        let listing = folder.listing();
        let found: Vec<(&str, &str, Option<u64>)> =
            listing.files.iter().map(|file| (file.name.as_str(), file.address.as_str(), file.size)).collect();
        assert_eq!(
            found,
            [
                ("runs/a b+ü#?.json", "https://b.s3.amazonaws.com/runs/a%20b%2B%C3%BC%23%3F.json", Some(3)),
                // Not encoded in this answer.
                ("runs/c&d%2e.json", "https://b.s3.amazonaws.com/runs/c%26d%252e.json", Some(4)),
            ]
        );
        assert_eq!(listing.findings.len(), 2, "{:?}", listing.findings);
    }

    #[test]
    fn a_prefix_may_end_within_a_name() {
        let mut folder = listed("https://b.s3.amazonaws.com/?prefix=runs/2026-1");
        folder.take(&answered(&result(&[("runs/2026-10/x.json", 1), ("runs/2026-11/x.json", 1)], ""))).expect("a page");
        let names: Vec<String> = folder.listing().files.into_iter().map(|file| file.name).collect();
        assert_eq!(names, ["runs/2026-10/x.json", "runs/2026-11/x.json"]);
    }

    #[test]
    fn a_list_without_an_end_ends() {
        let mut folder = listed("https://b.s3.amazonaws.com/");
        let same = result(&[("x.json", 1)], "<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>");
        folder.take(&answered(&same)).expect("a page");
        folder.take(&answered(&same)).expect("a page");
        assert_eq!(folder.next(), None);
        assert!(folder.listing().findings[0].message.contains("not the whole list"));
        let mut folder = listed("https://b.s3.amazonaws.com/");
        for at in 0.. {
            let Some(_) = folder.next() else { break };
            assert!(at < 50);
            // Without a token, as older stores answer.
            folder.take(&answered(&result(&[(&format!("x{at}.json"), 1)], "<IsTruncated>true</IsTruncated>"))).expect("a page");
            if at == 0 {
                assert_eq!(folder.next(), list("https://b.s3.amazonaws.com/", "&start-after=x0.json"));
            }
        }
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let take = |answer: Answer| listed("https://b.s3.amazonaws.com/").take(&answer);
        let denied =
            Answer { status: 403, ..answered("<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>") };
        assert_eq!(take(denied), Err(Refusal::Status(403, "AccessDenied".to_owned())));
        let moved = "<Error><Code>PermanentRedirect</Code><Endpoint>b.s3.eu-west-1.amazonaws.com</Endpoint></Error>";
        let said = "PermanentRedirect, the bucket is at b.s3.eu-west-1.amazonaws.com".to_owned();
        assert_eq!(take(Answer { status: 301, ..answered(moved) }), Err(Refusal::Status(301, said)));
        assert_eq!(take(refused(404)), Err(Refusal::Status(404, "Not Found".to_owned())));
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\">]><ListBucketResult>&a;</ListBucketResult>";
        let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        for wrong in ["", "{}", "<!doctype html><title>x</title>", "<ListAllMyBucketsResult/>", "<ListBucketResult", bomb, &deep]
        {
            assert_eq!(take(answered(wrong)), Err(Refusal::Unexpected("a list of a bucket")), "{wrong:.40}");
        }
        let empty = listed("https://b.s3.amazonaws.com/").take(&answered("<ListBucketResult/>"));
        assert_eq!(empty, Ok(()));
    }
}
