//! Instants as files write them, as seconds since 1970; the way back is [`crate::catalog::instant`].

use serde_json::Value;

/// Nanoseconds of a second.
const NANOSECONDS: u64 = 1_000_000_000;

/// Seconds since 1970 of an instant in nanoseconds, which as an integer is exact beyond 2^53; `None` for no instant.
pub(in crate::format) fn seconds(nanoseconds: &Value) -> Option<f64> {
    let seconds = match nanoseconds.as_u64() {
        Some(whole) => (whole / NANOSECONDS) as f64 + (whole % NANOSECONDS) as f64 / NANOSECONDS as f64,
        None => nanoseconds.as_f64()? / NANOSECONDS as f64,
    };
    (seconds > 0.0).then_some(seconds)
}

/// Seconds from one instant in nanoseconds to a later one: subtracted as integers, because as numbers with a fraction
/// each would be off by a quarter of a microsecond.
pub(in crate::format) fn seconds_between(start: &Value, end: &Value) -> Option<f64> {
    let passed = end.as_u64()?.checked_sub(start.as_u64().filter(|start| *start > 0)?)?;
    Some(passed as f64 / NANOSECONDS as f64)
}

/// The seconds since 1970 of an instant as programs write it, and whether it states its zone; without one it is taken as
/// UTC. Whole numbers are seconds or, from eleven digits on, milliseconds.
pub(in crate::format) fn instant(text: &str) -> Option<(f64, bool)> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        return (number.is_finite() && number >= 0.0).then_some((if number >= 1e11 { number / 1000.0 } else { number }, true));
    }
    let (date, time) = text.split_once(['T', ' '])?;
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (clock, zone) = match time.find(['Z', '+', '-']) {
        Some(at) => time.split_at_checked(at)?,
        None => (time, ""),
    };
    let offset = match zone {
        "" | "Z" => 0,
        zone => {
            let (hours, minutes) = zone.get(1..)?.split_once(':').unwrap_or((zone.get(1..3)?, zone.get(3..5).unwrap_or("0")));
            let minutes = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
            if zone.starts_with('-') { -minutes } else { minutes }
        }
    };
    let mut parts = clock.trim().splitn(3, ':');
    let (hour, minute) = (parts.next()?.parse::<i64>().ok()?, parts.next()?.parse::<i64>().ok()?);
    let second: f64 = parts.next().unwrap_or("0").parse().ok()?;
    if !(0..24).contains(&hour) || !(0..60).contains(&minute) || !(0.0..61.0).contains(&second) || offset.abs() > 1440 {
        return None;
    }
    let whole = day_number(year, month, day) * 86_400 + hour * 3600 + (minute - offset) * 60;
    Some((whole as f64 + second, !zone.is_empty()))
}

/// The day counted from 1970-01-01, after Howard Hinnant's `days_from_civil`
/// (<https://howardhinnant.github.io/date_algorithms.html>).
fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year / 400, year % 400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nanoseconds_keep_their_differences() {
        let [start, end] = [1_795_284_756_162_643_667_u64, 1_795_284_756_509_016_574].map(Value::from);
        assert_eq!(seconds(&start), Some(1_795_284_756.162_643_7));
        assert_eq!(seconds_between(&start, &end), Some(0.346_372_907));
        assert_eq!(seconds_between(&end, &start), None);
        assert_eq!((seconds(&Value::Null), seconds(&0.into())), (None, None));
    }

    #[test]
    fn known_instants() {
        let read = [
            ("1970-01-01 00:00:00", Some((0.0, false))),
            ("2000-02-29T00:00:00Z", Some((951_782_400.0, true))),
            ("2024-02-29 23:59:59.999", Some((1_709_251_199.999, false))),
            ("2026-11-21T19:07:41.25+01:00", Some((1_795_284_461.25, true))),
            ("1700000000123", Some((1_700_000_000.123, true))),
            ("2024-13-01 00:00:00", None),
            ("yesterday", None),
        ];
        for (text, expected) in read {
            assert_eq!(instant(text), expected, "{text}");
        }
    }
}
