//! What accelerators report of themselves over time: power, energy, use, memory, temperature, clocks.

use super::server::gauge;
use super::{Better, Metric};

/// What is sampled of a GPU.
pub(super) static ROWS: &[Metric] = &[
    gauge(
        "gpu_power",
        "GPU power",
        "W",
        Better::Neutral,
        "Power that one GPU draws.",
        &["power_usage", "DCGM_FI_DEV_POWER_USAGE"],
    ),
    gauge(
        "gpu_energy",
        "GPU energy",
        "J",
        Better::Neutral,
        "Energy that one GPU has used since its driver started: a counter, of which differences count.",
        &["energy_consumption", "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"],
    ),
    gauge(
        "gpu_power_limit",
        "GPU power limit",
        "W",
        Better::Neutral,
        "Power that one GPU may draw.",
        &["power_management_limit"],
    ),
    gauge(
        "gpu_util",
        "GPU utilisation",
        "%",
        Better::Neutral,
        "Share of the time in which any kernel ran; near 100 % in ordinary decoding, whatever part of the GPU works.",
        &["gpu_util", "DCGM_FI_DEV_GPU_UTIL"],
    ),
    gauge(
        "gpu_memory_util",
        "GPU memory bus utilisation",
        "%",
        Better::Neutral,
        "Share of the time in which the memory was read or written.",
        &["memory_copy_utilization", "DCGM_FI_DEV_MEM_COPY_UTIL"],
    ),
    gauge(
        "gpu_sm_active",
        "SM utilisation",
        "%",
        Better::Neutral,
        "Share of the streaming multiprocessors that work, mean over the sampled time.",
        &["sm_active", "DCGM_FI_PROF_SM_ACTIVE"],
    ),
    gauge(
        "gpu_memory_used",
        "GPU memory used",
        "GiB",
        Better::Neutral,
        "Memory in use; servers reserve most of it at their start, so it is no sign of the KV cache.",
        &["fb_used", "DCGM_FI_DEV_FB_USED"],
    ),
    gauge(
        "gpu_memory_free",
        "GPU memory free",
        "GiB",
        Better::Neutral,
        "Memory not in use.",
        &["fb_free", "DCGM_FI_DEV_FB_FREE"],
    ),
    gauge("gpu_memory_total", "GPU memory", "GiB", Better::Neutral, "Memory that one GPU has.", &["fb_total"]),
    gauge("gpu_temperature", "GPU temperature", "°C", Better::Lower, "Temperature of the GPU.", &["DCGM_FI_DEV_GPU_TEMP"]),
    gauge(
        "gpu_memory_temperature",
        "GPU memory temperature",
        "°C",
        Better::Lower,
        "Temperature of the GPU's memory; 0 where the GPU has no sensor.",
        &["memory_temp", "DCGM_FI_DEV_MEMORY_TEMP"],
    ),
    gauge("gpu_sm_clock", "SM clock", "MHz", Better::Neutral, "Clock of the multiprocessors.", &["DCGM_FI_DEV_SM_CLOCK"]),
    gauge("gpu_memory_clock", "Memory clock", "MHz", Better::Neutral, "Clock of the memory.", &["DCGM_FI_DEV_MEM_CLOCK"]),
];
