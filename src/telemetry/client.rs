//! The client beside the server: when requests were sent and answered, on the server's clock.

use super::{Clock, Source, Track};
use crate::analysis::inflight;
use crate::record::Stat;
use crate::runs::load_windows::near;
use crate::sorting::Sorting;
use crate::table::Table;

/// A request as the client saw it, on the server's clock, s.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Request {
    /// When it was sent.
    pub start: f64,
    /// When its last token came.
    pub end: f64,
    /// Time to first token, ms.
    pub ttft: Option<f64>,
}

/// How the clock of the client was put on that of the server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shift {
    /// Seconds added to the client's times.
    pub seconds: f64,
    /// Whether that was estimated, because the two were never at work at the same time.
    pub estimated: bool,
}

/// Share of the client's time that the server must have been scraped in for their clocks to agree.
const SHARED: f64 = 0.5;

/// Gives engines the requests that were sent to them: those of folders near theirs, or all if there is one engine. `asked` is
/// the shift that the reader chose, s.
pub(crate) fn attach(sources: &mut [Source], table: &Table, rows: &[usize], asked: Option<f64>) -> Option<Shift> {
    let [time, e2el, ttft] = ["time", "e2el", "ttft"].map(|key| table.figures(key, Stat::Mean));
    let (time, e2el) = (time?, e2el?);
    let folder = table.dimension("folder");
    let engines: Vec<usize> = (0..sources.len()).filter(|at| !sources[*at].gpu && sources[*at].clock == Clock::Date).collect();
    let mut shift = None;
    for at in &engines {
        let Some(engine) = sources.get_mut(*at) else { continue };
        let is_own = |row: &&usize| {
            let place = folder.and_then(|folder| folder.text(**row)).unwrap_or_default();
            engines.len() == 1 || near(place, &engine.folder)
        };
        let request = |row: &usize| {
            let start = time.get(*row)?;
            Some(Request { start, end: start + e2el.get(*row)? / 1000.0, ttft: ttft.and_then(|ttft| ttft.get(*row)) })
        };
        let mut requests: Vec<Request> = rows.iter().filter(is_own).filter_map(request).collect();
        let Some(found) = self::shift(&requests, engine, asked) else { continue };
        for request in &mut requests {
            request.start += found.seconds;
            request.end += found.seconds;
        }
        requests.order_by(|a, b| a.start.total_cmp(&b.start));
        engine.client = requests;
        shift = Some(found);
    }
    shift
}

/// How far the client's clock is from the server's: not at all where they share most of the client's time; else the client's
/// first request is put where the server first had one.
fn shift(requests: &[Request], engine: &Source, asked: Option<f64>) -> Option<Shift> {
    let start = requests.iter().map(|request| request.start).reduce(f64::min)?;
    let end = requests.iter().map(|request| request.end).reduce(f64::max)?;
    if let Some(seconds) = asked {
        return Some(Shift { seconds, estimated: false });
    }
    let (from, to) = engine.span()?;
    let shared = (end.min(to) - start.max(from)) / (end - start).max(f64::MIN_POSITIVE);
    if shared >= SHARED {
        return Some(Shift { seconds: 0.0, estimated: false });
    }
    let busy = engine.gauges.get("running_requests").and_then(|track| track.iter().find(|(_, running)| *running > 0.0));
    Some(Shift { seconds: busy.map_or(from, |(at, _)| *at) - start, estimated: true })
}

/// Requests in flight at the client over time.
pub(super) fn in_flight(source: &Source) -> Track {
    inflight::steps(source.client.iter().map(|request| (request.start, request.end)))
}
