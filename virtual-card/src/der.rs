//! Writes DER (ITU-T X.690), as much of it as a certificate needs.

use jiff::{Timestamp, tz::TimeZone};

/// One value: tag, length, content.
pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    tagged(&[tag], content)
}

/// One value under a tag of two bytes, as the card's own files have them (BER, e.g. `DF 27`).
pub(crate) fn tlv2(tag: u16, content: &[u8]) -> Vec<u8> {
    tagged(&tag.to_be_bytes(), content)
}

fn tagged(tag: &[u8], content: &[u8]) -> Vec<u8> {
    let mut out = tag.to_vec();
    let length = content.len();
    if let Ok(short @ 0..0x80) = u8::try_from(length) {
        out.push(short);
    } else {
        let bytes = length.to_be_bytes();
        let used: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
        // At most eight bytes, so the count fits beside the marker bit.
        out.push(0x80 | u8::try_from(used.len()).unwrap_or(0));
        out.extend(used);
    }
    out.extend_from_slice(content);
    out
}

pub(crate) fn sequence<const N: usize>(parts: [&[u8]; N]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

pub(crate) fn set(part: &[u8]) -> Vec<u8> {
    tlv(0x31, part)
}

/// A constructed context tag `[number]`, explicit or implicit over a constructed value.
pub(crate) fn context(number: u8, content: &[u8]) -> Vec<u8> {
    tlv(0xA0 | number, content)
}

/// A primitive context tag `[number]`, implicit over a string or bytes.
pub(crate) fn context_bytes(number: u8, content: &[u8]) -> Vec<u8> {
    tlv(0x80 | number, content)
}

pub(crate) fn integer(value: u32) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let mut used: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
    if used.first().is_none_or(|first| first & 0x80 != 0) {
        used.insert(0, 0);
    }
    tlv(0x02, &used)
}

pub(crate) fn boolean_true() -> Vec<u8> {
    tlv(0x01, &[0xFF])
}

pub(crate) fn null() -> Vec<u8> {
    tlv(0x05, &[])
}

pub(crate) fn octet_string(content: &[u8]) -> Vec<u8> {
    tlv(0x04, content)
}

/// A bit string of whole bytes.
pub(crate) fn bit_string(content: &[u8]) -> Vec<u8> {
    tlv(0x03, &[&[0], content].concat())
}

/// A bit string of named bits in one byte, e.g. key usage: trailing zero bits are not written.
pub(crate) fn named_bits(bits: u8) -> Vec<u8> {
    let unused = u8::try_from(bits.trailing_zeros().min(7)).unwrap_or(0);
    tlv(0x03, &[unused, bits])
}

pub(crate) fn utf8(text: &str) -> Vec<u8> {
    tlv(0x0C, text.as_bytes())
}

pub(crate) fn printable(text: &str) -> Vec<u8> {
    tlv(0x13, text.as_bytes())
}

/// An object identifier from its dotted text; every arc fits 64 bits.
pub(crate) fn oid(dotted: &str) -> Vec<u8> {
    let mut arcs = dotted.split('.').filter_map(|arc| arc.parse::<u64>().ok());
    let first = arcs.next().unwrap_or_default() * 40 + arcs.next().unwrap_or_default();
    let content: Vec<u8> = std::iter::once(first).chain(arcs).flat_map(base128).collect();
    tlv(0x06, &content)
}

fn base128(arc: u64) -> Vec<u8> {
    let mut rest = arc;
    let mut digits = Vec::new();
    loop {
        let low = u8::try_from(rest & 0x7F).unwrap_or(0);
        digits.push(if digits.is_empty() { low } else { low | 0x80 });
        rest >>= 7;
        if rest == 0 {
            digits.reverse();
            return digits;
        }
    }
}

/// A moment as RFC 5280 wants it: UTCTime until 2049, GeneralizedTime from 2050.
pub(crate) fn time(at: Timestamp) -> Vec<u8> {
    let at = at.to_zoned(TimeZone::UTC);
    if (1950..2050).contains(&at.year()) {
        tlv(0x17, at.strftime("%y%m%d%H%M%SZ").to_string().as_bytes())
    } else {
        tlv(0x18, at.strftime("%Y%m%d%H%M%SZ").to_string().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_the_shortest_form() {
        assert_eq!(tlv(4, &[0; 127])[..2], [0x04, 0x7F]);
        assert_eq!(tlv(4, &[0; 128])[..3], [0x04, 0x81, 0x80]);
        assert_eq!(tlv(4, &[0; 256])[..4], [0x04, 0x82, 0x01, 0x00]);
    }

    #[test]
    fn integers_are_positive_and_short() {
        assert_eq!(integer(0), [2, 1, 0]);
        assert_eq!(integer(0x7F), [2, 1, 0x7F]);
        assert_eq!(integer(0x80), [2, 2, 0, 0x80]);
        assert_eq!(integer(0x0133_C349), [2, 4, 0x01, 0x33, 0xC3, 0x49]);
    }

    #[test]
    fn identifiers_are_those_of_the_standards() {
        assert_eq!(oid("1.2.840.113549.1.1.11"), [6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 0x0B]);
        assert_eq!(oid("2.5.29.15"), [6, 3, 0x55, 0x1D, 0x0F]);
        assert_eq!(oid("2.25.1"), [6, 2, 0x69, 1]);
    }

    #[test]
    fn years_from_2050_leave_utc_time() {
        assert_eq!(time("2049-12-31T14:59:59Z".parse().unwrap()), b"\x17\x0d491231145959Z");
        assert_eq!(time("2050-01-01T00:00:00Z".parse().unwrap()), b"\x18\x0f20500101000000Z");
    }

    #[test]
    fn key_usage_bits_drop_their_tail() {
        assert_eq!(named_bits(0x80), [3, 2, 7, 0x80]);
        assert_eq!(named_bits(0xC0), [3, 2, 6, 0xC0]);
        assert_eq!(named_bits(0x06), [3, 2, 1, 0x06]);
    }
}
