//! `inferscope open`: who is answered, with what, asked over plain connections as any program on this computer can.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{folder, put, run};

/// What the tests of a page stand in for it.
const PAGE: &str = "<!doctype html><title>the page</title>";

/// A running server, which ends with the test.
struct Served {
    program: Child,
    port: u16,
    /// With its slashes.
    token: String,
    /// What the address has behind the token.
    query: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// A folder that passes for a page.
fn page(folder: &Path) -> String {
    for (name, content) in
        [("index.html", PAGE), ("start.js", "w"), ("app.js", "plain"), ("app.js.gz", "packed"), ("a/b.txt", "b")]
    {
        put(folder, &format!("dist/{name}"), content);
    }
    let config = r#"{"start": [{"src": "demo.csv", "demo": true}], "picture": "picture.json", "threshold": 7}"#;
    put(folder, "dist/config.json", config);
    folder.join("dist").display().to_string()
}

fn serve(dist: &str, arguments: &[&str]) -> Served {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inferscope"));
    command.args(["open", "--dist", dist, "--quiet"]).args(arguments);
    let mut program = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut line = String::new();
    BufReader::new(program.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    let rest = line.strip_prefix("http://127.0.0.1:").unwrap_or_else(|| panic!("an address: {line:?}"));
    let (port, rest) = rest.split_once('/').expect("a path");
    let (token, query) = rest.split_once('/').expect("a token");
    assert!(token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{line}");
    Served { program, port: port.parse().expect("a port"), token: format!("/{token}/"), query: query.trim_end().to_owned() }
}

/// An answer as it came.
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

impl Served {
    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        stream
    }

    /// Sends bytes and reads until the server closes.
    fn send(&self, request: &str) -> Answer {
        let mut stream = self.connect();
        // It may refuse before it has read all.
        let _ = stream.write_all(request.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let end =
            answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or_else(|| panic!("an answer to {request:.200}"));
        let head = String::from_utf8(answer[..end].to_vec()).expect("text");
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        Answer { status, head, body: answer[end + 4..].to_vec() }
    }

    /// A request for a path below the token, with these headers besides.
    fn ask(&self, method: &str, path: &str, headers: &[&str]) -> Answer {
        let host = format!("Host: 127.0.0.1:{}", self.port);
        let host = if headers.iter().any(|header| header.starts_with("Host")) { None } else { Some(host.as_str()) };
        let headers: String = host.into_iter().chain(headers.iter().copied()).map(|line| format!("{line}\r\n")).collect();
        self.send(&format!("{method} {}{path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n", self.token))
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[])
    }

    /// The paths that an index lists.
    fn listed(&self, index: &str) -> Vec<String> {
        let index = self.get(index).json();
        let files = index["files"].as_array().expect("a list");
        files.iter().map(|file| file["path"].as_str().expect("a path").to_owned()).collect()
    }
}

/// A folder with results, a page, and a server for both.
fn served(name: &str, arguments: &[&str]) -> (PathBuf, Served) {
    let folder = folder(name);
    let dist = page(&folder);
    put(&folder, "results/c1/run.json", r#"{"a": 1}"#);
    put(&folder, "results/c2/a b ü#?%.csv", "x,y\n");
    let results = folder.join("results").display().to_string();
    let arguments: Vec<&str> = arguments.iter().copied().chain([results.as_str()]).collect();
    let served = serve(&dist, &arguments);
    (folder, served)
}

#[test]
fn the_page_opens_on_the_files() {
    let (folder, served) = served("open-files", &[]);
    assert_eq!(served.query, "?v=2&src=files/index.json");
    // An address without a query leads to that.
    let bare = served.get("");
    assert_eq!((bare.status, bare.header("location")), (302, Some("?v=2&src=files/index.json")));
    let page = served.get(&served.query);
    assert_eq!((page.status, page.text(), page.header("content-type")), (200, PAGE, Some("text/html; charset=utf-8")));
    assert_eq!(served.get("a/b.txt").text(), "b");
    // Its service worker would keep a copy for every address that there ever was.
    put(&folder, "dist/sw.js", "a service worker");
    assert_eq!(served.get("sw.js").status, 404);

    // So does a page whose link names no data: its settings are those of the page but for what it opens on.
    let config = served.get("config.json").json();
    assert_eq!(config, json!({"start": [{"src": "files/index.json", "label": "results"}], "threshold": 7, "private": true}));

    let index = served.get("files/index.json");
    let first = &index.json()["files"][0];
    assert_eq!((&first["path"], &first["size"]), (&json!("results/c1/run.json"), &json!(8)));
    let time = first["time"].as_str().expect("a time");
    assert!(time.starts_with("20") && time.ends_with('Z') && time.len() == "2026-11-30T00:00:00.000000000Z".len(), "{time}");
    assert_eq!(index.json().get("watch"), None);
    assert_eq!(served.listed("files/index.json"), ["results/c1/run.json", "results/c2/a b ü#?%.csv"]);
    assert_eq!(served.get("files/results/c1/run.json").text(), r#"{"a": 1}"#);
    assert_eq!(served.get("files/results/c2/a%20b%20%C3%BC%23%3F%25.csv").text(), "x,y\n");
    // A folder has an index of its own.
    assert_eq!(served.listed("files/results/c1/index.json"), ["run.json"]);
    assert_eq!(served.get("files/results/c3/index.json").status, 404);

    // What comes later is in the next index, without --watch, too.
    put(&folder, "results/c4/late.json", "{}");
    assert_eq!(served.get("files/results/c4/late.json").status, 404);
    assert_eq!(served.listed("files/index.json").len(), 3);
    assert_eq!(served.get("files/results/c4/late.json").text(), "{}");
}

#[test]
fn a_view_can_be_named_and_watching_is_told() {
    let link = "https://inferscope.example/?v=2&view=pareto&src=files/index.json&src=demo.csv&local=1&f.model=m#f.path=a/b.json";
    let (_, served) = served("open-link", &["--watch", "--link", link]);
    assert_eq!(served.query, "?v=2&view=pareto&src=files/index.json&src=demo.csv&f.model=m&f.path=a/b.json");
    assert_eq!(served.get("files/index.json").json()["watch"], json!(2));
}

#[test]
fn only_this_computer_and_this_page_are_answered() {
    let (_, served) = served("open-guard", &[]);
    let port = served.port;
    let status = |path: &str, headers: &[&str]| {
        let answer = served.ask("GET", path, headers);
        assert!(answer.status == 200 || !answer.text().contains("\"a\""), "nothing of the file: {}", answer.text());
        answer.status
    };
    let file = "files/results/c1/run.json";
    for host in ["127.0.0.1", "localhost", "LOCALHOST:80", "[::1]:9000", &format!("localhost:{port}")] {
        assert_eq!(status(file, &[&format!("Host: {host}")]), 200, "{host}: a forward has a port of its own");
    }
    let hosts =
        ["evil.example", "127.0.0.1.evil.example", "evil.example:127", "localhost.", "127.0.0.2", "a@127.0.0.1", "", "0.0.0.0"];
    for host in hosts {
        assert_eq!(status(file, &[&format!("Host: {host}:{port}")]), 421, "{host}");
        assert_eq!(status(file, &[&format!("Host: {host}")]), 421, "{host}");
    }
    assert_eq!(status(file, &["Host: 127.0.0.1", "Host: evil.example"]), 421);
    let absolute =
        format!("GET http://evil.example{}{file} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n", served.token);
    assert_eq!(served.send(&absolute).status, 421);
    assert_eq!(served.send(&format!("GET {}{file} HTTP/1.0\r\n\r\n", served.token)).status, 421);

    assert_eq!(status(file, &[&format!("Origin: http://127.0.0.1:{port}")]), 200);
    // Another port of this computer is another site, and may be another user's.
    let origins = ["http://evil.example", "null", "http://localhost:1", "https://127.0.0.1", &format!("http://localhost:{port}")];
    for origin in origins {
        assert_eq!(status(file, &[&format!("Origin: {origin}")]), 403, "{origin}");
    }
    assert_eq!(status(file, &["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"]), 403);
    assert_eq!(status(file, &["Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: cors"]), 403);
    assert_eq!(status(file, &["Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: cors"]), 200);
    // A link in a chat or a notebook is followed.
    assert_eq!(status(&served.query, &["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"]), 200);

    // Without the token there is nothing, not even the page.
    let wrong = served.token.replace(|c: char| c.is_ascii_hexdigit(), "0");
    let short = &served.token[..20];
    for path in
        ["/", "/index.html", "/files/index.json", "//", &wrong, &format!("{wrong}{file}"), short, &format!("{short}/{file}")]
    {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assert_eq!(served.send(&request).status, 404, "{path}");
    }
    let without_slash = served.token.trim_end_matches('/');
    let request = format!("GET {without_slash}?v=2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let to = served.send(&request);
    assert_eq!((to.status, to.header("location")), (302, Some(format!("{}?v=2", &served.token[1..]).as_str())));
}

#[test]
fn only_get_and_head_are_answered() {
    let (_, served) = served("open-methods", &[]);
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND"] {
        let answer = served.ask(method, "files/results/c1/run.json", &[]);
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")), "{method}");
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    for path in ["files/results/c1/run.json", "files/index.json", "config.json", "app.js"] {
        let (get, head) = (served.get(path), served.ask("HEAD", path, &[]));
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        for name in ["content-length", "etag", "content-type"] {
            assert_eq!(head.header(name), get.header(name), "{path}");
        }
        assert_eq!(get.header("content-length"), Some(get.body.len().to_string().as_str()));
        let tag = format!("If-None-Match: \"x\", W/{}", get.header("etag").expect("a tag"));
        let again = served.ask("GET", path, &[&tag]);
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        assert_eq!(served.ask("GET", path, &["If-None-Match: \"x\""]).status, 200);
    }
}

#[test]
fn nothing_else_of_this_computer_is_served() {
    let folder = folder("open-traversal");
    let dist = page(&folder);
    put(&folder, "secret.txt", "secret");
    put(&folder, "elsewhere/secret.txt", "secret");
    put(&folder, "results/run.json", "{}");
    put(&folder, "results/.git/config", "secret");
    put(&folder, "results/sub/x.json", "{}");
    put(&folder, "results/we\\ird.json", "{}");
    let (results, named) = (folder.join("results"), folder.join("named.json"));
    let link = |to: &Path, from: &Path| std::os::unix::fs::symlink(to, from).expect("a link can be made");
    link(&folder.join("secret.txt"), &results.join("linked.txt"));
    link(&folder.join("elsewhere"), &results.join("folder"));
    link(&results.join("run.json"), &results.join("a-copy.json"));
    link(&results, &results.join("sub/loop"));
    link(&folder.join("secret.txt"), &named);
    link(&folder.join("secret.txt"), &folder.join("dist/linked.txt"));
    let fifo = Command::new("mkfifo").arg(results.join("pipe")).status().expect("mkfifo runs");
    assert!(fifo.success());

    let output = {
        let served = serve(&dist, &[&results.display().to_string()]);
        assert_eq!(served.listed("files/index.json"), ["results/run.json", "results/sub/x.json"]);
        for path in [
            "files/results/linked.txt",
            "files/results/folder/secret.txt",
            "files/results/pipe",
            "files/results/.git/config",
            "files/results",
            "files/results/",
            "files/../../secret.txt",
            "files/results/../../secret.txt",
            "files/results/%2e%2e/%2e%2e/secret.txt",
            "files/results/%2e%2e%2f%2e%2e%2fsecret.txt",
            "files/results/..%5c..%5csecret.txt",
            "files/results/%252e%252e/secret.txt",
            "files//etc/passwd",
            "files/%2fetc%2fpasswd",
            "files/results/run.json%00",
            "files/%ff",
            "../secret.txt",
            "%2e%2e/secret.txt",
            "a/../../secret.txt",
            "a/..%2f..%2fsecret.txt",
            "linked.txt",
            "a",
            "/etc/passwd",
            "%2fetc/passwd",
        ] {
            let answer = served.get(path);
            assert_eq!(answer.status, 404, "{path}: {}", answer.text());
        }
        // A file that turns into a link after it was listed.
        fs::remove_file(results.join("sub/x.json")).expect("removed");
        link(&folder.join("secret.txt"), &results.join("sub/x.json"));
        assert_eq!(served.get("files/results/sub/x.json").status, 404);
        assert_eq!(served.listed("files/index.json"), ["results/run.json"]);
        // It is named: two files of one name have two.
        let twin = put(&folder, "twin/named.json", "twin");
        let index = put(&folder, "twin/index.json", "own");
        let served = serve(&dist, &[&named.display().to_string(), &twin, &index, &named.display().to_string()]);
        let listed = served.listed("files/index.json");
        assert_eq!(listed, ["index-2.json", "named-2.json", "named.json"]);
        let contents: Vec<String> = listed.iter().map(|path| served.get(&format!("files/{path}")).text().to_owned()).collect();
        contents.join(" ")
    };
    assert_eq!(output, "own twin secret");
}

#[test]
fn headers_and_types_are_those_of_the_deployment() {
    let nginx = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/nginx.conf")).expect("it ships");
    let folder = folder("open-headers");
    let dist = page(&folder);
    let types = nginx.split_once("  types {\n").and_then(|(_, rest)| rest.split_once('}')).expect("types").0;
    let charset = nginx.split_once("charset_types ").and_then(|(_, rest)| rest.split_once(';')).expect("types with charset").0;
    let mut expected = vec![("unknown.bin".to_owned(), "application/octet-stream".to_owned())];
    for line in types.lines() {
        let mut words = line.trim().trim_end_matches(';').split(' ');
        let kind = words.next().expect("a type");
        // nginx adds it to HTML without being told.
        let suffix = if kind == "text/html" || charset.split(' ').any(|with| with == kind) { "; charset=utf-8" } else { "" };
        expected.extend(words.map(|ending| (format!("file.{ending}"), format!("{kind}{suffix}"))));
    }
    assert!(expected.len() > 15);
    expected.iter().for_each(|(name, _)| _ = put(&folder, &format!("results/{name}"), "x"));
    let served = serve(&dist, &[&folder.join("results").display().to_string()]);
    for (name, kind) in &expected {
        let answer = served.get(&format!("files/results/{name}"));
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(kind.as_str())), "{name}");
    }

    let headers =
        nginx.lines().filter_map(|line| line.trim().strip_prefix("add_header ")?.strip_suffix(" always;")?.split_once(' '));
    let headers: Vec<(&str, &str)> = headers.map(|(name, value)| (name, value.trim_matches('"'))).collect();
    assert!(headers.len() > 5);
    let page = served.get(&served.query);
    for (name, value) in headers {
        let value = value.replace(" $connect_extra", "").replace("$frame_ancestors", "'none'").replace("$cache", "no-cache");
        assert_eq!(page.header(name), Some(value.as_str()), "{name}");
    }
    // What others wrote has no rights where it is opened in a tab of its own.
    let file = served.get("files/results/file.html");
    assert!(file.header("content-security-policy").is_some_and(|policy| policy.contains("sandbox")), "{}", file.head);
    for answer in [page, file, served.get("gone"), served.get("files/index.json"), served.ask("POST", "", &[])] {
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"), "{}", answer.head);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }

    // Compressed where the browser takes it.
    let packed = served.ask("GET", "app.js", &["Accept-Encoding: gzip, br"]);
    assert_eq!((packed.text(), packed.header("content-encoding")), ("packed", Some("gzip")));
    assert_eq!(packed.header("content-type"), Some("text/javascript; charset=utf-8"));
    for accepted in ["Accept-Encoding: identity", "Accept-Encoding: gzip;q=0, deflate"] {
        let plain = served.ask("GET", "app.js", &[accepted]);
        assert_eq!((plain.text(), plain.header("content-encoding")), ("plain", None));
    }
}

#[test]
fn nobody_waits_for_anybody() {
    let folder = folder("open-many");
    let dist = page(&folder);
    let large: Vec<u8> = (0..8_000_000_u32).map(|at| (at % 251) as u8).collect();
    let path = put(&folder, "results/large.json", "");
    fs::write(&path, &large).expect("written");
    let served = serve(&dist, &[&path]);
    let begun = Instant::now();
    // Connections that say nothing, half a header, and one that takes nothing of a large file.
    let mut idle: Vec<TcpStream> = (0..20).map(|_| served.connect()).collect();
    for stream in &mut idle[10..] {
        stream.write_all(format!("GET {} HTTP/1.1\r\nHost: loc", served.token).as_bytes()).expect("sent");
    }
    let mut slow = served.connect();
    let request = format!("GET {}files/large.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", served.token);
    slow.write_all(request.as_bytes()).expect("sent");
    let got = served.get("files/large.json");
    assert!(got.body == large, "{} of {} bytes", got.body.len(), large.len());
    // Two at once, a piece of each in turn.
    let mut two = [served.connect(), served.connect()];
    two.iter_mut().for_each(|stream| stream.write_all(request.as_bytes()).expect("sent"));
    let mut pieces = [vec![0; 500_000], vec![0; 500_000]];
    for _ in 0..8 {
        for (stream, piece) in two.iter_mut().zip(&mut pieces) {
            stream.read_exact(piece).expect("a piece");
        }
    }
    assert!(begun.elapsed() < Duration::from_secs(8), "before those who say nothing are cut off: {:?}", begun.elapsed());
    let mut rest = Vec::new();
    slow.read_to_end(&mut rest).expect("the slow one gets it all");
    assert!(rest.ends_with(&large));

    // A header without an end is refused, and what is no HTTP.
    let huge = format!("GET {} HTTP/1.1\r\nHost: localhost\r\nCookie: {}\r\n\r\n", served.token, "x".repeat(1_000_000));
    assert_eq!(served.send(&huge).status, 431);
    let long = format!("GET {}?{} HTTP/1.1\r\nHost: localhost\r\n\r\n", served.token, "x".repeat(200_000));
    assert!([414, 431].contains(&served.send(&long).status));
    assert_eq!(served.send("\u{16}\u{3}\u{1} no HTTP\r\n\r\n").status, 400);
    assert_eq!(served.get("a/b.txt").text(), "b", "it still answers");
    // A long link is one.
    let link = format!("{}&f.model={}", served.query, "m".repeat(30_000));
    assert_eq!(served.get(&link).status, 200);
}

#[test]
fn what_cannot_be_opened_is_said() {
    let folder = folder("open-wrong");
    let dist = page(&folder);
    let file = put(&folder, "run.json", "{}");
    let said = |arguments: &[&str]| {
        let output = run(&[&["open"], arguments].concat());
        assert!(output.stdout.is_empty());
        (output.status.code(), String::from_utf8(output.stderr).expect("text"))
    };
    let empty = folder.join("empty");
    fs::create_dir_all(&empty).expect("made");
    let empty = empty.display().to_string();
    for (arguments, code, words) in [
        (vec!["--dist", &empty, &file], 1, "--dist"),
        (vec!["--dist", env!("CARGO_MANIFEST_DIR"), &file], 1, "`make dist` in a checkout of Inferscope writes one"),
        (vec!["--dist", &dist, "/no/such/path"], 1, "/no/such/path: No such file"),
        (vec!["--dist", &dist, "-"], 1, "standard input"),
        (vec!["--dist", &dist, "/dev/null"], 1, "/dev/null: neither a file nor a folder"),
        (vec!["--dist", &dist, &empty], 1, "there are no files"),
        (vec!["--dist", &dist, "--config", "/no/such.json", &file], 2, "/no/such.json"),
        (vec!["--dist", &dist], 2, "PATH"),
        (vec!["--dist", &dist, "--port", "70000", &file], 2, "70000"),
    ] {
        let (found, text) = said(&arguments);
        assert!(found == Some(code) && text.contains(words), "{arguments:?}: {found:?} {text}");
    }
    let served = serve(&dist, &[&file]);
    let (code, text) = said(&["--dist", &dist, "--port", &served.port.to_string(), &file]);
    assert!(code == Some(1) && text.contains("another program has it"), "{text}");
    let help = String::from_utf8(run(&["open", "--help"]).stdout).expect("text");
    assert!(help.contains("ssh -L 8080:127.0.0.1:8080"), "{help}");

    // Where none is named the environment does; settings and an empty folder that is watched are taken.
    let config = put(&folder, "config.json", "{\"threshold\": 3, \"start\": []}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_inferscope"));
    command.args(["open", "--watch", &empty, "--config", &config]).env("INFERSCOPE_DIST", &empty);
    let output = command.output().expect("it runs");
    assert!(String::from_utf8_lossy(&output.stderr).contains("INFERSCOPE_DIST"), "{output:?}");
    let served = serve(&dist, &["--watch", &empty, "--config", &config]);
    assert_eq!(served.get("config.json").json()["threshold"], 3);
    assert_eq!(served.listed("files/index.json"), [""; 0]);
}
