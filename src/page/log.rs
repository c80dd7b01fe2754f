//! A run's log: fetched when it is asked for, the start of the server first. Everything that comes from the address
//! becomes text nodes; what of it is shown, and every word about it, is [`crate::runs::log`]'s.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use gloo_events::EventListener;
use js_sys::{Promise, Reflect, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, ReadableStreamDefaultReader, RequestInit, Response, SecurityPolicyViolationEvent};

use super::clipboard;
use super::store::Store;
use crate::catalog::number;
use crate::runs::log::{self, Failure, Log};

/// What was read.
struct Found {
    log: Log,
    /// As they came, to be kept as a file.
    bytes: Vec<u8>,
    /// Whether there is more than that.
    cut: bool,
}

/// How far it is: nothing while it is being read.
type Outcome = Option<Result<Arc<Found>, Failure>>;

/// The dialog's inside.
#[component]
pub fn RunLog() -> impl IntoView {
    let store = expect_context::<Store>();
    let address = StoredValue::new(store.log.get_untracked());
    let ready = StoredValue::new(store.config.with_untracked(|config| config.logs.ready.clone()));
    let outcome = RwSignal::new(Outcome::None);
    // Bytes read, and how many there will be where the server says.
    let progress = RwSignal::new((0.0, None::<f64>));
    let controller = StoredValue::new_local(None::<AbortController>);
    let stop = move || {
        controller.try_with_value(|controller| {
            if let Some(controller) = controller {
                controller.abort();
            }
        });
    };
    on_cleanup(stop);
    let start = move || {
        outcome.set(None);
        progress.set((0.0, None));
        let Ok(fresh) = AbortController::new() else { return };
        controller.set_value(Some(fresh.clone()));
        // By value: the dialog may be closed before the answer comes, and its values with it.
        let (address, ready) = (address.get_value(), ready.get_value());
        spawn_local(async move {
            let tell = |read, all| {
                progress.try_set((read, all));
            };
            let read = fetch(&address, &fresh, tell).await;
            let read = read.map(|(bytes, cut)| Arc::new(Found { log: Log::read(&bytes, &ready), bytes, cut }));
            outcome.try_set(Some(read));
        });
    };
    start();
    let said = move || match progress.get() {
        (read, Some(all)) if all >= read => format!("Reading the log: {} of {}", number::bytes(read), number::bytes(all)),
        (read, _) => format!("Reading the log: {}", number::bytes(read)),
    };
    let share = move || match progress.get() {
        (read, Some(all)) if all >= read && all > 0.0 => Some((read / all).to_string()),
        _ => None,
    };
    let open = move || {
        view! { <a href=address.get_value() target="_blank" rel="noopener noreferrer">"Open in a new tab"</a> }
    };
    view! {
        <p class="log-address">{address.get_value()}</p>
        {move || match outcome.get() {
            None => view! {
                <p class="reading" role="status"><progress aria-label="Share of the log that is read" value=share></progress> <span>{said}</span></p>
                <p class="side-steps"><button type="button" on:click=move |_| stop()>"Cancel"</button> {open()}</p>
            }
            .into_any(),
            Some(Err(failure)) => {
                let (what, helps) = failure.words(&address.get_value());
                view! {
                    <p class="finding error" role="alert"><strong>{what}</strong> " " {helps}</p>
                    <p class="side-steps"><button type="button" on:click=move |_| start()>"Try again"</button> {open()}</p>
                }
                .into_any()
            }
            Some(Ok(found)) => view! { <Text found address ready/> }.into_any(),
        }}
    }
}

/// The text, step by step.
#[component]
fn Text(found: Arc<Found>, address: StoredValue<String>, ready: StoredValue<String>) -> impl IntoView {
    let found = StoredValue::new(found);
    let first = found.with_value(|found| found.log.step(0));
    // Each step as a range of the text.
    let steps = RwSignal::new(vec![first]);
    let shown = move || steps.with(|steps| steps.last().map_or(0, |step| step.end));
    let sentence = move || found.with_value(|found| found.log.sentence(shown(), &ready.get_value(), found.cut));
    let more = Memo::new(move |_| found.with_value(|found| found.log.more(shown())));
    let show_more = move |_| {
        let next = found.with_value(|found| found.log.step(shown()));
        steps.update(|steps| steps.push(next));
    };
    let keep = move |_| {
        let bytes = found.with_value(|found| Uint8Array::from(found.bytes.as_slice()));
        clipboard::download(address.with_value(|address| log::file_name(address).to_owned()).as_str(), "text/plain", &bytes);
    };
    // A file that is only a part says so before it is kept.
    let kept = match found.with_value(|found| found.cut) {
        true => format!("Download the first {}", number::bytes(log::MAX_BYTES as f64)),
        false => "Download".to_owned(),
    };
    let part = move |index: usize| {
        let step = steps.with_untracked(|steps| steps.get(index).cloned()).unwrap_or_default();
        found.with_value(|found| found.log.part(step).to_owned())
    };
    view! {
        <p role="status">{sentence}</p>
        <p class="side-steps">
            <button type="button" on:click=keep>{kept}</button>
            <a href=address.get_value() target="_blank" rel="noopener noreferrer">"Open in a new tab"</a>
            {move || more.get().map(|words| view! { <button type="button" class="primary" on:click=show_more>{words}</button> })}
        </p>
        <pre class="log-text" tabindex="0" role="region" aria-label="Text of the log">
            <For each=move || 0..steps.with(Vec::len) key=|index| *index let:index>{part(index)}</For>
        </pre>
    }
}

/// Reads an address up to the limit: the bytes, and whether there are more. `tell` hears how far it is.
async fn fetch(address: &str, controller: &AbortController, tell: impl Fn(f64, Option<f64>)) -> Result<(Vec<u8>, bool), Failure> {
    let stopped_or = |failure: Failure| if controller.signal().aborted() { Failure::Stopped } else { failure };
    let refused = Rc::new(Cell::new(false));
    let heard = refused.clone();
    let _listener = EventListener::new(&document(), "securitypolicyviolation", move |event| {
        let event: Option<&SecurityPolicyViolationEvent> = event.dyn_ref();
        if event.is_some_and(|event| event.effective_directive() == "connect-src") {
            heard.set(true);
        }
    });
    let init = RequestInit::new();
    init.set_signal(Some(&controller.signal()));
    let Ok(response) = JsFuture::from(window().fetch_with_str_and_init(address, &init)).await else {
        // The policy's event is a task of its own, which may come after the refusal.
        pause(100).await;
        let secure = window().location().protocol().is_ok_and(|protocol| protocol == "https:");
        return Err(stopped_or(Failure::of_blocked_fetch(address, refused.get(), secure)));
    };
    let response: Response = response.unchecked_into();
    let header = |name: &str| response.headers().get(name).ok().flatten();
    if !response.ok() {
        controller.abort();
        return Err(Failure::Status(response.status()));
    }
    if header("content-type").is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/html")) {
        controller.abort();
        return Err(Failure::WebPage);
    }
    let all = header("content-length").and_then(|length| length.parse::<f64>().ok());
    let mut bytes = Vec::new();
    let Some(body) = response.body() else { return Ok((bytes, false)) };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    loop {
        let piece = JsFuture::from(reader.read()).await.map_err(|_| stopped_or(Failure::Broken))?;
        let field = |name: &str| Reflect::get(&piece, &name.into()).unwrap_or_default();
        if field("done").is_truthy() {
            return Ok((bytes, false));
        }
        let chunk = Uint8Array::new(&field("value"));
        let room = log::MAX_BYTES - bytes.len();
        bytes.extend(chunk.subarray(0, chunk.length().min(room as u32)).to_vec());
        tell(bytes.len() as f64, all);
        if chunk.length() as usize > room {
            controller.abort();
            return Ok((bytes, true));
        }
    }
}

/// Waits, in ms.
async fn pause(milliseconds: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        // Without a timer there is nothing to wait for.
        if window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds).is_err() {
            let _ = resolve.call0(&JsValue::NULL);
        }
    });
    // A promise that is never rejected.
    let _ = JsFuture::from(promise).await;
}
