//! The program that owns the tables and answers the page: one request after the other. Between the steps of a long join it
//! says how far it is and takes messages, so that removing files ends the join.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use gloo_timers::future::TimeoutFuture;
use js_sys::{Date, Float64Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::Blob;

use super::{Post, Program, blob, bytes, exported};
use crate::engine::Engine;
use crate::engine::import::{too_large, unpacked};
use crate::engine::protocol::{Exported, Purpose, Reply, Request};
use crate::source::MAX_FILE_BYTES;
use crate::source::text::Script;
use crate::view_model::Grid;
use crate::work::{Pace, Turn};

/// Milliseconds of work after which messages are taken.
const TURN: f64 = 40.0;
/// Milliseconds after which a join says how far it is.
const LONG: f64 = 300.0;

/// Owns the tables.
pub struct TableServer(Rc<Server>);

struct Server {
    /// The engine, while no request is being answered.
    idle: RefCell<Option<Engine>>,
    /// Requests that are not answered yet, with what came beside them.
    queue: RefCell<VecDeque<(Request, JsValue)>>,
    post: Post,
}

impl TableServer {
    /// An engine without data, which answers through `post`.
    pub fn new(post: Post) -> TableServer {
        TableServer(Rc::new(Server { idle: RefCell::new(Some(Engine::default())), queue: RefCell::default(), post }))
    }
}

impl Program for TableServer {
    type Request = Request;

    fn handle(&self, request: Request, beside: JsValue) {
        let server = Rc::clone(&self.0);
        server.queue.borrow_mut().push_back((request, beside));
        let Some(mut engine) = server.idle.take() else { return };
        spawn_local(async move {
            while let Some((request, beside)) = server.next() {
                server.answer(&mut engine, request, beside).await;
            }
            server.idle.replace(Some(engine));
        });
    }
}

impl Server {
    fn next(&self) -> Option<(Request, JsValue)> {
        self.queue.borrow_mut().pop_front()
    }

    async fn answer(&self, engine: &mut Engine, request: Request, beside: JsValue) {
        let reply = |reply: Reply| (self.post)(reply, Vec::new());
        match request {
            Request::Add { id } => match unpacked(bytes(beside)) {
                Ok(tables) => engine.add(id, tables),
                Err(finding) => reply(Reply::Refused { id, finding }),
            },
            Request::Settings(settings) => engine.set(*settings),
            Request::Unload { ids } => engine.remove(&ids),
            Request::View { serial, state, searches, anonymous } => {
                engine.hide_names(anonymous);
                let seen = engine.as_seen(&state).into_owned();
                let Some(decided) = self.in_turns(async |pace| engine.prepare(&seen, pace).await).await else {
                    return self.put_off(Request::View { serial, state, searches, anonymous });
                };
                let mut model = engine.show(&decided, &searches);
                model.grids.iter_mut().for_each(Grid::fold);
                let columns = model.take_columns();
                let buffers = columns.iter().map(|column| Float64Array::from(&column[..]).buffer().into());
                (self.post)(Reply::View { serial, model: Box::new(model) }, buffers.collect());
            }
            Request::Rows { offset, length } => reply(Reply::Rows { offset, rows: engine.rows(offset, length) }),
            Request::GridRows { serial, grid, offset, length } => {
                let rows = engine.grid_rows(grid, offset, length);
                reply(Reply::GridRows { serial, grid, rows });
            }
            Request::Point(at) => {
                let card = engine.point(at.panel, at.series, at.point).map(Box::new);
                reply(Reply::Point { at, card });
            }
            Request::Identity { paths } => {
                if self.in_turns(async |pace| engine.prepare_all(pace).await).await.is_none() {
                    return self.put_off(Request::Identity { paths });
                }
                reply(Reply::Identity { stated: engine.identity(&paths) });
            }
            Request::Export { export: asked, purpose } => {
                if let Some(kind) = asked.all_of
                    && self.in_turns(async |pace| engine.prepare_kind(kind, pace).await).await.is_none()
                {
                    return self.put_off(Request::Export { export: asked, purpose });
                }
                exported(&self.post, purpose, engine.export(&asked));
            }
            Request::Append { key, name } => {
                let existing = match beside.dyn_ref::<Blob>() {
                    Some(table) if table.size() > MAX_FILE_BYTES as f64 => Err(too_large(table.size() as u64).message),
                    Some(table) => blob(table).await.map_err(|error| format!("The browser could not read the file: {error}.")),
                    None => Err("The file did not arrive.".to_owned()),
                };
                let export = match existing {
                    Ok(bytes) => engine.append(&key, &name, &Script::of(&bytes).decode(&bytes).0),
                    Err(reason) => Exported { note: format!("{name}: {reason}"), ..Exported::default() },
                };
                exported(&self.post, Purpose::Download, export);
            }
        }
    }

    /// Does work that takes messages now and then and says how far it is; `None` if files are removed meanwhile.
    async fn in_turns<T>(&self, work: impl AsyncFnOnce(Pace<'_>) -> T) -> Option<T> {
        let begun = Date::now();
        let since = Rc::new(Cell::new(begun));
        let ask = |share: f64| -> Option<Turn> {
            let now = Date::now();
            if now - since.get() < TURN {
                return None;
            }
            if now - begun > LONG {
                (self.post)(Reply::Joining { fraction: share }, Vec::new());
            }
            let since = Rc::clone(&since);
            Some(Box::pin(async move {
                TimeoutFuture::new(0).await;
                since.set(Date::now());
            }))
        };
        unless(|| self.is_unloading(), work(Pace::asking(&ask))).await
    }

    fn is_unloading(&self) -> bool {
        self.queue.borrow().iter().any(|(request, _)| matches!(request, Request::Unload { .. }))
    }

    /// Answers a request once the files are removed whose removal ended it.
    fn put_off(&self, request: Request) {
        let mut queue = self.queue.borrow_mut();
        let removal = queue.iter().rposition(|(request, _)| matches!(request, Request::Unload { .. }));
        queue.insert(removal.map_or(0, |at| at + 1), (request, JsValue::UNDEFINED));
    }
}

/// What work gives, unless there is a reason to end it.
async fn unless<T>(ended: impl Fn() -> bool, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|context| if ended() { Poll::Ready(None) } else { work.as_mut().poll(context).map(Some) }).await
}
