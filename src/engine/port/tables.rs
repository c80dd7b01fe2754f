//! The program that owns the tables and answers the page.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Float64Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::Blob;

use super::{Post, Program, blob, bytes, exported};
use crate::engine::Engine;
use crate::engine::import::{too_large, unpacked};
use crate::engine::protocol::{ExportRef, Exported, Purpose, Reply, Request};
use crate::source::{MAX_FILE_BYTES, text};
use crate::view_model::Grid;

/// Owns the tables.
pub struct TableServer {
    engine: Rc<RefCell<Engine>>,
    post: Post,
}

impl TableServer {
    /// An engine without data, which answers through `post`.
    pub fn new(post: Post) -> TableServer {
        TableServer { engine: Rc::default(), post }
    }
}

impl Program for TableServer {
    type Request = Request;

    fn handle(&self, request: Request, beside: JsValue) {
        let reply = |reply: Reply| (self.post)(reply, Vec::new());
        match request {
            Request::Add { id } => match unpacked(bytes(beside).as_deref()) {
                Ok(tables) => self.engine.borrow_mut().add(id, tables),
                Err(finding) => reply(Reply::Refused { id, finding }),
            },
            Request::Settings(settings) => self.engine.borrow_mut().set(*settings),
            Request::Unload { ids } => self.engine.borrow_mut().remove(&ids),
            Request::View { serial, state, searches } => {
                let mut model = self.engine.borrow_mut().show(&state, &searches);
                model.grids.iter_mut().for_each(Grid::fold);
                let columns = model.take_columns();
                let buffers = columns.iter().map(|column| Float64Array::from(&column[..]).buffer().into());
                (self.post)(Reply::View { serial, model: Box::new(model) }, buffers.collect());
            }
            Request::Rows { offset, length } => reply(Reply::Rows { offset, rows: self.engine.borrow().rows(offset, length) }),
            Request::GridRows { serial, grid, offset, length } => {
                let rows = self.engine.borrow_mut().grid_rows(grid, offset, length);
                reply(Reply::GridRows { serial, grid, rows });
            }
            Request::Point(at) => {
                let card = self.engine.borrow().point(at.panel, at.series, at.point).map(Box::new);
                reply(Reply::Point { at, card });
            }
            Request::Identity { paths } => reply(Reply::Identity { stated: self.engine.borrow_mut().identity(&paths) }),
            Request::Export { export: ExportRef { key, grid }, purpose } => {
                let export = self.engine.borrow_mut().export(&key, grid);
                exported(&self.post, purpose, export);
            }
            Request::Append { key, name } => {
                let (engine, post) = (Rc::clone(&self.engine), Rc::clone(&self.post));
                spawn_local(async move {
                    let existing = match beside.dyn_ref::<Blob>() {
                        Some(table) if table.size() > MAX_FILE_BYTES as f64 => Err(too_large(table.size() as u64).message),
                        Some(table) => {
                            blob(table).await.map_err(|error| format!("The browser could not read the file: {error}."))
                        }
                        None => Err("The file did not arrive.".to_owned()),
                    };
                    let export = match existing {
                        Ok(bytes) => engine.borrow().append(&key, &name, &text::decode(&bytes).0),
                        Err(reason) => Exported { note: format!("{name}: {reason}"), ..Exported::default() },
                    };
                    exported(&post, Purpose::Download, export);
                });
            }
        }
    }
}
