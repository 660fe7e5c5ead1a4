//! Consent rules that need what the server keeps: stored forms, what is shown without consent, search keys.

use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::consent::{Choice, Choices, ConsentGroup, ConsentItem, ItemState, is_living};
use shared::domain::coverage::{Coverage, Eligibility, Provided};
use unicode_normalization::UnicodeNormalization as _;

use crate::store::ConsentRecord;

/// How each kind of information is stored, in the order of the columns.
#[must_use]
pub fn outcomes(choices: &Choices, birth_date: Option<CivilDate>, consented_on: CivilDate) -> Vec<(ConsentItem, ItemState)> {
    ConsentItem::ALL.into_iter().map(|item| (item, choices.outcome(item, birth_date, consented_on))).collect()
}

/// Takes out of an eligibility what was not consented to: it reads "not provided", never "none" (X32).
#[must_use]
pub fn without_refused(mut eligibility: Eligibility, choices: &Choices) -> Eligibility {
    let hide = |coverage: &mut Coverage| {
        if choices.limit_certificate == Choice::Refuse {
            coverage.limit = Provided::NotProvided;
        }
        if choices.specific_disease == Choice::Refuse {
            coverage.specific_diseases = Provided::NotProvided;
        }
    };
    eligibility.coverages.iter_mut().for_each(hide);
    eligibility
}

/// The items of a stored consent as they read at `now`: an agreement that ended, by time or by a later consent, is expired.
#[must_use]
pub fn items_now(record: &ConsentRecord, now: UnixMs) -> Vec<(ConsentItem, ItemState)> {
    let is_ended = record.replaced_at.is_some() || !is_living(now, record.expires_at);
    let now_is = |state: ItemState| if is_ended && state == ItemState::Agreed { ItemState::Expired } else { state };
    record.items.iter().map(|(item, state)| (*item, now_is(*state))).collect()
}

/// Folds a name or kana for searching: width, case, hiragana and spaces make no difference.
///
/// NFKC (so half-width kana and full-width letters become the common form), hiragana as katakana, lower case, no white space.
#[must_use]
pub fn search_key(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace()).map(katakana).collect()
}

fn katakana(c: char) -> char {
    match c {
        'ぁ'..='ゖ' | 'ゝ' | 'ゞ' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
        other => other,
    }
}

/// The choices as five letters in the order of the screen: `A` agree, `R` refuse.
#[must_use]
pub fn choices_text(choices: &Choices) -> String {
    ConsentGroup::ALL.iter().map(|group| if choices.of(*group) == Choice::Agree { 'A' } else { 'R' }).collect()
}

/// Reads [`choices_text`].
#[must_use]
pub fn parse_choices(text: &str) -> Option<Choices> {
    let answers = text.chars().map(|letter| match letter {
        'A' => Some(Choice::Agree),
        'R' => Some(Choice::Refuse),
        _ => None,
    });
    let answers: Vec<Choice> = answers.collect::<Option<_>>()?;
    let of = |group: ConsentGroup| ConsentGroup::ALL.iter().position(|other| *other == group).and_then(|place| answers.get(place).copied());
    if answers.len() == ConsentGroup::ALL.len() { Choices::collect(of) } else { None }
}

/// Stored items as six letters in the order of the columns: `A` agreed, `R` refused, `N` not applicable, `E` expired.
#[must_use]
pub fn items_text(items: &[(ConsentItem, ItemState)]) -> String {
    let letter = |item: ConsentItem| match items.iter().find(|(other, _)| *other == item).map(|(_, state)| *state) {
        Some(ItemState::Agreed) => 'A',
        Some(ItemState::NotApplicable) => 'N',
        Some(ItemState::Expired) => 'E',
        Some(ItemState::Refused) | None => 'R',
    };
    ConsentItem::ALL.into_iter().map(letter).collect()
}

/// Reads [`items_text`].
#[must_use]
pub fn parse_items(text: &str) -> Option<Vec<(ConsentItem, ItemState)>> {
    let states = text.chars().map(|letter| match letter {
        'A' => Some(ItemState::Agreed),
        'R' => Some(ItemState::Refused),
        'N' => Some(ItemState::NotApplicable),
        'E' => Some(ItemState::Expired),
        _ => None,
    });
    let states: Vec<ItemState> = states.collect::<Option<_>>()?;
    (states.len() == ConsentItem::ALL.len()).then(|| ConsentItem::ALL.into_iter().zip(states).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_case_kana_and_spaces_make_no_difference() {
        let key = search_key("シカク　イチロウ");
        for same in ["ｼｶｸ ｲﾁﾛｳ", "しかく いちろう", "シカクイチロウ"] {
            assert_eq!(search_key(same), key, "{same}");
        }
        assert_eq!(search_key("ﾀﾞｲｺﾞ"), search_key("だいご"));
        assert_eq!(search_key("ＴＳＵＳＨＯ"), search_key("tsusho"));
        assert!(search_key("資格　一郎").starts_with(&search_key("資格")));
        assert_ne!(search_key("かく"), search_key("がく"));
    }

    #[test]
    fn stored_letters_read_back() {
        let choices = Choices { checkup: Choice::Refuse, ..Choices::all(Choice::Agree) };
        assert_eq!(choices_text(&choices), "AARAA");
        assert_eq!(parse_choices("AARAA"), Some(choices));
        for bad in ["AAAA", "AAAAAA", "AARAX", ""] {
            assert_eq!(parse_choices(bad), None, "{bad}");
        }
        let items = outcomes(&choices, None, CivilDate::try_from("2024-01-17").unwrap());
        assert_eq!(items_text(&items), "AAARAA");
        assert_eq!(parse_items("AAARAA"), Some(items));
        assert_eq!(parse_items("AAARA"), None);
        assert_eq!(parse_items("AAARA?"), None);
    }
}
