//! Formatting timestamps as sortable UTC text, and parsing such text.

/// Appends the instant `milliseconds` after 1970-01-01T00:00Z, to the second or, where there is a part of one, to the
/// millisecond. False, and nothing appended, outside the years 1970 to 9999.
pub fn rfc3339(milliseconds: f64, out: &mut String) -> bool {
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

/// The instant so many seconds after 1970-01-01T00:00Z as people read it, in UTC: `2026-11-21 18:07:41.196`; `None`
/// outside the years 1970 to 9999.
pub fn shown(seconds: f64) -> Option<String> {
    let mut text = String::new();
    rfc3339(seconds * 1000.0, &mut text).then(|| text.replace('T', " ").replace('Z', ""))
}

/// Milliseconds since 1970 of an instant in UTC as measurements state it: `2026-11-21T17:56:47.125Z`.
pub fn milliseconds(text: &str) -> Option<i64> {
    let (seconds, nanoseconds) = parsed(text).filter(|_| text.ends_with('Z') && text.contains('T'))?;
    Some(seconds * 1000 + (nanoseconds + 500_000) / 1_000_000)
}

/// Nanoseconds since 1970 of an instant, with a zone (`Z`, `+02:00`) or without one, which is then taken for UTC:
/// `2026-11-21T17:56:47.125`; `None` from 2262 on, which 64 bits do not hold.
pub fn nanoseconds(text: &str) -> Option<i64> {
    let (seconds, nanoseconds) = parsed(text)?;
    seconds.checked_mul(1_000_000_000)?.checked_add(nanoseconds)
}

/// Seconds since 1970 and nanoseconds of an instant in the years 1970 to 9999.
fn parsed(text: &str) -> Option<(i64, i64)> {
    let (date, time) = text.trim().split_once(['T', ' '])?;
    let (time, zone) = match time.find(['Z', '+', '-']) {
        Some(at) => (time.get(..at)?, time.get(at..)?),
        None => (time, "Z"),
    };
    let numbers = |text: &str, by: char| text.splitn(3, by).map(|part| part.parse::<u32>().ok()).collect::<Option<Vec<u32>>>();
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let (date, time) = (numbers(date, '-')?, numbers(time, ':')?);
    let (&[year, month, day], &[hour, minute, second]) = (date.as_slice(), time.as_slice()) else { return None };
    let dated = (1970..10_000).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !dated || hour > 24 || minute > 59 || second > 60 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let ahead = match zone.split_at_checked(1)? {
        ("Z", "") => 0,
        (sign, zone) => match numbers(zone, ':')?.as_slice() {
            &[hours, minutes] if hours < 24 && minutes < 60 => i64::from(hours * 60 + minutes) * if sign == "-" { -1 } else { 1 },
            _ => return None,
        },
    };
    let nanoseconds: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let days = days(i64::from(year), i64::from(month), i64::from(day));
    let minutes = (days * 24 + i64::from(hour)) * 60 + i64::from(minute) - ahead;
    Some((minutes * 60 + i64::from(second), nanoseconds.parse().ok()?))
}

/// Days since 1970-01-01, after Howard Hinnant's `days_from_civil`
/// (<https://howardhinnant.github.io/date_algorithms.html>): years begin in March, so that the leap day comes last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let march_month = (month + 9) % 12;
    let day_of_year = (153 * march_month + 2) / 5 + day - 1;
    let (era, year_of_era) = (year / 400, year % 400);
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

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
        for impossible in [-1.0, f64::NAN, f64::INFINITY, 253_402_300_800_000.0] {
            assert!(!rfc3339(impossible, &mut String::new()));
        }
        assert_eq!(shown(1_795_284_461.196_257).as_deref(), Some("2026-11-21 18:07:41.196"));
        assert_eq!(shown(-1.0), None);
    }

    /// By Python: `int(datetime.fromisoformat(text).timestamp()) * 10**9`, and the fraction.
    #[test]
    fn nanoseconds_of_instants() {
        let cases = [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2026-11-21T18:03:28.478Z", Some(1_795_284_208_478_000_000)),
            ("2026-11-21 18:12:50.628164", Some(1_795_284_770_628_164_000)),
            ("2026-11-21T20:12:50.1234567891+02:00", Some(1_795_284_770_123_456_789)),
            ("2026-11-21T12:42:50-05:30", Some(1_795_284_770_000_000_000)),
            ("2300-01-01T00:00:00Z", None),
            ("2026-11-21", None),
            ("2026-13-21T00:00:00Z", None),
            ("2026-11-21T18:12:50 CET", None),
            ("2026-11-21T18:12:50+é", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(nanoseconds(text), expected, "{text}");
        }
    }

    #[test]
    fn texts_of_instants() {
        let cases = [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T00:00:00Z", 951_782_400_000),
            ("2024-02-29T23:59:59.999Z", 1_709_251_199_999),
            ("2100-03-01T00:00:00Z", 4_107_542_400_000),
            ("9999-12-31T23:59:59Z", 253_402_300_799_000),
        ];
        for (text, expected) in cases {
            assert_eq!(milliseconds(text), Some(expected), "{text}");
        }
        for other in ["", "2026-11-21 17:56:47", "2026-11-21T17:56:47", "2026-13-21T17:56:47Z", "2026-11-21T17:56Z"] {
            assert_eq!(milliseconds(other), None, "{other}");
        }
    }
}
