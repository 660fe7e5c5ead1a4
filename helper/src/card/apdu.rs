//! Commands and status words of the two applications that are used. Source: `card.md` §2.1, §2.3, §4, §5.

use zeroize::Zeroizing;

use super::ChannelError;

/// SELECT of the 公的個人認証AP (JPKI): all ten bytes, P2=0C, no Le.
pub const SELECT_JPKI: [u8; 15] = [0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01];
/// SELECT of the 券面事項確認AP (visual), likewise.
pub const SELECT_VISUAL: [u8; 15] = [0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x02];
/// SELECT of the issuer security domain: leaves the application and clears its PIN state.
pub const SELECT_ISD: [u8; 12] = [0x00, 0xA4, 0x04, 0x0C, 0x07, 0xA0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00];
/// What the profile of an iPhone expects last, before its application is left; other cards answer 6700 (`card.md` §8).
pub const FAREWELL: [u8; 4] = [0x80, 0xFC, 0x00, 0x00];

/// Prefix of a DigestInfo with SHA-256, NULL parameter present (`card.md` §7.5).
const SHA256_DIGEST_INFO: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

/// The files that this program touches; there is no other. None holds the 個人番号 or its picture: visual 0001 and 0005 have no name here,
/// and the applications that do hold it cannot be selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Ef {
    /// Visual: the card face.
    Face = 0x02,
    /// Visual: the certificate of the key that signed it.
    FaceCertificate = 0x04,
    /// Visual: reference of 照合番号B.
    FaceCode = 0x12,
    /// Token information; only its label, the first 32 bytes, is read.
    TokenInfo = 0x06,
    /// Which certificates the card holds.
    Availability = 0x08,
    /// 利用者証明用電子証明書.
    AuthCertificate = 0x0A,
    /// Private key of the 利用者証明用電子証明書.
    AuthKey = 0x17,
    /// Reference of its PIN (利用者証明用暗証番号).
    AuthPin = 0x18,
    /// Reference of the 署名用暗証番号; only its counter is asked, no PIN is ever sent to it.
    SignPin = 0x1B,
}

/// How a file is named in a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// By its short identifier within the command.
    ShortEf,
    /// The selected file.
    Selected,
}

impl Ef {
    /// The byte that names the file: `80 | short identifier`, or `80` for the selected file.
    fn reference(self, form: Form) -> u8 {
        match form {
            Form::ShortEf => 0x80 | self as u8,
            Form::Selected => 0x80,
        }
    }

    /// SELECT of the file; only P1=02 works.
    #[must_use]
    pub fn select(self) -> [u8; 7] {
        [0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, self as u8]
    }

    /// Retry query: exactly four bytes.
    #[must_use]
    pub fn query(self, form: Form) -> [u8; 4] {
        [0x00, 0x20, 0x00, self.reference(form)]
    }

    /// VERIFY with digits (at most 16), no Le. The buffer wipes itself.
    #[must_use]
    pub fn verify<const N: usize>(self, form: Form, digits: &[u8; N]) -> Zeroizing<Vec<u8>> {
        let mut command = Zeroizing::new(self.verify_template::<N>(form));
        // Copied straight into the buffer that wipes itself.
        if let Some(data) = command.last_chunk_mut::<N>() {
            data.copy_from_slice(digits);
        }
        command
    }

    /// VERIFY with zeros in place of the digits, which a reader's own keys fill in.
    #[must_use]
    pub fn verify_template<const N: usize>(self, form: Form) -> Vec<u8> {
        const { assert!(N <= 16, "no PIN is longer") };
        #[expect(clippy::cast_possible_truncation, reason = "at most 16, as asserted")]
        let length = N as u8;
        [&[0x00, 0x20, 0x00, self.reference(form), length][..], &[0; N]].concat()
    }

    /// SIGN of a SHA-256 value: PKCS#1 v1.5 over the DigestInfo made here, P1=00.
    #[must_use]
    pub fn sign(self, form: Form, sha256: &[u8; 32]) -> Vec<u8> {
        let mut command = vec![0x80, 0x2A, 0x00, self.reference(form), 0x33];
        command.extend_from_slice(&SHA256_DIGEST_INFO);
        command.extend_from_slice(sha256);
        command.push(0x00);
        command
    }

    /// READ BINARY from the start; `le` 00 asks for 256 bytes. In the short form it also selects the file.
    #[must_use]
    pub fn read_start(self, form: Form, le: u8) -> [u8; 5] {
        let p1 = if form == Form::ShortEf { self.reference(form) } else { 0x00 };
        [0x00, 0xB0, p1, 0x00, le]
    }

    /// READ BINARY of the whole file with extended Le.
    #[must_use]
    pub fn read_whole(self, form: Form) -> [u8; 7] {
        let [cla, ins, p1, p2, _] = self.read_start(form, 0);
        [cla, ins, p1, p2, 0x00, 0x00, 0x00]
    }
}

/// READ BINARY of the selected file from an offset below 8000 (bit 8 of P1 means something else).
#[must_use]
pub fn read_at(offset: u16, le: u8) -> [u8; 5] {
    let [high, low] = (offset & 0x7FFF).to_be_bytes();
    [0x00, 0xB0, high, low, le]
}

/// GET RESPONSE for the bytes that `61xx` announced.
#[must_use]
pub fn get_response(le: u8) -> [u8; 5] {
    [0x00, 0xC0, 0x00, 0x00, le]
}

/// A status word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Sw(pub u16);

impl Sw {
    /// Done.
    pub const OK: Self = Self(0x9000);
    /// Fewer bytes than asked, end of the file reached.
    pub const END_OF_FILE: Self = Self(0x6282);
    /// Nobody typed on the reader's keys in time.
    pub const PAD_TIMEOUT: Self = Self(0x6400);
    /// Wrong length: also the answer of cards and readers without extended Le.
    pub const LENGTH: Self = Self(0x6700);
    /// The PIN is needed; of an iPhone its own unlock or the PIN.
    pub const NOT_VERIFIED: Self = Self(0x6982);
    /// Conditions of use not met: also the answer to SIGN with a key that cannot sign what it got.
    pub const CONDITIONS: Self = Self(0x6985);
    /// No such application or file.
    pub const NOT_FOUND: Self = Self(0x6A82);
    /// Wrong P1-P2.
    pub const P1_P2: Self = Self(0x6A86);
    /// No such reference.
    pub const NO_REFERENCE: Self = Self(0x6A88);
    /// Offset at or past the end of the file.
    pub const PAST_END: Self = Self(0x6B00);
    /// Instruction not known.
    pub const INS: Self = Self(0x6D00);
    /// Class not known.
    pub const CLA: Self = Self(0x6E00);
    /// Internal fault; one surveyed card says it to the first command after power-on.
    pub const INTERNAL: Self = Self(0x6F00);

    /// Tries left, if this is `63Cx`; no other mask is right (`card.md` §5).
    #[must_use]
    pub fn tries(self) -> Option<u8> {
        (self.0 & 0xFFF0 == 0x63C0).then_some((self.0 & 0x0F) as u8)
    }

    /// The PIN reference is blocked.
    #[must_use]
    pub fn is_blocked(self) -> bool {
        matches!(self.0, 0x6983 | 0x6984)
    }

    /// Wrong, and the reference has no counter: not "0 left".
    #[must_use]
    pub fn is_wrong_uncounted(self) -> bool {
        self.0 == 0x6300
    }

    /// The reader's keys were used, but nothing was sent: too late (`6400`), cancelled (`6401`), or not so many digits (`6403`).
    #[must_use]
    pub fn is_untyped(self) -> bool {
        matches!(self.0, 0x6400 | 0x6401 | 0x6403)
    }

    /// More bytes wait (`61xx`): the Le for GET RESPONSE.
    #[must_use]
    pub fn more(self) -> Option<u8> {
        (self.0 & 0xFF00 == 0x6100).then_some((self.0 & 0xFF) as u8)
    }

    /// The right Le (`6Cxx`).
    #[must_use]
    pub fn right_le(self) -> Option<u8> {
        (self.0 & 0xFF00 == 0x6C00).then_some((self.0 & 0xFF) as u8)
    }

    /// The answers by which a card or reader says that it has no extended Le (`card.md` §7.1).
    #[must_use]
    pub fn refuses_extended(self) -> bool {
        matches!(self.0, 0x6700 | 0x6A86 | 0x6C00 | 0x6D00)
    }

    /// The short identifier was not understood, or the file is not current: SELECT it instead.
    #[must_use]
    pub fn wants_select(self) -> bool {
        matches!(self.0, 0x6981 | 0x6986 | 0x6A81 | 0x6A86 | 0x6A88)
    }
}

impl std::fmt::Debug for Sw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}

/// An answer of the card, taken apart.
pub struct Answer {
    /// Everything before the status word.
    pub data: Vec<u8>,
    /// The status word.
    pub sw: Sw,
}

impl Answer {
    /// Takes an answer apart. Fewer than two bytes is what PC/SC reports when the card was pulled in mid-command.
    ///
    /// # Errors
    /// [`ChannelError::Removed`] for such an answer.
    pub fn parse(mut raw: Vec<u8>) -> Result<Self, ChannelError> {
        let (_, sw) = raw.split_last_chunk::<2>().ok_or(ChannelError::Removed)?;
        let sw = Sw(u16::from_be_bytes(*sw));
        raw.truncate(raw.len() - 2);
        Ok(Self { data: raw, sw })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_have_the_bytes_of_the_reference() {
        // card.md §4 and §10
        assert_eq!(Ef::AuthPin.query(Form::ShortEf), [0x00, 0x20, 0x00, 0x98]);
        assert_eq!(Ef::AuthPin.query(Form::Selected), [0x00, 0x20, 0x00, 0x80]);
        assert_eq!(Ef::AuthPin.verify(Form::ShortEf, b"1234").as_slice(), [0x00, 0x20, 0x00, 0x98, 0x04, b'1', b'2', b'3', b'4']);
        assert_eq!(Ef::AuthKey.select(), [0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x17]);
        assert_eq!(Ef::AuthCertificate.read_whole(Form::ShortEf), [0x00, 0xB0, 0x8A, 0x00, 0x00, 0x00, 0x00]);
        assert_eq!(Ef::TokenInfo.read_start(Form::ShortEf, 0x20), [0x00, 0xB0, 0x86, 0x00, 0x20]);
        assert_eq!(Ef::FaceCode.query(Form::ShortEf), [0x00, 0x20, 0x00, 0x92]);
        assert_eq!(Ef::FaceCode.verify(Form::ShortEf, b"35060220331201")[..6], [0x00, 0x20, 0x00, 0x92, 0x0E, b'3']);
        assert_eq!(read_at(0x0600, 0x36), [0x00, 0xB0, 0x06, 0x00, 0x36]);
        let sign = Ef::AuthKey.sign(Form::ShortEf, &[7; 32]);
        assert_eq!((sign.len(), &sign[..5], sign[56]), (57, &[0x80, 0x2A, 0x00, 0x97, 0x33][..], 0));
    }

    /// The one after it; a new file has to be put in here.
    fn next(ef: Ef) -> Option<Ef> {
        Some(match ef {
            Ef::Face => Ef::FaceCertificate,
            Ef::FaceCertificate => Ef::FaceCode,
            Ef::FaceCode => Ef::TokenInfo,
            Ef::TokenInfo => Ef::Availability,
            Ef::Availability => Ef::AuthCertificate,
            Ef::AuthCertificate => Ef::AuthKey,
            Ef::AuthKey => Ef::AuthPin,
            Ef::AuthPin => Ef::SignPin,
            Ef::SignPin => return None,
        })
    }

    /// Every command that this program can make, whatever number is put into it.
    fn every_command() -> Vec<Vec<u8>> {
        let mut all = vec![SELECT_JPKI.to_vec(), SELECT_VISUAL.to_vec(), SELECT_ISD.to_vec(), FAREWELL.to_vec()];
        for ef in std::iter::successors(Some(Ef::Face), |ef| next(*ef)) {
            all.push(ef.select().to_vec());
            for form in [Form::ShortEf, Form::Selected] {
                all.extend([
                    ef.query(form).to_vec(),
                    ef.verify(form, b"1234").to_vec(),
                    ef.verify(form, b"35060220331201").to_vec(),
                    ef.verify_template::<4>(form),
                    ef.sign(form, &[7; 32]),
                    ef.read_whole(form).to_vec(),
                ]);
                all.extend((0..=255).map(|le| ef.read_start(form, le).to_vec()));
            }
        }
        all.extend((0..=u16::MAX).flat_map(|offset| [0, 1, 255].map(|le| read_at(offset, le).to_vec())));
        all.extend((0..=255).map(|le| get_response(le).to_vec()));
        all
    }

    /// Whether a command could lead to the 個人番号: by what it selects, or by a secret that opens it.
    fn leads_to_the_number(command: &[u8]) -> bool {
        match command {
            // An application: only these three.
            [0x00, 0xA4, 0x04, 0x0C, _, aid @ ..] => ![&SELECT_JPKI[5..], &SELECT_VISUAL[5..], &SELECT_ISD[5..]].contains(&aid),
            // A file by selection: of the visual application 0001 and 0005, of the text application 0001.
            [0x00, 0xA4, 0x02, 0x0C, 0x02, high, low] => *high != 0 || matches!(low, 0x01 | 0x05),
            [_, 0xA4, ..] => true,
            // READ by short identifier.
            [0x00, 0xB0, p1 @ 0x80..=0xFF, ..] => matches!(p1 & 0x1F, 0x01 | 0x05),
            [0x00, 0xB0, ..] | [0x00, 0xC0, ..] => false,
            // 照合番号A (0013, in the text application 0014), the birth date (0011), or anything with its twelve digits.
            [0x00, 0x20, 0x00, reference, rest @ ..] => matches!(reference & 0x1F, 0x11 | 0x13 | 0x14) || rest.len() == 13,
            [0x80, 0x2A, 0x00, ..] | [0x80, 0xFC, 0x00, 0x00] => false,
            _ => true,
        }
    }

    #[test]
    fn no_command_leads_to_the_individual_number() {
        let all = every_command();
        assert!(all.len() > 200_000, "{}", all.len());
        for command in all {
            assert!(!leads_to_the_number(&command), "{command:02X?}");
        }
        // The check can fail: what other programs send for it.
        for bad in [
            "00A4040C0AD3921000310001010408",
            "00A4040C0AD3921000310001010401",
            "00A4040C0AD3921000310001010100",
            "00A4020C020001",
            "00A4020C020005",
            "00B0810000",
            "00B08500000000",
            "00200093",
            "00CA00450000",
            "00B2010C00",
        ] {
            assert!(leads_to_the_number(&crate::card::script::unhex(bad)), "{bad}");
        }
        assert!(leads_to_the_number(&Ef::FaceCode.verify(Form::Selected, b"999900000013")), "twelve digits");
    }

    #[test]
    fn tries_are_read_under_the_whole_mask_only() {
        assert_eq!(Sw(0x63C3).tries(), Some(3));
        assert_eq!(Sw(0x63C0).tries(), Some(0));
        for other in [0x6300, 0x6983, 0x6984, 0x6A83, 0x9003, 0x63D2] {
            assert_eq!(Sw(other).tries(), None, "{other:04X}");
        }
    }

    #[test]
    fn an_answer_below_two_bytes_is_a_removed_card() {
        assert!(matches!(Answer::parse(vec![]), Err(ChannelError::Removed)));
        assert!(matches!(Answer::parse(vec![0x90]), Err(ChannelError::Removed)));
        let answer = Answer::parse(vec![1, 0x90, 0x00]).unwrap();
        assert_eq!((answer.data, answer.sw), (vec![1], Sw::OK));
    }
}
