//! Channels to the programs: the engine owns the tables and answers view requests, the reader reads files and can be
//! terminated at any time to cancel a read. If no worker can start, the same programs run on this thread.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Function};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Worker};

use crate::engine::messages::{pack, unpack};
use crate::engine::protocol::{FileRequest, Lost, Reply, Request};

/// An event from a worker.
pub enum WorkerEvent {
    /// An answer, with what came beside it.
    Reply(Box<Reply>, Vec<JsValue>),
    /// The worker died: a crash, or not enough memory.
    Died(Lost),
    /// The program cannot be loaded: there is none and will be none.
    Missing(String),
}

type Listener = Rc<dyn Fn(WorkerEvent)>;

/// A program that answers requests of one kind.
pub trait Program: Serialize + Clone + 'static {
    /// Its name in `public/start.js`.
    const NAME: &str;
}

impl Program for Request {
    const NAME: &str = "engine";
}

impl Program for FileRequest {
    const NAME: &str = "reader";
}

/// One program somewhere: in a worker, or here.
pub struct Channel<R> {
    target: RefCell<Target>,
    /// Whether it has answered at all: a worker that dies before that could not start, and we go on without it.
    heard: Rc<Cell<bool>>,
    listener: Listener,
    sent: RefCell<Vec<(R, JsValue)>>,
}

enum Target {
    Worker {
        worker: Worker,
        _handlers: [Closure<dyn Fn(JsValue)>; 2],
    },
    /// The function that takes messages, and those that get the answers.
    Local {
        send: Function,
        _handlers: [Closure<dyn Fn(JsValue)>; 2],
    },
}

// `public/start.js` knows the programs and compiles each once.
#[wasm_bindgen]
extern "C" {
    /// A worker that runs a program.
    #[wasm_bindgen(js_namespace = inferscopePrograms, js_name = worker, catch)]
    fn worker(program: &str) -> Result<Worker, JsValue>;
    /// Has the engine fetched, if it is not yet.
    #[wasm_bindgen(js_namespace = inferscopePrograms, js_name = expect)]
    fn expect(program: &str);
    /// Waits for the rest of this program, where it comes in two parts.
    #[wasm_bindgen(js_namespace = inferscopePrograms, js_name = whole)]
    async fn whole() -> JsValue;
    /// A program on this thread: `reply` gets its messages, `failed` the reason why there is none.
    #[wasm_bindgen(js_namespace = inferscopePrograms, js_name = local)]
    fn here(program: &str, reply: &JsValue, failed: &JsValue) -> Function;
}

/// Waits until all of this program is there: as deployed, a visit without a link begins with what its first picture takes
/// (`scripts/split/`). Whatever is called earlier has it fetched on the spot.
pub async fn complete() {
    whole().await;
}

/// Has the engine fetched: on a visit without a link it waits for this.
pub fn expect_engine() {
    expect(Request::NAME);
}

impl<R: Program> Channel<R> {
    /// Starts a worker, or falls back to this thread.
    pub fn start(listener: impl Fn(WorkerEvent) + 'static) -> Rc<Channel<R>> {
        let listener: Listener = Rc::new(listener);
        Rc::new_cyclic(|this: &std::rc::Weak<Channel<R>>| {
            let heard = Rc::new(Cell::new(false));
            let on_message = {
                let (heard, listener, this) = (heard.clone(), listener.clone(), this.clone());
                Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
                    if let Some((reply, beside)) = unpack::<Reply>(&event.unchecked_ref::<MessageEvent>().data()) {
                        heard.set(true);
                        if let Some(channel) = this.upgrade() {
                            channel.sent.borrow_mut().clear();
                        }
                        listener(heard_as(reply, &beside));
                    }
                })
            };
            let on_error = {
                let (heard, listener, this) = (heard.clone(), listener.clone(), this.clone());
                Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
                    // The page reports it; the console need not.
                    event.unchecked_ref::<web_sys::Event>().prevent_default();
                    let message = js_sys::Reflect::get(&event, &"message".into()).ok().and_then(|message| message.as_string());
                    match this.upgrade() {
                        Some(channel) if !heard.get() => channel.fall_back(),
                        _ => listener(WorkerEvent::Died(Lost { path: String::new(), reason: message.unwrap_or_default() })),
                    }
                })
            };
            let target = match worker(R::NAME) {
                Ok(worker) => {
                    worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
                    worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
                    Target::Worker { worker, _handlers: [on_message, on_error] }
                }
                Err(_) => local::<R>(&listener),
            };
            Channel { target: RefCell::new(target), heard, listener, sent: RefCell::default() }
        })
    }

    /// Sends a request with what goes beside it; buffers are transferred, not copied.
    pub fn send(&self, request: R, beside: JsValue) {
        let header = serde_json::to_string(&request).unwrap_or_default();
        let parts: &[JsValue] = if beside.is_undefined() { &[] } else { std::slice::from_ref(&beside) };
        let (message, transfer) = pack(&header, parts);
        match &*self.target.borrow() {
            Target::Worker { worker, .. } => {
                if !self.heard.get() {
                    self.sent.borrow_mut().push((request, beside));
                    // Nothing is transferred before the worker has shown itself: it could be needed here.
                    let _ = worker.post_message_with_transfer(&message, &Array::new());
                } else {
                    let _ = worker.post_message_with_transfer(&message, &transfer);
                }
            }
            // It only puts the message into a queue.
            Target::Local { send, .. } => drop(send.call1(&JsValue::NULL, &message)),
        }
    }

    /// Terminates the worker. The channel cannot be used afterwards.
    pub fn end(&self) {
        if let Target::Worker { worker, .. } = &*self.target.borrow() {
            worker.set_onmessage(None);
            worker.set_onerror(None);
            worker.terminate();
        }
    }

    fn fall_back(&self) {
        self.end();
        *self.target.borrow_mut() = local::<R>(&self.listener);
        for (request, beside) in self.sent.take() {
            self.send(request, beside);
        }
    }
}

/// What a message says.
fn heard_as(reply: Reply, beside: &Array) -> WorkerEvent {
    match reply {
        Reply::Died { reading, panic, error } => WorkerEvent::Died(Lost::ended(reading, panic, &error)),
        reply => WorkerEvent::Reply(Box::new(reply), beside.iter().collect()),
    }
}

/// The program on this thread.
fn local<R: Program>(listener: &Listener) -> Target {
    let reply = {
        let listener = listener.clone();
        Closure::<dyn Fn(JsValue)>::new(move |message: JsValue| {
            if let Some((reply, beside)) = unpack::<Reply>(&message) {
                listener(heard_as(reply, &beside));
            }
        })
    };
    let failed = {
        let listener = listener.clone();
        Closure::<dyn Fn(JsValue)>::new(move |reason: JsValue| {
            listener(WorkerEvent::Missing(reason.as_string().unwrap_or_default()));
        })
    };
    let send = here(R::NAME, reply.as_ref(), failed.as_ref());
    Target::Local { send, _handlers: [reply, failed] }
}
