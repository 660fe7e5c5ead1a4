//! The two encodings of the レセコン files (`recekon.md` T01, T02, T27): read strictly, written without a replacement.

use encoding_rs::SHIFT_JIS;
use shared::domain::settings::FileEncoding;

/// How a file is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// Shift_JIS as Windows writes it (Windows-31J: ①, 髙, 﨑 included).
    ShiftJis,
}

impl From<FileEncoding> for Encoding {
    fn from(set: FileEncoding) -> Self {
        match set {
            FileEncoding::Utf8 => Self::Utf8,
            FileEncoding::ShiftJis => Self::ShiftJis,
        }
    }
}

impl Encoding {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Utf8, Self::ShiftJis];

    /// The name in the XML declaration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::ShiftJis => "Shift_JIS",
        }
    }

    /// 文字コード識別 (OQSCD005). Written, never used for reading.
    #[must_use]
    pub fn identifier(self) -> &'static str {
        match self {
            Self::Utf8 => "0",
            Self::ShiftJis => "1",
        }
    }

    /// True when a file in this encoding can hold the character and give it back as the same one. A character that XML has no
    /// way to write (controls, U+FFFE, U+FFFF) fits nowhere.
    #[must_use]
    pub fn fits(self, c: char) -> bool {
        self.holds(c.encode_utf8(&mut [0; 4]))
    }

    /// The characters of a text that do not fit, each once.
    #[must_use]
    pub fn misfits(self, text: &str) -> Vec<char> {
        if self.holds(text) {
            return Vec::new();
        }
        let mut misfits: Vec<char> = text.chars().filter(|c| !self.fits(*c)).collect();
        misfits.sort_unstable();
        misfits.dedup();
        misfits
    }

    fn holds(self, text: &str) -> bool {
        let is_xml = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
        text.chars().all(is_xml)
            && match self {
                Self::Utf8 => true,
                Self::ShiftJis if text.is_ascii() => true,
                // The encoder takes ¥ for a backslash, ‾ for a tilde and − for a full-width hyphen: only what comes back counts.
                Self::ShiftJis => {
                    let (bytes, _, has_failed) = SHIFT_JIS.encode(text);
                    !has_failed && strict_shift_jis(&bytes).as_deref() == Some(text)
                }
            }
    }

    /// The bytes of a text. Every character must fit ([`Self::fits`]).
    #[must_use]
    pub fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::ShiftJis => SHIFT_JIS.encode(text).0.into_owned(),
        }
    }
}

/// A decoded file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without a byte order mark.
    pub text: String,
    /// What it was in fact.
    pub encoding: Encoding,
    /// What its XML declaration says, as written there.
    pub declared: Option<String>,
}

/// Decodes a file by what it is, not by what it says: a byte order mark, else strictly UTF-8, else strictly Shift_JIS. `None` when it
/// is neither.
///
/// The one exception: a few half-width kana of Shift_JIS also read as UTF-8. A file that says Shift_JIS and holds nothing beyond
/// U+07FF when read as UTF-8 holds no Japanese that way, and is taken at its word.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<Decoded> {
    let declared = declared(bytes);
    let utf8 = std::str::from_utf8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)).ok();
    let says_shift_jis = declared.as_deref().is_some_and(|name| encoding_rs::Encoding::for_label(name.as_bytes()) == Some(SHIFT_JIS));
    let is_doubtful = says_shift_jis && utf8.is_some_and(|text| !text.is_ascii() && text.chars().all(|c| c < '\u{800}'));
    let shift_jis = if utf8.is_none() || is_doubtful { strict_shift_jis(bytes) } else { None };
    let (text, encoding) = match (utf8, shift_jis) {
        (_, Some(text)) => (text, Encoding::ShiftJis),
        (Some(text), None) => (text.to_owned(), Encoding::Utf8),
        (None, None) => return None,
    };
    Some(Decoded { text, encoding, declared })
}

/// `None` as soon as one byte does not belong. A lone 0x80 is no character that anybody writes.
fn strict_shift_jis(bytes: &[u8]) -> Option<String> {
    let text = SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes)?;
    (!text.contains('\u{80}')).then(|| text.into_owned())
}

/// The encoding that the XML declaration names.
fn declared(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..200).unwrap_or(bytes);
    let end = head.windows(2).position(|two| two == b"?>")?;
    let head = String::from_utf8_lossy(head.get(..end)?);
    let (_, rest) = head.split_once("encoding")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    rest.split(quote).nth(1).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t01_what_the_bytes_are_counts_not_what_they_say() {
        let body = "<a>資格　一郎 ｼｶｸ 髙﨑①</a>";
        for declared in ["UTF-8", "Shift_JIS", "EUC-JP"] {
            let text = format!("<?xml version=\"1.0\" encoding=\"{declared}\"?>{body}");
            for encoding in Encoding::ALL {
                let read = decode(&encoding.encode(&text)).unwrap();
                assert_eq!((read.text.as_str(), read.encoding, read.declared.as_deref()), (text.as_str(), encoding, Some(declared)));
            }
        }
        assert_eq!(decode(b"\xEF\xBB\xBF<a/>").unwrap().text, "<a/>", "a byte order mark is no text");
        assert_eq!(decode(b"<?xml version='1.0' encoding = 'Shift_JIS'?><a/>").unwrap().declared.as_deref(), Some("Shift_JIS"));
        assert_eq!(decode(b"<a/>").unwrap().declared, None);
    }

    #[test]
    fn t01_neither_is_held_back() {
        // A half character, a surrogate in UTF-8, a byte that no Shift_JIS has.
        for bytes in [b"<a>\x83</a>".as_slice(), b"<a>\xED\xA0\x80</a>", b"<a>\xFD</a>", b"<a>\xE3\x81</a>\xFF"] {
            assert_eq!(decode(bytes), None, "{bytes:x?}");
        }
    }

    #[test]
    fn t01_half_width_kana_are_not_taken_for_letters_with_accents() {
        let text = "<?xml version=\"1.0\" encoding=\"Shift_JIS\"?><a>ﾃｱ</a>";
        let bytes = Encoding::ShiftJis.encode(text);
        assert!(std::str::from_utf8(&bytes).is_ok(), "control: the bytes are UTF-8 as well");
        assert_eq!(decode(&bytes).unwrap().text, text);
    }

    #[test]
    fn t27_what_would_come_back_as_another_character_does_not_fit() {
        for c in ['資', '髙', '﨑', '①', 'Ⅱ', 'ｼ', 'ﾞ', '●', '－', '～', '\\', '~', '纊', '\u{FA10}', 'А'] {
            assert!(Encoding::ShiftJis.fits(c), "{c}");
        }
        for c in ['𠮷', '𩸽', '¥', '‾', '−', '〜', 'é', '𦥑', '\u{E000}', '\u{E0100}', '한', '😀', '\u{80}'] {
            assert!(!Encoding::ShiftJis.fits(c), "{c} {:x}", u32::from(c));
            assert!(Encoding::Utf8.fits(c));
        }
        for c in ['\0', '\u{B}', '\u{1F}', '\u{FFFE}', '\u{FFFF}'] {
            assert!(Encoding::ALL.iter().all(|encoding| !encoding.fits(c)), "{:x}", u32::from(c));
        }
    }
}
