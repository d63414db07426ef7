//! Timestamps in JSON: RFC 3339, years 1 to 9999.

/// First and last second that RFC 3339 can say.
const RANGE: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
const DAY: i64 = 86_400;

/// UTC, with no fraction or one of three, six or nine digits. `None` outside of the years 1 to 9999.
pub(super) fn format(seconds: i64, nanos: i32) -> Option<String> {
    if !RANGE.contains(&seconds) || !(0..1_000_000_000).contains(&nanos) {
        return None;
    }
    let (year, month, day) = date(seconds.div_euclid(DAY));
    let time = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    let fraction = match nanos {
        0 => String::new(),
        _ if nanos % 1_000_000 == 0 => format!(".{:03}", nanos / 1_000_000),
        _ if nanos % 1_000 == 0 => format!(".{:06}", nanos / 1_000),
        _ => format!(".{nanos:09}"),
    };
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z"))
}

/// Seconds and nanoseconds of a time with any offset and up to nine digits of fraction.
pub(super) fn parse(text: &str) -> Option<(i64, i32)> {
    let (date, rest) = text.split_once('T')?;
    let (clock, rest) = rest.split_at_checked(8)?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    let (nanos, zone) = fraction(rest)?;
    if year < 1 || !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset(zone)?;
    RANGE.contains(&seconds).then_some((seconds, nanos))
}

/// Three numbers of the given widths.
fn numbers(text: &str, separator: char, widths: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(separator);
    let mut values = [0; 3];
    for (value, width) in values.iter_mut().zip(widths) {
        *value = digits(parts.next()?, width)?;
    }
    parts.next().is_none().then_some(values)
}

fn digits(text: &str, width: usize) -> Option<i64> {
    let ok = text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit());
    ok.then(|| text.parse().ok()).flatten()
}

/// Nanoseconds, and what follows the fraction.
fn fraction(text: &str) -> Option<(i32, &str)> {
    let Some(rest) = text.strip_prefix('.') else { return Some((0, text)) };
    let width = rest.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=9).contains(&width) {
        return None;
    }
    let value = digits(&rest[..width], width)? * 10_i64.pow(9 - width as u32);
    Some((i32::try_from(value).ok()?, &rest[width..]))
}

/// Seconds east of UTC.
fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = zone[1..].split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to the first of January of a year.
fn days_to_year(year: i64) -> i64 {
    let before = year - 1;
    before * 365 + before / 4 - before / 100 + before / 400 - 719_162
}

fn days(year: i64, month: i64, day: i64) -> i64 {
    days_to_year(year) + (1..month).map(|month| days_in(year, month)).sum::<i64>() + day - 1
}

/// Year, month and day of a day since 1970-01-01.
fn date(day: i64) -> (i64, i64, i64) {
    // 146,097 days are 400 years; the estimate is at most one year off.
    let mut year = (day + 719_162) * 400 / 146_097 + 1;
    if days_to_year(year) > day {
        year -= 1;
    } else if days_to_year(year + 1) <= day {
        year += 1;
    }
    let mut rest = day - days_to_year(year);
    let mut month = 1;
    while rest >= days_in(year, month) {
        rest -= days_in(year, month);
        month += 1;
    }
    (year, month, rest + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_times() {
        for (seconds, nanos, text) in [
            (0, 0, "1970-01-01T00:00:00Z"),
            (1_714_307_747, 36_000_000, "2024-04-28T12:35:47.036Z"),
            (951_782_400, 1_000, "2000-02-29T00:00:00.000001Z"),
            (-1, 999_999_999, "1969-12-31T23:59:59.999999999Z"),
            (-62_135_596_800, 0, "0001-01-01T00:00:00Z"),
            (253_402_300_799, 0, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(format(seconds, nanos).as_deref(), Some(text));
            assert_eq!(parse(text), Some((seconds, nanos)), "{text}");
        }
        assert_eq!(parse("2024-04-28T14:35:47.5+02:00"), Some((1_714_307_747, 500_000_000)));
        assert_eq!(format(-62_135_596_801, 0), None);
        assert_eq!(format(0, -1), None);
    }

    #[test]
    fn every_day_of_the_calendar_comes_back() {
        for day in RANGE.start() / DAY..=RANGE.end() / DAY {
            let (year, month, of_month) = date(day);
            assert_eq!(days(year, month, of_month), day);
            assert!(of_month >= 1 && of_month <= days_in(year, month) && month <= 12);
        }
    }

    #[test]
    fn bad_times_are_refused() {
        for text in [
            "",
            "2024-04-28",
            "2024-04-28T12:35:47",
            "2024-02-30T12:35:47Z",
            "2023-02-29T12:35:47Z",
            "2024-13-01T12:35:47Z",
            "2024-04-28T24:35:47Z",
            "2024-04-28T12:35:60Z",
            "2024-04-28T12:35:47.Z",
            "2024-04-28T12:35:47.0000000001Z",
            "2024-04-28T12:35:47+2:00",
            "2024-04-28T12:35:47é",
            "+024-04-28T12:35:47Z",
            "0000-12-31T12:35:47Z",
            "0001-01-01T00:00:00+00:01",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
