//! Channels to the workers: one owns the tables and answers view requests, one reads files and can be terminated at any
//! time to cancel a read. If no worker can start, the same engine runs on this thread.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use js_sys::Array;
use leptos::prelude::document;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::engine::port::{Server, pack, unpack};
use crate::engine::protocol::{Reply, Request};

/// An event from a worker.
pub enum WorkerEvent {
    /// An answer, with what came beside it.
    Reply(Box<Reply>, Vec<JsValue>),
    /// The worker died: a crash, or not enough memory.
    Died(String),
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
    Worker { worker: Worker, _handlers: [Closure<dyn Fn(JsValue)>; 2] },
    Local(Server),
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
                    if let Some((reply, beside)) = unpack::<Reply>(event.unchecked_ref::<MessageEvent>()) {
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
            let target = match spawn() {
                Ok(worker) => {
                    worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
                    worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
                    Target::Worker { worker, _handlers: [on_message, on_error] }
                }
                Err(_) => Target::Local(local(listener.clone())),
            };
            Channel { target: RefCell::new(target), heard, listener, sent: RefCell::default() }
        })
    }

    /// Sends a request with what goes beside it; buffers are transferred, not copied.
    pub fn send(&self, request: Request, beside: JsValue) {
        match &*self.target.borrow() {
            Target::Worker { worker, .. } => {
                let header = serde_json::to_string(&request).unwrap_or_default();
                let parts: &[JsValue] = if beside.is_undefined() { &[] } else { std::slice::from_ref(&beside) };
                let (message, transfer) = pack(&header, parts);
                if !self.heard.get() {
                    self.sent.borrow_mut().push((request, beside));
                    // Nothing is transferred before the worker has shown itself: it could be needed here.
                    let _ = worker.post_message_with_transfer(&message, &Array::new());
                } else {
                    let _ = worker.post_message_with_transfer(&message, &transfer);
                }
            }
            Target::Local(server) => {
                let server = server.clone();
                // A task of its own, so that the page can paint what led to the request.
                Timeout::new(0, move || server.handle(request, beside)).forget();
            }
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
        *self.target.borrow_mut() = Target::Local(local(self.listener.clone()));
        for (request, beside) in self.sent.take() {
            self.send(request, beside);
        }
    }
}

fn local(listener: Listener) -> Server {
    Server::new(move |reply, beside| listener(WorkerEvent::Reply(Box::new(reply), beside)))
}

/// A worker running this same program: the page's preload links name its hashed files.
fn spawn() -> Result<Worker, JsValue> {
    let href = |selector: &str| {
        let link = document().query_selector(selector).ok().flatten().and_then(|link| link.get_attribute("href"));
        link.map(|href| String::from(js_sys::encode_uri_component(&href))).ok_or(JsValue::NULL)
    };
    let (glue, wasm) = (href("link[rel=modulepreload]")?, href("link[rel=preload][type='application/wasm']")?);
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    Worker::new_with_options(&format!("worker.js?glue={glue}&wasm={wasm}"), &options)
}
