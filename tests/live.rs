//! A server with Prometheus' HTTP API, as it is asked and read: against answers written by hand. A real one is in
//! `tests/browser/live.spec.ts`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::task::{Context, Poll, Waker};

use inferscope::engine::live::{Answer, Overview, import_live};
use inferscope::engine::{Imported, Instructions};
use inferscope::record::{Diagnostic, Kind};
use inferscope::state::live::{Live, Span};

const NOW: f64 = 1_796_000_000.0;

fn live(span: Span) -> Live {
    Live { span, ..Live::at("http://prometheus.test/prom/graph").expect("an address") }
}

/// Reads a server; comes with what it was asked.
fn read(live: &Live, answer: impl Fn(&str) -> Result<Answer, Diagnostic>) -> (Vec<Imported>, Overview, Vec<String>) {
    let asked = RefCell::new(Vec::new());
    let fetch = async |address: &str| {
        asked.borrow_mut().push(address.to_owned());
        answer(address)
    };
    let reading = import_live(live, NOW, Instructions::default(), fetch, |_| {});
    let (imported, overview) = match std::pin::pin!(reading).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(found) => found,
        Poll::Pending => panic!("nothing here waits"),
    };
    (imported, overview, asked.into_inner())
}

fn ok(data: &str) -> Result<Answer, Diagnostic> {
    Ok(Answer { status: 200, bytes: format!("{{\"status\":\"success\",\"data\":{data}}}").into_bytes() })
}

fn number(value: &str) -> Result<Answer, Diagnostic> {
    ok(&format!("{{\"resultType\":\"vector\",\"result\":[{{\"metric\":{{}},\"value\":[1,\"{value}\"]}}]}}"))
}

/// Two engines, each scraped every 15 s.
fn served(address: &str) -> Result<Answer, Diagnostic> {
    let series = |pod: &str, value: u32| {
        let at = NOW - 30.0;
        format!(
            "{{\"metric\":{{\"__name__\":\"vllm:num_requests_running\",\"pod\":\"{pod}\"}},\"values\":[[{at},\"{value}\"],[{},\"7\"]]}}",
            at + 15.0
        )
    };
    if address.contains("/label/__name__/values") {
        ok("[\"go_goroutines\",\"vllm:num_requests_running\",\"vllm:unknown\",\"vllm:kv_cache_usage_perc\"]")
    } else if address.contains("/series?") {
        ok("[{\"pod\":\"vllm-10\"},{\"pod\":\"vllm-9\"},{\"pod\":\"vllm-9\",\"model_name\":\"m\"}]")
    } else if address.contains("count_over_time") || address.contains("query=count") {
        number("4")
    } else {
        ok(&format!("{{\"resultType\":\"matrix\",\"result\":[{},{}]}}", series("vllm-9", 3), series("vllm-10", 4)))
    }
}

#[test]
fn what_is_drawn_is_asked_for_and_nothing_else() {
    let (imported, overview, asked) = read(&live(Span::Last(3600)), served);
    assert!(asked.iter().all(|address| address.starts_with("http://prometheus.test/prom/api/v1/")), "{asked:#?}");
    let data = asked.last().expect("requests");
    assert!(data.contains("num_requests_running") && data.contains("kv_cache_usage_perc"), "{data}");
    assert!(!data.contains("unknown") && !data.contains("goroutines"), "{data}");
    // 240 samples fit on the screen: as scraped.
    assert!(data.contains("/query?") && data.contains("%5B3600s%5D"), "{data}");
    assert_eq!((overview.series, overview.step, overview.raw), (2, 15.0, true));
    // One model is no choice; pods are in the order of people.
    let pods = ("pod".to_owned(), "Pod".to_owned(), vec!["vllm-9".to_owned(), "vllm-10".to_owned()]);
    assert_eq!(overview.labels, [pods]);
    assert_eq!(imported.len(), 1);
    assert_eq!(imported[0].report.records.get(&Kind::Sample), Some(&4), "{:?}", imported[0].report.diagnostics);
    assert_eq!(imported[0].report.path, "prometheus.test/prom");
}

#[test]
fn a_day_is_thinned_out_by_the_server_and_choices_narrow_it() {
    let only = BTreeMap::from([("pod".to_owned(), BTreeSet::from(["vllm-9".to_owned()]))]);
    let (_, overview, asked) = read(&Live { only, ..live(Span::Between(1_795_900_001, 1_795_986_401)) }, served);
    let data = asked.last().expect("requests");
    // 86,400 s in at most 600 steps of a round length, on multiples of it.
    assert!(data.contains("/query_range?") && data.contains("step=300&") || data.ends_with("step=300"), "{data}");
    assert!(data.contains("start=1795899900.000") && data.contains("end=1795986300.000"), "{data}");
    assert!(data.contains("pod%3D%7E%22vllm-9%7C%22"), "those without a pod stay: {data}");
    assert_eq!((overview.step, overview.raw), (300.0, false));
    // The pickers still offer all.
    assert!(asked[1].contains("/series?") && !asked[1].contains("vllm-9"), "{}", asked[1]);
}

#[test]
fn what_goes_wrong_is_told_by_the_step_at_which_it_does() {
    let message = |answer: &dyn Fn(&str) -> Result<Answer, Diagnostic>| {
        let (imported, overview, _) = read(&live(Span::Last(900)), answer);
        assert_eq!((imported.len(), overview.series), (1, 0));
        assert!(imported[0].report.records.is_empty());
        imported[0].report.diagnostics[0].message.clone()
    };
    let limited = |address: &str| {
        match address.contains("%5B900s%5D") && !address.contains("count_over") {
        true => Ok(Answer {
            status: 422,
            bytes: b"{\"status\":\"error\",\"errorType\":\"execution\",\"error\":\"query processing would load too many samples into memory\"}"
                .to_vec(),
        }),
        false => served(address),
    }
    };
    assert!(message(&limited).contains("too many samples"));
    assert!(message(&|_| ok("[]")).contains("no series of vLLM"));
    assert!(message(&|_| ok("[\"go_goroutines\"]")).contains("in the last 15m"));
    assert!(message(&|_| Ok(Answer { status: 200, bytes: b"\xff\xfe<html>".to_vec() })).contains("no answer of Prometheus"));
    assert!(message(&|_| ok("{\"a\":1}")).contains("unexpected form"));
    // Native histograms, nulls and numbers in place of text are read as far as they go.
    let odd = |address: &str| match address.contains("%5B900s%5D") && !address.contains("count_over") {
        true => ok(&format!(
            "{{\"resultType\":\"matrix\",\"result\":[{{\"metric\":{{\"__name__\":\"vllm:num_requests_running\"}},\
             \"values\":[[{NOW},\"2\"],null,[{NOW},3],[\"x\"]]}},{{\"metric\":{{}},\"histograms\":[]}}]}}"
        )),
        false => served(address),
    };
    let (imported, ..) = read(&live(Span::Last(900)), odd);
    assert!(imported[0].report.records.contains_key(&Kind::Sample), "{:?}", imported[0].report.diagnostics);
}
