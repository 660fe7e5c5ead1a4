//! What people type and paste: which characters leave no mark, and which stand for the same.

/// True for a character that nobody sees: zero-width ones, direction marks, variation selectors, soft hyphens, controls.
/// White space is none of them. Source: Unicode's `Default_Ignorable_Code_Point`, and the control characters.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    let is_control = c.is_control() && !c.is_whitespace();
    is_control
        || matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}')
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}')
        || matches!(c, '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// True for what a keyboard or a printed form may give where a hyphen is meant, the long-vowel mark of kana among them.
#[must_use]
pub fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}'
            ..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{2500}' | '\u{30FC}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}' | '\u{FF70}'
    )
}

/// A code of half-width letters and digits as it was meant: full-width made half-width, white space and hidden characters dropped.
#[must_use]
pub fn code(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !is_hidden(*c)).map(half_width).collect()
}

/// A number as it was meant: as [`code`], without the hyphens that group its digits.
#[must_use]
pub fn number(text: &str) -> String {
    code(text).chars().filter(|c| !is_dash(*c)).collect()
}

fn half_width(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_however_it_was_pasted() {
        for same in [
            "9969900001",
            " 99-6990-0001\n",
            "９９６９９００００１",
            "99－6990－0001",
            "99ー6990‐0001",
            "99 6990 0001",
            "99\u{3000}6990\u{A0}0001",
            "\u{FEFF}9969\u{200B}900001\u{200E}",
            "9\u{FE0F}969900001",
        ] {
            assert_eq!(number(same), "9969900001", "{same:?}");
        }
        assert_eq!(code("ｋａｎｒｉ\u{200B} 1"), "kanri1");
        assert_eq!(code("a-b"), "a-b", "a hyphen of a code is not one of a number");
        assert_eq!(number("00７"), "007", "zeros stay");
    }

    #[test]
    fn letters_and_spaces_are_seen() {
        for seen in ['a', '0', ' ', '\t', '\n', '\u{3000}', 'あ', '郎', 'ﾞ', '\u{3099}', '😀'] {
            assert!(!is_hidden(seen), "{seen:?}");
        }
        for hidden in ['\0', '\u{7F}', '\u{200B}', '\u{200D}', '\u{2060}', '\u{FEFF}', '\u{FE0F}', '\u{E0100}', '\u{AD}', '\u{202E}'] {
            assert!(is_hidden(hidden), "{hidden:?}");
        }
    }
}
