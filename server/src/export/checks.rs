//! Checks as a file: CSV for spreadsheets (UTF-8 with BOM, CRLF, every cell quoted, no cell that begins a formula).

use shared::domain::aid::MedicalAid;
use shared::domain::coverage::{Coverage, Eligibility, Validity};
use shared::domain::institution::VisitKind;

use super::audit::{BOM, line, tame};
use crate::store::check::history::HistoryRow;

/// The columns of [`cells_of`].
pub(crate) const RESULT_COLUMNS: [&str; 10] =
    [Validity::NAME, "氏名", "氏名(カナ)", "生年月日", "性別", "保険者番号", "記号", "番号", "枝番", "確認日時"];

/// What an answer says. The numbers are those of the one coverage, or of the new one before a former; of several (複数該当) none is picked.
pub(crate) fn cells_of(eligibility: &Eligibility) -> [String; 10] {
    let person = eligibility.person.as_ref();
    let coverage = eligibility.coverages.first().filter(|_| eligibility.validity != Validity::Several);
    let of = |part: fn(&Coverage) -> Option<&str>| coverage.and_then(part).unwrap_or_default().to_owned();
    // 医療扶助 alone: the numbers of its ticket stand where those of an insurance would, as in the files of the link.
    let aid = eligibility.medical_aid.as_ref().filter(|_| eligibility.coverages.is_empty());
    let or_aid = |insurance: String, part: fn(&MedicalAid) -> &str| aid.map_or(insurance, |aid| part(aid).to_owned());
    [
        eligibility.validity.label().to_owned(),
        person.map(|person| person.name.clone()).unwrap_or_default(),
        person.map(|person| person.name_kana.clone()).unwrap_or_default(),
        person.map(|person| person.birth_date.to_string()).unwrap_or_default(),
        person.map(|person| person.sex.label().to_owned()).unwrap_or_default(),
        or_aid(of(|coverage| Some(&coverage.insurer_number)), |aid| &aid.payer_number),
        of(|coverage| coverage.symbol.as_deref()),
        or_aid(of(|coverage| Some(&coverage.member_number)), |aid| &aid.beneficiary_number),
        of(|coverage| coverage.branch_number.as_deref()),
        eligibility.checked_at.jst_minute_text(),
    ]
}

/// A file of a heading and rows.
pub(crate) fn file(columns: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    let rows = rows.map(|cells| line(&cells.iter().map(|cell| tame(cell)).collect::<Vec<_>>()));
    [BOM.to_owned(), line(columns)].into_iter().chain(rows).collect::<String>().into_bytes()
}

/// The file of a history.
pub(crate) fn csv(rows: &[HistoryRow]) -> Vec<u8> {
    let columns: Vec<&str> = ["確認の方法", "媒体", VisitKind::NAME, "状態", "確認した人"].into_iter().chain(RESULT_COLUMNS).collect();
    let cells = |row: &HistoryRow| {
        let about = [
            row.check_way.label().to_owned(),
            row.medium.label().to_owned(),
            row.visit_kind.map_or("", VisitKind::label).to_owned(),
            row.state.label().to_owned(),
            row.done_by.as_ref().map(ToString::to_string).unwrap_or_default(),
        ];
        about.into_iter().chain(cells_of(&row.eligibility)).collect()
    };
    file(&columns, rows.iter().map(cells))
}

#[cfg(test)]
mod tests {
    use shared::domain::calendar::{CivilDate, UnixMs};
    use shared::domain::check::{CheckState, CheckWay, Medium};
    use shared::domain::person::{Person, Sex};

    use super::*;

    #[test]
    fn a_cell_begins_no_formula_and_several_coverages_give_no_number() {
        let person = Person {
            name: "=1+1".to_owned(),
            name_kana: "ｶﾅ \"ｶ\"".to_owned(),
            name_of_other: None,
            birth_date: CivilDate::new(1950, 4, 1).unwrap(),
            sex: Sex::Male,
        };
        let rows = crate::eligibility::registry::EmbeddedRegistry::demo("{}").unwrap().people(UnixMs(0));
        let several = rows.into_iter().map(|one| one.eligibility).find(|of| of.validity == Validity::Several).unwrap();
        let row = HistoryRow {
            id: String::new(),
            is_consent: false,
            at: UnixMs(0),
            visit_kind: None,
            check_way: CheckWay::Paper,
            medium: Medium::Paper,
            done_by: None,
            state: CheckState::Done,
            eligibility: Eligibility { person: Some(person), ..several },
        };
        let text = String::from_utf8(csv(&[row])).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("\u{FEFF}\"確認の方法\""));
        assert!(lines[1].contains("\"'=1+1\",\"ｶﾅ \"\"ｶ\"\"\",\"1950-04-01\",\"男\",\"\",\"\",\"\",\"\","), "{}", lines[1]);
    }
}
