//! Channels to the workers: one owns the tables and answers view requests, one reads files and can be terminated at any
//! time to cancel a read. If no worker can start, the same engine runs on this thread.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Worker};

use crate::engine::messages::{pack, unpack};
use crate::engine::protocol::{Reply, Request};

/// An event from a worker.
pub enum WorkerEvent {
    /// An answer, with what came beside it.
    Reply(Box<Reply>, Vec<JsValue>),
    /// The worker died: a crash, or not enough memory.
    Died(String),
    /// There is no engine and will be none: its program cannot be loaded.
    Missing(String),
}

type Listener = Rc<dyn Fn(WorkerEvent)>;

/// One engine somewhere: in a worker, or here.
pub struct Channel {
    target: RefCell<Target>,
    /// Whether it has answered at all: a worker that dies before that could not start, and we go on without it.
    heard: Rc<Cell<bool>>,
    listener: Listener,
    sent: RefCell<Vec<(Request, JsValue)>>,
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

// `public/start.js` knows the engine's program and compiles it once.
#[wasm_bindgen]
extern "C" {
    /// A worker that runs the engine.
    #[wasm_bindgen(js_namespace = inferscopeEngine, js_name = worker, catch)]
    fn worker() -> Result<Worker, JsValue>;
    /// The engine on this thread: `reply` gets its messages, `failed` the reason why there is none.
    #[wasm_bindgen(js_namespace = inferscopeEngine, js_name = local)]
    fn local_engine(reply: &JsValue, failed: &JsValue) -> Function;
}

impl Channel {
    /// Starts a worker, or falls back to this thread.
    pub fn start(listener: impl Fn(WorkerEvent) + 'static) -> Rc<Channel> {
        let listener: Listener = Rc::new(listener);
        Rc::new_cyclic(|this: &std::rc::Weak<Channel>| {
            let heard = Rc::new(Cell::new(false));
            let on_message = {
                let (heard, listener, this) = (heard.clone(), listener.clone(), this.clone());
                Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
                    if let Some((reply, beside)) = unpack::<Reply>(&event.unchecked_ref::<MessageEvent>().data()) {
                        heard.set(true);
                        if let Some(channel) = this.upgrade() {
                            channel.sent.borrow_mut().clear();
                        }
                        listener(WorkerEvent::Reply(Box::new(reply), beside.iter().collect()));
                    }
                })
            };
            let on_error = {
                let (heard, listener, this) = (heard.clone(), listener.clone(), this.clone());
                Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
                    let message = js_sys::Reflect::get(&event, &"message".into()).ok().and_then(|message| message.as_string());
                    match this.upgrade() {
                        Some(channel) if !heard.get() => channel.fall_back(),
                        _ => listener(WorkerEvent::Died(message.unwrap_or_default())),
                    }
                })
            };
            let target = match worker() {
                Ok(worker) => {
                    worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
                    worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
                    Target::Worker { worker, _handlers: [on_message, on_error] }
                }
                Err(_) => local(&listener),
            };
            Channel { target: RefCell::new(target), heard, listener, sent: RefCell::default() }
        })
    }

    /// Sends a request with what goes beside it; buffers are transferred, not copied.
    pub fn send(&self, request: Request, beside: JsValue) {
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
        *self.target.borrow_mut() = local(&self.listener);
        for (request, beside) in self.sent.take() {
            self.send(request, beside);
        }
    }
}

/// The engine on this thread.
fn local(listener: &Listener) -> Target {
    let reply = {
        let listener = listener.clone();
        Closure::<dyn Fn(JsValue)>::new(move |message: JsValue| {
            if let Some((reply, beside)) = unpack::<Reply>(&message) {
                listener(WorkerEvent::Reply(Box::new(reply), beside.iter().collect()));
            }
        })
    };
    let failed = {
        let listener = listener.clone();
        Closure::<dyn Fn(JsValue)>::new(move |reason: JsValue| {
            listener(WorkerEvent::Missing(reason.as_string().unwrap_or_default()));
        })
    };
    let send = local_engine(reply.as_ref(), failed.as_ref());
    Target::Local { send, _handlers: [reply, failed] }
}
