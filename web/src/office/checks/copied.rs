//! A check as text for the clipboard: a line for each field, in the order of the result. What was not given has no line.

use shared::api::check::CheckDetails;
use shared::domain::calendar::CivilDate;
use shared::domain::coverage::{Coverage, Percent, Provided, Relation};

use crate::text::office::{checks as words, detail::field};

/// The text.
pub(crate) fn text(details: &CheckDetails) -> String {
    let eligibility = &details.eligibility;
    let mut lines = vec![(words::VALIDITY, eligibility.validity.label().to_owned()), (words::AT, words::minute(eligibility.checked_at))];
    if let Some(person) = &eligibility.person {
        lines.extend([
            (field::NAME, person.name.clone()),
            (field::KANA, person.name_kana.clone()),
            (field::BIRTH, person.birth_date.slashed()),
            (field::SEX, person.sex.label().to_owned()),
        ]);
    }
    eligibility.coverages.iter().for_each(|coverage| lines.extend(of(coverage)));
    lines.into_iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
}

fn of(coverage: &Coverage) -> Vec<(&'static str, String)> {
    let day = |day: Option<CivilDate>| day.map(CivilDate::slashed);
    let copay = match &coverage.copay_ratio {
        Provided::Value(ratio) => Some(Percent::label(*ratio)),
        Provided::None | Provided::NotProvided => None,
    };
    let fields = [
        (field::INSURER_NUMBER, Some(coverage.insurer_number.clone())),
        (field::INSURER_NAME, Some(coverage.insurer_name.clone())),
        (field::SYMBOL, coverage.symbol.clone()),
        (field::MEMBER_NUMBER, Some(coverage.member_number.clone())),
        (field::BRANCH_NUMBER, coverage.branch_number.clone()),
        (field::POST_NUMBER, coverage.post_number.clone()),
        (field::ADDRESS, coverage.address.clone()),
        (field::CLASSIFICATION, Some(coverage.card_classification.clone())),
        (field::VALID_FROM, day(coverage.valid_from)),
        (field::VALID_UNTIL, day(coverage.valid_until)),
        (field::QUALIFIED, day(coverage.qualified_on)),
        (field::DISQUALIFIED, day(coverage.disqualified_on)),
        (field::LOSS_REASON, coverage.loss_reason.clone()),
        (field::COPAY, copay),
        (field::RELATION, coverage.relation.map(Relation::label).map(str::to_owned)),
        (field::INSURED_NAME, coverage.insured_name.clone()),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}
