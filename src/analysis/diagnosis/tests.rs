//! The test vectors of `../shared/formats/aiperf-and-dynamo.md` §5.6, and for each rule a look-alike on which it must not fire.

use super::*;

/// A history of `n` moments, 5 s apart.
fn history(n: usize, moment: impl Fn(f64) -> Moment) -> History {
    let moments = (0..n).map(|at| Moment { at: 5.0 * at as f64, ..moment(at as f64 / (n as f64 - 1.0)) }).collect();
    History { moments, ..History::default() }
}

fn found(of: &Evidence, rule: Rule) -> Finding {
    let all = diagnose(of, &Thresholds::default());
    assert_eq!(all.iter().map(|found| found.rule).collect::<Vec<_>>(), Rule::ALL);
    all.into_iter().find(|found| found.rule == rule).expect("every rule is there")
}

fn of_history(history: History) -> Evidence {
    Evidence { history: Some(history), ..Evidence::default() }
}

/// KV cache filling up to `top` %, 0 → 40 waiting, preemptions.
fn filling(top: f64) -> History {
    history(40, |share| Moment {
        kv: Some((30.0 + 200.0 * share).min(top)),
        waiting: Some((40.0 * share).floor()),
        running: Some(64.0),
        preempted: Some(f64::from(share > 0.5)),
        sm: Some(35.0),
        ..Moment::default()
    })
}

#[test]
fn a_full_cache_with_a_queue_is_a_wall() {
    let wall = found(&of_history(filling(100.0)), Rule::KvCacheWall);
    assert_eq!(wall.verdict, Verdict::Confirmed);
    assert!(wall.remark.contains("compute headroom") && wall.remark.contains("35"), "{}", wall.remark);
    // (95 − 30) / 200 of the way up: 39 × 0.325 = 12.7, so that 27 of 40 moments are full.
    assert_eq!(wall.signals[0].value, Some(67.5));
    assert!(!wall.marks.is_empty());
    assert_eq!(found(&of_history(filling(100.0)), Rule::AdmissionCap).verdict, Verdict::NotSeen);
}

#[test]
fn the_same_queue_with_room_in_the_cache_is_a_cap() {
    let with_room = of_history(filling(32.0));
    assert_eq!(found(&with_room, Rule::KvCacheWall).verdict, Verdict::NotSeen);
    assert_eq!(found(&with_room, Rule::AdmissionCap).verdict, Verdict::Confirmed);
}

#[test]
fn a_cache_without_room_for_another_large_request_is_a_wall_and_no_cap() {
    // One request of 32k tokens takes 64 % of the cache: three wait.
    let large = |kv: f64, running: f64| {
        of_history(history(40, |_| Moment { kv: Some(kv), waiting: Some(3.0), running: Some(running), ..Moment::default() }))
    };
    assert_eq!(found(&large(64.0, 1.0), Rule::KvCacheWall).verdict, Verdict::Likely);
    let cap = found(&large(64.0, 1.0), Rule::AdmissionCap);
    assert_eq!(cap.verdict, Verdict::NotSeen);
    assert!(cap.remark.contains("no room for one more"), "{}", cap.remark);
    // Of 16 requests each takes 4 %.
    assert_eq!(found(&large(64.0, 16.0), Rule::KvCacheWall).verdict, Verdict::NotSeen);
    assert_eq!(found(&large(64.0, 16.0), Rule::AdmissionCap).verdict, Verdict::Confirmed);
}

#[test]
fn a_full_cache_without_a_queue_is_no_wall() {
    let calm = history(40, |_| Moment {
        kv: Some(99.0),
        waiting: Some(0.0),
        running: Some(64.0),
        preempted: Some(0.0),
        ..Moment::default()
    });
    assert_eq!(found(&of_history(calm), Rule::KvCacheWall).verdict, Verdict::NotSeen);
    // Nor is it where waiting requests are not known.
    let blind = history(40, |_| Moment { kv: Some(99.0), running: Some(64.0), ..Moment::default() });
    assert_eq!(found(&of_history(blind), Rule::KvCacheWall).verdict, Verdict::InsufficientData);
}

#[test]
fn twelve_loaded_samples_are_needed() {
    let few = History { moments: filling(100.0).moments.into_iter().rev().take(11).collect(), ..History::default() };
    for rule in [Rule::KvCacheWall, Rule::AdmissionCap] {
        assert_eq!(found(&of_history(few.clone()), rule).verdict, Verdict::InsufficientData);
    }
    let mut thresholds = Thresholds::default();
    assert!(thresholds.set("samples", 10.0) && !thresholds.set("nonsense", 1.0) && !thresholds.set("samples", -1.0));
    assert_eq!(diagnose(&of_history(few), &thresholds)[0].verdict, Verdict::Confirmed);
}

fn level(load: f64, itl: f64, tps: f64) -> Level {
    Level { load, itl: Some(itl), output_tps: Some(tps), ..Level::default() }
}

/// ITL 10, 20, 40, 80 at 8, 16, 32, 64 with throughput flat.
fn slowing() -> Vec<Level> {
    [(8.0, 10.0), (16.0, 20.0), (32.0, 40.0), (64.0, 80.0)].map(|(load, itl)| level(load, itl, 800.0)).to_vec()
}

#[test]
fn itl_in_proportion_to_the_load_on_busy_gpus_is_a_compute_wall() {
    let busy = Evidence { closed: slowing(), top: Pressure { util: Some(99.0), ..Pressure::default() }, ..Evidence::default() };
    assert_eq!(found(&busy, Rule::ComputeWall).verdict, Verdict::Confirmed);
    assert_eq!(found(&busy, Rule::MemoryBandwidthWall).verdict, Verdict::InsufficientData);
    let unknown = Evidence { closed: slowing(), ..Evidence::default() };
    assert_eq!(found(&unknown, Rule::ComputeWall).verdict, Verdict::Likely);
    // Look-alikes: the GPUs idle; the KV cache explains it; throughput still grows.
    let idle = Evidence { top: Pressure { util: Some(40.0), ..Pressure::default() }, ..unknown.clone() };
    assert_eq!(found(&idle, Rule::ComputeWall).verdict, Verdict::NotSeen);
    let full = Evidence { history: Some(filling(100.0)), ..busy.clone() };
    assert_eq!(found(&full, Rule::ComputeWall).verdict, Verdict::NotSeen);
    let growing =
        Evidence { closed: (3..7).map(|n| 2_f64.powi(n)).map(|load| level(load, load, 100.0 * load)).collect(), ..busy };
    assert_eq!(found(&growing, Rule::ComputeWall).verdict, Verdict::NotSeen);
}

#[test]
fn the_same_sweep_with_idle_sms_and_busy_memory_is_a_bandwidth_wall() {
    let top = Pressure { util: Some(99.0), sm: Some(30.0), dram: Some(75.0) };
    let bound = Evidence { closed: slowing(), top, ..Evidence::default() };
    assert_eq!(found(&bound, Rule::MemoryBandwidthWall).verdict, Verdict::Confirmed);
    assert_eq!(found(&bound, Rule::ComputeWall).verdict, Verdict::NotSeen);
    let computing = Evidence { top: Pressure { sm: Some(85.0), ..top }, ..bound };
    assert_eq!(found(&computing, Rule::MemoryBandwidthWall).verdict, Verdict::NotSeen);
    assert_eq!(found(&computing, Rule::ComputeWall).verdict, Verdict::Confirmed);
}

#[test]
fn over_time_itl_follows_the_batch_on_busy_gpus() {
    let of = |util, kv, itl: fn(f64) -> f64| {
        history(30, move |share| Moment {
            kv: Some(kv),
            waiting: Some(0.0),
            running: Some(10.0 + (50.0 * share).floor()),
            util: Some(util),
            itl: Some(itl(share)),
            ..Moment::default()
        })
    };
    let verdict = |history| found(&of_history(history), Rule::ComputeWall).verdict;
    assert_eq!(verdict(of(99.0, 50.0, |share| 10.0 + 30.0 * share)), Verdict::Confirmed);
    assert_eq!(verdict(of(60.0, 50.0, |share| 10.0 + 30.0 * share)), Verdict::NotSeen);
    assert_eq!(verdict(of(99.0, 50.0, |share| 40.0 - 30.0 * share)), Verdict::NotSeen);
    assert_eq!(verdict(of(99.0, 95.0, |share| 10.0 + 30.0 * share)), Verdict::NotSeen);
}

fn gpu(clock: impl Fn(usize) -> f64, power: f64, throttled: Option<f64>) -> Evidence {
    let moment =
        |at: usize| GpuMoment { at: at as f64, util: Some(99.0), clock: Some(clock(at)), power: Some(power), limit: Some(700.0) };
    let history =
        GpuHistory { name: "GPU 0".to_owned(), moments: (0..20).map(moment).collect(), throttled, ..GpuHistory::default() };
    Evidence { gpus: vec![history], ..Evidence::default() }
}

#[test]
fn a_low_clock_at_the_power_limit_is_throttling() {
    let falling = |at: usize| if at < 5 { 1980.0 } else { 1500.0 };
    assert_eq!(found(&gpu(falling, 699.0, None), Rule::ThermalPowerThrottle).verdict, Verdict::Confirmed);
    assert_eq!(found(&gpu(falling, 400.0, Some(5e6)), Rule::ThermalPowerThrottle).verdict, Verdict::Confirmed);
    // A low clock alone, or the power limit alone, is none.
    assert_eq!(found(&gpu(falling, 400.0, Some(0.0)), Rule::ThermalPowerThrottle).verdict, Verdict::NotSeen);
    assert_eq!(found(&gpu(|_| 1980.0, 699.0, None), Rule::ThermalPowerThrottle).verdict, Verdict::NotSeen);
    assert_eq!(found(&Evidence::default(), Rule::ThermalPowerThrottle).verdict, Verdict::InsufficientData);
    let mut few = gpu(falling, 699.0, None);
    few.gpus.iter_mut().for_each(|gpu| gpu.moments.truncate(11));
    assert_eq!(found(&few, Rule::ThermalPowerThrottle).verdict, Verdict::InsufficientData, "eleven samples");
}

#[test]
fn failures_of_the_worst_level() {
    let of = |completed, failed| {
        let attempts = vec![
            Attempts { at: String::new(), completed: 1000.0, failed: 0.0 },
            Attempts { at: "concurrency 100".to_owned(), completed, failed },
        ];
        found(&Evidence { attempts, ..Evidence::default() }, Rule::Errors)
    };
    // AIPerf's example: 89 of 100 answered, 11 cut off.
    let bad = of(89.0, 11.0);
    assert_eq!((bad.verdict, bad.signals[0].value), (Verdict::Confirmed, Some(11.0)));
    assert_eq!(of(990.0, 20.0).verdict, Verdict::Likely);
    assert_eq!(of(999.0, 1.0).verdict, Verdict::NotSeen);
    assert_eq!(of(9.0, 1.0).verdict, Verdict::Likely, "one failure of ten is an accident");
    assert_eq!(found(&Evidence::default(), Rule::Errors).verdict, Verdict::InsufficientData);
}

#[test]
fn a_growing_wait_is_unsteady_and_noise_is_not() {
    let of = |ttft: fn(usize) -> f64, n: usize| {
        let points = (0..n).map(|at| (at as f64, ttft(at))).collect();
        found(&Evidence { drifts: vec![Drift { at: String::new(), points }], ..Evidence::default() }, Rule::NotSteady).verdict
    };
    assert_eq!(of(|at| 100.0 + at as f64, 90), Verdict::Confirmed);
    assert_eq!(of(|at| 100.0 + 10.0 * (at % 7) as f64, 90), Verdict::NotSeen);
    assert_eq!(of(|at| 100.0 + at as f64, 29), Verdict::InsufficientData);
}

#[test]
fn a_client_that_does_not_keep_up_is_named() {
    let level = |load: f64, rps: f64, e2el: f64, completed: f64| Level {
        load,
        rps: Some(rps),
        e2el: Some(e2el),
        completed: Some(completed),
        ..Level::default()
    };
    let of =
        |closed: Vec<Level>, open: Vec<Level>| found(&Evidence { closed, open, ..Evidence::default() }, Rule::LoadGeneratorLimit);
    let verdict = |closed, open| of(closed, open).verdict;
    // AIPerf's fixture: 681.6 of 4096 in flight.
    assert_eq!(verdict(vec![level(4096.0, 255.19, 2670.9, 50_000.0)], vec![]), Verdict::Confirmed);
    assert_eq!(verdict(vec![level(8.0, 0.7215, 10_673.0, 100.0)], vec![]), Verdict::NotSeen);
    // One figure gives no verdict: few requests per user alone, or few in flight of few requests, or of nobody knows how many.
    let few = of(vec![level(100.0, 9.5516, 9059.7, 89.0)], vec![]);
    assert_eq!(few.verdict, Verdict::NotSeen);
    assert!(few.remark.contains("So few requests per user"), "{}", few.remark);
    assert_eq!(verdict(vec![level(100.0, 5.0, 9059.7, 89.0)], vec![]), Verdict::InsufficientData);
    let uncounted = Level { completed: None, ..level(4096.0, 255.19, 2670.9, 0.0) };
    assert_eq!(verdict(vec![uncounted], vec![]), Verdict::InsufficientData);
    // 9 of 10 per second, at latencies of 1 s; 6000 requests.
    let open = |latency: f64, sent: f64| of(vec![], vec![level(1.0, 1.0, 1000.0, 600.0), level(10.0, 9.0, latency, sent)]);
    assert_eq!(open(1000.0, 6000.0).verdict, Verdict::Likely);
    assert_eq!(open(4000.0, 6000.0).verdict, Verdict::NotSeen, "the server is slower");
    // 100 requests are sent in 10 s and the last ends 1 s later: 9.09 per second is all that can be.
    assert_eq!(open(1000.0, 100.0).verdict, Verdict::NotSeen, "a short level");
    assert_eq!(verdict(vec![], vec![level(10.0, 9.0, 1000.0, 6000.0)]), Verdict::InsufficientData);
    assert_eq!(verdict(vec![], vec![level(10.0, 9.9, 1000.0, 6000.0)]), Verdict::NotSeen);
    assert_eq!(verdict(vec![], vec![]), Verdict::InsufficientData);
    // sa-bench with 10 requests per second and at most 8 in flight: the rate was kept, 3.6 in flight is what it needs.
    let bounded = Level { rate: Some(10.0), ..level(8.0, 9.6423, 378.5, 40.0) };
    assert_eq!(verdict(vec![bounded], vec![]), Verdict::NotSeen);
    // 116 in flight of 32: something else is wrong. And four requests say nothing of a rate.
    assert_eq!(verdict(vec![level(32.0, 4.96, 23_559.0, 200.0)], vec![]), Verdict::InsufficientData);
    assert_eq!(open(1000.0, 4.0).verdict, Verdict::InsufficientData);
}

#[test]
fn long_times_are_in_seconds() {
    let signal =
        |value: f64, unit| Signal { what: "TTFT".to_owned(), value: Some(value), unit, bound: String::new(), holds: None };
    assert_eq!(signal(12_412.0, "ms").in_words(), "TTFT: 12.4 s");
    assert_eq!(signal(412.0, "ms").in_words(), "TTFT: 412 ms");
    assert_eq!(signal(2.5, "×").in_words(), "TTFT: 2.5×");
}

#[test]
fn a_full_cache_of_one_engine_explains_the_sweep() {
    let level = |load: f64, itl: f64| Level { load, itl: Some(itl), output_tps: Some(1000.0), ..Level::default() };
    let closed = vec![level(8.0, 10.0), level(16.0, 20.0), level(32.0, 40.0), level(64.0, 80.0)];
    let evidence = Evidence { closed, top: Pressure { util: Some(99.0), ..Pressure::default() }, ..Evidence::default() };
    assert_eq!(found(&evidence, Rule::ComputeWall).verdict, Verdict::Confirmed);
    assert_eq!(found(&Evidence { cache_full: true, ..evidence }, Rule::ComputeWall).verdict, Verdict::NotSeen);
}

#[test]
fn ranks_are_correlated_as_scipy_has_it() {
    // scipy.stats.spearmanr([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]): 0.8207826816681233
    let pairs = [(1.0, 5.0), (2.0, 6.0), (3.0, 7.0), (4.0, 8.0), (5.0, 7.0)];
    assert!((rank_correlation(&pairs).expect("varies") - 0.820_782_681_668_123_3).abs() < 1e-12);
    assert_eq!(rank_correlation(&[(1.0, 1.0), (2.0, 1.0), (3.0, 1.0)]), None);
    assert_eq!(quantile([3.0, 1.0, 2.0, 4.0], 0.5), Some(2.5));
    assert_eq!(quantile([], 0.5), None);
}
