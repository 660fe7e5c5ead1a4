//! What was typed for a check by number, as it is kept: with a version, apart from the messages of the page.

use serde::{Deserialize, Serialize};
use shared::domain::asked::{AskedOf, Collects, NumbersAsked, SubsidyPair};
use shared::domain::calendar::CivilDate;
use shared::domain::note::Note;

use super::{StoreError, Text, json};

const VERSION: u32 = 1;

words!(of_word, of_of: AskedOf { Paper = "paper", Prescription = "prescription", Number = "number", Bulk = "bulk" });
words!(collects_word, collects_of: Collects { Patient = "patient", Other = "other" });

#[derive(Serialize, Deserialize)]
struct StoredAsked<'a> {
    version: u32,
    of: Text<'a>,
    insurer_number: Text<'a>,
    #[serde(default)]
    symbol: Text<'a>,
    member_number: Text<'a>,
    #[serde(default)]
    branch_number: Text<'a>,
    birth_date: Text<'a>,
    paper_until: Option<Text<'a>>,
    #[serde(default)]
    with_limit: bool,
    collects: Option<Text<'a>>,
    #[serde(default)]
    subsidies: Vec<(Text<'a>, Text<'a>)>,
}

/// The text that is kept.
///
/// # Errors
/// [`StoreError::Database`] where it cannot be written.
pub fn asked(asked: &NumbersAsked) -> Result<String, StoreError> {
    json(&StoredAsked {
        version: VERSION,
        of: of_word(asked.of),
        insurer_number: asked.insurer_number.as_str().into(),
        symbol: asked.symbol.as_str().into(),
        member_number: asked.member_number.as_str().into(),
        branch_number: asked.branch_number.as_str().into(),
        birth_date: asked.birth_date.to_string().into(),
        paper_until: asked.paper_until.map(|day| day.to_string().into()),
        with_limit: asked.with_limit,
        collects: asked.collects.map(collects_word),
        subsidies: asked.subsidies.iter().map(|pair| (pair.payer.as_str().into(), pair.beneficiary.as_str().into())).collect(),
    })
}

/// Reads [`asked`]; `None` for what another kind of check keeps in its place.
#[must_use]
pub fn read_asked(text: &str) -> Option<NumbersAsked> {
    fn note<const MAX: usize>(text: &str) -> Option<Note<MAX>> {
        Note::try_from(text).ok()
    }
    let stored: StoredAsked<'_> = serde_json::from_str(text).ok()?;
    let day = |text: &Text<'_>| CivilDate::try_from(text.as_ref()).ok();
    let pair = |(payer, beneficiary): &(Text<'_>, Text<'_>)| Some(SubsidyPair { payer: note(payer)?, beneficiary: note(beneficiary)? });
    Some(NumbersAsked {
        of: of_of(&stored.of)?,
        insurer_number: note(&stored.insurer_number)?,
        symbol: note(&stored.symbol)?,
        member_number: note(&stored.member_number)?,
        branch_number: note(&stored.branch_number)?,
        birth_date: day(&stored.birth_date)?,
        paper_until: stored.paper_until.as_ref().and_then(day),
        with_limit: stored.with_limit,
        collects: stored.collects.as_deref().and_then(collects_of),
        subsidies: stored.subsidies.iter().map(pair).collect::<Option<_>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_reads_back_and_another_kind_of_check_reads_as_nothing() {
        let typed = NumbersAsked {
            of: AskedOf::Prescription,
            insurer_number: Note::try_from("0699-0014").unwrap(),
            symbol: Note::try_from("１２－３４").unwrap(),
            member_number: Note::try_from("0056").unwrap(),
            branch_number: Note::default(),
            birth_date: CivilDate::new(1950, 4, 1).unwrap(),
            paper_until: CivilDate::new(2026, 7, 31).ok(),
            with_limit: true,
            collects: Some(Collects::Other),
            subsidies: vec![SubsidyPair { payer: Note::try_from("12990016").unwrap(), beneficiary: Note::try_from("ひ-1").unwrap() }],
        };
        assert_eq!(read_asked(&asked(&typed).unwrap()), Some(typed));
        let first = r#"{"version":1,"of":"number","insurer_number":"06990014","member_number":"1","birth_date":"1950-04-01"}"#;
        assert_eq!(read_asked(first).map(|asked| (asked.of, asked.collects)), Some((AskedOf::Number, None)));
        for other in [
            "",
            "{}",
            r#"{"version":1}"#,
            r#"{"version":1,"of":"later","insurer_number":"1","member_number":"1","birth_date":"1950-04-01"}"#,
        ] {
            assert_eq!(read_asked(other), None, "{other}");
        }
    }
}
