//! When a line was written: the stamps that engines and wrappers put before their messages.

/// The precision of a timestamp, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::format) enum Clock {
    /// Month, day and time, as vLLM writes.
    Yearless,
    /// A date and a time of the worker's own clock.
    Local,
    /// A date and a time with a zone.
    Zoned,
}

/// An instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::format) struct Stamp {
    pub clock: Clock,
    /// Seconds since 1970, as if a clock without a zone were UTC's.
    pub seconds: f64,
    /// The month, by which a year's end shows in stamps without a year.
    pub month: u32,
}

/// The layouts: a letter for each digit of a field (Year, Month, Day, hour, minute, second), anything else is literal.
const LAYOUTS: [(&str, bool); 4] = [
    ("YYYY-MM-DD hh:mm:ss", true),
    ("YYYY-MM-DDThh:mm:ss", true),
    // TensorRT-LLM.
    ("MM/DD/YYYY-hh:mm:ss", true),
    // vLLM.
    ("MM-DD hh:mm:ss", false),
];

/// The stamp of a line's head. Where wrappers put their own before the engine's, the best counts, and of equals the
/// last. `year` is the year of stamps that have none.
pub(in crate::format) fn stamp(head: &str, year: u32) -> Option<Stamp> {
    let bytes = head.as_bytes();
    let mut best: Option<Stamp> = None;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let begins = byte.is_ascii_digit() && !at.checked_sub(1).is_some_and(|before| bytes[before].is_ascii_alphanumeric());
        match begins.then(|| read(&bytes[at..], year)).flatten() {
            Some((found, length)) => {
                if best.is_none_or(|best| found.clock >= best.clock) {
                    best = Some(found);
                }
                at += length;
            }
            None => at += 1,
        }
    }
    best
}

/// The stamp that begins here, and its length.
fn read(bytes: &[u8], year: u32) -> Option<(Stamp, usize)> {
    let (layout, dated, [stated, month, day, hour, minute, second]) =
        LAYOUTS.iter().find_map(|(layout, dated)| Some((*layout, *dated, fields(bytes, layout)?)))?;
    let year = if dated { stated } else { year };
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut length = layout.len();
    let mut seconds = f64::from(days(year, month, day)) * 86_400.0 + f64::from(hour * 3600 + minute * 60 + second);
    if let Some(b'.' | b',') = bytes.get(length) {
        let digits = bytes[length + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let fraction = std::str::from_utf8(&bytes[length + 1..length + 1 + digits]).unwrap_or_default();
        seconds += format!("0.{fraction}").parse::<f64>().unwrap_or(0.0);
        length += 1 + digits;
    }
    let mut clock = if dated { Clock::Local } else { Clock::Yearless };
    if dated && let Some((offset, written)) = zone(&bytes[length..]) {
        clock = Clock::Zoned;
        seconds -= offset;
        length += written;
    }
    Some((Stamp { clock, seconds, month }, length))
}

/// The fields of a layout: year, month, day, hour, minute, second.
fn fields(bytes: &[u8], layout: &str) -> Option<[u32; 6]> {
    let mut fields = [0; 6];
    if bytes.len() < layout.len() {
        return None;
    }
    for (letter, byte) in layout.bytes().zip(bytes) {
        match b"YMDhms".iter().position(|field| *field == letter) {
            Some(field) if byte.is_ascii_digit() => fields[field] = fields[field] * 10 + u32::from(byte - b'0'),
            None if letter == *byte => {}
            _ => return None,
        }
    }
    Some(fields)
}

/// The zone that begins here: its distance from UTC in seconds, and its length.
fn zone(bytes: &[u8]) -> Option<(f64, usize)> {
    let sign = match bytes.first()? {
        b'Z' => return Some((0.0, 1)),
        b'+' => 1.0,
        b'-' => -1.0,
        _ => return None,
    };
    let rest = &bytes[1..];
    let (fields, length) = fields(rest, "hh:mm").map(|fields| (fields, 5)).or_else(|| Some((fields(rest, "hhmm")?, 4)))?;
    Some((sign * f64::from(fields[3] * 3600 + fields[4] * 60), 1 + length))
}

/// Days from 1970-01-01 to a date from then on, after Howard Hinnant's `days_from_civil`
/// (<https://howardhinnant.github.io/date_algorithms.html>): years begin in March, so that the leap day comes last.
fn days(year: u32, month: u32, day: u32) -> u32 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, year_of_era) = (year / 400, year % 400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout() {
        let at = |head: &str| stamp(head, 2025).map(|stamp| (stamp.clock, stamp.seconds));
        // date -u -d '2025-12-03 09:14:02' +%s
        assert_eq!(at("[2025-12-03 09:14:02 DP3 TP3 EP3] "), Some((Clock::Local, 1_764_753_242.0)));
        assert_eq!(at("[2026-05-10 12:00:11.896 DP1] "), Some((Clock::Local, 1_778_414_411.896)));
        assert_eq!(at("2026-01-11T08:15:30.120934Z  INFO sglang: "), Some((Clock::Zoned, 1_768_119_330.120_934)));
        assert_eq!(at("2026-01-11T10:15:30+02:00 "), Some((Clock::Zoned, 1_768_119_330.0)));
        assert_eq!(at("[01/16/2026-06:20:17] [TRT-LLM] [RANK 0] [I] "), Some((Clock::Local, 1_768_544_417.0)));
        assert_eq!(
            at("(EngineCore_DP3 pid=812) INFO 11-21 18:02:44 [loggers.py:248] "),
            Some((Clock::Yearless, 1_763_748_164.0))
        );
        assert_eq!(
            at("2026-08-20 04:40:20,123 - sflow.task.x - INFO - 0: [2026-08-20 04:40:19] "),
            Some((Clock::Local, 1_787_200_819.0))
        );
        assert_eq!(at("2026-05-02T17:20:10Z INFO 05-02 19:20:10 "), Some((Clock::Zoned, 1_777_742_410.0)));
        assert_eq!(at("[2025-13-03 09:14:02] "), None);
        assert_eq!(at("(pid=4711) 9"), None);
        assert_eq!(days(2000, 2, 29), 11_016);
        assert_eq!(days(1970, 1, 1), 0);
    }
}
