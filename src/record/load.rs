//! The requested load, never the achieved one.

use serde::{Deserialize, Serialize};

/// How the load was requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LoadKind {
    /// A fixed number of requests in flight (closed loop).
    Concurrency,
    /// Requests per second, whatever is in flight (open loop).
    Rate,
    /// As much as the client could send.
    Max,
}

impl LoadKind {
    /// Every kind, in the order menus show them.
    pub const ALL: [LoadKind; 3] = [LoadKind::Concurrency, LoadKind::Rate, LoadKind::Max];

    /// The name in links, tables and facets.
    pub const fn key(self) -> &'static str {
        match self {
            LoadKind::Concurrency => "concurrency",
            LoadKind::Rate => "rate",
            LoadKind::Max => "max",
        }
    }

    /// The kind named by [`LoadKind::key`].
    pub fn from_key(key: &str) -> Option<LoadKind> {
        LoadKind::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

/// The load of one measurement. Both parts can be missing. Never defaulted to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Load {
    /// How it was requested.
    pub kind: Option<LoadKind>,
    /// Requests in flight, or requests per second; missing for [`LoadKind::Max`] without a cap.
    pub value: Option<f64>,
}

impl Load {
    /// A fixed number of requests in flight.
    pub const fn concurrency(value: f64) -> Load {
        Load { kind: Some(LoadKind::Concurrency), value: Some(value) }
    }

    /// Requests per second.
    pub const fn rate(value: f64) -> Load {
        Load { kind: Some(LoadKind::Rate), value: Some(value) }
    }

    /// As much as the client could send.
    pub const MAX: Load = Load { kind: Some(LoadKind::Max), value: None };
}
