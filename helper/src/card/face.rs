//! The card face in the chip: read with 照合番号B, taken apart, and checked against the signature beside it.
//!
//! Source: `card.md` §2.3, §7.5 and flow 5 of §10. Of the 券面事項確認AP only EF 0002 (the face) and EF 0004 (the key that signed it) are read;
//! for nothing else there is a command ([`super::apdu::Ef`]).

use std::sync::Mutex;

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U64, U2048};
use ring::digest::{Context, SHA256};
use shared::reader::{FaceSignature, Step};

use super::apdu::{Ef, SELECT_VISUAL};
use super::talk::{Digits, Extended, Failed, Press, Talk, Tries, Trouble, may_try};
use super::tlv::{Element, NotARecord, element, record_length};
use super::{After, Channel};

#[cfg(test)]
mod tests;

/// Longest card face that is read, bytes: five times the one that is known. Offsets within it have 16 bits, a READ's have 15.
const FACE_MAX: usize = 16 * 1024;
/// Longest key certificate that is read, bytes; the known ones have 568.
const CERTIFICATE_MAX: usize = 2048;
/// Tag of the card face.
const FACE_TAG: u16 = 0xFF20;
/// Tag of the certificate of the key that signed it.
const CERTIFICATE_TAG: u16 = 0x7F21;

const TABLE_TAG: u16 = 0xDF21;
/// The first part behind the table; the others follow, up to DF2A.
const FIRST_PART: u16 = 0xDF22;
/// RSA with 2048 bits.
const KEY_LEN: usize = 256;
/// PKCS#1 v1.5: the DigestInfo of three SHA-256 values under one header (`card.md` §7.5).
const HASHES_DIGEST_INFO: [u8; 19] =
    [0x30, 0x71, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x60];
/// How the card writes a key: the exponent 65537 under 90, then the header of the modulus of 256 bytes under 91.
const KEY_HEADER: [u8; 9] = [0x90, 0x03, 0x01, 0x00, 0x01, 0x91, 0x82, 0x01, 0x00];
/// Before the key, a certificate names the key that signed it and the key that it is for.
const KEY_NAMES: usize = 2 * 16;

/// The fourteen digits of 照合番号B, all printed on the card: birth date with the year of the era (YYMMDD), year of expiry (YYYY), the
/// security code beside the photo.
pub type FaceCode = Digits<14>;

/// What was read, as the card gave it. Neither printed nor copied.
pub struct FaceFiles {
    /// EF 0002, filler cut off.
    pub face: Vec<u8>,
    /// EF 0004, where the card has one.
    pub certificate: Option<Vec<u8>>,
}

/// Tries left of 照合番号B: two commands. Before every prompt.
///
/// # Errors
/// [`Trouble::NotThisCard`] on a card without the application, or without this number; else as the card says.
pub fn tries(channel: &mut dyn Channel, stop: &dyn Fn() -> bool) -> Result<Tries, Trouble> {
    let mut talk = Talk::new(channel, stop, &SELECT_VISUAL);
    talk.select()?;
    talk.query(Ef::FaceCode)?.ok_or(Trouble::NotThisCard)
}

/// Flow 5: VERIFY once, read the whole face and the key that signed it, clear.
///
/// The key is read before VERIFY, being free: on a reader that is not known yet, that READ finds out about extended Le, where nothing is
/// lost by it. Ends with SELECT ISD on every path; when that fails, the second value asks to take the power away.
pub fn read(
    channel: &mut dyn Channel,
    press: &Press<'_, 14>,
    extended: &Mutex<Extended>,
    stop: &dyn Fn() -> bool,
    progress: &mut dyn FnMut(Step),
) -> (Result<FaceFiles, Failed>, After) {
    let mut talk = Talk::new(channel, stop, &SELECT_VISUAL);
    let result = verify_and_read(&mut talk, press, extended, progress);
    let after = talk.clear();
    (result, after)
}

fn verify_and_read(
    talk: &mut Talk<'_>,
    press: &Press<'_, 14>,
    extended: &Mutex<Extended>,
    progress: &mut dyn FnMut(Step),
) -> Result<FaceFiles, Failed> {
    talk.select()?;
    may_try(talk.query(Ef::FaceCode)?.ok_or(Trouble::NotThisCard)?, press)?;
    let certificate = match talk.read_file(Ef::FaceCertificate, extended, certificate_length) {
        // Without it the photo is shown and the signature called unchecked.
        Err(Trouble::Refused(..) | Trouble::Nonsense(_) | Trouble::TooLong(_)) => None,
        other => other?,
    };
    if talk.is_reopened {
        may_try(talk.query(Ef::FaceCode)?.ok_or(Trouble::NotThisCard)?, press)?;
    }
    talk.select_first(Ef::FaceCode)?;
    progress(Step::Verifying);
    talk.verify(Ef::FaceCode, press)?;
    progress(Step::Reading);
    let face = talk.read_file(Ef::Face, extended, face_length)?.ok_or(Trouble::Nonsense("the file of the card face is empty"))?;
    Ok(FaceFiles { face, certificate })
}

fn face_length(start: &[u8]) -> Result<Option<usize>, Trouble> {
    record_length(start, FACE_TAG, FACE_MAX).map_err(|why| match why {
        NotARecord::Shape => Trouble::Nonsense("the file of the card face holds something else"),
        NotARecord::TooLong => Trouble::TooLong("the card face"),
    })
}

fn certificate_length(start: &[u8]) -> Result<Option<usize>, Trouble> {
    record_length(start, CERTIFICATE_TAG, CERTIFICATE_MAX).map_err(|why| match why {
        NotARecord::Shape => Trouble::Nonsense("the file of the key holds something else"),
        NotARecord::TooLong => Trouble::TooLong("the key of the card face"),
    })
}

/// A card face, taken apart. Name and address are not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face<'a> {
    /// What the signature covers, in three groups: birth date, sex and card key; name and address; the photo.
    groups: [Vec<&'a [u8]>; 3],
    /// The photo, a JP2 file.
    photo: &'a [u8],
    signature: &'a [u8],
}

/// Says why bytes are no card face.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAFace {
    /// Not the record, or it ends before its length.
    #[error("not the record of a card face")]
    Record,
    /// The table of offsets is missing or of another size.
    #[error("no table of nine offsets")]
    Table,
    /// An offset points outside, or the part there has another tag or is cut.
    #[error("no part {0:04X} where the table says")]
    Part(u16),
}

impl<'a> Face<'a> {
    /// Takes EF 0002 apart; filler behind the record does not matter.
    ///
    /// # Errors
    /// [`NotAFace`]: every offset is checked, and the tag at it.
    pub fn parse(file: &'a [u8]) -> Result<Self, NotAFace> {
        let record = element(file, FACE_TAG).ok_or(NotAFace::Record)?;
        let table = element(record.value, TABLE_TAG).ok_or(NotAFace::Table)?.value;
        let (offsets, []) = table.as_chunks::<2>() else { return Err(NotAFace::Table) };
        let offsets: &[[u8; 2]; 9] = offsets.try_into().map_err(|_| NotAFace::Table)?;
        let mut parts = [Element { whole: &[][..], value: &[][..] }; 9];
        for ((part, offset), tag) in parts.iter_mut().zip(offsets).zip(FIRST_PART..) {
            // Offsets count from the start of the file.
            let at = record.whole.get(usize::from(u16::from_be_bytes(*offset))..);
            *part = at.and_then(|bytes| element(bytes, tag)).ok_or(NotAFace::Part(tag))?;
        }
        let [birth, sex, card_key, name, address, photo, signature, _expiry, _code] = parts;
        let groups = [vec![birth.whole, sex.whole, card_key.whole], vec![name.whole, address.whole], vec![photo.whole]];
        Ok(Self { groups, photo: photo.value, signature: signature.value })
    }

    /// The photo as the card keeps it: JPEG 2000 in a JP2 container.
    #[must_use]
    pub fn photo(&self) -> &'a [u8] {
        self.photo
    }

    /// Whether the signature fits the key in the card's certificate (EF 0004). Who issued that certificate is not checked: no key for
    /// that is on the card.
    #[must_use]
    pub fn signature(&self, certificate: &[u8]) -> FaceSignature {
        let Some(modulus) = signer(certificate) else { return FaceSignature::NotChecked };
        if opened(self.signature, modulus).is_some_and(|block| block == self.expected_block()) {
            FaceSignature::Fits
        } else {
            FaceSignature::Wrong
        }
    }

    /// What a right signature holds: `00 01 FF … FF 00` and the DigestInfo, as long as the key.
    fn expected_block(&self) -> Vec<u8> {
        let mut tail = [&[0x00][..], &HASHES_DIGEST_INFO].concat();
        for group in &self.groups {
            let mut hash = Context::new(&SHA256);
            group.iter().for_each(|part| hash.update(part));
            tail.extend_from_slice(hash.finish().as_ref());
        }
        let mut block = vec![0xFF; KEY_LEN - tail.len()];
        [0x00, 0x01].iter().zip(&mut block).for_each(|(byte, place)| *place = *byte);
        block.extend_from_slice(&tail);
        block
    }
}

/// The modulus of the key in a certificate; `None` when it is none, or of a kind this program does not know.
fn signer(certificate: &[u8]) -> Option<&[u8; KEY_LEN]> {
    let record = element(certificate, CERTIFICATE_TAG)?;
    let key = element(record.value, 0x5F4E)?.value.get(KEY_NAMES..)?;
    key.strip_prefix(&KEY_HEADER)?.try_into().ok()
}

/// The public operation of RSA with exponent 65537, which shows what a signature holds. `None` for what no key can have made.
///
/// By hand, because `ring` checks DigestInfos of one hash only. All values are public: nothing here needs constant time.
fn opened(signature: &[u8], modulus: &[u8; KEY_LEN]) -> Option<Vec<u8>> {
    let signature: &[u8; KEY_LEN] = signature.try_into().ok()?;
    let (modulus, signature) = (U2048::from_be_slice(modulus), U2048::from_be_slice(signature));
    if signature >= modulus {
        return None;
    }
    let modulus: Odd<U2048> = Odd::new(modulus).into_option()?;
    let opened = FixedMontyForm::new(&signature, &FixedMontyParams::new_vartime(modulus)).pow_vartime(&U64::from_u32(65_537)).retrieve();
    Some(opened.to_be_bytes().as_ref().to_vec())
}
