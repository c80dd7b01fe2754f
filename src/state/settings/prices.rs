//! What accelerators cost per hour, and the compact text in which a link carries the prices that a reader set.

use serde::{Deserialize, Serialize};

use super::{Row, Settings};
use crate::catalog::accelerators::canonical;
use crate::state::escape::{escaped, escaped_word, unescaped};

/// The price of one instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// The accelerator.
    pub accelerator: String,
    /// Who rents it out.
    #[serde(default)]
    pub provider: String,
    /// What is rented.
    #[serde(default)]
    pub instance: String,
    /// Accelerators in it.
    pub gpus: u32,
    /// US dollars per hour for the whole instance.
    pub usd_per_hour: f64,
    /// The day for which it holds, as `2026-04-05`.
    #[serde(default)]
    pub date: String,
    /// Where the figure comes from.
    #[serde(default)]
    pub source: String,
}

/// The source of a price that a reader set.
pub const EDITED: &str = "set on this page";

impl Row for Price {
    fn fault(&self) -> Option<&'static str> {
        match () {
            () if self.accelerator.is_empty() => Some("“accelerator” is missing"),
            () if self.gpus == 0 => Some("“gpus” must be at least 1"),
            () if !self.usd_per_hour.is_finite() || self.usd_per_hour < 0.0 => Some("usd_per_hour is not a price"),
            () => None,
        }
    }
}

impl Price {
    /// US dollars per hour for one accelerator of the instance.
    pub fn usd_per_gpu_hour(&self) -> f64 {
        self.usd_per_hour / f64::from(self.gpus)
    }

    /// Whether both are the price of the same instance.
    pub fn same_instance(&self, other: &Price) -> bool {
        canonical(&self.accelerator).eq_ignore_ascii_case(canonical(&other.accelerator))
            && (&self.provider, &self.instance) == (&other.provider, &other.instance)
    }

    /// For a link: `H200|AWS p5en.48xlarge|8|41.62`; the first blank ends the provider's name. Date and source stay behind.
    pub fn to_text(&self) -> String {
        let mut what = escaped_word(&self.provider);
        if !self.instance.is_empty() {
            what = format!("{what} {}", escaped(&self.instance));
        }
        format!("{}|{what}|{}|{}", escaped(&self.accelerator), self.gpus, self.usd_per_hour)
    }

    /// From a link; `None` when it is no price.
    pub fn from_text(text: &str) -> Option<Price> {
        let parts: Vec<&str> = text.split('|').collect();
        let [accelerator, what, gpus, usd_per_hour] = parts.as_slice() else { return None };
        let (provider, instance) = what.split_once(' ').unwrap_or((what, ""));
        let price = Price {
            accelerator: unescaped(accelerator),
            provider: unescaped(provider),
            instance: unescaped(instance),
            gpus: gpus.trim().parse().ok()?,
            usd_per_hour: usd_per_hour.trim().parse().ok()?,
            date: String::new(),
            source: EDITED.to_owned(),
        };
        price.fault().is_none().then_some(price)
    }
}

impl Settings {
    /// With a reader's prices: each replaces the rows of the same instance, in the first one's place, or is added.
    pub fn with_prices(mut self, prices: &[Price]) -> Settings {
        for price in prices {
            let mut found = false;
            self.prices.retain_mut(|row| {
                let same = row.same_instance(price);
                let first = same && !found;
                if first {
                    row.clone_from(price);
                    found = true;
                }
                first || !same
            });
            if !found {
                self.prices.push(price.clone());
            }
        }
        self
    }
}
