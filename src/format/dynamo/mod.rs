//! What NVIDIA Dynamo's own benchmarks write: curves and candidates of its profiler, sweeps of its router, descriptions of a deployment.

mod curves;
mod deployment;
mod lists;
mod npz;
mod router;
mod selection;

pub(in crate::format) use curves::PROFILE;
pub(in crate::format) use deployment::DEPLOYMENT;
pub(in crate::format) use router::ROUTER;
pub(in crate::format) use selection::SELECTION;

use serde_json::Value;

use crate::format::reader::json_yaml::{self, Pattern};
use crate::record::Sink;

/// These files are small: everything in them is read.
const KEEP: &[Pattern] = &[&[]];

/// Reads JSON and reports where it is truncated.
fn json(text: &str, sink: &mut dyn Sink) -> Value {
    let tree = json_yaml::json(text, KEEP, &mut |_| ());
    if let Some(fault) = &tree.fault {
        sink.diagnostic(fault.diagnostic());
    }
    tree.root
}
