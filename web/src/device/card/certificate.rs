//! The end of a certificate's time, read from its DER without a parser of certificates: they cost more than the page may weigh.

use shared::domain::calendar::{CivilDate, UnixMs};

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const VERSION: u8 = 0xA0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// Japan has no other time zone and no summer time.
const JST_MS: i64 = 9 * 60 * 60 * 1000;

/// `notAfter` of an X.509 certificate (RFC 5280 §4.1), as the moment after which it does not count. `None` for anything else.
///
/// Nothing is checked: whoever made the bytes may have written what they liked.
pub(super) fn not_after(der: &[u8]) -> Option<UnixMs> {
    let (certificate, _) = element(der, SEQUENCE)?;
    let (to_be_signed, _) = element(certificate, SEQUENCE)?;
    let rest = element(to_be_signed, VERSION).map_or(to_be_signed, |(_, rest)| rest);
    let (_serial, rest) = element(rest, INTEGER)?;
    let (_algorithm, rest) = element(rest, SEQUENCE)?;
    let (_issuer, rest) = element(rest, SEQUENCE)?;
    let (validity, _) = element(rest, SEQUENCE)?;
    let (_, rest) = time(validity)?;
    time(rest).map(|(at, _)| at)
}

/// One element with this tag: its value, and what follows it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&[found, first], rest) = bytes.split_first_chunk()?;
    if found != tag {
        return None;
    }
    let (len, rest) = match first {
        0x00..=0x7F => (usize::from(first), rest),
        0x81..=0x83 => {
            let (len, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
            (len.iter().fold(0, |len, byte| len << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(len)
}

/// A time in one of the two forms, both to the second and in UTC; a year of two digits below 50 is of this century.
fn time(bytes: &[u8]) -> Option<(UnixMs, &[u8])> {
    let (digits, rest, century_len) = match element(bytes, UTC_TIME) {
        Some((digits, rest)) => (digits, rest, 0),
        None => element(bytes, GENERALIZED_TIME).map(|(digits, rest)| (digits, rest, 1))?,
    };
    let (pairs, end) = digits.as_chunks::<2>();
    let pairs: Vec<u8> = pairs.iter().map(number).collect::<Option<_>>()?;
    let (century, pairs) = pairs.split_at_checked(century_len)?;
    let &[year, month, day, hour, minute, _second] = pairs else { return None };
    if end != b"Z" || hour > 23 || minute > 59 {
        return None;
    }
    let century = century.first().copied().unwrap_or(if year < 50 { 20 } else { 19 });
    let date = CivilDate::new(u16::from(century) * 100 + u16::from(year), month, day).ok()?;
    Some((date.at_jst(hour, minute).plus_ms(JST_MS), rest))
}

fn number(pair: &[u8; 2]) -> Option<u8> {
    let [tens, ones] = pair.map(|digit| digit.checked_sub(b'0').filter(|digit| *digit < 10));
    Some(tens? * 10 + ones?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A moment, written here with a space that DER does not have.
    fn at(tag: u8, text: &[u8]) -> Vec<u8> {
        der(tag, &text.iter().copied().filter(|byte| *byte != b' ').collect::<Vec<_>>())
    }

    fn der(tag: u8, value: &[u8]) -> Vec<u8> {
        let len = u8::try_from(value.len()).unwrap();
        let head = if len < 0x80 { vec![tag, len] } else { vec![tag, 0x81, len] };
        [head, value.to_vec()].concat()
    }

    /// A certificate without a key, valid until the time given.
    fn certificate(until: &[u8], has_version: bool) -> Vec<u8> {
        let validity = der(SEQUENCE, &[at(UTC_TIME, b"230602 150000Z"), until.to_vec()].concat());
        let version = if has_version { der(VERSION, &der(INTEGER, &[2])) } else { Vec::new() };
        let issuer = der(SEQUENCE, &[0x31; 140]);
        let parts = [version, der(INTEGER, &[1, 2, 3]), der(SEQUENCE, &[6, 1, 42]), issuer, validity];
        der(SEQUENCE, &der(SEQUENCE, &parts.concat()))
    }

    fn day(der: &[u8]) -> Option<String> {
        not_after(der).map(|at| at.jst_minute_text())
    }

    #[test]
    fn the_end_of_the_time_is_found_in_both_forms_and_shown_in_japan() {
        for (until, expected) in [
            (at(UTC_TIME, b"280602 145959Z"), "2028/06/02 23:59"),
            (at(UTC_TIME, b"280602 150000Z"), "2028/06/03 00:00"),
            (at(GENERALIZED_TIME, b"20500101 000000Z"), "2050/01/01 09:00"),
            (at(UTC_TIME, b"991231 235959Z"), "2000/01/01 08:59"),
        ] {
            for has_version in [true, false] {
                assert_eq!(day(&certificate(&until, has_version)).as_deref(), Some(expected));
            }
        }
    }

    #[test]
    fn what_is_no_certificate_has_no_end() {
        let good = certificate(&at(UTC_TIME, b"280602 145959Z"), true);
        for end in 0..good.len() {
            assert_eq!(day(&good[..end]), None, "cut at {end}");
        }
        for until in
            [&b"280602 145959"[..], b"280602 145959+0900", b"281302 145959Z", b"280602 1459Z", b"28_602 145959Z", b"280602 245959Z"]
        {
            assert_eq!(day(&certificate(&at(UTC_TIME, until), true)), None, "{until:?}");
        }
        assert_eq!(day(&[SEQUENCE, 0x84, 0, 0, 0, 1, 0]), None);
        assert_eq!(day(&[SEQUENCE, 0x80]), None);
    }
}
