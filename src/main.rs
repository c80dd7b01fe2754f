//! The wasm entry, one binary for both roles: in a worker it serves the engine, otherwise it mounts the page.

#[cfg(target_arch = "wasm32")]
fn main() {
    use wasm_bindgen::JsCast;

    console_error_panic_hook::set_once();
    match js_sys::global().dyn_into::<web_sys::DedicatedWorkerGlobalScope>() {
        Ok(scope) => inferscope::engine::port::serve(scope),
        Err(_) => inferscope::page::mount(),
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This is the web page's entry; it runs in a browser. `make serve` builds and serves it.");
}
