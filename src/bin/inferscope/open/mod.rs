//! `inferscope open`: the page and these files, served to this computer's browser and to nobody else.

mod answer;
mod content;
mod listing;

use std::io::{self, ErrorKind, Write};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use inferscope::source::listing::MAX_MEMBERS;
use inferscope::state::{link, parts};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::page_folder::PageFolder;
use answer::Server;
use listing::{INDEX, Roots};

/// The folder of the files' addresses.
const FILES: &str = "files/";
/// A header of more bytes is refused: links may be long, and other programs on this host may have set cookies.
const MAX_HEADER: usize = 64 * 1024;
/// Who has not sent the header by then is cut off.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections at once: a browser opens six, whoever else is on this computer must not use up this program's.
const MAX_CONNECTIONS: usize = 256;

/// What is served, and how.
#[derive(Args)]
#[command(after_help = "\
Only this computer is answered (127.0.0.1), and only who knows the address, which has a random part. Results on another computer,\n\
through SSH, with the same port at both ends:\n\n    \
ssh -L 8080:127.0.0.1:8080 HOST inferscope open --port 8080 --watch results/\n\n\
and then open the address that it prints in the browser here (`ssh -C` compresses, which large results want).")]
pub(crate) struct Arguments {
    /// Files and folders (recursive; folders that begin with a dot are skipped, links to elsewhere are not followed).
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// While the page is seen it looks for new and changed files and shows them: a running sweep's next level appears by itself.
    #[arg(long)]
    watch: bool,
    /// The port; 0 is any that is free.
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
    /// Open on this view: a link of the page, or what follows its `?`. Addresses of data in it stay.
    #[arg(long, value_name = "LINK", default_value = "", hide_default_value = true)]
    link: String,
    /// The folder with the page. Default: the environment's INFERSCOPE_DIST, the page built into this program, `dist` beside it,
    /// or `dist` of the checkout that it was built in.
    #[arg(long, value_name = "DIR")]
    dist: Option<PathBuf>,
}

/// Serves until it is ended; the exit code where it cannot.
pub(crate) fn run(arguments: &Arguments, config: Option<&Path>, out: &mut impl Write) -> io::Result<u8> {
    match prepare(arguments, config) {
        Ok(server) => serve(server, arguments.port, out),
        Err(reason) => {
            super::complain(&format!("inferscope open: {reason}"));
            Ok(1)
        }
    }
}

fn prepare(arguments: &Arguments, config: Option<&Path>) -> Result<Server, String> {
    let page = PageFolder::find(arguments.dist.as_deref())?;
    let roots = Roots::new(&arguments.paths)?;
    let listing = roots.list();
    listing.skipped.iter().for_each(|line| super::note(line));
    let files = listing.files.len();
    if files == 0 && !arguments.watch {
        return Err("there are no files. With --watch they may come later".to_owned());
    }
    super::note(&format!("{}: {}, {:.1} MB", roots.label(), super::plural(files, "file"), listing.bytes() as f64 / 1e6));
    if files > MAX_MEMBERS {
        super::note(&format!(
            "The page reads the first {MAX_MEMBERS} files. Name fewer, or open a folder below: src={FILES}…/{INDEX} in the address"
        ));
    }
    let config = match config {
        Some(path) => std::fs::read(path).map_err(|error| format!("--config {}: {error}", path.display()))?,
        None => page.read("config.json").unwrap_or_default().into_owned(),
    };
    Ok(Server {
        token: token()?,
        page,
        config: settings(&config, &roots.label()),
        opens_on: opens_on(&arguments.link),
        watch: arguments.watch,
        listing: std::sync::RwLock::new(Arc::new(listing)),
        roots,
    })
}

/// 128 random bits: nobody finds the address by trying.
fn token() -> Result<String, String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| format!("the system gives no random numbers: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The page's settings, which open on these files instead of on the demo. What is wrong in them the page reports.
fn settings(config: &[u8], label: &str) -> Vec<u8> {
    let mut settings: Map<String, Value> = serde_json::from_slice(config).unwrap_or_else(|error| {
        if !config.is_empty() {
            super::note(&format!("config.json: {error}; the page has its built-in settings"));
        }
        Map::new()
    });
    settings.insert("start".to_owned(), json!([{ "src": format!("{FILES}{INDEX}"), "label": label }]));
    settings.remove("picture");
    settings.insert("private".to_owned(), json!(true));
    serde_json::to_vec(&settings).unwrap_or_default()
}

/// The query, and what of it belongs into the fragment, with which the page opens: a link's view with these files. It stands in
/// the address, so that a reload and a copy of it show the same.
fn opens_on(given: &str) -> String {
    let (address, fragment) = given.split_once('#').unwrap_or((given, ""));
    let query = address.split_once('?').map_or(address, |(_, query)| query);
    let (mut state, notes) = link::decode(&parts::joined(query, fragment));
    notes.iter().for_each(|line| super::note(&format!("--link: {line}")));
    let index = format!("{FILES}{INDEX}");
    state.sources.retain(|source| *source != index);
    state.sources.insert(0, index);
    // The files that the link was made with are these.
    state.local = false;
    let (query, hidden) = parts::split(&link::encode(&state));
    format!("{query}{}", parts::fragment(&hidden, None))
}

/// Listens, says where, and answers.
fn serve(server: Server, port: u16, out: &mut impl Write) -> io::Result<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Ok(listener) => listener,
            Err(error) => {
                let why = match error.kind() {
                    ErrorKind::AddrInUse => {
                        "another program has it; choose another, or leave --port out for one that is free".to_owned()
                    }
                    ErrorKind::PermissionDenied => "this user may not listen there; choose one from 1024 on".to_owned(),
                    _ => error.to_string(),
                };
                super::complain(&format!("inferscope open: --port {port}: {why}"));
                return Ok(1);
            }
        };
        let port = listener.local_addr()?.port();
        writeln!(out, "http://127.0.0.1:{port}/{}/{}", server.token, server.opens_on)?;
        out.flush()?;
        super::note(&format!("Ctrl-C ends. From another computer: ssh -L {port}:127.0.0.1:{port} and the name of this one"));
        accept(&listener, Arc::new(server)).await;
        Ok(0)
    })
}

async fn accept(listener: &TcpListener, server: Arc<Server>) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        // Never closed, so that there is always another.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // No file descriptor is left; some connection ends soon.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let server = Arc::clone(&server);
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let server = Arc::clone(&server);
                async move { Ok::<_, std::convert::Infallible>(server.answer(&request).await) }
            });
            let mut http = http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).max_buf_size(MAX_HEADER);
            // Who breaks a connection off needs no message.
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
            drop(place);
        });
    }
}
