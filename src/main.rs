//! The page's wasm program. It reads no file and owns no table: those are for the reader and the engine (`bin/`).

#[cfg(target_arch = "wasm32")]
fn main() {
    console_error_panic_hook::set_once();
    inferscope::page::mount();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This is the web page's entry; it runs in a browser. `make serve` builds and serves it.");
}
