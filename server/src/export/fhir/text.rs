//! Widths: JP Core wants 記号 and 番号 all full-width, 保険者番号 and 枝番 half-width.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::compose;

/// Full-width, character by character: letters, digits and signs, half-width kana with their marks. White space is left out.
pub(super) fn full_width(text: &str) -> String {
    let mut wide = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        push(&mut wide, c);
    }
    wide
}

/// Half-width kana as full-width ones; everything else as it came.
pub(super) fn full_kana(text: &str) -> String {
    let mut wide = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\u{FF61}'..='\u{FF9F}') { push(&mut wide, c) } else { wide.push(c) }
    }
    wide
}

fn push(wide: &mut String, c: char) {
    match c {
        '!'..='~' => wide.push(char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c)),
        '\u{FF9E}' | '\u{FF9F}' => {
            let (joined, alone) = if c == '\u{FF9E}' { ('\u{3099}', '゛') } else { ('\u{309A}', '゜') };
            match wide.chars().next_back().and_then(|before| compose(before, joined)) {
                Some(one) => {
                    wide.pop();
                    wide.push(one);
                }
                None => wide.push(alone),
            }
        }
        '\u{FF61}'..='\u{FF9D}' => wide.extend(std::iter::once(c).nfkc()),
        other => wide.push(other),
    }
}

/// A number of an insurer or a public payer, eight digits with zeros in front; `None` for what is no such number.
pub(super) fn eight_digits(number: &str) -> Option<String> {
    let is_number = (1..=8).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| format!("{number:0>8}"))
}
