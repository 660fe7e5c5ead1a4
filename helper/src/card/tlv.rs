//! Lengths in DER, and the one thing that is looked up in a certificate: its public key. Source: `card.md` §7.1.
//! And the records of the card face, whose tags have two bytes. Source: `card.md` §2.3.

/// Longest certificate that is read, bytes.
pub const CERTIFICATE_MAX: usize = 8192;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OBJECT_ID: u8 = 0x06;
const VERSION: u8 = 0xA0;
/// 1.2.840.113549.1.1.1, rsaEncryption.
const RSA: [u8; 9] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];

/// Says that bytes are no certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotACertificate {
    /// The first byte is not 30, or a length is not in its shortest DER form.
    #[error("not a DER sequence")]
    Shape,
    /// Longer than [`CERTIFICATE_MAX`].
    #[error("longer than a certificate may be")]
    TooLong,
}

/// The public key of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicKey<'a> {
    /// RSA: the `RSAPublicKey` structure, DER.
    Rsa(&'a [u8]),
    /// Some other kind: a newer card than this program knows (`card.md` §8).
    Newer,
}

/// Tells the length of the certificate from its first bytes, header included; `None` while they are too few to tell.
///
/// # Errors
/// [`NotACertificate`] when no further byte can make it one.
pub fn certificate_length(start: &[u8]) -> Result<Option<usize>, NotACertificate> {
    match start {
        [] => Ok(None),
        [SEQUENCE, rest @ ..] => match length(rest)? {
            Some((used, content)) if 1 + used + content <= CERTIFICATE_MAX => Ok(Some(1 + used + content)),
            Some(_) => Err(NotACertificate::TooLong),
            None => Ok(None),
        },
        _ => Err(NotACertificate::Shape),
    }
}

/// Reads a DER length: how many bytes it takes, and what it says. `None` while bytes are missing.
fn length(bytes: &[u8]) -> Result<Option<(usize, usize)>, NotACertificate> {
    match bytes {
        [] | [0x81] | [0x82] | [0x82, _] => Ok(None),
        [short @ 0x00..=0x7F, ..] => Ok(Some((1, usize::from(*short)))),
        [0x81, long @ 0x80..=0xFF, ..] => Ok(Some((2, usize::from(*long)))),
        [0x82, high @ 0x01..=0xFF, low, ..] => Ok(Some((3, usize::from(u16::from_be_bytes([*high, *low]))))),
        [0x83 | 0x84, ..] => Err(NotACertificate::TooLong),
        _ => Err(NotACertificate::Shape),
    }
}

/// One element of a record: a tag of two bytes, a length, a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    /// Tag, length and value, as they stand in the file.
    pub whole: &'a [u8],
    /// The value.
    pub value: &'a [u8],
}

/// Tells the length of a record from its first bytes, header included; `None` while they are too few to tell.
///
/// # Errors
/// [`NotARecord`] when no further byte can make it one under this tag, of at most `max` bytes.
pub fn record_length(start: &[u8], tag: u16, max: usize) -> Result<Option<usize>, NotARecord> {
    let [high, low] = tag.to_be_bytes();
    let total = match start {
        [] => return Ok(None),
        [first] => return if *first == high { Ok(None) } else { Err(NotARecord::Shape) },
        [first, second, ..] if (*first, *second) != (high, low) => return Err(NotARecord::Shape),
        // The card writes more length bytes than it must; that is no fault here.
        [_, _] | [_, _, 0x81] | [_, _, 0x82] | [_, _, 0x82, _] => return Ok(None),
        [_, _, short @ 0x00..=0x7F, ..] => 3 + usize::from(*short),
        [_, _, 0x81, long, ..] => 4 + usize::from(*long),
        [_, _, 0x82, high, low, ..] => 5 + usize::from(u16::from_be_bytes([*high, *low])),
        [_, _, 0x83 | 0x84, ..] => return Err(NotARecord::TooLong),
        _ => return Err(NotARecord::Shape),
    };
    if total <= max { Ok(Some(total)) } else { Err(NotARecord::TooLong) }
}

/// Says why bytes are no record under the tag that was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotARecord {
    /// Another tag, or no length.
    #[error("not a record under this tag")]
    Shape,
    /// Longer than it may be.
    #[error("a record longer than it may be")]
    TooLong,
}

/// The element with this tag at the front of the bytes; what follows it does not matter.
#[must_use]
pub fn element(bytes: &[u8], tag: u16) -> Option<Element<'_>> {
    let total = record_length(bytes, tag, bytes.len()).ok()??;
    let whole = bytes.get(..total)?;
    let header = match whole.get(2)? {
        0x81 => 4,
        0x82 => 5,
        _ => 3,
    };
    Some(Element { whole, value: whole.get(header..)? })
}

/// Takes one element off the front: its tag and content.
fn take<'a>(rest: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (tag, tail) = rest.split_first()?;
    let (used, content) = length(tail).ok()??;
    let (content, tail) = tail.get(used..)?.split_at_checked(content)?;
    *rest = tail;
    Some((*tag, content))
}

fn take_tagged<'a>(rest: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    take(rest).filter(|(found, _)| *found == tag).map(|(_, content)| content)
}

/// Bits of the modulus of an `RSAPublicKey`; `None` when it is none.
#[must_use]
pub fn rsa_bits(key: &[u8]) -> Option<usize> {
    let mut outer = key;
    let mut numbers = take_tagged(&mut outer, SEQUENCE)?;
    let modulus = take_tagged(&mut numbers, INTEGER)?;
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let first = modulus.get(zeros)?;
    Some(8 * (modulus.len() - zeros) - usize::try_from(first.leading_zeros()).unwrap_or(0))
}

/// Finds the public key in a certificate; `None` when it is no certificate.
#[must_use]
pub fn public_key(certificate: &[u8]) -> Option<PublicKey<'_>> {
    let mut outer = certificate;
    let mut body = take_tagged(&mut outer, SEQUENCE)?;
    let mut signed = take_tagged(&mut body, SEQUENCE)?;
    if signed.first() == Some(&VERSION) {
        take(&mut signed)?;
    }
    for _field in ["serial", "algorithm", "issuer", "validity", "subject"] {
        take(&mut signed)?;
    }
    let mut key_info = take_tagged(&mut signed, SEQUENCE)?;
    let mut algorithm = take_tagged(&mut key_info, SEQUENCE)?;
    if take_tagged(&mut algorithm, OBJECT_ID)? != RSA {
        return Some(PublicKey::Newer);
    }
    match take_tagged(&mut key_info, BIT_STRING)? {
        [0x00, key @ ..] => Some(PublicKey::Rsa(key)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_in_every_form() {
        for (start, expected) in [
            (&[][..], Ok(None)),
            (&[0x30], Ok(None)),
            (&[0x30, 0x82, 0x06], Ok(None)),
            (&[0x30, 0x05], Ok(Some(7))),
            (&[0x30, 0x7F], Ok(Some(129))),
            (&[0x30, 0x81, 0x80], Ok(Some(131))),
            (&[0x30, 0x82, 0x01, 0x00], Ok(Some(260))),
            (&[0x30, 0x82, 0x06, 0x32], Ok(Some(1590))),
            (&[0x30, 0x82, 0x1F, 0xFC], Ok(Some(8192))),
            (&[0x30, 0x82, 0x1F, 0xFD], Err(NotACertificate::TooLong)),
            (&[0x30, 0x82, 0x80, 0x00], Err(NotACertificate::TooLong)), // a signed 16-bit length would be negative here
            (&[0x30, 0x83, 0x01], Err(NotACertificate::TooLong)),
            (&[0x30, 0x80], Err(NotACertificate::Shape)),
            (&[0x30, 0x81, 0x7F], Err(NotACertificate::Shape)),
            (&[0x30, 0x82, 0x00, 0xFF], Err(NotACertificate::Shape)),
            (&[0xFF], Err(NotACertificate::Shape)),
            (&[0x00], Err(NotACertificate::Shape)),
        ] {
            assert_eq!(certificate_length(start), expected, "{start:02X?}");
        }
    }

    #[test]
    fn records_read_in_every_form_under_their_own_tag_only() {
        for (start, expected) in [
            (&[][..], Ok(None)),
            (&[0xFF], Ok(None)),
            (&[0xFF, 0x20], Ok(None)),
            (&[0xFF, 0x20, 0x82, 0x0B], Ok(None)),
            (&[0xFF, 0x20, 0x05], Ok(Some(8))),
            (&[0xFF, 0x20, 0x81, 0x05], Ok(Some(9))),
            (&[0xFF, 0x20, 0x82, 0x0B, 0xF9], Ok(Some(3070))),
            (&[0xFF, 0x20, 0x82, 0xFF, 0xFF], Err(NotARecord::TooLong)), // a signed 16-bit length would be negative here
            (&[0xFF, 0x20, 0x80], Err(NotARecord::Shape)),
            (&[0xFF, 0x20, 0x83, 0x00], Err(NotARecord::TooLong)),
            (&[0xFF, 0x10, 0x05], Err(NotARecord::Shape)),
            (&[0xFF, 0xFF, 0xFF], Err(NotARecord::Shape)),
            (&[0x00], Err(NotARecord::Shape)),
        ] {
            assert_eq!(record_length(start, 0xFF20, 4096), expected, "{start:02X?}");
        }
        let bytes = [0xDF, 0x22, 0x02, 7, 8, 0xDF, 0x23];
        assert_eq!(element(&bytes, 0xDF22), Some(Element { whole: &bytes[..5], value: &[7, 8] }));
        assert_eq!(element(&bytes, 0xDF23), None);
        assert_eq!(element(&bytes[..4], 0xDF22), None, "cut short");
        assert_eq!(element(&[0xDF, 0x22, 0x82, 0x00, 0x01, 9], 0xDF22).map(|found| found.value), Some(&[9][..]));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_end_without_a_panic(bytes in proptest::collection::vec(0_u8.., 0..400), tag in 0_u16..) {
            let _ = certificate_length(&bytes);
            let _ = public_key(&bytes);
            let _ = element(&bytes, tag);
            let own_tag = bytes.first_chunk::<2>().map_or(tag, |tag| u16::from_be_bytes(*tag));
            if let Some(found) = element(&bytes, own_tag) {
                proptest::prop_assert!(bytes.starts_with(found.whole) && found.whole.ends_with(found.value));
            }
        }

        #[test]
        fn any_sequence_reads_back_its_length(content in 0_usize..8188) {
            let header = match content {
                0..=0x7F => vec![0x30, u8::try_from(content).unwrap()],
                0x80..=0xFF => vec![0x30, 0x81, u8::try_from(content).unwrap()],
                _ => [&[0x30, 0x82][..], &u16::try_from(content).unwrap().to_be_bytes()].concat(),
            };
            proptest::prop_assert_eq!(certificate_length(&header), Ok(Some(header.len() + content)));
        }
    }
}
