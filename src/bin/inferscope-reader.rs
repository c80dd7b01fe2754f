//! The reader's wasm program: reads files, and writes Parquet and Arrow. The page starts it when there is something to read;
//! it runs in a worker, or, where none can start, on the page's thread by [`serve`].

#[cfg(target_arch = "wasm32")]
use inferscope::engine::port::{self, files::FileServer};

#[cfg(target_arch = "wasm32")]
fn main() {
    port::tell_panics();
    port::serve(FileServer::new);
}

#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen]
/// Serves the reader on this thread: takes the function that gets its messages, returns the one that takes the page's.
pub fn serve(reply: js_sys::Function) -> js_sys::Function {
    port::serve_here(reply, FileServer::new)
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This reads files for the web page; it runs in a browser. `make serve` builds and serves it.");
}
