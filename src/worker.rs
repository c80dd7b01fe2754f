//! The engine's wasm program: reads files, owns the tables, answers the page. It runs in workers; where none can start, the
//! page imports it and calls [`serve`].

#[cfg(target_arch = "wasm32")]
fn main() {
    use wasm_bindgen::JsCast;

    console_error_panic_hook::set_once();
    if let Ok(scope) = js_sys::global().dyn_into::<web_sys::DedicatedWorkerGlobalScope>() {
        inferscope::engine::port::serve(scope);
    }
}

#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen]
/// Serves an engine on this thread: takes the function that gets its messages, returns the one that takes the page's.
pub fn serve(reply: js_sys::Function) -> js_sys::Function {
    inferscope::engine::port::serve_here(reply)
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This is the engine of the web page; it runs in a browser. `make serve` builds and serves both.");
}
