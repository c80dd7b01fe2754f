//! What tokens cost: whole replicas packed into whole instances, at the price of an instance.
//!
//! The model: an instance is filled with as many whole replicas as fit, and they scale linearly; a replica larger than an
//! instance takes as many whole instances as it needs. GPUs that are left over are paid for. The reference dashboard
//! lets a data-parallel run pay the whole instance, and scales others by GPUs ÷ TP
//! (`../shared/formats/rhaiis.md` §2.12, §4.2-2). Prices and figures come from the caller.

/// Hours of a month, as clouds bill it: 365 × 24 / 12.
pub const HOURS_PER_MONTH: f64 = 730.0;

/// An instance as it is rented.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Instance {
    /// GPUs in it; one where a provider sells single ones.
    pub gpus: u32,
    /// US dollars per hour of the whole instance.
    pub usd_per_hour: f64,
}

/// The least that can be rented to run a configuration, filled with replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packing {
    /// Whole replicas in it: one where a replica needs several instances.
    pub replicas: u32,
    /// Whole instances.
    pub instances: u32,
    /// GPUs that work.
    pub gpus_busy: u32,
    /// GPUs that are paid for.
    pub gpus_paid: u32,
}

impl Packing {
    /// Packs replicas of this many GPUs into instances of that many; `None` when either is zero.
    pub fn new(gpus_per_replica: u32, gpus_per_instance: u32) -> Option<Packing> {
        let replicas = gpus_per_instance.checked_div(gpus_per_replica)?.max(1);
        let instances = if gpus_per_instance == 0 { return None } else { gpus_per_replica.div_ceil(gpus_per_instance) };
        let (gpus_busy, gpus_paid) = (replicas.checked_mul(gpus_per_replica)?, instances.checked_mul(gpus_per_instance)?);
        Some(Packing { replicas, instances, gpus_busy, gpus_paid })
    }
}

/// What one replica was measured to do.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    /// Output tokens per second.
    pub output_tps: Option<f64>,
    /// Input tokens per second.
    pub input_tps: Option<f64>,
    /// Input and output tokens per second.
    pub total_tps: Option<f64>,
    /// Requests per second.
    pub rps: Option<f64>,
    /// Requests in flight.
    pub concurrency: Option<f64>,
}

/// The price of a configuration's work. Every figure pays the whole bill on its own: dollars per output token and per
/// input token do not add up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// What is rented.
    pub packing: Packing,
    /// US dollars per hour of it.
    pub usd_per_hour: f64,
    /// Output tokens per second of all its replicas.
    pub output_tps: Option<f64>,
    /// Seconds to one million output tokens: `10⁶ / output tok/s`.
    pub seconds_per_million_output: Option<f64>,
    /// US dollars per one million output tokens: `$/h ÷ 3600 × 10⁶ / tok/s`.
    pub usd_per_million_output: Option<f64>,
    /// The same of input tokens.
    pub usd_per_million_input: Option<f64>,
    /// The same of input and output tokens.
    pub usd_per_million_total: Option<f64>,
    /// Output tokens per US dollar: `tok/s × 3600 ÷ $/h`.
    pub output_tokens_per_usd: Option<f64>,
    /// US dollars per request: `$/h ÷ 3600 / req/s`.
    pub usd_per_request: Option<f64>,
    /// US dollars per hour of one request in flight: `$/h / concurrency`.
    pub usd_per_user_hour: Option<f64>,
}

/// The cost of a replica's work on these instances; `None` without GPUs or without a price.
pub fn cost(gpus_per_replica: u32, instance: Instance, rates: &Rates) -> Option<Cost> {
    let packing = Packing::new(gpus_per_replica, instance.gpus)?;
    let usd_per_hour = positive(instance.usd_per_hour * f64::from(packing.instances))?;
    let all = |rate: Option<f64>| positive(rate? * f64::from(packing.replicas));
    let usd_per = |count: f64, rate: Option<f64>| all(rate).map(|rate| usd_per_hour / 3600.0 * count / rate);
    Some(Cost {
        packing,
        usd_per_hour,
        output_tps: all(rates.output_tps),
        seconds_per_million_output: all(rates.output_tps).map(|rate| 1e6 / rate),
        usd_per_million_output: usd_per(1e6, rates.output_tps),
        usd_per_million_input: usd_per(1e6, rates.input_tps),
        usd_per_million_total: usd_per(1e6, rates.total_tps),
        output_tokens_per_usd: all(rates.output_tps).map(|rate| rate * 3600.0 / usd_per_hour),
        usd_per_request: usd_per(1.0, rates.rps),
        usd_per_user_hour: all(rates.concurrency).map(|users| usd_per_hour / users),
    })
}

/// A load to be served.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// Requests in flight.
    Concurrency(f64),
    /// Requests per second.
    Requests(f64),
    /// Output tokens per second.
    OutputTokens(f64),
}

/// What a load needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Replicas: the load over what one was measured to do, rounded up.
    pub replicas: u32,
    /// Whole instances for them.
    pub instances: u32,
    /// GPUs of the replicas.
    pub gpus_busy: u32,
    /// GPUs of the instances.
    pub gpus_paid: u32,
    /// Share of the replicas' measured capacity that the load takes, 0 to 1.
    pub utilisation: f64,
    /// US dollars per hour.
    pub usd_per_hour: f64,
    /// US dollars per month of 730 hours.
    pub usd_per_month: f64,
}

/// What it takes to serve a load with replicas that do what one was measured to do (linear scaling). `None` where the
/// figure the target asks of is missing, or the numbers pass every machine.
pub fn plan(gpus_per_replica: u32, instance: Instance, rates: &Rates, target: Target) -> Option<Plan> {
    let packing = Packing::new(gpus_per_replica, instance.gpus)?;
    let (load, capacity) = match target {
        Target::Concurrency(load) => (load, rates.concurrency),
        Target::Requests(load) => (load, rates.rps),
        Target::OutputTokens(load) => (load, rates.output_tps),
    };
    let needed = positive(load)? / positive(capacity?)?;
    // A load of exactly n replicas needs n, whatever the last bit of the division says.
    let whole = (needed - 1e-9).ceil().max(1.0);
    let replicas = (whole <= f64::from(u32::MAX)).then_some(whole as u32)?;
    let instances = replicas.div_ceil(packing.replicas).checked_mul(packing.instances)?;
    let usd_per_hour = positive(instance.usd_per_hour)? * f64::from(instances);
    Some(Plan {
        replicas,
        instances,
        gpus_busy: replicas.checked_mul(gpus_per_replica)?,
        gpus_paid: instances.checked_mul(instance.gpus)?,
        utilisation: needed / whole,
        usd_per_hour,
        usd_per_month: usd_per_hour * HOURS_PER_MONTH,
    })
}

fn positive(value: f64) -> Option<f64> {
    (value > 0.0 && value.is_finite()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const H200: Instance = Instance { gpus: 8, usd_per_hour: 41.62 };

    fn near(found: Option<f64>, expected: f64) {
        assert!((found.unwrap_or(f64::NAN) / expected - 1.0).abs() < 5e-5, "{found:?}, not {expected}");
    }

    fn output(output_tps: f64) -> Rates {
        Rates { output_tps: Some(output_tps), ..Rates::default() }
    }

    /// `../shared/formats/rhaiis.md` §7.
    #[test]
    fn golden() {
        let tp4 = cost(4, H200, &output(5000.0)).expect("priced");
        assert_eq!(tp4.packing, Packing { replicas: 2, instances: 1, gpus_busy: 8, gpus_paid: 8 });
        near(tp4.output_tps, 10_000.0);
        near(tp4.seconds_per_million_output, 100.0);
        near(tp4.usd_per_million_output, 1.1561);
        near(tp4.output_tokens_per_usd, 1e6 / 1.156_111);
        // A core of a TPU is sold alone.
        let tpu = cost(4, Instance { gpus: 1, usd_per_hour: 2.7 }, &output(2000.0)).expect("priced");
        near(Some(tpu.usd_per_hour), 10.8);
        near(tpu.seconds_per_million_output, 500.0);
        near(tpu.usd_per_million_output, 1.5);
        // DP4: half an instance, where the reference says 1.4451.
        near(cost(4, H200, &output(8000.0)).and_then(|cost| cost.usd_per_million_output), 0.7226);
    }

    #[test]
    fn only_whole_replicas_fit_and_idle_gpus_are_paid() {
        assert_eq!(Packing::new(3, 8), Some(Packing { replicas: 2, instances: 1, gpus_busy: 6, gpus_paid: 8 }));
        assert_eq!(Packing::new(12, 8), Some(Packing { replicas: 1, instances: 2, gpus_busy: 12, gpus_paid: 16 }));
        assert_eq!(Packing::new(16, 8), Some(Packing { replicas: 1, instances: 2, gpus_busy: 16, gpus_paid: 16 }));
        assert_eq!((Packing::new(0, 8), Packing::new(8, 0)), (None, None));
        // Two replicas of 1000 tok/s for 41.62 $/h.
        near(cost(3, H200, &output(1000.0)).and_then(|cost| cost.usd_per_million_output), 41.62 / 3600.0 * 500.0);
    }

    #[test]
    fn every_price_by_hand() {
        let instance = Instance { gpus: 8, usd_per_hour: 36.0 };
        let rates = Rates {
            output_tps: Some(500.0),
            input_tps: Some(2000.0),
            total_tps: Some(2500.0),
            rps: Some(2.0),
            concurrency: Some(50.0),
        };
        // A cent per second; two replicas.
        let cost = cost(4, instance, &rates).expect("priced");
        near(cost.usd_per_million_output, 10.0);
        near(cost.usd_per_million_input, 2.5);
        near(cost.usd_per_million_total, 2.0);
        near(cost.output_tokens_per_usd, 100_000.0);
        near(cost.usd_per_request, 0.0025);
        near(cost.usd_per_user_hour, 0.36);
    }

    #[test]
    fn what_is_missing_has_no_price() {
        let bare = cost(4, H200, &Rates { output_tps: Some(0.0), ..Rates::default() }).expect("priced");
        assert_eq!((bare.usd_per_million_output, bare.usd_per_request, bare.output_tps), (None, None, None));
        assert_eq!(cost(4, Instance { gpus: 8, usd_per_hour: f64::NAN }, &output(1.0)), None);
        assert_eq!(plan(4, H200, &output(1.0), Target::Requests(10.0)), None);
        assert_eq!(plan(4, H200, &output(1e-9), Target::OutputTokens(1e9)), None);
    }

    #[test]
    fn a_load_needs_whole_replicas_in_whole_instances() {
        let rates = Rates { output_tps: Some(5000.0), rps: Some(0.7), concurrency: Some(100.0), ..Rates::default() };
        let five = plan(4, H200, &rates, Target::Concurrency(450.0)).expect("priced");
        assert_eq!((five.replicas, five.instances, five.gpus_busy, five.gpus_paid), (5, 3, 20, 24));
        near(Some(five.utilisation), 0.9);
        near(Some(five.usd_per_month), 3.0 * 41.62 * 730.0);
        // 2.1 / 0.7 is a little more than three in binary.
        assert_eq!(plan(4, H200, &rates, Target::Requests(2.1)).map(|plan| plan.replicas), Some(3));
        let spanning = plan(12, H200, &rates, Target::OutputTokens(9000.0)).expect("priced");
        assert_eq!((spanning.replicas, spanning.instances, spanning.gpus_busy, spanning.gpus_paid), (2, 4, 24, 32));
    }
}
