//! Instants as text, in the spellings of logs and results: UTC, as the nodes' clocks are.

/// An instant's fields.
struct Fields {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    micros: i64,
}

/// After Howard Hinnant's `civil_from_days` (<https://howardhinnant.github.io/date_algorithms.html>).
fn fields(instant: f64) -> Fields {
    let micros = (instant * 1e6).round() as i64;
    let (seconds, micros) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    Fields {
        year: year + era * 400 + i64::from(month <= 2),
        month,
        day: of_year - (153 * from_march + 2) / 5 + 1,
        hour: rest / 3600,
        minute: rest / 60 % 60,
        second: rest % 60,
        micros,
    }
}

/// `20260312_140500`, with this sign between.
pub(super) fn compact(instant: f64, between: char) -> String {
    let Fields { year, month, day, hour, minute, second, .. } = fields(instant);
    format!("{year}{month:02}{day:02}{between}{hour:02}{minute:02}{second:02}")
}

/// `2026-03-12 14:05:00`.
pub(super) fn plain(instant: f64) -> String {
    let Fields { year, month, day, hour, minute, second, .. } = fields(instant);
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// `2026-03-12 14:05:00.123`.
pub(super) fn fraction(instant: f64) -> String {
    format!("{}.{:03}", plain(instant), fields(instant).micros / 1000)
}

/// `2026-03-12T14:05:00.123456Z`.
pub(super) fn zoned(instant: f64) -> String {
    format!("{}.{:06}Z", plain(instant).replace(' ', "T"), fields(instant).micros)
}

/// `03/12/2026-14:05:00`.
pub(super) fn american(instant: f64) -> String {
    let Fields { year, month, day, hour, minute, second, .. } = fields(instant);
    format!("{month:02}/{day:02}/{year}-{hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants() {
        // date -u -d @1773324300.25
        assert_eq!(fraction(1_773_324_300.25), "2026-03-12 14:05:00.250");
        assert_eq!(compact(1_773_324_300.0, '_'), "20260312_140500");
        assert_eq!(zoned(1_709_210_096.5), "2024-02-29T12:34:56.500000Z");
        assert_eq!(american(0.0), "01/01/1970-00:00:00");
    }
}
