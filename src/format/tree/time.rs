//! Instants: as text that sorts (RFC 3339, in UTC whatever the reader's clock says), and as seconds out of nanoseconds.

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

/// Appends the instant `milliseconds` after 1970-01-01T00:00Z, to the second or, where there is a part of one, to the
/// millisecond. False, and nothing appended, outside the years 1970 to 9999.
pub(in crate::format) fn rfc3339(milliseconds: f64, out: &mut String) -> bool {
    const END: f64 = 253_402_300_800_000.0;
    let rounded = milliseconds.round();
    if !(0.0..END).contains(&rounded) {
        return false;
    }
    let total = rounded as u64;
    let (seconds, fraction) = (total / 1000, total % 1000);
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    digits(out, 4, year, '-');
    digits(out, 2, month, '-');
    digits(out, 2, day, 'T');
    digits(out, 2, second / 3600, ':');
    digits(out, 2, second / 60 % 60, ':');
    if fraction > 0 {
        digits(out, 2, second % 60, '.');
        digits(out, 3, fraction, 'Z');
    } else {
        digits(out, 2, second % 60, 'Z');
    }
    true
}

/// Appends the last `count` digits of a number and what follows them. By hand, because a table has two instants a row
/// and the formatting machinery would cost a tenth of its reading.
fn digits(out: &mut String, count: u32, number: u64, after: char) {
    for place in (0..count).rev() {
        let digit = number / 10_u64.pow(place) % 10;
        out.push(char::from(b'0' + digit as u8));
    }
    out.push(after);
}

/// Year, month and day of a day counted from 1970-01-01, after Howard Hinnant's `civil_from_days`
/// (<https://howardhinnant.github.io/date_algorithms.html>): years begin in March, so that the leap day comes last.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
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

/// The day counted from 1970-01-01: the way back of [`civil`].
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
        let cases = [
            (0.0, "1970-01-01T00:00:00Z"),
            (951_782_400_000.0, "2000-02-29T00:00:00Z"),
            (1_709_251_199_999.0, "2024-02-29T23:59:59.999Z"),
            (1_795_284_461_196.257, "2026-11-21T18:07:41.196Z"),
            (4_107_542_400_000.0, "2100-03-01T00:00:00Z"),
            (253_402_300_799_000.0, "9999-12-31T23:59:59Z"),
        ];
        for (milliseconds, expected) in cases {
            let mut text = String::new();
            assert!(rfc3339(milliseconds, &mut text));
            assert_eq!(text, expected);
        }
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
        for impossible in [-1.0, f64::NAN, f64::INFINITY, 253_402_300_800_000.0] {
            assert!(!rfc3339(impossible, &mut String::new()));
        }
    }
}
