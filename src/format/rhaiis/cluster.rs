//! Cluster columns: the GPU count over all servers, and the routing.

use std::fmt::Write;
use std::ops::Range;

use crate::record::{DimensionId, Sink};

/// The variants of llm-d's routing, which tables write at the end of the version: `RHOAI-3.4-approximate`.
const VARIANTS: [&str; 3] = ["approximate", "default", "precise"];

/// The degrees that multiply within one server, as the basis names them.
const SERVER: [(&str, &str); 2] = [("tp", "TP"), ("dp", "DP")];

/// The dimensions that follow from a row's others.
pub(super) struct Cluster {
    version: DimensionId,
    server: [(DimensionId, &'static str); 2],
    /// Replicas, prefill pods, decode pods.
    servers: [DimensionId; 3],
    variant: DimensionId,
    gpus: DimensionId,
    basis: DimensionId,
}

impl Cluster {
    pub(super) fn new(sink: &mut dyn Sink) -> Cluster {
        Cluster {
            version: sink.dimension("version"),
            server: SERVER.map(|(key, name)| (sink.dimension(key), name)),
            servers: ["replicas", "prefill", "decode"].map(|key| sink.dimension(key)),
            variant: sink.dimension("router_variant"),
            gpus: sink.dimension("gpus"),
            basis: sink.dimension("gpus_basis"),
        }
    }

    /// Adds what follows from a row's identity. Where prefill and decode are apart, the GPUs are those of both kinds of
    /// pods, else those of all replicas; expert parallelism uses the same GPUs again. That both kinds of pods have the
    /// same degrees is an assumption, which the basis states.
    pub(super) fn complete(
        &self,
        identity: &[(DimensionId, &str)],
        scratch: &mut String,
        made: &mut Vec<(DimensionId, Range<usize>)>,
    ) {
        let text = |wanted: DimensionId| {
            let stated = identity.iter().find(|(id, _)| *id == wanted).map(|(_, text)| *text);
            stated.or_else(|| made.iter().find(|(id, _)| *id == wanted).and_then(|(_, range)| scratch.get(range.clone())))
        };
        let number = |wanted: DimensionId| text(wanted)?.parse::<f64>().ok().filter(|count| *count >= 1.0);
        let variant = text(self.version).and_then(|version| version.rsplit_once('-')).map(|(_, end)| end);
        let variant = variant.and_then(|end| VARIANTS.into_iter().find(|known| known.eq_ignore_ascii_case(end)));
        let within: Vec<(f64, &str)> = self.server.iter().filter_map(|(id, name)| Some((number(*id)?, *name))).collect();
        let [replicas, prefill, decode] = self.servers.map(number);
        let split = prefill.is_some() || decode.is_some();
        let servers = if split { Some(prefill.unwrap_or(0.0) + decode.unwrap_or(0.0)) } else { replicas };
        let servers = servers.filter(|_| text(self.gpus).is_none() && !within.is_empty());
        let start = scratch.len();
        if let Some(variant) = variant {
            scratch.push_str(variant);
            made.push((self.variant, start..scratch.len()));
        }
        let Some(servers) = servers else { return };
        let start = scratch.len();
        _ = write!(scratch, "{}", within.iter().fold(servers, |product, (degree, _)| product * degree));
        let end = scratch.len();
        made.push((self.gpus, start..end));
        scratch.push_str("derived: ");
        for (_, name) in within {
            _ = write!(scratch, "{name} × ");
        }
        scratch.push_str(if split { "(prefill + decode pods)" } else { "replicas" });
        made.push((self.basis, end..scratch.len()));
    }
}
