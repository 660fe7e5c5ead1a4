//! 医療情報閲覧履歴 as a file: CSV (UTF-8 with BOM, CRLF, every cell quoted), formulas made harmless as in [`super::audit`].

use super::audit::{BOM, line, tame};
use crate::store::medical::ViewRecord;

const COLUMNS: [&str; 8] = ["閲覧日時", "種類", "氏名", "フリガナ", "生年月日", "ユーザID", "ユーザ名", "表示した行数"];

/// The file of some views, in their order. What is not known is empty.
#[must_use]
pub fn csv(views: &[ViewRecord]) -> Vec<u8> {
    let lines = views.iter().map(|view| line(&cells(view)));
    [BOM.to_owned(), line(&COLUMNS)].into_iter().chain(lines).collect::<String>().into_bytes()
}

fn cells(view: &ViewRecord) -> [String; 8] {
    let seconds = view.at.0.div_euclid(1_000).rem_euclid(60);
    let person = view.person.as_ref();
    [
        format!("{}:{seconds:02}", view.at.jst_minute_text()),
        view.kind.label().to_owned(),
        person.map(|person| tame(&person.name)).unwrap_or_default(),
        person.map(|person| tame(&person.name_kana)).unwrap_or_default(),
        person.map(|person| person.birth_date.slashed()).unwrap_or_default(),
        tame(view.by.as_str()),
        view.by_name.as_deref().map(tame).unwrap_or_default(),
        view.lines.to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use shared::domain::account::UserId;
    use shared::domain::calendar::{CivilDate, UnixMs};
    use shared::domain::medical::MedicalKind;
    use shared::domain::person::{Person, Sex};

    use super::*;
    use crate::store::ViewId;

    #[test]
    fn a_name_that_begins_a_formula_is_harmless_and_the_unknown_is_empty() {
        let at = CivilDate::try_from("2026-11-20").unwrap().at_jst(10, 15);
        let person = Person {
            name: "=1+1 \"x\"".to_owned(),
            name_kana: "ｱ".to_owned(),
            name_of_other: None,
            birth_date: CivilDate::try_from("1960-06-02").unwrap(),
            sex: Sex::Male,
        };
        let view = ViewRecord {
            id: ViewId::new(UnixMs(0), [0; 10]),
            consent: None,
            person: Some(person),
            kind: MedicalKind::Drug,
            at,
            by: UserId::try_from("ishi1").unwrap(),
            by_name: None,
            lines: 7,
        };
        let text = String::from_utf8(csv(&[view.clone(), ViewRecord { person: None, ..view }])).unwrap();
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert!(lines[0].starts_with('\u{FEFF}'));
        assert_eq!(lines[1], r#""2026/11/20 10:15:00","薬剤情報","'=1+1 ""x""","ｱ","1960/06/02","ishi1","","7""#);
        assert_eq!(lines[2], r#""2026/11/20 10:15:00","薬剤情報","","","","ishi1","","7""#);
        assert_eq!(lines.len(), 4);
    }
}
