//! DER (X.690) as far as keys and certificates need it: writers from content to bytes, and a reader that never goes
//! past its end.

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BITS: u8 = 0x03;
pub(crate) const OCTETS: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
const BOOLEAN: u8 = 0x01;
const UTF8: u8 = 0x0c;
const SET: u8 = 0x31;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Any tag with its content.
pub(crate) fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len().to_be_bytes();
    let significant = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    if content.len() < 0x80 {
        out.push(content.len() as u8);
    } else {
        out.push(0x80 | significant.len() as u8);
        out.extend_from_slice(significant);
    }
    out.extend_from_slice(content);
    out
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tagged(SEQUENCE, &parts.concat())
}

pub(crate) fn set(parts: &[&[u8]]) -> Vec<u8> {
    tagged(SET, &parts.concat())
}

/// An integer that is not negative, from its bytes, the highest first.
pub(crate) fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let significant = &bytes[zeros.min(bytes.len().saturating_sub(1))..];
    let negative = significant.first().is_none_or(|byte| byte & 0x80 != 0);
    let sign: &[u8] = if negative { &[0] } else { &[] };
    tagged(INTEGER, &[sign, significant].concat())
}

pub(crate) fn boolean(value: bool) -> Vec<u8> {
    tagged(BOOLEAN, &[if value { 0xff } else { 0 }])
}

/// An object identifier from its content.
pub(crate) fn oid(content: &[u8]) -> Vec<u8> {
    tagged(OID, content)
}

pub(crate) fn octets(content: &[u8]) -> Vec<u8> {
    tagged(OCTETS, content)
}

pub(crate) fn bits(content: &[u8]) -> Vec<u8> {
    tagged(BITS, &[&[0], content].concat())
}

pub(crate) fn text(content: &str) -> Vec<u8> {
    tagged(UTF8, content.as_bytes())
}

/// A time of a certificate (RFC 5280, 4.1.2.5): two digits of the year up to 2049, four from then on.
pub(crate) fn time(unix_seconds: i64) -> Vec<u8> {
    let shown = pillar_types::Time::from_unix(unix_seconds, 0).to_string();
    let digits: Vec<u8> = shown.bytes().filter(|byte| byte.is_ascii_digit() || *byte == b'Z').collect();
    if (b"1950".as_slice()..b"2050").contains(&&digits[..4]) {
        tagged(UTC_TIME, &digits[2..])
    } else {
        tagged(GENERALIZED_TIME, &digits)
    }
}

/// A signature of two numbers of equal length, as X.509 has it.
pub(crate) fn signature(numbers: &[u8]) -> Vec<u8> {
    let (r, s) = numbers.split_at(numbers.len() / 2);
    sequence(&[&unsigned(r), &unsigned(s)])
}

/// Takes the next element if it has this tag: its content.
pub(crate) fn take<'a>(rest: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    let (found, after) = rest.split_first()?;
    let (first, after) = after.split_first()?;
    let (length, after) = match first & 0x7f {
        short if first & 0x80 == 0 => (usize::from(short), after),
        bytes @ 1..=4 => {
            let (length, after) = after.split_at_checked(usize::from(bytes))?;
            (length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), after)
        }
        _ => return None,
    };
    let (content, after) = after.split_at_checked(length)?;
    if *found != tag {
        return None;
    }
    *rest = after;
    Some(content)
}

/// Takes the next element if it is a time of a certificate: in seconds since 1970.
pub(crate) fn take_time(rest: &mut &[u8]) -> Option<i64> {
    let kind = *rest.first()?;
    let text = std::str::from_utf8(take(rest, kind)?).ok()?;
    let full = match kind {
        // Two digits of the year are of the years from 1950 on (RFC 5280, 4.1.2.5.1).
        UTC_TIME if text.get(..1)? < "5" => format!("20{text}"),
        UTC_TIME => format!("19{text}"),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let part = |range: std::ops::Range<usize>| full.get(range);
    let date = [part(0..4)?, part(4..6)?, part(6..8)?].join("-");
    let time = [part(8..10)?, part(10..12)?, part(12..14)?].join(":");
    let parsed: pillar_types::Time = format!("{date}T{time}{}", part(14..full.len())?).parse().ok()?;
    Some(parsed.unix_seconds())
}

/// Skips the next element, whatever it is.
pub(crate) fn skip(rest: &mut &[u8]) -> Option<()> {
    let tag = *rest.first()?;
    take(rest, tag).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_integers_are_the_shortest() {
        assert_eq!(unsigned(&[0, 0, 1]), [INTEGER, 1, 1]);
        assert_eq!(unsigned(&[0x80]), [INTEGER, 2, 0, 0x80]);
        assert_eq!(unsigned(&[0, 0]), [INTEGER, 1, 0]);
        assert_eq!(tagged(OCTETS, &[7; 0x7f])[..2], [OCTETS, 0x7f]);
        assert_eq!(tagged(OCTETS, &[7; 0x80])[..3], [OCTETS, 0x81, 0x80]);
        assert_eq!(tagged(OCTETS, &[7; 0x1234])[..4], [OCTETS, 0x82, 0x12, 0x34]);
    }

    #[test]
    fn a_time_has_two_digits_of_the_year_up_to_2049() {
        assert_eq!(time(0)[..], [&[UTC_TIME, 13], b"700101000000Z".as_slice()].concat());
        assert_eq!(
            time(2_524_608_000)[..],
            [&[GENERALIZED_TIME, 15], b"20500101000000Z".as_slice()].concat()
        );
    }

    #[test]
    fn times_come_back() {
        for seconds in [0, 1_700_000_000, 2_524_607_999, 2_524_608_000, 4_102_444_800] {
            assert_eq!(take_time(&mut &time(seconds)[..]), Some(seconds));
        }
        assert_eq!(take_time(&mut &unsigned(&[1])[..]), None);
        assert_eq!(take_time(&mut &tagged(UTC_TIME, b"7001")[..]), None);
    }

    #[test]
    fn reading_takes_what_is_there_and_nothing_else() {
        let both = [octets(&[1; 300]), unsigned(&[5])].concat();
        let mut rest = &both[..];
        assert_eq!(take(&mut rest, INTEGER), None);
        assert_eq!(take(&mut rest, OCTETS), Some(&[1; 300][..]));
        assert_eq!(take(&mut rest, INTEGER), Some(&[5][..]));
        assert_eq!((take(&mut rest, INTEGER), skip(&mut rest)), (None, None));
        for short in 0..both.len() - 3 {
            assert_eq!(take(&mut &both[..short], OCTETS), None, "{short}");
        }
        assert_eq!(take(&mut &[OCTETS, 0x80, 0][..], OCTETS), None, "no length");
        assert_eq!(take(&mut &[OCTETS, 0x85, 0, 0, 0, 0, 1, 1][..], OCTETS), None, "a length of five bytes");
    }
}
