//! Consent rules that need what the server keeps: stored forms, what is shown without consent, search keys.

use shared::domain::calendar::CivilDate;
use shared::domain::consent::{Choice, Choices, ConsentGroup, ConsentItem, ItemState};
use shared::domain::coverage::{Coverage, Eligibility, Provided, Validity};
use shared::domain::number::Keys;
use shared::domain::typed;
use unicode_normalization::UnicodeNormalization as _;

/// How each kind of information is stored, in the order of the columns.
#[must_use]
pub fn outcomes(choices: &Choices, birth_date: Option<CivilDate>, consented_on: CivilDate) -> Vec<(ConsentItem, ItemState)> {
    ConsentItem::ALL.into_iter().map(|item| (item, choices.outcome(item, birth_date, consented_on))).collect()
}

/// Takes out of an eligibility what was not consented to: it reads "not provided", never "none" (X32).
#[must_use]
pub fn without_refused(mut eligibility: Eligibility, choices: &Choices) -> Eligibility {
    let hide = |coverage: &mut Coverage| {
        if choices.limit_certificate != Choice::Agree {
            coverage.limit = Provided::NotProvided;
        }
        if choices.specific_disease != Choice::Agree {
            coverage.specific_diseases = Provided::NotProvided;
        }
    };
    eligibility.coverages.iter_mut().for_each(hide);
    eligibility.subsidy_answer = choices.subsidy;
    if choices.subsidy != Choice::Agree {
        eligibility.subsidies.clear();
    }
    eligibility
}

/// What an institution that does not use 医療扶助 (OT-6) is answered: the insurance, and where there is none, no coverage (X30).
#[must_use]
pub fn without_aid(eligibility: Eligibility) -> Eligibility {
    match eligibility.medical_aid {
        None => eligibility,
        Some(_) if eligibility.coverages.is_empty() => {
            Eligibility::of_insurance(Validity::NotFound, eligibility.checked_at, None, Vec::new())
        }
        Some(_) => Eligibility { medical_aid: None, ..eligibility },
    }
}

/// Takes out of a stored eligibility what the person, or the institution for them, took back since (X32); once the consent `is_over`
/// also 医療費助成, which counts as long as the consent (P-PMH).
#[must_use]
pub fn without_withdrawn(mut eligibility: Eligibility, items: &[(ConsentItem, ItemState)], is_over: bool) -> Eligibility {
    let is_gone =
        |item: ConsentItem| items.iter().any(|(of, state)| *of == item && matches!(state, ItemState::Withdrawn | ItemState::Refused));
    let (limit, diseases) = (is_gone(ConsentItem::LimitCertificate), is_gone(ConsentItem::SpecificDisease));
    for coverage in &mut eligibility.coverages {
        if limit {
            coverage.limit = Provided::NotProvided;
        }
        if diseases {
            coverage.specific_diseases = Provided::NotProvided;
        }
    }
    if is_over {
        eligibility.subsidy_answer = Choice::NotAsked;
        eligibility.subsidies.clear();
    }
    eligibility
}

/// The items after a person's new answers (RW-9): what was not asked or does not apply stays so, an item that had ended stays
/// ended where it is refused.
#[must_use]
pub fn items_after(items: &[(ConsentItem, ItemState)], answers: &Choices) -> Vec<(ConsentItem, ItemState)> {
    let after = |(item, state): &(ConsentItem, ItemState)| {
        let state = match (state, answers.of(item.group())) {
            (ItemState::Agreed, Choice::Refuse) => ItemState::Refused,
            (ItemState::Refused | ItemState::Withdrawn, Choice::Agree) => ItemState::Agreed,
            (state, _) => *state,
        };
        (*item, state)
    };
    items.iter().map(after).collect()
}

/// The questions that a person may answer anew: that were asked and apply to them.
#[must_use]
pub fn questions_of(items: &[(ConsentItem, ItemState)]) -> Vec<ConsentGroup> {
    let is_open = |item: &ConsentItem| {
        items.iter().any(|(of, state)| of == item && matches!(state, ItemState::Agreed | ItemState::Refused | ItemState::Withdrawn))
    };
    ConsentGroup::ALL.into_iter().filter(|group| group.items().iter().any(is_open)).collect()
}

/// Rises with each change of [`search_key`]: kept keys of another version are made anew when the store opens.
pub const SEARCH_KEY_VERSION: i64 = 2;

/// Folds a name or kana for searching: width, case, hiragana, small kana, dashes, spaces and hidden characters make no difference.
///
/// NFKC (so half-width kana and full-width letters become the common form), hiragana as katakana, small kana as large (registers
/// keep ｼﾖｳﾀ where people type ショウタ), one dash, lower case, no white space, no variation selector, nothing of zero width.
#[must_use]
pub fn search_key(text: &str) -> String {
    let seen = text.chars().filter(|c| !typed::is_hidden(*c));
    // The dot between the parts of a foreign name is as good as a space.
    seen.nfkc()
        .filter(|c| !c.is_whitespace() && !matches!(c, '・' | '·'))
        .flat_map(char::to_lowercase)
        .map(katakana)
        .map(large)
        .map(dash)
        .collect()
}

/// A number of 医療扶助 as it is compared: width, hyphens and zeros before it make no difference.
#[must_use]
pub fn aid_key(text: &str) -> String {
    typed::number(text).trim_start_matches('0').to_owned()
}

/// What an insurance is found by, however its parts were written: [`Keys::text`], and its symbol folded as a name is.
#[must_use]
pub fn insurance_key(insurer_number: &str, symbol: Option<&str>, member_number: &str, branch_number: Option<&str>) -> String {
    let symbol = symbol.map(search_key);
    Keys { insurer_number, symbol: symbol.as_deref(), member_number, branch_number }.text()
}

fn katakana(c: char) -> char {
    match c {
        'ぁ'..='ゖ' | 'ゝ' | 'ゞ' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
        other => other,
    }
}

fn large(c: char) -> char {
    match c {
        'ァ' => 'ア',
        'ィ' => 'イ',
        'ゥ' => 'ウ',
        'ェ' => 'エ',
        'ォ' => 'オ',
        'ヵ' => 'カ',
        'ヶ' => 'ケ',
        'ッ' => 'ツ',
        'ャ' => 'ヤ',
        'ュ' => 'ユ',
        'ョ' => 'ヨ',
        'ヮ' => 'ワ',
        other => other,
    }
}

fn dash(c: char) -> char {
    if typed::is_dash(c) { '-' } else { c }
}

/// A 受付番号 as it is stored, however it was typed: capitals and digits only.
#[must_use]
pub fn receipt_key(text: &str) -> String {
    typed::number(text).to_ascii_uppercase()
}

/// The choices as five letters in the order of the screen: `A` agree, `R` refuse, `U` not asked; a sixth for 医療費助成 where it was asked.
#[must_use]
pub fn choices_text(choices: &Choices) -> String {
    let letter = |choice: Choice| match choice {
        Choice::Agree => 'A',
        Choice::Refuse => 'R',
        Choice::NotAsked => 'U',
    };
    let subsidy = Some(choices.subsidy).filter(|choice| !choice.is_not_asked());
    ConsentGroup::ALL.iter().map(|group| choices.of(*group)).chain(subsidy).map(letter).collect()
}

/// Reads [`choices_text`].
#[must_use]
pub fn parse_choices(text: &str) -> Option<Choices> {
    let answers = text.chars().map(|letter| match letter {
        'A' => Some(Choice::Agree),
        'R' => Some(Choice::Refuse),
        'U' => Some(Choice::NotAsked),
        _ => None,
    });
    let answers: Vec<Choice> = answers.collect::<Option<_>>()?;
    let of = |group: ConsentGroup| ConsentGroup::ALL.iter().position(|other| *other == group).and_then(|place| answers.get(place).copied());
    let subsidy = match answers.get(ConsentGroup::ALL.len()..)? {
        [] => Choice::NotAsked,
        [subsidy] if !subsidy.is_not_asked() => *subsidy,
        _ => return None,
    };
    Some(Choices { subsidy, ..Choices::collect(of)? })
}

/// Stored items as six letters in the order of the columns: `A` agreed, `R` refused, `N` not applicable, `U` not asked,
/// `E` expired, `P` replaced, `W` withdrawn.
#[must_use]
pub fn items_text(items: &[(ConsentItem, ItemState)]) -> String {
    let letter = |item: ConsentItem| match items.iter().find(|(other, _)| *other == item).map(|(_, state)| *state) {
        Some(ItemState::Agreed) => 'A',
        Some(ItemState::NotApplicable) => 'N',
        Some(ItemState::NotAsked) => 'U',
        Some(ItemState::Expired) => 'E',
        Some(ItemState::Replaced) => 'P',
        Some(ItemState::Withdrawn) => 'W',
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
        'U' => Some(ItemState::NotAsked),
        'E' => Some(ItemState::Expired),
        'P' => Some(ItemState::Replaced),
        'W' => Some(ItemState::Withdrawn),
        _ => None,
    });
    let states: Vec<ItemState> = states.collect::<Option<_>>()?;
    (states.len() == ConsentItem::ALL.len()).then(|| ConsentItem::ALL.into_iter().zip(states).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_insurance_is_one_however_it_is_written_and_its_branches_are_three() {
        let key = |symbol, branch| insurance_key("0699-0014", symbol, "0056", branch);
        assert_eq!(key(Some("ｱ-1"), Some("01")), insurance_key("6990014", Some("ア－１"), "５６", Some("０１")));
        let branches = [Some("01"), Some("00"), None].map(|branch| key(None, branch));
        assert!(branches[0] != branches[1] && branches[1] != branches[2] && branches[0] != branches[2], "T33: {branches:?}");
    }

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
    fn a_name_is_found_however_its_letters_were_typed_or_pasted() {
        for (kept, typed) in [
            ("ｼﾖｳﾀ", "ショウタ"),
            ("ｼｮｳﾀ", "しようた"),
            ("ﾊﾂﾄﾘ", "はっとり"),
            ("ﾌｱﾝ", "ファン"),
            ("ｼﾐｽﾞｶﾔ", "しみずヵや"),
            ("ｵｵﾉ ﾀﾛｰ", "おおの たろ－"),
            ("葛\u{E0100}城", "葛城"),
            ("辻", "辻\u{FE00}"),
            ("試験", "\u{200B}試\u{200D}験\u{FEFF}"),
            ("試験", "\0試\0験"), // no text of a database may hold a NUL
            ("神\u{FA19}", "神神"),
            ("ＳＭＩＴＨ－ＪＯＮＥＳ", "smith‐jones"),
            ("が", "か\u{3099}"),
            ("ｼﾞﾖﾝ ｽﾐｽ", "ジョン・スミス"),
        ] {
            assert_eq!(search_key(kept), search_key(typed), "{kept} {typed}");
        }
        assert_ne!(search_key("ハト"), search_key("ハッ"));
        assert_eq!(search_key("\u{200B} \u{3000}"), "", "nothing that is seen was typed");
    }

    #[test]
    fn p_pmh_subsidies_are_shown_as_long_as_the_consent_counts() {
        let of = Eligibility::of_insurance(Validity::Valid, shared::domain::calendar::UnixMs(1), None, Vec::new());
        let of = Eligibility { subsidy_answer: Choice::Agree, ..of };
        assert_eq!(without_withdrawn(of.clone(), &[], false).subsidy_answer, Choice::Agree);
        let over = without_withdrawn(of, &[], true);
        assert!(over.subsidy_answer.is_not_asked() && over.subsidies.is_empty());
    }

    #[test]
    fn a_receipt_is_found_as_it_was_read_out() {
        for typed in ["K7M2QX9A", "k7m2 qx9a", "Ｋ７Ｍ２－ＱＸ９Ａ", " K7M2-QX9A\u{200B}"] {
            assert_eq!(receipt_key(typed), "K7M2QX9A", "{typed}");
        }
    }

    #[test]
    fn stored_letters_read_back() {
        let choices = Choices { checkup: Choice::Refuse, ..Choices::all(Choice::Agree) };
        assert_eq!(choices_text(&choices), "AARAA");
        assert_eq!(parse_choices("AARAA"), Some(choices));
        for (letter, subsidy) in [("A", Choice::Agree), ("R", Choice::Refuse)] {
            let choices = Choices { subsidy, ..choices };
            assert_eq!(choices_text(&choices), format!("AARAA{letter}"));
            assert_eq!(parse_choices(&choices_text(&choices)), Some(choices));
        }
        for bad in ["AAAA", "AAAAAU", "AAAAAAA", "AARAX", ""] {
            assert_eq!(parse_choices(bad), None, "{bad}");
        }
        let items = outcomes(&choices, None, CivilDate::try_from("2024-01-17").unwrap());
        assert_eq!(items_text(&items), "AAARAA");
        assert_eq!(parse_items("AAARAA"), Some(items));
        assert_eq!(parse_items("AAARA"), None);
        assert_eq!(parse_items("AAARA?"), None);
    }
}
