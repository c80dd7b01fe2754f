//! What people log of GPUs beside a benchmark: `nvidia-smi --query-gpu`, `dcgmi dmon`, one exported metric as a CSV.
//!
//! Each moment of a GPU is a sample, under the same metrics and dimensions as AIPerf's telemetry and the DCGM exporter.

mod dcgmi;
mod exported;
mod nvidia_smi;

pub(in crate::format) use dcgmi::DCGMI;
pub(in crate::format) use exported::EXPORTED;
pub(in crate::format) use nvidia_smi::NVIDIA_SMI;

use std::collections::HashMap;

/// MiB in GiB.
const GIB: f64 = 1.0 / 1024.0;

/// Numbers the moments of each GPU, where a file has no times.
#[derive(Default)]
struct Moments(HashMap<String, u64>);

impl Moments {
    /// The number of a GPU's next moment, from 1.
    fn next(&mut self, gpu: &str) -> u64 {
        let count = self.0.entry(gpu.to_owned()).or_default();
        *count += 1;
        *count
    }
}
