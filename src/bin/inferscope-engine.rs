//! The engine's wasm program: owns the tables, answers the page. It runs in a worker; where none can start, the page imports
//! it and calls [`serve`].

#[cfg(target_arch = "wasm32")]
use inferscope::engine::port::{self, tables::TableServer};

#[cfg(target_arch = "wasm32")]
fn main() {
    port::tell_panics();
    port::serve(TableServer::new);
}

#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen]
/// Serves the engine on this thread: takes the function that gets its messages, returns the one that takes the page's.
pub fn serve(reply: js_sys::Function) -> js_sys::Function {
    port::serve_here(reply, TableServer::new)
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This is the engine of the web page; it runs in a browser. `make serve` builds and serves it.");
}
