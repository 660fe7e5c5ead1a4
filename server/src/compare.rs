//! What two answers of the register differ in (X47): old beside new, in the words of the office.

use shared::api::requery::Difference;
use shared::domain::calendar::CivilDate;
use shared::domain::coverage::{Coverage, ElderlyCertificate, Eligibility, LimitCertificate, Percent, Provided, SpecificDisease, Validity};

/// What stands where nothing is told: it is not "none" (X32).
const NOT_TOLD: &str = "情報がありません";

/// What is news also where one answer tells nothing: an end, and an aid.
const NEWS: [&str; 3] = ["資格喪失年月日", "有効終了年月日", "医療扶助"];

/// The fields that differ, in the order of the result; the instant of the check is none. What one of two coverages does not tell is no
/// difference (X32); where one answer has no coverage at all, each field of the other's is one.
#[must_use]
pub fn differences(former: &Eligibility, now: &Eligibility) -> Vec<Difference> {
    let is_one_bare = former.coverages.is_empty() != now.coverages.is_empty();
    let told = |field: &str, one: &Option<String>, other: &Option<String>| {
        one != other && (is_one_bare || NEWS.contains(&field) || (one.is_some() && other.is_some()))
    };
    let differs = fields(former).into_iter().zip(fields(now)).filter(|((field, former), (_, now))| told(field, former, now));
    let words = |value: Option<String>| value.unwrap_or_else(|| NOT_TOLD.to_owned());
    differs.map(|((field, former), (_, now))| Difference { field: field.to_owned(), former: words(former), now: words(now) }).collect()
}

/// Every field with its value, where it is told. Of several coverages those are compared that stand first: the new one before the former.
fn fields(of: &Eligibility) -> Vec<(&'static str, Option<String>)> {
    let person = of.person.as_ref();
    let coverage = of.coverages.first();
    let told = |value: Option<&str>| value.filter(|text| !text.is_empty()).map(str::to_owned);
    let text = |of: fn(&Coverage) -> Option<&str>| told(coverage.and_then(of));
    let day = |of: fn(&Coverage) -> Option<CivilDate>| coverage.and_then(of).map(CivilDate::slashed);
    let provided = |of: fn(&Coverage) -> Option<String>| coverage.and_then(of);
    vec![
        (Validity::NAME, Some(of.validity.label().to_owned())),
        ("氏名", told(person.map(|person| person.name.as_str()))),
        ("氏名(カナ)", told(person.map(|person| person.name_kana.as_str()))),
        ("保険者番号", text(|coverage| Some(&coverage.insurer_number))),
        ("保険者名称", text(|coverage| Some(&coverage.insurer_name))),
        ("記号", text(|coverage| coverage.symbol.as_deref())),
        ("番号", text(|coverage| Some(&coverage.member_number))),
        ("枝番", text(|coverage| coverage.branch_number.as_deref())),
        ("被保険者証区分", text(|coverage| Some(&coverage.card_classification))),
        ("本人・家族の別", text(|coverage| coverage.relation.map(|relation| relation.label()))),
        ("住所", text(|coverage| coverage.address.as_deref())),
        ("資格取得年月日", day(|coverage| coverage.qualified_on)),
        ("資格喪失年月日", day(|coverage| coverage.disqualified_on)),
        ("有効開始年月日", day(|coverage| coverage.valid_from)),
        ("有効終了年月日", day(|coverage| coverage.valid_until)),
        ("一部負担金割合", provided(|coverage| said(&coverage.copay_ratio, |ratio: &Percent| ratio.label()))),
        ("高齢受給者証", provided(|coverage| coverage.elderly.as_ref().map(elderly))),
        ("限度額適用認定証", provided(|coverage| said(&coverage.limit, limit))),
        ("特定疾病療養受療証", provided(|coverage| said(&coverage.specific_diseases, |all| diseases(all)))),
        ("医療扶助", of.medical_aid.as_ref().map(|aid| aid.state.label().to_owned())),
        ("資格の数", Some(of.coverages.len().to_string())),
    ]
}

/// "Not provided" and "none" are said apart (X32).
fn said<T>(value: &Provided<T>, words: impl FnOnce(&T) -> String) -> Option<String> {
    match value {
        Provided::NotProvided => None,
        Provided::None => Some("なし".to_owned()),
        Provided::Value(value) => Some(words(value)),
    }
}

fn until(from: CivilDate, until: Option<CivilDate>) -> String {
    format!("{}〜{}", from.slashed(), until.map(CivilDate::slashed).unwrap_or_default())
}

fn elderly(of: &ElderlyCertificate) -> String {
    format!("{} {}", of.ratio.label(), until(of.valid_from, of.valid_until))
}

fn limit(of: &LimitCertificate) -> String {
    format!("{} {}", of.level, until(of.valid_from, of.valid_until))
}

fn diseases(of: &[SpecificDisease]) -> String {
    let one = |disease: &SpecificDisease| format!("{} {}", disease.category, until(disease.valid_from, disease.valid_until));
    of.iter().map(one).collect::<Vec<_>>().join(" / ")
}

#[cfg(test)]
mod tests {
    use shared::domain::calendar::UnixMs;

    use super::*;
    use crate::eligibility::registry::EmbeddedRegistry;
    use crate::eligibility::{Registry as _, RegistryAnswer};

    fn of(subject: &str, now: UnixMs) -> Eligibility {
        match EmbeddedRegistry::demo("{}").unwrap().subject(subject, now) {
            RegistryAnswer::Known { eligibility, .. } => *eligibility,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_instant_is_no_difference_and_each_field_is_one() {
        let former = of("ichiro", UnixMs(1));
        assert!(differences(&former, &of("ichiro", UnixMs(2))).is_empty());
        let mut now = former.clone();
        now.coverages[0].insurer_number = "01990019".to_owned();
        now.coverages[0].copay_ratio = Provided::Value(Percent(30));
        now.coverages[0].limit = Provided::None;
        let told: Vec<_> = differences(&former, &now).into_iter().map(|one| (one.field, one.former, one.now)).collect();
        let line = |field: &str, former: &str, now: &str| (field.to_owned(), former.to_owned(), now.to_owned());
        assert_eq!(told, [line("保険者番号", "06990014", "01990019"), line("限度額適用認定証", "ウ 2023/08/01〜", "なし"),]);
        // What one side does not tell is no difference, on either side; the day of a loss is one.
        let mut untold = former.clone();
        untold.coverages[0].limit = Provided::NotProvided;
        untold.coverages[0].address = None;
        assert!(differences(&former, &untold).is_empty() && differences(&untold, &former).is_empty());
        untold.coverages[0].disqualified_on = CivilDate::try_from("2024-01-31").ok();
        assert_eq!(differences(&former, &untold)[0].former, NOT_TOLD);
        let lost = Eligibility::of_insurance(Validity::NotFound, UnixMs(3), None, Vec::new());
        let lost = differences(&former, &lost);
        assert_eq!((lost[0].former.as_str(), lost[0].now.as_str()), ("有効", "該当資格なし"));
        assert!(lost.iter().any(|one| one.field == "番号" && one.now == NOT_TOLD));
    }
}
