//! The result as text for the clipboard: the lines of the device app's result in their order (DA-10, `recekon.md` §10, shape B).

use shared::api::office::ConsentDetails;
use shared::domain::calendar::CivilDate;
use shared::domain::coverage::{Coverage, Eligibility, Percent, Provided, Relation, Validity};
use shared::domain::person::Person;

use crate::text::office::detail as words;

/// The text: one line for each field that the register gave, `label TAB value`, each ended by CRLF. `None` where there is no coverage, or
/// several and nobody has chosen (X31).
pub(crate) fn text_of(details: &ConsentDetails) -> Option<String> {
    let coverage = coverage_of(details)?;
    let mut text = text_of_coverage(&details.eligibility, coverage, details.row.reference_number.as_deref());
    let occasion = occasion(details);
    if !occasion.is_empty() {
        text.push_str(&format!("受付\r\n{occasion}"));
    }
    Some(text)
}

/// The same of one coverage of an answer, as the device app itself hands it over (DA-10).
pub(crate) fn text_of_coverage(eligibility: &Eligibility, coverage: &Coverage, reference_number: Option<&str>) -> String {
    let person = eligibility.person.as_ref();
    let preschool = coverage.is_preschool.then(|| "義務教育就学前".to_owned());
    let mut text = written(&[("照会番号", reference_number.map(str::to_owned)), ("未就学区分", preschool)]);
    text.push_str("資格情報\r\n");
    text.push_str(&main(eligibility, coverage));
    let back = back(person, coverage);
    if !back.is_empty() {
        text.push_str(&format!("裏面記載情報\r\n{back}"));
    }
    if let Some(elderly) = &coverage.elderly {
        text.push_str("高齢受給者証\r\n");
        let until = elderly.valid_until.map(CivilDate::slashed);
        let lines = [("有効開始日", Some(elderly.valid_from.slashed())), ("有効終了日", until), ("負担割合", Some(elderly.ratio.label()))];
        text.push_str(&written(&lines));
    }
    text
}

/// The coverage that counts: the only one, or the one that was chosen.
fn coverage_of(details: &ConsentDetails) -> Option<&Coverage> {
    let eligibility = &details.eligibility;
    let place = match (eligibility.validity, &details.chosen) {
        (Validity::Several, None) => return None,
        (Validity::Several, Some(chosen)) => usize::try_from(chosen.coverage).ok()?,
        _ => 0,
    };
    eligibility.coverages.get(place)
}

/// 「新しい患者として渡す」 (OT-11): a heading and one row, tab between the cells, for a spreadsheet or a form that takes a row. `None` for a
/// person who has a 照会番号 already, whom the register does not name, or without a coverage that counts.
pub(crate) fn new_patient_of(details: &ConsentDetails) -> Option<String> {
    let (coverage, person) = (coverage_of(details)?, details.eligibility.person.as_ref()?);
    if details.row.reference_number.is_some() {
        return None;
    }
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let day = |day: Option<CivilDate>| day.map(CivilDate::slashed).unwrap_or_default();
    let cells = [
        ("氏名", person.name.clone()),
        ("フリガナ", person.name_kana.clone()),
        ("生年月日", person.birth_date.slashed()),
        ("性別", person.sex.label().to_owned()),
        ("郵便番号", text(&coverage.post_number)),
        ("住所", text(&coverage.address)),
        ("保険者番号", coverage.insurer_number.clone()),
        ("保険者名", coverage.insurer_name.clone()),
        ("記号", text(&coverage.symbol)),
        ("番号", coverage.member_number.clone()),
        ("枝番", text(&coverage.branch_number)),
        ("本人・家族の別", coverage.relation.map_or("", Relation::label).to_owned()),
        ("有効開始日", day(coverage.valid_from)),
        ("有効終了日", day(coverage.valid_until)),
    ];
    let heading = cells.each_ref().map(|(name, _)| *name).join("\t");
    let row = cells.map(|(_, value)| cell(&value)).join("\t");
    Some(format!("{heading}\r\n{row}\r\n"))
}

/// A value that ends no cell early and is no formula to a spreadsheet.
fn cell(value: &str) -> String {
    let value = value.replace(['\t', '\r', '\n'], " ");
    if value.starts_with(['=', '+', '-', '@']) { format!("'{value}") } else { value }
}

/// The lines of what is there. What would end a line early has no place in a value.
fn written(lines: &[(&str, Option<String>)]) -> String {
    let clean = |value: &String| value.replace(['\t', '\r', '\n'], " ");
    let lines = lines.iter().filter_map(|(label, value)| value.as_ref().map(|value| (label, clean(value))));
    lines.filter(|(_, value)| !value.is_empty()).map(|(label, value)| format!("{label}\t{value}\r\n")).collect()
}

fn main(eligibility: &Eligibility, coverage: &Coverage) -> String {
    let person = eligibility.person.as_ref();
    let day = |day: Option<CivilDate>| day.map(CivilDate::slashed);
    let ratio = match &coverage.copay_ratio {
        Provided::Value(ratio) => Some(Percent::label(*ratio)),
        Provided::None | Provided::NotProvided => None,
    };
    written(&[
        ("確認日 : ", Some(eligibility.checked_at.jst_date().slashed())),
        ("保険者番号", Some(coverage.insurer_number.clone())),
        ("保険者名", Some(coverage.insurer_name.clone())),
        ("記号", coverage.symbol.clone()),
        ("番号", Some(coverage.member_number.clone())),
        ("枝番", coverage.branch_number.clone()),
        ("フリガナ", person.map(|person| person.name_kana.clone())),
        ("氏名", person.map(|person| person.name.clone())),
        ("生年月日", person.map(|person| person.birth_date.slashed())),
        ("性別", person.map(|person| person.sex.label().to_owned())),
        ("郵便番号", coverage.post_number.clone()),
        ("住所", coverage.address.clone()),
        ("証区分", Some(coverage.card_classification.clone())),
        ("有効開始日", day(coverage.valid_from)),
        ("有効終了日", day(coverage.valid_until)),
        ("資格取得年月日", day(coverage.qualified_on)),
        ("負担割合", ratio),
        ("本人・家族の別", coverage.relation.map(|relation| Relation::label(relation).to_owned())),
        ("被保険者氏名", coverage.insured_name.clone()),
    ])
}

/// How the visit took place: not of the register, and so under a heading of its own.
fn occasion(details: &ConsentDetails) -> String {
    let occasion = &details.occasion;
    written(&[
        ("受診(予約)年月日", details.row.booked_on.map(CivilDate::slashed)),
        ("操作した方", occasion.assist.map(|assist| assist.label().to_owned())),
        ("場所", occasion.place.map(|place| words::place(place, &occasion.place_name))),
    ])
}

fn back(person: Option<&Person>, coverage: &Coverage) -> String {
    let other = person.and_then(|person| person.name_of_other.clone());
    written(&[("氏名", other), ("性別", coverage.sex_on_back.map(|sex| sex.label().to_owned()))])
}
