//! Instants with the zone offset in which they were written.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::base::Duration;
use crate::value::{Data, Slot, View};

/// Go's `time.Time`: RFC 3339 with nanoseconds in JSON, `0001-01-01T00:00:00Z` by default, which means
/// never. Two times are equal when they are the same instant, whatever the zone.
///
/// The year as written is always from 0 to 9999, as RFC 3339 has no others.
#[derive(Clone, Copy, Default)]
pub struct Time {
    /// Seconds since 0001-01-01T00:00:00Z.
    seconds: i64,
    nanos: u32,
    /// Minutes east of UTC.
    offset: i16,
}

/// A text is not a time in RFC 3339's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotTime;

const DAY: i64 = 86_400;
/// From the zero time to 1970-01-01T00:00:00Z.
const UNIX: i64 = 719_162 * DAY;
/// 0000-01-01T00:00:00, the first second that has a text.
const FIRST: i64 = -366 * DAY;
/// 9999-12-31T23:59:59, the last one.
const LAST: i64 = 3_652_059 * DAY - 1;
/// Days in 400, 100, 4 and 1 years.
const CYCLES: [i64; 4] = [146_097, 36_524, 1_461, 365];
/// Days before the first of each month, in a year that is not a leap year.
const MONTHS: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

impl Time {
    /// The zero time: never.
    pub const ZERO: Self = Self { seconds: 0, nanos: 0, offset: 0 };

    /// From seconds and nanoseconds since 1970, in UTC; what has no text becomes the nearest that has.
    pub fn from_unix(seconds: i64, nanos: u32) -> Self {
        let seconds = seconds.saturating_add(UNIX).saturating_add(i64::from(nanos / 1_000_000_000));
        Self { seconds: seconds.clamp(FIRST, LAST), nanos: nanos % 1_000_000_000, offset: 0 }
    }

    /// Whole seconds since 1970; negative before.
    pub const fn unix_seconds(self) -> i64 {
        self.seconds - UNIX
    }

    /// Nanoseconds within the second.
    pub const fn subsec_nanos(self) -> u32 {
        self.nanos
    }

    /// Whether it is the zero time.
    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }

    /// The same instant, to be written in UTC.
    #[must_use]
    pub fn utc(self) -> Self {
        Self { seconds: self.seconds.clamp(FIRST, LAST), nanos: self.nanos, offset: 0 }
    }

    /// This long later, in UTC; what has no text becomes the nearest that has.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        let nanos = i64::from(self.nanos) + span.0 % 1_000_000_000;
        let seconds = self.seconds + span.0 / 1_000_000_000 + nanos.div_euclid(1_000_000_000);
        Self { seconds, nanos: nanos.rem_euclid(1_000_000_000) as u32, offset: 0 }.utc()
    }

    /// How much later it is than `earlier`, up to the longest span that fits.
    pub fn since(self, earlier: Self) -> Duration {
        let seconds = i128::from(self.seconds - earlier.seconds);
        let nanos = seconds * 1_000_000_000 + i128::from(self.nanos) - i128::from(earlier.nanos);
        Duration(nanos.clamp(i64::MIN.into(), i64::MAX.into()) as i64)
    }

    /// The bytes of the binary form: seconds, nanoseconds and offset; none for the zero time.
    pub(crate) fn pack<R>(self, take: impl FnOnce(&[u8]) -> R) -> R {
        if self.is_zero() && self.offset == 0 {
            return take(&[]);
        }
        let mut bytes = [0; 14];
        bytes[..8].copy_from_slice(&self.seconds.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.nanos.to_le_bytes());
        bytes[12..].copy_from_slice(&self.offset.to_le_bytes());
        take(&bytes)
    }

    pub(crate) fn unpack(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Self::ZERO);
        }
        let (seconds, rest) = bytes.split_first_chunk()?;
        let (nanos, offset) = rest.split_first_chunk()?;
        Self::checked(
            i64::from_le_bytes(*seconds),
            u32::from_le_bytes(*nanos),
            i16::from_le_bytes(offset.try_into().ok()?),
        )
    }

    fn checked(seconds: i64, nanos: u32, offset: i16) -> Option<Self> {
        let local = seconds.checked_add(i64::from(offset) * 60)?;
        let valid = (FIRST..=LAST).contains(&local) && nanos < 1_000_000_000 && offset.abs() < 24 * 60;
        valid.then_some(Self { seconds, nanos, offset })
    }
}

impl PartialEq for Time {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Time {}

impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Time {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.seconds, self.nanos).cmp(&(other.seconds, other.nanos))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.seconds + i64::from(self.offset) * 60;
        let (year, month, day) = date(local.div_euclid(DAY));
        let second = local.rem_euclid(DAY);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if self.nanos != 0 {
            let digits = format!("{:09}", self.nanos);
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        if self.offset == 0 {
            return f.write_str("Z");
        }
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.unsigned_abs();
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// As strict as Go: two digits each, `T` and `Z` in capitals, no leap seconds. Digits after the ninth of the
/// fraction do not count.
impl FromStr for Time {
    type Err = NotTime;

    fn from_str(text: &str) -> Result<Self, NotTime> {
        parse(text.as_bytes()).ok_or(NotTime)
    }
}

impl fmt::Display for NotTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a time like 2024-04-02T10:00:00Z")
    }
}

impl std::error::Error for NotTime {}

impl Data for Time {
    fn view(&self) -> View<'_> {
        View::Time(*self)
    }
    fn slot(&mut self) -> Slot<'_> {
        Slot::Time(self)
    }
}

fn parse(text: &[u8]) -> Option<Time> {
    let (date, rest) = text.split_first_chunk::<19>()?;
    let [_, _, _, _, b'-', _, _, b'-', _, _, b'T', _, _, b':', _, _, b':', _, _] = date else { return None };
    let year = number(&date[..4])?;
    let month = number(&date[5..7])?;
    let day = number(&date[8..10])?;
    let (hour, minute, second) = (number(&date[11..13])?, number(&date[14..16])?, number(&date[17..])?);
    if !(1..=12).contains(&month) || day < 1 || day > month_length(year, month) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (nanos, rest) = fraction(rest)?;
    let offset = zone(rest)?;
    let days = days(year, month, day);
    let seconds = days * DAY + hour * 3600 + minute * 60 + second - offset * 60;
    Time::checked(seconds, nanos, offset as i16)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits
        .iter()
        .try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0')))
}

/// Nanoseconds, and what follows the fraction.
fn fraction(text: &[u8]) -> Option<(u32, &[u8])> {
    let Some(digits) = text.strip_prefix(b".") else { return Some((0, text)) };
    let count = digits.iter().take_while(|digit| digit.is_ascii_digit()).count();
    if count == 0 {
        return None;
    }
    let (digits, rest) = digits.split_at(count);
    let nanos = (0..9)
        .fold(0, |nanos, index| nanos * 10 + u32::from(digits.get(index).map_or(0, |digit| digit - b'0')));
    Some((nanos, rest))
}

/// Minutes east of UTC.
fn zone(text: &[u8]) -> Option<i64> {
    let (sign, hours, minutes) = match text {
        [b'Z'] => return Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => (sign, number(&[*h1, *h2])?, number(&[*m1, *m2])?),
        _ => return None,
    };
    if hours > 23 || minutes > 59 {
        return None;
    }
    let offset = hours * 60 + minutes;
    Some(if *sign == b'-' { -offset } else { offset })
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 0001-01-01 to a date of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let before = year - 1;
    let leap_days = before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400);
    let leap_day = i64::from(month > 2 && is_leap(year));
    before * 365 + leap_days + MONTHS[month as usize - 1] + leap_day + day - 1
}

/// Year, month and day of a day counted from 0001-01-01.
fn date(day: i64) -> (i64, i64, i64) {
    let mut year = day.div_euclid(CYCLES[0]) * 400;
    let mut rest = day.rem_euclid(CYCLES[0]);
    for (cycle, years, most) in [(CYCLES[1], 100, 3), (CYCLES[2], 4, 24), (CYCLES[3], 1, 3)] {
        // The last century of a cycle and the last year of four have a day more than the others.
        let whole = (rest / cycle).min(most);
        year += whole * years;
        rest -= whole * cycle;
    }
    year += 1;
    let month = (1..=12).rev().find(|month| days(year, *month, 1) - days(year, 1, 1) <= rest).unwrap_or(1);
    (year, month, rest - (days(year, month, 1) - days(year, 1, 1)) + 1)
}
